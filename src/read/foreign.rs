//! Formats and databases that only GDAL reads: how to tell them, and what to do where the program was built without it.

use std::borrow::Cow;
use std::path::Path;

use crate::error::Error;

/// A format, or a kind of database, that is read through GDAL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    FileGeodatabase,
    PersonalGeodatabase,
    Dxf,
    Dwg,
    Dgn,
    Kml,
    Gml,
    MapInfo,
    /// An SQLite database that is not a GeoPackage, such as SpatiaLite.
    Sqlite,
    /// MapGIS 6: GDAL does not read it either.
    MapGis,
    /// A database on a server, by its connection string.
    Database,
}

/// Beginnings of connection strings. A path never begins so: only databases are here, nothing that asks the open network.
const CONNECTIONS: [&str; 7] = ["PG:", "POSTGRESQL:", "MYSQL:", "MSSQL:", "OCI:", "ODBC:", "HANA:"];

impl Foreign {
    /// The format of a file or folder, or `None` if it is none of these. `head` is how a file begins.
    pub fn of(path: &Path, head: &[u8]) -> Option<Self> {
        let named = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
        let text = without_mark(head);
        let says = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
        let xml = text.starts_with(b"<");
        Some(if head.starts_with(b"AC10") || named("dwg") {
            Self::Dwg
        } else if named("dxf") || is_dxf(text) || head.starts_with(b"AutoCAD Binary DXF") {
            Self::Dxf
        } else if named("dgn") {
            Self::Dgn
        } else if named("kmz") || named("kml") || xml && says(b"<kml") {
            Self::Kml
        } else if named("gml") || xml && (says(b"opengis.net/gml") || says(b"xmlns:gml")) {
            Self::Gml
        } else if ["tab", "mif", "mid"].iter().any(|ending| named(ending)) && is_mapinfo(text) || named("map") {
            Self::MapInfo
        } else if head.starts_with(b"\0\x01\0\0Standard Jet DB") || named("mdb") {
            Self::PersonalGeodatabase
        } else if head.starts_with(b"SQLite format 3\0") && !is_geopackage(path, head) {
            Self::Sqlite
        } else if head.starts_with(b"WMAP") {
            Self::MapGis
        } else {
            return None;
        })
    }

    /// The format of a folder.
    pub fn of_folder(path: &Path) -> Option<Self> {
        let named = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gdb"));
        (named || path.join("a00000001.gdbtable").exists()).then_some(Self::FileGeodatabase)
    }

    /// Its name as people know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FileGeodatabase => "an Esri file geodatabase (.gdb)",
            Self::PersonalGeodatabase => "an Esri personal geodatabase (.mdb)",
            Self::Dxf => "a DXF drawing",
            Self::Dwg => "a DWG drawing",
            Self::Dgn => "a DGN drawing",
            Self::Kml => "KML",
            Self::Gml => "GML",
            Self::MapInfo => "a MapInfo table",
            Self::Sqlite => "an SQLite database",
            Self::MapGis => "a MapGIS 6 file",
            Self::Database => "a database",
        }
    }

    /// Why it cannot be read here, and the ways around that.
    pub fn unreadable(self, path: &Path) -> Error {
        let name = self.name();
        if self == Self::MapGis {
            return Error::new(format!("is {name}, which this program does not read"))
                .in_file(path)
                .remedy("export it from MapGIS as a shapefile or a GeoPackage");
        }
        let from = if self == Self::Database { "\"PG:dbname=… host=…\"".to_owned() } else { file_name(path) };
        Error::new(format!("is {name}, which this program was built without the means to read")).in_file(path).remedy(format!(
            "convert it with `ogr2ogr -f GPKG layers.gpkg {from}` (part of GDAL and QGIS) and name the GeoPackage, or \
                 install the program with GDAL: `cargo install mujun --features gdal` (needs libgdal-dev)"
        ))
    }
}

/// Whether a path is no path but the connection string of a database.
pub(crate) fn is_connection(path: &Path) -> bool {
    path.to_str().is_some_and(|text| {
        CONNECTIONS.iter().any(|prefix| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)))
    })
}

/// A path or connection string as it may be shown: without the password in it.
pub(crate) fn without_password(text: &str) -> Cow<'_, str> {
    if !is_connection(Path::new(text)) {
        return Cow::Borrowed(text);
    }
    let mut shown = text.to_owned();
    for (from, to) in secrets(text).into_iter().rev() {
        shown.replace_range(from..to, "***");
    }
    Cow::Owned(shown)
}

/// A text about a connection, such as what a server says of it, without the passwords in its connection string.
#[cfg_attr(not(feature = "gdal"), allow(dead_code))]
pub(crate) fn without_passwords_of(connection: &str, text: &str) -> String {
    let mut shown = text.replace(connection, &without_password(connection));
    for (from, to) in secrets(connection) {
        let secret = connection.get(from..to).unwrap_or_default().trim_matches(['\'', '"']);
        if !secret.is_empty() {
            shown = shown.replace(secret, "***");
        }
    }
    shown
}

/// Where passwords are in a connection string: `password=…` and `pwd=…` up to the next separator, and `user:…@` of an address.
fn secrets(text: &str) -> Vec<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for key in ["password", "pwd"] {
        for (at, _) in lower.match_indices(key) {
            let rest = &lower[at + key.len()..];
            let value = rest.trim_start();
            let Some(value) = value.strip_prefix('=') else { continue };
            let value = value.trim_start();
            let from = lower.len() - value.len();
            let end = match value.chars().next() {
                Some(quote @ ('\'' | '"')) => value[1..].find(quote).map_or(value.len(), |n| n + 2),
                _ => value.find([' ', ',', ';', '&', '\'']).unwrap_or(value.len()),
            };
            found.push((from, from + end));
        }
    }
    if let (Some(start), Some(at)) = (lower.find("://"), lower.rfind('@'))
        && let Some(colon) = lower.get(start + 3..at).and_then(|user| user.find(':'))
    {
        found.push((start + 3 + colon + 1, at));
    }
    found.sort_unstable();
    found.dedup_by(|b, a| b.0 < a.1);
    found
}

fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head).trim_ascii_start()
}

/// A DXF file is pairs of lines, a number and a value; the first that is no comment (999) opens a section.
fn is_dxf(text: &[u8]) -> bool {
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    while let (Some(code), Some(value)) = (lines.next(), lines.next()) {
        match code {
            b"999" => {}
            b"0" => return value == b"SECTION",
            _ => return false,
        }
    }
    false
}

fn is_mapinfo(text: &[u8]) -> bool {
    let start = text[..text.len().min(64)].to_ascii_lowercase();
    start.starts_with(b"!table") || start.starts_with(b"version") || start.starts_with(b"!version")
}

/// A GeoPackage says so in its application id; those of other programs are known by their name.
fn is_geopackage(path: &Path, head: &[u8]) -> bool {
    let id = head.get(68..72).unwrap_or_default();
    matches!(id, b"GPKG" | b"GP10" | b"GP11") || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gpkg"))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, head: &[u8]) -> Option<Foreign> {
        Foreign::of(Path::new(name), head)
    }

    #[test]
    fn formats_are_told_by_content_before_name() {
        assert_eq!(told("plan", b"AC1027\0\0"), Some(Foreign::Dwg));
        assert_eq!(told("plan.txt", b"999\r\ndxflib\r\n  0\r\nSECTION\r\n  2\r\nHEADER\r\n"), Some(Foreign::Dxf));
        assert_eq!(told("numbers.csv", b"0\n1\n2\n"), None);
        assert_eq!(told("a.xml", b"<?xml version=\"1.0\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">"), Some(Foreign::Kml));
        assert_eq!(told("a.xml", b"\xEF\xBB\xBF<?xml?><c xmlns:gml=\"http://www.opengis.net/gml/3.2\">"), Some(Foreign::Gml));
        assert_eq!(told("p.TAB", b"!table\n!version 300\n"), Some(Foreign::MapInfo));
        assert_eq!(told("p.tab", b"id\tname\n"), None, "a table separated by tabs");
        assert_eq!(told("a.wp", b"WMAP`D22"), Some(Foreign::MapGis));
        let mut database = b"SQLite format 3\0".to_vec();
        database.resize(100, 0);
        assert_eq!(told("a.db", &database), Some(Foreign::Sqlite));
        database[68..72].copy_from_slice(b"GPKG");
        assert_eq!(told("a.db", &database), None);
    }

    #[test]
    fn a_connection_string_is_no_path_and_a_drive_letter_no_connection() {
        assert!(is_connection(Path::new("PG:dbname=land host=db")));
        assert!(is_connection(Path::new("postgresql://db/land")));
        for path in ["C:\\data\\a.gpkg", "c:/a.shp", "地块:1.shp", "PG", "a.gdb", "data/PG:x"] {
            assert!(!is_connection(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (given, shown) in [
            ("PG:dbname=land password=se=cret host=db", "PG:dbname=land password=*** host=db"),
            ("PG:password = 'a b c' host=db", "PG:password = *** host=db"),
            ("postgresql://me:p@ss:w@db/land", "postgresql://me:***@db/land"),
            ("MSSQL:server=x;PWD=geheim;db=y", "MSSQL:server=x;PWD=***;db=y"),
            ("MYSQL:land,password=密码", "MYSQL:land,password=***"),
            ("password=this.shp", "password=this.shp"),
        ] {
            assert_eq!(without_password(given), shown);
        }
    }

    #[test]
    fn what_a_server_says_is_shown_without_the_password() {
        let said = without_passwords_of("PG:password='a b' host=db", "cannot connect with PG:password='a b' host=db: bad a b");
        assert_eq!(said, "cannot connect with PG:password=*** host=db: bad ***");
    }

    #[test]
    fn what_cannot_be_read_comes_with_two_ways_out() {
        let why = Foreign::FileGeodatabase.unreadable(Path::new("data/宗地.gdb")).to_string();
        for part in ["ogr2ogr -f GPKG layers.gpkg 宗地.gdb", "--features gdal", "file geodatabase"] {
            assert!(why.contains(part), "{why}");
        }
    }

    #[cfg(not(feature = "gdal"))]
    #[test]
    fn a_build_without_gdal_says_so_for_folders_drawings_and_databases() {
        let folder = tempfile::tempdir().unwrap();
        let (geodatabase, drawing) = (folder.path().join("a.gdb"), folder.path().join("a.dxf"));
        std::fs::create_dir(&geodatabase).unwrap();
        std::fs::write(&drawing, "0\nSECTION\n2\nHEADER\n").unwrap();
        for path in [geodatabase.as_path(), &drawing, Path::new("PG:dbname=land password=geheim")] {
            let why = super::super::file::sniff(path).unwrap_err().to_string();
            assert!(why.contains("--features gdal") && !why.contains("geheim"), "{why}");
        }
    }
}
