//! A real systemd, which is no process of this machine's own: a user manager in namespaces and control groups of its own,
//! with its units in the world's folder. It takes root and `unshare`; where it does not come up, that is said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::World;
use super::support::khor::ok;
use super::support::{say_skipped, wait_until};

/// Asks the manager of the world's folder, which only talks with those whose number it can see. It must find itself on a
/// machine that runs under systemd, or it does part of the work itself.
const SYSTEMCTL: &str = "#!/bin/sh
export XDG_RUNTIME_DIR=UNITS HOME=UNITS
exec nsenter --mount=UNITS/mount --pid=UNITS/pid REAL --user \"$@\"
";
/// Starts it: not as the first process of its namespace, which is what a machine's own is. It goes by /run, so that is its
/// own too. A control group that takes no process (cpuset) is none that it needs.
const START: &str = r#"
for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ -e "$tree/cgroup.procs" ] && mkdir "$tree/$GROUP" && echo $$ >"$tree/$GROUP/cgroup.procs"
done 2>/dev/null
mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system || exit 1
"$SYSTEMD" --user --unit=basic.target &
wait
"#;
/// How long it may take to come up, before this machine counts as one on which it does not.
const PATIENCE: Duration = Duration::from_secs(20);

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/lib/systemd".into(), "/usr/lib/systemd".into()]);
    folders.map(|folder| folder.join(name)).find(|path| path.exists())
}

/// It ends, with all its services, when it is dropped.
struct Systemd {
    child: Child,
    group: String,
}

impl Systemd {
    /// Started, and answering; else why not.
    fn start(world: &World) -> Result<Self, String> {
        let program = find("systemd").ok_or("there is no systemd")?;
        let group = format!("khor-test-{}", fastrand::u64(..));
        let units = world.path("units");
        let log = fs::File::create(world.path("systemd.log")).unwrap();
        // It goes with the test, however that ends.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare"])
            .args(["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"])
            .args(["sh", "-c", START])
            .envs([("GROUP", group.as_ref()), ("SYSTEMD", program.as_os_str())])
            .envs([("XDG_RUNTIME_DIR", &units), ("HOME", &units)])
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("setpriv: {error}"))?;
        for (name, of) in [("mount", "mnt"), ("pid", "pid_for_children")] {
            let namespace = format!("/proc/{}/ns/{of}", child.id());
            std::os::unix::fs::symlink(namespace, units.join(name)).unwrap();
        }
        let mut systemd = Self { child, group };
        let begun = Instant::now();
        let is_up = || {
            let state = world.systemctl(&["show", "--property=SystemState", "--value"]);
            state.is_some_and(|state| state == "running")
        };
        while !is_up() {
            let has_ended = systemd.child.try_wait().unwrap().is_some();
            if has_ended || begun.elapsed() > PATIENCE {
                let log = fs::read_to_string(world.path("systemd.log")).unwrap();
                return Err(log.lines().last().unwrap_or("it does not answer").to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(systemd)
    }
}

impl Drop for Systemd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let trees = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten();
        let groups = trees
            .map(|tree| tree.path())
            .chain([PathBuf::from("/sys/fs/cgroup")])
            .map(|tree| tree.join(&self.group));
        for group in groups.filter(|group| group.exists()) {
            // Those that were killed may not be gone yet.
            let begun = Instant::now();
            while !remove(&group) && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// Removes a control group with those below it.
fn remove(group: &Path) -> bool {
    let below = fs::read_dir(group).into_iter().flatten().flatten();
    for entry in below.filter(|entry| entry.path().is_dir()) {
        remove(&entry.path());
    }
    fs::remove_dir(group).is_ok()
}

impl World {
    /// What the manager answers; none if it refuses.
    fn systemctl(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new(self.path("bin/systemctl"))
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| text.trim().to_owned())
    }

    fn write_unit(&self, lines: &str) {
        let text = format!("[Service]\n{lines}\n[Install]\nWantedBy=default.target\n");
        fs::write(self.path("units/systemd/user/web.service"), text).unwrap();
    }

    /// The number of the service's process once it is another one than `old`, and all is reached.
    fn until_other_than(&self, old: &str) -> String {
        let mut pid = String::new();
        wait_until("another process", || {
            pid = self
                .systemctl(&["show", "--property=MainPID", "--value", "web"])
                .unwrap();
            pid != "0" && pid != old
        });
        self.until_reached();
        pid
    }
}

#[test]
fn a_real_systemd_is_understood() {
    let Some(real) = find("systemctl") else {
        return skip("there is no systemctl");
    };
    let mut world = World::asking(&SYSTEMCTL.replace("REAL", real.to_str().unwrap()));
    fs::create_dir_all(world.path("units/systemd/user")).unwrap();
    let _systemd = match Systemd::start(&world) {
        Ok(systemd) => systemd,
        Err(why) => return skip(&why),
    };
    world.play();
    world.until_failing("there is no service `web` on this host");
    world.write_unit("ExecStart=/bin/sleep 600");
    let first = world.until_other_than("");
    let is = |verb: &str| world.systemctl(&[verb, "web"]);
    assert_eq!(is("is-enabled").as_deref(), Some("enabled"));
    // It is killed.
    world.systemctl(&["kill", "--signal=KILL", "web"]).unwrap();
    let second = world.until_other_than(&first);
    // Its configuration changes, then its unit file.
    fs::write(world.path("web.conf"), "port 81").unwrap();
    let third = world.until_other_than(&second);
    world.write_unit("ExecStart=/bin/sleep 601");
    let fourth = world.until_other_than(&third);
    // Nobody tells the manager.
    let link = world.path("units/.config/systemd/user/default.target.wants/web.service");
    fs::remove_file(link).unwrap();
    wait_until("it is enabled again", || is("is-enabled").is_some());
    world.until_reached();
    // It cannot start any more.
    world.write_unit("ExecStartPre=/bin/false\nExecStart=/bin/sleep 601");
    let said = world.until_failing("start web` ended with exit status 1");
    assert!(said.contains("Job for web.service failed because"), "{said}");
    world.write_unit("ExecStart=/bin/sleep 602");
    world.until_other_than(&fourth);
    ok(&["teardown", "app", "--wait", "60", "--store", &world.store()]);
    assert_eq!((is("is-active"), is("is-enabled")), (None, None));
}

fn skip(why: &str) {
    let why = format!("no systemd can be started here: {why}");
    say_skipped("a_real_systemd_is_understood", &why);
}
