//! Areas against other hands: Karney's algorithm, published polygons, a second writing of the statutory formula.

mod shared;

use geo::{Coord, LineString, MultiPolygon, Polygon};
use mujun::measure::ellipsoid::{A, B, E2, F};
use mujun::measure::{geodesic, geodesic_area, statutory, statutory_area};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Relative; the series leaves out terms of the order of the fifth power of an edge.
const KARNEY_TOLERANCE: f64 = 1e-9;

fn karney(ring: &[Coord<f64>]) -> f64 {
    let ellipsoid = geographiclib_rs::Geodesic::new(A, F);
    let mut area = geographiclib_rs::PolygonArea::new(&ellipsoid, geographiclib_rs::Winding::CounterClockwise);
    ring.iter().for_each(|c| area.add_point(c.y, c.x));
    area.compute(true).1
}

/// The formula as it is printed, term by term, with the meridian 60° and every sine by itself.
fn printed_formula(ring: &[Coord<f64>]) -> f64 {
    let (e2, e4, e6, e8) = (E2, E2.powi(2), E2.powi(3), E2.powi(4));
    let a = 1.0 + 3.0 / 6.0 * e2 + 30.0 / 80.0 * e4 + 35.0 / 112.0 * e6 + 630.0 / 2304.0 * e8;
    let b = 1.0 / 6.0 * e2 + 15.0 / 80.0 * e4 + 21.0 / 112.0 * e6 + 420.0 / 2304.0 * e8;
    let c = 3.0 / 80.0 * e4 + 7.0 / 112.0 * e6 + 180.0 / 2304.0 * e8;
    let d = 1.0 / 112.0 * e6 + 45.0 / 2304.0 * e8;
    let e = 5.0 / 2304.0 * e8;
    let mut sum = 0.0;
    for (i, p) in ring.iter().enumerate() {
        let q = ring[(i + 1) % ring.len()];
        let dl = ((p.x + q.x) / 2.0 - 60.0).to_radians();
        let (db, bm) = ((q.y - p.y).to_radians(), ((p.y + q.y) / 2.0).to_radians());
        sum += 2.0
            * B
            * B
            * dl
            * (a * (db / 2.0).sin() * bm.cos() - b * (3.0 * db / 2.0).sin() * (3.0 * bm).cos()
                + c * (5.0 * db / 2.0).sin() * (5.0 * bm).cos()
                - d * (7.0 * db / 2.0).sin() * (7.0 * bm).cos()
                + e * (9.0 * db / 2.0).sin() * (9.0 * bm).cos());
    }
    sum
}

fn random_ring(rng: &mut ChaCha8Rng, size: f64) -> Vec<Coord<f64>> {
    let (x, y) = (rng.random_range(75.0..134.0), rng.random_range(4.0..53.0));
    let n = rng.random_range(3..25);
    (0..n)
        .map(|i| {
            let (sin, cos) = (f64::from(i) / f64::from(n) * std::f64::consts::TAU).sin_cos();
            let r = size * rng.random_range(0.3..1.0);
            Coord { x: x + r * cos, y: y + r * sin }
        })
        .collect()
}

#[test]
fn geodesic_area_equals_karneys() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for case in 0..3000 {
        let ring = random_ring(&mut rng, [1e-4, 1e-3, 1e-2, 0.3][case % 4]);
        let (ours, his) = (geodesic::ring_area(&ring), karney(&ring));
        // The sum of the algorithm, whose terms reach to the equator, is itself good to less than 1e-3 m².
        assert!((ours - his).abs() <= KARNEY_TOLERANCE * his.abs() + 1e-3, "{ours} {his} {ring:?}");
    }
}

#[test]
fn statutory_area_equals_the_printed_formula() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for case in 0..3000 {
        let ring = random_ring(&mut rng, [1e-3, 1e-2, 0.3][case % 3]);
        let (ours, printed) = (statutory::ring_area(&ring), printed_formula(&ring));
        // The printed form loses digits to the distant meridian.
        assert!((ours - printed).abs() <= 1e-9 * printed.abs() + 1e-3, "{ours} {printed}");
    }
}

#[test]
fn the_two_areas_differ_by_a_millionth_on_parcels_and_more_on_long_shapes() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    for _ in 0..1000 {
        let ring = random_ring(&mut rng, 1e-3);
        let (s, g) = (statutory::ring_area(&ring), geodesic::ring_area(&ring));
        assert!((s / g - 1.0).abs() < 2e-5, "{s} {g}");
    }
}

#[test]
fn holes_and_parts_count_whichever_way_they_are_wound() {
    let square = |x: f64, side: f64, turn: bool| {
        let mut ring: Vec<(f64, f64)> = vec![(x, 31.0), (x + side, 31.0), (x + side, 31.0 + side), (x, 31.0 + side), (x, 31.0)];
        if turn {
            ring.reverse();
        }
        LineString::from(ring)
    };
    for turn in [false, true] {
        for area in [geodesic_area, statutory_area] {
            let whole = area(&MultiPolygon(vec![Polygon::new(square(121.0, 0.01, turn), vec![])]));
            let hole = area(&MultiPolygon(vec![Polygon::new(square(121.0, 0.002, turn), vec![])]));
            let both = MultiPolygon(vec![
                Polygon::new(square(121.0, 0.01, turn), vec![square(121.0, 0.002, turn)]),
                Polygon::new(square(122.0, 0.01, !turn), vec![]),
            ]);
            assert!((area(&both) - (2.0 * whole - hole)).abs() < 1e-3);
        }
    }
}

/// GeographicLib's own planimeter tests, made for WGS 84, whose ellipsoid differs by 1e-10 in area.
#[test]
fn published_polygons() {
    let Some(folder) = shared::folder("reference/geodesy") else { return };
    let text = std::fs::read_to_string(folder.join("planimeter_reference.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for test in all["tests"].as_array().unwrap() {
        let (Some(area), Some(points), true) =
            (test["area_m2"].as_f64(), test["points_latlon"].as_array(), test["polygon"] == true)
        else {
            continue;
        };
        let ring: Vec<Coord<f64>> =
            points.iter().map(|p| Coord { x: p[1].as_f64().unwrap(), y: p[0].as_f64().unwrap() }).collect();
        if ring.len() < 3 || area.abs() < 1.0 {
            continue;
        }
        let ours = geodesic::ring_area(&ring).abs();
        let tolerance = test["tol_area"].as_f64().unwrap_or(1.0) + 1e-8 * area.abs();
        assert!((ours - area.abs()).abs() <= tolerance, "{}: {ours} instead of {area}", test["id"]);
        compared += 1;
    }
    assert!(compared >= 5, "{compared}");
}
