//! The scores as formulas: change a weight, a share or a threshold in the sheet, and points, scores and grades follow.
//!
//! One sheet a track. On top the weights and what gives each grade, below them one row a unit in ascending order of id: its shares of the
//! weights as values, points, score and grade as formulas over them, with the program's own results beside each formula for programs
//! that do not calculate. What is not a formula says so in the second line.

use rust_xlsxwriter::{Formula, Worksheet, XlsxError, utility::row_col_to_cell, utility::row_col_to_cell_absolute as fixed};

use super::Lang;
use super::workbook::{Styles, heading, text};
use crate::error::Result;
use crate::rulebook::{Adjustment, Aggregation, End, Grading, Missing, Quota, Round, Ties, Track};
use crate::score::count;
use crate::sql;
use crate::survey::Survey;

/// More rows than this take a spreadsheet minutes.
const MOST_UNITS: usize = 60_000;
/// A score this little below a limit is on it: a spreadsheet adds up in another order.
const ROUNDING: &str = "1E-9";
/// Row of the weights, of the marks of what is left out where it is missing, and of the points deducted.
const WEIGHTS: u32 = 4;
const LEFT_OUT: u32 = 5;
const DEDUCTED: u32 = 6;
/// First row of the grades.
const GRADES: u32 = 9;
/// Columns of a unit before its shares: id, grade, grade by score, score, compared score.
const BEFORE: u16 = 5;
const GRADE: u16 = 1;
const BY_SCORE: u16 = 2;
const SCORE: u16 = 3;
const COMPARED: u16 = 4;

type Written = std::result::Result<(), XlsxError>;

/// Why the scores of a track cannot be followed in a spreadsheet, where they cannot.
pub(super) fn why_not(survey: &Survey, n: usize, lang: Lang) -> Option<&'static str> {
    let (rulebook, track) = (&survey.rulebook, &survey.rulebook.tracks[n]);
    let other_quota = match &track.grading {
        Grading::Threshold { .. } => false,
        Grading::Quota { per, ties, .. } => !per.is_empty() || *ties != Ties::Id,
    };
    #[allow(clippy::float_cmp)] // as written
    let from_data = track.weighting.fixed != 1.0;
    let t = |zh, en| Some(lang.pick(zh, en));
    if track.aggregation != Aggregation::Sum || !track.groups.is_empty() {
        t("分组或非加权求和", "it has groups, or another aggregation than a weighted sum")
    } else if from_data {
        t("权重并非全部给定", "its weights are not all written in the rulebook")
    } else if other_quota {
        t("名额按组分配或同分同级", "its quotas are by group, or equal scores share a grade")
    } else if !rulebook.unit.by.is_empty() {
        t("多宗合并评价", "several parcels are graded as one")
    } else if rulebook.adjustments.iter().any(depends_on_score) {
        t("有的调整取决于得分", "an adjustment depends on the score")
    } else if scored(survey, n).len() > MOST_UNITS {
        t("行数过多", "it has too many rows")
    } else {
        None
    }
}

/// Of which parcels the condition of each adjustment holds.
///
/// # Errors
/// A condition cannot be computed.
pub(super) fn flags(survey: &Survey) -> Result<Vec<Vec<bool>>> {
    let holds = |adjustment: &Adjustment| Ok(sql::conditions(&survey.table, &[&adjustment.when])?.pop().unwrap_or_default());
    survey.rulebook.adjustments.iter().map(holds).collect()
}

fn depends_on_score(adjustment: &Adjustment) -> bool {
    sql::columns_of(&adjustment.when)
        .is_ok_and(|names| names.iter().any(|name| matches!(name.as_str(), "score" | "grade") || name.starts_with("i_")))
}

/// The rows of a track that have a score, in ascending order of id.
fn scored(survey: &Survey, n: usize) -> Vec<usize> {
    let grading = &survey.grading;
    survey.order_by_id().into_iter().filter(|row| grading.track[*row] == Some(n) && grading.score[*row].is_some()).collect()
}

/// Where things are on the sheet of a track.
struct Layout {
    indicators: u16,
    first: u32,
    last: u32,
    compared: u16,
}

impl Layout {
    fn share(&self, k: u16) -> u16 {
        BEFORE + k
    }

    fn points(&self, k: u16) -> u16 {
        BEFORE + self.indicators + k
    }

    fn bonus(&self) -> u16 {
        BEFORE + 2 * self.indicators
    }

    fn flag(&self, adjustment: u16) -> u16 {
        self.bonus() + 1 + adjustment
    }

    /// All compared scores.
    fn scores(&self) -> String {
        format!("{}:{}", fixed(self.first, self.compared), fixed(self.last, self.compared))
    }

    /// A row of settings over the shares.
    fn settings(&self, row: u32) -> String {
        format!("{}:{}", fixed(row, self.share(0)), fixed(row, self.share(self.indicators - 1)))
    }

    fn whole(&self) -> String {
        fixed(WEIGHTS, SCORE)
    }
}

/// Fills the sheet of a track.
pub(super) fn scores(
    sheet: &mut Worksheet,
    survey: &Survey,
    n: usize,
    flags: &[Vec<bool>],
    styles: &Styles,
    lang: Lang,
) -> Written {
    let track = &survey.rulebook.tracks[n];
    heading(sheet, survey, styles, lang)?;
    let t = |zh, en| lang.pick(zh, en);
    let note = t(
        "黄色单元格可改：权重、等级的比例或分数线；得分与等级随公式变化。各指标的得分率为数值，不随之变化。正式名单以“低效用地清单”为准。",
        "yellow cells can be changed: weights, and the share or least score of each grade; points, scores and grades follow. The shares of the weights are values. The published list is the sheet List.",
    );
    sheet.write_with_format(2, 0, note, &styles.note)?;
    let rows = scored(survey, n);
    let indicators = u16::try_from(track.indicators.len()).unwrap_or(u16::MAX);
    let grades = u32::try_from(track.grading.grades().len()).unwrap_or(0);
    let first = GRADES + grades + 2;
    let decimals = decimals(track);
    let layout = Layout {
        indicators,
        first,
        last: first + u32::try_from(rows.len().max(1)).unwrap_or(1) - 1,
        compared: if decimals.is_some() { COMPARED } else { SCORE },
    };
    settings(sheet, track, &layout, styles, lang)?;
    let compared: Vec<f64> =
        rows.iter().filter_map(|row| survey.grading.score[*row]).map(|x| track.grading.compared(x)).collect();
    borders(sheet, track, &layout, compared, styles, lang)?;
    heads(sheet, survey, track, &layout, styles, lang)?;
    let order = survey.rulebook.grades();
    for (line, row) in (layout.first..).zip(rows) {
        unit(sheet, survey, n, &layout, (line, row), styles)?;
        for (k, holds) in (0u16..).zip(flags) {
            if holds.get(row).copied().unwrap_or(false) {
                sheet.write(line, layout.flag(k), 1)?;
            }
        }
        let by_score = survey.grading.adjusted[row].first().map_or(&survey.grading.grade[row], |first| &first.from);
        let formula = format!("={}", grade_formula(track, &layout, line));
        sheet.write_formula(line, BY_SCORE, Formula::new(formula).set_result(by_score))?;
        let mut grade = row_col_to_cell(line, BY_SCORE);
        for (k, adjustment) in (0u16..).zip(&survey.rulebook.adjustments) {
            grade = adjusted(adjustment, &row_col_to_cell(line, layout.flag(k)), &grade, &order);
        }
        sheet.write_formula(line, GRADE, Formula::new(format!("={grade}")).set_result(&survey.grading.grade[row]))?;
        if let Some(decimals) = decimals {
            let score = survey.grading.score[row].unwrap_or_default();
            let formula = format!("=ROUND({},{decimals})", row_col_to_cell(line, SCORE));
            sheet.write_formula(line, COMPARED, Formula::new(formula).set_result(track.grading.compared(score).to_string()))?;
        }
    }
    sheet.set_freeze_panes(layout.first, 1)?;
    sheet.set_column_width(0, 30.0)?;
    sheet.set_column_range_width(1, layout.flag(u16::try_from(flags.len()).unwrap_or(0)), 12.0)?;
    // LibreOffice does not fit the height to wrapped text by itself.
    [WEIGHTS - 1, GRADES - 1, layout.first - 1].into_iter().try_for_each(|row| sheet.set_row_height(row, 45.0).map(|_| ()))?;
    sheet.set_repeat_rows(layout.first - 1, layout.first - 1)?;
    Ok(())
}

fn decimals(track: &Track) -> Option<u8> {
    match &track.grading {
        Grading::Threshold { decimals, .. } | Grading::Quota { decimals, .. } => *decimals,
    }
}

/// Weights and rules for missing values, over the columns of the shares.
fn settings(sheet: &mut Worksheet, track: &Track, layout: &Layout, styles: &Styles, lang: Lang) -> Written {
    let t = |zh, en| lang.pick(zh, en);
    for (row, name) in [
        (WEIGHTS, t("权重", "weight")),
        (LEFT_OUT, t("缺项时剔除该项（1）", "left out where missing (1)")),
        (DEDUCTED, t("缺项时扣分", "points deducted where missing")),
    ] {
        sheet.write_with_format(row, 0, name, &styles.head)?;
    }
    let whole: f64 = track.indicators.iter().filter_map(|i| i.weight).sum();
    let formula = format!("=SUM({})", layout.settings(WEIGHTS));
    sheet.write_formula(WEIGHTS, SCORE, Formula::new(formula).set_result(whole.to_string()))?;
    for (k, indicator) in (0u16..).zip(&track.indicators) {
        let column = layout.share(k);
        sheet.write_with_format(WEIGHTS - 1, column, lang.pick(&indicator.name_zh, &indicator.name_en), &styles.head)?;
        sheet.write_with_format(WEIGHTS, column, indicator.weight.unwrap_or_default(), &styles.input)?;
        let (left_out, deducted) = match track.missing(indicator) {
            Missing::Zero => (0, 0.0),
            Missing::Deduct(points) => (0, points),
            _ => (1, 0.0),
        };
        sheet.write(LEFT_OUT, column, left_out)?;
        sheet.write(DEDUCTED, column, deducted)?;
    }
    Ok(())
}

/// What gives each grade: its share or least score, and for quotas where it is cut.
fn borders(sheet: &mut Worksheet, track: &Track, layout: &Layout, mut scores: Vec<f64>, styles: &Styles, lang: Lang) -> Written {
    let t = |zh, en| lang.pick(zh, en);
    let heads = match track.grading {
        Grading::Threshold { .. } => vec![t("等级", "grade"), t("最低得分", "least score")],
        Grading::Quota { .. } => vec![
            t("等级", "grade"),
            t("比例", "share"),
            t("累计个数", "count, cumulated"),
            t("分界得分", "score at the border"),
            t("分界处取得该等级的个数", "of equal scores at the border so many have it"),
        ],
    };
    for (column, name) in (0u16..).zip(heads) {
        sheet.write_with_format(GRADES - 1, column, name, &styles.head)?;
    }
    match &track.grading {
        Grading::Threshold { grades, .. } => {
            for (row, grade) in (GRADES..).zip(grades) {
                sheet.write(row, 0, &grade.grade)?;
                if let Some(min) = grade.min {
                    sheet.write_with_format(row, 1, min, &styles.input)?;
                }
            }
        }
        Grading::Quota { grades, .. } => {
            scores.sort_by(|a, b| b.total_cmp(a));
            let taken = taken(grades, scores.len());
            for (row, (k, quota)) in (GRADES..).zip(best_first(grades).into_iter().enumerate()) {
                sheet.write(row, 0, &quota.grade)?;
                let Some(share) = quota.share else { continue };
                sheet.write_with_format(row, 1, share, &styles.input)?;
                let [count, cut, tied] = cut_formulas(quota, k, grades, layout, row);
                let (border, equal) = at_border(quota, taken[k], &scores);
                sheet.write_formula(row, 2, Formula::new(count).set_result(taken[k].to_string()))?;
                sheet.write_formula_with_format(row, 3, Formula::new(cut).set_result(border), &styles.score)?;
                sheet.write_formula(row, 4, Formula::new(tied).set_result(equal.to_string()))?;
            }
        }
    }
    Ok(())
}

/// Quotas from the top, the rest, quotas from the bottom.
fn best_first(grades: &[Quota]) -> Vec<&Quota> {
    let top = grades.iter().filter(|q| q.share.is_some() && q.from == End::Top);
    let rest = grades.iter().filter(|q| q.share.is_none());
    let bottom = grades.iter().filter(|q| q.share.is_some() && q.from == End::Bottom);
    top.chain(rest).chain(bottom).collect()
}

/// How many units each quota and those beyond it take, in the order of [`best_first`].
fn taken(grades: &[Quota], units: usize) -> Vec<usize> {
    let all = best_first(grades);
    let mut taken = vec![0; all.len()];
    let mut top = 0;
    for (k, quota) in all.iter().enumerate().filter(|(_, q)| q.from == End::Top) {
        let Some(share) = quota.share else { continue };
        top = units.min(top + count(share, units, quota.round));
        taken[k] = top;
    }
    let mut bottom = 0;
    for (k, quota) in all.iter().enumerate().rev().filter(|(_, q)| q.from == End::Bottom) {
        let Some(share) = quota.share else { continue };
        bottom = (units - top).min(bottom + count(share, units, quota.round));
        taken[k] = bottom;
    }
    taken
}

/// The score of the last unit a quota takes, and how many of equal scores there it takes; `scores` fall.
#[allow(clippy::float_cmp)] // equal as numbers
fn at_border(quota: &Quota, taken: usize, scores: &[f64]) -> (String, usize) {
    if taken == 0 {
        return (String::new(), 0);
    }
    let last = if quota.from == End::Top { scores[taken - 1] } else { scores[scores.len() - taken] };
    let beyond = scores.iter().filter(|x| if quota.from == End::Top { **x > last } else { **x < last }).count();
    (last.to_string(), taken - beyond)
}

/// How many units a quota and those beyond it take, the score of the last of them, and how many of equal scores there are taken.
fn cut_formulas(quota: &Quota, k: usize, grades: &[Quota], layout: &Layout, row: u32) -> [String; 3] {
    let (scores, share) = (layout.scores(), fixed(row, 1));
    let exact = format!("{share}*COUNT({scores})");
    let count = match quota.round {
        Round::Floor => format!("INT({exact}+1E-9)"),
        Round::Ceil => format!("-INT(-({exact}-1E-9))"),
        Round::Round => format!("INT({exact}+1E-9+0.5)"),
    };
    let top = grades.iter().filter(|q| q.share.is_some() && q.from == End::Top).count();
    let last = grades.len() - 1;
    let at = |k: usize| fixed(GRADES + u32::try_from(k).unwrap_or(0), 2);
    let taken = fixed(row, 2);
    match quota.from {
        End::Top => {
            let before = if k == 0 { "0".to_owned() } else { at(k - 1) };
            [
                format!("=MIN(COUNT({scores}),{before}+{count})"),
                format!("=IF({taken}>0,LARGE({scores},{taken}),\"\")"),
                format!("=IF({taken}>0,{taken}-SUMPRODUCT(--({scores}>{})),0)", fixed(row, 3)),
            ]
        }
        End::Bottom => {
            let before = if k == last { "0".to_owned() } else { at(k + 1) };
            let left = if top == 0 { format!("COUNT({scores})") } else { format!("COUNT({scores})-{}", at(top - 1)) };
            [
                format!("=MIN({left},{before}+{count})"),
                format!("=IF({taken}>0,SMALL({scores},{taken}),\"\")"),
                format!("=IF({taken}>0,{taken}-SUMPRODUCT(--({scores}<{})),0)", fixed(row, 3)),
            ]
        }
    }
}

/// The grade of a unit by its score.
fn grade_formula(track: &Track, layout: &Layout, line: u32) -> String {
    let score = row_col_to_cell(line, layout.compared);
    match &track.grading {
        Grading::Threshold { grades, .. } => {
            let last = grades.last().map(|g| quoted(&g.grade)).unwrap_or_default();
            let higher = (GRADES..).zip(grades).filter(|(_, g)| g.min.is_some()).collect::<Vec<_>>();
            higher
                .into_iter()
                .rev()
                .fold(last, |rest, (row, g)| format!("IF({score}>={}-{ROUNDING},{},{rest})", fixed(row, 1), quoted(&g.grade)))
        }
        Grading::Quota { grades, .. } => {
            let rest = grades.iter().find(|q| q.share.is_none()).map(|q| quoted(&q.grade)).unwrap_or_default();
            let all: Vec<(u32, &Quota)> = (GRADES..).zip(best_first(grades)).collect();
            // From the top the best first, then from the bottom the worst first.
            let top = all.iter().filter(|(_, q)| q.share.is_some() && q.from == End::Top);
            let bottom = all.iter().rev().filter(|(_, q)| q.share.is_some() && q.from == End::Bottom);
            let asked: Vec<&(u32, &Quota)> = top.chain(bottom).collect();
            asked.into_iter().rev().fold(rest.clone(), |otherwise, (row, quota)| {
                let given = match (quota.min, quota.below) {
                    (Some(min), _) => format!("IF({score}>={min}-{ROUNDING},{},{rest})", quoted(&quota.grade)),
                    (_, Some(below)) => format!("IF({score}<{below}-{ROUNDING},{},{rest})", quoted(&quota.grade)),
                    _ => quoted(&quota.grade),
                };
                format!("IF({},{given},{otherwise})", in_quota(quota, *row, layout, line, &score))
            })
        }
    }
}

/// Whether a unit is in a quota: beyond the score at the border, or on it and among the last, or the first, of the equal ones.
fn in_quota(quota: &Quota, row: u32, layout: &Layout, line: u32, score: &str) -> String {
    let (taken, cut, tied) = (fixed(row, 2), fixed(row, 3), fixed(row, 4));
    let column = layout.compared;
    let (beyond, others) = match quota.from {
        End::Top => (">", (line < layout.last).then(|| (line + 1, layout.last))),
        End::Bottom => ("<", (line > layout.first).then(|| (layout.first, line - 1))),
    };
    let equal = others.map_or_else(
        || "0".to_owned(),
        |(from, to)| format!("SUMPRODUCT(--({}:{}={cut}))", row_col_to_cell(from, column), row_col_to_cell(to, column)),
    );
    format!("IF({taken}=0,FALSE,IF({score}{beyond}{cut},TRUE,IF({score}={cut},{equal}<{tied},FALSE)))")
}

fn adjusted(adjustment: &Adjustment, flag: &str, grade: &str, order: &[String]) -> String {
    let names: Vec<String> = order.iter().map(|grade| quoted(grade)).collect();
    // T has no place, and no cap or protection changes it.
    let place = |grade: &str| format!("IFERROR(MATCH({grade},{{{}}},0),0)", names.join(","));
    match (&adjustment.grade, &adjustment.at_best, &adjustment.at_worst) {
        (Some(veto), ..) => format!("IF({flag}=1,{},{grade})", quoted(veto)),
        (_, Some(cap), _) => limited(flag, grade, &quoted(cap), "<", place),
        (.., Some(least)) => limited(flag, grade, &quoted(least), ">", place),
        _ => grade.to_owned(),
    }
}

fn limited(flag: &str, grade: &str, limit: &str, beyond: &str, place: impl Fn(&str) -> String) -> String {
    let (here, there) = (place(grade), place(limit));
    format!("IF({flag}=1,IF({here}=0,{grade},IF({here}{beyond}{there},{limit},{grade})),{grade})")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The names of the columns.
fn heads(sheet: &mut Worksheet, survey: &Survey, track: &Track, layout: &Layout, styles: &Styles, lang: Lang) -> Written {
    let t = |zh, en| lang.pick(zh, en);
    let row = layout.first - 1;
    let before = [
        t("宗地代码", "parcel_id"),
        t("等级", "grade"),
        t("按得分", "by score"),
        t("得分", "score"),
        t("比较用得分", "compared"),
    ];
    for (column, name) in (0u16..).zip(before) {
        sheet.write_with_format(row, column, name, &styles.head)?;
    }
    for (k, indicator) in (0u16..).zip(&track.indicators) {
        let name = lang.pick(&indicator.name_zh, &indicator.name_en);
        sheet.write_with_format(row, layout.share(k), format!("{name} {}", t("得分率", "share")), &styles.head)?;
        sheet.write_with_format(row, layout.points(k), format!("{name} {}", t("得分", "points")), &styles.head)?;
    }
    sheet.write_with_format(row, layout.bonus(), t("加减分", "bonus"), &styles.head)?;
    for (k, adjustment) in (0u16..).zip(&survey.rulebook.adjustments) {
        sheet.write_with_format(row, layout.flag(k), &adjustment.code, &styles.head)?;
    }
    Ok(())
}

/// Shares, points and score of a unit.
fn unit(
    sheet: &mut Worksheet,
    survey: &Survey,
    n: usize,
    layout: &Layout,
    (line, row): (u32, usize),
    styles: &Styles,
) -> Written {
    let (track, grading) = (&survey.rulebook.tracks[n], &survey.grading);
    text(sheet, line, 0, Some(&survey.parcels.ids[row]))?;
    let points = |id: &str| grading.indicators.iter().find(|i| i.id == id).and_then(|i| i.points[row]);
    let value = |id: &str| grading.indicators.iter().find(|i| i.id == id).and_then(|i| i.value[row]);
    let whole: f64 = track.indicators.iter().filter_map(|i| i.weight).sum();
    let is_there = |i: &crate::rulebook::Indicator| {
        value(&i.id).is_some() && points(&i.id).is_some()
            || matches!(track.missing(i), Missing::MeanValue | Missing::MeanScore) && points(&i.id).is_some()
    };
    let left_out: f64 = track
        .indicators
        .iter()
        .filter(|i| !is_there(i) && !matches!(track.missing(i), Missing::Zero | Missing::Deduct(_)))
        .filter_map(|i| i.weight)
        .sum();
    for (k, indicator) in (0u16..).zip(&track.indicators) {
        let weight = indicator.weight.unwrap_or(1.0);
        if let (true, Some(points)) = (is_there(indicator), points(&indicator.id)) {
            sheet.write_with_format(line, layout.share(k), points / weight * (whole - left_out) / whole, &styles.share)?;
        }
        let (share, column) = (row_col_to_cell(line, layout.share(k)), layout.share(k));
        let shares =
            format!("{}:{}", row_col_to_cell(line, layout.share(0)), row_col_to_cell(line, layout.share(layout.indicators - 1)));
        let present = format!(
            "({}-SUMPRODUCT({},--({shares}=\"\"),{}))",
            layout.whole(),
            layout.settings(WEIGHTS),
            layout.settings(LEFT_OUT)
        );
        let formula = format!(
            "=IF({share}=\"\",IF({}=1,\"\",-{}),{}*{share}*{}/{present})",
            fixed(LEFT_OUT, column),
            fixed(DEDUCTED, column),
            fixed(WEIGHTS, column),
            layout.whole(),
        );
        // What is left out brings nothing, whatever the weights.
        if let Some(points) = points(&indicator.id) {
            sheet.write_formula_with_format(
                line,
                layout.points(k),
                Formula::new(formula).set_result(points.to_string()),
                &styles.score,
            )?;
        }
    }
    let bonus: f64 = grading.bonuses.iter().filter_map(|bonus| bonus.points[row]).sum();
    sheet.write(line, layout.bonus(), bonus)?;
    let all = format!("{}:{}", row_col_to_cell(line, layout.points(0)), row_col_to_cell(line, layout.bonus()));
    let score = grading.score[row].unwrap_or_default().to_string();
    sheet.write_formula_with_format(line, SCORE, Formula::new(format!("=SUM({all})")).set_result(score), &styles.score)?;
    Ok(())
}
