//! `mujun compare`

use std::path::Path;

use super::args::CompareArgs;
use crate::compare::compare;
use crate::error::{Error, Result};
use crate::report::{self, Lang};
use crate::rulebook::Rulebook;
use crate::surveyed::Surveyed;

pub(super) fn run(args: &CompareArgs, lang: Lang) -> Result<()> {
    if let Some(out) = &args.out {
        refuse(out, args.overwrite)?;
    }
    let before = Surveyed::open(&args.before)?;
    let after = match (&args.after, &args.rulebook) {
        (Some(folder), _) => Surveyed::open(folder)?,
        (None, Some(rulebook)) => before.by(Rulebook::open(rulebook)?)?,
        (None, None) => return Err(Error::new("there is nothing to compare with").remedy("name another folder, or --rulebook")),
    };
    let found = compare(&before, &after);
    if let Some(out) = &args.out {
        report::comparison_table(&found, (&before, &after), lang, out)?;
    }
    if args.json {
        return super::print(report::comparison_json(&found, (&before, &after))?.as_bytes());
    }
    super::print(report::comparison_summary(&found, (&before, &after), lang).as_bytes())?;
    match &args.out {
        Some(out) => super::print(format!("\n{} {}\n", lang.pick("已写入", "written to"), out.display()).as_bytes()),
        None => Ok(()),
    }
}

fn refuse(out: &Path, overwrite: bool) -> Result<()> {
    if !["xlsx", "csv"].iter().any(|known| out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(known))) {
        return Err(Error::new("a comparison is written as .xlsx or .csv").in_file(out).remedy("end the name with one of them"));
    }
    if out.exists() && !overwrite {
        return Err(Error::new("exists").in_file(out).remedy("choose another name, or add --overwrite"));
    }
    Ok(())
}
