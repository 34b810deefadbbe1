//! Coordinate reference systems: what a name means, and the way to CGCS2000 longitude and latitude.
//!
//! CGCS2000, WGS 84, ETRS89 and their like differ by centimetres and are taken as one. Beijing 1954 and Xian 1980 differ by up
//! to hundreds of metres and are refused, since no public parameters turn them.

use geo::Coord;
use proj4rs::{Proj, transform::transform};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::model::RawShape;

/// A coordinate reference system the program can read.
pub enum Crs {
    /// Longitude and latitude in degrees, in this order, whatever the formal axis order.
    Geographic,
    Projected {
        name: String,
        from: Box<Proj>,
        to: Box<Proj>,
    },
}

const REMEDY: &str =
    "name the true system in survey.toml, for example crs = \"EPSG:4549\" under the layer, or reproject the layer to EPSG:4490";

impl Crs {
    /// The system called `name`: an EPSG code, an OGC urn or address, or PROJ text.
    pub fn named(name: &str) -> Result<Self> {
        let name = name.trim();
        if name.starts_with("+proj") {
            return Self::from_proj(name, name, name.contains("+towgs84="));
        }
        let upper = name.to_ascii_uppercase();
        if upper.ends_with("CRS84") || upper == "WGS84" || upper == "CGCS2000" {
            return Ok(Self::Geographic);
        }
        let code = upper
            .rsplit([':', '/'])
            .next()
            .and_then(|code| code.parse::<u16>().ok())
            .filter(|_| upper.contains("EPSG") || upper.chars().all(|c| c.is_ascii_digit()));
        let Some(definition) = code.and_then(crs_definitions::from_code) else {
            return Err(Error::new(format!("the coordinate reference system \"{name}\" is not known")).remedy(REMEDY));
        };
        // The shift that comes with an EPSG code on an old datum is some other place's: it is not taken.
        Self::from_proj(name, definition.proj4, false)
    }

    /// `shifted`: the user gives the datum shift.
    fn from_proj(name: &str, text: &str, shifted: bool) -> Result<Self> {
        let has = |part: &str| text.split_whitespace().any(|word| word == part);
        let modern = ["+ellps=GRS80", "+ellps=WGS84", "+datum=WGS84", "+datum=NAD83", "+a=6378137"].iter().any(|part| has(part));
        if !modern && !shifted {
            return Err(Error::new(format!("\"{name}\" is on an old datum (such as Beijing 1954 or Xian 1980) that cannot be turned into CGCS2000 without local parameters")).remedy(
                "convert the layer with your bureau's seven parameters, or give them as PROJ text: crs = \"+proj=tmerc … +towgs84=dx,dy,dz,rx,ry,rz,s\"",
            ));
        }
        if has("+proj=longlat") && !shifted {
            return Ok(Self::Geographic);
        }
        let open = |text: &str| {
            Proj::from_proj_string(text).map_err(|e| Error::new(format!("\"{name}\" cannot be used: {e}")).remedy(REMEDY))
        };
        Ok(Self::Projected {
            name: name.to_owned(),
            from: Box::new(open(text)?),
            to: Box::new(open("+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +no_defs")?),
        })
    }

    /// Turns coordinates into longitude and latitude in degrees, in place. A point the projection cannot reach becomes NaN,
    /// which the check reports.
    pub fn to_geographic(&self, shapes: &mut [RawShape]) {
        let Self::Projected { from, to, .. } = self else { return };
        shapes.par_iter_mut().for_each(|shape| {
            shape.each_position(|c| {
                let mut point = if from.is_latlong() { (c.x.to_radians(), c.y.to_radians(), 0.0) } else { (c.x, c.y, 0.0) };
                *c = match transform(from, to, &mut point) {
                    Ok(()) => Coord { x: point.0.to_degrees(), y: point.1.to_degrees() },
                    Err(_) => Coord { x: f64::NAN, y: f64::NAN },
                };
            });
        });
    }

    /// Refuses a layer whose numbers plainly belong to another system: most of its shapes lie off the globe.
    pub fn doubt(&self, shapes: &[RawShape]) -> Result<()> {
        let (mut known, mut off, mut swapped, mut degrees) = (0usize, 0usize, 0usize, 0usize);
        let mut example = None;
        for c in shapes.iter().filter_map(RawShape::first_position).filter(|c| c.x.is_finite() && c.y.is_finite()) {
            known += 1;
            degrees += usize::from(c.x.abs() <= 180.0 && c.y.abs() <= 90.0);
            if c.x.abs() > 180.0 || c.y.abs() > 90.0 {
                off += 1;
                swapped += usize::from(is_swapped(c));
                example.get_or_insert(c);
            }
        }
        match (self, example) {
            (Self::Projected { name, .. }, _) if degrees > known / 2 => {
                Err(Error::new(format!("is said to be in {name}, but its numbers are degrees"))
                    .remedy("remove the crs, or set crs = \"EPSG:4490\" for the layer in survey.toml"))
            }
            (Self::Geographic, Some(c)) if off > known / 2 => Err(if swapped > off / 2 {
                Error::new(format!("has latitude before longitude, GeoJSON wants longitude first: {off} of {known} shapes begin at a place like [{}, {}]", c.x, c.y))
                    .remedy("set swap_axes = true for the layer in survey.toml, or export it with longitude first")
            } else {
                Error::new(format!("has projected coordinates, but no coordinate reference system says which: {off} of {known} shapes begin at a place like [{}, {}]", c.x, c.y)).remedy(guess(c))
            }),
            _ => Ok(()),
        }
    }
}

/// A latitude where the longitude should be: plain only where the second number cannot be a latitude.
pub(crate) fn is_swapped(c: Coord<f64>) -> bool {
    c.x.abs() <= 90.0 && c.y.abs() > 90.0 && c.y.abs() <= 180.0
}

/// Exchanges the two coordinates of every position.
pub(crate) fn swap_axes(shapes: &mut [RawShape]) {
    for shape in shapes {
        shape.each_position(|c| *c = Coord { x: c.y, y: c.x });
    }
}

/// What the size of the numbers says, as a proposal and no more.
fn guess(c: Coord<f64>) -> String {
    let (east, north) = (c.x, c.y);
    let proposal = if (25.0e6..46.0e6).contains(&east) {
        let zone = (east / 1e6).floor();
        format!("it looks like CGCS2000, 3-degree zone {zone}: try crs = \"EPSG:{}\"", 4488.0 + zone)
    } else if (15.1e6..23.9e6).contains(&east) && (1.8e6..6.2e6).contains(&north) {
        format!(
            "it looks like CGCS2000, 6-degree zone {}: try crs = \"EPSG:{}\"",
            (east / 1e6).floor(),
            4478.0 + (east / 1e6).floor()
        )
    } else if (8.0e6..15.1e6).contains(&east) && (1.8e6..7.2e6).contains(&north) {
        "it looks like web Mercator: try crs = \"EPSG:3857\"".to_owned()
    } else if (0.2e6..0.8e6).contains(&east) && (1.8e6..6.2e6).contains(&north) {
        "it looks like CGCS2000, a 3-degree zone without prefix (Shanghai: EPSG:4549, central meridian 120, or EPSG:4550, 123): set crs in survey.toml".to_owned()
    } else if (0.2e6..0.8e6).contains(&north) && (1.8e6..6.2e6).contains(&east) {
        "the northing comes first: set swap_axes = true and the zone, for example crs = \"EPSG:4549\", in survey.toml".to_owned()
    } else {
        REMEDY.to_owned()
    };
    format!("{proposal}; under the layer in survey.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_degrees(crs: &str, x: f64, y: f64) -> Coord<f64> {
        let mut shapes = [RawShape::Parts(vec![vec![vec![Coord { x, y }]]])];
        Crs::named(crs).unwrap().to_geographic(&mut shapes);
        shapes[0].first_position().unwrap()
    }

    #[test]
    fn a_gauss_krueger_zone_goes_back_to_the_central_meridian() {
        let c = to_degrees("urn:ogc:def:crs:EPSG::4549", 500_000.0, 3_453_000.0);
        assert!((c.x - 120.0).abs() < 1e-12);
        let prefixed = to_degrees("EPSG:4528", 40_500_000.0, 3_453_000.0);
        assert!((prefixed.x - c.x).abs() < 1e-9 && (prefixed.y - c.y).abs() < 1e-9);
    }

    #[test]
    fn systems_without_public_parameters_are_refused() {
        for name in ["EPSG:4214", "EPSG:4610", "EPSG:2436", "EPSG:2364"] {
            assert!(Crs::named(name).err().unwrap().to_string().contains("old datum"), "{name}");
        }
        assert!(Crs::named("EPSG:99999").is_err());
        assert!(Crs::named("Shanghai city grid").is_err());
        for name in ["EPSG:4490", "urn:ogc:def:crs:OGC:1.3:CRS84", "http://www.opengis.net/def/crs/EPSG/0/4326", "4490"] {
            assert!(matches!(Crs::named(name), Ok(Crs::Geographic)), "{name}");
        }
    }

    #[test]
    fn numbers_of_another_system_are_refused_with_a_proposal() {
        let at = |x, y| [RawShape::Parts(vec![vec![vec![Coord { x, y }]]])];
        let why = |x, y| Crs::Geographic.doubt(&at(x, y)).unwrap_err().to_string();
        assert!(why(40_512_345.0, 3_453_000.0).contains("EPSG:4528"));
        assert!(why(512_345.0, 3_453_000.0).contains("EPSG:4549"));
        assert!(why(13_520_000.0, 3_660_000.0).contains("EPSG:3857"));
        assert!(why(31.2, 121.5).contains("swap_axes"));
        assert!(Crs::Geographic.doubt(&at(121.5, 31.2)).is_ok());
        assert!(Crs::named("EPSG:4549").unwrap().doubt(&at(121.5, 31.2)).is_err());
    }
}
