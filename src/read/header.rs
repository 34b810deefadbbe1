//! Where the header of a table is and what its columns are called: title lines above it, a row of groups over the names, a row
//! of units or of column numbers under them.

use std::borrow::Cow;
use std::collections::HashMap;

use super::columns::Cell;
use super::dataset::Fault;
use super::fields;
use super::heading::{Heading, whole_year};
use super::number::{self, Reading};
use super::unit::{self, Unit};
use crate::finding::{Code, Detail};

/// Rows from the top among which the header is looked for.
const SAMPLE: usize = 40;

/// Rows of names a header may have: two of groups and one of names.
const LEVELS: usize = 3;

/// Cells in rows, as a file holds them.
pub(super) trait Grid {
    /// Whether cells come with their types; otherwise all are text.
    const TYPED: bool;
    fn height(&self) -> usize;
    /// Cells in a row, blank ones at its end included.
    fn width(&self, row: usize) -> usize;
    /// A cell; missing where the row does not reach.
    fn cell(&self, row: usize, column: usize) -> Cell<'_>;
    /// All cells there are in the file.
    fn cells(&self) -> usize;
    /// Whether cells of this row are merged with their neighbours to the right.
    fn merged(&self, row: usize) -> bool;

    /// The columns of a row that may have something in them.
    fn occupied(&self, row: usize) -> Vec<usize> {
        (0..self.width(row)).collect()
    }

    /// A cell as text without the spaces around it; empty where there is nothing.
    fn text(&self, row: usize, column: usize) -> Cow<'_, str> {
        match self.cell(row, column) {
            Cell::Missing => Cow::Borrowed(""),
            Cell::Bool(x) => Cow::Owned(x.to_string()),
            Cell::Int(x) => Cow::Owned(x.to_string()),
            Cell::Float(x) => Cow::Owned(x.to_string()),
            Cell::Text(Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
            Cell::Text(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
        }
    }

    /// The cells of a row that are not blank, with their columns.
    fn filled(&self, row: usize) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
        self.occupied(row).into_iter().map(move |column| (column, self.text(row, column))).filter(|(_, text)| !text.is_empty())
    }

    fn is_blank(&self, row: usize) -> bool {
        self.filled(row).next().is_none()
    }
}

/// The header of a table.
#[derive(Debug)]
pub(super) struct Header {
    /// One a column; empty where it has no name.
    pub names: Vec<String>,
    /// The row after the header.
    pub first: usize,
    /// What was taken for granted.
    pub notes: Vec<Fault>,
}

/// Finds the header; `None` in a table where every cell is blank.
pub(super) fn find(grid: &impl Grid) -> Option<Header> {
    let sample = grid.height().min(SAMPLE);
    let rows: Vec<usize> = (0..sample).filter(|row| !grid.is_blank(*row)).collect();
    let widest = rows.iter().map(|row| grid.filled(*row).count()).max()?;
    let titles = rows.iter().take_while(|row| is_title(grid, **row, widest)).count();
    // A table of nothing but titles has its first line for a header.
    let top = if titles < rows.len() { titles } else { 0 };
    let begin = *rows.get(top)?;
    let mut notes = Vec::new();
    if top > 0 {
        let said: Vec<String> =
            rows[..top].iter().flat_map(|row| distinct(grid, *row)).map(|text| format!("\"{}\"", short(&text))).collect();
        notes.push(layout(format!("{top} title lines above the header were passed over: {}", said.join(", "))));
    }
    if is_data(grid, begin) {
        notes.push(layout("the table has no header: its first line holds values".to_owned()));
        return Some(Header { names: vec![String::new(); grid.width(begin)], first: begin, notes });
    }
    let mut last = begin;
    while last - begin + 1 < LEVELS && groups(grid, last) {
        last += 1;
    }
    let mut names = joined(grid, begin, last);
    if last > begin {
        notes.push(layout(format!("{} header rows were joined to one", last - begin + 1)));
    }
    let mut first = last + 1;
    for _ in 0..2 {
        if is_numbering(grid, first) {
            notes.push(layout("a row of column numbers under the header was passed over".to_owned()));
            first += 1;
        } else if is_units(grid, first) {
            notes.push(layout(format!("the row of units under the header was put into the names: {}", units(grid, first))));
            names.iter_mut().enumerate().for_each(|(column, name)| add_unit(name, &grid.text(first, column)));
            first += 1;
        }
    }
    notes.extend(units_of_titles(grid, &rows[..top], &mut names));
    Some(Header { names, first, notes })
}

/// Names that are unique and not empty; `None` for a column with neither name nor values.
pub(super) fn settle(names: Vec<String>, has_values: impl Fn(usize) -> bool, faults: &mut Vec<Fault>) -> Vec<Option<String>> {
    let mut taken: HashMap<String, usize> = names.iter().filter(|name| !name.is_empty()).map(|name| (name.clone(), 0)).collect();
    let mut settled = Vec::with_capacity(names.len());
    for (column, name) in names.into_iter().enumerate() {
        let name = if !name.is_empty() {
            name
        } else if has_values(column) {
            let name = format!("column_{}", column + 1);
            faults.push(Fault::file(
                Code::HeaderBlank,
                format!("column {} has values and no name; it is called \"{name}\"", column + 1),
            ));
            name
        } else {
            settled.push(None);
            continue;
        };
        let uses = taken.entry(name.clone()).or_insert(0);
        *uses += 1;
        if *uses == 1 {
            settled.push(Some(name));
            continue;
        }
        let mut number = *uses;
        let unique = loop {
            let unique = format!("{name}_{number}");
            if !taken.contains_key(&unique) {
                break unique;
            }
            number += 1;
        };
        taken.insert(name.clone(), number);
        taken.insert(unique.clone(), 1);
        faults.push(Fault::file(Code::HeaderRepeated, format!("\"{name}\" in column {} is called \"{unique}\"", column + 1)));
        settled.push(Some(unique));
    }
    settled
}

pub(super) fn layout(detail: impl Into<Detail>) -> Fault {
    Fault::file(Code::TableLayout, detail)
}

/// The beginning of a text, for messages.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 40;
    let line: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() { format!("{line}…") } else { line }
}

/// One text over a table of three columns or more, or a line such as `填报单位：…  单位：万元` over one of five.
fn is_title(grid: &impl Grid, row: usize, widest: usize) -> bool {
    const PREFIXES: [&str; 10] = ["单位", "金额单位", "计量单位", "填报", "填表", "制表", "编制", "统计", "日期", "时间"];
    let cells: Vec<Cow<'_, str>> = grid.filled(row).map(|(_, text)| text).collect();
    let Some(first) = cells.first() else { return false };
    let one_text = cells.iter().all(|cell| cell == first);
    let note = |cell: &Cow<'_, str>| PREFIXES.iter().any(|prefix| cell.starts_with(prefix)) && cell.contains(['：', ':']);
    one_text && widest >= 3 || cells.len() <= 3 && widest >= 5 && cells.iter().any(note)
}

/// A first line of values: at least two and at least half of its cells are numbers that are no years.
fn is_data(grid: &impl Grid, row: usize) -> bool {
    let cells: Vec<Cow<'_, str>> = grid.filled(row).map(|(_, text)| text).collect();
    let numbers =
        cells.iter().filter(|cell| matches!(number::read(cell), Reading::Plain(_)) && whole_year(cell).is_none()).count();
    numbers >= 2 && numbers * 2 >= cells.len()
}

/// Whether a row of the header is a row of groups with the names in the next one. The next one must look like names throughout,
/// stand under a gap or a merged cell of this one, and have figures under a name of its own.
fn groups(grid: &impl Grid, row: usize) -> bool {
    let next = row + 1;
    if next + 1 >= grid.height() || grid.is_blank(next) || grid.filled(next).any(|(_, text)| !is_label(&text)) {
        return false;
    }
    let width = grid.width(row).max(grid.width(next));
    let gap = |column: usize| {
        let text = grid.text(row, column);
        text.is_empty() || column > 0 && text == grid.text(row, column - 1)
    };
    let own = |column: usize| {
        let below = grid.text(next, column);
        !below.is_empty() && below != grid.text(row, column)
    };
    let filled_gap = (1..width).any(|column| gap(column) && own(column));
    let no_nameless =
        (0..width).all(|column| !grid.text(row, column).is_empty() || !grid.text(next, column).is_empty() || gap(column));
    filled_gap && no_nameless && (grid.merged(row) || (0..width).any(|column| own(column) && figures_under(grid, next, column)))
}

/// Whether most of the cells under a row are numbers.
fn figures_under(grid: &impl Grid, row: usize, column: usize) -> bool {
    let below: Vec<Reading> =
        (row + 1..grid.height().min(row + 1 + SAMPLE)).map(|row| number::read(&grid.text(row, column))).collect();
    let numbers = below.iter().filter(|reading| matches!(reading, Reading::Plain(_) | Reading::Cleaned(..))).count();
    let others = below.iter().filter(|reading| matches!(reading, Reading::NotNumber)).count();
    numbers > 0 && numbers > 2 * others
}

/// A text that could name a column: no number but a year, no address, not long.
fn is_label(text: &str) -> bool {
    let number = !matches!(number::read(text), Reading::NotNumber | Reading::Mark)
        && whole_year(text).is_none()
        && unit::find(text).is_none();
    let date = text.len() >= 8 && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | ':' | ' '));
    !number && !date && !text.contains("://") && text.chars().count() <= 40
}

/// The names of the columns from the rows of the header: the lowest text of each column, with its groups before it where it is
/// not unique or says too little.
fn joined(grid: &impl Grid, begin: usize, last: usize) -> Vec<String> {
    let width = (begin..=last).map(|row| grid.width(row)).max().unwrap_or(0);
    let levels = levels(grid, begin, last, width);
    let parts: Vec<Vec<&str>> = (0..width)
        .map(|column| {
            let mut parts: Vec<&str> =
                levels.iter().filter_map(|level| level.get(column)).map(String::as_str).filter(|p| !p.is_empty()).collect();
            parts.dedup();
            parts
        })
        .collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for leaf in parts.iter().filter_map(|parts| parts.last()) {
        *uses.entry(leaf).or_default() += 1;
    }
    let enough = |leaf: &str| leaf.chars().count() > 1 && whole_year(leaf).is_none() && unit::find(leaf).is_none();
    // Where one column of a group needs the group's name, all of them get it.
    let needy: Vec<&[&str]> = parts
        .iter()
        .filter_map(|parts| parts.split_last())
        .filter(|(leaf, group)| !group.is_empty() && (uses.get(*leaf).is_some_and(|n| *n > 1) || !enough(leaf)))
        .map(|(_, group)| group)
        .collect();
    parts
        .iter()
        .map(|parts| match parts.split_last() {
            Some((leaf, group)) if needy.contains(&group) => {
                let mut name = group.join(" ");
                if unit::find(leaf).is_some() {
                    add_unit(&mut name, leaf);
                    name
                } else {
                    format!("{name} {leaf}")
                }
            }
            Some((leaf, _)) => (*leaf).to_owned(),
            None => String::new(),
        })
        .collect()
}

/// The texts of the header rows, line breaks as spaces; a blank cell of a group row takes the group to its left where a name
/// stands under it, unless merged cells already say how far the groups reach.
fn levels(grid: &impl Grid, begin: usize, last: usize, width: usize) -> Vec<Vec<String>> {
    let text = |row, column| grid.text(row, column).split_whitespace().collect::<Vec<_>>().join(" ");
    let named_below = |row: usize, column| {
        (row + 1..=last).any(|below| {
            let text = grid.text(below, column);
            !text.is_empty() && text != grid.text(row, column)
        })
    };
    (begin..=last)
        .map(|row| {
            let mut group = String::new();
            (0..width)
                .map(|column| {
                    let own = text(row, column);
                    if !own.is_empty() {
                        group = if named_below(row, column) { own.clone() } else { String::new() };
                        own
                    } else if row < last && !grid.merged(row) && named_below(row, column) {
                        group.clone()
                    } else {
                        String::new()
                    }
                })
                .collect()
        })
        .collect()
}

/// Nothing but units, at least one of them over figures.
fn is_units(grid: &impl Grid, row: usize) -> bool {
    if row >= grid.height() {
        return false;
    }
    let mut over_figures = false;
    for (column, text) in grid.filled(row) {
        let unit = unit::find(bare(&text)).is_some();
        if !unit && text != "单位" && !matches!(number::read(&text), Reading::Mark) {
            return false;
        }
        over_figures |= unit && figures_under(grid, row, column);
    }
    over_figures
}

/// `1, 2, 3…` over all columns, or `甲, 乙, 1, 2…` as statistical tables have it.
fn is_numbering(grid: &impl Grid, row: usize) -> bool {
    if row >= grid.height() || grid.filled(row).count() < 5 {
        return false;
    }
    let mut cells = grid.filled(row).map(|(_, text)| bare(&text).to_owned()).collect::<Vec<_>>();
    let letters = cells.iter().zip(["甲", "乙", "丙", "丁", "戊"]).take_while(|(cell, letter)| cell == letter).count();
    cells.drain(..letters);
    let from = if cells.first().is_some_and(|cell| cell == "1") { 1 } else { letters + 1 };
    grid.filled(row).enumerate().all(|(n, (column, _))| n == column)
        && cells.len() > 1
        && cells.iter().enumerate().all(|(n, cell)| *cell == (n + from).to_string())
}

/// The texts of a row; a merged cell that repeats itself counts once.
fn distinct(grid: &impl Grid, row: usize) -> Vec<Cow<'_, str>> {
    let mut texts: Vec<Cow<'_, str>> = grid.filled(row).map(|(_, text)| text).collect();
    texts.dedup();
    texts
}

/// Puts the units of a title line (`单位：亿元、亩`) into the names of the figures that state none. A line with two units of one
/// kind says nothing of either; the columns then keep the unit of their field, and that is said too.
fn units_of_titles(grid: &impl Grid, titles: &[usize], names: &mut [String]) -> Vec<Fault> {
    let mut notes = Vec::new();
    for text in titles.iter().flat_map(|row| distinct(grid, *row)) {
        let stated = stated_units(&text);
        for unit in &stated {
            let of_its_kind = names.iter_mut().filter(|name| fields::unitless(name) == Some(unit.dimension));
            let columns: Vec<&mut String> = of_its_kind.collect();
            let quoted = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            if columns.is_empty() {
                continue;
            }
            if stated.iter().any(|other| other.dimension == unit.dimension && other != unit) {
                let detail = format!("the title line \"{}\" names several units for {quoted}; none was used", short(&text));
                notes.push(Fault::file(Code::FieldUnit, detail));
                break;
            }
            columns.into_iter().for_each(|name| add_unit(name, unit.name()));
            let detail = format!("the title line \"{}\" gives the unit {} to {quoted}", short(&text), unit.name());
            notes.push(Fault::file(Code::FieldUnit, detail));
        }
    }
    notes
}

/// The units a line names behind `单位：`.
fn stated_units(line: &str) -> Vec<&'static Unit> {
    let Some((_, behind)) = line.split_once("单位") else { return Vec::new() };
    let Some(list) = behind.trim_start().strip_prefix(['：', ':']) else { return Vec::new() };
    list.split(|c: char| c.is_whitespace() || "、,，;；()（）".contains(c)).filter_map(unit::find).collect()
}

fn units(grid: &impl Grid, row: usize) -> String {
    let mut units: Vec<String> = grid.filled(row).map(|(_, text)| text.into_owned()).collect();
    units.dedup();
    short(&units.join(", "))
}

fn add_unit(name: &mut String, unit: &str) {
    let unit = bare(unit);
    if unit::find(unit).is_some() && Heading::of(name).unit.is_none() {
        name.push_str(&format!("（{unit}）"));
    }
}

/// A text without brackets around it.
fn bare(text: &str) -> &str {
    text.trim_matches(['(', ')', '（', '）', '[', ']', '【', '】', ' '])
}
