//! Real files with real dirt, from `../shared/data`: what is read of each and what is said of it, a line a file, compared with
//! `tests/snapshots/real_dirt.txt`.
//!
//! Where a change is meant, write the snapshot anew and read the difference before it is committed:
//! `MUJUN_WRITE_SNAPSHOT=1 cargo test --test real_dirt && git diff tests/snapshots`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mujun::check;
use mujun::crs::Crs;
use mujun::finding::Code;
use mujun::model::Source;
use mujun::progress::Silent;
use mujun::read::dataset::{Dataset, ReadOptions};
use mujun::read::spec::InputSpec;
use mujun::read::{self, file};

mod shared;

/// Folders of `../shared/data` and the endings of what is read of them.
const FOLDERS: [(&str, &str); 10] = [
    ("gbk_shapefile", "shp"),
    ("uk_brownfield", "csv"),
    ("geojsonhint/good", "geojson"),
    ("geojsonhint/bad", "geojson"),
    ("seattle_zoning", "shp"),
    ("osm_landuse", "geojson"),
    ("cambridge_parcels", "geojson"),
    ("cambridge_parcels", "csv"),
    ("shanghai_districts", "geojson"),
    ("shanghai_districts", "csv"),
];

/// Files that geojsonhint calls bad and that are read without a word, with the reason.
const NOT_BAD: [(&str, &str); 7] = [
    ("badfeatureid.geojson", "an id that is an object is kept, as the text it is"),
    ("bbox-4or6elements.geojson", "a bbox is not read: the shapes say where they are"),
    ("excessive_precision_truncated.geojson", "digits beyond a micrometre are kept"),
    ("geometrycollection_nested.geojson", "bad style; a collection is no parcel, and SHAPE_TYPE says so"),
    ("geometrycollection_single.geojson", "bad style; a collection is no parcel, and SHAPE_TYPE says so"),
    ("short-line.geojson", "a line, however short, is no parcel, and SHAPE_TYPE says so"),
    ("short-multilinestring.geojson", "a line, however short, is no parcel, and SHAPE_TYPE says so"),
];

/// Said of any layer that has no parcels in it: no fault of the file.
const OF_ANY_FILE: [Code; 2] = [Code::NoId, Code::ShapeType];

/// What is read of a file, or why it is refused, and what is said of it.
struct Reading {
    line: String,
    /// It is not read at all, or not as a layer of parcels.
    refused: bool,
    read: bool,
    codes: BTreeMap<&'static str, usize>,
}

#[test]
fn real_files_are_read_as_the_snapshot_says() {
    let Some(data) = shared::folder("data") else { return };
    let mut lines = Vec::new();
    for (folder, ending) in FOLDERS {
        for path in files(&data.join(folder), ending) {
            let name = path.file_name().unwrap().to_string_lossy();
            // The registers are named by a hash: a piece of it is enough to tell them.
            let short: String = if folder == "uk_brownfield" { name.chars().take(8).collect() } else { name.into_owned() };
            lines.push(format!("{folder}/{short}: {}", reading(&path).line));
        }
    }
    let text = lines.join("\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/real_dirt.txt");
    if std::env::var_os("MUJUN_WRITE_SNAPSHOT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    for (n, (is, was)) in text.lines().zip(known.lines()).enumerate() {
        assert_eq!(is, was, "line {}", n + 1);
    }
    assert_eq!(text.lines().count(), known.lines().count(), "files were added or taken away");
}

#[test]
fn every_file_that_geojsonhint_calls_good_is_read() {
    let Some(data) = shared::folder("data") else { return };
    for path in files(&data.join("geojsonhint/good"), "geojson") {
        let reading = reading(&path);
        assert!(reading.read, "{}: {}", path.display(), reading.line);
    }
}

#[test]
fn every_file_that_geojsonhint_calls_bad_is_refused_or_reported() {
    let Some(data) = shared::folder("data") else { return };
    let mut silent = Vec::new();
    for path in files(&data.join("geojsonhint/bad"), "geojson") {
        let reading = reading(&path);
        let said = reading.refused || reading.codes.keys().any(|code| OF_ANY_FILE.iter().all(|any| any.name() != *code));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let excused = NOT_BAD.iter().any(|(known, _)| *known == name);
        if said == excused {
            let why = fs::read_to_string(path.with_extension("result")).unwrap_or_default();
            silent.push(format!("{name} ({}): {}\n{why}", if said { "excused, but said" } else { "silent" }, reading.line));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    paths.sort();
    paths
}

fn reading(path: &Path) -> Reading {
    let data = match file::open(path, &ReadOptions::default(), &|_| ()) {
        Ok(data) => data,
        Err(error) => return refused(&error, path),
    };
    let mut codes = BTreeMap::new();
    for fault in &data.faults {
        *codes.entry(fault.code.name()).or_default() += 1;
    }
    let mut line = described(&data);
    line += &counted("reading", &codes);
    if data.shapes.is_some() {
        let layer = read::layer(Source::Parcels, &InputSpec::from(path.to_path_buf()), &Silent);
        match layer.and_then(|layer| check::parcels(layer, &Silent)) {
            Ok(checked) => {
                let mut found = BTreeMap::new();
                for finding in &checked.findings {
                    *found.entry(finding.code.name()).or_default() += 1;
                }
                for (code, count) in &codes {
                    if let Some(n) = found.get_mut(code) {
                        *n -= count;
                    }
                }
                found.retain(|_, count| *count > 0);
                line += &counted("checking", &found);
                codes.extend(found);
            }
            Err(error) => {
                let reading = refused(&error, path);
                return Reading { line: format!("{line}; as parcels {}", reading.line), read: true, ..reading };
            }
        }
    }
    Reading { line, refused: false, read: true, codes }
}

/// The first line of an error, without the folder the file is in.
fn refused(error: &mujun::Error, path: &Path) -> Reading {
    let said = error.to_string().replace(&path.parent().unwrap().display().to_string(), "");
    let first = said.lines().next().unwrap_or_default().trim_start_matches('/').to_owned();
    let why = first.split_once(": ").map_or(first.clone(), |(_, why)| why.to_owned());
    Reading { line: format!("refused: {why}"), refused: true, read: false, codes: BTreeMap::new() }
}

fn described(data: &Dataset) -> String {
    let kinds: BTreeMap<&str, usize> = data.shapes.iter().flatten().fold(BTreeMap::new(), |mut kinds, shape| {
        *kinds.entry(shape.type_name()).or_default() += 1;
        kinds
    });
    let shapes: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let shapes = if shapes.is_empty() { String::new() } else { format!(" ({})", shapes.join(", ")) };
    let encoding = data.encoding.as_ref().map(|e| format!(", {} ({:?})", e.name, e.evidence)).unwrap_or_default();
    let crs = data.crs.as_ref().map(|text| format!(", {}", system(text))).unwrap_or_default();
    format!("{} rows{shapes}, {} columns{encoding}{crs}", data.rows.height(), data.rows.width())
}

fn system(text: &str) -> String {
    match Crs::named(text) {
        Ok(crs) => crs.name(),
        Err(_) => format!("unknown system {}", text.chars().take(40).collect::<String>()),
    }
}

fn counted(what: &str, codes: &BTreeMap<&'static str, usize>) -> String {
    let list: Vec<String> = codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
    if list.is_empty() { String::new() } else { format!("; {what}: {}", list.join(", ")) }
}
