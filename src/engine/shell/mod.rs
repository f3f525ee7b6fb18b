//! The shell engine: runs a script, program or playbook that travels with the choreography, to its end.

mod ansible;
mod program;
mod trace;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use camino::Utf8Path;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::artifact::Artifacts;
use super::child::{self, End};
use super::output::{self, MOST_OUTPUT, Secrets, Tail};
use super::{Context, Observed, Outcome, environment, stamp};
use crate::role::{RoleStep, keys};
use crate::store::Store;
use crate::topology::ShellAction;
use program::Program;
use trace::Trace;
pub(super) use words::of_status;

/// Of the last line of a check that fails, in characters.
const REASON: usize = 160;

/// What a run needs to know.
pub(super) struct Run<'a, S> {
    pub(super) context: &'a Context,
    pub(super) store: &'a S,
    pub(super) artifacts: &'a Artifacts,
    pub(super) step: &'a RoleStep,
    pub(super) action: &'a ShellAction,
    /// What must not be shown, besides inputs whose names tell of it.
    pub(super) secrets: &'a Secrets,
}

/// How a run ended.
struct Ran {
    end: End,
    tail: String,
    is_playbook: bool,
}

impl Ran {
    /// The line that tells most of why it failed; may be empty.
    fn reason(&self) -> String {
        if self.is_playbook {
            return ansible::reason(&self.tail, REASON);
        }
        output::last_line(&self.tail, REASON)
    }
}

impl<S: Store> Run<'_, S> {
    /// Runs it as a check: exit 0 means reached, 1 to 125 not reached.
    pub(super) async fn look(&self, deadline: Duration) -> Observed {
        let never = CancellationToken::new();
        let ran = match self.run(deadline, &never, None).await {
            Ok(ran) => ran,
            Err(reason) => return Observed::Failed(reason),
        };
        let End::Exited(status) = &ran.end else {
            return Observed::Failed(self.words(&ran, deadline));
        };
        match status.code() {
            Some(0) => Observed::Reached,
            // A playbook that cannot be played tells nothing of what it was to look at.
            Some(code @ 1..=125) if !ran.is_playbook || code == ansible::TASK_FAILED => {
                let reason = ran.reason();
                let separator = if reason.is_empty() { "" } else { ": " };
                Observed::NotReached(format!("exit status {code}{separator}{reason}"))
            }
            _ => Observed::Failed(self.words(&ran, deadline)),
        }
    }

    /// Runs it as a do.
    pub(super) async fn apply(&self, deadline: Duration, cancel: &CancellationToken) -> Outcome {
        let given = self
            .context
            .state
            .join("outputs")
            .join(stamp::short(&keys::escape(&self.step.name)));
        let trace = Trace::of(self.context, self.step);
        let ran = match trace.end_leftover().await.and_then(|()| prepare(&given)) {
            Ok(()) => self.run(deadline, cancel, Some((&given, &trace))).await,
            Err(reason) => Err(reason),
        };
        trace.forget();
        let outcome = match ran {
            Err(message) => Outcome::failed(message),
            Ok(ran) => {
                let is_done = matches!(&ran.end, End::Exited(status) if status.success());
                let outputs = if is_done {
                    take(&given)
                } else {
                    Ok(BTreeMap::new())
                };
                Outcome {
                    message: match &outputs {
                        Err(reason) => format!("`{}`: {reason}", self.action.artifact.name),
                        Ok(_) if is_done => String::new(),
                        Ok(_) => self.words(&ran, deadline),
                    },
                    ok: is_done && outputs.is_ok(),
                    outputs: outputs.unwrap_or_default(),
                    tail: ran.tail,
                    ended: None,
                }
            }
        };
        let _ = fs::remove_file(&given);
        outcome
    }

    async fn run(
        &self,
        deadline: Duration,
        cancel: &CancellationToken,
        as_do: Option<(&Utf8Path, &Trace)>,
    ) -> Result<Ran, String> {
        let name = &self.action.artifact.name;
        let mut variables = environment::base(self.context, self.step);
        if let Some((given, _)) = as_do {
            variables.insert("KHOR_OUTPUT".to_owned(), given.as_str().into());
        }
        if self.action.args.iter().any(|argument| argument.contains('\0')) {
            return Err(format!(
                "an argument of `{name}` has a zero byte in it, which none can have"
            ));
        }
        // Fetching takes part of the time that the do has.
        let begin = tokio::time::Instant::now();
        let all = self.action.artifacts();
        let placing = self.artifacts.place(self.context, self.store, &all);
        let path = tokio::select! {
            placed = placing => placed?,
            () = tokio::time::sleep(deadline) => return Err(format!("fetching `{name}` took too long")),
            () = cancel.cancelled() => return Err(format!("`{name}` was cancelled before it was started")),
        };
        let secrets = Secrets::of(&self.step.inputs).and(self.secrets);
        let (head, interpreter) = (program::head(&path, name)?, self.action.interpreter);
        // Lasts as long as the run.
        let of_playbook = ansible::is_playbook(&path, &head, interpreter)
            .then(|| ansible::Given::write(self.context, self.step, as_do.is_some()))
            .transpose()?;
        let mut program = if let Some(given) = &of_playbook {
            ansible::program(&path, name, given, &mut variables)?
        } else {
            environment::add_inputs(&mut variables, &self.step.inputs)?;
            Program::of((&path, &head), name, interpreter, &variables)?
        };
        loop {
            let mut command = Command::new(&program.executable);
            command
                .args(&program.first)
                .args(&self.action.args)
                .env_clear()
                .envs(&variables)
                .current_dir(self.context.work());
            let mut tail = Tail::new(secrets.longest());
            let left = deadline.saturating_sub(begin.elapsed());
            let started = |pid| {
                if let Some((_, trace)) = as_do {
                    trace.note(pid);
                }
            };
            match child::run(command, &mut tail, left, cancel, started).await {
                Ok(end) => {
                    let tail = tail.text(&secrets);
                    let is_playbook = of_playbook.is_some();
                    return Ok(Ran {
                        end,
                        tail,
                        is_playbook,
                    });
                }
                // The state directory may be mounted so that nothing in it can be executed: let the interpreter read
                // the script.
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    program = match program.through_interpreter() {
                        Some(program) => program,
                        None => return Err(words::of_start(name, &error)),
                    };
                }
                Err(error) => return Err(words::of_start(name, &error)),
            }
        }
    }

    fn words(&self, ran: &Ran, deadline: Duration) -> String {
        let words = words::of_end(&self.action.artifact.name, &ran.end, deadline);
        // Of a script the end of its output is shown beside it; that of a playbook is but a count of tasks.
        if ran.is_playbook && matches!(ran.end, End::Exited(_)) {
            return format!("{words}: {}", ran.reason());
        }
        words
    }
}

/// Makes an empty file that only its owner may read: outputs may be secrets.
fn prepare(path: &Utf8Path) -> Result<(), String> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| format!("cannot make the file for KHOR_OUTPUT: {error}"))
}

/// What was given, however the file was written: also one that was put in its place.
fn take(path: &Utf8Path) -> Result<BTreeMap<String, serde_json::Value>, String> {
    let Ok(meta) = fs::symlink_metadata(path) else {
        // It removed the file: it gives nothing.
        return Ok(BTreeMap::new());
    };
    if !meta.is_file() {
        return Err("KHOR_OUTPUT is no longer a file".to_owned());
    }
    let unreadable = |error: std::io::Error| format!("cannot read KHOR_OUTPUT: {error}");
    let mut text = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_OUTPUT as u64 + 1)
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    output::parse(&text)
}
