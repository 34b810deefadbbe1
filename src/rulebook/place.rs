//! Places in a rulebook file: which line, which track, which field.

use toml::de::{DeTable, DeValue};

/// A path through the tables and arrays of a TOML file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(&'static str),
    Nth(usize),
}

impl Place {
    pub fn key(name: &'static str) -> Self {
        Self::default().then(name)
    }

    pub fn then(&self, name: &'static str) -> Self {
        Self(self.0.iter().cloned().chain([Step::Key(name)]).collect())
    }

    pub fn nth(&self, n: usize) -> Self {
        Self(self.0.iter().cloned().chain([Step::Nth(n)]).collect())
    }

    /// For messages: `line 12, track "above_scale", indicator "tax_per_mu", weight`. Where the file does not say the last field, the line
    /// is that of the table it belongs in.
    pub fn describe(&self, text: &str) -> String {
        let parsed = DeTable::parse(text).ok();
        let mut words: Vec<String> = Vec::new();
        let mut offset = None;
        let mut here: Option<&DeValue<'_>> = None;
        let mut table = parsed.as_ref().map(toml::Spanned::get_ref);
        for step in &self.0 {
            match step {
                Step::Key(name) => {
                    words.push((*name).to_owned());
                    let entry = table.and_then(|table| table.get_key_value(*name));
                    offset = entry.map(|(key, _)| key.span().start).or(offset);
                    here = entry.map(|(_, value)| value.get_ref());
                }
                Step::Nth(n) => {
                    let item = here.and_then(DeValue::as_array).and_then(|items| items.get(*n));
                    offset = item.map(|item| item.span().start).or(offset);
                    here = item.map(toml::Spanned::get_ref);
                    let name = here.and_then(DeValue::as_table).and_then(named);
                    if let Some(word) = words.last_mut() {
                        *word = name.map_or_else(|| format!("{word} {}", n + 1), |name| format!("{word} \"{name}\""));
                    }
                }
            }
            table = here.and_then(DeValue::as_table);
        }
        let line = offset.map(|offset| line(text, offset));
        line.into_iter().chain(words).collect::<Vec<_>>().join(", ")
    }
}

fn line(text: &str, offset: usize) -> String {
    format!("line {}", 1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count())
}

/// The place of an offset in a file that is TOML but no rulebook, in the words of [`Place::describe`]; of other files the line alone.
pub(super) fn around(text: &str, offset: usize) -> String {
    let head = text.get(offset..).filter(|rest| rest.starts_with('['));
    // A heading is known by the keys in it.
    let end = head.map_or(offset, |rest| offset + rest.find('\n').unwrap_or(rest.len()));
    let mut found = (0, Vec::new());
    if let Ok(parsed) = DeTable::parse(text) {
        last_before(parsed.get_ref(), end, &[], &mut found);
    }
    std::iter::once(line(text, offset)).chain(found.1).collect::<Vec<_>>().join(", ")
}

/// The words of the last key or item that begins before `end`, with where it begins.
fn last_before(table: &DeTable<'_>, end: usize, above: &[String], found: &mut (usize, Vec<String>)) {
    let mut look = |begin: usize, value: &DeValue<'_>, word: String| {
        let words: Vec<String> = above.iter().cloned().chain([word]).collect();
        if begin <= end && begin >= found.0 {
            *found = (begin, words.clone());
        }
        if let Some(table) = value.as_table() {
            last_before(table, end, &words, found);
        }
    };
    for (key, value) in table {
        match value.get_ref().as_array().filter(|items| items.iter().any(|item| item.get_ref().is_table())) {
            Some(items) => {
                for (n, item) in items.iter().enumerate() {
                    let name = item.get_ref().as_table().and_then(named);
                    let word = name
                        .map_or_else(|| format!("{} {}", key.get_ref(), n + 1), |name| format!("{} \"{name}\"", key.get_ref()));
                    look(item.span().start, item.get_ref(), word);
                }
            }
            None => look(key.span().start, value.get_ref(), key.get_ref().to_string()),
        }
    }
}

/// What a table calls itself.
fn named<'a>(table: &'a DeTable<'_>) -> Option<&'a str> {
    ["id", "code", "grade"].iter().find_map(|key| table.get(*key)?.get_ref().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "a = 1\n[[track]]\nid = \"x\"\n[[track.indicator]]\nid = \"tax\"\nweight = 2\n\n[[track]]\nid = \"y\"\nwhen = 3\n";

    #[test]
    fn a_place_has_its_line_and_the_names_around_it() {
        let weight = Place::key("track").nth(0).then("indicator").nth(0).then("weight");
        assert_eq!(weight.describe(TEXT), "line 6, track \"x\", indicator \"tax\", weight");
        assert_eq!(Place::key("track").nth(1).then("when").describe(TEXT), "line 10, track \"y\", when");
    }

    #[test]
    fn an_offset_has_the_names_around_it() {
        let at = |word: &str| around(TEXT, TEXT.find(word).unwrap());
        assert_eq!(at("weight"), "line 6, track \"x\", indicator \"tax\", weight");
        assert_eq!(at("[[track.indicator]]"), "line 4, track \"x\", indicator \"tax\"");
        assert_eq!(at("3\n"), "line 10, track \"y\", when");
        assert_eq!(around("[a\nb = 1", 0), "line 1");
    }

    #[test]
    fn a_field_that_is_not_there_has_the_line_of_its_table() {
        let missing = Place::key("track").nth(1).then("grading").describe(TEXT);
        assert_eq!(missing, "line 8, track \"y\", grading");
    }
}
