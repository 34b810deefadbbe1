//! The fields the program knows: the table in `seeds/fields.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::read::heading::{Heading, same};
use crate::read::unit::{self, Dimension, Unit};

/// A field the program knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Canonical name, English snake case with the unit in it.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    #[serde(rename = "in")]
    pub(super) inputs: Vec<String>,
    #[serde(rename = "type")]
    kind: FieldKind,
    /// The unit its numbers are in.
    #[serde(default)]
    unit: Option<String>,
    /// Figures of several enterprises on one parcel are summed, those of one on several parcels are shared out.
    #[serde(default)]
    pub add: bool,
    /// Below this a value is impossible.
    pub min: Option<f64>,
    /// Above this a value is impossible.
    pub max: Option<f64>,
    /// What a text may say, where that is fixed: lists of words that mean the same.
    #[serde(default)]
    pub words: Vec<Vec<String>>,
    pub(super) aliases: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FieldKind {
    Text,
    Number,
}

impl Field {
    /// Whether a parcel or its enterprises may have it.
    #[must_use]
    pub fn of_parcels(&self) -> bool {
        self.inputs.iter().any(|input| input == "parcels" || input == "enterprises")
    }

    /// Whether the field holds numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.kind == FieldKind::Number
    }

    /// Whether its vocabulary has a word; case does not matter.
    #[must_use]
    pub fn has_word(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.words.iter().flatten().any(|known| *known == word)
    }

    /// The unit its numbers are in; `None` for text.
    #[must_use]
    pub fn unit(&self) -> Option<&'static Unit> {
        unit::find(self.unit.as_deref()?)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }
}

/// All fields, in the order of the table.
#[must_use]
pub fn known() -> &'static [Field] {
    #[derive(Deserialize)]
    struct Seed {
        field: Vec<Field>,
    }
    static FIELDS: OnceLock<Vec<Field>> = OnceLock::new();
    // A broken seed is caught by the test below; at run time it would mean no aliases.
    FIELDS.get_or_init(|| {
        toml::from_str::<Seed>(include_str!("../../../seeds/fields.toml")).map(|seed| seed.field).unwrap_or_default()
    })
}

/// The field called `name`, if it is known.
#[must_use]
pub fn field(name: &str) -> Option<&'static Field> {
    known().iter().find(|field| field.name == name)
}

/// Whether a column of this name holds figures of a known field.
pub(crate) fn is_measure(name: &str) -> bool {
    let heading = Heading::of(name);
    known()
        .iter()
        .filter(|field| field.is_number())
        .any(|field| field.names().any(|known| same(known, name) || same(known, &heading.stem)))
}

/// The unit the figures of a column are in: the one its name states, else that of the field it is called like.
pub(crate) fn unit_of(name: &str) -> Option<&'static Unit> {
    stated_unit(name).or_else(|| called(name)?.unit())
}

/// What a column measures that is called like a field and states no unit, neither beside its name nor in it (`税收万元`, `tax_wan`).
pub(crate) fn unitless(name: &str) -> Option<Dimension> {
    let stem = Heading::of(name).stem;
    let states_one = stated_unit(name).is_some() || ["wan", "yuan"].iter().any(|end| stem.ends_with(end));
    called(name).filter(|_| !states_one)?.unit().map(|unit| unit.dimension)
}

fn stated_unit(name: &str) -> Option<&'static Unit> {
    Heading::readings(name).iter().find_map(|heading| heading.unit)
}

/// The field a column is called like, unit and year aside.
fn called(name: &str) -> Option<&'static Field> {
    let headings = Heading::readings(name);
    let is_called = |known: &str| same(known, name) || headings.iter().any(|heading| same(known, &heading.stem));
    known().iter().find(|field| field.is_number() && field.names().any(is_called))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_no_alias_means_two_fields_of_one_input() {
        assert!(known().len() > 25);
        for input in ["parcels", "enterprises", "occupancy", "districts", "parks", "layout"] {
            let mut names: Vec<String> = known()
                .iter()
                .filter(|f| f.inputs.iter().any(|i| i == input))
                .flat_map(|f| f.aliases.iter().chain([&f.name]))
                .map(|n| n.to_lowercase().replace(['_', '-', ' '], ""))
                .collect();
            names.sort();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "an alias is in the table twice for {input}");
        }
    }
}
