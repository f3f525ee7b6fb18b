//! Small topologies for tests.

use super::Score;
use super::compose::compose_joining;
use super::thin::Joining;
use crate::diagnostic::Sink;
use crate::source::{SourceId, Span};
use crate::topology::{
    Action, Attribute, Bond, Dataflow, Expression, FileAction, Host, Looking, Mapping, Node, NodeId,
    Operation, OperationName, Owner, Relationship, RelationshipOperation, Retry, Scale, ShellAction, Spread,
    Topology, VecMap, Want, Wanted, Weaving,
};

/// The score with a join in place of every empty operation that many wait for: what only large topologies have.
pub(crate) fn compose_with_joins(topology: &Topology, weaving: Weaving) -> Score {
    let joining = Joining { gain: 0, longest: 1 };
    compose_joining("app", topology, weaving, joining, &mut Sink::new()).expect("no fault")
}

/// Builds a topology node by node. Each operation's do makes the file `NODE.OPERATION`.
#[derive(Default)]
pub(crate) struct Builder {
    pub topology: Topology,
    at: u32,
}

impl Builder {
    pub fn new() -> Self {
        Self::default()
    }

    fn span(&mut self) -> Span {
        self.at += 1;
        Span::new(SourceId(0), self.at - 1, self.at)
    }

    fn id(&self, name: &str) -> NodeId {
        self.topology
            .iter()
            .find(|(_, node)| node.name == name)
            .unwrap()
            .0
    }

    fn operation(&mut self, name: &str) -> Operation {
        let file = Action::File(FileAction {
            path: name.into(),
            ..FileAction::default()
        });
        Operation {
            check: Some(file.clone().into()),
            apply: Some(file.into()),
            inputs: VecMap::new(),
            data: Dataflow::default(),
            timeout: None,
            look: Looking::default(),
            span: self.span(),
        }
    }

    /// Adds a node; an empty host is none.
    pub fn node(mut self, name: &str, host: &str, operations: &[&str]) -> Self {
        let operations = operations
            .iter()
            .map(|&operation| {
                let key = OperationName::ALL
                    .into_iter()
                    .find(|name| name.as_str() == operation);
                (key.unwrap(), self.operation(&format!("{name}.{operation}")))
            })
            .collect();
        let span = self.span();
        self.topology.nodes.push(Node {
            name: name.into(),
            type_name: String::new(),
            host: (!host.is_empty()).then(|| Host {
                name: host.into(),
                span: None,
                spread: Spread::Together,
            }),
            hosted_on: None,
            operations,
            retry: Retry::default(),
            scale: None,
            instance: None,
            span,
        });
        self
    }

    /// Lets a node have several instances, over these hosts.
    pub fn scalable(mut self, name: &str, (min, default, max): (u32, u32, u32), hosts: &[&str]) -> Self {
        let id = self.id(name);
        let node = &mut self.topology.nodes[id.0 as usize];
        node.scale = Some(Scale { min, max, default });
        if let Some(host) = &mut node.host {
            host.spread = Spread::Over(hosts.iter().map(|&host| host.to_owned()).collect());
        }
        self
    }

    /// Makes scripts of a node's operations.
    pub fn scripts(mut self, name: &str) -> Self {
        let id = self.id(name);
        for operation in self.topology.nodes[id.0 as usize].operations.values_mut() {
            operation.check = None;
            let mut script = ShellAction::default();
            script.artifact.sha256 = "0".repeat(64);
            operation.apply = Some(Action::Shell(script).into());
        }
        self
    }

    /// Lets an input of `NODE.OPERATION` read an attribute of a node.
    pub fn reads(mut self, reader: &str, input: &str, node: &str, attribute: &str) -> Self {
        let wanted = self.wanted(node, attribute);
        let data = &mut self.operation_of(reader).data;
        data.reads.inputs.insert(input.into(), Expression::Given(wanted));
        self
    }

    /// What reads an attribute of a node.
    pub fn wanted(&mut self, node: &str, attribute: &str) -> Wanted {
        let of = Owner::Node(self.id(node));
        let name = attribute.into();
        Wanted {
            what: Want::Attribute(Attribute { of, name }),
            words: format!("attribute `{attribute}` of `{node}`"),
            has_other: false,
            span: self.span(),
        }
    }

    /// Maps an output of `NODE.OPERATION` to an attribute of a node.
    pub fn gives(mut self, giver: &str, output: &str, node: &str, attribute: &str) -> Self {
        let to = Attribute {
            of: Owner::Node(self.id(node)),
            name: attribute.into(),
        };
        let output = output.to_owned();
        self.operation_of(giver).data.gives.push(Mapping { output, to });
        self
    }

    /// The operation `NODE.OPERATION`.
    pub fn operation_of(&mut self, name: &str) -> &mut Operation {
        let (node, operation) = name.split_once('.').unwrap();
        let mut all = OperationName::ALL.into_iter();
        let key = all.find(|name| name.as_str() == operation).unwrap();
        let id = self.id(node);
        let operations = &mut self.topology.nodes[id.0 as usize].operations;
        operations.get_mut(&key).unwrap()
    }

    /// `source` requires `target`.
    pub fn requires(self, source: &str, target: &str) -> Self {
        self.relation(source, "dependency", target, &[])
    }

    /// `source` connects to `target`, as to a peer.
    pub fn connects(self, source: &str, target: &str) -> Self {
        self.relation(source, "peer", target, &[])
    }

    /// `source` is hosted on `target`.
    pub fn hosted(self, source: &str, target: &str) -> Self {
        let (id, on) = (self.id(source), self.id(target));
        let mut this = self.relation(source, "host", target, &[]);
        this.topology.nodes[id.0 as usize].hosted_on = Some(on);
        this
    }

    /// `source` requires `target` by a relationship with operations.
    pub fn relation(
        mut self,
        source: &str,
        name: &str,
        target: &str,
        operations: &[RelationshipOperation],
    ) -> Self {
        let operations = operations
            .iter()
            .map(|&operation| {
                (
                    operation,
                    self.operation(&format!("{source}.{target}.{operation:?}")),
                )
            })
            .collect();
        let (source, target, span) = (self.id(source), self.id(target), self.span());
        self.topology.relationships.push(Relationship {
            name: name.into(),
            source,
            target,
            bond: match name {
                "peer" => Bond::Connection,
                "host" => Bond::Place,
                _ => Bond::Need,
            },
            operations,
            span,
        });
        self
    }
}
