//! The ways in which the numbers of a layer can be read, samples of a layer, and the ground that layers cover.

use std::sync::OnceLock;

use geo::Coord;

use super::definition::Method;
use super::zones::{Grid, Width};
use super::{Crs, extent};
use crate::model::RawShape;

/// A system and the order of its axes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub crs: Crs,
    pub swapped: bool,
}

/// A grid is read up to this far from its central meridian, metres: the neighbouring 3-degree zones and no more.
const HALF_WIDTH: f64 = 450_000.0;
/// A stated grid is believed up to this far from its central meridian, metres.
const BELIEVED_HALF_WIDTH: f64 = 1_000_000.0;
/// Northings of China, metres.
const NORTHINGS: std::ops::Range<f64> = 1_900_000.0..6_000_000.0;
/// UTM zones that reach China.
const UTM: std::ops::RangeInclusive<u8> = 43..=53;

impl Reading {
    /// Longitude and latitude; NaN for numbers the system does not have.
    pub fn place(&self, c: Coord<f64>) -> Coord<f64> {
        let c = if self.swapped { Coord { x: c.y, y: c.x } } else { c };
        self.crs.geographic(c)
    }

    /// Whether numbers are of the size this system has in China.
    fn has_size(&self, c: Coord<f64>) -> bool {
        let c = if self.swapped { Coord { x: c.y, y: c.x } } else { c };
        match self.crs.definition().map(|definition| definition.numbers) {
            None => c.x.abs() <= 180.0 && c.y.abs() <= 90.0,
            Some(numbers) if numbers.method == Method::WebMercator => {
                (8.0e6..15.2e6).contains(&c.x) && (1.8e6..7.3e6).contains(&c.y)
            }
            Some(numbers) => (c.x - numbers.false_easting).abs() <= HALF_WIDTH && NORTHINGS.contains(&c.y),
        }
    }

    /// Whether most of a sample can be read so.
    pub fn can_be(&self, sample: &[Coord<f64>]) -> bool {
        share(sample, |c| self.has_size(*c)) >= MOST
    }
}

/// A share of positions that makes up a layer, broken ones left aside.
pub(super) const MOST: f64 = 0.5;

/// Every reading that bureaus' data have: longitude and latitude, the Gauss–Krüger zones of CGCS2000, UTM, web Mercator, each
/// with its axes either way. A 6-degree grid with the numbers of a 3-degree grid is that.
pub(super) fn all() -> &'static [Reading] {
    static ALL: OnceLock<Vec<Reading>> = OnceLock::new();
    ALL.get_or_init(|| {
        let gauss = Grid::gauss_krueger().filter(|grid| {
            matches!(grid, Grid::GaussKrueger { width: Width::Three, .. } | Grid::GaussKrueger { prefixed: true, .. })
        });
        let grids = gauss.chain(UTM.map(|zone| Grid::Utm { zone, north: true }));
        let codes = grids.filter_map(Grid::epsg).chain([3857]);
        let systems = codes.filter_map(|code| Crs::named(&format!("EPSG:{code}")).ok());
        std::iter::once(Crs::Geographic)
            .chain(systems)
            .flat_map(|crs| [false, true].map(|swapped| Reading { crs: crs.clone(), swapped }))
            .collect()
    })
}

/// Whether a position can be one of a stated system: on the globe, near the central meridian, in China where the grid is Chinese.
pub(super) fn believable(crs: &Crs, c: Coord<f64>) -> bool {
    let degrees = c.x.abs() <= 180.0 && c.y.abs() <= 90.0;
    let place = crs.geographic(c);
    let on_globe = place.x.abs() <= 180.0 && place.y.abs() <= 90.0;
    match crs {
        _ if crs.is_geographic() => degrees && on_globe,
        Crs::Fitted(grid) => on_globe && believable(&grid.target, grid.fit.applied(c)),
        _ if degrees || !on_globe => false,
        _ => {
            let near = crs.definition().is_none_or(|definition| {
                definition.numbers.method != Method::TransverseMercator
                    || (c.x * definition.numbers.metres_per_unit - definition.numbers.false_easting).abs() <= BELIEVED_HALF_WIDTH
            });
            let chinese = matches!(crs.grid(), Some(Grid::GaussKrueger { .. }));
            near && (!chinese || (NORTHINGS.contains(&c.y) && (65.0..145.0).contains(&place.x)))
        }
    }
}

/// The share of a sample that satisfies a condition; 0 of nothing.
#[allow(clippy::cast_precision_loss)] // counts of a sample
pub(super) fn share<T>(sample: &[T], is: impl Fn(&T) -> bool) -> f64 {
    if sample.is_empty() {
        return 0.0;
    }
    sample.iter().filter(|one| is(one)).count() as f64 / sample.len() as f64
}

/// Positions of a layer by shape, spread evenly over shapes and along them: about `most` in all, finite ones only.
pub(super) fn sample(shapes: &[RawShape], most: usize) -> Vec<Vec<Coord<f64>>> {
    let step = shapes.len().div_ceil(most.max(1)).max(1);
    let quota = (most / (shapes.len() / step).max(1)).max(1);
    shapes
        .iter()
        .step_by(step)
        .map(|shape| {
            let positions = shape.positions();
            let stride = positions.len().div_ceil(quota).max(1);
            positions.into_iter().step_by(stride).filter(|c| c.x.is_finite() && c.y.is_finite()).collect()
        })
        .collect()
}

/// Cells along each side of a region.
const CELLS: usize = 64;
/// The least width of a region, degrees.
const LEAST: f64 = 0.02;

/// The ground that shapes cover, in cells of longitude and latitude.
#[derive(Debug, Clone)]
pub(super) struct Region {
    min: Coord<f64>,
    cell: Coord<f64>,
    covered: Vec<bool>,
}

impl Region {
    /// The ground under the boxes around shapes of places in degrees. A few places far from all others do not widen it.
    pub fn of(shapes: &[Vec<Coord<f64>>]) -> Option<Self> {
        let on_globe = |c: &&Coord<f64>| c.x.abs() <= 180.0 && c.y.abs() <= 90.0;
        let places: Vec<Coord<f64>> = shapes.iter().flatten().filter(on_globe).copied().collect();
        let (west, east) = bulk(places.iter().map(|c| c.x).collect())?;
        let (south, north) = bulk(places.iter().map(|c| c.y).collect())?;
        let min = Coord { x: west, y: south };
        #[allow(clippy::cast_precision_loss)] // 64
        let cell = Coord { x: (east - west) / CELLS as f64, y: (north - south) / CELLS as f64 };
        let mut region = Self { min, cell, covered: vec![false; CELLS * CELLS] };
        for shape in shapes {
            region.cover(shape);
        }
        Some(region)
    }

    fn cover(&mut self, shape: &[Coord<f64>]) {
        let cells: Vec<(usize, usize)> = shape.iter().filter_map(|c| self.cell_of(*c)).collect();
        if cells.len() < shape.len().div_ceil(2) {
            return;
        }
        let bounds = |axis: fn(&(usize, usize)) -> usize| {
            let values = cells.iter().map(axis);
            values.clone().min().zip(values.max())
        };
        if let (Some((west, east)), Some((south, north))) = (bounds(|c| c.0), bounds(|c| c.1)) {
            for row in south..=north {
                self.covered[row * CELLS + west..=row * CELLS + east].fill(true);
            }
        }
    }

    fn cell_of(&self, c: Coord<f64>) -> Option<(usize, usize)> {
        let index = |value: f64| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // within 0..64
            (value >= 0.0 && value < CELLS as f64).then_some(value as usize)
        };
        index((c.x - self.min.x) / self.cell.x).zip(index((c.y - self.min.y) / self.cell.y))
    }

    /// Whether a place lies on the ground covered, or in the next cell.
    pub fn contains(&self, c: Coord<f64>) -> bool {
        self.cell_of(c).is_some_and(|(column, row)| {
            (row.saturating_sub(1)..=(row + 1).min(CELLS - 1)).any(|row| {
                self.covered[row * CELLS + column.saturating_sub(1)..=row * CELLS + (column + 1).min(CELLS - 1)].contains(&true)
            })
        })
    }

    /// Half the kilometres from one corner to the opposite one.
    pub fn radius_km(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)] // 64
        let cells = CELLS as f64;
        distance_km(self.min, Coord { x: self.min.x + self.cell.x * cells, y: self.min.y + self.cell.y * cells }) / 2.0
    }
}

/// Rough kilometres between two places.
pub(super) fn distance_km(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let (east, north) = extent::metres_per_degree(f64::midpoint(a.y, b.y).to_radians());
    ((a.x - b.x) * east).hypot((a.y - b.y) * north) / 1000.0
}

/// The range of all but the outer fiftieths of values, widened by a fifth.
fn bulk(mut values: Vec<f64>) -> Option<(f64, f64)> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 50;
    let (low, high) = (values[cut], values[values.len() - 1 - cut]);
    let margin = ((high - low) / 5.0).max(LEAST / 2.0);
    Some((low - margin, high + margin))
}

/// The middle one of places, by each coordinate.
pub(super) fn median_place(places: &[Coord<f64>]) -> Option<Coord<f64>> {
    let median = |mut values: Vec<f64>| {
        values.retain(|v| v.is_finite());
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let x = median(places.iter().map(|c| c.x).collect())?;
    let y = median(places.iter().map(|c| c.y).collect())?;
    Some(Coord { x, y })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_has_its_own_numbers() {
        let straight: Vec<&Reading> = all().iter().filter(|reading| !reading.swapped).collect();
        assert_eq!(straight.len(), 1 + 42 + 11 + 11 + 1);
        for (i, a) in straight.iter().enumerate() {
            assert!(straight[i + 1..].iter().all(|b| a.crs != b.crs), "{a:?}");
        }
        assert!(Grid::gauss_krueger().all(|grid| super::super::zones::numbers_of(grid).is_some()));
    }

    #[test]
    fn a_region_is_the_ground_of_the_many() {
        let square = |x: f64, y: f64| vec![Coord { x, y }, Coord { x: x + 0.01, y }, Coord { x: x + 0.01, y: y + 0.01 }];
        let mut shapes: Vec<_> =
            (0..20).flat_map(|i| (0..10).map(move |j| square(121.0 + f64::from(i) * 0.02, 31.0 + f64::from(j) * 0.02))).collect();
        shapes.push(square(0.0, 0.0));
        let region = Region::of(&shapes).unwrap();
        assert!(
            region.contains(Coord { x: 121.2, y: 31.1 })
                && !region.contains(Coord { x: 0.0, y: 0.0 })
                && !region.contains(Coord { x: 122.0, y: 31.1 })
        );
    }
}
