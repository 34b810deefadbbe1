//! Coordinate systems that are missing, stated wrongly, or not those of the numbers. Two layers of three are right and decide; nothing
//! may follow from one layer's fault, since that layer is examined no further.

use mujun::finding::Code;
use mujun::model::Source;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::{Claim, Kind, Where};
use crate::city::{City, Format, Layer, Numbers, Stated};
use crate::ground::{bd09, elsewhere, gcj02};

pub const KINDS: &[Kind] = &[
    Kind { name: "CRS removed", prepare: projected_text, damage: removed },
    Kind { name: "zone off by one", prepare: projected, damage: zone_off },
    Kind { name: "zone prefix missing", prepare: prefixed, damage: prefix_missing },
    Kind { name: "axes swapped, metres", prepare: projected, damage: swapped },
    Kind { name: "axes swapped, degrees", prepare: degrees, damage: swapped },
    Kind { name: "metres called degrees", prepare: projected, damage: metres_called_degrees },
    Kind { name: "degrees called metres", prepare: degrees, damage: degrees_called_metres },
    Kind { name: "GCJ-02", prepare: degrees, damage: shifted_gcj },
    Kind { name: "BD-09", prepare: degrees, damage: shifted_bd },
    Kind { name: "Xian 1980 stated", prepare: projected_text, damage: xian },
    Kind { name: "Beijing 1954 stated", prepare: projected_text, damage: beijing },
    Kind { name: "layer elsewhere", prepare: super::as_it_is, damage: moved },
    Kind { name: "CRS unknown", prepare: projected_text, damage: unknown },
];

fn choose(city: &mut City, random: &mut ChaCha8Rng) -> Source {
    city.chosen = *[Source::Parcels, Source::Districts, Source::Parks].choose(random).expect("a layer");
    city.chosen
}

fn in_system(layer: &mut Layer, epsg: u16) {
    layer.epsg = epsg;
    layer.stated = Stated::Epsg(epsg);
}

fn projected(city: &mut City, random: &mut ChaCha8Rng) {
    let (source, systems) = (choose(city, random), city.ground.systems());
    in_system(city.layer_mut(source), systems[random.random_range(1..=2)]);
}

fn prefixed(city: &mut City, random: &mut ChaCha8Rng) {
    let (source, systems) = (choose(city, random), city.ground.systems());
    in_system(city.layer_mut(source), systems[1]);
}

fn degrees(city: &mut City, random: &mut ChaCha8Rng) {
    let source = choose(city, random);
    in_system(city.layer_mut(source), 4490);
}

/// In a format that need not state its system.
fn projected_text(city: &mut City, random: &mut ChaCha8Rng) {
    projected(city, random);
    let source = city.chosen;
    city.layer_mut(source).format = if random.random_bool(0.7) { Format::Shapefile } else { Format::GeoJson };
}

fn removed(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let source = city.chosen;
    let layer = city.layer_mut(source);
    layer.stated = Stated::Nothing;
    let geojson = layer.format == Format::GeoJson;
    // GeoJSON without a word is in degrees by its standard: the numbers contradict that.
    let codes: &[Code] = if geojson { &[Code::CrsMissing, Code::CrsContradicted] } else { &[Code::CrsMissing] };
    Claim::whole(codes, source).with(&[Code::FilePartMissing], source, Where::Whole)
}

fn zone_off(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let source = city.chosen;
    let east = random.random_bool(0.5);
    let layer = city.layer_mut(source);
    let stated = if east { layer.epsg + 1 } else { layer.epsg - 1 };
    layer.stated = Stated::Epsg(stated);
    Claim::whole(&[Code::CrsZone], source)
}

fn prefix_missing(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let (source, systems) = (city.chosen, city.ground.systems());
    city.layer_mut(source).stated = Stated::Epsg(systems[2]);
    Claim::whole(&[Code::CrsPrefix], source)
}

fn swapped(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let source = city.chosen;
    city.layer_mut(source).numbers = Numbers::Swapped;
    Claim::whole(&[Code::CrsAxes], source)
}

fn metres_called_degrees(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let source = city.chosen;
    city.layer_mut(source).stated = Stated::Epsg(4490);
    Claim::whole(&[Code::CrsContradicted], source)
}

fn degrees_called_metres(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let (source, systems) = (city.chosen, city.ground.systems());
    city.layer_mut(source).stated = Stated::Epsg(systems[1]);
    Claim::whole(&[Code::CrsContradicted], source)
}

fn shifted_gcj(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let source = city.chosen;
    city.layer_mut(source).moved = Some(gcj02);
    Claim::whole(&[Code::ShiftGcj], source)
}

fn shifted_bd(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let source = city.chosen;
    city.layer_mut(source).moved = Some(bd09);
    Claim::whole(&[Code::ShiftBd], source)
}

fn xian(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let (source, meridian) = (city.chosen, city.ground.meridian());
    let code = if meridian == 120 { 2384 } else { 2385 };
    city.layer_mut(source).stated = Stated::Told(format!("EPSG:{code}"));
    Claim::whole(&[Code::CrsOldDatum], source).with(&[Code::FilePartMissing], source, Where::Whole)
}

fn beijing(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let (source, meridian) = (city.chosen, city.ground.meridian());
    city.layer_mut(source).stated = Stated::Told(format!(
        "PROJCS[\"Beijing_1954_3_Degree_GK_CM_{meridian}E\",GEOGCS[\"GCS_Beijing_1954\",DATUM[\"D_Beijing_1954\",SPHEROID[\"Krasovsky_1940\",6378245.0,298.3]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",{meridian}.0],PARAMETER[\"Scale_Factor\",1.0],PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]"
    ));
    Claim::whole(&[Code::CrsOldDatum], source).with(&[Code::FilePartMissing], source, Where::Whole)
}

fn moved(city: &mut City, random: &mut ChaCha8Rng) -> Claim {
    let source = choose(city, random);
    let layer = city.layer_mut(source);
    layer.moved = Some(elsewhere);
    in_system(layer, 4490);
    Claim::whole(&[Code::LayersApart], source)
}

fn unknown(city: &mut City, _: &mut ChaCha8Rng) -> Claim {
    let source = city.chosen;
    city.layer_mut(source).stated = Stated::Told("上海城市坐标系".to_owned());
    Claim::whole(&[Code::CrsUnknown], source).with(&[Code::FilePartMissing], source, Where::Whole)
}
