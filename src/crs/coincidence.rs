//! Whether one layer lies beside its true place: its vertices fall on the edges of another layer only when what was done to it is undone.
//!
//! Layers of one city share borders: parcels end at a park's fence, two district layers follow one line. How many sampled vertices
//! lie within a few metres of the other layer's edges is counted as the layers stand, under each hypothesis, and after rigid moves
//! of the same size in other directions, which show what mere chance brings. Layers without common borders bring chance counts
//! everywhere; layers that fit as they stand (even if simplified) count most as they stand.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::f64::consts::TAU;

use geo::Coord;
use rayon::prelude::*;

use super::extent::metres_per_degree;
use super::turn::Hypothesis;

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
pub(super) const EDGES: usize = 400_000;
/// Fewer vertices on edges are no evidence.
const LEAST: usize = 30;
/// Vertices on edges must be this many times those of chance, of the layers as they stand, and of any other hypothesis.
const TIMES: usize = 3;
/// Of more vertices than this only some are looked at first, one in [`GLANCE`]: most layers lie where they say.
const MANY: usize = 8000;
const GLANCE: usize = 4;
/// On average [`LEAST`] / [`GLANCE`] of them would be on edges, had the hypothesis the least evidence; less than these hardly ever.
const FEWEST_AT_A_GLANCE: usize = 3;
/// Directions in which the layer is moved to see what chance brings.
const DIRECTIONS: u8 = 6;
/// Lengths of those moves, metres.
const MOVES: [f64; 3] = [270.0, 480.0, 1110.0];
/// A rigid move this close to a hypothesis says nothing of chance, metres.
const APART: f64 = 60.0;

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

/// The edges of a layer, to be asked how far vertices are from them.
pub(super) struct Edges {
    plane: Plane,
    edges: Vec<[[f64; 2]; 2]>,
    /// Cell → the edges that come within [`REACH`] of it.
    cells: HashMap<(i32, i32), Vec<u32>>,
}

impl Edges {
    /// From rings and lines of places in longitude and latitude. `None` where there is no edge.
    pub fn of(rings: &[Vec<Coord<f64>>]) -> Option<Self> {
        let starts: Vec<Coord<f64>> = rings.iter().filter_map(|ring| ring.first().copied()).collect();
        let plane = Plane::around(&starts)?;
        let mut index = Self { plane, edges: Vec::new(), cells: HashMap::new() };
        let mut pieces = 0;
        for edge in rings.iter().flat_map(|ring| ring.windows(2)) {
            let (from, to) = (plane.point(edge[0]), plane.point(edge[1]));
            let length = (to[0] - from[0]).hypot(to[1] - from[1]);
            if length.is_nan() || length > LONGEST || pieces > PIECES {
                continue;
            }
            pieces += index.add(from, to, length);
        }
        (!index.edges.is_empty()).then_some(index)
    }

    /// Enters an edge piece by piece, so that a slanting one does not fill the box around it. Returns the number of pieces.
    fn add(&mut self, from: [f64; 2], to: [f64; 2], length: f64) -> usize {
        let Ok(edge) = u32::try_from(self.edges.len()) else { return 0 };
        self.edges.push([from, to]);
        let pieces = (length / CELL).ceil().max(1.0);
        let at = |share: f64| [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
        let (mut n, mut start) = (0, from);
        while f64::from(n) < pieces {
            n += 1;
            let end = at(f64::from(n) / pieces);
            let low = cell([start[0].min(end[0]) - REACH, start[1].min(end[1]) - REACH]);
            let high = cell([start[0].max(end[0]) + REACH, start[1].max(end[1]) + REACH]);
            for column in low.0..=high.0 {
                for row in low.1..=high.1 {
                    let edges = self.cells.entry((column, row)).or_default();
                    if edges.last() != Some(&edge) {
                        edges.push(edge);
                    }
                }
            }
            start = end;
        }
        usize::try_from(n).unwrap_or(usize::MAX)
    }

    /// Metres to the nearest edge, if it is no farther than [`REACH`].
    fn near(&self, point: [f64; 2]) -> Option<f64> {
        let edges = self.cells.get(&cell(point))?;
        let nearest = edges
            .iter()
            .filter_map(|edge| self.edges.get(*edge as usize))
            .map(|edge| distance(point, edge))
            .fold(f64::MAX, f64::min);
        (nearest <= REACH).then_some(nearest)
    }

    /// Distances of places from edges, of those no farther than [`REACH`].
    pub fn distances(&self, places: &[Coord<f64>]) -> Vec<f64> {
        places.iter().filter_map(|c| self.near(self.plane.point(*c))).collect()
    }

    /// The hypothesis that carries the vertices of another layer onto these edges, if one stands out against the first: as they stand.
    pub fn outstanding(&self, vertices: &[Coord<f64>], hypotheses: &[Hypothesis]) -> Option<Evidence> {
        let some = || vertices.iter().step_by(GLANCE).copied().collect::<Vec<_>>();
        if vertices.len() > MANY && !self.may_stand_out(&some(), hypotheses) {
            return None;
        }
        let turned: Vec<Vec<Coord<f64>>> =
            hypotheses.par_iter().map(|hypothesis| vertices.iter().map(|c| hypothesis.turned(*c)).collect()).collect();
        let distances: Vec<Vec<f64>> = turned.par_iter().map(|places| self.distances(places)).collect();
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
        let chance = self.chance(vertices, &turned, tolerance);
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

    /// Whether, of some of its vertices, a hypothesis brings so many onto edges that all of them are worth looking at.
    fn may_stand_out(&self, some: &[Coord<f64>], hypotheses: &[Hypothesis]) -> bool {
        let distances: Vec<Vec<f64>> = hypotheses
            .par_iter()
            .map(|hypothesis| self.distances(&some.iter().map(|c| hypothesis.turned(*c)).collect::<Vec<_>>()))
            .collect();
        ON_EDGE.iter().any(|tolerance| {
            let mut counts: Vec<usize> = distances.iter().map(|distances| within(distances, *tolerance)).collect();
            counts[1..].sort_unstable_by_key(|count| Reverse(*count));
            counts[1] >= FEWEST_AT_A_GLANCE && 2 * counts[1] >= 3 * counts[0].max(counts[2])
        })
    }

    /// The most vertices that a rigid move brings onto edges.
    fn chance(&self, vertices: &[Coord<f64>], turned: &[Vec<Coord<f64>>], tolerance: f64) -> usize {
        let middle = vertices.len() / 2;
        let Some(standing) = vertices.get(middle).map(|c| self.plane.point(*c)) else { return 0 };
        let hypotheses: Vec<[f64; 2]> = turned
            .iter()
            .filter_map(|places| places.get(middle))
            .map(|c| self.plane.point(*c))
            .map(|point| [point[0] - standing[0], point[1] - standing[1]])
            .collect();
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

/// The cell a point is in.
#[allow(clippy::cast_possible_truncation)] // a cast from float to integer saturates: what is not on Earth is in the outermost cell
fn cell(point: [f64; 2]) -> (i32, i32) {
    ((point[0] / CELL).floor() as i32, (point[1] / CELL).floor() as i32)
}

/// Metres from a point to an edge.
fn distance(point: [f64; 2], edge: &[[f64; 2]; 2]) -> f64 {
    let [from, to] = edge;
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (px, py) = (point[0] - from[0], point[1] - from[1]);
    let square = dx * dx + dy * dy;
    let share = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (px - share * dx).hypot(py - share * dy)
}

/// How many distances are within a tolerance.
pub(super) fn within(distances: &[f64], tolerance: f64) -> usize {
    distances.iter().filter(|distance| **distance <= tolerance).count()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
