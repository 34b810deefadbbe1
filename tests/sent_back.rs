//! What people who supplied data get to read: the sheet of findings, and findings and notes in their language.

use std::fs;
use std::path::Path;
use std::process::Command;

use calamine::{Data, Reader, Xlsx, open_workbook};

/// Two parcels of 0.001° by 0.001° that share a third of each.
const PARCELS: &str = r#"{"type":"FeatureCollection","bbox":[121.5,31.2,121.502,31.201],"features":[
{"type":"Feature","bbox":[121.5,31.2,121.501,31.201],"note":"seen","properties":{"parcel_id":"P1"},"geometry":{"type":"Polygon","coordinates":[[[121.5,31.2],[121.501,31.2],[121.501,31.201],[121.5,31.201],[121.5,31.2]]]}},
{"type":"Feature","properties":{"parcel_id":"P2"},"geometry":{"type":"Polygon","coordinates":[[[121.5007,31.2],[121.5017,31.2],[121.5017,31.201],[121.5007,31.201],[121.5007,31.2]]]}}
]}"#;

/// Title, blank line, two header rows, a cell of two lines; three of four codes have a wrong check digit, in rows 5, 6 and 8.
const ENTERPRISES: &str = "企业情况表,,,\n\n统一社会信用代码,宗地代码,2023年,\n,,税收（万元）,备注\n\
91310000MA1FL5E91X,P1,10,\"一\n二\"\n91310000MA1FL5E911,P1,20,\n91350100M000100Y43,P2,25,\n913100007757855520,P2,30,\n";

fn mujun(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_mujun")).args(arguments).current_dir(folder).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("parcels.geojson"), PARCELS).unwrap();
    fs::write(folder.path().join("enterprises.csv"), ENTERPRISES).unwrap();
    folder
}

fn check(folder: &Path, enterprises: &str, out: &str, lang: &str) -> String {
    mujun(
        folder,
        &["check", "--parcels", "parcels.geojson", "--enterprises", enterprises, "-o", out, "--overwrite", "--lang", lang],
    )
}

/// The cells of a sheet as text, a number as it is written.
fn cells(path: &Path, sheet: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect()
}

/// Writes the table of enterprises as a workbook, each line of it in the row of its number.
fn workbook(path: &Path) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0u32..).zip(ENTERPRISES.replace("\"一\n二\"", "一").lines()) {
        for (column, cell) in (0u16..).zip(line.split(',')).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    book.save(path).unwrap();
}

#[test]
fn rows_are_numbered_as_in_the_sheet_that_was_supplied_and_those_a_summary_speaks_of_are_there() {
    let folder = folder();
    workbook(&folder.path().join("enterprises.xlsx"));
    for enterprises in ["enterprises.csv", "enterprises.xlsx"] {
        let said = check(folder.path(), enterprises, "findings.xlsx", "zh");
        assert!(said.contains("4 个值中有 3 个有同样的问题"), "{said}");
        let rows = cells(&folder.path().join("findings.xlsx"), "企业");
        assert!(rows[0][0].contains("原表行号") && rows[0][1].contains("记录号"), "{:?}", rows[0]);
        let numbers: Vec<(&str, &str)> = rows[1..].iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
        assert_eq!(numbers, [("5", "1"), ("6", "2"), ("8", "4")], "{enterprises}");
        assert!(rows[1][3].contains("校验码（第 18 位）为 X，应为 N") && rows[1][5] == "91310000MA1FL5E91X", "{:?}", rows[1]);
    }
}

#[test]
fn lines_that_end_as_in_windows_and_a_file_of_old_macs_keep_their_rows() {
    let folder = folder();
    for (ending, numbers) in [("\r\n", ["5", "6", "8"]), ("\r", ["4", "5", "7"])] {
        fs::write(folder.path().join("other.csv"), ENTERPRISES.replace("\"一\n二\"", "一").replace('\n', ending)).unwrap();
        check(folder.path(), "other.csv", "findings.xlsx", "zh");
        let rows = cells(&folder.path().join("findings.xlsx"), "企业");
        // Blank lines between bare carriage returns are not seen.
        assert_eq!(rows[1..].iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), numbers, "{ending:?}");
    }
}

#[test]
fn an_overlap_is_told_with_its_place_and_no_row_is_lower_than_its_text() {
    let folder = folder();
    check(folder.path(), "enterprises.csv", "findings.xlsx", "en");
    let path = folder.path().join("findings.xlsx");
    let parcels = cells(&path, "parcels");
    let place = parcels[1][2].split(" – [").nth(1).unwrap_or_else(|| panic!("{:?}", parcels[1]));
    let place: Vec<f64> = place.trim_end_matches(']').split(", ").map(|x| x.parse().unwrap()).collect();
    assert!((121.5007..=121.501).contains(&place[0]) && (31.2..=31.201).contains(&place[1]), "{place:?}");
    let every = cells(&path, "Findings");
    let overlap = every.iter().find(|row| row[0] == "OVERLAP").unwrap();
    assert!((overlap[5].parse::<f64>().unwrap() - place[0]).abs() < 1e-6, "{overlap:?}");
    let mut archive = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    let sheet = std::io::read_to_string(archive.by_name("xl/worksheets/sheet2.xml").unwrap()).unwrap();
    let height: f64 =
        sheet.split("<row r=\"2\"").nth(1).unwrap().split("ht=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    assert!(height >= 30.0, "a text of two lines in a row of {height} points");
}

#[test]
fn terminal_and_csv_speak_the_language_of_the_reader() {
    let folder = folder();
    for (lang, told, other) in [("zh", "占较小者的", "of the smaller"), ("en", "of the smaller", "占较小者的")] {
        let said = check(folder.path(), "enterprises.csv", "findings.csv", lang);
        let written = fs::read_to_string(folder.path().join("findings.csv")).unwrap();
        for text in [said, written] {
            assert!(text.contains(told) && !text.contains(other), "{lang}: {text}");
        }
    }
}

#[test]
fn members_of_single_features_and_boxes_that_convert_leaves_out_are_counted() {
    let folder = folder();
    let said = mujun(folder.path(), &["convert", "parcels.geojson", "out.geojson", "--lang", "en"]);
    assert!(said.contains("1 features have members that GeoJSON does not define") && said.contains("2 bbox members"), "{said}");
    let said = mujun(folder.path(), &["convert", "out.geojson", "again.geojson", "--lang", "en"]);
    assert!(!said.contains("COLUMN_LEFT_OUT"), "{said}");
}
