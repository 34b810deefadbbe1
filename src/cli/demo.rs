//! `mujun demo`: the sample city, then the same survey as any other.

use super::args::DemoArgs;
use crate::error::Result;
use crate::progress::Progress;
use crate::read::spec::SurveySpec;
use crate::report::{Format, Lang, Output};

pub(super) fn run(args: DemoArgs, lang: Lang, progress: &dyn Progress) -> Result<()> {
    super::sample::write(&args.out, &super::sample::CITY, progress)?;
    let described_by = args.out.join("survey.toml");
    let spec = SurveySpec::open(&described_by)?;
    let output = Output { folder: args.out.join("out"), formats: Format::ALL.to_vec(), lang, overwrite: true };
    super::survey::survey(&spec, Some(described_by), spec.rulebook.as_deref(), &output, progress)
}
