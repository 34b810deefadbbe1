//! Text in lines that fit a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a line of text.
pub(crate) const WIDTH: usize = 96;
/// Signs that do not begin a line of Chinese.
const NOT_FIRST: &str = "，。；：、！？）》”’】…%";
/// Signs that do not end one.
const NOT_LAST: &str = "（《“‘【";

/// `text` in lines of at most `width` columns, those after the first one indented. Lines break at blanks, and between Chinese
/// characters where punctuation allows it; a longer word stays whole.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut lines = vec![String::new()];
    for word in words(text) {
        let line = lines.last().map(String::as_str).unwrap_or_default();
        if !line.is_empty() && line.width() + word.trim_end().width() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// Pieces between which a line may break: words with the blank after them, and single wide characters with their punctuation.
fn words(text: &str) -> Vec<&str> {
    let mut breaks = Vec::new();
    let mut before: Option<char> = None;
    for (at, sign) in text.char_indices() {
        let wide = |c: char| c.width().unwrap_or(0) > 1;
        if let Some(before) = before {
            let between = before == ' ' || wide(before) || wide(sign);
            if between && sign != ' ' && !NOT_FIRST.contains(sign) && !NOT_LAST.contains(before) {
                breaks.push(at);
            }
        }
        before = Some(sign);
    }
    breaks.insert(0, 0);
    breaks.push(text.len());
    breaks.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_breaks_between_characters_but_not_before_a_full_stop() {
        assert_eq!(wrapped("宗地重叠。改正", 8, 2), "宗地重\n  叠。改正");
        assert_eq!(wrapped("one two three", 8, 0), "one two\nthree");
        assert_eq!(words("用 ArcGIS（修复）").concat(), "用 ArcGIS（修复）");
    }
}
