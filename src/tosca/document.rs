//! What was read: the files of a service template, for rules that look at the text as it stands.

use super::import::Forest;
use crate::source::Span;
use crate::yaml::Tree;

/// The files that a service template is made of; the first is the template itself.
#[derive(Debug)]
pub struct Document<'t> {
    pub(super) forest: Forest<'t>,
}

/// One file of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub struct File<'d> {
    /// Its text as a tree.
    pub tree: &'d Tree,
    /// Part of khor, not of the user's.
    pub embedded: bool,
}

impl Document<'_> {
    /// All files, the service template first; the normative profiles among them.
    pub fn files(&self) -> impl Iterator<Item = File<'_>> {
        self.forest.iter().map(|(_, file)| File {
            tree: file.tree(),
            embedded: file.embedded,
        })
    }

    /// The imports of file `at`: where each is asked for, and the index of the file it means.
    pub fn imports(&self, at: usize) -> impl Iterator<Item = (Span, usize)> {
        let file = self.forest.iter().nth(at).map(|(_, file)| file);
        let imports = file.into_iter().flat_map(|file| &file.imports);
        imports.map(|import| (import.span, import.file.index()))
    }
}
