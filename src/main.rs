//! The `mujun` program: parses, runs, prints the error if there is one. Everything else is the library's.

use std::process::ExitCode;

/// Layers are millions of small allocations, made by one thread and freed by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command could not run.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    match mujun::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mujun: {error}");
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
