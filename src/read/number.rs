//! Numbers that people typed: separators, full-width digits, units, brackets for a minus, marks for "missing".
//!
//! What could be two numbers is none: `1.234,5` and `0,5` are not guessed at. Dates are not numbers.

use std::borrow::Cow;

use super::unit::{self, Unit};

/// What a cell says, read as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// Nothing.
    Blank,
    /// A mark that stands for a missing value, such as `/`, `—`, `无`, `N/A`.
    Mark,
    /// A number as a computer writes it.
    Plain(f64),
    /// A number after separators, full-width digits, brackets or spaces were read as what they mean; with the unit that stands
    /// behind it.
    Cleaned(f64, Option<&'static Unit>),
    /// Something else, or a number that can be read in two ways.
    NotNumber,
}

/// Reads a cell as a number.
#[must_use]
pub fn read(text: &str) -> Reading {
    let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
    if let Some(value) = plain(trimmed) {
        return Reading::Plain(value);
    }
    let folded = fold(trimmed);
    let folded = folded.trim();
    if folded.is_empty() {
        return Reading::Blank;
    }
    if is_mark(folded) {
        return Reading::Mark;
    }
    let bracketed = folded.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    let (body, sign) = match bracketed {
        // Accountants write a loss in brackets; a sign inside would be a second one.
        Some(inside) if inside.starts_with(|c: char| c.is_ascii_digit() || c == '.') => (inside, -1.0),
        Some(_) => return Reading::NotNumber,
        None => match folded.strip_prefix('-') {
            Some(rest) => (rest.trim_start(), -1.0),
            None => (folded.strip_prefix('+').unwrap_or(folded).trim_start(), 1.0),
        },
    };
    match magnitude(body) {
        Some((value, unit)) => Reading::Cleaned(sign * value, unit),
        None => Reading::NotNumber,
    }
}

/// Half-width letters, one kind of space, one kind of minus.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let half = |c: char| match c {
        // The full-width forms stand in the order of ASCII.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{A0}' | '\u{3000}' | '\u{2000}'..='\u{200B}' | '\u{202F}' | '\u{205F}' | '\u{FEFF}' => ' ',
        '\u{2212}' | '\u{FE63}' => '-',
        c => c,
    };
    Cow::Owned(text.chars().map(half).collect())
}

/// A number in the notation of programming languages; infinities and NaN are none.
fn plain(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let shaped = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if !shaped {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

const MARKS: &[&str] = &[
    "/",
    "\\",
    "//",
    "无",
    "暂无",
    "缺",
    "缺失",
    "不详",
    "未知",
    "未填",
    "空",
    "无数据",
    "n/a",
    "#n/a",
    "na",
    "null",
    "nil",
    "none",
    "...",
    "…",
    "……",
];

fn is_mark(folded: &str) -> bool {
    let dashes = folded.chars().all(|c| matches!(c, '-' | '—' | '–' | '─' | '―') || c.is_whitespace());
    dashes || MARKS.contains(&folded.to_lowercase().as_str())
}

/// A number without sign, with what stands behind it.
fn magnitude(text: &str) -> Option<(f64, Option<&'static Unit>)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.' | ' '))).unwrap_or(text.len());
    let (mantissa, rest) = text.split_at(end);
    let mantissa = mantissa.trim_end();
    let (exponent, rest) = exponent(rest, text.as_bytes().get(end.wrapping_sub(1)));
    let value = format!("{}{exponent}", ungrouped(mantissa)?).parse::<f64>().ok().filter(|value| value.is_finite())?;
    match rest.trim() {
        "" => Some((value, None)),
        unit => Some((value, Some(unit::find(unit)?))),
    }
}

/// An exponent at the beginning of `rest`, if it stands directly behind a digit.
fn exponent<'t>(rest: &'t str, before: Option<&u8>) -> (&'t str, &'t str) {
    let Some(after) = rest.strip_prefix(['e', 'E']).filter(|_| before.is_some_and(u8::is_ascii_digit)) else {
        return ("", rest);
    };
    let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { ("", rest) } else { rest.split_at(rest.len() - unsigned.len() + digits) }
}

/// The digits without their separators: groups of three, all by comma or all by space, and at most one point.
fn ungrouped(mantissa: &str) -> Option<String> {
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(fraction) || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let groups: Vec<&str> = match (whole.contains(','), whole.contains(' ')) {
        (true, true) => return None,
        (true, false) => whole.split(',').collect(),
        (false, _) => whole.split(' ').collect(),
    };
    let grouped = match groups.as_slice() {
        [single] => all_digits(single),
        // "0,123" is a decimal comma.
        [first, others @ ..] => {
            (1..=3).contains(&first.len())
                && !first.starts_with('0')
                && all_digits(first)
                && others.iter().all(|group| group.len() == 3 && all_digits(group))
        }
        [] => false,
    };
    grouped.then(|| format!("{}.{fraction}0", groups.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Option<f64> {
        match read(text) {
            Reading::Plain(value) | Reading::Cleaned(value, None) => Some(value),
            _ => None,
        }
    }

    /// Expected values by hand; Python's float() agrees on the cleaned texts.
    #[test]
    fn what_people_type_is_read_as_they_mean_it() {
        for (text, expected) in [
            ("1,234,567.8", 1_234_567.8),
            ("1 234", 1234.0),
            ("12\u{a0}345.5", 12345.5),
            ("１２３．５", 123.5),
            ("　 42 　", 42.0),
            ("+7", 7.0),
            ("－3.5", -3.5),
            ("−3", -3.0),
            ("(1,200)", -1200.0),
            ("（12）", -12.0),
            ("1.5E3", 1500.0),
            ("１Ｅ３", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("00012", 12.0),
        ] {
            assert_eq!(value(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_number_with_a_known_unit_brings_the_unit() {
        for (text, number, unit) in [
            ("12.5亩", 12.5, "亩"),
            ("30 万元", 30.0, "万元"),
            ("1,200.5 ㎡", 1200.5, "平方米"),
            ("25%", 25.0, "%"),
            ("2019年", 2019.0, "年"),
        ] {
            match read(text) {
                Reading::Cleaned(value, Some(found)) => assert_eq!((value, found.name()), (number, unit)),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_or_none_is_no_number() {
        for text in [
            "1.234,5",
            "0,123",
            "12,34",
            "1,2345",
            "1,234 567",
            "1 2",
            "30万",
            "约5",
            "5-6",
            "2023-05-01",
            "2023/5/1",
            "12:30",
            "inf",
            "NaN",
            "1e999",
            "1.2.3",
            "--5",
            "(-5)",
            "()",
            ",",
            "1,,234",
            "e5",
            "abc",
            "12 apples",
            "0x10",
            "1_000",
        ] {
            assert_eq!(read(text), Reading::NotNumber, "{text}");
        }
        for text in ["/", "-", "—", "——", "--", "无", "暂无", "缺", "N/A", "NA", "null", "#N/A", "…", "－", "／"] {
            assert_eq!(read(text), Reading::Mark, "{text}");
        }
        for text in ["", "  ", "\u{3000}", "\u{a0}\t"] {
            assert_eq!(read(text), Reading::Blank, "{text:?}");
        }
    }

    /// Writes a number in one of the ways people do, by another hand than the reader: digit by digit.
    fn written(negative: bool, whole: u64, fraction: &str, separator: &str, wide: bool, brackets: bool) -> String {
        let digits = whole.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text = format!("{text}.{fraction}");
        }
        if negative {
            text = if brackets { format!("({text})") } else { format!("-{text}") };
        }
        if wide {
            text = text.chars().map(|c| if c == ' ' { '\u{3000}' } else { char::from_u32(c as u32 + 0xFEE0).unwrap() }).collect();
        }
        text
    }

    proptest! {
        #[test]
        fn any_way_of_writing_a_number_gives_that_number(
            negative: bool, whole in 0u64..10_000_000_000, fraction in "[0-9]{0,6}", separator in prop_oneof![Just(""), Just(","), Just(" ")],
            wide: bool, brackets: bool, padding in "[ \u{a0}\u{3000}]{0,3}",
        ) {
            let text = format!("{padding}{}{padding}", written(negative, whole, &fraction, separator, wide, brackets));
            let expected: f64 = format!("{}{whole}.{fraction}0", if negative { "-" } else { "" }).parse().unwrap();
            prop_assert_eq!(value(&text), Some(expected), "{:?}", text);
        }

        /// Whatever is accepted has, but for separators, exactly its own digits; and no text makes it panic.
        #[test]
        fn nothing_is_accepted_but_the_digits_that_are_there(text in "[0-9,. +\\-()eE%万元亩/—]{0,12}|.{0,12}") {
            if let Reading::Cleaned(value, _) = read(&text) && !text.contains(['e', 'E']) {
                let digits: String = fold(&text).chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
                prop_assert_eq!(Some(value.abs()), format!("0{digits}").parse::<f64>().ok(), "{:?}", text);
            }
        }
    }
}
