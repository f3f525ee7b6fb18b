//! Where texts come from. The disk is on the other side of the IO line (`cli::disk`); tests use memory.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use super::{is_url, join_url, normal};

/// Why a file could not be had. `Display` gives the reason in plain words ("no such file", "a directory").
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// Nothing has this name; a URL has not been fetched.
    #[error("no such file")]
    Missing,
    /// It is there, but it is no regular file: "a directory", "a named pipe", "a device".
    #[error("it is {0}, not a regular file")]
    NotAFile(&'static str),
    /// Larger than the limit.
    #[error("it has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A URL whose text cannot be had, or is not the one it was.
    #[error("{what}")]
    Remote {
        /// What is wrong, in plain words.
        what: String,
        /// What to do.
        help: String,
    },
    /// Anything else the system says, in its own words ("permission denied").
    #[error("{0}")]
    Other(String),
}

/// Gives the bytes of files by path. Implementations never block on pipes and never read past their limit. A path may be
/// a URL (see [`is_url`]): most loaders have nothing under such a name.
pub trait Loader {
    /// The bytes of the file at `path`.
    fn load(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError>;

    /// The first bytes of the file at `path`, at most `most`.
    fn head(&self, path: &Utf8Path, most: usize) -> Result<Vec<u8>, LoadError> {
        let mut bytes = self.load(path)?;
        bytes.truncate(most);
        Ok(bytes)
    }

    /// Whether somebody may run the file at `path` as it is; none where nobody can tell, as in an archive.
    fn is_executable(&self, _path: &Utf8Path) -> Option<bool> {
        None
    }

    /// Whether `path` names a file that [`load`](Self::load) would try to read.
    fn is_file(&self, path: &Utf8Path) -> bool;

    /// Names in the directory `path` (files and directories alike), sorted; empty where it is none.
    fn entries(&self, path: &Utf8Path) -> Vec<String>;

    /// The root of the archive that all files come from: absolute names count from it, and what is not in it is nowhere.
    fn root(&self) -> Option<&Utf8Path> {
        None
    }

    /// The file that the user has named for `name`, a URL or another word that stands in an import.
    fn mapped(&self, _name: &str) -> Option<Utf8PathBuf> {
        None
    }

    /// The path of the file that is called `name` in the folder `folder`; either may be a URL.
    fn resolve(&self, folder: &Utf8Path, name: &str) -> Utf8PathBuf {
        if is_url(folder.as_str()) || is_url(name) {
            return join_url(folder.as_str(), name).into();
        }
        match (self.root(), name.strip_prefix('/')) {
            (Some(root), Some(name)) => normal(&root.join(name.trim_start_matches('/'))),
            _ => normal(&folder.join(name)),
        }
    }
}

/// Files held in memory, for tests and for embedded texts.
#[derive(Clone, Debug, Default)]
pub struct MemoryLoader {
    files: BTreeMap<Utf8PathBuf, Vec<u8>>,
}

impl MemoryLoader {
    /// A loader without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: impl Into<Utf8PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), bytes.into());
        self
    }
}

impl Loader for MemoryLoader {
    fn load(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        self.files.get(path).cloned().ok_or(LoadError::Missing)
    }

    fn is_file(&self, path: &Utf8Path) -> bool {
        self.files.contains_key(path)
    }

    fn entries(&self, path: &Utf8Path) -> Vec<String> {
        let names = self.files.keys().filter_map(|file| {
            let below = file.strip_prefix(path).ok()?;
            below.components().next().map(|first| first.as_str().to_owned())
        });
        let mut names: Vec<_> = names.collect();
        names.dedup();
        names
    }
}
