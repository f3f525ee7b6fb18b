//! A life of an application in figures: how many transitions of steps a second, how many transactions of the store each
//! costs, and how many steps run again when one node of 10,000 changes. Prints `name value` lines.
//!
//! `cargo bench --bench life`, on a real etcd. Aims: at most 1.0 transaction a transition where one waits for the next, less
//! where many go together; exactly the changed step again.

#![allow(clippy::cast_precision_loss, reason = "figures")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use khor::role::{StepState, StepStatus, keys};
use khor::store::{AnyStore, Change, Store, WatchEvent};
use support::Etcd;
use support::khor::{Agent, khor, ok};

/// Steps that wait for each other, on two hosts in turn.
const CHAIN: usize = 200;
/// Steps that wait for nothing.
const WIDE: usize = 5_000;
/// Nodes of the application that changes, in chains of ten.
const MANY: usize = 10_000;

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
        .expect("threads");
    let chain = runtime.block_on(play(&etcd, &list(CHAIN, &["left", "right"], CHAIN, None), CHAIN));
    chain.print("chain");
    etcd.wipe();
    let wide = runtime.block_on(play(&etcd, &list(WIDE, &["left"], 1, None), WIDE));
    wide.print("wide");
    etcd.wipe();
    runtime.block_on(change(&etcd));
}

/// A list of files: each waits for the one before it, in chains of `length`; the content of one is `changed`.
fn list(count: usize, hosts: &[&str], length: usize, changed: Option<usize>) -> String {
    let mut list = String::new();
    for id in 0..count {
        let deps = if id % length == 0 {
            String::new()
        } else {
            format!(", deps: [{{nodes: [{}]}}]", id - 1)
        };
        let content = if changed == Some(id) { "new" } else { "old" };
        let file = format!("{{file: {{path: /life/n{id}, content: {content}}}}}");
        let _ = writeln!(
            list,
            "- {{id: {id}, name: n{id}, target: {}, interfaces: {{create: {{check: {file}, do: {file}}}}}{deps}}}",
            hosts[id % hosts.len()]
        );
    }
    list
}

/// What a play cost.
struct Cost {
    seconds: f64,
    /// States that were told.
    told: usize,
    /// Revisions of the store, one a transaction.
    transactions: u64,
    steps: usize,
}

impl Cost {
    fn print(&self, name: &str) {
        let Self {
            seconds,
            told,
            transactions,
            steps,
        } = self;
        println!("{name}_transitions_per_s {:.0}", *told as f64 / seconds);
        println!(
            "{name}_transactions_per_transition {:.3}",
            *transactions as f64 / *told as f64
        );
        println!("{name}_told_per_step {:.2}", *told as f64 / *steps as f64);
    }
}

/// Plays a list from nothing until all is reached.
async fn play(etcd: &Etcd, list: &str, steps: usize) -> Cost {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let store = etcd.url();
    let mut agents = ["left", "right"].map(|host| Agent::start(host, &store, folder.path()));
    agents.iter_mut().for_each(Agent::ready);
    compile(folder.path(), list, &store);
    settle(&store, steps, None).await
}

/// What runs again when one of many changes.
async fn change(etcd: &Etcd) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let store = etcd.url();
    let mut agent = Agent::start("left", &store, folder.path());
    agent.ready();
    compile(folder.path(), &list(MANY, &["left"], 10, None), &store);
    settle(&store, MANY, None).await;
    let changed = list(MANY, &["left"], 10, Some(MANY / 2));
    let path = write(folder.path(), &changed);
    let plan = khor()
        .args([
            "plan", &path, "--store", &store, "--app", "life", "--format", "json",
        ])
        .output()
        .expect("khor can be started");
    let plan = String::from_utf8_lossy(&plan.stdout);
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    println!("change_planned_again {}", plan["again"]);
    let client = AnyStore::open(&store).await.expect("the store");
    let before = client.list("").await.expect("a list").revision;
    compile(folder.path(), &changed, &store);
    let file = folder.path().join(format!("root/left/life/n{}", MANY / 2));
    let begun = Instant::now();
    while std::fs::read_to_string(&file).is_ok_and(|text| text.trim() != "new") {
        assert!(begun.elapsed().as_secs() < 60, "the change never came");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    println!("change_ms {:.1}", begun.elapsed().as_secs_f64() * 1e3);
    let again = settle(&store, MANY, Some(before)).await;
    println!("change_told {}", again.told);
    println!("change_files_written {}", written(folder.path(), begun));
}

/// How many files are newer than a time.
fn written(folder: &Path, since: Instant) -> usize {
    let since = std::time::SystemTime::now() - since.elapsed() - std::time::Duration::from_secs(1);
    let files = std::fs::read_dir(folder.join("root/left/life")).expect("the files");
    let is_new = |entry: &std::fs::DirEntry| {
        entry
            .metadata()
            .and_then(|data| data.modified())
            .is_ok_and(|at| at > since)
    };
    files.filter_map(Result::ok).filter(is_new).count()
}

fn write(folder: &Path, list: &str) -> String {
    let path = folder.join("life.yaml");
    std::fs::write(&path, list).expect("the scratch folder can be written");
    path.to_str().expect("a plain path").to_owned()
}

fn compile(folder: &Path, list: &str, store: &str) {
    let path = write(folder, list);
    ok(&["compile", &path, "--store", store, "--app", "life"]);
}

/// Follows the states from a revision, or from now, until all steps are reached and nothing more is told.
async fn settle(store: &str, steps: usize, from: Option<u64>) -> Cost {
    let client = AnyStore::open(store).await.expect("the store");
    let from = match from {
        Some(from) => from,
        None => published(&client).await,
    };
    let begun = Instant::now();
    let mut watch = client.watch(vec![keys::states("life")], Some(from + 1));
    let (mut told, mut last) = (0, from);
    let mut seconds = 0.0;
    loop {
        let quiet = std::time::Duration::from_millis(1_500);
        let Ok(event) = tokio::time::timeout(quiet, watch.next()).await else {
            let all = client.list(&keys::states("life")).await.expect("a list").pairs;
            let done = all.iter().filter(|pair| is_reached(&pair.value)).count();
            if done == steps {
                return Cost {
                    seconds,
                    told,
                    transactions: last - from,
                    steps,
                };
            }
            assert!(
                begun.elapsed().as_secs() < 300,
                "only {done} of {steps} are reached"
            );
            continue;
        };
        let pairs: Vec<_> = match event.expect("a watch never ends") {
            WatchEvent::Reset { pairs, .. } => pairs,
            WatchEvent::Changes { changes, .. } => changes
                .into_iter()
                .filter_map(|change| match change {
                    Change::Put { pair, .. } => Some(pair),
                    Change::Delete { .. } => None,
                })
                .collect(),
            WatchEvent::Progress { .. } | WatchEvent::Lost { .. } => Vec::new(),
        };
        for pair in pairs.iter().filter(|pair| pair.mod_revision > from) {
            told += 1;
            last = last.max(pair.mod_revision);
        }
        seconds = begun.elapsed().as_secs_f64();
    }
}

fn is_reached(value: &[u8]) -> bool {
    serde_json::from_slice::<StepState>(value).is_ok_and(|state| state.status == StepStatus::Reached)
}

/// The revision at which the application was published.
async fn published(client: &AnyStore) -> u64 {
    let pointer = client.get(&keys::current("life")).await.expect("the store");
    pointer.expect("it was compiled").mod_revision
}
