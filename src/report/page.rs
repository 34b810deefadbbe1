//! A [`Page`] as people and programs get it: in the terminal, as JSON, as a workbook, a table, a layer.

use std::fmt::Write;
use std::path::Path;

use geo::{Geometry, MultiPolygon};
use polars::prelude::{Column as Series, DataFrame, NamedFrom};
use rust_xlsxwriter::{Format as CellFormat, Worksheet, XlsxError};
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::book::{book, failed, landscape};
use super::text::{Lang, count, number, one_line, pad, pad_left};
use super::wrap::{WIDTH, wrapped};
use crate::crs::Crs;
use crate::error::{Error, Result};
use crate::finding::Detail;
use crate::model::RawShape;
use crate::page::{Cell, Column, Page, PageTable};
use crate::write::whole::whole;
use crate::write::{self, Layer};

/// Rows of a table that the terminal shows, before the total; files have them all.
const ROWS_SHOWN: usize = 25;
/// Widest cell in the terminal, columns.
const WIDEST: usize = 28;

fn words(lang: Lang, detail: &Detail) -> &str {
    lang.pick(&detail.zh, &detail.en)
}

/// What a cell shows.
fn shown(cell: &Cell, column: &Column, lang: Lang) -> String {
    match cell {
        Cell::Missing => "—".to_owned(),
        Cell::Count(n) => count(*n),
        Cell::Number(x) => number(*x, column.decimals),
        Cell::Text(text) => one_line(text).into_owned(),
        Cell::Words(detail) => words(lang, detail).to_owned(),
    }
}

/// The page in the terminal.
#[must_use]
pub fn page_text(page: &Page, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_text(&mut out, page, lang);
    out
}

fn write_text(out: &mut String, page: &Page, lang: Lang) -> std::fmt::Result {
    writeln!(out, "{}\n{}", words(lang, &page.title), wrapped(words(lang, &page.headline), WIDTH, 0))?;
    for table in page.tables.iter().filter(|table| !table.rows.is_empty()) {
        writeln!(out, "\n{}", words(lang, &table.title))?;
        write_table(out, table, lang)?;
    }
    for note in &page.notes {
        writeln!(out, "\n· {}", wrapped(words(lang, note), WIDTH - 2, 2))?;
    }
    Ok(())
}

fn write_table(out: &mut String, table: &PageTable, lang: Lang) -> std::fmt::Result {
    let (body, total) = table.rows.split_at(table.rows.len() - usize::from(table.total));
    let left_out = body.len().saturating_sub(ROWS_SHOWN);
    let rows: Vec<Vec<String>> = body[..body.len() - left_out]
        .iter()
        .chain(total)
        .map(|row| row.iter().zip(&table.columns).map(|(cell, column)| cut(shown(cell, column, lang))).collect())
        .collect();
    let heads: Vec<&str> = table.columns.iter().map(|column| words(lang, &column.name)).collect();
    let numeric = |n: usize| table.rows.iter().any(|row| matches!(row[n], Cell::Count(_) | Cell::Number(_)));
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(n, head)| rows.iter().map(|row| row[n].width()).chain([head.width()]).max().unwrap_or(0))
        .collect();
    let line = |cells: &[&str]| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(n, cell)| if numeric(n) { pad_left(cell, widths[n]) } else { pad(cell, widths[n]) })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    writeln!(out, "{}", line(&heads))?;
    for (n, row) in rows.iter().enumerate() {
        if left_out > 0 && n == ROWS_SHOWN {
            writeln!(out, "{}", more(left_out, lang))?;
        }
        writeln!(out, "{}", line(&row.iter().map(String::as_str).collect::<Vec<_>>()))?;
    }
    if left_out > 0 && rows.len() == ROWS_SHOWN {
        writeln!(out, "{}", more(left_out, lang))?;
    }
    Ok(())
}

fn more(rows: usize, lang: Lang) -> String {
    format!("… {} {}", count(rows), lang.pick("行未显示，用 -o 写入文件可得全部", "more rows; all are in a file written with -o"))
}

/// A text of at most [`WIDEST`] columns.
fn cut(text: String) -> String {
    if text.width() <= WIDEST {
        return text;
    }
    let mut short = String::new();
    for c in text.chars() {
        if short.width() + 3 > WIDEST {
            break;
        }
        short.push(c);
    }
    short + "…"
}

/// The page as JSON: numbers as computed, texts of the program in both languages.
///
/// # Errors
/// None that is known of.
pub fn page_json(page: &Page) -> Result<String> {
    let detail = |detail: &Detail| json!({ "zh": detail.zh, "en": detail.en });
    let cell = |cell: &Cell| match cell {
        Cell::Missing => Value::Null,
        Cell::Count(n) => json!(n),
        Cell::Number(x) => json!(x),
        Cell::Text(text) => json!(text),
        Cell::Words(words) => detail(words),
    };
    let row = |table: &PageTable, row: &Vec<Cell>| -> Value {
        table.columns.iter().zip(row).map(|(column, value)| (column.key.to_owned(), cell(value))).collect::<Map<_, _>>().into()
    };
    let table = |table: &PageTable| {
        let (body, total) = table.rows.split_at(table.rows.len() - usize::from(table.total));
        json!({
            "title": detail(&table.title),
            "columns": table.columns.iter().map(|column| (column.key.to_owned(), detail(&column.name))).collect::<Map<_, _>>(),
            "rows": body.iter().map(|one| row(table, one)).collect::<Vec<_>>(),
            "total": total.first().map(|one| row(table, one)),
        })
    };
    let value = json!({
        "page": page.key,
        "title": detail(&page.title),
        "headline": detail(&page.headline),
        "verdict": page.verdict.name(),
        "notes": page.notes.iter().map(detail).collect::<Vec<_>>(),
        "tables": page.tables.iter().map(|one| (one.key.to_owned(), table(one))).collect::<Map<_, _>>(),
    });
    serde_json::to_string_pretty(&value).map(|text| text + "\n").map_err(|e| Error::new(e.to_string()))
}

/// Writes the page to a file: `.xlsx`, all tables; `.csv`, the first one; `.geojson` and `.gpkg`, the tables with places.
///
/// # Errors
/// The ending is another one, the page has no places for a layer, or the file cannot be written.
pub fn page_file(page: &Page, lang: Lang, path: &Path) -> Result<()> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "xlsx" => whole(path, |partial| workbook(page, lang, partial)),
        "csv" => table_file(page, lang, path),
        "geojson" | "gpkg" => layers(page, lang, path),
        _ => Err(Error::new("a page is written as .xlsx, .csv, .geojson or .gpkg")
            .in_file(path)
            .remedy("end the name with one of them")),
    }
}

fn workbook(page: &Page, lang: Lang, path: &Path) -> Result<()> {
    let mut book = book().map_err(|e| failed(path, e))?;
    page_sheets(&mut book, page, lang, path)?;
    book.save(path).map_err(|e| failed(path, e))
}

/// Adds a sheet for each table of the page; the first has the headline and the notes too.
pub(super) fn page_sheets(book: &mut rust_xlsxwriter::Workbook, page: &Page, lang: Lang, path: &Path) -> Result<()> {
    for (n, table) in page.tables.iter().enumerate() {
        landscape(book, &sheet_name(words(lang, &table.title)), path, |sheet| fill(sheet, page, n == 0, table, lang))?;
    }
    Ok(())
}

/// A sheet may not have some signs in its name, nor more than 31.
fn sheet_name(title: &str) -> String {
    title.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect()
}

fn fill(sheet: &mut Worksheet, page: &Page, first: bool, table: &PageTable, lang: Lang) -> std::result::Result<(), XlsxError> {
    let (title, head) = (
        CellFormat::new().set_bold().set_font_size(14),
        CellFormat::new().set_bold().set_background_color(rust_xlsxwriter::Color::RGB(0x00E8_EEF4)).set_text_wrap(),
    );
    sheet.write_with_format(0, 0, words(lang, &table.title), &title)?;
    let mut row = 1;
    if first {
        for note in std::iter::once(&page.headline).chain(&page.notes) {
            sheet.write(row, 0, words(lang, note))?;
            row += 1;
        }
    }
    row += 1;
    let columns = || (0u16..).zip(&table.columns);
    for (n, column) in columns() {
        sheet.write_with_format(row, n, words(lang, &column.name), &head)?;
        let widest = table.rows.iter().map(|cells| shown(&cells[usize::from(n)], column, lang).width()).max().unwrap_or(0);
        #[allow(clippy::cast_precision_loss)] // at most 48
        sheet.set_column_width(n, widest.max(words(lang, &column.name).width().min(16)).clamp(8, 48) as f64 + 2.0)?;
    }
    sheet.set_row_height(row, 45.0)?;
    sheet.set_freeze_panes(row + 1, 0)?;
    for (n, cells) in table.rows.iter().enumerate() {
        row += 1;
        let total = table.total && n + 1 == table.rows.len();
        for ((at, column), cell) in columns().zip(cells) {
            let decimals = if column.decimals == 0 { String::new() } else { format!(".{}", "0".repeat(column.decimals)) };
            let mut format = CellFormat::new().set_num_format(format!("#,##0{decimals}"));
            if total {
                format = format.set_bold();
            }
            match cell {
                Cell::Missing => continue,
                #[allow(clippy::cast_precision_loss)] // counts of rows
                Cell::Count(count) => sheet.write_with_format(row, at, *count as f64, &format)?,
                Cell::Number(x) => sheet.write_with_format(row, at, *x, &format)?,
                Cell::Text(text) => sheet.write_with_format(row, at, text, &format)?,
                Cell::Words(detail) => sheet.write_with_format(row, at, words(lang, detail), &format)?,
            };
        }
    }
    Ok(())
}

/// A table as a frame: numbers stay numbers.
fn frame(table: &PageTable, rows: &[usize], lang: Lang) -> Result<DataFrame> {
    let series = |(n, column): (usize, &Column)| -> Series {
        let cells = || rows.iter().map(|row| &table.rows[*row][n]);
        let numeric = cells().all(|cell| matches!(cell, Cell::Missing | Cell::Count(_) | Cell::Number(_)));
        if numeric {
            #[allow(clippy::cast_precision_loss)] // counts of rows
            let number = |cell: &Cell| match cell {
                Cell::Count(n) => Some(*n as f64),
                Cell::Number(x) => Some(*x),
                _ => None,
            };
            return polars::prelude::Series::new(column.key.into(), cells().map(number).collect::<Vec<_>>()).into();
        }
        let text = |cell: &Cell| (*cell != Cell::Missing).then(|| plain(cell, lang));
        polars::prelude::Series::new(column.key.into(), cells().map(text).collect::<Vec<_>>()).into()
    };
    let columns = table.columns.iter().enumerate().map(series).collect();
    DataFrame::new(rows.len(), columns).map_err(|e| Error::new(e.to_string()))
}

fn plain(cell: &Cell, lang: Lang) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Count(n) => n.to_string(),
        Cell::Number(x) => x.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Words(detail) => words(lang, detail).to_owned(),
    }
}

fn table_file(page: &Page, lang: Lang, path: &Path) -> Result<()> {
    let Some(table) = page.tables.first() else { return Err(Error::new("the page has no table").in_file(path)) };
    let rows = frame(table, &(0..table.rows.len()).collect::<Vec<_>>(), lang)?;
    let layer = Layer { name: table.key, rows: &rows, shapes: None, crs: &Crs::Geographic };
    write::write(&[layer], write::Format::Csv, path).map(|_| ())
}

fn layers(page: &Page, lang: Lang, path: &Path) -> Result<()> {
    let mut layers = Vec::new();
    for table in &page.tables {
        let Some(shapes) = &table.shapes else { continue };
        let rows: Vec<usize> = (0..table.rows.len()).filter(|row| shapes.get(*row).is_some_and(Option::is_some)).collect();
        if !rows.is_empty() {
            let raw: Vec<RawShape> = rows.iter().filter_map(|row| shapes[*row].as_ref()).map(raw).collect();
            layers.push((table.key, frame(table, &rows, lang)?, raw));
        }
    }
    if layers.is_empty() {
        return Err(Error::new("nothing on this page has a place").in_file(path).remedy("write it as .xlsx or .csv"));
    }
    let layers: Vec<Layer<'_>> =
        layers.iter().map(|(name, rows, shapes)| Layer { name, rows, shapes: Some(shapes), crs: &Crs::Geographic }).collect();
    write::write(&layers, write::Format::of(path)?, path).map(|_| ())
}

fn raw(shape: &Geometry) -> RawShape {
    let parts = |shape: &MultiPolygon| super::package::raw(shape);
    match shape {
        Geometry::Polygon(polygon) => parts(&MultiPolygon(vec![polygon.clone()])),
        Geometry::MultiPolygon(shape) => parts(shape),
        other => RawShape::Other(Box::new(other.clone())),
    }
}
