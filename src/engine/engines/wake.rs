//! What may change a step's level, and waiting for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::timer::{Timer, is_polled};
use super::{Engines, is_stamped};
use crate::engine::slots::Slot;
use crate::engine::{Context, Observed, Watched, process, stamp};
use crate::role::RoleStep;
use crate::store::Store;
use crate::topology::Action;

/// The least pause between two looks that a watched path calls for where each costs more than a look at a file: it may be
/// written to all the time.
const BREATH: Duration = Duration::from_millis(100);
/// How long after its own do a file is not looked at. Whoever did it looked when it ended, before others were told; what the
/// system tells of the do itself comes in several parts a moment later, and would cost a look each, on the way of what
/// waits for the do.
const SETTLING: Duration = Duration::from_millis(3);

/// What wakes who observes a step.
pub(super) struct Wake {
    /// Something happened to the file it is about, or to one that it is to be looked at for.
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
        let own = match &step.check {
            Some(Action::File(action)) => std::slice::from_ref(&action.path),
            Some(Action::Template(action)) => std::slice::from_ref(&action.file.path),
            Some(Action::Service(action)) => &action.restart_on,
            _ => &[],
        };
        // A path that cannot be is never there.
        let located = own
            .iter()
            .chain(&step.look.watch)
            .filter_map(|path| Some(context.locate(path).ok()?.path()));
        let stamp = is_stamped(step).then(|| stamp::path(context, &step.name));
        let paths: Vec<_> = located.chain(stamp).map(Into::into).collect();
        let slot = engines.slot(step);
        Self {
            watched: (!paths.is_empty()).then(|| context.shared.watcher.watch_all(paths)),
            pokes: slot.pokes(),
            _slot: slot,
            process: is_about_processes(step),
            timer: Timer::of(step),
        }
    }

    /// Waits until it should be looked again; `seen` is what the last look saw.
    pub(super) async fn wait(&mut self, context: &Context, step: &RoleStep, seen: Observed) {
        let pause = self.timer.as_mut().map(|timer| timer.pause(seen));
        let watched = self.watched.as_ref();
        let is_polled = is_polled(step);
        tokio::select! {
            () = async { match watched {
                Some(watched) => watched.changed().await,
                None => std::future::pending().await,
            } } => {
                if is_polled {
                    tokio::time::sleep(BREATH).await;
                }
            }
            // Its sender is in the slot, which is held.
            _ = self.pokes.changed() => {
                if let Some(timer) = &mut self.timer {
                    timer.restart();
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
