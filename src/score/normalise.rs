//! A raw value as a share of its indicator's weight.

use rayon::prelude::*;

use super::peers::{Comparison, PeerGroups};
use crate::rulebook::{Direction, Normalise, Over};

/// The share of each value, missing where the value is missing or the method gives none. Usually 0 to 1; a benchmark with a cap
/// above 1, a mean ratio and a z-score may go beyond.
#[must_use]
pub fn normalise(method: Normalise, direction: Direction, values: &[Option<f64>], peers: &PeerGroups) -> Vec<Option<f64>> {
    let by_comparison = |over, place: &(dyn Fn(&Comparison<'_>) -> Vec<(usize, f64)> + Sync)| {
        let placed: Vec<Vec<(usize, f64)>> = peers.comparisons(over).par_iter().map(place).collect();
        let mut shares = vec![None; peers.table_units()];
        placed.into_iter().flatten().for_each(|(unit, share)| shares[unit] = Some(share));
        shares
    };
    let by_value = |share: &dyn Fn(f64) -> f64| {
        let mut shares = vec![None; peers.table_units()];
        present(peers.members(), values).for_each(|(unit, x)| shares[unit] = Some(share(x)));
        shares
    };
    match method {
        Normalise::Benchmark { value, cap, floor } => by_value(&|x| within(benchmark(x, value, direction), floor, cap)),
        Normalise::Goalposts { min, max, base } => by_value(&|x| raised(base, span(x, min, max, direction).clamp(0.0, 1.0))),
        Normalise::MeanRatio { over, times, cap, floor } => {
            by_comparison(over, &|c| mean_ratio(c, direction, values, times, floor, cap))
        }
        Normalise::MinMax { over, base } => by_comparison(over, &|c| min_max(c, direction, values, base)),
        Normalise::Percentile { over } => by_comparison(over, &|c| percentile(c, direction, values)),
        Normalise::ZScore { over, mean, sd } => by_comparison(over, &|c| z_score(c, direction, values, mean, sd)),
        Normalise::Best { over } => by_comparison(over, &|c| best(c, direction, values)),
    }
}

impl Normalise {
    /// The units a value is held against; none where it is held against fixed numbers.
    #[must_use]
    pub fn over(self) -> Option<Over> {
        match self {
            Self::Benchmark { .. } | Self::Goalposts { .. } => None,
            Self::MeanRatio { over, .. }
            | Self::MinMax { over, .. }
            | Self::Percentile { over }
            | Self::ZScore { over, .. }
            | Self::Best { over } => Some(over),
        }
    }
}

fn within(x: f64, floor: f64, cap: Option<f64>) -> f64 {
    let x = x.max(floor);
    cap.map_or(x, |cap| x.min(cap))
}

fn raised(base: f64, share: f64) -> f64 {
    base + (1.0 - base) * share
}

/// Where `x` is between two posts, 0 to 1, 1 being the better.
fn span(x: f64, min: f64, max: f64, direction: Direction) -> f64 {
    match direction {
        Direction::More => (x - min) / (max - min),
        Direction::Less => (max - x) / (max - min),
    }
}

fn benchmark(x: f64, benchmark: f64, direction: Direction) -> f64 {
    match direction {
        Direction::More => x / benchmark,
        Direction::Less if x > 0.0 => benchmark / x,
        // Nothing at all of what should be little; the rulebook has a cap.
        Direction::Less => f64::INFINITY,
    }
}

pub(super) fn present<'a>(units: &'a [usize], values: &'a [Option<f64>]) -> impl Iterator<Item = (usize, f64)> + 'a {
    units.iter().filter_map(|unit| values[*unit].map(|x| (*unit, x)))
}

fn extremes(c: &Comparison<'_>, values: &[Option<f64>]) -> (f64, f64) {
    present(c.among, values).fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), (_, x)| (min.min(x), max.max(x)))
}

/// Mean and number of what is there; summed in ascending order, so that it does not depend on the order of the units.
#[allow(clippy::cast_precision_loss)]
pub(super) fn mean(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn mean_ratio(
    c: &Comparison<'_>,
    direction: Direction,
    values: &[Option<f64>],
    times: f64,
    floor: f64,
    cap: Option<f64>,
) -> Vec<(usize, f64)> {
    let Some(whole) = mean(present(c.among, values).map(|(_, x)| x).collect()).map(|mean| times * mean).filter(|x| *x > 0.0)
    else {
        return Vec::new();
    };
    let share = |x: f64| match direction {
        Direction::More => x / whole,
        Direction::Less => 1.0 - x / whole,
    };
    present(c.units, values).map(|(unit, x)| (unit, within(share(x), floor, cap))).collect()
}

fn min_max(c: &Comparison<'_>, direction: Direction, values: &[Option<f64>], base: f64) -> Vec<(usize, f64)> {
    let (min, max) = extremes(c, values);
    if min >= max {
        return Vec::new();
    }
    present(c.units, values).map(|(unit, x)| (unit, raised(base, span(x, min, max, direction)))).collect()
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
    present(c.units, values).map(|(unit, x)| (unit, share(x))).collect()
}

fn z_score(c: &Comparison<'_>, direction: Direction, values: &[Option<f64>], to: f64, sd: f64) -> Vec<(usize, f64)> {
    let among: Vec<f64> = present(c.among, values).map(|(_, x)| x).collect();
    let n = among.len();
    let Some(mean) = mean(among.clone()) else { return Vec::new() };
    let Some(square) = self::mean(among.iter().map(|x| (x - mean).powi(2)).collect()) else { return Vec::new() };
    #[allow(clippy::cast_precision_loss)]
    let deviation = (square * n as f64 / (n.saturating_sub(1)) as f64).sqrt();
    if !(deviation > 0.0 && deviation.is_finite()) {
        return Vec::new();
    }
    let sign = if direction == Direction::More { 1.0 } else { -1.0 };
    present(c.units, values).map(|(unit, x)| (unit, to + sign * sd * (x - mean) / deviation)).collect()
}

fn best(c: &Comparison<'_>, direction: Direction, values: &[Option<f64>]) -> Vec<(usize, f64)> {
    let (min, max) = extremes(c, values);
    let post = if direction == Direction::More { max } else { min };
    if !(post > 0.0 && post.is_finite()) {
        return Vec::new();
    }
    present(c.units, values).map(|(unit, x)| (unit, if direction == Direction::More { x / post } else { post / x })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::{Peers, SmallGroup};
    use crate::score::peer_groups;
    use polars::df;
    use proptest::prelude::*;

    fn groups(industry: &[Option<&str>], min_size: usize) -> PeerGroups {
        let table = df!("industry_code" => industry).unwrap();
        let peers = Peers { by: vec!["industry_code".into()], min_size, small: SmallGroup::Track };
        peer_groups(&peers, &table, &vec![true; industry.len()], &(0..industry.len()).collect()).unwrap()
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
        let b = Normalise::Benchmark { value: 20.0, cap: Some(1.5), floor: 0.0 };
        assert_eq!(run(b, Direction::More), [Some(0.5), Some(1.5), None, Some(1.0)]);
        assert_eq!(run(b, Direction::Less), [Some(1.5), Some(0.5), None, Some(1.0)]);
        // Jingde 2022: weight × [20 + 80 (x − min)/(max − min)] / 100.
        let m = Normalise::MinMax { over: Over::Track, base: 0.2 };
        assert_eq!(run(m, Direction::More), [Some(0.2), Some(1.0), None, Some(0.2 + 0.8 * (10.0 / 30.0))]);
        assert_eq!(normalise(m, Direction::More, &[Some(1.0); 4], &all), [None; 4]);
    }

    #[test]
    fn the_other_methods_follow_their_formulas() {
        let values = [Some(10.0), Some(40.0), None, Some(25.0)];
        let all = groups(&[Some("x"); 4], 0);
        let run = |method, direction| normalise(method, direction, &values, &all);
        // A notice's rule for what should be little: (2 − x ÷ mean) × weight ÷ 2.
        let ratio = Normalise::MeanRatio { over: Over::Track, times: 2.0, cap: None, floor: 0.0 };
        assert_eq!(run(ratio, Direction::Less), [Some(0.8), Some(1.0 - 0.8), None, Some(0.5)]);
        assert_eq!(run(ratio, Direction::More), [Some(0.2), Some(0.8), None, Some(0.5)]);
        let posts = Normalise::Goalposts { min: 20.0, max: 30.0, base: 0.0 };
        assert_eq!(run(posts, Direction::More), [Some(0.0), Some(1.0), None, Some(0.5)]);
        let z = Normalise::ZScore { over: Over::Track, mean: 0.5, sd: 0.1 };
        assert_eq!(run(z, Direction::More), [Some(0.4), Some(0.6), None, Some(0.5)]);
        let best = Normalise::Best { over: Over::Track };
        assert_eq!(run(best, Direction::More), [Some(0.25), Some(1.0), None, Some(0.625)]);
        assert_eq!(run(best, Direction::Less), [Some(1.0), Some(0.25), None, Some(0.4)]);
    }
}
