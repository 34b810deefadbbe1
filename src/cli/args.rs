//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::{Format, Lang};

/// Grades industrial land use per mu, lists inefficient land and maps it.
#[derive(Debug, Parser)]
#[command(name = "mujun", version, about, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// No progress, no notes: only the result and errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,

    /// Threads to use [default: all cores]. The result does not depend on it.
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Language of summary, workbook, map and findings.
    #[arg(long, global = true, value_enum, default_value = "zh")]
    pub lang: LangArg,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Survey a city: parcels in, survey folder out.
    Survey(SurveyArgs),
    /// Write the sample city to mujun-demo/ and survey it.
    Demo(DemoArgs),
    /// Write a synthetic city of any size.
    Sample(SampleArgs),
    /// Say what a finding means and how to mend it.
    Explain(ExplainArgs),
    /// Print the completion script of a shell.
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun survey survey.toml -o out/\n  mujun survey --parcels p.geojson --parks k.geojson --districts d.geojson --layout l.geojson -o out/\n  mujun survey survey.toml -o out/ --formats parquet,html --overwrite --lang en\n\nExit codes: 0 done, 2 could not run."
)]
pub struct SurveyArgs {
    /// Description of the inputs; docs/survey-toml.md explains its keys.
    #[arg(conflicts_with_all = ["parcels", "enterprises", "occupancy", "parks", "districts", "layout"], required_unless_present = "parcels")]
    pub survey: Option<PathBuf>,

    /// Parcel layer (GeoJSON).
    #[arg(long)]
    pub parcels: Option<PathBuf>,
    /// Enterprise table (CSV), joined by parcel id or through --occupancy.
    #[arg(long, requires = "parcels")]
    pub enterprises: Option<PathBuf>,
    /// Which enterprise is on which parcel, with what share (CSV).
    #[arg(long, requires = "enterprises")]
    pub occupancy: Option<PathBuf>,
    /// Park layer (GeoJSON).
    #[arg(long, requires = "parcels")]
    pub parks: Option<PathBuf>,
    /// District layer (GeoJSON).
    #[arg(long, requires = "parcels")]
    pub districts: Option<PathBuf>,
    /// Layout layer: poles and belts (GeoJSON).
    #[arg(long, requires = "parcels")]
    pub layout: Option<PathBuf>,

    /// Rulebook: a .toml file, or shanghai-illustrative or comparison [default: the one survey.toml names, else shanghai-illustrative].
    #[arg(long)]
    pub rulebook: Option<String>,

    #[command(flatten)]
    pub output: OutputArgs,

    /// Output folder.
    #[arg(long, short)]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Formats to write.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "parquet,geojson,xlsx,html,csv")]
    pub formats: Vec<FormatArg>,
    /// Replace an earlier survey in the output folder.
    #[arg(long)]
    pub overwrite: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun demo\n  mujun demo --lang en -o my-demo/\n\nThe demo is the sample city and the command `mujun survey mujun-demo/survey.toml -o mujun-demo/out`."
)]
pub struct DemoArgs {
    /// Folder for the sample inputs; the survey goes to its subfolder out/.
    #[arg(long, short, default_value = "mujun-demo")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  mujun sample --parcels 3000 --seed 7 -o city/\n  mujun sample --parcels 10000000 -o big/")]
pub struct SampleArgs {
    /// Number of parcels.
    #[arg(long, default_value_t = super::sample::CITY.parcels, value_parser = clap::value_parser!(u64).range(1..))]
    pub parcels: u64,
    /// The same seed gives the same city.
    #[arg(long, default_value_t = super::sample::CITY.seed)]
    pub seed: u64,
    /// Output folder.
    #[arg(long, short)]
    pub out: PathBuf,
    /// Write into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun explain\n  mujun explain RING_SELF_CROSSING\n  mujun explain value_scale --lang en\n\nThe same pages are in docs/findings.md."
)]
pub struct ExplainArgs {
    /// Code of a finding, in capital or small letters [default: list all codes].
    #[arg(value_name = "WHAT")]
    pub what: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mujun completions bash > ~/.local/share/bash-completion/completions/mujun")]
pub struct CompletionsArgs {
    pub shell: clap_complete::Shell,
}

/// Formats by the names of the option.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormatArg {
    Parquet,
    Geojson,
    Xlsx,
    Html,
    Csv,
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Self {
        match arg {
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Geojson => Self::Geojson,
            FormatArg::Xlsx => Self::Xlsx,
            FormatArg::Html => Self::Html,
            FormatArg::Csv => Self::Csv,
        }
    }
}

/// Languages by the names of the option.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LangArg {
    Zh,
    En,
}

impl From<LangArg> for Lang {
    fn from(arg: LangArg) -> Self {
        match arg {
            LangArg::Zh => Self::Zh,
            LangArg::En => Self::En,
        }
    }
}
