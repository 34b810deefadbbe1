//! Check-up sheets.

use std::path::Path;

use crate::error::Result;
use crate::report::{Lang, Sheets};
use crate::surveyed::Surveyed;

/// Writes the sheet of a parcel.
pub(super) fn one(survey: &Surveyed, row: usize, out: &Path, lang: Lang) -> Result<()> {
    Sheets::new(survey, lang)?.write(row, out)?;
    told(1, out, lang)
}

/// Writes the sheets of some parcels into a folder.
pub(super) fn several(survey: &Surveyed, rows: &[usize], out: &Path, overwrite: bool, lang: Lang) -> Result<()> {
    Sheets::new(survey, lang)?.write_all(rows, out, overwrite)?;
    told(rows.len(), out, lang)
}

fn told(sheets: usize, out: &Path, lang: Lang) -> Result<()> {
    let text = match lang {
        Lang::Zh => format!("{sheets} 份体检表，已写入 {}\n", out.display()),
        Lang::En => format!("check-up sheets: {sheets}, written to {}\n", out.display()),
    };
    crate::cli::print(text.as_bytes())
}
