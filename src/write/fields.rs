//! The columns of a table in the four types every format can hold.

use polars::prelude::{Column, DataType, Series};

use crate::error::{Error, Result};

/// The type of a column as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    Text,
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Missing,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
}

/// A column in one of the four types.
pub(crate) struct Field {
    pub name: String,
    pub kind: Kind,
    values: Series,
}

impl Field {
    /// All values, in one chunk.
    pub fn series(&self) -> &Series {
        &self.values
    }

    /// The value in a row; missing where there is no such row.
    pub fn value(&self, row: usize) -> Value<'_> {
        if row >= self.values.len() {
            return Value::Missing;
        }
        let found = match self.kind {
            Kind::Bool => self.values.bool().ok().and_then(|v| v.get(row)).map(Value::Bool),
            Kind::Int => self.values.i64().ok().and_then(|v| v.get(row)).map(Value::Int),
            Kind::Float => self.values.f64().ok().and_then(|v| v.get(row)).map(Value::Float),
            Kind::Text => self.values.str().ok().and_then(|v| v.get(row)).map(Value::Text),
        };
        found.unwrap_or(Value::Missing)
    }
}

/// The columns of a table: small integers become 64-bit ones, other types text.
///
/// # Errors
/// A column cannot be turned into text.
pub(crate) fn fields(columns: &[Column]) -> Result<Vec<Field>> {
    columns
        .iter()
        .map(|column| {
            let kind = kind(column.dtype());
            let values = column
                .as_materialized_series()
                .cast(&data_type(kind))
                .map_err(|e| Error::new(format!("the column \"{}\" cannot be written: {e}", column.name())))?
                .rechunk();
            Ok(Field { name: column.name().to_string(), kind, values })
        })
        .collect()
}

fn kind(of: &DataType) -> Kind {
    match of {
        DataType::Boolean => Kind::Bool,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => Kind::Int,
        DataType::Float32 | DataType::Float64 => Kind::Float,
        _ => Kind::Text,
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Int => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Text => DataType::String,
    }
}

/// A name that is none of `taken`, in any case of letters: one of `wanted`, or the last of them with a number.
pub(crate) fn free_name(wanted: &[&str], taken: &[Field]) -> String {
    let free = |name: &str| !taken.iter().any(|field| field.name.eq_ignore_ascii_case(name));
    if let Some(name) = wanted.iter().find(|name| free(name)) {
        return (*name).to_owned();
    }
    let last = wanted.last().copied().unwrap_or_default();
    // One of the first `taken.len() + 1` numbers is free.
    (1..=taken.len() + 1).map(|n| format!("{last}_{n}")).find(|name| free(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::*;

    #[test]
    fn every_type_becomes_one_of_four_and_keeps_its_value() {
        let rows = df!("a" => [Some(7i32), None], "b" => [0.5f32, 2.0], "c" => [true, false], "d" => [Some("亩"), None], "e" => [i64::MAX, 1]).unwrap();
        let fields = fields(rows.columns()).unwrap();
        let row = |n: usize| fields.iter().map(|f| f.value(n)).collect::<Vec<_>>();
        assert_eq!(row(0), [Value::Int(7), Value::Float(0.5), Value::Bool(true), Value::Text("亩"), Value::Int(i64::MAX)]);
        assert_eq!(row(1), [Value::Missing, Value::Float(2.0), Value::Bool(false), Value::Missing, Value::Int(1)]);
        assert_eq!(row(2), [Value::Missing; 5]);
    }

    #[test]
    fn a_free_name_is_free_in_any_case_of_letters() {
        let fields = fields(df!("GEOM" => [1], "geom_1" => [1]).unwrap().columns()).unwrap();
        assert_eq!(free_name(&["geometry"], &fields), "geometry");
        assert_eq!(free_name(&["geom"], &fields), "geom_2");
    }
}
