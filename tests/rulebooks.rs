//! Rulebooks: what is refused, what is documented, and grades recomputed by another hand.

#[path = "rulebooks/mistakes.rs"]
mod mistakes;
