//! Marks: how a step that takes something away, and has no check, knows that there is something to take away.
//!
//! A mark is an empty file in the state directory, one per step of the way up. It is there from before the step's first
//! do, or from when a look first saw it reached, until the last step of its node's way down is done. Only nodes that have
//! a way down have marks.

use std::fs;
use std::io::{self, ErrorKind};

use camino::Utf8PathBuf;

use super::{Context, stamp};
use crate::role::{RoleStep, keys};

/// Where the mark of the step of this name lies.
pub(super) fn path(context: &Context, name: &str) -> Utf8PathBuf {
    context
        .state
        .join("marks")
        .join(stamp::short(&keys::escape(name)))
}

/// Whether the step belongs to the way up of a node that has a way down.
pub(super) fn is_due(step: &RoleStep) -> bool {
    step.up && !step.undoes.is_empty()
}

/// Whether something that the step undoes is, or may be, on this host.
pub(super) fn has_work(context: &Context, step: &RoleStep) -> bool {
    // What cannot be looked at may be there: to take away what is not there does less harm than to leave it.
    let is_set = |name: &String| path(context, name).try_exists().unwrap_or(true);
    step.undoes.iter().any(is_set)
}

/// Notes that what the step brings about is, or is about to be, on this host. It outlasts a power cut.
pub(super) fn set(context: &Context, step: &RoleStep) -> io::Result<()> {
    let path = path(context, &step.name);
    if path.try_exists()? {
        return Ok(());
    }
    stamp::write_atomic(&path, b"", true)
}

/// Nothing is left of what the step undoes.
pub(super) fn clear(context: &Context, step: &RoleStep) -> io::Result<()> {
    for name in &step.undoes {
        match fs::remove_file(path(context, name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
