//! A made-up city to try the program on: parcels, enterprises, districts, parks and a layout plan, with deliberate defects.
//!
//! Everything is invented. The same [`SampleSpec`] gives the same bytes everywhere, and memory does not grow with the number of
//! parcels: blocks are drawn one by one, each from its own stream of random numbers.

mod blocks;
mod city;
mod districts;
mod enterprises;
mod faults;
mod lattice;
mod number;
mod parks;
mod rows;
mod write;

use std::io;
use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use city::City;
pub use faults::{FaultKind, FaultTally};

/// Which city to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleSpec {
    /// Number of parcels; from 500 there are deliberate defects.
    pub parcels: u64,
    /// Another seed, another city.
    pub seed: u64,
}

/// What was written, and what is wrong with it on purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleTruth {
    /// Rows of `parcels.geojson`.
    pub parcels: u64,
    /// Rows of `enterprises.csv`.
    pub enterprises: u64,
    /// Rows of `occupancy.csv`.
    pub occupancies: u64,
    /// Features of `districts.geojson`.
    pub districts: u64,
    /// Features of `parks.geojson`.
    pub parks: u64,
    /// Features of `layout.geojson`.
    pub layout_zones: u64,
    /// Parcels of several parts, and parcels with a hole, before defects.
    pub parcels_in_parts: u64,
    /// Parcels with at least one hole, before defects.
    pub parcels_with_hole: u64,
    /// Parcels without stated area.
    pub area_stated_missing: u64,
    /// Parcels no row of `occupancy.csv` names.
    pub parcels_without_enterprise: u64,
    /// Parcels with two enterprises or more.
    pub parcels_with_several: u64,
    /// Enterprises on two parcels or more.
    pub enterprises_on_several: u64,
    /// Enterprises whose only row in `occupancy.csv` names a parcel that does not exist.
    pub enterprises_without_parcel: u64,
    /// Rows of `occupancy.csv` without share.
    pub shares_blank: u64,
    /// Deliberate defects, one entry for each kind.
    pub faults: Vec<FaultTally>,
}

impl SampleTruth {
    /// The defects of one kind.
    #[must_use]
    pub fn fault(&self, kind: FaultKind) -> Option<&FaultTally> {
        self.faults.iter().find(|tally| tally.kind == kind)
    }

    fn record(&mut self, kind: FaultKind, id: &str, row: u64) {
        if let Some(tally) = self.faults.iter_mut().find(|tally| tally.kind == kind) {
            tally.record(id, row);
        }
    }
}

/// Writes `parcels.geojson`, `enterprises.csv`, `occupancy.csv`, `districts.geojson`, `parks.geojson`, `layout.geojson` and
/// `survey.toml` into `dir`, which must exist, and calls `progress` with the number of parcels written so far.
///
/// # Errors
/// A file cannot be written.
pub fn write(dir: &Path, spec: &SampleSpec, progress: &mut dyn FnMut(u64)) -> io::Result<SampleTruth> {
    let city = City::new(spec.seed, spec.parcels);
    write::zones(dir, &city)?;
    write::survey(dir, spec.parcels, spec.seed)?;
    let mut rows = rows::Rows::create(dir, &city, spec.parcels)?;
    let seeded = ChaCha8Rng::seed_from_u64(spec.seed);
    // What one block could not take the next ones do.
    let mut owed = 0;
    for site in city.sites() {
        let mut rng = seeded.clone();
        rng.set_stream(site.number);
        let wanted = site.parcels + owed;
        let plots = blocks::plots(city.lattice, site.i, site.j, wanted, &mut rng);
        owed = wanted.saturating_sub(u32::try_from(plots.len()).unwrap_or(wanted));
        rows.block(&site, plots, &mut rng)?;
        progress(rows.truth.parcels);
    }
    rows.finish()
}
