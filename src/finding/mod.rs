//! A fault found in the data: which kind, where, how much it matters, and who can mend it.

mod catalogue;
mod codes;
mod detail;
mod document;

use geo::Coord;

use crate::model::Source;
pub use catalogue::{Example, Page, Subject};
pub use codes::{Actor, Code, Severity};
pub use detail::Detail;
pub(crate) use detail::detail;
pub use document::document;

/// Where a fault is.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub source: Source,
    /// Row of the input, from 0; `None` for the layer as a whole.
    pub row: Option<usize>,
    pub id: Option<String>,
    /// Longitude and latitude.
    pub at: Option<Coord<f64>>,
}

/// A fault found in the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub code: Code,
    pub place: Place,
    /// The field or column it is about, if it is about one.
    pub field: Option<String>,
    /// The value, the number, the reason.
    pub detail: Detail,
    /// Geodesic area in m² before and after, where a rule mended the shape.
    pub areas: Option<(f64, f64)>,
}

impl Finding {
    pub(crate) fn new(code: Code, place: Place, detail: impl Into<Detail>) -> Self {
        Self { code, place, field: None, detail: detail.into(), areas: None }
    }

    /// Names the field or column it is about.
    #[must_use]
    pub(crate) fn about(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }
}
