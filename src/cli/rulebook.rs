//! `mujun rulebook`

use std::fmt::Write;
use std::path::Path;

use super::args::{RulebookArgs, RulebookCommand};
use crate::error::Result;
use crate::progress::Progress;
use crate::read::Inputs;
use crate::read::spec::SurveySpec;
use crate::report::{self, Lang};
use crate::rulebook::{PRESETS, Rulebook, TEMPLATE};

pub(super) fn run(args: &RulebookArgs, lang: Lang, progress: &dyn Progress) -> Result<()> {
    let text = match &args.command {
        RulebookCommand::List => list(lang)?,
        RulebookCommand::Show { name } => Rulebook::open(name)?.text,
        RulebookCommand::New => TEMPLATE.to_owned(),
        RulebookCommand::Check { rulebook, survey } => check(rulebook, survey.as_deref(), lang, progress)?,
    };
    super::print(text.as_bytes())
}

fn list(lang: Lang) -> Result<String> {
    let mut out = String::new();
    for (name, _) in PRESETS {
        let rulebook = Rulebook::open(name)?;
        let kind = if rulebook.illustrative {
            lang.pick("含示例数值", "partly illustrative")
        } else {
            lang.pick("已公布", "published")
        };
        let _ = writeln!(
            out,
            "{name}\n    {} · {} · {} · {kind}\n    {}",
            lang.pick(&rulebook.title_zh, &rulebook.title_en),
            lang.text(&rulebook.place),
            rulebook.year,
            lang.text(&rulebook.source)
        );
    }
    let _ = writeln!(
        out,
        "\n{}",
        lang.pick(
            "mujun rulebook show 名称 > mine.toml 可另存后修改；mujun rulebook new 给出带注释的模板",
            "mujun rulebook show NAME > mine.toml to change one; mujun rulebook new for a commented template"
        )
    );
    Ok(out)
}

/// What was understood of a rulebook, once every expression has been computed: over the columns of a survey, or over none but the known
/// fields.
fn check(name: &str, survey: Option<&Path>, lang: Lang, progress: &dyn Progress) -> Result<String> {
    let rulebook = Rulebook::open(name)?;
    let table = match survey {
        Some(path) => {
            let inputs = Inputs::open(&SurveySpec::open(path)?, progress)?;
            crate::examine::facts(inputs, &rulebook, false, crate::examine::Unusable::Refused, progress)?.table
        }
        None => crate::indicators::known_columns()?,
    };
    crate::score::try_expressions(&rulebook, &table).map_err(|e| e.in_file(&rulebook.path))?;
    Ok(report::rulebook_in_words(&rulebook, lang))
}
