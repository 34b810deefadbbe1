//! How much of the industry lies in parks: shares of land, output, tax and jobs, by district, sector and layout zone.

use crate::finding::Detail;
use crate::plan::tally::{Land, Tally};

/// Some parcels, and those of them that lie in parks.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// District, sector or layout zone.
    pub name: Detail,
    pub all: Tally,
    pub inside: Tally,
}

/// Adds up each group, and last what is in none. A parcel may be in several groups.
#[must_use]
pub fn by_group(land: &Land, in_park: &[bool], names: &[Detail], rest: Detail, groups: &[Vec<usize>]) -> Vec<Coverage> {
    let sum = |name: Detail, holds: &dyn Fn(usize) -> bool| Coverage {
        name,
        all: land.tally(holds),
        inside: land.tally(|row| holds(row) && in_park[row]),
    };
    let named = names.iter().enumerate().map(|(n, name)| sum(name.clone(), &|row| groups[row].contains(&n)));
    named.chain([sum(rest, &|row| groups[row].is_empty())]).collect()
}

/// All parcels.
#[must_use]
pub fn of_all(land: &Land, in_park: &[bool], name: Detail) -> Coverage {
    Coverage { name, all: land.tally(|_| true), inside: land.tally(|row| in_park[row]) }
}

/// The place of `own` among the shares that are known, 1 for the largest; equal shares share the better place.
#[must_use]
pub fn rank(own: Option<f64>, others: impl Iterator<Item = Option<f64>>) -> Option<usize> {
    let own = own?;
    Some(1 + others.flatten().filter(|other| *other > own).count())
}
