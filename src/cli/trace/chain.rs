//! From the states' evidence to what led to what.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use crate::cli::status::{HostView, StepView, Survey};
use crate::role::{StepRef, StepState, StepStatus, Why, keys};

/// What a host did last for a step.
#[derive(Debug, Serialize)]
pub struct Act<'a> {
    /// The host.
    pub host: &'a str,
    /// The step.
    pub step: &'a str,
    /// How it stands now.
    pub status: StepStatus,
    /// What made the host act; none: its agent does not say.
    pub why: Option<Why>,
    /// When it noticed that, in milliseconds since 1970 by its own clock.
    pub noticed: Option<u64>,
    /// When the act began: the do, or, where there is none, when the step came to stand so.
    pub at: u64,
    /// How long the do took, in milliseconds; none: there was none, or it did not end well (yet).
    pub took: Option<u64>,
    /// Attempts so far.
    pub attempt: u32,
    /// Why it stands so.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'a str,
    /// The step that it waited for last, if that let it begin.
    pub after: Option<After<'a>>,
    /// The states of other hosts that were acted on, with their revisions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cues: &'a BTreeMap<String, u64>,
}

impl Act<'_> {
    /// When it was over; when it began, if it is not.
    pub fn end(&self) -> u64 {
        self.at + self.took.unwrap_or(0)
    }
}

/// A step that let another one begin.
#[derive(Clone, Debug, Serialize)]
pub struct After<'a> {
    /// Its host.
    pub host: &'a str,
    /// Its name.
    pub step: &'a str,
    /// Since when it was reached, by its host's clock; none: what was acted on was told anew since then.
    pub since: Option<u64>,
    /// The revision of the state that was acted on; none for a step of the same host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// Finds chains in a survey.
pub struct Chain<'a> {
    survey: &'a Survey,
}

impl<'a> Chain<'a> {
    pub fn new(survey: &'a Survey) -> Self {
        Self { survey }
    }

    /// The last act of every step, in the order in which they began.
    pub fn all(&self) -> Vec<Act<'a>> {
        let steps = self.survey.all_steps();
        let mut acts: Vec<_> = steps.filter_map(|(host, step)| self.act(host, step)).collect();
        acts.sort_by_key(|act| (act.at, act.end()));
        acts
    }

    /// The acts that led to this step, and its own.
    pub fn of(&self, host: &'a HostView, step: &'a StepView) -> Vec<Act<'a>> {
        let mut acts: Vec<Act<'a>> = Vec::new();
        let mut seen = HashSet::new();
        let mut next = Some((host, step));
        while let Some((host, step)) = next.take()
            && seen.insert((&host.host, &step.step))
            && let Some(act) = self.act(host, step)
        {
            next = act
                .after
                .as_ref()
                .filter(|after| after.since.is_some())
                .and_then(|after| {
                    let named = StepRef {
                        host: after.host.to_owned(),
                        step: after.step.to_owned(),
                    };
                    Some((self.survey.host(after.host)?, self.survey.step(&named)?))
                });
            acts.push(act);
        }
        acts.reverse();
        acts
    }

    /// None: nothing was told of the step yet.
    fn act(&self, host: &'a HostView, step: &'a StepView) -> Option<Act<'a>> {
        let state = &step.state;
        step.revision?;
        let began = state.cause.and_then(|cause| cause.began);
        let at = began.unwrap_or(state.since);
        let noticed = state.cause.map(|cause| cause.at);
        let waits = state.status == StepStatus::Waiting;
        Some(Act {
            host: &host.host,
            step: &step.step,
            status: state.status,
            why: state.cause.map(|cause| cause.why),
            noticed,
            at,
            took: began
                .filter(|_| state.status == StepStatus::Reached)
                .map(|began| state.since.saturating_sub(began)),
            attempt: state.attempt,
            reason: &state.reason,
            after: if waits { None } else { self.last_guard(step, at) },
            cues: &state.cues,
        })
    }

    /// The guard that was reached last before the step began at `at`. What was there before, and broke, changed or was asked
    /// for again, began because of that, unless the guard was reached only after it was noticed.
    fn last_guard(&self, step: &StepView, at: u64) -> Option<After<'a>> {
        let StepState { cues, cause, .. } = &step.state;
        let noticed = cause.filter(|cause| cause.why != Why::First);
        let noticed = noticed.map_or(0, |cause| cause.at);
        let guards = step.guards.iter().filter_map(|named| {
            let host = self.survey.host(&named.host)?;
            let guard = self.survey.step(named)?;
            let acted_on = cues.get(&keys::below_states(&named.host, &named.step)).copied();
            let StepState { status, since, .. } = guard.state;
            let is_that = match acted_on {
                Some(revision) => guard.revision == Some(revision),
                None => status == StepStatus::Reached && since <= at,
            };
            (is_that || acted_on.is_some()).then_some(After {
                host: &host.host,
                step: &guard.step,
                since: is_that.then_some(since),
                revision: acted_on,
            })
        });
        let last = guards.max_by_key(|after| (after.since, after.revision))?;
        (last.since.unwrap_or(0) >= noticed).then_some(last)
    }
}
