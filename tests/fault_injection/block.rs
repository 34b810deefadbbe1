//! Street blocks, the parcels in them, and the districts and parks around them. Whatever shares an edge shares its vertices.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{Point, Ring, Shape};
use crate::city::Neighbours;

/// Streets are so wide, metres.
const STREET: f64 = 24.0;
/// A parcel fronts the street with at least this, metres.
const FRONT: f64 = 42.0;

/// A street block and where its parcels meet, along its front, its middle line and its back.
#[derive(Debug, Clone)]
pub struct Block {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
    /// Corners of the southern row of parcels: on the street, and on the middle line.
    front: Vec<(f64, f64)>,
    /// Corners of the northern row: on the middle line, and on the street behind.
    back: Vec<(f64, f64)>,
}

impl Block {
    fn middle(&self) -> f64 {
        f64::midpoint(self.south, self.north)
    }

    /// Along its southern side from west to east.
    fn southern(&self) -> Ring {
        self.front.iter().map(|(x, _)| [*x, self.south]).collect()
    }

    /// Along its northern side from east to west.
    fn northern(&self) -> Ring {
        self.back.iter().rev().map(|(_, x)| [*x, self.north]).collect()
    }
}

/// Blocks in rows and columns.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Row by row from the south-west.
    pub blocks: Vec<Block>,
    columns: usize,
}

impl Plan {
    pub fn new(random: &mut ChaCha8Rng) -> Self {
        let (columns, rows) = (random.random_range(3..=4), random.random_range(3..=4));
        let sides = |random: &mut ChaCha8Rng, count: usize, range: std::ops::Range<f64>| {
            let mut at = 0.0;
            (0..count)
                .map(|_| {
                    let side = (at, at + random.random_range(range.clone()));
                    at = side.1 + STREET;
                    side
                })
                .collect::<Vec<_>>()
        };
        let (across, along) = (sides(random, columns, 240.0..360.0), sides(random, rows, 160.0..260.0));
        let blocks = along
            .iter()
            .flat_map(|(south, north)| across.iter().map(move |(west, east)| (*west, *east, *south, *north)))
            .map(|(west, east, south, north)| {
                let front = corners(random, west, east);
                let back = corners(random, west, east);
                Block { west, east, south, north, front, back }
            })
            .collect();
        Self { blocks, columns }
    }

    /// Three districts that tile the city: its south, and its north in two, along the middles of streets.
    pub fn districts(&self, random: &mut ChaCha8Rng) -> Vec<Shape> {
        let (first, last) = (&self.blocks[0], &self.blocks[self.blocks.len() - 1]);
        let (west, south, east, north) = (first.west, first.south, last.east, last.north);
        let across = &self.blocks[0..self.columns];
        let level = self.blocks[0].north + STREET / 2.0;
        let cut = across[1].east + STREET / 2.0;
        let steps = |random: &mut ChaCha8Rng, from: f64, to: f64| {
            (1..8).map(|n| (from + (to - from) * f64::from(n) / 8.0, random.random_range(-7.0..7.0))).collect::<Vec<_>>()
        };
        let left: Ring = steps(random, west, cut).into_iter().map(|(x, off)| [x, level + off]).collect();
        let right: Ring = steps(random, cut, east).into_iter().map(|(x, off)| [x, level + off]).collect();
        let up: Ring = steps(random, level, north).into_iter().map(|(y, off)| [cut + off, y]).collect();
        let reversed = |ring: &Ring| ring.iter().rev().copied().collect::<Ring>();
        let southern = [
            vec![[west, south], [east, south], [east, level]],
            reversed(&right),
            vec![[cut, level]],
            reversed(&left),
            vec![[west, level]],
        ];
        let north_west = [vec![[west, level]], left, vec![[cut, level]], up.clone(), vec![[cut, north], [west, north]]];
        let north_east = [vec![[cut, level]], right, vec![[east, level], [east, north], [cut, north]], reversed(&up)];
        vec![polygon(southern.concat()), polygon(north_west.concat()), polygon(north_east.concat())]
    }

    /// A park over two blocks side by side in each of three rows.
    pub fn parks(&self, random: &mut ChaCha8Rng) -> Vec<Shape> {
        (0..3)
            .map(|row| {
                let at = row * self.columns + random.random_range(0..self.columns - 1);
                let (a, b) = (&self.blocks[at], &self.blocks[at + 1]);
                let ring = [
                    a.southern(),
                    b.southern(),
                    vec![[b.east, b.middle()]],
                    b.northern(),
                    a.northern(),
                    vec![[a.west, a.middle()]],
                ];
                polygon(ring.concat())
            })
            .collect()
    }
}

fn polygon(ring: Ring) -> Shape {
    Shape::Parts(vec![vec![ring]])
}

/// Where parcels meet between two ends: at one side and at the other, not quite opposite.
fn corners(random: &mut ChaCha8Rng, west: f64, east: f64) -> Vec<(f64, f64)> {
    let most = ((east - west) / FRONT).floor().min(5.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let count = random.random_range(3..=(most as u32).max(3));
    let width = (east - west) / f64::from(count);
    let mut corners = vec![(west, west)];
    for n in 1..count {
        let x = west + width * f64::from(n) + random.random_range(-0.15..0.15) * width;
        corners.push((x, x + random.random_range(-6.0..6.0)));
    }
    corners.push((east, east));
    corners
}

/// Divides a block into its parcels.
pub fn divide(block: &Block, random: &mut ChaCha8Rng, parcels: &mut Vec<Shape>, neighbours: &mut Vec<Neighbours>) {
    let middle = block.middle();
    let on_middle_from_south: Vec<f64> = block.front.iter().map(|(_, x)| *x).collect();
    let on_middle_from_north: Vec<f64> = block.back.iter().map(|(x, _)| *x).collect();
    let between = |all: &[f64], from: f64, to: f64| -> Ring {
        all.iter().filter(|x| **x > from && **x < to).map(|x| [*x, middle]).collect()
    };
    for (n, corner) in block.front.windows(2).enumerate() {
        let [(a, inner_a), (b, inner_b)] = [corner[0], corner[1]];
        let mut ring: Ring = vec![[a, block.south], [b, block.south], [inner_b, middle]];
        ring.extend(between(&on_middle_from_north, inner_a, inner_b).into_iter().rev());
        ring.push([inner_a, middle]);
        if n > 0 {
            let edge = [[a, block.south], [inner_a, middle]];
            neighbours.push(Neighbours { left: parcels.len() - 1, right: parcels.len(), edge });
        }
        parcels.push(started_anywhere(random, ring));
    }
    for (n, corner) in block.back.windows(2).enumerate() {
        let [(inner_a, a), (inner_b, b)] = [corner[0], corner[1]];
        let mut ring: Ring = vec![[inner_a, middle]];
        ring.extend(between(&on_middle_from_south, inner_a, inner_b));
        ring.extend([[inner_b, middle], [b, block.north], [a, block.north]]);
        if n > 0 {
            let edge = [[a, block.north], [inner_a, middle]];
            neighbours.push(Neighbours { left: parcels.len() - 1, right: parcels.len(), edge });
        }
        parcels.push(started_anywhere(random, ring));
    }
}

fn started_anywhere(random: &mut ChaCha8Rng, mut ring: Ring) -> Shape {
    let start = random.random_range(0..ring.len());
    ring.rotate_left(start);
    polygon(ring)
}

/// A hole in the middle, clockwise.
pub fn add_courtyard(shape: &mut Shape) {
    let outer = shape.outer();
    #[allow(clippy::cast_precision_loss)]
    let count = outer.len() as f64;
    let [x, y] = outer.iter().fold([0.0, 0.0], |sum, point| [sum[0] + point[0], sum[1] + point[1]]).map(|sum: f64| sum / count);
    let hole = vec![[x - 6.0, y - 5.0], [x - 6.0, y + 5.0], [x + 6.0, y + 5.0], [x + 6.0, y - 5.0]];
    if let Shape::Parts(parts) = shape {
        parts[0].push(hole);
    }
}

/// Joins another parcel to a shape as a part of it.
pub fn add_part(shape: &mut Shape, other: Shape) {
    if let (Shape::Parts(parts), Shape::Parts(more)) = (shape, other) {
        parts.extend(more);
    }
}

/// The ring with three points put in between along an edge it has: out by `depth` metres to the right of the edge's direction (to the
/// left if negative), from one fifth of its length to four fifths.
pub fn bumped(ring: &Ring, edge: [Point; 2], depth: f64) -> Ring {
    let [a, b] = edge;
    let length = (b[0] - a[0]).hypot(b[1] - a[1]);
    let along = |share: f64, off: f64| {
        [a[0] + (b[0] - a[0]) * share + (b[1] - a[1]) / length * off, a[1] + (b[1] - a[1]) * share - (b[0] - a[0]) / length * off]
    };
    let bump = [along(0.2, 0.0), along(0.2, depth), along(0.8, depth), along(0.8, 0.0)];
    let mut out = Ring::new();
    for (n, point) in ring.iter().enumerate() {
        out.push(*point);
        let next = ring[(n + 1) % ring.len()];
        if *point == a && next == b {
            out.extend(bump);
        } else if *point == b && next == a {
            out.extend(bump.iter().rev());
        }
    }
    assert_eq!(out.len(), ring.len() + 4, "the ring has the edge");
    out
}
