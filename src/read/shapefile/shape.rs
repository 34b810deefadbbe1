//! The shape in the content of one record.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point};

use super::number::{le_f64, le_i32};
use super::rings;
use crate::finding::{Detail, detail};
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
        return plain(RawShape::unreadable(detail!("记录缺失或为空", "the record is lost or empty")), false);
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
                Err(why) => plain(RawShape::unreadable(why), heights),
            };
        }
        31 => Err(detail!(
            "多面体（multipatch），空间中的曲面，没有平面面积",
            "a multipatch, a surface in space: it has no area on the map"
        )),
        _ => Err(detail!("图形类型 {kind} 不是该格式的类型", "shape type {kind} is none of the format's")),
    };
    plain(shape.unwrap_or_else(RawShape::unreadable), heights)
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

fn multipoint(content: &[u8]) -> Result<RawShape, Detail> {
    let count = count(content, BOX, "points")?;
    let points = positions(content, BOX + 4, count)?;
    Ok(other(Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect()))))
}

/// The parts of a line or polygon.
fn parts(content: &[u8]) -> Result<Vec<Vec<Coord<f64>>>, Detail> {
    let (parts, points) = (count(content, BOX, "parts")?, count(content, BOX + 4, "points")?);
    let starts_at = BOX + 8;
    let points_at = starts_at + 4 * parts;
    if points_at > content.len() {
        return Err(detail!(
            "记录写明有 {parts} 个部件，{} 字节容纳不下",
            "the record says it has {parts} parts, its {} bytes cannot hold them",
            content.len()
        ));
    }
    let points = positions(content, points_at, points)?;
    let mut starts = Vec::with_capacity(parts + 1);
    for part in 0..parts {
        let start = le_i32(content, starts_at + 4 * part).and_then(|start| usize::try_from(start).ok());
        let start = start
            .filter(|start| *start <= points.len())
            .ok_or_else(|| detail!("部件 {} 的起点不存在", "part {} begins nowhere", part + 1))?;
        if starts.last().is_some_and(|last| *last > start) || (part == 0 && start != 0) {
            return Err(detail!(
                "部件 {} 从第 {start} 点开始，次序颠倒",
                "part {} begins at point {start}, out of order",
                part + 1
            ));
        }
        starts.push(start);
    }
    if parts == 0 && !points.is_empty() {
        return Err(detail!("记录有 {} 个点不属于任何部件", "the record has {} points in no part", points.len()));
    }
    starts.push(points.len());
    Ok(starts.windows(2).map(|pair| points[pair[0]..pair[1]].to_vec()).collect())
}

fn count(content: &[u8], at: usize, what: &str) -> Result<usize, Detail> {
    let count = le_i32(content, at).ok_or_else(|| detail!("记录在点数之前结束", "the record ends before its counts"))?;
    usize::try_from(count).map_err(|_| detail!("记录写明的个数为 {count}", "the record says it has {count} {what}"))
}

fn positions(content: &[u8], at: usize, count: usize) -> Result<Vec<Coord<f64>>, Detail> {
    let bytes = count.checked_mul(16).and_then(|len| content.get(at..at.checked_add(len)?));
    let Some(bytes) = bytes else {
        let room = content.len().saturating_sub(at) / 16;
        return Err(detail!(
            "记录写明有 {count} 个点，只容得下 {room} 个",
            "the record says it has {count} points, there is room for {room}"
        ));
    };
    bytes.chunks_exact(16).map(|pair| position(pair, 0)).collect()
}

fn position(bytes: &[u8], at: usize) -> Result<Coord<f64>, Detail> {
    match (le_f64(bytes, at), le_f64(bytes, at + 8)) {
        (Some(x), Some(y)) => Ok(Coord { x, y }),
        _ => Err(detail!("记录在一个点中间结束", "the record ends within a point")),
    }
}
