//! Which column of a table is which field: what `survey.toml` says, else names and aliases.

use std::path::Path;

use indexmap::IndexMap;
use polars::prelude::DataFrame;
use serde::Deserialize;

use super::known::{Field, known};
use crate::error::{Error, Result};
use crate::finding::{Code, Detail, detail};
use crate::model::{FieldMapping, FieldSource, Source};
use crate::nearest::nearest;
use crate::read::dataset::{Dataset, Fault};
use crate::read::heading::{Heading, same};
use crate::read::unit::{self, Unit};

/// How one field is named in `survey.toml`: a column, a column with its unit, or an expression over the columns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum FieldSetting {
    Column(String),
    Expression {
        /// SQL over the table's own columns.
        expr: String,
    },
    InUnit {
        column: String,
        /// The unit of the column's figures, whatever its name says.
        unit: String,
    },
}

/// What one field is taken from, and why.
struct Match {
    field: &'static Field,
    from: FieldSource,
    why: Why,
}

/// Why a column was taken for a field.
enum Why {
    Told,
    Canonical,
    Alias,
    /// The name without its unit or its year is an alias; of several years the latest was taken.
    Heading {
        columns: usize,
    },
}

/// Finds the fields of a table: those `settings` names, then canonical names, then aliases in their order, then aliases with a
/// unit or a year beside them. Conversions and choices between years are added to `faults`.
///
/// # Errors
/// A setting names a field, a column or a unit that is not there.
pub(crate) fn resolve(
    path: &Path,
    source: Source,
    rows: &DataFrame,
    settings: &IndexMap<String, FieldSetting>,
    faults: &mut Vec<Fault>,
) -> Result<FieldMapping> {
    let columns: Vec<&str> = rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
    for name in settings.keys() {
        if !applicable(source).any(|field| field.name == *name) {
            return Err(not_a_field(source, name));
        }
    }
    let mut found = Vec::new();
    for field in applicable(source) {
        let matched = match settings.get(&field.name) {
            Some(setting) => {
                let from = told(field, setting, &columns).map_err(|e| e.in_file(path))?;
                Some(Match { field, from, why: Why::Told })
            }
            None => matching(field, &columns),
        };
        let Some(matched) = matched else { continue };
        faults.extend(notes(&matched));
        found.push((field.name.clone(), matched.from));
    }
    Ok(found)
}

/// How many of an input's fields the columns of a table are.
pub(crate) fn matched(source: Source, data: &Dataset) -> usize {
    let columns: Vec<&str> = data.rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
    applicable(source).filter(|field| matching(field, &columns).is_some()).count()
}

/// What `survey.toml` could say of a file: the section of one input with the mapping that would be used without it, how sure
/// each line is, and which columns stay without a field. Ready to paste.
#[must_use]
pub fn propose(source: Source, path: &Path, data: &Dataset) -> Detail {
    let columns: Vec<&str> = data.rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
    let matches: Vec<Match> = applicable(source).filter_map(|field| matching(field, &columns)).collect();
    let section = source.name();
    let mut lines: Vec<Detail> =
        vec![format!("[{section}]").into(), format!("path = {}", quoted(&path.display().to_string())).into()];
    if let Some(crs) = data.crs.as_ref().filter(|crs| crs.len() < 80) {
        lines.push(detail!("# crs = {}  # 文件自述", "# crs = {}  # as the file says", quoted(crs)));
    }
    lines.push(format!("\n[{section}.fields]").into());
    lines.extend(matches.iter().map(line));
    let used = |column: &str| {
        matches
            .iter()
            .any(|m| matches!(&m.from, FieldSource::Column(c) | FieldSource::Converted { column: c, .. } if c == column))
    };
    let free: Vec<&str> = columns.iter().copied().filter(|column| !used(column)).collect();
    for field in applicable(source).filter(|field| !matches.iter().any(|m| m.field.name == field.name)) {
        if let Some(column) = similar(field, &free) {
            lines.push(detail!(
                "# {} = {}  # 可能：名称相近",
                "# {} = {}  # perhaps: the names are alike",
                field.name,
                quoted(column)
            ));
        }
    }
    if !free.is_empty() {
        let names: Vec<String> = free.iter().map(|column| quoted(column)).collect();
        let (zh, en) = match source {
            Source::Parcels => ("原样保留", "kept as they are"),
            Source::Enterprises => {
                ("不采用；可相加的数可用 sum = [\"…\"] 指明", "not used; figures that add up can be named with sum = [\"…\"]")
            }
            _ => ("不采用", "not used"),
        };
        let names = names.join(", ");
        lines.push(detail!("# 不作为字段的列，{zh}：{names}", "# columns that are no field, {en}: {names}"));
    }
    lines.iter().fold(Detail::default(), |text, line| text.and(line).and(&"\n".into()))
}

fn line(matched: &Match) -> Detail {
    let (zh, en) = match matched.why {
        Why::Told => ("按设定", "as told"),
        Why::Canonical => ("确定：字段本名", "certain: the field's own name"),
        Why::Alias => ("可靠：字段的已知别名", "sure: a known name of the field"),
        Why::Heading { columns: 1 } => ("很可能：除单位或年份外是已知别名", "likely: a known name, but for its unit or year"),
        Why::Heading { .. } => ("很可能：几年中最近的一年", "likely: the latest of several years"),
    };
    let setting = match &matched.from {
        FieldSource::Column(column) => quoted(column),
        FieldSource::Converted { column, unit, factor } => {
            let setting = format!("{{ column = {}, unit = {} }}", quoted(column), quoted(unit));
            return detail!(
                "{} = {setting}  # {zh}；乘以 {factor}",
                "{} = {setting}  # {en}; times {factor}",
                matched.field.name
            );
        }
        FieldSource::Expression(expr) => format!("{{ expr = {} }}", quoted(expr)),
    };
    detail!("{} = {setting}  # {zh}", "{} = {setting}  # {en}", matched.field.name)
}

/// A text as TOML writes it; line breaks and controls are escaped, so a comment cannot end early either.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

fn applicable(source: Source) -> impl Iterator<Item = &'static Field> {
    known().iter().filter(move |field| field.inputs.iter().any(|input| input == source.name()))
}

fn not_a_field(source: Source, name: &str) -> Error {
    let names: Vec<&str> = applicable(source).map(|field| field.name.as_str()).collect();
    let hint = nearest(name, names.iter().copied()).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
    Error::new(format!("[{}] fields has \"{name}\", which is not a field of this input", source.name()))
        .remedy(format!("{hint}the fields are: {}", names.join(", ")))
}

/// What a setting says a field is taken from. A unit in the name of the column counts unless the setting names another.
fn told(field: &Field, setting: &FieldSetting, columns: &[&str]) -> Result<FieldSource> {
    let (column, unit) = match setting {
        FieldSetting::Expression { expr } => return Ok(FieldSource::Expression(expr.clone())),
        FieldSetting::Column(column) => (column, Heading::of(column).unit),
        FieldSetting::InUnit { column, unit } => {
            let known = unit::find(unit).filter(|unit| field.unit().is_some_and(|own| unit.in_terms_of(own).is_some()));
            let known = known.ok_or_else(|| {
                Error::new(format!("\"{unit}\", which survey.toml names for {}, is no unit of that field", field.name))
                    .remedy(format!("the units are: {}", unit::names()))
            })?;
            (column, Some(known))
        }
    };
    if !columns.contains(&column.as_str()) {
        let hint = nearest(column, columns.iter().copied()).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
        return Err(Error::new(format!("has no column \"{column}\", which survey.toml names for {}", field.name))
            .remedy(format!("{hint}its columns are: {}", columns.join(", "))));
    }
    Ok(converted(field, column, unit))
}

/// The column a field is taken from when nobody says so.
fn matching(field: &'static Field, columns: &[&str]) -> Option<Match> {
    for (n, name) in field.names().enumerate() {
        if let Some(column) = columns.iter().find(|column| same(column, name)) {
            let why = if n == 0 { Why::Canonical } else { Why::Alias };
            return Some(Match { field, from: FieldSource::Column((*column).to_owned()), why });
        }
    }
    if !field.is_number() {
        return None;
    }
    field.names().find_map(|name| {
        let fitting: Vec<(&str, Heading)> = columns
            .iter()
            .flat_map(|column| Heading::readings(column).into_iter().map(move |heading| (*column, heading)))
            .filter(|(_, heading)| fits(field, name, heading))
            .collect();
        // The first of the latest year: max_by_key alone would take the last.
        let (column, heading) = fitting.iter().rev().max_by_key(|(_, heading)| heading.year)?;
        let from = converted(field, column, heading.unit);
        Some(Match { field, from, why: Why::Heading { columns: fitting.len() } })
    })
}

/// Whether a heading is `name` with a unit of the field or a year beside it.
fn fits(field: &Field, name: &str, heading: &Heading) -> bool {
    let Some(unit) = heading.unit else { return heading.year.is_some() && same(&heading.stem, name) };
    let own = field.unit().is_some_and(|own| unit.in_terms_of(own).is_some());
    own && (same(&heading.stem, name) || same(&heading.stem, &Heading::of(name).stem))
}

fn converted(field: &Field, column: &str, unit: Option<&'static Unit>) -> FieldSource {
    let factor = unit.zip(field.unit()).and_then(|(unit, own)| Some((unit, unit.in_terms_of(own)?)));
    match factor {
        #[allow(clippy::float_cmp)] // the quotient of a number by itself is exactly 1
        Some((unit, factor)) if factor != 1.0 => {
            FieldSource::Converted { column: column.to_owned(), unit: unit.name().to_owned(), factor }
        }
        _ => FieldSource::Column(column.to_owned()),
    }
}

/// What is to be said of a match: a conversion, a choice between years.
fn notes(matched: &Match) -> Vec<Fault> {
    let mut notes = Vec::new();
    let field = &matched.field.name;
    if let FieldSource::Converted { column, unit, factor } = &matched.from {
        let own = matched.field.unit().map(Unit::name).unwrap_or_default();
        notes.push(Fault::file(
            Code::FieldUnit,
            detail!(
                "{field} 取自“{column}”，单位 {unit}，乘以 {factor} 换算为 {own}",
                "{field} is \"{column}\" in {unit}, times {factor} for {own}"
            ),
        ));
    }
    if let (FieldSource::Column(column) | FieldSource::Converted { column, .. }, Why::Heading { columns: 2.. }) =
        (&matched.from, &matched.why)
    {
        let detail = detail!(
            "{field} 取自“{column}”：几列都可能是它，取最近一年的",
            "{field} is taken from \"{column}\", the latest of several columns that could be it"
        );
        notes.push(Fault::file(Code::TableLayout, detail));
    }
    notes
}

/// The free column whose name is most like one of the field's.
fn similar<'c>(field: &Field, free: &[&'c str]) -> Option<&'c str> {
    const ALIKE: f64 = 0.93;
    field
        .names()
        .filter(|name| name.chars().count() > 3)
        .flat_map(|name| {
            free.iter().map(move |column| (strsim::jaro_winkler(&name.to_lowercase(), &column.to_lowercase()), *column))
        })
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, column)| column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;
    use polars::prelude::Column;

    fn find(source: Source, rows: &DataFrame) -> Vec<(String, FieldSource)> {
        resolve(Path::new("x.csv"), source, rows, &IndexMap::new(), &mut Vec::new()).unwrap()
    }

    #[test]
    fn chinese_pinyin_and_english_columns_are_found() {
        let rows = df!("宗地代码" => ["a"], "税收" => [1.0], "ZHNH" => [2.0], "Output_Wan" => [3.0], "other" => [4.0]).unwrap();
        let names: Vec<_> = find(Source::Parcels, &rows).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["parcel_id", "output_10k_yuan", "tax_10k_yuan", "energy_tce"]);
    }

    #[test]
    fn the_canonical_name_goes_before_an_alias() {
        let rows = df!("id" => ["x"], "park_id" => ["y"]).unwrap();
        assert_eq!(find(Source::Parks, &rows)[0].1, FieldSource::Column("park_id".into()));
    }

    #[test]
    fn a_setting_that_names_no_column_is_an_error_with_the_nearest() {
        let rows = df!("TaxPaid" => [1.0]).unwrap();
        let settings = IndexMap::from([("tax_10k_yuan".to_owned(), FieldSetting::Column("TaxPayd".to_owned()))]);
        let why = resolve(Path::new("x.csv"), Source::Parcels, &rows, &settings, &mut Vec::new()).unwrap_err().to_string();
        assert!(why.contains("did you mean \"TaxPaid\""), "{why}");
    }

    fn from(column: &str, unit: &str, factor: f64) -> FieldSource {
        FieldSource::Converted { column: column.into(), unit: unit.into(), factor }
    }

    #[test]
    fn units_in_names_are_recognised_and_converted() {
        let names = [
            "税收（亿元）",
            "产值(元)",
            "营业收入[万元]",
            "用地面积 hm2",
            "综合能耗（单位：万吨标煤）",
            "用电量_kWh",
            "建筑面积亩",
            "从业人数（亩）",
        ];
        let rows = DataFrame::new(1, names.iter().map(|n| Column::new((*n).into(), [1.0])).collect()).unwrap();
        let mut faults = Vec::new();
        let found = resolve(Path::new("x.csv"), Source::Parcels, &rows, &IndexMap::new(), &mut faults).unwrap();
        let get = |field: &str| found.iter().find(|(name, _)| name == field).map(|(_, from)| from.clone());
        assert_eq!(get("tax_10k_yuan"), Some(from("税收（亿元）", "亿元", 1e4)));
        assert_eq!(get("output_10k_yuan"), Some(from("产值(元)", "元", 1e-4)));
        assert_eq!(get("revenue_10k_yuan"), Some(FieldSource::Column("营业收入[万元]".into())));
        assert_eq!(get("area_stated_m2"), Some(from("用地面积 hm2", "公顷", 1e4)));
        assert_eq!(get("energy_tce"), Some(from("综合能耗（单位：万吨标煤）", "万吨标准煤", 1e4)));
        assert_eq!(get("electricity_10k_kwh"), Some(from("用电量_kWh", "千瓦时", 1e-4)));
        assert_eq!(get("floor_area_m2"), Some(from("建筑面积亩", "亩", 2000.0 / 3.0)));
        assert_eq!(get("employees"), None, "mu are not people");
        assert_eq!(faults.iter().filter(|f| f.code == Code::FieldUnit).count(), 6);
    }

    #[test]
    fn of_several_years_the_latest_is_taken_and_said() {
        let rows = df!("2022年税收" => [1.0], "2023年税收（亿元）" => [2.0], "2021年税收" => [2.0], "产值2020" => [1.0]).unwrap();
        let mut faults = Vec::new();
        let found = resolve(Path::new("x.csv"), Source::Parcels, &rows, &IndexMap::new(), &mut faults).unwrap();
        assert_eq!(found[1], ("tax_10k_yuan".into(), from("2023年税收（亿元）", "亿元", 1e4)));
        assert_eq!(found[0], ("output_10k_yuan".into(), FieldSource::Column("产值2020".into())));
        assert!(faults.iter().any(|f| f.code == Code::TableLayout && f.detail.en.contains("2023年税收")));
    }

    #[test]
    fn survey_toml_can_name_the_unit_of_a_column() {
        let rows = df!("T" => [1.0]).unwrap();
        let told = |unit: &str| {
            let text = format!("tax_10k_yuan = {{ column = \"T\", unit = \"{unit}\" }}");
            let settings: IndexMap<String, FieldSetting> = toml::from_str(&text).unwrap();
            resolve(Path::new("x.csv"), Source::Parcels, &rows, &settings, &mut Vec::new())
        };
        assert_eq!(told("亿元").unwrap()[0].1, from("T", "亿元", 1e4));
        assert_eq!(told("万元").unwrap()[0].1, FieldSource::Column("T".into()));
        assert!(told("亩").unwrap_err().to_string().contains("is no unit of that field"));
        assert!(toml::from_str::<FieldSetting>("column = \"T\"\nunti = \"元\"").is_err());
    }

    /// What is proposed is what would be done: pasted into survey.toml it gives the same mapping.
    #[test]
    fn the_proposal_is_toml_that_means_what_the_program_does() {
        let rows =
            df!("宗地编号" => ["a"], "2023年税收（亿元）" => [1.0], "tax_note \"x\"" => ["n"], "floor_area_m" => [1.0]).unwrap();
        let data = Dataset {
            name: String::new(),
            rows,
            sheet_rows: Vec::new(),
            shapes: None,
            crs: None,
            schematic: false,
            encoding: None,
            collection: Default::default(),
            faults: Vec::new(),
        };
        #[derive(Deserialize)]
        struct Pasted {
            parcels: crate::read::spec::InputSpec,
        }
        let text = propose(Source::Parcels, Path::new("a\\b.csv"), &data).en;
        let pasted: Pasted = toml::from_str(&text).unwrap();
        assert_eq!(pasted.parcels.path, Path::new("a\\b.csv"));
        let again = resolve(Path::new(""), Source::Parcels, &data.rows, &pasted.parcels.fields, &mut Vec::new()).unwrap();
        assert_eq!(again, find(Source::Parcels, &data.rows));
        assert!(text.contains("# floor_area_m2 = \"floor_area_m\"  # perhaps"), "{text}");
        assert!(text.contains("no field, kept as they are: ") && text.contains("tax_note"), "{text}");
        let text = propose(Source::Enterprises, Path::new("e.csv"), &data).en;
        assert!(text.contains("no field, not used; figures that add up can be named with sum"), "{text}");
    }
}
