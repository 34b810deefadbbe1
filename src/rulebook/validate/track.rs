//! One track: its indicators, groups, weights and bonuses.

use super::{Checked, code_like, condition, fault, grading, missing, one_of, positive, unique_in};
use crate::composite::weigh;
use crate::error::Error;
use crate::rulebook::{Aggregation, Direction, Indicator, Missing, Normalise, Outliers, Place, Track, Weighting};

/// More indicators than this are a mistake, not a method.
const MOST_INDICATORS: usize = 200;

/// Weights or shares whose sum differs by more than this from what it should be are refused.
const SUM_TOLERANCE: f64 = 1e-9;

pub(super) fn check(track: &Track, place: &Place) -> Checked {
    let indicators = place.then("indicator");
    name(&place.then("id"), &track.id)?;
    if let Some(when) = &track.when {
        condition(&place.then("when"), when)?;
    }
    if track.indicators.is_empty() {
        return fault(place.clone(), "has no indicator", "add at least one [[track.indicator]]");
    }
    if track.indicators.len() > MOST_INDICATORS {
        return fault(
            indicators.nth(MOST_INDICATORS),
            format!("there are {} indicators", track.indicators.len()),
            format!("a track has at most {MOST_INDICATORS}"),
        );
    }
    unique_in(&indicators, track.indicators.iter().map(|i| i.id.as_str()))?;
    unique_in(&place.then("group"), track.groups.iter().map(|g| g.id.as_str()))?;
    unique_in(&place.then("bonus"), track.bonuses.iter().map(|b| b.id.as_str()))?;
    missing(&place.then("missing"), track.missing)?;
    for (n, indicator) in track.indicators.iter().enumerate() {
        self::indicator(indicator, track, &indicators.nth(n))?;
    }
    for (n, bonus) in track.bonuses.iter().enumerate() {
        let place = place.then("bonus").nth(n);
        name(&place.then("id"), &bonus.id)?;
        condition(&place.then("expr"), &bonus.expr)?;
        if bonus.min.zip(bonus.max).is_some_and(|(min, max)| min > max) {
            return fault(place.then("min"), "the least points are more than the most", "give min ≤ max");
        }
    }
    groups(track, place)?;
    rules_for_missing(track, &indicators)?;
    weights(track, place)?;
    grading::check(&track.grading, &place.then("grading"))
}

fn name(place: &Place, id: &str) -> Checked {
    code_like(id, '_').or_else(|()| {
        fault(place.clone(), format!("\"{id}\" cannot be part of a column name"), "use lower-case letters, digits and _")
    })
}

fn indicator(indicator: &Indicator, track: &Track, place: &Place) -> Checked {
    name(&place.then("id"), &indicator.id)?;
    condition(&place.then("expr"), &indicator.expr)?;
    if let Some(weight) = indicator.weight {
        positive(place.then("weight"), weight)?;
    }
    if let Some(rule) = indicator.missing {
        missing(&place.then("missing"), rule)?;
    }
    if indicator.decimals > 12 {
        return fault(place.then("decimals"), format!("{} digits are more than a number has", indicator.decimals), "at most 12");
    }
    if let Some(group) = &indicator.group {
        let known: Vec<&str> = track.groups.iter().map(|g| g.id.as_str()).collect();
        one_of(place.then("group"), "group", group, &known)?;
    }
    match (indicator.normalise, track.aggregation.is_topsis()) {
        (None, false) => {
            return fault(place.clone(), "does not say how its values become points", "add normalise = { method = \"…\" }");
        }
        (Some(_), true) => {
            return fault(
                place.then("normalise"),
                "TOPSIS normalises by itself",
                "leave normalise out, or choose another aggregation",
            );
        }
        (Some(Normalise::Benchmark { cap: None, .. }), false) if indicator.direction == Direction::Less => {
            return fault(
                place.then("normalise"),
                "of what should be little, nothing at all would bring points without end",
                "add a cap, such as cap = 1.5",
            );
        }
        (Some(method), false) => normalise(method, &place.then("normalise"))?,
        (None, true) => {}
    }
    match indicator.outliers {
        Some(Outliers::Share { low, high }) if !(0.0 <= low && low < high && high <= 1.0) => {
            fault(place.then("outliers"), format!("{low} and {high} are no quantiles"), "give 0 ≤ low < high ≤ 1")
        }
        Some(Outliers::Shape { max_points: 0, .. }) => {
            fault(place.then("outliers"), "no point may be moved", "give max_points of at least 1")
        }
        _ => Ok(()),
    }
}

fn normalise(method: Normalise, place: &Place) -> Checked {
    let limits = |floor: f64, cap: Option<f64>| {
        if floor.is_finite() && cap.is_none_or(|cap| cap > floor && cap.is_finite()) {
            Ok(())
        } else {
            let cap = cap.map_or_else(|| "none".to_owned(), |cap| cap.to_string());
            fault(
                place.clone(),
                format!("floor {floor} and cap {cap} do not go together"),
                "give numbers, the cap above the floor",
            )
        }
    };
    let base_share = |base: f64| {
        if (0.0..1.0).contains(&base) {
            Ok(())
        } else {
            fault(place.then("base"), format!("the base {base} is not a share below 1"), "give a number from 0 to below 1")
        }
    };
    match method {
        Normalise::Benchmark { value, cap, floor } => {
            positive(place.then("value"), value)?;
            limits(floor, cap)
        }
        Normalise::MeanRatio { times, cap, floor, .. } => {
            positive(place.then("times"), times)?;
            limits(floor, cap)
        }
        Normalise::MinMax { base, .. } => base_share(base),
        Normalise::Goalposts { min, max, base } => {
            if !(min < max && min.is_finite() && max.is_finite()) {
                return fault(place.clone(), format!("{min} and {max} are no goalposts"), "give min < max");
            }
            base_share(base)
        }
        Normalise::ZScore { mean, sd, .. } => {
            positive(place.then("sd"), sd)?;
            if mean.is_finite() { Ok(()) } else { fault(place.then("mean"), format!("{mean} is not a number"), "give a number") }
        }
        Normalise::Percentile { .. } | Normalise::Best { .. } => Ok(()),
    }
}

/// Not every rule for missing values goes with every aggregation.
fn rules_for_missing(track: &Track, indicators: &Place) -> Checked {
    for (n, indicator) in track.indicators.iter().enumerate() {
        let rule = track.missing(indicator);
        if track.aggregation.is_topsis() && !matches!(rule, Missing::MeanValue | Missing::NotAssessable) {
            return fault(
                indicators.nth(n).then("missing"),
                "TOPSIS needs a value of every indicator",
                "say missing = \"mean_value\" or \"not_assessable\"",
            );
        }
        let in_sums = track.aggregation == Aggregation::Sum && track.groups.iter().all(|g| g.aggregation == Aggregation::Sum);
        let below_zero = match indicator.normalise {
            Some(Normalise::ZScore { .. }) => true,
            Some(Normalise::Benchmark { floor, .. } | Normalise::MeanRatio { floor, .. }) => floor < 0.0,
            _ => false,
        };
        if below_zero && !in_sums {
            return fault(
                indicators.nth(n).then("normalise"),
                "shares below zero have no geometric or harmonic mean",
                "choose another normalisation, a floor of 0, or a weighted sum",
            );
        }
        if matches!(rule, Missing::Deduct(_)) && !in_sums {
            return fault(
                indicators.nth(n).then("missing"),
                "points can be deducted from a weighted sum only",
                "choose another rule for missing values, or another aggregation",
            );
        }
    }
    Ok(())
}

/// Groups form a tree, and none is empty.
fn groups(track: &Track, place: &Place) -> Checked {
    let known: Vec<&str> = track.groups.iter().map(|g| g.id.as_str()).collect();
    for (n, group) in track.groups.iter().enumerate() {
        let place = place.then("group").nth(n);
        name(&place.then("id"), &group.id)?;
        positive(place.then("weight"), group.weight)?;
        if group.aggregation.is_topsis() {
            return fault(place.then("aggregation"), "TOPSIS ranks whole units", "use it on the track, without groups");
        }
        if let Some(parent) = &group.group {
            one_of(place.then("group"), "group", parent, &known)?;
        }
        let (mut above, mut steps) = (group.group.as_deref(), 0);
        while let Some(id) = above {
            steps += 1;
            if steps > known.len() {
                return fault(place.then("group"), format!("group \"{}\" contains itself", group.id), "make the groups a tree");
            }
            above = track.groups.iter().find(|g| g.id == id).and_then(|g| g.group.as_deref());
        }
        let members = track.indicators.iter().map(|i| &i.group).chain(track.groups.iter().map(|g| &g.group));
        if !members.flatten().any(|id| *id == group.id) {
            return fault(place, format!("group \"{}\" is empty", group.id), "put an indicator in it, or remove it");
        }
    }
    if track.aggregation.is_topsis() && !track.groups.is_empty() {
        return fault(
            place.then("group"),
            "TOPSIS takes indicators, not groups",
            "remove the groups, or choose another aggregation",
        );
    }
    Ok(())
}

fn weights(track: &Track, place: &Place) -> Checked {
    let Weighting { fixed, entropy, critic, ahp, matrix, accept_inconsistency } = &track.weighting;
    let at = place.then("weighting");
    let shares = [*fixed, *entropy, *critic, *ahp];
    if shares.iter().any(|share| !(0.0..=1.0).contains(share)) || (shares.iter().sum::<f64>() - 1.0).abs() > SUM_TOLERANCE {
        return fault(
            at,
            format!("the shares of the methods are fixed {fixed}, entropy {entropy}, critic {critic}, ahp {ahp}"),
            "give shares from 0 to 1 that sum to 1, such as weighting = { entropy = 1.0 }",
        );
    }
    if (entropy + critic > 0.0) && !track.groups.is_empty() {
        return fault(at, "weights from the data go with indicators, not with groups", "remove the groups, or use fixed weights");
    }
    if let (true, Some((n, indicator))) = (*fixed > 0.0, track.indicators.iter().enumerate().find(|(_, i)| i.weight.is_none())) {
        return fault(
            place.then("indicator").nth(n),
            format!("indicator \"{}\" has no weight", indicator.id),
            "add weight = …, or let weighting say where weights come from",
        );
    }
    if let Some(points) = track.points {
        positive(place.then("points"), points)?;
        let top = track.indicators.iter().filter(|i| i.group.is_none()).filter_map(|i| i.weight);
        let sum: f64 = top.chain(track.groups.iter().filter(|g| g.group.is_none()).map(|g| g.weight)).sum();
        if *fixed > 0.0 && (sum - points).abs() > SUM_TOLERANCE * points.max(1.0) {
            return fault(
                place.then("points"),
                format!("the weights sum to {sum}, not to {points}"),
                "mend the weights, or leave points out",
            );
        }
    }
    if *ahp > 0.0 {
        let rows: Option<Vec<Vec<f64>>> = matrix.iter().map(|row| row.iter().map(super::super::Ratio::value).collect()).collect();
        let place = at.then("matrix");
        let Some(rows) = rows else {
            return fault(place, "an entry is neither a number nor a fraction", "write 3, 0.5 or \"1/3\"");
        };
        if rows.len() != track.indicators.len() {
            return fault(
                place,
                format!("the matrix has {} rows for {} indicators", rows.len(), track.indicators.len()),
                "give one row and one column an indicator, in their order",
            );
        }
        let weights = weigh::ahp(&rows).map_err(|why| (place.clone(), Error::new(why.to_string()).remedy("mend the matrix")))?;
        if weights.consistency_ratio >= weigh::MOST_INCONSISTENT && !accept_inconsistency {
            return fault(
                place,
                format!(
                    "the comparisons contradict each other: consistency ratio {:.3}, at least {}",
                    weights.consistency_ratio,
                    weigh::MOST_INCONSISTENT
                ),
                "mend the comparisons, or say accept_inconsistency = true",
            );
        }
    }
    Ok(())
}
