//! `inefficient.geojson`: the listed parcels with every column of the result, RFC 7946.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use geojson::{Feature, Geometry, JsonObject};

use super::columns::{columns, json};
use crate::error::{Error, Result, io};
use crate::survey::Survey;

pub(super) fn write(survey: &Survey, path: &Path) -> Result<()> {
    let columns = columns(survey)?;
    let disk = |e: std::io::Error| io(path, "write", &e);
    let mut file = BufWriter::new(File::create(path).map_err(disk)?);
    let about = serde_json::json!({
        "type": "FeatureCollection",
        "name": "inefficient",
        "title": survey.about.title,
        "rulebook": survey.rulebook.name,
        "illustrative": survey.rulebook.illustrative,
        "schematic": survey.about.schematic,
    });
    let head = about.to_string();
    write!(file, "{},\"features\":[", head.trim_end_matches('}')).map_err(disk)?;
    let mut separator = "\n";
    for row in (0..survey.parcels.ids.len()).filter(|row| survey.listing.listed[*row]) {
        let properties: JsonObject = columns.iter().map(|column| (column.name().to_string(), json(column, row))).collect();
        let geometry = survey.parcels.shapes[row].as_ref().map(|shape| match shape.0.as_slice() {
            [part] => Geometry::from(part),
            _ => Geometry::from(shape),
        });
        let feature = Feature { geometry, properties: Some(properties), ..Feature::default() };
        let text = serde_json::to_string(&feature).map_err(|e| Error::new(e.to_string()).in_file(path))?;
        write!(file, "{separator}{text}").map_err(disk)?;
        separator = ",\n";
    }
    file.write_all(b"\n]}\n").and_then(|()| file.flush()).map_err(disk)
}
