//! Attributes with the real binary: what one operation gives is an input of another, on another host, and runs it again
//! when it changes.

mod support;

use support::khor::ok;
use support::reading::World;
use support::{Etcd, wait_until};

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
        let status = world.said(&["status", "app"]);
        status.contains("create blocked") && status.contains("attribute `url` of `db` has no value")
    });
    assert_eq!(world.log(), ["db.create "]);
}

const NOTICED: &str = "
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
    db:
      type: khor.nodes.Service
      requirements: [ host: h1 ]
      interfaces: { Standard: { create: db.sh, start: other.sh } }
    web:
      type: khor.nodes.Service
      requirements:
        - host: h2
        - dependency:
            node: db
            relationship:
              type: tosca.relationships.DependsOn
              interfaces:
                Configure:
                  add_target: link.sh
                  target_changed: { implementation: link.sh, inputs: { url: { get_attribute: [ TARGET, url ] } } }
      interfaces: { Standard: { create: other.sh, start: other.sh } }
";

fn a_changed_target_is_told(store: Option<String>) {
    let world = World::new(store, NOTICED);
    let given = world.path("given");
    world.write("given", "url=http://db:1");
    world.script("db.sh", "", &format!("cat {} > $KHOR_OUTPUT", given.display()));
    world.script("link.sh", "$HOST $SOURCE $TARGET $url", "");
    world.script("other.sh", "", "");
    let [one, two] = world.agents();
    world.up();
    let first = [
        "db.create ",
        "db.start ",
        "web.create ",
        "web.start ",
        "web.add_target h2 web db ",
    ];
    assert_eq!(world.log(), first);
    // Another value: the source is told, and nothing else is done.
    world.write("given", "url=http://db:2");
    world.undo("h1", "db.create");
    world.wait_log("web.target_changed h2 web db http://db:2");
    world.wait_up();
    assert_eq!(
        world.log(),
        ["db.create ", "web.target_changed h2 web db http://db:2"]
    );
    // The same value, and agents that come back: nobody need be told.
    one.kill();
    two.kill();
    let _agents = world.agents();
    world.wait_up();
    world.undo("h1", "db.create");
    world.wait_log("db.create ");
    world.wait_up();
    assert_eq!(world.log(), ["db.create "]);
}

#[test]
fn a_changed_target_is_told_on_the_embedded_store() {
    a_changed_target_is_told(None);
}

#[test]
fn a_changed_target_is_told_on_etcd() {
    let etcd = Etcd::one();
    a_changed_target_is_told(Some(etcd.url()));
}
