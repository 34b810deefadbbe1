//! Where a layer lies on the ground and how large it is, and what a system is in words: what `mujun inspect` shows.

use geo::Coord;

use super::Crs;
use super::definition::Method;
use crate::finding::{Detail, detail};
use crate::measure::ellipsoid::{A, E2};
use crate::model::RawShape;

/// A box in longitude and latitude, and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Longitude and latitude of the south-west corner, degrees.
    pub min: Coord<f64>,
    /// Longitude and latitude of the north-east corner, degrees.
    pub max: Coord<f64>,
    /// West to east at the middle latitude, and south to north, kilometres.
    pub size_km: (f64, f64),
    /// Positions that lie nowhere on the globe.
    pub nowhere: usize,
}

/// The box around all positions of a layer in coordinates of `crs`; `None` where none lies on the globe.
#[must_use]
pub fn extent_on_ground(shapes: &[RawShape], crs: &Crs) -> Option<Extent> {
    let mut found: Option<(Coord<f64>, Coord<f64>)> = None;
    let mut nowhere = 0;
    for c in shapes.iter().flat_map(RawShape::positions).map(|c| crs.geographic(c)) {
        if !(c.x.abs() <= 180.0 && c.y.abs() <= 90.0) {
            nowhere += 1;
            continue;
        }
        let (min, max) = found.unwrap_or((c, c));
        found = Some((Coord { x: min.x.min(c.x), y: min.y.min(c.y) }, Coord { x: max.x.max(c.x), y: max.y.max(c.y) }));
    }
    let (min, max) = found?;
    let middle = ((min.y + max.y) / 2.0).to_radians();
    let (east, north) = metres_per_degree(middle);
    Some(Extent { min, max, size_km: ((max.x - min.x) * east / 1000.0, (max.y - min.y) * north / 1000.0), nowhere })
}

/// Metres in a degree of longitude and of latitude on the CGCS2000 ellipsoid, at a latitude in radians.
pub(super) fn metres_per_degree(latitude: f64) -> (f64, f64) {
    let (sin, cos) = latitude.sin_cos();
    let w2 = 1.0 - E2 * sin * sin;
    ((A * cos / w2.sqrt()).to_radians(), (A * (1.0 - E2) / (w2 * w2.sqrt())).to_radians())
}

/// A system in words: `EPSG:4549, CGCS2000, 3-degree Gauss–Krüger, central meridian 120° E, easting without zone`.
#[must_use]
pub fn describe(crs: &Crs) -> Detail {
    match crs {
        Crs::Geographic => Detail::new(
            "经纬度，度（CGCS2000，与 WGS 84 视为一致）",
            "longitude, latitude in degrees (CGCS2000, taken as one with WGS 84)",
        ),
        Crs::Shifted(shift) => detail!("经纬度，{} 偏移", "longitude, latitude shifted as {}", shift.name()),
        Crs::Fitted(grid) => grid.told(),
        Crs::Projected(projection) => {
            let definition = &projection.definition;
            let code = definition.epsg.map(|code| format!("EPSG:{code}, ")).unwrap_or_default();
            match (crs.grid(), definition.numbers.method) {
                (Some(grid), _) => Detail::from(code).and(&grid.describe()),
                (None, Method::TransverseMercator) => detail!(
                    "{code}{}：横轴墨卡托，中央经线 {}°，东移 {} m，尺度 {}",
                    "{code}{}: transverse Mercator, central meridian {}°, false easting {} m, scale {}",
                    definition.name,
                    definition.numbers.meridian,
                    definition.numbers.false_easting,
                    definition.numbers.scale
                ),
                (None, _) => format!("{code}{}", definition.name).into(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kilometre_in_a_grid_is_a_kilometre_on_the_ground() {
        let ring: Vec<Coord<f64>> =
            [(500_000.0, 3_450_000.0), (501_000.0, 3_450_000.0), (501_000.0, 3_452_000.0)].map(|(x, y)| Coord { x, y }).into();
        let shapes = [
            RawShape::Parts(vec![vec![ring]]),
            RawShape::Missing,
            RawShape::Parts(vec![vec![vec![Coord { x: f64::NAN, y: 0.0 }]]]),
        ];
        let crs = Crs::named("EPSG:4549").unwrap();
        let extent = extent_on_ground(&shapes, &crs).unwrap();
        assert!((extent.size_km.0 - 1.0).abs() < 2e-4 && (extent.size_km.1 - 2.0).abs() < 2e-4, "{extent:?}");
        assert!((extent.min.x - 120.0).abs() < 1e-9 && extent.nowhere == 1);
        assert!(describe(&crs).en.contains("central meridian 120° E"));
        assert!(extent_on_ground(&[RawShape::Missing], &crs).is_none());
    }
}
