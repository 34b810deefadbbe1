//! Finds where a ring crosses or touches itself.

use geo::{Coord, Kernel, Orientation, kernels::RobustKernel};

/// Above this number of edges they are sorted first, below it every pair is tried.
const FEW: usize = 48;
/// Edges of a band of a ring with many.
const OF_A_BAND: usize = 128;
/// Bands at most: a ring of long edges has all of them in each.
const MOST_BANDS: usize = 64;

/// Rounding of a sine of an angle between two directions, far above what it can be.
const ROUNDING: f64 = 1e-14;

/// A place where the closed ring meets itself other than at the joints of neighbouring edges, if there is one.
pub(super) fn self_crossing(ring: &[Coord<f64>]) -> Option<Coord<f64>> {
    if runs_round_its_middle(ring) {
        return None;
    }
    let mut open: Vec<Coord<f64>> = ring.to_vec();
    open.dedup();
    while open.len() > 1 && open.first() == open.last() {
        open.pop();
    }
    let n = open.len();
    if n < 3 {
        return None;
    }
    let edges: Vec<Edge> = (0..n).map(|i| Edge::new(i, open[i], open[(i + 1) % n])).collect();
    if let Some(spike) = (0..n).find_map(|i| spike(&edges[i], &edges[(i + 1) % n])) {
        return Some(spike);
    }
    if n <= FEW {
        return (0..n).find_map(|i| edges[i + 1..].iter().find_map(|other| edges[i].meets(other, n)));
    }
    let mut order: Vec<&Edge> = edges.iter().collect();
    order.sort_by(|a, b| a.min.x.total_cmp(&b.min.x));
    let first = |band: Vec<(usize, &Edge)>| {
        band.iter().enumerate().find_map(|(i, (place, edge))| {
            let near = band[i + 1..].iter().take_while(|(_, other)| other.min.x <= edge.max.x);
            near.filter_map(|(other_place, other)| Some((*place, *other_place, edge.meets(other, n)?))).next()
        })
    };
    // The first from the west of all bands, wherever they begin.
    bands(&order).into_iter().filter_map(first).min_by_key(|(edge, other, _)| (*edge, *other)).map(|(.., at)| at)
}

/// Edges, each with its place in the order given, by bands from south to north: two that meet have a band in common.
fn bands<'a>(order: &[&'a Edge]) -> Vec<Vec<(usize, &'a Edge)>> {
    let (south, north) = order.iter().fold((f64::MAX, f64::MIN), |(low, high), e| (low.min(e.min.y), high.max(e.max.y)));
    let mut bands = vec![Vec::new(); (order.len() / OF_A_BAND).clamp(1, MOST_BANDS)];
    let last = bands.len() - 1;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // 0 to 64
    let band = |y: f64| (((y - south) / (north - south) * bands.len() as f64) as usize).min(last);
    let of_edge: Vec<_> = order.iter().map(|edge| band(edge.min.y)..=band(edge.max.y)).collect();
    for ((place, edge), range) in order.iter().enumerate().zip(of_edge) {
        bands[range].iter_mut().for_each(|band| band.push((place, *edge)));
    }
    bands
}

/// Whether a ring runs round the mean of its vertices once, without turning back: no two of its edges can meet then. A proof in few steps
/// for nearly all parcels; a ring without it may be sound as well.
fn runs_round_its_middle(ring: &[Coord<f64>]) -> bool {
    let open = if ring.first() == ring.last() { &ring[..ring.len().saturating_sub(1)] } else { ring };
    let Some(last) = open.last() else { return false };
    #[allow(clippy::cast_precision_loss)]
    let middle = open.iter().fold(Coord::zero(), |sum, c| sum + *c) / open.len() as f64;
    let (mut from, mut left, mut right, mut changes) = (*last - middle, false, false, 0usize);
    for to in open.iter().map(|c| *c - middle) {
        let (a, b) = (from.x * to.y, from.y * to.x);
        let certain = (a - b).abs() > ROUNDING * (a.abs() + b.abs());
        left |= !certain | (a > b);
        right |= !certain | (a < b);
        changes += usize::from((from.y < 0.0) != (to.y < 0.0));
        from = to;
    }
    left != right && changes == 2
}

struct Edge {
    index: usize,
    from: Coord<f64>,
    to: Coord<f64>,
    min: Coord<f64>,
    max: Coord<f64>,
}

impl Edge {
    fn new(index: usize, from: Coord<f64>, to: Coord<f64>) -> Self {
        let min = Coord { x: from.x.min(to.x), y: from.y.min(to.y) };
        let max = Coord { x: from.x.max(to.x), y: from.y.max(to.y) };
        Self { index, from, to, min, max }
    }

    /// A point in common with `other`, which is no neighbour in a ring of `n` edges.
    fn meets(&self, other: &Self, n: usize) -> Option<Coord<f64>> {
        // Without short circuits: most pairs are apart, and nobody can foresee on which side.
        let apart_in_x = (other.min.x > self.max.x) | (other.max.x < self.min.x);
        if apart_in_x | (other.min.y > self.max.y) | (other.max.y < self.min.y) {
            return None;
        }
        let apart = self.index.abs_diff(other.index);
        if apart == 1 || apart == n - 1 {
            return None;
        }
        let side = |a: Coord<f64>, b: Coord<f64>, c: Coord<f64>| RobustKernel::orient2d(a, b, c);
        let (o1, o2) = (side(self.from, self.to, other.from), side(self.from, self.to, other.to));
        if o1 == o2 && o1 != Orientation::Collinear {
            return None;
        }
        let (o3, o4) = (side(other.from, other.to, self.from), side(other.from, other.to, self.to));
        if o3 == o4 && o3 != Orientation::Collinear {
            return None;
        }
        // On one line: the boxes decide. Otherwise the edges meet; a touch names the touching vertex.
        if o1 == Orientation::Collinear && self.boxes(other.from) {
            return Some(other.from);
        }
        if o2 == Orientation::Collinear && self.boxes(other.to) {
            return Some(other.to);
        }
        if o3 == Orientation::Collinear && other.boxes(self.from) {
            return Some(self.from);
        }
        if o4 == Orientation::Collinear && other.boxes(self.to) {
            return Some(self.to);
        }
        (o1 != o2 && o3 != o4 && ![o1, o2, o3, o4].contains(&Orientation::Collinear)).then(|| self.crossing(other))
    }

    fn boxes(&self, c: Coord<f64>) -> bool {
        self.min.x <= c.x && c.x <= self.max.x && self.min.y <= c.y && c.y <= self.max.y
    }

    fn crossing(&self, other: &Self) -> Coord<f64> {
        let (d, e, f) = (self.to - self.from, other.to - other.from, other.from - self.from);
        let t = (f.x * e.y - f.y * e.x) / (d.x * e.y - d.y * e.x);
        self.from + d * t.clamp(0.0, 1.0)
    }
}

/// The joint of two neighbouring edges of which the second runs back over the first.
fn spike(first: &Edge, second: &Edge) -> Option<Coord<f64>> {
    let (d, e) = (first.to - first.from, second.to - second.from);
    let back = d.x * e.x + d.y * e.y < 0.0;
    (back && RobustKernel::orient2d(first.from, first.to, second.to) == Orientation::Collinear).then_some(first.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{LineString, Polygon, Validation};
    use rand::{Rng, SeedableRng};

    fn ring(points: &[(f64, f64)]) -> Vec<Coord<f64>> {
        points.iter().map(|&(x, y)| Coord { x, y }).collect()
    }

    #[test]
    fn the_place_of_a_crossing_is_named() {
        assert_eq!(self_crossing(&ring(&[(0., 0.), (2., 2.), (2., 0.), (0., 2.)])), Some(Coord { x: 1., y: 1. }));
        assert_eq!(self_crossing(&ring(&[(0., 0.), (2., 0.), (2., 2.), (0., 2.), (0., 0.)])), None);
        // A spike, and a ring that touches itself at a vertex.
        assert_eq!(self_crossing(&ring(&[(0., 0.), (2., 0.), (4., 0.), (2., 0.), (2., 2.)])), Some(Coord { x: 4., y: 0. }));
        assert_eq!(
            self_crossing(&ring(&[(0., 0.), (2., 0.), (1., 1.), (2., 2.), (0., 2.), (1., 1.)])),
            Some(Coord { x: 1., y: 1. })
        );
    }

    #[test]
    fn what_runs_round_its_middle_once_is_sound_and_nothing_else_passes_for_it() {
        let (square, turned) = ([(0., 0.), (2., 0.), (2., 2.), (0., 2.), (0., 0.)], [(0., 0.), (0., 2.), (2., 2.), (2., 0.)]);
        assert!(runs_round_its_middle(&ring(&square)) && runs_round_its_middle(&ring(&turned)));
        let star: Vec<(f64, f64)> = (0..5).map(|i| (f64::from(i) * 0.8 * std::f64::consts::PI).sin_cos()).collect();
        for other in
            [&[][..], &[(1., 1.)], &[(1., 1.), (2., 1.), (1., 1.)], &[(0., 0.), (2., 0.), (2., 2.), (2., 2.), (0., 2.)], &star]
        {
            assert!(!runs_round_its_middle(&ring(other)), "{other:?}");
        }
        assert!(self_crossing(&ring(&star)).is_some(), "twice round");
    }

    #[test]
    fn a_long_ring_is_judged_as_by_all_pairs() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(2);
        let mut faulty = 0;
        for moved in [0, 1, 1, 1, 1, 2, 2, 2, 2] {
            // A comb with 500 teeth, some vertices of which are moved.
            let tooth = |i: i32, length: f64| Coord { x: if i % 2 == 0 { 0.0 } else { length }, y: f64::from(i) };
            let mut points: Vec<Coord<f64>> = (0..1001).map(|i| tooth(i, rng.random_range(5.0..9.0))).collect();
            points.push(Coord { x: -1.0, y: 500.0 });
            for _ in 0..moved {
                points[rng.random_range(0..1000)] = Coord { x: rng.random_range(-9.0..9.0), y: rng.random_range(0.0..999.0) };
            }
            let n = points.len();
            let mut order: Vec<Edge> = (0..n).map(|i| Edge::new(i, points[i], points[(i + 1) % n])).collect();
            order.sort_by(|a, b| a.min.x.total_cmp(&b.min.x));
            let expected = (0..n).find_map(|i| order[i + 1..].iter().find_map(|other| order[i].meets(other, n)));
            assert_eq!(self_crossing(&points), expected);
            assert!(moved > 0 || expected.is_none());
            faulty += usize::from(expected.is_some());
        }
        assert!(faulty > 5, "{faulty}");
    }

    #[test]
    fn agrees_with_geo_on_random_rings_of_a_grid() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let mut faulty = 0;
        for case in 0..4000 {
            let n = if case % 50 == 0 { 60 } else { rng.random_range(3..9) };
            let side = if n == 60 { 400 } else { 6 };
            let mut points = ring(
                &(0..n).map(|_| (f64::from(rng.random_range(0..side)), f64::from(rng.random_range(0..side)))).collect::<Vec<_>>(),
            );
            points.dedup();
            if points.len() < 4 || points.first() == points.last() {
                continue;
            }
            let polygon = Polygon::new(LineString(points.clone()), vec![]);
            assert_eq!(self_crossing(&points).is_none(), polygon.is_valid(), "{points:?}");
            faulty += usize::from(!polygon.is_valid());
        }
        assert!(faulty > 1000);
    }
}
