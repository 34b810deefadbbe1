//! From shares of the weights to points and scores: the tree of a track's groups and indicators, evaluated for one unit.

use crate::composite::aggregate;
use crate::rulebook::{Aggregation, Missing, Track};

/// The weights a track is scored with: of its indicators, in the order of the track, and of its groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    pub indicators: Vec<f64>,
    pub groups: Vec<f64>,
}

/// What one unit has from one track.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Points {
    /// The sum of all points, bonuses left aside; `None` where the unit is not assessable.
    pub score: Option<f64>,
    /// By indicator.
    pub indicators: Vec<Option<f64>>,
}

/// The members of a group, or of the score itself.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    aggregation: Aggregation,
    children: Vec<Child>,
}

#[derive(Debug, Clone)]
enum Child {
    Indicator(usize),
    Group(usize, Node),
}

impl Node {
    /// The tree of a track.
    pub fn of(track: &Track) -> Self {
        Self::below(track, None, track.aggregation)
    }

    fn below(track: &Track, group: Option<&str>, aggregation: Aggregation) -> Self {
        let indicators =
            track.indicators.iter().enumerate().filter(|(_, i)| i.group.as_deref() == group).map(|(k, _)| Child::Indicator(k));
        let groups = track
            .groups
            .iter()
            .enumerate()
            .filter(|(_, g)| g.group.as_deref() == group)
            .map(|(k, g)| Child::Group(k, Self::below(track, Some(&g.id), g.aggregation)));
        Self { aggregation, children: indicators.chain(groups).collect() }
    }

    /// The weighted mean of its members' shares, and what each indicator below brings to it in `parts`; these sum to the mean.
    fn mean(&self, weights: &Weights, shares: &[Option<f64>], parts: &mut [f64]) -> Option<f64> {
        let mut members: Vec<(&Child, f64, f64)> = Vec::with_capacity(self.children.len());
        for child in &self.children {
            match child {
                Child::Indicator(k) => members.extend(shares[*k].map(|share| (child, weights.indicators[*k], share))),
                Child::Group(k, node) => {
                    members.extend(node.mean(weights, shares, parts).map(|share| (child, weights.groups[*k], share)))
                }
            }
        }
        // Weights taken from the data may be zero.
        if members.iter().all(|(_, weight, _)| *weight <= 0.0) {
            return None;
        }
        let (w, x): (Vec<f64>, Vec<f64>) = members.iter().map(|(_, w, x)| (*w, *x)).unzip();
        let (mean, brought) = match self.aggregation {
            Aggregation::Geometric => aggregate::geometric(&x, &w),
            Aggregation::Harmonic => aggregate::harmonic(&x, &w),
            _ => aggregate::arithmetic(&x, &w),
        };
        for ((child, _, share), brought) in members.iter().zip(brought) {
            match child {
                Child::Indicator(k) => parts[*k] = brought,
                Child::Group(_, node) => {
                    let scale = if *share == 0.0 { 0.0 } else { brought / share };
                    node.each_indicator(&mut |k| parts[k] *= scale);
                }
            }
        }
        Some(mean)
    }

    /// The weighted mean of its members' shares alone.
    fn mean_alone(&self, weights: &Weights, share: &impl Fn(usize) -> Option<f64>) -> Option<f64> {
        let members = || {
            self.children.iter().filter_map(|child| match child {
                Child::Indicator(k) => share(*k).map(|share| (share, weights.indicators[*k])),
                Child::Group(k, node) => node.mean_alone(weights, share).map(|share| (share, weights.groups[*k])),
            })
        };
        if self.aggregation == Aggregation::Sum {
            // Nothing is allocated: this runs once a unit and draw.
            let (sum, whole, any) = members().fold((0.0, 0.0, false), |(sum, whole, _), (x, w)| (sum + w * x, whole + w, true));
            return any.then(|| sum / whole);
        }
        let (x, w): (Vec<f64>, Vec<f64>) = members().unzip();
        if x.is_empty() {
            return None;
        }
        Some(match self.aggregation {
            Aggregation::Geometric => aggregate::geometric(&x, &w).0,
            _ => aggregate::harmonic(&x, &w).0,
        })
    }

    fn each_indicator(&self, f: &mut dyn FnMut(usize)) {
        for child in &self.children {
            match child {
                Child::Indicator(k) => f(*k),
                Child::Group(_, node) => node.each_indicator(f),
            }
        }
    }

    /// The sum of the weights directly below: the points that shares of 1 bring.
    pub fn whole(&self, weights: &Weights) -> f64 {
        self.children
            .iter()
            .map(|child| match child {
                Child::Indicator(k) => weights.indicators[*k],
                Child::Group(k, _) => weights.groups[*k],
            })
            .sum()
    }
}

/// Score and points of one unit from its shares of the weights. `rules` say what a missing share of each indicator does; the rules of
/// peers have been applied before.
pub(super) fn points(tree: &Node, weights: &Weights, rules: &[Missing], shares: &[Option<f64>]) -> Points {
    let nothing = || Points { score: None, indicators: vec![None; shares.len()] };
    let not_assessable = |(share, rule): (&Option<f64>, &Missing)| share.is_none() && *rule == Missing::NotAssessable;
    if shares.iter().all(Option::is_none) || shares.iter().zip(rules).any(not_assessable) {
        return nothing();
    }
    let filled: Vec<Option<f64>> = shares
        .iter()
        .zip(rules)
        .map(|(share, rule)| match rule {
            Missing::Zero | Missing::Deduct(_) => share.or(Some(0.0)),
            _ => *share,
        })
        .collect();
    let mut parts = vec![0.0; shares.len()];
    let Some(mean) = tree.mean(weights, &filled, &mut parts) else { return nothing() };
    let whole = tree.whole(weights);
    let mut score = whole * mean;
    let mut indicators: Vec<Option<f64>> = filled.iter().zip(&parts).map(|(share, part)| share.map(|_| whole * part)).collect();
    for ((share, rule), points) in shares.iter().zip(rules).zip(&mut indicators) {
        if let (None, Missing::Deduct(less)) = (share, rule) {
            score -= less;
            *points = Some(-less);
        }
    }
    Points { score: Some(score), indicators }
}

/// The score alone, as [`points`] has it.
pub(crate) fn score_alone(
    tree: &Node,
    weights: &Weights,
    rules: &[Missing],
    share: &impl Fn(usize) -> Option<f64>,
) -> Option<f64> {
    let missing = |k: &usize| share(*k).is_none();
    let mut indicators = 0..rules.len();
    if indicators.clone().all(|k| missing(&k)) || indicators.any(|k| rules[k] == Missing::NotAssessable && missing(&k)) {
        return None;
    }
    let filled = |k: usize| share(k).or(matches!(rules[k], Missing::Zero | Missing::Deduct(_)).then_some(0.0));
    let score = tree.whole(weights) * tree.mean_alone(weights, &filled)?;
    let deducted = rules.iter().enumerate().filter_map(|(k, rule)| match rule {
        Missing::Deduct(points) if missing(&k) => Some(points),
        _ => None,
    });
    Some(deducted.fold(score, |score, points| score - points))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tree() -> Node {
        let inner = Node { aggregation: Aggregation::Sum, children: vec![Child::Indicator(1), Child::Indicator(2)] };
        Node { aggregation: Aggregation::Sum, children: vec![Child::Indicator(0), Child::Indicator(3), Child::Group(0, inner)] }
    }

    proptest! {
        #[test]
        fn the_score_alone_is_the_score_to_the_last_bit(
            shares in proptest::collection::vec(proptest::option::of(0.0f64..1.0), 4),
            weights in proptest::collection::vec(1.0f64..50.0, 5),
            kinds in proptest::collection::vec(0usize..4, 4),
        ) {
            let rules: Vec<Missing> =
                kinds.iter().map(|k| [Missing::LeaveOut, Missing::Zero, Missing::Deduct(2.0), Missing::NotAssessable][*k]).collect();
            let weights = Weights { indicators: weights[..4].to_vec(), groups: weights[4..].to_vec() };
            let whole = points(&tree(), &weights, &rules, &shares);
            let alone = score_alone(&tree(), &weights, &rules, &|k| shares[k]);
            prop_assert_eq!(whole.score, alone);
        }
    }
}
