//! The rows that grow with the city: parcels, their enterprises, and which enterprise is on which parcel.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::SampleTruth;
use super::blocks::{Plot, Shape};
use super::city::{City, Site};
use super::enterprises::{Figures, Industry, around_one, choose, credit_code, figures, name};
use super::faults::{FaultKind, FaultTally, Schedule, damage};
use super::number::{Point, distance, exp, inside, plane};
use super::write::Layer;

const SQUARE_METRES_A_MU: f64 = 2000.0 / 3.0;
/// Year of the figures.
const YEAR: u32 = 2024;
/// Shares of parcels: one of a group under one enterprise, without enterprise, with several.
const GROUPED: f64 = 0.06;
const WITHOUT: f64 = 0.03;
const SEVERAL: f64 = 0.08;
/// Parcels that bring next to nothing.
const POOR: f64 = 0.07;

/// The files that grow with the city.
pub(super) struct Rows<'c> {
    city: &'c City,
    parcels: Layer,
    enterprises: BufWriter<File>,
    occupancy: BufWriter<File>,
    schedule: Schedule,
    last_id: String,
    pub truth: SampleTruth,
}

/// What the parcels of a block have in common with their enterprises: a parcel as it was written.
struct Written {
    id: String,
    district: &'static str,
    mu: f64,
    middle: Point,
    status: &'static str,
    storage: bool,
    poor: bool,
    fault: Option<FaultKind>,
}

impl<'c> Rows<'c> {
    pub fn create(dir: &Path, city: &'c City, parcels: u64) -> io::Result<Self> {
        let table = |name: &str, header: &str| -> io::Result<BufWriter<File>> {
            let mut out = BufWriter::with_capacity(1 << 18, File::create(dir.join(name))?);
            writeln!(out, "{header}")?;
            Ok(out)
        };
        let truth = SampleTruth {
            districts: city.districts.len() as u64,
            parks: city.parks.len() as u64,
            layout_zones: city.layout.len() as u64,
            faults: FaultKind::ALL.map(|kind| FaultTally { kind, count: 0, ids: Vec::new(), rows: Vec::new() }).to_vec(),
            ..SampleTruth::default()
        };
        Ok(Self {
            city,
            parcels: Layer::create(&dir.join("parcels.geojson"), "parcels")?,
            enterprises: table(
                "enterprises.csv",
                "enterprise_id,enterprise_name,industry_code,output_10k_yuan,revenue_10k_yuan,value_added_10k_yuan,\
                 tax_10k_yuan,tax_previous_10k_yuan,employees,energy_tce,rnd_10k_yuan,founded_year,industry_guidance,hazard,year",
            )?,
            occupancy: table("occupancy.csv", "parcel_id,enterprise_id,share")?,
            schedule: Schedule::new(parcels),
            last_id: String::new(),
            truth,
        })
    }

    /// Writes the parcels of one block and their enterprises.
    pub fn block(&mut self, site: &Site, plots: Vec<Plot>, rng: &mut ChaCha8Rng) -> io::Result<()> {
        // A little of a block's fortune is its own.
        let fortune = 0.25 * (rng.random::<f64>() - 0.5) + if site.parcels > 20 { -0.15 } else { 0.0 };
        let mut written = Vec::with_capacity(plots.len());
        for plot in plots {
            written.push(self.parcel(plot, rng)?);
        }
        let mut rest = written.as_slice();
        while let Some(first) = rest.first() {
            let damaged = first.fault.is_some_and(FaultKind::of_enterprise);
            let draw: f64 = rng.random();
            let size = if draw < GROUPED / 2.2 { rng.random_range(2..=3).min(rest.len()) } else { 1 };
            let (group, later) = rest.split_at(size);
            rest = later;
            if size > 1 {
                self.occupants(group, 1, fortune, rng)?;
            } else if draw > 1.0 - WITHOUT && !damaged {
                self.truth.parcels_without_enterprise += 1;
            } else if draw > 1.0 - WITHOUT - SEVERAL {
                self.truth.parcels_with_several += 1;
                let count = rng.random_range(2..=4);
                self.occupants(group, count, fortune, rng)?;
            } else {
                self.occupants(group, 1, fortune, rng)?;
            }
        }
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<SampleTruth> {
        self.parcels.finish()?;
        self.enterprises.flush()?;
        self.occupancy.flush()?;
        Ok(self.truth)
    }

    fn parcel(&mut self, plot: Plot, rng: &mut ChaCha8Rng) -> io::Result<Written> {
        let row = self.truth.parcels;
        let fault = self.schedule.at(row);
        let middle = middle(&plot.shape);
        let district = self.city.ground.district(middle).map_or("310000", |d| self.city.districts[d].code);
        let mut id = format!("{district}-{:06}", row + 1);
        if fault == Some(FaultKind::DuplicateId) && !self.last_id.is_empty() {
            id.clone_from(&self.last_id);
        }
        self.last_id.clone_from(&id);
        self.truth.parcels += 1;
        self.truth.parcels_in_parts += u64::from(plot.shape.len() > 1);
        self.truth.parcels_with_hole += u64::from(plot.shape.iter().any(|polygon| polygon.len() > 1));
        if let Some(kind) = fault.filter(|kind| !kind.of_enterprise()) {
            self.truth.record(kind, &id, row);
        }

        let poor = rng.random_bool(POOR);
        let status = status(poor, rng);
        let storage = rng.random_bool(0.1);
        let code = [["100101", "100102", "100103"], ["110101", "110102", "110103"]][usize::from(storage)][rng.random_range(0..3)];
        let area = plot.area_m2;
        let cover = if status == "idle" { 0.0 } else { (0.42 * around_one(0.25, rng)).clamp(0.05, 0.8) };
        let base = area * cover;
        let floors = (1.9 * around_one(0.4, rng)).clamp(1.0, 9.0);
        let planned_far = (base / area).max(0.3) * floors;
        let floor_area = base * floors * if fault == Some(FaultKind::FloorAreaHuge) { 1000.0 } else { 1.0 };
        let floor_area = if fault == Some(FaultKind::FloorAreaHuge) { floor_area.max(area * 400.0) } else { floor_area };
        let surveyed = area * (1.0 + 0.004 * (rng.random::<f64>() - 0.5));
        let stated = match fault {
            Some(FaultKind::AreaInMu) => Some(surveyed / SQUARE_METRES_A_MU),
            _ => (!rng.random_bool(0.02)).then_some(surveyed),
        };
        self.truth.area_stated_missing += u64::from(stated.is_none());
        let supplied: u32 = rng.random_range(1988..=2021);
        let built = (status != "idle" && !rng.random_bool(0.02)).then(|| supplied + rng.random_range(1..=3));
        let known = |value: f64, rng: &mut ChaCha8Rng| (!rng.random_bool(0.02)).then_some(value);
        let floor_area = if fault == Some(FaultKind::FloorAreaHuge) { Some(floor_area) } else { known(floor_area, rng) };
        let base = known(base, rng);
        let properties = format!(
            "\"parcel_id\":\"{id}\",\"land_use_code\":\"{code}\",\"area_stated_m2\":{},\"base_area_m2\":{},\"floor_area_m2\":{},\
             \"build_year\":{},\"land_status\":\"{status}\",\"supply_year\":{supplied},{}",
            json(stated, 2),
            json(base, 1),
            json(floor_area, 1),
            built.map_or_else(|| "null".to_owned(), |year| year.to_string()),
            contract(status, area, planned_far, row),
        );
        let shape = match fault {
            Some(kind) => damage(kind, plot.shape),
            None => Some(plot.shape),
        };
        self.parcels.feature(&properties, shape.as_ref())?;
        Ok(Written { id, district, mu: area / SQUARE_METRES_A_MU, middle, status, storage, poor, fault })
    }

    /// Puts `count` enterprises on a group of parcels: several on one, or one on several.
    fn occupants(&mut self, group: &[Written], count: u32, fortune: f64, rng: &mut ChaCha8Rng) -> io::Result<()> {
        let Some(first) = group.first() else { return Ok(()) };
        let (quarter, near) = self.city.quarter(first.middle);
        let in_park = near.is_some_and(|park| {
            self.city.parks[park].parts.iter().any(|part| inside(part.iter().map(Vec::as_slice), first.middle))
        });
        let sector = near.map(|park| self.city.parks[park].sector);
        let from_centre = distance(first.middle, [0.0; 2]);
        let place = fortune + if in_park { 0.35 } else { -0.1 } + 0.45 * exp(-from_centre / 16.0);
        let lift = place + if first.poor { -2.2 } else { 0.0 };
        let mu: f64 = group.iter().map(|parcel| parcel.mu).sum();
        let stopped = matches!(first.status, "idle" | "stopped");
        for n in 0..count {
            let industry = choose(sector, quarter, first.storage, rng);
            let mut report = figures(industry, mu / f64::from(count), lift, stopped, rng);
            let serial = self.truth.enterprises + 1;
            let id = credit_code(first.district, serial);
            let fault = group.iter().filter_map(|parcel| parcel.fault).find(|kind| n == 0 && kind.of_enterprise());
            if let Some(kind) = fault {
                match kind {
                    FaultKind::NegativeEmployees => report.employees = Some(-report.employees.unwrap_or(12).abs().max(1)),
                    _ => report.output = Some(-report.output.unwrap_or(800.0).abs().max(1.0)),
                }
                self.truth.record(kind, &id, self.truth.enterprises);
            }
            self.enterprise(&id, industry, serial, &report)?;
            self.occupy(group, &id, rng)?;
        }
        if rng.random_bool(0.004) {
            // An enterprise whose parcel nobody knows.
            let industry = choose(sector, quarter, false, rng);
            let report = figures(industry, 10.0, 0.0, false, rng);
            let serial = self.truth.enterprises + 1;
            let id = credit_code(first.district, serial);
            self.enterprise(&id, industry, serial, &report)?;
            writeln!(self.occupancy, "{}-X{serial:05},{id},1", first.district)?;
            self.truth.occupancies += 1;
            self.truth.enterprises_without_parcel += 1;
        }
        Ok(())
    }

    fn enterprise(&mut self, id: &str, industry: Industry, serial: u64, report: &Figures) -> io::Result<()> {
        self.truth.enterprises += 1;
        let mut own = apart(serial, 1);
        let founded = if own.random_bool(0.01) { YEAR - 1 } else { own.random_range(1992..=2021) };
        let guidance = match own.random::<f64>() {
            d if d < 0.004 => "eliminated",
            d if d < 0.03 => "restricted",
            d if d < 0.2 => "encouraged",
            _ => "",
        };
        let hazard = if own.random_bool(0.003) { "unsafe" } else { "" };
        writeln!(
            self.enterprises,
            "{id},{},{},{},{},{},{},{},{},{},{},{},{},{},{YEAR}",
            name(industry, serial),
            industry.code,
            cell(report.output),
            cell(report.revenue),
            cell(report.added),
            cell(report.tax),
            cell(report.tax.map(|tax| tax * around_one(0.2, &mut own))),
            report.employees.map(|n| n.to_string()).unwrap_or_default(),
            cell(report.energy_tce),
            cell(report.research),
            founded,
            guidance,
            hazard,
        )
    }

    fn occupy(&mut self, group: &[Written], id: &str, rng: &mut ChaCha8Rng) -> io::Result<()> {
        let blank = rng.random_bool(0.3);
        let whole: f64 = group.iter().map(|parcel| parcel.mu).sum();
        // Hundredths, the last one taking what is left.
        let mut left = 100;
        for (k, parcel) in group.iter().enumerate() {
            #[allow(clippy::cast_possible_truncation)]
            let part = if k + 1 == group.len() { left } else { ((100.0 * parcel.mu / whole).round() as i64).clamp(0, left) };
            left -= part;
            let share = if blank { String::new() } else { format!("{}.{:02}", part / 100, part % 100) };
            writeln!(self.occupancy, "{},{id},{share}", parcel.id)?;
            self.truth.occupancies += 1;
            self.truth.shares_blank += u64::from(blank);
        }
        self.truth.enterprises_on_several += u64::from(group.len() > 1);
        Ok(())
    }
}

/// What the land contract and its supervision say of a parcel.
fn contract(status: &str, area: f64, planned_far: f64, row: u64) -> String {
    let mut own = apart(row, 2);
    // Most built about what they had promised, one in thirty far less.
    let promised = planned_far * (0.7 + 0.4 * own.random::<f64>()) * if own.random_bool(0.033) { 2.8 } else { 1.0 };
    let not_started = (status == "idle").then(|| own.random_range(3..=40));
    let stopped = (status == "stopped").then(|| own.random_range(3..=36));
    let built = stopped.map(|_| 0.1 + 0.9 * own.random::<f64>());
    let invested = stopped.map(|_| 0.1 + 0.9 * own.random::<f64>());
    let empty = if own.random_bool(0.03) { area * (0.1 + 0.5 * own.random::<f64>()) } else { 0.0 };
    let let_out = if status == "let_out" { 0.5 + 0.5 * own.random::<f64>() } else { 0.0 };
    let whole = |months: Option<i32>| months.map_or_else(|| "null".to_owned(), |months| months.to_string());
    format!(
        "\"contract_far\":{promised:.1},\"months_not_started\":{},\"months_stopped\":{},\"built_share\":{},\"invested_share\":{},\
         \"empty_land_m2\":{empty:.1},\"let_out_share\":{let_out:.2}",
        whole(not_started),
        whole(stopped),
        json(built, 2),
        json(invested, 2),
    )
}

/// A generator of its own for one row, so that a new column changes no other.
fn apart(row: u64, column: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(row);
    rng.set_stream(column);
    rng
}

fn status(poor: bool, rng: &mut ChaCha8Rng) -> &'static str {
    let draw: f64 = rng.random();
    let often = if poor { 3.0 } else { 1.0 };
    match draw {
        d if d < 0.012 * often => "idle",
        d if d < 0.03 * often => "stopped",
        d if d < 0.08 * often => "let_out",
        _ => "in_use",
    }
}

/// Middle of the outer ring of the first polygon, in the plane.
#[allow(clippy::cast_precision_loss)]
fn middle(shape: &Shape) -> Point {
    let ring = shape.first().and_then(|polygon| polygon.first()).map(Vec::as_slice).unwrap_or_default();
    let n = ring.len().max(1) as f64;
    let [lon, lat] = [0, 1].map(|axis| ring.iter().map(|spot| spot[axis] as f64 / 1e7).sum::<f64>() / n);
    plane(lon, lat)
}

fn json(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "null".to_owned(), |value| format!("{value:.decimals$}"))
}

fn cell(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.2}")).unwrap_or_default()
}
