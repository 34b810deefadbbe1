//! Why a stated area is not the shape's: causes that the numbers prove.
//!
//! A cause predicts what would have been stated. It is named where the stated area is the predicted one within half a per cent,
//! and nearer to it than the shape's own area by far.

use std::collections::BTreeSet;

use geo::{Coord, MultiPolygon};

use crate::finding::{Detail, detail};
use crate::measure::ellipsoid::E2;
use crate::measure::geodesic;
use crate::units::SQUARE_METRES_PER_MU;

/// A stated area this near to the predicted one, relative, proves a cause.
pub(super) const PROOF: f64 = 0.005;
/// The same for projections, whose areas differ by little and are known to the last digit.
const PROOF_OF_PROJECTION: f64 = 2e-5;
/// The same where nearly all rows of a layer agree: their figures are rounded.
const PROOF_OF_FACTOR: f64 = 5e-4;
/// The same for exchanged digits, of which there are many to try.
const PROOF_OF_DIGITS: f64 = 0.001;
/// A cause must explain at least this share of the difference.
const EXPLAINED: f64 = 0.75;

/// What is known of one parcel's area.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    /// As the data say, taken to be m².
    pub stated: f64,
    pub geodesic: f64,
    /// Area in the plane of the layer's own projection, m².
    pub planar: Option<f64>,
    /// Area of the holes, m².
    pub holes: f64,
    /// A vertex, degrees.
    pub place: Coord<f64>,
    pub floor: Option<f64>,
}

/// In Chinese and in English.
type Names = (&'static str, &'static str);

const MU: Names = ("亩", "mu");
const HECTARES: Names = ("公顷", "hectares");

/// Why a stated area may differ from the shape's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cause {
    /// The number is in another unit: its name, and m² in one of it.
    Unit(Names, f64),
    /// The number was m² and was converted as if it were in another unit.
    Converted(Names, f64),
    FloorArea,
    HolesIgnored,
    HolesTwice,
    WebMercator,
    /// Computed in the plane of the layer's projection.
    OwnPlane,
    /// Computed in the plane of the Gauss projection with this central meridian, degrees.
    Meridian(i32),
    /// The decimal point is so many digits to the right.
    Point(i32),
    DigitsExchanged,
    /// All areas of a layer are that many times the shapes', and nothing says why.
    Factor(f64),
}

/// In the order in which they are tried.
const CAUSES: [Cause; 18] = [
    Cause::Unit(MU, SQUARE_METRES_PER_MU),
    Cause::Unit(HECTARES, 10_000.0),
    Cause::Unit(("平方公里", "km²"), 1e6),
    Cause::Unit(("平方英尺", "square feet"), 0.092_903_04),
    Cause::Unit(("英亩", "acres"), 4_046.856_422_4),
    Cause::Converted(MU, SQUARE_METRES_PER_MU),
    Cause::Converted(HECTARES, 10_000.0),
    Cause::WebMercator,
    Cause::Point(1),
    Cause::Point(2),
    Cause::Point(3),
    Cause::Point(-1),
    Cause::Point(-2),
    Cause::Point(-3),
    Cause::HolesIgnored,
    Cause::HolesTwice,
    Cause::FloorArea,
    Cause::OwnPlane,
];

impl Cause {
    /// The causes that may hold for these parcels, in the order in which they are tried.
    pub fn candidates<'a>(figures: impl Iterator<Item = &'a Figures>) -> Vec<Self> {
        let meridians: BTreeSet<i32> = figures.flat_map(|figures| meridians(figures.place.x)).collect();
        CAUSES.into_iter().chain(meridians.into_iter().map(Self::Meridian)).chain([Self::DigitsExchanged]).collect()
    }

    /// The first cause that the figures prove.
    pub fn of(figures: &Figures) -> Option<Self> {
        Self::candidates(std::iter::once(figures)).into_iter().find(|cause| cause.fits(figures, PROOF))
    }

    /// How many times the true area is stated, where that is the same for every parcel.
    pub fn factor(self) -> Option<f64> {
        match self {
            Self::Unit(_, factor) => Some(1.0 / factor),
            Self::Converted(_, factor) => Some(factor),
            Self::Point(digits) => Some(10f64.powi(digits)),
            Self::Factor(factor) => Some(factor),
            _ => None,
        }
    }

    /// Whether the cause explains the stated area within `tolerance`, relative; never by less than three quarters of the
    /// difference.
    pub fn fits(self, figures: &Figures, tolerance: f64) -> bool {
        self.explains(figures, if self.is_slight() { PROOF_OF_PROJECTION } else { tolerance })
    }

    /// As [`Cause::fits`], for a row among others that have the same cause.
    pub fn fits_among_others(self, figures: &Figures, tolerance: f64) -> bool {
        self.explains(figures, if self.is_slight() { PROOF_OF_FACTOR } else { tolerance })
    }

    /// Areas that differ from the true ones by little, and by a figure that is known to the last digit.
    fn is_slight(self) -> bool {
        matches!(self, Self::OwnPlane | Self::Meridian(_) | Self::Factor(_))
    }

    fn explains(self, figures: &Figures, tolerance: f64) -> bool {
        if self == Self::DigitsExchanged {
            return exchanged(figures.stated).any(|x| (x / figures.geodesic - 1.0).abs() <= PROOF_OF_DIGITS);
        }
        let Some(predicted) = self.predicted(figures) else { return false };
        let off = (figures.stated / predicted - 1.0).abs();
        off <= tolerance && off <= (1.0 - EXPLAINED) * (predicted / figures.geodesic - 1.0).abs()
    }

    /// How far, relative, the stated area is from the predicted one; none for a cause that predicts none.
    pub fn residual(self, figures: &Figures) -> Option<f64> {
        self.predicted(figures).map(|predicted| (figures.stated / predicted - 1.0).abs())
    }

    /// What would have been stated, m².
    fn predicted(self, figures: &Figures) -> Option<f64> {
        let area = figures.geodesic;
        let predicted = match self {
            Self::Unit(..) | Self::Converted(..) | Self::Point(_) | Self::Factor(_) => area * self.factor()?,
            Self::WebMercator => area * web_mercator(figures.place.y),
            Self::HolesIgnored => area + figures.holes,
            Self::HolesTwice => area - figures.holes,
            Self::FloorArea => figures.floor?,
            Self::OwnPlane => figures.planar?,
            Self::Meridian(meridian) => area * gauss(figures.place, f64::from(meridian)),
            Self::DigitsExchanged => return None,
        };
        (predicted > 0.0 && predicted.is_finite()).then_some(predicted)
    }

    /// What the stated area looks like.
    pub fn text(self) -> Detail {
        match self {
            Self::Unit((zh, en), _) => Detail::new(zh, en),
            Self::Converted((zh, en), _) => {
                detail!("把平方米数当作{zh}又换算了一次", "m² that were converted as if they were {en}")
            }
            Self::FloorArea => Detail::new("建筑面积", "the floor area"),
            Self::HolesIgnored => Detail::new("未扣除内洞的面积", "the area with the holes filled"),
            Self::HolesTwice => Detail::new("重复扣除内洞的面积", "the area with the holes taken off twice"),
            Self::WebMercator => Detail::new("Web 墨卡托平面面积", "the planar area in web Mercator"),
            Self::OwnPlane => Detail::new("图层自身投影的平面面积", "the planar area in the layer's own projection"),
            Self::Meridian(meridian) => {
                detail!("中央经线 {meridian}° 的平面面积", "the planar area on the central meridian {meridian}°")
            }
            Self::Point(digits) => {
                let (zh, en) = if digits > 0 { ("右", "right") } else { ("左", "left") };
                let places = digits.abs();
                let plural = if places == 1 { "place" } else { "places" };
                detail!("小数点{zh}移了 {places} 位", "a decimal point {places} {plural} too far to the {en}")
            }
            Self::DigitsExchanged => Detail::new("两位数字颠倒", "two digits exchanged"),
            Self::Factor(factor) => detail!(
                "共同的倍数 {factor:.5}，数字看不出原因",
                "a common factor of {factor:.5}, whose cause the numbers do not say"
            ),
        }
    }
}

/// Planar over true area of web Mercator at a latitude in degrees: a² ÷ (M N cos²B).
fn web_mercator(latitude: f64) -> f64 {
    let (sin, cos) = latitude.to_radians().sin_cos();
    let w2 = 1.0 - E2 * sin * sin;
    // M N = a² (1 − e²) ÷ W⁴
    w2 * w2 / ((1.0 - E2) * cos * cos)
}

/// The central meridian of the 3-degree zone a longitude is in and those of two zones on each side: on the border of two zones either may
/// be its own.
fn meridians(longitude: f64) -> impl Iterator<Item = i32> {
    #[allow(clippy::cast_possible_truncation)] // at most 60
    let zone = (longitude / 3.0).round() as i32;
    (zone - 2..=zone + 2).map(|zone| zone * 3)
}

/// Planar over true area of the Gauss projection on a central meridian in degrees: the square of the scale
/// 1 + ½ ΔL² cos²B (1 + η²) + ¹⁄₂₄ ΔL⁴ cos⁴B (5 − 4 tan²B).
fn gauss(place: Coord<f64>, meridian: f64) -> f64 {
    let (sin, cos) = place.y.to_radians().sin_cos();
    let l = (place.x - meridian).to_radians() * cos;
    let eta2 = E2 / (1.0 - E2) * cos * cos;
    let tan2 = (sin / cos) * (sin / cos);
    let scale = 1.0 + l * l / 2.0 * (1.0 + eta2) + l.powi(4) / 24.0 * (5.0 - 4.0 * tan2);
    scale * scale
}

/// The number with each two neighbouring digits before the point exchanged.
fn exchanged(stated: f64) -> impl Iterator<Item = f64> {
    let text = format!("{stated:.2}");
    let whole = text.find('.').unwrap_or(text.len());
    (1..whole).filter_map(move |n| {
        let mut bytes = text.clone().into_bytes();
        if bytes[n - 1] == bytes[n] || !bytes[n - 1].is_ascii_digit() {
            return None;
        }
        bytes.swap(n - 1, n);
        String::from_utf8(bytes).ok()?.parse().ok()
    })
}

/// Area of all holes, m².
pub(super) fn holes(shape: &MultiPolygon) -> f64 {
    shape.iter().flat_map(|part| part.interiors()).map(|hole| geodesic::ring_area(&hole.0).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RawShape;
    use crate::read::placing::planar_area;

    fn figures(stated: f64) -> Figures {
        Figures {
            stated,
            geodesic: 14_294.42,
            planar: None,
            holes: 2_000.0,
            place: Coord { x: 121.5, y: 31.2 },
            floor: Some(40_000.0),
        }
    }

    #[test]
    fn each_cause_is_told_from_the_numbers() {
        let cause = |stated: f64| Cause::of(&figures(stated)).map(|cause| cause.text().en);
        assert_eq!(cause(21.44).unwrap(), "mu");
        assert_eq!(cause(1.4294).unwrap(), "hectares");
        assert_eq!(cause(153_864.0).unwrap(), "square feet");
        assert_eq!(cause(9_529_613.0).unwrap(), "m² that were converted as if they were mu");
        assert_eq!(cause(16_294.4).unwrap(), "the area with the holes filled");
        assert_eq!(cause(12_294.4).unwrap(), "the area with the holes taken off twice");
        assert_eq!(cause(40_010.0).unwrap(), "the floor area");
        assert_eq!(cause(142_944.2).unwrap(), "a decimal point 1 place too far to the right");
        assert_eq!(cause(41_294.42).unwrap(), "two digits exchanged");
        assert_eq!(cause(17_900.0), None);
        // No cause where the areas agree, and none that explains less than most of the difference.
        assert_eq!(cause(14_300.0), None);
    }

    /// The oracle is the projection itself, by proj4rs.
    #[test]
    fn areas_in_other_planes_are_those_of_the_projections() {
        use geo::{LineString, Polygon};
        use proj4rs::{Proj, transform::transform};
        let ring: Vec<Coord<f64>> = [(121.3, 31.2), (121.302, 31.2), (121.302, 31.2015), (121.3, 31.2015), (121.3, 31.2)]
            .map(|(x, y)| Coord { x, y })
            .to_vec();
        let geodesic = crate::measure::geodesic_area(&MultiPolygon(vec![Polygon::new(LineString(ring.clone()), vec![])]));
        let planar = |text: &str| {
            let (from, to) =
                (Proj::from_proj_string("+proj=longlat +ellps=GRS80 +no_defs").unwrap(), Proj::from_proj_string(text).unwrap());
            let ring = ring
                .iter()
                .map(|c| {
                    let mut p = (c.x.to_radians(), c.y.to_radians(), 0.0);
                    transform(&from, &to, &mut p).unwrap();
                    Coord { x: p.0, y: p.1 }
                })
                .collect();
            planar_area(&RawShape::Parts(vec![vec![ring]])).unwrap()
        };
        let cases = [
            ("+proj=merc +a=6378137 +b=6378137 +lon_0=0 +k=1 +no_defs", Cause::WebMercator),
            ("+proj=tmerc +lat_0=0 +lon_0=123 +k=1 +x_0=500000 +ellps=GRS80 +no_defs", Cause::Meridian(123)),
            ("+proj=tmerc +lat_0=0 +lon_0=117 +k=1 +x_0=500000 +ellps=GRS80 +no_defs", Cause::Meridian(117)),
        ];
        for (text, expected) in cases {
            let figures = Figures { stated: planar(text), geodesic, planar: None, holes: 0.0, place: ring[0], floor: None };
            assert_eq!(Cause::of(&figures), Some(expected), "{text}: {}", figures.stated / geodesic);
        }
    }
}
