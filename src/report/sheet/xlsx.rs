//! A sheet as a workbook of one page.

use std::path::Path;

use rust_xlsxwriter::{Format as CellFormat, FormatAlign, FormatBorder, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::Sheet;
use super::content::{Cell, GRID, Section, sections, subtitles, title, warnings};
use crate::error::Result;
use crate::report::book::{book, failed};

/// Width of a column of the grid, in digits.
const COLUMN: f64 = 4.0;
/// Height of a line, points.
const LINE: f64 = 13.0;

struct Styles {
    title: CellFormat,
    note: CellFormat,
    part: CellFormat,
    label: CellFormat,
    cell: CellFormat,
}

pub(super) fn write(sheet: &Sheet<'_>, path: &Path) -> Result<()> {
    let boxed =
        CellFormat::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::VerticalCenter).set_font_size(9);
    let styles = Styles {
        title: CellFormat::new().set_bold().set_font_size(16).set_align(FormatAlign::Center),
        note: CellFormat::new().set_font_size(9).set_text_wrap().set_align(FormatAlign::Center),
        part: CellFormat::new().set_bold().set_font_size(10),
        label: boxed.clone().set_background_color("#EEEEEE"),
        cell: boxed,
    };
    let failed = |e: XlsxError| failed(path, e);
    let mut book = book().map_err(failed)?;
    let page = book.add_worksheet();
    // A4, portrait, one page.
    page.set_paper_size(9)
        .set_print_fit_to_pages(1, 1)
        .set_margins(0.4, 0.4, 0.4, 0.4, 0.2, 0.2)
        .set_print_center_horizontally(true);
    fill(page, sheet, &styles).map_err(failed)?;
    book.save(path).map_err(failed)
}

fn fill(page: &mut Worksheet, sheet: &Sheet<'_>, styles: &Styles) -> std::result::Result<(), XlsxError> {
    page.set_name(sheet.lang.pick("体检表", "Check-up sheet"))?;
    for column in 0..GRID {
        page.set_column_width(column, COLUMN)?;
    }
    let mut row = 0;
    page.merge_range(row, 0, row, GRID - 1, title(sheet.lang), &styles.title)?;
    page.set_row_height(row, 24)?;
    for line in subtitles(sheet).into_iter().chain(warnings(sheet).into_iter().map(str::to_owned)) {
        row += 1;
        page.merge_range(row, 0, row, GRID - 1, &line, &styles.note)?;
        page.set_row_height(row, LINE * lines(&line, GRID))?;
    }
    row += 1;
    for part in sections(sheet) {
        row = section(page, &part, row, styles)?;
    }
    Ok(())
}

/// Writes a section and returns the row below it.
fn section(page: &mut Worksheet, part: &Section, mut row: u32, styles: &Styles) -> std::result::Result<u32, XlsxError> {
    if !part.title.is_empty() {
        page.write_with_format(row, 0, part.title, &styles.part)?;
        row += 1;
    }
    let heads: Vec<Vec<Cell>> =
        if part.heads.is_empty() { Vec::new() } else { vec![part.heads.iter().map(|head| Cell::Text(head.clone())).collect()] };
    for (cells, plain) in
        heads.iter().map(|cells| (cells, &styles.label)).chain(part.rows.iter().map(|cells| (cells, &styles.cell)))
    {
        let (mut column, mut most) = (0, 1.0f64);
        for (n, (cell, span)) in cells.iter().zip(part.spans).enumerate() {
            let span = if n + 1 == cells.len() { GRID - column } else { *span };
            let last = column + span - 1;
            let label = matches!(cell, Cell::Label(_));
            let words = words(cell);
            most = most.max(lines(words, span));
            put(page, (row, column, last), cell, words, if label { &styles.label } else { plain })?;
            column += span;
        }
        page.set_row_height(row, LINE * most + 2.0)?;
        row += 1;
    }
    Ok(row)
}

fn put(
    page: &mut Worksheet,
    (row, first, last): (u32, u16, u16),
    cell: &Cell,
    words: &str,
    style: &CellFormat,
) -> std::result::Result<(), XlsxError> {
    let number = match cell {
        Cell::Number(Some(x), decimals) if x.is_finite() => Some((*x, style.clone().set_num_format(digits(*decimals)))),
        _ => None,
    };
    let style = number.as_ref().map_or(style, |(_, style)| style);
    if last > first {
        page.merge_range(row, first, row, last, words, style)?;
    } else {
        page.write_with_format(row, first, words, style)?;
    }
    if let Some((x, style)) = &number {
        page.write_number_with_format(row, first, *x, style)?;
    }
    Ok(())
}

fn words(cell: &Cell) -> &str {
    match cell {
        Cell::Label(text) => text,
        Cell::Text(text) => text,
        Cell::Picture { words, .. } => words,
        Cell::Number(None, _) => "–",
        Cell::Number(Some(_), _) | Cell::Blank => "",
    }
}

fn digits(decimals: u8) -> String {
    if decimals == 0 { "#,##0".to_owned() } else { format!("#,##0.{}", "0".repeat(decimals.into())) }
}

/// Lines that a text takes in so many columns of the grid: merged cells do not grow by themselves.
#[allow(clippy::cast_precision_loss)]
fn lines(text: &str, span: u16) -> f64 {
    // Text of 9 points is narrower by a quarter than the digits that columns are measured in.
    let room = f64::from(span) * COLUMN * 1.3;
    text.split('\n').map(|line| (line.width() as f64 / room).ceil().max(1.0)).sum()
}
