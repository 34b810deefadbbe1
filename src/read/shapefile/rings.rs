//! Which ring of a polygon is a hole of which.
//!
//! The format wants outer rings clockwise and holes counter-clockwise, and many programs write them otherwise. So a ring that
//! lies in an odd number of others is a hole of the smallest of them; direction decides only where places do not.

use geo::Coord;
use rstar::{AABB, RTree, RTreeObject};

use crate::model::Ring;

/// Rings against rings that are compared for one shape before direction alone decides: well under a second.
const BUDGET: usize = 1_000_000;
/// Edges in a ring from which on a search by height is worth its table.
const TABLE: usize = 64;
/// Points of a ring tried against another before it counts as lying on its border.
const TRIES: usize = 64;

/// Polygons, each with its outer ring first, in the order of the outer rings in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sorted {
    pub parts: Vec<Vec<Ring>>,
    /// There were too many rings within rings; direction decided.
    pub by_direction: bool,
}

/// Puts each hole to its outer ring.
pub(super) fn sort(rings: Vec<Ring>) -> Sorted {
    if rings.len() < 2 {
        let parts = if rings.is_empty() { Vec::new() } else { vec![rings] };
        return Sorted { parts, by_direction: false };
    }
    match owners(&rings) {
        Some(owners) => Sorted { parts: group(rings, &owners), by_direction: false },
        None => {
            let owners = owners_by_direction(&rings);
            Sorted { parts: group(rings, &owners), by_direction: true }
        }
    }
}

/// For each ring the outer ring it is a hole of, `None` for an outer ring itself.
fn owners(rings: &[Ring]) -> Option<Vec<Option<usize>>> {
    let areas: Vec<f64> = rings.iter().map(|ring| signed_area(ring)).collect();
    let boxes: Vec<Option<Extent>> = rings.iter().enumerate().map(|(n, ring)| Extent::of(n, ring)).collect();
    let tree = RTree::bulk_load(boxes.iter().flatten().cloned().collect());
    let mut tables: Vec<Option<Table>> = rings.iter().map(|_| None).collect();
    // From the largest on, so that a ring comes after all that may hold it.
    let mut order: Vec<usize> = (0..rings.len()).collect();
    order.sort_by(|&a, &b| areas[b].abs().total_cmp(&areas[a].abs()).then(a.cmp(&b)));
    let mut place = vec![0; rings.len()];
    for (n, &ring) in order.iter().enumerate() {
        place[ring] = n;
    }
    let mut owners: Vec<Option<usize>> = vec![None; rings.len()];
    let mut spent = 0usize;
    for &ring in &order {
        let Some(extent) = &boxes[ring] else { continue };
        let mut holders: Vec<usize> = Vec::new();
        for other in tree.locate_in_envelope_intersecting(&extent.envelope()) {
            spent += 1;
            if spent > BUDGET {
                return None;
            }
            if place[other.ring] < place[ring] && other.covers(extent) {
                let table = tables[other.ring].get_or_insert_with(|| Table::of(&rings[other.ring]));
                let opposite = (areas[ring] < 0.0) != (areas[other.ring] < 0.0);
                if lies_in(&rings[ring], &rings[other.ring], table, opposite, &mut spent) {
                    holders.push(other.ring);
                }
            }
        }
        if holders.len() % 2 == 1 {
            // The smallest holder that is an outer ring itself.
            owners[ring] = holders.into_iter().filter(|holder| owners[*holder].is_none()).max_by_key(|holder| place[*holder]);
        }
    }
    Some(owners)
}

/// A hole follows its outer ring in most files.
fn owners_by_direction(rings: &[Ring]) -> Vec<Option<usize>> {
    let mut outer = None;
    rings
        .iter()
        .enumerate()
        .map(|(n, ring)| {
            if outer.is_none() || signed_area(ring) <= 0.0 {
                outer = Some(n);
                None
            } else {
                outer
            }
        })
        .collect()
}

fn group(rings: Vec<Ring>, owners: &[Option<usize>]) -> Vec<Vec<Ring>> {
    let mut part_of = vec![0; rings.len()];
    let mut parts: Vec<Vec<Ring>> = Vec::new();
    let mut holes = Vec::new();
    for (n, ring) in rings.into_iter().enumerate() {
        match owners[n] {
            None => {
                part_of[n] = parts.len();
                parts.push(vec![ring]);
            }
            Some(owner) => holes.push((owner, ring)),
        }
    }
    for (owner, ring) in holes {
        parts[part_of[owner]].push(ring);
    }
    parts
}

/// Area by the shoelace formula, positive counter-clockwise; measured from the first point, so that large coordinates stay exact.
pub(super) fn signed_area(ring: &[Coord<f64>]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let cross = |a: Coord<f64>, b: Coord<f64>| (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y);
    edges(ring).map(|(a, b)| cross(a, b)).sum::<f64>() / 2.0
}

/// The edges of a ring, closed if it is not.
fn edges(ring: &[Coord<f64>]) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// The bounding box of a ring.
#[derive(Debug, Clone)]
struct Extent {
    ring: usize,
    min: [f64; 2],
    max: [f64; 2],
}

impl Extent {
    /// `None` for a ring without points or with one that is no number: it lies nowhere.
    fn of(ring: usize, points: &[Coord<f64>]) -> Option<Self> {
        let first = points.first()?;
        let mut extent = Self { ring, min: [first.x, first.y], max: [first.x, first.y] };
        for c in points {
            if !c.x.is_finite() || !c.y.is_finite() {
                return None;
            }
            extent.min = [extent.min[0].min(c.x), extent.min[1].min(c.y)];
            extent.max = [extent.max[0].max(c.x), extent.max[1].max(c.y)];
        }
        Some(extent)
    }

    fn covers(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.min[axis] && other.max[axis] <= self.max[axis])
    }
}

impl RTreeObject for Extent {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.min, self.max)
    }
}

/// Whether most points of `ring` that are not on the border of `other` lie in it. One that lies on the border all along is a hole
/// if it turns the other way.
fn lies_in(ring: &[Coord<f64>], other: &[Coord<f64>], table: &Table, opposite: bool, spent: &mut usize) -> bool {
    let (mut inside, mut outside) = (0usize, 0usize);
    let middles = edges(ring).map(|(a, b)| Coord { x: a.x.midpoint(b.x), y: a.y.midpoint(b.y) });
    for point in ring.iter().copied().chain(middles).take(TRIES) {
        match table.side(other, point, spent) {
            Side::Inside => inside += 1,
            Side::Outside => outside += 1,
            Side::Border => {}
        }
        // Three of one mind are enough: rings that cross are no business of the reader.
        if inside.abs_diff(outside) >= 3 {
            break;
        }
    }
    inside > outside || (inside == outside && opposite)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Inside,
    Outside,
    Border,
}

/// The edges of a ring by height, so that a point meets only those beside it.
#[derive(Debug, Clone)]
struct Table {
    bottom: f64,
    /// Height of a row; the rows hold the numbers of the edges that reach into them. Empty for a small ring.
    step: f64,
    rows: Vec<Vec<usize>>,
}

impl Table {
    #[allow(clippy::cast_precision_loss)] // sizes of tables
    fn of(ring: &[Coord<f64>]) -> Self {
        let bottom = ring.iter().map(|c| c.y).fold(f64::INFINITY, f64::min);
        let height = ring.iter().map(|c| c.y).fold(f64::NEG_INFINITY, f64::max) - bottom;
        let none = Self { bottom, step: 0.0, rows: Vec::new() };
        if ring.len() < TABLE || height <= 0.0 || !height.is_finite() {
            return none;
        }
        // Edges in all rows together stay below four a point, however tall they are.
        let tall: f64 = edges(ring).map(|(a, b)| (a.y - b.y).abs() / height).sum();
        let count = row(3.0 * ring.len() as f64 / tall.max(1.0), 1.0, ring.len() / 8).max(1);
        let step = height / count as f64;
        let mut rows = vec![Vec::new(); count + 1];
        for (n, (a, b)) in edges(ring).enumerate() {
            let (from, to) = (row(a.y.min(b.y) - bottom, step, count), row(a.y.max(b.y) - bottom, step, count));
            rows[from..=to].iter_mut().for_each(|row| row.push(n));
        }
        Self { bottom, step, rows }
    }

    /// Where a point lies, by the edges that a ray to the right crosses.
    fn side(&self, ring: &[Coord<f64>], point: Coord<f64>, spent: &mut usize) -> Side {
        let mut within = false;
        let mut visit = |a: Coord<f64>, b: Coord<f64>| -> bool {
            let cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
            let between = |p: f64, a: f64, b: f64| (a.min(b)..=a.max(b)).contains(&p);
            if cross == 0.0 && between(point.x, a.x, b.x) && between(point.y, a.y, b.y) {
                return true;
            }
            if (a.y > point.y) != (b.y > point.y) && (cross > 0.0) == (b.y > a.y) {
                within = !within;
            }
            false
        };
        let on_border = if self.rows.is_empty() {
            *spent += ring.len() / TABLE;
            edges(ring).any(|(a, b)| visit(a, b))
        } else {
            let edges_here = &self.rows[row(point.y - self.bottom, self.step, self.rows.len() - 1)];
            *spent += edges_here.len() / TABLE;
            edges_here.iter().any(|&n| visit(ring[n], ring[(n + 1) % ring.len()]))
        };
        match (on_border, within) {
            (true, _) => Side::Border,
            (_, true) => Side::Inside,
            _ => Side::Outside,
        }
    }
}

/// The row that a height falls in, at most `last`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating, and bounded by `last`
fn row(height: f64, step: f64, last: usize) -> usize {
    ((height / step) as usize).min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, size: f64, clockwise: bool) -> Ring {
        let mut ring: Ring = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
            .iter()
            .map(|(dx, dy)| Coord { x: x + dx * size, y: y + dy * size })
            .collect();
        if clockwise {
            ring.reverse();
        }
        ring
    }

    /// A regular ring of many points.
    fn circle(x: f64, y: f64, radius: f64, points: u32) -> Ring {
        (0..=points)
            .map(|n| f64::from(n % points) / f64::from(points) * std::f64::consts::TAU)
            .map(|angle| Coord { x: x + radius * angle.cos(), y: y + radius * angle.sin() })
            .collect()
    }

    fn sizes(sorted: &Sorted) -> Vec<usize> {
        sorted.parts.iter().map(Vec::len).collect()
    }

    #[test]
    fn holes_go_to_the_ring_around_them_whatever_their_direction() {
        for directions in 0..32u8 {
            let turned = |n: u8| (directions >> n) & 1 == 1;
            // Hole of the second part first; an island in the hole of the first.
            let rings = vec![
                square(21.0, 1.0, 2.0, turned(0)),
                square(0.0, 0.0, 10.0, turned(1)),
                square(1.0, 1.0, 8.0, turned(2)),
                square(20.0, 0.0, 10.0, turned(3)),
                square(2.0, 2.0, 2.0, turned(4)),
            ];
            let sorted = sort(rings.clone());
            let expected =
                vec![vec![rings[1].clone(), rings[2].clone()], vec![rings[3].clone(), rings[0].clone()], vec![rings[4].clone()]];
            assert_eq!(sorted, Sorted { parts: expected, by_direction: false }, "directions {directions:05b}");
        }
    }

    #[test]
    fn a_hole_that_touches_the_border_is_a_hole_and_a_neighbour_is_none() {
        let hole = sort(vec![square(0.0, 0.0, 10.0, true), square(0.0, 3.0, 4.0, false)]);
        assert_eq!(sizes(&hole), [2]);
        let neighbour = sort(vec![square(0.0, 0.0, 10.0, true), square(10.0, 0.0, 10.0, false)]);
        assert_eq!(sizes(&neighbour), [1, 1]);
        let twice = sort(vec![square(0.0, 0.0, 10.0, true), square(0.0, 0.0, 10.0, true)]);
        assert_eq!(sizes(&twice), [1, 1]);
        let cancelled = sort(vec![square(0.0, 0.0, 10.0, true), square(0.0, 0.0, 10.0, false)]);
        assert_eq!(sizes(&cancelled), [2]);
    }

    #[test]
    fn a_large_ring_with_thousands_of_holes_is_sorted_quickly_and_rightly() {
        let mut rings = vec![circle(500.0, 500.0, 900.0, 50_000)];
        for n in 0..2_500u32 {
            rings.push(square(f64::from(n % 50) * 20.0, f64::from(n / 50) * 20.0, 5.0, n % 3 == 0));
        }
        let begin = std::time::Instant::now();
        let sorted = sort(rings);
        assert_eq!((sizes(&sorted), sorted.by_direction), (vec![2_501], false));
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }

    #[test]
    fn a_table_of_edges_answers_as_a_look_at_all_of_them() {
        let ring: Ring = circle(0.0, 0.0, 10.0, 97)
            .into_iter()
            .enumerate()
            .map(|(n, c)| if n % 2 == 0 { c } else { Coord { x: c.x / 3.0, y: c.y / 3.0 } })
            .collect();
        let table = Table::of(&ring);
        assert!(!table.rows.is_empty());
        let plain = Table { rows: Vec::new(), ..table.clone() };
        for n in 0..2_000u32 {
            let point = Coord { x: f64::from(n % 63) / 3.0 - 10.5, y: f64::from(n / 63) / 3.0 - 10.5 };
            assert_eq!(table.side(&ring, point, &mut 0), plain.side(&ring, point, &mut 0), "{point:?}");
        }
    }

    #[test]
    fn rings_without_end_in_rings_are_sorted_by_direction_in_time() {
        let rings: Vec<Ring> =
            (0..2_000u32).map(|n| square(f64::from(n), f64::from(n), 20_000.0 - 2.0 * f64::from(n), n % 2 == 0)).collect();
        let begin = std::time::Instant::now();
        let sorted = sort(rings);
        assert!(sorted.by_direction);
        assert_eq!(sorted.parts.len(), 1_000);
        assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
    }
}
