//! How far industrial land outside parks is from the nearest park of its sector.
//!
//! From the middle of the parcel to the nearest border of a park, straight, in metres; 0 where the middle lies in one. Borders are sought
//! in a plane at the mean latitude, which over half a degree is true to a few parts in a thousand; the length itself is taken where
//! it lies.

use geo::{Centroid, Contains, Coord, MultiPolygon};
use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::{GeomWithData, Line};

use crate::measure::scale::Scale;

use super::siting;

/// Park borders ready to be asked how far away they are, one tree a sector.
pub struct Borders<'a> {
    scale: Scale,
    trees: Vec<RTree<GeomWithData<Line<[f64; 2]>, usize>>>,
    parks: Vec<(usize, &'a MultiPolygon)>,
}

impl<'a> Borders<'a> {
    /// Indexes park shapes, each with its sector, of which there are `sectors`; degrees of longitude and latitude.
    #[must_use]
    pub fn new(parks: Vec<(usize, &'a MultiPolygon)>, sectors: usize) -> Self {
        let latitudes: Vec<f64> = parks.iter().filter_map(|(_, shape)| shape.centroid()).map(|middle| middle.y()).collect();
        #[allow(clippy::cast_precision_loss)]
        let mean = latitudes.iter().sum::<f64>() / latitudes.len().max(1) as f64;
        let scale = Scale::at(mean);
        let flat = |c: Coord<f64>| [c.x * scale.x, c.y * scale.y];
        let mut lines = vec![Vec::new(); sectors];
        for (n, (sector, shape)) in parks.iter().enumerate() {
            let rings = shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
            let edges = rings.flat_map(|ring| ring.lines());
            lines[*sector].extend(edges.map(|edge| GeomWithData::new(Line::new(flat(edge.start), flat(edge.end)), n)));
        }
        Self { scale, trees: lines.into_iter().map(RTree::bulk_load).collect(), parks }
    }

    /// The nearest park of a sector, as an index into the parks given, and its distance in m; none where the sector has no park.
    #[must_use]
    pub fn nearest(&self, sector: usize, from: Coord<f64>) -> Option<(usize, f64)> {
        let at = [from.x * self.scale.x, from.y * self.scale.y];
        let border = self.trees.get(sector)?.nearest_neighbor(&at)?;
        let holds = |(_, (of, shape)): &(usize, &(usize, &MultiPolygon))| *of == sector && shape.contains(&from);
        // A park that holds the place need not be the one with the nearest border.
        if let Some((park, _)) = self.parks.iter().enumerate().find(holds) {
            return Some((park, 0.0));
        }
        let [x, y] = border.geom().nearest_point(&at);
        Some((border.data, siting::distance(from, Coord { x: x / self.scale.x, y: y / self.scale.y })))
    }
}

/// The distance of each place from the nearest park of its sector, m; none where there is no place, no sector or no such park.
#[must_use]
pub fn distances(borders: &Borders<'_>, places: &[(Option<Coord<f64>>, Option<usize>)]) -> Vec<Option<f64>> {
    places.par_iter().map(|(from, sector)| borders.nearest((*sector)?, (*from)?).map(|(_, metres)| metres)).collect()
}

/// Distances of some parcels in short: how many are known, and their quartiles and greatest by land.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    pub parcels: usize,
    pub mu: f64,
    pub median_m: f64,
    pub upper_quartile_m: f64,
    pub greatest_m: f64,
}

/// Sums up distances with the mu they stand for; none where there are none. Half of the land is within the median.
#[must_use]
pub fn spread(mut distances: Vec<(f64, f64)>) -> Option<Spread> {
    distances.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mu: f64 = distances.iter().map(|(_, mu)| mu).sum();
    let greatest_m = distances.last()?.0;
    let within = |share: f64| {
        let mut sum = 0.0;
        let reached = distances.iter().find(|(_, own)| {
            sum += own;
            sum >= share * mu
        });
        reached.map_or(greatest_m, |(metres, _)| *metres)
    };
    Some(Spread { parcels: distances.len(), mu, median_m: within(0.5), upper_quartile_m: within(0.75), greatest_m })
}
