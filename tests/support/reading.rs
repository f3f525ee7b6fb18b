//! Applications of scripts that tell what they were given: every script writes its step and the values of some variables
//! to one log.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::khor::{Agent, ok, run};
use super::wait_until;

/// What all templates here begin with.
pub const HEAD: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
";

/// A store, a folder, and the template `app.yaml` in it.
pub struct World {
    folder: TempDir,
    /// The store's URL.
    pub store: String,
}

impl World {
    /// A world with this template after [`HEAD`]. Without a store: the embedded one.
    pub fn new(store: Option<String>, template: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("store.db").display()));
        let world = Self { folder, store };
        world.write("app.yaml", &format!("{HEAD}{template}"));
        world
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// A script of `sh` that writes its name and the values of these variables to the log.
    pub fn script(&self, name: &str, variables: &str, more: &str) {
        let here = self.folder.path().display();
        self.write(
            name,
            &format!("#!/bin/sh\necho \"$SELF.$KHOR_OPERATION {variables}\" >> {here}/log\n{more}\n"),
        );
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

    /// Waits until all of it is reached.
    pub fn wait_up(&self) {
        ok(&["status", "app", "--wait", "60", "--store", &self.store]);
    }

    /// Publishes the template, and waits until all of it is reached.
    pub fn up(&self) {
        self.compile();
        self.wait_up();
    }

    /// What ran since the last look, a line each.
    pub fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("log"));
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until this line is in the log.
    pub fn wait_log(&self, line: &str) {
        wait_until(line, || {
            std::fs::read_to_string(self.path("log")).is_ok_and(|log| log.lines().any(|one| one == line))
        });
    }

    /// What `khor` says of the application: `status`, `why`.
    pub fn said(&self, command: &[&str]) -> String {
        let output = run(&[command, &["--store", &self.store]].concat());
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    /// Lets a step be done again, as if somebody had undone it: its stamp goes.
    pub fn undo(&self, host: &str, step: &str) {
        let stamp = self.path(format!("state-{host}/hosts/{host}/app/stamps/{step}"));
        // What was told of it may be of before.
        wait_until("it is done", || stamp.exists());
        std::fs::remove_file(stamp).unwrap();
    }
}
