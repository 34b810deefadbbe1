//! The workbook's formulas, calculated by LibreOffice: the program's own scores and grades, and those of another weight.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader, Xlsx, open_workbook};
use mujun::progress::Silent;
use mujun::read::Inputs;
use mujun::read::spec::SurveySpec;
use mujun::report::{self, Format, Lang, Output};
use mujun::rulebook::Rulebook;

const TOLERANCE: f64 = 1e-9;

/// Formula cells of the sheets of scores: sheet and place → value.
type Cells = BTreeMap<(String, u32, u32), String>;

fn workbook(rulebook: Rulebook, folder: &Path) -> PathBuf {
    let spec = SurveySpec::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/survey.toml")).unwrap();
    let survey = mujun::survey(Inputs::open(&spec, &Silent).unwrap(), rulebook, &Silent).unwrap();
    let output = Output { folder: folder.to_path_buf(), formats: vec![Format::Xlsx], lang: Lang::En, overwrite: true };
    report::write(&survey, &report::totals(&survey), &output, &[], &Silent).unwrap();
    folder.join("survey.xlsx")
}

fn rulebook(change: impl Fn(&str) -> String) -> Rulebook {
    let text = Rulebook::open("shanghai-illustrative").unwrap().text.replace("draws = 1000", "draws = 0");
    Rulebook::parse(&change(&text), Path::new("changed.toml")).unwrap()
}

/// A cell of the method sheet: its column, what is in its row's first cell, and its new value.
type Change<'a> = (&'a str, &'a str, &'a str);

/// Where a changed cell stands in the sheet's text.
fn place(path: &Path, (column, label, _): &Change) -> String {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let rows = book.worksheet_range("Method").unwrap();
    let row = rows.rows().position(|row| row[0] == **label).unwrap_or_else(|| panic!("no row {label}"));
    format!("<c r=\"{column}{}\"", rows.start().unwrap().0 as usize + row + 1)
}

/// The workbook with every stored result of a formula taken out and some cells changed, calculated anew.
fn calculated(path: &Path, changes: &[Change], folder: &Path) -> Option<PathBuf> {
    let mut old = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let bare = folder.join("bare.xlsx");
    let mut new = zip::ZipWriter::new(File::create(&bare).unwrap());
    for n in 0..old.len() {
        let mut entry = old.by_index(n).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            let text = String::from_utf8(bytes).unwrap();
            let mut parts = text.split("</f><v>");
            let mut bare = parts.next().unwrap().to_owned();
            for part in parts {
                bare.push_str("</f>");
                bare.push_str(part.split_once("</v>").unwrap().1);
            }
            if name.ends_with("sheet4.xml") {
                for change in changes {
                    let cell = bare.find(&place(path, change)).unwrap();
                    let end = cell + bare[cell..].find("</c>").unwrap();
                    let head = bare[cell..end].split(" t=\"s\"").next().unwrap().split('>').next().unwrap().to_owned();
                    let new = match change.2.parse::<f64>() {
                        Ok(number) => format!("{head}><v>{number}</v>"),
                        Err(_) => format!("{head} t=\"inlineStr\"><is><t>{}</t></is>", change.2),
                    };
                    bare.replace_range(cell..end, &new);
                }
            }
            bytes = bare.into_bytes();
        }
        new.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        new.write_all(&bytes).unwrap();
    }
    new.finish().unwrap();
    let out = folder.join("calculated");
    let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
    let done =
        Command::new("soffice").args([&profile, "--headless", "--convert-to", "xlsx", "--outdir"]).arg(&out).arg(&bare).output();
    match done {
        Ok(done) if done.status.success() => Some(out.join("bare.xlsx")),
        Ok(done) => panic!("{}", String::from_utf8_lossy(&done.stderr)),
        Err(_) => {
            eprintln!("skipped: soffice (libreoffice-calc) is not there");
            None
        }
    }
}

/// The formula cells of `of`, with the values that `path` has there.
fn cells(of: &Path, path: &Path) -> Cells {
    let (mut of, mut book): (Xlsx<_>, Xlsx<_>) = (open_workbook(of).unwrap(), open_workbook(path).unwrap());
    let mut cells = Cells::new();
    for sheet in of.sheet_names().into_iter().filter(|name| name.starts_with("Scores") || name.starts_with("Quotas")) {
        let (formulas, values) = (of.worksheet_formula(&sheet).unwrap(), book.worksheet_range(&sheet).unwrap());
        let (top, left) = formulas.start().unwrap();
        for (row, column, _) in formulas.used_cells() {
            let place = (top + u32::try_from(row).unwrap(), left + u32::try_from(column).unwrap());
            let value = values.get_value(place).map(|value| match value {
                Data::Empty => String::new(),
                other => other.to_string(),
            });
            cells.insert((sheet.clone(), place.0, place.1), value.unwrap_or_default());
        }
    }
    cells
}

/// A rulebook of thresholds with a bonus and points deducted, and of vetoes to T before a cap.
const THRESHOLDS: &str = r#"
schema = 1
name = "thresholds"
title_zh = "t"
title_en = "t"
place = "p"
year = 2024
source = "made for this test"
illustrative = true
area = "statutory"
area_tolerance = 0.05
floor_area_ratio_limit = 20.0
topology = { in_survey = false }

[[track]]
id = "all"
name_zh = "全部"
name_en = "all"
missing = "zero"

[[track.indicator]]
id = "tax_per_mu"
name_zh = "亩均税收"
name_en = "tax per mu"
unit_zh = ""
unit_en = ""
expr = "tax_10k_yuan / NULLIF(area_mu, 0)"
direction = "more"
weight = 70.0
normalise = { method = "benchmark", value = 20.0, cap = 1.2 }

[[track.indicator]]
id = "energy"
name_zh = "能耗"
name_en = "energy"
unit_zh = ""
unit_en = ""
expr = "energy_tce / NULLIF(output_10k_yuan, 0)"
direction = "less"
weight = 30.0
normalise = { method = "mean_ratio", over = "track" }
missing = { deduct = 3.0 }

[[track.bonus]]
id = "guidance"
name_zh = "加分"
name_en = "bonus"
expr = "CASE WHEN industry_guidance = 'encouraged' THEN 5 ELSE 0 END"

[track.grading]
method = "threshold"
decimals = 1
grades = [{ grade = "A", min = 80.0 }, { grade = "B", min = 50.0 }, { grade = "C", min = 20.0 }, { grade = "D" }]

[[adjustment]]
code = "RESTRICTED"
name_zh = "限制"
name_en = "restricted"
when = "industry_guidance = 'restricted'"
grade = "T"
clause = "c"
source = "s"

[[adjustment]]
code = "CAP"
name_zh = "限级"
name_en = "cap"
when = "industry_guidance IN ('restricted', 'eliminated')"
at_best = "C"
clause = "c"
source = "s"

[list]
grades = ["D"]
"#;

fn thresholds(a_from: &str) -> Rulebook {
    Rulebook::parse(&THRESHOLDS.replace("min = 80.0", &format!("min = {a_from}")), Path::new("thresholds.toml")).unwrap()
}

fn assert_same(got: &Cells, told: &Cells) {
    assert!(told.len() > 5_000, "{} formulas", told.len());
    for (place, told) in told {
        let got = &got[place];
        let same = match (got.parse::<f64>(), told.parse::<f64>()) {
            (Ok(got), Ok(told)) => (got - told).abs() <= TOLERANCE * told.abs().max(1.0),
            // The writer stores an empty text as 0.
            _ => got == told || got.is_empty() && told == "0",
        };
        assert!(same, "{place:?}: calculated {got:?}, stored {told:?}");
    }
}

#[test]
fn every_formula_gives_what_is_stored_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(rulebook(str::to_owned), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, &[], folder.path()) else { return };
    assert_same(&cells(&book, &calculated), &cells(&book, &book));
}

#[test]
fn a_changed_weight_gives_the_scores_and_grades_of_that_weight() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(rulebook(str::to_owned), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, &[("E", "tax per mu", "52")], folder.path()) else { return };
    let other = workbook(rulebook(|text| text.replacen("weight = 35.0", "weight = 52.0", 1)), &folder.path().join("other"));
    assert_same(&cells(&book, &calculated), &cells(&other, &other));
}

#[test]
fn thresholds_bonuses_deductions_and_a_veto_to_t_before_a_cap_are_calculated_alike() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(thresholds("80.0"), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, &[], folder.path()) else { return };
    let told = cells(&book, &book);
    assert!(told.values().any(|value| value == "T"), "the veto is at work");
    assert_same(&cells(&book, &calculated), &told);
}

#[test]
fn a_changed_threshold_gives_the_grades_of_that_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(thresholds("80.0"), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, &[("E", "A", "66.5")], folder.path()) else { return };
    let other = workbook(thresholds("66.5"), &folder.path().join("other"));
    assert_same(&cells(&book, &calculated), &cells(&other, &other));
}

#[test]
fn a_changed_share_gives_the_grades_of_that_share() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(rulebook(str::to_owned), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, &[("E", "B", "0.3")], folder.path()) else { return };
    let other = workbook(rulebook(|text| text.replacen("share = 0.45", "share = 0.3", 1)), &folder.path().join("other"));
    assert_same(&cells(&book, &calculated), &cells(&other, &other));
}

/// Groups in groups with other means, one firm's parcels graded together, quotas by industry where equal scores share a grade.
fn nested(change: &[(&str, &str)]) -> Rulebook {
    let groups = r#"
[[track.group]]
id = "benefit"
name_zh = "效益"
name_en = "benefit"
weight = 80.0
aggregation = "geometric"

[[track.group]]
id = "land"
name_zh = "用地"
name_en = "land"
weight = 30.0
group = "benefit"
aggregation = "harmonic"

[[track.indicator]]
id = "output"
name_zh = "产出"
name_en = "output"
unit_zh = ""
unit_en = ""
expr = "output_10k_yuan / NULLIF(area_mu, 0)"
direction = "more"
weight = 60.0
group = "land"
normalise = { method = "percentile", over = "track" }
missing = "leave_out"

[[track.indicator]]
id = "staff"
name_zh = "用工"
name_en = "staff"
unit_zh = ""
unit_en = ""
expr = "employees / NULLIF(area_mu, 0)"
direction = "more"
weight = 40.0
group = "land"
normalise = { method = "percentile", over = "track" }
missing = "leave_out"

[[track.bonus]]"#;
    let from = THRESHOLDS.find("[track.grading]").unwrap();
    let to = THRESHOLDS.find("[[adjustment]]").unwrap();
    let grading = r#"[track.grading]
method = "quota"
decimals = 0
per = ["industry_code"]
ties = "better"
grades = [
  { grade = "A", share = 0.2, min = 30.0 }, { grade = "B", share = 0.3, round = "ceil" }, { grade = "C" },
  { grade = "D", share = 0.2, from = "bottom", round = "round", below = 60.0 }]

"#;
    let text = format!("{}{grading}{}", &THRESHOLDS[..from], &THRESHOLDS[to..])
        .replace("topology =", "unit = { by = [\"enterprise_id\"] }\ntopology =")
        .replace("missing = { deduct = 3.0 }", "missing = \"leave_out\"")
        .replace("weight = 70.0", "weight = 50.0\ngroup = \"benefit\"")
        .replace("[[track.bonus]]", groups);
    let text = change.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    Rulebook::parse(&text, Path::new("nested.toml")).unwrap()
}

/// The workbook of one rulebook with changed cells calculates to the workbook of another rulebook.
fn assert_follows(first: Rulebook, changes: &[Change], second: Rulebook) {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(first, &folder.path().join("out"));
    let other = workbook(second, &folder.path().join("other"));
    let (before, told) = (cells(&book, &book), cells(&other, &other));
    assert!(changes.is_empty() || before.iter().any(|(place, value)| told[place] != *value), "nothing changed");
    let Some(calculated) = calculated(&book, changes, folder.path()) else { return };
    assert_same(&cells(&book, &calculated), &told);
}

#[test]
fn groups_with_other_means_units_of_several_parcels_and_quotas_by_industry_follow_a_weight_and_a_share() {
    assert_follows(
        nested(&[]),
        &[("E", "group: land", "55"), ("E", "staff", "10"), ("E", "B", "0.45"), ("E", "CAP cap → at best C", "D")],
        nested(&[
            ("weight = 30.0\ngroup", "weight = 55.0\ngroup"),
            ("weight = 40.0", "weight = 10.0"),
            ("share = 0.3", "share = 0.45"),
            ("at_best = \"C\"", "at_best = \"D\""),
        ]),
    );
}

#[test]
fn equal_scores_that_share_the_worse_grade_are_calculated_alike() {
    let worse = ("ties = \"better\"", "ties = \"worse\"");
    assert_follows(nested(&[worse]), &[("E", "A", "0.4")], nested(&[worse, ("share = 0.2", "share = 0.4")]));
}

#[test]
fn topsis_follows_its_weights() {
    let topsis = |weight: &str| {
        let text = THRESHOLDS.replace("missing = \"zero\"", "missing = \"not_assessable\"\naggregation = \"topsis_vector\"");
        let keep = |line: &&str| !line.starts_with("normalise") && !line.starts_with("missing = {");
        let text = text.lines().filter(keep).collect::<Vec<_>>().join("\n").replace("weight = 70.0", weight);
        Rulebook::parse(&text, Path::new("topsis.toml")).unwrap()
    };
    assert_follows(topsis("weight = 70.0"), &[("E", "tax per mu", "20")], topsis("weight = 20.0"));
}

#[test]
fn weights_from_the_data_can_be_changed() {
    let critic =
        |text: &str| text.replacen("missing = \"leave_out\"", "missing = \"leave_out\"\nweighting = { critic = 1.0 }", 1);
    assert_follows(rulebook(critic), &[], rulebook(critic));
}
