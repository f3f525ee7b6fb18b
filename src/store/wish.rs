//! What people ask beside generations: that what is in trouble of an application starts anew; that nothing new starts, of
//! an application or on a host.
//!
//! What is asked of an application lies below the pointer's key, so that whoever watches the pointer sees it too. Nothing is written for an application
//! that is not there: every write compares when the pointer came into being. What one person wrote while another wrote the
//! same is as good as one's own, so conflicts are looked at, not reported.

use super::publish::commit;
use super::{Commit, Pair, Revision, Store, StoreError, Target, Transaction};
use crate::role::{Pause, Wish, canonical_json, keys};

/// Wishes of one transaction: each takes a comparison and a write, and there are others beside them.
const BATCH: usize = 40;

/// What lies at and below the pointer's key.
struct Asked {
    /// The create revision of the pointer.
    created: Revision,
    /// The revision of the pointer.
    pointer: Revision,
    pairs: Vec<Pair>,
}

impl Asked {
    /// None if there is no such application.
    async fn read<S: Store>(store: &S, app: &str) -> Result<Option<Self>, StoreError> {
        let key = keys::current(app);
        let pairs = store.list(&key).await?.pairs;
        let pointer = pairs.iter().find(|pair| pair.key == key);
        Ok(pointer
            .map(|pair| (pair.create_revision, pair.mod_revision))
            .map(|(created, pointer)| Self {
                created,
                pointer,
                pairs,
            }))
    }

    fn revision(&self, key: &str) -> Revision {
        let found = self.pairs.iter().find(|pair| pair.key == key);
        found.map_or(0, |pair| pair.mod_revision)
    }

    /// A transaction that changes nothing unless the application is the one that was read.
    fn transaction(&self, app: &str) -> Transaction {
        Transaction::new().when(keys::current(app), Target::CreateRevision, self.created)
    }
}

/// Asks that `steps` (none: all) of `app` start anew where they are in trouble. Tells whether there is such an application.
///
/// Every host does it once, also if it hears of it only later. What is asked of all outdoes what was asked of one, and a
/// newer generation outdoes both: such wishes are taken away here.
pub async fn retry<S: Store>(
    store: &S,
    app: &str,
    steps: Option<&[String]>,
    wish: &Wish,
) -> Result<bool, StoreError> {
    let mut open: Vec<String> = match steps {
        None => vec![keys::retry_all(app)],
        Some(steps) => steps.iter().map(|step| keys::retry(app, step)).collect(),
    };
    let Some(mut asked) = Asked::read(store, app).await? else {
        return Ok(false);
    };
    while !open.is_empty() {
        let mut transaction = asked.transaction(app);
        let some = open.len().min(BATCH);
        for key in &open[..some] {
            transaction = transaction
                .when(key, Target::ModRevision, asked.revision(key))
                .put(key, canonical_json(wish));
        }
        if steps.is_none() {
            transaction = transaction.delete_prefix(keys::retries(app));
        } else {
            let old = asked.pairs.iter().filter(|pair| {
                let is_wish = keys::wished_step(app, &pair.key).is_some();
                is_wish && pair.mod_revision < asked.pointer && !open.contains(&pair.key)
            });
            for pair in old.take(BATCH) {
                transaction = transaction
                    .when(&pair.key, Target::ModRevision, pair.mod_revision)
                    .delete(&pair.key);
            }
        }
        if let Commit::Done(_) = commit(store, transaction).await? {
            open.drain(..some);
            continue;
        }
        let Some(now) = Asked::read(store, app).await? else {
            return Ok(false);
        };
        // Written meanwhile, by us (a try whose answer was lost) or by somebody else.
        open.retain(|key| now.revision(key) == asked.revision(key));
        asked = now;
    }
    Ok(true)
}

/// What is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// One application, on all its hosts.
    Application(&'a str),
    /// One host, with all its applications.
    Host(&'a str),
}

/// How a pause, or its end, was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paused {
    /// It is so from now on. With the pause that was there before, if any.
    Done(Option<Pause>),
    /// It was so before; nothing was written.
    Already(Option<Pause>),
    /// There is no such application; of such a host the store knows nothing.
    Unknown,
}

impl Scope<'_> {
    fn key(self) -> String {
        match self {
            Self::Application(app) => keys::pause(app),
            Self::Host(host) => keys::host_pause(host),
        }
    }
}

/// Lets nothing new start in `scope`; none: ends that.
pub async fn pause<S: Store>(
    store: &S,
    scope: Scope<'_>,
    pause: Option<&Pause>,
) -> Result<Paused, StoreError> {
    let key = scope.key();
    let mut known = None;
    loop {
        let (transaction, before) = match scope {
            Scope::Application(app) => {
                let Some(asked) = Asked::read(store, app).await? else {
                    return Ok(Paused::Unknown);
                };
                let before = asked.pairs.iter().find(|pair| pair.key == key).cloned();
                (asked.transaction(app), before)
            }
            Scope::Host(host) => {
                let pairs = store.list(&keys::host(host)).await?.pairs;
                if pairs.is_empty() {
                    return Ok(Paused::Unknown);
                }
                (Transaction::new(), pairs.into_iter().find(|pair| pair.key == key))
            }
        };
        let paused = before.as_ref().map(|pair| Pause::read(&pair.value));
        let is_so = match (&paused, pause) {
            (Some(paused), Some(pause)) => paused.heal == pause.heal,
            (paused, pause) => paused.is_some() == pause.is_some(),
        };
        if is_so {
            // After a conflict, a try whose answer was lost may have been the one that did it.
            return Ok(match known {
                Some(known) if paused.as_ref() == pause => Paused::Done(known),
                _ => Paused::Already(paused),
            });
        }
        let revision = before.map_or(0, |pair| pair.mod_revision);
        let transaction = transaction.when(&key, Target::ModRevision, revision);
        let transaction = match pause {
            Some(pause) => transaction.put(&key, canonical_json(pause)),
            None => transaction.delete(&key),
        };
        if let Commit::Done(_) = commit(store, transaction).await? {
            return Ok(Paused::Done(paused));
        }
        known = Some(paused);
    }
}
