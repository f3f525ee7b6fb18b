//! A circle of requirements in words. It has one at least.

use super::cycle::Edge;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::topology::{Bond, NodeId, Topology};

/// The most nodes and places that are shown.
const SHOWN: usize = 12;

/// Nodes that wait for each other, the target of each requirement coming first.
pub(super) fn dependency(topology: &Topology, circle: &[Edge]) -> Diagnostic {
    let (note, help) = match circle.len() {
        1 => ("it could never start", "remove the requirement"),
        _ => (
            "none of these nodes could ever start: each waits for the next",
            "remove one of these requirements, or let two of the nodes become one",
        ),
    };
    let message = format!("dependency cycle: {}", path(topology, circle));
    let fault = placed(topology, &codes::DEPENDENCY_CYCLE, circle, message, "waits for");
    fault.note(note).help(help)
}

/// Nodes that require each other, and none of which has anything to do.
pub(super) fn idle(topology: &Topology, circle: &[Edge]) -> Diagnostic {
    let message = format!("dependency cycle: {}", path(topology, circle));
    placed(topology, &codes::DEPENDENCY_CYCLE, circle, message, "waits for")
        .note("none of these nodes has an operation yet; once one has, it could never start")
        .help("remove one of these requirements, or let two of the nodes become one")
}

/// Nodes that are hosted on each other.
pub(super) fn hosting(topology: &Topology, circle: &[Edge]) -> Diagnostic {
    let first = name(topology, circle[0].source);
    let (message, note, help) = match circle.len() {
        1 => (
            format!("{first} is hosted on itself"),
            "it stands on no host",
            "let it be hosted on something else",
        ),
        _ => (
            format!("{first} is hosted on itself: {}", path(topology, circle)),
            "none of them stands on a host",
            "let one of these nodes be hosted on something else",
        ),
    };
    let fault = placed(topology, &codes::HOSTING_CYCLE, circle, message, "is hosted on");
    fault.note(note).help(help)
}

/// Peers, of which somebody connects to somebody else all around.
pub(super) fn connection(topology: &Topology, circle: &[Edge]) -> Diagnostic {
    let message = format!("dependency cycle: {}", path(topology, circle));
    placed(topology, &codes::DEPENDENCY_CYCLE, circle, message, "waits for")
        .note(
            "peers may connect to each other once all of them run; khor lets each wait for the next, and cannot play \
             that if one of them has operations",
        )
        .help("let one of them know the other by its attributes, instead of a requirement")
}

/// "`a` -> `b` -> `a`"
fn path(topology: &Topology, circle: &[Edge]) -> String {
    let mut path: Vec<String> = circle
        .iter()
        .take(SHOWN)
        .map(|edge| name(topology, edge.source))
        .collect();
    if circle.len() > SHOWN {
        path.push(format!("({} more)", circle.len() - SHOWN));
    }
    path.extend(circle.first().map(|first| name(topology, first.source)));
    path.join(" -> ")
}

/// The fault at the place of the first requirement, with those of the others beside it.
fn placed(
    topology: &Topology,
    code: &'static Code,
    circle: &[Edge],
    message: String,
    verb: &str,
) -> Diagnostic {
    let said = |edge: &Edge| {
        let source = name(topology, edge.source);
        if edge.source == edge.target {
            format!("{source} {verb} itself")
        } else if edge.bond == Bond::Connection {
            format!("{source} connects to {}", name(topology, edge.target))
        } else {
            format!("{source} {verb} {}", name(topology, edge.target))
        }
    };
    let fault = Diagnostic::new(code, circle[0].span, message).label(said(&circle[0]));
    let others = circle.iter().take(SHOWN).skip(1);
    others.fold(fault, |fault, edge| fault.related(edge.span, said(edge)))
}

fn name(topology: &Topology, node: u32) -> String {
    format!("`{}`", topology.node(NodeId(node)).name)
}
