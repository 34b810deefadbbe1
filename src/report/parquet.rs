//! `parcels.parquet`: GeoParquet 1.1, WKB in CGCS2000 longitude and latitude, with a bounding-box covering.

use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, Float64Builder, NullBufferBuilder, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use geo::{BoundingRect, MultiPolygon, Rect};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use polars::prelude::Column;
use rayon::prelude::*;
use serde_json::json;

use super::columns::{arrow_array, arrow_type, columns};
use crate::error::{Error, Result, io};
use crate::survey::Survey;

/// Rows of one row group.
const ROW_GROUP: usize = 1 << 13;

/// CGCS2000 as PROJJSON. A bare code would be dropped by readers, which then assume WGS 84.
const CGCS2000: &str = r#"{"$schema":"https://proj.org/schemas/v0.7/projjson.schema.json","type":"GeographicCRS","name":"China Geodetic Coordinate System 2000","datum":{"type":"GeodeticReferenceFrame","name":"China 2000","ellipsoid":{"name":"CGCS2000","semi_major_axis":6378137,"inverse_flattening":298.257222101}},"coordinate_system":{"subtype":"ellipsoidal","axis":[{"name":"Geodetic latitude","abbreviation":"Lat","direction":"north","unit":"degree"},{"name":"Geodetic longitude","abbreviation":"Lon","direction":"east","unit":"degree"}]},"id":{"authority":"EPSG","code":4490}}"#;

pub(super) fn write(survey: &Survey, path: &Path) -> Result<()> {
    let columns = columns(survey)?;
    let frames: Vec<Option<Rect>> =
        survey.parcels.shapes.par_iter().map(|shape| shape.as_ref().and_then(BoundingRect::bounding_rect)).collect();
    let mut fields: Vec<Field> =
        columns.iter().map(|column| Field::new(column.name().as_str(), arrow_type(column), true)).collect();
    fields.push(Field::new("bbox", DataType::Struct(bbox_fields()), true));
    fields.push(Field::new("geometry", DataType::Binary, true));
    let schema = Arc::new(Schema::new(fields));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(|e| failed(path, &e))?))
        .set_key_value_metadata(Some(vec![KeyValue::new("geo".to_owned(), geo_metadata(&frames)?)]))
        .set_created_by(format!("mujun {}", env!("CARGO_PKG_VERSION")))
        .set_dictionary_enabled(false)
        // Coordinates hardly shrink: the quickest method is as good as any.
        .set_column_compression(ColumnPath::from("geometry"), Compression::SNAPPY);
    // Measures and shapes hardly repeat: a dictionary of them costs time and saves nothing.
    for field in schema.fields().iter().filter(|field| repeats(field)) {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(field.name().as_str()), true);
    }
    let properties = properties.build();
    let descriptor = ArrowSchemaConverter::new().convert(&schema).map_err(|e| failed(path, &e))?;
    let file = File::create(path).map_err(|e| io(path, "write", &e))?;
    let mut writer = SerializedFileWriter::new(BufWriter::new(file), descriptor.root_schema_ptr(), Arc::new(properties))
        .map_err(|e| failed(path, &e))?;
    let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
    let rows = survey.parcels.ids.len();
    let groups: Vec<(usize, Range<usize>)> =
        (0..rows).step_by(ROW_GROUP).map(|begin| begin..(begin + ROW_GROUP).min(rows)).enumerate().collect();
    // As many groups at a time as there are threads: all are busy, and no more than that is held in memory.
    for at_once in groups.chunks(rayon::current_num_threads().max(1)) {
        let encoded = at_once
            .par_iter()
            .map(|(group, range)| {
                let arrays = arrays(&columns, &frames[range.clone()], &survey.parcels.shapes[range.clone()], range)?;
                let writers = factory.create_column_writers(*group).map_err(|e| failed(path, &e))?;
                encode(&schema, &arrays, writers).map_err(|e| failed(path, &e))
            })
            .collect::<Result<Vec<Vec<ArrowColumnChunk>>>>()
            .map_err(|e| e.in_file(path))?;
        for chunks in encoded {
            let mut row_group = writer.next_row_group().map_err(|e| failed(path, &e))?;
            for chunk in chunks {
                chunk.append_to_row_group(&mut row_group).map_err(|e| failed(path, &e))?;
            }
            row_group.close().map_err(|e| failed(path, &e))?;
        }
    }
    writer.close().map_err(|e| failed(path, &e))?;
    Ok(())
}

/// The columns of one row group, encoded and compressed.
fn encode(
    schema: &Schema,
    arrays: &[ArrayRef],
    writers: Vec<ArrowColumnWriter>,
) -> parquet::errors::Result<Vec<ArrowColumnChunk>> {
    let mut writers = writers.into_iter();
    let mut chunks = Vec::with_capacity(writers.len());
    for (field, array) in schema.fields().iter().zip(arrays) {
        // A struct has several leaves, each with a writer of its own.
        for (leaf, mut writer) in compute_leaves(field, array)?.into_iter().zip(&mut writers) {
            writer.write(&leaf)?;
            chunks.push(writer.close()?);
        }
    }
    Ok(chunks)
}

/// Whether many rows of a column share their values.
fn repeats(field: &Field) -> bool {
    matches!(field.data_type(), DataType::Utf8) && field.name() != "parcel_id"
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
    ["xmin", "ymin", "xmax", "ymax"].into_iter().map(|name| Field::new(name, DataType::Float64, true)).collect()
}

fn arrays(
    columns: &[Column],
    frames: &[Option<Rect>],
    shapes: &[Option<MultiPolygon>],
    rows: &Range<usize>,
) -> Result<Vec<ArrayRef>> {
    let mut arrays = columns.iter().map(|column| arrow_array(column, rows)).collect::<Result<Vec<_>>>()?;
    arrays.push(bbox(frames));
    arrays.push(geometry(shapes)?);
    Ok(arrays)
}

fn geometry(shapes: &[Option<MultiPolygon>]) -> Result<ArrayRef> {
    let mut builder = BinaryBuilder::with_capacity(shapes.len(), shapes.len() * 400);
    let mut buffer = Vec::new();
    for shape in shapes {
        match shape {
            None => builder.append_null(),
            Some(shape) => {
                buffer.clear();
                let options = wkb::writer::WriteOptions::default();
                match shape.0.as_slice() {
                    [part] => wkb::writer::write_polygon(&mut buffer, part, &options),
                    _ => wkb::writer::write_multi_polygon(&mut buffer, shape, &options),
                }
                .map_err(|e| Error::new(format!("a shape cannot be written as WKB: {e}")))?;
                builder.append_value(&buffer);
            }
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

fn geo_metadata(frames: &[Option<Rect>]) -> Result<String> {
    let crs: serde_json::Value = serde_json::from_str(CGCS2000).map_err(|e| Error::new(e.to_string()))?;
    let whole = frames.iter().flatten().copied().reduce(|a, b| {
        let (min, max) =
            ((a.min().x.min(b.min().x), a.min().y.min(b.min().y)), (a.max().x.max(b.max().x), a.max().y.max(b.max().y)));
        Rect::new(min, max)
    });
    let mut column = json!({
        "encoding": "WKB",
        "geometry_types": ["Polygon", "MultiPolygon"],
        "crs": crs,
        "orientation": "counterclockwise",
        "covering": { "bbox": { "xmin": ["bbox", "xmin"], "ymin": ["bbox", "ymin"], "xmax": ["bbox", "xmax"], "ymax": ["bbox", "ymax"] } },
    });
    if let Some(whole) = whole {
        column["bbox"] = json!([whole.min().x, whole.min().y, whole.max().x, whole.max().y]);
    }
    Ok(json!({ "version": "1.1.0", "primary_column": "geometry", "columns": { "geometry": column } }).to_string())
}
