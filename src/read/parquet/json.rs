//! Lists and records as JSON.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// One value of a column as JSON: numbers as numbers, what JSON has no word for as text.
pub(super) fn json(array: &ArrayRef, row: usize) -> Result<Value> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    let failed = |e: arrow::error::ArrowError| Error::new(format!("a list or record cannot be read: {e}"));
    Ok(match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => {
            let one = cast(&array.slice(row, 1), &DataType::Int64).map_err(failed)?;
            one.as_primitive::<Int64Type>().value(0).into()
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let one = cast(&array.slice(row, 1), &DataType::Float64).map_err(failed)?;
            one.as_primitive::<Float64Type>().value(0).into()
        }
        DataType::Struct(fields) => {
            let record = array.as_struct();
            let members =
                fields.iter().zip(record.columns()).map(|(field, column)| Ok((field.name().clone(), json(column, row)?)));
            Value::Object(members.collect::<Result<Map<String, Value>>>()?)
        }
        DataType::List(_) => list(&array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(_, _) => list(&array.as_fixed_size_list().value(row))?,
        DataType::Map(_, _) => {
            let entries: ArrayRef = std::sync::Arc::new(array.as_map().value(row));
            list(&entries)?
        }
        _ => ArrayFormatter::try_new(array, &FormatOptions::default()).map_err(failed)?.value(row).to_string().into(),
    })
}

fn list(values: &ArrayRef) -> Result<Value> {
    Ok(Value::Array((0..values.len()).map(|row| json(values, row)).collect::<Result<Vec<_>>>()?))
}
