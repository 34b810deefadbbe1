//! Scores to grades.

use rayon::prelude::*;

use crate::rulebook::{End, Grading, Quota, Round, Threshold};

/// A share of a count within this of a whole number is that number: 0.29 × 100 is 29.
const COUNT_TOLERANCE: f64 = 1e-9;

/// The grade of each score. For quotas the parcels are put in order of score and, where equal, of id; the first in that order are
/// the worst.
#[must_use]
pub fn grade(grading: &Grading, scores: &[f64], ids: &[&str]) -> Vec<String> {
    match grading {
        Grading::Threshold { grades } => scores.iter().map(|score| threshold(grades, *score)).collect(),
        Grading::Quota { grades } => quotas(grades, scores, ids),
    }
}

fn threshold(grades: &[Threshold], score: f64) -> String {
    grades.iter().find(|g| g.min.is_none_or(|min| score >= min)).map(|g| g.grade.clone()).unwrap_or_default()
}

fn quotas(grades: &[Quota], scores: &[f64], ids: &[&str]) -> Vec<String> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.par_sort_by(|a, b| scores[*a].total_cmp(&scores[*b]).then_with(|| ids[*a].cmp(ids[*b])).then(a.cmp(b)));
    let rest = grades.iter().find(|g| g.share.is_none()).map(|g| g.grade.clone()).unwrap_or_default();
    let mut given = vec![rest; scores.len()];
    let (mut low, mut high) = (0, scores.len());
    for quota in grades {
        let Some(share) = quota.share else { continue };
        let count = count(share, scores.len(), quota.round).min(high - low);
        let taken = match quota.from {
            End::Bottom => {
                low += count;
                low - count..low
            }
            End::Top => {
                high -= count;
                high..high + count
            }
        };
        order[taken].iter().for_each(|row| given[*row].clone_from(&quota.grade));
    }
    given
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn count(share: f64, of: usize, round: Round) -> usize {
    let exact = share * of as f64;
    (match round {
        Round::Floor => (exact + COUNT_TOLERANCE).floor(),
        Round::Ceil => (exact - COUNT_TOLERANCE).ceil(),
        Round::Round => exact.round(),
    }) as usize
}

/// The place of each score, 1 for the highest; equal scores share the better place.
#[must_use]
pub fn rank(scores: &[f64]) -> Vec<u32> {
    let mut sorted = scores.to_vec();
    sorted.par_sort_unstable_by(|a, b| b.total_cmp(a));
    scores
        .par_iter()
        .map(|score| u32::try_from(sorted.partition_point(|other| other > score)).unwrap_or(u32::MAX).saturating_add(1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quota(grade: &str, share: Option<f64>, from: End, round: Round) -> Quota {
        Quota { grade: grade.into(), share, from, round }
    }

    /// Takes the parcels one at a time, best or worst of those left.
    fn naive(grades: &[Quota], scores: &[f64], ids: &[String]) -> Vec<String> {
        let mut left: Vec<usize> = (0..scores.len()).collect();
        let mut given = vec![String::new(); scores.len()];
        for q in grades.iter().filter(|q| q.share.is_some()) {
            let exact = (q.share.unwrap() * 100.0).round() * scores.len() as f64 / 100.0;
            let n = match q.round {
                Round::Floor => exact.floor(),
                Round::Ceil => exact.ceil(),
                Round::Round => exact.round(),
            } as usize;
            for _ in 0..n.min(left.len()) {
                let key = |i: &usize| (scores[*i], ids[*i].clone());
                let pick = match q.from {
                    End::Bottom => left.iter().copied().min_by(|a, b| key(a).partial_cmp(&key(b)).unwrap()),
                    End::Top => left.iter().copied().max_by(|a, b| key(a).partial_cmp(&key(b)).unwrap()),
                }
                .unwrap();
                left.retain(|i| *i != pick);
                given[pick] = q.grade.clone();
            }
        }
        let rest = grades.iter().find(|q| q.share.is_none()).unwrap();
        left.iter().for_each(|i| given[*i] = rest.grade.clone());
        given
    }

    proptest! {
        #[test]
        fn quotas_equal_taking_parcels_one_by_one(scores in proptest::collection::vec(0u8..6, 0..60), a in 0u8..60, d in 0u8..40, ceil: bool) {
            let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
            let ids: Vec<String> = (0..scores.len()).map(|i| format!("P{:03}", (i * 37) % 101)).collect();
            let round = if ceil { Round::Ceil } else { Round::Floor };
            let grades = [quota("A", Some(f64::from(a) / 100.0), End::Top, round), quota("C", None, End::Top, Round::Floor), quota("D", Some(f64::from(d) / 100.0), End::Bottom, round)];
            let names: Vec<&str> = ids.iter().map(String::as_str).collect();
            prop_assert_eq!(grade(&Grading::Quota { grades: grades.to_vec() }, &scores, &names), naive(&grades, &scores, &ids));
        }
    }

    #[test]
    fn a_score_on_the_threshold_has_the_better_grade() {
        let grades = vec![
            Threshold { grade: "A".into(), min: Some(80.0) },
            Threshold { grade: "B".into(), min: Some(60.0) },
            Threshold { grade: "C".into(), min: None },
        ];
        assert_eq!(
            grade(&Grading::Threshold { grades }, &[80.0, 79.999, 60.0, -1.0], &["a", "b", "c", "d"]),
            ["A", "B", "B", "C"]
        );
    }

    #[test]
    fn equal_scores_share_the_better_rank() {
        assert_eq!(rank(&[5.0, 9.0, 5.0, 1.0]), [2, 1, 2, 4]);
    }
}
