//! Where the city has parcels: clusters around parks and industrial quarters, and which blocks are built up so that the number
//! of parcels comes out as asked.

use super::districts::{District, Ground, LayoutZone, districts, layout};
use super::lattice::{Lattice, REACH, warp};
use super::number::{Point, distance, hash, noise, plane, unit};
use super::parks::{Park, parks};

/// Above this number of parcels the blocks are cut smaller.
const PARCELS_UNCUT: u64 = 40_000;
/// Steps of the ranking of blocks.
const RANKS: usize = 4096;
/// Distance from the middle of the city within which parcels are smaller and closer to each other, km.
const CENTRE_KM: f64 = 9.0;

/// An industrial quarter.
#[derive(Debug, Clone, Copy)]
struct Cluster {
    middle: Point,
    /// Half-lengths of its ellipse, km.
    reach: Point,
    weight: f64,
    /// Cosine and sine of the direction of its longer axis.
    turn: Point,
    /// Park the cluster is around.
    park: Option<usize>,
}

/// Industrial quarters outside parks: longitude, latitude, reach in km, weight.
const QUARTERS: [(f64, f64, f64, f64); 40] = [
    (121.225, 31.372, 2.0, 1.00),
    (121.155, 31.285, 2.3, 1.10),
    (121.318, 31.335, 1.3, 0.85),
    (121.252, 31.435, 1.1, 0.80),
    (121.385, 31.445, 1.7, 0.95),
    (121.365, 31.352, 1.2, 0.85),
    (121.470, 31.398, 1.7, 1.15),
    (121.118, 31.168, 2.0, 1.05),
    (121.222, 31.185, 1.4, 0.85),
    (121.030, 31.095, 1.1, 0.80),
    (121.170, 31.240, 1.1, 0.80),
    (121.225, 31.030, 2.2, 1.15),
    (121.305, 31.078, 1.5, 0.95),
    (121.135, 30.985, 1.1, 0.80),
    (121.335, 31.005, 1.2, 0.85),
    (121.245, 30.930, 1.0, 0.78),
    (121.400, 31.020, 2.0, 1.10),
    (121.385, 31.115, 1.2, 0.85),
    (121.475, 31.060, 1.1, 0.80),
    (121.160, 30.815, 1.5, 0.90),
    (121.292, 30.765, 1.9, 1.20),
    (121.055, 30.785, 1.0, 0.78),
    (121.225, 30.875, 1.0, 0.78),
    (121.465, 30.915, 1.8, 1.00),
    (121.560, 30.880, 1.2, 0.82),
    (121.635, 30.925, 1.1, 0.80),
    (121.425, 30.840, 1.5, 1.05),
    (121.625, 31.268, 1.9, 1.15),
    (121.605, 31.335, 1.6, 1.05),
    (121.655, 31.110, 1.2, 0.82),
    (121.755, 31.045, 1.2, 0.84),
    (121.785, 31.175, 1.2, 0.84),
    (121.865, 30.915, 2.6, 1.25),
    (121.815, 31.005, 1.3, 0.85),
    (121.725, 31.245, 1.0, 0.80),
    (121.430, 31.655, 1.0, 0.82),
    (121.620, 31.590, 0.9, 0.80),
    (121.270, 31.755, 0.8, 0.78),
    (121.735, 31.368, 1.6, 1.10),
    (121.545, 31.285, 0.8, 0.80),
];

/// Everything about a city that does not grow with its parcels.
#[derive(Debug)]
pub(super) struct City {
    pub lattice: Lattice,
    pub districts: Vec<District>,
    pub parks: Vec<Park>,
    pub layout: Vec<LayoutZone>,
    pub ground: Ground,
    clusters: Vec<Cluster>,
    /// Blocks ranked above this are built up; of those ranked here only as many parcels as `at_threshold`.
    threshold: usize,
    at_threshold: u64,
}

/// A block to be built up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub i: i64,
    pub j: i64,
    /// Its own number, whatever else is built.
    pub number: u64,
    pub parcels: u32,
}

/// What can be said of a spot before anything is built there.
struct Rank {
    step: usize,
    parcels: u32,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
impl City {
    /// Plans a city of `parcels` parcels.
    pub fn new(seed: u64, parcels: u64) -> Self {
        let districts = districts();
        let ground = Ground::new(&districts);
        let cuts = (1..).find(|&cuts: &i64| parcels <= PARCELS_UNCUT * (cuts * cuts) as u64).unwrap_or(1);
        let lattice = Lattice { seed, cuts };
        let parks = parks(lattice, &districts);
        let clusters = clusters(seed, &parks);
        let mut city = Self { lattice, districts, parks, layout: layout(), ground, clusters, threshold: 0, at_threshold: 0 };
        city.choose(parcels);
        city
    }

    /// Sets the rank down to which blocks are built up.
    fn choose(&mut self, parcels: u64) {
        let mut counts = vec![0_u64; RANKS];
        let reach = REACH * self.lattice.cuts;
        for j in -reach..reach {
            for i in -reach..reach {
                if let Some(rank) = self.rank(i, j) {
                    counts[rank.step] += u64::from(rank.parcels);
                }
            }
        }
        let mut left = parcels;
        for step in (0..RANKS).rev() {
            (self.threshold, self.at_threshold) = (step, left.min(counts[step]));
            if counts[step] >= left {
                break;
            }
            left -= counts[step];
        }
    }

    /// How early a block is built up, and into how many parcels; `None` where nothing can be built.
    fn rank(&self, i: i64, j: i64) -> Option<Rank> {
        let (low, high) = self.lattice.block(i, j);
        let middle = warp([f64::midpoint(low[0], high[0]), f64::midpoint(low[1], high[1])]);
        if !self.ground.firm(middle) {
            return None;
        }
        let firm = [low, [high[0], low[1]], high, [low[0], high[1]]].into_iter().all(|corner| self.ground.firm(warp(corner)));
        if !firm {
            return None;
        }
        let seed = self.lattice.seed;
        let draw = unit(seed ^ 0x71, i as u64, j as u64);
        let from_centre = distance(middle, [0.0; 2]);
        let (_, pull) = self.nearest(middle);
        let texture = 0.75 + 0.5 * noise(seed ^ 0x72, middle, 1.7);
        let mut value = pull * texture * (0.78 + 0.22 * draw);
        if from_centre > CENTRE_KM && draw > 0.997 {
            // A works of its own among fields.
            value = 1.0;
        } else if from_centre < CENTRE_KM {
            // The centre is lived in: works are few.
            value *= 0.55 + 0.45 * from_centre / CENTRE_KM;
        }
        let crowd = if from_centre < CENTRE_KM { 1.7 } else { 1.0 };
        let area = (high[0] - low[0]) * (high[1] - low[1]) * (self.lattice.cuts * self.lattice.cuts) as f64;
        let kind = unit(seed ^ 0x73, i as u64, j as u64);
        let size = unit(seed ^ 0x74, i as u64, j as u64);
        // One great works, a few large ones, or a street block of many.
        let dense = if kind < 0.07 {
            1.0
        } else if kind < 0.22 {
            2.0 + 2.0 * size
        } else if kind < 0.82 {
            4.5 + 6.0 * size
        } else {
            11.0 + 16.0 * size
        };
        let parcels = (dense * crowd * area / 0.25).round().clamp(1.0, 40.0) as u32;
        Some(Rank { step: ((value / 1.7).clamp(0.0, 0.999) * RANKS as f64) as usize, parcels })
    }

    /// The cluster that pulls most at a point, and how much.
    fn nearest(&self, p: Point) -> (usize, f64) {
        let mut best = (0, 0.0);
        for (number, c) in self.clusters.iter().enumerate() {
            let [dx, dy] = [p[0] - c.middle[0], p[1] - c.middle[1]];
            let along = (dx * c.turn[0] + dy * c.turn[1]) / c.reach[0];
            let across = (dy * c.turn[0] - dx * c.turn[1]) / c.reach[1];
            let pull = c.weight / (1.0 + along * along + across * across);
            if pull > best.1 {
                best = (number, pull);
            }
        }
        best
    }

    /// The quarter of a point: its number and the park it is around.
    pub fn quarter(&self, p: Point) -> (usize, Option<usize>) {
        let (number, _) = self.nearest(p);
        (number, self.clusters[number].park)
    }

    /// The blocks to build up, in order.
    pub fn sites(&self) -> impl Iterator<Item = Site> + '_ {
        let reach = REACH * self.lattice.cuts;
        let mut left = self.at_threshold;
        (-reach..reach).flat_map(move |j| (-reach..reach).map(move |i| (i, j))).filter_map(move |(i, j)| {
            let rank = self.rank(i, j).filter(|rank| rank.step >= self.threshold)?;
            let mut parcels = rank.parcels;
            if rank.step == self.threshold {
                parcels = u64::from(parcels).min(left) as u32;
                left -= u64::from(parcels);
            }
            let number = ((j + reach) * 2 * reach + i + reach) as u64;
            (parcels > 0).then_some(Site { i, j, number, parcels })
        })
    }
}

#[allow(clippy::cast_precision_loss)]
fn clusters(seed: u64, parks: &[Park]) -> Vec<Cluster> {
    let directions = [[1.0, 0.0], [0.8, 0.6], [0.6, -0.8], [0.96, 0.28], [0.28, 0.96], [0.8, -0.6]];
    let turn = |n: u64| directions[(hash(seed, n, 0x81) % 6) as usize];
    let around_parks = parks.iter().enumerate().map(|(n, park)| {
        let size = park.parts.iter().map(Vec::len).sum::<usize>() as f64;
        let reach = 0.75 + 0.25 * size + 0.5 * unit(seed, n as u64, 0x82);
        let weight = 0.9 + 0.2 * unit(seed, n as u64, 0x83);
        Cluster { middle: park.middle, reach: [reach, reach * 0.8], weight, turn: turn(n as u64), park: Some(n) }
    });
    let quarters = QUARTERS.iter().enumerate().map(|(n, &(lon, lat, reach, weight))| {
        let n = 1000 + n as u64;
        let [x, y] = plane(lon, lat);
        let stray = |axis: u64| 0.8 * (unit(seed, n, axis) - 0.5);
        let narrow = 0.5 + 0.4 * unit(seed, n, 0x84);
        Cluster { middle: [x + stray(0x85), y + stray(0x86)], reach: [reach, reach * narrow], weight, turn: turn(n), park: None }
    });
    around_parks.chain(quarters).collect()
}
