//! Names of columns in the ten bytes the format has for them.

use std::collections::HashSet;
use std::fmt::Write;

/// Bytes of a name.
const LENGTH: usize = 10;

/// A column's name and the short one it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub full: String,
    pub short: String,
}

/// Short names, in order: at most ten bytes, no character cut, none twice but for case. A name that fits keeps itself.
pub(super) fn short<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Name> {
    let names: Vec<&str> = names.collect();
    let mut taken = HashSet::new();
    // Names that fit come first: none of them gives way to one that is shortened.
    let mut kept: Vec<Option<String>> =
        names.iter().map(|name| (fits(name) && taken.insert(name.to_lowercase())).then(|| (*name).to_owned())).collect();
    for (n, (name, kept)) in names.iter().zip(&mut kept).enumerate() {
        if kept.is_none() {
            let name = if name.trim().is_empty() { format!("field_{}", n + 1) } else { (*name).to_owned() };
            let free = (0..).map(|again| shortened(&name, again)).find(|short| taken.insert(short.to_lowercase()));
            *kept = free;
        }
    }
    names.into_iter().zip(kept).map(|(full, short)| Name { full: full.to_owned(), short: short.unwrap_or_default() }).collect()
}

/// The dictionary as CSV for spreadsheets, which take a file for GBK unless it has a byte-order mark.
pub(super) fn dictionary(names: &[Name]) -> String {
    let mut text = "\u{FEFF}field,name\r\n".to_owned();
    for Name { full, short } in names {
        // Writing to a string cannot fail.
        let _ = write!(text, "{},{}\r\n", quoted(short), quoted(full));
    }
    text
}

/// A cell of CSV. A name that a spreadsheet would run as a formula gets an apostrophe.
fn quoted(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

fn fits(name: &str) -> bool {
    name.len() <= LENGTH && !name.trim().is_empty() && name.trim() == name && !name.contains('\0')
}

/// The beginning of a name, with `_1`, `_2`… from the second try on.
fn shortened(name: &str, again: usize) -> String {
    let suffix = if again == 0 { String::new() } else { format!("_{again}") };
    let mut room = LENGTH.saturating_sub(suffix.len());
    let name: String = name.trim().chars().filter(|c| *c != '\0').collect();
    let begin: String = name
        .chars()
        .take_while(|c| {
            let fits = c.len_utf8() <= room;
            room = if fits { room - c.len_utf8() } else { 0 };
            fits
        })
        .collect();
    format!("{}{suffix}", begin.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_whole_and_different() {
        let full =
            ["宗地代码", "宗地代码_旧", "宗地代", "output_10k_yuan", "output_10k", "OUTPUT_10K", "", "a\0b", "=1+1 very long"];
        let names = short(full.into_iter());
        let shorts: Vec<&str> = names.iter().map(|name| name.short.as_str()).collect();
        assert_eq!(shorts[2..5], ["宗地代", "output_1_1", "output_10k"]);
        assert_eq!(shorts[..2], ["宗地_1", "宗地_2"]);
        let different: HashSet<String> = shorts.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(different.len(), full.len(), "{shorts:?}");
        assert!(shorts.iter().all(|name| name.len() <= LENGTH && !name.is_empty()), "{shorts:?}");
        let text = dictionary(&names);
        assert!(
            text.starts_with("\u{FEFF}field,name\r\n") && text.contains("宗地_1,宗地代码\r\n") && text.contains(",'=1+1"),
            "{text}"
        );
    }
}
