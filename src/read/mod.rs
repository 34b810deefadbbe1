//! Reads every input: files to layers and tables, columns to canonical fields, coordinates to longitude and latitude.

mod boundary_points;
pub(crate) mod columns;
mod csv;
pub mod dataset;
mod encoding;
pub mod fields;
pub mod file;
mod flatgeobuf;
pub(crate) mod foreign;
mod gauss;
#[cfg(feature = "gdal")]
mod gdal;
mod geojson;
mod geopackage;
mod header;
mod heading;
pub mod number;
mod parquet;
pub(crate) mod placing;
mod points;
mod shapefile;
mod sheet;
mod shifted;
pub mod spec;
mod table;
pub mod unit;
pub(crate) mod wkb;
mod wkt;
mod xlsx;

use std::path::Path;

use crate::crs::Diagnosis;
use crate::error::{Error, Result};
use crate::finding::{Code, Finding, Place, Severity, detail};
use crate::model::{Layer, Source, Table};
use crate::progress::Progress;
use placing::Unplaced;
use spec::{InputSpec, SurveySpec};

/// What a survey says of itself.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub title: Option<String>,
    pub city: Option<String>,
    /// The shapes are invented: every output says so.
    pub schematic: bool,
    /// Who supplied the data.
    pub sources: Vec<String>,
}

/// Everything a survey is made from, as read.
#[derive(Debug, Clone)]
pub struct Inputs {
    pub about: About,
    pub parcels: Layer,
    pub enterprises: Option<Table>,
    pub occupancy: Option<Table>,
    pub districts: Option<Layer>,
    pub parks: Option<Layer>,
    pub layout: Option<Layer>,
    pub enterprise_settings: EnterpriseSettings,
}

/// What `survey.toml` says of the enterprise table alone.
#[derive(Debug, Clone, Default)]
pub struct EnterpriseSettings {
    /// Columns, beside the known fields, that add up.
    pub sums: Vec<String>,
    /// The year whose rows count, where the table holds several; none: the latest of each enterprise.
    pub year: Option<i32>,
}

impl Inputs {
    /// Reads all files that `spec` names.
    ///
    /// # Errors
    /// A file is missing, unreadable, not the format it should be, in an unknown coordinate reference system, or without the
    /// columns it cannot do without. The message names file, place and remedy.
    pub fn open(spec: &SurveySpec, progress: &dyn Progress) -> Result<Self> {
        let unplaced = unplaced(spec, progress)?;
        let found = placing::diagnoses(&unplaced);
        if let Some(refusal) = unplaced.iter().find_map(|layer| layer.refusal_beside(&found, unplaced.len() > 1)) {
            return Err(refusal);
        }
        let mut layers = unplaced.into_iter().map(Unplaced::place).collect::<Result<Vec<Layer>>>()?;
        // What can be placed and is doubtful all the same is surveyed, and told.
        for layer in &mut layers {
            let doubts = found.iter().filter(|diagnosis| diagnosis.source == layer.table.source);
            layer.table.findings.extend(doubts.map(system_finding));
        }
        Self::of(spec, layers)?.ok_or_else(|| Error::new("the parcel layer is missing"))
    }

    /// Reads all files that `spec` names, but for the layers whose coordinates cannot be trusted: of those there are findings, and of
    /// the parcel layer `None` for the whole.
    ///
    /// # Errors
    /// As for [`Inputs::open`], except for coordinate reference systems.
    pub fn open_trusted(spec: &SurveySpec, progress: &dyn Progress) -> Result<(Option<Self>, Vec<Finding>)> {
        let unplaced = unplaced(spec, progress)?;
        let found = placing::diagnoses(&unplaced);
        let mut findings: Vec<Finding> = found.iter().map(system_finding).collect();
        let (mut layers, mut doubtful) = (Vec::new(), false);
        for layer in unplaced {
            let told = found.iter().filter(|diagnosis| diagnosis.source == layer.source).map(|diagnosis| diagnosis.code);
            let critical = told.clone().any(|code| code.severity() == Severity::Critical);
            let refusal = layer.refusal();
            if refusal.is_none() && !critical {
                layers.push(layer.place()?);
                continue;
            }
            if let (Some(error), 0) = (refusal, told.count()) {
                findings.push(Finding::new(Code::CrsUnknown, whole(layer.source), error.why().to_owned()));
            }
            doubtful |= layer.source == Source::Parcels;
            findings.extend(layer.into_findings());
        }
        let inputs = if doubtful { None } else { Self::of(spec, layers)? };
        Ok((inputs, findings))
    }

    /// The inputs with these layers; `None` where the parcels are not among them.
    fn of(spec: &SurveySpec, layers: Vec<Layer>) -> Result<Option<Self>> {
        let schematic = spec.schematic || layers.iter().any(|layer| layer.schematic);
        let (mut parcels, mut districts, mut parks, mut layout) = (None, None, None, None);
        for layer in layers {
            match layer.table.source {
                Source::Parcels => parcels = Some(layer),
                Source::Districts => districts = Some(layer),
                Source::Parks => parks = Some(layer),
                _ => layout = Some(layer),
            }
        }
        let table = |source, input: &Option<InputSpec>| input.as_ref().map(|input| table(source, input)).transpose();
        let Some(parcels) = parcels else { return Ok(None) };
        Ok(Some(Self {
            about: About { title: spec.title.clone(), city: spec.city.clone(), schematic, sources: spec.sources.clone() },
            parcels,
            enterprises: table(Source::Enterprises, &spec.enterprises)?,
            occupancy: table(Source::Occupancy, &spec.occupancy)?,
            districts,
            parks,
            layout,
            enterprise_settings: spec
                .enterprises
                .as_ref()
                .map(|input| EnterpriseSettings { sums: input.sum.clone(), year: input.year })
                .unwrap_or_default(),
        }))
    }
}

/// Reads one layer.
///
/// # Errors
/// As for [`Inputs::open`].
pub fn layer(source: Source, input: &InputSpec, progress: &dyn Progress) -> Result<Layer> {
    let unplaced = Unplaced::open(source, input, progress)?;
    match unplaced.refusal() {
        Some(error) => Err(error),
        None => unplaced.place(),
    }
}

/// The layers of a survey in their own coordinates.
fn unplaced<'a>(spec: &'a SurveySpec, progress: &dyn Progress) -> Result<Vec<Unplaced<'a>>> {
    let inputs = [
        (Source::Parcels, Some(&spec.parcels)),
        (Source::Districts, spec.districts.as_ref()),
        (Source::Parks, spec.parks.as_ref()),
        (Source::Layout, spec.layout.as_ref()),
    ];
    inputs.into_iter().filter_map(|(source, input)| Some(Unplaced::open(source, input?, progress))).collect()
}

fn system_finding(diagnosis: &Diagnosis) -> Finding {
    let proposal = diagnosis.proposal.as_ref().map(|setting| setting.to_string().replace('\n', ", "));
    let proposal = proposal.map(|setting| detail!("；{setting}", "; {setting}")).unwrap_or_default();
    Finding::new(diagnosis.code, whole(diagnosis.source), diagnosis.detail.clone().and(&proposal))
}

fn whole(source: Source) -> Place {
    Place { source, row: None, id: None, at: None }
}

fn table(source: Source, input: &InputSpec) -> Result<Table> {
    let mut read = file::open(&input.path, &input.options(), &|_| ())?;
    let rows = read.rows;
    if rows.height() == 0 {
        return Err(Error::new("has a header and no rows")
            .in_file(&input.path)
            .remedy("export the table again; an input that is not there is left out of survey.toml instead"));
    }
    for column in &input.sum {
        if rows.column(column).is_err() {
            return Err(missing_column(&input.path, &rows, column));
        }
    }
    let fields = fields::resolve(&input.path, source, &rows, &input.fields, &mut read.faults)?;
    Ok(Table { source, path: input.path.clone(), rows, fields, findings: findings(source, read.faults) })
}

fn findings(source: Source, faults: Vec<dataset::Fault>) -> Vec<Finding> {
    faults.into_iter().map(|fault| fault.finding(source)).collect()
}

fn missing_column(path: &Path, rows: &polars::prelude::DataFrame, column: &str) -> Error {
    let columns: Vec<&str> = rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
    let hint = crate::nearest::nearest(column, columns.iter().copied())
        .map(|near| format!("did you mean \"{near}\"? "))
        .unwrap_or_default();
    Error::new(format!("has no column \"{column}\""))
        .in_file(path)
        .remedy(format!("{hint}its columns are: {}", columns.join(", ")))
}
