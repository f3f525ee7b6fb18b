//! What is known of a started process, on disk: `processes/NODE/STEP.json`.
//!
//! Records are kept by node, because the step that stops a process is another one than the step that started it.

use std::fs;
use std::io::ErrorKind;

use camino::Utf8PathBuf;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identity;
use crate::engine::context::private_directory;
use crate::engine::stamp::{short, write_atomic};
use crate::engine::{Context, hex};
use crate::role::{RoleStep, keys};
use crate::topology::ProcessAction;

/// One started process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The step that started it.
    pub(super) step: String,
    /// Of the action it was started for.
    pub(super) digest: String,
    /// In the environment of the process.
    pub(super) token: String,
    /// Its number; none while it is being started.
    pub(super) pid: Option<i32>,
    /// Its time of birth.
    pub(super) born: Option<String>,
}

impl Record {
    /// The process, if it runs. It is the group's leader, so this is the group's number too.
    pub(super) fn alive(&self) -> Result<Option<Pid>, String> {
        let (Some(pid), Some(born)) = (self.pid.and_then(Pid::from_raw), &self.born) else {
            return Ok(None);
        };
        let is_it = identity::born(pid)?.as_ref() == Some(born);
        Ok(is_it.then_some(pid))
    }
}

/// What makes a process the one that is asked for. The step's own digest has more in it: a longer timeout or another
/// check is no reason to start a service again.
pub(super) fn digest(action: &ProcessAction) -> String {
    let identity = (&action.command, &action.directory, &action.environment);
    // Strings and maps of strings always have a JSON form.
    let text = serde_json::to_vec(&identity).unwrap_or_default();
    hex(&Sha256::digest(text))
}

/// The records of one node.
pub(super) struct Folder {
    path: Utf8PathBuf,
}

impl Folder {
    pub(super) fn of(context: &Context, step: &RoleStep) -> Self {
        let node = short(&keys::escape(&step.node));
        Self {
            path: context.state.join("processes").join(node),
        }
    }

    /// A file of this step's.
    pub(super) fn file(&self, step: &str, ending: &str) -> Utf8PathBuf {
        self.path.join(format!("{}.{ending}", short(&keys::escape(step))))
    }

    pub(super) fn read(&self, step: &str) -> Result<Option<Record>, String> {
        self.read_file(&self.file(step, "json"))
    }

    fn read_file(&self, path: &Utf8PathBuf) -> Result<Option<Record>, String> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| format!("cannot read the record of its process: {error}"))?,
        };
        let mut record: Record = serde_json::from_slice(&text).map_err(|error| {
            format!("the record of its process, {path}, is damaged ({error}); remove it, and end the process if it runs")
        })?;
        // The agent ended between starting the process and noting its number.
        if record.pid.is_none()
            && let Some(pid) = identity::find(&record.token)
        {
            record.pid = Some(pid.as_raw_pid());
            record.born = identity::born(pid)?;
            self.write(&record)?;
        }
        Ok(Some(record))
    }

    /// All records of the node.
    pub(super) fn all(&self) -> Result<Vec<Record>, String> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|error| format!("cannot read the records of its processes: {error}"))?,
        };
        let mut records = Vec::new();
        for entry in entries.flatten() {
            let Ok(path) = Utf8PathBuf::from_path_buf(entry.path()) else {
                continue;
            };
            if path.extension() == Some("json") {
                records.extend(self.read_file(&path)?);
            }
        }
        Ok(records)
    }

    pub(super) fn write(&self, record: &Record) -> Result<(), String> {
        private_directory(&self.path).map_err(|error| error.to_string())?;
        let text = serde_json::to_vec(record).unwrap_or_default();
        // Not forced to the disk: a power cut ends the process too.
        write_atomic(&self.file(&record.step, "json"), &text, false)
            .map_err(|error| format!("cannot write the record of its process: {error}"))
    }

    pub(super) fn remove(&self, record: &Record) -> Result<(), String> {
        match fs::remove_file(self.file(&record.step, "json")) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(format!("cannot remove the record of its process: {error}"))
            }
            _ => Ok(()),
        }
    }
}
