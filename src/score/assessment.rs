//! Everything a grading starts from: who is graded as one, by which formula, against whom, and the raw values.
//!
//! What a rulebook's maker might have chosen otherwise (weights, the rule for missing values) comes after this, so that other choices
//! can be tried on the same assessment.

use std::sync::Arc;

use polars::prelude::*;

use super::peers::{PeerGroups, grouped, peer_groups};
use super::units::{Units, unit_table, units};
use crate::error::{Error, Result};
use crate::finding::{Code, Finding, Place as FoundAt};
use crate::model::Source;
use crate::rulebook::{Grading, Over, Place, Rulebook, Track};
use crate::sql;

/// The facts of a grading. Members with one entry a unit are in the order of the units' first parcels.
#[derive(Debug, Clone)]
pub struct Assessment {
    pub units: Units,
    /// Of several parcels the smallest id.
    pub ids: Vec<String>,
    /// The exemption that keeps a unit from being graded.
    pub exempt: Vec<Option<usize>>,
    pub track: Vec<Option<usize>>,
    pub tracks: Vec<TrackFacts>,
    /// The conditions of the adjustments.
    pub(super) adjustments: Vec<Condition>,
    /// What expressions can name, one row a unit.
    pub table: DataFrame,
}

/// What is known of the units of one track.
#[derive(Debug, Clone)]
pub struct TrackFacts {
    pub peers: PeerGroups,
    /// The raw values of each indicator over all units; missing outside the track, unless the indicator is held against everyone, and of
    /// units without the area that divides.
    pub values: Vec<Vec<Option<f64>>>,
    /// The points of each bonus over all units.
    pub bonuses: Vec<Vec<Option<f64>>>,
    /// The units that share a quota.
    pub quota_groups: Vec<Vec<usize>>,
}

/// A condition on the units.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// It does not depend on how units are graded.
    Known(Vec<bool>),
    /// It names the score, the grade or an indicator, and has to be asked each time.
    Asked { text: String, at: Place },
}

/// Prepares the grading of the parcels in `table`; `sums` are columns beside the known fields that are added up over a unit's parcels.
/// Values that are infinite or undefined become missing, with a finding.
///
/// # Errors
/// An expression of the rulebook names an unknown column or cannot be computed.
pub fn assess(
    rulebook: &Rulebook,
    table: &DataFrame,
    parcel_ids: &[String],
    sums: &[String],
    findings: &mut Vec<Finding>,
) -> Result<Assessment> {
    let units = units(&rulebook.unit, table).map_err(|e| e.at(rulebook.at(&Place::key("unit").then("by"))))?;
    let table = unit_table(&units, table, parcel_ids, sums)?;
    let ids: Vec<String> = match &units {
        Units::Parcels(_) => parcel_ids.to_vec(),
        Units::Grouped { rows, .. } => {
            rows.iter().map(|rows| rows.iter().map(|row| &parcel_ids[*row]).min().cloned().unwrap_or_default()).collect()
        }
    };
    let exempt = first_that_holds(
        &table,
        rulebook.exemptions.iter().enumerate().map(|(n, e)| (Some(e.when.as_str()), Place::key("exemption").nth(n).then("when"))),
        &vec![true; ids.len()],
        rulebook,
    )?;
    let track = first_that_holds(
        &table,
        rulebook.tracks.iter().enumerate().map(|(n, t)| (t.when.as_deref(), Place::key("track").nth(n).then("when"))),
        &exempt.iter().map(Option::is_none).collect::<Vec<bool>>(),
        rulebook,
    )?;
    let everyone: Arc<[usize]> = (0..ids.len()).filter(|unit| track[*unit].is_some()).collect();
    let mut tracks = Vec::with_capacity(rulebook.tracks.len());
    for n in 0..rulebook.tracks.len() {
        let members: Vec<bool> = track.iter().map(|t| *t == Some(n)).collect();
        tracks.push(track_facts(rulebook, n, &table, &members, &everyone, (&units, parcel_ids), findings)?);
    }
    let adjustments = rulebook
        .adjustments
        .iter()
        .enumerate()
        .map(|(n, adjustment)| condition(&table, &adjustment.when, Place::key("adjustment").nth(n).then("when"), rulebook))
        .collect::<Result<Vec<Condition>>>()?;
    Ok(Assessment { units, ids, exempt, track, tracks, adjustments, table })
}

/// Computes every expression and condition of a rulebook over a table, for its mistakes alone.
///
/// # Errors
/// One names an unknown column or cannot be computed.
pub fn try_expressions(rulebook: &Rulebook, table: &DataFrame) -> Result<()> {
    let ids: Vec<String> = (0..table.height()).map(|row| row.to_string()).collect();
    let assessment = assess(rulebook, table, &ids, &[], &mut Vec::new())?;
    let units = assessment.ids.len();
    let graded = assessment.table_with(rulebook, &vec![None; units], &vec![String::new(); units])?;
    let adjustments = rulebook.adjustments.iter().enumerate().map(|(n, a)| (&a.when, Place::key("adjustment").nth(n)));
    let rules = rulebook.rules.iter().enumerate().map(|(n, r)| (&r.when, Place::key("rule").nth(n)));
    for (when, place) in adjustments.chain(rules) {
        holds(&graded, when).map_err(|e| e.at(rulebook.at(&place.then("when"))))?;
    }
    Ok(())
}

/// The first of some conditions that holds of each unit, among those that are open.
fn first_that_holds<'a>(
    table: &DataFrame,
    conditions: impl Iterator<Item = (Option<&'a str>, Place)>,
    open: &[bool],
    rulebook: &Rulebook,
) -> Result<Vec<Option<usize>>> {
    let mut first = vec![None; open.len()];
    for (n, (when, place)) in conditions.enumerate() {
        let holds = match when {
            Some(when) => holds(table, when).map_err(|e| e.at(rulebook.at(&place)))?,
            None => vec![true; open.len()],
        };
        for (unit, first) in first.iter_mut().enumerate() {
            if first.is_none() && open[unit] && holds[unit] {
                *first = Some(n);
            }
        }
    }
    Ok(first)
}

/// Of which units a condition holds.
pub(super) fn holds(table: &DataFrame, when: &str) -> Result<Vec<bool>> {
    Ok(sql::conditions(table, &[when])?.pop().unwrap_or_default())
}

fn condition(table: &DataFrame, when: &str, at: Place, rulebook: &Rulebook) -> Result<Condition> {
    let asked = sql::columns_of(when)
        .map_err(|e| e.at(rulebook.at(&at)))?
        .iter()
        .any(|name| matches!(name.as_str(), "score" | "grade") || name.starts_with("i_"));
    if asked {
        return Ok(Condition::Asked { text: when.to_owned(), at });
    }
    holds(table, when).map(Condition::Known).map_err(|e| e.at(rulebook.at(&at)))
}

fn track_facts(
    rulebook: &Rulebook,
    n: usize,
    table: &DataFrame,
    members: &[bool],
    everyone: &Arc<[usize]>,
    (units, parcel_ids): (&Units, &[String]),
    findings: &mut Vec<Finding>,
) -> Result<TrackFacts> {
    let (track, place) = (&rulebook.tracks[n], Place::key("track").nth(n));
    let at = |place: &Place| rulebook.at(place);
    let peers = peer_groups(&track.peers, table, members, everyone).map_err(|e| e.at(at(&place.then("peers").then("by"))))?;
    let mut values = numbers(table, track.indicators.iter().map(|i| i.expr.as_str()), &place.then("indicator"), rulebook)?;
    // Of land whose area is not known nothing can be said per mu: its other figures alone would be no grade of the land.
    let measured = has_area(table)?;
    for (indicator, values) in track.indicators.iter().zip(&mut values) {
        let wanted = indicator.normalise.and_then(crate::rulebook::Normalise::over) == Some(Over::Everyone);
        for (unit, value) in values.iter_mut().enumerate() {
            if !(members[unit] || wanted) || !measured[unit] {
                *value = None;
            } else if let Some(x) = value.filter(|x| !x.is_finite()) {
                *value = None;
                if members[unit] {
                    findings.extend(units.rows(unit).into_iter().map(|row| not_finite(row, &parcel_ids[row], &indicator.id, x)));
                }
            }
        }
    }
    let mut bonuses = numbers(table, track.bonuses.iter().map(|b| b.expr.as_str()), &place.then("bonus"), rulebook)?;
    for (bonus, values) in track.bonuses.iter().zip(&mut bonuses) {
        for (unit, value) in values.iter_mut().enumerate() {
            *value = value.filter(|x| members[unit] && x.is_finite()).map(|x| {
                let x = bonus.min.map_or(x, |min| x.max(min));
                bonus.max.map_or(x, |max| x.min(max))
            });
        }
    }
    let quota_groups = quota_groups(track, table, peers.members()).map_err(|e| e.at(at(&place.then("grading").then("per"))))?;
    Ok(TrackFacts { peers, values, bonuses, quota_groups })
}

/// Which units have the area that divides; all where the table does not tell it.
fn has_area(table: &DataFrame) -> Result<Vec<bool>> {
    match table.column("area_mu") {
        Ok(area) => Ok(area.is_not_null().iter().map(|is| is.unwrap_or(false)).collect()),
        Err(_) => Ok(vec![true; table.height()]),
    }
}

fn numbers<'a>(
    table: &DataFrame,
    expressions: impl Iterator<Item = &'a str>,
    array: &Place,
    rulebook: &Rulebook,
) -> Result<Vec<Vec<Option<f64>>>> {
    let mut values = Vec::new();
    for (n, expr) in expressions.enumerate() {
        values.extend(sql::numbers(table, &[expr]).map_err(|e| e.at(rulebook.at(&array.nth(n).then("expr"))))?);
    }
    Ok(values)
}

fn not_finite(row: usize, id: &str, indicator: &str, x: f64) -> Finding {
    let place = FoundAt { source: Source::Parcels, row: Some(row), id: Some(id.to_owned()), at: None };
    Finding::new(Code::IndicatorNonFinite, place, format!("{indicator} = {x}"))
}

/// The units that share a quota. Units of which a column of the groups is missing share one.
fn quota_groups(track: &Track, table: &DataFrame, members: &[usize]) -> Result<Vec<Vec<usize>>> {
    match &track.grading {
        Grading::Quota { per, .. } if !per.is_empty() => {
            let mut groups: Vec<Vec<usize>> = grouped(table, per, members)?.into_iter().map(|(_, units)| units).collect();
            let mut placed = vec![false; table.height()];
            groups.iter().flatten().for_each(|unit| placed[*unit] = true);
            let rest: Vec<usize> = members.iter().copied().filter(|unit| !placed[*unit]).collect();
            if !rest.is_empty() {
                groups.push(rest);
            }
            Ok(groups)
        }
        _ => Ok(vec![members.to_vec()]),
    }
}

impl Condition {
    /// Of which units it holds, given the grading so far.
    pub(super) fn holds(&self, graded: &dyn Fn() -> Result<DataFrame>, rulebook: &Rulebook) -> Result<Vec<bool>> {
        match self {
            Self::Known(holds) => Ok(holds.clone()),
            Self::Asked { text, at } => holds(&graded()?, text).map_err(|e| e.at(rulebook.at(at))),
        }
    }
}

impl Assessment {
    /// Whether a unit has the area that divides; without it, it has no values.
    #[must_use]
    pub fn has_area(&self, unit: usize) -> bool {
        self.table.column("area_mu").map_or(true, |area| area.get(unit).is_ok_and(|mu| !mu.is_null()))
    }

    /// Of which units the condition of each adjustment holds; none of one that depends on the score or the grade.
    ///
    /// # Errors
    /// A condition cannot be computed.
    pub(crate) fn adjustments_that_hold(&self, rulebook: &Rulebook) -> Result<Vec<Option<Vec<bool>>>> {
        let units = self.ids.len();
        let ungraded = || self.table_with(rulebook, &vec![None; units], &vec![String::new(); units]);
        self.adjustments
            .iter()
            .zip(&rulebook.adjustments)
            .map(|(condition, adjustment)| {
                let of_grading = sql::columns_of(&adjustment.when)?.iter().any(|name| matches!(name.as_str(), "score" | "grade"));
                if of_grading { Ok(None) } else { condition.holds(&ungraded, rulebook).map(Some) }
            })
            .collect()
    }

    /// A unit's values of some columns, with `/` between.
    pub(crate) fn values_of(&self, columns: &[String], unit: usize) -> String {
        let value = |name: &String| match self.table.column(name).and_then(|column| column.get(unit)) {
            Ok(AnyValue::String(text)) => text.to_owned(),
            Ok(AnyValue::StringOwned(text)) => text.to_string(),
            Ok(AnyValue::Null) | Err(_) => "–".to_owned(),
            Ok(other) => other.to_string(),
        };
        columns.iter().map(value).collect::<Vec<_>>().join("/")
    }

    /// The table with the score, the grade and the indicators, for conditions that name them.
    pub(super) fn table_with(&self, rulebook: &Rulebook, score: &[Option<f64>], grade: &[String]) -> Result<DataFrame> {
        let mut table = self.table.clone();
        let mut put = |column: Column| table.with_column(column).map(|_| ()).map_err(|e| Error::new(e.to_string()));
        put(Column::new("score".into(), score))?;
        put(Column::new("grade".into(), grade))?;
        for (id, values) in self.indicator_values(rulebook) {
            put(Column::new(format!("i_{id}").as_str().into(), values))?;
        }
        Ok(table)
    }

    /// The raw value of each indicator of the rulebook, one entry a unit, as its own track measures it.
    #[must_use]
    pub fn indicator_values(&self, rulebook: &Rulebook) -> Vec<(String, Vec<Option<f64>>)> {
        rulebook
            .indicators()
            .into_iter()
            .map(|indicator| {
                let mut values = vec![None; self.ids.len()];
                for (track, facts) in rulebook.tracks.iter().zip(&self.tracks) {
                    if let Some(k) = track.indicators.iter().position(|i| i.id == indicator.id) {
                        facts.peers.members().iter().for_each(|unit| values[*unit] = facts.values[k][*unit]);
                    }
                }
                (indicator.id.clone(), values)
            })
            .collect()
    }
}
