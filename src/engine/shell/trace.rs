//! What is left of a do whose agent was killed: the script goes on by itself, and must not run twice at once.

use std::fs;

use camino::Utf8PathBuf;
use rustix::process::Pid;

use crate::engine::stamp::{short, write_atomic};
use crate::engine::{Context, process};
use crate::role::{RoleStep, keys};

/// The note of a running do.
pub(super) struct Trace {
    path: Utf8PathBuf,
}

impl Trace {
    pub(super) fn of(context: &Context, step: &RoleStep) -> Self {
        let name = short(&keys::escape(&step.name));
        Self {
            path: context.state.join("running").join(name),
        }
    }

    /// Ends the step's do that an earlier agent started, if it still runs. What a do that has ended left behind is
    /// left alone: it may be a service.
    pub(super) async fn end_leftover(&self) -> Result<(), String> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        if let Some((pid, born)) = text.split_once(' ')
            && let Some(pid) = pid.parse().ok().and_then(Pid::from_raw)
        {
            process::end(pid, born, process::Ending::default()).await?;
        }
        self.forget();
        Ok(())
    }

    /// Notes that it runs. Without a note only what is told here is lost, so failing to write it fails nothing.
    pub(super) fn note(&self, pid: Pid) {
        if let Ok(Some(born)) = process::born(pid) {
            let text = format!("{} {born}", pid.as_raw_pid());
            let _ = write_atomic(&self.path, text.as_bytes(), false);
        }
    }

    /// It has ended.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(&self.path);
    }
}
