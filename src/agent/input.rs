//! Everything that can happen to an agent.

use std::sync::Arc;
use std::time::Instant;

use super::apply::Did;
use super::register::{Registration, Rival};
use super::sync::Synced;
use crate::choreography::{Level, ObservationId, RunId, WriteId};
use crate::store::{Commit, Farewell, StoreError, WatchEvent};

/// What tasks send to the loop. `session` and `watch` numbers tell what comes from something that was given up.
#[derive(Debug)]
pub(super) enum Input {
    /// Concerning one application.
    Play(Arc<str>, PlayInput),
    /// The store cannot be reached to register, and why.
    Offline(String),
    /// Another agent has this host.
    Held(Rival),
    /// We have it.
    Registered(Box<Registration>),
    /// The store no longer has our lease.
    LeaseLost { session: u64 },
    /// The watch of the host's assignments and agent record tells.
    Host { session: u64, event: WatchEvent },
    /// Our record was written anew, or was not.
    RecordWritten {
        session: u64,
        result: Result<Commit, StoreError>,
    },
}

/// What concerns one application.
#[derive(Debug)]
pub(super) enum PlayInput {
    /// The level may have changed: look at it.
    Level(ObservationId),
    /// This was seen by a look that began then.
    Looked(ObservationId, Level, Instant),
    /// A do has run for far longer than any do of its step did before.
    Suspect(RunId),
    /// A do ended.
    Finished(RunId, Did),
    /// A write was answered.
    Written(WriteId, Result<Commit, StoreError>),
    /// The watch of its pointer and its cues tells.
    Watched { watch: u64, event: WatchEvent },
    /// Its pointer, role and told states were read.
    Synced {
        session: u64,
        result: Result<Box<Synced>, StoreError>,
    },
    /// Read them (again).
    SyncNow,
    /// It was told that nothing is left here, or that this host has no part in it.
    Left(Result<Farewell, StoreError>),
}
