//! The loop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::home::{Home, HomeError};
use super::input::{Input, PlayInput};
use super::news::News;
use super::play::{Around, Play};
use super::register::Registration;
use crate::choreography::Event;
use crate::engine::Shared;
use crate::role::{AgentRecord, Pause};
use crate::store::{Commit, Store};

/// How many events of one play are taken before others, and the tasks, have their turn.
pub(super) const BURST: usize = 16;
/// How many inputs may wait; then their senders wait.
const INPUTS: usize = 1024;
/// How long running dos may take to end by themselves when the agent is asked to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long cancelled dos may take to end: engines send TERM, and KILL some seconds later.
const CANCELLED: Duration = Duration::from_secs(12);
/// How long the last words to the store may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// What an agent is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The host whose roles are played.
    pub host: String,
    /// The agent's state directory.
    pub state: Utf8PathBuf,
    /// Where the host's root lies; none: it is the machine's.
    pub root: Option<Utf8PathBuf>,
    /// How many dos may run at once, over all applications.
    pub limit: usize,
    /// Time to live of the agent's lease: how long a dead agent keeps its host. Below 10 s is for tests.
    pub ttl: Duration,
    /// Where to tell what happens; none: only to the log.
    pub news: Option<mpsc::UnboundedSender<News>>,
}

impl Options {
    /// The usual ones for `host`.
    pub fn new(host: impl Into<String>, state: impl Into<Utf8PathBuf>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            host: host.into(),
            state: state.into(),
            root: None,
            limit: 2 * cores,
            ttl: Duration::from_secs(10),
            news: None,
        }
    }
}

/// How an agent is asked to end.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Cancelled: start nothing, let what runs end, tell what is unsaid, leave.
    pub stop: CancellationToken,
    /// Cancelled: do not wait for what runs.
    pub now: CancellationToken,
}

/// Why an agent cannot run at all.
#[derive(Debug, Error)]
pub enum AgentError {
    /// Its state directory cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
}

/// The agent of one host.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state")]
pub struct Agent<S> {
    pub(super) options: Options,
    pub(super) store: S,
    pub(super) host: Arc<str>,
    pub(super) home: Home,
    pub(super) shared: Shared,
    pub(super) clock: Clock,
    pub(super) plays: BTreeMap<Arc<str>, Play<S>>,
    pub(super) inputs: mpsc::Receiver<Input>,
    pub(super) sender: mpsc::Sender<Input>,
    pub(super) record: AgentRecord,
    /// Nothing new starts on this host.
    pub(super) pause: Option<Pause>,
    pub(super) registration: Option<Registration>,
    pub(super) registering: Option<JoinHandle<()>>,
    pub(super) host_watch: Option<JoinHandle<()>>,
    /// Number of the last attempt to register.
    pub(super) session: u64,
    /// The host watch tells nothing at present.
    pub(super) lost: bool,
    /// Its first Reset came in this session.
    pub(super) enlisted: bool,
    pub(super) said_ready: bool,
    pub(super) record_writing: bool,
}

impl<S: Store> Agent<S> {
    /// An agent in its state directory; it does nothing before [`Agent::run`].
    pub fn open(store: S, options: Options, shared: Shared) -> Result<Self, AgentError> {
        let home = Home::open(&options.state, &options.host)?;
        let pause = home.pause(None);
        let (sender, inputs) = mpsc::channel(INPUTS);
        let mut clock = Clock::new();
        let record = AgentRecord {
            agent: home.agent.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            started: clock.now(),
            refused: BTreeMap::new(),
        };
        Ok(Self {
            host: options.host.as_str().into(),
            options,
            store,
            home,
            shared,
            clock,
            plays: BTreeMap::new(),
            inputs,
            sender,
            record,
            pause,
            registration: None,
            registering: None,
            host_watch: None,
            session: 0,
            lost: false,
            enlisted: false,
            said_ready: false,
            record_writing: false,
        })
    }

    /// Plays until it is asked to end.
    pub async fn run(mut self, shutdown: Shutdown) {
        self.register();
        loop {
            self.work().await;
            let wake = self.next_wake();
            tokio::select! {
                biased;
                () = shutdown.stop.cancelled() => break,
                Some(input) = self.inputs.recv() => self.take(input),
                () = sleep_until(wake) => self.wake(),
            }
            // What came meanwhile goes into the same turn.
            for _ in 0..BURST {
                match self.inputs.try_recv() {
                    Ok(input) => self.take(input),
                    Err(_) => break,
                }
            }
        }
        self.leave(&shutdown).await;
    }

    /// Takes all events that wait in the plays.
    async fn work(&mut self) {
        let mut fenced_out = false;
        loop {
            let mut more = false;
            let names: Vec<Arc<str>> = self
                .plays
                .iter()
                .filter(|(_, play)| play.has_work())
                .map(|(name, _)| Arc::clone(name))
                .collect();
            for name in names {
                self.share_limit(&name);
                let asked = self.with(&name, |play, around| play.work(around, BURST));
                let Some(asked) = asked else {
                    continue;
                };
                fenced_out |= asked.fenced_out;
                if asked.refused_changed {
                    self.refused_changed(&name);
                }
                more |= self.plays.get(&name).is_some_and(Play::has_work);
            }
            self.unstarve();
            if !more && !self.plays.values().any(Play::has_work) {
                break;
            }
            // Writes and dos that were asked for get going, and what came in is not held up by a long row of dos.
            tokio::task::yield_now().await;
            while let Ok(input) = self.inputs.try_recv() {
                self.take(input);
            }
        }
        if fenced_out {
            self.register();
        }
        self.take_leave();
        self.let_go();
    }

    /// Calls `what` with a play and what it needs around it.
    pub(super) fn with<T>(
        &mut self,
        name: &str,
        what: impl FnOnce(&mut Play<S>, &Around<'_, S>) -> T,
    ) -> Option<T> {
        let now = self.clock.now();
        let play = self.plays.get_mut(name)?;
        let around = Around {
            store: &self.store,
            inputs: &self.sender,
            host: &self.host,
            fence: self
                .registration
                .as_ref()
                .map(|registration| registration.create_revision),
            session: self.session,
            news: self.options.news.as_ref(),
            now,
        };
        Some(what(play, &around))
    }

    pub(super) fn each(&mut self, event: &Event) {
        for play in self.plays.values_mut() {
            play.push(event.clone());
        }
    }

    /// Dos are bounded over all applications: what others leave is this one's.
    fn share_limit(&mut self, name: &str) {
        if self.plays.len() < 2 {
            return;
        }
        let running: usize = self.plays.values().map(|play| play.state().running()).sum();
        if let Some(play) = self.plays.get_mut(name) {
            let others = running - play.state().running();
            play.limit(self.options.limit.saturating_sub(others).max(1));
        }
    }

    /// Wakes plays that could start something now that others run less.
    fn unstarve(&mut self) {
        if self.plays.len() < 2 {
            return;
        }
        let running: usize = self.plays.values().map(|play| play.state().running()).sum();
        for play in self.plays.values_mut() {
            let share = self
                .options
                .limit
                .saturating_sub(running - play.state().running())
                .max(1);
            if play.state().is_starved() && share > play.state().running() && !play.has_work() {
                play.push(Event::Limit(share));
            }
        }
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        let earliest = self.plays.values().filter_map(|play| play.wake).min();
        let Some(at) = earliest else {
            return now + Duration::from_hours(1);
        };
        now + Duration::from_millis(at.saturating_sub(self.clock.peek()))
    }

    fn wake(&mut self) {
        let now = self.clock.now();
        for play in self.plays.values_mut() {
            if play.wake.is_some_and(|at| at <= now) {
                play.wake = None;
                play.push(Event::Timer);
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Play(name, PlayInput::Synced { session, result }) => {
                let synced = self.with(&name, |play, around| play.on_synced(around, session, result));
                if let Some(synced) = synced.flatten() {
                    self.on_synced(&name, synced);
                }
                self.say_ready();
            }
            Input::Play(name, PlayInput::Left(result)) => self.on_left(&name, result),
            Input::Play(name, input) => {
                self.with(&name, |play, around| play.take(around, input));
            }
            Input::Offline(reason) => self.on_offline(&reason),
            Input::Held(rival) => {
                tracing::warn!(
                    "another agent ({}, of khor {}) plays {}: waiting until it is gone",
                    rival.0.agent,
                    rival.0.version,
                    self.host
                );
                self.each(&Event::Fenced);
            }
            Input::Registered(registration) => self.on_registered(*registration),
            Input::LeaseLost { session } => {
                if session == self.session && self.registration.is_some() {
                    tracing::warn!("the store no longer has the lease of this agent: registering again");
                    self.each(&Event::StoreLost);
                    self.register();
                }
            }
            Input::Host { session, event } => {
                if session == self.session {
                    self.on_host(event);
                }
            }
            Input::RecordWritten { session, result } => {
                self.record_writing = false;
                if session == self.session {
                    match result {
                        Ok(Commit::Done(_)) => {}
                        Ok(Commit::Conflict) => self.register(),
                        Err(error) => tracing::warn!("the agent's record cannot be written: {error}"),
                    }
                    self.write_record();
                }
            }
        }
    }

    /// Ends in good order: what runs ends or is cancelled, what is unsaid is told, the lease is given back.
    async fn leave(mut self, shutdown: &Shutdown) {
        tracing::info!("agent of {} is asked to end", self.host);
        self.each(&Event::Stop);
        let is_quiet = |agent: &Self| agent.plays.values().all(|play| play.state().running() == 0);
        if !self.work_until(GRACE, &shutdown.now, is_quiet).await {
            self.each(&Event::CancelAll);
            self.work_until(CANCELLED, &CancellationToken::new(), is_quiet)
                .await;
        }
        if self.registration.is_some() && !self.lost {
            let is_told = |agent: &Self| agent.plays.values().all(|play| play.state().is_idle());
            self.work_until(FAREWELL, &CancellationToken::new(), is_told)
                .await;
        }
        if let Some(registration) = self.registration.take() {
            let revoke = self.store.revoke(registration.lease.id);
            match timeout(FAREWELL, revoke).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("the lease could not be given back: {error}"),
                Err(_) => tracing::warn!("the lease could not be given back: the store does not answer"),
            }
        }
        self.give_up_registration();
        tracing::info!("agent of {} ended", self.host);
    }

    /// Goes on until `done`, for no longer than `limit`, or until `cut`. Says whether it was done.
    async fn work_until(
        &mut self,
        limit: Duration,
        cut: &CancellationToken,
        done: impl Fn(&Self) -> bool,
    ) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            self.work().await;
            if done(self) {
                return true;
            }
            let wake = self.next_wake().min(deadline);
            tokio::select! {
                () = cut.cancelled() => return false,
                Some(input) = self.inputs.recv() => self.take(input),
                () = sleep_until(wake) => {
                    if Instant::now() >= deadline {
                        return false;
                    }
                    self.wake();
                }
            }
        }
    }
}
