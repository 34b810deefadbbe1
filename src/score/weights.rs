//! Where the weights of a track come from.

use super::points::Weights;
use crate::composite::weigh;
use crate::error::{Error, Result};
use crate::rulebook::{Ratio, Track, Weighting};

/// What weights from the data or from comparisons sum to, unless the rulebook says otherwise.
const WHOLE: f64 = 100.0;

/// The weights of a track. `shares` hold one column an indicator over all units; units of which one is missing do not count.
///
/// # Errors
/// Weights are to come from the data, and the data do not have them: all values are the same, too few units, a negative share.
pub(crate) fn weights<C: AsRef<[Option<f64>]>>(track: &Track, shares: &[C], members: &[usize]) -> Result<Weights> {
    let Weighting { fixed, entropy, critic, ahp, matrix, .. } = &track.weighting;
    let written: Vec<f64> = track.indicators.iter().map(|i| i.weight.unwrap_or(0.0)).collect();
    let groups: Vec<f64> = track.groups.iter().map(|g| g.weight).collect();
    // As written, to the last bit.
    #[allow(clippy::float_cmp)]
    if *fixed == 1.0 {
        return Ok(Weights { indicators: written, groups });
    }
    let sum: f64 = written.iter().sum();
    let whole = track.points.unwrap_or(if sum > 0.0 { sum } else { WHOLE });
    let complete: Vec<usize> =
        members.iter().copied().filter(|unit| shares.iter().all(|column| column.as_ref()[*unit].is_some())).collect();
    let columns: Vec<Vec<f64>> =
        shares.iter().map(|column| complete.iter().filter_map(|unit| column.as_ref()[*unit]).collect()).collect();
    let from_data = |what: &str, weights: std::result::Result<Vec<f64>, weigh::WeightError>| {
        weights.map_err(|why| {
            Error::new(format!("{what} weights cannot be taken from its {} units with every value: {why}", complete.len()))
                .remedy("choose another weighting, or fixed weights")
        })
    };
    let mut parts: Vec<(f64, Vec<f64>)> = Vec::new();
    if *fixed > 0.0 {
        parts.push((*fixed, written.iter().map(|w| w / sum).collect()));
    }
    if *entropy > 0.0 {
        parts.push((*entropy, from_data("entropy", weigh::entropy(&columns))?));
    }
    if *critic > 0.0 {
        parts.push((*critic, from_data("CRITIC", weigh::critic(&columns))?));
    }
    if *ahp > 0.0 {
        let rows: Vec<Vec<f64>> = matrix.iter().map(|row| row.iter().filter_map(Ratio::value).collect()).collect();
        parts.push((*ahp, from_data("AHP", weigh::ahp(&rows).map(|ahp| ahp.weights))?));
    }
    let blended = (0..written.len()).map(|k| whole * parts.iter().map(|(share, weights)| share * weights[k]).sum::<f64>());
    Ok(Weights { indicators: blended.collect(), groups })
}
