//! Pairs of shapes that share area.
//!
//! An R-tree over the boxes names the pairs to look at. Most of them share an edge and no area: their boxes overlap by less than
//! a rounding, or a line parts them, and no overlay is needed. The others are cut to the box they share and overlaid.

use geo::{Coord, MultiPolygon};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::Body;
use super::duplicates::nearly_same;
use super::overlay::{self, contours};
use crate::locate::tiles::{Contour, Frame, Relation, TiledZone, clip_to};
use crate::measure::scale::{Scale, mean_width};
use crate::rulebook::Topology;

/// Pairs of boxes looked at for each shape of the layer, on average; a parcel of a clean layer has three.
const PAIRS_A_SHAPE: usize = 16;
/// Pairs looked at however small the layer.
const PAIRS: usize = 20_000;
/// Shapes whose pairs are sought at once.
const BATCH: usize = 256;
/// A shape with more vertices is cut into tiles once if it is in several pairs.
const MANY_VERTICES: usize = 256;
/// Above this number of vertices in the common box no parting line is sought.
const FEW_VERTICES: usize = 48;

/// How two shapes share area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// They are the same but for rounding.
    Duplicate,
    Wide,
    Sliver,
}

/// Two shapes that share area; `first` comes before `second` in the order of the layer.
#[derive(Debug, Clone)]
pub(super) struct Overlap {
    pub first: usize,
    pub second: usize,
    pub kind: Kind,
    /// All they share, m².
    pub area_m2: f64,
    /// Mean width of it, m.
    pub width_m: f64,
    /// A point in the largest piece of it.
    pub at: Option<Coord<f64>>,
}

/// The overlaps, in the order of the layer, and whether there were too many pairs to look at.
pub(super) struct Overlaps {
    pub found: Vec<Overlap>,
    pub cut_short: bool,
}

/// Every pair that shares area.
pub(super) fn overlaps(bodies: &[Body<'_>], rules: &Topology, advance: &(dyn Fn(u64) + Sync)) -> Overlaps {
    let (mut pairs, cut_short) = pairs(bodies, rules.rounding_width_m);
    // The shape with more vertices is the one to be cut into tiles.
    for pair in &mut pairs {
        if bodies[pair.1].vertices > bodies[pair.0].vertices {
            *pair = (pair.1, pair.0);
        }
    }
    pairs.par_sort_unstable();
    let groups: Vec<&[(usize, usize)]> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
    let mut found: Vec<Overlap> = groups
        .into_par_iter()
        .flat_map_iter(|group| {
            advance(1);
            with_each(bodies, group, rules)
        })
        .collect();
    found.par_sort_unstable_by_key(|overlap| (overlap.first, overlap.second));
    Overlaps { found, cut_short }
}

/// Pairs of shapes whose boxes overlap by more than rounding, each in the order of the layer, and whether that is not all: more
/// boxes meet than could be looked at in time.
fn pairs(bodies: &[Body<'_>], rounding_m: f64) -> (Vec<(usize, usize)>, bool) {
    let boxes =
        bodies.iter().enumerate().map(|(n, body)| GeomWithData::new(Rectangle::from_corners(body.frame.min, body.frame.max), n));
    let tree = RTree::bulk_load(boxes.collect());
    let most = PAIRS + PAIRS_A_SHAPE * bodies.len();
    let (mut pairs, mut seen) = (Vec::new(), 0);
    let all: Vec<usize> = (0..bodies.len()).collect();
    for batch in all.chunks(BATCH) {
        let left = most - seen;
        let found: Vec<(usize, Vec<(usize, usize)>)> = batch
            .par_iter()
            .map(|&n| {
                let frame = &bodies[n].frame;
                let after = tree
                    .locate_in_envelope_intersecting(&AABB::from_corners(frame.min, frame.max))
                    .map(|other| other.data)
                    .filter(|&other| other > n)
                    .take(left + 1);
                let (mut count, mut own) = (0, Vec::new());
                for other in after {
                    count += 1;
                    if wider(&frame.common(&bodies[other].frame), bodies[n].scale, rounding_m) {
                        own.push((n, other));
                    }
                }
                (count, own)
            })
            .collect();
        for (count, own) in found {
            seen += count;
            if seen > most {
                return (pairs, true);
            }
            pairs.extend(own);
        }
    }
    (pairs, false)
}

/// Whether a frame is wider and higher than `least_m`: nothing in a narrower one has a greater mean width.
fn wider(frame: &Frame, scale: Scale, least_m: f64) -> bool {
    (frame.max[0] - frame.min[0]) * scale.x > least_m && (frame.max[1] - frame.min[1]) * scale.y > least_m
}

/// What the first shape of the pairs, the same in all, shares with each of the second ones.
fn with_each(bodies: &[Body<'_>], pairs: &[(usize, usize)], rules: &Topology) -> Vec<Overlap> {
    let Some((large, _)) = pairs.first() else { return Vec::new() };
    let body = &bodies[*large];
    let whole = contours(body.shape);
    let tiles = (body.vertices > MANY_VERTICES && pairs.len() > 2).then(|| TiledZone::new(body.shape)).flatten();
    pairs
        .iter()
        .filter_map(|&(_, small)| {
            let other = &bodies[small];
            let frame = body.frame.common(&other.frame);
            let near = match &tiles {
                None => clipped(&whole, &frame),
                Some(tiles) => match tiles.relation(&frame) {
                    Relation::Outside => return None,
                    Relation::Inside => vec![frame.contour()],
                    Relation::Crossed(near) => near,
                },
            };
            let (area_m2, kind, width_m, at) = compare(body, &near, other, &frame, rules)?;
            Some(Overlap { first: (*large).min(small), second: (*large).max(small), kind, area_m2, width_m, at })
        })
        .collect()
}

type Common = (f64, Kind, f64, Option<Coord<f64>>);

fn compare(a: &Body<'_>, a_near: &Vec<Contour>, b: &Body<'_>, frame: &Frame, rules: &Topology) -> Option<Common> {
    let b_near = clipped(&contours(b.shape), frame);
    if a_near.is_empty() || b_near.is_empty() || parted(a_near, &b_near, a.scale, rules.rounding_width_m / 2.0) {
        return None;
    }
    let pieces = overlay::common(a_near, &b_near, a.scale);
    let area_m2: f64 = pieces.iter().map(|piece| piece.area_m2).sum();
    let perimeter_m: f64 = pieces.iter().map(|piece| piece.perimeter_m).sum();
    let border_m = f64::midpoint(a.perimeter_m, b.perimeter_m);
    let wide: f64 = pieces.iter().filter(|p| p.width_m() >= rules.sliver_width_m).map(|p| p.area_m2).sum();
    let kind = if nearly_same(a.area_m2, b.area_m2, area_m2, border_m, rules.rounding_width_m) {
        Kind::Duplicate
    } else if wide >= rules.overlap_min_m2 {
        Kind::Wide
    } else if pieces.iter().any(|piece| piece.width_m() >= rules.rounding_width_m) {
        Kind::Sliver
    } else {
        return None;
    };
    let largest = pieces.iter().max_by(|x, y| x.area_m2.total_cmp(&y.area_m2))?;
    Some((area_m2, kind, mean_width(area_m2, perimeter_m), largest.inside()))
}

/// What two shapes share when nothing is known of them: all pieces, unjudged.
pub(super) fn shared(a: &MultiPolygon, b: &MultiPolygon) -> Vec<overlay::Piece> {
    let frame = |shape: &MultiPolygon| Frame::around(shape.iter().flat_map(|part| part.exterior().coords()));
    let (Some(fa), Some(fb)) = (frame(a), frame(b)) else { return Vec::new() };
    if !fa.meets(&fb) {
        return Vec::new();
    }
    let common = fa.common(&fb);
    let scale = Scale::at(f64::midpoint(common.min[1], common.max[1]));
    overlay::common(&clipped(&contours(a), &common), &clipped(&contours(b), &common), scale)
}

fn clipped(rings: &[Contour], frame: &Frame) -> Vec<Contour> {
    rings.iter().map(|ring| clip_to(ring, frame)).filter(|ring| ring.len() > 2).collect()
}

/// Whether the line of some edge has one shape on either side, but for `slack_m`: what they share then lies in a strip twice as
/// wide.
fn parted(a: &[Contour], b: &[Contour], scale: Scale, slack_m: f64) -> bool {
    let count = |rings: &[Contour]| rings.iter().map(Vec::len).sum::<usize>();
    if count(a) + count(b) > FEW_VERTICES {
        return false;
    }
    let Some(origin) = a.first().and_then(|ring| ring.first()).copied() else { return false };
    let metres = |rings: &[Contour]| -> Vec<Vec<[f64; 2]>> {
        rings
            .iter()
            .map(|ring| ring.iter().map(|p| [(p[0] - origin[0]) * scale.x, (p[1] - origin[1]) * scale.y]).collect())
            .collect()
    };
    let (a, b) = (metres(a), metres(b));
    let edges = a.iter().chain(&b).flat_map(|ring| {
        ring.iter().zip(ring.iter().cycle().skip(1)).map(|(from, to)| (*from, [to[0] - from[0], to[1] - from[1]]))
    });
    edges.into_iter().any(|(from, along)| {
        let length = along[0].hypot(along[1]);
        if length <= slack_m {
            return false;
        }
        let range = |rings: &[Vec<[f64; 2]>]| {
            rings.iter().flatten().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| {
                let off = (along[0] * (p[1] - from[1]) - along[1] * (p[0] - from[0])) / length;
                (low.min(off), high.max(off))
            })
        };
        let (a_range, b_range) = (range(&a), range(&b));
        (a_range.0 >= -slack_m && b_range.1 <= slack_m) || (b_range.0 >= -slack_m && a_range.1 <= slack_m)
    })
}
