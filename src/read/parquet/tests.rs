use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Schema, UInt64Type};
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use polars::prelude::AnyValue;

use super::*;

const SQUARE: &[u8] = &[1, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x60, 0x40, 0, 0, 0, 0, 0, 0, 0x3F, 0x40];

fn written(folder: &tempfile::TempDir, columns: Vec<(&str, ArrayRef)>, geo: Option<&str>) -> PathBuf {
    let path = folder.path().join("宗地.parquet");
    let fields: Vec<Field> = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, array)| array).collect()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    if let Some(geo) = geo {
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_owned()));
    }
    writer.close().unwrap();
    path
}

fn open_file(path: &Path) -> Result<Dataset> {
    read(path, &ReadOptions::default(), &|_| ())
}

#[test]
fn every_type_of_column_keeps_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    let record = StructArray::from(vec![
        (Arc::new(Field::new("名", DataType::Utf8, true)), Arc::new(StringArray::from(vec!["甲", "乙", "丙"])) as ArrayRef),
        (Arc::new(Field::new("n", DataType::Float64, true)), Arc::new(Float64Array::from(vec![1.5, 2.0, f64::NAN])) as ArrayRef),
    ]);
    let codes: DictionaryArray<Int32Type> = ["0601", "0602", "0601"].into_iter().collect();
    let columns: Vec<(&str, ArrayRef, [&str; 3])> = vec![
        ("i8", Arc::new(Int8Array::from(vec![Some(-1), None, Some(3)])), ["-1", "null", "3"]),
        (
            "i64",
            Arc::new(Int64Array::from(vec![i64::MIN, 9_007_199_254_740_993, 0])),
            ["-9223372036854775808", "9007199254740993", "0"],
        ),
        ("u32", Arc::new(UInt32Array::from(vec![u32::MAX, 0, 1])), ["4294967295", "0", "1"]),
        ("u64", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1])), ["\"18446744073709551615\"", "\"0\"", "\"1\""]),
        ("u64 small", Arc::new(PrimitiveArray::<UInt64Type>::from(vec![7, 0, 1])), ["7", "0", "1"]),
        ("f32", Arc::new(Float32Array::from(vec![0.5, 2.0, -1.25])), ["0.5", "2.0", "-1.25"]),
        ("yes", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])), ["true", "null", "false"]),
        ("view", Arc::new(StringViewArray::from(vec![Some("亩"), None, Some("")])), ["\"亩\"", "null", "\"\""]),
        ("codes", Arc::new(codes), ["\"0601\"", "\"0602\"", "\"0601\""]),
        (
            "money",
            Arc::new(Decimal128Array::from(vec![12345, -5, 0]).with_precision_and_scale(10, 2).unwrap()),
            ["123.45", "-0.05", "0.0"],
        ),
        (
            "exact",
            Arc::new(Decimal128Array::from(vec![12_345_678_901_234_567_890, 1, 0]).with_precision_and_scale(38, 3).unwrap()),
            ["\"12345678901234567.890\"", "\"0.001\"", "\"0.000\""],
        ),
        (
            "whole",
            Arc::new(Decimal128Array::from(vec![123_456_789_012_345_678, 1, 0]).with_precision_and_scale(18, 0).unwrap()),
            ["123456789012345678", "1", "0"],
        ),
        ("day", Arc::new(Date32Array::from(vec![Some(19_782), None, Some(-1)])), ["\"2024-02-29\"", "null", "\"1969-12-31\""]),
        (
            "time",
            Arc::new(TimestampMillisecondArray::from(vec![1_709_164_800_001, 0, 1]).with_timezone("Asia/Shanghai")),
            ["\"2024-02-29T00:00:00.001Z\"", "\"1970-01-01T00:00:00Z\"", "\"1970-01-01T00:00:00.001Z\""],
        ),
        ("bytes", Arc::new(BinaryArray::from(vec![&b"\x00\xff"[..], b"", b"\n"])), ["\"00ff\"", "\"\"", "\"0a\""]),
        ("list", Arc::new(list), ["\"[1,null]\"", "null", "\"[]\""]),
        (
            "record",
            Arc::new(record),
            ["\"{\"名\":\"甲\",\"n\":1.5}\"", "\"{\"名\":\"乙\",\"n\":2.0}\"", "\"{\"名\":\"丙\",\"n\":null}\""],
        ),
        ("nothing", Arc::new(NullArray::new(3)), ["null", "null", "null"]),
    ];
    let path = written(&folder, columns.iter().map(|(name, array, _)| (*name, Arc::clone(array))).collect(), None);
    let table = open_file(&path).unwrap();
    assert!(table.shapes.is_none() && table.faults.is_empty() && table.crs.is_none());
    for (name, _, wanted) in columns {
        let column = table.rows.column(name).unwrap();
        let found: Vec<String> = (0..3)
            .map(|row| match column.get(row).unwrap() {
                AnyValue::Null => "null".to_owned(),
                AnyValue::Float64(x) => format!("{x:?}"),
                AnyValue::String(text) => format!("\"{text}\""),
                other => other.to_string(),
            })
            .collect();
        assert_eq!(found, wanted, "{name}: {}", column.dtype());
    }
}

#[test]
fn the_reference_system_is_what_the_metadata_says() {
    let folder = tempfile::tempdir().unwrap();
    let of = |crs: &str| {
        let geo = format!(
            r#"{{"version":"1.1.0","primary_column":"形","columns":{{"形":{{"encoding":"WKB","geometry_types":[]{crs}}}}}}}"#
        );
        let shapes: ArrayRef = Arc::new(LargeBinaryArray::from(vec![Some(SQUARE), None]));
        let layer = open_file(&written(&folder, vec![("形", shapes)], Some(&geo))).unwrap();
        assert!(matches!(&layer.shapes.unwrap()[..], [RawShape::Parts(parts), RawShape::Missing] if parts[0][0][0].x == 128.0));
        assert!(layer.faults.is_empty() && layer.rows.width() == 0 && layer.rows.height() == 2);
        layer.crs
    };
    assert_eq!(of("").as_deref(), Some("OGC:CRS84"));
    assert_eq!(of(r#","crs":null"#), None);
    assert_eq!(of(r#","crs":{"type":"GeographicCRS","id":{"authority":"EPSG","code":4490}}"#).as_deref(), Some("EPSG:4490"));
    assert_eq!(
        of(r#","crs":{"type":"ProjectedCRS","name":"上海城建"}"#).as_deref(),
        Some(r#"{"type":"ProjectedCRS","name":"上海城建"}"#)
    );
}

#[test]
fn a_column_called_geometry_is_taken_as_wkb_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let shapes: ArrayRef = Arc::new(BinaryArray::from(vec![Some(SQUARE), Some(&b"oops"[..]), None]));
    let layer = open_file(&written(&folder, vec![("Geometry", shapes)], None)).unwrap();
    assert!(matches!(&layer.shapes.unwrap()[..], [RawShape::Parts(_), RawShape::Unreadable(_), RawShape::Missing]));
    assert!(matches!(&layer.faults[..], [fault] if fault.code == Code::FilePartMissing && fault.detail.en.contains("Geometry")));
    assert_eq!(layer.crs, None);
}

/// Lists of `lengths` members over `values`.
fn lists(values: ArrayRef, lengths: &[usize], nulls: Option<Vec<bool>>) -> ArrayRef {
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths.iter().copied()), values, nulls.map(NullBuffer::from)))
}

#[test]
fn native_encodings_and_the_covering_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let count = 9u8;
    let side = |from: f64| Arc::new(Float64Array::from_iter_values((0..count).map(|n| from + f64::from(n)))) as ArrayRef;
    let coords = |names: &[&str]| {
        let fields: Fields = names.iter().map(|name| Field::new(*name, DataType::Float64, false)).collect();
        Arc::new(StructArray::new(fields, names.iter().zip([121.0, 31.0, 5.0]).map(|(_, from)| side(from)).collect(), None))
            as ArrayRef
    };
    let geo = |encoding: &str| {
        format!(
            r#"{{"version":"1.1.0","primary_column":"g","columns":{{"g":{{"encoding":"{encoding}","geometry_types":[],"covering":{{"bbox":{{"xmin":["bbox","xmin"]}}}}}}}}}}"#
        )
    };
    let bbox = |rows: usize| {
        let fields: Fields = vec![Field::new("xmin", DataType::Float64, true)].into();
        Arc::new(StructArray::new(fields, vec![Arc::new(Float64Array::from(vec![0.0; rows])) as ArrayRef], None)) as ArrayRef
    };
    let read = |encoding: &str, column: ArrayRef| {
        let rows = column.len();
        open_file(&written(&folder, vec![("bbox", bbox(rows)), ("g", column)], Some(&geo(encoding)))).unwrap()
    };
    // Rings of 4, 3 and 2 positions; polygons of 2 and 1 ring, and a missing one.
    let polygons = lists(lists(coords(&["x", "y", "z"]), &[4, 3, 2], None), &[2, 1, 0], Some(vec![true, true, false]));
    let layer = read("polygon", Arc::clone(&polygons));
    assert_eq!(layer.rows.width(), 0);
    let sizes = |shape: &RawShape| match shape {
        RawShape::Parts(parts) => parts.iter().map(|part| part.iter().map(Vec::len).collect()).collect::<Vec<Vec<usize>>>(),
        _ => panic!("{shape:?}"),
    };
    let shapes = layer.shapes.unwrap();
    assert_eq!((sizes(&shapes[0]), sizes(&shapes[1])), (vec![vec![4, 3]], vec![vec![2]]));
    assert_eq!(shapes[2], RawShape::Missing);
    assert_eq!(shapes[1].first_position(), Some(geo::Coord { x: 128.0, y: 38.0 }));
    assert!(matches!(&layer.faults[..], [fault] if fault.code == Code::HeightDropped && fault.detail.en == "2 shapes"));
    let multi = lists(lists(lists(coords(&["x", "y"]), &[4, 3, 2], None), &[2, 1], None), &[2], None);
    assert_eq!(sizes(&read("multipolygon", multi).shapes.unwrap()[0]), vec![vec![4, 3], vec![2]]);
    assert_eq!(read("point", coords(&["x", "y"])).shapes.unwrap()[2].type_name(), "Point");
    assert_eq!(read("linestring", lists(coords(&["x", "y"]), &[9], None)).shapes.unwrap()[0].positions().len(), 9);
    assert_eq!(read("multipoint", lists(coords(&["x", "y"]), &[9], None)).shapes.unwrap()[0].type_name(), "MultiPoint");
    let lines = lists(lists(coords(&["x", "y"]), &[5, 4], None), &[2], None);
    assert_eq!(read("multilinestring", lines).shapes.unwrap()[0].type_name(), "MultiLineString");
    // The metadata promises what the column is not.
    assert!(matches!(read("multipolygon", polygons).shapes.unwrap()[0], RawShape::Unreadable(_)));
}

#[test]
fn damage_anywhere_is_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values((0..3000).map(|n| format!("宗地{n}"))));
    let shapes: ArrayRef = Arc::new(BinaryArray::from_iter_values((0..3000).map(|_| SQUARE)));
    let path = written(&folder, vec![("id", ids), ("geometry", shapes)], None);
    let whole = std::fs::read(&path).unwrap();
    let broken = folder.path().join("broken.parquet");
    for n in 0..64 {
        std::fs::write(&broken, &whole[..whole.len() * n / 64]).unwrap();
        assert_eq!(open_file(&broken).unwrap_err().file(), Some(broken.as_path()));
        let mut flipped = whole.clone();
        let at = (whole.len() * n / 64 + 13 * n) % whole.len();
        flipped[at] ^= 1 << (n % 8);
        std::fs::write(&broken, &flipped).unwrap();
        if let Ok(layer) = open_file(&broken) {
            assert_eq!(layer.shapes.map_or(layer.rows.height(), |shapes| shapes.len()), layer.rows.height());
        }
    }
}

#[test]
fn a_small_file_that_unpacks_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    // One text of ten kilobytes, in a dictionary, for 20,000 rows: two hundred megabytes.
    let long = "亩".repeat(3_400);
    let texts: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let keys = Int32Array::from(vec![0; 20_000]);
    let path = written(&folder, vec![("t", Arc::new(DictionaryArray::new(keys, texts)))], None);
    assert!(std::fs::metadata(&path).unwrap().len() < 64 << 10);
    let error = read_file(&path, 32 << 20, &|_| ()).unwrap_err().to_string();
    assert!(error.contains("more than a hundred times its size"), "{error}");
}
