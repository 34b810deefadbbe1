//! Ten parcels of the sample city in every format, and the shapes of all types.

use std::fs;
use std::io::Write;
use std::path::Path;

use mujun::crs::Crs;
use mujun::model::RawShape;
use mujun::read::dataset::{Dataset, ReadOptions};
use mujun::read::file;
use mujun::write::{Format, Layer, write as write_layers};

use crate::READERS;

const ROWS: usize = 10;

/// Writes `CORPUS/READER/seed` for every reader. A format that cannot be written yet has no seed.
pub fn write(corpus: &Path) {
    for reader in READERS.iter().map(|(reader, _)| *reader).chain(["wkb", "wkt"]) {
        fs::create_dir_all(corpus.join(reader)).expect("a folder for the seeds");
    }
    let data = sample();
    let folder = tempfile::tempdir().expect("a folder for the files");
    let shapes = &data.shapes.as_deref().unwrap_or_default()[..ROWS];
    let rows = data.rows.head(Some(ROWS));
    let seed = |reader: &str, bytes: &[u8]| fs::write(corpus.join(reader).join("seed"), bytes).expect("a seed");
    let crs = Crs::named("EPSG:4490").expect("a known system");
    for (reader, name) in READERS {
        let path = folder.path().join(name);
        let Ok(format) = Format::of(&path) else { continue };
        let layer = Layer { name: "a", rows: &rows, shapes: (format != Format::Csv).then_some(shapes), crs: &crs };
        match write_layers(&[layer], format, &path) {
            Ok(_) if reader == "shapefile" => seed(reader, &joined(&read(&path), &read(&path.with_extension("dbf")))),
            Ok(_) => seed(reader, &read(&path)),
            Err(why) => eprintln!("no seed for {reader}: {why}"),
        }
    }
    seed("geojson_sequence", sequence(&read(&folder.path().join("a.geojson"))).as_bytes());
    seed("boundary_points", POINTS.as_bytes());
    seed("xlsx", &workbook());
    seed("zip", &zipped(&[("层/a.geojson", &read(&folder.path().join("a.geojson"))), ("b.csv", b"id,name\n1,\xE7\x94\xB2\n")]));
    for (n, text) in TEXTS.iter().enumerate() {
        fs::write(corpus.join("wkt").join(format!("seed{n}")), text).expect("a seed");
    }
    for (n, bytes) in binaries(shapes).iter().enumerate() {
        fs::write(corpus.join("wkb").join(format!("seed{n}")), bytes).expect("a seed");
    }
}

fn sample() -> Dataset {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/parcels.geojson");
    file::open(&path, &ReadOptions::default(), &|_| ()).expect("the sample city")
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}

fn joined(shapes: &[u8], table: &[u8]) -> Vec<u8> {
    let length = u32::try_from(shapes.len()).expect("a small file");
    [&length.to_le_bytes(), shapes, table].concat()
}

/// The features of a collection, each on a line after a record separator.
fn sequence(collection: &[u8]) -> String {
    let text = String::from_utf8_lossy(collection);
    text.lines()
        .filter(|line| line.contains("\"Feature\""))
        .map(|line| format!("\u{1e}{}\n", line.trim_end_matches(',')))
        .collect()
}

const POINTS: &str = "[属性描述]\n格式版本号=1.01版本\n数据产生单位=局\n数据产生日期=2025-1-1\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=40\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n4,0.06,1,地块一,面,,工业,@\nJ1,1,3450000.000,40500000.000\nJ2,1,3450020.000,40500000.000\nJ3,1,3450020.000,40500030.000\nJ1,1,3450000.000,40500000.000\n";

const TEXTS: [&str; 4] = [
    "POLYGON((121.5 31.2,121.6 31.2,121.6 31.3,121.5 31.2),(121.51 31.21,121.52 31.21,121.52 31.22,121.51 31.21))",
    "MULTIPOLYGON Z (((1 2 3,4 5 6,7 8 9,1 2 3)),EMPTY)",
    "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3e5 -.4),MULTIPOINT((1 2),3 4))",
    "SRID=4490;CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))",
];

fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, (name, value)) in
        [("企业名称", "甲"), ("统一社会信用代码", "91310000MA1FL0000X"), ("税收", "1,234.5")].into_iter().enumerate()
    {
        let column = u16::try_from(column).expect("three columns");
        sheet.write(0, column, name).and_then(|sheet| sheet.write(1, column, value)).expect("a cell");
    }
    sheet
        .write(1, 3, 0.5)
        .and_then(|sheet| sheet.merge_range(3, 0, 4, 1, "合并", &rust_xlsxwriter::Format::new()))
        .expect("a cell");
    book.save_to_buffer().expect("a workbook")
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file in the zip");
        zip.write_all(bytes).expect("a file in the zip");
    }
    zip.finish().expect("a zip").into_inner()
}

/// Polygons little-endian, with heights, with an SRID, and in a big-endian collection.
fn binaries(shapes: &[RawShape]) -> Vec<Vec<u8>> {
    let polygon = |kind: u32, srid: &[u8], heights: bool| {
        let mut bytes = [&[1][..], &kind.to_le_bytes(), srid].concat();
        let Some(RawShape::Parts(parts)) = shapes.iter().find(|shape| matches!(shape, RawShape::Parts(_))) else { return bytes };
        let rings = &parts[0];
        bytes.extend(u32::try_from(rings.len()).unwrap_or_default().to_le_bytes());
        for ring in rings {
            bytes.extend(u32::try_from(ring.len()).unwrap_or_default().to_le_bytes());
            for c in ring {
                bytes.extend([c.x.to_le_bytes(), c.y.to_le_bytes()].concat());
                if heights {
                    bytes.extend(4.5f64.to_le_bytes());
                }
            }
        }
        bytes
    };
    let point = [&[0, 0, 0, 0, 1][..], &1.5f64.to_be_bytes(), &2.5f64.to_be_bytes()].concat();
    let collection = [&[0, 0, 0, 0, 7, 0, 0, 0, 2][..], &point, &point].concat();
    let multi = [&[1, 6, 0, 0, 0, 1, 0, 0, 0][..], &polygon(3, &[], false)].concat();
    vec![polygon(3, &[], false), polygon(1003, &[], true), polygon(0x2000_0003, &4490u32.to_le_bytes(), false), multi, collection]
}
