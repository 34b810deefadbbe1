//! A sheet as one HTML file that needs no other, and the list of many.

use std::fmt::Write;

use super::Sheet;
use super::content::{Cell, GRID, Kind, Section, sections, subtitles, title, warnings};
use super::svg;
use crate::report::Lang;
use crate::report::explained::words;
use crate::report::text::count;
use crate::surveyed::Surveyed;

const STYLE: &str = include_str!("sheet.css");

/// Text as it stands in HTML, between tags and in quotes. What XML has no sign for is shown as a square.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\n' | '\t' => out.push(sign),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => out.push('\u{25a1}'),
            // What turns the direction of text could make one figure look like another.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{25a1}'),
            sign => out.push(sign),
        }
    }
    out
}

pub(super) fn page(sheet: &Sheet<'_>) -> String {
    let lang = sheet.lang;
    let id = &sheet.explanation.parcel.id;
    let mut out = head(&format!("{id} {}", title(lang)), lang);
    put(&mut out, format_args!("<header><h1>{}</h1>", title(lang)));
    for line in subtitles(sheet) {
        put(&mut out, format_args!("<p>{}</p>", escape(&line)));
    }
    for warning in warnings(sheet) {
        put(&mut out, format_args!("<strong>{}</strong> ", escape(warning)));
    }
    out += "</header>";
    let mut n = 0;
    for part in sections(sheet) {
        n += usize::from(!part.title.is_empty());
        section(&mut out, &part, &numbered(n, lang), &map(&part, sheet));
    }
    let made = lang.pick("由 mujun 依据规则自动生成；规则校验值", "made by mujun after the rulebook; its hash is");
    let hash = sheet.survey.rulebook.sha256.get(..16).unwrap_or_default();
    put(&mut out, format_args!("<footer>{} · {made} {}</footer></body></html>\n", escape(id), escape(hash)));
    out
}

/// The list of many sheets: file, id, grade, score, why it is listed.
pub(super) fn index(survey: &Surveyed, sheets: &[(usize, String)], lang: Lang) -> String {
    let t = |zh, en| lang.pick(zh, en);
    let mut out = head(title(lang), lang);
    put(&mut out, format_args!("<header><h1>{}</h1><p>{} {}</p></header>", title(lang), count(sheets.len()), t("宗", "parcels")));
    let reasons = crate::list::reasons(&survey.rulebook);
    put(
        &mut out,
        format_args!(
            "<table class=\"index\"><thead><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>",
            t("宗地", "parcel"),
            t("等级", "grade"),
            t("得分", "score"),
            t("列入依据", "why it is listed")
        ),
    );
    for (row, file) in sheets {
        let codes: Vec<&str> = survey.listing.reasons[*row].iter().map(|n| reasons[*n].code.as_str()).collect();
        put(
            &mut out,
            format_args!(
                "<tr><td><a href=\"{}\">{}</a></td><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
                escape(file),
                escape(&survey.ids[*row]),
                escape(&survey.grading.grade[*row]),
                words::value(survey.grading.score[*row], 2),
                escape(&codes.join(", "))
            ),
        );
    }
    out + "</tbody></table></body></html>\n"
}

fn head(title: &str, lang: Lang) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/><title>{}</title><style>{STYLE}</style></head><body>",
        lang.pick("zh-CN", "en"),
        escape(title)
    )
}

/// The map beside the facts; nothing beside other sections.
fn map(part: &Section, sheet: &Sheet<'_>) -> Option<String> {
    (part.kind == Kind::Facts).then(|| match &sheet.extract {
        Some(extract) => svg::map(extract, &sheet.survey.grading.grade),
        None => format!("<p class=\"map\">{}</p>", sheet.lang.pick("无可用图形", "no shape that can be shown")),
    })
}

fn section(out: &mut String, part: &Section, number: &str, beside: &Option<String>) {
    put(out, format_args!("<section class=\"{}\">", class(part.kind)));
    if !part.title.is_empty() {
        put(out, format_args!("<h2>{number}{}</h2>", escape(part.title)));
    }
    if beside.is_some() {
        out.push_str("<div class=\"beside\">");
    }
    table(out, part);
    if let Some(beside) = beside {
        put(out, format_args!("{beside}</div>"));
    }
    if let Some(note) = part.note {
        put(out, format_args!("<p class=\"note\">{}</p>", escape(note)));
    }
    out.push_str("</section>\n");
}

fn table(out: &mut String, part: &Section) {
    out.push_str("<table><colgroup>");
    for span in part.spans {
        put(out, format_args!("<col style=\"width:{:.2}%\"/>", 100.0 * f64::from(*span) / f64::from(GRID)));
    }
    out.push_str("</colgroup>");
    if !part.heads.is_empty() {
        out.push_str("<thead><tr>");
        for head in &part.heads {
            put(out, format_args!("<th>{}</th>", escape(head)));
        }
        out.push_str("</tr></thead>");
    }
    out.push_str("<tbody>");
    for row in &part.rows {
        out.push_str("<tr>");
        for (n, of) in row.iter().enumerate() {
            let rest = if n + 1 == row.len() { part.spans.len() - n } else { 1 };
            cell(out, of, &if rest > 1 { format!(" colspan=\"{rest}\"") } else { String::new() });
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}

fn cell(out: &mut String, cell: &Cell, colspan: &str) {
    match cell {
        Cell::Label(text) => put(out, format_args!("<th{colspan}>{}</th>", escape(text))),
        Cell::Text(text) => put(out, format_args!("<td{colspan}>{}</td>", escape(text).replace('\n', "<br/>"))),
        Cell::Number(x, decimals) => put(out, format_args!("<td{colspan} class=\"number\">{}</td>", words::value(*x, *decimals))),
        Cell::Picture { svg, words } => put(out, format_args!("<td{colspan} title=\"{}\">{svg}</td>", escape(words))),
        Cell::Blank => put(out, format_args!("<td{colspan}></td>")),
    }
}

/// 一、 or 1.
fn numbered(n: usize, lang: Lang) -> String {
    let signs = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    match (lang, signs.get(n)) {
        (Lang::Zh, Some(sign)) => format!("{sign}、"),
        _ => format!("{n}. "),
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Result => "result",
        Kind::Facts => "facts",
        Kind::Areas => "areas",
        Kind::Points => "points",
        Kind::Grade => "grade",
        Kind::Rules => "rules",
        Kind::Findings => "findings",
        Kind::WayOut => "way-out",
        Kind::Sources => "sources",
        Kind::Objection => "objection",
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
