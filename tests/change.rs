//! Change with the real binary: only what changed is done again, what is no longer asked for is taken away by the hosts
//! that have it, and what moves is gone before it comes.

mod support;

use khor::role::keys;
use khor::store::{AnyStore, Store};
use support::khor::{Agent, ok, run};
use support::scripted::{TYPES, World};
use support::{Etcd, wait_until};

const DB: &str = "    db: { type: Scripted, requirements: [ host: h1 ] }\n";
const WEB: &str = "    web: { type: Scripted, requirements: [ host: h2, dependency: db ] }\n";
const ALONE: &str = "    web: { type: Scripted, requirements: [ host: h2 ] }\n";
const MOVED: &str =
    "    h3: { type: tosca.nodes.Compute }\n    db: { type: Scripted, requirements: [ host: h3 ] }\n";

fn template(nodes: &[&str]) -> String {
    format!("{TYPES}{}", nodes.concat())
}

/// `db` on h1, `web` on h2, both up.
fn world(store: Option<String>) -> (World, [Agent; 2]) {
    let world = World::new(&template(&[DB, WEB]), store);
    let agents = world.agents();
    world.up();
    assert_eq!(world.done().len(), 6);
    (world, agents)
}

fn plan(world: &World) -> (Option<i32>, String) {
    let output = run(&[
        "plan",
        world.path("app.yaml").to_str().unwrap(),
        "--store",
        &world.store,
    ]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn status(world: &World) -> String {
    ok(&["status", "app", "--store", &world.store])
}

#[test]
fn only_what_changed_is_done_again() {
    let (world, _agents) = world(None);
    assert_eq!(plan(&world).0, Some(0));
    let db = DB.replace("type: Scripted", "type: Scripted, properties: { port: 2 }");
    world.write(&template(&[&db, WEB]));
    let (code, said) = plan(&world);
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("again   db.configure  input `port` changed"),
        "{said}"
    );
    // What was started on the old configuration is started anew.
    assert!(
        said.contains("again   db.start      `db.configure` changed"),
        "{said}"
    );
    assert!(
        said.ends_with("0 to run, 2 again, 0 to take something away; 4 steps as before\n"),
        "{said}"
    );
    world.up();
    assert_eq!(world.done(), ["db.configure", "db.start"]);
    assert_eq!(plan(&world).0, Some(0));
}

fn leaves_and_moves(store: Option<String>) {
    let (world, _agents) = world(store);
    let _third = world.agent("h3");
    // `web` depends on what moves: it is not touched.
    world.write(&template(&[MOVED, WEB]));
    let (_, said) = plan(&world);
    assert!(
        said.contains("remove  db.delete") && said.contains("`db` moves here from h1"),
        "{said}"
    );
    world.up();
    assert_eq!(
        world.done(),
        ["db.stop", "db.delete", "db.create", "db.configure", "db.start"]
    );
    assert!(status(&world).contains("deleted"));
    // Nobody asks for it any more: it goes.
    world.write(&template(&[ALONE]));
    world.up();
    assert_eq!(world.done(), ["db.stop", "db.delete"]);
    assert!(
        ok(&[
            "compile",
            world.path("app.yaml").to_str().unwrap(),
            "--store",
            &world.store
        ])
        .contains("3, unchanged")
    );
    // And all goes.
    assert_eq!(world.teardown(&["--wait", "60"]).0, Some(0));
    assert_eq!(world.done(), ["web.stop", "web.delete"]);
}

#[test]
fn what_is_no_longer_asked_for_leaves_and_what_moves_is_gone_first() {
    leaves_and_moves(None);
}

#[test]
fn on_etcd_the_same() {
    let etcd = Etcd::one();
    leaves_and_moves(Some(etcd.url()));
}

#[test]
fn a_host_that_comes_late_still_takes_away_what_it_has() {
    let (world, [first, _second]) = world(None);
    first.kill();
    world.write(&template(&[MOVED, WEB]));
    let _third = world.agent("h3");
    world.compile();
    wait_until("the new host waits for the old one", || {
        status(&world).contains("create waits for db.delete on h1")
            || status(&world).contains("create waits for db.stop on h1")
    });
    assert_eq!(world.done(), [""; 0]);
    let _first = world.agent("h1");
    ok(&[
        "status",
        "app",
        "--wait",
        "60",
        "--check",
        "--store",
        &world.store,
    ]);
    assert_eq!(
        world.done(),
        ["db.stop", "db.delete", "db.create", "db.configure", "db.start"]
    );
}

#[test]
fn what_leaves_can_be_asked_for_again_in_the_middle() {
    let (world, _agents) = world(None);
    world.hold("db.stop");
    world.write(&template(&[ALONE]));
    world.compile();
    world.wait_begun("db.stop");
    world.write(&template(&[DB, WEB]));
    world.compile();
    wait_until("db is started again", || {
        std::fs::read_to_string(world.path("log")).is_ok_and(|log| log.ends_with("\ndb.start\n"))
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
    assert_eq!(done, ["db.start"]);
}

#[test]
fn history_is_kept_and_a_rollback_brings_an_old_generation_back() {
    let (world, _agents) = world(None);
    world.write(&template(&[ALONE]));
    world.up();
    world.done();
    let history = ok(&["history", "app", "--store", &world.store]);
    assert_eq!(history.lines().count(), 3, "{history}");
    assert!(history.lines().nth(1).unwrap().contains("(current)"), "{history}");
    let said = ok(&["rollback", "app", "--store", &world.store]);
    assert_eq!(said, "app is as in generation 1 again: generation 3 is current\n");
    ok(&[
        "status",
        "app",
        "--wait",
        "60",
        "--check",
        "--store",
        &world.store,
    ]);
    assert_eq!(world.done(), ["db.create", "db.configure", "db.start"]);
    let unknown = run(&["rollback", "app", "9", "--store", &world.store]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert!(
        said.contains("no generation 9") && said.contains("kept are: 1, 2, 3"),
        "{said}"
    );
}

/// Scripts as they lie below a host's state directory.
fn scripts(world: &World, host: &str) -> Vec<String> {
    let folder = world.path(format!("state-{host}/hosts/{host}/app/artifacts"));
    let folders = std::fs::read_dir(folder).into_iter().flatten().flatten();
    folders
        .filter_map(|folder| std::fs::read_to_string(folder.path().join("s.sh")).ok())
        .collect()
}

#[test]
fn older_scripts_go_from_the_hosts_and_in_the_end_from_the_store() {
    let (world, _agents) = world(None);
    let first = std::fs::read_to_string(world.path("s.sh")).unwrap();
    let version = |number: u32| format!("{first}# {number}\n");
    for host in ["h1", "h2"] {
        assert_eq!(scripts(&world, host), [first.as_str()]);
    }
    for number in 0..7 {
        std::fs::write(world.path("s.sh"), version(number)).unwrap();
        world.compile();
    }
    world.up();
    for host in ["h1", "h2"] {
        wait_until("only the newest is there", || {
            scripts(&world, host) == [version(6)]
        });
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let blobs = runtime.block_on(async {
        let store = AnyStore::open(&world.store).await.unwrap();
        store.list(&keys::application("app")).await.unwrap().pairs
    });
    let blobs = blobs.iter().filter(|pair| pair.key.contains("/blobs/"));
    let mut blobs: Vec<_> = blobs
        .map(|pair| String::from_utf8(pair.value.clone()).unwrap())
        .collect();
    blobs.sort();
    // Those of the generations that are kept.
    assert_eq!(blobs, [2, 3, 4, 5, 6].map(version));
}
