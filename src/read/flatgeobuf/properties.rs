//! The values of a feature: pairs of a column's number and its bytes.

use std::borrow::Cow;

use flatgeobuf::ColumnType;
use polars::prelude::{DataFrame, DataType, IntoColumn, PlSmallStr, Series};

use crate::error::{Error, Result};
use crate::finding::Code;
use crate::read::columns::Cell;
use crate::read::dataset::Fault;
use crate::read::wkb::hexadecimal;

/// A column as the header declares it.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    kind: ColumnType,
}

/// The declared columns; a later one of the same name gets a number.
pub(super) fn columns<'a>(declared: impl Iterator<Item = flatgeobuf::Column<'a>>) -> (Vec<Column>, Vec<Fault>) {
    let (mut columns, mut faults): (Vec<Column>, Vec<Fault>) = (Vec::new(), Vec::new());
    for column in declared {
        let taken = |name: &str| columns.iter().any(|known| known.name == name);
        let mut name = column.name().to_owned();
        if taken(&name) {
            faults.push(Fault::file(Code::HeaderRepeated, name.clone()));
            name = (2..).map(|n| format!("{name}_{n}")).find(|free| !taken(free)).unwrap_or(name);
        }
        columns.push(Column { name, kind: column.type_() });
    }
    (columns, faults)
}

/// The values of a feature, each with the number of its column.
///
/// # Errors
/// A number of a column that is not there, or bytes that end too early: the text says which.
pub(super) fn values<'a>(mut bytes: &'a [u8], columns: &[Column]) -> std::result::Result<Vec<(usize, Cell<'a>)>, String> {
    let mut values = Vec::with_capacity(columns.len());
    // Some writers leave a single byte at the end.
    while bytes.len() > 1 {
        let number = usize::from(u16::from_le_bytes(take(&mut bytes)?));
        let column = columns.get(number).ok_or_else(|| format!("a value is for column {number}, there are {}", columns.len()))?;
        values.push((number, value(&mut bytes, column.kind).map_err(|why| format!("{}: {why}", column.name))?));
    }
    Ok(values)
}

fn value<'a>(bytes: &mut &'a [u8], kind: ColumnType) -> std::result::Result<Cell<'a>, String> {
    Ok(match kind {
        ColumnType::Bool => Cell::Bool(take::<1>(bytes)? != [0]),
        ColumnType::Byte => Cell::Int(i8::from_le_bytes(take(bytes)?).into()),
        ColumnType::UByte => Cell::Int(u8::from_le_bytes(take(bytes)?).into()),
        ColumnType::Short => Cell::Int(i16::from_le_bytes(take(bytes)?).into()),
        ColumnType::UShort => Cell::Int(u16::from_le_bytes(take(bytes)?).into()),
        ColumnType::Int => Cell::Int(i32::from_le_bytes(take(bytes)?).into()),
        ColumnType::UInt => Cell::Int(u32::from_le_bytes(take(bytes)?).into()),
        ColumnType::Long => Cell::Int(i64::from_le_bytes(take(bytes)?)),
        ColumnType::ULong => {
            let number = u64::from_le_bytes(take(bytes)?);
            i64::try_from(number).map_or_else(|_| Cell::Text(number.to_string().into()), Cell::Int)
        }
        ColumnType::Float => Cell::Float(f32::from_le_bytes(take(bytes)?).into()),
        ColumnType::Double => Cell::Float(f64::from_le_bytes(take(bytes)?)),
        ColumnType::String | ColumnType::Json | ColumnType::DateTime => Cell::Text(String::from_utf8_lossy(counted(bytes)?)),
        ColumnType::Binary => Cell::Text(Cow::Owned(hexadecimal(counted(bytes)?))),
        other => return Err(format!("the type {} of the column is unknown", other.0)),
    })
}

/// Bytes after their number.
fn counted<'a>(bytes: &mut &'a [u8]) -> std::result::Result<&'a [u8], String> {
    let count = u32::from_le_bytes(take(bytes)?);
    let (taken, rest) = usize::try_from(count)
        .ok()
        .and_then(|count| bytes.split_at_checked(count))
        .ok_or_else(|| format!("it is said to have {count} bytes, {} are there", bytes.len()))?;
    *bytes = rest;
    Ok(taken)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> std::result::Result<[u8; N], String> {
    let (taken, rest) = bytes.split_first_chunk::<N>().ok_or("its bytes end too early")?;
    *bytes = rest;
    Ok(*taken)
}

/// Every declared column in its place, in its declared type where all its cells are missing; then those of single features.
pub(super) fn typed(rows: &DataFrame, height: usize, declared: &[Column]) -> Result<DataFrame> {
    let of = |column: &Column| match rows.column(&column.name) {
        Ok(found) if found.null_count() < height => found.clone(),
        _ => Series::full_null(PlSmallStr::from(column.name.as_str()), height, &data_type(column.kind)).into_column(),
    };
    let more = rows.columns().iter().filter(|column| !declared.iter().any(|known| known.name == column.name().as_str()));
    DataFrame::new(height, declared.iter().map(of).chain(more.cloned()).collect())
        .map_err(|e| Error::new(format!("the table could not be built: {e}")))
}

fn data_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Float | ColumnType::Double => DataType::Float64,
        ColumnType::String | ColumnType::Json | ColumnType::DateTime | ColumnType::Binary => DataType::String,
        _ => DataType::Int64,
    }
}
