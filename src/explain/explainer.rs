//! Puts together what is known of a parcel's grade.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::figures::{Figures, figures};
use super::search::{FAR, Search, nearest_that};
use super::{
    AdjustmentMade, BonusPoints, Border, Borders, Contribution, Distribution, Explanation, ListReason, Name, OccupantOf,
    ParcelFacts, Provision, Rank, SourceCell, TrackOf, Treatment, name, sources, way_out,
};
use crate::error::{Error, Result};
use crate::report::facts::FINDINGS;
use crate::rulebook::{Direction, Indicator, Missing, NOT_ASSESSABLE, Normalise, Over, Place, Text, Track};
use crate::score::{TrackFacts, TrackScores, WhatIf};
use crate::surveyed::Surveyed;

/// Explains the parcels of one survey; what they share is worked out once.
pub struct Explainer<'a> {
    survey: &'a Surveyed,
    what_if: WhatIf<'a>,
    tracks: Vec<TrackKnown>,
    /// Facts of each parcel that are text.
    texts: HashMap<&'static str, Vec<Option<String>>>,
}

/// What all units of a track share.
struct TrackKnown {
    figures: Vec<Figures>,
    /// Columns each bonus names.
    bonus_columns: Vec<Vec<String>>,
    /// The values of each indicator in ascending order, by the units they are of.
    sorted: HashMap<(usize, Among), Arc<[f64]>>,
    /// Number of units with a score.
    scored: usize,
}

/// A slice of units, by where it is.
type Among = (usize, usize);

impl<'a> Explainer<'a> {
    /// # Errors
    /// An expression of the rulebook cannot be computed.
    pub fn new(survey: &'a Surveyed) -> Result<Self> {
        let tracks = (0..survey.rulebook.tracks.len()).map(|n| track_known(survey, n)).collect::<Result<Vec<TrackKnown>>>()?;
        let texts = ["district_code", "park_id", "layout_zones", FINDINGS].map(|name| (name, survey.texts(name)));
        let what_if = WhatIf::new(&survey.rulebook, &survey.assessment, &survey.graded);
        Ok(Self { survey, what_if, tracks, texts: texts.into_iter().collect() })
    }

    /// Explains the grade of the parcel in a row of the survey.
    ///
    /// # Errors
    /// There is no such row.
    pub fn explain(&self, row: usize) -> Result<Explanation> {
        let survey = self.survey;
        if row >= survey.ids.len() {
            return Err(Error::new(format!("there is no row {row}: the survey has {} parcels", survey.ids.len())));
        }
        let unit = survey.assessment.units.of(row);
        let (rulebook, graded) = (&survey.rulebook, &survey.graded);
        let track = survey.assessment.track[unit];
        let score = graded.score[unit];
        let by_score = score.map_or(NOT_ASSESSABLE, |score| self.what_if.standing(unit, score));
        let search = Search::new(&self.what_if, rulebook, &survey.assessment, graded, unit);
        let figures = track.map_or(&[][..], |n| &self.tracks[n].figures);
        Ok(Explanation {
            parcel: self.parcel(row),
            exemption: survey.assessment.exempt[unit].map(|n| {
                let e = &rulebook.exemptions[n];
                provision(&e.code, (&e.name_zh, &e.name_en), &e.clause, &e.source)
            }),
            track: track.map(|n| self.track(n, unit)),
            indicators: track.map(|n| self.contributions(n, unit)).unwrap_or_default(),
            bonuses: track.map(|n| self.bonuses(n, unit)).unwrap_or_default(),
            score,
            rank: graded.rank[unit]
                .zip(track)
                .and_then(|(place, n)| Some(Rank { place: usize::try_from(place).ok()?, of: self.tracks[n].scored })),
            border: score.map(|score| self.borders(unit, score)).unwrap_or_default(),
            grade_by_score: by_score.to_owned(),
            adjustments: self.adjustments(unit),
            grade: graded.grade[unit].clone(),
            reasons: self.reasons(row),
            findings: self.texts[FINDINGS][row].iter().flat_map(|codes| codes.split(';')).map(str::to_owned).collect(),
            way_out: way_out::way_out(search, figures, unit),
        })
    }

    fn parcel(&self, row: usize) -> ParcelFacts {
        let survey = self.survey;
        let text = |name: &str| self.texts[name][row].clone();
        let number =
            |name: &str| survey.table.column(name).and_then(|column| column.f64()).ok().and_then(|column| column.get(row));
        let unit = survey.assessment.units.of(row);
        let mut graded_with: Vec<String> = survey
            .assessment
            .units
            .rows(unit)
            .into_iter()
            .filter(|other| *other != row)
            .map(|other| survey.ids[other].clone())
            .collect();
        graded_with.sort();
        let occupants = survey.occupants.get(row).into_iter().flatten();
        ParcelFacts {
            id: survey.ids[row].clone(),
            row,
            graded_with,
            occupants: occupants
                .map(|o| OccupantOf { id: o.id.clone(), name: o.name.clone(), row: o.row, share: o.share })
                .collect(),
            district_code: text("district_code"),
            park_id: text("park_id"),
            layout_zones: text("layout_zones").iter().flat_map(|zones| zones.split(';')).map(str::to_owned).collect(),
            area_stated_m2: number("area_stated_m2"),
            area_statutory_m2: number("area_statutory_m2"),
            area_geodesic_m2: number("area_geodesic_m2"),
            divided_by: survey.rulebook.area,
            area_mu: number("area_mu"),
        }
    }

    fn track(&self, n: usize, unit: usize) -> TrackOf {
        let (track, peers) = (&self.survey.rulebook.tracks[n], &self.survey.assessment.tracks[n].peers);
        TrackOf {
            id: track.id.clone(),
            name: name(&track.name_zh, &track.name_en),
            units: peers.members().len(),
            peer_group: peers.name(unit).map(|name| name.to_string()),
            peers: peers.group_of(unit).len(),
            held_against: peers.among(unit, Over::Peers).len(),
        }
    }

    fn contributions(&self, n: usize, unit: usize) -> Vec<Contribution> {
        let survey = self.survey;
        let (track, facts, scores) = (&survey.rulebook.tracks[n], &survey.assessment.tracks[n], &survey.graded.tracks[n]);
        let contribution = |(k, indicator): (usize, &Indicator)| Contribution {
            id: indicator.id.clone(),
            name: name(&indicator.name_zh, &indicator.name_en),
            unit: name(&indicator.unit_zh, &indicator.unit_en),
            decimals: indicator.decimals,
            direction: indicator.direction,
            value: facts.values[k][unit],
            used: scores.values[k][unit],
            weight: scores.weights.indicators[k],
            group: track.groups.iter().find(|g| Some(&g.id) == indicator.group.as_ref()).map(|g| name(&g.name_zh, &g.name_en)),
            share: scores.shares[k][unit],
            points: scores.points[k][unit],
            most_points: most_share(track, indicator).map(|share| share * whole_points(track, scores, k)),
            treatment: if survey.assessment.has_area(unit) {
                treatment(track, indicator, facts.values[k][unit], (k, unit), scores)
            } else {
                Treatment::NoArea
            },
            normalise: indicator.normalise,
            among: self.distribution(n, k, unit),
            sources: self.sources(unit, &self.tracks[n].figures[k].columns),
            illustrative: indicator.illustrative,
        };
        track.indicators.iter().enumerate().map(contribution).collect()
    }

    fn bonuses(&self, n: usize, unit: usize) -> Vec<BonusPoints> {
        let (track, facts) = (&self.survey.rulebook.tracks[n], &self.survey.assessment.tracks[n]);
        let bonuses = track.bonuses.iter().zip(&facts.bonuses).zip(&self.tracks[n].bonus_columns);
        bonuses
            .filter_map(|((bonus, points), columns)| {
                Some(BonusPoints {
                    id: bonus.id.clone(),
                    name: name(&bonus.name_zh, &bonus.name_en),
                    points: points[unit]?,
                    clause: bonus.clause.as_ref().map(Name::from),
                    sources: self.sources(unit, columns),
                })
            })
            .collect()
    }

    /// The cells behind some columns, for every parcel of the unit.
    fn sources(&self, unit: usize, columns: &[String]) -> Vec<SourceCell> {
        let rows = self.survey.assessment.units.rows(unit);
        rows.iter().flat_map(|row| columns.iter().flat_map(|column| sources::cells(self.survey, *row, column))).collect()
    }

    fn distribution(&self, n: usize, k: usize, unit: usize) -> Option<Distribution> {
        let (track, facts) = (&self.survey.rulebook.tracks[n], &self.survey.assessment.tracks[n]);
        let indicator = &track.indicators[k];
        let over = over(track, indicator);
        let among = facts.peers.among(unit, over);
        let values = self.tracks[n].sorted.get(&(k, place_of(among)))?;
        let (min, max) = (*values.first()?, *values.last()?);
        let rank = facts.values[k][unit].map(|x| match indicator.direction {
            Direction::More => values.len() - values.partition_point(|y| *y <= x) + 1,
            Direction::Less => values.partition_point(|y| *y < x) + 1,
        });
        Some(Distribution {
            over,
            values: values.len(),
            min,
            lower_quartile: quantile(values, 0.25),
            median: quantile(values, 0.5),
            upper_quartile: quantile(values, 0.75),
            max,
            rank,
        })
    }

    fn borders(&self, unit: usize, score: f64) -> Borders {
        let order = self.survey.rulebook.grades();
        let place = |score: f64| order.iter().position(|grade| grade == self.what_if.standing(unit, score));
        let now = place(score);
        let border = |end: f64, other: &dyn Fn(f64) -> bool| {
            other(end).then(|| {
                let score = nearest_that(score, end, other);
                Border { grade: self.what_if.standing(unit, score).to_owned(), score }
            })
        };
        Borders { better: border(FAR, &|score| place(score) < now), worse: border(-FAR, &|score| place(score) > now) }
    }

    fn adjustments(&self, unit: usize) -> Vec<AdjustmentMade> {
        let (rulebook, graded) = (&self.survey.rulebook, &self.survey.graded);
        let made = &graded.adjusted[unit];
        let after = made.iter().skip(1).map(|next| &next.from).chain([&graded.grade[unit]]);
        made.iter()
            .zip(after)
            .map(|(made, to)| {
                let a = &rulebook.adjustments[made.adjustment];
                let provision = provision(&a.code, (&a.name_zh, &a.name_en), &a.clause, &a.source);
                AdjustmentMade { provision, from: made.from.clone(), to: to.clone() }
            })
            .collect()
    }

    fn reasons(&self, row: usize) -> Vec<ListReason> {
        let rulebook = &self.survey.rulebook;
        let known = crate::list::reasons(rulebook);
        let grades = rulebook.list.grades.len();
        let reason = |n: &usize| {
            let reason = known[*n].clone();
            ListReason {
                code: reason.code,
                name: name(&reason.name_zh, &reason.name_en),
                clause: reason.clause.as_ref().map(Name::from),
                source: n.checked_sub(grades).map(|rule| (&rulebook.rules[rule].source).into()),
            }
        };
        self.survey.listing.reasons[row].iter().map(reason).collect()
    }
}

fn track_known(survey: &Surveyed, n: usize) -> Result<TrackKnown> {
    let (track, facts, table) = (&survey.rulebook.tracks[n], &survey.assessment.tracks[n], &survey.assessment.table);
    let at = |array: &'static str, k: usize| survey.rulebook.at(&Place::key("track").nth(n).then(array).nth(k).then("expr"));
    let in_rulebook = |e: Error, place: String| e.at(place).in_file(&survey.rulebook.path);
    let of =
        |(k, indicator): (usize, &Indicator)| figures(table, &indicator.expr).map_err(|e| in_rulebook(e, at("indicator", k)));
    let figures = track.indicators.iter().enumerate().map(of).collect::<Result<Vec<Figures>>>()?;
    let columns = |(k, bonus): (usize, &crate::rulebook::Bonus)| {
        crate::sql::columns_of(&bonus.expr).map_err(|e| in_rulebook(e, at("bonus", k)))
    };
    let bonus_columns = track.bonuses.iter().enumerate().map(columns).collect::<Result<Vec<Vec<String>>>>()?;
    let scored = facts.peers.members().iter().filter(|unit| survey.graded.score[**unit].is_some()).count();
    Ok(TrackKnown { figures, bonus_columns, sorted: sorted(track, facts), scored })
}

/// The values of each indicator among those they are held against, in ascending order.
fn sorted(track: &Track, facts: &TrackFacts) -> HashMap<(usize, Among), Arc<[f64]>> {
    let mut wanted: HashMap<(usize, Among), &[usize]> = HashMap::new();
    for (k, indicator) in track.indicators.iter().enumerate() {
        for comparison in facts.peers.comparisons(over(track, indicator)) {
            wanted.insert((k, place_of(comparison.among)), comparison.among);
        }
    }
    let sorted = |((k, at), among): ((usize, Among), &[usize])| {
        let mut values: Vec<f64> = among.iter().filter_map(|unit| facts.values[k][*unit]).collect();
        values.sort_unstable_by(f64::total_cmp);
        ((k, at), values.into())
    };
    wanted.into_par_iter().map(sorted).collect()
}

/// Whom a value is shown among: those it is held against; its peers where the method is against fixed numbers.
fn over(track: &Track, indicator: &Indicator) -> Over {
    match indicator.normalise {
        _ if track.aggregation.is_topsis() => Over::Track,
        method => method.and_then(Normalise::over).unwrap_or(Over::Peers),
    }
}

fn place_of(units: &[usize]) -> Among {
    (units.as_ptr() as usize, units.len())
}

/// Linear between the two nearest of some values in ascending order, of which there is at least one.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(values: &[f64], share: f64) -> f64 {
    let at = share * (values.len() - 1) as f64;
    let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

fn provision(code: &str, (zh, en): (&str, &str), clause: &Text, source: &Text) -> Provision {
    Provision { code: code.to_owned(), name: name(zh, en), clause: clause.into(), source: source.into() }
}

/// The greatest share of its weight a value can bring; none where there is no limit.
fn most_share(track: &Track, indicator: &Indicator) -> Option<f64> {
    match indicator.normalise {
        _ if track.aggregation.is_topsis() => Some(1.0),
        Some(Normalise::Benchmark { cap, .. }) => cap,
        Some(Normalise::MeanRatio { cap: None, .. }) if indicator.direction == Direction::Less => Some(1.0),
        Some(Normalise::MeanRatio { cap, .. }) => cap,
        Some(Normalise::ZScore { .. }) => None,
        _ => Some(1.0),
    }
}

/// The points a share of 1 of an indicator brings if all weights count.
fn whole_points(track: &Track, scores: &TrackScores, k: usize) -> f64 {
    let weights = &scores.weights;
    let members = |group: Option<&str>| -> f64 {
        let indicators = track.indicators.iter().zip(&weights.indicators).filter(|(i, _)| i.group.as_deref() == group);
        let groups = track.groups.iter().zip(&weights.groups).filter(|(g, _)| g.group.as_deref() == group);
        indicators.map(|(_, w)| w).chain(groups.map(|(_, w)| w)).sum()
    };
    let (mut points, mut group) = (weights.indicators[k], track.indicators[k].group.as_deref());
    while let Some(at) = group.and_then(|id| track.groups.iter().position(|g| g.id == id)) {
        points *= weights.groups[at] / members(group);
        group = track.groups[at].group.as_deref();
    }
    points
}

// A value that was not touched is the same to the bit.
#[allow(clippy::float_cmp)]
fn treatment(
    track: &Track,
    indicator: &Indicator,
    value: Option<f64>,
    (k, unit): (usize, usize),
    scores: &TrackScores,
) -> Treatment {
    let (used, share, points) = (scores.values[k][unit], scores.shares[k][unit], scores.points[k][unit]);
    match (value, share, track.missing(indicator)) {
        (None, Some(_), Missing::MeanValue) if used.is_some() => Treatment::PeersMeanValue,
        (_, Some(_), Missing::MeanScore) if value.is_none() => Treatment::PeersMeanScore,
        (Some(value), Some(_), _) if used.is_some_and(|used| used != value) => Treatment::Winsorised,
        (_, Some(_), _) => Treatment::AsIs,
        (_, None, Missing::NotAssessable) => Treatment::NotAssessable,
        (_, None, _) if points.is_none() => Treatment::LeftOut,
        (_, None, Missing::Deduct(points)) => Treatment::Deducted(points),
        (_, None, Missing::Zero) => Treatment::NoPoints,
        (_, None, _) => Treatment::LeftOut,
    }
}
