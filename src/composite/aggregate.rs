//! Several normalised indicators to one: weighted means and TOPSIS, each with what every indicator brings to it.

/// Weighted arithmetic mean Σwx ÷ Σw, and the terms it is the sum of. No value may be missing; the weights are positive.
#[must_use]
pub fn arithmetic(x: &[f64], w: &[f64]) -> (f64, Vec<f64>) {
    let whole: f64 = w.iter().sum();
    let parts: Vec<f64> = x.iter().zip(w).map(|(x, w)| w * x / whole).collect();
    (x.iter().zip(w).map(|(x, w)| w * x).sum::<f64>() / whole, parts)
}

/// Weighted geometric mean exp(Σ w ln x ÷ Σw); 0 where any value is 0 or less. It is shared out in proportion to w·x, so that the parts
/// sum to it.
#[must_use]
pub fn geometric(x: &[f64], w: &[f64]) -> (f64, Vec<f64>) {
    let whole: f64 = w.iter().sum();
    let mean =
        if x.iter().any(|x| *x <= 0.0) { 0.0 } else { (x.iter().zip(w).map(|(x, w)| w * x.ln()).sum::<f64>() / whole).exp() };
    (mean, in_proportion(mean, x, w))
}

/// Weighted harmonic mean Σw ÷ Σ(w ÷ x); 0 where any value is 0 or less. Shared out as the geometric mean.
#[must_use]
pub fn harmonic(x: &[f64], w: &[f64]) -> (f64, Vec<f64>) {
    let whole: f64 = w.iter().sum();
    let mean = if x.iter().any(|x| *x <= 0.0) { 0.0 } else { whole / x.iter().zip(w).map(|(x, w)| w / x).sum::<f64>() };
    (mean, in_proportion(mean, x, w))
}

fn in_proportion(mean: f64, x: &[f64], w: &[f64]) -> Vec<f64> {
    let sum: f64 = x.iter().zip(w).map(|(x, w)| w * x).sum();
    x.iter().zip(w).map(|(x, w)| if mean > 0.0 { mean * w * x / sum } else { 0.0 }).collect()
}

/// How TOPSIS makes columns comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// value ÷ √(sum of squares).
    Vector,
    /// (value − least) ÷ (greatest − least).
    MinMax,
}

/// Closeness of each unit to the best.
#[derive(Debug, Clone, PartialEq)]
pub struct Topsis {
    /// D⁻ ÷ (D⁺ + D⁻), 0 to 1; one half where all units are equal.
    pub closeness: Vec<f64>,
    /// By column, then unit: the closeness shared out in proportion to the squared distances from the worst.
    pub contributions: Vec<Vec<f64>>,
}

/// TOPSIS (Hwang and Yoon 1981): columns are normalised, then multiplied by their weights ÷ Σw; the best and the worst are the best and the
/// worst of each column, `less` saying where less is better; distances are Euclidean. Columns are equally long, without missing values. A
/// column in which all units are equal tells nothing apart.
#[must_use]
pub fn topsis(columns: &[Vec<f64>], weights: &[f64], less: &[bool], norm: Norm) -> Topsis {
    let units = columns.first().map_or(0, Vec::len);
    let whole: f64 = weights.iter().sum();
    let (mut to_best, mut to_worst) = (vec![0.0; units], vec![0.0; units]);
    let mut squares = Vec::with_capacity(columns.len());
    for ((column, weight), less) in columns.iter().zip(weights).zip(less) {
        let (min, max) = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(*x), max.max(*x)));
        let scale = match norm {
            Norm::Vector => column.iter().map(|x| x * x).sum::<f64>().sqrt(),
            Norm::MinMax => max - min,
        };
        let (best, worst) = if *less { (min, max) } else { (max, min) };
        let square = |x: f64, post: f64| if scale > 0.0 { (weight / whole * (x - post) / scale).powi(2) } else { 0.0 };
        let from_worst: Vec<f64> = column.iter().map(|x| square(*x, worst)).collect();
        for (unit, x) in column.iter().enumerate() {
            to_best[unit] += square(*x, best);
            to_worst[unit] += from_worst[unit];
        }
        squares.push(from_worst);
    }
    let closeness: Vec<f64> = to_best
        .iter()
        .zip(&to_worst)
        .map(|(best, worst)| {
            let (best, worst) = (best.sqrt(), worst.sqrt());
            if best + worst > 0.0 { worst / (best + worst) } else { 0.5 }
        })
        .collect();
    #[allow(clippy::cast_precision_loss)]
    let even = 1.0 / columns.len() as f64;
    let contributions = squares
        .into_iter()
        .map(|squares| {
            let share = |unit: usize| if to_worst[unit] > 0.0 { squares[unit] / to_worst[unit] } else { even };
            (0..units).map(|unit| closeness[unit] * share(unit)).collect()
        })
        .collect();
    Topsis { closeness, contributions }
}
