//! A [`Page`] in every form: text of the terminal, JSON, workbook, CSV, layers, and a sheet to be printed. What a number is called and
//! how many digits it has is said by its column, so that one code serves all pages.

mod book;
mod json;
mod layers;
mod print;
#[cfg(test)]
mod tests;
mod text;

use std::fs;
use std::path::Path;

use super::Lang;
use super::text::{count, number};
use crate::error::{Error, Result, io};
use crate::finding::Detail;
use crate::page::{Cell, Column, Page, PageTable};
use crate::write::whole::whole;
pub use json::page_json;
pub use text::page_text;

/// Writes a page to a file, by the ending of its name: `.xlsx` a sheet a table, `.csv` and `.geojson` one table, `.gpkg` all tables,
/// `.html` one page to be printed, `.json` everything. `table` names the one table by its key; none: the first that can be written so.
///
/// # Errors
/// The ending is none of these, there is no such table, or the file cannot be written.
pub fn page_file(page: &Page, table: Option<&str>, lang: Lang, path: &Path) -> Result<()> {
    let one_table = ["csv", "geojson"];
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if let Some(name) = table.filter(|_| !one_table.contains(&ending.as_str())) {
        return Err(Error::new(format!("holds every table, not \"{name}\" alone"))
            .in_file(path)
            .remedy("leave the table out, or end the name with .csv or .geojson"));
    }
    match ending.as_str() {
        "xlsx" => book::write(page, lang, path),
        "csv" => layers::csv(chosen(page, table, false)?, lang, path),
        "geojson" => layers::geojson(chosen(page, table, true)?, lang, path),
        "gpkg" => layers::geopackage(page, lang, path),
        "html" => text_file(&print::html(page, lang), path),
        "json" => text_file(&page_json(page)?, path),
        _ => Err(Error::new("the ending of the name is none of a form that a page has")
            .in_file(path)
            .remedy("end it with .xlsx, .csv, .geojson, .gpkg, .html or .json")),
    }
}

fn text_file(text: &str, path: &Path) -> Result<()> {
    whole(path, |partial| fs::write(partial, text).map_err(|e| io(partial, "write", &e)))
}

/// The table of that key, or the first; of those with places where `placed`.
fn chosen<'a>(page: &'a Page, key: Option<&str>, placed: bool) -> Result<&'a PageTable> {
    let fit = || page.tables.iter().filter(|table| !placed || table.shapes.is_some());
    fit().find(|table| key.is_none_or(|key| table.key == key)).ok_or_else(|| {
        let keys: Vec<&str> = fit().map(|table| table.key).collect();
        let what = if placed { "table with places" } else { "table" };
        let named = key.map(|key| format!(" \"{key}\"")).unwrap_or_default();
        Error::new(format!("the page has no {what}{named}")).remedy(if keys.is_empty() {
            "write another form, such as .xlsx".to_owned()
        } else {
            format!("its tables are: {}", keys.join(", "))
        })
    })
}

fn said(words: &Detail, lang: Lang) -> &str {
    lang.pick(&words.zh, &words.en)
}

/// A cell as people read it; what is not known is a dash.
fn shown(cell: &Cell, column: &Column, lang: Lang) -> String {
    match cell {
        Cell::Missing => "–".to_owned(),
        Cell::Count(n) => count(*n),
        Cell::Number(x) => number(*x, column.decimals),
        Cell::Text(text) => text.clone(),
        Cell::Words(words) => said(words, lang).to_owned(),
    }
}

/// Whether the column stands to the right: it has figures and nothing else.
fn figures(table: &PageTable, column: usize) -> bool {
    let cells = || table.rows.iter().filter_map(|row| row.get(column));
    cells().any(|cell| matches!(cell, Cell::Count(_) | Cell::Number(_)))
        && cells().all(|cell| matches!(cell, Cell::Count(_) | Cell::Number(_) | Cell::Missing))
}
