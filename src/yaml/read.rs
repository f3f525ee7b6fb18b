//! From a text to its tree.

use std::sync::Arc;

use camino::Utf8Path;

use super::Tree;
use super::build::Builder;
use super::recover::Reader;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{Loader, ReadError, SourceId, SourceMap, Span};

/// Reads the file at `path` into `sources` and its text into a tree. Faults go to `sink`; a file that cannot be had is
/// reported at `asked`, the place that asks for it, or else as a fault of that file.
pub fn read(
    sources: &mut SourceMap,
    loader: &dyn Loader,
    path: &Utf8Path,
    asked: Option<Span>,
    sink: &mut Sink,
) -> Option<Tree> {
    let source = text(sources, loader, path, asked, sink)?;
    Some(parse(sources, source, sink))
}

/// Reads the file at `path` into `sources`, as [`read`] does, and leaves its text as it is.
pub fn text(
    sources: &mut SourceMap,
    loader: &dyn Loader,
    path: &Utf8Path,
    asked: Option<Span>,
    sink: &mut Sink,
) -> Option<SourceId> {
    match sources.load(loader, path) {
        Ok(source) => Some(source),
        Err(error) => {
            sink.push(unreadable(sources, path, asked, &error));
            None
        }
    }
}

fn unreadable(
    sources: &mut SourceMap,
    path: &Utf8Path,
    asked: Option<Span>,
    error: &ReadError,
) -> Diagnostic {
    match error {
        ReadError::Load(error) => {
            let place = asked.unwrap_or_else(|| Span::file(sources.add(path, "")));
            Diagnostic::new(
                &codes::UNREADABLE_FILE,
                place,
                format!("cannot read `{path}`: {error}"),
            )
        }
        ReadError::NotUtf8 { place, what } => Diagnostic::new(&codes::NOT_UTF8, *place, *what)
            .label("the first byte that cannot be read")
            .help("save the file as UTF-8"),
    }
}

/// Reads the text of `source` into a tree. Faults go to `sink`; the tree holds what could be read.
pub fn parse(sources: &SourceMap, source: SourceId, sink: &mut Sink) -> Tree {
    let text = Arc::clone(&sources.get(source).text);
    let before = sink.diagnostics().len();
    let mut builder = Builder::new(source, &text, sink);
    Reader::new(&mut builder).run();
    let Builder { mut tree, sink, .. } = builder;
    tree.broken.sort_unstable();
    tree.broken.dedup();
    if let Some(root) = tree.root
        && tree.nodes.len() == 1
        && tree.is_null(root)
        && tree.span(root).start == tree.span(root).end
    {
        tree.root = None;
    }
    if tree.root.is_none() && sink.diagnostics().len() == before {
        sink.push(
            Diagnostic::new(&codes::EMPTY_FILE, Span::file(source), "this file is empty")
                .note("there is nothing but blanks and comments in it"),
        );
    }
    tree
}
