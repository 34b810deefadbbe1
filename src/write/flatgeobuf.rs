//! FlatGeobuf with its index. Rows are sorted along a Hilbert curve, as the index needs it.
//!
//! Missing shapes are written as missing, not as empty ones: the library's own writer knows only the latter, so the tables are
//! filled here.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use flatgeobuf::packed_r_tree::{NodeItem, PackedRTree, calc_extent, hilbert_sort};
use flatgeobuf::{
    Column, ColumnArgs, ColumnType, Crs, CrsArgs, Feature, FeatureArgs, Geometry as Stored, GeometryArgs, GeometryType, Header,
    HeaderArgs,
};
use geo::{Coord, Geometry};
use rayon::prelude::*;

use super::Layer;
use super::fields::{Field, Kind, Value, fields};
use super::whole::whole;
use super::wkb::{self, Declared};
use crate::error::{Error, Result, io};
use crate::model::{RawShape, Ring};

const MAGIC: [u8; 8] = *b"fgb\x03fgb\x01";

/// Positions of one shape; a FlatBuffer holds two gigabytes.
const MAX_POSITIONS: usize = 1 << 26;

/// Writes a layer; the number of rows whose shape became null.
///
/// # Errors
/// There is not one layer, it has no shapes, a shape is too large, or the disk is full.
pub(super) fn write(layers: &[Layer<'_>], path: &Path) -> Result<usize> {
    let layer = super::only(layers, "FlatGeobuf").map_err(|e| e.in_file(path))?;
    let Some(shapes) = layer.shapes else {
        return Err(Error::new("FlatGeobuf holds shapes, the table has none").in_file(path).remedy("write a .csv or a .parquet"));
    };
    let fields = fields(layer.rows.columns()).map_err(|e| e.in_file(path))?;
    if u16::try_from(fields.len()).is_err() {
        return Err(Error::new(format!("FlatGeobuf cannot hold {} columns", fields.len())).in_file(path).remedy("write a .gpkg"));
    }
    let declared = wkb::declared(shapes);
    let features = (0..layer.rows.height())
        .into_par_iter()
        .map(|row| feature(&fields, row, shapes.get(row).unwrap_or(&RawShape::Missing), declared))
        .collect::<Result<Vec<Vec<u8>>>>()
        .map_err(|e| e.in_file(path))?;
    let mut nodes: Vec<NodeItem> = shapes.iter().enumerate().map(|(row, shape)| node(row as u64, shape)).collect();
    let extent = calc_extent(&nodes);
    hilbert_sort(&mut nodes, &extent);
    let header = header(layer, &fields, declared, &extent);
    whole(path, |partial| {
        let disk = |e: std::io::Error| io(partial, "write", &e);
        let mut file = BufWriter::new(File::create(partial).map_err(disk)?);
        file.write_all(&MAGIC).and_then(|()| file.write_all(&header)).map_err(disk)?;
        let order: Vec<usize> = nodes.iter().filter_map(|node| usize::try_from(node.offset).ok()).collect();
        if !nodes.is_empty() {
            let mut offset = 0;
            for (node, row) in nodes.iter_mut().zip(&order) {
                node.offset = offset;
                offset += features[*row].len() as u64;
            }
            let index = PackedRTree::build(&nodes, &extent, PackedRTree::DEFAULT_NODE_SIZE);
            index.and_then(|index| Ok(index.stream_write(&mut file)?)).map_err(|e| match e {
                flatgeobuf::Error::IO(error) => disk(error),
                other => Error::new(format!("the index cannot be written: {other}")).in_file(partial),
            })?;
        }
        for row in order {
            file.write_all(&features[row]).map_err(disk)?;
        }
        file.into_inner().map_err(|e| disk(e.into_error()))?;
        Ok(shapes.iter().filter(|shape| matches!(shape, RawShape::Missing | RawShape::Unreadable(_))).count())
    })
}

/// The box of a shape in the index; its offset is the row as long as the order is not known.
fn node(row: u64, shape: &RawShape) -> NodeItem {
    match wkb::frame(shape) {
        None => NodeItem::create(row),
        Some(frame) => {
            let (min, max) = (frame.min(), frame.max());
            NodeItem { min_x: min.x, min_y: min.y, max_x: max.x, max_y: max.y, offset: row }
        }
    }
}

fn header(layer: &Layer<'_>, fields: &[Field], declared: Declared, extent: &NodeItem) -> Vec<u8> {
    let mut buffer = FlatBufferBuilder::new();
    let columns: Vec<_> = fields
        .iter()
        .map(|field| {
            let name = buffer.create_string(&field.name);
            let type_ = match field.kind {
                Kind::Bool => ColumnType::Bool,
                Kind::Int => ColumnType::Long,
                Kind::Float => ColumnType::Double,
                Kind::Text => ColumnType::String,
            };
            Column::create(&mut buffer, &ColumnArgs { name: Some(name), type_, ..ColumnArgs::default() })
        })
        .collect();
    let columns = buffer.create_vector(&columns);
    let (code, system, wkt) = (layer.crs.epsg(), layer.crs.name(), layer.crs.wkt());
    let crs = CrsArgs {
        org: code.map(|_| buffer.create_string("EPSG")),
        code: code.map_or(0, i32::from),
        name: Some(buffer.create_string(&system)),
        wkt: Some(buffer.create_string(&wkt)),
        ..CrsArgs::default()
    };
    let crs = Crs::create(&mut buffer, &crs);
    let name = buffer.create_string(layer.name);
    let sides = [extent.min_x, extent.min_y, extent.max_x, extent.max_y];
    let envelope = sides.iter().all(|side| side.is_finite()).then(|| buffer.create_vector(&sides));
    let count = layer.rows.height();
    let args = HeaderArgs {
        name: Some(name),
        envelope,
        geometry_type: match declared {
            Declared::Polygon => GeometryType::Polygon,
            Declared::MultiPolygon => GeometryType::MultiPolygon,
            Declared::Mixed => GeometryType::Unknown,
        },
        columns: Some(columns),
        features_count: count as u64,
        index_node_size: if count == 0 { 0 } else { PackedRTree::DEFAULT_NODE_SIZE },
        crs: Some(crs),
        ..HeaderArgs::default()
    };
    let header = Header::create(&mut buffer, &args);
    buffer.finish_size_prefixed(header, None);
    buffer.finished_data().to_vec()
}

/// One feature with its size before it.
fn feature(fields: &[Field], row: usize, shape: &RawShape, declared: Declared) -> Result<Vec<u8>> {
    let size = positions(shape);
    if size > MAX_POSITIONS {
        return Err(Error::new(format!("the shape in row {} has {size} positions, too many for FlatGeobuf", row + 1))
            .remedy("write a .gpkg"));
    }
    let mut buffer = FlatBufferBuilder::with_capacity(256 + 16 * size);
    let geometry = match shape {
        RawShape::Missing | RawShape::Unreadable(_) => None,
        RawShape::Parts(parts) => Some(polygons(&mut buffer, parts, declared)),
        RawShape::Other(other) => Some(stored(&mut buffer, other)),
    };
    let properties = buffer.create_vector(&properties(fields, row)?);
    let feature = Feature::create(&mut buffer, &FeatureArgs { geometry, properties: Some(properties), columns: None });
    buffer.finish_size_prefixed(feature, None);
    Ok(buffer.finished_data().to_vec())
}

fn positions(shape: &RawShape) -> usize {
    match shape {
        RawShape::Parts(parts) => parts.iter().flatten().map(Vec::len).sum(),
        other => other.positions().len(),
    }
}

/// The values that are there, each after the number of its column.
fn properties(fields: &[Field], row: usize) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for (number, field) in (0u16..).zip(fields) {
        let value = field.value(row);
        if value == Value::Missing {
            continue;
        }
        out.extend_from_slice(&number.to_le_bytes());
        match value {
            Value::Missing => {}
            Value::Bool(x) => out.push(x.into()),
            Value::Int(x) => out.extend_from_slice(&x.to_le_bytes()),
            Value::Float(x) => out.extend_from_slice(&x.to_le_bytes()),
            Value::Text(x) => {
                let length = u32::try_from(x.len())
                    .map_err(|_| Error::new(format!("the text in row {}, column \"{}\" is too long", row + 1, field.name)))?;
                out.extend_from_slice(&length.to_le_bytes());
                out.extend_from_slice(x.as_bytes());
            }
        }
    }
    Ok(out)
}

type Offset<'b> = WIPOffset<Stored<'b>>;

fn polygons<'b>(buffer: &mut FlatBufferBuilder<'b>, parts: &[Vec<Ring>], declared: Declared) -> Offset<'b> {
    let polygon = |buffer: &mut FlatBufferBuilder<'b>, part: &Vec<Ring>| {
        lines(buffer, part.iter().map(Vec::as_slice), GeometryType::Polygon)
    };
    match (parts, declared) {
        ([part], Declared::Polygon | Declared::Mixed) => polygon(buffer, part),
        _ => {
            let parts: Vec<_> = parts.iter().map(|part| polygon(buffer, part)).collect();
            collection(buffer, &parts, GeometryType::MultiPolygon)
        }
    }
}

fn stored<'b>(buffer: &mut FlatBufferBuilder<'b>, shape: &Geometry) -> Offset<'b> {
    let one = |buffer: &mut FlatBufferBuilder<'b>, line: &[Coord<f64>], kind| lines(buffer, std::iter::once(line), kind);
    match shape {
        Geometry::Point(point) => one(buffer, &[point.0], GeometryType::Point),
        Geometry::Line(line) => one(buffer, &[line.start, line.end], GeometryType::LineString),
        Geometry::LineString(line) => one(buffer, &line.0, GeometryType::LineString),
        Geometry::MultiPoint(points) => {
            let points: Ring = points.0.iter().map(|point| point.0).collect();
            one(buffer, &points, GeometryType::MultiPoint)
        }
        Geometry::MultiLineString(all) => {
            lines(buffer, all.0.iter().map(|line| line.0.as_slice()), GeometryType::MultiLineString)
        }
        Geometry::Polygon(polygon) => geo_polygon(buffer, polygon),
        Geometry::Rect(rect) => geo_polygon(buffer, &rect.to_polygon()),
        Geometry::Triangle(triangle) => geo_polygon(buffer, &triangle.to_polygon()),
        Geometry::MultiPolygon(all) => {
            let parts: Vec<_> = all.0.iter().map(|polygon| geo_polygon(buffer, polygon)).collect();
            collection(buffer, &parts, GeometryType::MultiPolygon)
        }
        Geometry::GeometryCollection(all) => {
            let members: Vec<_> = all.0.iter().map(|member| stored(buffer, member)).collect();
            collection(buffer, &members, GeometryType::GeometryCollection)
        }
    }
}

fn geo_polygon<'b>(buffer: &mut FlatBufferBuilder<'b>, polygon: &geo::Polygon) -> Offset<'b> {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    lines(buffer, rings.map(|ring| ring.0.as_slice()), GeometryType::Polygon)
}

/// Coordinates one after the other, with the number at which each line ends; a single line needs none.
fn lines<'b, 'c>(
    buffer: &mut FlatBufferBuilder<'b>,
    lines: impl Iterator<Item = &'c [Coord<f64>]>,
    type_: GeometryType,
) -> Offset<'b> {
    let (mut xy, mut ends) = (Vec::new(), Vec::new());
    for line in lines {
        xy.extend(line.iter().flat_map(|c| [c.x, c.y]));
        // Fewer than 2^26 positions were let in.
        ends.push(u32::try_from(xy.len() / 2).unwrap_or(u32::MAX));
    }
    let ends = (ends.len() > 1).then(|| buffer.create_vector(&ends));
    let xy = Some(buffer.create_vector(&xy));
    Stored::create(buffer, &GeometryArgs { xy, ends, type_, ..GeometryArgs::default() })
}

fn collection<'b>(buffer: &mut FlatBufferBuilder<'b>, members: &[Offset<'b>], type_: GeometryType) -> Offset<'b> {
    let parts = Some(buffer.create_vector(members));
    Stored::create(buffer, &GeometryArgs { parts, type_, ..GeometryArgs::default() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Sample, mixed, sample, written};
    use super::super::{Format, Layer};
    use super::*;
    use crate::read::dataset::ReadOptions;
    use crate::read::file;
    use flatgeobuf::{FallibleStreamingIterator, FgbReader};
    use polars::prelude::*;

    /// The index sorts the rows: they are put back in order by the column that counts them.
    fn in_order(mut read: crate::read::dataset::Dataset) -> crate::read::dataset::Dataset {
        let order: Vec<i64> = read.rows.column("次序").unwrap().i64().unwrap().iter().map(|n| n.unwrap_or_default()).collect();
        let mut places: Vec<usize> = (0..order.len()).collect();
        places.sort_by_key(|place| order[*place]);
        let shapes = read.shapes.take().unwrap();
        read.shapes = Some(places.iter().map(|place| shapes[*place].clone()).collect());
        read.rows = read.rows.sort(["次序"], SortMultipleOptions::default()).unwrap();
        read
    }

    #[test]
    fn values_and_shapes_come_back_as_they_were() {
        for sample in [sample(21, 200), mixed(22), sample(23, 1), sample(24, 0)] {
            let read = written(&sample, Format::FlatGeobuf, "fgb");
            assert_eq!((read.name.as_str(), read.crs.as_deref()), ("宗地", Some("EPSG:4490")));
            assert!(read.faults.is_empty(), "{:?}", read.faults);
            sample.assert_same(&in_order(read), |_| true);
        }
    }

    #[test]
    fn the_index_finds_what_the_library_of_another_hand_asks_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.fgb");
        let Sample { rows, shapes } = sample(25, 300);
        let crs = crate::crs::Crs::Geographic;
        write(&[Layer { name: "a", rows: &rows, shapes: Some(&shapes), crs: &crs }], &path).unwrap();
        let (x, y, size) = (121.4, 31.3, 0.05);
        let reader = FgbReader::open(std::io::BufReader::new(File::open(&path).unwrap())).unwrap();
        assert_eq!(reader.header().features_count(), 300);
        let mut found = reader.select_bbox(x, y, x + size, y + size).unwrap();
        let mut count = 0;
        while let Some(feature) = found.next().unwrap() {
            assert!(feature.geometry().is_some());
            count += 1;
        }
        let meets =
            |frame: geo::Rect| frame.min().x <= x + size && frame.max().x >= x && frame.min().y <= y + size && frame.max().y >= y;
        assert_eq!(count, shapes.iter().filter_map(wkb::frame).filter(|frame| meets(*frame)).count());
        assert!(count > 0 && count < 240);
    }

    #[test]
    fn a_table_and_several_layers_are_refused() {
        let Sample { rows, shapes } = sample(1, 2);
        let (crs, path) = (crate::crs::Crs::Geographic, tempfile::tempdir().unwrap().path().join("a.fgb"));
        let layer = |shapes| Layer { name: "a", rows: &rows, shapes, crs: &crs };
        assert!(write(&[layer(None)], &path).is_err());
        assert!(write(&[layer(Some(&shapes)), layer(Some(&shapes))], &path).unwrap_err().to_string().contains(".gpkg"));
        let _ = file::open(&path, &ReadOptions::default(), &|_| ());
    }
}
