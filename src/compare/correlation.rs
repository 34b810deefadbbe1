//! Rank correlation of two scores.

use std::cmp::Ordering;

/// Spearman's ρ: the correlation of the ranks, equal values sharing their mean rank. None where one side has no two values.
#[must_use]
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (x, y) = (mean_ranks(&x), mean_ranks(&y));
    let middle = middle_rank(x.len());
    // In order of rank the sums do not depend on the order of the pairs.
    let mut ranks: Vec<(f64, f64)> = x.into_iter().zip(y).map(|(x, y)| (x - middle, y - middle)).collect();
    ranks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let sum = |of: fn(&(f64, f64)) -> f64| ranks.iter().map(of).sum::<f64>();
    let (xy, xx, yy) = (sum(|r| r.0 * r.1), sum(|r| r.0 * r.0), sum(|r| r.1 * r.1));
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}

#[allow(clippy::cast_precision_loss)]
fn middle_rank(n: usize) -> f64 {
    (n as f64 + 1.0) / 2.0
}

fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        #[allow(clippy::cast_precision_loss)]
        let rank = before as f64 + middle_rank(tied.len());
        tied.iter().for_each(|place| ranks[*place] = rank);
        before += tied.len();
    }
    ranks
}

/// Kendall's τ-b: (concordant − discordant pairs) ÷ √(pairs that differ in the one × pairs that differ in the other), after Knight (1966).
/// None where one side has no two values.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn kendall(pairs: &[(f64, f64)]) -> Option<f64> {
    let by_x = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0);
    let by_y = |a: &(f64, f64), b: &(f64, f64)| a.1.total_cmp(&b.1);
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| by_x(a, b).then(by_y(a, b)));
    let tied_x = tied_pairs(&sorted, by_x);
    let tied_both = tied_pairs(&sorted, |a, b| by_x(a, b).then(by_y(a, b)));
    let mut y: Vec<f64> = sorted.iter().map(|pair| pair.1).collect();
    let discordant = inversions(&mut y);
    sorted.sort_by(by_y);
    let tied_y = tied_pairs(&sorted, by_y);
    let all = choose_two(pairs.len());
    let (differ_x, differ_y) = (all - tied_x, all - tied_y);
    let concordant = all + tied_both - tied_x - tied_y - discordant;
    (differ_x > 0 && differ_y > 0)
        .then(|| (concordant as f64 - discordant as f64) / ((differ_x as f64).sqrt() * (differ_y as f64).sqrt()))
}

fn choose_two(n: usize) -> u64 {
    let n = n as u64;
    n * n.saturating_sub(1) / 2
}

/// The number of pairs of equal neighbours in a sorted list.
fn tied_pairs(sorted: &[(f64, f64)], compare: impl Fn(&(f64, f64), &(f64, f64)) -> Ordering) -> u64 {
    sorted.chunk_by(|a, b| compare(a, b).is_eq()).map(|tied| choose_two(tied.len())).sum()
}

/// Sorts, and counts the pairs of which the greater stood first.
fn inversions(values: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let mut count = inversions(&mut values[..middle]) + inversions(&mut values[middle..]);
    let mut merged = Vec::with_capacity(values.len());
    let (mut left, mut right) = (0, middle);
    while left < middle && right < values.len() {
        if values[right].total_cmp(&values[left]).is_lt() {
            count += (middle - left) as u64;
            merged.push(values[right]);
            right += 1;
        } else {
            merged.push(values[left]);
            left += 1;
        }
    }
    merged.extend_from_slice(&values[left..middle]);
    merged.extend_from_slice(&values[right..]);
    values.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn kendall_equals_a_count_of_every_pair(pairs in proptest::collection::vec((-3i8..4, -3i8..4), 0..40)) {
            let pairs: Vec<(f64, f64)> = pairs.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
            let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
            for (n, a) in pairs.iter().enumerate() {
                for b in &pairs[..n] {
                    let sign = |d: f64| if d == 0.0 { 0.0 } else { d.signum() };
                    let (dx, dy) = (sign(a.0 - b.0), sign(a.1 - b.1));
                    (sum, x, y) = (sum + dx * dy, x + dx * dx, y + dy * dy);
                }
            }
            match kendall(&pairs) {
                Some(tau) => prop_assert!((tau - sum / f64::sqrt(x * y)).abs() < 1e-12),
                None => prop_assert!(x * y == 0.0),
            }
        }
    }

    #[test]
    fn values_that_are_all_equal_have_no_correlation() {
        let same = [(1.0, 2.0); 5];
        assert_eq!((kendall(&same), spearman(&same)), (None, None));
        assert_eq!((kendall(&[]), spearman(&[])), (None, None));
    }

    #[test]
    fn spearman_is_as_published() {
        // IQ and hours of television, the worked example of Wikipedia's article on the coefficient: ρ = −29/165.
        let iq = [106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        let pairs: Vec<(f64, f64)> = iq.into_iter().zip(hours).collect();
        assert!((spearman(&pairs).unwrap() + 29.0 / 165.0).abs() < 1e-12);
        // With ties: ranks 1, 2.5, 2.5, 4 and 1, 3.5, 2, 3.5.
        assert!((spearman(&[(1.0, 1.0), (2.0, 3.0), (2.0, 2.0), (3.0, 3.0)]).unwrap() - 3.75 / 4.5).abs() < 1e-12);
        assert_eq!(spearman(&[(1.0, 1.0), (1.0, 2.0)]), None);
    }
}
