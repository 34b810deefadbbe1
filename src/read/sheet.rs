//! The cells of a worksheet as a grid: only the rows and columns that have any.

use super::columns::Cell;
use super::dataset::Fault;
use super::header::{Grid, layout};
use crate::finding::detail;

/// Row and column, from 0.
type Position = (u32, u32);

/// Cells under merged ranges that are looked at; a sheet with more than this claims them to no purpose.
const MOST_VISITED: usize = 20_000_000;

/// The filled cells of a sheet.
#[derive(Debug, Default)]
pub(super) struct SheetCells {
    /// Rows of the sheet that have cells, ascending; each with its cells in ascending order of columns.
    rows: Vec<(u32, Vec<(u32, Cell<'static>)>)>,
    /// Columns of the sheet that have cells, ascending: column `n` of the grid is `columns[n]` of the sheet.
    columns: Vec<u32>,
    cells: usize,
    /// Rows in which cells are merged side by side.
    merged: Vec<u32>,
}

impl SheetCells {
    /// Adds a cell; in any order, though a sheet has them row by row.
    pub fn push(&mut self, (row, column): Position, cell: Cell<'static>) {
        self.cells += 1;
        match self.rows.last_mut() {
            Some((last, cells)) if *last == row => cells.push((column, cell)),
            _ => self.rows.push((row, vec![(column, cell)])),
        }
    }

    /// Sorts what was added. Of two cells at one place the first stays.
    pub fn settle(&mut self) {
        self.rows.sort_by_key(|(row, _)| *row);
        self.rows.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1.append(&mut later.1);
            }
            same
        });
        for (_, cells) in &mut self.rows {
            cells.sort_by_key(|(column, _)| *column);
            cells.dedup_by_key(|(column, _)| *column);
        }
        self.settle_columns();
    }

    fn settle_columns(&mut self) {
        let mut columns: Vec<u32> = self.rows.iter().flat_map(|(_, cells)| cells.iter().map(|(column, _)| *column)).collect();
        columns.sort_unstable();
        columns.dedup();
        self.columns = columns;
        self.cells = self.rows.iter().map(|(_, cells)| cells.len()).sum();
    }

    /// Fills merged ranges with their text, within the rows and columns that have cells. A number stays in its first cell alone:
    /// repeated, it would count several times in every sum.
    pub fn fill(&mut self, ranges: &[(Position, Position)], most_text: usize, faults: &mut Vec<Fault>) {
        let (mut filled, mut visited, mut numbers, mut text_size) = (0, 0, 0, 0);
        for (start, end) in ranges {
            if end.1 > start.1 {
                self.merged.push(start.0);
            }
            let value = self.at(*start).cloned();
            let text = match value {
                Some(Cell::Text(text)) => text,
                Some(_) => {
                    numbers += usize::from(end != start);
                    continue;
                }
                None => continue,
            };
            let begin = self.rows.partition_point(|(row, _)| *row < start.0);
            visited += self.columns.len();
            let columns: Vec<u32> = self.columns.iter().copied().filter(|column| (start.1..=end.1).contains(column)).collect();
            for (_, cells) in self.rows.iter_mut().skip(begin).take_while(|(row, _)| *row <= end.0) {
                visited += 1 + columns.len();
                if visited > MOST_VISITED || text_size > most_text {
                    break;
                }
                for column in &columns {
                    if let Err(at) = cells.binary_search_by_key(column, |(column, _)| *column) {
                        cells.insert(at, (*column, Cell::Text(text.clone())));
                        filled += 1;
                        text_size += text.len();
                    }
                }
            }
        }
        self.merged.sort_unstable();
        self.settle_columns();
        if visited > MOST_VISITED || text_size > most_text {
            faults.push(layout(detail!(
                "合并区域过大，后面的未填充",
                "the merged ranges reach too far; the later ones were not filled"
            )));
        }
        if filled > 0 {
            faults.push(layout(detail!(
                "{} 个合并区域：其下 {filled} 个单元格填入首格文字",
                "{} merged ranges: {filled} cells under them were given the text of the first",
                ranges.len()
            )));
        }
        if numbers > 0 {
            faults.push(layout(detail!(
                "{numbers} 个合并区域内是数字：只保留在首格，以免重复计入",
                "{numbers} merged ranges hold a number: it stands in the first cell only, so that it counts once"
            )));
        }
    }

    fn at(&self, (row, column): Position) -> Option<&Cell<'static>> {
        let row = self.rows.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        find(&self.rows.get(row)?.1, column)
    }
}

fn find<'c>(cells: &'c [(u32, Cell<'static>)], column: u32) -> Option<&'c Cell<'static>> {
    let at = cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
    cells.get(at).map(|(_, cell)| cell)
}

impl Grid for SheetCells {
    const TYPED: bool = true;

    fn height(&self) -> usize {
        self.rows.len()
    }

    fn width(&self, _: usize) -> usize {
        self.columns.len()
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let cell = self.rows.get(row).zip(self.columns.get(column)).and_then(|((_, cells), column)| find(cells, *column));
        borrowed(cell)
    }

    fn sheet_row(&self, row: usize) -> usize {
        self.rows.get(row).map_or(0, |(row, _)| *row as usize + 1)
    }

    fn cells(&self) -> usize {
        self.cells
    }

    fn merged(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|(row, _)| self.merged.binary_search(row).is_ok())
    }

    fn occupied(&self, row: usize) -> Vec<usize> {
        let cells = self.rows.get(row).map(|(_, cells)| cells.as_slice()).unwrap_or_default();
        cells.iter().filter_map(|(column, _)| self.columns.binary_search(column).ok()).collect()
    }
}

/// The same cell without copying its text.
fn borrowed<'c>(cell: Option<&'c Cell<'static>>) -> Cell<'c> {
    match cell {
        None | Some(Cell::Missing) => Cell::Missing,
        Some(Cell::Bool(x)) => Cell::Bool(*x),
        Some(Cell::Int(x)) => Cell::Int(*x),
        Some(Cell::Float(x)) => Cell::Float(*x),
        Some(Cell::Text(text)) => Cell::Text(text.as_ref().into()),
    }
}
