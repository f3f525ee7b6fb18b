//! What the last do of each step gave, kept on this host: who reads it on this host needs no store for it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

use camino::Utf8PathBuf;
use serde_json::Value;

use super::{Context, stamp};
use crate::role::{RoleStep, keys};

/// Outputs by name.
type Outputs = BTreeMap<String, Value>;

/// Where that of the step of this name lies.
pub(super) fn path(context: &Context, name: &str) -> Utf8PathBuf {
    let name = format!("{}.json", stamp::short(&keys::escape(name)));
    context.state.join("given").join(name)
}

/// Keeps what a do of the step gave. It is there before the stamp that says that the do was done.
pub(super) fn write(context: &Context, step: &RoleStep, outputs: &Outputs) -> io::Result<()> {
    let path = path(context, &step.name);
    if outputs.is_empty() {
        return match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    stamp::write_atomic(&path, &serde_json::to_vec(outputs)?, true)
}

/// What the last dos of these steps gave, by step; nothing of those that gave nothing, or whose file is damaged.
pub(super) fn read<'a>(
    context: &Context,
    steps: impl IntoIterator<Item = &'a RoleStep>,
) -> BTreeMap<String, Outputs> {
    let kept = steps.into_iter().filter_map(|step| {
        // Only these give anything; most steps are not looked for.
        step.apply.as_ref().filter(|apply| apply.gives_outputs())?;
        let text = std::fs::read(path(context, &step.name)).ok()?;
        Some((step.name.clone(), serde_json::from_slice(&text).ok()?))
    });
    kept.collect()
}
