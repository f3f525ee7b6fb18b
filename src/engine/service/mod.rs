//! The service engine: a service of the machine's own service manager, systemd or a BSD's rc.
//!
//! It asks the manager for what differs and nothing else, and leaves restarting what dies to whoever sees it first: the
//! manager, by what the unit says, or this engine at its next look. With `restart_on` it keeps the digests of those files
//! beside the step's stamp, as they were when the service was started: where one differs, the service is started again.

mod files;
mod manager;
mod rc;
mod systemd;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Context, Observed, Outcome};
use crate::role::RoleStep;
use crate::topology::ServiceAction;
use files::Files;
use manager::{Manager, Run};

/// What a service manager tells of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    /// Whether it knows the service at all.
    known: bool,
    running: bool,
    /// Why it does not run, as far as that is told.
    why: String,
    /// Whether it is started with the machine; none where that cannot be said of it, or was not asked.
    enabled: Option<bool>,
    /// Whether its definition changed since it was read.
    stale: bool,
}

impl State {
    /// What differs from what is asked for; none if nothing does.
    fn difference(&self, action: &ServiceAction) -> Option<String> {
        let name = &action.name;
        if !self.known {
            return action
                .running
                .then(|| format!("there is no service `{name}` on this host"));
        }
        match (self.running, action.running) {
            (true, false) => return Some("it runs".to_owned()),
            (false, true) => return Some(self.why.clone()),
            (true, true) if self.stale => return Some("its unit file was changed".to_owned()),
            _ => {}
        }
        match (self.enabled, action.enabled) {
            (Some(true), Some(false)) => Some("it is enabled".to_owned()),
            (Some(false), Some(true)) => Some("it is not enabled".to_owned()),
            _ => None,
        }
    }
}

/// Looks whether it is as it is to be; `deadline`: how long that may take.
pub(super) async fn look(
    context: &Context,
    step: &RoleStep,
    action: &ServiceAction,
    deadline: Duration,
) -> Observed {
    let never = CancellationToken::new();
    let mut run = Run::new(context, step, deadline, &never);
    let seen = async {
        let manager = Manager::find(context, &run)?;
        let state = manager.state(action, &mut run).await?;
        Ok(state.difference(action))
    };
    match seen.await {
        Err(reason) => Observed::Failed(reason),
        Ok(Some(difference)) => Observed::NotReached(difference),
        Ok(None) if action.running => match Files::now(context, action).changed(context, step) {
            Some(changed) => Observed::NotReached(changed),
            None => Observed::Reached,
        },
        Ok(None) => Observed::Reached,
    }
}

/// Asks the manager for what differs. `again`: it is started again even if nothing does.
pub(super) async fn apply(
    context: &Context,
    step: &RoleStep,
    (action, again): (&ServiceAction, bool),
    deadline: Duration,
    cancel: &CancellationToken,
) -> Outcome {
    let mut run = Run::new(context, step, deadline, cancel);
    let done = bring_about(context, step, (action, again), &mut run).await;
    match done {
        Ok(()) => Outcome::done(),
        Err(message) => Outcome {
            tail: run.tail,
            ..Outcome::failed(message)
        },
    }
}

async fn bring_about(
    context: &Context,
    step: &RoleStep,
    (action, again): (&ServiceAction, bool),
    run: &mut Run<'_>,
) -> Result<(), String> {
    let manager = Manager::find(context, run)?;
    let state = manager.state(action, run).await?;
    if !action.running {
        if state.running {
            manager.stop(action, run).await?;
        }
        if state.enabled == Some(true) && action.enabled == Some(false) {
            manager.enable(action, false, run).await?;
        }
        return Ok(());
    }
    let mut state = state;
    if state.stale || !state.known {
        manager.reload(run).await?;
        if !state.known {
            state = manager.state(action, run).await?;
        }
    }
    if !state.known {
        return Err(format!(
            "there is no service `{}` on this host; install it first, as in the node's `create`, or correct its name",
            action.name
        ));
    }
    if let (Some(is), Some(wanted)) = (state.enabled, action.enabled)
        && is != wanted
    {
        manager.enable(action, wanted, run).await?;
    }
    // As they are now: what is changed while the service starts, it may not have read.
    let files = Files::now(context, action);
    if !state.running {
        manager.start(action, run).await?;
    } else if again || state.stale || files.changed(context, step).is_some() {
        manager.restart(action, run).await?;
    }
    files.keep(context, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_in_words() {
        let action = |running, enabled| ServiceAction {
            name: "web".into(),
            running,
            enabled,
            restart_on: Vec::new(),
        };
        let state = |running, enabled, stale| State {
            known: true,
            running,
            why: "it is dead".into(),
            enabled,
            stale,
        };
        for (state, action, wanted) in [
            (
                State::default(),
                action(true, None),
                "there is no service `web` on this host",
            ),
            (State::default(), action(false, Some(false)), ""),
            (state(true, None, false), action(true, Some(true)), ""),
            (state(true, Some(true), false), action(false, None), "it runs"),
            (state(false, Some(true), false), action(true, None), "it is dead"),
            (
                state(true, Some(true), true),
                action(true, None),
                "its unit file was changed",
            ),
            (
                state(false, Some(true), true),
                action(false, Some(false)),
                "it is enabled",
            ),
            (
                state(true, Some(false), false),
                action(true, Some(true)),
                "it is not enabled",
            ),
        ] {
            assert_eq!(state.difference(&action).unwrap_or_default(), wanted);
        }
    }
}
