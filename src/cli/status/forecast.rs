//! How long it takes yet, by how long the same steps took before.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::survey::{StepView, Survey};
use crate::cli::words::ago;
use crate::role::{StepRef, StepStatus};

/// What is expected of an application that is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Until all is reached, in milliseconds: along the longest chain of what is still to be done, each step by the median
    /// of how long it took before.
    pub left_ms: u64,
    /// How many steps are still to be done of which nothing tells how long they take: they take no time in `left_ms`.
    pub unknown: usize,
}

impl Forecast {
    /// None: all is reached, or nothing is known, or it does not go on by itself.
    pub(super) fn of(survey: &Survey, now: u64) -> Option<Self> {
        let is_open = |step: &StepView| step.state.status != StepStatus::Reached;
        let is_held = |host: &super::HostView| host.agent.is_none() || host.pause.is_some();
        let stands_still = survey.pause.is_some()
            || survey.hosts.iter().any(is_held)
            || survey
                .all_steps()
                .any(|(_, step)| step.state.status == StepStatus::Blocked);
        if stands_still {
            return None;
        }
        let open: HashMap<(&str, &str), &StepView> = survey
            .all_steps()
            .filter(|(_, step)| is_open(step))
            .map(|(host, step)| ((host.host.as_str(), step.step.as_str()), step))
            .collect();
        let to_do = open.values().filter(|step| step.has_do);
        let unknown = to_do.clone().filter(|step| left(step, now).is_none()).count();
        if to_do.clone().count() == unknown {
            return None;
        }
        let mut ends: HashMap<(&str, &str), u64> = HashMap::new();
        let mut seen = HashSet::new();
        let mut stack: Vec<(&str, &str)> = open.keys().copied().collect();
        // A step ends after all that it waits for. Each is unfolded once, so that this ends, whatever the store says.
        while let Some(&named) = stack.last() {
            let step = open[&named];
            let guards = step.guards.iter().map(key);
            let open_guards = guards.filter(|guard| open.contains_key(guard));
            if seen.insert(named) {
                stack.extend(open_guards.filter(|guard| !ends.contains_key(guard)));
            } else {
                let start = open_guards.filter_map(|guard| ends.get(&guard)).max();
                ends.insert(
                    named,
                    start.unwrap_or(&0).saturating_add(left(step, now).unwrap_or(0)),
                );
                stack.pop();
            }
        }
        Some(Self {
            left_ms: ends.into_values().max().unwrap_or(0),
            unknown,
        })
    }

    /// "about 40 s left", "at least 40 s left".
    pub fn words(self) -> String {
        let how = if self.unknown == 0 { "about" } else { "at least" };
        format!("{how} {} left", ago(self.left_ms))
    }
}

fn key(named: &StepRef) -> (&str, &str) {
    (&named.host, &named.step)
}

/// How long an open step takes from when it may begin, or from now on; in milliseconds. None: nothing tells, or it has
/// taken longer than ever already.
fn left(step: &StepView, now: u64) -> Option<u64> {
    let took = &step.state.history.took;
    if !step.has_do {
        return Some(0);
    }
    if step.state.status == StepStatus::Running {
        return took.left(now.saturating_sub(step.state.since));
    }
    let wait = step.state.retry_at.map_or(0, |at| at.saturating_sub(now));
    Some(wait.saturating_add(took.quantile(50)?))
}

/// What there is to say of how long a running step takes: ", about 3 s left", or that it takes far longer than ever.
pub fn running(step: &StepView, now: u64) -> String {
    let took = &step.state.history.took;
    let elapsed = now.saturating_sub(step.state.since);
    if took.suspect().is_some_and(|at| elapsed > at) {
        return format!(
            ", far longer than ever: {} at most in {} times before",
            ago(took.longest),
            took.count
        );
    }
    took.left(elapsed)
        .map_or_else(String::new, |left| format!(", about {} left", ago(left)))
}
