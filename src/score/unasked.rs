//! What of a rulebook could not be asked of a survey, for want of figures.

use polars::prelude::DataFrame;

use crate::rulebook::Rulebook;
use crate::sql;

/// An expression that names columns in which there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    /// The track and id of an indicator or bonus, or the code of an exemption, adjustment or rule.
    pub what: String,
    /// The empty columns it names.
    pub columns: Vec<String>,
}

/// Everything in the rulebook that names a column in which no parcel has a value. A condition on such a column never holds, and an
/// indicator is missing throughout, unless the rest of the expression decides alone.
#[must_use]
pub fn unasked(rulebook: &Rulebook, table: &DataFrame) -> Vec<Unasked> {
    let tracks = rulebook.tracks.iter().flat_map(|track| {
        let indicators = track.indicators.iter().map(|i| (format!("{}.{}", track.id, i.id), i.expr.as_str()));
        let bonuses = track.bonuses.iter().map(|b| (format!("{}.{}", track.id, b.id), b.expr.as_str()));
        let when = track.when.iter().map(|when| (track.id.clone(), when.as_str()));
        when.chain(indicators).chain(bonuses).collect::<Vec<_>>()
    });
    let exemptions = rulebook.exemptions.iter().map(|e| (e.code.clone(), e.when.as_str()));
    let adjustments = rulebook.adjustments.iter().map(|a| (a.code.clone(), a.when.as_str()));
    let rules = rulebook.rules.iter().map(|r| (r.code.clone(), r.when.as_str()));
    let empty = |name: &String| table.column(name).is_ok_and(|column| column.null_count() == column.len());
    exemptions
        .chain(tracks)
        .chain(adjustments)
        .chain(rules)
        .filter_map(|(what, text)| {
            let mut columns: Vec<String> = sql::columns_of(text).unwrap_or_default().into_iter().filter(empty).collect();
            columns.sort();
            columns.dedup();
            (!columns.is_empty()).then_some(Unasked { what, columns })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::PRESETS;
    use polars::df;
    use std::path::Path;

    #[test]
    fn rules_on_columns_without_a_value_are_told() {
        let (_, text) = PRESETS.iter().find(|(name, _)| *name == "shanghai-illustrative").unwrap();
        let rulebook = Rulebook::parse(text, Path::new("x.toml")).unwrap();
        let table = df!("hazard" => [None::<&str>, None], "tax_10k_yuan" => [Some(1.0), None]).unwrap();
        let told = unasked(&rulebook, &table);
        assert_eq!(told, [Unasked { what: "UNSAFE".into(), columns: vec!["hazard".into()] }]);
    }
}
