//! Definitions and numbers as PROJ has them.

use super::super::*;
use serde_json::Value;

const TABLE: &str = include_str!("../../../tests/reference/proj_points.csv");
const TEXTS: &str = include_str!("../../../tests/reference/crs_texts.json");

#[test]
fn projections_agree_with_proj_to_a_tenth_of_a_millimetre_both_ways() {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes());
    let mut seen = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let number = |i: usize| row[i].parse::<f64>().unwrap();
        let crs = Crs::named(&row[0]).unwrap();
        let place = Coord { x: number(1), y: number(2) };
        let there = crs.coordinates(place);
        assert!((there.x - number(3)).abs() < 1e-4 && (there.y - number(4)).abs() < 1e-4, "{row:?} {there:?}");
        let back = crs.geographic(Coord { x: number(3), y: number(4) });
        assert!((back.x - place.x).abs() < 1e-9 && (back.y - place.y).abs() < 1e-9, "{row:?} {back:?}");
        seen += 1;
    }
    assert!(seen >= 200);
}

/// Every syntax PROJ writes means the same system, and the code is found by the numbers.
#[test]
fn every_syntax_of_a_system_means_that_system() {
    let table: Value = serde_json::from_str(TEXTS).unwrap();
    let mut seen = 0;
    for system in table["systems"].as_array().unwrap() {
        let code = u16::try_from(system["epsg"].as_u64().unwrap()).unwrap();
        let by_code = Crs::named(&format!("EPSG:{code}")).unwrap();
        for (syntax, text) in system.as_object().unwrap().iter().filter(|(key, _)| *key != "epsg") {
            let text = text.as_str().unwrap();
            let crs = Crs::named(text).unwrap_or_else(|e| panic!("{code} {syntax}: {e}\n{text}"));
            assert_eq!(crs, by_code, "{code} {syntax}");
            assert_eq!(crs.contradiction(), None, "{code} {syntax}");
            // ESRI's text has no code: those of other countries are not guessed.
            if syntax != "WKT1_ESRI" || matches!(code, 4490..=4554 | 32_600..=32_760 | 3857) {
                assert_eq!(crs.epsg(), Some(if code == 4326 { 4490 } else { code }), "{code} {syntax}");
            }
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn what_is_written_is_read_again_as_the_same_system() {
    let local = "+proj=tmerc +lat_0=31.2354444 +lon_0=121.4648889 +k=1 +x_0=-3457147.81 +y_0=0 +ellps=GRS80 +units=m +no_defs";
    let codes =
        (4490..=4554).chain([32_650, 32_651, 32_750, 3857, 3395, 3034, 5070, 2263, 25_832]).map(|code| format!("EPSG:{code}"));
    for name in codes.chain([local.to_owned()]) {
        let crs = Crs::named(&name).unwrap();
        for text in [crs.wkt(), crs.wkt_esri().unwrap(), crs.projjson().unwrap()] {
            let again = Crs::named(&text).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
            assert_eq!(again, crs, "{name}\n{text}");
            assert_eq!(again.contradiction(), None, "{text}");
        }
        if name.starts_with("EPSG:4") {
            assert_eq!(Crs::named(&crs.wkt_esri().unwrap()).unwrap().epsg(), crs.epsg(), "{name}");
        }
    }
}

#[test]
fn the_names_bureaus_use_are_known() {
    for (name, code) in [
        ("CGCS2000_3_Degree_GK_CM_120E", 4549),
        ("CGCS2000_3_Degree_GK_Zone_40", 4528),
        ("CGCS2000_GK_Zone_21", 4499),
        ("CGCS2000 / Gauss-Kruger CM 117E", 4509),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 39", 4527),
        ("CGCS2000 3度带 中央经线120", 4549),
        ("国家2000 三度带 第40带", 4528),
        ("CGCS2000 6度带 21带", 4499),
        ("WGS_1984_UTM_Zone_51N", 32_651),
        ("WGS 84 / UTM zone 50S", 32_750),
        ("WGS_1984_Web_Mercator_Auxiliary_Sphere", 3857),
        ("EPSG:900913", 3857),
        ("+init=epsg:4549", 4549),
        ("2000国家大地坐标系", 4490),
        ("国家2000坐标系", 4490),
        ("CGCS2000大地坐标系", 4490),
        ("中国大地坐标系2000", 4490),
        ("WGS-84 经纬度", 4490),
        ("World Geodetic System 1984", 4490),
        ("ETRS89", 4490),
        ("ETRS_1989", 4490),
        ("China Geodetic Coordinate System 2000", 4490),
    ] {
        assert_eq!(Crs::named(name).unwrap().epsg(), Some(code), "{name}");
    }
    for name in ["GCJ-02", "gcj02", "GCJ02", "火星坐标", "火星坐标系"] {
        assert_eq!(Crs::named(name).unwrap(), Crs::Shifted(Shift::Gcj02));
    }
    for name in ["BD-09", "bd09", "百度坐标"] {
        assert_eq!(Crs::named(name).unwrap(), Crs::Shifted(Shift::Bd09));
    }
    for name in [
        "3度带 40带",
        "北京54 3度带 40带",
        "Xian_1980_3_Degree_GK_Zone_40",
        "西安80",
        "",
        "40",
        "PROJCS[",
        "{}",
        "+proj=",
        "+lon_0=3",
        "EPSG:",
    ] {
        assert!(Crs::named(name).is_err(), "{name}");
    }
}

/// The place is what PROJ makes of the same parameters.
#[test]
fn an_old_datum_is_taken_with_local_parameters_and_only_then() {
    let wkt = |shift: &str| {
        format!(
            "PROJCS[\"local\",GEOGCS[\"g\",DATUM[\"D_Beijing_1954\",SPHEROID[\"Krasovsky_1940\",6378245.0,298.3]{shift}],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",120.0],PARAMETER[\"Scale_Factor\",1.0],PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]"
        )
    };
    for text in [
        wkt(""),
        wkt(",TOWGS84[0,0,0,0,0,0,0]"),
        wkt(",TOWGS84[15.8,-154.4,-82.3,0,0,0,0]"),
        "+proj=tmerc +lon_0=120 +ellps=krass".to_owned(),
    ] {
        assert!(Crs::named(&text).unwrap_err().to_string().contains("old datum"), "{text}");
    }
    let local = "+proj=tmerc +lon_0=120 +x_0=500000 +ellps=krass +towgs84=12.5,-120.1,-60.2,0.5,0.6,-0.7,1.2 +units=m";
    for text in [wkt(",TOWGS84[12.5,-120.1,-60.2,0.5,0.6,-0.7,1.2]"), local.to_owned()] {
        let crs = Crs::named(&text).unwrap();
        let place = crs.geographic(Coord { x: 510_000.0, y: 3_450_000.0 });
        assert!((place.x - 120.105_172_465_242_59).abs() < 1e-9 && (place.y - 31.171_282_031_228_163).abs() < 1e-9, "{place:?}");
        let again = Crs::named(&crs.wkt()).unwrap();
        assert_eq!(again, crs);
        assert_eq!(crs.projjson(), None);
    }
}

/// A word that is not understood is passed on and not left out.
#[test]
fn axes_in_proj_text_are_kept() {
    let plain = "+proj=tmerc +lon_0=120 +x_0=500000 +ellps=GRS80 +units=m";
    let turned = Crs::named(&format!("{plain} +axis=neu")).unwrap();
    let (a, b) =
        (Crs::named(plain).unwrap().coordinates(Coord { x: 121.0, y: 31.0 }), turned.coordinates(Coord { x: 121.0, y: 31.0 }));
    assert!((a.x - b.y).abs() < 1e-6 && (a.y - b.x).abs() < 1e-6, "{a:?} {b:?}");
    assert_eq!((Crs::named(plain).unwrap().epsg(), turned.epsg()), (Some(4549), None));
    assert!(Crs::named(&format!("{plain} +nadgrids=local.gsb")).is_err());
}

#[test]
fn a_name_that_contradicts_its_numbers_is_told_and_the_numbers_hold() {
    let esri = Crs::named("EPSG:4549").unwrap().wkt_esri().unwrap();
    assert_eq!(Crs::named(&esri).unwrap().contradiction(), None);
    let wrong = Crs::named(&esri.replace("CM_120E", "CM_117E")).unwrap();
    assert!(wrong.contradiction().unwrap().en.contains("central meridian 120"));
    assert_eq!(wrong.epsg(), Some(4549));
    let coded = Crs::named(&Crs::named("EPSG:4549").unwrap().wkt().replace("\"4549\"", "\"4548\"")).unwrap();
    assert!(coded.contradiction().unwrap().en.contains("EPSG:4548") && coded.epsg() == Some(4549));
}

#[test]
fn texts_made_to_hurt_are_refused_or_read_without_a_panic() {
    let deep = format!("PROJCS[{}", "A[".repeat(100_000));
    let nested = format!("PROJCS[\"a\",{}1{}]", "GEOGCS[".repeat(40), "]".repeat(40));
    let long = format!("PROJCS[\"{}\"]", "x".repeat(1 << 20));
    let json = format!("{{\"type\":\"BoundCRS\",\"source_crs\":{}1{}}}", "{\"source_crs\":".repeat(100), "}".repeat(100));
    for text in [
        deep.as_str(),
        &nested,
        &long,
        &json,
        "PROJCS[\"a\",GEOGCS[\"b\",DATUM[\"c\",SPHEROID[\"d\",0,0]]],PROJECTION[\"Transverse_Mercator\"]]",
    ] {
        assert!(Crs::named(text).is_err());
    }
    let esri = Crs::named("EPSG:4549").unwrap().wkt_esri().unwrap();
    for end in esri.char_indices().map(|(at, _)| at) {
        assert!(Crs::named(&esri[..end]).is_err(), "{}", &esri[..end]);
    }
    for number in ["1e400", "-1e308", "1e-308", "0"] {
        let _ = Crs::named(&esri.replace("6378137", number)).map(|crs| crs.geographic(Coord { x: 5e5, y: 3e6 }));
        let _ = Crs::named(&esri.replace("120,", &format!("{number},"))).map(|crs| crs.geographic(Coord { x: 5e5, y: 3e6 }));
    }
}
