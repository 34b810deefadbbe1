//! A raw value as a share of its indicator's weight.

use std::sync::Arc;

use rayon::prelude::*;

use super::peers::{Comparison, PeerGroups};
use crate::rulebook::{Direction, Normalise, Over};

/// The share of each value, missing where the value is missing or the method gives none. Usually 0 to 1; a benchmark with a cap
/// above 1, a mean ratio and a z-score may go beyond.
#[must_use]
pub fn normalise(method: Normalise, direction: Direction, values: &[Option<f64>], peers: &PeerGroups) -> Vec<Option<f64>> {
    let mut shares = vec![None; peers.table_units()];
    match method.over() {
        None => {
            present(peers.members(), values).for_each(|(unit, x)| shares[unit] = share(method, direction, &Held::default(), x))
        }
        Some(over) => {
            let placed = |c: &Comparison<'_>| -> Vec<(usize, Option<f64>)> {
                let held = Held::of(method, present(c.among, values).map(|(_, x)| x).collect());
                present(c.units, values).map(|(unit, x)| (unit, share(method, direction, &held, x))).collect()
            };
            let placed: Vec<_> = peers.comparisons(over).par_iter().map(placed).collect();
            placed.into_iter().flatten().for_each(|(unit, share)| shares[unit] = share);
        }
    }
    shares
}

/// The share of one value that is held against others; none where the method gives none.
pub(super) fn share(method: Normalise, direction: Direction, held: &Held, x: f64) -> Option<f64> {
    match method {
        Normalise::Benchmark { value, cap, floor } => Some(within(benchmark(x, value, direction), floor, cap)),
        Normalise::Goalposts { min, max, base } => Some(raised(base, span(x, min, max, direction).clamp(0.0, 1.0))),
        Normalise::MeanRatio { times, cap, floor, .. } => {
            let whole = Some(times * held.mean?).filter(|whole| *whole > 0.0)?;
            let ratio = if direction == Direction::More { x / whole } else { 1.0 - x / whole };
            Some(within(ratio, floor, cap))
        }
        Normalise::MinMax { base, .. } => {
            let (min, max) = (held.least[0], held.greatest[0]);
            (min < max).then(|| raised(base, span(x, min, max, direction)))
        }
        Normalise::Percentile { .. } => Some(held.percentile(x, direction)),
        Normalise::ZScore { mean: to, sd, .. } => {
            let (mean, deviation) = (held.mean?, held.deviation()?);
            let sign = if direction == Direction::More { 1.0 } else { -1.0 };
            Some(to + sign * sd * (x - mean) / deviation)
        }
        Normalise::Best { .. } => {
            let post = if direction == Direction::More { held.greatest[0] } else { held.least[0] };
            (post > 0.0 && post.is_finite()).then(|| if direction == Direction::More { x / post } else { post / x })
        }
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

    /// Whether a value is held against the mean of values.
    pub(super) fn takes_means(self) -> bool {
        matches!(self, Self::MeanRatio { .. } | Self::ZScore { .. })
    }
}

/// What values sum up to, as far as a method asks for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    count: usize,
    /// The two least values and the two greatest, the outer one first.
    least: [f64; 2],
    greatest: [f64; 2],
    mean: Option<f64>,
    /// Mean square of the differences from the mean.
    square: Option<f64>,
    /// In ascending order.
    sorted: Arc<[f64]>,
    /// A value of `sorted` that is not there any more, and the one in its place.
    replaced: Option<(f64, f64)>,
}

impl Default for Held {
    fn default() -> Self {
        let (least, greatest) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        Self { count: 0, least, greatest, mean: None, square: None, sorted: Arc::new([]), replaced: None }
    }
}

impl Held {
    pub fn of(method: Normalise, among: Vec<f64>) -> Self {
        let mut held = Self { count: among.len(), ..Self::default() };
        match method {
            Normalise::Percentile { .. } => {
                let mut sorted = among;
                sorted.sort_by(f64::total_cmp);
                held.sorted = sorted.into();
            }
            method if method.takes_means() => {
                held.mean = mean(among.clone());
                held.square = held.mean.and_then(|mean| self::mean(among.iter().map(|x| (x - mean).powi(2)).collect()));
            }
            _ => among.into_iter().for_each(|x| held.put(x)),
        }
        held
    }

    /// The same with a value in another one's place. Means are as good as adding up allows, not to the last bit.
    pub fn with(&self, old: f64, new: f64) -> Self {
        let mut held = self.clone();
        held.take(old);
        held.put(new);
        held.replaced = Some((old, new));
        if let (Some(mean), Some(square)) = (self.mean, self.square) {
            #[allow(clippy::cast_precision_loss)]
            let n = self.count as f64;
            let moved = mean + (new - old) / n;
            held.mean = Some(moved);
            held.square = Some((square + (new - old) * (new - moved + old - mean) / n).max(0.0));
        }
        held
    }

    fn put(&mut self, x: f64) {
        if x < self.least[0] {
            self.least = [x, self.least[0]];
        } else {
            self.least[1] = self.least[1].min(x);
        }
        if x > self.greatest[0] {
            self.greatest = [x, self.greatest[0]];
        } else {
            self.greatest[1] = self.greatest[1].max(x);
        }
    }

    // What is taken is one of the values, to the bit.
    #[allow(clippy::float_cmp)]
    fn take(&mut self, x: f64) {
        if x == self.least[0] {
            self.least[0] = self.least[1];
        }
        if x == self.greatest[0] {
            self.greatest[0] = self.greatest[1];
        }
    }

    /// Sample standard deviation; none where all values are the same or there are fewer than two.
    #[allow(clippy::cast_precision_loss)]
    fn deviation(&self) -> Option<f64> {
        let deviation = (self.square? * self.count as f64 / (self.count.saturating_sub(1)) as f64).sqrt();
        Some(deviation).filter(|x| *x > 0.0 && x.is_finite())
    }

    #[allow(clippy::cast_precision_loss)]
    fn percentile(&self, x: f64, direction: Direction) -> f64 {
        let below = match direction {
            Direction::More => self.sorted.partition_point(|y| *y < x),
            Direction::Less => self.sorted.len() - self.sorted.partition_point(|y| *y <= x),
        };
        let is_worse = |y: f64| usize::from(if direction == Direction::More { y < x } else { y > x });
        let worse = self.replaced.map_or(below, |(old, new)| below + is_worse(new) - is_worse(old));
        let others = self.count.saturating_sub(1);
        if others == 0 { 0.0 } else { worse as f64 / others as f64 }
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

/// Mean and number of what is there; summed in ascending order, so that it does not depend on the order of the units.
#[allow(clippy::cast_precision_loss)]
pub(super) fn mean(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
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
