//! Characteristic parks: how many of those the plan wants, what lies in them, where the next could be, and how high they could build.

pub mod coverage;
pub mod directory;
pub mod distance;
mod page;
pub mod sector;
pub mod siting;
mod tables;
#[cfg(test)]
pub(super) mod tests;
pub mod upstairs;

use crate::finding::Detail;
use crate::locate::ZoneIndex;
use crate::seeds::Seeds;
use crate::survey::Survey;

use super::layout;
use super::tally::Land;
use directory::{Directory, Park};
pub use page::page;

/// What the tables of the page are made from.
struct Study<'a> {
    survey: &'a Survey,
    seeds: &'a Seeds,
    /// Index into the survey's districts.
    district: Option<usize>,
    /// The parcels of the city, or of the district.
    land: Land,
    /// Those of the city: a park has all its numbers in whichever district it is looked at.
    city: Land,
    directory: Directory,
    /// Whether each parcel lies in a park, by the share the rulebook asks for.
    in_park: Vec<bool>,
    /// The sector of each parcel by its industry.
    sectors: Vec<Option<usize>>,
    zoning: layout::Zoning,
}

impl<'a> Study<'a> {
    fn new(survey: &'a Survey, seeds: &'a Seeds, district: Option<usize>) -> Self {
        Self {
            survey,
            seeds,
            district,
            land: Land::of(survey, district),
            city: Land::of(survey, None),
            directory: directory::directory(&survey.parks, &survey.districts, seeds),
            in_park: survey.location.in_park.iter().map(Option::is_some).collect(),
            sectors: sector::of_parcels(survey, seeds),
            zoning: layout::zoning(survey, seeds),
        }
    }

    /// The parks of the city, or of the district.
    fn parks(&self) -> impl Iterator<Item = &Park> {
        in_district(self.survey, &self.directory, self.district)
    }
}

fn in_district<'a>(survey: &'a Survey, directory: &'a Directory, district: Option<usize>) -> impl Iterator<Item = &'a Park> {
    directory.parks.iter().filter(move |park| district.is_none_or(|d| park.districts.contains(&survey.districts.0[d].id)))
}

/// The layout zones of each park of the city or of a district; `None` for one that is not drawn and so has no place in a layer.
pub(super) fn zones_of_parks(survey: &Survey, seeds: &Seeds, district: Option<usize>) -> Vec<Option<Vec<usize>>> {
    let directory = directory::directory(&survey.parks, &survey.districts, seeds);
    let parks: Vec<&Park> = in_district(survey, &directory, district).collect();
    zones_of(survey, seeds, &parks)
}

fn zones_of(survey: &Survey, seeds: &Seeds, parks: &[&Park]) -> Vec<Option<Vec<usize>>> {
    let index = ZoneIndex::new(&survey.layout);
    let zones = |park: &&Park| {
        let shapes: Vec<_> = park.drawn.iter().map(|n| &survey.parks.0[*n].shape).collect();
        let is_placed = survey.layout.0.is_empty() || !shapes.is_empty();
        is_placed.then(|| layout::zones_of(survey, seeds, &index, &shapes, &park.districts))
    };
    parks.iter().map(zones).collect()
}

/// The name of a district, or its code.
pub(super) fn district_name(survey: &Survey, district: usize) -> Detail {
    let zone = &survey.districts.0[district];
    zone.name.as_deref().unwrap_or(&zone.id).into()
}
