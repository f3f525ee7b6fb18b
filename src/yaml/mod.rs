//! YAML as an arena tree with a span on every node. Only this room knows the parser.

mod tree;

pub use tree::{Comment, Entry, Kind, NodeId, ScalarStyle, Tree};

use crate::diagnostic::Sink;
use crate::source::{SourceId, SourceMap};

/// Reads the text of `source` into a tree. Faults go to `sink`; the tree holds what could be read.
pub fn parse(_sources: &SourceMap, source: SourceId, _sink: &mut Sink) -> Tree {
    Tree::empty(source)
}
