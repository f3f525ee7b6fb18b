//! The real binary: runs to an end, or agents that are killed when the test ends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::DEADLINE;

pub use ::khor::role::keys::ROOT;

/// A command of the binary under test, with an environment that says nothing.
pub fn khor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khor"));
    for name in ["KHOR_STORE", "KHOR_STATE", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs `khor` with these arguments to its end.
pub fn run(arguments: &[&str]) -> Output {
    khor().args(arguments).output().expect("khor can be started")
}

/// Runs `khor`, expects exit code 0, and gives what it printed.
pub fn ok(arguments: &[&str]) -> String {
    let output = run(arguments);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "khor {arguments:?}: {}\n{out}{err}",
        output.status
    );
    out.into_owned()
}

/// A running `khor agent`. Dropping it kills it the hard way.
pub struct Agent {
    child: Child,
    log: PathBuf,
}

impl Agent {
    /// Starts the agent of `host`: its files under `folder/root/HOST`, its state under `folder/state-HOST`. It logs to a
    /// file: a reader of a pipe would wake for every line and take its part of the processors.
    pub fn start(host: &str, store: &str, folder: &Path) -> Self {
        Self::start_with(host, store, folder, &[])
    }

    /// The same with these variables in its environment.
    pub fn start_with(host: &str, store: &str, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let log = folder.join(format!("agent-{host}-{}.log", fastrand::u64(..)));
        let mut command = khor();
        command.envs(variables.iter().copied());
        command.args(["agent", "--host", host, "--store", store]);
        command.arg("--state").arg(folder.join(format!("state-{host}")));
        command.arg("--root").arg(folder.join("root"));
        let file = File::create(&log).expect("the folder can be written");
        let child = command
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("khor can be started");
        Self { child, log }
    }

    /// Waits until it is registered and watches.
    pub fn ready(&mut self) {
        self.says(" ready");
    }

    /// Waits until it has logged these words.
    pub fn says(&self, words: &str) {
        let start = Instant::now();
        loop {
            let said = std::fs::read_to_string(&self.log).unwrap_or_default();
            if said.contains(words) {
                return;
            }
            assert!(
                start.elapsed() < DEADLINE,
                "the agent never said `{words}`, but:\n{said}"
            );
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }

    /// Kills it at once, as a crash would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.end();
    }
}
