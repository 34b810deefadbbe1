//! The search for the way out: candidates from the unit's own score while others stand still, each then held against what a full
//! grading would say, and mended by bisection where others move enough.

use super::name;
use super::way_out::{Barrier, SingleOutcome};
use crate::rulebook::{Direction, Normalise, Over, Rulebook, Track};
use crate::score::{Assessment, Graded, Moves, WhatIf};

/// A change smaller by this share of itself does not lift the grade any more.
const SMALLER: f64 = 0.01;
/// How near a bisection comes to the smallest change.
const PRECISION: f64 = 1e-3;
/// A change within this of the value is none that a person would see.
const UNSEEN: f64 = 1e-9;
/// Beyond every score, and not so far that its digits could not be rounded.
pub(super) const FAR: f64 = 1e200;
/// Values are looked for up to so many times the greatest that is there.
const FARTHEST: f64 = 100.0;
/// Values that should be little are looked for down to this share of themselves.
const NEAREST: f64 = 1e-6;
/// Parts of the way of one indicator at which the cheapest partner is looked for.
const PARTS: u32 = 16;

/// One unit that wants a better grade.
pub(super) struct Search<'a> {
    what_if: &'a WhatIf<'a>,
    unit: usize,
    track: usize,
    rules: &'a Track,
    values: Vec<Option<f64>>,
    /// As far as each value is looked for.
    ends: Vec<Option<f64>>,
    grades: Vec<String>,
    now: usize,
    /// The score from which the grade is better while others stand still.
    target: f64,
    /// The score does not reach the target; it does where a condition that hangs on the score keeps the grade down.
    below: bool,
}

/// A change of one value or two: indicator of the track, and the new value.
pub(super) type Changes = Vec<(usize, f64)>;

/// A change that lifts the grade.
pub(super) struct Lift {
    pub changes: Changes,
    pub grade: String,
}

impl<'a> Search<'a> {
    /// What the search starts from, or why there is nothing to be searched.
    pub fn new(
        what_if: &'a WhatIf<'a>,
        rulebook: &'a Rulebook,
        assessment: &'a Assessment,
        graded: &'a Graded,
        unit: usize,
    ) -> Result<Self, Barrier> {
        if let Some(exemption) = assessment.exempt[unit] {
            return Err(Barrier::Exempt(rulebook.exemptions[exemption].code.clone()));
        }
        let Some(n) = assessment.track[unit] else { return Err(Barrier::NoTrack) };
        let (track, facts) = (&rulebook.tracks[n], &assessment.tracks[n]);
        let values: Vec<Option<f64>> = facts.values.iter().map(|column| column[unit]).collect();
        let Some(score) = graded.score[unit] else {
            if !assessment.has_area(unit) {
                return Err(Barrier::NoArea);
            }
            let missing = track.indicators.iter().zip(&values).filter(|(_, value)| value.is_none());
            return Err(Barrier::MissingFigures(
                missing.map(|(indicator, _)| name(&indicator.name_zh, &indicator.name_en)).collect(),
            ));
        };
        let grades = rulebook.grades();
        let now = place(&grades, &graded.grade[unit]);
        let better: Vec<&str> = track.grading.grades().into_iter().filter(|grade| place(&grades, grade) < now).collect();
        if better.is_empty() {
            return Err(Barrier::BestAlready);
        }
        // Grades by score that would do, whatever the conditions say that hang on the score.
        let settled = |grade: &str| what_if.settled(unit, grade);
        let doing: Vec<&str> =
            track.grading.grades().into_iter().filter(|grade| place(&grades, &settled(grade).grade) < now).collect();
        if doing.is_empty() {
            let kept = better.iter().find_map(|grade| settled(grade).adjustment);
            return Err(Barrier::Adjustment(kept.map(|n| rulebook.adjustments[n].code.clone()).unwrap_or_default()));
        }
        let does = |score: f64| doing.contains(&what_if.standing(unit, score));
        if !does(score) && !does(FAR) {
            return Err(Barrier::NoPlace);
        }
        let below = !does(score);
        let target = if below { nearest_that(score, FAR, does) } else { score };
        let greatest = |over: Over, k: usize| {
            let among = facts.peers.among(unit, over).iter().filter_map(|other| facts.values[k][*other]);
            among.fold((0.0f64, false), |(most, negative), x| (most.max(x.abs()), negative || x < 0.0))
        };
        let ends = track.indicators.iter().zip(&values).enumerate().map(|(k, (indicator, value))| {
            let (most, negative) = greatest(indicator.normalise.and_then(Normalise::over).unwrap_or(Over::Track), k);
            Some(end(indicator.normalise, indicator.direction, (*value)?, most, negative))
        });
        let ends = ends.collect();
        Ok(Self { what_if, unit, track: n, rules: track, values, ends, grades, now, target, below })
    }

    /// What a change of one indicator can do.
    pub fn single(&self, k: usize) -> Result<Lift, SingleOutcome> {
        let (Some(from), Some(end)) = (self.values[k], self.ends[k]) else { return Err(SingleOutcome::SupplyFigure) };
        let lift = match self.alone(k, from, end) {
            Some(to) if self.unseen(k, to) => self.lift(&[(k, to - from)], 1.0).or_else(|| self.far(k, from, end)),
            Some(to) => self.least(&[(k, to - from)], (end - from) / (to - from)),
            None => self.far(k, from, end),
        };
        lift.ok_or(SingleOutcome::NotEnough)
    }

    /// The nearest value with which the unit's own score reaches the target while others stand still.
    fn alone(&self, k: usize, from: f64, end: f64) -> Option<f64> {
        let reached = |x: f64| self.what_if.score_alone(self.unit, &[(k, x)]).is_some_and(|score| score >= self.target);
        (self.below && reached(end)).then(|| nearest_that(from, end, reached))
    }

    /// A change where the unit's own score says nothing: others fall behind, weights move, or a condition hangs on the value.
    fn far(&self, k: usize, from: f64, end: f64) -> Option<Lift> {
        let whole = end - from;
        if whole == 0.0 || self.moves(k) == Moves::Nobody && self.below {
            return None;
        }
        let steps: &[f64] = if self.moves(k) == Moves::OneColumn && self.below { &[1.0] } else { &STEPS };
        let mut before = 0.0;
        for step in steps {
            if self.lifted(&self.moved(&[(k, whole)], *step)).is_some() {
                return self.between(&[(k, whole)], before, *step);
            }
            before = *step;
        }
        None
    }

    /// The cheapest pair of changes as far as the own score says, cheaper than `most`; then as a full grading has it.
    pub fn pair(&self, most: f64) -> Option<Lift> {
        if !self.below {
            return None;
        }
        let movable: Vec<usize> = (0..self.values.len()).filter(|k| self.farthest(*k) > 0.0).collect();
        let mut best: Option<(f64, [(usize, f64); 2])> = None;
        for (n, a) in movable.iter().enumerate() {
            for b in &movable[n + 1..] {
                let limit = best.as_ref().map_or(most, |(cost, _)| *cost);
                best = self.partners(*a, *b, limit).or(best);
            }
        }
        let (_, costs) = best?;
        let deltas = costs.map(|(k, cost)| (k, self.at(k, cost) - self.value(k)));
        let unseen = deltas.iter().all(|(k, delta)| self.unseen(*k, self.value(*k) + delta));
        let lift = if unseen { self.lift(&deltas, 1.0) } else { self.least(&deltas, 2.0) }?;
        (lift.changes.iter().map(|(k, x)| self.cost(*k, *x)).sum::<f64>() < most).then_some(lift)
    }

    /// The cheapest pair of these two, cheaper than `limit`: cost of each.
    fn partners(&self, a: usize, b: usize, limit: f64) -> Option<(f64, [(usize, f64); 2])> {
        let reached = |cost_a: f64, cost_b: f64| {
            let changes = [(a, self.at(a, cost_a)), (b, self.at(b, cost_b))];
            self.what_if.score_alone(self.unit, &changes).is_some_and(|score| score >= self.target)
        };
        let (mut best, mut limit) = (None, limit);
        let whole = self.enough(a).min(limit);
        for part in 1..=PARTS {
            let first = whole * f64::from(part) / f64::from(PARTS);
            let most = (limit - first).min(self.farthest(b));
            if most <= 0.0 || !reached(first, most) {
                continue;
            }
            let second = nearest_that(0.0, most, |cost| reached(first, cost));
            // The first may have gone farther than needed.
            let first = nearest_that(0.0, first, |cost| reached(cost, second));
            if first > 0.0 && second > 0.0 && first + second < limit {
                limit = first + second;
                best = Some((limit, [(a, first), (b, second)]));
            }
        }
        best
    }

    /// The cost from which on a change of this indicator alone brings no more.
    fn enough(&self, k: usize) -> f64 {
        let farthest = self.farthest(k);
        let score = |cost: f64| self.what_if.score_alone(self.unit, &[(k, self.at(k, cost))]).unwrap_or(f64::NEG_INFINITY);
        let most = score(farthest);
        nearest_that(0.0, farthest, |cost| score(cost) >= most)
    }

    /// The value after a change of this cost.
    fn at(&self, k: usize, cost: f64) -> f64 {
        let (from, end) = (self.value(k), self.ends[k].unwrap_or_default());
        let to = from + (end - from).signum() * cost * from.abs();
        if end < from { to.max(end) } else { to.min(end) }
    }

    /// What a change to `x` costs: |x − value| ÷ |value|.
    pub fn cost(&self, k: usize, x: f64) -> f64 {
        self.values[k].map_or(f64::INFINITY, |from| (x - from).abs() / from.abs())
    }

    /// The cost of the farthest change; nothing where the value is missing or 0.
    fn farthest(&self, k: usize) -> f64 {
        match (self.values[k], self.ends[k]) {
            (Some(from), Some(end)) if from != 0.0 => (end - from).abs() / from.abs(),
            _ => 0.0,
        }
    }

    /// The least part of a change that lifts the grade, up to `most` times it; the change itself is a first guess.
    fn least(&self, deltas: &[(usize, f64)], most: f64) -> Option<Lift> {
        let lifts = |part: f64| self.lifted(&self.moved(deltas, part)).is_some();
        if lifts(1.0) {
            return if lifts(1.0 - SMALLER) { self.between(deltas, 0.0, 1.0 - SMALLER) } else { self.lift(deltas, 1.0) };
        }
        let mut before = 1.0;
        for part in
            [1.0 + 1e-9, 1.001, 1.01, 1.05, 1.2, 1.5, 2.0, 4.0, 16.0].into_iter().filter(|part| *part < most).chain([most])
        {
            if lifts(part) {
                return self.between(deltas, before, part);
            }
            before = part;
        }
        None
    }

    /// The least part between one that does not lift the grade and one that does; where larger changes undo smaller ones, one of which
    /// a smaller part does not do.
    fn between(&self, deltas: &[(usize, f64)], not: f64, does: f64) -> Option<Lift> {
        let lifts = |part: f64| self.lifted(&self.moved(deltas, part)).is_some();
        let unseen = |part: f64| deltas.iter().all(|(k, delta)| self.unseen(*k, self.value(*k) + part * delta));
        let (mut low, mut high) = (not, does);
        for _ in 0..8 {
            while high > low * (1.0 + PRECISION) && !unseen(high) {
                let middle = if low == 0.0 {
                    high / 8.0
                } else if high > 4.0 * low {
                    (low * high).sqrt()
                } else {
                    f64::midpoint(low, high)
                };
                if lifts(middle) { high = middle } else { low = middle }
            }
            if unseen(high) || !lifts(high * (1.0 - SMALLER)) {
                break;
            }
            (low, high) = (0.0, high * (1.0 - SMALLER));
        }
        self.lift(deltas, high)
    }

    fn lift(&self, deltas: &[(usize, f64)], part: f64) -> Option<Lift> {
        let changes = self.moved(deltas, part);
        self.lifted(&changes).map(|grade| Lift { changes, grade })
    }

    /// The values after a part of a change; what is too small to be seen has no parts.
    fn moved(&self, deltas: &[(usize, f64)], part: f64) -> Changes {
        let moved = |&(k, delta): &(usize, f64)| {
            let from = self.value(k);
            (k, if self.unseen(k, from + delta) { from + delta } else { from + part * delta })
        };
        deltas.iter().map(moved).collect()
    }

    /// The better grade that a full grading would give after some changes, if it would. After changes that leave no weights to be taken
    /// from the data there is none.
    fn lifted(&self, changes: &[(usize, f64)]) -> Option<String> {
        let grade = self.what_if.outcome(self.unit, changes).ok()?.grade;
        (place(&self.grades, &grade) < self.now).then_some(grade)
    }

    fn moves(&self, k: usize) -> Moves {
        self.what_if.moves(self.track, k)
    }

    /// Whether a change is so small that any for the better would do.
    pub fn unseen(&self, k: usize, to: f64) -> bool {
        // The end is about a hundred times the greatest value: a scale for changes from 0.
        let (from, end) = (self.value(k), self.ends[k].unwrap_or_default());
        (to - from).abs() <= UNSEEN * from.abs().max(1e-3 * (end - from).abs())
    }

    /// The value of now; 0 where it is missing.
    pub fn value(&self, k: usize) -> f64 {
        self.values[k].unwrap_or_default()
    }

    pub fn track(&self) -> &'a Track {
        self.rules
    }
}

/// Parts of the way at which a change is tried where the own score says nothing.
const STEPS: [f64; 12] = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0];

/// Place of a grade, best first; T is behind all.
fn place(grades: &[String], grade: &str) -> usize {
    grades.iter().position(|known| known == grade).unwrap_or(grades.len())
}

/// As far as a value is looked for: up to [`FARTHEST`] times the greatest there is, down to next to nothing, or below it where
/// there are negative values.
fn end(method: Option<Normalise>, direction: Direction, value: f64, greatest: f64, negative: bool) -> f64 {
    let post = match method {
        Some(Normalise::Benchmark { value, .. }) => value.abs(),
        Some(Normalise::Goalposts { min, max, .. }) => min.abs().max(max.abs()),
        _ => 0.0,
    };
    let far = FARTHEST * greatest.max(value.abs()).max(post);
    match direction {
        Direction::More => far,
        Direction::Less if negative || value < 0.0 => -far,
        Direction::Less => value * NEAREST,
    }
}

/// The number nearest to `from` on the way to `to` of which `holds` says so, to the last bit; it holds of `to`, not of `from`, and from
/// one number on.
pub(super) fn nearest_that(from: f64, to: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut not, mut does) = (in_order(from), in_order(to));
    while not.abs_diff(does) > 1 {
        let middle = not.midpoint(does);
        if holds(of_order(middle)) { does = middle } else { not = middle }
    }
    of_order(does)
}

/// Whole numbers in the order of the numbers they stand for.
fn in_order(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

fn of_order(n: i64) -> f64 {
    f64::from_bits((n ^ ((n >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}
