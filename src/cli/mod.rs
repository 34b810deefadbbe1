//! The command line: what was typed, what it means, one file a command.

mod args;
mod bars;
mod check;
mod compare;
mod convert;
mod demo;
mod explain;
mod inspect;
mod page;
mod rulebook;
mod sample;
mod survey;

use std::io::Write;

use clap::{CommandFactory, Parser};

pub use args::Cli;
use args::Command;

use crate::error::{Error, Result};
use crate::model::Zones;
use crate::plan;
use crate::progress::{Progress, Silent};

/// How a command that ran ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It ran, but the check that was asked for failed.
    CheckFailed,
}

/// Parses the arguments and runs the command.
///
/// # Errors
/// Whatever kept the command from running; the program prints it and exits with 2.
pub fn run() -> Result<Outcome> {
    let cli = Cli::parse();
    if let Some(threads) = cli.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global()
            .map_err(|e| Error::new(format!("could not start {threads} threads: {e}")))?;
    }
    let bars = bars::Bars::new();
    let progress: &dyn Progress = if cli.quiet { &Silent } else { &bars };
    let lang = cli.lang.into();
    let done = match cli.command {
        Command::Check(args) => return check::run(&args, lang, progress),
        Command::Parks(args) => return page::run(&args, lang, plan::parks::page),
        Command::Layout(args) => {
            return page::run(&args, lang, |survey, policy, district| {
                Ok(plan::layout::page(survey, policy, &Zones::default(), None, district))
            });
        }
        Command::Inspect(args) => inspect::run(&args, lang, progress),
        Command::Convert(args) => convert::run(&args, lang, progress),
        Command::Survey(args) => survey::run(args, lang, progress),
        Command::Demo(args) => demo::run(args, lang, progress),
        Command::Sample(args) => sample::run(&args, progress).map(|_| ()),
        Command::Compare(args) => compare::run(&args, lang),
        Command::Rulebook(args) => rulebook::run(&args, lang, progress),
        Command::Explain(args) => explain::run(&args, lang),
        Command::Completions(args) => {
            let mut script = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "mujun", &mut script);
            print(&script)
        }
    };
    done.map(|()| Outcome::Done)
}

/// Writes to standard output. A reader that has gone away, such as `head`, is no error.
fn print(bytes: &[u8]) -> Result<()> {
    match std::io::stdout().write_all(bytes).and_then(|()| std::io::stdout().flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(format!("standard output cannot be written: {e}")))
        }
        _ => Ok(()),
    }
}
