//! The time between a do that went well and a check that holds: a server that was started does not answer at once.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Engines;
use crate::engine::own::Own;
use crate::engine::{Engine, Observed};
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
    let starts = step.apply.as_ref().filter(|apply| apply.serves());
    let is_served = starts.is_some() && step.check.is_some() && step.check.as_ref() != starts;
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
            if Instant::now() >= end || self.is_dead(step).await {
                return false;
            }
            tokio::select! {
                () = sleep(pause.min(end - Instant::now())) => {}
                () = cancel.cancelled() => return false,
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Whether what the step's do starts runs already, and yet its check does not hold when the grace is over: then it is
    /// to be started again. None: all is well, it was only coming up.
    pub(super) async fn hangs(
        &self,
        own: &Own<'_>,
        apply: &Action,
        deadline: Duration,
        cancel: &CancellationToken,
    ) -> Option<bool> {
        let runs = apply.serves() && self.look_by(own, apply).await == Observed::Reached;
        if runs && self.settles(&own.step, of(&own.step).min(deadline), cancel).await {
            return None;
        }
        Some(runs)
    }

    async fn is_dead(&self, step: &RoleStep) -> bool {
        let Ok(own) = self.own(step).await else {
            return false;
        };
        match &own.step.apply {
            Some(apply) if apply.serves() => self.look_by(&own, apply).await != Observed::Reached,
            _ => false,
        }
    }
}
