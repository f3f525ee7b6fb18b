//! One application on this host: its pure state, and what runs for it.

mod reading;

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::apply::{self, Did, doing, looking, poll_once};
use super::farewell::Leave;
use super::input::{Input, PlayInput};
use super::news::{Happened, News};
use crate::choreography::{self, Command, Event, Level, ObservationId, RunId, State, WriteId, WriteResult};
use crate::engine::{Engine, Engines, Sight};
use crate::role::{Current, Pause, Role, RoleStep, StepState, StepStatus, keys};
use crate::store::{Store, Target, Transaction};

/// A step that is looked at.
#[derive(Debug)]
struct Observing {
    level: watch::Receiver<Sight>,
    forward: JoinHandle<()>,
    /// When its last do ended. A look that began before may have seen what was there before it, and be told after it.
    done: Option<Instant>,
    _guard: DropGuard,
}

/// A do under way.
#[derive(Debug)]
struct Running {
    id: ObservationId,
    step: Arc<RoleStep>,
    cancel: CancellationToken,
    started: Instant,
}

/// What a play needs of the agent to carry out commands.
#[derive(Debug)]
pub(super) struct Around<'a, S> {
    pub(super) store: &'a S,
    pub(super) inputs: &'a mpsc::Sender<Input>,
    pub(super) host: &'a Arc<str>,
    /// The create revision of our record; None while we have none.
    pub(super) fence: Option<u64>,
    pub(super) session: u64,
    pub(super) news: Option<&'a mpsc::UnboundedSender<News>>,
    pub(super) now: u64,
}

/// What the agent has to know of what a play did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// A write was refused.
    pub(super) fenced_out: bool,
    /// Whether it is refused, or the reason for it, changed.
    pub(super) refused_changed: bool,
}

/// One application on this host.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state")]
pub(super) struct Play<S> {
    pub(super) application: Arc<str>,
    engines: Engines<S>,
    state: State,
    /// Events that came out of commands, to be taken before anything else.
    queue: VecDeque<Event>,
    observing: HashMap<ObservationId, Observing>,
    running: HashMap<RunId, Running>,
    /// When the state wants to be woken.
    pub(super) wake: Option<u64>,
    /// The pointer that is played.
    pub(super) current: Option<Current>,
    /// Nothing new of it starts.
    pub(super) pause: Option<Pause>,
    /// What that and a pause of the host come to, as was told to the state.
    pub(super) hold: Option<choreography::Pause>,
    /// The revision of the pointer that was read last.
    pub(super) pointer: Option<u64>,
    /// What was said of our leaving since then.
    pub(super) leave: Leave,
    /// Nothing of it is left here, and the store was told so: what the engines kept may go too.
    pub(super) gone: bool,
    /// The keys by which the application asks, as seen last, with their revisions.
    seen: Option<Vec<(String, u64)>>,
    watching: Vec<Watching>,
    watches: u64,
    syncing: bool,
    sync_again: bool,
    sync_failures: u32,
    /// Read once in this session.
    pub(super) synced: bool,
    /// The assignment is gone: the play ends when it is idle.
    pub(super) leaving: bool,
}

/// A write under way.
type Telling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A watch of one prefix. Several prefixes in one watch would be told as one, which on etcd costs a round trip a hop.
#[derive(Debug)]
struct Watching {
    /// The host whose states it is about; None: the pointer.
    host: Option<String>,
    number: u64,
    /// It tells nothing at present.
    lost: bool,
    task: JoinHandle<()>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Drop for Observing {
    fn drop(&mut self) {
        self.forward.abort();
    }
}

impl<S: Store> Play<S> {
    pub(super) fn new(application: Arc<str>, engines: Engines<S>, config: choreography::Config) -> Self {
        Self {
            application,
            engines,
            state: State::new(config),
            queue: VecDeque::new(),
            observing: HashMap::new(),
            running: HashMap::new(),
            wake: None,
            current: None,
            pause: None,
            hold: None,
            pointer: None,
            leave: Leave::default(),
            gone: false,
            seen: None,
            watching: Vec::new(),
            watches: 0,
            syncing: false,
            sync_again: false,
            sync_failures: 0,
            synced: false,
            leaving: false,
        }
    }

    /// Forgets what the engines kept for steps that this role does not have.
    pub(super) fn keep_only(&self, role: &Role) -> std::io::Result<()> {
        self.engines.keep_only(&role.steps)
    }

    /// Plays a role from now on.
    pub(super) fn cast(&mut self, role: Box<Role>, current: &Current) {
        let kept = self.engines.given(&role.steps);
        self.push(Event::Role(role, current.goal, current.turns));
        self.push(Event::Kept(kept));
    }

    /// The end of it: where nothing is left of the application, what the engines kept for it goes too.
    pub(super) fn forget(&self) {
        if self.gone
            && let Err(error) = self.engines.forget_all()
        {
            tracing::warn!(
                "{}: what was kept of it cannot be removed: {error}",
                self.application
            );
        }
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Adds an event to be taken with the next [`Self::work`].
    pub(super) fn push(&mut self, event: Event) {
        self.queue.push_back(event);
    }

    /// Sets how many dos may run at once from the next event on.
    pub(super) fn limit(&mut self, limit: usize) {
        self.state.set_limit(limit);
    }

    pub(super) fn has_work(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Takes an event at most `most` times; those that follow from it (a do that ended at once) count.
    pub(super) fn work(&mut self, around: &Around<'_, S>, most: usize) -> Asked {
        let mut asked = Asked::default();
        for _ in 0..most {
            let Some(event) = self.queue.pop_front() else {
                break;
            };
            let about = self.about(&event);
            let before = about.as_ref().and_then(|(id, _)| self.state.status(*id));
            let refused = self.state.refused().map(str::to_owned);
            let state = std::mem::replace(&mut self.state, State::new(choreography::Config::default()));
            let (state, commands) = choreography::step(state, around.now, event);
            self.state = state;
            asked.refused_changed |= self.state.refused() != refused.as_deref();
            // What others wait for goes out before it is logged here.
            let (told, commands): (Vec<_>, Vec<_>) = commands
                .into_iter()
                .partition(|command| matches!(command, Command::Write { .. }));
            for command in told {
                asked.fenced_out |= self.carry_out(around, command);
            }
            if let Some((id, step)) = about {
                self.report(around, id, &step, before);
            }
            for command in commands {
                asked.fenced_out |= self.carry_out(around, command);
            }
        }
        asked
    }

    /// The step that an event is about.
    fn about(&mut self, event: &Event) -> Option<(ObservationId, Arc<RoleStep>)> {
        match event {
            Event::Level(id, _) => {
                let (step, _) = self.state.part(*id)?;
                Some((*id, step))
            }
            Event::Finished(run, ..) => {
                let running = self.running.remove(run)?;
                tracing::debug!(
                    application = &*self.application,
                    step = running.step.name,
                    milliseconds = running.started.elapsed().as_secs_f64() * 1e3,
                    "do ended"
                );
                Some((running.id, running.step))
            }
            _ => None,
        }
    }

    /// Tells what became of a step.
    fn report(
        &self,
        around: &Around<'_, S>,
        id: ObservationId,
        step: &RoleStep,
        before: Option<(StepStatus, u64)>,
    ) {
        let Some((status, heals)) = self.state.status(id) else {
            return;
        };
        let was = before.map(|(status, _)| status);
        let heals_before = before.map_or(0, |(_, heals)| heals);
        let (application, name) = (&*self.application, &*step.name);
        let reason = || {
            self.state
                .standing(id)
                .map_or_else(String::new, |(_, state)| state.reason)
        };
        let happened = match status {
            StepStatus::Reached if before.is_some() && heals > heals_before => {
                tracing::info!("{application}: {name} was brought back");
                Happened::Healed
            }
            StepStatus::Reached if was != Some(StepStatus::Reached) => {
                tracing::info!("{application}: {name} is reached");
                Happened::Reached
            }
            StepStatus::Failing if was != Some(StepStatus::Failing) => {
                let reason = reason();
                tracing::warn!("{application}: {name} failed, and will be tried again: {reason}");
                Happened::Failed(reason)
            }
            StepStatus::Blocked if was != Some(StepStatus::Blocked) => {
                let reason = reason();
                tracing::error!("{application}: {name} is blocked, a person is needed: {reason}");
                Happened::Blocked(reason)
            }
            StepStatus::Running | StepStatus::Waiting if was == Some(StepStatus::Reached) => {
                tracing::info!("{application}: {name} no longer holds: {}", reason());
                Happened::Drifted
            }
            _ => Happened::Counted,
        };
        self.tell(around, name, happened);
    }

    pub(super) fn tell(&self, around: &Around<'_, S>, step: &str, happened: Happened) {
        if let Some(news) = around.news {
            let _ = news.send(News {
                at: Instant::now(),
                host: Arc::clone(around.host),
                application: Arc::clone(&self.application),
                step: step.into(),
                happened,
                counts: self.state.counts(),
            });
        }
    }

    /// Carries out a command. Says whether it was that we are fenced out.
    fn carry_out(&mut self, around: &Around<'_, S>, command: Command) -> bool {
        match command {
            Command::Observe(id, step) => self.observe(around, id, &step),
            Command::Forget(id) => {
                self.observing.remove(&id);
            }
            Command::Look(id, step) => self.look(around, id, step),
            Command::Apply {
                run,
                id,
                step,
                attempt,
                look_first,
            } => {
                self.apply(around, run, id, step, attempt, look_first);
            }
            Command::Cancel(run) => {
                if let Some(running) = self.running.get(&run) {
                    running.cancel.cancel();
                }
            }
            Command::Write { write, put, delete } => self.write(around, write, &put, &delete),
            Command::Wake(at) => self.wake = Some(at),
            Command::FencedOut => return true,
        }
        false
    }

    fn observe(&mut self, around: &Around<'_, S>, id: ObservationId, step: &RoleStep) {
        let observations = self.engines.observe(step);
        let mut level = observations.level.clone();
        let (inputs, application) = (around.inputs.clone(), Arc::clone(&self.application));
        let forward = tokio::spawn(async move {
            // Only that it changed: the loop reads the level when it gets there.
            while level.changed().await.is_ok() {
                let input = Input::Play(Arc::clone(&application), PlayInput::Level(id));
                if inputs.send(input).await.is_err() {
                    return;
                }
            }
            let failed = Level::Failed("khor's engine stopped looking at it".into());
            let _ = inputs
                .send(Input::Play(
                    application,
                    PlayInput::Looked(id, failed, Instant::now()),
                ))
                .await;
        });
        let observing = Observing {
            level: observations.level,
            forward,
            done: None,
            _guard: observations.guard,
        };
        self.observing.insert(id, observing);
    }

    fn look(&mut self, around: &Around<'_, S>, id: ObservationId, step: Arc<RoleStep>) {
        if self
            .observing
            .get(&id)
            .is_none_or(|observing| observing.forward.is_finished())
        {
            return self.observe(around, id, &step);
        }
        let look = looking(self.engines.clone(), step);
        let (inputs, application) = (around.inputs.clone(), Arc::clone(&self.application));
        tokio::spawn(async move {
            let begun = Instant::now();
            let level = look.await;
            let _ = inputs
                .send(Input::Play(application, PlayInput::Looked(id, level, begun)))
                .await;
        });
    }

    fn apply(
        &mut self,
        around: &Around<'_, S>,
        run: RunId,
        id: ObservationId,
        step: Arc<RoleStep>,
        attempt: u32,
        look_first: bool,
    ) {
        tracing::debug!("{}: {} is done, attempt {attempt}", self.application, step.name);
        let took = self.state.took(id).cloned().unwrap_or_default();
        let suspect = took.suspect();
        self.tell(around, &step.name, Happened::Started(took));
        let cancel = CancellationToken::new();
        let mut work = doing(
            self.engines.clone(),
            Arc::clone(&step),
            look_first,
            cancel.clone(),
        );
        let running = Running {
            id,
            step,
            cancel,
            started: Instant::now(),
        };
        self.running.insert(run, running);
        // A do that needs not wait (a file) is over here and now; the way over a task would cost more than the do.
        if let Some(did) = poll_once(&mut work) {
            self.finished(run, did);
            return;
        }
        let (inputs, application) = (around.inputs.clone(), Arc::clone(&self.application));
        tokio::spawn(async move {
            let send = async |input| {
                let _ = inputs.send(Input::Play(Arc::clone(&application), input)).await;
            };
            let in_time = match suspect.map(Duration::from_millis) {
                Some(after) => timeout(after, &mut work).await.ok(),
                None => Some(work.as_mut().await),
            };
            let did = if let Some(did) = in_time {
                did
            } else {
                send(PlayInput::Suspect(run)).await;
                work.await
            };
            send(PlayInput::Finished(run, did)).await;
        });
    }

    /// Says that a do takes far longer than ever, if it still runs.
    fn suspect(&self, around: &Around<'_, S>, run: RunId) {
        let Some(Running {
            id, step, started, ..
        }) = self.running.get(&run)
        else {
            return;
        };
        let Some(took) = self.state.took(*id) else {
            return;
        };
        let words = format!(
            "it runs for {} ms, far longer than ever: {} ms at most in {} times before",
            started.elapsed().as_millis(),
            took.longest,
            took.count
        );
        tracing::warn!("{}: {}: {words}", self.application, step.name);
        self.tell(around, &step.name, Happened::Slow(words));
    }

    fn finished(&mut self, run: RunId, did: Did) {
        let observing = self
            .running
            .get(&run)
            .and_then(|running| self.observing.get_mut(&running.id));
        if let Some(observing) = observing {
            observing.done = did.ended.max(observing.done);
        }
        self.push(Event::Finished(run, did.done, did.level));
    }

    /// Tells of a look, unless a do of the step ended since it began: then a later look is on its way.
    fn seen(&mut self, id: ObservationId, begun: Instant, level: Level) {
        let done = self.observing.get(&id).and_then(|observing| observing.done);
        if done.is_none_or(|done| done <= begun) {
            self.push(Event::Level(id, level));
        }
    }

    fn write(
        &mut self,
        around: &Around<'_, S>,
        write: WriteId,
        put: &[(String, StepState)],
        delete: &[String],
    ) {
        let Some(fence) = around.fence else {
            self.queue.push_back(Event::Written(write, WriteResult::Failed));
            return;
        };
        let record = keys::agent(around.host);
        let mut transaction = Transaction::new().when(record, Target::CreateRevision, fence);
        for (step, state) in put {
            let key = keys::state(&self.application, around.host, step);
            transaction = transaction.put(key, serde_json::to_vec(state).unwrap_or_default());
        }
        for step in delete {
            transaction = transaction.delete(keys::state(&self.application, around.host, step));
        }
        let (store, inputs) = (around.store.clone(), around.inputs.clone());
        let application = Arc::clone(&self.application);
        let mut telling: Telling = Box::pin(async move {
            let result = store.commit(transaction).await;
            let _ = inputs
                .send(Input::Play(application, PlayInput::Written(write, result)))
                .await;
        });
        // Polled here once: it is on its way before other tasks have their turn.
        if poll_once(&mut telling).is_none() {
            tokio::spawn(telling);
        }
    }

    /// Takes what a task sent.
    pub(super) fn take(&mut self, around: &Around<'_, S>, input: PlayInput) {
        match input {
            PlayInput::Level(id) => {
                if let Some(observing) = self.observing.get(&id) {
                    let Sight { begun, seen } = observing.level.borrow().clone();
                    self.seen(id, begun, apply::level(seen));
                }
            }
            PlayInput::Looked(id, level, begun) => self.seen(id, begun, level),
            PlayInput::Finished(run, did) => self.finished(run, did),
            PlayInput::Suspect(run) => self.suspect(around, run),
            PlayInput::Written(write, result) => {
                let result = match result {
                    Ok(crate::store::Commit::Done(_)) => WriteResult::Confirmed,
                    Ok(crate::store::Commit::Conflict) => WriteResult::Conflict,
                    Err(error) => {
                        tracing::warn!("{}: states cannot be told: {error}", self.application);
                        WriteResult::Failed
                    }
                };
                self.push(Event::Written(write, result));
            }
            PlayInput::Watched { watch, event } => {
                if let Some(place) = self.watching.iter().position(|watching| watching.number == watch) {
                    match self.watching[place].host.clone() {
                        None => self.on_pointer(around, place, event),
                        Some(host) => self.on_cues(host, event),
                    }
                }
            }
            // Read by `drive`, which keeps roles on disk.
            PlayInput::Synced { .. } | PlayInput::Left(_) => {}
            PlayInput::SyncNow => self.sync(around),
        }
    }
}
