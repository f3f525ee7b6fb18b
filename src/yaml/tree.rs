//! The arena tree.

use std::collections::HashMap;
use std::sync::Arc;

use super::schema::{self, Value};
use crate::source::{SourceId, Span};

/// Maps with more entries than this get a sorted index: for look-ups, and to find duplicates in linear time (nearly).
pub(super) const WIDE: usize = 16;

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

/// The content of a node. An alias has the body of what it stands for, under a span of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// The bytes `start..start + len` of the source or, if `decoded`, of the tree's own buffer.
    Scalar {
        style: ScalarStyle,
        decoded: bool,
        start: u32,
        len: u32,
    },
    /// A range of `items`.
    Sequence {
        start: u32,
        len: u32,
    },
    /// A range of `entries`.
    Mapping {
        start: u32,
        len: u32,
    },
    Error,
}

/// One node: 20 bytes, so that a file of 100 MB makes a tree of a few times its size, not of twenty times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub start: u32,
    pub end: u32,
    pub body: Body,
}

/// One document.
///
/// An alias is a node of its own with its own span, and the kind and children of what it stands for; `<<` merges are
/// already carried out. A tree is finite and acyclic, but aliases share children: the parser refuses documents whose
/// walk would be out of proportion. Nothing is nested deeper than [`limits::DEPTH`](super::limits::DEPTH), aliases
/// followed, so that walks may recurse.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) source: SourceId,
    pub(super) text: Arc<String>,
    pub(super) root: Option<NodeId>,
    pub(super) nodes: Vec<Node>,
    pub(super) items: Vec<NodeId>,
    pub(super) entries: Vec<Entry>,
    /// What scalars say that do not say it letter by letter in the source: escapes, folded lines, block scalars.
    pub(super) decoded: String,
    pub(super) comments: Vec<Comment>,
    /// For maps with many entries, by their first entry: the entries' offsets, sorted by key.
    pub(super) wide: HashMap<u32, Box<[u32]>>,
    /// Scalars with a core tag that is not what their style says (`!!str 1`), by node.
    pub(super) tagged: HashMap<NodeId, schema::Type>,
    /// Nodes that lost a part to a syntax fault, sorted.
    pub(super) broken: Vec<NodeId>,
}

impl Tree {
    /// A tree without a document.
    pub fn empty(source: SourceId) -> Self {
        Self {
            source,
            text: Arc::default(),
            root: None,
            nodes: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            decoded: String::new(),
            comments: Vec::new(),
            wide: HashMap::new(),
            tagged: HashMap::new(),
            broken: Vec::new(),
        }
    }

    /// The source it was read from.
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// The document's node; none where the file is empty or wholly unreadable.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes, each once however often aliases lead to it.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..).map(NodeId).take(self.nodes.len())
    }

    /// Where the node stands. Of a list or map, from its first to its last character.
    pub fn span(&self, node: NodeId) -> Span {
        let node = self.node(node);
        Span::new(self.source, node.start, node.end)
    }

    /// What the node is.
    pub fn kind(&self, node: NodeId) -> Kind {
        match self.node(node).body {
            Body::Scalar { .. } => Kind::Scalar,
            Body::Sequence { .. } => Kind::Sequence,
            Body::Mapping { .. } => Kind::Mapping,
            Body::Error => Kind::Error,
        }
    }

    /// The text of a scalar (escapes and folding carried out); none for other kinds.
    ///
    /// Nothing is interpreted: `1.10` stays `1.10`, `yes` stays `yes`, and no value at all is the empty text.
    pub fn scalar(&self, node: NodeId) -> Option<&str> {
        match self.node(node).body {
            Body::Scalar {
                decoded, start, len, ..
            } => {
                let text: &str = if decoded { &self.decoded } else { &self.text };
                text.get(start as usize..start as usize + len as usize)
            }
            _ => None,
        }
    }

    /// Whether a node is a scalar with this text. Mostly its length tells, and its text is not looked at.
    fn says(&self, node: NodeId, said: &str) -> bool {
        match self.node(node).body {
            Body::Scalar {
                decoded, start, len, ..
            } if len as usize == said.len() => {
                let text: &str = if decoded { &self.decoded } else { &self.text };
                text.as_bytes().get(start as usize..start as usize + said.len()) == Some(said.as_bytes())
            }
            _ => false,
        }
    }

    /// How a scalar is written; none for other kinds.
    pub fn style(&self, node: NodeId) -> Option<ScalarStyle> {
        match self.node(node).body {
            Body::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    /// What a scalar means by the core schema of YAML 1.2 (section 10.3.2); none for other kinds.
    pub fn value(&self, node: NodeId) -> Option<Value<'_>> {
        let text = self.scalar(node)?;
        let plain = self.style(node) == Some(ScalarStyle::Plain);
        Some(match self.tagged.get(&node) {
            Some(&as_type) => schema::tagged(text, as_type),
            None if plain => schema::plain(text),
            None => Value::String(text),
        })
    }

    /// Whether the node is null by the core schema: nothing at all, `~` or `null`, unquoted.
    pub fn is_null(&self, node: NodeId) -> bool {
        match self.node(node).body {
            Body::Scalar {
                style: ScalarStyle::Plain,
                len: 0..=4,
                ..
            } => self.value(node) == Some(Value::Null),
            _ => false,
        }
    }

    /// The items of a list; empty for other kinds.
    pub fn items(&self, node: NodeId) -> &[NodeId] {
        match self.node(node).body {
            Body::Sequence { start, len } => &self.items[start as usize..start as usize + len as usize],
            _ => &[],
        }
    }

    /// The entries of a map in file order, merged ones last; of a duplicate key only the first; empty for other kinds.
    pub fn entries(&self, node: NodeId) -> &[Entry] {
        match self.node(node).body {
            Body::Mapping { start, len } => &self.entries[start as usize..start as usize + len as usize],
            _ => &[],
        }
    }

    /// The entries of all maps, each map's together; those that several aliases lead to once. Some may be in no map any more:
    /// what surrounds them was lost to a syntax fault.
    pub fn all_entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The items of all lists, as [`all_entries`](Self::all_entries) has the entries of maps.
    pub fn all_items(&self) -> &[NodeId] {
        &self.items
    }

    /// The entry of a map whose key is the scalar `key`. Logarithmic in large maps.
    pub fn entry(&self, node: NodeId, key: &str) -> Option<Entry> {
        let Body::Mapping { start, .. } = self.node(node).body else {
            return None;
        };
        let entries = self.entries(node);
        if entries.len() > WIDE {
            let sorted = self.wide.get(&start)?;
            let key_at = |at: u32| self.scalar(entries[at as usize].key);
            let found = sorted.binary_search_by(|&at| key_at(at).cmp(&Some(key))).ok()?;
            return Some(entries[sorted[found] as usize]);
        }
        entries.iter().copied().find(|entry| self.says(entry.key, key))
    }

    /// The value under `key` of a map.
    pub fn get(&self, node: NodeId, key: &str) -> Option<NodeId> {
        self.entry(node, key).map(|entry| entry.value)
    }

    /// All comments, in file order.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// Whether a part of this list or map was lost to a syntax fault, so that nothing can be said about what is
    /// missing in it.
    pub fn is_broken(&self, node: NodeId) -> bool {
        self.broken.binary_search(&node).is_ok()
    }

    /// Whether anything of the document was lost to a syntax fault.
    pub fn has_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// The entries from `from` on, as offsets sorted by key and, for equal keys, by place.
    pub(super) fn sorted(&self, from: usize) -> Box<[u32]> {
        let entries = &self.entries[from..];
        let mut sorted: Vec<u32> = (0..).take(entries.len()).collect();
        sorted.sort_by_key(|&at| self.scalar(entries[at as usize].key));
        sorted.into()
    }

    fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }
}
