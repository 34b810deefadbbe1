//! Generalised Sobol indices: how much of what differs from draw to draw is due to one choice.
//!
//! For an output of many parts, here the membership of each parcel in the list (0 or 1), the indices are those of the parts, weighed by
//! their variances: S = Σ V_i ÷ Σ V (Gamboa, Janon, Klein, Lagnoux 2014, "Sensitivity analysis for multidimensional and functional
//! outputs"). V_i is estimated after Jansen (1999) in the design of Saltelli et al. (2010, "Variance based sensitivity analysis of model
//! output"): draws come in pairs A and B, and `AB_i` is A with choice *i* taken from B. With ‖·‖² the squared distance of two outputs, here
//! the number of parcels that are on the list in one draw and not in the other,
//!
//! ```text
//! first = 1 − Σ ‖B − AB_i‖² ÷ Σ ‖A − B‖²      what the choice explains by itself
//! total =     Σ ‖A − AB_i‖² ÷ Σ ‖A − B‖²      what it takes part in
//! ```
//!
//! summed over pairs; ½ Σ ‖A − B‖² ÷ pairs estimates Σ V from the same draws. For memberships ‖·‖² obeys the triangle inequality,
//! so that first ≤ total holds of the estimates too. Standard errors are those of the jackknife over pairs.

/// An estimate and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub error: f64,
}

/// The indices of one choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indices {
    pub first: Estimate,
    pub total: Estimate,
}

/// The squared distances of one pair of draws for one choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Distances {
    /// ‖A − B‖²
    pub a_b: f64,
    /// ‖A − `AB_i`‖²
    pub a_abi: f64,
    /// ‖B − `AB_i`‖²
    pub b_abi: f64,
}

/// The indices of a choice from its pairs; none where nothing ever differs or there are fewer than two pairs.
pub(crate) fn indices(pairs: &[Distances]) -> Option<Indices> {
    let first = ratio(pairs.iter().map(|pair| (pair.a_b - pair.b_abi, pair.a_b)))?;
    let total = ratio(pairs.iter().map(|pair| (pair.a_abi, pair.a_b)))?;
    Some(Indices { first, total })
}

/// The ratio of two sums and its jackknife error: the square root of (n − 1)/n Σ (r₋ᵢ − mean r₋)².
#[allow(clippy::cast_precision_loss)]
fn ratio(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Estimate> {
    let (n, over, under) = pairs.clone().fold((0usize, 0.0, 0.0), |(n, over, under), (x, y)| (n + 1, over + x, under + y));
    if n < 2 || under <= 0.0 {
        return None;
    }
    // Without the only pair that differs there is no ratio: it stays what it is.
    let without = |(x, y): (f64, f64)| if under - y > 0.0 { (over - x) / (under - y) } else { over / under };
    let mean = pairs.clone().map(without).sum::<f64>() / n as f64;
    let squares: f64 = pairs.map(|pair| (without(pair) - mean).powi(2)).sum();
    Some(Estimate { value: over / under, error: (squares * (n - 1) as f64 / n as f64).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};
    use std::f64::consts::PI;

    const CHOICES: usize = 3;

    fn pairs_of<T>(
        model: &dyn Fn(&[f64; CHOICES]) -> T,
        distance: &dyn Fn(&T, &T) -> f64,
        n: usize,
        rng: &mut ChaCha8Rng,
    ) -> [Vec<Distances>; CHOICES] {
        let mut uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let mut all: [Vec<Distances>; CHOICES] = Default::default();
        for _ in 0..n {
            let [a, b]: [[f64; CHOICES]; 2] = std::array::from_fn(|_| std::array::from_fn(|_| uniform()));
            let (of_a, of_b) = (model(&a), model(&b));
            for (i, pairs) in all.iter_mut().enumerate() {
                let mut mixed = a;
                mixed[i] = b[i];
                let of_mixed = model(&mixed);
                pairs.push(Distances {
                    a_b: distance(&of_a, &of_b),
                    a_abi: distance(&of_a, &of_mixed),
                    b_abi: distance(&of_b, &of_mixed),
                });
            }
        }
        all
    }

    /// sin x₁ + 7 sin² x₂ + 0.1 x₃⁴ sin x₁ over −π to π; indices after Ishigami and Homma (1990).
    #[test]
    fn the_ishigami_function_has_its_known_indices() {
        let model = |u: &[f64; 3]| {
            let x = u.map(|u| PI * (2.0 * u - 1.0));
            x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
        };
        let all = pairs_of(&model, &|a, b| (a - b).powi(2), 20_000, &mut ChaCha8Rng::seed_from_u64(1));
        let variance = 49.0 / 8.0 + 0.1 * PI.powi(4) / 5.0 + 0.01 * PI.powi(8) / 18.0 + 0.5;
        let (v1, v2) = (0.5 * (1.0 + 0.1 * PI.powi(4) / 5.0).powi(2), 49.0 / 8.0);
        let v13 = 0.01 * PI.powi(8) * (1.0 / 18.0 - 1.0 / 50.0);
        let known = [(v1, v1 + v13), (v2, v2), (0.0, v13)];
        for (pairs, (first, total)) in all.iter().zip(known) {
            let got = indices(pairs).unwrap();
            for (estimate, known) in [(got.first, first / variance), (got.total, total / variance)] {
                assert!(estimate.error < 0.02, "{estimate:?}");
                assert!((estimate.value - known).abs() < 4.0 * estimate.error + 1e-12, "{estimate:?} {known}");
            }
        }
    }

    /// Two parcels: one on the list where u₁ < 0.3, one where exactly one of u₂ < 0.5 and u₃ < 0.5 holds.
    fn memberships(u: &[f64; 3]) -> [bool; 2] {
        [u[0] < 0.3, (u[1] < 0.5) != (u[2] < 0.5)]
    }

    fn differing(a: &[bool; 2], b: &[bool; 2]) -> f64 {
        a.iter().zip(b).filter(|(a, b)| a != b).count() as f64
    }

    #[test]
    fn bounds_of_two_standard_errors_hold_as_often_as_they_say() {
        // Σ V = 0.21 + 0.25; the second parcel depends on its choices together alone.
        let known = [(0.21 / 0.46, 0.21 / 0.46), (0.0, 0.25 / 0.46), (0.0, 0.25 / 0.46)];
        let (mut rng, runs) = (ChaCha8Rng::seed_from_u64(2), 2000);
        let (mut held, mut of) = (0, 0);
        for _ in 0..runs {
            let all = pairs_of(&memberships, &differing, 200, &mut rng);
            for (pairs, (first, total)) in all.iter().zip(known) {
                let got = indices(pairs).unwrap();
                assert!(got.first.value <= got.total.value);
                for (estimate, known) in [(got.first, first), (got.total, total)] {
                    held += usize::from((estimate.value - known).abs() <= 1.96 * estimate.error);
                    of += 1;
                }
            }
        }
        let coverage = held as f64 / of as f64;
        assert!((coverage - 0.95).abs() < 0.01, "{coverage}");
    }

    #[test]
    fn a_list_that_never_differs_has_no_indices() {
        assert_eq!(indices(&[Distances { a_b: 0.0, a_abi: 0.0, b_abi: 0.0 }; 9]), None);
    }
}
