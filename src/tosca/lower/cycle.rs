//! Circles among requirements in which nobody has anything to do.
//!
//! The score finds circles of nodes that wait for each other. Where no node of a circle has an operation nothing waits,
//! and nodes may depend on each other as they like. Only a host must be there before what it hosts, whatever they do:
//! a host that requires what stands on it is a fault of the template.

use std::collections::{BTreeMap, HashSet, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::diagnostic::Sink;
use crate::source::Span;
use crate::topology::{NodeId, RelationshipOperation, Topology, circle};

/// Per node, whom it requires, and where that stands.
type Edges = Vec<BTreeMap<u32, Span>>;

/// Reports each tangle of requirements that the score has no reason to report, once, as a circle in it.
pub(super) fn check(topology: &Topology, sink: &mut Sink) {
    let mut knots = knots(topology);
    if knots.is_empty() {
        return;
    }
    let busy = busy(topology);
    knots.retain(|knot| !knot.iter().any(|at| busy.contains(at)) && !hosts_itself(topology, knot));
    let mut edges: Edges = vec![BTreeMap::new(); topology.nodes.len()];
    for relationship in &topology.relationships {
        let targets = &mut edges[relationship.source.0 as usize];
        targets.entry(relationship.target.0).or_insert(relationship.span);
    }
    for knot in knots {
        let hosted = knot.iter().find_map(|&at| {
            let host = topology.node(NodeId(at)).hosted_on?.0;
            knot.binary_search(&host).is_ok().then_some((at, host))
        });
        if let Some((node, host)) = hosted {
            report(
                topology,
                &circle(&knot, (node, host), &edges),
                (node, host),
                &edges,
                sink,
            );
        }
    }
}

/// The tangles: nodes that all require each other, over however many others.
fn knots(topology: &Topology) -> Vec<Vec<u32>> {
    let edges = topology.relationships.iter();
    let graph: DiGraph<(), ()> = DiGraph::from_edges(edges.map(|edge| (edge.source.0, edge.target.0)));
    let tangled = kosaraju_scc(&graph).into_iter().filter(|knot| knot.len() > 1);
    let mut knots: Vec<Vec<u32>> = tangled
        .map(|knot| {
            let mut knot: Vec<u32> = knot.into_iter().map(index).collect();
            knot.sort_unstable();
            knot
        })
        .collect();
    knots.sort_unstable();
    knots
}

fn index(at: NodeIndex) -> u32 {
    u32::try_from(at.index()).expect("indexes of this graph are u32")
}

/// The nodes that have something to do between create and start: the score reports their circles.
fn busy(topology: &Topology) -> HashSet<u32> {
    let nodes = topology.iter().filter(|(_, node)| !node.operations.is_empty());
    let mut busy: HashSet<u32> = nodes.map(|(id, _)| id.0).collect();
    for relationship in &topology.relationships {
        for name in relationship.operations.keys() {
            match name {
                RelationshipOperation::PreConfigureSource | RelationshipOperation::PostConfigureSource => {
                    busy.insert(relationship.source.0);
                }
                RelationshipOperation::PreConfigureTarget | RelationshipOperation::PostConfigureTarget => {
                    busy.insert(relationship.target.0);
                }
                _ => {}
            }
        }
    }
    busy
}

/// Whether nodes of the knot are hosted on each other in a circle, which is reported where hosts are looked for.
fn hosts_itself(topology: &Topology, knot: &[u32]) -> bool {
    let mut done = HashSet::new();
    for &start in knot {
        let mut way = HashSet::new();
        let mut at = Some(start);
        while let Some(here) = at {
            if !way.insert(here) {
                return true;
            }
            if !done.insert(here) {
                break;
            }
            at = topology.node(NodeId(here)).hosted_on.map(|host| host.0);
        }
    }
    false
}

/// The shortest circle over the edge from a node to its host; it begins with its first node in the file.
fn circle(knot: &[u32], (node, host): (u32, u32), edges: &Edges) -> Vec<u32> {
    let mut from: BTreeMap<u32, u32> = BTreeMap::new();
    let mut queue = VecDeque::from([host]);
    while let Some(at) = queue.pop_front() {
        for &target in edges[at as usize].keys() {
            if target != host && knot.binary_search(&target).is_ok() && !from.contains_key(&target) {
                from.insert(target, at);
                queue.push_back(target);
            }
        }
    }
    let mut path = vec![node];
    while let Some(&before) = path.last().and_then(|last| from.get(last)) {
        path.push(before);
    }
    path.reverse();
    let first = path.iter().enumerate().min_by_key(|&(_, at)| at);
    let turn = first.map_or(0, |(turn, _)| turn);
    path.rotate_left(turn);
    path
}

fn report(topology: &Topology, circle: &[u32], (hosted, host): (u32, u32), edges: &Edges, sink: &mut Sink) {
    let name = |node| circle::name(topology, node);
    let place = |source: u32, target| edges[source as usize].get(&target).copied();
    let said = |source, target| format!("{} requires {}", name(source), name(target));
    if let Some(fault) = circle::dependency_cycle(topology, circle, place, said) {
        let note = format!(
            "{} is hosted on {}, so {} must be there before it",
            name(hosted),
            name(host),
            name(host)
        );
        sink.push(fault.note(note).help("remove one of these requirements"));
    }
}
