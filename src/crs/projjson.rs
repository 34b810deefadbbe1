//! PROJJSON, read into the parts of a definition.

use serde_json::Value as Json;

use super::definition::{Base, Definition};
use super::parts::{DEEPEST, LONGEST, Parts, built, is_angle, parameter, plain, rounded_degree, shift_of};

/// Reads PROJJSON; the error says what is wrong with it.
pub(super) fn definition(text: &str) -> Result<Definition, String> {
    if text.len() > LONGEST {
        return Err("it is too long for a definition".to_owned());
    }
    let json: Json = serde_json::from_str(text).map_err(|e| format!("it is not PROJJSON: {e}"))?;
    built(of_json(&json, 0)?, None)
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
