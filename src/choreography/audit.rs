//! Counts all over again what the state keeps count of: the slow way, to hold the fast way against.

use std::collections::BTreeSet;

use super::state::State;
use crate::role::StepStatus;

impl State {
    /// Panics if anything that is kept incrementally is not what a full scan finds.
    pub(super) fn audit(&self) {
        let mut by_status = [0; 5];
        let (mut reached, mut timers) = (0, BTreeSet::new());
        for (index, part) in (0_u32..).zip(&self.parts) {
            let name = &part.step.name;
            let local = part.step.guards.iter();
            let local = local.filter(|&&guard| !self.parts[guard as usize].held).count();
            let remote = part
                .step
                .cues
                .iter()
                .filter(|&&cue| !self.cues[cue as usize].holds)
                .count();
            assert_eq!(part.missing as usize, local + remote, "missing of {name}");
            assert_eq!(part.held, part.holds(), "held of {name}");
            reached += usize::from(part.active && part.held);
            if let Some(status) = part.status {
                by_status[status as usize] += 1;
            }
            timers.extend(part.timer.map(|at| (at, index)));
            let free = part.step.turn.as_ref().is_none_or(|turn| {
                let turn = &self.turns[turn];
                turn.holder.is_none() && turn.queue.first() == Some(&index)
            });
            assert_eq!(
                self.is_startable(index) && free,
                self.ready.contains(&index),
                "readiness of {name}"
            );
            let running = part.status == Some(StepStatus::Running);
            assert!(
                !running || part.run.is_some(),
                "{name} is told to run, but nothing runs"
            );
            if let Some(run) = part.run {
                assert_eq!(self.runs[&run].part, Some(index), "the run of {name}");
            }
        }
        assert_eq!(
            (self.reached, self.by_status, &self.timers),
            (reached, by_status, &timers)
        );
        let idle = self.fenced || self.stopping || self.is_turning();
        assert!(
            idle || self.ready.is_empty() || self.runs.len() >= self.limit,
            "something could run and does not"
        );
        let active = self.parts.iter().filter(|part| part.active).count();
        assert_eq!((self.by_id.len(), self.active), (active, active));
        for (name, turn) in &self.turns {
            assert!(
                turn.holder.is_none_or(|run| self.runs.contains_key(&run)),
                "the turn {name}"
            );
        }
    }
}
