//! The one error type: what could not be done, where, why, and what mends it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::read::foreign::without_password;

/// A result whose error a person can act on.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a survey could not run: the file, the place in it, the reason and the remedy.
///
/// A fault in one row is never an `Error`; it is a [`Finding`](crate::finding::Finding) and the survey goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    why: String,
    file: Option<PathBuf>,
    place: Option<String>,
    remedy: Option<String>,
}

impl Error {
    /// An error with its reason alone.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), file: None, place: None, remedy: None }
    }

    /// Names the file, unless a more precise place was named already. A database is named without its password.
    #[must_use]
    pub fn in_file(mut self, file: impl AsRef<Path>) -> Self {
        self.file.get_or_insert_with(|| shown(file.as_ref()));
        self
    }

    /// Names the place in the file: a line, a row, a key.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place.get_or_insert_with(|| place.into());
        self
    }

    /// Says what a person can do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy.get_or_insert_with(|| remedy.into());
        self
    }

    /// The same error about another file.
    pub(crate) fn moved_to(self, file: PathBuf) -> Self {
        Self { file: Some(file), ..self }
    }

    /// The reason alone.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Place, reason and remedy in one line, for those who know which file it is about.
    pub(crate) fn without_file(&self) -> String {
        Self { file: None, ..self.clone() }.to_string().replace("\n  to mend it: ", "; to mend it: ")
    }

    /// The file the error is about, if it is about one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.why)?;
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  to mend it: {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

fn shown(file: &Path) -> PathBuf {
    file.to_str().map_or_else(|| file.to_path_buf(), |text| PathBuf::from(without_password(text).into_owned()))
}

/// Turns a failed file operation into an [`Error`] that says in plain words what went wrong.
pub(crate) fn io(file: &Path, doing: &str, error: &std::io::Error) -> Error {
    use std::io::ErrorKind;
    let (why, remedy) = match error.kind() {
        ErrorKind::NotFound => (
            "there is no such file".to_owned(),
            "check the path; a path in survey.toml is taken from the folder that survey.toml is in",
        ),
        ErrorKind::PermissionDenied => {
            (format!("no permission to {doing} it"), "change its permissions, or copy it to a folder of yours")
        }
        ErrorKind::IsADirectory => ("is a folder, a file is needed".to_owned(), "name a file inside it"),
        ErrorKind::StorageFull => {
            (format!("could not {doing} it: the disk is full"), "free some space, or choose an output folder on another disk")
        }
        _ => (format!("could not {doing} it: {error}"), "mend the cause and run the command again"),
    };
    Error::new(why).in_file(file).remedy(remedy)
}
