//! All engines behind one door: which one answers is a matter of matching on the step's action.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Context, Engine, Observations, Observed, Outcome, Watched, file, stamp};
use crate::role::RoleStep;
use crate::store::Store;
use crate::topology::Action;

/// The engines of one application on one host. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engines<S> {
    context: Arc<Context>,
    store: S,
}

impl<S: Store> Engines<S> {
    /// Engines for `context`, whose artifacts lie in `store`.
    pub fn new(context: Context, store: S) -> Self {
        Self {
            context: Arc::new(context),
            store,
        }
    }

    /// What they work for.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Looks, and looks again, until nobody listens.
    async fn follow(&self, step: &RoleStep, level: &watch::Sender<Observed>) {
        let wake = self.wake(step);
        loop {
            let seen = self.look(step).await;
            // Told even if it is what was seen before: between two looks that saw nothing there, a do may have made the
            // file and somebody may have removed it again. Who listens knows of the do, so it must hear of the removal.
            level.send_replace(seen);
            match &wake {
                Wake::Never => return std::future::pending().await,
                Wake::Changed(watched) => watched.changed().await,
            }
        }
    }

    /// What may change the step's level.
    fn wake(&self, step: &RoleStep) -> Wake {
        let watch =
            |path: &camino::Utf8Path| Wake::Changed(self.context.shared.watcher.watch(path.as_std_path()));
        match &step.check {
            Some(Action::File(action)) => match self.context.locate(&action.path) {
                Ok(location) => watch(&location.path()),
                Err(_) => Wake::Never,
            },
            None if is_stamped(step) => watch(&stamp::path(&self.context, step)),
            _ => Wake::Never,
        }
    }

    async fn carry_out(&self, step: &RoleStep) -> Outcome {
        match &step.apply {
            None | Some(Action::Nil) => Outcome::done(),
            Some(Action::File(action)) => {
                let done = if file::is_slow(action) {
                    let (context, action) = (Arc::clone(&self.context), action.clone());
                    tokio::task::spawn_blocking(move || file::apply(&context, &action))
                        .await
                        .unwrap_or_else(|error| Err(format!("the file engine failed: {error}")))
                } else {
                    file::apply(&self.context, action)
                };
                done.map_or_else(Outcome::failed, |()| Outcome::done())
            }
            Some(action) => Outcome::failed(format!("the engine `{}` is not there yet", action.engine())),
        }
    }
}

/// What may change a level.
enum Wake {
    Never,
    Changed(Watched),
}

/// Whether the stamp is the step's check. A step with nothing to check and nothing to do is always reached.
fn is_stamped(step: &RoleStep) -> bool {
    step.check.is_none() && !matches!(step.apply, None | Some(Action::Nil))
}

impl<S: Store> Engine for Engines<S> {
    fn observe(&self, step: &RoleStep) -> Observations {
        let (sender, level) = watch::channel(Observed::Unknown);
        let token = CancellationToken::new();
        let guard = token.clone().drop_guard();
        let (engines, step) = (self.clone(), step.clone());
        tokio::spawn(async move {
            token.run_until_cancelled(engines.follow(&step, &sender)).await;
        });
        Observations { level, guard }
    }

    async fn look(&self, step: &RoleStep) -> Observed {
        match &step.check {
            Some(Action::File(action)) => file::look(&self.context, action),
            None if is_stamped(step) => stamp::look(&self.context, step),
            Some(Action::Nil) | None => Observed::Reached,
            Some(action) => Observed::Failed(format!("the engine `{}` is not there yet", action.engine())),
        }
    }

    async fn apply(&self, step: &RoleStep, _deadline: Duration, _cancel: CancellationToken) -> Outcome {
        // From here on it is no longer true that it was done.
        if is_stamped(step)
            && let Err(error) = stamp::remove(&self.context, step)
        {
            return Outcome::failed(format!("cannot remove its old stamp: {error}"));
        }
        let outcome = self.carry_out(step).await;
        if outcome.ok
            && is_stamped(step)
            && let Err(error) = stamp::write(&self.context, step)
        {
            return Outcome::failed(format!("it was done, but its stamp cannot be written: {error}"));
        }
        outcome
    }
}
