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
mod points;
mod refused;
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

use rayon::prelude::*;

use crate::crs::{Crs, swap_axes};
use crate::error::{Error, Result};
use crate::finding::{Code, Finding};
use crate::model::{Layer, RawShape, Ring, Source, Table};
use crate::progress::Progress;
use spec::{CrsSetting, InputSpec, SurveySpec};

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
    /// Columns of the enterprise table, beside the known fields, that add up.
    pub enterprise_sums: Vec<String>,
}

impl Inputs {
    /// Reads all files that `spec` names.
    ///
    /// # Errors
    /// A file is missing, unreadable, not the format it should be, in an unknown coordinate reference system, or without the
    /// columns it cannot do without. The message names file, place and remedy.
    pub fn open(spec: &SurveySpec, progress: &dyn Progress) -> Result<Self> {
        Self::read(spec, progress).map_err(|e| refused::compared(e, spec))
    }

    fn read(spec: &SurveySpec, progress: &dyn Progress) -> Result<Self> {
        let layer = |source, input: &Option<InputSpec>| input.as_ref().map(|input| layer(source, input, progress)).transpose();
        let table = |source, input: &Option<InputSpec>| input.as_ref().map(|input| table(source, input)).transpose();
        let parcels = self::layer(Source::Parcels, &spec.parcels, progress)?;
        let (districts, parks, layout) = (
            layer(Source::Districts, &spec.districts)?,
            layer(Source::Parks, &spec.parks)?,
            layer(Source::Layout, &spec.layout)?,
        );
        let schematic = spec.schematic
            || std::iter::once(&parcels).chain([&districts, &parks, &layout].into_iter().flatten()).any(|layer| layer.schematic);
        Ok(Self {
            about: About { title: spec.title.clone(), city: spec.city.clone(), schematic, sources: spec.sources.clone() },
            parcels,
            enterprises: table(Source::Enterprises, &spec.enterprises)?,
            occupancy: table(Source::Occupancy, &spec.occupancy)?,
            districts,
            parks,
            layout,
            enterprise_sums: spec.enterprises.as_ref().map(|input| input.sum.clone()).unwrap_or_default(),
        })
    }
}

/// Reads one layer.
///
/// # Errors
/// As for [`Inputs::open`].
pub fn layer(source: Source, input: &InputSpec, progress: &dyn Progress) -> Result<Layer> {
    let step = progress.step(&format!("read {}", source.name()), None);
    let mut read = file::open(&input.path, &input.options(), &|n| step.advance(n))?;
    let Some(mut shapes) = read.shapes else {
        return Err(Error::new("has no shapes, only a table")
            .in_file(&input.path)
            .remedy("name the layer with the shapes; a table of figures goes under [enterprises]"));
    };
    if shapes.is_empty() {
        return Err(Error::new("has no features")
            .in_file(&input.path)
            .remedy("export the layer again; an input that is not there is left out of survey.toml instead"));
    }
    if input.swap_axes {
        swap_axes(&mut shapes);
    }
    let (crs, name) = system_of(source, input, read.crs.as_deref(), &shapes)?;
    let planar_m2 = matches!(crs, Crs::Projected(_) | Crs::Fitted(_)).then(|| shapes.par_iter().map(planar_area).collect());
    crs.to_geographic(&mut shapes);
    let fields = fields::resolve(&input.path, source, &read.rows, &input.fields, &mut read.faults)?;
    let faults = read.faults.into_iter().chain(crs_faults(&crs)).collect();
    Ok(Layer {
        table: Table { source, path: input.path.clone(), rows: read.rows, fields, findings: findings(source, faults) },
        shapes,
        crs: name,
        planar_m2,
        schematic: read.schematic,
    })
}

/// The system of a layer and what to call it in outputs, unless the numbers of its shapes contradict it.
fn system_of(source: Source, input: &InputSpec, stated: Option<&str>, shapes: &[RawShape]) -> Result<(Crs, String)> {
    let text = match &input.crs {
        Some(CrsSetting::Text(text)) => Some(text.as_str()),
        Some(CrsSetting::ControlPoints(_)) => None,
        None => stated,
    };
    let (crs, name) = system(input, stated).map_err(|e| {
        let seen = text.and_then(|text| refused::alone(source, shapes, text));
        seen.unwrap_or(e).in_file(&input.path)
    })?;
    crs.doubt(shapes).map_err(|e| e.in_file(&input.path))?;
    Ok((crs, name))
}

/// Area of a shape in the plane of its coordinates: each part's first ring less its others. `None` if it is no polygon.
pub(crate) fn planar_area(shape: &RawShape) -> Option<f64> {
    let RawShape::Parts(parts) = shape else { return None };
    let ring_area = |ring: &Ring| -> f64 {
        let Some(origin) = ring.first() else { return 0.0 };
        let doubled: f64 =
            ring.windows(2).map(|e| (e[0].x - origin.x) * (e[1].y - origin.y) - (e[1].x - origin.x) * (e[0].y - origin.y)).sum();
        doubled.abs() / 2.0
    };
    let part_area = |rings: &Vec<Ring>| {
        let mut areas = rings.iter().map(ring_area);
        areas.next().unwrap_or(0.0) - areas.sum::<f64>()
    };
    Some(parts.iter().map(part_area).sum::<f64>()).filter(|area| area.is_finite())
}

/// The system of a layer as it is set, or else as the file states it, and what to call it in outputs.
fn system(input: &InputSpec, stated: Option<&str>) -> Result<(Crs, String)> {
    match (&input.crs, stated) {
        (Some(CrsSetting::Text(text)), _) => Ok((Crs::named(text)?, text.clone())),
        (Some(points @ CrsSetting::ControlPoints(_)), _) => points.open().map(|crs| {
            let name = crs.name();
            (crs, name)
        }),
        (None, Some(text)) => Ok((Crs::named(text)?, text.to_owned())),
        (None, None) => Ok((Crs::Geographic, "OGC:CRS84".to_owned())),
    }
}

/// What a definition says against itself, and control points against each other.
fn crs_faults(crs: &Crs) -> Vec<dataset::Fault> {
    let contradiction =
        crs.contradiction().map(|why| dataset::Fault::file(Code::CrsContradicted, format!("{why}; the numbers were taken")));
    let Crs::Fitted(grid) = crs else { return contradiction.into_iter().collect() };
    let lines = grid.lines();
    let outliers = grid.outliers().into_iter().filter_map(|(index, _)| lines.get(index));
    outliers.map(|line| dataset::Fault::file(Code::CrsControlPoint, format!("{line}; {}", grid.name))).collect()
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
