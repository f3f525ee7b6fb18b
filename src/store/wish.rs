//! What people ask of an application beside its generations: that what is in trouble starts anew.
//!
//! It lies below the pointer's key, so that whoever watches the pointer sees it too. Nothing is written for an application
//! that is not there: every write compares when the pointer came into being. What one person wrote while another wrote the
//! same is as good as one's own, so conflicts are looked at, not reported.

use super::publish::commit;
use super::{Commit, Pair, Revision, Store, StoreError, Target, Transaction};
use crate::role::{Wish, canonical_json, keys};

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
