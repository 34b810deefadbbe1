//! Why a parcel has its grade, and the way out of it: data, nothing of how it is shown.

mod explainer;
mod figures;
mod search;
mod sources;
mod way_out;

use serde::Serialize;

use crate::error::Result;
use crate::rulebook::{AreaKind, Direction, Normalise, Over, Text};
use crate::surveyed::Surveyed;
pub use explainer::Explainer;
pub use way_out::{AreaDivisor, Barrier, Change, FigureChange, PairChange, SingleChange, SingleOutcome, WayOut};

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Name {
    pub zh: String,
    pub en: String,
}

impl From<&Text> for Name {
    fn from(text: &Text) -> Self {
        name(text.zh(), text.en())
    }
}

/// Why a parcel has its grade. Numbers are as computed; nothing is rounded.
///
/// The points of `indicators` and `bonuses` sum to `score`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    pub parcel: ParcelFacts,
    /// The exemption that keeps it from being graded.
    pub exemption: Option<Provision>,
    /// None where it is exempt or no track takes it.
    pub track: Option<TrackOf>,
    /// In the order of the track; empty where there is none.
    pub indicators: Vec<Contribution>,
    /// Those of its track that have a value for it.
    pub bonuses: Vec<BonusPoints>,
    /// None where it cannot be assessed.
    pub score: Option<f64>,
    /// Place within the track by score, 1 for the highest; equal scores share the better place.
    pub rank: Option<Rank>,
    /// Where the next grades by score begin.
    pub border: Borders,
    /// The grade that the score alone gives; T where there is none.
    pub grade_by_score: String,
    /// What changed the grade after that, in order.
    pub adjustments: Vec<AdjustmentMade>,
    pub grade: String,
    /// Why it is on the list: grade first, then rules in their order. Empty: it is not.
    pub reasons: Vec<ListReason>,
    /// Codes of the faults found in its row.
    pub findings: Vec<String>,
    pub way_out: WayOut,
}

/// What a parcel is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParcelFacts {
    pub id: String,
    /// Its row in the parcel layer, from 0 (as in [`Surveyed::ids`]).
    pub row: usize,
    /// The other parcels graded with it as one unit, by id.
    pub graded_with: Vec<String>,
    pub occupants: Vec<OccupantOf>,
    pub district_code: Option<String>,
    pub park_id: Option<String>,
    /// Ids of the layout zones it lies in.
    pub layout_zones: Vec<String>,
    pub area_stated_m2: Option<f64>,
    pub area_statutory_m2: Option<f64>,
    pub area_geodesic_m2: Option<f64>,
    /// The area its figures are divided by: which of the three, and how many mu it is.
    #[serde(serialize_with = "area_kind")]
    pub divided_by: AreaKind,
    pub area_mu: Option<f64>,
}

/// An enterprise on the parcel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OccupantOf {
    pub id: String,
    pub name: Option<String>,
    /// Its row in the enterprise table, from 1.
    pub row: usize,
    /// The share of its figures that counts here, 0 to 1.
    pub share: f64,
}

/// What a rulebook provides, where, and after which source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provision {
    pub code: String,
    pub name: Name,
    pub clause: Name,
    pub source: Name,
}

/// The track that grades the parcel, and its peers in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrackOf {
    pub id: String,
    pub name: Name,
    /// Number of units in the track; those that are not assessable are counted.
    pub units: usize,
    /// The values of the peer columns with `/` between; none where the whole track is the group, or a peer column is missing.
    pub peer_group: Option<String>,
    /// Number of units in its peer group, itself counted; 0 where a peer column is missing.
    pub peers: usize,
    /// Number of units it is held against among peers: another one than `peers` where a small group is held against the track (then
    /// that of the track) or against nobody (0).
    pub held_against: usize,
}

/// One indicator of the parcel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    pub id: String,
    pub name: Name,
    /// Unit of the value, in both languages.
    pub unit: Name,
    /// Digits after the point where the value is shown.
    pub decimals: u8,
    /// More is better.
    #[serde(serialize_with = "direction")]
    pub direction: Direction,
    /// The raw value.
    pub value: Option<f64>,
    /// The value the points are taken from: the raw one unless `treatment` says otherwise.
    pub used: Option<f64>,
    /// The weight as the track is scored: as written, or from the data; within its group where it is in one.
    pub weight: f64,
    /// The group of indicators it is in.
    pub group: Option<Name>,
    /// The share of the weight its value brings, usually 0 to 1.
    pub share: Option<f64>,
    /// The points it brings to the score.
    pub points: Option<f64>,
    /// The points a full share (1, or the cap of its method) would bring if all weights count; none where no share is the greatest.
    pub most_points: Option<f64>,
    pub treatment: Treatment,
    /// How a value becomes a share, as the rulebook says it.
    #[serde(skip)]
    pub normalise: Option<Normalise>,
    /// The units its value is held against; none where there are none.
    pub among: Option<Distribution>,
    pub sources: Vec<SourceCell>,
    /// True: its figures have no published source.
    pub illustrative: bool,
}

/// What was done with a value before it became points. Missing is also a value that nothing can be made of: all are the same, the
/// group is too small.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    AsIs,
    /// An extreme value moved onto a less extreme one.
    Winsorised,
    /// Missing; the mean value of its peers was put in.
    PeersMeanValue,
    /// Missing; it brings the mean share of its peers.
    PeersMeanScore,
    /// Missing; left out, the others are weighed up.
    LeftOut,
    /// Missing; no points.
    NoPoints,
    /// Missing; so many points were deducted.
    Deducted(f64),
    /// Missing; for this the parcel is not assessable.
    NotAssessable,
    /// Without the area that divides there is no value of any indicator.
    NoArea,
}

/// The values that a value is held against, or where it is held against fixed numbers those of its peers; itself counted, missing ones not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distribution {
    #[serde(serialize_with = "over")]
    pub over: Over,
    /// How many there are.
    pub values: usize,
    pub min: f64,
    /// Quartiles, linear between the two nearest values.
    pub lower_quartile: f64,
    pub median: f64,
    pub upper_quartile: f64,
    pub max: f64,
    /// Its place among them, 1 for the best; equal values share the better place. None where the value is missing.
    pub rank: Option<usize>,
}

/// A place of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rank {
    pub place: usize,
    pub of: usize,
}

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceCell {
    /// The column of the survey that the rulebook's expression names.
    pub field: String,
    /// Its Chinese name, where it is a known field.
    pub field_zh: Option<String>,
    /// The input: `parcels`, `enterprises`.
    pub input: &'static str,
    /// Name of the file, without its folder.
    pub file: String,
    /// The parcel or enterprise whose row it is.
    pub of: String,
    /// Row of data, from 1.
    pub row: usize,
    /// Line of the file where the file is a table of lines with the heading in the first one.
    pub line: Option<usize>,
    /// The column as the file names it.
    pub column: String,
    /// What is between column and field.
    pub how: CellUse,
    /// The value in the field's unit.
    pub value: CellValue,
}

/// What happens to a cell before an expression sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CellUse {
    AsIs,
    /// From another unit.
    Converted {
        unit: String,
        factor: f64,
    },
    /// One of the columns of an expression in `survey.toml`.
    Expression(String),
    /// The area of the shape in that row.
    Shape,
    /// The place of the shape in that row.
    Location,
    /// One enterprise's figure of which this share counts here.
    Shared(f64),
    /// The figure of the parcel's main occupant, who may be this one.
    MainOccupant,
    /// A number of rows.
    Counted,
}

/// A value of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CellValue {
    Number(f64),
    Text(String),
    Missing,
}

/// Points beside the indicators.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BonusPoints {
    pub id: String,
    pub name: Name,
    pub points: f64,
    pub clause: Option<Name>,
    pub sources: Vec<SourceCell>,
}

/// The grades beside the one by score.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Borders {
    pub better: Option<Border>,
    pub worse: Option<Border>,
}

/// Where another grade begins while everybody else's score stands still.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Border {
    pub grade: String,
    /// For a better grade the least score that has it, for a worse one the greatest: to the last bit, rounding, ties and the ids of
    /// equals considered.
    pub score: f64,
}

/// A veto, cap or protection that changed the grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdjustmentMade {
    pub provision: Provision,
    pub from: String,
    pub to: String,
}

/// A reason to be on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListReason {
    /// `GRADE_D`, or the code of the rule.
    pub code: String,
    pub name: Name,
    /// None for a grade.
    pub clause: Option<Name>,
    pub source: Option<Name>,
}

/// Explains the grade of the parcel in a row of the survey.
///
/// # Errors
/// There is no such row, or an expression of the rulebook cannot be computed.
pub fn explain(survey: &Surveyed, row: usize) -> Result<Explanation> {
    Explainer::new(survey)?.explain(row)
}

fn name(zh: &str, en: &str) -> Name {
    Name { zh: zh.to_owned(), en: en.to_owned() }
}

// serde calls with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn area_kind<S: serde::Serializer>(kind: &AreaKind, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(kind.name())
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn direction<S: serde::Serializer>(direction: &Direction, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(if *direction == Direction::More { "more" } else { "less" })
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn over<S: serde::Serializer>(over: &Over, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(match over {
        Over::Peers => "peers",
        Over::Track => "track",
        Over::Everyone => "everyone",
    })
}

#[cfg(test)]
mod tests;
