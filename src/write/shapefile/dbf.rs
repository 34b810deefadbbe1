//! The attribute table.

use polars::prelude::*;

use super::names::Name;
use crate::error::{Error, Result};

/// Bytes a text may have.
const TEXT: usize = 254;
/// Digits and sign of an integer that other programs read as one; longer ones they would read as floats.
const INTEGER: usize = 18;
/// Bytes and decimals of a number that every program reads.
const NUMBER: usize = 24;
const DECIMALS: usize = 15;

/// One column: its cells as they are written, and the type that follows from them.
struct Field {
    kind: u8,
    width: u8,
    decimals: u8,
    cells: Vec<Option<String>>,
}

/// Writes the table. The same rows give the same bytes: the day of the last change is always the first of 1980.
///
/// # Errors
/// A text is longer than 254 bytes, a column's type has no text, or there are more columns or rows than the format has room for.
pub(super) fn write(rows: &DataFrame, names: &[Name]) -> Result<Vec<u8>> {
    let fields = rows.columns().iter().map(field).collect::<Result<Vec<Field>>>()?;
    // Programs expect a column; a table without one gets the row numbers.
    let numbers = fields.is_empty().then(|| number_rows(rows.height())).transpose()?;
    let id = Name { full: String::new(), short: "FID".to_owned() };
    let columns: Vec<(&str, &Field)> = match &numbers {
        Some(numbers) => vec![(&id.short, numbers)],
        None => names.iter().map(|name| name.short.as_str()).zip(&fields).collect(),
    };
    let too_large = |_| {
        Error::new("the table has more columns or rows than a .dbf can hold")
            .remedy("leave columns out, or write the layer to a .gpkg")
    };
    let width = 1 + columns.iter().map(|(_, field)| usize::from(field.width)).sum::<usize>();
    let mut dbf = vec![3, 80, 1, 1];
    dbf.extend(u32::try_from(rows.height()).map_err(too_large)?.to_le_bytes());
    dbf.extend(u16::try_from(32 + 32 * columns.len() + 1).map_err(too_large)?.to_le_bytes());
    dbf.extend(u16::try_from(width).map_err(too_large)?.to_le_bytes());
    dbf.resize(32, 0);
    for (name, field) in &columns {
        let start = dbf.len();
        dbf.extend(name.as_bytes());
        dbf.resize(start + 11, 0);
        dbf.extend([field.kind, 0, 0, 0, 0, field.width, field.decimals]);
        dbf.resize(start + 32, 0);
    }
    dbf.push(0x0D);
    for row in 0..rows.height() {
        dbf.push(b' ');
        for (_, field) in &columns {
            cell(&mut dbf, field, field.cells.get(row).and_then(Option::as_deref).unwrap_or_default());
        }
    }
    dbf.push(0x1A);
    Ok(dbf)
}

/// Numbers to the right, all else to the left.
fn cell(dbf: &mut Vec<u8>, field: &Field, text: &str) {
    let pad = usize::from(field.width).saturating_sub(text.len());
    let is_number = matches!(field.kind, b'N' | b'F');
    if is_number {
        dbf.resize(dbf.len() + pad, b' ');
    }
    dbf.extend(text.as_bytes());
    if !is_number {
        dbf.resize(dbf.len() + pad, b' ');
    }
}

fn number_rows(rows: usize) -> Result<Field> {
    integers((1..=rows).map(|row| Some(row.to_string())).collect())
}

fn field(column: &Column) -> Result<Field> {
    let in_column = |e: Error| e.at(format!("column \"{}\"", column.name()));
    let series = column.as_materialized_series();
    match column.dtype() {
        DataType::Boolean => {
            // A blank would be read as false.
            let truth = |x: Option<bool>| Some(x.map_or("?", |x| if x { "T" } else { "F" }).to_owned());
            let cells = series.bool().map_err(unwritable).map_err(in_column)?.iter().map(truth).collect();
            Ok(Field { kind: b'L', width: 1, decimals: 0, cells })
        }
        DataType::Float64 => {
            let values: Vec<Option<f64>> = series.f64().map_err(unwritable).map_err(in_column)?.iter().collect();
            floats(&values).map_err(in_column)
        }
        DataType::Float32 => {
            // The shortest digits of the narrow number, not those of its neighbour among the wide ones.
            let wide = |x: f32| x.to_string().parse().unwrap_or_else(|_| f64::from(x));
            let values: Vec<Option<f64>> =
                series.f32().map_err(unwritable).map_err(in_column)?.iter().map(|x| x.map(wide)).collect();
            floats(&values).map_err(in_column)
        }
        DataType::Date => {
            let cells: Vec<Option<String>> = strings(series).map_err(in_column)?;
            let days = |cell: &Option<String>| cell.as_ref().is_none_or(|date| date.len() == 10 && date.is_ascii());
            if cells.iter().all(days) {
                let cells = cells.into_iter().map(|cell| cell.map(|date| date.replace('-', ""))).collect();
                return Ok(Field { kind: b'D', width: 8, decimals: 0, cells });
            }
            texts(cells).map_err(in_column)
        }
        dtype if dtype.is_integer() => integers(strings(series).map_err(in_column)?).map_err(in_column),
        _ => texts(strings(series).map_err(in_column)?).map_err(in_column),
    }
}

fn strings(series: &Series) -> Result<Vec<Option<String>>> {
    let text = series.cast(&DataType::String).map_err(unwritable)?;
    Ok(text.str().map_err(unwritable)?.iter().map(|cell| cell.map(str::to_owned)).collect())
}

fn unwritable(e: PolarsError) -> Error {
    Error::new(format!("its values cannot be written as text: {e}"))
        .remedy("leave the column out, or write the layer to a .parquet")
}

/// Integers in digits; as text where a program would read them as floats and lose the last ones.
fn integers(cells: Vec<Option<String>>) -> Result<Field> {
    let width = widest(&cells);
    if width > INTEGER { texts(cells) } else { Ok(Field { kind: b'N', width: byte(width.max(1))?, decimals: 0, cells }) }
}

/// Floats with all their digits: in the decimals the longest needs, or with an exponent; as text if one is not finite.
fn floats(values: &[Option<f64>]) -> Result<Field> {
    if values.iter().flatten().any(|x| !x.is_finite()) {
        return texts(values.iter().map(|x| x.map(|x| x.to_string())).collect());
    }
    let decimals = values.iter().flatten().map(|x| fraction(&x.to_string())).max().unwrap_or(0).max(1);
    let fixed: Vec<Option<String>> = values.iter().map(|x| x.map(|x| format!("{x:.decimals$}"))).collect();
    let width = widest(&fixed).max(decimals + 2);
    if decimals <= DECIMALS && width <= NUMBER {
        return Ok(Field { kind: b'N', width: byte(width)?, decimals: byte(decimals)?, cells: fixed });
    }
    let shortest = |x: f64| {
        let plain = format!("{x:?}");
        if plain.len() <= NUMBER { plain } else { format!("{x:e}") }
    };
    let cells = values.iter().map(|x| x.map(shortest)).collect();
    Ok(Field { kind: b'F', width: byte(NUMBER)?, decimals: byte(DECIMALS)?, cells })
}

/// Digits after the point.
fn fraction(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

fn texts(cells: Vec<Option<String>>) -> Result<Field> {
    let long = cells.iter().position(|cell| cell.as_ref().is_some_and(|cell| cell.len() > TEXT));
    if let Some(row) = long {
        let length = cells[row].as_ref().map_or(0, String::len);
        return Err(Error::new(format!("the text of row {} has {length} bytes, a shapefile holds {TEXT}", row + 1))
            .remedy("shorten it, leave the column out, or write the layer to a .gpkg"));
    }
    Ok(Field { kind: b'C', width: byte(widest(&cells).max(1))?, decimals: 0, cells })
}

fn widest(cells: &[Option<String>]) -> usize {
    cells.iter().flatten().map(String::len).max().unwrap_or(0)
}

fn byte(n: usize) -> Result<u8> {
    u8::try_from(n).map_err(|_| Error::new(format!("a width of {n} bytes is more than a .dbf has")))
}
