//! Writes the survey folder. One file a format; units are converted and numbers rounded here and nowhere else.

mod aggregate;
mod annotated;
mod book;
mod columns;
mod compared;
mod csv;
mod examined;
mod explained;
pub(crate) mod facts;
mod firmness;
mod folder;
mod geojson;
pub(crate) mod manifest;
mod map;
mod page;
mod parquet;
mod rules;
mod scores;
mod sheet;
mod summary;
mod text;
mod workbook;
mod wrap;
mod zone_sheet;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{Result, io};
use crate::finding::Finding;
use crate::progress::Progress;
use crate::survey::Survey;
use crate::write::whole::whole;
pub use aggregate::{GradeTotal, Totals, Worst, ZoneTotal, totals};
pub use annotated::annotated;
pub use compared::{comparison_json, comparison_summary, comparison_table};
pub use examined::findings_summary;
pub use explained::explained;
use folder::PartialFolder;
pub use page::{page_file, page_json, page_text};
pub use rules::in_words as rulebook_in_words;
pub use sheet::{Sheets, sheet_file, sheets_folder};
pub use summary::summary;
pub use text::Lang;
pub(crate) use text::{count, one_line, pad};
pub(crate) use wrap::{WIDTH, wrapped};

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
    /// `facts.parquet`: what the rulebook's expressions can name, from which a survey can be explained and graded otherwise.
    Facts,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] = [Self::Parquet, Self::Geojson, Self::Xlsx, Self::Html, Self::Csv, Self::Facts];

    /// Name of the file in the survey folder.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Parquet => "parcels.parquet",
            Self::Geojson => "inefficient.geojson",
            Self::Xlsx => "survey.xlsx",
            Self::Html => "map.html",
            Self::Csv => "findings.csv",
            Self::Facts => "facts.parquet",
        }
    }

    fn write(self, survey: &Survey, totals: &Totals, lang: Lang, path: &Path) -> Result<()> {
        match self {
            Self::Parquet => parquet::write(survey, path),
            Self::Geojson => geojson::write(survey, path),
            Self::Xlsx => workbook::write(survey, totals, lang, path),
            Self::Html => map::write(survey, lang, path),
            Self::Csv => csv::write(&survey.findings, lang, path),
            Self::Facts => facts::write(survey, path),
        }
    }
}

/// The rulebook as it was used, in the survey folder.
pub(crate) const RULEBOOK: &str = "rulebook.toml";

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
    let rules = partial.file(RULEBOOK);
    std::fs::write(&rules, &survey.rulebook.text)
        .map_err(|e| folder::in_final_place(&partial, output, io(&rules, "write", &e)))?;
    names.push(RULEBOOK);
    manifest::write(survey, totals, output, &inputs?, &partial, &names)
        .map_err(|e| folder::in_final_place(&partial, output, e))?;
    names.push(manifest::FILE_NAME);
    partial.finish(&output.folder)?;
    Ok(names.into_iter().map(|name| output.folder.join(name)).collect())
}
