//! The loop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::home::{Home, HomeError, Kept};
use super::input::{Input, PlayInput};
use super::news::{Happened, News};
use super::play::{Around, Play};
use super::register::{Registration, register};
use super::sync::{Part, Synced};
use crate::choreography::{Config, Event};
use crate::engine::{Context, Engines, Shared};
use crate::role::{AgentRecord, keys};
use crate::store::{Change, Commit, Pair, Store, Target, Transaction, WatchEvent};

/// How many events of one play are taken before others, and the tasks, have their turn.
const BURST: usize = 16;
/// How many inputs may wait; then their senders wait.
const INPUTS: usize = 1024;
/// How long running dos may take to end by themselves when the agent is asked to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long cancelled dos may take to end: engines send TERM, and KILL some seconds later.
const CANCELLED: Duration = Duration::from_secs(12);
/// How long the last words to the store may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long a refused role is left alone before it is read again.
const REFUSED: Duration = Duration::from_secs(10);

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
pub struct Agent<S> {
    options: Options,
    store: S,
    host: Arc<str>,
    home: Home,
    shared: Shared,
    clock: Clock,
    plays: BTreeMap<Arc<str>, Play<S>>,
    inputs: mpsc::Receiver<Input>,
    sender: mpsc::Sender<Input>,
    record: AgentRecord,
    registration: Option<Registration>,
    registering: Option<JoinHandle<()>>,
    host_watch: Option<JoinHandle<()>>,
    /// Number of the last attempt to register.
    session: u64,
    /// The host watch tells nothing at present.
    lost: bool,
    /// Its first Reset came in this session.
    enlisted: bool,
    said_ready: bool,
    record_writing: bool,
}

impl<S: Store> Agent<S> {
    /// An agent in its state directory; it does nothing before [`Agent::run`].
    pub fn open(store: S, options: Options, shared: Shared) -> Result<Self, AgentError> {
        let home = Home::open(&options.state, &options.host)?;
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
        self.let_go();
    }

    /// Calls `what` with a play and what it needs around it.
    fn with<T>(&mut self, name: &str, what: impl FnOnce(&mut Play<S>, &Around<'_, S>) -> T) -> Option<T> {
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

    fn each(&mut self, event: &Event) {
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

    /// Begins to become the agent of this host (again).
    fn register(&mut self) {
        self.give_up_registration();
        self.session += 1;
        self.registering = Some(tokio::spawn(register(
            self.store.clone(),
            self.options.host.clone(),
            self.record.clone(),
            self.options.ttl,
            self.session,
            self.sender.clone(),
        )));
    }

    fn give_up_registration(&mut self) {
        for task in [self.registering.take(), self.host_watch.take()]
            .into_iter()
            .flatten()
        {
            task.abort();
        }
        self.registration = None;
        self.enlisted = false;
    }

    /// There is no store: what was played last is played on.
    fn on_offline(&mut self, reason: &str) {
        tracing::warn!("{reason}; healing what is local, and trying again");
        self.each(&Event::StoreLost);
        for kept in self.home.roles() {
            if let Some(play) = self.enlist(&kept.role.application.clone())
                && play.current.is_none()
            {
                tracing::info!(
                    "{}: playing generation {} as kept on disk",
                    kept.role.application,
                    kept.role.generation
                );
                play.current = Some(kept.current.clone());
                play.push(Event::Role(Box::new(kept.role), kept.current.goal));
            }
        }
    }

    fn on_registered(&mut self, registration: Registration) {
        if registration.session != self.session {
            return;
        }
        tracing::debug!("registered as the agent of {}", self.host);
        let (mut lost, session) = (registration.lease.lost.clone(), self.session);
        let sender = self.sender.clone();
        tokio::spawn(async move {
            // An error means that the lease was given up on purpose.
            if lost.wait_for(|lost| *lost).await.is_ok() {
                let _ = sender.send(Input::LeaseLost { session }).await;
            }
        });
        let mut watch = self
            .store
            .watch(vec![keys::assignments(&self.host), keys::agent(&self.host)], None);
        let sender = self.sender.clone();
        self.host_watch = Some(tokio::spawn(async move {
            while let Some(event) = watch.next().await {
                if sender.send(Input::Host { session, event }).await.is_err() {
                    return;
                }
            }
        }));
        self.lost = false;
        self.registration = Some(registration);
        for play in self.plays.values_mut() {
            play.synced = false;
        }
    }

    /// What the watch of assignments and of our own record tells.
    fn on_host(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Reset { pairs, .. } => {
                self.is_back();
                let key = keys::agent(&self.host);
                let own = pairs.iter().find(|pair| pair.key == key);
                if !self.is_ours(own) {
                    return self.register();
                }
                let assigned: Vec<String> = pairs
                    .iter()
                    .filter_map(|pair| keys::assigned_application(&pair.key))
                    .collect();
                let gone: Vec<Arc<str>> = self
                    .plays
                    .keys()
                    .filter(|name| !assigned.iter().any(|other| **other == ***name))
                    .cloned()
                    .collect();
                for name in gone {
                    self.dismiss(&name);
                }
                let first = !std::mem::replace(&mut self.enlisted, true);
                for application in &assigned {
                    let known = self.plays.contains_key(application.as_str());
                    if self.enlist(application).is_some() && (first || !known) {
                        self.with(application, |play, around| play.sync(around));
                    }
                }
                self.forget_unassigned(&assigned);
                self.say_ready();
            }
            WatchEvent::Changes { changes, .. } => {
                self.is_back();
                for change in changes {
                    self.on_host_change(&change);
                }
            }
            WatchEvent::Progress { .. } => {}
            WatchEvent::Lost { reason } => {
                if !std::mem::replace(&mut self.lost, true) {
                    tracing::warn!("{reason}; healing what is local, and trying again");
                    self.each(&Event::StoreLost);
                }
            }
        }
    }

    fn on_host_change(&mut self, change: &Change) {
        if change.key() == keys::agent(&self.host) {
            let ours = match change {
                Change::Put { pair, .. } => self.is_ours(Some(pair)),
                Change::Delete { .. } => false,
            };
            if !ours {
                tracing::warn!("this agent's record is gone from the store: registering again");
                self.register();
            }
        } else if let Some(application) = keys::assigned_application(change.key()) {
            match change {
                Change::Put { .. } => {
                    let known = self
                        .plays
                        .get(application.as_str())
                        .is_some_and(|play| !play.leaving);
                    if self.enlist(&application).is_some() && !known {
                        self.with(&application, |play, around| play.sync(around));
                    }
                }
                Change::Delete { .. } => self.dismiss(&application),
            }
        }
    }

    /// Whether the record in the store is the one that our registration wrote.
    fn is_ours(&self, record: Option<&Pair>) -> bool {
        match (&self.registration, record) {
            (Some(registration), Some(pair)) => pair.create_revision == registration.create_revision,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    /// The store tells again.
    fn is_back(&mut self) {
        if std::mem::take(&mut self.lost) {
            tracing::info!("the store {} is back", self.store.url());
            if self.registration.is_some() {
                self.each(&Event::StoreBack);
            }
        }
    }

    /// The play of an application; a new one if there is none. None if it cannot have one.
    fn enlist(&mut self, application: &str) -> Option<&mut Play<S>> {
        if !self.plays.contains_key(application) {
            let root = self.options.root.as_deref().map(Utf8Path::to_path_buf);
            let state = &self.options.state;
            let context = Context::open(application, &self.host, root.as_deref(), state, &self.shared);
            let context = match context {
                Ok(context) => context,
                Err(error) => {
                    tracing::error!("{application} cannot be played: {error}");
                    if self.record.refused.get(application) != Some(&error.to_string()) {
                        self.record
                            .refused
                            .insert(application.to_owned(), error.to_string());
                        self.write_record();
                    }
                    return None;
                }
            };
            let name: Arc<str> = application.into();
            let engines = Engines::new(context, self.store.clone());
            let config = Config {
                limit: self.options.limit,
                seed: fastrand::u64(..),
            };
            self.plays
                .insert(Arc::clone(&name), Play::new(name, engines, config));
        }
        let play = self.plays.get_mut(application)?;
        play.leaving = false;
        Some(play)
    }

    /// The host has no part in an application any more.
    fn dismiss(&mut self, application: &str) {
        self.home.forget(application);
        if let Some(play) = self.plays.get_mut(application) {
            tracing::info!("{application}: this host has no part in it any more");
            play.leaving = true;
            play.current = None;
            play.push(Event::Removed);
            self.with(application, |play, around| play.sync(around));
        }
    }

    /// Roles on disk that nobody asks for.
    fn forget_unassigned(&self, assigned: &[String]) {
        for kept in self.home.roles() {
            if !assigned.contains(&kept.role.application) {
                self.home.forget(&kept.role.application);
            }
        }
    }

    /// Drops plays that left and have nothing to do any more.
    fn let_go(&mut self) {
        let record = &mut self.record;
        let before = record.refused.len();
        self.plays.retain(|name, play| {
            let done = play.leaving && play.synced && play.state().is_idle() && !play.has_work();
            if done {
                record.refused.remove(&**name);
            }
            !done
        });
        if record.refused.len() != before {
            self.write_record();
        }
    }

    /// What an application asks of us was read.
    fn on_synced(&mut self, name: &Arc<str>, synced: Synced) {
        let Some(play) = self.plays.get_mut(name) else {
            return;
        };
        play.synced = true;
        play.push(Event::Told(synced.told));
        if play.leaving {
            return;
        }
        match synced.part {
            Part::None => {
                if play.current.take().is_some() {
                    tracing::info!("{name}: the current generation has no role for {}", self.host);
                }
                self.home.forget(name);
                play.push(Event::Removed);
            }
            Part::Same => play.push(Event::Refused(None)),
            Part::Role(role) => {
                let Some(current) = synced.current else {
                    return;
                };
                tracing::info!(
                    "{name}: playing generation {}, {} steps, {} cues",
                    role.generation,
                    role.steps.len(),
                    role.cues.len()
                );
                let kept = Kept {
                    current: current.clone(),
                    role: *role.clone(),
                };
                if let Err(error) = self.home.keep(&kept) {
                    tracing::warn!("{name}: its role cannot be kept on disk: {error}");
                }
                play.current = Some(current.clone());
                play.push(Event::Role(role, current.goal));
            }
            Part::Refused(reason) => {
                tracing::error!("{name}: {reason}");
                if play.current.is_none() {
                    let kept = self
                        .home
                        .roles()
                        .into_iter()
                        .find(|kept| kept.role.application == **name);
                    if let Some(kept) = kept {
                        tracing::info!("{name}: playing generation {} instead", kept.role.generation);
                        play.current = Some(kept.current.clone());
                        play.push(Event::Role(Box::new(kept.role), kept.current.goal));
                    }
                }
                play.push(Event::Refused(Some(reason)));
                self.with(name, |play, around| play.sync_after(around, REFUSED));
            }
        }
        // The role says which hosts are watched, so it is taken at once.
        let asked = self.with(name, |play, around| {
            let asked = play.work(around, BURST);
            play.watch(around);
            play.tell(around, "", Happened::Counted);
            asked
        });
        if asked.is_some_and(|asked| asked.refused_changed) {
            self.refused_changed(name);
        }
    }

    /// The record says what cannot be played.
    fn refused_changed(&mut self, name: &Arc<str>) {
        let reason = self.plays.get(name).and_then(|play| play.state().refused());
        match reason {
            Some(reason) => self.record.refused.insert(name.to_string(), reason.to_owned()),
            None => self.record.refused.remove(&**name),
        };
        self.write_record();
    }

    fn write_record(&mut self) {
        let Some(registration) = &mut self.registration else {
            return;
        };
        if self.record_writing || registration.record == self.record {
            return;
        }
        registration.record.clone_from(&self.record);
        self.record_writing = true;
        let key = keys::agent(&self.host);
        let value = serde_json::to_vec(&self.record).unwrap_or_default();
        let transaction = Transaction::new()
            .when(&key, Target::CreateRevision, registration.create_revision)
            .put_leased(&key, value, registration.lease.id);
        let (store, sender, session) = (self.store.clone(), self.sender.clone(), self.session);
        tokio::spawn(async move {
            let result = store.commit(transaction).await;
            let _ = sender.send(Input::RecordWritten { session, result }).await;
        });
    }

    /// Says once that the agent is registered, watches, and knows its roles.
    fn say_ready(&mut self) {
        if !self.said_ready && self.enlisted && self.plays.values().all(|play| play.synced) {
            self.said_ready = true;
            tracing::info!("agent of {} ready", self.host);
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
