//! Looks for faults in the inputs, mends what a rule can mend, and records every one of both.

mod areas;
mod causes;
pub mod code_tables;
mod codes;
pub mod credit_code;
mod crossing;
mod lookalikes;
mod repair;
mod repeated;
mod scale;
mod shape;
pub mod topology;
mod values;
mod words;
mod zones;

use geo::MultiPolygon;
use polars::prelude::DataFrame;
use rayon::prelude::*;

use crate::error::Result;
use crate::finding::{Code, Detail, Finding, Place, detail};
use crate::model::{Layer, Parcels, RawShape, Source, Table};
use crate::progress::{Progress, Step};
pub use areas::areas;
pub use codes::codes;
pub(crate) use repeated::{also_in, repeated};
pub use scale::scale;
pub use words::words;
pub use zones::zones;

/// Parcels with their faults sorted out.
#[derive(Debug, Clone)]
pub struct CheckedParcels {
    pub parcels: Parcels,
    /// The input's own columns.
    pub own: DataFrame,
    /// The known fields among them, under canonical names and in canonical types.
    pub canonical: DataFrame,
    pub findings: Vec<Finding>,
    /// Area of each shape in the plane it was read in, m²; `None` where that was no projection.
    pub planar_m2: Option<Vec<Option<f64>>>,
}

/// Shapes of one id that differ by a ribbon no wider than this, m, are the same.
const SAME_SHAPE_M: f64 = 0.01;
/// Above this share of shapes wound against RFC 7946 one finding for the layer stands for all.
const WINDING_HABIT: f64 = 0.5;

/// Checks the parcel layer. Every row stays; a parcel without a usable shape has none from here on.
///
/// # Errors
/// A field expression of `survey.toml` cannot be computed.
pub fn parcels(layer: Layer, progress: &dyn Progress) -> Result<CheckedParcels> {
    let step = progress.step("check parcels", Some(layer.table.rows.height() as u64));
    let mut findings = Vec::new();
    let ids = ids(&layer, &mut findings)?;
    // Shapes and values have nothing to do with each other.
    let of_shapes = || match layer.shapes {
        Some(raw) => shapes(raw, &ids, &*step),
        None => (vec![None; ids.len()], Vec::new()),
    };
    let ((shapes, mut shape_findings), values) = rayon::join(of_shapes, || canonical(&layer.table, Some(&ids)));
    let (canonical, value_findings) = values?;
    duplicate_ids(&ids, &shapes, &mut findings);
    findings.extend(lookalikes::lookalikes(&ids, Source::Parcels));
    findings.append(&mut shape_findings);
    findings.extend(layer.table.findings.iter().cloned().map(|mut finding| {
        finding.place.id = finding.place.row.and_then(|row| ids.get(row).cloned());
        finding
    }));
    findings.extend(value_findings);
    Ok(CheckedParcels {
        parcels: Parcels { ids, shapes },
        own: layer.table.rows,
        canonical,
        findings,
        planar_m2: layer.planar_m2,
    })
}

/// A shape that was checked before.
pub(crate) fn valid(raw: RawShape) -> Option<MultiPolygon> {
    shape::check(raw).0
}

/// Checks each shape: the valid ones, and what is wrong.
fn shapes(raw: Vec<RawShape>, ids: &[String], step: &dyn Step) -> (Vec<Option<MultiPolygon>>, Vec<Finding>) {
    let checked: Vec<_> = raw
        .into_par_iter()
        .map(|raw| {
            step.advance(1);
            shape::check(raw)
        })
        .collect();
    let mut shapes = Vec::with_capacity(checked.len());
    let mut findings = Vec::new();
    for (row, (shape, faults)) in checked.into_iter().enumerate() {
        shapes.push(shape);
        findings.extend(faults.into_iter().map(|fault| {
            let place = Place { source: Source::Parcels, row: Some(row), id: Some(ids[row].clone()), at: fault.at };
            Finding { areas: fault.areas, ..Finding::new(fault.code, place, fault.detail) }
        }));
    }
    summarise_winding(Source::Parcels, shapes.iter().flatten().count(), &mut findings);
    (shapes, findings)
}

/// The canonical columns of a table, and what is wrong with their values; `ids` name the rows of parcels.
fn canonical(table: &Table, ids: Option<&[String]>) -> Result<(DataFrame, Vec<Finding>)> {
    let mut findings = Vec::new();
    let canonical = values::canonical(table, ids, &mut findings)?;
    let (codes, scale) = rayon::join(|| codes(&canonical, table.source, ids), || scale(&canonical, table.source, ids));
    findings.extend(codes);
    findings.extend(scale);
    Ok((canonical, findings))
}

/// Checks the values of a table without shapes: its canonical columns.
///
/// # Errors
/// A field expression of `survey.toml` cannot be computed.
pub fn table(table: &Table, findings: &mut Vec<Finding>) -> Result<DataFrame> {
    findings.extend(table.findings.iter().cloned());
    let (canonical, of_values) = canonical(table, None)?;
    findings.extend(of_values);
    Ok(canonical)
}

/// The ids as given, `row-000012` (counted from 1) where there is none.
fn ids(layer: &Layer, findings: &mut Vec<Finding>) -> Result<Vec<String>> {
    let rows = layer.table.rows.height();
    let given = layer.table.fields.iter().any(|(name, _)| name == "parcel_id");
    let place = |row, id: &str| Place { source: Source::Parcels, row: Some(row), id: Some(id.to_owned()), at: None };
    let mut ids: Vec<Option<String>> = vec![None; rows];
    if given {
        let mut table = layer.table.clone();
        table.fields.retain(|(name, _)| name == "parcel_id");
        let column = values::canonical(&table, None, &mut Vec::new())?;
        if let Some(Ok(text)) = column.columns().first().map(|column| column.str()) {
            for (id, text) in ids.iter_mut().zip(text.iter()) {
                *id = text.map(str::to_owned);
            }
        }
    } else if rows > 0 {
        let whole = Place { source: Source::Parcels, row: None, id: None, at: None };
        findings.push(Finding::new(
            Code::NoId,
            whole,
            detail!(
                "没有宗地编号列；请在 survey.toml 中指明：[parcels] fields = {{ parcel_id = \"…\" }}",
                "no column holds parcel ids; name it in survey.toml: [parcels] fields = {{ parcel_id = \"…\" }}"
            ),
        ));
    }
    Ok(ids
        .into_iter()
        .enumerate()
        .map(|(row, id)| {
            id.unwrap_or_else(|| {
                let id = format!("row-{:06}", row + 1);
                if given {
                    findings.push(Finding::new(Code::NoId, place(row, &id), ""));
                }
                id
            })
        })
        .collect())
}

/// Ids that several rows have, told on each of them; the finding says whether the shapes of the others are its own.
fn duplicate_ids(ids: &[String], shapes: &[Option<MultiPolygon>], findings: &mut Vec<Finding>) {
    for rows in repeated(ids.iter()) {
        for &row in &rows {
            let likeness = |other: usize| match (&shapes[row], &shapes[other]) {
                (Some(a), Some(b)) if topology::same_shape(a, b, SAME_SHAPE_M) => Detail::new("，图形相同", ", same shape"),
                (Some(_), Some(_)) => Detail::new("，图形不同", ", another shape"),
                _ => Detail::default(),
            };
            let place = Place { source: Source::Parcels, row: Some(row), id: Some(ids[row].clone()), at: None };
            findings.push(Finding::new(Code::DuplicateId, place, also_in(&rows, row, likeness)));
        }
    }
}

/// A layer that is wound the other way throughout is a habit of its maker, not so many faults.
fn summarise_winding(source: Source, shapes: usize, findings: &mut Vec<Finding>) {
    let turned = findings.iter().filter(|f| f.code == Code::Winding).count();
    #[allow(clippy::cast_precision_loss)]
    if turned > 1 && turned as f64 > WINDING_HABIT * shapes as f64 {
        findings.retain(|f| f.code != Code::Winding);
        let whole = Place { source, row: None, id: None, at: None };
        findings.push(Finding::new(
            Code::Winding,
            whole,
            detail!("{shapes} 个图形中的 {turned} 个", "{turned} of {shapes} shapes"),
        ));
    }
}
