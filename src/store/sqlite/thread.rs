//! The two threads of an open database, so that nothing blocks the runtime: one writes, one reads and listens.
//!
//! The listening one wakes at a ring of the bell, at the earliest end of a lease, and every [`SWEEP`].

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use notify::RecommendedWatcher;
use rusqlite::Connection;
use tokio::sync::watch;

use super::bell::{Bell, deaf};
use super::schema::{Words, connect, prepare};
use super::table;
use crate::store::journal::{HISTORY, Journal};
use crate::store::{Change, Revision, StoreError};

/// How often is looked without having been woken.
const SWEEP: Duration = Duration::from_secs(2);
/// Soonest look at ended leases again after ending them failed.
const AGAIN: Duration = Duration::from_millis(50);

/// Something to write.
pub(super) type WriteJob = Box<dyn FnOnce(&mut Writer) + Send>;
/// Something to read.
pub(super) type ReadJob = Box<dyn FnOnce(&mut Connection) + Send>;

/// What the reading thread is woken by.
pub(super) enum Wake {
    /// A ring, a new lease, a first watch: look.
    Look,
    /// Something to read.
    Job(ReadJob),
}

/// What the threads and the watches share.
#[derive(Default)]
pub(super) struct Hub {
    journal: Mutex<Journal>,
    /// The journal's revision; watches wait for it to change.
    pub revisions: watch::Sender<Revision>,
    /// A look is already on its way, so that a hundred rings are one.
    looking: AtomicBool,
}

impl Hub {
    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        // No code that holds the lock can panic halfway through a change.
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A transaction of this process, straight from the writer: it need not be read again. If others wrote in between,
    /// the ring of this very transaction lets the reader fetch both.
    pub(super) fn offer(&self, revision: Revision, changes: Vec<Change>) {
        let mut journal = self.journal();
        if journal.revision + 1 == revision {
            journal.push(changes);
            self.revisions.send_replace(revision);
        }
    }

    /// Asks the reader to look, unless it was asked already.
    pub(super) fn look(&self, reader: &Sender<Wake>) {
        if !self.looking.swap(true, Ordering::AcqRel) && reader.send(Wake::Look).is_err() {
            tracing::debug!("the store is closed");
        }
    }

    /// Reads what others wrote.
    fn catch_up(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let at = self.journal().revision;
        let latest = table::revision(connection)?;
        if latest == at {
            return Ok(());
        }
        let past = match table::log(connection, at, HISTORY)? {
            // Where nobody watches there is nothing to keep.
            Some((past, reached)) if reached == latest && self.revisions.receiver_count() > 0 => Some(past),
            _ => None,
        };
        let mut journal = self.journal();
        match past {
            // The writer may have been here meanwhile: it only adds the next one.
            Some(past) => {
                for (revision, changes) in past {
                    if revision == journal.revision + 1 {
                        journal.push(changes);
                    }
                }
            }
            // Too much is new, or the database is another one. Watches read the log themselves.
            None if journal.revision == at => journal.restart(latest),
            None => {}
        }
        self.revisions.send_replace(journal.revision);
        Ok(())
    }
}

/// The reading and listening thread. Ends when nobody holds its channel any more.
pub(super) fn read(
    mut database: Database,
    hub: &Arc<Hub>,
    wakes: &Receiver<Wake>,
    myself: Weak<Sender<Wake>>,
    writer: &Sender<WriteJob>,
) {
    let mut ears = Ears {
        hub: hub.clone(),
        myself,
        bell: None,
        watcher: None,
    };
    let mut sweep = Instant::now();
    let mut until = sweep;
    loop {
        let pause = until.saturating_duration_since(Instant::now());
        match wakes.recv_timeout(pause) {
            Ok(Wake::Job(job)) => {
                job(&mut database.connection);
                continue;
            }
            Ok(Wake::Look) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if sweep <= Instant::now() {
            sweep = Instant::now() + SWEEP;
            database.follow();
            // First the ears, then the look: what comes in between is not missed.
            ears.check(&database.path);
        }
        until = look(&mut database.connection, hub, writer).map_or(sweep, |end| end.min(sweep));
    }
}

/// Fetches what is new and ends the leases that are due. When to look again at the latest, if a lease runs.
fn look(connection: &mut Connection, hub: &Arc<Hub>, writer: &Sender<WriteJob>) -> Option<Instant> {
    // First the flag, then the look: a ring that comes now asks for another one.
    hub.looking.store(false, Ordering::Release);
    let seen = hub
        .catch_up(connection)
        .and_then(|()| table::next_end(connection));
    match seen {
        Ok(None) => None,
        Ok(Some(end)) => {
            let left = u64::try_from(end - table::now()).unwrap_or(0);
            if left > 0 {
                return Some(Instant::now() + Duration::from_millis(left));
            }
            let hub = hub.clone();
            let end_due = move |writer: &mut Writer| {
                loop {
                    match table::end_lease(writer.connection(), None) {
                        Ok(Some((revision, changes))) => {
                            hub.offer(revision, changes);
                            writer.ring();
                        }
                        Ok(None) => break,
                        Err(error) => {
                            tracing::warn!("ending a lease failed: {error}");
                            break;
                        }
                    }
                }
            };
            let _ = writer.send(Box::new(end_due));
            Some(Instant::now() + AGAIN)
        }
        Err(error) => {
            tracing::debug!("looking into the store failed: {error}");
            None
        }
    }
}

/// The writing thread. Ends when nobody holds its channel any more.
pub(super) fn write(mut writer: Writer, jobs: &Receiver<WriteJob>) {
    while let Ok(job) = jobs.recv() {
        if writer.database.follow() {
            writer.bell = None;
        }
        job(&mut writer);
    }
}

/// A connection, and the file that it is to.
pub(super) struct Database {
    pub connection: Connection,
    path: PathBuf,
    file: (u64, u64),
    words: Words,
}

impl Database {
    /// Makes what is missing and connects.
    pub(super) fn open(path: &Path, words: &Words) -> Result<Self, StoreError> {
        prepare(path, words)?;
        Ok(Self {
            connection: connect(path, words)?,
            path: path.into(),
            file: identity(path).unwrap_or_default(),
            words: words.clone(),
        })
    }

    /// Somebody may have deleted the file (and with it the store's content) or put another one there: a connection would
    /// go on with a file that nobody else sees. Whether it was so.
    fn follow(&mut self) -> bool {
        let moved = identity(&self.path) != Some(self.file);
        if moved {
            match Self::open(&self.path, &self.words) {
                Ok(new) => *self = new,
                Err(error) => tracing::warn!("the database was moved or deleted, and: {error}"),
            }
        }
        moved
    }
}

#[expect(
    clippy::useless_conversion,
    reason = "the numbers' types differ between systems"
)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    let stat = rustix::fs::stat(path).ok()?;
    Some((u64::from(stat.st_dev), u64::from(stat.st_ino)))
}

/// The writing thread's own.
pub(super) struct Writer {
    database: Database,
    bell: Option<Bell>,
    /// When it was last seen that the bell still hangs.
    seen: Instant,
}

impl Writer {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            bell: None,
            seen: Instant::now(),
        }
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.database.connection
    }

    /// Wakes all processes. To be called before the caller hears of the commit: it may end its process then.
    pub(super) fn ring(&mut self) {
        if self.seen.elapsed() > SWEEP || self.bell.is_none() {
            self.seen = Instant::now();
            if !self.bell.as_ref().is_some_and(Bell::hangs) {
                self.bell = Bell::open(&self.database.path).ok();
            }
        }
        if let Some(bell) = &self.bell {
            bell.ring();
        }
    }
}

/// What hears the bell.
struct Ears {
    hub: Arc<Hub>,
    myself: Weak<Sender<Wake>>,
    bell: Option<Bell>,
    watcher: Option<RecommendedWatcher>,
}

impl Ears {
    /// Listens, or listens again if the file was replaced.
    fn check(&mut self, path: &Path) {
        if self.watcher.is_some() && self.bell.as_ref().is_some_and(Bell::hangs) {
            return;
        }
        self.watcher = None;
        match Bell::open(path) {
            Ok(bell) => {
                let (hub, myself) = (self.hub.clone(), self.myself.clone());
                let heard = move || {
                    if let Some(reader) = myself.upgrade() {
                        hub.look(&reader);
                    }
                };
                match bell.listen(heard) {
                    Ok(watcher) => self.watcher = Some(watcher),
                    Err(error) => {
                        let reason = deaf(&error);
                        tracing::warn!("the store is looked at only every {SWEEP:?}: {reason}");
                    }
                }
                self.bell = Some(bell);
            }
            Err(error) => tracing::debug!("no bell at {}: {error}", path.display()),
        }
    }
}
