//! The process engine: a program that is to keep running, also when the agent ends.
//!
//! The program is started in a process group of its own, without input, its output going to a log file below the state
//! directory (`processes/NODE/STEP.log`; one of more than a megabyte is put aside as `.log.1` when the program is started
//! again). Nothing ties it to the agent: an agent that ends, crashes or is updated leaves it running, and the next one
//! finds it by its record: process number and time of birth, so that another process that was given the same number
//! later is not taken for it.
//!
//! The engine needs a program that stays in the foreground; one that makes itself a daemon ends at once by its lights.
//! `running: false` ends all processes that were started for the step's node, whatever their command is by now.

mod identity;
mod record;
mod start;
mod stop;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::output::Secrets;
use super::{Context, Observed, Outcome};
use crate::role::RoleStep;
use crate::topology::{Action, ProcessAction};
pub(super) use identity::born;
use record::Folder;
pub(super) use stop::{Ending, end};

/// How long a program must live to count as started.
const MOMENT: Duration = Duration::from_millis(200);
/// How often a record and its process are looked at although nothing told of a change.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How often a process that cannot be waited for is looked at, at first and at last.
const POLL: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));

/// Looks whether it runs (or runs no more).
pub(super) fn look(context: &Context, step: &RoleStep, action: &ProcessAction) -> Observed {
    let folder = Folder::of(context, step);
    let seen = if action.running {
        look_running(&folder, step, action)
    } else {
        look_stopped(&folder)
    };
    seen.unwrap_or_else(Observed::Failed)
}

fn look_running(folder: &Folder, step: &RoleStep, action: &ProcessAction) -> Result<Observed, String> {
    let Some(record) = folder.read(&step.name)? else {
        return Ok(Observed::NotReached("it was not started".to_owned()));
    };
    Ok(match record.alive()? {
        None => Observed::NotReached("it is no longer running".to_owned()),
        Some(_) if record.digest == record::digest(action) => Observed::Reached,
        Some(pid) => Observed::NotReached(format!(
            "process {} runs with another command",
            pid.as_raw_nonzero()
        )),
    })
}

fn look_stopped(folder: &Folder) -> Result<Observed, String> {
    for record in folder.all()? {
        if let Some(pid) = record.alive()? {
            let pid = pid.as_raw_nonzero();
            return Ok(Observed::NotReached(format!("process {pid} is still running")));
        }
    }
    Ok(Observed::Reached)
}

/// Waits until the step's process, or for a step that stops one of those that still run, has ended.
pub(super) async fn changed(context: &Context, step: &RoleStep) {
    let folder = Folder::of(context, step);
    let is_stop = [&step.check, &step.apply]
        .into_iter()
        .any(|action| matches!(action, Some(Action::Process(action)) if !action.running));
    let records = folder.all().unwrap_or_default();
    let ended = async {
        for record in records {
            if (is_stop || record.step == step.name)
                && let (Ok(Some(pid)), Some(born)) = (record.alive(), &record.born)
            {
                return identity::gone(pid, born).await;
            }
        }
        std::future::pending::<()>().await;
    };
    // The look now and then finds what ended between the last look and this wait, and records that were removed.
    let _ = tokio::time::timeout(LOOK_AGAIN, ended).await;
}

/// Starts it, or starts it again if its command changed or if that is asked for (`again`); or stops it.
pub(super) async fn apply(
    context: &Context,
    step: &RoleStep,
    (action, again): (&ProcessAction, bool),
    own: &Secrets,
    deadline: Duration,
    cancel: &CancellationToken,
) -> Outcome {
    let folder = Folder::of(context, step);
    let work = async {
        let ending = Ending::of(action)?;
        if !action.running {
            for record in folder.all()? {
                stop::stop(&folder, &record, ending).await?;
            }
            return Ok(Outcome::done());
        }
        if let Some(record) = folder.read(&step.name)? {
            if !again && record.alive()?.is_some() && record.digest == record::digest(action) {
                return Ok(Outcome::done());
            }
            stop::stop(&folder, &record, ending).await?;
        }
        start::start(context, &folder, step, action, &secrets(step, action).and(own)).await
    };
    tokio::select! {
        outcome = work => outcome.unwrap_or_else(Outcome::failed),
        () = tokio::time::sleep(deadline) => {
            Outcome::failed(format!("it was not done within {} s", deadline.as_secs()))
        }
        () = cancel.cancelled() => Outcome::failed("it was cancelled"),
    }
}

fn secrets(step: &RoleStep, action: &ProcessAction) -> Secrets {
    let environment: Vec<_> = action
        .environment
        .iter()
        .map(|(name, value)| (name, serde_json::Value::String(value.clone())))
        .collect();
    Secrets::of(
        step.inputs
            .iter()
            .chain(environment.iter().map(|(name, value)| (*name, value))),
    )
}
