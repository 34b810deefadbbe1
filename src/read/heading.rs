//! What the name of a column says beside the name: a unit, a year.

use super::number::fold;
use super::unit::{self, Unit};

/// The name of a column taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heading {
    /// The name without unit and year, folded to lower case and half width.
    pub stem: String,
    pub unit: Option<&'static Unit>,
    pub year: Option<u16>,
}

impl Heading {
    /// Takes a name apart: `2023年税收（万元）`, `用地面积[亩]`, `面积 hm2`, `SS2023`.
    pub fn of(name: &str) -> Self {
        let folded = fold(name).to_lowercase().replace(['【', '［', '〔'], "[").replace(['】', '］', '〕'], "]");
        let (mut stem, notes) = bracketed(&folded);
        let mut heading = Self { stem: String::new(), unit: None, year: None };
        for note in notes {
            if !heading.take(&note) {
                // Something else in brackets is part of the name.
                stem.push('(');
                stem.push_str(&note);
                stem.push(')');
            }
        }
        heading.stem = heading.without_marks_at_the_ends(&stem);
        heading
    }

    /// All ways to take a name apart: as it stands, and with a Chinese unit that nothing separates from the name.
    pub fn readings(name: &str) -> Vec<Self> {
        let heading = Self::of(name);
        let glued = match heading.unit {
            None => unit::ending(&heading.stem).map(|(stem, unit)| Self {
                stem: stem.to_owned(),
                unit: Some(unit),
                ..heading.clone()
            }),
            Some(_) => None,
        };
        std::iter::once(heading).chain(glued).collect()
    }

    /// Takes what stands in brackets, if it is nothing but units and years.
    fn take(&mut self, note: &str) -> bool {
        let parts: Vec<&str> =
            note.split([',', ';', ':', '、', ' ']).map(str::trim).filter(|part| !part.is_empty() && *part != "单位").collect();
        let known = parts.iter().all(|part| unit::find(part).is_some() || whole_year(part).is_some());
        if known {
            for part in parts {
                self.unit = self.unit.or_else(|| unit::find(part));
                self.year = self.year.or_else(|| whole_year(part));
            }
        }
        known
    }

    /// Takes units and years from the ends of a name.
    fn without_marks_at_the_ends(&mut self, stem: &str) -> String {
        let mut words: Vec<&str> = stem
            .split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | ':' | ',' | '/'))
            .filter(|word| !word.is_empty())
            .collect();
        if stem.contains('/') {
            // "万元/亩" is a unit of its own, not two.
            words = stem.split_whitespace().collect();
        }
        while words.len() > 1 {
            let Some(last) = words.last() else { break };
            match (unit::find(last), whole_year(last)) {
                (Some(unit), _) if self.unit.is_none() => self.unit = Some(unit),
                (_, Some(year)) if self.year.is_none() => self.year = Some(year),
                _ => break,
            }
            words.pop();
        }
        if let Some(year) = words.first().filter(|_| words.len() > 1 && self.year.is_none()).and_then(|word| whole_year(word)) {
            self.year = Some(year);
            words.remove(0);
        }
        let name = words.concat();
        match (self.year, glued_year(&name)) {
            (None, Some((year, rest))) => {
                self.year = Some(year);
                rest.to_owned()
            }
            _ => name,
        }
    }
}

/// Whether two names are the same but for case, width, spaces, `_` and `-`.
pub(super) fn same(a: &str, b: &str) -> bool {
    let letters = |name: &str| {
        fold(name)
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-'))
            .flat_map(char::to_lowercase)
            .collect::<Vec<_>>()
    };
    letters(a) == letters(b)
}

/// The text outside brackets, and what stands in each pair.
fn bracketed(text: &str) -> (String, Vec<String>) {
    let (mut outside, mut inside, mut notes) = (String::new(), None::<String>, Vec::new());
    for c in text.chars() {
        match (c, &mut inside) {
            ('(' | '[', None) => inside = Some(String::new()),
            (')' | ']', Some(_)) => notes.extend(inside.take()),
            (c, Some(note)) => note.push(c),
            (c, None) => outside.push(c),
        }
    }
    // A bracket that is never closed is part of the name.
    if let Some(note) = inside {
        outside.push('(');
        outside.push_str(&note);
    }
    (outside, notes)
}

/// A year from 1900 to 2099 and nothing else: `2023`, `2023年`, `2023年度`, `FY2023`.
pub(super) fn whole_year(text: &str) -> Option<u16> {
    let text = text.strip_prefix("fy").unwrap_or(text);
    let digits = text.strip_suffix("年度").or_else(|| text.strip_suffix('年')).unwrap_or(text);
    digits.parse::<u16>().ok().filter(|year| digits.len() == 4 && (1900..2100).contains(year))
}

/// A year before or behind a name, and the name.
fn glued_year(name: &str) -> Option<(u16, &str)> {
    let front = name.find(|c: char| !c.is_ascii_digit()).and_then(|end| {
        let year = whole_year(name.get(..end)?)?;
        let rest = name.get(end..)?;
        Some((year, rest.strip_prefix("年度").or_else(|| rest.strip_prefix('年')).unwrap_or(rest)))
    });
    let back = || {
        let trimmed = name.strip_suffix("年度").or_else(|| name.strip_suffix('年')).unwrap_or(name);
        let begin = trimmed
            .rfind(|c: char| !c.is_ascii_digit())
            .and_then(|at| Some(at + trimmed.get(at..)?.chars().next()?.len_utf8()))?;
        Some((whole_year(trimmed.get(begin..)?)?, trimmed.get(..begin)?))
    };
    front.or_else(back).filter(|(_, rest)| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_into_name_unit_and_year() {
        for (name, stem, unit, year) in [
            ("税收（万元）", "税收", Some("万元"), None),
            ("2023年税收", "税收", None, Some(2023)),
            ("2023年度 税收 (亿元)", "税收", Some("亿元"), Some(2023)),
            ("税收（2022年，单位：元）", "税收", Some("元"), Some(2022)),
            ("用地面积[亩]", "用地面积", Some("亩"), None),
            ("面积 hm²", "面积", Some("公顷"), None),
            ("Parcel_Area_ha", "parcelarea", Some("公顷"), None),
            ("SS2023", "ss", None, Some(2023)),
            ("税收万元", "税收万元", None, None),
            ("宗地面积（确权）", "宗地面积(确权)", None, None),
            ("地均税收（万元/亩）", "地均税收(万元/亩)", None, None),
            ("（亩", "(亩", None, None),
            ("2023", "2023", None, None),
        ] {
            let heading = Heading::of(name);
            assert_eq!((heading.stem.as_str(), heading.unit.map(Unit::name), heading.year), (stem, unit, year), "{name}");
        }
    }
}
