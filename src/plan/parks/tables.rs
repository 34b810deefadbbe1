//! The tables of the page of parks: the parks themselves, how many there are, and where directory and layer disagree.

mod future;
mod land;

use geo::{Geometry, MultiPolygon};

use super::directory::Park;
use super::{Study, district_name, sector, zones_of};
use crate::finding::{Detail, detail};
use crate::page::{Cell, Column, PageTable};
pub(super) use future::{sites, upstairs};
pub(super) use land::{coverage, distances, outside};

/// The shape of all that is drawn of a park.
fn shape(study: &Study<'_>, park: &Park) -> Option<Geometry> {
    let parts = park.drawn.iter().flat_map(|n| study.survey.parks.0[*n].shape.0.clone());
    (!park.drawn.is_empty()).then(|| Geometry::MultiPolygon(MultiPolygon(parts.collect())))
}

fn sector_name(study: &Study<'_>, sector: Option<usize>) -> Option<Detail> {
    sector.map(|n| sector::name(&study.seeds.parks.sectors[n]))
}

/// The sector of a park: of the directory, or what the layer says.
fn sector_of_park(study: &Study<'_>, park: &Park) -> Option<Detail> {
    let said = || park.drawn.iter().find_map(|n| study.survey.parks.0[*n].kind.as_deref()).map(Detail::from);
    sector_name(study, park.sector).or_else(said)
}

/// The names of districts, or their codes where the survey does not have them.
fn district_names(study: &Study<'_>, codes: &[String]) -> String {
    let name = |code: &String| {
        let known = study.survey.districts.0.iter().position(|zone| zone.id == *code);
        known.map_or_else(|| code.clone(), |district| district_name(study.survey, district).zh)
    };
    codes.iter().map(name).collect::<Vec<_>>().join("、")
}

fn yes_no(holds: bool) -> Cell {
    if holds { Cell::words("是", "yes") } else { Cell::words("否", "no") }
}

/// Every park that has a name.
pub(super) fn parks(study: &Study<'_>) -> PageTable {
    let parks: Vec<&Park> = study.parks().collect();
    let row = |park: &&Park| {
        let tally = study.city.tally(|row| study.survey.location.in_park[row].is_some_and(|zone| park.drawn.contains(&zone)));
        let of_drawn = |cell: Cell| if park.drawn.is_empty() { Cell::Missing } else { cell };
        vec![
            park.name.as_str().into(),
            sector_of_park(study, park).map_or(Cell::Missing, Cell::from),
            district_names(study, &park.districts).into(),
            park.batch.map_or(Cell::Missing, |year| year.to_string().into()),
            yes_no(park.entry.is_some()),
            of_drawn(park.blocks.into()),
            park.declared_km2.into(),
            park.measured_km2.into(),
            park.area_difference().map(|share| 100.0 * share).into(),
            of_drawn(tally.parcels.into()),
            of_drawn(tally.mu.get().into()),
            of_drawn(tally.output.get().into()),
            of_drawn(tally.tax.get().into()),
            of_drawn(tally.employees.get().into()),
        ]
    };
    PageTable {
        key: "parks",
        title: Detail::new("园区", "Parks"),
        columns: vec![
            Column::new("park", "园区", "park"),
            Column::new("sector", "产业", "sector"),
            Column::new("districts", "行政区", "districts"),
            Column::new("batch", "批次", "batch"),
            Column::new("in_directory", "在名录中", "in the directory"),
            Column::new("blocks", "绘制块数", "blocks drawn"),
            Column::number("declared_km2", "公布面积（平方公里）", "declared area (km²)", 2),
            Column::number("measured_km2", "量算面积（平方公里）", "measured area (km²)", 2),
            Column::number("area_difference_percent", "量算比公布（%）", "measured less declared (%)", 1),
            Column::new("parcels", "工业宗地", "industrial parcels"),
            Column::number("area_mu", "工业用地（亩）", "industrial land (mu)", 1),
            Column::number("output_10k_yuan", "产值（万元）", "output (10k yuan)", 0),
            Column::number("tax_10k_yuan", "税收（万元）", "tax (10k yuan)", 0),
            Column::number("employees", "从业人数", "employees", 0),
        ],
        rows: parks.iter().map(row).collect(),
        total: false,
        shapes: Some(parks.iter().map(|park| shape(study, park)).collect()),
    }
}

/// How many parks, by district, sector, batch and layout zone.
pub(super) fn counts(study: &Study<'_>) -> PageTable {
    let parks: Vec<&Park> = study.parks().collect();
    let mut rows = Vec::new();
    let mut count = |by: &Detail, group: Detail, holds: &dyn Fn(usize) -> bool| {
        let some: Vec<&Park> = parks.iter().enumerate().filter(|(n, _)| holds(*n)).map(|(_, park)| *park).collect();
        let drawn = some.iter().filter(|park| !park.drawn.is_empty()).count();
        let listed = some.iter().filter(|park| park.entry.is_some()).count();
        rows.push(vec![by.clone().into(), group.into(), some.len().into(), drawn.into(), listed.into()]);
    };
    let by = Detail::new("全部", "all");
    count(&by, by.clone(), &|_| true);
    let by = Detail::new("行政区", "district");
    let districts = &study.survey.districts.0;
    for (d, zone) in districts.iter().enumerate().filter(|(d, _)| study.district.is_none_or(|own| own == *d)) {
        count(&by, district_name(study.survey, d), &|n| parks[n].districts.contains(&zone.id));
    }
    let elsewhere = |n: usize| !districts.iter().any(|zone| parks[n].districts.contains(&zone.id));
    if parks.iter().enumerate().any(|(n, _)| elsewhere(n)) {
        count(&by, Detail::new("其他", "elsewhere"), &elsewhere);
    }
    let by = Detail::new("产业", "sector");
    for (s, sector) in study.seeds.parks.sectors.iter().enumerate() {
        count(&by, sector::name(sector), &|n| parks[n].sector == Some(s));
    }
    count(&by, Detail::new("不属名录产业", "no sector of the directory"), &|n| parks[n].sector.is_none());
    let by = Detail::new("批次", "batch");
    for batch in &study.seeds.parks.counts {
        count(&by, batch.year.to_string().into(), &|n| parks[n].batch == Some(batch.year));
    }
    count(&by, Detail::new("不在名录中", "not in the directory"), &|n| parks[n].batch.is_none());
    let by = Detail::new("布局分区", "layout zone");
    let zones = zones_of(study.survey, study.seeds, &parks);
    for (z, zone) in study.zoning.zones.iter().enumerate() {
        count(&by, zone.name.clone(), &|n| zones[n].as_ref().is_some_and(|zones| zones.contains(&z)));
    }
    count(&by, Detail::new("其余", "remainder"), &|n| zones[n].as_ref().is_some_and(Vec::is_empty));
    count(&by, Detail::new("未绘制，无法归入", "not drawn, zone not known"), &|n| zones[n].is_none());
    PageTable {
        key: "park_counts",
        title: Detail::new("园区数", "Number of parks"),
        columns: vec![
            Column::new("by", "分组", "by"),
            Column::new("group", "组", "group"),
            Column::new("parks", "园区", "parks"),
            Column::new("drawn", "已绘制", "drawn"),
            Column::new("in_directory", "在名录中", "in the directory"),
        ],
        rows,
        total: false,
        shapes: None,
    }
}

/// Where directory and layer disagree, and what has no park.
pub(super) fn gaps(study: &Study<'_>) -> PageTable {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut say = |kind: Detail, name: Detail, what: Detail| rows.push(vec![kind.into(), name.into(), what.into()]);
    let districts = |park: &Park| Detail::from(district_names(study, &park.districts));
    let entries = &study.seeds.parks.parks;
    for park in study.parks().filter(|park| park.drawn.is_empty()) {
        say(Detail::new("名录中有，未绘制", "in the directory, not drawn"), park.name.as_str().into(), districts(park));
    }
    for park in study.parks().filter(|park| park.entry.is_none()) {
        say(Detail::new("已绘制，不在名录中", "drawn, not in the directory"), park.name.as_str().into(), districts(park));
    }
    for park in study.parks().filter(|park| park.by_part_of_name) {
        let name = park.entry.map(|n| Detail::from(&*entries[n].name_zh)).unwrap_or_default();
        say(Detail::new("名称部分相同，视为同一园区", "taken for one park by part of the name"), park.name.as_str().into(), name);
    }
    let tolerance = study.survey.rulebook.area_tolerance;
    for park in study.parks().filter(|park| park.area_difference().is_some_and(|share| share.abs() > tolerance)) {
        let percent = 100.0 * park.area_difference().unwrap_or(0.0);
        let what = detail!("量算比公布 {percent:+.1}%", "measured less declared {percent:+.1} %");
        say(Detail::new("面积不符", "areas differ"), park.name.as_str().into(), what);
    }
    if study.district.is_none() {
        let id = |n: usize| Detail::from(study.survey.parks.0[n].id.as_str());
        for &n in &study.directory.unnamed {
            say(Detail::new("图形没有名称", "shape without a name"), id(n), Detail::default());
        }
        for &(inner, outer) in &study.directory.doubled {
            let what = detail!("在 {} 之内", "lies in {}", study.survey.parks.0[outer].id);
            say(Detail::new("重复绘制", "drawn twice"), id(inner), what);
        }
        for &n in &study.directory.doubled_entries {
            say(Detail::new("名录中重复", "twice in the directory"), (&*entries[n].name_zh).into(), (&*entries[n].id).into());
        }
        for (s, sector) in study.seeds.parks.sectors.iter().enumerate() {
            if study.parks().all(|park| park.sector != Some(s)) {
                say(Detail::new("产业没有园区", "sector without a park"), sector::name(sector), Detail::default());
            }
        }
    }
    for (d, zone) in study.survey.districts.0.iter().enumerate().filter(|(d, _)| study.district.is_none_or(|own| own == *d)) {
        if study.directory.parks.iter().all(|park| !park.districts.contains(&zone.id)) {
            say(Detail::new("区没有园区", "district without a park"), district_name(study.survey, d), Detail::default());
        }
    }
    PageTable {
        key: "park_gaps",
        title: Detail::new(
            "名录与图形不符之处，无园区的产业与区",
            "Where directory and layer disagree; sectors and districts without a park",
        ),
        columns: vec![
            Column::new("kind", "情况", "what"),
            Column::new("name", "名称", "name"),
            Column::new("remark", "说明", "remark"),
        ],
        rows,
        total: false,
        shapes: None,
    }
}
