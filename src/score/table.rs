//! The guard table, drawn as a graph: a vertex for every operation, implemented or not.
//!
//! N is a node, T each target of its requirements, S each source of requirements on it, r a relationship of N to T.
//!
//! | operation | waits for, normative | waits for, layered |
//! |---|---|---|
//! | N.create | T.start | T.create |
//! | r.pre_configure_source (target) | N.create (T.create) | the same |
//! | N.configure | N.create, the `pre_configure`s of N's own side | and T.configure |
//! | r.post_configure_source (target) | N.configure (T.configure) | the same |
//! | N.start | N.configure, the `post_configure`s of N's own side | and T.start |
//! | r.add_target, r.add_source | N.start, T.start | the same |
//! | r.target_changed | N.start, T.start, r.add_target | the same |
//! | r.remove_target, r.remove_source | nothing but the goal | the same |
//! | N.stop | S.stop, every remove of N's relationships | the same |
//! | N.delete | N.stop, S.delete | the same |
//!
//! Going away is the same in both weavings: layered is about how early a neighbour may *begin*, and what is taken away
//! goes in reverse either way (S.stop before N.stop is operation k of N's dependants before operation k of N). The
//! operations of coming up and of going away never wait for each other: the goal tells which of them are played. What an
//! operation reads adds waits of its own ([`flow`](super::flow)).

use super::cycle::Requirements;
use super::hosts::is_step;
use crate::topology::{
    NodeId, Operation, OperationName, Relationship, RelationshipOperation, Topology, Weaving,
};

/// Operations of a node; the vertex of operation k of node n is `n * PER_NODE + k`.
pub(super) const PER_NODE: u32 = 5;

/// What a vertex beyond those of the nodes stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    /// Index of the relationship.
    pub relationship: u32,
    /// Its operation.
    pub operation: RelationshipOperation,
}

/// All operations and what each waits for. Acyclic if the requirements are.
pub(super) struct Table<'t> {
    topology: &'t Topology,
    /// What the vertices from `nodes * PER_NODE` on stand for; only those with an implementation have one.
    pub between: Vec<Between>,
    /// Per vertex the vertices it waits for; may hold repetitions.
    pub waits: Vec<Vec<u32>>,
}

/// What a vertex stands for.
#[derive(Clone, Copy)]
pub(super) enum Vertex<'t> {
    /// An operation of a node.
    Node(NodeId, OperationName),
    /// An operation of a relationship.
    Between(&'t Relationship, Between),
}

impl<'t> Table<'t> {
    pub fn new(topology: &'t Topology, requirements: &Requirements, weaving: Weaving) -> Self {
        let nodes = u32::try_from(topology.nodes.len()).expect("node ids are u32");
        let mut table = Self {
            topology,
            between: Vec::new(),
            waits: vec![Vec::new(); (nodes * PER_NODE) as usize],
        };
        for node in 0..nodes {
            let of = |operation| vertex(node, operation);
            table.wait(of(OperationName::Configure), of(OperationName::Create));
            table.wait(of(OperationName::Start), of(OperationName::Configure));
            table.wait(of(OperationName::Delete), of(OperationName::Stop));
        }
        for edge in &requirements.edges {
            let source = requirements.leader[edge.source as usize];
            let target = requirements.leader[edge.target as usize];
            if source != target {
                table.weave(source, target, weaving);
            }
        }
        for (index, relationship) in (0..).zip(&topology.relationships) {
            for (&operation, implementation) in &relationship.operations {
                if is_step(implementation) {
                    let leader = |id: NodeId| requirements.leader[id.0 as usize];
                    let (source, target) = (leader(relationship.source), leader(relationship.target));
                    table.weave_between(
                        Between {
                            relationship: index,
                            operation,
                        },
                        source,
                        target,
                    );
                }
            }
        }
        table
    }

    pub fn wait(&mut self, who: u32, for_whom: u32) {
        self.waits[who as usize].push(for_whom);
    }

    fn weave(&mut self, source: u32, target: u32, weaving: Weaving) {
        use OperationName::{Configure, Create, Delete, Start, Stop};
        match weaving {
            Weaving::Normative => self.wait(vertex(source, Create), vertex(target, Start)),
            Weaving::Layered => {
                for operation in [Create, Configure, Start] {
                    self.wait(vertex(source, operation), vertex(target, operation));
                }
            }
        }
        self.wait(vertex(target, Stop), vertex(source, Stop));
        self.wait(vertex(target, Delete), vertex(source, Delete));
    }

    fn weave_between(&mut self, between: Between, source: u32, target: u32) {
        use OperationName::{Configure, Create, Start, Stop};
        let new = u32::try_from(self.waits.len()).expect("fewer than 2^32 operations");
        self.between.push(between);
        self.waits.push(Vec::new());
        match between.operation {
            RelationshipOperation::PreConfigureSource => self.put_between(new, source, Create, Configure),
            RelationshipOperation::PreConfigureTarget => self.put_between(new, target, Create, Configure),
            RelationshipOperation::PostConfigureSource => self.put_between(new, source, Configure, Start),
            RelationshipOperation::PostConfigureTarget => self.put_between(new, target, Configure, Start),
            RelationshipOperation::AddTarget | RelationshipOperation::AddSource => {
                self.wait(new, vertex(source, Start));
                self.wait(new, vertex(target, Start));
            }
            RelationshipOperation::RemoveTarget | RelationshipOperation::RemoveSource => {
                self.wait(vertex(source, Stop), new);
                self.wait(vertex(target, Stop), new);
            }
            RelationshipOperation::TargetChanged => {
                self.wait(new, vertex(source, Start));
                self.wait(new, vertex(target, Start));
                // The operations of one relationship come in their order, so this one would be the last.
                let before = self.between.iter().rposition(|before| {
                    before.relationship == between.relationship
                        && before.operation == RelationshipOperation::AddTarget
                });
                if let Some(before) = before {
                    self.wait(
                        new,
                        new - u32::try_from(self.between.len() - 1 - before).expect("as above"),
                    );
                }
            }
        }
    }

    fn put_between(&mut self, new: u32, node: u32, before: OperationName, after: OperationName) {
        self.wait(new, vertex(node, before));
        self.wait(vertex(node, after), new);
    }

    /// The vertices of the operations of relationships.
    pub fn vertices_between(&self) -> impl Iterator<Item = ((u32, RelationshipOperation), u32)> {
        let first = u32::try_from(self.waits.len() - self.between.len()).expect("fewer than 2^32 operations");
        let all = (first..).zip(&self.between);
        all.map(|(vertex, between)| ((between.relationship, between.operation), vertex))
    }

    /// The vertex of an operation of a node.
    pub fn vertex_of(node: NodeId, operation: OperationName) -> u32 {
        vertex(node.0, operation)
    }

    /// What `vertex` stands for.
    pub fn vertex(&self, vertex: u32) -> Vertex<'t> {
        let nodes = u32::try_from(self.topology.nodes.len()).expect("node ids are u32");
        match vertex.checked_sub(nodes * PER_NODE) {
            None => Vertex::Node(
                NodeId(vertex / PER_NODE),
                OperationName::ALL[(vertex % PER_NODE) as usize],
            ),
            Some(at) => {
                let between = self.between[at as usize];
                Vertex::Between(
                    &self.topology.relationships[between.relationship as usize],
                    between,
                )
            }
        }
    }

    /// The implementation of `vertex`, if it has one.
    pub fn operation(&self, vertex: u32) -> Option<&'t Operation> {
        let operation = match self.vertex(vertex) {
            Vertex::Node(id, name) => self.topology.node(id).operations.get(&name),
            Vertex::Between(relationship, between) => relationship.operations.get(&between.operation),
        };
        operation.filter(|operation| is_step(operation))
    }

    /// Whether `vertex` belongs to a node's own life rather than to a relationship.
    pub fn is_of_node(&self, vertex: u32) -> bool {
        (vertex as usize) < self.topology.nodes.len() * PER_NODE as usize
    }

    /// All vertices, each behind those it waits for. Shorter than `waits` only if the requirements have a circle.
    pub fn order(&self) -> Vec<u32> {
        let mut missing: Vec<u32> = vec![0; self.waits.len()];
        let mut followers: Vec<Vec<u32>> = vec![Vec::new(); self.waits.len()];
        for (vertex, waits) in (0..).zip(&self.waits) {
            missing[vertex as usize] = u32::try_from(waits.len()).expect("fewer than 2^32 waits");
            for &before in waits {
                followers[before as usize].push(vertex);
            }
        }
        let mut order: Vec<u32> = (0..)
            .zip(&missing)
            .filter(|(_, missing)| **missing == 0)
            .map(|(at, _)| at)
            .collect();
        let mut next = 0;
        while let Some(&vertex) = order.get(next) {
            next += 1;
            for &follower in &followers[vertex as usize] {
                missing[follower as usize] -= 1;
                if missing[follower as usize] == 0 {
                    order.push(follower);
                }
            }
        }
        order
    }
}

fn vertex(node: u32, operation: OperationName) -> u32 {
    node * PER_NODE + operation as u32
}
