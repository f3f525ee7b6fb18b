//! A store in this process's memory: for `khor up` and for tests. It is gone with the process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::check::Prefixes;
use super::journal::{Batch, Journal, Source, feed};
use super::{
    Change, Commit, Lease, LeaseId, Listing, Operation, Pair, Revision, Store, StoreError, Transaction, Watch,
};

/// The store. Clones share it; a watch or a lease keeps it alive.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    revision: watch::Sender<Revision>,
}

#[derive(Debug, Default)]
struct State {
    pairs: BTreeMap<String, Entry>,
    journal: Journal,
    leases: HashMap<i64, Held>,
    last_lease: i64,
}

#[derive(Debug)]
struct Entry {
    pair: Pair,
    lease: Option<i64>,
}

#[derive(Debug)]
struct Held {
    deadline: Instant,
    keys: BTreeSet<String>,
    lost: watch::Sender<bool>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all history, as a compaction of etcd does: a watch that lags or resumes from before gets a Reset.
    pub fn compact(&self) {
        let mut state = self.state();
        let revision = state.journal.revision;
        state.journal.restart(revision);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic halfway through a change.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, revision: Revision) {
        self.shared.revision.send_if_modified(|known| {
            let newer = revision > *known;
            *known = revision.max(*known);
            newer
        });
    }

    fn refused(reason: impl Into<String>) -> StoreError {
        StoreError::Refused {
            url: "memory:".into(),
            reason: reason.into(),
        }
    }

    fn expire(&self, lease: i64) {
        let mut state = self.state();
        if state.end_lease(lease) {
            let revision = state.journal.revision;
            drop(state);
            self.tell(revision);
        }
    }

    /// Renews the lease while `held` and carries out its end.
    async fn keep(self, lease: i64, ttl: Duration, held: CancellationToken) {
        while held.run_until_cancelled(sleep(ttl / 3)).await.is_some() {
            match self.state().leases.get_mut(&lease) {
                Some(entry) => entry.deadline = Instant::now() + ttl,
                None => return,
            }
        }
        let deadline = self.state().leases.get(&lease).map(|entry| entry.deadline);
        if let Some(deadline) = deadline {
            sleep_until(deadline).await;
            self.expire(lease);
        }
    }
}

impl Source for Memory {
    fn revisions(&self) -> watch::Receiver<Revision> {
        self.shared.revision.subscribe()
    }

    async fn since(&self, prefixes: &Prefixes, at: Option<Revision>) -> Result<Batch, StoreError> {
        let state = self.state();
        Ok(match at.and_then(|at| state.journal.since(at)) {
            Some(past) => Batch::Changes(past, state.journal.revision),
            None => Batch::Reset(state.listing(prefixes.iter())),
        })
    }
}

impl State {
    fn listing<'a>(&self, prefixes: impl Iterator<Item = &'a str>) -> Listing {
        Listing {
            pairs: prefixes
                .flat_map(|prefix| self.below(prefix))
                .map(|entry| entry.pair.clone())
                .collect(),
            revision: self.journal.revision,
        }
    }

    fn below(&self, prefix: &str) -> impl Iterator<Item = &Entry> {
        self.pairs
            .range(prefix.to_owned()..)
            .map(|(_, entry)| entry)
            .take_while(move |entry| entry.pair.key.starts_with(prefix))
    }

    fn holds(&self, transaction: &Transaction) -> bool {
        transaction.compares.iter().all(|compare| {
            let pair = self.pairs.get(&compare.key).map(|entry| &entry.pair);
            let revisions = pair.map(|pair| (pair.create_revision, pair.mod_revision));
            compare.target.of(revisions) == compare.equals
        })
    }

    fn put(&mut self, key: String, value: Vec<u8>, lease: Option<i64>, changes: &mut Vec<Change>) {
        let revision = self.journal.revision + 1;
        let before = self.pairs.remove(&key);
        self.detach(before.as_ref());
        let pair = Pair {
            key: key.clone(),
            value,
            create_revision: before
                .as_ref()
                .map_or(revision, |entry| entry.pair.create_revision),
            mod_revision: revision,
        };
        if let Some(held) = lease.and_then(|lease| self.leases.get_mut(&lease)) {
            held.keys.insert(key.clone());
        }
        changes.push(Change::Put {
            pair: pair.clone(),
            previous: before.map(|entry| entry.pair.value),
        });
        self.pairs.insert(key, Entry { pair, lease });
    }

    fn delete(&mut self, key: &str, changes: &mut Vec<Change>) {
        if let Some(before) = self.pairs.remove(key) {
            self.detach(Some(&before));
            changes.push(Change::Delete {
                key: before.pair.key,
                previous: Some(before.pair.value),
            });
        }
    }

    fn detach(&mut self, entry: Option<&Entry>) {
        let Some(entry) = entry else { return };
        if let Some(held) = entry.lease.and_then(|lease| self.leases.get_mut(&lease)) {
            held.keys.remove(&entry.pair.key);
        }
    }

    /// Takes the next revision for `changes`, if there are any.
    fn conclude(&mut self, changes: Vec<Change>) -> Revision {
        if !changes.is_empty() {
            self.journal.push(changes);
        }
        self.journal.revision
    }

    /// Whether there was such a lease.
    fn end_lease(&mut self, lease: i64) -> bool {
        let Some(held) = self.leases.remove(&lease) else {
            return false;
        };
        held.lost.send_replace(true);
        let mut changes = Vec::new();
        for key in held.keys {
            self.delete(&key, &mut changes);
        }
        self.conclude(changes);
        true
    }
}

impl Store for Memory {
    fn url(&self) -> &'static str {
        "memory:"
    }

    async fn list(&self, prefix: &str) -> Result<Listing, StoreError> {
        Ok(self.state().listing([prefix].into_iter()))
    }

    async fn get(&self, key: &str) -> Result<Option<Pair>, StoreError> {
        Ok(self.state().pairs.get(key).map(|entry| entry.pair.clone()))
    }

    fn watch(&self, prefixes: Vec<String>, from: Option<Revision>) -> Watch {
        let (events, watch) = Watch::channel();
        tokio::spawn(feed(self.clone(), Prefixes::new(prefixes), from, events));
        watch
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        if let Some(fault) = transaction.fault() {
            return Err(Self::refused(fault));
        }
        let mut state = self.state();
        if !state.holds(&transaction) {
            return Ok(Commit::Conflict);
        }
        for operation in &transaction.operations {
            if let Operation::Put {
                lease: Some(lease), ..
            } = operation
                && !state.leases.contains_key(&lease.0)
            {
                return Err(Self::refused("the lease of a put has ended"));
            }
        }
        let mut changes = Vec::with_capacity(transaction.operations.len());
        for operation in transaction.operations {
            match operation {
                Operation::Put { key, value, lease } => {
                    state.put(key, value, lease.map(|lease| lease.0), &mut changes);
                }
                Operation::Delete { key } => state.delete(&key, &mut changes),
                Operation::DeletePrefix { prefix } => {
                    let keys: Vec<_> = state.below(&prefix).map(|entry| entry.pair.key.clone()).collect();
                    for key in keys {
                        state.delete(&key, &mut changes);
                    }
                }
            }
        }
        let revision = state.conclude(changes);
        drop(state);
        self.tell(revision);
        Ok(Commit::Done(revision))
    }

    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        let (lost, receiver) = watch::channel(false);
        let deadline = Instant::now() + ttl;
        let id = {
            let mut state = self.state();
            state.last_lease += 1;
            let id = state.last_lease;
            let keys = BTreeSet::new();
            state.leases.insert(id, Held { deadline, keys, lost });
            id
        };
        let held = CancellationToken::new();
        tokio::spawn(self.clone().keep(id, ttl, held.clone()));
        Ok(Lease {
            id: LeaseId(id),
            lost: receiver,
            _renewal: held.drop_guard(),
        })
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.expire(lease.0);
        Ok(())
    }
}
