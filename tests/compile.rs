//! `khor compile`, by the real binary on real files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use khor::role::{Certificate, Role, decode};
use serde_json::Value;
use tempfile::TempDir;

/// A folder of a test's own, with a store in it.
struct Place {
    folder: TempDir,
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn write(&self, name: &str, content: &str) -> &Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Runs `khor compile` here; the paths of this machine do not show in what it says.
    fn compile(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_khor"))
            .current_dir(&self.folder)
            .env("KHOR_STATE", self.folder.path())
            .env_remove("KHOR_STORE")
            .arg("compile")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(self.folder.path().to_str().unwrap(), "HERE")
        };
        Said {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let said = self.compile(&[arguments, &["--format", "json"]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        serde_json::from_str(&said.out).unwrap()
    }

    /// The roles that `--out` writes, by host.
    fn roles(&self, arguments: &[&str]) -> Vec<Role> {
        let said = self.compile(&[arguments, &["--dry-run", "--out", "roles"]].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path().join("roles"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter(|path| path.file_name().unwrap() != "certificate.json")
            .collect();
        files.sort();
        files
            .iter()
            .map(|path| decode(&std::fs::read(path).unwrap()).unwrap())
            .collect()
    }
}

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    path.to_str().unwrap().to_owned()
}

/// Nodes of a khoreia list: id, name, host, ids they wait for. Each has create and configure.
fn list(nodes: &[(u32, &str, &str, &[u32])]) -> String {
    let mut text = String::new();
    for (id, name, host, deps) in nodes {
        writeln!(
            text,
            "- id: {id}\n  name: {name}\n  target: {host}\n  interfaces:"
        )
        .unwrap();
        for operation in ["create", "configure"] {
            let file = format!("{{ file: {{ path: /tmp/{name}.{operation} }} }}");
            writeln!(text, "    {operation}:\n      check: {file}\n      do: {file}").unwrap();
        }
        writeln!(text, "  deps:\n    - nodes: {deps:?}").unwrap();
    }
    text
}

#[test]
fn the_table_says_what_was_published_and_what_to_do_next() {
    let place = Place::new();
    let file = sample("khoreia/topology.yaml");
    let said = place.compile(&[&file]);
    assert_eq!(said.err, "");
    assert_eq!(
        said.out,
        "\
application   topology
nodes         8
steps         16
hosts         2: bsd1, chromebook
cues          6
longest path  5 steps, 2 hops
generation    1
store         sqlite:HERE/store.db

next: khor agent --host bsd1
      and so on each of the 2 hosts; khor status shows how it goes
"
    );
    assert_eq!(said.code, 0);
    let store = format!("sqlite:{}", place.folder.path().join("other.db").display());
    let said = place.compile(&[&file, "--store", &store]);
    assert!(
        said.out
            .contains("next: khor agent --host bsd1 --store sqlite:HERE/other.db\n"),
        "{}",
        said.out
    );
}

#[test]
fn the_same_again_is_unchanged_and_a_change_is_the_next_generation() {
    let place = Place::new();
    place.write("app.yaml", &list(&[(0, "a", "x", &[1]), (1, "b", "y", &[])]));
    assert!(place.compile(&["app.yaml"]).out.contains("generation    1\n"));
    assert!(
        place
            .compile(&["app.yaml"])
            .out
            .contains("generation    1, unchanged\n")
    );
    place.write("app.yaml", &list(&[(0, "a", "x", &[]), (1, "b", "y", &[])]));
    assert!(place.compile(&["app.yaml"]).out.contains("generation    2\n"));
    assert!(
        place
            .compile(&["app.yaml", "--app", "second"])
            .out
            .contains("generation    1\n")
    );
    let mut last = Value::Null;
    for host in ["x1", "x2", "x3", "x4", "x5"] {
        last = place.json(&["app.yaml", "--place", &format!("a={host}")]);
    }
    assert_eq!(
        (&last["generation"], &last["swept"], &last["unchanged"]),
        (&7.into(), &1.into(), &false.into())
    );
}

#[test]
fn a_dry_run_publishes_nothing_and_out_writes_what_would_be() {
    let place = Place::new();
    let file = sample("khoreia/topology.yaml");
    let said = place.compile(&[&file, "--dry-run"]);
    assert!(said.out.contains("generation    none, a dry run\n") && said.out.contains("without --dry-run"));
    assert!(!place.folder.path().join("store.db").exists());

    let roles = place.roles(&[&file]);
    let hosts: Vec<_> = roles
        .iter()
        .map(|role| (role.host.as_str(), role.steps.len()))
        .collect();
    assert_eq!(hosts, [("bsd1", 6), ("chromebook", 10)]);
    let written = std::fs::read(place.folder.path().join("roles/certificate.json")).unwrap();
    let certificate = Certificate::prove(&roles).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&written).unwrap(),
        serde_json::to_value(&certificate).unwrap()
    );
    let yaml = std::fs::read_to_string(place.folder.path().join("roles/bsd1.yaml")).unwrap();
    assert_eq!(serde_yaml::from_str::<Role>(&yaml).unwrap(), roles[0]);

    // The sample's order, as its issue tells it: who waits for whom, operation by operation.
    let waits: Vec<(&str, &str)> = vec![
        ("a", "f"),
        ("b", "f"),
        ("b", "a"),
        ("c", "d"),
        ("c", "f"),
        ("e", "a"),
        ("g", "b"),
        ("g", "d"),
        ("g", "h"),
    ];
    for operation in ["create", "configure"] {
        for (source, target) in &waits {
            let name = format!("{source}.{operation}");
            let role = roles
                .iter()
                .find(|role| role.steps.iter().any(|step| step.name == name))
                .unwrap();
            let step = role.steps.iter().find(|step| step.name == name).unwrap();
            let local = step.guards.iter().map(|at| &role.steps[*at as usize].name);
            let remote = step.cues.iter().map(|at| &role.cues[*at as usize].step);
            let target = format!("{target}.{operation}");
            assert!(
                local.chain(remote).any(|guard| *guard == target),
                "{name} waits for {target}"
            );
        }
    }
    let published = place.compile(&[&file, "--out", "published"]);
    assert_eq!(published.code, 0);
    let role = decode(&std::fs::read(place.folder.path().join("published/bsd1.json")).unwrap()).unwrap();
    assert_eq!(role.generation, 1);
}

#[test]
fn the_certificate_is_printed_for_people_and_for_machines() {
    let place = Place::new();
    place.write("app.yaml", &list(&[(0, "a", "x", &[1]), (1, "b", "y", &[])]));
    let said = place.compile(&["app.yaml", "--dry-run", "--certificate"]);
    let (_, certificate) = said.out.split_once("\n\n").unwrap();
    let digest = place.json(&["app.yaml", "--dry-run"])["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        certificate.replace(&digest, "DIGEST"),
        "\
certificate of `app`, woven layered, proved from its role documents
  digest             DIGEST
  guards acyclic     yes, 2 inside hosts and 2 cues between them
  guards exist       yes, each with the digest that is waited for
  one writer a key   yes, 4 state keys on 2 hosts
  steps reachable    all 4, 4 up and 0 down
  longest way up     3 steps, 1 hop over the store
    b.create
    a.create
    a.configure

next: compile without --dry-run to publish it
"
    );
    let json = place.json(&["app.yaml", "--dry-run", "--certificate"]);
    assert_eq!(
        json["certificate"]["longest"]["path"],
        serde_json::json!(["b.create", "a.create", "a.configure"])
    );
    assert_eq!(json["generation"], Value::Null);
    let normative = place.json(&["app.yaml", "--dry-run", "--weave", "normative"]);
    assert_eq!(
        (&normative["weaving"], &normative["longest_path"]["steps"]),
        (&"normative".into(), &4.into())
    );
}

#[test]
fn a_cycle_is_shown_as_its_shortest_path_with_every_place() {
    let place = Place::new();
    place.write(
        "app.yaml",
        &list(&[
            (0, "a", "x", &[1]),
            (1, "b", "y", &[2]),
            (2, "c", "x", &[0]),
            (3, "d", "x", &[0]),
        ]),
    );
    let said = place.compile(&["app.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_eq!(
        said.err,
        "\
error K4001 dependency-cycle

  × dependency cycle: `a` -> `b` -> `c` -> `a`
    ╭─[app.yaml:12:15]
 11 │   deps:
 12 │     - nodes: [1]
    ·               ┬
    ·               ╰── `a` waits for `b`
 13 │ - id: 1
    ╰────
    ╭─[app.yaml:24:15]
 23 │   deps:
 24 │     - nodes: [2]
    ·               ┬
    ·               ╰── `b` waits for `c`
 25 │ - id: 2
    ╰────
    ╭─[app.yaml:36:15]
 35 │   deps:
 36 │     - nodes: [0]
    ·               ┬
    ·               ╰── `c` waits for `a`
 37 │ - id: 3
    ╰────
  note: none of these nodes could ever start: each waits for the next
  help: remove one of these requirements, or let two of the nodes become one

1 error in 1 file
"
    );
}

#[test]
fn places_are_followed_and_unknown_nodes_are_named() {
    let place = Place::new();
    place.write(
        "app.yaml",
        &list(&[(0, "web1", "x", &[]), (1, "web2", "x", &[]), (2, "db", "x", &[])]),
    );
    let json = place.json(&[
        "app.yaml",
        "--dry-run",
        "--place",
        "web*=h1",
        "--place",
        "web2=h2",
    ]);
    assert_eq!(json["hosts"], serde_json::json!(["h1", "h2", "x"]));
    let said = place.compile(&["app.yaml", "--place", "wep1=h", "--place", "z?=h"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert_eq!(
        said.err,
        "\
error: `--place wep1=h`: there is no node `wep1`
  help: did you mean `web1`?
error: `--place z?=h`: the pattern fits no node
  help: `*` stands for any run of characters, `?` for one
"
    );
    let said = place.compile(&["app.yaml", "--place", "web1"]);
    assert!(
        said.code == 2 && said.err.contains("is not of the form NODE=HOST"),
        "{}",
        said.err
    );
}

const SCRIPTED: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3
topology_template:
  inputs:
    version: { type: string }
    port: { type: integer, default: 80 }
  node_templates:
    server:
      type: tosca.nodes.Compute
    web:
      type: tosca.nodes.SoftwareComponent
      requirements:
        - host: server
      interfaces:
        Standard:
          operations:
            create:
              implementation: scripts/install.sh
              inputs:
                version: { get_input: version }
                port: { get_input: port }
";

#[test]
fn scripts_travel_by_digest_and_inputs_are_evaluated() {
    let place = Place::new();
    place
        .write("sub/app.yaml", SCRIPTED)
        .write("sub/scripts/install.sh", "#!/bin/sh\n");
    let given = ["sub/app.yaml", "--input", "version=1.10"];
    let json = place.json(&given);
    assert_eq!(
        (&json["artifacts"], &json["application"]),
        (&1.into(), &"app".into())
    );
    let roles = place.roles(&given);
    assert_eq!(roles[0].host, "server");
    let step = &roles[0].steps[0];
    assert_eq!(step.inputs["version"], "1.10");
    assert_eq!(step.inputs["port"], 80);
    let khor::topology::Action::Shell(shell) = step.apply.as_ref().unwrap() else {
        panic!("{step:?}")
    };
    assert_eq!(shell.artifact.sha256, khor::role::sha256_hex(b"#!/bin/sh\n"));
    assert_eq!(shell.artifact.size, 10);

    // Another script is another step, and so another generation.
    assert_eq!(place.json(&given)["unchanged"], true);
    place.write("sub/scripts/install.sh", "#!/bin/sh\nexit 0\n");
    assert_eq!(place.json(&given)["generation"], 2);
    assert_ne!(place.roles(&given)[0].steps[0].digest, step.digest);

    place.write("inputs.yaml", "version: 2.0\nport: 8080\n");
    let step = &place.roles(&["sub/app.yaml", "--inputs", "inputs.yaml", "--input", "port=81"])[0].steps[0];
    assert_eq!(
        (&step.inputs["version"], &step.inputs["port"]),
        (&"2.0".into(), &81.into())
    );
}

#[test]
fn a_script_that_is_missing_is_shown_where_it_is_named() {
    let place = Place::new();
    place.write("app.yaml", SCRIPTED);
    let said = place.compile(&["app.yaml", "--input", "version=1"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(
        said.err.contains("no file `scripts/install.sh`") && said.err.contains("1 error in 1 file"),
        "{}",
        said.err
    );
    place.write("scripts/install.sh/inside", "");
    let said = place.compile(&["app.yaml", "--input", "version=1"]);
    assert!(
        said.code == 1 && said.err.contains("1 error in 1 file"),
        "{}",
        said.err
    );

    let said = place.compile(&["app.yaml", "--input", "version=1", "--format", "json"]);
    let json: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &json["summary"]["errors"]), (1, &1.into()));
}

#[test]
fn a_node_without_a_host_is_told_how_to_get_one() {
    let place = Place::new();
    let homeless = SCRIPTED.replace("      requirements:\n        - host: server\n", "");
    place.write("app.yaml", &homeless).write("scripts/install.sh", "");
    let said = place.compile(&["app.yaml", "--input", "version=1"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains("`web` has operations, but no host to run them on"),
        "{}",
        said.err
    );
    assert!(said.err.contains("--place web=HOST"), "{}", said.err);
    assert_eq!(
        place
            .compile(&["app.yaml", "--input", "version=1", "--place", "web=h"])
            .code,
        0
    );
}

#[test]
fn what_cannot_be_used_ends_with_two() {
    let place = Place::new();
    place
        .write("app.yaml", &list(&[(0, "a", "x", &[])]))
        .write("inputs.yaml", "- a\n");
    for (arguments, says) in [
        (&["missing.yaml"][..], "missing.yaml"),
        (&["."], "a directory"),
        (
            &["app.yaml", "--store", "memory:"],
            "a memory store ends with this process",
        ),
        (&["app.yaml", "--store", "sqlit:x"], "did you mean `sqlite:PATH`?"),
        (&["app.yaml", "--app", "a/b"], "try `a-b`"),
        (&["app.yaml", "--input", "x"], "NAME=VALUE"),
        (
            &["app.yaml", "--out", "app.yaml", "--dry-run"],
            "cannot write `app.yaml`",
        ),
        (&["app.yaml", "--inputs", "none.yaml"], "none.yaml"),
    ] {
        let said = place.compile(arguments);
        assert_eq!(
            (said.code, said.out.as_str()),
            (2, ""),
            "{arguments:?}: {}",
            said.err
        );
        assert!(said.err.contains(says), "{arguments:?}: {}", said.err);
    }
    assert_eq!(place.compile(&["app.yaml", "--inputs", "inputs.yaml"]).code, 1);
}

#[test]
fn every_sample_compiles() {
    let place = Place::new();
    for file in [
        "khoreia/topology.yaml",
        "tosca/eight-nodes.yaml",
        "tosca/web/web.tosca.yaml",
    ] {
        let json = place.json(&[&sample(file)]);
        assert_eq!(
            (&json["generation"], json["hosts"].as_array().unwrap().len()),
            (&1.into(), 2),
            "{file}"
        );
    }
    let same = ["khoreia/topology.yaml", "tosca/eight-nodes.yaml"].map(|file| {
        let mut steps: Vec<String> = place
            .roles(&[&sample(file), "--weave", "layered"])
            .into_iter()
            .flat_map(|role| {
                role.steps
                    .into_iter()
                    .map(move |step| format!("{} {}", role.host, step.name))
            })
            .collect();
        steps.sort();
        steps
    });
    assert_eq!(same[0], same[1], "the two eight-node samples are one application");
}

/// A TOSCA template with one file, and whatever stands in the lines given.
fn template(imports: &str, node: &str) -> String {
    format!(
        "tosca_definitions_version: tosca_simple_yaml_1_3\nimports:\n  - khor:1.0\n{imports}topology_template:\n  \
         node_templates:\n    motd:\n      type: khor.nodes.File\n      metadata: {{ khor.host: h }}\n      \
         properties:\n        path: /etc/motd\n{node}"
    )
}

#[test]
fn comments_and_settings_count_as_for_lint() {
    let place = Place::new();
    place.write("app.yaml", &template("", "        contents: hello\n"));
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert!(said.code == 1 && said.err.contains("K2010"), "{}", said.err);

    let allowed = template("", "        contents: hello   # khor: allow(unknown-property)\n");
    place.write("app.yaml", &allowed);
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));

    place.write("app.yaml", &template("", "        contents: hello\n"));
    place.write("khor.toml", "[lint]\nwarn = [\"unknown-property\"]\n");
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert!(
        said.code == 0 && said.err.contains("warning K2010"),
        "{}",
        said.err
    );
    place.write(
        "khor.toml",
        "[lint]\nwarn = [\"unknown-property\"]\ndeny = [\"warnings\"]\n",
    );
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert!(said.code == 1 && said.err.contains("error K2010"), "{}", said.err);
    place.write("khor.toml", "[lint]\nwarm = []\n");
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert!(
        said.code == 1 && said.err.contains("did you mean `warn`?"),
        "{}",
        said.err
    );
}

#[test]
fn what_cannot_be_compiled_is_told_whatever_is_allowed() {
    let place = Place::new();
    place.write(
        "khor.toml",
        "[lint]\nallow = [\"dependency-cycle\", \"unsupported-version\", \"no-host\"]\n",
    );
    place.write("app.yaml", &list(&[(0, "a", "x", &[1]), (1, "b", "y", &[0])]));
    let said = place.compile(&["app.yaml"]);
    assert!(said.code == 1 && said.err.contains("error K4001"), "{}", said.err);
    place.write(
        "app.yaml",
        "tosca_definitions_version: tosca_1\ntopology_template: {}\n",
    );
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert!(said.code == 1 && said.err.contains("error K2002"), "{}", said.err);
    place.write("khor.toml", "[lint]\nallow = [\"wrong-kind\"]\n");
    place
        .write("inputs.yaml", "- a\n")
        .write("app.yaml", &template("", ""));
    let said = place.compile(&["app.yaml", "--dry-run", "--inputs", "inputs.yaml"]);
    assert!(
        said.code == 1
            && said
                .err
                .contains("it is allowed, but nothing can be compiled with it"),
        "{} {}",
        said.out,
        said.err
    );
}

#[test]
fn urls_mean_what_khor_toml_says_from_an_archive_too() {
    let place = Place::new();
    let types = "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ khor:1.0 ]\nnode_types:\n  \
                 Motd: { derived_from: khor.nodes.File }\n";
    let app = template("  - https://example.com/types.yaml\n", "").replace("khor.nodes.File", "Motd");
    place.write("app.yaml", &app).write("vendor/types.yaml", types);
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert!(said.code == 1 && said.err.contains("K2008"), "{}", said.err);
    assert!(!said.err.contains("K2001"), "{}", said.err);
    place.write(
        "khor.toml",
        "[imports]\n\"https://example.com/types.yaml\" = \"vendor/types.yaml\"\n",
    );
    let said = place.compile(&["app.yaml", "--dry-run"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));

    let pack = |definitions: &str| {
        let file = std::fs::File::create(place.folder.path().join("app.csar")).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        zip.start_file("app.yaml", zip::write::SimpleFileOptions::default())
            .unwrap();
        std::io::Write::write_all(&mut zip, definitions.as_bytes()).unwrap();
        zip.finish().unwrap();
    };
    let named = app.replace(
        "imports:",
        "metadata: { template_name: a, template_version: 1.0.0 }\nimports:",
    );
    pack(&named);
    let said = place.compile(&["app.csar", "--dry-run"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    // The disk is open to what is mapped, not to the archive.
    pack(&named.replace("https://example.com/types.yaml", "../vendor/types.yaml"));
    let said = place.compile(&["app.csar", "--dry-run"]);
    assert!(said.code == 1 && said.err.contains("K2003"), "{}", said.err);
}
