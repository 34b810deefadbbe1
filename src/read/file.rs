//! Opens any file: finds the format by its content, then the layers in it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::dataset::{Dataset, ReadOptions};
use super::encoding::garbled_cells;
use super::foreign::{Foreign, is_connection};
#[cfg(feature = "gdal")]
use super::gdal;
use super::{boundary_points, csv, flatgeobuf, geojson, geopackage, parquet, shapefile, wkb, wkt, xlsx};
use crate::error::{Error, Result, io};
use crate::model::RawShape;

/// Bytes of a file's beginning that the format is told from.
const HEAD: usize = 4096;

/// A format this program reads without help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    GeoJson,
    /// GeoJSON text sequence: a feature a line, or after a record separator.
    GeoJsonSequence,
    Shapefile,
    /// A zip with layers in it.
    Zip,
    GeoPackage,
    FlatGeobuf,
    Parquet,
    Csv,
    Xlsx,
    BoundaryPoints,
    /// Something that is read through GDAL.
    #[cfg(feature = "gdal")]
    Gdal,
}

impl Format {
    /// As a person calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::GeoJsonSequence => "GeoJSON text sequence",
            Self::Shapefile => "Shapefile",
            Self::Zip => "zip",
            Self::GeoPackage => "GeoPackage",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
            Self::BoundaryPoints => "界址点 TXT",
            #[cfg(feature = "gdal")]
            Self::Gdal => "GDAL",
        }
    }
}

/// Tells the format of a file from its content; where that leaves several, from its name.
///
/// # Errors
/// The file cannot be read, is in no format the program knows, or in one that needs GDAL where the program was built without.
pub fn sniff(path: &Path) -> Result<Format> {
    if let Some(foreign) = foreign(path, &[]) {
        return through_gdal(foreign, path);
    }
    let mut head = Vec::new();
    refuse_pipe(path)?;
    File::open(path).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head)).map_err(|e| io(path, "read", &e))?;
    let text = head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&head).trim_ascii_start();
    let named = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    let zip = head.starts_with(b"PK\x03\x04");
    if let Some(foreign) = foreign(path, &head) {
        return through_gdal(foreign, path);
    }
    Ok(if head.starts_with(b"SQLite format 3\0") {
        Format::GeoPackage
    } else if head.starts_with(b"fgb\x03") {
        Format::FlatGeobuf
    } else if head.starts_with(b"PAR1") {
        Format::Parquet
    } else if head.starts_with(&[0, 0, 0x27, 0x0A]) || named("shp") || named("dbf") {
        Format::Shapefile
    } else if zip && head.windows(3).any(|w| w == b"xl/") || named("xlsx") || named("xlsm") || head.starts_with(xlsx::OLD) {
        Format::Xlsx
    } else if zip {
        Format::Zip
    } else if boundary_points::begins(text) {
        Format::BoundaryPoints
    } else if text.starts_with(b"\x1e")
        || named("geojsons")
        || named("geojsonl")
        || named("ndjson")
        || text.starts_with(b"{") && !head_names(&head, "FeatureCollection") && geojson::sequence::follows(path)
    {
        Format::GeoJsonSequence
    } else if text.starts_with(b"{") || text.starts_with(b"[") || named("geojson") || named("json") {
        Format::GeoJson
    } else {
        Format::Csv
    })
}

/// A pipe gives its bytes once, and a layer is read in several passes.
fn refuse_pipe(path: &Path) -> Result<()> {
    let kind = std::fs::metadata(path).map_err(|e| io(path, "read", &e))?;
    if kind.is_file() || kind.is_dir() {
        return Ok(());
    }
    Err(Error::new("is a pipe or a device, not a file")
        .in_file(path)
        .remedy("save what comes through it as a file, and name that"))
}

/// Whether the beginning of a JSON file has a text in quotes.
fn head_names(head: &[u8], name: &str) -> bool {
    memchr::memmem::find(head, format!("\"{name}\"").as_bytes()).is_some()
}

/// The names of the layers and tables in a file, in its order.
///
/// # Errors
/// As for [`open`].
pub fn layers(path: &Path) -> Result<Vec<String>> {
    match sniff(path)? {
        Format::GeoJson | Format::GeoJsonSequence | Format::Csv => Ok(vec![stem(path)]),
        Format::Shapefile | Format::Zip => shapefile::layers(path),
        Format::GeoPackage => geopackage::layers(path),
        Format::FlatGeobuf => flatgeobuf::layers(path),
        Format::Parquet => parquet::layers(path),
        Format::Xlsx => xlsx::layers(path),
        Format::BoundaryPoints => boundary_points::layers(path),
        #[cfg(feature = "gdal")]
        Format::Gdal => gdal::layers(path),
    }
}

/// Reads one layer or table of a file; `tick` is told how many rows were read since it was last told.
///
/// # Errors
/// The file is missing, damaged beyond reading, in no format the program knows, or has several layers and none was named.
pub fn open(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let format = sniff(path)?;
    refuse_other_layer(path, format, options.layer.as_deref())?;
    match format {
        Format::GeoJson => geojson::read(path, options, tick).map(looked_through),
        Format::GeoJsonSequence => geojson::read_sequence(path, options, tick).map(looked_through),
        Format::Shapefile | Format::Zip => shapefile::read(path, options, tick),
        Format::GeoPackage => geopackage::read(path, options, tick).map(looked_through),
        Format::FlatGeobuf => flatgeobuf::read(path, options, tick).map(looked_through),
        Format::Parquet => parquet::read(path, options, tick).map(looked_through),
        Format::Xlsx => xlsx::read(path, options, tick),
        Format::BoundaryPoints => boundary_points::read(path, options, tick),
        Format::Csv => csv::read(path, options),
        #[cfg(feature = "gdal")]
        Format::Gdal => gdal::read(path, options, tick),
    }
}

/// A layer is named in a file that holds but one, and it is another. Readers of several layers say so themselves.
fn refuse_other_layer(path: &Path, format: Format, wanted: Option<&str>) -> Result<()> {
    let (Some(wanted), Format::GeoJson | Format::GeoJsonSequence | Format::Csv | Format::BoundaryPoints) = (wanted, format)
    else {
        return Ok(());
    };
    let only = stem(path);
    if wanted == only {
        return Ok(());
    }
    Err(Error::new(format!("has no layer \"{wanted}\""))
        .in_file(path)
        .remedy(format!("its only layer is \"{only}\"; leave the name out")))
}

/// With what is to be said of its texts; readers that decode bytes say it themselves.
fn looked_through(mut data: Dataset) -> Dataset {
    data.faults.extend(garbled_cells(&data.rows, &data.faults));
    data
}

/// Reads one layer through GDAL even where the program has a reader of its own: for comparing the two, and for files that only
/// GDAL understands. GDAL turns GBK shapefiles into garbled text without a word.
///
/// # Errors
/// As for [`open`].
#[cfg(feature = "gdal")]
pub fn open_with_gdal(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    gdal::read(path, options, tick)
}

/// What only GDAL reads: told from the name alone for databases and folders, else from how the file begins.
pub(super) fn foreign(path: &Path, head: &[u8]) -> Option<Foreign> {
    if is_connection(path) {
        Some(Foreign::Database)
    } else if head.is_empty() {
        path.is_dir().then(|| Foreign::of_folder(path)).flatten()
    } else {
        Foreign::of(path, head)
    }
}

#[cfg(feature = "gdal")]
fn through_gdal(foreign: Foreign, path: &Path) -> Result<Format> {
    if foreign == Foreign::MapGis { Err(foreign.unreadable(path)) } else { Ok(Format::Gdal) }
}

#[cfg(not(feature = "gdal"))]
fn through_gdal(foreign: Foreign, path: &Path) -> Result<Format> {
    Err(foreign.unreadable(path))
}

/// A shape from its well-known binary (OGC, ISO or EWKB). A fault is kept in the shape.
#[must_use]
pub fn shape_of_wkb(bytes: &[u8]) -> RawShape {
    wkb::shape(bytes)
}

/// A shape from its well-known text. A fault is kept in the shape.
#[must_use]
pub fn shape_of_wkt(text: &str) -> RawShape {
    wkt::shape(text)
}

/// The name of a file without its ending: the name of its only layer.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_and_a_layer_that_is_not_there_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.geojson");
        std::fs::write(&path, r#"{"type":"FeatureCollection","features":[]}"#).unwrap();
        let named = |layer: &str| open(&path, &ReadOptions { layer: Some(layer.into()), ..Default::default() }, &|_| ());
        assert_eq!(named("a").unwrap().name, "a");
        let why = named("b").unwrap_err().to_string();
        assert!(why.contains("no layer \"b\"") && why.contains("\"a\""), "{why}");
        assert!(sniff(Path::new("/dev/null")).unwrap_err().to_string().contains("is a pipe or a device"));
    }
}
