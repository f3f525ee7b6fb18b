//! Files on their way from the store to the host: what is not what the role names never gets there, what is used stays.

use std::fs;

use camino::Utf8PathBuf;
use khor::role::keys;
use khor::store::{Store, Transaction};
use khor::topology::{Action, Artifact, ShellAction};

use crate::kit::{Host, LONG, eventually, step};
use crate::shell::publish;

fn shell(artifact: Artifact, dependencies: Vec<Artifact>) -> Action {
    Action::Shell(ShellAction {
        artifact,
        dependencies,
        ..ShellAction::default()
    })
}

/// What is there of artifacts on the host.
fn folders(host: &Host) -> Vec<Utf8PathBuf> {
    let folder = host.engines.context().state.join("artifacts");
    let entries = folder.read_dir_utf8().unwrap();
    entries.map(|entry| entry.unwrap().into_path()).collect()
}

#[tokio::test]
async fn a_damaged_chunk_in_the_middle_is_never_used() {
    let host = Host::new();
    let lines = "# something that takes its place\n".repeat(100);
    let tool = publish(&host, "lib.sh", &lines).await;
    let script = publish(&host, "do.sh", "echo ran").await;
    let step = step(None, Some(shell(script, vec![tool.clone()])));
    let key = format!("{}7", keys::blob("app", &tool.sha256));
    let whole = host.store.get(&key).await.unwrap().unwrap().value;
    let mut damaged = whole.clone();
    damaged[3] ^= 1;
    for damage in [
        Transaction::new().put(&key, damaged),
        Transaction::new().put(&key, ""),
        Transaction::new().delete(&key),
    ] {
        host.store.commit(damage).await.unwrap();
        host.refuse(&step, "`lib.sh` in the store is not the one that the role names")
            .await;
        assert_eq!(folders(&host), [""; 0], "nothing of it stays");
    }
    host.store
        .commit(Transaction::new().put(&key, whole))
        .await
        .unwrap();
    assert_eq!(host.apply(&step).await.tail, "ran");
}

#[tokio::test]
async fn what_is_larger_than_the_role_says_is_not_taken_to_its_end() {
    let host = Host::new();
    let mut script = publish(&host, "do.sh", "echo ran").await;
    let prefix = keys::blob("app", &script.sha256);
    // Somebody fills the disks of all hosts. Of its eight bytes each is a chunk.
    let flood = Transaction::new().put(format!("{prefix}8"), vec![b'#'; 1_000_000]);
    host.store.commit(flood).await.unwrap();
    host.refuse(
        &step(None, Some(shell(script.clone(), Vec::new()))),
        "`do.sh` in the store is not the one that the role names (it is larger)",
    )
    .await;
    script.size = 2 << 30;
    host.refuse(
        &step(None, Some(shell(script, Vec::new()))),
        "`do.sh` has 2147483648 bytes; hosts take 1073741824 at most",
    )
    .await;
    assert_eq!(folders(&host), [""; 0]);
}

#[tokio::test]
async fn files_of_a_do_that_still_runs_stay_until_it_ended() {
    let host = Host::new();
    let (begun, go) = (host.folder.join("begun"), host.folder.join("go"));
    let text =
        format!("touch {begun}; while [ ! -e {go} ]; do sleep 0.02; done; . \"$(dirname \"$0\")/lib.sh\"");
    let old = step(
        None,
        Some(shell(
            publish(&host, "do.sh", text).await,
            vec![publish(&host, "lib.sh", "echo from lib").await],
        )),
    );
    let mut new = step(
        None,
        Some(shell(publish(&host, "do.sh", "echo new").await, Vec::new())),
    );
    new.name = "other.create".into();
    let (engines, step) = (host.engines.clone(), old.clone());
    let running = tokio::spawn(async move {
        use khor::engine::Engine;
        engines
            .apply(&step, LONG, tokio_util::sync::CancellationToken::new())
            .await
    });
    eventually("it runs", || begun.exists()).await;
    host.reach(&new).await;
    host.engines.keep_only([&new]).unwrap();
    assert_eq!(folders(&host).len(), 2);
    fs::write(&go, "").unwrap();
    let outcome = running.await.unwrap();
    assert!(outcome.ok && outcome.tail == "from lib", "{outcome:?}");
    assert_eq!(folders(&host).len(), 1, "they went with it");
    assert!(host.apply(&old).await.ok);
    assert_eq!(
        folders(&host).len(),
        1,
        "what is begun for an older role leaves nothing"
    );
    // What is wanted again stays.
    host.engines.keep_only([&old, &new]).unwrap();
    host.reach(&old).await;
    host.engines.keep_only([&old, &new]).unwrap();
    assert_eq!(folders(&host).len(), 2);
}
