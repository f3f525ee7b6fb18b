//! A store under test, of any kind, with what keeps it alive.

use std::collections::BTreeMap;
use std::time::Duration;

use khor::store::{
    AnyStore, Change, Commit, Listing, Revision, Store, Target, Transaction, Watch, WatchEvent,
};
use tempfile::TempDir;

use crate::support::{Etcd, within};

/// A store, and a second handle to it that shares as little as possible with the first.
pub struct World {
    pub store: AnyStore,
    pub second: AnyStore,
    pub etcd: Option<Etcd>,
    _directory: Option<TempDir>,
}

impl World {
    pub async fn memory() -> Self {
        let store = AnyStore::open("memory:").await.unwrap();
        Self {
            second: store.clone(),
            store,
            etcd: None,
            _directory: None,
        }
    }

    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("store.db").display());
        Self {
            store: AnyStore::open(&url).await.unwrap(),
            second: AnyStore::open(&url).await.unwrap(),
            etcd: None,
            _directory: Some(directory),
        }
    }

    #[cfg(feature = "etcd")]
    pub async fn etcd() -> Self {
        Self::on(tokio::task::spawn_blocking(Etcd::one).await.unwrap()).await
    }

    #[cfg(feature = "etcd")]
    pub async fn on(etcd: Etcd) -> Self {
        let url = etcd.url();
        Self {
            store: AnyStore::open(&url).await.unwrap(),
            second: AnyStore::open(&url).await.unwrap(),
            etcd: Some(etcd),
            _directory: None,
        }
    }

    /// Makes the store forget its history.
    pub async fn compact(&self) {
        match &self.store {
            AnyStore::Memory(memory) => memory.compact(),
            AnyStore::Sqlite(sqlite) => sqlite.compact().await.unwrap(),
            #[cfg(feature = "etcd")]
            AnyStore::Etcd(etcd) => {
                let revision = etcd.list("").await.unwrap().revision;
                self.etcd
                    .as_ref()
                    .unwrap()
                    .ctl(&["compact", &revision.to_string()]);
            }
        }
    }

    /// Commits without conditions.
    pub async fn commit(&self, transaction: Transaction) -> Revision {
        commit(&self.store, transaction).await
    }

    /// Writes one key.
    pub async fn put(&self, key: &str, value: &str) -> Revision {
        self.commit(Transaction::new().put(key, value)).await
    }

    /// A watch whose Reset was taken.
    pub async fn watching(&self, prefixes: &[&str]) -> (Watch, Listing) {
        let mut watch = self
            .second
            .watch(prefixes.iter().map(|prefix| (*prefix).into()).collect(), None);
        let listing = reset(&mut watch).await;
        (watch, listing)
    }
}

pub async fn commit(store: &AnyStore, transaction: Transaction) -> Revision {
    match within("a commit", store.commit(transaction)).await.unwrap() {
        Commit::Done(revision) => revision,
        Commit::Conflict => panic!("a transaction without comparisons cannot conflict"),
    }
}

pub async fn event(watch: &mut Watch) -> WatchEvent {
    within("an event", watch.next())
        .await
        .expect("a watch does not end by itself")
}

/// The next event that is no Progress.
pub async fn news(watch: &mut Watch) -> WatchEvent {
    loop {
        match event(watch).await {
            WatchEvent::Progress { .. } => {}
            news => return news,
        }
    }
}

pub async fn reset(watch: &mut Watch) -> Listing {
    match news(watch).await {
        WatchEvent::Reset { pairs, revision } => Listing { pairs, revision },
        other => panic!("a Reset was due, not {other:?}"),
    }
}

pub async fn changes(watch: &mut Watch) -> (Vec<Change>, Revision) {
    match news(watch).await {
        WatchEvent::Changes { changes, revision } => (changes, revision),
        other => panic!("Changes were due, not {other:?}"),
    }
}

/// What a consumer knows that applies all events, as agents do; checks that revisions only rise.
#[derive(Default)]
pub struct Known {
    pub pairs: BTreeMap<String, Vec<u8>>,
    pub revision: Revision,
    pub resets: usize,
    pub lost: usize,
}

impl Known {
    pub fn apply(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Reset { pairs, revision } => {
                self.pairs = pairs.into_iter().map(|pair| (pair.key, pair.value)).collect();
                self.revision = revision;
                self.resets += 1;
            }
            WatchEvent::Changes { changes, revision } => {
                assert!(
                    revision > self.revision,
                    "{revision} came after {}",
                    self.revision
                );
                self.revision = revision;
                for change in changes {
                    match change {
                        Change::Put { pair, .. } => self.pairs.insert(pair.key, pair.value),
                        Change::Delete { key, .. } => self.pairs.remove(&key),
                    };
                }
            }
            WatchEvent::Progress { revision } => {
                assert!(
                    revision >= self.revision,
                    "progress went back from {} to {revision}",
                    self.revision
                );
                self.revision = revision;
            }
            WatchEvent::Lost { .. } => self.lost += 1,
        }
    }

    /// Applies events until `holds`.
    pub async fn follow(&mut self, watch: &mut Watch, mut holds: impl FnMut(&Self) -> bool) {
        while !holds(self) {
            let event = event(watch).await;
            self.apply(event);
        }
    }
}

/// A transaction that is refused if `key` is there already.
pub fn create(key: &str, value: &str) -> Transaction {
    Transaction::new()
        .when(key, Target::CreateRevision, 0)
        .put(key, value)
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
