//! The front of the compiler, shared by all verbs that take a file: a path in, a topology out.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::DiskLoader;
use super::files::Files;
use super::project::Project;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{Archive, ArchiveError, LoadError, Loader, PACKED, SourceMap, Span};
use crate::topology::Topology;
use crate::tosca::csar;
use crate::yaml::{self, Tree, limits};
use crate::{khoreia, lint, tosca};

/// What a path leads to: topologies, and where their files come from.
#[derive(Debug)]
pub struct Opened {
    /// Gives the files.
    pub files: Files,
    /// The topology itself.
    pub main: Utf8PathBuf,
    /// Further service templates of an archive: for substitution only.
    pub others: Vec<Utf8PathBuf>,
    is_root_form: bool,
}

impl Opened {
    /// A file of this machine, not looked at.
    fn file(path: &Utf8Path, files: Files) -> Self {
        Self {
            files,
            main: path.to_owned(),
            others: Vec::new(),
            is_root_form: false,
        }
    }

    fn found(files: Files, entry: csar::Entry) -> Self {
        Self {
            is_root_form: entry.is_root_form && files.is_archive(),
            files,
            main: entry.definitions,
            others: entry.others,
        }
    }

    /// Reads the topology at `path`, which is one of those opened. Faults go to `sink`; none, if there is no document
    /// to be had (then at least one fault says why).
    pub fn read(
        &self,
        path: &Utf8Path,
        options: &tosca::Options,
        sources: &mut SourceMap,
        sink: &mut Sink,
    ) -> Option<Topology> {
        let tree = self.tree(path, sources, sink)?;
        lower(&tree, &self.files, options, sources, sink)
    }

    /// As [`read`](Self::read), and the rules beyond validity are held against it.
    pub fn lint(
        &self,
        path: &Utf8Path,
        options: &tosca::Options,
        sources: &mut SourceMap,
        sink: &mut Sink,
    ) -> Option<Topology> {
        let tree = self.tree(path, sources, sink)?;
        lint(&tree, &self.files, options, sources, sink)
    }

    fn tree(&self, path: &Utf8Path, sources: &mut SourceMap, sink: &mut Sink) -> Option<Tree> {
        let tree = yaml::read(sources, &self.files, path, None, sink)?;
        if self.is_root_form {
            csar::check_root_form(&tree, sink);
        }
        Some(tree)
    }
}

/// Looks at what `path` is: a topology, an archive (`.csar`, `.zip`), or a folder that is laid out like an archive or
/// holds one topology. Faults go to `sink`; none, if there is nothing to be read.
pub fn open(
    path: &Utf8Path,
    project: &Arc<Project>,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Opened> {
    if is_archive(path) && !path.is_dir() {
        let archive = match read_archive(path) {
            Ok(archive) => archive,
            Err(fault) => {
                sink.push(fault.at(Span::file(sources.add(path, "")), path));
                return None;
            }
        };
        let root = archive.root().unwrap_or(path).to_owned();
        let entry = csar::entry(&root, path, &archive, sources, sink)?;
        return Some(Opened::found(
            Files::in_archive(archive, Arc::clone(project)),
            entry,
        ));
    }
    let files = Files::on_disk(Arc::clone(project));
    if path.is_dir() && csar::is_entered(path, &files) {
        let entry = csar::entry(path, path, &files, sources, sink)?;
        return Some(Opened::found(files, entry));
    }
    Some(Opened::file(path, files))
}

/// Whether a path has the name of an archive.
pub fn is_archive(path: &Utf8Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["csar", "zip"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

enum Fault {
    Load(LoadError),
    Archive(ArchiveError),
}

impl Fault {
    fn at(&self, place: Span, path: &Utf8Path) -> Diagnostic {
        match self {
            Self::Load(error) => Diagnostic::new(
                &codes::UNREADABLE_FILE,
                place,
                format!("cannot read `{path}`: {error}"),
            ),
            Self::Archive(error) => Diagnostic::new(
                &codes::BAD_ARCHIVE,
                place,
                format!("cannot read the archive: {error}"),
            )
            .help(match error {
                ArchiveError::Unreadable(_) | ArchiveError::Entry { .. } => {
                    "pack it again, with relative paths: `zip -r app.csar TOSCA-Metadata Definitions`"
                }
                ArchiveError::Entries | ArchiveError::TooLarge(_) => {
                    "let the scripts fetch what is large; what travels with an application is small"
                }
                ArchiveError::Bomb { .. } => "do not unpack it elsewhere either",
            }),
        }
    }
}

fn read_archive(path: &Utf8Path) -> Result<Archive, Fault> {
    let bytes = DiskLoader { limit: PACKED }.load(path).map_err(Fault::Load)?;
    Archive::new(path, bytes, limits::FILE_SIZE).map_err(Fault::Archive)
}

/// The topology of a document that is already a tree. A list is khoreia's format, anything else is TOSCA.
pub fn lower(
    tree: &Tree,
    loader: &dyn Loader,
    options: &tosca::Options,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Topology> {
    tree.root()?;
    Some(if khoreia::is_khoreia(tree) {
        khoreia::lower(tree, sources, sink)
    } else {
        tosca::lower(tree, sources, loader, options, sink)
    })
}

/// As [`lower`], and the rules beyond validity are held against it.
pub fn lint(
    tree: &Tree,
    loader: &dyn Loader,
    options: &tosca::Options,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Topology> {
    tree.root()?;
    let (topology, document) = if khoreia::is_khoreia(tree) {
        (khoreia::lower(tree, sources, sink), None)
    } else {
        tosca::read(tree, sources, loader, options, sink)
    };
    lint::check(&topology, document.as_ref(), sink);
    Some(topology)
}
