//! Applications of scripts that tell what they were given: every script writes its step and the values of some variables
//! to one log.

use std::ops::Deref;

use super::place::Place;
use super::wait_until;

/// What all templates here begin with.
pub const HEAD: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
";

/// A place with scripts.
pub struct World {
    place: Place,
}

impl Deref for World {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl World {
    /// A world with this template after [`HEAD`]. Without a store: the embedded one.
    pub fn new(store: Option<String>, template: &str) -> Self {
        let place = Place::new(store);
        place.write_template(&format!("{HEAD}{template}"));
        Self { place }
    }

    /// Writes a file of the folder.
    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// A script of `sh` that writes its name and the values of these variables to the log.
    pub fn script(&self, name: &str, variables: &str, more: &str) {
        let here = self.path("");
        let here = here.display();
        self.write(
            name,
            &format!("#!/bin/sh\necho \"$SELF.$KHOR_OPERATION {variables}\" >> {here}/log\n{more}\n"),
        );
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
        self.run(command).1
    }

    /// Lets a step be done again, as if somebody had undone it: its stamp goes.
    pub fn undo(&self, host: &str, step: &str) {
        let stamp = self.path(format!("state-{host}/hosts/{host}/app/stamps/{step}"));
        // What was told of it may be of before.
        wait_until("it is done", || stamp.exists());
        std::fs::remove_file(stamp).unwrap();
    }
}
