//! The method sheet: where the figures are from, by which rules parcels are graded, and what a person may change.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::explained::words::area_kind;
use super::scores::settings::{self, Cells, VALUE};
use super::scores::{Scores, sheet_name};
use super::workbook::{Styles, heading, widths};
use super::{Lang, Totals, rules};
use crate::model::FieldSource;
use crate::rulebook::Track;
use crate::survey::Survey;

/// A sheet written line by line.
struct Page<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    styles: &'a Styles,
}

impl Page<'_> {
    fn line(&mut self, cells: &[String], bold: bool) -> Result<(), XlsxError> {
        for (column, cell) in (0u16..).zip(cells) {
            if bold {
                self.sheet.write_with_format(self.row, column, cell, &self.styles.head)?;
            } else {
                self.sheet.write(self.row, column, cell)?;
            }
        }
        self.row += 1;
        Ok(())
    }
}

/// A track's weights and grades, and whether its scores follow them.
fn track_settings(
    page: &mut Page,
    scores: &Scores,
    (n, track): (usize, &Track),
    cells: &mut Cells,
    lang: Lang,
) -> Result<(), XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    page.row = settings::weights(page.sheet, scores, (n, track), page.row, cells, page.styles, lang)?;
    page.row = settings::grades(page.sheet, track, page.row, cells, page.styles, lang)?;
    page.line(&[String::new(), rules::grading_notes(track, lang)], false)?;
    let live = match scores.why_not(n, lang) {
        None => format!(
            "{} {}",
            t("得分与等级随黄色单元格变化，见工作表", "scores and grades follow the yellow cells, on the sheet"),
            sheet_name(n, lang)
        ),
        Some(why) => format!("{}: {why}", t("不能在本工作簿中重算", "cannot be calculated in this workbook")),
    };
    page.line(&[t("公式", "formulas").to_owned(), live], false)?;
    if track.weighting.fixed < 1.0 {
        let note = t(
            "权重由数据或比较矩阵算得，可改，得分随之变化；不会自行重算",
            "weights were computed from the data or from comparisons; they can be changed and the scores follow, but are not computed anew here",
        );
        page.line(&[t("权重", "weights").to_owned(), note.to_owned()], false)?;
    }
    Ok(())
}

/// Fills the sheet. Returns where each track's settings stand, and the rows of the adjustments.
pub(super) fn method(
    sheet: &mut Worksheet,
    survey: &Survey,
    totals: &Totals,
    scores: &Scores,
    styles: &Styles,
    lang: Lang,
) -> Result<(Vec<Cells>, Vec<u32>), XlsxError> {
    let row = heading(sheet, survey, styles, lang)?;
    let t = |zh, en| lang.pick(zh, en);
    let note = t(
        "黄色单元格可改：权重、缺项规则、比例与分数线、否决与限级所评等级；“评分”“名额”各页与清单的得分、等级随之变化。列入哪些宗地以及分区汇总不随之变化。",
        "yellow cells can be changed: weights, rules for missing values, shares and least scores, the grades of vetoes and caps; scores and grades on the sheets Scores, Quotas and List follow. Which parcels are listed, and the sums by district and park, do not.",
    );
    sheet.write_with_format(row - 1, 0, note, &styles.note)?;
    let rulebook = &survey.rulebook;
    let mut page = Page { sheet, row: row + 1, styles };
    let mut cells: Vec<Cells> = rulebook.tracks.iter().map(|_| Cells::default()).collect();
    let mut adjustments = Vec::new();
    let pair = |name: &str, value: String| [name.to_owned(), value];
    page.line(&pair(t("规则来源", "source of the rules"), lang.text(&rulebook.source).to_owned()), false)?;
    page.line(&pair(t("除数面积", "area divided by"), area_kind(rulebook.area, lang).to_owned()), false)?;
    page.line(&pair(t("宗地数", "parcels"), totals.parcels.to_string()), false)?;
    page.line(
        &pair(t("归入园区的最小占比", "least share to lie in a park"), rulebook.location.park_min_share.to_string()),
        false,
    )?;
    page.line(
        &pair(t("归入布局分区的最小占比", "least share to lie in a layout zone"), rulebook.location.layout_min_share.to_string()),
        false,
    )?;
    for (n, track) in rulebook.tracks.iter().enumerate() {
        let members = survey.grading.track.iter().filter(|t| **t == Some(n)).count();
        page.line(&[], false)?;
        page.line(
            &[
                format!("{}: {}", t("类别", "track"), lang.pick(&track.name_zh, &track.name_en)),
                format!("{members} {}", t("宗", "parcels")),
            ],
            true,
        )?;
        page.line(
            &pair(t("条件", "condition"), track.when.clone().unwrap_or_else(|| t("其余全部", "all others").to_owned())),
            false,
        )?;
        page.line(&pair(t("同组", "peers"), rules::peers(&track.peers, lang)), false)?;
        page.line(&pair(t("缺项", "missing values"), rules::missing(track.missing, lang)), false)?;
        page.line(&pair(t("权重来源", "weights"), rules::weighting(&track.weighting, lang)), false)?;
        page.line(&pair(t("合成", "aggregation"), rules::aggregation(track.aggregation, lang).to_owned()), false)?;
        track_settings(&mut page, scores, (n, track), &mut cells[n], lang)?;
    }
    if !(rulebook.exemptions.is_empty() && rulebook.adjustments.is_empty()) {
        page.line(&[], false)?;
        page.line(
            &[
                t("不评价、否决与限级", "exemptions, vetoes, caps"),
                t("条件", "condition"),
                t("条款", "clause"),
                t("来源", "source"),
                t("所评等级", "grade"),
            ]
            .map(str::to_owned),
            true,
        )?;
        for e in &rulebook.exemptions {
            let name = format!("{} {} → T", e.code, lang.pick(&e.name_zh, &e.name_en));
            page.line(&[name, e.when.clone(), lang.text(&e.clause).to_owned(), lang.text(&e.source).to_owned()], false)?;
        }
        for a in &rulebook.adjustments {
            let name = format!("{} {} → {}", a.code, lang.pick(&a.name_zh, &a.name_en), rules::effect(a, lang));
            adjustments.push(page.row);
            if let Some(grade) = a.grade.as_ref().or(a.at_best.as_ref()).or(a.at_worst.as_ref()) {
                page.sheet.write_with_format(page.row, VALUE, grade, &styles.input)?;
            }
            page.line(&[name, a.when.clone(), lang.text(&a.clause).to_owned(), lang.text(&a.source).to_owned()], false)?;
        }
    }
    page.line(&[], false)?;
    page.line(
        &[t("低效认定", "low-efficiency rule"), t("条件", "condition"), t("条款", "clause"), t("来源", "source")]
            .map(str::to_owned),
        true,
    )?;
    for grade in &rulebook.list.grades {
        page.line(&[format!("GRADE_{grade}"), format!("grade = '{grade}'")], false)?;
    }
    for rule in &rulebook.rules {
        page.line(
            &[
                format!("{} {}", rule.code, lang.pick(&rule.name_zh, &rule.name_en)),
                rule.when.clone(),
                lang.text(&rule.clause).to_owned(),
                lang.text(&rule.source).to_owned(),
            ],
            false,
        )?;
    }
    for unasked in &survey.unasked {
        let why = t("所需的列没有数据：", "not asked, for want of any value of: ");
        let columns: Vec<&str> = unasked.columns.iter().map(|name| lang.field(name)).collect();
        page.line(&[unasked.what.clone(), format!("{why}{}", columns.join(", "))], false)?;
    }
    if let Some(firmness) = &survey.firmness {
        page.line(&[], false)?;
        for cells in super::firmness::rows(survey, firmness, lang) {
            page.line(&cells, false)?;
        }
    }
    page.line(&[], false)?;
    page.line(&[t("字段", "field"), t("取自", "taken from")].map(str::to_owned), true)?;
    for (source, fields) in &survey.fields {
        for (name, from) in fields {
            let from = match from {
                FieldSource::Column(column) => column.clone(),
                FieldSource::Converted { column, unit, factor } => format!("{column} ({unit} × {factor})"),
                FieldSource::Expression(expr) => expr.clone(),
            };
            let field = match lang {
                Lang::Zh => format!("{} {} ({name})", source.name_zh(), lang.field(name)),
                Lang::En => format!("{}.{name}", source.name()),
            };
            page.line(&[field, from], false)?;
        }
    }
    if !survey.flow_totals.is_empty() {
        page.line(&[], false)?;
        page.line(
            &[
                t("企业数值", "enterprise figure"),
                t("企业合计", "over enterprises"),
                t("宗地合计", "over parcels"),
                t("未落宗地", "on no parcel"),
            ]
            .map(str::to_owned),
            true,
        )?;
        for flow in &survey.flow_totals {
            page.line(
                &[
                    lang.field(&flow.name).to_owned(),
                    format!("{:.2}", flow.enterprises),
                    format!("{:.2}", flow.parcels),
                    format!("{:.2}", flow.unplaced),
                ],
                false,
            )?;
        }
    }
    widths(page.sheet, &[34.0, 52.0, 20.0, 16.0, 10.0, 44.0, 10.0, 14.0, 12.0])?;
    Ok((cells, adjustments))
}
