//! A store in one `SQLite` file: many processes of one machine share it, nothing else needs to run. The default.
//!
//! Beside the database lie its write-ahead log (`-wal`), the log's index (`-shm`) and the bell (`-bell`, see [`bell`]).
//! The file must not lie on a network file system: neither locks nor wakes cross machines there.

mod bell;
mod schema;
mod table;
mod thread;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::check::Prefixes;
use super::journal::{Batch, Past, Source, feed, pauses};
use super::{Commit, Lease, LeaseId, Listing, Pair, Revision, Store, StoreError, Transaction, Watch};
use schema::Words;
use table::Written;
use thread::{Database, Hub, ReadJob, Wake, WriteJob, Writer};

/// How many changes of the log are read at once for a watch that lags.
const PAGE: usize = 1000;

/// The store. Clones share its two connections; it is closed when the last clone, watch and lease is gone.
#[derive(Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    words: Words,
    hub: Arc<Hub>,
    writer: Sender<WriteJob>,
    reader: Arc<Sender<Wake>>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sqlite").field(&self.shared.url).finish()
    }
}

impl Sqlite {
    /// Opens the database at `path` (what follows `sqlite:` in a URL), and makes it, with its directory, if it is missing.
    ///
    /// # Errors
    /// `BadUrl` for no path; `Refused` for a file that is no database, is damaged, belongs to another program, to a newer
    /// khor, or may not be written; `Unavailable` for one that stays locked.
    pub async fn open(path: &str) -> Result<Self, StoreError> {
        let url = format!("sqlite:{path}");
        let path = file_of(path).map_err(|reason| StoreError::BadUrl {
            url: url.clone(),
            reason: reason.into(),
        })?;
        let words = Words::new(&url);
        let opening = {
            let words = words.clone();
            tokio::task::spawn_blocking(move || {
                Ok::<_, StoreError>((Database::open(&path, &words)?, Database::open(&path, &words)?))
            })
        };
        let ended = |_| words.unavailable("khor is shutting down");
        let (mine, theirs) = opening.await.map_err(ended)??;
        let hub = Arc::new(Hub::default());
        let (writer, write_jobs) = channel();
        let (reader, wakes) = channel();
        let reader = Arc::new(reader);
        let (myself, to_writer, to_hub) = (Arc::downgrade(&reader), writer.clone(), hub.clone());
        let started = start("khor-store-write", move || {
            thread::write(Writer::new(mine), &write_jobs);
        })
        .and_then(|()| {
            start("khor-store-read", move || {
                thread::read(theirs, &to_hub, &wakes, myself, &to_writer);
            })
        });
        started.map_err(|error| words.unavailable(format!("no thread can be started: {error}")))?;
        Ok(Self {
            shared: Arc::new(Shared {
                url,
                words,
                hub,
                writer,
                reader,
            }),
        })
    }

    /// Forgets the log that watches resume from, as a compaction of etcd does: a watch that lags or resumes from before
    /// gets a Reset.
    ///
    /// # Errors
    /// As for every write.
    pub async fn compact(&self) -> Result<(), StoreError> {
        let hub = self.shared.hub.clone();
        self.write(move |writer| {
            let revision = table::revision(writer.connection())?;
            table::forget(writer.connection(), revision)?;
            hub.journal().restart(revision);
            Ok(())
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: WriteJob = Box::new(move |writer| {
            // Nobody may wait for it any more; it was done all the same.
            let _ = answer.send(work(writer));
        });
        let sent = self.shared.writer.send(job).is_ok();
        self.answer(sent, answered).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: ReadJob = Box::new(move |connection| {
            let _ = answer.send(work(connection));
        });
        let sent = self.shared.reader.send(Wake::Job(job)).is_ok();
        self.answer(sent, answered).await
    }

    async fn answer<T>(
        &self,
        sent: bool,
        answered: oneshot::Receiver<rusqlite::Result<T>>,
    ) -> Result<T, StoreError> {
        let words = &self.shared.words;
        match answered.await {
            Ok(answer) if sent => answer.map_err(|error| words.explain(&error)),
            _ => Err(words.unavailable("it was closed after a fault of khor; start khor again")),
        }
    }

    async fn renew(&self, lease: i64) -> Result<bool, StoreError> {
        self.write(move |writer| table::renew(writer.connection(), lease))
            .await
    }

    /// Renews the lease until it is dropped or lost.
    async fn keep(self, lease: i64, ttl: Duration, lost: watch::Sender<bool>, granted: Instant) {
        let mut confirmed = granted;
        let mut again = None;
        while confirmed.elapsed() < ttl {
            let pause = match &mut again {
                None => ttl / 3,
                // Attempts that fail are repeated soon: there is time until the lease ends.
                Some(pauses) => Iterator::next(pauses).unwrap_or(ttl / 3).min(ttl / 3),
            };
            let left = ttl.saturating_sub(confirmed.elapsed());
            sleep(pause.min(left)).await;
            let asked = Instant::now();
            match self.renew(lease).await {
                Ok(true) => (confirmed, again) = (asked, None),
                Ok(false) => break,
                Err(_) => again = again.or_else(|| Some(pauses())),
            }
        }
        lost.send_replace(true);
    }
}

/// The path that a URL names, or what is wrong with it.
fn file_of(path: &str) -> Result<PathBuf, &'static str> {
    match path {
        "" => Err("the path is missing, as in `sqlite:/var/lib/khor/store.db`"),
        ":memory:" => Err("a store in memory is `memory:`"),
        // The form of other tools: `sqlite:///absolute/path`.
        _ if path.starts_with("///") => Ok(Path::new(&path[2..]).into()),
        _ if path.starts_with("//") => {
            Err("a path follows `sqlite:`, and no host: `sqlite:/absolute` or `sqlite:relative`")
        }
        _ => Ok(path.into()),
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    // Small stacks: neither thread recurses.
    let builder = std::thread::Builder::new()
        .name(name.into())
        .stack_size(512 << 10);
    builder.spawn(work).map(drop)
}

impl Source for Sqlite {
    fn revisions(&self) -> watch::Receiver<Revision> {
        self.shared.hub.revisions.subscribe()
    }

    async fn since(&self, prefixes: &Prefixes, at: Option<Revision>) -> Result<Batch, StoreError> {
        if let Some(at) = at {
            let recent = {
                let journal = self.shared.hub.journal();
                journal
                    .since(at)
                    .map(|past| Batch::Changes(past, journal.revision))
            };
            if let Some(recent) = recent {
                return Ok(recent);
            }
            // In pages: a watch that lags far behind shall not load all at once.
            if let Some((past, reached)) = self
                .read(move |connection| table::log(connection, at, PAGE))
                .await?
            {
                let past = past.into_iter();
                let past = past.map(|(revision, changes)| Arc::new(Past::new(revision, changes)));
                return Ok(Batch::Changes(past.collect(), reached));
            }
        }
        let prefixes = prefixes.clone();
        let listing = self
            .read(move |connection| table::list(connection, prefixes.iter()))
            .await?;
        Ok(Batch::Reset(listing))
    }
}

impl Store for Sqlite {
    fn url(&self) -> &str {
        &self.shared.url
    }

    async fn list(&self, prefix: &str) -> Result<Listing, StoreError> {
        let prefix = prefix.to_owned();
        self.read(move |connection| table::list(connection, [prefix.as_str()].into_iter()))
            .await
    }

    async fn get(&self, key: &str) -> Result<Option<Pair>, StoreError> {
        let key = key.to_owned();
        self.read(move |connection| table::get(connection, &key)).await
    }

    fn watch(&self, prefixes: Vec<String>, from: Option<Revision>) -> Watch {
        let (events, watch) = Watch::channel();
        tokio::spawn(feed(self.clone(), Prefixes::new(prefixes), from, events));
        watch
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        let words = &self.shared.words;
        if let Some(fault) = transaction.fault() {
            return Err(words.refused(fault));
        }
        let hub = self.shared.hub.clone();
        let commit = self.write(move |writer| {
            Ok(match table::commit(writer.connection(), &transaction)? {
                Written::Conflict => Some(Commit::Conflict),
                Written::NoLease => None,
                Written::Done(revision, changes) => {
                    if !changes.is_empty() {
                        hub.offer(revision, changes);
                        writer.ring();
                    }
                    Some(Commit::Done(revision))
                }
            })
        });
        commit
            .await?
            .ok_or_else(|| words.refused("the lease of a put has ended"))
    }

    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        let asked = Instant::now();
        let milliseconds = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX / 4);
        let grant = self.write(move |writer| {
            let lease = table::grant(writer.connection(), milliseconds)?;
            // Whoever listens sets its clock for this lease's end, should this process be killed.
            writer.ring();
            Ok(lease)
        });
        let id = grant.await?;
        let (lost, receiver) = watch::channel(false);
        let held = CancellationToken::new();
        let renewal = self.clone().keep(id, ttl, lost, asked);
        tokio::spawn(held.clone().run_until_cancelled_owned(renewal));
        Ok(Lease {
            id: LeaseId(id),
            lost: receiver,
            _renewal: held.drop_guard(),
        })
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        let hub = self.shared.hub.clone();
        let ended = self.write(move |writer| {
            if let Some((revision, changes)) = table::end_lease(writer.connection(), Some(lease.0))? {
                hub.offer(revision, changes);
                writer.ring();
            }
            Ok(())
        });
        ended.await
    }
}
