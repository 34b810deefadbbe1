//! What the terminal shows of an examination of inputs.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Lang;
use super::text::{count, one_line, pad};
use crate::examine::Examination;
use crate::finding::{Code, Finding, Severity};
use crate::model::Source;

/// Characters of an example before it is cut.
const EXAMPLE: usize = 160;

/// The findings by severity, code and input, each with its count, an example and the way to a page about it.
#[must_use]
pub fn findings_summary(found: &Examination, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut out, found, lang);
    out
}

fn write_summary(out: &mut String, found: &Examination, lang: Lang) -> std::fmt::Result {
    let t = |zh, en| lang.pick(zh, en);
    for table in &found.tables {
        let name = pad(t(table.source.name_zh(), table.source.name()), 12);
        writeln!(out, "{name}  {} {}", count(table.rows.height()), t("行", "rows"))?;
    }
    let mut kinds: BTreeMap<(std::cmp::Reverse<Severity>, Code, Source), Vec<&Finding>> = BTreeMap::new();
    for finding in &found.findings {
        let key = (std::cmp::Reverse(finding.code.severity()), finding.code, finding.place.source);
        kinds.entry(key).or_default().push(finding);
    }
    if kinds.is_empty() {
        return writeln!(out, "\n{}", t("没有发现问题", "no findings"));
    }
    writeln!(out)?;
    for ((severity, code, source), findings) in &kinds {
        let (zh, en) = code.title();
        writeln!(
            out,
            "{} {} {} {:>8}  {}",
            pad(t(severity.0.name_zh(), severity.0.name()), 9),
            pad(code.name(), 28),
            pad(t(source.name_zh(), source.name()), 12),
            count(findings.len()),
            t(zh, en)
        )?;
        if let Some(example) = findings.first().map(|finding| said(finding, lang)).filter(|said| !said.is_empty()) {
            writeln!(out, "{:10}{example}", "")?;
        }
    }
    let of = |severity: Severity| found.findings.iter().filter(|finding| finding.code.severity() == severity).count();
    let levels = [Severity::Critical, Severity::Error, Severity::Warning, Severity::Notice, Severity::Info];
    let counts: Vec<String> =
        levels.iter().map(|level| format!("{} {}", t(level.name_zh(), level.name()), count(of(*level)))).collect();
    writeln!(out, "\n{}", counts.join("  "))?;
    writeln!(out, "{}", t("mujun explain 代码：说明原因与改正步骤", "mujun explain CODE says why it matters and how to mend it"))
}

/// Row, id and detail of a finding in one line.
fn said(finding: &Finding, lang: Lang) -> String {
    let row = finding.place.row.map(|row| match lang {
        Lang::Zh => format!("第 {} 行", row + 1),
        Lang::En => format!("row {}", row + 1),
    });
    let parts = row.as_deref().into_iter().chain(finding.place.id.as_deref());
    let place = parts.collect::<Vec<_>>().join(" ");
    let detail = lang.pick(&finding.detail.zh, &finding.detail.en);
    let text = [place.as_str(), detail].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    let text = text.join(": ");
    let text = one_line(&text).into_owned();
    // A proposal stands at the end of the detail and must not be cut.
    let critical = finding.code.severity() == Severity::Critical;
    if critical || text.chars().count() <= EXAMPLE { text } else { text.chars().take(EXAMPLE).chain(['…']).collect() }
}
