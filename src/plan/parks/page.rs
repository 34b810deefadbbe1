//! The page of the parks.

use super::{Study, coverage, tables};
use crate::error::Result;
use crate::finding::{Detail, detail};
use crate::page::{Page, PageTable, Verdict};
use crate::plan::tally::{Land, missing_figures};
use crate::seeds::{Comparison, ParkYield, Seeds, Target};
use crate::survey::Survey;

/// The target of the plan that counts parks.
const TARGET: &str = "characteristic_parks";
/// The parameter that holds the year it is due.
const DEADLINE: &str = "park_deadline_year";

/// The page of `mujun parks`: how many parks, what lies in them and what outside, where the next could be, and how high they could build;
/// for the city or one district (an index into the survey's districts).
///
/// A park counts by its name: drawn, in the directory, or both. The verdict is held against the plan's figure for the city; of a district
/// the plan asks nothing.
///
/// # Errors
/// The rulebook's condition for suitable land names an unknown column or cannot be computed.
pub fn page(survey: &Survey, seeds: &Seeds, district: Option<usize>) -> Result<Page> {
    let study = Study::new(survey, seeds, district);
    let count = study.parks().count();
    let target = seeds.target(TARGET);
    let mut notes = notes(&study, count);
    let mut pages = vec![tables::parks(&study), tables::counts(&study), tables::gaps(&study)];
    if !survey.parks.0.is_empty() {
        pages.push(tables::coverage(&study));
        pages.push(tables::distances(&study));
        pages.push(tables::outside(&study));
        pages.push(tables::upstairs(&study));
    }
    if let Some((table, said)) = sites(&study)? {
        pages.push(table);
        notes.push(said);
    }
    Ok(Page {
        key: "parks",
        title: Detail::new("特色产业园区", "Characteristic parks"),
        headline: headline(&study, count, target),
        verdict: if district.is_some() { Verdict::Met } else { verdict(count, target) },
        notes,
        tables: pages,
    })
}

fn sites(study: &Study<'_>) -> Result<Option<(PageTable, Detail)>> {
    let asked = study.survey.rulebook.parks.new_parks;
    if asked == 0 { Ok(None) } else { tables::sites(study).map(Some) }
}

fn verdict(count: usize, target: Option<&Target>) -> Verdict {
    let Some((target, figure)) = target.and_then(|target| Some((target, target.figure?))) else { return Verdict::Met };
    #[allow(clippy::cast_precision_loss)]
    let count = count as f64;
    let met = if target.comparison == Comparison::MoreThan { count > figure } else { count >= figure };
    if met { Verdict::Met } else { Verdict::Short }
}

fn headline(study: &Study<'_>, count: usize, target: Option<&Target>) -> Detail {
    let said = match study.district {
        Some(district) => super::district_name(study.survey, district)
            .and(&detail!("有 {count} 个特色产业园区", " has {count} characteristic parks")),
        None => of_target(study, count, target),
    };
    if study.survey.parks.0.is_empty() {
        return said.and(&Detail::new("；没有园区图层，覆盖率未知", "; there is no park layer, so what they hold is not known"));
    }
    let all = coverage::of_all(&study.land, &study.in_park, Detail::default());
    let percent = |share: Option<f64>| share.map_or_else(|| "—".to_owned(), |share| format!("{:.1}%", 100.0 * share));
    let (land, output) = (percent(all.inside.mu.share_of(all.all.mu)), percent(all.inside.output.share_of(all.all.output)));
    said.and(&detail!(
        "；园区容纳工业用地的 {land}、产值的 {output}",
        "; parks hold {land} of industrial land and {output} of output",
    ))
    .and(&rank(study))
}

fn of_target(study: &Study<'_>, count: usize, target: Option<&Target>) -> Detail {
    let Some((target, figure)) = target.and_then(|target| Some((target, target.figure?))) else {
        return detail!("有 {count} 个特色产业园区", "There are {count} characteristic parks");
    };
    let year = study.seeds.parameter(DEADLINE).map_or(target.deadline, |parameter| parameter.value);
    let (zh, en) = match target.comparison {
        Comparison::About => ("约 ", "about "),
        Comparison::AtLeast => ("不少于 ", "at least "),
        Comparison::MoreThan => ("超过 ", "more than "),
        _ => ("", ""),
    };
    #[allow(clippy::cast_precision_loss)]
    let short = figure - count as f64;
    let said = Detail::new(
        format!("到 {year} 年{zh}{figure} 个特色产业园区，已知 {count} 个"),
        format!("{count} characteristic parks are known of {en}{figure} by {year}"),
    );
    if short > 0.0 { said.and(&detail!("，差 {short} 个", ", {short} short")) } else { said }
}

/// The district's place among the districts by the share of land in parks.
fn rank(study: &Study<'_>) -> Detail {
    let Some(own) = study.district else { return Detail::default() };
    let share = |district: usize| {
        let land = Land::of(study.survey, Some(district));
        let all = coverage::of_all(&land, &study.in_park, Detail::default());
        all.inside.mu.share_of(all.all.mu)
    };
    let districts = study.survey.districts.0.len();
    match coverage::rank(share(own), (0..districts).map(share)) {
        Some(rank) => {
            detail!("，用地占比在 {districts} 个区中居第 {rank} 位", ", number {rank} of {districts} districts by land")
        }
        None => Detail::default(),
    }
}

/// A figure that output per area is held against, and its source.
fn yield_note(figure: &ParkYield) -> Detail {
    let (year, value, source) = (figure.year, figure.output_100m_yuan_per_km2, &figure.source);
    let said = Detail::new(
        format!("对照：{}，{year} 年 {value} 亿元/平方公里（{source}）", figure.name_zh),
        format!("Held against: {}, {value} times 100m yuan per km² in {year} ({source})", figure.name_en),
    );
    let end =
        if figure.status.is_illustrative() { Detail::new("，示例值。", ", illustrative.") } else { Detail::new("。", ".") };
    said.and(&end)
}

fn notes(study: &Study<'_>, count: usize) -> Vec<Detail> {
    let mut notes = Vec::new();
    let drawn = study.parks().filter(|park| !park.drawn.is_empty()).count();
    let listed = study.parks().filter(|park| park.entry.is_some()).count();
    notes.push(detail!(
        "园区按名称计数，多块为一个：{drawn} 个已绘制，{listed} 个在名录中，合并为 {count} 个。",
        "A park counts once by its name, in however many blocks: {drawn} are drawn, {listed} are in the directory, together {count}.",
    ));
    if let Some(last) = study.seeds.parks.counts.last().filter(|_| study.district.is_none()) {
        notes.push(detail!("公布的园区数：{} 年 {} 个。", "The published number of parks in {} is {}.", last.year, last.parks));
    }
    let unnamed = study.directory.unnamed.len();
    if unnamed > 0 {
        notes.push(detail!(
            "{unnamed} 个图形没有名称，不计入园区数。",
            "{unnamed} shapes have no name and are not counted as parks."
        ));
    }
    if study.survey.parks.0.is_empty() {
        notes.push(Detail::new(
            "没有园区图层：在 survey.toml 的 [parks] 给出图层，才有覆盖、距离与建设情况。",
            "There is no park layer: give one in [parks] of survey.toml to see what parks hold, how far they are and how they are built.",
        ));
    } else {
        let limit = study.survey.rulebook.floor_area_ratio_limit;
        notes.push(detail!(
            "宗地面积的 {:.0}% 以上在园区内，即计入园区。",
            "A parcel counts as in a park from {:.0} % of its area on.",
            100.0 * study.survey.rulebook.location.park_min_share,
        ));
        notes.extend(missing_figures(&study.land.tally(|_| true)));
        notes.push(Detail::new(
            "距离从宗地中心量到同产业园区的最近边界。",
            "Distances run from the middle of a parcel to the nearest border of a park of its sector.",
        ));
        notes.push(detail!(
            "容积率只计建筑面积已知且不超过 {limit} 倍宗地面积的宗地。",
            "The floor area ratio is that of the parcels whose floor area is known and at most {limit} times their area.",
        ));
        notes.push(Detail::new(
            "地均产值为园区内调查宗地的产值与量算园区面积之比。",
            "Output per area is that of the parcels surveyed in a park over its measured area.",
        ));
        notes.extend(study.seeds.parks.yields.iter().map(yield_note));
        if study.survey.rulebook.parks.upstairs.is_empty() {
            notes.push(Detail::new(
                "规则手册未列可上楼产业（[parks]），可增建面积与上楼企业占比空缺。",
                "The rulebook names no industries that can go upstairs ([parks]), so capacity and shares of firms are missing.",
            ));
        }
    }
    if study.seeds.parks.sectors.iter().any(|sector| sector.industries_status.is_some_and(|status| status.is_illustrative())) {
        notes.push(Detail::new(
            "产业与行业代码的对应为示例值（parks.toml）。",
            "Which industries make a sector is an illustrative value (parks.toml).",
        ));
    }
    if study.survey.rulebook.illustrative && study.survey.rulebook.parks != crate::rulebook::Parks::default() {
        notes.push(Detail::new(
            "新园区半径、容积率与限高为规则手册的示例值。",
            "The radius of new parks, floor area ratios and heights are illustrative values of the rulebook.",
        ));
    }
    if study.zoning.by_districts && !study.zoning.zones.is_empty() {
        notes.push(Detail::new(
            "没有布局图层：布局分区按整区划定，仅为示意。",
            "There is no layout layer: its zones are whole districts, which is illustrative.",
        ));
    }
    notes
}
