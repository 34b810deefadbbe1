//! Well-known text, 1 (OGC and ESRI) and 2, and PROJJSON: read into names and PROJ text.
//!
//! Projections met in China are translated here; what else there is goes to `proj4wkt`.

use std::panic::catch_unwind;

use serde_json::Value as Json;

use super::definition::{Base, Definition};

/// Nesting beyond which a text is no definition.
const DEEPEST: usize = 32;
/// Bytes beyond which a text is no definition.
const LONGEST: usize = 1 << 16;

/// What a definition says, before it is PROJ text.
#[derive(Debug, Default)]
struct Parts {
    name: String,
    base: Base,
    /// Method by name; `None` for longitude and latitude.
    method: Option<String>,
    /// Name and value; angles in degrees, lengths in metres.
    parameters: Vec<(String, f64)>,
    /// Semi-major axis in metres and inverse flattening.
    ellipsoid: Option<(f64, f64)>,
    shift: Option<Vec<f64>>,
    prime: f64,
    metres_per_unit: f64,
    code: Option<u16>,
    /// PROJ text that comes along and goes before everything else.
    proj: Option<String>,
}

/// Whether a text looks like WKT.
pub(super) fn is_wkt(text: &str) -> bool {
    let word: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let word = word.to_ascii_uppercase();
    ["CS", "CRS"].iter().any(|end| word.ends_with(end)) && text[word.len()..].trim_start().starts_with(['[', '('])
}

/// Reads WKT; the error says what is wrong with it.
pub(super) fn definition(text: &str) -> Result<Definition, String> {
    if text.len() > LONGEST {
        return Err("it is too long for a definition".to_owned());
    }
    let node = Parser { rest: text.trim() }.node(0).ok_or("it is not well-formed WKT")?;
    let parts = of_system(&node)?;
    built(parts, Some(text))
}

/// Reads PROJJSON; the error says what is wrong with it.
pub(super) fn definition_of_projjson(text: &str) -> Result<Definition, String> {
    if text.len() > LONGEST {
        return Err("it is too long for a definition".to_owned());
    }
    let json: Json = serde_json::from_str(text).map_err(|e| format!("it is not PROJJSON: {e}"))?;
    built(of_json(&json, 0)?, None)
}

fn built(parts: Parts, wkt: Option<&str>) -> Result<Definition, String> {
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
fn plain(name: &str) -> String {
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
        text.push_str(&format!(" +pm={}", parts.prime));
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
        text.push_str(&format!(" +{key}={value}"));
    }
    if name == "lcc" && !has("lat_1") {
        let latitude =
            parts.parameters.iter().find(|(name, _)| parameter(name) == Some("lat_0")).map_or(0.0, |(_, value)| *value);
        text.push_str(&format!(" +lat_1={latitude}"));
    }
    Ok(text)
}

/// The PROJ parameter that a WKT parameter is.
fn parameter(name: &str) -> Option<&'static str> {
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

fn is_angle(name: &str) -> bool {
    matches!(parameter(name), Some("lat_0" | "lon_0" | "lat_1" | "lat_2"))
}

/// One bracket of WKT.
#[derive(Debug)]
struct Node {
    word: String,
    values: Vec<Value>,
}

#[derive(Debug)]
enum Value {
    Text(String),
    Number(f64),
    Word,
    Node(Node),
}

impl Node {
    fn nodes(&self) -> impl Iterator<Item = &Self> {
        self.values.iter().filter_map(|value| if let Value::Node(node) = value { Some(node) } else { None })
    }

    fn node(&self, words: &[&str]) -> Option<&Self> {
        self.nodes().find(|node| words.contains(&node.word.as_str()))
    }

    fn name(&self) -> Option<String> {
        self.values.first().and_then(|value| if let Value::Text(text) = value { Some(text.clone()) } else { None })
    }

    fn numbers(&self) -> impl Iterator<Item = f64> {
        self.values.iter().filter_map(|value| if let Value::Number(number) = value { Some(*number) } else { None })
    }

    fn number(&self) -> Option<f64> {
        self.numbers().next()
    }

    /// Degrees in the unit of this node's angles.
    fn degrees(&self) -> Option<f64> {
        self.node(&["UNIT", "ANGLEUNIT"]).and_then(Self::number).map(f64::to_degrees).map(rounded_degree)
    }

    fn metres(&self) -> Option<f64> {
        self.node(&["UNIT", "LENGTHUNIT"]).and_then(Self::number)
    }

    fn code(&self) -> Option<u16> {
        let id = self.node(&["AUTHORITY", "ID"])?;
        let mut texts = id.values.iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        texts.next().filter(|authority| authority.eq_ignore_ascii_case("EPSG"))?;
        texts.next()?.parse().ok()
    }
}

/// A degree written as 0.0174532925199433 is a degree.
fn rounded_degree(degrees: f64) -> f64 {
    if (degrees - 1.0).abs() < 1e-9 { 1.0 } else { degrees }
}

const GEOGRAPHIC: [&str; 5] = ["GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS"];
const BASE: [&str; 5] = ["GEOGCS", "BASEGEOGCRS", "BASEGEODCRS", "GEOGCRS", "GEODCRS"];

fn of_system(node: &Node) -> Result<Parts, String> {
    match node.word.as_str() {
        "PROJCS" | "PROJCRS" | "PROJECTEDCRS" => of_projected(node),
        word if GEOGRAPHIC.contains(&word) => of_geographic(node, &["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"]),
        "COMPD_CS" | "COMPOUNDCRS" => {
            node.nodes().find_map(|part| of_system(part).ok()).ok_or_else(|| "it has no horizontal part".to_owned())
        }
        "BOUNDCRS" => of_bound(node),
        word => Err(format!("a {word} has no place on the map")),
    }
}

fn of_bound(node: &Node) -> Result<Parts, String> {
    let source = node.node(&["SOURCECRS"]).and_then(|source| source.nodes().next()).ok_or("its SOURCECRS is missing")?;
    let mut parts = of_system(source)?;
    if let Some(transformation) = node.node(&["ABRIDGEDTRANSFORMATION"]) {
        let values: Vec<(String, f64)> = transformation
            .nodes()
            .filter(|node| node.word == "PARAMETER")
            .filter_map(|node| node.name().zip(node.number()))
            .collect();
        let method = transformation.node(&["METHOD"]).and_then(Node::name).unwrap_or_default();
        parts.shift = Some(shift_of(&method, &values)?);
    }
    Ok(parts)
}

/// The shift of a coordinate-frame or position-vector transformation's parameters; its scale is a ratio.
fn shift_of(method: &str, values: &[(String, f64)]) -> Result<Vec<f64>, String> {
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

fn of_geographic(node: &Node, datums: &[&str]) -> Result<Parts, String> {
    let datum = node.node(datums).ok_or("it names no datum")?;
    let spheroid = datum
        .node(&["SPHEROID", "ELLIPSOID"])
        .or_else(|| node.node(&["SPHEROID", "ELLIPSOID"]))
        .ok_or("it names no ellipsoid")?;
    let mut numbers = spheroid.numbers();
    let (a, rf) = numbers.next().zip(numbers.next()).ok_or("its ellipsoid has no numbers")?;
    let metres = spheroid.metres().unwrap_or(1.0);
    let prime = node.node(&["PRIMEM", "PRIMEMERIDIAN"]).or_else(|| datum.node(&["PRIMEM"]));
    let degrees = node.degrees().unwrap_or(1.0);
    Ok(Parts {
        name: node.name().unwrap_or_default(),
        base: Base { system: node.name(), datum: datum.name(), ellipsoid: spheroid.name() },
        ellipsoid: Some((a * metres, rf)),
        shift: datum.node(&["TOWGS84"]).or_else(|| node.node(&["TOWGS84"])).map(|shift| shift.numbers().collect()),
        prime: prime.and_then(|prime| Some(prime.number()? * prime.degrees().unwrap_or(degrees))).unwrap_or(0.0),
        metres_per_unit: 1.0,
        code: node.code(),
        ..Parts::default()
    })
}

fn of_projected(node: &Node) -> Result<Parts, String> {
    let base = node.node(&BASE).ok_or("it names no geographic system")?;
    let parts = of_geographic(base, &["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"])?;
    let degrees = base.degrees().unwrap_or(1.0);
    let axis_unit = node.node(&["AXIS"]).and_then(Node::metres);
    let metres = node.metres().or(axis_unit).unwrap_or(1.0);
    let conversion = node.node(&["CONVERSION"]).unwrap_or(node);
    let method = conversion.node(&["PROJECTION", "METHOD"]).and_then(Node::name).ok_or("it names no projection")?;
    let parameters = conversion
        .nodes()
        .filter(|node| node.word == "PARAMETER")
        .filter_map(|node| {
            let (name, value) = node.name().zip(node.number())?;
            let key = parameter(&name);
            let value = match key {
                Some("k") => value,
                Some(_) if is_angle(&name) => value * node.degrees().unwrap_or(degrees),
                Some(_) => value * node.metres().unwrap_or(if conversion.word == "CONVERSION" { 1.0 } else { metres }),
                None => value,
            };
            Some((name, value))
        })
        .collect();
    let proj = node
        .node(&["EXTENSION"])
        .filter(|extension| extension.name().is_some_and(|name| name.eq_ignore_ascii_case("PROJ4")))
        .and_then(|extension| if let Some(Value::Text(text)) = extension.values.get(1) { Some(text.clone()) } else { None });
    Ok(Parts {
        name: node.name().unwrap_or_default(),
        method: Some(method),
        parameters,
        metres_per_unit: metres,
        code: node.code(),
        proj,
        ..parts
    })
}

/// A recursive-descent reader of WKT.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn node(&mut self, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        let word = self.word()?.to_ascii_uppercase();
        self.node_after(word, depth)
    }

    fn node_after(&mut self, word: String, depth: usize) -> Option<Node> {
        self.one_of(&['[', '('])?;
        let mut values = Vec::new();
        loop {
            values.push(self.value(depth)?);
            match self.one_of(&[',', ']', ')'])? {
                ',' => {}
                _ => return Some(Node { word, values }),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '"' | '“' => self.text().map(Value::Text),
            c if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => {
                let end = self
                    .rest
                    .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E')))
                    .unwrap_or(self.rest.len());
                let number = self.rest[..end].parse().ok()?;
                self.rest = &self.rest[end..];
                Some(Value::Number(number))
            }
            _ => {
                let word = self.word()?.to_ascii_uppercase();
                self.rest = self.rest.trim_start();
                if self.rest.starts_with(['[', '(']) {
                    if depth >= DEEPEST {
                        return None;
                    }
                    self.node_after(word, depth + 1).map(Value::Node)
                } else {
                    Some(Value::Word)
                }
            }
        }
    }

    /// A quoted text; a quote in it is doubled.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = characters.next() {
            if !matches!(c, '"' | '”') {
                text.push(c);
            } else if c == '"' && characters.peek().is_some_and(|(_, next)| *next == '"') {
                text.push(c);
                characters.next();
            } else {
                self.rest = &self.rest[at + c.len_utf8()..];
                return Some(text);
            }
        }
        None
    }

    fn word(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn one_of(&mut self, wanted: &[char]) -> Option<char> {
        self.rest = self.rest.trim_start();
        let c = self.rest.chars().next().filter(|c| wanted.contains(c))?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }
}

fn of_json(json: &Json, depth: usize) -> Result<Parts, String> {
    if depth > DEEPEST {
        return Err("it is nested too deep".to_owned());
    }
    let name = json["name"].as_str().unwrap_or_default().to_owned();
    let code = code_of_json(json);
    match json["type"].as_str().unwrap_or("GeographicCRS") {
        "GeographicCRS" | "GeodeticCRS" => of_geographic_json(json, name, code),
        "ProjectedCRS" => of_projected_json(json, name, code, depth),
        "CompoundCRS" => {
            json["components"].get(0).map_or(Err("it has no components".to_owned()), |part| of_json(part, depth + 1))
        }
        "BoundCRS" => {
            let mut parts = of_json(&json["source_crs"], depth + 1)?;
            let transformation = &json["transformation"];
            let method = transformation["method"]["name"].as_str().unwrap_or_default();
            parts.shift = Some(shift_of(method, &parameters_of_json(transformation)?)?);
            Ok(parts)
        }
        kind => Err(format!("a {kind} has no place on the map")),
    }
}

fn code_of_json(json: &Json) -> Option<u16> {
    let id = &json["id"];
    id["authority"].as_str().filter(|authority| authority.eq_ignore_ascii_case("EPSG"))?;
    let code = &id["code"];
    code.as_u64().and_then(|code| u16::try_from(code).ok()).or_else(|| code.as_str()?.parse().ok())
}

fn of_geographic_json(json: &Json, name: String, code: Option<u16>) -> Result<Parts, String> {
    let datum = if json["datum"].is_object() { &json["datum"] } else { &json["datum_ensemble"] };
    let ellipsoid = &datum["ellipsoid"];
    let measure = |key: &str| length(&ellipsoid[key]);
    let a = measure("semi_major_axis").or_else(|| measure("radius")).ok_or("it names no ellipsoid")?;
    let rf = match (ellipsoid["inverse_flattening"].as_f64(), measure("semi_minor_axis")) {
        (Some(rf), _) => rf,
        (None, Some(b)) if b != a => a / (a - b),
        _ => 0.0,
    };
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let prime = &datum["prime_meridian"]["longitude"];
    Ok(Parts {
        base: Base { system: Some(name.clone()), datum: text(&datum["name"]), ellipsoid: text(&ellipsoid["name"]) },
        name,
        ellipsoid: Some((a, rf)),
        prime: prime.as_f64().or_else(|| prime["value"].as_f64()).unwrap_or(0.0),
        metres_per_unit: 1.0,
        code,
        ..Parts::default()
    })
}

fn of_projected_json(json: &Json, name: String, code: Option<u16>, depth: usize) -> Result<Parts, String> {
    let base = &json["base_crs"];
    let parts = of_json(base, depth + 1)?;
    let conversion = &json["conversion"];
    let unit = &json["coordinate_system"]["axis"][0]["unit"];
    Ok(Parts {
        name,
        method: Some(conversion["method"]["name"].as_str().ok_or("it names no projection")?.to_owned()),
        parameters: parameters_of_json(conversion)?,
        metres_per_unit: metres_of(unit),
        code,
        ..parts
    })
}

fn parameters_of_json(json: &Json) -> Result<Vec<(String, f64)>, String> {
    let list = json["parameters"].as_array().ok_or("it has no parameters")?;
    list.iter()
        .map(|one| {
            let name = one["name"].as_str().ok_or("a parameter has no name")?;
            let value = one["value"].as_f64().ok_or("a parameter has no value")?;
            let unit = &one["unit"];
            let ratio = match parameter(name) {
                Some("k") => 1.0,
                Some(_) if is_angle(name) => unit["conversion_factor"].as_f64().map_or(1.0, |f| rounded_degree(f.to_degrees())),
                Some(_) => metres_of(unit),
                None => 1.0,
            };
            // Of a datum shift: parts per million become the ratio that WKT has.
            let million = plain(name) == "scaledifference" && (metres_of(unit) - 1e-6).abs() < 1e-12;
            Ok((name.to_owned(), if million { 1.0 + value * 1e-6 } else { value * ratio }))
        })
        .collect()
}

fn metres_of(unit: &Json) -> f64 {
    unit["conversion_factor"].as_f64().unwrap_or(1.0)
}

fn length(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| Some(value["value"].as_f64()? * metres_of(&value["unit"])))
}
