//! What lies in parks, and what lies outside.

use geo::{Centroid, Coord, Geometry};

use super::sector_name;
use crate::finding::Detail;
use crate::page::{Cell, Column, PageTable};
use crate::plan::parks::coverage::{Coverage, by_group, of_all};
use crate::plan::parks::distance::{Borders, distances as from_parks, spread};
use crate::plan::parks::{Study, district_name, sector};
use crate::plan::tally::Sum;

/// How many of the parcels outside parks are shown, the largest first.
const SHOWN_OUTSIDE: usize = 100;

/// Shares of land, output, tax and jobs inside parks.
pub(in crate::plan::parks) fn coverage(study: &Study<'_>) -> PageTable {
    let (land, survey) = (&study.land, study.survey);
    let mut rows = Vec::new();
    let mut add =
        |by: Detail, groups: Vec<Coverage>| rows.extend(groups.into_iter().filter(|g| g.all.parcels > 0).map(|g| line(&by, &g)));
    let all = Detail::new("全部", "all");
    add(all.clone(), vec![of_all(land, &study.in_park, all)]);
    let single =
        |of: &dyn Fn(usize) -> Option<usize>| (0..survey.parcels.ids.len()).map(|row| of(row).into_iter().collect()).collect();
    let districts: Vec<Detail> = (0..survey.districts.0.len()).map(|d| district_name(survey, d)).collect();
    let groups: Vec<Vec<usize>> = single(&|row| survey.location.district[row].map(|share| share.zone));
    let rest = Detail::new("不在任何区", "in no district");
    add(Detail::new("行政区", "district"), by_group(land, &study.in_park, &districts, rest, &groups));
    let sectors: Vec<Detail> = study.seeds.parks.sectors.iter().map(sector::name).collect();
    let groups = single(&|row| study.sectors[row]);
    let rest = Detail::new("不属任何产业或行业不明", "no sector, or industry not known");
    add(Detail::new("产业", "sector"), by_group(land, &study.in_park, &sectors, rest, &groups));
    let zones: Vec<Detail> = study.zoning.zones.iter().map(|zone| zone.name.clone()).collect();
    let rest = Detail::new("其余", "remainder");
    add(Detail::new("布局分区", "layout zone"), by_group(land, &study.in_park, &zones, rest, &study.zoning.of_parcel));
    PageTable {
        key: "park_coverage",
        title: Detail::new("园区内的工业用地、产值、税收与就业", "Industrial land, output, tax and jobs inside parks"),
        columns: vec![
            Column::new("by", "分组", "by"),
            Column::new("group", "组", "group"),
            Column::new("parcels", "宗地", "parcels"),
            Column::new("parcels_inside", "园区内宗地", "parcels inside"),
            Column::number("area_mu", "面积（亩）", "area (mu)", 1),
            Column::number("area_mu_inside", "园区内面积（亩）", "area inside (mu)", 1),
            Column::number("land_percent", "用地占比（%）", "land inside (%)", 1),
            Column::number("output_percent", "产值占比（%）", "output inside (%)", 1),
            Column::number("tax_percent", "税收占比（%）", "tax inside (%)", 1),
            Column::number("employees_percent", "就业占比（%）", "jobs inside (%)", 1),
        ],
        rows,
        total: false,
        shapes: None,
    }
}

fn line(by: &Detail, group: &Coverage) -> Vec<Cell> {
    let percent = |of: fn(&Coverage) -> (Sum, Sum)| {
        let (inside, all) = of(group);
        Cell::from(inside.share_of(all).map(|share| 100.0 * share))
    };
    vec![
        by.clone().into(),
        group.name.clone().into(),
        group.all.parcels.into(),
        group.inside.parcels.into(),
        group.all.mu.get().into(),
        group.all.mu.get().map(|_| group.inside.mu.value).into(),
        percent(|g| (g.inside.mu, g.all.mu)),
        percent(|g| (g.inside.output, g.all.output)),
        percent(|g| (g.inside.tax, g.all.tax)),
        percent(|g| (g.inside.employees, g.all.employees)),
    ]
}

/// Each parcel outside parks with its distance from the nearest park of its sector, m, in the order of ids.
fn outside_parcels(study: &Study<'_>) -> Vec<(usize, Option<f64>)> {
    let sectors = study.seeds.parks.sectors.len();
    let of_named = study.directory.parks.iter().flat_map(|park| park.drawn.iter().filter_map(|n| Some((park.sector?, *n))));
    let of_unnamed = study.directory.unnamed.iter().filter_map(|n| {
        let kind = study.survey.parks.0[*n].kind.as_deref()?;
        Some((sector::named(study.seeds, kind)?, *n))
    });
    let shapes = of_named.chain(of_unnamed).map(|(sector, n)| (sector, &study.survey.parks.0[n].shape)).collect();
    let borders = Borders::new(shapes, sectors);
    let rows: Vec<usize> = study.land.rows.iter().copied().filter(|row| !study.in_park[*row]).collect();
    let places: Vec<_> = rows.iter().map(|&row| (middle(study, row), study.sectors[row])).collect();
    rows.into_iter().zip(from_parks(&borders, &places)).collect()
}

/// The middle of a parcel that has a shape.
pub(super) fn middle(study: &Study<'_>, row: usize) -> Option<Coord<f64>> {
    study.survey.parcels.shapes[row].as_ref().and_then(Centroid::centroid).map(Coord::from)
}

/// How far the land outside parks is from the nearest park of its sector, by sector.
pub(in crate::plan::parks) fn distances(study: &Study<'_>) -> PageTable {
    let outside = outside_parcels(study);
    let groups = (0..study.seeds.parks.sectors.len()).map(Some).chain([None]);
    let rows = groups.filter_map(|sector| {
        let own: Vec<_> = outside.iter().filter(|(row, _)| study.sectors[*row] == sector).collect();
        let mu: f64 = own.iter().filter_map(|(row, _)| study.land.area_mu[*row]).sum();
        let known = own.iter().filter_map(|(row, metres)| Some(((*metres)?, study.land.area_mu[*row]?))).collect();
        let spread = spread(known);
        let name = sector_name(study, sector)
            .unwrap_or_else(|| Detail::new("不属任何产业或行业不明", "no sector, or industry not known"));
        let of = |f: fn(&crate::plan::parks::distance::Spread) -> f64| Cell::from(spread.as_ref().map(f));
        (!own.is_empty()).then(|| {
            vec![
                name.into(),
                own.len().into(),
                mu.into(),
                of(|spread| spread.median_m),
                of(|spread| spread.upper_quartile_m),
                of(|spread| spread.greatest_m),
            ]
        })
    });
    PageTable {
        key: "park_distances",
        title: Detail::new(
            "园区外工业用地到同产业最近园区的距离",
            "Industrial land outside parks: distance to the nearest park of its sector",
        ),
        columns: vec![
            Column::new("sector", "产业", "sector"),
            Column::new("parcels", "园区外宗地", "parcels outside"),
            Column::number("area_mu", "园区外面积（亩）", "area outside (mu)", 1),
            Column::number("median_m", "半数用地在此距离内（米）", "half the land is within (m)", 0),
            Column::number("upper_quartile_m", "四分之三用地在此距离内（米）", "three quarters are within (m)", 0),
            Column::number("greatest_m", "最远（米）", "farthest (m)", 0),
        ],
        rows: rows.collect(),
        total: false,
        shapes: None,
    }
}

/// The largest parcels outside parks.
pub(in crate::plan::parks) fn outside(study: &Study<'_>) -> PageTable {
    let mut outside = outside_parcels(study);
    let mu = |row: usize| study.land.area_mu[row].unwrap_or(0.0);
    outside.sort_by(|a, b| mu(b.0).total_cmp(&mu(a.0)));
    outside.truncate(SHOWN_OUTSIDE);
    let survey = study.survey;
    let row = |(row, metres): &(usize, Option<f64>)| {
        let district = survey.location.district[*row].map(|share| district_name(survey, share.zone));
        vec![
            survey.parcels.ids[*row].as_str().into(),
            district.map_or(Cell::Missing, Cell::from),
            sector_name(study, study.sectors[*row]).map_or(Cell::Missing, Cell::from),
            study.land.area_mu[*row].into(),
            study.land.output[*row].into(),
            (*metres).into(),
        ]
    };
    PageTable {
        key: "outside_parks",
        title: Detail::new("园区外面积最大的 100 宗地", "The 100 largest parcels outside parks"),
        columns: vec![
            Column::new("parcel_id", "宗地代码", "parcel"),
            Column::new("district", "行政区", "district"),
            Column::new("sector", "产业", "sector"),
            Column::number("area_mu", "面积（亩）", "area (mu)", 1),
            Column::number("output_10k_yuan", "产值（万元）", "output (10k yuan)", 0),
            Column::number("distance_m", "距同产业最近园区（米）", "to the nearest park of its sector (m)", 0),
        ],
        rows: outside.iter().map(row).collect(),
        total: false,
        shapes: Some(outside.iter().map(|(row, _)| survey.parcels.shapes[*row].clone().map(Geometry::MultiPolygon)).collect()),
    }
}
