//! `mujun explain` as it is typed: a survey is made once, its parcels are explained from the folder alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

fn mujun(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mujun")).args(args).arg("--quiet").output().unwrap()
}

/// The survey folder of the sample city.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, folder) = FOLDER.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/survey.toml");
        let done = mujun(&["survey", spec.to_str().unwrap(), "-o", out.to_str().unwrap(), "--formats", "facts"]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        (place, out)
    });
    folder
}

fn explained(args: &[&str]) -> String {
    let done = mujun(&[&["explain"], args].concat());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn refused(args: &[&str]) -> String {
    let done = mujun(&[&["explain"], args].concat());
    assert_eq!(done.status.code(), Some(2), "{args:?}");
    String::from_utf8(done.stderr).unwrap()
}

fn all(args: &[&str]) -> Vec<Value> {
    let text = explained(&[&["--all", folder().to_str().unwrap(), "--json"], args].concat());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_explanation_fits_the_terminal_in_both_languages() {
    for lang in ["zh", "en"] {
        let text = explained(&["--all", "--listed", folder().to_str().unwrap(), "--lang", lang]);
        assert!(text.lines().count() > 1000);
        for line in text.lines() {
            assert!(line.width() <= 96, "{} {line}", line.width());
        }
    }
}

#[test]
fn grade_and_list_choose_parcels_and_their_points_sum_to_the_score() {
    let folder = folder().to_str().unwrap();
    let worst = all(&["--grade", "D"]);
    assert!(!worst.is_empty() && worst.iter().all(|e| e["grade"] == "D"));
    let listed = all(&["--listed"]);
    assert!(listed.len() > worst.len() && listed.iter().all(|e| !e["reasons"].as_array().unwrap().is_empty()));
    for e in &listed {
        let points = |of: &str| e[of].as_array().unwrap().iter().filter_map(|x| x["points"].as_f64()).sum::<f64>();
        if let Some(score) = e["score"].as_f64() {
            assert!((points("indicators") + points("bonuses") - score).abs() < 1e-9);
        }
    }
    let id = worst[0]["parcel"]["id"].as_str().unwrap();
    let one: Value = serde_json::from_str(&explained(&[id, folder, "--json"])).unwrap();
    assert_eq!(one, worst[0], "one parcel is explained as all are");
    let text = explained(&[id, folder, "--lang", "en"]);
    assert!(text.starts_with(&format!("{id}  grade D")), "{text}");
}

#[test]
fn the_cells_named_hold_the_figures() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let text = std::fs::read_to_string(data.join("enterprises.csv")).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let mut seen = 0;
    for e in all(&["--grade", "D"]) {
        for indicator in e["indicators"].as_array().unwrap() {
            for cell in indicator["sources"].as_array().unwrap().iter().filter(|cell| cell["file"] == "enterprises.csv") {
                let column = lines[0].iter().position(|name| *name == cell["column"]).unwrap();
                let line = &lines[usize::try_from(cell["line"].as_u64().unwrap()).unwrap() - 1];
                assert_eq!(line[0], cell["of"], "{cell}");
                assert_eq!(line[column].parse::<f64>().ok(), cell["value"].as_f64(), "{cell}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn mistakes_are_told_with_what_mends_them() {
    let out = folder().to_str().unwrap();
    assert!(refused(&["310116-00001", out]).contains("did you mean \"310116-0"));
    assert!(refused(&["overlap", out]).contains("OVERLAP is the code of a finding"));
    assert!(refused(&["310116-000001", "data"]).contains("is not a survey folder"));
    assert!(refused(&[out]).contains("which parcel of it"));
    assert!(refused(&["--all"]).contains("no survey folder is named"));
    assert!(refused(&["--all", "310116-000001", out]).contains("--all is for every parcel"));
    assert!(refused(&["--all", out, "--grade", "X"]).contains("there are: A, B, C, D, T"));
    assert!(refused(&["OVERLAP", "--json"]).contains("are for a parcel of a survey"));
}
