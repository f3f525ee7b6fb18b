//! The same playbooks and scripts, played by khor as the operations of a topology and by hand with `ansible-playbook` and
//! a shell, in the order that a person would choose: the same files with the same modes, links and contents come of it,
//! and the same outputs, which are attributes that later operations read.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use khor::role::{StepState, keys};
use khor::store::{AnyStore, Store};
use serde_json::{Map, Value, json};
use support::ansible::ansible;
use support::khor::{khor, ok};

/// An operation of a node.
struct Operation {
    node: &'static str,
    name: &'static str,
    /// What implements it, with the files it needs beside itself.
    files: &'static [&'static str],
    /// As JSON. DEST is the folder that all of them work in.
    inputs: &'static str,
}

/// In the order of a person who plays them by hand: a node after those it depends on.
const OPERATIONS: [Operation; 6] = [
    Operation {
        node: "db",
        name: "create",
        files: &["db/create.yml", "db/my.cnf.j2"],
        inputs: r#"{"dest": "DEST", "port": 3306, "tuned": {"cache": 0.5, "log": true, "name": "größer"},
            "databases": ["shop", "stock"]}"#,
    },
    Operation {
        node: "db",
        name: "configure",
        files: &["db/seed.sh"],
        inputs: r#"{"dest": "DEST", "rows": 3, "tables": ["a", "b"]}"#,
    },
    Operation {
        node: "db",
        name: "start",
        files: &["db/start.py"],
        inputs: r#"{"dest": "DEST", "limits": {"connections": 10}}"#,
    },
    Operation {
        node: "web",
        name: "create",
        files: &["web/create.yml"],
        inputs: r#"{"dest": "DEST", "sites": [{"name": "one", "port": 8080}, {"name": "two", "port": 8081}],
            "upstreams": {"get_attribute": ["db", "databases"]}, "upstream_port": {"get_attribute": ["db", "port"]}}"#,
    },
    Operation {
        node: "web",
        name: "configure",
        files: &["web/configure.yaml"],
        inputs: r#"{"dest": "DEST", "secret": "s3cret: \"quoted\" $HOME 'x' \\ line\nnext", "empty": "", "nothing": []}"#,
    },
    Operation {
        node: "web",
        name: "start",
        files: &["web/start"],
        inputs: r#"{"dest": "DEST", "greeting": "hello, wörld", "url": {"get_attribute": ["db", "url"]},
            "all": {"get_attribute": ["db", "databases"]}}"#,
    },
];

/// Attributes that are outputs of the topology, by node and name.
const OUTPUTS: [(&str, &str); 4] = [
    ("db", "databases"),
    ("db", "port"),
    ("db", "url"),
    ("web", "words"),
];

const FILES: [(&str, &str); 7] = [
    (
        "db/create.yml",
        r#"- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.file: { path: "{{ dest }}/db/data", state: directory, mode: "0750" }
    - ansible.builtin.template: { src: my.cnf.j2, dest: "{{ dest }}/db/my.cnf", mode: "0640" }
    - ansible.builtin.copy: { dest: "{{ dest }}/db/data/{{ item }}.sql", content: "-- {{ item }}\n", mode: "0600" }
      loop: "{{ databases }}"
    - ansible.builtin.lineinfile: { path: "{{ dest }}/log", line: "db create {{ port + 1 }}", create: true, mode: "0644" }
    - ansible.builtin.copy:
        dest: "{{ lookup('env', 'KHOR_OUTPUT') }}"
        content: "{{ {'port': port, 'databases': databases, 'url': 'db://' ~ tuned.name} | to_json }}"
"#,
    ),
    (
        "db/my.cnf.j2",
        "[mysqld]\nport = {{ port }}\n{% for name, value in tuned.items() %}\n{{ name }} = {{ value }}\n{% endfor %}\n",
    ),
    (
        "db/seed.sh",
        r#"#!/bin/sh -e
for row in $(seq "$rows"); do echo "row $row of $tables" >>"$dest/db/data/rows"; done
chmod 440 "$dest/db/data/rows"
echo "db configure" >>"$dest/log"
echo "rows=$rows" >>"$KHOR_OUTPUT"
"#,
    ),
    (
        "db/start.py",
        r#"import json, os
dest, limits = os.environ["dest"], json.loads(os.environ["limits"])
with open(dest + "/db/limits", "w") as file:
    file.write("%d connections\n" % limits["connections"])
with open(dest + "/log", "a") as file:
    file.write("db start\n")
"#,
    ),
    (
        "web/create.yml",
        r#"- hosts: all
  gather_facts: false
  vars: { root: "{{ dest }}/web" }
  tasks:
    - ansible.builtin.file: { path: "{{ root }}/sites", state: directory, mode: "0755" }
    - ansible.builtin.copy:
        dest: "{{ root }}/sites/{{ item.name }}"
        content: "listen {{ item.port }}; upstream {{ lookup('file', dest ~ '/db/my.cnf') | hash('sha256') }}\n"
        mode: "0644"
      loop: "{{ sites }}"
      notify: reload
    - ansible.builtin.file: { src: "sites/{{ sites[0].name }}", dest: "{{ root }}/default", state: link, force: true }
    - ansible.builtin.copy:
        dest: "{{ root }}/upstreams"
        content: "{% for name in upstreams %}{{ name }}:{{ upstream_port + loop.index }} {% endfor %}"
        mode: "0644"
    - ansible.builtin.lineinfile: { path: "{{ dest }}/log", line: web create }
  handlers:
    - name: reload
      ansible.builtin.copy: { dest: "{{ root }}/reloaded", content: "{{ sites | length }}", mode: "0644" }
"#,
    ),
    (
        "web/configure.yaml",
        r#"- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy: { dest: "{{ dest }}/web/secret", content: "{{ secret }}", mode: "0600" }
    - ansible.builtin.blockinfile:
        path: "{{ dest }}/web/sites/one"
        block: "empty is {{ empty | length }}, nothing is {{ nothing | length }}"
    - ansible.builtin.lineinfile: { path: "{{ dest }}/log", line: web configure }
"#,
    ),
    (
        "web/start",
        "#!/usr/bin/env bash\nset -eu\nwords=($greeting)\necho \"${words[1]} $url $all\" >\"$dest/web/greeting\"\n\
         echo \"web start\" >>\"$dest/log\"\nprintf '{\"words\": %s}' \"${#words[@]}\" >\"$KHOR_OUTPUT\"\n",
    ),
];

/// The topology that has these operations, for what lies in `dest`. JSON is YAML too.
fn topology(dest: &Path) -> String {
    let node = |node: &str, requirements: Value| {
        let operations = OPERATIONS.iter().filter(|operation| operation.node == node);
        let operations = operations.map(|operation| {
            let (primary, beside) = operation.files.split_first().unwrap();
            let body = json!({
                "implementation": { "primary": primary, "dependencies": beside },
                "inputs": inputs(operation, dest),
            });
            (operation.name.to_owned(), body)
        });
        json!({
            "type": "khor.nodes.Service",
            "requirements": requirements,
            "interfaces": { "Standard": { "operations": operations.collect::<Map<_, _>>() } },
        })
    };
    let nodes = json!({
        "web": node("web", json!([{ "host": "server" }, { "dependency": "db" }])),
        "db": node("db", json!([{ "host": "server" }])),
        "server": { "type": "tosca.nodes.Compute", "metadata": { "khor.host": "h1" } },
    });
    let outputs = OUTPUTS.map(|(node, name)| {
        let value = json!({ "value": { "get_attribute": [node, name] } });
        (name.to_owned(), value)
    });
    let outputs = Value::Object(outputs.into_iter().collect());
    format!(
        "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ khor:1.0 ]\ntopology_template:\n  \
         node_templates: {nodes}\n  outputs: {outputs}\n"
    )
}

fn inputs(operation: &Operation, dest: &Path) -> Map<String, Value> {
    let text = operation.inputs.replace("DEST", dest.to_str().unwrap());
    serde_json::from_str(&text).unwrap()
}

type Outputs = BTreeMap<String, Value>;

/// What operations gave, by step, and what all of it gives.
type Given = (BTreeMap<String, Outputs>, Outputs);

/// Plays all by khor.
fn by_khor(folder: &Path, dest: &Path, path: &str) -> Given {
    fs::write(folder.join("app.yaml"), topology(dest)).unwrap();
    let store = format!("sqlite:{}", folder.join("store.db").display());
    let output = khor()
        .args(["up", folder.join("app.yaml").to_str().unwrap(), "--app", "app"])
        .args(["--once", "--timeout", "240", "--store", &store, "--state"])
        .arg(folder.join("state"))
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let by_step = runtime.block_on(async {
        let store = AnyStore::open(&store).await.unwrap();
        let mut by_step = BTreeMap::new();
        for operation in &OPERATIONS {
            let step = format!("{}.{}", operation.node, operation.name);
            let state = store
                .get(&keys::state("app", "h1", &step))
                .await
                .unwrap()
                .unwrap();
            let state: StepState = serde_json::from_slice(&state.value).unwrap();
            by_step.insert(step, state.outputs);
        }
        by_step
    });
    let all = ok(&["outputs", "app", "--format", "json", "--store", &store]);
    let all: Value = serde_json::from_str(&all).unwrap();
    let all = all["outputs"].as_array().unwrap().iter();
    let all = all.map(|output| {
        let name = output["name"].as_str().unwrap();
        (name.to_owned(), output["value"].clone())
    });
    (by_step, all.collect())
}

/// How one of them is run by hand.
fn command(operation: &Operation, inputs: Map<String, Value>, folder: &Path) -> Command {
    let file = operation.files[0];
    let ending = Path::new(file).extension().and_then(|ending| ending.to_str());
    let mut command = if matches!(ending, Some("yml" | "yaml")) {
        let variables = folder.join("variables.json");
        fs::write(&variables, Value::Object(inputs).to_string()).unwrap();
        let mut command = Command::new("ansible-playbook");
        command.args(["-i", "localhost,", "-c", "local"]);
        // The Python that is found on a machine may be none that runs.
        command.args(["-e", "ansible_python_interpreter={{ ansible_playbook_python }}"]);
        command.args(["-e", &format!("@{}", variables.display())]);
        command
    } else {
        let mut command = Command::new(if ending == Some("py") { "python3" } else { "bash" });
        command.envs(inputs.into_iter().map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        }));
        command
    };
    command.arg(folder.join(file));
    command
}

/// What was written to the file of outputs: an object, or lines.
fn outputs(given: &str) -> Outputs {
    let lines = given.lines().filter_map(|line| line.split_once('='));
    let by_lines = lines.map(|(name, value)| (name.to_owned(), value.into()));
    serde_json::from_str(given).unwrap_or_else(|_| by_lines.collect())
}

/// Plays all by hand, in the order of the table, and hands over what one gave to those that ask for it.
fn by_hand(folder: &Path, dest: &Path, path: &str) -> Given {
    let given = folder.join("outputs");
    // By `node.name`.
    let mut attributes = Outputs::new();
    let mut by_step = BTreeMap::new();
    for operation in &OPERATIONS {
        let mut inputs = inputs(operation, dest);
        for input in inputs.values_mut() {
            if let Some(of) = input.get("get_attribute") {
                let key = format!("{}.{}", of[0].as_str().unwrap(), of[1].as_str().unwrap());
                *input = attributes[&key].clone();
            }
        }
        fs::write(&given, "").unwrap();
        let output = command(operation, inputs, folder)
            .env("PATH", path)
            .env("KHOR_OUTPUT", &given)
            .env_remove("LC_ALL")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{:?}: {}{}",
            operation.files,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let gave = outputs(&fs::read_to_string(&given).unwrap());
        for (name, value) in &gave {
            attributes.insert(format!("{}.{name}", operation.node), value.clone());
        }
        by_step.insert(format!("{}.{}", operation.node, operation.name), gave);
    }
    let all = OUTPUTS.map(|(node, name)| {
        let value = attributes[&format!("{node}.{name}")].clone();
        (name.to_owned(), value)
    });
    (by_step, all.into())
}

/// What lies below a folder: by path the mode, and the content or where a link leads.
fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let (path, meta) = {
                let entry = entry.unwrap();
                (entry.path(), entry.metadata().unwrap())
            };
            let what = if meta.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if meta.is_dir() {
                folders.push(path.clone());
                "folder".to_owned()
            } else {
                fs::read_to_string(&path).unwrap()
            };
            let mode = meta.permissions().mode() & 0o7777;
            let name = path.strip_prefix(folder).unwrap().to_owned();
            found.insert(name, format!("{mode:o} {what}"));
        }
    }
    found
}

#[test]
fn the_same_playbooks_make_the_same_files_and_outputs() {
    let Some(own) = ansible("the_same_playbooks_make_the_same_files_and_outputs") else {
        return;
    };
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    for (name, text) in FILES {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let dests = ["khor", "hand"].map(|name| folder.join(name));
    for dest in &dests {
        fs::create_dir(dest).unwrap();
    }
    let outputs = by_khor(folder, &dests[0], &path);
    let wanted = by_hand(folder, &dests[1], &path);
    assert_eq!(outputs, wanted);
    let (made, wanted) = (tree(&dests[0]), tree(&dests[1]));
    assert_eq!(made, wanted);
    // It is no comparison of nothing with nothing.
    assert_eq!(wanted.len(), 17);
    assert_eq!(
        wanted[Path::new("log")],
        "644 db create 3307\ndb configure\ndb start\nweb create\nweb configure\nweb start\n"
    );
    assert_eq!(
        wanted[Path::new("web/greeting")],
        "644 wörld db://größer [\"shop\",\"stock\"]\n"
    );
    assert_eq!(outputs.1["words"], 2);
}
