//! Columns of a table as values, by name: missing throughout where the table has no such column.

use polars::prelude::{DataFrame, DataType};

/// A column as text.
pub(crate) fn texts(table: &DataFrame, name: &str) -> Vec<Option<String>> {
    let column = table.column(name).ok().and_then(|column| column.cast(&DataType::String).ok());
    let values = column.as_ref().and_then(|column| column.str().ok());
    values.map_or_else(|| vec![None; table.height()], |values| values.iter().map(|text| text.map(str::to_owned)).collect())
}

/// A column as numbers.
pub(crate) fn numbers(table: &DataFrame, name: &str) -> Vec<Option<f64>> {
    let column = table.column(name).ok().and_then(|column| column.cast(&DataType::Float64).ok());
    let values = column.as_ref().and_then(|column| column.f64().ok());
    values.map_or_else(|| vec![None; table.height()], |values| values.iter().collect())
}
