//! Ways in which a city's data go wrong, and what must be said of each.

use mujun::finding::{Code, Finding};
use mujun::model::Source;
use rand_chacha::ChaCha8Rng;

use super::city::City;

#[path = "damage/coordinates.rs"]
mod coordinates;
#[path = "damage/files.rs"]
mod files;
#[path = "damage/joins.rs"]
mod joins;
#[path = "damage/shapes.rs"]
mod shapes;
#[path = "damage/tables.rs"]
mod tables;
#[path = "damage/values.rs"]
mod values;

/// One way in which data go wrong.
pub struct Kind {
    pub name: &'static str,
    /// Chooses formats and systems in which it can happen; done to the clean city too.
    pub prepare: fn(&mut City, &mut ChaCha8Rng),
    pub damage: fn(&mut City, &mut ChaCha8Rng) -> Claim,
}

/// Which rows of an input a finding may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// The input as a whole.
    Whole,
    /// One of these rows.
    Rows(Vec<usize>),
    Anywhere,
}

/// A finding that is to be expected.
#[derive(Debug, Clone)]
pub struct Said {
    /// One of them.
    pub codes: &'static [Code],
    pub source: Source,
    pub at: Where,
}

impl Said {
    pub fn holds(&self, finding: &Finding) -> bool {
        let here = match (&self.at, finding.place.row) {
            (Where::Anywhere, _) | (Where::Whole, None) => true,
            (Where::Rows(rows), Some(row)) => rows.contains(&row),
            _ => false,
        };
        here && finding.place.source == self.source && self.codes.contains(&finding.code)
    }
}

/// What must be said of a damaged city, and what may be said besides because it follows from the damage.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    pub expected: Vec<Said>,
    pub consequences: Vec<Said>,
}

impl Claim {
    pub fn row(codes: &'static [Code], source: Source, row: usize) -> Self {
        Self::one(codes, source, Where::Rows(vec![row]))
    }

    pub fn whole(codes: &'static [Code], source: Source) -> Self {
        Self::one(codes, source, Where::Whole)
    }

    pub fn one(codes: &'static [Code], source: Source, at: Where) -> Self {
        Self { expected: vec![Said { codes, source, at }], consequences: Vec::new() }
    }

    /// The same about rows that stand elsewhere in the file: row *n* is at `places[n]`.
    pub fn moved(mut self, source: Source, places: &[usize]) -> Self {
        for said in self.expected.iter_mut().chain(&mut self.consequences).filter(|said| said.source == source) {
            if let Where::Rows(rows) = &mut said.at {
                rows.iter_mut().for_each(|row| *row = places[*row]);
            }
        }
        self
    }

    /// With what follows from the damage.
    pub fn with(mut self, codes: &'static [Code], source: Source, at: Where) -> Self {
        self.consequences.push(Said { codes, source, at });
        self
    }
}

/// Every kind of damage.
pub fn kinds() -> Vec<Kind> {
    [coordinates::KINDS, shapes::KINDS, values::KINDS, tables::KINDS, joins::KINDS, files::KINDS]
        .into_iter()
        .flatten()
        .map(|kind| Kind { ..*kind })
        .collect()
}

/// Leaves the city as it is.
fn as_it_is(_: &mut City, _: &mut ChaCha8Rng) {}
