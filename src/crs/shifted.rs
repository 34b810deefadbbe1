//! Layers in the coordinates of map services, told by the borders they share with others.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::Crs;
use super::coincidence::{Edges, VERTICES, Vertices};
use super::diagnose::{Diagnosis, Setting};
use super::looked::{Looked, rings};
use super::readings::sample;
use super::shift::Shift;
use crate::finding::Code;

/// Layers shifted as map services shift, by the borders they share with others.
pub(super) fn shifts(layers: &[&Looked<'_>]) -> Vec<Diagnosis> {
    let known: Vec<(&Looked<'_>, &Crs)> =
        layers.iter().filter_map(|layer| layer.standing.as_ref().map(|crs| (*layer, crs))).collect();
    if known.len() < 2 || !known.iter().any(|(layer, _)| layer.in_china()) {
        return Vec::new();
    }
    let edges_of = |(layer, crs): &(&Looked<'_>, &Crs)| Edges::of(&rings(layer.claim.shapes, |c| crs.geographic(c)));
    let vertices_of = |(layer, crs): &(&Looked<'_>, &Crs)| {
        Vertices::of(sample(layer.claim.shapes, VERTICES).into_iter().flatten().map(|c| crs.geographic(c)).collect())
    };
    let (edges, vertices): (Vec<Option<Edges>>, Vec<Vertices>) =
        rayon::join(|| known.par_iter().map(edges_of).collect(), || known.par_iter().map(vertices_of).collect());
    let mut found: Vec<(usize, usize, Diagnosis)> = Vec::new();
    for (a, taken) in vertices.iter().enumerate() {
        for (b, edges) in edges.iter().enumerate().filter(|(b, _)| *b != a) {
            let Some(evidence) = edges.as_ref().and_then(|edges| edges.shift_of(taken)) else { continue };
            let sides = [(a, b, evidence.hypothesis.vertices, 1.0), (b, a, evidence.hypothesis.edges, -1.0)];
            for (layer, other, shift, sign) in sides {
                let Some(shift) = shift else { continue };
                let (source, beside) = (known[layer].0.claim.source, known[other].0.claim.source);
                let (east, north) = (evidence.offset.0 * sign, evidence.offset.1 * sign);
                let detail = format!(
                    "{} of {} vertices fall within {} m of the borders of {} once {} is undone, {} as they stand (chance: {} at most); shifted by {east:+.0} m east, {north:+.0} m north on average; median distance left {:.2} m",
                    evidence.on_edge,
                    evidence.looked_at,
                    evidence.tolerance,
                    beside.name(),
                    shift.name(),
                    evidence.as_they_stand,
                    evidence.chance,
                    evidence.residual
                );
                let code = if shift == Shift::Gcj02 { Code::ShiftGcj } else { Code::ShiftBd };
                found.push((
                    layer,
                    evidence.on_edge,
                    Diagnosis {
                        source,
                        code,
                        detail,
                        proposal: Some(Setting { source, crs: Some(shift.name().to_owned()), swap_axes: false }),
                    },
                ));
            }
        }
    }
    strongest(found)
}

/// One diagnosis a layer: the one with the most evidence.
fn strongest(mut found: Vec<(usize, usize, Diagnosis)>) -> Vec<Diagnosis> {
    found.sort_by_key(|(layer, evidence, _)| (*layer, Reverse(*evidence)));
    found.dedup_by_key(|(layer, ..)| *layer);
    found.into_iter().map(|(.., diagnosis)| diagnosis).collect()
}
