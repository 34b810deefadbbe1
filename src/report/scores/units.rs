//! The sheet of a track's scores: one row a unit.

use rust_xlsxwriter::{Formula, Worksheet, utility::row_col_to_cell as cell};

use super::means::{self, Columns, DEDUCTED, LEFT_OUT, WEIGHT};
use super::stored::{self, Distances};
use super::tree::{Member, place};
use super::{Live, Written, elsewhere, grades, settings};
use crate::report::workbook::{Styles, heading, text};
use crate::rulebook::{Grading, Track};

const HEAD: u32 = 6;
/// Row of the first unit.
pub(in crate::report) const FIRST: u32 = HEAD + 1;
/// Columns before the members.
const BEFORE: u16 = 7;
pub(in crate::report) const GRADE: u16 = 1;
const BY_SCORE: u16 = 2;
pub(in crate::report) const SCORE: u16 = 3;
const COMPARED: u16 = 4;
const QUOTA_GROUP: u16 = 5;
const PARCELS: u16 = 6;

pub(super) fn decimals(track: &Track) -> Option<u8> {
    match &track.grading {
        Grading::Threshold { decimals, .. } | Grading::Quota { decimals, .. } => *decimals,
    }
}

/// The column of the scores that are compared.
pub(super) fn compared(track: &Track) -> u16 {
    if decimals(track).is_some() { COMPARED } else { SCORE }
}

/// Fills the sheet.
pub(in crate::report) fn units(sheet: &mut Worksheet, live: &Live, styles: &Styles) -> Written {
    let (track, lang) = (live.track(), live.lang);
    heading(sheet, live.survey, styles, lang)?;
    let note = lang.pick(
        "权重、比例、分数线等在“方法”页的黄色单元格中修改，本页得分与等级随之变化；各指标的得分率为数值，不随之变化。",
        "weights, shares and least scores are changed in the yellow cells of the sheet Method; points, scores and grades here follow. The shares of the weights are values.",
    );
    sheet.write_with_format(2, 0, note, &styles.note)?;
    let columns =
        Columns { runs: &live.rows().runs, first: BEFORE, indicators: u16::try_from(track.indicators.len()).unwrap_or(0) };
    let distances = stored::distances(track, &live.scores.graded.tracks[live.n].values, &live.rows().units);
    heads(sheet, live, &columns, &distances, styles)?;
    let mut units = live.rows().units.iter();
    for (n, group) in live.rows().groups.iter().enumerate() {
        for (line, unit) in (group.first..=group.last).zip(units.by_ref()) {
            text(sheet, line, QUOTA_GROUP, Some(&group.name).filter(|name| !name.is_empty()).map(String::as_str))?;
            fixed_values(sheet, live, &columns, (line, *unit))?;
            score(sheet, live, &columns, (line, *unit), &distances, styles)?;
            grade(sheet, live, &columns, n, (line, *unit))?;
        }
    }
    look(sheet, live, &columns)
}

fn look(sheet: &mut Worksheet, live: &Live, columns: &Columns) -> Written {
    sheet.set_freeze_panes(FIRST, 1)?;
    sheet.set_column_width(0, 30.0)?;
    sheet.set_column_range_width(1, columns.flag(live.survey.rulebook.adjustments.len()), 12.0)?;
    if live.rows().groups.iter().all(|group| group.name.is_empty()) {
        sheet.set_column_hidden(QUOTA_GROUP)?;
    }
    if live.survey.rulebook.unit.by.is_empty() {
        sheet.set_column_hidden(PARCELS)?;
    }
    if compared(live.track()) != COMPARED {
        sheet.set_column_hidden(COMPARED)?;
    }
    // LibreOffice does not fit the height to wrapped text by itself.
    sheet.set_row_height(HEAD, 60.0)?;
    sheet.set_repeat_rows(HEAD, HEAD)?;
    Ok(())
}

/// The names of the columns, and over the members what the method sheet has of them.
fn heads(sheet: &mut Worksheet, live: &Live, columns: &Columns, distances: &[Distances], styles: &Styles) -> Written {
    let (track, lang) = (live.track(), live.lang);
    let t = |zh, en| lang.pick(zh, en);
    let topsis = track.aggregation.is_topsis();
    let left_out = if topsis {
        t("最优与最劣之距", "distance of the best from the worst")
    } else {
        t("缺项时剔除（1）", "left out where missing (1)")
    };
    for (row, name) in
        [(WEIGHT, t("权重", "weight")), (LEFT_OUT, left_out), (DEDUCTED, t("缺项时扣分", "points deducted where missing"))]
    {
        sheet.write_with_format(row, 0, name, &styles.head)?;
    }
    let lead = [
        t("宗地代码（合并评价的取最小）", "parcel_id (of several graded as one the smallest)"),
        t("等级", "grade"),
        t("按得分", "by score"),
        t("得分", "score"),
        t("比较用得分", "compared"),
        t("名额组", "quota group"),
        t("宗地数", "parcels"),
    ];
    let mut names: Vec<(u16, String)> = (0u16..).zip(lead).map(|(column, name)| (column, name.to_owned())).collect();
    let share = if topsis { t("与最劣之距", "distance from the worst") } else { t("得分率", "share") };
    let group_name = |g: usize| lang.pick(track.groups[g].name_zh.as_str(), track.groups[g].name_en.as_str());
    let method = t("方法", "Method");
    let weights = &live.scores.graded.tracks[live.n].weights;
    for run in columns.runs {
        for (place, member) in (run.first..).zip(&run.members) {
            let (column, row) = (columns.member(place), live.cells.members[place]);
            let from = |at: u16| Formula::new(format!("={}", elsewhere(method, row, at)));
            let weight = match member {
                Member::Indicator(i) => {
                    let indicator = &track.indicators[*i];
                    names.push((column, format!("{} {share}", lang.pick(&indicator.name_zh, &indicator.name_en))));
                    if !topsis {
                        let (left_out, deducted) = settings::missing(track, indicator);
                        sheet.write_formula(LEFT_OUT, column, from(settings::LEFT_OUT).set_result(left_out.to_string()))?;
                        sheet.write_formula(DEDUCTED, column, from(settings::DEDUCTED).set_result(deducted.to_string()))?;
                    } else if let Some(d) = distances.get(*i) {
                        sheet.write_with_format(LEFT_OUT, column, d.best, &styles.share)?;
                    }
                    weights.indicators[*i]
                }
                Member::Group(g) => {
                    names.push((column, format!("{} {}", t("组", "group"), group_name(*g))));
                    sheet.write(LEFT_OUT, column, 1)?;
                    weights.groups[*g]
                }
            };
            sheet.write_formula(WEIGHT, column, from(settings::VALUE).set_result(weight.to_string()))?;
        }
    }
    for (k, run) in columns.runs.iter().enumerate() {
        let of = run.group.map_or(t("总", "score"), group_name);
        names.push((columns.per_point(k), format!("{of}: {}", t("每单位权重与得分率的分", "points a weight × share of 1"))));
        if run.group.is_none() {
            names.push((columns.mean(k), t("总得分率", "mean share").to_owned()));
        }
    }
    for (k, indicator) in track.indicators.iter().enumerate() {
        names.push((columns.points(k), format!("{} {}", lang.pick(&indicator.name_zh, &indicator.name_en), t("得分", "points"))));
    }
    names.push((columns.bonus(), t("加减分", "bonus").to_owned()));
    for (k, adjustment) in live.survey.rulebook.adjustments.iter().enumerate() {
        names.push((columns.flag(k), adjustment.code.clone()));
        names.push((columns.after(k), format!("{} {}", t("其后等级：", "grade after"), adjustment.code)));
    }
    names.into_iter().try_for_each(|(column, name)| sheet.write_with_format(HEAD, column, name, &styles.head).map(|_| ()))
}

/// What does not follow the weights: id, parcels, bonus, which adjustments hold.
fn fixed_values(sheet: &mut Worksheet, live: &Live, columns: &Columns, (line, unit): (u32, usize)) -> Written {
    let scores = live.scores;
    text(sheet, line, 0, Some(&scores.assessment.ids[unit]))?;
    if !live.survey.rulebook.unit.by.is_empty() {
        sheet.write(line, PARCELS, u32::try_from(scores.assessment.units.rows(unit).len()).unwrap_or(0))?;
    }
    let bonus: f64 = scores.assessment.tracks[live.n].bonuses.iter().filter_map(|column| column[unit]).sum();
    sheet.write(line, columns.bonus(), bonus)?;
    for (k, holds) in scores.holds.iter().enumerate() {
        if holds.as_ref().is_some_and(|holds| holds[unit]) {
            sheet.write(line, columns.flag(k), 1)?;
        }
    }
    Ok(())
}

/// Shares of the weights, means, points and score.
fn score(
    sheet: &mut Worksheet,
    live: &Live,
    columns: &Columns,
    (line, unit): (u32, usize),
    distances: &[Distances],
    styles: &Styles,
) -> Written {
    let (track, scored) = (live.track(), &live.scores.graded.tracks[live.n]);
    let shares: Vec<Option<f64>> = (0..track.indicators.len())
        .map(|k| distances.get(k).map_or_else(|| scored.shares[k][unit], |d| d.of_unit[unit]))
        .collect();
    let mut formula = |column: u16, formula: String, result: Option<f64>| -> Written {
        let result = result.map(|x| x.to_string()).unwrap_or_default();
        sheet.write_formula_with_format(line, column, Formula::new(format!("={formula}")).set_result(result), &styles.score)?;
        Ok(())
    };
    let whole = elsewhere(live.lang.pick("方法", "Method"), live.cells.sums[columns.runs.len() - 1], settings::VALUE);
    let means = stored::means(track, columns.runs, &scored.weights, &shares, distances);
    for (k, stored) in means.into_iter().enumerate() {
        formula(columns.mean(k), means::mean(columns, k, line), stored.mean)?;
        formula(columns.per_point(k), means::per_point(columns, k, line, &whole), Some(stored.per_point))?;
    }
    for k in 0..track.indicators.len() {
        if let Some(points) = means::points(columns, k, line, &whole) {
            formula(columns.points(k), points, scored.points[k][unit])?;
        }
    }
    let mean = cell(line, columns.mean(columns.runs.len() - 1));
    let all = format!("{}:{}", cell(line, columns.points(0)), cell(line, columns.bonus()));
    formula(SCORE, format!("IF({mean}=\"\",\"\",SUM({all}))"), scored.score[unit])?;
    if let Some(decimals) = decimals(track) {
        let score = cell(line, SCORE);
        let rounded = format!("IF({score}=\"\",\"\",ROUND({score},{decimals}))");
        formula(COMPARED, rounded, scored.score[unit].map(|score| track.grading.compared(score)))?;
    }
    for (k, share) in shares.into_iter().enumerate() {
        if let (Some(share), Some(place)) = (share, place(columns.runs, Member::Indicator(k))) {
            sheet.write_with_format(line, columns.member(place), share, &styles.share)?;
        }
    }
    Ok(())
}

/// The grade by the score, and after vetoes and caps.
fn grade(sheet: &mut Worksheet, live: &Live, columns: &Columns, group: usize, (line, unit): (u32, usize)) -> Written {
    let (rulebook, graded) = (&live.survey.rulebook, &live.scores.graded);
    let by_score = graded.adjusted[unit].first().map_or(&graded.grade[unit], |first| &first.from);
    let formula = format!("={}", grades::by_score(live, group, line));
    sheet.write_formula(line, BY_SCORE, Formula::new(formula).set_result(by_score))?;
    let mut before = cell(line, BY_SCORE);
    let order = rulebook.grades();
    for (k, adjustment) in rulebook.adjustments.iter().enumerate() {
        let new = elsewhere(live.lang.pick("方法", "Method"), live.adjustments[k], settings::VALUE);
        let after = grades::adjusted(adjustment, &cell(line, columns.flag(k)), &before, &new, &order);
        let result =
            graded.adjusted[unit].iter().find(|later| later.adjustment > k).map_or(&graded.grade[unit], |later| &later.from);
        sheet.write_formula(line, columns.after(k), Formula::new(format!("={after}")).set_result(result))?;
        before = cell(line, columns.after(k));
    }
    sheet.write_formula(line, GRADE, Formula::new(format!("={before}")).set_result(&graded.grade[unit]))?;
    Ok(())
}
