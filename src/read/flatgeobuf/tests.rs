use flatgeobuf::geozero::{ColumnValue, GeomProcessor, PropertyProcessor};
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType, GeozeroGeometry};
use std::path::PathBuf;

use super::*;

/// A square at a distance, with heights where asked, as the library of another hand writes it.
struct Square(f64, bool);

impl GeozeroGeometry for Square {
    fn process_geom<P: GeomProcessor>(&self, to: &mut P) -> flatgeobuf::geozero::error::Result<()> {
        to.polygon_begin(true, 2, 0)?;
        for (ring, size) in [(0, 1.0), (1, 0.5)] {
            to.linestring_begin(false, 4, ring)?;
            for (n, (x, y)) in [(0.0, 0.0), (size, 0.0), (size, size), (0.0, 0.0)].into_iter().enumerate() {
                let z = self.1.then_some(7.5);
                to.coordinate(self.0 + x, 31.0 + y, z, None, None, None, n)?;
            }
            to.linestring_end(false, ring)?;
        }
        to.polygon_end(true, 0)
    }
}

fn written(folder: &tempfile::TempDir, rows: usize, heights: bool, indexed: bool) -> PathBuf {
    let path = folder.path().join("宗地.fgb");
    let options = FgbWriterOptions {
        write_index: indexed,
        promote_to_multi: false,
        has_z: heights,
        crs: FgbCrs { code: 4490, ..FgbCrs::default() },
        ..FgbWriterOptions::default()
    };
    let mut writer = FgbWriter::create_with_options("地块", GeometryType::Polygon, options).unwrap();
    let kinds = [
        ("b", ColumnType::Byte),
        ("ub", ColumnType::UByte),
        ("yes", ColumnType::Bool),
        ("s", ColumnType::Short),
        ("us", ColumnType::UShort),
        ("i", ColumnType::Int),
        ("ui", ColumnType::UInt),
        ("l", ColumnType::Long),
        ("ul", ColumnType::ULong),
        ("f", ColumnType::Float),
        ("d", ColumnType::Double),
        ("名", ColumnType::String),
        ("j", ColumnType::Json),
        ("t", ColumnType::DateTime),
        ("x", ColumnType::Binary),
        ("none", ColumnType::Int),
        ("名", ColumnType::String),
    ];
    for (name, kind) in kinds {
        writer.add_column(name, kind, |_, _| {});
    }
    for row in 0..rows {
        let at = f64::from(u32::try_from(row).unwrap());
        writer
            .add_feature_geom(Square(at, heights), |to| {
                let values = [
                    ColumnValue::Byte(-1),
                    ColumnValue::UByte(255),
                    ColumnValue::Bool(true),
                    ColumnValue::Short(-2),
                    ColumnValue::UShort(65_535),
                    ColumnValue::Int(-3),
                    ColumnValue::UInt(u32::MAX),
                    ColumnValue::Long(i64::MAX),
                    ColumnValue::ULong(u64::MAX),
                    ColumnValue::Float(0.5),
                    ColumnValue::Double(at),
                    ColumnValue::String("亩"),
                    ColumnValue::Json("{}"),
                    ColumnValue::DateTime("2024-02-29T00:00:00Z"),
                    ColumnValue::Binary(&[0, 255]),
                ];
                for (n, value) in values.iter().enumerate() {
                    to.property(n, "", value).unwrap();
                }
            })
            .unwrap();
    }
    writer.write(File::create(&path).unwrap()).unwrap();
    path
}

fn open_file(path: &Path) -> Result<Dataset> {
    read(path, &ReadOptions::default(), &|_| ())
}

#[test]
fn what_the_library_of_another_hand_writes_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for (rows, heights, indexed) in [(1, false, true), (16, true, true), (17, false, true), (300, true, false), (0, false, true)]
    {
        let path = written(&folder, rows, heights, indexed);
        assert_eq!(layers(&path).unwrap(), ["地块"]);
        let layer = open_file(&path).unwrap();
        assert_eq!((layer.rows.height(), layer.crs.as_deref()), (rows, Some("EPSG:4490")));
        assert_eq!(layer.rows.get_column_names().last().unwrap().as_str(), "名_2");
        let wanted_heights = (heights && rows > 0).then(|| (Code::HeightDropped, format!("{rows} shapes")));
        let found: Vec<_> = layer.faults.iter().map(|f| (f.code, f.detail.en.clone())).collect();
        assert_eq!(found, [vec![(Code::HeaderRepeated, "名".to_owned())], Vec::from_iter(wanted_heights)].concat());
        for (n, shape) in layer.shapes.unwrap().into_iter().enumerate() {
            let at = layer.rows.column("d").unwrap().f64().unwrap().get(n).unwrap();
            let RawShape::Parts(parts) = shape else { panic!() };
            assert_eq!(parts[0].iter().map(Vec::len).collect::<Vec<_>>(), [4, 4]);
            assert_eq!(parts[0][1][2], geo::Coord { x: at + 0.5, y: 31.5 });
        }
        if rows > 0 {
            let text: Vec<String> = layer.rows.get(0).unwrap().iter().map(|value| value.str_value().into_owned()).collect();
            assert_eq!(
                text[..10],
                ["-1", "255", "true", "-2", "65535", "-3", "4294967295", "9223372036854775807", "18446744073709551615", "0.5"]
            );
            assert_eq!(text[11..15], ["亩", "{}", "2024-02-29T00:00:00Z", "00ff"]);
            assert_eq!(layer.rows.column("none").unwrap().i64().unwrap().null_count(), rows);
        }
    }
}

#[test]
fn damage_anywhere_is_an_error_or_a_fault_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(written(&folder, 200, false, true)).unwrap();
    let broken = folder.path().join("broken.fgb");
    let mut kept = 0;
    for n in 0..64 {
        std::fs::write(&broken, &whole[..whole.len() * n / 64]).unwrap();
        match open_file(&broken) {
            Err(error) => assert_eq!(error.file(), Some(broken.as_path())),
            Ok(layer) => {
                assert!(layer.faults.iter().any(|fault| fault.code == Code::FileTruncated), "{n}/64 was taken for whole");
                assert_eq!(layer.shapes.unwrap().len(), layer.rows.height());
                kept += 1;
            }
        }
        let mut flipped = whole.clone();
        let at = (whole.len() * n / 64 + 7 * n) % whole.len();
        flipped[at] ^= 1 << (n % 8);
        std::fs::write(&broken, &flipped).unwrap();
        if let Ok(layer) = open_file(&broken) {
            assert_eq!(layer.shapes.unwrap().len(), layer.rows.height());
        }
    }
    assert!(kept > 20, "rows before the cut are kept");
}

#[test]
fn sizes_that_lie_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(written(&folder, 3, false, false)).unwrap();
    let path = folder.path().join("lie.fgb");
    let header = usize::try_from(u32::from_le_bytes([whole[8], whole[9], whole[10], whole[11]])).unwrap();
    let mut lie = whole.clone();
    lie[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    std::fs::write(&path, &lie).unwrap();
    assert!(open_file(&path).unwrap_err().to_string().contains("4294967295"));
    let mut lie = whole;
    lie[12 + header..16 + header].copy_from_slice(&u32::MAX.to_le_bytes());
    std::fs::write(&path, &lie).unwrap();
    let layer = open_file(&path).unwrap();
    assert!(layer.faults.iter().any(|fault| fault.code == Code::FileTruncated && fault.detail.en.contains("4294967295")));
    assert_eq!(layer.rows.height(), 0);
    assert_eq!(index_size(u64::MAX, 2), None);
    assert_eq!((index_size(1, 16), index_size(17, 16), index_size(5, 0)), (Some(80), Some(800), Some(0)));
}

#[test]
fn parts_that_share_their_coordinates_are_no_more_than_the_bytes_hold() {
    use flatgeobuf::{Geometry, GeometryArgs, size_prefixed_root_as_feature};
    let mut buffer = flatbuffers::FlatBufferBuilder::new();
    let xy = Some(buffer.create_vector(&[0.0; 2000]));
    let part = Geometry::create(&mut buffer, &GeometryArgs { xy, ..GeometryArgs::default() });
    let parts = Some(buffer.create_vector(&vec![part; 10_000]));
    let geometry = Some(Geometry::create(&mut buffer, &GeometryArgs { parts, ..GeometryArgs::default() }));
    let feature = flatgeobuf::Feature::create(&mut buffer, &flatgeobuf::FeatureArgs { geometry, ..Default::default() });
    buffer.finish_size_prefixed(feature, None);
    let bytes = buffer.finished_data();
    let feature = size_prefixed_root_as_feature(bytes).unwrap();
    let parsed = geometry::parse(&feature.geometry().unwrap(), GeometryType::MultiPolygon, bytes.len());
    assert!(matches!(parsed.shape, RawShape::Unreadable(why) if why.contains("more positions")));
}
