//! What an agent keeps on its own disk: who it is, that it is alone, the last good roles, and what is paused.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::role::{Current, Pause, Role, keys};

/// An agent's place on disk: `agents/<host>/` below the state directory.
#[derive(Debug)]
pub struct Home {
    folder: Utf8PathBuf,
    /// The agent's own id: the same after a restart, another in another state directory.
    pub agent: String,
    /// Locked for as long as it is open: two agents of one host cannot share a state directory.
    _lock: File,
}

/// The state directory cannot be used.
#[derive(Debug, Error)]
pub enum HomeError {
    /// Another agent of the same host uses it.
    #[error("another agent of this host uses the state directory {0}")]
    Taken(Utf8PathBuf),
    /// Reading or writing it failed.
    #[error("cannot use the state directory {path}: {reason}")]
    Io {
        /// What could not be used.
        path: Utf8PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}

/// A role that was played, with the pointer that named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) current: Current,
    pub(super) role: Role,
}

impl Home {
    /// Opens, or makes, the place of the agent of `host` below the state directory `state`.
    pub fn open(state: &Utf8Path, host: &str) -> Result<Self, HomeError> {
        let folder = state.join("agents").join(keys::escape(host));
        let io = |path: &Utf8Path| {
            let path = path.to_owned();
            move |reason| HomeError::Io { path, reason }
        };
        let roles = folder.join("roles");
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        for folder in [roles, folder.join("pauses")] {
            builder.create(&folder).map_err(io(&folder))?;
        }
        let lock_path = folder.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(io(&lock_path))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(HomeError::Taken(state.to_owned())),
            Err(error) => return Err(io(&lock_path)(error.into())),
        }
        let id_path = folder.join("id");
        let agent = match fs::read_to_string(&id_path) {
            Ok(id) if !id.trim().is_empty() => id.trim().to_owned(),
            _ => {
                let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
                write_atomically(&id_path, id.as_bytes()).map_err(io(&id_path))?;
                id
            }
        };
        Ok(Self {
            folder,
            agent,
            _lock: lock,
        })
    }

    /// The roles that were played last. What cannot be read is left out: it will come from the store.
    pub(super) fn roles(&self) -> Vec<Kept> {
        let Ok(entries) = fs::read_dir(self.folder.join("roles")) else {
            return Vec::new();
        };
        let documents = entries.flatten().filter_map(|entry| fs::read(entry.path()).ok());
        documents
            .filter_map(|document| {
                let kept: Kept = serde_json::from_slice(&document).ok()?;
                // The same verification as for a role from the store: nothing else may be played.
                let role = crate::role::decode(&crate::role::encode(&kept.role)).ok()?;
                Some(Kept { role, ..kept })
            })
            .collect()
    }

    /// Keeps a role that is played from now on.
    pub(super) fn keep(&self, kept: &Kept) -> io::Result<()> {
        let document = serde_json::to_vec(kept).map_err(io::Error::other)?;
        write_atomically(&self.role_path(&kept.role.application), &document)
    }

    /// Forgets an application.
    pub(super) fn forget(&self, application: &str) {
        // If it stays, the agent will find in the store that it is not asked for.
        let _ = fs::remove_file(self.role_path(application));
        let _ = fs::remove_file(self.pause_path(Some(application)));
    }

    /// Whether an application (none: the whole host) was paused when that was last known.
    pub(super) fn pause(&self, application: Option<&str>) -> Option<Pause> {
        let value = fs::read(self.pause_path(application)).ok()?;
        Some(Pause::read(&value))
    }

    /// Keeps whether an application (none: the whole host) is paused: without its store, too, nothing new is to start.
    pub(super) fn keep_pause(&self, application: Option<&str>, pause: Option<&Pause>) -> io::Result<()> {
        let path = self.pause_path(application);
        match pause {
            Some(pause) => write_atomically(&path, &serde_json::to_vec(pause).map_err(io::Error::other)?),
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    fn pause_path(&self, application: Option<&str>) -> Utf8PathBuf {
        match application {
            Some(name) => self
                .folder
                .join("pauses")
                .join(format!("{}.json", keys::escape(name))),
            None => self.folder.join("pause.json"),
        }
    }

    fn role_path(&self, application: &str) -> Utf8PathBuf {
        let name = keys::escape(application);
        self.folder.join("roles").join(format!("{name}.json"))
    }
}

fn write_atomically(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agent_a_host_and_state_directory_and_always_the_same_id() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let home = Home::open(folder, "a/b").unwrap();
        let id = home.agent.clone();
        assert!(matches!(Home::open(folder, "a/b"), Err(HomeError::Taken(_))));
        assert_ne!(Home::open(folder, "c").unwrap().agent, id);
        drop(home);
        assert_eq!(Home::open(folder, "a/b").unwrap().agent, id);
    }
}
