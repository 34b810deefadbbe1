//! Layers with everything in them that formats stumble over, for the tests of the writers.

use geo::{Coord, Geometry};
use polars::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Format, Layer};
use crate::crs::Crs;
use crate::model::{RawShape, Ring};
use crate::read::dataset::{Dataset, ReadOptions};
use crate::read::file;

/// A layer made up.
pub(super) struct Sample {
    pub rows: DataFrame,
    pub shapes: Vec<RawShape>,
}

const TEXTS: [&str; 8] = [
    "张江集成电路产业园",
    "",
    "a,\"b\"\\\n\t",
    "91310115MA1K4ABC2X",
    "0601",
    "亩均\u{0}税收",
    "\u{1F3ED} O'Brien; DROP TABLE",
    "1E-98",
];

/// `height` rows: Chinese names, missing values, integers beyond 2^53, holes, parts, empty and missing shapes.
pub(super) fn sample(seed: u64, height: usize) -> Sample {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let keep: Vec<Option<usize>> = (0..height).map(|n| (n % 7 != 3).then_some(n)).collect();
    let text = |r: &mut ChaCha8Rng| TEXTS[r.random_range(0..TEXTS.len())];
    let names: Vec<Option<&str>> = keep.iter().map(|k| k.map(|_| text(&mut random))).collect();
    let big: Vec<Option<i64>> = keep.iter().map(|k| k.map(|_| random.random::<i64>())).collect();
    let floats: Vec<Option<f64>> =
        keep.iter().map(|k| k.map(|n| if n % 2 == 0 { 2.0 } else { random.random::<f64>() * 1e9 })).collect();
    let flags: Vec<Option<bool>> = keep.iter().map(|k| k.map(|_| random.random())).collect();
    let order: Vec<i64> = (0..height).map(|n| i64::try_from(n).unwrap() * 10).collect();
    let rows = df!(
        "宗地代码" => names,
        "次序" => order,
        "order by" => big,
        "税收 \"万元\"" => floats,
        "'listed'" => flags,
        "wholly missing" => Vec::from_iter(keep.iter().map(|_| None::<&str>))
    )
    .unwrap();
    let shapes = (0..height).map(|n| shape(n, &mut random)).collect();
    Sample { rows, shapes }
}

fn shape(n: usize, random: &mut ChaCha8Rng) -> RawShape {
    match n % 10 {
        3 => RawShape::Missing,
        5 => RawShape::Parts(vec![vec![ring(random), ring(random), ring(random)], vec![ring(random)]]),
        7 => RawShape::Parts(vec![vec![ring(random), ring(random)]]),
        8 => RawShape::Parts(Vec::new()),
        _ => RawShape::Parts(vec![vec![ring(random)]]),
    }
}

fn ring(random: &mut ChaCha8Rng) -> Ring {
    let mut ring: Ring = (0..random.random_range(3..9))
        .map(|_| Coord { x: 121.0 + random.random::<f64>(), y: 31.0 + random.random::<f64>() })
        .collect();
    ring.push(ring[0]);
    ring
}

/// The same with points and lines among the polygons.
pub(super) fn mixed(seed: u64) -> Sample {
    let mut sample = sample(seed, 40);
    let others: [Geometry; 4] = [
        geo::Point::new(121.5, 31.25).into(),
        geo::wkt! { LINESTRING(121. 31.,122. 31.) }.into(),
        geo::wkt! { MULTIPOINT(121. 31.,122. 32.) }.into(),
        geo::wkt! { MULTILINESTRING((121. 31.,122. 32.),(121. 32.,122. 31.)) }.into(),
    ];
    for (slot, other) in sample.shapes.iter_mut().step_by(3).zip(others) {
        *slot = RawShape::Other(Box::new(other));
    }
    sample
}

/// Writes a sample in a format and reads it again.
pub(super) fn written(sample: &Sample, format: Format, ending: &str) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("宗地 图层.{ending}"));
    let layer = Layer { name: "宗地", rows: &sample.rows, shapes: Some(&sample.shapes), crs: &Crs::Geographic };
    let nulls = super::write(&[layer], format, &path).unwrap();
    assert_eq!(nulls, sample.shapes.iter().filter(|s| matches!(s, RawShape::Missing | RawShape::Unreadable(_))).count());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left beside the file");
    file::open(&path, &ReadOptions::default(), &|_| ()).unwrap()
}

impl Sample {
    /// Every value, type and shape is the same; a shape for which `kept` is false is missing.
    pub fn assert_same(&self, read: &Dataset, kept: impl Fn(&RawShape) -> bool) {
        assert_eq!(read.rows.get_column_names(), self.rows.get_column_names());
        assert_eq!(read.rows.dtypes(), self.rows.dtypes());
        assert!(read.rows.equals_missing(&self.rows), "{} {}", read.rows, self.rows);
        let shapes = read.shapes.as_ref().unwrap();
        assert_eq!(shapes.len(), self.shapes.len());
        for (n, (read, wanted)) in shapes.iter().zip(&self.shapes).enumerate() {
            let wanted = if kept(wanted) { wanted } else { &RawShape::Missing };
            assert_eq!(read, wanted, "row {n}");
        }
    }
}
