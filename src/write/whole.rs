//! A file that is complete or not there: written beside its place, then renamed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, io};

/// Lets `write` make the file beside `path`, and puts it there when it is done. An error leaves what was at `path` as it was.
///
/// # Errors
/// Those of `write`, about `path`; and `path` has no name or its folder cannot be written to.
pub(crate) fn whole<T>(path: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let name = path
        .file_name()
        .ok_or_else(|| Error::new("is no name of a file").in_file(path).remedy("name the file that is to be written"))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(Error::new(format!("its folder \"{}\" does not exist", folder.display()))
            .in_file(path)
            .remedy("make the folder, or choose one that is there"));
    }
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".partial-{}", std::process::id()));
    let partial = Partial(path.with_file_name(hidden));
    let done = write(&partial.0).map_err(|e| e.moved_to(path.to_path_buf()))?;
    fs::rename(&partial.0, path).map_err(|e| io(path, "write", &e))?;
    Ok(done)
}

/// Removed when it is dropped; after the rename there is nothing left of it.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("宗地.gpkg");
        fs::write(&path, "old").unwrap();
        let failed = whole(&path, |partial| -> Result<()> {
            fs::write(partial, "half").unwrap();
            Err(Error::new("the disk is full").in_file(partial))
        });
        assert_eq!(failed.unwrap_err().file(), Some(path.as_path()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        whole(&path, |partial| fs::write(partial, "new").map_err(|e| io(partial, "write", &e))).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let why = whole(&folder.path().join("none/x.gpkg"), |_| Ok(())).unwrap_err().to_string();
        assert!(why.contains("none\" does not exist"), "{why}");
    }
}
