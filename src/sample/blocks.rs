//! One street block: cut into parcels that share their edges vertex by vertex.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::lattice::{Lattice, warp};
use super::number::{Point, Spot, between, distance, ring_area_m2, spot};

/// A shape: polygons, each an outer ring counter-clockwise and holes clockwise, all closed.
pub(super) type Shape = Vec<Vec<Vec<Spot>>>;

/// Share of parcels with a hole, and of parcels cut in two by a lane.
const HOLES: f64 = 0.015;
const IN_TWO: f64 = 0.016;
/// Tries to find a cut that leaves no tiny edge.
const CUT_TRIES: u32 = 24;

/// A parcel's shape and its area.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    pub shape: Shape,
    pub area_m2: f64,
}

/// A face of the subdivision: node numbers counter-clockwise.
#[derive(Debug, Clone)]
struct Face {
    ring: Vec<usize>,
    /// `None` for a lane.
    plot: Option<usize>,
}

/// A block being cut up, in its own flat frame, metres from its south-west corner.
struct Subdivision {
    nodes: Vec<Point>,
    faces: Vec<Face>,
    plots: usize,
    scale: f64,
}

/// Cuts block (i, j) into `count` parcels, or a few less where it will not go.
pub(super) fn plots(lattice: Lattice, i: i64, j: i64, count: u32, rng: &mut ChaCha8Rng) -> Vec<Plot> {
    let (low, high) = lattice.block(i, j);
    let size = [(high[0] - low[0]) * 1000.0, (high[1] - low[1]) * 1000.0];
    let corners = [low, [high[0], low[1]], high, [low[0], high[1]]].map(warp);
    let mut block = Subdivision::new(size, lattice.scale(), rng);
    if count >= 5 && rng.random_bool(0.6) {
        block.lane(0, 12.0, true, rng);
    }
    let mut failures = 0;
    while block.plots < count as usize && failures < 50 {
        if !block.cut_one(rng) {
            failures += 1;
        }
    }
    let halved: Vec<usize> = (0..block.faces.len()).filter(|_| rng.random_bool(IN_TWO)).collect();
    for face in halved {
        block.lane(face, 6.0, false, rng);
    }
    block.kink(rng);
    block.finish(size, corners, rng)
}

impl Subdivision {
    /// The whole block as one parcel, some corners cut off as at street crossings.
    fn new(size: Point, scale: f64, rng: &mut ChaCha8Rng) -> Self {
        let [w, h] = size;
        let mut nodes = Vec::new();
        for (corner, inwards) in
            [([0.0, 0.0], [1.0, 1.0]), ([w, 0.0], [-1.0, 1.0]), ([w, h], [-1.0, -1.0]), ([0.0, h], [1.0, -1.0])]
        {
            if rng.random_bool(0.45) {
                let cut = rng.random_range(8.0..22.0) * scale;
                let along_x = [corner[0] + inwards[0] * cut, corner[1]];
                let along_y = [corner[0], corner[1] + inwards[1] * cut];
                // South-west and north-east corners are reached along y, the others along x.
                if inwards[0] * inwards[1] > 0.0 {
                    nodes.extend([along_y, along_x]);
                } else {
                    nodes.extend([along_x, along_y]);
                }
            } else {
                nodes.push(corner);
            }
        }
        let ring = (0..nodes.len()).collect();
        Self { nodes, faces: vec![Face { ring, plot: Some(0) }], plots: 1, scale }
    }

    fn points<'a>(&'a self, ring: &'a [usize]) -> impl Iterator<Item = Point> + 'a {
        ring.iter().map(|&node| self.nodes[node])
    }

    fn area(&self, face: usize) -> f64 {
        let ring: Vec<Point> = self.points(&self.faces[face].ring).collect();
        (0..ring.len()).map(|k| cross(ring[k], ring[(k + 1) % ring.len()])).sum::<f64>() / 2.0
    }

    fn bounds(&self, face: usize) -> (Point, Point) {
        self.points(&self.faces[face].ring).fold(([f64::MAX; 2], [f64::MIN; 2]), |(low, high), p| {
            ([low[0].min(p[0]), low[1].min(p[1])], [high[0].max(p[0]), high[1].max(p[1])])
        })
    }

    /// Cuts one of the larger faces into two parcels.
    fn cut_one(&mut self, rng: &mut ChaCha8Rng) -> bool {
        let mut best = (0, -1.0);
        for face in 0..self.faces.len() {
            if self.faces[face].plot.is_some() {
                let weight = self.area(face) * rng.random_range(0.25..1.0);
                if weight > best.1 {
                    best = (face, weight);
                }
            }
        }
        for attempt in 0..CUT_TRIES {
            let (through, direction) = self.line(best.0, rng);
            // The last tries take any cut.
            let gap = if attempt < CUT_TRIES - 6 { 7.0 * self.scale } else { 0.05 * self.scale };
            if let Some(new) = self.split(best.0, through, direction, gap) {
                self.faces[new].plot = Some(self.plots);
                self.plots += 1;
                return true;
            }
        }
        false
    }

    /// A line across the longer way of a face, nearly square to it.
    fn line(&self, face: usize, rng: &mut ChaCha8Rng) -> (Point, Point) {
        let (low, high) = self.bounds(face);
        let [w, h] = [high[0] - low[0], high[1] - low[1]];
        let at = rng.random_range(0.27..0.73);
        let slope = if rng.random_bool(0.25) { rng.random_range(-0.3..0.3) } else { rng.random_range(-0.06..0.06) };
        let across = w * rng.random_range(0.8..1.25) < h;
        let through = if across {
            [f64::midpoint(low[0], high[0]), low[1] + h * at]
        } else {
            [low[0] + w * at, f64::midpoint(low[1], high[1])]
        };
        (through, if across { [1.0, slope] } else { [slope, 1.0] })
    }

    /// Takes a lane of `width` metres out of a face; the two sides stay one parcel or come `apart`.
    fn lane(&mut self, face: usize, width: f64, apart: bool, rng: &mut ChaCha8Rng) {
        let Some(plot) = self.faces[face].plot else { return };
        let (low, high) = self.bounds(face);
        let half = width / 2.0 * self.scale;
        if (high[0] - low[0]).min(high[1] - low[1]) < 8.0 * half {
            return;
        }
        for _ in 0..CUT_TRIES {
            let (through, direction) = self.line(face, rng);
            let length = distance(direction, [0.0; 2]);
            let normal = [-direction[1] / length * half, direction[0] / length * half];
            let [one, other] = [1.0, -1.0].map(|s| [through[0] + s * normal[0], through[1] + s * normal[1]]);
            let gap = 7.0 * self.scale;
            // Both cuts must go before either is made.
            if self.crossings(face, one, direction, gap).is_none() || self.crossings(face, other, direction, gap).is_none() {
                continue;
            }
            let Some(right) = self.split(face, one, direction, gap) else { return };
            // `split` leaves what is left of the line under the old number.
            let Some(beyond) = self.split(right, other, direction, 0.0) else { return };
            self.faces[right].plot = None;
            self.faces[beyond].plot = Some(if apart { self.plots } else { plot });
            self.plots += usize::from(apart);
            return;
        }
    }

    /// Where a line enters and leaves a face: positions in its ring and the points, no nearer than `gap` to a vertex.
    fn crossings(&self, face: usize, through: Point, direction: Point, gap: f64) -> Option<[(usize, Point); 2]> {
        let ring: Vec<Point> = self.points(&self.faces[face].ring).collect();
        let side = |p: Point| cross(direction, [p[0] - through[0], p[1] - through[1]]);
        let mut found = Vec::new();
        for (k, &a) in ring.iter().enumerate() {
            let b = ring[(k + 1) % ring.len()];
            let (da, db) = (side(a), side(b));
            if (da > 0.0) != (db > 0.0) {
                let p = between(a, b, da / (da - db));
                if distance(p, a) <= gap || distance(p, b) <= gap {
                    return None;
                }
                found.push((k, p));
            }
        }
        match found[..] {
            [one, other] if distance(one.1, other.1) > gap => Some([one, other]),
            _ => None,
        }
    }

    /// Cuts a face along a line. What lies left of the line keeps the number; the other side gets the number returned. Faces
    /// beyond the cut edges get the new vertices too.
    fn split(&mut self, face: usize, through: Point, direction: Point, gap: f64) -> Option<usize> {
        let crossings = self.crossings(face, through, direction, gap)?;
        let ring = self.faces[face].ring.clone();
        let new = crossings.map(|(k, p)| {
            let (a, b) = (ring[k], ring[(k + 1) % ring.len()]);
            let node = self.nodes.len();
            self.nodes.push(p);
            self.insert(face, a, b, node);
            node
        });
        let (k0, k1) = (crossings[0].0, crossings[1].0);
        let mut one = vec![new[0]];
        one.extend(&ring[k0 + 1..=k1]);
        one.push(new[1]);
        let mut other = vec![new[1]];
        other.extend(&ring[k1 + 1..]);
        other.extend(&ring[..=k0]);
        other.push(new[0]);
        let first = self.nodes[ring[k0 + 1]];
        let one_is_left = cross(direction, [first[0] - through[0], first[1] - through[1]]) > 0.0;
        let (left, right) = if one_is_left { (one, other) } else { (other, one) };
        let plot = self.faces[face].plot;
        self.faces[face].ring = left;
        self.faces.push(Face { ring: right, plot });
        Some(self.faces.len() - 1)
    }

    /// Puts a node between `a` and `b` in every face but one that has that edge.
    fn insert(&mut self, except: usize, a: usize, b: usize, node: usize) {
        for (number, face) in self.faces.iter_mut().enumerate() {
            let n = face.ring.len();
            let edge = (0..n).find(|&k| {
                let pair = (face.ring[k], face.ring[(k + 1) % n]);
                pair == (a, b) || pair == (b, a)
            });
            if let Some(k) = edge.filter(|_| number != except) {
                face.ring.insert(k + 1, node);
            }
        }
    }

    /// Bends some of the edges between two faces, as old field boundaries are.
    fn kink(&mut self, rng: &mut ChaCha8Rng) {
        for face in 0..self.faces.len() {
            let ring = self.faces[face].ring.clone();
            for (k, &a) in ring.iter().enumerate() {
                let b = ring[(k + 1) % ring.len()];
                let [from, to] = [self.nodes[a], self.nodes[b]];
                let shared = self.faces[face + 1..].iter().position(|f| has_edge(&f.ring, b, a)).map(|n| n + face + 1);
                let Some(neighbour) = shared.filter(|_| distance(from, to) > 60.0 * self.scale && rng.random_bool(0.42)) else {
                    continue;
                };
                let bend = rng.random_range(0.015..0.06) * if rng.random_bool(0.5) { 1.0 } else { -1.0 };
                let middle = between(from, to, rng.random_range(0.3..0.7));
                let node = self.nodes.len();
                self.nodes.push([middle[0] - (to[1] - from[1]) * bend, middle[1] + (to[0] - from[0]) * bend]);
                self.insert(usize::MAX, a, b, node);
                if !(self.simple(face) && self.simple(neighbour)) {
                    for face in &mut self.faces {
                        face.ring.retain(|&n| n != node);
                    }
                    self.nodes.pop();
                }
            }
        }
    }

    /// Whether no two edges of a face come near to crossing.
    fn simple(&self, face: usize) -> bool {
        let ring: Vec<Point> = self.points(&self.faces[face].ring).collect();
        let n = ring.len();
        let edge = |k: usize| (ring[k], ring[(k + 1) % n]);
        let turn = |(a, b): (Point, Point), p: Point| cross([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
        // No vertex may lie nearer to an edge it is not part of than this.
        let clear = 2.0 * self.scale;
        (0..n).all(|k| {
            (0..n).filter(|&m| m != k && m != (k + 1) % n).all(|m| {
                let (a, b) = edge(k);
                let length = distance(a, b).max(1e-9);
                let along = ((ring[m][0] - a[0]) * (b[0] - a[0]) + (ring[m][1] - a[1]) * (b[1] - a[1])) / length;
                let beside = along < -clear || along > length + clear;
                let crosses = {
                    let (c, d) = edge(m);
                    m != k
                        && (m + 1) % n != k
                        && (turn((a, b), c) > 0.0) != (turn((a, b), d) > 0.0)
                        && (turn((c, d), a) > 0.0) != (turn((c, d), b) > 0.0)
                };
                (beside || turn((a, b), ring[m]).abs() / length > clear || adjacent(k, m, n)) && !crosses
            })
        })
    }

    /// The parcels on the ground.
    fn finish(&self, size: Point, corners: [Point; 4], rng: &mut ChaCha8Rng) -> Vec<Plot> {
        let ground = |p: Point| {
            let south = between(corners[0], corners[1], p[0] / size[0]);
            let north = between(corners[3], corners[2], p[0] / size[0]);
            spot(between(south, north, p[1] / size[1]))
        };
        let spots: Vec<Spot> = self.nodes.iter().map(|&p| ground(p)).collect();
        let mut plots: Vec<Plot> = vec![Plot { shape: Vec::new(), area_m2: 0.0 }; self.plots];
        for (number, face) in self.faces.iter().enumerate() {
            let Some(plot) = face.plot else { continue };
            let mut ring: Vec<Spot> = face.ring.iter().map(|&node| spots[node]).collect();
            ring.extend(ring.first().copied());
            let area = ring_area_m2(&ring);
            plots[plot].area_m2 += area;
            let mut polygon = vec![ring];
            if rng.random_bool(HOLES) {
                let hole = self.hole(number, rng).map(ground);
                plots[plot].area_m2 += ring_area_m2(&hole);
                polygon.push(hole.to_vec());
            }
            plots[plot].shape.push(polygon);
        }
        plots
    }

    /// A small closed four-sided ring in the middle of a face, clockwise.
    fn hole(&self, face: usize, rng: &mut ChaCha8Rng) -> [Point; 5] {
        let (low, high) = self.bounds(face);
        let ring: Vec<Point> = self.points(&self.faces[face].ring).collect();
        let mut middle = [0.0; 2];
        let mut twice = 0.0;
        for (k, &a) in ring.iter().enumerate() {
            let b = ring[(k + 1) % ring.len()];
            let c = cross(a, b);
            twice += c;
            middle = [middle[0] + (a[0] + b[0]) * c, middle[1] + (a[1] + b[1]) * c];
        }
        let middle = middle.map(|m| m / (3.0 * twice));
        let half = [0, 1].map(|axis| (high[axis] - low[axis]) * rng.random_range(0.08..0.15));
        let lean = half[0] * rng.random_range(-0.3..0.3);
        let [[x, y], [w, h]] = [middle, half];
        [[x - w, y - h], [x - w + lean, y + h], [x + w + lean, y + h], [x + w, y - h], [x - w, y - h]]
    }
}

fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

fn has_edge(ring: &[usize], a: usize, b: usize) -> bool {
    (0..ring.len()).any(|k| ring[k] == a && ring[(k + 1) % ring.len()] == b)
}

/// Whether vertex `m` is next to edge `k` in a ring of `n`.
fn adjacent(k: usize, m: usize, n: usize) -> bool {
    m == (k + 2) % n || (m + 1) % n == k
}
