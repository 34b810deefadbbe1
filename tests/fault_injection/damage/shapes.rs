//! Shapes that are broken, lie on each other, or leave a gap.

use mujun::finding::Code;
use mujun::model::Source::{Districts, Parcels};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::{Claim, Kind, Where, as_it_is};
use crate::city::{Cell, City, Format, Neighbours, Numbers, SEQUENCE, sequence};
use crate::ground::Shape;
use crate::ground::block::bumped;

pub const KINDS: &[Kind] = &[
    Kind { name: "ring not closed", prepare: text_or_shapefile, damage: unclosed },
    Kind { name: "bow tie", prepare: as_it_is, damage: bow_tie },
    Kind { name: "geometry null", prepare: nullable, damage: null },
    Kind { name: "geometry empty", prepare: text, damage: empty },
    Kind { name: "ring of two points", prepare: text_or_shapefile, damage: short },
    Kind { name: "hole outside", prepare: text, damage: hole_outside },
    Kind { name: "coordinate not a number", prepare: shapefile, damage: not_a_number },
    Kind { name: "one shape with axes swapped", prepare: in_degrees, damage: one_swapped },
    Kind { name: "a point for a polygon", prepare: text, damage: point },
    Kind { name: "overlap", prepare: as_it_is, damage: overlap },
    Kind { name: "overlap, a sliver", prepare: as_it_is, damage: overlap_sliver },
    Kind { name: "gap", prepare: as_it_is, damage: gap },
    Kind { name: "gap, a sliver", prepare: as_it_is, damage: gap_sliver },
    Kind { name: "shape twice under two ids", prepare: as_it_is, damage: duplicate },
    Kind { name: "districts with a gap", prepare: as_it_is, damage: districts_gap },
    Kind { name: "districts overlapping", prepare: as_it_is, damage: districts_overlap },
    Kind { name: "parcel outside all districts", prepare: as_it_is, damage: outside },
];

fn text(city: &mut City, _: &mut ChaCha8Rng) {
    city.parcels.format = Format::GeoJson;
}

fn shapefile(city: &mut City, _: &mut ChaCha8Rng) {
    city.parcels.format = Format::ShapefileGbk;
}

fn text_or_shapefile(city: &mut City, random: &mut ChaCha8Rng) {
    city.parcels.format = if random.random_bool(0.5) { Format::GeoJson } else { Format::Shapefile };
}

fn nullable(city: &mut City, random: &mut ChaCha8Rng) {
    let formats = [Format::GeoJson, Format::Shapefile, Format::ShapefileGbk, Format::GeoPackage, Format::GeoParquet];
    city.parcels.format = *formats.choose(random).expect("a format");
}

fn in_degrees(city: &mut City, _: &mut ChaCha8Rng) {
    city.parcels.epsg = 4490;
    city.parcels.stated = crate::city::Stated::Epsg(4490);
}

/// A parcel of one plain polygon, amid others.
fn plain(city: &City, random: &mut ChaCha8Rng) -> usize {
    let pair = city.neighbours.choose(random).expect("neighbours");
    if random.random_bool(0.5) { pair.left } else { pair.right }
}

fn pair(city: &City, random: &mut ChaCha8Rng) -> Neighbours {
    *city.neighbours.choose(random).expect("neighbours")
}

/// What follows for a row whose shape is not what it was: its own area differs from the stated one.
fn of_shape(codes: &'static [Code], row: usize) -> Claim {
    Claim::row(codes, Parcels, row).with(&[Code::AreaStated, Code::FloorArea], Parcels, Where::Rows(vec![row]))
}

fn unclosed(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = plain(city, random);
    city.parcels.open_ring = Some(row);
    Claim::row(&[Code::Unclosed], Parcels, row)
}

fn bow_tie(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = plain(city, random);
    let ring = city.parcels.shapes[row].outer();
    // Two corners that are not beside each other on one edge.
    let n = (0..ring.len()).find(|n| is_corner(ring, *n) && is_corner(ring, (n + 1) % ring.len())).expect("two corners");
    let next = (n + 1) % ring.len();
    ring.swap(n, next);
    // The crossed shape leaves ground to nobody and takes some of its neighbours'.
    of_shape(&[Code::SelfCrossing], row).with(&[Code::NoArea], Parcels, Where::Rows(vec![row])).with(
        &[Code::Overlap, Code::OverlapSliver, Code::Gap, Code::GapSliver],
        Parcels,
        Where::Anywhere,
    )
}

fn is_corner(ring: &[[f64; 2]], n: usize) -> bool {
    let (a, b, c) = (ring[(n + ring.len() - 1) % ring.len()], ring[n], ring[(n + 1) % ring.len()]);
    let cross = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
    cross.abs() > 0.3 * (b[0] - a[0]).hypot(b[1] - a[1]) * (c[0] - b[0]).hypot(c[1] - b[1])
}

/// A parcel whose shape is lost borders on the street: the hole it leaves is open and no gap.
fn replaced(city: &mut City, random: &mut ChaCha8Rng, shape: Shape, codes: &'static [Code]) -> Claim {
    let row = plain(city, random);
    city.parcels.shapes[row] = shape;
    Claim::row(codes, Parcels, row)
}

fn null(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    replaced(city, random, Shape::Null, &[Code::ShapeMissing])
}

fn empty(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    replaced(city, random, Shape::Empty, &[Code::ShapeEmpty])
}

fn point(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    replaced(city, random, Shape::Point([50.0, 50.0]), &[Code::ShapeType])
}

fn short(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = plain(city, random);
    city.parcels.shapes[row].outer().truncate(2);
    Claim::row(&[Code::ShortRing], Parcels, row)
}

fn hole_outside(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = plain(city, random);
    let Shape::Parts(parts) = &mut city.parcels.shapes[row] else { return Claim::default() };
    // South of the city, on nobody's ground.
    let [x, y] = parts[0][0].iter().copied().fold([f64::INFINITY, f64::INFINITY], |a, b| [a[0].min(b[0]), a[1].min(b[1])]);
    let (x, y) = (x + 2.0, y - 3000.0);
    parts[0].push(vec![[x, y], [x, y + 6.0], [x + 9.0, y + 6.0], [x + 9.0, y]]);
    of_shape(&[Code::RingsClash], row)
}

fn not_a_number(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = plain(city, random);
    city.parcels.numbers = Numbers::NotANumberIn(row);
    Claim::row(&[Code::NonFinite], Parcels, row)
}

fn one_swapped(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = plain(city, random);
    city.parcels.numbers = Numbers::SwappedIn(row);
    Claim::row(&[Code::Swapped], Parcels, row)
}

/// Moves part of the shared edge of the left parcel: towards its neighbour if positive.
fn push(city: &mut City, pair: Neighbours, depth: f64) {
    let left = city.parcels.shapes[pair.left].outer();
    let [a, b] = pair.edge;
    // A counter-clockwise ring that runs along the edge has its inside on the left, and depths go to the right.
    let along = left.iter().zip(left.iter().cycle().skip(1)).any(|(p, q)| *p == a && *q == b);
    *left = bumped(left, pair.edge, if along { depth } else { -depth });
}

fn overlap(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let pair = pair(city, random);
    push(city, pair, random.random_range(4.0..12.0));
    Claim::one(&[Code::Overlap], Parcels, Where::Rows(vec![pair.left, pair.right])).with(
        &[Code::AreaStated],
        Parcels,
        Where::Rows(vec![pair.left]),
    )
}

fn overlap_sliver(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let pair = pair(city, random);
    push(city, pair, random.random_range(0.03..0.09));
    Claim::one(&[Code::OverlapSliver], Parcels, Where::Rows(vec![pair.left, pair.right]))
}

fn gap(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let pair = pair(city, random);
    push(city, pair, random.random_range(-9.0..-4.0));
    Claim::one(&[Code::Gap], Parcels, Where::Rows(vec![pair.left, pair.right])).with(
        &[Code::AreaStated],
        Parcels,
        Where::Rows(vec![pair.left]),
    )
}

fn gap_sliver(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let pair = pair(city, random);
    push(city, pair, random.random_range(-0.09..-0.03));
    Claim::one(&[Code::GapSliver], Parcels, Where::Rows(vec![pair.left, pair.right]))
}

fn duplicate(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = plain(city, random);
    let last = city.parcels.shapes.len();
    let mut cells = city.parcels.sheet.rows[row].clone();
    cells[0] = Cell::text(format!("310199999999GB{last:05}"));
    city.parcels.sheet.rows.push(cells);
    city.parcels.sheet.set(last, SEQUENCE, sequence(last));
    let shape = city.parcels.shapes[row].clone();
    city.parcels.shapes.push(shape);
    Claim::one(&[Code::ShapeDuplicate], Parcels, Where::Rows(vec![row, last]))
}

/// Moves the zigzag between the south and the north of the north-western district.
fn shift_border(city: &mut City, by: f64) {
    let ring = city.districts.shapes[1].outer();
    // Its ring begins in the west with the border to the south: the points of the street between two blocks.
    for point in ring.iter_mut().skip(1).take(7) {
        point[1] += by;
    }
}

fn districts_gap(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    shift_border(city, 60.0);
    // Parcels in the gap are in no district.
    Claim::one(&[Code::ZonesGap], Districts, Where::Anywhere).with(&[Code::NoDistrict], Parcels, Where::Anywhere)
}

fn districts_overlap(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    shift_border(city, -60.0);
    Claim::one(&[Code::ZonesOverlap], Districts, Where::Anywhere).with(&[Code::DistrictOverlap], Parcels, Where::Anywhere)
}

fn outside(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let last = city.parcels.shapes.len();
    let (x, y) = (random.random_range(0.0..500.0), -400.0);
    city.parcels.shapes.push(Shape::Parts(vec![vec![vec![[x, y], [x + 80.0, y], [x + 80.0, y + 60.0], [x, y + 60.0]]]]));
    let mut cells = city.parcels.sheet.rows[0].clone();
    cells[0] = Cell::text(format!("310199999999GB{last:05}"));
    city.parcels.sheet.rows.push(cells);
    city.parcels.sheet.set(last, SEQUENCE, sequence(last));
    city.parcels.sheet.set(last, "ZDMJ", Cell::Number(4800.0));
    city.parcels.sheet.set(last, "JZMJ", Cell::Number(3100.0));
    Claim::row(&[Code::NoDistrict], Parcels, last)
}
