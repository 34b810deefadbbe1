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
    if let Some(left_out) = left_out(&found.without_places, lang) {
        writeln!(out, "{left_out}")?;
    }
    writeln!(out, "{}", t("mujun explain 代码：说明原因与改正步骤", "mujun explain CODE says why it matters and how to mend it"))
}

/// What was not examined because it is not known where layers lie, in one line; `None` where all was.
pub(super) fn left_out(without_places: &[Source], lang: Lang) -> Option<String> {
    if without_places.is_empty() {
        return None;
    }
    let names = without_places.iter().map(|source| lang.pick(source.name_zh(), source.name()));
    let names = names.collect::<Vec<_>>().join(lang.pick("、", ", "));
    Some(match lang {
        Lang::Zh => format!("坐标不可信，未检查：{names}的图形、面积、拓扑，以及与其他图层的位置关系；其余均已检查"),
        Lang::En => format!(
            "not checked, as the coordinates cannot be trusted: shapes, areas and topology of {names}, and how they lie to other layers; all else was"
        ),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Place;

    #[test]
    fn what_was_left_out_for_want_of_places_is_one_line_and_nothing_where_all_was_examined() {
        let place = Place { source: Source::Parcels, row: None, id: None, at: None };
        let findings = vec![Finding::new(Code::CrsZone, place, "")];
        let found = Examination { findings, tables: Vec::new(), without_places: vec![Source::Parcels, Source::Parks] };
        for (lang, begin, layers) in [(Lang::Zh, "坐标不可信，未检查", "宗地、园区"), (Lang::En, "not checked", "parcels, parks")]
        {
            let text = findings_summary(&found, lang);
            let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(begin)).collect();
            assert!(lines.len() == 1 && lines[0].contains(layers), "{text}");
            let all = Examination { without_places: Vec::new(), ..found.clone() };
            assert!(!findings_summary(&all, lang).contains(begin));
        }
    }
}
