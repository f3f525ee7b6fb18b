//! Files of this machine, for the compiler: the one [`Loader`] that does IO.

use std::io::Read;

use camino::Utf8Path;
use rustix::fs::{FileType, Mode, OFlags};

use crate::source::{LoadError, Loader};
use crate::yaml::limits;

/// Reads regular files (and links to such), never anything else: opening a named pipe would wait for a writer,
/// opening a device can have effects.
#[derive(Clone, Copy, Debug)]
pub struct DiskLoader {
    /// The size in bytes above which a file is refused.
    pub limit: u64,
}

impl Default for DiskLoader {
    fn default() -> Self {
        Self {
            limit: limits::FILE_SIZE,
        }
    }
}

impl Loader for DiskLoader {
    fn load(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        let (file, size) = open(path)?;
        if size > self.limit {
            return Err(LoadError::TooLarge {
                size,
                limit: self.limit,
            });
        }
        // A file may grow while it is read.
        read_limited(file, size, self.limit)
    }

    fn head(&self, path: &Utf8Path, most: usize) -> Result<Vec<u8>, LoadError> {
        let (file, _) = open(path)?;
        let mut head = Vec::with_capacity(most);
        let read = file.take(most as u64).read_to_end(&mut head);
        read.map_err(|error| other(&error))?;
        Ok(head)
    }

    fn is_executable(&self, path: &Utf8Path) -> Option<bool> {
        let status = rustix::fs::stat(path.as_str()).ok()?;
        Some(status.st_mode & 0o111 != 0)
    }

    fn is_file(&self, path: &Utf8Path) -> bool {
        path.is_file()
    }

    fn entries(&self, path: &Utf8Path) -> Vec<String> {
        let Ok(entries) = path.read_dir_utf8() else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .flatten()
            .map(|entry| entry.file_name().to_owned())
            .collect();
        names.sort_unstable();
        names
    }
}

/// A regular file that is opened, and its size in bytes.
fn open(path: &Utf8Path) -> Result<(std::fs::File, u64), LoadError> {
    check(&rustix::fs::stat(path.as_str()).map_err(words)?)?;
    // Without NONBLOCK a pipe that was put here since the look above would block; with it, the second look below, on what
    // was really opened, refuses it.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = rustix::fs::open(path.as_str(), flags, Mode::empty()).map_err(words)?;
    let status = rustix::fs::fstat(&file).map_err(words)?;
    check(&status)?;
    Ok((file.into(), u64::try_from(status.st_size).unwrap_or_default()))
}

/// Reads to the end, but no more than `limit` bytes; `size` is the expected number.
pub fn read_limited(from: impl Read, size: u64, limit: u64) -> Result<Vec<u8>, LoadError> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or_default() + 1);
    let read = from.take(limit + 1).read_to_end(&mut bytes);
    let size = read.map_err(|error| other(&error))? as u64;
    if size > limit {
        return Err(LoadError::TooLarge { size, limit });
    }
    Ok(bytes)
}

fn check(status: &rustix::fs::Stat) -> Result<(), LoadError> {
    Err(LoadError::NotAFile(
        match FileType::from_raw_mode(status.st_mode) {
            FileType::RegularFile => return Ok(()),
            FileType::Directory => "a directory",
            FileType::Fifo => "a named pipe",
            FileType::Socket => "a socket",
            FileType::CharacterDevice | FileType::BlockDevice => "a device",
            _ => "something special",
        },
    ))
}

fn words(error: rustix::io::Errno) -> LoadError {
    match error {
        rustix::io::Errno::NOENT => LoadError::Missing,
        rustix::io::Errno::NOTDIR => LoadError::Other("a part of its path is not a directory".to_owned()),
        rustix::io::Errno::LOOP => LoadError::Other("its links lead in a circle".to_owned()),
        error => other(&error.into()),
    }
}

/// What the system says, without the number Rust appends: "permission denied".
fn other(error: &std::io::Error) -> LoadError {
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    LoadError::Other(words.to_lowercase())
}
