//! A shapefile byte by byte, after ESRI's description of 1998 and the dBASE III table: so that each part can be wrong by itself.

use std::fs;
use std::path::Path;

use mujun::crs::Crs;

use super::city::{Cell, Format, Layer, Sheet, Stated};
use super::ground::{Point, Shape, signed_area};

/// Widest text column of a table, bytes.
const WIDEST: usize = 254;
/// Width and decimals of a column of numbers.
const NUMBER: (usize, u8) = (18, 4);

/// Writes `.shp`, `.shx`, `.dbf`, `.prj` and `.cpg`.
pub fn write(layer: &Layer, shapes: &[Shape], path: &Path) {
    let records: Vec<Vec<u8>> =
        shapes.iter().enumerate().map(|(row, shape)| record(shape, layer.open_ring == Some(row))).collect();
    let (shp, shx) = main_file_and_index(&records, extent(shapes));
    fs::write(path, shp).unwrap();
    fs::write(path.with_extension("shx"), shx).unwrap();
    let gbk = layer.format == Format::ShapefileGbk;
    fs::write(path.with_extension("dbf"), table(&layer.sheet, gbk, layer.width)).unwrap();
    if let Stated::Epsg(code) = layer.stated {
        fs::write(path.with_extension("prj"), Crs::named(&format!("EPSG:{code}")).unwrap().wkt_esri().unwrap()).unwrap();
    }
    let cpg = layer.cpg.unwrap_or(if gbk { "GBK" } else { "UTF-8" });
    if !cpg.is_empty() {
        fs::write(path.with_extension("cpg"), cpg).unwrap();
    }
}

fn extent(shapes: &[Shape]) -> [f64; 4] {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for shape in shapes {
        shape.map(|point| {
            bounds = [bounds[0].min(point[0]), bounds[1].min(point[1]), bounds[2].max(point[0]), bounds[3].max(point[1])];
            point
        });
    }
    bounds
}

/// The content of one record; outer rings run clockwise.
fn record(shape: &Shape, open: bool) -> Vec<u8> {
    let Shape::Parts(parts) = shape else { return 0i32.to_le_bytes().to_vec() };
    let rings: Vec<Vec<Point>> = parts
        .iter()
        .flat_map(|rings| {
            rings.iter().enumerate().map(|(n, ring)| {
                let mut ring = ring.clone();
                let clockwise = signed_area(&ring) < 0.0;
                if clockwise != (n == 0) {
                    ring.reverse();
                }
                if !open {
                    ring.push(ring[0]);
                }
                ring
            })
        })
        .collect();
    let points: usize = rings.iter().map(Vec::len).sum();
    let mut out = 5i32.to_le_bytes().to_vec();
    out.extend(extent(std::slice::from_ref(shape)).iter().flat_map(|x| x.to_le_bytes()));
    out.extend(int(rings.len()).to_le_bytes());
    out.extend(int(points).to_le_bytes());
    let mut start = 0;
    for ring in &rings {
        out.extend(int(start).to_le_bytes());
        start += ring.len();
    }
    out.extend(rings.iter().flatten().flatten().flat_map(|x| x.to_le_bytes()));
    out
}

fn int(n: usize) -> i32 {
    i32::try_from(n).unwrap()
}

fn main_file_and_index(records: &[Vec<u8>], extent: [f64; 4]) -> (Vec<u8>, Vec<u8>) {
    let total = 100 + records.iter().map(|record| record.len() + 8).sum::<usize>();
    let (mut shp, mut shx) = (head(total, extent), head(100 + 8 * records.len(), extent));
    for (number, record) in (1i32..).zip(records) {
        let words = int(record.len() / 2).to_be_bytes();
        shx.extend(int(shp.len() / 2).to_be_bytes());
        shx.extend(words);
        shp.extend(number.to_be_bytes());
        shp.extend(words);
        shp.extend(record);
    }
    (shp, shx)
}

fn head(bytes: usize, extent: [f64; 4]) -> Vec<u8> {
    let mut out = 9994i32.to_be_bytes().to_vec();
    out.extend([0; 20]);
    out.extend(int(bytes / 2).to_be_bytes());
    out.extend(1000i32.to_le_bytes());
    out.extend(5i32.to_le_bytes());
    out.extend(extent.iter().flat_map(|x| x.to_le_bytes()));
    out.extend([0; 32]);
    out
}

struct Column {
    name: String,
    kind: u8,
    width: usize,
    cells: Vec<Vec<u8>>,
}

/// The attribute table; `narrow` cuts texts at so many bytes.
fn table(sheet: &Sheet, gbk: bool, narrow: Option<usize>) -> Vec<u8> {
    let bytes = |text: &str| if gbk { encoding_rs::GBK.encode(text).0.into_owned() } else { text.as_bytes().to_vec() };
    let columns: Vec<Column> = sheet
        .short
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let cells = || sheet.rows.iter().map(|row| &row[n]);
            if cells().all(|cell| !matches!(cell, Cell::Text(_))) {
                let (width, places) = (NUMBER.0, usize::from(NUMBER.1));
                let cells =
                    cells()
                        .map(|cell| {
                            if let Cell::Number(x) = cell {
                                format!("{x:width$.places$}").into_bytes()
                            } else {
                                vec![b' '; width]
                            }
                        })
                        .collect();
                return Column { name: name.clone(), kind: b'N', width, cells };
            }
            let texts: Vec<Vec<u8>> = cells().map(|cell| bytes(&cell.typed())).collect();
            let longest = texts.iter().map(Vec::len).max().unwrap_or(1).clamp(1, WIDEST);
            let width = narrow.map_or(longest + 2, |narrow| narrow.min(longest + 2)).min(WIDEST);
            let cells = texts
                .into_iter()
                .map(|mut text| {
                    text.resize(width, b' ');
                    text
                })
                .collect();
            Column { name: name.clone(), kind: b'C', width, cells }
        })
        .collect();
    let length = 1 + columns.iter().map(|column| column.width).sum::<usize>();
    let mut out = vec![3, 126, 1, 1];
    out.extend(u32::try_from(sheet.rows.len()).unwrap().to_le_bytes());
    out.extend(u16::try_from(32 * columns.len() + 33).unwrap().to_le_bytes());
    out.extend(u16::try_from(length).unwrap().to_le_bytes());
    out.extend([0; 20]);
    for column in &columns {
        let mut name = column.name.clone().into_bytes();
        name.resize(11, 0);
        out.extend(name);
        out.push(column.kind);
        out.extend([0; 4]);
        out.push(u8::try_from(column.width).unwrap());
        out.push(if column.kind == b'N' { NUMBER.1 } else { 0 });
        out.extend([0; 14]);
    }
    out.push(0x0D);
    for row in 0..sheet.rows.len() {
        out.push(b' ');
        for column in &columns {
            out.extend(&column.cells[row]);
        }
    }
    out.push(0x1A);
    out
}

/// Length of the head and of a record of an attribute table, bytes.
fn lengths(dbf: &[u8]) -> (usize, usize) {
    let at = |n: usize| usize::from(u16::from_le_bytes([dbf[n], dbf[n + 1]]));
    (at(8), at(10))
}

/// Takes the last record out of an attribute table, which then says so.
pub fn drop_last_record(path: &Path) {
    let mut dbf = fs::read(path).unwrap();
    let (_, record) = lengths(&dbf);
    let count = u32::from_le_bytes([dbf[4], dbf[5], dbf[6], dbf[7]]) - 1;
    dbf[4..8].copy_from_slice(&count.to_le_bytes());
    dbf.truncate(dbf.len() - 1 - record);
    dbf.push(0x1A);
    fs::write(path, dbf).unwrap();
}

/// Marks a record as deleted.
pub fn mark_deleted(path: &Path, row: usize) {
    let mut dbf = fs::read(path).unwrap();
    let (head, record) = lengths(&dbf);
    dbf[head + row * record] = b'*';
    fs::write(path, dbf).unwrap();
}
