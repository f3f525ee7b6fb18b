//! `khor outputs` with the real binary: known, not known yet, may change, never given, taken along by a rollback.

mod support;

use serde_json::{Value, json};

use support::khor::{ok, run};
use support::reading::World;
use support::{Etcd, wait_until};

const TEMPLATE: &str = "
  inputs: { name: { type: string, default: shop } }
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
    db:
      type: Giving
      requirements: [ host: h1 ]
      interfaces: { Standard: { create: { implementation: db.sh, outputs: { url: [ SELF, url ] } } } }
    web:
      type: Giving
      requirements: [ host: h2, dependency: db ]
      interfaces: { Standard: { create: web.sh, start: start.sh } }
  outputs:
    title: { value: { get_input: name } }
    url: { value: { concat: [ 'tcp://', { get_attribute: [ db, url ] } ] } }
    ports: { value: { get_attribute: [ web, ports ] } }
node_types:
  Giving:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { url: { type: string }, ports: { type: list, entry_schema: { type: integer } } }
";

/// Exit code, what was printed, and what was said beside it.
fn outputs(world: &World, more: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&[&["outputs", "app", "--store", &world.store], more].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn all_that_becomes_known(store: Option<String>) {
    let world = World::new(store, TEMPLATE);
    world.script("db.sh", "", "echo url=db:1 > $KHOR_OUTPUT");
    let here = world.path("");
    let here = here.display();
    world.script(
        "web.sh",
        "",
        &format!("[ -e {here}/go ] || exit 1; echo '{{\"ports\": [80, 443]}}' > $KHOR_OUTPUT"),
    );
    world.script("start.sh", "", "");
    world.compile();
    let (code, text, _) = outputs(&world, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(
        text,
        "ports  (not known yet: web.start on h2 is waiting, and 1 more)\n\
         title  shop\n\
         url    (not known yet: db.create on h1 is waiting)\n"
    );
    let _agents = world.agents();
    let failing = "web.create on h2 is failing";
    wait_until("it fails", || {
        let (_, json, _) = outputs(&world, &["--format", "json"]);
        let json: Value = serde_json::from_str(&json).unwrap();
        json["outputs"][0]["waits_for"][1]
            == json!({ "host": "h2", "step": "web.create", "status": "failing" })
    });
    assert_eq!(
        outputs(&world, &["url"]),
        (Some(0), "tcp://db:1\n".into(), String::new()),
        "{failing}"
    );
    std::fs::write(world.path("go"), "").unwrap();
    world.wait_up();
    assert_eq!(
        outputs(&world, &[]),
        (
            Some(0),
            "ports  [80,443]\ntitle  shop\nurl    tcp://db:1\n".into(),
            String::new()
        )
    );
    assert_eq!(outputs(&world, &["ports"]).1, "[80,443]\n");
    let json: Value = serde_json::from_str(&outputs(&world, &["--format", "json", "url"]).1).unwrap();
    assert_eq!(
        json,
        json!({
            "application": "app", "generation": 1, "settled": true,
            "outputs": [{ "name": "url", "value": "tcp://db:1", "settled": true }],
        })
    );
    // While it is done again, it may change.
    std::fs::remove_file(world.path("go")).unwrap();
    world.undo("h2", "web.create");
    wait_until("it may change", || {
        let (code, text, _) = outputs(&world, &["ports"]);
        let (_, _, said) = outputs(&world, &["ports"]);
        code == Some(1) && text == "[80,443]\n" && said.contains("ports: may change: web.create on h2")
    });
}

#[test]
fn all_that_becomes_known_is_told_on_the_embedded_store() {
    all_that_becomes_known(None);
}

#[test]
fn all_that_becomes_known_is_told_on_etcd() {
    let etcd = Etcd::one();
    all_that_becomes_known(Some(etcd.url()));
}

#[test]
fn what_nobody_gives_and_what_is_not_there_is_said() {
    let world = World::new(None, TEMPLATE);
    for script in ["db.sh", "web.sh", "start.sh"] {
        world.script(script, "", "");
    }
    let _agents = world.agents();
    world.up();
    let (code, text, _) = outputs(&world, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(
        text,
        "ports  (attribute `ports` of `web` has no value)\ntitle  shop\nurl    (attribute `url` of `db` has no value)\n"
    );
    let (code, text, said) = outputs(&world, &["url"]);
    assert_eq!(
        (code, text.as_str(), said.as_str()),
        (Some(1), "", "url: attribute `url` of `db` has no value\n")
    );
    let (code, _, said) = outputs(&world, &["titel"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("`app` has no output `titel`") && said.contains("did you mean `title`?"),
        "{said}"
    );
    let unknown = run(&["outputs", "apq", "--store", &world.store]);
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        said.contains("no application `apq`") && said.contains("did you mean `app`?"),
        "{said}"
    );
}

#[test]
fn outputs_are_of_their_generation() {
    let world = World::new(None, TEMPLATE);
    world.script("db.sh", "", "echo url=db:1 > $KHOR_OUTPUT");
    world.script("web.sh", "", "echo ports=80 > $KHOR_OUTPUT");
    world.script("start.sh", "", "");
    let _agents = world.agents();
    world.up();
    world.log();
    // Only what it gives is another: nothing is done for that.
    let template = std::fs::read_to_string(world.path("app.yaml")).unwrap();
    world.write("app.yaml", &template.replace("tcp://", "http://"));
    world.up();
    assert_eq!(outputs(&world, &["url"]).1, "http://db:1\n");
    let file = world.path("app.yaml");
    let said = world.said(&["compile", file.to_str().unwrap()]);
    assert!(said.contains("2, unchanged"), "{said}");
    ok(&["rollback", "app", "--store", &world.store]);
    world.wait_up();
    assert_eq!(outputs(&world, &["url"]).1, "tcp://db:1\n");
    assert_eq!(world.log(), Vec::<String>::new());
    // An application without any.
    let outputs_of = template.find("  outputs:\n").unwrap()..template.find("node_types:").unwrap();
    world.write("app.yaml", &template.replace(&template[outputs_of], ""));
    world.up();
    assert_eq!(
        outputs(&world, &[]),
        (Some(0), "app has no outputs\n".into(), String::new())
    );
}
