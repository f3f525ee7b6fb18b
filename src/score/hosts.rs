//! Which host each node's operations run on, who takes turns there, and who has something to do at all.

use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::topology::{NodeId, Operation, RelationshipOperation, Topology};

/// Whether an operation is a step: it looks at something or does something.
pub(super) fn is_step(operation: &Operation) -> bool {
    operation.check.is_some() || operation.apply.is_some()
}

/// The node on whose side, and so on whose host, an operation of a relationship runs.
pub(super) fn side(operation: RelationshipOperation, source: NodeId, target: NodeId) -> NodeId {
    match operation {
        RelationshipOperation::PreConfigureSource
        | RelationshipOperation::PostConfigureSource
        | RelationshipOperation::AddTarget
        | RelationshipOperation::TargetChanged
        | RelationshipOperation::RemoveTarget => source,
        RelationshipOperation::PreConfigureTarget
        | RelationshipOperation::PostConfigureTarget
        | RelationshipOperation::AddSource
        | RelationshipOperation::RemoveSource => target,
    }
}

/// Per node whether it has a step in the way of its life from create to start or from stop to delete: only then does
/// it matter that it waits. Operations that follow `start` or precede `stop` are in nobody's way.
pub(super) fn waits_are_felt(topology: &Topology) -> Vec<bool> {
    let mut felt: Vec<bool> = topology
        .nodes
        .iter()
        .map(|node| node.operations.values().any(is_step))
        .collect();
    for relationship in &topology.relationships {
        for (&name, operation) in &relationship.operations {
            let in_the_way = matches!(
                name,
                RelationshipOperation::PreConfigureSource
                    | RelationshipOperation::PreConfigureTarget
                    | RelationshipOperation::PostConfigureSource
                    | RelationshipOperation::PostConfigureTarget
            );
            if in_the_way && is_step(operation) {
                felt[side(name, relationship.source, relationship.target).0 as usize] = true;
            }
        }
    }
    felt
}

/// Per node the host's name: its own, else that of the nearest node it is hosted on that has one.
pub(super) fn names(topology: &Topology) -> Vec<Option<&str>> {
    let own = |id: NodeId| topology.node(id).host.as_ref().map(|host| host.name.as_str());
    let mut known: Vec<Option<Option<&str>>> = vec![None; topology.nodes.len()];
    for (start, _) in topology.iter() {
        // Up the chain to the first node that has a host, that is known, or that ends the chain (or closes a circle).
        let mut chain = Vec::new();
        let mut at = Some(start);
        let found = loop {
            let Some(id) = at else { break None };
            match known[id.0 as usize] {
                Some(known) => break known,
                None if own(id).is_some() => {
                    chain.push(id);
                    break own(id);
                }
                None => {
                    chain.push(id);
                    // Marks the way, so that a circle ends.
                    known[id.0 as usize] = Some(None);
                    at = topology.node(id).hosted_on;
                }
            }
        };
        for id in chain {
            known[id.0 as usize] = Some(found);
        }
    }
    known.into_iter().map(Option::flatten).collect()
}

/// Per node the name of the node at the foot of its HostedOn chain, if it is on one or is one: operations of nodes on
/// the same host node never run at the same time.
pub(super) fn turns(topology: &Topology) -> Vec<Option<&str>> {
    let mut foot: Vec<Option<NodeId>> = vec![None; topology.nodes.len()];
    for (start, node) in topology.iter() {
        if node.hosted_on.is_none() {
            continue;
        }
        let mut chain = vec![start];
        let end = loop {
            let last = chain[chain.len() - 1];
            match (foot[last.0 as usize], topology.node(last).hosted_on) {
                (Some(end), _) => break end,
                (None, None) => break last,
                // A circle, which is reported.
                (None, Some(next)) if next == start => break start,
                (None, Some(_)) if chain.len() > topology.nodes.len() => break start,
                (None, Some(next)) => chain.push(next),
            }
        };
        for id in chain {
            foot[id.0 as usize] = Some(end);
        }
    }
    foot.into_iter()
        .map(|end| end.map(|id| topology.node(id).name.as_str()))
        .collect()
}

/// Says that a node has operations and no host, and how to give it one.
pub(super) fn report_missing(topology: &Topology, id: NodeId, sink: &mut Sink) {
    let node = topology.node(id);
    let name = &node.name;
    sink.push(
        Diagnostic::new(
            &codes::NO_HOST,
            node.span,
            format!("`{name}` has operations, but no host to run them on"),
        )
        .note("each operation runs on one host, by the agent of that host")
        .help(format!(
            "give it a `host` requirement on a node that has a host, metadata `khor.host`, a policy of type \
             `khor.policies.Placement`, or compile with `--place {name}=HOST`"
        )),
    );
}
