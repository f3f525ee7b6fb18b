//! The real binary: runs to an end, or agents that are killed when the test ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Instant;

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
    lines: mpsc::Receiver<String>,
    said: Vec<String>,
}

impl Agent {
    /// Starts the agent of `host`: its files under `folder/root/HOST`, its state under `folder/state-HOST`.
    pub fn start(host: &str, store: &str, folder: &Path) -> Self {
        let mut command = khor();
        command.args(["agent", "--host", host, "--store", store]);
        command
            .arg("--state")
            .arg(folder.join(format!("state-{host}")))
            .arg("--root")
            .arg(folder.join("root"));
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("khor can be started");
        let (sender, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        std::thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits until it has said a line that contains `words`.
    pub fn says(&mut self, words: &str) {
        let end = Instant::now() + DEADLINE;
        while !self.said.iter().any(|line| line.contains(words)) {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|error| {
                panic!(
                    "the agent never said `{words}` ({error}), but:\n{}",
                    self.said.join("\n")
                )
            });
            self.said.push(line);
        }
    }

    /// Waits until it is registered and watches.
    pub fn ready(&mut self) {
        self.says("ready");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
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
