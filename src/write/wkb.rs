//! Well-known binary, little-endian, two dimensions: shapes as GeoPackage and GeoParquet hold them.

use geo::{Coord, Geometry, Rect};

use crate::error::{Error, Result};
use crate::model::RawShape;

/// Appends a shape as it stands: rings are neither closed nor turned. False for a shape that is missing or unreadable, of which
/// nothing is written. `multi` writes a single polygon as a MultiPolygon of one.
///
/// # Errors
/// The shape has more members than the format can count.
pub(super) fn write(shape: &RawShape, multi: bool, out: &mut Vec<u8>) -> Result<bool> {
    match shape {
        RawShape::Missing | RawShape::Unreadable(_) => return Ok(false),
        RawShape::Parts(parts) => match parts.as_slice() {
            [part] if !multi => polygon(part.iter().map(Vec::as_slice), part.len(), out)?,
            _ => {
                begin(6, out);
                count(parts.len(), out)?;
                for part in parts {
                    polygon(part.iter().map(Vec::as_slice), part.len(), out)?;
                }
            }
        },
        RawShape::Other(other) => geometry(other, out)?,
    }
    Ok(true)
}

/// The box of the finite positions of a shape.
pub(super) fn frame(shape: &RawShape) -> Option<Rect> {
    let grow = |frame: Option<(Coord<f64>, Coord<f64>)>, c: Coord<f64>| {
        if !(c.x.is_finite() && c.y.is_finite()) {
            return frame;
        }
        let (min, max) = frame.unwrap_or((c, c));
        Some((Coord { x: min.x.min(c.x), y: min.y.min(c.y) }, Coord { x: max.x.max(c.x), y: max.y.max(c.y) }))
    };
    let frame = match shape {
        RawShape::Parts(parts) => parts.iter().flatten().flatten().copied().fold(None, grow),
        RawShape::Other(_) => shape.positions().into_iter().fold(None, grow),
        RawShape::Missing | RawShape::Unreadable(_) => None,
    };
    frame.map(|(min, max)| Rect::new(min, max))
}

/// The one type a layer is declared to be of, and whether its polygons are written as MultiPolygons for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Polygon,
    MultiPolygon,
    Mixed,
}

/// What the shapes of a layer have in common.
pub(super) fn declared(shapes: &[RawShape]) -> Declared {
    let mut declared = Declared::Polygon;
    for shape in shapes {
        match shape {
            RawShape::Other(_) => return Declared::Mixed,
            RawShape::Parts(parts) if parts.len() != 1 => declared = Declared::MultiPolygon,
            _ => {}
        }
    }
    declared
}

fn geometry(shape: &Geometry, out: &mut Vec<u8>) -> Result<()> {
    match shape {
        Geometry::Point(point) => {
            begin(1, out);
            position(point.0, out);
        }
        Geometry::Line(line) => {
            begin(2, out);
            positions(&[line.start, line.end], out)?;
        }
        Geometry::LineString(line) => {
            begin(2, out);
            positions(&line.0, out)?;
        }
        Geometry::Polygon(shape) => geo_polygon(shape, out)?,
        Geometry::Rect(rect) => geo_polygon(&rect.to_polygon(), out)?,
        Geometry::Triangle(triangle) => geo_polygon(&triangle.to_polygon(), out)?,
        Geometry::MultiPoint(points) => {
            begin(4, out);
            count(points.0.len(), out)?;
            for point in &points.0 {
                begin(1, out);
                position(point.0, out);
            }
        }
        Geometry::MultiLineString(lines) => {
            begin(5, out);
            count(lines.0.len(), out)?;
            for line in &lines.0 {
                begin(2, out);
                positions(&line.0, out)?;
            }
        }
        Geometry::MultiPolygon(parts) => {
            begin(6, out);
            count(parts.0.len(), out)?;
            for part in &parts.0 {
                geo_polygon(part, out)?;
            }
        }
        Geometry::GeometryCollection(members) => {
            begin(7, out);
            count(members.0.len(), out)?;
            for member in &members.0 {
                geometry(member, out)?;
            }
        }
    }
    Ok(())
}

fn geo_polygon(shape: &geo::Polygon, out: &mut Vec<u8>) -> Result<()> {
    let (outer, inner) = (shape.exterior(), shape.interiors());
    if outer.0.is_empty() && inner.is_empty() {
        return polygon(std::iter::empty(), 0, out);
    }
    polygon(std::iter::once(outer).chain(inner).map(|ring| ring.0.as_slice()), 1 + inner.len(), out)
}

/// A shape of geo: a Polygon where it is one, else a MultiPolygon.
///
/// # Errors
/// The shape has more members than the format can count.
pub(crate) fn write_multi_polygon(shape: &geo::MultiPolygon, out: &mut Vec<u8>) -> Result<()> {
    match shape.0.as_slice() {
        [part] => geo_polygon(part, out),
        parts => {
            begin(6, out);
            count(parts.len(), out)?;
            parts.iter().try_for_each(|part| geo_polygon(part, out))
        }
    }
}

fn polygon<'a>(rings: impl Iterator<Item = &'a [Coord<f64>]>, number: usize, out: &mut Vec<u8>) -> Result<()> {
    begin(3, out);
    count(number, out)?;
    for ring in rings {
        positions(ring, out)?;
    }
    Ok(())
}

fn positions(ring: &[Coord<f64>], out: &mut Vec<u8>) -> Result<()> {
    count(ring.len(), out)?;
    out.reserve(ring.len() * 16);
    ring.iter().for_each(|c| position(*c, out));
    Ok(())
}

fn position(c: Coord<f64>, out: &mut Vec<u8>) {
    out.extend_from_slice(&c.x.to_le_bytes());
    out.extend_from_slice(&c.y.to_le_bytes());
}

fn begin(kind: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[1, kind, 0, 0, 0]);
}

fn count(n: usize, out: &mut Vec<u8>) -> Result<()> {
    let n = u32::try_from(n).map_err(|_| Error::new(format!("a shape has {n} members, more than WKB can count")))?;
    out.extend_from_slice(&n.to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ring;

    #[test]
    fn what_is_written_is_read_again_as_it_was() {
        let ring = |positions: &[(f64, f64)]| -> Ring { positions.iter().map(|&(x, y)| Coord { x, y }).collect() };
        let open = ring(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)]);
        let hole = ring(&[(1.0, 1.0), (2.0, 1.0), (f64::INFINITY, 2.0), (1.0, 1.0)]);
        let shapes = [
            RawShape::Parts(Vec::new()),
            RawShape::Parts(vec![vec![open.clone(), hole.clone()]]),
            RawShape::Parts(vec![vec![open.clone()], vec![hole]]),
            RawShape::Other(Box::new(geo::wkt! { MULTIPOINT(1. 2.,3. 4.) }.into())),
            RawShape::Other(Box::new(Geometry::GeometryCollection(geo::GeometryCollection(vec![
                geo::wkt! { LINESTRING(1. 2.,3. 4.) }.into(),
                geo::wkt! { POLYGON((0. 0.,1. 0.,1. 1.,0. 0.)) }.into(),
            ])))),
        ];
        for shape in shapes {
            let mut bytes = Vec::new();
            assert!(write(&shape, false, &mut bytes).unwrap());
            assert_eq!(crate::read::wkb::shape(&bytes), shape);
        }
        let (one, mut bytes) = (RawShape::Parts(vec![vec![open]]), Vec::new());
        assert!(write(&one, true, &mut bytes).unwrap());
        assert_eq!(bytes[1], 6);
        assert_eq!(crate::read::wkb::shape(&bytes), one);
        assert!(!write(&RawShape::Missing, true, &mut bytes).unwrap());
        assert_eq!(frame(&one), Some(Rect::new((0.0, 0.0), (4.0, 4.0))));
    }
}
