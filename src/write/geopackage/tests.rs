use super::super::testing::{mixed, sample, written};
use super::super::{Format, Layer};
use super::*;
use crate::read::dataset::ReadOptions;
use crate::read::file;
use polars::prelude::df;

#[test]
fn values_and_shapes_come_back_as_they_were() {
    for sample in [sample(5, 200), mixed(6), sample(7, 0)] {
        let read = written(&sample, Format::GeoPackage, "gpkg");
        sample.assert_same(&read, |_| true);
        assert_eq!((read.name.as_str(), read.crs.as_deref()), ("宗地", Some("EPSG:4490")));
    }
}

#[test]
fn a_file_of_several_layers_has_what_the_standard_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("survey.gpkg");
    let (parcels, parks) = (sample(1, 50), sample(2, 7));
    let table = df!("fid" => [3i64, 5, 9], "GEOM" => ["a", "b", "c"]).unwrap();
    let geographic = Crs::Geographic;
    let projected = Crs::named("EPSG:4549").unwrap();
    let layers = || {
        [
            Layer { name: "宗地", rows: &parcels.rows, shapes: Some(&parcels.shapes), crs: &geographic },
            Layer { name: "or\"der", rows: &parks.rows, shapes: Some(&parks.shapes), crs: &projected },
            Layer { name: "企业", rows: &table, shapes: None, crs: &geographic },
        ]
    };
    write(&layers(), &path).unwrap();
    let again = folder.path().join("again.gpkg");
    write(&layers(), &again).unwrap();
    assert!(std::fs::read(&path).unwrap() == std::fs::read(&again).unwrap(), "the bytes depend on the day or the run");

    let open = Connection::open(&path).unwrap();
    let number = |sql: &str| open.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((number("PRAGMA application_id"), number("PRAGMA user_version")), (0x4750_4B47, 10400));
    assert_eq!(number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    // The index holds the frame of every shape that has one, rounded outwards to 32-bit floats.
    let framed = parcels.shapes.iter().filter(|shape| wkb::frame(shape).is_some()).count();
    assert_eq!(number("SELECT count(*) FROM \"rtree_宗地_geom\""), i64::try_from(framed).unwrap());
    for (n, shape) in parcels.shapes.iter().enumerate() {
        let Some(frame) = wkb::frame(shape) else { continue };
        let found = format!(
            "SELECT count(*) FROM \"rtree_宗地_geom\" WHERE id = {} AND minx <= {} AND maxx >= {} AND miny <= {} AND maxy >= {} AND maxx - minx < {} + 1e-4",
            n + 1,
            frame.min().x,
            frame.max().x,
            frame.min().y,
            frame.max().y,
            frame.width()
        );
        assert_eq!(number(&found), 1, "row {n}");
    }
    assert_eq!(number("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"), 14);
    // Without the functions of an editing program the triggers say so; a delete needs none.
    assert!(open.execute("UPDATE \"宗地\" SET geom = geom WHERE fid = 1", []).unwrap_err().to_string().contains("ST_IsEmpty"));
    open.execute("DELETE FROM \"宗地\" WHERE fid = 1", []).unwrap();
    assert_eq!(number("SELECT count(*) FROM \"rtree_宗地_geom\" WHERE id = 1"), 0);
    drop(open);

    assert_eq!(file::layers(&path).unwrap(), ["宗地", "or\"der", "企业"]);
    let of = |layer: &str| file::open(&path, &ReadOptions { layer: Some(layer.to_owned()), encoding: None }, &|_| ()).unwrap();
    parks.assert_same(&of("or\"der"), |_| true);
    assert_eq!(of("or\"der").crs.as_deref(), Some("EPSG:4549"));
    assert!(of("企业").rows.equals(&table) && of("企业").shapes.is_none());
}

#[test]
fn names_that_the_format_cannot_tell_apart_are_refused() {
    let rows = df!("名" => [1], "Name" => [1], "NAME" => [1]).unwrap();
    let crs = Crs::Geographic;
    let path = tempfile::tempdir().unwrap().path().join("x.gpkg");
    let layer = |name| Layer { name, rows: &rows, shapes: None, crs: &crs };
    assert!(write(&[layer("t")], &path).unwrap_err().to_string().contains("\"NAME\" twice"));
    assert!(write(&[layer("gpkg_t")], &path).is_err());
    let plain = df!("a" => [1]).unwrap();
    let layer = |name| Layer { name, rows: &plain, shapes: None, crs: &crs };
    assert!(write(&[layer("甲"), layer("甲")], &path).unwrap_err().to_string().contains("two layers"));
}

#[test]
fn a_system_without_a_code_gets_a_number_and_its_definition() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    let rows = df!("a" => [1i64]).unwrap();
    let local = "PROJCS[\"上海城建\",GEOGCS[\"CGCS2000\",DATUM[\"China_2000\",SPHEROID[\"CGCS2000\",6378137,298.257222101]],PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]],PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"latitude_of_origin\",0],PARAMETER[\"central_meridian\",121.4671519444],PARAMETER[\"scale_factor\",1],PARAMETER[\"false_easting\",0],PARAMETER[\"false_northing\",-3457147.81],UNIT[\"metre\",1]]";
    let shapes = [RawShape::Parts(vec![vec![vec![geo::Coord { x: 1.0, y: 2.0 }; 4]]])];
    let systems =
        [Crs::named(local).unwrap(), Crs::named("GCJ-02").unwrap(), Crs::named("EPSG:4528").unwrap(), Crs::named(local).unwrap()];
    let layers: Vec<Layer<'_>> = ["a", "b", "c", "d"]
        .into_iter()
        .zip(&systems)
        .map(|(name, crs)| Layer { name, rows: &rows, shapes: Some(&shapes), crs })
        .collect();
    write(&layers, &path).unwrap();
    let open = Connection::open(&path).unwrap();
    let mut ids = open.prepare("SELECT srs_id FROM gpkg_contents ORDER BY table_name").unwrap();
    let ids: Vec<i64> = ids.query_map([], |row| row.get(0)).unwrap().map(|id| id.unwrap()).collect();
    assert_eq!(ids, [100_001, 100_002, 4528, 100_001]);
    for (name, crs) in ["a", "b", "c"].into_iter().zip(&systems) {
        let read = file::open(&path, &ReadOptions { layer: Some(name.to_owned()), encoding: None }, &|_| ()).unwrap();
        let again = Crs::named(&read.crs.unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(again.name(), crs.name());
    }
}
