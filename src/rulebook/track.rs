//! Tracks: who is graded by which formula, and what the formula is made of.

use serde::Deserialize;

use super::Text;
use super::grading::Grading;

/// A group of units graded by one formula. A unit goes to the first track whose condition holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    /// SQL condition; without one the track takes every unit left.
    pub when: Option<String>,
    #[serde(default)]
    pub peers: Peers,
    /// What happens to an indicator that a unit has no value of, unless the indicator says otherwise.
    pub missing: Missing,
    /// What the weights sum to; given, it is checked.
    pub points: Option<f64>,
    #[serde(default)]
    pub weighting: Weighting,
    #[serde(default)]
    pub aggregation: Aggregation,
    #[serde(rename = "group", default)]
    pub groups: Vec<Group>,
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
    #[serde(rename = "bonus", default)]
    pub bonuses: Vec<Bonus>,
    pub grading: Grading,
}

/// Whom a unit is compared with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// Columns whose values make a group; none: the whole track.
    #[serde(default)]
    pub by: Vec<String>,
    /// A smaller group is treated as `small` says.
    #[serde(default)]
    pub min_size: usize,
    #[serde(default)]
    pub small: SmallGroup,
}

/// What happens below the smallest size of a peer group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmallGroup {
    /// It is compared with the whole track.
    #[default]
    Track,
    /// It is compared with itself all the same.
    Itself,
    /// Its units have no value of what is compared among peers.
    Missing,
}

/// The rule for missing indicators.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The others are weighed up to the full weight.
    LeaveOut,
    /// It brings no points.
    Zero,
    /// It has the mean value of its peers.
    MeanValue,
    /// It brings the mean points of its peers.
    MeanScore,
    /// It brings so many points less than nothing.
    Deduct(f64),
    /// The unit is not assessable (T).
    NotAssessable,
}

/// Where the weights come from: shares of several methods, which sum to 1. Fixed weights alone unless the rulebook says otherwise.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighting {
    /// Of the weights written at the indicators.
    #[serde(default)]
    pub fixed: f64,
    /// Of the entropy weights of the track's values.
    #[serde(default)]
    pub entropy: f64,
    /// Of the CRITIC weights of the track's values.
    #[serde(default)]
    pub critic: f64,
    /// Of the weights of the pairwise comparisons in `matrix`.
    #[serde(default)]
    pub ahp: f64,
    /// Pairwise comparisons, one row an indicator, in their order; numbers, or fractions as text ("1/3").
    #[serde(default)]
    pub matrix: Vec<Vec<Ratio>>,
    /// A matrix with a consistency ratio of 0.1 and more is taken all the same.
    #[serde(default)]
    pub accept_inconsistency: bool,
}

impl Default for Weighting {
    fn default() -> Self {
        Self { fixed: 1.0, entropy: 0.0, critic: 0.0, ahp: 0.0, matrix: Vec::new(), accept_inconsistency: false }
    }
}

/// A number, or a fraction as text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Ratio {
    Number(f64),
    Text(String),
}

impl Ratio {
    /// Its value, if it is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Number(x) => Some(*x),
            Self::Text(text) => match text.split_once('/') {
                Some((over, under)) => Some(over.trim().parse::<f64>().ok()? / under.trim().parse::<f64>().ok()?),
                None => text.trim().parse().ok(),
            },
        }
        .filter(|x| x.is_finite())
    }
}

/// How the shares of the weights become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// Weighted sum.
    #[default]
    Sum,
    /// Weighted geometric mean: what is bad in one cannot be made up for in another. A share of zero makes it zero.
    Geometric,
    /// Weighted harmonic mean; harder still.
    Harmonic,
    /// Closeness to the best of the track (TOPSIS), raw values divided by the root of their sum of squares.
    TopsisVector,
    /// TOPSIS on raw values scaled from their least to their greatest.
    TopsisMinMax,
}

/// Indicators that are summed up among themselves before they count as one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    /// Its weight beside the other members of the group it is in.
    pub weight: f64,
    /// The group it is in; none: the score itself.
    pub group: Option<String>,
    #[serde(default)]
    pub aggregation: Aggregation,
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
    /// The points it can bring, before any cap above 1; in a group, its weight beside the group's other members.
    pub weight: Option<f64>,
    /// The group it is in; none: the score itself.
    pub group: Option<String>,
    /// How a value becomes a share of the weight. Only TOPSIS goes without.
    pub normalise: Option<Normalise>,
    /// What is done about extreme values of the track before that.
    pub outliers: Option<Outliers>,
    /// What happens where a unit has no value; none: as the track says.
    pub missing: Option<Missing>,
    /// True: its figures have no published source.
    #[serde(default)]
    pub illustrative: bool,
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
        /// None: nothing is cut off above.
        cap: Option<f64>,
        #[serde(default)]
        floor: f64,
    },
    /// value ÷ (`times` × mean); where less is better 1 − value ÷ (`times` × mean). At least `floor`, at most `cap`.
    MeanRatio {
        #[serde(default)]
        over: Over,
        #[serde(default = "twice")]
        times: f64,
        cap: Option<f64>,
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
    /// As min-max, between fixed posts; 0 and 1 beyond them.
    Goalposts {
        min: f64,
        max: f64,
        #[serde(default)]
        base: f64,
    },
    /// (rank − 1) ÷ (n − 1), ties taking the lowest rank; 0 in a group of one.
    Percentile {
        #[serde(default)]
        over: Over,
    },
    /// mean + sd × (value − its mean) ÷ its standard deviation (n − 1); missing where all values are the same.
    ZScore {
        #[serde(default)]
        over: Over,
        #[serde(default)]
        mean: f64,
        #[serde(default = "one")]
        sd: f64,
    },
    /// value ÷ the greatest; where less is better the least ÷ value.
    Best {
        #[serde(default)]
        over: Over,
    },
}

fn one() -> f64 {
    1.0
}

fn twice() -> f64 {
    2.0
}

/// The units a value is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Over {
    #[default]
    Peers,
    Track,
    /// All units that any track takes.
    Everyone,
}

/// What is done about extreme values.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outliers {
    /// Values beyond these quantiles are moved onto them.
    Share {
        #[serde(default)]
        low: f64,
        #[serde(default = "one")]
        high: f64,
    },
    /// The most extreme values are moved onto the next, one after the other, while skewness and kurtosis are both beyond their limits.
    Shape {
        max_points: usize,
        #[serde(default = "twice")]
        skewness: f64,
        #[serde(default = "kurtosis")]
        kurtosis: f64,
    },
}

fn kurtosis() -> f64 {
    3.5
}

/// Points beside the indicators: more, or with negative points less.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bonus {
    pub id: String,
    pub name_zh: String,
    pub name_en: String,
    /// SQL: the points.
    pub expr: String,
    /// At least and at most so many.
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub clause: Option<Text>,
}

impl Track {
    /// The rule for a missing value of an indicator.
    #[must_use]
    pub fn missing(&self, indicator: &Indicator) -> Missing {
        indicator.missing.unwrap_or(self.missing)
    }
}

impl Aggregation {
    /// Whether it takes raw values of the whole track and no shares.
    #[must_use]
    pub fn is_topsis(self) -> bool {
        matches!(self, Self::TopsisVector | Self::TopsisMinMax)
    }
}
