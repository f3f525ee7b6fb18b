//! The time between a do that went well and a check that holds: a server that was started does not answer at once.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Engines;
use crate::engine::{Engine, Observed, process};
use crate::role::RoleStep;
use crate::store::Store;
use crate::topology::Action;

/// How long services may take to answer unless the step says so.
const USUAL: Duration = Duration::from_secs(10);
/// The pause between two looks, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// How long the step's check may take to hold after its do.
pub(super) fn of(step: &RoleStep) -> Duration {
    let is_probe = step.check.as_ref().is_some_and(Action::only_looks);
    let starts = matches!(&step.apply, Some(Action::Process(action)) if action.running);
    let is_served = starts && !matches!(step.check, None | Some(Action::Process(_)));
    let usual = if is_probe || is_served {
        USUAL
    } else {
        Duration::ZERO
    };
    step.look.grace_ms.map_or(usual, Duration::from_millis)
}

impl<S: Store> Engines<S> {
    /// Looks, and looks again for `grace` at most, until the step is reached. Tells whether it is. What has died in the
    /// meantime is not waited for.
    pub(super) async fn settles(&self, step: &RoleStep, grace: Duration, cancel: &CancellationToken) -> bool {
        let end = Instant::now() + grace;
        let mut pause = PAUSES.0;
        loop {
            // A look takes its own time; that of the do does not wait for it.
            let seen = tokio::select! {
                seen = self.look(step) => seen,
                () = cancel.cancelled() => return false,
            };
            if seen == Observed::Reached {
                return true;
            }
            if Instant::now() >= end || self.is_dead(step) {
                return false;
            }
            tokio::select! {
                () = sleep(pause.min(end - Instant::now())) => {}
                () = cancel.cancelled() => return false,
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    fn is_dead(&self, step: &RoleStep) -> bool {
        match &step.apply {
            Some(Action::Process(action)) if action.running => {
                process::look(self.context(), step, action) != Observed::Reached
            }
            _ => false,
        }
    }
}
