//! The whole survey: read → check → measure → locate → indicators → score → list. What comes out is written by
//! [`report`](crate::report).

use std::path::PathBuf;

use polars::prelude::DataFrame;
use rayon::prelude::*;

use crate::columns::texts;
use crate::error::Result;
use crate::examine::{Unusable, facts, in_order};
use crate::finding::Finding;
use crate::firmness::{self, Firmness, Parcels as Graded};
use crate::indicators::{FlowTotal, Location, Occupant};
use crate::list::{self, Listing};
use crate::measure::Areas;
use crate::model::{FieldMapping, Parcels, Source, Zones};
use crate::progress::Progress;
use crate::read::{About, Inputs};
use crate::rulebook::Rulebook;
use crate::score::{self, Grading, Unasked};
use crate::seeds::Seeds;

/// A finished survey. Members with one entry a parcel are in input order.
#[derive(Debug, Clone)]
pub struct Survey {
    pub about: About,
    pub rulebook: Rulebook,
    /// What the city wants: its plan's targets, layout, parks, districts; none where nobody said so.
    pub policy: Option<Seeds>,
    /// The input's own columns.
    pub own: DataFrame,
    /// What the rulebook's expressions could name: own columns, known fields, enterprise figures, areas, location.
    pub table: DataFrame,
    pub parcels: Parcels,
    pub areas: Areas,
    pub area_stated_m2: Vec<Option<f64>>,
    /// The area the rulebook divides by, mu.
    pub area_mu: Vec<Option<f64>>,
    pub districts: Zones,
    pub parks: Zones,
    pub layout: Zones,
    pub location: Location,
    /// Enterprise figures spread over parcels: the columns by name, and the books that show nothing was lost.
    pub flow_columns: Vec<String>,
    pub flow_totals: Vec<FlowTotal>,
    /// Who is on each parcel; empty where there is no enterprise table.
    pub occupants: Vec<Vec<Occupant>>,
    pub grading: Grading,
    pub listing: Listing,
    /// How firm the grades are; none where the rulebook declares no draws.
    pub firmness: Option<Firmness>,
    /// What of the rulebook could not be asked, for want of figures.
    pub unasked: Vec<Unasked>,
    pub findings: Vec<Finding>,
    /// Which column each known field was taken from.
    pub fields: Vec<(Source, FieldMapping)>,
    /// The file each input was read from.
    pub files: Vec<(Source, PathBuf)>,
    /// The coordinate reference system of each layer, as named by the file or the user.
    pub crs: Vec<(Source, String)>,
}

impl Survey {
    /// The rows in ascending order of parcel id; rows of one id by area.
    #[must_use]
    pub fn order_by_id(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.parcels.ids.len()).collect();
        let key = |row: usize| (&self.parcels.ids[row], self.area_mu[row].unwrap_or(-1.0));
        order.par_sort_by(|a, b| key(*a).0.cmp(key(*b).0).then(key(*a).1.total_cmp(&key(*b).1)));
        order
    }

    /// A text column of [`Survey::table`], missing throughout where there is none.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<Option<String>> {
        texts(&self.table, name)
    }
}

/// The policy that ships with the program, if the districts are those it is about.
fn shipped_for(districts: &Zones) -> Option<Seeds> {
    let seeds = Seeds::shanghai().ok()?;
    districts.0.iter().any(|district| seeds.district(&district.id).is_some()).then_some(seeds)
}

/// Surveys a city.
///
/// ```
/// use mujun::{read::{Inputs, spec::{InputSpec, SurveySpec}}, progress::Silent, rulebook::Rulebook};
///
/// let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
/// let spec = SurveySpec::open(&folder.join("survey.toml"))?;
/// let rulebook = Rulebook::open("shanghai-illustrative")?;
/// let survey = mujun::survey(Inputs::open(&spec, &Silent)?, rulebook, &Silent)?;
///
/// let listed = survey.listing.listed.iter().filter(|listed| **listed).count();
/// assert!(listed > 0 && listed < survey.parcels.ids.len());
/// # Ok::<(), mujun::Error>(())
/// ```
///
/// # Errors
/// A zone layer has no ids, the enterprise table cannot be joined, or an expression of the rulebook names a column that is not
/// there. Faults of single rows are no errors but [`Survey::findings`].
pub fn survey(inputs: Inputs, rulebook: Rulebook, progress: &dyn Progress) -> Result<Survey> {
    let (about, policy) = (inputs.about.clone(), inputs.policy.clone());
    let facts = facts(inputs, &rulebook, rulebook.topology.in_survey, Unusable::Refused, progress)?;
    let mut findings = facts.findings;

    let in_rulebook = |e: crate::Error| e.in_file(&rulebook.path);
    let (flow_columns, flow_totals, occupants) = facts.flows.map_or_else(Default::default, |flows| {
        let names: Vec<String> = flows.columns.get_column_names().into_iter().map(ToString::to_string).collect();
        (names, flows.totals, flows.occupants)
    });
    let sums: Vec<String> = flow_totals.iter().map(|total: &FlowTotal| total.name.clone()).collect();
    let grading = score::score(&rulebook, &facts.table, &facts.checked.parcels.ids, &sums, &mut findings).map_err(in_rulebook)?;

    let listing = list::list(&rulebook, &facts.table, &grading).map_err(in_rulebook)?;
    let parcels = Graded { table: &facts.table, ids: &facts.checked.parcels.ids, sums: &sums };
    let firmness = {
        let step = progress.step("firmness", Some(u64::from(rulebook.firmness.draws)));
        firmness::firmness(&rulebook, parcels, &grading, &|draws| step.advance(draws)).map_err(in_rulebook)?
    };

    in_order(&mut findings);
    let unasked = score::unasked(&rulebook, &facts.table);
    Ok(Survey {
        about,
        policy: policy.or_else(|| shipped_for(&facts.districts)),
        own: facts.checked.own,
        table: facts.table,
        parcels: facts.checked.parcels,
        areas: facts.areas,
        area_stated_m2: facts.area_stated_m2,
        area_mu: facts.divisor_m2.iter().map(|area| area.map(crate::units::mu)).collect(),
        districts: facts.districts,
        parks: facts.parks,
        layout: facts.layout,
        location: facts.location,
        flow_columns,
        flow_totals,
        occupants,
        unasked,
        grading,
        listing,
        firmness,
        findings,
        fields: facts.fields,
        files: facts.files,
        crs: facts.crs,
        rulebook,
    })
}
