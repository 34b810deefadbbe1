//! The whole survey: read → check → measure → locate → indicators → score → list. What comes out is written by
//! [`report`](crate::report).

use polars::prelude::DataFrame;
use rayon::prelude::*;

use crate::check;
use crate::error::Result;
use crate::finding::{Code, Finding, Place};
use crate::indicators::{self, Facts, FlowTotal, Location};
use crate::list::{self, Listing};
use crate::locate::{self, Share};
use crate::measure::{self, Areas};
use crate::model::{FieldMapping, Layer, Parcels, Source, Table, Zones};
use crate::progress::Progress;
use crate::read::{About, Inputs};
use crate::rulebook::Rulebook;
use crate::score::{self, Grading};

/// Shares of one parcel in districts that sum to more than 1 by this are a finding.
const DISTRICT_OVERLAP_TOLERANCE: f64 = 1e-6;

/// A finished survey. Members with one entry a parcel are in input order.
#[derive(Debug, Clone)]
pub struct Survey {
    pub about: About,
    pub rulebook: Rulebook,
    /// The input's own columns.
    pub own: DataFrame,
    /// What the rulebook's expressions could name: own columns, known fields, enterprise figures, areas, location.
    pub table: DataFrame,
    pub parcels: Parcels,
    pub areas: Areas,
    pub area_stated_m2: Vec<Option<f64>>,
    /// The area the rulebook divides by, mu.
    pub area_mu: Vec<Option<f64>>,
    pub districts: Zones,
    pub parks: Zones,
    pub layout: Zones,
    pub location: Location,
    /// Enterprise figures spread over parcels: the columns by name, and the books that show nothing was lost.
    pub flow_columns: Vec<String>,
    pub flow_totals: Vec<FlowTotal>,
    pub grading: Grading,
    pub listing: Listing,
    pub findings: Vec<Finding>,
    /// Which column each known field was taken from.
    pub fields: Vec<(Source, FieldMapping)>,
    /// The coordinate reference system of each layer, as named by the file or the user.
    pub crs: Vec<(Source, String)>,
}

impl Survey {
    /// The rows in ascending order of parcel id; rows of one id by area.
    #[must_use]
    pub fn order_by_id(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.parcels.ids.len()).collect();
        let key = |row: usize| (&self.parcels.ids[row], self.area_mu[row].unwrap_or(-1.0));
        order.par_sort_by(|a, b| key(*a).0.cmp(key(*b).0).then(key(*a).1.total_cmp(&key(*b).1)));
        order
    }

    /// A text column of [`Survey::table`], missing throughout where there is none.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<Option<String>> {
        let column = self.table.column(name).ok().and_then(|column| column.str().ok());
        column.map_or_else(|| vec![None; self.parcels.ids.len()], |text| text.iter().map(|t| t.map(str::to_owned)).collect())
    }
}

/// Surveys a city.
///
/// ```
/// use mujun::{read::{Inputs, spec::{InputSpec, SurveySpec}}, progress::Silent, rulebook::Rulebook};
///
/// let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
/// let spec = SurveySpec::open(&folder.join("survey.toml"))?;
/// let rulebook = Rulebook::open("shanghai-illustrative")?;
/// let survey = mujun::survey(Inputs::open(&spec, &Silent)?, rulebook, &Silent)?;
///
/// let listed = survey.listing.listed.iter().filter(|listed| **listed).count();
/// assert!(listed > 0 && listed < survey.parcels.ids.len());
/// # Ok::<(), mujun::Error>(())
/// ```
///
/// # Errors
/// A zone layer has no ids, the enterprise table cannot be joined, or an expression of the rulebook names a column that is not
/// there. Faults of single rows are no errors but [`Survey::findings`].
pub fn survey(inputs: Inputs, rulebook: Rulebook, progress: &dyn Progress) -> Result<Survey> {
    let fields = field_mappings(&inputs);
    let crs = layers(&inputs).map(|layer| (layer.table.source, layer.crs.clone())).collect();
    let Inputs { about, parcels, enterprises, occupancy, districts, parks, layout, enterprise_sums } = inputs;

    let mut checked = check::parcels(parcels, progress)?;
    let mut findings = std::mem::take(&mut checked.findings);
    let mut zones = |layer: Option<Layer>| layer.map_or_else(|| Ok(Zones::default()), |layer| check::zones(layer, &mut findings));
    let (has_districts, districts, parks, layout) = (districts.is_some(), zones(districts)?, zones(parks)?, zones(layout)?);

    findings.extend(check::topology::parcels(&checked.parcels, &rulebook.topology, progress));
    for (zones, source) in [(&districts, Source::Districts), (&parks, Source::Parks)] {
        findings.extend(check::topology::zones(zones, source));
    }

    let areas = measure::measure(&checked.parcels);
    let divisor_m2 = indicators::divisor(&rulebook, &checked, &areas);

    let location = place(&checked.parcels, &districts, &parks, &layout, &rulebook, has_districts, &mut findings, progress);

    let flows =
        join(enterprises.as_ref(), occupancy.as_ref(), &enterprise_sums, &checked.parcels.ids, &divisor_m2, &mut findings)?;
    let facts = Facts {
        checked: &checked,
        areas: &areas,
        divisor_m2: &divisor_m2,
        location: &location,
        districts: &districts,
        parks: &parks,
        layout: &layout,
        flows: flows.as_ref(),
    };
    let table = indicators::frame(&facts)?;
    let area_stated_m2 = indicators::stated_area(&checked);
    check::areas(&checked, &area_stated_m2, &areas, &table, &rulebook, &mut findings);

    let in_rulebook = |e: crate::Error| e.in_file(&rulebook.path);
    let grading = score::score(&rulebook, &table, &checked.parcels.ids, &mut findings).map_err(in_rulebook)?;

    let listing = list::list(&rulebook, &table, &grading).map_err(in_rulebook)?;

    findings.sort_by(|a, b| {
        (a.place.source, a.place.row, a.code, &a.place.id, &a.detail).cmp(&(
            b.place.source,
            b.place.row,
            b.code,
            &b.place.id,
            &b.detail,
        ))
    });
    Ok(Survey {
        about,
        own: checked.own,
        table,
        parcels: checked.parcels,
        areas,
        area_stated_m2,
        area_mu: divisor_m2.iter().map(|area| area.map(crate::units::mu)).collect(),
        districts,
        parks,
        layout,
        location,
        flow_columns: flows
            .as_ref()
            .map(|flows| flows.columns.get_column_names().into_iter().map(|n| n.to_string()).collect())
            .unwrap_or_default(),
        flow_totals: flows.map(|flows| flows.totals).unwrap_or_default(),
        grading,
        listing,
        findings,
        fields,
        crs,
        rulebook,
    })
}

fn layers(inputs: &Inputs) -> impl Iterator<Item = &Layer> {
    std::iter::once(&inputs.parcels).chain([&inputs.districts, &inputs.parks, &inputs.layout].into_iter().flatten())
}

fn field_mappings(inputs: &Inputs) -> Vec<(Source, FieldMapping)> {
    let tables = [&inputs.enterprises, &inputs.occupancy].into_iter().flatten();
    layers(inputs).map(|layer| &layer.table).chain(tables).map(|table| (table.source, table.fields.clone())).collect()
}

fn join(
    enterprises: Option<&Table>,
    occupancy: Option<&Table>,
    sums: &[String],
    ids: &[String],
    area: &[Option<f64>],
    findings: &mut Vec<Finding>,
) -> Result<Option<indicators::Flows>> {
    enterprises.map(|enterprises| indicators::flows(enterprises, occupancy, sums, ids, area, findings)).transpose()
}

#[allow(clippy::too_many_arguments)]
fn place(
    parcels: &Parcels,
    districts: &Zones,
    parks: &Zones,
    layout: &Zones,
    rulebook: &Rulebook,
    has_districts: bool,
    findings: &mut Vec<Finding>,
    progress: &dyn Progress,
) -> Location {
    let in_districts = locate::locate(parcels, districts, "districts", progress);
    let in_parks = locate::locate(parcels, parks, "parks", progress);
    let in_layout = locate::locate(parcels, layout, "layout", progress);
    if has_districts {
        for (row, shares) in in_districts.iter().enumerate().filter(|(row, _)| parcels.shapes[*row].is_some()) {
            let place = || Place { source: Source::Parcels, row: Some(row), id: Some(parcels.ids[row].clone()), at: None };
            let sum: f64 = shares.iter().map(|s| s.share).sum();
            if shares.is_empty() {
                findings.push(Finding::new(Code::NoDistrict, place(), ""));
            } else if sum > 1.0 + DISTRICT_OVERLAP_TOLERANCE {
                findings.push(Finding::new(Code::DistrictOverlap, place(), format!("shares sum to {sum:.6}")));
            }
        }
    }
    let park: Vec<Option<Share>> = in_parks.iter().map(|shares| locate::largest(shares)).collect();
    let enough = |s: &Share, min: f64| s.share >= min - locate::SHARE_TOLERANCE;
    Location {
        district: in_districts.iter().map(|shares| locate::largest(shares)).collect(),
        in_park: park.iter().map(|s| s.filter(|s| enough(s, rulebook.location.park_min_share)).map(|s| s.zone)).collect(),
        park,
        layout: in_layout
            .iter()
            .map(|shares| shares.iter().filter(|s| enough(s, rulebook.location.layout_min_share)).map(|s| s.zone).collect())
            .collect(),
    }
}
