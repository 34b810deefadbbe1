//! GeoParquet and plain Parquet.

use std::path::Path;

use super::dataset::{Dataset, ReadOptions};
use crate::error::{Error, Result};

/// The names of the layers in the file.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    Err(Error::new("not built yet").in_file(path))
}

pub(super) fn read(path: &Path, _: &ReadOptions, _: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    Err(Error::new("not built yet").in_file(path))
}
