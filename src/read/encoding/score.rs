//! How plausible a reading of bytes is: a score per byte that is not ASCII, for the encodings that bureaus' files come in.
//!
//! Chinese encodings overlap nearly everywhere, but each puts its common characters in one block of the table (GB 2312 level 1:
//! lead bytes B0 to D7; Big5 level 1: A4 to C6), and what is common in one reads as rare signs in the other. Alphabets are told by
//! the way letters stand beside each other.

use encoding_rs::{BIG5, Encoding as Charset, GB18030, GBK, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

use super::hanzi::common;

/// Bytes of text that are judged; more would not change the verdict.
pub(super) const SAMPLE: usize = 256 << 10;
/// From this score on a reading makes sense.
pub(super) const SENSE: f64 = 1.5;

/// A character everyone uses.
const COMMON: f64 = 4.0;
/// A character of the first level of its table.
const LEVEL_1: f64 = 1.5;
/// Punctuation and full-width letters.
const MARK: f64 = 1.0;
/// A character of the second level: a rare word, a surname.
const LEVEL_2: f64 = -0.5;
/// A character or sign that hardly anyone writes.
const RARE: f64 = -2.0;
/// Unassigned, private, or control.
const STRANGE: f64 = -4.0;
/// No character at all.
const INVALID: f64 = -6.0;

/// One candidate and how plausible its reading is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub charset: &'static Charset,
    pub score: f64,
}

/// The candidates, best first, and how many bytes that are not ASCII were judged.
pub(super) struct Verdict {
    pub readings: [Reading; 5],
    pub bytes: f64,
}

/// Scores every candidate over the beginning of the texts.
pub(super) fn of<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Verdict {
    let mut sums = [0.0; 5];
    let (mut bytes, mut left, mut four_bytes) = (0usize, SAMPLE, false);
    for text in texts {
        let text = &text[..text.len().min(left)];
        left -= text.len();
        bytes += text.iter().filter(|byte| !byte.is_ascii()).count();
        let chinese = pairs(text, GB18030, gbk_class);
        four_bytes |= chinese.four_bytes;
        sums[0] += chinese.score;
        sums[1] += pairs(text, BIG5, big5_class).score;
        sums[2] += cyrillic(text);
        sums[3] += latin(text);
        sums[4] += pairs(text, SHIFT_JIS, shift_jis_class).score;
        if left == 0 {
            break;
        }
    }
    #[allow(clippy::cast_precision_loss)] // at most SAMPLE
    let bytes = bytes.max(1) as f64;
    let charsets = [if four_bytes { GB18030 } else { GBK }, BIG5, WINDOWS_1251, WINDOWS_1252, SHIFT_JIS];
    let mut readings = [0, 1, 2, 3, 4].map(|n: usize| Reading { charset: charsets[n], score: sums[n] / bytes });
    // Stable: of equals the first candidate, Chinese, stays first.
    readings.sort_by(|a, b| b.score.total_cmp(&a.score));
    Verdict { readings, bytes }
}

struct Sum {
    score: f64,
    four_bytes: bool,
}

/// The score of a text in an encoding of one- and two-byte characters. A lead byte at the very end is a cut, and counts nothing.
fn pairs(text: &[u8], charset: &'static Charset, class: fn(u8, u8, Option<char>) -> f64) -> Sum {
    let mut sum = Sum { score: 0.0, four_bytes: false };
    let mut rest = text;
    while let Some((&lead, after)) = rest.split_first() {
        if lead.is_ascii() {
            rest = after;
            continue;
        }
        if charset == SHIFT_JIS && (0xA1..=0xDF).contains(&lead) {
            sum.score += RARE;
            rest = after;
            continue;
        }
        let Some(&trail) = after.first() else { break };
        if charset == GB18030
            && trail.is_ascii_digit()
            && let Some(four) = rest.get(..4)
            && decoded(four, charset).is_some()
        {
            sum.four_bytes = true;
            rest = &rest[4..];
            continue;
        }
        let c = decoded(&[lead, trail], charset);
        if c.is_none() {
            sum.score += INVALID;
            rest = after;
            continue;
        }
        let known = c.is_some_and(|c| common().contains(&c));
        let weight = if known { COMMON } else { class(lead, trail, c) };
        sum.score += weight * if trail.is_ascii() { 1.0 } else { 2.0 };
        rest = &after[1..];
    }
    sum
}

fn gbk_class(lead: u8, trail: u8, c: Option<char>) -> f64 {
    match (lead, trail) {
        _ if is_private(c) => STRANGE,
        (0xB0..=0xD7, 0xA1..) => LEVEL_1,
        (0xD8..=0xF7, 0xA1..) => LEVEL_2,
        (0xA1 | 0xA3, 0xA1..) => MARK,
        _ => RARE,
    }
}

fn big5_class(lead: u8, _: u8, c: Option<char>) -> f64 {
    match lead {
        _ if is_private(c) => STRANGE,
        // A little less than the same in GBK: what may be either is simplified Chinese.
        0xA4..=0xC6 => LEVEL_1 - 0.25,
        0xA1..=0xA3 => MARK,
        0xC9..=0xF9 => LEVEL_2 - 0.5,
        _ => RARE,
    }
}

fn shift_jis_class(lead: u8, trail: u8, c: Option<char>) -> f64 {
    match (lead, trail) {
        _ if is_private(c) => STRANGE,
        (0x82, 0x9F..) | (0x83, ..=0x96) => LEVEL_1 + 0.5,
        (0x88..=0x97, _) => LEVEL_1 - 0.5,
        (0x81 | 0x82, _) => MARK,
        (0x98..=0x9F | 0xE0..=0xEA, _) => LEVEL_2 - 1.0,
        _ => RARE,
    }
}

fn is_private(c: Option<char>) -> bool {
    c.is_none_or(|c| matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{80}'..='\u{9F}'))
}

/// The one character that the bytes are in the encoding.
fn decoded(bytes: &[u8], charset: &'static Charset) -> Option<char> {
    let text = charset.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

/// The score of a text as Russian: letters by frequency, and no capital after a small letter.
fn cyrillic(text: &[u8]) -> f64 {
    let (text, _) = WINDOWS_1251.decode_without_bom_handling(text);
    neighbours(&text, |before, c, after| match c {
        'А'..='я' | 'Ё' | 'ё' if beside_ascii(before, after) => RARE,
        'А'..='Я' | 'Ё' if before.is_lowercase() => STRANGE,
        // Words in capitals are less likely than Chinese, whose lead bytes these are.
        'А'..='Я' | 'Ё' if before.is_uppercase() => LEVEL_1,
        'а'..='я' | 'ё' | 'А'..='Я' | 'Ё' if c.to_lowercase().any(|c| "оеаинтсрвлкмдпу".contains(c)) => {
            COMMON - 0.5
        }
        'а'..='я' | 'ё' | 'А'..='Я' | 'Ё' => LEVEL_1 + 0.5,
        '№' | '«' | '»' | '–' | '—' | '“' | '”' | '…' | '\u{A0}' => MARK,
        '\u{80}'..='\u{9F}' => INVALID,
        c if c.is_alphabetic() => LEVEL_2,
        _ => RARE,
    })
}

/// The score of a text as one of Western Europe: accented letters stand among plain ones.
fn latin(text: &[u8]) -> f64 {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(text);
    neighbours(&text, |before, c, after| match c {
        '\u{80}'..='\u{9F}' => INVALID,
        _ if c.is_uppercase() && before.is_lowercase() => STRANGE,
        _ if c.is_alphabetic() && beside_ascii(before, after) => LEVEL_1 + 1.5,
        _ if !before.is_ascii() || !after.is_ascii() => RARE,
        '°' | '²' | '³' | 'µ' | '½' | '–' | '—' | '’' | '“' | '”' | '\u{A0}' => MARK,
        _ => LEVEL_2,
    })
}

/// The sum of `weight` over the characters that are not ASCII, each with those before and after it; a space at either end.
fn neighbours(text: &str, weight: fn(char, char, char) -> f64) -> f64 {
    let mut before = ' ';
    let mut sum = 0.0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_ascii() {
            sum += weight(before, c, chars.peek().copied().unwrap_or(' '));
        }
        before = c;
    }
    sum
}

fn beside_ascii(before: char, after: char) -> bool {
    before.is_ascii_alphabetic() || after.is_ascii_alphabetic()
}
