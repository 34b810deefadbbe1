//! Mujun 亩均: from parcels to a graded, mapped list of inefficient industrial land.
//!
//! ```text
//! read → check → measure → locate → indicators → score → list → report
//! ```
//!
//! [`survey()`] is that line but for its two ends, as one function: [`read::Inputs`] and a [`rulebook::Rulebook`] in, a [`Survey`] out.
//! [`report::write()`] turns it into a folder. Faults in the data are [`finding::Finding`]s; an [`Error`] is for what cannot run.
//!
//! | of the plan | where | unit | clause |
//! |---|---|---|---|
//! | land in mu | [`units::mu`] | mu = 2000/3 m² | |
//! | statutory area | [`measure::statutory_area`] | m² | |
//! | geodesic area | [`measure::geodesic_area`] | m² | |
//! | share in district, park, layout zone | [`locate::ZoneIndex::shares`] | 0 to 1 | 19, 21 |
//! | enterprise figures on parcels | [`indicators::flows`] | as reported | 22 |
//! | points and grades | [`score::score`] | rulebook | 22 |
//! | how firm grades and list are | [`firmness::Firmness`] | shares of draws | |
//! | list of inefficient land | [`list::list`] | | 22 |
//! | characteristic parks, siting | [`plan::parks::page`] | parks, mu, metres | 21 |
//! | pole, belts, remainder | [`plan::layout::page`] | mu | 19 |
//! | the plan's targets, layout, parks | [`seeds::Seeds`] | as published | 19-22, safeguard 2 |

pub mod check;
pub mod cli;
mod columns;
pub mod compare;
pub mod composite;
pub mod crs;
pub mod error;
mod examine;
pub mod explain;
pub mod finding;
pub mod firmness;
pub mod indicators;
pub mod inspect;
pub mod list;
pub mod locate;
pub mod measure;
pub mod model;
mod nearest;
pub mod page;
pub mod plan;
pub mod progress;
pub mod read;
pub mod report;
pub mod rulebook;
pub mod sample;
pub mod score;
pub mod seeds;
mod sql;
pub mod survey;
pub mod surveyed;
pub mod units;
pub mod write;

pub use error::{Error, Result};
pub use examine::{Examination, examine};
pub use survey::{Survey, survey};
