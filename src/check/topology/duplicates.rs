//! Shapes that are there twice.
//!
//! Two shapes are the same where their rings are, whichever vertex a ring starts with, or where what only one of them covers
//! is a ribbon along the border no wider than rounding makes it.

use std::hash::{DefaultHasher, Hash, Hasher};

use geo::{LineString, MultiPolygon};
use rayon::prelude::*;

use super::overlay::{common, contours};
use crate::measure::geodesic_area;
use crate::measure::scale::{Scale, perimeter};

/// A ring that starts with its smallest vertex; both windings of one ring are one.
type Canonical = Vec<Vec<[u64; 2]>>;

/// For each shape the first one with exactly the same rings: itself where there is none before it.
pub(super) fn first_of_each(shapes: &[&MultiPolygon]) -> Vec<usize> {
    let mut hashes: Vec<(u64, usize)> = shapes.par_iter().enumerate().map(|(n, shape)| (hash(shape), n)).collect();
    hashes.par_sort_unstable();
    let mut first: Vec<usize> = (0..shapes.len()).collect();
    for run in hashes.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
        let original = run[0].1;
        let rings = canonical(shapes[original]);
        for (_, n) in &run[1..] {
            // Two different shapes with one hash are left to the overlay.
            if canonical(shapes[*n]) == rings {
                first[*n] = original;
            }
        }
    }
    first
}

/// Whether two shapes are the same but for `tolerance_m` along their borders.
pub(crate) fn same_shape(a: &MultiPolygon, b: &MultiPolygon, tolerance_m: f64) -> bool {
    if canonical(a) == canonical(b) {
        return true;
    }
    let (area_a, area_b) = (geodesic_area(a), geodesic_area(b));
    let border = f64::midpoint(perimeter(a), perimeter(b));
    if (area_a - area_b).abs() > tolerance_m * border {
        return false;
    }
    let latitude = a.0.first().and_then(|part| part.exterior().0.first()).map_or(0.0, |c| c.y);
    let both: f64 = common(&contours(a), &contours(b), Scale::at(latitude)).iter().map(|piece| piece.area_m2).sum();
    nearly_same(area_a, area_b, both, border, tolerance_m)
}

/// Whether two shapes are the same, from their areas, the area they share, and the mean of their perimeters.
pub(super) fn nearly_same(a_m2: f64, b_m2: f64, both_m2: f64, border_m: f64, tolerance_m: f64) -> bool {
    let apart = a_m2 + b_m2 - 2.0 * both_m2;
    // Something smaller than the ribbon is no likeness.
    apart <= tolerance_m * border_m && both_m2 > 0.5 * a_m2.max(b_m2)
}

fn hash(shape: &MultiPolygon) -> u64 {
    let mut hasher = DefaultHasher::new();
    canonical(shape).hash(&mut hasher);
    hasher.finish()
}

fn canonical(shape: &MultiPolygon) -> Canonical {
    let mut rings: Canonical =
        shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())).map(canonical_ring).collect();
    rings.sort_unstable();
    rings
}

fn canonical_ring(ring: &LineString) -> Vec<[u64; 2]> {
    // Adding 0 turns −0 into 0.
    let mut open: Vec<[u64; 2]> = ring.coords().map(|c| [(c.x + 0.0).to_bits(), (c.y + 0.0).to_bits()]).collect();
    open.dedup();
    while open.len() > 1 && open.first() == open.last() {
        open.pop();
    }
    let Some(start) = (0..open.len()).min_by_key(|n| open[*n]) else { return open };
    open.rotate_left(start);
    if open.len() > 2 && open[1] > open[open.len() - 1] {
        open[1..].reverse();
    }
    open
}
