//! Layers and published answers that are not part of the project, beside it in `../shared`, or where `MUJUN_SHARED` says.

use std::path::{Path, PathBuf};

/// A folder of `../shared`; without it the test is skipped and says so.
pub fn folder(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("MUJUN_SHARED").map_or_else(beside, PathBuf::from).join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: ../shared/{name} is not there");
    None
}
