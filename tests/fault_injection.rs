//! Fault injection: small clean cities are made up, written in every format, damaged in one known way, and examined. What is found
//! must be what was done.
//!
//! `MUJUN_INJECTIONS=1000 cargo test --test fault_injection -- --nocapture` makes a thousand damaged cities and prints the table by
//! kind; without it there are 200.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mujun::finding::{Finding, Severity};
use mujun::model::Source;
use mujun::progress::Silent;
use mujun::read::spec::SurveySpec;
use mujun::rulebook::Rulebook;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[path = "fault_injection/city.rs"]
mod city;
#[path = "fault_injection/codes.rs"]
mod codes;
#[path = "fault_injection/damage.rs"]
mod damage;
#[path = "fault_injection/files.rs"]
mod files;
#[path = "fault_injection/ground.rs"]
mod ground;
#[path = "fault_injection/round_trip.rs"]
mod round_trip;
#[path = "fault_injection/shapefile.rs"]
mod shapefile;

use city::City;
use damage::{Claim, Kind, kinds};

/// Damaged cities where nobody says how many.
const INJECTIONS: usize = 200;
/// The share of faults that must be found at their place, of all and of each kind.
const RECALL: f64 = 0.99;
const RECALL_OF_A_KIND: f64 = 0.9;
/// The share of findings that must be about a fault or what follows from it.
const PRECISION: f64 = 0.995;
/// Misses and false findings that are printed of a kind.
const EXAMPLES: usize = 3;

/// What was found in one damaged city.
struct Outcome {
    /// Expected findings that are there.
    found: usize,
    missed: Vec<String>,
    /// New findings of severity notice and above that are about the damage.
    right: usize,
    wrong: Vec<String>,
}

/// What was found of one kind of damage.
#[derive(Default)]
struct Tally {
    files: usize,
    found: usize,
    missed: Vec<String>,
    right: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        self.files += 1;
        self.found += outcome.found;
        self.right += outcome.right;
        self.missed.extend(outcome.missed);
        self.wrong.extend(outcome.wrong);
    }

    fn recall(&self) -> f64 {
        share(self.found, self.missed.len())
    }

    fn precision(&self) -> f64 {
        share(self.right, self.wrong.len())
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(good: usize, bad: usize) -> f64 {
    if good + bad == 0 { 1.0 } else { good as f64 / (good + bad) as f64 }
}

#[test]
fn what_was_damaged_is_found_at_its_place_and_little_else() {
    let count = std::env::var("MUJUN_INJECTIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(INJECTIONS);
    let only = std::env::var("MUJUN_INJECTION_KIND").ok();
    let kinds = kinds();
    let rulebook = Rulebook::open("shanghai-illustrative").unwrap();
    let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
    for n in 0..count {
        let kind = &kinds[n % kinds.len()];
        if only.as_ref().is_some_and(|only| !kind.name.contains(only.as_str())) {
            continue;
        }
        tallies.entry(n % kinds.len()).or_default().add(injected(kind, n as u64, &rulebook));
    }
    report(&kinds, &tallies);
    let sum = |part: fn(&Tally) -> usize| tallies.values().map(part).sum::<usize>();
    let recall = share(sum(|t| t.found), sum(|t| t.missed.len()));
    let precision = share(sum(|t| t.right), sum(|t| t.wrong.len()));
    assert!(recall >= RECALL, "recall {recall:.3}");
    assert!(precision >= PRECISION, "precision {precision:.3}");
    for (kind, tally) in &tallies {
        assert!(tally.recall() >= RECALL_OF_A_KIND, "{}: recall {:.2}", kinds[*kind].name, tally.recall());
    }
}

/// Damages a city in one way and compares what is found with what was found before.
fn injected(kind: &Kind, seed: u64, rulebook: &Rulebook) -> Outcome {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut city = City::new(&mut random);
    (kind.prepare)(&mut city, &mut random);
    let folder = tempfile::tempdir().unwrap();
    let clean = examined(&city, &folder.path().join("clean"), rulebook);
    let claim = (kind.damage)(&mut city, &mut random);
    let damaged = examined(&city, &folder.path().join("damaged"), rulebook);
    let claim = match files::order(&city.parcels, &folder.path().join("damaged")) {
        Some(places) => claim.moved(Source::Parcels, &places),
        None => claim,
    };
    let said = |what: &str| {
        let formats: Vec<String> = city
            .layers()
            .iter()
            .map(|layer| format!("{:?} {}", layer.format, layer.epsg))
            .chain(city.books().iter().map(|book| format!("{:?}", book.format)))
            .collect();
        format!("seed {seed} ({}; {:?}): {what}", formats.join(", "), city.chosen)
    };
    let mut outcome = match (clean, damaged) {
        (Ok(clean), Ok(damaged)) => compared(&claim, &clean, &damaged),
        (Err(why), _) => {
            Outcome { found: 0, missed: vec![format!("the clean city is refused: {why}")], right: 0, wrong: Vec::new() }
        }
        (_, Err(why)) => Outcome { found: 0, missed: vec![format!("refused: {why}")], right: 0, wrong: Vec::new() },
    };
    outcome.missed.iter_mut().chain(&mut outcome.wrong).for_each(|text| *text = said(text));
    outcome
}

fn compared(claim: &Claim, clean: &[Finding], damaged: &[Finding]) -> Outcome {
    let key = |finding: &Finding| (finding.code, finding.place.source, finding.place.row);
    let mut before: Vec<_> = clean.iter().map(key).collect();
    let new: Vec<&Finding> = damaged
        .iter()
        .filter(|finding| match before.iter().position(|known| *known == key(finding)) {
            Some(at) => {
                before.swap_remove(at);
                false
            }
            None => true,
        })
        .collect();
    let (found, missed): (Vec<_>, Vec<_>) =
        claim.expected.iter().partition(|said| damaged.iter().any(|finding| said.holds(finding)));
    let others: BTreeSet<String> = new.iter().map(|finding| text(finding)).collect();
    let others: Vec<String> = others.into_iter().take(EXAMPLES).collect();
    let about = |finding: &Finding| claim.expected.iter().chain(&claim.consequences).any(|said| said.holds(finding));
    let (right, wrong): (Vec<&Finding>, Vec<&Finding>) =
        new.into_iter().filter(|finding| finding.code.severity() >= Severity::Notice).partition(|finding| about(finding));
    let alarms = clean.iter().filter(|finding| finding.code.severity() >= Severity::Warning);
    Outcome {
        found: found.len(),
        missed: missed.into_iter().map(|said| format!("{said:?}, but: {}", others.join(", "))).collect(),
        right: right.len(),
        wrong: wrong.into_iter().map(text).chain(alarms.map(|f| format!("in the clean city: {}", text(f)))).collect(),
    }
}

fn text(finding: &Finding) -> String {
    format!("{} {:?} row {:?}: {}", finding.code.name(), finding.place.source, finding.place.row, finding.detail.en)
}

fn examined(city: &City, folder: &Path, rulebook: &Rulebook) -> mujun::Result<Vec<Finding>> {
    let spec = SurveySpec::open(&files::write_city(city, folder))?;
    mujun::examine(&spec, rulebook, &Silent).map(|examination| examination.findings)
}

fn report(kinds: &[Kind], tallies: &BTreeMap<usize, Tally>) {
    println!("| damage | files | recall | precision |\n|---|---:|---:|---:|");
    for (kind, tally) in tallies {
        println!("| {} | {} | {:.3} | {:.3} |", kinds[*kind].name, tally.files, tally.recall(), tally.precision());
    }
    let sum = |part: fn(&Tally) -> usize| tallies.values().map(part).sum::<usize>();
    println!(
        "| all | {} | {:.4} | {:.4} |",
        sum(|t| t.files),
        share(sum(|t| t.found), sum(|t| t.missed.len())),
        share(sum(|t| t.right), sum(|t| t.wrong.len()))
    );
    for (kind, tally) in tallies.iter().filter(|(_, tally)| !tally.missed.is_empty() || !tally.wrong.is_empty()) {
        println!("\n{}", kinds[*kind].name);
        tally.missed.iter().take(EXAMPLES).for_each(|text| println!("  missed: {text}"));
        tally.wrong.iter().take(EXAMPLES).for_each(|text| println!("  wrong: {text}"));
    }
}
