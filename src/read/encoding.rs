//! Text encodings, told from the bytes.
//!
//! Chinese bureaus hand out GBK without saying so, `.cpg` files that say UTF-8 over GBK bytes, and language bytes of whatever
//! machine the file passed through. So the bytes of all texts of a table are judged together: valid UTF-8 is UTF-8; otherwise
//! [`score`] says how plausible each candidate's reading is, and the file's own statement decides only what the bytes leave open.

mod garbled;
mod hanzi;
mod score;

use std::borrow::Cow;

use encoding_rs::{Encoding as Charset, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::dataset::{Encoding, Evidence};
use crate::error::{Error, Result};

pub(super) use garbled::{garbled_cells, looks_garbled};

/// A reading this much better, per byte that is not ASCII, than any other is a safe one.
const CLEAR: f64 = 0.8;
/// And it must be better by this much over all bytes: two characters prove nothing.
const ENOUGH: f64 = 20.0;
/// Valid UTF-8 sequences for each broken one, above which the text is UTF-8 with damage.
const DAMAGE: usize = 8;

/// The encoding of some texts: what a person told, else what the bytes say, with what the file states as evidence.
///
/// `texts` are the texts of one table (names of columns included), or the whole of a file. Texts of nothing but ASCII are called
/// UTF-8. Whether the file's statement was wrong is said by [`contradicts`].
///
/// # Errors
/// `told` names no encoding.
pub(super) fn detect<'a>(
    texts: impl Iterator<Item = &'a [u8]> + Clone,
    told: Option<&str>,
    stated: Option<&'static Charset>,
) -> Result<Encoding> {
    if let Some(label) = told {
        let charset = named(label).ok_or_else(|| {
            Error::new(format!("there is no text encoding \"{label}\""))
                .remedy("name one such as UTF-8, GB18030, Big5, windows-1251")
        })?;
        return Ok(found(charset, Evidence::Told));
    }
    if let Some((charset, _)) = texts.clone().next().and_then(Charset::for_bom) {
        return Ok(found(charset, Evidence::Mark));
    }
    let foreign = texts.filter(|text| !text.is_ascii());
    if foreign.clone().next().is_none() {
        return Ok(found(UTF_8, Evidence::Ascii));
    }
    let utf8 = Utf8Fit::of(foreign.clone());
    if utf8.holds() {
        // A few pairs of bytes may be either; what the file says of itself decides, unless it makes no sense.
        let fits = |charset: &'static Charset| foreign.clone().all(|text| reads_well(text, charset));
        return Ok(match stated {
            Some(charset) if utf8.is_weak() && charset != UTF_8 && fits(charset) => found(charset, Evidence::Stated),
            None if utf8.is_weak() && foreign.clone().any(begins_with_mark) && fits(GBK) => judge(foreign, None),
            None if utf8.is_weak() => found(UTF_8, Evidence::Likely),
            _ => found(UTF_8, Evidence::Bytes),
        });
    }
    Ok(judge(foreign, stated))
}

/// Bytes as text; false where some byte has no meaning in the encoding (it becomes U+FFFD). A byte-order mark is left out.
pub(super) fn decode<'a>(bytes: &'a [u8], encoding: &Encoding) -> (Cow<'a, str>, bool) {
    let (text, faulty) = charset(encoding).decode_with_bom_removal(bytes);
    (text, !faulty)
}

/// Whether `bytes`, in a multi-byte encoding, end within a character: what a field too narrow for its text leaves.
pub(super) fn is_cut(bytes: &[u8], encoding: &Encoding) -> bool {
    let charset = charset(encoding);
    if charset.is_single_byte() || bytes.is_ascii() {
        return false;
    }
    (1..=bytes.len().min(3)).any(|n| {
        let (head, tail) = bytes.split_at(bytes.len() - n);
        !tail.is_ascii()
            && charset.decode_without_bom_handling_and_without_replacement(tail).is_none()
            && charset.decode_without_bom_handling_and_without_replacement(head).is_some()
            && starts_character(tail, charset)
    })
}

/// Whether the file states an encoding that the bytes speak against.
pub(super) fn contradicts(found: &Encoding, stated: &'static Charset) -> bool {
    matches!(found.evidence, Evidence::Bytes | Evidence::Likely | Evidence::Mark) && !same(charset(found), stated)
}

/// The encoding a label means: a WHATWG label, a Windows or OEM code page number, or the ways `.cpg` files write them.
pub(super) fn named(label: &str) -> Option<&'static Charset> {
    let label = label.trim().trim_matches(['"', '\'', '\u{feff}']).to_ascii_lowercase();
    if let Some(charset) = Charset::for_label(label.as_bytes()) {
        return Some(charset);
    }
    let number: String = label.chars().filter(char::is_ascii_digit).collect();
    let words: String = label.chars().filter(char::is_ascii_alphabetic).collect();
    if !matches!(words.as_str(), "" | "cp" | "oem" | "ansi" | "ms" | "windows" | "win" | "iso" | "ldid" | "utf" | "codepage") {
        return None;
    }
    let number = number.parse::<u32>().ok()?;
    match number {
        8 if words == "utf" => Some(UTF_8),
        88_591..=88_599 => Charset::for_label(format!("iso-8859-{}", number - 88_590).as_bytes()),
        885_910..=885_916 => Charset::for_label(format!("iso-8859-{}", number - 885_900).as_bytes()),
        _ => code_page(number),
    }
}

/// The encoding of a Windows or OEM code page.
pub(super) fn code_page(number: u32) -> Option<&'static Charset> {
    let label = match number {
        936 | 1386 => "gbk",
        54936 => "gb18030",
        950 => "big5",
        932 => "shift_jis",
        949 | 51949 => "euc-kr",
        20932 => "euc-jp",
        65001 => "utf-8",
        1200 => "utf-16le",
        1201 => "utf-16be",
        866 => "ibm866",
        874 => "windows-874",
        20866 => "koi8-r",
        21866 => "koi8-u",
        10000 => "macintosh",
        1250..=1258 => return Charset::for_label(format!("windows-{number}").as_bytes()),
        28591..=28606 => return Charset::for_label(format!("iso-8859-{}", number - 28590).as_bytes()),
        _ => return None,
    };
    Charset::for_label(label.as_bytes())
}

/// How well texts fit UTF-8, in sequences of several bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Utf8Fit {
    /// Sequences of two bytes: a pair of GBK bytes may look like one.
    pairs: usize,
    /// Sequences of three bytes and more.
    long: usize,
    broken: usize,
}

impl Utf8Fit {
    fn of<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut fit = Self::default();
        for text in texts {
            let mut rest = text;
            for chunk in text.utf8_chunks() {
                for c in chunk.valid().chars().filter(|c| !c.is_ascii()) {
                    if c.len_utf8() == 2 { fit.pairs += 1 } else { fit.long += 1 }
                }
                rest = rest.get(chunk.valid().len() + chunk.invalid().len()..).unwrap_or_default();
                // A field too narrow cuts its last character: that is no evidence against UTF-8.
                let cut = rest.is_empty() && std::str::from_utf8(chunk.invalid()).is_err_and(|e| e.error_len().is_none());
                fit.broken += usize::from(!chunk.invalid().is_empty() && !cut);
            }
        }
        fit
    }

    fn holds(self) -> bool {
        self.pairs + self.long > 0 && self.broken * DAMAGE <= self.pairs + self.long
    }

    /// Too few bytes to exclude another encoding.
    fn is_weak(self) -> bool {
        self.long == 0 && self.pairs <= 3
    }
}

/// Whether a text, read as UTF-8, begins with a mark that has no letter to stand on: 停业 in GBK looks like that.
fn begins_with_mark(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|text| text.starts_with(|c| matches!(c, '\u{300}'..='\u{36F}')))
}

/// Judges texts that are not UTF-8.
fn judge<'a>(texts: impl Iterator<Item = &'a [u8]> + Clone, stated: Option<&'static Charset>) -> Encoding {
    let score::Verdict { readings, bytes } = score::of(texts.clone());
    let (best, second) = (readings[0], readings[1]);
    let is_clear = |lead: f64| lead >= CLEAR && lead * bytes >= ENOUGH;
    if let Some(stated) = stated.filter(|stated| *stated != UTF_8) {
        let rated = readings.iter().find(|reading| same(reading.charset, stated));
        return match rated {
            Some(reading) if same(reading.charset, best.charset) && is_clear(best.score - second.score) => {
                found(best.charset, Evidence::Bytes)
            }
            Some(reading) if !is_clear(best.score - reading.score) => found(stated, Evidence::Stated),
            // No score knows it: believed if its reading is whole, but not over good Chinese.
            None if (best.score < score::SENSE || best.charset.is_single_byte())
                && texts.clone().all(|text| reads_well(text, stated)) =>
            {
                found(stated, Evidence::Stated)
            }
            _ => found(best.charset, if is_clear(best.score - second.score) { Evidence::Bytes } else { Evidence::Likely }),
        };
    }
    if best.score < score::SENSE / 2.0 {
        return found(guess(texts), Evidence::Likely);
    }
    let clear = best.score >= score::SENSE && is_clear(best.score - second.score);
    found(best.charset, if clear { Evidence::Bytes } else { Evidence::Likely })
}

/// The guess of a browser's detector, for languages that [`score`] does not know.
fn guess<'a>(texts: impl Iterator<Item = &'a [u8]>) -> &'static Charset {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    let mut left = score::SAMPLE;
    for text in texts {
        let text = &text[..text.len().min(left)];
        left -= text.len();
        detector.feed(text, false);
        detector.feed(b"\n", false);
        if left == 0 {
            break;
        }
    }
    detector.feed(b"", true);
    detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny)
}

/// Whether every byte has a meaning in `charset` (but for a cut last character) and the text is no mojibake.
fn reads_well(text: &[u8], charset: &'static Charset) -> bool {
    let encoding = found(charset, Evidence::Stated);
    match charset.decode_without_bom_handling_and_without_replacement(text) {
        Some(text) => !looks_garbled(&text),
        None => is_cut(text, &encoding),
    }
}

/// Whether the bytes begin a character of the encoding that they do not finish.
fn starts_character(tail: &[u8], charset: &'static Charset) -> bool {
    if charset == UTF_8 {
        return std::str::from_utf8(tail).is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none());
    }
    if charset == GB18030 || charset == GBK {
        return match *tail {
            [lead] => (0x81..=0xFE).contains(&lead),
            [lead, second] => (0x81..=0xFE).contains(&lead) && second.is_ascii_digit(),
            [lead, second, third] => (0x81..=0xFE).contains(&lead) && second.is_ascii_digit() && (0x81..=0xFE).contains(&third),
            _ => false,
        };
    }
    if charset == UTF_16LE || charset == UTF_16BE {
        return tail.len() == 1;
    }
    matches!(*tail, [lead] if lead >= 0x81)
}

fn same(a: &'static Charset, b: &'static Charset) -> bool {
    let family = |charset: &'static Charset| if charset == GB18030 { GBK } else { charset };
    family(a) == family(b)
}

fn charset(encoding: &Encoding) -> &'static Charset {
    Charset::for_label(encoding.name.as_bytes()).unwrap_or(UTF_8)
}

fn found(charset: &'static Charset, evidence: Evidence) -> Encoding {
    Encoding { name: charset.name(), evidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::BIG5;

    fn told_from(texts: &[Vec<u8>], stated: Option<&'static Charset>) -> (&'static str, Evidence) {
        let encoding = detect(texts.iter().map(Vec::as_slice), None, stated).unwrap();
        (encoding.name, encoding.evidence)
    }

    fn written(charset: &'static Charset, texts: &[&str]) -> Vec<Vec<u8>> {
        texts.iter().map(|text| charset.encode(text).0.into_owned()).collect()
    }

    #[test]
    fn ordinary_tables_of_several_countries_are_told_from_their_bytes() {
        let cases: [(&'static Charset, &[&str]); 5] = [
            (GBK, &["宗地代码", "使用权人", "上海市浦东新区张江镇", "工业用地"]),
            (BIG5, &["地號", "臺北市信義區", "高雄市前鎮區工業區", "土地使用分區"]),
            (encoding_rs::WINDOWS_1251, &["Кириллица", "Смешанный 12345", "Москва, ул. Ленина"]),
            (encoding_rs::WINDOWS_1252, &["Zürich", "Saint-Étienne", "Málaga", "São Paulo", "Straße 5"]),
            (UTF_8, &["宗地代码", "上海市"]),
        ];
        for (charset, texts) in cases {
            assert_eq!(told_from(&written(charset, texts), None), (charset.name(), Evidence::Bytes), "{texts:?}");
        }
        assert_eq!(told_from(&[b"ADCODE".to_vec(), b"230000".to_vec()], None), ("UTF-8", Evidence::Ascii));
    }

    #[test]
    fn one_short_chinese_name_is_read_as_gbk() {
        for name in ["黑龙江省", "浦东", "张江镇", "联通", "区", "A区", "3号楼", "嘉定区", "亩均", "鑫源公司", "王"]
        {
            let (found, evidence) = told_from(&written(GBK, &[name]), None);
            assert_eq!(found, "GBK", "{name}");
            assert!(name.chars().count() > 2 || evidence == Evidence::Likely, "{name}: {evidence:?}");
        }
    }

    #[test]
    fn every_chinese_field_name_alone_is_read_as_it_was_written() {
        let names = include_str!("../../seeds/fields.toml")
            .split('"')
            .filter(|name| name.chars().count() > 1 && name.chars().all(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)));
        let rare = ["衢州", "亳州市", "漯河", "甪直镇", "鑫淼焱", "芈氏", "瀛洲", "濮阳县", "郫都区", "泗泾镇", "枞阳", "黟县"];
        let mut count = 0;
        for name in names.chain(rare) {
            let found = detect(std::iter::once(&*written(GBK, &[name])[0]), None, None).unwrap();
            let text = decode(&written(GBK, &[name])[0], &found).0.into_owned();
            assert_eq!(text, name, "as {}", found.name);
            assert!(!looks_garbled(name), "{name}");
            count += 1;
        }
        assert!(count > 120, "{count}");
        for name in ["臺北市", "土地使用分區", "高雄市前鎮區", "新竹科學園區", "地籍圖", "所有權人"] {
            assert_eq!(told_from(&written(BIG5, &[name]), None).0, "Big5", "{name}");
        }
    }

    #[test]
    fn characters_beyond_gbk_make_it_gb18030() {
        let texts = written(GB18030, &["上海市嘉定区𬭎锠公司", "工业用地"]);
        assert_eq!(told_from(&texts, None).0, "gb18030");
    }

    #[test]
    fn a_statement_is_believed_where_bytes_are_silent_and_contradicted_where_they_speak() {
        let gbk = written(GBK, &["宗地代码", "上海市浦东新区张江镇", "工业用地"]);
        for stated in [UTF_8, encoding_rs::WINDOWS_1252, BIG5] {
            let found = detect(gbk.iter().map(Vec::as_slice), None, Some(stated)).unwrap();
            assert_eq!(found.name, "GBK", "stated {}", stated.name());
            assert!(contradicts(&found, stated));
        }
        let agreed = detect(gbk.iter().map(Vec::as_slice), None, Some(GB18030)).unwrap();
        assert!(!contradicts(&agreed, GB18030));
        let greek = written(encoding_rs::WINDOWS_1253, &["Αθήνα", "Θεσσαλονίκη"]);
        assert_eq!(told_from(&greek, Some(encoding_rs::WINDOWS_1253)), ("windows-1253", Evidence::Stated));
    }

    #[test]
    fn cut_and_broken_characters_do_not_hide_utf8() {
        let mut texts: Vec<Vec<u8>> = vec!["工业用地".as_bytes()[..11].to_vec(); 40];
        texts.push(b"\xff\xfe".to_vec());
        assert_eq!(told_from(&texts, None), ("UTF-8", Evidence::Bytes));
    }

    #[test]
    fn the_end_of_a_cut_text_is_recognised_in_each_multi_byte_encoding() {
        for charset in [UTF_8, GBK, BIG5, GB18030] {
            let encoding = found(charset, Evidence::Bytes);
            let whole = charset.encode("土地用途").0.into_owned();
            assert!(!is_cut(&whole, &encoding), "{}", charset.name());
            assert!(is_cut(&whole[..whole.len() - 1], &encoding), "{}", charset.name());
        }
        let single = found(encoding_rs::WINDOWS_1251, Evidence::Bytes);
        assert!(!is_cut(b"\xca\xe8", &single));
    }

    #[test]
    fn labels_are_understood_as_cpg_files_write_them() {
        for (label, name) in [
            ("UTF-8", "UTF-8"),
            ("utf8\r\n", "UTF-8"),
            ("936", "GBK"),
            ("CP936", "GBK"),
            ("OEM 936", "GBK"),
            ("GB2312", "GBK"),
            ("GB18030", "gb18030"),
            ("950", "Big5"),
            ("ANSI 1251", "windows-1251"),
            ("88591", "windows-1252"),
            ("ISO 88595", "ISO-8859-5"),
            ("65001", "UTF-8"),
        ] {
            assert_eq!(named(label).map(Charset::name), Some(name), "{label}");
        }
        assert_eq!(named("OEM"), None);
        assert_eq!(named("中文"), None);
        assert!(detect(std::iter::empty(), Some("klingon"), None).is_err());
    }
}
