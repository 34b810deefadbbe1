//! The way out: the smallest change of one indicator's value that lifts the grade, and the cheapest pair of changes.
//!
//! The change is of the value alone: what else in the rulebook names the same figure (the condition of a track, a veto on the figure
//! itself) stands as it is. Everybody else keeps their values; their points move where they are held against the parcel.

use serde::Serialize;

use super::figures::{Figure, Figures};
use super::search::Search;
use super::{Name, name};
use crate::read::fields::field;

/// What lifts the grade.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WayOut {
    /// Why no change of a value can; none where one may.
    pub barrier: Option<Barrier>,
    /// One entry an indicator: those that can lift the grade first, the cheapest before; then the others in the order of the track.
    pub singles: Vec<SingleChange>,
    /// The cheapest change of two indicators at once; none where one alone is as cheap or no pair lifts the grade. Not looked for where
    /// weights come from the data, and in TOPSIS.
    pub pair: Option<PairChange>,
}

/// Why no change of a value lifts the grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Barrier {
    /// There is no better grade.
    BestAlready,
    /// An exemption, with its code: it is not graded.
    Exempt(String),
    /// No track takes it: the figures are missing that would say which.
    NoTrack,
    /// The area that divides is missing: without it nothing can be said per mu.
    NoArea,
    /// It cannot be assessed before these indicators have a value.
    MissingFigures(Vec<Name>),
    /// Not even the best score of all has a better grade: the quota of its group has no place in one.
    NoPlace,
    /// A veto or cap, with its code, holds whatever the score.
    Adjustment(String),
}

/// What one indicator can do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SingleChange {
    pub indicator: String,
    pub name: Name,
    pub outcome: SingleOutcome,
}

/// Whether a change of one indicator lifts the grade.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SingleOutcome {
    Lifts(Box<Change>),
    /// Its value is missing: the figure has to be supplied first.
    SupplyFigure,
    /// Not even the best value does.
    NotEnough,
}

/// A change of one indicator's value, others unchanged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    pub indicator: String,
    pub name: Name,
    pub unit: Name,
    pub decimals: u8,
    pub from: f64,
    /// The value that lifts the grade; a change smaller by 1 % does not.
    pub to: f64,
    /// True: any change for the better does, however small; `to` is the next number there is, and the smaller change is none at all.
    pub any: bool,
    /// What it costs: |to − from| ÷ |from|. None from 0: nothing relative can be said.
    pub relative: Option<f64>,
    /// The grade it leads to.
    pub grade: String,
    /// The same as a change of the figure the value is made from, where it scales with one.
    pub figure: Option<FigureChange>,
}

/// A change of a figure behind an indicator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureChange {
    /// The column of the survey, and its Chinese name where it is a known field.
    pub field: String,
    pub field_zh: Option<String>,
    pub from: f64,
    pub to: f64,
    /// The area the figure is divided by, if it is.
    pub area: Option<AreaDivisor>,
    /// Other indicators of the track that the figure moves as well, which makes the way shorter still or longer.
    pub also_in: Vec<Name>,
}

/// An area that divides a figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AreaDivisor {
    pub field: String,
    pub value: f64,
}

/// The cheapest pair of changes: cost is the sum of the two relative changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairChange {
    pub first: Change,
    pub second: Change,
    pub cost: f64,
}

/// The way out of a unit's grade; `figures` are those of each track and indicator.
pub(super) fn way_out(search: std::result::Result<Search<'_>, Barrier>, figures: &[Figures], unit: usize) -> WayOut {
    let search = match search {
        Ok(search) => search,
        Err(barrier) => return WayOut { barrier: Some(barrier), singles: Vec::new(), pair: None },
    };
    let change = |k: usize, to: f64, grade: &str| change(&search, figures, unit, (k, to), grade);
    let mut singles: Vec<SingleChange> = Vec::new();
    for (k, indicator) in search.track().indicators.iter().enumerate() {
        let outcome = match search.single(k) {
            Ok(lift) => SingleOutcome::Lifts(Box::new(change(k, lift.changes[0].1, &lift.grade))),
            Err(outcome) => outcome,
        };
        singles.push(SingleChange {
            indicator: indicator.id.clone(),
            name: name(&indicator.name_zh, &indicator.name_en),
            outcome,
        });
    }
    let cost = |single: &SingleChange| match &single.outcome {
        SingleOutcome::Lifts(change) => (0, change.relative.unwrap_or(f64::INFINITY)),
        SingleOutcome::SupplyFigure | SingleOutcome::NotEnough => (1, 0.0),
    };
    let cheapest = singles.iter().map(cost).filter(|(rank, _)| *rank == 0).map(|(_, cost)| cost).fold(f64::INFINITY, f64::min);
    singles.sort_by(|a, b| cost(a).0.cmp(&cost(b).0).then(cost(a).1.total_cmp(&cost(b).1)));
    let pair = search.pair(cheapest).map(|lift| {
        let cost = lift.changes.iter().map(|(k, x)| search.cost(*k, *x)).sum();
        let [first, second] = [0, 1].map(|n| change(lift.changes[n].0, lift.changes[n].1, &lift.grade));
        PairChange { first, second, cost }
    });
    WayOut { barrier: None, singles, pair }
}

fn change(search: &Search<'_>, figures: &[Figures], unit: usize, (k, to): (usize, f64), grade: &str) -> Change {
    let indicator = &search.track().indicators[k];
    let from = search.value(k);
    Change {
        indicator: indicator.id.clone(),
        name: name(&indicator.name_zh, &indicator.name_en),
        unit: name(&indicator.unit_zh, &indicator.unit_en),
        decimals: indicator.decimals,
        from,
        to,
        any: search.unseen(k, to),
        relative: Some(search.cost(k, to)).filter(|cost| cost.is_finite()),
        grade: grade.to_owned(),
        figure: figure_change(search, figures, unit, k, from, to),
    }
}

/// The change as one of the figure, where the value scales with one and with no other.
fn figure_change(search: &Search<'_>, figures: &[Figures], unit: usize, k: usize, from: f64, to: f64) -> Option<FigureChange> {
    let scaling: Vec<(&Figure, f64)> =
        figures[k].figures.iter().filter_map(|figure| Some((figure, figure.slope[unit]?))).collect();
    let [(figure, slope)] = scaling[..] else { return None };
    let before = figure.value[unit]?;
    let others = search.track().indicators.iter().zip(figures).enumerate();
    Some(FigureChange {
        field: figure.column.clone(),
        field_zh: field(&figure.column).map(|field| field.zh.clone()),
        from: before,
        to: if from == 0.0 { to / slope } else { before * (to / from) },
        area: figures[k].area.as_ref().and_then(|(field, area)| Some(AreaDivisor { field: field.clone(), value: area[unit]? })),
        also_in: others
            .filter(|(other, (_, figures))| *other != k && figures.columns.contains(&figure.column))
            .map(|(_, (indicator, _))| name(&indicator.name_zh, &indicator.name_en))
            .collect(),
    })
}
