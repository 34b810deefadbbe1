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

/// The workbook with every stored result of a formula taken out and, if asked, the first weight of the first track changed, calculated anew.
fn calculated(path: &Path, weight: Option<(&str, &str)>, folder: &Path) -> Option<PathBuf> {
    let mut old = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let bare = folder.join("bare.xlsx");
    let mut new = zip::ZipWriter::new(File::create(&bare).unwrap());
    for n in 0..old.len() {
        let mut entry = old.by_index(n).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            let mut text = String::from_utf8(bytes).unwrap();
            while let Some(at) = text.find("</f><v>") {
                let end = at + text[at..].find("</v>").unwrap() + 4;
                text.replace_range(at + 4..end, "");
            }
            if let Some((from, to)) = weight {
                text = text.replacen(from, to, 1);
            }
            bytes = text.into_bytes();
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
    for sheet in of.sheet_names().into_iter().filter(|name| name.starts_with("Scores")) {
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
    assert!(told.len() > 10_000, "{} formulas", told.len());
    for (place, told) in told {
        let got = &got[place];
        let same = match (got.parse::<f64>(), told.parse::<f64>()) {
            (Ok(got), Ok(told)) => (got - told).abs() <= TOLERANCE * told.abs().max(1.0),
            _ => got == told,
        };
        assert!(same, "{place:?}: calculated {got:?}, stored {told:?}");
    }
}

#[test]
fn every_formula_gives_what_is_stored_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(rulebook(str::to_owned), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, None, folder.path()) else { return };
    assert_same(&cells(&book, &calculated), &cells(&book, &book));
}

#[test]
fn a_changed_weight_gives_the_scores_and_grades_of_that_weight() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(rulebook(str::to_owned), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, Some(("<v>35</v>", "<v>52</v>")), folder.path()) else { return };
    let other = workbook(rulebook(|text| text.replacen("weight = 35.0", "weight = 52.0", 1)), &folder.path().join("other"));
    assert_same(&cells(&book, &calculated), &cells(&other, &other));
}

#[test]
fn thresholds_bonuses_deductions_and_a_veto_to_t_before_a_cap_are_calculated_alike() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(thresholds("80.0"), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, None, folder.path()) else { return };
    let told = cells(&book, &book);
    assert!(told.values().any(|value| value == "T"), "the veto is at work");
    assert_same(&cells(&book, &calculated), &told);
}

#[test]
fn a_changed_threshold_gives_the_grades_of_that_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(thresholds("80.0"), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, Some(("<v>80</v>", "<v>66.5</v>")), folder.path()) else { return };
    let other = workbook(thresholds("66.5"), &folder.path().join("other"));
    assert_same(&cells(&book, &calculated), &cells(&other, &other));
}

#[test]
fn a_changed_share_gives_the_grades_of_that_share() {
    let folder = tempfile::tempdir().unwrap();
    let book = workbook(rulebook(str::to_owned), &folder.path().join("out"));
    let Some(calculated) = calculated(&book, Some(("<v>0.45</v>", "<v>0.3</v>")), folder.path()) else { return };
    let other = workbook(rulebook(|text| text.replace("share = 0.45", "share = 0.3")), &folder.path().join("other"));
    assert_same(&cells(&book, &calculated), &cells(&other, &other));
}
