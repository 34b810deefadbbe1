//! The two languages of the outputs, and how numbers are written.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::read::fields::field;
use crate::rulebook::Text;

/// Language of the summary, the workbook, the map and the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// The text in this language.
    #[must_use]
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// A text of a rulebook in this language.
    #[must_use]
    pub fn text(self, text: &Text) -> &str {
        self.pick(text.zh(), text.en())
    }

    /// A known field in this language, another column by its name.
    #[must_use]
    pub fn field(self, name: &str) -> &str {
        self.pick(field(name).map_or(name, |field| &field.zh), name)
    }

    /// `zh` or `en`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.pick("zh", "en")
    }
}

/// A text from the data in one line: what a terminal would obey (line breaks, escapes, changes of direction) is shown as its code.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if obeyed(c) { c.escape_default().to_string() } else { c.to_string() }).collect())
}

/// A number with thousands separators and so many decimals.
pub(super) fn number(x: f64, decimals: usize) -> String {
    let plain = format!("{x:.decimals$}");
    let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), ""), |(w, f)| (w, f));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A count with thousands separators.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn count(n: usize) -> String {
    number(n as f64, 0)
}

/// Pads to a width in terminal cells; a Chinese character takes two.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// As [`pad`], before the text.
pub(crate) fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_data_commands_no_terminal() {
        assert_eq!(one_line("甲\u{1b}[31m\nb\u{9b}2J\u{202e}"), "甲\\u{1b}[31m\\nb\\u{9b}2J\\u{202e}");
        assert!(matches!(one_line("园区 A-1"), Cow::Borrowed(_)));
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(number(1_234_567.891, 1), "1,234,567.9");
        assert_eq!(number(-999.0, 0), "-999");
        assert_eq!(count(1000), "1,000");
    }
}
