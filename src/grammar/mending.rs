//! What is read otherwise than it is written.

use crate::yaml::{NodeId, Tree};

/// What a walk found to be meant otherwise, or to mean nothing. All of it is reported; stages that read the mended tree
/// say nothing that only follows from it.
#[derive(Debug, Default)]
#[must_use]
pub struct Mending {
    /// Misspelt keynames, with those that are meant.
    renamed: Vec<(NodeId, &'static str)>,
    /// Values that are of the wrong kind, or stand under keynames that their version does not have.
    refused: Vec<NodeId>,
}

impl Mending {
    pub(super) fn rename(&mut self, key: NodeId, name: &'static str) {
        self.renamed.push((key, name));
    }

    pub(super) fn refuse(&mut self, value: NodeId) {
        self.refused.push(value);
    }

    /// The tree as it is meant; none where that is as it is written. What was refused is unreadable in it.
    pub fn of(&self, tree: &Tree) -> Option<Tree> {
        let is_sound = self.renamed.is_empty() && self.refused.is_empty();
        (!is_sound).then(|| tree.mended(&self.renamed, &self.refused))
    }
}
