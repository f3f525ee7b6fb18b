//! What belongs to one step while somebody looks at it: its check runs once at a time, and looks again after its do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use tokio::sync::watch;

use super::Observed;

/// A check that was carried out.
#[derive(Debug)]
pub(super) struct Last {
    /// When it was begun.
    pub(super) begun: Instant,
    /// For which digest of the step.
    pub(super) digest: String,
    /// By which engine: a step may be looked at by two.
    pub(super) engine: &'static str,
    /// What it saw.
    pub(super) seen: Observed,
}

/// One step's place.
#[derive(Debug)]
pub(super) struct Slot {
    /// The last run of the step's check; held while it runs.
    pub(super) check: tokio::sync::Mutex<Option<Last>>,
    /// When its last do ended.
    poke: watch::Sender<Option<Instant>>,
}

impl Slot {
    /// Tells all who observe the step that a do of it ended, so that they look again.
    pub(super) fn poke(&self) {
        self.poke.send_replace(Some(Instant::now()));
    }

    /// Changes at each poke; tells when the last one was.
    pub(super) fn pokes(&self) -> watch::Receiver<Option<Instant>> {
        self.poke.subscribe()
    }
}

/// The places of all steps, by name.
#[derive(Debug, Default)]
pub(super) struct Slots {
    by_step: Mutex<HashMap<String, Weak<Slot>>>,
}

impl Slots {
    /// The place of a step. It lasts as long as somebody holds it.
    pub(super) fn get(&self, step: &str) -> Arc<Slot> {
        let mut by_step = self.by_step.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = by_step.get(step).and_then(Weak::upgrade) {
            return slot;
        }
        by_step.retain(|_, slot| slot.strong_count() > 0);
        let slot = Arc::new(Slot {
            check: tokio::sync::Mutex::new(None),
            poke: watch::Sender::new(None),
        });
        by_step.insert(step.to_owned(), Arc::downgrade(&slot));
        slot
    }
}
