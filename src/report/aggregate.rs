//! Counts and sums over parcels: by grade, district, park, layout zone.
//!
//! Sums run in the order of parcel ids, so that they do not depend on the order of the rows.

use std::collections::BTreeMap;

use crate::finding::Code;
use crate::model::Zones;
use crate::survey::Survey;

/// The worst parcels that are shown.
const SHOWN: usize = 10;

/// Counts and mu of some parcels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GradeTotal {
    pub grade: String,
    pub parcels: usize,
    pub mu: f64,
}

/// Counts and mu of the parcels of one zone, or of those in none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ZoneTotal {
    /// `None` for what lies in no zone of the layer.
    pub zone: Option<usize>,
    pub parcels: usize,
    pub mu: f64,
    pub listed: usize,
    pub listed_mu: f64,
    /// Parcels by grade, in the order of [`Totals::grades`].
    pub grades: Vec<usize>,
}

/// One of the parcels with the lowest scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    pub row: usize,
    pub score: f64,
}

/// The figures of a survey that its summary, workbook, map and manifest show alike.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    pub parcels: usize,
    /// Parcels without a usable area.
    pub without_area: usize,
    pub mu: f64,
    /// Best first, T last.
    pub grades: Vec<GradeTotal>,
    pub listed: usize,
    pub listed_mu: f64,
    pub districts: Vec<ZoneTotal>,
    pub parks: Vec<ZoneTotal>,
    /// A parcel may lie in several zones; the last entry is the remainder in none.
    pub layout: Vec<ZoneTotal>,
    pub findings: BTreeMap<Code, usize>,
    /// The ten graded parcels with the lowest scores, worst first; of equal scores the worse grade, then the larger parcel.
    pub worst: Vec<Worst>,
}

/// Adds up a survey.
#[must_use]
pub fn totals(survey: &Survey) -> Totals {
    let order = survey.order_by_id();
    let mut names = survey.rulebook.grades();
    names.push(crate::rulebook::NOT_ASSESSABLE.to_owned());
    let grade_of: Vec<usize> =
        survey.grading.grade.iter().map(|grade| names.iter().position(|name| name == grade).unwrap_or(names.len() - 1)).collect();
    let mut totals = Totals {
        parcels: order.len(),
        without_area: survey.area_mu.iter().filter(|mu| mu.is_none()).count(),
        grades: names.iter().map(|grade| GradeTotal { grade: grade.clone(), ..GradeTotal::default() }).collect(),
        ..Totals::default()
    };
    for &row in &order {
        let mu = survey.area_mu[row].unwrap_or(0.0);
        totals.mu += mu;
        totals.grades[grade_of[row]].parcels += 1;
        totals.grades[grade_of[row]].mu += mu;
        if survey.listing.listed[row] {
            totals.listed += 1;
            totals.listed_mu += mu;
        }
    }
    let by_zone = |zones: &Zones, of: &dyn Fn(usize) -> Vec<usize>| {
        let mut sums: Vec<ZoneTotal> = (0..=zones.0.len())
            .map(|z| ZoneTotal { zone: (z < zones.0.len()).then_some(z), grades: vec![0; names.len()], ..ZoneTotal::default() })
            .collect();
        for &row in &order {
            let inside = of(row);
            let places = if inside.is_empty() { vec![zones.0.len()] } else { inside };
            for place in places {
                let sum = &mut sums[place];
                let mu = survey.area_mu[row].unwrap_or(0.0);
                sum.parcels += 1;
                sum.mu += mu;
                sum.grades[grade_of[row]] += 1;
                if survey.listing.listed[row] {
                    sum.listed += 1;
                    sum.listed_mu += mu;
                }
            }
        }
        sums
    };
    totals.districts = by_zone(&survey.districts, &|row| survey.location.district[row].map(|s| s.zone).into_iter().collect());
    totals.parks = by_zone(&survey.parks, &|row| survey.location.in_park[row].into_iter().collect());
    totals.layout = by_zone(&survey.layout, &|row| survey.location.layout[row].clone());
    for finding in &survey.findings {
        *totals.findings.entry(finding.code).or_default() += 1;
    }
    totals.worst = worst(survey, &order, &grade_of);
    totals
}

/// The parcels with the lowest scores; of equal ones those with the worse grade, the larger area, the smaller id.
fn worst(survey: &Survey, order: &[usize], grade_of: &[usize]) -> Vec<Worst> {
    let score = |row: usize| survey.grading.score[row];
    let mut places: Vec<(usize, Worst)> =
        order.iter().enumerate().filter_map(|(place, &row)| score(row).map(|score| (place, Worst { row, score }))).collect();
    let mu = |worst: &Worst| survey.area_mu[worst.row].unwrap_or(0.0);
    let worse = |(m, a): &(usize, Worst), (n, b): &(usize, Worst)| {
        let by_grade = grade_of[b.row].cmp(&grade_of[a.row]);
        a.score.total_cmp(&b.score).then(by_grade).then(mu(b).total_cmp(&mu(a))).then(m.cmp(n))
    };
    if places.len() > SHOWN {
        places.select_nth_unstable_by(SHOWN, worse);
        places.truncate(SHOWN);
    }
    places.sort_unstable_by(worse);
    places.into_iter().map(|(_, worst)| worst).collect()
}
