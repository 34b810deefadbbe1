//! What a survey is made from: `survey.toml`, or the same said with flags.

use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

use super::dataset::ReadOptions;
use super::fields::FieldSetting;
use super::foreign::is_connection;
use crate::crs::{ControlPoints, Crs};
use crate::error::{Error, Result, io};

/// The inputs of a survey and what is said about them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurveySpec {
    /// Title of the survey, shown on the map and in the workbook.
    pub title: Option<String>,
    /// The city or district surveyed.
    pub city: Option<String>,
    /// The shapes are invented, and every output says so.
    #[serde(default)]
    pub schematic: bool,
    /// Who supplied the data, shown wherever it is shown.
    #[serde(default)]
    pub sources: Vec<String>,
    /// A rulebook file, or the name of one that ships with the program.
    pub rulebook: Option<String>,
    /// The folder of the plan's targets, layout, parks and districts; by default the shipped ones, where they are of these districts.
    pub policy: Option<PathBuf>,
    pub parcels: InputSpec,
    pub enterprises: Option<InputSpec>,
    pub occupancy: Option<InputSpec>,
    pub districts: Option<InputSpec>,
    pub parks: Option<InputSpec>,
    pub layout: Option<InputSpec>,
}

/// One input file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// The file; a relative path starts from the folder of `survey.toml`. `PG:dbname=…` and its like name a database.
    pub path: PathBuf,
    /// The layer of a file that has several: a table of a GeoPackage, a sheet of a workbook.
    pub layer: Option<String>,
    /// Text encoding, instead of what the bytes say.
    pub encoding: Option<String>,
    /// Coordinate reference system, instead of the one the file names.
    pub crs: Option<CrsSetting>,
    /// The file has latitude before longitude, or northing before easting.
    #[serde(default)]
    pub swap_axes: bool,
    /// Canonical field = column, or `{ expr = "SQL" }`.
    #[serde(default)]
    pub fields: IndexMap<String, FieldSetting>,
    /// Further columns of an enterprise table whose figures add up, kept under their own names.
    #[serde(default)]
    pub sum: Vec<String>,
    /// The year whose rows of an enterprise table count; none: the latest of each enterprise.
    pub year: Option<i32>,
}

/// How the coordinate reference system of a layer is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "crs is a text such as \"EPSG:4549\", or { control_points = \"points.csv\" } with to = \"EPSG:…\" and unchecked = true beside it"
)]
pub enum CrsSetting {
    /// An EPSG code, WKT, PROJ text or a usual name.
    Text(String),
    /// A local grid by points known in it and in another system.
    ControlPoints(ControlPoints),
}

impl CrsSetting {
    /// The system it means.
    ///
    /// # Errors
    /// As for [`Crs::named`] and [`ControlPoints::open`].
    pub fn open(&self) -> Result<Crs> {
        match self {
            Self::Text(text) => Crs::named(text),
            Self::ControlPoints(points) => points.open().map(|grid| Crs::Fitted(std::sync::Arc::new(grid))),
        }
    }
}

impl From<String> for CrsSetting {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl InputSpec {
    /// How the file is to be read.
    #[must_use]
    pub fn options(&self) -> ReadOptions {
        ReadOptions { layer: self.layer.clone(), encoding: self.encoding.clone() }
    }
}

impl From<PathBuf> for InputSpec {
    fn from(path: PathBuf) -> Self {
        Self { path, ..Self::default() }
    }
}

impl SurveySpec {
    /// Reads `survey.toml`; its paths become relative to where it is.
    ///
    /// # Errors
    /// The file is missing, is not TOML, or has a key nobody knows; the message names line and key.
    pub fn open(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidData => Error::new("is not UTF-8 text; survey.toml must be")
                .in_file(path)
                .remedy("save it as UTF-8, or name the layers with --parcels, --parks, --districts and --layout"),
            _ => io(path, "read", &e),
        })?;
        let mut spec: Self = toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| {
            Error::new(format!("is not a survey description: {}", e.to_string().trim_end())).in_file(path).remedy(
                "see `mujun survey --help` and docs/survey-toml.md for its keys; layers themselves are given with --parcels",
            )
        })?;
        spec.only_enterprises().map_err(|e| e.in_file(path))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for input in spec.inputs_mut() {
            if !is_connection(&input.path) {
                input.path = folder.join(&input.path);
            }
            if let Some(CrsSetting::ControlPoints(points)) = &mut input.crs {
                points.control_points = folder.join(&points.control_points);
            }
        }
        spec.policy = spec.policy.map(|policy| folder.join(policy));
        if let Some(rulebook) = &mut spec.rulebook
            && Path::new(rulebook).extension().is_some_and(|e| e == "toml")
        {
            *rulebook = folder.join(&*rulebook).to_string_lossy().into_owned();
        }
        Ok(spec)
    }

    /// Changes one setting of one input: `parcels.crs=EPSG:4549`, `parks.encoding=GB18030`, `districts.swap_axes=true`,
    /// `enterprises.layer=Sheet2`.
    ///
    /// # Errors
    /// There is no such input in the survey, or no such setting.
    pub fn set(&mut self, setting: &str) -> Result<()> {
        let remedy = "write INPUT.KEY=VALUE, with an input of the survey (parcels, enterprises, occupancy, districts, parks, layout) \
                      and a key of crs, swap_axes, encoding, layer";
        let fault = |why: &str| Error::new(format!("--set {setting}: {why}")).remedy(remedy);
        let (key, value) = setting.split_once('=').ok_or_else(|| fault("there is no ="))?;
        let (name, key) = key.trim().split_once('.').ok_or_else(|| fault("there is no input before a ."))?;
        let value = value.trim().trim_matches('"');
        let input = match name {
            "parcels" => Some(&mut self.parcels),
            "enterprises" => self.enterprises.as_mut(),
            "occupancy" => self.occupancy.as_mut(),
            "districts" => self.districts.as_mut(),
            "parks" => self.parks.as_mut(),
            "layout" => self.layout.as_mut(),
            _ => None,
        };
        let input = input.ok_or_else(|| fault(&format!("the survey has no input \"{name}\"")))?;
        match key.trim() {
            "crs" => input.crs = Some(CrsSetting::Text(value.to_owned())),
            "encoding" => input.encoding = Some(value.to_owned()),
            "layer" => input.layer = Some(value.to_owned()),
            "swap_axes" => input.swap_axes = value.parse().map_err(|_| fault("swap_axes is true or false"))?,
            other => return Err(fault(&format!("there is no setting \"{other}\""))),
        }
        Ok(())
    }

    /// Refuses what only the enterprise table can be told.
    fn only_enterprises(&self) -> Result<()> {
        let others = [
            ("parcels", Some(&self.parcels)),
            ("occupancy", self.occupancy.as_ref()),
            ("districts", self.districts.as_ref()),
            ("parks", self.parks.as_ref()),
            ("layout", self.layout.as_ref()),
        ];
        for (section, input) in others {
            let Some(input) = input else { continue };
            let key = if input.year.is_some() { "year" } else { "sum" };
            if input.year.is_some() || !input.sum.is_empty() {
                return Err(Error::new(format!("[{section}] {key}: only the enterprise table is read that way"))
                    .remedy(format!("move {key} to [enterprises], or leave it out")));
            }
        }
        Ok(())
    }

    fn inputs_mut(&mut self) -> impl Iterator<Item = &mut InputSpec> {
        [
            Some(&mut self.parcels),
            self.enterprises.as_mut(),
            self.occupancy.as_mut(),
            self.districts.as_mut(),
            self.parks.as_mut(),
            self.layout.as_mut(),
        ]
        .into_iter()
        .flatten()
    }

    /// Every input file the survey reads, in a fixed order.
    pub fn inputs(&self) -> impl Iterator<Item = &InputSpec> {
        [
            Some(&self.parcels),
            self.enterprises.as_ref(),
            self.occupancy.as_ref(),
            self.districts.as_ref(),
            self.parks.as_ref(),
            self.layout.as_ref(),
        ]
        .into_iter()
        .flatten()
    }
}
