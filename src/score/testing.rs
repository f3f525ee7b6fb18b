//! Small topologies for tests.

use super::Score;
use super::compose::compose_joining;
use super::thin::Joining;
use crate::diagnostic::Sink;
use crate::source::{SourceId, Span};
use crate::topology::{
    Action, Bond, FileAction, Host, Looking, Node, NodeId, Operation, OperationName, Relationship,
    RelationshipOperation, Retry, Topology, VecMap, Weaving,
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
            }),
            hosted_on: None,
            operations,
            retry: Retry::default(),
            span,
        });
        self
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
