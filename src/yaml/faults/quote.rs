//! Quoted texts: never closed, closed too early, wrong escapes.

use super::Fault;
use super::words::{next_character, short, value};
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;
use crate::yaml::line::{Line, line_start};

/// The quote at `at` is never closed.
pub(super) fn unclosed_quote(builder: &Builder<'_>, at: usize) -> Fault {
    let quote = builder.text[at..].chars().next().unwrap_or('"');
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_QUOTE,
        builder.span(at, next_character(builder.text, at)),
        "this quote is never closed",
    )
    .label("opened here")
    .help(format!("write `{quote}` behind the end of the text"));
    Fault::new(at, diagnostic)
}

/// Something stands behind a closing quote. Is it the one that was meant to close?
pub(super) fn behind_quote(builder: &Builder<'_>, at: usize, quote: char) -> Fault {
    let text = builder.text;
    let from = builder.last.min(at);
    let opening = text[from..at]
        .match_indices(quote)
        .map(|(nth, _)| from + nth)
        .find(|&nth| {
            let before = text[..nth].chars().next_back();
            before.is_none_or(|before| before.is_whitespace() || matches!(before, '[' | '{' | ',' | ':'))
        });
    let opening = opening.unwrap_or(at);
    if Line::at(text, opening).start < line_start(text, at) {
        return unclosed_quote(builder, opening);
    }
    let word = value(text, at);
    let help = if quote == '"' {
        "inside of double quotes, write `\\\"` for a quote"
    } else {
        "inside of single quotes, write `''` for a quote"
    };
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_QUOTE,
        builder.span(at, at + word.len()),
        format!("`{}` stands behind the closing quote", short(word)),
    )
    .label("the text ends before this")
    .related(builder.span(opening, opening + 1), "and begins here")
    .help(help);
    Fault::new(at, diagnostic)
}

/// One of the escapes behind `at` is none.
pub(super) fn escape(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let mut rest = text[at..].char_indices();
    let mut place = at;
    while let Some((nth, character)) = rest.next() {
        if character == '\\'
            && let Some((_, escaped)) = rest.next()
            && !"0abtnvfre \"/\\N_LP\n\r\t".contains(escaped)
        {
            place = at + nth;
            break;
        }
    }
    let end = next_character(text, next_character(text, place));
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        builder.span(place, end),
        format!("`{}` is no escape", &text[place..end]),
    )
    .help("in double quotes, write `\\\\` for a backslash; in single quotes a backslash is just a backslash");
    Fault::new(at, diagnostic)
}
