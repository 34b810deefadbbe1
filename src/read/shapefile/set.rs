//! The files of a shapefile beside each other in a folder, whatever the case of their endings.

use std::fs;
use std::path::{Path, PathBuf};

use super::Parts;
use crate::error::{Result, io};
use crate::read::file::stem;

/// Reads the parts that belong to the file named: all of them, or the table alone if it is the `.dbf` that was named.
///
/// # Errors
/// A part that is there cannot be read.
pub(super) fn open(path: &Path) -> Result<Parts> {
    let named = ending(path);
    let read = |part: Option<PathBuf>| part.map(|part| fs::read(&part).map_err(|e| io(&part, "read", &e))).transpose();
    let part = |ending: &str| if named == ending { Some(path.to_path_buf()) } else { sibling(path, ending) };
    let is_table = named == "dbf";
    let shp = match named.as_str() {
        "dbf" => None,
        "shx" => part("shp"),
        _ => Some(path.to_path_buf()),
    };
    Ok(Parts {
        name: stem(path),
        shp: read(shp)?,
        shx: if is_table { None } else { read(part("shx"))? },
        dbf: read(part("dbf"))?,
        dbt: read(part("dbt"))?,
        fpt: read(part("fpt"))?,
        cpg: read(part("cpg"))?,
        prj: if is_table { None } else { read(part("prj"))? },
    })
}

pub(super) fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// The file beside `path` with its name and another ending; one spelled exactly alike goes before one in other case.
fn sibling(path: &Path, wanted: &str) -> Option<PathBuf> {
    let exact = path.with_extension(wanted);
    if exact.is_file() {
        return Some(exact);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = stem(path);
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|other| ending(other) == wanted && stem(other).to_lowercase() == name.to_lowercase() && other.is_file())
        .collect();
    found.sort_by_key(|other| (stem(other) != name, other.clone()));
    found.into_iter().next()
}
