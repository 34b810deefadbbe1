//! What workbooks as bureaus and attackers make them are read as.

use super::*;
use rust_xlsxwriter::{ExcelDateTime as Date, Format, Formula, Workbook as Made, Worksheet};
use std::io::Write;
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

fn saved(sheets: impl IntoIterator<Item = Worksheet>) -> tempfile::NamedTempFile {
    let mut workbook = Made::new();
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    let file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
    workbook.save(file.path()).unwrap();
    file
}

fn sheet(name: &str, rows: &[&[&str]]) -> Worksheet {
    let mut sheet = Worksheet::new();
    sheet.set_name(name).unwrap();
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row as u32, column as u16, *cell).unwrap();
        }
    }
    sheet
}

fn names(rows: &polars::prelude::DataFrame) -> Vec<String> {
    rows.get_column_names().into_iter().map(ToString::to_string).collect()
}

fn read_all(file: &tempfile::NamedTempFile) -> Result<Dataset> {
    read(file.path(), &ReadOptions::default(), &|_| ())
}

#[test]
fn a_merged_two_row_header_with_a_title_is_read_and_types_are_kept() {
    let mut sheet = sheet("绩效", &[&[], &[], &[], &["A1", "甲厂"], &["A2", "", "", "", "0601"], &["A3", "丙厂"], &["合计"]]);
    let (plain, date) = (Format::new(), Format::new().set_num_format("yyyy-mm-dd"));
    sheet.merge_range(0, 0, 0, 6, "某区工业用地绩效表", &plain).unwrap();
    sheet.merge_range(1, 0, 2, 0, "宗地代码", &plain).unwrap();
    sheet.merge_range(1, 1, 2, 1, "企业名称", &plain).unwrap();
    sheet.merge_range(1, 2, 1, 3, "2023年", &plain).unwrap();
    for (column, name) in [(2, "税收"), (3, "产值"), (4, "地类编码"), (5, "供地日期"), (6, "人数")] {
        sheet.write(2, column, name).unwrap();
    }
    // One enterprise on two parcels, its name and its tax merged over both.
    sheet.merge_range(3, 1, 4, 1, "甲厂", &plain).unwrap();
    sheet.merge_range(3, 2, 4, 2, "", &plain).unwrap();
    sheet.write(3, 2, 12.5).unwrap();
    sheet.write(5, 2, 30).unwrap();
    sheet.write(6, 2, 42.5).unwrap();
    sheet.write_formula(3, 3, Formula::new("=C4*2").set_result("25")).unwrap();
    sheet.write_formula(4, 3, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write_with_format(3, 5, Date::from_ymd(2019, 5, 7).unwrap(), &date).unwrap();
    sheet.write(3, 6, 7).unwrap();
    sheet.write(4, 6, 8).unwrap();
    let file = saved([sheet]);
    let data = read_all(&file).unwrap();
    assert_eq!((data.name.as_str(), data.rows.height()), ("绩效", 3));
    assert_eq!(names(&data.rows), ["宗地代码", "企业名称", "税收", "产值", "地类编码", "供地日期", "人数"]);
    let text = |name: &str| data.rows.column(name).unwrap().str().unwrap().iter().collect::<Vec<_>>();
    assert_eq!(text("企业名称"), [Some("甲厂"), Some("甲厂"), Some("丙厂")]);
    assert_eq!(text("地类编码"), [None, Some("0601"), None]);
    assert_eq!(text("供地日期"), [Some("2019-05-07"), None, None]);
    let tax: Vec<_> = data.rows.column("税收").unwrap().f64().unwrap().iter().collect();
    assert_eq!(tax, [Some(12.5), None, Some(30.0)], "a merged figure counts once");
    assert_eq!(data.rows.column("人数").unwrap().i64().unwrap().iter().collect::<Vec<_>>(), [Some(7), Some(8), None]);
    let said = |code: Code, words: &str| data.faults.iter().any(|f| f.code == code && f.detail.en.contains(words));
    assert!(said(Code::NotNumber, "#DIV/0! in D5") && said(Code::RowTotal, "agrees"), "{:?}", data.faults);
    assert!(said(Code::TableLayout, "title") && said(Code::TableLayout, "2 header rows") && said(Code::TableLayout, "merged"));
}

/// A workbook of one sheet, by hand: libraries do not write what a hostile file would hold.
fn by_hand(sheet: &str) -> tempfile::NamedTempFile {
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"{id}\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let workbook = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
                    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
                    <sheet name=\"s\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    let sheet = format!("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">{sheet}</worksheet>");
    archive(&[
        ("_rels/.rels", relation("rId1", "officeDocument", "xl/workbook.xml").as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relation("rId1", "worksheet", "worksheets/sheet1.xml").as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn a_formula_whose_result_was_not_saved_is_told() {
    let file = by_hand(
        "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>x</t></is></c></row>\
         <row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><f>A2*2</f><v>2</v></c></row>\
         <row r=\"3\"><c r=\"A3\"><v>2</v></c><c r=\"B3\"><f>A3*2</f></c></row>\
         <row r=\"4\"><c r=\"A4\"><v>3</v></c><c r=\"B4\"><f>A4*2</f><v></v></c></row></sheetData>",
    );
    let faults = read_all(&file).unwrap().faults;
    let told = faults.iter().find(|fault| fault.code == Code::NotNumber).unwrap();
    assert!(told.detail.en.starts_with("2 formulas") && told.detail.en.contains("such as B3"), "{}", told.detail.en);
}

#[test]
fn a_cell_in_the_last_row_and_column_and_vast_merged_ranges_cost_nothing() {
    let text = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let range = "<mergeCell ref=\"A3:XFC1048575\"/>".repeat(10_000);
    let file = by_hand(&format!(
        "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\">{}{}</row><row r=\"2\">{}<c r=\"B2\"><v>1.5</v></c></row>\
         <row r=\"3\">{}</row><row r=\"1048576\">{}</row></sheetData><mergeCells count=\"10000\">{range}</mergeCells>",
        text("A1", "id"),
        text("B1", "x"),
        text("A2", "a"),
        text("A3", "b"),
        text("XFD1048576", "far")
    ));
    let begin = Instant::now();
    let data = read_all(&file).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    assert_eq!((data.rows.height(), names(&data.rows).join(" ")), (3, "id x column_3".to_owned()));
    assert_eq!(data.rows.column("id").unwrap().str().unwrap().get(1), Some("b"));
}

#[test]
fn of_several_sheets_the_table_is_read_or_the_names_are_listed() {
    let table: &[&[&str]] = &[&["id", "x"], &["a", "1"]];
    let file = saved([sheet("说明", &[&["填表说明"]]), sheet("数据", table), sheet("空", &[])]);
    let data = read_all(&file).unwrap();
    assert_eq!(data.name, "数据");
    assert!(data.faults.iter().any(|f| f.code == Code::TableLayout && f.detail.en.contains("of 2 sheets")));
    assert_eq!(layers(file.path()).unwrap(), ["说明", "数据"]);
    let file = saved([sheet("一", table), sheet("二", table)]);
    let why = read_all(&file).unwrap_err().to_string();
    assert!(why.contains("\"一\", \"二\"") && why.contains("--layer"), "{why}");
    let named = |layer: &str| read(file.path(), &ReadOptions { layer: Some(layer.into()), ..Default::default() }, &|_| ());
    assert_eq!(named("二").unwrap().name, "二");
    assert!(named("三").unwrap_err().to_string().contains("has no sheet \"三\""));
}

fn archive(parts: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = zip::ZipWriter::new(file.reopen().unwrap());
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
    file
}

#[test]
fn bombs_and_what_is_no_workbook_are_refused() {
    let why = |file: &tempfile::NamedTempFile| read_all(file).unwrap_err().to_string();
    assert!(why(&archive(&[("xl/workbook.xml", &vec![b' '; 65 << 20])])).contains("unpacks to more"));
    let entity = b"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"bb\">]><a>&b;</a>";
    assert!(why(&archive(&[("xl/workbook.xml", entity)])).contains("document type"));
    assert!(why(&archive(&[("xl/workbook.xml", b"<workbook/>")])).contains("no workbook that can be read"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [OLD, &[0; 600]].concat()).unwrap();
    assert!(why(&file).contains(".xls kind") && why(&file).contains("save it as .xlsx"));
    // Cut off anywhere or with a byte changed it is an error or a table, never a panic.
    let whole = std::fs::read(saved([sheet("s", &[&["id", "x"], &["a", "1"]])]).path()).unwrap();
    for at in (0..whole.len()).step_by(331) {
        std::fs::write(file.path(), &whole[..at]).unwrap();
        assert!(read_all(&file).is_err());
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(file.path(), bytes).unwrap();
        let _ = read_all(&file);
    }
}

#[test]
fn addresses_are_those_of_spreadsheets() {
    assert_eq!(
        [address((0, 0)), address((6, 25)), address((6, 26)), address((1_048_575, 16_383))],
        ["A1", "Z7", "AA7", "XFD1048576"]
    );
}
