//! Workbooks: one sheet is one table. Cells are read one by one, so that a sheet costs what is in it, not what it claims.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{DataRef, ExcelDateTime, Reader, Sheet, SheetType, SheetVisible, Xlsx};

use super::columns::Cell;
use super::dataset::{Dataset, Fault, ReadOptions};
use super::header::{layout, short};
use super::sheet::SheetCells;
use super::table;
use crate::error::{Error, Result, io};
use crate::finding::{Code, detail};

/// The first bytes of workbooks before 2007, and of encrypted ones.
pub(super) const OLD: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Bytes one part of the archive may unpack to.
const MOST_A_PART: u64 = 256 << 20;

/// Bytes all parts may unpack to.
const MOST: u64 = 1 << 30;

/// Bytes from which on a part may be at most [`RATIO`] times its packed size.
const RATIO_FROM: u64 = 64 << 20;

const RATIO: u64 = 200;

/// Bytes of text the cells of a sheet may have in all: a text that is stored once can stand in a million cells.
const MOST_TEXT: usize = 512 << 20;

/// In a document type entities can be declared that unpack without end.
const DOCTYPE: &[u8] = b"<!DOCTYPE";

type Workbook = Xlsx<BufReader<File>>;

/// The names of the sheets with anything in them.
pub(super) fn layers(path: &Path) -> Result<Vec<String>> {
    guarded(path, || {
        let mut workbook = open(path)?;
        let sheets = worksheets(&workbook);
        let mut names = Vec::new();
        for sheet in sheets {
            if size(&mut workbook, &sheet.name)?.0 > 0 {
                names.push(sheet.name);
            }
        }
        Ok(names)
    })
}

/// Reads one sheet: the one named; or the only one with cells; or the only one that looks like a table.
///
/// # Errors
/// The file is no workbook of 2007 or later, unpacks to too much, or has several tables and none was named.
pub(super) fn read(path: &Path, options: &ReadOptions, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let data = guarded(path, || {
        let mut workbook = open(path)?;
        let mut faults = Vec::new();
        let name = chosen(&mut workbook, options.layer.as_deref(), &mut faults)?;
        let cells = cells(&mut workbook, &name, &mut faults)?;
        table::dataset(name.clone(), &cells, None, faults).map_err(|e| e.at(format!("sheet \"{name}\"")))
    })?;
    tick(data.rows.height() as u64);
    Ok(data)
}

/// Runs a parser that may panic on damaged files.
fn guarded<T>(path: &Path, run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(damaged("its contents contradict each other")))
        .map_err(|e| e.in_file(path))
}

fn damaged(why: impl std::fmt::Display) -> Error {
    Error::new(format!("is no workbook that can be read: {why}"))
        .remedy("open it in a spreadsheet program and save it again as .xlsx, or as CSV")
}

fn open(path: &Path) -> Result<Workbook> {
    let mut file = File::open(path).map_err(|e| io(path, "read", &e))?;
    let mut head = [0; 8];
    let known = file.read(&mut head).map_err(|e| io(path, "read", &e))?;
    if head.get(..known).is_some_and(|head| head.starts_with(OLD)) {
        return Err(Error::new("is a workbook of the old .xls kind, or one with a password")
            .remedy("open it in a spreadsheet program and save it as .xlsx without a password"));
    }
    file.rewind().map_err(|e| io(path, "read", &e))?;
    inspect(BufReader::new(file))?;
    let file = File::open(path).map_err(|e| io(path, "read", &e))?;
    Xlsx::new(BufReader::new(file)).map_err(damaged)
}

/// Unpacks every part once without keeping it: nothing that grows beyond measure, and no document type, in which entities could
/// grow, reaches the parser.
fn inspect(file: impl Read + Seek) -> Result<()> {
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    let mut total = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(damaged)?;
        let (name, packed) = (part.name().map_err(damaged)?.into_owned(), part.compressed_size());
        let mut window = Vec::new();
        let mut size = 0;
        let mut buffer = [0; 64 * 1024];
        loop {
            let read = part.read(&mut buffer).map_err(damaged)?;
            if read == 0 {
                break;
            }
            let fresh = buffer.get(..read).unwrap_or_default();
            if is_xml(&name) {
                window.drain(..window.len().saturating_sub(DOCTYPE.len()));
                window.extend_from_slice(fresh);
                if memchr::memmem::find(&window, DOCTYPE).is_some() {
                    return Err(Error::new(format!("\"{}\" has a document type, which no workbook has", short(&name)))
                        .remedy("do not trust the file; ask for it to be exported again"));
                }
            }
            size += read as u64;
            total += read as u64;
            if size > MOST_A_PART || total > MOST || size > RATIO_FROM && size / RATIO > packed {
                return Err(Error::new(format!(
                    "unpacks to more than a workbook can be: \"{}\" has over {} MiB",
                    short(&name),
                    size >> 20
                ))
                .remedy("save the sheet as CSV"));
            }
        }
    }
    Ok(())
}

fn is_xml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".xml", ".rels", ".vml"].iter().any(|ending| name.ends_with(ending))
}

fn worksheets(workbook: &Workbook) -> Vec<Sheet> {
    workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).cloned().collect()
}

/// How many cells and how many rows of at least two cells a sheet has; it stops counting when both are plain.
fn size(workbook: &mut Workbook, name: &str) -> Result<(usize, usize)> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(damaged)?;
    let (mut cells, mut rows, mut last, mut in_row) = (0, 0, None, 0);
    while let Some(cell) = reader.next_cell().map_err(damaged)? {
        if blank(cell.get_value()) {
            continue;
        }
        let (row, _) = cell.get_position();
        in_row = if last == Some(row) { in_row + 1 } else { 1 };
        last = Some(row);
        cells += 1;
        rows += usize::from(in_row == 2);
        if rows >= 2 {
            break;
        }
    }
    Ok((cells, rows))
}

fn blank(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => true,
        DataRef::String(text) => text.trim().is_empty(),
        DataRef::SharedString(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The sheet to read. Hidden sheets are read only when named, or when there is no other.
fn chosen(workbook: &mut Workbook, asked: Option<&str>, faults: &mut Vec<Fault>) -> Result<String> {
    let sheets = worksheets(workbook);
    let list = |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let all: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    if let Some(asked) = asked {
        return match all.iter().find(|name| **name == asked) {
            Some(name) => Ok((*name).to_owned()),
            None => Err(Error::new(format!("has no sheet \"{asked}\"")).remedy(format!("its sheets are: {}", list(&all)))),
        };
    }
    let visible: Vec<&Sheet> = sheets.iter().filter(|sheet| sheet.visible == SheetVisible::Visible).collect();
    let candidates = if visible.is_empty() { sheets.iter().collect() } else { visible };
    let (mut filled, mut tables) = (Vec::new(), Vec::new());
    for sheet in candidates {
        let (cells, rows) = size(workbook, &sheet.name)?;
        filled.extend((cells > 0).then_some(sheet.name.as_str()));
        tables.extend((rows >= 2).then_some(sheet.name.as_str()));
    }
    match (filled.as_slice(), tables.as_slice()) {
        ([], _) => Err(Error::new("is empty").remedy("export the table again")),
        ([only], _) => Ok((*only).to_owned()),
        (several, [table]) => {
            faults.push(layout(detail!(
                "{} 个工作表中只有“{table}”有表格，读取该表",
                "of {} sheets \"{table}\" was read, the only one with a table",
                several.len()
            )));
            Ok((*table).to_owned())
        }
        (several, _) => Err(Error::new(format!("has {} sheets: {}", several.len(), list(several)))
            .remedy("name the one to read with --layer, or with layer = \"…\" in survey.toml")),
    }
}

/// Where the formulas of a sheet are, as far as they can be read.
fn formulas(workbook: &mut Workbook, name: &str) -> Result<BTreeSet<(u32, u32)>> {
    let mut places = BTreeSet::new();
    let mut reader = workbook.worksheet_cells_reader(name).map_err(damaged)?;
    while let Ok(Some(found)) = reader.next_formula() {
        if !found.get_value().is_empty() {
            places.insert(found.get_position());
        }
    }
    Ok(places)
}

/// The filled cells of a sheet, merged ones filled.
fn cells(workbook: &mut Workbook, name: &str, faults: &mut Vec<Fault>) -> Result<SheetCells> {
    let mut cells = SheetCells::default();
    let mut text = 0;
    let mut errors = 0;
    let mut example = String::new();
    let mut formulas = formulas(workbook, name)?;
    let mut reader = workbook.worksheet_cells_reader(name).map_err(damaged)?;
    while let Some(found) = reader.next_cell().map_err(damaged)? {
        let position = found.get_position();
        if !matches!(found.get_value(), DataRef::Empty) {
            formulas.remove(&position);
        }
        if let DataRef::Error(error) = found.get_value() {
            if errors == 0 {
                example = format!("{error} in {}", address(position));
            }
            errors += 1;
        }
        let Some(cell) = value(found.get_value()) else { continue };
        if let Cell::Text(content) = &cell {
            text += content.len();
        }
        if text > MOST_TEXT {
            return Err(Error::new("has more text than can be read")
                .at(format!("sheet \"{name}\""))
                .remedy("save the sheet as CSV"));
        }
        cells.push(position, cell);
    }
    drop(reader);
    cells.settle();
    if errors > 0 {
        let detail = detail!(
            "{errors} 个单元格是电子表格的错误值，按缺失处理，如 {example}",
            "{errors} cells are errors of the spreadsheet and taken as missing, such as {example}"
        );
        faults.push(Fault::file(Code::NotNumber, detail));
    }
    if let Some(first) = formulas.first() {
        let (count, first) = (formulas.len(), address(*first));
        let detail = detail!(
            "{count} 个公式没有保存计算结果，按缺失处理，如 {first}：请用电子表格软件打开并保存后再提供",
            "{count} formulas have no stored result and are taken as missing, such as {first}: open the workbook in a spreadsheet program and save it"
        );
        faults.push(Fault::file(Code::NotNumber, detail));
    }
    let merged = workbook.merge_cells_by_sheet_name(name).map_err(damaged)?;
    let merged: Vec<_> = merged.into_iter().map(|range| (range.start, range.end)).collect();
    cells.fill(&merged, MOST_TEXT, faults);
    Ok(cells)
}

/// A cell as it is kept: a date as ISO text, an error as missing.
fn value(value: &DataRef<'_>) -> Option<Cell<'static>> {
    /// The largest magnitude up to which every integer is a float exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    Some(match value {
        DataRef::Int(x) => Cell::Int(*x),
        #[allow(clippy::cast_possible_truncation)] // whole and below 2^53
        DataRef::Float(x) if x.fract() == 0.0 && x.abs() <= EXACT => Cell::Int(*x as i64),
        DataRef::Float(x) => Cell::Float(*x),
        DataRef::Bool(x) => Cell::Bool(*x),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) if !text.trim().is_empty() => {
            Cell::Text(text.clone().into())
        }
        DataRef::SharedString(text) if !text.trim().is_empty() => Cell::Text((*text).to_owned().into()),
        DataRef::DateTime(date) => Cell::Text(iso(date).into()),
        _ => return None,
    })
}

/// A date as `2023-05-01`, with a time as `2023-05-01T08:30:00`; a duration as hours, minutes and seconds.
fn iso(date: &ExcelDateTime) -> String {
    if date.is_duration() {
        #[allow(clippy::cast_possible_truncation)] // `as` saturates, and such a duration is none
        let seconds = (date.as_f64() * 86_400.0).round() as i64;
        let sign = if seconds < 0 { "-" } else { "" };
        let seconds = seconds.unsigned_abs();
        return format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => day,
        (_, _, _, 0) => format!("{day}T{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{day}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

/// A cell as spreadsheets call it: `B7`.
fn address((row, column): (u32, u32)) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    format!("{}{}", letters.iter().rev().collect::<String>(), u64::from(row) + 1)
}

#[cfg(test)]
mod tests;
