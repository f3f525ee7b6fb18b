//! Lines and words that belong to nothing that is open.

use super::Fault;
use super::words::{short, value};
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;
use crate::yaml::line::Line;

/// Something stands where a key or an item was expected.
pub(super) fn misplaced(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let line = Line::at(text, at);
    if at <= line.start + line.indent {
        return bad_indentation(builder, line.start + line.indent);
    }
    behind_value(builder, at)
}

/// Something stands on a line whose value is complete before it.
pub(in crate::yaml) fn behind_value(builder: &Builder<'_>, at: usize) -> Fault {
    let word = value(builder.text, at);
    let span = builder.span(at, at + word.len());
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        span,
        format!("`{}` stands behind a value that is complete", short(word)),
    )
    .help("begin a new line, or quote the whole value");
    Fault::new(at, diagnostic)
}

/// A line begins in a column where nothing is open.
pub(in crate::yaml) fn bad_indentation(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let line = Line::at(text, at);
    let word = value(text, at);
    let name = word.split(": ").next().unwrap_or(word).trim_end_matches(':');
    let span = builder.span(at, at + name.len());
    let same = builder
        .frames
        .iter()
        .rev()
        .find(|frame| !frame.flow && frame.column == line.indent);
    let diagnostic = match same {
        Some(frame) if frame.map && line.is_item(text) => Diagnostic::new(
            &codes::BAD_INDENTATION,
            builder.span(at, at + 1),
            "a list item where a key of a map was expected",
        )
        .label("lines with this indentation are keys")
        .help("indent the list deeper than the key it belongs to"),
        Some(frame) if !frame.map && !line.is_item(text) => Diagnostic::new(
            &codes::BAD_INDENTATION,
            span,
            format!("`{}` stands between the items of a list", short(name)),
        )
        .label("lines with this indentation begin with `- `")
        .help("begin it with `- `, or indent it as deep as the text of the item that it belongs to"),
        _ => {
            let mut columns: Vec<usize> = builder
                .frames
                .iter()
                .filter(|frame| !frame.flow)
                .map(|frame| frame.column)
                .collect();
            columns.extend(line_above(text, line.start).map(|above| above.indent));
            columns.sort_unstable();
            columns.dedup();
            let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            let open = match columns.as_slice() {
                [] => "0".to_owned(),
                [one] => one.clone(),
                [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
            };
            Diagnostic::new(
                &codes::BAD_INDENTATION,
                span,
                format!("the indentation of `{}` fits nothing above it", short(name)),
            )
            .label(format!("indented by {}", line.indent))
            .help(format!("indent it by {open}, like the lines that it belongs to"))
        }
    };
    Fault::new(at, diagnostic)
}

/// Something stands behind the document's root, which is complete.
pub(in crate::yaml) fn behind_root(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let word = value(text, at);
    let line = Line::at(text, at);
    let root = builder.tree.root.map(|root| builder.tree.span(root));
    let indented = root.is_some_and(|root| Line::at(text, root.start as usize).indent > line.indent);
    let span = builder.span(at, at + word.len());
    let diagnostic = if indented {
        Diagnostic::new(
            &codes::BAD_INDENTATION,
            span,
            format!(
                "`{}` is indented less than the beginning of the document",
                short(word)
            ),
        )
        .help("begin all lines of the outermost level in the same column")
    } else {
        Diagnostic::new(
            &codes::SYNTAX,
            span,
            format!("`{}` stands behind the end of the document", short(word)),
        )
        .note("the document is complete before it: a file holds one value, for a topology a map or a list")
    };
    Fault::new(at, diagnostic)
}

/// A list begins at `at`, on the line of its key.
pub(super) fn list_behind_key(builder: &Builder<'_>, at: usize) -> Fault {
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        builder.span(at, at + 1),
        "a list cannot begin on the line of its key",
    )
    .help("begin the list on the next line, or write it in brackets: `[one, other]`");
    Fault::new(at, diagnostic)
}

/// The line above the one at `start` that holds more than blanks and comments.
pub(super) fn line_above(text: &str, mut start: usize) -> Option<Line> {
    while start > 0 {
        let line = Line::at(text, start - 1);
        let content = text[line.start..line.end].trim();
        if !content.is_empty() && !content.starts_with('#') {
            return Some(line);
        }
        start = line.start;
    }
    None
}
