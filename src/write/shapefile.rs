//! Shapefile with `.cpg` and a dictionary of its 10-byte field names.
//!
//! Written by hand: the crates for it cannot write a null shape among others, write integers as floats, cut texts that are too
//! long, and stamp the day, so that the same layer would give other bytes tomorrow. They read what is written here in the tests.

mod dbf;
mod names;
mod shp;

use std::fs;
use std::path::{Path, PathBuf};

use super::Layer;
use crate::crs::Crs;
use crate::error::{Error, Result, io};

/// Files that belong to a layer of the same name and would be wrong beside a new one.
const STALE: [&str; 5] = ["prj", "sbn", "sbx", "qix", "cpg"];

/// Writes one layer: `.shp`, `.shx`, `.dbf`, `.prj`, `.cpg`, and `<name>_fields.csv` where a column's name had to be shortened.
///
/// Rings are closed and turned as the format wants them (outer ones clockwise); a shape that could not be read becomes a null
/// shape. Empty text is missing in this format, and spaces at the end of a text are lost.
///
/// # Errors
/// There is more than one layer or none, the layer has no shapes or shapes of several types, a text is too long, the layer is too
/// large for the format, or the disk is full.
pub(super) fn write(layers: &[Layer<'_>], path: &Path) -> Result<()> {
    make(layers, path).map_err(|e| e.in_file(path))
}

fn make(layers: &[Layer<'_>], path: &Path) -> Result<()> {
    let [layer] = layers else {
        return Err(Error::new(format!("a shapefile holds one layer, there are {}", layers.len()))
            .remedy("name one layer, or write all of them to a .gpkg"));
    };
    let Some(shapes) = layer.shapes else {
        return Err(Error::new("a shapefile needs shapes, this is a table").remedy("write it to a .csv"));
    };
    let prj = prj(layer.crs)?;
    let names = names::short(layer.rows.get_column_names().into_iter().map(|name| name.as_str()));
    let shp = shp::write(shapes)?;
    let mut files = Files { path, done: Vec::new() };
    files.add(&with_ending(path, "dbf"), &dbf::write(layer.rows, &names)?)?;
    files.add(&with_ending(path, "shx"), &shp.shx)?;
    files.add(&with_ending(path, "prj"), prj.as_bytes())?;
    files.add(&with_ending(path, "cpg"), b"UTF-8")?;
    if names.iter().any(|name| name.short != name.full) {
        files.add(&dictionary_path(path), names::dictionary(&names).as_bytes())?;
    }
    files.add(path, &shp.shp)?;
    files.finish()
}

/// The text of the `.prj`. A layer without one is in no system for whoever opens it.
fn prj(crs: &Crs) -> Result<String> {
    crs.wkt_esri().ok_or_else(|| {
        Error::new(format!("there is no .prj text for \"{}\"", crs.name()))
            .remedy("write the layer in longitude and latitude (EPSG:4490), or to a .gpkg")
    })
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    path.with_extension(ending)
}

fn dictionary_path(path: &Path) -> PathBuf {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!("{stem}_fields.csv"))
}

/// Files written under temporary names, in the order in which they are put in place.
struct Files<'a> {
    path: &'a Path,
    /// Temporary name and final one.
    done: Vec<(PathBuf, PathBuf)>,
}

impl Files<'_> {
    fn add(&mut self, target: &Path, bytes: &[u8]) -> Result<()> {
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let partial = target.with_file_name(format!(".{name}.partial-{}", std::process::id()));
        // Listed before it is written, so that a file half written is removed as well.
        self.done.push((partial.clone(), target.to_path_buf()));
        fs::write(&partial, bytes).map_err(|e| io(target, "write", &e))
    }

    /// Puts the files in place, the `.shp` last, and removes what an earlier layer of that name left.
    fn finish(mut self) -> Result<()> {
        for ending in STALE {
            let old = with_ending(self.path, ending);
            if old.is_file() {
                fs::remove_file(&old).map_err(|e| io(&old, "replace", &e))?;
            }
        }
        for (partial, target) in std::mem::take(&mut self.done) {
            let placed = fs::rename(&partial, &target).map_err(|e| io(&target, "write", &e));
            if placed.is_err() {
                self.done.push((partial, target));
                return placed;
            }
        }
        Ok(())
    }
}

impl Drop for Files<'_> {
    fn drop(&mut self) {
        // After an error; nothing more can be done if that fails too.
        for (partial, _) in &self.done {
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(test)]
mod tests;
