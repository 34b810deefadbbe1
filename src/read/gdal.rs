//! Everything else, through GDAL: file geodatabases, DXF, KML, GML, MapInfo tables, PostGIS and other databases.
//!
//! Only drivers that read local files, and the database a person names, are let in: none that follows links in a file to other
//! files or to the network. GDAL gives coordinates in the order of maps (longitude, easting first) whatever the system says.

mod curve;
mod messages;
mod shapes;
mod values;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ::gdal::spatial_ref::SpatialRef;
use ::gdal::vector::sql::Dialect;
use ::gdal::vector::{Layer, LayerAccess};
use ::gdal::{DatasetOptions, GdalOpenFlags, config};

use super::columns::Columns;
use super::dataset::{Collection, Dataset, Fault, ReadOptions};
use super::foreign::{Foreign, without_passwords_of};
use crate::error::{Error, Result};
use crate::finding::{Code, detail};
use crate::nearest::nearest;
use messages::Messages;
use shapes::Shapes;
use values::Fields;

/// GDAL's drivers for files that neither write beside their input nor open what it points to.
const FILE_DRIVERS: [&str; 22] = [
    "OpenFileGDB",
    "DXF",
    "CAD",
    "DGN",
    "LIBKML",
    "KML",
    "GML",
    "MapInfo File",
    "SQLite",
    "PGeo",
    "GPX",
    "TopoJSON",
    "ESRIJSON",
    "ESRI Shapefile",
    "GeoJSON",
    "GeoJSONSeq",
    "GPKG",
    "FlatGeobuf",
    "Parquet",
    "JML",
    "AVCBin",
    "AVCE00",
];

/// GDAL's drivers for databases.
const DATABASE_DRIVERS: [&str; 6] = ["PostgreSQL", "MySQL", "MSSQLSpatial", "OCI", "ODBC", "HANA"];

/// Bytes of a file's beginning that it is told from.
const HEAD: u64 = 4096;

/// Rows between two words to the progress bar.
const STEP: u64 = 1024;

/// Layer names that an error lists.
const NAMES_SHOWN: usize = 30;

/// The names of the layers and tables of a file or database.
///
/// # Errors
/// GDAL cannot open it.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    let file = open(path, &ReadOptions::default())?;
    Ok(file.layers().map(|layer| layer.name()).collect())
}

/// Reads one layer, a table without shapes, or the result of a query: a layer named `SELECT …` is a query.
///
/// # Errors
/// GDAL cannot open the file, or the layer is not in it, or it has several and none was named.
pub(super) fn read(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let file = open(path, options)?;
    let name = match &options.layer {
        Some(name) => name.clone(),
        None => only_layer(path, &file)?,
    };
    if is_query(&name) {
        let messages = Messages::listen();
        let result = file.execute_sql(&name, None, Dialect::DEFAULT);
        let mut result = match result {
            Ok(Some(result)) => result,
            Ok(None) => return Err(refused(path, "the query has no result", &messages)),
            Err(error) => return Err(refused(path, &format!("the query failed: {error}"), &messages)),
        };
        return rows(path, "query", &mut result, None, &messages, tick);
    }
    let mut layer = file.layer_by_name(&name).map_err(|_| no_layer(path, &file, &name))?;
    let key = (foreign(path) == Some(Foreign::Database)).then(|| integer_key(&file, &name)).flatten();
    let messages = Messages::listen();
    rows(path, &name, &mut layer, key.as_deref(), &messages, tick)
}

/// What it is, by name and by content: a GML file may be called `.xml`.
fn foreign(path: &Path) -> Option<Foreign> {
    super::file::foreign(path, &[]).or_else(|| {
        let mut head = Vec::new();
        File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)).ok()?;
        super::file::foreign(path, &head)
    })
}

fn open(path: &Path, options: &ReadOptions) -> Result<::gdal::Dataset> {
    let kind = foreign(path);
    let drivers: &[&str] = if kind == Some(Foreign::Database) { &DATABASE_DRIVERS } else { &FILE_DRIVERS };
    let settings = settings(path, options, kind)?;
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let messages = Messages::listen();
    ::gdal::Dataset::open_ex(
        path,
        DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
            allowed_drivers: Some(drivers),
            open_options: Some(&settings),
            sibling_files: None,
        },
    )
    .map_err(|error| refused(path, &format!("GDAL cannot open it: {error}"), &messages))
}

/// What the drivers are told: nothing is written, nothing fetched, and the encoding that a person named.
fn settings(path: &Path, options: &ReadOptions, kind: Option<Foreign>) -> Result<Vec<String>> {
    let named = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    let mut settings = Vec::new();
    if path.to_str().is_some_and(|text| text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("PG:"))) {
        settings.push("LIST_ALL_TABLES=YES".to_owned());
        settings.push("PRELUDE_STATEMENTS=SET default_transaction_read_only = on".to_owned());
    } else if kind == Some(Foreign::Gml) {
        settings.push("WRITE_GFS=NO".to_owned());
        settings.push("DOWNLOAD_SCHEMA=NO".to_owned());
    }
    if kind == Some(Foreign::Dxf) {
        let set = match &options.encoding {
            Some(label) => config::set_thread_local_config_option("DXF_ENCODING", label),
            None => config::clear_thread_local_config_option("DXF_ENCODING"),
        };
        set.map_err(|_| Error::new("the name of the encoding has a zero byte in it").in_file(path))?;
    } else if let Some(label) = &options.encoding
        && ["shp", "dbf", "tab", "mif", "mid"].iter().any(|ending| named(ending))
    {
        settings.push(format!("ENCODING={label}"));
    }
    Ok(settings)
}

fn is_query(name: &str) -> bool {
    let start = name.trim_start().get(..7).unwrap_or_default();
    start.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select")) && start.ends_with(char::is_whitespace)
}

fn only_layer(path: &Path, file: &::gdal::Dataset) -> Result<String> {
    let mut names = file.layers().map(|layer| layer.name());
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        (None, _) => Err(Error::new("has no layers").in_file(path).remedy("export the data again, or name another file")),
        (Some(_), Some(_)) => Err(Error::new("has several layers, and none was named")
            .in_file(path)
            .remedy(format!("name one with `layer`: {}", listed(file)))),
    }
}

fn no_layer(path: &Path, file: &::gdal::Dataset, name: &str) -> Error {
    let names: Vec<String> = file.layers().map(|layer| layer.name()).collect();
    let hint =
        nearest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
    Error::new(format!("has no layer \"{name}\"")).in_file(path).remedy(format!("{hint}its layers are: {}", listed(file)))
}

fn listed(file: &::gdal::Dataset) -> String {
    let names: Vec<String> = file.layers().map(|layer| layer.name()).collect();
    let more = if names.len() > NAMES_SHOWN { format!(" and {} more", names.len() - NAMES_SHOWN) } else { String::new() };
    format!("{}{more}", names.iter().take(NAMES_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn refused(path: &Path, why: &str, messages: &Messages) -> Error {
    let said = messages.failures();
    // GDAL's own error mostly repeats the last thing it said.
    let said: Vec<&str> = said.iter().map(String::as_str).filter(|text| !why.contains(text)).collect();
    let why = if said.is_empty() { why.to_owned() } else { format!("{why} ({})", said.join("; ")) };
    let why = path.to_str().map_or_else(|| why.clone(), |text| without_passwords_of(text, &why));
    Error::new(why).in_file(path).remedy(if foreign(path) == Some(Foreign::Database) {
        "check host, database, user, password and the rights to read its tables"
    } else {
        "see whether `ogrinfo` and QGIS open it; if they do not, export the data again"
    })
}

/// The integer primary key of a `PostgreSQL` table: GDAL takes it as the row's number and leaves it out of the fields.
fn integer_key(file: &::gdal::Dataset, table: &str) -> Option<String> {
    let quoted = table
        .split('(')
        .next()
        .unwrap_or(table)
        .split('.')
        .map(|part| format!("\"{}\"", part.replace('"', "\"\"")))
        .collect::<Vec<_>>()
        .join(".");
    let query = format!(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) \
         WHERE i.indrelid = to_regclass('{}') AND i.indisprimary AND i.indnatts = 1 AND a.atttypid IN (20, 21, 23)",
        quoted.replace('\'', "''")
    );
    let mut result = file.execute_sql(query, None, Dialect::DEFAULT).ok()??;
    result.features().next()?.field_as_string(0).ok()?
}

/// Rows, shapes and what was wrong with them.
fn rows(
    path: &Path,
    name: &str,
    layer: &mut Layer<'_>,
    key: Option<&str>,
    messages: &Messages,
    tick: &(dyn Fn(u64) + Sync),
) -> Result<Dataset> {
    let crs = layer.spatial_ref().map(|srs| crs_name(&srs)).filter(|name| !name.is_empty());
    let announced = layer.try_feature_count();
    let mut faults = Vec::new();
    let mut fields = Fields::of(layer.defn(), key, &mut faults);
    let mut shapes = Shapes::of(layer.defn(), matches!(foreign(path), Some(Foreign::Dxf | Foreign::Dwg | Foreign::Dgn)));
    let mut columns = Columns::default();
    let (mut count, mut told) = (0u64, 0u64);
    for feature in layer.features() {
        fields.push(&feature, &mut columns, &mut faults);
        shapes.push(&feature);
        count += 1;
        if count - told == STEP {
            tick(STEP);
            told = count;
        }
    }
    tick(count - told);
    shapes.notes(&mut faults);
    fields.notes(&mut faults);
    faults.extend(interruptions(messages, count, announced));
    Ok(Dataset {
        name: name.to_owned(),
        rows: fields.finish(columns)?,
        sheet_rows: Vec::new(),
        shapes: shapes.finish(),
        crs,
        schematic: false,
        encoding: None,
        collection: Collection::default(),
        faults,
    })
}

/// An authority's code where there is one, else WKT.
fn crs_name(srs: &SpatialRef) -> String {
    srs.authority().or_else(|_| srs.to_wkt()).unwrap_or_default()
}

/// What GDAL said while it read, and rows that it announced and did not give.
fn interruptions(messages: &Messages, count: u64, announced: Option<u64>) -> Vec<Fault> {
    let failures = messages.failures();
    let missing = announced.filter(|announced| *announced > count);
    let mut faults: Vec<Fault> = missing
        .map(|announced| {
            Fault::file(
                Code::FileTruncated,
                detail!("共 {announced} 行，读出 {count} 行", "{count} of {announced} rows could be read"),
            )
        })
        .into_iter()
        .collect();
    faults.extend(messages.conversions().into_iter().map(|text| Fault::file(Code::TextGarbled, format!("GDAL: {text}"))));
    faults.extend(failures.into_iter().map(|text| Fault::file(Code::RowUnreadable, format!("GDAL: {text}"))));
    faults
}
