//! Folders of artifacts that a do or a check reads: they go when it has ended, not before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::artifact::unfinished;

#[derive(Debug, Default)]
struct Folders {
    /// How often each is used.
    used: BTreeMap<Utf8PathBuf, usize>,
    /// Those that the role names; none before there is one. What is read for an older role is begun now and then when the
    /// newer one was taken up already.
    wanted: Option<BTreeSet<Utf8PathBuf>>,
}

/// The folders that are used, and those that are wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Used(Arc<Mutex<Folders>>);

impl Used {
    /// They stay as long as what is given back lives.
    pub(super) fn hold(&self, names: BTreeSet<Utf8PathBuf>) -> Held {
        let mut folders = self.folders();
        for name in &names {
            *folders.used.entry(name.clone()).or_default() += 1;
        }
        drop(folders);
        Held {
            used: self.clone(),
            names,
        }
    }

    /// Removes the folders in `directory` that are not `wanted`: at once, or when nobody uses them any more.
    pub(super) fn keep_only(&self, directory: &Utf8Path, wanted: BTreeSet<Utf8PathBuf>) -> io::Result<()> {
        let mut folders = self.folders();
        let stays = |path: &Utf8Path| wanted.contains(path) || folders.used.contains_key(path);
        let mut gone = Vec::new();
        for entry in directory.read_dir_utf8()? {
            let path = entry?.into_path();
            // It may just be fetched.
            if !stays(&path) && !folders.used.contains_key(&path.with_extension("")) {
                gone.push(path);
            }
        }
        folders.wanted = Some(wanted);
        gone.iter().try_for_each(std::fs::remove_dir_all)
    }

    /// Every change of it is whole, so what a panic left is right.
    fn folders(&self) -> MutexGuard<'_, Folders> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A use of folders; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    used: Used,
    names: BTreeSet<Utf8PathBuf>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut folders = self.used.folders();
        let Folders { used, wanted } = &mut *folders;
        for name in &self.names {
            let Some(count) = used.get_mut(name) else {
                continue;
            };
            *count -= 1;
            if *count > 0 {
                continue;
            }
            used.remove(name);
            if wanted.as_ref().is_some_and(|wanted| !wanted.contains(name)) {
                // What cannot be removed now, the next role removes.
                for folder in [name, &unfinished(name)] {
                    let _ = std::fs::remove_dir_all(folder);
                }
            }
        }
    }
}
