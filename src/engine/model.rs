//! The contract of an engine.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::role::RoleStep;

/// What a look at a step's check saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Not looked at yet.
    Unknown,
    /// The check holds.
    Reached,
    /// The check does not hold, and why ("no such file", "mode is 600, not 644", "exit status 1").
    NotReached(String),
    /// The check itself could not be carried out (the script is missing, it did not end in time).
    Failed(String),
}

/// What a look saw.
#[derive(Clone, Debug)]
pub struct Sight {
    /// When the look began: what was done after that, it may not have seen.
    pub begun: Instant,
    /// What it saw.
    pub seen: Observed,
}

/// A running observation: the level, now and whenever it may have changed. Dropping it ends it. Levels, not edges: a
/// consumer that is slow sees only the latest.
#[derive(Debug)]
pub struct Observations {
    /// The latest level.
    pub level: watch::Receiver<Sight>,
    /// Ends the observation when dropped.
    pub guard: tokio_util::sync::DropGuard,
}

/// How a do ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it says it succeeded. The check has the last word.
    pub ok: bool,
    /// What it gave through `KHOR_OUTPUT`.
    pub outputs: BTreeMap<String, serde_json::Value>,
    /// Why it failed, in words with what to do; empty when ok.
    pub message: String,
    /// The tail of what it printed.
    pub tail: String,
    /// When it ended: a look that began before is not to be believed. None: it did nothing.
    pub ended: Option<Instant>,
}

impl Outcome {
    /// Success without outputs.
    pub fn done() -> Self {
        Self {
            ok: true,
            ..Self::default()
        }
    }

    /// A failure and its reason.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }
}

/// A way to check and to do.
///
/// A spurious level is better than a missed one. `observe` tells a first level at once. `apply` converges in one call or
/// says why not, may be repeated, and leaves nothing half-done when cancelled.
pub trait Engine {
    /// Looks at the step's check now, and again whenever it may have changed, until the result is dropped.
    fn observe(&self, step: &RoleStep) -> Observations;

    /// Looks once, now: the level that a decision is made on.
    fn look(&self, step: &RoleStep) -> impl Future<Output = Observed> + Send;

    /// Carries out the step's do.
    fn apply(
        &self,
        step: &RoleStep,
        deadline: Duration,
        cancel: CancellationToken,
    ) -> impl Future<Output = Outcome> + Send;
}
