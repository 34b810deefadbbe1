//! Everything that can be said of the inputs before anything is graded: read → check → measure → locate → indicators.
//!
//! A survey goes on from here; `mujun check` stops here.

use std::path::PathBuf;

use polars::prelude::DataFrame;

use crate::check::{self, CheckedParcels};
use crate::error::Result;
use crate::finding::{Code, Finding, Place};
use crate::indicators::{self, Flows, Location};
use crate::locate::{self, Share};
use crate::measure::{self, Areas};
use crate::model::{FieldMapping, Layer, Parcels, Source, Table, Zones};
use crate::progress::Progress;
use crate::read::spec::SurveySpec;
use crate::read::{EnterpriseSettings, Inputs};
use crate::rulebook::Rulebook;

/// Shares of one parcel in districts that sum to more than 1 by this are a finding.
const DISTRICT_OVERLAP_TOLERANCE: f64 = 1e-6;

/// What `mujun check` tells of a survey's inputs.
#[derive(Debug, Clone, Default)]
pub struct Examination {
    /// Every finding, by input and row.
    pub findings: Vec<Finding>,
    /// The inputs as they were read, for those that could be.
    pub tables: Vec<Table>,
}

/// Examines the inputs of a survey: every fault in every input, without grading. A layer whose coordinates cannot be trusted gives a
/// critical finding and is not examined further; if it is the parcel layer, nothing that depends on places is.
///
/// ```
/// use mujun::{progress::Silent, read::spec::SurveySpec, rulebook::Rulebook};
///
/// let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
/// let spec = SurveySpec::open(&folder.join("survey.toml"))?;
/// let found = mujun::examine(&spec, &Rulebook::open("shanghai-illustrative")?, &Silent)?;
/// assert!(found.findings.iter().any(|finding| finding.code.name() == "RING_SELF_CROSSING"));
/// # Ok::<(), mujun::Error>(())
/// ```
///
/// A zone layer without ids, or an enterprise table that cannot be joined, gives one as well, and the others are examined without it.
///
/// # Errors
/// A file cannot be read.
pub fn examine(spec: &SurveySpec, rulebook: &Rulebook, progress: &dyn Progress) -> Result<Examination> {
    let (inputs, mut findings) = Inputs::open_trusted(spec, progress)?;
    let Some(inputs) = inputs else {
        return Ok(Examination { findings, tables: Vec::new() });
    };
    let tables = tables(&inputs).cloned().collect();
    findings.extend(facts(inputs, rulebook, true, Unusable::Told, progress)?.findings);
    in_order(&mut findings);
    Ok(Examination { findings, tables })
}

/// What is known of the parcels before they are graded.
pub(crate) struct Facts {
    pub checked: CheckedParcels,
    pub areas: Areas,
    pub area_stated_m2: Vec<Option<f64>>,
    /// The area the rulebook divides by, m².
    pub divisor_m2: Vec<Option<f64>>,
    pub districts: Zones,
    pub parks: Zones,
    pub layout: Zones,
    pub location: Location,
    pub flows: Option<Flows>,
    /// What the rulebook's expressions can name.
    pub table: DataFrame,
    pub findings: Vec<Finding>,
    pub fields: Vec<(Source, FieldMapping)>,
    pub files: Vec<(Source, PathBuf)>,
    pub crs: Vec<(Source, String)>,
}

/// What becomes of an input, the parcels apart, that was read and cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It is an error: without it a grading would be of something else.
    Refused,
    /// It is a finding, and the others go on without it.
    Told,
}

impl Unusable {
    /// What became of an input, `None` where it cannot be used and that was told.
    fn settle<T>(self, source: Source, outcome: Result<T>, findings: &mut Vec<Finding>) -> Result<Option<T>> {
        match (self, outcome) {
            (Self::Told, Err(error)) => {
                let whole = Place { source, row: None, id: None, at: None };
                findings.push(Finding::new(Code::InputUnusable, whole, error.without_file()));
                Ok(None)
            }
            (_, outcome) => outcome.map(Some),
        }
    }
}

/// Finds out all that is known of the parcels; with `topology`, also how they lie against each other.
pub(crate) fn facts(
    inputs: Inputs,
    rulebook: &Rulebook,
    topology: bool,
    unusable: Unusable,
    progress: &dyn Progress,
) -> Result<Facts> {
    let fields = field_mappings(&inputs);
    let files = tables(&inputs).map(|table| (table.source, table.path.clone())).collect();
    let mut of_words = Vec::new();
    tables(&inputs).for_each(|table| check::words(table, rulebook, &mut of_words));
    let crs = layers(&inputs).map(|layer| (layer.table.source, layer.crs.clone())).collect();
    let Inputs { parcels, enterprises, occupancy, districts, parks, layout, enterprise_settings, .. } = inputs;

    let mut checked = check::parcels(parcels, progress)?;
    let mut findings = std::mem::take(&mut checked.findings);
    findings.append(&mut of_words);
    let mut zones = |layer: Option<Layer>| -> Result<Option<Zones>> {
        let Some(layer) = layer else { return Ok(None) };
        let (source, outcome) = (layer.table.source, check::zones(layer, &mut findings));
        unusable.settle(source, outcome, &mut findings)
    };
    let (districts, parks, layout) = (zones(districts)?, zones(parks)?.unwrap_or_default(), zones(layout)?.unwrap_or_default());
    let (has_districts, districts) = (districts.is_some(), districts.unwrap_or_default());

    if topology {
        findings.extend(check::topology::parcels(&checked.parcels, &rulebook.topology, progress));
        for (zones, source) in [(&districts, Source::Districts), (&parks, Source::Parks)] {
            findings.extend(check::topology::zones(zones, source));
        }
    }

    let areas = measure::measure(&checked.parcels);
    let divisor_m2 = indicators::divisor(rulebook, &checked, &areas);

    let location = place(&checked.parcels, &districts, &parks, &layout, rulebook, has_districts, &mut findings, progress);

    let flows =
        join(enterprises.as_ref(), occupancy.as_ref(), &enterprise_settings, &checked.parcels.ids, &divisor_m2, &mut findings);
    let flows = unusable.settle(Source::Enterprises, flows, &mut findings)?.flatten();
    let table = indicators::frame(&indicators::Facts {
        checked: &checked,
        areas: &areas,
        divisor_m2: &divisor_m2,
        location: &location,
        districts: &districts,
        parks: &parks,
        layout: &layout,
        flows: flows.as_ref(),
    })?;
    let area_stated_m2 = indicators::stated_area(&checked);
    check::areas(&checked, &area_stated_m2, &areas, &table, rulebook, &mut findings);
    Ok(Facts {
        checked,
        areas,
        area_stated_m2,
        divisor_m2,
        districts,
        parks,
        layout,
        location,
        flows,
        table,
        findings,
        fields,
        files,
        crs,
    })
}

/// Puts findings in the order of the inputs and their rows.
pub(crate) fn in_order(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.place.source, a.place.row, a.code, &a.place.id, &a.detail).cmp(&(
            b.place.source,
            b.place.row,
            b.code,
            &b.place.id,
            &b.detail,
        ))
    });
}

fn layers(inputs: &Inputs) -> impl Iterator<Item = &Layer> {
    std::iter::once(&inputs.parcels).chain([&inputs.districts, &inputs.parks, &inputs.layout].into_iter().flatten())
}

fn figures(inputs: &Inputs) -> impl Iterator<Item = &Table> {
    [&inputs.enterprises, &inputs.occupancy].into_iter().flatten()
}

fn tables(inputs: &Inputs) -> impl Iterator<Item = &Table> {
    layers(inputs).map(|layer| &layer.table).chain(figures(inputs))
}

fn field_mappings(inputs: &Inputs) -> Vec<(Source, FieldMapping)> {
    tables(inputs).map(|table| (table.source, table.fields.clone())).collect()
}

fn join(
    enterprises: Option<&Table>,
    occupancy: Option<&Table>,
    settings: &EnterpriseSettings,
    ids: &[String],
    area: &[Option<f64>],
    findings: &mut Vec<Finding>,
) -> Result<Option<indicators::Flows>> {
    enterprises.map(|enterprises| indicators::flows(enterprises, occupancy, settings, ids, area, findings)).transpose()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::read::spec::SurveySpec;

    /// A table whose names are garbled and that has no parcel ids, parks without ids: each is told, and the overlap of the parcels too.
    #[test]
    fn inputs_that_cannot_be_used_are_told_and_the_others_examined() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let square = |x: f64, id: &str| {
            let y = x + 0.001;
            format!(
                "{{\"type\":\"Feature\",\"properties\":{{{id}}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":\
                 [[[{x},31.2],[{y},31.2],[{y},31.201],[{x},31.201],[{x},31.2]]]}}}}"
            )
        };
        let layer = |features: &[String]| format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","));
        write("p.geojson", &layer(&[square(121.5, "\"parcel_id\":\"A\""), square(121.5005, "\"parcel_id\":\"B\"")]));
        write("k.geojson", &layer(&[square(121.5, "\"colour\":\"red\"")]));
        write("e.csv", "统一社会信用代码,�Ϻ�����,税收\nX,甲,1\nY,乙,2\n");
        write("survey.toml", "[parcels]\npath=\"p.geojson\"\n[parks]\npath=\"k.geojson\"\n[enterprises]\npath=\"e.csv\"\n");
        let spec = SurveySpec::open(&folder.path().join("survey.toml")).unwrap();
        let rulebook = Rulebook::open("shanghai-illustrative").unwrap();
        let found = examine(&spec, &rulebook, &Silent).unwrap().findings;
        let told = |code: Code, source: Source| found.iter().find(|f| (f.code, f.place.source) == (code, source));
        assert!(told(Code::InputUnusable, Source::Enterprises).unwrap().detail.en.contains("no column of parcel ids"));
        assert!(told(Code::InputUnusable, Source::Parks).unwrap().detail.en.contains("park_id"));
        assert!(told(Code::TextGarbled, Source::Enterprises).is_some(), "{found:?}");
        assert!(told(Code::Overlap, Source::Parcels).is_some());
        let inputs = Inputs::open(&spec, &Silent).unwrap();
        assert!(crate::survey(inputs, rulebook, &Silent).is_err(), "a survey would lack them");
    }
}
