//! From scores to grades to the list: thresholds and quotas, exemptions, vetoes and caps, low-efficiency rules.

use serde::Deserialize;

use super::Text;

/// How scores become grades.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Grading {
    /// The first grade, best first, whose minimum the score reaches.
    Threshold {
        grades: Vec<Threshold>,
        /// Scores are rounded to so many digits before they are compared; none: not at all.
        decimals: Option<u8>,
    },
    /// A share of the units each; the one grade without a share takes the rest. Units are ordered by score.
    Quota {
        grades: Vec<Quota>,
        /// Scores are rounded to so many digits before they are compared; none: not at all.
        decimals: Option<u8>,
        /// Columns whose values make groups with quotas of their own; none: the whole track.
        #[serde(default)]
        per: Vec<String>,
        #[serde(default)]
        ties: Ties,
    },
}

/// A grade from a score on. The last one has no minimum.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub grade: String,
    pub min: Option<f64>,
}

/// A grade's share of the units.
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
    /// Of those in the quota only the units whose score is at least this; the others get the grade of the rest.
    pub min: Option<f64>,
    /// Of those in the quota only the units whose score is below this; the others get the grade of the rest.
    pub below: Option<f64>,
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

/// What equal scores on a border of a quota do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ties {
    /// The smaller id is placed below.
    #[default]
    Id,
    /// All of them have the better grade.
    Better,
    /// All of them have the worse grade.
    Worse,
}

/// A condition with its name and clause. As an exemption it keeps a unit from being graded (T) before anyone is ranked: no peer of others,
/// in no quota. As a low-efficiency rule it is a reason to be on the list whatever the grade.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Upper case with underscores, shown as the reason.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    /// SQL condition over the columns of the survey; of a low-efficiency rule also over `score`, `grade` and the indicators (`i_<id>`).
    pub when: String,
    pub clause: Text,
    pub source: Text,
}

/// What changes a grade after the ranking: a veto, a cap, a protection. One after the other, each sees the grade the last one left.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Upper case with underscores.
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    /// SQL condition over the columns of the survey, `score`, `grade` and the indicators (`i_<id>`).
    pub when: String,
    /// The grade whatever the score (a veto); T: not assessable.
    pub grade: Option<String>,
    /// No better grade than this (a cap).
    pub at_best: Option<String>,
    /// No worse grade than this (a protection).
    pub at_worst: Option<String>,
    pub clause: Text,
    pub source: Text,
}

/// Which grades put a parcel on the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRule {
    pub grades: Vec<String>,
}

impl Grading {
    /// Its grades, best first: quotas from the top, the rest, quotas from the bottom.
    #[must_use]
    pub fn grades(&self) -> Vec<&str> {
        match self {
            Self::Threshold { grades, .. } => grades.iter().map(|g| g.grade.as_str()).collect(),
            Self::Quota { grades, .. } => {
                let top = grades.iter().filter(|q| q.share.is_some() && q.from == End::Top);
                let rest = grades.iter().filter(|q| q.share.is_none());
                let bottom = grades.iter().filter(|q| q.share.is_some() && q.from == End::Bottom);
                top.chain(rest).chain(bottom).map(|q| q.grade.as_str()).collect()
            }
        }
    }

    /// The names of the grades in the order in which the rulebook writes them.
    #[must_use]
    pub fn grades_as_written(&self) -> Vec<&str> {
        match self {
            Self::Threshold { grades, .. } => grades.iter().map(|g| g.grade.as_str()).collect(),
            Self::Quota { grades, .. } => grades.iter().map(|q| q.grade.as_str()).collect(),
        }
    }

    /// The score as it is compared; a half is rounded away from zero.
    #[must_use]
    pub fn compared(&self, score: f64) -> f64 {
        let rounded = match self {
            Self::Threshold { decimals: Some(decimals), .. } | Self::Quota { decimals: Some(decimals), .. } => {
                let scale = 10f64.powi(i32::from(*decimals));
                // Half a unit in the last place short of a half is a half: 0.615 is not meant to be 0.61.
                (score * scale * (1.0 + f64::EPSILON)).round() / scale
            }
            _ => score,
        };
        // A score of -0 (-0.4 without digits) is not below one of 0.
        rounded + 0.0
    }
}
