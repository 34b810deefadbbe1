//! Arcs as chains of chords.

use std::f64::consts::TAU;

use ::gdal::vector::{Geometry, OGRwkbGeometryType as Type, geometry_type_flatten};
use geo::{Coord, Geometry as GeoGeometry, LineString, MultiLineString};

use crate::model::{RawShape, Ring};

/// The angle, in degrees, that one chord spans at most. The area of a circle comes out smaller by 0.08 %.
pub(super) const STEP_DEGREES: u32 = 4;

/// Sub-shapes in sub-shapes followed at most, against a file that nests them without end.
const DEPTH: usize = 8;

/// Whether a shape has an arc in it: many "curves" are straight.
pub(super) fn has_arcs(geometry: &Geometry) -> bool {
    has_arcs_within(geometry, DEPTH)
}

fn has_arcs_within(geometry: &Geometry, depth: usize) -> bool {
    geometry_type_flatten(geometry.geometry_type()) == Type::wkbCircularString
        || depth > 0 && (0..geometry.geometry_count()).any(|n| has_arcs_within(&geometry.get_geometry(n), depth - 1))
}

/// A curved polygon, or several, with straight edges.
pub(super) fn polygons(geometry: &Geometry) -> RawShape {
    let mut parts = Vec::new();
    collect_polygons(geometry, DEPTH, &mut parts);
    RawShape::Parts(parts)
}

fn collect_polygons(geometry: &Geometry, depth: usize, parts: &mut Vec<Vec<Ring>>) {
    if depth == 0 {
        return;
    }
    let members = 0..geometry.geometry_count();
    match geometry_type_flatten(geometry.geometry_type()) {
        Type::wkbMultiSurface | Type::wkbMultiPolygon => {
            for n in members {
                collect_polygons(&geometry.get_geometry(n), depth - 1, parts);
            }
        }
        _ => parts.push(members.map(|n| points(&geometry.get_geometry(n), depth - 1)).collect()),
    }
}

/// Curved lines as straight ones.
pub(super) fn lines(geometry: &Geometry) -> RawShape {
    let shape = if geometry_type_flatten(geometry.geometry_type()) == Type::wkbMultiCurve {
        let lines = (0..geometry.geometry_count()).map(|n| LineString(points(&geometry.get_geometry(n), DEPTH))).collect();
        GeoGeometry::MultiLineString(MultiLineString(lines))
    } else {
        GeoGeometry::LineString(LineString(points(geometry, DEPTH)))
    };
    RawShape::Other(Box::new(shape))
}

/// The points of a line, straight, curved, or made of both.
fn points(geometry: &Geometry, depth: usize) -> Ring {
    match geometry_type_flatten(geometry.geometry_type()) {
        Type::wkbCompoundCurve if depth > 0 => {
            let mut all = Ring::new();
            for n in 0..geometry.geometry_count() {
                let member = points(&geometry.get_geometry(n), depth - 1);
                let joined = usize::from(!all.is_empty() && all.last() == member.first());
                all.extend(member.into_iter().skip(joined));
            }
            all
        }
        Type::wkbCircularString => chords_of(&vertices(geometry)),
        _ => vertices(geometry),
    }
}

fn vertices(geometry: &Geometry) -> Ring {
    let mut points = Vec::new();
    geometry.get_points(&mut points);
    points.into_iter().map(|(x, y, _)| Coord { x, y }).collect()
}

/// A chain of arcs, each given by its start, a point on it and its end, which is the start of the next.
fn chords_of(points: &[Coord<f64>]) -> Ring {
    let mut all: Ring = points.first().copied().into_iter().collect();
    for arc in points.windows(3).step_by(2) {
        if let [start, middle, end] = arc {
            all.extend(chords(*start, *middle, *end));
        }
    }
    all
}

/// The points after `start` of an arc. An arc and the same arc backwards give the same points, so that neighbours keep touching.
fn chords(start: Coord<f64>, middle: Coord<f64>, end: Coord<f64>) -> Ring {
    if (end.x, end.y) < (start.x, start.y) {
        let mut backwards = chords(end, middle, start);
        backwards.pop();
        backwards.reverse();
        backwards.push(end);
        return backwards;
    }
    let Some(centre) = centre(start, middle, end) else { return vec![middle, end] };
    let angle = |c: Coord<f64>| (c.y - centre.y).atan2(c.x - centre.x);
    let radius = (start.x - centre.x).hypot(start.y - centre.y);
    let from = angle(start);
    let turn = |to: f64| (to - from).rem_euclid(TAU);
    let sweep = match (start == end, turn(angle(middle)), turn(angle(end))) {
        (true, _, _) => TAU,
        (_, to_middle, to_end) if to_middle <= to_end => to_end,
        (_, _, to_end) => to_end - TAU,
    };
    let mut points = Ring::new();
    let count = (sweep.abs().to_degrees() / f64::from(STEP_DEGREES) - 1e-9).ceil().clamp(1.0, 360.0);
    let mut n = 1.0;
    while n < count {
        let at = from + sweep * n / count;
        points.push(Coord { x: centre.x + radius * at.cos(), y: centre.y + radius * at.sin() });
        n += 1.0;
    }
    points.push(end);
    points
}

/// The centre of the circle through three points; `None` where they lie on a line or are not numbers. A closed arc is a full
/// circle with `middle` opposite of its start.
fn centre(start: Coord<f64>, middle: Coord<f64>, end: Coord<f64>) -> Option<Coord<f64>> {
    let (b, c) = (middle - start, end - start);
    let centre = if start == end {
        start + b / 2.0
    } else {
        let cross = 2.0 * (b.x * c.y - b.y * c.x);
        let (bb, cc) = (b.x * b.x + b.y * b.y, c.x * c.x + c.y * c.y);
        // Points within rounding of a line make a circle of any size.
        if cross.abs() <= 1e-12 * (bb * cc).sqrt() {
            return None;
        }
        start + Coord { x: (c.y * bb - b.y * cc) / cross, y: (b.x * cc - c.x * bb) / cross }
    };
    (centre.x.is_finite() && centre.y.is_finite() && centre != start).then_some(centre)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(wkt: &str) -> RawShape {
        let geometry = Geometry::from_wkt(wkt).unwrap();
        assert!(has_arcs(&geometry));
        polygons(&geometry)
    }

    fn area(ring: &[Coord<f64>]) -> f64 {
        ring.windows(2).map(|edge| edge[0].x * edge[1].y - edge[1].x * edge[0].y).sum::<f64>() / 2.0
    }

    #[test]
    fn a_circle_becomes_the_regular_polygon_of_ninety_corners() {
        let RawShape::Parts(parts) = shape("CURVEPOLYGON(CIRCULARSTRING(3 2,1 2,3 2))") else { panic!() };
        let ring = &parts[0][0];
        assert_eq!(ring.len(), 91);
        let exact = 90.0 / 2.0 * (TAU / 90.0).sin();
        assert!((area(ring).abs() - exact).abs() < 1e-12, "{}", area(ring));
    }

    #[test]
    fn arcs_and_straight_lines_join_and_holes_stay_holes() {
        let text = "MULTISURFACE(CURVEPOLYGON(COMPOUNDCURVE((0 0,2 0),CIRCULARSTRING(2 0,1 1,0 0)),(0.9 0.1,1.1 0.1,1 0.2,0.9 0.1)),((5 5,6 5,6 6,5 5)))";
        let RawShape::Parts(parts) = shape(text) else { panic!() };
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        let ring = &parts[0][0];
        assert_eq!(
            (ring.len(), ring[0], ring[1], ring.last().copied()),
            (47, Coord { x: 0., y: 0. }, Coord { x: 2., y: 0. }, Some(ring[0]))
        );
        assert!((area(ring) - 45.0 / 2.0 * (TAU / 90.0).sin()).abs() < 1e-12);
    }

    #[test]
    fn an_arc_backwards_has_the_same_points_and_a_straight_one_stays_straight() {
        let (a, b, c) = (Coord { x: 121.5, y: 31.2 }, Coord { x: 121.50021, y: 31.20013 }, Coord { x: 121.5003, y: 31.2 });
        let mut forth = vec![a];
        forth.extend(chords(a, b, c));
        let mut back = vec![c];
        back.extend(chords(c, b, a));
        back.reverse();
        assert!(forth.len() > 10);
        assert_eq!(forth, back);
        assert_eq!(chords(Coord { x: 0., y: 0. }, Coord { x: 1., y: 1. }, Coord { x: 2., y: 2. }).len(), 2);
        assert_eq!(chords(a, Coord { x: f64::NAN, y: 0. }, c).len(), 2);
    }
}
