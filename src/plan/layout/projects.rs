//! Major projects placed on the layout.

use std::collections::HashMap;

use geo::{Contains, Coord};
use polars::prelude::DataFrame;

use super::{Zoning, of_district};
use crate::columns::{numbers, texts};
use crate::model::Zones;
use crate::seeds::Seeds;
use crate::survey::Survey;

/// A project and where it lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    pub id: String,
    pub name: Option<String>,
    /// The row names a parcel that the survey does not have.
    pub unknown_parcel: bool,
    /// 100 m yuan; a negative one is not known.
    pub investment: Option<f64>,
    /// Index into the survey's districts.
    pub district: Option<usize>,
    /// The layout zones it lies in; `None` where it cannot be placed.
    pub zones: Option<Vec<usize>>,
}

/// Reads a table of projects and places each: on its parcel, else at its longitude and latitude, else in its district.
///
/// A project that names a parcel that the survey does not have is placed by what else its row says. In a district alone it has layout
/// zones only where these are whole districts.
#[must_use]
pub fn projects(survey: &Survey, seeds: &Seeds, zoning: &Zoning, table: &DataFrame) -> Vec<Project> {
    let rows: HashMap<&str, usize> = survey.parcels.ids.iter().enumerate().rev().map(|(row, id)| (id.as_str(), row)).collect();
    let [ids, names, parcels, districts] =
        ["project_id", "project_name", "parcel_id", "district_code"].map(|name| texts(table, name));
    let [investment, x, y] = ["investment_100m_yuan", "longitude", "latitude"].map(|name| numbers(table, name));
    let zones_of_district = |district: usize| of_district(seeds, &survey.districts.0[district].id);
    let place = |n: usize| -> (Option<usize>, Option<Vec<usize>>) {
        if let Some(&row) = parcels[n].as_deref().and_then(|id| rows.get(id.trim())) {
            return (survey.location.district[row].map(|share| share.zone), Some(zoning.of_parcel[row].clone()));
        }
        if let Some((x, y)) = x[n].zip(y[n]) {
            let district = holding(&survey.districts, Coord { x, y }).first().copied();
            let by_layer = (!zoning.by_districts).then(|| holding(&survey.layout, Coord { x, y }));
            return (district, by_layer.or_else(|| district.map(zones_of_district)));
        }
        let district = districts[n].as_deref().and_then(|code| survey.districts.0.iter().position(|zone| zone.id == code.trim()));
        (district, district.filter(|_| zoning.by_districts).map(zones_of_district))
    };
    let project = |n: usize| {
        let (district, zones) = place(n);
        let id = ids[n].clone().unwrap_or_else(|| (n + 1).to_string());
        Project {
            id,
            name: names[n].clone(),
            unknown_parcel: parcels[n].as_deref().is_some_and(|id| !rows.contains_key(id.trim())),
            investment: investment[n].filter(|investment| *investment >= 0.0),
            district,
            zones,
        }
    };
    (0..table.height()).map(project).collect()
}

/// The zones a place lies in.
fn holding(zones: &Zones, at: Coord<f64>) -> Vec<usize> {
    zones.0.iter().enumerate().filter(|(_, zone)| zone.shape.contains(&at)).map(|(n, _)| n).collect()
}
