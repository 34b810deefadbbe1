//! A page as a workbook: what it says on the first sheet, and a sheet a table.

use std::path::Path;

use rust_xlsxwriter::{Color, Format as CellFormat, Workbook, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::{said, shown};
use crate::error::Result;
use crate::finding::Detail;
use crate::page::{Cell, Column, Page, PageTable};
use crate::report::Lang;
use crate::report::book::{book, failed, landscape};
use crate::write::whole::whole;

type Written = std::result::Result<(), XlsxError>;

/// Characters a name of a sheet can have.
const LONGEST_NAME: usize = 31;
/// Rows a sheet can hold below its header.
const MOST_ROWS: usize = 1_048_570;
/// Narrowest and widest column, characters.
const NARROWEST: u32 = 10;
const WIDEST: u32 = 60;

/// Writes the page.
pub(super) fn write(page: &Page, lang: Lang, path: &Path) -> Result<()> {
    whole(path, |partial| {
        let mut book = book().map_err(|e| failed(path, e))?;
        landscape(&mut book, lang.pick("说明", "About"), path, |sheet| about(sheet, page, lang))?;
        sheets(&mut book, page, lang, path)?;
        book.save(partial).map_err(|e| failed(path, e))
    })
}

/// Adds a sheet for each table of the page.
fn sheets(book: &mut Workbook, page: &Page, lang: Lang, path: &Path) -> Result<()> {
    for (n, table) in (1..).zip(&page.tables) {
        landscape(book, &sheet_name(n, &table.title, lang), path, |sheet| fill(sheet, table, lang))?;
    }
    Ok(())
}

/// Numbered, so that no two are the same, and without what a name of a sheet cannot have.
fn sheet_name(n: usize, title: &Detail, lang: Lang) -> String {
    let name = format!("{n} {}", said(title, lang)).replace(['[', ']', ':', '*', '?', '/', '\\', '\''], " ");
    name.chars().take(LONGEST_NAME).collect::<String>().trim_end().to_owned()
}

fn about(sheet: &mut Worksheet, page: &Page, lang: Lang) -> Written {
    let wrap = CellFormat::new().set_text_wrap();
    sheet.set_column_width(0, 110)?;
    sheet.write_with_format(0, 0, said(&page.title, lang), &CellFormat::new().set_bold().set_font_size(14))?;
    for (row, text) in (1u32..).zip(std::iter::once(&page.headline).chain(&page.notes)) {
        sheet.write_with_format(row, 0, said(text, lang), &wrap)?;
    }
    Ok(())
}

fn fill(sheet: &mut Worksheet, table: &PageTable, lang: Lang) -> Written {
    let head = CellFormat::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF4)).set_text_wrap();
    for (n, column) in (0u16..).zip(&table.columns) {
        sheet.write_with_format(0, n, said(&column.name, lang), &head)?;
        let cells = table.rows.iter().filter_map(|row| row.get(usize::from(n)));
        let widest = cells.map(|cell| shown(cell, column, lang).width()).max().unwrap_or(0);
        sheet.set_column_width(n, u32::try_from(widest + 2).map_or(WIDEST, |width| width.clamp(NARROWEST, WIDEST)))?;
    }
    // Three lines: LibreOffice does not fit the height to wrapped text by itself.
    sheet.set_row_height(0, 45.0)?;
    let last = table.rows.len().saturating_sub(1);
    for (row, cells) in table.rows.iter().enumerate().take(MOST_ROWS) {
        let sums = table.total && row == last;
        let at = u32::try_from(row + 1).unwrap_or(u32::MAX);
        for (n, (cell, column)) in (0u16..).zip(cells.iter().zip(&table.columns)) {
            write_cell(sheet, (at, n), cell, column, sums, lang)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Numbers keep all their digits; the format of the cell says how many are shown. What is not known stays empty.
#[allow(clippy::cast_precision_loss)]
fn write_cell(sheet: &mut Worksheet, at: (u32, u16), cell: &Cell, column: &Column, sums: bool, lang: Lang) -> Written {
    let plain = if sums { CellFormat::new().set_bold() } else { CellFormat::new() };
    let digits = if column.decimals == 0 { "#,##0".to_owned() } else { format!("#,##0.{}", "0".repeat(column.decimals)) };
    match cell {
        Cell::Missing => return Ok(()),
        Cell::Count(n) => sheet.write_with_format(at.0, at.1, *n as f64, &plain.set_num_format("#,##0"))?,
        Cell::Number(x) => sheet.write_with_format(at.0, at.1, *x, &plain.set_num_format(digits))?,
        Cell::Text(text) => sheet.write_string_with_format(at.0, at.1, text, &plain)?,
        Cell::Words(words) => sheet.write_string_with_format(at.0, at.1, said(words, lang), &plain)?,
    };
    Ok(())
}
