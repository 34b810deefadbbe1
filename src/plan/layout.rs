//! The layout: what the pole, the belts and the remainder hold.
//!
//! A parcel lies in none, one or several zones. What is in several is counted in each; the sums close with a line that takes off
//! what is counted more than once and a remainder in no zone.

mod agreement;
mod page;
mod projects;
#[cfg(test)]
mod tests;

use geo::MultiPolygon;

use crate::finding::Detail;
use crate::locate::ZoneIndex;
use crate::model::Zone;
use crate::seeds::{Seeds, ZoneKind};
use crate::survey::Survey;

use super::tally::{Land, Tally};
pub use agreement::{Agreement, agreement};
pub use page::page;
pub use projects::{Project, projects};

/// A zone of the layout as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneName {
    pub name: Detail,
    /// Pole or belt, where it is said.
    pub kind: Option<Detail>,
}

/// The zones and which of them each parcel lies in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Zoning {
    pub zones: Vec<ZoneName>,
    pub of_parcel: Vec<Vec<usize>>,
    /// There is no layer: the zones are whole districts, by the seeds.
    pub by_districts: bool,
}

/// The sums over a layout that close: zones − repeated + remainder = total.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    pub zones: Vec<Tally>,
    /// What several zones hold, once less than they hold it.
    pub repeated: Tally,
    pub remainder: Tally,
    pub total: Tally,
}

/// The zones of the layer, or of the seeds by district where there is no layer.
#[must_use]
pub fn zoning(survey: &Survey, seeds: &Seeds) -> Zoning {
    if !survey.layout.0.is_empty() {
        let zones = survey.layout.0.iter().map(of_layer).collect();
        return Zoning { zones, of_parcel: survey.location.layout.clone(), by_districts: false };
    }
    let name =
        |zone: &crate::seeds::Zone| ZoneName { name: Detail::new(&*zone.name_zh, &*zone.name_en), kind: Some(kind(zone.kind)) };
    let of_parcel = |row: usize| {
        let district = survey.location.district[row].map(|share| survey.districts.0[share.zone].id.as_str());
        district.map(|code| of_district(seeds, code)).unwrap_or_default()
    };
    Zoning {
        zones: seeds.layout.zones.iter().map(name).collect(),
        of_parcel: (0..survey.parcels.ids.len()).map(of_parcel).collect(),
        by_districts: true,
    }
}

fn of_layer(zone: &Zone) -> ZoneName {
    let kind = zone.kind.as_deref().map(|text| match text.to_lowercase().as_str() {
        "pole" => kind(ZoneKind::Pole),
        "belt" => kind(ZoneKind::Belt),
        _ => text.into(),
    });
    ZoneName { name: zone.name.as_deref().unwrap_or(&zone.id).into(), kind }
}

fn kind(kind: ZoneKind) -> Detail {
    match kind {
        ZoneKind::Pole => Detail::new("极", "pole"),
        ZoneKind::Belt => Detail::new("带", "belt"),
    }
}

/// The zones of the seeds that a district belongs to.
fn of_district(seeds: &Seeds, code: &str) -> Vec<usize> {
    let holds = |zone: &crate::seeds::Zone| zone.districts.iter().any(|district| district == code);
    seeds.layout.zones.iter().enumerate().filter(|(_, zone)| holds(zone)).map(|(n, _)| n).collect()
}

/// The zones a place lies in: any of its shapes by the layer with the share a parcel needs, or its districts by the seeds. A place
/// without a shape is in none of a layer's zones.
pub(super) fn zones_of(
    survey: &Survey,
    seeds: &Seeds,
    index: &ZoneIndex,
    shapes: &[&MultiPolygon],
    districts: &[String],
) -> Vec<usize> {
    let mut zones: Vec<usize> = if survey.layout.0.is_empty() {
        districts.iter().flat_map(|code| of_district(seeds, code)).collect()
    } else {
        let least = survey.rulebook.location.layout_min_share;
        let shares = shapes.iter().flat_map(|shape| index.shares(shape));
        shares.filter(|share| share.reaches(least)).map(|share| share.zone).collect()
    };
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// Adds up the zones and what makes them close.
#[must_use]
pub fn totals(land: &Land, zoning: &Zoning) -> Totals {
    let of = |row: usize| &zoning.of_parcel[row];
    let mut repeated = Tally::default();
    for &row in &land.rows {
        (1..of(row).len()).for_each(|_| repeated.take_in(land, row));
    }
    Totals {
        zones: (0..zoning.zones.len()).map(|zone| land.tally(|row| of(row).contains(&zone))).collect(),
        repeated,
        remainder: land.tally(|row| of(row).is_empty()),
        total: land.tally(|_| true),
    }
}
