//! Characteristic parks: how many of those the plan wants, what lies in them, where the next could be, and how high they could build.

pub mod siting;
