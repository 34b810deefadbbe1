//! Shapes out of the columns of a table: well-known text or binary, or a pair of coordinates a row.

use geo::{Geometry, Point};
use polars::prelude::*;

use super::columns::texts;
use super::dataset::Fault;
use super::header::{layout, short};
use super::heading::{Heading, same};
use super::number::{self, Reading, fold};
use super::{wkb, wkt};
use crate::error::{Error, Result};
use crate::finding::Code;
use crate::model::RawShape;

/// A table with the shapes that were in its columns.
pub(super) struct Located {
    /// Without the column of well-known text, which became the shapes; with the columns of coordinates.
    pub rows: DataFrame,
    pub shapes: Option<Vec<RawShape>>,
    /// What the one value of a column of coordinate systems says, or the SRID before the shapes.
    pub crs: Option<String>,
}

/// Names under which shapes come as text.
const SHAPES: [&str; 10] =
    ["wkt", "geometry", "geom", "shape", "图形", "the_geom", "wkt_geom", "geometry_wkt", "wkb", "wkb_geometry"];

/// Names of coordinates, the one to the east first. `X` and `Y` are taken as easting and northing; that a surveyor's X is the
/// northing shows in the size of the numbers, which the check of the coordinate system looks at.
const PAIRS: [(&str, &str); 20] = [
    ("longitude", "latitude"),
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("经度", "纬度"),
    ("中心经度", "中心纬度"),
    ("中心点经度", "中心点纬度"),
    ("geox", "geoy"),
    ("easting", "northing"),
    ("东坐标", "北坐标"),
    ("横坐标", "纵坐标"),
    ("x", "y"),
    ("x坐标", "y坐标"),
    ("坐标x", "坐标y"),
    ("xcoord", "ycoord"),
    ("coordx", "coordy"),
    ("pointx", "pointy"),
    ("centerx", "centery"),
    ("中心点x", "中心点y"),
    ("jd", "wd"),
];

/// Names of a column that says the coordinate system of each row.
const SYSTEMS: [&str; 8] =
    ["coordinatereferencesystem", "coordinatesystem", "systemreference", "crs", "srid", "epsg", "坐标系", "坐标系统"];

/// Finds shapes in the columns.
///
/// # Errors
/// A column cannot be read as text.
pub(super) fn locate(rows: DataFrame, faults: &mut Vec<Fault>) -> Result<Located> {
    if let Some(name) = written(&rows) {
        let (shapes, srid) = from_text(&rows, &name)?;
        faults.push(layout(format!("the shapes are those of the column \"{name}\"")));
        let crs = match srid {
            Some(srid) => Some(srid),
            None => system(&rows, faults)?,
        };
        let rows = rows.drop(&name).map_err(|e| Error::new(e.to_string()))?;
        return Ok(Located { rows, shapes: Some(shapes), crs });
    }
    let Some(((x, easts), (y, norths))) = pair(&rows)? else { return Ok(Located { rows, shapes: None, crs: None }) };
    faults.push(layout(format!("each row is a point at \"{x}\" (to the east) and \"{y}\" (to the north)")));
    let shapes = cells(&easts).into_iter().zip(cells(&norths)).map(|(east, north)| point((&x, east), (&y, north))).collect();
    let crs = system(&rows, faults)?;
    Ok(Located { rows, shapes: Some(shapes), crs })
}

/// A column as text, under its name.
type Named = (String, Series);

fn cells(series: &Series) -> Vec<Option<&str>> {
    series.str().map(|text| text.iter().collect()).unwrap_or_default()
}

fn named(rows: &DataFrame, fits: impl Fn(&str) -> bool) -> Result<Option<Named>> {
    let column = rows.columns().iter().find(|column| fits(column.name()));
    column.map(|column| Ok((column.name().to_string(), texts(column.as_materialized_series())?))).transpose()
}

/// The column of well-known text or binary: one named so where half of the cells are, or one where all are.
fn written(rows: &DataFrame) -> Option<String> {
    let filled = |column: &Column| {
        let text = column.as_materialized_series().str().map(|text| text.iter().flatten().filter(|cell| !cell.trim().is_empty()));
        text.map(|cells| cells.map(|cell| is_wkt(cell) || is_hex(cell)).collect::<Vec<_>>()).unwrap_or_default()
    };
    let named = |column: &&Column| {
        let is_shape = |column: &Column| {
            let shapes = filled(column);
            let count = shapes.iter().filter(|shape| **shape).count();
            count > 0 && count * 2 >= shapes.len()
        };
        SHAPES.iter().any(|known| same(column.name(), known)) && is_shape(column)
    };
    let unnamed = |column: &&Column| {
        column.as_materialized_series().str().is_ok_and(|text| {
            let mut cells = text.iter().flatten().filter(|cell| !cell.trim().is_empty()).peekable();
            cells.peek().is_some() && cells.all(is_wkt)
        })
    };
    rows.columns().iter().find(named).or_else(|| rows.columns().iter().find(unnamed)).map(|column| column.name().to_string())
}

/// The shapes of a column, and the one SRID that stands before all of them.
fn from_text(rows: &DataFrame, name: &str) -> Result<(Vec<RawShape>, Option<String>)> {
    let series = texts(rows.column(name).map_err(|e| Error::new(e.to_string()))?.as_materialized_series())?;
    let mut srids: Vec<&str> = Vec::new();
    let shapes = cells(&series)
        .into_iter()
        .map(|cell| {
            let Some(text) = cell else { return RawShape::Missing };
            let (srid, text) = split_srid(text);
            srids.extend(srid);
            match is_hex(text).then(|| bytes(text)).flatten() {
                Some(bytes) => wkb::shape(&bytes),
                None => wkt::shape(text),
            }
        })
        .collect();
    srids.sort_unstable();
    srids.dedup();
    let srid = match srids.as_slice() {
        [srid] if *srid != "0" => Some(format!("EPSG:{srid}")),
        _ => None,
    };
    Ok((shapes, srid))
}

fn split_srid(text: &str) -> (Option<&str>, &str) {
    let srid = text.split_once(';').and_then(|(head, rest)| {
        let (key, number) = head.split_once('=')?;
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        (key.eq_ignore_ascii_case("SRID") && digits).then_some((number, rest))
    });
    srid.map_or((None, text), |(number, rest)| (Some(number), rest))
}

fn is_wkt(text: &str) -> bool {
    const TYPES: [&str; 7] =
        ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"];
    let text = split_srid(text).1.trim_start();
    let word = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(word);
    TYPES.iter().any(|name| word.eq_ignore_ascii_case(name))
        && rest.trim_start().trim_start_matches(['Z', 'M', 'z', 'm']).trim_start().starts_with(['(', 'E', 'e'])
}

/// Well-known binary as hexadecimal digits: the shortest is a point of 21 bytes.
fn is_hex(text: &str) -> bool {
    text.len() >= 42
        && text.len().is_multiple_of(2)
        && (text.starts_with("00") || text.starts_with("01"))
        && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

/// The first pair of columns with the names of coordinates in which at least half of the cells are numbers.
fn pair(rows: &DataFrame) -> Result<Option<(Named, Named)>> {
    let numeric = |column: &Named| {
        let cells = cells(&column.1);
        let filled = cells.iter().flatten().count();
        filled > 0 && cells.iter().flatten().filter(|cell| coordinate(cell).is_some()).count() * 2 >= filled
    };
    let find = |name: &str| named(rows, |column| same(column, name) || same(&Heading::of(column).stem, name));
    for (x, y) in PAIRS {
        if let (Some(x), Some(y)) = (find(x)?.filter(numeric), find(y)?.filter(numeric)) {
            return Ok(Some((x, y)));
        }
    }
    Ok(None)
}

fn point(x: (&str, Option<&str>), y: (&str, Option<&str>)) -> RawShape {
    let (east, north) = match (x.1, y.1) {
        (None, None) => return RawShape::Missing,
        (None, Some(_)) => return RawShape::Unreadable(format!("{} is missing", x.0)),
        (Some(_), None) => return RawShape::Unreadable(format!("{} is missing", y.0)),
        (Some(east), Some(north)) => (east, north),
    };
    match (coordinate(east), coordinate(north)) {
        (Some(east), Some(north)) => RawShape::Other(Box::new(Geometry::Point(Point::new(east, north)))),
        (None, _) => RawShape::Unreadable(format!("{} = \"{}\" is not a coordinate", x.0, short(east))),
        (_, None) => RawShape::Unreadable(format!("{} = \"{}\" is not a coordinate", y.0, short(north))),
    }
}

/// A coordinate: a number, or degrees, minutes and seconds such as `121°30′12.5″E`.
fn coordinate(text: &str) -> Option<f64> {
    match number::read(text) {
        Reading::Plain(value) | Reading::Cleaned(value, None) => Some(value),
        _ => degrees(text),
    }
}

fn degrees(text: &str) -> Option<f64> {
    let folded = fold(text).to_uppercase();
    let trimmed = folded.trim();
    let negative = trimmed.contains(['W', 'S']) || trimmed.contains("西经") || trimmed.contains("南纬");
    let plain: String = trimmed.replace("东经", "").replace("北纬", "").replace("西经", "").replace("南纬", "");
    let (degrees, rest) = plain.trim_matches(['E', 'N', 'W', 'S', ' ']).split_once(['°', '度', 'º'])?;
    let (minutes, rest) = split_part(rest, &["′", "'", "’", "分"]);
    let (seconds, rest) = split_part(rest, &["″", "\"", "”", "''", "秒"]);
    if !rest.trim().is_empty() {
        return None;
    }
    let part = |text: &str, below: f64| match text.trim() {
        "" => Some(0.0),
        text => text.parse::<f64>().ok().filter(|value| (0.0..below).contains(value)),
    };
    let value = part(degrees, 181.0).filter(|_| !degrees.trim().is_empty())?
        + part(minutes, 60.0)? / 60.0
        + part(seconds, 60.0)? / 3600.0;
    Some(if negative { -value } else { value })
}

fn split_part<'t>(text: &'t str, marks: &[&str]) -> (&'t str, &'t str) {
    marks.iter().find_map(|mark| text.split_once(mark)).unwrap_or(("", text))
}

/// The coordinate system a column names, if it names one; several are not applied row by row, and that is said.
fn system(rows: &DataFrame, faults: &mut Vec<Fault>) -> Result<Option<String>> {
    /// Systems that are counted.
    const MANY: usize = 100;
    let Some((name, series)) = named(rows, |column| SYSTEMS.iter().any(|known| same(column, known)))? else { return Ok(None) };
    let mut values: Vec<(&str, usize)> = Vec::new();
    for cell in cells(&series).into_iter().flatten() {
        match values.iter().position(|(value, _)| *value == cell) {
            Some(at) => values[at].1 += 1,
            // A column with this many systems holds something else.
            None if values.len() < MANY => values.push((cell, 1)),
            None => {}
        }
    }
    values.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    Ok(match values.as_slice() {
        [] => None,
        [(value, _)] if value.len() <= 6 && value.bytes().all(|b| b.is_ascii_digit()) => Some(format!("EPSG:{value}")),
        [(value, _)] => Some((*value).to_owned()),
        several => {
            let said: Vec<String> =
                several.iter().take(3).map(|(value, count)| format!("\"{}\" {count} times", short(value))).collect();
            let detail =
                format!("\"{name}\" names {} coordinate systems, of which none is applied: {}", several.len(), said.join(", "));
            faults.push(Fault::file(Code::CrsMissing, detail));
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    type Point = Option<(f64, f64)>;

    fn points(rows: DataFrame) -> (Vec<Point>, Located, Vec<Fault>) {
        let mut faults = Vec::new();
        let located = locate(rows, &mut faults).unwrap();
        let points = located.shapes.as_ref().unwrap().iter().map(|s| s.first_position().map(|c| (c.x, c.y))).collect();
        (points, located, faults)
    }

    #[test]
    fn coordinates_in_columns_become_points_easting_first() {
        let rows =
            df!("纬度" => ["31.2", "３１．５", "31°30′0″N", "", "x"], "经度" => ["121.5", "121.6", "东经121度30分", "", "121"])
                .unwrap();
        let (found, located, faults) = points(rows);
        assert_eq!(found, [Some((121.5, 31.2)), Some((121.6, 31.5)), Some((121.5, 31.5)), None, None]);
        assert_eq!(located.rows.width(), 2, "the columns stay");
        let shapes = located.shapes.unwrap();
        assert_eq!(shapes[3], RawShape::Missing);
        assert!(matches!(&shapes[4], RawShape::Unreadable(why) if why.contains("纬度 = \"x\"")));
        assert!(faults.iter().any(|f| f.code == Code::TableLayout && f.detail.en.contains("经度")));
    }

    #[test]
    fn one_coordinate_system_is_given_and_several_are_said_but_not_applied() {
        let (_, located, _) = points(df!("x" => [1.0, 2.0], "y" => [1.0, 2.0], "CRS" => [4549i64, 4549]).unwrap());
        assert_eq!(located.crs.as_deref(), Some("EPSG:4549"));
        let (_, located, faults) =
            points(df!("X（米）" => [1.0, 2.0], "Y" => [1.0, 2.0], "坐标系" => ["CGCS2000", "WGS84"]).unwrap());
        assert_eq!(located.crs, None);
        assert!(faults.iter().any(|f| f.code == Code::CrsMissing && f.detail.en.contains("2 coordinate systems")));
    }

    #[test]
    fn a_column_of_well_known_text_becomes_the_shapes() {
        let rows =
            df!("id" => ["a", "b"], "geom" => [Some("SRID=4490;POINT(121 31)"), None], "lon" => [1.0, 2.0], "lat" => [1.0, 2.0])
                .unwrap();
        let located = locate(rows, &mut Vec::new()).unwrap();
        assert_eq!(located.crs.as_deref(), Some("EPSG:4490"));
        assert_eq!(
            located.rows.get_column_names().into_iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["id", "lon", "lat"]
        );
        assert_eq!(located.shapes.unwrap()[1], RawShape::Missing);
        let plain = locate(df!("id" => ["POINT OF SALE", "polygon"]).unwrap(), &mut Vec::new()).unwrap();
        assert!(plain.shapes.is_none());
    }
}
