//! Coordinate reference systems: what a name or a definition means, the way to CGCS2000 longitude and latitude, and what the
//! numbers of a layer say against it.
//!
//! CGCS2000, WGS 84, ETRS89 and their like differ by centimetres and are taken as one. Beijing 1954 and Xian 1980 differ by up
//! to hundreds of metres and are refused, since no public parameters turn them.

mod apart;
mod candidates;
mod china;
mod coincidence;
mod control;
mod definition;
mod diagnose;
mod displaced;
mod extent;
mod helmert;
mod looked;
mod named;
mod parts;
mod projjson;
mod readings;
mod shift;
mod transform;
mod turn;
mod wkt;
mod wkt_write;
mod zones;

use std::fmt;
use std::sync::Arc;

use geo::Coord;
use proj4rs::Proj;

use crate::error::Result;
use crate::finding::Detail;
use crate::model::RawShape;
use definition::{Definition, Method};
use zones::Grid;

pub use control::{ControlPoints, LocalGrid};
pub use diagnose::{Claim, Diagnosis, Setting, diagnose};
pub use extent::{Extent, describe, extent_on_ground};
pub use helmert::{Fit, fit};
pub use shift::Shift;

/// A coordinate reference system the program can read.
#[derive(Clone)]
pub enum Crs {
    /// Longitude and latitude in degrees, in this order, whatever the formal axis order.
    Geographic,
    /// A projection, or longitude and latitude on a datum whose shift was given.
    Projected(Arc<Projection>),
    /// Longitude and latitude as Chinese map services shift them.
    Shifted(Shift),
    /// A local grid that control points tie to a projection.
    Fitted(Arc<LocalGrid>),
}

/// A projection with its way to longitude and latitude.
pub struct Projection {
    definition: Definition,
    from: Proj,
    to: Proj,
}

const REMEDY: &str =
    "name the true system in survey.toml, for example crs = \"EPSG:4549\" under the layer, or reproject the layer to EPSG:4490";

impl Crs {
    /// The system a text means: an EPSG code, an OGC urn or address, PROJ text, WKT 1 or 2, PROJJSON, `GCJ-02`, `BD-09`, or a
    /// usual name such as `CGCS2000_3_Degree_GK_CM_120E`.
    ///
    /// # Errors
    /// The text means none, the definition cannot be used, or it is on an old datum without local parameters.
    pub fn named(text: &str) -> Result<Self> {
        named::named(text)
    }

    /// The EPSG code whose numbers these are.
    #[must_use]
    pub fn epsg(&self) -> Option<u16> {
        match self {
            Self::Geographic => Some(4490),
            Self::Projected(projection) => projection.definition.epsg,
            Self::Shifted(_) | Self::Fitted(_) => None,
        }
    }

    /// `EPSG:4549` where there is a code, otherwise the name it came with.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Projected(projection) => match projection.definition.epsg {
                Some(code) => format!("EPSG:{code}"),
                None => projection.definition.name.clone(),
            },
            Self::Geographic => "EPSG:4490".to_owned(),
            Self::Shifted(shift) => shift.name().to_owned(),
            Self::Fitted(grid) => grid.name.clone(),
        }
    }

    /// WKT 1 as ESRI writes it, for a `.prj`; `None` for a system it has no words for.
    #[must_use]
    pub fn wkt_esri(&self) -> Option<String> {
        wkt_write::esri(self)
    }

    /// WKT 1 as OGC has it.
    #[must_use]
    pub fn wkt(&self) -> String {
        wkt_write::ogc(self)
    }

    /// PROJJSON; `None` for a system it has no words for.
    #[must_use]
    pub fn projjson(&self) -> Option<String> {
        wkt_write::projjson(self)
    }

    /// Whether its coordinates are degrees.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        match self {
            Self::Geographic | Self::Shifted(_) => true,
            Self::Projected(projection) => projection.from.is_latlong(),
            Self::Fitted(_) => false,
        }
    }

    /// Why the name of a definition, its EPSG code and its numbers cannot all be true; `None` where they agree. The numbers are taken.
    #[must_use]
    pub fn contradiction(&self) -> Option<&Detail> {
        match self {
            Self::Projected(projection) => projection.definition.contradiction.as_ref(),
            _ => None,
        }
    }

    /// Turns coordinates into longitude and latitude in degrees, in place. A point the projection cannot reach becomes NaN,
    /// which the check reports.
    pub fn to_geographic(&self, shapes: &mut [RawShape]) {
        transform::to_geographic(self, shapes);
    }

    /// Turns longitude and latitude in degrees into coordinates of this system, in place. A point the projection cannot reach
    /// becomes NaN.
    pub fn from_geographic(&self, shapes: &mut [RawShape]) {
        transform::from_geographic(self, shapes);
    }

    /// Longitude and latitude in degrees of one position; NaN where the projection cannot reach it.
    pub(crate) fn geographic(&self, c: Coord<f64>) -> Coord<f64> {
        transform::geographic(self, c)
    }

    /// The position in this system of a longitude and latitude in degrees; NaN where the projection cannot reach it.
    pub(crate) fn coordinates(&self, c: Coord<f64>) -> Coord<f64> {
        transform::coordinates(self, c)
    }

    /// Refuses a layer whose numbers plainly belong to another system: most of its shapes lie off the globe or off the grid.
    ///
    /// # Errors
    /// The numbers contradict the system; the remedy proposes the ones they fit.
    pub fn doubt(&self, shapes: &[RawShape]) -> Result<()> {
        diagnose::doubt(self, shapes)
    }

    /// The grid of the Gauss–Krüger or UTM family that it is.
    fn grid(&self) -> Option<Grid> {
        self.epsg().and_then(Grid::of_epsg)
    }

    fn definition(&self) -> Option<&Definition> {
        match self {
            Self::Projected(projection) => Some(&projection.definition),
            _ => None,
        }
    }
}

impl PartialEq for Crs {
    /// Whether both turn the same numbers into the same place.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Geographic, Self::Geographic) => true,
            (Self::Shifted(a), Self::Shifted(b)) => a == b,
            (Self::Fitted(a), Self::Fitted(b)) => a == b,
            (Self::Projected(a), Self::Projected(b)) => {
                let (a, b) = (&a.definition, &b.definition);
                let same_shift = a.shift == b.shift || (a.numbers.is_modern() && b.numbers.is_modern());
                if a.numbers.method == Method::Other { a.text == b.text } else { a.numbers.same(&b.numbers) && same_shift }
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crs({})", self.name())
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

#[cfg(test)]
mod tests;
