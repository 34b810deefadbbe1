//! The things a survey is about: layers as read, parcels and zones as checked. Data, no computation.

use geo::{Coord, MultiPolygon};
use polars::prelude::DataFrame;
use std::path::PathBuf;

/// A ring as it was read: not closed, turned or mended by anyone.
pub type Ring = Vec<Coord<f64>>;

/// A shape as it was read, with whatever is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub enum RawShape {
    /// `"geometry": null`.
    Missing,
    /// A point, a line: something that has no area.
    OtherType(String),
    /// Coordinates that are not numbers, or nested wrongly; the text says why.
    Unreadable(String),
    /// Polygons, each a list of rings of which the first is the outer one.
    Parts(Vec<Vec<Ring>>),
}

/// Which input a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Parcels,
    Districts,
    Parks,
    Layout,
    Enterprises,
    Occupancy,
}

impl Source {
    /// The section of `survey.toml` that names this input, and its name in findings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parcels => "parcels",
            Self::Districts => "districts",
            Self::Parks => "parks",
            Self::Layout => "layout",
            Self::Enterprises => "enterprises",
            Self::Occupancy => "occupancy",
        }
    }
}

/// A table as it was read, with the canonical name of each column that has one.
#[derive(Debug, Clone)]
pub struct Table {
    pub source: Source,
    pub path: PathBuf,
    /// One row each, in file order, under the file's own column names.
    pub rows: DataFrame,
    /// Canonical name → what it is taken from.
    pub fields: FieldMapping,
}

/// Canonical names and where each is taken from.
pub type FieldMapping = Vec<(String, FieldSource)>;

/// Where a canonical field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldSource {
    /// A column of the table, by its own name.
    Column(String),
    /// An SQL expression over the table's columns.
    Expression(String),
}

/// A layer as it was read: longitude and latitude in degrees, one shape a row.
#[derive(Debug, Clone)]
pub struct Layer {
    pub table: Table,
    pub shapes: Vec<RawShape>,
    /// Rows with a property given twice: row and property.
    pub repeated_keys: Vec<(usize, String)>,
    /// The coordinate reference system the file or the user names.
    pub crs: String,
    /// The file says of itself that its shapes are invented.
    pub schematic: bool,
}

/// Parcels after the check: row *i* of each member is one parcel, in input order.
#[derive(Debug, Clone)]
pub struct Parcels {
    pub ids: Vec<String>,
    /// Valid, or `None` where no area can be taken from the shape.
    pub shapes: Vec<Option<MultiPolygon>>,
}

/// A district, a park or a layout zone.
#[derive(Debug, Clone)]
pub struct Zone {
    pub id: String,
    pub name: Option<String>,
    /// `pole` or `belt` for a layout zone, the sector of a park.
    pub kind: Option<String>,
    pub shape: MultiPolygon,
}

/// One zone layer, in ascending order of id.
#[derive(Debug, Clone, Default)]
pub struct Zones(pub Vec<Zone>);
