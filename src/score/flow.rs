//! Who gives what is read while an application runs, and that who reads it waits for them.
//!
//! * An attribute that some operation's outputs are mapped to is given by these operations. Any other is given by the
//!   operations of its own node or relationship: each of them may write it to `KHOR_OUTPUT`.
//! * Of several that give a value, the one that comes last counts.
//! * An operation waits for all that may give what it reads, so that it is not run with half of it. Those that wait for
//!   the operation itself are not asked: `configure` reads what `create` gave, whatever `start` will give. If all of them
//!   wait for it, and there is no other value, it would wait for ever: that is a fault.
//! * Operations of going away read what is there, and wait for nobody.

use std::collections::{HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::StepId;
use super::table::{Table, Vertex};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::Span;
use crate::topology::{
    Action, Attribute, Expression, Given, Leaf, Operation, OperationName, OperationRef, Owner, Reads,
    RelationshipOperation, Supply, Topology, Want, Wanted,
};

/// The most related places that a message shows.
const SHOWN: usize = 6;

/// What flows where.
pub(super) struct Flow<'t> {
    topology: &'t Topology,
    /// The vertices of the relationships' operations.
    between: HashMap<(u32, RelationshipOperation), u32>,
    /// Which operations' outputs are mapped to an attribute.
    mapped: HashMap<&'t Attribute, Vec<(u32, &'t str)>>,
    /// The place of each vertex in the order of life.
    place: Vec<u32>,
}

/// A read for which somebody is waited.
struct Wait<'t> {
    reader: u32,
    giver: u32,
    wanted: &'t Wanted,
}

impl<'t> Flow<'t> {
    /// Draws the waits of who reads into the table. None where that closes a circle, or where nobody gives what is read:
    /// both are reported.
    pub fn draw(topology: &'t Topology, table: &mut Table<'t>, sink: &mut Sink) -> Option<Self> {
        let mut flow = Self {
            topology,
            between: table.vertices_between().collect(),
            mapped: HashMap::new(),
            place: Vec::new(),
        };
        let vertices = 0..u32::try_from(table.waits.len()).expect("fewer than 2^32 operations");
        let operations: Vec<(u32, &Operation)> = vertices
            .filter_map(|vertex| Some((vertex, table.operation(vertex)?)))
            .collect();
        for &(vertex, operation) in &operations {
            if is_up(table, vertex) && gives_outputs(operation) {
                for mapping in &operation.data.gives {
                    let all = flow.mapped.entry(&mapping.to).or_default();
                    all.push((vertex, &mapping.output));
                }
            }
        }
        let readers = operations
            .iter()
            .filter(|(_, operation)| !operation.data.reads.is_empty());
        let readers: Vec<(u32, &Operation)> = readers.copied().collect();
        if readers.is_empty() && topology.outputs.values().all(|output| output.value().is_some()) {
            return Some(flow);
        }
        flow.settle(table);
        let mut waits = Vec::new();
        let before = sink.errors();
        for (reader, operation) in readers {
            for expression in operation.data.reads.iter() {
                for leaf in expression.leaves() {
                    let Leaf::Given(wanted) = leaf else { continue };
                    let all = flow.candidates(table, wanted);
                    if all.is_empty() && !wanted.has_other && !matches!(wanted.what, Want::All(_)) {
                        sink.push(never_given(wanted));
                    }
                    if is_up(table, reader) {
                        let asked = flow.asked(table, reader, wanted, all);
                        waits.extend(asked.into_iter().map(|(giver, _)| Wait {
                            reader,
                            giver,
                            wanted,
                        }));
                    }
                }
            }
        }
        for wait in &waits {
            table.wait(wait.reader, wait.giver);
        }
        flow.settle(table);
        if flow.place.contains(&u32::MAX) {
            flow.report_circles(table, &waits, sink);
        }
        (sink.errors() == before).then_some(flow)
    }

    /// Finds the order of all vertices.
    fn settle(&mut self, table: &Table<'_>) {
        self.place = vec![u32::MAX; table.waits.len()];
        for (place, vertex) in (0..).zip(table.order()) {
            self.place[vertex as usize] = place;
        }
    }

    /// All that may give what is wanted: vertices, and the names of their outputs.
    fn candidates<'w>(&self, table: &Table<'_>, wanted: &'w Wanted) -> Vec<(u32, Option<&'w str>)>
    where
        't: 'w,
    {
        let gives = |vertex: &u32| table.operation(*vertex).is_some_and(gives_outputs);
        match &wanted.what {
            Want::Attribute(attribute) => {
                if let Some(mapped) = self.mapped.get(attribute) {
                    return mapped
                        .iter()
                        .map(|&(vertex, output)| (vertex, Some(output)))
                        .collect();
                }
                let own = self.own(attribute.of).into_iter().filter(gives);
                // An output that is mapped to another attribute is not this one.
                let is_elsewhere = |vertex: &u32| {
                    let gives = table.operation(*vertex).map(|operation| &operation.data.gives);
                    let mut outputs = gives.into_iter().flatten().map(|mapping| &mapping.output);
                    outputs.any(|output| *output == attribute.name)
                };
                own.filter(|vertex| !is_elsewhere(vertex))
                    .map(|vertex| (vertex, Some(attribute.name.as_str())))
                    .collect()
            }
            Want::Output { of, name } => {
                let vertex = match of {
                    OperationRef::Node(node, operation) => Some(Table::vertex_of(*node, *operation)),
                    OperationRef::Relationship(at, operation) => {
                        self.between.get(&(*at, *operation)).copied()
                    }
                };
                let vertex = vertex.filter(gives);
                vertex
                    .into_iter()
                    .map(|vertex| (vertex, Some(name.as_str())))
                    .collect()
            }
            Want::All(owner) => {
                let own = self
                    .own(*owner)
                    .into_iter()
                    .filter(gives)
                    .map(|vertex| (vertex, None));
                let mapped = self.mapped.iter().filter(|(attribute, _)| attribute.of == *owner);
                let mapped = mapped.flat_map(|(_, all)| all.iter());
                let mapped = mapped.map(|&(vertex, output)| (vertex, Some(output)));
                let mut all: Vec<_> = own.chain(mapped).collect();
                all.sort_unstable();
                all
            }
        }
    }

    /// The vertices of the operations of the way up of a node or relationship.
    fn own(&self, owner: Owner) -> Vec<u32> {
        match owner {
            Owner::Node(node) => {
                let up = OperationName::ALL.into_iter().filter(|name| name.is_up());
                up.map(|name| Table::vertex_of(node, name)).collect()
            }
            Owner::Relationship(at) => {
                let names = self.topology.relationships[at as usize].operations.keys();
                let up = names.filter(|name| name.is_up());
                up.filter_map(|name| self.between.get(&(at, *name)).copied())
                    .collect()
            }
        }
    }

    /// Those that a reader of the way up asks: all that do not wait for it. If all do, and there is no other value, all:
    /// then that is a circle.
    fn asked<'w>(
        &self,
        table: &Table<'_>,
        reader: u32,
        wanted: &Wanted,
        all: Vec<(u32, Option<&'w str>)>,
    ) -> Vec<(u32, Option<&'w str>)> {
        let is_free = |giver: u32| giver != reader && !self.waits_for(table, giver, reader);
        let free: Vec<_> = all.iter().filter(|(giver, _)| is_free(*giver)).copied().collect();
        if free.is_empty() && !wanted.has_other {
            return all;
        }
        free
    }

    /// Whether `who` waits for `whom`, directly or over others.
    fn waits_for(&self, table: &Table<'_>, who: u32, whom: u32) -> bool {
        let limit = self.place[whom as usize];
        let mut open = vec![who];
        let mut seen = std::collections::HashSet::new();
        while let Some(next) = open.pop() {
            for &before in &table.waits[next as usize] {
                if before == whom {
                    return true;
                }
                // Whoever stands before it does not wait for it.
                if self.place[before as usize] > limit && seen.insert(before) {
                    open.push(before);
                }
            }
        }
        false
    }

    /// What the operation at `reader` reads, from which steps; and all of these, if it waits for them.
    pub fn reads(
        &self,
        table: &Table<'_>,
        reader: u32,
        ids: &HashMap<u32, StepId>,
    ) -> (Reads<Supply<StepId>>, Vec<StepId>) {
        let Some(operation) = table
            .operation(reader)
            .filter(|operation| !operation.data.reads.is_empty())
        else {
            return (Reads::default(), Vec::new());
        };
        let up = is_up(table, reader);
        let mut guards = Vec::new();
        let mut supplied = |wanted: &Wanted| {
            let all = self.candidates(table, wanted);
            let all = if up { asked_now(table, reader, all) } else { all };
            let supply = self.supply(wanted, all, ids);
            guards.extend(supply.from.iter().map(|given| given.step).filter(|_| up));
            Expression::Given(supply)
        };
        let reads = operation.data.reads.map(|expression| {
            let mapped = expression.map(&mut supplied);
            // What goes away is not held up by what is not there.
            if up {
                mapped
            } else {
                Expression::Optional(Box::new(mapped))
            }
        });
        (reads, guards)
    }

    /// What an output of the topology reads, from which steps.
    pub fn output(
        &self,
        table: &Table<'_>,
        output: &Expression<Wanted>,
        ids: &HashMap<u32, StepId>,
    ) -> Expression<Supply<StepId>> {
        output.map(&mut |wanted| {
            let all = self.candidates(table, wanted);
            Expression::Given(self.supply(wanted, all, ids))
        })
    }

    fn supply(
        &self,
        wanted: &Wanted,
        mut all: Vec<(u32, Option<&str>)>,
        ids: &HashMap<u32, StepId>,
    ) -> Supply<StepId> {
        all.sort_unstable_by_key(|(giver, output)| (std::cmp::Reverse(self.place[*giver as usize]), *output));
        let from = all.into_iter().filter_map(|(giver, output)| {
            Some(Given {
                step: *ids.get(&giver)?,
                output: output.map(str::to_owned),
            })
        });
        Supply {
            what: wanted.words.clone(),
            from: from.collect(),
        }
    }

    /// Reports each tangle of waits once, as the shortest circle through something that is read.
    fn report_circles(&self, table: &Table<'_>, waits: &[Wait<'_>], sink: &mut Sink) {
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(table.waits.len(), 0);
        for _ in &table.waits {
            graph.add_node(());
        }
        let left = |vertex: &u32| self.place[*vertex as usize] == u32::MAX;
        let all = (0..).zip(&table.waits).filter(|(vertex, _)| left(vertex));
        graph.extend_with_edges(all.flat_map(|(vertex, before)| {
            let before = before.iter().filter(|before| left(before));
            before.map(move |&before| (vertex, before))
        }));
        let mut knot = vec![u32::MAX; table.waits.len()];
        for (number, component) in (0..).zip(kosaraju_scc(&graph)) {
            for at in component {
                knot[at.index()] = number;
            }
        }
        let mut shortest: HashMap<u32, Vec<u32>> = HashMap::new();
        for wait in waits {
            let (reader, giver) = (wait.reader as usize, wait.giver as usize);
            if left(&wait.reader) && knot[reader] == knot[giver] {
                let known = shortest.get(&knot[reader]).map(Vec::len);
                if let Some(circle) = circle(table, &knot, wait, known) {
                    shortest.insert(knot[reader], circle);
                }
            }
        }
        let mut circles: Vec<_> = shortest.into_values().collect();
        circles.sort_unstable();
        for circle in circles {
            sink.push(self.circular(table, waits, &circle));
        }
    }

    /// The fault of a circle: each waits for the next, the last for the first.
    fn circular(&self, table: &Table<'_>, waits: &[Wait<'_>], circle: &[u32]) -> Diagnostic {
        let next = circle.iter().cycle().skip(1);
        let read: Vec<(&Wanted, String)> = circle
            .iter()
            .zip(next)
            .filter_map(|(&who, &whom)| {
                let mut waits = waits.iter();
                let wait = waits.find(|wait| (wait.reader, wait.giver) == (who, whom))?;
                let words = format!("`{}` reads the {}", self.name(table, who), wait.wanted);
                Some((wait.wanted, words))
            })
            .collect();
        let mut way: Vec<String> = circle
            .iter()
            .map(|&vertex| format!("`{}`", self.name(table, vertex)))
            .collect();
        way.extend(way.first().cloned());
        let message = format!("what is read is given only after it: {}", way.join(" -> "));
        let (first, words) = match read.first() {
            Some((wanted, words)) => (wanted.span, words.clone()),
            // Every circle goes through something that is read.
            None => (self.topology.nodes[0].span, String::new()),
        };
        let fault = Diagnostic::new(&codes::READ_CYCLE, first, message).label(words);
        let others = read.into_iter().skip(1).take(SHOWN);
        let fault = others.fold(fault, |fault, (wanted, words)| fault.related(wanted.span, words));
        fault
            .note("an operation that reads an attribute waits for the operations that may give it")
            .help(
                "let an earlier operation give it, and say so with `outputs: { NAME: [ SELF, ATTRIBUTE ] }`; or read it in \
                 a later operation",
            )
    }

    fn name(&self, table: &Table<'_>, vertex: u32) -> String {
        match table.vertex(vertex) {
            Vertex::Node(node, operation) => format!("{}.{operation}", self.topology.node(node).name),
            Vertex::Between(relationship, between) => format!(
                "{}.{}.{}",
                self.topology.node(relationship.source).name,
                relationship.name,
                between.operation.as_str()
            ),
        }
    }
}

/// The shortest circle over a wait, by breadth-first search; none that is not shorter than `known`.
fn circle(table: &Table<'_>, knot: &[u32], wait: &Wait<'_>, known: Option<usize>) -> Option<Vec<u32>> {
    let mut from: HashMap<u32, u32> = HashMap::new();
    let mut queue = VecDeque::from([(wait.giver, 2)]);
    if wait.giver == wait.reader {
        return Some(vec![wait.reader]);
    }
    while let Some((at, length)) = queue.pop_front() {
        if known.is_some_and(|known| length >= known) {
            return None;
        }
        for &before in &table.waits[at as usize] {
            if before == wait.reader {
                let mut path = vec![at];
                while let Some(&later) = path.last().and_then(|last| from.get(last)) {
                    path.push(later);
                }
                path.push(wait.reader);
                path.reverse();
                return Some(path);
            }
            if knot[before as usize] == knot[at as usize]
                && before != wait.giver
                && !from.contains_key(&before)
            {
                from.insert(before, at);
                queue.push_back((before, length + 1));
            }
        }
    }
    None
}

/// Whether an operation can give outputs.
fn gives_outputs(operation: &Operation) -> bool {
    operation.apply.as_deref().is_some_and(Action::gives_outputs)
}

fn is_up(table: &Table<'_>, vertex: u32) -> bool {
    match table.vertex(vertex) {
        Vertex::Node(_, operation) => operation.is_up(),
        Vertex::Between(_, between) => between.operation.is_up(),
    }
}

fn never_given(wanted: &Wanted) -> Diagnostic {
    let span: Span = wanted.span;
    Diagnostic::new(&codes::NEVER_GIVEN, span, format!("nothing gives the {wanted}"))
        .label("read here")
        .note("attributes and outputs are given by operations that are scripts, through the file KHOR_OUTPUT names")
        .help("let an operation give it, or give it a value in the template")
}

/// As [`Flow::asked`], once the table has its waits and no circle: those that the reader waits for.
fn asked_now<'w>(
    table: &Table<'_>,
    reader: u32,
    all: Vec<(u32, Option<&'w str>)>,
) -> Vec<(u32, Option<&'w str>)> {
    let waits = &table.waits[reader as usize];
    all.into_iter()
        .filter(|(giver, _)| waits.contains(giver))
        .collect()
}
