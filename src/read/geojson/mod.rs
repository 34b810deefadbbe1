//! GeoJSON at the speed of the parser: cut into features, parse batches in parallel.

mod coordinates;
mod feature;
mod plain;
pub(super) mod sequence;
mod split;
mod tally;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Mutex;

use rayon::prelude::*;

use super::columns::Columns;
use super::dataset::{Dataset, Fault, ReadOptions};
use crate::error::{Error, Result, io};
use crate::finding::Code;
use crate::model::RawShape;
use split::{SplitError, Splitter};
use tally::Tally;

/// Bytes of text given to one thread at a time: what fits the cache between cutting and reading it.
const BATCH: usize = 1 << 18;

struct Part {
    index: usize,
    shapes: Vec<RawShape>,
    columns: Columns,
    faults: Vec<Fault>,
    tally: Tally,
}

/// Reads a text sequence; see [`read`] for a collection.
pub(super) fn read_sequence(path: &Path, _: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    sequence::read(path, tick)
}

/// Reads a FeatureCollection (or one Feature, or one geometry).
///
/// `tick` is told how many features each batch brought.
pub(super) fn read(path: &Path, _: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let file = File::open(path).map_err(|e| io(path, "read", &e))?;
    let mut splitter = Splitter::open(file, BATCH).map_err(|e| locate(path, e))?;
    let mut failed = None;
    let spare = Mutex::new(Vec::new());
    let spared = || spare.lock().ok().and_then(|mut texts| texts.pop()).unwrap_or_default();
    let parts = std::iter::from_fn(|| match splitter.next_batch(spared()) {
        Ok(batch) => batch,
        Err(error) => {
            failed = Some(error);
            None
        }
    })
    .par_bridge()
    .map(|batch| {
        let part = parse_batch(path, &batch);
        tick(batch.features.len() as u64);
        if let Ok(mut texts) = spare.lock() {
            texts.push(batch.text);
        }
        part
    })
    .collect::<Result<Vec<Part>>>()?;
    if let Some(error) = failed {
        return Err(locate(path, error));
    }
    let member = |name: &str| {
        splitter
            .members
            .iter()
            .find(|(n, _)| n == name)
            .and_then(|(_, text)| serde_json::from_slice::<serde_json::Value>(text).ok())
    };
    let crs = match member("crs") {
        Some(crs) if !crs.is_null() => Some(crs_name(path, &crs)?),
        // RFC 7946: longitude and latitude.
        _ => Some("OGC:CRS84".to_owned()),
    };
    let schematic = member("schematic").is_some_and(|v| v == true);
    let is_collection = splitter.members.iter().any(|(name, value)| name == "type" && value == b"\"FeatureCollection\"");
    let boxes = usize::from(is_collection && splitter.members.iter().any(|(name, _)| name == "bbox"));
    let mut read = dataset(path, parts, Tally { boxes, ..Tally::default() })?;
    if is_collection {
        read.collection.members = foreign_members(&splitter.members);
    }
    Ok(Dataset { crs, schematic, ..read })
}

/// The members that RFC 7946 and its predecessor do not define; the box is made anew by whoever needs it.
fn foreign_members(members: &[(String, Vec<u8>)]) -> Vec<(String, String)> {
    const DEFINED: [&str; 7] = ["type", "features", "crs", "bbox", "geometry", "properties", "id"];
    members
        .iter()
        .filter(|(name, _)| !DEFINED.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.clone(), String::from_utf8(value.clone()).ok()?)))
        .collect()
}

/// The parts as one layer, in the order of the file.
fn dataset(path: &Path, mut parts: Vec<Part>, mut tally: Tally) -> Result<Dataset> {
    parts.sort_by_key(|part| part.index);
    parts.iter().for_each(|part| tally.add(part.tally));
    let (mut shapes, mut columns, mut faults) = (Vec::new(), Vec::with_capacity(parts.len()), Vec::new());
    shapes.reserve_exact(parts.iter().map(|part| part.shapes.len()).sum());
    for part in parts {
        shapes.extend(part.shapes);
        columns.push(part.columns);
        faults.extend(part.faults);
    }
    faults.splice(0..0, tally.faults(&Columns::mixed(&columns)));
    let rows = Columns::concat(columns).map_err(|e| e.in_file(path))?;
    let ids = rows.column("id").map_or(0, |ids| ids.len() - ids.null_count());
    Ok(Dataset {
        name: super::file::stem(path),
        rows,
        sheet_rows: Vec::new(),
        shapes: Some(shapes),
        crs: None,
        schematic: false,
        encoding: None,
        collection: tally.collection(ids),
        faults,
    })
}

fn parse_batch(path: &Path, batch: &split::Batch) -> Result<Part> {
    let mut part = Part {
        index: batch.index,
        shapes: Vec::with_capacity(batch.features.len()),
        columns: Columns::default(),
        faults: Vec::new(),
        tally: Tally::default(),
    };
    for (n, range) in batch.features.iter().enumerate() {
        let row = batch.first_row + n;
        let fault = |why: &str, lines: usize, remedy: &str| {
            let line = line_of(path, batch.offset + range.start as u64) + lines as u64;
            Error::new(format!("the feature cannot be read: {why}"))
                .in_file(path)
                .at(format!("line {line}, feature {}", row + 1))
                .remedy(remedy)
        };
        let text = std::str::from_utf8(&batch.text[range.clone()]).map_err(|_| {
            let remedy = "the text is probably GBK: convert it with `iconv -f GB18030 -t UTF-8`, or export it as UTF-8";
            fault("its text is not UTF-8", 0, remedy)
        })?;
        let parsed = feature::parse(text, &mut part.columns).map_err(|error| {
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or(&why);
            fault(why, error.line().saturating_sub(1), "mend the JSON there, or export the layer again")
        })?;
        part.shapes.push(parsed.shape);
        part.tally.add(parsed.tally);
        part.faults.extend(parsed.repeated_key.map(|key| Fault::row(Code::RepeatedKey, row, key)));
    }
    Ok(part)
}

fn is_shape_type(kind: &str) -> bool {
    matches!(kind, "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon" | "GeometryCollection")
}

fn crs_name(path: &Path, crs: &serde_json::Value) -> Result<String> {
    let properties = &crs["properties"];
    match (&properties["name"], &properties["code"]) {
        (serde_json::Value::String(name), _) => Ok(name.clone()),
        (_, serde_json::Value::Number(code)) => Ok(format!("EPSG:{code}")),
        _ => Err(Error::new("has a \"crs\" member that names no coordinate reference system")
            .in_file(path)
            .remedy("remove the member, or name the system in survey.toml: crs = \"EPSG:4490\"")),
    }
}

fn locate(path: &Path, error: SplitError) -> Error {
    match error {
        SplitError::Disk(error) => io(path, "read", &error),
        SplitError::Text(fault) => {
            Error::new(fault.why).in_file(path).at(format!("line {}", line_of(path, fault.offset))).remedy(fault.remedy)
        }
    }
}

/// The line, from 1, that byte `offset` is in. Only for messages: the file is read again.
fn line_of(path: &Path, offset: u64) -> u64 {
    let Ok(file) = File::open(path) else { return 0 };
    let mut reader = BufReader::new(file).take(offset);
    let mut lines = 1;
    loop {
        let Ok(buffer) = reader.fill_buf() else { return lines };
        if buffer.is_empty() {
            return lines;
        }
        lines += memchr::memchr_iter(b'\n', buffer).count() as u64;
        let n = buffer.len();
        reader.consume(n);
    }
}
