//! The groups and indicators of a track, side by side: what is weighed together stands together.

use crate::rulebook::{Aggregation, Track};

/// The members of a group, or of the score itself.
pub(super) struct Run {
    /// None: the score itself.
    pub group: Option<usize>,
    pub aggregation: Aggregation,
    pub members: Vec<Member>,
    /// Place of the first member among those of all runs.
    pub first: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Indicator(usize),
    Group(usize),
}

/// The runs of a track: those of groups before what the groups are in, the score last.
pub(super) fn runs(track: &Track) -> Vec<Run> {
    let mut all = Vec::new();
    add(track, None, &mut all);
    all
}

fn add(track: &Track, group: Option<usize>, all: &mut Vec<Run>) {
    let name = group.map(|g| track.groups[g].id.as_str());
    let indicators = (0..track.indicators.len()).filter(|k| track.indicators[*k].group.as_deref() == name);
    let groups: Vec<usize> = (0..track.groups.len()).filter(|g| track.groups[*g].group.as_deref() == name).collect();
    groups.iter().for_each(|inner| add(track, Some(*inner), all));
    all.push(Run {
        group,
        aggregation: group.map_or(track.aggregation, |g| track.groups[g].aggregation),
        members: indicators.map(Member::Indicator).chain(groups.into_iter().map(Member::Group)).collect(),
        first: all.last().map_or(0, |run| run.first + run.members.len()),
    });
}

/// The place of a member among those of all runs.
pub(super) fn place(runs: &[Run], member: Member) -> Option<usize> {
    runs.iter().find_map(|run| run.members.iter().position(|m| *m == member).map(|k| run.first + k))
}

/// The run a group is weighed in.
pub(super) fn parent(runs: &[Run], group: usize) -> Option<usize> {
    runs.iter().position(|run| run.members.contains(&Member::Group(group)))
}
