//! Names of the files of many sheets.

use std::collections::HashMap;

/// Signs of a name before its mark and ending.
const LONGEST: usize = 50;
/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "LPT1", "LPT2", "LPT3",
    "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];
/// The name of the list of all sheets.
pub(super) const INDEX: &str = "index.html";

/// One name a parcel that any file system takes and that is no other's, capital letters or not: the id where it can be, otherwise what
/// can be kept of it, `@` and the number of its row, from 1. No id stands there with an `@`.
pub(super) fn file_names(parcels: &[(usize, &str)]) -> Vec<String> {
    let folded = |name: &str| name.to_uppercase().to_lowercase();
    let mut times: HashMap<String, usize> = HashMap::new();
    for (_, id) in parcels {
        *times.entry(folded(&kept(id))).or_default() += 1;
    }
    let name = |(row, id): &(usize, &str)| {
        let name = kept(id);
        let alone = times.get(&folded(&name)) == Some(&1);
        if name == *id && alone && !reserved(&name) { format!("{name}.html") } else { format!("{name}@{}.html", row + 1) }
    };
    parcels.iter().map(name).collect()
}

/// Letters, digits, hyphens and dots within; each other sign a low line.
fn kept(id: &str) -> String {
    let sign = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = id.trim_matches('.').chars().take(LONGEST).map(sign).collect();
    name.trim_end_matches('.').to_owned()
}

fn reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_uppercase();
    name.is_empty() || stem == "INDEX" || DEVICES.contains(&stem.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_ids_have_names_that_every_file_system_takes_and_that_differ() {
        let long = "9".repeat(300);
        let ids = [
            "310118-000001",
            "宗地1",
            "../../x",
            "..",
            "",
            "CON",
            "con.v2",
            "a/b",
            "a\\b",
            "a_b",
            "a:b",
            "P-1",
            "p-1",
            "ß",
            "SS",
            "x ",
            "x.",
            "dup",
            "dup",
            "index",
            "<script>",
            "\u{0}",
            "100%",
            "x@3",
            &long,
        ];
        let parcels: Vec<(usize, &str)> = ids.into_iter().enumerate().collect();
        let names = file_names(&parcels);
        assert_eq!(names[..3], ["310118-000001.html", "宗地1.html", "_.._x@3.html"]);
        assert_eq!([&names[5], &names[7], &names[9]], ["CON@6.html", "a_b@8.html", "a_b@10.html"]);
        let mut folded: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        folded.sort();
        folded.dedup();
        assert_eq!(folded.len(), ids.len(), "{names:?}");
        for name in &names {
            assert!(name.len() < 250 && *name != INDEX && !name.starts_with('.'), "{name}");
            assert!(!name.chars().any(|c| c.is_control() || "<>:\"/\\|?* %#".contains(c)), "{name}");
        }
    }
}
