//! GeoParquet 1.1.

use std::path::Path;

use super::Layer;
use crate::error::{Error, Result};

pub(super) fn write(_: &[Layer<'_>], path: &Path) -> Result<()> {
    Err(Error::new("not built yet").in_file(path))
}
