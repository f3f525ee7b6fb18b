//! The front of the compiler, shared by all verbs that take a file: a path in, a topology out.

use camino::Utf8Path;

use crate::diagnostic::Sink;
use crate::source::{Loader, SourceMap};
use crate::topology::Topology;
use crate::yaml::Tree;
use crate::{khoreia, lint, tosca, yaml};

/// Reads the file at `path`, and what it imports, into a topology. Faults go to `sink`; none, if there is no document
/// to be had (then at least one fault says why).
///
/// A list is khoreia's format, anything else is TOSCA.
pub fn read(
    path: &Utf8Path,
    loader: &dyn Loader,
    options: &tosca::Options,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Topology> {
    let tree = yaml::read(sources, loader, path, None, sink)?;
    lower(&tree, loader, options, sources, sink)
}

/// The topology of a document that is already a tree.
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
