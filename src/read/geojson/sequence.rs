//! GeoJSON text sequences: a feature a line, or, after RFC 8142, a feature after each record separator.
//!
//! A record that cannot be read costs its row and no other: the row stays, empty, with a fault.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use rayon::prelude::*;

use super::tally::Tally;
use super::{BATCH, Part, dataset, feature};
use crate::error::{Error, Result, io};
use crate::finding::Code;
use crate::model::RawShape;
use crate::read::columns::Columns;
use crate::read::dataset::{Dataset, Fault};

/// RFC 8142's record separator.
const SEPARATOR: u8 = 0x1E;

/// Bytes of a first line that [`follows`] looks at.
const FIRST_LINE: u64 = 16 << 20;

const MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Whether a file that begins with `{` is a sequence: its first line is a whole Feature, and another object follows it.
pub(in crate::read) fn follows(path: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct Kind {
        #[serde(rename = "type")]
        kind: String,
    }
    let Ok(file) = File::open(path) else { return false };
    let mut reader = BufReader::new(file.take(FIRST_LINE));
    let mut line = Vec::new();
    while line.trim_ascii().is_empty() {
        line.clear();
        if reader.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
            return false;
        }
    }
    let first = line.strip_prefix(MARK).unwrap_or(&line);
    if !serde_json::from_slice::<Kind>(first).is_ok_and(|first| first.kind == "Feature") {
        return false;
    }
    loop {
        match reader.fill_buf() {
            Ok([]) | Err(_) => return false,
            Ok(bytes) => match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
                Some(byte) => return *byte == b'{',
                None => {
                    let n = bytes.len();
                    reader.consume(n);
                }
            },
        }
    }
}

/// Reads a sequence; `tick` is told how many features each batch brought.
pub(super) fn read(path: &Path, tick: &(dyn Fn(u64) + Sync)) -> Result<Dataset> {
    let disk = |e: std::io::Error| io(path, "read", &e);
    let mut records = Records::open(File::open(path).map_err(disk)?).map_err(disk)?;
    let mut failed = None;
    let parts: Vec<Part> = std::iter::from_fn(|| match records.next_batch() {
        Ok(batch) => batch,
        Err(error) => {
            failed = Some(error);
            None
        }
    })
    .par_bridge()
    .map(|batch| {
        let part = parse(&batch);
        tick(batch.records.len() as u64);
        part
    })
    .collect();
    if let Some(error) = failed {
        return Err(disk(error));
    }
    if records.rows == 0 {
        return Err(Error::new("is empty").in_file(path).remedy("export the layer again; each line is a GeoJSON Feature"));
    }
    dataset(path, parts)
}

/// Some whole records.
struct Batch {
    index: usize,
    first_row: usize,
    text: Vec<u8>,
    /// Each record's bytes in `text`, and the line of the file it begins in, from 1.
    records: Vec<(std::ops::Range<usize>, usize)>,
}

fn parse(batch: &Batch) -> Part {
    let mut part = empty(batch);
    for (n, (range, line)) in batch.records.iter().enumerate() {
        let row = batch.first_row + n;
        let parsed = match std::str::from_utf8(&batch.text[range.clone()]) {
            Ok(text) => feature::parse(text, &mut part.columns).map_err(|e| e.to_string()),
            Err(_) => Err("its text is not UTF-8".to_owned()),
        };
        match parsed {
            Ok(parsed) => add(&mut part, row, parsed),
            Err(why) => {
                let why = why.split(" at line ").next().unwrap_or(&why);
                part.columns.abandon_row();
                part.columns.end_row();
                part.shapes.push(RawShape::Missing);
                part.faults.push(Fault::row(Code::RowUnreadable, row, format!("line {line}: {why}")));
            }
        }
    }
    part
}

fn empty(batch: &Batch) -> Part {
    Part {
        index: batch.index,
        shapes: Vec::with_capacity(batch.records.len()),
        columns: Columns::default(),
        faults: Vec::new(),
        tally: Tally::default(),
    }
}

fn add(part: &mut Part, row: usize, parsed: feature::Parsed) {
    part.shapes.push(parsed.shape);
    part.tally.add(parsed.tally);
    part.faults.extend(parsed.repeated_key.map(|key| Fault::row(Code::RepeatedKey, row, key)));
}

/// Walks through the file, one batch of records at a time.
struct Records<R> {
    reader: BufReader<R>,
    /// What ends a record: a line feed, or the next record separator.
    end: u8,
    line: usize,
    batches: usize,
    rows: usize,
}

impl<R: Read> Records<R> {
    fn open(source: R) -> std::io::Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 16, source);
        if reader.fill_buf()?.starts_with(MARK) {
            reader.consume(MARK.len());
        }
        let separated = reader.fill_buf()?.iter().find(|b| !b.is_ascii_whitespace()) == Some(&SEPARATOR);
        Ok(Self { reader, end: if separated { SEPARATOR } else { b'\n' }, line: 1, batches: 0, rows: 0 })
    }

    /// The next records; `None` after the last.
    fn next_batch(&mut self) -> std::io::Result<Option<Batch>> {
        let mut batch = Batch { index: self.batches, first_row: self.rows, text: Vec::new(), records: Vec::new() };
        while batch.text.len() < BATCH {
            let begin = batch.text.len();
            if self.reader.read_until(self.end, &mut batch.text)? == 0 {
                break;
            }
            let line = self.line;
            let read = &batch.text[begin..];
            self.line += memchr::memchr_iter(b'\n', read).count();
            // Separators may stand among lines, too.
            let blank = |b: &u8| b.is_ascii_whitespace() || *b == SEPARATOR;
            let Some(first) = read.iter().position(|b| !blank(b)) else { continue };
            let last = read.iter().rposition(|b| !blank(b)).unwrap_or(first);
            let line = line + memchr::memchr_iter(b'\n', &read[..first]).count();
            batch.records.push((begin + first..begin + last + 1, line));
        }
        if batch.records.is_empty() {
            return Ok(None);
        }
        self.batches += 1;
        self.rows += batch.records.len();
        Ok(Some(batch))
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::Code;
    use crate::model::RawShape;
    use crate::read::dataset::ReadOptions;
    use crate::read::file::{self, Format};

    const ONE: &str = r#"{"type":"Feature","properties":{"名称":"甲","n":1},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}"#;
    #[test]
    fn heights_are_counted() {
        let high = ONE.replace("[1,1]", "[1,1,7.5]");
        let point = r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2,3]}}"#;
        let collection = format!(r#"{{"type":"FeatureCollection","features":[{high},{TWO},{point},{ONE}]}}"#);
        for (name, text) in [("a.geojsonl", format!("{high}\n{TWO}\n{point}\n{ONE}")), ("a.geojson", collection)] {
            let (_, layer) = read(name, &text);
            assert!(
                matches!(&layer.faults[..], [fault] if fault.code == Code::HeightDropped && fault.detail.en == "2 shapes"),
                "{name}"
            );
        }
    }

    const TWO: &str = r#"{"type":"Feature","properties":{"名称":"乙","n":2},"geometry":null}"#;

    fn read(name: &str, text: &str) -> (Format, crate::read::dataset::Dataset) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        (file::sniff(&path).unwrap(), file::open(&path, &ReadOptions::default(), &|_| ()).unwrap())
    }

    #[test]
    fn lines_and_separated_records_are_the_same_layer() {
        let pretty = ONE.replace(',', ",\n ");
        for (name, text) in [
            ("a.geojsonl", format!("{ONE}\n{TWO}\n")),
            ("a.geojson", format!("\u{feff}{ONE}\r\n\r\n{TWO}")),
            ("a.json", format!("\u{1e}{ONE}\n\u{1e}{TWO}\n")),
            ("a.geojsons", format!("\u{1e}{pretty}\n\u{1e}\n{TWO}")),
            ("a.txt", format!("{ONE}\n{TWO}\n")),
        ] {
            let (format, layer) = read(name, &text);
            assert_eq!(format, Format::GeoJsonSequence, "{name}");
            assert_eq!(layer.rows.column("名称").unwrap().str().unwrap().iter().collect::<Vec<_>>(), [Some("甲"), Some("乙")]);
            assert_eq!(layer.rows.column("n").unwrap().i64().unwrap().iter().collect::<Vec<_>>(), [Some(1), Some(2)]);
            let shapes = layer.shapes.unwrap();
            assert!(matches!(&shapes[..], [RawShape::Parts(parts), RawShape::Missing] if parts[0][0].len() == 4), "{name}");
            assert!(layer.faults.is_empty());
        }
    }

    #[test]
    fn a_bad_line_costs_its_own_row_only() {
        let (_, layer) = read(
            "a.geojsonl",
            &format!(
                "{ONE}\n{{\"type\":\"Feature\",\"properties\":{{\"n\":9,\"x\":\"\\ud800\"}}}}\n\n[1]\n{TWO}\n{}",
                &ONE[..60]
            ),
        );
        assert_eq!(layer.rows.height(), 5);
        let faults: Vec<_> = layer.faults.iter().map(|f| (f.code, f.row, f.detail.en.split(':').next().unwrap())).collect();
        assert_eq!(
            faults,
            [
                (Code::RowUnreadable, Some(1), "line 2"),
                (Code::RowUnreadable, Some(2), "line 4"),
                (Code::RowUnreadable, Some(4), "line 6")
            ]
        );
        assert_eq!(
            layer.rows.column("n").unwrap().i64().unwrap().iter().collect::<Vec<_>>(),
            [Some(1), None, None, Some(2), None]
        );
        assert!(matches!(layer.shapes.unwrap()[1], RawShape::Missing));
    }

    #[test]
    fn one_feature_or_a_collection_is_no_sequence() {
        for text in [ONE.to_owned(), format!("{{\"type\":\"FeatureCollection\",\n\"features\":[\n{ONE},\n{TWO}]}}")] {
            assert_eq!(read("a.geojson", &text).0, Format::GeoJson);
        }
    }

    #[test]
    fn a_file_of_many_batches_keeps_its_order() {
        let lines: String = (0..40_000)
            .map(|n| format!("{{\"type\":\"Feature\",\"properties\":{{\"n\":{n}}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}}}}\n"))
            .collect();
        let (_, layer) = read("a.ndjson", &lines);
        assert!(layer.rows.column("n").unwrap().i64().unwrap().iter().enumerate().all(|(n, x)| x == i64::try_from(n).ok()));
        assert_eq!(layer.rows.height(), 40_000);
    }
}
