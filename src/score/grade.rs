//! Scores to grades.

use rayon::prelude::*;

use crate::rulebook::{End, Grading, Quota, Round, Threshold, Ties};

/// A share of a count within this of a whole number is that number: 0.29 × 100 is 29.
const COUNT_TOLERANCE: f64 = 1e-9;

/// The grade of each score, best first among the rulebook's. For quotas the scores are those of units that share the quota.
#[must_use]
pub fn grade<'a>(grading: &'a Grading, scores: &[f64], ids: &[&str]) -> Vec<&'a str> {
    let names = grading.grades_as_written();
    places(grading, scores, &order_of_ids(ids)).into_iter().map(|place| names.get(place).copied().unwrap_or_default()).collect()
}

/// The place of each id among all in ascending order; equal ids are in the order given.
pub(crate) fn order_of_ids(ids: &[&str]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.par_sort_by(|a, b| ids[*a].cmp(ids[*b]));
    let mut place = vec![0; ids.len()];
    (0u32..).zip(order).for_each(|(n, unit)| place[unit] = n);
    place
}

/// As [`grade()`], the grades as places in [`Grading::grades_as_written`]; `order` are the places of the ids.
pub(crate) fn places(grading: &Grading, scores: &[f64], order: &[u32]) -> Vec<usize> {
    let compared: Vec<f64> = scores.iter().map(|score| grading.compared(*score)).collect();
    match grading {
        Grading::Threshold { grades, .. } => compared.iter().map(|score| threshold(grades, *score)).collect(),
        Grading::Quota { grades, ties, .. } => quotas(grades, *ties, &compared, order),
    }
}

fn threshold(grades: &[Threshold], score: f64) -> usize {
    grades.iter().position(|g| g.min.is_none_or(|min| score >= min)).unwrap_or(grades.len())
}

/// Units in order of score and, where equal, of id; the first in that order are the worst. Each quota takes its count from its end, those
/// of the top in their order, those of the bottom in the opposite order, so that the worst grade is given to the worst.
fn quotas(grades: &[Quota], ties: Ties, scores: &[f64], ids: &[u32]) -> Vec<usize> {
    let mut ranking = Ranking { scores, ids, order: (0..scores.len()).collect() };
    let rest = grades.iter().position(|g| g.share.is_none()).unwrap_or(grades.len());
    let mut given = vec![rest; scores.len()];
    let (mut low, mut high) = (0, scores.len());
    let top = grades.iter().enumerate().filter(|(_, q)| q.from == End::Top);
    let bottom = grades.iter().enumerate().rev().filter(|(_, q)| q.from == End::Bottom);
    for (place, quota) in top.chain(bottom) {
        let Some(share) = quota.share else { continue };
        let count = count(share, scores.len(), quota.round).min(high - low);
        let taken = match quota.from {
            End::Top => {
                let border = ranking.border(high - count, low, high, ties);
                let taken = border..high;
                high = border;
                taken
            }
            End::Bottom => {
                let border = ranking.border(low + count, low, high, ties);
                let taken = low..border;
                low = border;
                taken
            }
        };
        let enough =
            |unit: usize| quota.min.is_none_or(|min| scores[unit] >= min) && quota.below.is_none_or(|below| scores[unit] < below);
        ranking.order[taken].iter().filter(|unit| enough(**unit)).for_each(|unit| given[*unit] = place);
    }
    given
}

/// Units ordered as far as borders between grades ask for it: those before a border are below it, those from it on are above. To order
/// all of them would be slower.
struct Ranking<'a> {
    scores: &'a [f64],
    ids: &'a [u32],
    order: Vec<usize>,
}

impl Ranking<'_> {
    /// Puts a border at `at` between `low` and `high`, moved off equal scores as the rule for ties says. Returns where it is.
    fn border(&mut self, at: usize, low: usize, high: usize, ties: Ties) -> usize {
        if at <= low || at >= high {
            return at;
        }
        let score = self.part(at, low, high);
        // Equal as numbers: 0 and -0 are.
        #[allow(clippy::float_cmp)]
        let tied = |units: &[usize]| units.iter().filter(|unit| self.scores[**unit] == score).count();
        let border = match ties {
            Ties::Id => at,
            Ties::Better => at - tied(&self.order[low..at]),
            Ties::Worse if tied(&self.order[low..at]) > 0 => at + tied(&self.order[at..high]),
            Ties::Worse => at,
        };
        if border != at && border > low && border < high {
            self.part(border, low, high);
        }
        border
    }

    /// Moves the worse units before `at` and the better ones from it on. Returns the score of the worst of these.
    fn part(&mut self, at: usize, low: usize, high: usize) -> f64 {
        let (scores, ids) = (self.scores, self.ids);
        let (_, unit, _) = self.order[low..high]
            .select_nth_unstable_by(at - low, |a, b| scores[*a].total_cmp(&scores[*b]).then(ids[*a].cmp(&ids[*b])));
        scores[*unit]
    }
}

/// The grade of the unit at `place` among `count` that share a quota, worst first; `score` are their scores, as they are compared. What
/// [`grade()`] gives to everybody, for one without ordering all.
pub(super) fn grade_among<'a>(grading: &'a Grading, count: usize, score: &dyn Fn(usize) -> f64, place: usize) -> &'a str {
    let (grades, ties) = match grading {
        Grading::Quota { grades, ties, .. } => (grades, *ties),
        Grading::Threshold { grades, .. } => {
            return grades.iter().find(|g| g.min.is_none_or(|min| score(place) >= min)).map_or("", |g| g.grade.as_str());
        }
    };
    let rest = grades.iter().find(|g| g.share.is_none()).map_or("", |g| g.grade.as_str());
    let (mut low, mut high) = (0, count);
    let top = grades.iter().filter(|q| q.from == End::Top);
    let bottom = grades.iter().rev().filter(|q| q.from == End::Bottom);
    for quota in top.chain(bottom) {
        let Some(share) = quota.share else { continue };
        let taken = self::count(share, count, quota.round).min(high - low);
        let before = (low, high);
        match quota.from {
            End::Top => high = moved_border(high - taken, low, high, ties, score),
            End::Bottom => low = moved_border(low + taken, low, high, ties, score),
        }
        let inside = (before.0..low).contains(&place) || (high..before.1).contains(&place);
        if inside {
            let own = score(place);
            let enough = quota.min.is_none_or(|min| own >= min) && quota.below.is_none_or(|below| own < below);
            return if enough { &quota.grade } else { rest };
        }
    }
    rest
}

/// A border among scores in ascending order, moved off equal ones as the rule for ties says.
// Equal as numbers: 0 and -0 are.
#[allow(clippy::float_cmp)]
fn moved_border(at: usize, low: usize, high: usize, ties: Ties, score: &dyn Fn(usize) -> f64) -> usize {
    if at <= low || at >= high || ties == Ties::Id {
        return at;
    }
    let tied = score(at);
    if score(at - 1) != tied {
        return at;
    }
    let first = |mut from: usize, mut to: usize, holds: &dyn Fn(f64) -> bool| {
        while from < to {
            let middle = usize::midpoint(from, to);
            if holds(score(middle)) { to = middle } else { from = middle + 1 }
        }
        from
    };
    match ties {
        Ties::Better => first(low, at, &|x| x >= tied),
        _ => first(at, high, &|x| x > tied),
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
/// A share of a count as a count.
pub(crate) fn count(share: f64, of: usize, round: Round) -> usize {
    let exact = share * of as f64;
    (match round {
        Round::Floor => (exact + COUNT_TOLERANCE).floor(),
        Round::Ceil => (exact - COUNT_TOLERANCE).ceil(),
        Round::Round => (exact + COUNT_TOLERANCE).round(),
    }) as usize
}

/// The place of each score, 1 for the highest; equal scores share the better place.
#[must_use]
pub fn rank(scores: &[f64]) -> Vec<u32> {
    let mut sorted = scores.to_vec();
    sorted.par_sort_unstable_by(|a, b| b.total_cmp(a));
    scores
        .par_iter()
        .map(|score| u32::try_from(sorted.partition_point(|other| other > score)).unwrap_or(u32::MAX).saturating_add(1))
        .collect()
}
