//! What a GeoPackage says of itself: its layers, their columns, their coordinate reference system.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Result};

/// A layer or a table.
pub(super) struct Content {
    pub table: String,
    /// It has shapes.
    pub features: bool,
}

/// The columns of a layer.
pub(super) struct Table {
    /// In the order of the table, the geometry and computed columns left out.
    pub columns: Vec<Declared>,
    /// The name of the geometry column.
    pub geometry: Option<String>,
    /// Columns that the file computes while they are read.
    pub computed: Vec<String>,
    pub crs: Option<String>,
}

/// A column as it is declared.
pub(super) struct Declared {
    pub name: String,
    pub kind: DeclaredKind,
    /// The column is the number SQLite keeps its rows by.
    pub key: bool,
}

/// What a column is declared to hold; SQLite does not enforce it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeclaredKind {
    Bool,
    Int,
    Float,
    Text,
}

/// The layers of the file: those in `gpkg_contents`, or, without that, every table.
pub(super) fn contents(connection: &Connection) -> Result<Vec<Content>> {
    let tables = plain_tables(connection)?;
    let is = |name: &str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
    if !is("gpkg_contents") {
        let all = tables.into_iter().filter(|table| !is_internal(table));
        return Ok(all.map(|table| Content { table, features: false }).collect());
    }
    let mut statement = connection.prepare(
        "SELECT table_name, data_type = 'features' FROM gpkg_contents WHERE data_type IN ('features', 'attributes', 'aspatial') ORDER BY data_type <> 'features', rowid",
    )?;
    let listed = statement
        .query_map([], |row| Ok(Content { table: row.get(0)?, features: row.get(1)? }))?
        .collect::<Result<Vec<Content>>>()?;
    let mut seen = HashSet::new();
    // Only plain tables: a view would run what its author wrote.
    Ok(listed.into_iter().filter(|content| is(&content.table) && seen.insert(content.table.to_lowercase())).collect())
}

/// The columns of a layer.
pub(super) fn table(connection: &Connection, content: &Content) -> Result<Table> {
    let described = if content.features { described(connection, &content.table)? } else { None };
    let mut statement = connection.prepare("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid")?;
    let declared = statement
        .query_map([&content.table], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })?
        .collect::<Result<Vec<_>>>()?;
    let keys = declared.iter().filter(|(_, _, key, _)| *key > 0).count();
    let (mut columns, mut computed, mut geometry) = (Vec::new(), Vec::new(), None);
    for (name, kind, key, hidden) in declared {
        if described.as_ref().is_some_and(|(column, _)| column.eq_ignore_ascii_case(&name)) {
            geometry = Some(name);
        } else if hidden == 2 {
            computed.push(name);
        } else {
            let key = keys == 1 && key > 0 && kind.eq_ignore_ascii_case("INTEGER");
            columns.push(Declared { key, kind: declared_kind(&kind), name });
        }
    }
    let crs = match described {
        Some((_, srs)) => crs(connection, srs)?,
        None => None,
    };
    Ok(Table { columns, geometry, computed, crs })
}

/// Tables that hold rows of their own: neither views nor virtual tables.
fn plain_tables(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL AND rootpage > 0 ORDER BY rowid")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// Tables that SQLite and its extensions keep for themselves.
fn is_internal(table: &str) -> bool {
    let lower = table.to_ascii_lowercase();
    ["sqlite_", "gpkg_", "rtree_", "idx_"].iter().any(|prefix| lower.starts_with(prefix))
}

/// The geometry column of a table and the number of its reference system.
fn described(connection: &Connection, table: &str) -> Result<Option<(String, i64)>> {
    if !plain_tables(connection)?.iter().any(|name| name.eq_ignore_ascii_case("gpkg_geometry_columns")) {
        return Ok(None);
    }
    connection
        .query_row("SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE lower(table_name) = lower(?1)", [table], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
}

/// A reference system as `EPSG:code`, else as its definition; `None` where the file says that it is not known.
fn crs(connection: &Connection, srs: i64) -> Result<Option<String>> {
    if srs <= 0 || !plain_tables(connection)?.iter().any(|name| name.eq_ignore_ascii_case("gpkg_spatial_ref_sys")) {
        return Ok(None);
    }
    let found = connection
        .query_row(
            "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1",
            [srs],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?)),
        )
        .optional()?;
    Ok(match found {
        Some((organization, code, _)) if organization.eq_ignore_ascii_case("EPSG") && code > 0 => Some(format!("EPSG:{code}")),
        Some((_, _, definition)) if !definition.trim().is_empty() && !definition.eq_ignore_ascii_case("undefined") => {
            Some(definition)
        }
        Some((organization, code, _)) if !organization.eq_ignore_ascii_case("NONE") => Some(format!("{organization}:{code}")),
        _ => None,
    })
}

/// The type by SQLite's own rule of affinity, with the names that GeoPackage adds.
fn declared_kind(declared: &str) -> DeclaredKind {
    let upper = declared.to_ascii_uppercase();
    let has = |part: &str| upper.contains(part);
    if upper == "BOOLEAN" {
        DeclaredKind::Bool
    } else if has("INT") {
        DeclaredKind::Int
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        DeclaredKind::Float
    } else {
        DeclaredKind::Text
    }
}
