//! Whether one layer is shifted as map services shift: its vertices fall on the edges of another layer only when the shift is undone.
//!
//! Layers of one city share borders: parcels end at a park's fence, two district layers follow one line. How many sampled vertices
//! lie within a few metres of the other layer's edges is counted as the layers stand, with each shift undone, and after rigid moves
//! of the same size in other directions, which show what mere chance brings. Layers without common borders bring chance counts
//! everywhere; layers that fit as they stand (even if simplified) count most as they stand.

use geo::Coord;
use rstar::primitives::Line;
use rstar::{PointDistance, RTree};

use super::extent::metres_per_degree;
use super::shift::Shift;

/// A vertex is on an edge if it is no farther away, metres.
const ON_EDGE: f64 = 3.0;
/// Vertices sampled from a layer.
pub(super) const VERTICES: usize = 6000;
/// Edges of a layer that are indexed.
const EDGES: usize = 400_000;
/// Fewer vertices on edges are no evidence.
const LEAST: usize = 30;
/// Vertices on edges must be this many times those of chance, of the layers as they stand, and of any other hypothesis.
const TIMES: usize = 3;
/// Directions in which the layer is moved to see what chance brings.
const DIRECTIONS: usize = 6;
/// Lengths of those moves, metres.
const MOVES: [f64; 3] = [270.0, 480.0, 1110.0];
/// A rigid move this close to a hypothesis says nothing of chance, metres.
const APART: f64 = 60.0;

/// Which of two layers are shifted: the one whose vertices are taken, the one whose edges are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hypothesis {
    pub vertices: Option<Shift>,
    pub edges: Option<Shift>,
}

const HYPOTHESES: [Hypothesis; 7] = {
    use Shift::{Bd09, Gcj02};
    const fn of(vertices: Option<Shift>, edges: Option<Shift>) -> Hypothesis {
        Hypothesis { vertices, edges }
    }
    [
        of(None, None),
        of(Some(Gcj02), None),
        of(Some(Bd09), None),
        of(None, Some(Gcj02)),
        of(None, Some(Bd09)),
        of(Some(Gcj02), Some(Bd09)),
        of(Some(Bd09), Some(Gcj02)),
    ]
};

/// A shift that stands out, and its evidence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Evidence {
    pub hypothesis: Hypothesis,
    /// Vertices looked at.
    pub looked_at: usize,
    /// Of these on edges once the shift is undone.
    pub on_edge: usize,
    /// On edges as the layers stand.
    pub as_they_stand: usize,
    /// The most that chance brought.
    pub chance: usize,
    /// Median distance from the edges of those on edges, metres.
    pub residual: f64,
    /// Mean of shifted less true place over those on edges, metres east and north.
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
    tree: RTree<Line<[f64; 2]>>,
}

impl Edges {
    /// From rings and lines of places in longitude and latitude. `None` where there is no edge.
    pub fn of(rings: &[Vec<Coord<f64>>]) -> Option<Self> {
        let starts: Vec<Coord<f64>> = rings.iter().filter_map(|ring| ring.first().copied()).collect();
        let plane = Plane::around(&starts)?;
        let all: usize = rings.iter().map(|ring| ring.len().saturating_sub(1)).sum();
        let step = all.div_ceil(EDGES).max(1);
        let finite = |c: &Coord<f64>| c.x.is_finite() && c.y.is_finite();
        let edges: Vec<Line<[f64; 2]>> = rings
            .iter()
            .step_by(step)
            .flat_map(|ring| ring.windows(2))
            .filter(|edge| edge.iter().all(finite))
            .map(|edge| Line::new(plane.point(edge[0]), plane.point(edge[1])))
            .collect();
        (!edges.is_empty()).then(|| Self { plane, tree: RTree::bulk_load(edges) })
    }

    /// Metres to the nearest edge, if it is no farther than [`ON_EDGE`].
    fn near(&self, point: [f64; 2]) -> Option<f64> {
        let nearest = self.tree.nearest_neighbor(&point)?.distance_2(&point);
        (nearest <= ON_EDGE * ON_EDGE).then(|| nearest.sqrt())
    }

    fn reaches(&self, point: [f64; 2]) -> bool {
        self.tree.locate_within_distance(point, ON_EDGE * ON_EDGE).next().is_some()
    }

    /// How many places are on an edge.
    pub fn count(&self, places: &[Coord<f64>]) -> usize {
        places.iter().filter(|c| c.x.is_finite() && c.y.is_finite()).filter(|c| self.reaches(self.plane.point(**c))).count()
    }

    /// The shift that carries the vertices of another layer onto these edges, if one stands out.
    pub fn shift_of(&self, vertices: &[Coord<f64>]) -> Option<Evidence> {
        let vertices: Vec<Coord<f64>> = vertices.iter().filter(|c| c.x.is_finite() && c.y.is_finite()).copied().collect();
        let turned: Vec<Vec<Coord<f64>>> =
            HYPOTHESES.iter().map(|hypothesis| vertices.iter().map(|c| hypothesis.turned(*c)).collect()).collect();
        let counts: Vec<usize> = turned.iter().map(|places| self.count(places)).collect();
        let (best, on_edge) = counts.iter().copied().enumerate().max_by_key(|(index, count)| (*count, usize::MAX - *index))?;
        let others = counts.iter().enumerate().filter(|(index, _)| *index != best).map(|(_, count)| *count).max().unwrap_or(0);
        if best == 0 || on_edge < LEAST || on_edge < TIMES * others {
            return None;
        }
        let chance = self.chance(&vertices, &turned);
        if on_edge < TIMES * chance {
            return None;
        }
        let near: Vec<(usize, f64)> = turned[best]
            .iter()
            .enumerate()
            .filter_map(|(index, c)| self.near(self.plane.point(*c)).map(|distance| (index, distance)))
            .collect();
        let mut distances: Vec<f64> = near.iter().map(|(_, distance)| *distance).collect();
        distances.sort_by(f64::total_cmp);
        Some(Evidence {
            hypothesis: HYPOTHESES[best],
            looked_at: vertices.len(),
            on_edge,
            as_they_stand: counts[0],
            chance,
            residual: distances.get(distances.len() / 2).copied().unwrap_or(0.0),
            offset: self.mean_offset(near.iter().map(|(index, _)| (vertices[*index], turned[best][*index]))),
        })
    }

    /// The most vertices that a rigid move brings onto edges.
    fn chance(&self, vertices: &[Coord<f64>], turned: &[Vec<Coord<f64>>]) -> usize {
        let middle = vertices.len() / 2;
        let Some(standing) = vertices.get(middle).map(|c| self.plane.point(*c)) else { return 0 };
        let hypotheses: Vec<[f64; 2]> = turned
            .iter()
            .filter_map(|places| places.get(middle))
            .map(|c| self.plane.point(*c))
            .map(|point| [point[0] - standing[0], point[1] - standing[1]])
            .collect();
        #[allow(clippy::cast_precision_loss)] // a handful
        let moves = MOVES.into_iter().flat_map(|length| {
            (0..DIRECTIONS).map(move |k| {
                let (sin, cos) = (k as f64 / DIRECTIONS as f64 * std::f64::consts::TAU + length).sin_cos();
                [length * cos, length * sin]
            })
        });
        moves
            .filter(|[x, y]| hypotheses.iter().all(|[u, v]| (x - u).hypot(y - v) > APART))
            .map(|[x, y]| {
                vertices.iter().map(|c| self.plane.point(*c)).filter(|point| self.reaches([point[0] + x, point[1] + y])).count()
            })
            .max()
            .unwrap_or(0)
    }

    fn mean_offset(&self, pairs: impl Iterator<Item = (Coord<f64>, Coord<f64>)>) -> (f64, f64) {
        let (mut east, mut north, mut n) = (0.0, 0.0, 0.0f64);
        for (shifted, plain) in pairs {
            east += (shifted.x - plain.x) * self.plane.metres.0;
            north += (shifted.y - plain.y) * self.plane.metres.1;
            n += 1.0;
        }
        (east / n.max(1.0), north / n.max(1.0))
    }
}

impl Hypothesis {
    /// Where a vertex is beside the edges if the hypothesis holds.
    fn turned(self, c: Coord<f64>) -> Coord<f64> {
        let c = self.vertices.map_or(c, |shift| shift.undone(c));
        self.edges.map_or(c, |shift| shift.done(c))
    }
}
