//! Real files, damaged files, zips.

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use geo::{Area, LineString, MultiPolygon, Polygon};
use polars::prelude::*;

use super::*;
use crate::crs::Crs;
use crate::model::Ring;
use crate::read::dataset::Evidence;
use crate::write;

/// A folder of `../shared`; without it the test is skipped and says so.
fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let path = root.join("../shared/data").join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: ../shared/data/{name} is not there");
    None
}

fn open(path: &Path) -> Dataset {
    read(path, &ReadOptions::default(), &|_| ()).unwrap()
}

fn codes(read: &Dataset) -> Vec<Code> {
    read.faults.iter().map(|fault| fault.code).collect()
}

fn polygons(shape: &RawShape) -> MultiPolygon {
    let RawShape::Parts(parts) = shape else { panic!("{shape:?}") };
    let polygon = |part: &Vec<Ring>| {
        let mut rings = part.iter().map(|ring| LineString(ring.clone()));
        Polygon::new(rings.next().unwrap(), rings.collect())
    };
    MultiPolygon(parts.iter().map(polygon).collect())
}

fn area(shapes: &[RawShape]) -> f64 {
    shapes.iter().map(|shape| polygons(shape).unsigned_area()).sum()
}

fn texts<'a>(read: &'a Dataset, column: &str) -> Vec<Option<&'a str>> {
    read.rows.column(column).unwrap().str().unwrap().iter().collect()
}

// The figures of the real files are pyogrio's (GDAL's), with GEOS for areas.

#[test]
fn a_gbk_layer_without_a_cpg_is_read_in_chinese() {
    let Some(folder) = shared("gbk_shapefile") else { return };
    let read = open(&folder.join("chinese_poly.shp"));
    assert_eq!(texts(&read, "NAME"), [Some("黑龙江省")]);
    assert_eq!(read.rows.column("ADCODE99").unwrap().i64().unwrap().get(0), Some(230_000));
    assert_eq!(read.encoding.as_ref().unwrap().name, "GBK");
    assert!(read.crs.as_ref().unwrap().starts_with("GEOGCS[\"GCS_WGS_1984\""));
    assert!((area(read.shapes.as_ref().unwrap()) - 53.955_565_286_218_19).abs() < 1e-9);
    assert_eq!(codes(&read), [Code::EncodingGuessed]);
}

#[test]
fn a_cyrillic_layer_is_read_by_its_cpg() {
    let Some(folder) = shared("gbk_shapefile") else { return };
    let read = open(&folder.join("rus-windows-1251.shp"));
    assert_eq!(texts(&read, "TEXT"), [Some("Кириллица"), Some("Смешаный 12345")]);
    assert_eq!(read.encoding.as_ref().unwrap().name, "windows-1251");
    assert_eq!(codes(&read), []);
    let told = ReadOptions { encoding: Some("GBK".to_owned()), ..ReadOptions::default() };
    let told = super::read(&folder.join("rus-windows-1251.shp"), &told, &|_| ()).unwrap();
    assert_eq!(told.encoding.unwrap().evidence, Evidence::Told);
}

#[test]
fn damaged_and_incomplete_layers_keep_their_rows() {
    let Some(folder) = shared("gbk_shapefile") else { return };
    let touching = open(&folder.join("holeTouchEdge.shp"));
    let shapes = touching.shapes.as_ref().unwrap();
    assert_eq!(polygons(&shapes[0]).0[0].interiors().len(), 1);
    assert!((area(shapes) - 1_815_213.302_124_570_8).abs() < 1e-3);
    assert_eq!(touching.rows.column("AREA").unwrap().f64().unwrap().get(0), Some(1_815_213.25));
    let two = open(&folder.join("polygontest.shp"));
    assert!((area(two.shapes.as_ref().unwrap()) - 0.428_324_027_709_766_7).abs() < 1e-12);
    assert_eq!(two.rows.column("ID").unwrap().i64().unwrap().iter().collect::<Vec<_>>(), [Some(0), Some(0)]);
    let alone = open(&folder.join("extraAtEnd.shp"));
    assert_eq!((alone.rows.height(), alone.rows.width(), alone.shapes.as_ref().unwrap().len()), (3, 0, 3));
    // GDAL refuses this one; the area is by hand.
    assert!((area(alone.shapes.as_ref().unwrap()) - 0.2465960478602392).abs() < 1e-12);
    assert!(
        codes(&alone).contains(&Code::FilePartMissing) && codes(&alone).contains(&Code::FileCountDiffers),
        "{:?}",
        alone.faults
    );
    // The table alone.
    let table = open(&folder.join("chinese_poly.dbf"));
    assert!(table.shapes.is_none());
    assert_eq!(texts(&table, "NAME"), [Some("黑龙江省")]);
}

#[test]
fn seattle_zoning_agrees_with_gdal() {
    let Some(folder) = shared("seattle_zoning") else { return };
    let read = open(&folder.join("City_of_Seattle_Zoning.shp"));
    let shapes = read.shapes.as_ref().unwrap();
    assert_eq!((read.rows.height(), read.rows.width(), shapes.len()), (2571, 23, 2571));
    assert_eq!(codes(&read), []);
    let shapes: Vec<MultiPolygon> = shapes.iter().map(polygons).collect();
    assert_eq!(shapes.iter().filter(|shape| shape.0.len() > 1).count(), 121);
    assert_eq!(shapes.iter().map(|shape| shape.0.len()).sum::<usize>(), 3012);
    assert_eq!(shapes.iter().flat_map(|shape| &shape.0).map(|part| part.interiors().len()).sum::<usize>(), 89);
    let total: f64 = shapes.iter().map(Area::unsigned_area).sum();
    assert!((total - 0.053_576_894_088_570_06).abs() < 1e-12, "{total}");
    assert!((shapes[1313].unsigned_area() - 0.014_220_169_442_590_254).abs() < 1e-14);
    let missing = |column: &str| read.rows.column(column).unwrap().null_count();
    let kinds = |column: &str| read.rows.column(column).unwrap().n_unique().unwrap();
    assert_eq!((missing("ZONING"), kinds("ZONING")), (3, 217)); // GDAL's 216 and the missing one
    assert_eq!((missing("CONTRACT"), kinds("CONTRACT")), (2159, 166));
    assert_eq!((missing("EFFECTIVE"), kinds("EFFECTIVE")), (343, 126));
    assert_eq!(missing("VILLAGE"), 2571);
    let sum = |column: &str| read.rows.column(column).unwrap().cast(&DataType::Float64).unwrap().f64().unwrap().sum().unwrap();
    assert!((sum("ZONEID") - 4_839_908.0).abs() < 1e-6 && (sum("SYMBOL") - 237_459.0).abs() < 1e-6);
    assert!((sum("SHAPE_Leng") - 34.853_380_203_716_06).abs() < 1e-9);
    assert_eq!(texts(&read, "EFFECTIVE")[0], Some("1998-12-12"));
    assert_eq!(texts(&read, "ZONELUT_DE")[1000], Some("Downtown Mixed Residential/Residential"));
}

/// A layer of `rows` squares, some with a hole, as its files.
fn sample(rows: u32) -> Parts {
    let square = |x: f64, size: f64| {
        vec![(x, 0.0), (x, size), (x + size, size), (x + size, 0.0), (x, 0.0)]
            .into_iter()
            .map(|(x, y)| geo::Coord { x, y })
            .collect::<Ring>()
    };
    let hole = |x: f64| square(x, 3.0).into_iter().rev().map(|c| geo::Coord { x: c.x + 1.0, y: c.y + 1.0 }).collect::<Ring>();
    let shapes: Vec<RawShape> = (0..rows)
        .map(|n| {
            let x = f64::from(n) * 20.0;
            if n % 3 == 0 {
                RawShape::Parts(vec![vec![square(x, 10.0), hole(x)]])
            } else {
                RawShape::Parts(vec![vec![square(x, 10.0)]])
            }
        })
        .collect();
    let table = df!(
        "名称" => (0..rows).map(|n| format!("第{n}号工业用地")).collect::<Vec<_>>(),
        "n" => (0..rows).map(i64::from).collect::<Vec<_>>(),
        "x" => (0..rows).map(|n| f64::from(n) / 4.0).collect::<Vec<_>>(),
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.shp");
    let layer = write::Layer { name: "sample", rows: &table, shapes: Some(&shapes), crs: &Crs::Geographic };
    write::write(&[layer], write::Format::Shapefile, &path).unwrap();
    set::open(&path).unwrap()
}

fn put_together(parts: &Parts) -> Result<Dataset> {
    assemble(parts, &ReadOptions::default(), &|_| ())
}

#[test]
fn a_file_cut_anywhere_keeps_every_row_before_the_cut() {
    let whole = sample(40);
    let all = put_together(&whole).unwrap();
    assert_eq!(codes(&all), []);
    for n in 0..64 {
        for part in ["shp", "shx", "dbf"] {
            let mut cut = whole.clone();
            let bytes = match part {
                "shp" => cut.shp.as_mut(),
                "shx" => cut.shx.as_mut(),
                _ => cut.dbf.as_mut(),
            };
            let bytes = bytes.unwrap();
            bytes.truncate(bytes.len() * n / 64);
            let read = put_together(&cut).unwrap_or_else(|e| panic!("{part} at {n}/64: {e}"));
            let shapes = read.shapes.as_ref().unwrap();
            assert_eq!((read.rows.height(), shapes.len()), (40, 40), "{part} at {n}/64");
            assert!(!read.faults.is_empty(), "{part} at {n}/64");
            let same = shapes.iter().zip(all.shapes.as_ref().unwrap()).take_while(|(a, b)| a == b).count();
            if part == "shp" {
                assert!(same + 4 >= 40 * n / 64, "{part} at {n}/64: {same} shapes");
                assert!(read.rows.equals_missing(&all.rows));
            } else {
                assert_eq!(same, 40, "{part} at {n}/64");
            }
            if part == "dbf" && n > 8 {
                let name = read.rows.column("n").unwrap().i64().unwrap().iter().flatten().count();
                assert!(name + 5 >= 40 * n / 64, "{part} at {n}/64: {name} rows");
            }
        }
    }
}

#[test]
fn no_flipped_bit_panics_or_parts_rows_from_shapes() {
    let whole = sample(6);
    let (mut same, mut tried) = (0usize, 0usize);
    for part in ["shp", "shx", "dbf", "prj"] {
        let bytes = |parts: &Parts| match part {
            "shp" => parts.shp.clone(),
            "shx" => parts.shx.clone(),
            "dbf" => parts.dbf.clone(),
            _ => parts.prj.clone(),
        };
        let bits = bytes(&whole).unwrap().len() * 8;
        for bit in (0..bits).step_by(7) {
            let mut flipped = bytes(&whole).unwrap();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let mut parts = whole.clone();
            match part {
                "shp" => parts.shp = Some(flipped),
                "shx" => parts.shx = Some(flipped),
                "dbf" => parts.dbf = Some(flipped),
                _ => parts.prj = Some(flipped),
            }
            tried += 1;
            // A name column of no known type, a broken signature: an error is an answer too.
            let Ok(read) = put_together(&parts) else { continue };
            let shapes = read.shapes.unwrap();
            assert_eq!(read.rows.height(), shapes.len(), "{part} bit {bit}");
            same += usize::from(shapes.len() == 6);
        }
    }
    assert!(same * 100 > tried * 97, "{same} of {tried} keep their six rows");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn no_bytes_panic_or_part_rows_from_shapes(
        hits in proptest::collection::vec((0usize..3, proptest::prelude::any::<usize>(), proptest::prelude::any::<u8>()), 1..40)
    ) {
        let mut parts = sample(5);
        for (part, at, byte) in hits {
            let bytes = [&mut parts.shp, &mut parts.shx, &mut parts.dbf][part].as_mut().unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Ok(read) = put_together(&parts) {
            proptest::prop_assert_eq!(read.rows.height(), read.shapes.unwrap().len());
        }
    }
}

#[test]
fn stars_are_missing_numbers_as_gdal_writes_them() {
    let mut parts = sample(3);
    let dbf = parts.dbf.as_mut().unwrap();
    let end = dbf.len() - 1;
    let (n, x) = (1, 4);
    dbf[end - x..end].fill(b'*');
    dbf[end - x - n..end - x].fill(b'*');
    let read = put_together(&parts).unwrap();
    assert_eq!(read.rows.column("n").unwrap().i64().unwrap().iter().collect::<Vec<_>>(), [Some(0), Some(1), None]);
    assert_eq!(read.rows.column("x").unwrap().f64().unwrap().iter().collect::<Vec<_>>(), [Some(0.0), Some(0.25), None]);
    assert_eq!(codes(&read), [Code::ValueMark, Code::ValueMark]);
}

#[test]
fn deleted_rows_go_with_their_shapes_and_are_told() {
    let whole = sample(6);
    let mut parts = whole.clone();
    let dbf = parts.dbf.as_mut().unwrap();
    let (begin, width) = (usize::from(u16::from_le_bytes([dbf[8], dbf[9]])), usize::from(u16::from_le_bytes([dbf[10], dbf[11]])));
    dbf[begin + 2 * width] = b'*';
    let (all, read) = (put_together(&whole).unwrap(), put_together(&parts).unwrap());
    assert_eq!(read.rows.column("n").unwrap().i64().unwrap().iter().flatten().collect::<Vec<_>>(), [0, 1, 3, 4, 5]);
    let mut shapes = all.shapes.unwrap();
    shapes.remove(2);
    assert_eq!(read.shapes.unwrap(), shapes);
    assert!(
        matches!(&read.faults[..], [fault] if fault.code == Code::RowDeleted && fault.detail.en.contains("records 3")),
        "{:?}",
        read.faults
    );
}

#[test]
fn a_wrong_cpg_is_contradicted_and_cut_text_is_told() {
    let mut dbf = vec![3, 126, 1, 1];
    dbf.extend(2u32.to_le_bytes());
    dbf.extend(65u16.to_le_bytes());
    dbf.extend(8u16.to_le_bytes());
    dbf.resize(32, 0);
    dbf.extend(encoding_rs::GBK.encode("使用权人").0.iter());
    dbf.resize(43, 0);
    dbf.extend(b"C\0\0\0\0\x07\0");
    dbf.resize(64, 0);
    dbf.push(0x0D);
    for text in ["上海公司", "浦东新区"] {
        dbf.push(b' ');
        dbf.extend(&encoding_rs::GBK.encode(text).0[..7]);
    }
    let parts = Parts { dbf: Some(dbf), cpg: Some(b"UTF-8".to_vec()), ..Parts::default() };
    let read = put_together(&parts).unwrap();
    assert_eq!(texts(&read, "使用权人"), [Some("上海公"), Some("浦东新")]);
    assert_eq!(codes(&read), [Code::EncodingConflict, Code::TextCut, Code::TextCut]);
    assert_eq!(read.faults[2].row, Some(1));
}

/// A zip of the sample under `root`, with every part deflated.
fn zipped(root: &str, parts: &Parts) -> Vec<u8> {
    let mut zip = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Deflated);
    for (ending, bytes) in
        [("shp", &parts.shp), ("SHX", &parts.shx), ("Dbf", &parts.dbf), ("cpg", &parts.cpg), ("prj", &parts.prj)]
    {
        zip.start_file(format!("{root}.{ending}"), options).unwrap();
        zip.write_all(bytes.as_ref().unwrap()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn zip_file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

#[test]
fn a_layer_in_a_zip_reads_as_it_does_in_a_folder() {
    let parts = sample(5);
    let expected = put_together(&parts).unwrap();
    for root in ["sample", "成果/sample", "../../sample", "/etc/sample"] {
        let file = zip_file(&zipped(root, &parts));
        assert_eq!(layers(file.path()).unwrap(), ["sample"]);
        let read = open(file.path());
        assert!(read.rows.equals_missing(&expected.rows) && read.shapes == expected.shapes, "{root}");
        assert_eq!((read.name.as_str(), codes(&read)), ("sample", vec![]), "{root}");
    }
}

#[test]
fn names_in_gbk_without_the_mark_are_read() {
    let mut zip = zipped("AAAABBBB", &sample(2));
    let name = encoding_rs::GBK.encode("工业用地").0.into_owned();
    for at in 0..zip.len() - name.len() {
        if &zip[at..at + name.len()] == b"AAAABBBB" {
            zip[at..at + name.len()].copy_from_slice(&name);
        }
    }
    let file = zip_file(&zip);
    assert_eq!(layers(file.path()).unwrap(), ["工业用地"]);
    let read = read(file.path(), &ReadOptions { layer: Some("工业用地".to_owned()), encoding: None }, &|_| ()).unwrap();
    assert_eq!(read.rows.height(), 2);
}

#[test]
fn one_of_several_layers_must_be_named_and_other_formats_are_read_too() {
    let mut zip = ::zip::ZipWriter::new_append(Cursor::new(zipped("sample", &sample(3)))).unwrap();
    zip.start_file("b/parks.geojson", ::zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"p"},"geometry":null}]}"#)
        .unwrap();
    let file = zip_file(&zip.finish().unwrap().into_inner());
    assert_eq!(layers(file.path()).unwrap(), ["sample", "parks.geojson"]);
    let why = read(file.path(), &ReadOptions::default(), &|_| ()).unwrap_err().to_string();
    assert!(why.contains("sample, parks.geojson"), "{why}");
    let parks = ReadOptions { layer: Some("parks.geojson".to_owned()), encoding: None };
    let parks = read(file.path(), &parks, &|_| ()).unwrap();
    // "sample.geojson" beside "sample.shp" would be another layer of its stem.
    assert_eq!((texts(&parks, "id"), parks.name.as_str()), (vec![Some("p")], "parks.geojson"));
    let none = ReadOptions { layer: Some("roads".to_owned()), encoding: None };
    assert!(read(file.path(), &none, &|_| ()).unwrap_err().to_string().contains("no layer \"roads\""));
}

#[test]
fn a_zip_that_swells_or_is_damaged_is_refused() {
    let mut zip = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Deflated);
    zip.start_file("bomb.shp", options).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..80 {
        zip.write_all(&zeros).unwrap();
    }
    let bomb = zip_file(&zip.finish().unwrap().into_inner());
    let why = read(bomb.path(), &ReadOptions::default(), &|_| ()).unwrap_err().to_string();
    assert!(why.contains("far more") && why.contains("bomb.shp"), "{why}");
    let whole = zipped("sample", &sample(3));
    for n in 1..16 {
        let cut = zip_file(&whole[..whole.len() * n / 16]);
        assert!(read(cut.path(), &ReadOptions::default(), &|_| ()).is_err(), "cut at {n}/16");
        let mut flipped = whole.clone();
        flipped[whole.len() * n / 16] ^= 0x10;
        // The checksum finds most; none may panic.
        let _ = read(zip_file(&flipped).path(), &ReadOptions::default(), &|_| ());
    }
}
