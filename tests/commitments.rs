//! Commitments with the real binary: how steps kept their promise, how long their dos took, and what follows from that.

mod support;

use khor::role::{StepState, StepStatus, keys};
use khor::store::{AnyStore, Store, Target, Transaction};
use serde_json::Value;
use support::world::{SCRIPTED, TWO_HOSTS, World};
use support::{Etcd, wait_until};

/// The template in one of its generations: all that starts is started anew.
fn template(generation: u32) -> String {
    let port = format!("what: start, port: {generation} }}");
    [SCRIPTED, TWO_HOSTS].concat().replace("what: start }", &port)
}

/// The commitment to a step, as JSON.
fn commitment(world: &World, step: &str) -> Value {
    let said = world.khor(&["status", "app", "--commitments", "--format", "json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    let commitments = said["applications"][0]["commitments"].as_array().unwrap();
    let found = commitments.iter().find(|commitment| commitment["step"] == step);
    found.unwrap_or_else(|| panic!("{step} in {said}")).clone()
}

fn kept(store: Option<String>) {
    let world = World::new(&template(0), store);
    world.compile();
    let agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
    for generation in 1..3 {
        world.write(&template(generation));
        world.compile();
        world.wait_reached();
    }
    let start = commitment(&world, "db.start");
    assert_eq!(
        (&start["broken"], &start["dos"]["count"]),
        (&0.into(), &3.into()),
        "{start}"
    );
    assert_eq!(start["kept_share"].as_f64(), Some(1.0), "{start}");

    // What breaks is counted, with how long it was broken.
    std::fs::remove_dir(world.path("root/h1/data")).unwrap();
    wait_until("it is brought back", || {
        commitment(&world, "folder.create")["broken"] == 1
    });
    let folder = commitment(&world, "folder.create");
    assert_eq!(
        (&folder["status"], &folder["repairs"]["count"]),
        (&"reached".into(), &1.into()),
        "{folder}"
    );
    assert!(folder["kept_ms"].as_u64() > Some(0), "{folder}");
    let said = world.khor(&["status", "app", "--commitments"]);
    assert!(
        said.starts_with("app generation 3: 5 commitments, broken 1 time\n"),
        "{said}"
    );
    assert!(said.contains("\nh2\n  STEP "), "{said}");

    // A do that takes far longer than ever is told of, wherever one looks.
    world.hold("db.start");
    world.write(&template(3));
    world.compile();
    agents[0].says("db.start: it runs for ");
    world.wait_status("far longer than ever: ");
    let why = world.khor(&["why", "app", "db.start"]);
    assert!(
        why.contains("db.start on h1: running for ") && why.contains(" in 3 times before"),
        "{why}"
    );
    world.release("db.start");
    world.wait_reached();

    // All of it outlives the agents.
    for agent in agents {
        agent.kill();
    }
    let mut agents = ["h1", "h2"].map(|host| world.agent(host));
    for agent in &mut agents {
        agent.ready();
    }
    world.wait_reached();
    assert_eq!(commitment(&world, "db.start")["dos"]["count"], 4);
    assert_eq!(commitment(&world, "folder.create")["broken"], 1);
}

#[test]
fn promises_are_kept_account_of_on_the_embedded_store() {
    kept(None);
}

#[test]
fn promises_are_kept_account_of_on_etcd() {
    let etcd = Etcd::one();
    kept(Some(etcd.url()));
}

/// Leaves in the store what an earlier version of a step took, in milliseconds.
fn took_before(world: &World, step: &str, took: &[u64]) {
    let mut state = StepState::new("earlier", StepStatus::Reached, 1);
    for &took in took {
        state.history.took.add(took);
    }
    let key = keys::state("app", "h1", step);
    let value = serde_json::to_vec(&state).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let store = AnyStore::open(&world.store).await.unwrap();
        let transaction = Transaction::new()
            .when(key.clone(), Target::ModRevision, 0)
            .put(key, value);
        store.commit(transaction).await.unwrap();
    });
}

#[test]
fn what_is_left_is_expected_by_what_it_took_before() {
    let world = World::new(&template(0), None);
    world.compile();
    let hour = 3_600_000;
    took_before(&world, "db.create", &[hour, hour, hour]);
    took_before(&world, "db.start", &[3 * hour]);
    world.hold("db.create");
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_tries("db.create", 1);
    world.wait_status("create running for ");
    // An hour for this one, three for the next; of what `web` does nothing is known.
    let status = world.status();
    assert!(
        status.starts_with("app generation 1: 1 of 5 steps reached, at least 3 h left\n"),
        "{status}"
    );
    assert!(status.contains(", about 59 min left"), "{status}");
    let why = world.khor(&["why", "app", "db.create"]);
    assert!(why.contains(", about 59 min left, attempt 1"), "{why}");
    let report = world.khor(&["status", "app", "--format", "json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let forecast = &report["applications"][0]["forecast"];
    assert_eq!(forecast["unknown"], 2, "{forecast}");
    let left = forecast["left_ms"].as_u64().unwrap();
    assert!(left > 3 * hour && left <= 4 * hour, "{forecast}");

    // What runs goes on to its end; when the rest is done nobody knows.
    world.khor(&["pause", "app"]);
    let status = world.status();
    assert!(
        status.starts_with("app generation 1: 1 of 5 steps reached, paused by "),
        "{status}"
    );
}
