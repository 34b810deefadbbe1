#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::panic)]

use std::sync::LazyLock;

use geo::{Coord, Euclidean, LineString, MultiPolygon, Polygon};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::coverage::{by_group, of_all, rank};
use super::directory::directory;
use super::distance::{Borders, distances, spread};
use super::*;
use crate::measure::geodesic_area;
use crate::model::{Zone, Zones};
use crate::page::{Cell, Page, Verdict};
use crate::plan::tally::Land;
use crate::progress::Silent;
use crate::read::{Inputs, spec::SurveySpec};
use crate::rulebook::Rulebook;

fn square(x: f64, y: f64, side: f64) -> Polygon {
    Polygon::new(LineString::from(vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]), vec![])
}

fn park(id: &str, name: &str, kind: Option<&str>, blocks: Vec<Polygon>) -> Zone {
    let name = (!name.is_empty()).then(|| name.to_owned());
    Zone { id: id.to_owned(), name, kind: kind.map(str::to_owned), shape: MultiPolygon(blocks) }
}

fn districts() -> Zones {
    Zones(vec![
        park("310112", "闵行区", None, vec![square(121.0, 31.0, 0.5)]),
        park("310115", "浦东新区", None, vec![square(121.5, 31.0, 0.5)]),
    ])
}

#[test]
fn a_park_in_several_blocks_is_one_and_a_shape_drawn_twice_is_not_measured_twice() {
    let seeds = Seeds::shanghai().unwrap();
    let drawn = Zones(vec![
        park("A1", "东方芯港", Some("IC"), vec![square(121.80, 31.1, 0.01), square(121.83, 31.1, 0.01)]),
        park("A2", "东方 芯港", None, vec![square(121.86, 31.1, 0.01)]),
        park("A3", "东方芯港", None, vec![square(121.801, 31.101, 0.008)]),
        park("B", "", Some("bio"), vec![square(121.2, 31.2, 0.01)]),
        park("C", "海边新园", Some("aero"), vec![square(121.45, 31.2, 0.06)]),
    ]);
    let found = directory(&drawn, &districts(), &seeds);
    let chip = &found.parks[0];
    assert_eq!((chip.drawn.as_slice(), chip.blocks, chip.batch), ([0, 1].as_slice(), 3, Some(2020)));
    let measured = (geodesic_area(&drawn.0[0].shape) + geodesic_area(&drawn.0[1].shape)) / 1e6;
    assert!((chip.measured_km2.unwrap() - measured).abs() < 1e-9);
    assert!((chip.area_difference().unwrap() - (measured / 5.45 - 1.0)).abs() < 1e-12);
    assert_eq!((found.doubled.as_slice(), found.unnamed.as_slice()), ([(2, 0)].as_slice(), [3].as_slice()));
    let sea = &found.parks[1];
    assert_eq!(
        (sea.entry, sea.sector, sea.districts.as_slice()),
        (None, None, ["310112".to_owned()].as_slice()),
        "most of it is there"
    );
    assert_eq!(found.parks.len(), 2 + seeds.parks.parks.len() - 1, "each other entry of the directory is a park not drawn");
    assert!(found.parks[2..].iter().all(|park| park.drawn.is_empty() && park.measured_km2.is_none()));
}

#[test]
fn a_longer_name_is_the_same_park_unless_two_could_be_meant() {
    let seeds = Seeds::shanghai().unwrap();
    let at = |n: f64| vec![square(121.6 + n / 10.0, 31.1, 0.01)];
    let one = Zones(vec![park("A", "临港新片区东方芯港", None, at(0.0))]);
    let found = directory(&one, &districts(), &seeds);
    assert!(found.parks[0].by_part_of_name && found.parks[0].declared_km2 == Some(5.45));
    let two = Zones(vec![park("A", "临港新片区东方芯港", None, at(0.0)), park("B", "东方芯港二期", None, at(1.0))]);
    let found = directory(&two, &districts(), &seeds);
    assert!(found.parks[..2].iter().all(|park| park.entry.is_none()));
    assert_eq!(found.parks.iter().filter(|park| park.name == "东方芯港").count(), 1);
}

#[test]
fn a_name_twice_in_the_directory_is_one_park_and_told() {
    let mut seeds = Seeds::shanghai().unwrap();
    let mut again = seeds.parks.parks[0].clone();
    again.id = "again".to_owned();
    seeds.parks.parks.push(again);
    let found = directory(&Zones::default(), &districts(), &seeds);
    assert_eq!((found.parks.len(), found.doubled_entries.as_slice()), (21, [21].as_slice()));
}

#[test]
fn distances_are_those_of_every_edge_tried_one_by_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    let blob = |rng: &mut ChaCha8Rng| {
        let (x, y) = (rng.random_range(121.0..121.9), rng.random_range(30.8..31.6));
        let corner = |k: u32| {
            let r = 0.02 * (1.0 + 0.3 * f64::from(k % 3));
            let (sin, cos) = (f64::from(k) / 9.0 * std::f64::consts::TAU).sin_cos();
            Coord { x: x + r * cos, y: y + r * sin }
        };
        MultiPolygon(vec![Polygon::new((0..9).map(corner).collect::<LineString>(), vec![])])
    };
    let shapes: Vec<(usize, MultiPolygon)> = (0..24).map(|n| (n % 3, blob(&mut rng))).collect();
    let borders = Borders::new(shapes.iter().map(|(sector, shape)| (*sector, shape)).collect(), 4);
    let places: Vec<(Option<Coord<f64>>, Option<usize>)> = (0..400)
        .map(|n| (Some(Coord { x: rng.random_range(121.0..121.9), y: rng.random_range(30.8..31.6) }), Some(n % 3)))
        .collect();
    // In a plane around the place itself, edge by edge.
    let brute = |at: Coord<f64>, sector: usize| -> f64 {
        use geo::{Contains, Distance, MapCoords};
        let scale = crate::measure::scale::Scale::at(at.y);
        let own = shapes.iter().filter(|(of, _)| *of == sector);
        own.map(|(_, shape)| {
            if shape.contains(&at) {
                return 0.0;
            }
            let flat = shape.map_coords(|c| Coord { x: (c.x - at.x) * scale.x, y: (c.y - at.y) * scale.y });
            let edges = flat.iter().flat_map(|part| part.exterior().lines()).collect::<Vec<_>>();
            edges.iter().map(|edge| Euclidean.distance(&geo::Point::new(0.0, 0.0), edge)).fold(f64::INFINITY, f64::min)
        })
        .fold(f64::INFINITY, f64::min)
    };
    let mut inside = 0;
    for (got, (at, sector)) in distances(&borders, &places).into_iter().zip(&places) {
        let (got, expected) = (got.unwrap(), brute(at.unwrap(), sector.unwrap()));
        assert!((got - expected).abs() <= 0.004 * expected + 0.1, "{got} instead of {expected}");
        inside += usize::from(got == 0.0);
    }
    assert!(inside > 2, "{inside}");
    assert_eq!(distances(&borders, &[(places[0].0, Some(3)), (places[0].0, None), (None, Some(0))]), [None, None, None]);
}

#[test]
fn half_of_the_land_is_within_the_median() {
    let spread = spread(vec![(300.0, 5.0), (100.0, 1.0), (200.0, 1.0), (900.0, 3.0)]).unwrap();
    assert_eq!((spread.median_m, spread.upper_quartile_m, spread.greatest_m, spread.mu), (300.0, 900.0, 900.0, 10.0));
    assert_eq!(super::distance::spread(vec![]), None);
}

#[test]
fn shares_inside_are_of_what_is_known_and_groups_close() {
    let land = Land {
        rows: vec![0, 1, 2, 3],
        area_mu: vec![Some(10.0), Some(20.0), None, Some(30.0)],
        output: vec![Some(5.0), None, Some(15.0), None],
        tax: vec![None; 4],
        employees: vec![Some(1.0); 4],
    };
    let in_park = [true, false, true, false];
    let all = of_all(&land, &in_park, Detail::default());
    assert_eq!(all.inside.mu.share_of(all.all.mu), Some(10.0 / 60.0));
    assert_eq!((all.inside.output.share_of(all.all.output), all.inside.tax.share_of(all.all.tax)), (Some(1.0), None));
    let groups = [vec![0], vec![1], vec![0], vec![]];
    let parts = by_group(&land, &in_park, &["a".into(), "b".into()], "rest".into(), &groups);
    assert_eq!(parts.iter().map(|part| part.all.parcels).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(parts.iter().map(|part| part.all.mu.value).sum::<f64>(), all.all.mu.value);
    assert_eq!(rank(Some(0.5), [Some(0.7), Some(0.5), None, Some(0.1)].into_iter()), Some(2));
    assert_eq!(rank(None, [Some(0.7)].into_iter()), None);
}

static CITY: LazyLock<Survey> = LazyLock::new(|| made_up(&[]));

/// A small made-up city; `leave_out` names sections of its `survey.toml` that are taken away.
pub(in crate::plan) fn city(leave_out: &[&str]) -> Survey {
    if leave_out.is_empty() { CITY.clone() } else { made_up(leave_out) }
}

fn made_up(leave_out: &[&str]) -> Survey {
    let folder = tempfile::tempdir().unwrap();
    crate::sample::write(folder.path(), &crate::sample::SampleSpec { parcels: 250, seed: 7 }, &mut |_| ()).unwrap();
    let path = folder.path().join("survey.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = leave_out.iter().fold(text, |text, name| text.replace(&format!("[{name}]\npath = \"{name}.geojson\"\n"), ""));
    std::fs::write(&path, text).unwrap();
    let spec = SurveySpec::open(&path).unwrap();
    let mut rulebook = Rulebook::open("shanghai-illustrative").unwrap();
    rulebook.firmness.draws = 0;
    crate::survey(Inputs::open(&spec, &Silent).unwrap(), rulebook, &Silent).unwrap()
}

/// A cell of a table, found by column and by the text of the first cells of its row.
pub(in crate::plan) fn cell<'a>(page: &'a Page, table: &str, row: &[&str], column: &str) -> &'a Cell {
    let table = page.tables.iter().find(|t| t.key == table).unwrap();
    let column = table.columns.iter().position(|c| c.key == column).unwrap();
    let says = |cell: &Cell, text: &str| match cell {
        Cell::Text(t) => t == text,
        Cell::Words(words) => words.en == text,
        _ => false,
    };
    let found = table.rows.iter().find(|cells| cells.iter().zip(row).all(|(cell, text)| says(cell, text)));
    &found.unwrap_or_else(|| panic!("no row {row:?} in {}", table.key))[column]
}

fn is_well_formed(page: &Page) {
    for table in &page.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.key);
        assert!(table.shapes.as_ref().is_none_or(|shapes| shapes.len() == table.rows.len()), "{}", table.key);
    }
}

#[test]
fn the_city_is_short_of_parks_and_its_shares_are_those_summed_by_hand() {
    let (survey, seeds) = (city(&[]), Seeds::shanghai().unwrap());
    let page = page(&survey, &seeds, None).unwrap();
    is_well_formed(&page);
    assert_eq!(page.verdict, Verdict::Short);
    let named: std::collections::BTreeSet<&str> = survey
        .parks
        .0
        .iter()
        .filter_map(|zone| zone.name.as_deref())
        .chain(seeds.parks.parks.iter().map(|park| park.name_zh.as_str()))
        .collect();
    assert_eq!(cell(&page, "park_counts", &["all"], "parks"), &Cell::Count(named.len()), "{}", page.headline.en);
    let (mut all, mut inside) = (0.0, 0.0);
    for (mu, park) in survey.area_mu.iter().zip(&survey.location.in_park) {
        all += mu.unwrap_or(0.0);
        inside += park.and(*mu).unwrap_or(0.0);
    }
    let Cell::Number(percent) = cell(&page, "park_coverage", &["all"], "land_percent") else { panic!("no share") };
    assert!(inside > 0.0 && (percent - 100.0 * inside / all).abs() < 1e-9, "{percent}");
    let sites = page.tables.iter().find(|table| table.key == "new_parks").unwrap();
    assert_eq!((sites.rows.len(), sites.shapes.as_ref().unwrap().len()), (5, 5));
    assert!(page.notes.iter().any(|note| note.en.contains("best possible")), "the gap is told");
    let ratios = page.tables.iter().find(|table| table.key == "park_upstairs").unwrap();
    let limit = survey.rulebook.floor_area_ratio_limit;
    assert!(ratios.rows.iter().all(|row| if let Cell::Number(far) = row[2] { far > 0.0 && far <= limit } else { true }));
    let own = page.tables.iter().find(|table| table.key == "parks").unwrap();
    let tax: f64 = own.rows.iter().map(|row| if let Cell::Number(tax) = row[12] { tax } else { 0.0 }).sum();
    let taxes = Land::of(&survey, None).tally(|row| survey.location.in_park[row].is_some()).tax.value;
    assert!((tax - taxes).abs() < 1e-6 * taxes, "the parks together hold {taxes}, not {tax}");
}

#[test]
fn districts_and_outside_add_up_to_the_city() {
    let (survey, seeds) = (city(&[]), Seeds::shanghai().unwrap());
    let whole = page(&survey, &seeds, None).unwrap();
    let outside = |page: &Page| {
        let table = page.tables.iter().find(|table| table.key == "park_distances").unwrap();
        table.rows.iter().map(|row| if let Cell::Count(n) = row[1] { n } else { 0 }).sum::<usize>()
    };
    let unplaced =
        survey.location.district.iter().zip(&survey.location.in_park).filter(|(d, p)| d.is_none() && p.is_none()).count();
    let mut sum = unplaced;
    for district in 0..survey.districts.0.len() {
        let own = page(&survey, &seeds, Some(district)).unwrap();
        is_well_formed(&own);
        assert_eq!(own.verdict, Verdict::Met, "the plan asks nothing of a district");
        sum += outside(&own);
    }
    assert_eq!(sum, outside(&whole));
    assert_eq!(sum, survey.location.in_park.iter().filter(|park| park.is_none()).count());
}

#[test]
fn without_a_park_layer_parks_are_counted_from_the_directory_and_coverage_is_not_called_zero() {
    let (survey, seeds) = (city(&["parks", "layout"]), Seeds::shanghai().unwrap());
    let page = page(&survey, &seeds, None).unwrap();
    is_well_formed(&page);
    assert_eq!(cell(&page, "park_counts", &["all"], "parks"), &Cell::Count(21));
    assert_eq!(cell(&page, "park_counts", &["all"], "drawn"), &Cell::Count(0));
    assert!(page.headline.en.contains("21 characteristic parks are known of about 60 by 2025, 39 short"), "{}", page.headline.en);
    assert!(page.headline.en.contains("no park layer") && page.tables.iter().all(|table| table.key != "park_coverage"));
    assert_eq!(page.verdict, Verdict::Short);
}

#[test]
fn the_year_and_the_number_are_those_of_the_seeds() {
    let (survey, mut seeds) = (city(&[]), Seeds::shanghai().unwrap());
    seeds.targets.iter_mut().find(|target| target.id == "characteristic_parks").unwrap().figure = Some(10.0);
    seeds.layout.parameters.iter_mut().find(|p| p.id == "park_deadline_year").unwrap().value = 2026;
    let page = page(&survey, &seeds, None).unwrap();
    assert_eq!(page.verdict, Verdict::Met);
    assert!(page.headline.en.contains("of about 10 by 2026;"), "{}", page.headline.en);
}

#[test]
fn a_condition_on_an_unknown_column_is_refused_by_its_name() {
    let mut survey = city(&[]);
    survey.rulebook.parks.suitable = Some("no_such_column > 3".to_owned());
    let error = page(&survey, &Seeds::shanghai().unwrap(), None).unwrap_err().to_string();
    assert!(error.contains("no_such_column"), "{error}");
}
