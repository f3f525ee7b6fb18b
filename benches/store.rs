//! How long one hop takes, from a commit to its event: raw etcd, khor on etcd (a watch of one prefix and of two), sqlite in
//! one process and across two, memory. All in one run on one machine, since only ratios carry over to another.
//!
//! `cargo bench --bench store` prints `name value` lines (ms, the median of a run); etcd must be in the PATH.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use khor::store::{AnyStore, Store, Transaction, Watch, WatchEvent};

#[path = "../tests/support/mod.rs"]
mod support;

const HOPS: usize = 2000;
const ECHO: &str = "KHOR_BENCH_ECHO";

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

async fn changed(watch: &mut Watch) {
    loop {
        match watch.next().await {
            Some(WatchEvent::Changes { changes, .. }) => return drop(black_box(changes)),
            Some(_) => {}
            None => panic!("the watch ended"),
        }
    }
}

/// From the call of a commit to its event.
async fn hop(url: &str, prefixes: &[&str]) -> f64 {
    let store = AnyStore::open(url).await.expect("the store opens");
    let mut watch = store.watch(prefixes.iter().map(|prefix| (*prefix).into()).collect(), None);
    watch.next().await;
    let mut times = Vec::with_capacity(HOPS);
    for n in 0..HOPS {
        let start = Instant::now();
        let commit = store.commit(Transaction::new().put("a/key", n.to_string()));
        let (done, ()) = tokio::join!(commit, changed(&mut watch));
        done.expect("the commit goes through");
        times.push(start.elapsed());
    }
    median(times)
}

/// The same with nothing but etcd's client.
#[cfg(feature = "etcd")]
async fn raw_hop(port: u16) -> f64 {
    let mut client = etcd_client::Client::connect([format!("http://127.0.0.1:{port}")], None)
        .await
        .expect("etcd");
    let options = etcd_client::WatchOptions::new().with_prefix();
    let mut stream = client.watch("a/", Some(options)).await.expect("a watch");
    stream.message().await.expect("created");
    let mut times = Vec::with_capacity(HOPS);
    for n in 0..HOPS {
        let start = Instant::now();
        let put = client.put("a/key", n.to_string(), None);
        let (done, event) = tokio::join!(put, stream.message());
        done.expect("the put goes through");
        black_box(event.expect("an event"));
        times.push(start.elapsed());
    }
    median(times)
}

/// From a commit in this process to the event in another one and back, halved.
async fn sqlite_hop_across_processes(url: &str) -> f64 {
    let store = AnyStore::open(url).await.expect("the store opens");
    let mut watch = store.watch(vec!["pong/".into()], None);
    watch.next().await;
    let myself = std::env::current_exe().expect("this program has a path");
    let mut echo = Command::new(myself)
        .env(ECHO, url)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts again");
    changed(&mut watch).await;
    let mut times = Vec::with_capacity(HOPS);
    for n in 0..HOPS {
        let start = Instant::now();
        store
            .commit(Transaction::new().put("ping/key", n.to_string()))
            .await
            .expect("the commit goes through");
        changed(&mut watch).await;
        times.push(start.elapsed() / 2);
    }
    let _ = echo.kill();
    let _ = echo.wait();
    median(times)
}

async fn echo(url: &str) {
    let store = AnyStore::open(url).await.expect("the store opens");
    let mut watch = store.watch(vec!["ping/".into()], None);
    watch.next().await;
    loop {
        store
            .commit(Transaction::new().put("pong/key", ""))
            .await
            .expect("the commit goes through");
        changed(&mut watch).await;
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    if let Ok(url) = std::env::var(ECHO) {
        return echo(&url).await;
    }
    println!("memory_hop_ms {:.4}", hop("memory:", &["a/"]).await);
    let directory = tempfile::tempdir().expect("a directory");
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    println!("sqlite_hop_ms {:.4}", hop(&url("one.db"), &["a/"]).await);
    println!(
        "sqlite_hop_across_processes_ms {:.4}",
        sqlite_hop_across_processes(&url("two.db")).await
    );
    #[cfg(feature = "etcd")]
    {
        let etcd = support::Etcd::one();
        let (mut raws, mut ones, mut twos) = (Vec::new(), Vec::new(), Vec::new());
        // In turns, so that whatever else the machine does meets all alike.
        for _ in 0..3 {
            raws.push(raw_hop(etcd.members[0].port).await);
            ones.push(hop(&etcd.url(), &["a/"]).await);
            twos.push(hop(&etcd.url(), &["a/", "b/"]).await);
        }
        let best = |times: Vec<f64>| times.into_iter().fold(f64::INFINITY, f64::min);
        let (raw, one, two) = (best(raws), best(ones), best(twos));
        println!("etcd_raw_hop_ms {raw:.4}");
        println!("etcd_hop_ms {one:.4}");
        println!("etcd_hop_two_prefixes_ms {two:.4}");
        println!("etcd_hop_ratio {:.2}", one / raw);
        println!("etcd_hop_two_prefixes_ratio {:.2}", two / raw);
    }
}
