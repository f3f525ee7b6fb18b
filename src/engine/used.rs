//! Folders of artifacts that a do still reads: they go when it has ended, not before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

/// How often a folder is used, and whether anybody else needs it.
#[derive(Debug, Default)]
struct Use {
    count: usize,
    unwanted: bool,
}

/// The folders that are used, by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Used(Arc<Mutex<BTreeMap<Utf8PathBuf, Use>>>);

impl Used {
    /// They stay as long as what is given back lives.
    pub(super) fn hold(&self, folders: BTreeSet<Utf8PathBuf>) -> Held {
        let mut uses = self.uses();
        for folder in &folders {
            uses.entry(folder.clone()).or_default().count += 1;
        }
        drop(uses);
        Held {
            used: self.clone(),
            folders,
        }
    }

    /// Removes the folders in `directory` other than these: at once, or when nobody uses them any more.
    pub(super) fn keep_only(&self, directory: &Utf8Path, kept: &BTreeSet<Utf8PathBuf>) -> io::Result<()> {
        let mut uses = self.uses();
        for (folder, in_use) in &mut *uses {
            in_use.unwanted = !kept.contains(folder);
        }
        for entry in directory.read_dir_utf8()? {
            let path = entry?.into_path();
            // One that is just being fetched has an ending.
            let is_used = uses.contains_key(&path) || uses.contains_key(&path.with_extension(""));
            if !is_used && !kept.contains(&path) {
                std::fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }

    /// Every change of it is whole, so what a panic left is right.
    fn uses(&self) -> MutexGuard<'_, BTreeMap<Utf8PathBuf, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A use of folders; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    used: Used,
    folders: BTreeSet<Utf8PathBuf>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut uses = self.used.uses();
        for folder in &self.folders {
            let Some(in_use) = uses.get_mut(folder) else {
                continue;
            };
            in_use.count -= 1;
            if in_use.count > 0 {
                continue;
            }
            if in_use.unwanted {
                // What cannot be removed now, the next role removes.
                let _ = std::fs::remove_dir_all(folder);
            }
            uses.remove(folder);
        }
    }
}
