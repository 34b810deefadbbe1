//! `mujun convert`

use std::path::Path;

use polars::prelude::DataFrame;

use super::args::ConvertArgs;
use crate::crs::{Crs, describe, swap_axes};
use crate::error::{Error, Result};
use crate::model::RawShape;
use crate::progress::Progress;
use crate::read::dataset::{Collection, Fault, FeatureIds, ReadOptions};
use crate::read::file;
use crate::report::{Lang, one_line};
use crate::write::{self, Format, Layer};

/// A layer on its way from one file to another.
struct Converted {
    name: String,
    rows: DataFrame,
    shapes: Option<Vec<RawShape>>,
    crs: Crs,
    collection: Collection,
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
    let none = Collection::default();
    let collection = layers.first().map_or(&none, |layer| &layer.collection);
    let without = write::write_collection(&written, collection, format, &args.output)?;
    drop(step);
    let t = |zh, en| lang.pick(zh, en);
    let mut lines: Vec<String> = layers
        .iter()
        .map(|layer| {
            format!("{}: {} {}, {}\n", one_line(&layer.name), layer.rows.height(), t("行", "rows"), describe(&layer.crs))
        })
        .collect();
    for fault in layers.iter().flat_map(|layer| &layer.faults) {
        let row = fault.row.map(|row| format!(" {} {}", t("行", "row"), row + 1)).unwrap_or_default();
        lines.push(format!("  {}{row} {}\n", fault.code.name(), one_line(lang.pick(&fault.detail.zh, &fault.detail.en))));
    }
    lines.extend(changes(collection, format, lang).into_iter().map(|line| format!("{line}\n")));
    if without > 0 {
        lines.push(format!(
            "{without} {}\n",
            t("个图形缺失或无法读取，写为空", "shapes are missing or could not be read, and were written as null")
        ));
    }
    lines.push(format!("{} {}\n", t("已写入", "written to"), args.output.display()));
    super::print(lines.concat().as_bytes())
}

/// What a reader of the new file finds otherwise than in the old one, beside what the reading told.
fn changes(collection: &Collection, format: Format, lang: Lang) -> Vec<String> {
    let mut told = Vec::new();
    let names: Vec<&str> = collection.members.iter().map(|(name, _)| name.as_str()).collect();
    let geojson = format == Format::GeoJson;
    if !names.is_empty() && !geojson {
        let what = lang.pick(
            "个图层说明在此格式中没有位置，未写入",
            "members of the collection have no place in this format and were left out",
        );
        told.push(format!("{} {what}: {}", names.len(), names.join(", ")));
    }
    if collection.ids != FeatureIds::None && !(geojson && collection.ids.is_written()) {
        told.push(
            lang.pick("要素的 id 写为字段 id（文本）", "the ids of the features are written as the column id, as text")
                .to_owned(),
        );
    }
    if geojson && !collection.all_multi && collection.lone_multi > 0 {
        let what = lang.pick("个只有一部分的 MultiPolygon 写为 Polygon", "MultiPolygons of one part are written as Polygons");
        told.push(format!("{} {what}", collection.lone_multi));
    }
    if format == Format::FlatGeobuf {
        let what = "rows stand in the order of the spatial index, not in that of the input";
        told.push(lang.pick("各行按空间索引的顺序排列，与输入文件的顺序不同", what).to_owned());
    }
    told
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
            collection: read.collection,
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
    Ok(Converted { name: read.name, rows: read.rows, shapes: read.shapes, crs, collection: read.collection, faults: read.faults })
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
