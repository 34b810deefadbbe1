//! Enterprise figures on parcels: shared out by occupancy, sums preserved.
//!
//! Each enterprise row is spread over its parcels with weights that sum to 1: the shares of the occupancy table, the area of
//! the parcels where the table is silent, or all of it on the one parcel the row names. What a parcel then has is the sum over
//! its enterprises.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::years;
use crate::check;
use crate::error::{Error, Result};
use crate::finding::{Code, Detail, Finding, Place, detail};
use crate::model::{Source, Table};
use crate::read::EnterpriseSettings;
use crate::read::fields::field;

/// Shares whose sum differs from 1 by more than this are scaled, with a finding.
pub const SHARE_SUM_TOLERANCE: f64 = 1e-6;

/// The enterprises' figures, one row a parcel.
#[derive(Debug, Clone)]
pub struct Flows {
    /// Sums of the additive figures, the main occupant's other columns, and `enterprise_count`.
    pub columns: DataFrame,
    /// Sum of each additive figure over the enterprise table, and over the parcels.
    pub totals: Vec<FlowTotal>,
    /// Figures of enterprises that are on no known parcel.
    pub enterprises_without_parcel: usize,
    /// Who is on each parcel, in ascending order of id.
    pub occupants: Vec<Vec<Occupant>>,
}

/// An enterprise on a parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occupant {
    /// Its row in the enterprise table, from 1.
    pub row: usize,
    pub id: String,
    pub name: Option<String>,
    /// The share of its figures that counts here.
    pub share: f64,
    /// Its additive figures, all of them and not its share.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
}

/// The books of one figure: what came in, what is on parcels, what is on none.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowTotal {
    pub name: String,
    pub enterprises: f64,
    pub parcels: f64,
    pub unplaced: f64,
}

/// The enterprise table, read and checked.
struct Enterprises<'a> {
    table: &'a Table,
    canonical: DataFrame,
    ids: Vec<String>,
    /// Whether a row counts; one of another year does not.
    counted: Vec<bool>,
}

impl<'a> Enterprises<'a> {
    fn of(table: &'a Table, year: Option<i32>, findings: &mut Vec<Finding>) -> Result<Self> {
        let canonical = check::table(table, findings)?;
        let counted = years::counted(&canonical, year, &table.path, findings)?;
        Ok(Self { table, ids: enterprise_ids(&canonical), canonical, counted })
    }

    /// Tells the rows that say the same more than once: of the same enterprise, or, where each row names its parcel, on the same parcel.
    fn duplicates(&self, parcels: Option<&[Option<String>]>, findings: &mut Vec<Finding>) {
        // A row that does not count repeats nothing.
        let alone = |row: usize| (!self.counted[row]).then_some(row);
        let keys = self.ids.iter().enumerate().map(|(row, id)| (id, parcels.map(|parcels| &parcels[row]), alone(row)));
        for rows in check::repeated(keys) {
            findings.extend(rows.iter().map(|&row| {
                let place = place(Source::Enterprises, row, &self.ids[row]);
                Finding::new(Code::EnterpriseDuplicate, place, check::also_in(&rows, row, |_| Detail::default()))
            }));
        }
    }
}

/// An enterprise row's weight on a parcel row.
struct Link {
    parcel: usize,
    enterprise: usize,
    weight: f64,
}

/// Spreads the enterprise table over the parcels: of several years of one enterprise the year asked for, or the latest.
///
/// # Errors
/// A year is asked for that the enterprise table does not have, or it has neither parcel ids nor an occupancy table that places its enterprises.
pub fn flows(
    enterprises: &Table,
    occupancy: Option<&Table>,
    settings: &EnterpriseSettings,
    parcel_ids: &[String],
    area: &[Option<f64>],
    findings: &mut Vec<Finding>,
) -> Result<Flows> {
    let firms = Enterprises::of(enterprises, settings.year, findings)?;
    let ids = &firms.ids;
    let mut parcel_rows: HashMap<&str, Vec<usize>> = HashMap::with_capacity(parcel_ids.len());
    for (row, id) in parcel_ids.iter().enumerate() {
        parcel_rows.entry(id).or_default().push(row);
    }
    let mut claims = match occupancy {
        Some(table) => {
            firms.duplicates(None, findings);
            claims_of_occupancy(table, ids, &parcel_rows, findings)?
        }
        None => claims_of_rows(&firms, &parcel_rows, findings)?,
    };
    claims.iter_mut().zip(&firms.counted).filter(|(_, counted)| !**counted).for_each(|(claims, _)| claims.clear());
    // One order of summation, whatever the order of the rows.
    for claims in &mut claims {
        claims
            .iter_mut()
            .for_each(|(rows, _)| rows.sort_by(|a, b| area[*a].unwrap_or(-1.0).total_cmp(&area[*b].unwrap_or(-1.0))));
        claims.sort_by(|(a, x), (b, y)| {
            (parcel_ids[a[0]].cmp(&parcel_ids[b[0]])).then(x.unwrap_or(-1.0).total_cmp(&y.unwrap_or(-1.0)))
        });
    }
    let mut links = Vec::new();
    for (enterprise, claims) in claims.iter().enumerate().filter(|(enterprise, _)| firms.counted[*enterprise]) {
        if claims.is_empty() {
            findings.push(Finding::new(Code::EnterpriseNoParcel, place(Source::Enterprises, enterprise, &ids[enterprise]), ""));
        }
        links.extend(weigh(enterprise, &ids[enterprise], claims, area, findings));
    }
    links.sort_by(|a, b| (a.parcel, &ids[a.enterprise], a.enterprise).cmp(&(b.parcel, &ids[b.enterprise], b.enterprise)));
    collect(&firms, &settings.sums, &links, parcel_ids, findings)
}

fn place(source: Source, row: usize, id: &str) -> Place {
    Place { source, row: Some(row), id: Some(id.to_owned()), at: None }
}

pub(super) fn text(table: &DataFrame, name: &str) -> Option<Vec<Option<String>>> {
    let column = table.column(name).ok()?;
    Some(column.str().ok()?.iter().map(|t| t.map(str::to_owned)).collect())
}

/// The enterprise ids, `row-000012` where there is none.
fn enterprise_ids(canonical: &DataFrame) -> Vec<String> {
    let given = text(canonical, "enterprise_id").unwrap_or_else(|| vec![None; canonical.height()]);
    given.into_iter().enumerate().map(|(row, id)| id.unwrap_or_else(|| format!("row-{:06}", row + 1))).collect()
}

/// What each enterprise claims: parcel rows and the share given, if any.
type Claims = Vec<Vec<(Vec<usize>, Option<f64>)>>;

fn claims_of_rows(firms: &Enterprises, parcel_rows: &HashMap<&str, Vec<usize>>, findings: &mut Vec<Finding>) -> Result<Claims> {
    let Some(parcels) = text(&firms.canonical, "parcel_id") else {
        return Err(Error::new("has no column of parcel ids, and there is no occupancy table")
            .in_file(&firms.table.path)
            .remedy("name the column in survey.toml: [enterprises] fields = { parcel_id = \"…\" }, or give [occupancy] with parcel_id and enterprise_id"));
    };
    firms.duplicates(Some(&parcels), findings);
    Ok(parcels
        .into_iter()
        .map(|id| id.and_then(|id| parcel_rows.get(id.as_str())).map(|rows| vec![(rows.clone(), None)]).unwrap_or_default())
        .collect())
}

fn claims_of_occupancy(
    table: &Table,
    ids: &[String],
    parcel_rows: &HashMap<&str, Vec<usize>>,
    findings: &mut Vec<Finding>,
) -> Result<Claims> {
    let canonical = check::table(table, findings)?;
    let column = |name: &str| {
        text(&canonical, name).ok_or_else(|| {
            Error::new(format!("has no column {name}"))
                .in_file(&table.path)
                .remedy(format!("name it in survey.toml: [occupancy] fields = {{ {name} = \"…\" }}"))
        })
    };
    let (parcels, enterprises) = (column("parcel_id")?, column("enterprise_id")?);
    let shares: Vec<Option<f64>> = match canonical.column("share").ok().and_then(|c| c.f64().ok()) {
        Some(shares) => shares.iter().collect(),
        None => vec![None; parcels.len()],
    };
    let mut enterprise_rows: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, id) in ids.iter().enumerate() {
        enterprise_rows.entry(id).or_default().push(row);
    }
    let mut claims: Claims = vec![Vec::new(); ids.len()];
    for (row, (parcel, enterprise)) in parcels.into_iter().zip(enterprises).enumerate() {
        let at = |id: &str| place(Source::Occupancy, row, id);
        let (parcel, enterprise) = (parcel.unwrap_or_default(), enterprise.unwrap_or_default());
        match (parcel_rows.get(parcel.as_str()), enterprise_rows.get(enterprise.as_str())) {
            (None, _) => findings.push(Finding::new(
                Code::OccupancyParcel,
                at(&parcel),
                detail!("企业 {enterprise}", "enterprise {enterprise}"),
            )),
            (_, None) => findings.push(Finding::new(
                Code::OccupancyEnterprise,
                at(&enterprise),
                detail!("宗地 {parcel}", "parcel {parcel}"),
            )),
            (Some(on), Some(rows)) => rows.iter().for_each(|e| claims[*e].push((on.clone(), shares[row]))),
        }
    }
    Ok(claims)
}

/// The weights of one enterprise, which sum to 1.
fn weigh(
    enterprise: usize,
    id: &str,
    claims: &[(Vec<usize>, Option<f64>)],
    area: &[Option<f64>],
    findings: &mut Vec<Finding>,
) -> Vec<Link> {
    let given: f64 = claims.iter().filter_map(|(_, share)| *share).sum();
    let silent = claims.iter().any(|(_, share)| share.is_none());
    let left = 1.0 - given;
    let off = if silent { left < -SHARE_SUM_TOLERANCE } else { left.abs() > SHARE_SUM_TOLERANCE };
    if off && !claims.is_empty() {
        findings.push(Finding::new(
            Code::OccupancyShares,
            place(Source::Enterprises, enterprise, id),
            detail!("合计为 {given}", "they sum to {given}"),
        ));
    }
    // By area within each group; equal parts where no area is known.
    let spread = |rows: &[usize], whole: f64| -> Vec<Link> {
        let total: f64 = rows.iter().filter_map(|row| area[*row]).sum();
        #[allow(clippy::cast_precision_loss)]
        let part = |row: usize| if total > 0.0 { area[row].unwrap_or(0.0) / total } else { 1.0 / rows.len() as f64 };
        rows.iter().map(|&row| Link { parcel: row, enterprise, weight: whole * part(row) }).collect()
    };
    let mut links: Vec<Link> =
        claims.iter().filter_map(|(rows, share)| share.map(|share| spread(rows, share))).flatten().collect();
    if silent {
        let rows: Vec<usize> = claims.iter().filter(|(_, share)| share.is_none()).flat_map(|(rows, _)| rows.clone()).collect();
        links.extend(spread(&rows, left.max(0.0)));
    }
    let sum: f64 = links.iter().map(|link| link.weight).sum();
    if sum > 0.0 {
        links.iter_mut().for_each(|link| link.weight /= sum);
    } else {
        // All shares are given as zero: as if none were given.
        let rows: Vec<usize> = claims.iter().flat_map(|(rows, _)| rows.clone()).collect();
        links = spread(&rows, 1.0);
    }
    links
}

fn collect(
    firms: &Enterprises,
    sums: &[String],
    links: &[Link],
    parcel_ids: &[String],
    findings: &mut Vec<Finding>,
) -> Result<Flows> {
    let Enterprises { table, canonical, ids, counted } = firms;
    let rows = parcel_ids.len();
    let placed: Vec<bool> = links.iter().fold(vec![false; ids.len()], |mut placed, link| {
        placed[link.enterprise] = true;
        placed
    });
    let mut additive: Vec<(String, Vec<Option<f64>>)> = Vec::new();
    for column in canonical.columns() {
        if field(column.name()).is_some_and(|field| field.add)
            && let Ok(values) = column.f64()
        {
            additive.push((column.name().to_string(), values.iter().collect()));
        }
    }
    for name in sums {
        let column = table
            .rows
            .column(name)
            .and_then(|c| c.cast(&DataType::Float64))
            .map_err(|e| Error::new(e.to_string()).in_file(&table.path))?;
        additive.push((
            name.clone(),
            column
                .f64()
                .map_err(|e| Error::new(e.to_string()).in_file(&table.path))?
                .iter()
                .map(|x| x.filter(|x| x.is_finite()))
                .collect(),
        ));
    }
    let mut columns = Vec::new();
    let mut totals = Vec::new();
    let mut partial: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (name, values) in &additive {
        let mut on_parcels: Vec<Option<f64>> = vec![None; rows];
        let mut silent = vec![false; rows];
        for link in links {
            match values[link.enterprise] {
                Some(value) => *on_parcels[link.parcel].get_or_insert(0.0) += value * link.weight,
                None => silent[link.parcel] = true,
            }
        }
        for row in (0..rows).filter(|row| silent[*row] && on_parcels[*row].is_some()) {
            partial.entry(row).or_default().push(name);
        }
        let sum = |keep: &dyn Fn(usize) -> bool| ordered_sum(ids, values, keep);
        totals.push(FlowTotal {
            name: name.clone(),
            enterprises: sum(&|e| counted[e]),
            parcels: parcel_sum(parcel_ids, &on_parcels),
            unplaced: sum(&|e| counted[e] && !placed[e]),
        });
        columns.push(Column::new(name.as_str().into(), on_parcels));
    }
    for (row, names) in partial {
        findings.push(Finding::new(Code::FlowPartial, place(Source::Parcels, row, &parcel_ids[row]), names.join(", ")));
    }
    let main = main_occupants(rows, links, ids, &additive);
    let take: IdxCa = main.iter().map(|e| e.and_then(|e| IdxSize::try_from(e).ok())).collect();
    for column in canonical.columns() {
        let name = column.name().as_str();
        if name != "parcel_id" && !additive.iter().any(|(known, _)| known == name) {
            columns.push(column.take(&take).map_err(|e| Error::new(e.to_string()))?);
        }
    }
    let mut count = vec![0i64; rows];
    links.iter().for_each(|link| count[link.parcel] += 1);
    columns.push(Column::new("enterprise_count".into(), count));
    let columns = DataFrame::new(rows, columns).map_err(|e| Error::new(e.to_string()))?;
    Ok(Flows {
        columns,
        totals,
        enterprises_without_parcel: (0..ids.len()).filter(|e| counted[*e] && !placed[*e]).count(),
        occupants: occupants(rows, links, ids, text(canonical, "enterprise_name").as_deref(), &additive),
    })
}

fn occupants(
    rows: usize,
    links: &[Link],
    ids: &[String],
    names: Option<&[Option<String>]>,
    additive: &[(String, Vec<Option<f64>>)],
) -> Vec<Vec<Occupant>> {
    let mut occupants = vec![Vec::new(); rows];
    for link in links {
        occupants[link.parcel].push(Occupant {
            row: link.enterprise + 1,
            id: ids[link.enterprise].clone(),
            name: names.and_then(|names| names[link.enterprise].clone()),
            share: link.weight,
            figures: additive.iter().filter_map(|(name, values)| Some((name.clone(), values[link.enterprise]?))).collect(),
        });
    }
    occupants
}

/// The sum in ascending order of id, so that it does not depend on the order of the rows.
fn ordered_sum(ids: &[String], values: &[Option<f64>], keep: &dyn Fn(usize) -> bool) -> f64 {
    let mut terms: Vec<(&str, f64)> = values
        .iter()
        .enumerate()
        .filter(|(e, _)| keep(*e))
        .filter_map(|(e, value)| value.map(|value| (ids[e].as_str(), value)))
        .collect();
    terms.sort_by(|a, b| a.0.cmp(b.0).then(a.1.total_cmp(&b.1)));
    terms.iter().map(|(_, value)| value).sum()
}

fn parcel_sum(ids: &[String], values: &[Option<f64>]) -> f64 {
    ordered_sum(ids, values, &|_| true)
}

/// The occupant that brings a parcel most of the first figure its occupants report; of equal ones the smaller id.
fn main_occupants(rows: usize, links: &[Link], ids: &[String], additive: &[(String, Vec<Option<f64>>)]) -> Vec<Option<usize>> {
    const MEASURES: [&str; 4] = ["output_10k_yuan", "revenue_10k_yuan", "tax_10k_yuan", "employees"];
    let measures: Vec<&Vec<Option<f64>>> =
        MEASURES.iter().filter_map(|name| additive.iter().find(|(known, _)| known == name)).map(|(_, values)| values).collect();
    let brought =
        |link: &Link| measures.iter().find_map(|values| values[link.enterprise]).map_or(-1.0, |value| value * link.weight);
    let mut main: Vec<Option<&Link>> = vec![None; rows];
    for link in links {
        let better = main[link.parcel].is_none_or(|best| {
            brought(link).total_cmp(&brought(best)).then_with(|| ids[best.enterprise].cmp(&ids[link.enterprise])).is_gt()
        });
        if better {
            main[link.parcel] = Some(link);
        }
    }
    main.into_iter().map(|link| link.map(|link| link.enterprise)).collect()
}
