//! Which steps are to be told, and by when.

use std::collections::{BTreeSet, HashMap};

/// Steps by the time, in milliseconds, by which they are to be told.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    by_time: BTreeSet<(u64, u32)>,
    times: HashMap<u32, u64>,
}

impl Agenda {
    /// The step at `index` is to be told by `due`, or earlier if that was asked for before.
    pub(super) fn add(&mut self, index: u32, due: u64) {
        let before = self.times.get(&index).copied();
        if before.is_some_and(|before| before <= due) {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, index));
        }
        self.by_time.insert((due, index));
        self.times.insert(index, due);
    }

    pub(super) fn remove(&mut self, index: u32) {
        if let Some(due) = self.times.remove(&index) {
            self.by_time.remove(&(due, index));
        }
    }

    /// Takes out the step that is due first, if it is due by `until`.
    pub(super) fn pop(&mut self, until: u64) -> Option<u32> {
        let (_, index) = self.by_time.first().copied().filter(|(due, _)| *due <= until)?;
        self.remove(index);
        Some(index)
    }

    /// When the first one is due.
    pub(super) fn first(&self) -> Option<u64> {
        self.by_time.first().map(|&(due, _)| due)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_time.is_empty()
    }

    /// Takes out all steps.
    pub(super) fn take_all(&mut self) -> BTreeSet<u32> {
        let all = std::mem::take(self);
        all.times.into_keys().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_time_asked_for_holds() {
        let mut agenda = Agenda::default();
        agenda.add(1, 50);
        agenda.add(1, 20);
        agenda.add(1, 90);
        agenda.add(2, 30);
        assert_eq!(agenda.first(), Some(20));
        assert_eq!(agenda.pop(19), None);
        assert_eq!(agenda.pop(20), Some(1));
        assert_eq!(agenda.pop(u64::MAX), Some(2));
        assert!(agenda.is_empty() && agenda.first().is_none());
    }

    #[test]
    fn what_is_removed_or_taken_is_not_due() {
        let mut agenda = Agenda::default();
        agenda.add(1, 10);
        agenda.add(2, 20);
        agenda.remove(1);
        assert_eq!(agenda.take_all(), BTreeSet::from([2]));
        assert_eq!(agenda.pop(u64::MAX), None);
    }
}
