//! Gives bytes to one reader, named by the environment variable `READER`; `READER=seeds` writes seeds for all of them instead.

#![no_main]

mod seeds;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use mujun::read::dataset::ReadOptions;
use mujun::read::file;

/// Readers, and what the file is called that each is given.
pub(crate) const READERS: [(&str, &str); 10] = [
    ("geojson", "a.geojson"),
    ("geojson_sequence", "a.geojsons"),
    ("shapefile", "a.shp"),
    ("geopackage", "a.gpkg"),
    ("flatgeobuf", "a.fgb"),
    ("parquet", "a.parquet"),
    ("csv", "a.csv"),
    ("xlsx", "a.xlsx"),
    ("boundary_points", "a.txt"),
    ("zip", "a.zip"),
];

struct Run {
    reader: String,
    file: PathBuf,
    // Removed when the process ends well; a crash leaves a few kilobytes in memory.
    _folder: tempfile::TempDir,
}

fuzz_target!(|bytes: &[u8]| {
    static RUN: OnceLock<Run> = OnceLock::new();
    let run = RUN.get_or_init(begin);
    // The library catches panics of the parsers it uses: only one that comes out is a failure.
    if catch_unwind(AssertUnwindSafe(|| read(run, bytes))).is_err() {
        eprintln!("{} panicked", run.reader);
        std::process::abort();
    }
});

fn begin() -> Run {
    // The fuzzer's own hook ends the process at any panic, even one that is caught.
    set_hook(Box::new(|panic| {
        if std::env::var_os("SHOW_PANICS").is_some() {
            eprintln!("{panic}");
        }
    }));
    let reader = std::env::var("READER").unwrap_or_default();
    if reader == "seeds" {
        seeds::write(&PathBuf::from(std::env::var("CORPUS").expect("CORPUS names the folder for the seeds")));
    }
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder for the file");
    let name = READERS.iter().find(|(known, _)| *known == reader).map_or("none", |(_, name)| *name);
    assert!(name != "none" || matches!(reader.as_str(), "wkb" | "wkt" | "seeds"), "READER is none of the readers");
    Run { reader, file: folder.path().join(name), _folder: folder }
}

fn read(run: &Run, bytes: &[u8]) {
    match run.reader.as_str() {
        "seeds" => {}
        "wkb" => drop(file::shape_of_wkb(bytes)),
        "wkt" => drop(std::str::from_utf8(bytes).map(file::shape_of_wkt)),
        "shapefile" => {
            let (shapes, table) = parts(bytes);
            fs::write(&run.file, shapes).expect("memory for the file");
            fs::write(run.file.with_extension("dbf"), table).expect("memory for the file");
            open(run);
        }
        _ => {
            fs::write(&run.file, bytes).expect("memory for the file");
            open(run);
        }
    }
}

fn open(run: &Run) {
    let layers = file::layers(&run.file).unwrap_or_default();
    let layer = layers.into_iter().next();
    drop(file::open(&run.file, &ReadOptions { layer: None, encoding: None }, &|_| ()));
    if layer.is_some() {
        drop(file::open(&run.file, &ReadOptions { layer, encoding: None }, &|_| ()));
    }
}

/// The two files of a shapefile in one: the length of the first, then both.
fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return (bytes, &[]) };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    rest.split_at(length.min(rest.len()))
}
