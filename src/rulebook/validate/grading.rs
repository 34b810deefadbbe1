//! Gradings, and what changes a grade afterwards.

use super::{Checked, NOT_ASSESSABLE, condition, fault, one_of, unique_in};
use crate::rulebook::{End, Grading, Place, Quota, Rulebook, Threshold};

/// Shares may exceed a whole by so much: 0.25 + 0.45 + 0.3 is not quite 1 in binary.
const SUM_TOLERANCE: f64 = 1e-9;

pub(super) fn check(grading: &Grading, place: &Place) -> Checked {
    let at = place.then("grades");
    let (decimals, names) = match grading {
        Grading::Threshold { grades, decimals } => {
            thresholds(grades, &at)?;
            (decimals, grades.iter().map(|g| g.grade.as_str()).collect::<Vec<_>>())
        }
        Grading::Quota { grades, decimals, .. } => {
            quotas(grades, &at)?;
            (decimals, grades.iter().map(|g| g.grade.as_str()).collect())
        }
    };
    unique_in(&at, names.iter().copied())?;
    if let Some(n) = names.iter().position(|grade| *grade == NOT_ASSESSABLE || grade.trim().is_empty()) {
        return fault(at.nth(n), "the grade T is kept for parcels that cannot be assessed", "use another letter");
    }
    // The reasons of a list name grades, with ; between.
    if let Some(n) = names.iter().position(|grade| grade.contains(|c: char| c == ';' || c.is_control())) {
        return fault(at.nth(n), "the name of the grade has a ; or a line break in it", "use a letter or a word");
    }
    match decimals {
        Some(decimals) if *decimals > 12 => {
            fault(place.then("decimals"), format!("{decimals} digits are more than a score has"), "at most 12")
        }
        _ => Ok(()),
    }
}

fn thresholds(grades: &[Threshold], at: &Place) -> Checked {
    let Some((last, higher)) = grades.split_last() else {
        return fault(at.clone(), "there are no grades", "list the grades, best first");
    };
    if last.min.is_some() {
        return fault(
            at.nth(higher.len()),
            format!("the last grade, {}, has a minimum, so a low score has no grade", last.grade),
            "leave its min out",
        );
    }
    let mut above = f64::INFINITY;
    for (n, grade) in higher.iter().enumerate() {
        match grade.min {
            Some(min) if min.is_finite() && min < above => above = min,
            Some(min) if min.is_finite() => {
                return fault(
                    at.nth(n),
                    format!("grade {} begins at {min}, not below {above} where the better one begins", grade.grade),
                    "list the grades best first, with falling minima",
                );
            }
            _ => return fault(at.nth(n), format!("grade {} has no minimum", grade.grade), "give it a min"),
        }
    }
    Ok(())
}

fn quotas(grades: &[Quota], at: &Place) -> Checked {
    if grades.iter().filter(|g| g.share.is_none()).count() != 1 {
        return fault(at.clone(), "exactly one grade takes the rest", "leave the share out of one grade, give it to the others");
    }
    for (n, quota) in grades.iter().enumerate() {
        let wrong_end = (quota.min.is_some() && quota.from == End::Bottom) || (quota.below.is_some() && quota.from == End::Top);
        if wrong_end || (quota.share.is_none() && (quota.min.is_some() || quota.below.is_some())) {
            return fault(
                at.nth(n),
                format!("grade {} has a limit of the score that its quota cannot have", quota.grade),
                "min goes with a quota from the top, below with one from the bottom",
            );
        }
        if quota.min.is_some_and(|x| !x.is_finite()) || quota.below.is_some_and(|x| !x.is_finite()) {
            return fault(at.nth(n), "the limit of the score is not a number", "give a number");
        }
    }
    if let Some((n, quota)) = grades.iter().enumerate().find(|(_, g)| g.share.is_some_and(|share| !(0.0..=1.0).contains(&share)))
    {
        return fault(
            at.nth(n).then("share"),
            format!("{} is not a share of the units", quota.share.unwrap_or_default()),
            "give a number from 0 to 1; 25 % is 0.25",
        );
    }
    let sum: f64 = grades.iter().filter_map(|g| g.share).sum();
    if sum > 1.0 + SUM_TOLERANCE {
        return fault(
            at.clone(),
            format!("the shares sum to {:.0} %, more than all units", sum * 100.0),
            "give shares that sum to at most 1",
        );
    }
    Ok(())
}

/// No two tracks disagree about which of two grades is the better one.
pub(super) fn orders_agree(rulebook: &Rulebook) -> Checked {
    let all = rulebook.grades();
    for (n, track) in rulebook.tracks.iter().enumerate() {
        let places: Vec<Option<usize>> =
            track.grading.grades().iter().map(|grade| all.iter().position(|known| known == grade)).collect();
        if places.windows(2).any(|pair| pair[0] >= pair[1]) {
            return fault(
                Place::key("track").nth(n).then("grading"),
                format!("its order of grades is not that of the other tracks: {}", all.join(", ")),
                "name the grades in one order, best first",
            );
        }
    }
    Ok(())
}

/// The list and the adjustments name grades that are given.
pub(super) fn changes(rulebook: &Rulebook) -> Checked {
    let all = rulebook.grades();
    let known: Vec<&str> = all.iter().map(String::as_str).collect();
    for (n, grade) in rulebook.list.grades.iter().enumerate() {
        one_of(Place::key("list").then("grades").nth(n), "grade", grade, &known)?;
    }
    for (n, adjustment) in rulebook.adjustments.iter().enumerate() {
        let place = Place::key("adjustment").nth(n);
        condition(&place.then("when"), &adjustment.when)?;
        let effects = [("grade", &adjustment.grade), ("at_best", &adjustment.at_best), ("at_worst", &adjustment.at_worst)];
        let mut given = effects.iter().filter_map(|(field, grade)| Some((*field, grade.as_deref()?)));
        let (Some((field, grade)), None) = (given.next(), given.next()) else {
            return fault(place, "does not say one thing to do", "give one of grade, at_best, at_worst");
        };
        if !(field == "grade" && grade == NOT_ASSESSABLE) {
            one_of(place.then(field), "grade", grade, &known)?;
        }
    }
    Ok(())
}
