//! Areas that shapes enclose and none of them covers.

use geo::{Coord, Line, MultiPolygon};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::noding::Outline;
use super::overlay::{Piece, outside, piece};
use crate::locate::tiles::Frame;
use crate::measure::scale::Scale;

/// The frame is wider than the layer by this share of its size on each side.
const MARGIN: f64 = 0.01;
/// Areas of one gap and one hole that differ by less are the same.
const SAME_AREA: f64 = 1e-6;
/// Places on the border of a gap at which its neighbours are sought.
const BORDER_PLACES: usize = 256;

/// An area that shapes enclose.
pub(super) struct Gap {
    pub piece: Piece,
    /// The shapes along its border, in ascending order.
    pub beside: Vec<usize>,
}

/// What valid shapes enclose and none of them covers, up to `largest_m2`: gaps, courtyards, and what rounding opens.
pub(super) fn enclosed(shapes: &[&MultiPolygon], rounding_m: f64, largest_m2: f64) -> Vec<Piece> {
    let outline = Outline::new(shapes, rounding_m);
    let Some(frame) = frame(&outline) else { return Vec::new() };
    outside(&outline.loops, &frame)
        .into_par_iter()
        .filter(|polygon| {
            // What reaches the frame is the outside of everything.
            let inner = Frame::around(polygon.exterior().coords());
            inner.is_some_and(|inner| (0..2).all(|axis| within(&inner, &frame, axis)))
        })
        .map(piece)
        .filter(|piece| piece.area_m2 <= largest_m2)
        .collect()
}

/// The gaps among what shapes enclose, none narrower on the mean than `rounding_m`. A hole of one shape that nothing lies in is its
/// courtyard and no gap, and so is what the parts of one shape enclose.
pub(super) fn gaps(shapes: &[&MultiPolygon], enclosed: &[Piece], rounding_m: f64) -> Vec<Gap> {
    let pieces: Vec<&Piece> = enclosed.iter().filter(|piece| piece.width_m() >= rounding_m).collect();
    if pieces.is_empty() {
        return Vec::new();
    }
    let boxes = shapes.iter().enumerate().filter_map(|(n, shape)| {
        let frame = Frame::around(shape.iter().flat_map(|part| part.exterior().coords()))?;
        Some(GeomWithData::new(Rectangle::from_corners(frame.min, frame.max), n))
    });
    let tree = RTree::bulk_load(boxes.collect());
    pieces
        .into_par_iter()
        .filter_map(|piece| {
            let border = Border::of(piece, rounding_m)?;
            let around = AABB::from_corners(border.frame.min, border.frame.max);
            let mut near: Vec<usize> = tree.locate_in_envelope_intersecting(&around).map(|shape| shape.data).collect();
            near.sort_unstable();
            // What the parts of one shape enclose, as those of a mended one do by the thousand, lies between no two shapes.
            if near.len() < 2 || near.iter().any(|shape| is_hole(piece, shapes[*shape], rounding_m)) {
                return None;
            }
            near.retain(|shape| border.touches(shapes[*shape]));
            Some(Gap { piece: piece.clone(), beside: near })
        })
        .collect()
}

/// Places along the border of a gap, to tell which shapes it is beside.
struct Border {
    middles: Vec<Coord<f64>>,
    /// Around the gap, with room for a rounding.
    frame: Frame,
    scale: Scale,
    slack_m: f64,
}

impl Border {
    fn of(gap: &Piece, rounding_m: f64) -> Option<Self> {
        let rings = || std::iter::once(gap.polygon.exterior()).chain(gap.polygon.interiors());
        let frame = Frame::around(rings().flat_map(|ring| ring.coords()))?;
        let scale = Scale::at(frame.min[1]);
        // A vertex may be moved by a rounding, and the edge by another one.
        let slack_m = 2.0 * rounding_m;
        let room = [slack_m / scale.x, slack_m / scale.y];
        let frame = Frame {
            min: [frame.min[0] - room[0], frame.min[1] - room[1]],
            max: [frame.max[0] + room[0], frame.max[1] + room[1]],
        };
        let middles: Vec<Coord<f64>> = rings().flat_map(|ring| ring.lines()).map(|line| (line.start + line.end) / 2.0).collect();
        let step = middles.len() / BORDER_PLACES + 1;
        Some(Self { middles: middles.into_iter().step_by(step).collect(), frame, scale, slack_m })
    }

    /// Whether an edge of the shape runs through one of the places.
    fn touches(&self, shape: &MultiPolygon) -> bool {
        shape
            .iter()
            .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
            .flat_map(|ring| ring.lines())
            .filter(|line| Frame::around([line.start, line.end].iter()).is_some_and(|edge| edge.meets(&self.frame)))
            .any(|line| self.middles.iter().any(|place| self.distance(*place, line) <= self.slack_m))
    }

    /// Distance of a place from a line, m.
    fn distance(&self, place: Coord<f64>, line: Line) -> f64 {
        let metres = |c: Coord<f64>| [(c.x - line.start.x) * self.scale.x, (c.y - line.start.y) * self.scale.y];
        let (p, along) = (metres(place), metres(line.end));
        let length2 = along[0] * along[0] + along[1] * along[1];
        let t = if length2 > 0.0 { ((p[0] * along[0] + p[1] * along[1]) / length2).clamp(0.0, 1.0) } else { 0.0 };
        (p[0] - t * along[0]).hypot(p[1] - t * along[1])
    }
}

/// A frame with room around all loops.
fn frame(outline: &Outline) -> Option<Frame> {
    let frame = outline.loops.iter().flatten().fold(None, |frame: Option<Frame>, p| {
        Some(frame.map_or(Frame { min: *p, max: *p }, |f| Frame {
            min: [f.min[0].min(p[0]), f.min[1].min(p[1])],
            max: [f.max[0].max(p[0]), f.max[1].max(p[1])],
        }))
    })?;
    let room = (frame.max[0] - frame.min[0]).max(frame.max[1] - frame.min[1]) * MARGIN;
    Some(Frame { min: frame.min.map(|x| x - room), max: frame.max.map(|x| x + room) })
}

/// Whether `inner` keeps well clear of the border of `frame` along an axis.
fn within(inner: &Frame, frame: &Frame, axis: usize) -> bool {
    let clear = (frame.max[axis] - frame.min[axis]) * MARGIN / 4.0;
    inner.min[axis] > frame.min[axis] + clear && inner.max[axis] < frame.max[axis] - clear
}

/// Whether the piece is a whole hole of the shape.
fn is_hole(gap: &Piece, shape: &MultiPolygon, rounding_m: f64) -> bool {
    gap.polygon.interiors().is_empty()
        && shape.iter().flat_map(|part| part.interiors()).any(|hole| {
            let (Some(a), Some(b)) = (Frame::around(gap.polygon.exterior().coords()), Frame::around(hole.coords())) else {
                return false;
            };
            if !a.meets(&b) {
                return false;
            }
            let area = crate::measure::geodesic::ring_area(&hole.0).abs();
            (gap.area_m2 - area).abs() <= SAME_AREA * area + rounding_m * gap.perimeter_m / 2.0
                && super::overlaps::shared(
                    &MultiPolygon(vec![gap.polygon.clone()]),
                    &MultiPolygon(vec![geo::Polygon::new(reversed(hole), Vec::new())]),
                )
                .iter()
                .map(|piece| piece.area_m2)
                .sum::<f64>()
                    > area / 2.0
        })
}

/// A hole as an outer ring.
fn reversed(hole: &geo::LineString) -> geo::LineString {
    geo::LineString(hole.0.iter().rev().copied().collect())
}
