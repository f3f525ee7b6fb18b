//! The latest transactions, and the task that feeds a watch from them. Memory and sqlite share it.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::check::Prefixes;
use super::{Change, Listing, Revision, StoreError, WatchEvent};

/// How many transactions are kept for watches that resume or lag.
pub(super) const HISTORY: usize = 10_000;
/// How many bytes of keys and values those may hold together.
pub(super) const HISTORY_BYTES: usize = 64 << 20;
/// How soon a watch is told of revisions that did not concern it.
const PROGRESS: Duration = Duration::from_secs(1);

/// One transaction's changes, in the order of keys.
#[derive(Debug)]
pub(super) struct Past {
    pub revision: Revision,
    pub changes: Vec<Change>,
    bytes: usize,
}

impl Past {
    /// Sorts `changes`.
    pub(super) fn new(revision: Revision, mut changes: Vec<Change>) -> Self {
        changes.sort_by(|a, b| a.key().cmp(b.key()));
        let bytes = changes.iter().map(Change::size).sum();
        Self {
            revision,
            changes,
            bytes,
        }
    }
}

/// The latest transactions, oldest first, without gaps.
#[derive(Debug, Default)]
pub(super) struct Journal {
    past: VecDeque<Arc<Past>>,
    bytes: usize,
    /// The last one's revision.
    pub revision: Revision,
}

impl Journal {
    /// Adds the next transaction and forgets the oldest beyond the limits.
    pub(super) fn push(&mut self, changes: Vec<Change>) {
        self.revision += 1;
        let next = Past::new(self.revision, changes);
        self.bytes += next.bytes;
        self.past.push_back(Arc::new(next));
        while self.past.len() > HISTORY || self.bytes > HISTORY_BYTES {
            let Some(oldest) = self.past.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes;
        }
    }

    /// Forgets all, and goes on behind `revision`.
    pub(super) fn restart(&mut self, revision: Revision) {
        *self = Self {
            revision,
            ..Self::default()
        };
    }

    /// All transactions after `at`; none if some of them are forgotten, or if `at` lies in the future (it is then of
    /// another store's life).
    pub(super) fn since(&self, at: Revision) -> Option<Vec<Arc<Past>>> {
        let oldest = self.revision + 1 - self.past.len() as Revision;
        if at > self.revision || at + 1 < oldest {
            return None;
        }
        let skip = usize::try_from(at + 1 - oldest).ok()?;
        Some(self.past.iter().skip(skip).cloned().collect())
    }
}

/// What a watch is to be told next.
pub(super) enum Batch {
    /// What it knows is of no use any more.
    Reset(Listing),
    /// These transactions, and that nothing else happened up to this revision.
    Changes(Vec<Arc<Past>>, Revision),
}

/// Where a watch's events come from.
pub(super) trait Source: Send + Sync + 'static {
    /// Changes whenever there may be something new.
    fn revisions(&self) -> watch::Receiver<Revision>;

    /// What happened after `at`; everything there is if `at` is none or too old.
    fn since(
        &self,
        prefixes: &Prefixes,
        at: Option<Revision>,
    ) -> impl Future<Output = Result<Batch, StoreError>> + Send;
}

/// The pauses between attempts at a store that fails: 50 ms, doubled up to 5 s, with jitter, without end.
pub(super) fn pauses() -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(5))
        .with_jitter()
        .without_max_times()
        .build()
}

/// Feeds one watch until its consumer is gone.
pub(super) async fn feed(
    source: impl Source,
    prefixes: Prefixes,
    from: Option<Revision>,
    events: mpsc::Sender<WatchEvent>,
) {
    // The only way for this to fail is that nobody listens any more.
    let _ = pump(source, prefixes, from, events).await;
}

async fn pump(
    source: impl Source,
    prefixes: Prefixes,
    from: Option<Revision>,
    events: mpsc::Sender<WatchEvent>,
) -> Result<(), mpsc::error::SendError<WatchEvent>> {
    let mut revisions = source.revisions();
    let mut at = from;
    let mut told = from.unwrap_or_default();
    let mut outage = None;
    let mut due = None;
    loop {
        revisions.mark_unchanged();
        let reached = match source.since(&prefixes, at).await {
            Err(error) => {
                if outage.is_none() {
                    let reason = error.to_string();
                    events.send(WatchEvent::Lost { reason }).await?;
                }
                let pause = outage.get_or_insert_with(pauses).next().unwrap_or(PROGRESS);
                tokio::select! {
                    () = events.closed() => return Ok(()),
                    () = sleep(pause) => {}
                }
                // An outage that was told ends with a Reset, also if nothing happened meanwhile.
                at = None;
                continue;
            }
            Ok(Batch::Reset(Listing { pairs, revision })) => {
                events.send(WatchEvent::Reset { pairs, revision }).await?;
                told = revision;
                revision
            }
            Ok(Batch::Changes(past, reached)) => {
                for one in past {
                    let concerned = one.changes.iter().filter(|change| prefixes.covers(change.key()));
                    let changes: Vec<_> = concerned.cloned().collect();
                    if !changes.is_empty() {
                        told = one.revision;
                        let revision = told;
                        events.send(WatchEvent::Changes { changes, revision }).await?;
                    }
                }
                reached
            }
        };
        outage = None;
        at = Some(reached);
        if reached < *revisions.borrow() {
            continue;
        }
        // Progress waits a moment, so that a busy store does not tell it with every transaction of others.
        due = (told < reached).then(|| due.unwrap_or_else(|| Instant::now() + PROGRESS));
        tokio::select! {
            () = events.closed() => return Ok(()),
            changed = revisions.changed() => if changed.is_err() { return Ok(()) },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                events.send(WatchEvent::Progress { revision: reached }).await?;
                told = reached;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_knows_what_it_forgot() {
        let mut journal = Journal::default();
        assert_eq!(journal.since(0).unwrap().len(), 0);
        assert!(journal.since(1).is_none());
        for _ in 0..HISTORY + 5 {
            journal.push(vec![]);
        }
        assert!(journal.since(4).is_none());
        assert_eq!(journal.since(5).unwrap().first().unwrap().revision, 6);
        let last = journal.revision;
        assert!(journal.since(last).unwrap().is_empty());
        journal.restart(last + 7);
        assert!(journal.since(last).is_none());
        assert!(journal.since(last + 7).unwrap().is_empty());
    }
}
