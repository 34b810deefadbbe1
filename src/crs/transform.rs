//! Positions from any system to longitude and latitude in degrees on CGCS2000, and back.

use geo::Coord;
use proj4rs::{Proj, transform::transform};
use rayon::prelude::*;

use super::Crs;
use crate::model::RawShape;

const NOWHERE: Coord<f64> = Coord { x: f64::NAN, y: f64::NAN };

pub(super) fn to_geographic(crs: &Crs, shapes: &mut [RawShape]) {
    if !matches!(crs, Crs::Geographic) {
        shapes.par_iter_mut().for_each(|shape| shape.each_position(|c| *c = geographic(crs, *c)));
    }
}

pub(super) fn from_geographic(crs: &Crs, shapes: &mut [RawShape]) {
    if !matches!(crs, Crs::Geographic) {
        shapes.par_iter_mut().for_each(|shape| shape.each_position(|c| *c = coordinates(crs, *c)));
    }
}

pub(super) fn geographic(crs: &Crs, c: Coord<f64>) -> Coord<f64> {
    match crs {
        Crs::Geographic => c,
        Crs::Projected(projection) => turned(&projection.from, &projection.to, c),
        Crs::Shifted(shift) => shift.undone(c),
        Crs::Fitted(grid) => geographic(&grid.target, grid.fit.applied(c)),
    }
}

pub(super) fn coordinates(crs: &Crs, c: Coord<f64>) -> Coord<f64> {
    match crs {
        Crs::Geographic => c,
        Crs::Projected(projection) => turned(&projection.to, &projection.from, c),
        Crs::Shifted(shift) => shift.done(c),
        Crs::Fitted(grid) => grid.fit.undone(coordinates(&grid.target, c)),
    }
}

fn turned(from: &Proj, to: &Proj, c: Coord<f64>) -> Coord<f64> {
    if !(c.x.is_finite() && c.y.is_finite()) {
        return NOWHERE;
    }
    let mut point = if from.is_latlong() { (c.x.to_radians(), c.y.to_radians(), 0.0) } else { (c.x, c.y, 0.0) };
    match transform(from, to, &mut point) {
        Ok(()) if to.is_latlong() => Coord { x: point.0.to_degrees(), y: point.1.to_degrees() },
        Ok(()) => Coord { x: point.0, y: point.1 },
        Err(_) => NOWHERE,
    }
}
