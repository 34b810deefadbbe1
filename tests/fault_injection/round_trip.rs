//! Not one silent edit: what is read, written and read again is what it was.

use std::fs;
use std::path::Path;

use mujun::crs::Crs;
use mujun::model::RawShape;
use mujun::read::dataset::{Dataset, ReadOptions};
use mujun::read::file;
use mujun::write::{self, Format};
use polars::prelude::{DataFrame, DataType, IdxCa};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::city::{City, Layer};
use super::files::{frame, numbers, raw_shape, write_book, write_layer};

/// Clean cities that go through every format.
const CITIES: u64 = 12;
const FORMATS: [(Format, &str); 5] = [
    (Format::GeoJson, "geojson"),
    (Format::GeoPackage, "gpkg"),
    (Format::FlatGeobuf, "fgb"),
    (Format::GeoParquet, "parquet"),
    (Format::Shapefile, "shp"),
];

#[test]
fn a_clean_city_reads_as_it_was_made_and_comes_back_the_same_through_every_format() {
    for seed in 0..CITIES {
        let city = City::new(&mut ChaCha8Rng::seed_from_u64(10_000 + seed));
        for layer in city.layers() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(write_layer(layer, city.ground, folder.path()));
            let data = open(&path);
            let about = format!("seed {seed}, {} in {:?} of EPSG:{}", layer.source.name(), layer.format, layer.epsg);
            as_made(layer, &city, &data, &about);
            for (format, ending) in FORMATS {
                comes_back(layer, &data, format, &folder.path().join(format!("again.{ending}")), &about);
            }
        }
    }
}

#[test]
fn tables_read_as_they_were_made_and_come_back_the_same() {
    for seed in 0..CITIES {
        let city = City::new(&mut ChaCha8Rng::seed_from_u64(20_000 + seed));
        let folder = tempfile::tempdir().unwrap();
        for book in city.books() {
            let about = format!("seed {seed}, {} in {:?}", book.source.name(), book.format);
            let data = open(&folder.path().join(write_book(book, folder.path())));
            same_cells(&frame(&book.sheet), &data.rows, book.format == super::city::Format::Xlsx, &about);
            let path = folder.path().join("again.csv");
            let crs = Crs::Geographic;
            let layer = write::Layer { name: book.source.name(), rows: &data.rows, shapes: None, crs: &crs };
            write::write(&[layer], Format::Csv, &path).unwrap();
            same_cells(&data.rows, &open(&path).rows, false, &format!("{about}, through CSV"));
        }
    }
}

fn open(path: &Path) -> Dataset {
    file::open(path, &ReadOptions::default(), &|_| ()).unwrap()
}

/// What was read is what was made: the cells in full, the positions to the last bit.
fn as_made(layer: &Layer, city: &City, data: &Dataset, about: &str) {
    let made: Vec<RawShape> = numbers(layer, city.ground).iter().map(|shape| raw_shape(shape, false)).collect();
    let mut rows = frame(&layer.sheet);
    if layer.format.is_shapefile() {
        rows.set_column_names(&layer.sheet.short).unwrap();
    }
    let (read, shapes) = in_order_of(&rows, data);
    assert!(same_shapes(&made, &shapes, layer.format.is_shapefile()), "{about}: the shapes read are not those made");
    same_cells(&rows, &read, true, about);
}

fn comes_back(layer: &Layer, data: &Dataset, format: Format, path: &Path, about: &str) {
    let about = format!("{about}, through {format:?}");
    let mut crs = Crs::named(&format!("EPSG:{}", layer.epsg)).unwrap();
    let (mut rows, mut shapes) = (data.rows.clone(), data.shapes.clone().unwrap());
    if format == Format::Shapefile {
        rows.set_column_names(&layer.sheet.short).unwrap();
    }
    if format == Format::GeoJson {
        // It holds longitude and latitude only.
        crs.to_geographic(&mut shapes);
        crs = Crs::Geographic;
    }
    let out = |rows: &DataFrame, shapes: &[RawShape], path: &Path| {
        let layer = write::Layer { name: layer.source.name(), rows, shapes: Some(shapes), crs: &crs };
        write::write(&[layer], format, path).unwrap();
    };
    out(&rows, &shapes, path);
    let again = open(path);
    let (read, again_shapes) = in_order_of(&rows, &again);
    assert!(same_shapes(&shapes, &again_shapes, format == Format::Shapefile), "{about}: shapes differ");
    same_cells(&rows, &read, true, &about);
    match &again.crs {
        Some(stated) => assert_eq!(Crs::named(stated).unwrap(), crs, "{about}"),
        None => assert_eq!(format, Format::GeoJson, "{about}: the system is lost"),
    }
    if format == Format::GeoJson {
        let second = path.with_extension("second.geojson");
        out(&again.rows, again.shapes.as_deref().unwrap(), &second);
        assert_eq!(fs::read(path).unwrap(), fs::read(&second).unwrap(), "{about}: a second writing differs");
    }
}

/// What was read in the order of other rows, by the ids in the first column: FlatGeobuf has an order of its own.
fn in_order_of(rows: &DataFrame, data: &Dataset) -> (DataFrame, Vec<RawShape>) {
    let ids = |rows: &DataFrame| -> Vec<String> {
        let texts = rows.columns()[0].cast(&DataType::String).unwrap();
        texts.str().unwrap().iter().map(|id| id.unwrap().to_owned()).collect()
    };
    let there = ids(&data.rows);
    let places: Vec<u32> =
        ids(rows).iter().map(|id| u32::try_from(there.iter().position(|other| other == id).unwrap()).unwrap()).collect();
    let shapes = data.shapes.as_ref().unwrap();
    let shapes = places.iter().map(|place| shapes[usize::try_from(*place).unwrap()].clone()).collect();
    (data.rows.take(&IdxCa::from_vec("".into(), places)).unwrap(), shapes)
}

/// The same positions to the last bit. A shapefile prescribes which way rings run and may begin them elsewhere.
fn same_shapes(a: &[RawShape], b: &[RawShape], shapefile: bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| if shapefile { normal(a) == normal(b) } else { a == b })
}

/// Rings from their least position on, in the direction of the lesser neighbour; parts in order.
fn normal(shape: &RawShape) -> Vec<Vec<Vec<(u64, u64)>>> {
    let RawShape::Parts(parts) = shape else { return Vec::new() };
    let mut parts: Vec<Vec<Vec<(u64, u64)>>> = parts
        .iter()
        .map(|rings| {
            rings
                .iter()
                .map(|ring| {
                    let mut ring: Vec<(u64, u64)> =
                        ring[..ring.len() - 1].iter().map(|c| (c.x.to_bits(), c.y.to_bits())).collect();
                    let least = (0..ring.len()).min_by_key(|n| ring[*n]).unwrap_or(0);
                    ring.rotate_left(least);
                    if ring[1] > ring[ring.len() - 1] {
                        ring[1..].reverse();
                    }
                    ring
                })
                .collect()
        })
        .collect();
    parts.sort();
    parts
}

/// The same names and values; a whole number may come back as an integer. Where cells have no type (`typed` is false), a code of digits
/// alone may come back as a number with the same digits.
fn same_cells(a: &DataFrame, b: &DataFrame, typed: bool, about: &str) {
    assert_eq!(a.get_column_names(), b.get_column_names(), "{about}");
    for (a, b) in a.columns().iter().zip(b.columns()) {
        let numbers = |dtype: &DataType| dtype.is_primitive_numeric();
        assert!(!typed || numbers(a.dtype()) == numbers(b.dtype()), "{about}: column {} is of another type", a.name());
        let kind = if numbers(a.dtype()) && numbers(b.dtype()) { DataType::Float64 } else { DataType::String };
        let (x, y) = (a.cast(&kind).unwrap(), b.cast(&kind).unwrap());
        assert!(x.equals_missing(&y), "{about}: column {}: {x:?} {y:?}", a.name());
    }
}
