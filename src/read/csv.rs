//! Tables as text, cells separated by comma, semicolon, tab or bar, in any encoding.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use ::csv::{Reader, ReaderBuilder, StringRecord};

use super::columns::Cell;
use super::dataset::{Dataset, Encoding, Evidence, Fault, ReadOptions};
use super::header::{Grid, layout};
use super::{encoding, table};
use crate::error::{Error, Result, io};
use crate::finding::Code;

/// Separators that are looked for; the first wins a draw.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Characters from the beginning that the separator is told from.
const SAMPLE: usize = 64 * 1024;

/// Reads a table. Everything that was taken for granted is a fault of level info or notice.
///
/// # Errors
/// The file cannot be read, is empty or binary, or `options` names no encoding.
pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Dataset> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|e| io(path, "read", &e))?;
    let mut faults = Vec::new();
    let (text, encoding) = decoded(&bytes, options, &mut faults).map_err(|e| e.in_file(path))?;
    if text.contains('\0') {
        return Err(Error::new("is no text and in no format that the program knows")
            .in_file(path)
            .remedy("export it as CSV, XLSX, GeoJSON, a shapefile or a GeoPackage"));
    }
    if is_markup(&text) {
        return Err(Error::new("is a web page or XML, not a table, whatever its name says")
            .in_file(path)
            .remedy("open it in a spreadsheet program and save it as .xlsx or CSV"));
    }
    let (text, stated) = split_statement(text.trim_start_matches('\u{feff}'));
    let separator = stated.unwrap_or_else(|| separator(text));
    if separator != b',' {
        faults.push(layout(format!("cells are separated by {}", separator_name(separator))));
    }
    let records = records(text, separator, &mut faults).map_err(|e| e.in_file(path))?;
    let cells = records.iter().map(StringRecord::len).sum();
    table::dataset(super::file::stem(path), &Records { records, cells }, Some(encoding), faults).map_err(|e| e.in_file(path))
}

/// Web systems export pages with a table in them and call them `.xls`.
fn is_markup(text: &str) -> bool {
    let begin: String = text.trim_start().chars().take(15).flat_map(char::to_lowercase).collect();
    ["<html", "<!doctype", "<?xml", "<table", "<meta", "<head"].iter().any(|mark| begin.starts_with(mark))
}

/// The text of a file without its byte-order mark, and the encoding it was read in.
fn decoded<'b>(bytes: &'b [u8], options: &ReadOptions, faults: &mut Vec<Fault>) -> Result<(Cow<'b, str>, Encoding)> {
    let marked = encoding_rs::Encoding::for_bom(bytes).filter(|_| options.encoding.is_none());
    let (body, encoding) = match marked {
        Some((encoding, mark)) => {
            (bytes.get(mark..).unwrap_or_default(), Encoding { name: encoding.name(), evidence: Evidence::Mark })
        }
        None => {
            let body = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
            (body, encoding::detect(body.split(|b| *b == b'\n'), options.encoding.as_deref(), None)?)
        }
    };
    // A byte without a meaning becomes U+FFFD, which is found in its cell.
    let (text, _) = encoding::decode(body, &encoding);
    if matches!(encoding.evidence, Evidence::Bytes | Evidence::Likely) && encoding.name != "UTF-8" {
        faults.push(Fault::file(Code::EncodingGuessed, format!("the text is read as {}", encoding.name)));
    }
    Ok((text, encoding))
}

/// The text after a first line `sep=;` and the separator it states.
fn split_statement(text: &str) -> (&str, Option<u8>) {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let stated = line.trim_end_matches('\r').strip_prefix("sep=").and_then(|mark| match mark.as_bytes() {
        [separator] => Some(*separator),
        _ => None,
    });
    if stated.is_some() { (rest, stated) } else { (text, None) }
}

fn separator_name(separator: u8) -> String {
    match separator {
        b'\t' => "tabs".to_owned(),
        other => format!("\"{}\"", char::from(other)),
    }
}

fn reader(text: &str, separator: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// The separator that cuts most lines into equally many cells, of several such the one that makes the most cells.
fn separator(text: &str) -> u8 {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // The last line of a sample is cut off.
    let sample =
        text.get(..end).map(|head| if end < text.len() { head.rsplit_once('\n').map_or(head, |(lines, _)| lines) } else { head });
    let score = |separator: u8| {
        let widths: Vec<usize> =
            reader(sample.unwrap_or_default(), separator).records().flatten().map(|record| record.len()).take(100).collect();
        let mut sorted = widths.clone();
        sorted.sort_unstable();
        let usual = sorted.chunk_by(|a, b| a == b).filter_map(|same| Some((same.len(), *same.first()?))).max()?;
        // In tenths, so that one odd line does not decide.
        (usual.1 > 1).then(|| (usual.0 * 10 / widths.len(), usual.1))
    };
    let mut best = (b',', (0, 0));
    for candidate in SEPARATORS {
        if let Some(score) = score(candidate)
            && score > best.1
        {
            best = (candidate, score);
        }
    }
    best.0
}

fn records(text: &str, separator: u8, faults: &mut Vec<Fault>) -> Result<Vec<StringRecord>> {
    let read = reader(text, separator).into_records().map(|record| {
        record.map_err(|e| {
            let line = e.position().map_or(1, ::csv::Position::line);
            Error::new(e.to_string()).at(format!("line {line}")).remedy("mend the row, or export the table again")
        })
    });
    let records = read.collect::<Result<Vec<_>>>()?;
    // A quote inside a cell is a letter; one that swallows lines to the end was meant to be closed.
    if let Some(last) = records.last().filter(|last| last.iter().any(|cell| cell.contains('\n')))
        && let Some(position) = last.position()
        && let Some(rest) = usize::try_from(position.byte()).ok().and_then(|at| text.get(at..))
        && rest.matches('"').count() % 2 == 1
    {
        let detail = format!("a quote opened in line {} is never closed: the rest of the file is one cell", position.line());
        faults.push(Fault::file(Code::RowUnreadable, detail));
    }
    Ok(records)
}

struct Records {
    records: Vec<StringRecord>,
    cells: usize,
}

impl Grid for Records {
    const TYPED: bool = false;

    fn height(&self) -> usize {
        self.records.len()
    }

    fn width(&self, row: usize) -> usize {
        self.records.get(row).map_or(0, StringRecord::len)
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match self.records.get(row).and_then(|record| record.get(column)) {
            Some(text) => Cell::Text(Cow::Borrowed(text)),
            None => Cell::Missing,
        }
    }

    fn cells(&self) -> usize {
        self.cells
    }

    fn merged(&self, _: usize) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RawShape;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn table(bytes: impl AsRef<[u8]>) -> Dataset {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read(file.path(), &ReadOptions::default()).unwrap()
    }

    fn details(data: &Dataset, code: Code) -> Vec<&str> {
        data.faults.iter().filter(|f| f.code == code).map(|f| f.detail.en.as_str()).collect()
    }

    fn names(data: &Dataset) -> Vec<String> {
        data.rows.get_column_names().into_iter().map(ToString::to_string).collect()
    }

    fn column<'d>(data: &'d Dataset, name: &str) -> Vec<Option<&'d str>> {
        data.rows.column(name).unwrap().str().unwrap().iter().collect()
    }

    #[test]
    fn a_code_that_looks_like_a_number_stays_as_it_is_among_codes() {
        let data = table("id,x\n7-18,1\n1E-98,2.5\n12,\n");
        assert_eq!(column(&data, "id"), [Some("7-18"), Some("1E-98"), Some("12")]);
        assert_eq!(data.rows.column("x").unwrap().f64().unwrap().iter().collect::<Vec<_>>(), [Some(1.0), Some(2.5), None]);
        assert!(data.faults.is_empty(), "{:?}", data.faults);
    }

    #[test]
    fn separators_are_told_apart_and_quoted_cells_respected() {
        for (text, said) in [
            ("编号;名称\n1;\"a,b,c;d\"\n2;x,y\n", "\";\""),
            ("编号\t名称\n1\t\"a,b,c\td\"\n2\tx,y\n", "tabs"),
            ("编号|名称\n1|\"a,b,c|d\"\n2|x,y\n", "\"|\""),
            ("sep=;\n编号;名称\n1;\"a,b,c;d\"\n2;x,y\n", "\";\""),
            ("a;b\n1,5;2,5\n3,5;4,5\n", "\";\""),
        ] {
            let data = table(text);
            assert_eq!((data.rows.height(), data.rows.width()), (2, 2), "{text}");
            assert_eq!(details(&data, Code::TableLayout), [format!("cells are separated by {said}")]);
        }
        assert!(table("a,b\n\"x;y;z\",1\n\"p;q;r\",2\n").faults.is_empty());
    }

    #[test]
    fn utf_16_is_read_by_its_mark() {
        let text = "编号,名称\n1,甲\n";
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for (bytes, name) in [(little, "UTF-16LE"), (big, "UTF-16BE")] {
            let data = table(bytes);
            assert_eq!(column(&data, "名称"), [Some("甲")]);
            assert_eq!(data.encoding.as_ref().map(|e| e.name), Some(name));
        }
    }

    /// Bytes by Python: "编号,企业名称\n1,上海第一机床厂\n".encode("cp936").
    #[test]
    fn a_table_in_cp936_is_read_by_its_bytes_and_when_told() {
        let bytes =
            b"\xb1\xe0\xba\xc5,\xc6\xf3\xd2\xb5\xc3\xfb\xb3\xc6\n1,\xc9\xcf\xba\xa3\xb5\xda\xd2\xbb\xbb\xfa\xb4\xb2\xb3\xa7\n";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        for (encoding, guesses) in [(None, 1), (Some("GBK".to_owned()), 0)] {
            let data = read(file.path(), &ReadOptions { encoding, ..Default::default() }).unwrap();
            assert_eq!(column(&data, "企业名称"), [Some("上海第一机床厂")]);
            assert_eq!(details(&data, Code::EncodingGuessed).len(), guesses, "{:?}", data.encoding);
        }
        let garbled = table("编号,企业名称\n1,涓婃捣绗\n2,ok\n");
        assert_eq!(garbled.faults, [Fault::row(Code::TextGarbled, 0, "企业名称: 涓婃捣绗")]);
    }

    #[test]
    fn a_bureaus_sheet_with_title_groups_units_numbers_and_total_becomes_a_table() {
        let data = table(
            "某区工业企业绩效表,,,,,\n填报单位：某区,,,,,单位：万元\n序号,企业名称,2022年,,2023年,\n,,税收,产值,税收,产值\n,,万元,亿元,万元,亿元\n1,2,3,4,5,6\n\
             1,甲厂,10,0.5,\"1,100\",0.6\n2,乙厂,20,0.7,12,0.8\n,,,,,\n3,合 计,30,1.2,1112,9\n注：产值为快报数,,,,,\n",
        );
        assert_eq!(
            names(&data),
            ["序号", "企业名称", "2022年 税收（万元）", "2022年 产值（亿元）", "2023年 税收（万元）", "2023年 产值（亿元）"]
        );
        assert_eq!(column(&data, "企业名称"), [Some("甲厂"), Some("乙厂")]);
        assert_eq!(
            details(&data, Code::RowTotal),
            ["\"合 计\" was left out; it differs from the rows in 2023年 产值（亿元） 9 (the rows sum to 1.4)"]
        );
        assert_eq!(details(&data, Code::TableLayout).len(), 6, "{:?}", data.faults);
    }

    #[test]
    fn the_unit_of_a_title_line_holds_for_the_figures_that_state_none() {
        let head = "统一社会信用代码,2023年税收,工业总产值（万元）,用地面积,tax_wan,人数,备注";
        let read = |unit: &str| table(format!("绩效表,,,,填报：甲,,{unit}\n{head}\nX,1,2,3,4,5,y\nY,1,2,3,4,5,z\n"));
        let data = read("金额单位：亿元、亩");
        assert_eq!(names(&data)[1..5], ["2023年税收（亿元）", "工业总产值（万元）", "用地面积（亩）", "tax_wan"]);
        let said = details(&data, Code::FieldUnit);
        assert_eq!(said.len(), 2);
        assert!(said[0].contains("\"金额单位：亿元、亩\"") && said[0].contains("2023年税收"), "{said:?}");
        assert!(details(&data, Code::TableLayout)[0].contains("\"绩效表\", \"填报：甲\", \"金额单位：亿元、亩\""));
        // Which of two is meant for which column is not to be known.
        let data = read("单位：亿元、元");
        assert_eq!(names(&data)[1], "2023年税收");
        assert!(details(&data, Code::FieldUnit)[0].contains("several units"));
        assert!(details(&read("单位：某某公司"), Code::FieldUnit).is_empty());
    }

    /// By hand: 10 + 12.5 + 1.5 ha × 15 = 45 mu.
    #[test]
    fn a_total_is_held_against_the_rows_in_one_unit() {
        let data = table("名称,用地面积（亩）,甲,重量\na,10,1,1吨\nb,12.5,2,2\nc,1.5公顷,3,3\n合计,45,6,6\n");
        let said = details(&data, Code::RowTotal);
        assert_eq!(
            said,
            [
                "\"合计\" was left out; it agrees with the rows; not compared, as cells name units and the column none they fit: 重量"
            ]
        );
    }

    #[test]
    fn group_names_are_left_out_where_the_names_are_enough() {
        let data = table("宗地代码,用地情况,,经济指标,\n,用地面积,容积率,税收,产值\nA1,100,1.5,3,4\nA2,200,1.2,5,6\n");
        assert_eq!(names(&data), ["宗地代码", "用地面积", "容积率", "税收", "产值"]);
        let plain = table("id,name,,note\nA1,x,y,z\nA2,x,y,z\n");
        assert_eq!((plain.rows.height(), names(&plain).join(" ")), (2, "id name column_3 note".to_owned()));
        assert_eq!(details(&plain, Code::HeaderBlank).len(), 1);
    }

    #[test]
    fn repeated_names_and_rows_of_other_lengths_are_kept_and_said() {
        let data = table("a,b,a,a_2\n1,2,3,9\n5\n6,7,8,9,extra\n6,7,8,9,\n");
        assert_eq!(names(&data), ["a", "b", "a_3", "a_2"]);
        assert_eq!(data.rows.height(), 4);
        let lengths: Vec<_> = data.faults.iter().filter(|f| f.code == Code::RowLength).map(|f| f.row).collect();
        assert_eq!(lengths, [Some(1), Some(2)]);
        assert!(details(&data, Code::RowLength)[1].contains("\"extra\""));
        assert_eq!(details(&data, Code::HeaderRepeated).len(), 1);
        let headless = table("1,2.5,3\n4,5.5,6\n");
        assert_eq!((headless.rows.height(), headless.rows.width()), (2, 3));
    }

    #[test]
    fn damaged_tables_are_refused_or_said_and_never_fill_the_memory() {
        let refused = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            read(file.path(), &ReadOptions::default()).unwrap_err().to_string()
        };
        for empty in ["", " \n", ",,\n,,\n", "\u{feff}"] {
            assert!(refused(empty.as_bytes()).contains("is empty"), "{empty:?}");
        }
        assert!(refused("<html><table><tr><td>宗地</td></tr></table>".as_bytes()).contains("web page"));
        assert!(refused(b"\x01\x02\0\0\x05,\n").contains("is no text"));
        let wide = format!("{}\n{}", (0..20_000).map(|n| format!("c{n},")).collect::<String>(), "1\n".repeat(20_000));
        assert!(refused(wide.as_bytes()).contains("nearly all of them empty"));
        let open = table("a,b\n1,2\n3,\"never closed\n5,6\n7,8\n");
        assert_eq!(
            details(&open, Code::RowUnreadable),
            ["a quote opened in line 3 is never closed: the rest of the file is one cell"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A table of any texts under plain names comes through cell by cell, whatever separates the cells.
        #[test]
        fn nothing_is_lost_and_nothing_panics(
            rows in proptest::collection::vec(proptest::collection::vec("[a-c0-9,;|\t\n\"' .甲万元%-]{0,5}", 3), 1..12), separator in 0usize..4,
        ) {
            let mut writer = ::csv::WriterBuilder::new().delimiter(SEPARATORS[separator]).from_writer(Vec::new());
            writer.write_record(["name", "编号", "third"]).unwrap();
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let data = table(writer.into_inner().unwrap());
            let told = data.faults.iter().any(|f| f.detail.en.starts_with("cells are separated")) == (separator > 0);
            // Cells full of another separator may look like another table, but only where there are few of them.
            prop_assume!(told && data.rows.width() == 3);
            let kept: Vec<&Vec<String>> = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
            prop_assert_eq!(data.rows.height(), kept.len());
            for (column, name) in ["name", "编号", "third"].into_iter().enumerate() {
                let texts = crate::read::columns::texts(data.rows.column(name).unwrap().as_materialized_series()).unwrap();
                for (row, text) in kept.iter().zip(texts.str().unwrap().iter()) {
                    let expected = Some(row[column].trim()).filter(|text| !text.is_empty());
                    let same = text == expected || text.zip(expected).is_some_and(|(a, b)| a.parse::<f64>().ok() == b.parse::<f64>().ok());
                    prop_assert!(same, "{:?} {:?}", text, expected);
                }
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), text in "[\\PC,;\n\"]{0,200}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let file = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(file.path(), bytes).unwrap();
                let _ = read(file.path(), &ReadOptions::default());
            }
        }
    }

    /// Rows, columns and what is wrong with each register, as Python's csv module and a reader of the files have it. Skipped
    /// where the shared data is absent.
    #[test]
    fn every_brownfield_register_is_read_whole() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/uk_brownfield");
        if !folder.exists() {
            println!("skipped: needs ../shared/data/uk_brownfield");
            return;
        }
        let expected = [
            ("083bca", 47, 17),
            ("2c8470", 38, 20),
            ("3b08e3", 37, 25),
            ("40ba24", 3, 34),
            ("45e645", 56, 21),
            ("46ebf7", 18, 28),
            ("5ed5da", 128, 21),
            ("60f678", 12, 28),
            ("66012b", 4, 28),
            ("97eb6c", 18, 29),
            ("a6f17c", 2, 34),
            ("b6ac51", 13, 28),
            ("c0f874", 58, 17),
            ("c7e27f", 66, 31),
            ("cd5ea3", 38, 28),
            ("dda695", 28, 13),
            ("de3918", 1079, 28),
            ("e30b43", 4, 27),
            ("f19782", 13, 29),
        ];
        let mut read_files = BTreeMap::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "csv") {
                let data = read(&path, &ReadOptions::default()).unwrap();
                read_files.insert(data.name[..6].to_owned(), data);
            }
        }
        let sizes: Vec<_> =
            read_files.iter().map(|(name, data)| (name.as_str(), data.rows.height(), data.rows.width())).collect();
        assert_eq!(sizes, expected);
        assert!(read_files.values().all(|data| data.shapes.as_ref().is_some_and(|shapes| shapes.len() == data.rows.height())));
        let point = |name: &str| match &read_files[name].shapes.as_ref().unwrap()[0] {
            RawShape::Other(shape) => format!("{shape:?}"),
            other => format!("{other:?}"),
        };
        assert!(point("083bca").contains("330941") && point("083bca").contains("431694"), "{}", point("083bca"));
        assert_eq!(read_files["083bca"].crs.as_deref(), Some("OSGB36"));
        assert_eq!(read_files["de3918"].crs, None, "several systems in one register");
        let shifted: Vec<&str> = read_files
            .iter()
            .filter(|(_, data)| data.faults.iter().any(|f| f.code == Code::HeaderShifted))
            .map(|(n, _)| n.as_str())
            .collect();
        assert_eq!(shifted, ["3b08e3", "66012b", "e30b43"]);
        assert_eq!(read_files["f19782"].faults.iter().filter(|f| f.code == Code::RowLength).count(), 7);
    }
}
