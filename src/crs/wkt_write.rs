//! Definitions as text for others: WKT 1 of OGC and of ESRI, PROJJSON.

use serde_json::{Value as Json, json};

use super::Crs;
use super::definition::{Base, Definition, Method, Numbers};
use super::zones::{Grid, Width};

/// The ellipsoid and names of CGCS2000 longitude and latitude.
fn cgcs2000() -> (Base, Numbers) {
    let name = |text: &str| Some(text.to_owned());
    let base =
        Base { system: name("China Geodetic Coordinate System 2000"), datum: name("China_2000"), ellipsoid: name("CGCS2000") };
    (base, Numbers { method: Method::Geographic, ..Numbers::transverse_mercator(0.0, 1.0, 0.0) })
}

/// Which way of writing WKT 1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Ogc,
    Esri,
}

pub(super) fn ogc(crs: &Crs) -> String {
    match crs {
        Crs::Geographic => {
            let (base, numbers) = cgcs2000();
            geographic(&base, &numbers, None, Some(4490), Flavour::Ogc)
        }
        // Files never say so; a name no program knows is better than a wrong one.
        Crs::Shifted(shift) => {
            let base = Base {
                system: Some(shift.name().to_owned()),
                datum: Some(shift.name().replace('-', "_")),
                ellipsoid: Some("CGCS2000".to_owned()),
            };
            geographic(&base, &cgcs2000().1, None, None, Flavour::Ogc)
        }
        Crs::Fitted(grid) => format!("LOCAL_CS[\"{}\",UNIT[\"metre\",1]]", quoted(&grid.name)),
        Crs::Projected(projection) => written(&projection.definition, Flavour::Ogc)
            .unwrap_or_else(|| format!("LOCAL_CS[\"{}\",UNIT[\"metre\",1]]", quoted(&projection.definition.name))),
    }
}

pub(super) fn esri(crs: &Crs) -> Option<String> {
    match crs {
        Crs::Geographic => {
            let (base, numbers) = cgcs2000();
            Some(geographic(&base, &numbers, None, None, Flavour::Esri))
        }
        Crs::Shifted(_) | Crs::Fitted(_) => None,
        Crs::Projected(projection) => written(&projection.definition, Flavour::Esri),
    }
}

fn written(definition: &Definition, flavour: Flavour) -> Option<String> {
    let Definition { base, numbers, shift, epsg, .. } = definition;
    let ellipsoid = if numbers.method == Method::WebMercator { on_wgs84(numbers) } else { *numbers };
    let base = named_base(base, &ellipsoid);
    let shift = shift.as_deref().filter(|_| !numbers.is_modern());
    if numbers.method == Method::Geographic {
        return Some(geographic(&base, numbers, shift, *epsg, flavour));
    }
    let inner = geographic(&base, &ellipsoid, shift, base_code(&base), flavour);
    let (method, parameters) = projection(numbers, *epsg, flavour)?;
    let parameters: String = parameters.iter().map(|(name, value)| format!(",PARAMETER[\"{name}\",{value}]")).collect();
    let unit = match (numbers.metres_per_unit, flavour) {
        (1.0, Flavour::Esri) => "UNIT[\"Meter\",1.0]".to_owned(),
        (1.0, Flavour::Ogc) => "UNIT[\"metre\",1,AUTHORITY[\"EPSG\",\"9001\"]]".to_owned(),
        (ratio, _) => format!("UNIT[\"unknown\",{ratio}]"),
    };
    let name = match flavour {
        Flavour::Esri => esri_name(definition),
        Flavour::Ogc => definition.name.clone(),
    };
    let extension = if numbers.method == Method::WebMercator && flavour == Flavour::Ogc {
        format!(",EXTENSION[\"PROJ4\",\"{}\"]", quoted(&format!("{} +nadgrids=@null +wktext", numbers.proj()?)))
    } else {
        String::new()
    };
    let authority = authority(*epsg, flavour);
    Some(format!("PROJCS[\"{}\",{inner},PROJECTION[\"{method}\"]{parameters},{unit}{extension}{authority}]", quoted(&name)))
}

fn on_wgs84(numbers: &Numbers) -> Numbers {
    Numbers { semi_major: 6_378_137.0, inverse_flattening: 298.257_223_563, ..*numbers }
}

/// The names a definition came with, or those of its ellipsoid.
fn named_base(base: &Base, numbers: &Numbers) -> Base {
    let (system, datum, ellipsoid) = if (numbers.inverse_flattening - 298.257_223_563).abs() < 1e-7 && numbers.is_modern() {
        ("WGS 84", "WGS_1984", "WGS 84")
    } else if (numbers.inverse_flattening - 298.257_222_101).abs() < 1e-7 && numbers.is_modern() {
        ("China Geodetic Coordinate System 2000", "China_2000", "CGCS2000")
    } else {
        ("unknown", "unknown", "unknown")
    };
    let or = |name: &Option<String>, other: &str| Some(name.clone().unwrap_or_else(|| other.to_owned()));
    Base { system: or(&base.system, system), datum: or(&base.datum, datum), ellipsoid: or(&base.ellipsoid, ellipsoid) }
}

fn base_code(base: &Base) -> Option<u16> {
    match base.system.as_deref()? {
        "WGS 84" => Some(4326),
        "China Geodetic Coordinate System 2000" => Some(4490),
        _ => None,
    }
}

fn authority(code: Option<u16>, flavour: Flavour) -> String {
    code.filter(|_| flavour == Flavour::Ogc).map(|code| format!(",AUTHORITY[\"EPSG\",\"{code}\"]")).unwrap_or_default()
}

fn geographic(base: &Base, numbers: &Numbers, shift: Option<&[f64]>, code: Option<u16>, flavour: Flavour) -> String {
    let name = |name: &Option<String>, prefix: &str| {
        let name = name.clone().unwrap_or_else(|| "unknown".to_owned());
        if flavour == Flavour::Ogc {
            return quoted(&name);
        }
        let name = if name == "WGS 84" { "WGS_1984".to_owned() } else { name.replace([' ', '/'], "_") };
        quoted(&if name.starts_with(prefix) { name } else { format!("{prefix}{name}") })
    };
    let shift = shift
        .map(|shift| format!(",TOWGS84[{}]", shift.iter().map(f64::to_string).collect::<Vec<_>>().join(",")))
        .unwrap_or_default();
    // ESRI's texts have no TOWGS84: a shift is a matter of the program there.
    let shift = if flavour == Flavour::Esri { String::new() } else { shift };
    let degree = if flavour == Flavour::Esri { "Degree" } else { "degree" };
    format!(
        "GEOGCS[\"{}\",DATUM[\"{}\",SPHEROID[\"{}\",{},{}]{shift}],PRIMEM[\"{}\",{}],UNIT[\"{degree}\",0.0174532925199433]{}]",
        name(&base.system, "GCS_"),
        name(&base.datum, "D_"),
        name(&base.ellipsoid, ""),
        numbers.semi_major,
        numbers.inverse_flattening,
        if numbers.prime == 0.0 { "Greenwich" } else { "unknown" },
        numbers.prime,
        authority(code, flavour)
    )
}

/// Method and parameters; lengths in the unit of the projection.
fn projection(numbers: &Numbers, epsg: Option<u16>, flavour: Flavour) -> Option<(&'static str, Vec<(&'static str, f64)>)> {
    let esri = flavour == Flavour::Esri;
    let named = |ogc: &'static str, theirs: &'static str| if esri { theirs } else { ogc };
    let falsities = [
        (named("false_easting", "False_Easting"), numbers.false_easting / numbers.metres_per_unit),
        (named("false_northing", "False_Northing"), numbers.false_northing / numbers.metres_per_unit),
    ];
    let meridian = (named("central_meridian", "Central_Meridian"), numbers.meridian);
    let scale = (named("scale_factor", "Scale_Factor"), numbers.scale);
    let latitude = (named("latitude_of_origin", "Latitude_Of_Origin"), numbers.latitude);
    let first = |value| (named("standard_parallel_1", "Standard_Parallel_1"), value);
    let second = |value| (named("standard_parallel_2", "Standard_Parallel_2"), value);
    let (method, own) = match (numbers.method, numbers.parallels) {
        (Method::TransverseMercator, _) => {
            let gauss = epsg.is_some_and(|code| (4491..=4554).contains(&code));
            (if esri && gauss { "Gauss_Kruger" } else { "Transverse_Mercator" }, vec![meridian, scale, latitude])
        }
        (Method::WebMercator, _) if esri => {
            ("Mercator_Auxiliary_Sphere", vec![meridian, first(0.0), ("Auxiliary_Sphere_Type", 0.0)])
        }
        (Method::WebMercator, _) => ("Mercator_1SP", vec![meridian, scale]),
        (Method::Mercator, (Some(parallel), _)) => (named("Mercator_2SP", "Mercator"), vec![meridian, first(parallel)]),
        (Method::Mercator, _) if esri => ("Mercator", vec![meridian, first(0.0)]),
        (Method::Mercator, _) => ("Mercator_1SP", vec![meridian, scale]),
        (Method::LambertConic, (Some(parallel), Some(other))) => (
            named("Lambert_Conformal_Conic_2SP", "Lambert_Conformal_Conic"),
            vec![meridian, first(parallel), second(other), latitude],
        ),
        (Method::LambertConic, _) if esri => {
            ("Lambert_Conformal_Conic", vec![meridian, first(numbers.latitude), scale, latitude])
        }
        (Method::LambertConic, _) => ("Lambert_Conformal_Conic_1SP", vec![latitude, meridian, scale]),
        (Method::AlbersConic, (Some(parallel), other)) => {
            let centre = (named("latitude_of_center", "Latitude_Of_Origin"), numbers.latitude);
            let longitude = (named("longitude_of_center", "Central_Meridian"), numbers.meridian);
            (
                named("Albers_Conic_Equal_Area", "Albers"),
                vec![longitude, first(parallel), second(other.unwrap_or(parallel)), centre],
            )
        }
        _ => return None,
    };
    Some((method, falsities.into_iter().chain(own).collect()))
}

/// The name that ArcGIS knows a grid by.
fn esri_name(definition: &Definition) -> String {
    match definition.epsg.and_then(Grid::of_epsg) {
        Some(Grid::Utm { zone, north }) => format!("WGS_1984_UTM_Zone_{zone}{}", if north { 'N' } else { 'S' }),
        Some(grid @ Grid::GaussKrueger { width, meridian, prefixed }) => {
            let width = if width == Width::Three { "3_Degree_" } else { "" };
            match grid.zone().filter(|_| prefixed) {
                Some(zone) => format!("CGCS2000_{width}GK_Zone_{zone}"),
                None => format!("CGCS2000_{width}GK_CM_{meridian}E"),
            }
        }
        None if definition.epsg == Some(3857) => "WGS_1984_Web_Mercator_Auxiliary_Sphere".to_owned(),
        None => definition.name.clone(),
    }
}

/// A quote in a WKT name is doubled.
fn quoted(name: &str) -> String {
    name.replace('"', "\"\"")
}

const SCHEMA: &str = "https://proj.org/schemas/v0.7/projjson.schema.json";

pub(super) fn projjson(crs: &Crs) -> Option<String> {
    let json = match crs {
        Crs::Geographic => {
            let (base, numbers) = cgcs2000();
            geographic_json(&base, &numbers, Some(4490))
        }
        Crs::Shifted(_) | Crs::Fitted(_) => return None,
        Crs::Projected(projection) => projected_json(&projection.definition)?,
    };
    let mut json = json;
    json.as_object_mut()?.shift_insert(0, "$schema".to_owned(), json!(SCHEMA));
    Some(json.to_string())
}

fn geographic_json(base: &Base, numbers: &Numbers, code: Option<u16>) -> Json {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "unknown".to_owned());
    let mut datum = json!({
        "type": "GeodeticReferenceFrame",
        "name": name(&base.datum).replace('_', " "),
        "ellipsoid": {"name": name(&base.ellipsoid), "semi_major_axis": numbers.semi_major, "inverse_flattening": numbers.inverse_flattening},
    });
    if numbers.prime != 0.0 {
        datum["prime_meridian"] = json!({"name": "unknown", "longitude": numbers.prime});
    }
    let mut json = json!({
        "type": "GeographicCRS",
        "name": name(&base.system),
        "datum": datum,
        "coordinate_system": {"subtype": "ellipsoidal", "axis": [
            {"name": "Geodetic latitude", "abbreviation": "Lat", "direction": "north", "unit": "degree"},
            {"name": "Geodetic longitude", "abbreviation": "Lon", "direction": "east", "unit": "degree"},
        ]},
    });
    if let Some(code) = code {
        json["id"] = json!({"authority": "EPSG", "code": code});
    }
    json
}

fn projected_json(definition: &Definition) -> Option<Json> {
    let Definition { base, numbers, shift, epsg, name, .. } = definition;
    if shift.is_some() && !numbers.is_modern() {
        return None;
    }
    let ellipsoid = if numbers.method == Method::WebMercator { on_wgs84(numbers) } else { *numbers };
    let base = named_base(base, &ellipsoid);
    if numbers.method == Method::Geographic {
        return Some(geographic_json(&base, numbers, *epsg));
    }
    let unit = if numbers.metres_per_unit == 1.0 {
        json!("metre")
    } else {
        json!({"type": "LinearUnit", "name": "unknown", "conversion_factor": numbers.metres_per_unit})
    };
    let (method, code, parameters) = conversion(numbers)?;
    let parameters: Vec<Json> = parameters
        .iter()
        .map(|(name, value, kind, code)| {
            let id = json!({"authority": "EPSG", "code": code});
            let (value, unit) = match kind {
                Kind::Degree => (*value, json!("degree")),
                Kind::Length => (*value / numbers.metres_per_unit, unit.clone()),
                Kind::Ratio => (*value, json!("unity")),
            };
            json!({"name": name, "value": value, "unit": unit, "id": id})
        })
        .collect();
    let east = json!({"name": "Easting", "abbreviation": "E", "direction": "east", "unit": unit});
    let north = json!({"name": "Northing", "abbreviation": "N", "direction": "north", "unit": unit});
    // The Chinese grids are defined with X to the north, as their surveyors write them; files hold easting first all the same.
    let chinese = epsg.is_some_and(|code| (4491..=4554).contains(&code));
    let axes = if chinese { json!([north, east]) } else { json!([east, north]) };
    let mut json = json!({
        "type": "ProjectedCRS",
        "name": name,
        "base_crs": geographic_json(&base, &ellipsoid, base_code(&base)),
        "conversion": {"name": name, "method": {"name": method, "id": {"authority": "EPSG", "code": code}}, "parameters": parameters},
        "coordinate_system": {"subtype": "Cartesian", "axis": axes},
    });
    if let Some(code) = epsg {
        json["id"] = json!({"authority": "EPSG", "code": code});
    }
    Some(json)
}

#[derive(Clone, Copy)]
enum Kind {
    Degree,
    Length,
    Ratio,
}

type Parameter = (&'static str, f64, Kind, u16);

/// Name and EPSG code of a method, and its parameters with theirs.
fn conversion(numbers: &Numbers) -> Option<(&'static str, u16, Vec<Parameter>)> {
    let latitude = ("Latitude of natural origin", numbers.latitude, Kind::Degree, 8801);
    let meridian = ("Longitude of natural origin", numbers.meridian, Kind::Degree, 8802);
    let scale = ("Scale factor at natural origin", numbers.scale, Kind::Ratio, 8805);
    let easting = ("False easting", numbers.false_easting, Kind::Length, 8806);
    let northing = ("False northing", numbers.false_northing, Kind::Length, 8807);
    let origin = [
        ("Latitude of false origin", numbers.latitude, Kind::Degree, 8821),
        ("Longitude of false origin", numbers.meridian, Kind::Degree, 8822),
        ("Easting at false origin", numbers.false_easting, Kind::Length, 8826),
        ("Northing at false origin", numbers.false_northing, Kind::Length, 8827),
    ];
    let parallels = |first, second| {
        [
            ("Latitude of 1st standard parallel", first, Kind::Degree, 8823),
            ("Latitude of 2nd standard parallel", second, Kind::Degree, 8824),
        ]
    };
    Some(match (numbers.method, numbers.parallels) {
        (Method::TransverseMercator, _) => ("Transverse Mercator", 9807, vec![latitude, meridian, scale, easting, northing]),
        (Method::WebMercator, _) => ("Popular Visualisation Pseudo Mercator", 1024, vec![latitude, meridian, easting, northing]),
        (Method::Mercator, (Some(parallel), _)) => {
            let parallel = ("Latitude of 1st standard parallel", parallel, Kind::Degree, 8823);
            ("Mercator (variant B)", 9805, vec![parallel, meridian, easting, northing])
        }
        (Method::Mercator, _) => ("Mercator (variant A)", 9804, vec![latitude, meridian, scale, easting, northing]),
        (Method::LambertConic, (Some(first), Some(second))) => {
            ("Lambert Conic Conformal (2SP)", 9802, origin.into_iter().chain(parallels(first, second)).collect())
        }
        (Method::LambertConic, _) => ("Lambert Conic Conformal (1SP)", 9801, vec![latitude, meridian, scale, easting, northing]),
        (Method::AlbersConic, (Some(first), second)) => {
            ("Albers Equal Area", 9822, origin.into_iter().chain(parallels(first, second.unwrap_or(first))).collect())
        }
        _ => return None,
    })
}
