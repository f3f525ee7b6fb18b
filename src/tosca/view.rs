//! A node of some tree, read leniently: what is not of the asked-for shape is `None` or empty. Wrong shapes are the
//! grammar walker's to report, so nothing here does.

use super::{Version, grammar};
use crate::diagnostic::Sink;
use crate::grammar::Mending;
use crate::source::{SourceId, Span};
use crate::yaml::{Kind, NodeId, ScalarStyle, Tree};

/// A node together with its tree. Small and copyable; two views are equal if they show the same place.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    tree: &'a Tree,
    node: NodeId,
}

impl PartialEq for View<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<'a> View<'a> {
    /// The document of a tree.
    pub(super) fn root(tree: &'a Tree) -> Option<Self> {
        tree.root().map(|node| Self { tree, node })
    }

    /// A node of a tree.
    pub(super) fn new(tree: &'a Tree, node: NodeId) -> Self {
        Self { tree, node }
    }

    /// The node that is viewed.
    pub(super) fn node(self) -> NodeId {
        self.node
    }

    /// What identifies the place in one run.
    pub(super) fn id(self) -> (SourceId, NodeId) {
        (self.tree.source(), self.node)
    }

    /// Holds the document against the grammar of a version.
    pub(super) fn check_grammar(self, version: Version, sink: &mut Sink) -> Mending {
        grammar::check(self.tree, self.node, version, sink)
    }

    pub(super) fn source(self) -> SourceId {
        self.tree.source()
    }

    pub(super) fn span(self) -> Span {
        self.tree.span(self.node)
    }

    /// The text of a scalar.
    pub(super) fn text(self) -> Option<&'a str> {
        self.tree.scalar(self.node)
    }

    /// The text of a scalar that names something: not null, not blank.
    pub(super) fn name(self) -> Option<&'a str> {
        self.text().filter(|text| !self.is_null() && !text.is_empty())
    }

    pub(super) fn is_plain(self) -> bool {
        self.tree.style(self.node) == Some(ScalarStyle::Plain)
    }

    pub(super) fn is_null(self) -> bool {
        self.tree.is_null(self.node)
    }

    pub(super) fn is_map(self) -> bool {
        self.tree.kind(self.node) == Kind::Mapping
    }

    pub(super) fn is_list(self) -> bool {
        self.tree.kind(self.node) == Kind::Sequence
    }

    pub(super) fn is_scalar(self) -> bool {
        self.tree.kind(self.node) == Kind::Scalar
    }

    /// Unreadable, and already reported.
    pub(super) fn is_error(self) -> bool {
        self.tree.kind(self.node) == Kind::Error
    }

    /// Whether there may be more under `section` than what is there: it, or a part of it, could not be read, which is
    /// reported. What seems to be missing in it may be only a consequence.
    pub(super) fn has_lost(self, section: &str) -> bool {
        let lost = |node| self.tree.is_broken(node) || self.tree.kind(node) == Kind::Error;
        let section = self.tree.get(self.node, section);
        lost(self.node)
            || section.is_some_and(|section| {
                lost(section) || self.tree.items(section).iter().any(|&item| lost(item))
            })
    }

    /// The value under `key`; none where it is null.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        self.get_nullable(key).filter(|value| !value.is_null())
    }

    /// The value under `key`, even if it is null.
    pub(super) fn get_nullable(self, key: &str) -> Option<Self> {
        self.tree.get(self.node, key).map(|node| self.at(node))
    }

    /// The key node `key` itself: its span is where a fault of the entry as a whole is shown.
    pub(super) fn key(self, key: &str) -> Option<Self> {
        self.tree.entry(self.node, key).map(|entry| self.at(entry.key))
    }

    /// The name under `key`: a scalar that is neither null nor empty.
    pub(super) fn name_of(self, key: &str) -> Option<(Self, &'a str)> {
        let value = self.get(key)?;
        Some((value, value.name()?))
    }

    /// The items of a list.
    pub(super) fn items(self) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + 'a {
        let tree = self.tree;
        tree.items(self.node).iter().map(move |&node| Self { tree, node })
    }

    /// The entries of a map whose keys are scalars: key, its text, value.
    pub(super) fn entries(self) -> impl Iterator<Item = (Self, &'a str, Self)> + 'a {
        let tree = self.tree;
        tree.entries(self.node).iter().filter_map(move |entry| {
            let key = tree.scalar(entry.key)?;
            Some((
                Self {
                    tree,
                    node: entry.key,
                },
                key,
                Self {
                    tree,
                    node: entry.value,
                },
            ))
        })
    }

    /// The number of entries, whatever their keys.
    pub(super) fn width(self) -> usize {
        self.tree.entries(self.node).len()
    }

    /// The only entry of a map that has exactly one.
    pub(super) fn only_entry(self) -> Option<(Self, &'a str, Self)> {
        if self.width() == 1 {
            self.entries().next()
        } else {
            None
        }
    }

    /// Entries of the map under `key`.
    pub(super) fn entries_of(self, key: &str) -> impl Iterator<Item = (Self, &'a str, Self)> + 'a {
        self.get(key).into_iter().flat_map(Self::entries)
    }

    /// What a list of single-entry maps (TOSCA's ordered maps: requirements, policies of 1.x) holds; a plain map is
    /// taken for the same. Items with several keys are the grammar walker's to report, and not looked into.
    pub(super) fn ordered(self) -> Vec<(Self, &'a str, Self)> {
        if self.is_map() {
            return self.entries().collect();
        }
        self.items().filter_map(Self::only_entry).collect()
    }

    fn at(self, node: NodeId) -> Self {
        Self {
            tree: self.tree,
            node,
        }
    }
}
