//! The columns of the result, in the order of the documentation.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use polars::prelude::{Column, DataType};

use crate::error::{Error, Result};
use crate::list::reasons;
use crate::survey::Survey;

/// A column of the result: its name and its values.
#[derive(Debug, Clone)]
pub(super) struct ResultColumn {
    pub name: String,
    pub values: Values,
}

/// One value a parcel.
#[derive(Debug, Clone)]
pub(super) enum Values {
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Bool(v) => v.len(),
            Self::Int(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Some of the rows as an Arrow array.
    pub fn array(&self, rows: std::ops::Range<usize>) -> ArrayRef {
        match self {
            Self::Bool(v) => Arc::new(v[rows].iter().copied().collect::<BooleanArray>()),
            Self::Int(v) => Arc::new(v[rows].iter().copied().collect::<Int64Array>()),
            Self::Float(v) => Arc::new(v[rows].iter().copied().collect::<Float64Array>()),
            Self::Text(v) => Arc::new(v[rows].iter().map(Option::as_deref).collect::<StringArray>()),
        }
    }

    /// One value as JSON; what JSON cannot hold is null.
    pub fn json(&self, row: usize) -> serde_json::Value {
        match self {
            Self::Bool(v) => v[row].into(),
            Self::Int(v) => v[row].into(),
            Self::Float(v) => v[row].into(),
            Self::Text(v) => v[row].clone().into(),
        }
    }
}

/// Every column of the result but the geometry: the input's own, the enterprises' figures, then what the survey found.
///
/// An own column whose name the survey needs is left out where it holds the same, and otherwise kept as `<name>_input`.
pub(super) fn columns(survey: &Survey) -> Result<Vec<ResultColumn>> {
    let mut found = survey_columns(survey);
    let mut flows = Vec::new();
    for name in &survey.flow_columns {
        let column = survey.table.column(name).map_err(|e| Error::new(e.to_string()))?;
        if !found.iter().any(|c| c.name == *name) {
            flows.push(ResultColumn { name: name.clone(), values: values(column)? });
        }
    }
    let mut all = Vec::new();
    for column in survey.own.columns() {
        let name = column.name().to_string();
        let own = values(column)?;
        match found.iter().chain(&flows).find(|c| c.name == name) {
            Some(ours) if same(&own, &ours.values) => {}
            Some(_) => all.push(ResultColumn { name: format!("{name}_input"), values: own }),
            None => all.push(ResultColumn { name, values: own }),
        }
    }
    all.append(&mut flows);
    all.append(&mut found);
    Ok(all)
}

/// The survey's own columns.
pub(super) fn survey_columns(survey: &Survey) -> Vec<ResultColumn> {
    let mut all = Vec::new();
    let mut put = |name: &str, values: Values| all.push(ResultColumn { name: name.to_owned(), values });
    let location = &survey.location;
    let zone = |zones: &crate::model::Zones, zone: Option<usize>| zone.map(|z| zones.0[z].id.clone());
    put("parcel_id", Values::Text(survey.parcels.ids.iter().cloned().map(Some).collect()));
    put("area_stated_m2", Values::Float(survey.area_stated_m2.clone()));
    put("area_statutory_m2", Values::Float(survey.areas.statutory_m2.clone()));
    put("area_geodesic_m2", Values::Float(survey.areas.geodesic_m2.clone()));
    put("area_mu", Values::Float(survey.area_mu.clone()));
    put("district_code", Values::Text(location.district.iter().map(|s| zone(&survey.districts, s.map(|s| s.zone))).collect()));
    put("district_share", Values::Float(location.district.iter().map(|s| s.map(|s| s.share)).collect()));
    put("park_id", Values::Text(location.in_park.iter().map(|p| zone(&survey.parks, *p)).collect()));
    put("park_share", Values::Float(location.park.iter().map(|s| s.map(|s| s.share)).collect()));
    put("layout_zones", Values::Text(crate::indicators::layout_text(&survey.layout, &location.layout)));
    put("track", Values::Text(survey.grading.track.iter().map(|t| t.map(|t| survey.rulebook.tracks[t].id.clone())).collect()));
    put("peer_group", Values::Text(survey.grading.peer_group.clone()));
    for indicator in &survey.grading.indicators {
        put(&format!("i_{}", indicator.id), Values::Float(indicator.value.clone()));
        put(&format!("s_{}", indicator.id), Values::Float(indicator.points.clone()));
    }
    put("score", Values::Float(survey.grading.score.clone()));
    put("rank", Values::Int(survey.grading.rank.iter().map(|r| r.map(i64::from)).collect()));
    put("grade", Values::Text(survey.grading.grade.iter().cloned().map(Some).collect()));
    put("listed", Values::Bool(survey.listing.listed.iter().copied().map(Some).collect()));
    put("reasons", Values::Text(reason_codes(survey)));
    put("findings", Values::Text(finding_codes(survey)));
    all
}

/// The codes of the reasons that put each parcel on the list, with `;` between.
pub(super) fn reason_codes(survey: &Survey) -> Vec<Option<String>> {
    let known = reasons(&survey.rulebook);
    survey
        .listing
        .reasons
        .iter()
        .map(|reasons| {
            (!reasons.is_empty()).then(|| reasons.iter().map(|r| known[*r].code.as_str()).collect::<Vec<_>>().join(";"))
        })
        .collect()
}

/// The codes of the faults found in each parcel's row, each once, with `;` between.
fn finding_codes(survey: &Survey) -> Vec<Option<String>> {
    let mut codes: Vec<Option<String>> = vec![None; survey.parcels.ids.len()];
    for finding in survey.findings.iter().filter(|f| f.place.source == crate::model::Source::Parcels) {
        let Some(row) = finding.place.row else { continue };
        let name = finding.code.name();
        match &mut codes[row] {
            Some(text) if text.split(';').any(|known| known == name) => {}
            Some(text) => {
                text.push(';');
                text.push_str(name);
            }
            empty => *empty = Some(name.to_owned()),
        }
    }
    codes
}

fn values(column: &Column) -> Result<Values> {
    let failed = |e: polars::prelude::PolarsError| Error::new(e.to_string());
    Ok(match column.dtype() {
        DataType::Boolean => Values::Bool(column.bool().map_err(failed)?.iter().collect()),
        DataType::Float64 => Values::Float(column.f64().map_err(failed)?.iter().collect()),
        DataType::String => Values::Text(column.str().map_err(failed)?.iter().map(|t| t.map(str::to_owned)).collect()),
        _ => Values::Int(column.cast(&DataType::Int64).map_err(failed)?.i64().map_err(failed)?.iter().collect()),
    })
}

fn same(a: &Values, b: &Values) -> bool {
    #[allow(clippy::cast_precision_loss)]
    let as_float = |x: Option<i64>| x.map(|x| x as f64);
    a.len() == b.len()
        && match (a, b) {
            (Values::Bool(a), Values::Bool(b)) => a == b,
            (Values::Int(a), Values::Int(b)) => a == b,
            (Values::Float(a), Values::Float(b)) => a == b,
            (Values::Text(a), Values::Text(b)) => a == b,
            (Values::Int(a), Values::Float(b)) | (Values::Float(b), Values::Int(a)) => {
                a.iter().zip(b).all(|(a, b)| as_float(*a) == *b)
            }
            (Values::Int(a), Values::Text(b)) => a.iter().zip(b).all(|(a, b)| a.map(|a| a.to_string()) == *b),
            _ => false,
        }
}
