//! A layer as its file has it, and the step that puts it on the ground.
//!
//! Coordinates are turned only after all layers of a survey are read: what a layer without a system is, or one that names a wrong
//! system, shows beside the others.

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::dataset::Fault;
use super::spec::{CrsSetting, InputSpec};
use super::{fields, file, findings};
use crate::crs::{Claim, Crs, Diagnosis, diagnose, swap_axes};
use crate::error::{Error, Result};
use crate::finding::{Code, Finding};
use crate::model::{Layer, RawShape, Ring, Source, Table};
use crate::progress::Progress;

/// A layer in its own coordinates.
pub(super) struct Unplaced<'a> {
    pub source: Source,
    input: &'a InputSpec,
    rows: DataFrame,
    shapes: Vec<RawShape>,
    /// The system that is set, or else the one the file states.
    stated: Option<String>,
    crs: Result<Crs>,
    schematic: bool,
    faults: Vec<Fault>,
}

impl<'a> Unplaced<'a> {
    /// Reads a layer.
    ///
    /// # Errors
    /// The file cannot be read, or holds no shapes.
    pub fn open(source: Source, input: &'a InputSpec, progress: &dyn Progress) -> Result<Self> {
        let step = progress.step(&format!("read {}", source.name()), None);
        let read = file::open(&input.path, &input.options(), &|n| step.advance(n))?;
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
        let stated = match &input.crs {
            Some(CrsSetting::Text(text)) => Some(text.clone()),
            Some(CrsSetting::ControlPoints(_)) => None,
            None => read.crs,
        };
        let crs = match (&input.crs, &stated) {
            (Some(setting), _) => setting.open(),
            (None, Some(text)) => Crs::named(text),
            (None, None) => Ok(Crs::Geographic),
        };
        Ok(Self { source, input, rows: read.rows, shapes, stated, crs, schematic: read.schematic, faults: read.faults })
    }

    fn claim(&self) -> Claim<'_> {
        let told = self.stated.is_some() || self.input.crs.is_some();
        Claim {
            source: self.source,
            shapes: &self.shapes,
            crs: self.crs.as_ref().ok().filter(|_| told),
            text: self.stated.as_deref(),
        }
    }

    /// Why it cannot be put on the ground: its system is not known, or its numbers plainly belong to another.
    pub fn refusal(&self) -> Option<Error> {
        let refused = match &self.crs {
            Ok(crs) => crs.doubt(&self.shapes).err(),
            Err(error) => Some(error.clone()),
        };
        refused.map(|error| error.in_file(&self.input.path))
    }

    /// As [`Unplaced::refusal`], in the words of what was found where that comes with a proposal, or rests on other layers.
    pub fn refusal_beside(&self, found: &[Diagnosis], others: bool) -> Option<Error> {
        let refusal = self.refusal()?;
        let told = found.iter().find(|diagnosis| diagnosis.source == self.source).and_then(|diagnosis| {
            let remedy = match &diagnosis.proposal {
                Some(setting) => format!(
                    "if that is right, add {}, or write it into survey.toml",
                    setting.to_string().lines().map(|line| format!("--set '{line}'")).collect::<Vec<_>>().join(" ")
                ),
                None if others && diagnosis.code == Code::CrsContradicted => {
                    format!("name its true system as crs under [{}] in survey.toml", self.source.name())
                }
                None => return None,
            };
            // Alone, a layer is refused for what it is; beside others, for what they show.
            let why = if others { diagnosis.detail.en.clone() } else { format!("{}; {}", refusal.why(), diagnosis.detail.en) };
            Some(Error::new(why).remedy(remedy).in_file(&self.input.path))
        });
        Some(told.unwrap_or(refusal))
    }

    /// What its reader said of it, where it is not put on the ground.
    pub fn into_findings(self) -> Vec<Finding> {
        findings(self.source, self.faults)
    }

    /// Turns its coordinates into longitude and latitude and finds its fields.
    ///
    /// # Errors
    /// Its system is not known, or a setting names a column that is not there.
    pub fn place(self) -> Result<Layer> {
        let Self { source, input, rows, mut shapes, stated, crs, schematic, mut faults } = self;
        let crs = crs.map_err(|e| e.in_file(&input.path))?;
        let planar_m2 = matches!(crs, Crs::Projected(_) | Crs::Fitted(_)).then(|| shapes.par_iter().map(planar_area).collect());
        crs.to_geographic(&mut shapes);
        let fields = fields::resolve(&input.path, source, &rows, &input.fields, &mut faults)?;
        faults.extend(crs_faults(&crs));
        Ok(Layer {
            table: Table { source, path: input.path.clone(), rows, fields, findings: findings(source, faults) },
            shapes,
            crs: stated.unwrap_or_else(|| match crs {
                Crs::Geographic => "OGC:CRS84".to_owned(),
                other => other.name(),
            }),
            planar_m2,
            schematic,
        })
    }
}

/// What is wrong with the systems of layers, told from all of them together.
pub(super) fn diagnoses(layers: &[Unplaced<'_>]) -> Vec<Diagnosis> {
    diagnose(&layers.iter().map(Unplaced::claim).collect::<Vec<_>>())
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

/// What a definition says against itself, and control points against each other.
fn crs_faults(crs: &Crs) -> Vec<Fault> {
    let contradiction =
        crs.contradiction().map(|why| Fault::file(Code::CrsContradicted, format!("{why}; the numbers were taken")));
    let Crs::Fitted(grid) = crs else { return contradiction.into_iter().collect() };
    let lines = grid.lines();
    let outliers = grid.outliers().into_iter().filter_map(|(index, _)| lines.get(index));
    outliers.map(|line| Fault::file(Code::CrsControlPoint, format!("{line}; {}", grid.name))).collect()
}
