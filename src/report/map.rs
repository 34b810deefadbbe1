//! `map.html`: the page built from `web/`, with the survey's data in it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use geo::{LineString, MultiPolygon};
use serde_json::{Map, Value, json};

use super::Lang;
use crate::error::{Error, Result, io};
use crate::finding::Code;
use crate::list::reasons;
use crate::model::{Source, Zones};
use crate::survey::Survey;

const PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/map_page.html"));
const PLACEHOLDER: &str = "__SURVEY_DATA__";
/// Coordinates are written as whole numbers of 1e-7 degrees, about a centimetre.
const SCALE: f64 = 1e7;

pub(super) fn write(survey: &Survey, lang: Lang, path: &Path) -> Result<()> {
    let Some((before, after)) = PAGE.split_once(PLACEHOLDER) else {
        return Err(Error::new("the map page has no place for its data"));
    };
    // `<` cannot end the script element it stands in, nor begin a comment.
    let data = serde_json::to_string(&data(survey, lang)).map_err(|e| Error::new(e.to_string()))?.replace('<', "\\u003c");
    let mut file = BufWriter::new(File::create(path).map_err(|e| io(path, "write", &e))?);
    [before, &data, after]
        .iter()
        .try_for_each(|text| file.write_all(text.as_bytes()))
        .and_then(|()| file.flush())
        .map_err(|e| io(path, "write", &e))
}

fn data(survey: &Survey, lang: Lang) -> Value {
    let rulebook = &survey.rulebook;
    let indicators: Vec<Value> = rulebook
        .indicators()
        .iter()
        .map(|i| json!({ "id": i.id, "name": lang.pick(&i.name_zh, &i.name_en), "unit": lang.pick(&i.unit_zh, &i.unit_en), "decimals": i.decimals }))
        .collect();
    let rules: Vec<Value> = reasons(rulebook)
        .iter()
        .map(|r| json!({ "code": r.code, "name": lang.pick(&r.name_zh, &r.name_en), "clause": r.clause.as_ref().map(|clause| lang.text(clause)) }))
        .collect();
    let codes: Vec<Value> =
        Code::ALL.iter().map(|code| json!({ "code": code.name(), "title": lang.pick(code.title().0, code.title().1) })).collect();
    let mut grades = rulebook.grades();
    grades.push(crate::rulebook::NOT_ASSESSABLE.to_owned());
    json!({
        "version": 1,
        "lang": lang.code(),
        "title": super::summary::title(survey, lang),
        "city": survey.about.city,
        "schematic": survey.about.schematic,
        "illustrative": rulebook.illustrative,
        "source": survey.about.sources,
        "generated_by": concat!("mujun ", env!("CARGO_PKG_VERSION")),
        "rulebook": { "name": lang.pick(&rulebook.title_zh, &rulebook.title_en), "year": rulebook.year, "area": rulebook.area.name(), "source": lang.text(&rulebook.source) },
        "indicators": indicators,
        "rules": rules,
        "finding_codes": codes,
        "districts": zones(&survey.districts),
        "parks": zones(&survey.parks),
        "layout": zones(&survey.layout),
        "scale": SCALE,
        "parcels": parcels(survey, lang, &grades),
        "grades": grades,
    })
}

fn zones(zones: &Zones) -> Vec<Value> {
    zones.0.iter().map(|zone| json!({ "id": zone.id, "name": zone.name.as_ref().unwrap_or(&zone.id), "kind": zone.kind, "rings": rings(&zone.shape) })).collect()
}

fn parcels(survey: &Survey, lang: Lang, grades: &[String]) -> Value {
    let grading = &survey.grading;
    let index = |zone: Option<usize>| zone.map_or(json!(-1), |zone| json!(zone));
    let mut findings: Vec<Vec<usize>> = vec![Vec::new(); survey.parcels.ids.len()];
    for finding in survey.findings.iter().filter(|f| f.place.source == Source::Parcels) {
        if let (Some(row), Some(code)) = (finding.place.row, Code::ALL.iter().position(|code| *code == finding.code))
            && !findings[row].contains(&code)
        {
            findings[row].push(code);
        }
    }
    let by_indicator = |pick: fn(&crate::score::IndicatorResult) -> &Vec<Option<f64>>| {
        grading.indicators.iter().map(|i| (i.id.clone(), json!(pick(i)))).collect::<Map<_, _>>()
    };
    let tracks = &survey.rulebook.tracks;
    json!({
        "count": survey.parcels.ids.len(),
        "id": survey.parcels.ids,
        "grade": grading.grade.iter().map(|grade| grades.iter().position(|known| known == grade)).collect::<Vec<_>>(),
        "score": grading.score,
        "rank": grading.rank,
        "mu": survey.area_mu,
        "firmness": survey.firmness.as_ref().map(|firmness| super::firmness::lines(firmness, lang)),
        "listed": survey.listing.listed.iter().map(|listed| u8::from(*listed)).collect::<Vec<_>>(),
        "district": survey.location.district.iter().map(|s| index(s.map(|s| s.zone))).collect::<Vec<_>>(),
        "park": survey.location.in_park.iter().map(|park| index(*park)).collect::<Vec<_>>(),
        "layout": survey.location.layout,
        "peer": grading.peer_group,
        "track": grading.track.iter().map(|t| t.map(|t| lang.pick(&tracks[t].name_zh, &tracks[t].name_en))).collect::<Vec<_>>(),
        "enterprise": survey.texts("enterprise_name"),
        "industry": survey.texts("industry_code"),
        "i": by_indicator(|i| &i.value),
        "s": by_indicator(|i| &i.points),
        "reasons": survey.listing.reasons,
        "findings": findings,
        "rings": survey.parcels.shapes.iter().map(|shape| shape.as_ref().map(rings).unwrap_or_default()).collect::<Vec<_>>(),
        "parts": survey.parcels.shapes.iter().map(|shape| shape.as_ref().map_or(json!(0), parts)).collect::<Vec<_>>(),
    })
}

/// 0 for one polygon, otherwise the number of rings of each.
fn parts(shape: &MultiPolygon) -> Value {
    if shape.0.len() == 1 { json!(0) } else { json!(shape.iter().map(|part| 1 + part.interiors().len()).collect::<Vec<_>>()) }
}

fn rings(shape: &MultiPolygon) -> Vec<Vec<i64>> {
    shape.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())).map(deltas).collect()
}

/// The first position, then the steps from each to the next; the repeated last position is left out.
#[allow(clippy::cast_possible_truncation)]
fn deltas(ring: &LineString) -> Vec<i64> {
    let (mut flat, mut last) = (Vec::with_capacity(ring.0.len() * 2), (0, 0));
    for c in ring.0.iter().take(ring.0.len().saturating_sub(1)) {
        let here = ((c.x * SCALE).round() as i64, (c.y * SCALE).round() as i64);
        flat.extend([here.0 - last.0, here.1 - last.1]);
        last = here;
    }
    flat
}
