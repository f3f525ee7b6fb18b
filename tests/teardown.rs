//! Farewells with the real binary: an application is taken away in the reverse of its order, whatever happens meanwhile,
//! and nothing of it is left.

mod support;

use khor::role::keys;
use khor::store::{AnyStore, Store};
use support::khor::ok;
use support::scripted::{TYPES, World};
use support::{Etcd, wait_until};

/// Two hosts; `web` depends on `db` of the other host, which stands in a directory.
const NODES: &str =
    "    folder: { type: khor.nodes.Directory, properties: { path: /data }, requirements: [ host: h1 ] }
    db: { type: Scripted, requirements: [ host: h1, dependency: folder ] }
    web: { type: Scripted, requirements: [ host: h2, dependency: db ] }
";

fn world(store: Option<String>) -> World {
    World::new(&format!("{TYPES}{NODES}"), store)
}

/// Nothing of the application is left: not in the store, not in the hosts' files, not in the agents' state.
fn assert_nothing_left(world: &World) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let left = runtime.block_on(async {
        let store = AnyStore::open(&world.store).await.unwrap();
        store.list(keys::ROOT).await.unwrap().pairs
    });
    let agents = [keys::agent("h1"), keys::agent("h2")];
    let left: Vec<_> = left
        .iter()
        .map(|pair| &pair.key)
        .filter(|key| !agents.contains(key))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!world.path("root/h1/data").exists());
    for host in ["h1", "h2"] {
        let state = world.path(format!("state-{host}/hosts/{host}/app"));
        wait_until("the agent forgets it", || !state.exists());
        let role = world.path(format!("state-{host}/agents/{host}/roles/app"));
        assert!(!role.exists());
    }
}

fn down_and_up_again(store: Option<String>) {
    let world = world(store);
    let _agents = world.agents();
    for _ in 0..2 {
        world.up();
        assert_eq!(
            world.done(),
            [
                "db.create",
                "db.configure",
                "db.start",
                "web.create",
                "web.configure",
                "web.start"
            ]
        );
        assert!(world.path("root/h1/data").exists());
        let (code, said) = world.teardown(&["--wait", "60"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(
            said.ends_with("app is gone\n") && said.contains("h1  db.delete  reached"),
            "{said}"
        );
        assert_eq!(world.done().len(), 4);
        assert_nothing_left(&world);
    }
    let (code, said) = world.teardown(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no application `app`"), "{said}");
}

#[test]
fn nothing_is_left_on_the_embedded_store() {
    down_and_up_again(None);
}

#[test]
fn nothing_is_left_on_etcd() {
    let etcd = Etcd::one();
    down_and_up_again(Some(etcd.url()));
}

#[test]
fn what_depends_goes_first_and_a_node_is_stopped_before_anything_is_deleted() {
    let world = world(None);
    let _agents = world.agents();
    world.up();
    world.done();
    world.hold("web.stop");
    let (code, said) = world.teardown(&["--wait", "1"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("app is not gone yet: 5 steps to go"), "{said}");
    let status = ok(&["status", "app", "--store", &world.store]);
    assert!(
        status.contains("to be gone") && status.contains("waits for web.stop on h2"),
        "{status}"
    );
    world.release("web.stop");
    assert_eq!(world.teardown(&["--wait", "60"]).0, Some(0));
    let done = world.done();
    let at = |step: &str| done.iter().position(|other| other == step).unwrap();
    assert!(
        at("web.stop") < at("db.stop") && at("db.stop") < at("db.delete"),
        "{done:?}"
    );
    assert!(at("web.delete") < at("db.delete"), "{done:?}");
}

#[test]
fn what_was_never_there_is_not_taken_away() {
    let world = world(None);
    let _agents = world.agents();
    std::fs::write(world.path("fail/db.start"), "").unwrap();
    world.compile();
    wait_until("db is created, and does not start", || {
        ok(&["status", "app", "--store", &world.store]).contains("start failing")
    });
    assert_eq!(world.done(), ["db.create", "db.configure"]);
    assert_eq!(world.teardown(&["--wait", "60"]).0, Some(0));
    // What was begun may have left something behind; what was never begun has not.
    assert_eq!(world.done(), ["db.stop", "db.delete"]);
    assert_nothing_left(&world);
}

#[test]
fn a_crash_in_the_middle_does_not_end_a_farewell() {
    let world = world(None);
    let [first, second] = world.agents();
    world.up();
    world.done();
    world.hold("db.stop");
    assert_eq!(world.teardown(&["--no-wait"]).0, Some(0));
    world.wait_begun("db.stop");
    first.kill();
    drop(second);
    world.release("db.stop");
    let _agents = world.agents();
    assert_eq!(world.teardown(&["--wait", "60"]).0, Some(0));
    let done = world.done();
    assert_eq!(
        done.iter().filter(|step| *step == "web.stop").count(),
        1,
        "{done:?}"
    );
    assert!(done.ends_with(&["db.delete".to_owned()]), "{done:?}");
    assert_nothing_left(&world);
}

#[test]
fn an_application_can_come_back_in_the_middle() {
    let world = world(None);
    let _agents = world.agents();
    world.up();
    world.done();
    world.hold("db.stop");
    assert_eq!(world.teardown(&["--no-wait"]).0, Some(0));
    world.wait_begun("db.stop");
    world.compile();
    // Until the agents know of it, the store may still have what they told before.
    wait_until("web is there again", || {
        std::fs::read_to_string(world.path("log")).is_ok_and(|log| log.ends_with("\nweb.start\n"))
    });
    ok(&[
        "status",
        "app",
        "--wait",
        "60",
        "--check",
        "--store",
        &world.store,
    ]);
    let done = world.done();
    // web went as far as it could, and all of it is there again, after db, which was being stopped.
    assert_eq!(
        done,
        [
            "web.stop",
            "web.delete",
            "db.start",
            "web.create",
            "web.configure",
            "web.start"
        ]
    );
    assert!(world.path("root/h1/data").exists());
}
