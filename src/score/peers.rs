//! Peer groups: the units a unit is compared with.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::rulebook::{Over, Peers, SmallGroup};

/// The peer groups of a track.
#[derive(Debug, Clone)]
pub struct PeerGroups {
    /// Every unit of the track.
    all: Vec<usize>,
    /// Every unit of any track.
    everyone: Arc<[usize]>,
    groups: Vec<PeerGroup>,
    /// Group of each unit, `None` outside the track and where a peer column is missing.
    of_unit: Vec<Option<usize>>,
    small: SmallGroup,
}

#[derive(Debug, Clone)]
struct PeerGroup {
    name: Option<Arc<str>>,
    /// The units whose group this is.
    units: Vec<usize>,
    /// Smaller than the rulebook asks.
    small: bool,
}

/// Units and whom they are held against.
pub(crate) struct Comparison<'a> {
    /// The units to be placed.
    pub units: &'a [usize],
    /// The units they are placed among.
    pub among: &'a [usize],
}

impl PeerGroups {
    /// The name of a unit's group: the values of the peer columns with `/` between. None where the whole track is the group.
    #[must_use]
    pub fn name(&self, unit: usize) -> Option<Arc<str>> {
        self.of_unit[unit].and_then(|group| self.groups[group].name.clone())
    }

    /// The name of the group a unit was compared with: none where its own was too small for that.
    #[must_use]
    pub fn compared_with(&self, unit: usize) -> Option<Arc<str>> {
        let group = &self.groups[self.of_unit[unit]?];
        group.name.clone().filter(|_| !group.small || self.small == SmallGroup::Itself)
    }

    /// The units of the track, in ascending order.
    #[must_use]
    pub fn members(&self) -> &[usize] {
        &self.all
    }

    /// The units of the track, the rest given up.
    pub(super) fn into_members(self) -> Vec<usize> {
        self.all
    }

    /// Whom a unit of the track is held against; none where it has no group.
    #[must_use]
    pub fn among(&self, unit: usize, over: Over) -> &[usize] {
        match over {
            Over::Track => &self.all,
            Over::Everyone => &self.everyone,
            Over::Peers => self.of_unit[unit].and_then(|group| self.against(&self.groups[group])).unwrap_or(&[]),
        }
    }

    /// The units of a unit's peer group, itself among them; none where a peer column is missing.
    #[must_use]
    pub fn group_of(&self, unit: usize) -> &[usize] {
        self.of_unit[unit].map_or(&[], |group| &self.groups[group].units)
    }

    /// The comparisons to be made. A unit that has no group is in none.
    pub(crate) fn comparisons(&self, over: Over) -> Vec<Comparison<'_>> {
        match over {
            Over::Track => vec![Comparison { units: &self.all, among: &self.all }],
            Over::Everyone => vec![Comparison { units: &self.all, among: &self.everyone }],
            Over::Peers => self
                .groups
                .iter()
                .filter_map(|group| Some(Comparison { units: &group.units, among: self.against(group)? }))
                .collect(),
        }
    }

    fn against<'a>(&'a self, group: &'a PeerGroup) -> Option<&'a [usize]> {
        match (group.small, self.small) {
            (true, SmallGroup::Track) => Some(&self.all),
            (true, SmallGroup::Missing) => None,
            _ => Some(&group.units),
        }
    }

    /// Number of units of the table.
    pub(crate) fn table_units(&self) -> usize {
        self.of_unit.len()
    }
}

/// Groups the members of a track by the peer columns; `everyone` are the members of all tracks.
///
/// # Errors
/// The table has no such column.
pub fn peer_groups(peers: &Peers, table: &DataFrame, members: &[bool], everyone: &Arc<[usize]>) -> Result<PeerGroups> {
    let all: Vec<usize> = (0..members.len()).filter(|unit| members[*unit]).collect();
    let mut of_unit = vec![None; members.len()];
    let (everyone, small) = (everyone.clone(), peers.small);
    if peers.by.is_empty() {
        all.iter().for_each(|unit| of_unit[*unit] = Some(0));
        let groups = vec![PeerGroup { name: None, units: all.clone(), small: false }];
        return Ok(PeerGroups { all, everyone, groups, of_unit, small });
    }
    let mut groups: Vec<PeerGroup> = Vec::new();
    for (name, units) in grouped(table, &peers.by, &all)? {
        units.iter().for_each(|unit| of_unit[*unit] = Some(groups.len()));
        groups.push(PeerGroup { small: units.len() < peers.min_size, name: Some(name.into()), units });
    }
    Ok(PeerGroups { all, everyone, groups, of_unit, small })
}

/// The units that have the same values of some columns, under these values with `/` between, in the order of their first unit. Units
/// with a missing value are in no group.
pub(crate) fn grouped(table: &DataFrame, by: &[String], units: &[usize]) -> Result<Vec<(String, Vec<usize>)>> {
    let columns = texts(table, by)?;
    let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
    let mut index: HashMap<Vec<&str>, usize> = HashMap::new();
    for &unit in units {
        let Some(values) = columns.iter().map(|column| column.get(unit)).collect::<Option<Vec<&str>>>() else { continue };
        let group = *index.entry(values).or_insert_with_key(|values| {
            groups.push((values.join("/"), Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(unit);
    }
    Ok(groups)
}

/// Columns as text.
pub(super) fn texts(table: &DataFrame, names: &[String]) -> Result<Vec<StringChunked>> {
    names
        .iter()
        .map(|name| {
            let column = table.column(name).map_err(|_| {
                let known = || table.get_column_names().into_iter().map(|n| n.as_str());
                let hint =
                    crate::nearest::nearest(name, known()).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
                Error::new(format!("there is no column \"{name}\""))
                    .remedy(format!("{hint}the columns are: {}", known().collect::<Vec<_>>().join(", ")))
            })?;
            column.cast(&DataType::String).and_then(|c| c.str().cloned()).map_err(|e| Error::new(e.to_string()))
        })
        .collect()
}
