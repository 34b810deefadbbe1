//! Extreme values moved inwards.

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Treatment {
    pub low: usize,
    pub high: usize,
}

/// Moves values beyond two quantiles onto them. Quantiles are between order statistics by linear interpolation (type 7 of Hyndman and
/// Fan 1996, the default of R and NumPy).
pub fn winsorise_share(values: &mut [f64], low: f64, high: f64) -> Treatment {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (quantile(&sorted, low), quantile(&sorted, high)) else { return Treatment::default() };
    let mut moved = Treatment::default();
    for x in values {
        if *x < least {
            (*x, moved.low) = (least, moved.low + 1);
        } else if *x > most {
            (*x, moved.high) = (most, moved.high + 1);
        }
    }
    moved
}

/// The quantile of ascending values; none of an empty slice.
#[must_use]
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let (below, rest) = (place.floor() as usize, place.fract());
    let next = sorted.get(below + 1).unwrap_or(&sorted[below]);
    Some(if rest > 0.0 { sorted[below] + rest * (next - sorted[below]) } else { sorted[below] })
}

/// While |skewness| and kurtosis are both beyond their limits, moves the most extreme value of the longer tail onto the next one, at most
/// `max_points` times; values that are equal move together. So COINr's `winsorise` (Becker et al. 2022) does it.
pub fn winsorise_shape(values: &mut [f64], max_points: usize, skewness_limit: f64, kurtosis_limit: f64) -> Treatment {
    let mut moved = Treatment::default();
    while moved.low + moved.high < max_points {
        let (Some(skewness), Some(kurtosis)) = (skewness(values), kurtosis(values)) else { break };
        if skewness.abs() <= skewness_limit || kurtosis <= kurtosis_limit {
            break;
        }
        let high = skewness > 0.0;
        let sign = if high { 1.0 } else { -1.0 };
        let extreme = values.iter().map(|x| sign * x).fold(f64::NEG_INFINITY, f64::max);
        let next = values.iter().map(|x| sign * x).filter(|x| *x < extreme).fold(f64::NEG_INFINITY, f64::max);
        // Two values, of which one would go: nothing would be left to tell units apart.
        if values.iter().all(|x| sign * x >= next) {
            break;
        }
        values.iter_mut().filter(|x| sign * **x >= extreme).for_each(|x| *x = sign * next);
        if high {
            moved.high += 1;
        } else {
            moved.low += 1;
        }
    }
    moved
}

/// Mean and standard deviation (n − 1); none where all values are the same.
#[allow(clippy::cast_precision_loss)]
fn moments(values: &[f64]) -> Option<(f64, f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    (sd > 0.0).then_some((n, mean, sd))
}

/// Sample skewness n ÷ ((n−1)(n−2)) Σ((x − mean) ÷ sd)³; none for fewer than three values or where all are the same.
#[must_use]
pub fn skewness(values: &[f64]) -> Option<f64> {
    let (n, mean, sd) = moments(values).filter(|(n, ..)| *n > 2.0)?;
    Some(n / ((n - 1.0) * (n - 2.0)) * values.iter().map(|x| ((x - mean) / sd).powi(3)).sum::<f64>())
}

/// Sample excess kurtosis, as spreadsheets compute it; none for fewer than four values or where all are the same.
#[must_use]
pub fn kurtosis(values: &[f64]) -> Option<f64> {
    let (n, mean, sd) = moments(values).filter(|(n, ..)| *n > 3.0)?;
    let fourth = values.iter().map(|x| ((x - mean) / sd).powi(4)).sum::<f64>();
    Some(n * (n + 1.0) / ((n - 1.0) * (n - 2.0) * (n - 3.0)) * fourth - 3.0 * (n - 1.0).powi(2) / ((n - 2.0) * (n - 3.0)))
}
