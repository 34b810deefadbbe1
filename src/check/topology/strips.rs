//! Strips between two shapes that are open at an end: nothing encloses them, so the overlay does not see them.
//!
//! Two edges bound a strip where they run against each other, each on the outer side of the other, no farther apart than a width. Its area
//! is the sum of the trapezes between such edges.

use std::collections::BTreeMap;

use geo::{Coord, Intersects, Line, MultiPolygon};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::overlay::Piece;
use crate::finding::{Detail, detail};
use crate::locate::tiles::Frame;
use crate::measure::scale::Scale;

/// Edges that run against each other: the cosine of their directions is below this, 25°.
const AGAINST: f64 = -0.9;
/// A strip is this many times as long as it is wide, or it is a corner.
const SLENDER: f64 = 10.0;
/// Shorter ones are where the sides of a street or a damaged corner run together, m.
const SHORTEST_M: f64 = 10.0;

/// A strip between two shapes.
pub(super) struct Strip {
    pub between: [usize; 2],
    pub area_m2: f64,
    pub length_m: f64,
    /// A place in its longest part.
    pub at: Coord<f64>,
}

impl Strip {
    /// Mean width, m.
    pub fn width_m(&self) -> f64 {
        self.area_m2 / self.length_m
    }

    /// Area, width and length in words.
    pub fn text(&self) -> Detail {
        let (width, length) = (self.width_m(), self.length_m);
        detail!(
            "{:.2} m²，平均宽 {width:.3} m，长 {length:.0} m，两端敞开",
            "{:.2} m², {width:.3} m wide on the mean, {length:.0} m long, open at the ends",
            self.area_m2
        )
    }
}

/// The widths of strips, m: what is no wider than the first is no strip but rounding, what is wider than the second a street or a river.
#[derive(Debug, Clone, Copy)]
pub(super) struct Widths {
    pub rounding_m: f64,
    pub widest_m: f64,
}

/// Strips between valid shapes (outer rings counter-clockwise, holes clockwise), but for those within what is `enclosed`. In ascending order
/// of the shapes.
pub(super) fn strips(shapes: &[&MultiPolygon], widths: Widths, enclosed: &[Piece]) -> Vec<Strip> {
    let edges: Vec<Edge> = shapes.iter().enumerate().flat_map(|(shape, polygons)| edges(shape, polygons)).collect();
    let boxed = |(n, edge): (usize, &Edge)| GeomWithData::new(rectangle(&edge.frame(0.0)), n);
    let tree = RTree::bulk_load(edges.iter().enumerate().map(boxed).collect());
    let enclosed = Enclosed::new(enclosed);
    let trapezes: Vec<([usize; 2], Trapeze)> = edges
        .par_iter()
        .flat_map_iter(|edge| {
            let around = edge.frame(widths.widest_m);
            let near = tree.locate_in_envelope_intersecting(&AABB::from_corners(around.min, around.max));
            let facing = near.filter_map(|other| edges.get(other.data)).filter(|other| edge.shape < other.shape);
            facing.filter_map(|other| Some(([edge.shape, other.shape], edge.trapeze(other, widths)?))).collect::<Vec<_>>()
        })
        .filter(|(_, trapeze)| !enclosed.covers(trapeze.at))
        .collect();
    let mut strips: BTreeMap<[usize; 2], (Strip, f64)> = BTreeMap::new();
    for (between, trapeze) in trapezes {
        let new = || (Strip { between, area_m2: 0.0, length_m: 0.0, at: trapeze.at }, 0.0);
        let (strip, longest) = strips.entry(between).or_insert_with(new);
        strip.area_m2 += trapeze.area_m2;
        strip.length_m += trapeze.length_m;
        if trapeze.length_m > *longest {
            (strip.at, *longest) = (trapeze.at, trapeze.length_m);
        }
    }
    let long = |strip: &Strip| strip.length_m >= SHORTEST_M && strip.length_m >= SLENDER * strip.width_m();
    strips.into_values().map(|(strip, _)| strip).filter(long).collect()
}

/// An edge of a shape, which lies on its left.
struct Edge {
    shape: usize,
    line: Line,
    scale: Scale,
}

/// What two edges bound.
struct Trapeze {
    area_m2: f64,
    length_m: f64,
    at: Coord<f64>,
}

fn edges(shape: usize, polygons: &MultiPolygon) -> impl Iterator<Item = Edge> {
    polygons.iter().flat_map(move |part| {
        let scale = Scale::at(part.exterior().0.first().map_or(0.0, |c| c.y));
        let rings = std::iter::once(part.exterior()).chain(part.interiors());
        rings.flat_map(|ring| ring.lines()).map(move |line| Edge { shape, line, scale })
    })
}

impl Edge {
    /// The box around it, with room on all sides.
    fn frame(&self, room_m: f64) -> Frame {
        let (a, b) = (self.line.start, self.line.end);
        let room = [room_m / self.scale.x, room_m / self.scale.y];
        Frame { min: [a.x.min(b.x) - room[0], a.y.min(b.y) - room[1]], max: [a.x.max(b.x) + room[0], a.y.max(b.y) + room[1]] }
    }

    /// What lies between this edge and another that runs against it on its right.
    fn trapeze(&self, other: &Self, widths: Widths) -> Option<Trapeze> {
        let metres = |c: Coord<f64>| [(c.x - self.line.start.x) * self.scale.x, (c.y - self.line.start.y) * self.scale.y];
        let (end, from, to) = (metres(self.line.end), metres(other.line.start), metres(other.line.end));
        let (length, across) = (end[0].hypot(end[1]), [to[0] - from[0], to[1] - from[1]]);
        let against = end[0] * across[0] + end[1] * across[1];
        if against >= AGAINST * length * across[0].hypot(across[1]) {
            return None;
        }
        // Along this edge, and to its right, metres.
        let [along, right] = [[end[0] / length, end[1] / length], [end[1] / length, -end[0] / length]];
        let on = |p: [f64; 2], axis: [f64; 2]| p[0] * axis[0] + p[1] * axis[1];
        let ((near, off_near), (far, off_far)) = ((on(to, along), on(to, right)), (on(from, along), on(from, right)));
        let slope = (off_far - off_near) / (far - near);
        let off = |at: f64| off_near + slope * (at - near);
        // Where the distance is between the two widths.
        let (mut low, mut high) = (near.max(0.0), far.min(length));
        for (limit, sign) in [(widths.rounding_m, 1.0), (widths.widest_m, -1.0)] {
            let (at_low, at_high) = (sign * (off(low) - limit), sign * (off(high) - limit));
            if at_low <= 0.0 && at_high <= 0.0 {
                return None;
            }
            let crossing = near + (limit - off_near) / slope;
            if at_low < 0.0 {
                low = crossing;
            } else if at_high < 0.0 {
                high = crossing;
            }
        }
        let long = high - low;
        if long.is_nan() || long <= 0.0 {
            return None;
        }
        let (middle, width) = (f64::midpoint(low, high), off(f64::midpoint(low, high)));
        let place = |axis: usize| along[axis] * middle + right[axis] * width / 2.0;
        let start = self.line.start;
        let at = Coord { x: start.x + place(0) / self.scale.x, y: start.y + place(1) / self.scale.y };
        Some(Trapeze { area_m2: width * long, length_m: long, at })
    }
}

fn rectangle(frame: &Frame) -> Rectangle<[f64; 2]> {
    Rectangle::from_corners(frame.min, frame.max)
}

/// Areas that are told by themselves.
struct Enclosed<'a> {
    pieces: &'a [Piece],
    boxes: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

impl<'a> Enclosed<'a> {
    fn new(pieces: &'a [Piece]) -> Self {
        let boxes = pieces.iter().enumerate().filter_map(|(n, piece)| {
            let frame = Frame::around(piece.polygon.exterior().coords())?;
            Some(GeomWithData::new(rectangle(&frame), n))
        });
        Self { pieces, boxes: RTree::bulk_load(boxes.collect()) }
    }

    fn covers(&self, place: Coord<f64>) -> bool {
        let here = AABB::from_point([place.x, place.y]);
        self.boxes
            .locate_in_envelope_intersecting(&here)
            .any(|found| self.pieces.get(found.data).is_some_and(|piece| piece.polygon.intersects(&place)))
    }
}
