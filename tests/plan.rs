//! `mujun parks` and `mujun layout` as a user runs them, on the survey of the sample city.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use calamine::{Reader, Xlsx, open_workbook};
use serde_json::Value;

fn mujun(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mujun")).args(args).output().unwrap()
}

fn surveyed(place: &Path) -> String {
    let city = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/survey.toml");
    let out = place.join("out").to_string_lossy().into_owned();
    let run = mujun(&["survey", &city.to_string_lossy(), "-o", &out, "--formats", "gpkg,facts", "--quiet"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    out
}

fn json(args: &[&str]) -> (Option<i32>, Value) {
    let run = mujun(args);
    (run.status.code(), serde_json::from_slice(&run.stdout).unwrap())
}

fn at(place: &Path, name: &str) -> (PathBuf, String) {
    let path = place.join(name);
    (path.clone(), path.to_string_lossy().into_owned())
}

#[test]
fn a_page_has_the_same_numbers_in_every_form_and_says_that_the_city_is_invented() {
    let place = tempfile::tempdir().unwrap();
    let out = surveyed(place.path());
    let (code, page) = json(&["parks", &out, "--json"]);
    // The sample has fewer parks than the plan wants.
    assert_eq!((code, page["verdict"].as_str()), (Some(1), Some("short")));
    assert!(page["notes"][0]["zh"].as_str().unwrap().contains("示意数据"), "{}", page["notes"][0]);
    assert!(page["notes"][1]["en"].as_str().unwrap().contains("illustrative"));

    let rows = page["tables"]["parks"]["rows"].as_array().unwrap();
    let area = |row: &Value| row["area_mu"].as_f64();
    let total: f64 = rows.iter().filter_map(area).sum();
    let inside = page["tables"]["park_coverage"]["rows"][0]["area_mu_inside"].as_f64().unwrap();
    assert!((total - inside).abs() < 1e-6 * inside, "{total} {inside}");

    let (path, file) = at(place.path(), "parks.xlsx");
    assert_eq!(mujun(&["parks", &out, "-o", &file]).status.code(), Some(1));
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let sheet = book.worksheet_range_at(1).unwrap().unwrap();
    let column = sheet.rows().next().unwrap().iter().position(|cell| cell.to_string().contains("工业用地")).unwrap();
    let written: Vec<Option<f64>> = sheet.rows().skip(1).map(|row| row[column].to_string().parse().ok()).collect();
    assert_eq!(written, rows.iter().map(area).collect::<Vec<_>>());

    let (path, file) = at(place.path(), "new.geojson");
    mujun(&["parks", &out, "-o", &file, "--table", "new_parks"]);
    let layer: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let sites = page["tables"]["new_parks"]["rows"].as_array().unwrap();
    assert_eq!(layer["features"].as_array().unwrap().len(), sites.len());
    assert_eq!(layer["features"][0]["properties"]["parcel_id"], sites[0]["parcel_id"]);
}

#[test]
fn the_layout_closes_for_the_city_and_for_a_district() {
    let place = tempfile::tempdir().unwrap();
    let out = surveyed(place.path());
    for district in [None, Some("310117")] {
        let mut args = vec!["layout", &*out, "--json"];
        args.extend(district.iter().flat_map(|code| ["--district", code]));
        let (code, page) = json(&args);
        assert_eq!(code, Some(0));
        let table = &page["tables"]["layout_zones"];
        for column in ["parcels", "area_mu", "listed", "parks"] {
            let parts: f64 = table["rows"].as_array().unwrap().iter().filter_map(|row| row[column].as_f64()).sum();
            let total = table["total"][column].as_f64().unwrap();
            assert!((parts - total).abs() <= 1e-9 * total, "{district:?} {column}: {parts} {total}");
        }
    }
    let shown = String::from_utf8(mujun(&["layout", &out, "--district", "310117"]).stdout).unwrap();
    assert!(!shown.contains("-0"), "{shown}");
}

#[test]
fn what_cannot_be_answered_says_why_and_how_to_mend_it() {
    let place = tempfile::tempdir().unwrap();
    let out = surveyed(place.path());
    let (existing, there) = at(place.path(), "there.xlsx");
    fs::write(&existing, "mine").unwrap();
    let (_, pdf) = at(place.path(), "page.pdf");
    let (_, csv) = at(place.path(), "page.csv");
    let cases: [(&[&str], &str); 6] = [
        (&["parks", &out, "--district", "999999"], "its districts are: 310101"),
        (&["parks", &out, "-o", &there], "--overwrite"),
        (&["parks", &out, "-o", &pdf], "end it with .xlsx"),
        (&["layout", &out, "-o", &there, "--overwrite", "--table", "layout_zones"], "leave the table out"),
        (&["layout", &out, "-o", &csv, "--table", "nosuch"], "its tables are: layout_zones"),
        (&["layout", env!("CARGO_MANIFEST_DIR")], "is not a survey folder"),
    ];
    for (args, remedy) in cases {
        let run = mujun(args);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.code() == Some(2) && said.contains(remedy), "{args:?}: {said}");
    }
    assert_eq!(fs::read_to_string(existing).unwrap(), "mine");
}

#[test]
fn another_city_brings_its_own_plan() {
    let place = tempfile::tempdir().unwrap();
    let square = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"parcel_id\":\"A\"},\"geometry\":\
                  {\"type\":\"Polygon\",\"coordinates\":[[[120,30],[120.01,30],[120.01,30.01],[120,30.01],[120,30]]]}}]}";
    let (path, parcels) = at(place.path(), "p.geojson");
    fs::write(path, square).unwrap();
    let said = |run: &Output| String::from_utf8_lossy(&run.stderr).into_owned();

    let (_, alone) = at(place.path(), "alone");
    assert!(mujun(&["survey", "--parcels", &parcels, "-o", &alone, "--quiet"]).status.success());
    let run = mujun(&["parks", &alone]);
    assert!(run.status.code() == Some(2) && said(&run).contains("name their folder as policy in survey.toml"), "{}", said(&run));

    let (_, bare) = at(place.path(), "bare");
    assert!(mujun(&["survey", "--parcels", &parcels, "-o", &bare, "--quiet", "--formats", "facts"]).status.success());
    assert!(said(&mujun(&["layout", &bare])).contains("written without survey.gpkg"));

    let (folder, _) = at(place.path(), "plan");
    fs::create_dir(&folder).unwrap();
    let (spec, described) = at(place.path(), "survey.toml");
    fs::write(spec, "policy = \"plan\"\n[parcels]\npath = \"p.geojson\"\n").unwrap();
    let (_, out) = at(place.path(), "out");
    let run = mujun(&["survey", &described, "-o", &out, "--quiet"]);
    assert!(run.status.code() == Some(2) && said(&run).contains("targets.toml"), "{}", said(&run));
    for name in ["targets.toml", "layout.toml", "parks.toml", "districts.toml"] {
        let shipped = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name)).unwrap();
        fs::write(folder.join(name), shipped.replace("figure = 60.0", "figure = 7.0")).unwrap();
    }
    assert!(mujun(&["survey", &described, "-o", &out, "--quiet"]).status.success());
    let (code, page) = json(&["parks", &out, "--json"]);
    // The directory alone has more than the seven this plan asks for.
    assert_eq!((code, page["verdict"].as_str()), (Some(0), Some("met")), "{}", page["headline"]);
}
