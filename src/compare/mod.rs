//! Two gradings of the same parcels held against each other: who moves, who enters and leaves the list, and why.

mod correlation;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::list::reasons;
use crate::rulebook::NOT_ASSESSABLE;
use crate::surveyed::Surveyed;
pub use correlation::{kendall, spearman};

/// Indicators and bonuses told of each parcel that moves.
const MOST_POINTS: usize = 3;
/// Points that differ by less are the same.
const SAME_POINTS: f64 = 1e-9;
/// Fewer parcels than this have no rank correlation.
const FEWEST: usize = 3;

/// What two gradings have in common and what not.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The grades of both, best first, T last.
    pub grades: Vec<String>,
    /// The number of parcels by grade before and grade after.
    pub crossed: Vec<Vec<usize>>,
    /// Number of parcels in both.
    pub both: usize,
    /// Parcels that are in the one alone, in ascending order.
    pub only_before: Vec<String>,
    pub only_after: Vec<String>,
    /// Number of parcels that are on the list afterwards and were not, and the other way round.
    pub enter: usize,
    pub leave: usize,
    /// The parcels whose grade changes or that enter or leave the list: the largest moves first.
    pub moves: Vec<Move>,
    /// Rank correlation of the scores, by track before and track after; the largest first.
    pub correlations: Vec<Correlation>,
}

/// A parcel that moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    pub id: String,
    pub before: Standing,
    pub after: Standing,
    pub why: Vec<Why>,
}

/// Where a parcel stands in one grading.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub grade: String,
    pub score: Option<f64>,
    /// Within its track.
    pub rank: Option<u32>,
    pub listed: bool,
}

/// What is different about a parcel.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// It is exempted by another clause, or by none any more: the codes.
    Exemption { before: Option<String>, after: Option<String> },
    /// It is graded by another formula: the ids of the tracks.
    Track { before: Option<String>, after: Option<String> },
    /// An adjustment changes its grade afterwards, or no longer does.
    Adjustment { code: String, holds: bool },
    /// A low-efficiency rule holds afterwards, or no longer does.
    Rule { code: String, holds: bool },
    /// An indicator or bonus brings other points.
    Points { id: String, before: Option<f64>, after: Option<f64> },
    /// Nothing about itself: the others moved, or the border did.
    Others,
}

/// Rank correlation of the scores of parcels that are in one track before and in one after.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    pub before: String,
    pub after: String,
    pub parcels: usize,
    pub spearman: Option<f64>,
    pub kendall: Option<f64>,
}

/// Compares two gradings parcel by parcel; of several parcels with one id the first with the first, the second with the second.
#[must_use]
pub fn compare(before: &Surveyed, after: &Surveyed) -> Comparison {
    let rows_after: HashMap<(&str, usize), usize> = keys(&after.ids).zip(0..).collect();
    let pairs: Vec<(usize, usize)> =
        keys(&before.ids).enumerate().filter_map(|(row, key)| Some((row, *rows_after.get(&key)?))).collect();
    let grades = grades(before, after);
    let place = |grade: &str| grades.iter().position(|known| known == grade).unwrap_or(grades.len() - 1);
    let mut crossed = vec![vec![0; grades.len()]; grades.len()];
    let mut moves = Vec::new();
    for &(a, b) in &pairs {
        let (standing_a, standing_b) = (standing(before, a), standing(after, b));
        crossed[place(&standing_a.grade)][place(&standing_b.grade)] += 1;
        if standing_a.grade != standing_b.grade || standing_a.listed != standing_b.listed {
            let why = why((before, a), (after, b));
            moves.push(Move { id: before.ids[a].clone(), before: standing_a, after: standing_b, why });
        }
    }
    let size = |m: &Move| {
        let ranks = m.before.rank.zip(m.after.rank).map_or(0, |(a, b)| a.abs_diff(b));
        (place(&m.before.grade).abs_diff(place(&m.after.grade)), ranks)
    };
    moves.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.id.cmp(&b.id)));
    let keys_before: BTreeSet<(&str, usize)> = keys(&before.ids).collect();
    let mut only_before: Vec<String> =
        keys(&before.ids).filter(|key| !rows_after.contains_key(key)).map(|(id, _)| id.to_owned()).collect();
    let mut only_after: Vec<String> =
        keys(&after.ids).filter(|key| !keys_before.contains(key)).map(|(id, _)| id.to_owned()).collect();
    only_before.sort();
    only_after.sort();
    let change = |from: bool| moves.iter().filter(|m| m.before.listed == from && m.after.listed != from).count();
    Comparison {
        crossed,
        both: pairs.len(),
        only_before,
        only_after,
        enter: change(false),
        leave: change(true),
        correlations: correlations(before, after, &pairs),
        grades,
        moves,
    }
}

/// Each id with how often it occurred before.
fn keys(ids: &[String]) -> impl Iterator<Item = (&str, usize)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    ids.iter().map(move |id| {
        let count = seen.entry(id).or_insert(0);
        *count += 1;
        (id.as_str(), *count - 1)
    })
}

fn grades(before: &Surveyed, after: &Surveyed) -> Vec<String> {
    let mut grades = before.rulebook.grades();
    for grade in after.rulebook.grades() {
        if !grades.contains(&grade) {
            grades.push(grade);
        }
    }
    grades.push(NOT_ASSESSABLE.to_owned());
    grades
}

fn standing(of: &Surveyed, row: usize) -> Standing {
    let grading = &of.grading;
    Standing {
        grade: grading.grade[row].clone(),
        score: grading.score[row],
        rank: grading.rank[row],
        listed: of.listing.listed[row],
    }
}

fn track(of: &Surveyed, row: usize) -> Option<&str> {
    of.grading.track[row].map(|track| of.rulebook.tracks[track].id.as_str())
}

fn why(before: (&Surveyed, usize), after: (&Surveyed, usize)) -> Vec<Why> {
    let mut all = Vec::new();
    let exempt = |(of, row): (&Surveyed, usize)| of.grading.exempt[row].map(|n| of.rulebook.exemptions[n].code.clone());
    if exempt(before) != exempt(after) {
        all.push(Why::Exemption { before: exempt(before), after: exempt(after) });
    }
    let id = |(of, row): (&Surveyed, usize)| track(of, row).map(str::to_owned);
    if id(before) != id(after) {
        all.push(Why::Track { before: id(before), after: id(after) });
    }
    let adjusted = |(of, row): (&Surveyed, usize)| -> BTreeSet<String> {
        of.grading.adjusted[row].iter().map(|a| of.rulebook.adjustments[a.adjustment].code.clone()).collect()
    };
    all.extend(changes(&adjusted(before), &adjusted(after)).map(|(code, holds)| Why::Adjustment { code, holds }));
    let rules = |(of, row): (&Surveyed, usize)| -> BTreeSet<String> {
        let known = reasons(&of.rulebook);
        of.listing.reasons[row].iter().filter(|n| known[**n].clause.is_some()).map(|n| known[*n].code.clone()).collect()
    };
    all.extend(changes(&rules(before), &rules(after)).map(|(code, holds)| Why::Rule { code, holds }));
    all.extend(points(before, after));
    if all.is_empty() {
        all.push(Why::Others);
    }
    all
}

/// What is in one of two sets alone, and whether it is in the second.
fn changes<'a>(before: &'a BTreeSet<String>, after: &'a BTreeSet<String>) -> impl Iterator<Item = (String, bool)> + 'a {
    before.symmetric_difference(after).map(|code| (code.clone(), after.contains(code)))
}

/// The indicators and bonuses whose points differ most; what one side does not have brings it nothing.
fn points(before: (&Surveyed, usize), after: (&Surveyed, usize)) -> Vec<Why> {
    let of = |(of, row): (&Surveyed, usize)| -> BTreeMap<String, Option<f64>> {
        let indicators = of.grading.indicators.iter().map(|i| (i.id.clone(), i.points[row]));
        indicators.chain(of.grading.bonuses.iter().map(|b| (b.id.clone(), b.points[row]))).collect()
    };
    let (before, after) = (of(before), of(after));
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut all: Vec<(f64, Why)> = ids
        .into_iter()
        .map(|id| {
            let (a, b) = (before.get(id).copied().flatten(), after.get(id).copied().flatten());
            let by = (b.unwrap_or(0.0) - a.unwrap_or(0.0)).abs();
            (by, Why::Points { id: id.clone(), before: a, after: b })
        })
        .filter(|(by, _)| *by > SAME_POINTS)
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter().take(MOST_POINTS).map(|(_, why)| why).collect()
}

fn correlations(before: &Surveyed, after: &Surveyed, pairs: &[(usize, usize)]) -> Vec<Correlation> {
    let mut scores: BTreeMap<(&str, &str), Vec<(f64, f64)>> = BTreeMap::new();
    for &(a, b) in pairs {
        if let (Some(track_a), Some(track_b)) = (track(before, a), track(after, b))
            && let (Some(x), Some(y)) = (before.grading.score[a], after.grading.score[b])
        {
            scores.entry((track_a, track_b)).or_default().push((x, y));
        }
    }
    let mut all: Vec<Correlation> = scores
        .into_iter()
        .filter(|(_, scores)| scores.len() >= FEWEST)
        .map(|((a, b), scores)| Correlation {
            before: a.to_owned(),
            after: b.to_owned(),
            parcels: scores.len(),
            spearman: spearman(&scores),
            kendall: kendall(&scores),
        })
        .collect();
    all.sort_by_key(|pair| std::cmp::Reverse(pair.parcels));
    all
}
