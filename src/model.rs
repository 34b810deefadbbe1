//! The things a survey is about: layers as read, parcels and zones as checked. Data, no computation.

use geo::{Coord, CoordsIter, Geometry, MapCoordsInPlace, MultiPolygon};
use polars::prelude::DataFrame;
use std::path::PathBuf;

use crate::finding::{Detail, Finding};

/// A ring as it was read: not closed, turned or mended by anyone.
pub type Ring = Vec<Coord<f64>>;

/// A shape as it was read, with whatever is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub enum RawShape {
    /// `"geometry": null`.
    Missing,
    /// A point, a line, a collection: something that has no area of its own.
    Other(Box<Geometry>),
    /// Coordinates that are not numbers, or nested wrongly; the text says why.
    Unreadable(Box<Detail>),
    /// Polygons, each a list of rings of which the first is the outer one.
    Parts(Vec<Vec<Ring>>),
}

impl From<&MultiPolygon> for RawShape {
    fn from(shape: &MultiPolygon) -> Self {
        let rings =
            |part: &geo::Polygon| std::iter::once(part.exterior()).chain(part.interiors()).map(|ring| ring.0.clone()).collect();
        Self::Parts(shape.iter().map(rings).collect())
    }
}

impl RawShape {
    /// A shape that cannot be read, and why.
    pub(crate) fn unreadable(why: impl Into<Detail>) -> Self {
        Self::Unreadable(Box::new(why.into()))
    }

    /// Calls `f` on every position, in order.
    pub fn each_position(&mut self, f: impl Fn(&mut Coord<f64>)) {
        match self {
            Self::Missing | Self::Unreadable(_) => {}
            Self::Other(shape) => shape.map_coords_in_place(|mut c| {
                f(&mut c);
                c
            }),
            Self::Parts(parts) => parts.iter_mut().flatten().flatten().for_each(f),
        }
    }

    /// Every position, in order.
    #[must_use]
    pub fn positions(&self) -> Vec<Coord<f64>> {
        match self {
            Self::Missing | Self::Unreadable(_) => Vec::new(),
            Self::Other(shape) => shape.coords_iter().collect(),
            Self::Parts(parts) => parts.iter().flatten().flatten().copied().collect(),
        }
    }

    /// The first position, if there is one.
    #[must_use]
    pub fn first_position(&self) -> Option<Coord<f64>> {
        match self {
            Self::Missing | Self::Unreadable(_) => None,
            Self::Other(shape) => shape.coords_iter().next(),
            Self::Parts(parts) => parts.iter().flatten().flatten().next().copied(),
        }
    }

    /// The name of its type in the simple-features standard.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unreadable(_) => "unreadable",
            Self::Parts(parts) if parts.len() == 1 => "Polygon",
            Self::Parts(_) => "MultiPolygon",
            Self::Other(shape) => match **shape {
                Geometry::Point(_) => "Point",
                Geometry::MultiPoint(_) => "MultiPoint",
                Geometry::Line(_) | Geometry::LineString(_) => "LineString",
                Geometry::MultiLineString(_) => "MultiLineString",
                Geometry::GeometryCollection(_) => "GeometryCollection",
                _ => "Polygon",
            },
        }
    }
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

    /// The input of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        use Source::{Districts, Enterprises, Layout, Occupancy, Parcels, Parks};
        [Parcels, Districts, Parks, Layout, Enterprises, Occupancy].into_iter().find(|source| source.name() == name)
    }

    /// Its name in Chinese outputs.
    #[must_use]
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Parcels => "宗地",
            Self::Districts => "行政区",
            Self::Parks => "园区",
            Self::Layout => "空间布局",
            Self::Enterprises => "企业",
            Self::Occupancy => "占用关系",
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
    /// Where each row is in its sheet as a spreadsheet numbers it, from 1, title and header rows counted; empty for what is no sheet.
    pub sheet_rows: Vec<usize>,
    /// Canonical name → what it is taken from.
    pub fields: FieldMapping,
    /// What was wrong with the file, and what was taken for granted.
    pub findings: Vec<Finding>,
}

/// Canonical names and where each is taken from.
pub type FieldMapping = Vec<(String, FieldSource)>;

/// Where a canonical field comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldSource {
    /// A column of the table, by its own name.
    Column(String),
    /// A column whose values are in another unit than the field: the unit as written, and how many of the field's units it is.
    Converted { column: String, unit: String, factor: f64 },
    /// An SQL expression over the table's columns.
    Expression(String),
}

/// A layer as it was read: longitude and latitude in degrees, one shape a row.
#[derive(Debug, Clone)]
pub struct Layer {
    pub table: Table,
    /// `None` where it is not known where they lie: a finding says why.
    pub shapes: Option<Vec<RawShape>>,
    /// The coordinate reference system the file or the user names.
    pub crs: String,
    /// Area of each shape in the plane of that system, m²; `None` where the layer was not read from a projected one.
    pub planar_m2: Option<Vec<Option<f64>>>,
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
