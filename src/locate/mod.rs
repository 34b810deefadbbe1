//! Which districts, parks and layout zones each parcel lies in, and with what share of its area.
//!
//! Shares are planar, in longitude and latitude: within one parcel the scale is the same all over. The zones are indexed (an
//! R-tree over the zones, tiles within each), the parcels pass by.

pub(crate) mod tiles;

use geo::{Area, MultiPolygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::float::overlay::FloatOverlay;
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::model::{Parcels, Zones};
use crate::progress::Progress;
use tiles::{Contour, Frame, Relation, TiledZone, doubled_area};

/// Shares closer than this are equal: they come from different sums of the same areas.
pub const SHARE_TOLERANCE: f64 = 1e-9;

/// A zone and the share of a parcel in it, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Index into the zone layer.
    pub zone: usize,
    pub share: f64,
}

impl Share {
    /// Whether it is a least share, or more.
    #[must_use]
    pub fn reaches(&self, least: f64) -> bool {
        self.share >= least - SHARE_TOLERANCE
    }
}

/// Zones ready to be asked where a parcel lies.
pub struct ZoneIndex {
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    zones: Vec<Option<TiledZone>>,
}

impl ZoneIndex {
    /// Indexes valid zones.
    #[must_use]
    pub fn new(zones: &Zones) -> Self {
        let zones: Vec<Option<TiledZone>> = zones.0.par_iter().map(|zone| TiledZone::new(&zone.shape)).collect();
        let frame = |(n, zone): (usize, &Option<TiledZone>)| {
            zone.as_ref().map(|zone| GeomWithData::new(Rectangle::from_corners(zone.frame().min, zone.frame().max), n))
        };
        Self { tree: RTree::bulk_load(zones.iter().enumerate().filter_map(frame).collect()), zones }
    }

    /// The zones a valid shape has area in, in the order of the layer.
    #[must_use]
    pub fn shares(&self, shape: &MultiPolygon) -> Vec<Share> {
        let Some(frame) = Frame::around(shape.iter().flat_map(|part| part.exterior().coords())) else { return Vec::new() };
        let area = shape.unsigned_area();
        let mut zones: Vec<usize> = self
            .tree
            .locate_in_envelope_intersecting(&AABB::from_corners(frame.min, frame.max))
            .map(|found| found.data)
            .collect();
        zones.sort_unstable();
        let mut own: Option<Vec<Contour>> = None;
        zones
            .into_iter()
            .filter_map(|zone| {
                let share = match self.zones[zone].as_ref()?.relation(&frame) {
                    Relation::Outside => return None,
                    Relation::Inside => 1.0,
                    Relation::Crossed(near) => (common_area(own.get_or_insert_with(|| contours(shape)), &near) / area).min(1.0),
                };
                (share > 0.0).then_some(Share { zone, share })
            })
            .collect()
    }
}

/// The shares of every parcel; none where it has no usable shape.
#[must_use]
pub fn locate(parcels: &Parcels, zones: &Zones, name: &str, progress: &dyn Progress) -> Vec<Vec<Share>> {
    let step = progress.step(&format!("locate in {name}"), Some(parcels.shapes.len() as u64));
    let index = ZoneIndex::new(zones);
    parcels
        .shapes
        .par_iter()
        .map(|shape| {
            step.advance(1);
            shape.as_ref().map(|shape| index.shares(shape)).unwrap_or_default()
        })
        .collect()
}

/// The zone with the largest share; of equal shares the one with the smaller id, which is the earlier in the layer.
#[must_use]
pub fn largest(shares: &[Share]) -> Option<Share> {
    shares.iter().copied().reduce(|best, next| if next.share > best.share + SHARE_TOLERANCE { next } else { best })
}

/// Area the two shapes have in common, exact on a 64-bit grid.
fn common_area(a: &Vec<Contour>, b: &Vec<Contour>) -> f64 {
    let common = FloatOverlay::<[f64; 2], i64>::from_subj_and_clip(a, b).overlay(OverlayRule::Intersect, FillRule::NonZero);
    common.iter().flatten().map(|ring| doubled_area(ring)).sum::<f64>().abs() / 2.0
}

fn contours(shape: &MultiPolygon) -> Vec<Contour> {
    shape
        .iter()
        .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
        .map(|ring| ring.coords().map(|c| [c.x, c.y]).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Zone;
    use geo::{Coord, LineString, Polygon};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn blob(rng: &mut ChaCha8Rng, centre: (f64, f64), radius: f64, n: usize, clockwise: bool) -> LineString {
        let mut points: Vec<Coord<f64>> = (0..n)
            .map(|i| {
                let (sin, cos) = (i as f64 / n as f64 * std::f64::consts::TAU).sin_cos();
                let r = radius * rng.random_range(0.6..1.0);
                Coord { x: centre.0 + r * cos, y: centre.1 + r * sin }
            })
            .collect();
        if clockwise {
            points.reverse();
        }
        let mut ring = LineString(points);
        ring.close();
        ring
    }

    fn zones(shapes: Vec<MultiPolygon>) -> Zones {
        Zones(
            shapes
                .into_iter()
                .enumerate()
                .map(|(n, shape)| Zone { id: format!("Z{n:03}"), name: None, kind: None, shape })
                .collect(),
        )
    }

    /// Overlay with the whole zone, no index and no tiles.
    fn brute_force(parcel: &MultiPolygon, zone: &MultiPolygon) -> f64 {
        common_area(&contours(parcel), &contours(zone)) / parcel.unsigned_area()
    }

    #[test]
    fn shares_equal_the_overlay_with_the_whole_zone() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let layer = zones(
            (0..12)
                .map(|n| {
                    let centre = (rng.random_range(121.0..122.0), rng.random_range(31.0..32.0));
                    let points = [12, 400, 5000][n % 3];
                    let outer = blob(&mut rng, centre, 0.3, points, false);
                    let holes = if n % 2 == 0 { vec![blob(&mut rng, centre, 0.1, 200, true)] } else { vec![] };
                    MultiPolygon(vec![Polygon::new(outer, holes)])
                })
                .collect(),
        );
        let index = ZoneIndex::new(&layer);
        let (mut whole, mut cut) = (0, 0);
        for n in 0..300 {
            let centre = (rng.random_range(120.9..122.1), rng.random_range(30.9..32.1));
            let size = [0.001, 0.01, 0.2][n % 3];
            let parcel = MultiPolygon(vec![Polygon::new(blob(&mut rng, centre, size, 14, false), vec![])]);
            let got = index.shares(&parcel);
            for (n, zone) in layer.0.iter().enumerate() {
                let expected = brute_force(&parcel, &zone.shape);
                let share = got.iter().find(|s| s.zone == n).map_or(0.0, |s| s.share);
                assert!((share - expected).abs() < 1e-9, "zone {n}: {share} instead of {expected}");
                whole += usize::from(share == 1.0);
                cut += usize::from(share > 0.0 && share < 1.0);
            }
        }
        assert!(whole > 60 && cut > 60, "{whole} {cut}");
    }

    #[test]
    fn a_small_cut_by_a_huge_zone_is_exact() {
        let huge = MultiPolygon(vec![Polygon::new(
            LineString::from(vec![(-180.0, -80.0), (121.5, -80.0), (121.5, 80.0), (-180.0, 80.0), (-180.0, -80.0)]),
            vec![],
        )]);
        let parcel = MultiPolygon(vec![Polygon::new(
            LineString::from(vec![(121.499, 31.0), (121.502, 31.0), (121.502, 31.001), (121.499, 31.001), (121.499, 31.0)]),
            vec![],
        )]);
        let shares = ZoneIndex::new(&zones(vec![huge])).shares(&parcel);
        assert!((shares[0].share - 1.0 / 3.0).abs() < 1e-10, "{}", shares[0].share);
    }

    #[test]
    fn a_partition_closes_and_a_tie_goes_to_the_smaller_id() {
        let strip = |x0: f64, x1: f64| {
            MultiPolygon(vec![Polygon::new(
                LineString::from(vec![(x0, 0.0), (x1, 0.0), (x1, 1.0), (x0, 1.0), (x0, 0.0)]),
                vec![],
            )])
        };
        let index = ZoneIndex::new(&zones(vec![strip(0.0, 1.0), strip(1.0, 2.0)]));
        let shares = index.shares(&strip(0.5, 1.5));
        assert_eq!(shares.iter().map(|s| s.share).sum::<f64>(), 1.0);
        assert_eq!(largest(&shares).unwrap().zone, 0);
        assert_eq!(largest(&[]), None);
        // Sharing an edge is not lying in it.
        assert_eq!(index.shares(&strip(2.0, 3.0)), []);
    }

    #[test]
    fn shapes_of_one_zone_that_overlap_count_once() {
        let square =
            |x: f64| Polygon::new(LineString::from(vec![(x, 0.0), (x + 1.0, 0.0), (x + 1.0, 1.0), (x, 1.0), (x, 0.0)]), vec![]);
        let index = ZoneIndex::new(&zones(vec![MultiPolygon(vec![square(0.0), square(0.5)])]));
        let shares = index.shares(&MultiPolygon(vec![square(0.25)]));
        assert!((shares[0].share - 1.0).abs() < 1e-12);
    }
}
