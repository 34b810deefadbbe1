//! How firm the grades are: graded again many times with weights, areas and the rule for missing values drawn from the ranges that the
//! rulebook declares.
//!
//! Draws come in pairs A and B; all of them give the shares of the grades, and A with one choice taken from B shows what hangs on this
//! choice ([`sobol`]). Nothing is drawn twice and nothing depends on threads or the order of the rows ([`draws`]).

mod areas;
mod draws;
mod model;
mod questions;
mod sobol;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::error::Result;
use crate::rulebook::Rulebook;
use crate::score::{Grading, assess};
pub(crate) use areas::Parcels;
use draws::{Draw, draw};
use model::{Model, Outcome};
use sobol::Distances;
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
/// survey. None where the rulebook declares no draws.
///
/// Where several parcels are graded as one, their area is the sum of drawn ones, and which of them is the largest stays as it is, unless
/// areas within the tolerance change who is graded by which formula.
///
/// # Errors
/// An expression or condition of the rulebook cannot be computed, or weights cannot be taken from the data.
pub(crate) fn firmness(rulebook: &Rulebook, parcels: Parcels<'_>, own: &Grading) -> Result<Option<Firmness>> {
    let pairs = u64::from(rulebook.firmness.draws.div_ceil(2));
    if pairs == 0 {
        return Ok(None);
    }
    let assessment = assess(rulebook, parcels.table, parcels.ids, parcels.sums, &mut Vec::new())?;
    let model = Model::new(rulebook, parcels, &assessment)?;
    let choices = choices(&model);
    let lanes = u64::try_from(rayon::current_num_threads()).unwrap_or(1).min(pairs);
    // Sums of whole numbers, each lane its own: to add them up gives the same whatever the number of lanes.
    let lanes = (0..lanes)
        .into_par_iter()
        .map(|lane| {
            let mut counts = Counts::new(assessment.ids.len(), parcels.ids.len(), model.grades.len());
            let of_pairs = (lane..pairs)
                .step_by(usize::try_from(lanes).unwrap_or(1))
                .map(|n| Ok((n, pair(&model, &choices, n, &mut counts)?)))
                .collect::<Result<Vec<_>>>()?;
            Ok((counts, of_pairs))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut counts = Counts::new(assessment.ids.len(), parcels.ids.len(), model.grades.len());
    let mut of_pairs = Vec::new();
    for (of_lane, pairs) in lanes {
        counts.add(&of_lane);
        of_pairs.extend(pairs);
    }
    of_pairs.sort_by_key(|(n, _)| *n);
    let choices = (choices.into_iter().enumerate())
        .map(|(k, choice)| {
            let distances: Vec<Distances> = of_pairs.iter().map(|(_, distances)| distances[k]).collect();
            Sensitivity { choice, indices: sobol::indices(&distances) }
        })
        .collect();
    let units = &assessment.units;
    let draws = 2 * of_pairs.len();
    let own: Vec<Option<usize>> = own.grade.iter().map(|grade| model.grades.iter().position(|known| known == grade)).collect();
    let label = (own.iter().enumerate())
        .map(|(row, own)| own.and_then(|own| counts.label(units.of(row), own, draws, rulebook.firmness.firm)))
        .collect();
    Ok(Some(Firmness {
        draws,
        shares: counts.grades.iter().map(|column| units.spread(shares(column, draws))).collect(),
        listed: shares(&counts.listed, draws),
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

/// Pair number `n` of draws: counts the grades and the lists of both, and tells for each choice how far the lists are apart.
fn pair(model: &Model<'_>, choices: &[Choice], n: u64, counts: &mut Counts) -> Result<Vec<Distances>> {
    let [a, b]: [Draw; 2] = [2 * n, 2 * n + 1].map(|n| draw(model.rulebook, model.choices_for_missing(), n));
    let at_a = model.situation(a.area)?;
    let shares = model.shares(&at_a, a.missing)?;
    let ranked = model.rank(&at_a, &shares, &a.weights, a.missing)?;
    let from_a = |factors: &[Vec<f64>]| model.finish(&at_a, model.rank(&at_a, &shares, factors, a.missing)?);
    let of_a = model.finish(&at_a, ranked.clone())?;
    let at_b = model.situation(b.area)?;
    let at_b_as_a = model.shares(&at_b, a.missing)?;
    let outcome = |missing: usize, factors: &[Vec<f64>]| {
        let other;
        let shares = if model.alike(missing, a.missing) {
            &at_b_as_a
        } else {
            other = model.shares(&at_b, missing)?;
            &other
        };
        model.finish(&at_b, model.rank(&at_b, shares, factors, missing)?)
    };
    let of_b = outcome(b.missing, &b.weights)?;
    counts.count(&of_a);
    counts.count(&of_b);
    let mut distances = Vec::with_capacity(choices.len());
    for choice in choices {
        let of_mixed = match *choice {
            Choice::Weights => from_a(&b.weights)?,
            Choice::Area => outcome(a.missing, &a.weights)?,
            Choice::Missing => {
                let other;
                let shares = if model.alike(a.missing, b.missing) {
                    &shares
                } else {
                    other = model.shares(&at_a, b.missing)?;
                    &other
                };
                model.finish(&at_a, model.rank(&at_a, shares, &a.weights, b.missing)?)?
            }
            Choice::Weight { track, member } => {
                let mut factors = a.weights[track].clone();
                factors[member] = b.weights[track][member];
                let mut ranked = ranked.clone();
                model.rank_track(track, &at_a, &shares, &factors, a.missing, &mut ranked)?;
                model.finish(&at_a, ranked)?
            }
        };
        counts.changed(*choice, &of_a, &of_mixed);
        distances.push(Distances {
            a_b: differing(&of_a.listed, &of_b.listed),
            a_abi: differing(&of_a.listed, &of_mixed.listed),
            b_abi: differing(&of_b.listed, &of_mixed.listed),
        });
    }
    Ok(distances)
}

/// The number of places in which two lists differ.
#[allow(clippy::cast_precision_loss)]
fn differing(a: &[bool], b: &[bool]) -> f64 {
    a.iter().zip(b).filter(|(a, b)| a != b).count() as f64
}

#[allow(clippy::cast_precision_loss)]
fn shares(counts: &[u32], draws: usize) -> Vec<f64> {
    counts.iter().map(|count| f64::from(*count) / draws as f64).collect()
}

/// What is counted over draws.
struct Counts {
    /// By grade, then by unit.
    grades: Vec<Vec<u32>>,
    /// By parcel.
    listed: Vec<u32>,
    /// The draws in which another value of one choice alone gives another grade: of the weights, the area, the rule for missing
    /// values, by unit.
    changes: [Vec<u32>; 3],
}

impl Counts {
    fn new(units: usize, parcels: usize, grades: usize) -> Self {
        Self { grades: vec![vec![0; units]; grades], listed: vec![0; parcels], changes: std::array::from_fn(|_| vec![0; units]) }
    }

    fn count(&mut self, outcome: &Outcome) {
        for (unit, grade) in outcome.grade.iter().enumerate() {
            self.grades[usize::from(*grade)][unit] += 1;
        }
        self.listed.iter_mut().zip(&outcome.listed).for_each(|(count, listed)| *count += u32::from(*listed));
    }

    fn changed(&mut self, choice: Choice, of_a: &Outcome, of_mixed: &Outcome) {
        let kind = match choice {
            Choice::Weights => 0,
            Choice::Area => 1,
            Choice::Missing => 2,
            Choice::Weight { .. } => return,
        };
        let grades = of_a.grade.iter().zip(&of_mixed.grade);
        self.changes[kind].iter_mut().zip(grades).for_each(|(count, (a, mixed))| *count += u32::from(a != mixed));
    }

    fn add(&mut self, other: &Self) {
        let mine = self.grades.iter_mut().chain([&mut self.listed]).chain(&mut self.changes);
        for (mine, other) in mine.zip(other.grades.iter().chain([&other.listed]).chain(&other.changes)) {
            mine.iter_mut().zip(other).for_each(|(mine, other)| *mine += other);
        }
    }

    /// The label of a unit whose own grade is that at `own`.
    #[allow(clippy::cast_precision_loss)]
    fn label(&self, unit: usize, own: usize, draws: usize, firm: f64) -> Option<Label> {
        let of_own = self.grades[own][unit] as usize;
        if own + 1 == self.grades.len() && of_own == draws {
            return None;
        }
        let [weights, area, missing] = [0, 1, 2].map(|kind| self.changes[kind][unit]);
        Some(match () {
            () if of_own as f64 >= firm * draws as f64 => Label::Firm,
            () if missing > weights && missing >= area => Label::HangsOnMissing,
            () if area > weights => Label::HangsOnArea,
            () => Label::Borderline,
        })
    }
}
