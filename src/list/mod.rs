//! The list of inefficient land: a grade that the rulebook lists, or a low-efficiency rule that holds.

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::rulebook::{Place, Rulebook, Text};
use crate::score::Grading;
use crate::sql;

/// Who is on the list and why, one entry a parcel.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub listed: Vec<bool>,
    /// The reasons, as indices into [`reasons`]: grade first, then rules in their order.
    pub reasons: Vec<Vec<usize>>,
}

/// A reason to be on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// `GRADE_D`, or the code of the rule.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub clause: Option<Text>,
}

/// Every reason the rulebook can give.
#[must_use]
pub fn reasons(rulebook: &Rulebook) -> Vec<Reason> {
    let grades = rulebook.list.grades.iter().map(|grade| Reason {
        code: format!("GRADE_{grade}"),
        name_zh: format!("评为 {grade} 级"),
        name_en: format!("graded {grade}"),
        clause: None,
    });
    let rules = rulebook.rules.iter().map(|rule| Reason {
        code: rule.code.clone(),
        name_zh: rule.name_zh.clone(),
        name_en: rule.name_en.clone(),
        clause: Some(rule.clause.clone()),
    });
    grades.chain(rules).collect()
}

/// Draws up the list.
///
/// # Errors
/// The condition of a rule names an unknown column or cannot be computed.
pub fn list(rulebook: &Rulebook, table: &DataFrame, grading: &Grading) -> Result<Listing> {
    let mut table = table.clone();
    let mut put = |column: Column| -> Result<()> { table.with_column(column).map(|_| ()).map_err(|e| Error::new(e.to_string())) };
    put(Column::new("score".into(), &grading.score))?;
    put(Column::new("grade".into(), &grading.grade))?;
    for indicator in &grading.indicators {
        put(Column::new(format!("i_{}", indicator.id).as_str().into(), &indicator.value))?;
    }
    let mut hits: Vec<Vec<bool>> =
        rulebook.list.grades.iter().map(|listed| grading.grade.iter().map(|grade| grade == listed).collect()).collect();
    for (n, rule) in rulebook.rules.iter().enumerate() {
        let place = || rulebook.at(&Place::key("rule").nth(n).then("when"));
        hits.extend(sql::conditions(&table, &[&rule.when]).map_err(|e| e.at(place()))?);
    }
    let reasons: Vec<Vec<usize>> =
        (0..grading.grade.len()).map(|row| (0..hits.len()).filter(|reason| hits[*reason][row]).collect()).collect();
    Ok(Listing { listed: reasons.iter().map(|reasons| !reasons.is_empty()).collect(), reasons })
}
