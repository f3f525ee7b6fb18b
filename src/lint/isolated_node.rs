//! Nodes that nothing is connected with.

use super::Rule;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Sink, codes};

pub(super) static RULE: Rule = Rule {
    only_sound: true,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let topology = facts.topology;
    if topology.relationships.is_empty() || facts.document.is_none() {
        return;
    }
    // One of several that would do, or none as it stands: which one is connected is open.
    let open = [
        &codes::AMBIGUOUS_REQUIREMENT,
        &codes::UNFULFILLED_REQUIREMENT,
        &codes::UNASSIGNED_REQUIREMENT,
    ];
    let is_open = |fault: &Diagnostic| open.contains(&fault.code);
    if sink.diagnostics().iter().any(is_open) {
        return;
    }
    let mut connected = vec![false; topology.nodes.len()];
    for relationship in &topology.relationships {
        connected[relationship.source.0 as usize] = true;
        connected[relationship.target.0 as usize] = true;
    }
    for (node, connected) in topology.nodes.iter().zip(connected) {
        if connected || !node.operations.is_empty() || facts.mention(&node.name).count > 1 {
            continue;
        }
        sink.push(
            Diagnostic::new(
                &codes::ISOLATED_NODE,
                node.span,
                format!("nothing is connected with the node `{}`", node.name),
            )
            .note("it requires nothing, nothing requires or names it, and it has no operations")
            .help("connect it by a requirement, or remove it"),
        );
    }
}
