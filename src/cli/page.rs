//! `mujun parks`, `mujun layout`: pages about the plan, from the folder of a survey.

use super::Outcome;
use super::args::PageArgs;
use crate::error::{Error, Result};
use crate::page::{Page, Verdict};
use crate::plan;
use crate::report::{self, Lang};
use crate::seeds::Seeds;
use crate::survey::Survey;
use crate::surveyed::Surveyed;

/// Opens the folder, makes the page and shows it. The check that was asked for fails where the page falls short or cannot be told.
pub(super) fn run(args: &PageArgs, lang: Lang, make: impl Fn(&Survey, &Seeds, Option<usize>) -> Result<Page>) -> Result<Outcome> {
    if let Some(out) = args.out.as_ref().filter(|out| out.exists() && !args.overwrite) {
        return Err(Error::new("exists").in_file(out).remedy("choose another name, or add --overwrite"));
    }
    let survey = Surveyed::open(&args.folder)?.survey(None)?;
    let district = args.district.as_deref().map(|code| district(&survey, code)).transpose()?;
    let policy = survey.policy.as_ref().ok_or_else(|| {
        Error::new("the survey knows no plan to hold the parcels against: its districts are not those of the policy that ships")
            .in_file(&args.folder)
            .remedy("write the four files that seeds/README.md explains, name their folder as policy in survey.toml, and survey again")
    })?;
    let mut page = make(&survey, policy, district)?;
    page.notes.splice(0..0, plan::warnings(&survey));
    if let Some(out) = &args.out {
        report::page_file(&page, args.table.as_deref(), lang, out)?;
    }
    if args.json {
        super::print(report::page_json(&page)?.as_bytes())?;
    } else {
        super::print(report::page_text(&page, lang).as_bytes())?;
        if let Some(out) = &args.out {
            super::print(format!("\n{} {}\n", lang.pick("已写入", "written to"), out.display()).as_bytes())?;
        }
    }
    Ok(if page.verdict == Verdict::Met { Outcome::Done } else { Outcome::CheckFailed })
}

/// The district of this code or name.
fn district(survey: &Survey, wanted: &str) -> Result<usize> {
    let zones = &survey.districts.0;
    zones.iter().position(|zone| zone.id == wanted || zone.name.as_deref() == Some(wanted)).ok_or_else(|| {
        let known: Vec<String> = zones
            .iter()
            .map(|zone| format!("{} {}", zone.id, zone.name.as_deref().unwrap_or_default()).trim().to_owned())
            .collect();
        Error::new(format!("the survey has no district \"{wanted}\"")).remedy(format!("its districts are: {}", known.join(", ")))
    })
}
