//! Tables as RFC 4180 text: UTF-8, CRLF, shapes as well-known text in a last column `WKT`.
//!
//! The text of a cell stays what it is: a conversion that put a quote before `=1+1`, as reports for spreadsheets do, would change
//! the data. A byte-order mark stands first where there is anything beyond ASCII, without which spreadsheets garble Chinese.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use geo::{Coord, Geometry};
use polars::prelude::*;
use wkt::ToWkt;

use super::whole::whole;
use super::{Layer, only};
use crate::error::{Error, Result, io};
use crate::model::{RawShape, Ring};

/// Writes one layer; gives the number of rows without a shape that could be written.
///
/// # Errors
/// There are several layers, a column cannot be text, or the disk is full; then nothing is left of the file.
pub(super) fn write(layers: &[Layer<'_>], path: &Path) -> Result<usize> {
    let layer = only(layers, "a CSV file").map_err(|e| e.in_file(path))?;
    whole(path, |partial| fill(layer, partial))?;
    let unwritten = |shape: &&RawShape| matches!(shape, RawShape::Missing | RawShape::Unreadable(_));
    Ok(layer.shapes.map_or(0, |shapes| shapes.iter().filter(unwritten).count()))
}

fn fill(layer: &Layer<'_>, path: &Path) -> Result<()> {
    let disk = |e: std::io::Error| io(path, "write", &e);
    let fault = |e: ::csv::Error| match e.into_kind() {
        ::csv::ErrorKind::Io(e) => disk(e),
        other => Error::new(format!("could not write it: {other:?}")).in_file(path),
    };
    let columns = layer.rows.columns().iter().map(|column| Cells::of(column, path)).collect::<Result<Vec<_>>>()?;
    let mut names: Vec<&str> = layer.rows.get_column_names().into_iter().map(PlSmallStr::as_str).collect();
    let shape_name = unused(&names);
    names.extend(layer.shapes.map(|_| shape_name.as_str()));
    let mut file = BufWriter::new(File::create(path).map_err(disk)?);
    if !names.iter().all(|name| name.is_ascii()) || !columns.iter().all(Cells::is_ascii) {
        file.write_all(b"\xEF\xBB\xBF").map_err(disk)?;
    }
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(file);
    writer.write_record(&names).map_err(fault)?;
    let mut cell = String::new();
    for row in 0..layer.rows.height() {
        for column in &columns {
            cell.clear();
            column.write(row, &mut cell);
            writer.write_field(&cell).map_err(fault)?;
        }
        if let Some(shapes) = layer.shapes {
            writer.write_field(shapes.get(row).map(well_known).unwrap_or_default()).map_err(fault)?;
        }
        writer.write_record(None::<&[u8]>).map_err(fault)?;
    }
    writer
        .into_inner()
        .map_err(|e| disk(e.into_error()))?
        .into_inner()
        .map_err(|e| disk(e.into_error()))?
        .sync_all()
        .map_err(disk)
}

/// A name for the column of shapes that no column has.
fn unused(names: &[&str]) -> String {
    let free = |name: &String| !names.contains(&name.as_str());
    std::iter::once("WKT".to_owned()).chain((2..).map(|n| format!("WKT_{n}"))).find(free).unwrap_or_default()
}

/// The cells of a column, ready to be written.
enum Cells {
    Int(Int64Chunked),
    /// Written with as many digits as give the same number again.
    Float(Float64Chunked),
    Text(StringChunked),
}

impl Cells {
    fn of(column: &Column, path: &Path) -> Result<Self> {
        let failed = |e: PolarsError| Error::new(format!("the column \"{}\" cannot be text: {e}", column.name())).in_file(path);
        let series = column.as_materialized_series();
        Ok(match series.dtype() {
            DataType::Int64 => Self::Int(series.i64().map_err(failed)?.rechunk().into_owned()),
            DataType::Float64 => Self::Float(series.f64().map_err(failed)?.rechunk().into_owned()),
            _ => Self::Text(series.cast(&DataType::String).map_err(failed)?.str().map_err(failed)?.rechunk().into_owned()),
        })
    }

    fn is_ascii(&self) -> bool {
        match self {
            Self::Int(_) | Self::Float(_) => true,
            Self::Text(text) => text.iter().flatten().all(str::is_ascii),
        }
    }

    fn write(&self, row: usize, to: &mut String) {
        match self {
            Self::Int(values) => to.push_str(&values.get(row).map(|x| x.to_string()).unwrap_or_default()),
            Self::Float(values) => to.push_str(&values.get(row).map(|x| x.to_string()).unwrap_or_default()),
            Self::Text(values) => to.push_str(values.get(row).unwrap_or_default()),
        }
    }
}

/// A shape as well-known text, its rings as they are; empty where there is none.
fn well_known(shape: &RawShape) -> String {
    match shape {
        RawShape::Missing | RawShape::Unreadable(_) => String::new(),
        RawShape::Other(shape) => written(shape),
        RawShape::Parts(parts) => match parts.as_slice() {
            [] => "MULTIPOLYGON EMPTY".to_owned(),
            [rings] if rings.is_empty() => "POLYGON EMPTY".to_owned(),
            [rings] => format!("POLYGON {}", polygon(rings)),
            several => {
                let parts: Vec<String> = several.iter().map(|rings| polygon(rings)).collect();
                format!("MULTIPOLYGON ({})", parts.join(", "))
            }
        },
    }
}

fn written(shape: &Geometry) -> String {
    shape.wkt_string()
}

fn polygon(rings: &[Ring]) -> String {
    if rings.is_empty() {
        return "EMPTY".to_owned();
    }
    let mut text = String::from("(");
    for (n, ring) in rings.iter().enumerate() {
        text.push_str(if n == 0 { "" } else { ", " });
        text.push_str(&positions(ring));
    }
    text.push(')');
    text
}

fn positions(ring: &[Coord<f64>]) -> String {
    if ring.is_empty() {
        return "EMPTY".to_owned();
    }
    let positions: Vec<String> = ring.iter().map(|c| format!("{} {}", c.x, c.y)).collect();
    format!("({})", positions.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Crs;
    use crate::read::dataset::ReadOptions;
    use crate::read::file;
    use geo::Point;
    use polars::df;
    use std::fs;

    fn square(x: f64) -> Vec<Ring> {
        vec![[(x, 0.0), (x + 0.1, 0.0), (x + 0.1, 0.3), (x, 0.0)].into_iter().map(|(x, y)| Coord { x, y }).collect()]
    }

    fn written(rows: &DataFrame, shapes: Option<&[RawShape]>) -> (String, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        write(&[Layer { name: "t", rows, shapes, crs: &Crs::Geographic }], &path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing but the file");
        (fs::read_to_string(&path).unwrap(), folder)
    }

    #[test]
    fn a_table_is_written_as_rfc_4180_has_it_and_text_stays_as_it_is() {
        let rows = df!("id" => ["0601", "=1+1", "a \"b\", c\r\nd"], "x" => [Some(0.1), None, Some(1e-7)], "n" => [1i64, -2, 9_007_199_254_740_993]).unwrap();
        let shapes = [
            RawShape::Parts(vec![square(1.0)]),
            RawShape::Parts(vec![square(1.0), square(2.5)]),
            RawShape::Other(Box::new(Geometry::Point(Point::new(121.5, 31.2)))),
        ];
        let (text, _folder) = written(&rows, Some(&shapes));
        assert_eq!(
            text,
            "id,x,n,WKT\r\n0601,0.1,1,\"POLYGON ((1 0, 1.1 0, 1.1 0.3, 1 0))\"\r\n\
             =1+1,,-2,\"MULTIPOLYGON (((1 0, 1.1 0, 1.1 0.3, 1 0)), ((2.5 0, 2.6 0, 2.6 0.3, 2.5 0)))\"\r\n\
             \"a \"\"b\"\", c\r\nd\",0.0000001,9007199254740993,POINT(121.5 31.2)\r\n"
        );
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let rows = df!("宗地代码" => [Some("甲,1"), Some("乙"), None], "WKT" => ["x", "y", "z"], "税收" => [Some(1.0 / 3.0), None, Some(-2.5e10)]).unwrap();
        let (text, folder) = written(&rows, None);
        assert!(text.starts_with('\u{feff}'));
        let again = file::open(&folder.path().join("t.csv"), &ReadOptions::default(), &|_| ()).unwrap();
        assert!(again.rows.equals_missing(&rows), "{:?}", again.rows);
        let (text, _folder) = written(&rows, Some(&[RawShape::Missing, RawShape::Missing, RawShape::Missing]));
        assert!(text.contains("WKT_2"));
    }

    #[test]
    fn several_layers_are_refused() {
        let rows = df!("a" => [1i64]).unwrap();
        let layer = |name| Layer { name, rows: &rows, shapes: None, crs: &Crs::Geographic };
        let why = write(&[layer("a"), layer("b")], Path::new("x.csv")).unwrap_err().to_string();
        assert!(why.contains("one layer, there are 2") && !Path::new("x.csv").exists());
    }
}
