//! Everything that can be said of the inputs before anything is graded: read → check → measure → locate → indicators.
//!
//! A survey goes on from here; `mujun check` stops here.

use std::path::PathBuf;

use polars::prelude::DataFrame;

use crate::check::{self, CheckedParcels};
use crate::error::Result;
use crate::finding::{Code, Finding, Place, detail};
use crate::indicators::{self, Flows, Location};
use crate::locate::{self, Share};
use crate::measure::{self, Areas};
use crate::model::{FieldMapping, Layer, Parcels, Source, Table, Zones};
use crate::progress::Progress;
use crate::read::spec::SurveySpec;
use crate::read::{self, Inputs};
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
    /// Layers whose coordinates cannot be trusted: what depends on them was not examined.
    pub without_places: Vec<Source>,
}

/// Examines the inputs of a survey: every fault in every input, without grading. A layer whose coordinates cannot be trusted gives a
/// critical finding; its attributes are examined all the same, and nothing that depends on where it lies is.
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
    let tables = tables(&inputs).cloned().collect();
    let unplaced = layers(&inputs).filter(|layer| layer.shapes.is_none() && layer.table.rows.height() > 0);
    let without_places = unplaced.map(|layer| layer.table.source).collect();
    findings.extend(facts(inputs, rulebook, true, Unusable::Told, progress)?.findings);
    in_order(&mut findings);
    Ok(Examination { findings, tables, without_places })
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
                findings.push(read::unusable(source, &error));
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
        if layer.shapes.is_none() {
            return check::table(&layer.table, &mut findings).map(|_| None);
        }
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

    let flows = match (&enterprises, &occupancy) {
        (Some(enterprises), occupancy) if !checked.parcels.ids.is_empty() => {
            let (settings, ids) = (&enterprise_settings, &checked.parcels.ids);
            let flows = indicators::flows(enterprises, occupancy.as_ref(), settings, ids, &divisor_m2, &mut findings);
            unusable.settle(Source::Enterprises, flows, &mut findings)?
        }
        // Nothing to join: the tables by themselves.
        (enterprises, occupancy) => {
            for table in [enterprises, occupancy].into_iter().flatten() {
                check::table(table, &mut findings)?;
            }
            None
        }
    };
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

/// Where each parcel lies, and what is wrong with that.
#[allow(clippy::too_many_arguments)]
pub(crate) fn place(
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
                findings.push(Finding::new(
                    Code::DistrictOverlap,
                    place(),
                    detail!("各区占比之和为 {sum:.6}", "shares sum to {sum:.6}"),
                ));
            }
        }
    }
    let park: Vec<Option<Share>> = in_parks.iter().map(|shares| locate::largest(shares)).collect();
    Location {
        district: in_districts.iter().map(|shares| locate::largest(shares)).collect(),
        in_park: park.iter().map(|s| s.filter(|s| s.reaches(rulebook.location.park_min_share)).map(|s| s.zone)).collect(),
        park,
        layout: in_layout
            .iter()
            .map(|shares| shares.iter().filter(|s| s.reaches(rulebook.location.layout_min_share)).map(|s| s.zone).collect())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::read::spec::SurveySpec;

    /// A survey folder with these files, examined.
    fn examined(files: &[(&str, &str)]) -> Examination {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let spec = SurveySpec::open(&folder.path().join("survey.toml")).unwrap();
        examine(&spec, &Rulebook::open("shanghai-illustrative").unwrap(), &Silent).unwrap()
    }

    const ALL: &str = "[parcels]\npath=\"p.geojson\"\n[districts]\npath=\"d.geojson\"\n[enterprises]\npath=\"e.csv\"\n";

    /// Squares with an id, a land-use code and an area: at the true place, or that many degrees east of it.
    fn squares(east: f64, properties: &[&str]) -> String {
        let feature = |(n, properties): (usize, &&str)| {
            #[allow(clippy::cast_precision_loss)]
            let (x, y) = (121.5 + east + n as f64 * 0.002, 31.2);
            let (w, h) = (x + 0.001, y + 0.001);
            format!(
                "{{\"type\":\"Feature\",\"properties\":{{{properties}}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":\
                 [[[{x},{y}],[{w},{y}],[{w},{h}],[{x},{h}],[{x},{y}]]]}}}}"
            )
        };
        let features: Vec<String> = properties.iter().enumerate().map(feature).collect();
        format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","))
    }

    #[test]
    fn a_layer_that_lies_nowhere_hides_no_fault_of_its_attributes_nor_of_other_inputs() {
        let rows =
            ["\"parcel_id\":\"A\",\"land_use_code\":\"9999\"", "\"parcel_id\":\"A\"", "\"parcel_id\":\"B\",\"floor_area_m2\":-3"];
        let found = examined(&[
            ("p.geojson", &squares(7.0, &rows)),
            ("d.geojson", &squares(0.0, &["\"district_code\":\"1\"", "\"district_code\":\"2\""])),
            ("e.csv", "统一社会信用代码,parcel_id,税收\n91310000132221587Y,B,1\n91310000132221587Z,nowhere,2\n"),
            ("survey.toml", ALL),
        ]);
        let codes: Vec<&str> = found.findings.iter().map(|f| f.code.name()).collect();
        for code in ["LAYERS_APART", "CODE_LAND_USE", "ID_DUPLICATE", "VALUE_IMPOSSIBLE", "CODE_CREDIT", "ENTERPRISE_NO_PARCEL"] {
            assert!(codes.contains(&code), "{code}: {codes:?}");
        }
        for of_places in ["SHAPE_MISSING", "DISTRICT_NONE", "ZONES_GAP"] {
            assert!(!codes.contains(&of_places), "{of_places}: {codes:?}");
        }
        assert_eq!((found.without_places, found.tables.len()), (vec![Source::Parcels], 3));
    }

    #[test]
    fn an_input_without_rows_is_told_and_the_others_are_checked() {
        let (none, districts) = (squares(0.0, &[]), squares(0.0, &["\"district_code\":\"1\""]));
        let parcels = squares(0.0, &["\"parcel_id\":\"A\",\"land_use_code\":\"9999\""]);
        let enterprises = "统一社会信用代码,parcel_id,税收\n91310000132221587Z,A,2\n";
        for (empty, left) in [("p.geojson", Code::CodeCredit), ("d.geojson", Code::CodeLandUse), ("e.csv", Code::CodeLandUse)] {
            let mut files =
                [("p.geojson", parcels.as_str()), ("d.geojson", &districts), ("e.csv", enterprises), ("survey.toml", ALL)];
            for (name, text) in &mut files {
                if *name == empty {
                    *text = if empty == "e.csv" { "统一社会信用代码,parcel_id,税收\n" } else { &none };
                }
            }
            let found = examined(&files);
            let codes: Vec<&str> = found.findings.iter().map(|f| f.code.name()).collect();
            assert!(codes.contains(&"INPUT_UNUSABLE") && codes.contains(&left.name()), "{empty}: {codes:?}");
            assert!(!codes.contains(&"ENTERPRISE_NO_PARCEL") && found.without_places.is_empty(), "{empty}: {codes:?}");
        }
    }

    /// A grid that begins at 121.4° E 31.1° N, by the number of points that are given.
    #[test]
    fn control_points_that_fit_are_told_with_their_residuals_and_too_few_as_what_they_are() {
        let zone = crate::crs::Crs::named("EPSG:4550").unwrap();
        let origin = zone.coordinates(geo::Coord { x: 121.4, y: 31.1 });
        let told = |points: &[(f64, f64)]| {
            let line = |(n, (lon, lat)): (usize, &(f64, f64))| {
                let c = zone.coordinates(geo::Coord { x: *lon, y: *lat }) - origin;
                // The first was read 3 cm too far east.
                format!("K{n},{:.3},{:.3},{lon},{lat}\n", c.x + if n == 0 { 0.03 } else { 0.0 }, c.y)
            };
            let points = format!("name,x,y,lon,lat\n{}", points.iter().enumerate().map(line).collect::<String>());
            let parcels = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"parcel_id\":\"A\"},\
                \"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[900,900],[999,900],[999,999],[900,900]]]}}]}";
            let spec = "[parcels]\npath=\"p.geojson\"\ncrs={control_points=\"k.csv\"}\n";
            examined(&[("p.geojson", parcels), ("k.csv", &points), ("survey.toml", spec)]).findings
        };
        let corners = [(121.4, 31.1), (121.6, 31.1), (121.6, 31.3), (121.4, 31.3)];
        let fitted = told(&corners);
        let residuals = fitted.iter().find(|f| f.code == Code::CrsFitted).unwrap();
        assert!(residuals.detail.en.contains("by 4 control points to EPSG:4550 (RMS 0.0"), "{residuals:?}");
        assert!(
            residuals.detail.en.contains("K0: residual -0.0") && residuals.detail.en.contains("K3: residual"),
            "{residuals:?}"
        );
        for (few, why) in [(&corners[..2], "k.csv: has 2 control points, 3 are needed"), (&[corners[0]; 4], "k.csv: ")] {
            let found = told(few);
            let system: Vec<&Finding> = found.iter().filter(|f| f.code.name().starts_with("CRS_")).collect();
            assert!(system.len() == 1 && system[0].code == Code::CrsUnknown && system[0].detail.en.starts_with(why), "{found:?}");
        }
    }

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
