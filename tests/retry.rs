//! Retries with the real binary: how often a do is tried, and trying again because a person asks for it.

mod support;

use khor::role::keys;
use support::world::{SCRIPTED, TWO_HOSTS, World};
use support::{Etcd, wait_until};

const POLICIES: &str = "  policies:
    - few:
        type: khor.policies.Retry
        properties: { max_attempts: 2, min_delay: 1 ms, max_delay: 2 ms }
        targets: [ db ]
    - late:
        type: khor.policies.Retry
        properties: { min_delay: 1 h, max_delay: 2 h }
        targets: [ web ]
";

fn world(store: Option<String>) -> World {
    World::new(&template(), store)
}

fn template() -> String {
    [SCRIPTED, TWO_HOSTS, POLICIES].concat()
}

fn blocked_until_asked(store: Option<String>) {
    let world = world(store);
    world.fail("db.start");
    world.compile();
    let agent = world.agent("h1");
    let _other = world.agent("h2");
    world.wait_status("start blocked after 2 attempts");
    assert_eq!((world.tries("db.create"), world.tries("db.start")), (1, 2));

    // Asked for while nothing changed, it is tried twice more, and is blocked again.
    let said = world.khor(&["retry", "app"]);
    assert!(
        said.starts_with("db.start on h1 starts anew: it was blocked after 2 attempts"),
        "{said}"
    );
    wait_until("it is tried again", || world.tries("db.start") == 4);
    world.wait_status("start blocked after 2 attempts");

    // The end of the agent is no wish: it stays blocked, with what it said.
    agent.kill();
    let mut agent = world.agent("h1");
    agent.ready();
    world.wait_status("start blocked after 2 attempts");
    let state = world.state("h1", "db.start").unwrap();
    assert!(state.evidence.contains("it is in the way"), "{state:?}");
    assert_eq!(
        world.tries("db.start"),
        4,
        "nor is the wish of before carried out again"
    );

    // What is asked for while there is no agent is done by the next one, once.
    agent.kill();
    let said = world.khor(&["retry", "app", "db"]);
    assert!(said.contains("db.start on h1 starts anew"), "{said}");
    world.mend("db.start");
    let agent = world.agent("h1");
    world.wait_reached();
    assert_eq!(world.tries("db.start"), 5);
    let said = world.khor(&["retry", "app", "db.start"]);
    assert!(
        said.contains("db.start on h1 is reached: there is nothing to try again"),
        "{said}"
    );
    drop(agent);
}

#[test]
fn what_is_blocked_stays_so_until_somebody_asks_on_the_embedded_store() {
    blocked_until_asked(None);
}

#[test]
fn what_is_blocked_stays_so_until_somebody_asks_on_etcd() {
    let etcd = Etcd::one();
    blocked_until_asked(Some(etcd.url()));
}

#[test]
fn what_waits_for_its_next_try_is_tried_at_once() {
    let world = world(None);
    world.fail("web.create");
    world.compile();
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_status("create failing");
    assert!(world.status().contains("next try in"), "{}", world.status());
    world.mend("web.create");
    let said = world.khor(&["retry", "app", "web.create", "--format", "json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["retried"][0]["step"], "web.create");
    assert_eq!(said["retried"][0]["status"], "failing");
    assert_eq!(said["retried"][0]["agent"], true);
    world.wait_reached();
    assert_eq!(world.tries("web.create"), 2);
    assert_eq!(
        world.khor(&["retry", "app"]),
        "nothing of app is blocked or failing\n"
    );
}

#[test]
fn a_new_generation_starts_anew_what_was_blocked_even_while_the_agent_was_away() {
    let world = world(None);
    world.fail("db.start");
    world.compile();
    let agent = world.agent("h1");
    world.wait_status("start blocked after 2 attempts");
    agent.kill();
    world.mend("db.start");
    world.write(&template().replace("max_attempts: 2", "max_attempts: 1"));
    world.compile();
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
}

#[test]
fn the_timeout_of_an_operation_ends_its_do() {
    let world = world(None);
    let script = std::fs::read_to_string(world.path("s.sh")).unwrap();
    std::fs::write(
        world.path("s.sh"),
        script + "[ $what != create ] || exec sleep 600\n",
    )
    .unwrap();
    world.write(&template().replace("timeout: 20", "timeout: 1"));
    world.compile();
    let _agent = world.agent("h1");
    world.wait_status("create blocked after 2 attempts");
    let state = world.state("h1", "db.create").unwrap();
    assert!(state.reason.contains("1 s"), "{}", state.reason);
}

#[test]
fn who_asks_for_what_is_not_there_is_told_so() {
    let world = world(None);
    world.compile();
    for (arguments, words) in [
        (vec!["retry", "ap"], "no application `ap`"),
        (vec!["retry", "app", "db.strat"], "no step `db.strat` in app"),
    ] {
        let (code, said) = world.run(&arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words) && said.contains("did you mean"), "{said}");
    }
    assert!(world.stored(&keys::retry_all("app")).is_none());
}

#[test]
fn a_process_that_ends_again_and_again_is_blocked_by_its_start_limit() {
    let world = world(None);
    let log = world.path("log");
    let template = format!(
        "\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
  node_templates:
    h1: {{ type: tosca.nodes.Compute }}
    short:
      type: khor.nodes.Process
      properties: {{ command: [ /bin/sh, -c, 'echo begun >> {}; sleep 0.1' ] }}
      requirements: [ host: h1 ]
  policies:
    - limited:
        type: khor.policies.Retry
        properties: {{ min_delay: 1 ms, max_delay: 1 ms, start_limit_burst: 6, start_limit_interval: 1 h }}
        targets: [ short ]
",
        log.display()
    );
    world.write(&template);
    world.compile();
    let _agent = world.agent("h1");
    world.wait_status("start blocked");
    let status = world.status();
    assert!(
        status.contains("it was started 6 times within 1 h, which is its start limit"),
        "{status}"
    );
    assert_eq!(world.tries("begun"), 6);
    world.khor(&["retry", "app", "short"]);
    wait_until("it is started again", || world.tries("begun") == 12);
}
