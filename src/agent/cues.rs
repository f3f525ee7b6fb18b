//! What other hosts tell, read from the store's pairs.

use serde::Deserialize;

use crate::choreography::{Cue, Outputs};
use crate::role::{StepStatus, keys};
use crate::store::{Change, Pair};

/// The part of a [`StepState`](crate::role::StepState) that a cue needs; the rest is not even read.
#[derive(Deserialize)]
struct Told {
    digest: String,
    status: StepStatus,
    #[serde(default)]
    outputs: Outputs,
}

/// Host, step and what is told of it. A value that cannot be read tells nothing.
pub(super) fn told(application: &str, pair: &Pair) -> Option<(String, String, Cue)> {
    let (host, step) = keys::state_parts(application, &pair.key)?;
    let Told {
        digest,
        status,
        outputs,
    } = serde_json::from_slice(&pair.value).ok()?;
    let cue = Cue {
        digest,
        status,
        outputs,
        revision: pair.mod_revision,
    };
    Some((host, step, cue))
}

/// The same of a change.
pub(super) fn changed(application: &str, change: &Change) -> Option<(String, String, Option<Cue>)> {
    let (host, step) = keys::state_parts(application, change.key())?;
    let known = match change {
        Change::Put { pair, .. } => told(application, pair).map(|(_, _, cue)| cue),
        Change::Delete { .. } => None,
    };
    Some((host, step, known))
}
