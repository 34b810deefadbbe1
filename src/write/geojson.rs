//! GeoJSON (RFC 7946): longitude and latitude, one feature a line.
//!
//! Shapes stand as they are: rings are neither closed nor turned. The text has no name and no date in it, so that what was written,
//! read and written again is the same byte for byte. Numbers keep their digits: integers without a point, floats with one.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use geo::Coord;
use rayon::prelude::*;

use super::Layer;
use super::fields::{Field, Value, fields};
use super::whole::whole;
use crate::crs::Crs;
use crate::error::{Error, Result, io};
use crate::model::{RawShape, Ring};
use crate::read::dataset::{Collection, FeatureIds};

/// Rows that are made into text at a time, and by one thread.
const BLOCK: usize = 1 << 15;
const CHUNK: usize = 1 << 10;

/// Writes a layer; the number of rows whose shape became `null`.
///
/// # Errors
/// There is not one layer, it is not in longitude and latitude, or the disk is full.
pub(super) fn write(layers: &[Layer<'_>], collection: &Collection, path: &Path) -> Result<usize> {
    let layer = super::only(layers, "GeoJSON").map_err(|e| e.in_file(path))?;
    // Degrees of an old datum or of a map service are hundreds of metres off: they are no longitude and latitude here.
    if layer.shapes.is_some() && !matches!(layer.crs, Crs::Geographic) {
        return Err(Error::new(format!("GeoJSON holds longitude and latitude only, the layer is in {}", layer.crs.name()))
            .in_file(path)
            .remedy("add --to EPSG:4490, or write a format that can hold it, such as .gpkg"));
    }
    let fields = fields(layer.rows.columns()).map_err(|e| e.in_file(path))?;
    // Member names are the same in every row.
    let names = fields.iter().map(|field| json_text(&field.name)).collect::<Result<Vec<String>>>()?;
    let rows = layer.rows.height();
    whole(path, |partial| {
        let disk = |e: std::io::Error| io(partial, "write", &e);
        let mut file = BufWriter::new(File::create(partial).map_err(disk)?);
        file.write_all(b"{\"type\":\"FeatureCollection\",").map_err(disk)?;
        for (name, value) in &collection.members {
            write!(file, "{}:{value},", json_text(name)?).map_err(disk)?;
        }
        file.write_all(b"\"features\":[\n").map_err(disk)?;
        let mut empty = 0;
        for block in (0..rows).step_by(BLOCK) {
            let end = (block + BLOCK).min(rows);
            let texts = (block..end)
                .into_par_iter()
                .step_by(CHUNK)
                .map(|begin| features(layer, collection, &fields, &names, begin..(begin + CHUNK).min(end)))
                .collect::<Result<Vec<_>>>()?;
            for (text, nulls) in texts {
                file.write_all(&text).map_err(disk)?;
                empty += nulls;
            }
        }
        file.write_all(b"]}\n").map_err(disk)?;
        file.into_inner().map_err(|e| disk(e.into_error()))?;
        Ok(if layer.shapes.is_some() { empty } else { 0 })
    })
}

/// Some rows as text, and how many of them have no shape.
fn features(
    layer: &Layer<'_>,
    collection: &Collection,
    fields: &[Field],
    names: &[String],
    rows: std::ops::Range<usize>,
) -> Result<(Vec<u8>, usize)> {
    let id = fields.iter().position(|field| field.name == "id").filter(|_| collection.ids.is_written());
    let (mut out, mut nulls) = (Vec::with_capacity(rows.len() * 400), 0);
    let last = layer.rows.height().saturating_sub(1);
    for row in rows {
        out.extend_from_slice(b"{\"type\":\"Feature\",");
        if let Some(id) = id {
            feature_id(fields[id].value(row), collection.ids, &mut out)?;
        }
        out.extend_from_slice(b"\"properties\":{");
        let properties = fields.iter().zip(names).enumerate().filter(|(n, _)| Some(*n) != id);
        for (n, (_, (field, name))) in properties.enumerate() {
            if n > 0 {
                out.push(b',');
            }
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            value(field.value(row), &mut out)?;
        }
        out.extend_from_slice(b"},\"geometry\":");
        let shape = layer.shapes.and_then(|shapes| shapes.get(row)).filter(|shape| can_be_written(shape));
        match shape {
            Some(shape) => geometry(shape, collection.all_multi, &mut out)?,
            None => {
                out.extend_from_slice(b"null");
                nulls += 1;
            }
        }
        out.extend_from_slice(if row == last { b"}\n" } else { b"},\n" });
    }
    Ok((out, nulls))
}

/// What JSON can hold and every reader reads as it was: finite numbers, and no holes without an outer ring.
fn can_be_written(shape: &RawShape) -> bool {
    let finite = |c: &Coord<f64>| c.x.is_finite() && c.y.is_finite();
    match shape {
        RawShape::Missing | RawShape::Unreadable(_) => false,
        RawShape::Other(_) => shape.positions().iter().all(finite),
        RawShape::Parts(parts) => {
            let headless = |part: &Vec<Ring>| part.first().is_some_and(Vec::is_empty) && part.iter().any(|ring| !ring.is_empty());
            !parts.iter().any(headless) && parts.iter().flatten().flatten().all(finite)
        }
    }
}

/// The id of a feature as the member it was.
fn feature_id(value: Value<'_>, ids: FeatureIds, out: &mut Vec<u8>) -> Result<()> {
    let Value::Text(text) = value else { return Ok(()) };
    out.extend_from_slice(b"\"id\":");
    match ids {
        FeatureIds::Numbers => out.extend_from_slice(text.as_bytes()),
        _ => json(&text, out)?,
    }
    out.push(b',');
    Ok(())
}

/// A shape; with `multi` a polygon of one part is a MultiPolygon too.
fn geometry(shape: &RawShape, multi: bool, out: &mut Vec<u8>) -> Result<()> {
    match shape {
        RawShape::Parts(parts) => {
            // Rings and parts without a position say nothing, and readers stumble over them.
            let parts: Vec<Vec<&Ring>> = parts
                .iter()
                .map(|part| part.iter().filter(|ring| !ring.is_empty()).collect::<Vec<_>>())
                .filter(|part| !part.is_empty())
                .collect();
            if let ([part], false) = (parts.as_slice(), multi) {
                out.extend_from_slice(b"{\"type\":\"Polygon\",\"coordinates\":");
                polygon(part, out)?;
            } else {
                out.extend_from_slice(b"{\"type\":\"MultiPolygon\",\"coordinates\":");
                list(&parts, out, |part, out| polygon(part, out))?;
            }
            out.push(b'}');
        }
        RawShape::Other(other) => json(&geojson::Geometry::from(other.as_ref()), out)?,
        RawShape::Missing | RawShape::Unreadable(_) => out.extend_from_slice(b"null"),
    }
    Ok(())
}

fn polygon(rings: &[&Ring], out: &mut Vec<u8>) -> Result<()> {
    list(rings, out, |ring, out| {
        list(ring, out, |c, out| {
            out.push(b'[');
            json(&c.x, out)?;
            out.push(b',');
            json(&c.y, out)?;
            out.push(b']');
            Ok(())
        })
    })
}

fn list<T>(items: &[T], out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>) -> Result<()>) -> Result<()> {
    out.push(b'[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write(item, out)?;
    }
    out.push(b']');
    Ok(())
}

/// A value as JSON. What is no finite number is null: JSON has no word for it.
fn value(value: Value<'_>, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Missing => json(&(), out),
        Value::Bool(x) => json(&x, out),
        Value::Int(x) => json(&x, out),
        Value::Float(x) => json(&x, out),
        Value::Text(x) => json(&x, out),
    }
}

fn json<T: serde::Serialize>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|e| Error::new(format!("a value cannot be written as JSON: {e}")))
}

fn json_text(text: &str) -> Result<String> {
    serde_json::to_string(text).map_err(|e| Error::new(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Sample, sample, written};
    use super::super::{Format, Layer};
    use super::*;
    use crate::read::dataset::ReadOptions;
    use crate::read::file;

    #[test]
    fn what_was_read_and_written_again_is_the_same_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        for seed in 0..8 {
            let Sample { rows, shapes, .. } = sample(seed, 60);
            let (one, two) = (folder.path().join("a.geojson"), folder.path().join("b.geojson"));
            let crs = Crs::Geographic;
            write(&[Layer { name: "a", rows: &rows, shapes: Some(&shapes), crs: &crs }], &Collection::default(), &one).unwrap();
            let read = file::open(&one, &ReadOptions::default(), &|_| ()).unwrap();
            assert_eq!(read.rows.height(), rows.height());
            let again = Layer { name: "b", rows: &read.rows, shapes: read.shapes.as_deref(), crs: &crs };
            write(&[again], &read.collection, &two).unwrap();
            assert!(std::fs::read(&one).unwrap() == std::fs::read(&two).unwrap(), "seed {seed}");
        }
    }

    #[test]
    fn values_and_shapes_come_back_as_they_were() {
        let sample = sample(3, 200);
        let read = written(&sample, Format::GeoJson, "geojson");
        sample.assert_same(&read, super::can_be_written);
    }

    /// Members of the collection, ids of the features and parts of lone MultiPolygons are no rows and no shapes.
    #[test]
    fn what_stands_beside_rows_and_shapes_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("a.geojson"), folder.path().join("b.geojson"));
        let feature = |id: &str, x: u8| {
            let ring = format!("[[{x}.0,0.0],[{x}.5,0.0],[{x}.5,1.0],[{x}.0,0.0]]");
            let shape = format!("{{\"type\":\"MultiPolygon\",\"coordinates\":[[{ring}]]}}");
            format!("{{\"type\":\"Feature\",{id}\"properties\":{{\"a\":{x}}},\"geometry\":{shape}}}")
        };
        for (first, second) in [("\"id\":7,", "\"id\":12345678901234567890,"), ("\"id\":\"x\\\"1\",", "")] {
            let text = format!(
                "{{\"type\":\"FeatureCollection\",\"schematic\":true,\"note\":{{\"zh\":\"示意\"}},\"features\":[\n{},\n{}\n]}}\n",
                feature(first, 1),
                feature(second, 2)
            );
            std::fs::write(&one, &text).unwrap();
            let read = file::open(&one, &ReadOptions::default(), &|_| ()).unwrap();
            let layer = Layer { name: "a", rows: &read.rows, shapes: read.shapes.as_deref(), crs: &Crs::Geographic };
            write(&[layer], &read.collection, &two).unwrap();
            assert_eq!(std::fs::read_to_string(&two).unwrap(), text);
        }
    }

    #[test]
    fn projected_layers_are_refused_with_the_way_out() {
        let sample = sample(1, 3);
        let crs = Crs::named("EPSG:4549").unwrap();
        let path = tempfile::tempdir().unwrap().path().join("x.geojson");
        let layer = Layer { name: "x", rows: &sample.rows, shapes: Some(&sample.shapes), crs: &crs };
        let why = write(&[layer], &Collection::default(), &path).unwrap_err().to_string();
        assert!(why.contains("--to EPSG:4490") && why.contains("EPSG:4549"), "{why}");
        assert!(!path.exists());
    }
}
