//! What engines need to know of the application and the host they work for.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use thiserror::Error;
use tokio::sync::Semaphore;

use super::Watcher;
use super::file::Accounts;
use crate::role::keys;

/// What an agent process has once, however many applications and hosts it plays.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The one watcher: Linux gives a user 128 inotify instances (`fs.inotify.max_user_instances`), for all programs
    /// together, so one per step or per application would soon be too many.
    pub watcher: Watcher,
    /// Permits for checks that start programs: some hundred steps must not start some hundred programs at once.
    pub(super) checks: Arc<Semaphore>,
    /// Permits for checks that wait for answers from the network: each may hold a thread for some seconds.
    pub(super) probes: Arc<Semaphore>,
    /// Names of users and groups.
    pub(super) accounts: Accounts,
}

impl Shared {
    /// How many checks may run programs at the same time.
    pub const CHECKS: usize = 4;
    /// How many checks may wait for the network at the same time.
    pub const PROBES: usize = 32;

    /// Starts the watcher.
    pub fn new() -> Self {
        Self::with(Watcher::new())
    }

    /// With a watcher of the caller's.
    pub fn with(watcher: Watcher) -> Self {
        Self {
            watcher,
            checks: Arc::new(Semaphore::new(Self::CHECKS)),
            probes: Arc::new(Semaphore::new(Self::PROBES)),
            accounts: Accounts::default(),
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}

/// The state directory of an application cannot be used.
#[derive(Debug, Error)]
#[error("cannot use the state directory {path}: {reason}")]
pub struct ContextError {
    path: Utf8PathBuf,
    reason: io::Error,
}

/// One application on one host, as its engines see it.
#[derive(Clone, Debug)]
pub struct Context {
    /// The application.
    pub application: String,
    /// The host whose role is played.
    pub host: String,
    /// The host's own root: absolute paths of the file engine lie below it (a rehearsal touches nothing else). None:
    /// the machine's root.
    pub root: Option<Utf8PathBuf>,
    /// The private directory (mode 0700) of this application on this host: stamps, artifacts, records of processes
    /// and their logs lie below it.
    pub state: Utf8PathBuf,
    /// What the process has once.
    pub shared: Shared,
}

impl Context {
    /// Makes the directories of `application` on `host` below the agent's state directory.
    pub fn open(
        application: &str,
        host: &str,
        root: Option<&Utf8Path>,
        state: &Utf8Path,
        shared: &Shared,
    ) -> Result<Self, ContextError> {
        let absolute = |path: &Utf8Path| {
            camino::absolute_utf8(path).map_err(|reason| ContextError {
                path: path.to_owned(),
                reason,
            })
        };
        let state = absolute(state)?
            .join("hosts")
            .join(keys::escape(host))
            .join(keys::escape(application));
        let context = Self {
            application: application.to_owned(),
            host: host.to_owned(),
            root: root.map(absolute).transpose()?,
            state,
            shared: shared.clone(),
        };
        for directory in [
            "stamps",
            "marks",
            "given",
            "artifacts",
            "outputs",
            "running",
            "processes",
            "work",
        ] {
            private_directory(&context.state.join(directory))?;
        }
        if let Some(root) = &context.root {
            fs::create_dir_all(root).map_err(|reason| ContextError {
                path: root.clone(),
                reason,
            })?;
        }
        Ok(context)
    }

    /// Where scripts and programs of the application run, and what relative paths are relative to.
    pub fn work(&self) -> Utf8PathBuf {
        self.state.join("work")
    }

    /// Where `path` lies on this machine: absolute ones below the root, relative ones below [`Context::work`].
    /// A path with `..` is refused: it could leave the root, and through links it may not mean what it says.
    pub fn locate(&self, path: &Utf8Path) -> Result<Location, String> {
        let mut relative = Utf8PathBuf::new();
        for component in path.components() {
            match component {
                Utf8Component::Normal(name) => relative.push(name),
                Utf8Component::ParentDir => {
                    return Err(format!("the path `{path}` has `..` in it; write it without"));
                }
                Utf8Component::RootDir | Utf8Component::CurDir | Utf8Component::Prefix(_) => {}
            }
        }
        if relative.as_str().is_empty() {
            return Err(format!("the path `{path}` names no file"));
        }
        let base = match (&self.root, path.is_absolute()) {
            (_, false) => self.work(),
            (Some(root), true) => root.clone(),
            (None, true) => Utf8PathBuf::from("/"),
        };
        Ok(Location {
            base,
            relative,
            confined: self.root.is_some(),
        })
    }
}

/// Where a path of a step lies on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The directory it is below.
    pub base: Utf8PathBuf,
    /// The rest: names only, at least one.
    pub relative: Utf8PathBuf,
    /// Whether links must not lead out of `base`.
    pub confined: bool,
}

impl Location {
    /// The whole path.
    pub fn path(&self) -> Utf8PathBuf {
        self.base.join(&self.relative)
    }
}

/// Makes a directory that only its owner may enter, with its parents.
pub(super) fn private_directory(path: &Utf8Path) -> Result<(), ContextError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|reason| ContextError {
            path: path.to_owned(),
            reason,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(folder: &Utf8Path, root: Option<&Utf8Path>) -> Context {
        Context::open("app", "a/b", root, folder, &Shared::with(Watcher::sweeping())).unwrap()
    }

    #[test]
    fn paths_are_mapped_below_the_root_and_never_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let free = context(folder, None);
        assert_eq!(free.locate("/etc/x".into()).unwrap().path(), "/etc/x");
        assert_eq!(
            free.locate("x/./y".into()).unwrap().path(),
            free.work().join("x/y")
        );
        let bound = context(folder, Some(&folder.join("root")));
        assert_eq!(
            bound.locate("//etc/x/".into()).unwrap().path(),
            folder.join("root/etc/x")
        );
        for bad in ["/..", "../x", "/a/../../x", "/", "", "."] {
            assert!(bound.locate(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_state_directory_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let context = context(Utf8Path::from_path(folder.path()).unwrap(), None);
        let mode = fs::metadata(&context.state).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(context.state.ends_with("hosts/a%2Fb/app"));
    }
}
