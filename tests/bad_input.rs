//! Every bad input gets a clear message with file, place and remedy, exit code 2, and leaves nothing half-written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GOOD: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"parcel_id":"P1","tax_10k_yuan":5},"geometry":{"type":"Polygon","coordinates":[[[121.5,31.2],[121.501,31.2],[121.501,31.201],[121.5,31.201],[121.5,31.2]]]}}
]}"#;

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_mujun")).args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    /// Surveys `parcels` and expects a refusal that says all of `expected`.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], expected: &[&str]) {
        let mut all = vec!["survey", "-o", "out"];
        all.extend(arguments);
        let output = self.run(&all);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty());
        for text in expected.iter().chain(&["to mend it: "]) {
            assert!(said.contains(text), "\"{text}\" is not in: {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
        let left: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert!(left.iter().all(|name| name != "out" && !name.contains("partial")), "left behind: {left:?}");
    }

    #[track_caller]
    fn refuses_parcels(&self, content: impl AsRef<[u8]>, expected: &[&str]) {
        self.write("p.geojson", content);
        let mut all = vec!["p.geojson: "];
        all.extend(expected);
        self.refuses(&["--parcels", "p.geojson"], &all);
    }
}

#[test]
fn a_good_file_is_surveyed() {
    let case = Case::new();
    case.write("p.geojson", GOOD);
    let output = case.run(&["survey", "--parcels", "p.geojson", "-o", "out"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    for file in ["parcels.parquet", "inefficient.geojson", "survey.xlsx", "map.html", "findings.csv", "manifest.json"] {
        assert!(case.path("out").join(file).metadata().unwrap().len() > 0, "{file}");
    }
}

#[test]
fn a_missing_file_and_a_folder() {
    let case = Case::new();
    case.refuses(&["--parcels", "none.geojson"], &["none.geojson: there is no such file"]);
    fs::create_dir(case.path("folder")).unwrap();
    case.refuses(&["--parcels", "folder"], &["folder: is a folder"]);
    case.refuses(&["none.toml"], &["none.toml: there is no such file"]);
}

#[test]
fn empty_files_and_layers() {
    let case = Case::new();
    case.refuses_parcels("", &["is empty"]);
    case.refuses_parcels("  \n", &["is empty"]);
    case.refuses_parcels(r#"{"type":"FeatureCollection","features":[]}"#, &["has no features"]);
}

#[test]
fn text_that_is_cut_off_names_the_line() {
    let case = Case::new();
    case.refuses_parcels(&GOOD[..GOOD.len() - 10], &["line 2", "ends too early", "cut off"]);
    case.refuses_parcels(&GOOD[..GOOD.len() - 1], &["line 3", "ends too early"]);
    case.refuses_parcels(GOOD.replace("\"tax_10k_yuan\":5", "\"tax_10k_yuan\":"), &["line 2, feature 1", "cannot be read"]);
}

#[test]
fn deep_nesting_is_no_stack_overflow() {
    let case = Case::new();
    let deep = "[".repeat(200_000);
    case.refuses_parcels(&deep, &["is not GeoJSON"]);
    case.refuses_parcels(format!(r#"{{"type":"FeatureCollection","features":{deep}"#), &["instead of a feature"]);
    let feature = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"a":{deep}{}}},"geometry":null}}]}}"#,
        "]".repeat(200_000)
    );
    case.write("p.geojson", feature);
    let output = case.run(&["survey", "--parcels", "p.geojson", "-o", "out2"]);
    assert!(matches!(output.status.code(), Some(0 | 2)), "{output:?}");
    case.refuses_parcels(
        format!(r#"{{"type":"FeatureCollection","features":[{{"a":{}"#, "{\"a\":".repeat(200_000)),
        &["ends too early"],
    );
}

#[test]
fn bytes_that_are_not_utf8_point_to_the_encoding() {
    let case = Case::new();
    let mut gbk = GOOD.replace("P1", "@@").into_bytes();
    let at = gbk.windows(2).position(|w| w == b"@@").unwrap();
    gbk[at..at + 2].copy_from_slice(&[0xC9, 0xCF]);
    case.refuses_parcels(&gbk, &["line 2, feature 1", "GBK"]);
    case.refuses_parcels([0xFF, 0xFE, b'{', 0], &["UTF-16"]);
}

/// What used to be refused is read now, and a finding says what was taken for granted.
#[test]
fn tables_are_read_as_bureaus_send_them() {
    let case = Case::new();
    case.write("p.geojson", GOOD);
    case.write(
        "e.csv",
        "企业绩效表,,\n宗地代码;x,企业名称,税收（亿元）\nP1,甲厂,\"1,000\"\nP1,,/,多\n合计,,1000\n".replace(";x", ""),
    );
    let output = case.run(&["survey", "--parcels", "p.geojson", "--enterprises", "e.csv", "-o", "done"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let findings = fs::read_to_string(case.path("done/findings.csv")).unwrap();
    for code in ["TABLE_LAYOUT", "ROW_TOTAL", "ROW_LENGTH", "FIELD_UNIT", "VALUE_CLEANED", "VALUE_MARK_MISSING"] {
        assert!(findings.contains(code), "{code} is not in {findings}");
    }
    case.write("e.csv", "parcel_id,x\n");
    case.refuses(&["--parcels", "p.geojson", "--enterprises", "e.csv"], &["e.csv: has a header and no rows"]);
    case.write("e.xlsx", "no workbook");
    case.refuses(&["--parcels", "p.geojson", "--enterprises", "e.xlsx"], &["e.xlsx: ", "no workbook that can be read"]);
}

#[test]
fn a_byte_order_mark_is_read_over() {
    let case = Case::new();
    case.write("p.geojson", format!("\u{feff}{GOOD}"));
    let output = case.run(&["survey", "--parcels", "p.geojson", "-o", "out"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn other_json_is_refused_for_what_it_is() {
    let case = Case::new();
    case.refuses_parcels(r#"{"type":"Topology","objects":{},"arcs":[]}"#, &["type \"Topology\""]);
    case.refuses_parcels(r#"[1,2]"#, &["is not GeoJSON"]);
    case.refuses_parcels(r#""text""#, &["is not GeoJSON"]);
    case.refuses_parcels(r#"{"a":1}"#, &["not GeoJSON"]);
    case.refuses_parcels(r#"{"type":"FeatureCollection","features":{}}"#, &["list of features"]);
    case.refuses_parcels(r#"{"type":"FeatureCollection","features":[{"type":"Thing"}]}"#, &["type \"Thing\", not a Feature"]);
}

#[test]
fn coordinates_of_another_system_are_refused() {
    let case = Case::new();
    let moved = GOOD
        .replace("[121.501", "[13525100")
        .replace("[121.5", "[13525000")
        .replace(",31.201", ",3660100")
        .replace(",31.2", ",3660000");
    case.refuses_parcels(moved, &["projected", "EPSG:3857"]);
    case.refuses_parcels(
        GOOD.replacen('{', r#"{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4610"}},"#, 1),
        &["old datum"],
    );
}

#[test]
fn a_refused_layer_is_compared_with_the_others() {
    let case = Case::new();
    // [121.5, 31.2] in EPSG:4550, said to be in EPSG:4529; alone it could be in any zone.
    let moved = GOOD
        .replace("[121.5,", "[357036,")
        .replace("[121.501,", "[357132,")
        .replace(",31.2]", ",3454118]")
        .replace(",31.201]", ",3454228]");
    case.write("p.geojson", &moved);
    case.write("k.geojson", GOOD.replace("parcel_id", "park_id"));
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\ncrs = \"EPSG:4529\"\n[parks]\npath = \"k.geojson\"\n");
    case.refuses(&["survey.toml"], &["p.geojson: it is said to be in EPSG:4529", "EPSG:4550"]);
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\ncrs = \"EPSG:4529\"\n");
    case.refuses(&["survey.toml"], &["p.geojson: is said to be in EPSG:4529", "EPSG:4549", "EPSG:4550"]);
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\ncrs = \"our grid\"\n");
    case.refuses(&["survey.toml"], &["\"our grid\" is not known"]);
}

#[test]
fn control_points_place_a_local_grid_and_bad_ones_are_refused() {
    let case = Case::new();
    let local = GOOD.replace("121.501", "1095.3").replace("121.5", "1000").replace("31.201", "2110.9").replace("31.2", "2000");
    case.write("p.geojson", local);
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\ncrs = { control_points = \"points.csv\" }\n");
    case.refuses(&["survey.toml"], &["points.csv: there is no such file"]);
    case.write("points.csv", "x,y,lon,lat\n1000,2000,121.5,31.2\n2000,2000,121.51,31.2\n");
    case.refuses(&["survey.toml"], &["points.csv: has 2 control points", "unchecked"]);
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\ncrs = { points = \"points.csv\" }\n");
    case.refuses(&["survey.toml"], &["control_points"]);
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\ncrs = { control_points = \"points.csv\" }\n");
    case.write("points.csv", "x,y,lon,lat\n1000,2000,121.5,31.2\n1953,2000,121.51,31.2\n1000,3109,121.5,31.21\n");
    let output = case.run(&["survey", "survey.toml", "-o", "out"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let manifest = fs::read_to_string(case.path("out/manifest.json")).unwrap();
    assert!(manifest.contains("local grid by 3 control points to EPSG:4550 (RMS 0."), "{manifest}");
}

#[test]
fn parks_without_ids_are_refused() {
    let case = Case::new();
    case.write("p.geojson", GOOD);
    case.write("k.geojson", GOOD.replace("parcel_id", "whatever"));
    case.refuses(&["--parcels", "p.geojson", "--parks", "k.geojson"], &["k.geojson: has no column of ids (park_id)", "whatever"]);
    case.write("k.geojson", GOOD.replace("\"parcel_id\":\"P1\"", "\"park_id\":null"));
    case.refuses(&["--parcels", "p.geojson", "--parks", "k.geojson"], &["k.geojson: feature 1: the park has no id"]);
}

#[test]
fn a_rulebook_with_a_misspelt_column_is_refused() {
    let case = Case::new();
    case.write("p.geojson", GOOD);
    let rules = include_str!("../seeds/rulebooks/comparison.toml").replace("tax_10k_yuan /", "tax_10k_yaun /");
    case.write("mine.toml", rules);
    case.refuses(
        &["--parcels", "p.geojson", "--rulebook", "mine.toml"],
        &["mine.toml: line 49, track \"all\", indicator \"tax_mu\", expr", "tax_10k_yaun", "did you mean \"tax_10k_yuan\""],
    );
    case.refuses(&["--parcels", "p.geojson", "--rulebook", "comparisn"], &["did you mean \"comparison\""]);
}

#[test]
fn survey_toml_with_an_unknown_key_names_it() {
    let case = Case::new();
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\nfeilds = {}\n");
    case.refuses(&["survey.toml"], &["survey.toml: ", "feilds", "line 3"]);
    case.write("p.geojson", GOOD);
    case.write("survey.toml", "[parcels]\npath = \"p.geojson\"\nfields = { tax_10k_yuan = \"Tax\" }\n");
    case.refuses(&["survey.toml"], &["no column \"Tax\""]);
}

#[test]
fn an_output_folder_is_not_overwritten_unasked() {
    let case = Case::new();
    case.write("p.geojson", GOOD);
    fs::create_dir(case.path("old")).unwrap();
    case.write("old/mine.txt", "keep me");
    let run = |more: &[&str]| case.run(&[&["survey", "--parcels", "p.geojson", "-o", "old"], more].concat());
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--overwrite"));
    assert!(run(&["--overwrite"]).status.success());
    assert_eq!(fs::read_to_string(case.path("old/mine.txt")).unwrap(), "keep me");
    // Formats that are not asked for again do not stay behind from the earlier survey.
    assert!(run(&["--overwrite", "--formats", "csv"]).status.success());
    assert!(case.path("old/findings.csv").exists() && !case.path("old/map.html").exists());
}

#[test]
fn a_file_that_no_survey_wrote_is_not_destroyed() {
    let case = Case::new();
    case.write("p.geojson", GOOD);
    fs::create_dir(case.path("mine")).unwrap();
    case.write("mine/survey.xlsx", "my own table");
    let output = case.run(&["survey", "--parcels", "p.geojson", "-o", "mine", "--overwrite", "--formats", "csv"]);
    assert_eq!(output.status.code(), Some(2));
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(why.contains("survey.xlsx") && why.contains("holds no earlier survey"), "{why}");
    assert_eq!(fs::read_to_string(case.path("mine/survey.xlsx")).unwrap(), "my own table");
}

#[test]
fn an_input_is_never_written_to() {
    let case = Case::new();
    fs::create_dir(case.path("d")).unwrap();
    case.write("d/inefficient.geojson", GOOD);
    let output = case.run(&["survey", "--parcels", "d/inefficient.geojson", "-o", "d", "--overwrite"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is an input"));
    assert_eq!(fs::read_to_string(case.path("d/inefficient.geojson")).unwrap(), GOOD);
}

/// A file system of a few pages, where the test may mount one.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing_behind() {
    let case = Case::new();
    case.write("p.geojson", GOOD);
    fs::create_dir(case.path("small")).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(case.path("small")).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: a full disk needs the right to mount one");
        return;
    }
    let output = case.run(&["survey", "--parcels", "p.geojson", "-o", "small/out"]);
    let left: Vec<_> = fs::read_dir(case.path("small")).unwrap().map(|e| e.unwrap().file_name()).collect();
    let unmounted = Command::new("umount").arg(case.path("small")).status().unwrap();
    assert!(unmounted.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("disk is full") && said.contains(&Path::new("small").join("out").display().to_string()), "{said}");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn help_has_an_example_on_each_command() {
    let case = Case::new();
    for command in ["survey", "demo", "sample", "completions"] {
        let output = case.run(&[command, "--help"]);
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("Example"), "{command}");
    }
    let bash = case.run(&["completions", "bash"]);
    assert!(String::from_utf8_lossy(&bash.stdout).contains("_mujun"));
}
