//! What a rulebook must not say. Every fault names its line and field, what was expected, and the nearest valid name.

mod grading;
mod parks;
mod track;

use std::collections::BTreeSet;

use super::{Firmness, Missing, Place, Rulebook, SCHEMA, Topology};
use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::sql;

/// The grade of a parcel that cannot be assessed.
pub(crate) const NOT_ASSESSABLE: &str = "T";

/// Vertices nearer than this, m, are beyond what coordinates in degrees tell apart.
const LEAST_ROUNDING_M: f64 = 1e-6;

/// Two pairs, without which there is no error to tell of.
const FEWEST_DRAWS: u32 = 4;
/// More draws than this are a slip of the pen.
const MOST_DRAWS: u32 = 1_000_000;

/// A fault and where it is.
type Checked = std::result::Result<(), (Place, Error)>;

fn fault(place: Place, why: impl Into<String>, remedy: impl Into<String>) -> Checked {
    Err((place, Error::new(why).remedy(remedy)))
}

pub(super) fn validate(rulebook: &Rulebook) -> Result<()> {
    check(rulebook).map_err(|(place, error)| error.at(rulebook.at(&place)))
}

fn check(rulebook: &Rulebook) -> Checked {
    if rulebook.schema != SCHEMA {
        return fault(
            Place::key("schema"),
            format!("{} is not a form this program reads", rulebook.schema),
            format!("write schema = {SCHEMA}"),
        );
    }
    code_like(&rulebook.name, '-').or_else(|()| {
        fault(Place::key("name"), format!("\"{}\" is no short name", rulebook.name), "use lower-case letters, digits and -")
    })?;
    if rulebook.tracks.is_empty() {
        return fault(Place::key("track"), "there is no track", "add at least one [[track]]");
    }
    let tolerance = rulebook.area_formula_tolerance;
    for (name, x) in [
        ("area_tolerance", rulebook.area_tolerance),
        ("area_formula_tolerance", tolerance),
        ("floor_area_ratio_limit", rulebook.floor_area_ratio_limit),
    ] {
        positive(Place::key(name), x)?;
    }
    for (name, x) in
        [("park_min_share", rulebook.location.park_min_share), ("layout_min_share", rulebook.location.layout_min_share)]
    {
        share(Place::key("location").then(name), x)?;
    }
    topology(&rulebook.topology)?;
    unique("track", rulebook.tracks.iter().map(|track| track.id.as_str()))?;
    codes("rule", rulebook.rules.iter().map(|rule| rule.code.as_str()))?;
    codes("exemption", rulebook.exemptions.iter().map(|exemption| exemption.code.as_str()))?;
    codes("adjustment", rulebook.adjustments.iter().map(|adjustment| adjustment.code.as_str()))?;
    for (n, track) in rulebook.tracks.iter().enumerate() {
        track::check(track, &Place::key("track").nth(n))?;
    }
    every_track_is_reached(rulebook)?;
    illustrative(rulebook)?;
    grading::orders_agree(rulebook)?;
    grading::changes(rulebook)?;
    for (n, exemption) in rulebook.exemptions.iter().enumerate() {
        condition(&Place::key("exemption").nth(n).then("when"), &exemption.when)?;
    }
    for (n, rule) in rulebook.rules.iter().enumerate() {
        condition(&Place::key("rule").nth(n).then("when"), &rule.when)?;
    }
    parks::check(&rulebook.parks)?;
    firmness(&rulebook.firmness)
}

/// Outputs are marked by the flag of the whole rulebook.
fn illustrative(rulebook: &Rulebook) -> Checked {
    for (n, track) in rulebook.tracks.iter().enumerate().filter(|_| !rulebook.illustrative) {
        if let Some(k) = track.indicators.iter().position(|indicator| indicator.illustrative) {
            return fault(
                Place::key("track").nth(n).then("indicator").nth(k).then("illustrative"),
                "an indicator has figures without a published source, and the rulebook says that all are published",
                "write illustrative = true at the head of the file",
            );
        }
    }
    Ok(())
}

/// Only the last track may take every unit left.
fn every_track_is_reached(rulebook: &Rulebook) -> Checked {
    let open = rulebook.tracks.iter().position(|track| track.when.is_none());
    match open.filter(|n| n + 1 < rulebook.tracks.len()) {
        Some(n) => fault(
            Place::key("track").nth(n).then("when"),
            format!("track \"{}\" takes every unit, and none is left for the next", rulebook.tracks[n].id),
            "say whom it takes with when = …, or put it last",
        ),
        None => Ok(()),
    }
}

/// A piece of SQL that can be read.
fn condition(place: &Place, text: &str) -> Checked {
    sql::columns_of(text).map(|_| ()).map_err(|e| (place.clone(), e))
}

fn positive(place: Place, x: f64) -> Checked {
    if x > 0.0 && x.is_finite() {
        Ok(())
    } else {
        fault(place, format!("{x} is not a positive number"), "give a positive number")
    }
}

fn share(place: Place, x: f64) -> Checked {
    if (0.0..=1.0).contains(&x) { Ok(()) } else { fault(place, format!("{x} is not a share"), "give a number from 0 to 1") }
}

/// Lower-case letters, digits and a separator.
fn code_like(name: &str, separator: char) -> std::result::Result<(), ()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == separator;
    if !name.is_empty() && name.chars().all(fits) { Ok(()) } else { Err(()) }
}

/// One of `known`, with the nearest of them if not.
fn one_of(place: Place, what: &str, name: &str, known: &[&str]) -> Checked {
    if known.contains(&name) {
        return Ok(());
    }
    let hint = nearest(name, known.iter().copied()).map(|near| format!("did you mean \"{near}\"? ")).unwrap_or_default();
    fault(place, format!("there is no {what} \"{name}\""), format!("{hint}there are: {}", known.join(", ")))
}

/// Codes stand in lists with `;` between, and as the heads of columns.
fn codes<'a>(array: &'static str, codes: impl Iterator<Item = &'a str> + Clone) -> Checked {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if let Some((n, code)) = codes.clone().enumerate().find(|(_, code)| code.is_empty() || !code.chars().all(fits)) {
        let place = Place::key(array).nth(n).then("code");
        return fault(place, format!("\"{code}\" is no code"), "use capital letters A to Z, digits and _");
    }
    unique(array, codes)
}

fn unique<'a>(array: &'static str, names: impl Iterator<Item = &'a str>) -> Checked {
    unique_in(&Place::key(array), names)
}

fn unique_in<'a>(array: &Place, names: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = BTreeSet::new();
    for (n, name) in names.enumerate() {
        if !seen.insert(name) {
            return fault(array.nth(n), format!("\"{name}\" is there twice"), "rename one of them");
        }
    }
    Ok(())
}

fn topology(topology: &Topology) -> Checked {
    let fields = [
        ("rounding_width_m", topology.rounding_width_m),
        ("sliver_width_m", topology.sliver_width_m),
        ("overlap_min_m2", topology.overlap_min_m2),
        ("gap_max_mu", topology.gap_max_mu),
        ("parcel_min_width_m", topology.parcel_min_width_m),
    ];
    for (name, x) in fields {
        positive(Place::key("topology").then(name), x)?;
    }
    if !(LEAST_ROUNDING_M..=topology.sliver_width_m).contains(&topology.rounding_width_m) {
        return fault(
            Place::key("topology").then("rounding_width_m"),
            format!("{} is no rounding: below {LEAST_ROUNDING_M} m, or wider than a sliver", topology.rounding_width_m),
            "give a number of metres up to sliver_width_m, such as 0.01",
        );
    }
    Ok(())
}

fn firmness(firmness: &Firmness) -> Checked {
    let place = Place::key("firmness");
    for (name, x) in [("weights", firmness.weights), ("area", firmness.area)] {
        if !(0.0..1.0).contains(&x) {
            return fault(place.then(name), format!("{x} is not a share below 1"), "give a number from 0 to below 1");
        }
    }
    if !(firmness.firm > 0.5 && firmness.firm <= 1.0) {
        return fault(
            place.then("firm"),
            format!("{} is not a share above a half", firmness.firm),
            "give a number above 0.5, up to 1",
        );
    }
    if firmness.draws > MOST_DRAWS {
        return fault(place.then("draws"), format!("{} draws are too many", firmness.draws), format!("at most {MOST_DRAWS}"));
    }
    if (1..FEWEST_DRAWS).contains(&firmness.draws) {
        return fault(
            place.then("draws"),
            format!("{} draws are too few to tell anything", firmness.draws),
            format!("at least {FEWEST_DRAWS}, better 1000; or 0 for none"),
        );
    }
    for (n, rule) in firmness.missing.iter().enumerate() {
        missing(&place.then("missing").nth(n), *rule)?;
    }
    if firmness.draws > 0 && firmness.weights == 0.0 && firmness.area == 0.0 && firmness.missing.len() < 2 {
        return fault(
            place.then("draws"),
            "nothing is drawn that could change a grade",
            "give a range for weights or area, or two rules for missing; or draws = 0",
        );
    }
    Ok(())
}

fn missing(place: &Place, rule: Missing) -> Checked {
    match rule {
        Missing::Deduct(points) if !(points >= 0.0 && points.is_finite()) => {
            fault(place.clone(), format!("{points} points cannot be deducted"), "give 0 or a positive number of points")
        }
        _ => Ok(()),
    }
}
