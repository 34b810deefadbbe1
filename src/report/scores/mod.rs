//! The scores as formulas: change a weight, a share, a threshold or a veto on the method sheet, and points, scores and grades follow.
//!
//! What can be changed stands on the method sheet ([`settings`]). Each track has a sheet with one row a unit ([`units`]): its shares of
//! the weights as values, the rest as formulas ([`means`], [`grades`]), with the program's own results beside each formula for programs
//! that do not calculate. Quotas have a sheet with what they take of each group ([`quotas`]).

mod grades;
mod means;
pub(super) mod quotas;
pub(super) mod settings;
mod stored;
mod tree;
pub(super) mod units;

use rust_xlsxwriter::XlsxError;

use super::Lang;
use crate::error::{Error, Result};
use crate::rulebook::{Grading, Track};
use crate::score::{Assessment, Choices, Graded, assess, grade_all};
use crate::survey::Survey;
use settings::Cells;
use tree::{Run, runs};

/// More rows than this take a spreadsheet minutes.
const MOST_UNITS: usize = 60_000;
/// More members of one mean make formulas longer than a cell can hold.
const MOST_MEMBERS: usize = 60;
/// A score this little below a limit is on it: a spreadsheet adds up in another order.
const ROUNDING: &str = "1E-9";

type Written = std::result::Result<(), XlsxError>;

/// The grading of a survey by unit, as the sheets of scores show it.
pub(super) struct Scores {
    pub assessment: Assessment,
    pub graded: Graded,
    /// Of which units the condition of each adjustment holds; none of one that depends on the score.
    pub holds: Vec<Option<Vec<bool>>>,
    pub tracks: Vec<TrackRows>,
    /// By unit: its line on the sheet of its track.
    pub lines: Vec<Option<u32>>,
}

/// The rows of a track.
pub(super) struct TrackRows {
    /// Units that have a score: by group of the quota, in ascending order of id.
    pub units: Vec<usize>,
    pub groups: Vec<Group>,
    runs: Vec<Run>,
}

/// Units that share a quota: lines `first` to `last` of the sheet.
pub(super) struct Group {
    pub name: String,
    pub first: u32,
    pub last: u32,
}

impl Scores {
    /// Grades the survey once more, by unit.
    ///
    /// # Errors
    /// As for [`assess`].
    pub fn of(survey: &Survey) -> Result<Self> {
        let rulebook = &survey.rulebook;
        let sums: Vec<String> = survey.flow_totals.iter().map(|total| total.name.clone()).collect();
        let in_rulebook = |e: Error| e.in_file(&rulebook.path);
        let assessment = assess(rulebook, &survey.table, &survey.parcels.ids, &sums, &mut Vec::new()).map_err(in_rulebook)?;
        let graded = grade_all(rulebook, &assessment, Choices::default()).map_err(in_rulebook)?;
        let holds = assessment.adjustments_that_hold(rulebook).map_err(in_rulebook)?;
        let mut lines = vec![None; assessment.ids.len()];
        let tracks: Vec<TrackRows> =
            (0..rulebook.tracks.len()).map(|n| rows(&assessment, &graded, &rulebook.tracks[n], n)).collect();
        for track in &tracks {
            (units::FIRST..).zip(&track.units).for_each(|(line, unit)| lines[*unit] = Some(line));
        }
        Ok(Self { assessment, graded, holds, tracks, lines })
    }

    /// Why the scores of a track cannot be followed in a spreadsheet, where they cannot.
    pub fn why_not(&self, n: usize, lang: Lang) -> Option<&'static str> {
        let t = |zh, en| Some(lang.pick(zh, en));
        let track = &self.tracks[n];
        if track.units.is_empty() {
            t("无可评分的宗地", "nobody has a score")
        } else if self.holds.iter().any(Option::is_none) {
            t("有的调整取决于得分或等级", "an adjustment depends on the score or the grade")
        } else if track.units.len() > MOST_UNITS {
            t("行数过多", "it has too many rows")
        } else if track.runs.iter().any(|run| run.members.len() > MOST_MEMBERS) {
            t("指标过多", "it has too many indicators")
        } else {
            None
        }
    }

    /// What a parcel's score and grade are on the sheets: track and line.
    pub fn line_of(&self, row: usize) -> Option<(usize, u32)> {
        let unit = self.assessment.units.of(row);
        Some((self.assessment.track[unit]?, self.lines[unit]?))
    }
}

fn rows(assessment: &Assessment, graded: &Graded, track: &Track, n: usize) -> TrackRows {
    let (mut units, mut groups) = (Vec::new(), Vec::new());
    let mut next = units::FIRST;
    for group in &assessment.tracks[n].quota_groups {
        let mut members: Vec<usize> = group.iter().copied().filter(|unit| graded.score[*unit].is_some()).collect();
        members.sort_by(|a, b| assessment.ids[*a].cmp(&assessment.ids[*b]));
        let (Some(some), Ok(count)) = (members.first(), u32::try_from(members.len())) else { continue };
        let name = match &track.grading {
            Grading::Quota { per, .. } => assessment.values_of(per, *some),
            Grading::Threshold { .. } => String::new(),
        };
        groups.push(Group { name, first: next, last: next + count - 1 });
        next += count;
        units.append(&mut members);
    }
    TrackRows { units, groups, runs: runs(track) }
}

/// Everything the sheets of one track are written from.
pub(super) struct Live<'a> {
    pub survey: &'a Survey,
    pub scores: &'a Scores,
    pub n: usize,
    pub cells: &'a Cells,
    /// Where each adjustment's grade stands on the method sheet.
    pub adjustments: &'a [u32],
    pub lang: Lang,
}

impl Live<'_> {
    fn track(&self) -> &Track {
        &self.survey.rulebook.tracks[self.n]
    }

    fn rows(&self) -> &TrackRows {
        &self.scores.tracks[self.n]
    }
}

/// Name of the sheet of a track's scores.
pub(super) fn sheet_name(track: usize, lang: Lang) -> String {
    format!("{} {}", lang.pick("评分", "Scores"), track + 1)
}

/// A text in a formula.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A cell of another sheet in a formula.
pub(super) fn elsewhere(sheet: &str, row: u32, column: u16) -> String {
    format!("'{sheet}'!{}", rust_xlsxwriter::utility::row_col_to_cell_absolute(row, column))
}
