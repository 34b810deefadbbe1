//! What is graded as one: a parcel, or all parcels of a holder.

use std::collections::HashMap;

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::read::fields::field;
use crate::rulebook::Unit;

/// Columns that are summed over the parcels of a unit, beside the known fields that are sums.
const AREAS: [&str; 5] = ["area_stated_m2", "area_statutory_m2", "area_geodesic_m2", "area_mu", "enterprise_count"];

/// Which parcels are graded as one.
#[derive(Debug, Clone)]
pub enum Units {
    /// Each parcel by itself: unit *i* is row *i*.
    Parcels(usize),
    /// The unit of each row, and the rows of each unit in ascending order.
    Grouped { of_row: Vec<usize>, rows: Vec<Vec<usize>> },
}

impl Units {
    /// Number of units.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Parcels(n) => *n,
            Self::Grouped { rows, .. } => rows.len(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The unit of a parcel.
    #[must_use]
    pub fn of(&self, row: usize) -> usize {
        match self {
            Self::Parcels(_) => row,
            Self::Grouped { of_row, .. } => of_row[row],
        }
    }

    /// The parcels of a unit.
    #[must_use]
    pub fn rows(&self, unit: usize) -> Vec<usize> {
        match self {
            Self::Parcels(_) => vec![unit],
            Self::Grouped { rows, .. } => rows[unit].clone(),
        }
    }

    /// One entry a parcel from one entry a unit.
    #[must_use]
    pub fn spread<T: Clone>(&self, of_units: Vec<T>) -> Vec<T> {
        match self {
            Self::Parcels(_) => of_units,
            Self::Grouped { of_row, .. } => of_row.iter().map(|unit| of_units[*unit].clone()).collect(),
        }
    }
}

/// Groups the parcels into units; `ids` are those of the parcels.
///
/// # Errors
/// The table has no such column.
pub fn units(unit: &Unit, table: &DataFrame) -> Result<Units> {
    if unit.by.is_empty() {
        return Ok(Units::Parcels(table.height()));
    }
    let columns = super::peers::texts(table, &unit.by)?;
    let (mut rows, mut index): (Vec<Vec<usize>>, HashMap<Vec<&str>, usize>) = (Vec::new(), HashMap::new());
    let mut of_row = Vec::with_capacity(table.height());
    for row in 0..table.height() {
        let unit = match columns.iter().map(|column| column.get(row)).collect::<Option<Vec<&str>>>() {
            Some(values) => *index.entry(values).or_insert_with(|| {
                rows.push(Vec::new());
                rows.len() - 1
            }),
            None => {
                rows.push(Vec::new());
                rows.len() - 1
            }
        };
        rows[unit].push(row);
        of_row.push(unit);
    }
    Ok(Units::Grouped { of_row, rows })
}

/// The table of the units: known sums, areas and the columns of `sums` added up over their parcels, the rest as on the largest parcel.
///
/// # Errors
/// The table cannot be built.
pub(super) fn unit_table(units: &Units, table: &DataFrame, ids: &[String], sums: &[String]) -> Result<DataFrame> {
    let Units::Grouped { rows, .. } = units else { return Ok(table.clone()) };
    let fault = |e: PolarsError| Error::new(e.to_string());
    let area: Vec<Option<f64>> = table.column("area_mu").and_then(|c| c.f64()).map_err(fault)?.iter().collect();
    let largest = |rows: &Vec<usize>| {
        rows.iter()
            .copied()
            .max_by(|a, b| area[*a].unwrap_or(-1.0).total_cmp(&area[*b].unwrap_or(-1.0)).then_with(|| ids[*b].cmp(&ids[*a])))
    };
    let main: IdxCa = rows.iter().map(|rows| largest(rows).and_then(|row| IdxSize::try_from(row).ok())).collect();
    let mut columns = Vec::with_capacity(table.width());
    for column in table.columns() {
        let name = column.name().as_str();
        let adds = AREAS.contains(&name) || sums.iter().any(|sum| sum == name) || field(name).is_some_and(|field| field.add);
        match (adds, column.cast(&DataType::Float64)) {
            (true, Ok(numbers)) if column.dtype().is_primitive_numeric() => {
                let values: Vec<Option<f64>> = numbers.f64().map_err(fault)?.iter().collect();
                let sum = |rows: &Vec<usize>| added(rows.iter().map(|row| (ids[*row].as_str(), values[*row])).collect());
                columns.push(Column::new(name.into(), rows.iter().map(sum).collect::<Vec<_>>()));
            }
            _ => columns.push(column.take(&main).map_err(fault)?),
        }
    }
    DataFrame::new(rows.len(), columns).map_err(fault)
}

/// The sum of what is there, in ascending order of id so that it does not depend on the order of the rows.
fn added(mut terms: Vec<(&str, Option<f64>)>) -> Option<f64> {
    terms.sort_by(|a, b| a.0.cmp(b.0).then(a.1.partial_cmp(&b.1).unwrap_or(std::cmp::Ordering::Equal)));
    terms.into_iter().filter_map(|(_, value)| value).reduce(|sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    #[test]
    fn parcels_of_one_holder_are_one_unit_with_their_sums() {
        let table = df!(
            "holder" => [Some("甲"), Some("乙"), Some("甲"), None],
            "area_mu" => [1.0, 5.0, 3.0, 2.0],
            "tax_10k_yuan" => [Some(10.0), None, Some(5.0), Some(1.0)],
            "industry_code" => ["C36", "C37", "C39", "C40"],
        )
        .unwrap();
        let ids: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let units = units(&Unit { by: vec!["holder".into()] }, &table).unwrap();
        assert_eq!(units.len(), 3);
        let grouped = unit_table(&units, &table, &ids, &[]).unwrap();
        assert_eq!(grouped.column("tax_10k_yuan").unwrap().f64().unwrap().to_vec(), [Some(15.0), None, Some(1.0)]);
        assert_eq!(grouped.column("area_mu").unwrap().f64().unwrap().to_vec(), [Some(4.0), Some(5.0), Some(2.0)]);
        assert_eq!(grouped.column("industry_code").unwrap().str().unwrap().get(0), Some("C39"), "as on the larger parcel");
        assert_eq!(units.spread(vec![1, 2, 3]), [1, 2, 1, 3]);
    }
}
