//! The directory that a path lies in, opened once, and the name in it: all that follows is about that directory,
//! whatever happens to the path meanwhile.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};

use camino::Utf8Path;
use rustix::fs::{self as sys, AtFlags, CWD, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::engine::context::Location;

/// Links on the way to a file, before they are taken for a loop (Linux has the same number).
const MOST_LINKS: usize = 40;
/// Mode of parent directories that are made on the way.
const PARENT: Mode = Mode::from_raw_mode(0o755);

/// How directories on the way are opened. Linux and FreeBSD can do without the right to read them.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const STEP: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const STEP: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// A name in an opened directory.
pub(super) struct Place {
    pub(super) parent: OwnedFd,
    pub(super) name: OsString,
}

/// Why there is no such place.
#[derive(Debug)]
pub(super) enum Nowhere {
    /// A directory on the way is missing.
    Missing,
    /// Something on the way is no directory.
    NotDirectory,
    /// Anything else.
    Other(Errno),
}

impl From<Errno> for Nowhere {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::Missing,
            Errno::NOTDIR => Self::NotDirectory,
            other => Self::Other(other),
        }
    }
}

impl Place {
    /// Opens the directory of `location`; `create`: makes missing ones on the way.
    pub(super) fn open(location: &Location, create: bool) -> Result<Self, Nowhere> {
        let relative = location.relative.as_std_path();
        let name = relative.file_name().unwrap_or_default().to_owned();
        let parent = relative.parent().unwrap_or(Path::new(""));
        let parent = if location.confined {
            descend(&location.base, parent, create)?
        } else {
            let path = location.base.as_std_path().join(parent);
            match sys::openat(CWD, &path, STEP, Mode::empty()) {
                Err(Errno::NOENT) if create => {
                    make_all(&path)?;
                    sys::openat(CWD, &path, STEP, Mode::empty())?
                }
                opened => opened?,
            }
        };
        Ok(Self { parent, name })
    }

    /// What is there; none: nothing.
    pub(super) fn stat(&self) -> Result<Option<Stat>, Errno> {
        match sys::statat(&self.parent, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// The target of the link that is there.
    pub(super) fn link_target(&self) -> Result<OsString, Errno> {
        let target = sys::readlinkat(&self.parent, &self.name, Vec::new())?;
        Ok(OsString::from_vec(target.into_bytes()))
    }

    /// Opens what is there for reading, never through a link, never waiting for a fifo's other end.
    pub(super) fn open_file(&self) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        sys::openat(&self.parent, &self.name, flags, Mode::empty())
    }

    /// The name of the temporary file. It is always the same, so one that a crash left behind is used up by the next
    /// try.
    pub(super) fn temporary(&self) -> OsString {
        let bytes = self.name.as_bytes();
        let end = bytes.len().min(200);
        let mut name = OsString::from(".");
        name.push(OsStr::from_bytes(&bytes[..end]));
        name.push(".khor");
        name
    }
}

/// Makes a directory and those above it; somebody may make them at the same time.
fn make_all(path: &Path) -> Result<(), Errno> {
    match sys::mkdirat(CWD, path, PARENT) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(Errno::NOENT) => {
            make_all(path.parent().ok_or(Errno::NOENT)?)?;
            match sys::mkdirat(CWD, path, PARENT) {
                Err(Errno::EXIST) => Ok(()),
                made => made,
            }
        }
        Err(errno) => Err(errno),
    }
}

/// Walks from `base` down, following links as if `base` were the root of the machine: an absolute link and `..` end at
/// `base`. Done name by name on opened directories, so that nobody can change the way behind our back.
fn descend(base: &Utf8Path, way: &Path, create: bool) -> Result<OwnedFd, Nowhere> {
    let open_base = || sys::openat(CWD, base.as_std_path(), STEP, Mode::empty());
    let mut above = vec![match open_base() {
        Err(Errno::NOENT) if create => {
            make_all(base.as_std_path())?;
            open_base()?
        }
        opened => opened?,
    }];
    let mut rest: VecDeque<OsString> = way.iter().map(OsStr::to_owned).collect();
    let mut links = 0;
    while let Some(name) = rest.pop_front() {
        if name == ".." {
            if above.len() > 1 {
                above.pop();
            }
            continue;
        }
        // `base` itself is never popped.
        let Some(here) = above.last() else {
            return Err(Nowhere::Missing);
        };
        let open = || sys::openat(here, &name, STEP | OFlags::NOFOLLOW, Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) if create => {
                match sys::mkdirat(here, &name, PARENT) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(errno.into()),
                }
                open()
            }
            opened => opened,
        };
        match opened {
            Ok(directory) => above.push(directory),
            // Both numbers are met for a link that is not to be followed.
            Err(errno @ (Errno::LOOP | Errno::NOTDIR | Errno::MLINK)) => {
                let Ok(target) = sys::readlinkat(here, &name, Vec::new()) else {
                    return Err(errno.into());
                };
                links += 1;
                if links > MOST_LINKS {
                    return Err(Nowhere::Other(Errno::LOOP));
                }
                let target = OsString::from_vec(target.into_bytes());
                for component in Path::new(&target).components().rev() {
                    match component {
                        Component::Normal(name) => rest.push_front(name.to_owned()),
                        Component::ParentDir => rest.push_front("..".into()),
                        Component::RootDir => above.truncate(1),
                        Component::CurDir | Component::Prefix(_) => {}
                    }
                }
            }
            Err(errno) => return Err(errno.into()),
        }
    }
    above.pop().ok_or(Nowhere::Missing)
}
