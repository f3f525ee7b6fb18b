//! Circles among the requirements: nodes that wait for each other for ever.
//!
//! A requirement says that its target is there before its source, so nodes that require each other all around have no
//! order, and none of them could ever start. Two things say less, and are worth a warning only:
//!
//! * A connection (`ConnectsTo`). Peers of a cluster connect to each other, and services call each other back, once all
//!   of them run; no version of the standard forbids it. A circle that is none without its connections can be deployed,
//!   though not by the weaving, which lets each node wait for all it requires: to play it is an error.
//! * Nobody has anything to do. Then nobody waits, and templates that only tell what depends on what are taken by other
//!   readers as well. Not so where one stands on another or is fixed to it: what it stands on is there before it,
//!   whatever they do.

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::circle;
use super::hosts::waits_are_felt;
use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::source::Span;
use crate::topology::{Bond, NodeId, Topology};

/// One requirement, as far as waiting goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// Who waits.
    pub source: u32,
    /// For whom.
    pub target: u32,
    /// What it says about order.
    pub bond: Bond,
    /// Where that is asked for.
    pub span: Span,
}

/// The requirements of a topology, and which nodes stand in one circle.
pub(super) struct Requirements {
    /// Each pair of nodes once, sorted.
    pub edges: Vec<Edge>,
    /// Per node the one that stands for its circle; itself where it is in none. Only circles in which nobody has anything
    /// to do are left here: their nodes wait as one.
    pub leader: Vec<u32>,
}

/// What the requirements are looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To judge the topology.
    Judge,
    /// To play it: what cannot be played is an error.
    Play,
}

/// The most edges that are looked at in the search for the shortest circle of one component. Beyond it, the shortest
/// that was found is shown: that bounds a hostile file to a fraction of a second.
const BUDGET: usize = 20_000_000;

/// Gathers the requirements of `topology`. Circles go to `sink`, each connected tangle of them once, as its shortest
/// path.
pub(super) fn requirements(topology: &Topology, purpose: Purpose, sink: &mut Sink) -> Requirements {
    let edges = edges(topology);
    let count = topology.nodes.len();
    let felt = waits_are_felt(topology);
    let mut told = vec![false; count];
    let ordering: Vec<Edge> = edges
        .iter()
        .copied()
        .filter(|edge| edge.bond != Bond::Connection)
        .collect();
    for knot in knots(count, &ordering) {
        sink.push(order(topology, &knot, &ordering, &felt));
        for node in knot {
            told[node as usize] = true;
        }
    }
    let mut leader: Vec<u32> = (0..).take(count).collect();
    for knot in knots(count, &edges) {
        let has = |of: &[bool]| knot.iter().any(|&node| of[node as usize]);
        if !has(&told) {
            let mut fault = circle::connection(topology, &shortest(&knot, &edges, count, |_| true));
            if purpose == Purpose::Judge || !has(&felt) {
                fault.severity = Severity::Warning;
            }
            sink.push(fault);
        }
        for &node in &knot {
            leader[node as usize] = knot[0];
        }
    }
    Requirements { edges, leader }
}

/// What is wrong with a knot of requirements that say what is there first.
fn order(topology: &Topology, knot: &[u32], edges: &[Edge], felt: &[bool]) -> Diagnostic {
    if let Some(ring) = hosting(topology, knot, edges) {
        return circle::hosting(topology, &ring);
    }
    let begins: fn(&Edge, &[bool]) -> bool = if knot.iter().any(|&node| felt[node as usize]) {
        |edge, felt| felt[edge.source as usize]
    } else if within(knot, edges).any(|edge| edge.bond == Bond::Place) {
        |edge, _| edge.bond == Bond::Place
    } else if within(knot, edges).any(|edge| edge.source == edge.target) {
        |edge, _| edge.source == edge.target
    } else {
        let mut fault = circle::idle(topology, &shortest(knot, edges, felt.len(), |_| true));
        fault.severity = Severity::Warning;
        return fault;
    };
    circle::dependency(
        topology,
        &shortest(knot, edges, felt.len(), |edge| begins(edge, felt)),
    )
}

/// The edges between nodes of a knot.
fn within<'e>(knot: &'e [u32], edges: &'e [Edge]) -> impl Iterator<Item = &'e Edge> {
    let all = knot.iter().flat_map(|&node| leaving(edges, node));
    all.filter(|edge| knot.binary_search(&edge.target).is_ok())
}

/// Each pair of nodes of which one requires the other, once, sorted; with the strongest bond.
fn edges(topology: &Topology) -> Vec<Edge> {
    let mut edges: Vec<Edge> = topology
        .relationships
        .iter()
        .map(|relationship| Edge {
            source: relationship.source.0,
            target: relationship.target.0,
            bond: relationship.bond,
            span: relationship.span,
        })
        .collect();
    // A front end gives HostedOn as a relationship too; one that does not is understood all the same.
    edges.extend(topology.iter().filter_map(|(id, node)| {
        Some(Edge {
            source: id.0,
            target: node.hosted_on?.0,
            bond: Bond::Place,
            span: node.span,
        })
    }));
    edges.sort_by_key(|edge| (edge.source, edge.target, edge.bond));
    edges.dedup_by_key(|edge| (edge.source, edge.target));
    edges
}

/// The sets of nodes that lead to each other, in the order of the file; a node that leads to itself is one.
fn knots(count: usize, edges: &[Edge]) -> Vec<Vec<u32>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(count, edges.len());
    for _ in 0..count {
        graph.add_node(());
    }
    graph.extend_with_edges(edges.iter().map(|edge| (edge.source, edge.target)));
    let mut knots: Vec<Vec<u32>> = kosaraju_scc(&graph)
        .into_iter()
        .map(|component| {
            let mut component: Vec<u32> = component.into_iter().map(index).collect();
            component.sort_unstable();
            component
        })
        .filter(|component| component.len() > 1 || find(edges, component[0], component[0]).is_some())
        .collect();
    knots.sort_unstable();
    knots
}

/// The nodes of a knot that are hosted on each other all around, if some are; it begins with its first node in the file.
fn hosting(topology: &Topology, knot: &[u32], edges: &[Edge]) -> Option<Vec<Edge>> {
    let host = |node: u32| {
        let host = topology.node(NodeId(node)).hosted_on?.0;
        knot.binary_search(&host).is_ok().then_some(host)
    };
    // Each node is walked over once: a walk ends where an earlier one came by.
    let mut walked = vec![0_usize; knot.len()];
    for (walk, &start) in (1..).zip(knot) {
        let mut path = Vec::new();
        let mut at = Some(start);
        while let Some(here) = at {
            let Ok(place) = knot.binary_search(&here) else {
                break;
            };
            if walked[place] == walk {
                let from = path.iter().position(|&on| on == here).unwrap_or(0);
                return Some(ring(path.split_off(from), edges));
            }
            if walked[place] != 0 {
                break;
            }
            walked[place] = walk;
            path.push(here);
            at = host(here);
        }
    }
    None
}

/// The edges of a circle, from its first node in the file on.
fn ring(mut nodes: Vec<u32>, edges: &[Edge]) -> Vec<Edge> {
    let first = (0..nodes.len()).min_by_key(|&at| nodes[at]).unwrap_or(0);
    nodes.rotate_left(first);
    let next = nodes.iter().cycle().skip(1);
    let pairs = nodes.iter().zip(next);
    pairs
        .filter_map(|(&source, &target)| find(edges, source, target).copied())
        .collect()
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

/// The shortest circle of a knot with an edge that `begins` one; it is given from its first node in the file on.
fn shortest(knot: &[u32], edges: &[Edge], count: usize, begins: impl Fn(&Edge) -> bool) -> Vec<Edge> {
    let mut best: Vec<u32> = Vec::new();
    let mut budget = BUDGET;
    let mut from = vec![u32::MAX; count];
    for &root in knot {
        if best.len() == 1 || budget == 0 {
            break;
        }
        if !leaving(edges, root).iter().any(&begins) {
            continue;
        }
        let search = Search {
            knot,
            edges,
            begins: &begins,
            limit: best.len(),
        };
        if let Some(circle) = search.through(root, &mut from, &mut budget) {
            best = circle;
        }
        // In a plain ring every circle is this one.
        if best.len() == knot.len() && knot.iter().all(|&node| inner(knot, edges, node) == 1) {
            break;
        }
    }
    ring(best, edges)
}

fn inner(knot: &[u32], edges: &[Edge], node: u32) -> usize {
    leaving(edges, node)
        .iter()
        .filter(|edge| knot.binary_search(&edge.target).is_ok())
        .count()
}

/// A search for the shortest circle, by breadth first.
struct Search<'e, B> {
    knot: &'e [u32],
    edges: &'e [Edge],
    /// What the first edge must be.
    begins: &'e B,
    /// It must be shorter than this; 0: no limit.
    limit: usize,
}

impl<B: Fn(&Edge) -> bool> Search<'_, B> {
    fn through(&self, root: u32, from: &mut [u32], budget: &mut usize) -> Option<Vec<u32>> {
        for &node in self.knot {
            from[node as usize] = u32::MAX;
        }
        let mut queue = VecDeque::from([(root, 1_usize)]);
        while let Some((node, length)) = queue.pop_front() {
            if self.limit != 0 && length >= self.limit {
                return None;
            }
            for edge in leaving(self.edges, node) {
                *budget = budget.saturating_sub(1);
                if node == root && !(self.begins)(edge) {
                    continue;
                }
                if edge.target == root {
                    let mut path = vec![node];
                    while path[path.len() - 1] != root {
                        path.push(from[path[path.len() - 1] as usize]);
                    }
                    path.reverse();
                    return Some(path);
                }
                if from[edge.target as usize] == u32::MAX && self.knot.binary_search(&edge.target).is_ok() {
                    from[edge.target as usize] = node;
                    queue.push_back((edge.target, length + 1));
                }
            }
            // Without any circle so far one must be found, whatever it costs: it is one pass over the edges.
            if *budget == 0 && self.limit != 0 {
                return None;
            }
        }
        None
    }
}
