//! Whether one layer is shifted as map services shift: its vertices fall on the edges of another layer only when the shift is undone.
//!
//! Layers of one city share borders: parcels end at a park's fence, two district layers follow one line. How many sampled vertices
//! lie within a few metres of the other layer's edges is counted as the layers stand, with each shift undone, and after rigid moves
//! of the same size in other directions, which show what mere chance brings. Layers without common borders bring chance counts
//! everywhere; layers that fit as they stand (even if simplified) count most as they stand.

use std::cmp::Reverse;
use std::f64::consts::TAU;

use geo::Coord;
use rayon::prelude::*;

use super::extent::metres_per_degree;
use super::turn::{Hypothesis, Turned, turned};

/// A vertex is on an edge if it is no farther away, metres: where both were drawn with the same numbers, and where a shift was undone
/// by one of the rougher formulas in use.
const ON_EDGE: [f64; 2] = [0.5, 3.0];
/// The wider of the two.
const REACH: f64 = ON_EDGE[1];
/// By chance, distances within a tolerance are spread evenly up to it; on true borders half are within this share of it.
const CLOSE: f64 = 1.0 / 3.0;
/// Side of a cell of the index, metres.
const CELL: f64 = 50.0;
/// Longer edges are no borders but broken coordinates, metres.
const LONGEST: f64 = 50_000.0;
/// Pieces of edges in the index at most.
const PIECES: usize = 4_000_000;
/// Vertices sampled from a layer.
pub(super) const VERTICES: usize = 30_000;
/// Edges of a layer that are indexed.
pub(super) const EDGES: usize = 200_000;
/// Fewer vertices on edges are no evidence.
const LEAST: usize = 30;
/// Vertices on edges must be this many times those of chance, of the layers as they stand, and of any other hypothesis.
const TIMES: usize = 3;
/// Of more vertices than this only some are looked at first, one in [`GLANCE`]: most layers are not shifted.
const MANY: usize = 8000;
const GLANCE: usize = 4;
/// On average [`LEAST`] / [`GLANCE`] of them would be on edges, were the layer shifted with the least evidence; less than these hardly ever.
const FEWEST_AT_A_GLANCE: usize = 3;
/// Directions in which the layer is moved to see what chance brings.
const DIRECTIONS: u8 = 6;
/// Lengths of those moves, metres.
const MOVES: [f64; 3] = [270.0, 480.0, 1110.0];
/// A rigid move this close to a hypothesis says nothing of chance, metres.
const APART: f64 = 60.0;

/// Vertices of a layer, to be held against the edges of others.
pub(super) struct Vertices {
    places: Vec<Coord<f64>>,
    /// Those looked at first, and where the shifts of map services put them.
    first: Vec<Turned>,
}

impl Vertices {
    /// From places in longitude and latitude.
    pub fn of(places: Vec<Coord<f64>>) -> Self {
        let step = if places.len() > MANY { GLANCE } else { 1 };
        let first = places.par_iter().step_by(step).map(|c| turned(*c)).collect();
        Self { places, first }
    }
}

/// Where places are beside the edges, hypothesis by hypothesis.
fn columns(turned: &[Turned], hypotheses: &[Hypothesis]) -> Vec<Vec<Coord<f64>>> {
    let of = |(n, hypothesis): (usize, &Hypothesis)| -> Vec<Coord<f64>> {
        turned.iter().map(|places| places.get(n).copied().unwrap_or_else(|| hypothesis.turned(places[0]))).collect()
    };
    hypotheses.par_iter().enumerate().map(of).collect()
}

/// A hypothesis that stands out, and its evidence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    pub hypothesis: Hypothesis,
    /// Vertices looked at.
    pub looked_at: usize,
    /// Of these on edges if the hypothesis holds.
    pub on_edge: usize,
    /// On edges as the layers stand.
    pub as_they_stand: usize,
    /// The most that chance brought.
    pub chance: usize,
    /// How near to an edge counts as on it, metres.
    pub tolerance: f64,
    /// Median distance from the edges of those on edges, metres.
    pub residual: f64,
    /// Mean of standing less true place over those on edges, metres east and north.
    pub offset: (f64, f64),
}

/// A plane around a place, in metres.
#[derive(Debug, Clone, Copy)]
struct Plane {
    origin: Coord<f64>,
    metres: (f64, f64),
}

impl Plane {
    fn around(places: &[Coord<f64>]) -> Option<Self> {
        let origin = super::readings::median_place(places)?;
        Some(Self { origin, metres: metres_per_degree(origin.y.to_radians()) })
    }

    fn point(&self, c: Coord<f64>) -> [f64; 2] {
        [(c.x - self.origin.x) * self.metres.0, (c.y - self.origin.y) * self.metres.1]
    }
}

/// The ends of an edge, metres: to millimetres as far as a city reaches.
type Edge = [[f32; 2]; 2];

/// The edges of a layer, to be asked how far vertices are from them.
pub(super) struct Edges {
    plane: Plane,
    /// Edges by bucket, bucket after bucket: all that come within [`REACH`] of a cell are in its bucket. Far cells may share one,
    /// which does no harm: what counts is the distance.
    entries: Vec<Edge>,
    /// Where each bucket begins in `entries`, and where the last one ends.
    starts: Vec<u32>,
}

impl Edges {
    /// From rings and lines of places in longitude and latitude. `None` where there is no edge.
    pub fn of(rings: &[Vec<Coord<f64>>]) -> Option<Self> {
        let starts: Vec<Coord<f64>> = rings.iter().filter_map(|ring| ring.first().copied()).collect();
        let plane = Plane::around(&starts)?;
        let buckets = rings.iter().map(Vec::len).sum::<usize>().next_power_of_two();
        // Counted first, then filled in from the end of each bucket to its beginning.
        let mut starts = vec![0u32; buckets + 1];
        each_cell(rings, plane, |cell, _| starts[bucket(cell, buckets)] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut entries = vec![[[0.0; 2]; 2]; sum as usize];
        each_cell(rings, plane, |cell, edge| {
            let start = &mut starts[bucket(cell, buckets)];
            *start -= 1;
            entries[*start as usize] = edge;
        });
        (!entries.is_empty()).then_some(Self { plane, entries, starts })
    }

    /// The edges that may come within [`REACH`] of a point.
    fn around(&self, point: [f64; 2]) -> &[Edge] {
        let bucket = bucket(cell(point), self.starts.len() - 1);
        &self.entries[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }

    /// Metres to the nearest edge, if it is no farther than [`REACH`].
    fn near(&self, point: [f64; 2]) -> Option<f64> {
        let nearest = self.around(point).iter().map(|edge| distance(point, edge)).fold(f64::MAX, f64::min);
        (nearest <= REACH).then_some(nearest)
    }

    /// Distances of places from edges, of those no farther than [`REACH`].
    pub fn distances(&self, places: &[Coord<f64>]) -> Vec<f64> {
        places.iter().filter_map(|c| self.near(self.plane.point(*c))).collect()
    }

    /// The hypothesis that carries the vertices of another layer onto these edges, if one stands out against the first: as they stand.
    /// The hypotheses begin with those of [`turned`].
    pub fn outstanding(&self, layer: &Vertices, hypotheses: &[Hypothesis]) -> Option<Evidence> {
        let Vertices { places: vertices, first } = layer;
        let places = columns(first, hypotheses);
        let distances = self.hypothetical(&places);
        if first.len() == vertices.len() {
            return self.standing_out(vertices, hypotheses, &places, &distances);
        }
        if !may_stand_out(&distances) {
            return None;
        }
        let all: Vec<Turned> = vertices.par_iter().map(|c| turned(*c)).collect();
        let places = columns(&all, hypotheses);
        self.standing_out(vertices, hypotheses, &places, &self.hypothetical(&places))
    }

    /// The distances under each hypothesis.
    fn hypothetical(&self, places: &[Vec<Coord<f64>>]) -> Vec<Vec<f64>> {
        places.par_iter().map(|places| self.distances(places)).collect()
    }

    fn standing_out(
        &self,
        vertices: &[Coord<f64>],
        hypotheses: &[Hypothesis],
        turned: &[Vec<Coord<f64>>],
        distances: &[Vec<f64>],
    ) -> Option<Evidence> {
        let best = ON_EDGE.into_iter().find_map(|tolerance| {
            let counts: Vec<usize> = distances.iter().map(|distances| within(distances, tolerance)).collect();
            let (best, count) = counts.iter().copied().enumerate().max_by_key(|(index, count)| (*count, Reverse(*index)))?;
            let others =
                counts.iter().enumerate().filter(|(index, _)| *index != best).map(|(_, count)| *count).max().unwrap_or(0);
            let residual = median(distances[best].iter().copied().filter(|distance| *distance <= tolerance).collect());
            let stands_out = best != 0 && count >= LEAST && count >= TIMES * others && residual <= CLOSE * tolerance;
            stands_out.then_some((best, tolerance, count, counts[0], residual))
        });
        let (best, tolerance, on_edge, as_they_stand, residual) = best?;
        let chance = self.chance(vertices, turned, tolerance);
        if on_edge < TIMES * chance {
            return None;
        }
        let on = |place: &Coord<f64>| self.near(self.plane.point(*place)).is_some_and(|distance| distance <= tolerance);
        let pairs = vertices.iter().zip(&turned[best]).filter(|(_, place)| on(place)).map(|(vertex, place)| (*vertex, *place));
        Some(Evidence {
            hypothesis: hypotheses[best].clone(),
            looked_at: vertices.len(),
            on_edge,
            as_they_stand,
            chance,
            tolerance,
            residual,
            offset: self.mean_offset(pairs),
        })
    }

    /// The most vertices that a rigid move brings onto edges.
    fn chance(&self, vertices: &[Coord<f64>], turned: &[Vec<Coord<f64>>], tolerance: f64) -> usize {
        let middle: Vec<[f64; 2]> =
            turned.iter().filter_map(|places| places.get(places.len() / 2)).map(|c| self.plane.point(*c)).collect();
        let Some(standing) = middle.first() else { return 0 };
        let hypotheses: Vec<[f64; 2]> = middle.iter().map(|point| [point[0] - standing[0], point[1] - standing[1]]).collect();
        let moves = MOVES.into_iter().flat_map(|length| {
            (0..DIRECTIONS).map(move |k| {
                let (sin, cos) = (f64::from(k) / f64::from(DIRECTIONS) * TAU + length).sin_cos();
                [length * cos, length * sin]
            })
        });
        moves
            .filter(|[x, y]| hypotheses.iter().all(|[u, v]| (x - u).hypot(y - v) > APART))
            .map(|[x, y]| {
                let moved = vertices.iter().map(|c| self.plane.point(*c)).map(|point| [point[0] + x, point[1] + y]);
                moved.filter_map(|point| self.near(point)).filter(|distance| *distance <= tolerance).count()
            })
            .max()
            .unwrap_or(0)
    }

    fn mean_offset(&self, pairs: impl Iterator<Item = (Coord<f64>, Coord<f64>)>) -> (f64, f64) {
        let (mut east, mut north, mut n) = (0.0, 0.0, 0.0f64);
        for (standing, plain) in pairs {
            east += (standing.x - plain.x) * self.plane.metres.0;
            north += (standing.y - plain.y) * self.plane.metres.1;
            n += 1.0;
        }
        (east / n.max(1.0), north / n.max(1.0))
    }
}

/// Whether, of some of the vertices, a hypothesis brings so many onto edges that all of them are worth looking at.
fn may_stand_out(distances: &[Vec<f64>]) -> bool {
    ON_EDGE.iter().any(|tolerance| {
        let mut counts: Vec<usize> = distances.iter().map(|distances| within(distances, *tolerance)).collect();
        counts[1..].sort_unstable_by_key(|count| Reverse(*count));
        counts[1] >= FEWEST_AT_A_GLANCE && 2 * counts[1] >= 3 * counts[0].max(counts[2])
    })
}

/// Tells, of each edge that may be a border, the cells whose points it may be within [`REACH`] of.
fn each_cell(rings: &[Vec<Coord<f64>>], plane: Plane, mut tell: impl FnMut((i32, i32), Edge)) {
    let mut pieces = 0;
    for edge in rings.iter().flat_map(|ring| ring.windows(2)) {
        let [from, to] = [plane.point(edge[0]), plane.point(edge[1])];
        let length = length(to[0] - from[0], to[1] - from[1]);
        if length.is_nan() || length > LONGEST || pieces > PIECES {
            continue;
        }
        #[allow(clippy::cast_possible_truncation)] // to millimetres
        let edge = [from, to].map(|end| end.map(|metres| metres as f32));
        pieces += pass(from, to, length, |cell| tell(cell, edge));
    }
}

/// Tells the cells near an edge piece by piece, so that a slanting one does not fill the box around it. Returns the number of pieces.
fn pass(from: [f64; 2], to: [f64; 2], length: f64, mut tell: impl FnMut((i32, i32))) -> usize {
    let pieces = if length > CELL { (length / CELL).ceil() } else { 1.0 };
    let at = |share: f64| [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
    let (mut n, mut start) = (0, from);
    while f64::from(n) < pieces {
        n += 1;
        let end = at(f64::from(n) / pieces);
        let low = cell([start[0].min(end[0]) - REACH, start[1].min(end[1]) - REACH]);
        let high = cell([start[0].max(end[0]) + REACH, start[1].max(end[1]) + REACH]);
        for column in low.0..=high.0 {
            (low.1..=high.1).for_each(|row| tell((column, row)));
        }
        start = end;
    }
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The cell a point is in.
#[allow(clippy::cast_possible_truncation)] // a cast from float to integer saturates: what is not on Earth is in the outermost cell
fn cell(point: [f64; 2]) -> (i32, i32) {
    // Rounds down as `floor` does, without a call of the library.
    let down = |x: f64| (x as i32).saturating_sub(i32::from(f64::from(x as i32) > x));
    (down(point[0] / CELL), down(point[1] / CELL))
}

/// The bucket of a cell, of a power of two. Neighbours in a column have neighbouring buckets.
fn bucket((column, row): (i32, i32), buckets: usize) -> usize {
    const ROWS: u32 = 0x9E37_79B1;
    (column.cast_unsigned().wrapping_mul(ROWS).wrapping_add(row.cast_unsigned()) as usize) & (buckets - 1)
}

/// Metres from a point to an edge.
fn distance(point: [f64; 2], edge: &Edge) -> f64 {
    let [from, to] = edge.map(|end| end.map(f64::from));
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (px, py) = (point[0] - from[0], point[1] - from[1]);
    let square = dx * dx + dy * dy;
    let share = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    length(px - share * dx, py - share * dy)
}

/// Length of a step, metres. On Earth no square overflows.
fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// How many distances are within a tolerance.
pub(super) fn within(distances: &[f64], tolerance: f64) -> usize {
    distances.iter().filter(|distance| **distance <= tolerance).count()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
