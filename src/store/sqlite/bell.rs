//! How a commit in one process wakes the others: a small file beside the database that every writer writes into after
//! its commit, and that every process watches.
//!
//! The database's own files would not do: the write-ahead log is written before the commit is visible, so a reader that
//! it wakes may look too early and then sleep on. An event is only a hint; a slow sweep looks without one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};

use super::schema::private_file;

/// The bell of one database.
pub(super) struct Bell {
    path: PathBuf,
    rope: File,
}

impl Bell {
    /// The bell beside the database at `path`, made if it is missing.
    pub(super) fn open(database: &Path) -> io::Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push("-bell");
        let path = PathBuf::from(path);
        private_file(&path)?;
        // Writing does not cut the file, and the byte is always the same: what counts is that it is written.
        let rope = File::options().write(true).open(&path)?;
        Ok(Self { path, rope })
    }

    /// Wakes every process that listens, this one too. Failing is no fault: the sweep of the others finds the commit.
    pub(super) fn ring(&self) {
        if let Err(error) = rustix::io::pwrite(&self.rope, b"!", 0) {
            tracing::debug!("ringing {} failed: {error}", self.path.display());
        }
    }

    /// Whether the file that this writes to is still the one at its place: it may have been deleted, with or without the
    /// database.
    pub(super) fn hangs(&self) -> bool {
        let inode = |stat: rustix::fs::Stat| (stat.st_dev, stat.st_ino);
        match (rustix::fs::fstat(&self.rope), rustix::fs::stat(&self.path)) {
            (Ok(mine), Ok(there)) => inode(mine) == inode(there),
            _ => false,
        }
    }

    /// Calls `heard` (briefly; on a thread of its own) at each ring, until the answer is dropped. The file itself is
    /// watched, not its directory: nobody replaces it, and the database's own writes shall not wake anybody.
    pub(super) fn listen(&self, heard: impl Fn() + Send + 'static) -> notify::Result<RecommendedWatcher> {
        // Any event and any error, an overflow too: look.
        let mut watcher = RecommendedWatcher::new(move |_| heard(), Config::default())?;
        watcher.watch(&self.path, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    }
}

/// Why the bell cannot be heard, with what to do about it.
pub(super) fn deaf(error: &notify::Error) -> String {
    let number = match &error.kind {
        notify::ErrorKind::Io(io) => io.raw_os_error(),
        _ => None,
    };
    let is = |errno: rustix::io::Errno| number == Some(errno.raw_os_error());
    if matches!(error.kind, notify::ErrorKind::MaxFilesWatch) || is(rustix::io::Errno::NOSPC) {
        return "no file watch is left; raise fs.inotify.max_user_watches".into();
    }
    if is(rustix::io::Errno::MFILE) {
        return "no file watcher is left; raise fs.inotify.max_user_instances, or the limit of open files"
            .into();
    }
    error.to_string()
}
