//! One cell of a `.dbf` by the type of its column.

use std::borrow::Cow;

use super::dbf::{Family, Field};
use super::memo::{self, Memos};
use super::number::{array, le_i32};
use crate::read::columns::Cell;
use crate::read::dataset::Encoding;
use crate::read::encoding::{decode, is_cut, looks_garbled};

/// Julian day number of 1970-01-01.
const EPOCH: i64 = 2_440_588;
const MS_OF_DAY: i64 = 86_400_000;

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Text whose last character is cut in two; what is left was taken.
    Cut(String),
    /// Bytes without meaning, or text that was read wrongly before.
    Garbled(String),
    /// A number column holds something else; it is taken as missing.
    NotNumber(String),
    /// A number column is full of stars: GDAL's mark of a missing number, and dBase's of one too long for the column.
    Stars,
    /// The block of a long text, which is not in the file beside the table.
    NoText(u32),
}

/// Reads a cell.
pub(super) fn read<'a>(bytes: &'a [u8], field: &Field, family: Family, encoding: &Encoding) -> (Cell<'a>, Option<Trouble>) {
    match field.kind {
        b'N' | b'F' => number(bytes),
        b'L' => truth(bytes),
        b'D' => (date(bytes), None),
        _ if field.is_text() => text(bytes, encoding),
        _ => (binary(bytes, field, family).unwrap_or_else(|| plain(bytes)), None),
    }
}

/// Reads a cell that points to a long text.
pub(super) fn memo<'a>(bytes: &[u8], field: &Field, memos: Memos<'a>, encoding: &Encoding) -> (Cell<'a>, Option<Trouble>) {
    match memo::block(bytes, field) {
        None => (Cell::Missing, None),
        Some(block) => memos.text(block).map_or((Cell::Missing, Some(Trouble::NoText(block))), |long| text(long, encoding)),
    }
}

/// Text without the padding behind it.
pub(super) fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    bytes[..end].trim_ascii_end()
}

fn text<'a>(bytes: &'a [u8], encoding: &Encoding) -> (Cell<'a>, Option<Trouble>) {
    let bytes = trimmed(bytes);
    if bytes.is_empty() {
        return (Cell::Missing, None);
    }
    let (text, clean) = decode(bytes, encoding);
    if !clean && is_cut(bytes, encoding) {
        let whole = text.trim_end_matches('\u{FFFD}').to_owned();
        let trouble = Trouble::Cut(whole.clone());
        return (if whole.is_empty() { Cell::Missing } else { Cell::Text(Cow::Owned(whole)) }, Some(trouble));
    }
    let trouble = (!clean || looks_garbled(&text)).then(|| Trouble::Garbled(text.to_string()));
    (Cell::Text(text), trouble)
}

/// A number written in digits: an integer if it has neither point nor exponent, text where 64 bits do not hold it.
fn number(bytes: &[u8]) -> (Cell<'_>, Option<Trouble>) {
    let bytes = trimmed(bytes).trim_ascii();
    if bytes.is_empty() {
        return (Cell::Missing, None);
    }
    if bytes.iter().all(|byte| *byte == b'*') {
        return (Cell::Missing, Some(Trouble::Stars));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return (Cell::Missing, Some(Trouble::NotNumber(bytes.escape_ascii().to_string())));
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() {
        return (text.parse().map_or(Cell::Text(Cow::Borrowed(text)), Cell::Int), None);
    }
    let written = digits.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    match text.parse::<f64>() {
        Ok(x) if written && x.is_finite() => (Cell::Float(x), None),
        _ => (Cell::Missing, Some(Trouble::NotNumber(text.to_owned()))),
    }
}

fn truth(bytes: &[u8]) -> (Cell<'_>, Option<Trouble>) {
    match trimmed(bytes).trim_ascii() {
        b"Y" | b"y" | b"T" | b"t" | b"1" => (Cell::Bool(true), None),
        b"N" | b"n" | b"F" | b"f" | b"0" => (Cell::Bool(false), None),
        b"" | b"?" => (Cell::Missing, None),
        other => (Cell::Missing, Some(Trouble::NotNumber(other.escape_ascii().to_string()))),
    }
}

/// `20240131` as `2024-01-31`; anything else as it stands.
fn date(bytes: &[u8]) -> Cell<'_> {
    let bytes = trimmed(bytes).trim_ascii();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => return Cell::Text(Cow::Owned(bytes.escape_ascii().to_string())),
    };
    if text.is_empty() || text.bytes().all(|byte| byte == b'0') {
        Cell::Missing
    } else if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Cell::Text(Cow::Owned(format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])))
    } else {
        Cell::Text(Cow::Borrowed(text))
    }
}

/// The types that are not written in letters. `None` where the width is not that of the type.
fn binary<'a>(bytes: &[u8], field: &Field, family: Family) -> Option<Cell<'a>> {
    if bytes.len() != field.width {
        return Some(Cell::Missing); // the file is cut here
    }
    let turned = family == Family::DBase7;
    match (field.kind, field.width) {
        // dBase 7 writes numbers so that their bytes sort: big-endian, the sign turned.
        (b'I' | b'+', 4) if turned => {
            let bits = u32::from_be_bytes(array(bytes, 0)?);
            let value = (bits ^ 0x8000_0000).cast_signed();
            Some(if bits == 0 { Cell::Missing } else { Cell::Int(i64::from(value)) })
        }
        (b'I' | b'+', 4) => Some(Cell::Int(i64::from(le_i32(bytes, 0)?))),
        (b'O', 8) if turned => {
            let bits = u64::from_be_bytes(array(bytes, 0)?);
            if bits == 0 {
                return Some(Cell::Missing);
            }
            finite(f64::from_bits(if bits >> 63 == 1 { bits ^ (1 << 63) } else { !bits }))
        }
        (b'O' | b'B', 8) => finite(f64::from_le_bytes(array(bytes, 0)?)),
        (b'Y', 8) => Some(money(i64::from_le_bytes(array(bytes, 0)?))),
        (b'T' | b'@', 8) if turned => {
            let (day, ms) = (u32::from_be_bytes(array(bytes, 0)?), u32::from_be_bytes(array(bytes, 4)?));
            Some(instant((day ^ 0x8000_0000).into(), (ms ^ 0x8000_0000).into()))
        }
        (b'T' | b'@', 8) => Some(instant(le_i32(bytes, 0)?.into(), le_i32(bytes, 4)?.into())),
        // The number of a block in the file of long texts: what it holds is no text.
        (b'B', 4) => {
            let block = le_i32(bytes, 0)?;
            Some(if block == 0 { Cell::Missing } else { Cell::Text(Cow::Owned(block.to_string())) })
        }
        _ => None,
    }
}

fn finite<'a>(x: f64) -> Option<Cell<'a>> {
    Some(if x.is_finite() { Cell::Float(x) } else { Cell::Missing })
}

/// An amount in ten-thousandths: exact as a float up to 2^53 of them, as text beyond.
fn money<'a>(amount: i64) -> Cell<'a> {
    #[allow(clippy::cast_precision_loss)] // below 2^53
    if amount.unsigned_abs() <= 1 << 53 {
        Cell::Float(amount as f64 / 10_000.0)
    } else {
        let sign = if amount < 0 { "-" } else { "" };
        Cell::Text(Cow::Owned(format!("{sign}{}.{:04}", amount.unsigned_abs() / 10_000, amount.unsigned_abs() % 10_000)))
    }
}

/// A Julian day and milliseconds as an ISO 8601 date and time.
fn instant<'a>(day: i64, ms: i64) -> Cell<'a> {
    if day == 0 {
        return Cell::Missing;
    }
    let (year, month, date) = civil(day - EPOCH + ms.div_euclid(MS_OF_DAY));
    let ms = ms.rem_euclid(MS_OF_DAY);
    let (hour, minute, second, rest) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:03}") };
    Cell::Text(Cow::Owned(format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}{fraction}")))
}

/// Year, month and day of a day counted from 1970-01-01 (proleptic Gregorian; eras of 400 years that begin in March).
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

fn plain(bytes: &[u8]) -> Cell<'_> {
    let bytes = trimmed(bytes).trim_ascii();
    match std::str::from_utf8(bytes) {
        Ok("") => Cell::Missing,
        Ok(text) => Cell::Text(Cow::Borrowed(text)),
        Err(_) => Cell::Text(Cow::Owned(bytes.escape_ascii().to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Parts;
    use super::*;
    use crate::read::dataset::Evidence;

    fn cell(kind: u8, family: Family, bytes: &[u8]) -> (Cell<'_>, Option<Trouble>) {
        let field = Field { name: b"X".to_vec(), kind, start: 1, width: bytes.len() };
        read(bytes, &field, family, &Encoding { name: "GBK", evidence: Evidence::Bytes })
    }

    #[test]
    fn numbers_keep_every_digit_and_stars_are_told() {
        let number = |text: &'static str| cell(b'N', Family::DBase, text.as_bytes());
        assert_eq!(number("  9007199254740993").0, Cell::Int(9_007_199_254_740_993));
        assert_eq!(number("310115001001000123456").0, Cell::Text("310115001001000123456".into()));
        assert_eq!(number(" 1.50").0, Cell::Float(1.5));
        assert_eq!(number("1.81521325000e+006").0, Cell::Float(1_815_213.25));
        assert_eq!(number("-7").0, Cell::Int(-7));
        assert_eq!(number("\0\0\0"), (Cell::Missing, None));
        assert_eq!(number("*****"), (Cell::Missing, Some(Trouble::Stars)));
        for wrong in ["1,5", "inf", "nan", "12a", "-"] {
            assert_eq!(number(wrong), (Cell::Missing, Some(Trouble::NotNumber(wrong.to_owned()))));
        }
    }

    #[test]
    fn text_cut_within_a_character_loses_only_that_one() {
        let gbk = [0xC9, 0xCF, 0xBA, 0xA3, 0xCA];
        assert_eq!(cell(b'C', Family::DBase, &gbk), (Cell::Text("上海".into()), Some(Trouble::Cut("上海".to_owned()))));
        assert!(matches!(cell(b'C', Family::DBase, &[0xC9, 0xCF, 0xFF, 0xFF, b'a']).1, Some(Trouble::Garbled(_))));
    }

    #[test]
    fn types_not_written_in_letters_are_read_as_their_programs_write_them() {
        assert_eq!(cell(b'I', Family::FoxPro, &(-5i32).to_le_bytes()).0, Cell::Int(-5));
        assert_eq!(cell(b'I', Family::DBase7, &[0x80, 0, 0, 5]).0, Cell::Int(5));
        assert_eq!(cell(b'I', Family::DBase7, &[0x7F, 0xFF, 0xFF, 0xFB]).0, Cell::Int(-5));
        assert_eq!(cell(b'O', Family::DBase7, &(1.5f64.to_bits() ^ (1 << 63)).to_be_bytes()).0, Cell::Float(1.5));
        assert_eq!(cell(b'O', Family::DBase7, &(!(-1.5f64).to_bits()).to_be_bytes()).0, Cell::Float(-1.5));
        assert_eq!(cell(b'B', Family::FoxPro, &2.5f64.to_le_bytes()).0, Cell::Float(2.5));
        assert_eq!(cell(b'Y', Family::FoxPro, &1_234_567i64.to_le_bytes()).0, Cell::Float(123.4567));
        let mut noon = 2_460_341i32.to_le_bytes().to_vec();
        noon.extend(43_200_500i32.to_le_bytes());
        assert_eq!(cell(b'T', Family::FoxPro, &noon).0, Cell::Text("2024-01-31T12:00:00.500".into()));
        assert_eq!(cell(b'D', Family::DBase, b"20240229").0, Cell::Text("2024-02-29".into()));
        assert_eq!(cell(b'D', Family::DBase, b"00000000").0, Cell::Missing);
        assert_eq!(cell(b'L', Family::DBase, b"T").0, Cell::Bool(true));
    }

    /// "12" in a column of type M is where a text begins, and was once taken for the text.
    #[test]
    fn the_number_of_a_block_is_no_text_but_the_text_in_it_is() {
        let field = Field { name: b"NOTE".to_vec(), kind: b'M', start: 1, width: 10 };
        let gbk = Encoding { name: "GBK", evidence: Evidence::Bytes };
        let in_file = |blocks: usize| {
            let mut dbt = vec![0; 512 * blocks];
            dbt.extend(b"\xC9\xCF\xBA\xA3\x1A");
            let parts = Parts { dbt: Some(dbt), ..Parts::default() };
            let read = memo(b"        12", &field, Memos::of(&parts).unwrap(), &gbk);
            (format!("{:?}", read.0), read.1)
        };
        assert_eq!(in_file(12), (format!("{:?}", Cell::Text("上海".into())), None));
        assert_eq!(in_file(3), (format!("{:?}", Cell::Missing), Some(Trouble::NoText(12))));
    }
}
