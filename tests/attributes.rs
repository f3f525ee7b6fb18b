//! Attributes with the real binary: what one operation gives is an input of another, on another host, and runs it again
//! when it changes.

mod support;

use std::path::{Path, PathBuf};

use support::khor::{Agent, ok, run};
use support::{Etcd, wait_until};
use tempfile::TempDir;

/// What all templates here begin with.
const HEAD: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
";

struct World {
    folder: TempDir,
    store: String,
}

impl World {
    fn new(store: Option<String>, template: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("store.db").display()));
        let world = Self { folder, store };
        world.write("app.yaml", &format!("{HEAD}{template}"));
        world
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// A script of `sh` that writes its name and the values of these variables to the log.
    fn script(&self, name: &str, variables: &str, more: &str) {
        let here = self.folder.path().display();
        self.write(
            name,
            &format!("#!/bin/sh\necho \"$SELF.$KHOR_OPERATION {variables}\" >> {here}/log\n{more}\n"),
        );
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

    fn wait_up(&self) {
        ok(&["status", "app", "--wait", "60", "--store", &self.store]);
    }

    fn up(&self) {
        self.compile();
        self.wait_up();
    }

    /// What ran since the last look, a line each.
    fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("log"));
        text.lines().map(str::to_owned).collect()
    }

    fn wait_log(&self, line: &str) {
        wait_until(line, || {
            std::fs::read_to_string(self.path("log")).is_ok_and(|log| log.lines().any(|one| one == line))
        });
    }

    /// Lets a step be done again, as if somebody had undone it: its stamp goes.
    fn undo(&self, host: &str, step: &str) {
        let stamp = self.path(format!("state-{host}/hosts/{host}/app/stamps/{step}"));
        // What was told of it may be of before.
        wait_until("it is done", || stamp.exists());
        std::fs::remove_file(stamp).unwrap();
    }
}

const TWO_HOSTS: &str = "
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
    db:
      type: khor.nodes.Service
      requirements: [ host: h1 ]
      interfaces: { Standard: { create: db.sh } }
    web:
      type: khor.nodes.Service
      requirements: [ host: h2, dependency: db ]
      interfaces:
        Standard:
          create:
            implementation: web.sh
            inputs: { url: { get_attribute: [ db, url ] } }
          start: other.sh
";

fn another_hosts_attribute(store: Option<String>) {
    let world = World::new(store, TWO_HOSTS);
    let given = world.path("given");
    world.write("given", "url=http://db:1");
    world.script("db.sh", "", &format!("cat {} > $KHOR_OUTPUT", given.display()));
    world.script("web.sh", "$url", "");
    world.script("other.sh", "", "");
    let _agents = world.agents();
    world.up();
    assert_eq!(
        world.log(),
        ["db.create ", "web.create http://db:1", "web.start "]
    );
    // It is done again, and gives the same.
    world.undo("h1", "db.create");
    world.wait_log("db.create ");
    world.wait_up();
    assert_eq!(world.log(), ["db.create "]);
    // It gives something else.
    world.write("given", "url=http://db:2");
    world.undo("h1", "db.create");
    world.wait_log("web.create http://db:2");
    world.wait_up();
    assert_eq!(world.log(), ["db.create ", "web.create http://db:2"]);
}

#[test]
fn another_hosts_attribute_is_an_input_on_the_embedded_store() {
    another_hosts_attribute(None);
}

#[test]
fn another_hosts_attribute_is_an_input_on_etcd() {
    let etcd = Etcd::one();
    another_hosts_attribute(Some(etcd.url()));
}

#[test]
fn nothing_is_done_again_when_agents_come_back_with_or_without_a_store() {
    let world = World::new(None, TWO_HOSTS);
    world.script("db.sh", "", "echo url=http://db:1 > $KHOR_OUTPUT");
    world.script("web.sh", "$url", "");
    world.script("other.sh", "", "");
    let [one, two] = world.agents();
    world.up();
    assert_eq!(world.log().len(), 3);
    one.kill();
    two.kill();
    let _agents = world.agents();
    world.wait_up();
    ok(&["status", "app", "--check", "--store", &world.store]);
    assert_eq!(world.log(), Vec::<String>::new());
}

#[test]
fn what_nobody_gave_is_told_and_needs_a_person() {
    let world = World::new(None, TWO_HOSTS);
    world.script("db.sh", "", "");
    world.script("web.sh", "$url", "");
    world.script("other.sh", "", "");
    let _agents = world.agents();
    world.compile();
    wait_until("web is blocked", || {
        let output = run(&["status", "app", "--store", &world.store]);
        let status = String::from_utf8(output.stdout).unwrap();
        status.contains("create blocked") && status.contains("attribute `url` of `db` has no value")
    });
    assert_eq!(world.log(), ["db.create "]);
}
