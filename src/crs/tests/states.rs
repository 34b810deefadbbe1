//! The sample city in every wrong state: the diagnosis must find that state, and nothing where nothing is wrong.

use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::*;
use crate::finding::Code;
use crate::model::Source;
use crate::progress::Silent;
use crate::read;

/// The sample city moved, in longitude and latitude: parcels, districts, parks.
fn city_at(east: f64, north: f64) -> [(Source, Vec<RawShape>); 3] {
    [(Source::Parcels, "parcels"), (Source::Districts, "districts"), (Source::Parks, "parks")].map(|(source, name)| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(format!("{name}.geojson"));
        let mut shapes = read::layer(source, &path.into(), &Silent).unwrap().shapes;
        shapes.iter_mut().for_each(|shape| shape.each_position(|c| *c = Coord { x: c.x + east, y: c.y + north }));
        (source, shapes)
    })
}

fn city(east: f64) -> [(Source, Vec<RawShape>); 3] {
    city_at(east, 0.0)
}

/// A wrong state: how the numbers are, what is stated, and what must come out.
struct State {
    numbers: &'static str,
    swapped: bool,
    stated: Option<&'static str>,
    code: Code,
    proposal: &'static str,
}

fn state(numbers: &'static str, swapped: bool, stated: Option<&'static str>, code: Code, proposal: &'static str) -> State {
    State { numbers, swapped, stated, code, proposal }
}

fn written(shapes: &[RawShape], system: &str, swapped: bool) -> Vec<RawShape> {
    let mut shapes = shapes.to_vec();
    Crs::named(system).unwrap().from_geographic(&mut shapes);
    if swapped {
        swap_axes(&mut shapes);
    }
    shapes
}

/// Diagnoses the city with one layer in a state.
fn found(city: &[(Source, Vec<RawShape>)], wrong: Source, shapes: &[RawShape], stated: Option<&str>) -> Vec<Diagnosis> {
    let crs = stated.and_then(|text| Crs::named(text).ok());
    let claims: Vec<Claim<'_>> = city
        .iter()
        .map(|(source, right)| {
            if *source == wrong {
                Claim { source: *source, shapes, crs: crs.as_ref(), text: stated }
            } else {
                Claim { source: *source, shapes: right, crs: Some(&Crs::Geographic), text: None }
            }
        })
        .collect();
    diagnose(&claims)
}

/// Around Shanghai (CM 120 or 123, UTM 51, 6-degree zone 21): what bureaus send.
#[test]
fn every_wrong_state_of_a_layer_is_proposed_exactly() {
    use Code::{CrsAxes, CrsContradicted, CrsMissing, CrsPrefix, CrsUnknown, CrsZone};
    let states = [
        state("EPSG:4490", false, None, CrsMissing, "crs = \"EPSG:4490\""),
        state("EPSG:4490", true, None, CrsMissing, "crs = \"EPSG:4490\" swap_axes = true"),
        state("EPSG:4490", true, Some("EPSG:4490"), CrsAxes, "swap_axes = true"),
        state("EPSG:4549", false, None, CrsMissing, "crs = \"EPSG:4549\""),
        state("EPSG:4549", false, Some("WGS84"), CrsContradicted, "crs = \"EPSG:4549\""),
        state("EPSG:3857", false, Some("WGS84"), CrsContradicted, "crs = \"EPSG:3857\""),
        state("EPSG:4490", false, Some("EPSG:4549"), CrsContradicted, "crs = \"EPSG:4490\""),
        state("EPSG:4550", false, Some("EPSG:4549"), CrsZone, "crs = \"EPSG:4550\""),
        state("EPSG:4549", false, Some("EPSG:4548"), CrsZone, "crs = \"EPSG:4549\""),
        state("EPSG:4528", false, Some("EPSG:4549"), CrsPrefix, "crs = \"EPSG:4528\""),
        state("EPSG:4549", false, Some("EPSG:4528"), CrsPrefix, "crs = \"EPSG:4549\""),
        state("EPSG:4549", true, Some("EPSG:4549"), CrsAxes, "swap_axes = true"),
        state("EPSG:4528", true, None, CrsMissing, "crs = \"EPSG:4528\" swap_axes = true"),
        state("EPSG:4499", false, Some("EPSG:4490"), CrsContradicted, "crs = \"EPSG:4499\""),
        state("EPSG:32651", false, Some("EPSG:4549"), CrsContradicted, "crs = \"EPSG:32651\""),
        state("EPSG:32651", false, Some("EPSG:32650"), CrsZone, "crs = \"EPSG:32651\""),
        state("EPSG:4529", false, Some("Shanghai city grid"), CrsUnknown, "crs = \"EPSG:4529\""),
    ];
    let city = city(0.0);
    for (index, state) in states.iter().enumerate() {
        // UTM zone 51 and the zone of 123° differ by a kilometre, which only parcels and parks tell.
        let twin = ["EPSG:4550", "EPSG:32651"].contains(&state.numbers);
        let (wrong, right) = &city[if twin { 0 } else { index % 3 }];
        let wrong = *wrong;
        let shapes = written(right, state.numbers, state.swapped);
        let found = found(&city, wrong, &shapes, state.stated);
        let setting = found
            .first()
            .and_then(|d| d.proposal.as_ref())
            .map(|setting| setting.to_string().replace(&format!("{}.", wrong.name()), "").replace('\n', " "));
        assert!(
            found.len() == 1
                && found[0].source == wrong
                && found[0].code == state.code
                && setting.as_deref() == Some(state.proposal),
            "{} swapped {} stated {:?} in {}: {found:#?}",
            state.numbers,
            state.swapped,
            state.stated,
            wrong.name()
        );
    }
}

/// The same city elsewhere in China: every zone of 3 degrees, with and without prefix, called by its neighbour's name.
#[test]
fn random_zones_of_random_cities_are_found() {
    let mut random = ChaCha8Rng::seed_from_u64(20);
    for _ in 0..6 {
        let meridian: u16 = random.random_range(29..41) * 3;
        let city = city(f64::from(meridian) + random.random_range(-1.0..1.0) - 121.4);
        let (plain, prefixed) = (4534 + (meridian - 75) / 3, 4513 + (meridian - 75) / 3);
        let neighbour = if random.random() { plain + 1 } else { plain - 1 };
        for (numbers, stated, code) in
            [(plain, neighbour, Code::CrsZone), (prefixed, plain, Code::CrsPrefix), (plain, prefixed, Code::CrsPrefix)]
        {
            let shapes = written(&city[0].1, &format!("EPSG:{numbers}"), false);
            let found = found(&city, Source::Parcels, &shapes, Some(&format!("EPSG:{stated}")));
            let setting = found.first().and_then(|d| d.proposal.clone()).map(|s| s.to_string());
            assert!(
                found.len() == 1 && found[0].code == code && setting == Some(format!("parcels.crs = \"EPSG:{numbers}\"")),
                "{numbers} called {stated}: {found:#?}"
            );
        }
    }
}

#[test]
fn grids_a_kilometre_apart_that_nothing_tells_apart_are_listed() {
    let city = city(0.0);
    let found = found(&city, Source::Districts, &written(&city[1].1, "EPSG:4550", false), Some("EPSG:4549"));
    assert!(found.len() == 1 && found[0].proposal.is_none(), "{found:?}");
    assert!(found[0].detail.en.contains("EPSG:4550") && found[0].detail.en.contains("EPSG:32651"), "{found:?}");
}

#[test]
fn clean_layers_in_whatever_system_have_no_finding() {
    let city = city(0.0);
    for system in ["EPSG:4490", "EPSG:4549", "EPSG:4529", "EPSG:32651", "EPSG:3857", "GCJ-02", "BD-09"] {
        let shapes = written(&city[0].1, system, false);
        assert_eq!(found(&city, Source::Parcels, &shapes, Some(system)), [], "{system}");
    }
    let abroad = city.clone().map(|(source, mut shapes)| {
        shapes.iter_mut().for_each(|shape| shape.each_position(|c| c.x -= 190.0));
        (source, shapes)
    });
    assert_eq!(found(&abroad, Source::Parcels, &abroad[0].1, Some("WGS84")), []);
}

#[test]
fn a_layer_of_another_place_lies_apart_and_an_old_datum_is_called_so() {
    let city = city(0.0);
    let elsewhere = city_at(-8.0, 0.0);
    let apart = found(&city, Source::Parcels, &elsewhere[0].1, Some("EPSG:4490"));
    assert!(
        apart.len() == 1
            && apart[0].code == Code::LayersApart
            && apart[0].proposal.is_none()
            && apart[0].detail.en.contains("km"),
        "{apart:?}"
    );
    let old = found(&city, Source::Parks, &written(&city[2].1, "EPSG:4549", false), Some("EPSG:2437"));
    assert!(old.len() == 1 && old[0].code == Code::CrsOldDatum && old[0].source == Source::Parks, "{old:?}");
}

#[test]
fn a_layer_alone_is_told_what_it_can_be_and_nothing_is_assumed() {
    let city = city(0.0);
    let alone = |system: &str, swapped: bool, stated: Option<&str>| {
        let shapes = written(&city[0].1, system, swapped);
        let crs = stated.map(|text| Crs::named(text).unwrap());
        diagnose(&[Claim { source: Source::Parcels, shapes: &shapes, crs: crs.as_ref(), text: stated }])
    };
    let several = alone("EPSG:4549", false, None);
    assert!(several[0].code == Code::CrsMissing && several[0].proposal.is_none(), "{several:?}");
    assert!(several[0].detail.en.contains("EPSG:4549") && several[0].detail.en.contains("EPSG:4547"), "{several:?}");
    let one = alone("EPSG:4528", true, None);
    assert_eq!(one[0].proposal.as_ref().unwrap().to_string(), "parcels.crs = \"EPSG:4528\"\nparcels.swap_axes = true");
    assert!(one[0].detail.en.contains("no other layer to compare with"));
    // Kashgar: both numbers are possible latitudes.
    let kashgar = city_at(-45.4, 8.2);
    let swapped = written(&kashgar[0].1, "EPSG:4490", true);
    let found = diagnose(&[Claim { source: Source::Parcels, shapes: &swapped, crs: Some(&Crs::Geographic), text: None }]);
    assert!(found.len() == 1 && found[0].code == Code::CrsAxes && found[0].proposal.as_ref().unwrap().swap_axes, "{found:?}");
    assert!(alone("EPSG:4490", false, Some("EPSG:4490")).is_empty());
}

#[test]
fn a_layer_in_map_service_coordinates_is_found_by_its_borders() {
    let city = city(0.0);
    for (system, code) in [("GCJ-02", Code::ShiftGcj), ("BD-09", Code::ShiftBd)] {
        for (index, wrong) in [(0, Source::Parcels), (2, Source::Parks)] {
            let shapes = written(&city[index].1, system, false);
            let found = found(&city, wrong, &shapes, Some("EPSG:4490"));
            assert!(
                found.len() == 1
                    && found[0].code == code
                    && found[0].source == wrong
                    && found[0].proposal.as_ref().unwrap().crs.as_deref() == Some(system),
                "{system} {}: {found:#?}",
                wrong.name()
            );
        }
    }
}

fn shanghai() -> Option<Vec<RawShape>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/shanghai_districts/districts.geojson");
    let path = std::env::var_os("MUJUN_SHARED")
        .map_or(path, |folder| Path::new(&folder).join("data/shanghai_districts/districts.geojson"));
    read::layer(Source::Districts, &path.into(), &Silent).ok().map(|layer| layer.shapes)
}

/// Real districts against copies of themselves: shifted they are found with the known offset; thinned, redrawn or random they are not.
#[test]
fn real_districts_shifted_are_found_and_simplified_or_random_ones_are_not() {
    let Some(real) = shanghai() else {
        println!("skipped: ../shared/data/shanghai_districts is absent");
        return;
    };
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let beside = |other: &[RawShape]| {
        let claim = |source, shapes| Claim { source, shapes, crs: Some(&Crs::Geographic), text: None };
        diagnose(&[claim(Source::Districts, &real), claim(Source::Layout, other)])
    };
    let changed = |change: &mut dyn FnMut(usize, Coord<f64>) -> Option<Coord<f64>>| -> Vec<RawShape> {
        real.iter()
            .map(|shape| match shape {
                RawShape::Parts(parts) => RawShape::Parts(
                    parts
                        .iter()
                        .map(|part| {
                            part.iter().map(|ring| ring.iter().enumerate().filter_map(|(i, c)| change(i, *c)).collect()).collect()
                        })
                        .collect(),
                ),
                other => other.clone(),
            })
            .collect()
    };
    for shift in [Shift::Gcj02, Shift::Bd09] {
        // Thinned as well: half the vertices are gone.
        let found = beside(&changed(&mut |i, c| (i % 2 == 0).then(|| shift.done(c))));
        assert!(found.len() == 1 && found[0].source == Source::Layout && found[0].detail.en.contains(shift.name()), "{found:#?}");
        if shift == Shift::Gcj02 {
            assert!(found[0].detail.en.contains("shifted by +4") && found[0].detail.en.contains("m east, -2"), "{found:#?}");
        }
    }
    assert_eq!(beside(&changed(&mut |i, c| (i % 7 == 0).then_some(c))), []);
    // Redrawn by another hand, some tens of metres off everywhere.
    assert_eq!(
        beside(&changed(&mut |_, c| Some(Coord {
            x: c.x + random.random_range(-4e-4..4e-4),
            y: c.y + random.random_range(-4e-4..4e-4)
        }))),
        []
    );
    // Moved as a whole by as much as GCJ-02 moves, in another direction.
    assert_eq!(beside(&changed(&mut |_, c| Some(Coord { x: c.x - 0.0045, y: c.y + 0.002 }))), []);
    let squares: Vec<RawShape> = (0..800)
        .map(|_| {
            let (x, y, w) =
                (random.random_range(121.0..121.9), random.random_range(30.8..31.5), random.random_range(0.001..0.02));
            let ring = [(0.0, 0.0), (w, 0.0), (w, w), (0.0, w), (0.0, 0.0)].map(|(u, v)| Coord { x: x + u, y: y + v });
            RawShape::Parts(vec![vec![ring.to_vec()]])
        })
        .collect();
    assert_eq!(beside(&squares), []);
}
