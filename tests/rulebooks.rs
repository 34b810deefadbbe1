//! Rulebooks: what is refused, what is documented, and grades recomputed by another hand.

#[path = "rulebooks/brute_force.rs"]
mod brute_force;
#[path = "rulebooks/commands.rs"]
mod commands;
#[path = "rulebooks/documented.rs"]
mod documented;
#[path = "rulebooks/mistakes.rs"]
mod mistakes;
#[path = "rulebooks/published.rs"]
mod published;
mod shared;
