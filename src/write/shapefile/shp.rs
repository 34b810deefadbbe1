//! The `.shp` and `.shx`.

use geo::{Coord, Geometry, LineString, MultiPolygon};

use crate::error::{Error, Result};
use crate::model::{RawShape, Ring};

/// Bytes of the header of both files.
const HEADER: usize = 100;

/// The bytes of both files.
#[derive(Debug)]
pub(super) struct Shp {
    pub shp: Vec<u8>,
    pub shx: Vec<u8>,
}

/// What a row holds, in the format's own terms.
enum Content {
    Null,
    Point(Coord<f64>),
    MultiPoint(Vec<Coord<f64>>),
    /// Lines (type 3) or rings (type 5).
    Parts(i32, Vec<Vec<Coord<f64>>>),
}

impl Content {
    fn kind(&self) -> i32 {
        match self {
            Self::Null => 0,
            Self::Point(_) => 1,
            Self::MultiPoint(_) => 8,
            Self::Parts(kind, _) => *kind,
        }
    }
}

/// Writes all shapes.
///
/// # Errors
/// A shape is of another type than those before it or of none the format has; the file would be too large.
pub(super) fn write(shapes: &[RawShape]) -> Result<Shp> {
    let mut files = Shp { shp: vec![0; HEADER], shx: vec![0; HEADER] };
    let mut extent = Extent::default();
    let (mut kind, mut first) = (0, "");
    for (row, shape) in shapes.iter().enumerate() {
        let content = content(shape).ok_or_else(|| {
            Error::new(format!("a {} has no place in a shapefile", shape.type_name()))
                .at(format!("row {}", row + 1))
                .remedy("take the collection apart, or write the layer to a .gpkg")
        })?;
        match (kind, content.kind()) {
            (_, 0) => {}
            (0, its) => (kind, first) = (its, shape.type_name()),
            (kind, its) if kind != its => {
                return Err(Error::new(format!("a shapefile holds shapes of one type: {} after {first}", shape.type_name()))
                    .at(format!("row {}", row + 1))
                    .remedy("write each type to a file of its own, or all to a .gpkg"));
            }
            _ => {}
        }
        record(row, &content, &mut files, &mut extent)?;
    }
    // A layer of null shapes alone is one of polygons, as parcels are.
    let kind = if kind == 0 { 5 } else { kind };
    header(&mut files.shp, kind, &extent)?;
    header(&mut files.shx, kind, &extent)?;
    Ok(files)
}

fn content(shape: &RawShape) -> Option<Content> {
    Some(match shape {
        RawShape::Missing | RawShape::Unreadable(_) => Content::Null,
        RawShape::Parts(parts) => Content::Parts(5, polygon(parts)),
        RawShape::Other(shape) => match &**shape {
            Geometry::Point(point) => Content::Point(point.0),
            Geometry::MultiPoint(points) => Content::MultiPoint(points.0.iter().map(|point| point.0).collect()),
            Geometry::Line(line) => Content::Parts(3, vec![vec![line.start, line.end]]),
            Geometry::LineString(line) => Content::Parts(3, vec![line.0.clone()]),
            Geometry::MultiLineString(lines) => Content::Parts(3, lines.0.iter().map(|line| line.0.clone()).collect()),
            Geometry::Polygon(one) => Content::Parts(5, rings_of(&MultiPolygon(vec![one.clone()]))),
            Geometry::MultiPolygon(many) => Content::Parts(5, rings_of(many)),
            Geometry::Rect(rect) => Content::Parts(5, rings_of(&MultiPolygon(vec![rect.to_polygon()]))),
            Geometry::Triangle(triangle) => Content::Parts(5, rings_of(&MultiPolygon(vec![triangle.to_polygon()]))),
            Geometry::GeometryCollection(_) => return None,
        },
    })
}

fn rings_of(many: &MultiPolygon) -> Vec<Ring> {
    let ring = |line: &LineString| line.0.clone();
    let parts: Vec<Vec<Ring>> =
        many.0.iter().map(|one| std::iter::once(one.exterior()).chain(one.interiors()).map(ring).collect()).collect();
    polygon(&parts)
}

/// All rings, each closed, outer ones clockwise and holes counter-clockwise.
fn polygon(parts: &[Vec<Ring>]) -> Vec<Ring> {
    let rings = parts.iter().flat_map(|part| part.iter().enumerate());
    rings
        .map(|(n, ring)| {
            let mut ring = ring.clone();
            if let (Some(&first), Some(&last)) = (ring.first(), ring.last())
                && first != last
            {
                ring.push(first);
            }
            let area = signed_area(&ring);
            if (n == 0 && area > 0.0) || (n > 0 && area < 0.0) {
                ring.reverse();
            }
            ring
        })
        .collect()
}

/// Twice the area of a closed ring, positive counter-clockwise.
fn signed_area(ring: &[Coord<f64>]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    ring.windows(2).map(|e| (e[0].x - origin.x) * (e[1].y - origin.y) - (e[1].x - origin.x) * (e[0].y - origin.y)).sum()
}

fn record(row: usize, content: &Content, files: &mut Shp, extent: &mut Extent) -> Result<()> {
    let offset = files.shp.len();
    files.shp.extend(count(row + 1)?.to_be_bytes());
    files.shp.extend([0; 4]);
    let start = files.shp.len();
    files.shp.extend(content.kind().to_le_bytes());
    match content {
        Content::Null => {}
        Content::Point(point) => {
            extent.grow(*point);
            positions(&mut files.shp, std::slice::from_ref(point));
        }
        Content::MultiPoint(points) => {
            extent.add(&mut files.shp, points.iter());
            files.shp.extend(count(points.len())?.to_le_bytes());
            positions(&mut files.shp, points);
        }
        Content::Parts(_, parts) => {
            extent.add(&mut files.shp, parts.iter().flatten());
            files.shp.extend(count(parts.len())?.to_le_bytes());
            files.shp.extend(count(parts.iter().map(Vec::len).sum())?.to_le_bytes());
            let mut begin = 0;
            for part in parts {
                files.shp.extend(count(begin)?.to_le_bytes());
                begin += part.len();
            }
            parts.iter().for_each(|part| positions(&mut files.shp, part));
        }
    }
    let words = words(files.shp.len() - start)?;
    files.shp[start - 4..start].copy_from_slice(&words);
    files.shx.extend(self::words(offset)?);
    files.shx.extend(words);
    Ok(())
}

fn positions(to: &mut Vec<u8>, points: &[Coord<f64>]) {
    for point in points {
        to.extend(point.x.to_le_bytes());
        to.extend(point.y.to_le_bytes());
    }
}

fn header(file: &mut [u8], kind: i32, extent: &Extent) -> Result<()> {
    let length = words(file.len())?;
    file[..4].copy_from_slice(&9994i32.to_be_bytes());
    file[24..28].copy_from_slice(&length);
    file[28..32].copy_from_slice(&1000i32.to_le_bytes());
    file[32..36].copy_from_slice(&kind.to_le_bytes());
    file[36..68].copy_from_slice(&extent.bytes());
    Ok(())
}

/// A length in 16-bit words, as both files count it.
fn words(bytes: usize) -> Result<[u8; 4]> {
    count(bytes / 2).map(i32::to_be_bytes)
}

fn count(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| {
        Error::new("the layer is larger than the 4 GB a shapefile can hold").remedy("write it to a .gpkg, a .fgb or a .parquet")
    })
}

/// A bounding box; coordinates that are no numbers do not count.
#[derive(Debug, Clone, Copy)]
struct Extent {
    min: Coord<f64>,
    max: Coord<f64>,
}

impl Default for Extent {
    fn default() -> Self {
        Self { min: Coord { x: f64::INFINITY, y: f64::INFINITY }, max: Coord { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY } }
    }
}

impl Extent {
    fn grow(&mut self, c: Coord<f64>) {
        self.min = Coord { x: self.min.x.min(c.x), y: self.min.y.min(c.y) };
        self.max = Coord { x: self.max.x.max(c.x), y: self.max.y.max(c.y) };
    }

    /// Writes the box of some positions, and takes them in.
    fn add<'a>(&mut self, to: &mut Vec<u8>, points: impl Iterator<Item = &'a Coord<f64>>) {
        let mut own = Self::default();
        points.for_each(|point| own.grow(*point));
        to.extend(own.bytes());
        if own.min.x.is_finite() {
            self.grow(own.min);
            self.grow(own.max);
        }
    }

    /// Zeros for nothing, as the format has no empty box.
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let finite = |x: f64| if x.is_finite() { x } else { 0.0 };
        for (at, x) in [self.min.x, self.min.y, self.max.x, self.max.y].into_iter().enumerate() {
            bytes[at * 8..at * 8 + 8].copy_from_slice(&finite(x).to_le_bytes());
        }
        bytes
    }
}
