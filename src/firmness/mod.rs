//! How firm the grades are: graded again many times with weights, areas and the rule for missing values drawn from the ranges that the
//! rulebook declares.
//!
//! Draws come in pairs A and B; all of them give the shares of the grades, and A with one choice taken from B shows what hangs on this
//! choice (`sobol.rs`). Nothing is drawn twice and nothing depends on threads or the order of the rows (`draws.rs`).

mod areas;
mod draws;
mod model;
mod pairs;
mod questions;
mod sobol;
#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::rulebook::Rulebook;
use crate::score::{Grading, assess};
pub(crate) use areas::Parcels;
use model::Model;
pub use sobol::{Estimate, Indices};

/// Up to so many weights each has indices of its own.
const MOST_SINGLE_WEIGHTS: usize = 12;

/// How firm the grades of a survey are. Members with one entry a parcel are in input order.
#[derive(Debug, Clone, PartialEq)]
pub struct Firmness {
    /// Number of draws.
    pub draws: usize,
    /// Every grade, best first, T last.
    pub grades: Vec<String>,
    /// By grade the share of the draws that give it to each parcel.
    pub shares: Vec<Vec<f64>>,
    /// The share of the draws that have each parcel on the list.
    pub listed: Vec<f64>,
    /// None: the parcel is not assessable, in the survey and in every draw.
    pub label: Vec<Option<Label>>,
    /// What the list hangs on.
    pub choices: Vec<Sensitivity>,
}

/// How firm a grade is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// At least the rulebook's `firm` share of the draws give the survey's own grade.
    Firm,
    /// Fewer, and no choice changes the grade in more draws than the weights do.
    Borderline,
    /// Fewer, and the area within its tolerance changes the grade in most draws.
    HangsOnArea,
    /// Fewer, and the rule for missing values changes the grade in most draws.
    HangsOnMissing,
}

impl Label {
    /// Every label.
    pub const ALL: [Self; 4] = [Self::Firm, Self::Borderline, Self::HangsOnArea, Self::HangsOnMissing];

    /// As written in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::Borderline => "borderline",
            Self::HangsOnArea => "data_dependent_area",
            Self::HangsOnMissing => "data_dependent_missing",
        }
    }

    /// For people, in Chinese and English.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Firm => ("稳定", "firm"),
            Self::Borderline => ("临界", "borderline"),
            Self::HangsOnArea => ("取决于数据：面积", "data-dependent: area"),
            Self::HangsOnMissing => ("取决于数据：缺项规则", "data-dependent: missing values"),
        }
    }
}

/// A choice of the rulebook's maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// All weights.
    Weights,
    Area,
    Missing,
    /// One weight of a track: of its indicators, then its groups.
    Weight {
        track: usize,
        member: usize,
    },
}

impl Choice {
    /// As written in outputs: `weights`, `area`, `missing`, `weight:<track>.<indicator or group>`.
    #[must_use]
    pub fn name(self, rulebook: &Rulebook) -> String {
        match self {
            Self::Weights => "weights".to_owned(),
            Self::Area => "area".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Weight { track, member } => {
                let track = &rulebook.tracks[track];
                let ids = track.indicators.iter().map(|i| &i.id).chain(track.groups.iter().map(|g| &g.id));
                format!("weight:{}.{}", track.id, ids.skip(member).map(String::as_str).next().unwrap_or_default())
            }
        }
    }
}

/// How much of what differs between the lists of two draws hangs on one choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    pub choice: Choice,
    /// None: the list is the same in every draw.
    pub indices: Option<Indices>,
}

/// The bounds within which the share lies that endless draws would give, at a confidence of 95 % (Wilson 1927).
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn bounds(share: f64, draws: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let n = draws as f64;
    let (middle, scale) = (share + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

/// Grades the parcels in as many draws as the rulebook declares, made in pairs: an odd number is one more. `own` are the grades of the
/// survey; `drawn` hears of draws that are done. None where the rulebook declares no draws.
///
/// Where several parcels are graded as one, their area is the sum of drawn ones, and which of them is the largest stays as it is, unless
/// areas within the tolerance change who is graded by which formula.
///
/// # Errors
/// An expression or condition of the rulebook cannot be computed, or weights cannot be taken from the data.
pub(crate) fn firmness(
    rulebook: &Rulebook,
    parcels: Parcels<'_>,
    own: &Grading,
    drawn: &(dyn Fn(u64) + Sync),
) -> Result<Option<Firmness>> {
    if rulebook.firmness.draws == 0 {
        return Ok(None);
    }
    let pairs = rulebook.firmness.draws.div_ceil(2) as usize;
    let assessment = assess(rulebook, parcels.table, parcels.ids, parcels.sums, &mut Vec::new())?;
    let model = Model::new(rulebook, parcels, &assessment)?;
    let choices = choices(&model);
    let (counts, distances) = pairs::run(&model, &choices, pairs, drawn)?;
    let choices = choices
        .into_iter()
        .zip(&distances)
        .map(|(choice, distances)| Sensitivity { choice, indices: sobol::indices(distances) })
        .collect();
    let units = &assessment.units;
    let draws = counts.draws;
    let own: Vec<Option<usize>> = own.grade.iter().map(|grade| model.grades.iter().position(|known| known == grade)).collect();
    let label = (own.iter().enumerate())
        .map(|(row, own)| own.and_then(|own| counts.label(units.of(row), own, rulebook.firmness.firm)))
        .collect();
    Ok(Some(Firmness {
        draws,
        shares: counts.grades.iter().map(|column| units.spread(counts.shares(column))).collect(),
        listed: counts.shares(&counts.listed),
        grades: model.grades,
        label,
        choices,
    }))
}

/// The choices that are drawn: those that have more than one value, and each weight by itself where there are few.
fn choices(model: &Model<'_>) -> Vec<Choice> {
    let mut choices = Vec::new();
    let weights = model.rulebook.firmness.weights > 0.0;
    choices.extend(weights.then_some(Choice::Weights));
    choices.extend(model.areas.matter().then_some(Choice::Area));
    choices.extend((model.choices_for_missing() > 1).then_some(Choice::Missing));
    let single: Vec<Choice> = (model.rulebook.tracks.iter().enumerate())
        .flat_map(|(track, of)| (0..of.indicators.len() + of.groups.len()).map(move |member| Choice::Weight { track, member }))
        .collect();
    if weights && single.len() <= MOST_SINGLE_WEIGHTS {
        choices.extend(single);
    }
    choices
}
