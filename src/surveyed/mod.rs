//! A survey folder opened again: graded anew from its facts by its own rulebook, to the same bits.

mod whole;

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use serde_json::Value;

use crate::columns::texts;
use crate::error::{Error, Result, io};
use crate::firmness::{self, Firmness, Parcels};
use crate::indicators::Occupant;
use crate::list::{self, Listing};
use crate::read::dataset::{Dataset, ReadOptions};
use crate::read::file;
use crate::report::facts::OCCUPANTS;
use crate::report::{Format, RULEBOOK, manifest};
use crate::rulebook::Rulebook;
use crate::score::{self, Assessment, Choices, Graded, Grading};

/// A survey as its folder tells it.
#[derive(Debug, Clone)]
pub struct Surveyed {
    pub folder: PathBuf,
    /// What `manifest.json` holds.
    pub manifest: Value,
    pub rulebook: Rulebook,
    /// What the rulebook's expressions can name, one row a parcel, in input order.
    pub table: DataFrame,
    /// Parcel ids.
    pub ids: Vec<String>,
    /// Who is on each parcel.
    pub occupants: Vec<Vec<Occupant>>,
    pub assessment: Assessment,
    /// By unit.
    pub graded: Graded,
    /// By parcel.
    pub grading: Grading,
    pub listing: Listing,
}

impl Surveyed {
    /// Opens the folder that a survey wrote.
    ///
    /// # Errors
    /// It is not a survey folder, it was written without its facts, or a file in it is not the one that was written.
    pub fn open(folder: &Path) -> Result<Self> {
        let manifest = manifest(folder)?;
        let text = unchanged(folder, RULEBOOK, &manifest)?;
        let text = String::from_utf8(text).map_err(|_| changed(folder, RULEBOOK))?;
        let rows = opened(folder, Format::Facts, &manifest)?.rows;
        Self::of(folder, manifest, Rulebook::parse(&text, &folder.join(RULEBOOK))?, rows)
    }

    /// The same parcels graded by another rulebook.
    ///
    /// # Errors
    /// The rulebook names a column that is not there, or divides by another area than the survey did.
    pub fn by(&self, rulebook: Rulebook) -> Result<Self> {
        if rulebook.area != self.rulebook.area {
            return Err(Error::new(format!(
                "it divides by the {} area, the survey by the {} one",
                rulebook.area.name(),
                self.rulebook.area.name()
            ))
            .in_file(&rulebook.path)
            .remedy("run `mujun survey` with that rulebook, and compare the two folders"));
        }
        Self::of(&self.folder, self.manifest.clone(), rulebook, self.table.clone())
    }

    pub(crate) fn of(folder: &Path, manifest: Value, rulebook: Rulebook, table: DataFrame) -> Result<Self> {
        let ids: Vec<String> = texts(&table, "parcel_id").into_iter().map(Option::unwrap_or_default).collect();
        let occupants = texts(&table, OCCUPANTS)
            .into_iter()
            .map(|text| text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
            .collect();
        let sums = sums(&manifest);
        let in_rulebook = |e: Error| e.in_file(&rulebook.path);
        let assessment = score::assess(&rulebook, &table, &ids, &sums, &mut Vec::new()).map_err(in_rulebook)?;
        let graded = score::grade_all(&rulebook, &assessment, Choices::default()).map_err(in_rulebook)?;
        let grading = score::by_parcel(&rulebook, assessment.clone(), graded.clone());
        let listing = list::list(&rulebook, &table, &grading).map_err(in_rulebook)?;
        Ok(Self { folder: folder.to_path_buf(), manifest, rulebook, table, ids, occupants, assessment, graded, grading, listing })
    }

    /// How firm the grades are, drawn again; none where the rulebook declares no draws.
    ///
    /// # Errors
    /// A condition of the rulebook cannot be computed.
    pub fn firmness(&self) -> Result<Option<Firmness>> {
        let parcels = Parcels { table: &self.table, ids: &self.ids, sums: &sums(&self.manifest) };
        firmness::firmness(&self.rulebook, parcels, &self.grading, &|_| {}).map_err(|e| e.in_file(&self.rulebook.path))
    }

    /// The row of a parcel; of several with the same id the first.
    ///
    /// # Errors
    /// There is none; the message names the nearest ids.
    pub fn row(&self, id: &str) -> Result<usize> {
        self.ids.iter().position(|known| known == id).ok_or_else(|| {
            let hint = crate::nearest::nearest(id, self.ids.iter().map(String::as_str))
                .map(|near| format!("did you mean \"{near}\"? "))
                .unwrap_or_default();
            Error::new(format!("the survey has no parcel \"{id}\""))
                .in_file(&self.folder)
                .remedy(format!("{hint}its ids are in the column parcel_id of parcels.parquet and in survey.xlsx"))
        })
    }

    /// A file of the folder, if it is the one that was written.
    pub(crate) fn file(&self, format: Format) -> Result<Dataset> {
        opened(&self.folder, format, &self.manifest)
    }

    /// A text column of the table, missing throughout where there is none.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<Option<String>> {
        texts(&self.table, name)
    }
}

/// The columns that are added up over the parcels of a unit.
fn sums(manifest: &Value) -> Vec<String> {
    manifest["flows"].as_object().map(|flows| flows.keys().cloned().collect()).unwrap_or_default()
}

fn manifest(folder: &Path) -> Result<Value> {
    let path = folder.join(manifest::FILE_NAME);
    let not_one = || {
        Error::new("is not a survey folder: there is no manifest.json of this program in it")
            .in_file(folder)
            .remedy("name the folder that `mujun survey … -o FOLDER` wrote")
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => return Err(not_one()),
        Err(e) => return Err(io(&path, "read", &e)),
    };
    let manifest: Value = serde_json::from_str(&text).map_err(|_| not_one())?;
    if manifest["generator"] == manifest::GENERATOR { Ok(manifest) } else { Err(not_one()) }
}

fn opened(folder: &Path, format: Format, manifest: &Value) -> Result<Dataset> {
    unchanged(folder, format.file_name(), manifest)?;
    file::open(&folder.join(format.file_name()), &ReadOptions::default(), &|_| {})
}

/// A layer of a file that has several; `None` where it has no such one.
fn opened_layer(folder: &Path, format: Format, layer: &str, manifest: &Value) -> Result<Option<Dataset>> {
    unchanged(folder, format.file_name(), manifest)?;
    let path = folder.join(format.file_name());
    if !file::layers(&path)?.iter().any(|known| known == layer) {
        return Ok(None);
    }
    let options = ReadOptions { layer: Some(layer.to_owned()), ..ReadOptions::default() };
    file::open(&path, &options, &|_| {}).map(Some)
}

/// The bytes of a file, if they are those that the manifest tells of.
fn unchanged(folder: &Path, name: &str, manifest: &Value) -> Result<Vec<u8>> {
    let told = manifest["outputs"].as_array().and_then(|outputs| outputs.iter().find(|output| output["file"] == name));
    let Some(told) = told else {
        return Err(Error::new(format!("the survey was written without {name}"))
            .in_file(folder)
            .remedy("run `mujun survey` again with its formats as they are by default, or with this one among --formats"));
    };
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(|e| io(&path, "read", &e))?;
    if told["sha256"].as_str() == Some(manifest::sha256(&bytes).as_str()) { Ok(bytes) } else { Err(changed(folder, name)) }
}

fn changed(folder: &Path, name: &str) -> Error {
    Error::new("is not the file that the survey wrote: its hash is not the one in manifest.json")
        .in_file(folder.join(name))
        .remedy("run `mujun survey` again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::read::Inputs;
    use crate::read::spec::SurveySpec;
    use crate::report::{self, Lang, Output};

    fn surveyed(folder: &Path) -> crate::Survey {
        let spec = SurveySpec::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/survey.toml")).unwrap();
        let rulebook = Rulebook::open("shanghai-illustrative").unwrap();
        let survey = crate::survey(Inputs::open(&spec, &Silent).unwrap(), rulebook, &Silent).unwrap();
        let output = Output { folder: folder.to_path_buf(), formats: vec![Format::Facts], lang: Lang::En, overwrite: false };
        report::write(&survey, &report::totals(&survey), &output, &[], &Silent).unwrap();
        survey
    }

    #[test]
    fn a_folder_opened_again_is_graded_to_the_same_bits() {
        let place = tempfile::tempdir().unwrap();
        let survey = surveyed(&place.path().join("out"));
        let again = Surveyed::open(&place.path().join("out")).unwrap();
        let bits = |scores: &[Option<f64>]| scores.iter().map(|x| x.map(f64::to_bits)).collect::<Vec<_>>();
        assert_eq!(bits(&again.grading.score), bits(&survey.grading.score));
        assert_eq!(again.grading.grade, survey.grading.grade);
        assert_eq!(again.listing.reasons, survey.listing.reasons);
        assert_eq!(again.occupants, survey.occupants);
        assert!(survey.firmness.is_some());
        assert_eq!(again.firmness().unwrap(), survey.firmness);
        assert_eq!(again.row(&again.ids[7].clone()).unwrap(), 7);
        assert!(again.row("no such parcel").unwrap_err().to_string().contains("has no parcel"));
    }

    #[test]
    fn a_folder_that_was_changed_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        surveyed(&out);
        assert!(Surveyed::open(place.path()).unwrap_err().to_string().contains("is not a survey folder"));
        let rules = fs::read_to_string(out.join(RULEBOOK)).unwrap();
        fs::write(out.join(RULEBOOK), rules.replace("weight = 35.0", "weight = 36.0")).unwrap();
        assert!(Surveyed::open(&out).unwrap_err().to_string().contains("is not the file that the survey wrote"));
    }
}
