//! Circles among the requirements: nodes that wait for each other for ever.

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::hosts::waits_are_felt;
use crate::diagnostic::Sink;
use crate::source::Span;
use crate::topology::{Topology, circle};

/// One requirement, as far as waiting goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Who waits.
    pub source: u32,
    /// For whom.
    pub target: u32,
    /// Where that is asked for.
    pub span: Span,
}

/// The requirements of a topology, and which nodes stand in one circle.
pub(super) struct Requirements {
    /// Each pair of nodes once, sorted.
    pub edges: Vec<Edge>,
    /// Per node the one that stands for its circle; itself where it is in none. Only circles in which nobody has
    /// anything to do are left here: their nodes wait as one.
    pub leader: Vec<u32>,
}

/// The most edges that are looked at in the search for the shortest circle of one component. Beyond it, the shortest
/// that was found is shown: that bounds a hostile file to a fraction of a second.
const BUDGET: usize = 20_000_000;

/// Gathers the requirements of `topology`. Circles go to `sink`, each connected tangle of them once, as its shortest
/// path; a circle in which no node has an operation is harmless and is said nothing about.
pub(super) fn requirements(topology: &Topology, sink: &mut Sink) -> Requirements {
    let mut edges: Vec<Edge> = topology
        .relationships
        .iter()
        .map(|relationship| Edge {
            source: relationship.source.0,
            target: relationship.target.0,
            span: relationship.span,
        })
        .collect();
    // A front end gives HostedOn as a relationship too; one that does not is understood all the same.
    edges.extend(topology.iter().filter_map(|(id, node)| {
        Some(Edge {
            source: id.0,
            target: node.hosted_on?.0,
            span: node.span,
        })
    }));
    edges.sort_by_key(|edge| (edge.source, edge.target));
    edges.dedup_by_key(|edge| (edge.source, edge.target));

    let mut leader: Vec<u32> = (0..).take(topology.nodes.len()).collect();
    let graph: DiGraph<(), ()> = {
        let mut graph = DiGraph::with_capacity(leader.len(), edges.len());
        for _ in &leader {
            graph.add_node(());
        }
        graph.extend_with_edges(edges.iter().map(|edge| (edge.source, edge.target)));
        graph
    };
    let felt = waits_are_felt(topology);
    let mut knots: Vec<Vec<u32>> = kosaraju_scc(&graph)
        .into_iter()
        .map(|component| {
            let mut component: Vec<u32> = component.into_iter().map(index).collect();
            component.sort_unstable();
            component
        })
        .filter(|component| component.len() > 1 || find(&edges, component[0], component[0]).is_some())
        .collect();
    knots.sort_unstable();
    for knot in knots {
        if knot.iter().any(|&node| felt[node as usize]) {
            let circle = shortest(&knot, &edges, &felt);
            report(topology, &circle, &edges, sink);
        }
        for &node in &knot {
            leader[node as usize] = knot[0];
        }
    }
    Requirements { edges, leader }
}

fn index(at: petgraph::graph::NodeIndex) -> u32 {
    u32::try_from(at.index()).expect("indexes of this graph are u32")
}

/// The edges that leave `source`.
fn leaving(edges: &[Edge], source: u32) -> &[Edge] {
    let from = edges.partition_point(|edge| edge.source < source);
    let to = edges.partition_point(|edge| edge.source <= source);
    &edges[from..to]
}

fn find(edges: &[Edge], source: u32, target: u32) -> Option<&Edge> {
    let leaving = leaving(edges, source);
    let at = leaving.binary_search_by_key(&target, |edge| edge.target).ok()?;
    Some(&leaving[at])
}

/// The shortest circle through a node of `knot` that has something to do; it begins with its first node in the file.
fn shortest(knot: &[u32], edges: &[Edge], felt: &[bool]) -> Vec<u32> {
    let mut best: Vec<u32> = Vec::new();
    let mut budget = BUDGET;
    let mut from = vec![u32::MAX; felt.len()];
    for &root in knot.iter().filter(|&&node| felt[node as usize]) {
        if best.len() == 1 || budget == 0 {
            break;
        }
        if let Some(circle) = circle_through(root, knot, edges, best.len(), &mut from, &mut budget) {
            best = circle;
        }
        // In a plain ring every circle is this one.
        if best.len() == knot.len() && knot.iter().all(|&node| inner(knot, edges, node) == 1) {
            break;
        }
    }
    let first = (0..best.len()).min_by_key(|&at| best[at]).unwrap_or(0);
    best.rotate_left(first);
    best
}

fn inner(knot: &[u32], edges: &[Edge], node: u32) -> usize {
    leaving(edges, node)
        .iter()
        .filter(|edge| knot.binary_search(&edge.target).is_ok())
        .count()
}

/// The shortest circle through `root` that is shorter than `limit` (0: no limit), by breadth-first search.
fn circle_through(
    root: u32,
    knot: &[u32],
    edges: &[Edge],
    limit: usize,
    from: &mut [u32],
    budget: &mut usize,
) -> Option<Vec<u32>> {
    for &node in knot {
        from[node as usize] = u32::MAX;
    }
    let mut queue = VecDeque::from([(root, 1_usize)]);
    while let Some((node, length)) = queue.pop_front() {
        if limit != 0 && length >= limit {
            return None;
        }
        for edge in leaving(edges, node) {
            *budget = budget.saturating_sub(1);
            if edge.target == root {
                let mut path = vec![node];
                while path[path.len() - 1] != root {
                    path.push(from[path[path.len() - 1] as usize]);
                }
                path.reverse();
                return Some(path);
            }
            if from[edge.target as usize] == u32::MAX && knot.binary_search(&edge.target).is_ok() {
                from[edge.target as usize] = node;
                queue.push_back((edge.target, length + 1));
            }
        }
        // Without any circle so far one must be found, whatever it costs: it is one pass over the edges.
        if *budget == 0 && limit != 0 {
            return None;
        }
    }
    None
}

fn report(topology: &Topology, circle: &[u32], edges: &[Edge], sink: &mut Sink) {
    let name = |node| circle::name(topology, node);
    let said = |source, target| {
        if source == target {
            format!("{} waits for itself", name(source))
        } else {
            format!("{} waits for {}", name(source), name(target))
        }
    };
    let place = |source, target| find(edges, source, target).map(|edge| edge.span);
    let Some(fault) = circle::dependency_cycle(topology, circle, place, said) else {
        return;
    };
    let (note, help) = match circle.len() {
        1 => ("it could never start", "remove the requirement"),
        _ => (
            "none of these nodes could ever start: each waits for the next",
            "remove one of these requirements, or let two of the nodes become one",
        ),
    };
    sink.push(fault.note(note).help(help));
}
