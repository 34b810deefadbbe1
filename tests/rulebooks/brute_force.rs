//! Quotas, ties, thresholds, rounding, groups, exemptions, vetoes, caps and protections on random small tables, against a version that
//! takes units one by one and knows nothing but docs/rulebook.md. Scores are whole thousandths, so that its arithmetic is exact.

use std::fmt::Write;
use std::path::Path;

use mujun::rulebook::Rulebook;
use mujun::score::score;
use polars::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Fewer where the program is built to be debugged, and slow.
const TABLES: u64 = if cfg!(debug_assertions) { 500 } else { 10_000 };

const LETTERS: [&str; 5] = ["A", "B", "C", "D", "E"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ties {
    Id,
    Better,
    Worse,
}

#[derive(Debug, Clone)]
struct Quota {
    grade: &'static str,
    /// Hundredths; none: the rest.
    share: Option<i64>,
    top: bool,
    round: &'static str,
    /// Thousandths: min of a quota from the top, below of one from the bottom.
    limit: Option<i64>,
}

#[derive(Debug)]
struct Rules {
    quotas: Vec<Quota>,
    /// Least scores in thousandths of all grades but the last, where grades go by thresholds.
    thresholds: Option<Vec<i64>>,
    ties: Ties,
    decimals: Option<u32>,
    per: bool,
    /// Condition, what it does ("grade", "at_best", "at_worst"), grade.
    adjustments: Vec<(Condition, &'static str, &'static str)>,
}

#[derive(Debug, Clone, Copy)]
enum Condition {
    Flag(i64),
    ScoreBelow(i64),
    Grade(&'static str),
}

#[derive(Debug)]
struct Unit {
    id: String,
    score: Option<i64>,
    group: Option<&'static str>,
    flag: Option<i64>,
    exempt: bool,
}

fn rules(rng: &mut ChaCha8Rng) -> Rules {
    let count = rng.random_range(2..=5);
    let rest = rng.random_range(0..count);
    let mut left: i64 = 100;
    let quotas = (0..count)
        .map(|n| {
            let share = (n != rest).then(|| rng.random_range(0..=left.min(60)));
            left -= share.unwrap_or(0);
            Quota {
                grade: LETTERS[n],
                share,
                top: n < rest,
                round: ["floor", "ceil", "round"][rng.random_range(0..3)],
                limit: (n != rest && rng.random_bool(0.3)).then(|| rng.random_range(-20..80) * 50),
            }
        })
        .collect();
    let adjustments = (0..rng.random_range(0..4))
        .map(|_| {
            let condition = match rng.random_range(0..3) {
                0 => Condition::Flag(rng.random_range(0..3)),
                1 => Condition::ScoreBelow(rng.random_range(0..80) * 50),
                _ => Condition::Grade(LETTERS[rng.random_range(0..count)]),
            };
            let effect = ["grade", "at_best", "at_worst"][rng.random_range(0..3)];
            let grade = if effect == "grade" && rng.random_bool(0.2) { "T" } else { LETTERS[rng.random_range(0..count)] };
            (condition, effect, grade)
        })
        .collect();
    let mut thresholds: Vec<i64> = (1..count).map(|_| rng.random_range(-20..80) * 50).collect();
    thresholds.sort_by_key(|least| -least);
    thresholds.dedup();
    Rules {
        thresholds: (thresholds.len() == count - 1 && rng.random_bool(0.2)).then_some(thresholds),
        quotas,
        ties: [Ties::Id, Ties::Better, Ties::Worse][rng.random_range(0..3)],
        decimals: [None, Some(0), Some(1), Some(2)][rng.random_range(0..4)],
        per: rng.random_bool(0.3),
        adjustments,
    }
}

/// Scores come from few values, so that many are equal, also when they are rounded.
fn units(rng: &mut ChaCha8Rng) -> Vec<Unit> {
    let values: Vec<i64> = (0..rng.random_range(1..12)).map(|_| rng.random_range(-200..800) * 5).collect();
    let count = rng.random_range(1..25);
    let mut numbers: Vec<usize> = (0..count).collect();
    for n in (1..count).rev() {
        numbers.swap(n, rng.random_range(0..=n));
    }
    numbers
        .into_iter()
        .map(|number| Unit {
            id: format!("P{number:02}"),
            score: rng.random_bool(0.9).then(|| values[rng.random_range(0..values.len())]),
            group: [Some("x"), Some("y"), None][rng.random_range(0..3)],
            flag: [Some(0), Some(1), Some(2), None][rng.random_range(0..4)],
            exempt: rng.random_bool(0.1),
        })
        .collect()
}

fn thousandths(x: i64) -> String {
    format!("{}{}.{:03}", if x < 0 { "-" } else { "" }, x.abs() / 1000, x.abs() % 1000)
}

/// The rules as a rulebook file.
fn written(rules: &Rules) -> String {
    let grades = rules.quotas.iter().map(|q| {
        let share = q.share.map_or_else(String::new, |share| {
            let end = if q.top { "top" } else { "bottom" };
            format!(", share = {}.{:02}, from = \"{end}\", round = \"{}\"", share / 100, share % 100, q.round)
        });
        let limit =
            q.limit.map_or_else(String::new, |x| format!(", {} = {}", if q.top { "min" } else { "below" }, thousandths(x)));
        format!("  {{ grade = \"{}\"{share}{limit} }},\n", q.grade)
    });
    let grading = match &rules.thresholds {
        None => format!(
            "method = \"quota\"\nties = \"{}\"\n{}grades = [\n{}]\n",
            format!("{:?}", rules.ties).to_lowercase(),
            if rules.per { "per = [\"g\"]\n" } else { "" },
            grades.collect::<String>()
        ),
        Some(least) => {
            let of = |n: usize| least.get(n).map_or_else(String::new, |x| format!(", min = {}", thousandths(*x)));
            let grades: Vec<String> = (0..=least.len()).map(|n| format!("{{ grade = \"{}\"{} }}", LETTERS[n], of(n))).collect();
            format!("method = \"threshold\"\ngrades = [{}]\n", grades.join(", "))
        }
    };
    let mut text = format!(
        "schema = 1\nname = \"random\"\ntitle_zh = \"\"\ntitle_en = \"\"\nplace = \"\"\nyear = 2025\nsource = \"\"\nillustrative = true\n\
         area = \"stated\"\narea_tolerance = 0.05\nfloor_area_ratio_limit = 20.0\n\
         [[exemption]]\ncode = \"EXEMPT\"\nname_zh = \"\"\nname_en = \"\"\nwhen = \"exempt = 1\"\nclause = \"\"\nsource = \"\"\n\
         [[track]]\nid = \"all\"\nname_zh = \"\"\nname_en = \"\"\nmissing = \"zero\"\n\
         [[track.indicator]]\nid = \"x\"\nname_zh = \"\"\nname_en = \"\"\nunit_zh = \"\"\nunit_en = \"\"\nexpr = \"x\"\n\
         direction = \"more\"\nweight = 1.0\nnormalise = {{ method = \"benchmark\", value = 1.0, floor = -1000.0 }}\n\
         [track.grading]\n{}{grading}[list]\ngrades = [\"A\"]\n",
        rules.decimals.map_or_else(String::new, |d| format!("decimals = {d}\n")),
    );
    for (n, (condition, effect, grade)) in rules.adjustments.iter().enumerate() {
        let when = match condition {
            Condition::Flag(flag) => format!("flag = {flag}"),
            Condition::ScoreBelow(x) => format!("score < {}", thousandths(*x)),
            Condition::Grade(grade) => format!("grade = '{grade}'"),
        };
        let _ = write!(
            text,
            "[[adjustment]]\ncode = \"ADJUSTMENT_{n}\"\nname_zh = \"\"\nname_en = \"\"\nwhen = \"{when}\"\n{effect} = \"{grade}\"\n\
             clause = \"\"\nsource = \"\"\n"
        );
    }
    text
}

fn by_the_program(rules: &Rules, units: &[Unit]) -> Vec<String> {
    let rulebook = Rulebook::parse(&written(rules), Path::new("random.toml")).unwrap();
    #[allow(clippy::cast_precision_loss)]
    let score_of = |unit: &Unit| unit.score.map(|x| x as f64 / 1000.0);
    let table = df!(
        "x" => units.iter().map(score_of).collect::<Vec<_>>(),
        "g" => units.iter().map(|u| u.group).collect::<Vec<_>>(),
        "flag" => units.iter().map(|u| u.flag).collect::<Vec<_>>(),
        "exempt" => units.iter().map(|u| i64::from(u.exempt)).collect::<Vec<_>>(),
        "area_mu" => vec![1.0; units.len()],
    )
    .unwrap();
    let ids: Vec<String> = units.iter().map(|u| u.id.clone()).collect();
    score(&rulebook, &table, &ids, &[], &mut Vec::new()).unwrap().grade
}

/// A score as it is compared: thousandths rounded, halves away from zero.
fn compared(rules: &Rules, score: i64) -> i64 {
    let Some(decimals) = rules.decimals else { return score };
    let step = 10_i64.pow(3 - decimals);
    (score.abs() + step / 2) / step * step * score.signum()
}

/// How many units a share of hundredths takes of `of`.
fn count(quota: &Quota, of: usize) -> usize {
    let exact = quota.share.unwrap_or(0) * i64::try_from(of).unwrap();
    let whole = match quota.round {
        "floor" => exact / 100,
        "ceil" => (exact + 99) / 100,
        _ => (exact + 50) / 100,
    };
    usize::try_from(whole).unwrap()
}

fn by_hand(rules: &Rules, units: &[Unit]) -> Vec<String> {
    let mut grades: Vec<&str> = vec!["T"; units.len()];
    let group_of = |unit: &Unit| if rules.per { unit.group } else { Some("everybody") };
    for group in [Some("x"), Some("y"), Some("everybody"), None] {
        let members: Vec<usize> = (0..units.len())
            .filter(|n| !units[*n].exempt && units[*n].score.is_some() && group_of(&units[*n]) == group)
            .collect();
        match &rules.thresholds {
            None => share_out(rules, units, &members, &mut grades),
            Some(least) => members.iter().for_each(|n| {
                let score = compared(rules, units[*n].score.unwrap());
                grades[*n] = LETTERS[least.iter().position(|least| score >= *least).unwrap_or(least.len())];
            }),
        }
    }
    for (condition, effect, new) in &rules.adjustments {
        for (n, unit) in units.iter().enumerate() {
            let holds = match condition {
                Condition::Flag(flag) => unit.flag == Some(*flag),
                Condition::ScoreBelow(x) => !unit.exempt && unit.score.is_some_and(|score| score < *x),
                Condition::Grade(grade) => grades[n] == *grade,
            };
            let worse_than = |a: &str, b: &str| a > b;
            match *effect {
                _ if !holds => {}
                "grade" => grades[n] = new,
                _ if grades[n] == "T" => {}
                "at_best" if worse_than(new, grades[n]) => grades[n] = new,
                "at_worst" if worse_than(grades[n], new) => grades[n] = new,
                _ => {}
            }
        }
    }
    grades.into_iter().map(str::to_owned).collect()
}

/// Gives the grades of the quotas to the units of one group, one unit after the other.
fn share_out(rules: &Rules, units: &[Unit], members: &[usize], grades: &mut [&'static str]) {
    let value = |unit: &usize| compared(rules, units[*unit].score.unwrap());
    let rest = rules.quotas.iter().find(|q| q.share.is_none()).unwrap().grade;
    members.iter().for_each(|unit| grades[*unit] = rest);
    let mut left = members.to_vec();
    // Best grades first from the top; then from the bottom the worst grade first.
    let top = rules.quotas.iter().filter(|q| q.share.is_some() && q.top);
    let bottom = rules.quotas.iter().rev().filter(|q| q.share.is_some() && !q.top);
    for quota in top.chain(bottom) {
        let mut taken: Vec<usize> = Vec::new();
        while taken.len() < count(quota, members.len()) && !left.is_empty() {
            let key = |unit: &&usize| (value(unit), &units[**unit].id);
            let next = if quota.top { left.iter().max_by_key(key) } else { left.iter().min_by_key(key) };
            let next = *next.unwrap();
            left.retain(|unit| *unit != next);
            taken.push(next);
        }
        if let Some(border) = taken.last().map(value).filter(|border| left.iter().any(|unit| value(unit) == *border)) {
            // Equal scores inside and outside of the quota.
            let inside_is_better = quota.top;
            match (rules.ties, inside_is_better) {
                (Ties::Id, _) => {}
                (Ties::Better, true) | (Ties::Worse, false) => {
                    let (equal, others) = left.iter().partition(|unit| value(unit) == border);
                    left = others;
                    let equal: Vec<usize> = equal;
                    taken.extend(equal);
                }
                (Ties::Better, false) | (Ties::Worse, true) => {
                    let (equal, others) = taken.iter().partition(|unit| value(unit) == border);
                    taken = others;
                    let equal: Vec<usize> = equal;
                    left.extend(equal);
                }
            }
        }
        for unit in taken {
            let enough = quota.limit.is_none_or(|limit| if quota.top { value(&unit) >= limit } else { value(&unit) < limit });
            if enough {
                grades[unit] = quota.grade;
            }
        }
    }
}

#[test]
fn grades_of_random_small_tables_are_those_given_one_by_one() {
    (0..TABLES).into_par_iter().for_each(|seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (rules, units) = (rules(&mut rng), units(&mut rng));
        let (got, expected) = (by_the_program(&rules, &units), by_hand(&rules, &units));
        assert_eq!(got, expected, "seed {seed}: {rules:#?} {units:#?}");
    });
}
