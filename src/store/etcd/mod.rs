//! A store in an etcd cluster (version 3.4 or later): many hosts share it.

mod fault;
mod follow;
mod lease;
mod link;
mod url;

use std::sync::Arc;
use std::time::Duration;

use etcd_client::{
    Compare as EtcdCompare, CompareOp, DeleteOptions, GetOptions, KeyValue, PutOptions, Txn, TxnOp,
    TxnOpResponse, TxnResponse,
};

use self::fault::{Fault, Kind};
use self::link::{Connection, DEADLINE, Link};
use self::url::Address;
use super::check::{Prefixes, end_of_prefix};
use super::{
    Commit, Compare, Lease, LeaseId, Listing, Operation, Pair, Revision, Store, StoreError, Target,
    Transaction, Watch,
};

/// How many keys are listed at once. Fewer, if they are so large that the answer is refused.
const PAGE: i64 = 2000;
/// How long a page may take.
const PAGE_DEADLINE: Duration = Duration::from_secs(5);
/// How often a watch looks whether something was left out.
const AUDIT: Duration = Duration::from_mins(5);
/// How many bytes a slow line carries in a second: large transactions get more time.
const SLOW_LINE: usize = 500_000;

/// The store. Clones share its connection.
#[derive(Clone)]
pub struct Etcd {
    link: Arc<Link>,
    audit: Duration,
    previous: bool,
}

impl std::fmt::Debug for Etcd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Etcd").field(&self.link.url).finish()
    }
}

/// A listing, and the cluster that it is of.
struct Snapshot {
    listing: Listing,
    cluster: u64,
}

impl Etcd {
    /// The store at `url`; see [`super::AnyStore::open`] for its forms. Nothing is sent before the first call.
    ///
    /// # Errors
    /// `BadUrl`: the URL, or a file that it names, cannot be read.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self {
            link: Arc::new(Link::new(Address::read(url)?)),
            audit: AUDIT,
            previous: true,
        })
    }

    /// The same store, whose watches from now on do not tell what a value was before it changed: the server reads it for
    /// every event and every watcher.
    #[must_use]
    pub fn without_previous(mut self) -> Self {
        self.previous = false;
        self
    }

    /// The same store, whose watches from now on look about this often whether the server left out an event (every five
    /// minutes, if nothing else is asked for).
    #[must_use]
    pub fn with_audit(mut self, every: Duration) -> Self {
        self.audit = every;
        self
    }

    fn error(&self, fault: Fault) -> StoreError {
        fault.into_error(&self.link.url)
    }

    /// Everything below the prefixes, at one revision, page by page.
    async fn snapshot(&self, prefixes: &Prefixes) -> Result<Snapshot, Fault> {
        let mut page = PAGE;
        // A compaction may overtake a long listing; then it begins again. Each time it is that much shorter than the
        // compaction's interval, so that a few attempts are plenty.
        for _ in 0..5 {
            match self.pages(prefixes, &mut page).await {
                Err(fault) if fault.kind == Kind::Compacted => {}
                result => return result,
            }
        }
        Err(Fault::new(
            Kind::NotNow,
            "it is compacted faster than it can be listed",
        ))
    }

    async fn pages(&self, prefixes: &Prefixes, page: &mut i64) -> Result<Snapshot, Fault> {
        let mut snapshot = Snapshot {
            listing: Listing::default(),
            cluster: 0,
        };
        let listing = &mut snapshot.listing;
        for prefix in prefixes.iter() {
            let (mut key, end) = range(prefix);
            loop {
                let options = GetOptions::new()
                    .with_range(end.clone())
                    .with_limit(*page)
                    .with_revision(listing.revision.cast_signed());
                let read = |connection: Arc<Connection>| {
                    let (key, options) = (key.clone(), options.clone());
                    async move { connection.kv.clone().get(key, Some(options)).await }
                };
                let mut answer = match self.link.repeat(PAGE_DEADLINE, read).await {
                    Err(fault) if fault.kind == Kind::TooLarge && *page > 1 => {
                        *page = (*page / 8).max(1);
                        continue;
                    }
                    answer => answer?,
                };
                if let Some(header) = answer.header()
                    && listing.revision == 0
                {
                    listing.revision = header.revision().cast_unsigned();
                    snapshot.cluster = header.cluster_id();
                }
                let more = answer.more();
                let pairs = answer.take_kvs();
                if let Some(last) = pairs.last() {
                    key = last.key().to_vec();
                    key.push(0);
                }
                listing.pairs.extend(pairs.into_iter().filter_map(pair_of));
                if !more {
                    break;
                }
            }
        }
        Ok(snapshot)
    }
}

/// The range of keys that begin with `prefix`, in etcd's form: `\0` for "the lowest key" and "no end".
fn range(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let key = if prefix.is_empty() {
        vec![0]
    } else {
        prefix.as_bytes().to_vec()
    };
    (key, end_of_prefix(prefix).unwrap_or_else(|| vec![0]))
}

/// None for a key that is not UTF-8: nobody who goes through this trait wrote it.
fn pair_of(found: KeyValue) -> Option<Pair> {
    let (create_revision, mod_revision) = (found.create_revision(), found.mod_revision());
    let (key, value) = found.into_key_value();
    Some(Pair {
        key: String::from_utf8(key).ok()?,
        value,
        create_revision: create_revision.cast_unsigned(),
        mod_revision: mod_revision.cast_unsigned(),
    })
}

fn compare_of(compare: &Compare) -> EtcdCompare {
    let (key, equals) = (compare.key.as_str(), compare.equals.cast_signed());
    match compare.target {
        Target::CreateRevision => EtcdCompare::create_revision(key, CompareOp::Equal, equals),
        Target::ModRevision => EtcdCompare::mod_revision(key, CompareOp::Equal, equals),
    }
}

fn change_of(operation: &Operation) -> TxnOp {
    match operation {
        Operation::Put { key, value, lease } => {
            let options = lease.map(|lease| PutOptions::new().with_lease(lease.0));
            TxnOp::put(key.as_str(), value.as_slice(), options)
        }
        Operation::Delete { key } => TxnOp::delete(key.as_str(), None),
        Operation::DeletePrefix { prefix } => {
            let (key, end) = range(prefix);
            TxnOp::delete(key, Some(DeleteOptions::new().with_range(end)))
        }
    }
}

/// The read of what `operation` would have changed.
fn read_of(operation: &Operation) -> TxnOp {
    match operation {
        Operation::Put { key, .. } | Operation::Delete { key } => TxnOp::get(key.as_str(), None),
        Operation::DeletePrefix { prefix } => {
            let (key, end) = range(prefix);
            TxnOp::get(
                key,
                Some(GetOptions::new().with_range(end).with_limit(1).with_keys_only()),
            )
        }
    }
}

/// Whether what an earlier attempt at `transaction` would have written is what is there now, written at one revision:
/// then that attempt went through.
fn applied(transaction: &Transaction, answer: &TxnResponse) -> Option<Revision> {
    let mut revision = None;
    for (operation, found) in transaction.operations.iter().zip(answer.op_responses()) {
        let TxnOpResponse::Get(found) = found else {
            return None;
        };
        match (operation, found.kvs().first()) {
            (Operation::Put { value, lease, .. }, Some(found)) => {
                let same = found.value() == value && found.lease() == lease.map_or(0, |lease| lease.0);
                let at = found.mod_revision();
                if !same || *revision.get_or_insert(at) != at {
                    return None;
                }
            }
            (Operation::Delete { .. } | Operation::DeletePrefix { .. }, None) => {}
            _ => return None,
        }
    }
    revision.map(i64::cast_unsigned)
}

/// Whether carrying it out twice is the same as once: every key that it writes is compared, so that the second time is a
/// conflict, also if the first one arrives late, after others have written.
fn may_repeat(transaction: &Transaction) -> bool {
    let compared = |key: &str| transaction.compares.iter().any(|compare| compare.key == key);
    transaction.operations.iter().all(|operation| match operation {
        Operation::Put { key, .. } | Operation::Delete { key } => compared(key),
        Operation::DeletePrefix { .. } => false,
    })
}

impl Store for Etcd {
    fn url(&self) -> &str {
        &self.link.url
    }

    async fn list(&self, prefix: &str) -> Result<Listing, StoreError> {
        let snapshot = self.snapshot(&Prefixes::new(vec![prefix.to_owned()])).await;
        snapshot
            .map(|snapshot| snapshot.listing)
            .map_err(|fault| self.error(fault))
    }

    async fn get(&self, key: &str) -> Result<Option<Pair>, StoreError> {
        let read = |connection: Arc<Connection>| async move { connection.kv.clone().get(key, None).await };
        let answer = self.link.repeat(DEADLINE, read).await;
        let mut answer = answer.map_err(|fault| self.error(fault))?;
        Ok(answer.take_kvs().into_iter().next().and_then(pair_of))
    }

    fn watch(&self, prefixes: Vec<String>, from: Option<Revision>) -> Watch {
        let (events, watch) = Watch::channel();
        tokio::spawn(follow::Follower::new(self.clone(), Prefixes::new(prefixes), from, events).run());
        watch
    }

    /// An attempt whose answer does not come may still have been carried out, even seconds later. So it is repeated only
    /// if every written key is compared: then a second execution is a conflict. A conflict after such an attempt is looked
    /// into: if what is there is exactly what this transaction writes, at one revision, it is done. Everything else is
    /// told as `Unavailable`, and the caller reads what is there.
    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        let refused = |reason: String| self.error(Fault::new(Kind::Refused, reason));
        if let Some(fault) = transaction.fault() {
            return Err(refused(fault));
        }
        let deadline = DEADLINE + Duration::from_millis((transaction.bytes() * 1000 / SLOW_LINE) as u64);
        let mut attempts = self.link.attempts();
        let mut unsure = false;
        loop {
            let compares: Vec<_> = transaction.compares.iter().map(compare_of).collect();
            let changes: Vec<_> = transaction.operations.iter().map(change_of).collect();
            let mut txn = Txn::new().when(compares).and_then(changes);
            if unsure {
                txn = txn.or_else(transaction.operations.iter().map(read_of).collect::<Vec<_>>());
            }
            let write = |connection: Arc<Connection>| async move { connection.kv.clone().txn(txn).await };
            let fault = match self.link.attempt(deadline, write).await {
                Ok(answer) if answer.succeeded() => {
                    let revision = answer.header().map_or(0, etcd_client::ResponseHeader::revision);
                    return Ok(Commit::Done(revision.cast_unsigned()));
                }
                Ok(_) if !unsure => return Ok(Commit::Conflict),
                Ok(answer) => match applied(&transaction, &answer) {
                    Some(revision) => return Ok(Commit::Done(revision)),
                    None => Fault::new(
                        Kind::Refused,
                        "it is not known whether an earlier attempt was carried out",
                    ),
                },
                Err(fault) => fault,
            };
            if unsure && fault.kind == Kind::Refused {
                return Err(StoreError::Unavailable {
                    url: self.link.url.clone(),
                    reason: fault.reason,
                });
            }
            let again = match fault.kind {
                Kind::Unsure => may_repeat(&transaction),
                kind => matches!(kind, Kind::Unreached | Kind::NotNow),
            };
            unsure |= fault.kind == Kind::Unsure;
            if !again || !attempts.another(&fault).await {
                return Err(self.error(fault));
            }
        }
    }

    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        lease::take(&self.link, ttl)
            .await
            .map_err(|fault| self.error(fault))
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        let end = |connection: Arc<Connection>| async move { connection.lease.clone().revoke(lease.0).await };
        match self.link.repeat(DEADLINE, end).await {
            // It ended before, or a first attempt went through.
            Err(fault) if fault.kind != Kind::NoLease => Err(self.error(fault)),
            _ => Ok(()),
        }
    }
}
