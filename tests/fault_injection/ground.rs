//! Shapes in metres, and where on earth the metres are.

use std::f64::consts::TAU;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

#[path = "block.rs"]
pub mod block;

pub type Point = [f64; 2];
pub type Ring = Vec<Point>;

/// A shape; its rings are closed when they are written, not here.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Null,
    Empty,
    Point(Point),
    /// Polygons, outer rings counter-clockwise and holes clockwise.
    Parts(Vec<Vec<Ring>>),
}

impl Shape {
    pub fn map(&self, mut f: impl FnMut(Point) -> Point) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Empty => Self::Empty,
            Self::Point(point) => Self::Point(f(*point)),
            Self::Parts(parts) => Self::Parts(
                parts
                    .iter()
                    .map(|rings| rings.iter().map(|ring| ring.iter().map(|point| f(*point)).collect()).collect())
                    .collect(),
            ),
        }
    }

    /// The first ring, to be changed.
    pub fn outer(&mut self) -> &mut Ring {
        match self {
            Self::Parts(parts) => &mut parts[0][0],
            _ => panic!("the shape has no ring"),
        }
    }
}

/// Area of a shape, holes taken off.
pub fn area(shape: &Shape) -> f64 {
    let Shape::Parts(parts) = shape else { return 0.0 };
    parts.iter().flatten().map(|ring| signed_area(ring)).sum()
}

/// Positive where the ring runs counter-clockwise.
pub fn signed_area(ring: &[Point]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
}

/// A place in Shanghai or Zhejiang, and how the city lies there.
#[derive(Debug, Clone, Copy)]
pub struct Ground {
    pub middle: Point,
    /// Radians counter-clockwise.
    turn: f64,
}

impl Ground {
    pub fn new(random: &mut ChaCha8Rng) -> Self {
        let middle = if random.random_bool(0.5) {
            [random.random_range(121.05..121.95), random.random_range(30.85..31.35)]
        } else {
            [random.random_range(119.7..120.95), random.random_range(29.9..30.75)]
        };
        Self { middle, turn: random.random_range(-0.04..0.04) * TAU }
    }

    /// Central meridian of its 3-degree zone, degrees.
    pub fn meridian(&self) -> u16 {
        if self.middle[0] < 121.5 { 120 } else { 123 }
    }

    /// Systems bureaus deliver in: degrees, the zone, the zone with its number before the easting.
    pub fn systems(&self) -> [u16; 3] {
        if self.meridian() == 120 { [4490, 4549, 4528] } else { [4490, 4550, 4529] }
    }

    /// Longitude and latitude of a place in metres: along parallel and meridian of the middle, CGCS2000 ellipsoid.
    pub fn degrees(&self, [x, y]: Point) -> Point {
        const A: f64 = 6_378_137.0;
        const F: f64 = 1.0 / 298.257_222_101;
        let e2 = F * (2.0 - F);
        let (sin, cos) = self.middle[1].to_radians().sin_cos();
        let w = (1.0 - e2 * sin * sin).sqrt();
        let (east, north) = ((A * cos / w).to_radians(), (A * (1.0 - e2) / (w * w * w)).to_radians());
        let (s, c) = self.turn.sin_cos();
        [self.middle[0] + (c * x - s * y) / east, self.middle[1] + (s * x + c * y) / north]
    }
}

/// The shift of Chinese map services, GCJ-02, as it is published.
pub fn gcj02([lon, lat]: Point) -> Point {
    use std::f64::consts::PI;
    const A: f64 = 6_378_245.0;
    const E2: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let waves = |v: f64, amplitudes: [f64; 2], lengths: [f64; 2]| {
        (amplitudes[0] * (v * PI / lengths[0]).sin() + amplitudes[1] * (v * PI / lengths[1]).sin()) * 2.0 / 3.0
    };
    let common = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + common
        + waves(y, [20.0, 40.0], [1.0, 3.0])
        + waves(y, [160.0, 320.0], [12.0, 30.0]);
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + common
        + waves(x, [20.0, 40.0], [1.0, 3.0])
        + waves(x, [150.0, 300.0], [12.0, 30.0]);
    let (sin, cos) = lat.to_radians().sin_cos();
    let w2 = 1.0 - E2 * sin * sin;
    let w = w2.sqrt();
    [lon + east * 180.0 / (A / w * cos * PI), lat + north * 180.0 / (A * (1.0 - E2) / (w2 * w) * PI)]
}

/// The further shift of Baidu, BD-09, as it is published.
pub fn bd09(place: Point) -> Point {
    const X: f64 = std::f64::consts::PI * 3000.0 / 180.0;
    let [x, y] = gcj02(place);
    let r = x.hypot(y) + 0.000_02 * (y * X).sin();
    let angle = y.atan2(x) + 0.000_003 * (x * X).cos();
    [r * angle.cos() + 0.0065, r * angle.sin() + 0.006]
}

/// Somewhere else: Hunan.
pub fn elsewhere([lon, lat]: Point) -> Point {
    [lon - 7.6, lat - 2.4]
}
