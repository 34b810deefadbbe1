//! From the columns of the survey back to the cells of the files they were read from.

use polars::prelude::*;
use serde_json::Value;

use super::figures::AREAS;
use super::{CellUse, CellValue, SourceCell};
use crate::model::Source;
use crate::read::fields::field;
use crate::rulebook::AreaKind;
use crate::surveyed::Surveyed;

/// Endings of files that are tables of lines.
const LINES: [&str; 6] = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls"];
/// What the survey finds out from where a parcel lies.
const PLACES: [&str; 5] = ["district_code", "district_share", "park_id", "park_share", "layout_zones"];

/// The cells behind a column for one parcel.
pub(super) fn cells(survey: &Surveyed, row: usize, column: &str) -> Vec<SourceCell> {
    let parcels = Input::of(survey, Source::Parcels);
    let of_parcel = |name: &str| {
        let value = || value(&survey.table, column, row);
        parcels.cells(name, &survey.ids[row], row + 1).into_iter().map(|cell| cell.of_field(column).with(value())).collect()
    };
    let as_a_whole = |how: CellUse| {
        let cell = parcels.cell("geometry", &survey.ids[row], row + 1, how);
        vec![cell.of_field(column).with(value(&survey.table, column, row))]
    };
    if column == "area_stated_m2" || column == "area_mu" && survey.rulebook.area == AreaKind::Stated {
        return of_parcel("area_stated_m2");
    }
    if AREAS.contains(&column) {
        return as_a_whole(CellUse::Shape);
    }
    if PLACES.contains(&column) {
        return as_a_whole(CellUse::Location);
    }
    let occupants = of_occupants(survey, row, column);
    // A figure that no input has comes from no cell.
    if occupants.is_empty() && parcels.may_hold(column) { of_parcel(column) } else { occupants }
}

/// The cells of those who are on the parcel, if the column comes from them.
fn of_occupants(survey: &Surveyed, row: usize, column: &str) -> Vec<SourceCell> {
    let enterprises = Input::of(survey, Source::Enterprises);
    let occupants = survey.occupants.get(row).map_or(&[][..], Vec::as_slice);
    if column == "enterprise_count" {
        let counted = |o: &crate::indicators::Occupant| enterprises.cell("enterprise_id", &o.id, o.row, CellUse::Counted);
        return occupants.iter().map(|o| counted(o).of_field(column).with(CellValue::Number(1.0))).collect();
    }
    let adds = survey.manifest["flows"].get(column).is_some();
    // Where no enterprise reports it, the parcel layer's own figure stands, if there is one.
    let silent = adds && !occupants.iter().any(|o| o.figures.contains_key(column));
    if silent && Input::of(survey, Source::Parcels).may_hold(column) || !adds && !enterprises.has(column) {
        return Vec::new();
    }
    let mut cells = Vec::new();
    for occupant in occupants {
        let value = match (adds, occupant.figures.get(column)) {
            (true, Some(x)) => CellValue::Number(*x),
            (true, None) => CellValue::Missing,
            (false, _) => value(&survey.table, column, row),
        };
        for cell in enterprises.cells(column, &occupant.id, occupant.row) {
            let how = match cell.how {
                CellUse::AsIs if !adds => CellUse::MainOccupant,
                #[allow(clippy::float_cmp)]
                CellUse::AsIs if occupant.share != 1.0 => CellUse::Shared(occupant.share),
                how => how,
            };
            cells.push(SourceCell { how, ..cell }.of_field(column).with(value.clone()));
        }
    }
    cells
}

/// An input file, as the manifest tells of it.
struct Input<'a> {
    name: &'static str,
    file: &'a str,
    fields: &'a Value,
    /// The parcel layer's own columns.
    own: &'a Value,
    /// The first line holds the heading and each other line a row.
    by_line: bool,
}

impl<'a> Input<'a> {
    fn of(survey: &'a Surveyed, source: Source) -> Self {
        let manifest = &survey.manifest;
        let file = manifest["files"][source.name()].as_str().unwrap_or_default();
        let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
        // Where the layout of some table was noted (title lines, blank rows), lines cannot be told.
        let plain = manifest["totals"]["findings"].get("TABLE_LAYOUT").is_none();
        let fields = &manifest["fields"][source.name()];
        let own = &manifest["columns"]["own"];
        Self { name: source.name(), file, fields, own, by_line: plain && LINES.contains(&ending.as_str()) }
    }

    /// Whether the parcel layer has the field, or a column of that name.
    fn may_hold(&self, column: &str) -> bool {
        self.has(column) || self.own.as_array().is_none_or(|own| own.iter().any(|name| name == column))
    }

    fn has(&self, field: &str) -> bool {
        self.fields.get(field).is_some()
    }

    /// The cells a field of one row is taken from; a column that is no field is its own.
    fn cells(&self, field: &str, of: &str, row: usize) -> Vec<SourceCell> {
        match self.fields.get(field) {
            Some(Value::String(column)) => vec![self.cell(column, of, row, CellUse::AsIs)],
            Some(from) => {
                if let (Some(column), Some(unit), Some(factor)) =
                    (from["column"].as_str(), from["unit"].as_str(), from["factor"].as_f64())
                {
                    return vec![self.cell(column, of, row, CellUse::Converted { unit: unit.to_owned(), factor })];
                }
                let expr = from["expr"].as_str().unwrap_or_default();
                let columns = crate::sql::columns_of(expr).unwrap_or_default();
                columns.iter().map(|column| self.cell(column, of, row, CellUse::Expression(expr.to_owned()))).collect()
            }
            None => vec![self.cell(field, of, row, CellUse::AsIs)],
        }
    }

    fn cell(&self, column: &str, of: &str, row: usize, how: CellUse) -> SourceCell {
        SourceCell {
            field: String::new(),
            field_zh: None,
            input: self.name,
            file: self.file.to_owned(),
            of: of.to_owned(),
            row,
            line: self.by_line.then_some(row + 1),
            column: column.to_owned(),
            how,
            value: CellValue::Missing,
        }
    }
}

impl SourceCell {
    fn of_field(self, name: &str) -> Self {
        Self { field: name.to_owned(), field_zh: zh(name), ..self }
    }

    fn with(self, value: CellValue) -> Self {
        Self { value, ..self }
    }
}

/// The Chinese name of a known field, or of what the survey found out.
fn zh(name: &str) -> Option<String> {
    let found = match name {
        "area_mu" => "计算用面积（亩）",
        "area_statutory_m2" => "椭球面积",
        "area_geodesic_m2" => "测地面积",
        "enterprise_count" => "企业数",
        "district_code" => "所在行政区",
        "district_share" => "所在行政区内占比",
        "park_id" => "所在园区",
        "park_share" => "所在园区内占比",
        "layout_zones" => "所在布局分区",
        _ => return field(name).map(|field| field.zh.clone()),
    };
    Some(found.to_owned())
}

fn value(table: &DataFrame, column: &str, row: usize) -> CellValue {
    match table.column(column).and_then(|column| column.get(row)) {
        Ok(AnyValue::String(text)) => CellValue::Text(text.to_owned()),
        Ok(AnyValue::StringOwned(text)) => CellValue::Text(text.to_string()),
        Ok(AnyValue::Boolean(x)) => CellValue::Text(x.to_string()),
        Ok(value) => value.try_extract::<f64>().map_or(CellValue::Missing, CellValue::Number),
        Err(_) => CellValue::Missing,
    }
}
