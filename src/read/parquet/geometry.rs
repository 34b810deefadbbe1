//! Which column holds the shapes, in which encoding and coordinate reference system, and the shapes themselves.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type};
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::LogicalType;
use serde_json::Value;

use crate::finding::{Detail, detail};
use crate::model::{RawShape, Ring};
use crate::read::wkb::{self, Parsed};

/// What GeoParquet takes for granted where no system is named.
const DEFAULT_CRS: &str = "OGC:CRS84";

/// Names of a column that may hold WKB though nothing says so.
const GUESSES: [&str; 6] = ["geometry", "geom", "wkb_geometry", "the_geom", "shape", "wkb"];

/// The shapes of a file.
pub(super) struct Described {
    /// Number of the column.
    pub geometry: usize,
    pub encoding: Encoding,
    pub crs: Option<String>,
    /// Number of the column of boxes, which repeats what the shapes say.
    pub covering: Option<usize>,
}

/// How a column holds shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Wkb,
    Point,
    LineString,
    Polygon,
    MultiPoint,
    MultiLineString,
    MultiPolygon,
    /// An encoding that nobody knows.
    Unknown,
}

/// Where the shapes are: as the `geo` metadata says, else as the type of a column says, else by its name, with a word about that.
pub(super) fn described(metadata: &ArrowReaderMetadata) -> (Option<Described>, Option<Detail>) {
    if let Some(described) = by_metadata(metadata).or_else(|| by_type(metadata)) {
        return (Some(described), None);
    }
    let schema = metadata.schema();
    let guess = GUESSES.iter().find_map(|name| {
        schema.fields().iter().position(|field| field.name().eq_ignore_ascii_case(name) && is_binary(field.data_type()))
    });
    match guess {
        None => (None, None),
        Some(geometry) => {
            let why = detail!(
                "没有 \"geo\" 元数据：把“{}”列当作 WKB",
                "no \"geo\" metadata: the column \"{}\" was taken as WKB",
                schema.field(geometry).name()
            );
            (Some(Described { geometry, encoding: Encoding::Wkb, crs: None, covering: None }), Some(why))
        }
    }
}

/// By GeoParquet's own metadata.
fn by_metadata(metadata: &ArrowReaderMetadata) -> Option<Described> {
    let geo: Value = serde_json::from_str(&key(metadata, "geo")?).ok()?;
    let columns = geo["columns"].as_object()?;
    let position = |name: &str| metadata.schema().fields().iter().position(|field| field.name() == name);
    let primary = geo["primary_column"].as_str().filter(|name| position(name).is_some());
    let (name, column) = match primary.and_then(|name| columns.get(name).map(|column| (name, column))) {
        Some(found) => found,
        None => columns.iter().map(|(name, column)| (name.as_str(), column)).find(|(name, _)| position(name).is_some())?,
    };
    let crs = match column.get("crs") {
        None => Some(DEFAULT_CRS.to_owned()),
        Some(crs) => crs_name(crs),
    };
    let covering = column["covering"]["bbox"]["xmin"][0].as_str().and_then(position);
    let covering = covering.filter(|n| matches!(metadata.schema().field(*n).data_type(), DataType::Struct(_)));
    let encoding = encoding(column["encoding"].as_str().unwrap_or("WKB"));
    Some(Described { geometry: position(name)?, encoding, crs, covering })
}

/// By Parquet's own type of geometry.
fn by_type(metadata: &ArrowReaderMetadata) -> Option<Described> {
    let root = metadata.parquet_schema().root_schema();
    let found = root.get_fields().iter().enumerate().find_map(|(n, field)| match field.get_basic_info().logical_type_ref() {
        Some(LogicalType::Geometry(kind)) => Some((n, kind.crs.clone())),
        Some(LogicalType::Geography(kind)) => Some((n, kind.crs.clone())),
        _ => None,
    });
    let (geometry, crs) = found?;
    let crs = match crs {
        None => Some(DEFAULT_CRS.to_owned()),
        Some(crs) => match crs.split_once(':') {
            Some(("srid", code)) => Some(format!("EPSG:{code}")),
            Some(("projjson", name)) => key(metadata, name).and_then(|text| crs_name(&serde_json::from_str(&text).ok()?)),
            _ => crs_name(&serde_json::from_str(&crs).unwrap_or(Value::String(crs))),
        },
    };
    Some(Described { geometry, encoding: Encoding::Wkb, crs, covering: None })
}

/// A value among the metadata of the file.
fn key(metadata: &ArrowReaderMetadata, name: &str) -> Option<String> {
    let all = metadata.metadata().file_metadata().key_value_metadata()?;
    all.iter().find(|pair| pair.key == name).and_then(|pair| pair.value.clone())
}

/// A reference system given as PROJJSON: its code where it has one, else all of it.
fn crs_name(crs: &Value) -> Option<String> {
    match crs {
        Value::Null => None,
        Value::String(name) => Some(name.clone()),
        other => Some(match (&other["id"]["authority"], &other["id"]["code"]) {
            (Value::String(authority), Value::Number(code)) => format!("{authority}:{code}"),
            (Value::String(authority), Value::String(code)) => format!("{authority}:{code}"),
            _ => other.to_string(),
        }),
    }
}

fn encoding(name: &str) -> Encoding {
    match name.to_ascii_lowercase().as_str() {
        "wkb" => Encoding::Wkb,
        "point" => Encoding::Point,
        "linestring" => Encoding::LineString,
        "polygon" => Encoding::Polygon,
        "multipoint" => Encoding::MultiPoint,
        "multilinestring" => Encoding::MultiLineString,
        "multipolygon" => Encoding::MultiPolygon,
        _ => Encoding::Unknown,
    }
}

fn is_binary(kind: &DataType) -> bool {
    matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// The shape in a row that has one.
pub(super) fn shape(array: &ArrayRef, row: usize, encoding: &Encoding) -> Parsed {
    let unreadable = |zh: &str, en: &str| Parsed { shape: RawShape::unreadable(Detail::new(zh, en)), heights: false };
    match encoding {
        Encoding::Wkb => match array.data_type() {
            DataType::Binary => wkb::parse(array.as_binary::<i32>().value(row)),
            DataType::LargeBinary => wkb::parse(array.as_binary::<i64>().value(row)),
            DataType::BinaryView => wkb::parse(array.as_binary_view().value(row)),
            DataType::FixedSizeBinary(_) => wkb::parse(array.as_fixed_size_binary().value(row)),
            _ => unreadable("图形列里不是二进制", "the column of the shapes holds no bytes"),
        },
        Encoding::Unknown => unreadable("编码不是 GeoParquet 的编码", "its encoding is none that GeoParquet knows"),
        native => {
            let mut heights = false;
            match native_shape(array, row, *native, &mut heights) {
                Some(shape) => Parsed { shape, heights },
                None => unreadable("图形列的结构与写明的编码不符", "the column of the shapes is not built as its encoding says"),
            }
        }
    }
}

/// A shape in lists of coordinates; `None` where the lists are nested otherwise.
fn native_shape(array: &ArrayRef, row: usize, encoding: Encoding, heights: &mut bool) -> Option<RawShape> {
    let one = array.slice(row, 1);
    let mut ring = |array: &ArrayRef| positions(array, heights);
    let other = |shape: Geometry| Some(RawShape::Other(Box::new(shape)));
    match encoding {
        Encoding::Point => other(Point(*ring(&one)?.first()?).into()),
        Encoding::LineString => other(LineString(ring(&members(&one, 0)?)?).into()),
        Encoding::MultiPoint => other(MultiPoint(ring(&members(&one, 0)?)?.into_iter().map(Point).collect()).into()),
        Encoding::MultiLineString => {
            other(MultiLineString(each(&members(&one, 0)?, ring)?.into_iter().map(LineString).collect()).into())
        }
        Encoding::Polygon => {
            let rings = each(&members(&one, 0)?, ring)?;
            Some(RawShape::Parts(if rings.is_empty() { Vec::new() } else { vec![rings] }))
        }
        Encoding::MultiPolygon => {
            let parts = members(&one, 0)?;
            let all = (0..parts.len()).map(|n| each(&members(&parts, n)?, &mut ring));
            Some(RawShape::Parts(all.collect::<Option<Vec<_>>>()?))
        }
        Encoding::Wkb | Encoding::Unknown => None,
    }
}

/// Each member of a list of lists.
fn each(lists: &ArrayRef, mut read: impl FnMut(&ArrayRef) -> Option<Ring>) -> Option<Vec<Ring>> {
    (0..lists.len()).map(|n| read(&members(lists, n)?)).collect()
}

/// The members of one list.
fn members(lists: &ArrayRef, row: usize) -> Option<ArrayRef> {
    match lists.data_type() {
        DataType::List(_) => Some(lists.as_list::<i32>().value(row)),
        DataType::LargeList(_) => Some(lists.as_list::<i64>().value(row)),
        DataType::FixedSizeList(_, _) => Some(lists.as_fixed_size_list().value(row)),
        _ => None,
    }
}

/// Coordinates as records of x and y.
fn positions(coords: &ArrayRef, heights: &mut bool) -> Option<Ring> {
    let record = coords.as_struct_opt()?;
    let side = |name: &str| record.column_by_name(name)?.as_primitive_opt::<Float64Type>();
    let (x, y) = (side("x")?, side("y")?);
    *heights |= record.num_columns() > 2;
    Some(x.iter().zip(y).map(|(x, y)| Coord { x: x.unwrap_or(f64::NAN), y: y.unwrap_or(f64::NAN) }).collect())
}
