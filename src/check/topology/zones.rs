//! How districts and parks lie to each other.

use geo::MultiPolygon;
use rayon::prelude::*;

use super::overlay::Piece;
use super::strips::{self, Widths};
use super::{gaps, overlaps};
use crate::finding::{Code, Finding, Place, detail};
use crate::locate::tiles::Frame;
use crate::model::{Source, Zone, Zones};

/// Below this two zones share, or leave open, nothing but numerical dust, m².
const DUST_M2: f64 = 1.0;
/// District boundaries are digitised to some metres: what is narrower on the mean is a sliver, m.
const SLIVER_M: f64 = 5.0;
/// Two districts that face each other at no more than this leave out a strip of ground; farther apart lies a water that nobody has, m.
const STRIP_M: f64 = 100.0;
/// Vertices of two districts closer than this are one, m.
const ROUNDING_M: f64 = 0.01;

/// Zones that overlap, and gaps between districts. Slivers of either kind share one finding. Parks are islands and have no gaps
/// between them; layout zones may lie on each other, so there is nothing to find.
#[must_use]
pub fn zones(zones: &Zones, source: Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source != Source::Layout {
        overlap_findings(&zones.0, source, &mut findings);
    }
    if source == Source::Districts {
        gap_findings(&zones.0, source, &mut findings);
    }
    findings
}

fn overlap_findings(zones: &[Zone], source: Source, findings: &mut Vec<Finding>) {
    let frames: Vec<Option<Frame>> =
        zones.iter().map(|zone| Frame::around(zone.shape.iter().flat_map(|part| part.exterior().coords()))).collect();
    let meet = |a: usize, b: usize| matches!((&frames[a], &frames[b]), (Some(a), Some(b)) if a.meets(b));
    let pairs: Vec<(usize, usize)> =
        (0..zones.len()).flat_map(|a| (a + 1..zones.len()).map(move |b| (a, b))).filter(|(a, b)| meet(*a, *b)).collect();
    let shared: Vec<Vec<Piece>> = pairs.par_iter().map(|(a, b)| overlaps::shared(&zones[*a].shape, &zones[*b].shape)).collect();
    let mut slivers = Slivers::default();
    for ((a, b), pieces) in pairs.into_iter().zip(shared) {
        let (wide, narrow): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(is_wide);
        slivers.add(&narrow);
        if let Some(largest) = wide.iter().max_by(|x, y| x.area_m2.total_cmp(&y.area_m2)) {
            let area: f64 = wide.iter().map(|piece| piece.area_m2).sum();
            let place = Place { source, row: None, id: Some(zones[a].id.clone()), at: largest.inside() };
            findings.push(Finding::new(
                Code::ZonesOverlap,
                place,
                detail!("与 {} 重叠 {area:.2} m²", "with {}: {area:.2} m²", zones[b].id),
            ));
        }
    }
    findings.extend(slivers.finding(Code::ZonesOverlap, source));
}

fn gap_findings(zones: &[Zone], source: Source, findings: &mut Vec<Finding>) {
    let shapes: Vec<&MultiPolygon> = zones.iter().map(|zone| &zone.shape).collect();
    let mut slivers = Slivers::default();
    let enclosed = gaps::enclosed(&shapes, ROUNDING_M, f64::INFINITY);
    for gap in gaps::gaps(&shapes, &enclosed, ROUNDING_M) {
        if !is_wide(&gap.piece) {
            slivers.add(std::slice::from_ref(&gap.piece));
            continue;
        }
        let names: Vec<&str> = gap.beside.iter().map(|zone| zones[*zone].id.as_str()).collect();
        let place = Place { source, row: None, id: names.first().map(|id| (*id).to_owned()), at: gap.piece.inside() };
        let detail = detail!("{:.2} m²，相邻：{}", "{:.2} m², between {}", gap.piece.area_m2, names.join(", "));
        findings.push(Finding::new(Code::ZonesGap, place, detail));
    }
    findings.extend(slivers.finding(Code::ZonesGap, source));
    for strip in strips::strips(&shapes, Widths { rounding_m: SLIVER_M, widest_m: STRIP_M }, &enclosed) {
        let [first, second] = strip.between.map(|n| zones[n].id.as_str());
        let place = Place { source, row: None, id: Some(first.to_owned()), at: Some(strip.at) };
        findings.push(Finding::new(
            Code::ZonesGap,
            place,
            strip.text().and(&detail!("，相邻：{first}, {second}", ", between {first}, {second}")),
        ));
    }
}

fn is_wide(piece: &Piece) -> bool {
    piece.area_m2 >= DUST_M2 && piece.width_m() >= SLIVER_M
}

/// Pieces too narrow for a finding of their own.
#[derive(Default)]
struct Slivers {
    count: usize,
    area_m2: f64,
    largest: Option<Piece>,
}

impl Slivers {
    fn add(&mut self, pieces: &[Piece]) {
        for piece in pieces.iter().filter(|piece| piece.area_m2 >= DUST_M2) {
            self.count += 1;
            self.area_m2 += piece.area_m2;
            if self.largest.as_ref().is_none_or(|largest| piece.area_m2 > largest.area_m2) {
                self.largest = Some(piece.clone());
            }
        }
    }

    fn finding(self, code: Code, source: Source) -> Option<Finding> {
        let largest = self.largest?;
        let detail = detail!(
            "{} 处宽不足 {SLIVER_M} m 的细条，合计 {:.2} m²，最大 {:.2} m²",
            "{} slivers narrower than {SLIVER_M} m, {:.2} m² in all, the largest {:.2} m²",
            self.count,
            self.area_m2,
            largest.area_m2
        );
        Some(Finding::new(code, Place { source, row: None, id: None, at: largest.inside() }, detail))
    }
}
