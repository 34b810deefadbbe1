//! From indicators to points, scores and grades.
//!
//! [`assess`] finds out who is graded by which formula and takes the raw values; [`grade_all`] scores each track by itself
//! ([`score_track`]), turns scores into grades ([`grade()`]) and applies the adjustments. In order: exemptions, tracks, values,
//! outliers, missing values, shares of the weights ([`normalise()`]), points, bonuses, score, grade, vetoes and caps. Nothing is rounded
//! but where a grading says that scores are compared rounded.

pub(crate) mod adjust;
mod assessment;
mod grade;
mod normalise;
mod peers;
mod points;
mod ties;
mod track;
mod unasked;
mod units;
mod weights;
mod what_if;

use std::sync::Arc;

use polars::prelude::DataFrame;

use crate::error::Result;
use crate::finding::Finding;
use crate::rulebook::{NOT_ASSESSABLE, Place, Rulebook, Track};
pub use adjust::Adjusted;
pub use assessment::{Assessment, TrackFacts, assess, try_expressions};
pub(crate) use grade::{count, order_of_ids, places};
pub use grade::{grade, rank};
pub use normalise::normalise;
pub use peers::{PeerGroups, peer_groups};
pub use points::Weights;
pub(crate) use points::{Node, score_alone};
pub use track::{Choices, TrackScores, score_track};
pub(crate) use track::{bonus, drawn, shares_of_weight, treated_values};
pub use unasked::{Unasked, unasked};
pub use units::Units;
pub(crate) use weights::weights;
pub(crate) use what_if::Moves;
pub use what_if::{Outcome, WhatIf};

/// The grades of all parcels, one entry a parcel.
#[derive(Debug, Clone, Default)]
pub struct Grading {
    /// Index of the track, `None` where no track takes the parcel.
    pub track: Vec<Option<usize>>,
    /// The exemption that keeps a parcel from being graded.
    pub exempt: Vec<Option<usize>>,
    /// Whom the parcel was compared with: the values of the peer columns with `/` between.
    pub peer_group: Vec<Option<Arc<str>>>,
    /// One entry an indicator, in the order of [`Rulebook::indicators`].
    pub indicators: Vec<IndicatorResult>,
    /// One entry a bonus, in the order of [`Rulebook::bonuses`].
    pub bonuses: Vec<BonusResult>,
    pub score: Vec<Option<f64>>,
    /// Place within the track, 1 for the highest score; equal scores share the better place.
    pub rank: Vec<Option<u32>>,
    /// The grade; T where a parcel cannot be assessed.
    pub grade: Vec<String>,
    /// The adjustments that changed the grade, in their order.
    pub adjusted: Vec<Vec<Adjusted>>,
}

/// One indicator over all parcels.
#[derive(Debug, Clone)]
pub struct IndicatorResult {
    pub id: String,
    /// The raw value, in the indicator's unit.
    pub value: Vec<Option<f64>>,
    /// The points it brought; with the bonuses they sum to the score.
    pub points: Vec<Option<f64>>,
}

/// One bonus over all parcels.
#[derive(Debug, Clone)]
pub struct BonusResult {
    pub id: String,
    pub points: Vec<Option<f64>>,
}

/// The scores and grades of all units under one set of choices.
#[derive(Debug, Clone)]
pub struct Graded {
    pub tracks: Vec<TrackScores>,
    pub score: Vec<Option<f64>>,
    pub rank: Vec<Option<u32>>,
    pub grade: Vec<String>,
    pub adjusted: Vec<Vec<Adjusted>>,
}

/// Grades every parcel by the rulebook. Borders of quotas that part equal scores are told.
///
/// # Errors
/// An expression of the rulebook names an unknown column or cannot be computed.
pub fn score(
    rulebook: &Rulebook,
    table: &DataFrame,
    parcel_ids: &[String],
    sums: &[String],
    findings: &mut Vec<Finding>,
) -> Result<Grading> {
    let assessment = assess(rulebook, table, parcel_ids, sums, findings)?;
    let graded = grade_all(rulebook, &assessment, Choices::default())?;
    findings.extend(ties::split_ties(rulebook, &assessment, &graded));
    Ok(by_parcel(rulebook, assessment, graded))
}

/// Scores and grades all units under some choices.
///
/// # Errors
/// Weights cannot be taken from the data, or the condition of an adjustment cannot be computed.
pub fn grade_all(rulebook: &Rulebook, assessment: &Assessment, choices: Choices<'_>) -> Result<Graded> {
    let units = assessment.ids.len();
    let (mut score, mut ranks, mut grades) = (vec![None; units], vec![None; units], vec![NOT_ASSESSABLE.to_owned(); units]);
    let mut tracks = Vec::with_capacity(rulebook.tracks.len());
    for (n, (track, facts)) in rulebook.tracks.iter().zip(&assessment.tracks).enumerate() {
        let scores =
            score_track(track, facts, choices).map_err(|e| e.at(rulebook.at(&Place::key("track").nth(n).then("weighting"))))?;
        let scored = |units: &[usize]| -> (Vec<usize>, Vec<f64>) {
            units.iter().filter_map(|unit| scores.score[*unit].map(|score| (*unit, score))).unzip()
        };
        let (members, all) = scored(facts.peers.members());
        for ((unit, score_of), rank) in members.iter().zip(&all).zip(rank(&all)) {
            (score[*unit], ranks[*unit]) = (Some(*score_of), Some(rank));
        }
        for group in &facts.quota_groups {
            let (members, scores) = scored(group);
            let names: Vec<&str> = members.iter().map(|unit| assessment.ids[*unit].as_str()).collect();
            for (unit, given) in members.iter().zip(grade(&track.grading, &scores, &names)) {
                given.clone_into(&mut grades[*unit]);
            }
        }
        tracks.push(scores);
    }
    let adjusted = adjust::adjust(rulebook, assessment, &score, &mut grades)?;
    Ok(Graded { tracks, score, rank: ranks, grade: grades, adjusted })
}

/// What each unit has, for each of its parcels.
#[must_use]
pub fn by_parcel(rulebook: &Rulebook, assessment: Assessment, graded: Graded) -> Grading {
    let Assessment { units, ids, exempt, track, tracks, .. } = assessment;
    let mut peer_group = vec![None; ids.len()];
    for facts in &tracks {
        facts.peers.members().iter().for_each(|unit| peer_group[*unit] = facts.peers.compared_with(*unit));
    }
    let (mut values, mut bonuses, mut members) = (Vec::new(), Vec::new(), Vec::new());
    for facts in tracks {
        members.push(facts.peers.into_members());
        values.push(facts.values);
        bonuses.push(facts.bonuses);
    }
    let mut points: Vec<Vec<Vec<Option<f64>>>> = graded.tracks.into_iter().map(|scores| scores.points).collect();
    // Of the tracks that have it; each has its own units.
    let merged = |place: &dyn Fn(&Track) -> Option<usize>, columns: &mut [Vec<Vec<Option<f64>>>]| {
        let mut all: Option<Vec<Option<f64>>> = None;
        for (n, track) in rulebook.tracks.iter().enumerate() {
            let Some(k) = place(track) else { continue };
            let column = std::mem::take(&mut columns[n][k]);
            let all = all.get_or_insert_with(|| vec![None; ids.len()]);
            members[n].iter().for_each(|unit| all[*unit] = column[*unit]);
        }
        units.spread(all.unwrap_or_default())
    };
    let indicators = rulebook
        .indicators()
        .iter()
        .map(|indicator| {
            let place = |track: &Track| track.indicators.iter().position(|i| i.id == indicator.id);
            IndicatorResult { id: indicator.id.clone(), value: merged(&place, &mut values), points: merged(&place, &mut points) }
        })
        .collect();
    let bonuses = rulebook
        .bonuses()
        .iter()
        .map(|bonus| BonusResult {
            id: bonus.id.clone(),
            points: merged(&|track| track.bonuses.iter().position(|b| b.id == bonus.id), &mut bonuses),
        })
        .collect();
    Grading {
        track: units.spread(track),
        exempt: units.spread(exempt),
        peer_group: units.spread(peer_group),
        indicators,
        bonuses,
        score: units.spread(graded.score),
        rank: units.spread(graded.rank),
        grade: units.spread(graded.grade),
        adjusted: units.spread(graded.adjusted),
    }
}
