//! What the numbers of layers say about their systems: decided by comparing the layers, never assumed.
//!
//! Layers that lie together as they are stated are the reference. Any other is read in every way bureaus' data come in; one that
//! alone brings it to the reference is proposed. With nothing to compare, the readings that lie in China are told.

use std::cmp::Reverse;
use std::fmt;

use geo::Coord;

use super::apart::apart;
use super::candidates::{Candidate, beside, elsewhere, in_china, outstanding};
use super::displaced::displaced;
use super::looked::{Looked, can_be_of, positions};
use super::readings::{MOST, Reading, share};
use super::zones::Grid;
use super::{Crs, china, describe};
use crate::error::{Error, Result};
use crate::finding::{Code, Detail, detail};
use crate::model::{RawShape, Source};

/// A layer and what is said of its system.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    pub source: Source,
    /// As the file has them, but for a `swap_axes` that is set already.
    pub shapes: &'a [RawShape],
    /// The system that is stated, or that the format implies (GeoJSON: longitude and latitude); `None` where none is, or it is not known.
    pub crs: Option<&'a Crs>,
    /// The text that states it.
    pub text: Option<&'a str>,
}

/// What is wrong with the system of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    pub source: Source,
    pub code: Code,
    /// In words, with the numbers it rests on.
    pub detail: Detail,
    /// What to set, where one thing stands out.
    pub proposal: Option<Setting>,
}

/// Keys of `survey.toml` and their values. As text: `parcels.crs = "EPSG:4549"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub source: Source,
    pub crs: Option<String>,
    pub swap_axes: bool,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.source.name();
        let crs = self.crs.as_ref().map(|crs| format!("{name}.crs = \"{crs}\""));
        let axes = self.swap_axes.then(|| format!("{name}.swap_axes = true"));
        f.write_str(&crs.into_iter().chain(axes).collect::<Vec<_>>().join("\n"))
    }
}

/// Candidates told in one message.
const TOLD: usize = 30;

/// Finds out what is wrong with the systems of layers. A layer about which there is nothing to say is not in the result.
#[must_use]
pub fn diagnose(claims: &[Claim<'_>]) -> Vec<Diagnosis> {
    let layers: Vec<Looked<'_>> = claims.iter().map(|claim| Looked::new(*claim)).collect();
    let reference = reference(&layers);
    let mut found: Vec<Diagnosis> = Vec::new();
    let mut settled: Vec<&Looked<'_>> = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        if layer.sample.is_empty() {
            continue;
        }
        let others: Vec<&Looked<'_>> =
            reference.iter().filter(|other| **other != index).filter_map(|other| layers.get(*other)).collect();
        let diagnosis = if reference.contains(&index) { of_standing(layer, &others) } else { of_stray(layer, &others) };
        // A shift can be larger than a town.
        if diagnosis.as_ref().is_none_or(|diagnosis| diagnosis.code == Code::LayersApart) {
            settled.push(layer);
        }
        found.extend(diagnosis);
    }
    let displaced = displaced(&settled);
    found.retain(|diagnosis| {
        diagnosis.code != Code::LayersApart || displaced.iter().all(|other| other.source != diagnosis.source)
    });
    found.extend(displaced);
    found
}

/// The layers that lie together as they stand: the largest such group, of equal ones the one in China, in degrees, with districts.
fn reference(layers: &[Looked<'_>]) -> Vec<usize> {
    let standing: Vec<usize> = (0..layers.len()).filter(|index| layers[*index].region.is_some()).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for index in standing {
        let (meeting, mut rest): (Vec<Vec<usize>>, Vec<Vec<usize>>) =
            groups.into_iter().partition(|group| group.iter().any(|other| layers[index].meets(&layers[*other])));
        let mut group: Vec<usize> = meeting.into_iter().flatten().collect();
        group.push(index);
        group.sort_unstable();
        rest.push(group);
        groups = rest;
    }
    groups
        .into_iter()
        .max_by_key(|group| {
            let count = |is: &dyn Fn(&Looked<'_>) -> bool| group.iter().filter(|index| is(&layers[**index])).count();
            let stated = count(&|layer| layer.claim.crs.is_some());
            let china = count(&|layer| layer.in_china());
            let degrees = count(&|layer| layer.standing.as_ref().is_some_and(Crs::is_geographic));
            let borders = count(&|layer| layer.claim.source == Source::Districts);
            (group.len(), china, degrees, stated, borders, Reverse(group.first().copied()))
        })
        .unwrap_or_default()
}

/// Where the layers of a system are.
#[derive(Debug, Clone, Copy)]
enum Home {
    China,
    /// Where ETRS89 is used.
    Europe,
}

impl Home {
    fn of(text: Option<&str>) -> Self {
        if text.is_some_and(|text| text.to_uppercase().contains("ETRS")) { Self::Europe } else { Self::China }
    }

    /// In Chinese and in English.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::China => ("中国", "China"),
            Self::Europe => ("欧洲（ETRS89 的使用范围）", "Europe, where ETRS89 is used,"),
        }
    }

    /// Europe is the area of use that EPSG states for 4258, ETRS89.
    fn contains(self, c: Coord<f64>) -> bool {
        match self {
            Self::China => china::contains(c),
            Self::Europe => (-16.1..=40.18).contains(&c.x) && (32.88..=84.73).contains(&c.y),
        }
    }
}

/// A layer that lies where its statement puts it, together with the others if there are any.
fn of_standing(layer: &Looked<'_>, others: &[&Looked<'_>]) -> Option<Diagnosis> {
    let Claim { source, crs, text, .. } = layer.claim;
    let together = match others {
        [] => Detail::new("没有其他图层可比对", "there is no other layer to compare with"),
        _ => Detail::new("按此与以下图层相合：", "it then lies with ").and(&names(others)),
    };
    if let Some(why) = crs.and_then(Crs::contradiction) {
        let Detail { zh, en } = crs.map(describe).unwrap_or_default();
        let taken = detail!("；以数值为准（{zh}），", "; the numbers were taken ({en}), ");
        let proposal = crs.and_then(Crs::epsg).map(|code| setting(source, format!("EPSG:{code}"), false));
        return Some(Diagnosis { source, code: Code::CrsContradicted, detail: why.clone().and(&taken).and(&together), proposal });
    }
    if crs.is_none() {
        let (zh, en) = if layer.in_china() { ("在中国境内", "in China") } else { ("不在中国境内", "outside China") };
        let like = example(layer);
        return Some(Diagnosis {
            source,
            code: Code::CrsMissing,
            detail: detail!("数值为经纬度，{zh}，如 {like}；", "its numbers are degrees {en}, like {like}; ").and(&together),
            proposal: Some(setting(source, "EPSG:4490".to_owned(), false)),
        });
    }
    let home = Home::of(text);
    if others.is_empty() && crs.is_some_and(Crs::is_geographic) && share(&layer.places(), |c| home.contains(*c)) <= MOST {
        let swapped = share(&layer.sample, |c| home.contains(Coord { x: c.y, y: c.x }));
        if swapped > 0.9 {
            let ((zh, en), like, share) = (home.names(), example(layer), percent(swapped));
            return Some(Diagnosis {
                source,
                code: Code::CrsAxes,
                detail: detail!(
                    "坐标如 {like}，照现状不在{zh}；对调纵横轴后 {share} 在其中；",
                    "its positions, like {like}, lie outside {en} as they stand, and {share} of them inside with the axes exchanged; "
                )
                .and(&together),
                proposal: Some(Setting { source, crs: None, swap_axes: true }),
            });
        }
    }
    None
}

/// A layer that does not lie with the others, or whose numbers contradict what is said of them.
fn of_stray(layer: &Looked<'_>, others: &[&Looked<'_>]) -> Option<Diagnosis> {
    let Claim { source, crs, text, .. } = layer.claim;
    if let (None, Some(text)) = (crs, text)
        && let Err(why) = Crs::named(text)
        && why.to_string().contains("old datum")
    {
        return Some(Diagnosis { source, code: Code::CrsOldDatum, detail: old_datum(text, &why), proposal: None });
    }
    let gap = apart(layer, others);
    let fitting = match (others, gap) {
        ([], _) => in_china(layer),
        // Where it stands near the others, readings of the same place say no more; shared borders might.
        (_, None) => elsewhere(layer, beside(layer, others)),
        (_, Some(_)) => beside(layer, others),
    };
    if gap.is_none() && fitting.is_empty() && !others.is_empty() && layer.region.is_some() {
        return of_standing(layer, others);
    }
    let place = match others {
        [] => Detail::new("落在中国境内（没有其他图层可比对）", "lie in China (no other layer to compare with)"),
        _ => Detail::new("与以下图层相合：", "lie with ").and(&names(others)),
    };
    let stated = said(layer);
    if let Some(best) = outstanding(layer, &fitting, others) {
        let code = system_code(crs, text, best.reading);
        let same = crs.is_some_and(|crs| *crs == best.reading.crs);
        let name = (!same).then(|| best.reading.crs.name());
        let (Detail { zh, en }, share) = (told(best.reading), percent(best.score));
        let read = detail!("；按 {zh} 读取，{share} 的坐标", "; read as {en}, {share} of its positions ");
        return Some(Diagnosis {
            source,
            code,
            detail: stated.and(&read).and(&place),
            proposal: Some(Setting { source, crs: name, swap_axes: best.reading.swapped }),
        });
    }
    let code = match (crs, text, &layer.region) {
        (None, None, _) => Code::CrsMissing,
        (None, Some(_), _) => Code::CrsUnknown,
        (Some(_), _, Some(_)) if fitting.is_empty() => Code::LayersApart,
        (Some(_), ..) => Code::CrsContradicted,
    };
    let detail = if fitting.is_empty() {
        let away = gap.map(|gap| {
            let (km, zh, en) = (gap.km, gap.from.name_zh(), gap.from.name());
            detail!("；照写明的坐标系，最近的图形距{zh} {km:.1} km", "; as stated its nearest shape lies {km:.1} km from {en}")
        });
        let Detail { zh, en } = place;
        stated
            .and(&detail!("；国内常用坐标系都不能使其{zh}", "; no system in use in China lets them {en}"))
            .and(&away.unwrap_or_default())
    } else {
        let (Detail { zh, en }, list) = (place, listed(&fitting));
        stated.and(&detail!(
            "；有几种坐标系（括号内为中央经线）都能使其{zh}；即 {list}",
            "; several systems (central meridians in brackets) let them {en}: {list}"
        ))
    };
    Some(Diagnosis { source, code, detail, proposal: None })
}

/// What is stated, and an example of the numbers.
fn said(layer: &Looked<'_>) -> Detail {
    let Claim { crs, text, .. } = layer.claim;
    let like = example(layer);
    match (crs, text) {
        (None, None) => detail!("未写明坐标系；坐标如 {like}", "no system is stated; its numbers are like {like}"),
        (None, Some(text)) => {
            let text: String = text.chars().take(60).collect();
            detail!("坐标系“{text}”无法识别；坐标如 {like}", "the system \"{text}\" is not known; its numbers are like {like}")
        }
        (Some(crs), _) if crs.is_geographic() => {
            detail!("写明为经纬度，坐标却如 {like}", "it is said to be in longitude and latitude, its numbers are like {like}")
        }
        (Some(crs), _) => {
            detail!("写明为 {}，坐标却如 {like}", "it is said to be in {}, its numbers are like {like}", crs.name())
        }
    }
}

fn example(layer: &Looked<'_>) -> String {
    layer.sample.get(layer.sample.len() / 2).map(|c| format!("[{}, {}]", c.x, c.y)).unwrap_or_default()
}

fn names(layers: &[&Looked<'_>]) -> Detail {
    let joined = |name: fn(Source) -> &'static str, comma: &str| {
        layers.iter().map(|layer| name(layer.claim.source)).collect::<Vec<_>>().join(comma)
    };
    Detail::new(joined(Source::name_zh, "、"), joined(Source::name, ", "))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", (share * 100.0).floor())
}

/// A reading in a message: what to set, and what that is.
pub(super) fn told(reading: &Reading) -> Detail {
    let Detail { zh, en } = match reading.crs.grid() {
        Some(grid) => grid.describe(),
        None if reading.crs.is_geographic() => Detail::new("经纬度", "longitude, latitude"),
        None => Detail::new("Web 墨卡托", "web Mercator"),
    };
    let system = detail!("{0}（{zh}）", "{0} ({en})", reading.crs.name());
    if reading.swapped { system.and(&Detail::new("且对调纵横轴", " with the axes exchanged")) } else { system }
}

/// Several readings in a message, each with what tells it from the others.
fn listed(candidates: &[Candidate]) -> String {
    let brief = |candidate: &Candidate| {
        let Reading { crs, swapped } = candidate.reading;
        let name = crs.name();
        let name = match crs.grid() {
            Some(grid) => format!("{name} ({}°)", grid.meridian()),
            None => name,
        };
        if *swapped { format!("{name} + swap_axes = true") } else { name }
    };
    let mut list: Vec<String> = candidates.iter().take(TOLD).map(brief).collect();
    if candidates.len() > TOLD {
        list.push(format!("… (+{})", candidates.len() - TOLD));
    }
    list.join(", ")
}

fn setting(source: Source, crs: String, swap_axes: bool) -> Setting {
    Setting { source, crs: Some(crs), swap_axes }
}

/// The kind of fault: how the best reading differs from what is stated.
pub(super) fn system_code(stated: Option<&Crs>, text: Option<&str>, best: &Reading) -> Code {
    let Some(stated) = stated else { return if text.is_some() { Code::CrsUnknown } else { Code::CrsMissing } };
    if *stated == best.crs {
        return Code::CrsAxes;
    }
    match (stated.grid(), best.crs.grid()) {
        (Some(Grid::GaussKrueger { meridian: a, .. }), Some(Grid::GaussKrueger { meridian: b, .. })) => {
            if a == b {
                Code::CrsPrefix
            } else {
                Code::CrsZone
            }
        }
        (Some(Grid::Utm { .. }), Some(Grid::Utm { .. })) => Code::CrsZone,
        _ => Code::CrsContradicted,
    }
}

/// Refuses a layer whose numbers contradict its system, with what else they could be.
pub(super) fn doubt(crs: &Crs, shapes: &[RawShape]) -> Result<()> {
    let some = positions(shapes);
    if some.is_empty() || can_be_of(crs, &some) {
        return Ok(());
    }
    let layer = Looked::new(Claim { source: Source::Parcels, shapes, crs: Some(crs), text: None });
    let fitting = in_china(&layer);
    let degrees = share(&layer.sample, |c| c.x.abs() <= 180.0 && c.y.abs() <= 90.0) > MOST;
    let swapped = share(&layer.sample, |c| super::is_swapped(*c)) > MOST;
    let like = example(&layer);
    let why = if crs.is_geographic() && swapped {
        format!("has latitude before longitude, longitude is wanted first: its positions are like {like}")
    } else if crs.is_geographic() {
        format!("has projected coordinates, but no coordinate reference system says which: its positions are like {like}")
    } else if degrees {
        format!("is said to be in {}, but its numbers are degrees, like {like}", crs.name())
    } else {
        format!("is said to be in {}, but its numbers, like {like}, are not", crs.name())
    };
    let remedy = match fitting.as_slice() {
        [only] => remedy(crs, only.reading),
        [] if swapped => "set swap_axes = true for the layer in survey.toml, or export it with longitude first".to_owned(),
        [] if degrees => "remove the crs, or set crs = \"EPSG:4490\" for the layer in survey.toml".to_owned(),
        [] => super::REMEDY.to_owned(),
        several => format!("set crs for the layer in survey.toml; its positions lie in China as any of {}", listed(several)),
    };
    Err(Error::new(why).remedy(remedy))
}

fn remedy(stated: &Crs, reading: &Reading) -> String {
    let crs = (reading.crs != *stated).then(|| format!("crs = \"{}\"", reading.crs.name()));
    let axes = reading.swapped.then(|| "swap_axes = true".to_owned());
    let settings: Vec<String> = crs.into_iter().chain(axes).collect();
    format!("set {} for the layer in survey.toml: it looks like {}", settings.join(" and "), told(reading).en)
}

fn old_datum(text: &str, error: &Error) -> Detail {
    let text: String = text.chars().take(60).collect();
    let zh = format!("“{text}”属旧基准（如 1954 北京坐标系、1980 西安坐标系），没有当地参数不能转换到 CGCS2000");
    Detail::new(zh, error.to_string().lines().next().unwrap_or_default())
}
