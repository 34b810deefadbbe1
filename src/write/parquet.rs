//! GeoParquet 1.1: WKB, a bounding-box covering, PROJJSON; without shapes, plain Parquet.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanArray, Float64Array, Float64Builder, Int64Array, NullBufferBuilder, StringArray, StructArray,
};
use arrow::datatypes::{DataType, Field as ArrowField, Fields, Schema};
use geo::Rect;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::fields::{Field, Kind, fields, free_name};
use super::whole::whole;
use super::{Layer, wkb};
use crate::crs::Crs;
use crate::error::{Error, Result, io};
use crate::model::RawShape;

/// Rows of one row group.
const ROW_GROUP: usize = 1 << 13;
/// Rows of shapes that are turned into an array at a time: one of a whole group is megabytes, and its memory new each time.
const AT_ONCE: usize = 1 << 9;

/// Bytes of a page before it is compressed: small enough for its memory to be used again at once.
const PAGE: usize = 1 << 17;

/// A table on its way into a file.
pub(crate) struct Table<'a> {
    pub fields: &'a [Field],
    pub rows: usize,
    pub shapes: Option<Shapes<'a>>,
}

/// The shapes of a table.
pub(crate) struct Shapes<'a> {
    /// The box of each row's shape.
    pub frames: &'a [Option<Rect>],
    /// Appends the WKB of a row's shape; false where it has none.
    pub wkb: &'a (dyn Fn(usize, &mut Vec<u8>) -> Result<bool> + Sync),
    /// The types of geometry there are.
    pub types: Vec<&'static str>,
    /// The coordinate reference system as PROJJSON.
    pub crs: Value,
    /// Outer rings run counterclockwise, holes clockwise.
    pub counterclockwise: bool,
}

/// Writes a layer; the number of rows whose shape became null.
///
/// # Errors
/// There is not one layer, its coordinate reference system has no definition, or the disk is full.
pub(super) fn write(layers: &[Layer<'_>], path: &Path) -> Result<usize> {
    let layer = super::only(layers, "GeoParquet").map_err(|e| e.in_file(path))?;
    let fields = fields(layer.rows.columns()).map_err(|e| e.in_file(path))?;
    let shapes = layer.shapes.unwrap_or_default();
    let frames: Vec<Option<Rect>> = shapes.par_iter().map(wkb::frame).collect();
    let missing = RawShape::Missing;
    let encode = |row: usize, out: &mut Vec<u8>| wkb::write(shapes.get(row).unwrap_or(&missing), false, out);
    let described = match layer.shapes {
        None => None,
        Some(_) => Some(Shapes {
            frames: &frames,
            wkb: &encode,
            types: types(shapes),
            crs: projjson(layer.crs).map_err(|e| e.in_file(path))?,
            counterclockwise: false,
        }),
    };
    let table = Table { fields: &fields, rows: layer.rows.height(), shapes: described };
    whole(path, |partial| write_table(&table, partial))?;
    Ok(shapes.iter().filter(|shape| matches!(shape, RawShape::Missing | RawShape::Unreadable(_))).count())
}

/// The types of the shapes, each once, in alphabetical order.
fn types(shapes: &[RawShape]) -> Vec<&'static str> {
    let mut types: Vec<&str> = Vec::new();
    for shape in shapes.iter().filter(|shape| !matches!(shape, RawShape::Missing | RawShape::Unreadable(_))) {
        let name = shape.type_name();
        if !types.contains(&name) {
            types.push(name);
        }
    }
    types.sort_unstable();
    types
}

/// A coordinate reference system as PROJJSON. A bare code would be dropped by readers, which then assume WGS 84.
///
/// # Errors
/// PROJJSON has no words for it.
pub(crate) fn projjson(crs: &Crs) -> Result<Value> {
    let text = crs.projjson().ok_or_else(|| {
        Error::new(format!("GeoParquet needs a full definition of the coordinate reference system, and {} has none", crs.name()))
            .remedy("turn it into longitude and latitude with --to EPSG:4490, or write a GeoPackage (.gpkg)")
    })?;
    serde_json::from_str(&text).map_err(|e| Error::new(e.to_string()))
}

/// Writes a table to `path`.
///
/// # Errors
/// A shape cannot be encoded, or the disk is full.
pub(crate) fn write_table(table: &Table<'_>, path: &Path) -> Result<()> {
    let mut file = File::create(path).map_err(|e| io(path, "write", &e))?;
    write_table_into(&mut file, table, path)
}

/// Writes a table into what will be the file at `path`, its row groups encoded in parallel.
///
/// # Errors
/// As for [`write_table`].
pub(crate) fn write_table_into(into: &mut (impl Write + Send), table: &Table<'_>, path: &Path) -> Result<()> {
    let failed = |e| failed(path, &e);
    let names =
        Names { bbox: free_name(&["bbox", "geometry_bbox"], table.fields), geometry: free_name(&["geometry"], table.fields) };
    let schema = schema(table, &names);
    let descriptor = ArrowSchemaConverter::new().convert(&schema).map_err(failed)?;
    let properties = Arc::new(properties(table, &names).map_err(failed)?);
    let mut writer = SerializedFileWriter::new(BufWriter::new(into), descriptor.root_schema_ptr(), properties).map_err(failed)?;
    let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
    let encoded = |(group, rows): &(usize, Range<usize>)| {
        let writers = factory.create_column_writers(*group).map_err(failed)?;
        encode(table, &schema, rows, writers, path)
    };
    let mut append = |groups: Vec<Vec<ArrowColumnChunk>>| {
        groups.into_iter().try_for_each(|chunks| {
            let mut row_group = writer.next_row_group()?;
            chunks.into_iter().try_for_each(|chunk| chunk.append_to_row_group(&mut row_group))?;
            row_group.close().map(|_| ())
        })
    };
    let groups: Vec<(usize, Range<usize>)> =
        (0..table.rows).step_by(ROW_GROUP).map(|begin| begin..(begin + ROW_GROUP).min(table.rows)).enumerate().collect();
    // As many groups at a time as there are threads: all are busy, and no more than that and the ones before is held in memory.
    let mut before = Vec::new();
    for at_once in groups.chunks(rayon::current_num_threads().max(1)) {
        let (appended, next) = rayon::join(
            || append(std::mem::take(&mut before)),
            || at_once.par_iter().map(encoded).collect::<Result<Vec<Vec<ArrowColumnChunk>>>>(),
        );
        appended.map_err(failed)?;
        before = next.map_err(|e| e.in_file(path))?;
    }
    append(before).map_err(failed)?;
    writer.close().map(|_| ()).map_err(failed)
}

/// The columns of one row group, encoded and compressed, one after the other.
fn encode(
    table: &Table<'_>,
    schema: &Schema,
    rows: &Range<usize>,
    writers: Vec<ArrowColumnWriter>,
    path: &Path,
) -> Result<Vec<ArrowColumnChunk>> {
    let failed = |e| failed(path, &e);
    let mut writers = writers.into_iter();
    let mut chunks = Vec::with_capacity(writers.len());
    for (column, field) in schema.fields().iter().enumerate() {
        let at_once = if field.data_type() == &DataType::Binary { AT_ONCE } else { ROW_GROUP };
        // A struct has several leaves, each with a writer of its own.
        let mut own: Vec<ArrowColumnWriter> = Vec::new();
        for begin in rows.clone().step_by(at_once) {
            let array = array(table, column, &(begin..(begin + at_once).min(rows.end)))?;
            let leaves = compute_leaves(field, &array).map_err(failed)?;
            own.extend(writers.by_ref().take(leaves.len() - own.len()));
            for (leaf, writer) in leaves.iter().zip(&mut own) {
                writer.write(leaf).map_err(failed)?;
            }
        }
        for writer in own {
            chunks.push(writer.close().map_err(failed)?);
        }
    }
    Ok(chunks)
}

/// The names of the columns a layer has beside its own.
struct Names {
    bbox: String,
    geometry: String,
}

fn schema(table: &Table<'_>, names: &Names) -> Arc<Schema> {
    let mut all: Vec<ArrowField> =
        table.fields.iter().map(|field| ArrowField::new(&field.name, arrow_type(field.kind), true)).collect();
    if table.shapes.is_some() {
        all.push(ArrowField::new(&names.bbox, DataType::Struct(bbox_fields()), true));
        all.push(ArrowField::new(&names.geometry, DataType::Binary, true));
    }
    Arc::new(Schema::new(all))
}

fn properties(table: &Table<'_>, names: &Names) -> parquet::errors::Result<WriterProperties> {
    let about = table.shapes.as_ref().map(|shapes| vec![KeyValue::new("geo".to_owned(), geo_metadata(shapes, names))]);
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_key_value_metadata(about)
        .set_created_by(format!("mujun {}", env!("CARGO_PKG_VERSION")))
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(PAGE)
        // Coordinates hardly shrink: the quickest method is as good as any. Least and greatest of their bytes say nothing.
        .set_column_compression(ColumnPath::from(names.geometry.as_str()), Compression::SNAPPY)
        .set_column_statistics_enabled(ColumnPath::from(names.geometry.as_str()), EnabledStatistics::None);
    // Measures and shapes hardly repeat: a dictionary of them costs time and saves nothing.
    for field in table.fields.iter().filter(|field| field.kind == Kind::Text && field.name != "parcel_id") {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(field.name.as_str()), true);
    }
    Ok(properties.build())
}

/// The parquet library wraps the disk's errors in its own.
fn failed(path: &Path, error: &parquet::errors::ParquetError) -> Error {
    if let parquet::errors::ParquetError::External(inner) = error
        && let Some(disk) = inner.downcast_ref::<std::io::Error>()
    {
        return io(path, "write", disk);
    }
    Error::new(format!("could not write it: {error}")).in_file(path)
}

fn bbox_fields() -> Fields {
    ["xmin", "ymin", "xmax", "ymax"].into_iter().map(|name| ArrowField::new(name, DataType::Float64, true)).collect()
}

fn arrow_type(kind: Kind) -> DataType {
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Int => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Text => DataType::Utf8,
    }
}

/// Some rows of a column of the schema: the fields, then the box and the shape.
fn array(table: &Table<'_>, column: usize, rows: &Range<usize>) -> Result<ArrayRef> {
    match (table.fields.get(column), &table.shapes) {
        (Some(field), _) => values(field, rows),
        (None, Some(shapes)) if column == table.fields.len() => Ok(bbox(&shapes.frames[rows.clone()])),
        (None, Some(shapes)) => geometry(shapes, rows),
        (None, None) => Err(Error::new("a table without shapes has no column of them")),
    }
}

/// Some rows of a column as an Arrow array.
fn values(field: &Field, rows: &Range<usize>) -> Result<ArrayRef> {
    let failed = |e: polars::prelude::PolarsError| Error::new(e.to_string());
    let part = field.series().slice(i64::try_from(rows.start).unwrap_or(i64::MAX), rows.len());
    Ok(match field.kind {
        Kind::Bool => Arc::new(part.bool().map_err(failed)?.iter().collect::<BooleanArray>()),
        Kind::Float => Arc::new(part.f64().map_err(failed)?.iter().collect::<Float64Array>()),
        Kind::Int => Arc::new(part.i64().map_err(failed)?.iter().collect::<Int64Array>()),
        Kind::Text => Arc::new(part.str().map_err(failed)?.iter().collect::<StringArray>()),
    })
}

fn geometry(shapes: &Shapes<'_>, rows: &Range<usize>) -> Result<ArrayRef> {
    let mut builder = BinaryBuilder::with_capacity(rows.len(), rows.len() * 400);
    let mut buffer = Vec::new();
    for row in rows.clone() {
        buffer.clear();
        if (shapes.wkb)(row, &mut buffer)? {
            builder.append_value(&buffer);
        } else {
            builder.append_null();
        }
    }
    Ok(Arc::new(builder.finish()))
}

fn bbox(frames: &[Option<Rect>]) -> ArrayRef {
    let mut sides: [Float64Builder; 4] = std::array::from_fn(|_| Float64Builder::with_capacity(frames.len()));
    let mut present = NullBufferBuilder::new(frames.len());
    for frame in frames {
        present.append(frame.is_some());
        let values = frame.map(|f| [f.min().x, f.min().y, f.max().x, f.max().y]);
        for (n, side) in sides.iter_mut().enumerate() {
            side.append_option(values.map(|v| v[n]));
        }
    }
    let sides = sides.into_iter().map(|mut side| Arc::new(side.finish()) as ArrayRef).collect();
    Arc::new(StructArray::new(bbox_fields(), sides, present.finish()))
}

fn geo_metadata(shapes: &Shapes<'_>, names: &Names) -> String {
    let whole = shapes.frames.iter().flatten().copied().reduce(|a, b| {
        let (min, max) =
            ((a.min().x.min(b.min().x), a.min().y.min(b.min().y)), (a.max().x.max(b.max().x), a.max().y.max(b.max().y)));
        Rect::new(min, max)
    });
    let mut column = json!({ "encoding": "WKB", "geometry_types": shapes.types, "crs": shapes.crs });
    if shapes.counterclockwise {
        column["orientation"] = json!("counterclockwise");
    }
    let side = |name: &str| json!([names.bbox, name]);
    column["covering"] =
        json!({ "bbox": { "xmin": side("xmin"), "ymin": side("ymin"), "xmax": side("xmax"), "ymax": side("ymax") } });
    if let Some(whole) = whole {
        column["bbox"] = json!([whole.min().x, whole.min().y, whole.max().x, whole.max().y]);
    }
    json!({ "version": "1.1.0", "primary_column": names.geometry, "columns": { names.geometry.as_str(): column } }).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mixed, sample, written};
    use super::super::{Format, Layer};
    use super::*;
    use crate::read::dataset::ReadOptions;
    use crate::read::file;
    use polars::prelude::df;

    #[test]
    fn values_and_shapes_come_back_as_they_were() {
        for sample in [sample(11, 200), mixed(12), sample(13, 0)] {
            let read = written(&sample, Format::GeoParquet, "parquet");
            sample.assert_same(&read, |_| true);
            assert_eq!(read.crs.as_deref(), Some("EPSG:4490"));
            assert!(read.faults.is_empty());
        }
    }

    #[test]
    fn own_columns_called_bbox_and_geometry_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let rows = df!("bbox" => ["a"], "geometry" => [1i64]).unwrap();
        let shapes = [RawShape::Parts(vec![vec![vec![geo::Coord { x: 121.0, y: 31.0 }; 4]]])];
        let layer = Layer { name: "a", rows: &rows, shapes: Some(&shapes), crs: &Crs::Geographic };
        write(&[layer], &path).unwrap();
        let read = file::open(&path, &ReadOptions::default(), &|_| ()).unwrap();
        assert!(read.rows.equals(&rows), "{}", read.rows);
        assert_eq!(read.shapes.unwrap(), shapes);
    }

    #[test]
    fn a_table_without_shapes_is_plain_parquet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let rows = df!("企业" => ["甲", "乙"], "n" => [i64::MIN, i64::MAX]).unwrap();
        write(&[Layer { name: "a", rows: &rows, shapes: None, crs: &Crs::Geographic }], &path).unwrap();
        let read = file::open(&path, &ReadOptions::default(), &|_| ()).unwrap();
        assert!(read.shapes.is_none() && read.rows.equals(&rows));
    }
}
