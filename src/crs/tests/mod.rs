use super::*;

fn to_degrees(crs: &str, x: f64, y: f64) -> Coord<f64> {
    Crs::named(crs).unwrap().geographic(Coord { x, y })
}

#[test]
fn a_gauss_krueger_zone_goes_back_to_the_central_meridian() {
    let c = to_degrees("urn:ogc:def:crs:EPSG::4549", 500_000.0, 3_453_000.0);
    assert!((c.x - 120.0).abs() < 1e-12);
    let prefixed = to_degrees("EPSG:4528", 40_500_000.0, 3_453_000.0);
    assert!((prefixed.x - c.x).abs() < 1e-9 && (prefixed.y - c.y).abs() < 1e-9);
}

#[test]
fn systems_without_public_parameters_are_refused() {
    for name in ["EPSG:4214", "EPSG:4610", "EPSG:2436", "EPSG:2364", "EPSG:21421", "EPSG:21461", "EPSG:21481", "EPSG:21473"] {
        assert!(Crs::named(name).err().unwrap().to_string().contains("old datum"), "{name}");
    }
    assert!(Crs::named("EPSG:99999").is_err());
    assert!(Crs::named("Shanghai city grid").is_err());
    for name in ["EPSG:4490", "urn:ogc:def:crs:OGC:1.3:CRS84", "http://www.opengis.net/def/crs/EPSG/0/4326", "4490"] {
        assert!(matches!(Crs::named(name), Ok(Crs::Geographic)), "{name}");
    }
}

#[test]
fn numbers_of_another_system_are_refused_with_a_proposal() {
    let at = |x, y| [RawShape::Parts(vec![vec![vec![Coord { x, y }]]])];
    let why = |x, y| Crs::Geographic.doubt(&at(x, y)).unwrap_err().to_string();
    assert!(why(40_512_345.0, 3_453_000.0).contains("EPSG:4528"));
    assert!(why(512_345.0, 3_453_000.0).contains("EPSG:4549"));
    assert!(why(13_520_000.0, 3_660_000.0).contains("EPSG:3857"));
    assert!(why(31.2, 121.5).contains("swap_axes"));
    assert!(Crs::Geographic.doubt(&at(121.5, 31.2)).is_ok());
    assert!(Crs::named("EPSG:4549").unwrap().doubt(&at(121.5, 31.2)).is_err());
}

mod states;
mod texts;
