//! Rows that share what only one should have.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::finding::{Detail, detail};

/// Other rows told one by one; of more, the first of them and how many there are.
const FEW: usize = 5;

/// The rows of each key that several have, in the order of the keys' first rows.
pub(crate) fn repeated<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<Vec<usize>> {
    let mut first: HashMap<K, usize> = HashMap::with_capacity(keys.size_hint().0);
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, key) in keys.enumerate() {
        let earlier = *first.entry(key).or_insert(row);
        if earlier != row {
            groups.entry(earlier).or_insert_with(|| vec![earlier]).push(row);
        }
    }
    groups.into_values().collect()
}

/// The other `rows` of a key, counted from 1, each with what is said of it beside `row`; of many only the first, without.
pub(crate) fn also_in(rows: &[usize], row: usize, beside: impl Fn(usize) -> Detail) -> Detail {
    let others = rows.len() - 1;
    let few = others <= FEW;
    let mut told = Detail::new("另见", "also in ");
    for (n, other) in rows.iter().filter(|other| **other != row).take(FEW).enumerate() {
        let between = if n > 0 { Detail::new("；", "; ") } else { Detail::default() };
        told = told.and(&between).and(&detail!("第 {} 行", "row {}", other + 1));
        if few {
            told = told.and(&beside(*other));
        }
    }
    if few { told } else { told.and(&detail!("等 {others} 行", " and others, {others} in all")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_key_is_told_of_the_others_and_of_many_only_how_many() {
        let groups = repeated(["a", "b", "a", "c", "a", "b"].into_iter());
        assert_eq!(groups, [vec![0, 2, 4], vec![1, 5]]);
        let same = |_| Detail::new("，图形相同", ", same shape");
        let few = also_in(&groups[0], 2, same);
        assert_eq!(few.zh, "另见第 1 行，图形相同；第 5 行，图形相同");
        assert_eq!(few.en, "also in row 1, same shape; row 5, same shape");
        let many: Vec<usize> = (0..9).collect();
        assert_eq!(also_in(&many, 1, same).en, "also in row 1; row 3; row 4; row 5; row 6 and others, 8 in all");
    }
}
