//! The sixteen districts: invented shapes in the right arrangement, made of nodes and arcs so that neighbours share every
//! vertex of their border, and the layout zones that follow the same arcs.

use std::collections::BTreeMap;

use super::number::{Point, distance, inside, plane, spot, unit};

/// Segments of a border are halved until they are no longer than this, km.
const SEGMENT_KM: f64 = 0.45;
/// The shapes are the same whatever the seed of the city.
const SHAPE_KEY: u64 = 0x5348;

/// A district: code, name, polygons of one ring each.
#[derive(Debug, Clone)]
pub(super) struct District {
    pub code: &'static str,
    pub name: &'static str,
    /// Counter-clockwise rings, not closed.
    pub parts: Vec<Vec<Point>>,
}

/// A zone of the city's layout plan.
#[derive(Debug, Clone)]
pub(super) struct LayoutZone {
    pub id: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    pub ring: Vec<Point>,
}

/// Position of Pudong in the list of districts.
pub(super) const PUDONG: usize = 10;

/// Codes and names, in the order of [`RINGS`].
const NAMES: [(&str, &str); 16] = [
    ("310101", "黄浦区"),
    ("310104", "徐汇区"),
    ("310105", "长宁区"),
    ("310106", "静安区"),
    ("310107", "普陀区"),
    ("310109", "虹口区"),
    ("310110", "杨浦区"),
    ("310112", "闵行区"),
    ("310113", "宝山区"),
    ("310114", "嘉定区"),
    ("310115", "浦东新区"),
    ("310116", "金山区"),
    ("310117", "松江区"),
    ("310118", "青浦区"),
    ("310120", "奉贤区"),
    ("310151", "崇明区"),
];

/// Each district's ring as a walk over the nodes, clockwise. The island has no nodes.
const RINGS: [&str; 15] = [
    "ga gb rc rd gd",
    "ge gd rd re gf",
    "gi gh ge gf gj",
    "gk gl ga gd ge gh",
    "gm gk gh gi",
    "gl gn rb gb ga",
    "gn ra rb",
    "gp gj gf re rf gq gr gs",
    "oa ob ra gn gl gk gm",
    "oh oa gm gi gj gp",
    "ob oc od rf re rd rc gb rb ra",
    "oe of gt",
    "of og gs gr gt",
    "og oh gp gs",
    "od oe gt gr gq rf",
];

/// Nodes where borders meet: longitude and latitude. `o` on the outline, `r` on the river, `g` on land.
const NODES: [(&str, f64, f64); 31] = [
    ("oa", 121.335, 31.500),
    ("ob", 121.508, 31.392),
    ("oc", 121.812, 31.255),
    ("od", 121.735, 30.868),
    ("oe", 121.392, 30.795),
    ("of", 120.992, 30.885),
    ("og", 120.978, 31.002),
    ("oh", 121.095, 31.282),
    ("ra", 121.552, 31.338),
    ("rb", 121.522, 31.258),
    ("gb", 121.494, 31.240),
    ("rc", 121.500, 31.222),
    ("rd", 121.462, 31.182),
    ("re", 121.452, 31.118),
    ("rf", 121.562, 31.005),
    ("ga", 121.474, 31.243),
    ("gd", 121.452, 31.205),
    ("ge", 121.436, 31.210),
    ("gf", 121.372, 31.162),
    ("gh", 121.428, 31.232),
    ("gi", 121.358, 31.238),
    ("gj", 121.330, 31.212),
    ("gk", 121.420, 31.292),
    ("gl", 121.462, 31.310),
    ("gm", 121.376, 31.305),
    ("gn", 121.492, 31.322),
    ("gp", 121.272, 31.208),
    ("gq", 121.500, 30.975),
    ("gr", 121.415, 30.962),
    ("gs", 121.268, 31.128),
    ("gt", 121.340, 30.902),
];

/// Two nodes and the points that the arc between them passes, in that direction.
type Via = (&'static str, &'static str, &'static [(f64, f64)]);

const VIA: [Via; 14] = [
    ("oa", "ob", &[(121.40, 31.478), (121.47, 31.425)]),
    ("ob", "oc", &[(121.565, 31.372), (121.64, 31.338), (121.73, 31.305)]),
    (
        "oc",
        "od",
        &[
            (121.845, 31.18),
            (121.875, 31.09),
            (121.928, 31.005),
            (121.972, 30.935),
            (121.978, 30.885),
            (121.935, 30.857),
            (121.84, 30.862),
        ],
    ),
    ("od", "oe", &[(121.64, 30.838), (121.54, 30.823), (121.46, 30.818)]),
    ("oe", "of", &[(121.33, 30.748), (121.24, 30.712), (121.13, 30.715), (121.02, 30.735), (120.985, 30.80)]),
    ("of", "og", &[(120.965, 30.94)]),
    ("og", "oh", &[(120.90, 31.035), (120.895, 31.10), (120.985, 31.13), (121.045, 31.20)]),
    ("oh", "oa", &[(121.115, 31.36), (121.165, 31.43), (121.25, 31.475)]),
    ("re", "rf", &[(121.475, 31.07), (121.535, 31.045)]),
    ("ob", "ra", &[(121.520, 31.358)]),
    ("rb", "gb", &[(121.506, 31.252)]),
    ("rc", "rd", &[(121.487, 31.197)]),
    ("rd", "re", &[(121.468, 31.15)]),
    ("rf", "od", &[(121.66, 30.96), (121.705, 30.91)]),
];

/// The islands, counter-clockwise.
const ISLANDS: [&[(f64, f64)]; 2] = [
    &[
        (121.19, 31.775),
        (121.26, 31.705),
        (121.36, 31.635),
        (121.48, 31.572),
        (121.62, 31.508),
        (121.78, 31.468),
        (121.93, 31.462),
        (121.975, 31.505),
        (121.88, 31.565),
        (121.74, 31.635),
        (121.58, 31.715),
        (121.44, 31.792),
        (121.30, 31.838),
        (121.21, 31.828),
    ],
    &[
        (121.60, 31.428),
        (121.66, 31.375),
        (121.75, 31.338),
        (121.815, 31.328),
        (121.81, 31.362),
        (121.73, 31.408),
        (121.65, 31.445),
    ],
];

/// Points of a border between two points, both included, displaced from the straight line at ever finer scale.
fn wavy(a: Point, b: Point, sway: f64, key: u64) -> Vec<Point> {
    fn halve(a: Point, b: Point, sway: f64, key: u64, out: &mut Vec<Point>) {
        if distance(a, b) > SEGMENT_KM {
            let side = (unit(SHAPE_KEY, key, 1) - 0.5) * 2.0 * sway;
            let at = 0.5 + (unit(SHAPE_KEY, key, 2) - 0.5) * 0.2;
            let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
            let middle = [a[0] + dx * at - dy * side, a[1] + dy * at + dx * side];
            halve(a, middle, sway, key * 2, out);
            out.push(middle);
            halve(middle, b, sway, key * 2 + 1, out);
        }
    }
    let mut out = vec![a];
    halve(a, b, sway, key, &mut out);
    out.push(b);
    out
}

/// A polyline through `points` with every stretch made wavy.
fn wavy_line(points: &[Point], sway: f64, key: u64) -> Vec<Point> {
    let mut line = Vec::new();
    for (k, pair) in points.windows(2).enumerate() {
        line.pop();
        line.extend(wavy(pair[0], pair[1], sway, (key + k as u64) * 64 + 1));
    }
    line
}

/// The borders: every arc once, kept under its two nodes in the order in which it was made.
struct Borders {
    nodes: BTreeMap<&'static str, Point>,
}

impl Borders {
    fn new() -> Self {
        Self { nodes: NODES.iter().map(|&(name, lon, lat)| (name, plane(lon, lat))).collect() }
    }

    fn node(&self, name: &str) -> Point {
        self.nodes.get(name).copied().unwrap_or_default()
    }

    /// The arc from one node to another, both included; the same points backwards for the other direction.
    fn arc(&self, from: &str, to: &str) -> Vec<Point> {
        let via = |a: &str, b: &str| VIA.iter().position(|v| v.0 == a && v.1 == b);
        let (forward, backward) = (via(from, to), via(to, from));
        let turned = if forward.is_some() || backward.is_some() { backward.is_some() } else { from > to };
        let (a, b) = if turned { (to, from) } else { (from, to) };
        let between = forward.or(backward).map_or(&[][..], |k| VIA[k].2);
        let points: Vec<Point> = std::iter::once(self.node(a))
            .chain(between.iter().map(|&(lon, lat)| plane(lon, lat)))
            .chain(std::iter::once(self.node(b)))
            .collect();
        let key = a.bytes().chain(b.bytes()).fold(7_u64, |key, byte| key * 31 + u64::from(byte)) % 100_003;
        // Coasts bend gently, borders on land have corners.
        let sway = if a.starts_with('o') && b.starts_with('o') { 0.07 } else { 0.11 };
        let mut line = wavy_line(&points, sway, key * 16);
        if turned {
            line.reverse();
        }
        line
    }

    /// A walk over nodes, closed or not; a closed one does not repeat its first point.
    fn walk(&self, names: &[&str], closed: bool) -> Vec<Point> {
        let mut line: Vec<Point> = Vec::new();
        let last = if closed { names.len() } else { names.len().saturating_sub(1) };
        for k in 0..last {
            line.pop();
            line.extend(self.arc(names[k], names[(k + 1) % names.len()]));
        }
        if closed {
            line.pop();
        }
        line
    }
}

/// The districts, in the order of their codes.
pub(super) fn districts() -> Vec<District> {
    let borders = Borders::new();
    let mut all: Vec<District> = NAMES
        .iter()
        .zip(RINGS)
        .map(|(&(code, name), ring)| {
            let names: Vec<&str> = ring.split(' ').collect();
            let mut ring = borders.walk(&names, true);
            ring.reverse();
            District { code, name, parts: vec![ring] }
        })
        .collect();
    let islands = ISLANDS.iter().enumerate().map(|(k, island)| {
        let mut points: Vec<Point> = island.iter().map(|&(lon, lat)| plane(lon, lat)).collect();
        points.extend(points.first().copied());
        let mut ring = wavy_line(&points, 0.06, 9_000_000 + k as u64 * 100);
        ring.pop();
        ring
    });
    let (code, name) = NAMES[15];
    all.push(District { code, name, parts: islands.collect() });
    all
}

/// One pole and three belts; they may overlap and leave a remainder.
pub(super) fn layout() -> Vec<LayoutZone> {
    let borders = Borders::new();
    // Outline arcs clockwise, then back over land through the points given.
    let belt = |nodes: &[&str], back: &[(f64, f64)], key: u64| {
        let mut ring = borders.walk(nodes, false);
        let mut inland: Vec<Point> = ring.last().copied().into_iter().collect();
        inland.extend(back.iter().map(|&(lon, lat)| plane(lon, lat)));
        inland.extend(ring.first().copied());
        ring.pop();
        ring.extend(wavy_line(&inland, 0.05, key));
        ring.pop();
        ring.reverse();
        ring
    };
    let mut pole = borders.walk(&RINGS[PUDONG].split(' ').collect::<Vec<_>>(), true);
    pole.reverse();
    let river = [(121.745, 31.262), (121.63, 31.292), (121.53, 31.312), (121.445, 31.368), (121.36, 31.425)];
    let bay = [(121.08, 30.835), (121.22, 30.842), (121.38, 30.90), (121.55, 30.925)];
    let west = [(121.285, 31.42), (121.232, 31.30), (121.225, 31.17), (121.245, 31.04), (121.17, 30.93)];
    vec![
        LayoutZone { id: "POLE", name: "一极：浦东（含临港）", kind: "pole", ring: pole },
        LayoutZone { id: "BELT-RIVER", name: "沿江带", kind: "belt", ring: belt(&["oa", "ob", "oc"], &river, 9_100_000) },
        LayoutZone { id: "BELT-BAY", name: "沿湾带", kind: "belt", ring: belt(&["od", "oe", "of"], &bay, 9_200_000) },
        LayoutZone { id: "BELT-WEST", name: "西部带", kind: "belt", ring: belt(&["of", "og", "oh", "oa"], &west, 9_300_000) },
    ]
}

/// Which district lies where, in squares of [`Ground::STEP_KM`].
#[derive(Debug, Clone)]
pub(super) struct Ground {
    squares: Vec<u8>,
}

/// What a square is where there is no land.
const WATER: u8 = u8::MAX;

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, clippy::cast_possible_wrap)]
impl Ground {
    /// Side of a square, km.
    const STEP_KM: f64 = 0.25;
    const WEST: f64 = -64.0;
    const SOUTH: f64 = -64.0;
    const COLUMNS: usize = 480;
    const ROWS: usize = 560;

    /// Marks the squares whose middle is in a district.
    pub fn new(districts: &[District]) -> Self {
        let mut squares = vec![WATER; Self::COLUMNS * Self::ROWS];
        for (number, district) in districts.iter().enumerate() {
            for part in &district.parts {
                Self::fill(&mut squares, part, number as u8);
            }
        }
        Self { squares }
    }

    fn fill(squares: &mut [u8], ring: &[Point], number: u8) {
        for row in 0..Self::ROWS {
            let y = Self::SOUTH + (row as f64 + 0.5) * Self::STEP_KM;
            let mut crossings: Vec<f64> = Vec::new();
            for (k, a) in ring.iter().enumerate() {
                let b = ring[(k + 1) % ring.len()];
                if (a[1] > y) != (b[1] > y) {
                    crossings.push(a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
                }
            }
            crossings.sort_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let column = |x: f64| (((x - Self::WEST) / Self::STEP_KM - 0.5).ceil().max(0.0) as usize).min(Self::COLUMNS);
                squares[row * Self::COLUMNS + column(pair[0])..row * Self::COLUMNS + column(pair[1])].fill(number);
            }
        }
    }

    fn square(&self, column: i64, row: i64) -> u8 {
        let within = (0..Self::COLUMNS as i64).contains(&column) && (0..Self::ROWS as i64).contains(&row);
        if within { self.squares[row as usize * Self::COLUMNS + column as usize] } else { WATER }
    }

    /// The district around a point of the plane.
    pub fn district(&self, p: Point) -> Option<usize> {
        let [column, row] = [((p[0] - Self::WEST) / Self::STEP_KM).floor(), ((p[1] - Self::SOUTH) / Self::STEP_KM).floor()];
        Some(self.square(column as i64, row as i64)).filter(|&d| d != WATER).map(usize::from)
    }

    /// Whether a point may be built on: land all around, and not on both banks of the river.
    pub fn firm(&self, p: Point) -> bool {
        let column = ((p[0] - Self::WEST) / Self::STEP_KM).floor() as i64;
        let row = ((p[1] - Self::SOUTH) / Self::STEP_KM).floor() as i64;
        let (mut east_bank, mut west_bank) = (false, false);
        for r in row - 1..=row + 1 {
            for c in column - 1..=column + 1 {
                let district = self.square(c, r);
                if district == WATER {
                    return false;
                }
                east_bank |= usize::from(district) == PUDONG;
                west_bank |= matches!(district, 0 | 1 | 5 | 6 | 8);
            }
        }
        !(east_bank && west_bank)
    }
}

impl District {
    /// Whether a point of the plane is in the district.
    pub fn holds(&self, p: Point) -> bool {
        inside(self.parts.iter().map(Vec::as_slice), p)
    }
}

/// A closed ring of places.
pub(super) fn closed(ring: &[Point]) -> Vec<super::number::Spot> {
    let mut spots: Vec<_> = ring.iter().map(|&p| spot(p)).collect();
    spots.dedup();
    if spots.first() != spots.last() {
        spots.extend(spots.first().copied());
    }
    spots
}
