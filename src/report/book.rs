//! Workbooks, as all of them are opened.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use crate::error::{Error, Result, io};

/// A new workbook. It has no time of making: the same survey gives the same bytes.
pub(super) fn book() -> std::result::Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made).set_author("mujun"));
    Ok(book)
}

/// Adds a sheet, A4, landscape, as wide as its columns: what is printed for a meeting is whole.
pub(super) fn landscape<T>(
    book: &mut Workbook,
    name: &str,
    path: &Path,
    fill: impl FnOnce(&mut Worksheet) -> std::result::Result<T, XlsxError>,
) -> Result<T> {
    let sheet = book.add_worksheet();
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_name(name).and_then(fill).map_err(|e| failed(path, e))
}

/// Why a workbook could not be written.
pub(super) fn failed(path: &Path, error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(e) => io(path, "write", &e),
        other => Error::new(format!("could not write it: {other}")).in_file(path),
    }
}
