//! docs/rulebook.md names all that a rulebook may hold, and the template shows it.

use std::collections::BTreeSet;
use std::path::Path;

use mujun::indicators::known_columns;
use mujun::rulebook::{PRESETS, Rulebook, TEMPLATE};
use mujun::score::try_expressions;

const RIGHT: &str = include_str!("small.toml");
const DOCUMENT: &str = include_str!("../../docs/rulebook.md");

/// What is to be put after which piece of the right rulebook, so that the message lists all that could stand there.
const QUESTIONS: &[(&str, &str)] = &[
    ("schema = 1", "\nzzz = 1"),
    ("floor_area_ratio_limit = 20.0", "\n[location]\nzzz = 1"),
    ("floor_area_ratio_limit = 20.0", "\n[topology]\nzzz = 1"),
    ("floor_area_ratio_limit = 20.0", "\n[unit]\nzzz = 1"),
    ("code = \"YOUNG_FIRM\"", "\nzzz = 1"),
    ("id = \"above_scale\"", "\nzzz = 1"),
    ("peers = { ", "zzz = 1, "),
    ("weighting = { ", "zzz = 1, "),
    ("id = \"benefit\"", "\nzzz = 1"),
    ("id = \"energy_per_output\"", "\nzzz = 1"),
    ("method = \"benchmark\"", ", zzz = 1"),
    ("method = \"goalposts\"", ", zzz = 1"),
    ("method = \"min_max\"", ", zzz = 1"),
    ("outliers = { method = \"share\"", ", zzz = 1"),
    ("id = \"guidance\"", "\nzzz = 1"),
    ("method = \"quota\"", "\nzzz = 1"),
    ("method = \"threshold\"", "\nzzz = 1"),
    ("{ grade = \"A\", share = 0.25", ", zzz = 1"),
    ("{ grade = \"A\", min = 85.0", ", zzz = 1"),
    ("code = \"ELIMINATED\"", "\nzzz = 1"),
    ("[list]", "\nzzz = 1"),
    ("code = \"NO_TAX\"", "\nzzz = 1"),
    ("draws = 100", "\nzzz = 1"),
    ("weight = 70.0", "\naggregation = \"zzz\""),
    ("name_en = \"below scale\"", "\npeers = { small = \"zzz\" }"),
    ("{ grade = \"A\", share = 0.25", ", round = \"zzz\""),
    ("method = \"quota\"", "\nties = \"zzz\""),
];

/// What is to stand in place of what, to the same end.
const OTHERS: &[(&str, &str)] = &[
    ("\"statutory\"", "\"zzz\""),
    ("\"leave_out\"", "\"zzz\""),
    ("\"less\"", "\"zzz\""),
    ("over = \"track\"", "over = \"zzz\""),
    ("\"benchmark\"", "\"zzz\""),
    ("\"benchmark\", value = 40.0, cap = 1.5", "\"mean_ratio\", zzz = 1"),
    ("\"benchmark\", value = 40.0, cap = 1.5", "\"z_score\", zzz = 1"),
    ("\"benchmark\", value = 40.0, cap = 1.5", "\"best\", zzz = 1"),
    ("\"benchmark\", value = 40.0, cap = 1.5", "\"percentile\", zzz = 1"),
    ("\"share\", high", "\"zzz\", high"),
    ("\"share\", high = 0.95", "\"shape\", zzz = 1"),
    ("\"quota\"", "\"zzz\""),
    ("\"top\"", "\"zzz\""),
];

/// The names that the message about `zzz` lists.
fn names() -> BTreeSet<String> {
    let put = QUESTIONS.iter().map(|(after, piece)| (*after, format!("{after}{piece}")));
    let others = OTHERS.iter().map(|(from, to)| (*from, (*to).to_owned()));
    let mut names = BTreeSet::new();
    for (from, to) in put.chain(others) {
        assert!(RIGHT.contains(from), "{from}");
        let message = Rulebook::parse(&RIGHT.replacen(from, &to, 1), Path::new("x")).unwrap_err().to_string();
        assert!(message.contains("`zzz`"), "{to}: {message}");
        names.extend(message.split('`').skip(1).step_by(2).filter(|name| *name != "zzz").map(str::to_owned));
    }
    names
}

#[test]
fn every_name_that_a_rulebook_may_hold_is_in_the_document() {
    let names = names();
    assert!(names.len() > 110, "only {} names were found", names.len());
    let absent: Vec<&String> = names.iter().filter(|name| !DOCUMENT.contains(&format!("`{name}`"))).collect();
    assert!(absent.is_empty(), "not in docs/rulebook.md: {absent:?}");
}

#[test]
fn every_function_that_an_expression_may_use_is_in_the_document() {
    let text = RIGHT.replacen("tax_10k_yuan / area_mu", "zzz(1)", 1);
    let message = Rulebook::parse(&text, Path::new("x")).unwrap_err().to_string();
    let functions: Vec<&str> = message.split("there are: ").nth(1).unwrap().trim().split(", ").collect();
    assert!(functions.len() > 30);
    for function in functions {
        assert!(DOCUMENT.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == function), "{function}");
    }
}

#[test]
fn the_template_and_every_preset_pass_their_own_check() {
    let columns = known_columns().unwrap();
    for (name, text) in PRESETS.iter().chain(&[("the template", TEMPLATE)]) {
        let rulebook = Rulebook::parse(text, Path::new(name)).unwrap();
        try_expressions(&rulebook, &columns).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn the_template_shows_every_name_that_a_rulebook_may_hold() {
    let word = |name: &str| TEMPLATE.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    let absent: Vec<String> = names().into_iter().filter(|name| !word(name)).collect();
    assert!(absent.is_empty(), "not in the template: {absent:?}");
}
