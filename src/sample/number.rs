//! Arithmetic that gives the same bits on every platform: only `+ - * /`, `sqrt` and integer operations.

/// A point of the schematic plane: km east and north of the middle of the city.
pub(super) type Point = [f64; 2];

/// A place on the ground: longitude and latitude in units of 1e-7 degree.
pub(super) type Spot = [i64; 2];

/// Longitude and latitude of the middle of the city, degrees.
const MIDDLE: Point = [121.47, 31.23];
/// Length of a degree of longitude and of latitude in the schematic plane, km.
const DEGREE_KM: Point = [95.28, 110.87];
/// Units of a [`Spot`] in a degree.
const UNITS: f64 = 1e7;

/// The plane point of a longitude and a latitude, degrees.
pub(super) fn plane(lon: f64, lat: f64) -> Point {
    [(lon - MIDDLE[0]) * DEGREE_KM[0], (lat - MIDDLE[1]) * DEGREE_KM[1]]
}

/// The rounded place of a plane point.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn spot(p: Point) -> Spot {
    [0, 1].map(|axis| ((MIDDLE[axis] + p[axis] / DEGREE_KM[axis]) * UNITS).round() as i64)
}

/// Area inside a ring of places, m², positive where it runs counter-clockwise; the closing point may be there or not.
#[allow(clippy::cast_precision_loss)]
pub(super) fn ring_area_m2(ring: &[Spot]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let at = |s: Spot| [(s[0] - origin[0]) as f64 / UNITS, (s[1] - origin[1]) as f64 / UNITS];
    let mut twice = 0.0;
    for (k, &a) in ring.iter().enumerate() {
        let b = ring[(k + 1) % ring.len()];
        let ([ax, ay], [bx, by]) = (at(a), at(b));
        twice += ax * by - bx * ay;
    }
    let [lon, lat] = degree_lengths_m(origin[1] as f64 / UNITS);
    0.5 * twice * lon * lat
}

/// Lengths of a degree of longitude and of latitude on the ellipsoid, metres.
fn degree_lengths_m(lat: f64) -> Point {
    let cos = |degrees: f64| sine(degrees / 360.0 + 0.25);
    [
        111_412.84 * cos(lat) - 93.5 * cos(3.0 * lat) + 0.118 * cos(5.0 * lat),
        111_132.92 - 559.82 * cos(2.0 * lat) + 1.175 * cos(4.0 * lat),
    ]
}

/// Sine of `turns` full turns.
pub(super) fn sine(turns: f64) -> f64 {
    let t = turns - turns.floor();
    // To a quarter turn each side of zero, where the series is short.
    let t = if t < 0.25 {
        t
    } else if t < 0.75 {
        0.5 - t
    } else {
        t - 1.0
    };
    let x = t * std::f64::consts::TAU;
    let q = x * x;
    x * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0 * (1.0 - q / 110.0 * (1.0 - q / 156.0))))))
}

/// e to the power `x`, for |x| below 600.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-600.0, 600.0);
    let k = (x / std::f64::consts::LN_2).round();
    let r = x - k * std::f64::consts::LN_2;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..16 {
        term *= r / f64::from(n);
        sum += term;
    }
    sum * f64::from_bits(((1023 + k as i64) as u64) << 52)
}

/// A hash of three numbers, all bits mixed (`SplitMix64`).
pub(super) fn hash(a: u64, b: u64, c: u64) -> u64 {
    let mut h = 0x9E37_79B9_7F4A_7C15_u64;
    for v in [a, b, c] {
        h = (h ^ v).wrapping_add(0x9E37_79B9_7F4A_7C15);
        h = (h ^ (h >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        h = (h ^ (h >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        h ^= h >> 31;
    }
    h
}

/// A hash as a number from 0 up to 1.
#[allow(clippy::cast_precision_loss)]
pub(super) fn unit(a: u64, b: u64, c: u64) -> f64 {
    (hash(a, b, c) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Smooth noise from 0 to 1 over the plane, with features about `size_km` wide.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn noise(key: u64, p: Point, size_km: f64) -> f64 {
    let [x, y] = [p[0] / size_km, p[1] / size_km];
    let (ix, iy) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (ease(x - ix), ease(y - iy));
    let corner = |dx: f64, dy: f64| unit(key, (ix + dx) as i64 as u64, (iy + dy) as i64 as u64);
    let low = corner(0.0, 0.0) * (1.0 - fx) + corner(1.0, 0.0) * fx;
    let high = corner(0.0, 1.0) * (1.0 - fx) + corner(1.0, 1.0) * fx;
    low * (1.0 - fy) + high * fy
}

/// Distance of two points, km.
pub(super) fn distance(a: Point, b: Point) -> f64 {
    let [dx, dy] = [a[0] - b[0], a[1] - b[1]];
    (dx * dx + dy * dy).sqrt()
}

/// The point at `t` of the way from `a` to `b`.
pub(super) fn between(a: Point, b: Point, t: f64) -> Point {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// Whether `p` lies inside the rings by the even-odd rule.
pub(super) fn inside<'a>(rings: impl IntoIterator<Item = &'a [Point]>, p: Point) -> bool {
    let mut odd = false;
    for ring in rings {
        for (k, &a) in ring.iter().enumerate() {
            let b = ring[(k + 1) % ring.len()];
            if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < a[0] + (p[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) {
                odd = !odd;
            }
        }
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_exp_agree_with_the_library() {
        for k in -400..400 {
            let x = f64::from(k) * 0.037;
            assert!((sine(x) - (x * std::f64::consts::TAU).sin()).abs() < 1e-7, "{x}");
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn a_hectare_is_a_hectare() {
        let ring = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1]].map(spot);
        assert!((ring_area_m2(&ring) / 10_000.0 - 1.0).abs() < 0.002);
    }
}
