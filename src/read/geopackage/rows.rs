//! The rows of a layer: values as they are stored, shapes out of GeoPackage's geometry blobs.

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, PlSmallStr, Series};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::catalogue::{Content, Declared, DeclaredKind, Table};
use crate::error::{Error, Result};
use crate::finding::{Code, Detail, detail};
use crate::model::RawShape;
use crate::read::columns::{Cell, Columns};
use crate::read::dataset::Fault;
use crate::read::wkb;

/// Rows between two words of progress.
const TICK: u64 = 1 << 12;

/// Names that writers give to a key that says nothing.
const PLAIN_KEYS: [&str; 4] = ["fid", "ogc_fid", "ogr_fid", "rowid"];

/// How much a file of so many bytes can hold, so that one whose pages point at each other ends nevertheless.
pub(super) struct Limit {
    rows: usize,
    bytes: usize,
}

impl Limit {
    /// A row takes four bytes at least. Texts may be longer than the file: rows older than a column share its default.
    pub fn of(length: u64) -> Self {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Self { rows: length / 4, bytes: length.saturating_mul(100).saturating_add(64 << 20) }
    }
}

/// What a layer holds.
pub(super) struct Rows {
    pub rows: Result<DataFrame>,
    pub shapes: Option<Vec<RawShape>>,
    pub faults: Vec<Fault>,
}

/// Reads every row in the order of its key. A file damaged on the way gives the rows before the damage, and a fault.
pub(super) fn read(
    connection: &Connection,
    content: &Content,
    table: &Table,
    limit: &Limit,
    tick: &(dyn Fn(u64) + Sync),
) -> rusqlite::Result<Rows> {
    let mut layer = Growing::default();
    let names: Vec<String> =
        table.columns.iter().map(|column| &column.name).chain(&table.geometry).map(|name| quoted(name)).collect();
    // A table of nothing but a geometry column still has rows.
    let list = if names.is_empty() { "NULL".to_owned() } else { names.join(", ") };
    let mut statement = connection.prepare(&format!("SELECT {list} FROM main.{}", quoted(&content.table)))?;
    let mut rows = statement.query([])?;
    let mut told = 0u64;
    loop {
        match rows.next() {
            Ok(None) => break,
            Ok(Some(row)) => layer.row(row, table)?,
            Err(error) if layer.shapes.len() + layer.height == 0 => return Err(error),
            Err(error) => {
                layer.faults.push(Fault::file(
                    Code::FileTruncated,
                    detail!("第 {} 行之后：{error}", "after row {}: {error}", layer.height),
                ));
                break;
            }
        }
        if layer.height > limit.rows || layer.bytes > limit.bytes {
            layer.faults.push(Fault::file(
                Code::FileTruncated,
                detail!(
                    "第 {} 行之后：内容超出文件大小所允许的量",
                    "after row {}: it holds more than its size allows",
                    layer.height
                ),
            ));
            break;
        }
        told += 1;
        if told == TICK {
            tick(told);
            told = 0;
        }
    }
    tick(told);
    Ok(layer.finish(table))
}

#[derive(Default)]
struct Growing {
    columns: Columns,
    shapes: Vec<RawShape>,
    height: usize,
    heights: usize,
    bytes: usize,
    faults: Vec<Fault>,
}

impl Growing {
    fn row(&mut self, row: &Row<'_>, table: &Table) -> rusqlite::Result<()> {
        for (n, column) in table.columns.iter().enumerate() {
            let value = row.get_ref(n)?;
            self.bytes += size(value);
            let cell = cell(value, column.kind);
            if let Cell::Text(text) = &cell
                && text.contains('\u{fffd}')
            {
                self.faults.push(Fault::row(Code::TextGarbled, self.height, format!("{}: {text}", column.name)));
            }
            self.columns.set(&column.name, cell);
        }
        if table.geometry.is_some() {
            let value = row.get_ref(table.columns.len())?;
            self.bytes += size(value);
            let parsed = geometry(value);
            self.heights += usize::from(parsed.heights);
            self.shapes.push(parsed.shape);
        }
        self.columns.end_row();
        self.height += 1;
        Ok(())
    }

    fn finish(mut self, table: &Table) -> Rows {
        if self.heights > 0 {
            self.faults.push(Fault::file(Code::HeightDropped, detail!("{} 个图形", "{} shapes", self.heights)));
        }
        for name in &table.computed {
            self.faults.push(Fault::file(
                Code::FilePartMissing,
                detail!(
                    "“{name}”列由文件自行计算，略去",
                    "the column \"{name}\" is computed by the file itself and was left out"
                ),
            ));
        }
        let rows = self.columns.finish().and_then(|rows| typed(&rows, self.height, &table.columns));
        Rows { rows, shapes: table.geometry.is_some().then_some(self.shapes), faults: self.faults }
    }
}

/// Every declared column, in its declared type where all its cells are missing; without a key that only counts the rows.
fn typed(rows: &DataFrame, height: usize, declared: &[Declared]) -> Result<DataFrame> {
    let columns = declared
        .iter()
        .filter_map(|column| match rows.column(&column.name) {
            Ok(found) if column.key && counts_rows(&column.name, found) => None,
            Err(_) if column.key && is_plain_key(&column.name) => None,
            Ok(found) if found.null_count() < height => Some(found.clone()),
            _ => Some(Series::full_null(PlSmallStr::from(column.name.as_str()), height, &data_type(column.kind)).into_column()),
        })
        .collect();
    DataFrame::new(height, columns).map_err(|e| Error::new(format!("the table could not be built: {e}")))
}

/// Whether a key is 1, 2, 3 … under one of the names that writers give to it.
fn counts_rows(name: &str, column: &Column) -> bool {
    is_plain_key(name) && column.i64().is_ok_and(|keys| keys.iter().zip(1i64..).all(|(key, n)| key == Some(n)))
}

fn is_plain_key(name: &str) -> bool {
    PLAIN_KEYS.iter().any(|key| key.eq_ignore_ascii_case(name)) || name.starts_with("ogc_fid_")
}

fn data_type(kind: DeclaredKind) -> DataType {
    match kind {
        DeclaredKind::Bool => DataType::Boolean,
        DeclaredKind::Int => DataType::Int64,
        DeclaredKind::Float => DataType::Float64,
        DeclaredKind::Text => DataType::String,
    }
}

/// Bytes of a value of variable length.
fn size(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 0,
    }
}

/// A value as it is stored, whatever its column is declared as. A blob becomes the text of its bytes in hexadecimal.
fn cell(value: ValueRef<'_>, kind: DeclaredKind) -> Cell<'_> {
    match value {
        ValueRef::Null => Cell::Missing,
        ValueRef::Integer(x @ (0 | 1)) if kind == DeclaredKind::Bool => Cell::Bool(x == 1),
        ValueRef::Integer(x) => Cell::Int(x),
        ValueRef::Real(x) => Cell::Float(x),
        ValueRef::Text(bytes) => Cell::Text(String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => Cell::Text(wkb::hexadecimal(bytes).into()),
    }
}

/// A shape out of a GeoPackage geometry: a header with an envelope of its own, then WKB.
fn geometry(value: ValueRef<'_>) -> wkb::Parsed {
    let unreadable = |why: Detail| wkb::Parsed { shape: RawShape::unreadable(why), heights: false };
    let bytes = match value {
        ValueRef::Null => return wkb::Parsed { shape: RawShape::Missing, heights: false },
        ValueRef::Blob(bytes) => bytes,
        _ => return unreadable(detail!("图形不是二进制", "the geometry is no blob")),
    };
    let [b'G', b'P', _, flags, ..] = bytes else {
        return unreadable(detail!("图形没有 GeoPackage 头", "the geometry has no GeoPackage header"));
    };
    if flags & 0b10_0000 != 0 {
        return unreadable(detail!(
            "图形类型只有 GeoPackage 的扩展才认识",
            "the geometry is of a type that only an extension of GeoPackage knows"
        ));
    }
    let envelope = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return unreadable(detail!("外框类型 {other} 未知", "its envelope is of the unknown kind {other}")),
    };
    match bytes.get(8 + envelope..) {
        Some(rest) => wkb::parse(rest),
        None => unreadable(detail!("字节过早结束", "its bytes end too early")),
    }
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
