//! What is written is read again, by our reader and by the crates.

use geo::{Coord, Point};
use polars::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::model::{RawShape, Ring};
use crate::read::dataset::{Dataset, ReadOptions};
use crate::read::file;

fn write_to(folder: &Path, rows: &DataFrame, shapes: &[RawShape]) -> Result<PathBuf> {
    let path = folder.join("layer.shp");
    write(&[Layer { name: "layer", rows, shapes: Some(shapes), crs: &Crs::Geographic }], &path).map(|()| path)
}

fn read_back(path: &Path) -> Dataset {
    file::open(path, &ReadOptions::default(), &|_| ()).unwrap()
}

fn square(x: f64, y: f64, size: f64, clockwise: bool) -> Ring {
    let mut ring: Ring = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
        .iter()
        .map(|(dx, dy)| Coord { x: x + dx * size, y: y + dy * size })
        .collect();
    if clockwise {
        ring.reverse();
    }
    ring
}

/// Squares beside each other, some with a hole.
fn shape() -> impl Strategy<Value = RawShape> {
    let part = (-1.0e7..1.0e7f64, any::<bool>());
    prop_oneof![
        1 => Just(RawShape::Missing),
        4 => proptest::collection::vec(part, 1..4).prop_map(|parts| {
            RawShape::Parts(
                parts
                    .into_iter()
                    .enumerate()
                    .map(|(n, (y, hole))| {
                        let x = f64::from(u32::try_from(n).unwrap()) * 20.0;
                        let mut rings = vec![square(x, y, 10.0, true)];
                        if hole {
                            rings.push(square(x + 2.0, y + 2.0, 3.0, false));
                        }
                        rings
                    })
                    .collect(),
            )
        }),
    ]
}

type Row = (Option<i64>, Option<f64>, Option<String>, Option<bool>, RawShape);

fn row() -> impl Strategy<Value = Row> {
    let number = any::<f64>().prop_filter("finite", |x| x.is_finite());
    let text = "[一-龥A-Za-z0-9,（]{1,20}";
    (
        proptest::option::of(-10i64.pow(17)..10i64.pow(17)),
        proptest::option::of(prop_oneof![number, (-1000i32..1000).prop_map(|x| f64::from(x) / 8.0)]),
        proptest::option::of(text),
        proptest::option::of(any::<bool>()),
        shape(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_random_table_comes_back_as_it_was(rows in proptest::collection::vec(row(), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let table = df!(
            "宗地代码" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "share" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            "enterprise_name" => rows.iter().map(|row| row.2.clone()).collect::<Vec<_>>(),
            "built" => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
        ).unwrap();
        let shapes: Vec<RawShape> = rows.iter().map(|row| row.4.clone()).collect();
        let read = read_back(&write_to(folder.path(), &table, &shapes).unwrap());
        prop_assert_eq!(read.shapes.unwrap(), shapes);
        for (name, column) in table.columns().iter().map(|c| (c.name().clone(), c)) {
            let back = read.rows.column(&name).unwrap();
            // A column without a value has no type when it comes back.
            let back = if column.null_count() == rows.len() { back.cast(column.dtype()).unwrap() } else { back.clone() };
            prop_assert!(column.equals_missing(&back.clone().with_name(name.clone())), "{name}: {column:?} {back:?}");
        }
    }
}

#[test]
fn names_come_back_from_the_dictionary_unless_it_is_of_another_layer() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["=宗地代码", "宗地代码_旧", "2023年度实缴税金"];
    let table = DataFrame::new(1, names.iter().map(|name| Column::new((*name).into(), [1i64])).collect()).unwrap();
    let path = write_to(folder.path(), &table, &[RawShape::Missing]).unwrap();
    assert_eq!(read_back(&path).rows.get_column_names(), names);
    let dictionary = folder.path().join("layer_fields.csv");
    let other = std::fs::read_to_string(&dictionary).unwrap().replace("\r\n宗地代,", "\r\n别的,");
    std::fs::write(&dictionary, other).unwrap();
    let read = read_back(&path);
    assert_eq!(read.rows.get_column_names()[1], "宗地代");
    assert!(read.faults.iter().any(|fault| fault.detail.en.contains("lists other columns")), "{:?}", read.faults);
}

#[test]
fn the_crates_read_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let table = df!("id" => [1i64, 123_456_789_012_345_678, -7], "名称" => [Some("浦东"), None, Some("嘉定区")], "x" => [0.1, 1e-300, -2.5e17], "ok" => [Some(true), Some(false), None]).unwrap();
    let shapes = [
        // The outer ring the wrong way round, the hole too, neither closed.
        RawShape::Parts(vec![vec![square(0.0, 0.0, 10.0, false)[..4].to_vec(), square(2.0, 2.0, 2.0, true)[..4].to_vec()]]),
        RawShape::Missing,
        RawShape::Parts(vec![vec![square(20.0, 0.0, 5.0, true)], vec![square(40.0, 0.0, 5.0, true)]]),
    ];
    let path = write_to(folder.path(), &table, &shapes).unwrap();
    let read: Vec<shapefile::Shape> = shapefile::ShapeReader::from_path(&path).unwrap().read().unwrap();
    assert_eq!(read.len(), 3);
    let shapefile::Shape::Polygon(first) = &read[0] else { panic!("{}", read[0]) };
    let rings: Vec<(bool, usize)> =
        first.rings().iter().map(|ring| (matches!(ring, shapefile::PolygonRing::Outer(_)), ring.len())).collect();
    assert_eq!(rings, [(true, 5), (false, 5)]);
    assert!(matches!(read[1], shapefile::Shape::NullShape));
    let shapefile::Shape::Polygon(last) = &read[2] else { panic!("{}", read[2]) };
    assert_eq!((last.rings().len(), last.bbox().min.x, last.bbox().max.x), (2, 20.0, 45.0));
    let records = dbase::read(path.with_extension("dbf")).unwrap();
    let text = |row: usize, name: &str| match records[row].get(name) {
        Some(dbase::FieldValue::Character(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(2, "名称").as_deref(), Some("嘉定区"));
    assert_eq!(records[0].get("ok"), Some(&dbase::FieldValue::Logical(Some(true))));
    let index = fs::read(path.with_extension("shx")).unwrap();
    assert_eq!(index.len(), 100 + 3 * 8);
    assert_eq!(fs::read_to_string(path.with_extension("cpg")).unwrap(), "UTF-8");
    assert!(fs::read_to_string(path.with_extension("prj")).unwrap().contains("China"));
}

#[test]
fn what_the_format_cannot_hold_is_refused_with_row_or_column() {
    let folder = tempfile::tempdir().unwrap();
    let ids = df!("id" => [1i64, 2]).unwrap();
    let mixed =
        [RawShape::Parts(vec![vec![square(0.0, 0.0, 1.0, true)]]), RawShape::Other(Box::new(Point::new(1.0, 2.0).into()))];
    let why = write_to(folder.path(), &ids, &mixed).unwrap_err().to_string();
    assert!(why.contains("row 2") && why.contains("Point after Polygon"), "{why}");
    let long = df!("备注" => ["短", &"长".repeat(85)]).unwrap();
    let none = [RawShape::Missing, RawShape::Missing];
    let why = write_to(folder.path(), &long, &none).unwrap_err().to_string();
    assert!(why.contains("column \"备注\"") && why.contains("row 2") && why.contains("255 bytes"), "{why}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn long_integers_and_odd_floats_stay_as_they_are_in_text() {
    let folder = tempfile::tempdir().unwrap();
    let table = df!("code" => [3_101_150_010_010_001_234i64, 5], "x" => [f64::NAN, 0.1]).unwrap();
    let read = read_back(&write_to(folder.path(), &table, &[RawShape::Missing, RawShape::Missing]).unwrap());
    let code: Vec<_> = read.rows.column("code").unwrap().str().unwrap().iter().collect();
    assert_eq!(code, [Some("3101150010010001234"), Some("5")]);
    assert_eq!(read.rows.column("x").unwrap().str().unwrap().get(0), Some("NaN"));
}

#[test]
fn an_older_layer_of_the_name_leaves_no_part_behind() {
    let folder = tempfile::tempdir().unwrap();
    for stale in ["layer.sbn", "layer.qix"] {
        fs::write(folder.path().join(stale), "old").unwrap();
    }
    let point = [RawShape::Other(Box::new(Point::new(1.0, 2.0).into()))];
    write_to(folder.path(), &df!("工业用地面积" => [1.5]).unwrap(), &point).unwrap();
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["layer.cpg", "layer.dbf", "layer.prj", "layer.shp", "layer.shx", "layer_fields.csv"]);
    let read = read_back(&folder.path().join("layer.shp"));
    assert_eq!(read.shapes.unwrap(), point);
    assert_eq!(read.rows.get_column_names(), ["工业用地面积"]);
    assert!(read.faults.iter().all(|fault| fault.detail.en.contains("layer_fields.csv")), "{:?}", read.faults);
}

#[test]
fn dates_are_dates_and_other_types_their_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut table =
        df!("day" => [Some(19_000i32), None], "at" => [Some(1_700_000_000_123i64), None], "narrow" => [Some(0.1f32), None])
            .unwrap();
    for (name, dtype) in [("day", DataType::Date), ("at", DataType::Datetime(TimeUnit::Milliseconds, None))] {
        let column = table.column(name).unwrap().cast(&dtype).unwrap();
        table.with_column(column).unwrap();
    }
    let path = write_to(folder.path(), &table, &[RawShape::Missing, RawShape::Missing]).unwrap();
    let records = dbase::read(path.with_extension("dbf")).unwrap();
    assert_eq!(records[0].get("day"), Some(&dbase::FieldValue::Date(Some(dbase::Date::new(8, 1, 2022).unwrap()))));
    assert_eq!(records[0].get("narrow"), Some(&dbase::FieldValue::Numeric(Some(0.1))));
    let read = read_back(&path).rows;
    assert_eq!(read.column("day").unwrap().str().unwrap().iter().collect::<Vec<_>>(), [Some("2022-01-08"), None]);
    assert_eq!(read.column("at").unwrap().str().unwrap().get(0), Some("2023-11-14 22:13:20.123"));
}
