//! A score, cut into one role per host.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::digest::milliseconds;
use super::link::{link, settled};
use super::{Cue, FORMAT, Role, RoleStep, canonical_json, reading_digest, sha256_hex, step_digest};
use crate::score::{Score, Step};

/// The roles of `score`, sorted by host, of generation 0: publishing numbers them. The digests of artifacts must have
/// been filled in before the score was composed.
pub fn roles(score: &Score) -> Vec<Role> {
    // Steps stand behind those they wait for, so the digests a join is made of are there when it comes.
    let mut digests: Vec<String> = Vec::with_capacity(score.steps.len());
    let mut roles: BTreeMap<&str, Role> = BTreeMap::new();
    let mut places: Vec<u32> = Vec::with_capacity(score.steps.len());
    let mut cues: HashMap<&str, HashMap<u32, u32>> = HashMap::new();
    let mut awaited = vec![false; score.steps.len()];
    let mut reads = HashMap::new();
    for (id, step) in score.iter() {
        let inputs = inputs(score, step, &digests);
        let left = settled(&step.reads);
        let digest = step_digest(step.check.as_ref(), step.apply.as_ref(), &inputs, step.timeout);
        let digest = reading_digest(&digest, &left);
        if !left.is_empty() {
            reads.insert(id, left);
        }
        let role = roles
            .entry(&step.host)
            .or_insert_with(|| empty(score, &step.host));
        let cues = cues.entry(&step.host).or_default();
        let mut local = Vec::new();
        let mut remote = Vec::new();
        for guard in &step.guards {
            let on = score.step(*guard);
            if on.host == step.host {
                local.push(places[guard.0 as usize]);
                continue;
            }
            awaited[guard.0 as usize] = true;
            remote.push(*cues.entry(guard.0).or_insert_with(|| {
                role.cues.push(Cue {
                    host: on.host.clone(),
                    step: on.name.clone(),
                    digest: digests[guard.0 as usize].clone(),
                });
                index(role.cues.len() - 1)
            }));
        }
        local.sort_unstable();
        remote.sort_unstable();
        places.push(index(role.steps.len()));
        role.steps.push(RoleStep {
            name: step.name.clone(),
            relationship: step.relationship.clone(),
            up: step.up,
            check: step.check.clone(),
            apply: step.apply.clone(),
            inputs,
            timeout_ms: step.timeout.map(milliseconds),
            retry: step.retry,
            turn: step.turn.clone(),
            guards: local,
            cues: remote,
            undoes: step
                .undoes
                .iter()
                .map(|&undone| score.step(undone).name.clone())
                .collect(),
            ends: step.ends,
            ..RoleStep::new(&step.node_name, &step.operation, &digest)
        });
        digests.push(digest);
    }
    for ((step, &place), _) in score
        .steps
        .iter()
        .zip(&places)
        .zip(&awaited)
        .filter(|(_, awaited)| **awaited)
    {
        let role = roles
            .get_mut(step.host.as_str())
            .expect("each step is in the role of its host");
        role.steps[place as usize].awaited = true;
    }
    let mut roles: Vec<Role> = roles.into_values().collect();
    link(score, reads, &mut roles);
    roles
}

/// A step's own inputs; a join's also name what it joins, so that it is a new step when that changes: it has nothing
/// else to tell it by, and one that was reached for other steps must not count.
fn inputs(score: &Score, step: &Step, digests: &[String]) -> BTreeMap<String, Value> {
    let mut inputs = step.inputs.clone();
    if step.join {
        let joined: BTreeMap<&str, &str> = step
            .guards
            .iter()
            .map(|guard| {
                (
                    score.step(*guard).name.as_str(),
                    digests[guard.0 as usize].as_str(),
                )
            })
            .collect();
        inputs.insert("joined".to_owned(), sha256_hex(&canonical_json(&joined)).into());
    }
    inputs
}

fn empty(score: &Score, host: &str) -> Role {
    Role {
        format: FORMAT,
        application: score.application.clone(),
        generation: 0,
        host: host.to_owned(),
        weaving: score.weaving,
        steps: Vec::new(),
        cues: Vec::new(),
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("fewer steps than the score has, which counts them by u32")
}
