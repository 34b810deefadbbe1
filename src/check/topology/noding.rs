//! The outline of many shapes together: their edges made to meet, and those that two neighbours share taken out.
//!
//! Vertices closer than a rounding become one, and an edge that passes a vertex within a rounding is led through it, so that a
//! corner on a neighbour's edge opens no crack. An edge run through in both directions then bounds nothing and is left out; the
//! winding number of every point stays what it was. What is left are closed loops of a few edges a block.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use geo::{Coord, LineString, MultiPolygon};
use rayon::prelude::*;
use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree, RTreeObject, SelectionFunction};

use crate::locate::tiles::{self, Contour, Frame};
use crate::measure::scale::Scale;

/// The outline of a layer.
pub(super) struct Outline {
    /// Closed loops; together they run round a point as often as the shapes do.
    pub loops: Vec<Contour>,
}

impl Outline {
    /// The outline of valid shapes; what is closer than `tolerance_m` is one.
    pub fn new(shapes: &[&MultiPolygon], tolerance_m: f64) -> Self {
        let scale = Scale::at(middle_latitude(shapes));
        let tolerance = [tolerance_m / scale.x, tolerance_m / scale.y];
        let nodes = Nodes::new(shapes, tolerance);
        let mut edges = nodes.edges(shapes);
        cancel(&mut edges);
        let mut at_border = vec![false; nodes.points.len()];
        for edge in &edges {
            at_border[edge.low as usize] = true;
            at_border[edge.high as usize] = true;
        }
        let corners = RTree::bulk_load(
            (0u32..)
                .zip(&nodes.points)
                .zip(&at_border)
                .filter(|(_, at)| **at)
                .map(|((n, p), _)| GeomWithData::new(*p, n))
                .collect(),
        );
        let mut edges: Vec<Edge> =
            edges.par_iter().flat_map_iter(|edge| through(edge, &nodes.points, &corners, scale, tolerance_m)).collect();
        cancel(&mut edges);
        Self { loops: loops(&edges, &nodes.points) }
    }
}

fn middle_latitude(shapes: &[&MultiPolygon]) -> f64 {
    let latitudes = shapes.iter().filter_map(|shape| Some(shape.0.first()?.exterior().0.first()?.y));
    let (low, high) = latitudes.fold((90.0f64, -90.0f64), |(low, high), y| (low.min(y), high.max(y)));
    if low <= high { f64::midpoint(low, high) } else { 0.0 }
}

fn rings(shape: &MultiPolygon) -> Vec<&LineString> {
    shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())).collect()
}

/// Every position of a layer, once, and for every vertex the position that stands for it.
struct Nodes {
    points: Vec<[f64; 2]>,
    /// In the order of shapes, rings and vertices.
    of_vertices: Vec<u32>,
}

impl Nodes {
    fn new(shapes: &[&MultiPolygon], tolerance: [f64; 2]) -> Self {
        let vertices = shapes.iter().flat_map(|shape| rings(shape)).flat_map(|ring| ring.coords().map(position));
        let mut sorted: Vec<([f64; 2], usize)> = vertices.enumerate().map(|(n, p)| (p, n)).collect();
        sorted.par_sort_unstable_by(|a, b| order(&a.0, &b.0));
        let mut points: Vec<[f64; 2]> = sorted.iter().map(|(p, _)| *p).collect();
        points.dedup();
        let stands_for = merge(&points, tolerance);
        let mut of_vertices = vec![0; sorted.len()];
        for (same, node) in sorted.chunk_by(|a, b| a.0 == b.0).zip(stands_for) {
            for (_, vertex) in same {
                of_vertices[*vertex] = node;
            }
        }
        Self { points, of_vertices }
    }

    /// The edges of all rings between different nodes.
    fn edges(&self, shapes: &[&MultiPolygon]) -> Vec<Edge> {
        let mut rest = self.of_vertices.as_slice();
        let mut edges = Vec::with_capacity(rest.len());
        for ring in shapes.iter().flat_map(|shape| rings(shape)) {
            let (nodes, others) = rest.split_at(ring.0.len().min(rest.len()));
            rest = others;
            edges.extend(nodes.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| Edge::new(pair[0], pair[1], 1)));
        }
        edges
    }
}

fn position(c: &Coord<f64>) -> [f64; 2] {
    // Adding 0 turns −0 into 0.
    [c.x + 0.0, c.y + 0.0]
}

fn order(a: &[f64; 2], b: &[f64; 2]) -> std::cmp::Ordering {
    a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
}

/// For each of the sorted points the one that stands for it: the nearest earlier one within the tolerance that stands for
/// itself.
fn merge(points: &[[f64; 2]], tolerance: [f64; 2]) -> Vec<u32> {
    // In cells twice the tolerance wide, what is near a point is in four of them; points that stand for themselves keep apart, so
    // a cell holds a handful.
    #[allow(clippy::cast_possible_truncation)] // degrees over a centimetre are far below 2^63
    let cell = |p: &[f64; 2], axis: usize, off: f64| (p[axis] / (2.0 * tolerance[axis]) + off).floor() as i64;
    let mut last_in: HashMap<(i64, i64), u32, BuildHasherDefault<CellHasher>> =
        HashMap::with_capacity_and_hasher(points.len(), BuildHasherDefault::default());
    let mut before = vec![u32::MAX; points.len()];
    let mut stands_for = Vec::with_capacity(points.len());
    for (n, p) in (0u32..).zip(points) {
        let mut nearest: Option<(f64, u32)> = None;
        let (x, y) = ([cell(p, 0, -0.5), cell(p, 0, 0.5)], [cell(p, 1, -0.5), cell(p, 1, 0.5)]);
        for key in [(x[0], y[0]), (x[0], y[1]), (x[1], y[0]), (x[1], y[1])] {
            let mut other = last_in.get(&key).copied().unwrap_or(u32::MAX);
            while let Some(q) = points.get(other as usize) {
                let distance = ((p[0] - q[0]) / tolerance[0]).hypot((p[1] - q[1]) / tolerance[1]);
                if distance <= 1.0 && nearest.is_none_or(|(least, by)| (distance, other) < (least, by)) {
                    nearest = Some((distance, other));
                }
                other = before[other as usize];
            }
        }
        if nearest.is_none() {
            let own = (cell(p, 0, 0.0), cell(p, 1, 0.0));
            before[n as usize] = last_in.insert(own, n).unwrap_or(u32::MAX);
        }
        stands_for.push(nearest.map_or(n, |(_, other)| other));
    }
    stands_for
}

/// Mixes the two numbers of a cell; quick, since every vertex of a layer is looked up four times.
#[derive(Default)]
struct CellHasher(u64);

impl Hasher for CellHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_i64(i64::from(*byte));
        }
    }

    fn write_i64(&mut self, x: i64) {
        self.0 = (self.0.rotate_left(23) ^ x.cast_unsigned()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// An edge between two nodes, and how often it is run through upwards less downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    low: u32,
    high: u32,
    net: i64,
}

impl Edge {
    fn new(from: u32, to: u32, net: i64) -> Self {
        if from < to { Self { low: from, high: to, net } } else { Self { low: to, high: from, net: -net } }
    }
}

/// One entry an edge, none for those run through as often either way.
fn cancel(edges: &mut Vec<Edge>) {
    edges.par_sort_unstable();
    edges.dedup_by(|next, kept| {
        let same = (next.low, next.high) == (kept.low, kept.high);
        if same {
            kept.net += next.net;
        }
        same
    });
    edges.retain(|edge| edge.net != 0);
}

/// The edge led through the corners it passes within the tolerance.
fn through(
    edge: &Edge,
    points: &[[f64; 2]],
    corners: &RTree<GeomWithData<[f64; 2], u32>>,
    scale: Scale,
    tolerance_m: f64,
) -> Vec<Edge> {
    let (from, to) = (points[edge.low as usize], points[edge.high as usize]);
    let along = [(to[0] - from[0]) * scale.x, (to[1] - from[1]) * scale.y];
    let length = along[0].hypot(along[1]);
    let near = Near { line: tiles::Edge { from, to }, slack: [tolerance_m / scale.x, tolerance_m / scale.y] };
    let mut passed: Vec<(f64, u32)> = corners
        .locate_with_selection_function(near)
        .filter(|corner| corner.data != edge.low && corner.data != edge.high)
        .filter_map(|corner| {
            let p = corner.geom();
            let off = [(p[0] - from[0]) * scale.x, (p[1] - from[1]) * scale.y];
            let t = (off[0] * along[0] + off[1] * along[1]) / (length * length);
            let aside = (off[0] * along[1] - off[1] * along[0]).abs() / length;
            (t > 0.0 && t < 1.0 && aside <= tolerance_m).then_some((t, corner.data))
        })
        .collect();
    passed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let nodes: Vec<u32> =
        std::iter::once(edge.low).chain(passed.into_iter().map(|(_, node)| node)).chain(std::iter::once(edge.high)).collect();
    nodes.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| Edge::new(pair[0], pair[1], edge.net)).collect()
}

/// The corners near a line: a slanting line has a large box, so the tree is searched by the line itself.
struct Near {
    line: tiles::Edge,
    /// In degrees.
    slack: [f64; 2],
}

impl<T: RTreeObject<Envelope = AABB<[f64; 2]>>> SelectionFunction<T> for Near {
    fn should_unpack_parent(&self, envelope: &AABB<[f64; 2]>) -> bool {
        let (low, high) = (envelope.lower(), envelope.upper());
        let frame = Frame {
            min: [low[0] - self.slack[0], low[1] - self.slack[1]],
            max: [high[0] + self.slack[0], high[1] + self.slack[1]],
        };
        self.line.reaches(&frame)
    }
}

/// Closed loops that run through every edge as often as it says. Rings are closed, so as many edges leave a node as come in,
/// and a walk that takes each edge once ends where it began.
fn loops(edges: &[Edge], points: &[[f64; 2]]) -> Vec<Contour> {
    let mut steps: Vec<(u32, u32)> = edges
        .iter()
        .flat_map(|edge| {
            let step = if edge.net > 0 { (edge.low, edge.high) } else { (edge.high, edge.low) };
            std::iter::repeat_n(step, usize::try_from(edge.net.unsigned_abs()).unwrap_or(0))
        })
        .collect();
    steps.par_sort_unstable();
    // steps[next[n]..first[n + 1]] are those from node n not yet taken.
    let mut first = vec![0usize; points.len() + 1];
    for (from, _) in &steps {
        first[*from as usize + 1] += 1;
    }
    for n in 0..points.len() {
        first[n + 1] += first[n];
    }
    let mut next = first.clone();
    let mut loops = Vec::new();
    for start in 0..points.len() {
        while next[start] < first[start + 1] {
            let (mut node, mut contour) = (start, Contour::new());
            while next[node] < first[node + 1] {
                contour.push(points[node]);
                let to = steps[next[node]].1 as usize;
                next[node] += 1;
                node = to;
                if node == start {
                    break;
                }
            }
            loops.push(contour);
        }
    }
    loops
}
