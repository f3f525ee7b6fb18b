//! Which directory is watched for which path, and whom an event concerns.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::Notify;

use super::Id;

/// The system's means to be told of changes below a directory.
pub(super) trait Events {
    /// Begins; false: there will be no events.
    fn watch(&mut self, directory: &Path) -> bool;
    /// Ends.
    fn unwatch(&mut self, directory: &Path);
    /// Whether there are any means at all.
    fn is_wanted(&self) -> bool;
}

/// Tells one thing on disk from another at the same path. The time of birth is there because a number (inode) is soon
/// given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64, Option<SystemTime>);

impl Identity {
    fn of(meta: &fs::Metadata) -> Self {
        Self(meta.dev(), meta.ino(), meta.created().ok())
    }
}

/// What `lstat` tells of a path; anything that changes it may change a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Signature {
    identity: Identity,
    mode: u32,
    owner: (u32, u32),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Signature {
    fn of(path: &Path) -> Option<Self> {
        let meta = fs::symlink_metadata(path).ok()?;
        Some(Self {
            identity: Identity::of(&meta),
            mode: meta.mode(),
            owner: (meta.uid(), meta.gid()),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        })
    }
}

/// A watched path.
struct Entry {
    path: PathBuf,
    wake: Arc<Notify>,
    /// The nearest directory above the path that is there, as the path names it.
    base: PathBuf,
    /// What that directory was when the watch began.
    identity: Option<Identity>,
    /// The same directory by its one true name: events come under that name, and a directory that is watched under
    /// two names tells events under one of them only.
    anchor: PathBuf,
    seen: Option<Signature>,
}

impl Entry {
    /// The name in the base that leads to the path.
    fn next(&self) -> Option<&OsStr> {
        let rest = self.path.strip_prefix(&self.base).ok()?;
        rest.iter().next()
    }
}

/// A watched directory.
#[derive(Default)]
struct Anchor {
    has_events: bool,
    /// Who is concerned, by the name in this directory.
    below: HashMap<OsString, Vec<Id>>,
}

/// All watched paths.
pub(super) struct Table<E> {
    events: E,
    entries: HashMap<Id, Entry>,
    anchors: HashMap<PathBuf, Anchor>,
    without_events: usize,
}

impl<E: Events> Table<E> {
    pub(super) fn new(events: E) -> Self {
        Self {
            events,
            entries: HashMap::new(),
            anchors: HashMap::new(),
            without_events: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether every directory gives events.
    pub(super) fn all_have_events(&self) -> bool {
        self.without_events == 0
    }

    pub(super) fn add(&mut self, id: Id, path: PathBuf, wake: Arc<Notify>) {
        let entry = Entry {
            seen: Signature::of(&path),
            base: PathBuf::new(),
            identity: None,
            anchor: PathBuf::new(),
            path,
            wake,
        };
        self.entries.insert(id, entry);
        self.settle(id);
    }

    pub(super) fn remove(&mut self, id: Id) {
        self.detach(id);
        self.entries.remove(&id);
    }

    /// Something happened to `path`.
    pub(super) fn touched(&mut self, path: &Path) {
        if let (Some(parent), Some(name)) = (path.parent(), path.file_name())
            && let Some(anchor) = self.anchors.get(parent)
            && let Some(ids) = anchor.below.get(name)
        {
            let mut to_settle = Vec::new();
            for id in ids {
                let Some(entry) = self.entries.get(id) else {
                    continue;
                };
                if entry.path.parent() == Some(&entry.base) {
                    entry.wake.notify_one();
                } else {
                    to_settle.push(*id);
                }
            }
            // A directory on the way appeared: walk down.
            for id in to_settle {
                self.settle(id);
            }
        }
        // The watched directory itself was removed, moved or changed. Whether the watch still lives is not to be
        // told from the event, and its number may have been given again: watch anew.
        if self.anchors.contains_key(path) {
            self.watch_anew(path);
        }
    }

    /// Events were lost: anything may have happened.
    pub(super) fn rescan(&mut self) {
        let anchors: Vec<_> = self.anchors.keys().cloned().collect();
        for anchor in anchors {
            self.watch_anew(&anchor);
        }
    }

    /// Looks at every path, and at every directory that is watched for one.
    pub(super) fn sweep(&mut self) {
        let mut bases: HashMap<PathBuf, Option<Identity>> = HashMap::new();
        let mut moved = Vec::new();
        for (id, entry) in &mut self.entries {
            let now = Signature::of(&entry.path);
            if now != entry.seen {
                entry.seen = now;
                entry.wake.notify_one();
            }
            let there = match bases.get(&entry.base) {
                Some(there) => *there,
                None => *bases.entry(entry.base.clone()).or_insert(identity(&entry.base)),
            };
            let is_direct = entry.path.parent() == Some(&entry.base);
            let can_descend = !is_direct && entry.next().is_some_and(|name| entry.base.join(name).is_dir());
            if there != entry.identity || can_descend {
                moved.push(*id);
            }
        }
        // The old directory may still be watched under its old name: end that first, for all that are concerned.
        for id in &moved {
            self.detach(*id);
        }
        for id in moved {
            self.settle(id);
        }
        if self.without_events > 0 && self.events.is_wanted() {
            let silent: Vec<_> = self
                .anchors
                .iter()
                .filter(|(_, anchor)| !anchor.has_events)
                .map(|(path, _)| path.clone())
                .collect();
            for path in silent {
                if self.events.watch(&path) {
                    if let Some(anchor) = self.anchors.get_mut(&path) {
                        anchor.has_events = true;
                    }
                    self.without_events -= 1;
                    self.wake_below(&path);
                }
            }
        }
    }

    /// Ends the watch of a directory and settles all that it was watched for.
    fn watch_anew(&mut self, anchor: &Path) {
        let ids: HashSet<Id> = self
            .anchors
            .get(anchor)
            .into_iter()
            .flat_map(|anchor| anchor.below.values().flatten().copied())
            .collect();
        for id in &ids {
            self.detach(*id);
        }
        for id in ids {
            self.settle(id);
        }
    }

    fn wake_below(&self, anchor: &Path) {
        let below = self.anchors.get(anchor).into_iter();
        for id in below.flat_map(|anchor| anchor.below.values().flatten()) {
            if let Some(entry) = self.entries.get(id) {
                entry.wake.notify_one();
            }
        }
    }

    /// Watches the nearest directory above the path, and wakes, because all may have changed before the watch began.
    fn settle(&mut self, id: Id) {
        // Directories may come and go meanwhile. What is missed by giving up is found by the sweep.
        for _ in 0..64 {
            let Some(path) = self.entries.get(&id).map(|entry| entry.path.clone()) else {
                return;
            };
            let Some((base, anchor, identity)) = nearest(&path) else {
                break;
            };
            self.attach(id, base.clone(), &anchor, identity);
            // What was looked at before the watch began may be gone by now, or the next directory may be there.
            let is_same = self::identity(&base) == Some(identity);
            let is_nearest = nearest(&path).is_some_and(|(again, _, _)| again == base);
            if is_same && is_nearest {
                break;
            }
            if !is_same {
                self.detach(id);
            }
        }
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.seen = Signature::of(&entry.path);
            entry.wake.notify_one();
        }
    }

    fn attach(&mut self, id: Id, base: PathBuf, at: &Path, identity: Identity) {
        self.detach(id);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.base = base;
        entry.identity = Some(identity);
        at.clone_into(&mut entry.anchor);
        let name = entry.next().unwrap_or_default().to_owned();
        if !self.anchors.contains_key(at) {
            let has_events = self.events.watch(at);
            self.without_events += usize::from(!has_events);
            let anchor = Anchor {
                has_events,
                ..Anchor::default()
            };
            self.anchors.insert(at.to_owned(), anchor);
        }
        if let Some(anchor) = self.anchors.get_mut(at) {
            anchor.below.entry(name).or_default().push(id);
        }
    }

    fn detach(&mut self, id: Id) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let at = std::mem::take(&mut entry.anchor);
        let name = entry.next().unwrap_or_default().to_owned();
        entry.identity = None;
        let Some(anchor) = self.anchors.get_mut(&at) else {
            return;
        };
        if let Some(ids) = anchor.below.get_mut(&name) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                anchor.below.remove(&name);
            }
        }
        if anchor.below.is_empty() {
            if anchor.has_events {
                self.events.unwatch(&at);
            } else {
                self.without_events -= 1;
            }
            self.anchors.remove(&at);
        }
    }
}

fn identity(directory: &Path) -> Option<Identity> {
    let meta = fs::metadata(directory).ok()?;
    meta.is_dir().then(|| Identity::of(&meta))
}

/// The nearest directory above `path` that is there: as the path names it, by its true name, and what it is.
fn nearest(path: &Path) -> Option<(PathBuf, PathBuf, Identity)> {
    let mut base = path.parent()?;
    loop {
        let found: io::Result<_> = fs::canonicalize(base);
        if let (Ok(anchor), Some(identity)) = (found, identity(base)) {
            return Some((base.to_owned(), anchor, identity));
        }
        base = base.parent()?;
    }
}
