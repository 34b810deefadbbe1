use rusqlite::Connection;
use std::path::{Path, PathBuf};

use super::*;
use crate::model::RawShape;

const CONTENTS: &str = "
    CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT, description TEXT);
    INSERT INTO gpkg_spatial_ref_sys VALUES ('a', 4490, 'EPSG', 4490, 'GEOGCS', ''), ('b', 99001, 'NONE', 7, 'PROJCS[\"local\"]', ''), ('u', -1, 'NONE', -1, 'undefined', '');
    CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);
    CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT);";

fn made(folder: &tempfile::TempDir, sql: &str) -> PathBuf {
    let path = folder.path().join("图 层#1?.gpkg");
    Connection::open(&path).unwrap().execute_batch(&format!("{CONTENTS}{sql}")).unwrap();
    path
}

fn open_layer(path: &Path, layer: Option<&str>) -> Result<Dataset> {
    read(path, &ReadOptions { layer: layer.map(str::to_owned), encoding: None }, &|_| ())
}

/// A blob of a polygon: flags, envelope numbers, WKB with heights where asked.
fn blob(flags: u8, envelope: usize, code: u32) -> String {
    let mut bytes = vec![b'G', b'P', 0, flags];
    bytes.extend(4490i32.to_le_bytes());
    bytes.extend(vec![0; 8 * envelope]);
    bytes.push(1);
    bytes.extend(code.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend(3u32.to_le_bytes());
    for (x, y) in [(121.0, 31.0), (122.0, 31.0), (122.0, 32.0)] {
        [x, y].iter().for_each(|v: &f64| bytes.extend(v.to_le_bytes()));
        if code > 1000 {
            bytes.extend(7f64.to_le_bytes());
        }
    }
    format!("x'{}'", crate::read::wkb::hexadecimal(&bytes))
}

#[test]
fn every_kind_of_envelope_and_every_type_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let blobs =
        [(1, 0, 3), (3, 4, 3), (5, 6, 1003), (7, 6, 3), (9, 8, 3)].map(|(flags, envelope, code)| blob(flags, envelope, code));
    let values = blobs
        .iter()
        .map(|b| format!("({b}, 9007199254740993, 1.5, '甲', x'00ff', 1, '2024-02-29')"))
        .collect::<Vec<_>>()
        .join(",");
    let path = made(
        &folder,
        &format!(
            "CREATE TABLE 宗地 (fid INTEGER PRIMARY KEY, \"geom\" POLYGON, 数 INTEGER, x DOUBLE, 名 TEXT(20), b BLOB, yes BOOLEAN, 日 DATE, none MEDIUMINT);
             INSERT INTO 宗地 (geom, 数, x, 名, b, yes, 日) VALUES {values}, (x'00', NULL, NULL, NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL, NULL, 0, NULL), (x'47500021', 1, 1, '', NULL, 0, NULL);
             INSERT INTO gpkg_contents VALUES ('宗地', 'features', '', 4490);
             INSERT INTO gpkg_geometry_columns VALUES ('宗地', 'geom', 'POLYGON', 4490, 2, 0);"
        ),
    );
    let layer = open_layer(&path, None).unwrap();
    assert_eq!((layer.name.as_str(), layer.crs.as_deref()), ("宗地", Some("EPSG:4490")));
    assert_eq!(layer.rows.get_column_names(), ["数", "x", "名", "b", "yes", "日", "none"]);
    assert_eq!(layer.rows.column("数").unwrap().i64().unwrap().get(0), Some(9_007_199_254_740_993));
    assert_eq!(layer.rows.column("b").unwrap().str().unwrap().get(0), Some("00ff"));
    assert_eq!(layer.rows.column("yes").unwrap().bool().unwrap().get(6), Some(false));
    assert_eq!(layer.rows.column("none").unwrap().i64().unwrap().null_count(), 8);
    let shapes = layer.shapes.unwrap();
    assert!(shapes[..5].iter().all(|shape| *shape == shapes[0] && matches!(shape, RawShape::Parts(p) if p[0][0].len() == 3)));
    assert!(matches!(&shapes[5..], [RawShape::Unreadable(_), RawShape::Missing, RawShape::Unreadable(_)]));
    assert!(matches!(&layer.faults[..], [fault] if fault.code == Code::HeightDropped && fault.detail.en == "1 shapes"));
}

#[test]
fn a_key_that_says_something_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(
        &folder,
        "CREATE TABLE a (fid INTEGER PRIMARY KEY, x TEXT); INSERT INTO a VALUES (5, 'p'), (7, 'q');
         CREATE TABLE b (parcel_id INTEGER PRIMARY KEY, x TEXT); INSERT INTO b VALUES (1, 'p'), (2, 'q');
         INSERT INTO gpkg_contents VALUES ('a', 'attributes', '', 0), ('b', 'attributes', '', 0);",
    );
    assert_eq!(layers(&path).unwrap(), ["a", "b"]);
    let keys =
        |layer, key| open_layer(&path, Some(layer)).unwrap().rows.column(key).unwrap().i64().unwrap().iter().collect::<Vec<_>>();
    assert_eq!(keys("a", "fid"), [Some(5), Some(7)]);
    assert_eq!(keys("b", "parcel_id"), [Some(1), Some(2)]);
    let why = open_layer(&path, None).unwrap_err().to_string();
    assert!(why.contains("--layer") && why.contains("a, b"), "{why}");
    assert!(open_layer(&path, Some("c")).unwrap_err().to_string().contains("no layer \"c\""));
}

#[test]
fn one_feature_layer_among_tables_needs_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(
        &folder,
        "CREATE TABLE notes (x TEXT); CREATE TABLE plots (g BLOB);
         INSERT INTO gpkg_contents VALUES ('notes', 'attributes', '', 0), ('plots', 'features', '', 99001);
         INSERT INTO gpkg_geometry_columns VALUES ('plots', 'g', 'GEOMETRY', 99001, 0, 0); INSERT INTO plots VALUES (NULL);",
    );
    let layer = open_layer(&path, None).unwrap();
    assert_eq!((layer.name.as_str(), layer.crs.as_deref()), ("plots", Some("PROJCS[\"local\"]")));
    assert_eq!((layer.rows.height(), layer.shapes.unwrap().len()), (1, 1));
    assert_eq!(layers(&path).unwrap(), ["plots", "notes"]);
}

#[test]
fn plain_sqlite_is_its_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), ('y', 2.5)").unwrap();
    let table = open_layer(&path, None).unwrap();
    assert!(table.shapes.is_none());
    // A column that mixes types is text.
    assert_eq!(table.rows.column("a").unwrap().str().unwrap().iter().collect::<Vec<_>>(), [Some("1"), Some("y")]);
}

#[test]
fn nothing_in_the_file_runs() {
    let folder = tempfile::tempdir().unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS x FROM n";
    let path = made(
        &folder,
        &format!(
            "CREATE VIEW endless AS {endless};
             CREATE TABLE t (a INTEGER, b AS (a + 1), c INTEGER);
             CREATE VIRTUAL TABLE v USING fts5(x);
             INSERT INTO t VALUES (1, 2);
             INSERT INTO gpkg_contents VALUES ('endless', 'features', '', 4490), ('t', 'attributes', '', 0), ('v', 'attributes', '', 0);
             INSERT INTO gpkg_geometry_columns VALUES ('endless', 'x', 'POLYGON', 4490, 0, 0);"
        ),
    );
    assert_eq!(layers(&path).unwrap(), ["t"]);
    let table = open_layer(&path, None).unwrap();
    assert_eq!(table.rows.get_column_names(), ["a", "c"]);
    assert!(table.faults[0].detail.en.contains("\"b\" is computed"));
    // The catalogue itself as a view.
    let path = folder.path().join("evil.gpkg");
    Connection::open(&path)
        .unwrap()
        .execute_batch(&format!("CREATE TABLE t (a); CREATE VIEW gpkg_contents AS {endless};"))
        .unwrap();
    assert_eq!(layers(&path).unwrap(), ["t"]);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_beside_the_file_even_if_it_has_a_log() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.gpkg");
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES (2);").unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["log.gpkg", "log.gpkg-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    std::fs::set_permissions(copy.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let table = open_layer(&copy.path().join("log.gpkg"), None).unwrap();
    assert_eq!(table.rows.height(), 1);
    assert!(matches!(&table.faults[..], [fault] if fault.code == Code::FilePartMissing && fault.detail.en.contains("-wal")));
    assert_eq!(std::fs::read_dir(copy.path()).unwrap().count(), 2);
    std::fs::set_permissions(copy.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn damage_anywhere_is_an_error_or_a_fault_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..2000).map(|n| format!("({}, '第{n}行')", blob(1, 0, 3))).collect::<Vec<_>>().join(",");
    let path = made(
        &folder,
        &format!(
            "CREATE TABLE p (fid INTEGER PRIMARY KEY, geom POLYGON, 名 TEXT); INSERT INTO p (geom, 名) VALUES {rows};
             INSERT INTO gpkg_contents VALUES ('p', 'features', '', 4490); INSERT INTO gpkg_geometry_columns VALUES ('p', 'geom', 'POLYGON', 4490, 0, 0);"
        ),
    );
    let whole = std::fs::read(&path).unwrap();
    let broken = folder.path().join("broken.gpkg");
    for n in 0..64 {
        std::fs::write(&broken, &whole[..whole.len() * n / 64]).unwrap();
        let error = open_layer(&broken, None).expect_err("a part was taken for the whole");
        assert_eq!(error.file(), Some(broken.as_path()));
        let mut flipped = whole.clone();
        let at = (whole.len() * n / 64 + 37 * n) % whole.len();
        flipped[at] ^= 1 << (n % 8);
        std::fs::write(&broken, &flipped).unwrap();
        if let Ok(layer) = open_layer(&broken, None) {
            assert_eq!(layer.shapes.map(|shapes| shapes.len()), Some(layer.rows.height()));
        }
    }
    // A page in the middle that is none: what came before it is kept.
    let mut spoilt = whole.clone();
    let page = whole.len() / 2 / 4096 * 4096;
    spoilt[page..page + 4096].fill(0xAA);
    std::fs::write(&broken, &spoilt).unwrap();
    let layer = open_layer(&broken, None).unwrap();
    assert!(layer.faults.iter().any(|fault| fault.code == Code::FileTruncated));
    assert!((100..2000).contains(&layer.rows.height()) && layer.shapes.unwrap().len() == layer.rows.height());
}

#[test]
fn pages_that_point_at_each_other_come_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.gpkg");
    let rows = (0..20_000).map(|n| format!("({n})")).collect::<Vec<_>>().join(",");
    Connection::open(&path).unwrap().execute_batch(&format!("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES {rows};")).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // The root of the table is an interior page: let all its cells point at its first child, and raise the number of rows so.
    let root = 4096;
    assert_eq!(bytes[root], 5, "the second page is the root of the table, and has children");
    let cells = usize::from(u16::from_be_bytes([bytes[root + 3], bytes[root + 4]]));
    let cell = |n: usize| root + usize::from(u16::from_be_bytes([bytes[root + 12 + 2 * n], bytes[root + 13 + 2 * n]]));
    let places: Vec<usize> = (0..cells).map(cell).collect();
    let child = bytes[places[0]..places[0] + 4].to_vec();
    for place in &places {
        bytes[*place..place + 4].copy_from_slice(&child);
    }
    std::fs::write(&path, &bytes).unwrap();
    let limit = rows::Limit::of(4 * 500);
    let connection = open(&path).unwrap();
    let content = catalogue::contents(&connection).unwrap().remove(0);
    let table = catalogue::table(&connection, &content).unwrap();
    let read = rows::read(&connection, &content, &table, &limit, &|_| ()).unwrap();
    assert!(
        matches!(&read.faults[..], [fault] if fault.code == Code::FileTruncated && fault.detail.en.contains("more than its size allows"))
    );
    assert_eq!(read.rows.unwrap().height(), 501);
}
