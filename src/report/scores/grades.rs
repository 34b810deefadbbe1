//! The grade of a unit as a formula: by thresholds or quotas, then vetoes and caps.

use rust_xlsxwriter::utility::row_col_to_cell as cell;

use super::{Live, ROUNDING, elsewhere, quotas, quoted, settings, units};
use crate::rulebook::{Adjustment, End, Grading, NOT_ASSESSABLE, Quota, Ties};

/// The grade of a unit by its score; T where it has none.
pub(super) fn by_score(live: &Live, group: usize, line: u32) -> String {
    let score = cell(line, units::compared(live.track()));
    let setting = |k: usize, column: u16| elsewhere(live.lang.pick("方法", "Method"), live.cells.grades[k], column);
    let grade = match &live.track().grading {
        Grading::Threshold { grades, .. } => grades.iter().enumerate().rev().fold(String::new(), |rest, (k, grade)| {
            let grade_name = quoted(&grade.grade);
            match grade.min {
                Some(_) => format!("IF({score}>={}-{ROUNDING},{grade_name},{rest})", setting(k, settings::VALUE)),
                None => grade_name,
            }
        }),
        Grading::Quota { grades, ties, .. } => {
            let rest = grades.iter().find(|q| q.share.is_none()).map(|q| quoted(&q.grade)).unwrap_or_default();
            let order = quotas::best_first(grades);
            let tops = order.iter().filter(|k| grades[**k].from == End::Top).count();
            // From the top the best first, then from the bottom the worst first.
            let asked: Vec<usize> = (0..tops).chain((tops..order.len()).rev()).collect();
            asked.into_iter().rev().fold(rest.clone(), |otherwise, place| {
                let (k, quota) = (order[place], &grades[order[place]]);
                let (name, limit) = (quoted(&quota.grade), setting(k, settings::LIMIT));
                let given = match (quota.min, quota.below) {
                    (Some(_), _) => format!("IF({score}>={limit}-{ROUNDING},{name},{rest})"),
                    (_, Some(_)) => format!("IF({score}<{limit}-{ROUNDING},{name},{rest})"),
                    _ => name,
                };
                let row = quotas::line(order.len(), group, place);
                format!("IF({},{given},{otherwise})", in_quota(live, quota, *ties, row, (group, line)))
            })
        }
    };
    format!("IF({score}=\"\",{},{grade})", quoted(NOT_ASSESSABLE))
}

/// Whether a unit is in a quota: beyond the score at the border or on it. Where ids decide between equal scores, the later rows of them are
/// above the earlier ones.
fn in_quota(live: &Live, quota: &Quota, ties: Ties, row: u32, (group, line): (usize, u32)) -> String {
    let sheet = quotas::name(live.n, live.lang);
    let (border, taken) = (elsewhere(&sheet, row, quotas::BORDER), elsewhere(&sheet, row, quotas::TAKEN));
    let column = units::compared(live.track());
    let (score, group) = (cell(line, column), &live.rows().groups[group]);
    let (beyond, others) = match quota.from {
        End::Top => (">", (line < group.last).then_some((line + 1, group.last))),
        End::Bottom => ("<", (line > group.first).then(|| (group.first, line - 1))),
    };
    if ties != Ties::Id {
        return format!("IF({border}=\"\",FALSE,{score}{beyond}={border})");
    }
    let equal = others.map_or_else(
        || "0".to_owned(),
        |(from, to)| format!("SUMPRODUCT(--({}:{}={border}))", cell(from, column), cell(to, column)),
    );
    format!("IF({border}=\"\",FALSE,IF({score}{beyond}{border},TRUE,IF({score}={border},{equal}<{taken},FALSE)))")
}

/// The grade after an adjustment; `new` is the cell of the grade that it gives or limits to.
pub(super) fn adjusted(adjustment: &Adjustment, flag: &str, grade: &str, new: &str, order: &[String]) -> String {
    let names: Vec<String> = order.iter().map(|grade| quoted(grade)).collect();
    // T has no place, and no cap or protection changes it.
    let place = |grade: &str| format!("IFERROR(MATCH({grade},{{{}}},0),0)", names.join(","));
    let beyond = match (&adjustment.grade, &adjustment.at_best) {
        (Some(_), _) => return format!("IF({flag}=1,{new},{grade})"),
        (_, Some(_)) => "<",
        _ => ">",
    };
    let (here, there) = (place(grade), place(new));
    format!("IF({flag}=1,IF({here}=0,{grade},IF({here}{beyond}{there},{new},{grade})),{grade})")
}
