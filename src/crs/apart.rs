//! Whether a layer lies so far from others that it is of another place.
//!
//! Parcels of one county may well lie beside the parks of another: layers are apart only where the least distance between their shapes is
//! larger than the radius of either.

use geo::Coord;
use rayon::prelude::*;
use rstar::primitives::{Line, Rectangle};
use rstar::{PointDistance, RTree, RTreeObject};

use super::extent::metres_per_degree;
use super::looked::Looked;
use super::readings::median_place;
use crate::model::{RawShape, Source};

/// A distance between two layers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gap {
    pub km: f64,
    pub from: Source,
}

/// How far a layer lies from the nearest of others, as they stand; `None` where it is near enough to one of them, or none stands.
pub(super) fn apart(layer: &Looked<'_>, others: &[&Looked<'_>]) -> Option<Gap> {
    let mine = layer.region.as_ref()?.radius_km();
    let mut nearest: Option<Gap> = None;
    for other in others {
        let Some((region, km)) = other.region.as_ref().zip(least_km(layer, other)) else { continue };
        if km <= mine.max(region.radius_km()) {
            return None;
        }
        if nearest.is_none_or(|nearest| km < nearest.km) {
            nearest = Some(Gap { km, from: other.claim.source });
        }
    }
    nearest
}

/// The least distance between shapes of two layers as they stand, kilometres; 0 where the boxes around two of them meet.
fn least_km(layer: &Looked<'_>, other: &Looked<'_>) -> Option<f64> {
    let middles = (median_place(&layer.places())?, median_place(&other.places())?);
    let scale = metres_per_degree(f64::midpoint(middles.0.y, middles.1.y).to_radians());
    let (mine, theirs) = (points(layer, scale), points(other, scale));
    let boxes = |shapes: &[Shape]| shapes.iter().filter_map(around).collect::<Vec<_>>();
    let tree = RTree::bulk_load(boxes(&theirs));
    if boxes(&mine).iter().any(|one| tree.locate_in_envelope_intersecting(&one.envelope()).next().is_some()) {
        return Some(0.0);
    }
    let square = least_square(&mine, &theirs).min(least_square(&theirs, &mine));
    square.is_finite().then(|| square.sqrt() / 1000.0)
}

/// Rings or single points of a shape, in metres.
type Shape = Vec<Vec<[f64; 2]>>;

fn points(layer: &Looked<'_>, scale: (f64, f64)) -> Vec<Shape> {
    let Some(crs) = &layer.standing else { return Vec::new() };
    let metres = |c: &Coord<f64>| {
        let place = crs.geographic(*c);
        [place.x * scale.0, place.y * scale.1]
    };
    let finite = |ring: &[Coord<f64>]| -> Vec<[f64; 2]> {
        ring.iter().map(metres).filter(|point| point.iter().all(|x| x.is_finite())).collect()
    };
    let shape = |shape: &RawShape| match shape {
        RawShape::Parts(parts) => parts.iter().flatten().map(|ring| finite(ring)).collect(),
        other => other.positions().iter().map(|c| finite(&[*c])).collect(),
    };
    layer.claim.shapes.par_iter().map(shape).collect()
}

fn around(shape: &Shape) -> Option<Rectangle<[f64; 2]>> {
    let mut points = shape.iter().flatten().copied();
    let first = points.next()?;
    let (low, high) =
        points.fold((first, first), |(low, high), p| ([0, 1].map(|i| low[i].min(p[i])), [0, 1].map(|i| high[i].max(p[i]))));
    Some(Rectangle::from_corners(low, high))
}

/// The least square of the distance of a vertex of the one from an edge of the other, m².
fn least_square(vertices: &[Shape], edges: &[Shape]) -> f64 {
    let edges = edges.iter().flatten().flat_map(|ring| {
        let closed = ring.iter().zip(ring.iter().cycle().skip(1));
        closed.map(|(from, to)| Line::new(*from, *to))
    });
    let tree = RTree::bulk_load(edges.collect::<Vec<_>>());
    let nearest = |point: &[f64; 2]| tree.nearest_neighbor(point).map_or(f64::INFINITY, |edge| edge.distance_2(point));
    vertices.par_iter().flatten().flatten().map(nearest).reduce(|| f64::INFINITY, f64::min)
}
