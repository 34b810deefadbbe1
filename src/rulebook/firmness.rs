//! Within which ranges the choices of a rulebook could have been other ones.

use serde::Deserialize;

use super::track::Missing;

/// What is drawn to tell firm grades from shaky ones.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Firmness {
    /// Number of draws; 0: none are made. They come in pairs: an odd number is one more.
    pub draws: u32,
    pub seed: u64,
    /// Each weight is drawn evenly between (1 − this) and (1 + this) times itself; then all are scaled to their sum.
    pub weights: f64,
    /// Each parcel's area is drawn evenly between (1 − this) and (1 + this) times itself, in all columns that hold it.
    pub area: f64,
    /// The rules for missing values that could have been chosen for all indicators, each as likely; none: the rulebook's own.
    pub missing: Vec<Missing>,
    /// A grade is firm that has at least this share of the draws.
    pub firm: f64,
}

impl Default for Firmness {
    fn default() -> Self {
        Self { draws: 0, seed: 1, weights: 0.0, area: 0.0, missing: Vec::new(), firm: 0.95 }
    }
}
