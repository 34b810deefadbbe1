//! Ways in which places of a layer may be other than it says, a kilometre or so away: shifted as map services shift, or the numbers of
//! one system called another.

use geo::Coord;

use super::Crs;
use super::looked::Looked;
use super::readings::{MOST, Reading, all, share};
use super::shift::{self, Shift};

/// How well a shift is undone before a vertex is held against edges, degrees: the step after one this long is of centimetres.
const NEARLY: f64 = 1e-5;

/// What was done to the true places of a layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Turn {
    Shifted(Shift),
    /// Its numbers are of one system and are said to be of another.
    Misread {
        truly: Crs,
        stated: Crs,
    },
}

impl Turn {
    /// Where a true place stands.
    fn done(&self, c: Coord<f64>) -> Coord<f64> {
        match self {
            Self::Shifted(shift) => shift.done(c),
            Self::Misread { truly, stated } => stated.geographic(truly.coordinates(c)),
        }
    }

    /// The true place of what stands here.
    fn undone(&self, c: Coord<f64>) -> Coord<f64> {
        match self {
            Self::Shifted(shift) => shift.undone_within(c, NEARLY),
            Self::Misread { truly, stated } => truly.geographic(stated.coordinates(c)),
        }
    }

    /// The system to be set.
    pub fn truly(&self) -> String {
        match self {
            Self::Shifted(shift) => shift.name().to_owned(),
            Self::Misread { truly, .. } => truly.name(),
        }
    }
}

/// What two layers may be: the one whose vertices are taken, and the one whose edges are. `None` for as they stand.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Hypothesis {
    pub vertices: Option<Turn>,
    pub edges: Option<Turn>,
}

impl Hypothesis {
    /// Where a vertex is beside the edges if the hypothesis holds.
    pub fn turned(&self, c: Coord<f64>) -> Coord<f64> {
        let c = self.vertices.as_ref().map_or(c, |turn| turn.undone(c));
        self.edges.as_ref().map_or(c, |turn| turn.done(c))
    }
}

/// Where a place is beside the edges as it stands, and under each of the six hypotheses of shifts: as [`hypotheses`] has them.
pub(super) type Turned = [Coord<f64>; 7];

/// The first hypotheses of [`hypotheses`] for a place at once: what their ways have in common is gone once.
pub(super) fn turned(c: Coord<f64>) -> Turned {
    let [gcj, bd, between] = shift::undone_both(c, NEARLY);
    // Of two shifted layers Baidu's step alone is left, done or undone.
    [c, gcj, bd, Shift::Gcj02.done(c), Shift::Bd09.done(c), shift::baidu(c), between]
}

/// What two layers may be, as they stand first, then shifted, then misread.
pub(super) fn hypotheses(vertices: &Looked<'_>, edges: &Looked<'_>) -> Vec<Hypothesis> {
    let one = |turn: Turn| Hypothesis { vertices: Some(turn), edges: None };
    let other = |turn: Turn| Hypothesis { vertices: None, edges: Some(turn) };
    let [gcj, bd] = [Shift::Gcj02, Shift::Bd09].map(Turn::Shifted);
    let shifts = [
        Hypothesis::default(),
        one(gcj.clone()),
        one(bd.clone()),
        other(gcj.clone()),
        other(bd.clone()),
        Hypothesis { vertices: Some(gcj.clone()), edges: Some(bd.clone()) },
        Hypothesis { vertices: Some(bd), edges: Some(gcj) },
    ];
    // Both in one system is the same said of either; of the layer whose vertices are taken it is said once.
    let said = |turn: &Turn| matches!(turn, Turn::Misread { truly, .. } if vertices.standing.as_ref() == Some(truly));
    shifts
        .into_iter()
        .chain(misreadings(vertices, edges).map(one))
        .chain(misreadings(edges, vertices).filter(|turn| !said(turn)).map(other))
        .collect()
}

/// The systems whose numbers a layer may have, other than the projection it is said to be in, that let it lie with another one.
fn misreadings(layer: &Looked<'_>, beside: &Looked<'_>) -> impl Iterator<Item = Turn> {
    let stated = layer.standing.as_ref().filter(|crs| matches!(crs, Crs::Projected(_)));
    let lies_beside = |reading: &Reading| {
        let on_its_ground = |c: &Coord<f64>| beside.region.as_ref().is_some_and(|region| region.contains(reading.place(*c)));
        share(&layer.sample, on_its_ground) >= MOST
    };
    stated.into_iter().flat_map(move |stated| {
        all()
            .iter()
            .filter(|reading| !reading.swapped && reading.crs != *stated && reading.can_be(&layer.sample))
            .filter(move |reading| lies_beside(reading))
            .map(|reading| Turn::Misread { truly: reading.crs.clone(), stated: stated.clone() })
    })
}
