//! The formulas of Huangyan and Jingde as a spreadsheet would have them, written from the notices, for 200 random firms each.

use mujun::finding::Finding;
use mujun::indicators::known_columns;
use mujun::rulebook::{Normalise, Rulebook};
use mujun::score::{Grading, score};
use polars::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::shared;

const FIRMS: usize = 200;
/// Largest difference of two scores.
const TOLERANCE: f64 = 1e-9;

/// A firm as it reports, with its land in mu, parcel by parcel.
struct Firm {
    land: Vec<f64>,
    revenue: f64,
    tax: f64,
    added: f64,
    energy: f64,
    emission: Option<f64>,
    employees: f64,
    research: f64,
    electricity: Option<f64>,
    guidance: Option<&'static str>,
}

impl Firm {
    fn mu(&self) -> f64 {
        self.land.iter().sum()
    }

    fn above_scale(&self) -> bool {
        self.revenue >= 2000.0
    }
}

fn firms(seed: u64) -> Vec<Firm> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..FIRMS)
        .map(|n| {
            let revenue = if n % 2 == 0 { rng.random_range(2000.0..90_000.0) } else { rng.random_range(50.0..2000.0) };
            let parcels = if rng.random_bool(0.2) { 2 } else { 1 };
            Firm {
                land: (0..parcels).map(|_| rng.random_range(1.0..80.0)).collect(),
                revenue,
                tax: revenue * rng.random_range(-0.01..0.1),
                added: revenue * rng.random_range(0.05..0.4),
                energy: revenue * rng.random_range(0.01..0.3),
                emission: rng.random_bool(0.7).then(|| rng.random_range(0.01..50.0)),
                employees: rng.random_range(1.0..900.0_f64).floor(),
                research: if rng.random_bool(0.3) { 0.0 } else { revenue * rng.random_range(0.0..0.08) },
                electricity: rng.random_bool(0.9).then(|| rng.random_range(1.0..500.0)),
                guidance: [None, Some("encouraged"), Some("restricted")][rng.random_range(0..3)],
            }
        })
        .collect()
}

/// The program's grading of the firms' parcels, and the first parcel of each firm. A firm's figures are spread over its parcels by area.
fn graded(rulebook: &str, firms: &[Firm]) -> (Grading, Vec<usize>) {
    let parcels: Vec<(usize, f64)> = firms.iter().enumerate().flat_map(|(n, f)| f.land.iter().map(move |mu| (n, *mu))).collect();
    let spread = |figure: &dyn Fn(&Firm) -> Option<f64>| -> Vec<Option<f64>> {
        parcels.iter().map(|(n, mu)| figure(&firms[*n]).map(|x| x * mu / firms[*n].mu())).collect()
    };
    let mut table = df!(
        "enterprise_id" => parcels.iter().map(|(n, _)| format!("firm {n}")).collect::<Vec<_>>(),
        "industry_guidance" => parcels.iter().map(|(n, _)| firms[*n].guidance).collect::<Vec<_>>(),
        "area_mu" => parcels.iter().map(|(_, mu)| *mu).collect::<Vec<_>>(),
        "revenue_10k_yuan" => spread(&|f| Some(f.revenue)),
        "tax_10k_yuan" => spread(&|f| Some(f.tax)),
        "value_added_10k_yuan" => spread(&|f| Some(f.added)),
        "energy_tce" => spread(&|f| Some(f.energy)),
        "emission_t" => spread(&|f| f.emission),
        "employees" => spread(&|f| Some(f.employees)),
        "rnd_10k_yuan" => spread(&|f| Some(f.research)),
        "electricity_10k_kwh" => spread(&|f| f.electricity),
    )
    .unwrap();
    for known in known_columns().unwrap().columns() {
        if table.column(known.name()).is_err() {
            table.with_column(Column::full_null(known.name().clone(), parcels.len(), known.dtype())).unwrap();
        }
    }
    let ids: Vec<String> = (0..parcels.len()).map(|n| format!("P{n:04}")).collect();
    let mut findings: Vec<Finding> = Vec::new();
    let grading = score(&Rulebook::open(rulebook).unwrap(), &table, &ids, &[], &mut findings).unwrap();
    assert!(findings.is_empty());
    let first = (0..firms.len()).map(|n| parcels.iter().position(|(firm, _)| *firm == n).unwrap()).collect();
    (grading, first)
}

fn same_scores(rulebook: &str, firms: &[Firm], expected: &[f64]) {
    let (grading, first) = graded(rulebook, firms);
    for ((firm, row), expected) in first.iter().enumerate().map(|(n, row)| (&firms[n], *row)).zip(expected) {
        let got = grading.score[row].unwrap();
        assert!((got - expected).abs() <= TOLERANCE, "{rulebook}, {} mu: {got}, by the notice {expected}", firm.mu());
        assert_eq!(grading.track[row], Some(usize::from(!firm.above_scale())));
    }
    let second = (0..firms.len()).find(|n| firms[*n].land.len() == 2).unwrap();
    assert_eq!(grading.score[first[second]], grading.score[first[second] + 1], "the parcels of one firm share its score");
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.map(|_| 1.0).sum::<f64>()
}

/// Benchmarks of the notice: tax, value added a mu, value added by energy, by emission, productivity, research; tax a mu and by electricity.
fn huangyan(firms: &[Firm], [tax, added, energy, emission, labour, research]: [f64; 6], below: [f64; 2]) -> Vec<f64> {
    let of_emission = |f: &Firm| f.emission.map(|e| f.added / e / emission * 10.0);
    let usual = mean(firms.iter().filter(|f| f.above_scale()).filter_map(of_emission));
    firms
        .iter()
        .map(|f| {
            if !f.above_scale() {
                return f.tax / f.mu() / below[0] * 50.0 + f.electricity.map_or(0.0, |e| f.tax / e / below[1] * 50.0);
            }
            f.tax / f.mu() / tax * 30.0
                + f.added / f.mu() / added * 20.0
                + f.added / f.energy / energy * 20.0
                + of_emission(f).unwrap_or(usual)
                + f.added / f.employees / labour * 10.0
                + f.research / f.revenue / research * 10.0
        })
        .collect()
}

#[test]
fn huangyan_2022_is_what_the_notice_says_for_200_random_firms() {
    let firms = firms(2022);
    same_scores("huangyan-2022", &firms, &huangyan(&firms, [24.097, 136.16, 2.694, 4929.81, 18.14, 0.0302], [11.5932, 0.2352]));
}

#[test]
fn huangyan_2021_is_what_the_notice_says_for_200_random_firms() {
    let firms = firms(2021);
    let above = [26.01, 132.27, 2.54, 4861.08, 17.45, 0.0305];
    same_scores("huangyan-2021", &firms, &huangyan(&firms, above, [16.601_058, 0.236_565]));
}

/// One item of the Jingde formula: weight × [20 + 80 (x − min) ÷ (max − min)] ÷ 100; nothing where the figure is missing.
fn item(firms: &[&Firm], weight: f64, figure: impl Fn(&Firm) -> Option<f64>) -> Vec<f64> {
    let all: Vec<f64> = firms.iter().filter_map(|f| figure(f)).collect();
    let (min, max) = (all.iter().copied().reduce(f64::min).unwrap(), all.iter().copied().reduce(f64::max).unwrap());
    let points = |x: f64| weight * (20.0 + 80.0 * (x - min) / (max - min)) / 100.0;
    firms.iter().map(|f| figure(f).map_or(0.0, points)).collect()
}

#[test]
fn jingde_2022_is_what_the_notice_says_for_200_random_firms() {
    let mut firms = firms(419);
    firms.retain(|f| f.above_scale() || f.mu() >= 5.0);
    let above: Vec<&Firm> = firms.iter().filter(|f| f.above_scale()).collect();
    let below: Vec<&Firm> = firms.iter().filter(|f| !f.above_scale()).collect();
    let of_above = [
        item(&above, 30.0, |f| Some(f.tax / f.mu())),
        item(&above, 20.0, |f| Some(f.revenue / f.mu())),
        item(&above, 10.0, |f| Some(f.added / f.mu())),
        item(&above, 10.0, |f| Some(f.added / f.energy)),
        item(&above, 10.0, |f| Some(f.added / f.emission?)),
        item(&above, 10.0, |f| Some(f.added / f.employees)),
        item(&above, 10.0, |f| Some(f.research / f.revenue)),
    ];
    let of_below = [
        item(&below, 50.0, |f| Some(f.tax / f.mu())),
        item(&below, 30.0, |f| Some(f.revenue / f.mu())),
        item(&below, 20.0, |f| Some(f.tax / f.electricity?)),
    ];
    let additional = |f: &Firm| match f.guidance {
        Some("encouraged") => 2.0,
        Some(_) => -5.0,
        None => 0.0,
    };
    let (mut nth_above, mut nth_below) = (0, 0);
    let expected: Vec<f64> = firms
        .iter()
        .map(|f| {
            if f.above_scale() {
                nth_above += 1;
                of_above.iter().map(|column| column[nth_above - 1]).sum::<f64>() + additional(f)
            } else {
                nth_below += 1;
                of_below.iter().map(|column| column[nth_below - 1]).sum::<f64>()
            }
        })
        .collect();
    same_scores("jingde-2022", &firms, &expected);
}

#[test]
fn weights_and_benchmarks_of_huangyan_are_those_transcribed_from_the_notices() {
    let Some(folder) = shared::folder("reference/permu") else { return };
    let text = std::fs::read_to_string(folder.join("official_permu_scoring_rules.json")).unwrap();
    let notices: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["huangyan-2021", "huangyan-2022"] {
        let notice = notices["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == name).unwrap();
        let rulebook = Rulebook::open(name).unwrap();
        for indicator in &rulebook.tracks[0].indicators {
            let key = if indicator.id == "rnd_share" { "R&D占比" } else { indicator.name_zh.as_str() };
            let Some(Normalise::Benchmark { value, cap: None, .. }) = indicator.normalise else { panic!("{}", indicator.id) };
            assert_eq!(notice["baselines_above"][key].as_f64(), Some(value), "{name}, {key}");
            assert_eq!(notice["weights_above"][key].as_f64(), indicator.weight, "{name}, {key}");
        }
    }
}
