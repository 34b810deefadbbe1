//! Held against other hands: worked examples of published packages, and COINr's ASEM index at every stage.

mod asem;
mod worked;

use std::path::PathBuf;

use proptest::prelude::*;

use super::aggregate::{Norm, arithmetic, geometric, harmonic, topsis};
use super::treat::{quantile, winsorise_share};
use super::weigh::{WeightError, ahp, critic, entropy};

/// A file of the published answers; `None`, with a printed reason, where they are not there.
fn reference(name: &str) -> Option<String> {
    let shared = std::env::var_os("MUJUN_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = shared.join("reference").join(name);
    if !path.exists() {
        eprintln!("skipped: the published answers ({name}) are not there");
        return None;
    }
    Some(std::fs::read_to_string(path).unwrap())
}

proptest! {
    #[test]
    fn what_each_indicator_brings_sums_to_the_whole(
        rows in proptest::collection::vec((0.0..2.0f64, 0.1..5.0f64), 1..8),
    ) {
        let (x, w): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
        for (mean, parts) in [arithmetic(&x, &w), geometric(&x, &w), harmonic(&x, &w)] {
            prop_assert!((parts.iter().sum::<f64>() - mean).abs() <= 1e-12 * mean.max(1.0));
            let max = x.iter().copied().fold(0.0, f64::max);
            prop_assert!(mean >= 0.0 && mean <= max + 1e-12);
        }
        let (a, g, h) = (arithmetic(&x, &w).0, geometric(&x, &w).0, harmonic(&x, &w).0);
        prop_assert!(h <= g + 1e-12 && g <= a + 1e-12, "harmonic ≤ geometric ≤ arithmetic");
    }

    #[test]
    fn weights_and_closeness_do_not_hang_on_the_unit_of_a_column(
        columns in proptest::collection::vec(proptest::collection::vec(0.1..9.0f64, 6), 2..5), factor in 0.01..100.0f64,
    ) {
        let mut scaled = columns.clone();
        scaled[0].iter_mut().for_each(|x| *x *= factor);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
        prop_assert!(close(&entropy(&columns).unwrap(), &entropy(&scaled).unwrap()));
        prop_assert!(close(&critic(&columns).unwrap(), &critic(&scaled).unwrap()));
        let (weights, less) = (vec![1.0; columns.len()], vec![false; columns.len()]);
        for norm in [Norm::Vector, Norm::MinMax] {
            let got = topsis(&columns, &weights, &less, norm);
            prop_assert!(close(&got.closeness, &topsis(&scaled, &weights, &less, norm).closeness));
            for unit in 0..6 {
                let sum: f64 = got.contributions.iter().map(|column| column[unit]).sum();
                prop_assert!((sum - got.closeness[unit]).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn a_zero_cannot_be_made_up_for_in_a_geometric_or_harmonic_mean() {
    assert_eq!(geometric(&[0.0, 1.0], &[1.0, 1.0]), (0.0, vec![0.0, 0.0]));
    assert_eq!(harmonic(&[0.0, 1.0], &[1.0, 1.0]), (0.0, vec![0.0, 0.0]));
    assert_eq!(geometric(&[4.0, 1.0], &[1.0, 1.0]).0, 2.0);
    assert!((harmonic(&[1.0, 2.0], &[1.0, 1.0]).0 - 4.0 / 3.0).abs() < 1e-15);
}

#[test]
fn quantiles_are_those_of_r_type_7() {
    let sorted = [1.0, 2.0, 4.0, 8.0, 16.0];
    assert_eq!([0.0, 0.1, 0.5, 0.9, 1.0].map(|q| quantile(&sorted, q).unwrap()), [1.0, 1.4, 4.0, 12.8, 16.0]);
    let mut values = [8.0, 1.0, 16.0, 2.0, 4.0];
    let moved = winsorise_share(&mut values, 0.1, 0.9);
    assert_eq!((values, moved.low, moved.high), ([8.0, 1.4, 12.8, 2.0, 4.0], 1, 1));
    assert_eq!(quantile(&[], 0.5), None);
}

#[test]
fn weights_that_cannot_be_taken_are_refused() {
    assert_eq!(entropy(&[vec![1.0], vec![2.0]]), Err(WeightError::TooFewUnits));
    assert_eq!(entropy(&[vec![1.0, -1.0]]), Err(WeightError::Negative));
    assert_eq!(entropy(&[vec![2.0, 2.0], vec![3.0, 3.0]]), Err(WeightError::AllConstant));
    assert_eq!(entropy(&[vec![2.0, 2.0], vec![0.0, 3.0]]), Ok(vec![0.0, 1.0]), "a constant column has no weight; 0 ln 0 = 0");
    assert_eq!(critic(&[vec![2.0, 2.0]]), Err(WeightError::AllConstant));
    assert_eq!(ahp(&[vec![1.0, 2.0]]), Err(WeightError::NotSquare));
    assert_eq!(ahp(&[vec![1.0, 2.0], vec![2.0, 1.0]]), Err(WeightError::NotReciprocal));
    assert_eq!(ahp(&[vec![1.0, 0.0], vec![0.0, 1.0]]), Err(WeightError::NotPositive));
}

#[test]
fn saatys_school_example_has_his_weights_and_consistency() {
    // Saaty (1980), choosing a school: six criteria, weights 0.32 0.14 0.03 0.13 0.24 0.14; the eigenvalue is NumPy's.
    let rows = [
        [1.0, 4.0, 3.0, 1.0, 3.0, 4.0],
        [1.0 / 4.0, 1.0, 7.0, 3.0, 1.0 / 5.0, 1.0],
        [1.0 / 3.0, 1.0 / 7.0, 1.0, 1.0 / 5.0, 1.0 / 5.0, 1.0 / 6.0],
        [1.0, 1.0 / 3.0, 5.0, 1.0, 1.0, 1.0 / 3.0],
        [1.0 / 3.0, 5.0, 5.0, 1.0, 1.0, 3.0],
        [1.0 / 4.0, 1.0, 6.0, 3.0, 1.0 / 3.0, 1.0],
    ]
    .map(|row| row.to_vec());
    let got = ahp(&rows).unwrap();
    let rounded: Vec<f64> = got.weights.iter().map(|w| (w * 100.0).round() / 100.0).collect();
    assert_eq!(rounded, [0.32, 0.14, 0.03, 0.13, 0.24, 0.14]);
    assert!((got.lambda_max - 7.419_870_101_921_28).abs() < 1e-12, "{}", got.lambda_max);
    assert!((got.consistency_ratio - 0.229_011_306_761_497_5).abs() < 1e-12, "{}", got.consistency_ratio);
}
