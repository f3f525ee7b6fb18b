//! What one play knows, and the way of an event through it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::part::Part;
use super::read::Readers;
use super::tell::{Delays, Telling};
use super::{Command, Cue, Event, Level, ObservationId, Pause, RunId, Told, backoff};
use crate::role::{Goal, RoleStep, StepState, StepStatus, Why, keys};

/// What the agent sets.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How many dos may run at once.
    pub limit: usize,
    /// Seed of the jitter: different on every host.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { limit: 4, seed: 0 }
    }
}

/// How many steps stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps of the goal.
    pub steps: usize,
    /// Reached ones.
    pub reached: usize,
    /// Dos under way.
    pub running: usize,
    /// Waiting for a guard, a cue, a turn, or for fewer dos to run.
    pub waiting: usize,
    /// To be tried again.
    pub failing: usize,
    /// A person is needed.
    pub blocked: usize,
    /// Not looked at yet.
    pub unknown: usize,
}

/// Whose application at which generation this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) generation: u64,
    pub(super) goal: Goal,
    pub(super) turns: u64,
    pub(super) host: String,
}

/// A do under way.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) step: Arc<RoleStep>,
    /// The step it belongs to by now; None once the role has no step of this name.
    pub(super) part: Option<u32>,
    /// Asked to end early; its outcome does not count.
    pub(super) cancelled: bool,
}

/// A cue with what its host tells of it.
#[derive(Clone, Debug)]
pub(super) struct CuePart {
    pub(super) cue: crate::role::Cue,
    pub(super) known: Option<Cue>,
    pub(super) holds: bool,
}

/// For each of a number of things, the steps that wait for it: all in one piece of memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiters {
    starts: Vec<u32>,
    steps: Vec<u32>,
}

impl Waiters {
    /// The steps that wait for a thing.
    pub(super) fn steps(&self, thing: u32) -> &[u32] {
        &self.steps[self.of(thing)]
    }

    /// From pairs (thing, step that waits for it), for `count` things.
    pub(super) fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; count + 1];
        for (thing, _) in pairs.clone() {
            starts[thing as usize + 1] += 1;
        }
        for thing in 0..count {
            starts[thing + 1] += starts[thing];
        }
        let mut next = starts.clone();
        let mut steps = vec![0; starts[count] as usize];
        for (thing, step) in pairs {
            let place = &mut next[thing as usize];
            steps[*place as usize] = step;
            *place += 1;
        }
        Self { starts, steps }
    }

    /// Nobody waits for any of `count` things.
    pub(super) fn none(count: usize) -> Self {
        Self::new(count, std::iter::empty())
    }

    fn of(&self, thing: u32) -> std::ops::Range<usize> {
        self.starts[thing as usize] as usize..self.starts[thing as usize + 1] as usize
    }
}

/// Steps that may not run at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn {
    pub(super) holder: Option<RunId>,
    pub(super) queue: BTreeSet<u32>,
}

/// One application on one host.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state")]
pub struct State {
    pub(super) limit: usize,
    pub(super) random: fastrand::Rng,
    pub(super) next_id: u64,
    pub(super) header: Option<Header>,
    pub(super) refused: Option<String>,
    pub(super) parts: Vec<Part>,
    pub(super) by_id: HashMap<ObservationId, u32>,
    /// Who waits for a local step.
    pub(super) waiters: Waiters,
    pub(super) cues: Vec<CuePart>,
    /// Index into `cues` by host and step.
    pub(super) cue_index: HashMap<String, HashMap<String, u32>>,
    /// Who waits for a cue.
    pub(super) cue_waiters: Waiters,
    /// Who reads what.
    pub(super) readers: Readers,
    pub(super) runs: BTreeMap<RunId, Run>,
    pub(super) turns: HashMap<String, Turn>,
    /// Startable steps, but for the number of dos that may run at once. In the order of the role.
    pub(super) ready: BTreeSet<u32>,
    pub(super) timers: BTreeSet<(u64, u32)>,
    pub(super) wake: Option<u64>,
    /// Another agent has the host.
    pub(super) fenced: bool,
    pub(super) stopping: bool,
    pub(super) pause: Option<Pause>,
    /// The role was taken away: what the store still has is to go.
    pub(super) dismissed: bool,
    pub(super) telling: Telling,
    /// States as the store has them, until there is a role to hold them against.
    pub(super) told: Option<Vec<Told>>,
    /// The wishes that were carried out, by step (none: all), with their numbers; none before they are first known.
    pub(super) heeded: Option<HashMap<Option<String>, u64>>,
    /// Whether the counters of an earlier agent were taken over.
    pub(super) restored: bool,
    pub(super) active: usize,
    pub(super) reached: usize,
    /// How many steps stand how, by [`StepStatus`] as a number.
    pub(super) by_status: [usize; 5],
    /// Steps to be refreshed; empty between events.
    work: Vec<u32>,
}

impl State {
    /// A play without a role, and not yet allowed to write: [`Event::Told`] says that it is.
    pub fn new(config: Config) -> Self {
        Self {
            limit: config.limit.max(1),
            random: fastrand::Rng::with_seed(config.seed),
            next_id: 0,
            header: None,
            refused: None,
            parts: Vec::new(),
            by_id: HashMap::new(),
            waiters: Waiters::new(0, std::iter::empty()),
            cues: Vec::new(),
            cue_index: HashMap::new(),
            cue_waiters: Waiters::new(0, std::iter::empty()),
            readers: Readers::default(),
            runs: BTreeMap::new(),
            turns: HashMap::new(),
            ready: BTreeSet::new(),
            timers: BTreeSet::new(),
            wake: None,
            fenced: false,
            stopping: false,
            pause: None,
            dismissed: false,
            telling: Telling::default(),
            told: None,
            heeded: None,
            restored: false,
            active: 0,
            reached: 0,
            by_status: [0; 5],
            work: Vec::new(),
        }
    }

    /// How many steps stand how.
    pub fn counts(&self) -> Counts {
        let of = |status: StepStatus| self.by_status[status as usize];
        Counts {
            steps: self.active,
            reached: of(StepStatus::Reached),
            running: of(StepStatus::Running),
            waiting: of(StepStatus::Waiting),
            failing: of(StepStatus::Failing),
            blocked: of(StepStatus::Blocked),
            unknown: self.active - self.by_status.iter().sum::<usize>(),
        }
    }

    /// Sets how many dos may run at once, without an event: nothing is started by it.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit.max(1);
    }

    /// Whether something could run if more dos might run at once.
    pub fn is_starved(&self) -> bool {
        !self.ready.is_empty() && self.runs.len() >= self.limit
    }

    /// How many dos run, those included that are asked to end.
    pub fn running(&self) -> usize {
        self.runs.len()
    }

    /// Nothing runs, nothing is unsaid (or nobody can be told).
    pub fn is_idle(&self) -> bool {
        self.runs.is_empty() && (self.telling.is_quiet() || !self.telling.may_write || self.fenced)
    }

    /// The generation that is played.
    pub fn generation(&self) -> Option<u64> {
        self.header.as_ref().map(|header| header.generation)
    }

    /// Why a newer role is not played.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// How the step observed under this id stands, and how often it was brought back.
    pub fn status(&self, id: ObservationId) -> Option<(StepStatus, u64)> {
        let part = &self.parts[*self.by_id.get(&id)? as usize];
        Some((part.status?, part.heals))
    }

    /// The name in looks of the step at this index of the role; None if there is none that is looked at.
    pub fn observation(&self, index: u32) -> Option<ObservationId> {
        let part = self.parts.get(index as usize)?;
        (part.active && !part.is_marker()).then_some(part.id)
    }

    /// The step observed under this id, and how it stands.
    pub fn part(&self, id: ObservationId) -> Option<(Arc<RoleStep>, Option<StepStatus>)> {
        let part = &self.parts[*self.by_id.get(&id)? as usize];
        Some((Arc::clone(&part.step), part.status))
    }

    /// The hosts whose states this play waits for, sorted.
    pub fn cue_hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self.cue_index.keys().cloned().collect();
        hosts.sort_unstable();
        hosts
    }

    /// The step observed under this id, and how it stands as the store is, or is to be, told.
    pub fn standing(&self, id: ObservationId) -> Option<(&RoleStep, StepState)> {
        let index = *self.by_id.get(&id)?;
        let part = &self.parts[index as usize];
        Some((&part.step, self.visible(index)?))
    }

    /// How every step stands, in the order of the role; steps that were not looked at yet are left out.
    pub fn standings(&self) -> impl Iterator<Item = (&RoleStep, StepState)> {
        let indices = (0..).take(self.parts.len());
        indices.filter_map(|index| Some((&*self.parts[index as usize].step, self.visible(index)?)))
    }

    /// Takes one event.
    pub(super) fn on(&mut self, now: u64, event: Event, commands: &mut Vec<Command>) {
        self.telling.now = now;
        match event {
            Event::Role(role, goal, turns) => self.recast(now, &role, (goal, turns), commands),
            Event::Removed => self.dismiss(now, commands),
            Event::Refused(reason) => self.refused = reason,
            Event::Kept(kept) => self.on_kept(kept),
            Event::Level(id, level) => self.on_level(now, id, level),
            Event::Finished(run, done, level) => self.on_finished(now, run, (done, level), commands),
            Event::Cues(changes) => {
                for (host, step, known) in changes {
                    self.on_cue(&host, &step, known);
                }
            }
            Event::CuesReset(host, told) => self.on_cues(&host, told),
            Event::Told(states) => self.on_told(now, states, commands),
            Event::Wishes(wishes) => self.on_wishes(now, wishes, commands),
            Event::Pause(pause) => self.on_pause(pause),
            Event::StoreLost => self.telling.may_write = false,
            Event::StoreBack => self.telling.reconnected(),
            Event::Fenced => self.fenced = true,
            Event::Written(write, result) => self.on_written(now, write, result, commands),
            Event::Timer => self.wake = None,
            Event::Limit(limit) => self.set_limit(limit),
            Event::Stop => self.stopping = true,
            Event::CancelAll => self.cancel_all(commands),
        }
        self.on_time(now, commands);
        self.refresh(now, commands);
        self.start(now, commands);
        self.tell(now, commands);
        self.ask_to_wake(commands);
    }

    /// Has a step looked over before the event is done with.
    pub(super) fn touch(&mut self, index: u32) {
        self.work.push(index);
    }

    /// Settles what follows from what was touched: who is reached, who is ready, what is to be told.
    fn refresh(&mut self, now: u64, commands: &mut Vec<Command>) {
        loop {
            let Some(index) = self.work.pop() else {
                // Who reads comes after all that it may read has settled.
                match self.readers.next() {
                    Some(reader) => self.read(now, reader, commands),
                    None => return,
                }
                continue;
            };
            let own_run = self.runs_itself(index);
            let holds = self.parts[index as usize].holds();
            if holds != self.parts[index as usize].held {
                if self.parts[index as usize].is_marker() {
                    self.mark_passed(now, index, holds);
                }
                let part = &mut self.parts[index as usize];
                part.held = holds;
                if part.active {
                    self.reached = if holds { self.reached + 1 } else { self.reached - 1 };
                }
                self.shift(index, holds);
            }
            let part = &mut self.parts[index as usize];
            let status = part.status_now(own_run);
            if status != part.status {
                if let Some(before) = part.status {
                    self.by_status[before as usize] -= 1;
                }
                if let Some(status) = status {
                    self.by_status[status as usize] += 1;
                }
                part.keep_account(now, part.status, part.since, status);
                part.status = status;
                part.since = now;
                let delay = status.map(|status| {
                    if part.anew {
                        0
                    } else {
                        Telling::delay_of(status, &part.step, part.was_reached)
                    }
                });
                part.anew &= status != Some(StepStatus::Reached);
                if let Some(delay) = delay
                    && !self.is_told(now, index)
                {
                    self.telling.mark(index, delay);
                }
            }
            self.queue(index);
        }
    }

    /// A step that nothing is done for came to be reached, or no longer is, only by what it waits for.
    fn mark_passed(&mut self, now: u64, index: u32, holds: bool) {
        if holds {
            self.parts[index as usize].acted_on = self.known_cues(index);
        } else {
            self.parts[index as usize].caused(Why::Drift, now);
        }
    }

    /// The revisions of the cues of a step, as it acts on them.
    fn known_cues(&self, index: u32) -> BTreeMap<String, u64> {
        let cues = self.parts[index as usize].step.cues.iter();
        let mut known: Vec<(u64, &CuePart)> = cues
            .filter_map(|&cue| {
                let cue = self.cues.get(cue as usize)?;
                let known = cue.known.as_ref()?;
                // One that does not count for this goal may tell anything.
                (known.status == StepStatus::Reached).then_some((known.revision, cue))
            })
            .collect();
        if known.len() > StepState::MOST_CUES {
            known.sort_unstable_by_key(|(revision, _)| std::cmp::Reverse(*revision));
            known.truncate(StepState::MOST_CUES);
        }
        known
            .into_iter()
            .map(|(revision, CuePart { cue, .. })| (keys::below_states(&cue.host, &cue.step), revision))
            .collect()
    }

    /// Whether the do that runs under this step's name is one of this version of it, and wanted.
    fn runs_itself(&self, index: u32) -> bool {
        let run = self.parts[index as usize].run;
        run.and_then(|run| self.runs.get(&run))
            .is_some_and(|run| !run.cancelled)
    }

    /// A local step came to be reached, or no longer is: those that wait for it count.
    fn shift(&mut self, index: u32, holds: bool) {
        self.readers.of_step(index);
        for place in self.waiters.of(index) {
            let waiter = self.waiters.steps[place];
            self.count(waiter, holds);
        }
    }

    /// One guard or cue of `waiter` came to hold, or no longer does.
    fn count(&mut self, waiter: u32, holds: bool) {
        let missing = &mut self.parts[waiter as usize].missing;
        *missing = if holds {
            missing.saturating_sub(1)
        } else {
            *missing + 1
        };
        let status = self.parts[waiter as usize].status;
        self.telling.reason_changed(waiter, status, Delays::CALM);
        self.work.push(waiter);
    }

    /// Puts a step among those that are ready, or takes it away from there.
    fn queue(&mut self, index: u32) {
        let startable = self.is_startable(index);
        let part = &self.parts[index as usize];
        let Some(turn) = &part.step.turn else {
            if startable {
                self.ready.insert(index);
            } else {
                self.ready.remove(&index);
            }
            return;
        };
        if !self.turns.contains_key(turn) {
            self.turns.insert(turn.clone(), Turn::default());
        }
        let Some(turn) = self.turns.get_mut(turn) else {
            return;
        };
        if startable {
            turn.queue.insert(index);
        } else {
            turn.queue.remove(&index);
            self.ready.remove(&index);
        }
        // Only the first of a turn is ready, and only while nobody holds the turn.
        if turn.holder.is_none()
            && let Some(&first) = turn.queue.first()
        {
            self.ready.insert(first);
            if let Some(second) = turn.queue.iter().nth(1) {
                self.ready.remove(second);
            }
        }
    }

    /// Starts what is ready.
    fn start(&mut self, now: u64, commands: &mut Vec<Command>) {
        if self.fenced || self.stopping || self.is_turning() {
            return;
        }
        while self.runs.len() < self.limit
            && let Some(index) = self.ready.pop_first()
        {
            let turn = self.parts[index as usize].step.turn.as_ref();
            let is_taken = |turn| self.turns.get(turn).is_some_and(|turn| turn.holder.is_some());
            if !self.is_startable(index) || turn.is_some_and(is_taken) {
                continue;
            }
            if !self.parts[index as usize].may_start(now) {
                self.touch(index);
                self.refresh(now, commands);
                continue;
            }
            let run = RunId(self.fresh());
            let acted_on = self.known_cues(index);
            let part = &mut self.parts[index as usize];
            let Some(step) = part.played.clone() else {
                continue;
            };
            if let Some(turn) = &part.step.turn
                && let Some(turn) = self.turns.get_mut(turn)
            {
                turn.holder = Some(run);
                turn.queue.remove(&index);
            }
            part.run = Some(run);
            part.cause.began = Some(now);
            part.acted_on = acted_on;
            part.started = now;
            part.attempt = part.attempt.saturating_add(1);
            let forgiven = std::mem::take(&mut part.forgiven);
            commands.push(Command::Apply {
                run,
                id: part.id,
                step: Arc::clone(&step),
                attempt: part.attempt,
                look_first: part.was_reached || part.attempt > 1 || forgiven,
            });
            self.runs.insert(
                run,
                Run {
                    step,
                    part: Some(index),
                    cancelled: false,
                },
            );
            self.touch(index);
            self.refresh(now, commands);
        }
    }

    /// Whether a step's do is to start, but for its turn and for the number of dos that may run at once.
    pub(super) fn is_startable(&self, index: u32) -> bool {
        let part = &self.parts[index as usize];
        part.is_startable() && self.held_back(part).is_none() && !self.is_contested(index)
    }

    /// Whether a do is under way that undoes what the step stands for, or brings about what it takes away: of the other goal,
    /// or of a step that the role has no more. What a look says now may be over when that do ends.
    pub(super) fn is_contested(&self, index: u32) -> bool {
        let step = &self.parts[index as usize].step;
        let mut others = self.runs.values().filter(|run| run.part != Some(index));
        others.any(|run| step.opposes(&run.step))
    }

    /// Whether something of the other goal still runs: nothing is taken away while it is being made, nor made while it is
    /// being taken away.
    pub(super) fn is_turning(&self) -> bool {
        let inactive = |part: u32| !self.parts[part as usize].active;
        self.runs.values().any(|run| run.part.is_some_and(inactive))
    }

    /// A number that was never given before.
    pub(super) fn fresh(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn on_cue(&mut self, host: &str, step: &str, known: Option<Cue>) {
        let index = self.cue_index.get(host).and_then(|steps| steps.get(step));
        if let Some(&index) = index {
            self.set_cue(index, known);
        }
    }

    fn on_cues(&mut self, host: &str, told: Vec<(String, Cue)>) {
        let Some(steps) = self.cue_index.get(host) else {
            return;
        };
        let mut fresh: BTreeMap<u32, Option<Cue>> = steps.values().map(|&index| (index, None)).collect();
        for (step, known) in told {
            if let Some(&index) = steps.get(&step) {
                fresh.insert(index, Some(known));
            }
        }
        self.readers.heard(host);
        for (index, known) in fresh {
            // Now it is also known what it did not give.
            self.readers.of_cue(index);
            self.set_cue(index, known);
        }
    }

    fn set_cue(&mut self, index: u32, known: Option<Cue>) {
        let holds = self.cue_holds(&self.cues[index as usize].cue, known.as_ref());
        let cue = &mut self.cues[index as usize];
        if cue.known != known {
            self.readers.of_cue(index);
        }
        cue.known = known;
        if holds != cue.holds {
            cue.holds = holds;
            for place in self.cue_waiters.of(index) {
                let waiter = self.cue_waiters.steps[place];
                self.count(waiter, holds);
            }
        }
    }

    /// Sets or clears when a step is tried again.
    pub(super) fn set_timer(&mut self, index: u32, at: Option<u64>) {
        let part = &mut self.parts[index as usize];
        if let Some(before) = part.timer {
            self.timers.remove(&(before, index));
        }
        part.timer = at;
        if let Some(at) = at {
            self.timers.insert((at, index));
        }
    }

    /// What was to wait until now.
    fn on_time(&mut self, now: u64, commands: &mut Vec<Command>) {
        while let Some(&(at, index)) = self.timers.first()
            && at <= now
        {
            self.set_timer(index, None);
            let part = &self.parts[index as usize];
            if let Some(played) = &part.played
                && matches!(part.level, Level::Failed(_))
                && !self.stopping
            {
                commands.push(Command::Look(part.id, Arc::clone(played)));
            }
            self.touch(index);
        }
    }

    /// Asks for a timer if the next thing to wait for comes before the one asked for.
    fn ask_to_wake(&mut self, commands: &mut Vec<Command>) {
        let step = self.timers.first().map(|&(at, _)| at);
        let tell = if self.fenced { None } else { self.telling.next() };
        let next = step.into_iter().chain(tell).min();
        if let Some(next) = next
            && self.wake.is_none_or(|wake| next < wake)
        {
            self.wake = Some(next);
            commands.push(Command::Wake(next));
        }
    }

    pub(super) fn cancel_all(&mut self, commands: &mut Vec<Command>) {
        let runs: Vec<RunId> = self.runs.keys().copied().collect();
        for run in runs {
            self.cancel(run, commands);
        }
    }

    /// Asks a do to end early.
    pub(super) fn cancel(&mut self, run: RunId, commands: &mut Vec<Command>) {
        if let Some(entry) = self.runs.get_mut(&run)
            && !entry.cancelled
        {
            entry.cancelled = true;
            commands.push(Command::Cancel(run));
            if let Some(part) = entry.part {
                self.touch(part);
            }
        }
    }

    /// The delay before the next attempt.
    pub(super) fn back_off(&mut self, index: u32, failures: u32) -> u64 {
        let retry = self.parts[index as usize].step.retry;
        backoff::delay(retry, failures, &mut self.random)
    }
}
