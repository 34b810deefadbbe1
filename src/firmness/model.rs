//! A rulebook as a function of what could have been chosen otherwise: from a draw to the grade of each unit and the list of parcels.
//!
//! What a draw does not change is taken over: raw values and shares of indicators without the area, shares where only weights differ, the
//! grades of other tracks where one track's weight differs, the answers of conditions that name nothing drawn.

use std::borrow::Cow;

use rayon::prelude::*;

use super::areas::{Areas, Column, Facts, Parcels};
use super::questions::{Asked, Graded, Needs, Question};
use crate::error::{Error, Result};
use crate::rulebook::{Missing, NOT_ASSESSABLE, Place, Rulebook, Track};
use crate::score::adjust::new_grade;
use crate::score::{
    Assessment, Choices, Node, TrackFacts, Weights, bonus, drawn, order_of_ids, places, score_alone, score_track,
    shares_of_weight, treated_values, weights,
};

pub(super) struct Model<'a> {
    pub rulebook: &'a Rulebook,
    pub areas: Areas<'a>,
    parcels: Parcels<'a>,
    trees: Vec<Node>,
    /// The rules for missing values: by choice, track and indicator.
    rules: Vec<Vec<Vec<Missing>>>,
    /// For each choice the first that puts the same means into the values.
    alike: Vec<usize>,
    /// Shares that no area changes: by choice of those that differ, track and indicator.
    left: Vec<Vec<Vec<Option<Column>>>>,
    /// The place of each unit's id among all.
    order: Vec<u32>,
    /// Every grade, best first, T last.
    pub grades: Vec<String>,
    /// The places in `grades` of each track's grades as written.
    of_tracks: Vec<Vec<u8>>,
    adjustments: Vec<Adjusting<'a>>,
    on_list: Vec<bool>,
    list: Vec<Question<'a>>,
}

/// An adjustment and what it makes of each grade.
struct Adjusting<'a> {
    when: Question<'a>,
    becomes: Vec<u8>,
}

/// The facts of one drawing of areas, and the answers that hang on them alone.
pub(super) struct Situation<'a> {
    facts: Facts<'a>,
    adjusting: Vec<Option<Vec<bool>>>,
    listing: Vec<Option<Vec<bool>>>,
}

/// Shares of the weights and weights before any draw, by track.
#[derive(Clone)]
pub(super) struct Shares(Vec<(Vec<Column>, Weights)>);

/// Grades and scores of the units before adjustments.
#[derive(Clone)]
pub(super) struct Ranked {
    grade: Vec<u8>,
    score: Vec<Option<f64>>,
}

/// What a draw comes to.
pub(super) struct Outcome {
    /// By unit, places in [`Model::grades`].
    pub grade: Vec<u8>,
    /// By parcel.
    pub listed: Vec<bool>,
}

impl<'a> Model<'a> {
    /// # Errors
    /// An expression or condition of the rulebook cannot be computed.
    pub fn new(rulebook: &'a Rulebook, parcels: Parcels<'a>, own: &'a Assessment) -> Result<Self> {
        let areas = Areas::new(rulebook, parcels, own)?;
        let rules = missing_rules(rulebook);
        let fills = |choice: usize| rules[choice].iter().flatten().map(|rule| fill(*rule)).collect::<Vec<_>>();
        let alike: Vec<usize> =
            (0..rules.len()).map(|choice| (0..choice).find(|other| fills(*other) == fills(choice)).unwrap_or(choice)).collect();
        let mut grades = rulebook.grades();
        grades.push(NOT_ASSESSABLE.to_owned());
        let place = |grade: &str| grades.iter().position(|known| known == grade).and_then(|n| u8::try_from(n).ok());
        let place = |grade: &str| place(grade).ok_or_else(|| Error::new(format!("there is no place for the grade \"{grade}\"")));
        let of_tracks = rulebook
            .tracks
            .iter()
            .map(|track| track.grading.grades_as_written().into_iter().map(place).collect())
            .collect::<Result<_>>()?;
        let ends = areas.ends()?;
        let context = (rulebook, parcels, &areas, ends.as_ref());
        let order = &grades[..grades.len() - 1];
        let adjustments = (rulebook.adjustments.iter().enumerate())
            .map(|(n, adjustment)| {
                let when = Question::new(&adjustment.when, Place::key("adjustment").nth(n).then("when"), Asked::Units, context)?;
                let becomes = |grade: &String| place(&new_grade(adjustment, grade, order).unwrap_or_else(|| grade.clone()));
                Ok(Adjusting { when, becomes: grades.iter().map(becomes).collect::<Result<_>>()? })
            })
            .collect::<Result<_>>()?;
        let list = (rulebook.rules.iter().enumerate())
            .map(|(n, rule)| Question::new(&rule.when, Place::key("rule").nth(n).then("when"), Asked::Parcels, context))
            .collect::<Result<_>>()?;
        let mut model = Self {
            trees: rulebook.tracks.iter().map(Node::of).collect(),
            order: order_of_ids(&own.ids.iter().map(String::as_str).collect::<Vec<_>>()),
            on_list: grades.iter().map(|grade| rulebook.list.grades.contains(grade)).collect(),
            left: Vec::new(),
            rulebook,
            areas,
            parcels,
            rules,
            alike,
            grades,
            of_tracks,
            adjustments,
            list,
        };
        model.left = model.left_by_areas();
        Ok(model)
    }

    /// Number of rules for missing values to choose from.
    pub fn choices_for_missing(&self) -> usize {
        self.rules.len()
    }

    pub fn units(&self) -> usize {
        self.order.len()
    }

    pub fn parcels(&self) -> usize {
        self.parcels.ids.len()
    }

    fn left_by_areas(&self) -> Vec<Vec<Vec<Option<Column>>>> {
        let facts = self.areas.own();
        let of_choice = |choice: usize| {
            let of_track = |t: usize| {
                let indicators = 0..self.rulebook.tracks[t].indicators.len();
                indicators.map(|k| self.areas.leave(t, k).then(|| self.share(&facts, choice, t, k))).collect()
            };
            (0..self.rulebook.tracks.len()).map(of_track).collect()
        };
        (0..self.rules.len()).map(|choice| if self.alike[choice] == choice { of_choice(choice) } else { Vec::new() }).collect()
    }

    /// One indicator's values, or its shares where it is normalised by itself.
    fn share(&self, facts: &Facts<'_>, choice: usize, t: usize, k: usize) -> Column {
        let (indicator, rule) = (&self.rulebook.tracks[t].indicators[k], self.rules[choice][t][k]);
        let peers = &facts.assessment.tracks[t].peers;
        let values = treated_values(indicator, &facts.values[t][k], rule, peers);
        if indicator.normalise.is_none() {
            return values.into();
        }
        shares_of_weight(indicator, &values, rule, peers).into()
    }

    /// The facts with the areas of one draw.
    ///
    /// # Errors
    /// An expression or condition cannot be computed.
    pub fn situation(&self, area: u64) -> Result<Situation<'a>> {
        let facts = self.areas.drawn(area)?;
        let answers = |question: &Question<'_>| question.with_areas(self.rulebook, self.parcels, &facts);
        let adjusting = self.adjustments.iter().map(|adjusting| answers(&adjusting.when)).collect::<Result<_>>()?;
        let listing = self.list.iter().map(answers).collect::<Result<_>>()?;
        Ok(Situation { facts, adjusting, listing })
    }

    /// Shares of the weights under a rule for missing values, and the weights.
    ///
    /// # Errors
    /// Weights cannot be taken from the data.
    pub fn shares(&self, situation: &Situation<'_>, missing: usize) -> Result<Shares> {
        let facts = &situation.facts;
        let of_track = |(t, track): (usize, &Track)| {
            let left = &self.left[self.alike[missing]][t];
            let columns: Vec<Column> = (0..track.indicators.len())
                .into_par_iter()
                .map(|k| left[k].clone().unwrap_or_else(|| self.share(facts, missing, t, k)))
                .collect();
            if track.aggregation.is_topsis() {
                return Ok((columns, Weights { indicators: Vec::new(), groups: Vec::new() }));
            }
            let weights =
                weights(track, &columns, facts.assessment.tracks[t].peers.members()).map_err(|e| self.in_track(e, t))?;
            Ok((columns, weights))
        };
        self.rulebook.tracks.iter().enumerate().map(of_track).collect::<Result<_>>().map(Shares)
    }

    /// As [`Model::shares`], from those under another rule: the same where both put the same means into the values.
    ///
    /// # Errors
    /// As for [`Model::shares`].
    pub fn shares_under(&self, situation: &Situation<'_>, (shares, of): (&Shares, usize), missing: usize) -> Result<Shares> {
        if self.alike[of] == self.alike[missing] { Ok(shares.clone()) } else { self.shares(situation, missing) }
    }

    fn in_track(&self, error: Error, t: usize) -> Error {
        error.at(self.rulebook.at(&Place::key("track").nth(t).then("weighting")))
    }

    /// Ranks and grades every track.
    ///
    /// # Errors
    /// Weights cannot be taken from the data.
    pub fn rank(&self, situation: &Situation<'_>, shares: &Shares, factors: &[Vec<f64>], missing: usize) -> Result<Ranked> {
        let units = self.units();
        let mut ranked = Ranked { grade: vec![self.not_assessable(); units], score: vec![None; units] };
        for (t, factors) in factors.iter().enumerate() {
            self.rank_track(t, situation, shares, factors, missing, &mut ranked)?;
        }
        Ok(ranked)
    }

    /// Ranks and grades the units of one track; those of the others stay.
    ///
    /// # Errors
    /// Weights cannot be taken from the data.
    pub fn rank_track(
        &self,
        t: usize,
        situation: &Situation<'_>,
        shares: &Shares,
        factors: &[f64],
        missing: usize,
        ranked: &mut Ranked,
    ) -> Result<()> {
        let facts = &situation.facts.assessment.tracks[t];
        self.score(t, &situation.facts, shares, factors, missing, &mut ranked.score)?;
        for group in &facts.quota_groups {
            group.iter().for_each(|unit| ranked.grade[*unit] = self.not_assessable());
            let (units, scores): (Vec<usize>, Vec<f64>) =
                group.iter().filter_map(|unit| ranked.score[*unit].map(|score| (*unit, score))).unzip();
            let order: Vec<u32> = units.iter().map(|unit| self.order[*unit]).collect();
            for (unit, place) in units.iter().zip(places(&self.rulebook.tracks[t].grading, &scores, &order)) {
                ranked.grade[*unit] = self.of_tracks[t].get(place).copied().unwrap_or_else(|| self.not_assessable());
            }
        }
        Ok(())
    }

    fn score(
        &self,
        t: usize,
        facts: &Facts<'_>,
        shares: &Shares,
        factors: &[f64],
        missing: usize,
        score: &mut [Option<f64>],
    ) -> Result<()> {
        let (track, of_track, values) = (&self.rulebook.tracks[t], &facts.assessment.tracks[t], &facts.values[t]);
        let (columns, weights) = &shares.0[t];
        if track.aggregation.is_topsis() {
            let values = values.iter().map(|column| column.to_vec()).collect();
            let choices = Choices { weights: Some(factors), missing: self.rulebook.firmness.missing.get(missing).copied() };
            let scores =
                score_track(track, &TrackFacts { values, ..of_track.clone() }, choices).map_err(|e| self.in_track(e, t))?;
            of_track.peers.members().iter().for_each(|unit| score[*unit] = scores.score[*unit]);
            return Ok(());
        }
        let weights = drawn(weights.clone(), track, factors);
        let (tree, rules) = (&self.trees[t], &self.rules[missing][t]);
        for &unit in of_track.peers.members() {
            let known = values.iter().any(|column| column[unit].is_some());
            let points = known.then(|| score_alone(tree, &weights, rules, &|k| columns[k][unit])).flatten();
            score[unit] = points.map(|points| points + bonus(of_track, unit));
        }
        Ok(())
    }

    fn not_assessable(&self) -> u8 {
        u8::try_from(self.grades.len() - 1).unwrap_or(u8::MAX)
    }

    /// Applies adjustments and draws up the list.
    ///
    /// # Errors
    /// A condition cannot be computed.
    pub fn finish(&self, situation: &Situation<'_>, ranked: Ranked) -> Result<Outcome> {
        let Ranked { mut grade, score } = ranked;
        for (adjusting, answers) in self.adjustments.iter().zip(&situation.adjusting) {
            let holds = self.holds(&adjusting.when, answers.as_deref(), situation, &score, &grade)?.into_owned();
            grade.iter_mut().zip(holds).filter(|(_, holds)| *holds).for_each(|(grade, _)| {
                *grade = adjusting.becomes[usize::from(*grade)];
            });
        }
        let units = &situation.facts.assessment.units;
        let mut listed: Vec<bool> = (0..self.parcels()).map(|row| self.on_list[usize::from(grade[units.of(row)])]).collect();
        for (question, answers) in self.list.iter().zip(&situation.listing) {
            let holds = self.holds(question, answers.as_deref(), situation, &score, &grade)?;
            listed.iter_mut().zip(holds.iter()).for_each(|(listed, holds)| *listed |= holds);
        }
        Ok(Outcome { grade, listed })
    }

    /// The answers to a condition: those of every draw, those of the situation, or else asked with these scores and grades.
    fn holds<'b>(
        &self,
        question: &'b Question<'_>,
        answers: Option<&'b [bool]>,
        situation: &Situation<'_>,
        score: &[Option<f64>],
        grade: &[u8],
    ) -> Result<Cow<'b, [bool]>> {
        match (&question.needs, answers) {
            (Needs::Nothing(known), _) => Ok(Cow::Borrowed(known)),
            (_, Some(known)) => Ok(Cow::Borrowed(known)),
            _ => {
                let graded = Graded { score, grade, names: &self.grades };
                question.ask(self.rulebook, self.parcels, &situation.facts, Some(graded)).map(Cow::Owned)
            }
        }
    }
}

/// The rules for missing values that could have been chosen: by choice, track and indicator.
fn missing_rules(rulebook: &Rulebook) -> Vec<Vec<Vec<Missing>>> {
    let choices: Vec<Option<Missing>> = match rulebook.firmness.missing.as_slice() {
        [] => vec![None],
        some => some.iter().copied().map(Some).collect(),
    };
    let of_track = |track: &Track, choice: Option<Missing>| {
        track.indicators.iter().map(|indicator| choice.unwrap_or_else(|| track.missing(indicator))).collect()
    };
    choices.iter().map(|choice| rulebook.tracks.iter().map(|track| of_track(track, *choice)).collect()).collect()
}

/// What a rule for missing values puts into values or shares before units are scored.
fn fill(rule: Missing) -> Option<Missing> {
    Some(rule).filter(|rule| matches!(rule, Missing::MeanValue | Missing::MeanScore))
}
