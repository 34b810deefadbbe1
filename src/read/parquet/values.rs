//! Columns of Arrow as columns of the table.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use polars::prelude::{
    BooleanChunked, DataType as Kind, Float64Chunked, Int64Chunked, IntoSeries, NewChunkedArray, PlSmallStr, Series,
    StringChunked,
};

use super::json::json;
use crate::error::{Error, Result};
use crate::read::wkb::hexadecimal;

/// Every decimal of so many digits is told from the others by the nearest float, and comes back from it.
const EXACT_DIGITS: u8 = 15;

/// Every decimal of so many digits fits an i64.
const INTEGER_DIGITS: u8 = 18;

/// A batch of a column. Integers beyond i64 and decimals beyond a float's digits are text; so are dates (ISO 8601), bytes (in
/// hexadecimal), and lists and records (JSON).
pub(super) fn series(array: &ArrayRef) -> Result<Series> {
    let name = PlSmallStr::EMPTY;
    Ok(match array.data_type() {
        DataType::Null => Series::full_null(name, array.len(), &Kind::String),
        DataType::Boolean => BooleanChunked::from_iter_options(name, array.as_boolean().iter()).into_series(),
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => integers(array)?,
        DataType::UInt64 => {
            let strict = CastOptions { safe: false, ..CastOptions::default() };
            match cast_with_options(array, &DataType::Int64, &strict) {
                Ok(fitting) => integers(&fitting)?,
                Err(_) => formatted(array)?,
            }
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => floats(array)?,
        DataType::Utf8 => texts(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(array.as_string_view().iter()),
        DataType::Decimal32(digits, scale) | DataType::Decimal64(digits, scale) => {
            let wide = cast(array, &DataType::Decimal128(*digits, *scale)).map_err(|e| failed(&e))?;
            decimals(&wide, *digits, *scale)?
        }
        DataType::Decimal128(digits, scale) => decimals(array, *digits, *scale)?,
        DataType::Binary => texts(array.as_binary::<i32>().iter().map(|bytes| bytes.map(hexadecimal))),
        DataType::LargeBinary => texts(array.as_binary::<i64>().iter().map(|bytes| bytes.map(hexadecimal))),
        DataType::BinaryView => texts(array.as_binary_view().iter().map(|bytes| bytes.map(hexadecimal))),
        DataType::FixedSizeBinary(_) => texts(array.as_fixed_size_binary().iter().map(|bytes| bytes.map(hexadecimal))),
        DataType::Dictionary(_, values) => series(&cast(array, values).map_err(|e| failed(&e))?)?,
        DataType::Timestamp(unit, Some(zone)) if !zone.starts_with(['+', '-']) && zone.as_ref() != "UTC" => {
            series(&in_utc(array, *unit)?)?
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(_, _)
        | DataType::Struct(_)
        | DataType::Map(_, _) => {
            let all = (0..array.len())
                .map(|row| (!array.is_null(row)).then(|| json(array, row).map(|value| value.to_string())).transpose());
            texts(all.collect::<Result<Vec<_>>>()?.into_iter())
        }
        _ => formatted(array)?,
    })
}

/// The batches of a column as one; where they differ in type, as text.
pub(super) fn joined(name: &str, parts: Vec<Series>, of: &DataType) -> Result<Series> {
    let failed = |e: polars::prelude::PolarsError| Error::new(format!("the column \"{name}\" cannot be put together: {e}"));
    let mut parts = parts.into_iter();
    let Some(mut all) = parts.next() else {
        let empty = arrow::array::new_empty_array(of);
        return Ok(series(&empty)?.with_name(name.into()));
    };
    for mut part in parts {
        if part.dtype() != all.dtype() {
            all = all.cast(&Kind::String).map_err(failed)?;
            part = part.cast(&Kind::String).map_err(failed)?;
        }
        all.append(&part).map_err(failed)?;
    }
    Ok(all.rechunk().with_name(name.into()))
}

fn integers(array: &ArrayRef) -> Result<Series> {
    let array = cast(array, &DataType::Int64).map_err(|e| failed(&e))?;
    Ok(Int64Chunked::from_iter_options(PlSmallStr::EMPTY, array.as_primitive::<Int64Type>().iter()).into_series())
}

fn floats(array: &ArrayRef) -> Result<Series> {
    let array = cast(array, &DataType::Float64).map_err(|e| failed(&e))?;
    Ok(Float64Chunked::from_iter_options(PlSmallStr::EMPTY, array.as_primitive::<Float64Type>().iter()).into_series())
}

fn texts<S: AsRef<str>>(values: impl Iterator<Item = Option<S>>) -> Series {
    StringChunked::from_iter_options(PlSmallStr::EMPTY, values).into_series()
}

fn decimals(array: &ArrayRef, digits: u8, scale: i8) -> Result<Series> {
    if scale == 0 && digits <= INTEGER_DIGITS {
        return integers(array);
    }
    let power = match u8::try_from(scale) {
        Ok(scale) if digits <= EXACT_DIGITS && scale <= EXACT_DIGITS => 10f64.powi(i32::from(scale)),
        _ => return formatted(array),
    };
    // Both numbers are exact, so that the quotient is the nearest float to the decimal.
    #[allow(clippy::cast_precision_loss)]
    let values = array.as_primitive::<Decimal128Type>().iter().map(|value| value.map(|value| value as f64 / power));
    Ok(Float64Chunked::from_iter_options(PlSmallStr::EMPTY, values).into_series())
}

/// Times of a named zone, whose rules are not at hand, as times in UTC.
fn in_utc(array: &ArrayRef, unit: TimeUnit) -> Result<ArrayRef> {
    cast(array, &DataType::Timestamp(unit, Some("+00:00".into()))).map_err(|e| failed(&e))
}

/// Values as Arrow writes them: dates and times by ISO 8601.
fn formatted(array: &ArrayRef) -> Result<Series> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array, &options).map_err(|e| failed(&e))?;
    let all = (0..array.len()).map(|row| (!array.is_null(row)).then(|| formatter.value(row).to_string()));
    Ok(texts(all))
}

fn failed(error: &arrow::error::ArrowError) -> Error {
    Error::new(format!("a column cannot be read: {error}")).remedy("export the layer again without that column")
}
