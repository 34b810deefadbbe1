//! The same numbers in every form of a page, read back by the program's own readers and by others.

use std::path::PathBuf;

use calamine::{Data, DataType, Reader, Xlsx, open_workbook};
use geo::{Geometry, point, polygon};
use serde_json::Value;

use super::*;
use crate::finding::detail;
use crate::page::Verdict;
use crate::read::dataset::ReadOptions;
use crate::read::file;

/// Two places and their sum; one figure is not known.
fn page() -> Page {
    let square = polygon![(x: 121.0, y: 31.0), (x: 121.1, y: 31.0), (x: 121.1, y: 31.1), (x: 121.0, y: 31.0)];
    Page {
        key: "sites",
        title: detail!("片区", "Sites"),
        headline: detail!("2 片", "2 sites"),
        verdict: Verdict::Short,
        notes: vec![detail!("示意", "illustrative")],
        tables: vec![
            PageTable {
                key: "modes",
                title: detail!("方式: 甲/乙", "Modes: a/b"),
                columns: vec![Column::new("mode", "方式", "mode")],
                rows: vec![vec![Cell::words("收储", "purchase")]],
                total: false,
                shapes: None,
            },
            PageTable {
                key: "sites",
                title: detail!("片区", "Sites"),
                columns: vec![
                    Column::new("site_id", "片区代码", "site"),
                    Column::new("parcels", "宗数", "parcels"),
                    Column::number("net_mu", "净面积（亩）", "net (mu)", 1),
                ],
                rows: vec![
                    vec!["<甲>\u{1b}".into(), 3.into(), 1234.5678.into()],
                    vec!["=乙".into(), 4.into(), Cell::Missing],
                    vec![Cell::words("合计", "total"), 7.into(), 1234.5678.into()],
                ],
                total: true,
                shapes: Some(vec![Some(Geometry::Polygon(square)), Some(Geometry::Point(point!(x: 121.5, y: 31.2))), None]),
            },
        ],
    }
}

fn written(table: Option<&str>, name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    page_file(&page(), table, Lang::En, &path).unwrap();
    (folder, path)
}

#[test]
fn terminal_json_and_workbook_have_the_same_numbers() {
    let json: Value = serde_json::from_str(&page_json(&page()).unwrap()).unwrap();
    let sites = &json["tables"]["sites"];
    assert_eq!(sites["rows"].as_array().unwrap().len(), 2);
    assert_eq!(sites["total"]["site_id"]["zh"], "合计");
    assert_eq!(sites["rows"][1]["net_mu"], Value::Null);
    assert_eq!(json["verdict"], "short");

    let (_folder, path) = written(None, "sites.xlsx");
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let sheet = book.worksheet_range("2 Sites").unwrap();
    assert_eq!(sheet.get_value((1, 2)).and_then(|cell| cell.as_f64()), sites["rows"][0]["net_mu"].as_f64());
    assert_eq!(sheet.get_value((3, 1)).and_then(|cell| cell.as_f64()), Some(7.0));
    assert_eq!(sheet.get_value((2, 0)), Some(&Data::String("=乙".to_owned())));
    assert!(matches!(sheet.get_value((2, 2)), None | Some(Data::Empty)));

    let text = page_text(&page(), Lang::En);
    assert!(text.lines().any(|line| line.ends_with("3   1,234.6")), "{text}");
    assert!(text.lines().any(|line| line.ends_with("4         –")), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn a_table_of_the_terminal_is_aligned_whatever_its_language_and_says_what_it_leaves_out() {
    use unicode_width::UnicodeWidthStr;
    let mut page = page();
    page.tables[1].rows.splice(1..1, (0..60).map(|n| vec![format!("地块{n}").into(), n.into(), 0.5.into()]));
    for lang in [Lang::Zh, Lang::En] {
        let text = page_text(&page, lang);
        let lines: Vec<&str> = text.lines().skip_while(|line| !line.contains(lang.pick("净面积", "net (mu)"))).collect();
        assert!(lines[..42].iter().all(|line| line.width() == lines[0].width()), "{text}");
        assert!(lines[42].contains("… 22"), "{text}");
    }
}

#[test]
fn layers_are_read_back_with_their_places_and_without_the_row_of_sums() {
    for name in ["sites.geojson", "sites.gpkg"] {
        let (_folder, path) = written(None, name);
        let options = ReadOptions { layer: name.ends_with("gpkg").then(|| "sites".to_owned()), encoding: None };
        let read = file::open(&path, &options, &|_| ()).unwrap();
        assert_eq!(read.rows.height(), 2, "{name}");
        assert_eq!(read.rows.column("net_mu").unwrap().f64().unwrap().get(0), Some(1234.5678), "{name}");
        assert_eq!(read.rows.column("net_mu").unwrap().null_count(), 1, "{name}");
    }
    let (_folder, path) = written(Some("sites"), "sites.csv");
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("1234.5678") && text.contains("'=乙"), "{text}");
}

#[test]
fn a_printed_page_escapes_what_the_data_says() {
    let (_folder, path) = written(None, "sites.html");
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("&lt;甲&gt;") && !text.contains("<甲>"), "{text}");
    assert!(text.contains("1,234.6") && text.contains("illustrative"));
}

#[test]
fn another_ending_or_table_is_refused_with_those_there_are() {
    let path = std::path::Path::new("sites.pdf");
    assert!(page_file(&page(), None, Lang::En, path).unwrap_err().to_string().contains(".xlsx, .csv"));
    let why = page_file(&page(), Some("modes"), Lang::En, std::path::Path::new("x.geojson")).unwrap_err().to_string();
    assert!(why.contains("no table with places \"modes\"") && why.contains("its tables are: sites"), "{why}");
}
