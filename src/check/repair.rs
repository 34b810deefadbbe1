//! Mends an invalid polygon by one rule: what an odd number of its rings encloses is inside.
//!
//! The overlay runs on a 64-bit grid. The 32-bit grid of `geo`'s boolean operations moves points by centimetres where the
//! extent is large.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::float::overlay::{FloatOverlay, OverlayOptions};

use crate::model::Ring;

/// The valid shape of `parts`: each part by the even-odd rule, then their union. `None` if no area is left.
pub(super) fn even_odd(parts: &[Vec<Ring>]) -> Option<MultiPolygon> {
    let mut shapes = parts.iter().flat_map(|rings| overlay(&contours(rings), FillRule::EvenOdd)).collect::<Vec<_>>();
    if parts.len() > 1 {
        shapes = overlay(&shapes.into_iter().flatten().collect::<Vec<_>>(), FillRule::NonZero);
    }
    let polygons: Vec<Polygon> = shapes.into_iter().filter_map(polygon).collect();
    (!polygons.is_empty()).then_some(MultiPolygon(polygons))
}

type Contour = Vec<[f64; 2]>;

fn overlay(contours: &Vec<Contour>, rule: FillRule) -> Vec<Vec<Contour>> {
    FloatOverlay::<[f64; 2], i64>::from_subj_custom(contours, OverlayOptions::ogc(), Solver::default())
        .overlay(OverlayRule::Subject, rule)
}

fn contours(rings: &[Ring]) -> Vec<Contour> {
    rings.iter().map(|ring| ring.iter().map(|c| [c.x, c.y]).collect()).collect()
}

/// The overlay gives the outer contour first, counter-clockwise, then the holes.
fn polygon(shape: Vec<Contour>) -> Option<Polygon> {
    let mut rings = shape.into_iter().map(|contour| LineString(contour.into_iter().map(|[x, y]| Coord { x, y }).collect()));
    Some(Polygon::new(rings.next()?, rings.collect()))
}
