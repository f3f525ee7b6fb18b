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
    match sources.load(loader, path) {
        Ok(source) => Some(parse(sources, source, sink)),
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

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::diagnostic::Sink;
    use crate::source::SourceMap;
    use crate::yaml::Tree;

    fn tree(text: &str) -> (Tree, Vec<String>) {
        let mut sources = SourceMap::new();
        let source = sources.add("t.yaml", text);
        let mut sink = Sink::new();
        let tree = parse(&sources, source, &mut sink);
        let words = sink
            .into_sorted()
            .into_iter()
            .map(|diagnostic| diagnostic.message)
            .collect();
        (tree, words)
    }

    #[test]
    fn merges_are_carried_out_and_explicit_keys_win() {
        let (tree, words) = tree("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n  z: 4\n");
        assert!(words.is_empty(), "{words:?}");
        let b = tree.get(tree.root().unwrap(), "b").unwrap();
        let pairs: Vec<_> = tree
            .entries(b)
            .iter()
            .map(|entry| (tree.scalar(entry.key).unwrap(), tree.scalar(entry.value).unwrap()))
            .collect();
        assert_eq!(pairs, [("y", "3"), ("z", "4"), ("x", "1")]);
    }

    #[test]
    fn duplicate_keys_are_found_in_small_and_in_large_maps() {
        let (_, words) = tree("a: 1\nb: 2\na: 3\n");
        assert_eq!(words, ["the key `a` stands twice in this map"]);
        let large: String = (0..1000).map(|at| format!("k{}: {at}\n", at % 999)).collect();
        let (tree, words) = tree(&large);
        assert_eq!(words, ["the key `k0` stands twice in this map"]);
        let root = tree.root().unwrap();
        assert_eq!(tree.entries(root).len(), 999);
        assert_eq!(tree.scalar(tree.get(root, "k0").unwrap()), Some("0"));
        assert_eq!(tree.scalar(tree.get(root, "k998").unwrap()), Some("998"));
    }
}
