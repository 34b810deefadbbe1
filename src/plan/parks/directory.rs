//! The directory of parks held against the parks drawn.
//!
//! A park is one however many blocks it has, and whether they are one shape or several of the same name. Names are the same when they
//! agree but for spaces and case, or when one holds the other and no third.

use std::collections::BTreeMap;

use geo::Area;

use crate::locate::{SHARE_TOLERANCE, Share, ZoneIndex, largest};
use crate::measure::geodesic_area;
use crate::model::{Zone, Zones};
use crate::seeds::{self, Seeds};

use super::sector;

/// Two shapes of which one lies in the other by more than this are drawn twice.
const DOUBLED: f64 = 0.5;
/// A shorter name says too little to be found in another.
const LEAST_CHARACTERS: usize = 4;

/// A park that has a name: drawn, in the directory, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Park {
    pub name: String,
    /// Index into the directory.
    pub entry: Option<usize>,
    /// The directory has another name that holds this one, or is held by it.
    pub by_part_of_name: bool,
    /// Its shapes, as indices into the layer, without what is drawn twice.
    pub drawn: Vec<usize>,
    /// Polygons of these shapes.
    pub blocks: usize,
    /// Index into the seeds' sectors.
    pub sector: Option<usize>,
    /// Codes of its districts: of what is drawn those that hold the most of each shape, otherwise the directory's.
    pub districts: Vec<String>,
    pub batch: Option<i32>,
    /// km²
    pub declared_km2: Option<f64>,
    /// Geodesic area of its shapes, km²
    pub measured_km2: Option<f64>,
}

/// What came of holding them against each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Directory {
    /// The drawn in the order of the layer, then those that are in the directory alone.
    pub parks: Vec<Park>,
    /// Shapes without a name.
    pub unnamed: Vec<usize>,
    /// Shapes that lie in another by more than half, and that other.
    pub doubled: Vec<(usize, usize)>,
    /// Entries of the directory whose name an earlier one has.
    pub doubled_entries: Vec<usize>,
}

impl Park {
    /// Measured over declared area, less 1; none where one is missing.
    #[must_use]
    pub fn area_difference(&self) -> Option<f64> {
        Some(self.measured_km2? / self.declared_km2? - 1.0)
    }
}

/// Holds the directory against the park layer.
#[must_use]
pub fn directory(drawn: &Zones, districts: &Zones, seeds: &Seeds) -> Directory {
    let mut found = Directory { doubled: doubled(drawn), ..Directory::default() };
    let district_index = ZoneIndex::new(districts);
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    for (n, zone) in drawn.0.iter().enumerate() {
        let Some(name) = zone.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
            found.unnamed.push(n);
            continue;
        };
        let at = *by_name.entry(plain(name)).or_insert_with(|| {
            found.parks.push(only_drawn(name));
            found.parks.len() - 1
        });
        let park = &mut found.parks[at];
        let same = |other: usize| drawn.0[other].name.as_deref().is_some_and(|other| plain(other) == plain(name));
        let again = found.doubled.iter().any(|(inner, outer)| *inner == n && same(*outer));
        if !again {
            let district = largest(&district_index.shares(&zone.shape)).map(|share| districts.0[share.zone].id.clone());
            park.take_in(n, zone, district, seeds);
        }
    }
    match_entries(&mut found, seeds);
    found
}

/// A name but for what readers do not see as a difference.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn only_drawn(name: &str) -> Park {
    Park {
        name: name.to_owned(),
        entry: None,
        by_part_of_name: false,
        drawn: Vec::new(),
        blocks: 0,
        sector: None,
        districts: Vec::new(),
        batch: None,
        declared_km2: None,
        measured_km2: None,
    }
}

fn only_in_directory(n: usize, entry: &seeds::Park, seeds: &Seeds) -> Park {
    let mut park = only_drawn(&entry.name_zh);
    park.districts.clone_from(&entry.districts);
    park.describe(n, entry, seeds);
    park
}

impl Park {
    fn take_in(&mut self, n: usize, zone: &Zone, district: Option<String>, seeds: &Seeds) {
        self.drawn.push(n);
        self.blocks += zone.shape.0.len();
        self.measured_km2 = Some(self.measured_km2.unwrap_or(0.0) + geodesic_area(&zone.shape) / 1e6);
        self.sector = self.sector.or_else(|| sector::named(seeds, zone.kind.as_deref()?));
        if let Some(code) = district.filter(|code| !self.districts.contains(code)) {
            self.districts.push(code);
        }
    }

    /// What the directory says goes before what is drawn, but for where it lies.
    fn describe(&mut self, n: usize, entry: &seeds::Park, seeds: &Seeds) {
        self.entry = Some(n);
        self.sector = seeds.parks.sectors.iter().position(|sector| sector.id == entry.sector).or(self.sector);
        self.batch = Some(entry.batch);
        self.declared_km2 = entry.km2;
    }
}

/// Gives each entry of the directory to the park drawn under its name; the others become parks that are not drawn.
fn match_entries(found: &mut Directory, seeds: &Seeds) {
    let entries = &seeds.parks.parks;
    let names: Vec<String> = entries.iter().map(|entry| plain(&entry.name_zh)).collect();
    let first: Vec<usize> = (0..entries.len()).filter(|&n| !names[..n].contains(&names[n])).collect();
    found.doubled_entries = (0..entries.len()).filter(|n| !first.contains(n)).collect();
    let mut open = Vec::new();
    for n in first {
        match found.parks.iter_mut().find(|park| plain(&park.name) == names[n]) {
            Some(park) => park.describe(n, &entries[n], seeds),
            None => open.push(n),
        }
    }
    for n in open {
        let like = |park: &&mut Park| park.entry.is_none() && one_holds_other(&plain(&park.name), &names[n]);
        let mut alike: Vec<&mut Park> = found.parks.iter_mut().filter(like).collect();
        match alike.as_mut_slice() {
            [park] => {
                park.describe(n, &entries[n], seeds);
                park.by_part_of_name = true;
            }
            _ => found.parks.push(only_in_directory(n, &entries[n], seeds)),
        }
    }
}

fn one_holds_other(a: &str, b: &str) -> bool {
    a.chars().count().min(b.chars().count()) >= LEAST_CHARACTERS && (a.contains(b) || b.contains(a))
}

/// The shapes that lie in another by more than half; of two that lie in each other the later.
fn doubled(drawn: &Zones) -> Vec<(usize, usize)> {
    let index = ZoneIndex::new(drawn);
    let shares: Vec<Vec<Share>> = drawn.0.iter().map(|zone| index.shares(&zone.shape)).collect();
    let in_other = |n: usize| {
        let area = drawn.0[n].shape.unsigned_area();
        let comes_first = |m: usize| {
            let other = drawn.0[m].shape.unsigned_area();
            other > area * (1.0 + SHARE_TOLERANCE) || (other >= area * (1.0 - SHARE_TOLERANCE) && m < n)
        };
        let holds = |share: &&Share| share.zone != n && share.share > DOUBLED && comes_first(share.zone);
        shares[n].iter().filter(holds).map(|share| (n, share.zone)).collect::<Vec<_>>()
    };
    (0..drawn.0.len()).flat_map(in_other).collect()
}
