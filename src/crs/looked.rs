//! A layer while its system is in question: samples of it, the ground it covers as it stands, its rings.

use geo::Coord;

use super::coincidence::EDGES;
use super::diagnose::Claim;
use super::readings::{MOST, Region, believable, sample, share};
use super::{Crs, china};
use crate::model::RawShape;

/// Positions looked at to find the reading of a layer.
const POSITIONS: usize = 400;
/// Positions from which the ground of a layer is drawn.
const GROUND: usize = 8000;

/// A layer while it is looked at.
pub(super) struct Looked<'a> {
    pub claim: Claim<'a>,
    pub sample: Vec<Coord<f64>>,
    pub by_shape: Vec<Vec<Coord<f64>>>,
    /// The system it is read in as it stands: the stated one, or degrees where none is stated and the numbers are.
    pub standing: Option<Crs>,
    pub region: Option<Region>,
}

impl<'a> Looked<'a> {
    pub fn new(claim: Claim<'a>) -> Self {
        let by_shape = sample(claim.shapes, GROUND);
        let sample = positions(claim.shapes);
        let assumed = claim.crs.is_none() && claim.text.is_none();
        let standing = claim.crs.cloned().or_else(|| assumed.then_some(Crs::Geographic));
        let standing = standing.filter(|crs| can_be_of(crs, &sample));
        let region = standing.as_ref().and_then(|crs| Region::of(&read(&by_shape, |c| crs.geographic(c))));
        Self { claim, sample, by_shape, standing, region }
    }

    pub fn places(&self) -> Vec<Coord<f64>> {
        self.standing.as_ref().map(|crs| self.sample.iter().map(|c| crs.geographic(*c)).collect()).unwrap_or_default()
    }

    pub fn in_china(&self) -> bool {
        share(&self.places(), |c| china::contains(*c)) > MOST
    }

    pub fn meets(&self, other: &Self) -> bool {
        match (&self.region, &other.region) {
            (Some(mine), Some(theirs)) => {
                share(&self.places(), |c| theirs.contains(*c)) >= MOST || share(&other.places(), |c| mine.contains(*c)) >= MOST
            }
            _ => false,
        }
    }
}

/// Some positions of a layer.
pub(super) fn positions(shapes: &[RawShape]) -> Vec<Coord<f64>> {
    sample(shapes, POSITIONS).into_iter().flatten().collect()
}

/// Whether most of some positions can be those of a system.
pub(super) fn can_be_of(crs: &Crs, positions: &[Coord<f64>]) -> bool {
    share(positions, |c| believable(crs, *c)) > MOST
}

pub(super) fn read(shapes: &[Vec<Coord<f64>>], place: impl Fn(Coord<f64>) -> Coord<f64>) -> Vec<Vec<Coord<f64>>> {
    shapes.iter().map(|shape| shape.iter().map(|c| place(*c)).collect()).collect()
}

/// Rings and lines of a layer in longitude and latitude, closed where they are not.
/// Of a layer with very many edges only some shapes are taken, evenly.
pub(super) fn rings(shapes: &[RawShape], place: impl Fn(Coord<f64>) -> Coord<f64>) -> Vec<Vec<Coord<f64>>> {
    let closed = |ring: &Vec<Coord<f64>>| {
        let mut places: Vec<Coord<f64>> = ring.iter().map(|c| place(*c)).collect();
        if places.first() != places.last() {
            places.extend(places.first().copied());
        }
        places
    };
    let edges =
        |shape: &RawShape| if let RawShape::Parts(parts) = shape { parts.iter().flatten().map(Vec::len).sum() } else { 0 };
    let step = shapes.iter().map(edges).sum::<usize>().div_ceil(EDGES).max(1);
    shapes
        .iter()
        .step_by(step)
        .flat_map(|shape| match shape {
            RawShape::Parts(parts) => parts.iter().flatten().map(closed).collect(),
            _ => Vec::new(),
        })
        .collect()
}
