//! GeoParquet and plain Parquet.
//!
//! Row groups are read in parallel. Columns keep their values: integers and floats as numbers, dates as ISO text, bytes in
//! hexadecimal, lists and records as JSON.

mod geometry;
mod json;
mod values;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use polars::prelude::{DataFrame, IntoColumn, Series};
use rayon::prelude::*;

use super::dataset::{Collection, Dataset, Fault, ReadOptions};
use super::wkb::Parsed;
use crate::error::{Error, Result, io};
use crate::finding::{Code, detail};
use crate::model::RawShape;
use geometry::Described;

/// Rows of one batch.
const BATCH: usize = 1 << 11;

/// Bytes that a file may unpack to, beside a hundred times its own size: a constant column packs well.
const UNPACKED: u64 = 256 << 20;

/// Rows a byte of the file may stand for.
const ROWS_PER_BYTE: u64 = 1 << 10;

/// The names of the layers in the file: one.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    Ok(vec![super::file::stem(path)])
}

/// Reads the file, which holds one layer or table.
pub(super) fn read(path: &Path, _: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    // The library checks much and panics at the rest.
    catch_unwind(AssertUnwindSafe(|| read_file(path, UNPACKED, tick)))
        .unwrap_or_else(|_| Err(damaged(path, "its bytes make no sense")))
}

fn read_file(path: &Path, unpacked: u64, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let file = File::open(path).map_err(|e| io(path, "read", &e))?;
    let length = file.metadata().map_err(|e| io(path, "read", &e))?.len();
    let metadata = metadata(path, &file)?;
    let rows = metadata.metadata().row_groups().iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(u64::MAX));
    let rows = rows.fold(0, u64::saturating_add);
    if rows > length.saturating_mul(ROWS_PER_BYTE) {
        return Err(damaged(path, &format!("{rows} rows are said to be in {length} bytes")));
    }
    let room = Room { left: AtomicU64::new(length.saturating_mul(100).saturating_add(unpacked)) };
    let schema = metadata.schema();
    let (described, guessed) = geometry::described(&metadata);
    let kept: Vec<usize> = (0..schema.fields().len())
        .filter(|n| !described.as_ref().is_some_and(|d| d.geometry == *n || d.covering == Some(*n)))
        .collect();
    let groups = (0..metadata.metadata().num_row_groups())
        .into_par_iter()
        .map(|group| Group::read(path, &metadata, group, &kept, described.as_ref(), &room, tick))
        .collect::<Result<Vec<Group>>>()?;
    let mut faults: Vec<Fault> = guessed.into_iter().map(|why| Fault::file(Code::FilePartMissing, why)).collect();
    let (mut columns, mut shapes, mut heights) = (kept.iter().map(|_| Vec::new()).collect::<Vec<_>>(), Vec::new(), 0usize);
    for group in groups {
        for (column, part) in columns.iter_mut().zip(group.columns) {
            column.extend(part);
        }
        heights += group.shapes.iter().filter(|parsed| parsed.heights).count();
        shapes.extend(group.shapes.into_iter().map(|parsed| parsed.shape));
    }
    if heights > 0 {
        faults.push(Fault::file(Code::HeightDropped, detail!("{heights} 个图形", "{heights} shapes")));
    }
    let names = names(kept.iter().map(|n| schema.field(*n).name().as_str()), &mut faults);
    let columns = kept
        .iter()
        .zip(columns)
        .zip(&names)
        .map(|((n, parts), name)| values::joined(name, parts, schema.field(*n).data_type()))
        .collect::<Result<Vec<Series>>>()
        .map_err(|e| e.in_file(path))?;
    let height = columns.first().map_or(shapes.len(), |column| column.len());
    let rows = DataFrame::new(height, columns.into_iter().map(IntoColumn::into_column).collect())
        .map_err(|e| damaged(path, &format!("its columns differ in length: {e}")))?;
    let crs = described.as_ref().and_then(|d| d.crs.clone());
    Ok(Dataset {
        name: super::file::stem(path),
        rows,
        sheet_rows: Vec::new(),
        shapes: described.is_some().then_some(shapes),
        crs,
        schematic: false,
        encoding: None,
        collection: Collection::default(),
        faults,
    })
}

/// The footer of the file. The schema of Arrow that writers hide in it is a convenience: where it is damaged, the file's own serves.
fn metadata(path: &Path, file: &File) -> Result<ArrowReaderMetadata> {
    ArrowReaderMetadata::load(file, ArrowReaderOptions::new())
        .or_else(|_| ArrowReaderMetadata::load(file, ArrowReaderOptions::new().with_skip_arrow_metadata(true)))
        .map_err(|e| damaged(path, &e.to_string()))
}

/// The bytes that may still be unpacked.
struct Room {
    left: AtomicU64,
}

impl Room {
    /// Takes some of it; false where there is not so much left.
    fn take(&self, bytes: u64) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }
}

/// The rows of one row group.
struct Group {
    /// Each kept column, batch by batch.
    columns: Vec<Vec<Series>>,
    shapes: Vec<Parsed>,
}

impl Group {
    fn read(
        path: &Path,
        metadata: &ArrowReaderMetadata,
        group: usize,
        kept: &[usize],
        described: Option<&Described>,
        room: &Room,
        tick: &(dyn Fn(u64) + Sync),
    ) -> Result<Self> {
        let place = || format!("row group {}", group + 1);
        // A file of its own: threads that share one would move each other's position.
        let file = File::open(path).map_err(|e| io(path, "read", &e))?;
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(BATCH)
            .build()
            .map_err(|e| damaged(path, &e.to_string()).at(place()))?;
        let mut all = Self { columns: kept.iter().map(|_| Vec::new()).collect(), shapes: Vec::new() };
        for batch in batches {
            let batch = batch.map_err(|e| damaged(path, &e.to_string()).at(place()))?;
            // Both are counted: a dictionary is small before it becomes a column, shapes only after they were bytes.
            let packed = batch.get_array_memory_size() as u64;
            let added = all.add(&batch, kept, described).map_err(|e| e.in_file(path).at(place()))?;
            if !room.take(packed.saturating_add(added)) {
                return Err(damaged(path, "it unpacks to more than a hundred times its size").at(place()));
            }
            tick(batch.num_rows() as u64);
        }
        Ok(all)
    }

    /// Adds a batch; the bytes that its columns take.
    fn add(&mut self, batch: &RecordBatch, kept: &[usize], described: Option<&Described>) -> Result<u64> {
        let mut bytes = 0;
        for (column, n) in self.columns.iter_mut().zip(kept) {
            let series = values::series(batch.column(*n))?;
            bytes += series.estimated_size() as u64;
            column.push(series);
        }
        if let Some(described) = described {
            let array = batch.column(described.geometry);
            self.shapes.extend((0..array.len()).map(|row| {
                if array.is_null(row) {
                    return Parsed { shape: RawShape::Missing, heights: false };
                }
                geometry::shape(array, row, &described.encoding)
            }));
        }
        Ok(bytes)
    }
}

/// The names of the columns; a later one of the same name gets a number.
fn names<'a>(given: impl Iterator<Item = &'a str>, faults: &mut Vec<Fault>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in given {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
            continue;
        }
        faults.push(Fault::file(Code::HeaderRepeated, name.to_owned()));
        let free = (2..).map(|n| format!("{name}_{n}")).find(|candidate| !names.contains(candidate));
        names.extend(free);
    }
    names
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::new(format!("cannot be read as Parquet: {why}"))
        .in_file(path)
        .remedy("the file was cut off or damaged: copy or export it again")
}

#[cfg(test)]
mod tests;
