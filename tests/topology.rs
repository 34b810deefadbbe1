//! The sample city's parcels and districts as they lie to each other: its deliberate faults and its lanes, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use mujun::finding::{Code, Finding};
use mujun::model::Source;
use mujun::progress::Silent;
use mujun::read::Inputs;
use mujun::read::spec::SurveySpec;
use mujun::rulebook::Rulebook;
use mujun::sample::{FaultKind, SampleSpec};
use mujun::{Survey, survey};

fn survey_of(folder: &Path) -> Survey {
    let spec = SurveySpec::open(&folder.join("survey.toml")).unwrap();
    survey(Inputs::open(&spec, &Silent).unwrap(), Rulebook::open("shanghai-illustrative").unwrap(), &Silent).unwrap()
}

#[test]
fn the_sample_city_overlaps_where_shapes_were_damaged_and_has_gaps_where_lanes_are() {
    let folder = tempfile::tempdir().unwrap();
    let truth = mujun::sample::write(folder.path(), &SampleSpec { parcels: 6000, seed: 9 }, &mut |_| ()).unwrap();
    let found = survey_of(folder.path());
    let of = |code: Code| -> Vec<&Finding> { found.findings.iter().filter(|f| f.code == code).collect() };

    // A bow tie, a spike and a hole outside its shell leave their parcel's place.
    let damaged: BTreeSet<u64> = [FaultKind::BowTie, FaultKind::Spike, FaultKind::HoleOutside]
        .iter()
        .flat_map(|kind| truth.fault(*kind).unwrap().rows.clone())
        .collect();
    let rows = |f: &Finding| -> [u64; 2] {
        let other = f.detail.en.split("(row ").nth(1).unwrap().split(')').next().unwrap();
        [f.place.row.unwrap() as u64, other.parse::<u64>().unwrap() - 1]
    };
    assert!(!of(Code::Overlap).is_empty());
    let met: BTreeSet<u64> = of(Code::Overlap).into_iter().flat_map(rows).filter(|row| damaged.contains(row)).collect();
    assert!(of(Code::Overlap).into_iter().all(|f| rows(f).iter().any(|row| damaged.contains(row))));
    // Nearly all: a damaged parcel may have a street around it.
    assert!(met.len() * 2 >= damaged.len(), "{met:?} of {damaged:?}");

    for f in of(Code::Gap) {
        let neighbours: Vec<&str> = f.detail.en.split("between ").nth(1).unwrap().split(", ").collect();
        let beside = |row: usize| neighbours.contains(&found.parcels.ids[row].as_str());
        let lane = (0..found.parcels.ids.len())
            .any(|row| beside(row) && found.parcels.shapes[row].as_ref().is_some_and(|shape| shape.0.len() > 1));
        let hurt = (0..found.parcels.ids.len()).any(|row| beside(row) && damaged.contains(&(row as u64)));
        assert!(lane || hurt, "{f:?}");
    }
    for code in [Code::OverlapSliver, Code::GapSliver, Code::ShapeDuplicate, Code::ZonesGap] {
        assert!(of(code).is_empty(), "{:?}", of(code)[0]);
    }
    // Its districts are a partition. Two of its parks do overlap, and say so.
    let zones = of(Code::ZonesOverlap);
    assert!(!zones.is_empty() && zones.iter().all(|f| f.place.source == Source::Parks), "{zones:?}");
    let slivers = of(Code::ShapeSliver);
    assert!(slivers.iter().all(|f| f.place.row.is_some_and(|row| damaged.contains(&(row as u64)))), "{slivers:?}");
    // Two rows of one id are two parcels there.
    let twice: Vec<&Finding> = of(Code::DuplicateId).into_iter().filter(|f| f.place.source == Source::Parcels).collect();
    assert!(!twice.is_empty() && twice.iter().all(|f| f.detail.en.ends_with("another shape")), "{twice:?}");
}
