//! The topology check against brute force by `geo`'s own overlay, and the cases that brute force does not show.

use std::collections::BTreeMap;

use geo::{Area, BooleanOps, Coord, LineString, MultiPolygon, Polygon, unary_union};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::model::{Zone, Zones};
use crate::progress::Silent;

const ORIGIN: (f64, f64) = (121.5, 31.2);

fn rules() -> Topology {
    Topology::default()
}

/// A position given in metres from the origin.
fn at(x: f64, y: f64) -> Coord<f64> {
    let scale = Scale::at(ORIGIN.1);
    Coord { x: ORIGIN.0 + x / scale.x, y: ORIGIN.1 + y / scale.y }
}

fn polygon(points: &[(f64, f64)]) -> Polygon {
    Polygon::new(LineString(points.iter().map(|(x, y)| at(*x, *y)).collect()), vec![])
}

fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Polygon {
    polygon(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
}

fn layer(shapes: Vec<(String, Polygon)>) -> Parcels {
    let (ids, shapes) = shapes.into_iter().map(|(id, shape)| (id, Some(MultiPolygon(vec![shape])))).unzip();
    Parcels { ids, shapes }
}

fn found(parcels: &Parcels) -> Vec<Finding> {
    super::parcels(parcels, &rules(), &Silent)
}

fn of(findings: &[Finding], code: Code) -> Vec<&Finding> {
    findings.iter().filter(|f| f.code == code).collect()
}

/// The first number after the last colon, or of the whole detail.
fn area(finding: &Finding) -> f64 {
    let text = finding.detail.en.rsplit(": ").next().unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

/// Blocks of twenty parcels with uneven shared corners, streets between them. Every other block has one fault, in turn: a corner
/// pushed far or a little into the neighbours, a parcel left out, a copy, a strip, a split whose ends lie on the neighbours' edges.
fn city(seed: u64, blocks: usize) -> Vec<(String, Polygon)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut shapes = Vec::new();
    for block in 0..blocks * blocks {
        let (bx, by) = ((block % blocks) as f64 * 130.0, (block / blocks) as f64 * 140.0);
        let mut corner = [[(0.0, 0.0); 6]; 5];
        for (j, row) in corner.iter_mut().enumerate() {
            for (i, c) in row.iter_mut().enumerate() {
                *c = (bx + i as f64 * 22.0 + rng.random_range(-3.0..3.0), by + j as f64 * 28.0 + rng.random_range(-3.0..3.0));
            }
        }
        let id = |n: usize| format!("B{block:03}-{n:02}");
        for j in 0..4 {
            for i in 0..5 {
                let n = j * 5 + i;
                let mut quad = [corner[j][i], corner[j][i + 1], corner[j + 1][i + 1], corner[j + 1][i]];
                let fault = if n == 6 { block % 14 } else { 0 };
                match fault {
                    1 => quad[2] = (quad[2].0 + rng.random_range(4.0..9.0), quad[2].1 + rng.random_range(4.0..9.0)),
                    3 => quad[2] = (quad[2].0 + rng.random_range(0.1..0.3), quad[2].1 + rng.random_range(-0.3..-0.1)),
                    5 => continue,
                    7 | 9 => {
                        let off = if fault == 7 { 0.0 } else { 0.002 };
                        let mut copy =
                            quad.map(|(x, y)| (x + rng.random_range(-1.0..1.0) * off, y + rng.random_range(-1.0..1.0) * off));
                        copy.rotate_left(2);
                        shapes.push((id(90), polygon(&copy)));
                    }
                    11 => {
                        let part = |a: (f64, f64), b: (f64, f64), t: f64| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
                        let (low, high) = (part(quad[0], quad[1], 0.3), part(quad[3], quad[2], 0.4));
                        let round = |p: (f64, f64)| {
                            let c = at(p.0, p.1);
                            Coord { x: (c.x * 1e7).round() / 1e7, y: (c.y * 1e7).round() / 1e7 }
                        };
                        let [a, b, c, d] = quad.map(|(x, y)| at(x, y));
                        shapes.push((id(n), Polygon::new(LineString(vec![a, round(low), round(high), d]), vec![])));
                        shapes.push((id(91), Polygon::new(LineString(vec![round(low), b, c, round(high)]), vec![])));
                        continue;
                    }
                    13 => shapes.push((id(92), rectangle(bx - 2.0, by - 12.0, 60.0, 0.3))),
                    _ => {}
                }
                shapes.push((id(n), polygon(&quad)));
            }
        }
    }
    shapes
}

/// Kind, area and mean width of what two shapes share, by `geo`.
fn brute_overlap(a: &Polygon, b: &Polygon) -> Option<(Code, f64)> {
    let pieces = a.intersection(b);
    let width = |p: &Polygon| overlay::piece(p.clone()).width_m();
    let area_of = |p: &Polygon| overlay::piece(p.clone()).area_m2;
    let total: f64 = pieces.iter().map(area_of).sum();
    let (area_a, area_b) = (area_of(a), area_of(b));
    if total > 0.999 * area_a.max(area_b) {
        return Some((Code::ShapeDuplicate, total));
    }
    if pieces.iter().filter(|p| width(p) >= 0.2).map(area_of).sum::<f64>() >= 1.0 {
        return Some((Code::Overlap, total));
    }
    pieces.iter().any(|p| width(p) >= 0.01).then_some((Code::OverlapSliver, total))
}

#[test]
fn a_city_with_faults_gives_what_brute_force_gives_and_nothing_else() {
    let shapes = city(11, 8);
    let findings = found(&layer(shapes.clone()));

    let mut expected: BTreeMap<(String, String), (Code, f64)> = BTreeMap::new();
    for (n, (id, a)) in shapes.iter().enumerate() {
        for (other, b) in &shapes[n + 1..] {
            if let Some(overlap) = brute_overlap(a, b) {
                expected.insert((id.clone().min(other.clone()), id.clone().max(other.clone())), overlap);
            }
        }
    }
    let mut got = BTreeMap::new();
    for f in findings.iter().filter(|f| matches!(f.code, Code::Overlap | Code::OverlapSliver | Code::ShapeDuplicate)) {
        let own = f.place.id.clone().unwrap();
        let other = f.detail.en.split_whitespace().nth(if f.code == Code::ShapeDuplicate { 2 } else { 1 }).unwrap().to_owned();
        let area = if f.code == Code::ShapeDuplicate { f64::NAN } else { area(f) };
        assert!(got.insert((own.clone().min(other.clone()), own.max(other)), (f.code, area)).is_none());
    }
    assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (pair, (code, area)) in &expected {
        assert_eq!(got[pair].0, *code, "{pair:?}");
        // Details have two digits.
        assert!(*code == Code::ShapeDuplicate || (got[pair].1 - area).abs() < 0.0051, "{pair:?} {area} {}", got[pair].1);
    }
    let count = |code| expected.values().filter(|(c, _)| *c == code).count();
    assert!(count(Code::Overlap) >= 5 && count(Code::OverlapSliver) >= 5 && count(Code::ShapeDuplicate) >= 8, "{expected:?}");

    // Gaps: the inner rings of the union of each block.
    let mut expected: Vec<(Code, f64)> = Vec::new();
    for block in 0..64 {
        let of_block: Vec<&Polygon> =
            shapes.iter().filter(|(id, _)| id.starts_with(&format!("B{block:03}"))).map(|(_, shape)| shape).collect();
        for hole in unary_union(of_block).iter().flat_map(|part| part.interiors().to_vec()) {
            let piece = overlay::piece(Polygon::new(LineString(hole.0.into_iter().rev().collect()), vec![]));
            if piece.width_m() >= 0.01 {
                let code = if piece.width_m() >= 0.2 && piece.area_m2 >= 1.0 { Code::Gap } else { Code::GapSliver };
                expected.push((code, piece.area_m2));
            }
        }
    }
    let mut got: Vec<(Code, f64)> =
        findings.iter().filter(|f| matches!(f.code, Code::Gap | Code::GapSliver)).map(|f| (f.code, area(f))).collect();
    let order = |a: &(Code, f64), b: &(Code, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    expected.sort_by(order);
    got.sort_by(order);
    assert_eq!(got.len(), expected.len(), "{got:?} {expected:?}");
    for (got, expected) in got.iter().zip(&expected) {
        assert!(got.0 == expected.0 && (got.1 - expected.1).abs() < 0.0051, "{got:?} {expected:?}");
    }
    assert!(of(&findings, Code::Gap).len() >= 5 && of(&findings, Code::GapSliver).len() >= 4);
    // The strips of 0.3 m, and no other parcel.
    assert!(of(&findings, Code::ShapeSliver).iter().all(|f| f.place.id.as_ref().unwrap().ends_with("-92")));
    assert_eq!(of(&findings, Code::ShapeSliver).len(), 4);
}

#[test]
fn every_place_is_where_the_fault_is() {
    use geo::Contains;
    let shapes = city(12, 4);
    let by_id: BTreeMap<&str, &Polygon> = shapes.iter().map(|(id, shape)| (id.as_str(), shape)).collect();
    for f in found(&layer(shapes.clone())) {
        let place = geo::Point(f.place.at.unwrap());
        let own = by_id[f.place.id.as_deref().unwrap()].contains(&place);
        match f.code {
            Code::Overlap => {
                let other = f.detail.en.split_whitespace().nth(1).unwrap();
                assert!(own && by_id[other].contains(&place), "{f:?}");
            }
            Code::Gap => assert!(!by_id.values().any(|shape| shape.contains(&place)), "{f:?}"),
            _ => {}
        }
    }
}

#[test]
fn the_areas_of_overlaps_are_exact() {
    // Rectangles whose common part is a rectangle of its own.
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..200 {
        let (w, h) = (rng.random_range(0.5..300.0), rng.random_range(0.5..300.0));
        let a = MultiPolygon(vec![rectangle(0.0, 0.0, 400.0, 400.0)]);
        let b = MultiPolygon(vec![rectangle(400.0 - w, 400.0 - h, 500.0, 700.0)]);
        let expected = geodesic_area(&MultiPolygon(vec![rectangle(400.0 - w, 400.0 - h, w, h)]));
        let got: f64 = overlaps::shared(&a, &b).iter().map(|p| p.area_m2).sum();
        assert!((got / expected - 1.0).abs() < 1e-6, "{got} {expected}");
    }
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let shapes = city(13, 4);
    let mut shuffled = shapes.clone();
    shuffled.reverse();
    shuffled.rotate_left(37);
    let without_rows = |shapes: Vec<(String, Polygon)>| -> Vec<String> {
        let text = |f: &Finding| {
            let detail =
                f.detail.en.split(" (row ").map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect::<String>();
            format!("{:?} {} {detail} {:?}", f.place.id, f.code.name(), f.place.at)
        };
        found(&layer(shapes)).iter().map(text).collect()
    };
    let expected = without_rows(shapes);
    assert!(expected.len() > 10);
    assert_eq!(expected, without_rows(shuffled));
}

#[test]
fn a_parcel_over_thousands_of_others_gives_a_hundred_findings_and_one_for_the_rest() {
    let mut shapes: Vec<(String, Polygon)> = (0..3000)
        .map(|n| (format!("P{n:05}"), rectangle(f64::from(n % 60) * 10.0, f64::from(n / 60) * 10.0, 10.0, 10.0)))
        .collect();
    let cover = (0..2000).map(|n| {
        let (sin, cos) = (f64::from(n) / 2000.0 * std::f64::consts::TAU).sin_cos();
        (300.0 + 900.0 * cos, 250.0 + 900.0 * sin)
    });
    shapes.push(("X".to_owned(), polygon(&cover.collect::<Vec<_>>())));
    let findings = found(&layer(shapes));
    assert_eq!(findings.len(), OVERLAPS_A_PARCEL + 1, "{:?}", findings.last());
    let rest = findings.iter().find(|f| f.place.id.as_deref() == Some("X")).unwrap();
    assert!(rest.detail.en.starts_with("with 2900 more parcels, 2899"), "{}", rest.detail.en);
}

#[test]
fn a_heap_of_parcels_ends_in_time_and_says_that_it_was_cut_short() {
    let shapes = (0..300u32).map(|n| (format!("P{n:05}"), rectangle(f64::from(n) * 0.013, f64::from(n % 77) * 0.02, 90.0, 80.0)));
    let findings = found(&layer(shapes.collect()));
    assert!(findings.iter().any(|f| f.place.row.is_none() && f.detail.en.contains("not all pairs were compared")));
    assert!(findings.len() <= 300 * OVERLAPS_A_PARCEL);
}

#[test]
fn copies_are_named_once_each_whatever_their_first_vertex_and_whoever_has_their_id() {
    let ring = [(0.0, 0.0), (40.0, 3.0), (50.0, 30.0), (20.0, 45.0), (-5.0, 20.0)];
    let turned = |by: usize| {
        let mut ring = ring;
        ring.rotate_left(by);
        polygon(&ring)
    };
    let nudged = polygon(&ring.map(|(x, y)| (x + 0.002, y - 0.001)));
    let shapes = vec![
        ("A".to_owned(), turned(0)),
        ("B".to_owned(), turned(3)),
        ("C".to_owned(), nudged),
        ("A".to_owned(), turned(2)),
        ("D".to_owned(), polygon(&ring.map(|(x, y)| (x + 100.0, y)))),
    ];
    let findings = found(&layer(shapes));
    let named: Vec<(&str, &str)> = findings.iter().map(|f| (f.place.id.as_deref().unwrap(), f.detail.en.as_str())).collect();
    assert_eq!(named, [("B", "that of A (row 1)"), ("C", "that of A (row 1)")]);
    assert!(findings.iter().all(|f| f.code == Code::ShapeDuplicate));
}

#[test]
fn a_gap_behind_a_crack_of_a_rounding_is_found_and_courtyards_are_none() {
    // Left and right of a gap of 20 × 20 m; the upper parcel's edge is bent 4 mm away from their corners, which opens the gap.
    let ring = vec![
        ("A".to_owned(), polygon(&[(0.0, 0.0), (60.0, 0.0), (60.0, 20.0), (40.0, 20.0), (20.0, 20.0), (0.0, 20.0)])),
        ("B".to_owned(), rectangle(0.0, 20.0, 20.0, 20.0)),
        ("C".to_owned(), rectangle(40.0, 20.0, 20.0, 20.0)),
        ("D".to_owned(), polygon(&[(0.0, 40.004), (60.0, 40.004), (60.0, 60.0), (0.0, 60.0)])),
    ];
    let findings = found(&layer(ring));
    assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::Gap], "{findings:?}");
    assert!((area(&findings[0]) - 400.0).abs() < 0.2, "{findings:?}");
    assert!(findings[0].detail.en.ends_with("between A, B, C, D"), "{findings:?}");

    let hole = |x: f64, y: f64, size: f64| {
        let mut ring = rectangle(x, y, size, size).exterior().clone();
        ring.0.reverse();
        ring
    };
    let court = Polygon::new(rectangle(0.0, 0.0, 60.0, 60.0).exterior().clone(), vec![hole(20.0, 20.0, 20.0)]);
    let next = rectangle(60.0, 0.0, 30.0, 60.0);
    assert!(found(&layer(vec![("A".into(), court.clone()), ("B".into(), next.clone())])).is_empty());
    // Filled by another parcel it is none either; filled but for a strip the strip is a gap.
    let filled = |width: f64| {
        found(&layer(vec![
            ("A".into(), court.clone()),
            ("B".into(), next.clone()),
            ("C".into(), rectangle(20.0, 20.0, width, 20.0)),
        ]))
    };
    assert!(filled(20.0).is_empty());
    let strip = filled(15.0);
    assert_eq!(strip.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::Gap]);
    assert!((area(&strip[0]) - 100.0).abs() < 0.01, "{strip:?}");
    // A square of more than two mu among parcels is no gap.
    let square = Polygon::new(rectangle(0.0, 0.0, 90.0, 90.0).exterior().clone(), vec![hole(20.0, 20.0, 40.0)]);
    assert!(found(&layer(vec![("A".into(), square), ("B".into(), rectangle(20.0, 20.0, 2.0, 40.0))])).is_empty());
}

fn zones(shapes: Vec<MultiPolygon>) -> Zones {
    Zones(shapes.into_iter().enumerate().map(|(n, shape)| Zone { id: format!("Z{n}"), name: None, kind: None, shape }).collect())
}

#[test]
fn what_the_parts_of_one_parcel_enclose_is_no_gap_between_parcels() {
    // Two parts that touch at corners only, as those of a mended ring do, around 20 × 20 m.
    let parts = vec![
        polygon(&[(0.0, 0.0), (60.0, 0.0), (40.0, 20.0), (20.0, 20.0), (20.0, 40.0), (0.0, 60.0)]),
        polygon(&[(20.0, 40.0), (40.0, 20.0), (60.0, 20.0), (60.0, 60.0), (20.0, 60.0)]),
    ];
    let one = Parcels { ids: vec!["A".to_owned()], shapes: vec![Some(MultiPolygon(parts.clone()))] };
    assert!(of(&found(&one), Code::Gap).is_empty(), "{:?}", found(&one));
    let two = layer(vec![("A".to_owned(), parts[0].clone()), ("B".to_owned(), parts[1].clone())]);
    assert_eq!(of(&found(&two), Code::Gap).len(), 1, "{:?}", found(&two));
}

#[test]
fn districts_that_overlap_or_leave_a_gap_are_named_and_slivers_are_summed_up() {
    let ring = |parts: &[Polygon]| MultiPolygon(parts.to_vec());
    let layer = zones(vec![
        ring(&[rectangle(0.0, 0.0, 3000.0, 1000.0)]),
        ring(&[rectangle(0.0, 990.0, 1000.0, 1000.0)]),
        ring(&[rectangle(2000.0, 999.0, 1000.0, 1000.0)]),
        ring(&[rectangle(0.0, 1990.0, 3000.0, 1000.0)]),
    ]);
    let findings = super::zones(&layer, Source::Districts);
    let text: Vec<String> = findings.iter().map(|f| format!("{} {:?} {}", f.code.name(), f.place.id, f.detail.en)).collect();
    assert_eq!(text.len(), 4, "{text:#?}");
    assert!(text[0].starts_with("ZONES_OVERLAP Some(\"Z0\") with Z1: 9999."), "{text:#?}");
    assert!(text[1].starts_with("ZONES_OVERLAP Some(\"Z2\") with Z3: 8998."), "{text:#?}");
    assert!(text[2].starts_with("ZONES_OVERLAP None 1 slivers narrower than 5 m, 999."), "{text:#?}");
    assert!(text[3].starts_with("ZONES_GAP Some(\"Z0\") 9898") && text[3].ends_with("between Z0, Z1, Z2, Z3"), "{text:#?}");
    // Parks leave gaps as they please, layout zones lie on each other.
    assert_eq!(super::zones(&layer, Source::Parks).len(), 3);
    assert!(super::zones(&layer, Source::Layout).is_empty());
}

/// Reads the real districts of Shanghai where they are there.
#[test]
fn the_districts_of_shanghai_agree_with_geo() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/shanghai_districts/districts.geojson");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    let layer = crate::read::layer(Source::Districts, &crate::read::spec::InputSpec::from(path), &Silent).unwrap();
    let layer = zones(layer.shapes.into_iter().filter_map(|shape| super::super::shape::check(shape).0).collect());
    let start = std::time::Instant::now();
    let findings = super::zones(&layer, Source::Districts);
    println!("{:?} {findings:#?}", start.elapsed());
    let shared: f64 = (0..layer.0.len())
        .flat_map(|a| (a + 1..layer.0.len()).map(move |b| (a, b)))
        .map(|(a, b)| layer.0[a].shape.intersection(&layer.0[b].shape).unsigned_area())
        .sum();
    println!("geo: {shared:e} square degrees");
    assert_eq!(findings.iter().any(|f| f.code == Code::ZonesOverlap), shared * 9.5e9 > 1.0);
}
