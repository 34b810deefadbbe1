//! Deliberate defects: which row gets which, how it is made, and the record of it.

use super::blocks::Shape;
use super::number::Spot;

/// From this many parcels a city has defects.
const FEWEST_PARCELS: u64 = 500;
/// One defect of each kind for this many parcels.
const PARCELS_A_FAULT: u64 = 1500;
/// Ids and rows kept of each kind.
const KEPT: usize = 1000;

/// A kind of deliberate defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// The outer ring lacks its closing position.
    UnclosedRing,
    /// The outer ring crosses itself like a bow tie.
    BowTie,
    /// The outer ring runs out to a point and back the same way.
    Spike,
    /// A hole lies outside its shell.
    HoleOutside,
    /// The outer ring runs clockwise.
    ClockwiseOuter,
    /// The row has the id of the row before it.
    DuplicateId,
    /// `"geometry": null`.
    NullGeometry,
    /// A polygon with no coordinates.
    EmptyCoordinates,
    /// The outer ring has two distinct positions.
    TooFewPoints,
    /// Latitude before longitude; one row of a city only.
    SwappedAxes,
    /// The floor area is a thousand times too large.
    FloorAreaHuge,
    /// The stated area is in mu, not m².
    AreaInMu,
    /// An enterprise of the parcel has fewer than zero employees.
    NegativeEmployees,
    /// An enterprise of the parcel has an output below zero.
    NegativeOutput,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::UnclosedRing,
        Self::NegativeOutput,
        Self::BowTie,
        Self::FloorAreaHuge,
        Self::NullGeometry,
        Self::Spike,
        Self::DuplicateId,
        Self::HoleOutside,
        Self::SwappedAxes,
        Self::ClockwiseOuter,
        Self::AreaInMu,
        Self::EmptyCoordinates,
        Self::NegativeEmployees,
        Self::TooFewPoints,
    ];

    /// Whether the defect is in the enterprise table.
    #[must_use]
    pub fn of_enterprise(self) -> bool {
        matches!(self, Self::NegativeEmployees | Self::NegativeOutput)
    }
}

/// The defects of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultTally {
    /// What is wrong.
    pub kind: FaultKind,
    /// How many rows have it.
    pub count: u64,
    /// Parcel ids, or enterprise ids where the defect is in the enterprise table; the first thousand.
    pub ids: Vec<String>,
    /// The rows of `ids`, counted from 0 without header.
    pub rows: Vec<u64>,
}

impl FaultTally {
    pub(super) fn record(&mut self, id: &str, row: u64) {
        self.count += 1;
        if self.ids.len() < KEPT {
            self.ids.push(id.to_owned());
            self.rows.push(row);
        }
    }
}

/// Which row gets which defect: evenly over the rows, kinds in turn.
#[derive(Debug)]
pub(super) struct Schedule {
    parcels: u64,
    rounds: u64,
    next: u64,
}

impl Schedule {
    pub fn new(parcels: u64) -> Self {
        let rounds = if parcels < FEWEST_PARCELS { 0 } else { (parcels / PARCELS_A_FAULT).max(1) };
        Self { parcels, rounds, next: 0 }
    }

    /// The defect of parcel row `row`; rows must come in order.
    pub fn at(&mut self, row: u64) -> Option<FaultKind> {
        let kinds = FaultKind::ALL.len() as u64;
        let slots = self.rounds * kinds;
        if self.next >= slots || row < (2 * self.next + 1) * self.parcels / (2 * slots) {
            return None;
        }
        let (round, kind) = (self.next / kinds, self.next % kinds);
        self.next += 1;
        FaultKind::ALL.into_iter().nth(usize::try_from(kind).unwrap_or(0)).filter(|&k| k != FaultKind::SwappedAxes || round == 0)
    }
}

/// Gives a shape a defect; kinds that are not of the shape leave it alone. `None` for no geometry at all.
pub(super) fn damage(kind: FaultKind, mut shape: Shape) -> Option<Shape> {
    let Some(outer) = shape.first_mut().and_then(|polygon| polygon.first_mut()) else { return Some(shape) };
    match kind {
        FaultKind::NullGeometry => return None,
        FaultKind::EmptyCoordinates => return Some(Vec::new()),
        FaultKind::UnclosedRing => {
            outer.pop();
        }
        FaultKind::ClockwiseOuter => outer.reverse(),
        FaultKind::TooFewPoints => {
            outer.truncate(2);
            outer.extend(outer.first().copied());
            return Some(vec![vec![outer.clone()]]);
        }
        FaultKind::BowTie => {
            // The corners of its frame, two of them exchanged.
            let end = |axis: usize, pick: fn(i64, i64) -> i64| outer.iter().map(|s| s[axis]).reduce(pick).unwrap_or(0);
            let (west, east) = (end(0, i64::min), end(0, i64::max));
            let (south, north) = (end(1, i64::min), end(1, i64::max));
            return Some(vec![vec![vec![[west, south], [east, north], [east, south], [west, north], [west, south]]]]);
        }
        FaultKind::Spike => {
            let middle = middle(outer);
            let at = outer.len() / 2;
            let from = outer[at];
            // Out from the middle, well beyond the parcel, and back to where it began.
            let tip = [0, 1].map(|axis| from[axis] + (from[axis] - middle[axis]) * 3 / 5);
            outer.splice(at..=at, [from, tip, from]);
        }
        FaultKind::HoleOutside => {
            let middle = middle(outer);
            let east = outer.iter().map(|s| s[0]).max().unwrap_or(middle[0]);
            let half = (east - middle[0]) / 4 + 20;
            let [x, y] = [east + 2 * half, middle[1]];
            let hole = [[-1, -1], [-1, 1], [1, 1], [1, -1], [-1, -1]].map(|[a, b]| [x + a * half, y + b * half]);
            if let Some(polygon) = shape.first_mut() {
                polygon.push(hole.to_vec());
            }
        }
        FaultKind::SwappedAxes => shape.iter_mut().flatten().flatten().for_each(|s| s.swap(0, 1)),
        FaultKind::DuplicateId
        | FaultKind::FloorAreaHuge
        | FaultKind::AreaInMu
        | FaultKind::NegativeEmployees
        | FaultKind::NegativeOutput => {}
    }
    Some(shape)
}

#[allow(clippy::cast_possible_wrap)]
fn middle(ring: &[Spot]) -> Spot {
    let n = ring.len().max(1) as i64;
    [0, 1].map(|axis| ring.iter().map(|s| s[axis]).sum::<i64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_each_kind_as_often_as_planned() {
        for parcels in [500, 3000, 31_337] {
            let mut schedule = Schedule::new(parcels);
            let found: Vec<FaultKind> = (0..parcels).filter_map(|row| schedule.at(row)).collect();
            let rounds = usize::try_from((parcels / 1500).max(1)).unwrap();
            for kind in FaultKind::ALL {
                let expected = if kind == FaultKind::SwappedAxes { 1 } else { rounds };
                assert_eq!(found.iter().filter(|&&k| k == kind).count(), expected, "{kind:?}");
            }
        }
        assert_eq!(Schedule::new(499).at(498), None);
    }
}
