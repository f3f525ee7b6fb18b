//! What must be true of a role before anybody plays it. Who has a decoded role may index by its guards and cues.

use std::collections::HashSet;

use super::link::sources;
use super::{FORMAT, Role, RoleError, RoleStep};
use crate::topology::{Action, Artifact, Expression, Leaf};

/// Checks that every index is in range, that local guards only point backward (so they are acyclic, and the order of
/// the steps is one to play them in), that names are unique and that digests are digests.
pub(super) fn verify(role: &Role) -> Result<(), RoleError> {
    if role.format > FORMAT {
        return Err(RoleError::TooNew { found: role.format });
    }
    let fault = |reason: String| Err(RoleError::Corrupt(reason));
    if role.format == 0 || role.application.is_empty() || role.host.is_empty() {
        return fault("it names no format, application or host".to_owned());
    }
    let mut cues = HashSet::with_capacity(role.cues.len());
    for cue in &role.cues {
        if cue.host == role.host {
            return fault(format!("its cue `{}` is a step of its own host", cue.step));
        }
        if !is_digest(&cue.digest) {
            return fault(format!("its cue `{}` has no proper digest", cue.step));
        }
        if !cues.insert((&cue.host, &cue.step)) {
            return fault(format!("its cue `{}` of `{}` stands twice", cue.step, cue.host));
        }
    }
    let mut names = HashSet::with_capacity(role.steps.len());
    let all: HashSet<&String> = role.steps.iter().map(|step| &step.name).collect();
    for (at, step) in role.steps.iter().enumerate() {
        let name = &step.name;
        if !names.insert(name) {
            return fault(format!("its step `{name}` stands twice"));
        }
        if !ascending_below(&step.guards, at) {
            return fault(format!(
                "the guards of its step `{name}` do not all point to steps before it"
            ));
        }
        if !ascending_below(&step.cues, role.cues.len()) {
            return fault(format!("the cues of its step `{name}` do not all exist"));
        }
        for source in sources(step) {
            let is_there = match &source.host {
                None => all.contains(&source.step),
                Some(host) => cues.contains(&(host, &source.step)),
            };
            if !is_there {
                return fault(format!(
                    "its step `{name}` reads of `{}`, which does not exist",
                    source.step
                ));
            }
        }
        if !is_digest(&step.digest) {
            return fault(format!("its step `{name}` has no proper digest"));
        }
        if let Some(artifact) = artifacts(step).find(|artifact| !is_digest(&artifact.sha256)) {
            return fault(format!(
                "the artifact `{}` of its step `{name}` has no proper digest",
                artifact.name
            ));
        }
    }
    Ok(())
}

/// The artifacts of a step: of its check and its do, and those that it gets the path of.
pub fn artifacts(step: &RoleStep) -> impl Iterator<Item = &Artifact> {
    let leaves = step.reads.iter().flat_map(Expression::leaves);
    let files = leaves.filter_map(|leaf| match leaf {
        Leaf::File(file) => Some(&file.artifact),
        Leaf::Given(_) | Leaf::Secret(_) => None,
    });
    let actions = step.check.iter().chain(&step.apply);
    actions.flat_map(Action::artifacts).chain(files)
}

/// Sorted, without repetition, each below `limit`.
fn ascending_below(indexes: &[u32], limit: usize) -> bool {
    indexes.windows(2).all(|pair| pair[0] < pair[1])
        && indexes.last().is_none_or(|&last| (last as usize) < limit)
}

/// 64 lower-case hexadecimal digits. Digests become names of files and keys, so nothing else is let through.
fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
