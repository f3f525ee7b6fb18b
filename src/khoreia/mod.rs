//! The khoreia list format: a YAML list of nodes with ids, targets, interfaces and deps.

use crate::diagnostic::Sink;
use crate::topology::Topology;
use crate::yaml::Tree;

/// Whether the document is of this format: its root is a list.
pub fn is_khoreia(tree: &Tree) -> bool {
    tree.root()
        .is_some_and(|root| tree.kind(root) == crate::yaml::Kind::Sequence)
}

/// Lowers a khoreia document. Faults go to `sink`; the topology holds what could be understood.
pub fn lower(_tree: &Tree, _sink: &mut Sink) -> Topology {
    Topology::default()
}
