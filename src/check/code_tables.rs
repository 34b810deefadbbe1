//! Industry and land-use codes: the published tables in `seeds/codes/`, and whether a value is in one of them.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;

use crate::finding::{Detail, detail};

/// What is wrong with a code; the text says it to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// In no table; what of it is known, if anything.
    Unknown(Option<String>),
    /// Known with a zero in front, which a spreadsheet takes away: the code as it should be, and its name.
    LostZero(String, &'static str),
    /// The letter is another section's than the digits'.
    Section { letter: char, should: char },
    /// Mixed with what is no separator, such as two codes run together.
    Unreadable,
}

impl Fault {
    /// To a person.
    #[must_use]
    pub fn told(&self) -> Detail {
        match self {
            Self::Unknown(None) => detail!("分类表中没有", "in no classification"),
            Self::Unknown(Some(near)) => detail!("分类表中没有，有 {near}", "in no classification; {near} is"),
            Self::LostZero(code, name) => {
                detail!("可能丢了前导零：{code} {name}", "a zero in front may be lost: {code} {name}")
            }
            Self::Section { letter, should } => {
                detail!("数字属于门类 {should}，不是 {letter}", "the digits belong to section {should}, not {letter}")
            }
            Self::Unreadable => detail!("不像代码", "not read as a code"),
        }
    }
}

// --- industry: GB/T 4754-2017 ---

#[derive(Debug, Deserialize)]
struct IndustrySeed {
    section: Vec<SectionSeed>,
    division: Vec<DivisionSeed>,
}

#[derive(Debug, Deserialize)]
struct SectionSeed {
    code: char,
    zh: String,
}

#[derive(Debug, Deserialize)]
struct DivisionSeed {
    code: String,
    section: char,
    zh: String,
    codes: String,
}

/// The industries by code and by name.
#[derive(Debug, Default)]
struct Industries {
    sections: HashMap<char, String>,
    /// Divisions, groups and classes by their digits.
    names: HashMap<String, String>,
    /// Section of each division.
    section_of: HashMap<String, char>,
    /// Every name.
    known_names: HashSet<String>,
}

fn industries() -> &'static Industries {
    static TABLE: OnceLock<Industries> = OnceLock::new();
    // A broken seed is caught by the tests below; at run time it would mean that no code is known.
    TABLE.get_or_init(|| {
        let Ok(seed) = toml::from_str::<IndustrySeed>(include_str!("../../seeds/codes/industry.toml")) else {
            return Industries::default();
        };
        let mut table = Industries::default();
        for section in seed.section {
            table.known_names.insert(section.zh.clone());
            table.sections.insert(section.code, section.zh);
        }
        for division in seed.division {
            table.section_of.insert(division.code.clone(), division.section);
            for (code, name) in lines(&division.codes) {
                table.known_names.insert(name.to_owned());
                table.names.insert(code.to_owned(), name.to_owned());
            }
            table.known_names.insert(division.zh.clone());
            table.names.insert(division.code, division.zh);
        }
        table
    })
}

/// Whether a text is an industry of GB/T 4754-2017: a section, division, group or class, by code (`C26`, `26`, `2641`, `C2641`),
/// by name, or by both.
///
/// # Errors
/// Why it is none.
pub fn industry(text: &str) -> Result<(), Fault> {
    let table = industries();
    let text = plain(text);
    if table.known_names.contains(&text) {
        return Ok(());
    }
    let (letter, digits) = industry_parts(&text).ok_or(Fault::Unknown(None))?;
    if digits.is_empty() {
        return letter.filter(|l| table.sections.contains_key(l)).map(|_| ()).ok_or(Fault::Unknown(None));
    }
    if !table.names.contains_key(digits) {
        return Err(unknown_industry(table, digits));
    }
    match (letter, table.section_of.get(&digits[..2])) {
        (Some(letter), Some(should)) if letter != *should => Err(Fault::Section { letter, should: *should }),
        _ => Ok(()),
    }
}

/// The class a code would be with a zero in front, where the code itself is known too: `611` is a group, `0611` would be a class.
#[must_use]
pub fn industry_with_zero(text: &str) -> Option<(String, &'static str)> {
    let text = plain(text);
    let three = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    let code = format!("0{text}");
    let name = industries().names.get(&code).filter(|_| three)?;
    Some((code, name))
}

/// The digits of an industry's division: the first two of its code.
#[must_use]
pub fn industry_division(text: &str) -> Option<u8> {
    let text = plain(text);
    let (_, digits) = industry_parts(&text)?;
    digits.get(..2)?.parse().ok()
}

/// The section letter and the digits a text begins with; what follows them is a name.
fn industry_parts(text: &str) -> Option<(Option<char>, &str)> {
    let text = text.trim_start_matches(['[', '（', '【']);
    let letter = text.chars().next().filter(char::is_ascii_uppercase);
    let rest = &text[letter.map_or(0, char::len_utf8)..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, name) = rest.split_at(end);
    let more = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let something = letter.is_some() || !digits.is_empty();
    (something && !more && digits.len() <= 4).then_some((letter, digits))
}

fn unknown_industry(table: &'static Industries, digits: &str) -> Fault {
    let zero = format!("0{digits}");
    if let Some(name) = table.names.get(&zero).filter(|_| digits.len() == 3 || digits.len() == 1) {
        return Fault::LostZero(zero, name);
    }
    let known = (2..digits.len()).rev().find_map(|n| table.names.get_key_value(&digits[..n]));
    Fault::Unknown(known.map(|(code, name)| format!("{code} {name}")))
}

// --- land use ---

#[derive(Debug, Deserialize)]
struct LandUseSeed {
    standard: Vec<StandardSeed>,
}

#[derive(Debug, Deserialize)]
struct StandardSeed {
    codes: String,
}

/// Land uses by code and by name, of all classifications.
#[derive(Debug, Default)]
struct LandUses {
    names: HashMap<String, String>,
    known_names: HashSet<String>,
}

fn land_uses() -> &'static LandUses {
    static TABLE: OnceLock<LandUses> = OnceLock::new();
    TABLE.get_or_init(|| {
        let Ok(seed) = toml::from_str::<LandUseSeed>(include_str!("../../seeds/codes/land_use.toml")) else {
            return LandUses::default();
        };
        let mut table = LandUses::default();
        for (code, name) in seed.standard.iter().flat_map(|standard| lines(&standard.codes)) {
            table.known_names.insert(name.to_owned());
            // One code means different things in different classifications: all its names.
            let names = table.names.entry(code.to_owned()).or_default();
            if !names.split('/').any(|known| known == name) {
                names.push_str(if names.is_empty() { "" } else { "/" });
                names.push_str(name);
            }
        }
        table
    })
}

/// Whether a text is a land use of one of the classifications in `seeds/codes/land_use.toml`, by code, by name (`工业用地`, also
/// `工业`), by both, or several of them for mixed use (`M1/W1`).
///
/// # Errors
/// Why it is none.
pub fn land_use(text: &str) -> Result<(), Fault> {
    let table = land_uses();
    let text = plain(text);
    if table.names.contains_key(&text) || named(table, &text) {
        return Ok(());
    }
    for part in text.split(['/', '+', '、', ',', ';', '|', '&']).filter(|part| !part.is_empty()) {
        one_land_use(table, part)?;
    }
    Ok(())
}

fn one_land_use(table: &'static LandUses, text: &str) -> Result<(), Fault> {
    if named(table, text) {
        return Ok(());
    }
    let codes: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    match codes[..] {
        [] => Err(Fault::Unknown(None)),
        [code] if table.names.contains_key(code) => Ok(()),
        [code] => Err(unknown_land_use(table, code)),
        _ => Err(Fault::Unreadable),
    }
}

fn named(table: &LandUses, text: &str) -> bool {
    table.known_names.contains(text) || table.known_names.contains(&format!("{text}用地"))
}

fn unknown_land_use(table: &'static LandUses, code: &str) -> Fault {
    let zero = format!("0{code}");
    if let Some(name) = table.names.get(&zero).filter(|_| code.len() % 2 == 1) {
        return Fault::LostZero(zero, name);
    }
    let shorter = (2..code.len()).rev().filter_map(|n| code.get(..n));
    let known = shorter.filter(|code| code.bytes().any(|b| b.is_ascii_digit())).find_map(|code| table.names.get_key_value(code));
    Fault::Unknown(known.map(|(code, name)| format!("{code} {name}")))
}

// --- both ---

/// Lines of a code and its name.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.trim().split_once(' '))
}

/// Half width but for brackets and commas of Chinese names, without blanks, in capital letters, whole numbers without `.0`.
fn plain(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '(' | '（' => '（',
            ')' | '）' => '）',
            ',' | '，' => '、',
            '！'..='～' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
            _ => c,
        })
        .map(|c| c.to_ascii_uppercase())
        .collect();
    plain.strip_suffix(".0").map(str::to_owned).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_industry_table_is_whole() {
        let table = industries();
        let digits = |n| table.names.keys().filter(|code| code.len() == n).count();
        // The counts the standard itself gives for sections, divisions and groups.
        assert_eq!((table.sections.len(), digits(2), digits(3)), (20, 97, 473));
        assert_eq!(digits(4), 1381);
        for code in table.names.keys().filter(|code| code.len() > 2) {
            assert!(table.names.contains_key(&code[..code.len() - 1]), "{code} has no parent");
        }
        let mut sections: Vec<_> = table.section_of.iter().map(|(division, section)| (division.as_str(), *section)).collect();
        sections.sort_unstable();
        assert!(sections.windows(2).all(|pair| pair[0].1 <= pair[1].1), "sections follow each other");
        assert_eq!(sections.iter().filter(|(_, section)| *section == 'C').count(), 31, "13 to 43 are manufacturing");
    }

    #[test]
    fn industries_are_known_by_code_and_by_name() {
        for right in [
            "C",
            "C26",
            "26",
            "2641",
            "C2641",
            "c2641",
            "264",
            "0111",
            "２６４１",
            "2641.0",
            "汽车制造业",
            "C36 汽车制造业",
            "[26]化学原料",
            "（39）",
            "3973-集成电路制造",
            "7517三维(3D)打印技术推广服务",
            "酒、饮料和精制茶制造业",
            "酒,饮料和精制茶制造业",
        ] {
            assert_eq!(industry(right), Ok(()), "{right}");
        }
        assert_eq!(industry("2699"), Err(Fault::Unknown(Some("26 化学原料和化学制品制造业".into()))));
        assert_eq!(industry("2649"), Err(Fault::Unknown(Some("264 涂料、油墨、颜料及类似产品制造".into()))));
        assert_eq!(industry("D26"), Err(Fault::Section { letter: 'D', should: 'C' }));
        assert_eq!(industry("6"), Err(Fault::LostZero("06".into(), "煤炭开采和洗选业")));
        assert_eq!(industry("U26"), Err(Fault::Section { letter: 'U', should: 'C' }));
        for wrong in ["98", "26411", "X", "制造", "2641C", "化工", "–", "26 41x"] {
            assert!(matches!(industry(wrong), Err(Fault::Unknown(_))), "{wrong}: {:?}", industry(wrong));
        }
        assert_eq!(industry_with_zero("611"), None, "there is no 0611");
        assert_eq!(industry_with_zero("111").map(|(code, _)| code).as_deref(), Some("0111"));
        assert_eq!(industry_division("C3973 集成电路制造"), Some(39));
    }

    #[test]
    fn land_uses_are_known_in_every_classification_by_code_by_name_and_mixed() {
        for right in [
            "1001",
            "100101",
            "0601",
            "05H1",
            "08H2A",
            "0201K",
            "M1",
            "m1",
            "工业用地",
            "工业",
            "仓储",
            "一类工业用地",
            "M1/W1",
            "R2+B1",
            "0601工业用地",
            "工业用地（M）",
            "二类工业用地(M2)",
            "M0",
            "24",
            "1206",
            "工业、仓储",
        ] {
            assert_eq!(land_use(right), Ok(()), "{right}");
        }
        assert_eq!(land_use("601"), Err(Fault::LostZero("0601".into(), "农村道路/乡村道路用地/工业用地")));
        assert_eq!(land_use("70101"), Err(Fault::LostZero("070101".into(), "一类城镇住宅用地")));
        assert_eq!(land_use("100104"), Err(Fault::Unknown(Some("1001 工业用地/铁路用地".into()))));
        for wrong in ["2501", "厂房", "Single Family", "M1M2", "0", "EXEMPT"] {
            assert!(land_use(wrong).is_err(), "{wrong}");
        }
        assert_eq!(land_use("Single Family"), Err(Fault::Unknown(None)));
    }

    #[test]
    fn the_land_use_tables_have_the_number_of_classes_their_standards_say() {
        let seed: LandUseSeed = toml::from_str(include_str!("../../seeds/codes/land_use.toml")).unwrap();
        let of = |n: usize| {
            let codes: Vec<&str> = lines(&seed.standard[n].codes).map(|(code, _)| code).collect();
            (codes.iter().filter(|c| c.len() == 2).count(), codes.iter().filter(|c| c.len() == 4).count())
        };
        assert_eq!(of(0).0, 24, "first-class land and sea uses of 2023");
        assert_eq!(of(2), (12, 73), "GB/T 21010-2017");
        assert_eq!(of(3).0, 13, "third survey");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in ".{0,20}", code in "[A-Z0-9（）é汉.]{0,8}") {
            for text in [text, code] {
                let _ = (industry(&text), industry_with_zero(&text), industry_division(&text), land_use(&text));
            }
        }
    }
}
