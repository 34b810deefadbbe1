//! Builds the map page in `web/` into one file that the program embeds. Needs Node at build time only.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const SOURCES: [&str; 4] = ["package.json", "package-lock.json", ".npmrc", "bundle.mjs"];
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn main() -> Result<(), Box<dyn Error>> {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("web");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let work = out.join("web");
    fs::create_dir_all(work.join("src"))?;
    for name in SOURCES {
        copy(&web.join(name), &work.join(name))?;
    }
    for entry in fs::read_dir(web.join("src"))? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            copy(&path, &work.join("src").join(name))?;
        }
    }
    println!("cargo:rerun-if-changed=web/src");
    println!("cargo:rerun-if-changed=build.rs");
    install(&work)?;
    let page = out.join("map_page.html");
    run(Command::new("node").arg("bundle.mjs").arg(&page).current_dir(&work), "node bundle.mjs")
}

fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", from.display());
    fs::copy(from, to).map_err(|e| format!("{}: {e}", from.display()))?;
    Ok(())
}

/// Installs what the lock file names, unless it was installed before from the same lock file.
fn install(work: &Path) -> Result<(), Box<dyn Error>> {
    let (lock, installed) = (fs::read(work.join("package-lock.json"))?, work.join("installed.lock"));
    if fs::read(&installed).is_ok_and(|earlier| earlier == lock) {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"];
    run(Command::new(NPM).args(arguments).current_dir(work), "npm ci")?;
    fs::write(installed, lock)?;
    Ok(())
}

fn run(command: &mut Command, name: &str) -> Result<(), Box<dyn Error>> {
    let output = command.output().map_err(|e| {
        format!("`{name}` could not be started ({e}); building needs Node 18 or newer with npm, running does not")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("`{name}` failed while building the map page:\n{}", String::from_utf8_lossy(&said)).into())
}
