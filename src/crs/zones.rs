//! The grids Chinese bureaus use, by number and by name: Gauss–Krüger zones of 3 and 6 degrees on CGCS2000, UTM, web Mercator.
//!
//! EPSG 4491–4501 are the 6-degree zones 13–23 with the zone before the easting, 4502–4512 the same without (CM 75–135);
//! 4513–4533 the 3-degree zones 25–45 with, 4534–4554 without it.

use super::definition::{Method, Numbers};
use crate::finding::{Detail, detail};

/// Zones of one width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Three,
    Six,
}

/// A grid of the transverse Mercator family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Grid {
    GaussKrueger {
        width: Width,
        /// Central meridian, degrees east.
        meridian: u8,
        /// Zone number before the easting: false easting = zone × 10⁶ + 500 000.
        prefixed: bool,
    },
    Utm {
        zone: u8,
        north: bool,
    },
}

impl Grid {
    /// Every Gauss–Krüger grid of CGCS2000 that has an EPSG code.
    pub fn gauss_krueger() -> impl Iterator<Item = Self> {
        let all = |width, step: u8| {
            (75..=135u8)
                .step_by(usize::from(step))
                .flat_map(move |meridian| [false, true].map(|prefixed| Self::GaussKrueger { width, meridian, prefixed }))
        };
        all(Width::Three, 3).chain(all(Width::Six, 6))
    }

    /// Central meridian, degrees.
    pub fn meridian(self) -> f64 {
        match self {
            Self::GaussKrueger { meridian, .. } => f64::from(meridian),
            Self::Utm { zone, .. } => f64::from(zone) * 6.0 - 183.0,
        }
    }

    /// Zone number; `None` where the width has no zone with that meridian.
    pub fn zone(self) -> Option<u8> {
        match self {
            Self::GaussKrueger { width: Width::Three, meridian, .. } => (meridian % 3 == 0).then_some(meridian / 3),
            Self::GaussKrueger { width: Width::Six, meridian, .. } => (meridian % 6 == 3).then_some(meridian / 6 + 1),
            Self::Utm { zone, .. } => Some(zone),
        }
    }

    /// False easting in metres, where the meridian has a zone number.
    pub fn false_easting(self) -> Option<f64> {
        match self {
            Self::GaussKrueger { prefixed: true, .. } => self.zone().map(|zone| f64::from(zone) * 1e6 + 500_000.0),
            _ => Some(500_000.0),
        }
    }

    /// Its EPSG code; UTM on WGS 84.
    pub fn epsg(self) -> Option<u16> {
        let meridian = match self {
            Self::Utm { zone, north } => {
                return (1..=60).contains(&zone).then(|| if north { 32_600 } else { 32_700 } + u16::from(zone));
            }
            Self::GaussKrueger { meridian, .. } => u16::from(meridian),
        };
        self.zone()?;
        if !(75..=135).contains(&meridian) {
            return None;
        }
        Some(match self {
            Self::GaussKrueger { width: Width::Six, prefixed: true, .. } => 4491 + (meridian - 75) / 6,
            Self::GaussKrueger { width: Width::Six, .. } => 4502 + (meridian - 75) / 6,
            Self::GaussKrueger { prefixed: true, .. } => 4513 + (meridian - 75) / 3,
            _ => 4534 + (meridian - 75) / 3,
        })
    }

    /// The grid an EPSG code of CGCS2000 or of UTM on WGS 84 means.
    pub fn of_epsg(code: u16) -> Option<Self> {
        let gauss = |width, index: u16, step: u16, prefixed| {
            u8::try_from(75 + index * step).ok().map(|meridian| Self::GaussKrueger { width, meridian, prefixed })
        };
        match code {
            4491..=4501 => gauss(Width::Six, code - 4491, 6, true),
            4502..=4512 => gauss(Width::Six, code - 4502, 6, false),
            4513..=4533 => gauss(Width::Three, code - 4513, 3, true),
            4534..=4554 => gauss(Width::Three, code - 4534, 3, false),
            32_601..=32_660 => u8::try_from(code - 32_600).ok().map(|zone| Self::Utm { zone, north: true }),
            32_701..=32_760 => u8::try_from(code - 32_700).ok().map(|zone| Self::Utm { zone, north: false }),
            _ => None,
        }
    }

    /// The grid a name says: `CGCS2000_3_Degree_GK_CM_120E`, `CGCS2000 / Gauss-Kruger zone 21`, `WGS_1984_UTM_Zone_51N`, `3度带 中央经线120`, `40带`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_uppercase().replace(['_', '-', '/', '°'], " ");
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&["UTM"]) {
            let (zone, rest) = number_after(&name, &["ZONE", "UTM"])?;
            return Some(Self::Utm { zone, north: !rest.trim_start().starts_with('S') });
        }
        let three = has(&["3 DEGREE", "3DEGREE", "3 DEG", "3度", "三度"]);
        let six = has(&["6 DEGREE", "6DEGREE", "6 DEG", "6度", "六度"]);
        if !(three || six || has(&["GK", "GAUSS", "高斯", "中央经线", "中央子午线", "带"])) {
            return None;
        }
        if let Some((meridian, _)) = number_after(&name, &["CM", "中央经线", "中央子午线"]) {
            let width = if six || (!three && meridian % 6 == 3 && has(&["GK", "GAUSS"])) { Width::Six } else { Width::Three };
            return Some(Self::GaussKrueger { width, meridian, prefixed: false });
        }
        let (zone, _) = number_after(&name, &["ZONE"]).or_else(|| zone_before_character(&name))?;
        // The numbers of the two widths do not meet in China: 13 to 23, and 25 to 45.
        let width = if six || (!three && (13..=23).contains(&zone)) { Width::Six } else { Width::Three };
        let meridian = match width {
            Width::Three => zone.checked_mul(3)?,
            Width::Six => zone.checked_mul(6)?.checked_sub(3)?,
        };
        Some(Self::GaussKrueger { width, meridian, prefixed: true })
    }

    /// In words.
    pub fn describe(self) -> Detail {
        match self {
            Self::GaussKrueger { width, meridian, prefixed } => {
                let width = if width == Width::Three { 3 } else { 6 };
                let easting = match (prefixed, self.zone()) {
                    (true, Some(zone)) => detail!("横坐标带带号 {zone}", "zone {zone} before the easting"),
                    _ => Detail::new("横坐标不带带号", "easting without zone"),
                };
                detail!(
                    "CGCS2000 高斯–克吕格 {width} 度带，中央经线 {meridian}°E，",
                    "CGCS2000, {width}-degree Gauss–Krüger, central meridian {meridian}° E, "
                )
                .and(&easting)
            }
            Self::Utm { zone, north } => {
                let side = if north { 'N' } else { 'S' };
                detail!("WGS 84 UTM {zone}{side} 带", "WGS 84, UTM zone {zone}{side}")
            }
        }
    }
}

/// The first number after any of the words, at most three characters behind it, and what follows it.
fn number_after<'a>(text: &'a str, words: &[&str]) -> Option<(u8, &'a str)> {
    words.iter().find_map(|word| {
        text.match_indices(word).find_map(|(at, _)| {
            let rest = text[at + word.len()..].trim_start_matches([' ', ':', '=', '：', '为', '是']);
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse().ok().map(|number| (number, &rest[digits..]))
        })
    })
}

/// The zone in `40带` or `第40带`.
fn zone_before_character(text: &str) -> Option<(u8, &str)> {
    text.match_indices('带').find_map(|(at, _)| {
        let before = &text[..at];
        let digits =
            before.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        before[digits..].parse().ok().map(|zone| (zone, &text[at..]))
    })
}

/// Whether a name means Beijing 1954 or Xian 1980.
pub(super) fn is_old_datum(name: &str) -> bool {
    let name = name.to_uppercase().replace(['_', '-', ' ', '\'', '’'], "");
    [
        "BEIJING1954",
        "BEIJING54",
        "XIAN1980",
        "XIAN80",
        "北京54",
        "北京1954",
        "1954北京",
        "54北京",
        "西安80",
        "西安1980",
        "1980西安",
        "80西安",
    ]
    .iter()
    .any(|old| name.contains(old))
}

/// Whether an EPSG code is a zone of Beijing 1954 or Xian 1980. Not all of them are in the tables of libraries: of Beijing 1954 the
/// 6-degree zones are there with and without prefix, and once more with other names of their axes.
pub(super) fn is_old_code(code: u16) -> bool {
    let beijing = matches!(code, 4214 | 2401..=2442 | 21413..=21423 | 21453..=21463 | 21473..=21483);
    beijing || matches!(code, 4610 | 2327..=2390)
}

/// The EPSG code of numbers on a modern ellipsoid. Where a 3-degree and a 6-degree grid have the same numbers, the name decides.
pub(super) fn identify(numbers: &Numbers, name: &str, system: Option<&str>) -> Option<u16> {
    let wgs = (numbers.inverse_flattening - 298.257_223_563).abs() < 1e-7;
    match numbers.method {
        Method::Geographic => (numbers.prime == 0.0).then_some(if wgs { 4326 } else { 4490 }),
        Method::WebMercator => numbers.same(&super::definition::numbers_of(3857)?).then_some(3857),
        Method::TransverseMercator => {
            let foreign = system.is_some_and(|system| {
                let system = system.to_uppercase();
                !["CHINA", "CGCS", "2000", "WGS"].iter().any(|known| system.contains(known))
            });
            if foreign {
                return None;
            }
            let mut found = grids(wgs).filter(|grid| numbers_of(*grid).is_some_and(|other| other.same(numbers)));
            let first = found.next()?;
            let second = found
                .next()
                .filter(|_| Grid::named(name).is_some_and(|grid| matches!(grid, Grid::GaussKrueger { width: Width::Six, .. })));
            second.unwrap_or(first).epsg()
        }
        _ => None,
    }
}

fn grids(wgs: bool) -> Box<dyn Iterator<Item = Grid>> {
    if wgs {
        let utm = |north| (1..=60).map(move |zone| Grid::Utm { zone, north });
        Box::new(utm(true).chain(utm(false)))
    } else {
        Box::new(Grid::gauss_krueger())
    }
}

/// The numbers of a grid.
pub(super) fn numbers_of(grid: Grid) -> Option<Numbers> {
    let scale = if matches!(grid, Grid::Utm { .. }) { 0.9996 } else { 1.0 };
    let numbers = Numbers::transverse_mercator(grid.meridian(), scale, grid.false_easting()?);
    Some(match grid {
        Grid::Utm { north: false, .. } => Numbers { false_northing: 1e7, ..numbers },
        _ => numbers,
    })
}
