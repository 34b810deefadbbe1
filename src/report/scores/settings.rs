//! The part of the method sheet that a person may change: a track's weights and what gives each grade.

use rust_xlsxwriter::{Formula, Worksheet, utility::row_col_to_cell as cell};

use super::tree::Member;
use super::{Scores, Written};
use crate::report::workbook::Styles;
use crate::report::{Lang, rules};
use crate::rulebook::{Grading, Indicator, Missing, Track};

/// Columns of the method sheet: the weight, the share or the least score; the weight's share of their sum; whether an indicator is left
/// out where it is missing; the points deducted there; the score that a quota asks for besides.
pub(in crate::report) const VALUE: u16 = 4;
const PART: u16 = 6;
pub(super) const LEFT_OUT: u16 = 7;
pub(super) const DEDUCTED: u16 = 8;
pub(super) const LIMIT: u16 = 7;
/// Weights are not said to miss their sum by less.
const SUM_TOLERANCE: &str = "1E-6";

/// Rows of the method sheet.
#[derive(Default)]
pub(in crate::report) struct Cells {
    /// By place among the members of all runs.
    pub members: Vec<u32>,
    /// The sum of each run.
    pub sums: Vec<u32>,
    /// By grade, in the order of the rulebook.
    pub grades: Vec<u32>,
}

/// Writes the weights of a track from a row on; the row below.
pub(in crate::report) fn weights(
    sheet: &mut Worksheet,
    scores: &Scores,
    (n, track): (usize, &Track),
    mut row: u32,
    cells: &mut Cells,
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<u32, rust_xlsxwriter::XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    let (runs, weights) = (&scores.tracks[n].runs, &scores.graded.tracks[n].weights);
    cells.members = vec![0; runs.iter().map(|run| run.members.len()).sum()];
    cells.sums = vec![0; runs.len()];
    let heads = [
        t("指标", "indicator"),
        t("表达式", "expression"),
        t("单位", "unit"),
        t("方向", "direction"),
        t("权重", "weight"),
        t("标准化", "normalisation"),
        t("占比", "share of the sum"),
        t("缺项时剔除（1）或计零分（0）", "where missing: left out (1) or no points (0)"),
        t("缺项时扣分", "points deducted where missing"),
    ];
    // The score first, then the groups it is made of.
    for (k, run) in runs.iter().enumerate().rev() {
        let named = run.group.map_or_else(String::new, |g| {
            format!("{}: {}", t("组", "group"), lang.pick(&track.groups[g].name_zh, &track.groups[g].name_en))
        });
        for (column, head) in (0u16..).zip(heads) {
            let head = if column == 0 && !named.is_empty() { &named } else { head };
            sheet.write_with_format(row, column, head, &styles.head)?;
        }
        sheet.set_row_height(row, 45.0)?;
        let first = row + 1;
        let last = row + u32::try_from(run.members.len()).unwrap_or(0);
        let all = format!("{}:{}", cell(first, VALUE), cell(last, VALUE));
        let weight = |member: &Member| match member {
            Member::Indicator(i) => weights.indicators[*i],
            Member::Group(g) => weights.groups[*g],
        };
        let whole: f64 = run.members.iter().map(weight).sum();
        for (place, member) in (run.first..).zip(&run.members) {
            row += 1;
            cells.members[place] = row;
            match member {
                Member::Indicator(i) => indicator(sheet, track, *i, row, styles, lang)?,
                Member::Group(g) => {
                    let group = &track.groups[*g];
                    let name = format!("{}: {}", t("组", "group"), lang.pick(&group.name_zh, &group.name_en));
                    sheet.write(row, 0, name)?;
                    sheet.write(row, 1, rules::aggregation(group.aggregation, lang))?;
                }
            }
            sheet.write_with_format(row, VALUE, weight(member), &styles.input)?;
            let part = format!("=IF(SUM({all})>0,{}/SUM({all}),0)", cell(row, VALUE));
            let result = if whole > 0.0 { weight(member) / whole } else { 0.0 };
            sheet.write_formula_with_format(row, PART, Formula::new(part).set_result(result.to_string()), &styles.percent)?;
        }
        row += 1;
        cells.sums[k] = row;
        let written = track.points.filter(|_| run.group.is_none()).unwrap_or(whole);
        sum(sheet, row, &all, (whole, written), styles, lang)?;
        row += 1;
    }
    Ok(row)
}

fn indicator(sheet: &mut Worksheet, track: &Track, k: usize, row: u32, styles: &Styles, lang: Lang) -> Written {
    let i = &track.indicators[k];
    sheet.write(row, 0, lang.pick(&i.name_zh, &i.name_en))?;
    sheet.write(row, 1, &i.expr)?;
    sheet.write(row, 2, lang.pick(&i.unit_zh, &i.unit_en))?;
    sheet.write(row, 3, rules::direction(i.direction, lang))?;
    sheet.write(row, VALUE + 1, rules::normalisation(i, lang))?;
    if !track.aggregation.is_topsis() {
        let (left_out, deducted) = missing(track, i);
        sheet.write_with_format(row, LEFT_OUT, left_out, &styles.input)?;
        sheet.write_with_format(row, DEDUCTED, deducted, &styles.input)?;
    }
    Ok(())
}

/// Whether an indicator is left out where it is missing (1) or brings no points (0), and the points deducted there.
pub(super) fn missing(track: &Track, indicator: &Indicator) -> (u8, f64) {
    match track.missing(indicator) {
        Missing::Zero => (0, 0.0),
        Missing::Deduct(points) => (0, points),
        _ => (1, 0.0),
    }
}

/// The sum of some weights; beside it what share of the rulebook's sum that is, with a word where it is not the whole.
fn sum(sheet: &mut Worksheet, row: u32, all: &str, (whole, written): (f64, f64), styles: &Styles, lang: Lang) -> Written {
    sheet.write_with_format(row, 0, lang.pick("合计", "sum"), &styles.head)?;
    let formula = format!("=SUM({all})");
    sheet.write_formula_with_format(row, VALUE, Formula::new(formula).set_result(whole.to_string()), &styles.head)?;
    let not = lang.pick("：权重合计不是规则的 100 %", ": the weights do not sum to what the rulebook's sum to");
    let part = format!("{}/{written}", cell(row, VALUE));
    let said = format!("=TEXT({part},\"0.0%\")&IF(ABS({part}-1)>{SUM_TOLERANCE},{},\"\")", super::quoted(not));
    sheet.write_formula_with_format(row, VALUE + 1, Formula::new(said).set_result("100.0%"), &styles.note)?;
    Ok(())
}

/// Writes what gives each grade of a track from a row on; the row below.
pub(in crate::report) fn grades(
    sheet: &mut Worksheet,
    track: &Track,
    mut row: u32,
    cells: &mut Cells,
    styles: &Styles,
    lang: Lang,
) -> std::result::Result<u32, rust_xlsxwriter::XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    let value = match track.grading {
        Grading::Threshold { .. } => t("最低得分", "least score"),
        Grading::Quota { .. } => t("比例", "share"),
    };
    for (column, head) in [
        (0, t("等级", "grade")),
        (1, t("规则原文", "as the rulebook has it")),
        (VALUE, value),
        (LIMIT, t("且得分不低于／低于", "and a score of at least / below")),
    ] {
        sheet.write_with_format(row, column, head, &styles.head)?;
    }
    let written: Vec<(Option<f64>, Option<f64>)> = match &track.grading {
        Grading::Threshold { grades, .. } => grades.iter().map(|g| (g.min, None)).collect(),
        Grading::Quota { grades, .. } => grades.iter().map(|q| (q.share, q.min.or(q.below))).collect(),
    };
    for ((grade, rule), (value, limit)) in rules::grading(track, lang).into_iter().zip(written) {
        row += 1;
        cells.grades.push(row);
        sheet.write(row, 0, grade)?;
        sheet.write(row, 1, rule)?;
        for (column, figure) in [(VALUE, value), (LIMIT, limit)] {
            if let Some(figure) = figure {
                sheet.write_with_format(row, column, figure, &styles.input)?;
            }
        }
    }
    Ok(row + 1)
}
