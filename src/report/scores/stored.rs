//! What the formulas of [`means`](super::means) give, for programs that do not calculate.

use super::tree::{Member, Run, parent};
use crate::composite::aggregate;
use crate::rulebook::{Aggregation, Missing, Track};
use crate::score::Weights;

/// A run's mean and the points that a weight of 1 and a share of 1 bring in it.
#[derive(Clone, Copy, Default)]
pub(super) struct Mean {
    pub mean: Option<f64>,
    pub per_point: f64,
}

/// How far a TOPSIS indicator's values are from its worst, and its best is.
pub(super) struct Distances {
    pub of_unit: Vec<Option<f64>>,
    pub best: f64,
}

/// The means of a unit by run, from its shares of the weights (with TOPSIS its distances from the worst).
pub(super) fn means(
    track: &Track,
    runs: &[Run],
    weights: &Weights,
    shares: &[Option<f64>],
    distances: &[Distances],
) -> Vec<Mean> {
    let mut all: Vec<Mean> = vec![Mean::default(); runs.len()];
    let weight = |member: Member| match member {
        Member::Indicator(i) => weights.indicators[i],
        Member::Group(g) => weights.groups[g],
    };
    let counted = |all: &[Mean], run: &Run| -> (Vec<f64>, Vec<f64>) {
        let share = |member: Member| match member {
            Member::Indicator(i) => {
                let zero = matches!(track.missing(&track.indicators[i]), Missing::Zero | Missing::Deduct(_));
                shares[i].or(zero.then_some(0.0))
            }
            Member::Group(g) => runs.iter().position(|run| run.group == Some(g)).and_then(|k| all[k].mean),
        };
        run.members.iter().filter_map(|member| Some((share(*member)?, weight(*member)))).unzip()
    };
    for (k, run) in runs.iter().enumerate() {
        let (x, w) = counted(&all, run);
        all[k].mean = w.iter().any(|w| *w > 0.0).then(|| match run.aggregation {
            Aggregation::Sum => aggregate::arithmetic(&x, &w).0,
            Aggregation::Geometric => aggregate::geometric(&x, &w).0,
            Aggregation::Harmonic => aggregate::harmonic(&x, &w).0,
            Aggregation::TopsisVector | Aggregation::TopsisMinMax => closeness(&x, &w, distances),
        });
    }
    for (k, run) in runs.iter().enumerate().rev() {
        let Some(mean) = all[k].mean else { continue };
        let whole: f64 = run.members.iter().map(|member| weight(*member)).sum();
        let above = run.group.and_then(|g| Some((g, parent(runs, g)?)));
        let scale = above.map_or(whole, |(g, above)| all[above].per_point * weights.groups[g]);
        let (x, w) = counted(&all, run);
        let sum = |term: &dyn Fn(f64, f64) -> f64| x.iter().zip(&w).map(|(x, w)| term(*x, *w)).sum::<f64>();
        let (points, over) = match run.aggregation {
            Aggregation::Sum if above.is_some() && mean == 0.0 => (0.0, 1.0),
            Aggregation::Sum => (scale, sum(&|_, w| w)),
            Aggregation::Geometric | Aggregation::Harmonic => (scale * mean, sum(&|x, w| x * w)),
            Aggregation::TopsisVector | Aggregation::TopsisMinMax => (scale * mean, sum(&|x, w| (x * w).powi(2))),
        };
        all[k].per_point = if over > 0.0 && (mean > 0.0 || run.aggregation == Aggregation::Sum) { points / over } else { 0.0 };
    }
    all
}

fn closeness(from_worst: &[f64], weights: &[f64], distances: &[Distances]) -> f64 {
    let root = |term: &dyn Fn(f64, f64) -> f64| {
        let squares = from_worst.iter().zip(distances).zip(weights).map(|((x, d), w)| (w * term(*x, d.best)).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let (worst, best) = (root(&|x, _| x), root(&|x, best| best - x));
    if worst + best > 0.0 { worst / (worst + best) } else { 0.5 }
}

/// The distances of some units' values (TOPSIS), none without it.
pub(super) fn distances(track: &Track, values: &[Vec<Option<f64>>], units: &[usize]) -> Vec<Distances> {
    let one = |(values, indicator): (&Vec<Option<f64>>, &crate::rulebook::Indicator)| {
        let there = || units.iter().filter_map(|unit| values[*unit]);
        let (min, max) = there().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(x), max.max(x)));
        let scale = match track.aggregation {
            Aggregation::TopsisVector => there().map(|x| x * x).sum::<f64>().sqrt(),
            _ => max - min,
        };
        let (best, worst) = if indicator.direction == crate::rulebook::Direction::Less { (min, max) } else { (max, min) };
        let distance = |x: f64| if scale > 0.0 { (x - worst) / scale } else { 0.0 };
        Distances { of_unit: values.iter().map(|x| x.map(distance)).collect(), best: distance(best) }
    };
    if track.aggregation.is_topsis() { values.iter().zip(&track.indicators).map(one).collect() } else { Vec::new() }
}
