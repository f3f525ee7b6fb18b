//! A topology in which every node stands once, made into one in which scalable nodes stand as often as they are asked for.
//!
//! What is hosted on a scalable node is scaled with it: the two are of one *group*, and its instances have the same number.
//! Between two nodes of a group instances of the same number are related; to a node outside of it all are.

use std::collections::BTreeMap;
use std::ops::Range;

use super::settle::{folded, settled};
use super::{
    Attribute, Counts, Dataflow, Expression, Host, Instance, Mapping, Node, NodeId, Operation, OperationRef,
    Owner, Relationship, Scale, Spread, Topology, VecMap, Want, Wanted,
};

/// The name of an instance.
pub(super) fn name(of: &str, number: u32) -> String {
    format!("{of}-{number}")
}

impl Topology {
    /// The nodes that may have several instances, in the order of the description.
    pub fn scalable(&self) -> impl Iterator<Item = (&str, Scale)> {
        let nodes = self.nodes.iter();
        nodes.filter_map(|node| Some((node.name.as_str(), node.scale?)))
    }

    /// How much [`instances`](Self::instances) makes of these counts: nodes, relationships, and values that they read.
    pub fn size(&self, counts: &Counts) -> u64 {
        let groups = Groups::new(self, counts);
        let nodes = self.iter().map(|(id, node)| {
            let read = node.operations.values().map(|operation| groups.read(operation));
            let each = read.fold(1, u64::saturating_add);
            each.saturating_mul(groups.times(id).into())
        });
        let edges = self.relationships.iter().map(|edge| {
            let read = edge.operations.values().map(|operation| groups.read(operation));
            let each = read.fold(1, u64::saturating_add);
            let [source, target] = [edge.source, edge.target].map(|end| u64::from(groups.times(end)));
            let pairs = if groups.are_one(edge.source, edge.target) {
                source
            } else {
                source * target
            };
            each.saturating_mul(pairs)
        });
        let outputs = self.outputs.values().map(|output| groups.values(output));
        nodes.chain(edges).chain(outputs).fold(0, u64::saturating_add)
    }

    /// The topology with as many instances of its scalable nodes as `counts` asks for, within their limits; the others have
    /// those that they begin with. They are called `NAME-1`, `NAME-2` and so on. Instances below a count are the same
    /// whatever the count is.
    #[must_use]
    pub fn instances(&self, counts: &Counts) -> Self {
        let groups = Groups::new(self, counts);
        if groups.counts.is_empty() {
            return self.clone();
        }
        Unfolding::new(self, groups).topology()
    }
}

/// Which scalable node each node stands on or is, and how many of that there are.
struct Groups {
    of: Vec<Option<NodeId>>,
    counts: BTreeMap<NodeId, u32>,
}

impl Groups {
    fn new(topology: &Topology, asked: &Counts) -> Self {
        let scales = topology
            .iter()
            .filter_map(|(id, node)| Some((id, node, node.scale?)));
        let counts: BTreeMap<NodeId, u32> = scales
            .map(|(id, node, scale)| (id, scale.count(asked.get(&node.name).copied())))
            .collect();
        let of = topology.iter().map(|(id, _)| {
            // The bound ends a circle of hosts, which is a fault elsewhere.
            let chain = std::iter::successors(Some(id), |id| topology.node(*id).hosted_on);
            let mut chain = chain.take(topology.nodes.len());
            chain.find(|id| counts.contains_key(id))
        });
        let of = if counts.is_empty() {
            vec![None; topology.nodes.len()]
        } else {
            of.collect()
        };
        Self { of, counts }
    }

    fn of(&self, id: NodeId) -> Option<NodeId> {
        self.of[id.0 as usize]
    }

    /// How often a node stands.
    fn times(&self, id: NodeId) -> u32 {
        self.of(id).map_or(1, |group| self.counts[&group])
    }

    /// How many values an operation reads.
    fn read(&self, operation: &Operation) -> u64 {
        let all = operation.data.reads.iter().map(|one| self.values(one));
        all.fold(0, u64::saturating_add)
    }

    /// How many values are in an expression.
    fn values(&self, expression: &Expression<Wanted>) -> u64 {
        let parts = expression.parts().into_iter().map(|part| self.values(part));
        let all = parts.fold(1, u64::saturating_add);
        match expression {
            Expression::Each { node, .. } => all.saturating_mul(self.times(*node).into()),
            _ => all,
        }
    }

    fn are_one(&self, one: NodeId, other: NodeId) -> bool {
        self.of(one).is_some() && self.of(one) == self.of(other)
    }
}

/// From where something is seen: which instance is meant of each of these scalable nodes. What was said last counts.
#[derive(Clone, Debug, Default)]
struct Seen(Vec<(NodeId, u32)>);

impl Seen {
    fn number(&self, group: NodeId) -> Option<u32> {
        let mut all = self.0.iter().rev();
        all.find(|(one, _)| *one == group).map(|(_, number)| *number)
    }

    fn with(&self, group: NodeId, number: u32) -> Self {
        let mut all = self.0.clone();
        all.push((group, number));
        Self(all)
    }
}

/// The work in progress.
struct Unfolding<'t> {
    old: &'t Topology,
    groups: Groups,
    /// The first instance of every node.
    first: Vec<u32>,
    /// The instances of every relationship: which of the source's, and which of the target's.
    edges: Vec<Range<u32>>,
    pairs: Vec<(u32, u32)>,
}

impl<'t> Unfolding<'t> {
    fn new(old: &'t Topology, groups: Groups) -> Self {
        let mut next = 0;
        let first = old.iter().map(|(id, _)| {
            let own = next;
            next += groups.times(id);
            own
        });
        let first = first.collect();
        let mut pairs = Vec::new();
        let edges = old.relationships.iter().map(|edge| {
            let from = pairs.len();
            for source in 1..=groups.times(edge.source) {
                if groups.are_one(edge.source, edge.target) {
                    pairs.push((source, source));
                } else {
                    pairs.extend((1..=groups.times(edge.target)).map(|target| (source, target)));
                }
            }
            small(from)..small(pairs.len())
        });
        Self {
            edges: edges.collect(),
            old,
            groups,
            first,
            pairs,
        }
    }

    fn topology(&self) -> Topology {
        let nodes = self.old.iter().flat_map(|(id, node)| {
            let numbers = 1..=self.groups.times(id);
            numbers.map(move |number| self.node(id, node, number))
        });
        let edges = self.old.relationships.iter().zip(&self.edges);
        let relationships = edges.flat_map(|(edge, pairs)| {
            let pairs = &self.pairs[pairs.start as usize..pairs.end as usize];
            pairs.iter().map(move |pair| self.relationship(edge, *pair))
        });
        let outputs = self.old.outputs.iter();
        Topology {
            name: self.old.name.clone(),
            weaving: self.old.weaving,
            nodes: nodes.collect(),
            relationships: relationships.collect(),
            outputs: outputs
                .map(|(name, output)| (name.clone(), folded(self.expression(output, &Seen::default()))))
                .collect(),
        }
    }

    fn node(&self, id: NodeId, node: &Node, number: u32) -> Node {
        let Some(group) = self.groups.of(id) else {
            return Node {
                operations: self.operations(&node.operations, &Seen::default()),
                hosted_on: node.hosted_on.map(|host| self.instance(host, 1)),
                ..node.clone()
            };
        };
        let seen = Seen(vec![(group, number)]);
        Node {
            name: name(&node.name, number),
            host: node.host.as_ref().map(|host| Host {
                name: host.spread.host(&host.name, number),
                span: host.span,
                spread: Spread::Together,
            }),
            hosted_on: node.hosted_on.map(|host| match self.groups.of(host) {
                Some(_) => self.instance(host, number),
                None => self.instance(host, 1),
            }),
            operations: self.operations(&node.operations, &seen),
            scale: None,
            instance: Some(Instance {
                of: node.name.clone(),
                number,
            }),
            ..node.clone()
        }
    }

    fn relationship(&self, edge: &Relationship, (source, target): (u32, u32)) -> Relationship {
        let ends = [(edge.source, source), (edge.target, target)].into_iter();
        let seen = ends.filter_map(|(end, number)| Some((self.groups.of(end)?, number)));
        let seen = Seen(seen.collect());
        Relationship {
            source: self.instance(edge.source, source),
            target: self.instance(edge.target, target),
            operations: self.operations(&edge.operations, &seen),
            ..edge.clone()
        }
    }

    /// The instance of this number, from 1.
    fn instance(&self, id: NodeId, number: u32) -> NodeId {
        NodeId(self.first[id.0 as usize] + number - 1)
    }

    fn operations<K: Ord + Copy>(&self, all: &VecMap<K, Operation>, seen: &Seen) -> VecMap<K, Operation> {
        let all = all.iter();
        all.map(|(name, operation)| (*name, self.operation(operation, seen)))
            .collect()
    }

    fn operation(&self, operation: &Operation, seen: &Seen) -> Operation {
        let gives = operation.data.gives.iter();
        let gives = gives.flat_map(|mapping| {
            let owners = self.owners(mapping.to.of, seen);
            owners.into_iter().map(|of| Mapping {
                output: mapping.output.clone(),
                to: Attribute {
                    of,
                    name: mapping.to.name.clone(),
                },
            })
        });
        let read = |expression: &Expression<Wanted>| folded(self.expression(expression, seen));
        settled(Operation {
            data: Dataflow {
                reads: operation.data.reads.map(read),
                gives: gives.collect(),
            },
            ..operation.clone()
        })
    }

    /// What something is, seen from an instance.
    fn expression(&self, expression: &Expression<Wanted>, seen: &Seen) -> Expression<Wanted> {
        match expression {
            Expression::Given(wanted) => {
                let mut all = self.wanted(wanted, seen);
                match all.len() {
                    1 => all.remove(0),
                    _ => Expression::List(all),
                }
            }
            Expression::Each { node, of } => {
                let numbers = 1..=self.groups.times(*node);
                let all = numbers.map(|number| self.expression(of, &seen.with(*node, number)));
                Expression::List(all.collect())
            }
            other => other.rebuild(&mut |part| self.expression(part, seen)),
        }
    }

    /// What is wanted of all instances that may be meant.
    fn wanted(&self, wanted: &Wanted, seen: &Seen) -> Vec<Expression<Wanted>> {
        let owner = match &wanted.what {
            Want::Attribute(attribute) => attribute.of,
            Want::Output { of, .. } => owner_of(*of),
            Want::All(of) => *of,
        };
        let owners = self.owners(owner, seen).into_iter();
        let all = owners.map(|of| {
            let what = match &wanted.what {
                Want::Attribute(Attribute { name, .. }) => {
                    if let Owner::Node(id) = of
                        && name == "tosca_id"
                    {
                        return Expression::Value(self.name_of(id).into());
                    }
                    let name = name.clone();
                    Want::Attribute(Attribute { of, name })
                }
                Want::Output { of: operation, name } => Want::Output {
                    of: moved(*operation, of),
                    name: name.clone(),
                },
                Want::All(_) => Want::All(of),
            };
            let words = wanted.words.strip_suffix(&format!("`{}`", self.old_name(owner)));
            Expression::Given(Wanted {
                what,
                words: words.map_or_else(
                    || wanted.words.clone(),
                    |words| format!("{words}`{}`", self.new_name(of)),
                ),
                ..wanted.clone()
            })
        });
        all.collect()
    }

    /// The instances of an owner that are meant from somewhere.
    fn owners(&self, owner: Owner, seen: &Seen) -> Vec<Owner> {
        let fits = |id: NodeId, number: u32| {
            let meant = self.groups.of(id).and_then(|group| seen.number(group));
            meant.is_none_or(|meant| meant == number)
        };
        match owner {
            Owner::Node(id) => {
                let numbers = (1..=self.groups.times(id)).filter(|number| fits(id, *number));
                numbers
                    .map(|number| Owner::Node(self.instance(id, number)))
                    .collect()
            }
            Owner::Relationship(at) => {
                let edge = &self.old.relationships[at as usize];
                let all = self.edges[at as usize].clone();
                let meant = all.filter(|at| {
                    let (source, target) = self.pairs[*at as usize];
                    fits(edge.source, source) && fits(edge.target, target)
                });
                meant.map(Owner::Relationship).collect()
            }
        }
    }

    /// The name of a node that is made.
    fn name_of(&self, id: NodeId) -> String {
        let at = self.first.partition_point(|first| *first <= id.0) - 1;
        let old = NodeId(small(at));
        match self.groups.of(old) {
            Some(_) => name(&self.old.node(old).name, id.0 - self.first[at] + 1),
            None => self.old.node(old).name.clone(),
        }
    }

    fn old_name(&self, owner: Owner) -> String {
        match owner {
            Owner::Node(id) => self.old.node(id).name.clone(),
            Owner::Relationship(at) => {
                let edge = &self.old.relationships[at as usize];
                let [source, target] = [edge.source, edge.target].map(|end| &self.old.node(end).name);
                format!("{source}.{}.{target}", edge.name)
            }
        }
    }

    fn new_name(&self, owner: Owner) -> String {
        match owner {
            Owner::Node(id) => self.name_of(id),
            Owner::Relationship(at) => {
                let old = self.edges.partition_point(|pairs| pairs.end <= at);
                let edge = &self.old.relationships[old];
                let (source, target) = self.pairs[at as usize];
                let [source, target] = [(edge.source, source), (edge.target, target)]
                    .map(|(end, number)| self.name_of(self.instance(end, number)));
                format!("{source}.{}.{target}", edge.name)
            }
        }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).expect("`size` was asked before")
}

fn owner_of(operation: OperationRef) -> Owner {
    match operation {
        OperationRef::Node(id, _) => Owner::Node(id),
        OperationRef::Relationship(at, _) => Owner::Relationship(at),
    }
}

/// The same operation of another owner of its kind.
fn moved(operation: OperationRef, to: Owner) -> OperationRef {
    match (operation, to) {
        (OperationRef::Node(_, name), Owner::Node(id)) => OperationRef::Node(id, name),
        (OperationRef::Relationship(_, name), Owner::Relationship(at)) => {
            OperationRef::Relationship(at, name)
        }
        (other, _) => other,
    }
}
