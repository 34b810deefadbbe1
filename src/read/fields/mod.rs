//! Columns and the fields they hold: the fields the program knows, and which column is which.

mod known;
mod mapping;

pub use known::{Field, field, known};
pub(super) use known::{is_measure, unit_of, unitless};
pub use mapping::{FieldSetting, propose};
pub(crate) use mapping::{matched, resolve};
