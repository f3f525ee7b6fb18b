//! A zip archive as a place that files are loaded from. Nothing is unpacked to disk, and nothing leads out of it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Cursor, Read};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{LoadError, Loader, normal};

/// How large a packed archive may be, in bytes: it is held in memory.
pub const PACKED: u64 = 512 << 20;
/// How many bytes the entries may have together, unpacked.
const UNPACKED: u64 = 2 << 30;
/// How many entries there may be: what fits an archive without the zip64 extension.
const ENTRIES: usize = 65_534;
/// How many bytes may come out of one, where more than [`SMALL`] come out at all. Text packs to a tenth, rarely to a
/// fiftieth.
const RATIO: u64 = 250;
/// Archives that unpack to no more than this are nobody's bomb.
const SMALL: u64 = 64 << 20;

/// Why an archive is refused as a whole. `Display` says it in plain words, without the archive's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArchiveError {
    /// It cannot be read as a zip archive.
    #[error("{0}")]
    Unreadable(String),
    /// More entries than are read.
    #[error("it has more than {ENTRIES} entries")]
    Entries,
    /// More bytes than are unpacked.
    #[error("it unpacks to {0} bytes, more than the {UNPACKED} that are read")]
    TooLarge(u64),
    /// A few bytes that become very many.
    #[error("its {packed} bytes unpack to {unpacked}: this is no archive but a bomb")]
    Bomb {
        /// Bytes packed.
        packed: u64,
        /// Bytes that come out.
        unpacked: u64,
    },
    /// An entry that could be put elsewhere, or is not plainly a file.
    #[error("its entry `{name}` {why}")]
    Entry {
        /// The entry as it is named.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The files of a zip archive, read into memory when they are asked for.
///
/// The file `x/y.yaml` of the archive `app.csar` has the path `app.csar!/x/y.yaml`: that is what messages show.
#[derive(Clone)]
pub struct Archive {
    root: Utf8PathBuf,
    /// Where in the archive each file is; by path inside of it.
    files: Arc<BTreeMap<Utf8PathBuf, usize>>,
    zip: ZipArchive<Cursor<Arc<[u8]>>>,
    limit: u64,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("root", &self.root)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl Archive {
    /// The archive that `bytes` are, called `name`. Single files of more than `limit` bytes are refused when they are
    /// asked for; an archive with too much in it, or with an entry that leads out of it, is refused now.
    pub fn new(name: &Utf8Path, bytes: impl Into<Arc<[u8]>>, limit: u64) -> Result<Self, ArchiveError> {
        let bytes = bytes.into();
        if asks_for_zip64(&bytes) {
            return Err(ArchiveError::Entries);
        }
        let packed = bytes.len() as u64;
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| words(&error))?;
        if zip.len() > ENTRIES {
            return Err(ArchiveError::Entries);
        }
        if zip.has_duplicate_names() {
            return Err(ArchiveError::Unreadable(
                "two of its entries have the same name".to_owned(),
            ));
        }
        let mut files = BTreeMap::new();
        let mut unpacked: u64 = 0;
        for index in 0..zip.len() {
            let entry = zip.by_index_data(index).map_err(|error| words(&error))?;
            let name = entry.name().map_err(|error| words(&error))?;
            let bad = |why| ArchiveError::Entry {
                name: name.as_ref().to_owned(),
                why,
            };
            let path = inside(&name).map_err(bad)?;
            if entry.is_symlink() {
                return Err(bad("is a link"));
            }
            unpacked = unpacked.saturating_add(entry.size());
            if entry.is_dir() {
                continue;
            }
            if entry.encrypted() {
                return Err(bad("is encrypted"));
            }
            if files.insert(path, index).is_some() {
                return Err(bad("is there twice"));
            }
        }
        if unpacked > UNPACKED {
            return Err(ArchiveError::TooLarge(unpacked));
        }
        if unpacked > SMALL && unpacked / RATIO > packed {
            return Err(ArchiveError::Bomb { packed, unpacked });
        }
        Ok(Self {
            root: Utf8PathBuf::from(format!("{}!", normal(name))),
            files: Arc::new(files),
            zip,
            limit,
        })
    }

    /// The same archive with another limit for single files, in bytes.
    #[must_use]
    pub fn with_limit(&self, limit: u64) -> Self {
        Self {
            limit,
            ..self.clone()
        }
    }

    /// The path inside of the archive, where `path` leads into it.
    fn inner(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = normal(path);
        path.strip_prefix(&self.root).ok().map(Utf8Path::to_owned)
    }
}

impl Loader for Archive {
    fn load(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        let inner = self
            .inner(path)
            .ok_or_else(|| LoadError::Other("it lies outside of the archive".to_owned()))?;
        let Some(&index) = self.files.get(&inner) else {
            return Err(if self.entries(path).is_empty() {
                LoadError::Missing
            } else {
                LoadError::NotAFile("a directory")
            });
        };
        let other = |error: &dyn fmt::Display| LoadError::Other(format!("it cannot be unpacked: {error}"));
        // A copy shares the bytes and the directory: the position is all it has of its own.
        let mut zip = self.zip.clone();
        let entry = zip.by_index(index).map_err(|error| other(&error))?;
        let size = entry.size();
        if size > self.limit {
            return Err(LoadError::TooLarge {
                size,
                limit: self.limit,
            });
        }
        // What comes out may be more than what was declared, and what was declared may never come.
        let mut bytes = Vec::with_capacity(usize::try_from(size.min(1 << 20)).unwrap_or_default());
        entry
            .take(size + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| other(&error))?;
        if bytes.len() as u64 == size {
            Ok(bytes)
        } else {
            Err(other(&"its size is not the one that the archive declares"))
        }
    }

    fn is_file(&self, path: &Utf8Path) -> bool {
        self.inner(path)
            .is_some_and(|path| self.files.contains_key(&path))
    }

    fn entries(&self, path: &Utf8Path) -> Vec<String> {
        let Some(folder) = self.inner(path) else {
            return Vec::new();
        };
        let below = self
            .files
            .range(folder.clone()..)
            .map_while(|(file, _)| file.strip_prefix(&folder).ok());
        let names = below.filter_map(|below| below.components().next());
        let mut names: Vec<String> = names.map(|first| first.as_str().to_owned()).collect();
        names.dedup();
        names
    }

    fn root(&self) -> Option<&Utf8Path> {
        Some(&self.root)
    }
}

/// The path an entry has inside of the archive, or what is wrong with its name.
fn inside(name: &str) -> Result<Utf8PathBuf, &'static str> {
    // Some packers of another system write the separator of that system.
    let name = name.replace('\\', "/");
    let mut path = Utf8PathBuf::new();
    if name.starts_with('/') || name.get(1..3) == Some(":/") {
        return Err("has an absolute path");
    }
    if name.contains('\0') {
        return Err("has a NUL in its name");
    }
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err("leads out of the archive"),
            part => path.push(part),
        }
    }
    Ok(path)
}

/// Whether the record at the end says that the number of entries does not fit it: the directory is read at once, so
/// this is refused before.
fn asks_for_zip64(bytes: &[u8]) -> bool {
    // The record has 22 bytes and a comment of at most 65,535.
    let tail = &bytes[bytes.len().saturating_sub(22 + 65_535)..];
    tail.windows(12)
        .any(|record| record.starts_with(b"PK\x05\x06") && record[10..12] == [0xFF, 0xFF])
}

fn words(error: &ZipError) -> ArchiveError {
    ArchiveError::Unreadable(match error {
        ZipError::Io(_) | ZipError::InvalidArchive(_) => "it is no zip archive, or a damaged one".to_owned(),
        error => format!("it cannot be read: {error}"),
    })
}
