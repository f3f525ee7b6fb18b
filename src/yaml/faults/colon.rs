//! Colons: missing, or one too many.

use super::Fault;
use super::indentation::{line_above, misplaced};
use super::words::{short, value};
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;
use crate::yaml::line::Line;

/// A line in a map that is neither `key: value` nor part of a value.
pub(in crate::yaml) fn missing_colon(builder: &Builder<'_>, at: usize) -> Fault {
    let word = value(builder.text, at);
    let span = builder.span(at, at + word.len());
    let squeezed = word
        .split_once(':')
        .filter(|(key, rest)| !key.is_empty() && !rest.is_empty());
    let diagnostic = if let Some((key, rest)) = squeezed {
        Diagnostic::new(
            &codes::MISSING_COLON,
            span,
            format!("no blank behind the colon of `{}`", short(key)),
        )
        .label("YAML reads this as one word")
        .help(format!("write `{}: {}`", short(key), short(rest)))
    } else {
        Diagnostic::new(
            &codes::MISSING_COLON,
            span,
            format!("no colon behind `{}`", short(word)),
        )
        .label("a key of this map was expected")
        .help(format!(
            "write `{}:` if it is a key; indent it if it goes on with the value above",
            short(word)
        ))
    };
    Fault::new(at, diagnostic)
}

/// A colon whose key cannot be one.
pub(super) fn value_not_allowed(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let line = Line::at(text, at);
    let first = line.start + line.indent;
    let key = text[first..at].trim();
    let before = key.find(": ").or_else(|| {
        key.starts_with("- ")
            .then(|| key[2..].find(": ").map(|at| at + 2))?
    });
    if let Some(colon) = before {
        let start = first + colon + 1;
        let start = start + (text[start..].len() - text[start..].trim_start().len());
        let word = value(text, start);
        let diagnostic = Diagnostic::new(
            &codes::UNQUOTED_COLON,
            builder.span(at, at + 1),
            "a second `: ` in one line",
        )
        .label("this would make the value before it a key")
        .help(format!(
            "quote the value if it is a text: `\"{}\"`; put it on lines of its own if it is a map",
            word.replace('"', "\\\"")
        ));
        return Fault::new(at, diagnostic);
    }
    let Some(above) = line_above(text, line.start) else {
        return misplaced(builder, first);
    };
    let content = text[above.start + above.indent..above.end].trim_end();
    let content = content.strip_prefix("- ").unwrap_or(content).trim_start();
    let has_colon = content.contains(": ") || content.ends_with(':');
    if !has_colon {
        let at = above.start + text[above.start..].find(content).unwrap_or_default();
        return Fault {
            at: first,
            ..missing_colon(builder, at)
        };
    }
    let parent = content.split(": ").next().unwrap_or_default();
    let diagnostic = Diagnostic::new(
        &codes::BAD_INDENTATION,
        builder.span(first, at),
        format!("`{}` is indented deeper than the line above", short(key)),
    )
    .label(format!(
        "`{}` has a value already: nothing can be nested in it",
        short(parent)
    ))
    .help(format!(
        "indent it like `{}`, by {}; or remove that value",
        short(parent),
        blanks(above.start, text, parent)
    ));
    Fault::new(first, diagnostic)
}

/// "4 blanks": where `word` stands in the line at `start`.
fn blanks(start: usize, text: &str, word: &str) -> String {
    let column = text[start..].find(word).unwrap_or_default();
    format!("{column} blank{}", if column == 1 { "" } else { "s" })
}
