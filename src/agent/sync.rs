//! Reading what an application asks of this host, and what the store has of this host.

use crate::choreography::{Told, Wish};
use crate::role::{Current, Pause, Role, RoleError, StepState, StepStatus, Why, join, keys};
use crate::store::{Pair, Revision, Store, StoreError};

/// What was read.
#[derive(Debug)]
pub(super) struct Synced {
    /// The pointer; None: the application is not published (any more).
    pub(super) current: Option<Current>,
    /// Its revision.
    pub(super) pointer: Option<Revision>,
    /// Which keys the application asks by, and their revisions.
    pub(super) asked: Vec<(String, Revision)>,
    /// That steps start anew.
    pub(super) wishes: Vec<Wish>,
    /// That nothing new starts.
    pub(super) pause: Option<Pause>,
    /// What the pointer means for this host.
    pub(super) part: Part,
    /// Our states as they lie in the store.
    pub(super) told: Vec<Told>,
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

/// The keys by which an application asks, with their revisions: where these are the same, so is all that it asks.
pub(super) fn asked(pairs: &[Pair]) -> Vec<(String, Revision)> {
    let asked = pairs.iter().map(|pair| (pair.key.clone(), pair.mod_revision));
    asked.collect()
}

/// Reads what is asked of `application`, the role of `host` (unless it is that of `played`) and our states.
pub(super) async fn sync<S: Store>(
    store: S,
    application: &str,
    host: &str,
    played: Option<&Current>,
) -> Result<Synced, StoreError> {
    let (asking, states) = (keys::current(application), keys::host_states(application, host));
    let (asking, states) = tokio::try_join!(store.list(&asking), store.list(&states))?;
    let key = keys::current(application);
    let pointer = asking.pairs.iter().find(|pair| pair.key == key);
    let wishes: Vec<Wish> = asking
        .pairs
        .iter()
        .filter_map(|pair| {
            let step = keys::wished_step(application, &pair.key)?;
            let number = pair.mod_revision;
            Some(Wish { step, number })
        })
        .collect();
    let told = states.pairs.iter();
    let key = keys::pause(application);
    let pause = asking.pairs.iter().find(|pair| pair.key == key);
    let mut synced = Synced {
        current: None,
        pointer: pointer.map(|pointer| pointer.mod_revision),
        asked: asked(&asking.pairs),
        part: Part::None,
        pause: pause.map(|pair| Pause::read(&pair.value)),
        told: told
            .filter_map(|pair| told_by(application, pair, pointer, &wishes))
            .collect(),
        wishes,
    };
    let Some(pointer) = pointer else {
        return Ok(synced);
    };
    let current: Current = match serde_json::from_slice(&pointer.value) {
        Ok(current) => current,
        Err(error) => {
            synced.current = played.cloned();
            synced.pointer = None;
            let reason = format!("the pointer to its current generation is damaged: {error}");
            synced.part = Part::Refused(reason);
            return Ok(synced);
        }
    };
    synced.part = if !current.hosts.iter().any(|other| other == host) {
        Part::None
    } else if played == Some(&current) {
        Part::Same
    } else {
        role(&store, application, host, current.generation).await?
    };
    synced.current = Some(current);
    Ok(synced)
}

/// What a state in the store says. It is outdated if what is asked for changed since, or if somebody wished since that the
/// step starts anew: the revisions tell.
fn told_by(application: &str, pair: &Pair, pointer: Option<&Pair>, wishes: &[Wish]) -> Option<Told> {
    let (_, step) = keys::state_parts(application, &pair.key)?;
    // A state that cannot be read is written again; as it is ours, so may be its name.
    let unreadable = || StepState::new("", StepStatus::Waiting, 0);
    let state = serde_json::from_slice(&pair.value).unwrap_or_else(|_| unreadable());
    let is_about = |wish: &&Wish| wish.step.as_ref().is_none_or(|name| *name == step);
    let asked = wishes
        .iter()
        .filter(is_about)
        .map(|wish| (wish.number, Why::Retry));
    let asked = asked.chain(pointer.map(|pointer| (pointer.mod_revision, Why::Change)));
    let last = asked.max_by_key(|(revision, _)| *revision);
    Some(Told {
        outdated: last
            .filter(|(revision, _)| pair.mod_revision < *revision)
            .map(|(_, why)| why),
        step,
        state,
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
