//! The sector a park or a parcel belongs to.

use crate::finding::Detail;
use crate::seeds::{Sector, Seeds};
use crate::survey::Survey;

/// The name of a sector of the directory.
#[must_use]
pub fn name(sector: &Sector) -> Detail {
    Detail::new(&*sector.name_zh, &*sector.name_en)
}

/// The sector that a park layer names by its id or its name in either language, whatever the case; index into the seeds' sectors.
#[must_use]
pub fn named(seeds: &Seeds, text: &str) -> Option<usize> {
    let text = text.trim().to_lowercase();
    let is = |name: &str| name.to_lowercase() == text;
    seeds.parks.sectors.iter().position(|sector| is(&sector.id) || is(&sector.name_zh) || is(&sector.name_en))
}

/// The entry whose list has the longest beginning of an industry code, of equals the first.
///
/// A leading section letter is passed over, as in `C39`.
pub(super) fn longest_beginning<'a>(code: &str, lists: impl Iterator<Item = &'a [String]>) -> Option<usize> {
    let digits = code.trim().trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let mut best = None;
    for (n, list) in lists.enumerate() {
        let longest = list.iter().filter(|start| digits.starts_with(start.as_str())).map(String::len).max();
        if longest > best.map(|(length, _)| length) {
            best = longest.map(|length| (length, n));
        }
    }
    best.map(|(_, n)| n)
}

/// The sector of an industry by the seeds' table.
#[must_use]
pub fn of_industry(seeds: &Seeds, code: &str) -> Option<usize> {
    longest_beginning(code, seeds.parks.sectors.iter().map(|sector| sector.industries.as_slice()))
}

/// The sector of each parcel by its industry; missing where the industry is not known or belongs to none.
#[must_use]
pub fn of_parcels(survey: &Survey, seeds: &Seeds) -> Vec<Option<usize>> {
    survey.texts("industry_code").iter().map(|code| code.as_deref().and_then(|code| of_industry(seeds, code))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_longest_beginning_decides_and_an_unlisted_industry_has_no_sector() {
        let seeds = Seeds::shanghai().unwrap();
        let id = |code: &str| of_industry(&seeds, code).map(|n| seeds.parks.sectors[n].id.as_str());
        assert_eq!(id("3983"), Some("sensor"));
        assert_eq!(id("C3973"), Some("ic"));
        assert_eq!((id("2720"), id("358"), id("3581")), (Some("bio"), Some("bio"), Some("bio")));
        assert_eq!((id("1819"), id(""), id("39")), (None, None, None));
        let lists = [vec!["27".to_owned()], vec!["272".to_owned(), "3".to_owned()]];
        let of = |code| longest_beginning(code, lists.iter().map(Vec::as_slice));
        assert_eq!((of("2720"), of("2710"), of("3000")), (Some(1), Some(0), Some(1)));
    }

    #[test]
    fn a_sector_is_known_by_id_and_by_either_name() {
        let seeds = Seeds::shanghai().unwrap();
        assert_eq!(named(&seeds, "IC"), named(&seeds, "集成电路"));
        assert_eq!(named(&seeds, " biomedicine "), named(&seeds, "bio"));
        assert!(named(&seeds, "IC").is_some() && named(&seeds, "aero").is_none());
    }
}
