//! Reading what an application asks of this host, and what the store has of this host.

use crate::role::{Current, Role, RoleError, StepState, join, keys};
use crate::store::{Revision, Store, StoreError};

/// What was read.
#[derive(Debug)]
pub(super) struct Synced {
    /// The pointer; None: the application is not published (any more).
    pub(super) current: Option<Current>,
    /// Its revision.
    pub(super) pointer: Option<Revision>,
    /// What the pointer means for this host.
    pub(super) part: Part,
    /// Our states as they lie in the store.
    pub(super) told: Vec<(String, StepState)>,
}

/// What a generation has for this host.
#[derive(Debug)]
pub(super) enum Part {
    /// No role.
    None,
    /// The same as is played already.
    Same,
    /// This role.
    Role(Box<Role>),
    /// A role that cannot be played, and why.
    Refused(String),
}

/// Reads the pointer of `application`, the role of `host` (unless it is that of `played`) and our states.
pub(super) async fn sync<S: Store>(
    store: S,
    application: &str,
    host: &str,
    played: Option<&Current>,
) -> Result<Synced, StoreError> {
    let (pointer, states) = (keys::current(application), keys::host_states(application, host));
    let (pointer, states) = tokio::try_join!(store.get(&pointer), store.list(&states))?;
    let told = states
        .pairs
        .iter()
        .filter_map(|pair| {
            let (_, step) = keys::state_parts(application, &pair.key)?;
            // A state that cannot be read is written again; as it is ours, so may be its name.
            let unreadable = || StepState::new("", crate::role::StepStatus::Waiting, 0);
            let state = serde_json::from_slice(&pair.value).unwrap_or_else(|_| unreadable());
            Some((step, state))
        })
        .collect();
    let Some(pointer) = pointer else {
        return Ok(Synced {
            current: None,
            pointer: None,
            part: Part::None,
            told,
        });
    };
    let current: Current = match serde_json::from_slice(&pointer.value) {
        Ok(current) => current,
        Err(error) => {
            return Ok(Synced {
                current: played.cloned(),
                pointer: None,
                part: Part::Refused(format!(
                    "the pointer to its current generation is damaged: {error}"
                )),
                told,
            });
        }
    };
    let part = if !current.hosts.iter().any(|other| other == host) {
        Part::None
    } else if played == Some(&current) {
        Part::Same
    } else {
        role(&store, application, host, current.generation).await?
    };
    Ok(Synced {
        current: Some(current),
        pointer: Some(pointer.mod_revision),
        part,
        told,
    })
}

async fn role<S: Store>(
    store: &S,
    application: &str,
    host: &str,
    generation: u64,
) -> Result<Part, StoreError> {
    let listing = store.list(&keys::role(application, generation, host)).await?;
    let chunks = listing.pairs.iter().map(|pair| (pair.key.as_str(), &*pair.value));
    let refused = |reason: &dyn std::fmt::Display| {
        Part::Refused(format!(
            "its role in generation {generation} cannot be played: {reason}"
        ))
    };
    Ok(match join(chunks) {
        Ok(role) if role.application != application || role.host != host => refused(&RoleError::Corrupt(
            format!("it is the role of {} for {}", role.host, role.application),
        )),
        // The document does not hold its generation before it is published.
        Ok(role) => Part::Role(Box::new(Role { generation, ..role })),
        Err(error) => refused(&error),
    })
}
