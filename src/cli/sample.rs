//! `mujun sample`

use std::path::Path;

use super::args::SampleArgs;
use crate::error::{Error, Result, io};
use crate::progress::Progress;
use crate::sample::{self, SampleSpec, SampleTruth};

/// The sample city: the one in `data/` and of `mujun demo`.
pub(super) const CITY: SampleSpec = SampleSpec { parcels: 3000, seed: 2025 };

pub(super) fn run(args: &SampleArgs, progress: &dyn Progress) -> Result<SampleTruth> {
    let spec = SampleSpec { parcels: args.parcels, seed: args.seed };
    if !args.overwrite && std::fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::new("the output folder exists and is not empty")
            .in_file(&args.out)
            .remedy("choose another folder with -o, or add --overwrite"));
    }
    write(&args.out, &spec, progress)
}

pub(super) fn write(folder: &Path, spec: &SampleSpec, progress: &dyn Progress) -> Result<SampleTruth> {
    std::fs::create_dir_all(folder).map_err(|e| io(folder, "create", &e))?;
    let step = progress.step("write sample", Some(spec.parcels));
    sample::write(folder, spec, &mut |n| step.advance(n)).map_err(|e| io(folder, "write", &e))
}
