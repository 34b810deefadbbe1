//! What one unit would have if some of its indicators had other values: as a full grading would find it, without grading everybody.
//!
//! The unit stays where it is: exempt or not, in its track, among its peers, in the group that shares its quota. Conditions of
//! adjustments that name the score, the grade or an indicator are asked again, others stand.

use std::cmp::Ordering;

use polars::prelude::*;
use rayon::prelude::*;

use super::Graded;
use super::adjust::new_grade;
use super::assessment::{Assessment, Condition, TrackFacts, holds};
use super::grade::grade_among;
use super::normalise::{Held, present, share};
use super::points::{Node, points};
use super::track::{Choices, TrackScores, bonus, score_track, shares_of_weight, treated_values};
use crate::error::{Error, Result};
use crate::rulebook::{Grading, Missing, NOT_ASSESSABLE, Normalise, Outliers, Rulebook, Track};

/// A grading of which can be asked what other values would change.
pub struct WhatIf<'a> {
    rulebook: &'a Rulebook,
    assessment: &'a Assessment,
    graded: &'a Graded,
    tracks: Vec<TrackState>,
    /// All grades, best first.
    grades: Vec<String>,
}

/// What a change of one value moves beside the unit's own points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moves {
    Nobody,
    /// The points of others for the same indicator.
    OneColumn,
    /// Weights come from the data, or it is TOPSIS.
    Everything,
}

/// What a unit would have.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub score: Option<f64>,
    /// The grade that the score alone gives.
    pub by_score: String,
    pub grade: String,
    /// The last adjustment that changed it.
    pub adjustment: Option<usize>,
}

impl Outcome {
    fn of(score: Option<f64>, by_score: &str) -> Self {
        Self { score, by_score: by_score.to_owned(), grade: by_score.to_owned(), adjustment: None }
    }
}

/// What is kept of a track between questions.
struct TrackState {
    tree: Node,
    rules: Vec<Missing>,
    columns: Vec<ColumnState>,
    /// One value changes its own column of shares and nothing else: weights are as written, and it is not TOPSIS.
    by_column: bool,
    /// The units of each quota group that have a score, worst first, and their scores as they are compared.
    ranked: Vec<(Vec<usize>, Vec<f64>)>,
    /// The quota group of each unit.
    group: Vec<Option<usize>>,
}

/// What the values of an indicator are held against.
struct ColumnState {
    /// Nothing is done about extreme values, and no mean is put in for missing ones.
    plain: bool,
    /// And it is held against fixed numbers: nobody else's share moves.
    alone: bool,
    /// One entry a comparison.
    held: Vec<Held>,
    /// The comparison a unit is placed by.
    of_unit: Vec<Option<usize>>,
    /// Beyond these values are moved onto them.
    limits: (f64, f64),
}

impl<'a> WhatIf<'a> {
    /// `graded` is the grading of `assessment` by `rulebook`, without other choices.
    #[must_use]
    pub fn new(rulebook: &'a Rulebook, assessment: &'a Assessment, graded: &'a Graded) -> Self {
        let state =
            |((track, facts), scores): ((&Track, &TrackFacts), &TrackScores)| track_state(track, facts, scores, assessment);
        let tracks = rulebook.tracks.iter().zip(&assessment.tracks).zip(&graded.tracks).map(state).collect();
        Self { rulebook, assessment, graded, tracks, grades: rulebook.grades() }
    }

    /// The grade by score of a unit of a track if it had this score and everybody else theirs of now.
    #[must_use]
    pub fn standing(&self, unit: usize, score: f64) -> &'a str {
        let Some(n) = self.assessment.track[unit] else { return NOT_ASSESSABLE };
        let grading = &self.rulebook.tracks[n].grading;
        let state = &self.tracks[n];
        let Some((units, scores)) = state.group[unit].map(|group| &state.ranked[group]) else { return NOT_ASSESSABLE };
        let own = grading.compared(score);
        let place_of = |own: f64| {
            // The first that is not before it; the scores are in order, and so are the ids of equal ones.
            let (mut low, mut high) = (0, units.len());
            while low < high {
                let middle = usize::midpoint(low, high);
                if self.order((units[middle], scores[middle]), (unit, own)).is_lt() { low = middle + 1 } else { high = middle }
            }
            low
        };
        // Its place of now, where it stands among the others; past the end of them if it has no score.
        let now = self.graded.score[unit].map_or(units.len(), |score| place_of(grading.compared(score)));
        let place = place_of(own);
        let place = if place > now { place - 1 } else { place };
        let count = if now < units.len() { units.len() } else { units.len() + 1 };
        let other = |n: usize| scores[if n >= now { n + 1 } else { n }];
        let at = |n: usize| match n.cmp(&place) {
            Ordering::Less => other(n),
            Ordering::Equal => own,
            Ordering::Greater => other(n - 1),
        };
        grade_among(grading, count, &at, place)
    }

    /// The score of a unit with some values changed while nobody else's points move; means are moved as well as adding up allows, and
    /// what is done about extreme values stays as it is. None where values cannot be changed one by one, or there is no score.
    #[must_use]
    pub fn score_alone(&self, unit: usize, changes: &[(usize, f64)]) -> Option<f64> {
        let n = self.assessment.track[unit].filter(|n| self.tracks[*n].by_column)?;
        let mut shares = self.shares_now(n, unit);
        for (k, x) in changes {
            shares[*k] = self.own_share(n, unit, *k, *x);
        }
        self.score_from(n, unit, &shares)
    }

    /// Score and grade of a unit with some values changed, each an indicator of its track and the value: those of a full grading.
    ///
    /// # Errors
    /// Weights cannot be taken from the data any more, or a condition cannot be computed.
    pub fn outcome(&self, unit: usize, changes: &[(usize, f64)]) -> Result<Outcome> {
        let Some(n) = self.assessment.track[unit] else { return self.adjusted(unit, changes, None, NOT_ASSESSABLE) };
        let (score, by_score) =
            if self.tracks[n].by_column { self.by_column(n, unit, changes) } else { self.anew(n, unit, changes)? };
        self.adjusted(unit, changes, score, &by_score)
    }

    /// What the adjustments make of a grade by score, those left aside whose conditions name the score, the grade or an indicator.
    #[must_use]
    pub fn settled(&self, unit: usize, by_score: &str) -> Outcome {
        let known = |condition: &Condition, _: &str| Ok(matches!(condition, Condition::Known(holds) if holds[unit]));
        // It cannot fail: nothing is asked.
        self.adjusted_where(None, by_score, known).unwrap_or_else(|_| Outcome::of(None, by_score))
    }

    fn adjusted(&self, unit: usize, changes: &[(usize, f64)], score: Option<f64>, by_score: &str) -> Result<Outcome> {
        self.adjusted_where(score, by_score, |condition, grade| match condition {
            Condition::Known(holds) => Ok(holds[unit]),
            Condition::Asked { text, at } => {
                let row = self.row(unit, changes, score, grade)?;
                Ok(holds(&row, text).map_err(|e| e.at(self.rulebook.at(at)))?.contains(&true))
            }
        })
    }

    /// Applies the adjustments of which `holds` says so, given the grade before.
    fn adjusted_where(
        &self,
        score: Option<f64>,
        by_score: &str,
        holds: impl Fn(&Condition, &str) -> Result<bool>,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::of(score, by_score);
        for (n, (adjustment, condition)) in self.rulebook.adjustments.iter().zip(&self.assessment.adjustments).enumerate() {
            if let Some(new) = new_grade(adjustment, &outcome.grade, &self.grades)
                && holds(condition, &outcome.grade)?
            {
                (outcome.grade, outcome.adjustment) = (new, Some(n));
            }
        }
        Ok(outcome)
    }

    /// The row of the unit with what conditions of adjustments can name.
    fn row(&self, unit: usize, changes: &[(usize, f64)], score: Option<f64>, grade: &str) -> Result<DataFrame> {
        let mut row = self.assessment.table.slice(i64::try_from(unit).unwrap_or(i64::MAX), 1);
        let mut put = |column: Column| row.with_column(column).map(|_| ()).map_err(|e| Error::new(e.to_string()));
        put(Column::new("score".into(), [score]))?;
        put(Column::new("grade".into(), [grade]))?;
        for indicator in self.rulebook.indicators() {
            let value = self.assessment.track[unit].and_then(|n| {
                let k = self.rulebook.tracks[n].indicators.iter().position(|i| i.id == indicator.id)?;
                let changed = changes.iter().find(|(changed, _)| *changed == k).map(|(_, x)| *x);
                changed.or(self.assessment.tracks[n].values[k][unit])
            });
            put(Column::new(format!("i_{}", indicator.id).as_str().into(), [value]))?;
        }
        Ok(row)
    }

    /// Score and grade by score where a change moves nothing but its own column of shares.
    fn by_column(&self, n: usize, unit: usize, changes: &[(usize, f64)]) -> (Option<f64>, String) {
        let (track, facts, state) = (&self.rulebook.tracks[n], &self.assessment.tracks[n], &self.tracks[n]);
        let group = state.group[unit];
        let matters =
            |other: usize| other == unit || matches!(track.grading, Grading::Quota { .. }) && state.group[other] == group;
        let mut own = self.shares_now(n, unit);
        let mut moved: Vec<(usize, usize, Option<f64>)> = Vec::new();
        for (k, x) in changes {
            if state.columns[*k].alone {
                own[*k] = self.own_share(n, unit, *k, *x);
                continue;
            }
            for (other, share) in self.moved_shares(n, unit, (*k, *x), &matters) {
                if other == unit {
                    own[*k] = share;
                } else {
                    moved.push((other, *k, share));
                }
            }
        }
        let Some(score) = self.score_from(n, unit, &own) else { return (None, NOT_ASSESSABLE.to_owned()) };
        if moved.is_empty() {
            return (Some(score), self.standing(unit, score).to_owned());
        }
        moved.sort_unstable_by_key(|(other, k, _)| (*other, *k));
        let moved: Vec<&[(usize, usize, Option<f64>)]> = moved.chunk_by(|a, b| a.0 == b.0).collect();
        let score_of = |moved: &&[(usize, usize, Option<f64>)]| {
            let other = moved[0].0;
            // Who has no value at all is not scored, whatever is put in for it.
            facts.values.iter().find(|column| column[other].is_some())?;
            let mut shares = self.shares_now(n, other);
            moved.iter().for_each(|(_, k, share)| shares[*k] = *share);
            Some((other, self.score_from(n, other, &shares)?))
        };
        let scores: Vec<Option<(usize, f64)>> = moved.par_iter().with_min_len(1024).map(score_of).collect();
        let mut gone = vec![false; state.group.len()];
        moved.iter().for_each(|moved| gone[moved[0].0] = true);
        gone[unit] = true;
        let scores = scores.into_iter().flatten().chain([(unit, score)]);
        (Some(score), self.placed(n, unit, &gone, scores.collect()))
    }

    /// The shares that other units have after a change, where they are other ones; of the unit itself in any case. Of those that matter.
    fn moved_shares(
        &self,
        n: usize,
        unit: usize,
        (k, x): (usize, f64),
        matters: &dyn Fn(usize) -> bool,
    ) -> Vec<(usize, Option<f64>)> {
        let (facts, state) = (&self.assessment.tracks[n], &self.tracks[n]);
        let (indicator, column, before) =
            (&self.rulebook.tracks[n].indicators[k], &state.columns[k], &self.graded.tracks[n].shares[k]);
        let differs = |other: usize, share: Option<f64>| {
            matters(other) && (other == unit || share.map(f64::to_bits) != before[other].map(f64::to_bits))
        };
        match (indicator.normalise, indicator.normalise.and_then(Normalise::over), facts.values[k][unit]) {
            (Some(method), Some(over), Some(now)) if column.plain => {
                let moved =
                    facts.peers.comparisons(over).into_iter().enumerate().filter(|(_, c)| c.among.binary_search(&unit).is_ok());
                let shares = moved.flat_map(|(at, c)| {
                    let held = if method.takes_means() {
                        let value = |other: &usize| if *other == unit { Some(x) } else { facts.values[k][*other] };
                        Held::of(method, c.among.iter().filter_map(value).collect())
                    } else {
                        column.held[at].with(now, x)
                    };
                    let value = move |other: usize| if other == unit { Some(x) } else { facts.values[k][other] };
                    c.units
                        .iter()
                        .map(move |other| (*other, value(*other).and_then(|x| share(method, indicator.direction, &held, x))))
                });
                shares.filter(|(other, share)| differs(*other, *share)).collect()
            }
            _ => {
                let mut values = facts.values[k].clone();
                values[unit] = Some(x);
                let values = treated_values(indicator, &values, state.rules[k], &facts.peers);
                let shares = shares_of_weight(indicator, &values, state.rules[k], &facts.peers);
                let members = facts.peers.members().iter();
                members.map(|other| (*other, shares[*other])).filter(|(other, share)| differs(*other, *share)).collect()
            }
        }
    }

    /// Score and grade by score from scoring the track anew.
    fn anew(&self, n: usize, unit: usize, changes: &[(usize, f64)]) -> Result<(Option<f64>, String)> {
        let (track, mut facts) = (&self.rulebook.tracks[n], self.assessment.tracks[n].clone());
        changes.iter().for_each(|(k, x)| facts.values[*k][unit] = Some(*x));
        let scored = score_track(track, &facts, Choices::default())?;
        let Some(score) = scored.score[unit] else { return Ok((None, NOT_ASSESSABLE.to_owned())) };
        let group = self.tracks[n].group[unit].map_or(&[][..], |group| &facts.quota_groups[group]);
        let scores = group.iter().filter_map(|other| Some((*other, scored.score[*other]?))).collect();
        Ok((Some(score), self.placed(n, unit, &vec![true; scored.score.len()], scores)))
    }

    /// The grade by score of a unit among those that share its quota: those of now but the ones that are gone, and those of `scores`, the
    /// unit among them.
    fn placed(&self, n: usize, unit: usize, gone: &[bool], scores: Vec<(usize, f64)>) -> String {
        let (grading, state) = (&self.rulebook.tracks[n].grading, &self.tracks[n]);
        let Some(ranked) = state.group[unit].map(|group| &state.ranked[group]) else { return NOT_ASSESSABLE.to_owned() };
        let mut put: Vec<(usize, f64)> = scores.into_iter().map(|(unit, score)| (unit, grading.compared(score))).collect();
        put.sort_by(|a, b| self.order(*a, *b));
        let stays = ranked.0.iter().copied().zip(ranked.1.iter().copied()).filter(|(unit, _)| !gone[*unit]);
        let mut stays = stays.peekable();
        let mut all: Vec<(usize, f64)> = Vec::with_capacity(ranked.0.len() + 1);
        for next in put {
            while let Some(before) = stays.next_if(|stays| self.order(*stays, next).is_lt()) {
                all.push(before);
            }
            all.push(next);
        }
        all.extend(stays);
        let place = all.iter().position(|(other, _)| *other == unit).unwrap_or_default();
        grade_among(grading, all.len(), &|n| all[n].1, place).to_owned()
    }

    /// Who is ranked below: the lower score as it is compared; of equal ones the smaller id.
    fn order(&self, (a, x): (usize, f64), (b, y): (usize, f64)) -> Ordering {
        x.total_cmp(&y).then_with(|| self.assessment.ids[a].cmp(&self.assessment.ids[b])).then(a.cmp(&b))
    }

    /// Whether the values of a track can be changed one by one, and whether a change of this indicator's moves nobody else.
    #[must_use]
    pub(crate) fn moves(&self, track: usize, k: usize) -> Moves {
        match self.tracks[track].columns.get(k) {
            Some(column) if column.alone => Moves::Nobody,
            Some(_) => Moves::OneColumn,
            None => Moves::Everything,
        }
    }

    fn shares_now(&self, n: usize, unit: usize) -> Vec<Option<f64>> {
        self.graded.tracks[n].shares.iter().map(|column| column[unit]).collect()
    }

    /// The share of a value of a unit in place of the one it has.
    fn own_share(&self, n: usize, unit: usize, k: usize, x: f64) -> Option<f64> {
        let (indicator, column) = (&self.rulebook.tracks[n].indicators[k], &self.tracks[n].columns[k]);
        let method = indicator.normalise?;
        if method.over().is_none() {
            return share(method, indicator.direction, &Held::default(), x);
        }
        let x = x.clamp(column.limits.0, column.limits.1);
        let now = self.graded.tracks[n].values[k][unit]?;
        share(method, indicator.direction, &column.held[column.of_unit[unit]?].with(now, x), x)
    }

    fn score_from(&self, n: usize, unit: usize, shares: &[Option<f64>]) -> Option<f64> {
        let (facts, state) = (&self.assessment.tracks[n], &self.tracks[n]);
        let points = points(&state.tree, &self.graded.tracks[n].weights, &state.rules, shares);
        points.score.map(|score| score + bonus(facts, unit))
    }
}

fn track_state(track: &Track, facts: &TrackFacts, scores: &TrackScores, assessment: &Assessment) -> TrackState {
    let rules: Vec<Missing> = track.indicators.iter().map(|indicator| track.missing(indicator)).collect();
    let by_column = !track.aggregation.is_topsis() && track.weighting.entropy == 0.0 && track.weighting.critic == 0.0;
    let columns = if by_column {
        (0..track.indicators.len()).map(|k| column_state(track, k, rules[k], facts, &scores.values[k])).collect()
    } else {
        Vec::new()
    };
    let ids = &assessment.ids;
    let ranked = |group: &Vec<usize>| {
        let scored = group.iter().filter_map(|unit| Some((*unit, track.grading.compared(scores.score[*unit]?))));
        let mut scored: Vec<(usize, f64)> = scored.collect();
        scored.sort_by(|(a, x), (b, y)| x.total_cmp(y).then_with(|| ids[*a].cmp(&ids[*b])).then(a.cmp(b)));
        scored.into_iter().unzip()
    };
    let groups = &facts.quota_groups;
    let mut group = vec![None; ids.len()];
    groups.iter().enumerate().for_each(|(n, units)| units.iter().for_each(|unit| group[*unit] = Some(n)));
    TrackState { tree: Node::of(track), rules, columns, by_column, ranked: groups.iter().map(ranked).collect(), group }
}

fn column_state(track: &Track, k: usize, rule: Missing, facts: &TrackFacts, values: &[Option<f64>]) -> ColumnState {
    let indicator = &track.indicators[k];
    let plain = indicator.outliers.is_none() && !matches!(rule, Missing::MeanValue | Missing::MeanScore);
    let (held, of_unit) = (Vec::new(), vec![None; values.len()]);
    let mut state = ColumnState { plain, alone: plain, held, of_unit, limits: (f64::NEG_INFINITY, f64::INFINITY) };
    if let Some(Outliers::Share { .. }) = indicator.outliers {
        let there = values.iter().flatten();
        state.limits = there.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), x| (min.min(*x), max.max(*x)));
    }
    let Some((method, over)) = indicator.normalise.and_then(|method| Some((method, method.over()?))) else { return state };
    state.alone = false;
    for comparison in facts.peers.comparisons(over) {
        comparison.units.iter().for_each(|unit| state.of_unit[*unit] = Some(state.held.len()));
        state.held.push(Held::of(method, present(comparison.among, values).map(|(_, x)| x).collect()));
    }
    state
}
