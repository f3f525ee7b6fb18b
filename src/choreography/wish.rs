//! What people ask of a play beside its role.

use std::collections::HashMap;
use std::sync::Arc;

use super::part::Part;
use super::state::State;
use super::{Command, Delays, Level, Pause, Wish};
use crate::role::Why;

impl State {
    /// Carries out the wishes that are new. The first time, nothing is: what was told knowing of them stands, and what was
    /// told before them was taken up as outdated. Only what was never told may have failed before any of them.
    pub(super) fn on_wishes(&mut self, now: u64, wishes: Vec<Wish>, commands: &mut Vec<Command>) {
        let all: HashMap<Option<String>, u64> =
            wishes.into_iter().map(|wish| (wish.step, wish.number)).collect();
        let before = self.heeded.replace(all.clone());
        let is_new = |step: &Option<String>, unheard: bool| {
            let number = all.get(step);
            let heeded = before
                .as_ref()
                .map_or(!unheard, |heeded| heeded.get(step) == number);
            number.is_some() && !heeded
        };
        for index in (0..).take(self.parts.len()) {
            let part = &mut self.parts[index as usize];
            let unheard = std::mem::take(&mut part.unheard);
            let name = Some(part.step.name.clone());
            if is_new(&None, unheard) || is_new(&name, unheard) {
                self.try_anew(now, index, Why::Retry, commands);
            }
        }
    }

    /// What is in trouble is tried at once, and its attempts are counted from the first.
    pub(super) fn try_anew(&mut self, now: u64, index: u32, why: Why, commands: &mut Vec<Command>) {
        let part = &mut self.parts[index as usize];
        if !part.active || part.held || part.run.is_some() {
            return;
        }
        part.forgive();
        part.caused(why, now);
        if let Some(played) = &part.played
            && matches!(part.level, Level::Failed(_))
            && !self.stopping
        {
            commands.push(Command::Look(part.id, Arc::clone(played)));
        }
        let status = part.status;
        self.set_timer(index, None);
        self.telling.reason_changed(index, status, Delays::SOON);
        self.touch(index);
    }

    /// From now on nothing new starts; or that is over.
    pub(super) fn on_pause(&mut self, pause: Option<Pause>) {
        if self.pause == pause {
            return;
        }
        self.pause = pause;
        for index in (0..).take(self.parts.len()) {
            let part = &self.parts[index as usize];
            if part.is_startable() {
                self.telling.reason_changed(index, part.status, Delays::SOON);
                self.touch(index);
            }
        }
    }

    /// The pause that keeps a step from being started.
    pub(super) fn held_back(&self, part: &Part) -> Option<&Pause> {
        let pause = self.pause.as_ref();
        pause.filter(|pause| !(pause.heal && part.was_reached))
    }
}
