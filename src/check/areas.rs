//! Areas against each other: the stated one against the shape's, the floor area against the parcel.

use polars::prelude::DataFrame;

use super::CheckedParcels;
use crate::finding::{Code, Finding, Place};
use crate::measure::Areas;
use crate::model::Source;
use crate::rulebook::Rulebook;
use crate::units::SQUARE_METRES_PER_MU;

/// Ratios within this of a well-known unit are taken for it.
const UNIT_TOLERANCE: f64 = 0.05;

/// Records stated areas and floor areas that do not go with the shape.
pub fn areas(
    checked: &CheckedParcels,
    stated: &[Option<f64>],
    areas: &Areas,
    table: &DataFrame,
    rulebook: &Rulebook,
    findings: &mut Vec<Finding>,
) {
    let floor: Vec<Option<f64>> =
        table.column("floor_area_m2").ok().and_then(|c| c.f64().ok()).map(|c| c.iter().collect()).unwrap_or_default();
    for (row, measured) in areas.geodesic_m2.iter().enumerate() {
        let Some(measured) = measured else { continue };
        let place = || Place { source: Source::Parcels, row: Some(row), id: Some(checked.parcels.ids[row].clone()), at: None };
        if let Some(stated) = stated[row]
            && (stated / measured - 1.0).abs() > rulebook.area_tolerance
        {
            let guess = unit_guess(stated / measured).unwrap_or_default();
            findings.push(Finding::new(
                Code::AreaStated,
                place(),
                format!("stated {stated:.2} m², shape {measured:.2} m²{guess}"),
            ));
        }
        if let Some(floor) = floor.get(row).copied().flatten()
            && floor / measured > rulebook.floor_area_ratio_limit
        {
            findings.push(Finding::new(Code::FloorArea, place(), format!("{:.1} times the parcel", floor / measured)));
        }
    }
}

/// The unit in which the stated number would be right.
fn unit_guess(ratio: f64) -> Option<&'static str> {
    let near = |unit: f64| (ratio * unit - 1.0).abs() < UNIT_TOLERANCE;
    if near(SQUARE_METRES_PER_MU) {
        Some("; it looks like mu")
    } else if near(10_000.0) {
        Some("; it looks like hectares")
    } else if near(0.092_903_04) {
        Some("; it looks like square feet")
    } else {
        None
    }
}
