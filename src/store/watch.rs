//! What a watch tells.
//!
//! Nine promises, held by every store (`tests/store.rs`): events are *ordered* by revision; *unique*, none comes twice;
//! *reliable*, none is left out unless a Reset says so; *resumable* from a revision; *atomic*, one transaction is one
//! event; *bookmarkable*, progress tells how far is known; they carry the *previous value*; they tell *creation from
//! change*; and they are *filtered* to the prefixes asked for.

use tokio::sync::mpsc;

use super::{Pair, Revision};

/// One key's change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was written. It was created (again) if `create_revision` equals `mod_revision`.
    Put {
        /// The pair as it is now.
        pair: Pair,
        /// The value before; none if it was created, or if the store has forgotten it.
        previous: Option<Vec<u8>>,
    },
    /// It was removed, or its lease ended.
    Delete {
        /// The key.
        key: String,
        /// The value before, unless the store has forgotten it.
        previous: Option<Vec<u8>>,
    },
}

impl Change {
    /// The key that changed.
    pub fn key(&self) -> &str {
        match self {
            Self::Put { pair, .. } => &pair.key,
            Self::Delete { key, .. } => key,
        }
    }

    /// How many bytes of keys and values it holds.
    pub(super) fn size(&self) -> usize {
        let (value, previous) = match self {
            Self::Put { pair, previous } => (pair.value.len(), previous),
            Self::Delete { previous, .. } => (0, previous),
        };
        self.key().len() + value + previous.as_ref().map_or(0, Vec::len)
    }
}

/// What a watch tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// Forget what you knew: this is all there is below the prefixes, at this revision.
    Reset {
        /// All pairs, sorted by key.
        pairs: Vec<Pair>,
        /// The revision they were read at.
        revision: Revision,
    },
    /// One transaction's changes below the prefixes.
    Changes {
        /// In the order of keys.
        changes: Vec<Change>,
        /// The transaction's revision.
        revision: Revision,
    },
    /// Nothing happened below the prefixes up to this revision.
    Progress {
        /// How far is known.
        revision: Revision,
    },
    /// The store cannot be reached; the watch tries again by itself. Told once per outage; a Reset or Changes end it.
    Lost {
        /// Why, in words.
        reason: String,
    },
}

/// A running watch. Dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    events: mpsc::Receiver<WatchEvent>,
}

impl Watch {
    /// How many events may wait for a slow consumer; then the store's reader waits too, and nothing is dropped.
    pub const CAPACITY: usize = 256;

    /// A watch and the end that feeds it. The feeding task stops when sending fails.
    pub fn channel() -> (mpsc::Sender<WatchEvent>, Self) {
        let (sender, events) = mpsc::channel(Self::CAPACITY);
        (sender, Self { events })
    }

    /// The next event. None only when the store was shut down.
    pub async fn next(&mut self) -> Option<WatchEvent> {
        self.events.recv().await
    }
}
