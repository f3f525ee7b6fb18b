//! Becoming the one agent of a host, and staying it.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::input::Input;
use crate::role::{AgentRecord, keys};
use crate::store::{Change, Commit, Lease, Store, StoreError, Target, Transaction, WatchEvent};

/// The right to play a host.
#[derive(Debug)]
pub(super) struct Registration {
    /// The number of the attempt that led to it.
    pub(super) session: u64,
    /// Holds the record.
    pub(super) lease: Lease,
    /// The create revision of the record: what every write compares.
    pub(super) create_revision: u64,
    /// The record as written.
    pub(super) record: AgentRecord,
}

/// Another agent that has the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rival(pub(super) AgentRecord);

/// What one attempt came to.
enum Attempt {
    Registered(Registration),
    Held(Rival),
    /// Somebody was faster; try again at once.
    Again,
}

/// Tries until it has the host, and tells the loop how it goes.
pub(super) async fn register<S: Store>(
    store: S,
    host: String,
    record: AgentRecord,
    ttl: Duration,
    session: u64,
    inputs: mpsc::Sender<Input>,
) {
    let (mut failures, mut told) = (0_u32, None);
    loop {
        match attempt(&store, &host, &record, ttl, session).await {
            Ok(Attempt::Registered(registration)) => {
                let _ = inputs.send(Input::Registered(Box::new(registration))).await;
                return;
            }
            Ok(Attempt::Again) => {}
            Ok(Attempt::Held(rival)) => {
                failures = 0;
                if told.as_ref() != Some(&rival) {
                    told = Some(rival.clone());
                    if inputs.send(Input::Held(rival)).await.is_err() {
                        return;
                    }
                }
                until_free(&store, &host, ttl / 2).await;
            }
            Err(error) => {
                told = None;
                if failures == 0 && inputs.send(Input::Offline(error.to_string())).await.is_err() {
                    return;
                }
                failures = failures.saturating_add(1);
                sleep(back_off(failures)).await;
            }
        }
    }
}

/// The delay before the next try to reach the store: 50 ms to 2 s, doubling, with jitter.
pub(super) fn back_off(failures: u32) -> Duration {
    let ceiling = 50_u64.saturating_mul(1 << failures.min(10)).min(2_000);
    Duration::from_millis(fastrand::u64(50..=ceiling))
}

async fn attempt<S: Store>(
    store: &S,
    host: &str,
    record: &AgentRecord,
    ttl: Duration,
    session: u64,
) -> Result<Attempt, StoreError> {
    let key = keys::agent(host);
    if let Some(pair) = store.get(&key).await? {
        let found: Option<AgentRecord> = serde_json::from_slice(&pair.value).ok();
        if let Some(found) = found.filter(|found| found.agent != record.agent) {
            return Ok(Attempt::Held(Rival(found)));
        }
        // Our own, of before a crash or an outage (or nothing that any agent wrote): the lock on the state directory says
        // that nobody else goes by this id. It is removed rather than overwritten, so that the new record has a new create
        // revision, and a write of before that is still on its way is refused.
        let remove = Transaction::new()
            .when(&key, Target::ModRevision, pair.mod_revision)
            .delete(&key);
        if store.commit(remove).await? == Commit::Conflict {
            return Ok(Attempt::Again);
        }
    }
    let lease = store.lease(ttl).await?;
    let value = serde_json::to_vec(record).unwrap_or_default();
    let create = Transaction::new()
        .when(&key, Target::CreateRevision, 0)
        .put_leased(&key, value, lease.id);
    match store.commit(create).await? {
        Commit::Done(create_revision) => Ok(Attempt::Registered(Registration {
            session,
            lease,
            create_revision,
            record: record.clone(),
        })),
        Commit::Conflict => {
            let _ = store.revoke(lease.id).await;
            Ok(Attempt::Again)
        }
    }
}

/// Waits until the host may have become free, but no longer than `limit`.
async fn until_free<S: Store>(store: &S, host: &str, limit: Duration) {
    let key = keys::agent(host);
    let mut watch = store.watch(vec![key.clone()], None);
    let gone = async {
        while let Some(event) = watch.next().await {
            let gone = match event {
                WatchEvent::Reset { pairs, .. } => !pairs.iter().any(|pair| pair.key == key),
                WatchEvent::Changes { changes, .. } => changes
                    .iter()
                    .any(|change| matches!(change, Change::Delete { key: gone, .. } if *gone == key)),
                WatchEvent::Progress { .. } | WatchEvent::Lost { .. } => false,
            };
            if gone {
                return;
            }
        }
        // The store was shut down; the next attempt will say so.
        std::future::pending::<()>().await;
    };
    let _ = timeout(limit, gone).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;
    use std::collections::BTreeMap;

    fn record(agent: &str) -> AgentRecord {
        AgentRecord {
            agent: agent.into(),
            version: "0".into(),
            started: 0,
            refused: BTreeMap::new(),
        }
    }

    const TTL: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_second_agent_waits_until_the_first_is_gone() {
        let store = Memory::new();
        let (sender, mut inputs) = mpsc::channel(8);
        let start = |agent, session| {
            tokio::spawn(register(
                store.clone(),
                "h".into(),
                record(agent),
                TTL,
                session,
                sender.clone(),
            ));
        };
        start("a", 1);
        let Some(Input::Registered(first)) = inputs.recv().await else {
            panic!("nobody is there");
        };
        start("b", 2);
        let Some(Input::Held(Rival(rival))) = inputs.recv().await else {
            panic!("a is there");
        };
        assert_eq!(rival.agent, "a");
        store.revoke(first.lease.id).await.unwrap();
        let Some(Input::Registered(second)) = inputs.recv().await else {
            panic!("a is gone");
        };
        assert_eq!((second.session, second.record.agent.as_str()), (2, "b"));
    }

    #[tokio::test]
    async fn after_a_crash_the_own_record_is_replaced_at_once_and_old_writes_are_refused() {
        let store = Memory::new();
        let record = record("a");
        let attempt = || attempt(&store, "h", &record, TTL, 1);
        let Ok(Attempt::Registered(before)) = attempt().await else {
            panic!("nobody is there");
        };
        let Ok(Attempt::Registered(after)) = attempt().await else {
            panic!("it is our own");
        };
        assert!(after.create_revision > before.create_revision);
        let late = Transaction::new()
            .when(keys::agent("h"), Target::CreateRevision, before.create_revision)
            .put("/khor/v1/x", "late");
        assert_eq!(store.commit(late).await.unwrap(), Commit::Conflict);
    }
}
