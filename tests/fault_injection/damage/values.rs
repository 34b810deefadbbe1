//! Values that cannot be right, are in another unit, or are no codes.

use mujun::finding::Code;
use mujun::model::Source::{Enterprises, Parcels};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::{Claim, Kind, Where, as_it_is};
use crate::city::{Cell, City, Format, Sheet};
use crate::codes::SIGNS;

const MONEY: [&str; 4] = ["GYZCZ", "YYSR", "SS", "YFJF"];

pub const KINDS: &[Kind] = &[
    Kind { name: "negative value", prepare: as_it_is, damage: negative },
    Kind { name: "text for a number", prepare: as_it_is, damage: text_for_number },
    Kind { name: "a row in yuan", prepare: as_it_is, damage: row_in_yuan },
    Kind { name: "one figure in yuan", prepare: as_it_is, damage: figure_in_yuan },
    Kind { name: "a column in yuan", prepare: as_it_is, damage: column_in_yuan },
    Kind { name: "stated areas in mu", prepare: as_it_is, damage: areas_in_mu },
    Kind { name: "an area off by ten", prepare: as_it_is, damage: area_off },
    Kind { name: "floor area far too large", prepare: as_it_is, damage: floor_area },
    Kind { name: "wrong check digit", prepare: as_it_is, damage: check_digit },
    Kind { name: "industry code unknown", prepare: as_it_is, damage: industry },
    Kind { name: "land-use code unknown", prepare: as_it_is, damage: land_use },
    Kind { name: "thousands separators", prepare: as_it_is, damage: thousands },
    Kind { name: "full-width digits", prepare: as_it_is, damage: full_width },
    Kind { name: "marks for missing values", prepare: as_it_is, damage: marks },
    Kind { name: "text garbled", prepare: as_it_is, damage: garbled },
    Kind { name: "parcel text garbled", prepare: layer_text, damage: garbled_parcel },
];

fn layer_text(city: &mut City, random: &mut ChaCha8Rng) {
    let formats = [Format::GeoJson, Format::Shapefile, Format::GeoPackage, Format::FlatGeobuf, Format::GeoParquet];
    city.parcels.format = *formats.choose(random).expect("a format");
}

/// A row of a sheet that has a number there.
fn row_with(sheet: &Sheet, column: &str, random: &mut ChaCha8Rng) -> usize {
    let rows: Vec<usize> = (0..sheet.rows.len()).filter(|row| sheet.number(*row, column).is_some()).collect();
    *rows.choose(random).expect("a row with a number")
}

/// Multiplies figures of a column in some rows.
fn multiply(sheet: &mut Sheet, rows: std::ops::Range<usize>, column: &str, factor: f64) {
    for row in rows {
        if let Some(number) = sheet.number(row, column) {
            sheet.set(row, column, Cell::Number(number * factor));
        }
    }
}

/// Writes the numbers of a column as text.
fn retype(sheet: &mut Sheet, column: &str, how: impl Fn(f64) -> String) {
    for row in 0..sheet.rows.len() {
        if let Some(number) = sheet.number(row, column) {
            sheet.set(row, column, Cell::text(how(number)));
        }
    }
}

fn negative(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let column = *["GYZCZ", "YYSR", "CYRS", "ZHNH"].choose(random).expect("a column");
    let row = row_with(sheet, column, random);
    multiply(sheet, row..row + 1, column, -1.0);
    Claim::row(&[Code::Impossible], Enterprises, row)
}

fn text_for_number(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let column = *["GYZCZ", "SS", "CYRS"].choose(random).expect("a column");
    let row = row_with(sheet, column, random);
    let text = *["约三千", "见附件", "停产", "12 apples", "2023年6月"].choose(random).expect("a text");
    sheet.set(row, column, Cell::text(text));
    Claim::row(&[Code::NotNumber], Enterprises, row)
}

fn row_in_yuan(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let complete: Vec<usize> = (0..sheet.rows.len())
        .filter(|row| MONEY.iter().chain(&["CYRS"]).all(|column| sheet.number(*row, column).is_some()))
        .collect();
    let row = *complete.choose(random).expect("a row with all figures");
    for column in MONEY {
        multiply(sheet, row..row + 1, column, 10_000.0);
    }
    Claim::row(&[Code::ValueScale], Enterprises, row)
}

fn figure_in_yuan(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let column = *MONEY.choose(random).expect("a column");
    let row = row_with(sheet, column, random);
    multiply(sheet, row..row + 1, column, 10_000.0);
    Claim::row(&[Code::ValueScale], Enterprises, row)
}

fn column_in_yuan(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let rows = 0..sheet.rows.len();
    let column = *["GYZCZ", "YYSR", "SS"].choose(random).expect("a column");
    multiply(sheet, rows, column, 10_000.0);
    Claim::whole(&[Code::ValueScale], Enterprises)
}

fn areas_in_mu(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.parcels.sheet;
    let rows = 0..sheet.rows.len();
    multiply(sheet, rows, "ZDMJ", 3.0 / 2000.0);
    Claim::whole(&[Code::AreaCause], Parcels)
}

fn area_off(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.parcels.sheet;
    let row = random.random_range(0..sheet.rows.len());
    multiply(sheet, row..row + 1, "ZDMJ", if random.random_bool(0.5) { 10.0 } else { 0.1 });
    Claim::row(&[Code::AreaStated], Parcels, row)
}

fn floor_area(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.parcels.sheet;
    let row = row_with(sheet, "JZMJ", random);
    multiply(sheet, row..row + 1, "JZMJ", 100.0);
    Claim::row(&[Code::FloorArea], Parcels, row)
}

/// Changes a text of an enterprise and, where it is its code, the occupancy table with it.
fn recode(city: &mut City, row: usize, code: String) {
    let old = city.enterprises.sheet.get(row, "TYSHXYDM").clone();
    city.enterprises.sheet.set(row, "TYSHXYDM", Cell::text(code.as_str()));
    let places = &mut city.occupancy.sheet;
    for at in 0..places.rows.len() {
        if *places.get(at, "TYSHXYDM") == old {
            places.set(at, "TYSHXYDM", Cell::text(code.as_str()));
        }
    }
}

fn check_digit(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = random.random_range(0..city.enterprises.sheet.rows.len());
    let mut code = city.enterprises.sheet.get(row, "TYSHXYDM").typed();
    let is = code.pop().expect("a code");
    let others: Vec<char> = SIGNS.chars().filter(|sign| *sign != is).collect();
    code.push(*others.choose(random).expect("a sign"));
    recode(city, row, code);
    Claim::row(&[Code::CodeCredit], Enterprises, row)
}

fn industry(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = random.random_range(0..city.enterprises.sheet.rows.len());
    let code = *["3588", "9999", "X12", "0000", "1234"].choose(random).expect("a code");
    city.enterprises.sheet.set(row, "HYDM", Cell::text(code));
    Claim::row(&[Code::CodeIndustry], Enterprises, row)
}

fn land_use(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let row = random.random_range(0..city.parcels.sheet.rows.len());
    let code = *["9999", "100199", "Q77", "待定X"].choose(random).expect("a code");
    city.parcels.sheet.set(row, "DLBM", Cell::text(code));
    Claim::row(&[Code::CodeLandUse], Parcels, row)
}

fn thousands(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    retype(&mut city.enterprises.sheet, "GYZCZ", |number| {
        let text = format!("{number:.2}");
        let (whole, rest) = text.split_once('.').expect("a point");
        let digits: Vec<char> = whole.chars().rev().collect();
        let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().collect()).collect();
        let whole: String = groups.join(",").chars().rev().collect();
        format!("{whole}.{rest}")
    });
    Claim::whole(&[Code::ValueCleaned], Enterprises)
}

fn full_width(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    retype(&mut city.enterprises.sheet, "CYRS", |number| {
        number.to_string().chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).expect("full width")).collect()
    });
    Claim::whole(&[Code::ValueCleaned], Enterprises)
}

fn marks(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let mark = *["/", "—", "无", "-", "N/A"].choose(random).expect("a mark");
    let sheet = &mut city.enterprises.sheet;
    for _ in 0..3 {
        let row = row_with(sheet, "YFJF", random);
        sheet.set(row, "YFJF", Cell::text(mark));
    }
    Claim::whole(&[Code::ValueMark], Enterprises)
}

/// UTF-8 read as GBK and saved so.
fn misread(text: &str) -> String {
    encoding_rs::GBK.decode_without_bom_handling(text.as_bytes()).0.into_owned()
}

fn garbled(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    for row in 0..sheet.rows.len() {
        let name = misread(&sheet.get(row, "QYMC").typed());
        sheet.set(row, "QYMC", Cell::text(name));
    }
    Claim::one(&[Code::TextGarbled], Enterprises, Where::Anywhere)
}

fn garbled_parcel(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.parcels.sheet;
    let row = random.random_range(0..sheet.rows.len());
    let text = misread(&sheet.get(row, "ZL").typed());
    sheet.set(row, "ZL", Cell::text(text));
    Claim::one(&[Code::TextGarbled], Parcels, Where::Rows(vec![row]))
}
