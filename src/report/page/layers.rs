//! Tables of a page as files that other programs read: CSV, GeoJSON, GeoPackage.

use std::path::Path;

use geo::{Geometry, MultiPolygon};
use polars::prelude::{Column as Values, DataFrame};

use super::said;
use crate::crs::Crs;
use crate::error::{Error, Result};
use crate::model::RawShape;
use crate::page::{Cell, Page, PageTable};
use crate::report::Lang;
use crate::report::csv::inert;
use crate::write::{self, Format, Layer};

/// Writes one table, for spreadsheets: no text in it is run as a formula.
pub(super) fn csv(table: &PageTable, lang: Lang, path: &Path) -> Result<()> {
    let mut table = PageTable { shapes: None, ..table.clone() };
    for cell in table.rows.iter_mut().flatten() {
        if let Cell::Text(text) = cell {
            *text = inert(std::mem::take(text));
        }
    }
    one(&table, lang, Format::Csv, path)
}

/// Writes the rows of one table that have a place.
pub(super) fn geojson(table: &PageTable, lang: Lang, path: &Path) -> Result<()> {
    one(&placed(table), lang, Format::GeoJson, path)
}

fn one(table: &PageTable, lang: Lang, format: Format, path: &Path) -> Result<()> {
    let (rows, shapes) = (frame(table, lang)?, shapes(table));
    let layer = Layer { name: table.key, rows: &rows, shapes: shapes.as_deref(), crs: &Crs::Geographic };
    write::write(&[layer], format, path).map(|_| ())
}

/// Writes all tables of a page; those with places are layers.
pub(super) fn geopackage(page: &Page, lang: Lang, path: &Path) -> Result<()> {
    let tables: Vec<PageTable> = page.tables.iter().map(placed).collect();
    let frames = tables.iter().map(|table| frame(table, lang)).collect::<Result<Vec<_>>>()?;
    let shapes: Vec<Option<Vec<RawShape>>> = tables.iter().map(shapes).collect();
    let layers: Vec<Layer<'_>> = tables
        .iter()
        .zip(&frames)
        .zip(&shapes)
        .map(|((table, rows), shapes)| Layer { name: table.key, rows, shapes: shapes.as_deref(), crs: &Crs::Geographic })
        .collect();
    write::write(&layers, Format::GeoPackage, path).map(|_| ())
}

/// A layer has no row of sums: it has no place, and would be added up with the others.
fn placed(table: &PageTable) -> PageTable {
    let mut table = table.clone();
    if let (Some(shapes), true) = (&mut table.shapes, table.total) {
        table.rows.pop();
        shapes.truncate(table.rows.len());
        table.total = false;
    }
    table
}

/// The cells by the keys of their columns; a column with a text in it is a text throughout.
fn frame(table: &PageTable, lang: Lang) -> Result<DataFrame> {
    let columns = table.columns.iter().enumerate().map(|(n, column)| {
        let cells: Vec<&Cell> = table.rows.iter().map(|row| row.get(n).unwrap_or(&Cell::Missing)).collect();
        values(column.key, &cells, lang)
    });
    DataFrame::new(table.rows.len(), columns.collect()).map_err(|e| Error::new(format!("table {}: {e}", table.key)))
}

fn values(key: &str, cells: &[&Cell], lang: Lang) -> Values {
    let any = |is: fn(&Cell) -> bool| cells.iter().any(|cell| is(cell));
    if any(|cell| matches!(cell, Cell::Text(_) | Cell::Words(_))) {
        return Values::new(key.into(), cells.iter().map(|cell| text(cell, lang)).collect::<Vec<_>>());
    }
    if any(|cell| matches!(cell, Cell::Number(_))) {
        return Values::new(key.into(), cells.iter().map(|cell| float(cell)).collect::<Vec<_>>());
    }
    Values::new(key.into(), cells.iter().map(|cell| integer(cell)).collect::<Vec<_>>())
}

fn text(cell: &Cell, lang: Lang) -> Option<String> {
    match cell {
        Cell::Missing => None,
        Cell::Count(n) => Some(n.to_string()),
        Cell::Number(x) => Some(x.to_string()),
        Cell::Text(text) => Some(text.clone()),
        Cell::Words(words) => Some(said(words, lang).to_owned()),
    }
}

#[allow(clippy::cast_precision_loss)]
fn float(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Count(n) => Some(*n as f64),
        Cell::Number(x) => Some(*x),
        _ => None,
    }
}

fn integer(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Count(n) => i64::try_from(*n).ok(),
        _ => None,
    }
}

fn shapes(table: &PageTable) -> Option<Vec<RawShape>> {
    let shapes = table.shapes.as_ref()?;
    Some(shapes.iter().map(|shape| shape.as_ref().map_or(RawShape::Missing, raw)).collect())
}

fn raw(shape: &Geometry) -> RawShape {
    match shape {
        Geometry::Polygon(polygon) => RawShape::from(&MultiPolygon(vec![polygon.clone()])),
        Geometry::MultiPolygon(polygons) => RawShape::from(polygons),
        other => RawShape::Other(Box::new(other.clone())),
    }
}
