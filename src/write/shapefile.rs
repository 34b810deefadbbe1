//! Shapefile with `.cpg` and a dictionary of its 10-byte field names.

use std::path::Path;

use super::Layer;
use crate::error::{Error, Result};

pub(super) fn write(_: &[Layer<'_>], path: &Path) -> Result<()> {
    Err(Error::new("not built yet").in_file(path))
}
