#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::panic)]

use geo::BoundingRect;
use polars::prelude::df;

use super::page::closing;
use super::*;
use crate::model::Zones;
use crate::page::{Cell, Page, Verdict};
use crate::plan::parks::tests::{cell, city};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

#[test]
fn zones_less_what_is_repeated_and_the_remainder_make_the_total() {
    for layers in [[].as_slice(), ["layout"].as_slice()] {
        let (survey, seeds) = (city(layers), Seeds::shanghai().unwrap());
        let zoning = zoning(&survey, &seeds);
        assert_eq!(zoning.by_districts, !layers.is_empty());
        for district in (0..survey.districts.0.len()).map(Some).chain([None]) {
            let land = Land::of(&survey, district);
            let sums = totals(&land, &zoning);
            let closes = |of: &dyn Fn(&Tally) -> f64| {
                let zones: f64 = sums.zones.iter().map(of).sum();
                close(zones - of(&sums.repeated) + of(&sums.remainder), of(&sums.total))
            };
            #[allow(clippy::cast_precision_loss)]
            let parcels = |tally: &Tally| tally.parcels as f64;
            let all: [&dyn Fn(&Tally) -> f64; 4] = [&parcels, &|t| t.mu.value, &|t| t.output.value, &|t| t.tax.value];
            assert!(all.into_iter().all(closes), "{district:?} {sums:?}");
        }
        let whole = totals(&Land::of(&survey, None), &zoning);
        assert!(whole.repeated.parcels > 0 && whole.total.parcels == survey.parcels.ids.len());
    }
}

#[test]
fn every_column_of_the_page_closes() {
    let (survey, seeds) = (city(&["layout"]), Seeds::shanghai().unwrap());
    let table = projects_table();
    let page = page(&survey, &seeds, &Zones::default(), Some(&table), None);
    assert_eq!(page.verdict, Verdict::Met);
    let zones = page.tables.iter().find(|table| table.key == "layout_zones").unwrap();
    assert!(zones.rows.iter().all(|row| row.len() == zones.columns.len()));
    assert_eq!(zones.shapes.as_ref().unwrap().len(), zones.rows.len());
    for column in 2..zones.columns.len() {
        let numbers: Vec<f64> = zones.rows.iter().map(|row| if let Cell::Number(x) = row[column] { x } else { 0.0 }).collect();
        let (total, parts) = numbers.split_last().unwrap();
        assert!(*total != 0.0 && close(parts.iter().sum(), *total), "{}: {numbers:?}", zones.columns[column].key);
    }
    assert_eq!(cell(&page, "layout_zones", &["total"], "projects"), &Cell::Number(3.0), "P1 twice is one, P4 is nowhere");
    assert_eq!(cell(&page, "layout_zones", &["total"], "investment_100m_yuan"), &Cell::Number(180.0));
    for said in ["whole districts, which is illustrative", "1 rows repeat", "1 projects name a parcel", "1 projects have neither"]
    {
        assert!(page.notes.iter().any(|note| note.en.contains(said)), "{said}");
    }
}

fn projects_table() -> polars::prelude::DataFrame {
    df!(
        "project_id" => ["P1", "P2", "P3", "P4", "P1"],
        "investment_100m_yuan" => [Some(120.0), Some(60.0), Some(-1.0), Some(3.0), Some(120.0)],
        "parcel_id" => [None::<&str>, Some("no such parcel"), None, None, None],
        "longitude" => [None::<f64>; 5],
        "latitude" => [None::<f64>; 5],
        "district_code" => [Some("310115"), Some("310114"), Some("310104"), None, Some("310115")],
    )
    .unwrap()
}

#[test]
fn projects_lie_where_their_parcel_point_or_district_lies() {
    let (survey, seeds) = (city(&[]), Seeds::shanghai().unwrap());
    let by_layer = zoning(&survey, &seeds);
    let row = (0..survey.parcels.ids.len())
        .find(|row| {
            by_layer.of_parcel[*row].len() > 1
                && survey.parcels.shapes[*row].is_some()
                && survey.location.district[*row].is_some()
        })
        .unwrap();
    let middle = survey.parcels.shapes[row].as_ref().unwrap().bounding_rect().unwrap().center();
    let table = df!(
        "project_id" => ["on a parcel", "at a point", "in a district", "nowhere"],
        "parcel_id" => [Some(survey.parcels.ids[row].as_str()), None, None, Some("unknown")],
        "longitude" => [None, Some(middle.x), None, None],
        "latitude" => [None, Some(middle.y), None, None],
        "district_code" => [None, None, Some("310115"), None],
    )
    .unwrap();
    let placed = projects(&survey, &seeds, &by_layer, &table);
    let district = survey.location.district[row].unwrap().zone;
    assert_eq!((placed[0].zones.as_ref(), placed[0].district), (Some(&by_layer.of_parcel[row]), Some(district)));
    assert_eq!(placed[1].zones.as_ref(), Some(&by_layer.of_parcel[row]));
    assert_eq!(placed[2].zones, None, "a district does not tell the zone of a layer");
    assert_eq!(survey.districts.0[placed[2].district.unwrap()].id, "310115");
    assert_eq!((placed[3].zones.as_ref(), placed[3].district), (None, None));
    assert!(placed.iter().all(|project| project.investment.is_none()), "no column, no figure");
    let whole = Zoning { by_districts: true, ..by_layer };
    assert_eq!(projects(&survey, &seeds, &whole, &table)[2].zones, Some(vec![0, 1, 2]));
}

#[test]
fn agreement_is_the_share_of_land_summed_parcel_by_parcel() {
    let (survey, seeds) = (city(&[]), Seeds::shanghai().unwrap());
    let (zoning, land) = (zoning(&survey, &seeds), Land::of(&survey, None));
    let parts = agreement(&survey, &land, &zoning, &survey.layout);
    assert_eq!(parts.len(), zoning.zones.len() + 1);
    for part in &parts[..zoning.zones.len()] {
        let (mut all, mut own) = (0.0, 0.0);
        let index = ZoneIndex::new(&Zones(vec![survey.layout.0[part.zone.unwrap()].clone()]));
        for row in 0..survey.parcels.ids.len() {
            if let (true, Some(mu), Some(shape)) =
                (zoning.of_parcel[row].contains(&part.zone.unwrap()), survey.area_mu[row], survey.parcels.shapes[row].as_ref())
            {
                all += mu;
                own += mu * index.shares(shape).first().map_or(0.0, |share| share.share);
            }
        }
        assert!(close(part.mu, all) && close(part.by_pattern_mu[part.zone.unwrap()], own));
        let share = part.share().unwrap();
        assert!(share <= 1.0 + 1e-12 && part.inside_mu >= own - 1e-9, "{share}");
    }
    assert!(parts.last().unwrap().share().is_none_or(|share| share < 0.5), "the remainder lies outside by more than half");
    let none = agreement(&survey, &land, &zoning, &Zones::default());
    assert!(none.iter().all(|part| part.inside_mu == 0.0 && part.by_pattern_mu.is_empty()));
}

#[test]
fn things_in_several_zones_are_taken_off_once_less_than_they_are_counted() {
    assert_eq!(closing(3, [(vec![0, 1, 2], 2.0), (vec![1], 5.0), (vec![], 7.0)].into_iter()), [2.0, 7.0, 2.0, -4.0, 7.0, 14.0]);
}

#[test]
fn without_any_zone_the_layout_is_unknown_and_everything_is_remainder() {
    let (survey, mut seeds) = (city(&["layout"]), Seeds::shanghai().unwrap());
    seeds.layout.zones.clear();
    let page: Page = page(&survey, &seeds, &Zones::default(), None, None);
    assert_eq!(page.verdict, Verdict::Unknown);
    assert_eq!(cell(&page, "layout_zones", &["remainder"], "area_mu"), cell(&page, "layout_zones", &["total"], "area_mu"));
    assert_eq!(cell(&page, "layout_zones", &["total"], "projects"), &Cell::Missing);
}

#[test]
fn a_district_has_its_own_numbers_and_its_place_among_the_districts() {
    let (survey, seeds) = (city(&[]), Seeds::shanghai().unwrap());
    let by_mu = |district: usize| Land::of(&survey, Some(district)).tally(|_| true).mu.value;
    let first = (0..survey.districts.0.len()).max_by(|a, b| by_mu(*a).total_cmp(&by_mu(*b))).unwrap();
    let page = page(&survey, &seeds, &Zones::default(), None, Some(first));
    assert!(page.headline.en.contains("number 1 of 16 districts by industrial land"), "{}", page.headline.en);
    assert_eq!(cell(&page, "layout_zones", &["total"], "area_mu"), &Cell::Number(by_mu(first)));
}
