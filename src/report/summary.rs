//! What the terminal shows of a survey, in one screen.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthStr;

use super::text::{Lang, count, number, one_line, pad, pad_left};
use super::{Totals, ZoneTotal};
use crate::finding::{Code, Severity};
use crate::list::reasons;
use crate::model::Zones;
use crate::survey::Survey;

/// Lines of a table of zones before the rest is summed up.
const ZONE_LINES: usize = 4;
/// Findings of a kind that are told one by one; the rest is in findings.csv.
const MOST_TOLD: usize = 5;

/// Title of the survey.
pub(super) fn title(survey: &Survey, lang: Lang) -> String {
    let plain = || match &survey.about.city {
        Some(city) => format!("{city} {}", lang.pick("工业用地绩效调查", "industrial land efficiency survey")),
        None => lang.pick("工业用地绩效调查", "Industrial land efficiency survey").to_owned(),
    };
    survey.about.title.clone().unwrap_or_else(plain)
}

/// The summary of a finished survey and the files that were written.
#[must_use]
pub fn summary(survey: &Survey, totals: &Totals, files: &[PathBuf], lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut out, survey, totals, files, lang);
    out
}

fn write_summary(out: &mut String, survey: &Survey, totals: &Totals, files: &[PathBuf], lang: Lang) -> std::fmt::Result {
    let t = |zh, en| lang.pick(zh, en);
    let mu = |x: f64| format!("{} {}", number(x, 1), t("亩", "mu"));
    write!(out, "{}", one_line(&title(survey, lang)))?;
    if survey.about.schematic {
        write!(out, "  [{}]", t("示意数据", "schematic data"))?;
    }
    writeln!(out)?;
    let rulebook = &survey.rulebook;
    write!(
        out,
        "{}: {} ({})",
        t("规则", "rulebook"),
        one_line(lang.pick(&rulebook.title_zh, &rulebook.title_en)),
        rulebook.year
    )?;
    writeln!(
        out,
        "{}",
        if rulebook.illustrative {
            t("  [示例规则，非公布标准]", "  [illustrative, not a published standard]")
        } else {
            ""
        }
    )?;
    writeln!(out)?;
    write!(out, "{}  {}, {}", label(t("宗地", "parcels")), count(totals.parcels), mu(totals.mu))?;
    if totals.without_area > 0 {
        write!(out, "  ({} {})", count(totals.without_area), t("宗无可用面积", "without a usable area"))?;
    }
    writeln!(out)?;
    let grades: Vec<String> = totals.grades.iter().map(|g| format!("{} {} ({})", g.grade, count(g.parcels), mu(g.mu))).collect();
    writeln!(out, "{}  {}", label(t("等级", "grades")), grades.join("   "))?;
    let changed = changes(survey, lang);
    for line in wrap(&changed, 96) {
        writeln!(out, "{}    {line}", label(""))?;
    }
    for split in survey.findings.iter().filter(|finding| finding.code == Code::GradeTieSplit).take(MOST_TOLD) {
        let (zh, en) = split.code.title();
        writeln!(out, "{}    {}: {}", label(""), t(zh, en), one_line(t(&split.detail.zh, &split.detail.en)))?;
    }
    writeln!(out, "{}  {}, {}", label(t("低效", "listed")), count(totals.listed), mu(totals.listed_mu))?;
    if let Some(firmness) = survey.firmness.as_ref().filter(|_| totals.listed > 0) {
        for line in super::firmness::summary(survey, firmness, lang) {
            writeln!(out, "{}    {}", label(""), one_line(&line))?;
        }
    }
    let hits = reasons(rulebook).into_iter().enumerate().filter_map(|(n, reason)| {
        let hit = survey.listing.reasons.iter().filter(|r| r.contains(&n)).count();
        (hit > 0).then(|| format!("{} {} {}", reason.code, lang.pick(&reason.name_zh, &reason.name_en), count(hit)))
    });
    for line in wrap(&hits.collect::<Vec<_>>(), 96) {
        writeln!(out, "{}    {line}", label(""))?;
    }
    let findings: Vec<String> = totals.findings.iter().map(|(code, n)| format!("{} {}", code.name(), count(*n))).collect();
    let sum: usize = totals.findings.values().sum();
    writeln!(out, "{}  {}{}", label(t("数据问题", "findings")), count(sum), if sum > 0 { ":" } else { "" })?;
    for line in wrap(&findings, 96) {
        writeln!(out, "{}    {line}", label(""))?;
    }
    for critical in survey.findings.iter().filter(|f| f.code.severity() == Severity::Critical).take(MOST_TOLD) {
        let (title, source) = (critical.code.title(), critical.place.source);
        let name = t(source.name_zh(), source.name());
        writeln!(
            out,
            "{}  {} [{name}] {}: {}",
            label("!"),
            critical.code.name(),
            t(title.0, title.1),
            one_line(t(&critical.detail.zh, &critical.detail.en))
        )?;
    }
    if !survey.unasked.is_empty() {
        writeln!(
            out,
            "{}  {}",
            label(t("未用规则", "not asked")),
            t("下列规则所需的列没有数据", "for want of any value in a column they name")
        )?;
        let told: Vec<String> = survey.unasked.iter().map(|u| format!("{} ({})", u.what, fields(&u.columns, lang))).collect();
        for line in wrap(&told, 96) {
            writeln!(out, "{}    {line}", label(""))?;
        }
    }
    if !totals.worst.is_empty() {
        let order = t(
            "得分最低的十宗（同分时等级低的、面积大的、代码小的在前）",
            "ten lowest scores (of equal ones the worse grade first, then the larger parcel, then the smaller id)",
        );
        writeln!(out, "\n{order}")?;
        let names = survey.texts("enterprise_name");
        for worst in &totals.worst {
            let (row, name) = (worst.row, names[worst.row].as_deref().unwrap_or("–"));
            let district = survey.location.district[row].map_or("–", |s| zone_name(&survey.districts, s.zone));
            let area = survey.area_mu[row].map_or_else(|| "–".to_owned(), mu);
            writeln!(
                out,
                "  {}  {:>8}  {}  {}  {}  {}",
                pad(&one_line(&survey.parcels.ids[row]), 16),
                number(worst.score, 2),
                survey.grading.grade[row],
                pad_left(&area, 13),
                pad(&one_line(district), 10),
                one_line(name)
            )?;
        }
    }
    zones(out, t("各区低效用地", "listed by district"), t("区外", "outside"), &survey.districts, &totals.districts, lang)?;
    zones(out, t("各园区低效用地", "listed by park"), t("园区外", "outside parks"), &survey.parks, &totals.parks, lang)?;
    if !survey.layout.0.is_empty() {
        writeln!(out, "\n{}", t("空间布局（宗地可属多个分区）", "layout (a parcel may lie in several zones)"))?;
        for total in &totals.layout {
            let name = total.zone.map_or(t("其余", "remainder"), |zone| zone_name(&survey.layout, zone));
            zone_line(out, name, total, lang)?;
        }
    }
    if !files.is_empty() {
        let name = |file: &PathBuf| file.file_name().map(|name| name.to_string_lossy().into_owned());
        let folder = files[0].parent().unwrap_or(Path::new(""));
        let names: Vec<String> = files.iter().filter_map(name).collect();
        writeln!(out, "\n{} {}: {}", t("已写入", "written to"), folder.display(), names.join(", "))?;
        if let Some(map) = files.iter().find(|file| file.extension().is_some_and(|e| e == "html")) {
            writeln!(out, "{} {}", t("请打开", "open"), map.display())?;
        }
    }
    Ok(())
}

fn fields(names: &[String], lang: Lang) -> String {
    names.iter().map(|name| lang.field(name)).collect::<Vec<_>>().join(lang.pick("、", ", "))
}

/// How many parcels each exemption kept from being graded, and how many grades each veto, cap or protection changed.
fn changes(survey: &Survey, lang: Lang) -> Vec<String> {
    let (rulebook, grading) = (&survey.rulebook, &survey.grading);
    let exempt = rulebook
        .exemptions
        .iter()
        .enumerate()
        .map(|(n, e)| (&e.code, lang.pick(&e.name_zh, &e.name_en), grading.exempt.iter().filter(|x| **x == Some(n)).count()));
    let adjusted = rulebook.adjustments.iter().enumerate().map(|(n, a)| {
        let hit = grading.adjusted.iter().filter(|changes| changes.iter().any(|change| change.adjustment == n)).count();
        (&a.code, lang.pick(&a.name_zh, &a.name_en), hit)
    });
    exempt.chain(adjusted).filter(|(.., n)| *n > 0).map(|(code, name, n)| format!("{code} {name} {}", count(n))).collect()
}

/// The zones with the most listed land, the rest in one line, and what lies in none.
fn zones(out: &mut String, heading: &str, outside: &str, layer: &Zones, totals: &[ZoneTotal], lang: Lang) -> std::fmt::Result {
    if layer.0.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    let mut inside: Vec<&ZoneTotal> = totals.iter().filter(|total| total.zone.is_some()).collect();
    inside.sort_by(|a, b| b.listed_mu.total_cmp(&a.listed_mu).then(a.zone.cmp(&b.zone)));
    let shown = if inside.len() <= ZONE_LINES + 1 { inside.len() } else { ZONE_LINES };
    for total in &inside[..shown] {
        zone_line(out, total.zone.map_or("", |zone| zone_name(layer, zone)), total, lang)?;
    }
    if shown < inside.len() {
        let mut rest = ZoneTotal::default();
        for total in &inside[shown..] {
            rest.parcels += total.parcels;
            rest.listed += total.listed;
            rest.mu += total.mu;
            rest.listed_mu += total.listed_mu;
        }
        let name = format!("{} {}", count(inside.len() - shown), lang.pick("个其他", "others"));
        zone_line(out, &name, &rest, lang)?;
    }
    totals
        .iter()
        .filter(|total| total.zone.is_none() && total.parcels > 0)
        .try_for_each(|total| zone_line(out, outside, total, lang))
}

fn zone_line(out: &mut String, name: &str, total: &ZoneTotal, lang: Lang) -> std::fmt::Result {
    let t = |zh, en| lang.pick(zh, en);
    writeln!(
        out,
        "  {} {:>6} {} {:>12} {}   {} {:>7} {} {:>12} {}",
        pad(&one_line(name), 26),
        count(total.listed),
        t("宗", "parcels"),
        number(total.listed_mu, 1),
        t("亩", "mu"),
        t("共", "of"),
        count(total.parcels),
        t("宗", "parcels"),
        number(total.mu, 1),
        t("亩", "mu")
    )
}

fn zone_name(zones: &Zones, zone: usize) -> &str {
    zones.0.get(zone).map_or("", |zone| zone.name.as_deref().unwrap_or(&zone.id))
}

fn label(text: &str) -> String {
    pad(text, 10)
}

fn wrap(words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.iter().map(|word| one_line(word)) {
        match lines.last_mut() {
            Some(line) if line.width() + word.width() + 2 <= width => {
                line.push_str(", ");
                line.push_str(&word);
            }
            _ => lines.push(word.into_owned()),
        }
    }
    lines
}
