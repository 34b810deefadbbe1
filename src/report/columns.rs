//! The columns of the result, in the order of the documentation.

use polars::prelude::{AnyValue, Column, NamedFrom, Series};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::firmness::Label;
use crate::list::reasons;
use crate::model::Source;
use crate::survey::Survey;

/// What the survey knows of each parcel's area and place, as named in its table.
const FACTS: [&str; 10] = [
    "parcel_id",
    "area_stated_m2",
    "area_statutory_m2",
    "area_geodesic_m2",
    "area_mu",
    "district_code",
    "district_share",
    "park_id",
    "park_share",
    "layout_zones",
];

/// Every column of the result but the geometry: the input's own, the enterprises' figures, then what the survey found.
///
/// An own column whose name the survey needs is left out where it holds the same, and otherwise kept as `<name>_input`.
pub(super) fn columns(survey: &Survey) -> Result<Vec<Column>> {
    let found = survey_columns(survey)?;
    let mut flows = Vec::new();
    for name in survey.flow_columns.iter().filter(|name| !FACTS.contains(&name.as_str())) {
        flows.push(survey.table.column(name).map_err(|e| Error::new(e.to_string()))?.clone());
    }
    let mut all = Vec::new();
    for own in survey.own.columns() {
        match found.iter().chain(&flows).find(|c| c.name() == own.name()) {
            Some(ours) if same(own, ours) => {}
            Some(_) => all.push(own.clone().with_name(format!("{}_input", own.name()).into())),
            None => all.push(own.clone()),
        }
    }
    all.extend(flows);
    all.extend(found);
    Ok(all)
}

/// What the survey found of each parcel, under names that are always the same.
pub(super) fn survey_columns(survey: &Survey) -> Result<Vec<Column>> {
    let mut all = FACTS
        .iter()
        .map(|name| survey.table.column(name).cloned().map_err(|e| Error::new(e.to_string())))
        .collect::<Result<Vec<Column>>>()?;
    let grading = &survey.grading;
    let mut put = |name: &str, series: Series| all.push(series.with_name(name.into()).into());
    let tracks: Vec<Option<&str>> = grading.track.iter().map(|t| t.map(|t| survey.rulebook.tracks[t].id.as_str())).collect();
    put("track", Series::new("".into(), tracks));
    put("peer_group", Series::new("".into(), grading.peer_group.iter().map(Option::as_deref).collect::<Vec<_>>()));
    for indicator in &grading.indicators {
        put(&format!("i_{}", indicator.id), Series::new("".into(), &indicator.value));
        put(&format!("s_{}", indicator.id), Series::new("".into(), &indicator.points));
    }
    put("score", Series::new("".into(), &grading.score));
    put("rank", Series::new("".into(), grading.rank.iter().map(|r| r.map(i64::from)).collect::<Vec<_>>()));
    put("grade", Series::new("".into(), grading.grade.iter().map(String::as_str).collect::<Vec<_>>()));
    if let Some(firmness) = &survey.firmness {
        let labels: Vec<Option<&str>> = firmness.label.iter().map(|label| label.map(Label::name)).collect();
        put("firmness", Series::new("".into(), labels));
        for (grade, shares) in firmness.grades.iter().zip(&firmness.shares) {
            put(&format!("p_{grade}"), Series::new("".into(), shares));
        }
        put("p_listed", Series::new("".into(), &firmness.listed));
    }
    put("listed", Series::new("".into(), &survey.listing.listed));
    put("reasons", Series::new("".into(), reason_codes(survey)));
    put("findings", Series::new("".into(), finding_codes(survey)));
    Ok(all)
}

/// The codes of the reasons that put each parcel on the list, with `;` between.
fn reason_codes(survey: &Survey) -> Vec<Option<String>> {
    let known = reasons(&survey.rulebook);
    let text = |reasons: &Vec<usize>| reasons.iter().map(|r| known[*r].code.as_str()).collect::<Vec<_>>().join(";");
    survey.listing.reasons.iter().map(|reasons| (!reasons.is_empty()).then(|| text(reasons))).collect()
}

/// The codes of the faults found in each parcel's row, each once, with `;` between.
pub(super) fn finding_codes(survey: &Survey) -> Vec<Option<String>> {
    let mut codes: Vec<Option<String>> = vec![None; survey.parcels.ids.len()];
    for finding in survey.findings.iter().filter(|f| f.place.source == Source::Parcels) {
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

/// Whether two columns hold the same values, be it in another type.
fn same(own: &Column, ours: &Column) -> bool {
    own.cast(ours.dtype()).is_ok_and(|own| own.null_count() == ours.null_count() && own.equals_missing(ours))
}

/// One value of a column as JSON; what JSON cannot hold is null.
pub(super) fn json(column: &Column, row: usize) -> Value {
    match column.get(row) {
        Ok(AnyValue::Boolean(x)) => x.into(),
        Ok(AnyValue::Int64(x)) => x.into(),
        Ok(AnyValue::Float64(x)) => x.into(),
        Ok(AnyValue::String(x)) => x.into(),
        Ok(AnyValue::StringOwned(x)) => x.as_str().into(),
        _ => Value::Null,
    }
}
