//! The files that a service reads when it starts, as they were then.

use std::fs;

use camino::Utf8PathBuf;

use crate::engine::Context;
use crate::engine::artifact::digest_of;
use crate::engine::stamp::{self, write_atomic};
use crate::role::RoleStep;
use crate::topology::ServiceAction;

/// What stands for a file that is not there, or cannot be read.
const ABSENT: &str = "-";

/// Digests by path, in the order of the action.
pub(super) struct Files<'a> {
    digests: Vec<(&'a Utf8PathBuf, String)>,
}

impl<'a> Files<'a> {
    /// As they are.
    pub(super) fn now(context: &Context, action: &'a ServiceAction) -> Self {
        let digest = |path: &Utf8PathBuf| digest_of(&context.locate(path).ok()?.path()).ok();
        let digests = action
            .restart_on
            .iter()
            .map(|path| (path, digest(path).unwrap_or_else(|| ABSENT.to_owned())));
        Self {
            digests: digests.collect(),
        }
    }

    /// Which of them differs from what it was when the service was started, in words; none if none does.
    pub(super) fn changed(&self, context: &Context, step: &RoleStep) -> Option<String> {
        if self.digests.is_empty() {
            return None;
        }
        let Ok(kept) = fs::read_to_string(stamp::path(context, &step.name)) else {
            return Some(
                "khor did not start it with the files that it is to be started again for".to_owned(),
            );
        };
        let is_kept = |(path, digest): &&(&Utf8PathBuf, String)| {
            kept.lines()
                .any(|line| line.split_once(' ') == Some((digest, path.as_str())))
        };
        let changed = self.digests.iter().find(|file| !is_kept(file))?;
        Some(format!("`{}` was changed since it was started", changed.0))
    }

    /// Keeps them as what the service was started with.
    pub(super) fn keep(&self, context: &Context, step: &RoleStep) -> Result<(), String> {
        if self.digests.is_empty() {
            return Ok(());
        }
        let lines = self
            .digests
            .iter()
            .map(|(path, digest)| format!("{digest} {path}\n"));
        let text: String = lines.collect();
        write_atomic(&stamp::path(context, &step.name), text.as_bytes(), true)
            .map_err(|error| format!("cannot note what it was started with: {error}"))
    }
}
