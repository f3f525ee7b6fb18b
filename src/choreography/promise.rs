//! How a step keeps its promise, as far as was seen.

use super::part::Part;
use super::{ObservationId, State};
use crate::role::{Durations, StepStatus};

impl State {
    /// How long the dos of the step observed under this id took.
    pub fn took(&self, id: ObservationId) -> Option<&Durations> {
        let part = &self.parts[*self.by_id.get(&id)? as usize];
        Some(&part.history.took)
    }
}

impl Part {
    /// Counts that a step that stood as `before` since then stands as `next` by now. What nothing is done for promises
    /// nothing.
    pub(super) fn keep_account(
        &mut self,
        now: u64,
        before: Option<StepStatus>,
        since: u64,
        next: Option<StepStatus>,
    ) {
        if self.is_marker() || next.is_none() {
            return;
        }
        let is_reached = next == Some(StepStatus::Reached);
        if is_reached {
            self.history.mended(now);
        } else if before == Some(StepStatus::Reached) {
            self.history.broke(now, now.saturating_sub(since));
        }
    }
}
