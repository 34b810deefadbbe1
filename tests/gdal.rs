//! What only GDAL reads: other programs write it from the sample city, and it comes back as it was. Needs `ogr2ogr`, and PostGIS
//! for the database (`MUJUN_POSTGIS=required` makes its absence a failure).
#![cfg(feature = "gdal")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mujun::finding::Code;
use mujun::model::RawShape;
use mujun::read::dataset::{Dataset, ReadOptions};
use mujun::read::file;
use polars::prelude::{AnyValue, DataFrame, DataType};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

#[track_caller]
fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Converts a sample layer; `-lco`, `-a_srs` and the like in `more`.
#[track_caller]
fn convert(from: &Path, format: &str, to: &Path, more: &[&str]) {
    let mut arguments = vec!["-q", "-f", format, to.to_str().unwrap(), from.to_str().unwrap()];
    arguments.extend(more);
    run("ogr2ogr", &arguments);
}

#[track_caller]
fn open(path: &Path) -> Dataset {
    file::open(path, &ReadOptions::default(), &|_| ()).unwrap_or_else(|e| panic!("{e}"))
}

#[track_caller]
fn open_layer(path: &Path, layer: &str) -> Dataset {
    file::open(path, &ReadOptions { layer: Some(layer.to_owned()), encoding: None }, &|_| ()).unwrap_or_else(|e| panic!("{e}"))
}

#[track_caller]
fn refused(path: &Path, options: &ReadOptions) -> String {
    file::open(path, options, &|_| ()).expect_err("it was read").to_string()
}

/// A cell as text, whatever type its format has for it; an empty text and a missing value are one.
fn text(rows: &DataFrame, column: &str, row: usize) -> String {
    match rows.column(column).unwrap_or_else(|_| panic!("no column {column} in {:?}", rows.get_column_names())).get(row).unwrap()
    {
        AnyValue::Null => String::new(),
        AnyValue::Boolean(value) => u8::from(value).to_string(),
        AnyValue::Float64(value) => value.to_string(),
        AnyValue::Int64(value) => value.to_string(),
        AnyValue::String(value) => value.to_owned(),
        AnyValue::StringOwned(value) => value.to_string(),
        other => other.to_string(),
    }
}

#[track_caller]
fn same_table(read: &DataFrame, expected: &DataFrame) {
    assert_eq!(read.height(), expected.height());
    for column in expected.get_column_names() {
        for row in 0..expected.height() {
            assert_eq!(text(read, column, row), text(expected, column, row), "{column}, row {row}");
        }
    }
}

/// Area by the shoelace formula: shells less holes, whichever way they turn.
fn area(shape: &RawShape) -> f64 {
    let ring = |ring: &Vec<geo::Coord>| {
        let first = ring[0];
        let ring: Vec<_> = ring.iter().map(|c| *c - first).collect();
        (0..ring.len()).map(|n| (ring[n], ring[(n + 1) % ring.len()])).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f64>().abs()
            / 2.0
    };
    match shape {
        RawShape::Parts(parts) => {
            parts.iter().map(|rings| 2.0 * rings.first().map_or(0.0, ring) - rings.iter().map(ring).sum::<f64>()).sum()
        }
        _ => 0.0,
    }
}

fn extent(shape: &RawShape) -> [f64; 4] {
    shape
        .positions()
        .iter()
        .fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |[w, s, e, n], c| [w.min(c.x), s.min(c.y), e.max(c.x), n.max(c.y)])
}

/// Shapes within what a format keeps of a coordinate, in its own unit. Areas are compared where a polygon has one ring, since
/// formats disagree on what a hole outside of its shell is.
#[track_caller]
fn same_shapes(read: &Dataset, expected: &Dataset, tolerance: f64) {
    let (read, expected) = (read.shapes.as_ref().unwrap(), expected.shapes.as_ref().unwrap());
    assert_eq!(read.len(), expected.len());
    for (row, (read, expected)) in read.iter().zip(expected).enumerate() {
        let none = |shape: &RawShape| shape.positions().is_empty();
        if none(expected) {
            assert!(none(read), "row {row}: {read:?}");
            continue;
        }
        for (a, b) in extent(read).into_iter().zip(extent(expected)) {
            assert!((a - b).abs() <= tolerance, "row {row}: {:?} is not {:?}", extent(read), extent(expected));
        }
        if matches!(expected, RawShape::Parts(parts) if parts.iter().map(Vec::len).sum::<usize>() > 1) {
            continue;
        }
        let width = extent(expected)[2] - extent(expected)[0] + extent(expected)[3] - extent(expected)[1];
        assert!(
            (area(read) - area(expected)).abs() <= 4.0 * tolerance * width,
            "row {row}: {} is not {}",
            area(read),
            area(expected)
        );
    }
}

#[test]
fn a_file_geodatabase_gives_the_city_that_was_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("城市.gdb");
    convert(
        &sample("parcels.geojson"),
        "OpenFileGDB",
        &path,
        &["-nln", "parcels", "-nlt", "MULTIPOLYGON", "-a_srs", "EPSG:4490"],
    );
    convert(&sample("enterprises.csv"), "OpenFileGDB", &path, &["-update", "-nln", "enterprises", "-oo", "AUTODETECT_TYPE=YES"]);
    assert_eq!(file::layers(&path).unwrap(), ["parcels", "enterprises"]);

    let (read, source) = (open_layer(&path, "parcels"), open(&sample("parcels.geojson")));
    same_table(&read.rows, &source.rows);
    same_shapes(&read, &source, 2e-9);
    assert_eq!(read.crs.as_deref(), Some("EPSG:4490"));

    let (table, source) = (open_layer(&path, "enterprises"), open(&sample("enterprises.csv")));
    assert!(table.shapes.is_none());
    same_table(&table.rows, &source.rows);

    let why = refused(&path, &ReadOptions::default());
    assert!(why.contains("several layers") && why.contains("parcels, enterprises"), "{why}");
    let why = refused(&path, &ReadOptions { layer: Some("parcel".into()), encoding: None });
    assert!(why.contains("did you mean \"parcels\"?"), "{why}");
}

#[test]
fn a_survey_runs_on_a_geodatabase_and_its_manifest_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (folder.path().join("p.gdb"), folder.path().join("out"));
    convert(&sample("parcels.geojson"), "OpenFileGDB", &path, &["-nln", "parcels", "-nlt", "MULTIPOLYGON"]);
    run(env!("CARGO_BIN_EXE_mujun"), &["survey", "--parcels", path.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    assert!(manifest.contains("\"file\": \"p.gdb\""), "{manifest}");
}

#[test]
fn a_built_in_reader_and_gdal_read_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let formats: &[(&str, &str, &[&str])] = &[
        ("GeoJSON", "geojson", &["-lco", "COORDINATE_PRECISION=15"]),
        ("GPKG", "gpkg", &[]),
        ("FlatGeobuf", "fgb", &["-lco", "SPATIAL_INDEX=NO", "-nlt", "MULTIPOLYGON"]),
        ("ESRI Shapefile", "shp", &["-lco", "ENCODING=UTF-8", "-nlt", "MULTIPOLYGON"]),
        ("GeoJSONSeq", "geojsons", &["-lco", "COORDINATE_PRECISION=15"]),
    ];
    for layer in ["parks", "districts", "parcels"] {
        for (format, ending, more) in formats {
            let path = folder.path().join(format!("{layer}.{ending}"));
            convert(&sample(&format!("{layer}.geojson")), format, &path, more);
            let by_gdal = file::open_with_gdal(&path, &ReadOptions::default(), &|_| ()).unwrap_or_else(|e| panic!("{e}"));
            let built_in = open(&path);
            eprintln!("{layer}.{ending}: {} rows", by_gdal.rows.height());
            same_table(&by_gdal.rows, &built_in.rows);
            same_table(&built_in.rows, &by_gdal.rows);
            same_shapes(&by_gdal, &built_in, 0.0);
        }
    }
}

#[test]
fn kml_gml_and_mapinfo_keep_names_figures_and_places() {
    let folder = tempfile::tempdir().unwrap();
    let source = open(&sample("parks.geojson"));
    for (format, name, tolerance) in
        [("LIBKML", "parks.kml", 1e-12), ("GML", "parks.gml", 1e-8), ("MapInfo File", "parks.tab", 1e-6)]
    {
        let path = folder.path().join(name);
        convert(&sample("parks.geojson"), format, &path, &["-a_srs", "EPSG:4490"]);
        let files = fs::read_dir(folder.path()).unwrap().count();
        let read = open(&path);
        for column in ["park_id", "park_name", "batch_year"] {
            for row in 0..source.rows.height() {
                assert_eq!(text(&read.rows, column, row), text(&source.rows, column, row), "{name}");
            }
        }
        same_shapes(&read, &source, tolerance);
        assert!(read.crs.is_some(), "{name}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files, "{name}: something was written beside the input");
    }
    let other = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("parks.gml"), other.path().join("parks.xml")).unwrap();
    same_shapes(&open(&other.path().join("parks.xml")), &source, 1e-8);
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1, "something was written beside GML of another name");
    // On the disk the GML has latitude first, as EPSG:4490 has it.
    let gml = fs::read_to_string(folder.path().join("parks.gml")).unwrap();
    let position = gml.split("<gml:posList>").nth(1).unwrap().split(' ').next().unwrap();
    assert!(gml.contains("4490") && position.starts_with("31."), "{position}: the GML is not as this test needs it");
}

#[test]
fn a_drawing_gives_its_closed_lines_as_polygons_and_its_gbk_names_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parks.dxf");
    convert(&sample("parks.geojson"), "DXF", &path, &["--config", "DXF_WRITE_HATCH", "NO", "-select", "", "-explodecollections"]);
    let (read, source) = (open(&path), open(&sample("parks.geojson")));
    // A drawing has no holes: every ring is a line of its own.
    let rings = |data: &Dataset| {
        let shapes = data.shapes.as_ref().unwrap().iter();
        let mut areas: Vec<f64> = shapes
            .flat_map(|shape| match shape {
                RawShape::Parts(parts) => {
                    parts.iter().flatten().map(|ring| area(&RawShape::Parts(vec![vec![ring.clone()]]))).collect()
                }
                _ => Vec::new(),
            })
            .collect();
        areas.sort_by(f64::total_cmp);
        areas
    };
    let (drawn, given) = (rings(&read), rings(&source));
    assert_eq!(drawn.len(), given.len());
    assert!(drawn.iter().zip(&given).all(|(a, b)| (a / b - 1.0).abs() < 1e-6), "{drawn:?} {given:?}");
    assert!(read.faults.iter().any(|fault| fault.code == Code::ShapeClosedLine));
    assert_eq!(read.crs, None);

    let path = folder.path().join("宗地.dxf");
    let mut drawing =
        b"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1015\n9\n$DWGCODEPAGE\n3\nANSI_936\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n"
            .to_vec();
    drawing.extend_from_slice(b"0\nLWPOLYLINE\n8\n");
    drawing.extend_from_slice(&encoding_rs::GBK.encode("宗地界线").0);
    drawing.extend_from_slice(b"\n90\n4\n70\n1\n10\n0\n20\n0\n10\n30\n20\n0\n10\n30\n20\n20\n10\n0\n20\n20\n0\nENDSEC\n0\nEOF\n");
    fs::write(&path, drawing).unwrap();
    let read = open(&path);
    assert_eq!(text(&read.rows, "Layer", 0), "宗地界线");
    assert!((area(&read.shapes.unwrap()[0]) - 600.0).abs() < 1e-9);
}

#[test]
fn values_are_exact_and_what_is_not_there_is_not_zero() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, path) = (folder.path().join("v.csv"), folder.path().join("v.sqlite"));
    fs::write(&csv, "id,big,day,moment,share,WKT\n甲,9007199254740993,2024/02/29,2024/02/29 08:30:15.25,0.1,\"POINT(1 2)\"\n乙,0,,,0,\n丙,,,,,\n").unwrap();
    fs::write(folder.path().join("v.csvt"), "String,Integer64,Date,DateTime,Real,WKT\n").unwrap();
    convert(&csv, "SQLite", &path, &["-nln", "v", "-oo", "KEEP_GEOM_COLUMNS=NO"]);
    let read = open(&path);
    let rows = &read.rows;
    assert_eq!(rows.column("big").unwrap().dtype(), &DataType::Int64);
    let column = |name: &str| (0..3).map(|row| text(rows, name, row)).collect::<Vec<_>>();
    assert_eq!(column("id"), ["甲", "乙", "丙"]);
    assert_eq!(column("big"), ["9007199254740993", "0", ""]);
    assert_eq!(column("day"), ["2024-02-29", "", ""]);
    assert!(column("moment")[0].starts_with("2024-02-29T08:30:15"), "{:?}", column("moment"));
    assert_eq!(column("share"), ["0.1", "0", ""]);

    let query = "SELECT id, big * 2 AS twice FROM v WHERE big IS NOT NULL ORDER BY id";
    assert_eq!(open_layer(&path, query).rows.height(), 2);
    let why = refused(&path, &ReadOptions { layer: Some("SELECT nothing FROM v".into()), encoding: None });
    assert!(why.contains("nothing"), "{why}");
}

#[test]
fn arcs_become_the_chords_that_gdal_itself_makes() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, curved, straight) = (folder.path().join("c.csv"), folder.path().join("c.gml"), folder.path().join("s.gpkg"));
    fs::write(&csv, "id;WKT\na;CURVEPOLYGON(COMPOUNDCURVE((500000 3450000,500200 3450000),CIRCULARSTRING(500200 3450000,500100 3450100,500000 3450000)))\n").unwrap();
    let more = ["-nln", "c", "-a_srs", "EPSG:4549", "-oo", "GEOM_POSSIBLE_NAMES=WKT", "-oo", "SEPARATOR=SEMICOLON"];
    convert(&csv, "GML", &curved, &more);
    convert(&curved, "GPKG", &straight, &["-nlt", "CONVERT_TO_LINEAR"]);
    let read = open(&curved);
    let oracle = file::open_with_gdal(&straight, &ReadOptions::default(), &|_| ()).unwrap();
    assert!(area(&oracle.shapes.as_ref().unwrap()[0]) > 15_000.0);
    same_shapes(&read, &oracle, 1e-6);
    assert!(read.faults.iter().any(|fault| fault.code == Code::ShapeCurved), "{:?}", read.faults);
    assert_eq!(read.crs.as_deref(), Some("EPSG:4549"));
}

#[test]
fn damaged_files_are_refused_in_words_or_read_with_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let gdb = folder.path().join("p.gdb");
    convert(&sample("parks.geojson"), "OpenFileGDB", &gdb, &["-nlt", "MULTIPOLYGON"]);
    let whole = open(&gdb).rows.height();
    let mut tables: Vec<_> = fs::read_dir(&gdb)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "gdbtable"))
        .collect();
    tables.sort();
    let table = tables.last().unwrap();
    let bytes = fs::read(table).unwrap();
    for keep in [bytes.len() / 2, bytes.len() / 3, 60, 0] {
        fs::write(table, &bytes[..keep]).unwrap();
        match file::open(&gdb, &ReadOptions::default(), &|_| ()) {
            Ok(read) => {
                assert!(!read.faults.is_empty() || read.rows.height() == whole, "{keep} of {} bytes in silence", bytes.len())
            }
            Err(why) => assert!(why.to_string().contains("to mend it"), "{why}"),
        }
    }
    // Ten entities of ten, ten deep: a billion copies of a word.
    let bomb: String = (1..10).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    let kml = folder.path().join("bomb.kml");
    fs::write(&kml, format!("<?xml version=\"1.0\"?><!DOCTYPE kml [<!ENTITY e0 \"word\">{bomb}]><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Placemark><name>&e9;</name></Placemark></Document></kml>")).unwrap();
    let began = std::time::Instant::now();
    let _ = file::open(&kml, &ReadOptions::default(), &|_| ());
    assert!(began.elapsed().as_secs() < 10);
    let why = refused(&folder.path().join("nothing.gdb"), &ReadOptions::default());
    assert!(why.contains("no such file"), "{why}");
}

/// A PostGIS server of its own on a socket in a folder, stopped when dropped.
struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

impl Server {
    /// `None` where PostGIS is not installed.
    fn start() -> Option<Self> {
        let programs = fs::read_dir("/usr/lib/postgresql")
            .ok()?
            .flatten()
            .map(|entry| entry.path().join("bin"))
            .find(|p| p.join("initdb").exists())?;
        let extension =
            programs.parent()?.file_name()?.to_str().map(|v| format!("/usr/share/postgresql/{v}/extension/postgis.control"))?;
        if !Path::new(&extension).exists() {
            return None;
        }
        let server = Self { folder: tempfile::tempdir().unwrap(), programs };
        run("chown", &["postgres", server.folder.path().to_str().unwrap()]);
        let place = server.folder.path().display().to_string();
        server.command("initdb", &["-D", &format!("{place}/data"), "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        server.command(
            "pg_ctl",
            &[
                "-D",
                &format!("{place}/data"),
                "-w",
                "-l",
                &format!("{place}/log"),
                "-o",
                &format!("-c listen_addresses='' -k {place}"),
                "start",
            ],
        );
        server.command("createdb", &["-h", &place, "land"]);
        server.command("psql", &["-h", &place, "-d", "land", "-qc", "CREATE EXTENSION postgis; CREATE SCHEMA cadastre"]);
        Some(server)
    }

    /// Runs a program of the server as its user: `PostgreSQL` refuses to run as root.
    #[track_caller]
    fn command(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        // Its output goes to a file: the server keeps what it inherits open.
        let log = fs::File::create(self.folder.path().join("output")).unwrap();
        let status = Command::new("runuser")
            .args(["-u", "postgres", "--", program.to_str().unwrap()])
            .args(arguments)
            .current_dir(self.folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        assert!(status.success(), "{program:?} {arguments:?}: {:?}", fs::read_to_string(self.folder.path().join("output")));
    }

    fn connection(&self) -> String {
        format!("PG:dbname=land user=postgres host={}", self.folder.path().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let _ = Command::new("runuser")
            .args(["-u", "postgres", "--"])
            .arg(self.programs.join("pg_ctl"))
            .arg("-D")
            .arg(data)
            .args(["-m", "immediate", "stop"])
            .output();
    }
}

#[test]
fn a_postgis_database_gives_layers_tables_and_queries_and_is_never_written_to() {
    let Some(server) = Server::start() else {
        assert!(std::env::var("MUJUN_POSTGIS").is_err(), "PostGIS is not installed");
        eprintln!("skipped: PostGIS is not installed");
        return;
    };
    let connection = server.connection();
    let place = server.folder.path().display().to_string();
    let path = Path::new(&connection);
    let load = |layer: &str, more: &[&str]| convert(&sample(layer), "PostgreSQL", path, more);
    load("parcels.geojson", &["-nln", "parcels", "-nlt", "GEOMETRY", "-a_srs", "EPSG:4490", "-lco", "FID=ogc_fid"]);
    load("enterprises.csv", &["-nln", "enterprises", "-oo", "AUTODETECT_TYPE=YES"]);
    let sql = "CREATE TABLE cadastre.\"宗地\" (gid bigint PRIMARY KEY, name text, area numeric(20,4), on_day date, photo bytea, geom geometry(MultiPolygon, 4549));
        INSERT INTO cadastre.\"宗地\" VALUES (9007199254740993, '甲', 0, '2024-02-29', '\\x0102', 'SRID=4549;MULTIPOLYGON(((0 0,30 0,30 20,0 0)))'), (2, NULL, NULL, NULL, NULL, NULL);
        CREATE SEQUENCE touched";
    server.command("psql", &["-h", &place, "-d", "land", "-qc", sql]);

    let layers = file::layers(path).unwrap();
    for layer in ["parcels", "enterprises", "cadastre.宗地"] {
        assert!(layers.iter().any(|name| name == layer), "{layer} is not in {layers:?}");
    }
    let (read, source) = (open_layer(path, "parcels"), open(&sample("parcels.geojson")));
    same_table(&read.rows, &source.rows);
    same_shapes(&read, &source, 0.0);
    assert_eq!(read.crs.as_deref(), Some("EPSG:4490"));
    let (table, source) = (open_layer(path, "enterprises"), open(&sample("enterprises.csv")));
    assert!(table.shapes.is_none());
    same_table(&table.rows, &source.rows);

    let read = open_layer(path, "cadastre.宗地");
    assert_eq!(read.crs.as_deref(), Some("EPSG:4549"));
    let row = |n| ["gid", "name", "area", "on_day"].map(|column| text(&read.rows, column, n));
    assert_eq!(row(0), ["9007199254740993", "甲", "0", "2024-02-29"]);
    assert_eq!(row(1), ["2", "", "", ""]);
    assert!((area(&read.shapes.as_ref().unwrap()[0]) - 300.0).abs() < 1e-9);
    assert!(
        read.faults.iter().any(|fault| fault.code == Code::ColumnLeftOut && fault.detail.en.contains("photo")),
        "{:?}",
        read.faults
    );

    let query = open_layer(path, "SELECT gid, geom FROM cadastre.\"宗地\" WHERE name = '甲'");
    assert_eq!((query.rows.height(), query.crs.as_deref()), (1, Some("EPSG:4549")));
    let why = refused(path, &ReadOptions { layer: Some("SELECT nextval('touched')".into()), encoding: None });
    assert!(why.contains("read-only"), "{why}");

    let wrong = format!("PG:dbname=no_such host={place} user=postgres password=geheim");
    let why = refused(Path::new(&wrong), &ReadOptions::default());
    assert!(why.contains("no_such") && !why.contains("geheim"), "{why}");

    // Named in survey.toml, where other paths start from its folder.
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("survey.toml"),
        format!("[parcels]\npath = \"{connection} password=geheim\"\nlayer = \"parcels\"\n"),
    )
    .unwrap();
    let (toml, out) = (folder.path().join("survey.toml"), folder.path().join("out"));
    run(env!("CARGO_BIN_EXE_mujun"), &["survey", toml.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    assert!(manifest.contains("PG:dbname=land") && !manifest.contains("geheim"), "{manifest}");
}
