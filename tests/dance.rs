//! The dance, end to end, with the real binary, real agents and a real etcd: the sample of the 2016 program, which lost
//! at least 3 of 46 runs and always hung when the second host came late.

mod support;

use std::path::{Path, PathBuf};
use std::time::Duration;

use support::khor::{Agent, khor, ok, run};
use support::{Etcd, wait_until};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/khoreia/topology.yaml");

/// The 16 files of the sample: nodes a to e on chromebook, f to h on bsd1.
fn files(folder: &Path) -> Vec<PathBuf> {
    let host = |node: char| if node <= 'e' { "chromebook" } else { "bsd1" };
    ('a'..='h')
        .flat_map(|node| ["create", "configure"].map(|operation| (node, operation)))
        .map(|(node, operation)| {
            folder
                .join("root")
                .join(host(node))
                .join(format!("tmp/khoreia/{node}.{operation}"))
        })
        .collect()
}

fn converged(store: &str) -> bool {
    run(&["status", "--check", "--store", store]).status.code() == Some(0)
}

fn heal_and_crash(store: &str, folder: &Path) {
    ok(&["compile", SAMPLE, "--store", store]);
    let mut first = Agent::start("chromebook", store, folder);
    first.ready();
    // The other host is late: nothing that waits for it is done, nothing hangs, and status names who is missing.
    let late = ok(&["status", "--store", store]);
    assert!(
        late.contains("no agent") && late.contains("waits for f."),
        "{late}"
    );
    let second = Agent::start("bsd1", store, folder);
    ok(&["status", "--wait", "60", "--store", store]);
    for file in files(folder) {
        assert!(file.exists(), "{}", file.display());
    }
    let victim = &files(folder)[4];
    std::fs::remove_file(victim).unwrap();
    wait_until("the deleted file is back", || victim.exists());
    wait_until("status shows the heal", || {
        ok(&["status", "--store", store]).contains("create healed 1 time")
    });
    // A crash in the middle: what was deleted meanwhile is back after the next start.
    first.kill();
    std::fs::remove_file(victim).unwrap();
    let _first = Agent::start("chromebook", store, folder);
    wait_until("a restarted agent heals", || victim.exists());
    wait_until("all is well again", || converged(store));
    drop(second);
}

#[test]
fn on_etcd_files_come_back_and_crashes_are_survived() {
    let etcd = Etcd::one();
    let folder = tempfile::tempdir().unwrap();
    heal_and_crash(&etcd.url(), folder.path());
}

#[test]
fn on_the_embedded_store_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("store.db").display());
    heal_and_crash(&store, folder.path());
}

#[test]
fn etcd_may_stop_and_start() {
    let mut etcd = Etcd::one();
    let (store, folder) = (etcd.url(), tempfile::tempdir().unwrap());
    ok(&["compile", SAMPLE, "--store", &store]);
    let _agents = ["chromebook", "bsd1"].map(|host| Agent::start(host, &store, folder.path()));
    ok(&["status", "--wait", "60", "--store", &store]);
    etcd.members[0].kill();
    let victim = &files(folder.path())[0];
    std::fs::remove_file(victim).unwrap();
    wait_until("healing goes on without the store", || victim.exists());
    let alone = run(&["status", "--store", &store]);
    assert_eq!(alone.status.code(), Some(2), "status needs the store");
    assert!(String::from_utf8_lossy(&alone.stderr).contains("cannot be reached"));
    etcd.members[0].restart();
    wait_until("the heal is told once the store is back", || {
        let output = run(&["status", "--check", "--store", &store]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success() && text.contains("create healed")
    });
}

#[test]
fn two_hundred_runs_with_agents_that_come_at_random_moments() {
    let runs: u64 = std::env::var("KHOR_DANCES")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(200);
    let etcd = Etcd::one();
    let store = etcd.url();
    let mut random = fastrand::Rng::with_seed(runs);
    for turn in 0..runs {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("dance-{turn}");
        let publish = || ok(&["compile", SAMPLE, "--store", &store, "--app", &name]);
        let mut hosts = ["chromebook", "bsd1"];
        random.shuffle(&mut hosts);
        // The topology, too, comes before, between or after the agents.
        let moment = random.usize(0..3);
        let mut agents = Vec::new();
        for (at, host) in hosts.into_iter().enumerate() {
            if at == moment {
                publish();
            }
            agents.push(Agent::start(host, &store, folder.path()));
            std::thread::park_timeout(Duration::from_micros(random.u64(0..60_000)));
        }
        if moment == 2 {
            publish();
        }
        let status = khor()
            .args(["status", &name, "--wait", "60", "--store", &store])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&status.stdout);
        assert!(status.status.success(), "run {turn} was lost:\n{text}");
        let missing: Vec<_> = files(folder.path())
            .into_iter()
            .filter(|file| !file.exists())
            .collect();
        assert!(
            missing.is_empty(),
            "run {turn}: reached, but {missing:?} are missing\n{text}"
        );
        drop(agents);
        etcd.wipe();
    }
}
