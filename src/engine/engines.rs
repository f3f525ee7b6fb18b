//! All engines behind one door: which one answers is a matter of matching on the step's action.

mod grace;
mod timer;
mod wake;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::artifact::{self, Artifacts};
use super::own::Own;
use super::shell::Run;
use super::slots::{Last, Slot, Slots};
use super::used::{Held, Used};
use super::{
    Context, Engine, Observations, Observed, Outcome, Shared, Sight, file, given, mark, own, probe, process,
    service, stamp, template,
};
use crate::role::RoleStep;
use crate::store::Store;
use crate::topology::{Action, Expression, FileAction, Leaf, ShellAction, TemplateAction};
use wake::Wake;

/// The longest a check may take unless its step says so. It is a look, not work.
const CHECK_DEADLINE: Duration = Duration::from_secs(30);

/// The engines of one application on one host. Cheap to clone; clones are the same.
#[derive(Clone, Debug)]
pub struct Engines<S> {
    inner: Arc<Inner<S>>,
}

#[derive(Debug)]
struct Inner<S> {
    context: Context,
    store: S,
    slots: Slots,
    artifacts: Artifacts,
    used: Used,
}

impl<S: Store> Engines<S> {
    /// Engines for `context`, whose artifacts lie in `store`.
    pub fn new(context: Context, store: S) -> Self {
        Self {
            inner: Arc::new(Inner {
                context,
                store,
                slots: Slots::default(),
                artifacts: Artifacts::default(),
                used: Used::default(),
            }),
        }
    }

    /// What they work for.
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// Forgets what was kept for steps other than these: stamps, marks and artifacts. To be called when a role is taken up, so
    /// that the state directory does not grow from generation to generation. Processes and their logs stay: what ends
    /// them is a step. Artifacts of a do that still runs stay until it has ended.
    ///
    /// # Errors
    /// Says what cannot be removed. Nothing else depends on it.
    pub fn keep_only<'a>(&self, steps: impl IntoIterator<Item = &'a RoleStep>) -> std::io::Result<()> {
        let (mut stamps, mut marks, mut artifacts) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut outputs = BTreeSet::new();
        for step in steps {
            stamps.insert(stamp::path(self.context(), &step.name));
            outputs.insert(given::path(self.context(), &step.name));
            // What a step undoes may stand in the role no more, and come back before it is undone.
            for undone in &step.undoes {
                stamps.insert(stamp::path(self.context(), undone));
                outputs.insert(given::path(self.context(), undone));
                marks.insert(mark::path(self.context(), undone));
            }
            artifacts.extend(self.folders(step));
        }
        for (directory, kept) in [("stamps", stamps), ("marks", marks), ("given", outputs)] {
            for entry in self.context().state.join(directory).read_dir_utf8()? {
                let entry = entry?;
                if kept.contains(entry.path()) {
                    continue;
                }
                if entry.file_type()?.is_dir() {
                    std::fs::remove_dir_all(entry.path())?;
                } else {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
        let directory = self.context().state.join("artifacts");
        self.inner.used.keep_only(&directory, artifacts)
    }

    /// Keeps the step's artifacts where they are.
    fn hold(&self, step: &RoleStep) -> Held {
        self.inner.used.hold(self.folders(step))
    }

    /// Where the artifacts of a step are placed.
    fn folders(&self, step: &RoleStep) -> BTreeSet<Utf8PathBuf> {
        let actions = [&step.check, &step.apply].into_iter().flatten();
        let beside = actions.filter_map(|action| artifact::folder(self.context(), &action.artifacts()));
        let leaves = step.reads.iter().flat_map(Expression::leaves);
        let alone = leaves.filter_map(|leaf| match leaf {
            Leaf::File(file) => artifact::folder(self.context(), &[&file.artifact]),
            _ => None,
        });
        beside.chain(alone).collect()
    }

    /// What the last dos of these steps gave here, by step.
    pub fn given<'a>(
        &self,
        steps: impl IntoIterator<Item = &'a RoleStep>,
    ) -> BTreeMap<String, BTreeMap<String, serde_json::Value>> {
        given::read(self.context(), steps)
    }

    /// Looks, and looks again, until nobody listens.
    async fn follow(&self, step: &RoleStep, level: &watch::Sender<Sight>) {
        let mut wake = Wake::of(self, step);
        loop {
            let begun = Instant::now();
            let seen = self.look(step).await;
            // Whoever brought it about: it is there, and there is something to take away one day.
            if seen == Observed::Reached
                && mark::is_due(step)
                && let Err(error) = mark::set(self.context(), step)
            {
                tracing::warn!("cannot note that `{}` is here: {error}", step.node);
            }
            // Told even if it is what was seen before: between two looks that saw nothing there, a do may have made the
            // file and somebody may have removed it again. Who listens knows of the do, so it must hear of the removal.
            level.send_replace(Sight {
                begun,
                seen: seen.clone(),
            });
            wake.wait(self.context(), step, seen).await;
        }
    }

    /// Forgets all that was kept for the application on this host.
    ///
    /// # Errors
    /// Says what cannot be removed.
    pub fn forget_all(&self) -> std::io::Result<()> {
        match std::fs::remove_dir_all(&self.context().state) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn slot(&self, step: &RoleStep) -> Arc<Slot> {
        self.inner.slots.get(&wake::slot_name(step))
    }

    fn run<'a>(&'a self, own: &'a Own<'_>, action: &'a ShellAction) -> Run<'a, S> {
        Run {
            context: self.context(),
            store: &self.inner.store,
            artifacts: &self.inner.artifacts,
            step: &own.step,
            action,
            secrets: &own.secrets,
        }
    }

    /// What a look by `action`, the step's check or its do, sees.
    async fn look_by(&self, own: &Own<'_>, action: &Action) -> Observed {
        let (context, step) = (self.context(), &*own.step);
        let Shared { checks, probes, .. } = &context.shared;
        let timeout = step.look.timeout_ms.map_or(CHECK_DEADLINE, Duration::from_millis);
        match action {
            Action::Nil => Observed::Reached,
            Action::File(action) => file::look(context, action),
            Action::Template(action) => match self.file_of(step, action).await {
                Ok(file) => file::look(context, &file),
                Err(reason) => Observed::Failed(reason),
            },
            Action::Process(action) => process::look(context, step, action),
            Action::Shell(script) => {
                let _held = self.hold(step);
                let run = self.run(own, script);
                self.look_in_turn(step, action, checks, run.look(timeout)).await
            }
            Action::Service(service) => {
                let look = service::look(context, step, service, timeout);
                self.look_in_turn(step, action, checks, look).await
            }
            Action::Tcp(probe) => {
                let look = probe::tcp(probe, timeout);
                self.look_in_turn(step, action, probes, look).await
            }
            Action::Http(probe) => {
                let look = probe::http(probe, timeout);
                self.look_in_turn(step, action, probes, look).await
            }
        }
    }

    /// The step with what only this host has.
    async fn own<'a>(&self, step: &'a RoleStep) -> Result<Own<'a>, String> {
        let Inner {
            context,
            store,
            artifacts,
            ..
        } = &*self.inner;
        own::fill(context, store, artifacts, step).await
    }

    /// Carries out a check that takes its time: of one step once at a time, of all steps as many as there are `permits`.
    /// Who asks while one is running gets the next; those who wait for the same next share it.
    async fn look_in_turn(
        &self,
        step: &RoleStep,
        action: &Action,
        permits: &Semaphore,
        look: impl Future<Output = Observed>,
    ) -> Observed {
        let asked = Instant::now();
        let slot = self.slot(step);
        let mut last = slot.check.lock().await;
        if let Some(last) = &*last
            && last.begun >= asked
            && last.digest == step.digest
            && last.engine == action.engine()
        {
            return last.seen.clone();
        }
        // It is never closed.
        let _permit = permits.acquire().await;
        let begun = Instant::now();
        let seen = look.await;
        *last = Some(Last {
            begun,
            digest: step.digest.clone(),
            engine: action.engine(),
            seen: seen.clone(),
        });
        seen
    }

    /// Looks at a step that has all in place.
    async fn look_at(&self, own: &Own<'_>) -> Observed {
        let (context, step) = (self.context(), &*own.step);
        // What is to run must run, and a process with this very command, whatever another check says of it.
        if let Some(apply) = step.apply.as_ref().filter(|apply| apply.serves())
            && step.check.as_ref() != Some(apply)
        {
            let seen = self.look_by(own, apply).await;
            if seen != Observed::Reached {
                return seen;
            }
        }
        match &step.check {
            Some(action) => self.look_by(own, action).await,
            None if matches!(step.apply, Some(Action::Process(_) | Action::Service(_))) => Observed::Reached,
            // What was never here need not be taken away.
            None if is_stamped(step) && !step.up && !mark::has_work(context, step) => Observed::Reached,
            None if is_stamped(step) && step.reads.notices.is_some() => stamp::notice(context, step),
            None if is_stamped(step) => stamp::look(context, step),
            None => Observed::Reached,
        }
    }

    /// Notes what is no longer true once a do has begun.
    fn begin(&self, step: &RoleStep) -> std::io::Result<()> {
        let context = self.context();
        if mark::is_due(step) {
            mark::set(context, step)?;
        }
        for undone in &step.undoes {
            stamp::remove(context, undone)?;
        }
        // What was noticed last stays noted until the step was done with what is noticed now.
        if is_stamped(step) && step.reads.notices.is_none() {
            stamp::remove(context, &step.name)?;
        }
        Ok(())
    }

    /// Notes what a do that ended well made true.
    fn end(&self, step: &RoleStep, outcome: &Outcome) -> std::io::Result<()> {
        if step.apply.as_ref().is_some_and(Action::gives_outputs) {
            given::write(self.context(), step, &outcome.outputs)?;
        }
        if is_stamped(step) {
            stamp::write(self.context(), step)?;
        }
        if step.ends {
            mark::clear(self.context(), step)?;
        }
        Ok(())
    }

    /// The file that a template asks for.
    async fn file_of(&self, step: &RoleStep, action: &TemplateAction) -> Result<FileAction, String> {
        let Inner {
            context,
            store,
            artifacts,
            ..
        } = &*self.inner;
        let _held = self.hold(step);
        let path = artifacts.place(context, store, &[&action.artifact]).await?;
        template::file(&path, action, &step.inputs)
    }

    async fn bring_about(&self, action: &FileAction) -> Outcome {
        let done = if file::is_slow(action) {
            let (engines, action) = (self.clone(), action.clone());
            tokio::task::spawn_blocking(move || file::apply(engines.context(), &action))
                .await
                .unwrap_or_else(|error| Err(format!("the file engine failed: {error}")))
        } else {
            file::apply(self.context(), action)
        };
        done.map_or_else(Outcome::failed, |()| Outcome::done())
    }

    async fn carry_out(&self, own: &Own<'_>, deadline: Duration, cancel: &CancellationToken) -> Outcome {
        let (context, step) = (self.context(), &*own.step);
        let begun = Instant::now();
        let left = || deadline.saturating_sub(begun.elapsed());
        match &step.apply {
            None | Some(Action::Nil) => Outcome::done(),
            // The compiler lets none through.
            Some(action @ (Action::Tcp(_) | Action::Http(_))) => Outcome::failed(format!(
                "the engine `{}` only looks; its place is a check",
                action.engine()
            )),
            Some(Action::File(action)) => self.bring_about(action).await,
            Some(Action::Template(action)) => match self.file_of(step, action).await {
                Ok(file) => self.bring_about(&file).await,
                Err(reason) => Outcome::failed(reason),
            },
            Some(Action::Shell(action)) => self.run(own, action).apply(deadline, cancel).await,
            Some(apply @ Action::Process(action)) => match self.hangs(own, apply, deadline, cancel).await {
                None => Outcome::done(),
                Some(again) => {
                    process::apply(context, step, (action, again), &own.secrets, left(), cancel).await
                }
            },
            Some(apply @ Action::Service(action)) => match self.hangs(own, apply, deadline, cancel).await {
                None => Outcome::done(),
                Some(again) => service::apply(context, step, (action, again), left(), cancel).await,
            },
        }
    }
}

/// Whether the stamp is the step's check. A step with nothing to check and nothing to do is always reached.
fn is_stamped(step: &RoleStep) -> bool {
    step.check.is_none() && !matches!(step.apply, None | Some(Action::Nil | Action::Service(_)))
}

impl<S: Store> Engine for Engines<S> {
    fn observe(&self, step: &RoleStep) -> Observations {
        let (sender, level) = watch::channel(Sight {
            begun: Instant::now(),
            seen: Observed::Unknown,
        });
        let token = CancellationToken::new();
        let guard = token.clone().drop_guard();
        let (engines, step) = (self.clone(), step.clone());
        tokio::spawn(async move {
            token.run_until_cancelled(engines.follow(&step, &sender)).await;
        });
        Observations { level, guard }
    }

    async fn look(&self, step: &RoleStep) -> Observed {
        if step.reads.is_empty() || !own::is_looked_at_with(step) {
            return self.look_at(&Own::nothing(step)).await;
        }
        let _held = self.hold(step);
        match self.own(step).await {
            Ok(own) => own.secrets.out_of_sight(self.look_at(&own).await),
            Err(reason) => Observed::Failed(reason),
        }
    }

    async fn apply(&self, step: &RoleStep, deadline: Duration, cancel: CancellationToken) -> Outcome {
        if let Err(error) = self.begin(step) {
            return Outcome::failed(format!("cannot note that it is begun: {error}"));
        }
        let _held = self.hold(step);
        let begun = Instant::now();
        let outcome = match self.own(step).await {
            Ok(own) => {
                let outcome = self.carry_out(&own, deadline, &cancel).await;
                own.secrets.out_of_outcome(outcome)
            }
            Err(reason) => Outcome::failed(reason),
        };
        let grace = grace::of(step).min(deadline.saturating_sub(begun.elapsed()));
        if outcome.ok && !grace.is_zero() {
            // Who asked for this looks for himself.
            self.settles(step, grace, &cancel).await;
        }
        let mut outcome = if outcome.ok
            && let Err(error) = self.end(step, &outcome)
        {
            Outcome::failed(format!("it was done, but that cannot be noted: {error}"))
        } else {
            outcome
        };
        outcome.ended = Some(Instant::now());
        // Looks of those who observe it need not wait for their turn.
        self.slot(step).poke();
        outcome
    }
}
