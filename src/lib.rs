//! wip
mod crs;
pub mod error;
pub mod measure;
pub mod model;
mod nearest;
pub mod progress;
pub mod read;
pub mod units;
