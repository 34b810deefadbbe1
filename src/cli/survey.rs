//! `mujun survey`

use std::path::PathBuf;

use super::args::{InputArgs, SurveyArgs};
use crate::error::Result;
use crate::progress::Progress;
use crate::read::Inputs;
use crate::read::spec::{InputSpec, SurveySpec};
use crate::report::{self, Format, Lang, Output};
use crate::rulebook::Rulebook;

/// The rulebook of a survey that names none.
pub(super) const DEFAULT_RULEBOOK: &str = "shanghai-illustrative";

pub(super) fn run(args: SurveyArgs, lang: Lang, progress: &dyn Progress) -> Result<()> {
    let output = Output {
        folder: args.out.clone(),
        formats: args.output.formats.iter().map(|f| Format::from(*f)).collect(),
        lang,
        overwrite: args.output.overwrite,
    };
    let spec = spec(&args.inputs)?;
    let described_by = args.inputs.survey;
    let rulebook = args.inputs.rulebook.or_else(|| spec.rulebook.clone());
    survey(&spec, described_by, rulebook.as_deref(), &output, progress)
}

/// Reads, surveys, writes and prints the summary: what `survey` and `demo` both do.
pub(super) fn survey(
    spec: &SurveySpec,
    described_by: Option<PathBuf>,
    rulebook: Option<&str>,
    output: &Output,
    progress: &dyn Progress,
) -> Result<()> {
    let inputs: Vec<PathBuf> = described_by.into_iter().chain(spec.inputs().map(|input| input.path.clone())).collect();
    report::check_output(output, &inputs)?;
    let rulebook = Rulebook::open(rulebook.unwrap_or(DEFAULT_RULEBOOK))?;
    let survey = crate::survey(Inputs::open(spec, progress)?, rulebook, progress)?;
    let totals = report::totals(&survey);
    let files = report::write(&survey, &totals, output, &inputs, progress)?;
    super::print(report::summary(&survey, &totals, &files, output.lang).as_bytes())?;
    // The process ends here: to free a million shapes one by one would only take time.
    std::mem::forget(survey);
    Ok(())
}

/// The survey that was typed: from `survey.toml` or from flags, with what `--set` changes.
pub(super) fn spec(args: &InputArgs) -> Result<SurveySpec> {
    let mut spec = match &args.survey {
        Some(path) => SurveySpec::open(path)?,
        None => from_flags(args),
    };
    args.set.iter().try_for_each(|setting| spec.set(setting))?;
    Ok(spec)
}

fn from_flags(args: &InputArgs) -> SurveySpec {
    let input = |path: &Option<PathBuf>| path.clone().map(InputSpec::from);
    SurveySpec {
        parcels: input(&args.parcels).unwrap_or_default(),
        enterprises: input(&args.enterprises),
        occupancy: input(&args.occupancy),
        districts: input(&args.districts),
        parks: input(&args.parks),
        layout: input(&args.layout),
        ..SurveySpec::default()
    }
}
