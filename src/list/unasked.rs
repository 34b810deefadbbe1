//! Rules and indicators of the rulebook that nobody could ask, because the inputs do not have their columns.

use polars::prelude::DataFrame;

use crate::error::Result;
use crate::rulebook::Rulebook;
use crate::sql;

/// An exemption, indicator, bonus, adjustment or low-efficiency rule, and its columns of which no parcel has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    pub code: String,
    pub columns: Vec<String>,
}

/// The rules and indicators that want columns which are missing throughout, in the order in which they are applied.
pub(super) fn unasked(rulebook: &Rulebook, table: &DataFrame) -> Result<Vec<Unasked>> {
    let exemptions = rulebook.exemptions.iter().map(|e| (&e.code, &e.when));
    let indicators = rulebook.indicators().into_iter().map(|i| (&i.id, &i.expr));
    let bonuses = rulebook.bonuses().into_iter().map(|b| (&b.id, &b.expr));
    let adjustments = rulebook.adjustments.iter().map(|a| (&a.code, &a.when));
    let rules = rulebook.rules.iter().map(|r| (&r.code, &r.when));
    let missing = |name: &String| table.column(name).is_ok_and(|column| column.null_count() == column.len());
    let mut found = Vec::new();
    for (code, expression) in
        exemptions.chain(indicators).chain(bonuses).chain(adjustments).chain(rules).filter(|_| table.height() > 0)
    {
        let mut columns: Vec<String> = sql::columns_of(expression)?.into_iter().filter(missing).collect();
        columns.sort();
        columns.dedup();
        if !columns.is_empty() {
            found.push(Unasked { code: code.clone(), columns });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    #[test]
    fn a_rule_whose_column_is_empty_is_told_and_one_whose_column_has_a_value_is_not() {
        let rulebook = Rulebook::open("shanghai-illustrative").unwrap();
        let table = df!(
            "hazard" => [None::<&str>, None],
            "industry_guidance" => [Some("restricted"), None],
            "months_stopped" => [Some(3.0), None],
            "built_share" => [None::<f64>, None],
            "invested_share" => [None::<f64>, None],
        )
        .unwrap();
        let unasked = unasked(&rulebook, &table).unwrap();
        let told: Vec<String> = unasked.iter().map(|u| format!("{}: {}", u.code, u.columns.join(", "))).collect();
        assert_eq!(told, ["UNSAFE: hazard", "STOPPED_EARLY: built_share, invested_share"]);
    }
}
