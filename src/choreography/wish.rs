//! What people ask of a play beside its role.

use std::collections::HashMap;
use std::sync::Arc;

use super::state::State;
use super::{Command, Delays, Level, Wish};

impl State {
    /// Carries out the wishes that are new. The first time, nothing is: what was told knowing of them stands, and what was
    /// told before them was taken up as outdated.
    pub(super) fn on_wishes(&mut self, wishes: Vec<Wish>, commands: &mut Vec<Command>) {
        let all: HashMap<Option<String>, u64> =
            wishes.into_iter().map(|wish| (wish.step, wish.number)).collect();
        let Some(heeded) = self.heeded.replace(all.clone()) else {
            return;
        };
        let is_new = |step: &Option<String>| {
            let number = all.get(step);
            number.is_some() && number != heeded.get(step)
        };
        let everything = is_new(&None);
        for index in (0..).take(self.parts.len()) {
            let name = &self.parts[index as usize].step.name;
            if everything || is_new(&Some(name.clone())) {
                self.try_anew(index, commands);
            }
        }
    }

    /// What is in trouble is tried at once, and its attempts are counted from the first.
    pub(super) fn try_anew(&mut self, index: u32, commands: &mut Vec<Command>) {
        let part = &mut self.parts[index as usize];
        if !part.active || part.held || part.run.is_some() {
            return;
        }
        part.forgive();
        if matches!(part.level, Level::Failed(_)) && !self.stopping {
            commands.push(Command::Look(part.id, Arc::clone(&part.step)));
        }
        let status = part.status;
        self.set_timer(index, None);
        self.telling.reason_changed(index, status, Delays::SOON);
        self.touch(index);
    }
}
