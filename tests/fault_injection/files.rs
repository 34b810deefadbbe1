//! Writes a city to a folder: each layer in its format, the tables, and `survey.toml`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use geo::{Coord, Geometry};
use mujun::crs::Crs;
use mujun::model::RawShape;
use mujun::read::dataset::ReadOptions;
use mujun::write;
use polars::prelude::{Column, DataFrame, DataType};

use super::city::{Book, Cell, City, Format, Layer, Loss, Numbers, SEQUENCE, Sheet, Stated};
use super::ground::{Ground, Point, Shape};
use super::shapefile;

/// Writes all files; gives the path of `survey.toml`.
pub fn write_city(city: &City, folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let mut toml = "title = \"试点\"\ncity = \"上海\"\n".to_owned();
    for layer in city.layers() {
        let path = write_layer(layer, city.ground, folder);
        write!(toml, "\n[{}]\npath = \"{path}\"\n", layer.source.name()).unwrap();
        if let Stated::Told(text) = &layer.stated {
            writeln!(toml, "crs = '{text}'").unwrap();
        }
    }
    for book in city.books() {
        let path = write_book(book, folder);
        write!(toml, "\n[{}]\npath = \"{path}\"\n", book.source.name()).unwrap();
    }
    let path = folder.join("survey.toml");
    fs::write(&path, toml).unwrap();
    path
}

/// The shapes as numbers of the layer's system, with what is wrong with them.
pub fn numbers(layer: &Layer, ground: Ground) -> Vec<Shape> {
    let crs = crs(layer.epsg);
    let decimals = if layer.epsg == 4490 { 1e9 } else { 1e4 };
    let rounded = |x: f64| (x * decimals).round() / decimals;
    let mut shapes: Vec<Shape> = layer
        .shapes
        .iter()
        .map(|shape| {
            shape.map(|point| {
                let place = ground.degrees(point);
                let place = layer.moved.map_or(place, |moved| moved(place));
                projected(&crs, place).map(rounded)
            })
        })
        .collect();
    let exchange = |shape: &mut Shape| *shape = shape.map(|[x, y]| [y, x]);
    match layer.numbers {
        Numbers::Right => {}
        Numbers::Swapped => shapes.iter_mut().for_each(exchange),
        Numbers::SwappedIn(row) => exchange(&mut shapes[row]),
        Numbers::NotANumberIn(row) => shapes[row].outer()[1] = [f64::NAN, f64::NAN],
    }
    shapes
}

fn projected(crs: &Crs, [x, y]: Point) -> Point {
    let mut shape = [RawShape::Other(Box::new(Geometry::Point(geo::Point::new(x, y))))];
    crs.from_geographic(&mut shape);
    let place = shape[0].first_position().unwrap();
    [place.x, place.y]
}

fn crs(epsg: u16) -> Crs {
    Crs::named(&format!("EPSG:{epsg}")).unwrap()
}

/// Writes one layer; gives the name of its file.
pub fn write_layer(layer: &Layer, ground: Ground, folder: &Path) -> String {
    let name = layer.source.name();
    let file = format!("{name}.{}", layer.format.ending());
    let path = folder.join(&file);
    let shapes = numbers(layer, ground);
    match layer.format {
        Format::GeoJson => fs::write(&path, geojson(layer, &shapes)).unwrap(),
        Format::Shapefile | Format::ShapefileGbk => shapefile::write(layer, &shapes, &path),
        format => by_the_program(layer, &shapes, format, &path),
    }
    lose(&layer.loss, &path);
    file
}

fn lose(loss: &Loss, path: &Path) {
    match loss {
        Loss::Nothing => {}
        Loss::Part(ending) => fs::remove_file(path.with_extension(ending)).unwrap(),
        Loss::End(ending, share) => {
            let path = path.with_extension(ending);
            let bytes = fs::read(&path).unwrap();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let keep = (bytes.len() as f64 * share) as usize;
            fs::write(&path, &bytes[..keep]).unwrap();
        }
        Loss::LastRecord => shapefile::drop_last_record(&path.with_extension("dbf")),
        Loss::Deleted(row) => shapefile::mark_deleted(&path.with_extension("dbf"), *row),
    }
}

/// Where each row of a layer stands in its file, for a format that puts them in another order.
pub fn order(layer: &Layer, folder: &Path) -> Option<Vec<usize>> {
    let path = folder.join(format!("{}.{}", layer.source.name(), layer.format.ending()));
    if layer.format != Format::FlatGeobuf {
        return None;
    }
    let data = mujun::read::file::open(&path, &ReadOptions::default(), &|_| ()).ok()?;
    let name = &layer.sheet.header[layer.sheet.column(SEQUENCE)];
    let numbers = data.rows.column(name).ok()?.cast(&DataType::UInt32).ok()?;
    let mut places = vec![usize::MAX; layer.sheet.rows.len()];
    for (place, number) in numbers.u32().ok()?.iter().enumerate() {
        places[usize::try_from(number?).ok()? - 1] = place;
    }
    Some(places)
}

/// GeoJSON as text, so that it can hold whatever is wrong. A projected layer names its system as programs did before RFC 7946.
fn geojson(layer: &Layer, shapes: &[Shape]) -> String {
    let mut out = "{\"type\":\"FeatureCollection\",".to_owned();
    if let Stated::Epsg(code) = layer.stated
        && code != 4490
    {
        write!(out, "\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"urn:ogc:def:crs:EPSG::{code}\"}}}},").unwrap();
    }
    out += "\"features\":[\n";
    let features: Vec<String> = (0..shapes.len())
        .map(|row| {
            let properties: Vec<String> = layer
                .sheet
                .header
                .iter()
                .zip(&layer.sheet.rows[row])
                .map(|(name, cell)| format!("{}:{}", serde_json::to_string(name).unwrap(), json(cell)))
                .collect();
            format!(
                "{{\"type\":\"Feature\",\"properties\":{{{}}},\"geometry\":{}}}",
                properties.join(","),
                geometry(&shapes[row], layer.open_ring == Some(row))
            )
        })
        .collect();
    out + &features.join(",\n") + "\n]}\n"
}

fn json(cell: &Cell) -> String {
    match cell {
        Cell::Blank => "null".to_owned(),
        Cell::Text(text) => serde_json::to_string(text).unwrap(),
        Cell::Number(number) => number.to_string(),
    }
}

fn geometry(shape: &Shape, open: bool) -> String {
    let position = |[x, y]: &Point| format!("[{x},{y}]");
    match shape {
        Shape::Null => "null".to_owned(),
        Shape::Empty => "{\"type\":\"Polygon\",\"coordinates\":[]}".to_owned(),
        Shape::Point(point) => format!("{{\"type\":\"Point\",\"coordinates\":{}}}", position(point)),
        Shape::Parts(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|rings| {
                    let rings: Vec<String> = rings
                        .iter()
                        .map(|ring| {
                            let last = ring.first().filter(|_| !open);
                            let positions: Vec<String> = ring.iter().chain(last).map(position).collect();
                            format!("[{}]", positions.join(","))
                        })
                        .collect();
                    format!("[{}]", rings.join(","))
                })
                .collect();
            match parts.as_slice() {
                [one] => format!("{{\"type\":\"Polygon\",\"coordinates\":{one}}}"),
                several => format!("{{\"type\":\"MultiPolygon\",\"coordinates\":[{}]}}", several.join(",")),
            }
        }
    }
}

/// Formats that only the program's own writers make here.
fn by_the_program(layer: &Layer, shapes: &[Shape], format: Format, path: &Path) {
    let rows = frame(&layer.sheet);
    let raw: Vec<RawShape> = shapes.iter().map(|shape| raw_shape(shape, false)).collect();
    let crs = match layer.stated {
        Stated::Epsg(code) => crs(code),
        _ => panic!("this format states its system"),
    };
    let written = write::Layer { name: layer.source.name(), rows: &rows, shapes: Some(&raw), crs: &crs };
    let format = match format {
        Format::GeoPackage => write::Format::GeoPackage,
        Format::FlatGeobuf => write::Format::FlatGeobuf,
        _ => write::Format::GeoParquet,
    };
    write::write(&[written], format, path).unwrap();
}

/// A shape as the program holds it.
pub fn raw_shape(shape: &Shape, open: bool) -> RawShape {
    let coord = |[x, y]: &Point| Coord { x: *x, y: *y };
    match shape {
        Shape::Null => RawShape::Missing,
        Shape::Empty => RawShape::Parts(Vec::new()),
        Shape::Point([x, y]) => RawShape::Other(Box::new(Geometry::Point(geo::Point::new(*x, *y)))),
        Shape::Parts(parts) => RawShape::Parts(
            parts
                .iter()
                .map(|rings| {
                    rings.iter().map(|ring| ring.iter().chain(ring.first().filter(|_| !open)).map(coord).collect()).collect()
                })
                .collect(),
        ),
    }
}

/// A sheet as the program holds it: numbers where a column has only numbers.
pub fn frame(sheet: &Sheet) -> DataFrame {
    let columns = sheet.header.iter().enumerate().map(|(n, name)| {
        let cells = || sheet.rows.iter().map(|row| &row[n]);
        if cells().all(|cell| !matches!(cell, Cell::Text(_))) {
            let numbers: Vec<Option<f64>> =
                cells().map(|cell| if let Cell::Number(x) = cell { Some(*x) } else { None }).collect();
            Column::new(name.as_str().into(), numbers)
        } else {
            let texts: Vec<Option<String>> = cells().map(|cell| Some(cell.typed()).filter(|text| !text.is_empty())).collect();
            Column::new(name.as_str().into(), texts)
        }
    });
    DataFrame::new(sheet.rows.len(), columns.collect()).unwrap()
}

/// Writes one table; gives the name of its file.
pub fn write_book(book: &Book, folder: &Path) -> String {
    let file = format!("{}.{}", book.source.name(), book.format.ending());
    let path = folder.join(&file);
    let header: Vec<Cell> = book.sheet.header.iter().map(|name| Cell::text(name.as_str())).collect();
    let lines: Vec<&Vec<Cell>> =
        book.above.iter().chain(std::iter::once(&header)).chain(&book.sheet.rows).chain(&book.below).collect();
    if book.format == Format::Xlsx {
        workbook(&lines, &path);
    } else {
        let text: String = lines.iter().map(|cells| csv_line(cells)).collect();
        let bytes = if book.format == Format::CsvGbk { encoding_rs::GBK.encode(&text).0.into_owned() } else { text.into_bytes() };
        fs::write(&path, bytes).unwrap();
    }
    file
}

fn csv_line(cells: &[Cell]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| {
            let text = cell.typed();
            if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        })
        .collect();
    cells.join(",") + "\r\n"
}

fn workbook(lines: &[&Vec<Cell>], path: &Path) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0u32..).zip(lines) {
        for (column, cell) in (0u16..).zip(cells.iter()) {
            match cell {
                Cell::Blank => {}
                Cell::Text(text) => {
                    sheet.write_string(row, column, text).unwrap();
                }
                Cell::Number(number) => {
                    sheet.write_number(row, column, *number).unwrap();
                }
            }
        }
    }
    book.save(path).unwrap();
}
