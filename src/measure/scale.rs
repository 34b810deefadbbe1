//! Lengths on the ground around a place given in degrees.

use geo::{Coord, MultiPolygon, Polygon};

use super::ellipsoid::{A, E2};

/// How many metres a degree is at one latitude. Good for lengths of some kilometres, where the scale hardly changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Metres in a degree of longitude.
    pub x: f64,
    /// Metres in a degree of latitude.
    pub y: f64,
}

impl Scale {
    /// The scale at a latitude in degrees: the radii of the parallel and of the meridian.
    #[must_use]
    pub fn at(latitude: f64) -> Self {
        let (sin, cos) = latitude.to_radians().sin_cos();
        let w2 = 1.0 - E2 * sin * sin;
        let w = w2.sqrt();
        Self { x: (A * cos / w).to_radians(), y: (A * (1.0 - E2) / (w2 * w)).to_radians() }
    }

    /// Length of a line, m.
    #[must_use]
    pub fn length(self, from: Coord<f64>, to: Coord<f64>) -> f64 {
        ((to.x - from.x) * self.x).hypot((to.y - from.y) * self.y)
    }

    /// Length of all rings of a polygon, m.
    #[must_use]
    pub fn perimeter(self, polygon: &Polygon) -> f64 {
        std::iter::once(polygon.exterior())
            .chain(polygon.interiors())
            .flat_map(|ring| ring.lines())
            .map(|line| self.length(line.start, line.end))
            .sum()
    }
}

/// Length of all rings of a shape, m.
#[must_use]
pub fn perimeter(shape: &MultiPolygon) -> f64 {
    shape
        .iter()
        .map(|part| {
            let latitude = part.exterior().0.first().map_or(0.0, |c| c.y);
            Scale::at(latitude).perimeter(part)
        })
        .sum()
}

/// Mean width of something long, m: that of a ribbon with this area and perimeter. Half the side of a square.
#[must_use]
pub fn mean_width(area_m2: f64, perimeter_m: f64) -> f64 {
    if perimeter_m > 0.0 { 2.0 * area_m2 / perimeter_m } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geographiclib_rs::{Geodesic, InverseGeodesic};

    #[test]
    fn lengths_are_those_of_the_geodesic() {
        let ellipsoid = Geodesic::new(A, crate::measure::ellipsoid::F);
        for latitude in [0.0, 31.2, 60.0] {
            let (from, to) = (Coord { x: 121.5, y: latitude }, Coord { x: 121.5037, y: latitude + 0.0021 });
            let expected: f64 = ellipsoid.inverse(from.y, from.x, to.y, to.x);
            let got = Scale::at(f64::midpoint(from.y, to.y)).length(from, to);
            assert!((got / expected - 1.0).abs() < 1e-6, "{latitude}: {got} {expected}");
        }
    }

    #[test]
    fn a_ribbon_is_as_wide_as_it_is() {
        assert!((mean_width(100.0 * 0.2, 200.4) - 0.2).abs() < 1e-3);
    }
}
