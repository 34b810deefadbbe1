//! How the shapes of one layer lie to each other: overlaps, duplicates, gaps, slivers.
//!
//! Areas are geodesic. Mean width, 2 × area ÷ perimeter, tells a sliver from an overlap; below the width that rounding of
//! coordinates makes there is no finding. Nothing depends on the order of the rows but the row numbers.

mod duplicates;
mod gaps;
mod noding;
mod overlaps;
mod overlay;
mod strips;
mod zones;

use geo::{Coord, MultiPolygon};
use rayon::prelude::*;

use crate::finding::{Code, Detail, Finding, Place, detail};
use crate::locate::tiles::Frame;
use crate::measure::geodesic_area;
use crate::measure::scale::{Scale, mean_width, perimeter};
use crate::model::{Parcels, Source};
use crate::progress::Progress;
use crate::rulebook::Topology;
use crate::units::square_metres;
pub(crate) use duplicates::same_shape;
use overlaps::{Kind, Overlap};
use strips::Widths;
pub use zones::zones;

/// Overlaps of one parcel that have a finding each; the smaller ones beyond share one.
const OVERLAPS_A_PARCEL: usize = 100;
/// Neighbours of a gap that are named.
const NEIGHBOURS: usize = 4;
/// Below this isoperimetric quotient, 4π area ÷ perimeter² (1 for a circle), a shape is thin: a strip of about 1 : 13.
const THIN: f64 = 0.2;

/// A shape of the layer, ready to be compared.
#[derive(Debug, Clone)]
struct Body<'a> {
    row: usize,
    id: &'a str,
    shape: &'a MultiPolygon,
    frame: Frame,
    scale: Scale,
    area_m2: f64,
    perimeter_m: f64,
    vertices: usize,
}

impl<'a> Body<'a> {
    fn new(row: usize, id: &'a str, shape: &'a MultiPolygon) -> Option<Self> {
        let frame = Frame::around(shape.iter().flat_map(|part| part.exterior().coords()))?;
        Some(Self {
            row,
            id,
            shape,
            frame,
            scale: Scale::at(f64::midpoint(frame.min[1], frame.max[1])),
            area_m2: geodesic_area(shape),
            perimeter_m: perimeter(shape),
            vertices: shape
                .iter()
                .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
                .map(|ring| ring.0.len())
                .sum(),
        })
    }

    fn place(&self, at: Option<Coord<f64>>) -> Place {
        Place { source: Source::Parcels, row: Some(self.row), id: Some(self.id.to_owned()), at }
    }

    /// As it is named in the finding of another one.
    fn name(&self) -> Detail {
        detail!("{}（第 {} 行）", "{} (row {})", self.id, self.row + 1)
    }

    fn middle(&self) -> Coord<f64> {
        Coord { x: f64::midpoint(self.frame.min[0], self.frame.max[0]), y: f64::midpoint(self.frame.min[1], self.frame.max[1]) }
    }
}

/// What is wrong with how parcels lie to each other; findings in ascending order of id. Widths and areas below which there is
/// none are the rulebook's.
#[must_use]
pub fn parcels(parcels: &Parcels, rules: &Topology, progress: &dyn Progress) -> Vec<Finding> {
    let step = progress.step("check topology", Some(parcels.shapes.len() as u64));
    let bodies = bodies(parcels);
    let mut findings = slivers(&bodies, rules);
    let first = duplicates::first_of_each(&bodies.iter().map(|body| body.shape).collect::<Vec<_>>());
    for (n, first) in first.iter().enumerate().filter(|(n, first)| n != *first) {
        findings.extend(duplicate(&bodies[*first], &bodies[n]));
    }
    let distinct: Vec<Body<'_>> =
        bodies.iter().zip(&first).enumerate().filter(|(n, (_, first))| n == *first).map(|(_, (body, _))| body.clone()).collect();
    let all_pairs = overlap_findings(&distinct, rules, &|n| step.advance(n), &mut findings);
    // The outline of a heap of shapes has as many corners as there are pairs.
    if all_pairs {
        gap_findings(&distinct, rules, &mut findings);
    }
    findings.sort_by(|a, b| (&a.place.id, a.code, a.place.row, &a.detail).cmp(&(&b.place.id, b.code, b.place.row, &b.detail)));
    findings
}

/// The usable shapes in ascending order of id; those of one id by where they begin and how large they are.
fn bodies(parcels: &Parcels) -> Vec<Body<'_>> {
    let mut bodies: Vec<Body<'_>> = parcels
        .shapes
        .par_iter()
        .enumerate()
        .filter_map(|(row, shape)| Body::new(row, &parcels.ids[row], shape.as_ref()?))
        .collect();
    // The areas of copies differ in their last bits with the vertex they begin with.
    let area = |body: &Body<'_>| (body.area_m2 * 1e6).round();
    bodies.par_sort_by(|a, b| {
        a.id.cmp(b.id)
            .then_with(|| a.frame.min[0].total_cmp(&b.frame.min[0]))
            .then_with(|| a.frame.min[1].total_cmp(&b.frame.min[1]))
            .then_with(|| area(a).total_cmp(&area(b)))
    });
    bodies
}

/// Parcels that are slivers themselves: thin and narrow, or next to nothing.
fn slivers(bodies: &[Body<'_>], rules: &Topology) -> Vec<Finding> {
    let sliver = |body: &Body<'_>| {
        let width = mean_width(body.area_m2, body.perimeter_m);
        let quotient = 4.0 * std::f64::consts::PI * body.area_m2 / (body.perimeter_m * body.perimeter_m);
        let thin = quotient < THIN && width < rules.parcel_min_width_m;
        (thin || body.area_m2 < rules.overlap_min_m2).then(|| {
            let detail = detail!("{:.2} m²，平均宽 {width:.2} m", "{:.2} m², {width:.2} m wide on the mean", body.area_m2);
            Finding::new(Code::ShapeSliver, body.place(Some(body.middle())), detail)
        })
    };
    bodies.iter().filter_map(sliver).collect()
}

/// Under one id it is no more than [`Code::DuplicateId`].
fn duplicate(first: &Body<'_>, second: &Body<'_>) -> Option<Finding> {
    let Detail { zh, en } = first.name();
    let detail = detail!("与 {zh}相同", "that of {en}");
    (first.id != second.id).then(|| Finding::new(Code::ShapeDuplicate, second.place(Some(second.middle())), detail))
}

/// Records the overlaps; false if there were too many to look at all of them.
fn overlap_findings(bodies: &[Body<'_>], rules: &Topology, advance: &(dyn Fn(u64) + Sync), findings: &mut Vec<Finding>) -> bool {
    let overlaps::Overlaps { found, cut_short } = overlaps::overlaps(bodies, rules, advance);
    let (duplicates, overlaps): (Vec<Overlap>, Vec<Overlap>) = found.into_iter().partition(|o| o.kind == Kind::Duplicate);
    // Of three alike the second and the third are each named once, as that of the first.
    let mut named = vec![false; bodies.len()];
    for overlap in duplicates {
        if !std::mem::replace(&mut named[overlap.second], true) {
            findings.extend(duplicate(&bodies[overlap.first], &bodies[overlap.second]));
        }
    }
    let (kept, folded) = fold(overlaps, bodies.len());
    findings.extend(kept.iter().map(|overlap| overlap_finding(bodies, overlap)));
    findings.extend(folded.into_iter().map(|Folded { body, count, area_m2, kind }| {
        let code = if kind == Kind::Sliver { Code::OverlapSliver } else { Code::Overlap };
        let detail = detail!(
            "另与 {count} 宗重叠，合计 {area_m2:.2} m²；其中最大的 {OVERLAPS_A_PARCEL} 处各有一条",
            "with {count} more parcels, {area_m2:.2} m² in all; the {OVERLAPS_A_PARCEL} largest overlaps have a finding each"
        );
        Finding::new(code, bodies[body].place(Some(bodies[body].middle())), detail)
    }));
    if cut_short {
        let whole = Place { source: Source::Parcels, row: None, id: None, at: None };
        let detail = detail!(
            "相互重叠的宗地过多，未逐对比较：实际重叠多于所列，也未查找空隙",
            "so many parcels lie on each other that not all pairs were compared: there are more overlaps than listed, and gaps were not sought"
        );
        findings.push(Finding::new(Code::Overlap, whole, detail));
    }
    !cut_short
}

fn overlap_finding(bodies: &[Body<'_>], overlap: &Overlap) -> Finding {
    let (first, second) = (&bodies[overlap.first], &bodies[overlap.second]);
    let Detail { zh, en } = second.name();
    let area = overlap.area_m2;
    if overlap.kind == Kind::Sliver {
        let detail = detail!(
            "与 {zh}重叠 {area:.2} m²，平均宽 {:.3} m",
            "with {en}: {area:.2} m², {:.3} m wide on the mean",
            overlap.width_m
        );
        return Finding::new(Code::OverlapSliver, first.place(overlap.at), detail);
    }
    let smaller = first.area_m2.min(second.area_m2);
    let share = (area / smaller * 100.0).min(100.0);
    let detail =
        detail!("与 {zh}重叠 {area:.2} m²，占较小者的 {share:.1} %", "with {en}: {area:.2} m², {share:.1} % of the smaller");
    Finding::new(Code::Overlap, first.place(overlap.at), detail)
}

/// Overlaps of one parcel that share a finding.
struct Folded {
    body: usize,
    count: usize,
    area_m2: f64,
    /// The worst of them.
    kind: Kind,
}

/// Leaves each parcel its largest overlaps and puts the others together.
fn fold(overlaps: Vec<Overlap>, bodies: usize) -> (Vec<Overlap>, Vec<Folded>) {
    let mut of_body: Vec<Vec<usize>> = vec![Vec::new(); bodies];
    for (n, overlap) in overlaps.iter().enumerate() {
        of_body[overlap.first].push(n);
        of_body[overlap.second].push(n);
    }
    let mut crowded: Vec<usize> = (0..bodies).filter(|body| of_body[*body].len() > OVERLAPS_A_PARCEL).collect();
    crowded.sort_by_key(|body| (std::cmp::Reverse(of_body[*body].len()), *body));
    let mut gone = vec![false; overlaps.len()];
    let mut folded = Vec::new();
    for body in crowded {
        let mut own: Vec<usize> = of_body[body].iter().copied().filter(|n| !gone[*n]).collect();
        own.sort_by(|a, b| overlaps[*b].area_m2.total_cmp(&overlaps[*a].area_m2).then(a.cmp(b)));
        let rest = own.get(OVERLAPS_A_PARCEL..).unwrap_or_default();
        if let Some(kind) = rest.iter().map(|n| overlaps[*n].kind).min() {
            let area_m2 = rest.iter().map(|n| overlaps[*n].area_m2).sum();
            folded.push(Folded { body, count: rest.len(), area_m2, kind });
        }
        rest.iter().for_each(|n| gone[*n] = true);
    }
    let kept = overlaps.into_iter().zip(gone).filter(|(_, gone)| !gone).map(|(overlap, _)| overlap).collect();
    (kept, folded)
}

fn gap_findings(bodies: &[Body<'_>], rules: &Topology, findings: &mut Vec<Finding>) {
    let shapes: Vec<&MultiPolygon> = bodies.iter().map(|body| body.shape).collect();
    let enclosed = gaps::enclosed(&shapes, rules.rounding_width_m, square_metres(rules.gap_max_mu));
    for gap in gaps::gaps(&shapes, &enclosed, rules.rounding_width_m) {
        let (area, width) = (gap.piece.area_m2, gap.piece.width_m());
        let names: Vec<&str> = gap.beside.iter().take(NEIGHBOURS).map(|n| bodies[*n].id).collect();
        let all = gap.beside.len();
        let more = all.saturating_sub(NEIGHBOURS);
        let more = if more > 0 { detail!(" 等 {all} 宗", " and {more} more") } else { Detail::default() };
        let wide = width >= rules.sliver_width_m && area >= rules.overlap_min_m2;
        let (code, width) = if wide {
            (Code::Gap, Detail::default())
        } else {
            (Code::GapSliver, detail!("，平均宽 {width:.3} m", ", {width:.3} m wide on the mean"))
        };
        let place = match gap.beside.first() {
            Some(first) => bodies[*first].place(gap.piece.inside()),
            None => Place { source: Source::Parcels, row: None, id: None, at: gap.piece.inside() },
        };
        let size = Detail::from(format!("{area:.2} m²")).and(&width);
        let beside = detail!("，相邻宗地：{}", ", between {}", names.join(", ")).and(&more);
        findings.push(Finding::new(code, place, size.and(&beside)));
    }
    let widths = Widths { rounding_m: rules.rounding_width_m, widest_m: rules.sliver_width_m };
    for strip in strips::strips(&shapes, widths, &enclosed) {
        let [first, second] = strip.between.map(|n| &bodies[n]);
        let between = detail!("，相邻宗地：{}, {}", ", between {}, {}", first.id, second.id);
        let detail = strip.text().and(&between);
        findings.push(Finding::new(Code::GapSliver, first.place(Some(strip.at)), detail));
    }
}

#[cfg(test)]
mod tests;
