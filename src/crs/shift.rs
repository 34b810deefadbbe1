//! GCJ-02 and BD-09: longitude and latitude as Chinese map services publish them, shifted by 300 to 1,200 m.
//!
//! The formulas are the ones found in public since about 2010, with the Krasovsky ellipsoid. They have no closed inverse; the
//! inverse here iterates until the forward formula gives the position back.

use geo::Coord;
use std::f64::consts::PI;

/// A shift of longitude and latitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shift {
    /// The national shift: Amap, Tencent, Google within China.
    Gcj02,
    /// Baidu's on top of it.
    Bd09,
}

/// Krasovsky's semi-major axis, metres, and eccentricity squared, as the formula has them.
const A: f64 = 6_378_245.0;
const E2: f64 = 0.006_693_421_622_965_943;
/// Where the inverse stops, degrees: the last digits of a longitude, a few nanometres.
const CLOSE: f64 = 5e-14;
/// It gains more than two digits a step.
const MOST_STEPS: usize = 30;
/// The frequency in Baidu's formula.
const BAIDU: f64 = PI * 3000.0 / 180.0;

impl Shift {
    /// Its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gcj02 => "GCJ-02",
            Self::Bd09 => "BD-09",
        }
    }

    /// From true longitude and latitude to shifted ones, degrees. Outside China nothing is shifted.
    #[must_use]
    pub fn done(self, c: Coord<f64>) -> Coord<f64> {
        if !is_shifted_area(c) {
            return c;
        }
        self.formula(c)
    }

    /// From shifted longitude and latitude to true ones, degrees, to 1e-9 and better.
    #[must_use]
    pub fn undone(self, c: Coord<f64>) -> Coord<f64> {
        self.undone_within(c, CLOSE)
    }

    pub(super) fn undone_within(self, c: Coord<f64>, close: f64) -> Coord<f64> {
        if is_shifted_area(c) { undo(|c| self.formula(c), c, close) } else { c }
    }

    fn formula(self, c: Coord<f64>) -> Coord<f64> {
        let gcj = gcj(c);
        if self == Self::Gcj02 { gcj } else { baidu(gcj) }
    }
}

/// The place of a position if it is in GCJ-02, if it is in BD-09, and between the two: its place in GCJ-02 if it is in BD-09. Until a step
/// is no longer than `close` degrees.
pub(super) fn undone_both(c: Coord<f64>, close: f64) -> [Coord<f64>; 3] {
    if !is_shifted_area(c) {
        return [c; 3];
    }
    let between = undo(baidu, c, close);
    [undo(gcj, c, close), undo(gcj, between, close), between]
}

/// The position that a formula brings to `c`, until a step is no longer than `close` degrees.
fn undo(formula: impl Fn(Coord<f64>) -> Coord<f64>, c: Coord<f64>, close: f64) -> Coord<f64> {
    let mut found = c;
    for _ in 0..MOST_STEPS {
        let there = formula(found);
        let (east, north) = (there.x - c.x, there.y - c.y);
        found = Coord { x: found.x - east, y: found.y - north };
        if east.abs() <= close && north.abs() <= close {
            break;
        }
    }
    found
}

/// The rectangle in which the formula shifts.
fn is_shifted_area(c: Coord<f64>) -> bool {
    (72.004..=137.8347).contains(&c.x) && (0.8293..=55.8271).contains(&c.y)
}

fn gcj(c: Coord<f64>) -> Coord<f64> {
    let (x, y) = (c.x - 105.0, c.y - 35.0);
    let root = x.abs().sqrt();
    let (waves_x, (sin_x, cos_x)) = waves(x, [150.0, 300.0]);
    let (waves_y, _) = waves(y, [160.0, 320.0]);
    // Twice and six times the frequency of the shortest wave.
    let twice = 2.0 * sin_x * cos_x;
    let common = 20.0 * (twice + thrice(twice));
    let north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + (common + waves_y) * 2.0 / 3.0;
    let east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (common + waves_x) * 2.0 / 3.0;
    let (sin, cos) = c.y.to_radians().sin_cos();
    let w2 = 1.0 - E2 * sin * sin;
    let w = w2.sqrt();
    Coord { x: c.x + east * 180.0 / (A / w * cos * PI), y: c.y + north * 180.0 / (A * (1.0 - E2) / (w2 * w) * PI) }
}

/// Four sine waves of 1, 1/3, 1/12 and 1/30 half turns per degree, 20 and 40 high and as high as given, and sine and cosine of the first.
/// All their angles are multiples of one: sines are the formula's whole cost.
fn waves(x: f64, heights: [f64; 2]) -> (f64, (f64, f64)) {
    let (s, c) = (x * PI / 60.0).sin_cos();
    let (s2, c2) = (s * s, c * c);
    let sin_30 = 2.0 * s * c;
    let (sin_12, cos_12) = (s * (5.0 - s2 * (20.0 - 16.0 * s2)), c * (5.0 - c2 * (20.0 - 16.0 * c2)));
    let (sin_6, cos_6) = (2.0 * sin_12 * cos_12, 1.0 - 2.0 * sin_12 * sin_12);
    let (sin_3, cos_3) = (2.0 * sin_6 * cos_6, 1.0 - 2.0 * sin_6 * sin_6);
    let (sin_1, cos_1) = (thrice(sin_3), -thrice(cos_3));
    (20.0 * sin_1 + 40.0 * sin_3 + heights[0] * sin_12 + heights[1] * sin_30, (sin_1, cos_1))
}

/// The sine of three times an angle, from its sine; of the cosine, with the other sign.
fn thrice(sin: f64) -> f64 {
    sin * (3.0 - 4.0 * sin * sin)
}

/// Baidu's step from GCJ-02 to BD-09.
pub(super) fn baidu(c: Coord<f64>) -> Coord<f64> {
    let radius = c.x.hypot(c.y) + 0.000_02 * (c.y * BAIDU).sin();
    let angle = c.y.atan2(c.x) + 0.000_003 * (c.x * BAIDU).cos();
    Coord { x: radius * angle.cos() + 0.0065, y: radius * angle.sin() + 0.006 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    const BEIJING: Coord<f64> = Coord { x: 116.404, y: 39.915 };

    fn metres(a: Coord<f64>, b: Coord<f64>) -> (f64, f64) {
        ((b.x - a.x) * 111_320.0 * a.y.to_radians().cos(), (b.y - a.y) * 110_900.0)
    }

    /// The values that the `coordtransform` libraries publish for this point.
    #[test]
    fn the_published_sample_is_met_to_the_last_digits() {
        let gcj = Shift::Gcj02.done(BEIJING);
        assert!((gcj.x - 116.410_244_499_169_38).abs() < 1e-12 && (gcj.y - 39.916_404_281_501_64).abs() < 1e-12, "{gcj:?}");
        let bd = baidu(BEIJING);
        assert!((bd.x - 116.410_369_493_710_29).abs() < 1e-12 && (bd.y - 39.921_336_993_510_21).abs() < 1e-12, "{bd:?}");
    }

    #[test]
    fn shanghai_is_shifted_as_far_as_is_known() {
        let place = Coord { x: 121.47, y: 31.23 };
        let (east, north) = metres(place, Shift::Gcj02.done(place));
        assert!((465.0..=489.0).contains(&east.hypot(north)), "{east} {north}");
        assert!((east - 432.0).abs() < 20.0 && (north + 214.0).abs() < 20.0, "{east} {north}");
        let (east, north) = metres(place, Shift::Bd09.done(place));
        assert!((1093.0..=1161.0).contains(&east.hypot(north)), "{east} {north}");
    }

    #[test]
    fn the_inverse_gives_every_place_in_china_back_to_a_micrometre() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for shift in [Shift::Gcj02, Shift::Bd09] {
            for _ in 0..2000 {
                let place = Coord { x: random.random_range(74.0..135.0), y: random.random_range(18.0..53.5) };
                let back = shift.undone(shift.done(place));
                assert!((back.x - place.x).abs() < 1e-11 && (back.y - place.y).abs() < 1e-11, "{place:?} {back:?}");
            }
        }
    }

    #[test]
    fn undoing_both_at_once_is_undoing_each() {
        for place in [BEIJING, Coord { x: 121.47, y: 31.23 }, Coord { x: 104.07, y: 30.67 }] {
            let [gcj, bd, between] = undone_both(place, CLOSE);
            let apart = |a: Coord<f64>, b: Coord<f64>| (a.x - b.x).hypot(a.y - b.y);
            assert!(apart(gcj, Shift::Gcj02.undone(place)) < 1e-12 && apart(bd, Shift::Bd09.undone(place)) < 1e-12, "{place:?}");
            assert!(
                apart(between, Shift::Gcj02.done(bd)) < 1e-12 && apart(baidu(place), Shift::Bd09.done(gcj)) < 1e-12,
                "{place:?}"
            );
        }
        assert_eq!(undone_both(Coord { x: 2.35, y: 48.86 }, CLOSE), [Coord { x: 2.35, y: 48.86 }; 3]);
    }

    #[test]
    fn nothing_is_shifted_abroad() {
        for place in [Coord { x: 2.35, y: 48.86 }, Coord { x: -71.1, y: 42.37 }, Coord { x: 139.7, y: 35.7 }] {
            assert_eq!((Shift::Gcj02.done(place), Shift::Bd09.undone(place)), (place, place));
        }
        assert!(Shift::Bd09.undone(Coord { x: f64::NAN, y: 30.0 }).x.is_nan());
    }
}
