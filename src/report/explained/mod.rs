//! What the terminal shows of a parcel's grade.

pub(crate) mod words;

use std::fmt::{Result, Write};

use unicode_width::UnicodeWidthStr;

use super::text::{Lang, count, number, pad, pad_left};
use super::wrap::{WIDTH, wrapped};
use crate::explain::{Contribution, Explanation, ParcelFacts, Provision, SingleOutcome, WayOut};
use crate::rulebook::{Direction, Rulebook};
use words::named;

/// Cells of a bar.
const BAR: usize = 16;
/// A border nearer than this to a score is not told from it.
const BESIDE: f64 = 1e-9;
/// Cells before the text of a line of facts.
const LABEL: usize = 12;
/// Cells of a name in a table.
const NAME: usize = 26;

/// Why a parcel has its grade, for a terminal of [`WIDTH`] columns.
#[must_use]
pub fn explained(explanation: &Explanation, rulebook: &Rulebook, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut out, explanation, rulebook, lang);
    out
}

fn write_all(out: &mut String, e: &Explanation, rulebook: &Rulebook, lang: Lang) -> Result {
    let t = |zh, en| lang.pick(zh, en);
    let listed = if e.reasons.is_empty() { "" } else { t("  列入低效用地", "  on the list") };
    writeln!(out, "{}  {} {}{listed}", e.parcel.id, t("等级", "grade"), e.grade)?;
    let illustrative = if rulebook.illustrative {
        t("  [示例规则，非公布标准]", "  [illustrative, not a published standard]")
    } else {
        ""
    };
    let title = format!("{} ({}, {}){illustrative}", t(&rulebook.title_zh, &rulebook.title_en), rulebook.place, rulebook.year);
    writeln!(out, "{}\n", wrapped(&title, WIDTH, 0))?;
    parcel(out, &e.parcel, lang)?;
    if let Some(exemption) = &e.exemption {
        fact(out, t("豁免", "exempt"), &provision(exemption, lang))?;
    }
    if let Some(track) = &e.track {
        let mut text = format!("{} ({} {})", named(&track.name, lang), count(track.units), t("个评价单元", "units"));
        if let Some(group) = &track.peer_group {
            let _ = write!(text, "{}{group} ({})", t("；同组 ", "; peers "), count(track.peers));
        }
        if track.held_against != track.peers {
            let _ = write!(text, "{}{}", t("；组小，比较单元数 ", "; a small group, held against "), count(track.held_against));
        }
        fact(out, t("类别", "track"), &text)?;
    }
    points(out, e, lang)?;
    among(out, &e.indicators, lang)?;
    border(out, e, lang)?;
    for made in &e.adjustments {
        let text = format!("{} → {}  {}", made.from, made.to, provision(&made.provision, lang));
        fact(out, t("等级调整", "adjusted"), &text)?;
    }
    for reason in &e.reasons {
        let source = [&reason.clause, &reason.source].into_iter().flatten().map(String::as_str).collect::<Vec<&str>>().join("; ");
        let source = if source.is_empty() { source } else { format!(" ({source})") };
        fact(out, t("列入原因", "listed for"), &format!("{} {}{source}", reason.code, named(&reason.name, lang)))?;
    }
    if !e.findings.is_empty() {
        fact(out, t("数据问题", "findings"), &e.findings.join(", "))?;
    }
    sources(out, e, lang)?;
    way_out(out, &e.way_out, lang)
}

fn parcel(out: &mut String, parcel: &ParcelFacts, lang: Lang) -> Result {
    let t = |zh, en| lang.pick(zh, en);
    let place = [(t("行政区", "district"), &parcel.district_code), (t("园区", "park"), &parcel.park_id)];
    let mut place: Vec<String> = place.iter().filter_map(|(name, id)| Some(format!("{name} {}", id.as_ref()?))).collect();
    if !parcel.layout_zones.is_empty() {
        place.push(format!("{} {}", t("空间布局", "layout"), parcel.layout_zones.join(";")));
    }
    if !place.is_empty() {
        fact(out, t("位置", "place"), &place.join(", "))?;
    }
    for occupant in &parcel.occupants {
        let name = occupant.name.as_ref().map_or_else(|| occupant.id.clone(), |name| format!("{name} {}", occupant.id));
        let row = match lang {
            Lang::Zh => format!("企业表第 {} 行", occupant.row),
            Lang::En => format!("enterprise row {}", occupant.row),
        };
        fact(out, t("占用企业", "occupant"), &format!("{name} ({row}, {}%)", number(100.0 * occupant.share, 1)))?;
    }
    let m2 = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| number(x, 1));
    let areas = format!(
        "{} {}, {} {}, {} {} m²",
        t("椭球", "statutory"),
        m2(parcel.area_statutory_m2),
        t("测地", "geodesic"),
        m2(parcel.area_geodesic_m2),
        t("登记", "stated"),
        m2(parcel.area_stated_m2)
    );
    let divisor = parcel.area_mu.map_or_else(|| "–".to_owned(), |x| number(x, 2));
    let kind = match parcel.divided_by {
        crate::rulebook::AreaKind::Statutory => t("椭球", "statutory"),
        crate::rulebook::AreaKind::Geodesic => t("测地", "geodesic"),
        crate::rulebook::AreaKind::Stated => t("登记", "stated"),
    };
    fact(
        out,
        t("面积", "area"),
        &format!("{areas}{}{kind}, {divisor} {}", t("；计算用：", "; figures are divided by the "), t("亩", "mu")),
    )?;
    if !parcel.graded_with.is_empty() {
        fact(out, t("合并评价", "graded with"), &parcel.graded_with.join(", "))?;
    }
    Ok(())
}

fn points(out: &mut String, e: &Explanation, lang: Lang) -> Result {
    let t = |zh, en| lang.pick(zh, en);
    if e.indicators.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{}{}{}{}",
        pad(t("得分构成", "points"), NAME + 2),
        pad_left(t("值", "value"), 12),
        pad_left(t("得分", "points"), 18),
        pad_left(t("名次", "rank"), 14 + BAR + 2)
    )?;
    for indicator in &e.indicators {
        let points = words::value(indicator.points, 2);
        let most = indicator.most_points.map_or_else(String::new, |most| format!(" / {}", number(most, 2)));
        let rank = indicator.among.and_then(|among| Some(format!("{} / {}", count(among.rank?), count(among.values))));
        let line = format!(
            "  {}{}{}  {}{}",
            pad(&cut(named(&indicator.name, lang), NAME), NAME),
            pad_left(&words::value(indicator.value, indicator.decimals), 12),
            pad_left(&format!("{points}{most}"), 18),
            bar(indicator),
            pad_left(&rank.unwrap_or_default(), 14),
        );
        writeln!(out, "{}", line.trim_end())?;
        if let Some(what) = words::treatment(indicator.treatment, lang) {
            writeln!(out, "      {what}")?;
        }
    }
    for bonus in &e.bonuses {
        let name = pad(&cut(named(&bonus.name, lang), NAME), NAME);
        let clause = bonus.clause.as_ref().map(|clause| format!("  {clause}")).unwrap_or_default();
        writeln!(out, "  {name}{}{clause}", pad_left(&format!("{:+.2}", bonus.points), 30))?;
    }
    let rank = e.rank.map(|rank| format!("{} / {}", count(rank.place), count(rank.of))).unwrap_or_default();
    let line = format!(
        "  {}{}{}",
        pad(t("总分", "score"), NAME),
        pad_left(&words::value(e.score, 4), 30),
        pad_left(&rank, 14 + BAR + 2)
    );
    writeln!(out, "{}\n", line.trim_end())
}

/// The points against the most there are, in characters.
fn bar(indicator: &Contribution) -> String {
    let (Some(points), Some(most)) = (indicator.points, indicator.most_points.filter(|most| *most > 0.0)) else {
        return " ".repeat(BAR);
    };
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let full = ((points / most).clamp(0.0, 1.0) * BAR as f64).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
}

/// Whom each value is held against.
fn among(out: &mut String, indicators: &[Contribution], lang: Lang) -> Result {
    let t = |zh, en| lang.pick(zh, en);
    if indicators.iter().all(|indicator| indicator.among.is_none()) {
        return Ok(());
    }
    let heads =
        [t("最小", "least"), t("下四分位", "lower q."), t("中位", "median"), t("上四分位", "upper q."), t("最大", "greatest")];
    let heads: String = heads.iter().map(|head| pad_left(head, 12)).collect();
    writeln!(out, "{}{heads}", pad(t("比较对象的分布", "those it is held against"), NAME + 2))?;
    for indicator in indicators {
        let Some(among) = indicator.among else { continue };
        let values = [among.min, among.lower_quartile, among.median, among.upper_quartile, among.max];
        let values: String = values.iter().map(|x| pad_left(&number(*x, indicator.decimals.into()), 12)).collect();
        let less = if indicator.direction == Direction::Less { "↓" } else { "" };
        writeln!(out, "  {}{values}", pad(&cut(&format!("{}{less}", named(&indicator.name, lang)), NAME), NAME))?;
    }
    writeln!(out)
}

fn border(out: &mut String, e: &Explanation, lang: Lang) -> Result {
    let t = |zh, en| lang.pick(zh, en);
    let mut text = e.grade_by_score.clone();
    for (border, from, beyond) in [(&e.border.better, "≥", ">"), (&e.border.worse, "≤", "<")] {
        let (Some(border), Some(score)) = (border, e.score) else { continue };
        // Right beside the score: equal ones have this grade, by the tie rule or a rounded-off last bit.
        let beside = (border.score - score).abs() <= BESIDE * score.abs().max(1.0);
        let (sign, at) = if beside { (beyond, number(score, 4)) } else { (from, words::change_of(score, border.score, 2).1) };
        let _ = write!(text, "{}{} {sign} {at}", t("；", "; "), border.grade);
    }
    fact(out, t("按得分", "by score"), &text)
}

/// The cells behind the figures, each once.
fn sources(out: &mut String, e: &Explanation, lang: Lang) -> Result {
    let all = e.indicators.iter().flat_map(|i| &i.sources).chain(e.bonuses.iter().flat_map(|b| &b.sources));
    let mut seen = Vec::new();
    for cell in all {
        if !seen.contains(&cell) {
            seen.push(cell);
        }
    }
    if seen.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", lang.pick("数据出处", "where the figures come from"))?;
    for cell in seen {
        let name = match (lang, &cell.field_zh) {
            (Lang::Zh, Some(zh)) => zh,
            _ => &cell.field,
        };
        let head = format!("  {}{}  ", pad(&cut(name, NAME), NAME), pad_left(&cut(&words::cell_value(&cell.value), 14), 14));
        let how = words::cell_use(cell, lang).map(|how| format!("; {how}")).unwrap_or_default();
        let indent = NAME + 18;
        writeln!(out, "{head}{}", wrapped(&format!("{}{how}", words::cell_place(cell, lang)), WIDTH - indent, indent))?;
    }
    Ok(())
}

fn way_out(out: &mut String, way: &WayOut, lang: Lang) -> Result {
    let t = |zh, en| lang.pick(zh, en);
    writeln!(
        out,
        "\n{}",
        t("怎样提高等级（其他条件不变，最小变化）", "what would lift the grade (the least change, all else as it is)")
    )?;
    if let Some(barrier) = &way.barrier {
        return writeln!(out, "  {}", wrapped(&words::barrier(barrier, lang), WIDTH - 2, 2));
    }
    let line = |out: &mut String, text: &str, indent: usize| {
        writeln!(out, "{}{}", " ".repeat(indent), wrapped(text, WIDTH - indent, indent))
    };
    let mut any = false;
    for single in &way.singles {
        if let SingleOutcome::Lifts(change) = &single.outcome {
            any = true;
            for (n, text) in words::change(change, lang).iter().enumerate() {
                line(out, text, if n == 0 { 2 } else { 6 })?;
            }
        }
    }
    if let Some(pair) = &way.pair {
        any = true;
        line(out, t("或两项同时（变化率之和最小）：", "or both at once (the least sum of relative changes):"), 2)?;
        for text in [&pair.first, &pair.second].into_iter().flat_map(|change| words::change(change, lang)) {
            line(out, &text, 4)?;
        }
    }
    let names = |outcome: &SingleOutcome| {
        let of = way.singles.iter().filter(|single| single.outcome == *outcome).map(|single| named(&single.name, lang));
        of.collect::<Vec<&str>>().join(", ")
    };
    let (short, missing) = (names(&SingleOutcome::NotEnough), names(&SingleOutcome::SupplyFigure));
    if !short.is_empty() {
        line(out, &format!("{}{short}", t("单靠以下指标不够：", "not enough alone: ")), 2)?;
    }
    if !missing.is_empty() {
        line(out, &format!("{}{missing}", t("缺失，请先补报：", "missing, supply the figures first: ")), 2)?;
    }
    if !any {
        line(out, t("没有一项或两项指标的变化能提高等级。", "No change of one indicator or of two lifts the grade."), 2)?;
    }
    Ok(())
}

fn provision(provision: &Provision, lang: Lang) -> String {
    format!("{} {} ({}; {})", provision.code, named(&provision.name, lang), provision.clause, provision.source)
}

fn fact(out: &mut String, label: &str, text: &str) -> Result {
    writeln!(out, "{}{}", pad(label, LABEL), wrapped(text, WIDTH - LABEL, LABEL))
}

/// A text that fits into so many cells.
fn cut(text: &str, cells: usize) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let mut short = String::new();
    for sign in text.chars() {
        if short.width() + unicode_width::UnicodeWidthChar::width(sign).unwrap_or(0) + 1 > cells {
            break;
        }
        short.push(sign);
    }
    short + "…"
}
