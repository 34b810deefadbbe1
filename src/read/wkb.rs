//! Well-known binary: shapes as GeoPackage and GeoParquet hold them.
//!
//! OGC 06-103r4 (ISO 13249-3) and its EWKB dialect (flags in the high bits, an SRID before the counts), either byte order. Every
//! count is checked against the bytes that are left before anything is allocated by it.

use std::fmt::Write as _;

use geo::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use crate::finding::{Detail, detail};
use crate::model::{RawShape, Ring};

/// Collections nested deeper than this are refused.
const MAX_DEPTH: usize = 16;

/// Bytes of the smallest member of a collection: byte order, type, count.
const SMALLEST_MEMBER: usize = 9;

const EWKB_Z: u32 = 0x8000_0000;
const EWKB_M: u32 = 0x4000_0000;
const EWKB_SRID: u32 = 0x2000_0000;

/// A shape and whether it had heights or measures, which are left out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parsed {
    pub shape: RawShape,
    pub heights: bool,
}

/// A shape from its WKB (OGC or ISO, either byte order, with or without heights). A fault is kept in the shape; counts that lie
/// cost no memory.
pub(crate) fn shape(bytes: &[u8]) -> RawShape {
    parse(bytes).shape
}

/// As [`shape`], with word of dropped heights.
pub(crate) fn parse(bytes: &[u8]) -> Parsed {
    let mut reader = Reader { bytes, heights: false };
    let shape = reader.shape(0).unwrap_or_else(RawShape::unreadable);
    Parsed { shape, heights: reader.heights }
}

/// Bytes that are no shape as text, two digits each: what binary columns become.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Faults are plain text: they end up in the shape.
type Result<T> = std::result::Result<T, Detail>;

/// What precedes the coordinates of each geometry.
#[derive(Debug, Clone, Copy)]
struct Header {
    little: bool,
    kind: u32,
    /// Numbers of one position: two to four.
    dimensions: usize,
}

struct Reader<'a> {
    bytes: &'a [u8],
    heights: bool,
}

impl Reader<'_> {
    fn shape(&mut self, depth: usize) -> Result<RawShape> {
        let header = self.header()?;
        Ok(match header.kind {
            3 | 17 => RawShape::Parts(part(self.rings(header)?)),
            6 | 12 | 15 | 16 => RawShape::Parts(self.parts(header)?),
            _ => RawShape::Other(Box::new(self.other(header, depth)?)),
        })
    }

    fn geometry(&mut self, depth: usize) -> Result<Geometry> {
        let header = self.header()?;
        Ok(match header.kind {
            3 | 17 => polygon(self.rings(header)?).into(),
            6 | 12 | 15 | 16 => MultiPolygon(self.parts(header)?.into_iter().map(polygon).collect()).into(),
            _ => self.other(header, depth)?,
        })
    }

    fn other(&mut self, header: Header, depth: usize) -> Result<Geometry> {
        Ok(match header.kind {
            1 => self.point(header)?.into(),
            2 => LineString(self.positions(header)?).into(),
            4 => MultiPoint(self.members(header, |reader, member| match member.kind {
                1 => reader.point(member),
                other => Err(misplaced(other, "MultiPoint")),
            })?)
            .into(),
            5 => MultiLineString(self.members(header, |reader, member| match member.kind {
                2 => Ok(LineString(reader.positions(member)?)),
                other => Err(misplaced(other, "MultiLineString")),
            })?)
            .into(),
            7 if depth >= MAX_DEPTH => {
                return Err(detail!("集合嵌套超过 {MAX_DEPTH} 层", "collections are nested deeper than {MAX_DEPTH}"));
            }
            7 => {
                let count = self.count(header, SMALLEST_MEMBER)?;
                let members = (0..count).map(|_| self.geometry(depth + 1)).collect::<Result<Vec<_>>>()?;
                Geometry::GeometryCollection(GeometryCollection(members))
            }
            8..=11 | 13 | 14 => return Err(curves()),
            other => return Err(detail!("类型 {other} 不是 WKB 的类型", "its type {other} is none of WKB")),
        })
    }

    /// The polygons of a MultiPolygon, or of a surface made of nothing but polygons.
    fn parts(&mut self, header: Header) -> Result<Vec<Vec<Ring>>> {
        self.members(header, |reader, member| match member.kind {
            3 | 17 => reader.rings(member),
            10 => Err(curves()),
            other => Err(misplaced(other, "MultiPolygon")),
        })
    }

    fn members<T>(&mut self, header: Header, read: impl Fn(&mut Self, Header) -> Result<T>) -> Result<Vec<T>> {
        let count = self.count(header, SMALLEST_MEMBER)?;
        (0..count)
            .map(|_| {
                let member = self.header()?;
                read(self, member)
            })
            .collect()
    }

    fn rings(&mut self, header: Header) -> Result<Vec<Ring>> {
        let count = self.count(header, 4)?;
        (0..count).map(|_| self.positions(header)).collect()
    }

    fn positions(&mut self, header: Header) -> Result<Ring> {
        let size = 8 * header.dimensions;
        let count = self.count(header, size)?;
        let bytes = self.take(count * size)?;
        Ok(bytes.chunks_exact(size).map(|position| coord(position, header.little)).collect())
    }

    fn point(&mut self, header: Header) -> Result<Point> {
        Ok(Point(coord(self.take(8 * header.dimensions)?, header.little)))
    }

    fn header(&mut self) -> Result<Header> {
        let little = match self.take(1)? {
            [0] => false,
            [1] => true,
            other => return Err(detail!("字节序 {other:?} 既非 0 也非 1", "its byte order {other:?} is neither 0 nor 1")),
        };
        let code = self.number(little)?;
        if code & EWKB_SRID != 0 {
            self.number(little)?;
        }
        let plain = code & !(EWKB_Z | EWKB_M | EWKB_SRID);
        let (z, m) = match plain / 1000 {
            0 => (code & EWKB_Z != 0, code & EWKB_M != 0),
            1 => (true, false),
            2 => (false, true),
            3 => (true, true),
            _ => return Err(detail!("类型 {code} 不是 WKB 的类型", "its type {code} is none of WKB")),
        };
        self.heights |= z || m;
        Ok(Header { little, kind: plain % 1000, dimensions: 2 + usize::from(z) + usize::from(m) })
    }

    /// A count of things of at least `size` bytes each.
    fn count(&mut self, header: Header, size: usize) -> Result<usize> {
        let count = self.number(header.little)?;
        usize::try_from(count)
            .ok()
            .filter(|count| count.checked_mul(size).is_some_and(|bytes| bytes <= self.bytes.len()))
            .ok_or_else(|| {
                let left = self.bytes.len();
                detail!("写明其后有 {count} 个成员，只剩 {left} 字节", "it says {count} members follow, {left} bytes do")
            })
    }

    fn number(&mut self, little: bool) -> Result<u32> {
        let bytes = <[u8; 4]>::try_from(self.take(4)?).map_err(|e| Detail::from(e.to_string()))?;
        Ok(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn take(&mut self, n: usize) -> Result<&[u8]> {
        let (taken, rest) =
            self.bytes.split_at_checked(n).ok_or_else(|| Detail::new("字节过早结束", "its bytes end too early"))?;
        self.bytes = rest;
        Ok(taken)
    }
}

/// The two numbers at the beginning of a position.
fn coord(position: &[u8], little: bool) -> Coord<f64> {
    let number = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&position[at..at + 8]);
        if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
    };
    Coord { x: number(0), y: number(8) }
}

/// A polygon without rings is no part at all.
fn part(rings: Vec<Ring>) -> Vec<Vec<Ring>> {
    if rings.is_empty() { Vec::new() } else { vec![rings] }
}

fn polygon(rings: Vec<Ring>) -> Polygon {
    let mut rings = rings.into_iter().map(LineString);
    let outer = rings.next().unwrap_or_else(|| LineString(Vec::new()));
    Polygon::new(outer, rings.collect())
}

/// Curves are named and not guessed at.
pub(super) fn curves() -> Detail {
    Detail::new("含有曲线；请把曲线化为直线段后导出", "holds curves; export it with curves as straight segments")
}

fn misplaced(kind: u32, whole: &str) -> Detail {
    detail!("类型 {kind} 的成员不能属于 {whole}", "a member of type {kind} cannot be part of a {whole}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One polygon with a hole, as any of the dialects writes it.
    fn polygon_bytes(little: bool, code: u32, srid: Option<u32>, extra: usize) -> Vec<u8> {
        let number = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
        let float = |x: f64| if little { x.to_le_bytes() } else { x.to_be_bytes() };
        let mut out = vec![u8::from(little)];
        out.extend(number(code));
        srid.into_iter().for_each(|srid| out.extend(number(srid)));
        out.extend(number(2));
        for ring in rings() {
            out.extend(number(u32::try_from(ring.len()).unwrap()));
            for c in ring {
                out.extend(float(c.x));
                out.extend(float(c.y));
                (0..extra).for_each(|n| out.extend(float(f64::from(u32::try_from(n).unwrap()) + 7.5)));
            }
        }
        out
    }

    fn rings() -> Vec<Ring> {
        let ring = |positions: &[(f64, f64)]| positions.iter().map(|&(x, y)| Coord { x, y }).collect();
        vec![
            ring(&[(121.0, 31.0), (121.1, 31.0), (121.1, 31.1), (121.0, 31.0)]),
            // Not closed, and with something that is no number: both stay.
            ring(&[(121.05, 31.02), (f64::INFINITY, 31.03), (121.06, 31.04)]),
        ]
    }

    #[test]
    fn every_dialect_of_a_polygon_gives_the_same_rings_as_stored() {
        let wanted = RawShape::Parts(vec![rings()]);
        for little in [true, false] {
            for (code, srid, extra) in [
                (3, None, 0),
                (1003, None, 1),
                (2003, None, 1),
                (3003, None, 2),
                (3 | EWKB_SRID, Some(4490), 0),
                (3 | EWKB_Z | EWKB_SRID, Some(4490), 1),
                (3 | EWKB_M, None, 1),
                (3 | EWKB_Z | EWKB_M, None, 2),
            ] {
                let parsed = parse(&polygon_bytes(little, code, srid, extra));
                assert_eq!(parsed, Parsed { shape: wanted.clone(), heights: extra > 0 }, "{code:#x}, little: {little}");
            }
        }
    }

    #[test]
    fn the_library_of_another_hand_writes_what_is_read() {
        let shape =
            geo::wkt! { MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 0.),(1. 1.,2. 1.,2. 2.,1. 1.)),((9. 9.,10. 9.,10. 10.,9. 9.))) };
        let mut bytes = Vec::new();
        ::wkb::writer::write_multi_polygon(&mut bytes, &shape, &::wkb::writer::WriteOptions::default()).unwrap();
        let RawShape::Parts(parts) = super::shape(&bytes) else { panic!("{:?}", super::shape(&bytes)) };
        assert_eq!(parts.into_iter().map(polygon).collect::<Vec<_>>(), shape.0);
        let collection =
            GeometryCollection(vec![Point::new(1.0, 2.0).into(), geo::wkt! { POLYGON((0. 0.,1. 0.,1. 1.,0. 0.)) }.into()]);
        let others: [Geometry; 5] = [
            Point::new(1.0, 2.0).into(),
            geo::wkt! { LINESTRING(1. 2.,3. 4.) }.into(),
            geo::wkt! { MULTIPOINT(1. 2.,3. 4.) }.into(),
            geo::wkt! { MULTILINESTRING((1. 2.,3. 4.),(5. 6.,7. 8.)) }.into(),
            Geometry::GeometryCollection(collection),
        ];
        for other in others {
            let mut bytes = Vec::new();
            ::wkb::writer::write_geometry(&mut bytes, &other, &::wkb::writer::WriteOptions::default()).unwrap();
            assert_eq!(super::shape(&bytes), RawShape::Other(Box::new(other)));
        }
    }

    #[test]
    fn counts_that_lie_and_texts_cut_off_are_unreadable() {
        let whole = polygon_bytes(true, 3, None, 0);
        for cut in 0..whole.len() {
            assert!(matches!(super::shape(&whole[..cut]), RawShape::Unreadable(_)), "cut at {cut} was accepted");
        }
        for kind in [2u32, 3, 4, 5, 6, 7, 12, 15, 16, 17] {
            let mut lie = vec![1];
            lie.extend(kind.to_le_bytes());
            lie.extend(u32::MAX.to_le_bytes());
            lie.extend([0; 64]);
            let RawShape::Unreadable(why) = super::shape(&lie) else { panic!("type {kind} was accepted") };
            assert!(why.en.contains("4294967295"), "{why:?}");
        }
        // Each collection holds the next: the end is never reached by recursion.
        let deep = [1, 7, 0, 0, 0, 1, 0, 0, 0].repeat(100_000);
        let RawShape::Unreadable(why) = super::shape(&deep) else { panic!() };
        assert!(why.en.contains("deeper"), "{why:?}");
    }

    #[test]
    fn surfaces_of_polygons_are_read_and_curves_are_named() {
        let mut surface = vec![1, 12, 0, 0, 0, 1, 0, 0, 0];
        surface.extend(polygon_bytes(true, 3, None, 0));
        assert_eq!(super::shape(&surface), RawShape::Parts(vec![rings()]));
        let curve = [vec![1, 10, 0, 0, 0, 1, 0, 0, 0], vec![0; 40]].concat();
        assert!(matches!(super::shape(&curve), RawShape::Unreadable(why) if why.en.contains("curves")));
    }

    #[test]
    fn a_curve_anywhere_in_a_collection_is_named_and_takes_nothing_with_it_in_silence() {
        let positions: Vec<u8> = [3u32.to_le_bytes().to_vec(), vec![0; 48]].concat();
        let member = |kind: u8, count: &[u8], inside: &[u8]| [&[1, kind, 0, 0, 0], count, inside].concat();
        let (none, one) = (&[][..], &[1u8, 0, 0, 0][..]);
        let string = member(8, none, &positions);
        let curves = [
            string.clone(),
            member(9, one, &string),
            member(10, one, &string),
            member(11, one, &string),
            member(12, one, &member(10, one, &string)),
        ];
        let polygon = polygon_bytes(true, 3, None, 0);
        for curve in curves {
            let collection = member(7, &[2, 0, 0, 0], &[polygon.clone(), curve].concat());
            for shape in [super::shape(&collection), super::shape(&member(7, one, &collection))] {
                assert!(
                    matches!(&shape, RawShape::Unreadable(why) if why.en.contains("curves") && why.zh.contains("曲线")),
                    "{shape:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_whatever_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0u8..18, flip in 0usize..1000, bit in 0u8..8) {
            super::shape(&bytes);
            if bytes.len() > 5 {
                bytes[..5].copy_from_slice(&[1, kind, 0, 0, 0]);
                super::shape(&bytes);
            }
            let mut whole = polygon_bytes(true, 3, None, 0);
            let at = flip % whole.len();
            whole[at] ^= 1 << bit;
            super::shape(&whole);
        }
    }
}
