//! Parts of an explanation in words.

use super::super::Lang;
use super::super::text::{count, number};
use crate::explain::{
    Barrier, CellUse, CellValue, Change, Explanation, FigureChange, ListReason, Name, OccupantOf, Provision, SingleOutcome,
    SourceCell, TrackOf, Treatment, WayOut,
};
use crate::rulebook::AreaKind;

/// Most digits after the point.
const MOST_DECIMALS: usize = 12;
/// What rounding may add to a change.
const ROUNDING: f64 = 0.01;
/// A border nearer than this to a score is not told from it.
const BESIDE: f64 = 1e-9;

pub(crate) fn named(name: &Name, lang: Lang) -> &str {
    lang.pick(&name.zh, &name.en)
}

/// A value with its decimals, or a dash.
pub(crate) fn value(x: Option<f64>, decimals: u8) -> String {
    x.map_or_else(|| "–".to_owned(), |x| number(x, decimals.into()))
}

/// Two numbers of a change, with as many digits as tell them apart; the second rounded away from the first, so that it is enough.
pub(crate) fn change_of(from: f64, to: f64, decimals: u8) -> (String, String) {
    let mut digits = usize::from(decimals);
    loop {
        let scale = 10f64.powi(i32::try_from(digits).unwrap_or(0));
        // A last bit beyond a digit is not meant to be the next one.
        let slack = (to * scale).abs() * 4.0 * f64::EPSILON;
        let rounded = if to > from { (to * scale - slack).ceil() } else { (to * scale + slack).floor() } / scale;
        if digits >= MOST_DECIMALS || (rounded - to).abs() <= ROUNDING * (to - from).abs() {
            return (number(from, digits), number(rounded, digits));
        }
        digits += 1;
    }
}

/// The track, and how many the parcel is held against in it.
pub(crate) fn track(track: &TrackOf, lang: Lang) -> String {
    let t = |zh, en| lang.pick(zh, en);
    let mut text = format!("{} ({} {})", named(&track.name, lang), count(track.units), t("个评价单元", "units"));
    if let Some(group) = &track.peer_group {
        text += &format!("{}{group} ({})", t("；同组 ", "; peers "), count(track.peers));
    }
    if track.held_against != track.peers {
        text += &format!("{}{}", t("；组小，比较单元数 ", "; a small group, held against "), count(track.held_against));
    }
    text
}

/// An enterprise, its row, and the share of its figures that counts.
pub(crate) fn occupant(occupant: &OccupantOf, lang: Lang) -> String {
    let name = occupant.name.as_ref().map_or_else(|| occupant.id.clone(), |name| format!("{name} {}", occupant.id));
    let row = match lang {
        Lang::Zh => format!("企业表第 {} 行", occupant.row),
        Lang::En => format!("enterprise row {}", occupant.row),
    };
    format!("{name} ({row}, {}%)", number(100.0 * occupant.share, 1))
}

pub(crate) fn area_kind(kind: AreaKind, lang: Lang) -> &'static str {
    match kind {
        AreaKind::Statutory => lang.pick("椭球", "statutory"),
        AreaKind::Geodesic => lang.pick("测地", "geodesic"),
        AreaKind::Stated => lang.pick("登记", "stated"),
    }
}

pub(crate) fn provision(provision: &Provision, lang: Lang) -> String {
    let [name, clause, source] = [&provision.name, &provision.clause, &provision.source].map(|text| named(text, lang));
    format!("{} {name} ({clause}; {source})", provision.code)
}

/// The clause of a reason to be on the list and its source; nothing for a grade.
pub(crate) fn cited(reason: &ListReason, lang: Lang) -> String {
    let cited = [&reason.clause, &reason.source].into_iter().flatten().map(|text| named(text, lang));
    cited.collect::<Vec<&str>>().join("; ")
}

/// The grade that the score alone gives, and where the next ones begin.
pub(crate) fn by_score(e: &Explanation, lang: Lang) -> String {
    let mut text = e.grade_by_score.clone();
    for (border, from, beyond) in [(&e.border.better, "≥", ">"), (&e.border.worse, "≤", "<")] {
        let (Some(border), Some(score)) = (border, e.score) else { continue };
        // Right beside the score: equal ones have this grade, by the tie rule or a rounded-off last bit.
        let beside = (border.score - score).abs() <= BESIDE * score.abs().max(1.0);
        let (sign, at) = if beside { (beyond, number(score, 4)) } else { (from, change_of(score, border.score, 2).1) };
        text += &format!("{}{} {sign} {at}", lang.pick("；", "; "), border.grade);
    }
    text
}

/// The cells behind the figures, each once.
pub(crate) fn cells(e: &Explanation) -> Vec<&SourceCell> {
    let all = e.indicators.iter().flat_map(|i| &i.sources).chain(e.bonuses.iter().flat_map(|b| &b.sources));
    let mut seen = Vec::new();
    for cell in all {
        if !seen.contains(&cell) {
            seen.push(cell);
        }
    }
    seen
}

/// What would lift the grade: lines, each with how far it is set in.
pub(crate) fn way_out(way: &WayOut, lang: Lang) -> Vec<(usize, String)> {
    let t = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    if let Some(of) = &way.barrier {
        return vec![(0, barrier(of, lang))];
    }
    let mut lines = Vec::new();
    for single in &way.singles {
        if let SingleOutcome::Lifts(of) = &single.outcome {
            lines.extend(change(of, lang).into_iter().enumerate().map(|(n, text)| (if n == 0 { 0 } else { 2 }, text)));
        }
    }
    if let Some(pair) = &way.pair {
        lines.push((0, t("或两项同时（变化率之和最小）：", "or both at once (the least sum of relative changes):")));
        lines.extend([&pair.first, &pair.second].into_iter().flat_map(|of| change(of, lang)).map(|text| (1, text)));
    }
    let none = lines.is_empty();
    let names = |outcome: &SingleOutcome| {
        let of = way.singles.iter().filter(|single| single.outcome == *outcome).map(|single| named(&single.name, lang));
        of.collect::<Vec<&str>>().join(", ")
    };
    let (short, missing) = (names(&SingleOutcome::NotEnough), names(&SingleOutcome::SupplyFigure));
    if !short.is_empty() {
        lines.push((0, format!("{}{short}", t("单靠以下指标不够：", "not enough alone: "))));
    }
    if !missing.is_empty() {
        lines.push((0, format!("{}{missing}", t("缺失，请先补报：", "missing, supply the figures first: "))));
    }
    if none {
        lines.push((0, t("没有一项或两项指标的变化能提高等级。", "No change of one indicator or of two lifts the grade.")));
    }
    lines
}

/// What was done with a value, if something was.
pub(crate) fn treatment(treatment: Treatment, lang: Lang) -> Option<String> {
    let text = match treatment {
        Treatment::AsIs => return None,
        Treatment::Winsorised => lang.pick("极端值，已缩尾", "extreme, winsorised"),
        Treatment::PeersMeanValue => lang.pick("缺失，取同组均值", "missing, the mean value of the peers was put in"),
        Treatment::PeersMeanScore => lang.pick("缺失，取同组该项平均得分", "missing, it brings the mean points of the peers"),
        Treatment::LeftOut => lang.pick("无值，剔除该项，其余按权重补足", "no value, left out, the others are weighed up"),
        Treatment::NoPoints => lang.pick("无值，该项计零分", "no value, no points"),
        Treatment::Deducted(points) => {
            return Some(format!("{} {points}", lang.pick("无值，扣分", "no value, points deducted:")));
        }
        Treatment::NotAssessable => lang.pick("无值，因此不予评价（T）", "no value, for this not assessable (T)"),
        Treatment::NoArea => lang.pick("没有计算用面积，不予评价（T）", "without an area to divide by, not assessable (T)"),
    };
    Some(text.to_owned())
}

/// Why no change of a value lifts the grade.
pub(crate) fn barrier(barrier: &Barrier, lang: Lang) -> String {
    let t = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    match barrier {
        Barrier::BestAlready => t("已是最高等级。", "It has the best grade."),
        Barrier::Exempt(code) => match lang {
            Lang::Zh => format!("属豁免范围（{code}），不参加评价。"),
            Lang::En => format!("It is exempt ({code}) and not graded."),
        },
        Barrier::NoTrack => t(
            "不属于任何评价类别：缺少归类所需数据，请先补报。",
            "No track takes it: supply the figures by which it would belong to one.",
        ),
        Barrier::NoArea => t(
            "没有计算用面积，无法按亩评价：请先补报或更正宗地面积。",
            "It has no area to divide by and cannot be assessed per mu: supply or mend the area of the parcel first.",
        ),
        Barrier::MissingFigures(names) => {
            let names: Vec<&str> = names.iter().map(|name| named(name, lang)).collect();
            let names = names.join(lang.pick("、", ", "));
            format!("{}{names}", t("缺少数据，无法评价，请先补报：", "It cannot be assessed; supply the figures of: "))
        }
        Barrier::NoPlace => t("本组名额中没有更高等级的位置。", "The quotas of its group have no place in a better grade."),
        Barrier::Adjustment(code) => {
            format!("{}{code}", t("无论得分多少，等级受限于：", "Whatever the score, the grade is held by: "))
        }
    }
}

/// A change of an indicator in words, and what it means for the figure behind it.
pub(crate) fn change(change: &Change, lang: Lang) -> Vec<String> {
    let (from, to) = change_of(change.from, change.to, change.decimals);
    let unit = match named(&change.unit, lang) {
        "" => String::new(),
        unit => format!(" {unit}"),
    };
    let (name, grade) = (named(&change.name, lang), &change.grade);
    let better = change.to > change.from;
    if change.any {
        let from = number(change.from, change.decimals.into());
        let line = match (lang, better) {
            (Lang::Zh, true) => format!("{name}高于现值 {from}{unit} 即为 {grade}"),
            (Lang::Zh, false) => format!("{name}低于现值 {from}{unit} 即为 {grade}"),
            (Lang::En, true) => format!("{name} above the {from}{unit} of now: {grade}"),
            (Lang::En, false) => format!("{name} below the {from}{unit} of now: {grade}"),
        };
        return vec![line];
    }
    let percent =
        change.relative.map(|x| format!(" ({}{}%)", if better { "+" } else { "−" }, number(100.0 * x, 1))).unwrap_or_default();
    let line = match lang {
        Lang::Zh => format!("{name}由 {from} {}至 {to}{unit}{percent}：{grade}", if better { "提高" } else { "降低" }),
        Lang::En => format!("{name} from {from} to {to}{unit}{percent}: {grade}"),
    };
    std::iter::once(line).chain(change.figure.as_ref().map(|figure| figure_change(figure, lang))).collect()
}

fn figure_change(figure: &FigureChange, lang: Lang) -> String {
    let (name, unit, factor) = figure_name(figure, lang);
    let (from, to) = change_of(figure.from * factor, figure.to * factor, if factor == 1.0 { 2 } else { 0 });
    let by = change_of(0.0, (figure.to - figure.from) * factor, if factor == 1.0 { 2 } else { 0 }).1;
    let sign = if figure.to > figure.from { "+" } else { "" };
    let area = figure.area.as_ref().map(|area| {
        let unit = if area.field.ends_with("_mu") { lang.pick("亩", "mu") } else { "m²" };
        match lang {
            Lang::Zh => format!("，面积 {} {unit}", number(area.value, 2)),
            Lang::En => format!(" on {} {unit}", number(area.value, 2)),
        }
    });
    let also = (!figure.also_in.is_empty()).then(|| {
        format!(
            "{}{}",
            lang.pick("；同时影响：", "; moves as well: "),
            figure.also_in.iter().map(|name| named(name, lang)).collect::<Vec<&str>>().join(", ")
        )
    });
    let change = match lang {
        Lang::Zh => format!("即{name} {sign}{by}{unit}（{from} → {to}）"),
        Lang::En => format!("i.e. {sign}{by}{unit} of {name} ({from} → {to})"),
    };
    format!("{change}{}{}", area.unwrap_or_default(), also.unwrap_or_default())
}

/// Name, unit and how many of the unit one of the figure is.
fn figure_name(figure: &FigureChange, lang: Lang) -> (String, String, f64) {
    match (lang, figure.field.strip_suffix("_10k_yuan"), &figure.field_zh) {
        (Lang::En, Some(name), _) => (name.replace('_', " "), " yuan".to_owned(), 1e4),
        (Lang::Zh, _, Some(zh)) => match zh.split_once('（') {
            Some((name, unit)) => (name.to_owned(), format!(" {}", unit.trim_end_matches('）')), 1.0),
            None => (zh.clone(), String::new(), 1.0),
        },
        _ => (figure.field.clone(), String::new(), 1.0),
    }
}

/// Where a cell is: file, row, line, column, whose row it is.
pub(crate) fn cell_place(cell: &SourceCell, lang: Lang) -> String {
    let line = cell.line.map(|line| match lang {
        Lang::Zh => format!("（文件第 {line} 行）"),
        Lang::En => format!(" (line {line})"),
    });
    let column = match cell.how {
        CellUse::Shape | CellUse::Location => String::new(),
        _ => format!("{} {}", lang.pick("，列", ", column"), cell.column),
    };
    match lang {
        Lang::Zh => format!("{} 第 {} 行{}{column}", cell.file, cell.row, line.unwrap_or_default()),
        Lang::En => format!("{}, row {}{}{column}", cell.file, cell.row, line.unwrap_or_default()),
    }
}

/// What happens to a cell before an expression sees it, if something does.
pub(crate) fn cell_use(cell: &SourceCell, lang: Lang) -> Option<String> {
    let t = |zh: &str, en: &str| Some(lang.pick(zh, en).to_owned());
    match &cell.how {
        CellUse::AsIs => None,
        CellUse::Converted { unit, factor } => Some(format!("{unit} × {factor}")),
        CellUse::Expression(expr) => Some(format!("{} {expr}", lang.pick("按表达式", "by the expression"))),
        CellUse::Shape => t("由图形计算", "computed from the shape"),
        CellUse::Location => t("由位置判定", "found from its place"),
        CellUse::Shared(share) => Some(format!("{} {}%", lang.pick("计入", "of which counts"), number(100.0 * share, 1))),
        CellUse::MainOccupant => t("取主要占用企业", "that of the main occupant counts"),
        CellUse::Counted => t("计数", "counted"),
    }
}

pub(crate) fn cell_value(value: &CellValue) -> String {
    match value {
        CellValue::Number(x) => {
            let text = number(*x, 4);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        }
        CellValue::Text(text) => text.clone(),
        CellValue::Missing => "–".to_owned(),
    }
}
