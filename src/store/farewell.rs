//! The end of an application: asking for it, saying host by host that nothing is left, and taking its keys away.
//!
//! There is nobody who counts. Each host says that it is done in a key that names the pointer it was done under; who
//! says so looks whether all others have, and the last one takes the application out of the store. The last one always
//! sees all the others, since it looks after its own word is in. Whoever publishes meanwhile changes the pointer, and
//! then nothing that was said before counts: an application can come back in the middle of its farewell.

use serde::{Deserialize, Serialize};

use super::publish::{commit, read};
use super::{Commit, ReadError, Revision, Store, StoreError, Target, Transaction};
use crate::role::{Assignment, Current, Goal, canonical_json, keys};

/// `apps/<app>/gone/<host>`: nothing of the application is left on this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Gone {
    /// The revision of the pointer that asked for it.
    pointer: Revision,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is asked for now.
    Done(Current),
    /// It was asked for before.
    Already(Current),
    /// Somebody else changed what is asked for at the same time.
    Conflict,
    /// There is no such application.
    Unknown,
}

/// Asks for an application to be there, or to be gone.
pub async fn ask<S: Store>(store: &S, app: &str, goal: Goal) -> Result<Asked, ReadError> {
    let key = keys::current(app);
    let Some(pair) = store.get(&key).await? else {
        return Ok(Asked::Unknown);
    };
    let current: Current = read(&pair)?;
    if current.goal == goal {
        return Ok(Asked::Already(current));
    }
    let wanted = Current {
        goal,
        turns: current.turns + 1,
        ..current
    };
    let transaction = Transaction::new()
        .when(&key, Target::ModRevision, pair.mod_revision)
        .put(&key, canonical_json(&wanted));
    if let Commit::Done(_) = commit(store, transaction).await? {
        return Ok(Asked::Done(wanted));
    }
    // A try whose answer was lost may have been the one that did it.
    let now = store.get(&key).await?;
    match now.as_ref().map(read::<Current>).transpose()? {
        Some(now) if now == wanted => Ok(Asked::Done(wanted)),
        _ => Ok(Asked::Conflict),
    }
}

/// How far a farewell has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// Other hosts are not done yet.
    Waiting,
    /// The application is out of the store.
    Over,
    /// The pointer, or the agent's record, is no longer what it was: the farewell is off, or somebody else's.
    Stale,
}

/// Who says something for a host: the create revision of its agent's record.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'a> {
    /// The host.
    pub host: &'a str,
    /// The create revision of `hosts/<host>/agent`.
    pub fence: Revision,
}

impl Speaker<'_> {
    fn transaction(self) -> Transaction {
        Transaction::new().when(keys::agent(self.host), Target::CreateRevision, self.fence)
    }
}

/// Says that nothing of `app` is left on the speaker's host, under the pointer of this revision; ends the farewell if
/// this was the last host.
pub async fn leave<S: Store>(
    store: &S,
    app: &str,
    speaker: Speaker<'_>,
    pointer: Revision,
) -> Result<Farewell, StoreError> {
    let transaction = speaker
        .transaction()
        .when(keys::current(app), Target::ModRevision, pointer)
        .put(keys::gone(app, speaker.host), canonical_json(&Gone { pointer }));
    match commit(store, transaction).await? {
        Commit::Done(_) => finish(store, app).await,
        Commit::Conflict => Ok(match store.get(&keys::current(app)).await? {
            None => Farewell::Over,
            Some(_) => Farewell::Stale,
        }),
    }
}

/// Takes all of `app` out of the store, if it is to be gone and all its hosts have said that nothing is left.
async fn finish<S: Store>(store: &S, app: &str) -> Result<Farewell, StoreError> {
    let key = keys::current(app);
    let Some(pair) = store.get(&key).await? else {
        return Ok(Farewell::Over);
    };
    let Ok(current) = read::<Current>(&pair) else {
        return Ok(Farewell::Stale);
    };
    if current.goal != Goal::Absent {
        return Ok(Farewell::Stale);
    }
    let said = store.list(&keys::gone_hosts(app)).await?;
    let is_gone = |host: &String| {
        let key = keys::gone(app, host);
        let said = said.pairs.iter().find(|said| said.key == key);
        said.and_then(|said| read::<Gone>(said).ok())
            .is_some_and(|gone| gone.pointer == pair.mod_revision)
    };
    if !current.hosts.iter().all(is_gone) {
        return Ok(Farewell::Waiting);
    }
    let transaction = Transaction::new()
        .when(&key, Target::ModRevision, pair.mod_revision)
        .delete_prefix(keys::application(app));
    commit(store, transaction).await?;
    Ok(match store.get(&key).await? {
        None => Farewell::Over,
        Some(_) => Farewell::Stale,
    })
}

/// Takes the assignment of `app` from the speaker's host, if the current generation has no role for it and none is being
/// published. Tells whether it is gone.
pub async fn unassign<S: Store>(store: &S, app: &str, speaker: Speaker<'_>) -> Result<bool, StoreError> {
    let (pointer, last) = (keys::current(app), keys::last_generation(app));
    let assignment = keys::assignment(speaker.host, app);
    let (current, taken, assigned) =
        tokio::try_join!(store.get(&pointer), store.get(&last), store.get(&assignment))?;
    let Some(assigned) = assigned else {
        return Ok(true);
    };
    let generation = match current.as_ref().map(read::<Current>).transpose() {
        Ok(Some(current)) if current.hosts.iter().any(|host| host == speaker.host) => return Ok(false),
        Ok(current) => current.map_or(0, |current| current.generation),
        Err(_) => return Ok(false),
    };
    let number = taken
        .as_ref()
        .and_then(|pair| str::from_utf8(&pair.value).ok()?.parse::<u64>().ok());
    let is_coming = read::<Assignment>(&assigned).is_ok_and(|assigned| assigned.generation > generation);
    if number.is_some_and(|number| number > generation) && is_coming {
        return Ok(false);
    }
    let revision = |pair: Option<super::Pair>| pair.map_or(0, |pair| pair.mod_revision);
    let transaction = speaker
        .transaction()
        .when(pointer, Target::ModRevision, revision(current))
        .when(last, Target::ModRevision, revision(taken))
        .when(&assignment, Target::ModRevision, assigned.mod_revision)
        .delete(assignment);
    Ok(matches!(commit(store, transaction).await?, Commit::Done(_)))
}
