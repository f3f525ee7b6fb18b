//! The arena tree.

use crate::source::{SourceId, Span};

/// Names a node of one [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A single value; see [`Tree::scalar`].
    Scalar,
    /// A list; see [`Tree::items`].
    Sequence,
    /// A map; see [`Tree::entries`].
    Mapping,
    /// Something unreadable, already reported: say nothing more about it.
    Error,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes: may be a number, a boolean or null by YAML 1.2's core schema.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// One `key: value` of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

/// A `# …` comment; its text is the source under the span, with the `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The place, from `#` to the end of the line.
    pub span: Span,
}

/// One document.
///
/// An alias is a node of its own with its own span, and the kind and children of what it stands for; `<<` merges are
/// already carried out. A tree is finite and acyclic, but aliases share children: the parser refuses documents whose
/// walk would be out of proportion.
#[derive(Clone, Debug)]
pub struct Tree {
    source: SourceId,
}

impl Tree {
    /// A tree without a document.
    pub fn empty(source: SourceId) -> Self {
        Self { source }
    }

    /// The source it was read from.
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// The document's node; none where the file is empty or wholly unreadable.
    pub fn root(&self) -> Option<NodeId> {
        None
    }

    /// Where the node stands.
    pub fn span(&self, _node: NodeId) -> Span {
        Span::file(self.source)
    }

    /// What the node is.
    pub fn kind(&self, _node: NodeId) -> Kind {
        Kind::Error
    }

    /// The text of a scalar (escapes and folding carried out); none for other kinds.
    pub fn scalar(&self, _node: NodeId) -> Option<&str> {
        None
    }

    /// How a scalar is written; none for other kinds.
    pub fn style(&self, _node: NodeId) -> Option<ScalarStyle> {
        None
    }

    /// Whether the node is null by the core schema: nothing at all, `~` or `null`, unquoted.
    pub fn is_null(&self, _node: NodeId) -> bool {
        false
    }

    /// The items of a list; empty for other kinds.
    pub fn items(&self, _node: NodeId) -> &[NodeId] {
        &[]
    }

    /// The entries of a map in file order, merged ones last; of a duplicate key only the first; empty for other kinds.
    pub fn entries(&self, _node: NodeId) -> &[Entry] {
        &[]
    }

    /// The entry of a map whose key is the scalar `key`.
    pub fn entry(&self, node: NodeId, key: &str) -> Option<Entry> {
        self.entries(node)
            .iter()
            .copied()
            .find(|entry| self.scalar(entry.key) == Some(key))
    }

    /// The value under `key` of a map.
    pub fn get(&self, node: NodeId, key: &str) -> Option<NodeId> {
        self.entry(node, key).map(|entry| entry.value)
    }

    /// All comments, in file order.
    pub fn comments(&self) -> &[Comment] {
        &[]
    }
}
