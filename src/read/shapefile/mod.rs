//! Shapefiles, alone or in a zip, with parts missing or damaged.
//!
//! The reader is our own: the `dbase` crate reads every number as a float and so loses the end of long codes, it wants one
//! encoding named beforehand, and both it and `shapefile` trust the counts of a damaged file. Here every part is a slice of
//! bytes, whatever it came from, and no count is believed that the bytes do not bear out.
//!
//! ```text
//! set (files beside each other) ┐
//!                               ├→ parts → records → shape → rings ┐
//! archive (a zip)               ┘        → dbf → cell → table      ┴→ Dataset
//! ```

mod archive;
mod cell;
mod dbf;
mod dictionary;
mod number;
mod records;
mod rings;
mod set;
mod shape;
mod table;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use super::columns::Columns;
use super::dataset::{Collection, Dataset, Fault, ReadOptions};
use super::encoding;
use crate::error::{Error, Result, io};
use crate::finding::Code;
use crate::model::RawShape;
use records::{HEADER, Records};
use shape::Shape;

/// Faults of one kind that are told one by one; of the others only how many.
const FAULTS: usize = 1000;

/// The parts of one shapefile, in memory.
#[derive(Debug, Clone, Default)]
struct Parts {
    /// Name without ending.
    name: String,
    shp: Option<Vec<u8>>,
    shx: Option<Vec<u8>>,
    dbf: Option<Vec<u8>>,
    cpg: Option<Vec<u8>>,
    prj: Option<Vec<u8>>,
}

/// The names of the layers in the file: one for a shapefile, those of a zip by its list.
///
/// # Errors
/// A zip is damaged or has no layer in it.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    if is_zip(path)? { archive::layers(path) } else { Ok(vec![super::file::stem(path)]) }
}

/// Reads a shapefile by its `.shp`, a table by its `.dbf`, or a layer of a zip.
///
/// # Errors
/// The file is no shapefile, has nothing that can be read, or is a zip with several layers of which none was named.
pub(super) fn read(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    if is_zip(path)? {
        return archive::read(path, options, tick);
    }
    let read = assemble(&set::open(path)?, options, tick).map_err(|e| e.in_file(path))?;
    Ok(dictionary::restored(read, path))
}

fn is_zip(path: &Path) -> Result<bool> {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(4).read_to_end(&mut head)).map_err(|e| io(path, "read", &e))?;
    Ok(head == b"PK\x03\x04")
}

/// Puts the parts together: row *i* of the table belongs to record *i*.
fn assemble(parts: &Parts, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let mut faults = Vec::new();
    let stated_rows = parts.dbf.as_deref().and_then(|dbf| number::le_u32(dbf, 4)).and_then(|n| usize::try_from(n).ok());
    let records = records(parts, stated_rows, &mut faults)?;
    let layout = parts.dbf.as_deref().map(|dbf| dbf::layout(dbf, records.as_ref().map(|records| records.list.len())));
    let layout = match (layout, &records) {
        (Some(None), None) => return Err(no_table()),
        (Some(None), Some(_)) => {
            faults.push(Fault::file(Code::FilePartMissing, "the .dbf is no attribute table: there are no columns"));
            None
        }
        (layout, _) => layout.flatten(),
    };
    let missing: Vec<&str> = [(".shx", parts.shx.is_none()), (".dbf", parts.dbf.is_none()), (".prj", parts.prj.is_none())]
        .iter()
        .filter_map(|(part, missing)| missing.then_some(*part))
        .collect();
    if records.is_some() && !missing.is_empty() {
        faults.push(Fault::file(Code::FilePartMissing, format!("there is no {} beside the .shp", missing.join(", no "))));
    }
    let count = records.as_ref().map_or(0, |records| records.list.len());
    let mut height = count;
    let mut deleted = Vec::new();
    let (rows, encoding) = match &layout {
        Some(layout) => {
            height = height.max(layout.rows.len());
            deleted = layout.rows.iter().map(|row| dbf::is_deleted(row)).collect();
            faults.extend(table_faults(layout, records.as_ref(), &deleted));
            let cpg = parts.cpg.as_deref().map(String::from_utf8_lossy);
            let table = table::read(layout, cpg.as_deref(), options, height, tick)?;
            faults.extend(table.faults);
            (table.rows, Some(table.encoding))
        }
        None => {
            tick(count as u64);
            (no_columns(count)?, None)
        }
    };
    let shapes = records.map(|records| shapes(parts, &records, &deleted, height, &mut faults));
    Ok(Dataset {
        name: parts.name.clone(),
        rows,
        shapes,
        crs: parts.prj.as_deref().and_then(crs_text),
        schematic: false,
        encoding,
        collection: Collection::default(),
        faults,
    })
}

/// The records of the `.shp`, if there is one.
fn records(parts: &Parts, rows: Option<usize>, faults: &mut Vec<Fault>) -> Result<Option<Records>> {
    let Some(shp) = parts.shp.as_deref() else { return Ok(None) };
    let is_shp = number::be_i32(shp, 0) == Some(9994) || number::le_i32(shp, 28) == Some(1000);
    if shp.len() < HEADER && rows.is_some() {
        faults.push(Fault::file(Code::FileTruncated, format!("the .shp has {} bytes, not even its header", shp.len())));
        return Ok(Some(Records::default()));
    }
    if !is_shp || shp.len() < HEADER {
        return Err(Error::new("is not a shapefile: it does not begin like a .shp").remedy(
            "export the layer again, and copy the .shp, .shx, .dbf and .prj together; a download of a few kilobytes may be a web page",
        ));
    }
    let records = records::find(shp, parts.shx.as_deref(), rows);
    if records.cut {
        let detail = format!("the .shp ends within record {} or before the end its header names", records.list.len().max(1));
        faults.push(Fault::file(Code::FileTruncated, detail));
    }
    faults.extend(records.troubles.iter().map(|trouble| Fault::file(Code::FileCountDiffers, trouble.as_str())));
    Ok(Some(records))
}

fn table_faults(layout: &dbf::Layout<'_>, records: Option<&Records>, deleted: &[bool]) -> Vec<Fault> {
    let mut faults: Vec<Fault> =
        layout.cut.iter().map(|cut| Fault::file(Code::FileTruncated, format!("the .dbf: {cut}"))).collect();
    faults.extend(layout.troubles.iter().map(|trouble| Fault::file(Code::FileCountDiffers, format!("the .dbf: {trouble}"))));
    if layout.shifted > 0 {
        let detail = format!("the .dbf: {} rows begin with neither a space nor *: their columns may be shifted", layout.shifted);
        faults.push(Fault::file(Code::HeaderShifted, detail));
    }
    if let Some(records) = records.filter(|records| records.list.len() != layout.rows.len()) {
        let detail = format!("the .shp has {} shapes, the .dbf {} rows", records.list.len(), layout.rows.len());
        faults.push(Fault::file(Code::FileCountDiffers, detail));
    }
    let places: Vec<usize> = deleted.iter().enumerate().filter_map(|(n, deleted)| deleted.then_some(n + 1)).collect();
    if !places.is_empty() {
        let first: Vec<String> = places.iter().take(10).map(usize::to_string).collect();
        let more = if places.len() > first.len() { ", …" } else { "" };
        let with = if records.is_some() { " with their shapes" } else { "" };
        let detail = format!("{} rows are left out{with}: records {}{more}", places.len(), first.join(", "));
        faults.push(Fault::file(Code::RowDeleted, detail));
    }
    faults
}

/// The shapes of the rows that are not deleted, filled up to `height`.
fn shapes(parts: &Parts, records: &Records, deleted: &[bool], height: usize, faults: &mut Vec<Fault>) -> Vec<RawShape> {
    let shp = parts.shp.as_deref().unwrap_or_default();
    let is_live = |n: usize| !deleted.get(n).copied().unwrap_or(false);
    let live: Vec<&records::Record> =
        records.list.iter().enumerate().filter(|(n, _)| is_live(*n)).map(|(_, record)| record).collect();
    let read: Vec<Shape> =
        live.par_iter().map(|record| shape::read(shp.get(record.start..record.end).unwrap_or_default())).collect();
    let heights = read.iter().filter(|shape| shape.heights).count();
    if heights > 0 {
        faults.push(Fault::file(Code::HeightDropped, format!("{heights} shapes")));
    }
    let mut told = 0usize;
    for (row, (record, shape)) in live.iter().zip(&read).enumerate() {
        if let Some(trouble) = &record.trouble {
            told += 1;
            if told <= FAULTS {
                faults.push(Fault::row(Code::FileCountDiffers, row, trouble.as_str()));
            }
        }
        if shape.by_direction {
            faults.push(Fault::row(
                Code::RingsClash,
                row,
                "too many rings lie within rings: their direction decided which are holes",
            ));
        }
    }
    if told > FAULTS {
        faults.push(Fault::file(Code::FileCountDiffers, format!("and {} records more whose length is wrong", told - FAULTS)));
    }
    let mut shapes: Vec<RawShape> = read.into_iter().map(|shape| shape.raw).collect();
    shapes.extend((records.list.len()..height).filter(|n| is_live(*n)).map(|_| RawShape::Missing));
    shapes
}

fn no_columns(rows: usize) -> Result<polars::prelude::DataFrame> {
    let mut columns = Columns::default();
    (0..rows).for_each(|_| columns.end_row());
    columns.finish()
}

/// The text of a `.prj`; programs write local names in it in the encoding of their machine.
fn crs_text(prj: &[u8]) -> Option<String> {
    let encoding = encoding::detect(std::iter::once(prj), None, None).ok()?;
    let text = encoding::decode(prj, &encoding).0;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{FEFF}');
    (!text.is_empty()).then(|| text.to_owned())
}

fn no_table() -> Error {
    Error::new("is not an attribute table: it does not begin like a .dbf").remedy("export the table again")
}
