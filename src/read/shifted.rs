//! Whether the header stands over its values: an address under "hectares", coordinates under "coordinate system", prose under
//! "min…". Only what a person would call plainly wrong is said; nothing is moved.

use polars::prelude::*;

use super::columns::texts;
use super::dataset::Fault;
use super::fields;
use super::header::short;
use super::heading::{Heading, same};
use super::number::{self, Reading};
use crate::finding::Code;

/// Share of the filled cells that must be of the other kind.
const PLAIN: f64 = 0.9;

/// Rows from the top that are looked at.
const SAMPLE: usize = 2000;

/// Filled cells below which a column says nothing.
const FEW: usize = 2;

/// What a name promises, or what values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Address,
    Coordinate,
    Measure,
    System,
    Date,
    /// Two coordinates in one cell.
    Pair,
    Decimal,
    Integer,
    Prose,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Address => "web addresses",
            Self::Coordinate => "coordinates",
            Self::Measure => "measures",
            Self::System => "coordinate systems",
            Self::Date => "dates",
            Self::Pair => "pairs of coordinates",
            Self::Decimal | Self::Integer => "numbers",
            Self::Prose => "sentences",
        }
    }

    /// Whether values of kind `found` cannot stand under a name of this kind.
    fn contradicts(self, found: Self) -> bool {
        use Kind::{Address, Coordinate, Date, Decimal, Measure, Pair, Prose, System};
        match self {
            Address => matches!(found, System | Date | Pair | Decimal),
            Coordinate => matches!(found, Address | System | Date | Prose),
            Measure => matches!(found, Address | System | Date | Pair | Prose),
            System => matches!(found, Address | Pair | Decimal | Date),
            Date => matches!(found, Address | System | Pair | Prose),
            Pair | Decimal | Self::Integer | Prose => false,
        }
    }

    /// Whether values of kind `found` are what the name promises.
    fn keeps(self, found: Self) -> bool {
        match self {
            Self::Coordinate | Self::Measure => matches!(found, Self::Decimal | Self::Integer),
            kind => kind == found,
        }
    }
}

/// Findings on columns whose values their name excludes, and on names that stand beside their values.
pub(super) fn faults(rows: &DataFrame) -> Vec<Fault> {
    let names: Vec<String> = rows.get_column_names().into_iter().map(ToString::to_string).collect();
    let promised: Vec<Option<Kind>> = names.iter().map(|name| promise(name)).collect();
    let cells: Vec<Vec<Option<Kind>>> = rows.columns().iter().map(|column| kinds(column.as_materialized_series())).collect();
    let found: Vec<Option<Kind>> = cells.iter().map(|cells| kind(cells)).collect();
    let mut faults = Vec::new();
    for (column, name) in names.iter().enumerate() {
        if let Some(fault) = nameless(column, &names, &found) {
            faults.push(fault);
        } else if let Some(promise) = promised[column]
            && let Some(is) = excluded(promise, &cells[column])
        {
            let beside = [column.wrapping_sub(1), column + 1].into_iter().find(|other| {
                found.get(*other).copied().flatten().is_some_and(|kind| promise.keeps(kind)) && !kept(&promised, &found, *other)
            });
            let hint = beside
                .and_then(|other| names.get(other))
                .map(|other| format!("; such values are under \"{}\"", short(other)))
                .unwrap_or_default();
            faults
                .push(Fault::file(Code::HeaderShifted, format!("the values under \"{}\" are {}{hint}", short(name), is.name())));
        }
    }
    faults
}

/// What the values of a column are if nearly all of them cannot stand under its name: the most common kind of them.
fn excluded(promise: Kind, cells: &[Option<Kind>]) -> Option<Kind> {
    let wrong: Vec<Kind> = cells.iter().flatten().copied().filter(|kind| promise.contradicts(*kind)).collect();
    if cells.len() < FEW || !nearly_all(wrong.len(), cells.len()) {
        return None;
    }
    let count = |kind: Kind| wrong.iter().filter(|other| **other == kind).count();
    wrong.iter().copied().rev().max_by_key(|kind| count(*kind))
}

#[allow(clippy::cast_precision_loss)]
fn nearly_all(part: usize, whole: usize) -> bool {
    part as f64 >= PLAIN * whole as f64
}

/// Whether a column has what its own name promises.
fn kept(promised: &[Option<Kind>], found: &[Option<Kind>], column: usize) -> bool {
    matches!((promised[column], found[column]), (Some(promise), Some(is)) if promise.keeps(is))
}

/// A column without a name whose name has slipped into its neighbour's: `SitePlanURL CoordinateReferenceSystem`, then nothing.
fn nameless(column: usize, names: &[String], found: &[Option<Kind>]) -> Option<Fault> {
    let is = found[column].filter(|_| names[column] == format!("column_{}", column + 1))?;
    [column.wrapping_sub(1), column + 1].into_iter().find_map(|beside| {
        let name = names.get(beside)?;
        let words: Vec<&str> = name.split_whitespace().collect();
        let word = words.iter().find(|word| promise(word).is_some_and(|kind| kind.keeps(is)))?;
        let other = found[beside] != Some(is) && words.len() > 1;
        other.then(|| {
            let detail = format!(
                "\"{word}\" stands in the name of column {} (\"{}\"), its values are in column {}",
                beside + 1,
                short(name),
                column + 1
            );
            Fault::file(Code::HeaderShifted, detail)
        })
    })
}

/// What a name promises, if it plainly promises something.
fn promise(name: &str) -> Option<Kind> {
    let stem = Heading::of(name).stem;
    let any = |names: &[&str]| names.iter().any(|known| same(&stem, known));
    let ends = |endings: &[&str]| endings.iter().any(|ending| stem.ends_with(ending));
    if ends(&["url", "uri", "website", "网址", "链接"]) {
        Some(Kind::Address)
    } else if any(&["coordinatereferencesystem", "crs", "坐标系", "坐标系统"]) {
        Some(Kind::System)
    } else if any(&[
        "geox",
        "geoy",
        "easting",
        "northing",
        "longitude",
        "latitude",
        "lon",
        "lat",
        "经度",
        "纬度",
        "横坐标",
        "纵坐标",
    ]) {
        Some(Kind::Coordinate)
    } else if ends(&["date", "日期"]) {
        Some(Kind::Date)
    } else if any(&["hectares", "minnetdwellings", "netdwellingsrangefrom", "netdwellingsrangeto"]) || fields::is_measure(name) {
        Some(Kind::Measure)
    } else {
        None
    }
}

/// What the first filled cells of a column are, each.
fn kinds(series: &Series) -> Vec<Option<Kind>> {
    let texts = texts(&series.head(Some(SAMPLE))).ok();
    let cells = texts.as_ref().and_then(|texts| texts.str().ok());
    cells.map(|cells| cells.iter().flatten().map(of).collect()).unwrap_or_default()
}

/// What the values of a column are, if nearly all are the same.
fn kind(cells: &[Option<Kind>]) -> Option<Kind> {
    if cells.len() < FEW {
        return None;
    }
    // A column of decimals has whole numbers among them.
    let decimals = cells.contains(&Some(Kind::Decimal));
    let of = |kind: Kind| move |cell: &&Kind| **cell == kind || kind == Kind::Decimal && **cell == Kind::Integer;
    [Kind::Decimal, Kind::Integer, Kind::Address, Kind::System, Kind::Date, Kind::Pair, Kind::Prose]
        .into_iter()
        .filter(|kind| *kind != Kind::Decimal || decimals)
        .find(|kind| nearly_all(cells.iter().flatten().filter(of(*kind)).count(), cells.len()))
}

fn of(cell: &str) -> Option<Kind> {
    let systems = ["OSGB36", "ETRS89", "WGS84", "CGCS2000", "EPSG:", "2000国家大地坐标系", "西安80", "北京54"];
    let is_number = |text: &str| matches!(number::read(text), Reading::Plain(_) | Reading::Cleaned(_, None));
    let date = || {
        let parts: Vec<&str> = cell.split(['-', '/', '.']).collect();
        let digits = |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        parts.len() == 3 && parts.iter().all(digits) && parts.iter().any(|part| part.len() == 4)
    };
    if cell.starts_with("http://") || cell.starts_with("https://") {
        Some(Kind::Address)
    } else if is_number(cell) {
        Some(if cell.contains('.') { Kind::Decimal } else { Kind::Integer })
    } else if systems.iter().any(|system| cell.starts_with(system)) && cell.chars().count() < 20 {
        Some(Kind::System)
    } else if cell.split_once(", ").is_some_and(|(a, b)| a.contains('.') && b.contains('.') && is_number(a) && is_number(b)) {
        Some(Kind::Pair)
    } else if date() {
        Some(Kind::Date)
    } else if cell.chars().count() > 25 && cell.contains(' ') {
        Some(Kind::Prose)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    fn details(rows: &DataFrame) -> Vec<String> {
        faults(rows).into_iter().map(|fault| fault.detail.en).collect()
    }

    #[test]
    fn a_name_that_slipped_into_its_neighbours_is_found() {
        let rows = df!("SitePlanURL CoordinateReferenceSystem" => ["https://a.b/c", "https://a.b/d"], "column_2" => ["ETRS89", "ETRS89"], "GeoX" => [52.1, 52.2]).unwrap();
        assert_eq!(
            details(&rows),
            [
                "\"CoordinateReferenceSystem\" stands in the name of column 1 (\"SitePlanURL CoordinateReferenceSystem\"), its values are in column 2"
            ]
        );
    }

    #[test]
    fn values_a_name_excludes_are_found_and_odd_but_possible_ones_are_not() {
        let rows = df!(
            "CoordinateReferenceSystem" => ["50.65, -4.18", "https://a.b/c"], "税收" => ["https://a.b/c", "https://a.b/d"], "经度" => ["2020-01-02", "2021/3/4"],
        ).unwrap();
        assert_eq!(details(&rows).len(), 3);
        let rows = df!(
            "SiteURL" => ["none", "see notes"], "税收" => ["/", "约三十万"], "GeoX" => ["E 123", "54.1"], "PermissionDate" => [43000i64, 43001],
            "Name" => ["https://a.b", "https://a.c"], "CRS" => ["4549", "4549"], "Hectares" => ["0.5 (approx)", "1.2"], "OrganisationURI" => [1i64, 2],
        ).unwrap();
        assert_eq!(details(&rows), Vec::<String>::new());
    }
}
