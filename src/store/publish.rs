//! Publishing a generation, and reading one back.
//!
//! A publisher first takes a number: one transaction writes it to `last` (compared, so no two take the same) and a
//! record of the generation. Then come the artifacts and the roles, in transactions that compare the record's create
//! revision, so that nothing is written for a generation that was swept meanwhile. One last transaction compares
//! `current` with what it was at the beginning and flips it. Whatever a publisher that died leaves behind is never
//! played: `current` never named it, and no later publisher takes its number. The next one sweeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{Commit, Operation, Pair, Revision, Store, StoreError, Target, Transaction};
use crate::role::{
    Assignment, Current, GenerationRecord, Goal, Role, RoleError, TopologyOutputs, canonical_json,
    generation_digest, join, join_blob, keys, role_digest, split, split_blob,
};

/// How many published generations stay: the current one and those before it.
pub const KEPT: usize = 5;
/// The most bytes of one transaction of a publication.
const LIMIT_BYTES: usize = 1 << 20;
/// How often a write is tried on a store that does not answer, and how long to wait between.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// What is to be published.
#[derive(Clone, Debug)]
pub struct Publication<'a> {
    /// The application's name.
    pub application: &'a str,
    /// What is asked for.
    pub goal: Goal,
    /// Its roles, one per host; the number of the generation in them does not matter.
    pub roles: &'a [Role],
    /// The artifacts that the roles name, by SHA-256.
    pub blobs: &'a BTreeMap<String, Vec<u8>>,
    /// What the application gives as a whole.
    pub outputs: &'a TopologyOutputs,
    /// The digest of the draft that it is made of, if it can be made in other numbers; the draft is among the artifacts.
    pub draft: Option<&'a str>,
    /// The revision of the pointer that the roles were composed against, 0 if there was none: if it is another one by
    /// now, nothing is published. None: whatever is current is followed.
    pub against: Option<Revision>,
}

/// How a publication ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// This generation is the current one now.
    New {
        /// Its number.
        generation: u64,
        /// How many old or unfinished generations were swept away.
        swept: usize,
    },
    /// The current generation is this very one already; nothing was written.
    Unchanged {
        /// Its number.
        generation: u64,
    },
}

impl Published {
    /// The number of the generation that is the current one.
    pub fn generation(self) -> u64 {
        match self {
            Self::New { generation, .. } | Self::Unchanged { generation } => generation,
        }
    }
}

/// Why nothing was published. The current generation is what it was, unless the store cannot be asked.
#[derive(Clone, Debug, Error)]
pub enum PublishError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else published meanwhile.
    #[error(
        "`{application}` was published by somebody else meanwhile: its current generation is now {current}"
    )]
    Conflict {
        /// The application.
        application: String,
        /// The generation that is the current one now; 0 if there is none.
        current: u64,
    },
    /// What lies under `current` cannot be understood: a newer khor wrote it, or it is damaged.
    #[error("the store's record of what is current for `{application}` cannot be read: {reason}")]
    Unreadable {
        /// The application.
        application: String,
        /// Why.
        reason: RoleError,
    },
}

/// Why something published cannot be read back.
#[derive(Clone, Debug, Error)]
pub enum ReadError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The document.
    #[error(transparent)]
    Document(#[from] RoleError),
}

/// Publishes a generation and makes it the current one, unless the current one is the same already.
pub async fn publish<S: Store>(store: &S, publication: &Publication<'_>) -> Result<Published, PublishError> {
    let app = publication.application;
    let unreadable = |reason| PublishError::Unreadable {
        application: app.to_owned(),
        reason,
    };
    let digest = generation_digest(publication.roles);
    let pointer = store.get(&keys::current(app)).await?;
    let before: Option<Current> = pointer.as_ref().map(read).transpose().map_err(unreadable)?;
    let seen = pointer.as_ref().map_or(0, |pair| pair.mod_revision);
    if publication.against.is_some_and(|against| against != seen) {
        return Err(PublishError::Conflict {
            application: app.to_owned(),
            current: before.map_or(0, |current| current.generation),
        });
    }
    if let Some(current) = &before
        && current.digest == digest
        && current.goal == publication.goal
        && is_whole(store, app, current, publication).await?
    {
        return Ok(Published::Unchanged {
            generation: current.generation,
        });
    }
    let publisher = Publisher {
        store,
        publication,
        digest,
        id: format!("{:032x}", fastrand::u128(..)),
        seen,
        before,
    };
    publisher.run().await
}

/// The record of a generation; none if there is none that can be read.
pub(super) async fn read_record<S: Store>(
    store: &S,
    app: &str,
    generation: u64,
) -> Result<Option<GenerationRecord>, StoreError> {
    let pair = store.get(&keys::generation_record(app, generation)).await?;
    Ok(pair.and_then(|pair| read(&pair).ok()))
}

/// Whether all that the current generation says it has is there and sound, and all that is to be published: then nothing need
/// be published again.
async fn is_whole<S: Store>(
    store: &S,
    app: &str,
    current: &Current,
    publication: &Publication<'_>,
) -> Result<bool, StoreError> {
    let record = read_record(store, app, current.generation).await?;
    let is_same = |record: &GenerationRecord| {
        record.outputs == *publication.outputs && record.draft.as_deref() == publication.draft
    };
    if !record.as_ref().is_some_and(is_same) {
        return Ok(false);
    }
    let listing = store.list(&keys::roles(app, current.generation)).await?;
    for role in publication.roles {
        let prefix = keys::role(app, current.generation, &role.host);
        match join(below(&listing.pairs, &prefix)) {
            Ok(found) if role_digest(&found) == role_digest(role) => {}
            _ => return Ok(false),
        }
    }
    for (sha256, bytes) in publication.blobs {
        if !has_blob(store, app, sha256, bytes).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn has_blob<S: Store>(store: &S, app: &str, sha256: &str, bytes: &[u8]) -> Result<bool, StoreError> {
    let listing = store.list(&keys::blob(app, sha256)).await?;
    let found = join_blob(
        sha256,
        listing
            .pairs
            .iter()
            .map(|pair| (pair.key.as_str(), pair.value.as_slice())),
    );
    Ok(found.is_ok_and(|found| found == bytes))
}

fn below<'a>(pairs: &'a [Pair], prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    let below = pairs.iter().filter(move |pair| pair.key.starts_with(prefix));
    below.map(|pair| (pair.key.as_str(), pair.value.as_slice()))
}

struct Publisher<'a, S> {
    store: &'a S,
    publication: &'a Publication<'a>,
    digest: String,
    /// Tells this publication from all others.
    id: String,
    /// The revision of `current` at the beginning; 0 if there was none.
    seen: Revision,
    /// What was current at the beginning.
    before: Option<Current>,
}

/// A number that was taken.
struct Taken {
    generation: u64,
    /// The create revision of its record.
    fence: Revision,
    record: GenerationRecord,
}

impl<S: Store> Publisher<'_, S> {
    async fn run(&self) -> Result<Published, PublishError> {
        let taken = self.take().await?;
        let flipped = match self.write(&taken).await {
            Ok(()) => self.flip(&taken).await,
            Err(error) => Err(error),
        };
        if let Err(error) = flipped {
            // Only where it is certain that the generation is not the current one. Whoever publishes next would remove
            // it too, so a failure here is not the one to show.
            if matches!(error, PublishError::Conflict { .. }) {
                let _ = self.remove(taken.generation).await;
                let _ = self.sweep_blobs(taken.record.blobs.into_iter().collect()).await;
            }
            return Err(error);
        }
        // The generation is published, whatever becomes of the sweeping.
        let swept = self.sweep(taken.generation).await.unwrap_or(0);
        Ok(Published::New {
            generation: taken.generation,
            swept,
        })
    }

    /// Takes the next number.
    async fn take(&self) -> Result<Taken, PublishError> {
        let app = self.publication.application;
        let record = GenerationRecord {
            publisher: self.id.clone(),
            begun: now(),
            published: None,
            goal: self.publication.goal,
            digest: self.digest.clone(),
            blobs: self.publication.blobs.keys().cloned().collect(),
            outputs: self.publication.outputs.clone(),
            draft: self.publication.draft.map(str::to_owned),
        };
        // Each failed try means that somebody else took a number; a hundred at once is no use anybody has.
        for _ in 0..100 {
            let last = self.store.get(&keys::last_generation(app)).await?;
            let number = last
                .as_ref()
                .and_then(|pair| std::str::from_utf8(&pair.value).ok()?.parse::<u64>().ok());
            let floor = self.before.as_ref().map_or(0, |current| current.generation);
            let generation = number.unwrap_or(0).max(floor) + 1;
            let key = keys::generation_record(app, generation);
            let transaction = Transaction::new()
                .when(
                    keys::last_generation(app),
                    Target::ModRevision,
                    last.map_or(0, |pair| pair.mod_revision),
                )
                .put(keys::last_generation(app), generation.to_string())
                .put(&key, canonical_json(&record));
            if let Commit::Done(fence) = commit(self.store, transaction).await? {
                return Ok(Taken {
                    generation,
                    fence,
                    record,
                });
            }
            // A try whose answer was lost may have been the one that took it.
            if let Some(pair) = self.store.get(&key).await?
                && read::<GenerationRecord>(&pair).is_ok_and(|found| found.publisher == self.id)
            {
                return Ok(Taken {
                    generation,
                    fence: pair.create_revision,
                    record,
                });
            }
        }
        Err(self.conflict().await)
    }

    /// Writes artifacts, roles and, where they are too many for the last transaction, assignments.
    async fn write(&self, taken: &Taken) -> Result<(), PublishError> {
        let app = self.publication.application;
        let mut batch = Batch {
            fence: self.fence(taken),
            ..Batch::new()
        };
        for (sha256, bytes) in self.publication.blobs {
            // The number was taken before this look, so no sweep removes what it sees (see `sweep_blobs`).
            if has_blob(self.store, app, sha256, bytes).await? {
                continue;
            }
            let prefix = keys::blob(app, sha256);
            for (at, chunk) in split_blob(bytes).into_iter().enumerate() {
                batch.put(self, format!("{prefix}{at}"), chunk.to_vec()).await?;
            }
        }
        for role in self.publication.roles {
            let prefix = keys::role(app, taken.generation, &role.host);
            let numbered = Role {
                generation: taken.generation,
                ..role.clone()
            };
            for (at, chunk) in split(&numbered).into_iter().enumerate() {
                batch.put(self, format!("{prefix}{at}"), chunk).await?;
            }
        }
        if !self.assigns_at_the_end() {
            for (key, value) in self.assignments(taken.generation) {
                batch.put(self, key, value).await?;
            }
        }
        batch.flush(self).await
    }

    /// Makes the generation the current one.
    async fn flip(&self, taken: &Taken) -> Result<(), PublishError> {
        let app = self.publication.application;
        let mut hosts: Vec<String> = self
            .publication
            .roles
            .iter()
            .map(|role| role.host.clone())
            .collect();
        hosts.sort();
        let goal = self.publication.goal;
        let current = Current {
            generation: taken.generation,
            goal,
            digest: self.digest.clone(),
            hosts,
            turns: self
                .before
                .as_ref()
                .map_or(0, |before| before.turns + u64::from(before.goal != goal)),
        };
        let record = GenerationRecord {
            published: Some(now()),
            ..taken.record.clone()
        };
        let mut transaction = self
            .fence(taken)
            .when(keys::current(app), Target::ModRevision, self.seen)
            .put(keys::current(app), canonical_json(&current))
            .put(
                keys::generation_record(app, taken.generation),
                canonical_json(&record),
            );
        if self.assigns_at_the_end() {
            for (key, value) in self.assignments(taken.generation) {
                transaction = transaction.put(key, value);
            }
        }
        match commit(self.store, transaction).await? {
            Commit::Done(_) => Ok(()),
            Commit::Conflict => {
                // A try whose answer was lost may have been the one that did it.
                match read_record(self.store, app, taken.generation).await? {
                    Some(found) if found.published.is_some() => Ok(()),
                    _ => Err(self.conflict().await),
                }
            }
        }
    }

    /// A transaction that fails once the generation's record is gone.
    fn fence(&self, taken: &Taken) -> Transaction {
        let key = keys::generation_record(self.publication.application, taken.generation);
        Transaction::new().when(key, Target::CreateRevision, taken.fence)
    }

    /// Whether the assignments fit into the last transaction, beside the pointer and the record.
    fn assigns_at_the_end(&self) -> bool {
        self.publication.roles.len() <= Transaction::LIMIT - 2
    }

    fn assignments(&self, generation: u64) -> impl Iterator<Item = (String, Vec<u8>)> {
        let value = canonical_json(&Assignment { generation });
        let app = self.publication.application;
        self.publication
            .roles
            .iter()
            .map(move |role| (keys::assignment(&role.host, app), value.clone()))
    }

    /// The generation that is the current one now; 0 if there is none.
    async fn current(&self) -> Result<u64, StoreError> {
        let pair = self
            .store
            .get(&keys::current(self.publication.application))
            .await?;
        Ok(pair
            .and_then(|pair| read::<Current>(&pair).ok())
            .map_or(0, |current| current.generation))
    }

    async fn conflict(&self) -> PublishError {
        match self.current().await {
            Ok(current) => PublishError::Conflict {
                application: self.publication.application.to_owned(),
                current,
            },
            Err(error) => error.into(),
        }
    }

    /// Removes a generation. Its record goes in the same transaction, so that from then on no write of a slow publisher
    /// gets through.
    async fn remove(&self, generation: u64) -> Result<(), StoreError> {
        let app = self.publication.application;
        let transaction = Transaction::new()
            .delete_prefix(keys::generation(app, generation))
            .delete(keys::generation_record(app, generation));
        commit(self.store, transaction).await.map(drop)
    }

    /// Removes what was never finished before the generation that is the current one now, all but the last [`KEPT`]
    /// published ones, and the artifacts that no record names any more. Gives the number of generations removed.
    async fn sweep(&self, current: u64) -> Result<usize, StoreError> {
        let mut published = Vec::new();
        let mut old = Vec::new();
        let mut gone_blobs: BTreeSet<String> = BTreeSet::new();
        for (generation, record) in self.records().await? {
            match record {
                Some(record) if record.published.is_some() && generation <= current => {
                    published.push((generation, record));
                }
                record if generation < current => {
                    gone_blobs.extend(record.into_iter().flat_map(|record| record.blobs));
                    old.push(generation);
                }
                _ => {}
            }
        }
        published.sort_by_key(|(generation, _)| *generation);
        for (generation, record) in published.into_iter().rev().skip(KEPT) {
            gone_blobs.extend(record.blobs);
            old.push(generation);
        }
        for &generation in &old {
            self.remove(generation).await?;
        }
        self.sweep_blobs(gone_blobs).await?;
        Ok(old.len())
    }

    /// Removes those of `blobs` that no record names. Whoever takes a number meanwhile changes `last`, and then nothing
    /// is removed: it may count on an artifact that it saw. A later sweep finds no record of these artifacts any more;
    /// they are few, and they go when a publication uses and outlives them again.
    async fn sweep_blobs(&self, mut blobs: BTreeSet<String>) -> Result<(), StoreError> {
        let app = self.publication.application;
        if blobs.is_empty() {
            return Ok(());
        }
        let last = self.store.get(&keys::last_generation(app)).await?;
        for (_, record) in self.records().await? {
            for sha256 in record.into_iter().flat_map(|record| record.blobs) {
                blobs.remove(&sha256);
            }
        }
        let revision = last.map_or(0, |pair| pair.mod_revision);
        let blobs: Vec<String> = blobs.into_iter().collect();
        for some in blobs.chunks(Transaction::LIMIT) {
            let mut transaction =
                Transaction::new().when(keys::last_generation(app), Target::ModRevision, revision);
            for sha256 in some {
                transaction = transaction.delete_prefix(keys::blob(app, sha256));
            }
            commit(self.store, transaction).await?;
        }
        Ok(())
    }

    async fn records(&self) -> Result<Vec<(u64, Option<GenerationRecord>)>, StoreError> {
        generations(self.store, self.publication.application).await
    }
}

/// The records of all generations of an application that are kept, in no order; none for one that cannot be read.
pub async fn generations<S: Store>(
    store: &S,
    app: &str,
) -> Result<Vec<(u64, Option<GenerationRecord>)>, StoreError> {
    let prefix = keys::generation_records(app);
    let listing = store.list(&prefix).await?;
    let number = |pair: &Pair| pair.key.strip_prefix(&prefix)?.parse::<u64>().ok();
    let records = listing.pairs.iter();
    Ok(records
        .filter_map(|pair| Some((number(pair)?, read(pair).ok())))
        .collect())
}

/// Writes that are gathered into transactions as large as they may be.
struct Batch {
    fence: Transaction,
    operations: Vec<Operation>,
    bytes: usize,
}

impl Batch {
    fn new() -> Self {
        Self {
            fence: Transaction::new(),
            operations: Vec::new(),
            bytes: 0,
        }
    }

    async fn put<S: Store>(
        &mut self,
        publisher: &Publisher<'_, S>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), PublishError> {
        let size = key.len() + value.len();
        if self.operations.len() == Transaction::LIMIT || self.bytes + size > LIMIT_BYTES {
            self.flush(publisher).await?;
        }
        self.bytes += size;
        self.operations.push(Operation::Put {
            key,
            value,
            lease: None,
        });
        Ok(())
    }

    async fn flush<S: Store>(&mut self, publisher: &Publisher<'_, S>) -> Result<(), PublishError> {
        self.bytes = 0;
        let operations = std::mem::take(&mut self.operations);
        if operations.is_empty() {
            return Ok(());
        }
        let transaction = Transaction {
            operations,
            ..self.fence.clone()
        };
        match commit(publisher.store, transaction).await? {
            Commit::Done(_) => Ok(()),
            Commit::Conflict => Err(publisher.conflict().await),
        }
    }
}

/// Commits, again if the store did not answer: every write here can be repeated, because each either writes the same
/// again or compares something that it changes itself.
pub(super) async fn commit<S: Store>(store: &S, transaction: Transaction) -> Result<Commit, StoreError> {
    let mut tries = 1;
    loop {
        match store.commit(transaction.clone()).await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            ended => return ended,
        }
    }
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn read<T: DeserializeOwned>(pair: &Pair) -> Result<T, RoleError> {
    serde_json::from_slice(&pair.value)
        .map_err(|_| RoleError::Corrupt("it does not have the form that this khor writes".to_owned()))
}

/// What is current for `app`; none if nothing was published.
pub async fn read_current<S: Store>(store: &S, app: &str) -> Result<Option<Current>, ReadError> {
    let pair = store.get(&keys::current(app)).await?;
    Ok(pair.as_ref().map(read).transpose()?)
}

/// The role of `host` in one generation of `app`, joined and verified, and that of the right application, generation
/// and host.
pub async fn read_role<S: Store>(
    store: &S,
    app: &str,
    generation: u64,
    host: &str,
) -> Result<Role, ReadError> {
    let listing = store.list(&keys::role(app, generation, host)).await?;
    let role = join(
        listing
            .pairs
            .iter()
            .map(|pair| (pair.key.as_str(), pair.value.as_slice())),
    )?;
    if role.application != app || role.generation != generation || role.host != host {
        return Err(RoleError::Corrupt(
            "it is the role of another application, generation or host".to_owned(),
        )
        .into());
    }
    Ok(role)
}

/// The artifact of this digest, verified.
pub async fn read_blob<S: Store>(store: &S, app: &str, sha256: &str) -> Result<Vec<u8>, ReadError> {
    let listing = store.list(&keys::blob(app, sha256)).await?;
    Ok(join_blob(
        sha256,
        listing
            .pairs
            .iter()
            .map(|pair| (pair.key.as_str(), pair.value.as_slice())),
    )?)
}

#[cfg(test)]
mod tests;
