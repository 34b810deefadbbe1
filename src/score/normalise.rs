//! A raw value as a share of its indicator's weight.

use rayon::prelude::*;

use super::peers::{Comparison, PeerGroups};
use crate::rulebook::{Direction, Normalise};

/// The share of each value, missing where the value is missing or the method gives none. Usually 0 to 1; a benchmark with a cap
/// above 1 may go beyond.
#[must_use]
pub fn normalise(method: Normalise, direction: Direction, values: &[Option<f64>], groups: &PeerGroups) -> Vec<Option<f64>> {
    let by_comparison = |over, place: &(dyn Fn(&Comparison<'_>) -> Vec<(usize, f64)> + Sync)| {
        let placed: Vec<Vec<(usize, f64)>> = groups.comparisons(over).par_iter().map(place).collect();
        let mut shares = vec![None; groups.table_rows()];
        placed.into_iter().flatten().for_each(|(row, share)| shares[row] = Some(share));
        shares
    };
    match method {
        Normalise::Benchmark { value, cap, floor } => {
            values.iter().map(|x| x.map(|x| benchmark(x, value, direction).clamp(floor, cap))).collect()
        }
        Normalise::MinMax { over, base } => by_comparison(over, &|c| {
            min_max(c, direction, values).into_iter().map(|(row, share)| (row, base + (1.0 - base) * share)).collect()
        }),
        Normalise::Percentile { over } => by_comparison(over, &|c| percentile(c, direction, values)),
    }
}

fn benchmark(x: f64, benchmark: f64, direction: Direction) -> f64 {
    match direction {
        Direction::More => x / benchmark,
        Direction::Less if x > 0.0 => benchmark / x,
        // Nothing at all of what should be little.
        Direction::Less => f64::INFINITY,
    }
}

fn present<'a>(rows: &'a [usize], values: &'a [Option<f64>]) -> impl Iterator<Item = (usize, f64)> + 'a {
    rows.iter().filter_map(|row| values[*row].map(|x| (*row, x)))
}

fn min_max(c: &Comparison<'_>, direction: Direction, values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let (min, max) =
        present(c.among, values).fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), (_, x)| (min.min(x), max.max(x)));
    if min >= max {
        return Vec::new();
    }
    let share = |x: f64| match direction {
        Direction::More => (x - min) / (max - min),
        Direction::Less => (max - x) / (max - min),
    };
    present(c.rows, values).map(|(row, x)| (row, share(x))).collect()
}

fn percentile(c: &Comparison<'_>, direction: Direction, values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let mut sorted: Vec<f64> = present(c.among, values).map(|(_, x)| x).collect();
    sorted.sort_by(f64::total_cmp);
    let others = sorted.len().saturating_sub(1);
    #[allow(clippy::cast_precision_loss)]
    let share = |x: f64| {
        let worse = match direction {
            Direction::More => sorted.partition_point(|y| *y < x),
            Direction::Less => sorted.len() - sorted.partition_point(|y| *y <= x),
        };
        if others == 0 { 0.0 } else { worse as f64 / others as f64 }
    };
    present(c.rows, values).map(|(row, x)| (row, share(x))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::{Over, Peers};
    use crate::score::peer_groups;
    use polars::df;
    use proptest::prelude::*;

    fn groups(industry: &[Option<&str>], min_size: usize) -> PeerGroups {
        let table = df!("industry_code" => industry).unwrap();
        peer_groups(&Peers { by: vec!["industry_code".into()], min_size }, &table, &vec![true; industry.len()]).unwrap()
    }

    /// PERCENT_RANK as the SQL standard words it: (rank − 1) / (rows − 1), by counting every pair.
    fn naive_percent_rank(industry: &[Option<&str>], values: &[Option<f64>], less: bool) -> Vec<Option<f64>> {
        (0..values.len())
            .map(|i| {
                let x = values[i].filter(|_| industry[i].is_some())?;
                let peers: Vec<f64> =
                    (0..values.len()).filter(|j| industry[*j] == industry[i]).filter_map(|j| values[j]).collect();

                let worse = peers.iter().filter(|y| if less { **y > x } else { **y < x }).count();
                Some(if peers.len() == 1 { 0.0 } else { worse as f64 / (peers.len() - 1) as f64 })
            })
            .collect()
    }

    proptest! {
        #[test]
        fn percentiles_equal_a_count_of_every_pair(rows in proptest::collection::vec((proptest::option::of(0usize..3), proptest::option::of(-4i8..4)), 1..40), less: bool) {
            let names = ["26", "31", "39"];
            let industry: Vec<Option<&str>> = rows.iter().map(|(i, _)| i.map(|i| names[i])).collect();
            let values: Vec<Option<f64>> = rows.iter().map(|(_, x)| x.map(f64::from)).collect();
            let direction = if less { Direction::Less } else { Direction::More };
            let got = normalise(Normalise::Percentile { over: Over::Peers }, direction, &values, &groups(&industry, 0));
            prop_assert_eq!(got, naive_percent_rank(&industry, &values, less));
        }
    }

    #[test]
    fn a_small_group_is_held_against_the_whole_track() {
        let industry = [Some("26"), Some("26"), Some("26"), Some("31")];
        let values = [Some(1.0), Some(2.0), Some(3.0), Some(2.5)];
        let got = normalise(Normalise::Percentile { over: Over::Peers }, Direction::More, &values, &groups(&industry, 2));
        assert_eq!(got, [Some(0.0), Some(0.5), Some(1.0), Some(2.0 / 3.0)]);
    }

    #[test]
    fn benchmark_and_min_max_follow_their_formulas() {
        let values = [Some(10.0), Some(40.0), None, Some(20.0)];
        let all = groups(&[Some("x"); 4], 0);
        let run = |method, direction| normalise(method, direction, &values, &all);
        let b = Normalise::Benchmark { value: 20.0, cap: 1.5, floor: 0.0 };
        assert_eq!(run(b, Direction::More), [Some(0.5), Some(1.5), None, Some(1.0)]);
        assert_eq!(run(b, Direction::Less), [Some(1.5), Some(0.5), None, Some(1.0)]);
        // Jingde 2022: weight × [20 + 80 (x − min)/(max − min)] / 100.
        let m = Normalise::MinMax { over: Over::Track, base: 0.2 };
        assert_eq!(run(m, Direction::More), [Some(0.2), Some(1.0), None, Some(0.2 + 0.8 * (10.0 / 30.0))]);
        assert_eq!(normalise(m, Direction::More, &[Some(1.0); 4], &all), [None; 4]);
    }
}
