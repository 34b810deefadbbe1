//! The page of the layout.

use std::collections::{BTreeMap, BTreeSet};

use geo::{Geometry, MultiPolygon};
use polars::prelude::DataFrame;

use super::{Agreement, Project, Totals, Zoning, agreement, projects, totals, zoning};
use crate::finding::{Detail, detail};
use crate::model::Zones;
use crate::page::{Cell, Column, Page, PageTable, Verdict};
use crate::plan::parks;
use crate::plan::tally::{Land, Sum, Tally, missing_figures};
use crate::seeds::Seeds;
use crate::survey::Survey;

/// The page of `mujun layout`: what the pole, the belts and the remainder hold, for the city or one district (an index into the survey's
/// districts). `pattern` is the urban pattern, empty where no layer is given; `table` the projects, with canonical column names.
#[must_use]
pub fn page(survey: &Survey, seeds: &Seeds, pattern: &Zones, table: Option<&DataFrame>, district: Option<usize>) -> Page {
    let land = Land::of(survey, district);
    let zoning = zoning(survey, seeds);
    let totals = totals(&land, &zoning);
    let mut projects = table.map(|table| projects(survey, seeds, &zoning, table));
    let mut repeated = 0;
    if let Some(projects) = &mut projects {
        projects.retain(|project| district.is_none() || project.district == district);
        let rows = projects.len();
        let mut seen = BTreeSet::new();
        projects.retain(|project| seen.insert(project.id.clone()));
        repeated = rows - projects.len();
    }
    let park_zones = parks::zones_of_parks(survey, seeds, district);
    let mut tables = vec![zone_table(survey, seeds, &land, &zoning, &totals, &park_zones, projects.as_deref())];
    tables.push(grade_table(survey, &land, &zoning));
    if !pattern.0.is_empty() {
        tables.push(pattern_table(&agreement(survey, &land, &zoning, pattern), &zoning, pattern));
    }
    let mut notes = notes(survey, seeds, &zoning, &totals);
    notes.extend(park_note(&park_zones));
    notes.extend(project_notes(projects.as_deref(), repeated));
    notes.push(pattern_note(pattern));
    Page {
        key: "layout",
        title: Detail::new("产业空间布局：极、带与其余", "Layout: pole, belts and remainder"),
        headline: headline(survey, &zoning, &totals, district),
        verdict: if zoning.zones.is_empty() { Verdict::Unknown } else { Verdict::Met },
        notes,
        tables,
    }
}

fn headline(survey: &Survey, zoning: &Zoning, totals: &Totals, district: Option<usize>) -> Detail {
    let mu = |tally: &Tally| tally.mu.value;
    let (all, rest) = (mu(&totals.total), mu(&totals.remainder));
    let share = if all > 0.0 { 100.0 * (all - rest) / all } else { 0.0 };
    let (zones, parcels) = (zoning.zones.len(), totals.total.parcels);
    let said = detail!(
        "{zones} 个布局分区容纳 {parcels} 宗工业用地中 {:.0} 亩（{share:.1}%），其余 {rest:.0} 亩不在任何分区",
        "{zones} zones of the layout hold {:.0} mu ({share:.1} %) of the land of {parcels} parcels; {rest:.0} mu lie in none",
        all - rest,
    );
    let Some(district) = district else { return said };
    let of_district = |d: usize| Land::of(survey, Some(d)).tally(|_| true).mu.get();
    let others = (0..survey.districts.0.len()).map(of_district);
    let rank = parks::coverage::rank(Some(all), others).unwrap_or(1);
    let name = parks::district_name(survey, district);
    name.and(&Detail::new("：", ": ")).and(&said).and(&detail!(
        "；工业用地面积在 {} 个区中居第 {rank} 位",
        "; number {rank} of {} districts by industrial land",
        survey.districts.0.len(),
    ))
}

fn notes(survey: &Survey, seeds: &Seeds, zoning: &Zoning, totals: &Totals) -> Vec<Detail> {
    let mut notes = Vec::new();
    if zoning.zones.is_empty() {
        notes.push(Detail::new(
            "既没有布局图层，种子数据中也没有分区：在 survey.toml 的 [layout] 给出图层。",
            "There is neither a layout layer nor a zone in the seeds: give a layer in [layout] of survey.toml.",
        ));
    } else if zoning.by_districts {
        notes.push(Detail::new(
            "没有布局图层：分区按整区划定，仅为示意。",
            "There is no layout layer: zones are whole districts, which is illustrative.",
        ));
        let outside = survey.location.district.iter().filter(|share| share.is_none()).count();
        if outside > 0 {
            notes.push(detail!(
                "{outside} 宗地不在任何行政区内，计入其余。",
                "{outside} parcels lie in no district and count as remainder."
            ));
        }
    }
    if seeds.layout.zones.iter().any(|zone| zone.status.is_illustrative()) && zoning.by_districts {
        notes.push(Detail::new("分区所含行政区为示例值。", "Which districts make a zone is an illustrative value."));
    }
    if totals.repeated.parcels > 0 {
        notes.push(Detail::new(
            "一宗地可在多个分区，各计一次；“重复计入”一行扣除，使合计相符。",
            "A parcel in several zones counts in each; the line \"counted more than once\" takes it off, so that the total closes.",
        ));
    }
    notes.extend(missing_figures(&totals.total));
    notes
}

fn park_note(parks: &[Option<Vec<usize>>]) -> Option<Detail> {
    let unplaced = parks.iter().filter(|zones| zones.is_none()).count();
    (unplaced > 0).then(|| {
        detail!(
            "名录中有 {unplaced} 个园区没有绘制，无法归入分区，不计。",
            "{unplaced} parks of the directory are not drawn; they cannot be placed in a zone and are not counted.",
        )
    })
}

/// What is wrong with the projects; `repeated` rows had the id of an earlier one.
fn project_notes(projects: Option<&[Project]>, repeated: usize) -> Vec<Detail> {
    let Some(projects) = projects else {
        return vec![Detail::new("没有项目表，项目一列空缺。", "There is no table of projects, so their columns are missing.")];
    };
    let count = |holds: fn(&Project) -> bool| projects.iter().filter(|project| holds(project)).count();
    let (unplaced, unknown) = (count(|project| project.zones.is_none()), count(|project| project.unknown_parcel));
    let unpriced = count(|project| project.investment.is_none());
    let notes = [
        (
            repeated,
            detail!("{repeated} 行项目编号重复，只计首行。", "{repeated} rows repeat the id of a project; the first counts."),
        ),
        (
            unknown,
            detail!(
                "{unknown} 个项目的宗地不在调查中，按坐标或行政区归入。",
                "{unknown} projects name a parcel that the survey does not have; coordinates or district place them.",
            ),
        ),
        (
            unplaced,
            detail!(
                "{unplaced} 个项目既无宗地、坐标，也无可用的行政区，无法归入分区，不计。",
                "{unplaced} projects have neither parcel, coordinates nor a district that tells the zone; they are not counted.",
            ),
        ),
        (
            unpriced,
            detail!("{unpriced} 个项目没有投资额或为负数。", "{unpriced} projects have no investment, or a negative one."),
        ),
    ];
    notes.into_iter().filter(|(count, _)| *count > 0).map(|(_, note)| note).collect()
}

fn pattern_note(pattern: &Zones) -> Detail {
    if pattern.0.is_empty() {
        return Detail::new(
            "没有城市空间格局图层，未作吻合度比较。",
            "There is no layer of the urban pattern to hold the layout against.",
        );
    }
    Detail::new(
        "与城市空间格局的吻合度为用地占比，不是 kappa：两者分类不同。",
        "Agreement with the urban pattern is a share of land and no kappa: the two have other classes.",
    )
}

/// What some things with a weight hold by zone: zones, what is counted more than once (negative), remainder, total.
pub(super) fn closing(zones: usize, things: impl Iterator<Item = (Vec<usize>, f64)>) -> Vec<f64> {
    let mut sums = vec![0.0; zones + 3];
    for (inside, weight) in things {
        inside.iter().for_each(|&zone| sums[zone] += weight);
        match inside.len() {
            0 => sums[zones + 1] += weight,
            1 => {}
            #[allow(clippy::cast_precision_loss)]
            several => sums[zones] -= weight * (several - 1) as f64,
        }
        sums[zones + 2] += weight;
    }
    sums
}

fn zone_table(
    survey: &Survey,
    seeds: &Seeds,
    land: &Land,
    zoning: &Zoning,
    totals: &Totals,
    parks: &[Option<Vec<usize>>],
    projects: Option<&[Project]>,
) -> PageTable {
    let count = zoning.zones.len();
    let listed = Land { rows: land.rows.iter().copied().filter(|row| survey.listing.listed[*row]).collect(), ..land.clone() };
    let listed = super::totals(&listed, zoning);
    let parks = closing(count, parks.iter().flatten().map(|zones| (zones.clone(), 1.0)));
    let placed = || projects.unwrap_or_default().iter().filter_map(|project| Some((project, project.zones.clone()?)));
    let number = projects.map(|_| closing(count, placed().map(|(_, zones)| (zones, 1.0))));
    let investment = projects.map(|_| closing(count, placed().filter_map(|(project, zones)| Some((zones, project.investment?)))));
    let lines = |totals: &Totals| -> Vec<(Tally, f64)> {
        let zones = totals.zones.iter().map(|tally| (*tally, 1.0));
        zones.chain([(totals.repeated, -1.0), (totals.remainder, 1.0), (totals.total, 1.0)]).collect()
    };
    let names = zoning.zones.iter().map(|zone| (zone.name.clone(), zone.kind.clone())).chain([
        (Detail::new("重复计入", "counted more than once"), None),
        (Detail::new("其余", "remainder"), None),
        (Detail::new("合计", "total"), None),
    ]);
    let rows = names.zip(lines(totals).into_iter().zip(lines(&listed))).enumerate().map(
        |(n, ((name, kind), ((all, sign), (listed, _))))| {
            // Nothing counted twice is 0 and not -0.
            let with_sign = |value: f64| sign * value + 0.0;
            let signed = |sum: Sum| Cell::from(sum.get().map(with_sign));
            #[allow(clippy::cast_precision_loss)]
            let parcels = |count: usize| Cell::from(with_sign(count as f64));
            vec![
                name.into(),
                kind.map_or(Cell::Missing, Cell::from),
                parcels(all.parcels),
                signed(all.mu),
                all.mu.share_of(totals.total.mu).map(|share| with_sign(100.0 * share)).into(),
                signed(all.output),
                signed(all.tax),
                signed(all.employees),
                parcels(listed.parcels),
                signed(listed.mu),
                parks[n].into(),
                number.as_ref().map(|sums| sums[n]).into(),
                investment.as_ref().map(|sums| sums[n]).into(),
            ]
        },
    );
    let shapes = zone_shapes(survey, seeds, zoning).into_iter().map(Some).chain([None, None, None]).collect();
    PageTable {
        key: "layout_zones",
        title: Detail::new("布局分区", "Zones of the layout"),
        columns: vec![
            Column::new("zone", "分区", "zone"),
            Column::new("kind", "类型", "kind"),
            Column::new("parcels", "宗地", "parcels"),
            Column::number("area_mu", "面积（亩）", "area (mu)", 1),
            Column::number("land_percent", "占用地（%）", "share of land (%)", 1),
            Column::number("output_10k_yuan", "产值（万元）", "output (10k yuan)", 0),
            Column::number("tax_10k_yuan", "税收（万元）", "tax (10k yuan)", 0),
            Column::number("employees", "从业人数", "employees", 0),
            Column::new("listed", "低效宗地", "listed parcels"),
            Column::number("listed_mu", "低效面积（亩）", "listed area (mu)", 1),
            Column::new("parks", "园区", "parks"),
            Column::new("projects", "项目", "projects"),
            Column::number("investment_100m_yuan", "项目投资（亿元）", "investment (100m yuan)", 1),
        ],
        rows: rows.collect(),
        total: true,
        shapes: Some(shapes),
    }
}

/// The shapes of the layer, or the districts that make each zone.
fn zone_shapes(survey: &Survey, seeds: &Seeds, zoning: &Zoning) -> Vec<Geometry> {
    if !zoning.by_districts {
        return survey.layout.0.iter().map(|zone| Geometry::MultiPolygon(zone.shape.clone())).collect();
    }
    let of_zone = |zone: &crate::seeds::Zone| {
        let districts = survey.districts.0.iter().filter(|district| zone.districts.contains(&district.id));
        Geometry::MultiPolygon(MultiPolygon(districts.flat_map(|district| district.shape.0.clone()).collect()))
    };
    seeds.layout.zones.iter().map(of_zone).collect()
}

fn grade_table(survey: &Survey, land: &Land, zoning: &Zoning) -> PageTable {
    let mut grades: Vec<String> = survey.rulebook.grades();
    grades.push(crate::rulebook::NOT_ASSESSABLE.to_owned());
    let mut by_zone: BTreeMap<(Option<usize>, &str), (usize, f64)> = BTreeMap::new();
    for &row in &land.rows {
        let inside = &zoning.of_parcel[row];
        let places: Vec<Option<usize>> = if inside.is_empty() { vec![None] } else { inside.iter().copied().map(Some).collect() };
        for place in places {
            let sum = by_zone.entry((place, survey.grading.grade[row].as_str())).or_default();
            sum.0 += 1;
            sum.1 += land.area_mu[row].unwrap_or(0.0);
        }
    }
    let zones = (0..zoning.zones.len()).map(Some).chain([None]);
    let rows = zones.flat_map(|zone| grades.iter().map(move |grade| (zone, grade))).filter_map(|(zone, grade)| {
        let (parcels, mu) = by_zone.get(&(zone, grade.as_str()))?;
        Some(vec![zone_name(zoning, zone).into(), grade.clone().into(), (*parcels).into(), (*mu).into()])
    });
    PageTable {
        key: "layout_grades",
        title: Detail::new("布局分区的评价等级", "Grades by zone of the layout"),
        columns: vec![
            Column::new("zone", "分区", "zone"),
            Column::new("grade", "等级", "grade"),
            Column::new("parcels", "宗地", "parcels"),
            Column::number("area_mu", "面积（亩）", "area (mu)", 1),
        ],
        rows: rows.collect(),
        total: false,
        shapes: None,
    }
}

fn zone_name(zoning: &Zoning, zone: Option<usize>) -> Detail {
    zone.map_or_else(|| Detail::new("其余", "remainder"), |zone| zoning.zones[zone].name.clone())
}

fn pattern_table(agreement: &[Agreement], zoning: &Zoning, pattern: &Zones) -> PageTable {
    let mut rows = Vec::new();
    for part in agreement {
        let percent = |mu: f64| Cell::from((part.mu > 0.0).then(|| 100.0 * mu / part.mu));
        let name = || Cell::from(zone_name(zoning, part.zone));
        let any = Cell::words("格局内合计", "anywhere in the pattern");
        rows.push(vec![name(), any, part.inside_mu.into(), percent(part.inside_mu)]);
        for (zone, mu) in pattern.0.iter().zip(&part.by_pattern_mu).filter(|(_, mu)| **mu > 0.0) {
            rows.push(vec![name(), zone.name.as_deref().unwrap_or(&zone.id).into(), (*mu).into(), percent(*mu)]);
        }
    }
    PageTable {
        key: "layout_pattern",
        title: Detail::new("布局与城市空间格局的吻合", "Layout and urban pattern"),
        columns: vec![
            Column::new("zone", "分区", "zone"),
            Column::new("pattern_zone", "格局分区", "zone of the pattern"),
            Column::number("area_mu", "工业用地（亩）", "industrial land (mu)", 1),
            Column::number("land_percent", "占分区用地（%）", "share of the zone's land (%)", 1),
        ],
        rows,
        total: false,
        shapes: None,
    }
}
