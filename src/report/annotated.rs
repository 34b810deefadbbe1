//! The sheet to send back to the people who supplied the data: what is wrong, by code, and their own rows with it written beside.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{AnyValue, DataFrame};
use rust_xlsxwriter::{Color, Format as CellFormat, FormatAlign, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::Lang;
use super::book::{book, failed, landscape};
use super::csv;
use super::examined::left_out;
use crate::error::Result;
use crate::examine::Examination;
use crate::finding::{Code, Detail, Finding, Severity};
use crate::model::{FieldMapping, FieldSource, Source, Table};
use crate::write::whole::whole;

/// Rows a sheet can hold below its header.
const MOST_ROWS: usize = 1_048_570;
/// Widths of the columns of the summary, in digits.
const SUMMARY: [f64; 8] = [9.0, 28.0, 12.0, 9.0, 36.0, 10.0, 46.0, 50.0];
/// Widths of columns, in digits: what is wrong, what to do, and one of the supplier's own.
const WHAT: f64 = 56.0;
const ADVICE: f64 = 40.0;
const OWN: f64 = 14.0;
/// Columns of [`csv::header`] that are numbers: row, longitude, latitude, areas.
const COUNTED: [u16; 5] = [3, 5, 6, 9, 10];
/// Height of a line and the most a row can have, points.
const LINE: f64 = 15.0;
const MOST_HEIGHT: f64 = 409.0;
/// A sign with the space that broken lines leave, in digits of a column's width.
const SIGN: f64 = 1.08;
/// Characters a cell can hold, with some to spare.
const MOST_CHARACTERS: usize = 32_000;

struct Styles {
    head: CellFormat,
    own_head: CellFormat,
    note: CellFormat,
    faulty: CellFormat,
    severity: BTreeMap<Severity, CellFormat>,
}

impl Styles {
    fn new() -> Self {
        let head = CellFormat::new().set_bold().set_text_wrap().set_align(FormatAlign::Top);
        let note = CellFormat::new().set_text_wrap().set_align(FormatAlign::Top).set_align(FormatAlign::Left);
        let colours = [
            (Severity::Critical, 0x00F4_B6B0),
            (Severity::Error, 0x00F9_D9D2),
            (Severity::Warning, 0x00FD_F0CF),
            (Severity::Notice, 0x00E8_EEF4),
            (Severity::Info, 0x00F2_F2F2),
        ];
        let filled = |colour: u32| note.clone().set_background_color(Color::RGB(colour));
        Self {
            head: head.clone().set_background_color(Color::RGB(0x00DD_E6EF)),
            own_head: head.set_background_color(Color::RGB(0x00F2_F2F2)),
            faulty: CellFormat::new().set_background_color(Color::RGB(0x00FD_F0CF)).set_align(FormatAlign::Top),
            severity: colours.into_iter().map(|(severity, colour)| (severity, filled(colour))).collect(),
            note,
        }
    }
}

/// Writes the workbook: one sheet of counts by code, then one for each input in which some row is at fault, then every finding with
/// its place.
///
/// # Errors
/// The file cannot be written.
pub fn annotated(found: &Examination, lang: Lang, path: &Path) -> Result<()> {
    whole(path, |partial| write(found, lang, partial))
}

fn write(found: &Examination, lang: Lang, path: &Path) -> Result<()> {
    let Examination { findings, tables, without_places } = found;
    let styles = Styles::new();
    let mut book = book().map_err(|e| failed(path, e))?;
    let mut sheet =
        |name: &str, fill: &dyn Fn(&mut Worksheet) -> std::result::Result<(), XlsxError>| landscape(&mut book, name, path, fill);
    sheet(lang.pick("问题汇总", "Summary"), &|s| summary(s, findings, left_out(without_places, lang), &styles, lang))?;
    for table in tables {
        let rows = by_row(findings, table.source);
        if !rows.is_empty() {
            sheet(lang.pick(table.source.name_zh(), table.source.name()), &|s| rows_of(s, table, &rows, &styles, lang))?;
        }
    }
    sheet(lang.pick("问题清单", "Findings"), &|s| every(s, findings, &styles, lang))?;
    book.save(path).map_err(|e| failed(path, e))
}

/// What a finding says of a row.
struct Note<'f> {
    finding: &'f Finding,
    detail: &'f Detail,
}

/// What findings say of each row of an input, in the order of the rows; a finding of many rows speaks of each.
fn by_row(findings: &[Finding], source: Source) -> BTreeMap<usize, Vec<Note<'_>>> {
    let mut rows: BTreeMap<usize, Vec<Note<'_>>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.place.source == source) {
        let own = finding.place.row.map(|row| (row, &finding.detail));
        for (row, detail) in own.into_iter().chain(finding.rows.iter().map(|(row, detail)| (*row, detail))) {
            rows.entry(row).or_default().push(Note { finding, detail });
        }
    }
    rows
}

fn summary(
    sheet: &mut Worksheet,
    findings: &[Finding],
    left_out: Option<String>,
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    let names = [
        t("级别", "severity"),
        t("代码", "code"),
        t("图层", "input"),
        t("数量", "count"),
        t("问题", "what"),
        t("由谁处理", "who acts"),
        t("处理办法", "what to do"),
        t("例", "example"),
    ];
    for (column, name) in (0u16..).zip(names) {
        sheet.write_with_format(0, column, name, &styles.head)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let mut counts: BTreeMap<(std::cmp::Reverse<Severity>, Code, Source), (u32, &Finding)> = BTreeMap::new();
    for finding in findings {
        let key = (std::cmp::Reverse(finding.code.severity()), finding.code, finding.place.source);
        counts.entry(key).or_insert((0, finding)).0 += 1;
    }
    let mut line = 0;
    for ((severity, code, source), (count, example)) in counts {
        line += 1;
        let (title, advice) = (code.title(), code.advice());
        let format = styles.severity.get(&severity.0).unwrap_or(&styles.note);
        sheet.write_with_format(line, 0, t(severity.0.name_zh(), severity.0.name()), format)?;
        sheet.write_with_format(line, 1, code.name(), &styles.note)?;
        sheet.write_with_format(line, 2, t(source.name_zh(), source.name()), &styles.note)?;
        sheet.write_with_format(line, 3, count, &styles.note)?;
        sheet.write_with_format(line, 4, t(title.0, title.1), &styles.note)?;
        sheet.write_with_format(line, 5, t(code.actor().name_zh(), code.actor().name()), &styles.note)?;
        sheet.write_with_format(line, 6, t(advice.0, advice.1), &styles.note)?;
        let said = shortened(&said(example, lang));
        sheet.write_with_format(line, 7, &said, &styles.note)?;
        let texts = [(t(title.0, title.1), 4), (t(advice.0, advice.1), 6), (&*said, 7)];
        sheet.set_row_height(line, height(texts.map(|(text, column)| (text, SUMMARY[column]))))?;
    }
    if let Some(left_out) = left_out {
        sheet.write(line + 2, 0, left_out)?;
    }
    set_widths(sheet, &SUMMARY)
}

/// Id, detail and place of a finding in one line.
fn said(finding: &Finding, lang: Lang) -> String {
    let id = finding.place.id.as_deref().unwrap_or_default();
    let texts = [id, lang.pick(&finding.detail.zh, &finding.detail.en), &at(finding)];
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ")
}

/// Longitude and latitude of a finding that has a place.
fn at(finding: &Finding) -> String {
    finding.place.at.map(|c| format!("[{:.6}, {:.6}]", c.x, c.y)).unwrap_or_default()
}

/// The rows at fault as the supplier gave them, with what is wrong before them. Rows are numbered as the supplier sees them in a
/// spreadsheet, if the input is one, and as the texts and `findings.csv` count them.
fn rows_of(
    sheet: &mut Worksheet,
    table: &Table,
    rows: &BTreeMap<usize, Vec<Note<'_>>>,
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    let seen = (t("原表行号（含标题、表头）", "row of the sheet (titles and header counted)"), 13.0);
    let heads = [
        (t("记录号（不含表头）", "record (header not counted)"), 11.0),
        (t("级别", "severity"), 9.0),
        (t("问题", "what"), WHAT),
        (t("处理办法", "what to do"), ADVICE),
    ];
    let is_sheet = !table.sheet_rows.is_empty();
    let heads: Vec<(&str, f64)> = is_sheet.then_some(seen).into_iter().chain(heads).collect();
    for (column, (name, _)) in (0u16..).zip(&heads) {
        sheet.write_with_format(0, column, *name, &styles.head)?;
    }
    let notes = u16::from(is_sheet) + 4;
    for (column, own) in (notes..).zip(table.rows.columns()) {
        sheet.write_with_format(0, column, own.name().as_str(), &styles.own_head)?;
    }
    let own = table.rows.columns().iter().map(|own| (own.name().as_str(), OWN));
    sheet.set_row_height(0, height(heads.iter().copied().chain(own.clone())))?;
    sheet.set_freeze_panes(1, notes)?;
    sheet.set_repeat_rows(0, 0)?;
    for (line, (row, found)) in (1u32..).zip(rows.iter().take(MOST_ROWS)) {
        if let Some(seen) = table.sheet_rows.get(*row) {
            write_number(sheet, line, 0, *seen, &styles.note)?;
        }
        noted(sheet, line, (*row, notes - 4), found, styles, lang)?;
        own_cells(sheet, line, (*row, notes), &table.rows, &faulty_columns(found, &table.fields), styles)?;
    }
    let widths: Vec<f64> = heads.iter().map(|(_, width)| *width).chain(own.map(|(_, width)| width)).collect();
    set_widths(sheet, &widths)
}

/// Writes what is wrong with `row` from `column` on.
fn noted(
    sheet: &mut Worksheet,
    line: u32,
    (row, column): (usize, u16),
    found: &[Note<'_>],
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    let worst = found.iter().map(|note| note.finding.code.severity()).max().unwrap_or(Severity::Info);
    let what: Vec<String> = found.iter().map(|note| what(note, lang)).collect();
    let what = shortened(&what.join("\n"));
    let mut advice: Vec<&str> = Vec::new();
    for note in found {
        let (zh, en) = note.finding.code.advice();
        if !advice.contains(&t(zh, en)) {
            advice.push(t(zh, en));
        }
    }
    let advice = shortened(&advice.join("\n"));
    write_number(sheet, line, column, row + 1, &styles.note)?;
    let format = styles.severity.get(&worst).unwrap_or(&styles.note);
    sheet.write_with_format(line, column + 1, t(worst.name_zh(), worst.name()), format)?;
    sheet.write_with_format(line, column + 2, &what, &styles.note)?;
    sheet.write_with_format(line, column + 3, &advice, &styles.note)?;
    sheet.set_row_height(line, height([(&*what, WHAT), (&*advice, ADVICE)]))?;
    Ok(())
}

/// Code, title, detail and place.
fn what(note: &Note<'_>, lang: Lang) -> String {
    let (zh, en) = note.finding.code.title();
    let head = format!("{} {}", note.finding.code.name(), lang.pick(zh, en));
    let texts = [&*head, lang.pick(&note.detail.zh, &note.detail.en), &at(note.finding)];
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" – ")
}

/// Every finding in a line, as `findings.csv` has them.
fn every(sheet: &mut Worksheet, findings: &[Finding], styles: &Styles, lang: Lang) -> std::result::Result<(), XlsxError> {
    for (column, name) in (0u16..).zip(csv::header(lang)) {
        sheet.write_with_format(0, column, name, &styles.head)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    for (line, finding) in (1u32..).zip(findings.iter().take(MOST_ROWS)) {
        for (column, text) in (0u16..).zip(csv::record(finding, lang)) {
            match text.parse::<f64>() {
                Ok(number) if COUNTED.contains(&column) => sheet.write_number(line, column, number)?,
                _ => sheet.write_string(line, column, shortened(&text))?,
            };
        }
    }
    if findings.len() > MOST_ROWS {
        let more = findings.len() - MOST_ROWS;
        let said = match lang {
            Lang::Zh => format!("另有 {more} 条，一张工作表容纳不下"),
            Lang::En => format!("and {more} more, which one sheet cannot hold"),
        };
        sheet.write_string(u32::try_from(MOST_ROWS + 1).unwrap_or(u32::MAX), 0, said)?;
    }
    set_widths(sheet, &[28.0, 9.0, 11.0, 8.0, 24.0, 13.0, 12.0, 34.0, 60.0, 12.0, 12.0, 40.0])
}

/// The supplier's columns that the findings of a row are about.
fn faulty_columns(found: &[Note<'_>], fields: &FieldMapping) -> Vec<String> {
    let named = found.iter().filter_map(|note| note.finding.field.as_deref());
    named
        .map(|name| match fields.iter().find(|(field, _)| field == name) {
            Some((_, FieldSource::Column(column) | FieldSource::Converted { column, .. })) => column.clone(),
            _ => name.to_owned(),
        })
        .collect()
}

fn own_cells(
    sheet: &mut Worksheet,
    line: u32,
    (row, first): (usize, u16),
    rows: &DataFrame,
    faulty: &[String],
    styles: &Styles,
) -> std::result::Result<(), XlsxError> {
    let plain = CellFormat::new().set_align(FormatAlign::Top);
    for (column, own) in (first..).zip(rows.columns()) {
        let format = if faulty.iter().any(|name| name == own.name().as_str()) { &styles.faulty } else { &plain };
        match own.get(row) {
            Ok(AnyValue::Boolean(x)) => sheet.write_with_format(line, column, x, format)?,
            // A number of more digits than a spreadsheet holds is written as text.
            #[allow(clippy::cast_precision_loss)]
            Ok(AnyValue::Int64(x)) if x.unsigned_abs() < 1_000_000_000_000_000 => {
                sheet.write_with_format(line, column, x as f64, format)?
            }
            Ok(AnyValue::Int64(x)) => sheet.write_with_format(line, column, x.to_string(), format)?,
            Ok(AnyValue::Float64(x)) if x.is_finite() => sheet.write_with_format(line, column, x, format)?,
            Ok(AnyValue::String(x)) => sheet.write_with_format(line, column, shortened(x), format)?,
            Ok(AnyValue::StringOwned(x)) => sheet.write_with_format(line, column, shortened(&x), format)?,
            _ => sheet.write_blank(line, column, format)?,
        };
    }
    Ok(())
}

/// Writes a count, which a spreadsheet holds as a float.
fn write_number(
    sheet: &mut Worksheet,
    line: u32,
    column: u16,
    n: usize,
    format: &CellFormat,
) -> std::result::Result<(), XlsxError> {
    #[allow(clippy::cast_precision_loss)]
    sheet.write_with_format(line, column, n as f64, format)?;
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

/// Height of a row in points that shows wrapped texts in columns of these widths.
fn height<'t>(texts: impl IntoIterator<Item = (&'t str, f64)>) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let lines =
        |text: &str, width: f64| text.lines().map(|line| (line.width() as f64 * SIGN / width).ceil().max(1.0)).sum::<f64>();
    let most = texts.into_iter().map(|(text, width)| lines(text, width)).fold(1.0, f64::max);
    (most * LINE).min(MOST_HEIGHT)
}

fn set_widths(sheet: &mut Worksheet, widths: &[f64]) -> std::result::Result<(), XlsxError> {
    for (column, width) in (0u16..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    Ok(())
}
