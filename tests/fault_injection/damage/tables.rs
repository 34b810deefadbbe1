//! Headers and lines of tables that are not where a reader looks for them.

use mujun::finding::Code;
use mujun::model::Source::Enterprises;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{Claim, Kind, Where, as_it_is};
use crate::city::{Cell, City, Format};

pub const KINDS: &[Kind] = &[
    Kind { name: "header of two rows", prepare: as_it_is, damage: two_rows },
    Kind { name: "title above the header", prepare: as_it_is, damage: title },
    Kind { name: "unit in the header", prepare: as_it_is, damage: unit },
    Kind { name: "column name twice", prepare: as_it_is, damage: repeated },
    Kind { name: "header shifted", prepare: as_it_is, damage: shifted },
    Kind { name: "column without a name", prepare: as_it_is, damage: blank },
    Kind { name: "row with a cell too many", prepare: csv, damage: extra_cell },
    Kind { name: "row with cells missing", prepare: csv, damage: missing_cells },
    Kind { name: "row of totals", prepare: as_it_is, damage: totals },
    Kind { name: "GBK table without a mark", prepare: csv, damage: gbk },
];

fn csv(city: &mut City, _: &mut ChaCha8Rng) {
    city.enterprises.format = Format::Csv;
}

fn two_rows(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let book = &mut city.enterprises;
    let money = ["GYZCZ", "YYSR", "SS", "YFJF"];
    let mut groups = Vec::new();
    for (name, short) in book.sheet.header.iter_mut().zip(&book.sheet.short) {
        if let Some(n) = money.iter().position(|known| known == short) {
            groups.push(if n == 0 { Cell::text("经济指标") } else { Cell::Blank });
        } else {
            groups.push(Cell::text(std::mem::take(name)));
        }
    }
    book.above.push(groups);
    Claim::whole(&[Code::TableLayout], Enterprises)
}

fn title(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    city.enterprises.above.push(vec![Cell::text("2023年度规模以上工业企业资源利用情况表")]);
    Claim::whole(&[Code::TableLayout], Enterprises)
}

fn unit(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let column = sheet.column("GYZCZ");
    sheet.header[column] = "工业总产值（亿元）".to_owned();
    for row in 0..sheet.rows.len() {
        if let Some(number) = sheet.number(row, "GYZCZ") {
            sheet.set(row, "GYZCZ", Cell::Number(number / 10_000.0));
        }
    }
    Claim::whole(&[Code::FieldUnit], Enterprises)
}

fn repeated(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let name = sheet.header[sheet.column("SS")].clone();
    sheet.header.push(name);
    sheet.short.push("SS2".to_owned());
    for row in &mut sheet.rows {
        row.push(Cell::Number(1.0));
    }
    Claim::whole(&[Code::HeaderRepeated], Enterprises)
}

/// The names have moved one column to the left; the last column has none.
fn shifted(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let header = &mut city.enterprises.sheet.header;
    header.remove(0);
    header.push(String::new());
    // Nothing in the table means what it says.
    Claim::whole(&[Code::HeaderShifted], Enterprises)
        .with(
            &[
                Code::HeaderBlank,
                Code::HeaderShifted,
                Code::NotNumber,
                Code::ValueScale,
                Code::Impossible,
                Code::CodeCredit,
                Code::CodeIndustry,
                Code::EnterpriseNoParcel,
                Code::EnterpriseDuplicate,
            ],
            Enterprises,
            Where::Anywhere,
        )
        .with(&[Code::OccupancyEnterprise], mujun::model::Source::Occupancy, Where::Anywhere)
}

fn blank(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let sheet = &mut city.enterprises.sheet;
    let column = sheet.column("YFJF");
    sheet.header[column] = String::new();
    Claim::whole(&[Code::HeaderBlank], Enterprises)
}

fn extra_cell(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let rows = &mut city.enterprises.sheet.rows;
    let row = random.random_range(0..rows.len());
    rows[row].push(Cell::text("备用"));
    Claim::row(&[Code::RowLength], Enterprises, row)
}

fn missing_cells(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let rows = &mut city.enterprises.sheet.rows;
    let row = random.random_range(0..rows.len());
    let keep = rows[row].len() - 3;
    rows[row].truncate(keep);
    Claim::row(&[Code::RowLength], Enterprises, row)
}

fn totals(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let book = &mut city.enterprises;
    let mut cells = vec![Cell::Blank; book.sheet.header.len()];
    cells[0] = Cell::text("合计");
    for short in ["GYZCZ", "YYSR", "SS", "CYRS"] {
        let sum: f64 = (0..book.sheet.rows.len()).filter_map(|row| book.sheet.number(row, short)).sum();
        cells[book.sheet.column(short)] = Cell::Number((sum * 100.0).round() / 100.0);
    }
    book.below.push(cells);
    Claim::whole(&[Code::RowTotal], Enterprises)
}

fn gbk(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    city.enterprises.format = Format::CsvGbk;
    Claim::whole(&[Code::EncodingGuessed], Enterprises)
}
