//! What the parcels' areas change: the raw values of indicators, and sometimes who is graded by which formula.

use std::borrow::Cow;
use std::sync::Arc;

use polars::prelude::*;

use super::draws::{area_factor, id_key};
use crate::error::{Error, Result};
use crate::rulebook::{Grading, Rulebook};
use crate::score::{Assessment, TrackFacts, Units, assess};

/// The columns that hold a parcel's area.
pub(super) const AREAS: [&str; 4] = ["area_mu", "area_statutory_m2", "area_geodesic_m2", "area_stated_m2"];
/// Relative difference up to which a value is taken as proportional to a power of the area.
const PROPORTIONAL: f64 = 1e-9;

/// The values of an indicator over all units.
pub(super) type Column = Arc<[Option<f64>]>;

/// The parcels a grading starts from.
#[derive(Clone, Copy)]
pub(crate) struct Parcels<'a> {
    pub table: &'a DataFrame,
    pub ids: &'a [String],
    /// Columns that are added up over a unit's parcels.
    pub sums: &'a [String],
}

/// The facts under one drawing of areas.
pub(super) struct Facts<'a> {
    pub assessment: Cow<'a, Assessment>,
    /// The raw values by track and indicator.
    pub values: Vec<Vec<Column>>,
    /// The factor of each parcel's area and of each unit's; none: as they are.
    pub factors: Option<(Vec<f64>, Vec<f64>)>,
}

/// How areas are drawn.
pub(super) struct Areas<'a> {
    rulebook: &'a Rulebook,
    parcels: Parcels<'a>,
    own: &'a Assessment,
    values: Vec<Vec<Column>>,
    keys: Vec<u64>,
    /// The parcels of each unit in ascending order of their ids, with their areas; empty where each parcel is a unit.
    of_units: Vec<Vec<(usize, f64)>>,
    effect: Effect,
}

/// What another area does.
enum Effect {
    /// Nothing; or areas are not drawn.
    None,
    /// Each indicator's value goes with a power of the area, and nothing else changes.
    Powers(Vec<Vec<i32>>),
    /// More than that: everything is assessed anew.
    Assessed,
}

impl<'a> Areas<'a> {
    /// Finds out what areas within the rulebook's tolerance change: the parcels are assessed with all areas at either end of it.
    ///
    /// # Errors
    /// An expression of the rulebook cannot be computed.
    pub fn new(rulebook: &'a Rulebook, parcels: Parcels<'a>, own: &'a Assessment) -> Result<Self> {
        let values = columns(&own.tracks);
        let of_units = match &own.units {
            Units::Parcels(_) => Vec::new(),
            units @ Units::Grouped { .. } => parcels_of_units(units, parcels)?,
        };
        let keys = parcels.ids.iter().map(|id| id_key(id)).collect();
        let mut areas = Self { rulebook, parcels, own, values, keys, of_units, effect: Effect::None };
        let range = rulebook.firmness.area;
        if range > 0.0 {
            let end = |factor: f64| Ok((factor, areas.assessed(&vec![factor; parcels.ids.len()])?));
            let ends: [(f64, Assessment); 2] = [end(1.0 - range)?, end(1.0 + range)?];
            areas.effect = effect(rulebook, own, &ends);
        }
        Ok(areas)
    }

    /// Whether another area changes anything.
    pub fn matter(&self) -> bool {
        !matches!(self.effect, Effect::None)
    }

    /// Whether an indicator has the same values, among the same units, in every draw.
    pub fn leave(&self, track: usize, indicator: usize) -> bool {
        match &self.effect {
            Effect::None => true,
            Effect::Powers(powers) => powers[track][indicator] == 0,
            Effect::Assessed => false,
        }
    }

    /// The facts as the survey has them.
    pub fn own(&self) -> Facts<'a> {
        Facts { assessment: Cow::Borrowed(self.own), values: self.values.clone(), factors: None }
    }

    /// The facts with the areas of one draw.
    ///
    /// # Errors
    /// An expression of the rulebook cannot be computed.
    pub fn drawn(&self, draw: u64) -> Result<Facts<'a>> {
        if !self.matter() {
            return Ok(self.own());
        }
        let range = self.rulebook.firmness.area;
        self.with(self.keys.iter().map(|key| area_factor(draw, *key, range)).collect())
    }

    /// The facts with all areas at the lower and at the upper end of the tolerance; none where areas change nothing.
    ///
    /// # Errors
    /// An expression of the rulebook cannot be computed.
    pub fn ends(&self) -> Result<Option<[Facts<'a>; 2]>> {
        if !self.matter() {
            return Ok(None);
        }
        let end = |factor: f64| self.with(vec![factor; self.keys.len()]);
        let range = self.rulebook.firmness.area;
        Ok(Some([end(1.0 - range)?, end(1.0 + range)?]))
    }

    /// The facts with the area of each parcel times a factor.
    fn with(&self, parcels: Vec<f64>) -> Result<Facts<'a>> {
        let units = if self.of_units.is_empty() {
            parcels.clone()
        } else {
            self.of_units.iter().map(|of_unit| mean_factor(of_unit, &parcels)).collect()
        };
        let (assessment, values) = match &self.effect {
            Effect::Powers(powers) => (Cow::Borrowed(self.own), self.scaled(powers, &units)),
            _ => {
                let assessment = self.assessed(&parcels)?;
                let values = columns(&assessment.tracks);
                (Cow::Owned(assessment), values)
            }
        };
        Ok(Facts { assessment, values, factors: Some((parcels, units)) })
    }

    fn scaled(&self, powers: &[Vec<i32>], factors: &[f64]) -> Vec<Vec<Column>> {
        let scale = |(column, power): (&Column, &i32)| -> Column {
            let times: fn(f64, f64) -> f64 = match power {
                0 => return column.clone(),
                1 => |x, factor| x * factor,
                _ => |x, factor| x / factor,
            };
            column.iter().zip(factors).map(|(x, factor)| x.map(|x| times(x, *factor))).collect()
        };
        self.values.iter().zip(powers).map(|(columns, powers)| columns.iter().zip(powers).map(scale).collect()).collect()
    }

    fn assessed(&self, factors: &[f64]) -> Result<Assessment> {
        let table = with_areas(self.parcels.table, factors)?;
        assess(self.rulebook, &table, self.parcels.ids, self.parcels.sums, &mut Vec::new())
    }
}

fn columns(tracks: &[TrackFacts]) -> Vec<Vec<Column>> {
    tracks.iter().map(|facts| facts.values.iter().map(|values| values.as_slice().into()).collect()).collect()
}

/// A table with its areas times some factors, one a row.
pub(super) fn with_areas(table: &DataFrame, factors: &[f64]) -> Result<DataFrame> {
    let fault = |e: PolarsError| Error::new(e.to_string());
    let mut table = table.clone();
    for name in AREAS {
        let Ok(column) = table.column(name) else { continue };
        let areas = column.cast(&DataType::Float64).map_err(fault)?;
        let scaled: Float64Chunked =
            areas.f64().map_err(fault)?.iter().zip(factors).map(|(area, factor)| area.map(|area| area * factor)).collect();
        table.with_column(scaled.with_name(name.into()).into_column()).map_err(fault)?;
    }
    Ok(table)
}

fn parcels_of_units(units: &Units, parcels: Parcels<'_>) -> Result<Vec<Vec<(usize, f64)>>> {
    let areas = parcels.table.column("area_mu").and_then(|column| column.f64()).map_err(|e| Error::new(e.to_string()))?;
    let areas: Vec<Option<f64>> = areas.iter().collect();
    let of_unit = |unit| {
        let mut rows = units.rows(unit);
        rows.sort_by(|a, b| {
            parcels.ids[*a].cmp(&parcels.ids[*b]).then(areas[*a].partial_cmp(&areas[*b]).unwrap_or(std::cmp::Ordering::Equal))
        });
        rows.into_iter().map(|row| (row, areas[row].unwrap_or(0.0))).collect()
    };
    Ok((0..units.len()).map(of_unit).collect())
}

/// The factor of an area that is the sum of several.
fn mean_factor(of_unit: &[(usize, f64)], factors: &[f64]) -> f64 {
    let (drawn, own) = of_unit.iter().fold((0.0, 0.0), |(drawn, own), (row, area)| (drawn + area * factors[*row], own + area));
    if own > 0.0 { drawn / own } else { 1.0 }
}

/// What areas change, from assessments with all of them times a factor.
fn effect(rulebook: &Rulebook, own: &Assessment, ends: &[(f64, Assessment); 2]) -> Effect {
    let names_area = |names: &[String]| names.iter().any(|name| AREAS.contains(&name.as_str()));
    let groups_by_area = rulebook
        .tracks
        .iter()
        .any(|track| names_area(&track.peers.by) || matches!(&track.grading, Grading::Quota { per, .. } if names_area(per)));
    let same_but_values = |there: &Assessment| {
        let bonuses = there.tracks.iter().map(|facts| &facts.bonuses).eq(own.tracks.iter().map(|facts| &facts.bonuses));
        there.exempt == own.exempt && there.track == own.track && bonuses
    };
    if groups_by_area || !ends.iter().all(|(_, there)| same_but_values(there)) {
        return Effect::Assessed;
    }
    let power = |track: usize, indicator: usize| {
        let fits = |power: &i32| {
            ends.iter().all(|(factor, there)| {
                let (own, there) = (&own.tracks[track].values[indicator], &there.tracks[track].values[indicator]);
                own.iter().zip(there).all(|pair| match pair {
                    (Some(x), Some(y)) => (x * factor.powi(*power) - y).abs() <= PROPORTIONAL * y.abs(),
                    (x, y) => x.is_none() && y.is_none(),
                })
            })
        };
        [0, -1, 1].into_iter().find(fits)
    };
    let powers: Option<Vec<Vec<i32>>> = (rulebook.tracks.iter().enumerate())
        .map(|(t, track)| (0..track.indicators.len()).map(|k| power(t, k)).collect())
        .collect();
    match powers {
        Some(powers) => Effect::Powers(powers),
        None => Effect::Assessed,
    }
}
