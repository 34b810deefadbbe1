//! What each code means, read from `catalogue/`: a page in Chinese and one in English, and an example.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::model::Source;

/// What a code means, in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What is wrong, in a few words.
    pub title: String,
    /// Why it matters: what goes wrong in area, grade, list or objection.
    pub why: String,
    /// What to do about it, in a few words.
    pub mend: String,
    /// How to do it, step by step.
    pub steps: Vec<String>,
}

/// A finding as it might be in `findings.csv`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Input: a section of `survey.toml`.
    pub input: String,
    /// Row from 1; none for the input as a whole.
    pub row: Option<u64>,
    pub id: Option<String>,
    pub detail: String,
    /// The detail in Chinese, unless it is nothing but data.
    pub detail_zh: Option<String>,
    /// Areas in m² before and after, where a rule mended the shape.
    pub areas: Option<[f64; 2]>,
}

impl Example {
    /// Input, row, id, detail and areas in one line, in Chinese and in English.
    #[must_use]
    pub fn lines(&self) -> (String, String) {
        let input_zh = INPUTS.iter().find(|source| source.name() == self.input).map_or("", |source| source.name_zh());
        let line = |input: &str, row: Option<String>, colon: &str, detail: &str, areas: Option<String>| {
            let place = [Some(input.to_owned()), row, self.id.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
            let detail = Some(detail.to_owned()).filter(|detail| !detail.is_empty());
            let what = [detail, areas].into_iter().flatten().collect::<Vec<_>>().join("; ");
            if what.is_empty() { place } else { format!("{place}{colon}{what}") }
        };
        let detail_zh = self.detail_zh.as_ref().unwrap_or(&self.detail);
        let areas_zh = self.areas.map(|[before, after]| format!("修复前 {before:.2} m²，修复后 {after:.2} m²"));
        let areas_en = self.areas.map(|[before, after]| format!("{before:.2} m² before, {after:.2} m² after"));
        (
            line(input_zh, self.row.map(|row| format!("第 {row} 行")), "：", detail_zh, areas_zh),
            line(&self.input, self.row.map(|row| format!("row {row}")), ": ", &self.detail, areas_en),
        )
    }
}

/// The inputs an example can name.
const INPUTS: [Source; 6] =
    [Source::Parcels, Source::Districts, Source::Parks, Source::Layout, Source::Enterprises, Source::Occupancy];

/// What a finding is about; each is a file of `catalogue/`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    #[default]
    Files,
    Coordinates,
    Shapes,
    Parcels,
    Values,
    Zones,
    Enterprises,
}

impl Subject {
    /// Every subject, in the order of the documentation.
    pub const ALL: [Self; 7] =
        [Self::Files, Self::Coordinates, Self::Shapes, Self::Parcels, Self::Values, Self::Zones, Self::Enterprises];

    /// Its name in Chinese and in English.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Files => ("文件、文字与表头", "Files, text and headers"),
            Self::Coordinates => ("坐标系", "Coordinate reference systems"),
            Self::Shapes => ("图形", "Shapes"),
            Self::Parcels => ("宗地代码与拓扑", "Parcel ids and topology"),
            Self::Values => ("数值、代码与面积", "Values, codes and areas"),
            Self::Zones => ("行政区、园区与布局", "Districts, parks and layout"),
            Self::Enterprises => ("企业、占用关系与指标", "Enterprises, occupancy and indicators"),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Files => include_str!("catalogue/files.toml"),
            Self::Coordinates => include_str!("catalogue/coordinates.toml"),
            Self::Shapes => include_str!("catalogue/shapes.toml"),
            Self::Parcels => include_str!("catalogue/parcels.toml"),
            Self::Values => include_str!("catalogue/values.toml"),
            Self::Zones => include_str!("catalogue/zones.toml"),
            Self::Enterprises => include_str!("catalogue/enterprises.toml"),
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(skip)]
    pub subject: Subject,
    pub example: Example,
    pub zh: Page,
    pub en: Page,
}

/// What is said of a code; empty texts for one that is not in the catalogue.
pub(super) fn entry(code: &str) -> &'static Entry {
    static CATALOGUE: OnceLock<HashMap<String, Entry>> = OnceLock::new();
    static NONE: OnceLock<Entry> = OnceLock::new();
    // A broken catalogue is caught by the tests below; at run time it would mean empty texts.
    CATALOGUE
        .get_or_init(|| Subject::ALL.into_iter().flat_map(|subject| entries(subject).unwrap_or_default()).collect())
        .get(code)
        .unwrap_or_else(|| NONE.get_or_init(Entry::default))
}

fn entries(subject: Subject) -> Result<HashMap<String, Entry>, toml::de::Error> {
    let mut entries: HashMap<String, Entry> = toml::from_str(subject.text())?;
    entries.values_mut().for_each(|entry| entry.subject = subject);
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    #[test]
    fn the_catalogue_has_every_code_once_and_no_other() {
        let parts: Vec<_> = Subject::ALL.into_iter().map(|subject| entries(subject).unwrap()).collect();
        assert_eq!(parts.iter().map(HashMap::len).sum::<usize>(), Code::ALL.len());
        for code in Code::ALL {
            let found = parts.iter().filter(|entries| entries.contains_key(code.name())).count();
            assert_eq!(found, 1, "{}", code.name());
        }
    }

    #[test]
    fn every_page_is_complete_and_in_its_language() {
        let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for code in Code::ALL {
            let (zh, en) = code.pages();
            for page in [zh, en] {
                let steps = page.steps.iter().map(String::as_str);
                for text in [page.title.as_str(), &page.why, &page.mend].into_iter().chain(steps) {
                    assert!(!text.is_empty() && text.trim() == text, "{}: \"{text}\"", code.name());
                }
                assert!((1..=4).contains(&page.steps.len()), "{}", code.name());
                assert!(page.why.chars().count() > 20, "{}", code.name());
            }
            assert_eq!(zh.steps.len(), en.steps.len(), "{}", code.name());
            assert!(chinese(&zh.title) && chinese(&zh.why) && zh.steps.iter().all(|step| chinese(step)), "{}", code.name());
            assert!(!chinese(&en.why), "{}", code.name());
            assert!(!zh.why.contains(['(', ';']) && zh.why.ends_with('。'), "{}: full-width signs", code.name());
        }
    }

    #[test]
    fn every_example_names_an_input() {
        for code in Code::ALL {
            let example = code.example();
            assert!(INPUTS.iter().any(|source| source.name() == example.input), "{}", code.name());
        }
        let (zh, en) = Code::SelfCrossing.example().lines();
        assert_eq!(zh, "宗地 第 128 行 310116-000128：修复前 5753.21 m²，修复后 5612.08 m²");
        assert_eq!(en, "parcels row 128 310116-000128: 5753.21 m² before, 5612.08 m² after");
    }
}
