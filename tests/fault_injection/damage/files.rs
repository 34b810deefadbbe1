//! Files that have lost a part or their end, and encodings that are not what is said.

use mujun::finding::Code;
use mujun::model::Source::{Enterprises, Occupancy, Parcels};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{Claim, Kind, Where};
use crate::city::{City, Format, Loss};

pub const KINDS: &[Kind] = &[
    Kind { name: "shapefile in GBK without .cpg", prepare: gbk, damage: no_cpg },
    Kind { name: ".cpg that lies", prepare: either, damage: lying_cpg },
    Kind { name: "text cut in mid-character", prepare: either, damage: cut_text },
    Kind { name: ".shp cut off", prepare: either, damage: shp_cut },
    Kind { name: ".dbf missing", prepare: either, damage: dbf_missing },
    Kind { name: ".shx missing", prepare: either, damage: shx_missing },
    Kind { name: "fewer rows than shapes", prepare: either, damage: row_lost },
    Kind { name: "row marked as deleted", prepare: either, damage: row_deleted },
    Kind { name: "FlatGeobuf cut off", prepare: flatgeobuf, damage: flatgeobuf_cut },
];

fn gbk(city: &mut City, _: &mut ChaCha8Rng) {
    city.parcels.format = Format::ShapefileGbk;
}

fn either(city: &mut City, random: &mut ChaCha8Rng) {
    city.parcels.format = if random.random_bool(0.5) { Format::Shapefile } else { Format::ShapefileGbk };
}

fn flatgeobuf(city: &mut City, _: &mut ChaCha8Rng) {
    city.parcels.format = Format::FlatGeobuf;
}

/// What follows where parcels or their ids are gone.
fn orphaned(claim: Claim) -> Claim {
    claim.with(&[Code::OccupancyParcel], Occupancy, Where::Anywhere).with(
        &[Code::EnterpriseNoParcel, Code::OccupancyShares],
        Enterprises,
        Where::Anywhere,
    )
}

fn no_cpg(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    city.parcels.cpg = Some("");
    Claim::whole(&[Code::EncodingGuessed], Parcels)
}

fn lying_cpg(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    city.parcels.cpg = Some(if city.parcels.format == Format::Shapefile { "GBK" } else { "UTF-8" });
    Claim::whole(&[Code::EncodingConflict], Parcels)
}

fn cut_text(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    // Neither two nor three bytes a character fill what is left after the x; ids and codes keep their length.
    let sheet = &mut city.parcels.sheet;
    let width = 24;
    for row in 0..sheet.rows.len() {
        let text = format!("x上海市浦东新区张江镇{}", sheet.get(row, "ZL").typed());
        sheet.set(row, "ZL", crate::city::Cell::text(text));
    }
    city.parcels.width = Some(width);
    Claim::one(&[Code::TextCut], Parcels, Where::Anywhere)
}

fn shp_cut(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    city.parcels.loss = Loss::End("shp", random.random_range(0.3..0.95));
    Claim::whole(&[Code::FileTruncated], Parcels)
        .with(&[Code::ShapeMissing, Code::ShapeUnreadable, Code::FileCountDiffers, Code::RowUnreadable], Parcels, Where::Anywhere)
        .with(&[Code::Gap, Code::GapSliver], Parcels, Where::Anywhere)
}

fn dbf_missing(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    city.parcels.loss = Loss::Part("dbf");
    orphaned(Claim::whole(&[Code::FilePartMissing], Parcels)).with(&[Code::NoId], Parcels, Where::Whole)
}

fn shx_missing(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    city.parcels.loss = Loss::Part("shx");
    Claim::whole(&[Code::FilePartMissing], Parcels)
}

fn row_lost(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    city.parcels.loss = Loss::LastRecord;
    let last = city.parcels.shapes.len() - 1;
    orphaned(Claim::whole(&[Code::FileCountDiffers], Parcels)).with(&[Code::NoId], Parcels, Where::Rows(vec![last]))
}

fn row_deleted(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = random.random_range(0..city.parcels.shapes.len());
    city.parcels.loss = Loss::Deleted(row);
    orphaned(Claim::one(&[Code::RowDeleted], Parcels, Where::Anywhere)).with(&[Code::Gap], Parcels, Where::Anywhere)
}

fn flatgeobuf_cut(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    city.parcels.loss = Loss::End("fgb", random.random_range(0.6..0.97));
    orphaned(Claim::whole(&[Code::FileTruncated], Parcels)).with(&[Code::RowUnreadable], Parcels, Where::Anywhere)
}
