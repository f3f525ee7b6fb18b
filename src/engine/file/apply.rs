//! Brings about what is asked for at a path.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{self as sys, AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;

use super::accounts::Kind;
use super::look::{content_difference, file_type, kind, noun, permissions, words};
use super::place::{Nowhere, Place};
use crate::engine::Context;
use crate::topology::{FileAction, FileState};

/// Brings it about, or says why not. It may be repeated; what is cut short leaves at most a temporary file, which the
/// next try uses up.
pub(in crate::engine) fn apply(context: &Context, action: &FileAction) -> Result<(), String> {
    let path = &action.path;
    let location = context.locate(path)?;
    let absent = action.state == FileState::Absent;
    let place = match Place::open(&location, !absent) {
        Ok(place) => place,
        Err(Nowhere::Missing | Nowhere::NotDirectory) if absent => return Ok(()),
        Err(Nowhere::NotDirectory) => {
            return Err(format!(
                "cannot make `{path}`: something on the way is not a directory; move it away"
            ));
        }
        Err(Nowhere::Missing) => {
            return Err(format!(
                "cannot make `{path}`: its directory was removed meanwhile"
            ));
        }
        Err(Nowhere::Other(errno)) => return Err(failure("reach", path, errno)),
    };
    let stat = place.stat().map_err(|errno| failure("look at", path, errno))?;
    let work = Work {
        wanted: Wanted::of(context, action)?,
        action,
        place,
    };
    let done = match &action.state {
        FileState::Absent => work.remove(stat.as_ref()),
        FileState::Directory => work.directory(stat.as_ref()),
        FileState::Symlink(target) => work.link(stat.as_ref(), target),
        FileState::File => work.file(stat.as_ref()),
    };
    match done {
        Ok(()) => Ok(()),
        Err(Fault::Words(reason)) => Err(reason),
        Err(Fault::System(verb, errno)) => Err(failure(verb, path, errno)),
    }
}

fn failure(verb: &str, path: &camino::Utf8Path, errno: Errno) -> String {
    let help = match errno {
        Errno::ACCESS | Errno::PERM => "; the agent's user has no right to",
        Errno::ROFS => "; the file system is mounted read-only",
        Errno::NOSPC | Errno::DQUOT => "; make room on the disk",
        _ => "",
    };
    format!("cannot {verb} `{path}`: {}{help}", words(errno))
}

enum Fault {
    Words(String),
    System(&'static str, Errno),
}

/// Turns a number of the system into a fault with the verb of what was tried.
fn cannot(verb: &'static str) -> impl Fn(Errno) -> Fault {
    move |errno| Fault::System(verb, errno)
}

/// Mode and owners that are asked for, as numbers.
struct Wanted {
    mode: Option<Mode>,
    user: Option<Uid>,
    group: Option<Gid>,
}

impl Wanted {
    fn of(context: &Context, action: &FileAction) -> Result<Self, String> {
        let number = |kind, name: &Option<String>| {
            name.as_ref()
                .map(|name| context.shared.accounts.number(kind, name))
                .transpose()
        };
        Ok(Self {
            mode: action.mode.map(mode),
            user: number(Kind::User, &action.owner)?.map(Uid::from_raw),
            group: number(Kind::Group, &action.group)?.map(Gid::from_raw),
        })
    }
}

fn mode(bits: u32) -> Mode {
    // Twelve bits fit every system's type.
    Mode::from_bits_truncate((bits & 0o7777) as sys::RawMode)
}

struct Work<'a> {
    wanted: Wanted,
    action: &'a FileAction,
    place: Place,
}

impl Work<'_> {
    /// Something is in the way that may be somebody's data.
    fn in_the_way(&self, stat: &Stat) -> Fault {
        let (path, there, wanted) = (&self.action.path, kind(stat), noun(&self.action.state));
        Fault::Words(format!(
            "{there} is in the way at `{path}`, where a {wanted} is asked for; khor does not remove it: move it away"
        ))
    }

    fn remove(&self, stat: Option<&Stat>) -> Result<(), Fault> {
        let Some(stat) = stat else { return Ok(()) };
        let flags = match file_type(stat) {
            FileType::Directory => AtFlags::REMOVEDIR,
            _ => AtFlags::empty(),
        };
        match sys::unlinkat(&self.place.parent, &self.place.name, flags) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(Errno::NOTEMPTY | Errno::EXIST) => Err(Fault::Words(format!(
                "the directory `{}` is not empty; khor removes only empty ones: remove what is in it first",
                self.action.path
            ))),
            Err(errno) => Err(Fault::System("remove", errno)),
        }
    }

    fn directory(&self, stat: Option<&Stat>) -> Result<(), Fault> {
        match stat.map(file_type) {
            Some(FileType::Directory) => {}
            Some(FileType::Symlink) => {
                self.remove(stat)?;
                self.make_directory()?;
            }
            None => self.make_directory()?,
            Some(_) => return stat.map_or(Ok(()), |stat| Err(self.in_the_way(stat))),
        }
        self.attributes_of_what_is_there()
    }

    fn make_directory(&self) -> Result<(), Fault> {
        let mode = self.wanted.mode.unwrap_or(mode(0o755));
        match sys::mkdirat(&self.place.parent, &self.place.name, mode) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(errno) => Err(Fault::System("make the directory", errno)),
        }
    }

    fn link(&self, stat: Option<&Stat>, target: &str) -> Result<(), Fault> {
        match stat {
            Some(stat) if file_type(stat) != FileType::Symlink => return Err(self.in_the_way(stat)),
            Some(_) if self.place.link_target().is_ok_and(|found| found == target) => {}
            Some(_) => {
                let temporary = self.place.temporary();
                self.discard(&temporary)?;
                sys::symlinkat(target, &self.place.parent, &temporary).map_err(cannot("make the link"))?;
                self.rename(&temporary)?;
            }
            None => {
                sys::symlinkat(target, &self.place.parent, &self.place.name)
                    .map_err(cannot("make the link"))?;
            }
        }
        if self.wanted.user.is_some() || self.wanted.group.is_some() {
            sys::chownat(
                &self.place.parent,
                &self.place.name,
                self.wanted.user,
                self.wanted.group,
                AtFlags::SYMLINK_NOFOLLOW,
            )
            .map_err(cannot("change the owner of"))?;
        }
        Ok(())
    }

    fn file(&self, stat: Option<&Stat>) -> Result<(), Fault> {
        let content = self.action.content.as_deref().map(str::as_bytes);
        match stat {
            None if content.is_none_or(<[u8]>::is_empty) => {
                // The quick way: an empty file is whole as soon as it is there.
                let file = self.create(&self.place.name, self.wanted.mode.unwrap_or(mode(0o666)));
                match file {
                    Ok(file) => self.attributes(file.as_fd()),
                    // Somebody else made it meanwhile: the check tells whether it is right.
                    Err(Errno::EXIST) => Ok(()),
                    Err(errno) => Err(Fault::System("make", errno)),
                }
            }
            None => self.replace(None, content.unwrap_or_default()),
            Some(stat) => match file_type(stat) {
                FileType::Symlink => self.replace(None, content.unwrap_or_default()),
                FileType::RegularFile => {
                    let differs = content.is_some_and(|content| {
                        // One that cannot be read is taken for different.
                        !matches!(content_difference(&self.place, stat, content), Ok(None))
                    });
                    if differs {
                        return self.replace(Some(stat), content.unwrap_or_default());
                    }
                    self.attributes_of_what_is_there()
                }
                _ => Err(self.in_the_way(stat)),
            },
        }
    }

    fn create(&self, name: &OsStr, mode: Mode) -> Result<OwnedFd, Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        sys::openat(&self.place.parent, name, flags, mode)
    }

    /// Puts a new file in the place of what is there (`old`, if that is a file whose mode and owner are to stay).
    fn replace(&self, old: Option<&Stat>, content: &[u8]) -> Result<(), Fault> {
        let temporary = self.place.temporary();
        self.discard(&temporary)?;
        // Nobody else may open it before it has the mode it is to have.
        let first = if old.is_some() || self.wanted.mode.is_some() {
            0o600
        } else {
            0o666
        };
        let file = self
            .create(&temporary, mode(first))
            .map_err(cannot("write beside"))?;
        let mut file = File::from(file);
        let written = self.fill(&mut file, old, content);
        let done = written.and_then(|()| self.rename(&temporary));
        if done.is_err() {
            let _ = self.discard(&temporary);
        }
        done
    }

    fn fill(&self, file: &mut File, old: Option<&Stat>, content: &[u8]) -> Result<(), Fault> {
        let system = |verb| {
            move |error: std::io::Error| {
                Fault::System(verb, Errno::from_io_error(&error).unwrap_or(Errno::IO))
            }
        };
        file.write_all(content).map_err(system("write"))?;
        if let Some(old) = old {
            self.keep(file, old)?;
        }
        self.attributes(file.as_fd())?;
        if !content.is_empty() {
            file.sync_all().map_err(system("write to the disk:"))?;
        }
        Ok(())
    }

    /// Gives a new file the owner and mode of the one it replaces.
    fn keep(&self, file: &File, old: &Stat) -> Result<(), Fault> {
        let new = sys::fstat(file).map_err(cannot("look at"))?;
        let user =
            (new.st_uid != old.st_uid && self.wanted.user.is_none()).then(|| Uid::from_raw(old.st_uid));
        let group =
            (new.st_gid != old.st_gid && self.wanted.group.is_none()).then(|| Gid::from_raw(old.st_gid));
        if user.is_some() || group.is_some() {
            sys::fchown(file, user, group).map_err(|_| {
                Fault::Words(format!(
                    "cannot keep the owner {}:{} of `{}`; run the agent as root, or ask for an owner",
                    old.st_uid, old.st_gid, self.action.path
                ))
            })?;
        }
        sys::fchmod(file, mode(permissions(old))).map_err(cannot("keep the mode of"))
    }

    /// Owner first: changing it takes set-id bits away.
    fn attributes(&self, file: impl AsFd) -> Result<(), Fault> {
        if self.wanted.user.is_some() || self.wanted.group.is_some() {
            sys::fchown(&file, self.wanted.user, self.wanted.group).map_err(cannot("change the owner of"))?;
        }
        if let Some(mode) = self.wanted.mode {
            sys::fchmod(&file, mode).map_err(cannot("change the mode of"))?;
        }
        Ok(())
    }

    fn attributes_of_what_is_there(&self) -> Result<(), Fault> {
        let Wanted { mode, user, group } = &self.wanted;
        if mode.is_none() && user.is_none() && group.is_none() {
            return Ok(());
        }
        match self.place.open_file() {
            Ok(file) => self.attributes(file),
            // Our own file that we may not read: only its mode can be in question, and a name is all there is.
            Err(Errno::ACCESS) => match mode {
                Some(mode) => sys::chmodat(&self.place.parent, &self.place.name, *mode, AtFlags::empty())
                    .map_err(cannot("change the mode of")),
                None => Err(Fault::System("open", Errno::ACCESS)),
            },
            Err(errno) => Err(Fault::System("open", errno)),
        }
    }

    fn discard(&self, temporary: &OsStr) -> Result<(), Fault> {
        match sys::unlinkat(&self.place.parent, temporary, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(Fault::System("remove an old temporary file beside", errno)),
        }
    }

    fn rename(&self, temporary: &OsStr) -> Result<(), Fault> {
        sys::renameat(
            &self.place.parent,
            temporary,
            &self.place.parent,
            &self.place.name,
        )
        .map_err(cannot("put the new one at"))
    }
}
