//! The readings in which a layer would lie where it should, and the one that stands out.

use std::cmp::Reverse;

use geo::Coord;

use super::china;
use super::coincidence::{Edges, within};
use super::looked::{Looked, read, rings};
use super::readings::{MOST, Reading, Region, all, distance_km, median_place, sample, share};

/// Another reading that does so well against the best one leaves the choice open.
const RIVAL: f64 = 0.6;
/// Readings that bring a layer to the same place, kilometres: they differ in scale or by a shift of the origin.
const SAME_PLACE: f64 = 25.0;
/// Positions from which readings of the same place are told apart.
const INSIDE: usize = 6000;
/// Vertices this near to an edge tell readings of the same place apart, metres.
const TIGHT: f64 = 0.5;

/// How a candidate does.
pub(super) struct Candidate {
    pub reading: &'static Reading,
    /// The share of positions where they should be.
    pub score: f64,
    middle: Coord<f64>,
}

/// Readings that put most positions into China, best first.
pub(super) fn in_china(layer: &Looked<'_>) -> Vec<Candidate> {
    scored(layer, |_, places| share(places, |c| china::contains(*c)))
}

/// Readings that put most positions onto the ground of other layers, or theirs onto its own.
pub(super) fn beside(layer: &Looked<'_>, others: &[&Looked<'_>]) -> Vec<Candidate> {
    let theirs: Vec<Vec<Coord<f64>>> = others.iter().map(|other| other.places()).collect();
    scored(layer, |reading, places| {
        let forward =
            share(places, |c| others.iter().filter_map(|other| other.region.as_ref()).any(|region| region.contains(*c)));
        let near = median_place(places).is_some_and(|middle| {
            theirs.iter().filter_map(|places| median_place(places)).any(|other| distance_km(middle, other) < 600.0)
        });
        if forward >= 0.9 || !near {
            return forward;
        }
        let own = Region::of(&read(&layer.by_shape, |c| reading.place(c)));
        let backward = own.map_or(0.0, |own| theirs.iter().map(|places| share(places, |c| own.contains(*c))).fold(0.0, f64::max));
        forward.max(backward)
    })
}

fn scored(layer: &Looked<'_>, score: impl Fn(&'static Reading, &[Coord<f64>]) -> f64) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = all()
        .iter()
        .filter(|reading| reading.can_be(&layer.sample))
        .filter(|reading| reading.swapped || layer.claim.crs.is_none_or(|stated| *stated != reading.crs))
        .filter_map(|reading| {
            let places: Vec<Coord<f64>> = layer.sample.iter().map(|c| reading.place(*c)).collect();
            let middle = median_place(&places)?;
            Some(Candidate { reading, score: score(reading, &places), middle })
        })
        .filter(|candidate| candidate.score >= MOST)
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}

/// Leaves the candidates that bring a layer to another place than where it stands.
pub(super) fn elsewhere(layer: &Looked<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let Some(standing) = median_place(&layer.places()) else { return candidates };
    candidates.into_iter().filter(|candidate| distance_km(candidate.middle, standing) >= SAME_PLACE).collect()
}

/// The one candidate that stands out, if one does.
pub(super) fn outstanding<'c>(layer: &Looked<'_>, candidates: &'c [Candidate], others: &[&Looked<'_>]) -> Option<&'c Candidate> {
    let best = candidates.first()?;
    let (twins, rivals): (Vec<&Candidate>, Vec<&Candidate>) =
        candidates.iter().partition(|candidate| distance_km(candidate.middle, best.middle) < SAME_PLACE);
    if rivals.iter().any(|rival| rival.score > RIVAL * best.score) {
        return None;
    }
    if twins.len() == 1 { Some(best) } else { sharpest(layer, &twins, others) }
}

/// Of readings that bring a layer to the same place, the one in which vertices fall on borders of the others, or theirs on its own;
/// or else the one in which clearly more of them fall inside.
fn sharpest<'c>(layer: &Looked<'_>, twins: &[&'c Candidate], others: &[&Looked<'_>]) -> Option<&'c Candidate> {
    let vertices: Vec<Coord<f64>> = sample(layer.claim.shapes, INSIDE).into_iter().flatten().collect();
    let read: Vec<(Borders, &'c Candidate)> = twins
        .iter()
        .map(|twin| {
            (Borders::new(&vertices, |c| twin.reading.place(c), rings(layer.claim.shapes, |c| twin.reading.place(c))), *twin)
        })
        .collect();
    let theirs: Vec<Borders> = others
        .iter()
        .filter_map(|other| {
            let crs = other.standing.as_ref()?;
            let vertices: Vec<Coord<f64>> = sample(other.claim.shapes, INSIDE).into_iter().flatten().collect();
            Some(Borders::new(&vertices, |c| crs.geographic(c), rings(other.claim.shapes, |c| crs.geographic(c))))
        })
        .collect();
    let most = |count: &dyn Fn(&Borders) -> usize, clear: &dyn Fn(usize, usize) -> bool| {
        let mut counts: Vec<(usize, &'c Candidate)> = read.iter().map(|(own, twin)| (count(own), *twin)).collect();
        counts.sort_by_key(|(count, _)| Reverse(*count));
        match counts[..] {
            [(first, best), (second, _), ..] if clear(first, second) => Some(best),
            _ => None,
        }
    };
    let on_edges = |first, second| first >= 30 && first >= 3 * second;
    let inside = |first, second| first >= second + 10 + second / 200;
    let sum = |count: &dyn Fn(&Borders) -> usize| theirs.iter().map(count).sum::<usize>();
    most(&|own| sum(&|other| other.near(own)), &on_edges)
        .or_else(|| most(&|own| sum(&|other| own.near(other)), &on_edges))
        .or_else(|| most(&|own| sum(&|other| other.inside(own)), &inside))
        .or_else(|| most(&|own| sum(&|other| own.inside(other)), &inside))
}

/// Sampled vertices and all rings of a layer under one reading.
struct Borders {
    vertices: Vec<Coord<f64>>,
    rings: Vec<Vec<Coord<f64>>>,
    edges: Option<Edges>,
}

impl Borders {
    fn new(vertices: &[Coord<f64>], place: impl Fn(Coord<f64>) -> Coord<f64>, rings: Vec<Vec<Coord<f64>>>) -> Self {
        let edges = Edges::of(&rings);
        Self { vertices: vertices.iter().map(|c| place(*c)).collect(), rings, edges }
    }

    /// How many vertices of the other are on edges of this one.
    fn near(&self, other: &Self) -> usize {
        self.edges.as_ref().map_or(0, |edges| within(&edges.distances(&other.vertices), TIGHT))
    }

    /// How many vertices of the other are inside this one, by the even-odd rule.
    fn inside(&self, other: &Self) -> usize {
        let mut inside = vec![false; other.vertices.len()];
        for ring in &self.rings {
            let range = |axis: fn(&Coord<f64>) -> f64| {
                ring.iter().map(axis).fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
            };
            let ((west, east), (south, north)) = (range(|c| c.x), range(|c| c.y));
            for (c, inside) in other.vertices.iter().zip(&mut inside) {
                if (west..=east).contains(&c.x) && (south..=north).contains(&c.y) && crossings(*c, ring) % 2 == 1 {
                    *inside = !*inside;
                }
            }
        }
        inside.into_iter().filter(|inside| *inside).count()
    }
}

/// Edges of a ring that a ray from a place to the east crosses.
fn crossings(c: Coord<f64>, ring: &[Coord<f64>]) -> usize {
    let crossed = |edge: &&[Coord<f64>]| {
        let (a, b) = (edge[0], edge[1]);
        (a.y > c.y) != (b.y > c.y) && c.x < (b.x - a.x) * (c.y - a.y) / (b.y - a.y) + a.x
    };
    ring.windows(2).filter(crossed).count()
}
