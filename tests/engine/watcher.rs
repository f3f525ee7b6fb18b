//! The traps of watching files: each must end in the right level.

use std::fs;
use std::os::unix::fs::symlink;

use camino::Utf8Path;
use khor::engine::{Engine, Watcher};
use khor::topology::FileState;

use crate::kit::{Host, LONG, a_file, content, file_step, is_not_reached, is_reached, until};

#[tokio::test]
async fn an_atomic_replace_keeps_being_watched() {
    let host = Host::new();
    let path = host.folder.join("f");
    let mut seen = host.engines.observe(&file_step(content(&path, "right")));
    until(&mut seen, is_not_reached).await;
    for round in 0..20 {
        for (text, fits) in [("right", is_reached as fn(&_) -> bool), ("wrong", is_not_reached)] {
            let new = host.folder.join(format!("new{round}"));
            fs::write(&new, text).unwrap();
            fs::rename(&new, &path).unwrap();
            until(&mut seen, fits).await;
        }
    }
}

#[tokio::test]
async fn missing_ancestors_are_walked_down_as_they_appear() {
    let host = Host::new();
    let path = host.folder.join("a/b/c/d/f");
    let mut seen = host.engines.observe(&file_step(a_file(&path, FileState::File)));
    until(&mut seen, is_not_reached).await;
    for _ in 0..20 {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        until(&mut seen, is_reached).await;
        fs::remove_dir_all(host.folder.join("a")).unwrap();
        until(&mut seen, is_not_reached).await;
    }
}

#[tokio::test]
async fn a_parent_that_is_removed_and_made_again_at_once_is_watched_again() {
    let host = Host::new();
    let path = host.folder.join("dir/f");
    let mut seen = host.engines.observe(&file_step(a_file(&path, FileState::File)));
    for _ in 0..20 {
        fs::create_dir_all(host.folder.join("dir")).unwrap();
        fs::write(&path, "").unwrap();
        until(&mut seen, is_reached).await;
        fs::remove_dir_all(host.folder.join("dir")).unwrap();
        fs::create_dir(host.folder.join("dir")).unwrap();
        until(&mut seen, is_not_reached).await;
        fs::write(&path, "").unwrap();
        until(&mut seen, is_reached).await;
        fs::remove_file(&path).unwrap();
        until(&mut seen, is_not_reached).await;
    }
}

/// No event tells of these; the sweep does.
#[tokio::test]
async fn a_parent_that_is_renamed_or_swapped_is_found() {
    let host = Host::new();
    let (one, two) = (host.folder.join("v1"), host.folder.join("v2"));
    fs::create_dir_all(one.join("deep")).unwrap();
    fs::create_dir_all(two.join("deep")).unwrap();
    fs::write(one.join("deep/f"), "").unwrap();
    symlink(&one, host.folder.join("current")).unwrap();
    let mut seen = host.engines.observe(&file_step(a_file(
        host.folder.join("current/deep/f"),
        FileState::File,
    )));
    until(&mut seen, is_reached).await;
    symlink(&two, host.folder.join("next")).unwrap();
    fs::rename(host.folder.join("next"), host.folder.join("current")).unwrap();
    until(&mut seen, is_not_reached).await;
    // The new place is watched, not the old.
    fs::write(two.join("deep/f"), "").unwrap();
    until(&mut seen, is_reached).await;
    fs::rename(&two, host.folder.join("v3")).unwrap();
    until(&mut seen, is_not_reached).await;
}

#[tokio::test]
async fn one_directory_under_two_names_tells_both() {
    let host = Host::new();
    let real = host.folder.join("real");
    fs::create_dir(&real).unwrap();
    symlink(&real, host.folder.join("alias")).unwrap();
    let paths = [real.join("f"), host.folder.join("alias/g"), real.join("h")];
    let mut all: Vec<_> = paths
        .iter()
        .map(|path| host.engines.observe(&file_step(a_file(path, FileState::File))))
        .collect();
    for seen in &mut all {
        until(seen, is_not_reached).await;
    }
    for (path, seen) in paths.iter().zip(&mut all) {
        fs::write(path, "").unwrap();
        until(seen, is_reached).await;
    }
}

async fn five_hundred(watcher: Watcher) {
    let host = Host::with(watcher, false);
    let folder = host.folder.join("many");
    let path = |n: usize| folder.join(n.to_string());
    let mut all: Vec<_> = (0..500)
        .map(|n| host.engines.observe(&file_step(a_file(path(n), FileState::File))))
        .collect();
    fs::create_dir(&folder).unwrap();
    for n in 0..500 {
        fs::write(path(n), "").unwrap();
    }
    for seen in &mut all {
        until(seen, is_reached).await;
    }
    fs::remove_dir_all(&folder).unwrap();
    for seen in &mut all {
        until(seen, is_not_reached).await;
    }
}

#[tokio::test]
async fn five_hundred_files_in_one_directory() {
    five_hundred(Watcher::new()).await;
}

#[tokio::test]
async fn five_hundred_files_without_any_events() {
    five_hundred(Watcher::sweeping()).await;
}

/// More events than the kernel's queue takes (16,384): it says so once, without a path.
#[tokio::test(flavor = "multi_thread")]
async fn an_overflow_loses_no_level() {
    let host = Host::new();
    let folder = host.folder.join("busy");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("f");
    let mut seen = host.engines.observe(&file_step(a_file(&path, FileState::File)));
    until(&mut seen, is_not_reached).await;
    let storm = folder.clone();
    tokio::task::spawn_blocking(move || {
        for n in 0..30_000 {
            let noise = storm.join(format!("noise{}", n % 7));
            fs::write(&noise, "").unwrap();
            fs::remove_file(&noise).unwrap();
        }
        fs::write(storm.join("f"), "").unwrap();
    })
    .await
    .unwrap();
    until(&mut seen, is_reached).await;
}

#[tokio::test]
async fn a_watch_ends_when_dropped_and_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let watcher = Watcher::new();
    let path = Utf8Path::from_path(folder.path()).unwrap().join("f");
    let first = watcher.watch(path.as_std_path());
    let second = watcher.watch(path.as_std_path());
    drop(watcher);
    drop(first);
    // Told once when the watch stands.
    tokio::time::timeout(LONG, second.changed()).await.unwrap();
    fs::write(&path, "").unwrap();
    tokio::time::timeout(LONG, second.changed()).await.unwrap();
}
