//! The watcher's thread: takes what is waiting, wakes whom it concerns, sweeps from time to time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::{ErrorKind, RecursiveMode, Watcher as _};

use super::table::{Events, Table};
use super::{Inbox, Request, SWEEP, SWEEP_WITHOUT_EVENTS};

/// Too many open files (of the process, or inotify instances of the user), on Linux and the BSDs alike.
const EMFILE: i32 = 24;

/// Runs until the last [`super::Watcher`] is dropped.
pub(super) fn run(inbox: &Arc<Inbox>, events: bool) {
    let mut table = Table::new(System::start(inbox, events));
    let mut last_sweep = Instant::now();
    let mut sweep_took = Duration::ZERO;
    loop {
        let mut waiting = inbox.lock();
        // A sweep costs at most a hundredth of the time, however many paths there are.
        let pause = if table.all_have_events() {
            SWEEP
        } else {
            SWEEP_WITHOUT_EVENTS
        }
        .max(sweep_took * 100);
        while waiting.requests.is_empty() && waiting.touched.is_empty() && !waiting.rescan && !waiting.stop {
            if table.is_empty() {
                waiting = inbox
                    .ring
                    .wait(waiting)
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                last_sweep = Instant::now();
                continue;
            }
            let Some(left) = pause.checked_sub(last_sweep.elapsed()) else {
                break;
            };
            let (again, _) = inbox
                .ring
                .wait_timeout(waiting, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            waiting = again;
        }
        if waiting.stop {
            return;
        }
        let requests = std::mem::take(&mut waiting.requests);
        let touched = std::mem::take(&mut waiting.touched);
        let rescan = std::mem::take(&mut waiting.rescan);
        drop(waiting);

        // Touched first: somebody waits for these.
        for path in &touched {
            table.touched(path);
        }
        for request in requests {
            match request {
                Request::Watch(id, path, wake) => table.add(id, path, wake),
                Request::Forget(id) => table.remove(id),
            }
        }
        if rescan {
            table.rescan();
        }
        if last_sweep.elapsed() >= pause {
            let start = Instant::now();
            table.sweep();
            last_sweep = Instant::now();
            sweep_took = last_sweep - start;
        }
    }
}

/// The system's means to be told of changes, if it has any to spare.
struct System {
    inbox: Arc<Inbox>,
    watcher: Option<notify::RecommendedWatcher>,
}

impl System {
    fn start(inbox: &Arc<Inbox>, events: bool) -> Self {
        let for_callback = Arc::clone(inbox);
        let watcher = events
            .then(|| notify::recommended_watcher(move |event| for_callback.take(event)))
            .and_then(|watcher| watcher.map_err(|error| inbox.warn(advice(&error, "files"))).ok());
        Self {
            inbox: Arc::clone(inbox),
            watcher,
        }
    }
}

impl Events for System {
    fn watch(&mut self, directory: &Path) -> bool {
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        // Not recursive: a recursive watch misses most of what is written right after `mkdir -p`.
        match watcher.watch(directory, RecursiveMode::NonRecursive) {
            Ok(()) => true,
            Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => false,
            Err(error) => {
                self.inbox.warn(advice(&error, &directory.to_string_lossy()));
                false
            }
        }
    }

    fn unwatch(&mut self, directory: &Path) {
        if let Some(watcher) = &mut self.watcher {
            // It is an error if the directory was removed: then there is nothing left to end.
            let _ = watcher.unwatch(directory);
        }
    }

    fn is_wanted(&self) -> bool {
        self.watcher.is_some()
    }
}

/// What to do about an error of the system.
fn advice(error: &notify::Error, what: &str) -> String {
    let late = format!(
        "until then changes are looked for every {} ms",
        SWEEP_WITHOUT_EVENTS.as_millis()
    );
    match &error.kind {
        ErrorKind::MaxFilesWatch => format!(
            "cannot watch {what}: all inotify watches are in use; raise the limit, as in \
             `sysctl fs.inotify.max_user_watches=524288`; {late}"
        ),
        ErrorKind::Io(io) if io.raw_os_error() == Some(EMFILE) => format!(
            "cannot watch {what}: too many open files or inotify instances; raise the limit, as in \
             `sysctl fs.inotify.max_user_instances=1024` or `ulimit -n 65536`; {late}"
        ),
        _ => format!("cannot watch {what}: {error}; {late}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_named_with_their_sysctl() {
        let watches = notify::Error::new(ErrorKind::MaxFilesWatch);
        assert!(advice(&watches, "/x").contains("fs.inotify.max_user_watches"));
        let instances = notify::Error::io(std::io::Error::from_raw_os_error(EMFILE));
        assert!(advice(&instances, "files").contains("fs.inotify.max_user_instances"));
    }
}
