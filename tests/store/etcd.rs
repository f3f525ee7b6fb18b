//! What is particular to etcd: members that die, freeze, forget, and come back.

use std::time::Duration;

use khor::store::{AnyStore, Commit, Store, StoreError, Target, Transaction, WatchEvent};

use crate::support::{Etcd, free_port, within};
use crate::world::{Known, World, changes, create, event, news, reset, seconds};

/// Repeats a commit until the store can be reached, as callers do.
async fn stubborn(store: &AnyStore, transaction: Transaction) {
    within("a commit to go through", async {
        loop {
            match store.commit(transaction.clone()).await {
                Ok(_) => return,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
        }
    })
    .await;
}

/// Waits until a blocking piece of work is done, without blocking the runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .expect("the work does not panic")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_server_is_killed_and_restarted() {
    let mut world = World::etcd().await;
    let (mut watch, listing) = world.watching(&["a/", "b/"]).await;
    let mut known = Known {
        revision: listing.revision,
        ..Known::default()
    };
    for round in 0..3 {
        for n in 0..20 {
            world.put(&format!("a/{round}/{n}"), "x").await;
        }
        let mut etcd = world.etcd.take().unwrap();
        world.etcd = Some(
            blocking(move || {
                etcd.members[0].restart();
                etcd
            })
            .await,
        );
        stubborn(&world.store, Transaction::new().put(format!("b/{round}"), "x")).await;
        known
            .follow(&mut watch, |known| {
                known.pairs.contains_key(&format!("b/{round}"))
            })
            .await;
        assert_eq!(known.pairs.len(), (round + 1) * 21);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_told_once_and_ended_by_a_reset() {
    let mut world = World::etcd().await;
    let (mut watch, _) = world.watching(&["a/"]).await;
    world.put("a/1", "x").await;
    changes(&mut watch).await;
    world.etcd.as_mut().unwrap().members[0].kill();
    let WatchEvent::Lost { reason } = news(&mut watch).await else {
        panic!()
    };
    assert!(
        reason.contains("cannot be reached: connection refused by 127.0.0.1:"),
        "{reason}"
    );
    let error = world.store.get("a/1").await.unwrap_err();
    assert!(error.is_transient());
    let mut etcd = world.etcd.take().unwrap();
    let _etcd = blocking(move || {
        etcd.members[0].restart();
        etcd
    })
    .await;
    let listing = reset(&mut watch).await;
    assert_eq!(listing.pairs.len(), 1);
    let next = world.put("a/1", "y").await;
    assert_eq!(changes(&mut watch).await.1, next);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compaction_behind_a_lost_watch_gives_a_reset() {
    let mut world = World::etcd().await;
    let (mut watch, _) = world.watching(&["a/"]).await;
    world.put("a/1", "x").await;
    world.put("a/2", "x").await;
    changes(&mut watch).await;
    changes(&mut watch).await;
    // Frozen until the watch has noticed; what is written and compacted then happened behind its back.
    let etcd = world.etcd.take().unwrap();
    etcd.members[0].freeze();
    let WatchEvent::Lost { .. } = news(&mut watch).await else {
        panic!()
    };
    etcd.members[0].thaw();
    let etcd = blocking(move || {
        etcd.ctl(&["del", "a/1"]);
        etcd.ctl(&["put", "a/3", "x"]);
        let listing = etcd.ctl(&["get", "a/3", "-w", "json"]);
        let revision = listing.split(r#""revision":"#).nth(1).unwrap();
        let revision: String = revision.chars().take_while(char::is_ascii_digit).collect();
        etcd.ctl(&["compact", &revision]);
        etcd
    })
    .await;
    let mut known = Known::default();
    known
        .follow(&mut watch, |known| known.pairs.contains_key("a/3"))
        .await;
    assert!(known.resets > 0);
    assert_eq!(known.pairs.keys().collect::<Vec<_>>(), ["a/2", "a/3"]);
    drop(etcd);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_is_noticed_and_the_watch_goes_on_when_it_thaws() {
    let world = World::etcd().await;
    let (mut watch, _) = world.watching(&["a/"]).await;
    let etcd = world.etcd.as_ref().unwrap();
    etcd.members[0].freeze();
    // Nothing is written: only the keepalive of the connection can tell.
    let WatchEvent::Lost { reason } = news(&mut watch).await else {
        panic!()
    };
    assert!(reason.contains("cannot be reached"), "{reason}");
    let error = world.store.get("a/1").await.unwrap_err();
    assert!(error.to_string().contains("does not answer within"), "{error}");
    etcd.members[0].thaw();
    stubborn(&world.store, Transaction::new().put("a/1", "x")).await;
    let mut known = Known::default();
    known
        .follow(&mut watch, |known| known.pairs.contains_key("a/1"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_lost_its_data_gives_a_reset() {
    let mut world = World::etcd().await;
    for n in 0..10 {
        world.put(&format!("a/{n}"), "x").await;
    }
    let (mut watch, listing) = world.watching(&["a/", "b/"]).await;
    let mut known = Known {
        revision: listing.revision,
        ..Known::default()
    };
    let mut etcd = world.etcd.take().unwrap();
    let _etcd = blocking(move || {
        etcd.members[0].wipe();
        etcd.members[0].start();
        etcd.members[0].wait_ready();
        etcd
    })
    .await;
    stubborn(&world.store, Transaction::new().put("b/new", "x")).await;
    known
        .follow(&mut watch, |known| known.pairs.contains_key("b/new"))
        .await;
    assert_eq!(known.pairs.len(), 1, "what the new cluster does not have is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_members_one_of_them_killed_or_frozen() {
    let mut world = World::on(blocking(Etcd::three).await).await;
    let (mut watch, listing) = world.watching(&["a/"]).await;
    let mut known = Known {
        revision: listing.revision,
        ..Known::default()
    };
    let mut count = 0;
    let mut held = world.store.lease(seconds(10)).await.unwrap();
    stubborn(
        &world.store,
        create("held", "x").put_leased("agent", "x", held.id),
    )
    .await;
    for victim in 0..3 {
        if victim == 1 {
            world.etcd.as_ref().unwrap().members[victim].freeze();
        } else {
            world.etcd.as_mut().unwrap().members[victim].kill();
        }
        for _ in 0..10 {
            stubborn(&world.store, Transaction::new().put(format!("a/{count}"), "x")).await;
            count += 1;
        }
        known.follow(&mut watch, |known| known.pairs.len() == count).await;
        let mut etcd = world.etcd.take().unwrap();
        world.etcd = Some(
            blocking(move || {
                if victim == 1 {
                    etcd.members[victim].thaw();
                } else {
                    etcd.members[victim].start();
                }
                etcd.members[victim].wait_ready();
                etcd
            })
            .await,
        );
    }
    assert!(
        !*held.lost.borrow_and_update(),
        "a lease survives the loss of any one member"
    );
    assert!(world.store.get("agent").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_lost_when_its_time_passes_unconfirmed_and_not_before() {
    let mut world = World::etcd().await;
    let mut lease = world.store.lease(seconds(3)).await.unwrap();
    world
        .commit(Transaction::new().put_leased("a", "x", lease.id))
        .await;
    // A restart loses no lease.
    let mut etcd = world.etcd.take().unwrap();
    let mut etcd = blocking(move || {
        etcd.members[0].restart();
        etcd
    })
    .await;
    let (mut watch, _) = world.watching(&["b/"]).await;
    for _ in 0..2 {
        let other = world.second.lease(seconds(2)).await.unwrap();
        stubborn(&world.second, Transaction::new().put_leased("b/1", "x", other.id)).await;
        changes(&mut watch).await;
        drop(other);
        changes(&mut watch).await;
    }
    assert!(!*lease.lost.borrow());
    assert!(world.store.get("a").await.unwrap().is_some());
    etcd.members[0].kill();
    within("the lease to be lost", lease.lost.wait_for(|lost| *lost))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_url_is_named_with_the_reason() {
    let port = free_port();
    let store = AnyStore::open(&format!("etcd://127.0.0.1:{port}")).await.unwrap();
    let error = store.check().await.unwrap_err();
    let url = format!("etcd://127.0.0.1:{port}");
    assert_eq!(
        error.to_string(),
        format!(
            "the store {url} cannot be reached: connection refused by 127.0.0.1:{port}; is etcd running there?"
        )
    );
    let mut watch = store.watch(vec!["a/".into()], None);
    let WatchEvent::Lost { reason } = event(&mut watch).await else {
        panic!()
    };
    assert_eq!(reason, error.to_string());
    let nowhere = AnyStore::open("etcd://khor.invalid:2379").await.unwrap();
    let error = nowhere.check().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the name of khor.invalid:2379 cannot be resolved"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_to_a_server_without_it_is_named() {
    let etcd = blocking(Etcd::one).await;
    let store = AnyStore::open(&etcd.url().replace("etcd:", "etcds:"))
        .await
        .unwrap();
    let error = store.check().await.unwrap_err();
    assert!(
        error.to_string().contains("no TLS connection to 127.0.0.1:"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_and_their_permissions() {
    let etcd = blocking(|| {
        let etcd = Etcd::one();
        for command in [
            "user add root:rootpw",
            "user grant-role root root",
            "role add host",
            "role grant-permission host --prefix=true readwrite mine/",
            "user add agent:s3cret",
            "user grant-role agent host",
            "auth enable",
        ] {
            etcd.ctl(&command.split(' ').collect::<Vec<_>>());
        }
        etcd
    })
    .await;
    let port = etcd.members[0].port;
    let open = |user: &str| {
        let url = format!("etcd://{user}127.0.0.1:{port}");
        async move { AnyStore::open(&url).await.unwrap() }
    };
    let agent = open("agent:s3cret@").await;
    assert!(matches!(
        agent.commit(create("mine/1", "x")).await.unwrap(),
        Commit::Done(_)
    ));
    let mut watch = agent.watch(vec!["mine/".into()], None);
    assert_eq!(reset(&mut watch).await.pairs.len(), 1);
    let denied = agent.commit(create("theirs/1", "x")).await.unwrap_err();
    assert!(matches!(denied, StoreError::Refused { .. }));
    assert!(denied.to_string().contains("no permission"), "{denied}");
    assert!(denied.to_string().contains("agent:***@"), "{denied}");
    let mut denied = agent.watch(vec!["theirs/".into()], None);
    let WatchEvent::Lost { reason } = event(&mut denied).await else {
        panic!()
    };
    assert!(reason.contains("no permission"), "{reason}");
    for (user, says) in [
        ("agent:wr0ng@", "the user or the password is wrong"),
        ("", "it asks for a user and a password"),
    ] {
        let error = open(user).await.check().await.unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
        assert!(!error.to_string().contains("wr0ng"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_that_finds_nothing_tells_nothing() {
    let etcd = blocking(Etcd::one).await;
    let store = khor::store::Etcd::open(&etcd.url())
        .unwrap()
        .with_audit(Duration::from_millis(20));
    let mut watch = store.watch(vec!["a/".into(), "b/".into()], None);
    reset(&mut watch).await;
    // Long enough for many audits, in the middle of creations, changes and removals.
    for n in 0..200 {
        let key = format!("a/{}", n % 7);
        let transaction = match n % 3 {
            0 => Transaction::new().put(key, "x").put(format!("b/{n}"), "x"),
            1 => Transaction::new().delete(key),
            _ => Transaction::new()
                .when("absent", Target::ModRevision, 0)
                .put(key, n.to_string()),
        };
        store.commit(transaction).await.unwrap();
    }
    store.commit(Transaction::new().put("a/end", "x")).await.unwrap();
    loop {
        let (changes, _) = changes(&mut watch).await;
        if changes.iter().any(|change| change.key() == "a/end") {
            break;
        }
    }
}
