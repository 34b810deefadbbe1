//! `mujun explain`

mod finding;
mod sheet;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::args::ExplainArgs;
use crate::error::{Error, Result};
use crate::explain::{Explainer, Explanation};
use crate::finding::Code;
use crate::report::{self, Lang};
use crate::surveyed::Surveyed;

/// Parcels that are explained before they are printed.
const BATCH: usize = 256;

pub(super) fn run(args: &ExplainArgs, lang: Lang) -> Result<()> {
    match (&args.what, &args.folder) {
        (what, folder) if args.all => several(args, &the_folder(what.as_deref(), folder.as_deref())?, lang),
        (Some(what), Some(folder)) => one(args, what, folder, lang),
        (Some(what), None) => {
            let code = Code::named(what).ok_or_else(|| not_a_code(what))?;
            no_sheet(args)?;
            super::print(finding::page(code, lang).as_bytes())
        }
        (None, _) => {
            no_sheet(args)?;
            super::print(finding::list(lang).as_bytes())
        }
    }
}

/// With --all one place is named: the folder.
fn the_folder(what: Option<&str>, folder: Option<&Path>) -> Result<PathBuf> {
    match (what, folder) {
        (Some(folder), None) => Ok(PathBuf::from(folder)),
        (None, Some(folder)) => Ok(folder.to_path_buf()),
        (Some(what), Some(_)) => {
            Err(Error::new(format!("--all is for every parcel, \"{what}\" names one")).remedy("leave out one of the two"))
        }
        (None, None) => Err(Error::new("no survey folder is named").remedy("mujun explain --all FOLDER -o SHEETS")),
    }
}

fn not_a_code(what: &str) -> Error {
    if Path::new(what).is_dir() {
        return Error::new("is a folder; which parcel of it is to be explained?")
            .in_file(what)
            .remedy(format!("mujun explain PARCEL {what}, or mujun explain --all {what}"));
    }
    finding::unknown(what)
}

/// Findings have no sheets and no JSON.
fn no_sheet(args: &ExplainArgs) -> Result<()> {
    if args.json || args.out.is_some() {
        return Err(Error::new("--json and --out are for a parcel of a survey").remedy("mujun explain PARCEL FOLDER --json"));
    }
    Ok(())
}

fn one(args: &ExplainArgs, id: &str, folder: &Path, lang: Lang) -> Result<()> {
    if let Some(out) = &args.out {
        report::sheet_file(out, args.overwrite)?;
    }
    let survey = Surveyed::open(folder)?;
    let row = survey.row(id).map_err(|e| match Code::named(id) {
        Some(code) => Error::new(format!("{} is the code of a finding, no parcel", code.name()))
            .remedy(format!("`mujun explain {}` without a folder shows its page", code.name())),
        None => e,
    })?;
    if let Some(out) = &args.out {
        return sheet::one(&survey, row, out, lang);
    }
    let explanation = Explainer::new(&survey)?.explain(row)?;
    if args.json {
        let text = serde_json::to_string_pretty(&explanation).map_err(|e| Error::new(e.to_string()))?;
        return super::print(format!("{text}\n").as_bytes());
    }
    super::print(report::explained(&explanation, &survey.rulebook, lang).as_bytes())
}

fn several(args: &ExplainArgs, folder: &Path, lang: Lang) -> Result<()> {
    if let Some(out) = &args.out {
        report::sheets_folder(out, args.overwrite)?;
    }
    let survey = Surveyed::open(folder)?;
    let rows = chosen(&survey, args)?;
    if let Some(out) = &args.out {
        return sheet::several(&survey, &rows, out, args.overwrite, lang);
    }
    let explainer = Explainer::new(&survey)?;
    for batch in rows.chunks(BATCH) {
        let explanations = batch.par_iter().map(|row| explainer.explain(*row)).collect::<Result<Vec<Explanation>>>()?;
        for explanation in explanations {
            let text = if args.json {
                serde_json::to_string(&explanation).map_err(|e| Error::new(e.to_string()))?
            } else {
                report::explained(&explanation, &survey.rulebook, lang)
            };
            super::print(format!("{text}\n").as_bytes())?;
        }
    }
    Ok(())
}

/// The rows of the parcels that were asked for, in the order of their ids.
fn chosen(survey: &Surveyed, args: &ExplainArgs) -> Result<Vec<usize>> {
    let mut known = survey.rulebook.grades();
    known.push(crate::rulebook::NOT_ASSESSABLE.to_owned());
    if let Some(grade) = args.grade.iter().find(|grade| !known.contains(grade)) {
        return Err(
            Error::new(format!("the rulebook has no grade \"{grade}\"")).remedy(format!("there are: {}", known.join(", ")))
        );
    }
    let wanted = |row: &usize| {
        (args.grade.is_empty() || args.grade.contains(&survey.grading.grade[*row]))
            && (!args.listed || survey.listing.listed[*row])
    };
    let mut rows: Vec<usize> = (0..survey.ids.len()).filter(wanted).collect();
    rows.sort_by(|a, b| survey.ids[*a].cmp(&survey.ids[*b]).then(a.cmp(b)));
    Ok(rows)
}
