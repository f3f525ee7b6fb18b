//! Scripts on their way from the store to a private directory of this host.
//!
//! A script and the files it expects beside it are placed together, below `artifacts/DIGEST/`, with the paths that the
//! template gives them relative to each other, so that `$0` and `dirname "$0"` say what they would say at home. Every
//! file is verified against its digest when it comes from the store, and again when it is not the one that was verified.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::context::private_directory;
use super::{Context, hex};
use crate::role::keys;
use crate::store::Store;
use crate::topology::Artifact;

/// The most that an artifact may have, in bytes: far more than what is compiled may have.
const MOST: u64 = 1024 * 1024 * 1024;

/// What was verified: device, number, size and times of change of each file.
type Verified = BTreeMap<Utf8PathBuf, (u64, u64, u64, i64, i64, String)>;

/// The artifacts that are on this host. One placing at a time.
#[derive(Debug, Default)]
pub(super) struct Artifacts {
    verified: Mutex<Verified>,
}

impl Artifacts {
    /// The path of the first of `all`, which is there with all the others, verified and executable.
    pub(super) async fn place<S: Store>(
        &self,
        context: &Context,
        store: &S,
        all: &[&Artifact],
    ) -> Result<Utf8PathBuf, String> {
        let (folder, places) = plan(context, all)?;
        let mut verified = self.verified.lock().await;
        let mut whole = true;
        for (place, artifact) in places.iter().zip(all) {
            whole = whole && is_right(&mut verified, folder.join(place), &artifact.sha256).await;
        }
        if !whole {
            let new = unfinished(&folder);
            let fetched = async {
                clear(&new)?;
                for (place, artifact) in places.iter().zip(all) {
                    fetch(context, store, artifact, &new.join(place)).await?;
                }
                clear(&folder)?;
                fs::rename(&new, &folder).map_err(|error| cannot_place(&error))
            }
            .await;
            if fetched.is_err() {
                let _ = clear(&new);
            }
            fetched?;
        }
        Ok(folder.join(&places[0]))
    }
}

/// The folder that these are placed in; none if they cannot be, or if there are none.
pub(super) fn folder(context: &Context, all: &[&Artifact]) -> Option<Utf8PathBuf> {
    let (folder, places) = plan(context, all).ok()?;
    (!places.is_empty()).then_some(folder)
}

/// Where a folder is while its files are fetched. When nobody waits for them any more it stays.
pub(super) fn unfinished(folder: &Utf8Path) -> Utf8PathBuf {
    folder.with_extension("new")
}

/// The folder, and the place of each file in it.
fn plan(context: &Context, all: &[&Artifact]) -> Result<(Utf8PathBuf, Vec<Utf8PathBuf>), String> {
    let places = layout(all)?;
    let mut digest = Sha256::new();
    for (place, artifact) in places.iter().zip(all) {
        check_digest(artifact)?;
        digest.update(format!("{}\0{place}\0", artifact.sha256));
    }
    let name = &hex(&digest.finalize())[..32];
    Ok((context.state.join("artifacts").join(name), places))
}

fn cannot_place(error: &io::Error) -> String {
    format!("cannot write artifacts to the state directory: {error}")
}

fn clear(folder: &Utf8Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot_place(&error)),
        _ => Ok(()),
    }
}

fn check_digest(artifact: &Artifact) -> Result<(), String> {
    let is_digest = artifact.sha256.len() == 64
        && artifact
            .sha256
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_digest {
        return Ok(());
    }
    Err(format!(
        "the role names no SHA-256 digest for `{}`; publish it again with `khor compile`",
        artifact.name
    ))
}

/// Where each file is placed: below one folder, with the same way from one to the other as between their names.
///
/// Names come from templates and may begin with `..` (type files often stand beside the scripts' folder). They are
/// placed from so deep a folder that all of them stay inside; nothing is ever outside.
fn layout(artifacts: &[&Artifact]) -> Result<Vec<Utf8PathBuf>, String> {
    const DEEPEST: usize = 32;
    let mut names = Vec::new();
    for artifact in artifacts {
        let name = &artifact.name;
        let (mut ups, mut rest) = (0, Vec::new());
        for component in Utf8Path::new(name).components() {
            match component {
                Utf8Component::Normal(part) if part.contains('\0') => {
                    return Err(format!("the artifact's name {name:?} has a zero byte in it"));
                }
                Utf8Component::Normal(part) => rest.push(part),
                Utf8Component::ParentDir if rest.pop().is_none() => ups += 1,
                _ => {}
            }
        }
        let names_folder = name.ends_with('/') || name.ends_with("..") || name.ends_with("/.");
        if rest.is_empty() || names_folder || ups > DEEPEST {
            return Err(format!("the artifact's name `{name}` is not that of a file"));
        }
        names.push((ups, rest));
    }
    let depth = names.iter().map(|(ups, _)| *ups).max().unwrap_or_default();
    let places: Vec<Utf8PathBuf> = names
        .iter()
        .map(|(ups, rest)| {
            std::iter::repeat_n("base", depth - ups)
                .chain(rest.iter().copied())
                .collect()
        })
        .collect();
    for (one, place) in places.iter().enumerate() {
        for (other, second) in places.iter().enumerate().take(one) {
            let same = place == second;
            let clash = same && artifacts[one].sha256 != artifacts[other].sha256;
            let inside = !same && (place.starts_with(second) || second.starts_with(place));
            if clash || inside {
                return Err(format!(
                    "the artifacts `{}` and `{}` cannot both have their place; rename one",
                    artifacts[other].name, artifacts[one].name
                ));
            }
        }
    }
    Ok(places)
}

/// Whether the file is there with this digest. A link is not: what it leads to is not ours.
async fn is_right(verified: &mut Verified, path: Utf8PathBuf, sha256: &str) -> bool {
    let Ok(meta) = fs::symlink_metadata(&path) else {
        return false;
    };
    let executable = meta.mode() & 0o7777 == 0o700;
    if !meta.is_file() || !executable {
        return false;
    }
    let seen = (
        meta.dev(),
        meta.ino(),
        meta.size(),
        meta.ctime(),
        meta.ctime_nsec(),
        sha256.to_owned(),
    );
    if verified.get(&path) == Some(&seen) {
        return true;
    }
    let to_read = path.clone();
    let found = tokio::task::spawn_blocking(move || digest_of(&to_read)).await;
    let is_right = matches!(found, Ok(Ok(found)) if found == sha256);
    if is_right {
        verified.insert(path, seen);
    }
    is_right
}

/// SHA-256 of a file, in hex.
pub(super) fn digest_of(path: &Utf8Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            count => digest.update(&buffer[..count]),
        }
    }
}

/// Takes an artifact from the store, chunk by chunk, and verifies it.
async fn fetch<S: Store>(
    context: &Context,
    store: &S,
    artifact: &Artifact,
    to: &Utf8Path,
) -> Result<(), String> {
    let name = &artifact.name;
    if artifact.size > MOST {
        return Err(format!(
            "the artifact `{name}` has {} bytes; hosts take {MOST} at most",
            artifact.size
        ));
    }
    if let Some(parent) = to.parent() {
        private_directory(parent).map_err(|error| error.to_string())?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o700)
        .open(to)
        .map_err(|error| cannot_place(&error))?;
    let prefix = keys::blob(&context.application, &artifact.sha256);
    let mut digest = Sha256::new();
    let mut size = 0;
    for number in 0_u32.. {
        let pair = store.get(&format!("{prefix}{number}")).await;
        let Some(pair) = pair.map_err(|error| format!("cannot fetch `{name}`: {error}"))? else {
            break;
        };
        size += pair.value.len() as u64;
        if size > artifact.size {
            return Err(not_the_one(name, "it is larger"));
        }
        digest.update(&pair.value);
        file.write_all(&pair.value)
            .map_err(|error| cannot_place(&error))?;
    }
    if size == 0 && artifact.size > 0 {
        return Err(format!(
            "`{name}` is missing in the store; publish it again with `khor compile`"
        ));
    }
    if hex(&digest.finalize()) != artifact.sha256 {
        return Err(not_the_one(name, "its digest differs"));
    }
    Ok(())
}

fn not_the_one(name: &str, why: &str) -> String {
    format!(
        "the artifact `{name}` in the store is not the one that the role names ({why}); publish it again with `khor compile`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn artifact(name: &str, digest: char) -> Artifact {
        Artifact {
            name: name.to_owned(),
            sha256: digest.to_string().repeat(64),
            ..Artifact::default()
        }
    }

    fn places(names: &[&str]) -> Result<Vec<Utf8PathBuf>, String> {
        let all: Vec<_> = names.iter().map(|name| artifact(name, 'a')).collect();
        layout(&all.iter().collect::<Vec<_>>())
    }

    #[test]
    fn files_keep_their_way_to_each_other() {
        assert_eq!(places(&["a.sh", "lib/b.sh"]).unwrap(), ["a.sh", "lib/b.sh"]);
        assert_eq!(
            places(&["../scripts/a.sh", "data/b"]).unwrap(),
            ["scripts/a.sh", "base/data/b"]
        );
        assert_eq!(places(&["/opt/a.sh"]).unwrap(), ["opt/a.sh"]);
        assert_eq!(places(&["x/../a.sh", "./a.sh"]).unwrap(), ["a.sh", "a.sh"]);
    }

    #[test]
    fn what_names_no_file_is_refused() {
        for bad in ["", "/", "..", "a/..", "../..", "a/", "x\0y", &"../".repeat(40)] {
            assert!(places(&[bad]).is_err(), "{bad:?}");
        }
        assert!(places(&["a", "a/b"]).is_err());
        let two = [artifact("a", 'a'), artifact("a", 'b')];
        assert!(layout(&[&two[0], &two[1]]).is_err());
    }

    proptest! {
        #[test]
        fn no_name_leaves_the_folder(names in prop::collection::vec("[a./]{1,12}", 1..4)) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            for place in places(&names).unwrap_or_default() {
                prop_assert!(place.is_relative());
                prop_assert!(place.components().all(|part| matches!(part, Utf8Component::Normal(_))));
            }
        }
    }
}
