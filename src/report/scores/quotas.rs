//! The sheet of a track's quotas: what each takes of each group, and the score at its border.

use rust_xlsxwriter::{Formula, Worksheet, utility::row_col_to_cell as cell, utility::row_col_to_cell_absolute as fixed};

use super::{Group, Live, Written, elsewhere, settings, sheet_name, units};
use crate::report::Lang;
use crate::report::workbook::{Styles, heading, text};
use crate::rulebook::{End, Quota, Round, Ties};
use crate::score::count;

const HEAD: u32 = 3;
const FIRST: u32 = HEAD + 1;
const SHARE: u16 = 3;
/// Units that a quota and those beyond it take by their shares.
const COUNT: u16 = 4;
pub(super) const BORDER: u16 = 5;
/// Units that they take with what ties do; where the id decides, how many of those on the border are taken.
pub(super) const TAKEN: u16 = 6;

/// The quotas that have a share as places in the rulebook, best first: those from the top, those from the bottom.
pub(super) fn best_first(grades: &[Quota]) -> Vec<usize> {
    let of = |end: End| (0..grades.len()).filter(move |k| grades[*k].share.is_some() && grades[*k].from == end);
    of(End::Top).chain(of(End::Bottom)).collect()
}

/// The line of a quota, given by its place among the best first.
pub(super) fn line(quotas: usize, group: usize, place: usize) -> u32 {
    FIRST + u32::try_from(group * quotas + place).unwrap_or(0)
}

/// Name of the sheet.
pub(in crate::report) fn name(track: usize, lang: Lang) -> String {
    format!("{} {}", lang.pick("名额", "Quotas"), track + 1)
}

/// Fills the sheet.
pub(in crate::report) fn quotas(sheet: &mut Worksheet, live: &Live, grades: &[Quota], ties: Ties, styles: &Styles) -> Written {
    let lang = live.lang;
    let t = |zh, en| lang.pick(zh, en);
    heading(sheet, live.survey, styles, lang)?;
    let last = match ties {
        Ties::Id => t("分界处同分者取得个数", "of equal scores at the border so many have it"),
        Ties::Better | Ties::Worse => t("累计个数（含同分处理）", "count, cumulated, with equal scores"),
    };
    let heads = [
        t("名额组", "quota group"),
        t("个数", "units"),
        t("等级", "grade"),
        t("比例", "share"),
        t("按比例累计个数", "count by share, cumulated"),
        t("分界得分", "score at the border"),
        last,
    ];
    for (column, name) in (0u16..).zip(heads) {
        sheet.write_with_format(HEAD, column, name, &styles.head)?;
        sheet.set_column_width(column, 16.0)?;
    }
    sheet.set_row_height(HEAD, 45.0)?;
    sheet.set_freeze_panes(FIRST, 0)?;
    let order = best_first(grades);
    let mut rows = live.rows().units.iter();
    for (n, group) in live.rows().groups.iter().enumerate() {
        let mut scores: Vec<f64> = rows
            .by_ref()
            .take((group.last - group.first + 1) as usize)
            .filter_map(|unit| live.scores.graded.score[*unit])
            .map(|score| live.track().grading.compared(score))
            .collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        let cuts = cuts(grades, ties, &scores);
        for (place, k) in order.iter().enumerate() {
            let row = line(order.len(), n, place);
            text(sheet, row, 0, Some(&group.name))?;
            sheet.write(row, 2, &grades[*k].grade)?;
            let share = elsewhere(t("方法", "Method"), live.cells.grades[*k], settings::VALUE);
            let written = grades[*k].share.unwrap_or_default().to_string();
            let mut put = |column: u16, formula: String, result: String| -> Written {
                sheet.write_formula(row, column, Formula::new(format!("={formula}")).set_result(result))?;
                Ok(())
            };
            put(1, format!("COUNT({})", all(live, group)), scores.len().to_string())?;
            put(SHARE, share, written)?;
            let [count, border, taken] = formulas(live, grades, ties, (n, group), place);
            put(COUNT, count, cuts[place].count.to_string())?;
            put(BORDER, border, cuts[place].border.map(|x| x.to_string()).unwrap_or_default())?;
            put(TAKEN, taken, cuts[place].taken.to_string())?;
        }
    }
    Ok(())
}

/// The compared scores of a group.
fn all(live: &Live, group: &Group) -> String {
    let column = units::compared(live.track());
    format!("'{}'!{}:{}", sheet_name(live.n, live.lang), fixed(group.first, column), fixed(group.last, column))
}

/// Count by share, border and count taken of a quota.
fn formulas(live: &Live, grades: &[Quota], ties: Ties, (n, group): (usize, &Group), place: usize) -> [String; 3] {
    let order = best_first(grades);
    let row = line(order.len(), n, place);
    let (units, own, border, scores) = (cell(row, 1), cell(row, COUNT), cell(row, BORDER), all(live, group));
    let quota = &grades[order[place]];
    let exact = format!("{}*{units}", cell(row, SHARE));
    let count = match quota.round {
        Round::Floor => format!("INT({exact}+1E-9)"),
        Round::Ceil => format!("-INT(-({exact}-1E-9))"),
        Round::Round => format!("INT({exact}+1E-9+0.5)"),
    };
    // Cumulated from the end that the quota is counted from.
    let cumulated = |place: usize| cell(line(order.len(), n, place), if ties == Ties::Id { COUNT } else { TAKEN });
    let is = |place: usize, end: End| order.get(place).is_some_and(|k| grades[*k].from == end);
    let top = quota.from == End::Top;
    let before = match quota.from {
        End::Top => place.checked_sub(1),
        End::Bottom => Some(place + 1).filter(|next| is(*next, End::Bottom)),
    };
    let before = before.map_or_else(|| "0".to_owned(), cumulated);
    let last_of_top = (0..order.len()).rev().find(|place| is(*place, End::Top));
    let limit = match last_of_top {
        Some(last) if !top => format!("({units}-{})", cumulated(last)),
        _ => units,
    };
    let (nth, beyond, within) = if top { ("LARGE", ">", ">=") } else { ("SMALL", "<", "<=") };
    let of = |beyond: &str, score: &str| format!("SUMPRODUCT(--({scores}{beyond}{score}))");
    let cut = format!("{nth}({scores},{own})");
    if ties == Ties::Id {
        let tied = format!("IF({own}>0,{own}-{},0)", of(beyond, &border));
        return [format!("MIN({limit},{before}+{count})"), format!("IF({own}>0,{cut},\"\")"), tied];
    }
    // Equal scores across the border are all in the quota, or none of them is.
    let in_it = (ties == Ties::Better) == top;
    let taken = if in_it {
        format!("MIN({limit},{})", of(within, &cut))
    } else {
        format!("MAX({before},{})", of(beyond, &format!("{nth}({scores},{own}+1)")))
    };
    let across = if in_it { taken } else { format!("IF({nth}({scores},{own}+1)={cut},{taken},{own})") };
    let taken = format!("IF({own}<={before},{before},IF({own}>={limit},{limit},{across}))");
    let of_taken = cell(row, TAKEN);
    [format!("MIN({limit},{before}+{count})"), format!("IF({of_taken}>{before},{nth}({scores},{of_taken}),\"\")"), taken]
}

/// What the formulas give.
#[derive(Clone, Copy, Default)]
struct Cut {
    count: usize,
    border: Option<f64>,
    taken: usize,
}

/// What each quota takes, best first; `scores` fall.
#[allow(clippy::float_cmp)] // equal as numbers
fn cuts(grades: &[Quota], ties: Ties, scores: &[f64]) -> Vec<Cut> {
    let order = best_first(grades);
    let mut cuts = vec![Cut::default(); order.len()];
    let rising: Vec<f64> = scores.iter().rev().copied().collect();
    let tops = order.iter().filter(|k| grades[**k].from == End::Top).count();
    let (mut top, mut bottom) = (0, 0);
    for place in (0..tops).chain((tops..order.len()).rev()) {
        let quota = &grades[order[place]];
        let is_top = quota.from == End::Top;
        let (from_end, before, limit) =
            if is_top { (scores, &mut top, scores.len()) } else { (rising.as_slice(), &mut bottom, scores.len() - top) };
        let nominal = limit.min(*before + count(quota.share.unwrap_or_default(), scores.len(), quota.round));
        let first_of = |x: f64| from_end.iter().position(|y| *y == x).unwrap_or(0);
        let end_of = |x: f64| from_end.iter().rposition(|y| *y == x).map_or(0, |last| last + 1);
        let split = nominal > *before && nominal < limit && from_end[nominal] == from_end[nominal - 1];
        let taken = match ties {
            Ties::Better | Ties::Worse if split && (ties == Ties::Better) == is_top => limit.min(end_of(from_end[nominal])),
            Ties::Better | Ties::Worse if split => first_of(from_end[nominal]).max(*before),
            _ => nominal,
        };
        let border = (ties == Ties::Id || taken > *before).then(|| taken.checked_sub(1).map(|last| from_end[last])).flatten();
        let shown = match (ties, border) {
            (Ties::Id, Some(border)) => taken - first_of(border),
            (Ties::Id, None) => 0,
            _ => taken,
        };
        cuts[place] = Cut { count: nominal, border, taken: shown };
        *before = taken;
    }
    cuts
}
