//! The street lattice: lines at uneven distances in a flat plane, bent over the ground by one smooth warp, so that blocks of
//! different quarters lie at different angles and never overlap.

use super::number::{Point, sine, unit};

/// Mean distance of the main streets, km.
pub(super) const PITCH_KM: f64 = 0.52;
/// The lattice reaches this many main streets each way from the middle.
pub(super) const REACH: i64 = 190;
/// Half the width of a main street, narrowest and widest, km.
const HALF_WIDTH_KM: Point = [0.006, 0.015];

/// The lattice of one city.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lattice {
    pub seed: u64,
    /// Every main block is cut into this many by this many, where there are too many parcels for the land.
    pub cuts: i64,
}

#[allow(clippy::cast_sign_loss, clippy::cast_precision_loss)]
impl Lattice {
    /// Size of the lattice against the uncut one.
    pub fn scale(self) -> f64 {
        1.0 / self.cuts as f64
    }

    /// Where street `k` of an axis (0 north–south streets, 1 east–west) runs in the flat plane.
    pub fn street(self, axis: u64, k: i64) -> f64 {
        let main = |n: i64| (n as f64 + 0.34 * (unit(self.seed ^ 0x51, axis, n as u64) - 0.5)) * PITCH_KM;
        let (n, rest) = (k.div_euclid(self.cuts), k.rem_euclid(self.cuts));
        let start = main(n);
        if rest == 0 {
            return start;
        }
        let sway = 0.2 * (unit(self.seed ^ 0x52, axis, k as u64) - 0.5);
        start + (main(n + 1) - start) * (rest as f64 + sway) * self.scale()
    }

    /// Half the width of street `k`, km.
    pub fn half_width(self, axis: u64, k: i64) -> f64 {
        let wide = unit(self.seed ^ 0x53, axis, k as u64);
        (HALF_WIDTH_KM[0] + (HALF_WIDTH_KM[1] - HALF_WIDTH_KM[0]) * wide * wide) * self.scale()
    }

    /// Corners of block (i, j) in the flat plane: south-west and north-east.
    pub fn block(self, i: i64, j: i64) -> (Point, Point) {
        (
            [self.street(0, i) + self.half_width(0, i), self.street(1, j) + self.half_width(1, j)],
            [self.street(0, i + 1) - self.half_width(0, i + 1), self.street(1, j + 1) - self.half_width(1, j + 1)],
        )
    }

    /// The block around a point of the flat plane, main blocks only.
    #[allow(clippy::cast_possible_truncation)]
    pub fn main_block(self, flat: Point) -> (i64, i64) {
        ((flat[0] / PITCH_KM).floor() as i64, (flat[1] / PITCH_KM).floor() as i64)
    }
}

/// Cosine and sine of the turn of the whole lattice.
const TURN: Point = [0.978_147_6, 0.207_911_7];
/// Sway across an axis: its size and its wave length in km, and where the wave starts, in turns.
const WAVES: [[f64; 3]; 6] =
    [[2.1, 41.0, 0.13], [0.55, 13.0, 0.57], [0.16, 5.3, 0.31], [2.3, 37.0, 0.71], [0.5, 11.7, 0.05], [0.17, 4.7, 0.83]];

/// From the flat plane to the plane of the city.
pub(super) fn warp(flat: Point) -> Point {
    let [u, v] = flat;
    let wave = |[size, length, start]: [f64; 3], along: f64| size * sine(along / length + start);
    let x = u + wave(WAVES[0], v + 0.3 * u) + wave(WAVES[1], v - 0.2 * u) + wave(WAVES[2], v);
    let y = v - wave(WAVES[3], u - 0.3 * v) - wave(WAVES[4], u + 0.2 * v) - wave(WAVES[5], u);
    [TURN[0] * x - TURN[1] * y, TURN[1] * x + TURN[0] * y]
}

/// From the plane of the city back to the flat plane: Newton's method with slopes from small steps.
pub(super) fn unwarp(p: Point) -> Point {
    const STEP: f64 = 1e-5;
    let mut flat = [TURN[0] * p[0] + TURN[1] * p[1], TURN[0] * p[1] - TURN[1] * p[0]];
    for _ in 0..30 {
        let here = warp(flat);
        let off = [p[0] - here[0], p[1] - here[1]];
        let slope = |q: Point| [(q[0] - here[0]) / STEP, (q[1] - here[1]) / STEP];
        let (du, dv) = (slope(warp([flat[0] + STEP, flat[1]])), slope(warp([flat[0], flat[1] + STEP])));
        let det = du[0] * dv[1] - du[1] * dv[0];
        flat[0] += (off[0] * dv[1] - off[1] * dv[0]) / det;
        flat[1] += (off[1] * du[0] - off[0] * du[1]) / det;
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::number::distance;

    #[test]
    fn the_warp_can_be_undone_and_never_folds() {
        for a in -30..30 {
            for b in -30..30 {
                let flat = [f64::from(a) * 2.03, f64::from(b) * 2.11];
                assert!(distance(unwarp(warp(flat)), flat) < 1e-6, "{flat:?}");
                let [o, e, n] = [flat, [flat[0] + 0.01, flat[1]], [flat[0], flat[1] + 0.01]].map(warp);
                let det = ((e[0] - o[0]) * (n[1] - o[1]) - (e[1] - o[1]) * (n[0] - o[0])) / 1e-4;
                assert!((0.2..2.5).contains(&det), "{det} at {flat:?}");
            }
        }
    }

    #[test]
    fn cut_lattices_keep_the_main_streets() {
        let (whole, cut) = (Lattice { seed: 3, cuts: 1 }, Lattice { seed: 3, cuts: 4 });
        for k in -5..5 {
            assert!((whole.street(0, k) - cut.street(0, 4 * k)).abs() < 1e-12);
            assert!(cut.street(1, k) < cut.street(1, k + 1));
        }
    }
}
