//! FlatGeobuf, with or without its index.
//!
//! Every size in the file is checked against the bytes that are there, and every FlatBuffer is verified before it is looked at.
//! Rows come in the order of the file, which for a file with an index is that of a Hilbert curve.

mod geometry;
mod properties;

use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use flatgeobuf::{GeometryType, Header, size_prefixed_root_as_feature, size_prefixed_root_as_header};
use rayon::prelude::*;

use super::columns::Columns;
use super::dataset::{Collection, Dataset, Fault, ReadOptions};
use super::wkb::Parsed;
use crate::error::{Error, Result, io};
use crate::finding::{Code, Detail, detail};
use crate::model::RawShape;
use properties::Column;

/// Bytes of features given to one thread at a time.
const BATCH: usize = 2 << 20;

/// Bytes of one node of the index: a box and an offset.
const NODE: u64 = 40;

const MAGIC: usize = 8;

/// The names of the layers in the file: one.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    Ok(vec![Source::open(path)?.about.name])
}

/// Reads the file, which holds one layer.
pub(super) fn read(path: &Path, _: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let mut source = Source::open(path)?;
    let about = source.about.clone();
    let mut failed = None;
    let mut parts: Vec<Part> = std::iter::from_fn(|| match source.next_batch() {
        Ok(batch) => batch,
        Err(error) => {
            failed = Some(error);
            None
        }
    })
    .par_bridge()
    .map(|batch| {
        let part = Part::parse(&batch, &about);
        tick(part.shapes.len() as u64);
        part
    })
    .collect();
    if let Some(error) = failed {
        return Err(io(path, "read", &error));
    }
    parts.sort_by_key(|part| part.index);
    let (mut shapes, mut columns, mut faults, mut heights) = (Vec::new(), Vec::with_capacity(parts.len()), source.faults, 0);
    for part in parts {
        shapes.extend(part.shapes);
        columns.push(part.columns);
        faults.extend(part.faults);
        heights += part.heights;
    }
    if heights > 0 {
        faults.push(Fault::file(Code::HeightDropped, detail!("{heights} 个图形", "{heights} shapes")));
    }
    Ok(Dataset {
        rows: properties::typed(&Columns::concat(columns)?, shapes.len(), &about.columns).map_err(|e| e.in_file(path))?,
        name: about.name,
        sheet_rows: Vec::new(),
        shapes: Some(shapes),
        crs: about.crs,
        schematic: false,
        encoding: None,
        collection: Collection::default(),
        faults,
    })
}

/// What the header says.
#[derive(Debug, Clone)]
struct About {
    name: String,
    /// The type of every shape, or `Unknown` where each says its own.
    kind: GeometryType,
    columns: Vec<Column>,
    crs: Option<String>,
    /// The number of features; 0 where the writer did not know.
    count: u64,
    index: u64,
}

/// Some whole features.
struct Batch {
    index: usize,
    first_row: usize,
    /// Each a FlatBuffer with its size before it.
    bytes: Vec<u8>,
    features: Vec<std::ops::Range<usize>>,
}

/// The file, one batch after the other.
struct Source {
    reader: BufReader<File>,
    about: About,
    /// Bytes that are still to come.
    left: u64,
    batches: usize,
    rows: usize,
    faults: Vec<Fault>,
}

impl Source {
    /// Reads the header and goes past the index.
    fn open(path: &Path) -> Result<Self> {
        let disk = |e: std::io::Error| io(path, "read", &e);
        let file = File::open(path).map_err(disk)?;
        let length = file.metadata().map_err(disk)?.len();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let mut begin = [0; MAGIC + 4];
        reader.read_exact(&mut begin).map_err(|_| damaged(path, "it is cut off in its header"))?;
        let size = u32::from_le_bytes([begin[8], begin[9], begin[10], begin[11]]);
        let left = length.saturating_sub(begin.len() as u64);
        if !(begin.starts_with(b"fgb\x03") && begin[4..7] == *b"fgb") {
            return Err(damaged(path, "it does not begin as FlatGeobuf of version 3 does"));
        }
        if u64::from(size) > left || size < 8 {
            return Err(damaged(path, &format!("its header is said to have {size} bytes, the file has {left}")));
        }
        let mut header = begin[MAGIC..].to_vec();
        (&mut reader).take(size.into()).read_to_end(&mut header).map_err(disk)?;
        let (about, faults) = catch_unwind(|| describe(&header))
            .map_err(|_| damaged(path, "its header makes no sense"))?
            .map_err(|why| damaged(path, &why))?;
        let about = About { name: if about.name.is_empty() { super::file::stem(path) } else { about.name }, ..about };
        let left = left - u64::from(size);
        if about.index > left {
            return Err(damaged(path, &format!("its index is said to have {} bytes, {left} are there", about.index)));
        }
        std::io::copy(&mut (&mut reader).take(about.index), &mut std::io::sink()).map_err(disk)?;
        Ok(Self { reader, left: left - about.index, about, batches: 0, rows: 0, faults })
    }

    /// The next features; `None` after the last.
    fn next_batch(&mut self) -> std::io::Result<Option<Batch>> {
        let mut batch = Batch { index: self.batches, first_row: self.rows, bytes: Vec::new(), features: Vec::new() };
        while batch.bytes.len() < BATCH && self.left > 0 {
            let mut size = [0; 4];
            if self.left < 4 {
                self.cut_off(detail!("第 {} 行之后", "after row {}", self.rows));
                break;
            }
            self.reader.read_exact(&mut size)?;
            self.left -= 4;
            let bytes = u64::from(u32::from_le_bytes(size));
            if bytes > self.left {
                self.cut_off(detail!(
                    "第 {} 行写明 {bytes} 字节，只剩 {} 字节",
                    "row {} is said to have {bytes} bytes, {} are there",
                    self.rows + 1,
                    self.left
                ));
                break;
            }
            let begin = batch.bytes.len();
            batch.bytes.extend_from_slice(&size);
            (&mut self.reader).take(bytes).read_to_end(&mut batch.bytes)?;
            self.left -= bytes;
            self.rows += 1;
            batch.features.push(begin..batch.bytes.len());
        }
        if batch.features.is_empty() {
            self.count();
            return Ok(None);
        }
        self.batches += 1;
        Ok(Some(batch))
    }

    fn cut_off(&mut self, why: Detail) {
        self.left = 0;
        self.faults.push(Fault::file(Code::FileTruncated, why));
    }

    /// Compares the number of features with what the header says.
    fn count(&mut self) {
        let (said, found) = (self.about.count, self.rows as u64);
        let cut = self.faults.iter().any(|fault| fault.code == Code::FileTruncated);
        if said == 0 || said == found || cut {
            return;
        }
        let code = if found < said { Code::FileTruncated } else { Code::FileCountDiffers };
        self.faults.push(Fault::file(
            code,
            detail!("文件头写明 {said} 行，实有 {found} 行", "the header says {said} rows, there are {found}"),
        ));
    }
}

/// What a verified header says, and what was wrong with it.
fn describe(bytes: &[u8]) -> std::result::Result<(About, Vec<Fault>), String> {
    let header = size_prefixed_root_as_header(bytes).map_err(|e| format!("its header is damaged: {e}"))?;
    let (columns, faults) = properties::columns(header.columns().into_iter().flatten());
    let count = header.features_count();
    let index = index_size(count, header.index_node_size()).ok_or("its header gives an impossible number of features")?;
    let name = header.name().unwrap_or_default().to_owned();
    Ok((About { name, kind: header.geometry_type(), columns, crs: crs(&header), count, index }, faults))
}

/// Bytes of the index: a tree of nodes above the features, packed level by level.
fn index_size(count: u64, node_size: u16) -> Option<u64> {
    if node_size == 0 || count == 0 {
        return Some(0);
    }
    let (node_size, mut level, mut nodes) = (u64::from(node_size.max(2)), count, count);
    while level > 1 {
        level = level.div_ceil(node_size);
        nodes = nodes.checked_add(level)?;
    }
    // A single feature still has a root above it.
    nodes += u64::from(count == 1);
    nodes.checked_mul(NODE)
}

/// The reference system as `EPSG:code`, else as its definition.
fn crs(header: &Header<'_>) -> Option<String> {
    let crs = header.crs()?;
    let organization = crs.org().unwrap_or("EPSG");
    if crs.code() > 0 {
        return Some(format!("{organization}:{}", crs.code()));
    }
    let code = crs.code_string().filter(|code| !code.is_empty()).map(|code| format!("{organization}:{code}"));
    crs.wkt().filter(|wkt| !wkt.is_empty()).map(str::to_owned).or(code)
}

/// A batch as rows.
struct Part {
    index: usize,
    shapes: Vec<RawShape>,
    columns: Columns,
    faults: Vec<Fault>,
    heights: usize,
}

impl Part {
    fn parse(batch: &Batch, about: &About) -> Self {
        let mut part = Self {
            index: batch.index,
            shapes: Vec::with_capacity(batch.features.len()),
            columns: Columns::default(),
            faults: Vec::new(),
            heights: 0,
        };
        for (n, range) in batch.features.iter().enumerate() {
            let bytes = &batch.bytes[range.clone()];
            let row = batch.first_row + n;
            // The buffer is verified; should the library stumble over it nevertheless, the row is lost and nothing else.
            let added = catch_unwind(AssertUnwindSafe(|| part.feature(bytes, row, about)));
            let shape = match added.unwrap_or_else(|_| Err("its bytes make no sense".to_owned())) {
                Ok(shape) => shape,
                Err(why) => {
                    part.faults.push(Fault::row(Code::RowUnreadable, row, why));
                    RawShape::Missing
                }
            };
            part.shapes.push(shape);
            part.columns.end_row();
        }
        part
    }

    /// Adds the values of a feature to the row under construction, all of them or none; its shape.
    fn feature(&mut self, bytes: &[u8], row: usize, about: &About) -> std::result::Result<RawShape, String> {
        let feature = size_prefixed_root_as_feature(bytes).map_err(|e| e.to_string())?;
        let own = feature.columns().filter(|columns| !columns.is_empty()).map(|columns| properties::columns(columns.iter()).0);
        let columns = own.as_ref().unwrap_or(&about.columns);
        let values = properties::values(feature.properties().map(|p| p.bytes()).unwrap_or_default(), columns)?;
        let Parsed { shape, heights } = match feature.geometry() {
            None => Parsed { shape: RawShape::Missing, heights: false },
            Some(found) => geometry::parse(&found, about.kind, bytes.len()),
        };
        for (column, value) in values {
            if let super::columns::Cell::Text(text) = &value
                && text.contains('\u{fffd}')
            {
                self.faults.push(Fault::row(Code::TextGarbled, row, format!("{}: {text}", columns[column].name)));
            }
            self.columns.set(&columns[column].name, value);
        }
        self.heights += usize::from(heights);
        Ok(shape)
    }
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::new(format!("cannot be read as FlatGeobuf: {why}"))
        .in_file(path)
        .remedy("the file was cut off or damaged: copy or export it again")
}

#[cfg(test)]
mod tests;
