//! A dependency cycle in words: whoever finds one, it reads the same.

use super::{NodeId, Topology};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// The most nodes and places that are shown.
const SHOWN: usize = 12;

/// The fault that the nodes of `circle` depend on each other, each on the next and the last on the first: at the place of
/// the first dependency, with those of the others beside it. `place` gives the place of one, `said` its words. None if no
/// dependency has a place.
pub fn dependency_cycle(
    topology: &Topology,
    circle: &[u32],
    place: impl Fn(u32, u32) -> Option<Span>,
    said: impl Fn(u32, u32) -> String,
) -> Option<Diagnostic> {
    let mut path: Vec<String> = circle
        .iter()
        .take(SHOWN)
        .map(|&node| name(topology, node))
        .collect();
    if circle.len() > SHOWN {
        path.push(format!("({} more)", circle.len() - SHOWN));
    }
    path.extend(circle.first().map(|&first| name(topology, first)));
    let next = circle.iter().cycle().skip(1);
    let mut placed = circle
        .iter()
        .zip(next)
        .filter_map(|(&source, &target)| Some((place(source, target)?, said(source, target))));
    let (span, words) = placed.next()?;
    let message = format!("dependency cycle: {}", path.join(" -> "));
    let fault = Diagnostic::new(&codes::DEPENDENCY_CYCLE, span, message).label(words);
    let others = placed.take(SHOWN - 1);
    Some(others.fold(fault, |fault, (span, words)| fault.related(span, words)))
}

/// A node's name as messages write it.
pub fn name(topology: &Topology, node: u32) -> String {
    format!("`{}`", topology.node(NodeId(node)).name)
}
