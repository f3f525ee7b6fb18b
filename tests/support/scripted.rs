//! Applications of scripts that tell what they did: every script writes a line to one log; it waits while a file of its
//! step's name (`db.stop`) lies in `hold`, and fails while one lies in `fail`.

use std::ops::Deref;

use super::place::Place;
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

/// A place with the script.
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
    /// A world with this template, and a script `s.sh` beside it. Without a store: the embedded one.
    pub fn new(template: &str, store: Option<String>) -> Self {
        let place = Place::new(store);
        let here = place.path("");
        let here = here.display();
        place.script(&format!(
            "#!/bin/sh\n[ ! -e {here}/fail/$SELF.$what ] || exit 1\necho begun $SELF.$what >> {here}/log\n\
             while [ -e {here}/hold/$SELF.$what ]; do sleep 0.01; done\necho $SELF.$what >> {here}/log\n"
        ));
        place.write_template(template);
        Self { place }
    }

    /// Puts another template in the place of the one that is there.
    pub fn write(&self, template: &str) {
        self.write_template(template);
    }

    /// Exit code and words of `khor teardown app`.
    pub fn teardown(&self, more: &[&str]) -> (Option<i32>, String) {
        self.run(&[&["teardown", "app"], more].concat())
    }

    /// The operations that ended, in their order, since the last look.
    pub fn done(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("log"));
        let ended = text.lines().filter(|line| !line.starts_with("begun"));
        ended.map(str::to_owned).collect()
    }

    /// Waits until the script of this step has begun.
    pub fn wait_begun(&self, step: &str) {
        let line = format!("begun {step}\n");
        wait_until("the script begins", || {
            std::fs::read_to_string(self.path("log")).is_ok_and(|log| log.contains(&line))
        });
    }
}
