//! Equal scores that a quota by ids gave different grades.

use super::{Assessment, Graded};
use crate::finding::{Code, Detail, Finding, Place};
use crate::model::Source;
use crate::rulebook::{Grading, Rulebook, Ties};

/// One finding for each score whose units the border of a quota parts, with how many got which grade, before vetoes and caps.
pub(super) fn split_ties(rulebook: &Rulebook, assessment: &Assessment, graded: &Graded) -> Vec<Finding> {
    let by_score = |unit: usize| graded.adjusted[unit].first().map_or(&graded.grade[unit], |first| &first.from).as_str();
    let by_ids = |grading: &Grading| matches!(grading, Grading::Quota { ties: Ties::Id, .. });
    let mut findings = Vec::new();
    for (track, facts) in rulebook.tracks.iter().zip(&assessment.tracks).filter(|(track, _)| by_ids(&track.grading)) {
        for group in &facts.quota_groups {
            let scored = |unit: &usize| Some((track.grading.compared(graded.score[*unit]?), by_score(*unit)));
            let mut scores: Vec<(f64, &str)> = group.iter().filter_map(scored).collect();
            scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
            let equal = scores.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
            findings.extend(equal.filter(|tied| tied[0].1 != tied[tied.len() - 1].1).map(|tied| {
                let counts = tied.chunk_by(|a, b| a.1 == b.1).map(|same| format!("{} {}", same[0].1, same.len()));
                let (score, counts) = (tied[0].0, counts.collect::<Vec<_>>().join(", "));
                let detail = Detail::new(
                    format!("{}，{score} 分：{counts}", track.name_zh),
                    format!("{}, score {score}: {counts}", track.name_en),
                );
                Finding::new(Code::GradeTieSplit, Place { source: Source::Parcels, row: None, id: None, at: None }, detail)
            }));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::score::score;

    /// Ten parcels, six of them with the lowest score, and two of the ten are D: by ids two of the six, by the other rules none or all.
    /// A protection lifts the six afterwards; the border was drawn through them all the same.
    #[test]
    fn a_quota_that_parts_equal_scores_is_told_with_counts_and_one_that_does_not_is_silent() {
        let preset = include_str!("../../seeds/rulebooks/comparison.toml").replace("ties = \"id\"\n", "");
        let protection = "[[adjustment]]\ncode = \"SPARED\"\nname_zh = \"免\"\nname_en = \"spared\"\nwhen = \"output_10k_yuan = 0\"\n\
                          at_worst = \"C\"\nclause = \"c\"\nsource = \"s\"\n";
        let ids: Vec<String> = (0..10).map(|n| format!("P{n}")).collect();
        let figures = [0.0, 3.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, -0.0, 4.0];
        let table = df!(
            "area_mu" => [1.0; 10], "industry_code" => ["34"; 10], "output_10k_yuan" => figures, "tax_10k_yuan" => figures,
            "employees" => figures, "energy_tce" => [1.0; 10]
        )
        .unwrap();
        let told = |ties: &str| {
            let text = preset.replace("method = \"quota\"", &format!("method = \"quota\"\nties = \"{ties}\"")) + protection;
            let rulebook = Rulebook::parse(&text, std::path::Path::new("t.toml")).unwrap();
            let mut findings = Vec::new();
            score(&rulebook, &table, &ids, &[], &mut findings).unwrap();
            findings.into_iter().map(|f| (f.code.name(), f.detail.en)).collect::<Vec<_>>()
        };
        assert_eq!(told("id"), [("GRADE_TIE_SPLIT", "all, score 0: C 4, D 2".to_owned())]);
        assert_eq!(told("better"), []);
        assert_eq!(told("worse"), []);
    }
}
