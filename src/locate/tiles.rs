//! One zone cut into tiles, once: wholly inside, wholly outside, or crossed by a few edges of its border.
//!
//! A parcel whose bounding box no edge of the border reaches lies wholly on one side, which one point decides. Only the others
//! need an overlay, and then with the few edges near them instead of the zone's ten thousand.

use geo::{Coord, MultiPolygon};

/// Border edges in a tile that is not cut any further.
const FEW_EDGES: usize = 32;
/// Cuts from the whole zone to the smallest tile, whatever its edges.
const DEEPEST: usize = 28;

pub(crate) type Contour = Vec<[f64; 2]>;

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub min: [f64; 2],
    pub max: [f64; 2],
}

impl Frame {
    pub fn around<'a>(positions: impl Iterator<Item = &'a Coord<f64>>) -> Option<Self> {
        positions.fold(None, |frame: Option<Self>, c| {
            Some(frame.map_or(Self { min: [c.x, c.y], max: [c.x, c.y] }, |f| Self {
                min: [f.min[0].min(c.x), f.min[1].min(c.y)],
                max: [f.max[0].max(c.x), f.max[1].max(c.y)],
            }))
        })
    }

    pub fn meets(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.max[axis] && other.min[axis] <= self.max[axis])
    }

    pub fn common(&self, other: &Self) -> Self {
        Self {
            min: [self.min[0].max(other.min[0]), self.min[1].max(other.min[1])],
            max: [self.max[0].min(other.max[0]), self.max[1].min(other.max[1])],
        }
    }

    fn area(&self) -> f64 {
        (self.max[0] - self.min[0]) * (self.max[1] - self.min[1])
    }

    pub fn contour(&self) -> Contour {
        vec![self.min, [self.max[0], self.min[1]], self.max, [self.min[0], self.max[1]]]
    }
}

/// A border edge of the zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub from: [f64; 2],
    pub to: [f64; 2],
}

impl Edge {
    /// Whether any point of the edge lies in the closed frame (Liang and Barsky's clipping).
    pub fn reaches(&self, frame: &Frame) -> bool {
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for axis in 0..2 {
            let (a, step) = (self.from[axis], self.to[axis] - self.from[axis]);
            if step == 0.0 {
                if a < frame.min[axis] || a > frame.max[axis] {
                    return false;
                }
                continue;
            }
            let (t0, t1) = ((frame.min[axis] - a) / step, (frame.max[axis] - a) / step);
            enter = enter.max(t0.min(t1));
            leave = leave.min(t0.max(t1));
        }
        enter <= leave
    }
}

enum Content {
    Outside,
    Inside,
    Border { edges: Vec<Edge>, rings: Vec<Contour> },
    Cut(Box<[Tile; 2]>),
}

struct Tile {
    frame: Frame,
    content: Content,
}

/// What a zone is to a frame.
pub(crate) enum Relation {
    Outside,
    Inside,
    /// The zone's part near the frame; the frame is crossed by the border.
    Crossed(Vec<Contour>),
}

/// A zone ready to be asked.
pub(crate) struct TiledZone {
    root: Tile,
}

impl TiledZone {
    /// `None` for a zone without area. Outer rings run counter-clockwise, holes clockwise.
    pub fn new(zone: &MultiPolygon) -> Option<Self> {
        let rings = || zone.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
        let frame = Frame::around(rings().flat_map(|ring| ring.coords()))?;
        let edges = rings()
            .flat_map(|ring| ring.lines().map(|l| Edge { from: [l.start.x, l.start.y], to: [l.end.x, l.end.y] }))
            .collect();
        let contours = rings().map(|ring| ring.coords().map(|c| [c.x, c.y]).collect()).collect();
        Some(Self { root: Tile::new(frame, edges, contours, 0) })
    }

    pub fn frame(&self) -> Frame {
        self.root.frame
    }

    pub fn relation(&self, frame: &Frame) -> Relation {
        let mut tiles = Vec::new();
        self.root.collect(frame, &mut tiles);
        let crossed = tiles
            .iter()
            .any(|tile| matches!(&tile.content, Content::Border { edges, .. } if edges.iter().any(|edge| edge.reaches(frame))));
        if crossed {
            return Relation::Crossed(tiles.iter().flat_map(|tile| tile.part_in(frame)).collect());
        }
        let widest = tiles.iter().max_by(|a, b| a.frame.common(frame).area().total_cmp(&b.frame.common(frame).area()));
        match widest {
            Some(tile) if tile.holds_middle(frame) => Relation::Inside,
            _ => Relation::Outside,
        }
    }
}

impl Tile {
    fn new(frame: Frame, edges: Vec<Edge>, rings: Vec<Contour>, depth: usize) -> Self {
        if edges.is_empty() {
            // Each point is then on the same side: the rings fill the tile or none of it.
            let filled = rings.iter().map(|ring| doubled_area(ring)).sum::<f64>() > frame.area();
            return Self { frame, content: if filled { Content::Inside } else { Content::Outside } };
        }
        if edges.len() <= FEW_EDGES || depth == DEEPEST {
            return Self { frame, content: Content::Border { edges, rings } };
        }
        let axis = usize::from(frame.max[1] - frame.min[1] > frame.max[0] - frame.min[0]);
        let middle = f64::midpoint(frame.min[axis], frame.max[axis]);
        let (mut low, mut high) = (frame, frame);
        low.max[axis] = middle;
        high.min[axis] = middle;
        let half = |frame: Frame, keep_low: bool| {
            let edges = edges.iter().filter(|edge| edge.reaches(&frame)).copied().collect();
            let rings = rings.iter().map(|ring| clip(ring, axis, middle, keep_low)).filter(|ring| ring.len() > 2).collect();
            Self::new(frame, edges, rings, depth + 1)
        };
        Self { frame, content: Content::Cut(Box::new([half(low, true), half(high, false)])) }
    }

    fn collect<'a>(&'a self, frame: &Frame, found: &mut Vec<&'a Self>) {
        if !self.frame.meets(frame) {
            return;
        }
        match &self.content {
            Content::Cut(halves) => halves.iter().for_each(|half| half.collect(frame, found)),
            _ => found.push(self),
        }
    }

    /// The zone's part in this tile and in `frame`.
    fn part_in(&self, frame: &Frame) -> Vec<Contour> {
        match &self.content {
            Content::Inside => vec![self.frame.common(frame).contour()],
            Content::Border { rings, .. } => {
                rings.iter().map(|ring| clip_to(ring, frame)).filter(|ring| ring.len() > 2).collect()
            }
            Content::Outside | Content::Cut(_) => Vec::new(),
        }
    }

    /// Whether the middle of what the tile and `frame` have in common lies in the zone.
    fn holds_middle(&self, frame: &Frame) -> bool {
        match &self.content {
            Content::Inside => true,
            Content::Outside | Content::Cut(_) => false,
            Content::Border { rings, .. } => {
                let common = self.frame.common(frame);
                let middle = [f64::midpoint(common.min[0], common.max[0]), f64::midpoint(common.min[1], common.max[1])];
                rings.iter().map(|ring| turns(ring, middle)).sum::<i32>() != 0
            }
        }
    }
}

/// How often a ring runs round a point.
fn turns(ring: &[[f64; 2]], p: [f64; 2]) -> i32 {
    let next = ring.iter().skip(1).chain(ring.first());
    ring.iter()
        .zip(next)
        .map(|(a, b)| {
            let side = (b[0] - a[0]) * (p[1] - a[1]) - (p[0] - a[0]) * (b[1] - a[1]);
            match (a[1] <= p[1], b[1] <= p[1]) {
                (true, false) if side > 0.0 => 1,
                (false, true) if side < 0.0 => -1,
                _ => 0,
            }
        })
        .sum()
}

pub(crate) fn clip_to(ring: &Contour, frame: &Frame) -> Contour {
    let ring = clip(ring, 0, frame.min[0], false);
    let ring = clip(&ring, 0, frame.max[0], true);
    let ring = clip(&ring, 1, frame.min[1], false);
    clip(&ring, 1, frame.max[1], true)
}

/// Sutherland and Hodgman's cut of a ring by a line across one axis. A concave ring may keep seams of no area along the line,
/// which the overlay takes no notice of.
fn clip(ring: &[[f64; 2]], axis: usize, at: f64, keep_low: bool) -> Contour {
    let inside = |p: &[f64; 2]| if keep_low { p[axis] <= at } else { p[axis] >= at };
    let mut kept = Contour::with_capacity(ring.len() / 2 + 4);
    let Some(mut from) = ring.last() else { return kept };
    for to in ring {
        if inside(from) != inside(to) {
            let other = 1 - axis;
            let mut cut = [at; 2];
            // The same two ends in the same order from either side of the line: both halves get the same point.
            let (low, high) = if from[axis] < to[axis] { (from, to) } else { (to, from) };
            cut[other] = low[other] + (high[other] - low[other]) * ((at - low[axis]) / (high[axis] - low[axis]));
            kept.push(cut);
        }
        if inside(to) {
            kept.push(*to);
        }
        from = to;
    }
    kept
}

/// Twice the area of a ring, positive when counter-clockwise.
pub(crate) fn doubled_area(ring: &[[f64; 2]]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    ring.windows(2).map(|e| (e[0][0] - origin[0]) * (e[1][1] - origin[1]) - (e[1][0] - origin[0]) * (e[0][1] - origin[1])).sum()
}
