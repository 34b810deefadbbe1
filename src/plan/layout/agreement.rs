//! Whether the layout keeps to the city's urban pattern: plain shares of each zone's industrial land inside the pattern's zones.
//!
//! Shares and no kappa: layout and pattern are two readings of the city with other classes, so there is no agreement class by class.

use rayon::prelude::*;

use super::Zoning;
use crate::locate::ZoneIndex;
use crate::model::Zones;
use crate::plan::tally::Land;
use crate::survey::Survey;

/// How much of a layout zone's industrial land lies in the pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Index of the layout zone; `None` for the remainder.
    pub zone: Option<usize>,
    /// Land of the parcels that have an area and a shape.
    pub mu: f64,
    /// Of it in any zone of the pattern.
    pub inside_mu: f64,
    /// Of it in each zone of the pattern; zones that overlap both have it.
    pub by_pattern_mu: Vec<f64>,
}

impl Agreement {
    /// Share of the land inside the pattern; none where there is no land.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.mu > 0.0).then(|| self.inside_mu / self.mu)
    }
}

/// Holds each zone, and last the remainder, against the pattern. A parcel on the border counts by its share of area on either side.
#[must_use]
pub fn agreement(survey: &Survey, land: &Land, zoning: &Zoning, pattern: &Zones) -> Vec<Agreement> {
    let index = ZoneIndex::new(pattern);
    let located: Vec<_> = land
        .rows
        .par_iter()
        .filter_map(|&row| Some((row, land.area_mu[row]?, index.shares(survey.parcels.shapes[row].as_ref()?))))
        .collect();
    let of_zone = |zone: Option<usize>| {
        let mut sum = Agreement { zone, mu: 0.0, inside_mu: 0.0, by_pattern_mu: vec![0.0; pattern.0.len()] };
        for (row, mu, shares) in &located {
            let zones = &zoning.of_parcel[*row];
            if zone.map_or(zones.is_empty(), |zone| zones.contains(&zone)) {
                sum.mu += mu;
                sum.inside_mu += mu * shares.iter().map(|share| share.share).sum::<f64>().min(1.0);
                shares.iter().for_each(|share| sum.by_pattern_mu[share.zone] += mu * share.share);
            }
        }
        sum
    };
    (0..zoning.zones.len()).map(Some).chain([None]).map(of_zone).collect()
}
