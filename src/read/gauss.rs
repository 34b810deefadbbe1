//! Which Gauss-Krüger system a survey file means that names datum, width of zones and zone in words.

use geo::Coord;

use super::dataset::Fault;
use crate::finding::{Code, detail};

/// A datum with the EPSG codes of its zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Datum {
    Cgcs2000,
    Xian1980,
    Beijing1954,
}

/// What a file says of its coordinates.
#[derive(Debug, PartialEq)]
pub(super) struct System<'t> {
    datum: Option<Datum>,
    /// The name of the datum as written.
    name: &'t str,
    /// Degrees from one zone to the next: 3 or 6.
    width: Option<u32>,
    /// The number of the zone or its central meridian.
    zone: Option<u32>,
}

impl<'t> System<'t> {
    /// Reads the words of a file: `2000国家大地坐标系`, `3`, `40`.
    pub fn said(name: &'t str, width: &str, zone: &str) -> Self {
        let upper = name.to_uppercase();
        let datum = if upper.contains("2000") {
            Some(Datum::Cgcs2000)
        } else if upper.contains("80") || name.contains("西安") {
            Some(Datum::Xian1980)
        } else if upper.contains("54") || name.contains("北京") {
            Some(Datum::Beijing1954)
        } else {
            None
        };
        let number = |text: &str| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok().or(match text.trim().chars().next() {
                Some('三') => Some(3),
                Some('六') => Some(6),
                _ => None,
            })
        };
        Self { datum, name, width: number(width).filter(|w| [3, 6].contains(w)), zone: number(zone) }
    }
}

/// The code of the system, from what the file says and the size of its numbers; `None`, with a fault where there is something to
/// say, if the two do not agree on one. `first` are positions, easting first.
///
/// EPSG: CGCS2000 4491-4554, Xian 1980 2327-2390, Beijing 1954 21413-21423, 2401-2442.
pub(super) fn code(system: &System<'_>, first: &[Coord<f64>], faults: &mut Vec<Fault>) -> Option<String> {
    let most = |test: fn(&Coord<f64>) -> bool| !first.is_empty() && first.iter().filter(|c| test(c)).count() * 2 > first.len();
    if most(|c| c.x.abs() <= 180.0 && c.y.abs() <= 180.0) {
        return system.datum.filter(|datum| *datum == Datum::Cgcs2000).map(|_| "EPSG:4490".to_owned());
    }
    let exchanged = most(|c| c.y > 13e6 || (1.8e6..6.2e6).contains(&c.x) && (0.1e6..0.9e6).contains(&c.y));
    if exchanged {
        faults.push(Fault::file(
            Code::CrsAxes,
            detail!(
                "横坐标（东）在前，格式要求纵坐标（北）在前；请设 swap_axes = true",
                "the file has the easting first, where the format wants the northing; set swap_axes = true"
            ),
        ));
    }
    let Some(datum) = system.datum else { return (!system.name.is_empty()).then(|| system.name.to_owned()) };
    let mut eastings: Vec<f64> = first.iter().map(|c| if exchanged { c.y } else { c.x }).collect();
    eastings.sort_by(f64::total_cmp);
    let easting = eastings.get(eastings.len() / 2).copied()?;
    let prefix = prefix(easting);
    let zone = match (system.zone, prefix) {
        (Some(zone), Some(prefix)) if zone_number(zone, system.width) != Some(prefix) => {
            let detail = detail!(
                "文件写明带号 {zone}，横坐标却以 {prefix} 开头",
                "the file says zone {zone}, its eastings begin with {prefix}"
            );
            faults.push(Fault::file(Code::CrsZone, detail));
            return None;
        }
        (_, Some(prefix)) => prefix,
        (Some(zone), None) => zone_number(zone, system.width)?,
        (None, None) => return fallback(datum, system.name),
    };
    let width = if (25..=45).contains(&zone) { 3 } else { 6 };
    if system.width.is_some_and(|said| said != width) {
        faults.push(Fault::file(
            Code::CrsZone,
            detail!(
                "文件写明 {} 度分带、带号 {zone}，二者不符",
                "the file says zones of {} degrees and zone {zone}, which do not go together",
                system.width.unwrap_or(width)
            ),
        ));
        return None;
    }
    epsg(datum, width, zone, prefix.is_some()).map(|code| format!("EPSG:{code}")).or_else(|| fallback(datum, system.name))
}

/// A datum without a zone: nothing for CGCS2000, whose zone must be asked for; the name of an old one, so that it is refused.
fn fallback(datum: Datum, name: &str) -> Option<String> {
    (datum != Datum::Cgcs2000).then(|| name.to_owned())
}

/// The number of the zone before the easting, if there is one.
fn prefix(easting: f64) -> Option<u32> {
    (13..=45).find(|zone| (f64::from(*zone) * 1e6..f64::from(*zone + 1) * 1e6).contains(&easting))
}

/// The number of a zone that is given by its number or its central meridian in degrees.
fn zone_number(zone: u32, width: Option<u32>) -> Option<u32> {
    match (zone, width) {
        (13..=23 | 25..=45, _) => Some(zone),
        (75..=135, Some(6)) => (zone + 3).is_multiple_of(6).then_some((zone + 3) / 6),
        (75..=135, _) => zone.is_multiple_of(3).then_some(zone / 3),
        _ => None,
    }
}

fn epsg(datum: Datum, width: u32, zone: u32, prefixed: bool) -> Option<u32> {
    let (three, three_bare, six, six_bare) = match datum {
        Datum::Cgcs2000 => (4513, 4534, 4491, 4502),
        Datum::Xian1980 => (2349, 2370, 2327, 2338),
        Datum::Beijing1954 => (2401, 2422, 21413, 21453),
    };
    match (width, prefixed) {
        (3, true) => Some(three + zone.checked_sub(25)?),
        (3, false) => Some(three_bare + zone.checked_sub(25)?),
        (_, true) => Some(six + zone.checked_sub(13)?),
        (_, false) => Some(six_bare + zone.checked_sub(13)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Crs;
    use crate::model::RawShape;

    fn found(name: &str, width: &str, zone: &str, easting: f64) -> (Option<String>, Vec<Code>) {
        let mut faults = Vec::new();
        let code = code(&System::said(name, width, zone), &[Coord { x: easting, y: 3_453_000.0 }], &mut faults);
        (code, faults.into_iter().map(|fault| fault.code).collect())
    }

    /// The codes are right if the point on the central meridian of every zone comes out on it.
    #[test]
    fn every_zone_of_cgcs2000_lies_on_its_central_meridian() {
        for zone in (13..=23).chain(25..=45) {
            let (width, meridian) = if zone >= 25 { ("3", zone * 3) } else { ("6", zone * 6 - 3) };
            for (prefixed, said) in [(true, zone), (false, zone), (false, meridian)] {
                let easting = 500_000.0 + if prefixed { f64::from(zone) * 1e6 } else { 0.0 };
                let (code, faults) = found("2000国家大地坐标系", width, &said.to_string(), easting);
                assert!(faults.is_empty(), "{faults:?}");
                let mut shapes = [RawShape::Parts(vec![vec![vec![Coord { x: easting, y: 3_453_000.0 }]]])];
                Crs::named(&code.unwrap()).unwrap().to_geographic(&mut shapes);
                let longitude = shapes[0].first_position().unwrap().x;
                assert!((longitude - f64::from(meridian)).abs() < 1e-9, "zone {zone}: {longitude}");
            }
        }
    }

    #[test]
    fn old_datums_are_named_so_that_they_are_refused() {
        for (name, zone, easting) in [
            ("西安80坐标系", "40", 40.5e6),
            ("80国家大地坐标系", "120", 0.5e6),
            ("北京54坐标系", "40", 40.5e6),
            ("西安80", "", 0.5e6),
        ] {
            let (code, _) = found(name, "3", zone, easting);
            assert!(Crs::named(&code.unwrap()).is_err(), "{name}");
        }
    }

    #[test]
    fn what_does_not_agree_is_said_and_not_guessed() {
        assert_eq!(found("2000国家大地坐标系", "3", "39", 40.5e6), (None, vec![Code::CrsZone]));
        assert_eq!(found("2000国家大地坐标系", "6", "40", 40.5e6), (None, vec![Code::CrsZone]));
        assert_eq!(found("2000国家大地坐标系", "3", "", 0.5e6), (None, vec![]));
        assert_eq!(found("2000国家大地坐标系", "", "", 40.5e6), (Some("EPSG:4528".into()), vec![]));
        let mut faults = Vec::new();
        let system = System::said("2000国家大地坐标系", "三度带", "40");
        let exchanged = code(&system, &[Coord { x: 3_453_000.0, y: 40_512_000.0 }], &mut faults);
        assert_eq!((exchanged.as_deref(), faults[0].code), (Some("EPSG:4528"), Code::CrsAxes));
    }
}
