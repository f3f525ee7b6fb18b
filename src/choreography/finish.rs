//! What a look and the end of a do mean.

use std::sync::Arc;

use super::part::Part;
use super::state::State;
use super::{Command, Delays, Done, Level, ObservationId, RunId};
use crate::role::{RoleStep, Why};

/// The most of a do's last words that is kept, in bytes.
const EVIDENCE: usize = 4 * 1024;

impl State {
    /// A look at a step's check.
    pub(super) fn on_level(&mut self, now: u64, id: ObservationId, level: Level) {
        let Some(&index) = self.by_id.get(&id) else {
            return;
        };
        let part = &mut self.parts[index as usize];
        if part.gone {
            return;
        }
        if part.run.is_some() {
            // The look after the do decides; what comes in between is not lost, should the do be cancelled.
            part.level = level;
            return;
        }
        if self.is_contested(index) {
            // It is looked at again when that do has ended.
            self.parts[index as usize].level = Level::Unknown;
            return;
        }
        self.set_level(now, index, level);
    }

    /// A do ended that others may have waited for because it worked against them: they look now.
    fn look_again(&mut self, ended: &RoleStep, commands: &mut Vec<Command>) {
        let contested = (0..)
            .zip(&self.parts)
            .filter(|(_, part)| part.active && part.step.opposes(ended));
        let contested: Vec<u32> = contested.map(|(index, _)| index).collect();
        for index in contested {
            let part = &self.parts[index as usize];
            if let Some(played) = &part.played
                && !part.is_marker()
                && !part.gone
            {
                commands.push(Command::Look(part.id, Arc::clone(played)));
            }
            self.touch(index);
        }
    }

    /// Takes over what was seen of a step that no do is at.
    fn set_level(&mut self, now: u64, index: u32, level: Level) {
        let part = &mut self.parts[index as usize];
        let before = std::mem::replace(&mut part.level, level);
        // What was told as reached may have broken while nobody looked.
        let was_held = part.reached_at.is_some() || part.was_reached && before == Level::Unknown;
        if was_held && matches!(part.level, Level::NotReached(_) | Level::Failed(_)) {
            part.caused(Why::Drift, now);
        }
        match &part.level {
            Level::Unknown => {}
            Level::Reached => {
                part.start_reached(now);
                self.set_timer(index, None);
            }
            Level::NotReached(_) => {
                part.failed_looks = 0;
                if matches!(before, Level::Failed(_)) {
                    self.set_timer(index, None);
                }
                let part = &mut self.parts[index as usize];
                if let Some(since) = part.reached_at.take() {
                    part.start_anew();
                    let held = now.saturating_sub(since);
                    let (action, retry) = (part.step.apply.as_ref(), part.step.retry);
                    let delay = part.budget.spend(now, held, action, retry, &mut self.random);
                    if delay > 0 {
                        part.failure = format!(
                            "it was brought back {} times and breaks again and again",
                            part.heals
                        );
                        self.set_timer(index, Some(now.saturating_add(delay)));
                    }
                } else if part.level != before {
                    self.telling.reason_changed(index, part.status, Delays::CALM);
                }
            }
            Level::Failed(_) => {
                part.reached_at = None;
                part.failed_looks = part.failed_looks.saturating_add(1);
                let failures = part.failed_looks;
                let delay = self.back_off(index, failures);
                self.set_timer(index, Some(now.saturating_add(delay)));
            }
        }
        self.touch(index);
    }

    /// A do ended, and was looked after.
    pub(super) fn on_finished(
        &mut self,
        now: u64,
        id: RunId,
        (done, level): (Option<Done>, Level),
        commands: &mut Vec<Command>,
    ) {
        let Some(run) = self.runs.remove(&id) else {
            return;
        };
        let is_asked_for = |part: u32| self.parts[part as usize].active;
        if !run.part.is_some_and(is_asked_for) {
            self.look_again(&run.step, commands);
        }
        if let Some(turn) = &run.step.turn
            && let Some(turn) = self.turns.get_mut(turn)
            && turn.holder == Some(id)
        {
            turn.holder = None;
            if let Some(&next) = turn.queue.first() {
                self.touch(next);
            }
        }
        let Some(index) = run.part else {
            return;
        };
        let part = &mut self.parts[index as usize];
        part.run = None;
        if part
            .played
            .as_ref()
            .is_none_or(|played| played.digest != run.step.digest)
        {
            // An older version of the step. The newer one's own looks count.
            let level = std::mem::take(&mut part.level);
            return self.set_level(now, index, level);
        }
        part.budget.took(now.saturating_sub(part.started));
        if run.cancelled || done.is_none() {
            part.attempt = part.attempt.saturating_sub(1);
            part.starts.pop_back();
            if done.is_none() && part.attempt == 0 {
                part.cause.began = None;
            }
            return self.after_no_attempt(now, index, level);
        }
        let done = done.unwrap_or_default();
        if level == Level::Reached {
            part.evidence.clear();
            part.failure.clear();
            if done.ok {
                part.history.took.add(now.saturating_sub(part.started));
                part.outputs = done.outputs;
                part.is_output_known = true;
                self.readers.of_step(index);
            }
            let part = &mut self.parts[index as usize];
            if part.was_reached {
                part.heals += 1;
                part.healed = Some(now);
            }
            return self.set_level(now, index, level);
        }
        // A do that made the check true before, and ended well again, is no failing do: somebody undid it meanwhile.
        let broken_again = done.ok && part.was_reached && matches!(level, Level::NotReached(_));
        part.failure = match (&level, done.ok) {
            (Level::NotReached(reason), true) => {
                format!("the do ended well, but its check does not hold: {reason}")
            }
            (Level::Failed(reason), true) => {
                format!("the do ended well, but its check could not be carried out: {reason}")
            }
            (_, true) => "the do ended well, but its check tells nothing".into(),
            (_, false) => done.message,
        };
        part.evidence = tail(done.tail);
        part.reached_at = None;
        let attempt = part.attempt;
        let most = part.step.retry.max_attempts;
        part.blocked = most.is_some_and(|most| attempt >= most);
        let blocked = part.blocked;
        // Whatever the look could not say: the do was tried, and it is the do that is tried again.
        part.level = match level {
            Level::NotReached(reason) | Level::Failed(reason) => Level::NotReached(reason),
            Level::Unknown | Level::Reached => Level::NotReached(String::new()),
        };
        let delay = if broken_again {
            let (action, retry) = (part.step.apply.as_ref(), part.step.retry);
            part.budget.spend(now, 0, action, retry, &mut self.random)
        } else {
            self.back_off(index, attempt)
        };
        self.set_timer(index, (!blocked && delay > 0).then(|| now.saturating_add(delay)));
        let status = self.parts[index as usize].status;
        self.telling.reason_changed(index, status, Delays::SOON);
        self.touch(index);
    }

    /// A do was not carried out, or not to its end: only the look counts.
    fn after_no_attempt(&mut self, now: u64, index: u32, level: Level) {
        let part = &mut self.parts[index as usize];
        let level = match level {
            Level::Unknown => std::mem::take(&mut part.level),
            level => level,
        };
        self.set_level(now, index, level);
    }
}

impl Part {
    /// Its check holds.
    pub(super) fn start_reached(&mut self, now: u64) {
        self.reached_at.get_or_insert(now);
        self.gone = self.step.leaving;
        self.was_reached = true;
        self.blocked = false;
        self.failed_looks = 0;
        self.failure.clear();
        self.evidence.clear();
    }
}

/// The end of a text, at most [`EVIDENCE`] bytes of it.
fn tail(mut text: String) -> String {
    if text.len() > EVIDENCE {
        let mut from = text.len() - EVIDENCE;
        while !text.is_char_boundary(from) {
            from += 1;
        }
        text.drain(..from);
    }
    text
}
