//! The pages of the finding codes.

use std::fmt::Write;

use crate::error::Error;
use crate::finding::{Code, Subject};
use crate::nearest::nearest;
use crate::report::{Lang, WIDTH, wrapped};

/// There is no such code; the message names the nearest.
pub(super) fn unknown(what: &str) -> Error {
    let hint = nearest(&what.replace('-', "_"), Code::ALL.iter().map(|code| code.name()))
        .map(|near| format!("did you mean {near}? "))
        .unwrap_or_default();
    Error::new(format!("there is no finding \"{what}\"")).remedy(format!("{hint}`mujun explain` lists all codes"))
}

/// Every code with its severity and title, subject by subject.
pub(super) fn list(lang: Lang) -> String {
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
pub(super) fn page(code: Code, lang: Lang) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

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
}
