//! Everything an expression of the rulebook can name, in one table.

mod flows;
mod years;

use polars::prelude::*;

use crate::check::CheckedParcels;
use crate::error::{Error, Result};
use crate::locate::Share;
use crate::measure::Areas;
use crate::model::Zones;
use crate::rulebook::{AreaKind, Rulebook};
pub use flows::{FlowTotal, Flows, Occupant, flows};

/// Where each parcel lies, one entry a parcel.
#[derive(Debug, Clone, Default)]
pub struct Location {
    /// Largest share in a district.
    pub district: Vec<Option<Share>>,
    /// Largest share in a park, whatever its size.
    pub park: Vec<Option<Share>>,
    /// The park the parcel counts as lying in, index into the layer.
    pub in_park: Vec<Option<usize>>,
    /// The layout zones the parcel counts as lying in.
    pub layout: Vec<Vec<usize>>,
}

/// The area the rulebook divides by, m²; `None` where it is not known.
#[must_use]
pub fn divisor(rulebook: &Rulebook, checked: &CheckedParcels, areas: &Areas) -> Vec<Option<f64>> {
    match rulebook.area {
        AreaKind::Statutory => areas.statutory_m2.clone(),
        AreaKind::Geodesic => areas.geodesic_m2.clone(),
        AreaKind::Stated => stated_area(checked),
    }
}

/// The stated area, m².
#[must_use]
pub fn stated_area(checked: &CheckedParcels) -> Vec<Option<f64>> {
    match checked.canonical.column("area_stated_m2").ok().and_then(|c| c.f64().ok()) {
        Some(values) => values.iter().collect(),
        None => vec![None; checked.parcels.ids.len()],
    }
}

/// The text column of the layout zones a parcel lies in: their ids with `;` between, missing where there is none.
#[must_use]
pub fn layout_text(zones: &Zones, layout: &[Vec<usize>]) -> Vec<Option<String>> {
    layout
        .iter()
        .map(|inside| (!inside.is_empty()).then(|| inside.iter().map(|z| zones.0[*z].id.as_str()).collect::<Vec<_>>().join(";")))
        .collect()
}

/// What the table of the expressions is made from.
pub struct Facts<'a> {
    pub checked: &'a CheckedParcels,
    pub areas: &'a Areas,
    pub divisor_m2: &'a [Option<f64>],
    pub location: &'a Location,
    pub districts: &'a Zones,
    pub parks: &'a Zones,
    pub layout: &'a Zones,
    pub flows: Option<&'a Flows>,
}

/// The table of the expressions: the input's columns, the known fields under canonical names, the enterprises' figures, the
/// areas and the location. Where names meet, the later of these wins.
///
/// # Errors
/// The table cannot be built.
pub fn frame(facts: &Facts<'_>) -> Result<DataFrame> {
    let mut table = facts.checked.own.clone();
    let mut put = |column: Column| -> Result<()> {
        table.with_column(column).map_err(|e| Error::new(e.to_string()))?;
        Ok(())
    };
    for column in facts.checked.canonical.columns() {
        put(column.clone())?;
    }
    if let Some(flows) = facts.flows {
        for column in flows.columns.columns() {
            put(or_own(column, &facts.checked.canonical)?)?;
        }
    }
    let (districts, parks) = (&facts.districts.0, &facts.parks.0);
    let mu: Vec<Option<f64>> = facts.divisor_m2.iter().map(|area| area.map(crate::units::mu)).collect();
    put(Column::new("parcel_id".into(), &facts.checked.parcels.ids))?;
    put(Column::new("area_stated_m2".into(), stated_area(facts.checked)))?;
    put(Column::new("area_statutory_m2".into(), &facts.areas.statutory_m2))?;
    put(Column::new("area_geodesic_m2".into(), &facts.areas.geodesic_m2))?;
    put(Column::new("area_mu".into(), mu))?;
    put(Column::new(
        "district_code".into(),
        facts.location.district.iter().map(|s| s.map(|s| districts[s.zone].id.as_str())).collect::<Vec<_>>(),
    ))?;
    put(Column::new("district_share".into(), facts.location.district.iter().map(|s| s.map(|s| s.share)).collect::<Vec<_>>()))?;
    put(Column::new(
        "park_id".into(),
        facts.location.in_park.iter().map(|p| p.map(|p| parks[p].id.as_str())).collect::<Vec<_>>(),
    ))?;
    put(Column::new("park_share".into(), facts.location.park.iter().map(|s| s.map(|s| s.share)).collect::<Vec<_>>()))?;
    put(Column::new("layout_zones".into(), layout_text(facts.layout, &facts.location.layout)))?;
    put_known_fields(&mut table)?;
    Ok(table)
}

/// A table of one row with every column that an expression can name whatever the inputs hold, all missing.
///
/// # Errors
/// The table cannot be built.
pub fn known_columns() -> Result<DataFrame> {
    let found = [
        ("area_statutory_m2", DataType::Float64),
        ("area_geodesic_m2", DataType::Float64),
        ("area_mu", DataType::Float64),
        ("district_code", DataType::String),
        ("district_share", DataType::Float64),
        ("park_id", DataType::String),
        ("park_share", DataType::Float64),
        ("layout_zones", DataType::String),
        ("enterprise_count", DataType::Int64),
    ];
    let mut table = DataFrame::new(1, found.iter().map(|(name, kind)| missing(name, 1, kind)).collect())
        .map_err(|e| Error::new(e.to_string()))?;
    put_known_fields(&mut table)?;
    Ok(table)
}

fn missing(name: &str, rows: usize, kind: &DataType) -> Column {
    Column::full_null(name.into(), rows, kind)
}

/// A rulebook may name any known field; one that the inputs do not have is missing throughout.
fn put_known_fields(table: &mut DataFrame) -> Result<()> {
    let rows = table.height();
    for field in crate::read::fields::known() {
        if field.of_parcels() && table.column(&field.name).is_err() {
            let kind = if field.is_number() { DataType::Float64 } else { DataType::String };
            table.with_column(missing(&field.name, rows, &kind)).map_err(|e| Error::new(e.to_string()))?;
        }
    }
    Ok(())
}

/// The enterprises' figure, or the parcel layer's own where there is none.
fn or_own(column: &Column, canonical: &DataFrame) -> Result<Column> {
    match canonical.column(column.name()) {
        Ok(own) => column.zip_with(&column.is_not_null(), own).map_err(|e| Error::new(e.to_string())),
        Err(_) => Ok(column.clone()),
    }
}
