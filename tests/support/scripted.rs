//! Applications of scripts that tell what they did: every script writes a line to one log; it waits while a file of its
//! step's name (`db.stop`) lies in `hold`, and fails while one lies in `fail`.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::khor::{Agent, ok, run};
use super::wait_until;

/// The beginning of a template: a type `Scripted` with the operations of a whole life.
pub const TYPES: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
node_types:
  Scripted:
    derived_from: khor.nodes.Service
    properties:
      port: { type: integer, default: 1 }
    interfaces:
      Standard:
        operations:
          create: { implementation: s.sh, inputs: { what: create } }
          configure: { implementation: s.sh, inputs: { what: configure, port: { get_property: [ SELF, port ] } } }
          start: { implementation: s.sh, inputs: { what: start } }
          stop: { implementation: s.sh, inputs: { what: stop } }
          delete: { implementation: s.sh, inputs: { what: delete } }
topology_template:
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
";

/// A store, a folder, and the template `app.yaml` in it.
pub struct World {
    folder: TempDir,
    /// The store's URL.
    pub store: String,
}

impl World {
    /// A world with this template, and a script `s.sh` beside it. Without a store: the embedded one.
    pub fn new(template: &str, store: Option<String>) -> Self {
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
        world.write(template);
        world
    }

    /// Puts another template in the place of the one that is there.
    pub fn write(&self, template: &str) {
        std::fs::write(self.path("app.yaml"), template).unwrap();
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the agent of a host.
    pub fn agent(&self, host: &str) -> Agent {
        Agent::start(host, &self.store, self.folder.path())
    }

    /// Starts the agents of h1 and h2.
    pub fn agents(&self) -> [Agent; 2] {
        ["h1", "h2"].map(|host| self.agent(host))
    }

    /// Publishes the template.
    pub fn compile(&self) {
        ok(&[
            "compile",
            self.path("app.yaml").to_str().unwrap(),
            "--store",
            &self.store,
        ]);
    }

    /// Publishes the template, and waits until all of it is reached.
    pub fn up(&self) {
        self.compile();
        ok(&["status", "app", "--wait", "60", "--store", &self.store]);
    }

    /// Exit code and words of `khor teardown app`.
    pub fn teardown(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = run(&[&["teardown", "app", "--store", &self.store], more].concat());
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// The operations that ended, in their order, since the last look.
    pub fn done(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("log"));
        let ended = text.lines().filter(|line| !line.starts_with("begun"));
        ended.map(str::to_owned).collect()
    }

    /// Lets the script of this step wait in its midst.
    pub fn hold(&self, step: &str) {
        std::fs::write(self.path("hold").join(step), "").unwrap();
    }

    /// No longer.
    pub fn release(&self, step: &str) {
        std::fs::remove_file(self.path("hold").join(step)).unwrap();
    }

    /// Waits until the script of this step has begun.
    pub fn wait_begun(&self, step: &str) {
        let line = format!("begun {step}\n");
        wait_until("the script begins", || {
            std::fs::read_to_string(self.path("log")).is_ok_and(|log| log.contains(&line))
        });
    }
}
