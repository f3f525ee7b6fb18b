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
    for leaf in step.reads.iter().flat_map(Expression::leaves) {
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
