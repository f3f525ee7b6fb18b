//! Scaling with the real binary: instances have files, processes and states of their own on the hosts of a list, who requires
//! them waits for all and reads of all, and numbers change without the template.

mod support;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use support::khor::{ok, run};
use support::reading::World;
use support::{Etcd, wait_until};

/// `web` stands on `farm`, which has one to four instances over h1 and h2; `lb` requires it and reads what each gave.
const TEMPLATE: &str = "
  node_templates:
    h1: { type: tosca.nodes.Compute }
    farm:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { min_instances: 0, max_instances: 4, default_instances: 1 } } }
    page:
      type: khor.nodes.File
      properties:
        path: { concat: [ /srv/, { get_attribute: [ SELF, tosca_id ] } ] }
        content: { concat: [ 'page of ', { get_attribute: [ HOST, tosca_id ] } ] }
      requirements: [ host: farm ]
    web:
      type: Scripted
      requirements: [ host: farm, dependency: page ]
      interfaces:
        Standard: { create: web.sh, delete: gone.sh }
    server:
      type: khor.nodes.Process
      properties:
        command: [ sh, -c, { concat: [ 'echo $KHOR_INSTANCE $$ > ', HERE, /ran-, { get_attribute: [ SELF, tosca_id ] }, '; exec sleep 1000' ] } ]
      requirements: [ host: farm, dependency: web ]
    lb:
      type: Scripted
      requirements: [ host: h1, dependency: server ]
      interfaces:
        Standard:
          create:
            implementation: lb.sh
            inputs: { urls: { get_attribute: [ web, url ] }, ids: { get_attribute: [ farm, tosca_id ] } }
  policies:
    - over: { type: khor.policies.Spread, properties: { hosts: [ h1, h2 ] }, targets: [ farm ] }
  outputs:
    urls: { value: { get_attribute: [ web, url ] } }
node_types:
  Scripted:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { url: { type: string } }
";

fn world(store: Option<String>) -> World {
    let world = World::new(store, "");
    let here = world.path("");
    let here = here.to_str().unwrap().trim_end_matches('/');
    let head = support::reading::HEAD;
    world.write("app.yaml", &format!("{head}{}", TEMPLATE.replace("HERE", here)));
    world.script(
        "web.sh",
        "$KHOR_INSTANCE on $HOST",
        "echo url=$SELF@$HOST > $KHOR_OUTPUT",
    );
    world.script("gone.sh", "", "");
    world.script("lb.sh", "$urls $ids", "");
    world
}

/// Exit code, what was printed, and what was said beside it.
fn khor(world: &World, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&[arguments, &["--store", &world.store]].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn scale(world: &World, arguments: &[&str]) -> String {
    let (code, said, fault) = khor(world, &[&["scale", "app"], arguments].concat());
    assert_eq!(code, Some(0), "{said}{fault}");
    said
}

/// What ran, in no order.
fn sorted(world: &World) -> Vec<String> {
    let mut log = world.log();
    log.sort();
    log
}

fn page(world: &World, host: &str, instance: &str) -> Option<String> {
    std::fs::read_to_string(world.path(format!("root/{host}/srv/{instance}"))).ok()
}

/// Each step of this operation, with its host and its state.
fn states(world: &World, operation: &str) -> Vec<String> {
    let said = ok(&["status", "app", "--format", "json", "--store", &world.store]);
    let said: Value = serde_json::from_str(&said).unwrap();
    let all = |value: &Value, key: &str| value[key].as_array().unwrap().clone();
    let mut found = Vec::new();
    for host in all(&said["applications"][0], "hosts") {
        let steps = all(&host, "nodes")
            .into_iter()
            .flat_map(|node| all(&node, "steps"));
        for step in steps.filter(|step| step["operation"] == operation) {
            let words = [&step["step"], &host["host"], &step["status"]];
            found.push(words.map(|word| word.as_str().unwrap()).join(" "));
        }
    }
    found.sort();
    found
}

fn up_and_down(store: Option<String>) {
    let world = world(store);
    let _agents = world.agents();
    world.up();
    assert_eq!(
        sorted(&world),
        ["lb.create [\"web-1@h1\"] [\"farm-1\"]", "web-1.create 1 on h1"]
    );
    assert_eq!(page(&world, "h1", "page-1").as_deref(), Some("page of farm-1"));

    let said = scale(&world, &["farm=3"]);
    assert_eq!(
        said,
        "farm has 3 instances from now on; it had 1\napp: generation 2 is current\n"
    );
    world.wait_up();
    let log = world.log();
    assert_eq!(
        log.last().map(String::as_str),
        Some("lb.create [\"web-1@h1\",\"web-2@h2\",\"web-3@h1\"] [\"farm-1\",\"farm-2\",\"farm-3\"]"),
        "it waits for all: {log:?}"
    );
    let mut new = log[..log.len() - 1].to_vec();
    new.sort();
    assert_eq!(
        new,
        ["web-2.create 2 on h2", "web-3.create 3 on h1"],
        "the first one is left alone"
    );
    assert_eq!(page(&world, "h2", "page-2").as_deref(), Some("page of farm-2"));
    assert_eq!(page(&world, "h1", "page-3").as_deref(), Some("page of farm-3"));
    assert_eq!(
        states(&world, "start"),
        [
            "server-1.start h1 reached",
            "server-2.start h2 reached",
            "server-3.start h1 reached"
        ]
    );
    let ran = |number: u32| std::fs::read_to_string(world.path(format!("ran-server-{number}"))).unwrap();
    let all = [1, 2, 3].map(ran);
    for (number, ran) in (1..).zip(&all) {
        assert!(
            ran.starts_with(&format!("{number} ")),
            "each has a process of its own: {ran}"
        );
    }
    assert_eq!(
        khor(&world, &["outputs", "app", "urls"]).1,
        "[\"web-1@h1\",\"web-2@h2\",\"web-3@h1\"]\n"
    );

    // One instance is healed, and nothing else.
    std::fs::remove_file(world.path("root/h1/srv/page-3")).unwrap();
    let pid = all[1].split_whitespace().nth(1).unwrap().parse().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    wait_until("both are healed", || {
        page(&world, "h1", "page-3").is_some() && ran(2) != all[1]
    });
    world.wait_up();
    assert_eq!(world.log(), Vec::<String>::new());
    assert_eq!([ran(1), ran(3)], [all[0].clone(), all[2].clone()]);

    let said = scale(&world, &["farm=1", "--dry-run"]);
    assert!(
        said.contains("remove  web-3.delete") && said.contains("remove  web-2.delete"),
        "{said}"
    );
    assert!(!said.contains("web-1."), "{said}");
    assert_eq!(
        scale(&world, &["farm=3"]),
        "all nodes have as many instances already\napp: generation 2 is current\n"
    );
    scale(&world, &["farm=1"]);
    wait_until("the last ones are gone", || {
        page(&world, "h2", "page-2").is_none() && page(&world, "h1", "page-3").is_none()
    });
    world.wait_up();
    assert_eq!(
        sorted(&world),
        [
            "lb.create [\"web-1@h1\"] [\"farm-1\"]",
            "web-2.delete ",
            "web-3.delete "
        ]
    );
    assert_eq!(page(&world, "h1", "page-1").as_deref(), Some("page of farm-1"));

    // None at all, and back: what only instances need was kept.
    scale(&world, &["farm=0"]);
    world.wait_up();
    assert_eq!(sorted(&world), ["lb.create [] []", "web-1.delete "]);
    scale(&world, &["farm=2"]);
    world.wait_up();
    assert_eq!(
        sorted(&world)[1..],
        ["web-1.create 1 on h1", "web-2.create 2 on h2"]
    );
    ok(&["teardown", "app", "--wait", "60", "--store", &world.store]);
    assert_eq!(sorted(&world), ["web-1.delete ", "web-2.delete "]);
}

#[test]
fn instances_come_and_go_on_the_embedded_store() {
    up_and_down(None);
}

#[test]
fn instances_come_and_go_on_etcd() {
    let etcd = Etcd::one();
    up_and_down(Some(etcd.url()));
}

#[test]
fn counts_outlive_a_compile_and_go_back_with_a_rollback() {
    let world = world(None);
    let file = world.path("app.yaml");
    let file = file.to_str().unwrap();
    world.compile();
    scale(&world, &["farm=3"]);
    let farm = |world: &World| scale(world, &[]).lines().nth(1).unwrap().to_owned();
    let row = |count: u32| format!("farm  {count:>9}     0     4        1");
    assert_eq!(farm(&world), row(3));
    assert_eq!(
        khor(&world, &["plan", file]).0,
        Some(0),
        "compiling again keeps it"
    );
    world.compile();
    assert_eq!(farm(&world), row(3));
    // What is asked for now counts.
    ok(&["compile", file, "--scale", "farm=2", "--store", &world.store]);
    assert_eq!(farm(&world), row(2));
    ok(&["rollback", "app", "--store", &world.store]);
    assert_eq!(farm(&world), row(3));
    scale(&world, &["farm=default"]);
    assert_eq!(farm(&world), row(1));
    // A template that allows no more takes them away, and says so.
    scale(&world, &["farm=4"]);
    let text = std::fs::read_to_string(file)
        .unwrap()
        .replace("max_instances: 4", "max_instances: 2");
    std::fs::write(file, text).unwrap();
    let (code, _, said) = khor(&world, &["compile", file]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains(
            "warning: `farm` had 4 instances; with this template it has 2: at least 0 and at most 2"
        ),
        "{said}"
    );
    let said: Value = serde_json::from_str(&scale(&world, &["--format", "json"])).unwrap();
    assert_eq!(
        said["nodes"],
        json!([{ "node": "farm", "instances": 2, "before": 2, "min": 0, "max": 2, "default": 1 }])
    );
}

#[test]
fn what_cannot_be_is_refused_with_advice() {
    let world = world(None);
    let (code, _, said) = khor(&world, &["scale", "app", "farm=2"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no application `app`"), "{said}");
    world.compile();
    for (count, words) in [
        (
            "farm=7",
            "`farm` cannot have 7 instances: at least 0 and at most 4\n  help: for more, change `max_instances`",
        ),
        ("frm=2", "there is no node `frm`\n  help: did you mean `farm`?"),
        (
            "farm-1=2",
            "`farm-1` is one instance of `farm`\n  help: write `farm=N`",
        ),
        (
            "web=2",
            "`web` has as many instances as `farm`, which it is hosted on\n  help: write `farm=N`",
        ),
        (
            "lb=2",
            "`lb` is not scalable: there is always one\n  help: give it the capability `scalable`",
        ),
        ("farm=many", "`many` is no number of instances"),
    ] {
        let (code, _, said) = khor(&world, &["scale", "app", count]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{count}: {said}");
    }
    assert!(scale(&world, &[]).contains("farm          1     0     4        1"));
    // Without a scalable node there is nothing to scale.
    let text = std::fs::read_to_string(world.path("app.yaml")).unwrap();
    let text = text.replace("min_instances: 0, max_instances: 4, ", "");
    world.write("app.yaml", &text);
    world.compile();
    let (code, _, said) = khor(&world, &["scale", "app", "farm=2"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("`app` has no node that is scalable"), "{said}");
}

#[test]
fn of_two_at_once_one_wins_and_both_are_told() {
    let world = world(None);
    world.compile();
    let both: Vec<_> = ["farm=2", "farm=3"]
        .map(|count| {
            let arguments = ["scale", "app", count, "--store", &world.store].map(str::to_owned);
            std::thread::spawn(move || {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                run(&arguments)
            })
        })
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    let now = scale(&world, &[]);
    let has = |count: usize| now.contains(&format!("farm  {count:>9}"));
    for (output, count) in both.iter().zip(2..) {
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            // The other one came later, and knew of this one.
            Some(0) => assert!(has(2) || has(3)),
            Some(2) => assert!(
                !has(count) && said.contains("was published by somebody else meanwhile"),
                "{said}"
            ),
            other => panic!("{other:?}: {said}"),
        }
    }
    assert!(both.iter().any(|output| output.status.success()));
}

const PAIRS: &str = "
  node_templates:
    h1: { type: tosca.nodes.Compute }
    web:
      type: Web
      capabilities: { scaling: { properties: { max_instances: 3 } } }
      requirements: [ host: h1 ]
      interfaces: { Standard: { create: web.sh, delete: gone.sh } }
    lb:
      type: Web
      requirements:
        - host: h1
        - backend: { node: web, relationship: Joins }
relationship_types:
  Joins:
    derived_from: tosca.relationships.ConnectsTo
    interfaces:
      Configure:
        type: tosca.interfaces.relationship.Configure
        operations:
          add_target: { implementation: add.sh, inputs: { url: { get_attribute: [ TARGET, url ] } } }
node_types:
  Web:
    derived_from: tosca.nodes.SoftwareComponent
    attributes: { url: { type: string } }
    capabilities: { scaling: tosca.capabilities.Scalable, api: tosca.capabilities.Endpoint }
    requirements:
      - backend: { capability: tosca.capabilities.Endpoint, relationship: Joins, occurrences: [ 0, UNBOUNDED ] }
";

/// Each instance reads of all, through a node that is outside. What is written for several must hold for one too.
const PEERS: &str = "
  inputs: { most: { type: integer } }
  node_templates:
    vm:
      type: tosca.nodes.Compute
      capabilities: { scalable: { properties: { max_instances: { get_input: most } } } }
    members: { type: Members, properties: { names: { get_attribute: [ vm, tosca_id ] } } }
    peers:
      type: khor.nodes.File
      properties: { path: /peers, content: { join: [ { get_property: [ members, names ] }, ' ' ] } }
      requirements: [ host: vm ]
node_types:
  Members:
    derived_from: tosca.nodes.Root
    properties: { names: { type: list, entry_schema: { type: string } } }
";

#[test]
fn instances_know_of_each_other_and_one_is_numbered_too_where_an_input_says_so() {
    let world = World::new(None, PEERS);
    let play = |most: &str, count: &str| {
        let (file, root) = (world.path("app.yaml"), world.path("root"));
        let [file, root] = [&file, &root].map(|path| path.to_str().unwrap());
        let how = ["--input", most, "--scale", count, "--once", "--root", root];
        ok(&[&["up", file, "--store", &world.store], how.as_slice()].concat());
        let peers = |host: &str| std::fs::read_to_string(world.path(format!("root/{host}/peers"))).ok();
        ["vm-1", "vm-2"].map(peers)
    };
    assert_eq!(play("most=1", "vm=1"), [Some("vm-1".into()), None]);
    assert_eq!(play("most=3", "vm=2"), [(); 2].map(|()| Some("vm-1 vm-2".into())));
}

#[test]
fn each_pair_of_instances_has_a_relationship_of_its_own() {
    let world = World::new(None, PAIRS);
    world.script("web.sh", "", "echo url=$SELF > $KHOR_OUTPUT");
    world.script("gone.sh", "", "");
    world.script("add.sh", "$SOURCE $TARGET $url", "");
    let _agent = world.agent("h1");
    world.up();
    assert_eq!(sorted(&world), ["lb.add_target lb web-1 web-1", "web-1.create "]);
    scale(&world, &["web=3"]);
    world.wait_up();
    assert_eq!(
        sorted(&world),
        [
            "lb.add_target lb web-2 web-2",
            "lb.add_target lb web-3 web-3",
            "web-2.create ",
            "web-3.create "
        ],
        "what is there is left alone"
    );
    scale(&world, &["web=2"]);
    world.wait_up();
    assert_eq!(sorted(&world), ["web-3.delete "]);
}
