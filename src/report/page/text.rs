//! A page as text for the terminal.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::{figures, said, shown};
use crate::page::{Page, PageTable};
use crate::report::text::pad_left;
use crate::report::{Lang, WIDTH, count, one_line, pad, wrapped};

/// Rows of a table that the terminal shows, its last row of sums not counted.
const MOST_ROWS: usize = 40;

/// Headline, tables and notes. A long table is cut, and says so.
#[must_use]
pub fn page_text(page: &Page, lang: Lang) -> String {
    let mut out = format!("{}\n{}\n", said(&page.title, lang), wrapped(said(&page.headline, lang), WIDTH, 0));
    for table in &page.tables {
        out.push('\n');
        write_table(&mut out, table, lang);
    }
    if !page.notes.is_empty() {
        out.push('\n');
    }
    for note in &page.notes {
        let _ = writeln!(out, "- {}", wrapped(said(note, lang), WIDTH - 2, 2));
    }
    out
}

fn write_table(out: &mut String, table: &PageTable, lang: Lang) {
    let total = usize::from(table.total);
    let cut = table.rows.len().saturating_sub(MOST_ROWS + total);
    let (first, last) = table.rows.split_at(table.rows.len().saturating_sub(total));
    let rows = first.iter().take(MOST_ROWS).chain(last);
    let cells: Vec<Vec<String>> = rows
        .map(|row| row.iter().zip(&table.columns).map(|(cell, c)| one_line(&shown(cell, c, lang)).into_owned()).collect())
        .collect();
    let mut lines = vec![table.columns.iter().map(|column| said(&column.name, lang).to_owned()).collect::<Vec<_>>()];
    lines.extend(cells);
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let right: Vec<bool> = (0..table.columns.len()).map(|column| figures(table, column)).collect();

    let _ = writeln!(out, "{}", said(&table.title, lang));
    for line in &lines {
        let aligned = line.iter().zip(&widths).zip(&right).map(
            |((cell, width), right)| {
                if *right { pad_left(cell, *width) } else { pad(cell, *width) }
            },
        );
        let _ = writeln!(out, "  {}", aligned.collect::<Vec<_>>().join("  ").trim_end());
    }
    if cut > 0 {
        let _ = writeln!(out, "  … {} {}", count(cut), lang.pick("行未列出，可用 -o 写入文件", "more rows, with -o"));
    }
}
