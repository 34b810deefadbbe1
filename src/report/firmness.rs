//! How firm the grades are, in words and figures for people.

use serde_json::{Map, Value, json};

use super::text::{Lang, count, number};
use crate::firmness::{Choice, Estimate, Firmness, Indices, Label, bounds};
use crate::rulebook::Rulebook;
use crate::survey::Survey;

/// Number of parcels of each label among all and among the listed, and of those without one; labels that do not occur are left out.
fn counted(firmness: &Firmness, listed: &[bool]) -> Vec<(Option<Label>, usize, usize)> {
    let of = |label: Option<Label>| {
        let rows = || firmness.label.iter().zip(listed).filter(move |(other, _)| **other == label);
        (label, rows().count(), rows().filter(|(_, listed)| **listed).count())
    };
    Label::ALL.into_iter().map(Some).chain([None]).map(of).filter(|(_, all, _)| *all > 0).collect()
}

fn title(label: Option<Label>, lang: Lang) -> &'static str {
    let (zh, en) = label.map_or(("不予评价", "not assessable"), Label::title);
    lang.pick(zh, en)
}

/// A choice of the rulebook's maker for people.
fn choice_title(choice: Choice, rulebook: &Rulebook, lang: Lang) -> String {
    match choice {
        Choice::Weights => lang.pick("权重（整体）", "the weights together").to_owned(),
        Choice::Area => lang.pick("面积", "the areas").to_owned(),
        Choice::Missing => lang.pick("缺项规则", "the rule for missing values").to_owned(),
        Choice::Weight { track, member } => {
            let track = &rulebook.tracks[track];
            let mut names = track
                .indicators
                .iter()
                .map(|i| lang.pick(&i.name_zh, &i.name_en))
                .chain(track.groups.iter().map(|g| lang.pick(&g.name_zh, &g.name_en)));
            let name = names.nth(member).unwrap_or_default();
            format!("{}{name} ({})", lang.pick("权重：", "weight of "), lang.pick(&track.name_zh, &track.name_en))
        }
    }
}

/// The choice that most of what differs between lists hangs on, with its total index.
fn largest(firmness: &Firmness) -> Option<(Choice, Estimate)> {
    let whole = firmness.choices.iter().filter(|s| !matches!(s.choice, Choice::Weight { .. }));
    whole.filter_map(|s| Some((s.choice, s.indices?.total))).max_by(|a, b| a.1.value.total_cmp(&b.1.value))
}

/// Two lines for the terminal: how firm the grades of the listed are, and what the list hangs on.
pub(super) fn summary(survey: &Survey, firmness: &Firmness, lang: Lang) -> [String; 2] {
    let labels: Vec<String> = counted(firmness, &survey.listing.listed)
        .into_iter()
        .filter(|(_, _, listed)| *listed > 0)
        .map(|(label, _, listed)| format!("{} {}", title(label, lang), count(listed)))
        .collect();
    let hangs = match largest(firmness) {
        Some((choice, total)) => format!(
            "{}{} ({} {})",
            lang.pick("清单最取决于：", "the list hangs most on "),
            choice_title(choice, &survey.rulebook, lang),
            lang.pick("总效应", "total effect"),
            plus_minus(total)
        ),
        None => lang.pick("每次抽样的清单都相同", "the list is the same in every draw").to_owned(),
    };
    let draws = format!("{} {}", count(firmness.draws), lang.pick("次抽样", "draws"));
    [format!("{}: {}", lang.pick("所列宗地的等级", "grades of the listed"), labels.join(", ")), format!("{hangs}; {draws}")]
}

fn plus_minus(estimate: Estimate) -> String {
    format!("{:.2} ± {:.2}", estimate.value, estimate.error)
}

/// For the sheet on the method: what was drawn, how many parcels have which label, what the list hangs on. The first row of each of the
/// three blocks is its heading; an empty row is between them.
pub(super) fn rows(survey: &Survey, firmness: &Firmness, lang: Lang) -> Vec<Vec<String>> {
    let (rulebook, t) = (&survey.rulebook, |zh, en| lang.pick(zh, en).to_owned());
    let drawn = &rulebook.firmness;
    let percent = |share: f64| format!("± {}%", number(share * 100.0, 1));
    let mut rows = vec![
        vec![t("等级的稳定性", "how firm the grades are"), format!("{} {}", count(firmness.draws), t("次抽样", "draws"))],
        vec![t("随机种子", "seed"), drawn.seed.to_string()],
        vec![t("权重", "weights"), percent(drawn.weights)],
        vec![t("面积", "areas"), percent(drawn.area)],
    ];
    let missing: Vec<String> = drawn.missing.iter().map(|rule| super::rules::missing(*rule, lang)).collect();
    rows.push(vec![t("缺项规则", "rule for missing values"), missing.join(" / ")]);
    rows.push(vec![t("稳定的最小占比", "least share of draws to be firm"), drawn.firm.to_string()]);
    let (low, high) = bounds(drawn.firm, firmness.draws);
    rows.push(vec![t("该占比的抽样误差（95%）", "bounds of such a share (95 %)"), format!("{low:.3} … {high:.3}")]);
    rows.push(Vec::new());
    rows.push(vec![t("稳定性", "firmness"), t("宗地", "parcels"), t("其中列入清单", "of them listed")]);
    for (label, all, listed) in counted(firmness, &survey.listing.listed) {
        rows.push(vec![title(label, lang).to_owned(), all.to_string(), listed.to_string()]);
    }
    rows.push(Vec::new());
    rows.push(vec![
        t("清单取决于", "what the list hangs on"),
        t("一阶指数 ± 标准误", "first-order index ± standard error"),
        t("总效应指数 ± 标准误", "total index ± standard error"),
    ]);
    for sensitivity in &firmness.choices {
        let (first, total) = match sensitivity.indices {
            Some(Indices { first, total }) => (plus_minus(first), plus_minus(total)),
            None => ("–".to_owned(), "–".to_owned()),
        };
        rows.push(vec![choice_title(sensitivity.choice, rulebook, lang), first, total]);
    }
    rows
}

/// For the manifest: the number of draws, the parcels of each label, the indices of each choice.
pub(super) fn manifest(survey: &Survey) -> Value {
    let Some(firmness) = &survey.firmness else { return Value::Null };
    let estimate = |estimate: Estimate| json!({ "value": estimate.value, "error": estimate.error });
    let labels: Map<String, Value> = counted(firmness, &survey.listing.listed)
        .into_iter()
        .map(|(label, all, listed)| {
            (label.map_or("not_assessable", Label::name).to_owned(), json!({ "parcels": all, "listed": listed }))
        })
        .collect();
    let choices: Map<String, Value> = firmness
        .choices
        .iter()
        .map(|s| {
            let indices = s.indices.map(|i| json!({ "first": estimate(i.first), "total": estimate(i.total) }));
            (s.choice.name(&survey.rulebook), json!(indices))
        })
        .collect();
    json!({ "draws": firmness.draws, "seed": survey.rulebook.firmness.seed, "labels": labels, "sensitivity": choices })
}

/// For the map: by parcel its label, and its grades with the share of draws of each, the most frequent first.
pub(super) fn lines(firmness: &Firmness, lang: Lang) -> Vec<Option<String>> {
    let shares = |row: usize| firmness.grades.iter().zip(&firmness.shares).map(move |(grade, of)| (grade.as_str(), of[row]));
    firmness.label.iter().enumerate().map(|(row, label)| Some(line((*label)?, shares(row), lang))).collect()
}

/// A label, and the grades with the share of draws of each, the most frequent first.
pub(super) fn line<'a>(label: Label, shares: impl Iterator<Item = (&'a str, f64)>, lang: Lang) -> String {
    let mut shares: Vec<(&str, f64)> = shares.filter(|(_, share)| *share > 0.0).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let shares: Vec<String> = shares.into_iter().map(|(grade, share)| format!("{grade} {}", percent(share))).collect();
    format!("{} ({})", title(Some(label), lang), shares.join(", "))
}

/// A share of draws; what is neither all nor none is not rounded to either.
fn percent(share: f64) -> String {
    let percent = if share < 1.0 { (share * 100.0).min(99.9) } else { 100.0 };
    format!("{percent:.1}%")
}
