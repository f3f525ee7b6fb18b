//! All files of one service template.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::Version;
use super::super::view::View;
use crate::diagnostic::Sink;
use crate::source::{SourceId, Span, is_url, url_folder};
use crate::yaml::Tree;

/// Names a file of one [`Forest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::tosca) struct FileId(pub(super) u32);

impl FileId {
    pub(in crate::tosca) fn index(self) -> usize {
        self.0 as usize
    }

    /// The service template itself.
    pub(in crate::tosca) const ROOT: Self = Self(0);
}

/// A tree that is the caller's (the service template) or ours (what it imports).
#[derive(Debug)]
pub(super) enum Held<'t> {
    Theirs(&'t Tree),
    Ours(Box<Tree>),
}

/// One import that was carried out.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct Import {
    /// What is imported.
    pub(in crate::tosca) file: FileId,
    /// `namespace_prefix`: the names of the file are seen as `prefix:name`.
    pub(in crate::tosca) prefix: Option<String>,
    /// The import entry that asks.
    pub(in crate::tosca) span: Span,
}

/// One file.
#[derive(Debug)]
pub(in crate::tosca) struct File<'t> {
    pub(super) tree: Held<'t>,
    /// The tree as it is meant: mended by the grammar, and templates that are copies of others made whole. None where
    /// that is as it is written.
    pub(super) meant: Option<Box<Tree>>,
    /// The version it declares; that of its importer where it declares none.
    pub(in crate::tosca) version: Version,
    /// Its path, relative names resolve against its folder; empty for embedded ones.
    pub(in crate::tosca) path: Utf8PathBuf,
    /// Part of khor: a normative profile or khor's own.
    pub(in crate::tosca) embedded: bool,
    /// What it imports, the implicit normative profile not counted.
    pub(in crate::tosca) imports: Vec<Import>,
    /// The normative profile of its version.
    pub(in crate::tosca) normative: Option<FileId>,
    /// An import of it, or of what it imports, failed: unknown names may be only a consequence.
    pub(in crate::tosca) incomplete: bool,
}

impl File<'_> {
    /// Its document as it is meant, if that is a map.
    pub(in crate::tosca) fn root(&self) -> Option<View<'_>> {
        View::root(self.meant()).filter(|root| root.is_map())
    }

    /// Its text as a tree, as it is meant.
    pub(in crate::tosca) fn meant(&self) -> &Tree {
        self.meant.as_deref().unwrap_or_else(|| self.tree())
    }

    /// Takes the tree that is meant, if it is another one than before.
    pub(in crate::tosca) fn mean(&mut self, tree: Option<Tree>) {
        self.meant = tree.map(Box::new).or_else(|| self.meant.take());
    }

    /// Its text as a tree, as it is written.
    pub(in crate::tosca) fn tree(&self) -> &Tree {
        match &self.tree {
            Held::Theirs(tree) => tree,
            Held::Ours(tree) => tree,
        }
    }

    /// The folder that relative names in it are resolved against.
    pub(in crate::tosca) fn folder(&self) -> &Utf8Path {
        if is_url(self.path.as_str()) {
            return Utf8Path::new(url_folder(self.path.as_str()));
        }
        self.path.parent().unwrap_or(Utf8Path::new(""))
    }
}

/// All files; the service template is the first.
#[derive(Debug, Default)]
pub(in crate::tosca) struct Forest<'t> {
    pub(super) files: Vec<File<'t>>,
    /// Per source, by its number, the file; none where it is not one of them.
    by_source: Vec<Option<FileId>>,
}

impl<'t> Forest<'t> {
    pub(in crate::tosca) fn file(&self, id: FileId) -> &File<'t> {
        &self.files[id.0 as usize]
    }

    pub(in crate::tosca) fn iter(&self) -> impl Iterator<Item = (FileId, &File<'t>)> {
        (0..).map(FileId).zip(&self.files)
    }

    pub(in crate::tosca) fn files_mut(&mut self) -> impl Iterator<Item = &mut File<'t>> {
        self.files.iter_mut()
    }

    /// The file that a view lies in.
    pub(in crate::tosca) fn file_of(&self, view: View<'_>) -> FileId {
        self.of_source(view.source()).unwrap_or(FileId::ROOT)
    }

    fn of_source(&self, source: SourceId) -> Option<FileId> {
        *self.by_source.get(source.0 as usize)?
    }

    pub(super) fn add(&mut self, file: File<'t>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let source = file.tree().source().0 as usize;
        self.by_source.resize(self.by_source.len().max(source + 1), None);
        self.by_source[source] = Some(id);
        self.files.push(file);
        id
    }
}

/// Hands the faults on; those in imported files get the import that asked for the file beside them.
pub(in crate::tosca) fn name_askers(forest: &Forest<'_>, root: SourceId, found: Sink, sink: &mut Sink) {
    let mut askers: HashMap<FileId, Span> = HashMap::new();
    for (_, file) in forest.iter() {
        for import in &file.imports {
            askers.entry(import.file).or_insert(import.span);
        }
    }
    for fault in found.into_sorted() {
        let file = forest.of_source(fault.span.source);
        let asker = file.and_then(|file| askers.get(&file));
        let fault = match asker {
            Some(&asker) if fault.span.source != root => fault.related(asker, "the file is imported here"),
            _ => fault,
        };
        sink.push(fault);
    }
}
