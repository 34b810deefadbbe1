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
use crate::finding::{Code, Detail, Finding, Place, Severity, detail};
use crate::model::{Layer, Source, Table};
use crate::progress::Progress;
use crate::seeds::Seeds;
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
    /// What the city wants, where `survey.toml` names it.
    pub policy: Option<Seeds>,
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
        let refusal = |layer: &Unplaced<'_>| layer.emptiness().or_else(|| layer.refusal_beside(&found, unplaced.len() > 1));
        if let Some(refusal) = unplaced.iter().find_map(refusal) {
            return Err(refusal);
        }
        let mut layers = unplaced.into_iter().map(Unplaced::place).collect::<Result<Vec<Layer>>>()?;
        // What can be placed and is doubtful all the same is surveyed, and told.
        for layer in &mut layers {
            let doubts = found.iter().filter(|diagnosis| diagnosis.source == layer.table.source);
            layer.table.findings.extend(doubts.map(system_finding));
        }
        let tables = tables(spec)?;
        match tables.iter().find_map(emptiness) {
            Some(refusal) => Err(refusal),
            None => Self::of(spec, layers, tables),
        }
    }

    /// Reads all files that `spec` names, and tells what cannot be used of them: a layer whose coordinates cannot be trusted comes without
    /// its shapes, an input without rows not at all, or, if it is the parcel layer, without rows.
    ///
    /// # Errors
    /// As for [`Inputs::open`], except for coordinate reference systems and inputs without rows.
    pub fn open_trusted(spec: &SurveySpec, progress: &dyn Progress) -> Result<(Self, Vec<Finding>)> {
        let unplaced = unplaced(spec, progress)?;
        let found = placing::diagnoses(&unplaced);
        let mut findings: Vec<Finding> = found.iter().map(system_finding).collect();
        let mut layers = Vec::new();
        for layer in unplaced {
            if let Some(error) = layer.emptiness() {
                findings.push(unusable(layer.source, &error));
                if layer.source == Source::Parcels {
                    layers.push(layer.without_places()?);
                }
                continue;
            }
            let told = found.iter().filter(|diagnosis| diagnosis.source == layer.source).map(|diagnosis| diagnosis.code);
            let critical = told.clone().any(|code| code.severity() == Severity::Critical);
            let refusal = layer.refusal();
            if refusal.is_none() && !critical {
                layers.push(layer.place()?);
                continue;
            }
            if let (Some(error), 0) = (refusal, told.count()) {
                findings.push(Finding::new(Code::CrsUnknown, whole(layer.source), reported(without_folder(&error))));
            }
            layers.push(layer.without_places()?);
        }
        let mut tables = tables(spec)?;
        tables.retain(|table| {
            let error = emptiness(table);
            findings.extend(error.iter().map(|error| unusable(table.source, error)));
            error.is_none()
        });
        Ok((Self::of(spec, layers, tables)?, findings))
    }

    /// The inputs with these layers and tables.
    fn of(spec: &SurveySpec, layers: Vec<Layer>, tables: Vec<Table>) -> Result<Self> {
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
        let (occupancy, enterprises): (Vec<Table>, Vec<Table>) =
            tables.into_iter().partition(|table| table.source == Source::Occupancy);
        Ok(Self {
            about: About { title: spec.title.clone(), city: spec.city.clone(), schematic, sources: spec.sources.clone() },
            policy: spec.policy.as_deref().map(policy).transpose()?,
            parcels: parcels.ok_or_else(|| Error::new("the parcel layer is missing"))?,
            enterprises: enterprises.into_iter().next(),
            occupancy: occupancy.into_iter().next(),
            districts,
            parks,
            layout,
            enterprise_settings: spec
                .enterprises
                .as_ref()
                .map(|input| EnterpriseSettings { sums: input.sum.clone(), year: input.year })
                .unwrap_or_default(),
        })
    }
}

/// What a city wants, from the four files in its folder.
fn policy(folder: &Path) -> Result<Seeds> {
    Seeds::from_dir(folder).map_err(|e| {
        Error::new(e.to_string())
            .in_file(folder)
            .remedy("seeds/README.md of the program explains the four files; leave policy out of survey.toml to go without")
    })
}

/// Reads one layer.
///
/// # Errors
/// As for [`Inputs::open`].
pub fn layer(source: Source, input: &InputSpec, progress: &dyn Progress) -> Result<Layer> {
    let unplaced = Unplaced::open(source, input, progress)?;
    match unplaced.emptiness().or_else(|| unplaced.refusal()) {
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

/// What is told of an input that was read and cannot be used.
pub(crate) fn unusable(source: Source, error: &Error) -> Finding {
    Finding::new(Code::InputUnusable, whole(source), reported(error.without_file()))
}

/// The text of an error, which is in English, as a detail.
fn reported(text: String) -> Detail {
    Detail::new(format!("报错原文：{text}"), text)
}

/// An error in one line, its file by name alone: findings name no folders.
fn without_folder(error: &Error) -> String {
    let name = error.file().and_then(Path::file_name).map(|name| format!("{}: ", name.to_string_lossy()));
    format!("{}{}", name.unwrap_or_default(), error.without_file())
}

/// The tables of a survey.
fn tables(spec: &SurveySpec) -> Result<Vec<Table>> {
    let inputs = [(Source::Enterprises, &spec.enterprises), (Source::Occupancy, &spec.occupancy)];
    inputs.into_iter().filter_map(|(source, input)| Some(table(source, input.as_ref()?))).collect()
}

/// Why there is nothing to be examined in a table.
fn emptiness(table: &Table) -> Option<Error> {
    (table.rows.height() == 0).then(|| {
        Error::new("has a header and no rows")
            .in_file(&table.path)
            .remedy("export the table again; an input that is not there is left out of survey.toml instead")
    })
}

fn table(source: Source, input: &InputSpec) -> Result<Table> {
    let mut read = file::open(&input.path, &input.options(), &|_| ())?;
    let rows = read.rows;
    for column in &input.sum {
        if rows.column(column).is_err() {
            return Err(missing_column(&input.path, &rows, column));
        }
    }
    let fields = fields::resolve(&input.path, source, &rows, &input.fields, &mut read.faults)?;
    Ok(Table {
        source,
        path: input.path.clone(),
        rows,
        sheet_rows: read.sheet_rows,
        fields,
        findings: findings(source, read.faults),
    })
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
