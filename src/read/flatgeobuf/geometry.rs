//! The shape of a feature: flat lists of coordinates, cut into rings by the numbers at which each ends.

use flatgeobuf::{Geometry as Stored, GeometryType};
use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use crate::finding::{Detail, detail};
use crate::model::{RawShape, Ring};
use crate::read::wkb::{self, Parsed};

/// Collections nested deeper than this are refused.
const MAX_DEPTH: usize = 16;

type Result<T> = std::result::Result<T, Detail>;

/// A stored shape out of a feature of so many `bytes`; `kind` is the type of the layer, or `Unknown` where each shape says its own.
pub(super) fn parse(stored: &Stored<'_>, kind: GeometryType, bytes: usize) -> Parsed {
    let kind = if kind == GeometryType::Unknown { stored.type_() } else { kind };
    let mut seen = Seen { heights: false, positions: bytes / 16 };
    let shape = shape(stored, kind, &mut seen).unwrap_or_else(RawShape::unreadable);
    Parsed { shape, heights: seen.heights }
}

/// What was met on the way through a shape.
struct Seen {
    heights: bool,
    /// Positions that the bytes of the feature may still hold: parts that share their coordinates would make more of them.
    positions: usize,
}

fn shape(stored: &Stored<'_>, kind: GeometryType, seen: &mut Seen) -> Result<RawShape> {
    Ok(match kind {
        GeometryType::Polygon | GeometryType::Triangle => RawShape::Parts(part(rings(stored, seen)?)),
        GeometryType::MultiPolygon | GeometryType::PolyhedralSurface | GeometryType::TIN | GeometryType::MultiSurface => {
            RawShape::Parts(parts(stored, seen)?)
        }
        other => RawShape::Other(Box::new(geometry(stored, other, 0, seen)?)),
    })
}

fn geometry(stored: &Stored<'_>, kind: GeometryType, depth: usize, seen: &mut Seen) -> Result<Geometry> {
    let polygon = |rings: Vec<Ring>| {
        let mut rings = rings.into_iter().map(LineString);
        Polygon::new(rings.next().unwrap_or_else(|| LineString(Vec::new())), rings.collect())
    };
    Ok(match kind {
        // GDAL and others write an empty point as a point of nothing.
        GeometryType::Point => {
            Point(positions(stored, seen)?.first().copied().unwrap_or(Coord { x: f64::NAN, y: f64::NAN })).into()
        }
        GeometryType::MultiPoint => MultiPoint(positions(stored, seen)?.into_iter().map(Point).collect()).into(),
        GeometryType::LineString => LineString(positions(stored, seen)?).into(),
        GeometryType::MultiLineString => MultiLineString(rings(stored, seen)?.into_iter().map(LineString).collect()).into(),
        GeometryType::Polygon | GeometryType::Triangle => polygon(rings(stored, seen)?).into(),
        GeometryType::MultiPolygon | GeometryType::PolyhedralSurface | GeometryType::TIN | GeometryType::MultiSurface => {
            MultiPolygon(parts(stored, seen)?.into_iter().map(polygon).collect()).into()
        }
        GeometryType::GeometryCollection if depth >= MAX_DEPTH => {
            return Err(detail!("集合嵌套超过 {MAX_DEPTH} 层", "collections are nested deeper than {MAX_DEPTH}"));
        }
        GeometryType::GeometryCollection => {
            let members = stored.parts().into_iter().flatten().map(|member| geometry(&member, member.type_(), depth + 1, seen));
            Geometry::GeometryCollection(GeometryCollection(members.collect::<Result<Vec<_>>>()?))
        }
        GeometryType::Unknown => return Err(detail!("没有写明类型", "it does not say of which type it is")),
        other => match other.variant_name() {
            Some(_) => return Err(wkb::curves()),
            None => return Err(detail!("类型 {} 未知", "its type {} is unknown", other.0)),
        },
    })
}

fn parts(stored: &Stored<'_>, seen: &mut Seen) -> Result<Vec<Vec<Ring>>> {
    match stored.parts() {
        None => Ok(part(rings(stored, seen)?)),
        Some(parts) => parts
            .iter()
            .map(|part| match part.type_() {
                GeometryType::Unknown | GeometryType::Polygon | GeometryType::Triangle => rings(&part, seen),
                _ => Err(wkb::curves()),
            })
            .collect(),
    }
}

/// The coordinates, cut where the file says; one ring where it says nothing.
fn rings(stored: &Stored<'_>, seen: &mut Seen) -> Result<Vec<Ring>> {
    let positions = positions(stored, seen)?;
    let Some(ends) = stored.ends().filter(|ends| !ends.is_empty()) else {
        return Ok(if positions.is_empty() { Vec::new() } else { vec![positions] });
    };
    let (mut rings, mut begin) = (Vec::with_capacity(ends.len()), 0);
    for end in ends {
        let ring = usize::try_from(end).ok().and_then(|end| positions.get(begin..end).map(|ring| (end, ring)));
        let (end, ring) = ring.ok_or_else(|| {
            detail!("环写明止于第 {end} 点，共 {} 点", "a ring is said to end at position {end} of {}", positions.len())
        })?;
        rings.push(ring.to_vec());
        begin = end;
    }
    if begin < positions.len() {
        return Err(detail!("{} 个点不属于任何环", "{} positions belong to no ring", positions.len() - begin));
    }
    Ok(rings)
}

fn positions(stored: &Stored<'_>, seen: &mut Seen) -> Result<Ring> {
    seen.heights |= stored.z().is_some_and(|z| !z.is_empty()) || stored.m().is_some_and(|m| !m.is_empty());
    let Some(xy) = stored.xy() else { return Ok(Vec::new()) };
    if xy.len() % 2 != 0 {
        return Err(detail!("坐标个数为奇数", "it has an odd number of coordinates"));
    }
    seen.positions = seen.positions.checked_sub(xy.len() / 2).ok_or_else(|| {
        detail!("各部件的点数超过要素字节所能容纳", "its parts have more positions than the feature has bytes for")
    })?;
    Ok((0..xy.len() / 2).map(|n| Coord { x: xy.get(2 * n), y: xy.get(2 * n + 1) }).collect())
}

fn part(rings: Vec<Ring>) -> Vec<Vec<Ring>> {
    if rings.is_empty() { Vec::new() } else { vec![rings] }
}
