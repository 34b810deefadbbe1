//! The figure behind an indicator: the column its value scales with.

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::sql;

/// Relative difference within which two numbers count as the same.
const SAME: f64 = 1e-9;
/// Columns that are areas of the parcel.
pub(super) const AREAS: [&str; 4] = ["area_mu", "area_statutory_m2", "area_geodesic_m2", "area_stated_m2"];

/// A column and what an expression makes of it, one entry a unit.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub column: String,
    pub value: Vec<Option<f64>>,
    /// How much the expression's value changes with one more of the figure; none where the value does not scale with it.
    pub slope: Vec<Option<f64>>,
}

/// What an expression is made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    /// Every column it names, each once.
    pub columns: Vec<String>,
    /// Those with numbers but areas.
    pub figures: Vec<Figure>,
    /// The area it names, and its values.
    pub area: Option<(String, Vec<Option<f64>>)>,
}

/// What an expression over `table` is made of. A value scales with a figure if it is a multiple of it: one more of the figure changes the
/// value by as much as two more by half, and by as much as the value is of the figure.
///
/// # Errors
/// The expression cannot be computed.
pub(super) fn figures(table: &DataFrame, expr: &str) -> Result<Figures> {
    let mut found = Figures::default();
    for name in sql::columns_of(expr)? {
        if !found.columns.contains(&name) {
            found.columns.push(name);
        }
    }
    let value = numbers(table, expr)?;
    for name in &found.columns {
        let Ok(column) = table.column(name) else { continue };
        if !column.dtype().is_primitive_numeric() {
            continue;
        }
        let figure = column.cast(&DataType::Float64).map_err(|e| Error::new(e.to_string()))?;
        let at: Vec<Option<f64>> = figure.f64().map_err(|e| Error::new(e.to_string()))?.iter().collect();
        if AREAS.contains(&name.as_str()) {
            found.area.get_or_insert_with(|| (name.clone(), at));
            continue;
        }
        let more = |by: f64| -> Result<Vec<Option<f64>>> {
            let mut table = table.clone();
            let moved: Vec<Option<f64>> = at.iter().map(|x| x.map(|x| x + by)).collect();
            table.with_column(Column::new(name.as_str().into(), moved)).map_err(|e| Error::new(e.to_string()))?;
            numbers(&table, expr)
        };
        let (one, two) = (more(1.0)?, more(2.0)?);
        let slope = (0..at.len()).map(|row| slope(at[row]?, value[row]?, one[row]?, two[row]?)).collect();
        found.figures.push(Figure { column: name.clone(), value: at, slope });
    }
    Ok(found)
}

fn numbers(table: &DataFrame, expr: &str) -> Result<Vec<Option<f64>>> {
    Ok(sql::numbers(table, &[expr])?.pop().unwrap_or_default())
}

/// How much the value changes with one more of the figure, if it is a multiple of it.
fn slope(figure: f64, value: f64, one: f64, two: f64) -> Option<f64> {
    let slope = one - value;
    // Differences of large numbers have fewer digits than the numbers.
    let near = |a: f64, b: f64| (a - b).abs() <= SAME * (a.abs() + b.abs() + value.abs());
    (slope != 0.0 && slope.is_finite() && near(two - one, slope) && near(slope * figure, value)).then_some(slope)
}
