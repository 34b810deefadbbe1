//! `facts.parquet`: what the rulebook's expressions can name, one row a parcel, and who is on it. From this and the rulebook a survey is
//! graded again, to the same bits.

use std::path::Path;

use polars::prelude::{Column, NamedFrom, Series};

use crate::error::{Error, Result};
use crate::survey::Survey;
use crate::write::fields::fields;
use crate::write::parquet::{Table, write_table};

/// The column that says who is on a parcel: JSON, one [`Occupant`](crate::indicators::Occupant) each.
pub(crate) const OCCUPANTS: &str = "occupants_json";
/// The column of the codes of the faults found in a parcel's row, with `;` between.
pub(crate) const FINDINGS: &str = "findings_of_row";

/// Before the name of an input's own column where the table has another one under that name.
pub(crate) const OWN: &str = "own:";

pub(super) fn write(survey: &Survey, path: &Path) -> Result<()> {
    let mut columns: Vec<Column> = survey.table.columns().to_vec();
    for own in survey.own.columns() {
        let name = own.name();
        if survey.table.column(name).is_ok_and(|ours| ours.dtype() != own.dtype() || !ours.equals_missing(own)) {
            columns.push(own.clone().with_name(format!("{OWN}{name}").into()));
        }
    }
    columns.push(Series::new(FINDINGS.into(), super::columns::finding_codes(survey)).into());
    if !survey.occupants.is_empty() {
        let text = |occupants: &Vec<_>| serde_json::to_string(occupants).map_err(|e| Error::new(e.to_string()));
        let texts = survey.occupants.iter().map(text).collect::<Result<Vec<String>>>()?;
        columns.push(Series::new(OCCUPANTS.into(), texts).into());
    }
    let fields = fields(&columns)?;
    write_table(&Table { fields: &fields, rows: survey.parcels.ids.len(), shapes: None }, path)
}
