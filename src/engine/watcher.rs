//! The one watcher of a process: tells when something at a path may have changed.
//!
//! Every event is only a hint; who is woken looks for itself. What is watched is the directory that holds the path, or
//! the nearest one above it that is there, because a watched file falls silent for good once it is replaced by a
//! rename, and a missing one cannot be watched at all. A slow sweep looks at all paths as a safety net: a directory
//! that is renamed, swapped by a link or mounted over gives no event from the new place, and no error.
//!
//! notify's thread only notes what was touched (a callback of 200 us lost nine events of ten); the dispatcher thread
//! does the rest, so nobody who asks for a watch waits for the file system.

mod dispatcher;
mod table;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// How often all paths are looked at although no event told anything.
const SWEEP: Duration = Duration::from_secs(2);
/// How often where events are not to be had.
const SWEEP_WITHOUT_EVENTS: Duration = Duration::from_millis(250);
/// More paths than these in waiting are taken for "anything may have changed".
const MOST_TOUCHED: usize = 8192;

/// Names one watched path.
type Id = u64;

/// Watches paths. Cheap to clone; the thread ends with the last clone.
#[derive(Clone, Debug)]
pub struct Watcher {
    handle: Arc<Handle>,
}

impl Watcher {
    /// Starts watching with the system's own means (inotify, kqueue, …), or by looking where they fail.
    pub fn new() -> Self {
        Self::start(true)
    }

    /// A watcher that never uses the system's means, only looks.
    pub fn sweeping() -> Self {
        Self::start(false)
    }

    fn start(events: bool) -> Self {
        let inbox = Arc::new(Inbox::default());
        let for_thread = Arc::clone(&inbox);
        let thread = std::thread::Builder::new().name("khor-watcher".to_owned());
        if let Err(error) = thread.spawn(move || dispatcher::run(&for_thread, events)) {
            inbox.warn(format!("cannot watch files, no thread can be started: {error}"));
        }
        Self {
            handle: Arc::new(Handle { inbox }),
        }
    }

    /// Watches `path`, whether or not there is anything at it.
    pub fn watch(&self, path: &Path) -> Watched {
        self.watch_all([path.to_owned()])
    }

    /// Watches several paths for one that waits.
    pub fn watch_all(&self, paths: impl IntoIterator<Item = PathBuf>) -> Watched {
        let wake = Arc::new(Notify::new());
        let mut ids = Vec::new();
        let mut waiting = self.handle.inbox.lock();
        for path in paths {
            ids.push(waiting.next);
            let request = Request::Watch(waiting.next, path, Arc::clone(&wake));
            waiting.requests.push(request);
            waiting.next += 1;
        }
        drop(waiting);
        self.handle.inbox.ring.notify_one();
        Watched {
            ids,
            wake,
            handle: Arc::clone(&self.handle),
        }
    }

    /// Why changes are seen late, with what to do about it; none when all is well.
    pub fn warning(&self) -> Option<String> {
        self.handle.inbox.lock().warning.clone()
    }
}

impl Default for Watcher {
    fn default() -> Self {
        Self::new()
    }
}

/// Watched paths. Dropping it ends the watch.
#[derive(Debug)]
pub struct Watched {
    ids: Vec<Id>,
    wake: Arc<Notify>,
    handle: Arc<Handle>,
}

impl Watched {
    /// Waits until something at one of the paths may have changed. Changes while nobody waited are told at once.
    pub async fn changed(&self) {
        self.wake.notified().await;
    }

    /// Takes what was told so far as known: only what changes from now on is told.
    pub(super) fn forget(&self) {
        let mut told = std::pin::pin!(self.wake.notified());
        // It takes the permit that is there, or is dropped without effect.
        told.as_mut().enable();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let forget = self.ids.iter().copied().map(Request::Forget);
        self.handle.inbox.lock().requests.extend(forget);
        self.handle.inbox.ring.notify_one();
    }
}

#[derive(Debug)]
struct Handle {
    inbox: Arc<Inbox>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.inbox.lock().stop = true;
        self.inbox.ring.notify_one();
    }
}

/// What the dispatcher is asked for.
#[derive(Debug)]
enum Request {
    Watch(Id, PathBuf, Arc<Notify>),
    Forget(Id),
}

/// What waits for the dispatcher.
#[derive(Debug, Default)]
struct Waiting {
    next: Id,
    requests: Vec<Request>,
    touched: HashSet<PathBuf>,
    rescan: bool,
    stop: bool,
    warning: Option<String>,
}

/// Where notify's thread and the users of the watcher leave what the dispatcher has to do.
#[derive(Debug, Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    ring: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in here panics half-way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// notify's callback: notes and rings, nothing else.
    fn take(&self, event: notify::Result<notify::Event>) {
        use notify::event::{AccessKind, AccessMode, EventKind};
        let Ok(event) = event else {
            self.lock().rescan = true;
            self.ring.notify_one();
            return;
        };
        // The queue overflowed: such an event has no paths, so look for it first.
        if event.need_rescan() {
            self.lock().rescan = true;
            self.ring.notify_one();
            return;
        }
        // Reading changes nothing, and our own looks read. Other kinds are not told apart: an atomic create, for one,
        // shows as a rename.
        if let EventKind::Access(kind) = event.kind
            && kind != AccessKind::Close(AccessMode::Write)
        {
            return;
        }
        let mut waiting = self.lock();
        if waiting.touched.len() + event.paths.len() > MOST_TOUCHED {
            waiting.touched.clear();
            waiting.rescan = true;
        } else {
            waiting.touched.extend(event.paths);
        }
        drop(waiting);
        self.ring.notify_one();
    }

    fn warn(&self, warning: String) {
        let mut waiting = self.lock();
        if waiting.warning.as_ref() != Some(&warning) {
            tracing::warn!("{warning}");
            waiting.warning = Some(warning);
        }
    }
}
