//! A survey folder opened again as the whole [`Survey`] it was written from: its shapes and findings beside its grades.

use std::path::PathBuf;

use geo::{Coord, MultiPolygon};
use polars::prelude::{Column, DataFrame};
use serde_json::Value;

use super::{Surveyed, opened_layer, sums, unchanged};
use crate::check;
use crate::columns::{numbers, texts};
use crate::error::{Error, Result};
use crate::examine::place;
use crate::finding::{Code, Detail, Finding, Place};
use crate::firmness::Firmness;
use crate::indicators::FlowTotal;
use crate::measure::Areas;
use crate::model::{FieldMapping, FieldSource, Parcels, RawShape, Source, Zone, Zones};
use crate::progress::Silent;
use crate::read::About;
use crate::read::dataset::Dataset;
use crate::report::facts::{FINDINGS as FINDINGS_OF_ROW, OCCUPANTS, OWN};
use crate::report::package::{FINDINGS, PARCELS};
use crate::report::{Format, POLICY};
use crate::score;
use crate::seeds::Seeds;
use crate::survey::Survey;

impl Surveyed {
    /// The survey as it was when it was written. How firm its grades are takes longer to draw again than all the rest: who shows it gives
    /// it ([`Surveyed::firmness`]).
    ///
    /// # Errors
    /// The folder was written without `survey.gpkg`, or it is not the file that was written.
    pub fn survey(&self, firmness: Option<Firmness>) -> Result<Survey> {
        let layer = self.layer(PARCELS)?.ok_or_else(|| self.not_ours("it has no parcels"))?;
        let parcels = Parcels { ids: self.ids.clone(), shapes: shapes(layer) };
        if parcels.shapes.len() != parcels.ids.len() {
            return Err(self.not_ours("it has other parcels than facts.parquet"));
        }
        let (districts, parks, layout) =
            (self.zones(Source::Districts)?, self.zones(Source::Parks)?, self.zones(Source::Layout)?);
        let has_districts = !districts.0.is_empty();
        // What lies where was told when the survey was made.
        let location = place(&parcels, &districts, &parks, &layout, &self.rulebook, has_districts, &mut Vec::new(), &Silent);
        let number = |name: &str| numbers(&self.table, name);
        let names = |kind: &str| -> Vec<String> { strings(&self.manifest["columns"][kind]) };
        let (table, own) = self.tables(&names("own"))?;
        Ok(Survey {
            about: about(&self.manifest),
            rulebook: self.rulebook.clone(),
            policy: self.policy()?,
            own,
            table,
            parcels,
            areas: Areas { statutory_m2: number("area_statutory_m2"), geodesic_m2: number("area_geodesic_m2") },
            area_stated_m2: number("area_stated_m2"),
            area_mu: number("area_mu"),
            districts,
            parks,
            layout,
            location,
            flow_columns: names("enterprises"),
            flow_totals: flow_totals(&self.manifest),
            occupants: self.occupants.clone(),
            grading: self.grading.clone(),
            listing: self.listing.clone(),
            firmness,
            unasked: score::unasked(&self.rulebook, &self.table),
            findings: self.findings()?,
            fields: by_source(&self.manifest["fields"], |fields| Some(mapping(fields))),
            files: by_source(&self.manifest["files"], |file| file.as_str().map(PathBuf::from)),
            crs: by_source(&self.manifest["crs"], |crs| crs.as_str().map(str::to_owned)),
        })
    }

    /// The table of the expressions without what the folder keeps beside it, and the input's own columns.
    fn tables(&self, own: &[String]) -> Result<(DataFrame, DataFrame)> {
        let kept_apart = |name: &str| name.starts_with(OWN) || name == OCCUPANTS || name == FINDINGS_OF_ROW;
        let (beside, table): (Vec<Column>, Vec<Column>) =
            self.table.columns().iter().cloned().partition(|column| kept_apart(column.name()));
        let own = own
            .iter()
            .map(|name| {
                let apart = beside.iter().find(|column| column.name().strip_prefix(OWN) == Some(name));
                let column = apart.or_else(|| table.iter().find(|column| column.name() == name));
                column
                    .map(|column| column.clone().with_name(name.into()))
                    .ok_or_else(|| self.not_ours("a column of the input is not in facts.parquet"))
            })
            .collect::<Result<Vec<Column>>>()?;
        let frame = |columns| DataFrame::new(self.ids.len(), columns).map_err(|e| Error::new(e.to_string()));
        Ok((frame(table)?, frame(own)?))
    }

    /// A layer of `survey.gpkg`; `None` where it has no such one.
    fn layer(&self, name: &str) -> Result<Option<Dataset>> {
        opened_layer(&self.folder, Format::Package, name, &self.manifest)
    }

    /// The policy that the survey was made with.
    fn policy(&self) -> Result<Option<Seeds>> {
        if !self.manifest["outputs"].as_array().is_some_and(|outputs| outputs.iter().any(|output| output["file"] == POLICY[0])) {
            return Ok(None);
        }
        let texts = POLICY
            .map(|name| unchanged(&self.folder, name, &self.manifest).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        let [targets, layout, parks, districts] = texts;
        Seeds::parse(&targets?, &layout?, &parks?, &districts?).map(Some).map_err(|e| {
            Error::new(e.to_string()).in_file(&self.folder).remedy("run `mujun survey` again with this version of the program")
        })
    }

    fn zones(&self, source: Source) -> Result<Zones> {
        let Some(layer) = self.layer(source.name())? else { return Ok(Zones::default()) };
        let text = |name: &str| texts(&layer.rows, name);
        let (ids, names, kinds) = (text("id"), text("name"), text("kind"));
        let rows = ids.into_iter().zip(names).zip(kinds).zip(shapes(layer));
        rows.map(|(((id, name), kind), shape)| match (id, shape) {
            (Some(id), Some(shape)) => Ok(Zone { id, name, kind, shape }),
            _ => Err(self.not_ours("a zone in it has no id or no shape")),
        })
        .collect::<Result<Vec<Zone>>>()
        .map(Zones)
    }

    fn findings(&self) -> Result<Vec<Finding>> {
        let Some(layer) = self.layer(FINDINGS)? else { return Ok(Vec::new()) };
        let text = |name: &str| texts(&layer.rows, name);
        let (codes, inputs, ids, fields) = (text("code"), text("input"), text("id"), text("field"));
        let (zh, en, rows_json) = (text("detail_zh"), text("detail_en"), text("rows_json"));
        let (rows, before, after) =
            (whole_numbers(&layer.rows, "row"), numbers(&layer.rows, "area_before_m2"), numbers(&layer.rows, "area_after_m2"));
        let points: Vec<Option<Coord<f64>>> = layer.shapes.unwrap_or_default().iter().map(RawShape::first_position).collect();
        (0..codes.len())
            .map(|n| {
                let code = codes[n].as_deref().and_then(Code::named);
                let source = inputs[n].as_deref().and_then(Source::named);
                let (Some(code), Some(source)) = (code, source) else {
                    return Err(self.not_ours("a finding in it is of no kind or input that this version knows"));
                };
                let detail = |text: &[Option<String>]| text[n].clone().unwrap_or_default();
                Ok(Finding {
                    code,
                    place: Place { source, row: rows[n], id: ids[n].clone(), at: points.get(n).copied().flatten() },
                    field: fields[n].clone(),
                    detail: Detail::new(detail(&zh), detail(&en)),
                    rows: rows_json[n].as_deref().map(of_rows).unwrap_or_default(),
                    areas: before[n].zip(after[n]),
                })
            })
            .collect()
    }

    fn not_ours(&self, why: &str) -> Error {
        Error::new(why)
            .in_file(self.folder.join(Format::Package.file_name()))
            .remedy("run `mujun survey` again with this version of the program")
    }
}

fn about(manifest: &Value) -> About {
    let text = |name: &str| manifest[name].as_str().map(str::to_owned);
    About {
        title: text("title"),
        city: text("city"),
        schematic: manifest["schematic"].as_bool().unwrap_or(false),
        sources: strings(&manifest["sources"]),
    }
}

fn flow_totals(manifest: &Value) -> Vec<FlowTotal> {
    let figure = |flow: &Value, name: &str| flow[name].as_f64().unwrap_or(f64::NAN);
    sums(manifest)
        .into_iter()
        .map(|name| {
            let flow = &manifest["flows"][&name];
            let (enterprises, parcels, unplaced) =
                (figure(flow, "enterprises"), figure(flow, "parcels"), figure(flow, "unplaced"));
            FlowTotal { name, enterprises, parcels, unplaced }
        })
        .collect()
}

fn by_source<T>(object: &Value, of: impl Fn(&Value) -> Option<T>) -> Vec<(Source, T)> {
    let members = object.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some((Source::named(name)?, of(value)?))).collect()
}

fn mapping(fields: &Value) -> FieldMapping {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = |from: &Value| match from {
        Value::String(column) => FieldSource::Column(column.clone()),
        _ if from["expr"].is_string() => FieldSource::Expression(text(&from["expr"])),
        _ => FieldSource::Converted {
            column: text(&from["column"]),
            unit: text(&from["unit"]),
            factor: from["factor"].as_f64().unwrap_or(f64::NAN),
        },
    };
    fields.as_object().into_iter().flatten().map(|(name, from)| (name.clone(), source(from))).collect()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn of_rows(json: &str) -> Vec<(usize, Detail)> {
    let rows: Vec<(usize, String, String)> = serde_json::from_str(json).unwrap_or_default();
    rows.into_iter().map(|(row, zh, en)| (row.saturating_sub(1), Detail::new(zh, en))).collect()
}

fn shapes(layer: Dataset) -> Vec<Option<MultiPolygon>> {
    layer.shapes.unwrap_or_default().into_iter().map(check::valid).collect()
}

fn whole_numbers(table: &DataFrame, name: &str) -> Vec<Option<usize>> {
    let column = table.column(name).ok().and_then(|column| column.i64().ok());
    let from_one = |row: i64| usize::try_from(row - 1).ok();
    column.map_or_else(|| vec![None; table.height()], |rows| rows.iter().map(|row| row.and_then(from_one)).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::read::Inputs;
    use crate::read::spec::SurveySpec;
    use crate::report::{self, Lang, Output};
    use crate::rulebook::Rulebook;

    #[test]
    fn a_folder_opened_again_and_written_anew_is_the_same_byte_for_byte() {
        let place = tempfile::tempdir().unwrap();
        let spec = SurveySpec::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/survey.toml")).unwrap();
        let shipped = Rulebook::open("shanghai-illustrative").unwrap();
        let fewer_draws = shipped.text.replace("draws = 1000", "draws = 20");
        let rulebook = Rulebook::parse(&fewer_draws, Path::new("fewer.toml")).unwrap();
        let mut first = crate::survey(Inputs::open(&spec, &Silent).unwrap(), rulebook, &Silent).unwrap();
        let whole = Place { source: Source::Enterprises, row: None, id: None, at: None };
        let mut of_many = Finding::new(Code::CodeCredit, whole, Detail::new("多行", "many rows"));
        of_many.rows = vec![(3, Detail::new("甲", "a"))];
        first.findings.push(of_many);
        let write = |survey: &Survey, name: &str| {
            let folder = place.path().join(name);
            let output = Output { folder: folder.clone(), formats: Format::ALL.to_vec(), lang: Lang::Zh, overwrite: false };
            report::write(survey, &report::totals(survey), &output, &[], &Silent).unwrap();
            folder
        };
        let folder = write(&first, "first");
        let opened = Surveyed::open(&folder).unwrap();
        let again = write(&opened.survey(opened.firmness().unwrap()).unwrap(), "again");
        for format in Format::ALL {
            let bytes = |folder: &Path| fs::read(folder.join(format.file_name())).unwrap();
            assert!(bytes(&folder) == bytes(&again), "{} differs", format.file_name());
        }
        assert!(first.findings.iter().any(|f| f.place.at.is_some()));
    }
}
