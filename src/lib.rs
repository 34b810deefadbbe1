//! wip
pub mod check;
pub mod cli;
mod crs;
pub mod error;
pub mod indicators;
pub mod list;
pub mod locate;
pub mod measure;
pub mod model;
mod nearest;
pub mod progress;
pub mod read;
pub mod report;
pub mod rulebook;
pub mod sample;
pub mod score;
pub mod seeds;
mod sql;
pub mod survey;
pub mod units;

pub use error::{Error, Result};
pub use survey::{Survey, survey};
