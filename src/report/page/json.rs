//! A page as JSON.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::finding::Detail;
use crate::page::{Cell, Page, PageTable};

/// Everything a page says, whatever the language: numbers as computed, texts of the data as they are, words of the program as
/// `{ "zh": …, "en": … }`. Rows are objects by the keys of the columns; what is not known is `null`. Shapes are left to `.geojson`.
///
/// # Errors
/// It cannot be written as text.
pub fn page_json(page: &Page) -> Result<String> {
    let tables: Map<String, Value> = page.tables.iter().map(|table| (table.key.to_owned(), table_json(table))).collect();
    let all = json!({
        "page": page.key, "title": words(&page.title), "headline": words(&page.headline), "verdict": page.verdict.name(),
        "notes": page.notes.iter().map(words).collect::<Vec<_>>(), "tables": tables,
    });
    serde_json::to_string_pretty(&all).map(|text| text + "\n").map_err(|e| Error::new(e.to_string()))
}

/// The sums, if there are any, stand apart, so that rows can be added up.
fn table_json(table: &PageTable) -> Value {
    let row = |row: &Vec<Cell>| -> Value {
        let members = table.columns.iter().zip(row).map(|(column, cell)| (column.key.to_owned(), value(cell)));
        Value::Object(members.collect())
    };
    let (rows, total) = table.rows.split_at(table.rows.len().saturating_sub(usize::from(table.total)));
    let columns: Map<String, Value> = table.columns.iter().map(|c| (c.key.to_owned(), words(&c.name))).collect();
    json!({
        "title": words(&table.title), "columns": columns,
        "rows": rows.iter().map(row).collect::<Vec<_>>(), "total": total.first().map(row),
    })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Count(n) => json!(n),
        Cell::Number(x) => json!(x),
        Cell::Text(text) => json!(text),
        Cell::Words(text) => words(text),
    }
}

fn words(text: &Detail) -> Value {
    json!({ "zh": text.zh, "en": text.en })
}
