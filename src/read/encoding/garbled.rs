//! Text that was read in the wrong encoding before it came here.

use std::collections::HashSet;

use encoding_rs::{GBK, WINDOWS_1252};
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use super::hanzi::common;
use crate::finding::{Code, detail};
use crate::read::dataset::Fault;
use crate::read::header::short;

/// Garbled cells of a column that are named one by one.
const NAMED: usize = 100;

/// Findings on column names and text cells that were garbled before they came here, but for rows that `known` names already.
pub(in crate::read) fn garbled_cells(rows: &DataFrame, known: &[Fault]) -> Vec<Fault> {
    let known: HashSet<usize> =
        known.iter().filter(|fault| fault.code == Code::TextGarbled).filter_map(|fault| fault.row).collect();
    let names = rows.get_column_names().into_iter().filter(|name| looks_garbled(name));
    let mut faults: Vec<Fault> =
        names.map(|name| Fault::file(Code::TextGarbled, detail!("列名：{}", "the name of a column: {}", short(name)))).collect();
    faults.par_extend(rows.columns().par_iter().flat_map_iter(|column| of_column(column, &known)));
    faults
}

fn of_column(column: &Column, known: &HashSet<usize>) -> Vec<Fault> {
    let Ok(texts) = column.str() else { return Vec::new() };
    let garbled = texts.iter().enumerate().filter_map(|(row, text)| Some((row, text.filter(|text| looks_garbled(text))?)));
    let mut faults = Vec::new();
    let mut more = 0usize;
    for (row, text) in garbled.filter(|(row, _)| !known.contains(row)) {
        if faults.len() < NAMED {
            faults.push(Fault::row(Code::TextGarbled, row, format!("{}: {}", column.name(), short(text))));
        } else {
            more += 1;
        }
    }
    if more > 0 {
        faults.push(Fault::file(Code::TextGarbled, detail!("{}：另有 {more} 个单元格", "{}: {more} more cells", column.name())));
    }
    faults
}

/// Whether a text shows the marks of having been read in a wrong encoding: replacement characters and what is left of them,
/// question marks in place of every letter, UTF-8 read as GBK or Latin-1, GBK read as Latin-1.
///
/// Made for cells: it is true only where hardly any honest text looks like that.
pub(in crate::read) fn looks_garbled(text: &str) -> bool {
    if text.is_ascii() {
        return is_question_marks(text);
    }
    has_mark(text)
        || is_question_marks(text)
        || foreign_runs(text).any(|run| is_utf8_as_gbk(run) || is_utf8_as_latin(run) || is_gbk_as_latin(run))
}

/// What is left of characters that were replaced. Their first ones are looked for first: hardly any text has one.
fn has_mark(text: &str) -> bool {
    const MARKS: [&str; 8] = ["\u{FFFD}", "锟斤", "斤拷", "锘縠", "烫烫烫", "屯屯屯", "ï¿½", "ï»¿"];
    text.contains(['\u{FFFD}', '锟', '斤', '锘', '烫', '屯', 'ï']) && MARKS.iter().any(|mark| text.contains(mark))
}

/// Nothing but question marks: a database without the letters wrote one for each.
fn is_question_marks(text: &str) -> bool {
    let text = text.trim();
    text.len() > 1 && text.bytes().all(|byte| byte == b'?')
}

/// The stretches of characters that are not ASCII.
fn foreign_runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_ascii()).filter(|run| !run.is_empty())
}

/// 中文 as `涓枃`: the GBK bytes of the run are UTF-8 with two Chinese characters or more, the last of them perhaps cut.
fn is_utf8_as_gbk(run: &str) -> bool {
    // Three GBK characters are the bytes of two Chinese ones in UTF-8.
    if run.chars().nth(2).is_none() || run.chars().all(|c| common().contains(&c)) {
        return false;
    }
    let (bytes, _, lost) = GBK.encode(run);
    !lost && utf8_hanzi(&bytes) >= 2
}

/// 中 as `ä¸­`, é as `Ã©`: the Latin-1 bytes of the run are UTF-8.
fn is_utf8_as_latin(run: &str) -> bool {
    let Some(bytes) = latin_bytes(run) else { return false };
    utf8_hanzi(&bytes) >= 1 || matches!(*bytes, [0xC2 | 0xC3, 0x80..=0xBF])
}

/// 中国 as `ÖÐ¹ú`: four letters and signs of Latin-1 or more in a row that are common Chinese characters in GBK.
fn is_gbk_as_latin(run: &str) -> bool {
    let Some(bytes) = latin_bytes(run).filter(|bytes| bytes.len() >= 4) else { return false };
    let hanzi = GBK.decode_without_bom_handling(&bytes).0;
    let (known, all) = hanzi.chars().fold((0, 0), |(known, all), c| (known + usize::from(common().contains(&c)), all + 1));
    known * 4 >= all * 3
}

/// The bytes that Windows-1252 writes for a run, where it has all of its characters.
fn latin_bytes(run: &str) -> Option<Vec<u8>> {
    // Chinese text ends here at its first character.
    if run.chars().next().is_none_or(|c| c > '\u{2122}') {
        return None;
    }
    let (bytes, _, lost) = WINDOWS_1252.encode(run);
    (!lost).then(|| bytes.into_owned())
}

/// How many Chinese characters the bytes hold as UTF-8; none if they are not UTF-8 up to a cut at the end.
fn utf8_hanzi(bytes: &[u8]) -> usize {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        Err(_) => return 0,
    };
    valid.chars().filter(|c| ('\u{3000}'..='\u{9FFF}').contains(c) || ('\u{FF00}'..='\u{FFEF}').contains(c)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::UTF_8;

    #[test]
    fn texts_read_in_a_wrong_encoding_are_recognised() {
        for text in ["上海市浦东新区", "中文", "工业用地", "宗地代码", "使用权人"] {
            let as_gbk = GBK.decode_without_bom_handling(text.as_bytes()).0.into_owned();
            assert!(looks_garbled(&as_gbk), "{text} as {as_gbk}");
            let as_latin = WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned();
            assert!(looks_garbled(&as_latin), "{text} as {as_latin}");
            let gbk = GBK.encode(text).0.into_owned();
            let gbk_as_latin = WINDOWS_1252.decode_without_bom_handling(&gbk).0.into_owned();
            assert!(looks_garbled(&gbk_as_latin), "{text} as {gbk_as_latin}");
            let gbk_as_utf8 = UTF_8.decode_without_bom_handling(&gbk).0.into_owned();
            assert!(looks_garbled(&gbk_as_utf8), "{text} as {gbk_as_utf8}");
            let twice = GBK.decode_without_bom_handling(gbk_as_utf8.as_bytes()).0.into_owned();
            assert!(looks_garbled(&twice), "{text} as {twice}");
        }
        assert!(looks_garbled("????") && looks_garbled("CafÃ© 1"));
    }

    #[test]
    fn honest_texts_are_left_alone() {
        for text in [
            "",
            "?",
            "abc?",
            "上海市",
            "鑫源（集团）有限公司",
            "镕基路１号",
            "東京都",
            "臺北市",
            "Zürich",
            "naïve",
            "Málaga 5 m²",
            "Москва",
            "25℃",
            "±0.5‰",
            "①②③",
            "叕燚犇",
            "ÄÖ",
            "한국",
            "涓流",
            "亿源·东方—园",
            "𬭎锠",
            "瀚瀛灏瀚潞泸沅",
            "嘉定区……",
            "ÅÄÖ",
        ] {
            assert!(!looks_garbled(text), "{text}");
        }
    }
}
