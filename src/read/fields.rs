//! Which column is which field: the alias table in `seeds/fields.toml`, and what `survey.toml` says instead.

use std::path::Path;
use std::sync::OnceLock;

use indexmap::IndexMap;
use polars::prelude::DataFrame;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::{FieldSource, Source};
use crate::nearest::nearest;

/// A field the program knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Canonical name, English snake case with the unit in it.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    #[serde(rename = "in")]
    inputs: Vec<String>,
    #[serde(rename = "type")]
    kind: FieldKind,
    /// Figures of several enterprises on one parcel are summed, those of one on several parcels are shared out.
    #[serde(default)]
    pub add: bool,
    /// Below this a value is impossible.
    pub min: Option<f64>,
    /// Above this a value is impossible.
    pub max: Option<f64>,
    aliases: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FieldKind {
    Text,
    Number,
}

impl Field {
    /// Whether a parcel or its enterprises may have it.
    #[must_use]
    pub fn of_parcels(&self) -> bool {
        self.inputs.iter().any(|input| input == "parcels" || input == "enterprises")
    }

    /// Whether the field holds numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.kind == FieldKind::Number
    }
}

/// How one field is named in `survey.toml`: a column, or an expression over the columns.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum FieldSetting {
    Column(String),
    Expression {
        /// SQL over the table's own columns.
        expr: String,
    },
}

/// All fields, in the order of the table.
#[must_use]
pub fn known() -> &'static [Field] {
    #[derive(Deserialize)]
    struct Seed {
        field: Vec<Field>,
    }
    static FIELDS: OnceLock<Vec<Field>> = OnceLock::new();
    // A broken seed is caught by the test below; at run time it would mean no aliases.
    FIELDS.get_or_init(|| {
        toml::from_str::<Seed>(include_str!("../../seeds/fields.toml")).map(|seed| seed.field).unwrap_or_default()
    })
}

/// The field called `name`, if it is known.
#[must_use]
pub fn field(name: &str) -> Option<&'static Field> {
    known().iter().find(|field| field.name == name)
}

/// Finds the fields of a table: those `settings` names, then canonical names, then aliases in their order.
pub(super) fn resolve(
    path: &Path,
    source: Source,
    rows: &DataFrame,
    settings: &IndexMap<String, FieldSetting>,
) -> Result<Vec<(String, FieldSource)>> {
    let columns: Vec<&str> = rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
    let applicable: Vec<&Field> =
        known().iter().filter(|field| field.inputs.iter().any(|input| input == source.name())).collect();
    for name in settings.keys() {
        if !applicable.iter().any(|field| field.name == *name) {
            let hint = nearest(name, applicable.iter().map(|field| field.name.as_str()))
                .map(|near| format!("did you mean \"{near}\"? "))
                .unwrap_or_default();
            return Err(Error::new(format!("[{}] fields has \"{name}\", which is not a field of this input", source.name()))
                .remedy(format!(
                    "{hint}the fields are: {}",
                    applicable.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ")
                )));
        }
    }
    let mut found = Vec::new();
    for field in applicable {
        let from = match settings.get(&field.name) {
            Some(FieldSetting::Expression { expr }) => Some(FieldSource::Expression(expr.clone())),
            Some(FieldSetting::Column(column)) if columns.contains(&column.as_str()) => Some(FieldSource::Column(column.clone())),
            Some(FieldSetting::Column(column)) => {
                let hint =
                    nearest(column, columns.iter().copied()).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
                return Err(Error::new(format!("has no column \"{column}\", which survey.toml names for {}", field.name))
                    .in_file(path)
                    .remedy(format!("{hint}its columns are: {}", columns.join(", "))));
            }
            None => std::iter::once(&field.name)
                .chain(&field.aliases)
                .find_map(|alias| columns.iter().find(|column| same(column, alias)))
                .map(|column| FieldSource::Column((*column).to_owned())),
        };
        found.extend(from.map(|from| (field.name.clone(), from)));
    }
    Ok(found)
}

/// Whether two names are the same but for case, spaces, `_` and `-`.
fn same(a: &str, b: &str) -> bool {
    let letters = |name: &str| {
        name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect::<Vec<_>>()
    };
    letters(a) == letters(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    fn find(source: Source, rows: &DataFrame) -> Vec<(String, FieldSource)> {
        resolve(Path::new("x.csv"), source, rows, &IndexMap::new()).unwrap()
    }

    #[test]
    fn the_table_is_whole_and_no_alias_means_two_fields_of_one_input() {
        assert!(known().len() > 25);
        for input in ["parcels", "enterprises", "occupancy", "districts", "parks", "layout"] {
            let mut names: Vec<String> = known()
                .iter()
                .filter(|f| f.inputs.iter().any(|i| i == input))
                .flat_map(|f| f.aliases.iter().chain([&f.name]))
                .map(|n| n.to_lowercase().replace(['_', '-', ' '], ""))
                .collect();
            names.sort();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "an alias is in the table twice for {input}");
        }
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
        let why = resolve(Path::new("x.csv"), Source::Parcels, &rows, &settings).unwrap_err().to_string();
        assert!(why.contains("did you mean \"TaxPaid\""), "{why}");
    }
}
