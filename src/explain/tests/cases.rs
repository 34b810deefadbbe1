//! Rulebooks of every form, in short.

/// Name and tracks, adjustments and rules of each.
pub const CASES: &[(&str, &str)] = &[
    ("benchmark", BENCHMARK),
    ("min_max", MIN_MAX),
    ("percentile", PERCENTILE),
    ("goalposts", GOALPOSTS),
    ("z_score", Z_SCORE),
    ("ratios", RATIOS),
    ("missing", MISSING),
    ("adjusted", ADJUSTED),
    ("everyone", EVERYONE),
    ("means", MEANS),
    ("from_data", FROM_DATA),
    ("topsis", TOPSIS),
];

const HEAD: &str = r#"
schema = 1
name = "case"
title_zh = "例"
title_en = "case"
place = "none"
year = 2024
source = "a test"
illustrative = true
area = "statutory"
area_tolerance = 0.05
floor_area_ratio_limit = 20.0
list = { grades = ["A"] }
"#;

/// The whole text of a case.
pub fn text(case: &str) -> String {
    let all = CASES.iter().chain(&[("per_mu", PER_MU), ("barriers", BARRIERS)]);
    let body = all.filter(|(name, _)| *name == case).map(|(_, body)| *body).next().unwrap();
    let names = |id: &str| format!("id = \"{id}\"\nname_zh = \"{id}\"\nname_en = \"{id}\"\n");
    let mut text = HEAD.to_owned();
    for line in body.lines() {
        // Short forms: `track NAME`, `indicator ID EXPR DIRECTION WEIGHT NORMALISE…`.
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.first() {
            Some(&"track") => text += &format!("[[track]]\n{}", names(words[1])),
            Some(&"indicator") => {
                text += &format!(
                    "[[track.indicator]]\n{}expr = \"{}\"\nunit_zh = \"\"\nunit_en = \"\"\ndirection = \"{}\"\nweight = {}\nnormalise = {{ method = {} }}\n",
                    names(words[1]),
                    words[2].replace('_', " ").replace("area mu", "area_mu"),
                    words[3],
                    words[4],
                    words[5..].join(" ")
                );
            }
            Some(&"topsis") => {
                text += &format!(
                    "[[track.indicator]]\n{}expr = \"{}\"\nunit_zh = \"\"\nunit_en = \"\"\ndirection = \"{}\"\nweight = {}\n",
                    names(words[1]),
                    words[2],
                    words[3],
                    words[4]
                );
            }
            Some(&"adjustment") | Some(&"exemption") => {
                text += &format!(
                    "[[{}]]\ncode = \"{}\"\nname_zh = \"例\"\nname_en = \"case\"\nclause = \"1\"\nsource = \"a test\"\n",
                    words[0], words[1]
                );
            }
            _ => text += &format!("{line}\n"),
        }
    }
    text
}

const BENCHMARK: &str = r#"
track all
missing = "leave_out"
grading = { method = "threshold", decimals = 1, grades = [{ grade = "A", min = 80.0 }, { grade = "B", min = 60.0 }, { grade = "C", min = 40.0 }, { grade = "D" }] }
indicator a x1 more 40.0 "benchmark", value = 8.0, cap = 1.0
indicator b x2 more 30.0 "benchmark", value = 10.0, cap = 1.2
indicator c x3 less 30.0 "benchmark", value = 5.0, cap = 1.5
"#;

const MIN_MAX: &str = r#"
track all
missing = "zero"
[track.grading]
method = "quota"
grades = [{ grade = "A", share = 0.25 }, { grade = "B", share = 0.45 }, { grade = "C" }, { grade = "D", share = 0.05, from = "bottom", round = "ceil" }]
indicator a x1 more 50.0 "min_max", over = "track"
indicator b x2 less 30.0 "min_max", over = "track", base = 0.2
indicator c x3 more 20.0 "min_max", over = "track"
"#;

const PERCENTILE: &str = r#"
track all
missing = "leave_out"
peers = { by = ["trade"], min_size = 9 }
[track.grading]
method = "quota"
ties = "better"
grades = [{ grade = "A", share = 0.2, round = "round" }, { grade = "B", share = 0.5, round = "round" }, { grade = "C" }, { grade = "D", share = 0.1, from = "bottom" }]
indicator a x1 more 50.0 "percentile", over = "peers"
indicator b x2 less 30.0 "percentile", over = "peers"
indicator c x3 more 20.0 "percentile", over = "track"
"#;

const GOALPOSTS: &str = r#"
track large
when = "large"
missing = "mean_score"
grading = { method = "threshold", decimals = 0, grades = [{ grade = "A", min = 75.0 }, { grade = "B", min = 55.0 }, { grade = "C", min = 35.0 }, { grade = "D" }] }
indicator a x1 more 60.0 "goalposts", min = 1.0, max = 9.0
indicator b x2 less 40.0 "goalposts", min = 2.0, max = 15.0, base = 0.1
track small
missing = "mean_value"
[track.grading]
method = "quota"
grades = [{ grade = "A", share = 0.3 }, { grade = "C" }]
indicator a x1 more 50.0 "goalposts", min = 1.0, max = 9.0
indicator c x3 more 50.0 "min_max"
"#;

const Z_SCORE: &str = r#"
track all
missing = "leave_out"
[track.grading]
method = "quota"
ties = "worse"
decimals = 1
per = ["trade"]
grades = [{ grade = "A", share = 0.25, min = 50.0 }, { grade = "B", share = 0.4, min = 50.0 }, { grade = "C" }, { grade = "D", share = 0.15, from = "bottom", below = 60.0 }]
indicator a x1 more 60.0 "z_score", over = "track", mean = 0.5, sd = 0.2
indicator b x2 more 40.0 "z_score", over = "track", mean = 0.5, sd = 0.2
"#;

const RATIOS: &str = r#"
track all
missing = "leave_out"
[[track.group]]
id = "g"
name_zh = "g"
name_en = "g"
weight = 60.0
[track.grading]
method = "quota"
grades = [{ grade = "A", share = 0.25 }, { grade = "B", share = 0.45 }, { grade = "C" }]
indicator a x1 more 40.0 "mean_ratio", over = "track", cap = 1.0
indicator b x2 less 3.0 "mean_ratio", over = "track"
group = "g"
indicator c x3 more 2.0 "best", over = "track"
group = "g"
"#;

const MISSING: &str = r#"
track all
missing = "leave_out"
peers = { by = ["trade"], min_size = 3, small = "missing" }
grading = { method = "threshold", grades = [{ grade = "A", min = 55.0 }, { grade = "B", min = 35.0 }, { grade = "C", min = 20.0 }, { grade = "D" }] }
indicator a x1 more 30.0 "percentile"
missing = { deduct = 5.0 }
indicator b x2 more 30.0 "min_max"
missing = "mean_value"
indicator c x3 less 20.0 "percentile"
missing = "mean_score"
indicator d x4 more 20.0 "benchmark", value = 30.0, cap = 1.0
missing = "not_assessable"
"#;

const ADJUSTED: &str = r#"
track all
missing = "zero"
grading = { method = "threshold", grades = [{ grade = "A", min = 60.0 }, { grade = "B", min = 45.0 }, { grade = "C", min = 25.0 }, { grade = "D" }] }
indicator a x1 more 50.0 "benchmark", value = 10.0, cap = 1.0
indicator b x2 more 50.0 "min_max", over = "track"
[[track.bonus]]
id = "extra"
name_zh = "附加"
name_en = "extra"
expr = "extra"
min = -2.0
max = 4.0
adjustment VETO
when = "flag AND trade = '31'"
grade = "D"
adjustment LOW_TAX
when = "i_a < 3"
at_best = "C"
adjustment CAP
when = "flag"
at_best = "B"
adjustment KEPT
when = "trade = '39' AND score > 10"
at_worst = "C"
"#;

const EVERYONE: &str = r#"
track large
when = "large"
missing = "leave_out"
[track.grading]
method = "quota"
grades = [{ grade = "A", share = 0.3 }, { grade = "B", share = 0.4 }, { grade = "C" }]
indicator a x1 more 50.0 "best", over = "everyone"
indicator b x2 more 50.0 "percentile", over = "everyone"
outliers = { method = "share", low = 0.05, high = 0.95 }
track small
missing = "leave_out"
grading = { method = "threshold", grades = [{ grade = "A", min = 50.0 }, { grade = "C" }] }
indicator a x1 more 100.0 "min_max", over = "everyone"
"#;

const MEANS: &str = r#"
track all
missing = "leave_out"
aggregation = "geometric"
[[track.group]]
id = "g"
name_zh = "g"
name_en = "g"
weight = 50.0
aggregation = "harmonic"
[track.grading]
method = "quota"
grades = [{ grade = "A", share = 0.25 }, { grade = "B", share = 0.45 }, { grade = "C" }]
indicator a x1 more 50.0 "min_max", over = "track", base = 0.1
indicator b x2 less 30.0 "goalposts", min = 1.0, max = 30.0, base = 0.1
group = "g"
indicator c x3 more 20.0 "min_max", over = "track", base = 0.1
group = "g"
outliers = { method = "shape", max_points = 3 }
"#;

const FROM_DATA: &str = r#"
track all
missing = "mean_value"
weighting = { entropy = 0.5, critic = 0.5 }
[track.grading]
method = "quota"
grades = [{ grade = "A", share = 0.25 }, { grade = "B", share = 0.45 }, { grade = "C" }]
indicator a x1 more 50.0 "min_max", over = "track"
indicator b x2 less 50.0 "goalposts", min = 1.0, max = 30.0
"#;

const TOPSIS: &str = r#"
track all
missing = "not_assessable"
aggregation = "topsis_vector"
grading = { method = "threshold", grades = [{ grade = "A", min = 60.0 }, { grade = "B", min = 45.0 }, { grade = "C" }] }
topsis a x1 more 60.0
topsis b x2 less 40.0
"#;

const PER_MU: &str = r#"
track all
missing = "leave_out"
grading = { method = "threshold", grades = [{ grade = "A", min = 60.0 }, { grade = "B", min = 30.0 }, { grade = "C" }] }
indicator a x1_/_NULLIF(area_mu,_0) more 50.0 "benchmark", value = 3.0, cap = 1.0
indicator b x2_/_NULLIF(area_mu,_0) more 50.0 "benchmark", value = 4.0, cap = 1.0
"#;

const BARRIERS: &str = r#"
track all
when = "large"
missing = "leave_out"
grading = { method = "threshold", grades = [{ grade = "A", min = 8.0 }, { grade = "D" }] }
indicator a x1 more 10.0 "benchmark", value = 10.0, cap = 1.0
indicator b x2 more 2.0 "benchmark", value = 10.0, cap = 1.0
missing = "not_assessable"
exemption PUBLIC
when = "trade = '31'"
adjustment VETO
when = "flag"
grade = "D"
"#;
