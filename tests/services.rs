//! The service engine. No machine that tests run on need have services to play with, so systemd's part is played by a
//! program of the tests' own: a `systemctl` that comes first in the agent's PATH, keeps its units in a folder, and writes
//! down what it was asked. A real systemd is started beside it where that can be done (`systemd`); what this machine says
//! is held by the last test.

mod support;
#[path = "services/systemd.rs"]
mod systemd;

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use support::khor::{khor, ok};
use support::wait_until;
use tempfile::TempDir;

/// Keeps units as `NAME.unit`, `NAME.running`, `NAME.enabled` and `NAME.stale` in the folder UNITS.
const SYSTEMCTL: &str = r#"#!/bin/sh
cd UNITS || exit 1
for unit; do :; done
case $1 in show | is-enabled) ;; *) echo "$*" >>calls ;; esac
flag() { if [ -e "$unit.$1" ]; then echo "$2"; else echo "$3"; fi; }
case $1 in
show)
    echo "LoadState=$(flag unit loaded not-found)"
    echo "ActiveState=$(flag running active inactive)"
    echo "NeedDaemonReload=$(flag stale yes no)" ;;
is-enabled) flag enabled enabled disabled ;;
daemon-reload) rm -f ./*.stale ;;
reset-failed) ;;
start | restart)
    if [ -e "$unit.broken" ]; then
        echo "Job for $unit.service failed because the control process exited with error code." >&2
        exit 1
    fi
    : >"$unit.running" ;;
stop) rm -f "$unit.running" ;;
enable) : >"$unit.enabled" ;;
disable) rm -f "$unit.enabled" ;;
*) echo "Unknown command verb $1." >&2; exit 1 ;;
esac
"#;

const APP: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
  node_templates:
    server: { type: tosca.nodes.Compute, metadata: { khor.host: h1 } }
    web:
      type: khor.nodes.SystemService
      properties: { name: web, enabled: true, restart_on: [ CONFIG ] }
      requirements: [ host: server ]
";

/// One host with an agent whose PATH has the tests' `systemctl`.
struct World {
    folder: TempDir,
    agent: Option<Child>,
    /// How many lines of what `systemctl` wrote were read.
    read: Cell<usize>,
}

impl World {
    fn new() -> Self {
        Self::asking(SYSTEMCTL)
    }

    /// A world whose `systemctl` is this script.
    fn asking(systemctl: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self {
            folder,
            agent: None,
            read: Cell::new(0),
        };
        for name in ["bin", "units"] {
            fs::create_dir(world.path(name)).unwrap();
        }
        let program = world.path("bin/systemctl");
        let systemctl = systemctl.replace("UNITS", &world.text("units"));
        fs::write(&program, systemctl).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.text("store.db"))
    }

    /// Compiles the application and starts the agent.
    fn play(&mut self) {
        let app = APP.replace("CONFIG", &self.text("web.conf"));
        fs::write(self.path("app.yaml"), app).unwrap();
        ok(&[
            "compile",
            &self.text("app.yaml"),
            "--app",
            "app",
            "--store",
            &self.store(),
        ]);
        let path = format!("{}:{}", self.text("bin"), std::env::var("PATH").unwrap());
        let agent = khor()
            .args(["agent", "--host", "h1", "--store", &self.store(), "--state"])
            .arg(self.path("state"))
            .env("PATH", path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.agent = Some(agent);
    }

    fn has(&self, unit: &str) -> bool {
        self.path("units").join(unit).exists()
    }

    /// What `systemctl` was told to do since the last time.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("units/calls")).unwrap_or_default();
        // The last line may not be whole yet.
        let calls: Vec<_> = calls
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .collect();
        let new = &calls[self.read.replace(calls.len())..];
        new.iter()
            .map(|line| line.trim_end().replace("--no-ask-password -- ", ""))
            .collect()
    }

    /// Waits until `systemctl` was told to do the last of these, and asks that it was told to do all of them and nothing
    /// else.
    fn until_calls(&self, wanted: &[&str]) {
        let mut calls = Vec::new();
        wait_until(&format!("{wanted:?}"), || {
            calls.extend(self.calls());
            calls.len() >= wanted.len()
        });
        assert_eq!(calls, wanted);
    }

    /// What `khor why` says of the step once it fails for this reason.
    fn until_failing(&self, reason: &str) -> String {
        let mut said = String::new();
        wait_until(reason, || {
            let why = khor()
                .args(["why", "app", "web.start", "--store", &self.store()])
                .output();
            said = String::from_utf8(why.unwrap().stdout).unwrap();
            said.contains("failing") && said.contains(reason)
        });
        said
    }

    fn until_reached(&self) {
        wait_until("all is reached", || {
            let status = khor()
                .args(["status", "app", "--check", "--store", &self.store()])
                .output();
            status.unwrap().status.success()
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(agent) = &mut self.agent {
            let _ = agent.kill();
            let _ = agent.wait();
        }
    }
}

#[test]
fn a_service_is_started_mended_restarted_and_ended() {
    let mut world = World::new();
    fs::write(world.path("units/web.unit"), "").unwrap();
    fs::write(world.path("web.conf"), "port 80").unwrap();
    world.play();
    world.until_calls(&["enable web", "reset-failed -- web", "start web"]);
    world.until_reached();
    // It dies.
    fs::remove_file(world.path("units/web.running")).unwrap();
    world.until_calls(&["reset-failed -- web", "start web"]);
    world.until_reached();
    // Its configuration changes.
    fs::write(world.path("web.conf"), "port 81").unwrap();
    world.until_calls(&["restart web"]);
    world.until_reached();
    // What has no end is no content.
    fs::remove_file(world.path("web.conf")).unwrap();
    let made = Command::new("mkfifo").arg(world.path("web.conf")).status();
    assert!(made.unwrap().success());
    world.until_calls(&["restart web"]);
    world.until_reached();
    // Its unit file changes.
    fs::write(world.path("units/web.stale"), "").unwrap();
    world.until_calls(&["daemon-reload", "restart web"]);
    world.until_reached();
    // Somebody disables it.
    fs::remove_file(world.path("units/web.enabled")).unwrap();
    world.until_calls(&["enable web"]);
    world.until_reached();
    ok(&["teardown", "app", "--wait", "60", "--store", &world.store()]);
    assert_eq!(world.calls(), ["stop web", "disable web"]);
    assert!(!world.has("web.running") && !world.has("web.enabled"));
}

#[test]
fn what_runs_already_is_left_running_and_what_fails_says_why() {
    let mut world = World::new();
    for file in ["web.unit", "web.running", "web.enabled"] {
        fs::write(world.path("units").join(file), "").unwrap();
    }
    world.play();
    // With what it was started nobody knows.
    world.until_calls(&["restart web"]);
    world.until_reached();
    fs::write(world.path("units/web.broken"), "").unwrap();
    fs::remove_file(world.path("units/web.running")).unwrap();
    let said = world.until_failing("`systemctl start web` ended with exit status 1");
    assert!(
        said.contains("Job for web.service failed because the control process"),
        "{said}"
    );
    fs::remove_file(world.path("units/web.broken")).unwrap();
    world.until_reached();
}

#[test]
fn a_service_that_is_not_there_is_told() {
    let mut world = World::new();
    world.play();
    world.until_failing("there is no service `web` on this host; install it first");
    // Somebody installs it.
    fs::write(world.path("units/web.unit"), "").unwrap();
    world.until_reached();
}

/// What this very machine says: under systemd it knows no such unit, else the engine says what it lacks.
#[test]
fn the_machine_itself_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(
        path("app.yaml"),
        APP.replace("name: web", "name: khor-no-such-unit")
            .replace("CONFIG", "/x"),
    )
    .unwrap();
    let store = format!("sqlite:{}", path("store.db"));
    let up = |more: &[&str]| {
        let mut command = khor();
        command.args(["up", &path("app.yaml"), "--app", "app", "--store", &store]);
        command
            .args(["--state", &path("state"), "--once", "--timeout", "3"])
            .args(more);
        command.output().unwrap();
        let why = khor()
            .args(["why", "app", "web.start", "--store", &store])
            .output();
        String::from_utf8(why.unwrap().stdout).unwrap()
    };
    let said = up(&[]);
    let wanted = if PathBuf::from("/run/systemd/system").exists() {
        "there is no service `khor-no-such-unit` on this host"
    } else if khor_finds("systemctl") {
        "this system has `systemctl`, but does not run under systemd"
    } else {
        "this host has no service manager that khor knows"
    };
    assert!(said.contains(wanted), "{said}");
    let said = up(&["--root", &path("root")]);
    assert!(
        said.contains("services are those of the machine itself"),
        "{said}"
    );
}

fn khor_finds(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}
