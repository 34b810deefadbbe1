//! What a layer that was refused for its coordinate system can be: told from its numbers, and from the other layers of the survey.

use std::path::PathBuf;

use super::spec::{CrsSetting, InputSpec, SurveySpec};
use super::{file, system, system_of};
use crate::crs::{Claim, Crs, Diagnosis, diagnose, swap_axes};
use crate::error::Error;
use crate::finding::Code;
use crate::model::{RawShape, Source};

/// The error of a layer whose system is not known, if its numbers fit just one.
pub(super) fn alone(source: Source, shapes: &[RawShape], text: &str) -> Option<Error> {
    told(diagnose(&[Claim { source, shapes, crs: None, text: Some(text) }]), source)
}

/// The same error, or a better one where the other layers show what the refused one is. The files are read again for it.
pub(super) fn compared(error: Error, spec: &SurveySpec) -> Error {
    beside_others(&error, spec).unwrap_or(error)
}

/// A layer as the file has it.
struct Numbers {
    source: Source,
    path: PathBuf,
    shapes: Vec<RawShape>,
    crs: Option<Crs>,
    text: Option<String>,
    refusal: Option<Error>,
}

fn beside_others(error: &Error, spec: &SurveySpec) -> Option<Error> {
    let inputs = [
        (Source::Parcels, Some(&spec.parcels)),
        (Source::Districts, spec.districts.as_ref()),
        (Source::Parks, spec.parks.as_ref()),
        (Source::Layout, spec.layout.as_ref()),
    ];
    let given: Vec<(Source, &InputSpec)> = inputs.into_iter().filter_map(|(source, input)| Some((source, input?))).collect();
    // Only a refused file is worth reading all of them again.
    given.iter().find(|(_, input)| error.file() == Some(&input.path)).filter(|_| given.len() > 1)?;
    let layers: Vec<Numbers> = given.into_iter().filter_map(|(source, input)| numbers(source, input)).collect();
    let refused = layers.iter().find(|layer| layer.refusal.as_ref() == Some(error))?;
    let claims: Vec<Claim<'_>> = layers
        .iter()
        .map(|layer| Claim { source: layer.source, shapes: &layer.shapes, crs: layer.crs.as_ref(), text: layer.text.as_deref() })
        .collect();
    told(diagnose(&claims), refused.source).map(|e| e.in_file(&refused.path))
}

fn numbers(source: Source, input: &InputSpec) -> Option<Numbers> {
    let read = file::open(&input.path, &input.options(), &|_| ()).ok()?;
    let mut shapes = read.shapes?;
    if input.swap_axes {
        swap_axes(&mut shapes);
    }
    let refusal = system_of(source, input, read.crs.as_deref(), &shapes).err();
    let text = match &input.crs {
        Some(CrsSetting::Text(text)) => Some(text.clone()),
        _ => read.crs.clone(),
    };
    let crs = system(input, read.crs.as_deref()).ok().map(|(crs, _)| crs);
    Some(Numbers { source, path: input.path.clone(), shapes, crs, text, refusal })
}

/// What was found about a layer as an error, where it comes with a proposal.
fn told(found: Vec<Diagnosis>, source: Source) -> Option<Error> {
    let found = found.into_iter().find(|diagnosis| diagnosis.source == source)?;
    let remedy = match found.proposal {
        Some(setting) => format!("in survey.toml, set {}", setting.to_string().replace('\n', " and ")),
        None if found.code == Code::CrsContradicted => {
            format!("name its true system as crs under [{}] in survey.toml", source.name())
        }
        None => return None,
    };
    Some(Error::new(found.detail).remedy(remedy))
}
