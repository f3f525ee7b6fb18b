//! A folder with a store, a template whose operations are a script, and what the script did.

use std::ops::Deref;

use ::khor::role::{StepState, keys};
use ::khor::store::{AnyStore, Store};

use super::place::Place;
use super::wait_until;

/// Node types whose operations run `s.sh`. It writes `NODE.OPERATION` to the log; then it waits while a file of that name
/// lies in `hold`, and fails while one lies in `fail`.
pub const SCRIPTED: &str = "\
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
          stop: { implementation: s.sh, inputs: { what: stop } }
";

/// `web` on `h2` depends on `db` on `h1`, which stands in a folder.
pub const TWO_HOSTS: &str = "\
topology_template:
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
    folder: { type: khor.nodes.Directory, properties: { path: /data }, requirements: [ host: h1 ] }
    db: { type: Scripted, requirements: [ host: h1, dependency: folder ] }
    web: { type: Scripted, requirements: [ host: h2, dependency: db ] }
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
    /// With this template, and the store at this URL; else an embedded one.
    pub fn new(template: &str, store: Option<String>) -> Self {
        let place = Place::new(store);
        let here = place.path("");
        let here = here.display();
        place.script(&format!(
            "#!/bin/sh\necho $SELF.$what >> {here}/log\n\
             while [ -e {here}/hold/$SELF.$what ]; do sleep 0.01; done\n\
             [ ! -e {here}/fail/$SELF.$what ] || {{ echo it is in the way; exit 3; }}\n"
        ));
        place.write_template(template);
        Self { place }
    }

    /// Replaces the template.
    pub fn write(&self, template: &str) {
        self.write_template(template);
    }

    pub fn fail(&self, step: &str) {
        std::fs::write(self.path("fail").join(step), "").unwrap();
    }

    pub fn mend(&self, step: &str) {
        std::fs::remove_file(self.path("fail").join(step)).unwrap();
    }

    /// Waits until the script of this operation has begun so often.
    pub fn wait_tries(&self, step: &str, times: usize) {
        wait_until(step, || self.tries(step) >= times);
    }

    /// How often the operation was tried.
    pub fn tries(&self, step: &str) -> usize {
        let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().filter(|line| *line == step).count()
    }

    pub fn status(&self) -> String {
        self.khor(&["status", "app"])
    }

    /// Waits until `khor status` says so.
    pub fn wait_status(&self, words: &str) {
        let mut last = String::new();
        let start = std::time::Instant::now();
        while !last.contains(words) {
            assert!(
                start.elapsed() < super::DEADLINE,
                "waited for `{words}` in\n{last}"
            );
            last = self.status();
        }
    }

    pub fn wait_reached(&self) {
        self.khor(&["status", "app", "--wait", "30"]);
    }

    /// What the store has under `key`.
    pub fn stored(&self, key: &str) -> Option<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let store = AnyStore::open(&self.store).await.unwrap();
            store.get(key).await.unwrap().map(|pair| pair.value)
        })
    }

    pub fn state(&self, host: &str, step: &str) -> Option<StepState> {
        let value = self.stored(&keys::state("app", host, step))?;
        Some(serde_json::from_slice(&value).unwrap())
    }
}
