//! Builds the map page in `web/` into one file that the program embeds. Needs Node at build time only.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const SOURCES: [&str; 5] = ["package.json", "package-lock.json", ".npmrc", "tsconfig.json", "bundle.mjs"];
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
const NEEDED: &str = "building mujun needs Node.js 18 or newer with npm on the PATH, to make the map page \
(install it from your system's packages or from nodejs.org); running mujun does not";

fn main() -> Result<(), Box<dyn Error>> {
    keep_sqlite_apart();
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("web");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let work = out.join("web");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", web.join("src").display());
    for name in SOURCES {
        println!("cargo:rerun-if-changed={}", web.join(name).display());
    }
    // A source that is gone must not linger; what npm installed may stay.
    if work.join("src").exists() {
        fs::remove_dir_all(work.join("src"))?;
    }
    copy_folder(&web.join("src"), &work.join("src"))?;
    for name in SOURCES {
        copy(&web.join(name), &work.join(name))?;
    }
    install(&work)?;
    let page = out.join("map_page.html");
    run(Command::new("node").arg("bundle.mjs").arg(&page).current_dir(&work), "node bundle.mjs")
}

/// The program has its own `SQLite`, GDAL the system's. Unless the linker is told not to, it offers ours to GDAL's libraries, which
/// then use some functions of the one and some of the other, and crash.
fn keep_sqlite_apart() {
    let system = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if env::var_os("CARGO_FEATURE_GDAL").is_some() && system == "linux" {
        println!("cargo:rustc-link-arg=-Wl,--exclude-libs,ALL");
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).map_err(|e| format!("{}: {e}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() { copy_folder(&entry.path(), &target)? } else { copy(&entry.path(), &target)? }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::copy(from, to).map_err(|e| format!("{}: {e}", from.display()))?;
    Ok(())
}

/// Installs what the lock file names, unless it was installed before from the same lock file.
fn install(work: &Path) -> Result<(), Box<dyn Error>> {
    let (lock, installed) = (fs::read(work.join("package-lock.json"))?, work.join("installed.lock"));
    if work.join("node_modules").exists() && fs::read(&installed).is_ok_and(|earlier| earlier == lock) {
        return Ok(());
    }
    if installed.exists() {
        fs::remove_file(&installed)?;
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"];
    run(Command::new(NPM).args(arguments).current_dir(work), "npm ci")?;
    fs::write(installed, lock)?;
    Ok(())
}

fn run(command: &mut Command, name: &str) -> Result<(), Box<dyn Error>> {
    let output = command.output().map_err(|e| format!("`{name}` could not be started ({e}); {NEEDED}"))?;
    if output.status.success() {
        return Ok(());
    }
    eprintln!("{}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
    Err(format!("`{name}` failed while building the map page, see above; {NEEDED}").into())
}
