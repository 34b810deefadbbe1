//! The way out: the smallest change of one indicator's value that lifts the grade, and the cheapest pair of changes.
//!
//! The change is of the value alone: what else in the rulebook names the same figure (the condition of a track, a veto on the figure
//! itself) stands as it is. Everybody else keeps their values; their points move where they are held against the parcel.

use serde::Serialize;

use super::Name;

/// What lifts the grade.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WayOut {
    /// Why no change of a value can; none where one may.
    pub barrier: Option<Barrier>,
    /// One entry an indicator: those that can lift the grade first, the cheapest before; then the others in the order of the track.
    pub singles: Vec<SingleChange>,
    /// The cheapest change of two indicators at once; none where one of them alone is as cheap, or no pair lifts the grade.
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
    /// It cannot be assessed before these indicators have a value.
    MissingFigures(Vec<String>),
    /// A veto or cap, with its code, holds whatever the score.
    Adjustment(String),
}

/// What one indicator can do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SingleChange {
    pub indicator: String,
    pub outcome: SingleOutcome,
}

/// Whether a change of one indicator lifts the grade.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SingleOutcome {
    Lifts(Change),
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
    /// True: any change for the better does, however small; `to` is the next number there is.
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
    pub also_in: Vec<String>,
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
