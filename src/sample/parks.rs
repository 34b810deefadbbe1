//! Characteristic parks: invented shapes made of whole and cut street blocks, each inside its district.

use std::collections::BTreeSet;

use super::districts::District;
use super::lattice::{Lattice, unwarp, warp};
use super::number::{Point, plane, unit};

/// A park: its rings in the plane of the city.
#[derive(Debug, Clone)]
pub(super) struct Park {
    pub id: String,
    pub name: &'static str,
    pub district: usize,
    pub sector: &'static str,
    pub year: u16,
    /// Polygons, each an outer ring (counter-clockwise) and holes (clockwise), not closed.
    pub parts: Vec<Vec<Vec<Point>>>,
    /// Middle of its first part.
    pub middle: Point,
}

/// What a park's shape is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    /// One rectangle of blocks.
    Plain,
    /// A rectangle without one corner.
    Notched,
    /// Two separate pieces.
    Two,
    /// Three separate pieces.
    Three,
    /// A rectangle with a block left out in the middle.
    Hole,
    /// A rectangle that takes a column of blocks of the park before it.
    Overlapping,
}

use Form::{Hole, Notched, Overlapping, Plain, Three, Two};

/// A wish: name, district, sector, batch year, longitude, latitude, blocks east and north, form.
type Wish = (&'static str, &'static str, &'static str, u16, f64, f64, i64, i64, Form);

const WISHES: [Wish; 38] = [
    ("集成电路设计产业园", "310115", "IC", 2020, 121.605, 31.212, 4, 3, Notched),
    ("东方芯港", "310115", "IC", 2020, 121.872, 30.905, 6, 4, Notched),
    ("智能传感器产业园", "310114", "sensor", 2020, 121.238, 31.388, 4, 4, Plain),
    ("浦江创芯之城", "310112", "IC", 2021, 121.510, 31.035, 4, 3, Two),
    ("张江创新药产业基地", "310115", "bio", 2020, 121.645, 31.182, 4, 4, Hole),
    ("临港生命蓝湾", "310115", "bio", 2020, 121.842, 30.935, 4, 3, Plain),
    ("东方美谷", "310120", "bio", 2020, 121.478, 30.922, 5, 4, Three),
    ("湾区生物医药港", "310116", "bio", 2020, 121.305, 30.792, 3, 4, Plain),
    ("北上海生物医药产业园", "310113", "bio", 2020, 121.372, 31.432, 4, 3, Notched),
    ("张江人工智能岛", "310115", "AI", 2020, 121.588, 31.188, 2, 2, Plain),
    ("西岸智慧谷", "310104", "AI", 2020, 121.440, 31.165, 2, 3, Plain),
    ("马桥AI创新试验区", "310112", "AI", 2020, 121.372, 31.035, 4, 4, Notched),
    ("海洋创新园", "310115", "marine", 2021, 121.905, 30.892, 3, 3, Plain),
    ("长阳秀带", "310110", "online", 2021, 121.523, 31.292, 2, 2, Plain),
    ("张江在线", "310115", "online", 2021, 121.612, 31.238, 2, 3, Plain),
    ("国际氢能谷", "310115", "green", 2022, 121.900, 30.945, 3, 4, Two),
    ("宝武碳中和产业园", "310113", "green", 2022, 121.462, 31.385, 4, 3, Plain),
    ("漕河泾元创未来", "310104", "metaverse", 2022, 121.405, 31.172, 2, 2, Plain),
    ("张江数链", "310115", "metaverse", 2022, 121.590, 31.165, 2, 2, Plain),
    ("碳谷绿湾", "310116", "materials", 2020, 121.275, 30.752, 5, 3, Notched),
    ("超能新材料科创园", "310113", "materials", 2020, 121.415, 31.405, 3, 3, Plain),
    ("信息飞鱼", "310115", "digital", 2021, 121.855, 30.968, 3, 3, Plain),
    ("大飞机园", "310115", "aero", 2020, 121.800, 31.125, 5, 4, Notched),
    ("金桥5G产业生态园", "310115", "digital", 2020, 121.622, 31.262, 4, 3, Notched),
    ("外高桥智能制造服务产业园", "310115", "smart", 2020, 121.612, 31.322, 4, 3, Two),
    ("张江机器人谷", "310115", "smart", 2021, 121.665, 31.205, 3, 3, Overlapping),
    ("机器人产业园", "310113", "smart", 2020, 121.352, 31.362, 3, 3, Plain),
    ("G60电子信息国际创新产业园", "310117", "IC", 2020, 121.262, 31.045, 5, 4, Notched),
    ("华东无人机基地", "310116", "aero", 2020, 121.165, 30.790, 4, 3, Plain),
    ("市西软件信息园", "310118", "software", 2020, 121.205, 31.175, 3, 3, Plain),
    ("北斗西虹桥", "310118", "digital", 2020, 121.212, 31.205, 3, 2, Plain),
    ("氢能港", "310114", "green", 2020, 121.168, 31.305, 4, 4, Two),
    ("市北数智", "310106", "digital", 2021, 121.442, 31.282, 2, 2, Plain),
    ("中以创新园", "310107", "smart", 2021, 121.385, 31.268, 2, 2, Plain),
    ("南桥智行生态谷", "310120", "auto", 2022, 121.448, 30.888, 4, 3, Two),
    ("电子化学品专区", "310120", "materials", 2022, 121.412, 30.838, 3, 3, Plain),
    ("长兴海洋装备产业园", "310151", "marine", 2021, 121.728, 31.372, 5, 2, Plain),
    ("南虹桥智慧医疗创新试验区", "310112", "bio", 2020, 121.305, 31.182, 3, 3, Notched),
];

/// Where along a lattice line the side of a park runs.
#[derive(Debug, Clone, Copy)]
enum Side {
    /// In the middle of the street.
    Street,
    /// Along the faces of the blocks inside it.
    Face,
    /// Through the blocks inside it, at this part of their depth.
    Through(f64),
}

/// A rectangle of main blocks, first and last, and its sides: west, south, east, north.
struct Piece {
    i: [i64; 2],
    j: [i64; 2],
    sides: [Side; 4],
    notched: bool,
}

impl Piece {
    /// Position of the first (west, south) or last (east, north) side on an axis of the flat plane.
    fn side(&self, lattice: Lattice, axis: usize, last: bool) -> f64 {
        let (range, side) = (if axis == 0 { self.i } else { self.j }, self.sides[axis + 2 * usize::from(last)]);
        let street = |n: i64| lattice.street(axis as u64, n * lattice.cuts);
        let half = |n: i64| lattice.half_width(axis as u64, n * lattice.cuts);
        let (n, inwards) = if last { (range[1] + 1, -1.0) } else { (range[0], 1.0) };
        let next = if last { n - 1 } else { n + 1 };
        match side {
            Side::Street => street(n),
            Side::Face => street(n) + inwards * half(n),
            Side::Through(part) => street(n) + (street(next) - street(n)) * part,
        }
    }

    /// The ring in the plane of the city, with a vertex at each street's two faces, counter-clockwise.
    fn ring(&self, lattice: Lattice) -> Vec<Point> {
        let [w, e] = [self.side(lattice, 0, false), self.side(lattice, 0, true)];
        let [s, n] = [self.side(lattice, 1, false), self.side(lattice, 1, true)];
        let mut corners = vec![[w, s], [e, s], [e, n], [w, n]];
        if self.notched {
            let street = |axis: u64, k: i64| lattice.street(axis, k * lattice.cuts);
            let (x, y) = (street(0, self.i[1]), street(1, self.j[1]));
            corners = vec![[w, s], [e, s], [e, y], [x, y], [x, n], [w, n]];
        }
        let mut ring = Vec::new();
        for (k, &a) in corners.iter().enumerate() {
            let b = corners[(k + 1) % corners.len()];
            let axis = usize::from(k % 2 == 1);
            ring.push(a);
            let range = if axis == 0 { self.i } else { self.j };
            let mut stops: Vec<f64> = (range[0]..=range[1] + 1)
                .flat_map(|n| {
                    let (street, half) =
                        (lattice.street(axis as u64, n * lattice.cuts), lattice.half_width(axis as u64, n * lattice.cuts));
                    [street - half, street + half]
                })
                .filter(|&x| x > a[axis].min(b[axis]) + 1e-6 && x < a[axis].max(b[axis]) - 1e-6)
                .collect();
            if a[axis] > b[axis] {
                stops.reverse();
            }
            ring.extend(stops.into_iter().map(|x| if axis == 0 { [x, a[1]] } else { [a[0], x] }));
        }
        ring.into_iter().map(warp).collect()
    }

    fn blocks(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        (self.i[0]..=self.i[1]).flat_map(|i| (self.j[0]..=self.j[1]).map(move |j| (i, j)))
    }
}

/// Places every park near where it is wished, inside its district and clear of the others; the one that overlaps its neighbour
/// does so by one column of blocks.
pub(super) fn parks(lattice: Lattice, districts: &[District]) -> Vec<Park> {
    let mut taken: BTreeSet<(i64, i64)> = BTreeSet::new();
    let mut parks: Vec<Park> = Vec::new();
    let mut hosts: Vec<Vec<(i64, i64)>> = Vec::new();
    for (number, wish) in WISHES.iter().enumerate() {
        let Some(district) = districts.iter().position(|d| d.code == wish.1) else { continue };
        let Some(pieces) = place(lattice, wish, number as u64, &districts[district], &taken, &hosts) else { continue };
        let cells: Vec<(i64, i64)> = pieces.iter().flat_map(Piece::blocks).collect();
        for &(i, j) in &cells {
            // A free block all round keeps parks apart.
            taken.extend((-1..=1).flat_map(|a| (-1..=1).map(move |b| (i + a, j + b))));
        }
        let mut parts: Vec<Vec<Vec<Point>>> = pieces.iter().map(|piece| vec![piece.ring(lattice)]).collect();
        if wish.8 == Hole
            && let (Some(piece), Some(part)) = (pieces.first(), parts.first_mut())
        {
            let (i, j) = (i64::midpoint(piece.i[0], piece.i[1]), i64::midpoint(piece.j[0], piece.j[1]));
            let inner =
                Piece { i: [i, i], j: [j, j], sides: [Side::Face, Side::Street, Side::Through(0.3), Side::Face], notched: false };
            let mut ring = inner.ring(lattice);
            ring.reverse();
            part.push(ring);
        }
        let middle = pieces.first().map_or([0.0; 2], |piece| middle_of(&piece.ring(lattice)));
        let id = format!("TS{:02}", number + 1);
        parks.push(Park { id, name: wish.0, district, sector: wish.2, year: wish.3, parts, middle });
        hosts.push(cells);
    }
    parks
}

#[allow(clippy::cast_precision_loss)]
fn middle_of(ring: &[Point]) -> Point {
    let n = ring.len().max(1) as f64;
    [0, 1].map(|axis| ring.iter().map(|p| p[axis]).sum::<f64>() / n)
}

/// The pieces of a park at the free place nearest to the one wished, smaller if need be.
fn place(
    lattice: Lattice,
    wish: &Wish,
    number: u64,
    district: &District,
    taken: &BTreeSet<(i64, i64)>,
    hosts: &[Vec<(i64, i64)>],
) -> Option<Vec<Piece>> {
    let (i0, j0) = lattice.main_block(unwarp(plane(wish.4, wish.5)));
    let fits = |pieces: &[Piece], allowed: &[(i64, i64)]| {
        pieces.iter().all(|piece| {
            piece.blocks().all(|b| !taken.contains(&b) || allowed.contains(&b))
                && piece.ring(lattice).iter().all(|&p| district.holds(p))
        })
    };
    if wish.8 == Overlapping {
        // Its western column is the eastern column of the park with the hole.
        let host = &hosts.get(WISHES.iter().position(|w| w.8 == Hole)?)?;
        let (east, north) = (host.iter().map(|b| b.0).max()?, host.iter().map(|b| b.1).max()?);
        return Some(vec![Piece {
            i: [east, east + wish.6 - 1],
            j: [north - 1, north + wish.7 - 2],
            sides: [Side::Street; 4],
            notched: false,
        }]);
    }
    for smaller in 0..3 {
        let (w, h) = ((wish.6 - smaller).max(1), (wish.7 - smaller).max(1));
        for radius in 0..9_i64 {
            for a in -radius..=radius {
                for b in -radius..=radius {
                    if a.abs().max(b.abs()) != radius {
                        continue;
                    }
                    let pieces = pieces(lattice, wish.8, number, i0 + a - w / 2, j0 + b - h / 2, w, h);
                    if fits(&pieces, &[]) {
                        return Some(pieces);
                    }
                }
            }
        }
    }
    None
}

fn pieces(lattice: Lattice, form: Form, number: u64, i: i64, j: i64, w: i64, h: i64) -> Vec<Piece> {
    let sides = |piece: u64| {
        [0, 1, 2, 3].map(|side| {
            let draw = unit(lattice.seed ^ 0x61, number * 8 + piece, side);
            if draw < 0.35 {
                Side::Street
            } else if draw < 0.62 {
                Side::Face
            } else {
                Side::Through(0.25 + 0.5 * (draw - 0.62) / 0.38)
            }
        })
    };
    let piece = |n: u64, i: [i64; 2], j: [i64; 2], notched: bool| Piece { i, j, sides: sides(n), notched };
    let (e, n) = (i + w - 1, j + h - 1);
    match form {
        Two => vec![piece(0, [i, e - 1], [j, n], false), piece(1, [e + 1, e + 2], [j + 1, n], false)],
        Three => vec![
            piece(0, [i, e - 1], [j, n - 1], true),
            piece(1, [e + 1, e + 2], [j, n - 2], false),
            piece(2, [i + 1, e], [n + 1, n + 1], false),
        ],
        _ => vec![piece(0, [i, e], [j, n], form == Notched)],
    }
}
