//! Vetoes, caps and protections: what changes a grade after the ranking.

use super::assessment::Assessment;
use crate::error::Result;
use crate::rulebook::{Adjustment, NOT_ASSESSABLE, Rulebook};

/// An adjustment that changed a grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjusted {
    /// Index into [`Rulebook::adjustments`].
    pub adjustment: usize,
    /// The grade before.
    pub from: String,
}

/// Applies the adjustments in their order; what changed, one entry a unit.
///
/// # Errors
/// The condition of an adjustment names an unknown column or cannot be computed.
pub(super) fn adjust(
    rulebook: &Rulebook,
    assessment: &Assessment,
    score: &[Option<f64>],
    grade: &mut [String],
) -> Result<Vec<Vec<Adjusted>>> {
    let mut changed = vec![Vec::new(); grade.len()];
    let order = rulebook.grades();
    for (n, (adjustment, condition)) in rulebook.adjustments.iter().zip(&assessment.adjustments).enumerate() {
        let holds = condition.holds(&|| assessment.table_with(rulebook, score, grade), rulebook)?;
        for unit in (0..grade.len()).filter(|unit| holds[*unit]) {
            let Some(new) = new_grade(adjustment, &grade[unit], &order) else { continue };
            changed[unit].push(Adjusted { adjustment: n, from: std::mem::replace(&mut grade[unit], new) });
        }
    }
    Ok(changed)
}

/// The grade an adjustment gives in place of `grade`, if it is another one. T stays T but under a veto.
pub(crate) fn new_grade(adjustment: &Adjustment, grade: &str, order: &[String]) -> Option<String> {
    let place = |grade: &str| order.iter().position(|known| known == grade);
    let new = match (&adjustment.grade, &adjustment.at_best, &adjustment.at_worst) {
        (Some(veto), _, _) => veto,
        _ if grade == NOT_ASSESSABLE => return None,
        (_, Some(cap), _) if place(grade) < place(cap) => cap,
        (_, _, Some(least)) if place(grade) > place(least) => least,
        _ => return None,
    };
    (new != grade).then(|| new.clone())
}
