//! Peer groups: the parcels a parcel is compared with.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::*;

use crate::error::{Error, Result};
use crate::rulebook::{Over, Peers};

/// The peer groups of a track.
#[derive(Debug, Clone)]
pub struct PeerGroups {
    /// Every row of the track.
    all: Vec<usize>,
    groups: Vec<PeerGroup>,
    /// Group of each row, `None` outside the track and where a peer column is missing.
    of_row: Vec<Option<usize>>,
}

#[derive(Debug, Clone)]
struct PeerGroup {
    name: Option<Arc<str>>,
    /// The parcels whose group this is.
    rows: Vec<usize>,
    /// Too small: its parcels are held against the whole track.
    small: bool,
}

/// Rows and whom they are held against.
pub(super) struct Comparison<'a> {
    /// The rows to be placed.
    pub rows: &'a [usize],
    /// The rows they are placed among.
    pub among: &'a [usize],
}

impl PeerGroups {
    /// The name of a row's group: the values of the peer columns with `/` between. None where the whole track is the group.
    #[must_use]
    pub fn name(&self, row: usize) -> Option<Arc<str>> {
        self.of_row[row].and_then(|group| self.groups[group].name.clone())
    }

    /// The comparisons to be made. A row that has no group is in none.
    pub(super) fn comparisons(&self, over: Over) -> Vec<Comparison<'_>> {
        match over {
            Over::Track => vec![Comparison { rows: &self.all, among: &self.all }],
            Over::Peers => self
                .groups
                .iter()
                .map(|group| Comparison { rows: &group.rows, among: if group.small { &self.all } else { &group.rows } })
                .collect(),
        }
    }

    /// Number of rows of the table.
    pub(super) fn table_rows(&self) -> usize {
        self.of_row.len()
    }
}

/// Groups the members of a track by the peer columns.
///
/// # Errors
/// The table has no such column.
pub fn peer_groups(peers: &Peers, table: &DataFrame, members: &[bool]) -> Result<PeerGroups> {
    let all: Vec<usize> = (0..members.len()).filter(|row| members[*row]).collect();
    let mut of_row = vec![None; members.len()];
    if peers.by.is_empty() {
        all.iter().for_each(|row| of_row[*row] = Some(0));
        return Ok(PeerGroups { groups: vec![PeerGroup { name: None, rows: all.clone(), small: false }], all, of_row });
    }
    let columns = peers
        .by
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
        .collect::<Result<Vec<StringChunked>>>()?;
    let (mut groups, mut index): (Vec<PeerGroup>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
    for &row in &all {
        let Some(values) = columns.iter().map(|column| column.get(row)).collect::<Option<Vec<&str>>>() else { continue };
        let name = values.join("/");
        let group = *index.entry(name).or_insert_with_key(|name| {
            groups.push(PeerGroup { name: Some(name.as_str().into()), rows: Vec::new(), small: false });
            groups.len() - 1
        });
        groups[group].rows.push(row);
        of_row[row] = Some(group);
    }
    groups.iter_mut().for_each(|group| group.small = group.rows.len() < peers.min_size);
    Ok(PeerGroups { all, groups, of_row })
}
