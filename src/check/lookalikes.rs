//! Ids that differ from another one only in spaces, case or full width: most likely the same, and not joined as the same.

use std::collections::HashMap;

use crate::finding::{Code, Finding, Place, detail};
use crate::model::Source;
use crate::read::number::fold;

/// A finding for each row whose id looks like that of an earlier row and is another.
pub(super) fn lookalikes(ids: &[String], source: Source) -> Vec<Finding> {
    let mut first: HashMap<String, usize> = HashMap::with_capacity(ids.len());
    let mut findings = Vec::new();
    for (row, id) in ids.iter().enumerate() {
        let earlier = *first.entry(plain(id)).or_insert(row);
        if ids[earlier] != *id {
            let place = Place { source, row: Some(row), id: Some(id.clone()), at: None };
            let (other, (zh, en)) = (&ids[earlier], difference(id, &ids[earlier]));
            let detail = detail!(
                "“{id}”与第 {} 行的“{other}”只差{zh}",
                "\"{id}\" differs from \"{other}\" in row {} only in {en}",
                earlier + 1
            );
            findings.push(Finding::new(Code::IdLookalike, place, detail));
        }
    }
    findings
}

/// An id without spaces, in half width and lower case.
fn plain(id: &str) -> String {
    fold(id).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What two ids that are alike when plain differ in.
fn difference(a: &str, b: &str) -> (&'static str, &'static str) {
    let packed = |id: &str| id.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    if packed(a) == packed(b) {
        ("空格", "spaces")
    } else if packed(&fold(a)) == packed(&fold(b)) {
        ("全角半角", "full-width characters")
    } else if packed(a).to_lowercase() == packed(b).to_lowercase() {
        ("大小写", "capital and small letters")
    } else {
        ("空格、大小写或全角半角", "spaces, case or full-width characters")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_alike_but_for_spaces_case_or_width_are_told_with_the_row_they_look_like() {
        let ids = ["I1", " I1", "i1", "Ｉ1", "I1", "I10", "宗地　1", "宗地1"].map(str::to_owned);
        let found: Vec<(usize, String)> =
            lookalikes(&ids, Source::Parcels).into_iter().map(|f| (f.place.row.unwrap(), f.detail.en)).collect();
        assert_eq!(
            found,
            [
                (1, "\" I1\" differs from \"I1\" in row 1 only in spaces".to_owned()),
                (2, "\"i1\" differs from \"I1\" in row 1 only in capital and small letters".to_owned()),
                (3, "\"Ｉ1\" differs from \"I1\" in row 1 only in full-width characters".to_owned()),
                (7, "\"宗地1\" differs from \"宗地　1\" in row 7 only in spaces".to_owned()),
            ]
        );
    }
}
