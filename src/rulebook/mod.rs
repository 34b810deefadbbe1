//! The rulebook: how a city grades, as data.
//!
//! A TOML file says which area divides, who is graded by which formula (tracks), what is measured, how it is turned into points,
//! how scores become grades, and what puts a parcel on the list. `docs/rulebook.md` explains it field by field.

mod firmness;
mod grading;
mod parks;
mod place;
mod presets;
mod text;
mod track;
mod validate;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result, io};
pub use firmness::Firmness;
pub use grading::{Adjustment, End, Grading, ListRule, Quota, Round, Rule, Threshold, Ties};
pub use parks::{Parks, Upstairs};
pub(crate) use place::Place;
pub use presets::{PRESETS, TEMPLATE};
pub use text::Text;
pub use track::{
    Aggregation, Bonus, Direction, Group, Indicator, Missing, Normalise, Outliers, Over, Peers, Ratio, SmallGroup, Track,
    Weighting,
};
pub(crate) use validate::NOT_ASSESSABLE;

/// The version of the rulebook's own form that this program reads.
pub const SCHEMA: u32 = 1;

/// A whole rulebook.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rulebook {
    /// The version of the form, [`SCHEMA`].
    pub schema: u32,
    /// Short name, lower case with hyphens.
    pub name: String,
    pub title_zh: String,
    pub title_en: String,
    pub place: Text,
    pub year: u16,
    /// Where its figures are published.
    pub source: Text,
    /// Some value in it has no published source; every output made with it says so.
    pub illustrative: bool,
    /// The area that figures are divided by.
    pub area: AreaKind,
    /// Relative difference between stated and geodesic area above which there is a finding.
    pub area_tolerance: f64,
    /// Relative difference between statutory and geodesic area above which there is a finding.
    #[serde(default = "formula_tolerance")]
    pub area_formula_tolerance: f64,
    /// Floor area over parcel area above which there is a finding.
    pub floor_area_ratio_limit: f64,
    #[serde(default)]
    pub location: Location,
    #[serde(default)]
    pub topology: Topology,
    #[serde(default)]
    pub unit: Unit,
    #[serde(rename = "exemption", default)]
    pub exemptions: Vec<Rule>,
    #[serde(rename = "track")]
    pub tracks: Vec<Track>,
    #[serde(rename = "adjustment", default)]
    pub adjustments: Vec<Adjustment>,
    pub list: ListRule,
    #[serde(rename = "rule", default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub firmness: Firmness,
    #[serde(default)]
    pub parks: Parks,
    /// The file it was read from, or the name of the preset.
    #[serde(skip)]
    pub path: PathBuf,
    /// Its text, as it was read.
    #[serde(skip)]
    pub text: String,
    /// SHA-256 of its text.
    #[serde(skip)]
    pub sha256: String,
}

/// What is graded.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unit {
    /// Parcels with the same values of these columns are graded as one: figures and areas are summed, other columns are those of its
    /// largest parcel. None: each parcel by itself. A parcel with a missing value is by itself.
    pub by: Vec<String>,
}

/// The statutory formula is within 1e-6 of the geodesic area on ordinary parcels, within 7e-5 on long thin ones of kilometres.
fn formula_tolerance() -> f64 {
    1e-4
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
        let text = text.trim_start_matches('\u{feff}');
        let mut rulebook: Self = toml::from_str(text).map_err(|e| form_error(text, &e).in_file(path))?;
        rulebook.path = path.to_path_buf();
        text.clone_into(&mut rulebook.text);
        rulebook.sha256 = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        validate::validate(&rulebook).map_err(|e| e.in_file(path))?;
        Ok(rulebook)
    }

    /// All grades a unit can get, best first, without T.
    #[must_use]
    pub fn grades(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for track in &self.tracks {
            let grades = track.grading.grades();
            for (n, grade) in grades.iter().enumerate() {
                if all.iter().any(|known| known == grade) {
                    continue;
                }
                // Before the next grade of its track that is placed already.
                let next = grades[n + 1..].iter().find_map(|later| all.iter().position(|known| known == later));
                all.insert(next.unwrap_or(all.len()), (*grade).to_owned());
            }
        }
        all
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

    /// The bonuses of all tracks, each id once.
    #[must_use]
    pub fn bonuses(&self) -> Vec<&Bonus> {
        let mut all: Vec<&Bonus> = Vec::new();
        for bonus in self.tracks.iter().flat_map(|track| &track.bonuses) {
            if !all.iter().any(|known| known.id == bonus.id) {
                all.push(bonus);
            }
        }
        all
    }

    /// A place in its file, for messages.
    pub(crate) fn at(&self, place: &Place) -> String {
        place.describe(&self.text)
    }
}

/// What is wrong with the form of the file: the place, the reason in plain words, and the nearest name that is known.
fn form_error(text: &str, error: &toml::de::Error) -> Error {
    let message = error.message();
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let hint = match names.split_first() {
        Some((unknown, known)) if message.starts_with("unknown") => {
            crate::nearest::nearest(unknown, known.iter().copied()).map(|near| format!("did you mean \"{near}\"? "))
        }
        _ if message.starts_with("duplicate key") => {
            Some("a name stands here twice, or a part such as [[track.indicator]] before its [[track]]; ".to_owned())
        }
        _ => None,
    };
    let plain = PLAIN_WORDS.iter().fold(message.to_owned(), |message, (formal, plain)| message.replace(formal, plain));
    let fault = Error::new(plain).remedy(format!("{}docs/rulebook.md has every field", hint.unwrap_or_default()));
    match error.span() {
        Some(span) => fault.at(place::around(text, offset_of(text, span.start.min(text.len()), message))),
        None => fault,
    }
}

/// What the reader of TOML says, and what a person says.
const PLAIN_WORDS: [(&str, &str); 12] = [
    ("invalid type: unit variant, expected newtype variant", "this value needs a number, as in { deduct = 3.0 }"),
    ("data did not match any variant of untagged enum Ratio", "an entry is neither a number nor a fraction such as \"1/3\""),
    ("unknown variant", "unknown value"),
    ("invalid type: ", "wrong kind of value: "),
    ("invalid value: ", "wrong value: "),
    ("expected f64", "expected a number"),
    ("expected u16", "expected a whole number"),
    ("expected u32", "expected a whole number"),
    ("expected u8", "expected a small whole number"),
    ("floating point `", "number `"),
    ("string \"", "text \""),
    ("expected a string", "expected a text in quotes"),
];

/// Where the word a message is about stands. Of a table with a `method` the reader only tells where the table begins; the word comes after.
fn offset_of(text: &str, begin: usize, message: &str) -> usize {
    let quoted = |mark: char| message.split(mark).nth(1);
    let word = match message.split_once(':').map_or(message, |(kind, _)| kind) {
        kind if kind.starts_with("unknown") => quoted('`'),
        "invalid type" | "invalid value" if message.contains(": string") => quoted('"'),
        "invalid type" | "invalid value" => quoted('`'),
        _ => None,
    };
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let alone = |at: usize, word: &str| {
        !text[..at].chars().next_back().is_some_and(part_of_word)
            && !text[at + word.len()..].chars().next().is_some_and(part_of_word)
    };
    let found = word.filter(|word| !word.is_empty()).and_then(|word| {
        let rest = text.get(begin..)?;
        rest.match_indices(word).map(|(at, _)| begin + at).find(|at| alone(*at, word))
    });
    found.unwrap_or(begin)
}
