//! Areas side by side: the stated one against the shape's, the floor area against the parcel.

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::CheckedParcels;
use super::causes::{self, Cause, Figures};
use crate::finding::{Code, Finding, Place};
use crate::measure::Areas;
use crate::model::Source;
use crate::rulebook::Rulebook;

/// From this share of the comparable rows on one cause is the layer's, not the rows'.
const THROUGHOUT: f64 = 0.6;
/// Fewer rows than this are no habit.
const FEWEST: usize = 5;

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
            findings.push(Finding::new(Code::FloorArea, place(row), format!("{:.1} times the parcel", floor / measured)));
        }
    }
    for (row, (statutory, geodesic)) in areas.statutory_m2.iter().zip(&areas.geodesic_m2).enumerate() {
        if let (Some(statutory), Some(geodesic)) = (statutory, geodesic)
            && (statutory / geodesic - 1.0).abs() > rulebook.area_formula_tolerance
        {
            let by = (statutory / geodesic - 1.0).abs();
            let detail = format!("statutory {statutory:.2} m², geodesic {geodesic:.2} m²: they differ by {by:.1e}");
            findings.push(Finding::new(Code::AreaFormula, place(row), detail));
        }
    }
    let figures = figures(checked, stated, areas, &floor);
    let comparable = figures.len();
    let mut off: Vec<(usize, Figures)> =
        figures.into_iter().filter(|(_, f)| (f.stated / f.geodesic - 1.0).abs() > rulebook.area_tolerance).collect();
    let common = throughout(&off, comparable, rulebook.area_tolerance);
    if let Some(common) = common {
        let of_rows: Vec<f64>;
        (of_rows, off) = set_aside(off, common, rulebook.area_tolerance);
        let whole = Place { source: Source::Parcels, row: None, id: None, at: None };
        findings.push(Finding::new(Code::AreaCause, whole, cause_detail(common, of_rows, comparable)));
    }
    findings.extend(off.iter().map(|(row, figures)| {
        let statutory = areas.statutory_m2[*row];
        Finding::new(Code::AreaStated, place(*row), row_detail(figures, statutory, common))
    }));
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

/// The cause that most comparable rows have in common.
fn throughout(off: &[(usize, Figures)], comparable: usize, tolerance: f64) -> Option<Cause> {
    let counted = Cause::candidates(off.iter().map(|(_, figures)| figures)).into_iter().map(|cause| {
        let rows = off.par_iter().filter(|(_, figures)| cause.fits(figures, layer_tolerance(tolerance))).count();
        (cause, rows)
    });
    // The first of equals.
    let (cause, rows) = counted.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    #[allow(clippy::cast_precision_loss)]
    let habit = rows >= FEWEST && rows as f64 >= THROUGHOUT * comparable as f64;
    habit.then_some(cause)
}

/// Once a cause is taken out, a row may differ as much as any stated area may.
fn layer_tolerance(tolerance: f64) -> f64 {
    tolerance.max(causes::PROOF)
}

/// The ratios stated ÷ measured of the rows with this cause, and the other rows.
fn set_aside(off: Vec<(usize, Figures)>, cause: Cause, tolerance: f64) -> (Vec<f64>, Vec<(usize, Figures)>) {
    let (with, without): (Vec<_>, Vec<_>) =
        off.into_iter().partition(|(_, figures)| cause.fits(figures, layer_tolerance(tolerance)));
    (with.iter().map(|(_, f)| f.stated / f.geodesic).collect(), without)
}

fn cause_detail(cause: Cause, mut ratios: Vec<f64>, comparable: usize) -> String {
    ratios.sort_unstable_by(f64::total_cmp);
    let (least, most) = (ratios.first().copied().unwrap_or_default(), ratios.last().copied().unwrap_or_default());
    format!(
        "{} of {comparable} stated areas: it looks like {}; stated is {} times the shape's in the middle, {} to {}; these rows have no {} each",
        ratios.len(),
        cause.text(),
        figure(ratios[ratios.len() / 2]),
        figure(least),
        figure(most),
        Code::AreaStated.name(),
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
fn row_detail(figures: &Figures, statutory: Option<f64>, common: Option<Cause>) -> String {
    let also = [("statutory", statutory), ("planar", figures.planar)]
        .into_iter()
        .filter_map(|(name, area)| Some(format!("{name} {:.2}", area?)))
        .collect::<Vec<_>>();
    let also = if also.is_empty() { String::new() } else { format!(" ({})", also.join(", ")) };
    let mut detail = format!("stated {:.2} m², shape {:.2} m²{also}", figures.stated, figures.geodesic);
    let mut left = *figures;
    if let Some((common, factor)) = common.and_then(|common| Some((common, common.factor()?))) {
        left.stated /= factor;
        detail += &format!("; taken as {}, as most are, it is {:.2} m²", common.text(), left.stated);
    }
    if let Some(cause) = Cause::of(&left) {
        detail += &format!("; it looks like {}", cause.text());
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure;
    use crate::model::Parcels;
    use geo::{LineString, MultiPolygon, Polygon};
    use polars::df;

    /// Squares of differing size, each with the area `state` makes of the true one.
    fn found(rows: u32, state: impl Fn(u32, f64) -> f64) -> Vec<Finding> {
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
        let rulebook = Rulebook::open("shanghai-illustrative").unwrap();
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
            findings[2].detail.en.ends_with("it looks like a decimal point one place too far to the right"),
            "{}",
            findings[2].detail.en
        );
    }

    #[test]
    fn below_three_fifths_every_row_is_named() {
        let findings = found(1000, |n, area| if n % 2 == 0 { area / 10_000.0 } else { area });
        assert_eq!(findings.len(), 500);
        assert!(findings.iter().all(|f| f.code == Code::AreaStated && f.detail.en.ends_with("it looks like hectares")));
    }
}
