//! A new role: what stays, what goes, what is new.

use std::collections::HashMap;
use std::sync::Arc;

use super::part::Part;
use super::state::{CuePart, Header, State, Waiters};
use super::{Command, Cue, Delays, Level, ObservationId};
use crate::role::{Cause, Goal, Role, RoleStep, Why};

impl State {
    /// Plays `role` from now on. A step that has the same name and digest keeps all that is known of it; a new
    /// generation gives what was blocked or failing a fresh start, for somebody did something.
    pub(super) fn recast(
        &mut self,
        now: u64,
        role: &Role,
        (goal, turns): (Goal, u64),
        commands: &mut Vec<Command>,
    ) {
        let header = Header {
            generation: role.generation,
            goal,
            turns,
            host: role.host.clone(),
        };
        let fresh_start = self.header.as_ref() != Some(&header);
        self.header = Some(header);
        self.refused = None;
        self.dismissed = false;
        let mut before = self.take_parts();
        self.active = 0;
        for (index, step) in (0_u32..).zip(&role.steps) {
            let active = step.is_for(goal);
            self.active += usize::from(active);
            let step = Arc::new(step.clone());
            let old = before.remove(&step.name);
            let mut part = self.part_for(now, step, active, old, commands);
            if fresh_start && part.active && part.reached_at.is_none() {
                part.forgive();
                if part.forgiven {
                    part.caused(Why::Change, now);
                }
                part.timer = None;
                if matches!(part.level, Level::Failed(_))
                    && let Some(played) = &part.played
                {
                    commands.push(Command::Look(part.id, Arc::clone(played)));
                }
            }
            if let Some(at) = part.timer {
                self.timers.insert((at, index));
            }
            if active {
                self.telling.unmark_stale(&part.step.name);
                self.by_id.insert(part.id, index);
            }
            if let Some(run) = part.run.and_then(|run| self.runs.get_mut(&run)) {
                run.part = Some(index);
            }
            self.parts.push(part);
        }
        for (name, part) in before {
            self.drop_part(name, &part, commands);
        }
        self.set_cues(role);
        self.count_guards();
        self.find_sources();
        for index in (0..).take(self.parts.len()) {
            let part = &mut self.parts[index as usize];
            if std::mem::take(&mut part.unsaid) {
                self.mark_again(index);
            } else {
                // It may wait for something else now.
                self.telling.reason_changed(index, part.status, Delays::LATE);
            }
        }
        if let Some(told) = self.told.take() {
            self.compare_told(now, told, commands);
        }
    }

    /// Plays nothing any more.
    pub(super) fn dismiss(&mut self, now: u64, commands: &mut Vec<Command>) {
        for (name, part) in self.take_parts() {
            self.drop_part(name, &part, commands);
        }
        self.header = None;
        self.refused = None;
        self.dismissed = true;
        self.active = 0;
        self.cues.clear();
        self.cue_index.clear();
        self.count_guards();
        self.find_sources();
        if let Some(told) = self.told.take() {
            self.compare_told(now, told, commands);
        }
    }

    /// Takes all steps out, and with them all that points at them by index.
    fn take_parts(&mut self) -> HashMap<String, Part> {
        for index in self.telling.forget_indices() {
            self.parts[index as usize].unsaid = true;
        }
        self.by_id.clear();
        self.ready.clear();
        self.timers.clear();
        self.turns.retain(|_, turn| turn.holder.is_some());
        for turn in self.turns.values_mut() {
            turn.queue.clear();
        }
        for run in self.runs.values_mut() {
            run.part = None;
        }
        let parts = std::mem::take(&mut self.parts);
        parts
            .into_iter()
            .map(|part| (part.step.name.clone(), part))
            .collect()
    }

    /// The place of a step in the new role, with what is known of it.
    fn part_for(
        &mut self,
        now: u64,
        step: Arc<RoleStep>,
        active: bool,
        old: Option<Part>,
        commands: &mut Vec<Command>,
    ) -> Part {
        match old {
            Some(mut old) if old.step.digest == step.digest && old.active == active => {
                // What is waited for may have changed, what is done has not.
                if step.reads.is_empty() {
                    old.played = Some(Arc::clone(&step));
                }
                old.step = step;
                old
            }
            old => {
                let id = ObservationId(self.fresh());
                let why = if old.is_some() { Why::Change } else { Why::First };
                let mut part = Part::new(step, id, active, Cause::new(why, now));
                if let Some(old) = old {
                    // Who goes away reads what was given when it came.
                    part.outputs = old.outputs;
                    part.is_output_known = old.is_output_known;
                    part.history.took = old.history.took;
                    if old.active {
                        commands.push(Command::Forget(old.id));
                    }
                    if old.active && !active {
                        // It is being undone: nobody is to read that it is reached.
                        part.unsaid = part.is_remembered();
                        if !part.unsaid {
                            self.telling.mark_stale(part.step.name.clone(), 0);
                        }
                    }
                    // It may not run twice at once, not even in two versions.
                    part.run = old.run;
                    if let Some(run) = old.run {
                        self.cancel(run, commands);
                    }
                }
                if let Some(played) = part.played.as_ref().filter(|_| active && !part.is_marker()) {
                    commands.push(Command::Observe(id, Arc::clone(played)));
                }
                part
            }
        }
    }

    /// The role has this step no more.
    fn drop_part(&mut self, name: String, part: &Part, commands: &mut Vec<Command>) {
        if part.active {
            if !part.is_marker() {
                commands.push(Command::Forget(part.id));
            }
            self.telling.mark_stale(name, Delays::LATE);
        }
        if let Some(run) = part.run {
            self.cancel(run, commands);
        }
    }

    /// Takes over the role's cues, with what is known of those that stay.
    fn set_cues(&mut self, role: &Role) {
        let mut known: HashMap<(String, String), Option<Cue>> = HashMap::new();
        for part in std::mem::take(&mut self.cues) {
            known.insert((part.cue.host, part.cue.step), part.known);
        }
        self.cue_index.clear();
        for (index, cue) in (0..).zip(&role.cues) {
            let steps = self.cue_index.entry(cue.host.clone()).or_default();
            steps.insert(cue.step.clone(), index);
            let known = known.remove(&(cue.host.clone(), cue.step.clone())).flatten();
            let holds = self.cue_holds(cue, known.as_ref());
            self.cues.push(CuePart {
                cue: cue.clone(),
                known,
                holds,
            });
        }
    }

    /// Builds the reverse index of guards, and counts what is missing.
    fn count_guards(&mut self) {
        let indices = 0..u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let guards = indices.clone().flat_map(|index| {
            let guards = self.parts[index as usize].step.guards.iter();
            guards.map(move |&guard| (guard, index))
        });
        let cues = indices.clone().flat_map(|index| {
            let cues = self.parts[index as usize].step.cues.iter();
            cues.map(move |&cue| (cue, index))
        });
        // Roles are validated before they come here; an index out of range must still not end the agent.
        let (parts, known) = (self.parts.len(), self.cues.len());
        let waiters = Waiters::new(parts, guards.filter(|&(guard, _)| (guard as usize) < parts));
        let cue_waiters = Waiters::new(known, cues.filter(|&(cue, _)| (cue as usize) < known));
        self.waiters = waiters;
        self.cue_waiters = cue_waiters;
        self.reached = 0;
        self.by_status = [0; 5];
        // Guards point backwards, so that each step finds those before it settled.
        for index in indices {
            let step = Arc::clone(&self.parts[index as usize].step);
            let holds = |guard: &u32| self.parts.get(*guard as usize).is_none_or(|part| part.held);
            let local = step.guards.iter().filter(|guard| !holds(guard)).count();
            let holds = |cue: &u32| self.cues.get(*cue as usize).is_none_or(|cue| cue.holds);
            let remote = step.cues.iter().filter(|cue| !holds(cue)).count();
            let part = &mut self.parts[index as usize];
            part.missing = u32::try_from(local + remote).unwrap_or(u32::MAX);
            part.held = part.holds();
            self.reached += usize::from(part.active && part.held);
            if let Some(status) = part.status {
                self.by_status[status as usize] += 1;
            }
            self.touch(index);
        }
    }
}

impl State {
    /// Whether what is known of a cue is what the role waits for.
    pub(super) fn cue_holds(&self, cue: &crate::role::Cue, known: Option<&Cue>) -> bool {
        let is_off = cue.only_present
            && self
                .header
                .as_ref()
                .is_some_and(|header| header.goal == Goal::Absent);
        is_off
            || known.is_some_and(|known| {
                known.status == crate::role::StepStatus::Reached && known.digest == cue.digest
            })
    }
}
