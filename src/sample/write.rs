//! Puts the city into files: coordinates from whole numbers, one feature a line.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::blocks::Shape;
use super::city::City;
use super::districts::closed;
use super::number::{Point, Spot};

/// What every layer says of itself.
const NOTE: &str = "Synthetic sample data: every shape, enterprise and figure is invented; no real boundary is shown.";

/// Units of a [`Spot`] in a degree.
const UNITS: u64 = 10_000_000;

/// A `GeoJSON` file being written, one feature a line.
pub(super) struct Layer {
    out: BufWriter<File>,
    first: bool,
}

impl Layer {
    pub fn create(path: &Path, name: &str) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 18, File::create(path)?);
        writeln!(
            out,
            "{{\"type\":\"FeatureCollection\",\"name\":\"{name}\",\"schematic\":true,\"note\":\"{NOTE}\",\"features\":["
        )?;
        Ok(Self { out, first: true })
    }

    /// Writes a feature; `properties` is the inside of a JSON object.
    pub fn feature(&mut self, properties: &str, shape: Option<&Shape>) -> io::Result<()> {
        let mut line = String::with_capacity(640);
        line.push_str(if self.first { "" } else { ",\n" });
        line.push_str("{\"type\":\"Feature\",\"properties\":{");
        line.push_str(properties);
        line.push_str("},\"geometry\":");
        match shape {
            None => line.push_str("null"),
            Some(shape) => geometry(&mut line, shape),
        }
        line.push('}');
        self.first = false;
        self.out.write_all(line.as_bytes())
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}

fn geometry(line: &mut String, shape: &Shape) {
    match &shape[..] {
        [] => line.push_str("{\"type\":\"Polygon\",\"coordinates\":[]"),
        [polygon] => {
            line.push_str("{\"type\":\"Polygon\",\"coordinates\":");
            rings(line, polygon);
        }
        polygons => {
            line.push_str("{\"type\":\"MultiPolygon\",\"coordinates\":");
            list(line, polygons, |line, polygon| rings(line, polygon));
        }
    }
    line.push('}');
}

fn rings(line: &mut String, rings: &[Vec<Spot>]) {
    list(line, rings, |line, ring| {
        list(line, ring, |line, &[lon, lat]| {
            line.push('[');
            degrees(line, lon);
            line.push(',');
            degrees(line, lat);
            line.push(']');
        });
    });
}

fn list<T>(line: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    line.push('[');
    for (k, item) in items.iter().enumerate() {
        if k > 0 {
            line.push(',');
        }
        write(line, item);
    }
    line.push(']');
}

/// Writes an angle exactly, without needless noughts.
fn degrees(line: &mut String, value: i64) {
    if value < 0 {
        line.push('-');
    }
    let value = value.unsigned_abs();
    let text = format!("{}.{:07}", value / UNITS, value % UNITS);
    line.push_str(text.trim_end_matches('0').trim_end_matches('.'));
}

fn shape_of<'a>(parts: impl Iterator<Item = &'a [Vec<Point>]>) -> Shape {
    parts.map(|rings| rings.iter().map(|ring| closed(ring)).collect()).collect()
}

/// Writes districts, parks and layout.
pub(super) fn zones(dir: &Path, city: &City) -> io::Result<()> {
    let mut layer = Layer::create(&dir.join("districts.geojson"), "districts")?;
    for district in &city.districts {
        let properties = format!("\"district_code\":\"{}\",\"district_name\":\"{}\"", district.code, district.name);
        layer.feature(&properties, Some(&shape_of(district.parts.iter().map(std::slice::from_ref))))?;
    }
    layer.finish()?;
    let mut layer = Layer::create(&dir.join("parks.geojson"), "parks")?;
    for park in &city.parks {
        let properties = format!(
            "\"park_id\":\"{}\",\"park_name\":\"{}\",\"sector\":\"{}\",\"batch_year\":{},\"district_name\":\"{}\"",
            park.id, park.name, park.sector, park.year, city.districts[park.district].name
        );
        layer.feature(&properties, Some(&shape_of(park.parts.iter().map(Vec::as_slice))))?;
    }
    layer.finish()?;
    let mut layer = Layer::create(&dir.join("layout.geojson"), "layout")?;
    for zone in &city.layout {
        let properties = format!("\"zone_id\":\"{}\",\"zone_name\":\"{}\",\"zone_kind\":\"{}\"", zone.id, zone.name, zone.kind);
        layer.feature(&properties, Some(&vec![vec![closed(&zone.ring)]]))?;
    }
    layer.finish()
}

/// Writes `survey.toml`.
pub(super) fn survey(dir: &Path, parcels: u64, seed: u64) -> io::Result<()> {
    let text = format!(
        "# A made-up city of {parcels} industrial parcels (seed {seed}). Nothing in it is real: not a boundary, not an\n\
         # enterprise, not a figure. About one row in a hundred has a deliberate defect.\n\
         title = \"工业用地绩效调查（示例）\"\n\
         city = \"上海（示意）\"\n\
         # The shapes are invented, and every output says so.\n\
         schematic = true\n\
         sources = [\"mujun 生成的示例数据 (synthetic data), seed {seed}\"]\n\
         # A rulebook file, or the name of one that ships with the program.\n\
         rulebook = \"shanghai-illustrative\"\n\n\
         [parcels]\npath = \"parcels.geojson\"\n\n\
         [enterprises]\npath = \"enterprises.csv\"\n\n\
         # Which enterprise is on which parcel; a blank share means by area.\n\
         [occupancy]\npath = \"occupancy.csv\"\n\n\
         [districts]\npath = \"districts.geojson\"\n\n\
         [parks]\npath = \"parks.geojson\"\n\n\
         [layout]\npath = \"layout.geojson\"\n"
    );
    std::fs::write(dir.join("survey.toml"), text)
}
