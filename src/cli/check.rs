//! `mujun check`

use std::path::Path;

use super::Outcome;
use super::args::CheckArgs;
use super::survey::{DEFAULT_RULEBOOK, spec};
use crate::error::{Error, Result};
use crate::examine::{Examination, examine};
use crate::finding::Severity;
use crate::progress::Progress;
use crate::report::{self, Lang};
use crate::rulebook::Rulebook;

pub(super) fn run(args: &CheckArgs, lang: Lang, progress: &dyn Progress) -> Result<Outcome> {
    if let Some(out) = &args.out {
        refuse(out, args)?;
    }
    let spec = spec(&args.inputs)?;
    let rulebook = args.inputs.rulebook.as_deref().or(spec.rulebook.as_deref()).unwrap_or(DEFAULT_RULEBOOK);
    let found = examine(&spec, &Rulebook::open(rulebook)?, progress)?;
    if let Some(out) = &args.out {
        write(&found, lang, out)?;
    }
    super::print(report::findings_summary(&found, lang).as_bytes())?;
    if let Some(out) = &args.out {
        super::print(format!("\n{} {}\n", lang.pick("已写入", "written to"), out.display()).as_bytes())?;
    }
    let failed = found.findings.iter().any(|finding| finding.code.severity() >= Severity::Error);
    Ok(if failed { Outcome::CheckFailed } else { Outcome::Done })
}

fn is(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}

fn refuse(out: &Path, args: &CheckArgs) -> Result<()> {
    if !is(out, "xlsx") && !is(out, "csv") {
        return Err(Error::new("findings are written as .xlsx or .csv").in_file(out).remedy("end the name with one of them"));
    }
    if out.exists() && !args.overwrite {
        return Err(Error::new("exists").in_file(out).remedy("choose another name, or add --overwrite"));
    }
    let inputs = spec(&args.inputs)?;
    let same = |path: &Path| std::fs::canonicalize(path).ok().is_some_and(|path| std::fs::canonicalize(out).ok() == Some(path));
    if inputs.inputs().any(|input| same(&input.path)) {
        return Err(Error::new("is an input; inputs are never written to").in_file(out).remedy("choose another name"));
    }
    Ok(())
}

fn write(found: &Examination, lang: Lang, out: &Path) -> Result<()> {
    if is(out, "csv") { report::findings_csv(&found.findings, lang, out) } else { report::annotated(found, lang, out) }
}
