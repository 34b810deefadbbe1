//! The values of known fields: read as the type they should have, impossible ones set aside.

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::finding::{Code, Finding, Place};
use crate::model::{FieldSource, Table};
use crate::read::columns::texts;
use crate::read::fields::{Field, field};
use crate::read::number::{self, Reading};
use crate::read::unit::Unit;
use crate::sql;

/// The canonical columns of a table, under canonical names: numbers as floats in the field's unit, the rest as text. An
/// impossible value is missing here; the table itself keeps it.
pub(super) fn canonical(table: &Table, ids: Option<&[String]>, findings: &mut Vec<Finding>) -> Result<DataFrame> {
    let mut columns = Vec::with_capacity(table.fields.len());
    for (name, from) in &table.fields {
        let Some(field) = field(name) else { continue };
        let series = source_series(table, from)?;
        let place =
            |row: Option<usize>| Place { source: table.source, row, id: row.and_then(|row| ids?.get(row).cloned()), at: None };
        let column = if field.is_number() {
            let mut reader = Reader::new(field, from);
            let mut values = reader.numbers(&series).map_err(|e| e.in_file(&table.path))?;
            for (row, text) in reader.none {
                findings.push(Finding::new(Code::NotNumber, place(Some(row)), format!("{name} = \"{text}\"")).about(name));
            }
            for (row, value) in values.iter_mut().enumerate() {
                if let Some(x) = *value
                    && !possible(field, x)
                {
                    findings.push(Finding::new(Code::Impossible, place(Some(row)), format!("{name} = {x}")).about(name));
                    *value = None;
                }
            }
            findings.extend(reader.cleaned.finding(Code::ValueCleaned, name, &place));
            findings.extend(reader.marks.finding(Code::ValueMark, name, &place));
            Series::new(name.as_str().into(), values)
        } else {
            texts(&series)?.with_name(name.as_str().into())
        };
        columns.push(column.into_column());
    }
    DataFrame::new(table.rows.height(), columns).map_err(|e| Error::new(e.to_string()).in_file(&table.path))
}

fn source_series(table: &Table, from: &FieldSource) -> Result<Series> {
    match from {
        FieldSource::Column(column) | FieldSource::Converted { column, .. } => Ok(table
            .rows
            .column(column)
            .map_err(|e| Error::new(e.to_string()).in_file(&table.path))?
            .as_materialized_series()
            .clone()),
        FieldSource::Expression(expr) => {
            let results = sql::evaluate(&table.rows, &[expr])
                .map_err(|e| e.in_file(&table.path).at(format!("[{}] fields in survey.toml", table.source.name())))?;
            results.into_iter().next().ok_or_else(|| Error::new("an expression yielded nothing"))
        }
    }
}

fn possible(field: &Field, x: f64) -> bool {
    x.is_finite() && field.min.is_none_or(|min| x >= min) && field.max.is_none_or(|max| x <= max)
}

/// How often something was done to the cells of a column, with the first of them.
#[derive(Default)]
struct Tally {
    count: usize,
    example: String,
}

impl Tally {
    fn add(&mut self, example: impl FnOnce() -> String) {
        if self.count == 0 {
            self.example = example();
        }
        self.count += 1;
    }

    /// One finding for the column, if there is anything to say.
    fn finding(self, code: Code, field: &str, place: &impl Fn(Option<usize>) -> Place) -> Option<Finding> {
        let plural = if self.count == 1 { "value" } else { "values, such as" };
        (self.count > 0)
            .then(|| Finding::new(code, place(None), format!("{field}: {} {plural} {}", self.count, self.example)).about(field))
    }
}

/// Reads the numbers of one field from its column.
struct Reader {
    /// The field's own unit.
    unit: Option<&'static Unit>,
    /// What turns the column's figures into the field's unit.
    factor: f64,
    none: Vec<(usize, String)>,
    cleaned: Tally,
    marks: Tally,
}

impl Reader {
    fn new(field: &Field, from: &FieldSource) -> Self {
        let factor = match from {
            FieldSource::Converted { factor, .. } => *factor,
            FieldSource::Column(_) | FieldSource::Expression(_) => 1.0,
        };
        Self { unit: field.unit(), factor, none: Vec::new(), cleaned: Tally::default(), marks: Tally::default() }
    }

    fn numbers(&mut self, series: &Series) -> Result<Vec<Option<f64>>> {
        if let Ok(text) = series.str() {
            return Ok(text.iter().enumerate().map(|(row, text)| self.number(row, text?)).collect());
        }
        let floats = series.cast(&DataType::Float64).map_err(|e| Error::new(e.to_string()))?;
        let floats = floats.f64().map_err(|e| Error::new(e.to_string()))?;
        Ok(floats.iter().map(|x| x.map(|x| x * self.factor)).collect())
    }

    fn number(&mut self, row: usize, text: &str) -> Option<f64> {
        let value = match number::read(text) {
            Reading::Blank => return None,
            Reading::Mark => {
                self.marks.add(|| format!("\"{}\"", text.trim()));
                return None;
            }
            Reading::Plain(value) => return Some(value * self.factor),
            Reading::Cleaned(value, None) => Some(value * self.factor),
            // A unit in the cell says more than the one in the name of the column.
            Reading::Cleaned(value, Some(unit)) => self.unit.and_then(|own| unit.in_terms_of(own)).map(|factor| value * factor),
            Reading::NotNumber => None,
        };
        match value {
            Some(value) => self.cleaned.add(|| format!("\"{}\" read as {value}", text.trim())),
            None => self.none.push((row, text.trim().to_owned())),
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Source;
    use polars::df;

    fn table(fields: &[(&str, FieldSource)], rows: DataFrame) -> Table {
        let fields = fields.iter().map(|(name, from)| ((*name).to_owned(), from.clone())).collect();
        Table { source: Source::Enterprises, path: "t.csv".into(), rows, fields, findings: Vec::new() }
    }

    #[test]
    fn dirty_figures_are_read_and_one_finding_a_column_says_so() {
        let cells = ["1,200", "３０", "/", "无", "12 apples", "", "2亿元", "50亩", "2023-05-01", "7"];
        let table = table(&[("tax_10k_yuan", FieldSource::Column("税".into()))], df!("税" => cells).unwrap());
        let mut findings = Vec::new();
        let values = canonical(&table, None, &mut findings).unwrap();
        let values: Vec<_> = values.column("tax_10k_yuan").unwrap().f64().unwrap().iter().collect();
        let expected = [Some(1200.0), Some(30.0), None, None, None, None, Some(20000.0), None, None, Some(7.0)];
        assert_eq!(values, expected);
        let of = |code: Code| findings.iter().filter(|f| f.code == code).collect::<Vec<_>>();
        assert_eq!(of(Code::NotNumber).iter().filter_map(|f| f.place.row).collect::<Vec<_>>(), [4, 7, 8]);
        let cleaned = of(Code::ValueCleaned);
        assert_eq!((cleaned.len(), cleaned[0].place.row), (1, None));
        assert_eq!(cleaned[0].detail.en, "tax_10k_yuan: 3 values, such as \"1,200\" read as 1200");
        assert_eq!(of(Code::ValueMark)[0].detail.en, "tax_10k_yuan: 2 values, such as \"/\"");
    }

    #[test]
    fn the_unit_of_a_column_converts_its_figures_and_the_unit_in_a_cell_wins() {
        let from = |column: &str, unit: &str, factor| FieldSource::Converted { column: column.into(), unit: unit.into(), factor };
        let fields = [
            ("tax_10k_yuan", from("a", "亿元", 1e4)),
            ("share", FieldSource::Column("b".into())),
            ("employees", from("c", "万人", 1e4)),
        ];
        let rows =
            df!("a" => ["1.5", "300万元", "—"], "b" => ["25%", "0.5", "２０％"], "c" => [Some(0.5), None, Some(2.0)]).unwrap();
        let mut findings = Vec::new();
        let values = canonical(&table(&fields, rows), None, &mut findings).unwrap();
        let of = |name: &str| values.column(name).unwrap().f64().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(of("tax_10k_yuan"), [Some(15000.0), Some(300.0), None]);
        assert_eq!(of("share"), [Some(0.25), Some(0.5), Some(0.2)]);
        assert_eq!(of("employees"), [Some(5000.0), None, Some(20000.0)]);
        assert!(findings.iter().all(|f| f.code != Code::NotNumber), "{findings:?}");
    }
}
