//! `mujun explain`

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::args::ExplainArgs;
use crate::error::{Error, Result};
use crate::finding::{Code, Subject};
use crate::nearest::nearest;
use crate::report::Lang;

/// Columns of a line of text.
const WIDTH: usize = 96;
/// Signs that do not begin a line of Chinese.
const NOT_FIRST: &str = "，。；：、！？）》”’】…%";
/// Signs that do not end one.
const NOT_LAST: &str = "（《“‘【";

pub(super) fn run(args: &ExplainArgs, lang: Lang) -> Result<()> {
    let text = match &args.what {
        None => list(lang),
        Some(what) => page(Code::named(what).ok_or_else(|| unknown(what))?, lang),
    };
    super::print(text.as_bytes())
}

fn unknown(what: &str) -> Error {
    let hint = nearest(&what.replace('-', "_"), Code::ALL.iter().map(|code| code.name()))
        .map(|near| format!("did you mean {near}? "))
        .unwrap_or_default();
    Error::new(format!("there is no finding \"{what}\"")).remedy(format!("{hint}`mujun explain` lists all codes"))
}

/// Every code with its severity and title, subject by subject.
fn list(lang: Lang) -> String {
    let mut out = String::new();
    let column = if lang == Lang::Zh { 41 } else { 43 };
    for subject in Subject::ALL {
        let (zh, en) = subject.title();
        let _ = writeln!(out, "{}", lang.pick(zh, en));
        for code in Code::ALL.iter().filter(|code| code.subject() == subject) {
            let (zh, en) = code.title();
            let title = wrapped(lang.pick(zh, en), WIDTH - column, column);
            let severity = match lang {
                Lang::Zh => format!("{:5}", code.severity().name_zh()),
                Lang::En => format!("{:9}", code.severity().name()),
            };
            let _ = writeln!(out, "  {:30} {severity} {title}", code.name());
        }
        out.push('\n');
    }
    out.push_str(
        lang.pick("mujun explain 代码：说明原因与改正步骤\n", "mujun explain CODE shows why it matters and how to mend it\n"),
    );
    out
}

/// The page of one code.
fn page(code: Code, lang: Lang) -> String {
    let ((zh, en), (zh_line, en_line)) = (code.pages(), code.example().lines());
    let page = match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    let (severity, actor) = (code.severity(), code.actor().meaning());
    let t = |zh, en| lang.pick(zh, en);
    let indent = code.name().len() + 2;
    let mut out = format!("{}  {}\n\n", code.name(), wrapped(&page.title, WIDTH - indent, indent));
    let (name, meaning) = (t(severity.name_zh(), severity.name()), severity.meaning());
    let _ = writeln!(out, "{}{name}{}{}", t("级别      ", "severity   "), t("：", ": "), t(meaning.0, meaning.1));
    let _ = writeln!(out, "{}{}", t("由谁处理  ", "who acts   "), t(actor.0, actor.1));
    let _ = writeln!(out, "\n{}\n  {}", t("影响", "why it matters"), wrapped(&page.why, WIDTH - 2, 2));
    let _ = writeln!(out, "\n{}\n  {}", t("怎么改", "how to mend it"), wrapped(&page.mend, WIDTH - 2, 2));
    for (n, step) in page.steps.iter().enumerate() {
        let _ = writeln!(out, "  {}. {}", n + 1, wrapped(step, WIDTH - 5, 5));
    }
    let line = t(zh_line.as_str(), en_line.as_str()).to_owned();
    let _ = writeln!(out, "\n{}\n  {}", t("示例", "for example"), wrapped(&line, WIDTH - 2, 2));
    out
}

/// `text` in lines of at most `width` columns, those after the first one indented. Lines break at blanks, and between Chinese
/// characters where punctuation allows it; a longer word stays whole.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
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
    fn a_page_has_everything_and_fits_the_terminal_in_both_languages() {
        for code in Code::ALL {
            for lang in [Lang::Zh, Lang::En] {
                let text = page(*code, lang);
                let texts = match lang {
                    Lang::Zh => code.pages().0,
                    Lang::En => code.pages().1,
                };
                let plain = |text: &str| text.replace(['\n', ' '], "");
                for part in texts.steps.iter().chain([&texts.title, &texts.why, &texts.mend]) {
                    assert!(plain(&text).contains(&plain(part)), "{}: {part}", code.name());
                }
                for line in text.lines().filter(|line| !line.contains("fields = ") && !line.contains("crs = ")) {
                    assert!(line.width() <= WIDTH + 2, "{}: {line}", code.name());
                }
            }
        }
    }

    #[test]
    fn the_list_names_every_code() {
        for lang in [Lang::Zh, Lang::En] {
            let text = list(lang);
            for code in Code::ALL {
                assert!(text.contains(&format!("  {} ", code.name())), "{}", code.name());
            }
        }
    }

    #[test]
    fn a_misspelt_code_is_refused_with_the_nearest() {
        let why = unknown("ring-self-crosing").to_string();
        assert!(why.contains("did you mean RING_SELF_CROSSING?"), "{why}");
    }

    #[test]
    fn chinese_breaks_between_characters_but_not_before_a_full_stop() {
        assert_eq!(wrapped("宗地重叠。改正", 8, 2), "宗地重\n  叠。改正");
        assert_eq!(wrapped("one two three", 8, 0), "one two\nthree");
        assert_eq!(words("用 ArcGIS（修复）").concat(), "用 ArcGIS（修复）");
    }
}
