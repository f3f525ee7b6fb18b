//! A score, cut into one role per host.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::cut::{Uncut, cut};
use super::digest::milliseconds;
use super::link::named;
use super::{Role, RoleStep, canonical_json, reading_digest, sha256_hex, step_digest};
use crate::score::{Score, Step};
use crate::topology::NodeId;

/// The roles of `score`, sorted by host, of generation 0: publishing numbers them. The digests of artifacts must have
/// been filled in before the score was composed.
pub fn roles(score: &Score) -> Vec<Role> {
    // Steps stand behind those they wait for, so the digests a step is made of are there when it comes.
    let mut digests: Vec<String> = Vec::with_capacity(score.steps.len());
    let mut life: HashMap<NodeId, Vec<u32>> = HashMap::new();
    let mut steps = Vec::with_capacity(score.steps.len());
    for (at, step) in (0..).zip(&score.steps) {
        let inputs = inputs(score, step, &digests);
        let earlier = life.entry(step.node).or_default();
        let after = if is_stamped(step) {
            earlier
                .iter()
                .map(|&at: &u32| digests[at as usize].as_str())
                .collect()
        } else {
            Vec::new()
        };
        let digest = step_digest(
            step.check.as_ref(),
            step.apply.as_ref(),
            &inputs,
            step.timeout,
            &after,
        );
        let reads = named(score, step);
        let digest = reading_digest(&digest, &reads);
        if step.up && step.relationship.is_none() && !step.join {
            earlier.push(at);
        }
        let name = |undone: &crate::score::StepId| score.step(*undone).name.clone();
        let role_step = RoleStep {
            name: step.name.clone(),
            instance: step.instance,
            relationship: step.relationship.clone(),
            up: step.up,
            check: step.check.clone(),
            apply: step.apply.clone(),
            inputs,
            reads,
            timeout_ms: step.timeout.map(milliseconds),
            look: step.look.clone(),
            retry: step.retry,
            turn: step.turn.clone(),
            undoes: step.undoes.iter().map(name).collect(),
            ends: step.ends,
            ..RoleStep::new(&step.node_name, &step.operation, &digest)
        };
        steps.push(Uncut {
            host: &step.host,
            step: role_step,
            waits: step.guards.iter().map(|guard| guard.0).collect(),
        });
        digests.push(digest);
    }
    cut(&score.application, score.weaving, steps)
}

/// Whether nothing but having done it tells that it is reached. Then it is done again when an earlier operation of its
/// node's life changes: what was started on what is now made or set up otherwise is started anew.
fn is_stamped(step: &Step) -> bool {
    step.up && !step.join && step.relationship.is_none() && step.check.is_none()
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
