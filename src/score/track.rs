//! One track scored: outliers, missing values, shares of the weights, points.

use rayon::prelude::*;

use super::assessment::TrackFacts;
use super::normalise::{mean, normalise, present};
use super::peers::PeerGroups;
use super::points::{Node, Points, Weights, points};
use super::weights::weights;
use crate::composite::{aggregate, treat};
use crate::error::Result;
use crate::rulebook::{Aggregation, Direction, Indicator, Missing, Outliers, Over, Track};

/// Units whose points are held row by row at a time; all of a city would take as much room as its table.
const AT_ONCE: usize = 1 << 13;

/// The scores of a track. Columns are as long as the table of units, and missing outside the track.
#[derive(Debug, Clone)]
pub struct TrackScores {
    pub weights: Weights,
    /// Each indicator's values after outliers were treated and the peers' mean was put in.
    pub values: Vec<Vec<Option<f64>>>,
    /// Each indicator's share of its weight.
    pub shares: Vec<Vec<Option<f64>>>,
    /// Each indicator's points.
    pub points: Vec<Vec<Option<f64>>>,
    /// The points and the bonuses together.
    pub score: Vec<Option<f64>>,
}

/// Choices of a rulebook's maker that can be tried otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choices<'a> {
    /// A factor for each weight of the track: its indicators, then its groups. The sum of the weights stays.
    pub weights: Option<&'a [f64]>,
    /// The rule for all missing values.
    pub missing: Option<Missing>,
}

/// Scores the units of a track.
///
/// # Errors
/// Weights cannot be taken from the data.
pub fn score_track(track: &Track, facts: &TrackFacts, choices: Choices<'_>) -> Result<TrackScores> {
    let rules: Vec<Missing> =
        track.indicators.iter().map(|indicator| choices.missing.unwrap_or_else(|| track.missing(indicator))).collect();
    let values: Vec<Vec<Option<f64>>> = track
        .indicators
        .par_iter()
        .zip(&facts.values)
        .zip(&rules)
        .map(|((indicator, values), rule)| treated_values(indicator, values, *rule, &facts.peers))
        .collect();
    if track.aggregation.is_topsis() {
        return topsis(track, facts, values, choices);
    }
    let shares: Vec<Vec<Option<f64>>> = track
        .indicators
        .par_iter()
        .zip(&values)
        .zip(&rules)
        .map(|((indicator, values), rule)| shares_of_weight(indicator, values, *rule, &facts.peers))
        .collect();
    let weights = weights_of(track, &shares, facts.peers.members(), choices)?;
    let tree = Node::of(track);
    let known = |unit: usize| facts.values.iter().any(|column| column[unit].is_some());
    let of_unit = |unit: usize| points(&tree, &weights, &rules, &shares.iter().map(|column| column[unit]).collect::<Vec<_>>());
    let units = facts.peers.table_units();
    let (mut by_indicator, mut score) = (vec![vec![None; units]; track.indicators.len()], vec![None; units]);
    for some in facts.peers.members().chunks(AT_ONCE) {
        let scored: Vec<(usize, Points)> =
            some.par_iter().filter(|unit| known(**unit)).map(|unit| (*unit, of_unit(*unit))).collect();
        for (unit, points) in scored {
            score[unit] = points.score.map(|score| score + bonus(facts, unit));
            by_indicator.iter_mut().zip(points.indicators).for_each(|(column, points)| column[unit] = points);
        }
    }
    Ok(TrackScores { weights, values, shares, points: by_indicator, score })
}

/// An indicator's values with its outliers treated and, where the rule for missing values says so, the peers' mean put in.
pub(crate) fn treated_values(
    indicator: &Indicator,
    values: &[Option<f64>],
    rule: Missing,
    peers: &PeerGroups,
) -> Vec<Option<f64>> {
    let mut values = values.to_vec();
    if let Some(outliers) = indicator.outliers {
        treated(outliers, &mut values);
    }
    if rule == Missing::MeanValue {
        fill_with_mean(&mut values, peers);
    }
    values
}

/// An indicator's shares of its weight, from values that were treated. None where it is not normalised by itself.
pub(crate) fn shares_of_weight(
    indicator: &Indicator,
    values: &[Option<f64>],
    rule: Missing,
    peers: &PeerGroups,
) -> Vec<Option<f64>> {
    let Some(method) = indicator.normalise else { return Vec::new() };
    let mut shares = normalise(method, indicator.direction, values, peers);
    if rule == Missing::MeanScore {
        fill_with_mean(&mut shares, peers);
    }
    shares
}

pub(crate) fn bonus(facts: &TrackFacts, unit: usize) -> f64 {
    facts.bonuses.iter().filter_map(|column| column[unit]).sum()
}

fn weights_of(track: &Track, shares: &[Vec<Option<f64>>], members: &[usize], choices: Choices<'_>) -> Result<Weights> {
    let weights = weights(track, shares, members)?;
    Ok(match choices.weights {
        Some(factors) => drawn(weights, track, factors),
        None => weights,
    })
}

/// The weights of one try: each times its factor, then scaled so that each group, and the score, keeps its sum.
pub(crate) fn drawn(weights: Weights, track: &Track, factors: &[f64]) -> Weights {
    let Weights { mut indicators, mut groups } = weights;
    let parents: Vec<Option<&str>> =
        track.indicators.iter().map(|i| i.group.as_deref()).chain(track.groups.iter().map(|g| g.group.as_deref())).collect();
    let before: Vec<f64> = indicators.iter().chain(&groups).copied().collect();
    let after: Vec<f64> = before.iter().zip(factors).map(|(weight, factor)| weight * factor).collect();
    let sum = |all: &[f64], parent: Option<&str>| -> f64 {
        all.iter().zip(&parents).filter(|(_, other)| **other == parent).map(|(weight, _)| weight).sum()
    };
    for (n, weight) in indicators.iter_mut().chain(&mut groups).enumerate() {
        *weight = after[n] * sum(&before, parents[n]) / sum(&after, parents[n]);
    }
    Weights { indicators, groups }
}

fn treated(outliers: Outliers, values: &mut [Option<f64>]) {
    let (places, mut there): (Vec<usize>, Vec<f64>) =
        values.iter().enumerate().filter_map(|(unit, x)| Some((unit, (*x)?))).unzip();
    match outliers {
        Outliers::Share { low, high } => treat::winsorise_share(&mut there, low, high),
        Outliers::Shape { max_points, skewness, kurtosis } => treat::winsorise_shape(&mut there, max_points, skewness, kurtosis),
    };
    places.into_iter().zip(there).for_each(|(unit, x)| values[unit] = Some(x));
}

/// Gives the units that have none the mean of those they are held against; where none of them has any, it stays missing.
fn fill_with_mean(values: &mut [Option<f64>], peers: &PeerGroups) {
    let mut filled = Vec::new();
    for comparison in peers.comparisons(Over::Peers) {
        let missing: Vec<usize> = comparison.units.iter().copied().filter(|unit| values[*unit].is_none()).collect();
        if missing.is_empty() {
            continue;
        }
        if let Some(mean) = mean(present(comparison.among, values).map(|(_, x)| x).collect()) {
            filled.extend(missing.into_iter().map(|unit| (unit, mean)));
        }
    }
    filled.into_iter().for_each(|(unit, mean)| values[unit] = Some(mean));
}

fn topsis(track: &Track, facts: &TrackFacts, values: Vec<Vec<Option<f64>>>, choices: Choices<'_>) -> Result<TrackScores> {
    let known = |unit: &usize| facts.values.iter().any(|column| column[*unit].is_some());
    let complete: Vec<usize> = facts
        .peers
        .members()
        .iter()
        .copied()
        .filter(|unit| known(unit) && values.iter().all(|column| column[*unit].is_some()))
        .collect();
    let columns: Vec<Vec<f64>> = values.iter().map(|column| complete.iter().filter_map(|unit| column[*unit]).collect()).collect();
    let weights = weights_of(track, &values, &complete, choices)?;
    let whole: f64 = weights.indicators.iter().sum();
    let norm = if track.aggregation == Aggregation::TopsisVector { aggregate::Norm::Vector } else { aggregate::Norm::MinMax };
    let less: Vec<bool> = track.indicators.iter().map(|i| i.direction == Direction::Less).collect();
    let result = aggregate::topsis(&columns, &weights.indicators, &less, norm);
    let units = facts.peers.table_units();
    let (mut points, mut score) = (vec![vec![None; units]; columns.len()], vec![None; units]);
    for (n, unit) in complete.iter().enumerate() {
        score[*unit] = Some(whole * result.closeness[n] + bonus(facts, *unit));
        points.iter_mut().zip(&result.contributions).for_each(|(column, brought)| column[*unit] = Some(whole * brought[n]));
    }
    let shares = points
        .iter()
        .zip(&weights.indicators)
        .map(|(column, weight)| {
            column
                .iter()
                .map(|points: &Option<f64>| points.map(|points| if *weight > 0.0 { points / weight } else { 0.0 }))
                .collect()
        })
        .collect();
    Ok(TrackScores { weights, values, shares, points, score })
}
