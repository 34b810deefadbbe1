//! `mujun convert`

use std::path::Path;

use polars::prelude::DataFrame;

use super::args::ConvertArgs;
use crate::crs::{Crs, describe, swap_axes};
use crate::error::{Error, Result};
use crate::model::RawShape;
use crate::progress::Progress;
use crate::read::dataset::{Fault, ReadOptions};
use crate::read::file;
use crate::report::Lang;
use crate::write::{self, Format, Layer};

/// A layer on its way from one file to another.
struct Converted {
    name: String,
    rows: DataFrame,
    shapes: Option<Vec<RawShape>>,
    crs: Crs,
    faults: Vec<Fault>,
}

pub(super) fn run(args: &ConvertArgs, lang: Lang, progress: &dyn Progress) -> Result<()> {
    let format = Format::of(&args.output)?;
    refuse_to_overwrite(args)?;
    let to = args.to.as_deref().map(Crs::named).transpose()?;
    let names = match &args.layer {
        Some(layer) => vec![layer.clone()],
        None => file::layers(&args.input)?,
    };
    let layers = names.into_iter().map(|name| convert(args, name, to.as_ref(), progress)).collect::<Result<Vec<_>>>()?;
    let written: Vec<Layer<'_>> = layers
        .iter()
        .map(|layer| Layer { name: &layer.name, rows: &layer.rows, shapes: layer.shapes.as_deref(), crs: &layer.crs })
        .collect();
    let step = progress.step("write", None);
    let without = write::write(&written, format, &args.output)?;
    drop(step);
    let t = |zh, en| lang.pick(zh, en);
    let mut lines: Vec<String> = layers
        .iter()
        .map(|layer| format!("{}: {} {}, {}\n", layer.name, layer.rows.height(), t("行", "rows"), describe(&layer.crs)))
        .collect();
    for fault in layers.iter().flat_map(|layer| &layer.faults) {
        let row = fault.row.map(|row| format!(" {} {}", t("行", "row"), row + 1)).unwrap_or_default();
        lines.push(format!("  {}{row} {}\n", fault.code.name(), fault.detail));
    }
    if without > 0 {
        lines.push(format!("{without} {}\n", t("个图形缺失或无法读取，写为空", "shapes are missing or could not be read, and were written as null")));
    }
    lines.push(format!("{} {}\n", t("已写入", "written to"), args.output.display()));
    super::print(lines.concat().as_bytes())
}

fn convert(args: &ConvertArgs, name: String, to: Option<&Crs>, progress: &dyn Progress) -> Result<Converted> {
    let step = progress.step(&format!("read {name}"), None);
    let options = ReadOptions { layer: Some(name), encoding: args.encoding.clone() };
    let mut read = file::open(&args.input, &options, &|n| step.advance(n))?;
    let stated = args.crs.as_ref().or(read.crs.as_ref());
    let from = stated.map(|name| Crs::named(name).map_err(|e| e.in_file(&args.input))).transpose()?;
    let Some(shapes) = &mut read.shapes else {
        return Ok(Converted {
            name: read.name,
            rows: read.rows,
            shapes: None,
            crs: from.unwrap_or(Crs::Geographic),
            faults: read.faults,
        });
    };
    if args.swap_axes {
        swap_axes(shapes);
    }
    let crs = match (from, to) {
        (None, _) => return Err(no_crs(&args.input)),
        (Some(from), Some(to)) if from != *to => {
            from.doubt(shapes).map_err(|e| e.in_file(&args.input))?;
            from.to_geographic(shapes);
            to.from_geographic(shapes);
            to.clone()
        }
        (Some(from), _) => from,
    };
    Ok(Converted { name: read.name, rows: read.rows, shapes: read.shapes, crs, faults: read.faults })
}

fn no_crs(input: &Path) -> Error {
    Error::new("names no coordinate reference system, and the new file needs one")
        .in_file(input)
        .remedy("say which it is with --crs, for example --crs EPSG:4549; `mujun inspect` proposes one")
}

fn refuse_to_overwrite(args: &ConvertArgs) -> Result<()> {
    let same =
        std::fs::canonicalize(&args.input).ok().is_some_and(|input| std::fs::canonicalize(&args.output).ok() == Some(input));
    if same {
        return Err(Error::new("is the input; inputs are never written to").in_file(&args.output).remedy("choose another name"));
    }
    if args.output.exists() && !args.overwrite {
        return Err(Error::new("exists").in_file(&args.output).remedy("choose another name, or add --overwrite"));
    }
    Ok(())
}
