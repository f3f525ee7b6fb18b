//! Brackets: never closed, closed by another kind, closing nothing; and what stands inside of them.

use granit_parser::ErrorKind;

use super::Fault;
use super::words::{next_character, value};
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;
use crate::yaml::line::Line;

/// Whether the parser complains like this only inside of brackets.
pub(super) fn is_about_brackets(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidColonPlacement
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::InvalidFlowScalarIndent
            | ErrorKind::FlowMappingValueAdjacentCollection
    )
}

/// Where the outermost open bracket stands.
pub(super) fn outer_bracket(builder: &Builder<'_>) -> Option<usize> {
    let outer = builder.frames.iter().find(|frame| frame.flow);
    outer.map(|frame| builder.start_of(frame))
}

/// The same, for a bracket that the parser has read, but not told of yet (all of it might turn out to be a key).
pub(super) fn pending_bracket(builder: &Builder<'_>, at: usize) -> Option<usize> {
    let from = builder.last.min(at);
    let mut before = ' ';
    builder.text[from..at]
        .char_indices()
        .find_map(|(nth, character)| {
            let opens = matches!(character, '[' | '{') && before.is_whitespace();
            before = character;
            opens.then_some(from + nth)
        })
}

/// The bracket `open` at `at` is never closed; it should be before `until`, if that is known.
pub(super) fn unclosed(builder: &Builder<'_>, at: usize, open: char, until: Option<usize>) -> Fault {
    let close = if open == '[' { ']' } else { '}' };
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_BRACKET,
        builder.span(at, at + 1),
        format!("`{open}` is never closed"),
    )
    .label("opened here")
    .help(format!("write `{close}` behind the last item"));
    let diagnostic = match until {
        Some(until) => {
            let word = value(builder.text, until);
            let span = builder.span(until, until + word.len());
            diagnostic.related(span, format!("`{close}` is missing before this"))
        }
        None => diagnostic,
    };
    Fault::new(at, diagnostic)
}

/// The parser points at the bracket that opens; the one that closes is the first of its kind behind what was read.
pub(super) fn mismatched(builder: &Builder<'_>, at: usize, open: char, close: char) -> Fault {
    let right = if open == '[' { ']' } else { '}' };
    let from = builder.last.max(at);
    let place = builder.text[from..].find(close).map_or(at, |nth| from + nth);
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_BRACKET,
        builder.span(place, place + 1),
        format!("`{open}` is closed by `{close}`"),
    )
    .label("this closes another kind")
    .related(builder.span(at, at + 1), "opened here")
    .help(format!("write `{right}`, or close the bracket in between first"));
    Fault::new(at, diagnostic)
}

/// The bracket at `at` closes nothing.
pub(super) fn misplaced_end(builder: &Builder<'_>, at: usize) -> Fault {
    let bracket = &builder.text[at..next_character(builder.text, at)];
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_BRACKET,
        builder.span(at, at + bracket.len()),
        format!("`{bracket}` closes nothing"),
    )
    .help("remove it, or write the bracket that opens; quote it if it is part of a text");
    Fault::new(at, diagnostic)
}

/// Inside of brackets, the outermost at `outer`, something that is neither an item nor a comma.
pub(super) fn inside_brackets(builder: &Builder<'_>, at: usize, outer: usize) -> Fault {
    let text = builder.text;
    let inner = builder.frames.iter().rev().find(|frame| frame.flow);
    let start = inner.map_or(outer, |frame| builder.start_of(frame));
    let (line, opened) = (Line::at(text, at), Line::at(text, outer));
    let (open, close) = if text[start..].starts_with('{') {
        ('{', '}')
    } else {
        ('[', ']')
    };
    // The map or list that holds the brackets may begin in the middle of their line, behind a `- `.
    let holder = builder.frames.iter().take_while(|frame| !frame.flow).last();
    let limit = holder.map_or(opened.indent, |frame| frame.column.max(opened.indent));
    if line.start > opened.start && line.indent <= limit {
        return unclosed(builder, start, open, Some(line.start + line.indent));
    }
    let word = value(text, at);
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        builder.span(at, at + word.len().max(1).min(text.len() - at)),
        format!("`,` or `{close}` was expected here"),
    )
    .related(builder.span(start, start + 1), "inside of this")
    .help("write a comma between items; quote a text that holds `: `, `,` or brackets");
    Fault::new(at, diagnostic)
}
