//! Pauses with the real binary: nothing new starts of an application, or on a host, whatever comes meanwhile.

mod support;

use khor::role::{StepStatus, keys};
use support::world::{SCRIPTED, TWO_HOSTS, World};
use support::{Etcd, wait_until};

fn world(store: Option<String>) -> World {
    World::new(&[SCRIPTED, TWO_HOSTS].concat(), store)
}

fn paused_and_resumed(store: Option<String>) {
    let world = world(store);
    world.hold("db.create");
    world.compile();
    let agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_tries("db.create", 1);
    let said = world.khor(&["pause", "app"]);
    assert_eq!(
        said,
        "app is paused: nothing new starts until `khor resume app`\n"
    );
    let said = world.khor(&["pause", "app"]);
    assert!(said.starts_with("app is paused by "), "{said}");

    // What runs goes on to its end; what follows it does not start.
    world.release("db.create");
    world.wait_status("start: paused by ");
    let state = world.state("h1", "db.start").unwrap();
    assert_eq!(state.status, StepStatus::Waiting);
    assert!(
        state.reason.ends_with("`khor resume app` ends that"),
        "{}",
        state.reason
    );
    assert_eq!(world.tries("db.start"), 0);
    let why = world.khor(&["why", "app", "web"]);
    assert!(
        why.contains("\n└─ db.start on h1: waiting for ") && why.contains("\napp is paused by "),
        "{why}"
    );
    let why: serde_json::Value =
        serde_json::from_str(&world.khor(&["why", "app", "web", "--format", "json"])).unwrap();
    assert!(why["application_pause"]["at"].as_u64().is_some(), "{why}");

    // Nor does it for agents that start later.
    for agent in agents {
        agent.kill();
    }
    let mut agents = ["h1", "h2"].map(|host| world.agent(host));
    for agent in &mut agents {
        agent.ready();
    }
    let status = world.status();
    assert!(
        status.lines().next().unwrap().contains(", paused by "),
        "{status}"
    );
    assert_eq!(world.tries("db.start"), 0);

    let said = world.khor(&["resume", "app"]);
    assert!(said.starts_with("app goes on; it was paused by "), "{said}");
    world.wait_reached();
    assert_eq!(world.khor(&["resume", "app"]), "app is not paused\n");
    assert!(world.stored(&keys::pause("app")).is_none());
}

#[test]
fn nothing_new_starts_of_what_is_paused_on_the_embedded_store() {
    paused_and_resumed(None);
}

#[test]
fn nothing_new_starts_of_what_is_paused_on_etcd() {
    let etcd = Etcd::one();
    paused_and_resumed(Some(etcd.url()));
}

#[test]
fn what_breaks_stays_broken_on_the_embedded_store() {
    broken_unless_healing_goes_on(None);
}

#[test]
fn what_breaks_stays_broken_on_etcd() {
    let etcd = Etcd::one();
    broken_unless_healing_goes_on(Some(etcd.url()));
}

fn broken_unless_healing_goes_on(store: Option<String>) {
    let world = world(store);
    world.compile();
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
    let folder = world.path("root/h1/data");
    world.khor(&["pause", "app"]);
    // The agent has heard of it when it says so of what breaks.
    wait_until("the pause is known", || {
        let _ = std::fs::remove_dir(&folder);
        world.status().contains("create: paused by ")
    });
    let heals = world.state("h1", "folder.create").unwrap().heals;
    let said = world.khor(&["pause", "app", "--heal", "--format", "json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&said["changed"], &said["pause"]["heal"], &said["application"]),
        (&true.into(), &true.into(), &"app".into())
    );
    world.wait_status("create healed");
    assert_eq!(world.state("h1", "folder.create").unwrap().heals, heals + 1);
    assert!(world.status().contains("healing goes on"), "{}", world.status());
}

#[test]
fn a_host_is_paused_with_all_that_it_plays_on_the_embedded_store() {
    host_paused(None);
}

#[test]
fn a_host_is_paused_with_all_that_it_plays_on_etcd() {
    let etcd = Etcd::one();
    host_paused(Some(etcd.url()));
}

fn host_paused(store: Option<String>) {
    let world = world(store);
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    // Before anything is published for it, too.
    wait_until("the agent of h2 is known", || {
        world.stored(&keys::agent("h2")).is_some()
    });
    let said = world.khor(&["pause", "--host", "h2"]);
    assert_eq!(
        said,
        "h2 is paused: nothing new starts until `khor resume --host h2`\n"
    );
    world.compile();
    world.wait_status("create: paused by ");
    assert_eq!((world.tries("db.start"), world.tries("web.create")), (1, 0));
    let why = world.khor(&["why", "app", "web"]);
    assert!(why.contains("\nh2 is paused by "), "{why}");
    let status = world.status();
    assert!(
        status
            .lines()
            .any(|line| line.starts_with("h2") && line.contains(", paused by ")),
        "{status}"
    );
    // Both pauses hold, and each has its own end.
    world.khor(&["pause", "app"]);
    world.khor(&["resume", "--host", "h2"]);
    world.wait_status("`khor resume app` ends that");
    world.khor(&["resume", "app"]);
    world.wait_reached();
}

#[test]
fn a_teardown_says_that_it_waits_for_the_end_of_a_pause() {
    let world = world(None);
    world.compile();
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
    world.khor(&["pause", "app"]);
    let (code, said) = world.run(&["teardown", "app", "--wait", "1"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("what is still to start waits for `khor resume app`\n"),
        "{said}"
    );
    assert_eq!(world.tries("web.stop"), 0);
    world.khor(&["resume", "app"]);
    wait_until("it is gone", || world.stored(&keys::current("app")).is_none());
    assert!(
        world.stored(&keys::pause("app")).is_none(),
        "nothing of it is left"
    );
}

#[test]
fn an_agent_that_finds_no_store_remembers_the_pause() {
    let mut etcd = Etcd::one();
    let world = world(Some(etcd.url()));
    world.compile();
    let agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
    world.khor(&["pause", "--host", "h1"]);
    let folder = world.path("root/h1/data");
    wait_until("the pause is known", || {
        let _ = std::fs::remove_dir(&folder);
        world.status().contains("create: paused by ")
    });
    etcd.members[0].kill();
    for agent in agents {
        agent.kill();
    }
    let agent = world.agent("h1");
    agent.says("generation 1 as kept on disk");
    agent.says("paused by ");
    etcd.members[0].start();
    etcd.members[0].wait_ready();
    world.wait_status("create: paused by ");
    assert!(!folder.exists());
    world.khor(&["resume", "--host", "h1"]);
    wait_until("it is brought back", || folder.exists());
}

#[test]
fn who_pauses_what_is_not_there_is_told_so() {
    let world = world(None);
    world.compile();
    for (arguments, code, words) in [
        (vec!["pause", "ap"], 2, "no application `ap`"),
        (vec!["resume", "ap"], 2, "no application `ap`"),
        (vec!["pause", "--host", "h3"], 2, "no host `h3`"),
        (vec!["pause"], 2, "required arguments"),
        (vec!["pause", "app", "--host", "h1"], 2, "cannot be used with"),
    ] {
        let (found, said) = world.run(&arguments);
        assert_eq!(found, Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
