//! Playbooks as implementations, played by the real `ansible-playbook`: one in PATH, or the one that `make ansible` puts
//! into `target/ansible`. Where there is neither, the tests that need it say so and skip.

mod support;

use std::fs;

use support::ansible::ansible;
use support::khor::khor;
use tempfile::TempDir;

const HEAD: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
  node_templates:
    server: { type: tosca.nodes.Compute, metadata: { khor.host: h1 } }
    app:
      type: khor.nodes.Service
      requirements: [ host: server ]
";

struct World(TempDir);

impl World {
    fn new(app: &str, files: &[(&str, &str)]) -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        fs::write(
            world.path("app.yaml"),
            format!("{HEAD}{app}").replace("FOLDER", &world.path("")),
        )
        .unwrap();
        for (name, text) in files {
            fs::write(world.path(name), text).unwrap();
        }
        world
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Plays it once, with this folder first in PATH, or alone. Tells whether it is up.
    fn up(&self, folder: &str, alone: bool, seconds: &str) -> bool {
        let rest = std::env::var("PATH").unwrap();
        let path = if alone {
            folder.to_owned()
        } else {
            format!("{folder}:{rest}")
        };
        let output = khor()
            // As services of machines are started.
            .env("LC_ALL", "C")
            .args([
                "up",
                &self.path("app.yaml"),
                "--app",
                "app",
                "--once",
                "--timeout",
                seconds,
            ])
            .args(["--store", &self.store(), "--state", &self.path("state")])
            .env("PATH", path)
            .output()
            .unwrap();
        output.status.success()
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.path("store.db"))
    }

    fn why(&self, step: &str) -> String {
        let output = khor()
            .args(["why", "app", step, "--store", &self.store()])
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }
}

#[test]
fn a_playbook_gets_its_inputs_checks_and_gives_outputs() {
    let Some(folder) = ansible("a_playbook_gets_its_inputs_checks_and_gives_outputs") else {
        return;
    };
    let app = r#"      artifacts:
        site: { type: khor.artifacts.Ansible, file: site.yml }
      interfaces:
        Standard:
          operations:
            create:
              implementation: site
              inputs:
                dest: FOLDERmade
                greeting: hello
                odd: "{{ nothing }} {% if %}"
                ports: [ 80, 443 ]
                tls: { on: true, no name: "{{ x }}" }
        Check:
          operations:
            create: { implementation: check.yaml, inputs: { dest: FOLDERmade } }
"#;
    let site = r#"- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        dest: "{{ dest }}"
        content: "{{ greeting }} {{ ports | join('+') }} {{ tls.on }} {{ odd }} {{ tls['no name'] }}\n"
    - ansible.builtin.copy:
        dest: "{{ lookup('env', 'KHOR_OUTPUT') }}"
        content: "{{ {'made': dest, 'self': lookup('env', 'SELF')} | to_json }}"
"#;
    let check = r#"- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.stat: { path: "{{ dest }}" }
      register: found
    - ansible.builtin.assert:
        that: found.stat.exists
        fail_msg: it was not made yet
"#;
    let world = World::new(app, &[("site.yml", site), ("check.yaml", check)]);
    let is_up = world.up(folder.to_str().unwrap(), false, "120");
    assert!(is_up, "{}", world.why("app.create"));
    assert_eq!(
        fs::read_to_string(world.path("made")).unwrap(),
        "hello 80+443 True {{ nothing }} {% if %} {{ x }}\n",
        "values are no expressions"
    );
    // Variables are not left lying about.
    let left = fs::read_dir(world.path("state/hosts/h1/app/running"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let state = runtime.block_on(async {
        use khor::store::Store;
        let store = khor::store::AnyStore::open(&world.store()).await.unwrap();
        let key = khor::role::keys::state("app", "h1", "app.create");
        store.get(&key).await.unwrap().unwrap().value
    });
    let state: khor::role::StepState = serde_json::from_slice(&state).unwrap();
    assert_eq!(state.outputs["made"], world.path("made"));
    assert_eq!(state.outputs["self"], "app");
}

#[test]
fn a_playbook_that_fails_says_why() {
    let Some(folder) = ansible("a_playbook_that_fails_says_why") else {
        return;
    };
    let app = "      interfaces: { Standard: { operations: { create: fail.yml, configure: broken.yml } } }\n";
    let fail =
        "- hosts: all\n  gather_facts: false\n  tasks: [ { ansible.builtin.fail: { msg: no licence } } ]\n";
    let world = World::new(
        app,
        &[("fail.yml", fail), ("broken.yml", "- hosts: all\n  nosuch: 1\n")],
    );
    assert!(!world.up(folder.to_str().unwrap(), false, "8"));
    let why = world.why("app.create");
    assert!(
        why.contains("`fail.yml` ended with exit status 2: no licence"),
        "{why}"
    );
    fs::write(world.path("fail.yml"), "- hosts: all\n  gather_facts: false\n").unwrap();
    assert!(!world.up(folder.to_str().unwrap(), false, "12"));
    let why = world.why("app.configure");
    assert!(
        why.contains("`broken.yml` ended with exit status 4: ") && why.contains("nosuch"),
        "{why}"
    );
}

/// Ansible runs its tasks in sessions of their own, where signals to its process group do not come.
#[test]
fn a_playbook_that_takes_too_long_is_ended_with_its_tasks() {
    let Some(folder) = ansible("a_playbook_that_takes_too_long_is_ended_with_its_tasks") else {
        return;
    };
    let app = r"      interfaces:
        Standard:
          operations:
            create:
              implementation: { primary: slow.yml, timeout: 10 }
              inputs: { dest: FOLDERpid }
";
    let slow = r#"- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.shell: { cmd: "echo $$ >{{ dest }}; exec sleep 600", creates: "{{ dest }}" }
"#;
    let world = World::new(app, &[("slow.yml", slow)]);
    // The second time it has nothing to do.
    assert!(world.up(folder.to_str().unwrap(), false, "120"));
    let pid = fs::read_to_string(world.path("pid")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    support::wait_until("the task is gone", || {
        rustix::process::test_kill_process(pid).is_err()
    });
}

#[test]
fn a_host_without_ansible_says_what_to_do() {
    let app = "      interfaces: { Standard: { operations: { create: site.yml } } }\n";
    let world = World::new(app, &[("site.yml", "- hosts: all\n")]);
    assert!(!world.up(&world.path("nothing"), true, "3"));
    let why = world.why("app.create");
    assert!(
        why.contains("`site.yml` is a playbook, and `ansible-playbook` is not on this host; install Ansible"),
        "{why}"
    );
}
