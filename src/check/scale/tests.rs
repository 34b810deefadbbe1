//! Recall and precision on the sample city with injected errors of unit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series, df};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::check;
use crate::read::Inputs;
use crate::read::spec::SurveySpec;

const MONEY: [&str; 6] =
    ["output_10k_yuan", "revenue_10k_yuan", "value_added_10k_yuan", "tax_10k_yuan", "rnd_10k_yuan", "tax_previous_10k_yuan"];
/// Of the found cells this share must be wrong ones, of the wrong ones this share found.
const PRECISION: f64 = 0.99;
const RECALL: f64 = 0.95;

/// The enterprises of a sample city, checked.
fn enterprises(folder: &Path) -> DataFrame {
    let spec = SurveySpec::open(&folder.join("survey.toml")).unwrap();
    let inputs = Inputs::open(&spec, &crate::progress::Silent).unwrap();
    let mut findings = Vec::new();
    let table = check::table(&inputs.enterprises.unwrap(), &mut findings).unwrap();
    let scale: Vec<_> = findings.iter().filter(|f| f.code == Code::ValueScale).collect();
    assert!(scale.is_empty(), "nothing is wrong with the units of the sample: {scale:?}");
    table
}

fn committed() -> DataFrame {
    enterprises(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data"))
}

/// Multiplies the cells that `wrong` picks.
fn spoil(table: &DataFrame, factor: f64, mut wrong: impl FnMut(usize, usize) -> bool) -> (DataFrame, BTreeSet<(usize, usize)>) {
    let (mut spoilt, mut cells) = (table.clone(), BTreeSet::new());
    for (column, name) in MONEY.iter().enumerate() {
        let values: Vec<Option<f64>> = table.column(name).unwrap().f64().unwrap().iter().collect();
        let values: Vec<Option<f64>> = values
            .into_iter()
            .enumerate()
            .map(|(row, x)| match x {
                Some(x) if wrong(row, column) => {
                    if x > 0.0 {
                        cells.insert((row, column));
                    }
                    Some(x * factor)
                }
                x => x,
            })
            .collect();
        spoilt.with_column(Series::new((*name).into(), values).into_column()).unwrap();
    }
    (spoilt, cells)
}

fn found(table: &DataFrame) -> BTreeSet<(usize, usize)> {
    let column = |finding: &Finding| MONEY.iter().position(|name| finding.field.as_deref() == Some(*name));
    scale(table, Source::Enterprises, None)
        .iter()
        .filter_map(|finding| Some((finding.place.row?, column(finding).expect("a finding is about a money field"))))
        .collect()
}

#[track_caller]
fn judge(wrong: &BTreeSet<(usize, usize)>, found: &BTreeSet<(usize, usize)>, what: &str) {
    #[allow(clippy::cast_precision_loss)]
    let share = |of: &BTreeSet<(usize, usize)>| wrong.intersection(found).count() as f64 / of.len() as f64;
    assert!(wrong.len() > 50, "{what}: {} wrong cells", wrong.len());
    assert!(share(wrong) >= RECALL, "{what}: recall {}", share(wrong));
    assert!(share(found) >= PRECISION, "{what}: precision {}", share(found));
}

#[test]
fn single_cells_and_whole_firms_in_yuan_are_found_and_nothing_else() {
    let clean = committed();
    for seed in 0..4 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let firms: BTreeSet<usize> = (0..clean.height()).filter(|_| rng.random_bool(0.01)).collect();
        let (spoilt, wrong) = spoil(&clean, 1e4, |row, _| firms.contains(&row) || rng.random_bool(0.01));
        judge(&wrong, &found(&spoilt), &format!("seed {seed}"));
    }
}

#[test]
fn many_firms_in_yuan_do_not_hide_each_other() {
    let clean = committed();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let firms: BTreeSet<usize> = (0..clean.height()).filter(|_| rng.random_bool(0.2)).collect();
    let (spoilt, wrong) = spoil(&clean, 1e4, |row, _| firms.contains(&row));
    judge(&wrong, &found(&spoilt), "a fifth of all firms");
}

#[test]
fn firms_in_hundred_millions_are_found() {
    let clean = committed();
    let (spoilt, wrong) = spoil(&clean, 1e-4, |row, _| row % 150 == 3);
    judge(&wrong, &found(&spoilt), "in 亿元");
}

#[test]
fn another_city_with_other_errors_is_judged_as_well() {
    let folder = tempfile::tempdir().unwrap();
    crate::sample::write(folder.path(), &crate::sample::SampleSpec { parcels: 1500, seed: 77 }, &mut |_| ()).unwrap();
    let clean = enterprises(folder.path());
    let (spoilt, wrong) = spoil(&clean, 1e4, |row, column| (row * 5 + column) % 97 == 0);
    judge(&wrong, &found(&spoilt), "another city");
}

#[test]
fn whole_columns_in_yuan_are_one_finding_each_that_names_it() {
    let clean = committed();
    for columns in [vec![3], vec![0, 1, 2, 3, 4, 5]] {
        let (spoilt, _) = spoil(&clean, 1e4, |_, column| columns.contains(&column));
        let findings = scale(&spoilt, Source::Enterprises, None);
        let named: Vec<Option<&str>> = findings.iter().map(|finding| finding.field.as_deref()).collect();
        let expected: Vec<Option<&str>> = columns.iter().map(|column| Some(MONEY[*column])).collect();
        assert_eq!(named, expected, "{findings:?}");
        assert!(findings.iter().all(|finding| finding.place.row.is_none()));
    }
}

#[test]
fn too_few_peers_or_no_money_is_silence() {
    let few = df!("tax_10k_yuan" => [1.0, 2.0, 3e5], "employees" => [10.0, 20.0, 30.0]).unwrap();
    assert!(scale(&few, Source::Enterprises, None).is_empty());
    assert!(scale(&df!("employees" => vec![5.0; 50]).unwrap(), Source::Enterprises, None).is_empty());
    assert!(scale(&df!("tax_10k_yuan" => vec![5.0; 50]).unwrap(), Source::Enterprises, None).is_empty());
}

#[test]
fn a_finding_names_value_and_what_it_would_be() {
    let mut tax: Vec<f64> = (1..=40).map(|n| 10.0 + f64::from(n % 7)).collect();
    tax[5] = 131_234.56;
    let table = df!("tax_10k_yuan" => tax, "employees" => vec![12.0; 40], "output_10k_yuan" => vec![300.0; 40]).unwrap();
    let findings = scale(&table, Source::Enterprises, None);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].place.row, Some(5));
    for text in ["tax_10k_yuan = 131235", "13.1235", "yuan for 10,000 yuan"] {
        assert!(findings[0].detail.en.contains(text), "{}", findings[0].detail.en);
    }
}

#[test]
fn the_median_is_the_middle_value_or_the_mean_of_two() {
    for n in 1..40_usize {
        #[allow(clippy::cast_precision_loss)]
        let mut values: Vec<f64> = (0..n).map(|k| ((k * 17 + 5) % n) as f64 + if k % 3 == 0 { 0.25 } else { 0.0 }).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let expected = if n % 2 == 1 { sorted[n / 2] } else { (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0 };
        assert_eq!(median(&mut values), Some(expected), "{n}");
    }
    assert_eq!(median(&mut []), None);
}

#[test]
fn honest_nothing_is_not_blamed_on_the_unit() {
    // A firm that pays next to no tax, and one that has hardly begun: neither is in 100 million yuan.
    let some = |n: i32| 1.0 + f64::from(n % 5) / 10.0;
    let mut tax: Vec<f64> = (0..60).map(|n| 20.0 * some(n)).collect();
    tax[7] = 0.002;
    let output: Vec<f64> = (0..60).map(|n| 400.0 * some(n + 2)).collect();
    let (revenue, employees): (Vec<f64>, Vec<f64>) = (0..60).map(|n| (410.0 * some(n + 1), 3.0 * some(n))).unzip();
    let table = df!(
        "tax_10k_yuan" => tax, "output_10k_yuan" => output, "revenue_10k_yuan" => revenue, "employees" => employees,
    );
    assert!(scale(&table.unwrap(), Source::Enterprises, None).is_empty());
}
