//! What is in a file: layers, counts, where it lies and how sure that is, encoding, fields, and how a survey would read it.

use std::path::Path;

use geo::Coord;
use polars::prelude::{AnyValue, Column, DataType};

use crate::crs::{Claim, Crs, Diagnosis, Extent, describe, diagnose, extent_on_ground};
use crate::error::Result;
use crate::finding::Detail;
use crate::model::{RawShape, Source};
use crate::progress::Progress;
use crate::read::dataset::{Dataset, Encoding, Fault, ReadOptions};
use crate::read::{fields, file};

/// Characters of an example value before it is cut.
const EXAMPLE: usize = 24;

/// One layer or table of a file, as it would be read.
#[derive(Debug, Clone)]
pub struct LayerReport {
    pub format: file::Format,
    pub name: String,
    pub rows: usize,
    /// How many shapes of each type; empty for a table.
    pub shapes: Vec<(&'static str, usize)>,
    /// Smallest and largest coordinates, as they stand in the file.
    pub numbers: Option<(Coord<f64>, Coord<f64>)>,
    /// Where that is, in the system the file states or implies.
    pub ground: Option<Extent>,
    /// The system in words, `None` where the file states none or one nobody knows.
    pub crs: Option<Detail>,
    /// What is wrong with it, and what to set instead.
    pub diagnoses: Vec<Diagnosis>,
    pub encoding: Option<Encoding>,
    pub columns: Vec<ColumnReport>,
    /// What was wrong with the file, and what was taken for granted.
    pub faults: Vec<Fault>,
    /// The input of a survey it looks like, and the section of `survey.toml` for it.
    pub role: Source,
    pub mapping: Detail,
}

/// One column of a layer or table.
#[derive(Debug, Clone)]
pub struct ColumnReport {
    pub name: String,
    /// `text`, `integer`, `number`, `boolean`.
    pub kind: &'static str,
    pub present: usize,
    /// The first value there is.
    pub example: Option<String>,
}

/// Tells what is in a file.
///
/// # Errors
/// The file cannot be read.
pub fn inspect(path: &Path, options: &ReadOptions, progress: &dyn Progress) -> Result<Vec<LayerReport>> {
    let format = file::sniff(path)?;
    let names = match &options.layer {
        Some(layer) => vec![layer.clone()],
        None => file::layers(path)?,
    };
    let read = |name: String| {
        let step = progress.step(&format!("read {name}"), None);
        file::open(path, &ReadOptions { layer: Some(name), ..options.clone() }, &|n| step.advance(n))
    };
    names.into_iter().map(|name| read(name).map(|data| report(path, format, data))).collect()
}

fn report(path: &Path, format: file::Format, data: Dataset) -> LayerReport {
    let role = role(&data);
    let mapping = fields::propose(role, path, &data);
    let crs = data.crs.as_deref().map(Crs::named).and_then(Result::ok);
    let shapes = data.shapes.as_deref().unwrap_or_default();
    let diagnoses = match &data.shapes {
        None => Vec::new(),
        Some(shapes) => diagnose(&[Claim { source: role, shapes, crs: crs.as_ref(), text: data.crs.as_deref() }]),
    };
    LayerReport {
        format,
        rows: data.rows.height(),
        shapes: kinds(shapes),
        numbers: numbers(shapes),
        ground: crs.as_ref().and_then(|crs| extent_on_ground(shapes, crs)),
        crs: crs.as_ref().map(describe),
        diagnoses,
        encoding: data.encoding,
        columns: data.rows.columns().iter().map(column).collect(),
        faults: data.faults,
        role,
        mapping,
        name: data.name,
    }
}

/// The input whose fields most columns are; of equal ones the first.
fn role(data: &Dataset) -> Source {
    let candidates: &[Source] = if data.shapes.is_some() {
        &[Source::Parcels, Source::Districts, Source::Parks, Source::Layout]
    } else {
        &[Source::Enterprises, Source::Occupancy]
    };
    let fit = |source: &Source| fields::matched(*source, data);
    candidates.iter().copied().max_by_key(|source| (fit(source), std::cmp::Reverse(*source))).unwrap_or(Source::Parcels)
}

fn kinds(shapes: &[RawShape]) -> Vec<(&'static str, usize)> {
    let mut kinds: Vec<(&'static str, usize)> = Vec::new();
    for name in shapes.iter().map(RawShape::type_name) {
        match kinds.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => kinds.push((name, 1)),
        }
    }
    kinds
}

fn numbers(shapes: &[RawShape]) -> Option<(Coord<f64>, Coord<f64>)> {
    let finite = shapes.iter().flat_map(RawShape::positions).filter(|c| c.x.is_finite() && c.y.is_finite());
    finite.map(|c| (c, c)).reduce(|(min, max), (c, _)| {
        (Coord { x: min.x.min(c.x), y: min.y.min(c.y) }, Coord { x: max.x.max(c.x), y: max.y.max(c.y) })
    })
}

fn column(column: &Column) -> ColumnReport {
    let kind = match column.dtype() {
        DataType::Boolean => "boolean",
        DataType::Int64 => "integer",
        DataType::Float64 => "number",
        _ => "text",
    };
    let example = (0..column.len()).filter_map(|row| column.get(row).ok()).find_map(|value| match value {
        AnyValue::Null => None,
        AnyValue::String(text) => Some(text.to_owned()),
        other => Some(other.to_string()),
    });
    ColumnReport {
        name: column.name().to_string(),
        kind,
        present: column.len() - column.null_count(),
        example: example.map(|text| match text.char_indices().nth(EXAMPLE) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }),
    }
}
