//! A page as one sheet to be printed: HTML without scripts, which needs nothing beside it.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::{figures, said, shown};
use crate::page::{Page, PageTable};
use crate::report::{Lang, count};

const STYLE: &str = include_str!("print.css");
/// Rows of a table that are printed, its last row of sums not counted.
const MOST_ROWS: usize = 20;
/// A cell wider than this, in characters, may take several lines.
const LONG: usize = 28;

/// The whole page.
pub(super) fn html(page: &Page, lang: Lang) -> String {
    let title = escaped(said(&page.title, lang));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title><style>\n{STYLE}</style></head><body>\n\
         <h1>{title}</h1>\n<p class=\"headline\">{}</p>\n",
        lang.code(),
        escaped(said(&page.headline, lang))
    );
    for table in &page.tables {
        write_table(&mut out, table, lang);
    }
    out.push_str("<ul class=\"notes\">\n");
    for note in &page.notes {
        let _ = writeln!(out, "<li>{}</li>", escaped(said(note, lang)));
    }
    out.push_str("</ul>\n</body></html>\n");
    out
}

fn write_table(out: &mut String, table: &PageTable, lang: Lang) {
    let (rows, total) = table.rows.split_at(table.rows.len().saturating_sub(usize::from(table.total)));
    let figure: Vec<&str> =
        (0..table.columns.len()).map(|column| if figures(table, column) { " class=\"figure\"" } else { "" }).collect();
    let _ = write!(out, "<h2>{}</h2>\n<table><thead><tr>", escaped(said(&table.title, lang)));
    for column in &table.columns {
        let _ = write!(out, "<th>{}</th>", escaped(said(&column.name, lang)));
    }
    out.push_str("</tr></thead><tbody>\n");
    let printed = rows.iter().take(MOST_ROWS).map(|row| ("", row)).chain(total.iter().map(|row| (" class=\"total\"", row)));
    for (class, row) in printed {
        let _ = write!(out, "<tr{class}>");
        for ((cell, column), figure) in row.iter().zip(&table.columns).zip(&figure) {
            let text = shown(cell, column, lang);
            let class = if text.width() > LONG { " class=\"long\"" } else { figure };
            let _ = write!(out, "<td{class}>{}</td>", escaped(&text));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table>\n");
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    if left_out > 0 {
        let _ = writeln!(out, "<p class=\"notes\">… {} {}</p>", count(left_out), lang.pick("行未列出", "more rows"));
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
