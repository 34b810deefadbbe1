//! The shape in the content of one record.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point};

use super::number::{le_f64, le_i32};
use super::rings;
use crate::model::RawShape;

/// Bytes of a bounding box after the type.
const BOX: usize = 36;

/// A shape and what the reader left out or could not do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub raw: RawShape,
    /// It has heights or measures, which are not kept.
    pub heights: bool,
    /// Its rings were too entangled to sort by which lies in which; their direction decided.
    pub by_direction: bool,
}

/// Reads a content. Rings stay as they are; which are holes is told by where they lie.
pub(super) fn read(content: &[u8]) -> Shape {
    let Some(kind) = le_i32(content, 0) else {
        return plain(RawShape::Unreadable("the record is lost or empty".to_owned()), false);
    };
    let heights = matches!(kind, 11 | 13 | 15 | 18 | 21 | 23 | 25 | 28);
    let shape = match kind {
        0 => Ok(RawShape::Missing),
        1 | 11 | 21 => position(content, 4).map(|c| other(Geometry::Point(Point(c)))),
        8 | 18 | 28 => multipoint(content),
        3 | 13 | 23 => parts(content).map(lines),
        5 | 15 | 25 => {
            return match parts(content) {
                Ok(rings) => {
                    let sorted = rings::sort(rings);
                    Shape { raw: RawShape::Parts(sorted.parts), heights, by_direction: sorted.by_direction }
                }
                Err(why) => plain(RawShape::Unreadable(why), heights),
            };
        }
        31 => Err("a multipatch, a surface in space: it has no area on the map".to_owned()),
        _ => Err(format!("shape type {kind} is none of the format's")),
    };
    plain(shape.unwrap_or_else(RawShape::Unreadable), heights)
}

fn plain(raw: RawShape, heights: bool) -> Shape {
    Shape { raw, heights, by_direction: false }
}

fn other(shape: Geometry) -> RawShape {
    RawShape::Other(Box::new(shape))
}

fn lines(mut parts: Vec<Vec<Coord<f64>>>) -> RawShape {
    other(match parts.len() {
        1 => Geometry::LineString(LineString(parts.remove(0))),
        _ => Geometry::MultiLineString(MultiLineString(parts.into_iter().map(LineString).collect())),
    })
}

fn multipoint(content: &[u8]) -> Result<RawShape, String> {
    let count = count(content, BOX, "points")?;
    let points = positions(content, BOX + 4, count)?;
    Ok(other(Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect()))))
}

/// The parts of a line or polygon.
fn parts(content: &[u8]) -> Result<Vec<Vec<Coord<f64>>>, String> {
    let (parts, points) = (count(content, BOX, "parts")?, count(content, BOX + 4, "points")?);
    let starts_at = BOX + 8;
    let points_at = starts_at + 4 * parts;
    if points_at > content.len() {
        return Err(format!("the record says it has {parts} parts, its {} bytes cannot hold them", content.len()));
    }
    let points = positions(content, points_at, points)?;
    let mut starts = Vec::with_capacity(parts + 1);
    for part in 0..parts {
        let start = le_i32(content, starts_at + 4 * part).and_then(|start| usize::try_from(start).ok());
        let start = start.filter(|start| *start <= points.len()).ok_or_else(|| format!("part {} begins nowhere", part + 1))?;
        if starts.last().is_some_and(|last| *last > start) || (part == 0 && start != 0) {
            return Err(format!("part {} begins at point {start}, out of order", part + 1));
        }
        starts.push(start);
    }
    if parts == 0 && !points.is_empty() {
        return Err(format!("the record has {} points in no part", points.len()));
    }
    starts.push(points.len());
    Ok(starts.windows(2).map(|pair| points[pair[0]..pair[1]].to_vec()).collect())
}

fn count(content: &[u8], at: usize, what: &str) -> Result<usize, String> {
    let count = le_i32(content, at).ok_or_else(|| "the record ends before its counts".to_owned())?;
    usize::try_from(count).map_err(|_| format!("the record says it has {count} {what}"))
}

fn positions(content: &[u8], at: usize, count: usize) -> Result<Vec<Coord<f64>>, String> {
    let bytes = count.checked_mul(16).and_then(|len| content.get(at..at.checked_add(len)?));
    let Some(bytes) = bytes else {
        let room = content.len().saturating_sub(at) / 16;
        return Err(format!("the record says it has {count} points, there is room for {room}"));
    };
    bytes.chunks_exact(16).map(|pair| position(pair, 0)).collect()
}

fn position(bytes: &[u8], at: usize) -> Result<Coord<f64>, String> {
    match (le_f64(bytes, at), le_f64(bytes, at + 8)) {
        (Some(x), Some(y)) => Ok(Coord { x, y }),
        _ => Err("the record ends within a point".to_owned()),
    }
}
