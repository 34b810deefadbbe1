//! What one layer or table of a file holds, as it stands there: nothing converted, nothing mended.

use polars::prelude::DataFrame;

use crate::finding::{Code, Detail, Finding, Place};
use crate::model::{RawShape, Source};

/// Which layer of a file to read, and what a person says about the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The layer of a file that has several: a table of a GeoPackage, a sheet of a workbook, a file in a zip.
    pub layer: Option<String>,
    /// The text encoding, instead of what the bytes say: `UTF-8`, `GB18030`, `Big5`, `windows-1251`….
    pub encoding: Option<String>,
}

/// One layer (with shapes) or table (without) as it stands in a file.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Its name in the file.
    pub name: String,
    /// One row each, in file order, under the file's own column names.
    pub rows: DataFrame,
    /// One shape a row; `None` for a table without shapes.
    pub shapes: Option<Vec<RawShape>>,
    /// The coordinate reference system as the file gives it: an EPSG code, an OGC name, WKT, PROJ or PROJJSON text.
    pub crs: Option<String>,
    /// The file says of itself that its shapes are invented.
    pub schematic: bool,
    /// The encoding its text was read in, where the format leaves that open.
    pub encoding: Option<Encoding>,
    /// What a GeoJSON text says beside rows and shapes.
    pub collection: Collection,
    /// What was wrong, and what the reader took for granted.
    pub faults: Vec<Fault>,
}

/// What a GeoJSON text says beside rows and shapes: what is needed to write it again as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collection {
    /// Members of the collection that RFC 7946 does not define, `schematic` among them: name and value as JSON text.
    pub members: Vec<(String, String)>,
    /// What the column `id` was.
    pub ids: FeatureIds,
    /// Every polygon was a MultiPolygon, also those of one part.
    pub all_multi: bool,
    /// MultiPolygons of one part.
    pub lone_multi: usize,
}

/// What the column `id` of a GeoJSON text was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FeatureIds {
    /// A property, or not there.
    #[default]
    None,
    /// The features' own ids, which were texts.
    Texts,
    /// The features' own ids, which were numbers.
    Numbers,
    /// The features' own ids, texts and numbers or some of them properties.
    Mixed,
}

impl FeatureIds {
    /// Whether the column can be written as the features' ids again.
    #[must_use]
    pub fn is_written(self) -> bool {
        matches!(self, Self::Texts | Self::Numbers)
    }
}

/// A text encoding and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// Its WHATWG name, such as `UTF-8`, `GBK`, `gb18030`, `Big5`.
    pub name: &'static str,
    /// Where that comes from.
    pub evidence: Evidence,
}

/// How an encoding was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// A person named it.
    Told,
    /// A byte-order mark.
    Mark,
    /// Nothing but ASCII: every candidate reads the same.
    Ascii,
    /// The bytes are valid in it and make sense in no other candidate.
    Bytes,
    /// The bytes fit it best, but another candidate is possible.
    Likely,
    /// The bytes say nothing; the file's own statement (`.cpg`, language byte) was taken.
    Stated,
}

/// A fault of the file, of one of its rows, or something the reader took for granted.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub code: Code,
    /// Row from 0; `None` for the file as a whole.
    pub row: Option<usize>,
    /// The value, the number, the reason.
    pub detail: Detail,
}

impl Fault {
    pub(crate) fn file(code: Code, detail: impl Into<Detail>) -> Self {
        Self { code, row: None, detail: detail.into() }
    }

    pub(crate) fn row(code: Code, row: usize, detail: impl Into<Detail>) -> Self {
        Self { code, row: Some(row), detail: detail.into() }
    }

    /// The same as a finding about an input of a survey.
    pub(crate) fn finding(self, source: Source) -> Finding {
        Finding::new(self.code, Place { source, row: self.row, id: None, at: None }, self.detail)
    }
}
