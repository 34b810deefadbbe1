//! A local grid given by control points: a table of points known in the grid and in longitude and latitude, or in a second system.

use std::fs;
use std::path::{Path, PathBuf};

use geo::Coord;
use serde::Deserialize;

use super::definition::Numbers;
use super::helmert::{Fit, fit};
use super::{Crs, zones};
use crate::error::{Error, Result, io};
use crate::finding::{Detail, detail};

/// Bytes beyond which a file is no table of control points.
const LONGEST: u64 = 1 << 24;
/// A point is an outlier where its residual is more than this times the median of the others'…
const OUTLYING: f64 = 5.0;
/// …and more than this many metres.
const OUTLYING_METRES: f64 = 0.1;

/// `crs = { control_points = "points.csv" }` in `survey.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPoints {
    /// CSV with the columns x, y (easting, northing in the layer's own grid) and lon, lat, or x2, y2 in `to`.
    pub control_points: PathBuf,
    /// The system of x2, y2.
    pub to: Option<String>,
    /// Two points will do, although nothing then says how good they are.
    #[serde(default)]
    pub unchecked: bool,
}

/// A local grid tied to a projection by control points.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalGrid {
    /// What it is, how many points and how well they fit.
    pub name: String,
    /// Name of each point, in the order of the file; its line where it has none.
    pub points: Vec<String>,
    /// From the grid to `target`.
    pub fit: Fit,
    /// The projection the grid was fitted to.
    pub target: Crs,
}

impl ControlPoints {
    /// Reads the points and fits the grid to them. Points in longitude and latitude are projected to the 3-degree zone around
    /// their middle.
    ///
    /// # Errors
    /// The file cannot be read, lacks a column, has a cell that is no number, fewer than three points (two where `unchecked`), or
    /// points that fix nothing.
    pub fn open(&self) -> Result<LocalGrid> {
        let path = &self.control_points;
        let in_file = |e: Error| e.in_file(path);
        let table = Table::read(path)?;
        let least = if self.unchecked { 2 } else { 3 };
        if table.points.len() < least {
            return Err(in_file(
                Error::new(format!("has {} control points, {least} are needed to see how well they fit", table.points.len()))
                    .remedy("add points, well spread over the area; or accept two with unchecked = true beside control_points"),
            ));
        }
        let target = match (&self.to, table.geographic) {
            (Some(to), false) => Crs::named(to).map_err(in_file)?,
            (None, true) => zone_around(&table.points)?,
            (Some(_), true) => {
                return Err(in_file(
                    Error::new("has lon and lat, but to = names another system")
                        .remedy("rename the columns to x2 and y2, or remove to"),
                ));
            }
            (None, false) => {
                return Err(in_file(
                    Error::new("has x2 and y2, but nothing says which system they are in")
                        .remedy("add to = \"EPSG:4549\" beside control_points"),
                ));
            }
        };
        if !table.geographic && target.is_geographic() {
            return Err(in_file(
                Error::new("x2 and y2 are to be metres, but the system in to = has degrees")
                    .remedy("name them lon and lat, and remove to"),
            ));
        }
        let pairs: Vec<(Coord<f64>, Coord<f64>)> = table
            .points
            .iter()
            .map(|(_, local, known)| (*local, if table.geographic { target.coordinates(*known) } else { *known }))
            .collect();
        let fit = fit(&pairs).map_err(in_file)?;
        refuse_exchanged(&pairs, &fit).map_err(in_file)?;
        let name = format!(
            "local grid by {} control points to {} (RMS {:.3} m, largest residual {:.3} m, scale {:.6}, rotation {:.5}°)",
            pairs.len(),
            target.name(),
            fit.rms(),
            fit.lengths().into_iter().fold(0.0, f64::max),
            fit.scale(),
            fit.rotation()
        );
        Ok(LocalGrid { name, points: table.points.into_iter().map(|(name, ..)| name).collect(), fit, target })
    }
}

impl LocalGrid {
    /// What was fitted and how well.
    #[must_use]
    pub fn told(&self) -> Detail {
        let zh = format!(
            "由 {} 个控制点拟合到 {} 的地方坐标系（中误差 {:.3} m，最大残差 {:.3} m，尺度 {:.6}，旋转 {:.5}°）",
            self.points.len(),
            self.target.name(),
            self.fit.rms(),
            self.fit.lengths().into_iter().fold(0.0, f64::max),
            self.fit.scale(),
            self.fit.rotation()
        );
        Detail::new(zh, self.name.clone())
    }

    /// One line a point: its residual east, north and in all, metres.
    #[must_use]
    pub fn lines(&self) -> Vec<Detail> {
        let residuals = self.fit.residuals.iter().zip(self.fit.lengths());
        self.points
            .iter()
            .zip(residuals)
            .map(|(name, (r, length))| {
                detail!(
                    "{name}：残差 东 {:+.3} m，北 {:+.3} m，{length:.3} m",
                    "{name}: residual {:+.3} m east, {:+.3} m north, {length:.3} m",
                    r.x,
                    r.y
                )
            })
            .collect()
    }

    /// Points that do not agree with the others, as index and residual in metres. Each is judged by a fit that leaves it out.
    #[must_use]
    pub fn outliers(&self) -> Vec<(usize, f64)> {
        let lengths = self.fit.lengths();
        if lengths.len() < 4 {
            return Vec::new();
        }
        let mut sorted = lengths.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[(sorted.len() - 1) / 2];
        let worst = lengths.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let limit = OUTLYING_METRES.max(OUTLYING * median);
        // One bad point drags the fit and lifts every residual: the worst is judged without itself in the fit.
        worst.filter(|(index, length)| *length > limit || self.stands_out(*index)).into_iter().collect()
    }

    fn stands_out(&self, index: usize) -> bool {
        let pairs: Vec<(Coord<f64>, Coord<f64>)> =
            self.fit.residuals.iter().zip(&self.fit.locals).map(|(r, local)| (*local, self.fit.applied(*local) + *r)).collect();
        let others: Vec<_> = pairs.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, pair)| *pair).collect();
        let Ok(without) = fit(&others) else { return false };
        let (local, known) = pairs[index];
        let off = known - without.applied(local);
        let off = off.x.hypot(off.y);
        off > OUTLYING_METRES && off > OUTLYING * without.rms()
    }
}

/// Where exchanging easting and northing fits a hundred times better, they are exchanged.
fn refuse_exchanged(pairs: &[(Coord<f64>, Coord<f64>)], straight: &Fit) -> Result<()> {
    let exchanged: Vec<_> = pairs.iter().map(|(p, q)| (Coord { x: p.y, y: p.x }, *q)).collect();
    match fit(&exchanged) {
        Ok(turned) if straight.rms() > 1.0 && turned.rms() * 100.0 < straight.rms() => Err(Error::new(format!(
            "easting and northing of the control points are exchanged: as they stand the points miss by {:.1} m, exchanged by {:.3} m",
            straight.rms(),
            turned.rms()
        ))
        .remedy("x is easting and y is northing: exchange the names of the two columns (and set swap_axes = true if the layer is the same)")),
        _ => Ok(()),
    }
}

/// The 3-degree zone around the middle of points in longitude and latitude.
fn zone_around(points: &[(String, Coord<f64>, Coord<f64>)]) -> Result<Crs> {
    #[allow(clippy::cast_precision_loss)] // a count of points in a file
    let middle = points.iter().map(|(_, _, c)| c.x).sum::<f64>() / points.len() as f64;
    let meridian = (middle / 3.0).round() * 3.0;
    let numbers = Numbers::transverse_mercator(meridian, 1.0, 500_000.0);
    match zones::identify(&numbers, "", None) {
        Some(code) => Crs::named(&format!("EPSG:{code}")),
        None => Crs::named(&numbers.proj().unwrap_or_default()),
    }
}

/// Name, position in the grid, position in the other system.
struct Table {
    points: Vec<(String, Coord<f64>, Coord<f64>)>,
    /// The other system is longitude and latitude.
    geographic: bool,
}

const LOCAL: [&[&str]; 2] = [&["x", "easting", "east", "e", "东坐标"], &["y", "northing", "north", "n", "北坐标"]];
const DEGREES: [&[&str]; 2] = [&["lon", "lng", "longitude", "经度"], &["lat", "latitude", "纬度"]];
const SECOND: [&[&str]; 2] = [&["x2", "easting2", "east2"], &["y2", "northing2", "north2"]];
const NAME: &[&str] = &["name", "id", "point", "点名", "点号"];

impl Table {
    fn read(path: &Path) -> Result<Self> {
        let size = fs::metadata(path).map_err(|e| io(path, "read", &e))?.len();
        if size > LONGEST {
            return Err(Error::new("is too large for a table of control points")
                .in_file(path)
                .remedy("name a CSV with a row a point"));
        }
        let bytes = fs::read(path).map_err(|e| io(path, "read", &e))?;
        let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&bytes);
        // Names of points may be in any encoding; the numbers are ASCII in all of them. GB18030 reads ASCII and UTF-8 headers as such.
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
        };
        let mut reader = ::csv::ReaderBuilder::new().flexible(true).trim(::csv::Trim::All).from_reader(text.as_bytes());
        let broken =
            |e: ::csv::Error| Error::new(format!("is not CSV: {e}")).in_file(path).remedy("save the points as CSV with a header");
        let header: Vec<String> = reader.headers().map_err(broken)?.iter().map(str::to_lowercase).collect();
        let column = |names: &[&str]| header.iter().position(|name| names.contains(&name.as_str()));
        let pair = |names: [&[&str]; 2]| column(names[0]).zip(column(names[1]));
        let missing = |what: &str| {
            Error::new(format!("has no columns {what}")).in_file(path).remedy(format!(
                "the columns are x, y in the layer's own grid and lon, lat (or x2, y2); there are: {}",
                header.join(", ")
            ))
        };
        let local = pair(LOCAL).ok_or_else(|| missing("x and y"))?;
        let (known, geographic) = match (pair(DEGREES), pair(SECOND)) {
            (Some(known), _) => (known, true),
            (None, Some(known)) => (known, false),
            (None, None) => return Err(missing("lon and lat, nor x2 and y2")),
        };
        let name = column(NAME);
        let mut points = Vec::new();
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(broken)?;
            if record.iter().all(str::is_empty) {
                continue;
            }
            let line = row + 2;
            let number = |column: usize| {
                let cell = record.get(column).unwrap_or_default();
                cell.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| {
                    Error::new(format!("\"{cell}\" is not a number"))
                        .in_file(path)
                        .at(format!("line {line}"))
                        .remedy("mend the cell, or remove the point")
                })
            };
            let local = Coord { x: number(local.0)?, y: number(local.1)? };
            let known = Coord { x: number(known.0)?, y: number(known.1)? };
            if geographic && !(known.x.abs() <= 180.0 && known.y.abs() <= 90.0) {
                return Err(Error::new(format!("{}, {} is not a longitude and a latitude in degrees", known.x, known.y))
                    .in_file(path)
                    .at(format!("line {line}"))
                    .remedy("give degrees with decimals, or call projected coordinates x2 and y2"));
            }
            let name = name.and_then(|name| record.get(name)).filter(|name| !name.is_empty()).map(str::to_owned);
            points.push((name.unwrap_or_else(|| format!("line {line}")), local, known));
        }
        Ok(Self { points, geographic })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RawShape;

    fn open(csv: &str, to: Option<&str>, unchecked: bool) -> Result<LocalGrid> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.csv");
        fs::write(&path, csv).unwrap();
        ControlPoints { control_points: path, to: to.map(str::to_owned), unchecked }.open()
    }

    /// A grid turned by 2° and moved, on EPSG:4549.
    fn local(x: f64, y: f64) -> (f64, f64) {
        let (sin, cos) = 2f64.to_radians().sin_cos();
        let (x, y) = (x - 600_000.0, y - 3_450_000.0);
        (cos * x + sin * y + 1000.0, -sin * x + cos * y + 2000.0)
    }

    const KNOWN: [(f64, f64); 5] = [
        (601_000.0, 3_451_000.0),
        (640_000.0, 3_452_000.0),
        (641_000.0, 3_490_000.0),
        (600_500.0, 3_491_000.0),
        (620_000.0, 3_470_000.0),
    ];

    fn csv() -> String {
        let target = Crs::named("EPSG:4549").unwrap();
        let mut text = "点号,x,y,lon,lat\n".to_owned();
        for (i, (x, y)) in KNOWN.into_iter().enumerate() {
            let degrees = target.geographic(Coord { x, y });
            let (x, y) = local(x, y);
            text += &format!("K{i},{x},{y},{:.12},{:.12}\n", degrees.x, degrees.y);
        }
        text
    }

    #[test]
    fn a_turned_local_grid_is_found_again_from_points_in_degrees() {
        let grid = open(&csv(), None, false).unwrap();
        assert_eq!(grid.target.epsg(), Some(4549), "the middle is nearer to 120° than to 123°");
        assert!(grid.name.contains("5 control points"), "{:?}", grid.lines());
        let (x, y) = local(610_000.0, 3_460_000.0);
        let mut shapes = [RawShape::Parts(vec![vec![vec![Coord { x, y }]]])];
        let crs = Crs::Fitted(std::sync::Arc::new(grid));
        crs.to_geographic(&mut shapes);
        let truth = Crs::named("EPSG:4549").unwrap().geographic(Coord { x: 610_000.0, y: 3_460_000.0 });
        let found = shapes[0].first_position().unwrap();
        assert!((found.x - truth.x).abs() < 1e-10 && (found.y - truth.y).abs() < 1e-10, "{found:?} {truth:?}");
        crs.from_geographic(&mut shapes);
        let back = shapes[0].first_position().unwrap();
        assert!((back.x - x).abs() < 1e-6 && (back.y - y).abs() < 1e-6);
    }

    #[test]
    fn a_grid_given_in_its_own_projection_fits_to_the_millimetre_and_a_wrong_point_stands_out() {
        let table = |wrong: f64| {
            let rows: Vec<String> = KNOWN
                .iter()
                .enumerate()
                .map(|(i, (x, y))| {
                    let (u, v) = local(*x, *y);
                    format!("K{i},{u},{v},{},{y}", x + if i == 2 { wrong } else { 0.0 })
                })
                .collect();
            format!("name,x,y,x2,y2\n{}\n", rows.join("\n"))
        };
        let grid = open(&table(0.0), Some("EPSG:4549"), false).unwrap();
        assert!(grid.fit.rms() < 1e-6 && grid.outliers().is_empty() && (grid.fit.rotation() - 2.0).abs() < 1e-9);
        let wrong = open(&table(3.0), Some("EPSG:4549"), false).unwrap();
        assert_eq!(wrong.outliers().iter().map(|(i, _)| wrong.points[*i].as_str()).collect::<Vec<_>>(), ["K2"]);
        assert!(wrong.lines()[2].en.starts_with("K2: residual"));
    }

    #[test]
    fn tables_that_cannot_serve_say_what_is_missing() {
        let why = |csv: &str, to| open(csv, to, false).unwrap_err().to_string();
        assert!(why("x,y\n1,2\n", None).contains("lon and lat"));
        assert!(why("lon,lat\n1,2\n", None).contains("no columns x and y"));
        assert!(why("x,y,lon,lat\n1,2,121,31\n2,3,121.1,31.1\n", None).contains("unchecked"));
        assert!(open("x,y,lon,lat\n1,2,121,31\n20000,3000,121.1,31.1\n", None, true).is_ok());
        assert!(why("x,y,lon,lat\n1,2,121,31\na,3,121.1,31.1\n", None).contains("line 3"));
        assert!(why("x,y,lon,lat\n1,2,500000,31\n", None).contains("not a longitude"));
        assert!(why("x,y,x2,y2\n1,2,3,4\n1,3,4,4\n9,3,4,9\n", None).contains("which system"));
        let exchanged: String = KNOWN
            .iter()
            .map(|(x, y)| {
                let (u, v) = local(*x, *y);
                format!("{v},{u},{x},{y}\n")
            })
            .collect();
        assert!(why(&format!("x,y,x2,y2\n{exchanged}"), Some("EPSG:4549")).contains("exchanged"));
    }
}
