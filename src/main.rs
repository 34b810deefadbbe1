//! The `mujun` program: parses, runs, prints the error if there is one. Everything else is the library's.

use std::process::ExitCode;

use mujun::cli::Outcome;

/// Layers are millions of small allocations, made by one thread and freed by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command ran, but the check that was asked for failed.
const CHECK_FAILED: u8 = 1;
/// The command could not run.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    match mujun::cli::run() {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::CheckFailed) => ExitCode::from(CHECK_FAILED),
        Err(error) => {
            eprintln!("mujun: {error}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
