//! The contract of a store.

use std::future::Future;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use super::Watch;

/// A store's logical clock: every transaction that changes something takes the next number. 0 is before all of them.
pub type Revision = u64;

/// Names a lease in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaseId(pub i64);

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
    /// The revision at which the key came into being (again).
    pub create_revision: Revision,
    /// The revision at which it was last written.
    pub mod_revision: Revision,
}

/// What [`Store::list`] saw, at one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The pairs, sorted by key.
    pub pairs: Vec<Pair>,
    /// The revision they were read at: watch from the next one to miss nothing.
    pub revision: Revision,
}

/// What a comparison looks at. A key that is absent has revision 0 in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The revision the key was created at.
    CreateRevision,
    /// The revision the key was last written at.
    ModRevision,
}

/// A condition of a transaction: the key's revision equals this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compare {
    /// The key.
    pub key: String,
    /// Which of its revisions.
    pub target: Target,
    /// What it must be; 0 for "the key is absent".
    pub equals: Revision,
}

/// One change of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Writes a key.
    Put {
        /// The key.
        key: String,
        /// Its new value.
        value: Vec<u8>,
        /// The lease it ends with; none: it stays.
        lease: Option<LeaseId>,
    },
    /// Removes a key; nothing happens if it is absent.
    Delete {
        /// The key.
        key: String,
    },
    /// Removes all keys that begin so.
    DeletePrefix {
        /// The beginning.
        prefix: String,
    },
}

/// All or nothing: if every comparison holds, all operations are carried out at one revision. At most
/// [`Transaction::LIMIT`] operations and as many comparisons; no key is touched twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Conditions; none: unconditional.
    pub compares: Vec<Compare>,
    /// Changes.
    pub operations: Vec<Operation>,
}

impl Transaction {
    /// The most operations, and the most comparisons, that one transaction may have (etcd's default is 128).
    pub const LIMIT: usize = 100;

    /// A transaction that does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, key: impl Into<String>, target: Target, equals: Revision) -> Self {
        self.compares.push(Compare {
            key: key.into(),
            target,
            equals,
        });
        self
    }

    /// Adds a write.
    #[must_use]
    pub fn put(mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.operations.push(Operation::Put {
            key: key.into(),
            value: value.into(),
            lease: None,
        });
        self
    }

    /// Adds a write under a lease.
    #[must_use]
    pub fn put_leased(mut self, key: impl Into<String>, value: impl Into<Vec<u8>>, lease: LeaseId) -> Self {
        self.operations.push(Operation::Put {
            key: key.into(),
            value: value.into(),
            lease: Some(lease),
        });
        self
    }

    /// Adds a removal.
    #[must_use]
    pub fn delete(mut self, key: impl Into<String>) -> Self {
        self.operations.push(Operation::Delete { key: key.into() });
        self
    }

    /// Adds a removal of all keys that begin with `prefix`.
    #[must_use]
    pub fn delete_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.operations.push(Operation::DeletePrefix {
            prefix: prefix.into(),
        });
        self
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Carried out, at this revision.
    Done(Revision),
    /// A comparison did not hold; nothing was changed.
    Conflict,
}

/// A promise to the store that its holder lives. Renewed in the background until dropped or revoked; keys put under it
/// go when it ends. Dropping it stops the renewal, so that it ends by itself after its time to live.
#[derive(Debug)]
pub struct Lease {
    /// Its id, for [`Transaction::put_leased`].
    pub id: LeaseId,
    /// Becomes true when the store no longer has the lease, or has not confirmed it for its time to live.
    pub lost: watch::Receiver<bool>,
    /// Ends the renewal when dropped.
    pub(super) _renewal: tokio_util::sync::DropGuard,
}

/// Why a store could not do what was asked.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// It cannot be reached, or does not answer in time; trying again may help. The write may have happened.
    #[error("the store {url} cannot be reached: {reason}")]
    Unavailable {
        /// The store's URL, without passwords.
        url: String,
        /// What went wrong, in words.
        reason: String,
    },
    /// It refuses: bad credentials, no permission, a request too large. Trying again does not help.
    #[error("the store {url} refuses: {reason}")]
    Refused {
        /// The store's URL, without passwords.
        url: String,
        /// What it says.
        reason: String,
    },
    /// The URL names no store that this khor knows.
    #[error("`{url}` names no store: {reason}")]
    BadUrl {
        /// As given.
        url: String,
        /// What is wrong with it, and what forms there are.
        reason: String,
    },
}

impl StoreError {
    /// Whether the same call may go through later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// Keys with watches, leases and transactions. Cheap to clone; clones share the connection.
pub trait Store: Clone + Send + Sync + 'static {
    /// The store's URL for messages, without passwords.
    fn url(&self) -> &str;

    /// All pairs whose key begins with `prefix`, at one revision, however many there are.
    fn list(&self, prefix: &str) -> impl Future<Output = Result<Listing, StoreError>> + Send;

    /// The pair of exactly this key.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Pair>, StoreError>> + Send;

    /// Everything below each of `prefixes`, now and from now on: begins with a [`WatchEvent::Reset`], unless `from`
    /// is given and the store still has all changes after that revision; then it goes on behind it. Never ends by
    /// itself: gaps, reconnects and compactions are answered by relisting ([`WatchEvent::Reset`]).
    ///
    /// A transaction that touches several of the prefixes is one event. On etcd that costs one more round trip to the
    /// member for each event; where it does not matter, a watch for each prefix is faster, and as cheap.
    fn watch(&self, prefixes: Vec<String>, from: Option<Revision>) -> Watch;

    /// Carries out a transaction. Every write can be repeated: after an error, ask again.
    fn commit(&self, transaction: Transaction) -> impl Future<Output = Result<Commit, StoreError>> + Send;

    /// Takes a lease and renews it in the background. `ttl` below 10 s is for tests.
    fn lease(&self, ttl: Duration) -> impl Future<Output = Result<Lease, StoreError>> + Send;

    /// Ends a lease now; its keys go.
    fn revoke(&self, lease: LeaseId) -> impl Future<Output = Result<(), StoreError>> + Send;
}
