//! What may change a step's level, and waiting for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{Engines, is_stamped};
use crate::engine::slots::Slot;
use crate::engine::{Context, Observed, Watched, process, stamp};
use crate::role::RoleStep;
use crate::store::Store;
use crate::topology::Action;

/// The first pause between two looks that nothing but time calls for; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);
/// The longest pause while the check itself cannot be carried out.
const LONGEST_FAILED: Duration = Duration::from_secs(30);

/// How long after its own do a file is not looked at. Whoever did it looked when it ended, before others were told; what the
/// system tells of the do itself comes in several parts a moment later, and would cost a look each, on the way of what
/// waits for the do.
const SETTLING: Duration = Duration::from_millis(3);

/// What wakes who observes a step.
pub(super) struct Wake {
    /// Something happened to the file it is about.
    watched: Option<Watched>,
    /// Something was done. Steps that are about a node's processes are told of all of these.
    pokes: watch::Receiver<Option<Instant>>,
    /// Lasts as long as somebody holds it.
    _slot: Arc<Slot>,
    /// One of the node's processes ended.
    process: bool,
    /// Nothing tells: it is looked again from time to time.
    timer: Option<Timer>,
}

/// The slot's name: that of the step, or of the node if the step is about the node's processes.
pub(super) fn slot_name(step: &RoleStep) -> String {
    if is_about_processes(step) {
        format!("processes of {}", step.node)
    } else {
        format!("step {}", step.name)
    }
}

fn is_about_processes(step: &RoleStep) -> bool {
    [&step.check, &step.apply]
        .into_iter()
        .any(|action| matches!(action, Some(Action::Process(_))))
}

impl Wake {
    pub(super) fn of<S: Store>(engines: &Engines<S>, step: &RoleStep) -> Self {
        let context = engines.context();
        let path = match &step.check {
            // A path that cannot be is never there.
            Some(Action::File(action)) => context.locate(&action.path).ok().map(|location| location.path()),
            None if is_stamped(step) => Some(stamp::path(context, step)),
            _ => None,
        };
        let slot = engines.slot(step);
        Self {
            watched: path.map(|path| context.shared.watcher.watch(path.as_std_path())),
            pokes: slot.pokes(),
            _slot: slot,
            process: is_about_processes(step),
            timer: matches!(
                step.check,
                Some(Action::Shell(_) | Action::Tcp(_) | Action::Http(_))
            )
            .then(Timer::default),
        }
    }

    /// Waits until it should be looked again; `seen` is what the last look saw.
    pub(super) async fn wait(&mut self, context: &Context, step: &RoleStep, seen: Observed) {
        let pause = self.timer.as_mut().map(|timer| timer.pause(seen));
        let watched = self.watched.as_ref();
        tokio::select! {
            () = async { match watched {
                Some(watched) => watched.changed().await,
                None => std::future::pending().await,
            } } => {}
            // Its sender is in the slot, which is held.
            _ = self.pokes.changed() => {
                if let Some(timer) = &mut self.timer {
                    *timer = Timer::default();
                }
            }
            () = process::changed(context, step), if self.process => {}
            () = async { match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            } } => {}
        }
        self.settle().await;
    }

    /// Lets what the system tells of the step's own do come together. What happens meanwhile is seen by the look that follows.
    async fn settle(&mut self) {
        let Some(watched) = &self.watched else {
            return;
        };
        let done = *self.pokes.borrow_and_update();
        let left = done.and_then(|done| SETTLING.checked_sub(done.elapsed()));
        if let Some(left) = left {
            tokio::time::sleep(left).await;
            watched.forget();
        }
    }
}

/// When to look again.
#[derive(Default)]
struct Timer {
    last: Option<Observed>,
    pause: Duration,
}

impl Timer {
    /// Short after a change, then longer and longer.
    fn pause(&mut self, seen: Observed) -> Duration {
        let longest = match seen {
            Observed::Failed(_) => LONGEST_FAILED,
            _ => LONGEST,
        };
        let same = self
            .last
            .as_ref()
            .is_some_and(|last| std::mem::discriminant(last) == std::mem::discriminant(&seen));
        self.pause = if same {
            (self.pause * 2).min(longest)
        } else {
            FIRST
        };
        self.last = Some(seen);
        // Spread, so that the checks of many steps do not come all at once for ever.
        self.pause.mul_f64(0.9 + 0.2 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_something_changes() {
        let mut timer = Timer::default();
        let first = timer.pause(Observed::Reached);
        assert!(first <= FIRST * 11 / 10);
        for _ in 0..10 {
            timer.pause(Observed::Reached);
        }
        let late = timer.pause(Observed::Reached);
        assert!(late >= LONGEST * 9 / 10 && late <= LONGEST * 11 / 10);
        assert!(timer.pause(Observed::NotReached("x".into())) <= FIRST * 11 / 10);
    }
}
