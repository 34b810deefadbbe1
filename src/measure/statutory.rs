//! Statutory parcel area: ellipsoidal trapezoids, as the land survey rules compute them.
//!
//! Each edge and the meridian L0 bound a trapezoid on the ellipsoid, whose area is
//!
//! ```text
//! S = 2 b² ΔL [ A sin ½ΔB cos Bm − B sin ³⁄₂ΔB cos 3Bm + C sin ⁵⁄₂ΔB cos 5Bm − D sin ⁷⁄₂ΔB cos 7Bm + E sin ⁹⁄₂ΔB cos 9Bm ]
//! ΔL = (L1 + L2)/2 − L0,  ΔB = B2 − B1,  Bm = (B1 + B2)/2
//! ```
//!
//! The signed sum over a closed ring is its area and does not depend on L0; the ring's first vertex is taken, which keeps
//! the terms small. An edge is thereby read as a straight line in longitude and latitude, so long slanting edges differ
//! from the geodesic area by up to 1e-4; ordinary parcels by about 1e-6.

use geo::Coord;

use super::ellipsoid::{B as SEMI_MINOR, E2};
use super::nearby::{Nearby, sin_cos};

const E4: f64 = E2 * E2;
const E6: f64 = E4 * E2;
const E8: f64 = E6 * E2;
/// The factors A, −B, C, −D, E of the series.
const SERIES: [f64; 5] = [
    1.0 + 3.0 / 6.0 * E2 + 30.0 / 80.0 * E4 + 35.0 / 112.0 * E6 + 630.0 / 2304.0 * E8,
    -(1.0 / 6.0 * E2 + 15.0 / 80.0 * E4 + 21.0 / 112.0 * E6 + 420.0 / 2304.0 * E8),
    3.0 / 80.0 * E4 + 7.0 / 112.0 * E6 + 180.0 / 2304.0 * E8,
    -(1.0 / 112.0 * E6 + 45.0 / 2304.0 * E8),
    5.0 / 2304.0 * E8,
];

/// Area in m² of one ring of longitude and latitude in degrees, closed or not; positive when it runs counter-clockwise.
#[must_use]
pub fn ring_area(ring: &[Coord<f64>]) -> f64 {
    let (Some(first), Some(last)) = (ring.first(), ring.last()) else { return 0.0 };
    let nearby = Nearby::new(first.y);
    let edges = ring.windows(2).map(|edge| trapezoid(edge[0], edge[1], first.x, nearby)).sum::<f64>();
    let closing = if first == last { 0.0 } else { trapezoid(*last, *first, first.x, nearby) };
    edges + closing
}

/// The trapezoid between one edge and the meridian `l0` (degrees), m².
fn trapezoid(from: Coord<f64>, to: Coord<f64>, l0: f64, nearby: Nearby) -> f64 {
    let dl = ((from.x - l0) + (to.x - l0)) / 2.0;
    if dl == 0.0 || from.y == to.y {
        return 0.0;
    }
    let (sin, _) = sin_cos((to.y - from.y).to_radians() / 2.0);
    let (_, mean) = nearby.sin_cos((from.y + to.y) / 2.0);
    // sin (n+2)x = 2 cos 2x sin nx − sin (n−2)x, and the same for the cosine.
    let (double_half, double_mean) = (2.0 * (1.0 - 2.0 * sin * sin), 2.0 * (2.0 * mean * mean - 1.0));
    let (mut s, mut s_before) = (sin, -sin);
    let (mut c, mut c_before) = (mean, mean);
    let mut sum = 0.0;
    for factor in SERIES {
        sum += factor * s * c;
        (s, s_before) = (double_half * s - s_before, s);
        (c, c_before) = (double_mean * c - c_before, c);
    }
    2.0 * SEMI_MINOR * SEMI_MINOR * dl.to_radians() * sum
}
