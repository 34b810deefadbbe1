//! Boundary-point text files (界址点坐标交换格式): a block of what the numbers mean, then each parcel with its points.
//!
//! ```text
//! [属性描述]
//! 坐标系=2000国家大地坐标系
//! 几度分带=3
//! 带号=40
//! [地块坐标]
//! 4,0.1200,3101,地块一,面,H51,工业,0601,@
//! J1,1,3453000.000,40512000.000      point, ring, X to the north, Y to the east
//! ```
//!
//! Ring 1 is the outer one, the others are holes. A ring may repeat its first point at the end or leave that out.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use geo::{Coord, Geometry, LineString, MultiPoint, Point};

use super::columns::{Cell, Columns};
use super::dataset::{Collection, Dataset, Evidence, Fault, ReadOptions};
use super::encoding;
use super::gauss::{self, System};
use super::header::{layout, short};
use super::number::{self, Reading};
use crate::error::{Error, Result, io};
use crate::finding::Code;
use crate::model::RawShape;

/// The columns of a parcel line, in its order.
const COLUMNS: [&str; 8] = ["界址点数", "地块面积", "地块编号", "地块名称", "图形属性", "图幅号", "地块用途", "地类编码"];

/// The places of area and kind of shape among [`COLUMNS`].
const AREA: usize = 1;
const KIND: usize = 4;

const BLOCK: &str = "[属性描述]";
const PARCELS: &str = "[地块坐标]";

/// Whether a file begins like one of these, in UTF-8 or GBK.
pub(super) fn begins(text: &[u8]) -> bool {
    let gbk: [&[u8]; 2] = [b"[\xCA\xF4\xD0\xD4\xC3\xE8\xCA\xF6]", b"[\xB5\xD8\xBF\xE9\xD7\xF8\xB1\xEA]"];
    text.starts_with(BLOCK.as_bytes()) || text.starts_with(PARCELS.as_bytes()) || gbk.iter().any(|mark| text.starts_with(mark))
}

/// The names of the layers in the file.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    Ok(vec![super::file::stem(path)])
}

/// Reads the parcels, easting first.
///
/// # Errors
/// The file cannot be read, or holds no parcel.
pub(super) fn read(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|e| io(path, "read", &e))?;
    let body = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&bytes);
    let encoding =
        encoding::detect(body.split(|b| *b == b'\n'), options.encoding.as_deref(), None).map_err(|e| e.in_file(path))?;
    let (text, whole) = encoding::decode(body, &encoding);
    let mut faults = Vec::new();
    if matches!(encoding.evidence, Evidence::Bytes | Evidence::Likely) && encoding.name != "UTF-8" {
        faults.push(Fault::file(Code::EncodingGuessed, format!("the text is read as {}", encoding.name)));
    }
    if !whole {
        faults.push(Fault::file(Code::TextGarbled, format!("bytes without a meaning in {}", encoding.name)));
    }
    let (block, parcels) = parsed(&text, &mut faults);
    if parcels.is_empty() {
        return Err(Error::new("has no parcels")
            .in_file(path)
            .remedy(format!("the lines of the parcels follow {PARCELS}; export the file again")));
    }
    faults.extend(transformation(&block));
    let (crs, shapes) = located(&block, &parcels, &mut faults);
    let rows = table(&parcels, &shapes, &mut faults)?;
    tick(parcels.len() as u64);
    Ok(Dataset {
        name: super::file::stem(path),
        rows,
        shapes: Some(shapes),
        crs,
        schematic: false,
        encoding: Some(encoding),
        collection: Collection::default(),
        faults,
    })
}

/// Parameters of a transformation that are not all zero: the file does not say from where to where, so they are not applied.
fn transformation(block: &Block<'_>) -> Option<Fault> {
    let (key, value) = block.iter().find(|(key, _)| *key == "转换参数")?;
    let none = |text: &str| text.trim().is_empty() || matches!(number::read(text), Reading::Plain(0.0));
    (!value.split([',', '，']).all(none))
        .then(|| layout(format!("the line \"{key}={}\" was not applied: the points were taken as they are", short(value))))
}

/// `key=value` lines.
type Block<'t> = Vec<(&'t str, &'t str)>;

#[derive(Default)]
struct Parcel<'t> {
    /// What its line says, in the order of [`COLUMNS`].
    fields: Vec<&'t str>,
    /// Points in rings of one number, X to the north.
    rings: Vec<(u32, Vec<Coord<f64>>)>,
    /// The first point that cannot be read.
    unreadable: Option<String>,
}

fn parsed<'t>(text: &'t str, faults: &mut Vec<Fault>) -> (Block<'t>, Vec<Parcel<'t>>) {
    let (mut block, mut parcels) = (Block::new(), Vec::<Parcel<'t>>::new());
    let mut in_parcels = false;
    let mut strays = 0;
    for line in text.lines().map(|line| line.trim().trim_start_matches('\u{feff}')).filter(|line| !line.is_empty()) {
        if line.starts_with('[') {
            in_parcels = line.starts_with(PARCELS);
        } else if !in_parcels {
            block.extend(line.split_once('=').map(|(key, value)| (key.trim(), value.trim())));
        } else if let Some(fields) = parcel_line(line) {
            parcels.push(Parcel { fields, ..Parcel::default() });
        } else {
            match parcels.last_mut() {
                Some(parcel) => point_line(line, parcel),
                None => strays += 1,
            }
        }
    }
    if strays > 0 {
        faults.push(Fault::file(Code::RowUnreadable, format!("{strays} lines before the first parcel belong to none")));
    }
    for (row, parcel) in parcels.iter().enumerate() {
        faults.extend(counted(row, parcel));
    }
    (block, parcels)
}

/// The fields of the line that begins a parcel: it ends with `@`, or has the kind of shape in its place.
fn parcel_line(line: &str) -> Option<Vec<&str>> {
    let fields: Vec<&str> = line.split([',', '，']).map(str::trim).collect();
    let marked = line.ends_with('@');
    let shaped = fields.get(KIND).is_some_and(|kind| ["面", "线", "点"].contains(kind));
    (marked || shaped).then(|| {
        fields.into_iter().filter(|field| *field != "@").map(|field| field.trim_end_matches('@')).take(COLUMNS.len()).collect()
    })
}

/// Adds the point of a line: name, ring, X, Y.
fn point_line(line: &str, parcel: &mut Parcel<'_>) {
    let fields: Vec<&str> = line.split([',', '，']).map(str::trim).collect();
    let number = |at: usize| fields.get(at).and_then(|text| coordinate(text));
    let ring = fields.get(1).and_then(|ring| ring.parse::<u32>().ok());
    let (Some(ring), Some(north), Some(east)) = (ring, number(2), number(3)) else {
        parcel.unreadable.get_or_insert_with(|| short(line));
        return;
    };
    let point = Coord { x: north, y: east };
    match parcel.rings.last_mut() {
        Some((last, points)) if *last == ring => points.push(point),
        _ => parcel.rings.push((ring, vec![point])),
    }
}

fn coordinate(text: &str) -> Option<f64> {
    match number::read(text) {
        Reading::Plain(value) | Reading::Cleaned(value, None) => Some(value),
        _ => None,
    }
}

/// A finding where a parcel has another number of points than it says. The repeated first points may be counted or not.
fn counted(row: usize, parcel: &Parcel<'_>) -> Option<Fault> {
    let stated = parcel.fields.first()?.parse::<usize>().ok()?;
    let there: usize = parcel.rings.iter().map(|(_, points)| points.len()).sum();
    let repeated = parcel.rings.iter().filter(|(_, points)| points.len() > 1 && points.first() == points.last()).count();
    let fits = stated == there || stated == there - repeated || stated == there + parcel.rings.len() - repeated;
    (!fits).then(|| Fault::row(Code::FileCountDiffers, row, format!("the parcel says {stated} points and has {there}")))
}

/// The coordinate system and the shapes, easting first.
fn located(block: &Block<'_>, parcels: &[Parcel<'_>], faults: &mut Vec<Fault>) -> (Option<String>, Vec<RawShape>) {
    let said =
        |key: &str| block.iter().find(|(k, _)| *k == key || k.starts_with(key)).map(|(_, value)| *value).unwrap_or_default();
    let width = if said("几度分带").is_empty() { said("分带") } else { said("几度分带") };
    let system = System::said(said("坐标系"), width, said("带号"));
    let unit = said("计量单位");
    if !["", "米", "m", "M", "度"].contains(&unit) {
        faults
            .push(Fault::file(Code::CrsUnknown, format!("the coordinates are in \"{}\", they are taken as metres", short(unit))));
    }
    let missing: Vec<&str> = ["坐标系", "带号"].into_iter().filter(|key| said(key).is_empty()).collect();
    if !missing.is_empty() {
        faults.push(Fault::file(Code::FilePartMissing, format!("the file does not say: {}", missing.join(", "))));
    }
    let first: Vec<Coord<f64>> =
        parcels.iter().filter_map(|p| p.rings.first()?.1.first()).map(|c| Coord { x: c.y, y: c.x }).collect();
    let crs = gauss::code(&system, &first, faults);
    (crs, parcels.iter().map(shape).collect())
}

fn shape(parcel: &Parcel<'_>) -> RawShape {
    if let Some(line) = &parcel.unreadable {
        return RawShape::Unreadable(format!("the point \"{line}\" cannot be read"));
    }
    let east_first = |points: &[Coord<f64>]| points.iter().map(|c| Coord { x: c.y, y: c.x }).collect::<Vec<_>>();
    let mut all = parcel.rings.iter().map(|(_, points)| east_first(points));
    match parcel.fields.get(KIND).copied().unwrap_or_default() {
        "点" => {
            let points: Vec<Point> = all.flatten().map(Point::from).collect();
            match points.as_slice() {
                [] => RawShape::Missing,
                [point] => RawShape::Other(Box::new(Geometry::Point(*point))),
                _ => RawShape::Other(Box::new(Geometry::MultiPoint(MultiPoint(points)))),
            }
        }
        "线" => match all.next() {
            Some(points) => RawShape::Other(Box::new(Geometry::LineString(LineString(points)))),
            None => RawShape::Missing,
        },
        _ => {
            let rings: Vec<_> = all.map(closed).collect();
            if rings.is_empty() { RawShape::Missing } else { RawShape::Parts(vec![rings]) }
        }
    }
}

/// The format closes a ring by itself: the last point need not be the first again.
fn closed(mut ring: Vec<Coord<f64>>) -> Vec<Coord<f64>> {
    if let Some(first) = ring.first().copied()
        && ring.last() != Some(&first)
    {
        ring.push(first);
    }
    ring
}

/// The parcels as a table. Cells are text but for the number of points; the unit of the areas is told from the shapes.
fn table(parcels: &[Parcel<'_>], shapes: &[RawShape], faults: &mut Vec<Fault>) -> Result<polars::prelude::DataFrame> {
    let area = area_unit(parcels, shapes);
    if let Some(unit) = area {
        faults.push(layout(format!("the stated areas are in {unit}, by the size of the shapes")));
    }
    let mut columns = Columns::default();
    for parcel in parcels {
        for (at, name) in COLUMNS.iter().enumerate() {
            let name = match area {
                Some(unit) if at == AREA => format!("{name}（{unit}）"),
                _ => (*name).to_owned(),
            };
            let cell = parcel.fields.get(at).copied().filter(|text| !text.is_empty());
            columns.set(
                &name,
                cell.map_or(Cell::Missing, |text| if at == 0 { count(text) } else { Cell::Text(Cow::Borrowed(text)) }),
            );
        }
        columns.end_row();
    }
    columns.finish()
}

fn count(text: &str) -> Cell<'_> {
    text.parse::<i64>().map_or(Cell::Text(Cow::Borrowed(text)), Cell::Int)
}

/// The unit in which most of the stated areas are those of the shapes, where the lines do not name one themselves.
fn area_unit(parcels: &[Parcel<'_>], shapes: &[RawShape]) -> Option<&'static str> {
    const NEAR: f64 = 0.05;
    const UNITS: [(&str, f64); 3] = [("公顷", 1e4), ("平方米", 1.0), ("亩", 2000.0 / 3.0)];
    let ratios: Vec<f64> = parcels
        .iter()
        .zip(shapes)
        .filter_map(|(parcel, shape)| {
            let (Reading::Plain(stated) | Reading::Cleaned(stated, None)) = number::read(parcel.fields.get(AREA)?) else {
                return None;
            };
            let RawShape::Parts(parts) = shape else { return None };
            let planar = parts.first()?.iter().map(|ring| doubled_area(ring).abs() / 2.0).enumerate();
            let planar: f64 = planar.map(|(n, area)| if n == 0 { area } else { -area }).sum();
            Some(planar / stated).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
        })
        .collect();
    UNITS
        .into_iter()
        .find(|(_, size)| ratios.iter().filter(|ratio| (*ratio / size - 1.0).abs() < NEAR).count() * 2 > ratios.len())
        .map(|(unit, _)| unit)
}

/// Twice the signed area of a ring in the plane, m².
fn doubled_area(ring: &[Coord<f64>]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    // Millions of metres squared would cost digits.
    let local = |c: &Coord<f64>| (c.x - origin.x, c.y - origin.y);
    ring.windows(2)
        .map(|edge| match edge {
            [a, b] => {
                let ((ax, ay), (bx, by)) = (local(a), local(b));
                ax * by - bx * ay
            }
            _ => 0.0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[属性描述]\r\n格式版本号=1.01\r\n数据产生单位=某测绘院\r\n数据产生日期=2023-05-01\r\n坐标系=2000国家大地坐标系\r\n几度分带=3\r\n\
        投影类型=高斯克吕格\r\n计量单位=米\r\n带号=40\r\n精度=0.001\r\n转换参数=,,,,,,\r\n[地块坐标]\r\n\
        8,0.96,310001,甲地块,面,H51,工业用地,0601,@\r\n\
        J1,1,3453000.000,40512000.000\r\nJ2,1,3453100.000,40512000.000\r\nJ3,1,3453100.000,40512100.000\r\nJ4,1,3453000.000,40512100.000\r\n\
        J5,2,3453040,40512040\r\nJ6,2,3453060,40512040\r\nJ7,2,3453060,40512060\r\nJ8,2,3453040,40512060\r\n\
        5,1.00,310002,乙地块,面,,,,@\r\n\
        J1,1,3454000,40512000\r\nJ2,1,3454100,40512000\r\nJ3,1,3454100,40512100\r\nJ4,1,3454000,40512100\r\nJ1,1,3454000,40512000\r\n\
        9,1.00,310003,丙地块,面,,,,@\r\nJ1,1,3455000,40512000\r\nJ2,1,x,40512000\r\n";

    fn opened(text: impl AsRef<[u8]>, encoding: Option<&str>) -> Dataset {
        let file = tempfile::Builder::new().suffix(".txt").tempfile().unwrap();
        std::fs::write(file.path(), text).unwrap();
        super::super::file::open(file.path(), &ReadOptions { layer: None, encoding: encoding.map(str::to_owned) }, &|_| ())
            .unwrap()
    }

    #[test]
    fn parameters_that_were_not_applied_and_a_zone_that_cannot_be_are_told() {
        let told = |text: String| opened(text, None).faults.into_iter().map(|f| (f.code, f.detail.en)).collect::<Vec<_>>();
        let parameters = told(FILE.replace("转换参数=,,,,,,", "转换参数=10,20,0,0,0,0,0"));
        assert!(parameters.iter().any(|(_, detail)| detail.contains("转换参数=10,20")), "{parameters:?}");
        let zeros = told(FILE.replace("转换参数=,,,,,,", "转换参数=0,0.0,,0,0,0,0"));
        assert!(!zeros.iter().any(|(_, detail)| detail.contains("转换参数")), "{zeros:?}");
        let zone = told(FILE.replace("带号=40", "带号=41"));
        assert!(zone.iter().any(|(code, detail)| *code == Code::CrsZone && detail.contains("zone 41")), "{zone:?}");
    }

    #[test]
    fn parcels_with_holes_come_easting_first_in_the_system_the_file_names() {
        let data = opened(FILE, None);
        assert_eq!(data.crs.as_deref(), Some("EPSG:4528"));
        let names: Vec<String> = data.rows.get_column_names().into_iter().map(ToString::to_string).collect();
        assert_eq!(names, ["界址点数", "地块面积（公顷）", "地块编号", "地块名称", "图形属性", "图幅号", "地块用途", "地类编码"]);
        let ids: Vec<_> = data.rows.column("地块编号").unwrap().str().unwrap().iter().collect();
        assert_eq!(ids, [Some("310001"), Some("310002"), Some("310003")]);
        let shapes = data.shapes.unwrap();
        let RawShape::Parts(parts) = &shapes[0] else { panic!("{:?}", shapes[0]) };
        assert_eq!((parts.len(), parts[0].len()), (1, 2));
        assert_eq!(parts[0][0][0], Coord { x: 40_512_000.0, y: 3_453_000.0 });
        assert_eq!(parts[0].iter().map(|ring| doubled_area(ring).abs() / 2.0).collect::<Vec<_>>(), [10_000.0, 400.0]);
        let RawShape::Parts(parts) = &shapes[1] else { panic!("{:?}", shapes[1]) };
        assert_eq!(parts[0][0].len(), 5, "a ring that is closed in the file is not closed again");
        assert!(matches!(&shapes[2], RawShape::Unreadable(why) if why.contains("J2,1,x")));
        let counts: Vec<_> = data.faults.iter().filter(|f| f.code == Code::FileCountDiffers).map(|f| f.row).collect();
        assert_eq!(counts, [Some(2)]);
    }

    #[test]
    fn gbk_is_read_and_a_file_without_its_block_is_said() {
        let (bytes, _, _) = encoding_rs::GBK.encode(FILE);
        let data = opened(&bytes, Some("GBK"));
        assert_eq!(data.rows.column("地块名称").unwrap().str().unwrap().get(1), Some("乙地块"));
        let bare = &FILE[FILE.find(PARCELS).unwrap()..];
        let data = opened(bare, None);
        assert_eq!(data.crs.as_deref(), None);
        assert!(data.faults.iter().any(|f| f.code == Code::FilePartMissing && f.detail.en.contains("坐标系")));
    }

    #[test]
    fn no_text_makes_it_panic() {
        for cut in (0..FILE.len()).filter(|at| FILE.is_char_boundary(*at)).step_by(13) {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &FILE[..cut]).unwrap();
            let _ = read(file.path(), &ReadOptions::default(), &|_| ());
        }
    }
}
