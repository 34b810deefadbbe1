//! The shapes of the parcels, and what of them is seen around one.

use geo::{Coord, Rect};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::measure::ellipsoid::{A, E2};
use crate::model::{RawShape, Ring};

/// A view is so many times as wide as the parcel.
const AROUND: f64 = 2.2;
/// No view is narrower, m.
const LEAST_WIDTH: f64 = 120.0;

/// Every parcel's shape, to be found by place.
pub(super) struct Ground {
    shapes: Vec<RawShape>,
    index: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

/// A parcel and its surroundings: metres east and south of the upper left corner.
pub(super) struct Extract {
    pub width: f64,
    pub own: Vec<Vec<Ring>>,
    /// The others in view: row and shape.
    pub others: Vec<(usize, Vec<Vec<Ring>>)>,
}

impl Ground {
    /// From longitudes and latitudes in degrees.
    pub fn new(shapes: Vec<RawShape>) -> Self {
        let boxed = |(row, shape): (usize, &RawShape)| {
            let frame = frame(shape)?;
            Some(GeomWithData::new(Rectangle::from_corners(frame.min().into(), frame.max().into()), row))
        };
        let index = RTree::bulk_load(shapes.iter().enumerate().filter_map(boxed).collect());
        Self { shapes, index }
    }

    /// What is seen around a parcel in a view whose height is so many times its width; none where it has no shape.
    pub fn extract(&self, row: usize, ratio: f64) -> Option<Extract> {
        let frame = frame(self.shapes.get(row)?)?;
        let middle = frame.center();
        let (east, north) = metres_a_degree(middle.y);
        let wide = (frame.width() * east).max(frame.height() * north / ratio);
        let width = (wide * AROUND).max(LEAST_WIDTH);
        let height = width * ratio;
        let corner = Coord { x: middle.x - width / 2.0 / east, y: middle.y + height / 2.0 / north };
        let placed = |row: usize| match &self.shapes[row] {
            RawShape::Parts(parts) => {
                let place = |c: &Coord| Coord { x: (c.x - corner.x) * east, y: (corner.y - c.y) * north };
                let ring = |ring: &Ring| ring.iter().map(place).collect();
                parts.iter().map(|rings| rings.iter().map(ring).collect()).collect()
            }
            _ => Vec::new(),
        };
        let view = AABB::from_corners([corner.x, corner.y - height / north], [corner.x + width / east, corner.y]);
        let mut others: Vec<usize> =
            self.index.locate_in_envelope_intersecting(&view).map(|found| found.data).filter(|other| *other != row).collect();
        others.sort_unstable();
        Some(Extract { width, own: placed(row), others: others.into_iter().map(|row| (row, placed(row))).collect() })
    }
}

/// The least box around a shape; none where it has no position or one that is no number.
fn frame(shape: &RawShape) -> Option<Rect> {
    let positions = shape.positions();
    if positions.is_empty() || positions.iter().any(|c| !c.x.is_finite() || !c.y.is_finite()) {
        return None;
    }
    let (mut min, mut max) = (positions[0], positions[0]);
    for c in positions {
        min = Coord { x: min.x.min(c.x), y: min.y.min(c.y) };
        max = Coord { x: max.x.max(c.x), y: max.y.max(c.y) };
    }
    Some(Rect::new(min, max))
}

/// Metres of a degree of longitude and of latitude at a latitude in degrees.
fn metres_a_degree(latitude: f64) -> (f64, f64) {
    let (sin, cos) = latitude.to_radians().sin_cos();
    let w = (1.0 - E2 * sin * sin).sqrt();
    ((A / w * cos).to_radians(), (A * (1.0 - E2) / (w * w * w)).to_radians())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> RawShape {
        let c = |dx: f64, dy: f64| Coord { x: x + dx, y: y + dy };
        RawShape::Parts(vec![vec![vec![c(0.0, 0.0), c(side, 0.0), c(side, side), c(0.0, side), c(0.0, 0.0)]]])
    }

    #[test]
    fn a_view_holds_the_parcel_in_its_middle_and_those_beside_it_alone() {
        let shapes =
            vec![square(121.0, 31.0, 0.001), square(121.0012, 31.0, 0.001), square(121.5, 31.0, 0.001), RawShape::Missing];
        let ground = Ground::new(shapes);
        let extract = ground.extract(0, 0.7).unwrap();
        assert_eq!(extract.others.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1]);
        let ring = &extract.own[0][0];
        // A thousandth of a degree of longitude at 31° is 95.5 m, of latitude 110.9 m (tables of the ellipsoid).
        assert!((ring[1].x - ring[0].x - 95.5).abs() < 0.1, "{ring:?}");
        assert!((ring[0].y - ring[3].y - 110.9).abs() < 0.1, "{ring:?}");
        assert!((ring[0].x + ring[1].x - extract.width).abs() < 1e-6);
        assert!((ring[0].y + ring[3].y - 0.7 * extract.width).abs() < 1e-6);
        assert!(ground.extract(3, 0.7).is_none());
    }
}
