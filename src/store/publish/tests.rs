use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::diagnostic::Sink;
use crate::role::{RoleStep, StepState, StepStatus, roles, sha256_hex};
use crate::score::compose;
use crate::score::testing::Builder;
use crate::store::{Asked, Before, Lease, LeaseId, Listing, Memory, Watch, ask};
use crate::topology::Weaving;

const APP: &str = "shop";

fn some_roles(hosts: usize, version: &str) -> Vec<Role> {
    let mut builder = Builder::new();
    for at in 0..hosts {
        builder = builder.node(&format!("n{at}"), &format!("h{at}"), &["create"]);
        if at > 0 {
            builder = builder.requires(&format!("n{at}"), &format!("n{}", at - 1));
        }
    }
    for node in &mut builder.topology.nodes {
        for operation in node.operations.values_mut() {
            operation.inputs.insert("version".into(), version.into());
        }
    }
    let score = compose(APP, &builder.topology, Weaving::Normative, &mut Sink::new());
    roles(&score.unwrap())
}

fn blobs(contents: &[Vec<u8>]) -> BTreeMap<String, Vec<u8>> {
    contents
        .iter()
        .map(|content| (sha256_hex(content), content.clone()))
        .collect()
}

/// No outputs.
static NONE: TopologyOutputs = TopologyOutputs::new();

fn publication<'a>(roles: &'a [Role], blobs: &'a BTreeMap<String, Vec<u8>>) -> Publication<'a> {
    Publication {
        application: APP,
        goal: Goal::Present,
        roles,
        blobs,
        outputs: &NONE,
        draft: None,
        against: None,
    }
}

async fn keys_below<S: Store>(store: &S, prefix: &str) -> Vec<String> {
    store
        .list(prefix)
        .await
        .unwrap()
        .pairs
        .into_iter()
        .map(|pair| pair.key)
        .collect()
}

/// What must hold after every publication that ended well.
async fn assert_published<S: Store>(
    store: &S,
    generation: u64,
    roles: &[Role],
    blobs: &BTreeMap<String, Vec<u8>>,
) {
    let current = read_current(store, APP).await.unwrap().unwrap();
    assert_eq!(
        (current.generation, current.digest),
        (generation, generation_digest(roles))
    );
    assert_eq!(current.hosts.len(), roles.len());
    for role in roles {
        let found = read_role(store, APP, generation, &role.host).await.unwrap();
        assert_eq!(
            found,
            Role {
                generation,
                ..role.clone()
            }
        );
        let assignment = store
            .get(&keys::assignment(&role.host, APP))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            read::<Assignment>(&assignment).unwrap(),
            Assignment { generation }
        );
    }
    for (sha256, bytes) in blobs {
        assert_eq!(&read_blob(store, APP, sha256).await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn a_publication_is_read_back_whole_and_an_equal_one_changes_nothing() {
    let store = Memory::new();
    let roles = some_roles(3, "1");
    let blobs = blobs(&[b"#!/bin/sh\n".to_vec(), Vec::new(), vec![7; 5 << 20]]);
    assert!(read_current(&store, APP).await.unwrap().is_none());
    let published = publish(&store, &publication(&roles, &blobs)).await.unwrap();
    assert_eq!(
        published,
        Published::New {
            generation: 1,
            swept: 0
        }
    );
    assert_published(&store, 1, &roles, &blobs).await;

    let before = store.list("").await.unwrap();
    let again = publish(&store, &publication(&roles, &blobs)).await.unwrap();
    assert_eq!(again, Published::Unchanged { generation: 1 });
    assert_eq!(store.list("").await.unwrap(), before);

    let gone = Publication {
        goal: Goal::Absent,
        ..publication(&roles, &blobs)
    };
    assert_eq!(publish(&store, &gone).await.unwrap().generation(), 2);
    let missing = read_role(&store, APP, 2, "h9").await.unwrap_err();
    assert_eq!(missing.to_string(), "it is not in the store");
}

#[tokio::test]
async fn a_generation_that_was_damaged_is_published_again() {
    let store = Memory::new();
    let (roles, blobs) = (some_roles(2, "1"), blobs(&[vec![1; 3 << 20]]));
    publish(&store, &publication(&roles, &blobs)).await.unwrap();
    let damaged = format!("{}0", keys::role(APP, 1, "h1"));
    store.commit(Transaction::new().put(damaged, "{}")).await.unwrap();
    assert!(read_role(&store, APP, 1, "h1").await.is_err());
    assert_eq!(
        publish(&store, &publication(&roles, &blobs))
            .await
            .unwrap()
            .generation(),
        2
    );
    assert_published(&store, 2, &roles, &blobs).await;
    let lost = keys_below(&store, &keys::applications())
        .await
        .into_iter()
        .find(|key| key.contains("/blobs/"));
    store
        .commit(Transaction::new().delete(lost.unwrap()))
        .await
        .unwrap();
    assert_eq!(
        publish(&store, &publication(&roles, &blobs))
            .await
            .unwrap()
            .generation(),
        3
    );
    assert_published(&store, 3, &roles, &blobs).await;
}

#[tokio::test]
async fn old_generations_are_swept_with_the_artifacts_that_only_they_had() {
    let store = Memory::new();
    let mut last = 0;
    for version in 0..8_u8 {
        let roles = some_roles(2, &version.to_string());
        let blobs = blobs(&[vec![version], vec![200]]);
        last = publish(&store, &publication(&roles, &blobs))
            .await
            .unwrap()
            .generation();
    }
    assert_eq!(last, 8);
    let records = keys_below(&store, &keys::generation_records(APP)).await;
    let kept: Vec<String> = (4..=8)
        .map(|generation| keys::generation_record(APP, generation))
        .collect();
    assert_eq!(records, kept);
    for (content, stays) in [(0, false), (2, false), (3, true), (7, true), (200, true)] {
        let found = read_blob(&store, APP, &sha256_hex(&[content])).await;
        assert_eq!(found.is_ok(), stays, "{content}");
    }
    assert!(read_role(&store, APP, 3, "h0").await.is_err());
    assert!(read_role(&store, APP, 4, "h0").await.is_ok());
}

#[tokio::test]
async fn many_hosts_and_large_roles_stay_within_the_limits() {
    let store = Memory::new();
    let mut roles = some_roles(250, "1");
    let large: String = "x".repeat(3 << 20);
    roles[7].steps[0].inputs.insert("large".into(), large.into());
    let none = BTreeMap::new();
    publish(&store, &publication(&roles, &none)).await.unwrap();
    assert_published(&store, 1, &roles, &none).await;
}

#[tokio::test]
async fn of_two_publishers_at_once_one_wins_and_the_other_is_told() {
    let store = Memory::new();
    let none = BTreeMap::new();
    publish(&store, &publication(&some_roles(2, "0"), &none))
        .await
        .unwrap();
    let (one, two) = (some_roles(2, "1"), some_roles(2, "2"));
    // The first writes everything, and before it flips the pointer the second comes and goes.
    let between = Between::new(store.clone(), {
        let (store, two) = (store.clone(), two.clone());
        move || {
            let (store, two) = (store.clone(), two.clone());
            Box::pin(async move {
                publish(&store, &publication(&two, &BTreeMap::new()))
                    .await
                    .unwrap();
            })
        }
    });
    let error = publish(&between, &publication(&one, &none)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`shop` was published by somebody else meanwhile: its current generation is now 3"
    );
    assert_published(&store, 3, &two, &none).await;
    // Nothing of the loser is left.
    assert_eq!(
        keys_below(&store, &keys::generation(APP, 2)).await,
        Vec::<String>::new()
    );
    assert_eq!(keys_below(&store, &keys::generation_records(APP)).await.len(), 2);
    assert_eq!(
        publish(&store, &publication(&one, &none))
            .await
            .unwrap()
            .generation(),
        4
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_publishers_at_once_end_with_one_whole_generation() {
    let store = Memory::new();
    let tasks: Vec<_> = (0..20)
        .map(|version| {
            let store = store.clone();
            tokio::spawn(async move {
                let roles = some_roles(5, &version.to_string());
                let none = BTreeMap::new();
                publish(&store, &publication(&roles, &none))
                    .await
                    .map(|published| (published, roles))
            })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok((published, roles)) => winners.push((published.generation(), roles)),
            Err(PublishError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let (generation, roles) = winners
        .into_iter()
        .max_by_key(|(generation, _)| *generation)
        .unwrap();
    assert_published(&store, generation, &roles, &BTreeMap::new()).await;
}

/// A publisher dies at each of its commits, once before and once after the store carried it out. Nothing of what it
/// left is ever played, and the next publication ends well and sweeps it.
#[tokio::test]
async fn a_publisher_that_dies_anywhere_leaves_nothing_behind_for_long() {
    let old = some_roles(3, "0");
    let new = some_roles(3, "1");
    let (old_blobs, new_blobs) = (blobs(&[vec![1]]), blobs(&[vec![2], vec![3; 3 << 20]]));
    let mut died = 0;
    for at in 0..40 {
        for carried_out in [false, true] {
            let store = Memory::new();
            publish(&store, &publication(&old, &old_blobs)).await.unwrap();
            let dying = Dying {
                store: store.clone(),
                left: Arc::new(AtomicU32::new(at)),
                carried_out,
            };
            let ended = publish(&dying, &publication(&new, &new_blobs)).await;
            died += u32::from(ended.is_err());
            let current = read_current(&store, APP).await.unwrap().unwrap().generation;
            match current {
                1 => assert_published(&store, 1, &old, &old_blobs).await,
                _ => assert_published(&store, current, &new, &new_blobs).await,
            }
            let third = some_roles(2, "2");
            let published = publish(&store, &publication(&third, &new_blobs))
                .await
                .unwrap()
                .generation();
            assert_published(&store, published, &third, &new_blobs).await;
            let records = keys_below(&store, &keys::generation_records(APP)).await;
            let generations = keys_below(&store, &format!("{}gen/", keys::application(APP))).await;
            let of: BTreeSet<&str> = generations
                .iter()
                .filter_map(|key| key.split('/').nth(6))
                .collect();
            assert_eq!(of.len(), records.len(), "{generations:?} {records:?}");
            for pair in store.list(&keys::generation_records(APP)).await.unwrap().pairs {
                assert!(read::<GenerationRecord>(&pair).unwrap().published.is_some());
            }
        }
    }
    assert!(died > 8, "{died}");
}

/// A store that stops answering, for good, at a commit.
#[derive(Clone)]
struct Dying {
    store: Memory,
    left: Arc<AtomicU32>,
    carried_out: bool,
}

impl Dying {
    fn dead() -> StoreError {
        StoreError::Refused {
            url: "memory:".into(),
            reason: "dead".into(),
        }
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.left.load(Ordering::SeqCst) == u32::MAX {
            Err(Self::dead())
        } else {
            Ok(())
        }
    }
}

impl Store for Dying {
    fn url(&self) -> &str {
        self.store.url()
    }
    async fn list(&self, prefix: &str) -> Result<Listing, StoreError> {
        self.alive()?;
        self.store.list(prefix).await
    }
    async fn get(&self, key: &str) -> Result<Option<Pair>, StoreError> {
        self.alive()?;
        self.store.get(key).await
    }
    fn watch(&self, prefixes: Vec<String>, from: Option<Revision>) -> Watch {
        self.store.watch(prefixes, from)
    }
    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        self.alive()?;
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            0 => {
                self.left.store(u32::MAX, Ordering::SeqCst);
                if self.carried_out {
                    self.store.commit(transaction).await?;
                }
                Err(Self::dead())
            }
            _ => self.store.commit(transaction).await,
        }
    }
    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        self.store.lease(ttl).await
    }
    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.store.revoke(lease).await
    }
}

type Then = Arc<dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A store in which something happens once, right before the first write of a `current` pointer; and every commit is
/// carried out twice as if the answer to the first had been lost.
#[derive(Clone)]
struct Between {
    store: Memory,
    then: Then,
    done: Arc<AtomicU32>,
}

impl Between {
    fn new(
        store: Memory,
        then: impl Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            then: Arc::new(then),
            done: Arc::new(AtomicU32::new(0)),
        }
    }
}

impl Store for Between {
    fn url(&self) -> &str {
        self.store.url()
    }
    async fn list(&self, prefix: &str) -> Result<Listing, StoreError> {
        self.store.list(prefix).await
    }
    async fn get(&self, key: &str) -> Result<Option<Pair>, StoreError> {
        self.store.get(key).await
    }
    fn watch(&self, prefixes: Vec<String>, from: Option<Revision>) -> Watch {
        self.store.watch(prefixes, from)
    }
    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        let flips = transaction
            .operations
            .iter()
            .any(|operation| matches!(operation, Operation::Put { key, .. } if *key == keys::current(APP)));
        if flips && self.done.fetch_add(1, Ordering::SeqCst) == 0 {
            (self.then)().await;
        }
        self.store.commit(transaction.clone()).await?;
        self.store.commit(transaction).await
    }
    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        self.store.lease(ttl).await
    }
    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.store.revoke(lease).await
    }
}

#[tokio::test]
async fn answers_that_are_lost_do_no_harm() {
    let store = Memory::new();
    let doubling = Between::new(store.clone(), || Box::pin(async {}));
    let (roles, blobs) = (some_roles(3, "1"), blobs(&[vec![1], vec![2; 3 << 20]]));
    assert_eq!(
        publish(&doubling, &publication(&roles, &blobs))
            .await
            .unwrap()
            .generation(),
        1
    );
    assert_published(&store, 1, &roles, &blobs).await;
    let steps: Vec<RoleStep> = read_role(&store, APP, 1, "h1").await.unwrap().steps;
    assert_eq!(steps.len(), 1);
}

/// A host that is cut off may have brought all back after an earlier farewell, and not have been able to say so.
#[tokio::test]
async fn what_was_told_in_an_earlier_farewell_is_not_done() {
    let store = Memory::new();
    let mut roles = some_roles(1, "1");
    let host = roles[0].host.clone();
    let down = RoleStep {
        up: false,
        ..RoleStep::new("web", "delete", &"1".repeat(64))
    };
    roles[0].steps.push(down.clone());
    publish(&store, &publication(&roles, &BTreeMap::new()))
        .await
        .unwrap();
    let turn = async |goal| {
        let Asked::Done(current) = ask(&store, APP, goal).await.unwrap() else {
            panic!("nobody else asks");
        };
        current.turns
    };
    let told = |turns| StepState {
        turns,
        ..StepState::new(&down.digest, StepStatus::Reached, 1)
    };
    let tell = async |turns| {
        let key = keys::state(APP, &host, &down.name);
        let put = Transaction::new().put(key, canonical_json(&told(turns)));
        store.commit(put).await.unwrap();
        let before = Before::read(&store, APP).await.unwrap().unwrap();
        before.is_done(&host, &down)
    };
    let first = turn(Goal::Absent).await;
    assert!(tell(first).await);
    turn(Goal::Present).await;
    assert!(!tell(first).await, "it is not even asked for");
    let second = turn(Goal::Absent).await;
    assert!(!tell(first).await, "it was done before all came back");
    assert!(tell(second).await);
}
