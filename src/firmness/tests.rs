use std::collections::BTreeMap;
use std::path::Path;

use polars::df;
use polars::prelude::DataFrame;

use super::*;
use crate::list::Listing;
use crate::rulebook::{Aggregation, Missing};
use crate::score::{Choices, grade_all, score};

/// A rulebook over a table with the columns `a`, `b`, `status` and the areas.
fn rulebook(track: &str, rest: &str, firmness: &str) -> Rulebook {
    let text = format!(
        r#"
schema = 1
name = "test"
title_zh = "测试"
title_en = "test"
place = "none"
year = 2024
source = "none"
illustrative = true
area = "statutory"
area_tolerance = 0.05
floor_area_ratio_limit = 20.0
[list]
grades = ["D"]
[[track]]
id = "all"
name_zh = "全部"
name_en = "all"
missing = "leave_out"
{track}
{rest}
[firmness]
{firmness}
"#
    );
    Rulebook::parse(&text, Path::new("test.toml")).unwrap()
}

fn indicator(id: &str, expr: &str, weight: f64, normalise: &str) -> String {
    format!(
        "[[track.indicator]]\nid = \"{id}\"\nname_zh = \"{id}\"\nname_en = \"{id}\"\nunit_zh = \"\"\nunit_en = \"\"\nexpr = \"{expr}\"\ndirection = \"more\"\nweight = {weight:?}\nnormalise = {normalise}\n"
    )
}

const BENCHMARK: &str = r#"{ method = "benchmark", value = 1.0, cap = 1.0 }"#;
const PERCENTILE: &str = r#"{ method = "percentile", over = "track" }"#;
const QUOTA: &str = "[track.grading]\nmethod = \"quota\"\ngrades = [{ grade = \"A\", share = 0.25, from = \"top\" }, { grade = \"C\" }, { grade = \"D\", share = 0.25, from = \"bottom\" }]\n";

fn table(a: &[Option<f64>], b: &[Option<f64>]) -> (DataFrame, Vec<String>) {
    let ids: Vec<String> = (0..a.len()).map(|n| format!("P-{n:03}")).collect();
    let mu: Vec<f64> = (0..a.len()).map(|n| 2.0 + n as f64 / 10.0).collect();
    let status: Vec<&str> = (0..a.len()).map(|n| if n % 7 == 0 { "let" } else { "own" }).collect();
    let table = df!("parcel_id" => &ids, "area_mu" => mu, "a" => a, "b" => b, "status" => status).unwrap();
    (table, ids)
}

fn run(rulebook: &Rulebook, table: &DataFrame, ids: &[String]) -> Firmness {
    let own = score(rulebook, table, ids, &[], &mut Vec::new()).unwrap();
    firmness(rulebook, Parcels { table, ids, sums: &[] }, &own, &|_| {}).unwrap().unwrap()
}

fn as_in_the_survey(found: &Firmness, own: &Grading, listing: &Listing) {
    for row in 0..own.grade.len() {
        let grade = found.grades.iter().position(|grade| *grade == own.grade[row]).unwrap();
        assert_eq!(found.shares[grade][row], 1.0, "row {row}");
        assert_eq!(found.listed[row], f64::from(u8::from(listing.listed[row])), "row {row}");
    }
}

/// Numbers without a pattern, some missing.
fn scattered(n: usize, by: usize) -> Vec<Option<f64>> {
    (0..n).map(|k| (k * by % 11 != 3).then(|| (k * by * 37 % 101) as f64 / 101.0)).collect()
}

fn big(firmness: &str) -> (Rulebook, DataFrame, Vec<String>) {
    let track =
        [indicator("a_mu", "a / NULLIF(area_mu, 0)", 60.0, PERCENTILE), indicator("b", "b", 40.0, PERCENTILE), QUOTA.to_owned()]
            .concat();
    let rest = r#"
[[rule]]
code = "LET"
name_zh = "出租"
name_en = "let"
when = "status = 'let' AND (i_a_mu < 0.1 OR i_a_mu > 99)"
clause = "1"
source = "none"
"#;
    let (table, ids) = table(&scattered(120, 13), &scattered(120, 29));
    (rulebook(&track, rest, firmness), table, ids)
}

#[test]
fn with_nothing_to_choose_every_draw_is_the_survey_itself() {
    let (mut rulebook, table, ids) = big("");
    rulebook.firmness.draws = 4;
    let own = score(&rulebook, &table, &ids, &[], &mut Vec::new()).unwrap();
    let listing = crate::list::list(&rulebook, &table, &own).unwrap();
    let found = run(&rulebook, &table, &ids);
    as_in_the_survey(&found, &own, &listing);
    for (label, grade) in found.label.iter().zip(&own.grade) {
        assert_eq!(*label, (grade != "T").then_some(Label::Firm));
    }
    assert!(listing.reasons.iter().any(|reasons| reasons.contains(&1)), "the rule has something to do");
    assert!(found.choices.is_empty());
}

/// With nothing to choose, grades and list are those of the survey, for every rulebook that ships and has what it needs.
#[test]
fn every_rulebook_that_ships_is_graded_as_by_the_survey() {
    use crate::progress::Silent;
    use crate::read::{Inputs, spec::SurveySpec};
    let spec = SurveySpec::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/survey.toml")).unwrap();
    let survey = crate::survey(Inputs::open(&spec, &Silent).unwrap(), Rulebook::open("comparison").unwrap(), &Silent).unwrap();
    assert_eq!(survey.firmness, None, "it declares no draws");
    let (table, ids, mut graded) = (&survey.table, &survey.parcels.ids, 0);
    for (name, _) in crate::rulebook::PRESETS {
        let mut rulebook = Rulebook::open(name).unwrap();
        rulebook.firmness = crate::rulebook::Firmness { draws: 2, ..Default::default() };
        let Ok(own) = score(&rulebook, table, ids, &[], &mut Vec::new()) else { continue };
        let listing = crate::list::list(&rulebook, table, &own).unwrap();
        as_in_the_survey(&run(&rulebook, table, ids), &own, &listing);
        graded += 1;
    }
    assert!(graded >= 2);
}

/// Holders with several parcels, two tracks, a bonus, an exemption, conditions on score, grade and indicators.
#[test]
fn adjustments_exemptions_and_holders_are_as_in_the_survey() {
    let own_track = [
        "when = \"a > 0.2\"\n".to_owned(),
        indicator("a_mu", "a / NULLIF(area_mu, 0)", 60.0, PERCENTILE),
        indicator("b", "b", 40.0, PERCENTILE),
        QUOTA.replace(
            "[track.grading]",
            "[[track.bonus]]\nid = \"extra\"\nname_zh = \"加\"\nname_en = \"extra\"\nexpr = \"10 * b\"\n[track.grading]",
        ),
    ]
    .concat();
    let rest = [
        "[[track]]\nid = \"rest\"\nname_zh = \"其余\"\nname_en = \"rest\"\nmissing = \"zero\"\n".to_owned(),
        indicator("b", "b", 100.0, BENCHMARK),
        QUOTA.to_owned(),
        adjustment("VETO", "score < 45 AND status = 'let'", "grade = \"D\""),
        adjustment("CAP", "grade = 'A' AND i_b < 0.97", "at_best = \"C\""),
        "[[exemption]]\ncode = \"NEW\"\nname_zh = \"新\"\nname_en = \"new\"\nwhen = \"a > 0.95\"\nclause = \"1\"\nsource = \"none\"\n".to_owned(),
        "[[rule]]\ncode = \"LOW\"\nname_zh = \"低\"\nname_en = \"low\"\nwhen = \"grade = 'C' AND score < 30\"\nclause = \"1\"\nsource = \"none\"\n".to_owned(),
    ]
    .concat();
    let mut rulebook = rulebook(&own_track, &rest, "");
    rulebook.unit.by = vec!["holder".to_owned()];
    rulebook.firmness.draws = 2;
    let (mut table, ids) = table(&scattered(120, 13), &scattered(120, 29));
    let holders: Vec<String> = (0..120).map(|n| format!("H{}", n / 2 * (n % 5).min(1) + n % 40)).collect();
    table.with_column(polars::prelude::Column::new("holder".into(), holders)).unwrap();
    for aggregation in [Aggregation::Sum, Aggregation::Geometric, Aggregation::Harmonic, Aggregation::TopsisVector] {
        rulebook.tracks[0].aggregation = aggregation;
        let own = score(&rulebook, &table, &ids, &[], &mut Vec::new()).unwrap();
        let listing = crate::list::list(&rulebook, &table, &own).unwrap();
        if aggregation == Aggregation::Sum {
            let adjusted: std::collections::BTreeSet<usize> = own.adjusted.iter().flatten().map(|a| a.adjustment).collect();
            assert_eq!(adjusted.len(), 2, "both adjustments have something to do");
            assert!(own.exempt.iter().any(Option::is_some) && listing.reasons.iter().any(|reasons| reasons.contains(&1)));
        }
        as_in_the_survey(&run(&rulebook, &table, &ids), &own, &listing);
    }
    // Areas that change who is in which track, and units of several parcels: whatever is drawn, shares sum to one.
    rulebook.firmness = crate::rulebook::Firmness { draws: 20, area: 0.05, weights: 0.2, ..Default::default() };
    let found = run(&rulebook, &table, &ids);
    for row in 0..ids.len() {
        assert!((found.shares.iter().map(|of| of[row]).sum::<f64>() - 1.0).abs() < 1e-12);
    }
    assert!(found.choices.iter().any(|s| s.choice == Choice::Area && s.indices.is_some()));
}

fn adjustment(code: &str, when: &str, change: &str) -> String {
    format!(
        "[[adjustment]]\ncode = \"{code}\"\nname_zh = \"{code}\"\nname_en = \"{code}\"\nwhen = \"{when}\"\n{change}\nclause = \"1\"\nsource = \"none\"\n"
    )
}

#[test]
fn without_draws_there_is_nothing() {
    let (rulebook, table, ids) = big("");
    let own = score(&rulebook, &table, &ids, &[], &mut Vec::new()).unwrap();
    assert_eq!(firmness(&rulebook, Parcels { table: &table, ids: &ids, sums: &[] }, &own, &|_| {}).unwrap(), None);
}

/// Three rules for missing values, each as likely: all that can happen is enumerated with the functions that grade a survey.
#[test]
fn the_shares_are_those_of_an_exact_enumeration() {
    let (rulebook, table, ids) = big("draws = 3000\nmissing = [\"leave_out\", \"zero\", \"mean_score\"]");
    let assessment = assess(&rulebook, &table, &ids, &[], &mut Vec::new()).unwrap();
    let rules = [Missing::LeaveOut, Missing::Zero, Missing::MeanScore];
    let worlds =
        rules.map(|rule| grade_all(&rulebook, &assessment, Choices { weights: None, missing: Some(rule) }).unwrap().grade);
    let found = run(&rulebook, &table, &ids);
    assert_eq!(found.draws, 3000);
    let mut between = 0;
    for row in 0..ids.len() {
        for (grade, shares) in found.grades.iter().zip(&found.shares) {
            let exact = worlds.iter().filter(|world| world[row] == *grade).count() as f64 / 3.0;
            between += usize::from(exact > 0.0 && exact < 1.0);
            // Four standard errors of a share of 3000 draws.
            let tolerance = 4.0 * (exact * (1.0 - exact) / 3000.0).sqrt();
            assert!((shares[row] - exact).abs() <= tolerance, "{} {grade}: {} {exact}", ids[row], shares[row]);
        }
        let changes = worlds.iter().any(|world| world[row] != worlds[0][row]);
        let own = found.label[row];
        assert!(own.is_none() || changes == (own == Some(Label::HangsOnMissing)), "{}: {own:?}", ids[row]);
    }
    assert!(between > 20, "{between}");
    let [missing] = found.choices.as_slice() else { panic!("{:?}", found.choices) };
    let indices = missing.indices.unwrap();
    assert_eq!((missing.choice, indices.first.value, indices.total.value), (Choice::Missing, 1.0, 1.0));
}

/// Score 100 u ÷ (u + v) with u and v even between 0.8 and 1.2: at least 52 where v ≤ u × 48/52, a triangle with a corner cut.
#[test]
fn the_share_of_two_drawn_weights_is_the_area_of_a_polygon() {
    let grading = "[track.grading]\nmethod = \"threshold\"\ngrades = [{ grade = \"A\", min = 52.0 }, { grade = \"D\" }]\n";
    let track = [indicator("a", "a", 50.0, BENCHMARK), indicator("b", "b", 50.0, BENCHMARK), grading.to_owned()].concat();
    let rulebook = rulebook(&track, "", "draws = 20000\nweights = 0.2");
    let (table, ids) = table(&[Some(1.0), Some(0.0), Some(1.0)], &[Some(0.0), Some(1.0), Some(1.0)]);
    let found = run(&rulebook, &table, &ids);
    let slope = 48.0 / 52.0;
    let from = 0.8 / slope;
    let exact = (1.2 - from) * (slope * (1.2 + from) / 2.0 - 0.8) / 0.16;
    let error = (exact * (1.0 - exact) / 20_000.0f64).sqrt();
    for (row, share) in [(0, exact), (1, exact), (2, 1.0)] {
        assert!((found.shares[0][row] - share).abs() < 4.0 * error, "{} {share}", found.shares[0][row]);
    }
    assert_eq!(found.label[2], Some(Label::Firm));
    assert_eq!(found.label[1], Some(Label::Borderline));
    let weights = found.choices[0].indices.unwrap();
    assert_eq!((weights.first.value, weights.total.value), (1.0, 1.0));
    // By symmetry neither of the two weights tells more than the other.
    let [one, two] = [1, 2].map(|k| found.choices[k].indices.unwrap());
    assert!((one.total.value - two.total.value).abs() < 4.0 * one.total.error.hypot(two.total.error));
    assert!(one.first.value > 0.0 && one.first.value < one.total.value && one.total.value < 1.0);
}

/// Value 1 ÷ area against a border at 1 ÷ 10 mu: the parcel of 10.05 mu is above it where its factor is below 10 ÷ 10.05.
#[test]
fn a_grade_within_the_tolerance_of_the_area_hangs_on_it() {
    let grading = "[track.grading]\nmethod = \"threshold\"\ngrades = [{ grade = \"A\", min = 10.0 }, { grade = \"D\" }]\n";
    // The second indicator is no power of the area and brings nothing: the same shares come from assessing anew.
    let odd = indicator("odd", "CASE WHEN area_mu > 10 THEN 0 ELSE 0.0 * ROUND(area_mu, 0) END", 0.000_001, BENCHMARK);
    let shares = [String::new(), odd].map(|odd| {
        let track = [indicator("per_mu", "1 / area_mu", 100.0, BENCHMARK), odd, grading.to_owned()].concat();
        let rule = "[[rule]]\ncode = \"SIZE\"\nname_zh = \"大\"\nname_en = \"size\"\nwhen = \"area_mu BETWEEN 9.05 AND 9.5\"\nclause = \"1\"\nsource = \"none\"\n";
        let rulebook = rulebook(&track, rule, "draws = 4000\narea = 0.01");
        let ids = ["x", "y", "z"].map(str::to_owned).to_vec();
        let table = df!("area_mu" => [10.05, 9.0, 11.0]).unwrap();
        let found = run(&rulebook, &table, &ids);
        assert_eq!(found.label, [Some(Label::HangsOnArea), Some(Label::Firm), Some(Label::Firm)]);
        // The parcel of 9 mu has grade A in every draw, and is on the list where its factor is above 9.05 ÷ 9.
        let exact = (1.01 - 9.05 / 9.0) / 0.02;
        assert!((found.listed[1] - exact).abs() < 4.0 * (exact * (1.0 - exact) / 4000.0f64).sqrt(), "{}", found.listed[1]);
        assert_eq!(found.listed[2], 1.0);
        found.shares[0][0]
    });
    let exact = (10.0 / 10.05 - 0.99) / 0.02;
    assert!(shares.iter().all(|share| (share - exact).abs() < 4.0 * (exact * (1.0 - exact) / 4000.0f64).sqrt()), "{shares:?}");
}

#[test]
fn a_track_that_hangs_on_the_area_is_drawn_too() {
    let grading = "[track.grading]\nmethod = \"threshold\"\ngrades = [{ grade = \"A\", min = 50.0 }, { grade = \"D\" }]\n";
    let track = ["when = \"area_mu >= 3\"\n".to_owned(), indicator("a", "a", 100.0, BENCHMARK), grading.to_owned()].concat();
    let rulebook = rulebook(&track, "", "draws = 1000\narea = 0.01");
    let ids = ["x", "y"].map(str::to_owned).to_vec();
    let table = df!("area_mu" => [3.0, 3.2], "a" => [1.0, 1.0]).unwrap();
    let found = run(&rulebook, &table, &ids);
    assert_eq!(found.grades, ["A", "D", "T"]);
    assert!((found.shares[2][0] - 0.5).abs() < 0.07, "{:?}", found.shares);
    assert_eq!(found.shares[0][1], 1.0);
}

#[test]
fn threads_and_the_order_of_the_rows_change_nothing() {
    let all = "draws = 60\nweights = 0.3\narea = 0.05\nmissing = [\"leave_out\", \"zero\", \"mean_value\"]";
    let (rulebook, table, ids) = big(all);
    let with = |threads: usize, table: &DataFrame, ids: &[String]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&rulebook, table, ids))
    };
    let one = with(1, &table, &ids);
    assert_eq!(one, with(2, &table, &ids));
    assert!(one.label.iter().flatten().collect::<std::collections::BTreeSet<_>>().len() > 1);
    let reversed: Vec<String> = ids.iter().rev().cloned().collect();
    let turned = with(2, &table.reverse(), &reversed);
    let by_id = |found: &Firmness, ids: &[String]| -> BTreeMap<String, (Vec<f64>, f64, Option<Label>)> {
        let of = |row: usize| (found.shares.iter().map(|of| of[row]).collect(), found.listed[row], found.label[row]);
        ids.iter().enumerate().map(|(row, id)| (id.clone(), of(row))).collect()
    };
    assert_eq!(by_id(&one, &ids), by_id(&turned, &reversed));
    assert_eq!(one.choices, turned.choices);
    for s in &one.choices {
        let indices = s.indices.unwrap();
        assert!(indices.first.value <= indices.total.value, "{s:?}");
    }
}

#[test]
fn the_bounds_of_a_share_hold_as_often_as_they_say() {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for exact in [0.05, 0.2, 0.5, 0.9] {
        let (runs, draws) = (4000, 500);
        let held = (0..runs)
            .filter(|_| {
                let hits = (0..draws).filter(|_| f64::from(rng.next_u32()) / 2f64.powi(32) < exact).count();
                let (low, high) = bounds(hits as f64 / draws as f64, draws);
                low <= exact && exact <= high
            })
            .count();
        let coverage = held as f64 / f64::from(runs);
        // A point, and twice the error of so many runs.
        assert!((coverage - 0.95).abs() < 0.01 + 2.0 * 0.0035, "{exact}: {coverage}");
    }
}
