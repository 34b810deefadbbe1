//! Where the next parks could be, and how high parks could build.

use geo::{Coord, Geometry, LineString, Polygon};

use super::land::middle;
use super::shape;
use crate::error::Result;
use crate::finding::{Detail, detail};
use crate::measure::scale::Scale;
use crate::page::{Cell, Column, PageTable};
use crate::plan::parks::directory::Park;
use crate::plan::parks::siting::{Siting, candidates, choose, within};
use crate::plan::parks::upstairs::{Buildings, Built};
use crate::plan::parks::{Study, district_name};
use crate::sql;

/// Corners of a drawn disc.
const CORNERS: u32 = 64;

/// Where new parks would take in most of the suitable land outside parks, and what can be said of the choice. Each lies around the middle
/// of a suitable parcel.
///
/// # Errors
/// The condition of the rulebook cannot be computed.
pub(in crate::plan::parks) fn sites(study: &Study<'_>) -> Result<(PageTable, Detail)> {
    let settings = &study.survey.rulebook.parks;
    let suitable = match &settings.suitable {
        Some(condition) => sql::conditions(&study.survey.table, &[condition])?.pop().unwrap_or_default(),
        None => vec![true; study.survey.parcels.ids.len()],
    };
    let outside = study.land.rows.iter().copied().filter(|row| suitable[*row] && !study.in_park[*row]);
    let land: Vec<(usize, Coord<f64>, f64)> =
        outside.filter_map(|row| Some((row, middle(study, row)?, study.land.area_mu[row]?))).collect();
    let places: Vec<Coord<f64>> = land.iter().map(|(_, at, _)| *at).collect();
    let mu: Vec<f64> = land.iter().map(|(_, _, mu)| *mu).collect();
    let tried = candidates(&places, &mu, settings.radius_m);
    let middles: Vec<Coord<f64>> = tried.iter().map(|&n| places[n]).collect();
    let covers = within(&middles, &places, settings.radius_m);
    let siting = choose(&mu, &covers, settings.new_parks);
    let all: f64 = mu.iter().sum();
    let mut reached = 0.0;
    let mut taken = vec![false; land.len()];
    let rows = siting.chosen.iter().enumerate().map(|(n, (at, gain))| {
        let (row, middle, _) = land[tried[*at]];
        let new = covers[*at].iter().filter(|item| !std::mem::replace(&mut taken[**item], true)).count();
        reached += gain;
        let district = study.survey.location.district[row].map(|share| district_name(study.survey, share.zone));
        vec![
            (n + 1).into(),
            study.survey.parcels.ids[row].as_str().into(),
            district.map_or(Cell::Missing, Cell::from),
            middle.x.into(),
            middle.y.into(),
            new.into(),
            (*gain).into(),
            reached.into(),
            (all > 0.0).then(|| 100.0 * reached / all).into(),
        ]
    });
    let table = PageTable {
        key: "new_parks",
        title: Detail::new("新园区选址", "Sites of new parks"),
        columns: vec![
            Column::new("rank", "序号", "rank"),
            Column::new("parcel_id", "中心宗地", "parcel in the middle"),
            Column::new("district", "行政区", "district"),
            Column::number("longitude", "经度", "longitude", 5),
            Column::number("latitude", "纬度", "latitude", 5),
            Column::new("parcels", "新纳入宗地", "parcels added"),
            Column::number("area_mu", "新纳入面积（亩）", "area added (mu)", 1),
            Column::number("area_mu_so_far", "累计面积（亩）", "area so far (mu)", 1),
            Column::number("land_percent", "累计占园区外适宜用地（%）", "of suitable land outside parks so far (%)", 1),
        ],
        rows: rows.collect(),
        total: false,
        shapes: Some(siting.chosen.iter().map(|(at, _)| Some(disc(middles[*at], settings.radius_m))).collect()),
    };
    Ok((table, said(&siting, settings.new_parks, settings.radius_m)))
}

fn said(siting: &Siting, asked: usize, radius_m: f64) -> Detail {
    let (found, gap) = (siting.chosen.len(), 100.0 * siting.gap());
    let how = if gap > 0.0 {
        detail!("，与候选中心的最优解差距不超过 {gap:.2}%", ", at most {gap:.2} % below the best possible of the middles tried")
    } else {
        Detail::new("，为候选中心的最优解", ", which is the best possible of the middles tried")
    };
    detail!(
        "按 {asked} 个半径 {radius_m} 米的新园区选址，{found} 个可新增覆盖，共 {:.1} 亩",
        "Of {asked} new parks with a radius of {radius_m} m {found} add land, together {:.1} mu",
        siting.covered,
    )
    .and(&how)
    .and(&Detail::new(
        "。候选中心为每个边长八分之一半径的方格中面积最大的宗地。",
        ". Tried is the largest parcel of each square with a side of an eighth of the radius.",
    ))
}

/// A disc around a place, m.
fn disc(middle: Coord<f64>, radius_m: f64) -> Geometry {
    let scale = Scale::at(middle.y);
    let corner = |n: u32| {
        let (sin, cos) = (f64::from(n) / f64::from(CORNERS) * std::f64::consts::TAU).sin_cos();
        Coord { x: middle.x + radius_m * cos / scale.x, y: middle.y + radius_m * sin / scale.y }
    };
    Geometry::Polygon(Polygon::new((0..CORNERS).map(corner).collect::<LineString>(), vec![]))
}

/// How each drawn park is built, what its industries may still build, and what it yields per area.
pub(in crate::plan::parks) fn upstairs(study: &Study<'_>) -> PageTable {
    let buildings = Buildings::of(study.survey, &study.survey.rulebook.parks.upstairs);
    let parks: Vec<&Park> = study.parks().filter(|park| !park.drawn.is_empty()).collect();
    let in_park = |row: usize, park: &Park| study.survey.location.in_park[row].is_some_and(|zone| park.drawn.contains(&zone));
    let mut rows: Vec<Vec<Cell>> = parks
        .iter()
        .map(|park| {
            let built = buildings.built(&study.city, |row| in_park(row, park));
            line(study, park.name.as_str().into(), &built, park.measured_km2)
        })
        .collect();
    let all = buildings.built(&study.city, |row| parks.iter().any(|park| in_park(row, park)));
    let km2 = (!parks.is_empty()).then(|| parks.iter().filter_map(|park| park.measured_km2).sum());
    rows.push(line(study, Cell::words("全部", "all"), &all, km2));
    PageTable {
        key: "park_upstairs",
        title: Detail::new("园区建设强度、工业上楼与地均产值", "Density of parks, industry upstairs and output per area"),
        columns: vec![
            Column::new("park", "园区", "park"),
            Column::new("parcels", "工业宗地", "industrial parcels"),
            Column::number("far", "容积率", "floor area ratio", 2),
            Column::number("capacity_10k_m2", "可增建面积（万平方米）", "floor area left (10k m²)", 2),
            Column::new("capacity_unknown", "增建不明的宗地", "parcels whose capacity is not known"),
            Column::new("firms", "行业已知的企业", "firms with a known industry"),
            Column::number("upstairs_percent", "可上楼企业（%）", "firms that can go upstairs (%)", 1),
            Column::number("measured_km2", "园区面积（平方公里）", "park area (km²)", 2),
            Column::number("output_100m_yuan_per_km2", "地均产值（亿元/平方公里）", "output per area (100m yuan/km²)", 1),
            Column::new("reaches", "达到", "reaches"),
        ],
        rows,
        total: true,
        shapes: Some(parks.iter().map(|park| shape(study, park)).chain([None]).collect()),
    }
}

fn line(study: &Study<'_>, name: Cell, built: &Built, km2: Option<f64>) -> Vec<Cell> {
    let can_tell = !study.survey.rulebook.parks.upstairs.is_empty();
    let told = |cell: Cell| if can_tell { cell } else { Cell::Missing };
    let density = built.output_per_km2(km2);
    vec![
        name,
        built.parcels.into(),
        built.far().into(),
        told(built.capacity.get().map(|m2| m2 / 10_000.0).into()),
        told(built.capacity_unknown.into()),
        built.firms.into(),
        told(built.upstairs_share().map(|share| 100.0 * share).into()),
        km2.into(),
        density.into(),
        density.map_or(Cell::Missing, |density| reaches(study, density).into()),
    ]
}

/// The figures of the seeds that an output per area reaches.
fn reaches(study: &Study<'_>, density: f64) -> Detail {
    let reached = study.seeds.parks.yields.iter().filter(|figure| density >= figure.output_100m_yuan_per_km2);
    let said = reached.map(|figure| {
        let value = figure.output_100m_yuan_per_km2;
        let (year, zh, en) = (figure.year, &figure.name_zh, &figure.name_en);
        Detail::new(format!("{zh}（{year} 年 {value}）"), format!("{en} ({year}: {value})"))
    });
    said.reduce(|all, next| all.and(&Detail::new("、", ", ")).and(&next)).unwrap_or_else(|| Detail::new("无", "none"))
}
