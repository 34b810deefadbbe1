//! GeoPackage 1.4: several layers in one file, each with an R-tree.
//!
//! The same layers give the same bytes: the date of the last change is a constant. Polygons of a layer that has multipolygons are
//! all written as multipolygons, since a layer declares one type.

mod schema;

use std::collections::HashSet;
use std::path::Path;

use geo::Rect;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, ToSql, params, params_from_iter};

use super::Layer;
use super::fields::{Field, Kind, Value, fields, free_name};
use super::whole::whole;
use super::wkb::{self, Declared};
use crate::crs::Crs;
use crate::error::{Error, Result};
use crate::model::RawShape;
use schema::quoted;

/// Writes layers; the number of rows whose shape became null.
///
/// # Errors
/// Two layers or two columns have the same name but for the case of letters, a name belongs to GeoPackage itself, or the disk is full.
pub(super) fn write(layers: &[Layer<'_>], path: &Path) -> Result<usize> {
    check_names(layers).map_err(|e| e.in_file(path))?;
    let mut systems = Systems::default();
    let prepared =
        layers.iter().map(|layer| prepare(layer, &mut systems)).collect::<Result<Vec<_>>>().map_err(|e| e.in_file(path))?;
    whole(path, |partial| {
        // What a run that was killed left there would be added to.
        if partial.exists() {
            std::fs::remove_file(partial).map_err(|e| crate::error::io(partial, "write", &e))?;
        }
        fill(&prepared, &systems, partial)
    })
}

fn fill(layers: &[Prepared<'_>], systems: &Systems, path: &Path) -> Result<usize> {
    let connection = Connection::open(path).map_err(|e| failed(path, &e))?;
    let written = create(&connection, systems).and_then(|()| {
        let mut nulls = 0;
        for layer in layers {
            nulls += layer.write(&connection).map_err(|fault| match fault {
                Fault::Sqlite(error) => error,
                Fault::Shape(error) => rusqlite::Error::ToSqlConversionFailure(Box::new(error)),
            })?;
        }
        connection.execute_batch("COMMIT")?;
        Ok(nulls)
    });
    let nulls = written.map_err(|e| failed(path, &e))?;
    connection.close().map_err(|(_, e)| failed(path, &e))?;
    Ok(nulls)
}

/// What keeps a layer from being written.
enum Fault {
    Sqlite(rusqlite::Error),
    Shape(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// A layer with the names its table will have.
struct Prepared<'a> {
    name: &'a str,
    fields: Vec<Field>,
    height: usize,
    shapes: Option<&'a [RawShape]>,
    /// The name of the geometry column.
    geometry: String,
    key: Key,
    declared: Declared,
    srs_id: i32,
}

/// The column SQLite keeps the rows by.
enum Key {
    /// A column of the table: its integers ascend.
    Own(usize),
    /// One more column, which counts the rows.
    Added(String),
}

/// The coordinate reference systems of the layers, each once.
#[derive(Default)]
struct Systems(Vec<System>);

struct System {
    id: i32,
    organization: &'static str,
    name: String,
    wkt: String,
}

impl Systems {
    /// The number of a system: EPSG's, or one of our own.
    fn number(&mut self, crs: &Crs) -> i32 {
        let (wkt, code) = (crs.wkt(), crs.epsg().map(i32::from));
        if let Some(known) = self.0.iter().find(|known| known.wkt == wkt && code.is_none_or(|code| code == known.id)) {
            return known.id;
        }
        let own = (schema::FIRST_OWN_SYSTEM..).find(|id| !self.0.iter().any(|known| known.id == *id));
        let (id, organization) = match code {
            Some(code) => (code, "EPSG"),
            None => (own.unwrap_or(schema::FIRST_OWN_SYSTEM), "NONE"),
        };
        self.0.push(System { id, organization, name: crs.name(), wkt });
        id
    }
}

fn prepare<'a>(layer: &Layer<'a>, systems: &mut Systems) -> Result<Prepared<'a>> {
    let fields = fields(layer.rows.columns())?;
    Ok(Prepared {
        name: layer.name,
        height: layer.rows.height(),
        shapes: layer.shapes,
        geometry: free_name(&["geom", "geometry"], &fields),
        key: key(&fields, layer.rows.height()),
        declared: wkb::declared(layer.shapes.unwrap_or_default()),
        srs_id: systems.number(layer.crs),
        fields,
    })
}

/// A column `fid` that ascends is the key; one that merely counts the rows is not, since readers drop such a key.
fn key(fields: &[Field], height: usize) -> Key {
    let own = fields.iter().position(|field| field.name.eq_ignore_ascii_case("fid") && field.kind == Kind::Int);
    if let Some(own) = own {
        let keys: Option<Vec<i64>> = (0..height)
            .map(|row| match fields[own].value(row) {
                Value::Int(key) => Some(key),
                _ => None,
            })
            .collect();
        if keys
            .is_some_and(|keys| keys.windows(2).all(|pair| pair[0] < pair[1]) && keys.iter().zip(1..).any(|(key, n)| *key != n))
        {
            return Key::Own(own);
        }
    }
    Key::Added(free_name(&["fid", "ogc_fid"], fields))
}

fn check_names(layers: &[Layer<'_>]) -> Result<()> {
    if layers.is_empty() {
        return Err(Error::new("there is no layer to write").remedy("name a file with a layer in it"));
    }
    let mut tables = HashSet::new();
    for layer in layers {
        let lower = layer.name.to_lowercase();
        if layer.name.is_empty() || ["gpkg_", "sqlite_", "rtree_"].iter().any(|prefix| lower.starts_with(prefix)) {
            return Err(
                Error::new(format!("GeoPackage cannot hold a layer of the name \"{}\"", layer.name)).remedy("rename the layer")
            );
        }
        if !tables.insert(lower) {
            return Err(Error::new(format!("there are two layers of the name \"{}\"", layer.name)).remedy("rename one of them"));
        }
        let mut columns = HashSet::new();
        for name in layer.rows.get_column_names() {
            if !columns.insert(name.to_ascii_lowercase()) {
                return Err(Error::new(format!(
                    "has the column \"{name}\" twice, but for the case of letters, which GeoPackage does not tell apart"
                ))
                .at(format!("layer {}", layer.name))
                .remedy("rename one of them, or write GeoParquet (.parquet)"));
            }
        }
    }
    Ok(())
}

/// Opens the transaction and makes what every GeoPackage has.
fn create(connection: &Connection, systems: &Systems) -> rusqlite::Result<()> {
    // The file is not seen before it is whole: it needs no journal. No trigger of ours runs here.
    connection.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA page_size=4096; PRAGMA encoding='UTF-8';")?;
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", schema::USER_VERSION)?;
    connection.execute_batch("BEGIN")?;
    connection.execute_batch(schema::CORE)?;
    let mut system = connection.prepare("INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    system.execute(params![
        "Undefined Cartesian SRS",
        -1,
        "NONE",
        -1,
        "undefined",
        "undefined Cartesian coordinate reference system"
    ])?;
    system.execute(params![
        "Undefined geographic SRS",
        0,
        "NONE",
        0,
        "undefined",
        "undefined geographic coordinate reference system"
    ])?;
    system.execute(params![
        "WGS 84 geodetic",
        4326,
        "EPSG",
        4326,
        schema::WGS84,
        "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid"
    ])?;
    for System { id, organization, name, wkt } in &systems.0 {
        system.execute(params![name, id, organization, id, wkt, None::<&str>])?;
    }
    Ok(())
}

impl Prepared<'_> {
    fn write(&self, connection: &Connection) -> std::result::Result<usize, Fault> {
        connection.execute_batch(&self.table())?;
        let mut insert = connection.prepare(&self.insert())?;
        let index = quoted(&format!("rtree_{}_{}", self.name, self.geometry));
        let mut indexed = match self.shapes {
            Some(_) => {
                connection.execute_batch(&format!("CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy)"))?;
                Some(connection.prepare(&format!("INSERT INTO {index} VALUES (?1, ?2, ?3, ?4, ?5)"))?)
            }
            None => None,
        };
        let (mut whole, mut nulls) = (None, 0);
        for row in 0..self.height {
            let values: Vec<Bound<'_>> = self.fields.iter().map(|field| Bound(field.value(row))).collect();
            let key = self.key_of(row);
            let Some(indexed) = &mut indexed else {
                insert.execute(params_from_iter(self.bound(&values, key, None)))?;
                continue;
            };
            let shape = self.shapes.and_then(|shapes| shapes.get(row)).unwrap_or(&RawShape::Missing);
            let frame = wkb::frame(shape);
            let geometry = self.blob(shape, frame).map_err(Fault::Shape)?;
            nulls += usize::from(geometry.is_none());
            insert.execute(params_from_iter(self.bound(&values, key, geometry)))?;
            if let Some(frame) = frame {
                indexed.execute(params![key, frame.min().x, frame.max().x, frame.min().y, frame.max().y])?;
                whole = Some(union(whole, frame));
            }
        }
        drop((insert, indexed));
        self.register(connection, whole)?;
        Ok(nulls)
    }

    /// The table: the added key, the geometry, the columns.
    fn table(&self) -> String {
        let mut columns = Vec::new();
        if let Key::Added(name) = &self.key {
            columns.push(format!("{} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", quoted(name)));
        }
        if self.shapes.is_some() {
            columns.push(format!("{} {}", quoted(&self.geometry), self.geometry_type()));
        }
        for (n, field) in self.fields.iter().enumerate() {
            let kind = match field.kind {
                _ if matches!(self.key, Key::Own(own) if own == n) => "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
                Kind::Bool => "BOOLEAN",
                Kind::Int => "INTEGER",
                Kind::Float => "DOUBLE",
                Kind::Text => "TEXT",
            };
            columns.push(format!("{} {kind}", quoted(&field.name)));
        }
        format!("CREATE TABLE {} ({})", quoted(self.name), columns.join(", "))
    }

    fn insert(&self) -> String {
        let added = usize::from(matches!(self.key, Key::Added(_)));
        let marks = vec!["?"; self.fields.len() + added + usize::from(self.shapes.is_some())].join(", ");
        format!("INSERT INTO {} VALUES ({marks})", quoted(self.name))
    }

    fn key_of(&self, row: usize) -> i64 {
        match self.key {
            Key::Own(own) => match self.fields[own].value(row) {
                Value::Int(key) => key,
                _ => 0,
            },
            Key::Added(_) => i64::try_from(row).map_or(i64::MAX, |row| row + 1),
        }
    }

    /// The values of a row in the order of the table.
    fn bound<'v>(&self, values: &'v [Bound<'v>], key: i64, geometry: Option<Vec<u8>>) -> impl Iterator<Item = ToSqlOutput<'v>> {
        let key = matches!(self.key, Key::Added(_)).then_some(SqlValue::Integer(key));
        let geometry = self.shapes.is_some().then(|| geometry.map_or(SqlValue::Null, SqlValue::Blob));
        let own = values.iter().map(|value| ToSqlOutput::Borrowed(value.sql()));
        key.into_iter().chain(geometry).map(ToSqlOutput::Owned).chain(own)
    }

    /// GeoPackage's header with the frame of the shape, then WKB.
    fn blob(&self, shape: &RawShape, frame: Option<Rect>) -> Result<Option<Vec<u8>>> {
        let empty = shape.first_position().is_none();
        // Little-endian; bit 4: empty; bits 1 to 3: a frame of four numbers follows.
        let flags = 1 | if empty { 0b1_0000 } else { 0 } | if frame.is_some() { 0b10 } else { 0 };
        let mut blob = vec![b'G', b'P', 0, flags];
        blob.extend_from_slice(&self.srs_id.to_le_bytes());
        if let Some(frame) = frame {
            for side in [frame.min().x, frame.max().x, frame.min().y, frame.max().y] {
                blob.extend_from_slice(&side.to_le_bytes());
            }
        }
        Ok(wkb::write(shape, self.declared == Declared::MultiPolygon, &mut blob)?.then_some(blob))
    }

    fn geometry_type(&self) -> &'static str {
        match self.declared {
            Declared::Polygon => "POLYGON",
            Declared::MultiPolygon => "MULTIPOLYGON",
            Declared::Mixed => "GEOMETRY",
        }
    }

    /// Enters the layer in the tables of contents, and adds the triggers of its index.
    fn register(&self, connection: &Connection, whole: Option<Rect>) -> rusqlite::Result<()> {
        let sides = whole.map(|whole| [whole.min().x, whole.min().y, whole.max().x, whole.max().y]);
        let side = |n: usize| sides.map(|sides| sides[n]);
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, min_x, min_y, max_x, max_y, srs_id) VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                self.name,
                if self.shapes.is_some() { "features" } else { "attributes" },
                schema::LAST_CHANGE,
                side(0),
                side(1),
                side(2),
                side(3),
                self.shapes.map(|_| self.srs_id)
            ],
        )?;
        if self.shapes.is_none() {
            return Ok(());
        }
        connection.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, ?2, ?3, ?4, 0, 0)",
            params![self.name, self.geometry, self.geometry_type(), self.srs_id],
        )?;
        connection.execute(
            "INSERT INTO gpkg_extensions VALUES (?1, ?2, 'gpkg_rtree_index', ?3, 'write-only')",
            params![self.name, self.geometry, schema::RTREE_DEFINITION],
        )?;
        let key = match &self.key {
            Key::Own(own) => &self.fields[*own].name,
            Key::Added(name) => name,
        };
        connection.execute_batch(&schema::rtree_triggers(self.name, &self.geometry, key))
    }
}

/// A value on its way into SQLite.
struct Bound<'a>(Value<'a>);

impl Bound<'_> {
    fn sql(&self) -> ValueRef<'_> {
        match self.0 {
            Value::Missing => ValueRef::Null,
            Value::Bool(x) => ValueRef::Integer(x.into()),
            Value::Int(x) => ValueRef::Integer(x),
            Value::Float(x) => ValueRef::Real(x),
            Value::Text(x) => ValueRef::Text(x.as_bytes()),
        }
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.sql()))
    }
}

fn union(whole: Option<Rect>, frame: Rect) -> Rect {
    let Some(whole) = whole else { return frame };
    Rect::new(
        (whole.min().x.min(frame.min().x), whole.min().y.min(frame.min().y)),
        (whole.max().x.max(frame.max().x), whole.max().y.max(frame.max().y)),
    )
}

/// What SQLite says, in words that help.
fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    if let rusqlite::Error::ToSqlConversionFailure(inner) = error
        && let Some(ours) = inner.downcast_ref::<Error>()
    {
        return ours.clone().in_file(path);
    }
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => crate::error::io(path, "write", &std::io::ErrorKind::StorageFull.into()),
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied) => {
            crate::error::io(path, "write", &std::io::ErrorKind::PermissionDenied.into())
        }
        _ => Error::new(format!("could not write it: {error}")).in_file(path).remedy("mend the cause and run the command again"),
    }
}

#[cfg(test)]
mod tests;
