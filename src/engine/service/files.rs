//! The files that a service reads when it starts, as they were then.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::Context;
use crate::engine::artifact::digest_of;
use crate::engine::stamp::{self, write_atomic};
use crate::role::RoleStep;
use crate::topology::ServiceAction;

/// What stands for a file that is not there, or cannot be read.
const ABSENT: &str = "-";

/// Digests by path.
pub(super) struct Files<'a>(BTreeMap<&'a Utf8Path, String>);

impl<'a> Files<'a> {
    /// As they are.
    pub(super) fn now(context: &Context, action: &'a ServiceAction) -> Self {
        let digest = |path: &Utf8Path| {
            let path = context.locate(path).ok()?.path();
            // What a pipe or a device gives has no end.
            let is_file = fs::metadata(&path).is_ok_and(|meta| meta.is_file());
            is_file.then(|| digest_of(&path).ok())?
        };
        let files = action.restart_on.iter().map(Utf8PathBuf::as_path);
        Self(
            files
                .map(|path| (path, digest(path).unwrap_or_else(|| ABSENT.to_owned())))
                .collect(),
        )
    }

    /// Which of them differs from what it was when the service was started, in words; none if none does.
    pub(super) fn changed(&self, context: &Context, step: &RoleStep) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let kept = fs::read(stamp::path(context, &step.name)).unwrap_or_default();
        let Ok(kept) = serde_json::from_slice::<BTreeMap<Utf8PathBuf, String>>(&kept) else {
            return Some(
                "khor did not start it with the files that it is to be started again for".to_owned(),
            );
        };
        let changed = self
            .0
            .iter()
            .find(|(path, digest)| kept.get(**path) != Some(digest));
        changed.map(|(path, _)| format!("`{path}` was changed since it was started"))
    }

    /// Keeps them as what the service was started with.
    pub(super) fn keep(&self, context: &Context, step: &RoleStep) -> Result<(), String> {
        if self.0.is_empty() {
            return Ok(());
        }
        serde_json::to_vec(&self.0)
            .map_err(std::io::Error::from)
            .and_then(|text| write_atomic(&stamp::path(context, &step.name), &text, true))
            .map_err(|error| format!("cannot note what it was started with: {error}"))
    }
}
