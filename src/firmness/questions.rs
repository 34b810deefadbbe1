//! Conditions of the rulebook that come after the ranking, asked no more often than their answers can change. An answer that is the same
//! with the areas at either end of the tolerance is taken as the same in between.

use std::borrow::Cow;
use std::collections::BTreeSet;

use polars::prelude::*;

use super::areas::{AREAS, Areas, Facts, Parcels, with_areas};
use crate::error::{Error, Result};
use crate::rulebook::{Place, Rulebook};
use crate::sql;

/// Whom a condition is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Units,
    Parcels,
}

/// A condition and what its answers hang on.
pub(super) struct Question<'a> {
    text: &'a str,
    place: Place,
    of: Asked,
    columns: BTreeSet<String>,
    pub needs: Needs,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Needs {
    /// No draw changes the answers: these.
    Nothing(Vec<bool>),
    /// The areas, where the answers are not the same at both ends of the tolerance; elsewhere they are known.
    Areas { known: Vec<bool>, open: Vec<usize> },
    /// The scores or grades.
    Grades,
}

/// Scores and grades of the units, for conditions that name them.
#[derive(Clone, Copy)]
pub(super) struct Graded<'a> {
    pub score: &'a [Option<f64>],
    pub grade: &'a [u8],
    /// The grades by their places.
    pub names: &'a [String],
}

impl<'a> Question<'a> {
    /// # Errors
    /// The condition cannot be read or computed.
    pub fn new(
        text: &'a str,
        place: Place,
        of: Asked,
        (rulebook, parcels, areas, ends): (&Rulebook, Parcels<'_>, &Areas<'_>, Option<&[Facts<'_>; 2]>),
    ) -> Result<Self> {
        let columns: BTreeSet<String> = sql::columns_of(text).map_err(|e| e.at(rulebook.at(&place)))?.into_iter().collect();
        let names = |known: &dyn Fn(&str) -> bool| columns.iter().any(|name| known(name));
        let of_grades = names(&|name| matches!(name, "score" | "grade"));
        let of_areas = names(&|name| AREAS.contains(&name) || name.starts_with("i_"));
        let mut question = Self { text, place, of, columns, needs: Needs::Grades };
        if of_grades {
            return Ok(question);
        }
        let ask = |facts: &Facts<'_>| question.ask(rulebook, parcels, facts, None);
        question.needs = match ends {
            Some([low, high]) if of_areas => {
                let (low, high) = (ask(low)?, ask(high)?);
                let open = (0..low.len()).filter(|row| low[*row] != high[*row]).collect();
                Needs::Areas { known: low, open }
            }
            _ => Needs::Nothing(ask(&areas.own())?),
        };
        Ok(question)
    }

    /// The answers with the areas of one draw, where they hang on these alone.
    ///
    /// # Errors
    /// The condition cannot be computed.
    pub fn with_areas(&self, rulebook: &Rulebook, parcels: Parcels<'_>, facts: &Facts<'_>) -> Result<Option<Vec<bool>>> {
        let Needs::Areas { known, open } = &self.needs else { return Ok(None) };
        let mut answers = known.clone();
        if !open.is_empty() {
            let asked = self.answers(rulebook, parcels, facts, None, Some(open))?;
            open.iter().zip(asked).for_each(|(row, holds)| answers[*row] = holds);
        }
        Ok(Some(answers))
    }

    /// Of which units or parcels the condition holds.
    ///
    /// # Errors
    /// The condition cannot be computed.
    pub fn ask(
        &self,
        rulebook: &Rulebook,
        parcels: Parcels<'_>,
        facts: &Facts<'_>,
        graded: Option<Graded<'_>>,
    ) -> Result<Vec<bool>> {
        self.answers(rulebook, parcels, facts, graded, None)
    }

    /// The answers for some rows, or for all.
    fn answers(
        &self,
        rulebook: &Rulebook,
        parcels: Parcels<'_>,
        facts: &Facts<'_>,
        graded: Option<Graded<'_>>,
        rows: Option<&[usize]>,
    ) -> Result<Vec<bool>> {
        let mut table = self.table(parcels, facts, rows)?;
        let units = &facts.assessment.units;
        let mut put = |name: &str, column: Column| {
            table.with_column(column.with_name(name.into())).map(|_| ()).map_err(|e| Error::new(e.to_string()))
        };
        for name in &self.columns {
            if let Some(values) = name.strip_prefix("i_").and_then(|id| indicator(rulebook, facts, id)) {
                put(name, Series::new("".into(), chosen(self.rows(units, values), rows)).into())?;
            }
        }
        if let Some(Graded { score, grade, names }) = graded {
            put("score", Series::new("".into(), chosen(self.rows(units, score.to_vec()), rows)).into())?;
            let grades: Vec<&str> = grade.iter().map(|place| names[usize::from(*place)].as_str()).collect();
            put("grade", Series::new("".into(), chosen(self.rows(units, grades), rows)).into())?;
        }
        let mut answers = sql::conditions(&table, &[self.text]).map_err(|e| e.at(rulebook.at(&self.place)))?;
        Ok(answers.pop().unwrap_or_default())
    }

    fn rows<T: Clone>(&self, units: &crate::score::Units, of_units: Vec<T>) -> Vec<T> {
        if self.of == Asked::Units { of_units } else { units.spread(of_units) }
    }

    /// The columns that the condition names, with the areas of the draw. Where it names none of the table's, all of them.
    fn table(&self, parcels: Parcels<'_>, facts: &Facts<'_>, rows: Option<&[usize]>) -> Result<DataFrame> {
        let fault = |e: PolarsError| Error::new(e.to_string());
        let (table, factors) = match (self.of, &facts.factors, &facts.assessment) {
            (Asked::Parcels, factors, _) => (parcels.table, factors.as_ref().map(|(of_parcels, _)| of_parcels)),
            (Asked::Units, _, Cow::Owned(assessed)) => (&assessed.table, None),
            (Asked::Units, factors, Cow::Borrowed(own)) => (&own.table, factors.as_ref().map(|(_, of_units)| of_units)),
        };
        let named: Vec<&str> = self.columns.iter().map(String::as_str).filter(|name| table.column(name).is_ok()).collect();
        let mut table = if named.is_empty() { table.clone() } else { table.select(named).map_err(fault)? };
        if let Some(rows) = rows {
            let rows: IdxCa = rows.iter().map(|row| IdxSize::try_from(*row).ok()).collect();
            table = table.take(&rows).map_err(fault)?;
        }
        match factors {
            Some(factors) => with_areas(&table, &chosen(factors.clone(), rows)),
            None => Ok(table),
        }
    }
}

/// The entries of some rows, or of all.
fn chosen<T: Clone>(all: Vec<T>, rows: Option<&[usize]>) -> Vec<T> {
    match rows {
        Some(rows) => rows.iter().map(|row| all[*row].clone()).collect(),
        None => all,
    }
}

/// The raw values of an indicator over all units, as the track of each measures it.
fn indicator(rulebook: &Rulebook, facts: &Facts<'_>, id: &str) -> Option<Vec<Option<f64>>> {
    let mut values = None;
    for ((track, of_track), columns) in rulebook.tracks.iter().zip(&facts.assessment.tracks).zip(&facts.values) {
        if let Some(k) = track.indicators.iter().position(|indicator| indicator.id == id) {
            let values = values.get_or_insert_with(|| vec![None; columns[k].len()]);
            of_track.peers.members().iter().for_each(|unit| values[*unit] = columns[k][*unit]);
        }
    }
    values
}
