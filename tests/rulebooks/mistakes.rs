//! Mistakes people make in rulebooks, each a small change of a rulebook that is right, and what is said of it:
//! `tests/snapshots/bad_rulebooks.txt`.
//!
//! Where a change is meant, write the snapshot anew and read the difference before it is committed:
//! `MUJUN_WRITE_SNAPSHOT=1 cargo test --test rulebooks && git diff tests/snapshots`

use std::fs;
use std::path::Path;

use mujun::indicators::known_columns;
use mujun::rulebook::Rulebook;
use mujun::score::{Choices, assess, grade_all, try_expressions};
use polars::prelude::*;

const RIGHT: &str = include_str!("small.toml");

/// A mistake: its name, and what is written in place of what.
type Mistake = (&'static str, &'static str, &'static str);

const IN_THE_FORM: &[Mistake] = &[
    ("a table that is not closed", "[list]", "[list"),
    ("text without quotes", "name = \"small\"", "name = small"),
    ("text that does not end", "place = \"nowhere\"", "place = \"nowhere"),
    ("a key twice", "year = 2025", "year = 2025\nyear = 2026"),
    ("a field that is misspelt", "illustrative = true\n", "ilustrative = true\n"),
    ("a field of a track that is misspelt", "points = 100.0", "point = 100.0"),
    ("a field that is not there", "clause = \"article 3\"\n", ""),
    ("a number where a text belongs", "title_zh = \"小例\"", "title_zh = 5"),
    ("a text where a number belongs", "area_tolerance = 0.05", "area_tolerance = \"5 %\""),
    ("a percent sign in a number", "share = 0.25", "share = 25%"),
    ("another version of the form", "schema = 1", "schema = 9"),
    ("a version that is no number", "schema = 1", "schema = \"one\""),
    ("a name with spaces", "name = \"small\"", "name = \"Small city\""),
    ("an unknown area", "area = \"statutory\"", "area = \"statutary\""),
    ("a negative tolerance", "area_tolerance = 0.05", "area_tolerance = -0.05"),
    ("an unknown method of normalisation", "method = \"benchmark\"", "method = \"benchmarc\""),
    ("no method of normalisation", "{ method = \"benchmark\", value", "{ value"),
    ("a field that the method does not have", "value = 40.0, cap = 1.5", "value = 40.0, top = 1.5"),
    ("a field of the method that is misspelt", "value = 40.0, cap", "vlaue = 40.0, cap"),
    ("a text in a method where a number belongs", "value = 40.0, cap", "value = \"40\", cap"),
    ("an unknown group to compare with", "over = \"track\"", "over = \"tracks\""),
    ("an unknown rule for missing values", "missing = \"leave_out\"", "missing = \"leaveout\""),
    ("a rule for missing values without its number", "missing = \"leave_out\"", "missing = \"deduct\""),
    ("an unknown direction", "direction = \"less\"", "direction = \"down\""),
    ("an unknown aggregation", "points = 100.0", "points = 100.0\naggregation = \"product\""),
    ("an unknown method of weighting", "{ fixed = 1.0 }", "{ entrophy = 1.0 }"),
    ("an unknown treatment of outliers", "method = \"share\"", "method = \"shares\""),
    ("an unknown method of grading", "method = \"quota\"", "method = \"quotas\""),
    ("a share in a grading by thresholds", "min = 60.0", "share = 0.25"),
    ("a misspelt field of a grade", "share = 0.25", "shares = 0.25"),
    ("an unknown end of the ranking", "from = \"bottom\"", "from = \"botom\""),
    ("the grading of a track left out", "[track.grading]\nmethod = \"threshold\"", "[track.grades]\nmethod = \"threshold\""),
    ("an indicator before its track", "[[exemption]]", "[[track.indicator]]\nid = \"x\"\n\n[[exemption]]"),
];

const IN_THE_SENSE: &[Mistake] = &[
    ("weights that do not sum to the points", "weight = 30.0", "weight = 20.0"),
    ("a negative weight", "weight = 30.0", "weight = -30.0"),
    ("an indicator without a weight", "weight = 30.0\n", ""),
    ("shares of the weighting that do not sum to one", "{ fixed = 1.0 }", "{ fixed = 0.5, ahp = 0.4 }"),
    ("weights from the data with groups", "{ fixed = 1.0 }", "{ entropy = 1.0 }"),
    ("AHP without a matrix", "{ fixed = 1.0 }", "{ ahp = 1.0 }"),
    (
        "an AHP matrix of the wrong size",
        "{ fixed = 1.0 }",
        "{ ahp = 1.0, matrix = [[1, 2, 3], [\"1/2\", 1, 2], [\"1/3\", \"1/2\", 1]] }",
    ),
    ("an AHP matrix that is not reciprocal", "{ fixed = 1.0 }", "{ ahp = 1.0, matrix = [[1, 2], [3, 1]] }"),
    ("an entry of the matrix that is no number", "{ fixed = 1.0 }", "{ ahp = 1.0, matrix = [[1, \"2/x\"], [3, 1]] }"),
    ("thresholds that overlap", "min = 60.0", "min = 90.0"),
    ("a threshold at the last grade", "{ grade = \"D\" }", "{ grade = \"D\", min = 0.0 }"),
    ("a threshold that is missing", "{ grade = \"B\", min = 60.0 }", "{ grade = \"B\" }"),
    ("quotas over 100 %", "share = 0.25", "share = 0.99"),
    ("a quota in percent", "share = 0.25", "share = 25"),
    ("no grade that takes the rest", "{ grade = \"B\" }", "{ grade = \"B\", share = 0.7 }"),
    ("two grades that take the rest", "{ grade = \"D\", share = 0.05, from = \"bottom\" }", "{ grade = \"D\" }"),
    ("a grade twice", "{ grade = \"B\" }", "{ grade = \"A\" }"),
    ("T as a grade", "{ grade = \"B\" }", "{ grade = \"T\" }"),
    ("a limit at the wrong end of a quota", "from = \"top\" }", "from = \"top\", below = 60.0 }"),
    (
        "tracks that disagree about the order of grades",
        "{ grade = \"A\", min = 85.0 },\n  { grade = \"B\"",
        "{ grade = \"B\", min = 85.0 },\n  { grade = \"A\"",
    ),
    ("a grade in the list that nobody gets", "grades = [\"D\"]", "grades = [\"E\"]"),
    ("a code with a semicolon", "code = \"ELIMINATED\"", "code = \"ELIMINATED;UNSAFE\""),
    ("an adjustment without effect", "grade = \"D\"\nclause", "clause"),
    ("an adjustment with two effects", "grade = \"D\"\nclause", "grade = \"D\"\nat_best = \"B\"\nclause"),
    ("an adjustment to an unknown grade", "grade = \"D\"\nclause", "grade = \"F\"\nclause"),
    ("an indicator twice", "id = \"energy_per_output\"", "id = \"tax_per_mu\""),
    ("a track twice", "id = \"below_scale\"", "id = \"above_scale\""),
    ("a group that is not there", "group = \"benefit\"", "group = \"benifit\""),
    ("a group in itself", "weight = 70.0", "weight = 70.0\ngroup = \"benefit\""),
    ("a group without members", "group = \"benefit\"\n", ""),
    ("a cap below the floor", "cap = 1.5", "cap = 1.5, floor = 2.0"),
    ("a benchmark of zero", "value = 40.0", "value = 0"),
    ("goalposts the wrong way round", "min = 0.0, max = 20.0", "min = 20.0, max = 0.0"),
    ("less is better without a cap", "method = \"min_max\", over = \"track\"", "method = \"benchmark\", value = 1.0"),
    ("quantiles the wrong way round", "high = 0.95", "low = 0.95, high = 0.05"),
    ("TOPSIS of normalised indicators", "points = 100.0", "points = 100.0\naggregation = \"topsis_vector\""),
    (
        "points deducted from a geometric mean",
        "missing = \"leave_out\"\n",
        "missing = { deduct = 3 }\naggregation = \"geometric\"\n",
    ),
    ("a bonus with its limits the wrong way round", "max = 5.0", "max = 5.0\nmin = 9.0"),
    ("weights that vary by more than themselves", "weights = 0.2", "weights = 1.5"),
    ("an endless number of draws", "draws = 100", "draws = 4000000000"),
    ("an illustrative figure in a rulebook that claims none", "illustrative = true\narea", "illustrative = false\narea"),
    ("a track behind one that takes everybody", "when = \"revenue_10k_yuan >= 2000\"\n", ""),
];

const IN_AN_EXPRESSION: &[Mistake] = &[
    ("a column that is misspelt", "tax_10k_yuan / NULLIF", "tax_10k_yaun / NULLIF"),
    ("a column that is unknown", "energy_tce /", "happiness /"),
    ("an indicator that a rule misspells", "i_tax_per_mu < 1", "i_tax_per_mo < 1"),
    ("the score in an exemption", "2025 - founded_year < 2", "score < 2"),
    ("a text where a number is needed", "tax_10k_yuan / area_mu", "enterprise_name"),
    ("a sum of a text and a number", "tax_10k_yuan / area_mu", "enterprise_name / area_mu"),
    ("a number where a condition is needed", "revenue_10k_yuan >= 2000", "revenue_10k_yuan"),
    ("one equals sign too many", "industry_guidance = 'eliminated'", "industry_guidance == = 'eliminated'"),
    ("half an expression", "tax_10k_yuan / area_mu", "tax_10k_yuan /"),
    ("no expression", "tax_10k_yuan / area_mu", ""),
    ("a bracket that is not closed", "tax_10k_yuan / area_mu", "(tax_10k_yuan / area_mu"),
    ("two expressions", "tax_10k_yuan / area_mu", "tax_10k_yuan; DROP TABLE parcels"),
    ("a query", "tax_10k_yuan / area_mu", "(SELECT max(tax_10k_yuan) FROM parcels)"),
    ("a file that is read", "tax_10k_yuan / area_mu", "read_csv('/etc/passwd')"),
    ("a function over all rows", "tax_10k_yuan / area_mu", "tax_10k_yuan / SUM(area_mu)"),
    ("a function that is misspelt", "tax_10k_yuan / NULLIF(area_mu", "tax_10k_yuan / NULIF(area_mu"),
    ("a text without end", "tax_10k_yuan / area_mu", "length(repeat('x', 9999999999))"),
    ("a column of the peers that is misspelt", "by = [\"industry_code\"]", "by = [\"industry_cod\"]"),
    (
        "a column of the units that is misspelt",
        "area = \"statutory\"",
        "area = \"statutory\"\nunit = { by = [\"enterprise_idd\"] }",
    ),
    ("a column of the quotas that is misspelt", "method = \"quota\"", "method = \"quota\"\nper = [\"distric_code\"]"),
];

/// Mistakes too long to be written here.
fn long_ones() -> Vec<(&'static str, String)> {
    let brackets = format!("{}tax_10k_yuan{}", "(".repeat(10_000), ")".repeat(10_000));
    let nots = format!("{}TRUE", "NOT ".repeat(10_000));
    let minuses = format!("{}1", "- ".repeat(1500));
    let cases = format!("{}1{}", "CASE WHEN TRUE THEN ".repeat(150), " END".repeat(150));
    let sum = format!("1{}", " + 1".repeat(900));
    let arrays = format!("matrix = {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let indicators: String = (0..10_000)
        .map(|n| {
            format!(
                "[[track.indicator]]\nid = \"i{n}\"\nname_zh = \"\"\nname_en = \"\"\nunit_zh = \"\"\nunit_en = \"\"\nexpr = \"1\"\n\
                 direction = \"more\"\nweight = 1\nnormalise = {{ method = \"percentile\" }}\n"
            )
        })
        .collect();
    let inconsistent = "{ ahp = 1.0, matrix = [[1, 9, \"1/9\"], [\"1/9\", 1, 9], [9, \"1/9\", 1]] }";
    let third = "[[track.bonus]]";
    let one_more = third_indicator();
    let recursion = "weight = 70.0\ngroup = \"other\"\n\n[[track.group]]\nid = \"other\"\nname_zh = \"\"\nname_en = \"\"\nweight = 1.0\ngroup = \"benefit\"";
    vec![
        ("10,000 brackets", with("tax_10k_yuan / area_mu", &brackets)),
        ("10,000 negations", with("revenue_10k_yuan >= 2000", &nots)),
        ("1,500 minus signs", with("tax_10k_yuan / area_mu", &minuses)),
        ("a sum of 900 terms", with("tax_10k_yuan / area_mu", &sum)),
        ("150 cases in each other", with("tax_10k_yuan / area_mu", &cases)),
        ("10,000 brackets of TOML", with("schema = 1", &format!("schema = 1\n{arrays}"))),
        ("10,000 indicators", with("[[track.bonus]]", &format!("{indicators}\n[[track.bonus]]"))),
        ("groups in a circle", with("weight = 70.0", recursion)),
        (
            "comparisons that contradict each other (AHP)",
            with("{ fixed = 1.0 }", inconsistent).replacen(third, &format!("{one_more}\n{third}"), 1),
        ),
        ("an empty file", String::new()),
        ("a file of spaces", "   \n\n".to_owned()),
        ("a page of the web", "<!DOCTYPE html>\n<html><body>not found</body></html>\n".to_owned()),
    ]
}

fn third_indicator() -> &'static str {
    "[[track.indicator]]\nid = \"third\"\nname_zh = \"\"\nname_en = \"\"\nunit_zh = \"\"\nunit_en = \"\"\nexpr = \"1\"\n\
     direction = \"more\"\nweight = 1\nnormalise = { method = \"percentile\" }\n"
}

/// The right rulebook with its first `from` replaced.
fn with(from: &str, to: &str) -> String {
    assert!(RIGHT.contains(from), "{from}");
    RIGHT.replacen(from, to, 1)
}

fn every_mistake() -> Vec<(&'static str, String)> {
    let short = [IN_THE_FORM, IN_THE_SENSE, IN_AN_EXPRESSION].into_iter().flatten();
    short.map(|(name, from, to)| (*name, with(from, to))).chain(long_ones()).collect()
}

/// What is said of a rulebook before it meets any data.
fn said(text: &str) -> Result<(), String> {
    let path = Path::new("mine.toml");
    let rulebook = Rulebook::parse(text, path).map_err(|e| e.to_string())?;
    try_expressions(&rulebook, &known_columns().unwrap()).map_err(|e| e.in_file(path).to_string())
}

/// A message without the list of all columns, which grows with the program.
fn short(message: &str) -> String {
    let begin = |line: &str| match line.split_once("the columns are: ") {
        Some((before, _)) => format!("{before}the columns are: …"),
        None => line.to_owned(),
    };
    message.lines().map(begin).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_rulebook_that_is_changed_is_right() {
    said(RIGHT).unwrap();
}

#[test]
fn every_mistake_is_refused_in_the_words_of_the_snapshot() {
    let mistakes = every_mistake();
    assert!(mistakes.len() >= 40);
    let mut text = String::new();
    for (name, rulebook) in &mistakes {
        let message = said(rulebook).err().map_or_else(|| "ACCEPTED".to_owned(), |message| short(&message));
        text += &format!("# {name}\n{message}\n\n");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/bad_rulebooks.txt");
    if std::env::var_os("MUJUN_WRITE_SNAPSHOT").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    for (n, (is, was)) in text.lines().zip(known.lines()).enumerate() {
        assert_eq!(is, was, "line {}", n + 1);
    }
    assert_eq!(text.lines().count(), known.lines().count());
    assert!(!text.contains("ACCEPTED"), "a mistake is accepted");
}

#[test]
fn every_message_names_the_file_and_a_remedy() {
    for (name, rulebook) in every_mistake() {
        let message = said(&rulebook).expect_err(name);
        assert!(message.starts_with("mine.toml: ") && message.contains("to mend it: "), "{name}: {message}");
        assert!(message.chars().count() < 3000, "{name}: {} characters", message.chars().count());
    }
}

#[test]
fn a_division_by_a_column_that_is_all_zero_is_a_finding_of_each_row_and_no_score() {
    let rulebook = Rulebook::parse(RIGHT, Path::new("mine.toml")).unwrap();
    let mut table = known_columns().unwrap();
    for (name, x) in [("tax_10k_yuan", 5.0), ("area_mu", 0.0), ("revenue_10k_yuan", 10.0)] {
        table.with_column(Column::new(name.into(), [x])).unwrap();
    }
    let mut findings = Vec::new();
    let assessment = assess(&rulebook, &table, &["P1".to_owned()], &[], &mut findings).unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    let graded = grade_all(&rulebook, &assessment, Choices::default()).unwrap();
    assert_eq!((graded.score[0], graded.grade[0].as_str()), (None, "T"));
}

#[test]
fn a_long_chain_of_operators_is_computed_or_refused_and_never_overflows() {
    for link in ["+1", " AND TRUE", "||'x'", " OR area_mu=1", "*(1)", " IS NULL", " * -1"] {
        for times in [60, 90, 190, 3900 / link.len()] {
            let chain = format!("tax_10k_yuan{}", link.repeat(times));
            let said = said(&with("tax_10k_yuan / area_mu", &chain));
            assert!(said.is_ok() || times > 90 || !link.contains(['+', '*']), "{link} {times} times: {said:?}");
        }
    }
}

#[test]
fn an_unknown_preset_is_refused_with_the_nearest_one() {
    let message = Rulebook::open("huangyan-202").unwrap_err().to_string();
    assert!(message.contains("did you mean \"huangyan-202"), "{message}");
}
