//! Layers in a zip, read without unpacking it.
//!
//! Nothing is written to a place that a name in the zip says. Formats whose readers need a file get a temporary one with a name of
//! ours, readable by its owner only and removed after. How much a zip unpacks to is counted while it does: what it claims of
//! itself is not believed.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use zip::ZipArchive;

use super::{Parts, assemble};
use crate::error::{Error, Result, io};
use crate::read::dataset::{Dataset, ReadOptions};
use crate::read::encoding;
use crate::read::file::{self, Format};

/// Bytes that one layer may unpack to.
const LIMIT: u64 = 2 << 30;
/// How many times its packed size an entry may have, once it has passed `FREE` bytes.
const RATIO: u64 = 200;
const FREE: u64 = 64 << 20;

/// Endings of layers with shapes, beside `.shp`.
const LAYERS: [&str; 5] = ["geojson", "geojsonl", "gpkg", "fgb", "parquet"];
/// Endings of tables.
const TABLES: [&str; 3] = ["dbf", "csv", "xlsx"];

type Archive = ZipArchive<BufReader<File>>;

/// A file in the zip.
#[derive(Debug, Clone)]
struct Entry {
    index: usize,
    /// Its path, with `/`, decoded.
    path: String,
}

impl Entry {
    fn ending(&self) -> String {
        self.path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
    }

    /// Path without ending.
    fn root(&self) -> &str {
        self.path.rsplit_once('.').map_or(&self.path, |(root, _)| root)
    }

    /// The last part of the path without ending.
    fn stem(&self) -> &str {
        self.root().rsplit('/').next().unwrap_or_default()
    }
}

/// A layer or table of the zip.
#[derive(Debug, Clone)]
struct Item {
    name: String,
    entry: Entry,
    has_shapes: bool,
}

/// The names of the layers and tables in a zip.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    guarded(path, || {
        let items = items(&entries(&mut open(path)?)?);
        if items.is_empty() { Err(nothing()) } else { Ok(items.into_iter().map(|item| item.name).collect()) }
    })
}

/// Reads one layer of a zip: the one named, or the only one, or the only one with shapes.
pub(super) fn read(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    guarded(path, || {
        let mut archive = open(path)?;
        let entries = entries(&mut archive)?;
        let (item, inner) = choose(items(&entries), options.layer.as_deref())?;
        let whole = inner.is_none();
        let options = ReadOptions { layer: inner, encoding: options.encoding.clone() };
        if matches!(item.entry.ending().as_str(), "shp" | "dbf") {
            let parts = parts(&mut archive, &entries, &item)?;
            // The bytes are in memory now.
            drop(archive);
            return assemble(&parts, &options, tick).map_err(|e| e.at(&item.entry.path));
        }
        let copy = Copy::of(&mut archive, &item.entry)?;
        if file::sniff(&copy.path).is_ok_and(|format| format == Format::Zip) {
            return Err(Error::new("a zip within the zip").at(&item.entry.path).remedy("unpack the outer zip first"));
        }
        let read = file::open(&copy.path, &options, tick);
        // Its name here is the one that picks it out again: a file of another kind may have the same stem.
        read.map(|read| Dataset { name: if whole { item.name } else { read.name }, ..read })
            .map_err(|e| e.moved_to(path.to_path_buf()).at(&item.entry.path))
    })
}

/// Runs what uses the zip crate: a panic there is a damaged zip.
fn guarded<T>(path: &Path, run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(damaged("its reader gave up"))).map_err(|e| e.in_file(path))
}

fn open(path: &Path) -> Result<Archive> {
    let file = File::open(path).map_err(|e| io(path, "read", &e))?;
    ZipArchive::new(BufReader::new(file)).map_err(|e| damaged(&e.to_string()))
}

/// The files in the zip; names without the UTF-8 mark are in the encoding of the machine that packed it.
fn entries(archive: &mut Archive) -> Result<Vec<Entry>> {
    let names: Vec<Vec<u8>> = archive.file_names_raw().map(<[u8]>::to_vec).collect();
    let encoding = encoding::detect(names.iter().map(Vec::as_slice), None, None)?;
    let entries = names
        .iter()
        .enumerate()
        .map(|(index, name)| Entry { index, path: encoding::decode(name, &encoding).0.replace('\\', "/") });
    // What a Mac packs beside each file, and folders.
    Ok(entries
        .filter(|entry| !entry.path.ends_with('/') && !entry.path.starts_with("__MACOSX/") && !entry.stem().is_empty())
        .collect())
}

/// The layers and tables among the files. A name that two share becomes the whole path.
fn items(entries: &[Entry]) -> Vec<Item> {
    let shapefiles: HashSet<String> =
        entries.iter().filter(|entry| entry.ending() == "shp").map(|entry| entry.root().to_lowercase()).collect();
    let is_attribute_table = |entry: &Entry| entry.ending() == "dbf" && shapefiles.contains(&entry.root().to_lowercase());
    let mut items: Vec<Item> = entries
        .iter()
        .filter(|entry| !is_attribute_table(entry))
        .filter_map(|entry| {
            let ending = entry.ending();
            let has_shapes = ending == "shp" || LAYERS.contains(&ending.as_str());
            let name = if ending == "shp" { entry.stem() } else { entry.path.rsplit('/').next().unwrap_or_default() };
            (has_shapes || TABLES.contains(&ending.as_str())).then(|| Item {
                name: name.to_owned(),
                entry: entry.clone(),
                has_shapes,
            })
        })
        .collect();
    let mut names: HashMap<String, usize> = HashMap::new();
    items.iter().for_each(|item| *names.entry(item.name.clone()).or_default() += 1);
    for item in &mut items {
        if names.get(&item.name).is_some_and(|count| *count > 1) {
            item.name.clone_from(&item.entry.path);
        }
    }
    items
}

fn is_beside(a: &Entry, b: &Entry) -> bool {
    a.root().to_lowercase() == b.root().to_lowercase()
}

/// The item asked for, and the layer within it after a `/`.
fn choose(mut items: Vec<Item>, wanted: Option<&str>) -> Result<(Item, Option<String>)> {
    let list = items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>().join(", ");
    let with_shapes = items.iter().filter(|item| item.has_shapes).count();
    let found = match wanted {
        Some(wanted) => {
            items.iter().position(|item| item.name == wanted || item.entry.path == wanted || item.entry.root() == wanted)
        }
        None if items.is_empty() => return Err(nothing()),
        None if with_shapes == 1 => items.iter().position(|item| item.has_shapes),
        None if items.len() == 1 => Some(0),
        None => return Err(Error::new("has several layers, and none is named").remedy(format!("name one with layer: {list}"))),
    };
    if let Some(found) = found {
        return Ok((items.swap_remove(found), None));
    }
    let within = wanted.and_then(|wanted| {
        items.iter().find_map(|item| Some((item.clone(), wanted.strip_prefix(&item.name)?.strip_prefix('/')?.to_owned())))
    });
    within.map(|(item, layer)| (item, Some(layer))).ok_or_else(|| {
        Error::new(format!("has no layer \"{}\"", wanted.unwrap_or_default())).remedy(format!("its layers are: {list}"))
    })
}

fn parts(archive: &mut Archive, entries: &[Entry], item: &Item) -> Result<Parts> {
    let mut left = LIMIT;
    let mut part = |ending: &str| -> Result<Option<Vec<u8>>> {
        let beside = |entry: &&Entry| entry.ending() == ending && is_beside(entry, &item.entry);
        // Two that differ in case only: the one spelled like the item.
        let entry = entries.iter().filter(beside).min_by_key(|entry| entry.root() != item.entry.root());
        entry
            .map(|entry| {
                let mut bytes = Vec::new();
                unpack(archive, entry, &mut left, &mut bytes)?;
                Ok(bytes)
            })
            .transpose()
    };
    let is_layer = item.entry.ending() == "shp";
    Ok(Parts {
        name: item.name.clone(),
        shp: if is_layer { part("shp")? } else { None },
        shx: if is_layer { part("shx")? } else { None },
        dbf: part("dbf")?,
        dbt: part("dbt")?,
        fpt: part("fpt")?,
        cpg: part("cpg")?,
        prj: if is_layer { part("prj")? } else { None },
    })
}

/// Unpacks an entry into `to`, no more than `left` bytes.
fn unpack(archive: &mut Archive, entry: &Entry, left: &mut u64, to: &mut impl Write) -> Result<()> {
    let fail = |why: &str| damaged(why).at(&entry.path);
    let mut file = archive.by_index(entry.index).map_err(|e| match e {
        zip::result::ZipError::UnsupportedArchive(why) => Error::new(format!("cannot be unpacked: {why}"))
            .at(&entry.path)
            .remedy("pack it again as an ordinary zip without a password"),
        e => fail(&e.to_string()),
    })?;
    let packed = file.compressed_size().max(1);
    let mut buffer = vec![0; 64 << 10];
    let mut unpacked = 0u64;
    loop {
        let n = file.read(&mut buffer).map_err(|e| fail(&e.to_string()))?;
        if n == 0 {
            return Ok(());
        }
        unpacked += n as u64;
        if n as u64 > *left || (unpacked > FREE && unpacked / packed > RATIO) {
            return Err(Error::new("unpacks to far more than a layer has")
                .at(&entry.path)
                .remedy("unpack it by hand if you trust it, and name the file inside"));
        }
        *left -= n as u64;
        to.write_all(&buffer[..n])
            .map_err(|e| Error::new(format!("could not be unpacked: {e}")).remedy("free some space for temporary files"))?;
    }
}

/// A temporary copy of an entry.
struct Copy {
    path: PathBuf,
}

impl Copy {
    fn of(archive: &mut Archive, entry: &Entry) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("mujun-{}-{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed), entry.ending());
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(|e| io(&path, "write", &e))?;
        let copy = Self { path };
        let mut left = LIMIT;
        unpack(archive, entry, &mut left, &mut file)?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // If it cannot be removed, nothing more can be done about it.
        let _ = fs::remove_file(&self.path);
    }
}

fn damaged(why: &str) -> Error {
    Error::new(format!("the zip cannot be read: {why}"))
        .remedy("pack or download it again; it must be a plain zip without a password")
}

fn nothing() -> Error {
    Error::new("is a zip without a layer in it").remedy("pack the .shp with its .shx, .dbf and .prj, or name the file itself")
}
