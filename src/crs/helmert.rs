//! Four-parameter plane similarity (Helmert): a local grid moved, turned and scaled onto another, by least squares over points
//! known in both.
//!
//! ```text
//! X = X0 + a (x − x0) − b (y − y0)        a = m cos α
//! Y = Y0 + b (x − x0) + a (y − y0)        b = m sin α
//! ```
//!
//! with (x0, y0), (X0, Y0) the means of the points. a and b are then two independent normal equations.

use geo::Coord;

use crate::error::{Error, Result};

/// A similarity of the plane and how well it fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    from: Coord<f64>,
    to: Coord<f64>,
    a: f64,
    b: f64,
    /// The positions fitted, in the first system.
    pub(super) locals: Vec<Coord<f64>>,
    /// For each point, in order: given less computed, metres.
    pub residuals: Vec<Coord<f64>>,
}

/// Fits a similarity that carries each first position to its second one.
///
/// # Errors
/// There are fewer than two points, a number is not finite, or all first positions are one.
pub fn fit(points: &[(Coord<f64>, Coord<f64>)]) -> Result<Fit> {
    if points.len() < 2 {
        return Err(Error::new(format!("has {} control points, two at least are needed", points.len()))
            .remedy("give three or more points, well spread over the area"));
    }
    if points.iter().any(|(p, q)| !(p.x.is_finite() && p.y.is_finite() && q.x.is_finite() && q.y.is_finite())) {
        return Err(
            Error::new("a control point has a coordinate that is not a finite number").remedy("mend the point, or remove it")
        );
    }
    let (from, to) = (mean(points.iter().map(|(p, _)| *p)), mean(points.iter().map(|(_, q)| *q)));
    let (mut along, mut across, mut square) = (0.0, 0.0, 0.0);
    for (p, q) in points {
        let (p, q) = (*p - from, *q - to);
        along += p.x * q.x + p.y * q.y;
        across += p.x * q.y - p.y * q.x;
        square += p.x * p.x + p.y * p.y;
    }
    if square <= f64::EPSILON {
        return Err(Error::new("all control points are the same point").remedy("give points that are well spread over the area"));
    }
    let mut fit = Fit {
        from,
        to,
        a: along / square,
        b: across / square,
        locals: points.iter().map(|(p, _)| *p).collect(),
        residuals: Vec::new(),
    };
    fit.residuals = points.iter().map(|(p, q)| *q - fit.applied(*p)).collect();
    if fit.scale() <= f64::EPSILON {
        return Err(Error::new("the control points do not match each other at all")
            .remedy("check which column is easting and which northing"));
    }
    Ok(fit)
}

fn mean(points: impl ExactSizeIterator<Item = Coord<f64>>) -> Coord<f64> {
    #[allow(clippy::cast_precision_loss)] // a count of points in a file
    let n = points.len() as f64;
    let sum = points.fold(Coord { x: 0.0, y: 0.0 }, |sum, c| sum + c);
    sum / n
}

impl Fit {
    /// From the first system to the second.
    #[must_use]
    pub fn applied(&self, c: Coord<f64>) -> Coord<f64> {
        let d = c - self.from;
        Coord { x: self.to.x + self.a * d.x - self.b * d.y, y: self.to.y + self.b * d.x + self.a * d.y }
    }

    /// From the second system to the first.
    #[must_use]
    pub fn undone(&self, c: Coord<f64>) -> Coord<f64> {
        let d = c - self.to;
        let square = self.a * self.a + self.b * self.b;
        Coord { x: self.from.x + (self.a * d.x + self.b * d.y) / square, y: self.from.y + (self.a * d.y - self.b * d.x) / square }
    }

    /// Metres of the second system per unit of the first.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    /// Degrees by which the first system is turned anticlockwise to become the second.
    #[must_use]
    pub fn rotation(&self) -> f64 {
        self.b.atan2(self.a).to_degrees()
    }

    /// The length of each residual, metres.
    #[must_use]
    pub fn lengths(&self) -> Vec<f64> {
        self.residuals.iter().map(|r| r.x.hypot(r.y)).collect()
    }

    /// Root mean square of the residuals' lengths, metres.
    #[must_use]
    pub fn rms(&self) -> f64 {
        #[allow(clippy::cast_precision_loss)] // a count of points in a file
        let n = self.residuals.len() as f64;
        (self.residuals.iter().map(|r| r.x * r.x + r.y * r.y).sum::<f64>() / n).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> Coord<f64> {
        Coord { x, y }
    }

    /// Turned by 90°, doubled, moved: worked out by hand.
    #[test]
    fn two_points_give_the_similarity_through_them() {
        let fit = fit(&[(at(0.0, 0.0), at(100.0, 50.0)), (at(10.0, 0.0), at(100.0, 70.0))]).unwrap();
        assert!((fit.scale() - 2.0).abs() < 1e-12 && (fit.rotation() - 90.0).abs() < 1e-12 && fit.rms() < 1e-12);
        let turned = fit.applied(at(0.0, 10.0));
        assert!((turned.x - 80.0).abs() < 1e-12 && (turned.y - 50.0).abs() < 1e-12);
        let back = fit.undone(turned);
        assert!(back.x.abs() < 1e-12 && (back.y - 10.0).abs() < 1e-12);
    }

    /// numpy.linalg.lstsq over the rows [x −y 1 0], [y x 0 1] of the same points.
    #[test]
    fn least_squares_agree_with_numpy() {
        let points = [
            (at(1000.0, 2000.0), at(351_070.763, 3_449_027.081)),
            (at(5000.0, 2100.0), at(355_066.822, 3_449_231.798)),
            (at(5200.0, 7900.0), at(355_114.911, 3_455_035.169)),
            (at(900.0, 8000.0), at(350_813.649, 3_455_022.574)),
            (at(3000.0, 5000.0), at(352_991.527, 3_452_078.585)),
        ];
        let fit = fit(&points).unwrap();
        let origin = fit.applied(at(0.0, 0.0));
        assert!((fit.a - NUMPY[0]).abs() < 1e-9 && (fit.b - NUMPY[1]).abs() < 1e-9, "{} {}", fit.a, fit.b);
        assert!((origin.x - NUMPY[2]).abs() < 1e-4 && (origin.y - NUMPY[3]).abs() < 1e-4, "{origin:?}");
        assert!((fit.rms() - NUMPY[4]).abs() < 1e-6, "{}", fit.rms());
    }

    /// a, b, X0, Y0, RMS.
    const NUMPY: [f64; 5] =
        [0.999_680_432_511_320_8, 0.026_184_608_228_504_66, 350_123.422_535_239_4, 3_447_001.561_720_424, 0.039_202_937_547];

    #[test]
    fn points_that_fix_nothing_are_refused() {
        assert!(fit(&[(at(1.0, 1.0), at(2.0, 2.0))]).is_err());
        assert!(fit(&[(at(1.0, 1.0), at(2.0, 2.0)), (at(1.0, 1.0), at(3.0, 2.0))]).is_err());
        assert!(fit(&[(at(1.0, f64::NAN), at(2.0, 2.0)), (at(1.0, 1.0), at(3.0, 2.0))]).is_err());
    }
}
