//! From indicators to points, scores and grades.
//!
//! Each track is graded by itself. An indicator's value becomes a share of its weight ([`normalise()`]), the shares times the
//! weights are the points, the points sum to the score, and the score decides the grade ([`grade()`]). Nothing is rounded.

mod grade;
mod normalise;
mod peers;

use std::sync::Arc;

use polars::prelude::DataFrame;
use rayon::prelude::*;

use crate::error::Result;
use crate::finding::Finding;
use crate::indicators;
use crate::rulebook::{Missing, NOT_ASSESSABLE, Rulebook, Track};
use crate::sql;
pub use grade::{grade, rank};
pub use normalise::normalise;
pub use peers::{PeerGroups, peer_groups};

/// The grades of all parcels, one entry a parcel.
#[derive(Debug, Clone, Default)]
pub struct Grading {
    /// Index of the track, `None` where no track takes the parcel.
    pub track: Vec<Option<usize>>,
    /// Whom the parcel was compared with: the values of the peer columns with `/` between.
    pub peer_group: Vec<Option<Arc<str>>>,
    /// One entry an indicator, in the order of [`Rulebook::indicators`].
    pub indicators: Vec<IndicatorResult>,
    pub score: Vec<Option<f64>>,
    /// Place within the track, 1 for the highest score; equal scores share the better place.
    pub rank: Vec<Option<u32>>,
    /// The grade; T where a parcel cannot be assessed.
    pub grade: Vec<String>,
}

/// One indicator over all parcels.
#[derive(Debug, Clone)]
pub struct IndicatorResult {
    pub id: String,
    /// The raw value, in the indicator's unit.
    pub value: Vec<Option<f64>>,
    /// The points it brought; they sum to the score.
    pub points: Vec<Option<f64>>,
}

/// Grades every parcel by the rulebook.
///
/// # Errors
/// An expression of the rulebook names an unknown column or cannot be computed.
pub fn score(rulebook: &Rulebook, table: &DataFrame, ids: &[String], findings: &mut Vec<Finding>) -> Result<Grading> {
    let rows = ids.len();
    let mut grading = Grading {
        track: assign_tracks(rulebook, table)?,
        peer_group: vec![None; rows],
        indicators: rulebook
            .indicators()
            .iter()
            .map(|i| IndicatorResult { id: i.id.clone(), value: vec![None; rows], points: vec![None; rows] })
            .collect(),
        score: vec![None; rows],
        rank: vec![None; rows],
        grade: vec![NOT_ASSESSABLE.to_owned(); rows],
    };
    for (n, track) in rulebook.tracks.iter().enumerate() {
        let members: Vec<bool> = grading.track.iter().map(|t| *t == Some(n)).collect();
        let groups = peer_groups(&track.peers, table, &members).map_err(|e| e.at(format!("track \"{}\", peers", track.id)))?;
        let values = indicators::indicators(track, table, &members, ids, findings)?;
        let shares: Vec<Vec<Option<f64>>> = track
            .indicators
            .iter()
            .zip(&values)
            .map(|(i, values)| normalise(i.normalise, i.direction, values, &groups))
            .collect();
        let summed: Vec<(usize, Option<f64>, Vec<Option<f64>>)> = (0..rows)
            .into_par_iter()
            .filter(|row| members[*row])
            .map(|row| {
                let (score, points) = sum_up(track, &shares.iter().map(|shares| shares[row]).collect::<Vec<_>>());
                (row, score, points)
            })
            .collect();
        let results: Vec<Option<usize>> =
            track.indicators.iter().map(|i| grading.indicators.iter().position(|result| result.id == i.id)).collect();
        for (row, score, points) in summed {
            grading.peer_group[row] = groups.name(row);
            grading.score[row] = score;
            for (k, result) in results.iter().enumerate().filter_map(|(k, result)| Some((k, (*result)?))) {
                grading.indicators[result].value[row] = values[k][row];
                grading.indicators[result].points[row] = points[k];
            }
        }
        let scored: Vec<usize> = (0..rows).filter(|row| members[*row] && grading.score[*row].is_some()).collect();
        let scores: Vec<f64> = scored.iter().filter_map(|row| grading.score[*row]).collect();
        let names: Vec<&str> = scored.iter().map(|row| ids[*row].as_str()).collect();
        for ((row, grade), rank) in scored.iter().zip(grade(&track.grading, &scores, &names)).zip(rank(&scores)) {
            grading.grade[*row] = grade;
            grading.rank[*row] = Some(rank);
        }
    }
    Ok(grading)
}

fn assign_tracks(rulebook: &Rulebook, table: &DataFrame) -> Result<Vec<Option<usize>>> {
    let mut tracks = vec![None; table.height()];
    for (n, track) in rulebook.tracks.iter().enumerate() {
        let takes = match &track.when {
            Some(when) => sql::conditions(table, &[when])
                .map_err(|e| e.at(format!("track \"{}\", when", track.id)))?
                .into_iter()
                .next()
                .unwrap_or_default(),
            None => vec![true; table.height()],
        };
        for (track, _) in tracks.iter_mut().zip(takes).filter(|(track, takes)| track.is_none() && *takes) {
            *track = Some(n);
        }
    }
    Ok(tracks)
}

/// Score and points of one parcel from its shares of the weights.
fn sum_up(track: &Track, shares: &[Option<f64>]) -> (Option<f64>, Vec<Option<f64>>) {
    let nothing = || (None, vec![None; shares.len()]);
    if shares.iter().all(Option::is_none) || (track.missing == Missing::NotAssessable && shares.iter().any(Option::is_none)) {
        return nothing();
    }
    let weights = || track.indicators.iter().map(|i| i.weight);
    let whole: f64 = weights().sum();
    let present: f64 = match track.missing {
        Missing::LeaveOut => weights().zip(shares).filter(|(_, share)| share.is_some()).map(|(weight, _)| weight).sum(),
        Missing::Zero | Missing::NotAssessable => whole,
    };
    let plain: f64 = weights().zip(shares).filter_map(|(weight, share)| share.map(|share| weight * share)).sum();
    let points = weights()
        .zip(shares)
        .map(|(weight, share)| match (share, track.missing) {
            (Some(share), _) => Some(weight * share * whole / present),
            (None, Missing::Zero) => Some(0.0),
            (None, _) => None,
        })
        .collect();
    (Some(plain * whole / present), points)
}
