//! Areas side by side: the stated one against the shape's, the floor area against the parcel.

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::CheckedParcels;
use super::causes::{self, Cause, Figures};
use crate::finding::{Code, Detail, Finding, Place, detail};
use crate::measure::Areas;
use crate::model::Source;
use crate::rulebook::Rulebook;

/// From this share of the comparable rows on one cause is the layer's, not the rows'.
const THROUGHOUT: f64 = 0.6;
/// The same for differences that no row would be told of.
const NEARLY_ALL: f64 = 0.9;
/// Fewer rows than this are no habit.
const FEWEST: usize = 5;
/// What nearly all rows have in common is told from this relative difference on: areas in the plane of the right 3-degree zone differ by
/// 0.0007 at most (1.5° from the meridian, 18° N), rounding by less on the mean.
const SLIGHT: f64 = 1e-3;

/// Records stated areas and floor areas that do not go with the shape. Where most rows are off by one cause, one finding for the
/// layer stands for those rows and says how many they are.
pub fn areas(
    checked: &CheckedParcels,
    stated: &[Option<f64>],
    areas: &Areas,
    table: &DataFrame,
    rulebook: &Rulebook,
    findings: &mut Vec<Finding>,
) {
    let floor: Vec<Option<f64>> =
        table.column("floor_area_m2").ok().and_then(|c| c.f64().ok()).map(|c| c.iter().collect()).unwrap_or_default();
    let place =
        |row: usize| Place { source: Source::Parcels, row: Some(row), id: Some(checked.parcels.ids[row].clone()), at: None };
    for (row, measured) in areas.geodesic_m2.iter().enumerate() {
        if let (Some(floor), Some(measured)) = (floor.get(row).copied().flatten(), measured)
            && floor / measured > rulebook.floor_area_ratio_limit
        {
            findings.push(Finding::new(
                Code::FloorArea,
                place(row),
                detail!("为宗地面积的 {:.1} 倍", "{:.1} times the parcel", floor / measured),
            ));
        }
    }
    for (row, (statutory, geodesic)) in areas.statutory_m2.iter().zip(&areas.geodesic_m2).enumerate() {
        if let (Some(statutory), Some(geodesic)) = (statutory, geodesic)
            && (statutory / geodesic - 1.0).abs() > rulebook.area_formula_tolerance
        {
            let by = (statutory / geodesic - 1.0).abs();
            let detail = detail!(
                "椭球面积 {statutory:.2} m²，测地面积 {geodesic:.2} m²：相差 {by:.1e}",
                "statutory {statutory:.2} m², geodesic {geodesic:.2} m²: they differ by {by:.1e}"
            );
            findings.push(Finding::new(Code::AreaFormula, place(row), detail));
        }
    }
    let mut figures = figures(checked, stated, areas, &floor);
    let comparable = figures.len();
    let common = common(&figures, rulebook.area_tolerance);
    if let Some(common) = common {
        let of_rows: Vec<f64>;
        (of_rows, figures) = set_aside(figures, common, rulebook.area_tolerance);
        let whole = Place { source: Source::Parcels, row: None, id: None, at: None };
        findings.push(Finding::new(Code::AreaCause, whole, cause_detail(common, of_rows, comparable)));
    }
    findings.extend(figures.iter().filter(|(_, figures)| off(figures) > rulebook.area_tolerance).map(|(row, figures)| {
        let statutory = areas.statutory_m2[*row];
        Finding::new(Code::AreaStated, place(*row), row_detail(figures, statutory, common))
    }));
}

/// Relative difference of stated and geodesic area.
fn off(figures: &Figures) -> f64 {
    (figures.stated / figures.geodesic - 1.0).abs()
}

/// The rows with both a positive stated area and a shape, with their figures.
fn figures(checked: &CheckedParcels, stated: &[Option<f64>], areas: &Areas, floor: &[Option<f64>]) -> Vec<(usize, Figures)> {
    let planar = |row: usize| checked.planar_m2.as_ref().and_then(|areas| areas.get(row).copied().flatten());
    checked
        .parcels
        .shapes
        .par_iter()
        .enumerate()
        .filter_map(|(row, shape)| {
            let shape = shape.as_ref()?;
            Some((
                row,
                Figures {
                    stated: stated.get(row).copied().flatten().filter(|x| x.is_finite())?,
                    geodesic: areas.geodesic_m2[row]?,
                    planar: planar(row),
                    holes: causes::holes(shape),
                    place: *shape.0.first()?.exterior().0.first()?,
                    floor: floor.get(row).copied().flatten().filter(|x| *x > 0.0),
                },
            ))
        })
        .collect()
}

/// The cause that most rows have in common; below the tolerance, that nearly all have, were it only a factor.
fn common(figures: &[(usize, Figures)], tolerance: f64) -> Option<Cause> {
    let beyond = |least: f64| figures.iter().map(|(_, f)| *f).filter(|f| off(f) > least).collect::<Vec<Figures>>();
    #[allow(clippy::cast_precision_loss)]
    let is_habit = |rows: usize, share: f64| rows >= FEWEST && rows as f64 >= share * figures.len() as f64;
    let told = beyond(tolerance);
    if is_habit(told.len(), THROUGHOUT)
        && let Some((cause, rows)) = likeliest(Cause::candidates(told.iter()), &told, tolerance)
        && is_habit(rows, THROUGHOUT)
    {
        return Some(cause);
    }
    let slight = beyond(SLIGHT.min(tolerance));
    if !is_habit(slight.len(), NEARLY_ALL) {
        return None;
    }
    let mut ratios: Vec<f64> = slight.iter().map(|f| f.stated / f.geodesic).filter(|ratio| *ratio > 0.0).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let factor = ratios.get(ratios.len() / 2).map(|ratio| Cause::Factor(*ratio));
    // A factor that is taken from the rows themselves would fit better than any cause.
    [Cause::candidates(slight.iter()), factor.into_iter().collect()]
        .into_iter()
        .filter_map(|causes| likeliest(causes, &slight, tolerance))
        .find(|(_, rows)| is_habit(*rows, NEARLY_ALL))
        .map(|(cause, _)| cause)
}

/// The cause that explains most rows, and how many; of equal ones that which comes nearest, or else the first.
fn likeliest(causes: Vec<Cause>, rows: &[Figures], tolerance: f64) -> Option<(Cause, usize)> {
    let counted: Vec<(Cause, usize)> = causes
        .into_iter()
        .map(|cause| {
            (cause, rows.par_iter().filter(|figures| cause.fits_among_others(figures, layer_tolerance(tolerance))).count())
        })
        .collect();
    let most = counted.iter().map(|(_, rows)| *rows).max()?;
    let residual = |cause: Cause| -> f64 { rows.iter().filter_map(|figures| cause.residual(figures)).map(|x| x.min(1.0)).sum() };
    let equal = counted.into_iter().filter(|(_, rows)| *rows == most).map(|(cause, rows)| (cause, rows, residual(cause)));
    equal.reduce(|best, next| if next.2 < best.2 { next } else { best }).map(|(cause, rows, _)| (cause, rows))
}

/// Once a cause is taken out, a row may differ as much as any stated area may.
fn layer_tolerance(tolerance: f64) -> f64 {
    tolerance.max(causes::PROOF)
}

/// The ratios stated ÷ measured of the rows with this cause, and the other rows.
fn set_aside(rows: Vec<(usize, Figures)>, cause: Cause, tolerance: f64) -> (Vec<f64>, Vec<(usize, Figures)>) {
    let (with, without): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, figures)| cause.fits_among_others(figures, layer_tolerance(tolerance)));
    (with.iter().map(|(_, f)| f.stated / f.geodesic).collect(), without)
}

fn cause_detail(cause: Cause, mut ratios: Vec<f64>, comparable: usize) -> Detail {
    ratios.sort_unstable_by(f64::total_cmp);
    let (least, most) = (ratios.first().copied().unwrap_or_default(), ratios.last().copied().unwrap_or_default());
    let (rows, middle, least, most) = (ratios.len(), figure(ratios[ratios.len() / 2]), figure(least), figure(most));
    let (Detail { zh, en }, code) = (cause.text(), Code::AreaStated.name());
    detail!(
        "{comparable} 个登记面积中的 {rows} 个：像是{zh}；登记为图形面积的 {middle} 倍（中位数），{least} 至 {most}；这些行不再逐行报 {code}",
        "{rows} of {comparable} stated areas: it looks like {en}; stated is {middle} times the shape's in the middle, {least} to {most}; these rows have no {code} each"
    )
}

/// Five digits or so.
fn figure(x: f64) -> String {
    if x >= 1000.0 {
        format!("{x:.0}")
    } else if x >= 0.1 {
        format!("{x:.4}")
    } else {
        format!("{x:.4e}")
    }
}

/// The areas of a row and what they look like. Where the layer has a common factor, it is taken out first: the row has some other
/// fault beside.
fn row_detail(figures: &Figures, statutory: Option<f64>, common: Option<Cause>) -> Detail {
    let mut told = detail!("登记 {:.2} m²，图形 {:.2} m²", "stated {:.2} m², shape {:.2} m²", figures.stated, figures.geodesic);
    for (zh, en, area) in [("椭球面积", "statutory", statutory), ("平面面积", "planar", figures.planar)] {
        told = area.map(|area| detail!("，{zh} {area:.2}", ", {en} {area:.2}")).iter().fold(told, Detail::and);
    }
    let mut left = *figures;
    if let Some((common, factor)) = common.and_then(|common| Some((common, common.factor()?))) {
        left.stated /= factor;
        let Detail { zh, en } = common.text();
        told = told.and(&detail!(
            "；同多数一样视为{zh}，则为 {:.2} m²",
            "; taken as {en}, as most are, it is {:.2} m²",
            left.stated
        ));
    }
    if let Some(cause) = Cause::of(&left) {
        told = told.and(&Detail::new("；像是", "; it looks like ")).and(&cause.text());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure;
    use crate::model::Parcels;
    use geo::{LineString, MultiPolygon, Polygon};
    use polars::df;

    fn found(rows: u32, state: impl Fn(u32, f64) -> f64) -> Vec<Finding> {
        found_beyond(None, rows, state)
    }

    /// Squares of differing size, each with the area `state` makes of the true one, under a rulebook's tolerance.
    fn found_beyond(tolerance: Option<f64>, rows: u32, state: impl Fn(u32, f64) -> f64) -> Vec<Finding> {
        let square = |n: u32| {
            let (x, y, side) = (121.0 + f64::from(n) * 0.01, 31.0, 0.001 + f64::from(n % 7) * 1e-4);
            let corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
            MultiPolygon(vec![Polygon::new(LineString::from(corners.to_vec()), vec![])])
        };
        let shapes: Vec<_> = (0..rows).map(|n| Some(square(n))).collect();
        let parcels = Parcels { ids: (0..rows).map(|n| format!("P{n:04}")).collect(), shapes };
        let areas = measure::measure(&parcels);
        let stated: Vec<Option<f64>> =
            (0..rows).zip(&areas.geodesic_m2).map(|(n, area)| area.map(|area| state(n, area))).collect();
        let own = df!("x" => stated.clone()).unwrap();
        let checked = CheckedParcels { parcels, own: own.clone(), canonical: own.clone(), findings: Vec::new(), planar_m2: None };
        let mut rulebook = Rulebook::open("shanghai-illustrative").unwrap();
        rulebook.area_tolerance = tolerance.unwrap_or(rulebook.area_tolerance);
        let mut findings = Vec::new();
        super::areas(&checked, &stated, &areas, &own, &rulebook, &mut findings);
        findings
    }

    #[test]
    fn a_layer_stated_in_mu_has_one_finding_that_says_so_and_odd_rows_keep_their_own() {
        let drawn = |n: u32| 1.0 + f64::from(n % 5) * 0.008;
        let findings = found(1000, |n, area| match n {
            0..100 => area,
            100 => area * 3.3,
            101 => area / 2000.0 * 3.0 * 10.0,
            _ => area / 2000.0 * 3.0 * drawn(n),
        });
        let codes: Vec<&str> = findings.iter().map(|f| f.code.name()).collect();
        assert_eq!(codes, ["AREA_CAUSE", "AREA_STATED_DIFFERS", "AREA_STATED_DIFFERS"]);
        assert!(
            findings[0].detail.en.starts_with("898 of 1000 stated areas: it looks like mu; stated is 1.5"),
            "{}",
            findings[0].detail.en
        );
        assert!(!findings[1].detail.en.contains("looks like"), "{}", findings[1].detail.en);
        assert!(
            findings[2].detail.en.ends_with("it looks like a decimal point 1 place too far to the right"),
            "{}",
            findings[2].detail.en
        );
    }

    /// Squares from 121° to 121.5° E, so that no factor fits all of them: only the meridian does. The factors are those of the series
    /// (1 + ½ l² cos²B (1 + η²))² worked by hand for 31.05° N.
    #[test]
    fn a_neighbouring_zone_is_told_once_for_the_layer_below_the_tolerance_and_above() {
        let planar = |meridian: f64| {
            move |n: u32, area: f64| {
                let l = (121.0 + f64::from(n) * 0.01 - meridian).to_radians() * 31.05f64.to_radians().cos();
                (area * (1.0 + l * l / 2.0 * 1.00495).powi(2) * 100.0).round() / 100.0
            }
        };
        for tolerance in [0.05, 0.001] {
            for meridian in [117.0, 126.0] {
                let findings = found_beyond(Some(tolerance), 50, planar(meridian));
                let expected =
                    format!("50 of 50 stated areas: it looks like the planar area on the central meridian {meridian}°");
                assert!(findings.len() == 1 && findings[0].detail.en.starts_with(&expected), "{tolerance} {findings:#?}");
            }
        }
        assert!(found(50, planar(120.0)).iter().all(|f| f.code != Code::AreaCause), "the right zone");
        assert!(found(50, |_, area| area.round()).is_empty(), "rounded to square metres");
    }

    #[test]
    fn a_factor_without_a_cause_is_told_once_with_its_size_and_the_odd_row_by_itself() {
        for tolerance in [0.05, 0.001] {
            let findings = found_beyond(Some(tolerance), 60, |n, area| area * if n == 7 { 1.3 } else { 1.0011 });
            let codes: Vec<&str> = findings.iter().map(|f| f.code.name()).collect();
            assert_eq!(codes, ["AREA_CAUSE", "AREA_STATED_DIFFERS"], "{tolerance}");
            assert!(
                findings[0].detail.en.contains("59 of 60") && findings[0].detail.en.contains("factor of 1.00110"),
                "{findings:?}"
            );
        }
        assert!(found(60, |n, area| area * (1.0 + 0.001 * f64::from(n % 7))).is_empty(), "no common factor");
    }

    #[test]
    fn below_three_fifths_every_row_is_named() {
        let findings = found(1000, |n, area| if n % 2 == 0 { area / 10_000.0 } else { area });
        assert_eq!(findings.len(), 500);
        assert!(findings.iter().all(|f| f.code == Code::AreaStated && f.detail.en.ends_with("it looks like hectares")));
    }
}
