//! Cells: each value exactly as the file has it.

use std::borrow::Cow;

use ::gdal::vector::{Defn, Feature, FieldValue, OGRFieldType};
use polars::prelude::DataFrame;

use super::super::columns::{Cell, Columns};
use super::super::dataset::Fault;
use super::super::encoding::looks_garbled;
use crate::error::Result;
use crate::finding::{Code, detail};

/// Cells of garbled text that are named one by one; the rest are counted.
const GARBLED_NAMED: usize = 1000;

/// How the values of a field are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Real,
    Text,
    /// A date, a time, or both.
    Time,
    /// Bytes: they have no place in a table, their number has.
    Bytes,
}

/// The fields of a layer.
pub(super) struct Fields {
    fields: Vec<(String, Kind)>,
    /// The column that holds the row's own number.
    key: Option<String>,
    rows: usize,
    /// Cells of garbled text.
    garbled: usize,
    /// Cells of bytes that were left out, by field.
    bytes: Vec<usize>,
}

impl Fields {
    /// The fields of a layer. Names are made unique.
    pub fn of(definition: &Defn, key: Option<&str>, faults: &mut Vec<Fault>) -> Self {
        let mut fields: Vec<(String, Kind)> = Vec::new();
        let key = key.map(str::to_owned);
        for field in definition.fields() {
            let given = field.name();
            let taken =
                |name: &str, fields: &[(String, Kind)]| key.as_deref() == Some(name) || fields.iter().any(|(n, _)| n == name);
            let mut name = given.clone();
            let mut number = 2;
            while taken(&name, &fields) {
                name = format!("{given}_{number}");
                number += 1;
            }
            if name != given {
                faults.push(Fault::file(
                    Code::HeaderRepeated,
                    detail!("{given}：后一个改称 {name}", "{given}: the later one is {name}"),
                ));
            }
            fields.push((name, kind(field.field_type())));
        }
        let bytes = vec![0; fields.len()];
        Self { fields, key, rows: 0, garbled: 0, bytes }
    }

    /// Adds the cells of a row.
    pub fn push(&mut self, feature: &Feature<'_>, columns: &mut Columns, faults: &mut Vec<Fault>) {
        if let Some(key) = &self.key {
            let number = feature.fid().and_then(|fid| i64::try_from(fid).ok());
            columns.set(key, number.map_or(Cell::Missing, Cell::Int));
        }
        for (index, (name, kind)) in self.fields.iter().enumerate() {
            let value = cell(feature, index, *kind);
            if let Some(Cell::Text(text)) = &value
                && looks_garbled(text)
            {
                self.garbled += 1;
                if self.garbled <= GARBLED_NAMED {
                    faults.push(Fault::row(Code::TextGarbled, self.rows, format!("{name}: {text}")));
                }
            }
            if *kind == Kind::Bytes && feature.field_as_string(index).is_ok_and(|text| text.is_some_and(|text| !text.is_empty()))
            {
                self.bytes[index] += 1;
            }
            columns.set(name, value.unwrap_or(Cell::Missing));
        }
        columns.end_row();
        self.rows += 1;
    }

    /// What was left out of the whole layer.
    pub fn notes(&self, faults: &mut Vec<Fault>) {
        if self.garbled > GARBLED_NAMED {
            faults.push(Fault::file(
                Code::TextGarbled,
                detail!("另有 {} 个单元格", "{} further cells", self.garbled - GARBLED_NAMED),
            ));
        }
        for ((name, _), count) in self.fields.iter().zip(&self.bytes) {
            if *count > 0 {
                faults.push(Fault::file(
                    Code::ColumnLeftOut,
                    detail!("{name}：二进制内容，{count} 行", "{name}: bytes, of {count} rows"),
                ));
            }
        }
    }

    /// The table, with a column for every field, even one that no row has a value for.
    pub fn finish(&self, columns: Columns) -> Result<DataFrame> {
        let mut table = Columns::default();
        for name in self.key.iter().chain(self.fields.iter().map(|(name, _)| name)) {
            table.set(name, Cell::Missing);
        }
        Columns::concat(vec![table, columns])
    }
}

fn kind(type_of: OGRFieldType::Type) -> Kind {
    match type_of {
        OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => Kind::Integer,
        OGRFieldType::OFTReal => Kind::Real,
        OGRFieldType::OFTDate | OGRFieldType::OFTDateTime => Kind::Time,
        OGRFieldType::OFTBinary => Kind::Bytes,
        _ => Kind::Text,
    }
}

/// A value, or `None` where there is none. GDAL gives 0 and "" for a value that was never set; only its text tells the two apart,
/// and not for texts: an empty one is missing.
fn cell(feature: &Feature<'_>, index: usize, kind: Kind) -> Option<Cell<'static>> {
    let text = || feature.field_as_string(index).ok().flatten().filter(|text| !text.is_empty());
    match kind {
        Kind::Integer => {
            let value = feature.field_as_integer64(index).ok().flatten()?;
            (value != 0 || text().is_some()).then_some(Cell::Int(value))
        }
        Kind::Real => {
            let Ok(Some(FieldValue::RealValue(value))) = feature.field(index) else { return None };
            (value != 0.0 || text().is_some()).then_some(Cell::Float(value))
        }
        Kind::Time => text().map(|text| Cell::Text(Cow::Owned(iso(&text)))),
        Kind::Text => text().map(|text| Cell::Text(Cow::Owned(text))),
        Kind::Bytes => None,
    }
}

/// GDAL's `2024/03/01 08:30:00+08` as ISO 8601 has it: `2024-03-01T08:30:00+08:00`.
fn iso(text: &str) -> String {
    let (date, time) = text.split_once(' ').map_or((text, None), |(date, time)| (date, Some(time)));
    let date = date.replace('/', "-");
    let Some(time) = time else { return date };
    let zone_at = time.rfind(['+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone_at);
    let zone = match zone.len() {
        3 => format!("{zone}:00"),
        5 if !zone.contains(':') => format!("{}:{}", &zone[..3], &zone[3..]),
        _ => zone.to_owned(),
    };
    format!("{date}T{time}{zone}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_written_as_iso_8601_has_them() {
        for (given, iso_text) in [
            ("2024/03/01", "2024-03-01"),
            ("2024/03/01 08:30:00", "2024-03-01T08:30:00"),
            ("2024/03/01 08:30:00.125+08", "2024-03-01T08:30:00.125+08:00"),
            ("2024/03/01 08:30:00-0330", "2024-03-01T08:30:00-03:30"),
            ("2024/03/01 08:30:00+05:30", "2024-03-01T08:30:00+05:30"),
        ] {
            assert_eq!(iso(given), iso_text);
        }
    }
}
