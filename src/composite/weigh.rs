//! Weights from the data (entropy, CRITIC) and from pairwise comparisons (AHP). All sum to 1.

use std::fmt;

/// From this consistency ratio on the comparisons of an AHP matrix contradict each other (Saaty 1980).
pub const MOST_INCONSISTENT: f64 = 0.1;
/// Entries over the diagonal and under it may differ from being reciprocal by so much.
const RECIPROCAL_TOLERANCE: f64 = 1e-6;
/// The principal eigenvector is found when no weight changes by more than this.
const EIGEN_TOLERANCE: f64 = 1e-14;
const MOST_STEPS: usize = 10_000;
/// Saaty's random index for matrices of 1, 2, 3 … rows.
const RANDOM_INDEX: [f64; 15] = [0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59];

/// Why there are no weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightError {
    TooFewUnits,
    Negative,
    AllConstant,
    NotSquare,
    NotPositive,
    NotReciprocal,
    TooLarge,
}

impl fmt::Display for WeightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooFewUnits => "at least two units are needed",
            Self::Negative => "a value is negative",
            Self::AllConstant => "every indicator has the same value everywhere",
            Self::NotSquare => "the matrix is not square",
            Self::NotPositive => "an entry of the matrix is not a positive number",
            Self::NotReciprocal => "the entries on both sides of the diagonal are not reciprocal, or the diagonal is not 1",
            Self::TooLarge => "comparisons of more than 15 indicators cannot be checked for consistency",
        })
    }
}

impl std::error::Error for WeightError {}

/// Entropy weights: p = x ÷ Σx in each column, e = −(1 ÷ ln n) Σ p ln p with 0 ln 0 = 0, w ∝ 1 − e (Shannon 1948; Zeleny 1982). A column
/// of equal values has weight 0, and so has one of zeros.
///
/// # Errors
/// One unit alone, a negative value, or nothing that tells units apart.
pub fn entropy(columns: &[Vec<f64>]) -> Result<Vec<f64>, WeightError> {
    let units = columns.first().map_or(0, Vec::len);
    if units < 2 {
        return Err(WeightError::TooFewUnits);
    }
    if columns.iter().flatten().any(|x| *x < 0.0) {
        return Err(WeightError::Negative);
    }
    #[allow(clippy::cast_precision_loss)]
    let most = (units as f64).ln();
    let told_apart = |column: &Vec<f64>| {
        let sum: f64 = column.iter().sum();
        if is_constant(column) || sum <= 0.0 {
            return 0.0;
        }
        let entropy: f64 = column.iter().map(|x| x / sum).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
        (1.0 - entropy / most).max(0.0)
    };
    to_one(columns.iter().map(told_apart).collect())
}

/// CRITIC weights (Diakoulaki et al. 1995): columns from 0 to 1 by min-max, then w ∝ standard deviation × Σ(1 − r) over the correlations
/// with all columns. A column of equal values has weight 0 and no correlation with others.
///
/// # Errors
/// One unit alone, or nothing that tells units apart.
pub fn critic(columns: &[Vec<f64>]) -> Result<Vec<f64>, WeightError> {
    if columns.first().map_or(0, Vec::len) < 2 {
        return Err(WeightError::TooFewUnits);
    }
    // Deviations from the mean of each scaled column, and their root of the sum of squares.
    let centred: Vec<(Vec<f64>, f64)> = columns.iter().map(|column| scaled_deviations(column)).collect();
    let correlation = |(a, length_a): &(Vec<f64>, f64), (b, length_b): &(Vec<f64>, f64)| {
        if *length_a > 0.0 && *length_b > 0.0 {
            a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / (length_a * length_b)
        } else {
            0.0
        }
    };
    let conflict = |k: usize| -> f64 {
        centred.iter().enumerate().filter(|(other, _)| *other != k).map(|(_, other)| 1.0 - correlation(&centred[k], other)).sum()
    };
    if centred.len() == 1 {
        return to_one(vec![centred[0].1]);
    }
    to_one((0..centred.len()).map(|k| centred[k].1 * conflict(k)).collect())
}

#[allow(clippy::cast_precision_loss)]
fn scaled_deviations(column: &[f64]) -> (Vec<f64>, f64) {
    let (min, max) = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(*x), max.max(*x)));
    if min >= max {
        return (vec![0.0; column.len()], 0.0);
    }
    let scaled: Vec<f64> = column.iter().map(|x| (x - min) / (max - min)).collect();
    let mean = scaled.iter().sum::<f64>() / scaled.len() as f64;
    let deviations: Vec<f64> = scaled.iter().map(|x| x - mean).collect();
    let length = deviations.iter().map(|x| x * x).sum::<f64>().sqrt();
    (deviations, length)
}

fn is_constant(column: &[f64]) -> bool {
    column.iter().all(|x| x.total_cmp(&column[0]).is_eq())
}

fn to_one(weights: Vec<f64>) -> Result<Vec<f64>, WeightError> {
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 { Ok(weights.into_iter().map(|w| w / sum).collect()) } else { Err(WeightError::AllConstant) }
}

/// Weights from pairwise comparisons, and how consistent these are.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahp {
    pub weights: Vec<f64>,
    /// The principal eigenvalue; the number of rows where the comparisons agree with each other.
    pub lambda_max: f64,
    /// (lambda − n) ÷ (n − 1) over Saaty's random index; 0 for one or two rows.
    pub consistency_ratio: f64,
}

/// AHP weights: the principal eigenvector of the matrix of comparisons (Saaty 1980), by power iteration.
///
/// # Errors
/// The matrix is not square, not positive, not reciprocal, or of more than 15 rows.
pub fn ahp(rows: &[Vec<f64>]) -> Result<Ahp, WeightError> {
    let n = rows.len();
    if n == 0 || rows.iter().any(|row| row.len() != n) {
        return Err(WeightError::NotSquare);
    }
    if n > RANDOM_INDEX.len() {
        return Err(WeightError::TooLarge);
    }
    if rows.iter().flatten().any(|x| !(*x > 0.0 && x.is_finite())) {
        return Err(WeightError::NotPositive);
    }
    if (0..n).any(|i| (0..=i).any(|j| (rows[i][j] * rows[j][i] - 1.0).abs() > RECIPROCAL_TOLERANCE)) {
        return Err(WeightError::NotReciprocal);
    }
    #[allow(clippy::cast_precision_loss)]
    let size = n as f64;
    let (mut weights, mut lambda_max) = (vec![1.0 / size; n], size);
    for _ in 0..MOST_STEPS {
        let product: Vec<f64> = rows.iter().map(|row| row.iter().zip(&weights).map(|(a, w)| a * w).sum()).collect();
        lambda_max = product.iter().sum();
        let next: Vec<f64> = product.iter().map(|x| x / lambda_max).collect();
        let change = next.iter().zip(&weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        weights = next;
        if change < EIGEN_TOLERANCE {
            break;
        }
    }
    let index = RANDOM_INDEX[n - 1];
    let consistency_ratio = if index > 0.0 { ((lambda_max - size) / (size - 1.0) / index).max(0.0) } else { 0.0 };
    Ok(Ahp { weights, lambda_max, consistency_ratio })
}
