//! Which system a text means, whatever syntax it is in.

use std::panic::catch_unwind;
use std::sync::Arc;

use proj4rs::Proj;

use super::definition::{Base, Definition, Method};
use super::shift::Shift;
use super::zones::{self, Grid};
use super::{Crs, Projection, REMEDY, projjson, wkt};
use crate::error::{Error, Result};

/// The shift to WGS 84 that libraries attach to Beijing 1954 wherever it is: it was measured in the Bohai Sea.
const BOHAI: [f64; 3] = [15.8, -154.4, -82.3];

pub(super) fn named(text: &str) -> Result<Crs> {
    let text = text.trim().trim_start_matches('\u{feff}').trim_end_matches('\0').trim();
    if let Some(crs) = alias(text) {
        return Ok(crs);
    }
    if text.starts_with('{') {
        return projjson::definition(text)
            .map_err(|why| unusable("the PROJJSON text", &why))
            .and_then(|d| opened(d, Given::InFull));
    }
    if text.starts_with('+') {
        return of_proj(text);
    }
    if wkt::is_wkt(text) {
        let definition = wkt::definition(text).map_err(|why| unusable(&short(text), &why))?;
        // A shifted layer as we write it: the numbers are those of CGCS2000, only the name tells.
        if let Some(shifted @ Crs::Shifted(_)) = alias(&definition.name) {
            return Ok(shifted);
        }
        return opened(definition, Given::InFull);
    }
    if let Some(code) = code(text) {
        return if zones::is_old_code(code) { Err(old_datum(&short(text))) } else { of_code(code, text) };
    }
    if zones::is_old_datum(text) {
        return Err(old_datum(&short(text)));
    }
    match Grid::named(text).filter(|grid| on_modern_datum(text, *grid)).and_then(Grid::epsg) {
        Some(code) => of_code(code, text),
        None => Err(unknown(&short(text))),
    }
}

/// Words behind the name of a datum that say no more than that it is one.
const SUFFIXES: [&str; 6] = ["坐标系统", "坐标系", "坐标", "经纬度", "大地", "地理"];

fn alias(text: &str) -> Option<Crs> {
    let plain: String = text.to_uppercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let mut plain = plain.as_str();
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| plain.strip_suffix(suffix)) {
        plain = shorter;
    }
    match plain {
        "GCJ02" | "GCJ" | "火星" | "国测局" => Some(Crs::Shifted(Shift::Gcj02)),
        "BD09" | "BD09LL" | "百度" => Some(Crs::Shifted(Shift::Bd09)),
        "WGS84"
        | "WGS1984"
        | "GCSWGS84"
        | "GCSWGS1984"
        | "WORLDGEODETICSYSTEM1984"
        | "CGCS2000"
        | "GCSCGCS2000"
        | "CHINA2000"
        | "GCSCHINAGEODETICCOORDINATESYSTEM2000"
        | "CHINAGEODETICCOORDINATESYSTEM2000"
        | "国家2000"
        | "2000国家"
        | "中国2000"
        | "国家大地2000"
        | "国家大地坐标系2000"
        | "中国大地坐标系2000"
        | "ETRS89"
        | "ETRS1989"
        | "GCSETRS89"
        | "GCSETRS1989"
        | "EUREF89" => Some(Crs::Geographic),
        "WGS1984WEBMERCATORAUXILIARYSPHERE" => of_code(3857, text).ok(),
        _ if plain.ends_with("CRS84") => Some(Crs::Geographic),
        _ => None,
    }
}

/// The code in `EPSG:4549`, `urn:ogc:def:crs:EPSG::4549`, `http://www.opengis.net/def/crs/EPSG/0/4549` or `4549`.
fn code(text: &str) -> Option<u16> {
    let upper = text.to_ascii_uppercase();
    let digits = upper.rsplit([':', '/', '#']).next()?.trim();
    let code: u32 = digits.parse().ok()?;
    let known = upper.contains("EPSG") || upper.contains("ESRI") || upper.chars().all(|c| c.is_ascii_digit());
    // What ESRI and others called web Mercator before it had its code.
    let code = if matches!(code, 900_913 | 102_100 | 102_113) { 3857 } else { code };
    known.then(|| u16::try_from(code).ok()).flatten()
}

fn of_code(code: u16, text: &str) -> Result<Crs> {
    let Some(definition) = crs_definitions::from_code(code) else { return Err(unknown(&short(text))) };
    let names = wkt::definition(definition.wkt).ok();
    let (name, base) = names.map_or_else(|| (format!("EPSG:{code}"), Base::default()), |names| (names.name, names.base));
    let name = if name == "unnamed" { format!("EPSG:{code}") } else { name };
    let definition = Definition::new(name, base, definition.proj4, Some(code)).ok_or_else(|| unknown(text))?;
    opened(Definition { contradiction: None, epsg: Some(code), ..definition }, Given::AsCode)
}

fn of_proj(text: &str) -> Result<Crs> {
    let init = text.split_whitespace().find_map(|word| word.trim_start_matches('+').strip_prefix("init="));
    if let Some(init) = init {
        return named(&init.to_ascii_uppercase());
    }
    if text.len() > 4096 || !text.contains("proj=") {
        return Err(unknown(&short(text)));
    }
    let definition = Definition::new(text.to_owned(), Base::default(), text, None)
        .ok_or_else(|| unusable(&short(text), "a number in it is none, or +towgs84 has not 3 or 7 of them"))?;
    opened(definition, Given::InFull)
}

/// How much of a definition its author wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// Only a code: a datum shift that comes with it is some other place's and is not taken.
    AsCode,
    InFull,
}

fn opened(definition: Definition, given: Given) -> Result<Crs> {
    let shown = short(&definition.name);
    let old = definition.is_old_datum();
    if given == Given::InFull && definition.text.contains("+nadgrids=") && !definition.text.contains("+nadgrids=@null") {
        return Err(unusable(&shown, "its datum needs a grid file, which this program does not read"));
    }
    let shift = definition.shift.as_deref().filter(|shift| given == Given::InFull && is_local(shift));
    if old && shift.is_none() {
        return Err(old_datum(&shown));
    }
    if definition.numbers.method == Method::Geographic && shift.is_none() && definition.numbers.prime == 0.0 {
        return Ok(Crs::Geographic);
    }
    let (from, to) = match shift {
        // Between modern datums no shift is taken: they are one.
        None => {
            (definition.numbers.proj().unwrap_or_else(|| without_datum(&definition.text)), "+proj=longlat +ellps=GRS80 +no_defs")
        }
        Some(_) => (definition.text.clone(), "+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +no_defs"),
    };
    let (from, to) = (open(&from, &shown)?, open(to, &shown)?);
    Ok(Crs::Projected(Arc::new(Projection { definition, from, to })))
}

/// Whether a datum shift can be the one of this place: not null, and not the one that comes with every Beijing 1954.
fn is_local(shift: &[f64]) -> bool {
    let bohai = shift.iter().zip(BOHAI).all(|(a, b)| (a - b).abs() < 1e-9);
    !bohai && shift.iter().any(|part| *part != 0.0)
}

/// PROJ text that stands on its ellipsoid alone.
fn without_datum(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !["+towgs84=", "+nadgrids="].iter().any(|key| word.starts_with(key)));
    words
        .map(|word| word.replace("+datum=WGS84", "+ellps=WGS84").replace("+datum=NAD83", "+ellps=GRS80"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn open(text: &str, shown: &str) -> Result<Proj> {
    match catch_unwind(|| Proj::from_proj_string(text)) {
        Ok(Ok(proj)) => Ok(proj),
        Ok(Err(e)) => Err(unusable(shown, &e.to_string())),
        Err(_) => Err(unusable(shown, "its numbers make no projection")),
    }
}

/// A zone number alone says nothing of the datum.
fn on_modern_datum(text: &str, grid: Grid) -> bool {
    let upper = text.to_uppercase();
    match grid {
        Grid::Utm { .. } => upper.contains("WGS"),
        Grid::GaussKrueger { .. } => upper.contains("2000"),
    }
}

fn unknown(shown: &str) -> Error {
    Error::new(format!("the coordinate reference system \"{shown}\" is not known")).remedy(REMEDY)
}

fn unusable(shown: &str, why: &str) -> Error {
    Error::new(format!("the coordinate reference system \"{shown}\" cannot be used: {why}")).remedy(REMEDY)
}

fn old_datum(shown: &str) -> Error {
    Error::new(format!("\"{shown}\" is on an old datum (such as Beijing 1954 or Xian 1980) that cannot be turned into CGCS2000 without local parameters")).remedy(
        "convert the layer with your bureau's seven parameters, or give them as PROJ text: crs = \"+proj=tmerc … +towgs84=dx,dy,dz,rx,ry,rz,s\"; or give points known in both systems: crs = { control_points = \"points.csv\" }",
    )
}

/// A text cut to what fits into a message.
fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 80 { line } else { line.chars().take(77).chain("...".chars()).collect() }
}
