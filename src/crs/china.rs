//! A rough outline of China, to tell whether a place can be one of a Chinese bureau's.

use geo::Coord;

/// Corners in longitude and latitude, drawn generously by hand around land and coast; not a border.
const OUTLINE: [(f64, f64); 42] = [
    (73.3, 39.6),
    (74.8, 36.6),
    (78.0, 34.2),
    (78.4, 31.4),
    (81.0, 29.9),
    (86.0, 27.7),
    (88.9, 27.1),
    (92.0, 26.6),
    (96.9, 27.4),
    (98.3, 25.5),
    (97.4, 23.8),
    (98.8, 21.9),
    (101.5, 21.0),
    (105.5, 22.8),
    (107.8, 21.3),
    (108.3, 17.9),
    (111.2, 17.9),
    (114.5, 21.3),
    (117.5, 22.6),
    (120.0, 21.6),
    (122.2, 22.5),
    (123.2, 25.8),
    (123.2, 31.5),
    (121.8, 35.5),
    (123.2, 37.6),
    (124.4, 39.7),
    (128.2, 41.3),
    (130.7, 42.2),
    (131.4, 44.7),
    (133.3, 45.0),
    (135.3, 48.4),
    (131.0, 48.2),
    (127.5, 50.4),
    (125.2, 53.3),
    (121.3, 53.7),
    (117.5, 49.7),
    (115.5, 47.9),
    (119.4, 46.6),
    (111.7, 45.2),
    (105.0, 41.5),
    (96.3, 43.0),
    (91.0, 45.4),
];
/// The north-western rest of it.
const WEST: [(f64, f64); 6] = [(91.0, 45.4), (87.8, 49.3), (85.4, 48.5), (82.3, 45.4), (79.9, 42.0), (73.3, 39.6)];

/// Whether a place lies in China or close to it.
pub(super) fn contains(c: Coord<f64>) -> bool {
    if !(c.x.is_finite() && c.y.is_finite()) {
        return false;
    }
    let corners: Vec<(f64, f64)> = OUTLINE.into_iter().chain(WEST).collect();
    let mut inside = false;
    let Some(mut from) = corners.last().copied() else { return false };
    for to in corners {
        if (from.1 > c.y) != (to.1 > c.y) && c.x < (to.0 - from.0) * (c.y - from.1) / (to.1 - from.1) + from.0 {
            inside = !inside;
        }
        from = to;
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cities_of_china_are_inside_and_others_are_not() {
        for (x, y) in [
            (121.47, 31.23),
            (116.4, 39.9),
            (87.6, 43.8),
            (75.99, 39.47),
            (91.1, 29.65),
            (126.6, 45.8),
            (110.3, 20.0),
            (113.3, 23.1),
            (122.0, 29.9),
            (124.4, 40.1),
            (131.1, 46.6),
            (82.9, 44.0),
            (98.6, 25.0),
            (114.06, 22.54),
        ] {
            assert!(contains(Coord { x, y }), "{x} {y}");
        }
        for (x, y) in [
            (139.7, 35.7),
            (126.98, 37.57),
            (77.2, 28.6),
            (85.3, 27.7),
            (106.9, 47.9),
            (131.9, 43.1),
            (105.85, 21.03),
            (39.5, 76.0),
            (-71.1, 42.4),
            (0.0, 0.0),
        ] {
            assert!(!contains(Coord { x, y }), "{x} {y}");
        }
    }
}
