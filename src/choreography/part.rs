//! What is known of one step.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::read::Place;
use super::{HealBudget, Level, ObservationId, Outputs, RunId};
use crate::role::{Cause, History, RoleStep, Source, StepState, StepStatus, Why};

/// One step of the role with all that this play knows of it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state")]
pub(super) struct Part {
    /// As the role has it.
    pub(super) step: Arc<RoleStep>,
    /// With all in place that it reads of other steps: what engines are told. None while that is not known.
    pub(super) played: Option<Arc<RoleStep>>,
    /// Why what it reads is of no use.
    pub(super) unread: Option<String>,
    /// What it reads may change by what is being done now.
    pub(super) stale: bool,
    /// What it reads has changed since it was reached last: whoever is told of the change is told that this is not done with
    /// it yet.
    pub(super) anew: bool,
    /// Where it reads.
    pub(super) sources: BTreeMap<Source, Place>,
    pub(super) id: ObservationId,
    /// False: it belongs to the other goal; it is neither looked at nor told, and holds nothing back.
    pub(super) active: bool,
    /// The last look.
    pub(super) level: Level,
    /// Whether it counts as reached for those that wait for it: as of the last refresh.
    pub(super) held: bool,
    /// How it stood at the last refresh; None while nothing is known.
    pub(super) status: Option<StepStatus>,
    /// Since when, in milliseconds since 1970.
    pub(super) since: u64,
    /// Guards and cues that do not hold.
    pub(super) missing: u32,
    /// The do that runs under this step's name; maybe still one of an older version of it.
    pub(super) run: Option<RunId>,
    /// When that was started.
    pub(super) started: u64,
    /// When its do was started, as far as a start limit counts that.
    pub(super) starts: VecDeque<u64>,
    /// Attempts since it was last reached.
    pub(super) attempt: u32,
    /// Failed looks in a row.
    pub(super) failed_looks: u32,
    /// When it may be tried again; it then stands in [`super::State::timers`] under the same time.
    pub(super) timer: Option<u64>,
    /// Failed too often.
    pub(super) blocked: bool,
    /// Somebody did something since it was in trouble: maybe there is nothing left to do.
    pub(super) forgiven: bool,
    /// It leaves, and was reached: that is done for good, whoever makes the like of it again.
    pub(super) gone: bool,
    /// Since when its check held, if it did.
    pub(super) reached_at: Option<u64>,
    /// It was reached, in this version, now or before: bringing it back is a heal.
    pub(super) was_reached: bool,
    pub(super) budget: HealBudget,
    pub(super) heals: u64,
    pub(super) healed: Option<u64>,
    /// Why the last do failed.
    pub(super) failure: String,
    /// The tail of what it printed.
    pub(super) evidence: String,
    /// What its last do gave.
    pub(super) outputs: Outputs,
    /// Whether that is known: an agent that was just started may not know yet what was given before.
    pub(super) is_output_known: bool,
    /// What makes us act on it.
    pub(super) cause: Cause,
    /// The states of other hosts that it was last acted on with, as in [`StepState::cues`].
    pub(super) acted_on: BTreeMap<String, u64>,
    pub(super) history: History,
    /// What the store has of it, until it is first known how it stands.
    pub(super) told: Option<Box<StepState>>,
    /// It was still to be told when the role changed.
    pub(super) unsaid: bool,
    /// The store had nothing of it when it was first read: whoever asks for something may have done so since it failed.
    pub(super) unheard: bool,
}

impl Part {
    pub(super) fn new(step: Arc<RoleStep>, id: ObservationId, active: bool, cause: Cause) -> Self {
        Self {
            played: step.reads.is_empty().then(|| Arc::clone(&step)),
            unread: None,
            stale: false,
            anew: false,
            sources: BTreeMap::new(),
            step,
            id,
            active,
            level: Level::Unknown,
            held: false,
            status: None,
            since: 0,
            missing: 0,
            run: None,
            started: 0,
            starts: VecDeque::new(),
            attempt: 0,
            failed_looks: 0,
            timer: None,
            blocked: false,
            forgiven: false,
            gone: false,
            reached_at: None,
            was_reached: false,
            budget: HealBudget::new(),
            heals: 0,
            healed: None,
            failure: String::new(),
            evidence: String::new(),
            outputs: Outputs::new(),
            is_output_known: false,
            cause,
            acted_on: BTreeMap::new(),
            history: History::default(),
            told: None,
            unsaid: false,
            unheard: false,
        }
    }

    /// Nothing to look at and nothing to do: reached as soon as its guard holds.
    pub(super) fn is_marker(&self) -> bool {
        self.step.check.is_none() && self.step.apply.is_none()
    }

    /// Whether what it gave is told although it is of the other goal: who goes away on other hosts may read it.
    pub(super) fn is_remembered(&self) -> bool {
        !self.active && self.step.awaited && !self.outputs.is_empty()
    }

    /// Whether it is reached now. Not while a do runs: a check may turn true in the middle of it.
    pub(super) fn holds(&self) -> bool {
        if !self.active {
            return true;
        }
        if self.is_marker() {
            return self.missing == 0;
        }
        self.gone || self.level == Level::Reached && self.run.is_none()
    }

    /// How it stands. None while nothing was looked at.
    pub(super) fn status_now(&self, own_run: bool) -> Option<StepStatus> {
        if !self.active {
            return None;
        }
        if self.run.is_some() && own_run {
            return Some(StepStatus::Running);
        }
        if self.holds() {
            return Some(StepStatus::Reached);
        }
        if self.played.is_none() {
            let is_stuck = self.unread.is_some() && self.missing == 0;
            return Some(if is_stuck {
                StepStatus::Blocked
            } else {
                StepStatus::Waiting
            });
        }
        Some(match self.level {
            Level::Unknown if self.anew => StepStatus::Waiting,
            Level::Unknown if !self.is_marker() => return None,
            _ if self.blocked => StepStatus::Blocked,
            Level::Failed(_) => StepStatus::Failing,
            _ if self.missing > 0 => StepStatus::Waiting,
            _ if self.timer.is_some() => StepStatus::Failing,
            _ => StepStatus::Waiting,
        })
    }

    /// Whether its do is to start, as far as this step itself is concerned.
    pub(super) fn is_startable(&self) -> bool {
        self.active
            && self.missing == 0
            && self.run.is_none()
            && !self.gone
            && !self.blocked
            && self.timer.is_none()
            && self.step.apply.is_some()
            && matches!(self.level, Level::NotReached(_))
    }

    /// Counts a start, unless it is one more than the start limit allows: then the step is blocked.
    pub(super) fn may_start(&mut self, now: u64) -> bool {
        let Some(limit) = self.step.retry.start_limit else {
            return true;
        };
        let burst = limit.burst.max(1) as usize;
        while self
            .starts
            .front()
            .is_some_and(|at| at.saturating_add(limit.interval_ms) <= now)
        {
            self.starts.pop_front();
        }
        if self.starts.len() < burst {
            self.starts.push_back(now);
            return true;
        }
        self.blocked = true;
        let said = format!(
            "it was started {burst} times within {}, which is its start limit",
            span(limit.interval_ms)
        );
        self.failure = match std::mem::take(&mut self.failure) {
            before if before.is_empty() => said,
            before => format!("{said}; before, {before}"),
        };
        false
    }

    /// Takes over what an earlier agent told: its end is nobody's help. Failures do not count if something was asked since.
    /// Gives when to try again.
    pub(super) fn take_up(&mut self, now: u64, told: &StepState, outdated: Option<Why>) -> Option<u64> {
        self.cause = told.cause.unwrap_or(self.cause);
        self.acted_on.clone_from(&told.cues);
        if told.status == StepStatus::Reached {
            return None;
        }
        // An attempt whose end nobody saw is none.
        let unseen = u32::from(told.status == StepStatus::Running);
        self.attempt = told.attempt.saturating_sub(unseen);
        // What could not be read is read again.
        let never_read = !self.step.reads.is_empty() && told.attempt == 0;
        self.blocked = told.status == StepStatus::Blocked && !never_read;
        if let Some(why) = outdated {
            self.forgive();
            self.caused(why, now);
            return None;
        }
        // Without an attempt it is the look that failed, or somebody who broke it: that is seen anew.
        let failed = told.status == StepStatus::Failing && self.attempt > 0;
        if !self.blocked && !failed {
            return None;
        }
        self.failure.clone_from(&told.reason);
        self.evidence.clone_from(&told.evidence);
        // The clock of this host may have been set back since.
        let latest = now.saturating_add(self.step.retry.max_delay_ms);
        told.retry_at.map(|at| at.min(latest))
    }

    /// From now on something else makes us act on it.
    pub(super) fn caused(&mut self, why: Why, now: u64) {
        self.cause = Cause::new(why, now);
        self.acted_on.clear();
    }

    /// Somebody did something about it: all that was counted against it is forgotten.
    pub(super) fn forgive(&mut self) {
        self.forgiven |= self.blocked || self.attempt > 0;
        self.start_anew();
        self.starts.clear();
        self.budget = HealBudget::new();
    }

    /// Forgets failures: the next attempt is the first.
    pub(super) fn start_anew(&mut self) {
        self.attempt = 0;
        self.failed_looks = 0;
        self.blocked = false;
        self.failure.clear();
        self.evidence.clear();
    }
}

/// A span of milliseconds, as people write limits.
fn span(milliseconds: u64) -> String {
    match milliseconds {
        ms if ms % 3_600_000 == 0 => format!("{} h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{} min", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{} s", ms / 1_000),
        ms => format!("{ms} ms"),
    }
}
