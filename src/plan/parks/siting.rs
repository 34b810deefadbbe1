//! Where the next parks would take in most uncovered land: the maximal covering location problem (Church and ReVelle 1974).
//!
//! Greedy choice is within 1 − 1/e of the best (Nemhauser, Wolsey and Fisher 1978). A Lagrangian relaxation bounds what any choice could
//! take in, as tightly as the linear relaxation does, and often finds a better choice by the way. Small cases that are still open go to
//! an exact solver. The gap between choice and bound is always told.

use std::cmp::Ordering;
use std::collections::HashMap;

use geo::Coord;
use good_lp::{Expression, Solution, SolverModel, Variable, microlp, variable, variables};
use rayon::prelude::*;
use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};

use crate::measure::scale::Scale;

/// Up to so many candidates the exact solver answers in no time.
const MOST_CANDIDATES_EXACT: usize = 40;
/// Rounds of the relaxation; its bound hardly moves afterwards.
const ROUNDS: usize = 200;
/// There are fewer rounds, down to a tenth, where together they would look at more items than this.
const MOST_ITEMS: usize = 1_000_000_000;
/// Middles of parks nearer to each other than this part of the radius take in nearly the same.
const SQUARES_IN_RADIUS: f64 = 8.0;
/// Rounds without a better bound after which the step is halved.
const PATIENCE: usize = 8;
/// A relative gap below this is a rounding of sums.
const CLOSED: f64 = 1e-9;

/// Where new parks go.
#[derive(Debug, Clone, PartialEq)]
pub struct Siting {
    /// The candidates chosen, each with what it adds to those before it; the most first. Fewer than asked for where more add nothing.
    pub chosen: Vec<(usize, f64)>,
    /// The weight they take in.
    pub covered: f64,
    /// No choice of as many takes in more.
    pub bound: f64,
}

impl Siting {
    /// How much better the best choice could be, as a share of the bound; 0 where this is the best.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let gap = if self.bound > 0.0 { (self.bound - self.covered) / self.bound } else { 0.0 };
        if gap < CLOSED { 0.0 } else { gap }
    }
}

/// The places worth trying as the middle of a park: of each square with a side of an eighth of the radius the one with most weight, of
/// equals the first. In ascending order.
#[must_use]
pub fn candidates(places: &[Coord<f64>], weights: &[f64], radius_m: f64) -> Vec<usize> {
    let Some(first) = places.first() else { return Vec::new() };
    let scale = Scale::at(first.y);
    let side = radius_m / SQUARES_IN_RADIUS;
    let mut squares: HashMap<[i64; 2], usize> = HashMap::new();
    for (n, place) in places.iter().enumerate() {
        #[allow(clippy::cast_possible_truncation)]
        let square = [place.x * scale.x, place.y * scale.y].map(|metres| (metres / side).floor() as i64);
        let best = squares.entry(square).or_insert(n);
        if weights[n] > weights[*best] {
            *best = n;
        }
    }
    let mut found: Vec<usize> = squares.into_values().collect();
    found.sort_unstable();
    found
}

/// Which places are within `radius_m` of each middle; longitude and latitude in degrees, in ascending order.
#[must_use]
pub fn within(middles: &[Coord<f64>], places: &[Coord<f64>], radius_m: f64) -> Vec<Vec<usize>> {
    let tree = RTree::bulk_load(places.iter().enumerate().map(|(n, c)| GeomWithData::new([c.x, c.y], n)).collect());
    let near = |place: &Coord<f64>| {
        let scale = Scale::at(place.y);
        // A box a little too large: the scale changes within it.
        let (dx, dy) = (1.1 * radius_m / scale.x, 1.1 * radius_m / scale.y);
        let frame = AABB::from_corners([place.x - dx, place.y - dy], [place.x + dx, place.y + dy]);
        let mut found: Vec<usize> = tree
            .locate_in_envelope(&frame)
            .map(|other| other.data)
            .filter(|&other| distance(*place, places[other]) <= radius_m)
            .collect();
        found.sort_unstable();
        found
    };
    middles.par_iter().map(near).collect()
}

/// Length of the straight line between two places, m.
pub(super) fn distance(from: Coord<f64>, to: Coord<f64>) -> f64 {
    Scale::at(f64::midpoint(from.y, to.y)).length(from, to)
}

/// Chooses at most `n` candidates that take in most weight. `covers` holds the items each candidate takes in; weights are not negative.
#[must_use]
pub fn choose(weights: &[f64], covers: &[Vec<usize>], n: usize) -> Siting {
    let (mut best, bound) = greedy(weights, covers, n);
    let bound = relaxed(weights, covers, n, &mut best).min(bound);
    let mut siting = in_order(weights, covers, &best, bound);
    if siting.gap() > 0.0
        && covers.len() <= MOST_CANDIDATES_EXACT
        && let Some(exact) = exact(weights, covers, n)
    {
        let covered = weight_of(weights, covers, &exact);
        siting = in_order(weights, covers, if covered > siting.covered { &exact } else { &best }, covered);
    }
    siting
}

/// The greedy choice, and a bound on every choice: after any prefix no `n` candidates can add more than the `n` largest gains.
fn greedy(weights: &[f64], covers: &[Vec<usize>], n: usize) -> (Vec<usize>, f64) {
    let mut open = weights.to_vec();
    let (mut chosen, mut covered, mut bound) = (Vec::new(), 0.0, f64::INFINITY);
    loop {
        let gains = sums(&open, covers);
        let best = largest(&gains, n);
        bound = f64::min(bound, covered + best.iter().map(|&i| gains[i]).sum::<f64>());
        match best.first() {
            Some(&first) if chosen.len() < n && gains[first] > 0.0 => {
                covers[first].iter().for_each(|&item| open[item] = 0.0);
                covered += gains[first];
                chosen.push(first);
            }
            _ => return (chosen, bound),
        }
    }
}

/// The bound of the Lagrangian relaxation that lets an item be taken in more than once at a price; `best` becomes better where a choice
/// on the way is.
fn relaxed(weights: &[f64], covers: &[Vec<usize>], n: usize, best: &mut Vec<usize>) -> f64 {
    let mut prices = weights.to_vec();
    let mut covered = weight_of(weights, covers, best);
    let (mut bound, mut step, mut since) = (f64::INFINITY, 1.0, 0);
    let items = covers.iter().map(Vec::len).sum::<usize>().max(1);
    for _ in 0..(MOST_ITEMS / items).clamp(ROUNDS / 10, ROUNDS) {
        let gains = sums(&prices, covers);
        let chosen = largest(&gains, n);
        let value = weights.iter().zip(&prices).map(|(w, p)| w - p).sum::<f64>() + chosen.iter().map(|&i| gains[i]).sum::<f64>();
        let found = weight_of(weights, covers, &chosen);
        if found > covered {
            (covered, *best) = (found, chosen.clone());
        }
        since = if value < bound { 0 } else { since + 1 };
        bound = bound.min(value);
        if bound - covered <= CLOSED * bound {
            break;
        }
        if since == PATIENCE {
            (step, since) = (step / 2.0, 0);
        }
        let mut slope = vec![-1.0; weights.len()];
        chosen.iter().flat_map(|&i| &covers[i]).for_each(|&item| slope[item] += 1.0);
        let length = step * (value - covered) / slope.iter().map(|s| s * s).sum::<f64>().max(1.0);
        for ((price, slope), weight) in prices.iter_mut().zip(&slope).zip(weights) {
            *price = (*price - length * slope).clamp(0.0, *weight);
        }
    }
    bound
}

/// The best choice by integer programming; `None` where the solver gives none.
fn exact(weights: &[f64], covers: &[Vec<usize>], n: usize) -> Option<Vec<usize>> {
    let mut problem = variables!();
    let open: Vec<Variable> = covers.iter().map(|_| problem.add(variable().binary())).collect();
    let taken: Vec<Variable> = weights.iter().map(|_| problem.add(variable().min(0.0).max(1.0))).collect();
    let value: Expression = taken.iter().zip(weights).map(|(taken, weight)| *taken * *weight).sum();
    let mut reached = vec![Expression::default(); weights.len()];
    for (open, items) in open.iter().zip(covers) {
        items.iter().for_each(|&item| reached[item] += *open);
    }
    #[allow(clippy::cast_precision_loss)]
    let most = n as f64;
    let mut model = problem.maximise(value).using(microlp).with(open.iter().sum::<Expression>().leq(most));
    for (taken, reached) in taken.iter().zip(reached) {
        model = model.with((reached - *taken).geq(0.0));
    }
    let solution = model.solve().ok()?;
    Some((0..covers.len()).filter(|&i| solution.value(open[i]) > 0.5).collect())
}

/// The choice ordered so that each adds most to those before it.
fn in_order(weights: &[f64], covers: &[Vec<usize>], best: &[usize], bound: f64) -> Siting {
    let own: Vec<Vec<usize>> = best.iter().map(|&i| covers[i].clone()).collect();
    let mut open = weights.to_vec();
    let mut chosen = Vec::new();
    for at in greedy(weights, &own, best.len()).0 {
        chosen.push((best[at], own[at].iter().map(|&item| std::mem::take(&mut open[item])).sum()));
    }
    let covered = chosen.iter().map(|(_, gain)| gain).sum::<f64>();
    Siting { chosen, covered, bound: bound.max(covered) }
}

/// What each candidate takes in.
fn sums(weights: &[f64], covers: &[Vec<usize>]) -> Vec<f64> {
    covers.par_iter().map(|items| items.iter().map(|&item| weights[item]).sum()).collect()
}

/// The `n` largest, the largest first; of equals the earlier.
fn largest(values: &[f64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let by_value = |a: &usize, b: &usize| -> Ordering { values[*b].total_cmp(&values[*a]).then(a.cmp(b)) };
    if n < order.len() {
        order.select_nth_unstable_by(n, by_value);
        order.truncate(n);
    }
    order.sort_unstable_by(by_value);
    order
}

/// The weight of the items that some of the candidates take in.
fn weight_of(weights: &[f64], covers: &[Vec<usize>], chosen: &[usize]) -> f64 {
    let mut items: Vec<usize> = chosen.iter().flat_map(|&i| covers[i].iter().copied()).collect();
    items.sort_unstable();
    items.dedup();
    items.into_iter().map(|item| weights[item]).sum()
}

#[cfg(test)]
mod tests;
