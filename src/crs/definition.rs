//! What defines a system: the numbers of its projection and ellipsoid, whatever syntax they were given in.
//!
//! PROJ text is the one form every other syntax is turned into; the numbers are read from it.

use std::fmt::Write as _;

use super::zones;
use crate::finding::{Detail, detail};

/// A definition in numbers, with the names it came with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    /// As the text names it; an EPSG name where only a code was given.
    pub name: String,
    /// Names of geographic system, datum and ellipsoid, where the text has them.
    pub base: Base,
    /// PROJ text.
    pub text: String,
    pub numbers: Numbers,
    /// Shift to WGS 84 as PROJ writes it: three metres, or with three arc seconds and parts per million.
    pub shift: Option<Vec<f64>>,
    /// The EPSG code whose numbers these are.
    pub epsg: Option<u16>,
    /// Why name, code and numbers cannot all be true.
    pub contradiction: Option<Detail>,
}

/// Names of what a projection stands on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Base {
    pub system: Option<String>,
    pub datum: Option<String>,
    pub ellipsoid: Option<String>,
}

/// The kind of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Geographic,
    TransverseMercator,
    /// Spherical formulas on ellipsoidal latitudes, as web maps have it.
    WebMercator,
    Mercator,
    LambertConic,
    AlbersConic,
    /// Something PROJ knows and this program only passes on.
    Other,
}

/// Degrees, metres, and the ratio of unit to metre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numbers {
    pub method: Method,
    pub latitude: f64,
    pub meridian: f64,
    pub scale: f64,
    pub false_easting: f64,
    pub false_northing: f64,
    /// First and second standard parallel.
    pub parallels: (Option<f64>, Option<f64>),
    pub semi_major: f64,
    /// 1/f; 0 for a sphere.
    pub inverse_flattening: f64,
    pub metres_per_unit: f64,
    /// Longitude of the prime meridian from Greenwich.
    pub prime: f64,
}

/// Numbers closer than this are the same number: a millionth of a degree, a micrometre.
const SAME: f64 = 1e-6;
/// How far the inverse flattening of a modern ellipsoid (GRS80, CGCS2000, WGS 84) may be from their common value.
const MODERN: f64 = 1e-4;

impl Numbers {
    /// Whether the ellipsoid is one of the geocentric ones that CGCS2000, WGS 84 and ETRS89 share within 0.1 mm.
    pub fn is_modern(&self) -> bool {
        (self.semi_major - 6_378_137.0).abs() < 1e-3
            && ((self.inverse_flattening - 298.2572).abs() < MODERN || self.method == Method::WebMercator)
    }

    /// Whether both describe the same numbers on the ground. The ellipsoids may be any two modern ones.
    pub fn same(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < SAME;
        let parallel = |a: Option<f64>, b: Option<f64>| near(a.unwrap_or(self.latitude), b.unwrap_or(other.latitude));
        let ellipsoid = self.is_modern() && other.is_modern()
            || (near(self.semi_major, other.semi_major) && near(self.inverse_flattening, other.inverse_flattening));
        let projection = near(self.latitude, other.latitude)
            && near(self.meridian, other.meridian)
            && near(self.scale, other.scale)
            && near(self.false_easting, other.false_easting)
            && near(self.false_northing, other.false_northing)
            && near(self.metres_per_unit, other.metres_per_unit)
            && parallel(self.parallels.0, other.parallels.0)
            && parallel(self.parallels.1, other.parallels.1);
        self.method == other.method
            && self.method != Method::Other
            && ellipsoid
            && near(self.prime, other.prime)
            && (self.method == Method::Geographic || projection)
    }

    /// A Gauss–Krüger or transverse Mercator grid on CGCS2000.
    pub fn transverse_mercator(meridian: f64, scale: f64, false_easting: f64) -> Self {
        Self {
            method: Method::TransverseMercator,
            latitude: 0.0,
            meridian,
            scale,
            false_easting,
            false_northing: 0.0,
            parallels: (None, None),
            semi_major: 6_378_137.0,
            inverse_flattening: 298.257_222_101,
            metres_per_unit: 1.0,
            prime: 0.0,
        }
    }

    /// The numbers in a PROJ text; `None` where a value is not a plain number or the ellipsoid is one this program has no numbers of.
    pub fn of_proj(text: &str) -> Option<Self> {
        let words = Words(text);
        let method = match words.value("proj")? {
            "longlat" | "latlong" | "lonlat" | "latlon" => Method::Geographic,
            "tmerc" | "etmerc" | "utm" => Method::TransverseMercator,
            "webmerc" => Method::WebMercator,
            "merc" => Method::Mercator,
            "lcc" => Method::LambertConic,
            "aea" => Method::AlbersConic,
            _ => Method::Other,
        };
        // A word that changes the numbers in a way not known here, such as +axis: PROJ text alone says what they are then.
        let method = if words.pairs().all(|(key, _)| PLAIN.contains(&key)) { method } else { Method::Other };
        let (semi_major, inverse_flattening) = words.ellipsoid()?;
        let mut numbers = Self {
            method,
            latitude: words.number("lat_0", 0.0)?,
            meridian: words.number("lon_0", 0.0)?,
            scale: words.number("k_0", words.number("k", 1.0)?)?,
            false_easting: words.number("x_0", 0.0)?,
            false_northing: words.number("y_0", 0.0)?,
            parallels: (words.optional("lat_1")?.or(words.optional("lat_ts")?), words.optional("lat_2")?),
            semi_major,
            inverse_flattening,
            metres_per_unit: words.unit()?,
            prime: match words.value("pm") {
                None | Some("greenwich" | "Greenwich") => 0.0,
                Some(prime) => prime.parse().ok()?,
            },
        };
        if words.value("proj") == Some("utm") {
            let zone: u8 = words.value("zone")?.parse().ok().filter(|zone| (1..=60).contains(zone))?;
            numbers.meridian = f64::from(zone) * 6.0 - 183.0;
            (numbers.scale, numbers.false_easting) = (0.9996, 500_000.0);
            numbers.false_northing = if words.has("south") { 1e7 } else { 0.0 };
        }
        if method == Method::Mercator && inverse_flattening == 0.0 && numbers.scale == 1.0 {
            numbers.method = Method::WebMercator;
            numbers.parallels = (None, None);
        }
        [numbers.latitude, numbers.meridian, numbers.scale, numbers.false_easting, numbers.false_northing]
            .iter()
            .all(|n| n.is_finite())
            .then_some(numbers)
    }

    /// PROJ text without any datum, for the modern ellipsoids; `None` for [`Method::Other`].
    pub fn proj(&self) -> Option<String> {
        let Self { latitude, meridian, scale, false_easting: x, false_northing: y, .. } = *self;
        let mut text = match (self.method, self.parallels) {
            (Method::Geographic, _) => "+proj=longlat".to_owned(),
            (Method::TransverseMercator, _) => {
                format!("+proj=tmerc +lat_0={latitude} +lon_0={meridian} +k={scale} +x_0={x} +y_0={y}")
            }
            (Method::WebMercator, _) => {
                return Some(format!(
                    "+proj=merc +a=6378137 +b=6378137 +lon_0={meridian} +x_0={x} +y_0={y} +k=1 +units=m +no_defs"
                ));
            }
            (Method::Mercator, (Some(parallel), _)) => {
                format!("+proj=merc +lat_ts={parallel} +lon_0={meridian} +x_0={x} +y_0={y}")
            }
            (Method::Mercator, _) => format!("+proj=merc +lon_0={meridian} +k={scale} +x_0={x} +y_0={y}"),
            (Method::LambertConic, (first, second)) => {
                let first = first.unwrap_or(latitude);
                let second = second.map(|second| format!(" +lat_2={second}")).unwrap_or_default();
                format!("+proj=lcc +lat_1={first}{second} +lat_0={latitude} +lon_0={meridian} +k_0={scale} +x_0={x} +y_0={y}")
            }
            (Method::AlbersConic, (Some(first), second)) => {
                let second = second.unwrap_or(first);
                format!("+proj=aea +lat_1={first} +lat_2={second} +lat_0={latitude} +lon_0={meridian} +x_0={x} +y_0={y}")
            }
            (Method::AlbersConic | Method::Other, _) => return None,
        };
        let _ = match self.inverse_flattening {
            0.0 => write!(text, " +a={} +b={}", self.semi_major, self.semi_major),
            _ => write!(text, " +a={} +rf={}", self.semi_major, self.inverse_flattening),
        };
        if self.metres_per_unit != 1.0 {
            let _ = write!(text, " +to_meter={}", self.metres_per_unit);
        }
        if self.prime != 0.0 {
            let _ = write!(text, " +pm={}", self.prime);
        }
        text.push_str(" +no_defs");
        Some(text)
    }
}

/// Words of PROJ text whose meaning is in [`Numbers`], or that mean nothing here.
const PLAIN: [&str; 28] = [
    "proj", "lat_0", "lon_0", "k", "k_0", "x_0", "y_0", "lat_1", "lat_2", "lat_ts", "ellps", "datum", "a", "b", "rf", "f", "R",
    "units", "to_meter", "zone", "south", "pm", "towgs84", "nadgrids", "no_defs", "type", "wktext", "over",
];

/// The words of a PROJ text.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn pairs(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.0.split_whitespace().map(|word| {
            let word = word.trim_start_matches('+');
            word.split_once('=').map_or((word, None), |(key, value)| (key, Some(value)))
        })
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.pairs().find(|(name, _)| *name == key).and_then(|(_, value)| value)
    }

    fn has(&self, key: &str) -> bool {
        self.pairs().any(|(name, _)| name == key)
    }

    /// `Some(None)` where it is absent, `None` where it is not a number.
    fn optional(&self, key: &str) -> Option<Option<f64>> {
        match self.value(key) {
            None => Some(None),
            Some(text) => text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Some),
        }
    }

    fn number(&self, key: &str, default: f64) -> Option<f64> {
        self.optional(key).map(|n| n.unwrap_or(default))
    }

    fn ellipsoid(&self) -> Option<(f64, f64)> {
        let named = match (self.value("ellps"), self.value("datum")) {
            (Some(name), _) => Some(match name {
                "GRS80" => (6_378_137.0, 298.257_222_101),
                "WGS84" => (6_378_137.0, 298.257_223_563),
                "krass" => (6_378_245.0, 298.3),
                "IAU76" => (6_378_140.0, 298.257),
                "intl" => (6_378_388.0, 297.0),
                "bessel" => (6_377_397.155, 299.152_812_8),
                "clrk66" => (6_378_206.4, 294.978_698_213_898_2),
                "WGS72" => (6_378_135.0, 298.26),
                _ => return None,
            }),
            (None, Some("WGS84")) => Some((6_378_137.0, 298.257_223_563)),
            (None, Some("NAD83")) => Some((6_378_137.0, 298.257_222_101)),
            (None, Some(_)) => return None,
            (None, None) => None,
        };
        if let Some(radius) = self.optional("R")? {
            return Some((radius, 0.0));
        }
        let a = self.optional("a")?.or(named.map(|(a, _)| a))?;
        if let Some(b) = self.optional("b")? {
            return Some((a, if a == b { 0.0 } else { a / (a - b) }));
        }
        match (self.optional("rf")?, self.optional("f")?) {
            (Some(rf), _) => Some((a, rf)),
            (None, Some(f)) => Some((a, if f == 0.0 { 0.0 } else { f.recip() })),
            (None, None) => named.map(|(_, rf)| (a, rf)),
        }
    }

    fn unit(&self) -> Option<f64> {
        if let Some(ratio) = self.optional("to_meter")? {
            return Some(ratio);
        }
        Some(match self.value("units") {
            None | Some("m" | "deg" | "degrees") => 1.0,
            Some("km") => 1000.0,
            Some("ft") => 0.3048,
            Some("us-ft") => 1200.0 / 3937.0,
            Some(_) => return None,
        })
    }
}

impl Definition {
    /// A definition from PROJ text. `code`: the EPSG code that the text belongs to or that the source claims for it.
    pub fn new(name: String, base: Base, text: &str, code: Option<u16>) -> Option<Self> {
        let words = Words(text);
        let method_known = words.value("proj").is_some();
        let numbers = Numbers::of_proj(text).or_else(|| {
            // Passed on to PROJ as it stands; on an unknown ellipsoid it is an old datum.
            let (semi_major, inverse_flattening) = words.ellipsoid().unwrap_or((0.0, 0.0));
            let plain = Numbers::transverse_mercator(0.0, 1.0, 0.0);
            method_known.then_some(Numbers { method: Method::Other, semi_major, inverse_flattening, ..plain })
        })?;
        let shift = words
            .value("towgs84")
            .map(|list| list.split(',').map(|part| part.trim().parse::<f64>().ok()).collect::<Option<Vec<f64>>>())
            .filter(|shift| shift.as_ref().is_none_or(|shift| matches!(shift.len(), 3 | 7)));
        let shift = match shift {
            Some(None) => return None,
            Some(shift) => shift,
            None => None,
        };
        let mut definition = Self { name, base, text: text.to_owned(), numbers, shift, epsg: None, contradiction: None };
        definition.contradiction = definition.contradicted(code);
        definition.epsg = definition.identified(code);
        Some(definition)
    }

    /// Whether the numbers stand on an old datum, by the ellipsoid or by name.
    pub fn is_old_datum(&self) -> bool {
        !self.numbers.is_modern()
            || [&self.base.datum, &self.base.system, &Some(self.name.clone())]
                .into_iter()
                .flatten()
                .any(|name| zones::is_old_datum(name))
    }

    fn identified(&self, code: Option<u16>) -> Option<u16> {
        let stands = |code: &u16| {
            numbers_of(*code).is_some_and(|numbers| numbers.same(&self.numbers)) || self.numbers.method == Method::Other
        };
        if !self.numbers.is_modern() && self.numbers.method != Method::Other {
            return code.filter(stands);
        }
        code.filter(stands).or_else(|| zones::identify(&self.numbers, &self.name, self.base.system.as_deref()))
    }

    fn contradicted(&self, code: Option<u16>) -> Option<Detail> {
        if let Some(code) = code
            && let Some(numbers) = numbers_of(code)
            && self.numbers.method != Method::Other
            && !numbers.same(&self.numbers)
        {
            let Detail { zh, en } = self.numbers_in_words();
            return Some(detail!(
                "自称 EPSG:{code}，数值却属于另一坐标系（{zh}）",
                "it calls itself EPSG:{code}, but its numbers are another system's ({en})"
            ));
        }
        let grid = zones::Grid::named(&self.name)?;
        let differs = self.numbers.method == Method::TransverseMercator
            && ((grid.meridian() - self.numbers.meridian).abs() > SAME
                || grid.false_easting().is_some_and(|x| (x - self.numbers.false_easting).abs() > 1.0));
        differs.then(|| {
            let Detail { zh, en } = self.numbers_in_words();
            detail!("自称“{0}”，数值却是{zh}", "it calls itself \"{0}\", but its numbers are {en}", self.name)
        })
    }

    fn numbers_in_words(&self) -> Detail {
        let Numbers { meridian, false_easting, scale, .. } = self.numbers;
        detail!(
            "中央经线 {meridian}°，东移 {false_easting} m，尺度 {scale}",
            "central meridian {meridian}°, false easting {false_easting} m, scale {scale}"
        )
    }
}

/// The numbers of an EPSG code.
pub(super) fn numbers_of(code: u16) -> Option<Numbers> {
    crs_definitions::from_code(code).and_then(|definition| Numbers::of_proj(definition.proj4))
}
