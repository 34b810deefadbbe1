//! Zone layers: districts, parks, the layout.

use std::collections::BTreeMap;

use geo::MultiPolygon;
use rayon::prelude::*;

use super::lookalikes::lookalikes;
use super::{shape, summarise_winding, values};
use crate::error::{Error, Result};
use crate::finding::{Code, Finding, Place, detail};
use crate::model::{Layer, Source, Zone, Zones};

/// The canonical fields of a zone layer: id, name, kind.
fn fields(source: Source) -> [&'static str; 3] {
    match source {
        Source::Parks => ["park_id", "park_name", "sector"],
        Source::Layout => ["zone_id", "zone_name", "zone_kind"],
        _ => ["district_code", "district_name", ""],
    }
}

/// Checks a zone layer. Shapes under one id become one zone; zones come in ascending order of id.
///
/// # Errors
/// The layer has no column of ids, or a zone without one: what lies in it could not be named.
pub fn zones(layer: Layer, findings: &mut Vec<Finding>) -> Result<Zones> {
    let source = layer.table.source;
    findings.extend(layer.table.findings.iter().cloned());
    let [id_field, name_field, kind_field] = fields(source);
    let canonical = values::canonical(&layer.table, None, findings)?;
    let text = |field: &str| -> Vec<Option<String>> {
        let column = canonical.column(field).ok().and_then(|column| column.str().ok());
        column.map_or_else(|| vec![None; layer.table.rows.height()], |text| text.iter().map(|t| t.map(str::to_owned)).collect())
    };
    if canonical.column(id_field).is_err() {
        let columns: Vec<&str> = layer.table.rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
        return Err(Error::new(format!("has no column of ids ({id_field})")).in_file(&layer.table.path).remedy(format!(
            "name it in survey.toml: [{}] fields = {{ {id_field} = \"…\" }}; its columns are: {}",
            source.name(),
            columns.join(", ")
        )));
    }
    let ids = text(id_field)
        .into_iter()
        .enumerate()
        .map(|(row, id)| {
            id.ok_or_else(|| {
                Error::new(format!("the {} has no id ({id_field})", singular(source)))
                    .in_file(&layer.table.path)
                    .at(format!("feature {}", row + 1))
                    .remedy("give it one, or remove the feature")
            })
        })
        .collect::<Result<Vec<String>>>()?;
    findings.extend(lookalikes(&ids, source));
    let (names, kinds) = (text(name_field), text(kind_field));
    let checked: Vec<_> = layer.shapes.unwrap_or_default().into_par_iter().map(shape::check).collect();
    let shapes = checked.iter().filter(|(shape, _)| shape.is_some()).count();
    let (mut zones, mut parts) = (BTreeMap::<String, Zone>::new(), BTreeMap::<String, usize>::new());
    let mut shape_findings = Vec::new();
    for (row, (shape, faults)) in checked.into_iter().enumerate() {
        let id = &ids[row];
        shape_findings.extend(faults.into_iter().map(|fault| {
            let place = Place { source, row: Some(row), id: Some(id.clone()), at: fault.at };
            Finding { areas: fault.areas, ..Finding::new(fault.code, place, fault.detail) }
        }));
        let zone = zones.entry(id.clone()).or_insert_with(|| Zone {
            id: id.clone(),
            name: names[row].clone(),
            kind: kinds[row].clone(),
            shape: MultiPolygon(Vec::new()),
        });
        zone.shape.0.extend(shape.into_iter().flatten());
        *parts.entry(id.clone()).or_default() += 1;
    }
    summarise_winding(source, shapes, &mut shape_findings);
    findings.append(&mut shape_findings);
    for (id, parts) in parts.into_iter().filter(|(_, parts)| *parts > 1) {
        findings.push(Finding::new(
            Code::ZoneSplit,
            Place { source, row: None, id: Some(id), at: None },
            detail!("{parts} 个图形", "{parts} shapes"),
        ));
    }
    Ok(Zones(zones.into_values().collect()))
}

fn singular(source: Source) -> &'static str {
    match source {
        Source::Parks => "park",
        Source::Layout => "layout zone",
        _ => "district",
    }
}
