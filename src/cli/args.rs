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
    /// Tell what is in a file: layers, coordinates, encoding, fields, and how it would be read.
    Inspect(InspectArgs),
    /// Find every fault in the inputs of a survey.
    Check(CheckArgs),
    /// Write a layer in another format or coordinate reference system.
    Convert(ConvertArgs),
    /// Hold two gradings of the same parcels against each other: who moves, and why.
    Compare(CompareArgs),
    /// List, show, check and begin rulebooks: how a city grades.
    Rulebook(RulebookArgs),
    /// Say why a parcel has its grade and what would lift it, or what a finding means.
    Explain(ExplainArgs),
    /// Hold the characteristic parks against the plan: how many, what lies in them and outside, where the next could be.
    Parks(PageArgs),
    /// What the pole, the belts and the remainder of the layout hold.
    Layout(PageArgs),
    /// Print the completion script of a shell.
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun survey survey.toml -o out/\n  mujun survey --parcels p.geojson --parks k.geojson --districts d.geojson --layout l.geojson -o out/\n  mujun survey survey.toml -o out/ --formats parquet,html --overwrite --lang en\n\nExit codes: 0 done, 2 could not run."
)]
pub struct SurveyArgs {
    #[command(flatten)]
    pub inputs: InputArgs,

    #[command(flatten)]
    pub output: OutputArgs,

    /// Output folder.
    #[arg(long, short)]
    pub out: PathBuf,
}

/// What a survey is made from, and by which rules.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Description of the inputs; docs/survey-toml.md explains its keys.
    #[arg(conflicts_with_all = ["parcels", "enterprises", "occupancy", "parks", "districts", "layout"], required_unless_present = "parcels")]
    pub survey: Option<PathBuf>,

    /// Parcel layer, in any format `mujun inspect` reads.
    #[arg(long)]
    pub parcels: Option<PathBuf>,
    /// Enterprise table, joined by parcel id or through --occupancy.
    #[arg(long, requires = "parcels")]
    pub enterprises: Option<PathBuf>,
    /// Which enterprise is on which parcel, with what share.
    #[arg(long, requires = "enterprises")]
    pub occupancy: Option<PathBuf>,
    /// Park layer.
    #[arg(long, requires = "parcels")]
    pub parks: Option<PathBuf>,
    /// District layer.
    #[arg(long, requires = "parcels")]
    pub districts: Option<PathBuf>,
    /// Layout layer: poles and belts.
    #[arg(long, requires = "parcels")]
    pub layout: Option<PathBuf>,

    /// A setting of one input, such as parcels.crs=EPSG:4549 or parks.swap_axes=true; may be given several times.
    #[arg(long, value_name = "INPUT.KEY=VALUE")]
    pub set: Vec<String>,

    /// Rulebook: a .toml file, or a name of `mujun rulebook list` [default: the one survey.toml names, else shanghai-illustrative].
    #[arg(long)]
    pub rulebook: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun inspect parcels.shp\n  mujun inspect data.gpkg enterprises.xlsx --lang en\n  mujun inspect old.dbf --encoding GB18030\n\nNothing is changed and nothing is assumed: what is told here is what the other commands would do."
)]
pub struct InspectArgs {
    /// Files of any format.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The layer, table or sheet of a file that has several [default: all].
    #[arg(long)]
    pub layer: Option<String>,
    /// Text encoding, instead of what the bytes say.
    #[arg(long)]
    pub encoding: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun check survey.toml\n  mujun check survey.toml -o findings.xlsx\n  mujun check --parcels p.shp --districts d.gpkg --set parcels.crs=EPSG:4549\n\nExit codes: 0 no finding of level error or critical, 1 there is one, 2 could not run."
)]
pub struct CheckArgs {
    #[command(flatten)]
    pub inputs: InputArgs,
    /// Also write the findings: .xlsx (with the rows they are in, to send back) or .csv.
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Replace the file that is there.
    #[arg(long, requires = "out")]
    pub overwrite: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun convert parcels.shp parcels.gpkg\n  mujun convert parcels.gpkg parcels.shp --to EPSG:4549\n  mujun convert old.shp new.geojson --crs GCJ-02 --to EPSG:4490 --encoding GB18030"
)]
pub struct ConvertArgs {
    /// A file of any format that `mujun inspect` reads.
    pub input: PathBuf,
    /// The new file: .geojson, .parquet, .gpkg, .fgb, .shp or .csv.
    pub output: PathBuf,
    /// Coordinate reference system of the new file [default: that of the old one].
    #[arg(long)]
    pub to: Option<String>,
    /// Coordinate reference system of the old file, instead of the one it names.
    #[arg(long)]
    pub crs: Option<String>,
    /// The old file has latitude before longitude, or northing before easting.
    #[arg(long)]
    pub swap_axes: bool,
    /// The layer, table or sheet of a file that has several [default: all].
    #[arg(long)]
    pub layer: Option<String>,
    /// Text encoding of the old file, instead of what its bytes say.
    #[arg(long)]
    pub encoding: Option<String>,
    /// Replace the file that is there.
    #[arg(long)]
    pub overwrite: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun rulebook list\n  mujun rulebook show huangyan-2022 > mine.toml\n  mujun rulebook new > mine.toml\n  mujun rulebook check mine.toml --survey survey.toml\n\nExit codes: 0 done, 2 the rulebook cannot be used."
)]
pub struct RulebookArgs {
    #[command(subcommand)]
    pub command: RulebookCommand,
}

#[derive(Debug, Subcommand)]
pub enum RulebookCommand {
    /// The rulebooks that ship with the program.
    List,
    /// The text of one of them.
    Show {
        /// Its name.
        name: String,
    },
    /// Say what is wrong with a rulebook, or what was understood.
    Check {
        /// A .toml file, or a name.
        rulebook: String,
        /// Try its expressions on the columns of this survey, not on the known fields alone.
        #[arg(long)]
        survey: Option<PathBuf>,
    },
    /// A commented template with every field.
    New,
}

#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Formats to write.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "parquet,geojson,xlsx,html,csv,gpkg,facts")]
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
    after_help = "Examples:\n  mujun explain P-0001 out/\n  mujun explain P-0001 out/ --json\n  mujun explain P-0001 out/ -o sheet.html\n  mujun explain --all --grade D out/ -o sheets/\n  mujun explain RING_SELF_CROSSING\n  mujun explain\n\nThe pages of the findings are also in docs/findings.md."
)]
pub struct ExplainArgs {
    /// A parcel of the survey in FOLDER; without FOLDER the code of a finding [default: list all codes].
    #[arg(value_name = "WHAT")]
    pub what: Option<String>,
    /// The folder that `mujun survey` wrote.
    pub folder: Option<PathBuf>,
    /// Print the explanation as JSON, with --all one line a parcel.
    #[arg(long, conflicts_with = "out")]
    pub json: bool,
    /// Every parcel of the survey; then only FOLDER is named.
    #[arg(long)]
    pub all: bool,
    /// With --all: only parcels of these grades.
    #[arg(long, requires = "all", value_delimiter = ',')]
    pub grade: Vec<String>,
    /// With --all: only parcels on the list.
    #[arg(long, requires = "all")]
    pub listed: bool,
    /// Write a check-up sheet: .html or .xlsx; with --all a folder of them.
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Replace what is there.
    #[arg(long, requires = "out")]
    pub overwrite: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun compare out-2023/ out-2024/\n  mujun compare out/ --rulebook mine.toml\n  mujun compare out-a/ out-b/ -o moves.xlsx\n\nWith --rulebook the facts of one survey are graded again by other rules; without it, each folder stands on its own: years, areas and\nrulebooks may differ. Exit codes: 0 done, 2 could not run."
)]
pub struct CompareArgs {
    /// The folder of a survey.
    pub before: PathBuf,
    /// The folder of another one.
    #[arg(required_unless_present = "rulebook", conflicts_with = "rulebook")]
    pub after: Option<PathBuf>,
    /// Grade the same survey by this rulebook instead: a .toml file or a rulebook that ships.
    #[arg(long)]
    pub rulebook: Option<String>,
    /// Also write everyone who moves: .xlsx or .csv.
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// Replace the file that is there.
    #[arg(long, requires = "out")]
    pub overwrite: bool,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mujun parks out/\n  mujun layout out/ --district 310117\n  mujun parks out/ -o parks.xlsx\n  mujun layout out/ --json\n\nExit codes: 0 the plan is met or asks nothing, 1 it is short or cannot be told, 2 could not run."
)]
pub struct PageArgs {
    /// The folder that `mujun survey` wrote.
    pub folder: PathBuf,
    /// One district, by code or name [default: the city].
    #[arg(long)]
    pub district: Option<String>,
    /// Print everything as JSON: numbers as computed, texts in Chinese and English.
    #[arg(long)]
    pub json: bool,
    /// Also write it: .xlsx, .gpkg or .json, all tables; .html, to be printed; .csv or .geojson, one table.
    #[arg(long, short)]
    pub out: Option<PathBuf>,
    /// The table of a .csv or .geojson, by its key in the JSON [default: the first that can be written so].
    #[arg(long, requires = "out")]
    pub table: Option<String>,
    /// Replace the file that is there.
    #[arg(long, requires = "out")]
    pub overwrite: bool,
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
    Gpkg,
    Facts,
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Self {
        match arg {
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Geojson => Self::Geojson,
            FormatArg::Xlsx => Self::Xlsx,
            FormatArg::Html => Self::Html,
            FormatArg::Csv => Self::Csv,
            FormatArg::Gpkg => Self::Package,
            FormatArg::Facts => Self::Facts,
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
