//! Writes layers and tables in the formats others read: what `mujun convert` does, and what the survey folder is made with.

mod csv;
pub(crate) mod fields;
mod flatgeobuf;
mod geojson;
mod geopackage;
pub(crate) mod parquet;
mod shapefile;
#[cfg(test)]
mod testing;
pub(crate) mod whole;
pub(crate) mod wkb;

use std::path::Path;

use polars::prelude::DataFrame;

use crate::crs::Crs;
use crate::error::{Error, Result};
use crate::model::RawShape;
use crate::read::dataset::Collection;

/// A layer to be written: shapes in the coordinates of `crs`.
pub struct Layer<'a> {
    pub name: &'a str,
    pub rows: &'a DataFrame,
    /// One a row; `None` for a table.
    pub shapes: Option<&'a [RawShape]>,
    pub crs: &'a Crs,
}

/// A format that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    GeoJson,
    GeoParquet,
    GeoPackage,
    FlatGeobuf,
    Shapefile,
    Csv,
}

impl Format {
    /// The format a file name asks for.
    ///
    /// # Errors
    /// Its ending is none of those that can be written.
    pub fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        Ok(match ending.as_str() {
            "geojson" | "json" => Self::GeoJson,
            "parquet" | "geoparquet" => Self::GeoParquet,
            "gpkg" => Self::GeoPackage,
            "fgb" => Self::FlatGeobuf,
            "shp" => Self::Shapefile,
            "csv" => Self::Csv,
            _ => {
                return Err(Error::new("the ending of the name is none of a format that can be written")
                    .in_file(path)
                    .remedy("end it with .geojson, .parquet, .gpkg, .fgb, .shp or .csv"));
            }
        })
    }
}

/// Writes layers to a file. The file is complete or not there.
///
/// Gives the number of rows whose shape was written as null: it is missing, unreadable, or nothing the format can hold.
///
/// # Errors
/// The format holds one layer only, cannot hold a shape or a value, or the disk is full.
pub fn write(layers: &[Layer<'_>], format: Format, path: &Path) -> Result<usize> {
    write_collection(layers, &Collection::default(), format, path)
}

/// As [`write()`], with what a GeoJSON text said beside its rows and shapes; other formats have no place for that.
///
/// # Errors
/// As for [`write()`].
pub fn write_collection(layers: &[Layer<'_>], collection: &Collection, format: Format, path: &Path) -> Result<usize> {
    match format {
        Format::GeoJson => geojson::write(layers, collection, path),
        Format::GeoParquet => parquet::write(layers, path),
        Format::GeoPackage => geopackage::write(layers, path),
        Format::FlatGeobuf => flatgeobuf::write(layers, path),
        Format::Shapefile => shapefile::write(layers, path).map(|()| 0),
        Format::Csv => csv::write(layers, path),
    }
}

/// The layer of a format that holds one.
fn only<'l, 'a>(layers: &'l [Layer<'a>], format: &str) -> Result<&'l Layer<'a>> {
    match layers {
        [layer] => Ok(layer),
        [] => Err(Error::new("there is no layer to write").remedy("name a file with a layer in it")),
        _ => Err(Error::new(format!("{format} holds one layer, there are {}", layers.len()))
            .remedy("choose one with --layer, or write a .gpkg, which holds several")),
    }
}
