//! What all stores promise. Each promise is one function; the macro at the end runs it against every store.

use std::collections::BTreeSet;
use std::time::Duration;

use khor::store::{Change, Commit, Pair, Revision, Store, StoreError, Target, Transaction, WatchEvent};

use crate::support::within;
use crate::world::{Known, World, changes, commit, create, event, news, reset, seconds};

/// The contract lets tests take leases this short; etcd gives 2 s at least.
const SHORT: Duration = Duration::from_secs(2);

async fn ordered(world: World) {
    let (mut watch, listing) = world.watching(&["a/"]).await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = world.store.clone();
            tokio::spawn(async move {
                for n in 0..25 {
                    commit(
                        &store,
                        Transaction::new().put(format!("a/{writer}"), n.to_string()),
                    )
                    .await;
                }
            })
        })
        .collect();
    let mut last = listing.revision;
    let mut next = [0; 4];
    while next != [25; 4] {
        let (changes, revision) = changes(&mut watch).await;
        assert!(revision > last, "{revision} came after {last}");
        last = revision;
        let [Change::Put { pair, .. }] = &changes[..] else {
            panic!("{changes:?}")
        };
        let writer: usize = pair.key[2..].parse().unwrap();
        assert_eq!(
            pair.value,
            next[writer].to_string().into_bytes(),
            "of writer {writer}"
        );
        next[writer] += 1;
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn unique(world: World) {
    let (mut watch, _) = world.watching(&["a/", "a/b/", "a/", "c/"]).await;
    let mut committed = Vec::new();
    for n in 0..50 {
        committed.push(
            world
                .commit(
                    Transaction::new()
                        .put("a/b/x", n.to_string())
                        .put("c/y", n.to_string()),
                )
                .await,
        );
    }
    world.put("c/end", "").await;
    let mut seen = Vec::new();
    loop {
        let (changes, revision) = changes(&mut watch).await;
        let keys: Vec<_> = changes.iter().map(Change::key).collect();
        if keys == ["c/end"] {
            break;
        }
        assert_eq!(keys, ["a/b/x", "c/y"]);
        seen.push(revision);
    }
    assert_eq!(seen, committed);
}

async fn reliable(world: World) {
    let mut known = Known::default();
    let mut watch = world.second.watch(vec!["a/".into()], None);
    // Begun before the first event is taken: what happens while the watch is set up is not lost either.
    for n in 0..300 {
        world.put(&format!("a/{n}"), "x").await;
        if n % 3 == 0 {
            world.commit(Transaction::new().delete(format!("a/{n}"))).await;
        }
    }
    let last = world.put("a/end", "x").await;
    known.follow(&mut watch, |known| known.revision >= last).await;
    assert_eq!(known.pairs.len(), 201);
    assert_eq!(known.resets, 1);
}

async fn resumable(world: World) {
    world.put("a/1", "before").await;
    let at = world.put("a/2", "before").await;
    let second = world.put("a/1", "after").await;
    let third = world.commit(Transaction::new().delete("a/2")).await;
    let mut watch = world.second.watch(vec!["a/".into()], Some(at));
    assert_eq!(changes(&mut watch).await.1, second);
    let (gone, revision) = changes(&mut watch).await;
    assert_eq!((gone[0].key(), revision), ("a/2", third));
    // And it goes on.
    let fourth = world.put("a/3", "new").await;
    assert_eq!(changes(&mut watch).await.1, fourth);
}

async fn atomic(world: World) {
    let (mut watch, _) = world.watching(&["a/", "b/", "c/"]).await;
    world.put("b/gone", "x").await;
    changes(&mut watch).await;
    let transaction = Transaction::new()
        .put("c/1", "x")
        .put("unseen", "x")
        .delete_prefix("b/")
        .put("a/2", "x")
        .put("a/1", "x");
    let revision = world.commit(transaction).await;
    let (all, at) = changes(&mut watch).await;
    assert_eq!(at, revision);
    assert_eq!(
        all.iter().map(Change::key).collect::<Vec<_>>(),
        ["a/1", "a/2", "b/gone", "c/1"]
    );
    let next = world.put("a/1", "y").await;
    assert_eq!(changes(&mut watch).await.1, next);
}

async fn bookmarkable(world: World) {
    let (mut watch, _) = world.watching(&["a/"]).await;
    let mine = world.put("a/1", "x").await;
    changes(&mut watch).await;
    let others = world.put("b/1", "x").await;
    let bookmark = loop {
        match event(&mut watch).await {
            WatchEvent::Progress { revision } if revision >= others => break revision,
            WatchEvent::Progress { revision } => assert!(revision >= mine),
            other => panic!("nothing happened below a/, but: {other:?}"),
        }
    };
    assert_eq!(bookmark, others);
    let next = world.put("a/1", "y").await;
    let mut resumed = world.store.watch(vec!["a/".into()], Some(bookmark));
    assert_eq!(changes(&mut resumed).await.1, next);
}

async fn with_previous_value(world: World) {
    let (mut watch, _) = world.watching(&["a/"]).await;
    let first = world.put("a/1", "one").await;
    world.put("a/1", "two").await;
    world.commit(Transaction::new().delete("a/1")).await;
    let pair = |value: &str, mod_revision| Pair {
        key: "a/1".into(),
        value: value.into(),
        create_revision: first,
        mod_revision,
    };
    let (created, at) = changes(&mut watch).await;
    assert_eq!(
        created,
        [Change::Put {
            pair: pair("one", at),
            previous: None
        }]
    );
    let (changed, at) = changes(&mut watch).await;
    assert_eq!(
        changed,
        [Change::Put {
            pair: pair("two", at),
            previous: Some("one".into())
        }]
    );
    let (gone, _) = changes(&mut watch).await;
    assert_eq!(
        gone,
        [Change::Delete {
            key: "a/1".into(),
            previous: Some("two".into())
        }]
    );
}

async fn creation_told_from_change(world: World) {
    let (mut watch, _) = world.watching(&["a/"]).await;
    for step in ["create", "change", "delete", "create again"] {
        match step {
            "delete" => world.commit(Transaction::new().delete("a/1")).await,
            _ => world.put("a/1", step).await,
        };
        let (changes, revision) = changes(&mut watch).await;
        let created = match &changes[..] {
            [Change::Put { pair, .. }] => {
                assert_eq!(pair.mod_revision, revision);
                pair.create_revision == revision
            }
            _ => false,
        };
        assert_eq!(created, step.starts_with("create"), "{step}");
    }
}

async fn filtered(world: World) {
    for key in ["a", "a/", "a/b", "a0", "b/a/", "a/b/c", "A/"] {
        world.put(key, "before").await;
    }
    let (mut watch, listing) = world.watching(&["a/", "c/"]).await;
    let keys: Vec<_> = listing.pairs.iter().map(|pair| pair.key.as_str()).collect();
    assert_eq!(keys, ["a/", "a/b", "a/b/c"]);
    for key in ["a", "a0", "b/a/", "a/b", "c", "c/x", "A/"] {
        world.put(key, "after").await;
    }
    let mut seen = Vec::new();
    while seen.last().is_none_or(|key| key != "c/x") {
        seen.extend(
            changes(&mut watch)
                .await
                .0
                .iter()
                .map(|change| change.key().to_owned()),
        );
    }
    assert_eq!(seen, ["a/b", "c/x"]);
}

async fn compare_and_set(world: World) {
    let Commit::Done(first) = world.store.commit(create("a", "1")).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        world.second.commit(create("a", "2")).await.unwrap(),
        Commit::Conflict
    );
    let set = |at: Revision, value: &str| {
        Transaction::new()
            .when("a", Target::ModRevision, at)
            .put("a", value)
    };
    let Commit::Done(second) = world.second.commit(set(first, "2")).await.unwrap() else {
        panic!()
    };
    assert_eq!(
        world.store.commit(set(first, "3")).await.unwrap(),
        Commit::Conflict
    );
    let pair = world.store.get("a").await.unwrap().unwrap();
    assert_eq!(
        (pair.value, pair.create_revision, pair.mod_revision),
        (b"2".to_vec(), first, second)
    );
    // All comparisons must hold, and one may look at keys that are not written.
    let both = set(second, "4").when("b", Target::ModRevision, 7);
    assert_eq!(world.store.commit(both).await.unwrap(), Commit::Conflict);
}

async fn conflict_changes_nothing(world: World) {
    world.put("a/1", "x").await;
    let before = world.store.list("").await.unwrap();
    let (mut watch, _) = world.watching(&["a/"]).await;
    let stale = create("a/1", "y").put("a/2", "y").delete_prefix("a/3");
    assert_eq!(world.store.commit(stale).await.unwrap(), Commit::Conflict);
    assert_eq!(world.store.list("").await.unwrap(), before);
    let next = world.put("a/end", "x").await;
    assert_eq!(changes(&mut watch).await.1, next);
    // A transaction that changes nothing takes no revision.
    assert_eq!(
        world
            .commit(Transaction::new().delete("absent").delete_prefix("absent/"))
            .await,
        next
    );
}

async fn fencing(world: World) {
    let lease = world.store.lease(seconds(60)).await.unwrap();
    let holder = world
        .commit(Transaction::new().put_leased("agent", "first", lease.id))
        .await;
    let write = |holder| {
        Transaction::new()
            .when("agent", Target::CreateRevision, holder)
            .put("state", "x")
    };
    assert!(matches!(
        world.store.commit(write(holder)).await.unwrap(),
        Commit::Done(_)
    ));
    world.store.revoke(lease.id).await.unwrap();
    assert_eq!(world.store.commit(write(holder)).await.unwrap(), Commit::Conflict);
    let other = world.second.lease(seconds(60)).await.unwrap();
    let second = world
        .commit(Transaction::new().put_leased("agent", "second", other.id))
        .await;
    assert_eq!(world.store.commit(write(holder)).await.unwrap(), Commit::Conflict);
    assert!(matches!(
        world.second.commit(write(second)).await.unwrap(),
        Commit::Done(_)
    ));
}

async fn dropped_lease_expires(world: World) {
    let (mut watch, _) = world.watching(&["a/"]).await;
    let lease = world.store.lease(SHORT).await.unwrap();
    world
        .commit(
            Transaction::new()
                .put_leased("a/1", "x", lease.id)
                .put_leased("a/2", "y", lease.id),
        )
        .await;
    world
        .commit(Transaction::new().put_leased("a/3", "x", lease.id))
        .await;
    // Written again without a lease, it stays.
    world.put("a/3", "y").await;
    for _ in 0..3 {
        changes(&mut watch).await;
    }
    drop(lease);
    let (gone, _) = changes(&mut watch).await;
    let expected = [("a/1", "x"), ("a/2", "y")].map(|(key, value)| Change::Delete {
        key: key.into(),
        previous: Some(value.into()),
    });
    assert_eq!(gone, expected);
    assert_eq!(world.store.list("a/").await.unwrap().pairs.len(), 1);
}

async fn held_lease_stays(world: World) {
    let lease = world.store.lease(SHORT).await.unwrap();
    world
        .commit(Transaction::new().put_leased("a/1", "x", lease.id))
        .await;
    // Something that is known to take longer than the lease without renewal: the end of another, later one.
    let (mut watch, _) = world.watching(&["b/"]).await;
    for _ in 0..2 {
        let other = world.store.lease(SHORT).await.unwrap();
        world
            .commit(Transaction::new().put_leased("b/1", "x", other.id))
            .await;
        changes(&mut watch).await;
        drop(other);
        assert!(matches!(changes(&mut watch).await.0[..], [Change::Delete { .. }]));
    }
    assert!(world.store.get("a/1").await.unwrap().is_some());
    assert!(!*lease.lost.borrow());
}

async fn revoked_lease_ends_at_once(world: World) {
    let (mut watch, _) = world.watching(&["a/"]).await;
    let mut lease = world.store.lease(seconds(6)).await.unwrap();
    world
        .commit(Transaction::new().put_leased("a/1", "x", lease.id))
        .await;
    changes(&mut watch).await;
    world.store.revoke(lease.id).await.unwrap();
    assert_eq!(world.store.get("a/1").await.unwrap(), None);
    assert!(matches!(changes(&mut watch).await.0[..], [Change::Delete { .. }]));
    within("the holder to learn it", lease.lost.wait_for(|lost| *lost))
        .await
        .unwrap();
    let late = Transaction::new().put_leased("a/2", "x", lease.id);
    assert!(matches!(
        world.store.commit(late).await,
        Err(StoreError::Refused { .. })
    ));
    // Ending it again is no fault: every write can be repeated.
    world.store.revoke(lease.id).await.unwrap();
}

async fn lists_twenty_thousand(world: World) {
    for batch in 0..200 {
        let keys = (0..100).map(|n| format!("a/{batch:03}/{n:02}"));
        world
            .commit(keys.fold(Transaction::new(), |all, key| all.put(key, "some value")))
            .await;
    }
    world.put("b/1", "x").await;
    let listing = within("the list", world.second.list("a/")).await.unwrap();
    assert_eq!(listing.pairs.len(), 20_000);
    assert!(listing.pairs.is_sorted_by(|one, next| one.key < next.key));
    let (_, reset) = world.watching(&["a/1", "a/0"]).await;
    assert_eq!(reset.pairs, listing.pairs);
    let last = world.commit(Transaction::new().delete_prefix("a/")).await;
    assert_eq!(world.store.list("").await.unwrap().pairs.len(), 1);
    assert_eq!(world.store.list("").await.unwrap().revision, last);
}

async fn hundred_operations(world: World) {
    let (mut watch, _) = world.watching(&[""]).await;
    let transaction = (0..Transaction::LIMIT).fold(Transaction::new(), |all, n| {
        all.when(format!("k{n:03}"), Target::CreateRevision, 0)
            .put(format!("k{n:03}"), n.to_string())
    });
    let revision = world.commit(transaction.clone()).await;
    let (all, at) = changes(&mut watch).await;
    assert_eq!((all.len(), at), (Transaction::LIMIT, revision));
    let more = transaction.put("one more", "");
    assert!(matches!(
        world.store.commit(more).await,
        Err(StoreError::Refused { .. })
    ));
    let twice = Transaction::new().put("x", "1").put("x", "2");
    assert!(matches!(
        world.store.commit(twice).await,
        Err(StoreError::Refused { .. })
    ));
}

async fn prefixes_of_each_other(world: World) {
    let keys = [
        "a",
        "a/",
        "a/b",
        "a/b/",
        "a/bc",
        "ab",
        "a\u{7f}",
        "a\u{10ffff}",
        "b",
    ];
    for key in keys {
        world.put(key, key).await;
    }
    let keys_below = async |prefix: &str| {
        let listing = world.store.list(prefix).await.unwrap();
        listing.pairs.into_iter().map(|pair| pair.key).collect::<Vec<_>>()
    };
    for prefix in ["", "a", "a/", "a/b", "a\u{7f}", "a\u{10ffff}", "c"] {
        let mut expected: Vec<_> = keys.into_iter().filter(|key| key.starts_with(prefix)).collect();
        expected.sort_unstable();
        assert_eq!(keys_below(prefix).await, expected, "below {prefix:?}");
    }
    world.commit(Transaction::new().delete_prefix("a/b")).await;
    assert_eq!(keys_below("a/").await, ["a/"]);
    world.commit(Transaction::new().delete("a")).await;
    assert_eq!(keys_below("a/").await, ["a/"]);
    world.commit(Transaction::new().delete_prefix("")).await;
    assert_eq!(keys_below("").await, Vec::<String>::new());
}

async fn binary_and_large_values(world: World) {
    let (mut watch, _) = world.watching(&["a/"]).await;
    let binary: Vec<u8> = (0..=255).collect();
    let large: Vec<u8> = (0..900_000_u32).map(|n| (n % 251) as u8).collect();
    let second: Vec<u8> = large.iter().rev().copied().collect();
    for (key, value) in [
        ("a/e", &vec![]),
        ("a/b", &binary),
        ("a/l", &large),
        ("a/l", &second),
    ] {
        world.commit(Transaction::new().put(key, value.clone())).await;
        let (changes, _) = changes(&mut watch).await;
        let [Change::Put { pair, .. }] = &changes[..] else {
            panic!()
        };
        assert!(pair.value == *value, "{key} came back differently");
        assert!(world.store.get(key).await.unwrap().unwrap().value == *value);
    }
    // A list that is far larger than what fits one answer of etcd.
    for n in 0..8 {
        world
            .commit(Transaction::new().put(format!("a/l{n}"), large.clone()))
            .await;
    }
    assert_eq!(
        within("the list", world.second.list("a/"))
            .await
            .unwrap()
            .pairs
            .len(),
        11
    );
    let over = Transaction::new().put("a/o", vec![0; 2 << 20]);
    let refused = world.store.commit(over).await.unwrap_err();
    assert!(refused.to_string().contains("too large"), "{refused}");
    assert!(!refused.is_transient());
}

async fn several_watchers(world: World) {
    let mut watches = Vec::new();
    for n in 0..20 {
        let store = if n % 2 == 0 { &world.store } else { &world.second };
        let mut watch = store.watch(vec![format!("a/{n}/"), "all/".into()], None);
        reset(&mut watch).await;
        watches.push(watch);
    }
    for n in 0..20 {
        world.put(&format!("a/{n}/x"), "x").await;
    }
    let last = world.put("all/x", "x").await;
    for (n, mut watch) in watches.into_iter().enumerate() {
        assert_eq!(changes(&mut watch).await.0[0].key(), format!("a/{n}/x"));
        assert_eq!(changes(&mut watch).await.1, last);
    }
}

async fn slow_consumer_loses_nothing(world: World) {
    // More than a watch holds back for its consumer, who does not look until all is written; another one keeps up.
    let (mut slow, listing) = world.watching(&["a/"]).await;
    let (mut fast, _) = world.watching(&["a/"]).await;
    let mut committed = Vec::new();
    for n in 0..1000 {
        committed.push(world.put("a/1", &n.to_string()).await);
    }
    for watch in [&mut fast, &mut slow] {
        let mut seen = Vec::new();
        while seen.last() != committed.last() {
            match news(watch).await {
                WatchEvent::Changes { revision, .. } => seen.push(revision),
                other => panic!("{other:?} after {}", listing.revision),
            }
        }
        assert_eq!(seen, committed);
    }
}

async fn many_commit_at_once(world: World) {
    let (mut watch, _) = world.watching(&["a/"]).await;
    let tasks: Vec<_> = (0..50)
        .map(|task| {
            let store = if task % 2 == 0 {
                world.store.clone()
            } else {
                world.second.clone()
            };
            tokio::spawn(async move {
                let mut revisions = Vec::new();
                for n in 0..10 {
                    revisions
                        .push(commit(&store, Transaction::new().put(format!("a/{task}/{n}"), "x")).await);
                }
                revisions
            })
        })
        .collect();
    let mut all = BTreeSet::new();
    for task in tasks {
        let revisions = task.await.unwrap();
        assert!(revisions.is_sorted_by(|one, next| one < next));
        all.extend(revisions);
    }
    assert_eq!(all.len(), 500, "no two commits share a revision");
    let mut seen = Vec::new();
    while seen.len() < 500 {
        seen.push(changes(&mut watch).await.1);
    }
    assert_eq!(seen, Vec::from_iter(all));
}

async fn counter_loses_no_increment(world: World) {
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let store = if task % 2 == 0 {
                world.store.clone()
            } else {
                world.second.clone()
            };
            tokio::spawn(async move {
                let mut done = 0;
                while done < 25 {
                    let pair = store.get("counter").await.unwrap();
                    let at = pair.as_ref().map_or(0, |pair| pair.mod_revision);
                    let count: u32 =
                        pair.map_or(0, |pair| String::from_utf8(pair.value).unwrap().parse().unwrap());
                    let next = Transaction::new()
                        .when("counter", Target::ModRevision, at)
                        .put("counter", (count + 1).to_string());
                    if let Commit::Done(_) = store.commit(next).await.unwrap() {
                        done += 1;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.store.get("counter").await.unwrap().unwrap().value, b"100");
}

async fn resuming_behind_a_compaction_is_a_reset(world: World) {
    let at = world.put("a/1", "x").await;
    world.put("a/1", "y").await;
    world.put("a/2", "y").await;
    world.compact().await;
    let mut watch = world.second.watch(vec!["a/".into()], Some(at));
    assert_eq!(reset(&mut watch).await.pairs.len(), 2);
    let next = world.put("a/1", "z").await;
    assert_eq!(changes(&mut watch).await.1, next);
}

async fn resuming_from_the_future_is_a_reset(world: World) {
    let at = world.put("a/1", "x").await;
    let mut watch = world.second.watch(vec!["a/".into()], Some(at + 1_000_000));
    assert_eq!(reset(&mut watch).await.pairs.len(), 1);
    let next = world.put("a/1", "z").await;
    assert_eq!(changes(&mut watch).await.1, next);
}

/// Runs each promise against each store.
macro_rules! promises {
    ($($promise:ident)*) => {
        promises!(memory: $($promise)*);
        promises!(sqlite: $($promise)*);
        #[cfg(feature = "etcd")]
        promises!(etcd: $($promise)*);
    };
    ($store:ident: $($promise:ident)*) => {
        mod $store {
            use super::World;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    super::$promise(World::$store().await).await;
                }
            )*
        }
    };
}

promises! {
    ordered unique reliable resumable atomic bookmarkable with_previous_value creation_told_from_change filtered
    compare_and_set conflict_changes_nothing fencing
    dropped_lease_expires held_lease_stays revoked_lease_ends_at_once
    lists_twenty_thousand hundred_operations prefixes_of_each_other binary_and_large_values
    several_watchers slow_consumer_loses_nothing many_commit_at_once counter_loses_no_increment
    resuming_behind_a_compaction_is_a_reset resuming_from_the_future_is_a_reset
}
