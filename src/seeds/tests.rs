//! The shipped files load; each bad one is refused with the file and the entry named.

#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp)]

use super::*;

const TEXTS: [&str; 4] = [
    include_str!("../../seeds/targets.toml"),
    include_str!("../../seeds/layout.toml"),
    include_str!("../../seeds/parks.toml"),
    include_str!("../../seeds/districts.toml"),
];

/// Shanghai's files with one of them changed, and what is said of it.
fn refusal(file: &str, change: impl FnOnce(&str) -> String) -> String {
    let mut texts = TEXTS.map(str::to_owned);
    let place = [TARGETS, LAYOUT, PARKS, DISTRICTS].iter().position(|name| *name == file).unwrap();
    let changed = change(&texts[place]);
    assert_ne!(changed, texts[place], "the change of {file} changed nothing");
    texts[place] = changed;
    match Seeds::parse(&texts[0], &texts[1], &texts[2], &texts[3]) {
        Ok(_) => panic!("{file} was not refused"),
        Err(error) => error.to_string(),
    }
}

/// In the entry whose line `key` is, the first `old` after it becomes `new`.
fn edit(text: &str, key: &str, old: &str, new: &str) -> String {
    let (before, after) = text.split_once(&format!("{key}\n")).unwrap();
    format!("{before}{key}\n{}", after.replacen(old, new, 1))
}

fn assert_refused(file: &str, key: &str, old: &str, new: &str, said: &[&str]) {
    let message = refusal(file, |text| edit(text, key, old, new));
    for part in said.iter().chain([&file]) {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(!message.contains('\n'), "more than one line: {message}");
}

#[test]
fn the_shipped_files_load() {
    let seeds = Seeds::shanghai().unwrap();
    assert_eq!(seeds.targets.len(), 55);
    assert_eq!(seeds.parks.parks.len(), 21);
    assert_eq!(seeds.parks.further_names.len(), 17);
    assert_eq!(seeds.layout.zones.len(), 4);
    assert_eq!(seeds.layout.zones.iter().filter(|zone| zone.kind == ZoneKind::Pole).count(), 1);
    assert_eq!(seeds.layout.earlier_zones.len(), 2);
    assert_eq!((seeds.layout.new_cities.len(), seeds.layout.city_parks.len()), (5, 5));
    assert_eq!(seeds.parks.counts.iter().map(|count| count.parks).collect::<Vec<_>>(), [26, 40, 53]);
    assert_eq!(seeds.districts.iter().filter(|district| district.is_new_city()).count(), 5);
}

#[test]
fn the_districts_have_their_official_areas() {
    let seeds = Seeds::shanghai().unwrap();
    assert_eq!(seeds.districts.len(), 16);
    let official = [
        ("310101", 20.0),
        ("310104", 55.0),
        ("310105", 38.0),
        ("310106", 37.0),
        ("310107", 55.0),
        ("310109", 23.0),
        ("310110", 61.0),
        ("310112", 371.0),
        ("310113", 271.0),
        ("310114", 464.0),
        ("310115", 1210.0),
        ("310116", 586.0),
        ("310117", 606.0),
        ("310118", 670.0),
        ("310120", 687.0),
        ("310151", 1185.0),
    ];
    for (code, km2) in official {
        assert_eq!(seeds.district(code).unwrap().km2, km2, "{code}");
    }
    assert_eq!(seeds.city.km2, official.iter().map(|(_, km2)| km2).sum::<f64>());
}

#[test]
fn the_targets_of_the_space_section_are_as_published() {
    let seeds = Seeds::shanghai().unwrap();
    let expected = [
        ("projects_over_10bn", "19", Comparison::Reach, 10.0, Kind::Stock),
        ("projects_over_5bn", "19", Comparison::Reach, 50.0, Kind::Stock),
        ("projects_over_100m", "19", Comparison::Reach, 1000.0, Kind::Stock),
        ("lingang_output_growth", "20", Comparison::MoreThan, 20.0, Kind::Rate),
        ("new_city_growth_lead", "20", Comparison::AtLeast, 2.0, Kind::Rate),
        ("baoshan_jinshan_increment_share", "20", Comparison::MoreThan, 20.0, Kind::Rate),
        ("characteristic_parks", "21", Comparison::About, 60.0, Kind::Stock),
        ("industrial_land_supply", "safeguard 2", Comparison::AtLeast, 10_000.0, Kind::FlowPerYear),
    ];
    for (id, clause, comparison, figure, kind) in expected {
        let target = seeds.target(id).unwrap();
        assert_eq!((target.clause.as_str(), target.comparison, target.kind), (clause, comparison, kind), "{id}");
        assert_eq!((target.figure, target.deadline), (Some(figure), 2025), "{id}");
    }
    assert_eq!(seeds.parameter("park_deadline_year").unwrap().value, 2025);
    assert_eq!(seeds.target("energy_per_value_added").unwrap().figure, None);
}

#[test]
fn nothing_shipped_claims_more_than_is_known() {
    let seeds = Seeds::shanghai().unwrap();
    assert!(seeds.layout.zones.iter().all(|zone| zone.status == Status::Guessed));
    assert!(seeds.layout.city_parks.iter().all(|park| park.status.is_illustrative()));
    assert!(seeds.parks.further_names.iter().all(|name| name.status.is_illustrative()));
    assert!(seeds.targets.iter().all(|target| target.responsible_status.is_illustrative()));
    for park in &seeds.parks.parks {
        assert_eq!((park.accuracy_km, park.coordinates_status), (Some(2.0), Some(Status::Known)), "{}", park.id);
    }
    for target in seeds.targets.iter().filter(|target| target.clause.is_empty()) {
        assert!(target.note.contains("clause not verified"), "{}", target.id);
    }
}

#[test]
fn a_district_may_lie_in_several_zones_or_in_none() {
    let seeds = Seeds::shanghai().unwrap();
    assert_eq!(
        seeds.zones_of("310115").map(|zone| zone.id.as_str()).collect::<Vec<_>>(),
        ["pole_pudong", "belt_river", "belt_bay"]
    );
    assert_eq!(seeds.zones_of("310101").count(), 0);
}

#[test]
fn bad_targets_are_refused() {
    let id = |name: &str| format!("id = \"{name}\"");
    let supply = &id("industrial_land_supply");
    let name = "target `industrial_land_supply`";
    assert_refused(TARGETS, supply, "unit = \"mu\"", "unit = \"acre\"", &[name, "unit `acre` is not known", "mu, km2"]);
    assert_refused(TARGETS, supply, "unit = \"mu\"", "unit = \"percent\"", &[name, "`percent` and kind FlowPerYear"]);
    assert_refused(TARGETS, supply, "deadline = 2025", "deadline = 2026", &[name, "due every year", "2026"]);
    assert_refused(TARGETS, supply, "deadline = 2025", "deadline = 2022", &[name, "before the plan's first year"]);
    assert_refused(TARGETS, supply, "figure = 10000.0\n", "", &[name, "needs a `figure`"]);
    assert_refused(TARGETS, supply, "10000.0", "nan", &[name, "above zero"]);
    assert_refused(TARGETS, supply, "[\"310000\"]", "[]", &[name, "`scope` is empty"]);
    assert_refused(TARGETS, supply, "\"310000\"", "\"310199\"", &[name, "310199 is not in districts.toml"]);
    assert_refused(TARGETS, supply, "\nstatus = \"sourced\"", "", &[name, "missing field `status`"]);
    assert_refused(TARGETS, supply, "\nstatus = \"sourced\"", "\nstatus = \"sure\"", &[name, "sure", "guessed"]);
    assert_refused(TARGETS, supply, "note =", "remark =", &[name, "unknown field `remark`"]);
    assert_refused(TARGETS, supply, "clause =", "id_2 = \"x\"\nclause =", &[name, "id_2"]);
    let energy = &id("energy_per_value_added");
    assert_refused(TARGETS, energy, "unit =", "figure = 1.0\nunit =", &["`energy_per_value_added`", "has a `figure`"]);
    let parks = &id("characteristic_parks");
    assert_refused(TARGETS, parks, "deadline = 2025", "deadline = 2026", &["`characteristic_parks`", "`park_deadline_year`"]);
    assert_refused(TARGETS, parks, "\"park_deadline_year\"", "\"x\"", &["`characteristic_parks`", "`x` is not in layout.toml"]);
}

#[test]
fn the_year_of_the_parks_can_be_moved_past_the_plan() {
    let targets = edit(TEXTS[0], "id = \"characteristic_parks\"", "deadline = 2025", "deadline = 2026");
    let layout = edit(TEXTS[1], "id = \"park_deadline_year\"", "2025", "2026");
    let seeds = Seeds::parse(&targets, &layout, TEXTS[2], TEXTS[3]).unwrap();
    assert_eq!(seeds.target("characteristic_parks").unwrap().deadline, 2026);
}

#[test]
fn a_source_may_be_empty_only_when_none_is_claimed() {
    let target = "id = \"brand_firms\"";
    let source =
        TEXTS[0].split_once(target).and_then(|(_, after)| after.lines().find(|line| line.starts_with("source"))).unwrap();
    assert_refused(TARGETS, target, source, "source = \" \"", &["target `brand_firms`", "must name its source"]);
    let zone = "id = \"belt_west\"";
    assert_refused(LAYOUT, zone, "\"guessed\"", "\"computed\"", &["zone `belt_west`", "must name its source"]);
}

#[test]
fn names_are_unique() {
    assert_refused(TARGETS, "# Firms\n\n[[target]]", "new_10bn_firms", "unicorns", &["target `unicorns`", "twice"]);
    assert_refused(PARKS, "[[further_name]]", "information_flying_fish", "ic_design", &["further_name `ic_design`", "already"]);
    assert_refused(DISTRICTS, "[[district]]", "310101", "310104", &["district `310104`", "twice"]);
}

#[test]
fn bad_parks_are_refused() {
    let id = "id = \"west_bund_ai\"";
    let name = "park `west_bund_ai`";
    assert_refused(PARKS, id, "310104", "310103", &[name, "310103"]);
    assert_refused(PARKS, id, "sector = \"ai\"", "sector = \"ia\"", &[name, "sector `ia`"]);
    assert_refused(PARKS, id, "lon = 121.46\nlat = 31.17", "lon = 31.17\nlat = 121.46", &[name, "swapped"]);
    assert_refused(PARKS, id, "lat = 31.17\n", "", &[name, "together"]);
    assert_refused(PARKS, id, "batch = 2020", "batch = 2019", &[name, "batch 2019"]);
    assert_refused(PARKS, id, "lon =", "km2 = 1.0\nlon =", &[name, "`km2_status` together"]);
    let sector = "id = \"sensor\"";
    assert_refused(PARKS, sector, "\"3983\"", "\"C39\"", &["sector `sensor`", "industry `C39`", "two to four digits"]);
    assert_refused(PARKS, sector, "\"3983\"", "\"3973\"", &["sector `sensor`", "3973 belongs to a sector already"]);
    assert_refused(PARKS, sector, "industries_status = \"guessed\"\n", "", &["sector `sensor`", "`industries_status` together"]);
    assert_refused(PARKS, "id = \"all_parks\"", "80.0", "0.0", &["yield `all_parks`", "above zero"]);
    assert_refused(PARKS, "year = 2022", "parks = 53", "parks = 54", &["count `2022`", "do not make 54"]);
}

#[test]
fn bad_layouts_and_districts_are_refused() {
    assert_refused(LAYOUT, "id = \"belt_bay\"", "\"310120\"", "\"310115\"", &["zone `belt_bay`", "310115 is there twice"]);
    assert_refused(LAYOUT, "id = \"belt_bay\"", "belt", "ring", &["zone `belt_bay`", "ring"]);
    assert_refused(LAYOUT, "[[city_park]]", "\"jiading\"", "\"chongming\"", &["city_park `chongming`", "[[new_city]]"]);
    assert_refused(LAYOUT, "id = \"park_deadline_year\"", "2025", "25", &["parameter `park_deadline_year`", "25 is not a year"]);
    assert_refused(DISTRICTS, "code = \"310151\"", "1185.0", "2119.0", &["city `310000`", "sum to 7273"]);
    assert_refused(DISTRICTS, "code = \"310114\"", "嘉定新城", "宝山新城", &["district `310114`", "`new_city`"]);
    assert_refused(DISTRICTS, "[[district]]", "310101", "3101", &["district `3101`", "six digits"]);
}

#[test]
fn bad_form_is_refused_by_file_and_table() {
    let said = refusal(PARKS, |text| format!("{text}\n[[blocks]]\nid = \"x\"\n"));
    assert_eq!(said, "parks.toml: `blocks`: is not a table of this file");
    let said = refusal(TARGETS, |text| text.replace("[plan]", "[paln]"));
    assert_eq!(said, "targets.toml: [plan]: is missing");
    let said = refusal(LAYOUT, |text| text.replacen("id = \"belt_bay\"\n", "", 1));
    assert!(said.starts_with("layout.toml: zone number 3: missing field `id`"), "{said}");
    let said = refusal(DISTRICTS, |text| text.replacen("[city]", "[city", 1));
    assert!(said.starts_with("districts.toml: is not valid TOML: "), "{said}");
}

#[test]
fn a_folder_is_read_and_a_missing_file_is_named() {
    let seeds = Path::new("seeds");
    assert_eq!(Seeds::from_dir(seeds).unwrap(), Seeds::shanghai().unwrap());
    let error = Seeds::from_dir(&seeds.join("nowhere")).unwrap_err().to_string();
    assert!(error.contains("targets.toml: could not be read"), "{error}");
}
