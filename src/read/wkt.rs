//! Well-known text: shapes in a column of a table.

use std::panic::catch_unwind;
use std::str::FromStr;

use geo::{Coord, Geometry};
use wkt::Wkt;
use wkt::types::{LineString, Polygon};

use crate::finding::detail;
use crate::model::{RawShape, Ring};

/// Brackets nested deeper than this are refused before the parser, which recurses, sees them.
const MAX_DEPTH: usize = 32;

/// A shape from its WKT, or EWKT (`SRID=4490;POLYGON…`). Polygons come as they stand there; heights are left out. A fault is kept
/// in the shape; an empty text is a missing shape.
pub(super) fn shape(text: &str) -> RawShape {
    let text = text.trim();
    let text = match text.split_once(';') {
        Some((srid, rest)) if srid.trim_start().to_ascii_uppercase().starts_with("SRID") => rest,
        _ => text,
    };
    if text.is_empty() {
        return RawShape::Missing;
    }
    if depth(text) > MAX_DEPTH {
        return RawShape::unreadable(detail!("括号嵌套超过 {MAX_DEPTH} 层", "its brackets are nested deeper than {MAX_DEPTH}"));
    }
    match catch_unwind(|| Wkt::<f64>::from_str(text)) {
        Ok(Ok(parsed)) => converted(parsed),
        Ok(Err(why)) => RawShape::unreadable(detail!("不是 WKT：{why}", "is not WKT: {why}")),
        Err(_) => RawShape::unreadable(detail!("不是 WKT", "is not WKT")),
    }
}

fn converted(parsed: Wkt<f64>) -> RawShape {
    match parsed {
        Wkt::Polygon(polygon) if polygon.rings().is_empty() => RawShape::Parts(Vec::new()),
        Wkt::Polygon(polygon) => RawShape::Parts(vec![rings(&polygon)]),
        Wkt::MultiPolygon(parts) => RawShape::Parts(parts.polygons().iter().map(rings).collect()),
        other => match Geometry::try_from(other) {
            Ok(shape) => RawShape::Other(Box::new(shape)),
            Err(why) => RawShape::unreadable(why.to_string()),
        },
    }
}

fn rings(polygon: &Polygon<f64>) -> Vec<Ring> {
    polygon.rings().iter().map(ring).collect()
}

fn ring(line: &LineString<f64>) -> Ring {
    line.coords().iter().map(|c| Coord { x: c.x, y: c.y }).collect()
}

/// The deepest nesting of brackets.
fn depth(text: &str) -> usize {
    let (mut now, mut deepest) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' => now += 1,
            b')' => now = now.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(now);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_come_as_they_are_written() {
        let ring = |positions: &[(f64, f64)]| -> Ring { positions.iter().map(|&(x, y)| Coord { x, y }).collect() };
        let wanted = vec![ring(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)]), ring(&[(1.0, 1.0), (2.0, 1.0), (1.0, 1.0)])];
        for text in [
            "POLYGON((0 0,4 0,4 4),(1 1,2 1,1 1))",
            " srid=4490; polygon z ((0 0 5,4 0 5,4 4 5),(1 1 5,2 1 5,1 1 5))",
            "POLYGON ZM((0 0 5 1,4 0 5 1,4 4 5 1),(1 1 5 1,2 1 5 1,1 1 5 1))",
            "MULTIPOLYGON(((0 0,4 0,4 4),(1 1,2 1,1 1)))",
        ] {
            assert_eq!(shape(text), RawShape::Parts(vec![wanted.clone()]), "{text}");
        }
        assert_eq!(shape("POLYGON EMPTY"), RawShape::Parts(Vec::new()));
        assert_eq!(shape("LINESTRING(1 2,3 4)"), RawShape::Other(Box::new(geo::wkt! { LINESTRING(1. 2.,3. 4.) }.into())));
        assert_eq!(shape("  "), RawShape::Missing);
    }

    #[test]
    fn what_is_no_wkt_is_unreadable_and_never_a_panic() {
        let whole = "MULTIPOLYGON(((0 0,4 0,4 4,0 0),(1 1,2 1,1 1)),((9 9,8 9,8 8,9 9)))";
        for cut in 1..whole.len() {
            assert!(matches!(shape(&whole[..cut]), RawShape::Unreadable(_)), "cut at {cut} was accepted");
        }
        let deep = format!("{}{}", "GEOMETRYCOLLECTION(".repeat(200_000), ")".repeat(200_000));
        assert!(matches!(shape(&deep), RawShape::Unreadable(why) if why.en.contains("deeper")));
        for text in ["亩", "POLYGON((a b))", "POLYGON((1 2", "()", "POINT(1,2)", "POLYGON((0 0,1e999 1,2 2))"] {
            shape(text);
        }
    }
}
