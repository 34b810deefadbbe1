//! The rulebook: how a city grades, as data.
//!
//! A TOML file says which area divides, who is graded by which formula (tracks), what is measured, how it is turned into points,
//! how scores become grades, and what puts a parcel on the list. `docs/rulebook.md` explains it field by field.

mod presets;
mod validate;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result, io};
pub use presets::PRESETS;
pub(crate) use validate::NOT_ASSESSABLE;

/// A whole rulebook.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rulebook {
    /// Short name, lower case with hyphens.
    pub name: String,
    pub title_zh: String,
    pub title_en: String,
    pub place: String,
    pub year: u16,
    /// Where its figures are published.
    pub source: String,
    /// Some value in it has no published source; every output made with it says so.
    pub illustrative: bool,
    /// The area that figures are divided by.
    pub area: AreaKind,
    /// Relative difference between stated and geodesic area above which there is a finding.
    pub area_tolerance: f64,
    /// Floor area over parcel area above which there is a finding.
    pub floor_area_ratio_limit: f64,
    #[serde(default)]
    pub location: Location,
    #[serde(default)]
    pub topology: Topology,
    #[serde(rename = "track")]
    pub tracks: Vec<Track>,
    pub list: ListRule,
    #[serde(rename = "rule", default)]
    pub rules: Vec<LowEfficiencyRule>,
    /// The file it was read from, or the name of the preset.
    #[serde(skip)]
    pub path: PathBuf,
    /// SHA-256 of its text.
    #[serde(skip)]
    pub sha256: String,
}

/// One of the three areas of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AreaKind {
    Statutory,
    Geodesic,
    Stated,
}

impl AreaKind {
    /// As written in rulebooks and outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statutory => "statutory",
            Self::Geodesic => "geodesic",
            Self::Stated => "stated",
        }
    }
}

/// From which share of its area on a parcel counts as lying in a zone.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Location {
    pub park_min_share: f64,
    pub layout_min_share: f64,
}

impl Default for Location {
    fn default() -> Self {
        Self { park_min_share: 0.5, layout_min_share: 0.5 }
    }
}

/// From which width and area on overlaps and gaps between parcels count.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topology {
    /// Whether a survey holds the parcels against each other; `mujun check` always does.
    pub in_survey: bool,
    /// What is narrower on the mean comes from the rounding of coordinates and is no finding, m.
    pub rounding_width_m: f64,
    /// An overlap or gap that is narrower on the mean is a sliver, m.
    pub sliver_width_m: f64,
    /// An overlap or gap that is smaller is a sliver, and so is a smaller parcel, m².
    pub overlap_min_m2: f64,
    /// What parcels enclose is a gap up to this, mu; beyond it is a square, a yard, a street.
    pub gap_max_mu: f64,
    /// A thin parcel that is narrower on the mean is a sliver, m.
    pub parcel_min_width_m: f64,
}

impl Default for Topology {
    fn default() -> Self {
        Self {
            in_survey: true,
            rounding_width_m: 0.01,
            sliver_width_m: 0.2,
            overlap_min_m2: 1.0,
            gap_max_mu: 2.0,
            parcel_min_width_m: 1.0,
        }
    }
}

/// A group of parcels graded by one formula. A parcel goes to the first track whose condition holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    /// SQL condition; without one the track takes every parcel left.
    pub when: Option<String>,
    #[serde(default)]
    pub peers: Peers,
    /// What happens to an indicator that a parcel has no value of.
    pub missing: Missing,
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
    pub grading: Grading,
}

/// Whom a parcel is compared with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// Columns whose values make a group; none: the whole track.
    #[serde(default)]
    pub by: Vec<String>,
    /// A smaller group is compared with the whole track instead.
    #[serde(default)]
    pub min_size: usize,
}

/// The rule for missing indicators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The others are weighed up to the full weight.
    LeaveOut,
    /// It brings no points.
    Zero,
    /// The parcel is not assessable (T).
    NotAssessable,
}

/// One indicator of a track.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    /// SQL over the columns of the survey.
    pub expr: String,
    pub unit_zh: String,
    pub unit_en: String,
    /// Digits after the point where the value is shown.
    #[serde(default = "two")]
    pub decimals: u8,
    pub direction: Direction,
    /// The points it can bring, before any cap above 1.
    pub weight: f64,
    pub normalise: Normalise,
}

fn two() -> u8 {
    2
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    More,
    Less,
}

/// How a value becomes a share of the weight.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Normalise {
    /// value ÷ benchmark (benchmark ÷ value where less is better), at least `floor`, at most `cap`.
    Benchmark {
        value: f64,
        #[serde(default = "one")]
        cap: f64,
        #[serde(default)]
        floor: f64,
    },
    /// base + (1 − base) (value − min) ÷ (max − min); missing where all values are the same.
    MinMax {
        #[serde(default)]
        over: Over,
        #[serde(default)]
        base: f64,
    },
    /// (rank − 1) ÷ (n − 1), ties taking the lowest rank; 0 in a group of one.
    Percentile {
        #[serde(default)]
        over: Over,
    },
}

fn one() -> f64 {
    1.0
}

/// The parcels a value is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    #[default]
    Peers,
    Track,
}

/// How scores become grades.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Grading {
    /// The first grade, best first, whose minimum the score reaches.
    Threshold { grades: Vec<Threshold> },
    /// A share of the track's parcels each; the one grade without a share takes the rest. Parcels are ordered by score and then by id.
    Quota { grades: Vec<Quota> },
}

/// A grade from a score on. The last one has no minimum.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub grade: String,
    pub min: Option<f64>,
}

/// A grade's share of the parcels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub grade: String,
    pub share: Option<f64>,
    /// Counted from the best or from the worst.
    #[serde(default)]
    pub from: End,
    #[serde(default)]
    pub round: Round,
}

/// The end of the ranking a quota is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    #[default]
    Top,
    Bottom,
}

/// How a share of a count becomes a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Round {
    #[default]
    Floor,
    Ceil,
    Round,
}

/// Which grades put a parcel on the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRule {
    pub grades: Vec<String>,
}

/// A reason to be on the list whatever the grade.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowEfficiencyRule {
    /// Upper case with underscores, shown as the reason.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    /// SQL condition over the columns of the survey, `score`, `grade` and the indicators (`i_<id>`).
    pub when: String,
    pub clause: String,
    pub source: String,
}

impl Rulebook {
    /// Opens a rulebook file, or one of the [`PRESETS`] by its name.
    ///
    /// # Errors
    /// There is no such file or preset, it is not TOML, or it contradicts itself; the message names the place.
    pub fn open(name_or_path: &str) -> Result<Self> {
        if let Some((_, text)) = PRESETS.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text, Path::new(name_or_path));
        }
        let path = Path::new(name_or_path);
        let names = || PRESETS.iter().map(|(name, _)| *name);
        if path.extension().is_none() && !path.exists() {
            let hint = crate::nearest::nearest(name_or_path, names())
                .map(|near| format!("did you mean \"{near}\"? "))
                .unwrap_or_default();
            return Err(Error::new(format!("there is no rulebook \"{name_or_path}\"")).remedy(format!(
                "{hint}those that ship are: {}; a rulebook of your own is named by its .toml file",
                names().collect::<Vec<_>>().join(", ")
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|e| io(path, "read", &e))?;
        Self::parse(&text, path)
    }

    /// Reads a rulebook from its text; `path` is for messages.
    ///
    /// # Errors
    /// As for [`Rulebook::open`].
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let mut rulebook: Self = toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| {
            Error::new(format!("is not a rulebook: {}", e.to_string().trim_end()))
                .in_file(path)
                .remedy("docs/rulebook.md has every field")
        })?;
        validate::validate(&rulebook).map_err(|e| e.in_file(path))?;
        rulebook.path = path.to_path_buf();
        rulebook.sha256 = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(rulebook)
    }

    /// All grades a parcel can get, best first, without T.
    #[must_use]
    pub fn grades(&self) -> Vec<String> {
        let mut grades: Vec<String> = Vec::new();
        for track in &self.tracks {
            for grade in track.grading.grades() {
                if !grades.iter().any(|known| known == grade) {
                    grades.push(grade.to_owned());
                }
            }
        }
        grades.sort();
        grades
    }

    /// The indicators of all tracks, each id once.
    #[must_use]
    pub fn indicators(&self) -> Vec<&Indicator> {
        let mut all: Vec<&Indicator> = Vec::new();
        for indicator in self.tracks.iter().flat_map(|track| &track.indicators) {
            if !all.iter().any(|known| known.id == indicator.id) {
                all.push(indicator);
            }
        }
        all
    }
}

impl Grading {
    /// Its grades in the order of the rulebook.
    pub fn grades(&self) -> impl Iterator<Item = &str> {
        let (thresholds, quotas): (&[Threshold], &[Quota]) = match self {
            Self::Threshold { grades } => (grades, &[]),
            Self::Quota { grades } => (&[], grades),
        };
        thresholds.iter().map(|t| t.grade.as_str()).chain(quotas.iter().map(|q| q.grade.as_str()))
    }
}
