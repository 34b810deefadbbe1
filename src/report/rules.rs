//! The rulebook in words, for people.

use std::fmt::Write;

use super::Lang;
use super::explained::words::area_kind;
use crate::rulebook::{
    Adjustment, Aggregation, Direction, End, Grading, Indicator, Missing, Normalise, Outliers, Over, Peers, Quota, Round,
    Rulebook, SmallGroup, Ties, Track, Weighting,
};

/// A whole rulebook in words.
#[must_use]
pub fn in_words(rulebook: &Rulebook, lang: Lang) -> String {
    let t = |zh, en| lang.pick(zh, en);
    let mut out = format!(
        "{} ({}, {})\n",
        t(rulebook.title_zh.as_str(), rulebook.title_en.as_str()),
        lang.text(&rulebook.place),
        rulebook.year
    );
    let mut line = |depth: usize, text: String| {
        let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
    };
    line(0, format!("{}: {}", t("来源", "source"), lang.text(&rulebook.source)));
    if rulebook.illustrative {
        line(0, t("含无公布来源的示例数值", "some figures have no published source").to_owned());
    }
    line(0, format!("{}: {}", t("除数面积", "area divided by"), area_kind(rulebook.area, lang)));
    if !rulebook.unit.by.is_empty() {
        line(0, format!("{}: {}", t("合并评价", "graded as one"), rulebook.unit.by.join(", ")));
    }
    for exemption in &rulebook.exemptions {
        line(0, format!("{} {}: {}", t("不评价", "not graded"), exemption.code, exemption.when));
    }
    for track in &rulebook.tracks {
        line(0, format!("{} {}: {}", t("类别", "track"), track.id, track.when.as_deref().unwrap_or(t("其余全部", "all others"))));
        line(1, format!("{}: {}", t("同组", "peers"), peers(&track.peers, lang)));
        line(1, format!("{}: {}", t("缺项", "missing values"), missing(track.missing, lang)));
        line(
            1,
            format!(
                "{}: {}; {}",
                t("权重与合成", "weights, aggregation"),
                weighting(&track.weighting, lang),
                aggregation(track.aggregation, lang)
            ),
        );
        line(1, format!("{}: {}", t("满分", "points possible"), points_possible(track, lang)));
        for group in &track.groups {
            line(1, format!("{} {} ({}; {})", t("组", "group"), group.id, group.weight, aggregation(group.aggregation, lang)));
        }
        for i in &track.indicators {
            let weight = i.weight.map_or_else(|| "–".to_owned(), |weight| weight.to_string());
            let own = i.missing.map(|rule| format!("; {}", missing(rule, lang))).unwrap_or_default();
            line(1, format!("{weight:>6}  {} = {}", i.id, i.expr));
            line(5, format!("{}, {}{own}", direction(i.direction, lang), normalisation(i, lang)));
        }
        for bonus in &track.bonuses {
            line(1, format!("{} {} = {}", t("加减分", "bonus"), bonus.id, bonus.expr));
        }
        for (grade, rule) in grading(track, lang) {
            line(1, format!("{grade}: {rule}"));
        }
        line(1, grading_notes(track, lang));
    }
    for adjustment in &rulebook.adjustments {
        line(0, format!("{} {}: {}", effect(adjustment, lang), adjustment.code, adjustment.when));
    }
    line(0, format!("{}: {}", t("列入低效清单的等级", "grades on the list"), rulebook.list.grades.join(", ")));
    for rule in &rulebook.rules {
        line(0, format!("{} {}: {}", t("低效认定", "rule"), rule.code, rule.when));
    }
    out
}

/// The points that shares of 1 bring, and how much more caps above 1 allow.
fn points_possible(track: &Track, lang: Lang) -> String {
    let whole = if track.weighting.fixed > 0.0 {
        members(track, None).map(|(weight, _)| weight).sum()
    } else {
        track.points.unwrap_or(100.0)
    };
    let most = whole * most_share(track, None);
    match most {
        _ if most.is_infinite() => format!("{whole} ({})", lang.pick("不封顶", "no upper limit")),
        _ if most > whole => format!("{whole} ({} {most:.1})", lang.pick("封顶", "capped at")),
        _ => whole.to_string(),
    }
}

/// Weight and greatest share of the members of a group, or of the score itself.
fn members<'a>(track: &'a Track, group: Option<&'a str>) -> impl Iterator<Item = (f64, f64)> + 'a {
    let greatest = |i: &Indicator| match i.normalise {
        Some(Normalise::Benchmark { cap, .. } | Normalise::MeanRatio { cap, .. }) => cap.unwrap_or(f64::INFINITY),
        Some(Normalise::ZScore { .. }) => f64::INFINITY,
        _ => 1.0,
    };
    let indicators = track.indicators.iter().filter(move |i| i.group.as_deref() == group);
    let groups = track.groups.iter().filter(move |g| g.group.as_deref() == group);
    indicators
        .map(move |i| (i.weight.unwrap_or(1.0), greatest(i)))
        .chain(groups.map(|g| (g.weight, most_share(track, Some(&g.id)))))
}

/// The greatest weighted mean of the shares of a group's members; other means than the arithmetic are not above it.
fn most_share(track: &Track, group: Option<&str>) -> f64 {
    let weights: f64 = members(track, group).map(|(weight, _)| weight).sum();
    members(track, group).map(|(weight, share)| weight * share).sum::<f64>() / weights
}

/// What an adjustment does to a grade.
pub(super) fn effect(adjustment: &Adjustment, lang: Lang) -> String {
    match (&adjustment.grade, &adjustment.at_best, &adjustment.at_worst) {
        (Some(grade), ..) => format!("{} {grade}", lang.pick("直接评为", "graded")),
        (_, Some(grade), _) => format!("{} {grade}", lang.pick("最高评为", "at best")),
        (.., grade) => format!("{} {}", lang.pick("最低评为", "at worst"), grade.as_deref().unwrap_or_default()),
    }
}

pub(super) fn peers(peers: &Peers, lang: Lang) -> String {
    if peers.by.is_empty() {
        return lang.pick("全类别", "the whole track").to_owned();
    }
    let small = match peers.small {
        _ if peers.min_size < 2 => return peers.by.join(", "),
        SmallGroup::Track => lang.pick("不足者与全类别比较", "smaller ones are compared with the whole track"),
        SmallGroup::Itself => lang.pick("不足者仍自相比较", "smaller ones are compared with themselves"),
        SmallGroup::Missing => lang.pick("不足者该项缺失", "smaller ones have no value"),
    };
    format!("{} (≥ {}; {small})", peers.by.join(", "), peers.min_size)
}

pub(super) fn missing(rule: Missing, lang: Lang) -> String {
    match rule {
        Missing::LeaveOut => lang.pick("剔除该项，其余按权重补足", "left out, the others weighed up").to_owned(),
        Missing::Zero => lang.pick("该项计零分", "no points").to_owned(),
        Missing::MeanValue => lang.pick("取同组均值", "the mean value of the peers").to_owned(),
        Missing::MeanScore => lang.pick("取同组该项平均得分", "the mean points of the peers").to_owned(),
        Missing::Deduct(points) => format!("{} {points}", lang.pick("扣分", "points deducted:")),
        Missing::NotAssessable => lang.pick("不予评价（T）", "not assessable (T)").to_owned(),
    }
}

pub(super) fn direction(direction: Direction, lang: Lang) -> &'static str {
    match direction {
        Direction::More => lang.pick("越大越好", "more is better"),
        Direction::Less => lang.pick("越小越好", "less is better"),
    }
}

fn over(over: Over, lang: Lang) -> &'static str {
    match over {
        Over::Peers => lang.pick("同组内", "among peers"),
        Over::Track => lang.pick("全类别内", "over the track"),
        Over::Everyone => lang.pick("全体", "over everyone"),
    }
}

fn limits(floor: f64, cap: Option<f64>, lang: Lang) -> String {
    match cap {
        Some(cap) => format!("({floor} … {cap})"),
        None => format!("(≥ {floor}{})", lang.pick("，不封顶", ", no cap")),
    }
}

/// How an indicator's values become points, with what is done about its extreme values, and whether its figures are published.
pub(super) fn normalisation(indicator: &Indicator, lang: Lang) -> String {
    let mark = if indicator.illustrative { lang.pick("（示例数值）", " [illustrative]") } else { "" };
    format!("{}{mark}", method(indicator, lang))
}

fn method(indicator: &Indicator, lang: Lang) -> String {
    let method = match indicator.normalise {
        None => lang.pick("TOPSIS 自行标准化", "by TOPSIS itself").to_owned(),
        Some(Normalise::Benchmark { value, cap, floor }) => {
            format!("{} {value} {}", lang.pick("与基准值之比", "ratio to the benchmark"), limits(floor, cap, lang))
        }
        Some(Normalise::MeanRatio { over: o, times, cap, floor }) => {
            format!("{} × {times} {} {}", lang.pick("与均值之比", "ratio to the mean"), over(o, lang), limits(floor, cap, lang))
        }
        Some(Normalise::MinMax { over: o, base }) => {
            format!("{} {}, {} {base}", lang.pick("极差法", "min-max"), over(o, lang), lang.pick("基础分", "base"))
        }
        Some(Normalise::Goalposts { min, max, base }) => {
            format!("{} {min} … {max}, {} {base}", lang.pick("固定区间", "goalposts"), lang.pick("基础分", "base"))
        }
        Some(Normalise::Percentile { over: o }) => format!("{} {}", lang.pick("百分位", "percentile"), over(o, lang)),
        Some(Normalise::ZScore { over: o, mean, sd }) => {
            format!("{} {}, {mean} ± {sd}", lang.pick("标准分", "z-score"), over(o, lang))
        }
        Some(Normalise::Best { over: o }) => format!("{} {}", lang.pick("与最优值之比", "ratio to the best"), over(o, lang)),
    };
    match indicator.outliers {
        None => method,
        Some(Outliers::Share { low, high }) => {
            format!("{method}; {} {low} … {high}", lang.pick("缩尾至分位数", "winsorised to the quantiles"))
        }
        Some(Outliers::Shape { max_points, skewness, kurtosis }) => format!(
            "{method}; {} ≤ {max_points} ({skewness}, {kurtosis})",
            lang.pick("按偏度与峰度缩尾，点数", "winsorised by skewness and kurtosis, points")
        ),
    }
}

pub(super) fn aggregation(aggregation: Aggregation, lang: Lang) -> &'static str {
    match aggregation {
        Aggregation::Sum => lang.pick("加权求和", "weighted sum"),
        Aggregation::Geometric => lang.pick("加权几何平均", "weighted geometric mean"),
        Aggregation::Harmonic => lang.pick("加权调和平均", "weighted harmonic mean"),
        Aggregation::TopsisVector => lang.pick("TOPSIS（向量归一化）", "TOPSIS (vector norm)"),
        Aggregation::TopsisMinMax => lang.pick("TOPSIS（极差归一化）", "TOPSIS (min-max norm)"),
    }
}

pub(super) fn weighting(weighting: &Weighting, lang: Lang) -> String {
    let parts = [
        (weighting.fixed, lang.pick("给定权重", "as written")),
        (weighting.entropy, lang.pick("熵权法", "entropy")),
        (weighting.critic, "CRITIC"),
        (weighting.ahp, lang.pick("层次分析法", "AHP")),
    ];
    let given: Vec<String> =
        parts.iter().filter(|(share, _)| *share > 0.0).map(|(share, name)| format!("{name} {}%", share * 100.0)).collect();
    given.join(" + ")
}

/// Each grade of a track and what gives it.
pub(super) fn grading(track: &Track, lang: Lang) -> Vec<(String, String)> {
    let rest = || lang.pick("其余", "the rest").to_owned();
    match &track.grading {
        Grading::Threshold { grades, .. } => {
            grades.iter().map(|g| (g.grade.clone(), g.min.map_or_else(rest, |min| format!("≥ {min}")))).collect()
        }
        Grading::Quota { grades, .. } => {
            grades.iter().map(|q| (q.grade.clone(), q.share.map_or_else(rest, |share| quota(q, share, lang)))).collect()
        }
    }
}

fn quota(quota: &Quota, share: f64, lang: Lang) -> String {
    let from = match quota.from {
        End::Top => lang.pick("自高分起", "from the top"),
        End::Bottom => lang.pick("自低分起", "from the bottom"),
    };
    let round = match quota.round {
        Round::Floor => lang.pick("向下取整", "rounded down"),
        Round::Ceil => lang.pick("向上取整", "rounded up"),
        Round::Round => lang.pick("四舍五入", "rounded to the nearest"),
    };
    let limit = match (quota.min, quota.below) {
        (Some(min), _) => format!(", ≥ {min}"),
        (_, Some(below)) => format!(", < {below}"),
        _ => String::new(),
    };
    format!("{}% {from}, {round}{limit}", share * 100.0)
}

/// What a track's grading says beside its grades: rounding, groups, ties.
pub(super) fn grading_notes(track: &Track, lang: Lang) -> String {
    let (decimals, per, ties) = match &track.grading {
        Grading::Threshold { decimals, .. } => (decimals, &[][..], None),
        Grading::Quota { decimals, per, ties, .. } => (decimals, per.as_slice(), Some(*ties)),
    };
    let rounded = match decimals {
        Some(decimals) => format!("{} {decimals}", lang.pick("得分保留小数位后比较：", "scores are compared rounded, digits:")),
        None => lang.pick("得分不取整比较", "scores are compared unrounded").to_owned(),
    };
    let per = (!per.is_empty()).then(|| format!("{} {}", lang.pick("名额按组分配：", "quotas by"), per.join(", ")));
    let ties = ties.map(|ties| {
        match ties {
            Ties::Id => lang.pick("同分时代码小者居后", "of equal scores the smaller id is placed below"),
            Ties::Better => lang.pick("同分者同得较高等级", "equal scores have the better grade"),
            Ties::Worse => lang.pick("同分者同得较低等级", "equal scores have the worse grade"),
        }
        .to_owned()
    });
    [Some(rounded), per, ties].into_iter().flatten().collect::<Vec<_>>().join("; ")
}
