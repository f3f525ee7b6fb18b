//! What is particular to sqlite: several processes on one file, a killed holder of a lease, bad files.
//!
//! The other process is this test binary again, told by an environment variable what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use khor::store::{AnyStore, Change, Store, StoreError, Transaction, WatchEvent};

use crate::support::within;
use crate::world::{Known, changes, commit, news, reset, seconds};

/// Says what the other process is to do, and in which store: `PART URL`.
const PART: &str = "KHOR_TEST_PART";

/// This test binary, playing `part` on the store at `url`; killed when dropped.
struct Other(Child);

impl Other {
    fn play(part: &str, url: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sqlite::other_process", "--ignored"])
            .env(PART, format!("{part} {url}"))
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    /// `kill -9`.
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.kill();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other process of the tests of several processes"]
async fn other_process() {
    let Ok(part) = std::env::var(PART) else { return };
    let (part, url) = part.split_once(' ').unwrap();
    let store = AnyStore::open(url).await.unwrap();
    match part {
        // Answers each write below ping/ with one below pong/.
        "echo" => {
            let mut watch = store.watch(vec!["ping/".into()], None);
            loop {
                let (keys, of_reset): (Vec<_>, _) = match watch.next().await.unwrap() {
                    WatchEvent::Reset { pairs, .. } => {
                        (pairs.into_iter().map(|pair| pair.key).collect(), true)
                    }
                    WatchEvent::Changes { changes, .. } => (
                        changes.iter().map(|change| change.key().to_owned()).collect(),
                        false,
                    ),
                    _ => continue,
                };
                if of_reset {
                    commit(&store, Transaction::new().put("ready", "")).await;
                }
                for key in keys {
                    commit(&store, Transaction::new().put(key.replace("ping", "pong"), "")).await;
                }
            }
        }
        // Holds a lease until it is killed.
        "hold" => {
            let lease = store.lease(seconds(2)).await.unwrap();
            commit(&store, Transaction::new().put_leased("held/1", "x", lease.id)).await;
            std::future::pending::<()>().await;
        }
        // Writes as fast as it can until it is killed.
        "write" => {
            for n in 0_u64.. {
                commit(
                    &store,
                    Transaction::new()
                        .put("count/1", n.to_string())
                        .put("count/2", n.to_string()),
                )
                .await;
            }
        }
        _ => panic!("no such part: {part}"),
    }
}

fn url_in(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("store.db").display())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_wake_each_other_without_waiting_for_a_sweep() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_in(directory.path());
    let store = AnyStore::open(&url).await.unwrap();
    let mut watch = store.watch(vec!["pong/".into(), "ready".into()], None);
    reset(&mut watch).await;
    let _other = Other::play("echo", &url);
    assert_eq!(changes(&mut watch).await.0[0].key(), "ready");
    // 500 round trips are 1000 wakes of another process. By sweeps alone (each 2 s) they would take half an hour.
    let round_trips = Box::pin(async {
        for n in 0..500 {
            commit(&store, Transaction::new().put(format!("ping/{n}"), "")).await;
            assert_eq!(changes(&mut watch).await.0[0].key(), format!("pong/{n}"));
        }
    });
    within("500 round trips", round_trips).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lease_of_a_killed_process_ends_and_its_watchers_see_it() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_in(directory.path());
    let store = AnyStore::open(&url).await.unwrap();
    let mut watch = store.watch(vec!["held/".into()], None);
    reset(&mut watch).await;
    let mut other = Other::play("hold", &url);
    assert!(matches!(changes(&mut watch).await.0[..], [Change::Put { .. }]));
    other.kill();
    assert!(matches!(changes(&mut watch).await.0[..], [Change::Delete { .. }]));
    assert_eq!(store.get("held/1").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_is_killed_leaves_a_whole_store() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_in(directory.path());
    let store = AnyStore::open(&url).await.unwrap();
    let mut watch = store.watch(vec!["count/".into()], None);
    let mut known = Known::default();
    known.follow(&mut watch, |known| known.resets == 1).await;
    for _ in 0..5 {
        let mut other = Other::play("write", &url);
        let start = known.revision;
        known
            .follow(&mut watch, |known| known.revision > start + 50)
            .await;
        other.kill();
        let listing = store.list("count/").await.unwrap();
        assert_eq!(listing.pairs[0].value, listing.pairs[1].value, "both or none");
        known
            .follow(&mut watch, |known| known.revision >= listing.revision)
            .await;
        assert_eq!(known.pairs["count/1"], listing.pairs[0].value);
    }
}

#[tokio::test]
async fn the_directory_and_the_files_are_for_this_user_only() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("new/state");
    let store = AnyStore::open(&url_in(&inner)).await.unwrap();
    commit(&store, Transaction::new().put("a", "x")).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inner), 0o700);
    for file in fs::read_dir(&inner).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn many_may_make_the_database_at_once() {
    for _ in 0..100 {
        let directory = tempfile::tempdir().unwrap();
        let url = url_in(directory.path());
        let openings: Vec<_> = (0..8)
            .map(|_| {
                let url = url.clone();
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.unwrap().block_on(AnyStore::open(&url)).map(drop)
                })
            })
            .collect();
        for opening in openings {
            opening.join().unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn it_stays_after_the_process_and_revisions_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_in(directory.path());
    let store = AnyStore::open(&url).await.unwrap();
    let first = commit(&store, Transaction::new().put("a/1", "x")).await;
    drop(store);
    let store = AnyStore::open(&url).await.unwrap();
    let second = commit(&store, Transaction::new().put("a/2", "x")).await;
    assert!(second > first);
    let mut watch = store.watch(vec!["a/".into()], Some(first));
    assert_eq!(changes(&mut watch).await.1, second);
}

/// Agents of one machine may all be the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn many_may_make_it_at_the_same_time() {
    for _ in 0..300 {
        let directory = tempfile::tempdir().unwrap();
        let url = url_in(directory.path());
        let opening: Vec<_> = (0..8)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { AnyStore::open(&url).await })
            })
            .collect();
        for opened in opening {
            opened.await.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_database_is_made_anew_and_watches_reset() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_in(directory.path());
    let store = AnyStore::open(&url).await.unwrap();
    commit(&store, Transaction::new().put("a/1", "x")).await;
    let mut watch = store.watch(vec!["a/".into()], None);
    reset(&mut watch).await;
    for file in fs::read_dir(directory.path()).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    let second = AnyStore::open(&url).await.unwrap();
    commit(&second, Transaction::new().put("a/2", "x")).await;
    let mut known = Known::default();
    known
        .follow(&mut watch, |known| known.pairs.contains_key("a/2"))
        .await;
    assert_eq!(known.pairs.len(), 1);
    commit(&store, Transaction::new().put("a/3", "x")).await;
    assert_eq!(
        second.list("a/").await.unwrap().pairs.len(),
        2,
        "all write to the same new file"
    );
}

#[tokio::test]
async fn files_that_are_no_store_of_ours_are_refused_in_plain_words() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(
        path("text"),
        "this is no database, but long enough to be looked at as one. ".repeat(20),
    )
    .unwrap();
    fs::create_dir(path("directory")).unwrap();
    let sql = |name: &str, text: &str| {
        rusqlite::Connection::open(path(name))
            .unwrap()
            .execute_batch(text)
            .unwrap();
    };
    sql("other", "CREATE TABLE songs (name TEXT)");
    drop(
        AnyStore::open(&format!("sqlite:{}", path("newer").display()))
            .await
            .unwrap(),
    );
    sql("newer", "PRAGMA user_version = 2");
    for (name, says) in [
        ("text", "the file is not a database"),
        ("directory", "is a directory; name a file, as in"),
        ("other", "a database of another program"),
        (
            "newer",
            "a newer khor wrote this database (version 2 of its tables, this khor knows 1)",
        ),
        ("text/below", "cannot make the directory"),
    ] {
        let url = format!("sqlite:{}", path(name).display());
        let error = AnyStore::open(&url).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.to_string().contains(&url), "{error}");
    }
    let unchanged = fs::read_to_string(path("text")).unwrap();
    assert!(unchanged.starts_with("this is no database"));
    for (url, says) in [
        ("sqlite:", "the path is missing"),
        ("sqlite::memory:", "`memory:`"),
        ("sqlite://host/path", "a path follows"),
    ] {
        let error = AnyStore::open(url).await.unwrap_err();
        assert!(matches!(error, StoreError::BadUrl { .. }));
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database_is_told_and_goes_on_when_it_is_moved_away() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_in(directory.path());
    let store = AnyStore::open(&url).await.unwrap();
    for n in 0..200 {
        commit(&store, Transaction::new().put(format!("a/{n}"), vec![b'x'; 1000])).await;
    }
    drop(store);
    let path = directory.path().join("store.db");
    // The threads close the file after the last handle is gone; a write-ahead log left over would mend the damage.
    crate::support::wait_until("the database to be closed", || {
        !directory.path().join("store.db-wal").exists()
    });
    let mut bytes = fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(4096) {
        *byte = 0xA5;
    }
    fs::write(&path, bytes).unwrap();
    let error = match AnyStore::open(&url).await {
        Ok(store) => store.list("").await.unwrap_err(),
        Err(error) => error,
    };
    assert!(
        error
            .to_string()
            .contains("the database is damaged; move the file away"),
        "{error}"
    );
    fs::remove_file(&path).unwrap();
    AnyStore::open(&url).await.unwrap().check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_is_waited_for_and_then_told() {
    let directory = tempfile::tempdir().unwrap();
    let url = url_in(directory.path());
    let store = AnyStore::open(&url).await.unwrap();
    let blocker = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Reads go on.
    assert_eq!(store.get("a").await.unwrap(), None);
    let error = within("the refusal", store.commit(Transaction::new().put("a", "x")))
        .await
        .unwrap_err();
    assert!(error.is_transient());
    assert!(
        error
            .to_string()
            .contains("another process has kept the database locked"),
        "{error}"
    );
    let waiting = {
        let store = store.clone();
        tokio::spawn(async move { commit(&store, Transaction::new().put("a", "y")).await })
    };
    blocker.execute_batch("ROLLBACK").unwrap();
    waiting.await.unwrap();
    assert_eq!(store.get("a").await.unwrap().unwrap().value, b"y");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_lags_behind_the_log_gets_a_reset() {
    let directory = tempfile::tempdir().unwrap();
    let store = AnyStore::open(&url_in(directory.path())).await.unwrap();
    let from = commit(&store, Transaction::new().put("a/1", "0")).await;
    // More than the log keeps (64 MiB of values).
    for n in 0..60_u8 {
        commit(&store, Transaction::new().put("a/1", vec![n; 900_000])).await;
    }
    let mut watch = store.watch(vec!["a/".into()], Some(from));
    let WatchEvent::Reset { pairs, .. } = news(&mut watch).await else {
        panic!("the log is bounded")
    };
    assert_eq!(pairs[0].value[0], 59);
    let size = fs::metadata(directory.path().join("store.db")).unwrap().len();
    assert!(size < 200 << 20, "{size} bytes");
}
