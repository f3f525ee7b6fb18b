//! Templates (`{{ … }}`), which are to be filled in before anybody reads the file.

use super::Fault;
use super::words::value;
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;

/// A template begins at `at`.
pub(super) fn template(builder: &Builder<'_>, at: usize) -> Fault {
    Fault::new(at, template_value(builder, at))
}

/// The message for `{{ … }}`, which begins at `at`.
pub(in crate::yaml) fn template_value(builder: &Builder<'_>, at: usize) -> Diagnostic {
    let word = value(builder.text, at);
    let diagnostic = Diagnostic::new(
        &codes::TEMPLATE_VALUE,
        builder.span(at, at + word.len()),
        "this is a template, not a value",
    )
    .label("to YAML, each `{` opens a map")
    .note("khor reads files as they are; nothing fills in templates before");
    let hint = if word.contains('"') {
        format!("'{}'", word.replace('\'', "''"))
    } else {
        format!("\"{word}\"")
    };
    diagnostic.help(format!(
        "fill it in before, or use an input (`{{ get_input: … }}`); if the text itself is meant, quote it: `{hint}`"
    ))
}
