//! End to end on one real etcd: what a hop costs raw and through khor, how fast a deleted file is back, how long the
//! sample takes, how much memory an agent needs. Prints `name value` lines and writes them to `target/bench-e2e.txt`.
//! Run with `cargo bench --bench e2e`.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use etcd_client::{Compare, CompareOp, Txn, TxnOp};
use khor::role::{StepState, StepStatus, keys};
use khor::store::{AnyStore, Change, Pair, Store, WatchEvent};
use support::Etcd;
use support::khor::{Agent, ok};

/// Steps of the chain, alternating between two hosts.
const CHAIN: usize = 100;
/// Rounds of raw and khor chains, in turn, so that both see the same machine.
const ROUNDS: usize = 9;
/// Bytes of a usual state.
const STATE: usize = 150;
const HEALS: usize = 100;
/// Between two deletions of the same file: long enough that the step does not count as flapping.
const PAUSE: Duration = Duration::from_millis(200);

fn main() {
    // `cargo test --benches` passes `--test`: nothing to do then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let etcd = Etcd::one();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let endpoint = etcd.url().replace("etcd://", "http://");
    let (mut raw, mut fenced, mut dance) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(runtime.block_on(raw_hop(&endpoint, false)));
        fenced.push(runtime.block_on(raw_hop(&endpoint, true)));
        dance.push(runtime.block_on(khor_hop(&etcd)));
        etcd.wipe();
    }
    let ratios: Vec<_> = raw.iter().zip(&dance).map(|(raw, dance)| dance / raw).collect();
    let (samples, heals, rss) = sample(&runtime, &etcd);
    let figures = [
        ("raw_hop_ms", quantile(&raw, 0.5)),
        ("raw_fenced_hop_ms", quantile(&fenced, 0.5)),
        ("hop_ms", quantile(&dance, 0.5)),
        ("hop_ratio", quantile(&ratios, 0.5)),
        ("heal_ms_p50", quantile(&heals, 0.5)),
        ("heal_ms_p99", quantile(&heals, 0.99)),
        ("sample_ms", quantile(&samples, 0.5)),
        ("agent_rss_mb", rss),
    ];
    let mut lines = String::new();
    for (name, value) in figures {
        let _ = writeln!(lines, "{name} {value:.3}");
    }
    print!("{lines}");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-e2e.txt");
    std::fs::write(&target, lines).expect("target/ can be written");
}

/// Milliseconds a hop of two bare etcd clients: each puts key i as soon as its own watch shows key i - 1. Fenced, it writes as
/// an agent has to: a state of the usual size, in a transaction that compares the agent's record. That is the least that a
/// fenced hop can cost.
async fn raw_hop(endpoint: &str, fenced: bool) -> f64 {
    let options = || etcd_client::WatchOptions::new().with_prefix();
    let mut clients = Vec::new();
    for _ in 0..2 {
        let mut client = etcd_client::Client::connect([endpoint], None)
            .await
            .expect("etcd is up");
        let mut stream = client.watch("/raw/", Some(options())).await.expect("a watch");
        stream.message().await.expect("created");
        clients.push((client, stream));
    }
    let begun = Instant::now();
    clients[0].0.put("/raw/0", "", None).await.expect("a put");
    let sides = clients
        .into_iter()
        .enumerate()
        .map(|(side, (mut client, mut stream))| {
            tokio::spawn(async move {
                loop {
                    let message = stream.message().await.expect("events").expect("no end");
                    for event in message.events() {
                        let key = event.kv().expect("a pair").key_str().expect("text");
                        let next = key["/raw/".len()..].parse::<usize>().expect("a number") + 1;
                        if next == CHAIN {
                            return;
                        }
                        if next % 2 != side {
                            continue;
                        }
                        let key = format!("/raw/{next}");
                        if fenced {
                            let state = TxnOp::put(key, [b'x'; STATE], None);
                            let fence = Compare::create_revision("/fence", CompareOp::Equal, 0);
                            let transaction = Txn::new().when([fence]).and_then([state]);
                            client.txn(transaction).await.expect("a transaction");
                        } else {
                            client.put(key, "", None).await.expect("a put");
                        }
                    }
                }
            })
        });
    for side in sides.collect::<Vec<_>>() {
        side.await.expect("no panic");
    }
    let took = begun.elapsed();
    let mut client = etcd_client::Client::connect([endpoint], None)
        .await
        .expect("etcd is up");
    client
        .delete("/raw/", Some(etcd_client::DeleteOptions::new().with_prefix()))
        .await
        .expect("a delete");
    took.as_secs_f64() * 1e3 / CHAIN as f64
}

/// Milliseconds a hop of khor: a chain of files on two hosts, from the first step reached to the last.
async fn khor_hop(etcd: &Etcd) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut list = String::new();
    for id in 0..CHAIN {
        let host = ["left", "right"][id % 2];
        let deps = if id == 0 {
            String::new()
        } else {
            format!(", deps: [{{nodes: [{}]}}]", id - 1)
        };
        let file = format!("{{file: {{path: /chain/n{id}}}}}");
        let create = format!("{{create: {{check: {file}, do: {file}}}}}");
        let _ = writeln!(
            list,
            "- {{id: {id}, name: n{id}, target: {host}, interfaces: {create}{deps}}}"
        );
    }
    let topology = folder.path().join("chain.yaml");
    std::fs::write(&topology, list).unwrap();
    let store = etcd.url();
    let mut agents = ["left", "right"].map(|host| Agent::start(host, &store, folder.path()));
    agents.iter_mut().for_each(Agent::ready);
    let file = topology.to_str().unwrap();
    ok(&["compile", file, "--store", &store, "--app", "chain"]);
    // Nobody looks on: on two cores a third watcher would take its part of every hop. The states tell when each step was
    // reached.
    let client = AnyStore::open(&store).await.unwrap();
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let pairs = client.list(&keys::states("chain")).await.unwrap().pairs;
        let states = pairs
            .iter()
            .filter_map(|pair| serde_json::from_slice::<StepState>(&pair.value).ok());
        let reached: Vec<_> = states
            .filter(|state| state.status == StepStatus::Reached)
            .map(|state| state.since)
            .collect();
        if reached.len() == CHAIN {
            let took = reached.iter().max().unwrap() - reached.iter().min().unwrap();
            return took as f64 / (CHAIN - 1) as f64;
        }
    }
}

/// The sample: milliseconds from the last agent's readiness to its last step, heal latencies, memory of an agent.
fn sample(runtime: &tokio::runtime::Runtime, etcd: &Etcd) -> (Vec<f64>, Vec<f64>, f64) {
    let store = etcd.url();
    let topology = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/khoreia/topology.yaml");
    let (mut samples, mut heals, mut rss) = (Vec::new(), Vec::new(), 0.0);
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        ok(&["compile", topology, "--store", &store, "--app", "dance"]);
        let client = runtime.block_on(AnyStore::open(&store)).unwrap();
        let _inside = runtime.enter();
        let mut watch = client.watch(vec![keys::states("dance")], None);
        let mut first = Agent::start("chromebook", &store, folder.path());
        first.ready();
        let mut second = Agent::start("bsd1", &store, folder.path());
        second.ready();
        let ready = Instant::now();
        runtime.block_on(async {
            let mut reached = BTreeSet::new();
            while reached.len() < 16 {
                reached.extend(reached_keys(watch.next().await.expect("a watch never ends")));
            }
        });
        samples.push(ready.elapsed().as_secs_f64() * 1e3);
        if round + 1 == ROUNDS {
            let victim = folder.path().join("root/bsd1/tmp/khoreia/f.create");
            heals = (0..HEALS).map(|_| heal(&victim)).collect();
            rss = [&first, &second].map(resident_mb).into_iter().fold(0.0, f64::max);
        }
        drop((first, second));
        etcd.wipe();
    }
    (samples, heals, rss)
}

/// The keys of the states in `event` that say reached.
fn reached_keys(event: WatchEvent) -> Vec<String> {
    let is_reached = |pair: &Pair| {
        serde_json::from_slice::<StepState>(&pair.value)
            .is_ok_and(|state| state.status == StepStatus::Reached)
    };
    let pairs = match event {
        WatchEvent::Reset { pairs, .. } => pairs,
        WatchEvent::Changes { changes, .. } => {
            let puts = changes.into_iter();
            puts.filter_map(|change| {
                if let Change::Put { pair, .. } = change {
                    Some(pair)
                } else {
                    None
                }
            })
            .collect()
        }
        WatchEvent::Progress { .. } | WatchEvent::Lost { .. } => Vec::new(),
    };
    pairs
        .into_iter()
        .filter(is_reached)
        .map(|pair| pair.key)
        .collect()
}

/// Milliseconds from the removal of a file until it is there again.
fn heal(victim: &Path) -> f64 {
    std::thread::sleep(PAUSE);
    // The clock starts before: the agent may have it back before the removal returns to us.
    let begun = Instant::now();
    std::fs::remove_file(victim).expect("the file was there");
    while !victim.exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{} never came back",
            victim.display()
        );
        // Not a spin: on two cores it would take the processor from the agent that is to mend the file.
        std::thread::sleep(Duration::from_micros(10));
    }
    begun.elapsed().as_secs_f64() * 1e3
}

/// Resident memory in MiB, as `ps` tells it.
fn resident_mb(agent: &Agent) -> f64 {
    let output = Command::new("ps")
        .args(["-o", "rss=", "-p", &agent.pid().to_string()])
        .output()
        .expect("ps");
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse::<f64>()
        .map_or(f64::NAN, |kib| kib / 1024.0)
}

fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}
