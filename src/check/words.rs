//! Words of fields with a fixed vocabulary that no rule knows.

use std::collections::{BTreeMap, HashSet};

use super::values;
use crate::finding::{Code, Detail, Finding, Place, detail};
use crate::model::Table;
use crate::nearest::nearest;
use crate::read::fields::{Field, field};
use crate::rulebook::Rulebook;

/// Unknown words of one field told one by one, those of most rows first; of more there is how many.
const MOST_WORDS: usize = 10;

/// Tells the words of a table that are none of their field's and that the rulebook does not name either: no rule holds for them. One
/// finding a word, with the number of its rows and the nearest known word.
pub fn words(table: &Table, rulebook: &Rulebook, findings: &mut Vec<Finding>) {
    let mut of_words = table.clone();
    of_words.fields.retain(|(name, _)| field(name).is_some_and(|field| !field.words.is_empty()));
    // What is wrong with the values, or with an expression, is told where all fields are read.
    let Ok(canonical) = values::canonical(&of_words, None, &mut Vec::new()) else { return };
    // Everything between two quotes, and what is between those.
    let named: HashSet<&str> = rulebook.text.split('\'').collect();
    for column in canonical.columns() {
        let (Some(field), Ok(texts)) = (field(column.name()), column.str()) else { continue };
        let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
        texts.iter().flatten().for_each(|word| *rows.entry(word).or_default() += 1);
        let known = |word: &str| field.has_word(word) || named.contains(word) || named.contains(word.to_lowercase().as_str());
        rows.retain(|word, _| !known(word));
        let place = Place { source: table.source, row: None, id: None, at: None };
        let told = details(field, rows).into_iter();
        findings.extend(told.map(|detail| Finding::new(Code::ValueUnknownWord, place.clone(), detail).about(&field.name)));
    }
}

/// What to say of the unknown words of a field, each with the number of its rows.
fn details(field: &Field, rows: BTreeMap<&str, usize>) -> Vec<Detail> {
    let mut words: Vec<(&str, usize)> = rows.into_iter().collect();
    words.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let (told, more) = words.split_at(words.len().min(MOST_WORDS));
    let (zh, en) = (&field.zh, &field.name);
    let mut details: Vec<Detail> = told
        .iter()
        .map(|(word, rows)| {
            let known = match nearest(word, field.words.iter().flatten().map(String::as_str)) {
                Some(near) => detail!("相近用词“{near}”", "nearest \"{near}\""),
                None => {
                    let known: Vec<String> = field.words.iter().map(|same| same.join(" ")).collect();
                    Detail::new(format!("已知用词：{}", known.join("、")), format!("known: {}", known.join(", ")))
                }
            };
            detail!("{zh}“{word}”× {rows}；", "{en} = \"{word}\" × {rows}; ").and(&known)
        })
        .collect();
    if !more.is_empty() {
        let rows: usize = more.iter().map(|(_, rows)| rows).sum();
        let words = more.len();
        details.push(detail!("{zh}：另有 {words} 种用词 × {rows}", "{en}: {words} more words × {rows}"));
    }
    details
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::model::{FieldSource, Source};
    use crate::rulebook::{PRESETS, TEMPLATE};

    fn told(words: &[Option<&str>], rulebook: &str) -> Vec<String> {
        let rows = df!("状态" => words).unwrap();
        let fields = vec![("land_status".to_owned(), FieldSource::Column("状态".into()))];
        let table =
            Table { source: Source::Parcels, path: "p.csv".into(), rows, sheet_rows: Vec::new(), fields, findings: Vec::new() };
        let mut findings = Vec::new();
        super::words(&table, &Rulebook::open(rulebook).unwrap(), &mut findings);
        assert!(findings.iter().all(|f| f.code == Code::ValueUnknownWord && f.field.as_deref() == Some("land_status")));
        findings.into_iter().map(|f| f.detail.en).collect()
    }

    #[test]
    fn a_word_no_rule_knows_is_told_with_its_rows_and_the_nearest_one() {
        let words = [Some("闲置土地"), Some("闲置"), Some(" IDLE "), None, Some("闲置土地"), Some("荒"), Some("stoped")];
        let told = told(&words, "shanghai-illustrative");
        assert_eq!(told[0], "land_status = \"闲置土地\" × 2; nearest \"闲置\"");
        assert_eq!(told[1], "land_status = \"stoped\" × 1; nearest \"stopped\"");
        assert!(told[2].starts_with("land_status = \"荒\" × 1; known: in_use 在用"), "{}", told[2]);
        assert_eq!(told.len(), 3);
    }

    #[test]
    fn of_a_column_of_free_text_the_first_words_are_told_and_the_rest_is_counted() {
        let words: Vec<String> = (0..30).map(|n| format!("备注{n}")).collect();
        let told = told(&words.iter().map(|word| Some(word.as_str())).collect::<Vec<_>>(), "shanghai-illustrative");
        assert_eq!((told.len(), told[10].as_str()), (11, "land_status: 20 more words × 20"));
    }

    /// A known word that a shipped rulebook leaves out would meet no rule and not be told.
    #[test]
    fn a_shipped_rule_that_names_one_form_of_a_word_names_all_of_them() {
        for (name, text) in PRESETS.iter().chain([&("template", TEMPLATE)]) {
            let conditions = text.lines().filter(|line| line.starts_with("when =") || line.starts_with("expr ="));
            for line in conditions {
                for field in crate::read::fields::known().iter().filter(|field| line.contains(&field.name)) {
                    for same in field.words.iter().filter(|same| same.iter().any(|word| line.contains(&format!("'{word}'")))) {
                        assert!(line.contains(&format!("LOWER({})", field.name)), "{name}: {line}");
                        assert!(same.iter().all(|word| line.contains(&format!("'{word}'"))), "{name}: {line}: {same:?}");
                    }
                }
            }
        }
    }
}
