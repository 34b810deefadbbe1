//! `findings.csv`: every fault, for the people who supplied the data. UTF-8 with a byte-order mark, as spreadsheets want it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::Lang;
use crate::error::{Error, Result, io};
use crate::finding::Finding;

/// Columns of the findings, here and in the workbook.
pub(super) fn header(lang: Lang) -> [&'static str; 12] {
    match lang {
        Lang::Zh => {
            ["代码", "级别", "图层", "行", "编号", "经度", "纬度", "问题", "详情", "修复前面积_m2", "修复后面积_m2", "建议"]
        }
        Lang::En => [
            "code",
            "severity",
            "input",
            "row",
            "id",
            "lon",
            "lat",
            "what",
            "detail",
            "area_before_m2",
            "area_after_m2",
            "advice",
        ],
    }
}

/// One finding as text, in the order of [`header`]; rows count from 1, for tables without their header.
pub(super) fn record(finding: &Finding, lang: Lang) -> [String; 12] {
    let (title, advice) = (finding.code.title(), finding.code.advice());
    let (severity, place) = (finding.code.severity(), &finding.place);
    let metres = |pick: fn((f64, f64)) -> f64| finding.areas.map(|areas| format!("{:.2}", pick(areas))).unwrap_or_default();
    [
        finding.code.name().to_owned(),
        lang.pick(severity.name_zh(), severity.name()).to_owned(),
        lang.pick(place.source.name_zh(), place.source.name()).to_owned(),
        place.row.map(|row| (row + 1).to_string()).unwrap_or_default(),
        place.id.clone().unwrap_or_default(),
        place.at.map(|c| format!("{:.8}", c.x)).unwrap_or_default(),
        place.at.map(|c| format!("{:.8}", c.y)).unwrap_or_default(),
        lang.pick(title.0, title.1).to_owned(),
        lang.pick(&finding.detail.zh, &finding.detail.en).to_owned(),
        metres(|areas| areas.0),
        metres(|areas| areas.1),
        lang.pick(advice.0, advice.1).to_owned(),
    ]
}

/// Writes findings as CSV.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(findings: &[Finding], lang: Lang, path: &Path) -> Result<()> {
    write_table(header(lang), findings.iter().map(|finding| record(finding, lang)), path)
}

/// Writes a table of text.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write_table<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>, path: &Path) -> Result<()> {
    let disk = |e: std::io::Error| io(path, "write", &e);
    let fault = |e: ::csv::Error| match e.into_kind() {
        ::csv::ErrorKind::Io(e) => disk(e),
        other => Error::new(format!("could not write it: {other:?}")).in_file(path),
    };
    let mut file = BufWriter::new(File::create(path).map_err(disk)?);
    file.write_all(b"\xEF\xBB\xBF").map_err(disk)?;
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(file);
    writer.write_record(header).map_err(fault)?;
    for row in rows {
        writer.write_record(row.map(inert)).map_err(fault)?;
    }
    writer.flush().map_err(disk)
}

/// A text from the data that a spreadsheet might run as a formula has an apostrophe before it: one that begins, white space aside, with
/// `=`, `+`, `-` or `@`, in full width too, or with a tab or a line break. Numbers stay numbers.
pub(super) fn inert(cell: String) -> String {
    let signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let runs = cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(signs);
    let number = cell.parse::<f64>().is_ok_and(f64::is_finite);
    if runs && !number { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_a_number_stays_one() {
        for cell in ["=1+1", "+cmd", "-2+3", "@SUM(A1)", " =1", "\t=1", "＝1", "-inf", "--1"] {
            assert_eq!(inert(cell.to_owned()), format!("'{cell}"));
        }
        for cell in ["-12.5", "+3", "1e-3", "a=b", "嘉定-1", ""] {
            assert_eq!(inert(cell.to_owned()), cell);
        }
    }
}
