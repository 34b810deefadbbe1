//! Builds a dataset from the cells of a table: header, records, types, shapes.

use std::borrow::Cow;
use std::collections::HashSet;

use super::columns::{Cell, Columns};
use super::dataset::{Collection, Dataset, Encoding, Fault};
use super::encoding::looks_garbled;
use super::header::{self, Grid, Header, layout, short};
use super::number::{self, Reading};
use super::unit::Unit;
use super::{fields, points, shifted};
use crate::error::{Error, Result};
use crate::finding::{Code, detail};

/// A table whose columns times rows exceed its cells by more than this factor is refused: it would fill memory with nothing.
const SPARSE: usize = 64;

/// Columns times rows that are always allowed.
const SMALL: usize = 20_000_000;

/// The dataset a grid of cells holds. A cell is a number only where every cell of its column is, unless the cells are typed; an
/// empty cell is missing. Rows of totals and notes under the table are set aside, and said.
///
/// # Errors
/// The table is empty, or claims far more columns and rows than it has cells.
pub(super) fn dataset<G: Grid>(name: String, grid: &G, encoding: Option<Encoding>, mut faults: Vec<Fault>) -> Result<Dataset> {
    let header = header::find(grid)
        .ok_or_else(|| Error::new("is empty").remedy("export the table again; the first line names the columns"))?;
    let records = records(grid, &header);
    let stated = header.names.len();
    let names = widened(grid, &header, &records.rows);
    if names.len().saturating_mul(records.rows.len()) > grid.cells().saturating_mul(SPARSE).max(SMALL) {
        return Err(Error::new(format!("has {} columns and {} rows, nearly all of them empty", names.len(), records.rows.len()))
            .remedy("delete the empty columns and rows, and export the table again"));
    }
    faults.extend(header.notes);
    faults.extend(records.notes);
    let names = header::settle(names, |column| records.rows.iter().any(|row| !grid.text(*row, column).is_empty()), &mut faults);
    if !G::TYPED {
        faults.extend(lengths(grid, &records.rows, stated, names.len()));
    }
    faults.extend(garbled(grid, &records.rows, &names));
    let rows = typed(grid, &records.rows, &names).finish()?;
    faults.extend(shifted::faults(&rows));
    let sheet_rows = records.rows.iter().map(|row| grid.sheet_row(*row)).collect();
    let located = points::locate(rows, &mut faults)?;
    Ok(Dataset {
        name,
        rows: located.rows,
        sheet_rows,
        shapes: located.shapes,
        crs: located.crs,
        schematic: false,
        encoding,
        collection: Collection::default(),
        faults,
    })
}

struct Records {
    /// Rows of the grid that are records.
    rows: Vec<usize>,
    notes: Vec<Fault>,
}

/// Sorts the rows under the header: records, rows of totals, repeated headers, notes at the end, blank rows.
fn records(grid: &impl Grid, header: &Header) -> Records {
    let mut filled: Vec<usize> = (header.first..grid.height()).filter(|row| !grid.is_blank(*row)).collect();
    let mut notes = Vec::new();
    let blank = grid.height().saturating_sub(header.first) - filled.len();
    if blank > 0 {
        notes.push(layout(detail!("略去 {blank} 个空行", "{blank} blank rows were left out")));
    }
    while let Some(row) = filled.last().copied().filter(|row| is_note(grid, *row, header.names.len())) {
        let text = grid.filled(row).next().map(|(_, text)| short(&text)).unwrap_or_default();
        notes.push(layout(detail!("略去表下的注：“{text}”", "a note under the table was left out: \"{text}\"")));
        filled.pop();
    }
    let before = filled.len();
    filled.retain(|row| !repeats_header(grid, *row, header));
    if filled.len() < before {
        notes.push(layout(detail!("略去重复的表头 {} 行", "{} repetitions of the header were left out", before - filled.len())));
    }
    let (totals, rows): (Vec<usize>, Vec<usize>) = filled.into_iter().partition(|row| is_total(grid, *row));
    notes.extend(totals.iter().map(|row| total(grid, *row, &rows, &header.names)));
    Records { rows, notes }
}

/// A line such as `注：…` or `填表人：…` alone in its row under a table of three columns or more.
fn is_note(grid: &impl Grid, row: usize, columns: usize) -> bool {
    const PREFIXES: [&str; 9] = ["注", "备注", "说明", "填表", "制表", "审核", "数据来源", "Note", "Source:"];
    let cells: Vec<_> = grid.filled(row).map(|(_, text)| text).collect();
    let Some(first) = cells.first() else { return false };
    columns >= 3
        && cells.iter().all(|cell| cell == first)
        && first.contains(['：', ':'])
        && PREFIXES.iter().any(|p| first.starts_with(p))
}

fn repeats_header(grid: &impl Grid, row: usize, header: &Header) -> bool {
    header.names.len() > 1
        && header.names.iter().enumerate().all(|(column, name)| !name.is_empty() && grid.text(row, column) == name.as_str())
}

/// A row whose only text is a word for a total, among numbers.
fn is_total(grid: &impl Grid, row: usize) -> bool {
    let mut word: Option<Cow<'_, str>> = None;
    let mut numbers = 0;
    for (_, cell) in grid.filled(row) {
        match number::read(&cell) {
            Reading::Plain(_) | Reading::Cleaned(..) => numbers += 1,
            Reading::Blank | Reading::Mark => {}
            // A merged label repeats itself.
            Reading::NotNumber if word.as_ref().is_some_and(|word| *word == cell) => {}
            Reading::NotNumber if word.is_none() && is_total_word(&cell) => word = Some(cell),
            Reading::NotNumber => return false,
        }
    }
    word.is_some() && numbers > 0
}

fn is_total_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["合计", "总计", "小计", "累计", "共计", "总合计", "total", "grandtotal", "subtotal"];
    let letters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ':' | '：')).flat_map(char::to_lowercase);
    WORDS.contains(&letters.collect::<String>().as_str())
}

/// The finding about a row of totals, with the columns where it is not the sum of the rows.
fn total(grid: &impl Grid, row: usize, records: &[usize], names: &[String]) -> Fault {
    /// Relative difference above which a stated total is not the sum of the rows; totals are often rounded.
    const ROUNDING: f64 = 1e-3;
    let word = grid.filled(row).map(|(_, text)| text).find(|text| is_total_word(text)).unwrap_or_default().into_owned();
    let (mut other, mut mixed) = (Vec::new(), Vec::new());
    for (column, name) in names.iter().enumerate() {
        // A running number is no figure.
        let is_figure = matches!(number::read(&grid.text(row, column)), Reading::Plain(_) | Reading::Cleaned(..))
            && !is_running_number(grid, column, records);
        if !is_figure {
            continue;
        }
        let unit = fields::unit_of(name);
        let amount = |row: usize| amount(&grid.text(row, column), unit);
        let (Some(stated), Some(sum)) = (amount(row), records.iter().map(|row| amount(*row)).sum::<Option<f64>>()) else {
            mixed.push(name.clone());
            continue;
        };
        if (stated - sum).abs() > ROUNDING * stated.abs().max(sum.abs()) {
            other.push(format!("{name} {stated} ≠ Σ {sum}"));
        }
    }
    let partial = word.contains('小');
    let mut told = detail!("略去“{word}”行", "\"{word}\" was left out");
    if !partial && other.is_empty() {
        told = told.and(&detail!("，与各行之和相符", "; it agrees with the rows"));
    } else if !partial {
        told =
            told.and(&detail!("，与各行之和（Σ）不符：{}", "; it differs from the sum of the rows (Σ): {}", short_list(&other)));
    }
    if !partial && !mixed.is_empty() {
        told = told.and(&detail!(
            "；未比较（单元格带单位，列名没有可换算的单位）：{}",
            "; not compared, as cells name units and the column none they fit: {}",
            short_list(&mixed)
        ));
    }
    Fault::file(Code::RowTotal, told)
}

/// The figure of a cell in the unit of its column, 0 where there is none; `None` where it has a unit that is not to be had in the
/// column's.
fn amount(text: &str, column: Option<&Unit>) -> Option<f64> {
    match number::read(text) {
        Reading::Cleaned(value, Some(unit)) => Some(value * unit.in_terms_of(column?)?),
        Reading::Plain(value) | Reading::Cleaned(value, None) => Some(value),
        Reading::Blank | Reading::Mark | Reading::NotNumber => Some(0.0),
    }
}

/// 1, 2, 3… down the records.
fn is_running_number(grid: &impl Grid, column: usize, records: &[usize]) -> bool {
    records.len() > 1 && records.iter().enumerate().all(|(n, row)| grid.text(*row, column) == (n + 1).to_string())
}

fn short_list(items: &[String]) -> String {
    const MOST: usize = 3;
    let shown = items.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if items.len() > MOST { format!("{shown}, … (+{})", items.len() - MOST) } else { shown }
}

/// The names of the header, and nameless columns after it where more than half of the records have cells there.
fn widened(grid: &impl Grid, header: &Header, records: &[usize]) -> Vec<String> {
    let mut names = header.names.clone();
    let reaches = |row: usize| grid.filled(row).last().map_or(0, |(column, _)| column + 1);
    let mut ends: Vec<usize> = records.iter().map(|row| reaches(*row)).filter(|end| *end > names.len()).collect();
    if ends.len() * 2 > records.len() {
        ends.sort_unstable();
        names.resize(ends.get(ends.len() / 2).copied().unwrap_or(0), String::new());
    }
    names
}

/// Findings on rows with fewer cells than the header, or with contents beyond the last column.
fn lengths(grid: &impl Grid, rows: &[usize], stated: usize, columns: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (record, row) in rows.iter().enumerate() {
        let width = grid.width(*row);
        if width < stated {
            let detail = detail!(
                "该行 {width} 个单元格，表头 {stated} 个；缺的按缺失处理",
                "the row has {width} cells, the header {stated}; the others are taken as missing"
            );
            faults.push(Fault::row(Code::RowLength, record, detail));
            continue;
        }
        let beyond: Vec<String> =
            grid.filled(*row).filter(|(column, _)| *column >= columns).map(|(_, text)| format!("\"{}\"", short(&text))).collect();
        if !beyond.is_empty() {
            let detail = detail!(
                "该行 {width} 个单元格，表头 {stated} 个；没有对应列的：{}",
                "the row has {width} cells, the header {stated}; without a column: {}",
                short_list(&beyond)
            );
            faults.push(Fault::row(Code::RowLength, record, detail));
        }
    }
    faults
}

/// Findings on names and cells that were garbled before they came here, or have bytes without a meaning.
fn garbled(grid: &impl Grid, rows: &[usize], names: &[Option<String>]) -> Vec<Fault> {
    let heads = names.iter().flatten().filter(|name| looks_garbled(name));
    let mut faults: Vec<Fault> =
        heads.map(|name| Fault::file(Code::TextGarbled, detail!("列名：{}", "the name of a column: {}", short(name)))).collect();
    for (record, row) in rows.iter().enumerate() {
        let cells = grid.filled(*row).filter(|(_, text)| looks_garbled(text));
        faults.extend(cells.map(|(column, text)| {
            let name = names.get(column).and_then(Option::as_deref).unwrap_or("–");
            Fault::row(Code::TextGarbled, record, format!("{name}: {}", short(&text)))
        }));
    }
    faults
}

fn typed<G: Grid>(grid: &G, rows: &[usize], names: &[Option<String>]) -> Columns {
    // "1E-98" is a number among numbers and a code among codes.
    let codes: HashSet<usize> = (0..names.len())
        .filter(|column| !G::TYPED && rows.iter().any(|row| matches!(parse(grid.cell(*row, *column)), Cell::Text(_))))
        .collect();
    let mut columns = Columns::default();
    for row in rows {
        for (column, name) in names.iter().enumerate() {
            let Some(name) = name else { continue };
            let cell = match grid.cell(*row, column) {
                Cell::Text(text) if text.trim().is_empty() => Cell::Missing,
                cell if G::TYPED || codes.contains(&column) => cell,
                cell => parse(cell),
            };
            columns.set(name, cell);
        }
        columns.end_row();
    }
    columns
}

/// Significant digits that always give the same number again as a float, or one beside it.
const DIGITS: usize = 17;

/// A text as a number, if it is one. A number with a leading zero is a code; so is one beyond what a float holds exactly.
fn parse(cell: Cell<'_>) -> Cell<'_> {
    let Cell::Text(text) = &cell else { return cell };
    let trimmed = text.trim();
    let digits = trimmed.trim_start_matches('-');
    let code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && trimmed.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if trimmed.is_empty() {
        Cell::Missing
    } else if code || !plain {
        cell
    } else if let Ok(x) = trimmed.parse::<i64>() {
        Cell::Int(x)
    } else {
        match trimmed.parse::<f64>() {
            Ok(x) if x.is_finite() && trimmed.contains(['.', 'e', 'E']) && significant(digits) <= DIGITS => Cell::Float(x),
            _ => cell,
        }
    }
}

/// Digits of a decimal number from the first that is not 0.
fn significant(number: &str) -> usize {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stay_text_and_numbers_become_numbers() {
        let parse = |text: &'static str| super::parse(Cell::Text(text.into()));
        assert_eq!(parse("0601"), Cell::Text("0601".into()));
        assert_eq!(parse("-3"), Cell::Int(-3));
        assert_eq!(parse("0.5"), Cell::Float(0.5));
        assert_eq!(parse("91310000123456789E"), Cell::Text("91310000123456789E".into()));
        assert_eq!(parse("12e5"), Cell::Float(12e5));
        assert_eq!(parse("0.3333333333333333"), Cell::Float(1.0 / 3.0));
        assert_eq!(parse("123456789.1234567890"), Cell::Text("123456789.1234567890".into()));
        assert_eq!(parse(" "), Cell::Missing);
        assert_eq!(parse("1,234"), Cell::Text("1,234".into()));
    }
}
