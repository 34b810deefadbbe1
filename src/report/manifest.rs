//! `manifest.json`: from what, by which rules and with which program the folder was made. No times, no paths of the machine: the
//! same survey gives the same bytes.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::folder::PartialFolder;
use super::{Output, Totals};
use crate::error::{Error, Result, io};
use crate::model::FieldSource;
use crate::read::foreign::{is_connection, without_password};
use crate::survey::Survey;

/// What a manifest says it was made by.
pub(crate) const GENERATOR: &str = "mujun";
pub(crate) const FILE_NAME: &str = "manifest.json";

/// Whether a folder holds the manifest of a survey.
pub(super) fn is_in(folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join(FILE_NAME)).unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|manifest| manifest["generator"] == GENERATOR)
}

pub(super) fn write(
    survey: &Survey,
    totals: &Totals,
    output: &Output,
    inputs: &[Value],
    partial: &PartialFolder,
    files: Vec<(&str, Option<Fingerprint>)>,
) -> Result<()> {
    let outputs = files.into_par_iter().map(|(name, known)| match known {
        Some(known) => Ok(json!({ "file": name, "bytes": known.bytes, "sha256": known.sha256 })),
        None => description(&partial.file(name)),
    });
    let outputs = outputs.collect::<Result<Vec<Value>>>()?;
    let rulebook = &survey.rulebook;
    let manifest = json!({
        "generator": GENERATOR,
        "version": env!("CARGO_PKG_VERSION"),
        "title": survey.about.title,
        "city": survey.about.city,
        "schematic": survey.about.schematic,
        "sources": survey.about.sources,
        "settings": { "lang": output.lang.code() },
        "rulebook": {
            "name": rulebook.name, "year": rulebook.year, "place": output.lang.text(&rulebook.place), "source": output.lang.text(&rulebook.source),
            "illustrative": rulebook.illustrative, "area": rulebook.area.name(), "sha256": rulebook.sha256,
        },
        "inputs": inputs,
        "crs": survey.crs.iter().map(|(source, crs)| (source.name().to_owned(), json!(crs))).collect::<Map<_, _>>(),
        "files": survey.files.iter().map(|(source, path)| (source.name().to_owned(), json!(file_name(path)))).collect::<Map<_, _>>(),
        "fields": survey.fields.iter().map(|(source, fields)| (source.name().to_owned(), fields.iter().map(|(name, from)| (name.clone(), field(from))).collect::<Map<_, _>>().into())).collect::<Map<_, _>>(),
        "columns": { "own": names(&survey.own), "enterprises": survey.flow_columns },
        "flows": survey.flow_totals.iter().map(|flow| (flow.name.clone(), json!({ "enterprises": flow.enterprises, "parcels": flow.parcels, "unplaced": flow.unplaced }))).collect::<Map<_, _>>(),
        "totals": {
            "parcels": totals.parcels, "mu": totals.mu, "without_area": totals.without_area,
            "grades": totals.grades.iter().map(|g| (g.grade.clone(), json!({ "parcels": g.parcels, "mu": g.mu }))).collect::<Map<_, _>>(),
            "listed": { "parcels": totals.listed, "mu": totals.listed_mu },
            "findings": totals.findings.iter().map(|(code, n)| (code.name().to_owned(), json!(n))).collect::<Map<_, _>>(),
        },
        "firmness": super::firmness::manifest(survey),
        "outputs": outputs,
    });
    let path = partial.file(FILE_NAME);
    let text = serde_json::to_string_pretty(&manifest).map_err(|e| Error::new(e.to_string()))?;
    File::create(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")))
        .map_err(|e| io(&path, "write", &e))
}

fn names(table: &DataFrame) -> Vec<&str> {
    table.get_column_names().into_iter().map(|name| name.as_str()).collect()
}

fn field(from: &FieldSource) -> Value {
    match from {
        FieldSource::Column(column) => json!(column),
        FieldSource::Converted { column, unit, factor } => json!({ "column": column, "unit": unit, "factor": factor }),
        FieldSource::Expression(expr) => json!({ "expr": expr }),
    }
}

/// Size and hash of a file.
pub(super) struct Fingerprint {
    bytes: u64,
    sha256: String,
}

/// A file that is hashed while it is written: to read it again takes longer.
pub(super) struct Hashing {
    file: File,
    bytes: u64,
    hash: Sha256,
}

impl Hashing {
    pub fn new(file: File) -> Self {
        Self { file, bytes: 0, hash: Sha256::new() }
    }

    pub fn fingerprint(self) -> Fingerprint {
        Fingerprint { bytes: self.bytes, sha256: hex(&self.hash.finalize()) }
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Name, size and hash of each file; of a folder, as of a geodatabase, the hash of all its files together. A database has a name
/// and nothing to be hashed.
pub(super) fn described(paths: &[PathBuf]) -> Result<Vec<Value>> {
    paths.par_iter().map(|path| description(path)).collect()
}

fn description(path: &Path) -> Result<Value> {
    if is_connection(path) {
        return Ok(json!({ "database": without_password(&path.to_string_lossy()) }));
    }
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    if path.is_dir() {
        for file in files_in(path).map_err(|e| io(path, "read", &e))? {
            hash.update(file.file_name().unwrap_or_default().as_encoded_bytes());
            bytes += hash_file(&file, &mut hash)?;
        }
    } else {
        bytes = hash_file(path, &mut hash)?;
    }
    Ok(json!({ "file": file_name(path), "bytes": bytes, "sha256": hex(&hash.finalize()) }))
}

/// The name of a file without the folders above it; a database's without its password.
fn file_name(path: &Path) -> String {
    match path.file_name() {
        Some(name) if !is_connection(path) => name.to_string_lossy().into_owned(),
        _ => without_password(&path.to_string_lossy()).into_owned(),
    }
}

/// The files of a folder in the order of their names, without those that only say who has it open.
fn files_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.is_file() && file.extension().is_none_or(|ending| ending != "lock"));
    files.sort();
    Ok(files)
}

/// Adds the content of a file to a hash. Returns its size in bytes.
fn hash_file(path: &Path, hash: &mut Sha256) -> Result<u64> {
    let mut file = File::open(path).map_err(|e| io(path, "read", &e))?;
    let (mut bytes, mut buffer) = (0u64, vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut buffer).map_err(|e| io(path, "read", &e))?;
        if n == 0 {
            return Ok(bytes);
        }
        hash.update(&buffer[..n]);
        bytes += n as u64;
    }
}

/// The hash of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
