//! `survey.gpkg`: every layer of the survey, for QGIS and ArcGIS; from it a survey is opened again with its shapes and findings.

use std::path::Path;

use geo::{MultiPolygon, Point};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use super::columns;
use crate::crs::Crs;
use crate::error::{Error, Result};
use crate::finding::{Detail, Finding};
use crate::model::{RawShape, Source, Zone, Zones};
use crate::survey::Survey;
use crate::write::{self, Layer};

/// The layer of the parcels.
pub(crate) const PARCELS: &str = "parcels";
/// The layer of the findings: points, or nothing where a finding is of no place.
pub(crate) const FINDINGS: &str = "findings";

/// Writes every layer that has rows.
pub(super) fn write(survey: &Survey, path: &Path) -> Result<()> {
    let mut layers = vec![parcels(survey)?];
    for (source, zones) in zone_layers(survey) {
        if !zones.0.is_empty() {
            layers.push(zone_layer(source, zones)?);
        }
    }
    if !survey.findings.is_empty() {
        layers.push(findings(survey)?);
    }
    let layers: Vec<Layer<'_>> =
        layers.iter().map(|(name, rows, shapes)| Layer { name, rows, shapes: Some(shapes), crs: &Crs::Geographic }).collect();
    write::write(&layers, write::Format::GeoPackage, path).map(|_| ())
}

type Rows = (&'static str, DataFrame, Vec<RawShape>);

fn zone_layers(survey: &Survey) -> [(Source, &Zones); 3] {
    [(Source::Districts, &survey.districts), (Source::Parks, &survey.parks), (Source::Layout, &survey.layout)]
}

fn parcels(survey: &Survey) -> Result<Rows> {
    let shape = |shape: &Option<MultiPolygon>| shape.as_ref().map_or(RawShape::Missing, RawShape::from);
    Ok((PARCELS, frame(columns::survey_columns(survey)?)?, survey.parcels.shapes.iter().map(shape).collect()))
}

fn zone_layer(source: Source, zones: &Zones) -> Result<Rows> {
    let text =
        |name: &str, of: fn(&Zone) -> Option<&str>| texts(name, zones.0.iter().map(|zone| of(zone).map(str::to_owned)).collect());
    let rows = vec![
        text("id", |zone| Some(&zone.id)),
        text("name", |zone| zone.name.as_deref()),
        text("kind", |zone| zone.kind.as_deref()),
    ];
    Ok((source.name(), frame(rows)?, zones.0.iter().map(|zone| RawShape::from(&zone.shape)).collect()))
}

fn findings(survey: &Survey) -> Result<Rows> {
    let all = &survey.findings;
    let text = |name: &str, of: &dyn Fn(&Finding) -> Option<String>| texts(name, all.iter().map(of).collect());
    let number = |name: &str, of: fn(&Finding) -> Option<f64>| -> Column {
        Series::new(name.into(), all.iter().map(of).collect::<Vec<_>>()).into()
    };
    let row = |finding: &Finding| finding.place.row.and_then(|row| i64::try_from(row).ok()).map(|row| row + 1);
    let rows = vec![
        text("code", &|f| Some(f.code.name().to_owned())),
        text("input", &|f| Some(f.place.source.name().to_owned())),
        Series::new("row".into(), all.iter().map(row).collect::<Vec<_>>()).into(),
        text("id", &|f| f.place.id.clone()),
        text("field", &|f| f.field.clone()),
        text("detail_zh", &|f| Some(f.detail.zh.clone())),
        text("detail_en", &|f| Some(f.detail.en.clone())),
        text("rows_json", &|f| rows_json(&f.rows)),
        number("area_before_m2", |f| f.areas.map(|areas| areas.0)),
        number("area_after_m2", |f| f.areas.map(|areas| areas.1)),
    ];
    let point = |f: &Finding| f.place.at.map_or(RawShape::Missing, |at| RawShape::Other(Box::new(Point::from(at).into())));
    Ok((FINDINGS, frame(rows)?, all.iter().map(point).collect()))
}

/// What a finding of a whole input says of its rows: `[[row from 1, zh, en], …]`.
fn rows_json(rows: &[(usize, Detail)]) -> Option<String> {
    let rows: Vec<(usize, &str, &str)> = rows.iter().map(|(row, detail)| (row + 1, &*detail.zh, &*detail.en)).collect();
    (!rows.is_empty()).then(|| serde_json::to_string(&rows).ok()).flatten()
}

fn texts(name: &str, values: Vec<Option<String>>) -> Column {
    Series::new(name.into(), values).into()
}

fn frame(columns: Vec<Column>) -> Result<DataFrame> {
    DataFrame::new(columns.first().map_or(0, Column::len), columns).map_err(|e| Error::new(e.to_string()))
}
