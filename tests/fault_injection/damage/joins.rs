//! Ids that are missing, given twice, or name nobody.

use mujun::finding::Code;
use mujun::model::Source::{Enterprises, Occupancy, Parcels};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::{Claim, Kind, Where, as_it_is};
use crate::city::{Cell, City};

pub const KINDS: &[Kind] = &[
    Kind { name: "id twice", prepare: as_it_is, damage: duplicate_id },
    Kind { name: "id missing", prepare: as_it_is, damage: missing_id },
    Kind { name: "occupancy of an unknown parcel", prepare: as_it_is, damage: unknown_parcel },
    Kind { name: "occupancy by an unknown enterprise", prepare: as_it_is, damage: unknown_enterprise },
    Kind { name: "shares beyond the whole", prepare: as_it_is, damage: shares },
    Kind { name: "enterprise twice", prepare: as_it_is, damage: enterprise_twice },
    Kind { name: "enterprise on no parcel", prepare: as_it_is, damage: enterprise_nowhere },
];

/// A parcel with an enterprise, and the row of the occupancy table.
fn occupied(city: &City, random: &mut ChaCha8Rng) -> (usize, usize) {
    let at = random.random_range(0..city.occupancy.sheet.rows.len());
    let id = city.occupancy.sheet.get(at, "ZDDM");
    let parcel = (0..city.parcels.sheet.rows.len()).find(|row| city.parcels.sheet.get(*row, "ZDDM") == id);
    (parcel.expect("the parcel"), at)
}

fn enterprise_of(city: &City, at: usize) -> usize {
    let code = city.occupancy.sheet.get(at, "TYSHXYDM");
    let rows = &city.enterprises.sheet;
    (0..rows.rows.len()).find(|row| rows.get(*row, "TYSHXYDM") == code).expect("the enterprise")
}

/// What follows where a parcel that occupancy names is gone: the line names nobody, its enterprise has no parcel, or a part of its shares.
fn orphaned(claim: Claim, city: &City, at: usize) -> Claim {
    let enterprise = enterprise_of(city, at);
    claim.with(&[Code::OccupancyParcel], Occupancy, Where::Rows(vec![at])).with(
        &[Code::EnterpriseNoParcel, Code::OccupancyShares],
        Enterprises,
        Where::Rows(vec![enterprise]),
    )
}

fn duplicate_id(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let (row, at) = occupied(city, random);
    let other = if row == 0 { 1 } else { row - 1 };
    let id = city.parcels.sheet.get(other, "ZDDM").clone();
    city.parcels.sheet.set(row, "ZDDM", id);
    // Said of both.
    let claim = Claim::one(&[Code::DuplicateId], Parcels, Where::Rows(vec![row, other]));
    // Enterprises of the one are now also on the other.
    orphaned(claim, city, at).with(&[Code::FlowPartial], Parcels, Where::Rows(vec![row, other]))
}

fn missing_id(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let (row, at) = occupied(city, random);
    city.parcels.sheet.set(row, "ZDDM", Cell::Blank);
    orphaned(Claim::row(&[Code::NoId], Parcels, row), city, at)
}

fn unknown_parcel(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let (_, at) = occupied(city, random);
    city.occupancy.sheet.set(at, "ZDDM", Cell::text("310199999999GB99999"));
    let claim = Claim::row(&[Code::OccupancyParcel], Occupancy, at);
    orphaned(claim, city, at)
}

fn unknown_enterprise(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let (_, at) = occupied(city, random);
    let enterprise = enterprise_of(city, at);
    city.occupancy.sheet.set(at, "TYSHXYDM", Cell::text("91310115MA1K00000X"));
    Claim::row(&[Code::OccupancyEnterprise], Occupancy, at).with(
        &[Code::EnterpriseNoParcel, Code::OccupancyShares],
        Enterprises,
        Where::Rows(vec![enterprise]),
    )
}

fn shares(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let (_, at) = occupied(city, random);
    let enterprise = enterprise_of(city, at);
    let free: Vec<usize> = (0..city.parcels.sheet.rows.len())
        .filter(|row| city.parcels.sheet.get(*row, "ZDDM") != city.occupancy.sheet.get(at, "ZDDM"))
        .collect();
    let mut line = city.occupancy.sheet.rows[at].clone();
    let other = *free.choose(random).expect("a parcel");
    line[0] = city.parcels.sheet.get(other, "ZDDM").clone();
    line[2] = Cell::Number(0.5);
    city.occupancy.sheet.rows.push(line);
    // Where two share a parcel, a figure that one of them lacks is known in part.
    Claim::row(&[Code::OccupancyShares], Enterprises, enterprise).with(&[Code::FlowPartial], Parcels, Where::Rows(vec![other]))
}

fn enterprise_twice(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let rows = &mut city.enterprises.sheet.rows;
    let (first, last) = (random.random_range(0..rows.len()), rows.len());
    rows.push(rows[first].clone());
    Claim::one(&[Code::EnterpriseDuplicate], Enterprises, Where::Rows(vec![first, last]))
}

fn enterprise_nowhere(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let (_, at) = occupied(city, random);
    let enterprise = enterprise_of(city, at);
    let code = city.occupancy.sheet.get(at, "TYSHXYDM").clone();
    city.occupancy.sheet.rows.retain(|row| row[1] != code);
    Claim::row(&[Code::EnterpriseNoParcel], Enterprises, enterprise)
}
