//! What stands on a sheet, whatever it is written as: sections of rows on a grid of [`GRID`] columns.

use super::Sheet;
use super::svg::{self, Points};
use crate::explain::{Contribution, Explanation};
use crate::finding::Code;
use crate::report::Lang;
use crate::report::explained::words::{self, named};
use crate::report::text::{count, number};
use crate::rulebook::{AreaKind, Direction};
use crate::units::mu;

/// Columns of the grid.
pub(super) const GRID: u16 = 24;
/// Enterprises that are named one by one.
const MOST_OCCUPANTS: usize = 6;

/// A part of the sheet.
pub(super) struct Section {
    pub kind: Kind,
    pub title: &'static str,
    /// What a reader needs to know to read it.
    pub note: Option<&'static str>,
    /// Columns of the grid that each cell of a row takes; they sum to [`GRID`]. The last cell of a row with fewer takes what is left.
    pub spans: &'static [u16],
    pub heads: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

/// What a part of the sheet is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Result,
    Facts,
    Areas,
    Points,
    Grade,
    Rules,
    Findings,
    WayOut,
    Sources,
    Objection,
}

pub(super) enum Cell {
    /// What the next cell is.
    Label(&'static str),
    Text(String),
    /// With so many digits after the point; a dash where it is missing.
    Number(Option<f64>, u8),
    /// SVG, and the same in words.
    Picture {
        svg: String,
        words: String,
    },
    /// To be filled in by hand.
    Blank,
}

/// The heading of the sheet.
pub(super) fn title(lang: Lang) -> &'static str {
    lang.pick("工业用地绩效体检表", "Industrial land check-up sheet")
}

/// Below the title: the survey, the rulebook with its source, and what kind of data and rules these are.
pub(super) fn subtitles(sheet: &Sheet<'_>) -> Vec<String> {
    let (lang, rulebook, manifest) = (sheet.lang, &sheet.survey.rulebook, &sheet.survey.manifest);
    let survey = manifest["title"].as_str().or_else(|| manifest["city"].as_str());
    let rules = format!(
        "{}{} ({}, {}){}{}",
        lang.pick("评价规则：", "Rulebook: "),
        lang.pick(&rulebook.title_zh, &rulebook.title_en),
        lang.text(&rulebook.place),
        rulebook.year,
        lang.pick("；来源：", "; source: "),
        lang.text(&rulebook.source)
    );
    survey.map(str::to_owned).into_iter().chain([rules]).collect()
}

/// What must be said of the figures before they are read.
pub(super) fn warnings(sheet: &Sheet<'_>) -> Vec<&'static str> {
    let lang = sheet.lang;
    let illustrative = sheet.survey.rulebook.illustrative;
    let schematic = sheet.survey.manifest["schematic"] == true;
    [
        (illustrative, lang.pick("示例规则，非公布标准", "illustrative rulebook, not a published standard")),
        (schematic, lang.pick("示意数据，不代表真实边界", "schematic data, no real boundaries")),
    ]
    .into_iter()
    .filter_map(|(is, text)| is.then_some(text))
    .collect()
}

/// Every section that has something to say, in the order of the sheet.
pub(super) fn sections(sheet: &Sheet<'_>) -> Vec<Section> {
    let all = [
        result(sheet),
        facts(sheet),
        areas(sheet),
        points(sheet),
        grade(sheet),
        rules(sheet),
        findings(sheet),
        way_out(sheet),
        sources(sheet),
        objection(sheet),
    ];
    all.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

fn result(sheet: &Sheet<'_>) -> Section {
    let (e, t) = (sheet.explanation, |zh, en| sheet.lang.pick(zh, en));
    let rank = e.rank.map_or_else(dash, |rank| format!("{} / {}", count(rank.place), count(rank.of)));
    let listed = if e.reasons.is_empty() { t("否", "no") } else { t("是", "yes") };
    let row = vec![
        Cell::Label(t("等级", "Grade")),
        text(&e.grade),
        Cell::Label(t("得分", "Score")),
        Cell::Number(e.score, 2),
        Cell::Label(t("名次", "Rank")),
        Cell::Text(rank),
        Cell::Label(t("列入低效清单", "On the list")),
        text(listed),
    ];
    section(Kind::Result, "", &[2, 4, 2, 4, 2, 4, 3, 3], vec![row])
}

fn facts(sheet: &Sheet<'_>) -> Section {
    let (parcel, t) = (&sheet.explanation.parcel, |zh, en| sheet.lang.pick(zh, en));
    let mut occupants: Vec<String> =
        parcel.occupants.iter().take(MOST_OCCUPANTS).map(|occupant| words::occupant(occupant, sheet.lang)).collect();
    if let Some(more) = parcel.occupants.len().checked_sub(MOST_OCCUPANTS).filter(|more| *more > 0) {
        occupants.push(match sheet.lang {
            Lang::Zh => format!("另有 {more} 家"),
            Lang::En => format!("and {more} more"),
        });
    }
    if occupants.is_empty() {
        occupants.push(t("无企业记录", "no enterprise on record").to_owned());
    }
    let maybe = |text: &Option<String>| Cell::Text(text.clone().unwrap_or_else(dash));
    let zones = if parcel.layout_zones.is_empty() { dash() } else { parcel.layout_zones.join(", ") };
    let track = sheet.explanation.track.as_ref().map(|track| words::track(track, sheet.lang));
    let label = |zh, en| Cell::Label(t(zh, en));
    let mut rows = vec![
        vec![label("宗地代码", "Parcel"), text(&parcel.id)],
        vec![label("占用企业", "Enterprises"), Cell::Text(occupants.join("\n"))],
        vec![label("行政区", "District"), maybe(&parcel.district_code), label("园区", "Park"), maybe(&parcel.park_id)],
        vec![label("空间布局", "Layout"), Cell::Text(zones), label("土地用途", "Land use"), maybe(&sheet.land_use)],
        vec![label("评价类别", "Track"), maybe(&track)],
    ];
    if !parcel.graded_with.is_empty() {
        rows.push(vec![Cell::Label(t("合并评价", "Graded with")), Cell::Text(parcel.graded_with.join(", "))]);
    }
    section(Kind::Facts, t("基本情况", "Facts"), &[4, 8, 4, 8], rows)
}

fn areas(sheet: &Sheet<'_>) -> Section {
    let (parcel, lang) = (&sheet.explanation.parcel, sheet.lang);
    let of = |kind: AreaKind| match kind {
        AreaKind::Stated => parcel.area_stated_m2,
        AreaKind::Statutory => parcel.area_statutory_m2,
        AreaKind::Geodesic => parcel.area_geodesic_m2,
    };
    let used = of(parcel.divided_by);
    let row = |kind: AreaKind| {
        let name = match (kind, lang) {
            (AreaKind::Stated, Lang::Zh) => "登记面积",
            (AreaKind::Stated, Lang::En) => "stated (as registered)",
            (AreaKind::Statutory, Lang::Zh) => "椭球面积（法定公式）",
            (AreaKind::Statutory, Lang::En) => "statutory (formula on the ellipsoid)",
            (AreaKind::Geodesic, Lang::Zh) => "测地面积",
            (AreaKind::Geodesic, Lang::En) => "geodesic",
        };
        let divides = kind == parcel.divided_by;
        let difference = of(kind).zip(used.filter(|used| *used > 0.0)).map(|(area, used)| 100.0 * (area / used - 1.0));
        let difference = match difference {
            _ if divides => lang.pick("计算用面积", "divides the figures").to_owned(),
            Some(percent) => format!("{percent:+.4}%"),
            None => dash(),
        };
        vec![text(name), Cell::Number(of(kind), 1), Cell::Number(of(kind).map(mu), 3), Cell::Text(difference)]
    };
    let heads = match lang {
        Lang::Zh => ["面积", "平方米", "亩", "与计算用面积之差"],
        Lang::En => ["area", "m²", "mu", "against the dividing one"],
    };
    let rows = [AreaKind::Stated, AreaKind::Statutory, AreaKind::Geodesic].map(row).into_iter().collect();
    Section { heads: owned(&heads), ..section(Kind::Areas, lang.pick("三种面积", "Three areas"), &[9, 5, 5, 5], rows) }
}

fn points(sheet: &Sheet<'_>) -> Section {
    let (e, lang) = (sheet.explanation, sheet.lang);
    let t = |zh, en| lang.pick(zh, en);
    let scale = scale(e);
    let mut sum = 0.0;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for indicator in &e.indicators {
        let from = sum;
        sum += indicator.points.unwrap_or(0.0);
        rows.push(indicator_row(indicator, scale.step(from, sum, indicator.most_points), (from, sum), lang));
    }
    for bonus in &e.bonuses {
        let from = sum;
        sum += bonus.points;
        let clause = bonus.clause.as_ref().map(|clause| format!(" ({})", named(clause, lang))).unwrap_or_default();
        let mut row = vec![Cell::Text(format!("{}{clause}", named(&bonus.name, lang)))];
        row.extend([Cell::Text(String::new()), Cell::Text(String::new()), Cell::Text(String::new())]);
        row.extend([
            Cell::Number(Some(bonus.points), 2),
            Cell::Text(String::new()),
            step(scale.step(from, sum, None), (from, sum)),
        ]);
        rows.push(row);
    }
    if !rows.is_empty() {
        let borders: Vec<(&str, f64)> = [&e.border.better, &e.border.worse]
            .into_iter()
            .flatten()
            .map(|border| (border.grade.as_str(), border.score))
            .collect();
        let most = e.indicators.iter().map(|indicator| indicator.most_points).sum::<Option<f64>>();
        let picture = e.score.map_or(Cell::Text(String::new()), |score| Cell::Picture {
            svg: scale.total(score, &borders),
            words: words::by_score(e, lang),
        });
        let mut row = vec![text(t("总分", "score"))];
        row.extend([Cell::Text(String::new()), Cell::Text(String::new()), Cell::Text(String::new())]);
        row.extend([Cell::Number(e.score, 2), Cell::Number(most, 2), picture]);
        rows.push(row);
    }
    let heads = match lang {
        Lang::Zh => ["指标", "数值", "名次", "在比较对象中的位置", "得分", "满分", "得分累计与等级界线"],
        Lang::En => ["indicator", "value", "rank", "place among peers", "points", "most", "points added up, borders"],
    };
    let note = t(
        "位置图每四分之一段含四分之一的比较对象，下注最小值、四分位数和最大值，◆ 为本宗地；累计图浅框为该项满分，虚线为相邻等级界线。剔除某项时，其分值由其余各项分担。",
        "Each quarter of a place bar holds a quarter of the peers (least, quartiles, greatest below); ◆ is this parcel. Light frames: the most an indicator brings; dashed: borders of grades. What is left out is borne by the others.",
    );
    Section {
        heads: owned(&heads),
        note: Some(note),
        ..section(Kind::Points, t("指标、同类比较与得分构成", "Indicators, peers and points"), &[5, 2, 3, 5, 2, 2, 5], rows)
    }
}

fn indicator_row(indicator: &Contribution, svg: String, sums: (f64, f64), lang: Lang) -> Vec<Cell> {
    let mut name = named(&indicator.name, lang).to_owned();
    let unit = named(&indicator.unit, lang);
    if !unit.is_empty() {
        name += &format!(" ({unit})");
    }
    if indicator.direction == Direction::Less {
        name += lang.pick("，越低越好", ", less is better");
    }
    if let Some(treatment) = words::treatment(indicator.treatment, lang) {
        name += &format!("\n{treatment}");
    }
    if indicator.illustrative {
        name += lang.pick("\n示例值", "\nillustrative");
    }
    let rank = indicator.among.and_then(|among| Some(format!("{} / {}", count(among.rank?), count(among.values))));
    let among = indicator.among.map_or_else(
        || Cell::Text(dash()),
        |among| {
            let ends = [among.min, among.lower_quartile, among.median, among.upper_quartile, among.max];
            Cell::Picture {
                svg: svg::among(&among, indicator.value, indicator.decimals),
                words: ends.map(|x| number(x, indicator.decimals.into())).join(" | "),
            }
        },
    );
    vec![
        Cell::Text(name),
        Cell::Number(indicator.value, indicator.decimals),
        Cell::Text(rank.unwrap_or_else(dash)),
        among,
        Cell::Number(indicator.points, 2),
        Cell::Number(indicator.most_points, 2),
        step(svg, sums),
    ]
}

fn step(svg: String, (from, to): (f64, f64)) -> Cell {
    Cell::Picture { svg, words: format!("{} → {}", number(from, 2), number(to, 2)) }
}

/// A scale that holds every sum of points on the way to the score, and all there could have been.
fn scale(e: &Explanation) -> Points {
    let mut sum = 0.0;
    let mut ends = vec![e.score.unwrap_or(0.0)];
    for indicator in &e.indicators {
        ends.push(sum + indicator.most_points.unwrap_or(0.0));
        sum += indicator.points.unwrap_or(0.0);
        ends.push(sum);
    }
    for bonus in &e.bonuses {
        sum += bonus.points;
        ends.push(sum);
    }
    ends.push(e.indicators.iter().map(|indicator| indicator.most_points.unwrap_or(0.0)).sum());
    Points::holding(ends.into_iter())
}

fn grade(sheet: &Sheet<'_>) -> Section {
    let (e, t) = (sheet.explanation, |zh, en| sheet.lang.pick(zh, en));
    let mut rows = vec![vec![Cell::Label(t("按得分", "By score")), Cell::Text(words::by_score(e, sheet.lang))]];
    for made in &e.adjustments {
        let words = format!("{} → {}  {}", made.from, made.to, words::provision(&made.provision, sheet.lang));
        rows.push(vec![Cell::Label(t("等级调整", "Adjusted")), Cell::Text(words)]);
    }
    if let Some(exemption) = &e.exemption {
        rows.push(vec![Cell::Label(t("豁免", "Exempt")), Cell::Text(words::provision(exemption, sheet.lang))]);
    }
    if let Some(firmness) = &sheet.firmness {
        rows.push(vec![Cell::Label(t("稳定性", "Firmness")), text(firmness)]);
    }
    section(Kind::Grade, t("等级及其界线", "Grade and its borders"), &[4, 20], rows)
}

fn rules(sheet: &Sheet<'_>) -> Section {
    let t = |zh, en| sheet.lang.pick(zh, en);
    let row = |reason: &crate::explain::ListReason| {
        let source = words::cited(reason, sheet.lang);
        vec![text(&reason.code), text(named(&reason.name, sheet.lang)), Cell::Text(source)]
    };
    let rows = sheet.explanation.reasons.iter().map(row).collect();
    let heads =
        owned(&[t("代码", "code"), t("列入低效清单的原因", "why it is on the list"), t("条款与来源", "clause and source")]);
    Section { heads, ..section(Kind::Rules, t("列入依据", "Grounds"), &[4, 9, 11], rows) }
}

fn findings(sheet: &Sheet<'_>) -> Section {
    let t = |zh, en| sheet.lang.pick(zh, en);
    let row = |name: &String| {
        let of = |texts: fn(Code) -> (&'static str, &'static str)| {
            let (zh, en) = Code::named(name).map_or(("–", "–"), texts);
            text(t(zh, en))
        };
        vec![text(name), of(Code::title), of(Code::advice)]
    };
    let rows = sheet.explanation.findings.iter().map(row).collect();
    let heads = owned(&[t("代码", "code"), t("问题", "finding"), t("建议", "what to do")]);
    Section { heads, ..section(Kind::Findings, t("数据问题", "Findings in its data"), &[6, 7, 11], rows) }
}

fn way_out(sheet: &Sheet<'_>) -> Section {
    let lines = words::way_out(&sheet.explanation.way_out, sheet.lang);
    let rows = lines.into_iter().map(|(step, line)| vec![Cell::Text(format!("{}{line}", "\u{3000}".repeat(step)))]).collect();
    let title = sheet
        .lang
        .pick("怎样提高等级（其他条件不变，最小变化）", "What would lift the grade (the least change, all else as it is)");
    section(Kind::WayOut, title, &[GRID], rows)
}

fn sources(sheet: &Sheet<'_>) -> Section {
    let (lang, t) = (sheet.lang, |zh, en| sheet.lang.pick(zh, en));
    let row = |cell: &crate::explain::SourceCell| {
        let name = match (lang, &cell.field_zh) {
            (Lang::Zh, Some(zh)) => zh,
            _ => &cell.field,
        };
        let how = words::cell_use(cell, lang).unwrap_or_default();
        vec![text(name), Cell::Text(words::cell_value(&cell.value)), Cell::Text(words::cell_place(cell, lang)), Cell::Text(how)]
    };
    let rows = words::cells(sheet.explanation).into_iter().map(row).collect();
    let heads =
        owned(&[t("数据", "figure"), t("数值", "value"), t("文件、行、列", "file, row, column"), t("处理", "how it counts")]);
    Section { heads, ..section(Kind::Sources, t("数据出处", "Where the figures come from"), &[5, 3, 11, 5], rows) }
}

/// The form for who contests a figure.
fn objection(sheet: &Sheet<'_>) -> Section {
    let t = |zh, en| sheet.lang.pick(zh, en);
    let pair = |left, right| vec![Cell::Label(left), Cell::Blank, Cell::Label(right), Cell::Blank];
    let period = t("　　　　年　　月　　日 至 　　　　年　　月　　日", "from                          to");
    let rows = vec![
        vec![Cell::Label(t("公示期", "Posted")), text(period), Cell::Label(t("提出日期", "Date")), Cell::Blank],
        pair(t("单位（姓名）", "Name"), t("联系方式", "Contact")),
        pair(t("有异议的数据", "Figure contested"), t("主张数值", "Value claimed")),
        pair(t("依据材料", "Evidence"), t("签名（盖章）", "Signature, seal")),
    ];
    let note = t(
        "对本表数据有异议的，请在公示期内填写并附依据材料提交。",
        "Whoever contests a figure fills this in and hands it in with the evidence before the posting ends.",
    );
    Section { note: Some(note), ..section(Kind::Objection, t("异议申请", "Objection"), &[3, 10, 3, 8], rows) }
}

fn section(kind: Kind, title: &'static str, spans: &'static [u16], rows: Vec<Vec<Cell>>) -> Section {
    Section { kind, title, note: None, spans, heads: Vec::new(), rows }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn dash() -> String {
    "–".to_owned()
}
