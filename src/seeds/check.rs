//! What seed files must satisfy beyond their form.

use std::collections::HashSet;

use super::{
    DISTRICTS, Entry, Kind, LAYOUT, PARKS, Park, Sector, SeedError, Seeds, Status, TARGETS, Target, UNITS, entry::ParkCount,
};

type Checked = Result<(), SeedError>;

/// Every check, file by file; the districts first, as the others refer to them.
pub(super) fn all(seeds: &Seeds) -> Checked {
    districts(seeds)?;
    layout(seeds)?;
    parks(seeds)?;
    targets(seeds)
}

/// Refuses an entry unless `holds`.
fn ensure<T: Entry>(holds: bool, file: &'static str, entry: &T, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(SeedError::entry(file, format!("{} `{}`", T::TABLE, entry.key()), why())) }
}

/// Keys are given and differ, and a sourced or computed entry names its source.
fn each<T: Entry>(file: &'static str, entries: &[T]) -> Checked {
    let mut seen = HashSet::new();
    for entry in entries {
        let key = entry.key();
        ensure(!key.trim().is_empty(), file, entry, || "has an empty name".to_owned())?;
        ensure(seen.insert(key), file, entry, || "is there twice; names must differ".to_owned())?;
        let needs_source = !entry.status().is_illustrative();
        ensure(!needs_source || !entry.source().trim().is_empty(), file, entry, || {
            "a sourced or computed entry must name its source; give `source`, or mark it known or guessed".to_owned()
        })?;
    }
    Ok(())
}

/// Every code is a district's, each once.
fn codes<T: Entry>(seeds: &Seeds, file: &'static str, entry: &T, codes: &[String]) -> Checked {
    let mut seen = HashSet::new();
    for code in codes {
        ensure(seeds.district(code).is_some(), file, entry, || format!("code {code} is not in {DISTRICTS}"))?;
        ensure(seen.insert(code), file, entry, || format!("code {code} is there twice"))?;
    }
    Ok(())
}

/// A size is a number above zero.
fn positive<T: Entry>(file: &'static str, entry: &T, field: &str, value: Option<f64>) -> Checked {
    ensure(value.is_none_or(|value| value.is_finite() && value > 0.0), file, entry, || format!("`{field}` must be above zero"))
}

fn districts(seeds: &Seeds) -> Checked {
    each(DISTRICTS, std::slice::from_ref(&seeds.city))?;
    each(DISTRICTS, &seeds.districts)?;
    let is_code = |code: &str| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    ensure(is_code(&seeds.city.code), DISTRICTS, &seeds.city, || "`code` must have six digits".to_owned())?;
    positive(DISTRICTS, &seeds.city, "km2", Some(seeds.city.km2))?;
    ensure(!seeds.districts.is_empty(), DISTRICTS, &seeds.city, || "has no [[district]]".to_owned())?;
    for district in &seeds.districts {
        ensure(is_code(&district.code), DISTRICTS, district, || "`code` must have six digits".to_owned())?;
        ensure(district.code != seeds.city.code, DISTRICTS, district, || "has the code of the city".to_owned())?;
        positive(DISTRICTS, district, "km2", Some(district.km2))?;
        let city = district.new_city.as_ref();
        let known = |name: &String| seeds.layout.new_cities.iter().any(|c| c.name_zh == *name && c.district == district.code);
        ensure(city.is_none_or(known), DISTRICTS, district, || format!("`new_city` is not a new city of it in {LAYOUT}"))?;
    }
    let sum: f64 = seeds.districts.iter().map(|district| district.km2).sum();
    ensure(seeds.city.status != Status::Computed || (sum - seeds.city.km2).abs() < 1e-6, DISTRICTS, &seeds.city, || {
        format!("`km2` is marked computed, but the districts sum to {sum}")
    })
}

fn targets(seeds: &Seeds) -> Checked {
    let plan = &seeds.plan;
    each(TARGETS, std::slice::from_ref(plan))?;
    ensure(plan.first_year <= plan.last_year, TARGETS, plan, || "`first_year` is after `last_year`".to_owned())?;
    each(TARGETS, &seeds.targets)?;
    seeds.targets.iter().try_for_each(|target| one_target(seeds, target))
}

fn one_target(seeds: &Seeds, target: &Target) -> Checked {
    let no = |holds: bool, why: String| ensure(holds, TARGETS, target, || why);
    positive(TARGETS, target, "figure", target.figure)?;
    if target.comparison.needs_figure() {
        no(target.figure.is_some(), "needs a `figure`; only falling and rising have none".to_owned())?;
    } else {
        no(target.figure.is_none(), "has a `figure`, which falling and rising do not take".to_owned())?;
    }
    let Some(unit) = target.unit() else {
        let known: Vec<_> = UNITS.iter().map(|unit| unit.id).collect();
        return no(false, format!("unit `{}` is not known; known are {}", target.unit, known.join(", ")));
    };
    no(unit.is_rate == (target.kind == Kind::Rate), format!("unit `{}` and kind {:?} do not go together", unit.id, target.kind))?;
    let (first, last) = (seeds.plan.first_year, seeds.plan.last_year);
    no(target.deadline >= first, format!("deadline {} is before the plan's first year {first}", target.deadline))?;
    let is_yearly = target.kind == Kind::FlowPerYear || unit.id == "percent_per_year";
    no(!is_yearly || target.deadline <= last, format!("is due every year, but deadline {} is after {last}", target.deadline))?;
    if let Some(id) = &target.deadline_parameter {
        let value = seeds.parameter(id).map(|parameter| parameter.value);
        no(value.is_some(), format!("parameter `{id}` is not in {LAYOUT}"))?;
        no(value == Some(target.deadline), format!("deadline {} differs from parameter `{id}` in {LAYOUT}", target.deadline))?;
    }
    no(!target.scope.is_empty(), "`scope` is empty; name the city or districts".to_owned())?;
    if target.scope == [seeds.city.code.as_str()] { Ok(()) } else { codes(seeds, TARGETS, target, &target.scope) }
}

fn layout(seeds: &Seeds) -> Checked {
    let layout = &seeds.layout;
    each(LAYOUT, std::slice::from_ref(&layout.layout))?;
    each(LAYOUT, &layout.zones)?;
    each(LAYOUT, &layout.earlier_zones)?;
    each(LAYOUT, &layout.new_cities)?;
    each(LAYOUT, &layout.city_parks)?;
    each(LAYOUT, &layout.parameters)?;
    for zone in &layout.zones {
        ensure(!zone.districts.is_empty(), LAYOUT, zone, || "has no districts".to_owned())?;
        codes(seeds, LAYOUT, zone, &zone.districts)?;
    }
    layout.earlier_zones.iter().try_for_each(|zone| codes(seeds, LAYOUT, zone, &zone.districts))?;
    for city in &layout.new_cities {
        codes(seeds, LAYOUT, city, std::slice::from_ref(&city.district))?;
    }
    for park in &layout.city_parks {
        let is_known = layout.new_cities.iter().any(|city| city.id == park.new_city);
        ensure(is_known, LAYOUT, park, || "is not the id of a [[new_city]]".to_owned())?;
    }
    layout.parameters.iter().try_for_each(|parameter| {
        let is_year = parameter.unit != "year" || (1900..=2100).contains(&parameter.value);
        ensure(is_year, LAYOUT, parameter, || format!("{} is not a year", parameter.value))
    })
}

fn parks(seeds: &Seeds) -> Checked {
    let parks = &seeds.parks;
    each(PARKS, &parks.sectors)?;
    each(PARKS, &parks.parks)?;
    each(PARKS, &parks.further_names)?;
    each(PARKS, &parks.counts)?;
    each(PARKS, &parks.yields)?;
    parks
        .yields
        .iter()
        .try_for_each(|figure| positive(PARKS, figure, "output_100m_yuan_per_km2", Some(figure.output_100m_yuan_per_km2)))?;
    sectors(&parks.sectors)?;
    parks.parks.iter().try_for_each(|park| one_park(seeds, park))?;
    for name in &parks.further_names {
        let is_new = parks.parks.iter().all(|park| park.id != name.id && park.name_zh != name.name_zh);
        ensure(is_new, PARKS, name, || "is a [[park]] already".to_owned())?;
        ensure(!name.districts.is_empty(), PARKS, name, || "has no districts".to_owned())?;
        codes(seeds, PARKS, name, &name.districts)?;
    }
    let mut before: Option<&ParkCount> = None;
    for count in &parks.counts {
        positive(PARKS, count, "km2", count.km2)?;
        positive(PARKS, count, "new_km2", count.new_km2)?;
        if let Some(before) = before {
            ensure(before.year < count.year, PARKS, count, || "comes after a later year".to_owned())?;
            let adds = before.parks.checked_add(count.new_parks) == Some(count.parks);
            ensure(before.year + 1 != count.year || adds, PARKS, count, || {
                format!("{} of {} and {} new do not make {}", before.parks, before.year, count.new_parks, count.parks)
            })?;
        }
        before = Some(count);
    }
    Ok(())
}

/// An industry belongs to one sector.
fn sectors(sectors: &[Sector]) -> Checked {
    let mut seen = HashSet::new();
    for sector in sectors {
        let stated = sector.industries.is_empty() == sector.industries_status.is_none();
        ensure(stated, PARKS, sector, || "give `industries` and `industries_status` together".to_owned())?;
        for code in &sector.industries {
            let is_code = (2..=4).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
            ensure(is_code, PARKS, sector, || format!("industry `{code}` must have two to four digits of GB/T 4754"))?;
            ensure(seen.insert(code), PARKS, sector, || format!("industry {code} belongs to a sector already"))?;
        }
    }
    Ok(())
}

fn one_park(seeds: &Seeds, park: &Park) -> Checked {
    let no = |holds: bool, why: &str| ensure(holds, PARKS, park, || why.to_owned());
    no(!park.districts.is_empty(), "has no districts")?;
    codes(seeds, PARKS, park, &park.districts)?;
    let has_sector = seeds.parks.sectors.iter().any(|sector| sector.id == park.sector);
    ensure(has_sector, PARKS, park, || format!("sector `{}` is not a [[sector]]", park.sector))?;
    positive(PARKS, park, "km2", park.km2)?;
    no(park.km2.is_some() == park.km2_status.is_some(), "give `km2` and `km2_status` together")?;
    positive(PARKS, park, "accuracy_km", park.accuracy_km)?;
    let given = [park.lon.is_some(), park.lat.is_some(), park.accuracy_km.is_some(), park.coordinates_status.is_some()];
    no(given.iter().all(|g| *g) || !given.contains(&true), "give lon, lat, accuracy_km and coordinates_status together")?;
    no(park.lon.is_none_or(|lon| (-180.0..=180.0).contains(&lon)), "`lon` is not a longitude; are lon and lat swapped?")?;
    no(park.lat.is_none_or(|lat| (-90.0..=90.0).contains(&lat)), "`lat` is not a latitude; are lon and lat swapped?")?;
    let has_batch = seeds.parks.counts.iter().any(|count| count.year == park.batch);
    ensure(has_batch, PARKS, park, || format!("batch {} is not the year of a [[count]]", park.batch))
}
