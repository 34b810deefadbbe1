//! The check-up sheet 体检表: one page a parcel, to be printed, posted and contested. `content` says what stands on it, `html` and `xlsx`
//! write it down.

mod content;
mod ground;
mod html;
mod names;
mod svg;
#[cfg(test)]
mod tests;
mod xlsx;

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::{Format, Lang};
use crate::error::{Error, Result, io};
use crate::explain::{Explainer, Explanation};
use crate::firmness::Label;
use crate::surveyed::Surveyed;
use crate::write::whole::whole;
use ground::{Extract, Ground};

/// Begins the name of the column that holds the share of draws in a grade.
const SHARE: &str = "p_";

/// One sheet: a parcel's explanation and what the folder knows beside it.
struct Sheet<'a> {
    survey: &'a Surveyed,
    explanation: &'a Explanation,
    /// How firm the grade is, in words; none where the survey made no draws or the parcel is not assessable.
    firmness: Option<String>,
    land_use: Option<String>,
    /// What is seen around it; none where it has no shape.
    extract: Option<Extract>,
    lang: Lang,
}

/// A survey read for sheets: once, however many there are.
pub struct Sheets<'a> {
    survey: &'a Surveyed,
    explainer: Explainer<'a>,
    ground: Ground,
    /// The columns of `parcels.parquet`.
    columns: DataFrame,
    land_use: Vec<Option<String>>,
    lang: Lang,
}

impl<'a> Sheets<'a> {
    /// Reads the shapes of the survey and the shares of draws.
    ///
    /// # Errors
    /// The survey was written without `parcels.parquet`, or it is another file now; an expression of the rulebook cannot be computed.
    pub fn new(survey: &'a Surveyed, lang: Lang) -> Result<Self> {
        let parcels = survey.file(Format::Parquet)?;
        Ok(Self {
            survey,
            explainer: Explainer::new(survey)?,
            ground: Ground::new(parcels.shapes.unwrap_or_default()),
            columns: parcels.rows,
            land_use: survey.texts("land_use_code"),
            lang,
        })
    }

    /// Writes the sheet of the parcel in a row, as HTML or, where the name ends so, as a workbook. The file is complete or not there.
    ///
    /// # Errors
    /// There is no such row, or the file cannot be written.
    pub fn write(&self, row: usize, path: &Path) -> Result<()> {
        let explanation = self.explainer.explain(row)?;
        let sheet = self.sheet(&explanation);
        if ends(path, "xlsx") {
            return whole(path, |partial| xlsx::write(&sheet, partial));
        }
        whole(path, |partial| fs::write(partial, html::page(&sheet)).map_err(|e| io(partial, "write", &e)))
    }

    /// Writes one HTML file a row and `index.html` into a folder, which appears whole; with `overwrite` in place of earlier sheets.
    ///
    /// # Errors
    /// Those of [`sheets_folder`], or a file cannot be written.
    pub fn write_all(&self, rows: &[usize], folder: &Path, overwrite: bool) -> Result<()> {
        let earlier = sheets_folder(folder, overwrite)?;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|e| io(parent, "create", &e))?;
        let partial = partial_folder(parent).map_err(|e| io(folder, "create", &e))?;
        let parcels: Vec<(usize, &str)> = rows.iter().map(|row| (*row, self.survey.ids[*row].as_str())).collect();
        let sheets: Vec<(usize, String)> = rows.iter().copied().zip(names::file_names(&parcels)).collect();
        let put = |name: &str, text: String| {
            fs::write(partial.path().join(name), text).map_err(|e| io(&folder.join(name), "write", &e))
        };
        sheets.par_iter().try_for_each(|(row, name)| put(name, html::page(&self.sheet(&self.explainer.explain(*row)?))))?;
        put(names::INDEX, html::index(self.survey, &sheets, self.lang))?;
        if let Some(earlier) = earlier {
            earlier
                .iter()
                .try_for_each(fs::remove_file)
                .and_then(|()| fs::remove_dir(folder))
                .map_err(|e| io(folder, "replace", &e))?;
        }
        fs::rename(partial.path(), folder).map_err(|e| io(folder, "write", &e))
    }

    fn sheet<'s>(&'s self, explanation: &'s Explanation) -> Sheet<'s> {
        let row = explanation.parcel.row;
        Sheet {
            survey: self.survey,
            explanation,
            firmness: self.firmness(row),
            land_use: self.land_use[row].clone(),
            extract: self.ground.extract(row, svg::MAP_RATIO),
            lang: self.lang,
        }
    }

    fn firmness(&self, row: usize) -> Option<String> {
        let name = self.columns.column("firmness").ok()?.str().ok()?.get(row)?;
        let label = Label::ALL.into_iter().find(|label| label.name() == name)?;
        let mut grades = self.survey.rulebook.grades();
        grades.push(crate::rulebook::NOT_ASSESSABLE.to_owned());
        let share = |grade: &String| self.columns.column(&format!("{SHARE}{grade}")).ok()?.f64().ok()?.get(row);
        let shares = grades.iter().filter_map(|grade| Some((grade.as_str(), share(grade)?)));
        Some(super::firmness::line(label, shares, self.lang))
    }
}

/// Refuses a file that a sheet cannot be written to; to be asked before a survey is read.
///
/// # Errors
/// Its name ends neither in `.html` nor in `.xlsx`, or it exists and `overwrite` is off.
pub fn sheet_file(path: &Path, overwrite: bool) -> Result<()> {
    if !["html", "xlsx"].iter().any(|known| ends(path, known)) {
        return Err(Error::new("a check-up sheet is written as .html or .xlsx")
            .in_file(path)
            .remedy("end the name with one of them; a folder of sheets needs --all"));
    }
    if path.exists() && !overwrite {
        return Err(Error::new("exists").in_file(path).remedy("choose another name, or add --overwrite"));
    }
    Ok(())
}

/// Refuses a folder that sheets cannot be written to; to be asked before a survey is read. Returns the earlier sheets that would go;
/// none where there is no folder.
///
/// # Errors
/// It is a file, it holds something and `overwrite` is off, or it holds something else than sheets.
pub fn sheets_folder(folder: &Path, overwrite: bool) -> Result<Option<Vec<PathBuf>>> {
    if folder.is_file() || ends(folder, "html") || ends(folder, "xlsx") {
        return Err(Error::new("names a file; with --all the sheets need a folder")
            .in_file(folder)
            .remedy("name a folder with -o"));
    }
    if !folder.exists() {
        return Ok(None);
    }
    let entries = fs::read_dir(folder).map_err(|e| io(folder, "read", &e))?;
    let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<PathBuf>>>();
    let files = files.map_err(|e| io(folder, "read", &e))?;
    if !files.is_empty() && !overwrite {
        return Err(Error::new("the folder exists and is not empty")
            .in_file(folder)
            .remedy("choose another folder with -o, or add --overwrite to replace the sheets in it"));
    }
    match files.iter().find(|file| !file.is_file() || !ends(file, "html")) {
        Some(other) => Err(Error::new("the folder of sheets holds something else, and is not replaced")
            .in_file(other)
            .remedy("choose another folder with -o, or take it out of this one")),
        None => Ok(Some(files)),
    }
}

fn ends(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending))
}

/// A folder that goes unless it is renamed.
fn partial_folder(parent: &Path) -> std::io::Result<tempfile::TempDir> {
    let mut folder = tempfile::Builder::new();
    folder.prefix(".sheets.partial-");
    // A temporary folder is its maker's alone; this one becomes the final one, which the mask decides about.
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    folder.tempdir_in(parent)
}
