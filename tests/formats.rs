//! Real layers through every format and back: nothing is lost on the way.

mod shared;

use std::path::{Path, PathBuf};

use mujun::crs::Crs;
use mujun::model::RawShape;
use mujun::read::dataset::{Dataset, ReadOptions};
use mujun::read::file;
use mujun::write::{Format, Layer, write};

fn open(path: &Path) -> Dataset {
    file::open(path, &ReadOptions::default(), &|_| ()).unwrap_or_else(|e| panic!("{e}"))
}

fn written(layer: &Dataset, format: Format, path: &Path) -> usize {
    let crs = Crs::named("EPSG:4490").unwrap();
    let layer = Layer { name: "图层", rows: &layer.rows, shapes: layer.shapes.as_deref(), crs: &crs };
    write(&[layer], format, path).unwrap_or_else(|e| panic!("{e}"))
}

fn real_layers() -> Vec<PathBuf> {
    let folders = ["data/osm_landuse", "data/shanghai_districts", "data/cambridge_parcels", "data/uk_brownfield"];
    let files = folders.iter().filter_map(|name| shared::folder(name)).flat_map(|folder| std::fs::read_dir(folder).unwrap());
    files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "geojson")).collect()
}

#[test]
fn real_layers_go_through_every_format_unharmed() {
    let folder = tempfile::tempdir().unwrap();
    for source in real_layers() {
        let layer = open(&source);
        let nulls =
            layer.shapes.iter().flatten().filter(|shape| matches!(shape, RawShape::Missing | RawShape::Unreadable(_))).count();
        for (format, name) in [(Format::GeoPackage, "a.gpkg"), (Format::GeoParquet, "a.parquet"), (Format::GeoJson, "a.geojson")]
        {
            let path = folder.path().join(name);
            assert_eq!(written(&layer, format, &path), nulls, "{} as {name}", source.display());
            let again = open(&path);
            assert!(again.rows.equals_missing(&layer.rows), "{} as {name}", source.display());
            assert!(again.shapes == layer.shapes, "{} as {name}", source.display());
            assert!(again.faults.is_empty(), "{:?}", again.faults);
        }
        // The index of a FlatGeobuf sorts the rows: what is written from it again is compared as a set of lines.
        let (one, two) = (folder.path().join("a.fgb"), folder.path().join("b.geojson"));
        written(&layer, Format::FlatGeobuf, &one);
        written(&open(&one), Format::GeoJson, &two);
        let lines = |path: &Path| {
            let text = std::fs::read_to_string(path).unwrap();
            let mut lines: Vec<String> = text.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
            lines.sort();
            lines
        };
        assert!(lines(&two) == lines(&folder.path().join("a.geojson")), "{} as a.fgb", source.display());
    }
}

#[test]
fn an_output_is_the_whole_new_file_or_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("a.geojson");
    std::fs::write(
        &source,
        r#"{"type":"Feature","properties":{"名":"甲"},"geometry":{"type":"Point","coordinates":[121.5,31.2]}}"#,
    )
    .unwrap();
    let layer = open(&source);
    for (format, name) in [
        (Format::GeoPackage, "b.gpkg"),
        (Format::GeoParquet, "b.parquet"),
        (Format::GeoJson, "b.geojson"),
        (Format::FlatGeobuf, "b.fgb"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, "what was there").unwrap();
        written(&layer, format, &path);
        let again = open(&path);
        assert!(again.rows.equals(&layer.rows) && again.shapes == layer.shapes, "{name}");
        let nowhere = folder.path().join("no such folder").join(name);
        let crs = Crs::named("EPSG:4490").unwrap();
        let lost = Layer { name: "a", rows: &layer.rows, shapes: layer.shapes.as_deref(), crs: &crs };
        let error = write(&[lost], format, &nowhere).unwrap_err();
        assert_eq!(error.file(), Some(nowhere.as_path()), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5, "something was left beside the files");
}
