//! What the store is told, and when.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use super::agenda::Agenda;
use super::state::State;
use super::{Command, Level, Told, WriteId, WriteResult};
use crate::role::{RoleStep, StepState, StepStatus, Why};

/// How long telling may wait, in milliseconds, so that what matters goes first and the rest goes together.
#[derive(Clone, Copy, Debug)]
pub struct Delays;

impl Delays {
    /// A step that no other host waits for was reached, or failed.
    pub const SOON: u64 = 5;
    /// A do was started, or a step waits that was reached before. Most dos are over before, and are then told once. It also
    /// bounds how long a state says reached while the step is being brought back.
    pub const LATE: u64 = 100;
    /// A step waits for the first time, or only the words of the reason changed. Readers see from the roles that it waits;
    /// told sooner, the many steps that wait at the beginning of a dance would be told in its midst.
    pub const CALM: u64 = 1_000;
    /// After a failed write: the least and the longest delay.
    pub const RETRY: (u64, u64) = (100, 5_000);
}

/// The most states in one transaction: the agent's fence and the store's own limits fit beside them.
const MOST: usize = 100;
/// The most bytes of variable length in one transaction.
const MOST_BYTES: usize = 400_000;
/// How many missing steps a reason names.
const NAMED: usize = 3;

/// A write under way.
#[derive(Clone, Debug)]
struct InFlight {
    write: WriteId,
    put: Vec<String>,
    delete: Vec<String>,
}

/// What is to be told.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    /// The store can be reached, as far as we know, and we have the right to write.
    pub(super) may_write: bool,
    /// We had that right at least once.
    registered: bool,
    /// Other hosts wait for these.
    urgent: BTreeSet<u32>,
    /// These can wait a while.
    lazy: Agenda,
    /// Names of steps whose states are to go, and by when.
    stale: BTreeSet<String>,
    stale_due: Option<u64>,
    in_flight: Option<InFlight>,
    /// Failed writes in a row.
    failures: u32,
    retry_at: u64,
    /// The time of the event in hand.
    pub(super) now: u64,
}

impl Telling {
    /// How long the news that a step came to stand so may wait.
    pub(super) fn delay_of(status: StepStatus, step: &RoleStep, was_reached: bool) -> u64 {
        match status {
            StepStatus::Reached if step.awaited => 0,
            StepStatus::Reached | StepStatus::Failing | StepStatus::Blocked => Delays::SOON,
            StepStatus::Waiting if !was_reached => Delays::CALM,
            StepStatus::Waiting | StepStatus::Running => Delays::LATE,
        }
    }

    /// A step is to be told within `delay`.
    pub(super) fn mark(&mut self, index: u32, delay: u64) {
        if delay == 0 {
            self.lazy.remove(index);
            self.urgent.insert(index);
        } else {
            // A step that was urgent before something else became of it is no longer.
            self.urgent.remove(&index);
            self.lazy.add(index, self.now.saturating_add(delay));
        }
    }

    /// A step stands as before, but why it does has changed.
    pub(super) fn reason_changed(&mut self, index: u32, status: Option<StepStatus>, delay: u64) {
        let has_reason = matches!(
            status,
            Some(StepStatus::Waiting | StepStatus::Failing | StepStatus::Blocked)
        );
        if has_reason && !self.urgent.contains(&index) {
            self.lazy.add(index, self.now.saturating_add(delay));
        }
    }

    /// A state is to be taken from the store within `delay`.
    pub(super) fn mark_stale(&mut self, name: String, delay: u64) {
        self.stale.insert(name);
        let due = self.now.saturating_add(delay);
        self.stale_due = Some(self.stale_due.map_or(due, |before| before.min(due)));
    }

    /// The role has this step (again).
    pub(super) fn unmark_stale(&mut self, name: &str) {
        self.stale.remove(name);
    }

    fn unmark(&mut self, index: u32) {
        self.urgent.remove(&index);
        self.lazy.remove(index);
    }

    /// Step indices mean something else from now on. Gives those of steps that are still to be told.
    pub(super) fn forget_indices(&mut self) -> BTreeSet<u32> {
        let mut unsaid = self.lazy.take_all();
        unsaid.append(&mut self.urgent);
        unsaid
    }

    /// Nothing is unsaid or on its way.
    pub(super) fn is_quiet(&self) -> bool {
        self.in_flight.is_none() && self.urgent.is_empty() && self.lazy.is_empty() && self.stale.is_empty()
    }

    pub(super) fn reconnected(&mut self) {
        self.may_write = self.registered;
        self.retry_at = 0;
    }

    /// When there will be something to write.
    pub(super) fn next(&self) -> Option<u64> {
        if !self.may_write || self.in_flight.is_some() {
            return None;
        }
        let due = if self.urgent.is_empty() {
            let stale = self.stale_due.filter(|_| !self.stale.is_empty());
            self.lazy.first().into_iter().chain(stale).min()?
        } else {
            self.now
        };
        Some(due.max(self.retry_at))
    }
}

impl State {
    /// Writes what is to be told by now, if nothing else is being written.
    pub(super) fn tell(&mut self, now: u64, commands: &mut Vec<Command>) {
        let everything_reached = self.active > 0 && self.reached == self.active;
        // What is due a moment later goes along; when nothing more is to come, all the rest does.
        let until = if self.stopping || everything_reached {
            u64::MAX
        } else if self.telling.next().is_some_and(|due| due <= now) {
            now.saturating_add(Delays::SOON)
        } else {
            now
        };
        let telling = &mut self.telling;
        if !telling.may_write || self.fenced || telling.in_flight.is_some() || now < telling.retry_at {
            return;
        }
        let (mut put, mut bytes) = (Vec::new(), 0);
        while put.len() < MOST && bytes < MOST_BYTES {
            let telling = &mut self.telling;
            let Some(index) = telling.urgent.pop_first().or_else(|| telling.lazy.pop(until)) else {
                break;
            };
            let Some(state) = self.visible(index) else {
                continue;
            };
            let part = &self.parts[index as usize];
            bytes += state.reason.len() + state.evidence.len();
            bytes += state.cues.keys().map(String::len).sum::<usize>();
            bytes += state
                .outputs
                .iter()
                .map(|(key, value)| key.len() + size(value))
                .sum::<usize>();
            put.push((part.step.name.clone(), state));
        }
        let mut delete = Vec::new();
        while self.telling.stale_due.is_some_and(|due| due <= until) && put.len() + delete.len() < MOST {
            let Some(name) = self.telling.stale.pop_first() else {
                self.telling.stale_due = None;
                break;
            };
            delete.push(name);
        }
        if put.is_empty() && delete.is_empty() {
            return;
        }
        let write = WriteId(self.fresh());
        self.telling.in_flight = Some(InFlight {
            write,
            put: put
                .iter()
                .map(|(name, _): &(String, StepState)| name.clone())
                .collect(),
            delete: delete.clone(),
        });
        commands.push(Command::Write { write, put, delete });
    }

    /// A write ended.
    pub(super) fn on_written(
        &mut self,
        now: u64,
        write: WriteId,
        result: WriteResult,
        commands: &mut Vec<Command>,
    ) {
        let Some(flight) = self.telling.in_flight.take_if(|flight| flight.write == write) else {
            return;
        };
        if result == WriteResult::Confirmed {
            self.telling.failures = 0;
            return;
        }
        let all = (0..)
            .zip(&self.parts)
            .map(|(index, part)| (part.step.name.clone(), index));
        let names: HashMap<String, u32> = all.collect();
        for name in flight.put {
            if let Some(&index) = names.get(&name) {
                self.mark_again(index);
            }
        }
        for name in flight.delete {
            // A step of the other goal has a place in the role, and still nothing to tell.
            let part = names.get(&name).map(|&index| &self.parts[index as usize]);
            if part.is_none_or(|part| !part.active && !part.is_remembered()) {
                self.telling.mark_stale(name, Delays::LATE);
            }
        }
        if result == WriteResult::Conflict {
            self.fenced = true;
            commands.push(Command::FencedOut);
            return;
        }
        self.telling.failures = self.telling.failures.saturating_add(1);
        let (least, most) = Delays::RETRY;
        let ceiling = least.saturating_mul(1 << self.telling.failures.min(20)).min(most);
        self.telling.retry_at = now + self.random.u64(least..=ceiling);
    }

    pub(super) fn mark_again(&mut self, index: u32) {
        let part = &self.parts[index as usize];
        if part.is_remembered() {
            self.telling.mark(index, 0);
        } else if let Some(status) = part.status {
            let delay = Telling::delay_of(status, &part.step, part.was_reached);
            self.telling.mark(index, delay);
        }
    }

    /// We may write, and this is what the store has of us.
    pub(super) fn on_told(&mut self, now: u64, states: Vec<Told>, commands: &mut Vec<Command>) {
        self.fenced = false;
        self.telling.may_write = true;
        self.telling.registered = true;
        self.telling.retry_at = 0;
        if self.header.is_some() || self.dismissed {
            self.compare_told(now, states, commands);
        } else {
            self.told = Some(states);
        }
    }

    /// Finds out what the store does not have yet, takes over what an earlier agent counted, and what is to go.
    pub(super) fn compare_told(&mut self, now: u64, states: Vec<Told>, commands: &mut Vec<Command>) {
        let first = !std::mem::replace(&mut self.restored, true);
        let states = states.into_iter();
        let mut stored: HashMap<String, Told> = states.map(|told| (told.step.clone(), told)).collect();
        for index in 0..u32::try_from(self.parts.len()).unwrap_or(u32::MAX) {
            let part = &mut self.parts[index as usize];
            if !part.active {
                self.remember(index, &mut stored);
                continue;
            }
            let state = stored.remove(&part.step.name);
            let is_other = |told: &Told| told.state.digest != part.step.digest;
            if first && part.cause.began.is_none() && state.as_ref().is_some_and(is_other) {
                part.cause.why = Why::Change;
            }
            if let Some(Told { state, .. }) = state.as_ref().filter(|_| first) {
                if state.digest == part.step.digest {
                    part.history.continues(&state.history);
                    if part.status == Some(StepStatus::Reached) {
                        part.history.mended(now);
                    }
                } else {
                    part.history.took.continues(&state.history.took);
                }
            }
            let state = state.filter(|told| told.state.digest == part.step.digest);
            let is_unknown = state.is_none();
            if let Some(told) = state {
                let Told { state, outdated, .. } = told;
                let healed_before_told = part.heals > 0;
                part.heals = if first {
                    part.heals + state.heals
                } else {
                    part.heals.max(state.heals)
                };
                part.healed = part.healed.max(state.healed);
                if part.step.leaving && state.status == StepStatus::Reached && part.run.is_none() {
                    part.level = Level::Reached;
                    part.start_reached(state.since);
                    self.touch(index);
                }
                let part = &mut self.parts[index as usize];
                if part.status.is_none() {
                    part.was_reached |= state.status == StepStatus::Reached;
                    if part.outputs.is_empty() {
                        part.outputs.clone_from(&state.outputs);
                    }
                    self.readers.of_step(index);
                    let part = &mut self.parts[index as usize];
                    let timer = if first {
                        part.take_up(now, &state, outdated)
                    } else {
                        None
                    };
                    part.told = Some(Box::new(state));
                    self.set_timer(index, timer);
                    continue;
                }
                if let Some(why) = outdated.filter(|_| first) {
                    self.try_anew(now, index, why, commands);
                }
                let part = &mut self.parts[index as usize];
                if first && !healed_before_told && part.status == Some(state.status) {
                    part.since = part.since.min(state.since);
                }
                if self.visible(index).as_ref() == Some(&state) {
                    self.telling.unmark(index);
                    continue;
                }
            }
            let part = &mut self.parts[index as usize];
            part.unheard = first && is_unknown;
            self.mark_again(index);
        }
        // What the other goal had reached is being taken away (or brought back): nobody is to read that it is reached.
        let turned: BTreeSet<&str> = self
            .parts
            .iter()
            .filter(|part| !part.active)
            .map(|part| part.step.name.as_str())
            .collect();
        for name in stored.into_keys() {
            let delay = if turned.contains(name.as_str()) {
                0
            } else {
                Delays::LATE
            };
            self.telling.mark_stale(name, delay);
        }
    }

    /// What a step of the other goal gave may still be read.
    fn remember(&mut self, index: u32, stored: &mut HashMap<String, Told>) {
        let part = &mut self.parts[index as usize];
        let state = stored.get(&part.step.name).map(|told| &told.state);
        let Some(state) = state.filter(|state| state.digest == part.step.digest) else {
            return;
        };
        if part.outputs.is_empty() {
            part.outputs.clone_from(&state.outputs);
            self.readers.of_step(index);
        }
        part.since = state.since;
        if !part.is_remembered() {
            return;
        }
        if self.visible(index).as_ref() != Some(state) {
            self.mark_again(index);
        }
        stored.remove(&self.parts[index as usize].step.name);
    }

    /// A step's first status since this play began: what the store has of it may be as true as before.
    pub(super) fn is_told(&mut self, now: u64, index: u32) -> bool {
        let part = &mut self.parts[index as usize];
        if part.played.is_none() {
            return false;
        }
        let Some(told) = part.told.take() else {
            return false;
        };
        part.keep_account(now, Some(told.status), told.since, part.status);
        if part.status == Some(told.status) {
            part.since = told.since;
            if told.status == StepStatus::Reached {
                part.attempt = told.attempt;
            }
        }
        self.visible(index).as_ref() == Some(&*told)
    }

    /// A step's state as people and other hosts see it; None while nothing was looked at.
    pub(super) fn visible(&self, index: u32) -> Option<StepState> {
        let part = &self.parts[index as usize];
        if part.is_remembered() {
            return Some(StepState {
                outputs: part.outputs.clone(),
                ..StepState::new(&part.step.digest, StepStatus::Waiting, part.since)
            });
        }
        let status = part.status?;
        let trouble = matches!(status, StepStatus::Failing | StepStatus::Blocked);
        Some(StepState {
            digest: part.step.digest.clone(),
            status,
            attempt: part.attempt,
            since: part.since,
            reason: self.reason(index, status),
            heals: part.heals,
            healed: part.healed,
            retry_at: part.timer.filter(|_| status == StepStatus::Failing),
            evidence: if trouble {
                part.evidence.clone()
            } else {
                String::new()
            },
            cause: Some(part.cause),
            cues: part.acted_on.clone(),
            history: part.history.clone(),
            outputs: part.outputs.clone(),
            turns: if part.step.up || part.step.leaving {
                0
            } else {
                self.header.as_ref().map_or(0, |header| header.turns)
            },
        })
    }

    /// Why a step stands so, in words.
    fn reason(&self, index: u32, status: StepStatus) -> String {
        let part = &self.parts[index as usize];
        let observed = match &part.level {
            Level::NotReached(reason) | Level::Failed(reason) => reason.as_str(),
            Level::Unknown | Level::Reached => "",
        };
        match status {
            StepStatus::Running if part.was_reached => format!("being brought back: {observed}"),
            StepStatus::Reached | StepStatus::Running => String::new(),
            StepStatus::Failing if matches!(part.level, Level::Failed(_)) => {
                format!("its check could not be carried out: {observed}")
            }
            StepStatus::Blocked if part.played.is_none() => part.unread.clone().unwrap_or_default(),
            StepStatus::Failing | StepStatus::Blocked => part.failure.clone(),
            StepStatus::Waiting => {
                let why = self.waits_for(index, observed);
                if part.failure.is_empty() {
                    why
                } else {
                    format!("{why}; before, it failed: {}", part.failure)
                }
            }
        }
    }

    fn waits_for(&self, index: u32, observed: &str) -> String {
        let part = &self.parts[index as usize];
        if part.missing > 0 {
            return self.missing_in_words(index);
        }
        if part.anew && part.level == Level::Unknown {
            return "what it reads has changed".into();
        }
        if part.played.is_none() {
            return "waits for what it reads to be known".into();
        }
        if part.step.apply.is_none() {
            return format!("nothing here brings it about: waits until its check holds ({observed})");
        }
        if part.run.is_some() {
            return "an older version of its do is still ending".into();
        }
        if self.stopping {
            return "its agent was stopped".into();
        }
        if let Some(pause) = self.held_back(part) {
            return pause.words.clone();
        }
        if self.fenced {
            return "another agent plays this host".into();
        }
        let turn = part.step.turn.as_ref().and_then(|turn| self.turns.get(turn));
        let holder = turn
            .and_then(|turn| turn.holder)
            .and_then(|run| self.runs.get(&run));
        match holder {
            Some(run) => format!("its turn comes after {}, which runs now", run.step.name),
            None => format!(
                "ready; {} dos run, which is the most at once on this host",
                self.limit
            ),
        }
    }

    /// The first missing steps with their hosts, and how many more there are.
    fn missing_in_words(&self, index: u32) -> String {
        let part = &self.parts[index as usize];
        let mut words = String::from("waits for ");
        let mut named = 0;
        let here = part.step.guards.iter().filter_map(|&guard| {
            let guard = self.parts.get(guard as usize).filter(|guard| !guard.held)?;
            Some((guard.step.name.as_str(), None, ""))
        });
        let there = part.step.cues.iter().filter_map(|&cue| {
            let cue = self.cues.get(cue as usize).filter(|cue| !cue.holds)?;
            let other_version = cue
                .known
                .as_ref()
                .is_some_and(|known| known.digest != cue.cue.digest);
            let note = if other_version { " (in this version)" } else { "" };
            Some((cue.cue.step.as_str(), Some(cue.cue.host.as_str()), note))
        });
        for (step, host, note) in here.chain(there).take(NAMED) {
            if named > 0 {
                words.push_str(", ");
            }
            words.push_str(step);
            if let Some(host) = host {
                let _ = write!(words, " on {host}");
            }
            words.push_str(note);
            named += 1;
        }
        if part.missing > named {
            let _ = write!(words, " and {} more", part.missing - named);
        }
        words
    }
}

/// About how many bytes a value takes.
fn size(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::String(text) => text.len(),
        serde_json::Value::Array(items) => items.iter().map(size).sum(),
        serde_json::Value::Object(entries) => {
            entries.iter().map(|(key, value)| key.len() + size(value)).sum()
        }
        _ => 8,
    }
}
