//! The same with the real binary, on sqlite: processes that are killed, asked to end, and started twice.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{DEADLINE, wait_until};

/// The sample, a store, and a folder for everything.
struct Stage {
    folder: Utf8PathBuf,
    _temporary: tempfile::TempDir,
}

/// A running agent with what it logs. Killed when dropped.
struct Process {
    child: Child,
    log: Receiver<String>,
}

impl Stage {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Self {
            folder: Utf8Path::from_path(temporary.path()).unwrap().to_owned(),
            _temporary: temporary,
        }
    }

    fn khor(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_khor"));
        command
            .args(arguments)
            .env("KHOR_STORE", format!("sqlite:{}/store.db", self.folder))
            .env("KHOR_STATE", self.folder.join("state"))
            .env("NO_COLOR", "1")
            .env_remove("KHOR_LOG");
        command
    }

    fn compile(&self) {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/khoreia/topology.yaml");
        let output = self.khor(&["compile", sample]).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn agent(&self, host: &str) -> Process {
        self.agent_with(host, &[])
    }

    fn agent_with(&self, host: &str, more: &[&str]) -> Process {
        let root = self.folder.join("root");
        let mut command = self.khor(&["agent", "--host", host, "--root", root.as_str()]);
        command.args(more);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Process { child, log }
    }

    fn converged(&self) {
        let output = self.khor(&["status", "--wait", "30"]).output().unwrap();
        let table = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{table}");
    }

    /// Some file that the host has made.
    fn a_file(&self, host: &str) -> Utf8PathBuf {
        fn files(folder: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
            for entry in folder.read_dir_utf8().unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    files(entry.path(), found);
                } else {
                    found.push(entry.into_path());
                }
            }
        }
        let mut found = Vec::new();
        files(&self.folder.join("root").join(host), &mut found);
        found.sort();
        found.swap_remove(0)
    }
}

impl Process {
    /// Waits until it logs a line with these words.
    fn says(&self, words: &str) {
        loop {
            match self.log.recv_timeout(DEADLINE) {
                Ok(line) if line.contains(words) => return,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => panic!("it never says `{words}`"),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without saying `{words}`"),
            }
        }
    }

    /// Asks it to end and gives its exit code.
    fn ends_by(&mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn agents_converge_heal_and_survive_kill_9() {
    for order in [["bsd1", "chromebook"], ["chromebook", "bsd1"]] {
        let stage = Stage::new();
        stage.compile();
        let mut first = stage.agent(order[0]);
        first.says(&format!("agent of {} ready", order[0]));
        let second = stage.agent(order[1]);
        second.says(&format!("agent of {} ready", order[1]));
        stage.converged();
        let file = stage.a_file(order[0]);
        std::fs::remove_file(&file).unwrap();
        wait_until("the file comes back", || file.exists());
        first.child.kill().unwrap();
        first.child.wait().unwrap();
        std::fs::remove_file(&file).unwrap();
        let first = stage.agent(order[0]);
        first.says("ready");
        wait_until("the file comes back after kill -9", || file.exists());
        stage.converged();
    }
}

#[test]
fn term_and_int_end_an_agent_in_good_order() {
    let stage = Stage::new();
    stage.compile();
    let _chromebook = stage.agent("chromebook");
    for signal in [Signal::TERM, Signal::INT] {
        let mut bsd1 = stage.agent("bsd1");
        bsd1.says("ready");
        stage.converged();
        assert_eq!(bsd1.ends_by(signal), Some(0));
        // The host was given back: status sees at once that nobody plays it.
        let status = stage.khor(&["status", "--check"]).output().unwrap();
        assert_eq!(status.status.code(), Some(1));
    }
}

#[test]
fn a_second_agent_of_a_host_says_so_and_waits() {
    let stage = Stage::new();
    stage.compile();
    let mut first = stage.agent("bsd1");
    first.says("ready");
    let same_state = stage.agent("bsd1");
    same_state.says("another agent of bsd1 uses the state directory");
    let elsewhere = stage.folder.join("other");
    let other_state = stage.agent_with("bsd1", &["--state", elsewhere.as_str()]);
    other_state.says("waiting until it is gone");
    drop(same_state);
    assert_eq!(first.ends_by(Signal::TERM), Some(0));
    other_state.says("ready");
}

#[test]
fn an_agent_that_waits_for_its_host_ends_when_asked_to() {
    let stage = Stage::new();
    let first = stage.agent("bsd1");
    first.says("ready");
    let mut second = stage.agent("bsd1");
    second.says("another agent");
    assert_eq!(second.ends_by(Signal::TERM), Some(0));
}

#[test]
fn the_log_can_be_json() {
    let stage = Stage::new();
    let agent = stage.agent_with("bsd1", &["--log-format", "json"]);
    let line = agent.log.recv_timeout(DEADLINE).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["level"], "info");
    assert_eq!(line["message"], "agent of bsd1 ready");
}

#[test]
fn wrong_usage_is_said_with_exit_code_2() {
    let stage = Stage::new();
    for (arguments, says) in [
        (["--store", "memory:"], "nobody could publish to this agent"),
        (["--store", "sqlit:x"], "did you mean `sqlite:PATH`"),
        (["--state", "/dev/null/x"], "cannot use the state directory"),
    ] {
        let mut command = stage.khor(&["agent", "--host", "h"]);
        let output = command.args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(says), "{error}");
    }
}

/// A look that began before a do, and is told after it, is no drift.
#[test]
fn nothing_that_was_seen_before_a_do_counts_after_it() {
    let stage = Stage::new();
    let list = (0..200).map(|id| {
        let file = format!("{{file: {{path: /many/n{id}}}}}");
        format!(
            "- {{id: {id}, name: n{id}, target: h, interfaces: {{create: {{check: {file}, do: {file}}}}}}}\n"
        )
    });
    let topology = stage.folder.join("many.yaml");
    std::fs::write(&topology, list.collect::<String>()).unwrap();
    let root = stage.folder.join("try");
    let arguments = [
        "up",
        topology.as_str(),
        "--once",
        "--timeout",
        "30",
        "--root",
        root.as_str(),
    ];
    let output = stage.khor(&arguments).env_remove("KHOR_STORE").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("no longer holds"), "{text}");
}

#[test]
fn up_plays_all_hosts_and_says_how_it_went() {
    let stage = Stage::new();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/khoreia/topology.yaml");
    let root = stage.folder.join("try");
    let arguments = ["up", sample, "--once", "--timeout", "30", "--root", root.as_str()];
    let output = stage.khor(&arguments).env_remove("KHOR_STORE").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert_eq!(
        text.lines().filter(|line| line.ends_with("  reached")).count(),
        16,
        "{text}"
    );
    assert!(text.contains("16 of 16 steps reached"), "{text}");
    // A file stands where a directory is needed: it cannot be done, and the time is over.
    let root = stage.folder.join("bad");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("bsd1"), "in the way").unwrap();
    let arguments = ["up", sample, "--once", "--timeout", "1", "--root", root.as_str()];
    let output = stage.khor(&arguments).env_remove("KHOR_STORE").output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
