//! Units of land, and the only place that converts between them.

/// One mu in square metres: 2000/3.
pub const SQUARE_METRES_PER_MU: f64 = 2000.0 / 3.0;

/// Square metres to mu.
///
/// ```
/// assert_eq!(mujun::units::mu(2000.0), 3.0);
/// ```
#[must_use]
pub fn mu(square_metres: f64) -> f64 {
    square_metres * 3.0 / 2000.0
}

/// Mu to square metres.
#[must_use]
pub fn square_metres(mu: f64) -> f64 {
    mu * 2000.0 / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_mu_are_six_and_two_thirds_square_kilometres() {
        assert!((square_metres(10_000.0) - 20_000_000.0 / 3.0).abs() < 1e-6);
        assert_eq!(mu(square_metres(7.0)), 7.0);
        assert_eq!(mu(SQUARE_METRES_PER_MU), 1.0);
    }
}
