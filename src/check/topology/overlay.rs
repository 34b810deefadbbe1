//! The overlays of the topology check, on the 64-bit grid, and the pieces they yield.

use geo::{Coord, InteriorPoint, LineString, MultiPolygon, Polygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::float::overlay::{FloatOverlay, OverlayOptions};

use crate::locate::tiles::{Contour, Frame};
use crate::measure::geodesic_area;
use crate::measure::scale::{Scale, mean_width};

/// A connected area on the ground.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub polygon: Polygon,
    pub area_m2: f64,
    pub perimeter_m: f64,
}

impl Piece {
    fn new(polygon: Polygon, scale: Scale) -> Self {
        let perimeter_m = scale.perimeter(&polygon);
        let shape = MultiPolygon(vec![polygon]);
        let area_m2 = geodesic_area(&shape).max(0.0);
        let polygon = shape.0.into_iter().next().unwrap_or_else(|| Polygon::new(LineString(Vec::new()), Vec::new()));
        Self { polygon, area_m2, perimeter_m }
    }

    /// Mean width, m.
    pub fn width_m(&self) -> f64 {
        mean_width(self.area_m2, self.perimeter_m)
    }

    /// A point inside.
    pub fn inside(&self) -> Option<Coord<f64>> {
        self.polygon.interior_point().map(|point| point.0)
    }
}

/// What two shapes have in common: contours with outer rings counter-clockwise, holes clockwise.
pub(super) fn common(a: &Vec<Contour>, b: &Vec<Contour>, scale: Scale) -> Vec<Piece> {
    FloatOverlay::<[f64; 2], i64>::from_subj_and_clip_custom(a, b, OverlayOptions::ogc(), Solver::default())
        .overlay(OverlayRule::Intersect, FillRule::NonZero)
        .into_iter()
        .filter_map(|shape| Some(Piece::new(polygon(shape)?, scale)))
        .collect()
}

/// The connected areas of `frame` that no loop runs round.
pub(super) fn outside(loops: &Vec<Contour>, frame: &Frame) -> Vec<Polygon> {
    FloatOverlay::<[f64; 2], i64>::from_subj_and_clip_custom(
        loops,
        &vec![frame.contour()],
        OverlayOptions::ogc(),
        Solver::default(),
    )
    .overlay(OverlayRule::InverseDifference, FillRule::NonZero)
    .into_iter()
    .filter_map(polygon)
    .collect()
}

/// A polygon measured at its own latitude.
pub(super) fn piece(polygon: Polygon) -> Piece {
    let latitude = polygon.exterior().0.first().map_or(0.0, |c| c.y);
    Piece::new(polygon, Scale::at(latitude))
}

/// The rings of a shape.
pub(super) fn contours(shape: &MultiPolygon) -> Vec<Contour> {
    shape
        .iter()
        .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
        .map(|ring| ring.coords().map(|c| [c.x, c.y]).collect())
        .collect()
}

/// The overlay gives the outer contour first, then the holes.
fn polygon(shape: Vec<Contour>) -> Option<Polygon> {
    let mut rings = shape.into_iter().map(|contour| LineString(contour.into_iter().map(|[x, y]| Coord { x, y }).collect()));
    Some(Polygon::new(rings.next()?, rings.collect()))
}
