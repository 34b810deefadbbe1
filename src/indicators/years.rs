//! Which rows of an enterprise table count where it holds several years.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::DataFrame;

use super::flows::text;
use crate::error::{Error, Result};
use crate::finding::{Code, Finding, Place, detail};
use crate::model::Source;

/// The field that holds the year of a row's figures.
const YEAR: &str = "report_year";

/// Whether each row counts: those of the year `wanted`, or, where none is, those of the latest year of the same enterprise (of the same
/// parcel, where a row names no enterprise). A row without a year counts only if none is wanted and the enterprise has no other.
/// A finding tells how many rows of each year count where some do not, or where those that do are of several years.
///
/// # Errors
/// A year is wanted and the table has no column of years, or no row of that year.
pub(super) fn counted(canonical: &DataFrame, wanted: Option<i32>, path: &Path, findings: &mut Vec<Finding>) -> Result<Vec<bool>> {
    let Some(years) = canonical.column(YEAR).ok().and_then(|column| column.f64().ok()) else {
        let Some(year) = wanted else { return Ok(vec![true; canonical.height()]) };
        return Err(Error::new(format!("has no column of years, and [enterprises] year = {year} asks for one"))
            .in_file(path)
            .remedy(format!("name it in survey.toml: [enterprises] fields = {{ {YEAR} = \"…\" }}, or leave out year")));
    };
    let years: Vec<Option<f64>> = years.iter().collect();
    let firms = firms(canonical);
    let mut latest: HashMap<&str, Option<f64>> = HashMap::new();
    for (firm, year) in firms.iter().zip(&years) {
        let last = latest.entry(firm).or_default();
        *last = year.iter().chain(last.iter()).copied().reduce(f64::max);
    }
    let due = |firm: &str| wanted.map(f64::from).or_else(|| latest.get(firm).copied().flatten());
    let counted: Vec<bool> = firms.iter().zip(&years).map(|(firm, year)| *year == due(firm)).collect();
    let of = |counts: bool| years.iter().zip(&counted).filter(move |(_, c)| **c == counts).map(|(year, _)| *year).collect();
    let (taken, left_out) = (by_year(of(true)), by_year(of(false)));
    if let (Some(year), true) = (wanted, taken.is_empty()) {
        let remedy = format!("set [enterprises] year to one it has (year × rows): {}", in_words(&left_out));
        return Err(Error::new(format!("has no figures of {year}")).in_file(path).remedy(remedy));
    }
    if !left_out.is_empty() || taken.len() > 1 {
        let place = Place { source: Source::Enterprises, row: None, id: None, at: None };
        let (taken, left_out) = (in_words(&taken), in_words(&left_out));
        let mut detail = detail!("采用 {taken}；未采用 {left_out}", "taken {taken}; left out {left_out}");
        let absent = absent(&firms, &counted);
        if absent > 0 {
            detail = detail.and(&detail!("；{absent} 家企业没有采用的行", "; {absent} enterprises have no row taken"));
        }
        findings.push(Finding::new(Code::EnterpriseYears, place, detail).about(YEAR));
    }
    Ok(counted)
}

/// What tells the rows of one enterprise from those of another: its id, else its parcel, else the row.
fn firms(canonical: &DataFrame) -> Vec<String> {
    let column = |name: &str| text(canonical, name).unwrap_or_else(|| vec![None; canonical.height()]);
    let ids = column("enterprise_id").into_iter().zip(column("parcel_id"));
    ids.enumerate()
        .map(|(row, (firm, parcel))| match (firm, parcel) {
            (Some(firm), _) => format!("enterprise {firm}"),
            (None, Some(parcel)) => format!("parcel {parcel}"),
            (None, None) => format!("row {row}"),
        })
        .collect()
}

/// How many enterprises have no row that counts.
fn absent(firms: &[String], counted: &[bool]) -> usize {
    let mut there: HashMap<&str, bool> = HashMap::new();
    firms.iter().zip(counted).for_each(|(firm, counts)| *there.entry(firm).or_default() |= counts);
    there.into_values().filter(|there| !there).count()
}

/// The years in ascending order, none first, with how many rows each has.
fn by_year(mut years: Vec<Option<f64>>) -> Vec<(Option<f64>, usize)> {
    let order = |year: &Option<f64>| year.unwrap_or(f64::NEG_INFINITY);
    years.sort_by(|a, b| order(a).total_cmp(&order(b)));
    years.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

fn in_words(years: &[(Option<f64>, usize)]) -> String {
    let one = |(year, rows): &(Option<f64>, usize)| format!("{} × {rows}", year.map_or("–".to_owned(), |year| year.to_string()));
    if years.is_empty() { "–".to_owned() } else { years.iter().map(one).collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn run(wanted: Option<i32>) -> (Result<Vec<bool>>, Vec<Finding>) {
        let table = df!(
            "enterprise_id" => [Some("A"), Some("A"), Some("B"), Some("A"), Some("C"), Some("C"), None, None],
            "parcel_id" => [Some("1"), Some("2"), Some("1"), Some("1"), Some("3"), Some("3"), Some("9"), Some("9")],
            "report_year" => [Some(2023.0), Some(2023.0), Some(2022.0), Some(2022.0), None, Some(2021.0), Some(2023.0), Some(2022.0)]
        )
        .unwrap();
        let mut findings = Vec::new();
        (counted(&table, wanted, Path::new("e.csv"), &mut findings), findings)
    }

    #[test]
    fn of_several_years_of_an_enterprise_the_latest_counts_and_the_others_are_told() {
        let (counted, findings) = run(None);
        assert_eq!(counted.unwrap(), [true, true, true, false, false, true, true, false]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].detail.en, "taken 2021 × 1, 2022 × 1, 2023 × 3; left out – × 1, 2022 × 2");
    }

    #[test]
    fn of_a_year_that_is_asked_for_only_its_rows_count_and_the_enterprises_without_one_are_told() {
        let (counted, findings) = run(Some(2022));
        assert_eq!(counted.unwrap(), [false, false, true, true, false, false, false, true]);
        assert!(findings[0].detail.en.ends_with("; 1 enterprises have no row taken"), "{:?}", findings[0].detail);
        let error = run(Some(2030)).0.unwrap_err().to_string();
        assert!(error.contains("no figures of 2030") && error.contains("2023 × 3"), "{error}");
    }

    #[test]
    fn rows_of_one_year_are_no_finding_and_a_year_cannot_be_asked_of_a_table_without_years() {
        let one = df!("enterprise_id" => ["A", "A"], "report_year" => [2023.0, 2023.0]).unwrap();
        let mut findings = Vec::new();
        assert_eq!(counted(&one, None, Path::new("e.csv"), &mut findings).unwrap(), [true, true]);
        assert!(findings.is_empty());
        let none = one.drop("report_year").unwrap();
        assert_eq!(counted(&none, None, Path::new("e.csv"), &mut findings).unwrap(), [true, true]);
        let error = counted(&none, Some(2023), Path::new("e.csv"), &mut findings).unwrap_err().to_string();
        assert!(error.contains("report_year"), "{error}");
    }
}
