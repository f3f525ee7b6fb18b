//! Farewells with the real binary: an application is taken away in the reverse of its order, whatever happens meanwhile,
//! and nothing of it is left.

mod support;

use std::path::{Path, PathBuf};

use khor::role::keys;
use khor::store::{AnyStore, Store};
use support::khor::{Agent, ok, run};
use support::{Etcd, wait_until};
use tempfile::TempDir;

/// Two hosts; `web` depends on `db` of the other host, which stands in a directory. Every script writes a line to one
/// log; a script waits while a file of its name (`db.stop`) lies in `hold`, and fails while one lies in `fail`.
const TEMPLATE: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
node_types:
  Scripted:
    derived_from: khor.nodes.Service
    interfaces:
      Standard:
        operations:
          create: { implementation: s.sh, inputs: { what: create } }
          start: { implementation: s.sh, inputs: { what: start } }
          stop: { implementation: s.sh, inputs: { what: stop } }
          delete: { implementation: s.sh, inputs: { what: delete } }
topology_template:
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
    folder: { type: khor.nodes.Directory, properties: { path: /data }, requirements: [ host: h1 ] }
    db: { type: Scripted, requirements: [ host: h1, dependency: folder ] }
    web: { type: Scripted, requirements: [ host: h2, dependency: db ] }
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
            "#!/bin/sh\n[ ! -e {here}/fail/$SELF.$what ] || exit 1\necho begun $SELF.$what >> {here}/log\n\
             while [ -e {here}/hold/$SELF.$what ]; do sleep 0.01; done\necho $SELF.$what >> {here}/log\n"
        );
        for folder in ["fail", "hold"] {
            std::fs::create_dir(world.path(folder)).unwrap();
        }
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

    fn agents(&self) -> [Agent; 2] {
        ["h1", "h2"].map(|host| self.agent(host))
    }

    fn compile(&self) {
        ok(&[
            "compile",
            self.path("app.yaml").to_str().unwrap(),
            "--store",
            &self.store,
        ]);
    }

    fn up(&self) {
        self.compile();
        ok(&["status", "app", "--wait", "60", "--store", &self.store]);
    }

    fn teardown(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = run(&[&["teardown", "app", "--store", &self.store], more].concat());
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// The operations that ended, in their order, since the last look.
    fn done(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("log"));
        let ended = text.lines().filter(|line| !line.starts_with("begun"));
        ended.map(str::to_owned).collect()
    }

    fn hold(&self, step: &str) {
        std::fs::write(self.path("hold").join(step), "").unwrap();
    }

    fn release(&self, step: &str) {
        std::fs::remove_file(self.path("hold").join(step)).unwrap();
    }

    fn wait_begun(&self, step: &str) {
        let line = format!("begun {step}\n");
        wait_until("the script begins", || {
            std::fs::read_to_string(self.path("log")).is_ok_and(|log| log.contains(&line))
        });
    }

    /// Nothing of the application is left: not in the store, not in the hosts' files, not in the agents' state.
    fn assert_nothing_left(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let left = runtime.block_on(async {
            let store = AnyStore::open(&self.store).await.unwrap();
            store.list(keys::ROOT).await.unwrap().pairs
        });
        let agents = [keys::agent("h1"), keys::agent("h2")];
        let left: Vec<_> = left
            .iter()
            .map(|pair| &pair.key)
            .filter(|key| !agents.contains(key))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(!self.path("root/h1/data").exists());
        for host in ["h1", "h2"] {
            let state = self.path(format!("state-{host}/hosts/{host}/app"));
            wait_until("the agent forgets it", || !state.exists());
            let role = self.path(format!("state-{host}/agents/{host}/roles/app"));
            assert!(!role.exists());
        }
    }
}

fn down_and_up_again(store: Option<String>) {
    let world = World::new(store);
    let _agents = world.agents();
    for _ in 0..2 {
        world.up();
        assert_eq!(world.done(), ["db.create", "db.start", "web.create", "web.start"]);
        assert!(world.path("root/h1/data").exists());
        let (code, said) = world.teardown(&["--wait", "60"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(
            said.ends_with("app is gone\n") && said.contains("h1  db.delete  reached"),
            "{said}"
        );
        assert_eq!(world.done().len(), 4);
        world.assert_nothing_left();
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
    let world = World::new(None);
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
    let world = World::new(None);
    let _agents = world.agents();
    std::fs::write(world.path("fail/db.start"), "").unwrap();
    world.compile();
    wait_until("db is created, and does not start", || {
        ok(&["status", "app", "--store", &world.store]).contains("start failing")
    });
    assert_eq!(world.done(), ["db.create"]);
    assert_eq!(world.teardown(&["--wait", "60"]).0, Some(0));
    // What was begun may have left something behind; what was never begun has not.
    assert_eq!(world.done(), ["db.stop", "db.delete"]);
    world.assert_nothing_left();
}

#[test]
fn a_crash_in_the_middle_does_not_end_a_farewell() {
    let world = World::new(None);
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
    world.assert_nothing_left();
}

#[test]
fn an_application_can_come_back_in_the_middle() {
    let world = World::new(None);
    let _agents = world.agents();
    world.up();
    world.done();
    world.hold("db.stop");
    assert_eq!(world.teardown(&["--no-wait"]).0, Some(0));
    world.wait_begun("db.stop");
    world.compile();
    world.release("db.stop");
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
    // web went as far as it could, and all of it is there again; db was being stopped, so it is started again.
    assert!(
        done.contains(&"web.stop".to_owned()) && done.contains(&"db.start".to_owned()),
        "{done:?}"
    );
    assert!(!done.contains(&"db.delete".to_owned()), "{done:?}");
    assert_eq!(
        done.iter().filter(|step| *step == "web.start").count(),
        1,
        "{done:?}"
    );
    assert!(world.path("root/h1/data").exists());
}
