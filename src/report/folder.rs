//! The survey folder appears whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Format, Output, POLICY, RULEBOOK, manifest};
use crate::error::{Error, Result, io};

/// A folder beside the final one, removed unless it is finished.
pub(super) struct PartialFolder(TempDir);

impl PartialFolder {
    pub fn create(target: &Path) -> Result<Self> {
        let parent = parent(target);
        fs::create_dir_all(&parent).map_err(|e| io(&parent, "create", &e))?;
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let prefix = format!(".{name}.partial-");
        let mut folder = tempfile::Builder::new();
        folder.prefix(&prefix);
        // A temporary folder is its maker's alone; this one becomes the final one, which the mask decides about.
        #[cfg(unix)]
        folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        folder.tempdir_in(&parent).map(Self).map_err(|e| io(target, "create", &e))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts the files in their final place. Files of an earlier survey that this one did not write go.
    pub fn finish(self, target: &Path) -> Result<()> {
        let place = |e: std::io::Error| io(target, "write", &e);
        if !target.exists() {
            return fs::rename(self.0.path(), target).map_err(place);
        }
        for name in names() {
            let (from, to) = (self.file(name), target.join(name));
            if from.exists() {
                fs::rename(&from, &to).map_err(place)?;
            } else if to.exists() {
                fs::remove_file(&to).map_err(place)?;
            }
        }
        Ok(())
    }
}

/// Every file a survey may write.
fn names() -> impl Iterator<Item = &'static str> {
    Format::ALL.iter().map(|format| format.file_name()).chain([RULEBOOK, manifest::FILE_NAME]).chain(POLICY)
}

fn parent(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

pub(super) fn check(output: &Output, inputs: &[PathBuf]) -> Result<()> {
    let folder = &output.folder;
    if folder.is_file() {
        return Err(Error::new("is a file; the survey needs a folder of its own")
            .in_file(folder)
            .remedy("choose another name with -o"));
    }
    if let Ok(real) = folder.canonicalize() {
        for name in names() {
            let file = real.join(name);
            if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == file)) {
                return Err(Error::new("is an input of the survey and would be overwritten")
                    .in_file(file)
                    .remedy("choose another folder with -o"));
            }
        }
    }
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !output.overwrite {
        return Err(Error::new("the output folder exists and is not empty")
            .in_file(folder)
            .remedy("choose another folder with -o, or add --overwrite to replace the survey in it"));
    }
    // What looks like a file of an earlier survey is one only where a survey says so.
    if let Some(name) = names().find(|name| folder.join(name).exists())
        && !manifest::is_in(folder)
    {
        return Err(Error::new("is in the output folder, which holds no earlier survey: --overwrite would destroy it")
            .in_file(folder.join(name))
            .remedy("move it away, or choose another folder with -o"));
    }
    Ok(())
}

/// Names the final folder instead of the partial one.
pub(super) fn in_final_place(partial: &PartialFolder, output: &Output, error: Error) -> Error {
    match error.file().and_then(|file| file.strip_prefix(partial.0.path()).ok()).map(|name| output.folder.join(name)) {
        Some(place) => error.moved_to(place),
        None => error,
    }
}
