//! Pairs of draws, and what is counted over them.

use rayon::prelude::*;

use super::draws::{Draw, draw};
use super::model::{Model, Outcome, Shares, Situation};
use super::sobol::Distances;
use super::{Choice, Label};
use crate::error::Result;

/// Makes so many pairs of draws; `drawn` hears of draws that are done. Returns what was counted, and for each choice the distances of the
/// lists pair by pair.
///
/// # Errors
/// A condition of the rulebook cannot be computed, or weights cannot be taken from the data.
pub(super) fn run(
    model: &Model<'_>,
    choices: &[Choice],
    pairs: usize,
    drawn: &(dyn Fn(u64) + Sync),
) -> Result<(Counts, Vec<Vec<Distances>>)> {
    let lanes = rayon::current_num_threads().min(pairs);
    // Whole numbers, each lane its own: their sums are the same whatever the number of lanes.
    let of_lane = |lane: usize| {
        let mut counts = Counts::new(model);
        let pairs = (lane..pairs).step_by(lanes).map(|n| {
            let distances = pair(model, choices, n, &mut counts)?;
            drawn(2);
            Ok((n, distances))
        });
        let distances = pairs.collect::<Result<Vec<_>>>()?;
        Ok((counts, distances))
    };
    let of_lanes = (0..lanes).into_par_iter().map(of_lane).collect::<Result<Vec<_>>>()?;
    let mut counts = Counts::new(model);
    let mut by_pair = Vec::with_capacity(pairs);
    for (of_lane, distances) in of_lanes {
        counts.add(&of_lane);
        by_pair.extend(distances);
    }
    by_pair.sort_by_key(|(n, _)| *n);
    let of_choice = |k: usize| by_pair.iter().map(|(_, distances)| distances[k]).collect();
    Ok((counts, (0..choices.len()).map(of_choice).collect()))
}

/// Pair number `n`, A and B: counts the grades and lists of both, and tells for each choice, taken from B into A, how far the lists are
/// apart.
fn pair(model: &Model<'_>, choices: &[Choice], n: usize, counts: &mut Counts) -> Result<Vec<Distances>> {
    let [a, b]: [Draw; 2] = [2 * n, 2 * n + 1].map(|n| draw(model.rulebook, model.choices_for_missing(), n as u64));
    let (at_a, at_b) = (model.situation(a.area)?, model.situation(b.area)?);
    let (shares_a, shares_b) = (model.shares(&at_a, a.missing)?, model.shares(&at_b, b.missing)?);
    let outcome = |at: &Situation<'_>, shares: &Shares, weights: &[Vec<f64>], missing: usize| {
        model.finish(at, model.rank(at, shares, weights, missing)?)
    };
    let ranked = model.rank(&at_a, &shares_a, &a.weights, a.missing)?;
    let of_a = model.finish(&at_a, ranked.clone())?;
    let of_b = outcome(&at_b, &shares_b, &b.weights, b.missing)?;
    counts.count(&of_a);
    counts.count(&of_b);
    let a_b = differing(&of_a.listed, &of_b.listed);
    let mut distances = Vec::with_capacity(choices.len());
    for choice in choices {
        let of_mixed = match *choice {
            Choice::Weights => outcome(&at_a, &shares_a, &b.weights, a.missing)?,
            Choice::Area => {
                let shares = model.shares_under(&at_b, (&shares_b, b.missing), a.missing)?;
                outcome(&at_b, &shares, &a.weights, a.missing)?
            }
            Choice::Missing => {
                let shares = model.shares_under(&at_a, (&shares_a, a.missing), b.missing)?;
                outcome(&at_a, &shares, &a.weights, b.missing)?
            }
            Choice::Weight { track, member } => {
                let mut factors = a.weights[track].clone();
                factors[member] = b.weights[track][member];
                let mut ranked = ranked.clone();
                model.rank_track(track, &at_a, &shares_a, &factors, a.missing, &mut ranked)?;
                model.finish(&at_a, ranked)?
            }
        };
        counts.changed(*choice, &of_a, &of_mixed);
        let (a_abi, b_abi) = (differing(&of_a.listed, &of_mixed.listed), differing(&of_b.listed, &of_mixed.listed));
        distances.push(Distances { a_b, a_abi, b_abi });
    }
    Ok(distances)
}

/// The number of places in which two lists differ.
#[allow(clippy::cast_precision_loss)]
fn differing(a: &[bool], b: &[bool]) -> f64 {
    a.iter().zip(b).filter(|(a, b)| a != b).count() as f64
}

/// What is counted over draws.
pub(super) struct Counts {
    pub draws: usize,
    /// By grade, then by unit.
    pub grades: Vec<Vec<u32>>,
    /// By parcel.
    pub listed: Vec<u32>,
    /// The draws in which another value of one choice alone gives another grade: of the weights, the area, the rule for missing
    /// values, by unit.
    changes: [Vec<u32>; 3],
}

impl Counts {
    fn new(model: &Model<'_>) -> Self {
        let of_units = || vec![0; model.units()];
        Self {
            draws: 0,
            grades: vec![of_units(); model.grades.len()],
            listed: vec![0; model.parcels()],
            changes: std::array::from_fn(|_| of_units()),
        }
    }

    fn count(&mut self, outcome: &Outcome) {
        self.draws += 1;
        for (unit, grade) in outcome.grade.iter().enumerate() {
            self.grades[usize::from(*grade)][unit] += 1;
        }
        self.listed.iter_mut().zip(&outcome.listed).for_each(|(count, listed)| *count += u32::from(*listed));
    }

    fn changed(&mut self, choice: Choice, of_a: &Outcome, of_mixed: &Outcome) {
        let kind = match choice {
            Choice::Weights => 0,
            Choice::Area => 1,
            Choice::Missing => 2,
            Choice::Weight { .. } => return,
        };
        let grades = of_a.grade.iter().zip(&of_mixed.grade);
        self.changes[kind].iter_mut().zip(grades).for_each(|(count, (a, mixed))| *count += u32::from(a != mixed));
    }

    fn add(&mut self, other: &Self) {
        self.draws += other.draws;
        let mine = self.grades.iter_mut().chain([&mut self.listed]).chain(&mut self.changes);
        for (mine, other) in mine.zip(other.grades.iter().chain([&other.listed]).chain(&other.changes)) {
            mine.iter_mut().zip(other).for_each(|(mine, other)| *mine += other);
        }
    }

    /// Counts as shares of the draws.
    #[allow(clippy::cast_precision_loss)]
    pub fn shares(&self, counts: &[u32]) -> Vec<f64> {
        counts.iter().map(|count| f64::from(*count) / self.draws as f64).collect()
    }

    /// The label of a unit whose own grade is that at `own`, which is firm from a share `firm` of the draws on.
    #[allow(clippy::cast_precision_loss)]
    pub fn label(&self, unit: usize, own: usize, firm: f64) -> Option<Label> {
        let of_own = self.grades[own][unit] as usize;
        if own + 1 == self.grades.len() && of_own == self.draws {
            return None;
        }
        let [weights, area, missing] = [0, 1, 2].map(|kind| self.changes[kind][unit]);
        Some(if of_own as f64 >= firm * self.draws as f64 {
            Label::Firm
        } else if missing > weights && missing >= area {
            Label::HangsOnMissing
        } else if area > weights {
            Label::HangsOnArea
        } else {
            Label::Borderline
        })
    }
}
