//! The values of known fields: read as the type they should have, impossible ones set aside.

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::finding::{Code, Finding, Place};
use crate::model::{FieldSource, Table};
use crate::read::fields::{Field, field};
use crate::sql;

/// The canonical columns of a table, under canonical names: numbers as floats, the rest as text. An impossible value is
/// missing here; the table itself keeps it.
pub(super) fn canonical(table: &Table, ids: Option<&[String]>, findings: &mut Vec<Finding>) -> Result<DataFrame> {
    let mut columns = Vec::with_capacity(table.fields.len());
    for (name, from) in &table.fields {
        let Some(field) = field(name) else { continue };
        let series = source_series(table, from)?;
        let place =
            |row: usize| Place { source: table.source, row: Some(row), id: ids.and_then(|ids| ids.get(row).cloned()), at: None };
        let column = if field.is_number() {
            let mut values = numbers(&series, |row, text| {
                findings.push(Finding::new(Code::NotNumber, place(row), format!("{name} = \"{text}\"")));
            })?;
            for (row, value) in values.iter_mut().enumerate() {
                if let Some(x) = *value
                    && !possible(field, x)
                {
                    findings.push(Finding::new(Code::Impossible, place(row), format!("{name} = {x}")));
                    *value = None;
                }
            }
            Series::new(name.as_str().into(), values)
        } else {
            texts(&series)?.with_name(name.as_str().into())
        };
        columns.push(column.into_column());
    }
    DataFrame::new(table.rows.height(), columns).map_err(|e| Error::new(e.to_string()).in_file(&table.path))
}

fn source_series(table: &Table, from: &FieldSource) -> Result<Series> {
    match from {
        FieldSource::Column(column) => Ok(table
            .rows
            .column(column)
            .map_err(|e| Error::new(e.to_string()).in_file(&table.path))?
            .as_materialized_series()
            .clone()),
        FieldSource::Converted { column, factor, .. } => {
            let series = source_series(table, &FieldSource::Column(column.clone()))?;
            Ok(&series * *factor)
        }
        FieldSource::Expression(expr) => {
            let results = sql::evaluate(&table.rows, &[expr])
                .map_err(|e| e.in_file(&table.path).at(format!("[{}] fields in survey.toml", table.source.name())))?;
            results.into_iter().next().ok_or_else(|| Error::new("an expression yielded nothing"))
        }
    }
}

fn possible(field: &Field, x: f64) -> bool {
    x.is_finite() && field.min.is_none_or(|min| x >= min) && field.max.is_none_or(|max| x <= max)
}

fn numbers(series: &Series, mut none: impl FnMut(usize, &str)) -> Result<Vec<Option<f64>>> {
    if let Ok(text) = series.str() {
        let parse = |(row, text): (usize, Option<&str>)| {
            let text = text?.trim();
            let value = text.parse::<f64>().ok();
            if value.is_none() && !text.is_empty() {
                none(row, text);
            }
            value
        };
        return Ok(text.iter().enumerate().map(parse).collect());
    }
    let floats = series.cast(&DataType::Float64).map_err(|e| Error::new(e.to_string()))?;
    Ok(floats.f64().map_err(|e| Error::new(e.to_string()))?.iter().collect())
}

/// Any column as text: trimmed, the empty text missing, a whole float without its ".0".
pub(super) fn texts(series: &Series) -> Result<Series> {
    let failed = |e: PolarsError| Error::new(e.to_string());
    if let Ok(floats) = series.f64() {
        let text: StringChunked = floats.iter().map(|x| x.map(|x| x.to_string())).collect();
        return Ok(text.into_series());
    }
    let text = series.cast(&DataType::String).map_err(failed)?;
    let trimmed: StringChunked =
        text.str().map_err(failed)?.iter().map(|text| text.map(str::trim).filter(|text| !text.is_empty())).collect();
    Ok(trimmed.into_series())
}
