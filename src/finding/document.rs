//! The catalogue as `docs/findings.md`.

use std::fmt::Write;

use super::{Code, Page, Severity, Subject};

const HEAD: &str = "# Findings 数据问题

Every fault in the data is a finding with a stable code; the row stays. `findings.csv` and the workbook have one line each: code,
severity, input, row (from 1, header not counted), id, place, detail, both areas of a repair, advice. `mujun explain CODE` shows a
page of this document, in Chinese or in English (`--lang en`). What, detail and advice are in the language of `--lang`. The sheet that
`mujun check -o findings.xlsx` writes for suppliers also has the row as a spreadsheet numbers it, titles and header counted.

数据中的每个问题都有固定代码，该行予以保留。`findings.csv` 与工作簿中一行一个问题：代码、级别、图层、行号（从 1 起，不含表头）、编号、
位置、详情、修复前后面积、建议。`mujun explain 代码` 显示本文件中的一页。问题、详情、建议按 `--lang` 的语言。`mujun check -o findings.xlsx`
供退回数据提供方的表另有原表行号（含标题与表头）。

";

const TAIL: &str = "## Repairs 修复

A shape is mended by rule only: a ring is closed with its first point; a ring that crosses itself, and rings or parts that clash, keep
what an odd number of rings encloses, and parts are united. A shape nobody can mend is left out of areas and map; its row stays.

图形只按规则修复：未闭合的环以首点闭合；自相交或互相冲突的环，保留被奇数个环包围的部分，各部件合并。无法修复的图形不计面积、不上图，
该行保留。

---

This file is generated from `src/finding/catalogue/`; a test compares the two and says how to write it anew.
";

/// The catalogue as a page in Markdown: what `docs/findings.md` must be.
#[must_use]
pub fn document() -> String {
    let mut out = String::from(HEAD);
    // Writing to a String cannot fail.
    let _ = write_document(&mut out);
    out
}

fn write_document(out: &mut String) -> std::fmt::Result {
    for severity in [Severity::Critical, Severity::Error, Severity::Warning, Severity::Notice, Severity::Info] {
        let (zh, en) = severity.meaning();
        writeln!(out, "- *{}*: {en}. {}：{zh}。", severity.name(), severity.name_zh())?;
    }
    for subject in Subject::ALL {
        let codes: Vec<Code> = Code::ALL.iter().copied().filter(|code| code.subject() == subject).collect();
        let (zh, en) = subject.title();
        writeln!(out, "\n## {en} {zh}\n")?;
        writeln!(out, "| code | severity | who acts | what | 问题 |\n|---|---|---|---|---|")?;
        for code in &codes {
            let (zh, en) = code.title();
            let (severity, actor) = (code.severity().name(), code.actor().name());
            writeln!(out, "| [`{0}`](#{1}) | {severity} | {actor} | {en} | {zh} |", code.name(), code.name().to_lowercase())?;
        }
        for code in codes {
            write_code(out, code)?;
        }
    }
    write!(out, "\n{TAIL}")
}

fn write_code(out: &mut String, code: Code) -> std::fmt::Result {
    let ((zh, en), (zh_line, en_line)) = (code.pages(), code.example().lines());
    writeln!(out, "\n### {}\n", code.name())?;
    write_page(out, en, ": ", ". ", &en_line, "For example")?;
    writeln!(out)?;
    write_page(out, zh, "：", "。", &zh_line, "示例")
}

fn write_page(out: &mut String, page: &Page, colon: &str, stop: &str, line: &str, example: &str) -> std::fmt::Result {
    writeln!(out, "**{}**{}{}\n", sentence(&page.title), stop, page.why)?;
    writeln!(out, "{}{}\n", sentence(&page.mend), colon.trim_end())?;
    for (n, step) in page.steps.iter().enumerate() {
        writeln!(out, "{}. {step}", n + 1)?;
    }
    writeln!(out, "\n{example}{colon}`{}`", line.replace('`', "'"))
}

/// With a capital letter in front.
fn sentence(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Set, the test writes the page instead of comparing it.
    const WRITE: &str = "MUJUN_WRITE_DOCS";

    #[test]
    fn the_findings_page_is_what_the_catalogue_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
        let wanted = document();
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        let line = written.lines().zip(wanted.lines()).position(|(a, b)| a != b).map_or(0, |n| n + 1);
        assert!(
            written == wanted,
            "docs/findings.md differs from the catalogue at line {line}; write it anew with: {WRITE}=1 cargo test --lib findings_page"
        );
    }

    #[test]
    fn the_page_has_every_code_with_its_severity_and_texts() {
        let page = document();
        for code in Code::ALL {
            let row = format!("| {} | {} | {} |", code.severity().name(), code.actor().name(), code.title().1);
            assert!(page.contains(&row), "{row}");
            assert!(page.contains(&format!("\n### {}\n", code.name())) && page.contains(&code.pages().0.why), "{}", code.name());
        }
    }

    #[test]
    fn an_example_says_in_chinese_what_is_more_than_data() {
        let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
        for code in Code::ALL {
            let example = code.example();
            let words: Vec<&str> = example.detail.split(' ').collect();
            let is_text = words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)));
            assert!(!is_text || example.detail_zh.is_some(), "{}: {}", code.name(), example.detail);
        }
    }
}
