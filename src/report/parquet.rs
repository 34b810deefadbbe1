//! `parcels.parquet`: GeoParquet 1.1, WKB in CGCS2000 longitude and latitude, with a bounding-box covering.

use std::fs::File;
use std::path::Path;

use geo::{BoundingRect, Rect};
use rayon::prelude::*;

use super::columns::columns;
use super::manifest::{Fingerprint, Hashing};
use crate::crs::Crs;
use crate::error::{Result, io};
use crate::survey::Survey;
use crate::write::fields::fields;
use crate::write::parquet::{Shapes, Table, projjson, write_table_into};
use crate::write::wkb;

/// Writes the parcels; size and hash of the file.
pub(super) fn write(survey: &Survey, path: &Path) -> Result<Fingerprint> {
    let fields = fields(&columns(survey)?)?;
    let shapes = &survey.parcels.shapes;
    let frames: Vec<Option<Rect>> = shapes.par_iter().map(|shape| shape.as_ref().and_then(BoundingRect::bounding_rect)).collect();
    let encode = |row: usize, out: &mut Vec<u8>| match &shapes[row] {
        Some(shape) => wkb::write_multi_polygon(shape, out).map(|()| true),
        None => Ok(false),
    };
    let described = Shapes {
        frames: &frames,
        wkb: &encode,
        types: vec!["Polygon", "MultiPolygon"],
        crs: projjson(&Crs::Geographic)?,
        counterclockwise: true,
    };
    let table = Table { fields: &fields, rows: survey.parcels.ids.len(), shapes: Some(described) };
    let mut file = Hashing::new(File::create(path).map_err(|e| io(path, "write", &e))?);
    write_table_into(&mut file, &table, path)?;
    Ok(file.fingerprint())
}
