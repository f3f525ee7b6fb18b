//! Retries with the real binary: how often a do is tried, and trying again because a person asks for it.

mod support;

use std::path::{Path, PathBuf};

use khor::role::{StepState, keys};
use khor::store::{AnyStore, Store};
use support::khor::{Agent, ok, run};
use support::{Etcd, wait_until};
use tempfile::TempDir;

/// Two hosts; `web` on `h2` depends on `db` on `h1`. A script writes a line to the log, and fails while a file of its name
/// lies in `fail`.
const TEMPLATE: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
node_types:
  Scripted:
    derived_from: khor.nodes.Service
    interfaces:
      Standard:
        operations:
          create: { implementation: { primary: s.sh, timeout: 20 }, inputs: { what: create } }
          start: { implementation: s.sh, inputs: { what: start } }
topology_template:
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
    db: { type: Scripted, requirements: [ host: h1 ] }
    web: { type: Scripted, requirements: [ host: h2, dependency: db ] }
  policies:
    - few:
        type: khor.policies.Retry
        properties: { max_attempts: 2, min_delay: 1 ms, max_delay: 2 ms }
        targets: [ db ]
    - late:
        type: khor.policies.Retry
        properties: { min_delay: 1 h, max_delay: 2 h }
        targets: [ web ]
";

struct World {
    folder: TempDir,
    store: String,
}

impl World {
    fn new(store: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("store.db").display()));
        let world = Self { folder, store };
        let here = world.folder.path().display();
        let script = format!(
            "#!/bin/sh\necho $SELF.$what >> {here}/log\n\
             [ ! -e {here}/fail/$SELF.$what ] || {{ echo it is in the way; exit 3; }}\n"
        );
        std::fs::create_dir(world.path("fail")).unwrap();
        std::fs::write(world.path("s.sh"), script).unwrap();
        std::fs::write(world.path("app.yaml"), TEMPLATE).unwrap();
        world
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    fn agent(&self, host: &str) -> Agent {
        Agent::start(host, &self.store, self.folder.path())
    }

    fn compile(&self) {
        ok(&[
            "compile",
            self.path("app.yaml").to_str().unwrap(),
            "--store",
            &self.store,
        ]);
    }

    fn fail(&self, step: &str) {
        std::fs::write(self.path("fail").join(step), "").unwrap();
    }

    fn mend(&self, step: &str) {
        std::fs::remove_file(self.path("fail").join(step)).unwrap();
    }

    /// How often the operation was tried.
    fn tries(&self, step: &str) -> usize {
        let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().filter(|line| *line == step).count()
    }

    fn status(&self) -> String {
        ok(&["status", "app", "--store", &self.store])
    }

    fn wait_status(&self, words: &str) {
        let mut last = String::new();
        wait_until(words, || {
            last = self.status();
            last.contains(words)
        });
    }

    fn retry(&self, more: &[&str]) -> String {
        ok(&[&["retry", "app", "--store", &self.store], more].concat())
    }

    fn wait_reached(&self) {
        ok(&["status", "app", "--wait", "30", "--store", &self.store]);
    }

    /// What the store has under `key`.
    fn stored(&self, key: &str) -> Option<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let store = AnyStore::open(&self.store).await.unwrap();
            store.get(key).await.unwrap().map(|pair| pair.value)
        })
    }

    fn state(&self, host: &str, step: &str) -> Option<StepState> {
        let value = self.stored(&keys::state("app", host, step))?;
        Some(serde_json::from_slice(&value).unwrap())
    }
}

fn blocked_until_asked(store: Option<String>) {
    let world = World::new(store);
    world.fail("db.start");
    world.compile();
    let agent = world.agent("h1");
    let _other = world.agent("h2");
    world.wait_status("start blocked after 2 attempts");
    assert_eq!((world.tries("db.create"), world.tries("db.start")), (1, 2));

    // Asked for while nothing changed, it is tried twice more, and is blocked again.
    let said = world.retry(&[]);
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
    let said = world.retry(&["db"]);
    assert!(said.contains("db.start on h1 starts anew"), "{said}");
    world.mend("db.start");
    let agent = world.agent("h1");
    world.wait_reached();
    assert_eq!(world.tries("db.start"), 5);
    let said = world.retry(&["db.start"]);
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
    let world = World::new(None);
    world.fail("web.create");
    world.compile();
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_status("create failing");
    assert!(world.status().contains("next try in"), "{}", world.status());
    world.mend("web.create");
    let said = world.retry(&["web.create", "--format", "json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["retried"][0]["step"], "web.create");
    assert_eq!(said["retried"][0]["status"], "failing");
    assert_eq!(said["retried"][0]["agent"], true);
    world.wait_reached();
    assert_eq!(world.tries("web.create"), 2);
    assert_eq!(world.retry(&[]), "nothing of app is blocked or failing\n");
}

#[test]
fn a_new_generation_starts_anew_what_was_blocked_even_while_the_agent_was_away() {
    let world = World::new(None);
    world.fail("db.start");
    world.compile();
    let agent = world.agent("h1");
    world.wait_status("start blocked after 2 attempts");
    agent.kill();
    world.mend("db.start");
    std::fs::write(
        world.path("app.yaml"),
        TEMPLATE.replace("max_attempts: 2", "max_attempts: 1"),
    )
    .unwrap();
    world.compile();
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
}

#[test]
fn the_timeout_of_an_operation_ends_its_do() {
    let world = World::new(None);
    let script = std::fs::read_to_string(world.path("s.sh")).unwrap();
    std::fs::write(
        world.path("s.sh"),
        script + "[ $what != create ] || exec sleep 600\n",
    )
    .unwrap();
    let template = TEMPLATE.replace("timeout: 20", "timeout: 1");
    std::fs::write(world.path("app.yaml"), template).unwrap();
    world.compile();
    let _agent = world.agent("h1");
    world.wait_status("create blocked after 2 attempts");
    let state = world.state("h1", "db.create").unwrap();
    assert!(state.reason.contains("1 s"), "{}", state.reason);
}

#[test]
fn who_asks_for_what_is_not_there_is_told_so() {
    let world = World::new(None);
    world.compile();
    for (arguments, words) in [
        (vec!["retry", "ap"], "no application `ap`"),
        (vec!["retry", "app", "db.strat"], "no step `db.strat` in app"),
    ] {
        let output = run(&[arguments, vec!["--store", &world.store]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words) && said.contains("did you mean"), "{said}");
    }
    assert!(world.stored(&keys::retry_all("app")).is_none());
}

#[test]
fn a_process_that_ends_again_and_again_is_blocked_by_its_start_limit() {
    let world = World::new(None);
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
    std::fs::write(world.path("app.yaml"), template).unwrap();
    world.compile();
    let _agent = world.agent("h1");
    world.wait_status("start blocked");
    let status = world.status();
    assert!(
        status.contains("it was started 6 times within 1 h, which is its start limit"),
        "{status}"
    );
    assert_eq!(world.tries("begun"), 6);
    world.retry(&["short"]);
    wait_until("it is started again", || world.tries("begun") == 12);
}
