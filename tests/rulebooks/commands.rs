//! `mujun rulebook list | show | check | new`, and what the rulebooks do to the sample city.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use mujun::progress::Silent;
use mujun::read::Inputs;
use mujun::read::spec::SurveySpec;
use mujun::rulebook::{PRESETS, Rulebook};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mujun")).args(arguments).args(["--lang", "en"]).output().unwrap()
}

fn told(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_list_names_every_preset_and_show_prints_it_to_the_byte() {
    let list = told(&["rulebook", "list"]);
    for (name, text) in PRESETS {
        assert!(list.lines().any(|line| line == *name), "{name} is not in {list}");
        assert_eq!(told(&["rulebook", "show", name]), *text);
    }
}

#[test]
fn what_new_writes_passes_the_check_and_a_slip_in_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let text = told(&["rulebook", "new"]);
    fs::write(&path, &text).unwrap();
    let understood = told(&["rulebook", "check", path.to_str().unwrap()]);
    for part in [
        "points possible: 100 (capped at 121.0)",
        "track above_scale: revenue_10k_yuan >= 2000",
        "5% from the bottom, rounded up",
        "graded D ELIMINATED_INDUSTRY",
    ] {
        assert!(understood.contains(part), "\"{part}\" is not in {understood}");
    }
    fs::write(&path, text.replacen("weight = 30.0", "weight = 31.0", 1)).unwrap();
    let output = run(&["rulebook", "check", path.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("points: the weights sum to 101, not to 100"), "{said}");
}

#[test]
fn a_column_of_ones_own_is_known_to_the_check_with_the_survey_alone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let square = "[[[121.0,31.0],[121.001,31.0],[121.001,31.001],[121.0,31.001],[121.0,31.0]]]";
    write(
        "p.geojson",
        &format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{\"parcel_id\":\"a\",\"robots\":3}},\
             \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":{square}}}}}]}}"
        ),
    );
    let survey = write("survey.toml", "[parcels]\npath = \"p.geojson\"\n");
    let rulebook = write("mine.toml", &mujun::rulebook::TEMPLATE.replace("tax_10k_yuan / NULLIF(area_mu, 0)", "robots"));
    let without = run(&["rulebook", "check", &rulebook]);
    assert_eq!(without.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&without.stderr).contains("there is no column \"robots\""));
    assert!(told(&["rulebook", "check", &rulebook, "--survey", &survey]).contains("tax_per_mu = robots"));
}

#[test]
fn the_sample_city_has_exemptions_a_veto_a_cap_and_rules_at_work() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/survey.toml");
    let inputs = Inputs::open(&SurveySpec::open(&data).unwrap(), &Silent).unwrap();
    let mut rulebook = Rulebook::open("shanghai-illustrative").unwrap();
    // Neither is what is looked at, and both take long.
    rulebook.topology.in_survey = false;
    rulebook.firmness.draws = 0;
    let survey = mujun::survey(inputs, rulebook, &Silent).unwrap();
    let code = |n: usize| survey.rulebook.exemptions[n].code.as_str();
    let exempt: Vec<&str> = survey.grading.exempt.iter().flatten().map(|n| code(*n)).collect();
    assert!(exempt.contains(&"YOUNG_FIRM"));
    let adjusted = |wanted: &str| {
        let of =
            |row: usize| survey.grading.adjusted[row].iter().map(|a| survey.rulebook.adjustments[a.adjustment].code.as_str());
        (0..survey.parcels.ids.len()).filter(|row| of(*row).any(|code| code == wanted)).collect::<Vec<_>>()
    };
    let vetoed = adjusted("ELIMINATED_INDUSTRY");
    assert!(!vetoed.is_empty() && vetoed.iter().all(|row| survey.grading.grade[*row] == "D" && survey.listing.listed[*row]));
    let capped = adjusted("RESTRICTED_INDUSTRY");
    assert!(!capped.is_empty() && capped.iter().all(|row| survey.grading.grade[*row] == "B"));
    let codes: Vec<String> = mujun::list::reasons(&survey.rulebook).into_iter().map(|reason| reason.code).collect();
    for rule in ["IDLE", "NOT_STARTED", "STOPPED_EARLY", "FAR_BELOW_CONTRACT", "NO_TAX", "LET_OUT_LOW"] {
        let n = codes.iter().position(|code| code == rule).unwrap();
        assert!(survey.listing.reasons.iter().any(|reasons| reasons.contains(&n)), "{rule} lists nobody");
    }
}
