//! What a file says of its coordinate reference system, in the words each format wants.

use serde_json::Value;

use crate::crs::Crs;
use crate::error::{Error, Result};

/// A coordinate reference system as files describe it.
pub(super) struct Srs {
    /// Its EPSG code, if it has one.
    pub code: Option<i32>,
    pub name: String,
    /// Longitude and latitude in degrees.
    pub geographic: bool,
    /// Its definition as well-known text; `None` where only the code is known.
    pub wkt: Option<&'static str>,
    /// Its definition as PROJJSON; `None` where only the code is known.
    pub projjson: Option<&'static str>,
}

const CGCS2000_WKT: &str = r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]"#;

/// WGS 84 as every GeoPackage has to define it.
pub(super) const WGS84_WKT: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]"#;

/// CGCS2000 as PROJJSON. A bare code would be dropped by readers, which then assume WGS 84.
pub(crate) const CGCS2000_PROJJSON: &str = r#"{"$schema":"https://proj.org/schemas/v0.7/projjson.schema.json","type":"GeographicCRS","name":"China Geodetic Coordinate System 2000","datum":{"type":"GeodeticReferenceFrame","name":"China 2000","ellipsoid":{"name":"CGCS2000","semi_major_axis":6378137,"inverse_flattening":298.257222101}},"coordinate_system":{"subtype":"ellipsoidal","axis":[{"name":"Geodetic latitude","abbreviation":"Lat","direction":"north","unit":"degree"},{"name":"Geodetic longitude","abbreviation":"Lon","direction":"east","unit":"degree"}]},"id":{"authority":"EPSG","code":4490}}"#;

/// How files describe `crs`.
pub(super) fn of(crs: &Crs) -> Srs {
    match crs {
        Crs::Geographic => Srs {
            code: Some(4490),
            name: "CGCS2000".to_owned(),
            geographic: true,
            wkt: Some(CGCS2000_WKT),
            projjson: Some(CGCS2000_PROJJSON),
        },
        Crs::Projected { name, .. } => Srs {
            code: name.to_ascii_uppercase().strip_prefix("EPSG:").and_then(|code| code.parse().ok()),
            name: name.clone(),
            geographic: false,
            wkt: None,
            projjson: None,
        },
    }
}

/// PROJJSON as JSON.
///
/// # Errors
/// There is no definition, only a name.
pub(super) fn projjson(srs: &Srs) -> Result<Value> {
    let text = srs.projjson.ok_or_else(|| {
        Error::new(format!(
            "GeoParquet needs a full definition of the coordinate reference system, and none is known of \"{}\"",
            srs.name
        ))
        .remedy("turn it into longitude and latitude with --to EPSG:4490, or write a GeoPackage")
    })?;
    serde_json::from_str(text).map_err(|e| Error::new(e.to_string()))
}
