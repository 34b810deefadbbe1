//! A comparison of two gradings for the terminal, as a table and as JSON.

use std::fmt::Write;
use std::path::Path;

use rust_xlsxwriter::{Color, Format as CellFormat, Worksheet, XlsxError};
use serde_json::{Value, json};

use super::Lang;
use super::book::{book, failed};
use super::csv::write_table;
use super::text::{count, number, pad, pad_left};
use crate::compare::{Comparison, Correlation, Move, Standing, Why};
use crate::error::{Error, Result};
use crate::surveyed::Surveyed;
use crate::write::whole::whole;

/// Lines of the terminal that tell of parcels.
const MOST_LINES: usize = 40;
/// Rows a sheet can hold below its header.
const MOST_ROWS: usize = 1_048_570;
/// Ids named of those that are in one survey alone.
const MOST_IDS: usize = 8;

type Both<'a> = (&'a Surveyed, &'a Surveyed);

/// What the terminal shows: the grades crossed, the list, the rank correlations, and those who move the most.
#[must_use]
pub fn comparison_summary(found: &Comparison, both: Both<'_>, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_summary(&mut out, found, both, lang);
    out
}

fn write_summary(out: &mut String, found: &Comparison, both: Both<'_>, lang: Lang) -> std::fmt::Result {
    let t = |zh, en| lang.pick(zh, en);
    for (of, name) in [(both.0, t("前", "before")), (both.1, t("后", "after"))] {
        writeln!(out, "{}  {}  {}", pad(name, 7), of.rulebook.path.display(), rulebook(of, lang))?;
    }
    writeln!(out, "\n{}", t("等级（行：前，列：后）", "grades (rows: before, columns: after)"))?;
    writeln!(out, "       {}", found.grades.iter().map(|grade| pad_left(grade, 8)).collect::<String>())?;
    for (grade, counts) in found.grades.iter().zip(&found.crossed) {
        writeln!(out, "  {}{}", pad(grade, 5), counts.iter().map(|n| pad_left(&count(*n), 8)).collect::<String>())?;
    }
    writeln!(
        out,
        "\n{}: {} {}, {} {}",
        t("清单", "list"),
        count(found.enter),
        t("宗列入", "enter"),
        count(found.leave),
        t("宗退出", "leave")
    )?;
    for (ids, name) in [(&found.only_before, t("仅见于前者", "only before")), (&found.only_after, t("仅见于后者", "only after"))]
    {
        if !ids.is_empty() {
            let more = if ids.len() > MOST_IDS { " …" } else { "" };
            let named: Vec<&str> = ids.iter().take(MOST_IDS).map(String::as_str).collect();
            writeln!(out, "{name}: {} ({}{more})", count(ids.len()), named.join(", "))?;
        }
    }
    for correlation in &found.correlations {
        writeln!(out, "{}", correlated(correlation, lang))?;
    }
    if found.moves.is_empty() {
        return writeln!(out, "\n{}", t("没有宗地变动", "no parcel moves"));
    }
    writeln!(out, "\n{} {}", count(found.moves.len()), t("宗变动", "parcels move"))?;
    for change in found.moves.iter().take(MOST_LINES) {
        writeln!(
            out,
            "  {} {} {} {} {}  {}",
            pad(&change.id, 16),
            pad(&from_to(&change.before.grade, &change.after.grade), 6),
            pad(&from_to(&score(&change.before), &score(&change.after)), 16),
            pad(&from_to(&rank(&change.before), &rank(&change.after)), 14),
            pad(on_list(change, lang), 6),
            whys(change, both, lang)
        )?;
    }
    if found.moves.len() > MOST_LINES {
        let more = count(found.moves.len() - MOST_LINES);
        writeln!(out, "  … {more} {}", t("宗未列出，可用 -o 写入文件", "more, with -o"))?;
    }
    Ok(())
}

fn rulebook(of: &Surveyed, lang: Lang) -> String {
    let rulebook = &of.rulebook;
    let note = if rulebook.illustrative {
        lang.pick("  [示例规则，非公布标准]", "  [illustrative, not a published standard]")
    } else {
        ""
    };
    format!("{} ({}){note}", lang.pick(&rulebook.title_zh, &rulebook.title_en), rulebook.year)
}

fn correlated(correlation: &Correlation, lang: Lang) -> String {
    let Correlation { before, after, parcels, spearman, kendall } = correlation;
    let figure = |x: &Option<f64>| x.map_or_else(|| "–".to_owned(), |x| format!("{x:.3}"));
    format!(
        "{} {}: {} {}, Spearman {}, Kendall {}",
        lang.pick("得分排序", "order of scores"),
        if before == after { before.clone() } else { from_to(before, after) },
        count(*parcels),
        lang.pick("宗", "parcels"),
        figure(spearman),
        figure(kendall)
    )
}

fn from_to(before: &str, after: &str) -> String {
    format!("{before} → {after}")
}

fn score(of: &Standing) -> String {
    of.score.map_or_else(|| "–".to_owned(), |score| number(score, 2))
}

fn rank(of: &Standing) -> String {
    of.rank.map_or_else(|| "–".to_owned(), |rank| rank.to_string())
}

fn on_list(change: &Move, lang: Lang) -> &'static str {
    match (change.before.listed, change.after.listed) {
        (false, true) => lang.pick("列入", "enters"),
        (true, false) => lang.pick("退出", "leaves"),
        (true, true) => lang.pick("在列", "stays"),
        (false, false) => "",
    }
}

fn whys(change: &Move, both: Both<'_>, lang: Lang) -> String {
    change.why.iter().map(|why| why_text(why, both, lang)).collect::<Vec<_>>().join("; ")
}

fn why_text(why: &Why, both: Both<'_>, lang: Lang) -> String {
    let t = |zh, en| lang.pick(zh, en);
    let none = || t("无", "none").to_owned();
    let changed = |name: &str, before: &Option<String>, after: &Option<String>| {
        format!("{name} {}", from_to(&before.clone().unwrap_or_else(none), &after.clone().unwrap_or_else(none)))
    };
    let holds = |holds: &bool| if *holds { t("适用", "holds") } else { t("不再适用", "no longer holds") };
    match why {
        Why::Exemption { before, after } => changed(t("豁免", "exemption"), before, after),
        Why::Track { before, after } => changed(t("类别", "track"), before, after),
        Why::Adjustment { code, holds: now } => format!("{} {code} {}", t("调整", "adjustment"), holds(now)),
        Why::Rule { code, holds: now } => format!("{} {code} {}", t("低效认定", "rule"), holds(now)),
        Why::Points { id, before, after } => {
            let points = |x: &Option<f64>| x.map_or_else(|| "–".to_owned(), |x| number(x, 2));
            format!("{} {}", points_name(id, both, lang), from_to(&points(before), &points(after)))
        }
        Why::Others => t("自身未变，他者变动", "unchanged itself, others moved").to_owned(),
    }
}

/// The name of an indicator or bonus in either rulebook.
fn points_name<'a>(id: &'a str, both: Both<'a>, lang: Lang) -> &'a str {
    let named = |of: &'a Surveyed| {
        let indicator = of.rulebook.indicators().into_iter().find(|i| i.id == id).map(|i| lang.pick(&i.name_zh, &i.name_en));
        indicator.or_else(|| of.rulebook.bonuses().into_iter().find(|b| b.id == id).map(|b| lang.pick(&b.name_zh, &b.name_en)))
    };
    named(both.0).or_else(|| named(both.1)).unwrap_or(id)
}

fn header(lang: Lang) -> [&'static str; 10] {
    match lang {
        Lang::Zh => [
            "宗地代码",
            "等级（前）",
            "等级（后）",
            "得分（前）",
            "得分（后）",
            "名次（前）",
            "名次（后）",
            "列入清单（前）",
            "列入清单（后）",
            "原因",
        ],
        Lang::En => [
            "parcel_id",
            "grade before",
            "grade after",
            "score before",
            "score after",
            "rank before",
            "rank after",
            "listed before",
            "listed after",
            "why",
        ],
    }
}

fn record(change: &Move, both: Both<'_>, lang: Lang) -> [String; 10] {
    let score = |of: &Standing| of.score.map(|score| score.to_string()).unwrap_or_default();
    let rank = |of: &Standing| of.rank.map(|rank| rank.to_string()).unwrap_or_default();
    let Move { id, before, after, .. } = change;
    [
        id.clone(),
        before.grade.clone(),
        after.grade.clone(),
        score(before),
        score(after),
        rank(before),
        rank(after),
        u8::from(before.listed).to_string(),
        u8::from(after.listed).to_string(),
        whys(change, both, lang),
    ]
}

/// Writes those who move as a table, by the ending of the name CSV or a workbook; the workbook has the grades crossed and the parcels that
/// are in one alone as well.
///
/// # Errors
/// The file cannot be written.
pub fn comparison_table(found: &Comparison, both: Both<'_>, lang: Lang, path: &Path) -> Result<()> {
    let csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    whole(path, |partial| {
        if csv {
            return write_table(header(lang), found.moves.iter().map(|change| record(change, both, lang)), partial);
        }
        workbook(found, both, lang, partial).map_err(|e| failed(path, e))
    })
}

fn workbook(found: &Comparison, both: Both<'_>, lang: Lang, path: &Path) -> std::result::Result<(), XlsxError> {
    let t = |zh, en| lang.pick(zh, en);
    let mut book = book()?;
    let head = CellFormat::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF4)).set_text_wrap();
    crossed(book.add_worksheet().set_name(t("等级对照", "Grades"))?, found, both, &head, lang)?;
    moves(book.add_worksheet().set_name(t("变动宗地", "Moves"))?, found, both, &head, lang)?;
    let only = book.add_worksheet().set_name(t("单方宗地", "Only in one"))?;
    for (column, name, ids) in
        [(0u16, t("仅见于前者", "only before"), &found.only_before), (1, t("仅见于后者", "only after"), &found.only_after)]
    {
        only.write_with_format(0, column, name, &head)?;
        only.set_column_width(column, 24)?;
        for (row, id) in (1u32..).zip(ids.iter().take(MOST_ROWS)) {
            only.write(row, column, id)?;
        }
    }
    book.save(path)
}

#[allow(clippy::cast_precision_loss)]
fn crossed(
    sheet: &mut Worksheet,
    found: &Comparison,
    (before, after): Both<'_>,
    head: &CellFormat,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    for (row, of, name) in
        [(0, before, lang.pick("前（行）", "before (rows)")), (1, after, lang.pick("后（列）", "after (columns)"))]
    {
        sheet.write(row, 0, name)?;
        sheet.write(row, 1, rulebook(of, lang))?;
    }
    for (row, (grade, counts)) in (4u32..).zip(found.grades.iter().zip(&found.crossed)) {
        sheet.write_with_format(row, 0, grade, head)?;
        for (column, (other, count)) in (1u16..).zip(found.grades.iter().zip(counts)) {
            sheet.write_with_format(3, column, other, head)?;
            sheet.write(row, column, *count as f64)?;
        }
    }
    let below = 5 + u32::try_from(found.grades.len()).unwrap_or(0);
    for (row, correlation) in (below..).zip(&found.correlations) {
        sheet.write(row, 0, correlated(correlation, lang))?;
    }
    sheet.set_column_width(0, 18)?;
    Ok(())
}

fn moves(
    sheet: &mut Worksheet,
    found: &Comparison,
    both: Both<'_>,
    head: &CellFormat,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    for (column, name) in (0u16..).zip(header(lang)) {
        sheet.write_with_format(0, column, name, head)?;
    }
    for (row, change) in (1u32..).zip(found.moves.iter().take(MOST_ROWS)) {
        for (column, cell) in (0u16..).zip(record(change, both, lang)) {
            match cell.parse::<f64>() {
                Ok(figure) if (3..9).contains(&column) => sheet.write(row, column, figure)?,
                _ => sheet.write(row, column, cell)?,
            };
        }
    }
    let last = u32::try_from(found.moves.len().clamp(1, MOST_ROWS)).unwrap_or(1);
    sheet.autofilter(0, 0, last, 9)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_column_width(0, 20)?;
    sheet.set_column_width(9, 80)?;
    Ok(())
}

/// Everything as JSON.
///
/// # Errors
/// It cannot be written as text.
pub fn comparison_json(found: &Comparison, (before, after): Both<'_>) -> Result<String> {
    let side = |of: &Surveyed| {
        let rulebook = &of.rulebook;
        json!({ "rulebook": rulebook.name, "year": rulebook.year, "area": rulebook.area.name(), "sha256": rulebook.sha256, "illustrative": rulebook.illustrative })
    };
    let standing = |of: &Standing| json!({ "grade": of.grade, "score": of.score, "rank": of.rank, "listed": of.listed });
    let moves: Vec<Value> = found
        .moves
        .iter()
        .map(|m| {
            json!({ "parcel_id": m.id, "before": standing(&m.before), "after": standing(&m.after), "why": m.why.iter().map(why_json).collect::<Vec<_>>() })
        })
        .collect();
    let correlations: Vec<Value> = found
        .correlations
        .iter()
        .map(|c| json!({ "before": c.before, "after": c.after, "parcels": c.parcels, "spearman": c.spearman, "kendall": c.kendall }))
        .collect();
    let all = json!({
        "before": side(before), "after": side(after),
        "parcels": { "both": found.both, "only_before": found.only_before, "only_after": found.only_after },
        "grades": found.grades, "crossed": found.crossed,
        "list": { "enter": found.enter, "leave": found.leave },
        "correlations": correlations,
        "moves": moves,
    });
    serde_json::to_string_pretty(&all).map(|text| text + "\n").map_err(|e| Error::new(e.to_string()))
}

fn why_json(why: &Why) -> Value {
    match why {
        Why::Exemption { before, after } => json!({ "kind": "exemption", "before": before, "after": after }),
        Why::Track { before, after } => json!({ "kind": "track", "before": before, "after": after }),
        Why::Adjustment { code, holds } => json!({ "kind": "adjustment", "code": code, "holds": holds }),
        Why::Rule { code, holds } => json!({ "kind": "rule", "code": code, "holds": holds }),
        Why::Points { id, before, after } => json!({ "kind": "points", "id": id, "before": before, "after": after }),
        Why::Others => json!({ "kind": "others" }),
    }
}
