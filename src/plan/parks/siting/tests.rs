#![allow(clippy::unwrap_used)]

use super::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn case(rng: &mut ChaCha8Rng, candidates: usize, items: usize, share: f64) -> (Vec<f64>, Vec<Vec<usize>>) {
    let weights = (0..items).map(|_| rng.random_range(0.0..50.0)).collect();
    let covers = (0..candidates).map(|_| (0..items).filter(|_| rng.random_bool(share)).collect()).collect();
    (weights, covers)
}

/// Every set of `n` candidates tried.
fn exhaustive(weights: &[f64], covers: &[Vec<usize>], n: usize) -> f64 {
    let value = |set: u32| -> f64 {
        let hit = |item: &usize| (0..covers.len()).any(|i| set >> i & 1 == 1 && covers[i].contains(item));
        (0..weights.len()).filter(hit).map(|item| weights[item]).sum()
    };
    (0..1u32 << covers.len()).filter(|set| set.count_ones() as usize <= n).map(value).fold(0.0, f64::max)
}

#[test]
fn small_cases_are_solved_as_exhaustive_search_solves_them() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut relaxation_open = 0;
    for round in 0..120 {
        let (weights, covers) = case(&mut rng, 4 + round % 7, 5 + round % 20, 0.25);
        let n = 1 + round % 4;
        let best = exhaustive(&weights, &covers, n);
        let got = choose(&weights, &covers, n);
        assert!((got.covered - best).abs() < 1e-7, "round {round}: {} instead of {best}", got.covered);
        assert_eq!(got.gap(), 0.0, "round {round}: {got:?}");
        assert!(got.chosen.len() <= n && got.chosen.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{got:?}");

        let (mut greedy_choice, greedy_bound) = greedy(&weights, &covers, n);
        let reached = weight_of(&weights, &covers, &greedy_choice);
        assert!(reached >= (1.0 - (-1.0f64).exp()) * best - 1e-9, "greedy fell below its guarantee");
        let bound = relaxed(&weights, &covers, n, &mut greedy_choice);
        assert!(greedy_bound >= best - 1e-7 && bound >= best - 1e-7, "a bound below the best: {greedy_bound} {bound} {best}");
        relaxation_open += usize::from(bound > best + 1e-6);
    }
    assert!(relaxation_open > 3, "the exact solver was hardly asked");
}

#[test]
fn large_cases_are_within_two_per_cent_of_their_bound_where_parks_are_discs() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    let places: Vec<Coord<f64>> =
        (0..600).map(|_| Coord { x: rng.random_range(121.3..121.6), y: rng.random_range(31.1..31.3) }).collect();
    let weights: Vec<f64> = places.iter().map(|_| rng.random_range(1.0..80.0)).collect();
    let covers = within(&places, &places, 1500.0);
    let got = choose(&weights, &covers, 8);
    let chosen: Vec<usize> = got.chosen.iter().map(|(i, _)| *i).collect();
    assert!((weight_of(&weights, &covers, &chosen) - got.covered).abs() < 1e-6);
    assert!(got.gap() <= 0.02, "{}", got.gap());

    let tried = candidates(&places, &weights, 1500.0);
    assert!(tried.len() < places.len() && tried.is_sorted());
    let middles: Vec<Coord<f64>> = tried.iter().map(|&n| places[n]).collect();
    let thinned = choose(&weights, &within(&middles, &places, 1500.0), 8);
    assert!(thinned.covered <= got.bound + 1e-6 && thinned.covered >= 0.97 * got.covered, "{} {}", thinned.covered, got.covered);
}

#[test]
fn what_lies_within_the_radius_is_what_the_geodesic_says() {
    use geographiclib_rs::{Geodesic, InverseGeodesic};
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let places: Vec<Coord<f64>> =
        (0..150).map(|_| Coord { x: rng.random_range(121.4..121.5), y: rng.random_range(31.1..31.2) }).collect();
    let near = within(&places, &places, 2000.0);
    let ellipsoid = Geodesic::wgs84();
    let mut inside = 0;
    for (i, from) in places.iter().enumerate() {
        for (j, to) in places.iter().enumerate() {
            let metres: f64 = ellipsoid.inverse(from.y, from.x, to.y, to.x);
            if (metres - 2000.0).abs() > 0.1 {
                assert_eq!(near[i].contains(&j), metres < 2000.0, "{metres}");
                inside += usize::from(i != j && metres < 2000.0);
            }
        }
    }
    assert!(inside > 500, "{inside}");
}

#[test]
fn nothing_to_take_in_asks_for_no_park() {
    assert_eq!(choose(&[], &[], 3), Siting { chosen: vec![], covered: 0.0, bound: 0.0 });
    assert_eq!(choose(&[5.0], &[vec![0], vec![0]], 3).chosen, [(0, 5.0)], "a second park over the same land adds nothing");
    assert!(choose(&[5.0], &[vec![0]], 0).chosen.is_empty());
}
