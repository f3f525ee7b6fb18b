//! Inputs with the real binary: what functions make of attributes, outputs, files and secrets while an application runs.

mod support;

use std::path::Path;

use support::khor::{Agent, ok};
use support::reading::World;
use support::{Etcd, wait_until};

const ALL_KINDS: &str = r#"
  node_templates:
    h1: { type: Host }
    h2: { type: tosca.nodes.Compute }
    disk:
      type: Giving
      requirements: [ host: h1 ]
      interfaces:
        Standard:
          create:
            implementation: disk.sh
            outputs: { where: [ SELF, mount ], size: [ HOST, space ] }
          start: { implementation: start.sh, inputs: { a: { get_attribute: [ SELF, mount ] } } }
    db:
      type: Giving
      properties: { port: 5432 }
      requirements: [ host: disk ]
      interfaces:
        Standard:
          create:
            implementation: db.sh
            inputs:
              a: { get_attribute: [ HOST, mount ] }
              b: { get_property: [ SELF, port ] }
              c: { get_attribute: [ h1, space ] }
          configure:
            implementation: db.sh
            inputs:
              a: { get_operation_output: [ SELF, Standard, create, list ] }
              b: { get_operation_output: [ SELF, Standard, create, map ] }
    web:
      type: Giving
      requirements:
        - host: h2
        - dependency:
            node: db
            relationship:
              type: tosca.relationships.DependsOn
              interfaces:
                Configure:
                  pre_configure_source:
                    implementation: link.sh
                    inputs:
                      a: { get_attribute: [ TARGET, list, 1 ] }
                      b: { get_attribute: [ SOURCE, home ] }
                  pre_configure_target:
                    implementation: link.sh
                    inputs: { a: { get_attribute: [ TARGET, list, 0 ] } }
      interfaces:
        Standard:
          create:
            implementation: web.sh
            inputs:
              a: { concat: [ "http://", { get_attribute: [ db, map, name ] }, ":", { get_property: [ db, port ] } ] }
              b: { join: [ [ x, { get_attribute: [ db, map, name ] }, y ], "," ] }
              c: { token: [ { get_attribute: [ disk, mount ] }, "/", 2 ] }
          start:
            implementation: start.sh
            inputs: { a: { what: { get_attribute: [ db, list ] }, port: { get_property: [ db, port ] } } }
node_types:
  Giving:
    derived_from: tosca.nodes.Root
    properties: { port: { type: integer, required: false } }
    attributes:
      mount: { type: string }
      home: { type: string }
      list: { type: list, entry_schema: { type: integer } }
      map: { type: map, entry_schema: { type: string } }
    capabilities: { host: tosca.capabilities.Container }
    requirements:
      - host:
          { capability: tosca.capabilities.Container, node: tosca.nodes.Root, relationship: tosca.relationships.HostedOn }
  Host:
    derived_from: tosca.nodes.Compute
    attributes: { space: { type: integer } }
"#;

fn all_kinds(store: Option<String>) {
    let world = World::new(store, ALL_KINDS);
    let given = world.path("given");
    world.write("given", "where=/mnt/one\n");
    world.script(
        "disk.sh",
        "",
        &format!(
            "cat {} > $KHOR_OUTPUT; echo size=7 >> $KHOR_OUTPUT",
            given.display()
        ),
    );
    world.script(
        "db.sh",
        "$a $b $c",
        r#"echo '{ "list": [1, 2], "map": {"name": "db"} }' > $KHOR_OUTPUT"#,
    );
    world.script("web.sh", "$a $b $c", "echo home=/srv > $KHOR_OUTPUT");
    world.script("link.sh", "$SOURCE $TARGET $a $b", "");
    world.script("start.sh", "$a", "");
    let _agents = world.agents();
    world.up();
    let mut log = world.log();
    log.sort();
    let web = "web.create http://db:5432 x,db,y one";
    let expected = [
        r#"db.configure [1,2] {"name":"db"} "#,
        "db.create /mnt/one 5432 7",
        "db.pre_configure_target web db 1 ",
        "disk.create ",
        "disk.start /mnt/one",
        web,
        "web.pre_configure_source web db 2 /srv",
        r#"web.start {"port":5432,"what":[1,2]}"#,
    ];
    assert_eq!(log, expected);
    // Only those that read what changed are done again: db.create gives the same as before.
    world.write("given", "where=/mnt/two\n");
    world.undo("h1", "disk.create");
    world.wait_log("web.create http://db:5432 x,db,y two");
    world.wait_up();
    let mut log = world.log();
    log.sort();
    let expected = [
        "db.create /mnt/two 5432 7",
        "disk.create ",
        "disk.start /mnt/two",
        "web.create http://db:5432 x,db,y two",
    ];
    assert_eq!(log, expected);
}

#[test]
fn functions_of_all_kinds_are_inputs_on_the_embedded_store() {
    all_kinds(None);
}

#[test]
fn functions_of_all_kinds_are_inputs_on_etcd() {
    let etcd = Etcd::one();
    all_kinds(Some(etcd.url()));
}

const FILES: &str = "
  node_templates:
    h1: { type: tosca.nodes.Compute }
    app:
      type: khor.nodes.Service
      requirements: [ host: h1 ]
      artifacts: { table: { type: tosca.artifacts.File, file: data/table.bin } }
      interfaces:
        Standard:
          create:
            implementation: app.sh
            inputs:
              a: { get_artifact: [ SELF, table ] }
              b: { concat: [ 'file://', { get_artifact: [ SELF, table, /srv/data/table.bin ] } ] }
";

#[test]
fn an_artifact_is_a_path_on_the_host() {
    let world = World::new(None, FILES);
    std::fs::create_dir(world.path("data")).unwrap();
    std::fs::write(world.path("data/table.bin"), [0, 159, 146, 150, 10]).unwrap();
    let here = world.path("");
    let here = here.display();
    world.script(
        "app.sh",
        "",
        &format!("cat \"$a\" > {here}/copy; cat \"${{b#file://}}\" > {here}/other; echo $b >> {here}/log"),
    );
    world.compile();
    // What the host has came by the store.
    std::fs::remove_dir_all(world.path("data")).unwrap();
    let _agent = world.agent("h1");
    world.wait_up();
    let there = world.path("root/h1/srv/data/table.bin");
    assert_eq!(
        world.log(),
        ["app.create ".to_owned(), format!("file://{}", there.display())]
    );
    for name in ["copy", "other", "root/h1/srv/data/table.bin"] {
        assert_eq!(
            std::fs::read(world.path(name)).unwrap(),
            [0, 159, 146, 150, 10],
            "{name}"
        );
    }
}

const SECRETS: &str = "
  node_templates:
    h1: { type: tosca.nodes.Compute }
    app:
      type: khor.nodes.Service
      requirements: [ host: h1 ]
      interfaces:
        Standard:
          create:
            implementation: app.sh
            inputs:
              a: { get_secret: [ env, APP_PASS ] }
              b: { concat: [ 'user:', { get_secret: [ file, /run/pass ] } ] }
    conf:
      type: khor.nodes.File
      properties: { path: /conf, mode: '0600', content: { concat: [ 'pass=', { get_secret: [ file, /run/pass ] } ] } }
      requirements: [ host: h1, dependency: app ]
";

/// Whether any file below `folder` has `text` in it.
fn has(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(has(&path, text));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(text.len()).any(|part| part == text.as_bytes())
        {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

fn secretive(world: &World) -> Agent {
    let variables = [("APP_PASS", "sesame77"), ("RUST_LOG", "trace")];
    Agent::start_with("h1", &world.store, &world.path(""), &variables)
}

#[test]
fn a_secret_is_read_on_its_host_and_is_nowhere_else() {
    let world = World::new(None, SECRETS);
    std::fs::create_dir_all(world.path("root/h1/run")).unwrap();
    std::fs::write(world.path("root/h1/run/pass"), "hunter22\n").unwrap();
    // It is not in the log of this test: that would be found.
    world.script(
        "app.sh",
        "${#a} ${#b}",
        "echo \"$a and $b\"; echo \"$b\" >&2; [ -e \"$KHOR_ROOT/go\" ]",
    );
    world.compile();
    let agent = secretive(&world);
    wait_until("it fails", || {
        world
            .said(&["why", "app", "app.create"])
            .contains("exit status 1")
    });
    let why = world.said(&["why", "app", "app.create"]);
    assert!(why.contains("[redacted] and user:[redacted]"), "{why}");
    std::fs::write(world.path("root/h1/go"), "").unwrap();
    world.wait_up();
    assert!(world.log().iter().all(|line| line == "app.create 8 13"));
    assert_eq!(
        std::fs::read_to_string(world.path("root/h1/conf")).unwrap(),
        "pass=hunter22"
    );
    // A new secret is a new content. Its file is looked at now and then; here it is hastened.
    std::fs::write(world.path("root/h1/run/pass"), "hunter33").unwrap();
    std::fs::remove_file(world.path("root/h1/conf")).unwrap();
    wait_until("the new secret is there", || {
        std::fs::read_to_string(world.path("root/h1/conf")).is_ok_and(|text| text == "pass=hunter33")
    });
    world.wait_up();
    agent.kill();
    assert_eq!(has(&world.path(""), "sesame77"), Vec::<String>::new());
    assert_eq!(has(&world.path(""), "hunter22"), Vec::<String>::new());
    assert_eq!(has(&world.path(""), "hunter33"), ["conf", "pass"]);
}

#[test]
fn a_secret_that_is_missing_is_told_and_one_that_is_given_on_is_refused() {
    let world = World::new(None, SECRETS);
    world.script("app.sh", "", "echo \"url=http://$b@db\" > $KHOR_OUTPUT");
    world.compile();
    let agent = secretive(&world);
    let why = || world.said(&["why", "app", "app.create"]);
    wait_until("it is told", || {
        why().contains("the secret in /run/pass has no value")
    });
    assert_eq!(world.log(), Vec::<String>::new());
    std::fs::create_dir_all(world.path("root/h1/run")).unwrap();
    std::fs::write(world.path("root/h1/run/pass"), "hunter22\n").unwrap();
    ok(&["retry", "app", "--store", &world.store]);
    wait_until("it is told", || {
        why().contains("what it gives as `url` has a secret in it")
    });
    agent.kill();
    assert_eq!(has(&world.path(""), "hunter22"), ["pass"]);
}

const ENGINES: &str = "
  node_templates:
    h1: { type: tosca.nodes.Compute }
    h2: { type: tosca.nodes.Compute }
    db:
      type: khor.nodes.Service
      requirements: [ host: h1 ]
      interfaces: { Standard: { create: db.sh } }
    conf:
      type: khor.nodes.File
      properties: { path: /conf, content: { concat: [ 'db=', { get_attribute: [ db, url ] } ] } }
      requirements: [ host: h2, dependency: db ]
    page:
      type: khor.nodes.Template
      properties: { path: /page, values: { url: { get_attribute: [ db, url ] }, port: 80 } }
      artifacts: { template: { type: tosca.artifacts.File, file: page.j2 } }
      requirements: [ host: h2, dependency: db ]
    serve:
      type: khor.nodes.Process
      properties:
        command: [ sh, -c, 'echo $0 $URL >> $LOG; exec sleep 1000', { get_attribute: [ db, url ] } ]
        environment: { URL: { get_attribute: [ db, url ] }, LOG: LOGFILE }
      requirements: [ host: h2, dependency: db ]
";

#[test]
fn files_templates_and_processes_follow_an_attribute_of_another_host() {
    let world = World::new(None, ENGINES);
    let template = std::fs::read_to_string(world.path("app.yaml")).unwrap();
    let log = world.path("log");
    world.write("app.yaml", &template.replace("LOGFILE", log.to_str().unwrap()));
    world.write("page.j2", "{{ url }}:{{ port }}\n");
    let given = world.path("given");
    world.script("db.sh", "", &format!("cat {} > $KHOR_OUTPUT", given.display()));
    let _agents = world.agents();
    for round in ["one", "two"] {
        world.write("given", &format!("url={round}"));
        if round == "one" {
            world.compile();
        } else {
            world.undo("h1", "db.create");
        }
        world.wait_log(&format!("{round} {round}"));
        wait_until("the files say so", || {
            let read =
                |name: &str| std::fs::read_to_string(world.path("root/h2").join(name)).unwrap_or_default();
            read("conf") == format!("db={round}") && read("page").trim_end() == format!("{round}:80")
        });
        world.wait_up();
        assert_eq!(world.log(), ["db.create ".to_owned(), format!("{round} {round}")]);
    }
    let status = ok(&["teardown", "app", "--store", &world.store]);
    assert!(status.contains("app is gone"), "{status}");
    for name in ["conf", "page"] {
        assert!(!world.path("root/h2").join(name).exists());
    }
}
