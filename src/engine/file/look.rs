//! Looks whether what is at a path is what is asked for, and says what exactly differs.

use std::fs::File;
use std::io::Read;

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

use super::accounts::Kind;
use super::place::{Nowhere, Place};
use crate::engine::{Context, Observed};
use crate::topology::{FileAction, FileState};

/// Looks now. Takes some microseconds, and the time to read the content if one is asked for.
pub(in crate::engine) fn look(context: &Context, action: &FileAction) -> Observed {
    let location = match context.locate(&action.path) {
        Ok(location) => location,
        Err(reason) => return Observed::Failed(reason),
    };
    let absent = action.state == FileState::Absent;
    let place = match Place::open(&location, false) {
        Ok(place) => place,
        Err(Nowhere::Missing | Nowhere::NotDirectory) if absent => return Observed::Reached,
        Err(Nowhere::Missing) => return Observed::NotReached("its directory does not exist".to_owned()),
        Err(Nowhere::NotDirectory) => {
            return Observed::NotReached("what should be its directory is not a directory".to_owned());
        }
        Err(Nowhere::Other(errno)) => {
            return Observed::Failed(format!("cannot look at it: {}", words(errno)));
        }
    };
    let stat = match place.stat() {
        Ok(None) if absent => return Observed::Reached,
        Ok(None) => return Observed::NotReached(format!("no such {}", noun(&action.state))),
        Ok(Some(stat)) => stat,
        Err(errno) => return Observed::Failed(format!("cannot look at it: {}", words(errno))),
    };
    match difference(context, action, &place, &stat) {
        Ok(None) => Observed::Reached,
        Ok(Some(difference)) => Observed::NotReached(difference),
        Err(reason) => Observed::Failed(reason),
    }
}

/// What `errno` means, as the system words it.
pub(super) fn words(errno: Errno) -> String {
    std::io::Error::from(errno).to_string()
}

/// The state as a noun.
pub(super) fn noun(state: &FileState) -> &'static str {
    match state {
        FileState::File => "file",
        FileState::Directory => "directory",
        FileState::Symlink(_) => "symbolic link",
        FileState::Absent => "thing",
    }
}

/// The kind of what is there, with its article.
pub(super) fn kind(stat: &Stat) -> &'static str {
    match file_type(stat) {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something unknown",
    }
}

/// The kind of what is there.
pub(super) fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// The permission bits, with those for set-id and sticky.
pub(super) fn permissions(stat: &Stat) -> u32 {
    // `st_mode` has 16 bits on FreeBSD.
    #[cfg_attr(
        target_os = "linux",
        expect(clippy::useless_conversion, reason = "not useless elsewhere")
    )]
    let mode = u32::from(stat.st_mode);
    mode & 0o7777
}

fn difference(
    context: &Context,
    action: &FileAction,
    place: &Place,
    stat: &Stat,
) -> Result<Option<String>, String> {
    let wanted = match &action.state {
        FileState::Absent => return Ok(Some(format!("{} is there", kind(stat)))),
        FileState::File => FileType::RegularFile,
        FileState::Directory => FileType::Directory,
        FileState::Symlink(_) => FileType::Symlink,
    };
    if file_type(stat) != wanted {
        return Ok(Some(format!(
            "it is {}, not a {}",
            kind(stat),
            noun(&action.state)
        )));
    }
    if let FileState::Symlink(target) = &action.state {
        let found = place
            .link_target()
            .map_err(|errno| format!("cannot read the link: {}", words(errno)))?;
        if found != target.as_str() {
            return Ok(Some(format!(
                "it links to `{}`, not `{target}`",
                found.to_string_lossy()
            )));
        }
    } else if let Some(mode) = action.mode
        && permissions(stat) != mode & 0o7777
    {
        return Ok(Some(format!(
            "mode is {:o}, not {:o}",
            permissions(stat),
            mode & 0o7777
        )));
    }
    for (kind, name, found) in [
        (Kind::User, &action.owner, stat.st_uid),
        (Kind::Group, &action.group, stat.st_gid),
    ] {
        let Some(name) = name else { continue };
        if context.shared.accounts.number(kind, name)? != found {
            let word = if kind == Kind::User { "owner" } else { "group" };
            return Ok(Some(format!("{word} is {found}, not {name}")));
        }
    }
    if wanted == FileType::RegularFile
        && let Some(content) = &action.content
    {
        return content_difference(place, stat, content.as_bytes());
    }
    Ok(None)
}

/// How the content differs from `wanted`, if it does.
pub(super) fn content_difference(
    place: &Place,
    stat: &Stat,
    wanted: &[u8],
) -> Result<Option<String>, String> {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    if size != wanted.len() as u64 {
        return Ok(Some(format!(
            "its content differs ({size} bytes, not {})",
            wanted.len()
        )));
    }
    if wanted.is_empty() {
        return Ok(None);
    }
    let unreadable = |error: std::io::Error| format!("cannot read its content: {error}");
    let mut file = File::from(place.open_file().map_err(|errno| unreadable(errno.into()))?);
    let mut rest = wanted;
    let mut buffer = vec![0; wanted.len().min(64 * 1024)];
    while !rest.is_empty() {
        let count = file.read(&mut buffer).map_err(unreadable)?;
        let same = count > 0 && rest.len() >= count && rest[..count] == buffer[..count];
        if !same {
            return Ok(Some("its content differs".to_owned()));
        }
        rest = &rest[count..];
    }
    Ok(None)
}
