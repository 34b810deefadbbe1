//! Areas of parcels: statutory and geodesic, on the CGCS2000 ellipsoid.
//!
//! Both are sums over rings: the outer ring's area less its holes', over all parts, whichever way the rings are wound.

pub mod ellipsoid;
pub mod geodesic;
mod nearby;
pub mod scale;
pub mod statutory;

use geo::{Coord, MultiPolygon, Polygon};
use rayon::prelude::*;

use crate::model::Parcels;

/// Statutory and geodesic area of each parcel, m²; `None` where a parcel has no usable shape.
#[derive(Debug, Clone, Default)]
pub struct Areas {
    pub statutory_m2: Vec<Option<f64>>,
    pub geodesic_m2: Vec<Option<f64>>,
}

/// Measures every parcel.
#[must_use]
pub fn measure(parcels: &Parcels) -> Areas {
    let (statutory_m2, geodesic_m2) =
        parcels.shapes.par_iter().map(|shape| (shape.as_ref().map(statutory_area), shape.as_ref().map(geodesic_area))).unzip();
    Areas { statutory_m2, geodesic_m2 }
}

/// Statutory area of a shape in longitude and latitude, m².
///
/// ```
/// use geo::{MultiPolygon, wkt};
/// let parcel: MultiPolygon = MultiPolygon(vec![wkt!(POLYGON((121.5 31.2, 121.501 31.2, 121.501 31.201, 121.5 31.201, 121.5 31.2)))]);
/// assert!((mujun::measure::statutory_area(&parcel) - 10_566.6).abs() < 0.1);
/// ```
#[must_use]
pub fn statutory_area(shape: &MultiPolygon) -> f64 {
    sum(shape, statutory::ring_area)
}

/// Geodesic area of a shape in longitude and latitude, m².
#[must_use]
pub fn geodesic_area(shape: &MultiPolygon) -> f64 {
    sum(shape, geodesic::ring_area)
}

fn sum(shape: &MultiPolygon, ring_area: fn(&[Coord<f64>]) -> f64) -> f64 {
    shape.0.iter().map(|part| polygon_area(part, ring_area)).sum()
}

fn polygon_area(part: &Polygon, ring_area: fn(&[Coord<f64>]) -> f64) -> f64 {
    ring_area(&part.exterior().0).abs() - part.interiors().iter().map(|hole| ring_area(&hole.0).abs()).sum::<f64>()
}
