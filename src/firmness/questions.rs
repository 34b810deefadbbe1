//! Conditions of the rulebook that come after the ranking, asked no more often than their answers can change.

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
    /// The areas.
    Areas,
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
        (rulebook, parcels, areas): (&Rulebook, Parcels<'_>, &Areas<'_>),
    ) -> Result<Self> {
        let columns: BTreeSet<String> = sql::columns_of(text).map_err(|e| e.at(rulebook.at(&place)))?.into_iter().collect();
        let names = |known: &dyn Fn(&str) -> bool| columns.iter().any(|name| known(name));
        let needs = if names(&|name| matches!(name, "score" | "grade")) {
            Needs::Grades
        } else if areas.matter() && names(&|name| AREAS.contains(&name) || name.starts_with("i_")) {
            Needs::Areas
        } else {
            Needs::Nothing(Vec::new())
        };
        let mut question = Self { text, place, of, columns, needs };
        if let Needs::Nothing(_) = question.needs {
            question.needs = Needs::Nothing(question.ask(rulebook, parcels, &areas.own(), None)?);
        }
        Ok(question)
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
        let mut table = self.table(parcels, facts)?;
        let units = &facts.assessment.units;
        let mut put = |name: &str, column: Column| {
            table.with_column(column.with_name(name.into())).map(|_| ()).map_err(|e| Error::new(e.to_string()))
        };
        for name in &self.columns {
            if let Some(values) = name.strip_prefix("i_").and_then(|id| indicator(rulebook, facts, id)) {
                put(name, Series::new("".into(), self.rows(units, values)).into())?;
            }
        }
        if let Some(Graded { score, grade, names }) = graded {
            put("score", Series::new("".into(), self.rows(units, score.to_vec())).into())?;
            let grades: Vec<&str> = grade.iter().map(|place| names[usize::from(*place)].as_str()).collect();
            put("grade", Series::new("".into(), self.rows(units, grades)).into())?;
        }
        let mut answers = sql::conditions(&table, &[self.text]).map_err(|e| e.at(rulebook.at(&self.place)))?;
        Ok(answers.pop().unwrap_or_default())
    }

    fn rows<T: Clone>(&self, units: &crate::score::Units, of_units: Vec<T>) -> Vec<T> {
        if self.of == Asked::Units { of_units } else { units.spread(of_units) }
    }

    /// The columns that the condition names, with the areas of the draw. Where it names none of the table's, all of them.
    fn table(&self, parcels: Parcels<'_>, facts: &Facts<'_>) -> Result<DataFrame> {
        let (table, factors) = match (self.of, &facts.factors, &facts.assessment) {
            (Asked::Parcels, factors, _) => (parcels.table, factors.as_ref().map(|(of_parcels, _)| of_parcels)),
            (Asked::Units, _, Cow::Owned(assessed)) => (&assessed.table, None),
            (Asked::Units, factors, Cow::Borrowed(own)) => (&own.table, factors.as_ref().map(|(_, of_units)| of_units)),
        };
        let named: Vec<&str> = self.columns.iter().map(String::as_str).filter(|name| table.column(name).is_ok()).collect();
        let table = if named.is_empty() { table.clone() } else { table.select(named).map_err(|e| Error::new(e.to_string()))? };
        factors.map_or(Ok(table.clone()), |factors| with_areas(&table, factors))
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
