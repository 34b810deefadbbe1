//! The whole survey of the sample city: what must close closes, and nothing depends on threads or the order of the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader, Xlsx, open_workbook};
use mujun::finding::{Code, Finding};
use mujun::model::Source;
use mujun::progress::Silent;
use mujun::read::Inputs;
use mujun::read::spec::{InputSpec, SurveySpec};
use mujun::report::{self, Format, Lang, Output, totals};
use mujun::rulebook::Rulebook;
use mujun::sample::{FaultKind, SampleSpec};
use mujun::{Survey, survey};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn survey_of(folder: &Path) -> Survey {
    let spec = SurveySpec::open(&folder.join("survey.toml")).unwrap();
    survey(Inputs::open(&spec, &Silent).unwrap(), Rulebook::open("shanghai-illustrative").unwrap(), &Silent).unwrap()
}

#[test]
fn the_committed_sample_is_what_the_generator_writes() {
    let folder = tempfile::tempdir().unwrap();
    mujun::sample::write(folder.path(), &SampleSpec { parcels: 3000, seed: 2025 }, &mut |_| ()).unwrap();
    for entry in fs::read_dir(data()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        assert!(fs::read(&path).unwrap() == fs::read(folder.path().join(name)).unwrap(), "{name:?} differs");
    }
}

#[test]
fn another_seed_is_another_city() {
    let write = |seed| {
        let folder = tempfile::tempdir().unwrap();
        let truth = mujun::sample::write(folder.path(), &SampleSpec { parcels: 600, seed }, &mut |_| ()).unwrap();
        assert_eq!(truth.parcels, 600);
        fs::read(folder.path().join("parcels.geojson")).unwrap()
    };
    assert!(write(1) != write(2) && write(3) == write(3));
}

/// The generator says what it damaged; the check must find each of those rows, and nothing where nothing was done.
#[test]
fn every_deliberate_fault_is_found_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let truth = mujun::sample::write(folder.path(), &SampleSpec { parcels: 6000, seed: 9 }, &mut |_| ()).unwrap();
    let found = survey_of(folder.path());
    let rows_of = |codes: &[Code]| -> BTreeSet<u64> {
        let of_rows = |f: &&Finding| matches!(f.place.source, Source::Parcels | Source::Enterprises);
        found
            .findings
            .iter()
            .filter(of_rows)
            .filter(|f| codes.contains(&f.code))
            .filter_map(|f| f.place.row)
            .map(|row| row as u64)
            .collect()
    };
    let expected = |kinds: &[FaultKind]| -> BTreeSet<u64> {
        kinds.iter().flat_map(|kind| truth.fault(*kind).unwrap().rows.clone()).collect()
    };
    let cases: &[(&[FaultKind], &[Code])] = &[
        (&[FaultKind::UnclosedRing], &[Code::Unclosed]),
        (&[FaultKind::BowTie, FaultKind::Spike], &[Code::SelfCrossing]),
        (&[FaultKind::HoleOutside], &[Code::RingsClash]),
        (&[FaultKind::ClockwiseOuter], &[Code::Winding]),
        (&[FaultKind::NullGeometry], &[Code::ShapeMissing]),
        (&[FaultKind::EmptyCoordinates], &[Code::ShapeEmpty]),
        (&[FaultKind::TooFewPoints], &[Code::ShortRing]),
        (&[FaultKind::SwappedAxes], &[Code::Swapped]),
        (&[FaultKind::FloorAreaHuge], &[Code::FloorArea]),
        (&[FaultKind::NegativeEmployees, FaultKind::NegativeOutput], &[Code::Impossible]),
    ];
    for (kinds, codes) in cases {
        assert!(!expected(kinds).is_empty(), "{kinds:?}");
        assert_eq!(rows_of(codes), expected(kinds), "{kinds:?}");
    }
    let twice = rows_of(&[Code::DuplicateId]);
    assert!(twice.is_superset(&expected(&[FaultKind::DuplicateId])) && !twice.is_empty());
    assert_eq!(twice.len(), 2 * expected(&[FaultKind::DuplicateId]).len(), "the row whose id it took is told as well");
    assert!(rows_of(&[Code::AreaStated]).is_superset(&expected(&[FaultKind::AreaInMu])));
    let without = found.findings.iter().filter(|f| f.code == Code::EnterpriseNoParcel).count() as u64;
    assert_eq!(without, truth.enterprises_without_parcel);
}

#[test]
fn areas_close() {
    let s = survey_of(&data());
    let t = totals(&s);
    let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b, "{a} {b}");
    for zones in [&t.districts, &t.parks] {
        near(zones.iter().map(|z| z.mu).sum(), t.mu);
        assert_eq!(zones.iter().map(|z| z.parcels).sum::<usize>(), t.parcels);
        assert_eq!(zones.iter().map(|z| z.listed).sum::<usize>(), t.listed);
    }
    near(t.grades.iter().map(|g| g.mu).sum(), t.mu);
    for row in 0..s.parcels.ids.len() {
        assert!(s.location.district[row].is_none_or(|d| d.share > 0.0 && d.share <= 1.0));
    }
}

#[test]
fn enterprise_figures_are_conserved() {
    let s = survey_of(&data());
    assert!(s.flow_totals.len() >= 6);
    for flow in &s.flow_totals {
        assert!(flow.enterprises > 0.0);
        let off = (flow.parcels + flow.unplaced - flow.enterprises).abs() / flow.enterprises;
        assert!(off < 1e-12, "{}: {off:e}", flow.name);
    }
    // The books against the file itself, added up here.
    let mut reader = csv::Reader::from_path(data().join("enterprises.csv")).unwrap();
    let column = reader.headers().unwrap().iter().position(|name| name == "tax_10k_yuan").unwrap();
    let tax: f64 = reader.records().filter_map(|r| r.unwrap()[column].parse::<f64>().ok()).sum();
    let books = s.flow_totals.iter().find(|flow| flow.name == "tax_10k_yuan").unwrap();
    assert!((books.enterprises - tax).abs() < 1e-6);
}

#[test]
fn points_sum_to_the_score_and_the_list_follows_from_grade_and_rules() {
    let s = survey_of(&data());
    let mut scored = 0;
    for row in 0..s.parcels.ids.len() {
        let points: f64 = s.grading.indicators.iter().filter_map(|i| i.points[row]).sum();
        match s.grading.score[row] {
            Some(score) => {
                assert!((points - score).abs() < 1e-9);
                assert_ne!(s.grading.grade[row], "T");
                scored += 1;
            }
            None => assert_eq!(s.grading.grade[row], "T"),
        }
        assert_eq!(s.listing.listed[row], !s.listing.reasons[row].is_empty());
        assert_eq!(s.grading.grade[row] == "D", s.listing.reasons[row].contains(&0));
    }
    assert!(scored > 2000);
}

fn run(survey_toml: &Path, out: &Path, threads: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_mujun"))
        .args(["survey", "--threads", threads, "--overwrite", "-o"])
        .arg(out)
        .arg(survey_toml)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap())
        .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
        .collect()
}

#[test]
fn the_same_bytes_for_one_and_for_two_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    run(&data().join("survey.toml"), &one, "1");
    run(&data().join("survey.toml"), &two, "2");
    let (one, two) = (files(&one), files(&two));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(bytes == &two[name], "{name} differs");
    }
}

/// What is told of the data, sorted, with every number of a row left out.
fn findings_without_rows(survey: &Survey) -> Vec<String> {
    let without = |text: &str| {
        let mut parts = text.split("row ");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |told, part| told + "row " + part.trim_start_matches(|c: char| c.is_ascii_digit()))
    };
    let mut told: Vec<String> = survey
        .findings
        .iter()
        .map(|f| format!("{} {} {:?} {}", f.code.name(), f.place.source.name(), f.place.id, without(&f.detail.en)))
        .collect();
    told.sort();
    told
}

#[test]
fn the_order_of_the_rows_changes_nothing_but_the_order() {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(data()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let to = folder.path().join(path.file_name().unwrap());
        if path.extension().is_some_and(|e| e == "toml") {
            fs::write(to, text).unwrap();
            continue;
        }
        // Header or opening line, rows, closing line.
        let geojson = path.extension().is_some_and(|e| e == "geojson");
        let mut lines: Vec<&str> = text.lines().collect();
        let last = if geojson { lines.pop() } else { None };
        let mut rows: Vec<&str> =
            lines.split_off(1).into_iter().map(|line| if geojson { line.trim_end_matches(',') } else { line }).collect();
        rows.reverse();
        let third = rows.len() / 3;
        rows.rotate_left(third);
        let joined = rows.join(if geojson { ",\n" } else { "\n" });
        fs::write(to, format!("{}\n{joined}\n{}", lines[0], last.unwrap_or(""))).unwrap();
    }
    let (a, b) = (survey_of(&data()), survey_of(folder.path()));
    assert_eq!(totals(&a).grades, totals(&b).grades);
    assert_eq!(totals(&a).districts, totals(&b).districts);
    assert_eq!(totals(&a).parks, totals(&b).parks);
    assert_eq!(totals(&a).layout, totals(&b).layout);
    assert_eq!(a.flow_totals, b.flow_totals);
    assert_eq!(findings_without_rows(&a), findings_without_rows(&b));
    type Graded = (Option<f64>, String, Option<u32>, Vec<usize>);
    let by_id = |s: &Survey| -> BTreeMap<String, Graded> {
        let unique = |id: &String| s.parcels.ids.iter().filter(|other| *other == id).count() == 1;
        let rows = (0..s.parcels.ids.len()).filter(|row| unique(&s.parcels.ids[*row]));
        rows.map(|r| {
            (
                s.parcels.ids[r].clone(),
                (s.grading.score[r], s.grading.grade[r].clone(), s.grading.rank[r], s.listing.reasons[r].clone()),
            )
        })
        .collect()
    };
    let (a, b) = (by_id(&a), by_id(&b));
    assert_eq!(a.len(), b.len());
    for (id, graded) in &a {
        assert_eq!(Some(graded), b.get(id), "{id}");
    }
}

#[test]
fn the_written_files_tell_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    run(&data().join("survey.toml"), &out, "2");
    let t = totals(&survey_of(&data()));
    let json = |name: &str| -> serde_json::Value { serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap() };
    let manifest = json("manifest.json");
    assert_eq!(manifest["totals"]["listed"]["parcels"], t.listed);
    assert_eq!(manifest["totals"]["mu"], t.mu);
    assert_eq!(manifest["schematic"], true);
    let list = json("inefficient.geojson");
    assert_eq!(list["features"].as_array().unwrap().len(), t.listed);
    assert_eq!(list["schematic"], true);
    let findings = fs::read_to_string(out.join("findings.csv")).unwrap();
    assert_eq!(
        csv::Reader::from_reader(findings.trim_start_matches('\u{feff}').as_bytes()).records().count(),
        t.findings.values().sum::<usize>()
    );

    let file = fs::File::open(out.join("parcels.parquet")).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let geo = reader
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .unwrap()
        .iter()
        .find(|kv| kv.key == "geo")
        .unwrap()
        .value
        .clone()
        .unwrap();
    let geo: serde_json::Value = serde_json::from_str(&geo).unwrap();
    assert_eq!(geo["columns"]["geometry"]["crs"]["id"]["code"], 4490);
    let firmness = &manifest["firmness"];
    assert_eq!(firmness["draws"], 1000);
    let labels = firmness["labels"].as_object().unwrap();
    assert_eq!(labels.values().map(|of| of["parcels"].as_u64().unwrap()).sum::<u64>(), t.parcels as u64);
    assert_eq!(labels.values().map(|of| of["listed"].as_u64().unwrap()).sum::<u64>(), t.listed as u64);
    for choice in ["weights", "area", "missing", "weight:above_scale.tax_per_mu"] {
        let of = &firmness["sensitivity"][choice];
        assert!(of["first"]["value"].as_f64().unwrap() <= of["total"]["value"].as_f64().unwrap(), "{choice}");
    }
    let (mut rows, mut listed, mut mu) = (0, 0, 0.0);
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        use arrow::array::{AsArray, types::Float64Type};
        rows += batch.num_rows();
        listed += batch.column_by_name("listed").unwrap().as_boolean().true_count();
        let share = |name: &str, row: usize| batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().value(row);
        let (label, grade) = (batch.column_by_name("firmness").unwrap(), batch.column_by_name("grade").unwrap());
        for row in 0..batch.num_rows() {
            let grades = ["p_A", "p_B", "p_C", "p_D", "p_T"].map(|name| share(name, row));
            assert!((grades.iter().sum::<f64>() - 1.0).abs() < 1e-12 && (0.0..=1.0).contains(&share("p_listed", row)));
            assert!(share("p_listed", row) >= share("p_D", row), "grade D is listed");
            if label.as_string::<i32>().value(row) == "firm" && !label.is_null(row) {
                assert!(share(&format!("p_{}", grade.as_string::<i32>().value(row)), row) >= 0.95);
            }
        }
        mu += batch.column_by_name("area_mu").unwrap().as_primitive::<Float64Type>().iter().flatten().sum::<f64>();
    }
    assert_eq!((rows, listed), (t.parcels, t.listed));
    assert!((mu - t.mu).abs() < 1e-6);
}

/// Four parcels of 200 by 200 m in a row, each with some more properties.
fn parcels(folder: &Path, properties: [&str; 4], shapes: [bool; 4]) -> PathBuf {
    let feature = |n: usize| {
        let west = 121.5 + 0.003 * n as f64;
        let ring = [[west, 31.2], [west + 0.002, 31.2], [west + 0.002, 31.202], [west, 31.202], [west, 31.2]];
        let shape = if shapes[n] { format!("{{\"type\":\"Polygon\",\"coordinates\":[{ring:?}]}}") } else { "null".to_owned() };
        format!("{{\"type\":\"Feature\",\"properties\":{{\"parcel_id\":\"P{n}\",{}}},\"geometry\":{shape}}}", properties[n])
    };
    let features: Vec<String> = (0..4).map(feature).collect();
    let path = folder.join("parcels.geojson");
    fs::write(&path, format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","))).unwrap();
    path
}

fn surveyed(spec: &SurveySpec) -> Survey {
    survey(Inputs::open(spec, &Silent).unwrap(), Rulebook::open("shanghai-illustrative").unwrap(), &Silent).unwrap()
}

#[test]
fn land_of_unknown_area_is_not_assessable_whatever_its_other_figures() {
    let folder = tempfile::tempdir().unwrap();
    let rich = "\"tax_10k_yuan\":900,\"revenue_10k_yuan\":9000,\"rnd_10k_yuan\":900";
    let spec =
        SurveySpec { parcels: parcels(folder.path(), [rich; 4], [true, true, true, false]).into(), ..SurveySpec::default() };
    let found = surveyed(&spec);
    assert_eq!(found.area_mu[3], None);
    assert_eq!((found.grading.grade[3].as_str(), found.grading.score[3], found.grading.rank[3]), ("T", None, None));
    assert!(found.grading.grade[..3].iter().all(|grade| grade != "T"), "{:?}", found.grading.grade);
}

#[test]
fn only_the_enterprise_table_has_a_year_and_sums() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("survey.toml");
    for (key, line) in [("year", "year = 2023"), ("sum", "sum = [\"a\"]")] {
        fs::write(&path, format!("[parcels]\npath = \"p.geojson\"\n[parks]\npath = \"k.geojson\"\n{line}\n")).unwrap();
        let error = SurveySpec::open(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("[parks] {key}")) && error.contains("survey.toml"), "{error}");
    }
}

/// The workbook of the sample; the sums are those over all parcels.
#[test]
fn the_sheets_by_district_and_by_park_close_with_what_lies_outside() {
    let folder = tempfile::tempdir().unwrap();
    let text = Rulebook::open("shanghai-illustrative").unwrap().text.replace("draws = 1000", "draws = 0");
    let rulebook = Rulebook::parse(&text, Path::new("r.toml")).unwrap();
    let spec = SurveySpec::open(&data().join("survey.toml")).unwrap();
    let found = survey(Inputs::open(&spec, &Silent).unwrap(), rulebook, &Silent).unwrap();
    let all = totals(&found);
    let output = Output { folder: folder.path().join("out"), formats: vec![Format::Xlsx], lang: Lang::Zh, overwrite: false };
    report::write(&found, &all, &output, &[], &Silent).unwrap();
    let mut book: Xlsx<_> = open_workbook(output.folder.join("survey.xlsx")).unwrap();
    for (sheet, zones) in [("分区汇总", &all.districts), ("分园区汇总", &all.parks)] {
        let cells = book.worksheet_range(sheet).unwrap();
        let last: Vec<Data> = cells.rows().next_back().unwrap().to_vec();
        assert_eq!(last[1], Data::String("合计".into()), "{sheet}");
        // The header is the fourth row; zones, what lies in none, the total.
        assert_eq!(cells.height(), 4 + zones.len() + 1, "{sheet}");
        let number = |cell: &Data| cell.to_string().parse::<f64>().unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * b, "{sheet}: {a} {b}");
        near(number(&last[2]), all.parcels as f64);
        near(number(&last[3]), all.mu);
        near(number(&last[4]), all.listed as f64);
        near(number(&last[5]), all.listed_mu);
        for (cell, grade) in last[6..].iter().zip(&all.grades) {
            near(number(cell), grade.parcels as f64);
        }
    }
}

/// A title, an id and a park's name that would colour a terminal, move its cursor and write from right to left.
#[test]
fn nothing_in_the_data_commands_the_terminal_that_shows_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    let wild = "\u{1b}[31m\u{9b}2J\u{202e}";
    let json = "\\u001b[31m\\u009b2J\\u202e";
    let path = parcels(folder.path(), ["\"tax_10k_yuan\":1"; 4], [true; 4]);
    let text = fs::read_to_string(&path).unwrap().replace("_id\":\"", &format!("_id\":\"{json}"));
    fs::write(&path, &text).unwrap();
    let park_file = folder.path().join("k.geojson");
    fs::write(&park_file, text.replace("parcel_id", "park_id")).unwrap();
    let spec = SurveySpec {
        title: Some(format!("甲{wild}\n乙")),
        parcels: path.into(),
        parks: Some(park_file.into()),
        ..SurveySpec::default()
    };
    let found = surveyed(&spec);
    let shown = report::summary(&found, &totals(&found), &[], Lang::Zh);
    assert!(shown.contains("甲\\u{1b}[31m") && shown.matches("\\u{202e}").count() > 4, "{shown}");
    let obeyed = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    assert!(!shown.contains(obeyed) && !shown.contains("\n乙"), "{shown}");
}

#[test]
fn land_status_in_chinese_and_in_capitals_meets_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    let rows = ["\"利用状态\":\"闲置\"", "\"利用状态\":\"停产\"", "\"利用状态\":\"Idle\"", "\"利用状态\":\"在用\""];
    let spec = SurveySpec { parcels: parcels(folder.path(), rows, [true; 4]).into(), ..SurveySpec::default() };
    assert_eq!(surveyed(&spec).listing.listed, [true, true, true, false]);
}

#[test]
fn of_several_years_of_a_firm_the_latest_counts_and_two_rows_of_a_year_are_added_up_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("e.csv");
    let text =
        "enterprise_id,parcel_id,年度,tax_10k_yuan\nE1,P0,2022,5\nE1,P0,2023,6\nE1,P1,2023,6\nE2,P0,2023,7\nE2,P0,2023,1\n";
    fs::write(&table, text).unwrap();
    let spec = SurveySpec {
        parcels: parcels(folder.path(), ["\"a\":1"; 4], [true; 4]).into(),
        enterprises: Some(InputSpec { path: table.clone(), ..InputSpec::default() }),
        ..SurveySpec::default()
    };
    let tax = |found: &Survey| found.table.column("tax_10k_yuan").unwrap().f64().unwrap().iter().take(2).collect::<Vec<_>>();
    let latest = surveyed(&spec);
    assert_eq!(tax(&latest), [Some(14.0), Some(6.0)]);
    let told = |code: Code| latest.findings.iter().filter(|f| f.code == code).collect::<Vec<_>>();
    let twice: Vec<Option<usize>> = told(Code::EnterpriseDuplicate).iter().map(|f| f.place.row).collect();
    assert_eq!(twice, [Some(3), Some(4)], "both rows of the firm on the parcel in that year, and no other");
    assert_eq!(told(Code::EnterpriseYears)[0].detail.en, "taken 2023 × 4; left out 2022 × 1");
    let total = |found: &Survey| found.flow_totals.iter().find(|total| total.name == "tax_10k_yuan").unwrap().enterprises;
    assert_eq!(total(&latest), 20.0);
    let enterprises = InputSpec { path: table, year: Some(2022), ..InputSpec::default() };
    let earlier = surveyed(&SurveySpec { enterprises: Some(enterprises), ..spec });
    assert_eq!((tax(&earlier), total(&earlier)), (vec![Some(5.0), None], 5.0));
}
