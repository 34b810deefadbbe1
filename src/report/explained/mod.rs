//! What the terminal shows of a parcel's grade.

pub(crate) mod words;

use std::fmt::{Result, Write};

use unicode_width::UnicodeWidthStr;

use super::text::{Lang, count, number, pad, pad_left};
use super::wrap::{WIDTH, wrapped};
use crate::explain::{Contribution, Explanation, ParcelFacts, WayOut};
use crate::rulebook::{Direction, Rulebook};
use words::named;

/// Cells of a bar.
const BAR: usize = 16;
/// Cells before the text of a line of facts.
const LABEL: usize = 12;
/// Cells of a name in a table.
const NAME: usize = 26;

/// Why a parcel has its grade, for a terminal of 96 columns.
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
    let title = format!(
        "{} ({}, {}){illustrative}",
        t(&rulebook.title_zh, &rulebook.title_en),
        lang.text(&rulebook.place),
        rulebook.year
    );
    writeln!(out, "{}\n", wrapped(&title, WIDTH, 0))?;
    parcel(out, &e.parcel, lang)?;
    if let Some(exemption) = &e.exemption {
        fact(out, t("豁免", "exempt"), &words::provision(exemption, lang))?;
    }
    if let Some(track) = &e.track {
        fact(out, t("类别", "track"), &words::track(track, lang))?;
    }
    points(out, e, lang)?;
    among(out, &e.indicators, lang)?;
    fact(out, t("按得分", "by score"), &words::by_score(e, lang))?;
    for made in &e.adjustments {
        let text = format!("{} → {}  {}", made.from, made.to, words::provision(&made.provision, lang));
        fact(out, t("等级调整", "adjusted"), &text)?;
    }
    for reason in &e.reasons {
        let source = words::cited(reason, lang);
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
        fact(out, t("占用企业", "occupant"), &words::occupant(occupant, lang))?;
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
    let kind = words::area_kind(parcel.divided_by, lang);
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
        let clause = bonus.clause.as_ref().map(|clause| format!("  {}", named(clause, lang))).unwrap_or_default();
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

/// The cells behind the figures, each once.
fn sources(out: &mut String, e: &Explanation, lang: Lang) -> Result {
    let seen = words::cells(e);
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
    for (step, text) in words::way_out(way, lang) {
        let indent = 2 + 2 * step;
        writeln!(out, "{}{}", " ".repeat(indent), wrapped(&text, WIDTH - indent, indent))?;
    }
    Ok(())
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
