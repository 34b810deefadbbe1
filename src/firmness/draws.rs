//! The random draws: the same for any number of threads and any order of the rows.
//!
//! A draw is a stream of its own of the `ChaCha` generator with eight rounds, seeded by the rulebook: weights, rule for missing values,
//! and a key for areas. A parcel's area comes from this key and from the parcel's id, so that it depends neither on its row nor on which
//! other parcels there are.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

use crate::rulebook::{Firmness, Rulebook};

/// One draw of everything that a rulebook could have chosen otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draw {
    /// A factor for each weight: by track its indicators, then its groups.
    pub weights: Vec<Vec<f64>>,
    /// Index into the rules for missing values that could have been chosen.
    pub missing: usize,
    /// The key of the parcels' areas.
    pub area: u64,
}

/// Draw number `n` of a rulebook, with so many rules for missing values to choose from.
pub(super) fn draw(rulebook: &Rulebook, rules: usize, n: u64) -> Draw {
    let Firmness { seed, weights: range, .. } = rulebook.firmness;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(n);
    let area = rng.next_u64();
    // The upper half of the product: even to within 2⁻⁶⁴ × rules.
    let missing = usize::try_from((u128::from(rng.next_u64()) * rules as u128) >> 64).unwrap_or(0);
    let mut factor = || about_one(range, rng.next_u64());
    let weights = rulebook
        .tracks
        .iter()
        .map(|track| (0..track.indicators.len() + track.groups.len()).map(|_| factor()).collect())
        .collect();
    Draw { weights, missing, area }
}

/// What stands for an id in [`area_factor`]: the first eight bytes of its SHA-256.
pub(super) fn id_key(id: &str) -> u64 {
    Sha256::digest(id.as_bytes()).iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

/// The factor of a parcel's area, evenly between 1 − `range` and 1 + `range`: the key of the draw and that of the id, mixed by the last
/// step of `SplitMix64` (Steele, Lea, Flood 2014).
pub(super) fn area_factor(draw: u64, id: u64, range: f64) -> f64 {
    let mut z = draw ^ id;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    about_one(range, z ^ (z >> 31))
}

/// 64 random bits as a number from 1 − `range` to below 1 + `range`.
#[allow(clippy::cast_precision_loss)]
fn about_one(range: f64, bits: u64) -> f64 {
    let uniform = (bits >> 11) as f64 / (1u64 << 53) as f64;
    1.0 + range * (2.0 * uniform - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_even_over_their_range_and_those_of_two_parcels_have_nothing_in_common() {
        let (mut sums, mut products, mut tenths) = ([0.0; 2], 0.0, [0; 10]);
        let n = 100_000;
        for draw in 0..n {
            let key = id_key(&draw.to_string());
            let [a, b] = ["P-1", "P-2"].map(|id| (area_factor(key, id_key(id), 0.5) - 1.0) / 0.5);
            (sums[0], sums[1], products) = (sums[0] + a, sums[1] + b, products + a * b);
            tenths[((a + 1.0) * 5.0) as usize] += 1;
        }
        // Standard errors: 1/√3 and 1/3 over √n; √(n 0.1 × 0.9).
        assert!(sums.iter().all(|sum| (sum / f64::from(n)).abs() < 4.0 * 0.578 / 316.0));
        assert!((products / f64::from(n)).abs() < 4.0 / 3.0 / 316.0);
        assert!(tenths.iter().all(|count: &i32| (count - 10_000).abs() < 400), "{tenths:?}");
    }
}
