//! The sheet to send back to the people who supplied the data: what is wrong, by code, and their own rows with it written beside.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{AnyValue, DataFrame};
use rust_xlsxwriter::{Color, Format as CellFormat, FormatAlign, Worksheet, XlsxError};

use super::Lang;
use super::book::{book, failed, landscape};
use crate::error::Result;
use crate::examine::Examination;
use crate::finding::{Code, Finding, Severity};
use crate::model::{FieldMapping, FieldSource, Source, Table};
use crate::write::whole::whole;

/// Rows a sheet can hold below its header.
const MOST_ROWS: usize = 1_048_570;
/// Columns that stand before the supplier's own.
const NOTES: u16 = 4;
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
        let note = CellFormat::new().set_text_wrap().set_align(FormatAlign::Top);
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

/// Writes the workbook: one sheet of counts by code, then one for each input in which some row is at fault.
///
/// # Errors
/// The file cannot be written.
pub fn annotated(found: &Examination, lang: Lang, path: &Path) -> Result<()> {
    whole(path, |partial| write(&found.findings, &found.tables, lang, partial))
}

fn write(findings: &[Finding], tables: &[Table], lang: Lang, path: &Path) -> Result<()> {
    let styles = Styles::new();
    let mut book = book().map_err(|e| failed(path, e))?;
    let mut sheet =
        |name: &str, fill: &dyn Fn(&mut Worksheet) -> std::result::Result<(), XlsxError>| landscape(&mut book, name, path, fill);
    sheet(lang.pick("问题汇总", "Summary"), &|s| summary(s, findings, &styles, lang))?;
    for table in tables {
        let rows = by_row(findings, table.source);
        if !rows.is_empty() {
            sheet(lang.pick(table.source.name_zh(), table.source.name()), &|s| rows_of(s, table, &rows, &styles, lang))?;
        }
    }
    book.save(path).map_err(|e| failed(path, e))
}

/// The findings of each row of an input, in the order of the rows.
fn by_row(findings: &[Finding], source: Source) -> BTreeMap<usize, Vec<&Finding>> {
    let mut rows: BTreeMap<usize, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.place.source == source) {
        if let Some(row) = finding.place.row {
            rows.entry(row).or_default().push(finding);
        }
    }
    rows
}

fn summary(sheet: &mut Worksheet, findings: &[Finding], styles: &Styles, lang: Lang) -> std::result::Result<(), XlsxError> {
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
    for (line, ((severity, code, source), (count, example))) in (1u32..).zip(counts) {
        let (title, advice) = (code.title(), code.advice());
        let format = styles.severity.get(&severity.0).unwrap_or(&styles.note);
        sheet.write_with_format(line, 0, t(severity.0.name_zh(), severity.0.name()), format)?;
        sheet.write_with_format(line, 1, code.name(), &styles.note)?;
        sheet.write_with_format(line, 2, t(source.name_zh(), source.name()), &styles.note)?;
        sheet.write_with_format(line, 3, count, &styles.note)?;
        sheet.write_with_format(line, 4, t(title.0, title.1), &styles.note)?;
        sheet.write_with_format(line, 5, t(code.actor().name_zh(), code.actor().name()), &styles.note)?;
        sheet.write_with_format(line, 6, t(advice.0, advice.1), &styles.note)?;
        sheet.write_with_format(line, 7, shortened(&said(example, lang)), &styles.note)?;
    }
    widths(sheet, &[9.0, 26.0, 12.0, 9.0, 36.0, 10.0, 46.0, 50.0])
}

/// Id and detail of a finding in one line.
fn said(finding: &Finding, lang: Lang) -> String {
    let id = finding.place.id.as_deref().unwrap_or_default();
    [id, lang.pick(&finding.detail.zh, &finding.detail.en)]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(": ")
}

fn rows_of(
    sheet: &mut Worksheet,
    table: &Table,
    rows: &BTreeMap<usize, Vec<&Finding>>,
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    for (column, name) in (0u16..).zip([t("行", "row"), t("级别", "severity"), t("问题", "what"), t("处理办法", "what to do")])
    {
        sheet.write_with_format(0, column, name, &styles.head)?;
    }
    for (column, own) in (NOTES..).zip(table.rows.columns()) {
        sheet.write_with_format(0, column, own.name().as_str(), &styles.own_head)?;
    }
    sheet.set_freeze_panes(1, NOTES)?;
    sheet.set_repeat_rows(0, 0)?;
    for (line, (row, findings)) in (1u32..).zip(rows.iter().take(MOST_ROWS)) {
        notes(sheet, line, *row, findings, styles, lang)?;
        own_cells(sheet, line, *row, &table.rows, &faulty_columns(findings, &table.fields), styles)?;
    }
    widths(sheet, &[8.0, 9.0, 48.0, 40.0])
}

fn notes(
    sheet: &mut Worksheet,
    line: u32,
    row: usize,
    findings: &[&Finding],
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    let worst = findings.iter().map(|finding| finding.code.severity()).max().unwrap_or(Severity::Info);
    let what = |finding: &&Finding| {
        let t = |zh, en| lang.pick(zh, en);
        let title = finding.code.title();
        let detail = t(&finding.detail.zh, &finding.detail.en);
        let detail = if detail.is_empty() { String::new() } else { format!(" – {detail}") };
        format!("{} {}{detail}", finding.code.name(), t(title.0, title.1))
    };
    let mut advice: Vec<&str> = Vec::new();
    for finding in findings {
        let (zh, en) = finding.code.advice();
        if !advice.contains(&t(zh, en)) {
            advice.push(t(zh, en));
        }
    }
    #[allow(clippy::cast_precision_loss)]
    sheet.write_with_format(line, 0, (row + 1) as f64, &styles.note)?;
    let format = styles.severity.get(&worst).unwrap_or(&styles.note);
    sheet.write_with_format(line, 1, t(worst.name_zh(), worst.name()), format)?;
    sheet.write_with_format(line, 2, shortened(&findings.iter().map(what).collect::<Vec<_>>().join("\n")), &styles.note)?;
    sheet.write_with_format(line, 3, shortened(&advice.join("\n")), &styles.note)?;
    Ok(())
}

/// The supplier's columns that the findings of a row are about.
fn faulty_columns(findings: &[&Finding], fields: &FieldMapping) -> Vec<String> {
    let named = findings.iter().filter_map(|finding| finding.field.as_deref());
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
    row: usize,
    rows: &DataFrame,
    faulty: &[String],
    styles: &Styles,
) -> std::result::Result<(), XlsxError> {
    let plain = CellFormat::new().set_align(FormatAlign::Top);
    for (column, own) in (NOTES..).zip(rows.columns()) {
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

fn shortened(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}

fn widths(sheet: &mut Worksheet, widths: &[f64]) -> std::result::Result<(), XlsxError> {
    for (column, width) in (0u16..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    Ok(())
}
