//! A small clean city, made up from a seed: street blocks of parcels, districts that tile it, parks, enterprises and who is where.
//! Independent of `mujun::sample`.

use mujun::model::Source;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};

use super::codes::{INDUSTRIES, LAND_USES, credit_code};
use super::ground::{Ground, Shape, area, block};

/// What a table holds in one place.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Blank,
    Text(String),
    Number(f64),
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// As it is typed: nothing, the text, or the number in full.
    pub fn typed(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Rows under named columns.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub header: Vec<String>,
    /// The same columns as a shapefile calls them: at most ten bytes.
    pub short: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    fn new(columns: &[(&str, &str)]) -> Self {
        Self {
            header: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
            short: columns.iter().map(|(_, short)| (*short).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// The place of a column by its short name.
    pub fn column(&self, short: &str) -> usize {
        self.short.iter().position(|name| name == short).expect("a column of the sheet")
    }

    /// The number in a cell; `None` where there is none.
    pub fn number(&self, row: usize, short: &str) -> Option<f64> {
        match self.rows[row][self.column(short)] {
            Cell::Number(number) => Some(number),
            _ => None,
        }
    }

    pub fn set(&mut self, row: usize, short: &str, cell: Cell) {
        let column = self.column(short);
        self.rows[row][column] = cell;
    }

    pub fn get(&self, row: usize, short: &str) -> &Cell {
        &self.rows[row][self.column(short)]
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    GeoJson,
    /// A shapefile, its text in UTF-8.
    Shapefile,
    /// A shapefile, its text in GBK.
    ShapefileGbk,
    GeoPackage,
    FlatGeobuf,
    GeoParquet,
    Csv,
    CsvGbk,
    Xlsx,
}

impl Format {
    pub const LAYERS: [Self; 6] =
        [Self::GeoJson, Self::Shapefile, Self::ShapefileGbk, Self::GeoPackage, Self::FlatGeobuf, Self::GeoParquet];

    pub fn ending(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::Shapefile | Self::ShapefileGbk => "shp",
            Self::GeoPackage => "gpkg",
            Self::FlatGeobuf => "fgb",
            Self::GeoParquet => "parquet",
            Self::Csv | Self::CsvGbk => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    pub fn is_shapefile(self) -> bool {
        matches!(self, Self::Shapefile | Self::ShapefileGbk)
    }
}

/// What a file says of its coordinate system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    Epsg(u16),
    /// A text in `survey.toml`.
    Told(String),
    Nothing,
}

/// What is done to the numbers of a layer on the way to its file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Numbers {
    Right,
    /// Axes exchanged throughout.
    Swapped,
    /// Axes of one shape exchanged.
    SwappedIn(usize),
    /// One position of one shape is no number.
    NotANumberIn(usize),
}

/// Bytes of a file that get lost, after it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum Loss {
    Nothing,
    /// A file beside the layer, by its ending.
    Part(&'static str),
    /// The end of a file of the layer from this share on.
    End(&'static str, f64),
    /// The last record of the attribute table.
    LastRecord,
    /// A record of the attribute table is marked as deleted.
    Deleted(usize),
}

/// A layer with shapes, in metres on the city's ground until it is written.
#[derive(Debug, Clone)]
pub struct Layer {
    pub source: Source,
    pub sheet: Sheet,
    pub shapes: Vec<Shape>,
    pub format: Format,
    /// The system its numbers are in.
    pub epsg: u16,
    pub stated: Stated,
    /// What moves its places before they become numbers, in degrees.
    pub moved: Option<fn([f64; 2]) -> [f64; 2]>,
    pub numbers: Numbers,
    /// What the `.cpg` of a shapefile says instead of the truth; empty: there is none.
    pub cpg: Option<&'static str>,
    /// Text columns of a shapefile are no wider than this, in bytes.
    pub width: Option<usize>,
    pub loss: Loss,
    /// Rings stay as they are: not closed when written.
    pub open_ring: Option<usize>,
}

/// A table without shapes.
#[derive(Debug, Clone)]
pub struct Book {
    pub source: Source,
    pub sheet: Sheet,
    pub format: Format,
    /// Lines above the header.
    pub above: Vec<Vec<Cell>>,
    /// Lines below the rows.
    pub below: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone)]
pub struct City {
    pub ground: Ground,
    pub parcels: Layer,
    pub districts: Layer,
    pub parks: Layer,
    pub enterprises: Book,
    pub occupancy: Book,
    /// Pairs of parcels beside each other and two neighbouring vertices of the edge they share, for overlaps and gaps.
    pub neighbours: Vec<Neighbours>,
    /// The layer that a fault of coordinates is in.
    pub chosen: Source,
}

/// Two parcels and the edge they share.
#[derive(Debug, Clone, Copy)]
pub struct Neighbours {
    pub left: usize,
    pub right: usize,
    /// From the street to the inside of the block, metres.
    pub edge: [[f64; 2]; 2],
}

const DISTRICTS: [(&str, &str); 6] = [
    ("310112", "闵行区"),
    ("310114", "嘉定区"),
    ("310117", "松江区"),
    ("310118", "青浦区"),
    ("330482", "平湖市"),
    ("330483", "桐乡市"),
];
const PARKS: [(&str, &str); 4] =
    [("集成电路设计产业园", "集成电路"), ("智能传感器产业园", "传感器"), ("生物医药港", "生物医药"), ("新材料科创园", "新材料")];
const PLACES: [&str; 6] = ["上海", "浙江", "嘉兴", "松江", "青浦", "金山"];
const BRANDS: [&str; 12] = ["鑫源", "华盛", "宏达", "永兴", "联创", "精工", "瑞丰", "恒力", "东方", "天元", "德昌", "金桥"];
const TRADES: [&str; 8] = ["机械制造", "电子科技", "汽车零部件", "新材料", "生物医药", "模具", "食品", "纺织"];
const STREETS: [&str; 6] = ["工业路", "创新路", "振兴大道", "科技路", "新源路", "永丰街"];

/// The column of parcels with the number of the row.
pub const SEQUENCE: &str = "XH";
/// Parcels of a city.
const PARCELS: std::ops::RangeInclusive<usize> = 60..=150;

impl City {
    pub fn new(random: &mut ChaCha8Rng) -> Self {
        loop {
            let ground = Ground::new(random);
            let plan = block::Plan::new(random);
            let mut parcels = Vec::new();
            let mut neighbours = Vec::new();
            for at in &plan.blocks {
                block::divide(at, random, &mut parcels, &mut neighbours);
            }
            if PARCELS.contains(&parcels.len()) {
                return Self::settled(random, ground, &plan, parcels, neighbours);
            }
        }
    }

    fn settled(
        random: &mut ChaCha8Rng,
        ground: Ground,
        plan: &block::Plan,
        mut shapes: Vec<Shape>,
        neighbours: Vec<Neighbours>,
    ) -> Self {
        let (courtyard, annexe) = (random.random_range(0..shapes.len() / 2), shapes.len() - 1);
        block::add_courtyard(&mut shapes[courtyard]);
        // The last parcel of the last block becomes a part of one elsewhere.
        let owner = random.random_range(shapes.len() / 2..shapes.len() - 12);
        let part = shapes.pop().expect("a parcel");
        block::add_part(&mut shapes[owner], part);
        let neighbours = neighbours
            .into_iter()
            .filter(|pair| ![pair.left, pair.right].iter().any(|n| [courtyard, annexe, owner].contains(n)))
            .collect();
        let all = DISTRICTS.choose_multiple(random, 3).copied().collect::<Vec<_>>();
        let parcels = parcels(random, ground, shapes, all[0].0);
        let (enterprises, occupancy) = enterprises(random, &parcels.sheet);
        Self {
            districts: districts(random, ground, plan, &all),
            parks: parks(random, ground, plan),
            parcels,
            enterprises,
            occupancy,
            neighbours,
            ground,
            chosen: Source::Parcels,
        }
    }

    pub fn layer_mut(&mut self, source: Source) -> &mut Layer {
        match source {
            Source::Districts => &mut self.districts,
            Source::Parks => &mut self.parks,
            _ => &mut self.parcels,
        }
    }

    pub fn layers(&self) -> [&Layer; 3] {
        [&self.parcels, &self.districts, &self.parks]
    }

    pub fn books(&self) -> [&Book; 2] {
        [&self.enterprises, &self.occupancy]
    }
}

fn layer(random: &mut ChaCha8Rng, ground: Ground, source: Source, sheet: Sheet, shapes: Vec<Shape>) -> Layer {
    let epsg = *ground.systems().choose(random).expect("a system");
    let format = *Format::LAYERS.choose(random).expect("a format");
    Layer {
        source,
        sheet,
        shapes,
        format,
        epsg,
        stated: Stated::Epsg(epsg),
        moved: None,
        numbers: Numbers::Right,
        cpg: None,
        width: None,
        loss: Loss::Nothing,
        open_ring: None,
    }
}

fn parcels(random: &mut ChaCha8Rng, ground: Ground, shapes: Vec<Shape>, district: &str) -> Layer {
    let mut sheet = Sheet::new(&[
        ("宗地代码", "ZDDM"),
        ("坐落", "ZL"),
        ("地类编码", "DLBM"),
        ("宗地面积", "ZDMJ"),
        ("建筑面积", "JZMJ"),
        ("供地年份", "GDNF"),
        ("序号", SEQUENCE),
    ]);
    for (n, shape) in shapes.iter().enumerate() {
        let size = area(shape);
        sheet.rows.push(vec![
            Cell::text(format!("{district}{:03}{:03}GB{:05}", n / 20 + 1, n / 5 + 1, n + 1)),
            Cell::text(format!("{}{}号", STREETS.choose(random).expect("a street"), random.random_range(1..900))),
            Cell::text(*LAND_USES.choose(random).expect("a land use")),
            Cell::Number(cents(size)),
            if random.random_bool(0.04) { Cell::Blank } else { Cell::Number(cents(size * random.random_range(0.4..2.4))) },
            Cell::Number(f64::from(random.random_range(1995..2022))),
            sequence(n),
        ]);
    }
    layer(random, ground, Source::Parcels, sheet, shapes)
}

fn districts(random: &mut ChaCha8Rng, ground: Ground, plan: &block::Plan, names: &[(&str, &str)]) -> Layer {
    let shapes = plan.districts(random);
    let mut sheet = Sheet::new(&[("行政区代码", "XZQDM"), ("行政区名称", "XZQMC")]);
    sheet.rows = names.iter().map(|(code, name)| vec![Cell::text(*code), Cell::text(*name)]).collect();
    layer(random, ground, Source::Districts, sheet, shapes)
}

fn parks(random: &mut ChaCha8Rng, ground: Ground, plan: &block::Plan) -> Layer {
    let shapes = plan.parks(random);
    let mut sheet = Sheet::new(&[("园区编号", "YQBH"), ("园区名称", "YQMC"), ("主导产业", "ZDCY")]);
    let names: Vec<_> = PARKS.choose_multiple(random, shapes.len()).collect();
    sheet.rows = (1..)
        .zip(names)
        .map(|(n, (name, sector))| vec![Cell::text(format!("YQ{n:03}")), Cell::text(*name), Cell::text(*sector)])
        .collect();
    layer(random, ground, Source::Parks, sheet, shapes)
}

/// Enterprises of every size, their figures following from their size, and the parcels they are on.
fn enterprises(random: &mut ChaCha8Rng, parcels: &Sheet) -> (Book, Book) {
    let mut sheet = Sheet::new(&[
        ("统一社会信用代码", "TYSHXYDM"),
        ("企业名称", "QYMC"),
        ("行业代码", "HYDM"),
        ("成立日期", "CLRQ"),
        ("工业总产值", "GYZCZ"),
        ("营业收入", "YYSR"),
        ("税收", "SS"),
        ("研发经费", "YFJF"),
        ("从业人数", "CYRS"),
        ("综合能耗", "ZHNH"),
    ]);
    let mut places = Sheet::new(&[("宗地代码", "ZDDM"), ("统一社会信用代码", "TYSHXYDM"), ("占用比例", "ZYBL")]);
    let tenanted: Vec<usize> = (0..parcels.rows.len()).filter(|_| random.random_bool(0.85)).collect();
    let mut free = tenanted.iter().copied().peekable();
    while let Some(parcel) = free.next() {
        let code = credit_code(random);
        sheet.rows.push(enterprise(random, &code));
        let mut occupy = |parcel: usize, share: f64| {
            places.rows.push(vec![parcels.get(parcel, "ZDDM").clone(), Cell::text(code.as_str()), Cell::Number(share)]);
        };
        match free.peek().copied().filter(|_| sheet.rows.len() % 17 == 3) {
            Some(second) => {
                free.next();
                occupy(parcel, 0.6);
                occupy(second, 0.4);
            }
            None => occupy(parcel, 1.0),
        }
    }
    let mut format = || *[Format::Csv, Format::Xlsx].choose(random).expect("a format");
    let (first, second) = (format(), format());
    let book = |source, sheet, format| Book { source, sheet, format, above: Vec::new(), below: Vec::new() };
    (book(Source::Enterprises, sheet, first), book(Source::Occupancy, places, second))
}

fn enterprise(random: &mut ChaCha8Rng, code: &str) -> Vec<Cell> {
    let spread =
        |random: &mut ChaCha8Rng, middle: f64, sigma: f64| middle * LogNormal::new(0.0, sigma).expect("a spread").sample(random);
    let employees = spread(random, 80.0, 0.9).max(3.0).round();
    let output = spread(random, employees * 120.0, 0.45);
    let revenue = spread(random, output * 1.05, 0.12);
    let figures = [
        output,
        revenue,
        spread(random, revenue * 0.045, 0.45),
        spread(random, revenue * 0.025, 0.6),
        employees,
        spread(random, output * 0.06, 0.6),
    ];
    let name = format!(
        "{}{}{}有限公司",
        PLACES.choose(random).expect("a place"),
        BRANDS.choose(random).expect("a brand"),
        TRADES.choose(random).expect("a trade")
    );
    let date = format!("{}-{:02}-{:02}", random.random_range(1992..2021), random.random_range(1..13), random.random_range(1..29));
    let mut cells =
        vec![Cell::text(code), Cell::text(name), Cell::text(*INDUSTRIES.choose(random).expect("an industry")), Cell::text(date)];
    for figure in figures {
        cells.push(if random.random_bool(0.03) { Cell::Blank } else { Cell::Number(cents(figure)) });
    }
    cells
}

/// The number of a row from 1, as its own column has it: FlatGeobuf puts rows in another order.
pub fn sequence(row: usize) -> Cell {
    #[allow(clippy::cast_precision_loss)]
    Cell::Number((row + 1) as f64)
}

/// To two places, as tables have it.
fn cents(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
