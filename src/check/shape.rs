//! One shape: what is wrong with it, and the valid shape that is left.

use geo::{Area, Coord, LineString, MultiPolygon, Polygon, Validation};

use super::crossing::self_crossing;
use super::repair;
use crate::crs::is_swapped;
use crate::finding::{Code, Detail};
use crate::measure::{geodesic, geodesic_area};
use crate::model::{RawShape, Ring};

/// A fault of one shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ShapeFault {
    pub code: Code,
    /// Where, if it is at a place.
    pub at: Option<Coord<f64>>,
    pub detail: Detail,
    /// Geodesic area before and after a repair, m².
    pub areas: Option<(f64, f64)>,
}

impl ShapeFault {
    fn new(code: Code, at: Option<Coord<f64>>, detail: impl Into<Detail>) -> Self {
        Self { code, at, detail: detail.into(), areas: None }
    }
}

/// Checks a shape. What comes back is valid, its outer rings counter-clockwise, its holes clockwise; `None` if no area can
/// be taken from it.
pub(super) fn check(raw: RawShape) -> (Option<MultiPolygon>, Vec<ShapeFault>) {
    let parts = match raw {
        RawShape::Missing => return unusable(Code::ShapeMissing, None, ""),
        RawShape::Other(_) => return unusable(Code::ShapeType, raw.first_position(), raw.type_name()),
        RawShape::Unreadable(why) => return unusable(Code::ShapeUnreadable, None, why),
        RawShape::Parts(parts) => parts,
    };
    if parts.iter().flatten().all(Vec::is_empty) {
        return unusable(Code::ShapeEmpty, None, "");
    }
    if let Some(fault) = parts.iter().flatten().flatten().find_map(|c| off_the_globe(*c)) {
        return (None, vec![fault]);
    }
    let mut faults = Vec::new();
    let parts = drop_short_rings(parts, &mut faults);
    if parts.is_empty() {
        return (None, faults);
    }
    let parts: Vec<Vec<Ring>> = parts.into_iter().map(|rings| close(rings, &mut faults)).collect();
    let as_drawn = |parts: &[Vec<Ring>]| parts.iter().map(|rings| rings_area(rings)).sum::<f64>();
    // Needed only beside a repair; most shapes have none.
    let mut before = (!faults.is_empty()).then(|| as_drawn(&parts));
    let crossing = parts.iter().flatten().find_map(|ring| self_crossing(ring));
    let simple = parts.len() == 1 && parts[0].len() == 1;
    let shape = match crossing {
        Some(at) => {
            faults.push(ShapeFault::new(Code::SelfCrossing, Some(at), ""));
            before.get_or_insert_with(|| as_drawn(&parts));
            repair::even_odd(&parts)
        }
        None => {
            let shape = wind(parts, &mut faults);
            match (!simple).then(|| shape.check_validation().err()).flatten() {
                None => Some(shape),
                Some(why) => {
                    let first = shape.0.first().and_then(|p| p.exterior().0.first().copied());
                    faults.push(ShapeFault::new(Code::RingsClash, first, why.to_string()));
                    before.get_or_insert_with(|| geodesic_area(&shape));
                    repair::even_odd(&shape.0.into_iter().map(into_rings).collect::<Vec<_>>())
                }
            }
        }
    };
    if let Some(before) = before {
        let after = shape.as_ref().map_or(0.0, geodesic_area);
        for fault in &mut faults {
            if matches!(fault.code, Code::SelfCrossing | Code::RingsClash | Code::ShortRing | Code::Unclosed) {
                fault.areas = Some((before, after));
            }
        }
    }
    match shape {
        Some(shape) if shape.unsigned_area() > 0.0 => (Some(shape), faults),
        _ => {
            faults.push(ShapeFault::new(Code::NoArea, None, ""));
            (None, faults)
        }
    }
}

fn unusable(code: Code, at: Option<Coord<f64>>, detail: impl Into<Detail>) -> (Option<MultiPolygon>, Vec<ShapeFault>) {
    (None, vec![ShapeFault::new(code, at, detail)])
}

fn off_the_globe(c: Coord<f64>) -> Option<ShapeFault> {
    let written = || format!("[{}, {}]", c.x, c.y);
    if !c.x.is_finite() || !c.y.is_finite() {
        return Some(ShapeFault::new(Code::NonFinite, None, written()));
    }
    if c.x.abs() <= 180.0 && c.y.abs() <= 90.0 {
        return None;
    }
    let code = if is_swapped(c) { Code::Swapped } else { Code::OutOfRange };
    Some(ShapeFault::new(code, None, written()))
}

/// Area as the rings stand: the first less the others, m².
fn rings_area(rings: &[Ring]) -> f64 {
    let mut areas = rings.iter().map(|ring| geodesic::ring_area(ring).abs());
    areas.next().unwrap_or(0.0) - areas.sum::<f64>()
}

/// Leaves out rings of fewer than three distinct points; a part whose outer ring is one goes with its holes.
fn drop_short_rings(parts: Vec<Vec<Ring>>, faults: &mut Vec<ShapeFault>) -> Vec<Vec<Ring>> {
    let mut keep = |ring: &Ring| {
        let enough = has_three_points(ring);
        if !enough {
            faults.push(ShapeFault::new(Code::ShortRing, ring.first().copied(), format!("{} points", ring.len())));
        }
        enough
    };
    parts
        .into_iter()
        .filter_map(|rings| {
            let mut rings = rings.into_iter();
            let outer = rings.next().filter(&mut keep)?;
            Some(std::iter::once(outer).chain(rings.filter(&mut keep)).collect())
        })
        .collect()
}

fn has_three_points(ring: &[Coord<f64>]) -> bool {
    let Some(first) = ring.first() else { return false };
    let Some(second) = ring.iter().find(|c| *c != first) else { return false };
    ring.iter().any(|c| c != first && c != second)
}

fn close(rings: Vec<Ring>, faults: &mut Vec<ShapeFault>) -> Vec<Ring> {
    rings
        .into_iter()
        .map(|mut ring| {
            if let (Some(&first), Some(&last)) = (ring.first(), ring.last())
                && first != last
            {
                faults.push(ShapeFault::new(Code::Unclosed, Some(last), ""));
                ring.push(first);
            }
            ring.shrink_to_fit();
            ring
        })
        .collect()
}

/// Outer rings counter-clockwise, holes clockwise; one finding a shape says that some were not.
fn wind(parts: Vec<Vec<Ring>>, faults: &mut Vec<ShapeFault>) -> MultiPolygon {
    let mut turned = None;
    let polygons = parts
        .into_iter()
        .map(|rings| {
            let mut rings = rings.into_iter().enumerate().map(|(n, mut ring)| {
                let outer = n == 0;
                if (doubled_area(&ring) > 0.0) != outer {
                    ring.reverse();
                    turned = turned.or(ring.first().copied());
                }
                LineString(ring)
            });
            let outer = rings.next().unwrap_or_else(|| LineString(Vec::new()));
            Polygon::new(outer, rings.collect())
        })
        .collect();
    if turned.is_some() {
        faults.push(ShapeFault::new(Code::Winding, turned, ""));
    }
    MultiPolygon(polygons)
}

/// Twice the planar area of a closed ring, positive when counter-clockwise.
fn doubled_area(ring: &[Coord<f64>]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    ring.windows(2)
        .map(|edge| (edge[0].x - origin.x) * (edge[1].y - origin.y) - (edge[1].x - origin.x) * (edge[0].y - origin.y))
        .sum()
}

fn into_rings(polygon: Polygon) -> Vec<Ring> {
    let (outer, holes) = polygon.into_inner();
    std::iter::once(outer.0).chain(holes.into_iter().map(|hole| hole.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(f64, f64)]) -> Ring {
        points.iter().map(|&(x, y)| Coord { x: 121.0 + x * 1e-3, y: 31.0 + y * 1e-3 }).collect()
    }

    fn codes(parts: Vec<Vec<Ring>>) -> (Vec<&'static str>, Option<f64>) {
        let (shape, faults) = check(RawShape::Parts(parts));
        assert!(shape.as_ref().is_none_or(Validation::is_valid));
        (faults.iter().map(|f| f.code.name()).collect(), shape.as_ref().map(geodesic_area))
    }

    const SQUARE: [(f64, f64); 5] = [(0., 0.), (2., 0.), (2., 2.), (0., 2.), (0., 0.)];

    #[test]
    fn a_good_square_has_no_findings() {
        assert!(codes(vec![vec![ring(&SQUARE)]]).0.is_empty());
    }

    #[test]
    fn each_fault_has_its_code_and_repairs_keep_the_area_they_should() {
        let whole = codes(vec![vec![ring(&SQUARE)]]).1.unwrap();
        let near = |area: Option<f64>, share: f64| assert!((area.unwrap() / whole - share).abs() < 1e-4, "{area:?} {share}");

        let (c, a) = codes(vec![vec![ring(&SQUARE[..4])]]);
        assert_eq!(c, ["RING_UNCLOSED"]);
        near(a, 1.0);

        let mut backwards = ring(&SQUARE);
        backwards.reverse();
        let (c, a) = codes(vec![vec![backwards]]);
        assert_eq!(c, ["RING_WINDING"]);
        near(a, 1.0);

        let (c, a) = codes(vec![vec![ring(&[(0., 0.), (2., 2.), (2., 0.), (0., 2.), (0., 0.)])]]);
        assert_eq!(c, ["RING_SELF_CROSSING"]);
        near(a, 0.5);

        let hole_outside = ring(&[(3., 0.), (3., 1.), (4., 1.), (4., 0.), (3., 0.)]);
        let (c, a) = codes(vec![vec![ring(&SQUARE), hole_outside]]);
        assert_eq!(c, ["RINGS_CLASH"]);
        near(a, 1.25);

        let overlapping = ring(&[(1., 0.), (3., 0.), (3., 2.), (1., 2.), (1., 0.)]);
        let (c, a) = codes(vec![vec![ring(&SQUARE)], vec![overlapping]]);
        assert_eq!(c, ["RINGS_CLASH"]);
        near(a, 1.5);

        let (c, a) = codes(vec![vec![ring(&SQUARE), ring(&[(1., 1.), (1., 1.)])]]);
        assert_eq!(c, ["RING_SHORT"]);
        near(a, 1.0);

        assert_eq!(codes(vec![vec![ring(&[(0., 0.), (1., 1.), (0., 0.)])]]), (vec!["RING_SHORT"], None));
        assert_eq!(codes(vec![]), (vec!["SHAPE_EMPTY"], None));
        assert_eq!(codes(vec![vec![vec![Coord { x: 31.2, y: 121.5 }]]]), (vec!["COORD_SWAPPED"], None));
        assert_eq!(codes(vec![vec![vec![Coord { x: f64::NAN, y: 1.0 }]]]), (vec!["COORD_NON_FINITE"], None));
        assert_eq!(codes(vec![vec![vec![Coord { x: 512_345.0, y: 1.0 }]]]), (vec!["COORD_OUT_OF_RANGE"], None));
    }
}
