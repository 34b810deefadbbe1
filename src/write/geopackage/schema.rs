//! The tables, triggers and constants of GeoPackage 1.4 (OGC 12-128r19).

/// "GPKG" in the header of the file.
pub(super) const APPLICATION_ID: u32 = 0x4750_4B47;

/// GeoPackage 1.4.0.
pub(super) const USER_VERSION: u32 = 10400;

/// Every layer is said to be changed then: the same layers give the same bytes on any day.
pub(super) const LAST_CHANGE: &str = "1970-01-01T00:00:00.000Z";

/// The first number of a system that has none of EPSG's.
pub(super) const FIRST_OWN_SYSTEM: i32 = 100_001;

/// WGS 84, which every GeoPackage has to define.
pub(super) const WGS84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]"#;

/// What every GeoPackage has.
pub(super) const CORE: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL,
  srs_id INTEGER PRIMARY KEY,
  organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  description TEXT
);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY,
  data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE,
  min_y DOUBLE,
  max_x DOUBLE,
  max_y DOUBLE,
  srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL,
  m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_extensions (
  table_name TEXT,
  column_name TEXT,
  extension_name TEXT NOT NULL,
  definition TEXT NOT NULL,
  scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
";

/// Where the R-tree extension is defined.
pub(super) const RTREE_DEFINITION: &str = "http://www.geopackage.org/spec120/#extension_rtree";

/// A name in SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The triggers that keep the R-tree of a layer up to date in programs that edit it (annex F.3). They call functions that such
/// programs bring; nothing here runs them.
pub(super) fn rtree_triggers(table: &str, geometry: &str, key: &str) -> String {
    let (t, c, i) = (quoted(table), quoted(geometry), quoted(key));
    let index = quoted(&format!("rtree_{table}_{geometry}"));
    let name = |suffix: &str| quoted(&format!("rtree_{table}_{geometry}_{suffix}"));
    let filled = |row: &str| format!("({row}.{c} NOTNULL AND NOT ST_IsEmpty({row}.{c}))");
    let empty = |row: &str| format!("({row}.{c} ISNULL OR ST_IsEmpty({row}.{c}))");
    let frame = format!("ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c})");
    let insert = format!("INSERT OR REPLACE INTO {index} VALUES (NEW.{i}, {frame});");
    let update = format!(
        "UPDATE {index} SET minx = ST_MinX(NEW.{c}), maxx = ST_MaxX(NEW.{c}), miny = ST_MinY(NEW.{c}), maxy = ST_MaxY(NEW.{c}) WHERE id = NEW.{i};"
    );
    let delete = format!("DELETE FROM {index} WHERE id = OLD.{i};");
    let (new_filled, new_empty, old_filled, old_empty) = (filled("NEW"), empty("NEW"), filled("OLD"), empty("OLD"));
    let triggers = [
        ("insert", format!("AFTER INSERT ON {t} WHEN {new_filled}"), insert.clone()),
        ("update6", format!("AFTER UPDATE OF {c} ON {t} WHEN OLD.{i} = NEW.{i} AND {new_filled} AND {old_filled}"), update),
        (
            "update7",
            format!("AFTER UPDATE OF {c} ON {t} WHEN OLD.{i} = NEW.{i} AND {new_filled} AND {old_empty}"),
            insert.clone(),
        ),
        ("update2", format!("AFTER UPDATE OF {c} ON {t} WHEN OLD.{i} = NEW.{i} AND {new_empty}"), delete.clone()),
        ("update5", format!("AFTER UPDATE ON {t} WHEN OLD.{i} != NEW.{i} AND {new_filled}"), format!("{delete} {insert}")),
        (
            "update4",
            format!("AFTER UPDATE ON {t} WHEN OLD.{i} != NEW.{i} AND {new_empty}"),
            format!("DELETE FROM {index} WHERE id IN (OLD.{i}, NEW.{i});"),
        ),
        ("delete", format!("AFTER DELETE ON {t} WHEN OLD.{c} NOT NULL"), delete),
    ];
    triggers
        .into_iter()
        .map(|(suffix, when, does)| format!("CREATE TRIGGER {} {when} BEGIN {does} END;\n", name(suffix)))
        .collect()
}
