//! What an agent tells whoever started it, as it happens; `khor up` shows it.

use std::sync::Arc;
use std::time::Instant;

use crate::choreography::Counts;
use crate::role::Durations;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Its do was started; how long those before took.
    Started(Durations),
    /// Its do runs for far longer than any before; in words.
    Slow(String),
    /// Its check holds.
    Reached,
    /// It was brought back.
    Healed,
    /// It was reached, and its check no longer holds.
    Drifted,
    /// Its do failed, and will be tried again.
    Failed(String),
    /// It failed too often.
    Blocked(String),
    /// The counts changed otherwise; no step.
    Counted,
}

/// One piece of news.
#[derive(Clone, Debug)]
pub struct News {
    /// When.
    pub at: Instant,
    /// The host.
    pub host: Arc<str>,
    /// The application.
    pub application: Arc<str>,
    /// The step's name; empty for [`Happened::Counted`].
    pub step: Arc<str>,
    /// What.
    pub happened: Happened,
    /// How all steps of that application on that host stand now.
    pub counts: Counts,
}
