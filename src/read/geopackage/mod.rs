//! GeoPackage, and plain SQLite tables.
//!
//! The file is opened read-only and as one that nobody changes, so that nothing is written beside it. Views, triggers and virtual
//! tables of the file never run: only plain tables are read, column by column.

mod catalogue;
mod rows;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::dataset::{Collection, Dataset, Fault, ReadOptions};
use crate::error::{Error, Result, io};
use crate::finding::{Code, detail};
use catalogue::Content;
use rows::Limit;

/// The names of the layers in the file: feature tables first, then attribute tables.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    let connection = open(path)?;
    let contents = catalogue::contents(&connection).map_err(|e| failed(path, &e))?;
    Ok(contents.into_iter().map(|content| content.table).collect())
}

/// Reads a layer: the one named, or the only feature layer, or the only table.
pub(super) fn read(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let connection = open(path)?;
    let limit = Limit::of(std::fs::metadata(path).map_err(|e| io(path, "read", &e))?.len());
    let contents = catalogue::contents(&connection).map_err(|e| failed(path, &e))?;
    let content = choose(contents, options.layer.as_deref()).map_err(|e| e.in_file(path))?;
    let table = catalogue::table(&connection, &content).map_err(|e| failed(path, &e).at(format!("layer {}", content.table)))?;
    let mut read = rows::read(&connection, &content, &table, &limit, tick)
        .map_err(|e| failed(path, &e).at(format!("layer {}", content.table)))?;
    if unsaved(path) {
        read.faults.push(Fault::file(
            Code::FilePartMissing,
            detail!(
                "旁边的 -wal 文件里有尚未写入的改动：请关闭打开它的程序后重新读取",
                "the -wal file beside it holds changes that are not in it yet: close the program that has it open, and read it again"
            ),
        ));
    }
    Ok(Dataset {
        name: content.table,
        rows: read.rows.map_err(|e| e.in_file(path))?,
        sheet_rows: Vec::new(),
        shapes: read.shapes,
        crs: table.crs,
        schematic: false,
        encoding: None,
        collection: Collection::default(),
        faults: read.faults,
    })
}

/// Opens the file so that nothing in it runs and nothing is written.
fn open(path: &Path) -> Result<Connection> {
    check_length(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let harden = |connection: Connection| -> rusqlite::Result<Connection> {
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        ] {
            connection.set_db_config(setting, on)?;
        }
        connection
            .execute_batch("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA query_only=ON;")?;
        Ok(connection)
    };
    Connection::open_with_flags(address(path), flags).and_then(harden).map_err(|e| failed(path, &e))
}

/// Refuses a file that is shorter than its header says; SQLite would take a page cut in two for whole.
fn check_length(path: &Path) -> Result<()> {
    // SQLite says no more than "unable to open"; the system says why.
    let mut file = File::open(path).map_err(|e| io(path, "read", &e))?;
    let length = file.metadata().map_err(|e| io(path, "read", &e))?.len();
    let mut header = [0; 100];
    if file.read_exact(&mut header).is_err() {
        return Err(cut_off(path, "it has no whole header"));
    }
    let number = |at: usize| u64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 1 << 16,
        size => size,
    };
    let (pages, counted) = (number(28), number(24) == number(92));
    if counted && length < page * pages {
        return Err(cut_off(path, &format!("its header says {} bytes, it has {length}", page * pages)));
    }
    Ok(())
}

fn cut_off(path: &Path, why: &str) -> Error {
    Error::new(format!("is cut off: {why}")).in_file(path).remedy("copy or export it again")
}

/// The file as an address for SQLite.
fn address(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let path = path.to_string_lossy().replace('\\', "/");
    let mut address = String::from(if path.starts_with('/') { "file://" } else { "file:///" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b':' => address.push(char::from(byte)),
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address + "?mode=ro&immutable=1"
}

/// Whether a write-ahead log with something in it lies beside the file.
fn unsaved(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(PathBuf::from(log)).is_ok_and(|log| log.len() > 0)
}

fn choose(contents: Vec<Content>, named: Option<&str>) -> Result<Content> {
    let names = contents.iter().map(|content| content.table.as_str()).collect::<Vec<_>>().join(", ");
    let choices = format!("name one of its layers with --layer, or layer = \"…\" in survey.toml: {names}");
    let several = Error::new(format!("has {} layers, and none was named", contents.len())).remedy(choices.clone());
    if let Some(name) = named {
        let missing = Error::new(format!("has no layer \"{name}\"")).remedy(choices);
        return contents.into_iter().find(|content| content.table == name).ok_or(missing);
    }
    if contents.is_empty() {
        return Err(Error::new("has no layer and no table").remedy("export the layer again"));
    }
    let features = contents.iter().filter(|content| content.features).count();
    let wanted = |content: &Content| content.features || features == 0;
    if contents.iter().filter(|content| wanted(content)).count() > 1 {
        return Err(several);
    }
    contents.into_iter().find(wanted).ok_or(several)
}

/// What SQLite says, in words that help.
fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => Error::new(format!("is damaged: {error}"))
            .in_file(path)
            .remedy("the file was cut off or changed: copy or export it again"),
        _ => Error::new(format!("cannot be read as a GeoPackage: {error}")).in_file(path).remedy("export the layer again"),
    }
}

#[cfg(test)]
mod tests;
