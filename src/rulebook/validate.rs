//! What a rulebook must not say.

use std::collections::BTreeSet;

use super::{Grading, Normalise, Quota, Rulebook, Threshold, Topology};
use crate::error::{Error, Result};
use crate::sql;

/// The grade of a parcel that cannot be assessed.
pub(crate) const NOT_ASSESSABLE: &str = "T";

/// Vertices nearer than this, m, are beyond what coordinates in degrees tell apart.
const LEAST_ROUNDING_M: f64 = 1e-6;

pub(super) fn validate(rulebook: &Rulebook) -> Result<()> {
    let fault = |place: String, why: String, remedy: &str| Err(Error::new(why).at(place).remedy(remedy));
    if rulebook.tracks.is_empty() {
        return fault("[[track]]".into(), "there is no track".into(), "add at least one [[track]]");
    }
    for (name, x) in [("area_tolerance", rulebook.area_tolerance), ("floor_area_ratio_limit", rulebook.floor_area_ratio_limit)] {
        if !(x > 0.0 && x.is_finite()) {
            return fault(name.into(), format!("{x} is not a positive number"), "give a positive number");
        }
    }
    for (name, x) in
        [("park_min_share", rulebook.location.park_min_share), ("layout_min_share", rulebook.location.layout_min_share)]
    {
        if !(0.0..=1.0).contains(&x) {
            return fault(format!("[location] {name}"), format!("{x} is not a share"), "give a number from 0 to 1");
        }
    }
    topology(&rulebook.topology)?;
    unique("[[track]] id", rulebook.tracks.iter().map(|track| track.id.as_str()))?;
    unique("[[rule]] code", rulebook.rules.iter().map(|rule| rule.code.as_str()))?;
    for track in &rulebook.tracks {
        let place = format!("track \"{}\"", track.id);
        unique(&format!("{place}, [[track.indicator]] id"), track.indicators.iter().map(|i| i.id.as_str()))?;
        if track.indicators.is_empty() {
            return fault(place, "has no indicator".into(), "add at least one [[track.indicator]]");
        }
        if let Some(when) = &track.when {
            sql::columns_of(when).map_err(|e| e.at(format!("{place}, when")))?;
        }
        for indicator in &track.indicators {
            let place = format!("{place}, indicator \"{}\"", indicator.id);
            sql::columns_of(&indicator.expr).map_err(|e| e.at(format!("{place}, expr")))?;
            if !indicator.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') || indicator.id.is_empty()
            {
                return fault(
                    place,
                    format!("\"{}\" cannot be part of a column name", indicator.id),
                    "use lower-case letters, digits and _",
                );
            }
            if !(indicator.weight > 0.0 && indicator.weight.is_finite()) {
                return fault(
                    place,
                    format!("the weight {} is not a positive number", indicator.weight),
                    "give a positive weight, or remove the indicator",
                );
            }
            match indicator.normalise {
                Normalise::Benchmark { value, cap, floor }
                    if !(value > 0.0 && value.is_finite() && floor >= 0.0 && cap > floor) =>
                {
                    return fault(
                        place,
                        format!("benchmark {value}, floor {floor}, cap {cap} do not go together"),
                        "the benchmark is above 0, the cap above the floor",
                    );
                }
                Normalise::MinMax { base, .. } if !(0.0..1.0).contains(&base) => {
                    return fault(place, format!("the base {base} is not a share below 1"), "give a number from 0 to below 1");
                }
                _ => {}
            }
        }
        match &track.grading {
            Grading::Threshold { grades } => thresholds(grades),
            Grading::Quota { grades } => quotas(grades),
        }
        .map_err(|e| e.at(format!("{place}, grading")))?;
    }
    let grades = rulebook.grades();
    if let Some(grade) = rulebook.list.grades.iter().find(|grade| !grades.contains(grade)) {
        return fault(
            "[list] grades".into(),
            format!("no track gives the grade \"{grade}\""),
            "name a grade that the gradings give",
        );
    }
    for rule in &rulebook.rules {
        sql::columns_of(&rule.when).map_err(|e| e.at(format!("rule \"{}\", when", rule.code)))?;
    }
    Ok(())
}

fn topology(topology: &Topology) -> Result<()> {
    let fields = [
        ("rounding_width_m", topology.rounding_width_m),
        ("sliver_width_m", topology.sliver_width_m),
        ("overlap_min_m2", topology.overlap_min_m2),
        ("gap_max_mu", topology.gap_max_mu),
        ("parcel_min_width_m", topology.parcel_min_width_m),
    ];
    for (name, x) in fields {
        if !(x > 0.0 && x.is_finite()) {
            return Err(Error::new(format!("{x} is not a positive number"))
                .at(format!("[topology] {name}"))
                .remedy("give a positive number"));
        }
    }
    if !(LEAST_ROUNDING_M..=topology.sliver_width_m).contains(&topology.rounding_width_m) {
        return Err(Error::new(format!(
            "{} is no rounding: below {LEAST_ROUNDING_M} m, or wider than a sliver",
            topology.rounding_width_m
        ))
        .at("[topology] rounding_width_m")
        .remedy("give a number of metres up to sliver_width_m, such as 0.01"));
    }
    Ok(())
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::new(format!("\"{name}\" is there twice")).at(what).remedy("rename one of them"));
        }
    }
    Ok(())
}

fn thresholds(grades: &[Threshold]) -> Result<()> {
    unique("grades", grades.iter().map(|g| g.grade.as_str()))?;
    reserved(grades.iter().map(|g| g.grade.as_str()))?;
    let Some((last, higher)) = grades.split_last() else {
        return Err(Error::new("there are no grades").remedy("list the grades, best first"));
    };
    if last.min.is_some() {
        return Err(Error::new(format!("the last grade, {}, has a minimum, so a low score has no grade", last.grade))
            .remedy("leave its min out"));
    }
    let minima = higher
        .iter()
        .map(|g| {
            g.min
                .filter(|min| min.is_finite())
                .ok_or_else(|| Error::new(format!("grade {} has no minimum", g.grade)).remedy("give it a min"))
        })
        .collect::<Result<Vec<f64>>>()?;
    if !minima.windows(2).all(|pair| pair[0] > pair[1]) {
        return Err(Error::new("the minima do not fall from grade to grade").remedy("list the grades best first"));
    }
    Ok(())
}

fn quotas(grades: &[Quota]) -> Result<()> {
    unique("grades", grades.iter().map(|g| g.grade.as_str()))?;
    reserved(grades.iter().map(|g| g.grade.as_str()))?;
    if grades.iter().filter(|g| g.share.is_none()).count() != 1 {
        return Err(
            Error::new("exactly one grade takes the rest").remedy("leave the share out of one grade, give it to the others")
        );
    }
    let shares: Vec<f64> = grades.iter().filter_map(|g| g.share).collect();
    if shares.iter().any(|share| !(0.0..=1.0).contains(share)) || shares.iter().sum::<f64>() > 1.0 + 1e-9 {
        return Err(Error::new(format!("the shares {shares:?} are not shares of one whole"))
            .remedy("give numbers from 0 to 1 that sum to at most 1"));
    }
    Ok(())
}

fn reserved<'a>(mut grades: impl Iterator<Item = &'a str>) -> Result<()> {
    if grades.any(|grade| grade == NOT_ASSESSABLE || grade.is_empty()) {
        return Err(Error::new("the grade T is kept for parcels that cannot be assessed").remedy("use another letter"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::rulebook::{PRESETS, Rulebook};
    use std::path::Path;

    fn why(change: impl Fn(&str) -> String) -> String {
        Rulebook::parse(&change(PRESETS[1].1), Path::new("mine.toml")).unwrap_err().to_string()
    }

    #[test]
    fn every_mistake_is_refused_with_its_place() {
        let cases: &[(&str, &str, &str)] = &[
            ("weight = 0.40", "weight = -1", "is not a positive number"),
            ("weight = 0.40", "weihgt = 0.40", "weihgt"),
            ("share = 0.2", "share = 1.2", "not shares of one whole"),
            ("grades = [\"D\"]", "grades = [\"X\"]", "no track gives the grade \"X\""),
            ("id = \"tax_mu\"", "id = \"out_mu\"", "\"out_mu\" is there twice"),
            ("expr = \"tax_10k_yuan / NULLIF(area_mu, 0)\"", "expr = \"tax_10k_yuan /\"", "indicator \"tax_mu\""),
            ("method = \"percentile\"", "method = \"percentil\"", "percentil"),
            ("area = \"geodesic\"", "area = \"planar\"", "planar"),
            ("sliver_width_m = 0.2", "sliver_width_m = 0.001", "or wider than a sliver"),
            ("gap_max_mu = 2.0", "gap_max_mu = -2.0", "[topology] gap_max_mu"),
        ];
        for (from, to, expected) in cases {
            let message = why(|text| {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            });
            assert!(message.contains(expected) && message.contains("mine.toml"), "{from} → {to}: {message}");
        }
    }
}
