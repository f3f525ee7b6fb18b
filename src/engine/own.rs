//! What only the host has: the values of its secrets, and the paths of files that came with the choreography. They are put
//! in place anew each time a step is looked at or done, and kept nowhere.

use std::borrow::Cow;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;

use super::artifact::Artifacts;
use super::output::Secrets;
use super::{Context, Observed, Outcome};
use crate::role::RoleStep;
use crate::store::Store;
use crate::topology::{Action, Answer, Expression, Leaf, LocalFile, Secret};

/// The most that a secret may have, in bytes. A variable of the environment takes no more.
const MOST: u64 = 64 * 1024;

/// A step with what its host has in place, and what must not be shown of it.
pub(super) struct Own<'a> {
    pub(super) step: Cow<'a, RoleStep>,
    pub(super) secrets: Secrets,
}

impl<'a> Own<'a> {
    /// Of a step that needs nothing of its host.
    pub(super) fn nothing(step: &'a RoleStep) -> Self {
        Self {
            step: Cow::Borrowed(step),
            secrets: Secrets::default(),
        }
    }
}

/// Puts in place what only this host has.
pub(super) async fn fill<'a, S: Store>(
    context: &Context,
    store: &S,
    artifacts: &Artifacts,
    step: &'a RoleStep,
) -> Result<Own<'a>, String> {
    let mut found = Vec::new();
    let mut secrets = Secrets::default();
    // What it notices of others is not handed to it.
    let handed = step.reads.inputs.values().chain(step.reads.arguments.values());
    for leaf in handed.flat_map(Expression::leaves) {
        match leaf {
            Leaf::Secret(secret) => {
                let value = read(context, secret)?;
                secrets.add_all(value.as_deref());
                found.push((Leaf::Secret(secret), value));
            }
            Leaf::File(file) => {
                let placed = artifacts.place(context, store, &[&file.artifact]).await?;
                let path = match &file.to {
                    Some(to) => copy(context, file, &placed, to)?,
                    None => placed,
                };
                found.push((Leaf::File(file), Some(path.into_string())));
            }
            Leaf::Given(_) => {}
        }
    }
    if found.is_empty() {
        return Ok(Own::nothing(step));
    }
    let mut answer = |leaf: Leaf<'_, _>| {
        let known = found.iter().find(|(known, _)| *known == leaf);
        let value = known.and_then(|(_, value)| value.clone());
        value.map_or(Answer::Missing, |value| Answer::Value(value.into()))
    };
    let filled = step.filled(&mut answer).map_err(|fault| fault.words)?;
    Ok(Own {
        step: Cow::Owned(filled),
        secrets,
    })
}

/// Whether a look at the step needs more than its stamp.
pub(super) fn is_looked_at_with(step: &RoleStep) -> bool {
    step.check.is_some() || matches!(step.apply, Some(Action::Process(_) | Action::Service(_)))
}

/// A secret's value, without the line end that editors put after it; none if there is none.
fn read(context: &Context, secret: &Secret) -> Result<Option<String>, String> {
    let text = match secret {
        Secret::Environment(name) => match std::env::var(name) {
            Ok(text) => Some(text),
            Err(std::env::VarError::NotPresent) => None,
            Err(std::env::VarError::NotUnicode(_)) => return Err(format!("{secret} is not UTF-8")),
        },
        Secret::File(path) => {
            let place = context.locate(path)?.path();
            content(&place).map_err(|reason| format!("{secret} cannot be read: {reason}"))?
        }
    };
    let text = text.map(|text| text.strip_suffix('\n').map_or(text.clone(), str::to_owned));
    Ok(text.filter(|text| !text.is_empty()))
}

fn content(path: &Utf8Path) -> Result<Option<String>, String> {
    // Whatever lies there, it is not waited for.
    let nonblock = OFlags::NONBLOCK.bits().cast_signed();
    let opened = fs::OpenOptions::new()
        .read(true)
        .custom_flags(nonblock)
        .open(path);
    let file = match opened {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|error| error.to_string())?,
    };
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err("it is not a file".to_owned());
    }
    let mut text = Vec::new();
    let read = file.take(MOST + 1).read_to_end(&mut text);
    read.map_err(|error| error.to_string())?;
    if text.len() as u64 > MOST {
        return Err(format!("it has more than {} KiB", MOST >> 10));
    }
    let text = String::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok(Some(text))
}

/// Puts a copy of a file where it is asked for.
fn copy(
    context: &Context,
    file: &LocalFile,
    placed: &Utf8Path,
    to: &Utf8Path,
) -> Result<Utf8PathBuf, String> {
    let location = context.locate(to)?;
    let path = location.path();
    let copied = || {
        let bytes = fs::read(placed)?;
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        let parent = path.parent().unwrap_or(Utf8Path::new("/"));
        fs::create_dir_all(parent)?;
        if location.confined && !parent.canonicalize()?.starts_with(location.base.canonicalize()?) {
            return Err(std::io::Error::other("a link on the way leads elsewhere"));
        }
        let temporary = Utf8PathBuf::from(format!("{path}.{:08x}.new", fastrand::u32(..)));
        fs::write(&temporary, bytes)?;
        fs::rename(&temporary, &path).inspect_err(|_| drop(fs::remove_file(&temporary)))
    };
    copied().map_err(|error| format!("{file} cannot be put at `{to}`: {error}"))?;
    Ok(path)
}

impl Secrets {
    /// What a look saw, without them.
    pub(super) fn out_of_sight(&self, seen: Observed) -> Observed {
        match seen {
            Observed::NotReached(why) => Observed::NotReached(self.redact(&why)),
            Observed::Failed(why) => Observed::Failed(self.redact(&why)),
            seen @ (Observed::Unknown | Observed::Reached) => seen,
        }
    }

    /// How a do ended, without them. What it gives is kept in the store, so a do that gives one of them has failed.
    pub(super) fn out_of_outcome(&self, mut outcome: Outcome) -> Outcome {
        let mut given = outcome.outputs.iter();
        let leak = given.find(|(name, value)| self.are_in(name) || self.are_in_value(value));
        if let Some((name, _)) = leak {
            return Outcome {
                tail: self.redact(&outcome.tail),
                ..Outcome::failed(format!(
                    "what it gives as `{}` has a secret in it, and what is given is kept in the store; give it without the \
                     secret, and let who needs that read it with `get_secret`",
                    self.redact(name)
                ))
            };
        }
        outcome.message = self.redact(&outcome.message);
        outcome.tail = self.redact(&outcome.tail);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Shared, Watcher};
    use crate::topology::Artifact;
    use serde_json::json;

    fn world(folder: &tempfile::TempDir) -> (Context, Utf8PathBuf) {
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let root = folder.join("root");
        let shared = Shared::with(Watcher::sweeping());
        let context = Context::open("app", "h", Some(&root), &folder.join("state"), &shared).unwrap();
        (context, root)
    }

    #[test]
    fn a_secret_is_what_its_file_says_and_what_is_none_is_told_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let (context, root) = world(&folder);
        let secret = |name: &str| read(&context, &Secret::File(format!("/{name}").into()));
        fs::write(root.join("line"), "a b \n").unwrap();
        assert_eq!(secret("line").unwrap().as_deref(), Some("a b "));
        fs::write(root.join("empty"), "\n").unwrap();
        assert_eq!(secret("empty"), Ok(None));
        assert_eq!(secret("missing"), Ok(None));
        fs::write(root.join("large"), vec![b'x'; 65_537]).unwrap();
        fs::write(root.join("bytes"), [0xff]).unwrap();
        fs::create_dir(root.join("folder")).unwrap();
        let fifo = std::process::Command::new("mkfifo")
            .arg(root.join("fifo"))
            .status();
        assert!(fifo.unwrap().success());
        for (name, why) in [
            ("large", "more than 64 KiB"),
            ("bytes", "it is not UTF-8"),
            ("folder", "it is not a file"),
            ("fifo", "it is not a file"),
        ] {
            let said = secret(name).unwrap_err();
            assert!(said.contains(why), "{name}: {said}");
        }
    }

    #[test]
    fn a_file_is_put_where_it_is_asked_for_and_not_out_of_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let (context, root) = world(&folder);
        let placed = root.join("placed");
        fs::write(&placed, "one").unwrap();
        let file = LocalFile {
            artifact: Artifact {
                name: "data/one".into(),
                ..Artifact::default()
            },
            to: None,
        };
        let put = |to: &str| copy(&context, &file, &placed, to.into());
        assert_eq!(put("/a/b").unwrap(), root.join("a/b"));
        fs::write(root.join("a/b"), "another").unwrap();
        put("/a/b").unwrap();
        assert_eq!(fs::read_to_string(root.join("a/b")).unwrap(), "one");
        std::os::unix::fs::symlink(folder.path(), root.join("out")).unwrap();
        let said = put("/out/b").unwrap_err();
        assert_eq!(
            said,
            "the file `data/one` cannot be put at `/out/b`: a link on the way leads elsewhere"
        );
        assert!(put("/a").is_err());
    }

    #[test]
    fn a_secret_that_is_given_on_makes_a_failure_and_one_that_is_printed_is_made_unreadable() {
        let mut secrets = Secrets::default();
        secrets.add_all(Some("hunter22"));
        let outcome = |value: serde_json::Value| Outcome {
            outputs: [("url".to_owned(), value)].into(),
            tail: "it was hunter22".to_owned(),
            ..Outcome::done()
        };
        let fine = secrets.out_of_outcome(outcome(json!("db")));
        assert!(fine.ok && fine.tail == "it was [redacted]");
        for value in [
            json!("x hunter22"),
            json!([{ "a": "hunter22" }]),
            json!({ "hunter22": 1 }),
        ] {
            let refused = secrets.out_of_outcome(outcome(value));
            assert!(!refused.ok && refused.outputs.is_empty());
            assert!(!format!("{refused:?}").contains("hunter22"), "{refused:?}");
        }
    }
}
