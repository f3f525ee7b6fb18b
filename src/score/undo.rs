//! What a step undoes: which others are no longer done once its own do has begun.
//!
//! Steps without a check know by a stamp that they were done. When an application goes away and comes back, the stamps
//! of the way up must not outlive the way down, nor the other way round.

use std::collections::BTreeMap;

use super::{Step, StepId};
use crate::topology::NodeId;

/// Fills in [`Step::undoes`] and [`Step::ends`] of all steps.
///
/// Coming up undoes all of the node's going away. `stop` undoes `start` and what followed it; `delete`, and `stop`
/// where the node has no `delete`, undo all; `remove_target` and `remove_source` undo their own additions. What has
/// nothing of its own to undo undoes all of the way up.
pub(super) fn link(steps: &mut [Step]) {
    let mut of_node: BTreeMap<NodeId, Vec<u32>> = BTreeMap::new();
    for (id, step) in (0..).zip(steps.iter()) {
        if !step.join {
            of_node.entry(step.node).or_default().push(id);
        }
    }
    for ids in of_node.values() {
        let has_down = ids.iter().any(|&id| !steps[id as usize].up);
        if !has_down {
            continue;
        }
        let deletes = ids
            .iter()
            .any(|&id| steps[id as usize].operation == "delete" && steps[id as usize].relationship.is_none());
        for &id in ids {
            let step = &steps[id as usize];
            let last = step.relationship.is_none()
                && (step.operation == "delete" || step.operation == "stop" && !deletes);
            let of = |is_undone: &dyn Fn(&Step) -> bool| -> Vec<StepId> {
                let undone = ids.iter().filter(|&&other| is_undone(&steps[other as usize]));
                undone.map(|&other| StepId(other)).collect()
            };
            let mut undone = of(&|other| undoes(step, other, last));
            if undone.is_empty() {
                undone = of(&|other| other.up != step.up);
            }
            steps[id as usize].undoes = undone;
            steps[id as usize].ends = last;
        }
    }
}

/// Whether `step` undoes `other`, a step of the same node. `last`: after `step` nothing of the node is left.
fn undoes(step: &Step, other: &Step, last: bool) -> bool {
    if step.up || other.up == step.up {
        return step.up && !other.up;
    }
    let follows_start = |operation: &str| {
        matches!(
            operation,
            "start" | "add_target" | "add_source" | "target_changed"
        )
    };
    match step.operation.as_str() {
        _ if last => true,
        "stop" => follows_start(&other.operation),
        "remove_target" => other.relationship == step.relationship && other.operation == "add_target",
        "remove_source" => other.relationship == step.relationship && other.operation == "add_source",
        _ => false,
    }
}
