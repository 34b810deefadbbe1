//! Sine and cosine of latitudes near one whose sine and cosine are known: a ring's latitudes are all close to that of its first vertex.

/// Up to this angle, radians, the series below are exact to the last bit: their next terms are x⁷/5040 and x⁶/720.
const SMALL: f64 = 1e-3;

/// Latitudes around one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nearby {
    /// Degrees.
    latitude: f64,
    sin: f64,
    cos: f64,
}

impl Nearby {
    /// Around a latitude in degrees.
    pub fn new(latitude: f64) -> Self {
        let (sin, cos) = latitude.to_radians().sin_cos();
        Self { latitude, sin, cos }
    }

    /// Sine and cosine of a latitude in degrees.
    pub fn sin_cos(&self, latitude: f64) -> (f64, f64) {
        let (sin, cos) = sin_cos((latitude - self.latitude).to_radians());
        (self.sin * cos + self.cos * sin, self.cos * cos - self.sin * sin)
    }
}

/// Sine and cosine of an angle that mostly is small, radians.
pub(super) fn sin_cos(x: f64) -> (f64, f64) {
    if x.abs() > SMALL {
        return x.sin_cos();
    }
    let square = x * x;
    (x * (1.0 - square / 6.0 * (1.0 - square / 20.0)), 1.0 - square / 2.0 * (1.0 - square / 12.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_library_to_the_last_bits_near_and_far() {
        for latitude in [-89.9, 0.0, 31.2, 53.5] {
            let nearby = Nearby::new(latitude);
            for step in [0.0, 1e-9, -3e-5, 0.057, -0.0573, 0.058, 1.0, -45.0] {
                let ((sin, cos), (s, c)) = (nearby.sin_cos(latitude + step), (latitude + step).to_radians().sin_cos());
                assert!((sin - s).abs() < 4e-16 && (cos - c).abs() < 4e-16, "{latitude} {step}: {} {}", sin - s, cos - c);
            }
            let (sin, library) = (sin_cos(latitude * 1e-5).0, (latitude * 1e-5).sin());
            assert!((sin - library).abs() <= 2e-16 * library.abs(), "{latitude}");
        }
    }
}
