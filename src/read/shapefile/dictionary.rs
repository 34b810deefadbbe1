//! The dictionary of names that stands beside a shapefile, whose own have ten bytes: `<name>_fields.csv`, as this program writes it.

use std::path::Path;

use polars::prelude::DataFrame;

use crate::error::{Error, Result};
use crate::finding::detail;
use crate::read::columns::texts;
use crate::read::csv;
use crate::read::dataset::{Dataset, Fault, ReadOptions};
use crate::read::file::stem;
use crate::read::header::layout;

/// The layer with the names that its dictionary gives to its columns. One that lists other columns belongs to an earlier layer of
/// that name: it is not used, and that is said.
pub(super) fn restored(mut read: Dataset, path: &Path) -> Dataset {
    let name = format!("{}_fields.csv", stem(path));
    let beside = path.with_file_name(&name);
    if !beside.is_file() {
        return read;
    }
    let fault = match renamed(&read.rows, &beside) {
        Ok((rows, restored)) => {
            read.rows = rows;
            layout(detail!("按 {name} 恢复了 {restored} 个列名", "{restored} names of columns were taken from {name}"))
        }
        Err(why) => not_used(&name, &why),
    };
    read.faults.push(fault);
    read
}

fn not_used(name: &str, why: &Error) -> Fault {
    layout(detail!("未按 {name} 恢复列名：{}", "{name} was not used for the names of the columns: {}", why.why()))
}

/// The table under its full names, and how many differ from the short ones.
fn renamed(rows: &DataFrame, dictionary: &Path) -> Result<(DataFrame, usize)> {
    let listed = csv::read(dictionary, &ReadOptions::default())?.rows;
    let (short, full) = (column(&listed, "field")?, column(&listed, "name")?);
    let own = rows.get_column_names();
    if own.len() != short.len() || own.iter().zip(&short).any(|(own, short)| own.as_str() != short) {
        return Err(Error::new("it lists other columns"));
    }
    let names: Vec<&str> =
        short.iter().zip(&full).map(|(short, full)| if full.is_empty() { short.as_str() } else { full.as_str() }).collect();
    let restored = names.iter().zip(&short).filter(|(name, short)| *name != short).count();
    let columns = rows.columns().iter().zip(&names).map(|(column, name)| column.clone().with_name((*name).into())).collect();
    let rows = DataFrame::new(rows.height(), columns).map_err(|e| Error::new(e.to_string()))?;
    Ok((rows, restored))
}

/// The cells of a column as text; the apostrophe that keeps a spreadsheet from running a name is none of it.
fn column(table: &DataFrame, name: &str) -> Result<Vec<String>> {
    let column = table.column(name).map_err(|_| Error::new(format!("it has no column \"{name}\"")))?;
    let cells = texts(column.as_materialized_series())?;
    let cells = cells.str().map_err(|e| Error::new(e.to_string()))?;
    let bare = |cell: &str| match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => cell.to_owned(),
    };
    Ok(cells.iter().map(|cell| bare(cell.unwrap_or_default())).collect())
}
