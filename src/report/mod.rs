//! Writes the survey folder. One file a format; units are converted and numbers rounded here and nowhere else.

mod aggregate;
mod annotated;
mod columns;
mod csv;
mod examined;
mod folder;
mod geojson;
mod manifest;
mod map;
mod parquet;
mod summary;
mod text;
mod workbook;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::Result;
use crate::finding::Finding;
use crate::progress::Progress;
use crate::survey::Survey;
use crate::write::whole::whole;
pub use aggregate::{GradeTotal, Totals, Worst, ZoneTotal, totals};
pub use annotated::annotated;
pub use examined::findings_summary;
use folder::PartialFolder;
pub use summary::summary;
pub use text::Lang;
pub(crate) use text::{count, pad};

/// A format of the survey folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `parcels.parquet`: GeoParquet, every parcel and every number.
    Parquet,
    /// `inefficient.geojson`: the list.
    Geojson,
    /// `survey.xlsx`: the list, districts, parks, method, findings.
    Xlsx,
    /// `map.html`: the map, in one file.
    Html,
    /// `findings.csv`: every fault found in the data.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Parquet, Self::Geojson, Self::Xlsx, Self::Html, Self::Csv];

    /// Name of the file in the survey folder.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Parquet => "parcels.parquet",
            Self::Geojson => "inefficient.geojson",
            Self::Xlsx => "survey.xlsx",
            Self::Html => "map.html",
            Self::Csv => "findings.csv",
        }
    }

    fn write(self, survey: &Survey, totals: &Totals, lang: Lang, path: &Path) -> Result<()> {
        match self {
            Self::Parquet => parquet::write(survey, path),
            Self::Geojson => geojson::write(survey, path),
            Self::Xlsx => workbook::write(survey, totals, lang, path),
            Self::Html => map::write(survey, lang, path),
            Self::Csv => csv::write(&survey.findings, lang, path),
        }
    }
}

/// Writes findings as CSV; the file is complete or not there.
///
/// # Errors
/// The file cannot be written.
pub fn findings_csv(findings: &[Finding], lang: Lang, path: &Path) -> Result<()> {
    whole(path, |partial| csv::write(findings, lang, partial))
}

/// Where and how to write.
#[derive(Debug, Clone)]
pub struct Output {
    pub folder: PathBuf,
    pub formats: Vec<Format>,
    pub lang: Lang,
    /// Replace the files of an earlier survey.
    pub overwrite: bool,
}

/// Refuses an output folder that [`write()`] could not use; to be asked before a long survey.
///
/// # Errors
/// The folder holds something and `overwrite` is off, it is a file, or one of the inputs would be overwritten.
pub fn check_output(output: &Output, inputs: &[PathBuf]) -> Result<()> {
    folder::check(output, inputs)
}

/// Writes the survey folder: all of it, or, on an error, nothing. `totals` are those of [`totals()`].
///
/// # Errors
/// The disk is full, a file cannot be written, or [`check_output`] refuses.
pub fn write(
    survey: &Survey,
    totals: &Totals,
    output: &Output,
    inputs: &[PathBuf],
    progress: &dyn Progress,
) -> Result<Vec<PathBuf>> {
    folder::check(output, inputs)?;
    let partial = PartialFolder::create(&output.folder)?;
    let formats: Vec<Format> = Format::ALL.into_iter().filter(|format| output.formats.contains(format)).collect();
    let write_one = |format: &Format| {
        let _step = progress.step(&format!("write {}", format.file_name()), None);
        format.write(survey, totals, output.lang, &partial.file(format.file_name()))
    };
    let (inputs, written) =
        rayon::join(|| manifest::described(inputs), || formats.par_iter().map(write_one).collect::<Result<Vec<()>>>());
    written.map_err(|e| folder::in_final_place(&partial, output, e))?;
    let mut names: Vec<&str> = formats.iter().map(|format| format.file_name()).collect();
    manifest::write(survey, totals, output, &inputs?, &partial, &names)
        .map_err(|e| folder::in_final_place(&partial, output, e))?;
    names.push(manifest::FILE_NAME);
    partial.finish(&output.folder)?;
    Ok(names.into_iter().map(|name| output.folder.join(name)).collect())
}
