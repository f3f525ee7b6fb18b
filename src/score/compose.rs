//! From a topology to its score.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::cycle::{Purpose, Requirements, requirements};
use super::flow::Flow;
use super::hosts;
use super::table::{Table, Vertex};
use super::thin::{Joining, Kept, thin};
use super::undo;
use super::{Score, Step, StepId};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::topology::{Action, Dataflow, Looking, NodeId, Operation, Reads, Topology, VecMap, Weaving};

/// Weaves the score of `application`. Faults (circles, nodes without a host, names that collide) go to `sink`; none
/// when there are any.
pub fn compose(application: &str, topology: &Topology, weaving: Weaving, sink: &mut Sink) -> Option<Score> {
    compose_joining(application, topology, weaving, Joining::default(), sink)
}

pub(super) fn compose_joining(
    application: &str,
    topology: &Topology,
    weaving: Weaving,
    joining: Joining,
    sink: &mut Sink,
) -> Option<Score> {
    let before = sink.errors();
    let (requirements, names) = inspect(topology, Purpose::Play, sink);
    let hosts = hosts::names(topology);
    for id in homeless(topology, &hosts) {
        hosts::report_missing(topology, id, sink);
    }
    if sink.errors() > before {
        return None;
    }

    let mut table = Table::new(topology, &requirements, weaving);
    let flow = Flow::draw(topology, &mut table, sink)?;
    let kept = thin(&table, joining);
    let turns = hosts::turns(topology);
    let mut ids: HashMap<u32, StepId> = HashMap::with_capacity(kept.len());
    let mut steps: Vec<Step> = Vec::with_capacity(kept.len());
    for one in kept {
        let mut guards: Vec<StepId> = one.guards.iter().map(|guard| ids[guard]).collect();
        guards.sort_unstable();
        let id = StepId(u32::try_from(steps.len()).expect("fewer steps than vertices, which are u32"));
        ids.insert(one.vertex, id);
        let mut step = draw(topology, &table, &names, &one, guards);
        step.host = if one.join {
            busiest_host(&steps, &step.guards)
        } else {
            hosts[step.node.0 as usize].unwrap_or_default().to_owned()
        };
        step.turn = turns[step.node.0 as usize]
            .filter(|_| !one.join)
            .map(str::to_owned);
        steps.push(step);
    }
    undo::link(&mut steps);
    // What goes away may read of steps that stand behind it.
    for (&vertex, &id) in &ids {
        let (reads, given_by) = flow.reads(&table, vertex, &ids);
        let step = &mut steps[id.0 as usize];
        step.reads = reads;
        step.guards.extend(given_by);
        step.guards.sort_unstable();
        step.guards.dedup();
    }
    let outputs = topology.outputs.iter();
    let outputs = outputs.map(|(name, output)| (name.clone(), flow.output(&table, output, &ids)));
    Some(Score {
        application: application.to_owned(),
        weaving,
        outputs: outputs.collect(),
        steps,
    })
}

/// Looks for the faults that are in the topology itself, whatever hosts it is placed on: circles and names that
/// collide. They go to `sink`; [`compose`] finds them too, and refuses some circles of which this only warns.
pub fn check(topology: &Topology, sink: &mut Sink) {
    inspect(topology, Purpose::Judge, sink);
}

fn inspect(topology: &Topology, purpose: Purpose, sink: &mut Sink) -> (Requirements, Names) {
    let requirements = requirements(topology, purpose, sink);
    let names = Names::new(topology);
    names.report_collisions(topology, sink);
    (requirements, names)
}

/// The nodes that have steps and no host, in the order of the file.
fn homeless(topology: &Topology, hosts: &[Option<&str>]) -> Vec<NodeId> {
    let mut has_steps: Vec<bool> = topology
        .nodes
        .iter()
        .map(|node| node.operations.values().any(hosts::is_step))
        .collect();
    for relationship in &topology.relationships {
        for (&name, operation) in &relationship.operations {
            if hosts::is_step(operation) {
                let side = hosts::side(name, relationship.source, relationship.target);
                has_steps[side.0 as usize] = true;
            }
        }
    }
    topology
        .iter()
        .map(|(id, _)| id)
        .filter(|id| has_steps[id.0 as usize] && hosts[id.0 as usize].is_none())
        .collect()
}

/// A join runs where most of what it waits for runs.
fn busiest_host(steps: &[Step], guards: &[StepId]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for guard in guards {
        *counts.entry(&steps[guard.0 as usize].host).or_default() += 1;
    }
    let busiest = counts
        .into_iter()
        .max_by_key(|&(host, count)| (count, std::cmp::Reverse(host)));
    busiest.map(|(host, _)| host.to_owned()).unwrap_or_default()
}

/// The step of a vertex, without its place.
fn draw(topology: &Topology, table: &Table<'_>, names: &Names, kept: &Kept, guards: Vec<StepId>) -> Step {
    let empty = Operation {
        check: None,
        apply: Some(Action::Nil.into()),
        inputs: VecMap::new(),
        data: Dataflow::default(),
        timeout: None,
        look: Looking::default(),
        span: crate::source::Span::file(crate::source::SourceId(0)),
    };
    let vertex = table.vertex(kept.vertex);
    let operation = table.operation(kept.vertex).unwrap_or(&empty);
    let (id, name, operation_name, relationship, up) = match vertex {
        Vertex::Node(id, name) => {
            let full = format!("{}.{name}", topology.node(id).name);
            (id, full, name.as_str().to_owned(), None, name.is_up())
        }
        Vertex::Between(relationship, between) => {
            let ends = [relationship.source, relationship.target].map(|id| topology.node(id).name.clone());
            (
                hosts::side(between.operation, relationship.source, relationship.target),
                format!(
                    "{}.{}",
                    names.of(topology, between.relationship),
                    between.operation.as_str()
                ),
                between.operation.as_str().to_owned(),
                Some(ends.into()),
                between.operation.is_up(),
            )
        }
    };
    let node = topology.node(id);
    Step {
        name,
        operation: operation_name,
        node: id,
        node_name: node.name.clone(),
        instance: node.instance.as_ref().map(|instance| instance.number),
        relationship,
        host: String::new(),
        up,
        check: operation.check.as_deref().cloned(),
        apply: operation.apply.as_deref().cloned(),
        inputs: (operation.inputs.iter())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        reads: Reads::default(),
        timeout: operation.timeout,
        look: operation.look.clone(),
        retry: node.retry,
        turn: None,
        join: kept.join,
        guards,
        undoes: Vec::new(),
        ends: false,
        span: if kept.join { node.span } else { operation.span },
    }
}

/// The names of relationships as steps bear them: `SOURCE.REQUIREMENT.TARGET`, and `SOURCE.REQUIREMENT.TARGET#2` for
/// the second requirement of the same name on the same target.
struct Names {
    /// Per relationship, the how many-th it is of those that are called like it.
    counts: Vec<u32>,
}

impl Names {
    fn new(topology: &Topology) -> Self {
        let mut seen: HashMap<(NodeId, &str, NodeId), u32> = HashMap::new();
        let counts = topology.relationships.iter().map(|relationship| {
            let key = (
                relationship.source,
                relationship.name.as_str(),
                relationship.target,
            );
            let count = seen.entry(key).or_default();
            *count += 1;
            *count
        });
        Self {
            counts: counts.collect(),
        }
    }

    /// The name of a relationship, by its index.
    fn of(&self, topology: &Topology, relationship: u32) -> String {
        let at = relationship as usize;
        let relationship = &topology.relationships[at];
        let [source, target] = [relationship.source, relationship.target].map(|id| &topology.node(id).name);
        let plain = format!("{source}.{}.{target}", relationship.name);
        match self.counts[at] {
            1 => plain,
            count => format!("{plain}#{count}"),
        }
    }

    /// The state of a step lies under its name, so two steps of one name would write over each other.
    fn report_collisions(&self, topology: &Topology, sink: &mut Sink) {
        let nodes = topology.nodes.iter();
        let nodes = nodes.map(|node| (Cow::from(&node.name), node.span));
        let relationships = (0..)
            .zip(&topology.relationships)
            .filter(|(_, relationship)| relationship.operations.values().any(hosts::is_step))
            .map(|(at, relationship)| (Cow::from(self.of(topology, at)), relationship.span));
        // The operations of nodes and of relationships have different names, so the two cannot collide.
        for kind in [nodes.collect::<Vec<_>>(), relationships.collect()] {
            let mut seen = HashMap::with_capacity(kind.len());
            for (name, span) in kind {
                match seen.entry(name) {
                    Entry::Vacant(entry) => drop(entry.insert(span)),
                    Entry::Occupied(first) => sink.push(
                        Diagnostic::new(
                            &codes::STEP_NAME_COLLISION,
                            span,
                            format!("the steps of `{}` collide with others of the same name", first.key()),
                        )
                        .label("second")
                        .note("a step's state is kept under its name; two of one name would overwrite each other")
                        .help("rename one of the two")
                        .related(*first.get(), "first"),
                    ),
                }
            }
        }
    }
}
