//! What several test files share: real etcd members, and waiting with a deadline.

#![allow(dead_code, reason = "no test file uses all of it")]

pub mod ansible;
pub mod khor;
pub mod place;
pub mod reading;
pub mod scripted;
pub mod world;

use std::fmt::Write as _;
use std::future::Future;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a test waits for what must happen. Far more than it ever takes: it only ends tests that fail.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// What `work` gives, or a panic that says what was waited for.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(DEADLINE, work).await else {
        panic!("waited {DEADLINE:?} for {what}");
    };
    value
}

/// Waits until `holds`, looking every few milliseconds; panics after the deadline.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < DEADLINE, "waited {DEADLINE:?} for {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// Says that a test has nothing to do here, past the harness, which keeps what a passing test prints to itself.
pub fn say_skipped(test: &str, why: &str) {
    let words = format!("{test}: SKIPPED, {why}\n");
    let _ = std::io::stderr().write_all(words.as_bytes());
}

/// A TCP port of this machine that nobody uses now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

/// One etcd member in a directory of its own; killed when dropped.
pub struct Member {
    name: String,
    directory: PathBuf,
    /// Where clients reach it.
    pub port: u16,
    peer_port: u16,
    cluster: String,
    flags: Vec<String>,
    child: Option<Child>,
}

impl Member {
    fn new(name: String, directory: &Path, flags: &[&str]) -> Self {
        Self {
            directory: directory.join(&name),
            name,
            port: free_port(),
            peer_port: free_port(),
            cluster: String::new(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            child: None,
        }
    }

    fn peer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.peer_port)
    }

    /// Starts it (again, on the same data), without waiting.
    pub fn start(&mut self) {
        let client = format!("http://127.0.0.1:{}", self.port);
        let peer = self.peer_url();
        let mut command = Command::new("etcd");
        command
            .args(["--name", &self.name, "--data-dir"])
            .arg(&self.directory)
            .args([
                "--listen-client-urls",
                &client,
                "--advertise-client-urls",
                &client,
            ])
            // Without the peer URLs it takes 2379 and 2380.
            .args([
                "--listen-peer-urls",
                &peer,
                "--initial-advertise-peer-urls",
                &peer,
            ])
            .args([
                "--initial-cluster",
                &self.cluster,
                "--initial-cluster-state",
                "new",
            ])
            .args([
                "--logger",
                "zap",
                "--log-level",
                "error",
                "--unsafe-no-fsync",
                "--pre-vote",
            ])
            .args(["--experimental-watch-progress-notify-interval", "1s"])
            .args(&self.flags)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = command.spawn();
        self.child = Some(started.unwrap_or_else(|error| {
            panic!("etcd cannot be started ({error}): these tests use a real one, `make test` installs it")
        }));
    }

    /// Waits until it answers reads, that is, until there is a leader.
    pub fn wait_ready(&mut self) {
        let port = self.port;
        let start = Instant::now();
        while !answers(port) {
            let child = self.child.as_mut().expect("started before");
            if let Some(status) = child.try_wait().expect("a child can be asked") {
                panic!("etcd ended with {status} before it was ready");
            }
            assert!(
                start.elapsed() < DEADLINE,
                "etcd at port {port} is not ready after {DEADLINE:?}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Kills it and starts it again on the same data.
    pub fn restart(&mut self) {
        self.kill();
        self.start();
        self.wait_ready();
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let child = self.child.as_ref().expect("it runs");
        let pid = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(pid, signal).expect("the child is ours");
    }

    /// Freezes it: connections stay open, nothing is answered.
    pub fn freeze(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets a frozen one go on.
    pub fn thaw(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// Forgets its data; the next start begins anew.
    pub fn wipe(&mut self) {
        self.kill();
        std::fs::remove_dir_all(&self.directory).expect("the member had data");
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether the member at `port` says that it is healthy, over plain HTTP.
fn answers(port: u16) -> bool {
    use std::io::{Read as _, Write as _};
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let request = "GET /health HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.contains(r#""health":"true""#)
}

/// One or several etcd members.
pub struct Etcd {
    /// The members.
    pub members: Vec<Member>,
    _directory: TempDir,
}

impl Etcd {
    /// One member, ready.
    pub fn one() -> Self {
        Self::start(1, &[])
    }

    /// Three members, ready.
    pub fn three() -> Self {
        Self::start(3, &[])
    }

    /// `count` members with further `flags`, ready.
    pub fn start(count: usize, flags: &[&str]) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("khor-etcd-")
            .tempdir()
            .expect("a directory");
        let mut members: Vec<_> = (0..count)
            .map(|n| Member::new(format!("n{n}"), directory.path(), flags))
            .collect();
        let mut cluster = String::new();
        for member in &members {
            let comma = if cluster.is_empty() { "" } else { "," };
            let _ = write!(cluster, "{comma}{}={}", member.name, member.peer_url());
        }
        for member in &mut members {
            member.cluster.clone_from(&cluster);
            member.start();
        }
        for member in &mut members {
            member.wait_ready();
        }
        Self {
            members,
            _directory: directory,
        }
    }

    /// `etcd://127.0.0.1:PORT,…`
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self
            .members
            .iter()
            .map(|member| format!("127.0.0.1:{}", member.port))
            .collect();
        format!("etcd://{}", hosts.join(","))
    }

    /// Removes all that khor keeps in it.
    pub fn wipe(&self) {
        self.ctl(&["del", "--prefix", khor::ROOT]);
    }

    /// Runs `etcdctl` on the first member; panics if it fails. What it prints.
    pub fn ctl(&self, arguments: &[&str]) -> String {
        let endpoint = format!("127.0.0.1:{}", self.members[0].port);
        let output = Command::new("etcdctl")
            .env("ETCDCTL_API", "3")
            .args(["--endpoints", &endpoint])
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("etcdctl cannot be started ({error}): `make test` installs it"));
        let says = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "etcdctl {arguments:?}: {says}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
