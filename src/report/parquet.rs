//! `parcels.parquet`: GeoParquet 1.1, WKB in CGCS2000 longitude and latitude, with a bounding-box covering.

use std::path::Path;

use geo::{BoundingRect, Rect};
use rayon::prelude::*;

use super::columns::columns;
use crate::error::{Error, Result};
use crate::survey::Survey;
use crate::write::fields::fields;
use crate::write::parquet::{Shapes, Table, write_table};
use crate::write::{srs, wkb};

pub(super) fn write(survey: &Survey, path: &Path) -> Result<()> {
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
        crs: serde_json::from_str(srs::CGCS2000_PROJJSON).map_err(|e| Error::new(e.to_string()))?,
        counterclockwise: true,
    };
    write_table(&Table { fields: &fields, rows: survey.parcels.ids.len(), shapes: Some(described) }, path)
}
