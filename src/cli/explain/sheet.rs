//! Check-up sheets.

use std::path::Path;

use crate::error::{Error, Result};
use crate::report::Lang;
use crate::surveyed::Surveyed;

/// Writes the sheets of some parcels.
pub(super) fn write(_survey: &Surveyed, _rows: &[usize], out: &Path, _overwrite: bool, _lang: Lang) -> Result<()> {
    Err(Error::new("check-up sheets cannot be written yet").in_file(out).remedy("leave out --out to read the explanation here"))
}
