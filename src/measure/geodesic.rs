//! Geodesic area: the area enclosed by the shortest lines between the vertices, on the CGCS2000 ellipsoid.
//!
//! With q(B) the area of the ellipsoid between the equator and latitude B per radian of longitude, an edge contributes the
//! integral of q along the geodesic. Around the mean latitude Bm of an edge of at most `SHORT_EDGE` degrees this is
//!
//! ```text
//! ΔL [ q(Bm) + p² sin Bm ΔL²/12 + (M² sin Bm + p M′) ΔB²/8 ]      p = N cos B, M the meridian's radius, M′ = dM/dB
//! ```
//!
//! which follows from the geodesic equation B″ = −p sin B / M − B′² (2 M sin B / p + M′/M), and whose next term is of the
//! order of ΔL⁵. The tests hold it against Karney's algorithm (C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87,
//! 2013) to 1e-9; a ring with a longer edge is given to that algorithm itself.

use geo::Coord;
use geographiclib_rs::{Geodesic, PolygonArea, Winding};
use std::sync::OnceLock;

use super::ellipsoid::{A, B, E2, F};
use super::nearby::Nearby;

/// The longest edge, in degrees of longitude or latitude, for which the series is used.
const SHORT_EDGE: f64 = 0.02;

/// Area in m² of one ring of longitude and latitude in degrees, closed or not; positive when it runs counter-clockwise.
#[must_use]
pub fn ring_area(ring: &[Coord<f64>]) -> f64 {
    let Some((first, rest)) = ring.split_first() else { return 0.0 };
    let nearby = Nearby::new(first.y);
    let origin = per_radian(nearby.sin_cos(first.y).0);
    let (mut sum, mut from) = (0.0, *first);
    for to in rest.iter().chain([first]) {
        let (dl, db) = (to.x - from.x, to.y - from.y);
        if !(dl.abs() <= SHORT_EDGE && db.abs() <= SHORT_EDGE) {
            return karney(ring);
        }
        sum -= edge(dl.to_radians(), db.to_radians(), nearby.sin_cos((from.y + to.y) / 2.0).0, origin);
        from = *to;
    }
    sum
}

/// The area between an edge and the parallel where q is `origin`, m²; `sin` is the sine of its mean latitude. In the terms of the third
/// order, which make 1e-7 of an area, powers of 1 ÷ (1 − e² sin² B) are their series up to e⁴.
fn edge(dl: f64, db: f64, sin: f64, origin: f64) -> f64 {
    const B2_A2: f64 = 1.0 - E2;
    let x = E2 * sin * sin;
    let cos2 = 1.0 - sin * sin;
    // p² and M² + p M′ ÷ sin B, both ÷ a².
    let across = cos2 * (1.0 + x * (1.0 + x));
    let along = B2_A2 * (B2_A2 + 3.0 * E2 * cos2) * (1.0 + x * (3.0 + 6.0 * x));
    dl * ((per_radian(sin) - origin) + A * A * sin * (across * dl * dl / 12.0 + along * db * db / 8.0))
}

/// q: b² sin B (1 + ⅔ e² sin² B + ⅗ e⁴ sin⁴ B + ⁴⁄₇ e⁶ sin⁶ B + …), m² per radian.
fn per_radian(sin: f64) -> f64 {
    let x = E2 * sin * sin;
    B * B
        * sin
        * (1.0 + x * (2.0 / 3.0 + x * (3.0 / 5.0 + x * (4.0 / 7.0 + x * (5.0 / 9.0 + x * (6.0 / 11.0 + x * 7.0 / 13.0))))))
}

fn karney(ring: &[Coord<f64>]) -> f64 {
    static CGCS2000: OnceLock<Geodesic> = OnceLock::new();
    let ellipsoid = CGCS2000.get_or_init(|| Geodesic::new(A, F));
    let mut area = PolygonArea::new(ellipsoid, Winding::CounterClockwise);
    let open = if ring.first() == ring.last() { &ring[..ring.len() - 1] } else { ring };
    for c in open {
        area.add_point(c.y, c.x);
    }
    area.compute(true).1
}
