//! The CGCS2000 ellipsoid.

/// Semi-major axis a, metres.
pub const A: f64 = 6_378_137.0;
/// Flattening f.
pub const F: f64 = 1.0 / 298.257_222_101;
/// First eccentricity squared, e² = f (2 − f).
pub const E2: f64 = F * (2.0 - F);
/// Semi-minor axis b, metres.
pub const B: f64 = A * (1.0 - F);
