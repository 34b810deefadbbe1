//! Tables of comma-separated values: UTF-8, with a header.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::columns::{Cell, Columns};
use super::dataset::{Dataset, ReadOptions};
use crate::error::{Error, Result, io};

/// Reads a CSV file. A cell is a number only where every cell of its column is; an empty cell is missing.
pub(super) fn read(path: &Path, _: &ReadOptions) -> Result<Dataset> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|e| io(path, "read", &e))?;
    let text = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&bytes);
    let mut reader = ::csv::ReaderBuilder::new().from_reader(text);
    let fault = |e: ::csv::Error| {
        let line = e.position().map_or(1, ::csv::Position::line);
        let (why, remedy) = match e.kind() {
            ::csv::ErrorKind::Utf8 { .. } => (
                "the text is not UTF-8, probably GBK".to_owned(),
                "convert it with `iconv -f GB18030 -t UTF-8`, or save it as \"CSV UTF-8\"",
            ),
            ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => (
                format!("the row has {len} cells, the header {expected_len}"),
                "mend the row; a cell with a comma in it needs quotes",
            ),
            _ => (e.to_string(), "mend the row, or export the table again"),
        };
        Error::new(why).in_file(path).at(format!("line {line}")).remedy(remedy)
    };
    let header = reader.headers().map_err(fault)?.clone();
    if header.iter().all(str::is_empty) {
        return Err(Error::new("is empty").in_file(path).remedy("export the table again; the first line names the columns"));
    }
    for (n, name) in header.iter().enumerate() {
        if header.iter().take(n).any(|earlier| earlier == name) {
            return Err(Error::new(format!("has the column \"{name}\" twice"))
                .in_file(path)
                .at("line 1")
                .remedy("rename one of them"));
        }
    }
    let records = reader.records().map(|record| record.map_err(fault)).collect::<Result<Vec<::csv::StringRecord>>>()?;
    // "1E-98" is a number among numbers and a code among codes.
    let numeric: Vec<bool> = (0..header.len())
        .map(|n| records.iter().filter_map(|record| record.get(n)).all(|cell| !matches!(parse(cell), Cell::Text(_))))
        .collect();
    let mut columns = Columns::default();
    for record in &records {
        for ((name, cell), numeric) in header.iter().zip(record).zip(&numeric) {
            columns.set(name, if *numeric || cell.trim().is_empty() { parse(cell) } else { Cell::Text(cell.into()) });
        }
        columns.end_row();
    }
    Ok(Dataset {
        name: super::file::stem(path),
        rows: columns.finish()?,
        shapes: None,
        crs: None,
        schematic: false,
        encoding: None,
        faults: Vec::new(),
    })
}

/// A number with a leading zero is a code, not a number; so is one beyond what a float holds exactly.
fn parse(cell: &str) -> Cell<'_> {
    let trimmed = cell.trim();
    let digits = trimmed.trim_start_matches('-');
    let code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && trimmed.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if trimmed.is_empty() {
        Cell::Missing
    } else if code || !plain {
        Cell::Text(cell.into())
    } else if let Ok(x) = trimmed.parse::<i64>() {
        Cell::Int(x)
    } else {
        match trimmed.parse::<f64>() {
            Ok(x) if x.is_finite() && trimmed.contains(['.', 'e', 'E']) && digits.len() <= 17 => Cell::Float(x),
            _ => Cell::Text(cell.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_looks_like_a_number_stays_as_it_is_among_codes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "id,x\n7-18,1\n1E-98,2.5\n12,\n").unwrap();
        let table = read(file.path(), &ReadOptions::default()).unwrap().rows;
        let ids: Vec<_> = table.column("id").unwrap().str().unwrap().iter().collect();
        assert_eq!(ids, [Some("7-18"), Some("1E-98"), Some("12")]);
        assert_eq!(table.column("x").unwrap().f64().unwrap().iter().collect::<Vec<_>>(), [Some(1.0), Some(2.5), None]);
    }

    #[test]
    fn codes_stay_text_and_numbers_become_numbers() {
        assert_eq!(parse("0601"), Cell::Text("0601".into()));
        assert_eq!(parse("-3"), Cell::Int(-3));
        assert_eq!(parse("0.5"), Cell::Float(0.5));
        assert_eq!(parse("91310000123456789E"), Cell::Text("91310000123456789E".into()));
        assert_eq!(parse("12e5"), Cell::Float(12e5));
        assert_eq!(parse(" "), Cell::Missing);
        assert_eq!(parse("1,234"), Cell::Text("1,234".into()));
    }
}
