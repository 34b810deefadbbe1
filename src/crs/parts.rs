//! What a definition says, whatever it was written in, and the PROJ text that means the same.
//!
//! Projections met in China are translated here; what else there is in WKT goes to `proj4wkt`.

use std::fmt::Write as _;
use std::panic::catch_unwind;

use super::definition::{Base, Definition};

/// Nesting beyond which a text is no definition.
pub(super) const DEEPEST: usize = 32;
/// Bytes beyond which a text is no definition.
pub(super) const LONGEST: usize = 1 << 16;

/// What a definition says, before it is PROJ text.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub name: String,
    pub base: Base,
    /// Method by name; `None` for longitude and latitude.
    pub method: Option<String>,
    /// Name and value; angles in degrees, lengths in metres.
    pub parameters: Vec<(String, f64)>,
    /// Semi-major axis in metres and inverse flattening.
    pub ellipsoid: Option<(f64, f64)>,
    pub shift: Option<Vec<f64>>,
    pub prime: f64,
    pub metres_per_unit: f64,
    pub code: Option<u16>,
    /// PROJ text that comes along and goes before everything else.
    pub proj: Option<String>,
}

pub(super) fn built(parts: Parts, wkt: Option<&str>) -> Result<Definition, String> {
    let text = match (&parts.proj, proj_text(&parts)) {
        (Some(proj), _) => proj.clone(),
        (None, Ok(text)) => text,
        // The shift is taken from here, not from there.
        (None, Err(why)) => wkt.and_then(by_proj4wkt).ok_or(why)?,
    };
    let shift = parts.shift.as_ref().filter(|_| !text.contains("+towgs84=")).map(|shift| {
        let list: Vec<String> = shift.iter().map(f64::to_string).collect();
        format!(" +towgs84={}", list.join(","))
    });
    let text = text + &shift.unwrap_or_default();
    Definition::new(parts.name, parts.base, &text, parts.code).ok_or_else(|| "its numbers cannot be used".to_owned())
}

/// `proj4wkt` invents a null shift, which would make every old datum a modern one: it is taken out again.
fn by_proj4wkt(wkt: &str) -> Option<String> {
    let text = catch_unwind(|| proj4wkt::wkt_to_projstring(wkt).ok()).ok()??;
    Some(text.split_whitespace().filter(|word| !word.starts_with("+towgs84=")).collect::<Vec<_>>().join(" "))
}

/// Letters and digits of a name, lower case.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn proj_text(parts: &Parts) -> Result<String, String> {
    let mut text = match &parts.method {
        None => "+proj=longlat".to_owned(),
        Some(method) => projection(&plain(method), parts)?,
    };
    if text.contains("+a=") {
        return Ok(text + " +no_defs");
    }
    let (a, rf) = parts.ellipsoid.ok_or("it names no ellipsoid")?;
    text.push_str(&if rf == 0.0 { format!(" +a={a} +b={a}") } else { format!(" +a={a} +rf={rf}") });
    if parts.prime != 0.0 {
        let _ = write!(text, " +pm={}", parts.prime);
    }
    if parts.method.is_some() {
        text.push_str(&if parts.metres_per_unit == 1.0 {
            " +units=m".to_owned()
        } else {
            format!(" +to_meter={}", parts.metres_per_unit)
        });
    }
    Ok(text + " +no_defs")
}

fn projection(method: &str, parts: &Parts) -> Result<String, String> {
    let has = |key: &str| parts.parameters.iter().any(|(name, _)| parameter(name) == Some(key));
    let name = match method {
        "transversemercator" | "gausskruger" | "gausskruger6degree" => "tmerc",
        "mercatorauxiliarysphere" | "popularvisualisationpseudomercator" => {
            return Ok("+proj=merc +a=6378137 +b=6378137 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m".to_owned());
        }
        "mercator" | "mercator1sp" | "mercator2sp" | "mercatorvarianta" | "mercatorvariantb" => "merc",
        "lambertconformalconic"
        | "lambertconformalconic2sp"
        | "lambertconicconformal2sp"
        | "lambertconformalconic1sp"
        | "lambertconicconformal1sp" => "lcc",
        "albers" | "albersconicequalarea" | "albersequalarea" => "aea",
        _ => return Err(format!("its projection \"{method}\" is not known")),
    };
    let mut text = format!("+proj={name}");
    for (parameter_name, value) in &parts.parameters {
        let key = parameter(parameter_name).ok_or_else(|| format!("its parameter \"{parameter_name}\" is not known"))?;
        let key = match (name, key) {
            ("merc", "lat_1") => "lat_ts",
            ("merc", "lat_0") => continue,
            (_, key) => key,
        };
        let _ = write!(text, " +{key}={value}");
    }
    if name == "lcc" && !has("lat_1") {
        let latitude =
            parts.parameters.iter().find(|(name, _)| parameter(name) == Some("lat_0")).map_or(0.0, |(_, value)| *value);
        let _ = write!(text, " +lat_1={latitude}");
    }
    Ok(text)
}

/// The PROJ parameter that a WKT parameter is.
pub(super) fn parameter(name: &str) -> Option<&'static str> {
    Some(match plain(name).as_str() {
        "latitudeoforigin" | "latitudeofnaturalorigin" | "latitudeoffalseorigin" | "latitudeofcenter" | "latitudeofcentre" => {
            "lat_0"
        }
        "centralmeridian"
        | "longitudeofnaturalorigin"
        | "longitudeoffalseorigin"
        | "longitudeoforigin"
        | "longitudeofcenter"
        | "longitudeofcentre" => "lon_0",
        "scalefactor" | "scalefactoratnaturalorigin" => "k",
        "falseeasting" | "eastingatfalseorigin" => "x_0",
        "falsenorthing" | "northingatfalseorigin" => "y_0",
        "standardparallel1" | "latitudeof1ststandardparallel" => "lat_1",
        "standardparallel2" | "latitudeof2ndstandardparallel" => "lat_2",
        _ => return None,
    })
}

pub(super) fn is_angle(name: &str) -> bool {
    matches!(parameter(name), Some("lat_0" | "lon_0" | "lat_1" | "lat_2"))
}

/// The shift of a coordinate-frame or position-vector transformation's parameters; its scale is a ratio.
pub(super) fn shift_of(method: &str, values: &[(String, f64)]) -> Result<Vec<f64>, String> {
    let find = |word: &str, kind: &str| {
        values.iter().find(|(name, _)| plain(name).starts_with(word) && plain(name).contains(kind)).map(|(_, value)| *value)
    };
    let axis = |kind| ["xaxis", "yaxis", "zaxis"].into_iter().map(|axis| find(axis, kind)).collect::<Option<Vec<f64>>>();
    let mut shift = axis("translation").ok_or("its transformation is not a datum shift of three or seven parameters")?;
    if let (Some(rotations), Some(scale)) = (axis("rotation"), find("scale", "difference")) {
        // PROJ turns the position, the coordinate-frame method turns the axes.
        let sign = if plain(method).contains("coordinateframe") { -1.0 } else { 1.0 };
        shift.extend(rotations.into_iter().map(|rotation| rotation * sign));
        shift.push((scale - 1.0) * 1e6);
    }
    Ok(shift)
}

/// A degree written as 0.0174532925199433 is a degree.
pub(super) fn rounded_degree(degrees: f64) -> f64 {
    if (degrees - 1.0).abs() < 1e-9 { 1.0 } else { degrees }
}
