//! From a text to its tree.

use std::sync::Arc;

use camino::Utf8Path;
use granit_parser::{Event, Parser, options};

use super::build::Builder;
use super::{Tree, limits};
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

fn unreadable(sources: &mut SourceMap, path: &Utf8Path, asked: Option<Span>, error: &ReadError) -> Diagnostic {
    match error {
        ReadError::Load(error) => {
            let place = asked.unwrap_or_else(|| Span::file(sources.add(path, "")));
            Diagnostic::new(&codes::UNREADABLE_FILE, place, format!("cannot read `{path}`: {error}"))
        }
        ReadError::NotUtf8 { place, what } => Diagnostic::new(&codes::NOT_UTF8, *place, *what)
            .label("the first byte that cannot be read")
            .help("save the file as UTF-8"),
    }
}

/// Reads the text of `source` into a tree. Faults go to `sink`; the tree holds what could be read.
pub fn parse(sources: &SourceMap, source: SourceId, sink: &mut Sink) -> Tree {
    let text = Arc::clone(&sources.get(source).text);
    let mut builder = Builder::new(source, &text, sink);
    let options = options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: limits::DEPTH + 1,
        block_nesting_limit: limits::DEPTH + 1,
        max_buffered_comment_events: usize::MAX,
    };
    let mut parser = Parser::new_from_str_with_options(&text, options);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((Event::DocumentEnd | Event::StreamEnd, _)) => break,
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or_default();
                if !builder.event(event, range.start, range.end, span.start.col()) {
                    let span = builder.span(range.start, range.end);
                    builder.sink.push(super::build::too_deep(span));
                    break;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or_default().min(text.len());
                let span = builder.span(at, at);
                builder.sink.push(Diagnostic::new(&codes::SYNTAX, span, error.info()));
                break;
            }
        }
    }
    while !builder.frames.is_empty() {
        builder.mark_broken();
        builder.close(None);
    }
    builder.tree.broken.sort_unstable();
    builder.tree
}
