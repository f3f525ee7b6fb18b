//! What is played now, read whole: what a new generation is composed against.

use std::collections::{BTreeMap, HashMap};

use super::publish::{read, read_record};
use super::{Pair, ReadError, Revision, Store, StoreError};
use crate::role::{
    Current, Goal, Role, RoleStep, StepRef, StepState, StepStatus, TopologyOutputs, join, keys,
};

/// The current generation of an application, and how it stands.
#[derive(Clone, Debug)]
pub struct Before {
    /// The pointer.
    pub current: Current,
    /// Its revision: it changes with every publication, and with what is asked for.
    pub revision: Revision,
    /// The roles that can be read, by host.
    pub roles: Vec<Role>,
    /// The hosts whose roles cannot be read: what they have is not known.
    pub unreadable: Vec<String>,
    /// What the application gives as a whole.
    pub outputs: TopologyOutputs,
    /// The digest of the draft that it is made of.
    pub draft: Option<String>,
    /// What was told of steps.
    pub states: HashMap<StepRef, StepState>,
}

impl Before {
    /// Reads it; none if nothing is published under this name.
    pub async fn read<S: Store>(store: &S, app: &str) -> Result<Option<Self>, ReadError> {
        let Some(pair) = store.get(&keys::current(app)).await? else {
            return Ok(None);
        };
        let current: Current = read(&pair)?;
        let (roles, mut unreadable) = read_roles(store, app, current.generation).await?;
        let is_read =
            |host: &&String| roles.iter().any(|role| role.host == **host) || unreadable.contains(*host);
        let missing: Vec<String> = current
            .hosts
            .iter()
            .filter(|host| !is_read(host))
            .cloned()
            .collect();
        unreadable.extend(missing);
        let record = read_record(store, app, current.generation).await?;
        let (outputs, draft) = record
            .map(|record| (record.outputs, record.draft))
            .unwrap_or_default();
        let told = store.list(&keys::states(app)).await?;
        let state = |pair: &Pair| {
            let (host, step) = keys::state_parts(app, &pair.key)?;
            Some((StepRef { host, step }, serde_json::from_slice(&pair.value).ok()?))
        };
        Ok(Some(Self {
            current,
            revision: pair.mod_revision,
            roles,
            unreadable,
            outputs,
            draft,
            states: told.pairs.iter().filter_map(state).collect(),
        }))
    }

    /// What was told of this version of a step.
    pub fn state(&self, host: &str, step: &RoleStep) -> Option<&StepState> {
        let named = StepRef {
            host: host.to_owned(),
            step: step.name.clone(),
        };
        self.states
            .get(&named)
            .filter(|state| state.digest == step.digest)
    }

    /// What a step gave.
    pub fn outputs(&self, host: &str, step: &str) -> BTreeMap<String, serde_json::Value> {
        let named = StepRef {
            host: host.to_owned(),
            step: step.to_owned(),
        };
        let state = self.states.get(&named);
        state.map(|state| state.outputs.clone()).unwrap_or_default()
    }

    /// Whether the step, of a way down, was played for what is asked for now, and is reached.
    pub fn is_done(&self, host: &str, step: &RoleStep) -> bool {
        let turns = self.current.turns;
        let is_reached =
            |state: &StepState| state.status == StepStatus::Reached && (step.leaving || state.turns == turns);
        step.is_for(self.current.goal) && self.state(host, step).is_some_and(is_reached)
    }

    /// Whether the application is, or is to be, there.
    pub fn is_present(&self) -> bool {
        self.current.goal == Goal::Present
    }
}

/// The roles of a generation, by host, and the hosts whose role cannot be read.
pub async fn read_roles<S: Store>(
    store: &S,
    app: &str,
    generation: u64,
) -> Result<(Vec<Role>, Vec<String>), StoreError> {
    let prefix = keys::roles(app, generation);
    let listing = store.list(&prefix).await?;
    let mut chunks: BTreeMap<&str, Vec<&Pair>> = BTreeMap::new();
    for pair in &listing.pairs {
        let host = pair.key[prefix.len()..].split('/').next().unwrap_or_default();
        chunks.entry(host).or_default().push(pair);
    }
    let (mut roles, mut unreadable) = (Vec::new(), Vec::new());
    for (segment, chunks) in chunks {
        let host = keys::unescape(segment).unwrap_or_else(|| segment.to_owned());
        match join(
            chunks
                .iter()
                .map(|pair| (pair.key.as_str(), pair.value.as_slice())),
        ) {
            Ok(role) if role.host == host && role.application == app => roles.push(role),
            _ => unreadable.push(host),
        }
    }
    roles.sort_by(|one, other| one.host.cmp(&other.host));
    Ok((roles, unreadable))
}
