//! `survey.xlsx`: the list, the districts, the parks, the method, the findings.

use std::path::Path;

use rust_xlsxwriter::{Color, Format as CellFormat, FormatBorder, Formula, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::book::{book, failed, landscape};
use super::csv::{header, record};
use super::method::method;
use super::scores::{Live, Scores, elsewhere, quotas, sheet_name, units};
use super::zone_sheet::zones;
use super::{Lang, Totals};
use crate::error::Result;
use crate::list::reasons;
use crate::model::Zones;
use crate::rulebook::Grading;
use crate::survey::Survey;

/// Rows a sheet can hold below its header.
const MOST_ROWS: usize = 1_048_570;
/// Width of a column of reasons, in characters, and height of a line, in points.
const REASONS_WIDTH: f64 = 44.0;
const LINE_HEIGHT: f64 = 15.0;

pub(super) struct Styles {
    title: CellFormat,
    pub note: CellFormat,
    pub head: CellFormat,
    pub mu: CellFormat,
    /// A text that may take several lines.
    lines: CellFormat,
    /// Counts and areas of a row of totals.
    pub total: CellFormat,
    pub total_mu: CellFormat,
    pub score: CellFormat,
    /// A share of a weight.
    pub share: CellFormat,
    pub percent: CellFormat,
    /// What a person may change.
    pub input: CellFormat,
}

pub(super) fn write(survey: &Survey, totals: &Totals, lang: Lang, path: &Path) -> Result<()> {
    let styles = Styles {
        title: CellFormat::new().set_bold().set_font_size(14),
        note: CellFormat::new().set_font_color(Color::RGB(0x0099_3300)),
        head: CellFormat::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF4)).set_text_wrap(),
        mu: CellFormat::new().set_num_format("#,##0.0"),
        lines: CellFormat::new().set_text_wrap(),
        total: CellFormat::new().set_bold().set_border_top(FormatBorder::Thin).set_num_format("#,##0"),
        total_mu: CellFormat::new().set_bold().set_border_top(FormatBorder::Thin).set_num_format("#,##0.0"),
        score: CellFormat::new().set_num_format("0.00"),
        share: CellFormat::new().set_num_format("0.0000"),
        percent: CellFormat::new().set_num_format("0.0%"),
        input: CellFormat::new().set_background_color(Color::RGB(0x00FF_F2CC)),
    };
    let scores = Scores::of(survey)?;
    let mut book = book().map_err(|e| failed(path, e))?;
    let t = |zh, en| lang.pick(zh, en);
    landscape(&mut book, t("低效用地清单", "List"), path, |s| list(s, survey, &scores, &styles, lang))?;
    landscape(&mut book, t("分区汇总", "By district"), path, |s| {
        zones(s, survey, totals, &survey.districts, &totals.districts, &styles, lang)
    })?;
    landscape(&mut book, t("分园区汇总", "By park"), path, |s| {
        zones(s, survey, totals, &survey.parks, &totals.parks, &styles, lang)
    })?;
    let (cells, adjustments) =
        landscape(&mut book, t("方法", "Method"), path, |s| method(s, survey, totals, &scores, &styles, lang))?;
    for (n, track) in survey.rulebook.tracks.iter().enumerate() {
        if scores.why_not(n, lang).is_some() {
            continue;
        }
        let live = Live { survey, scores: &scores, n, cells: &cells[n], adjustments: &adjustments, lang };
        landscape(&mut book, &sheet_name(n, lang), path, |s| units::units(s, &live, &styles))?;
        if let Grading::Quota { grades, ties, .. } = &track.grading {
            landscape(&mut book, &quotas::name(n, lang), path, |s| quotas::quotas(s, &live, grades, *ties, &styles))?;
        }
    }
    landscape(&mut book, t("数据问题", "Findings"), path, |s| findings(s, survey, &styles, lang))?;
    book.save(path).map_err(|e| failed(path, e))
}

/// Title and warnings; the row below them.
pub(super) fn heading(
    sheet: &mut Worksheet,
    survey: &Survey,
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<u32, XlsxError> {
    sheet.write_with_format(0, 0, super::summary::title(survey, lang), &styles.title)?;
    let mut notes = vec![format!(
        "{}: {} ({})",
        lang.pick("规则", "rulebook"),
        lang.pick(&survey.rulebook.title_zh, &survey.rulebook.title_en),
        survey.rulebook.year
    )];
    if survey.about.schematic {
        notes.push(lang.pick("示意数据，不代表真实边界", "schematic data, no real boundaries").to_owned());
    }
    if survey.rulebook.illustrative {
        notes.push(lang.pick("示例规则，非公布标准", "illustrative rulebook, not a published standard").to_owned());
    }
    sheet.write_with_format(1, 0, notes.join("  ·  "), &styles.note)?;
    Ok(3)
}

pub(super) fn head(sheet: &mut Worksheet, row: u32, names: &[&str], styles: &Styles) -> std::result::Result<(), XlsxError> {
    for (column, name) in (0u16..).zip(names) {
        sheet.write_with_format(row, column, *name, &styles.head)?;
    }
    // Three lines: LibreOffice does not fit the height to wrapped text by itself.
    sheet.set_row_height(row, 45.0)?;
    sheet.set_freeze_panes(row + 1, 0)?;
    sheet.set_repeat_rows(row, row)?;
    Ok(())
}

/// Lets the rows below a header be filtered.
fn filter(sheet: &mut Worksheet, head: u32, rows: usize, columns: usize) -> std::result::Result<(), XlsxError> {
    let last = head + u32::try_from(rows.clamp(1, MOST_ROWS)).unwrap_or(1);
    sheet.autofilter(head, 0, last, u16::try_from(columns.saturating_sub(1)).unwrap_or(0))?;
    Ok(())
}

fn list(
    sheet: &mut Worksheet,
    survey: &Survey,
    scores: &Scores,
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    let first = heading(sheet, survey, styles, lang)?;
    let t = |zh, en| lang.pick(zh, en);
    let indicators = survey.rulebook.indicators();
    let mut names = vec![
        t("宗地代码", "parcel_id"),
        t("企业", "enterprise"),
        t("区", "district"),
        t("园区", "park"),
        t("面积（亩）", "area (mu)"),
        t("等级", "grade"),
        t("得分", "score"),
        t("名次", "rank"),
        t("列入理由", "reasons"),
        t("条款", "clauses"),
    ];
    let units: Vec<String> = indicators
        .iter()
        .map(|i| format!("{} {}", lang.pick(&i.name_zh, &i.name_en), lang.pick(&i.unit_zh, &i.unit_en)).trim().to_owned())
        .collect();
    names.extend(units.iter().map(String::as_str));
    head(sheet, first, &names, styles)?;
    let (reasons, enterprises) = (reasons(&survey.rulebook), survey.texts("enterprise_name"));
    let zone =
        |zones: &Zones, zone: Option<usize>| zone.map(|z| zones.0[z].name.clone().unwrap_or_else(|| zones.0[z].id.clone()));
    let listed = || (0..survey.parcels.ids.len()).filter(|row| survey.listing.listed[*row]);
    for (line, row) in (first + 1..).zip(listed().take(MOST_ROWS)) {
        sheet.write(line, 0, &survey.parcels.ids[row])?;
        text(sheet, line, 1, enterprises[row].as_deref())?;
        text(sheet, line, 2, zone(&survey.districts, survey.location.district[row].map(|s| s.zone)).as_deref())?;
        text(sheet, line, 3, zone(&survey.parks, survey.location.in_park[row]).as_deref())?;
        value(sheet, line, 4, survey.area_mu[row], &styles.mu)?;
        let (grade, score) = (&survey.grading.grade[row], survey.grading.score[row]);
        match scores.line_of(row).filter(|(n, _)| scores.why_not(*n, lang).is_none()) {
            Some((n, at)) => {
                let from = |column: u16| Formula::new(format!("={}", elsewhere(&sheet_name(n, lang), at, column)));
                sheet.write_formula(line, 5, from(units::GRADE).set_result(grade))?;
                let score = score.unwrap_or_default().to_string();
                sheet.write_formula_with_format(line, 6, from(units::SCORE).set_result(score), &styles.score)?;
            }
            None => {
                sheet.write(line, 5, grade)?;
                value(sheet, line, 6, score, &styles.score)?;
            }
        }
        value(sheet, line, 7, survey.grading.rank[row].map(f64::from), &CellFormat::new())?;
        let hit = || survey.listing.reasons[row].iter().map(|r| &reasons[*r]);
        let named: Vec<String> = hit().map(|r| format!("{} {}", r.code, lang.pick(&r.name_zh, &r.name_en))).collect();
        let clauses: Vec<String> = hit().filter_map(|r| r.clause.as_ref()).map(|clause| lang.text(clause).to_owned()).collect();
        sheet.write_with_format(line, 8, named.join("\n"), &styles.lines)?;
        sheet.write_with_format(line, 9, clauses.join("\n"), &styles.lines)?;
        sheet.set_row_height(line, height(&named).max(height(&clauses)))?;
        for (column, (result, indicator)) in (10u16..).zip(survey.grading.indicators.iter().zip(&indicators)) {
            let format = CellFormat::new().set_num_format(format!("#,##0.{}", "0".repeat(indicator.decimals.max(1).into())));
            value(sheet, line, column, result.value[row], &format)?;
        }
    }
    filter(sheet, first, listed().count(), names.len())?;
    more_rows(sheet, first, listed().count(), lang)?;
    let mut columns = vec![18.0, 30.0, 12.0, 22.0, 11.0, 7.0, 9.0, 8.0, REASONS_WIDTH, REASONS_WIDTH];
    columns.resize(columns.len() + indicators.len(), 13.0);
    widths(sheet, &columns)
}

/// Height of a row that shows each of these in a column of reasons, a long one in several lines; LibreOffice does not fit it by itself.
#[allow(clippy::cast_precision_loss)]
fn height(texts: &[String]) -> f64 {
    let lines: f64 = texts.iter().map(|text| (text.width() as f64 / REASONS_WIDTH).ceil()).sum();
    LINE_HEIGHT * lines.max(1.0)
}

pub(super) fn text(sheet: &mut Worksheet, row: u32, column: u16, text: Option<&str>) -> std::result::Result<(), XlsxError> {
    if let Some(text) = text {
        // A cell holds 32,767 characters.
        sheet.write(row, column, text.chars().take(32_000).collect::<String>())?;
    }
    Ok(())
}

fn value(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: Option<f64>,
    format: &CellFormat,
) -> std::result::Result<(), XlsxError> {
    if let Some(value) = value {
        sheet.write_with_format(row, column, value, format)?;
    }
    Ok(())
}

/// Says so where a sheet cannot hold all rows.
fn more_rows(sheet: &mut Worksheet, first: u32, rows: usize, lang: Lang) -> std::result::Result<(), XlsxError> {
    if rows > MOST_ROWS {
        let more = lang
            .pick("超出工作表行数，其余见其他输出文件", "more rows than a sheet can hold; the rest is in the other output files");
        sheet.write(first - 1, 0, format!("{} / {rows}: {more}", MOST_ROWS))?;
    }
    Ok(())
}

fn findings(sheet: &mut Worksheet, survey: &Survey, styles: &Styles, lang: Lang) -> std::result::Result<(), XlsxError> {
    let first = heading(sheet, survey, styles, lang)?;
    head(sheet, first, &header(lang), styles)?;
    for (line, finding) in (first + 1..).zip(survey.findings.iter().take(MOST_ROWS)) {
        for (column, cell) in (0u16..).zip(record(finding, lang)) {
            // Row, coordinates and areas are numbers, the rest is text from the data.
            match cell.parse::<f64>() {
                Ok(number) if matches!(column, 3 | 5 | 6 | 9 | 10) => sheet.write(line, column, number).map(|_| ())?,
                _ => text(sheet, line, column, Some(&cell))?,
            }
        }
    }
    filter(sheet, first, survey.findings.len(), header(lang).len())?;
    more_rows(sheet, first, survey.findings.len(), lang)?;
    widths(sheet, &[26.0, 9.0, 12.0, 8.0, 20.0, 14.0, 14.0, 34.0, 40.0, 14.0, 14.0, 44.0])
}

pub(super) fn widths(sheet: &mut Worksheet, widths: &[f64]) -> std::result::Result<(), XlsxError> {
    for (column, width) in (0u16..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    Ok(())
}
