//! Layers that lie beside their true place, in the coordinates of map services or in another system than is said, told by the borders
//! they share with others.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::Crs;
use super::coincidence::{Edges, Evidence, VERTICES, Vertices};
use super::diagnose::{Diagnosis, Setting, system_code, told};
use super::looked::{Looked, rings};
use super::readings::{Reading, sample};
use super::shift::Shift;
use super::turn::{Turn, hypotheses};
use crate::finding::{Code, Detail, detail};

/// A layer that lies beside its true place.
struct Displaced<'t> {
    /// Which, among the layers.
    layer: usize,
    /// The layer whose borders show it.
    beside: usize,
    turn: &'t Turn,
    evidence: &'t Evidence,
    /// Mean distance of where it stands from its true place, metres east and north.
    offset: (f64, f64),
    /// The other layer stands in the system this one would have: as well the other is the displaced one.
    either: bool,
}

/// Layers displaced by a shift of map services or by a wrong system, by the borders they share with others: one diagnosis a layer.
pub(super) fn displaced(layers: &[&Looked<'_>]) -> Vec<Diagnosis> {
    let known: Vec<(&Looked<'_>, &Crs)> =
        layers.iter().filter_map(|layer| layer.standing.as_ref().map(|crs| (*layer, crs))).collect();
    if known.len() < 2 || !known.iter().any(|(layer, _)| layer.in_china()) {
        return Vec::new();
    }
    let evidence = evidence(&known);
    let mut found: Vec<Displaced<'_>> = evidence.iter().flat_map(|(a, b, evidence)| of(*a, *b, evidence, &known)).collect();
    // What a third layer shows goes before what may be said of two layers alike.
    found.sort_by_key(|one| (one.layer, one.either, Reverse(one.evidence.on_edge)));
    found.dedup_by_key(|one| one.layer);
    let shown: Vec<usize> = found.iter().filter(|one| !one.either).map(|one| one.layer).collect();
    found.retain(|one| !one.either || !shown.contains(&one.beside));
    found.iter().map(|one| one.diagnosis(&known)).collect()
}

/// What stands out between each two layers: the one whose vertices were taken, the one whose edges were.
fn evidence(known: &[(&Looked<'_>, &Crs)]) -> Vec<(usize, usize, Evidence)> {
    let edges_of = |(layer, crs): &(&Looked<'_>, &Crs)| Edges::of(&rings(layer.claim.shapes, |c| crs.geographic(c)));
    let vertices_of = |(layer, crs): &(&Looked<'_>, &Crs)| {
        Vertices::of(sample(layer.claim.shapes, VERTICES).into_iter().flatten().map(|c| crs.geographic(c)).collect())
    };
    let (edges, vertices): (Vec<Option<Edges>>, Vec<Vertices>) =
        rayon::join(|| known.par_iter().map(edges_of).collect(), || known.par_iter().map(vertices_of).collect());
    let mut found = Vec::new();
    for (a, taken) in vertices.iter().enumerate() {
        for (b, edges) in edges.iter().enumerate().filter(|(b, _)| *b != a) {
            let outstanding = edges.as_ref().and_then(|edges| edges.outstanding(taken, &hypotheses(known[a].0, known[b].0)));
            found.extend(outstanding.map(|evidence| (a, b, evidence)));
        }
    }
    found
}

/// What evidence says of the two layers it comes from.
fn of<'t>(a: usize, b: usize, evidence: &'t Evidence, known: &[(&Looked<'_>, &Crs)]) -> impl Iterator<Item = Displaced<'t>> {
    let (east, north) = evidence.offset;
    let sides = [
        (a, b, evidence.hypothesis.vertices.as_ref(), (east, north)),
        (b, a, evidence.hypothesis.edges.as_ref(), (-east, -north)),
    ];
    sides
        .map(|(layer, beside, turn, offset)| {
            let turn = turn?;
            let either = matches!(turn, Turn::Misread { truly, .. } if known[beside].1 == truly);
            Some(Displaced { layer, beside, turn, evidence, offset, either })
        })
        .into_iter()
        .flatten()
}

impl Displaced<'_> {
    fn diagnosis(&self, known: &[(&Looked<'_>, &Crs)]) -> Diagnosis {
        let (claim, beside) = (known[self.layer].0.claim, known[self.beside].0.claim.source);
        let (beside_zh, beside) = (beside.name_zh(), beside.name());
        let Evidence { on_edge, looked_at, tolerance, as_they_stand, chance, residual, .. } = self.evidence;
        let (east, north) = self.offset;
        let (code, condition, moved) = match self.turn {
            Turn::Shifted(shift) => {
                let code = if *shift == Shift::Gcj02 { Code::ShiftGcj } else { Code::ShiftBd };
                (code, detail!("除去 {} 偏移后", "once {} is undone", shift.name()), ("偏移", "shifted by"))
            }
            Turn::Misread { truly, stated } => {
                let reading = Reading { crs: truly.clone(), swapped: false };
                let code = system_code(Some(stated), claim.text, &reading);
                let (Detail { zh, en }, stated) = (told(&reading), stated.name());
                let condition =
                    detail!("数值写明为 {stated}、若实为 {zh}，则", "if its numbers, said to be in {stated}, are {en}");
                (code, condition, ("偏离", "it stands off by"))
            }
        };
        let (Detail { zh: condition_zh, en: condition }, (moved_zh, moved)) = (condition, moved);
        let mut told = detail!(
            "{condition_zh} {looked_at} 个顶点中有 {on_edge} 个落在{beside_zh}边界 {tolerance} m 以内，照现状只有 {as_they_stand} 个（偶然至多 {chance} 个）；平均{moved_zh}东 {east:+.0} m、北 {north:+.0} m；剩余距离中位数 {residual:.2} m",
            "{on_edge} of {looked_at} vertices fall within {tolerance} m of the borders of {beside} {condition}, {as_they_stand} as they stand (chance: {chance} at most); {moved} {east:+.0} m east, {north:+.0} m north on average; median distance left {residual:.2} m"
        );
        if self.either {
            told = told.and(&detail!(
                "；也可能是{beside_zh}有误：没有第三个图层可判断",
                "; or {beside} is the one that is wrong: no third layer tells which of the two"
            ));
        }
        let proposal = Setting { source: claim.source, crs: Some(self.turn.truly()), swap_axes: false };
        Diagnosis { source: claim.source, code, detail: told, proposal: (!self.either).then_some(proposal) }
    }
}
