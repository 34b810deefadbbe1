//! `mujun compare` on surveys of a small sample city.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn mujun(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mujun")).arg("--quiet").args(["--lang", "en"]).args(arguments).output().unwrap()
}

fn done(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> String {
    let output = mujun(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn survey(city: &Path, rulebook: &Path, out: &Path) {
    done(&[&"survey", &city.join("survey.toml"), &"--rulebook", &rulebook, &"-o", &out, &"--formats", &"facts,parquet"]);
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap()
}

const RULES: &str = include_str!("../seeds/rulebooks/shanghai-illustrative.toml");

/// The rulebook without draws, with some replacements.
fn rules(changes: &[(&str, &str)], to: &Path) {
    let mut text = RULES.replace("draws = 1000", "draws = 0");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(to, text).unwrap();
}

#[test]
fn who_moves_is_told_with_the_reasons() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    done(&[&"sample", &"--parcels", &"500", &"--seed", &"3", &"-o", &at("city")]);
    rules(&[], &at("a.toml"));
    rules(
        &[("weight = 35.0", "weight = 15.0"), ("weight = 30.0", "weight = 50.0"), ("i_tax_per_mu < 5\"", "i_tax_per_mu < 50\"")],
        &at("b.toml"),
    );
    survey(&at("city"), &at("a.toml"), &at("a"));
    survey(&at("city"), &at("b.toml"), &at("b"));

    let json = |arguments: &[&dyn AsRef<std::ffi::OsStr>]| -> Value { serde_json::from_str(&done(arguments)).unwrap() };
    let folders = json(&[&"compare", &at("a"), &at("b"), &"--json"]);
    let rulebook = json(&[&"compare", &at("a"), &"--rulebook", &at("b.toml"), &"--json"]);
    assert_eq!(folders, rulebook, "the same facts under the other rulebook are the other survey");

    let (before, after) = (manifest(&at("a")), manifest(&at("b")));
    assert_eq!(before["firmness"], Value::Null, "it declares no draws");
    let parcels = fs::File::open(at("a").join("parcels.parquet")).unwrap();
    let parcels = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(parcels).unwrap();
    let drawn = |name: &str| name == "firmness" || name.starts_with("p_");
    assert!(!parcels.schema().fields().iter().any(|field| drawn(field.name())));
    let grades: Vec<String> = serde_json::from_value(folders["grades"].clone()).unwrap();
    let crossed: Vec<Vec<u64>> = serde_json::from_value(folders["crossed"].clone()).unwrap();
    for (n, grade) in grades.iter().enumerate() {
        let of = |manifest: &Value| manifest["totals"]["grades"][grade]["parcels"].as_u64().unwrap_or(0);
        assert_eq!(crossed[n].iter().sum::<u64>(), of(&before), "{grade}");
        assert_eq!(crossed.iter().map(|row| row[n]).sum::<u64>(), of(&after), "{grade}");
    }
    let listed = |manifest: &Value| manifest["totals"]["listed"]["parcels"].as_i64().unwrap();
    let (enter, leave) = (folders["list"]["enter"].as_i64().unwrap(), folders["list"]["leave"].as_i64().unwrap());
    assert_eq!(enter - leave, listed(&after) - listed(&before));
    assert!(enter > 0);

    let moves = folders["moves"].as_array().unwrap();
    let off_diagonal: u64 = (0..grades.len()).map(|n| crossed[n].iter().sum::<u64>() - crossed[n][n]).sum();
    let of_grade = moves.iter().filter(|m| m["before"]["grade"] != m["after"]["grade"]).count() as u64;
    assert_eq!(of_grade, off_diagonal);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for change in moves {
        for why in change["why"].as_array().unwrap() {
            *kinds.entry(why["kind"].as_str().unwrap()).or_default() += 1;
            if why["kind"] == "rule" {
                assert_eq!((&why["code"], &why["holds"]), (&Value::from("LET_OUT_LOW"), &Value::from(true)));
                assert_eq!(change["after"]["listed"], true);
            }
        }
    }
    assert!(kinds["points"] > 20 && kinds["rule"] > 0, "{kinds:?}");

    let same = json(&[&"compare", &at("a"), &at("a"), &"--json"]);
    assert_eq!(same["moves"], Value::Array(Vec::new()));
    assert_eq!(same["correlations"][0]["spearman"], 1.0);

    done(&[&"compare", &at("a"), &at("b"), &"-o", &at("moves.csv")]);
    let table = fs::read_to_string(at("moves.csv")).unwrap();
    assert_eq!(csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes()).records().count(), moves.len());
    done(&[&"compare", &at("a"), &at("b"), &"-o", &at("moves.xlsx")]);
    let again = mujun(&[&"compare", &at("a"), &at("b"), &"-o", &at("moves.xlsx")]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--overwrite"));
}

#[test]
fn surveys_of_other_parcels_areas_and_years_compare_as_far_as_they_have_parcels_in_common() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    done(&[&"sample", &"--parcels", &"300", &"--seed", &"5", &"-o", &at("city")]);
    rules(&[], &at("a.toml"));
    rules(&[("area = \"statutory\"", "area = \"geodesic\""), ("year = 2024", "year = 2025")], &at("b.toml"));
    survey(&at("city"), &at("a.toml"), &at("a"));
    let parcels = at("city").join("parcels.geojson");
    let text = fs::read_to_string(&parcels).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without: Vec<&str> = lines.iter().enumerate().filter(|(n, _)| !(50..60).contains(n)).map(|(_, line)| *line).collect();
    fs::write(&parcels, without.join("\n")).unwrap();
    survey(&at("city"), &at("b.toml"), &at("b"));

    let found: Value = serde_json::from_str(&done(&[&"compare", &at("a"), &at("b"), &"--json"])).unwrap();
    assert_eq!(found["parcels"]["both"], 290);
    assert_eq!(found["parcels"]["only_before"].as_array().unwrap().len(), 10);
    assert_eq!(found["parcels"]["only_after"], Value::Array(Vec::new()));
    assert_eq!((&found["before"]["area"], &found["after"]["area"]), (&Value::from("statutory"), &Value::from("geodesic")));
    let text = done(&[&"compare", &at("a"), &at("b")]);
    assert!(text.contains("only before: 10 ("), "{text}");
    assert!(text.lines().count() < 70);

    let refused = mujun(&[&"compare", &at("a"), &"--rulebook", &at("b.toml")]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("geodesic"));
}
