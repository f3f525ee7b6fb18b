//! Functions and constraint operators that another processor adds to the language, and that a file says so of.
//!
//! Some processors let a template bring its own: an entry of `metadata` whose key ends in `tosca.function.NAME` or
//! `tosca.constraint.NAME` holds the code. Such names are no faults of the template, but khor cannot carry them out: it
//! warns, and takes what they give for unknown.

use super::Version;
use super::function;
use super::import::Forest;
use super::view::View;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};
use crate::grammar::Mending;

const OPERATOR: &str = "tosca.constraint.";
const FUNCTION: &str = "tosca.function.";

/// Whether the metadata of a document has an entry for `name`.
fn declares(root: View<'_>, kind: &str, name: &str) -> bool {
    let mut keys = root.entries_of("metadata");
    keys.any(|(_, key, _)| key.strip_suffix(name).is_some_and(|front| front.ends_with(kind)))
}

fn soften(mut fault: Diagnostic) -> Diagnostic {
    fault.severity = Severity::Warning;
    fault
        .note("by the metadata of this file another processor defines it; khor does not know what it does")
        .help("keep to the functions and operators of the standard, so that every processor reads the file alike")
}

/// Holds a document, whose text is `text`, against the grammar. Operators of other processors are warned of; where a call
/// stands for what must be written as it is, that is said.
pub(super) fn check_grammar(root: View<'_>, text: &str, version: Version, sink: &mut Sink) -> Mending {
    let mut found = Sink::new();
    let mending = root.check_grammar(version, &mut found);
    for fault in found.into_sorted() {
        let at = text.get(fault.span.range()).unwrap_or_default();
        let is_theirs = fault.code == &codes::UNKNOWN_KEYNAME && declares(root, OPERATOR, at);
        sink.push(if is_theirs {
            soften(fault)
        } else {
            function::not_here(fault, at)
        });
    }
    mending
}

/// Whether a value calls a function of another processor.
pub(super) fn is_call(forest: &Forest<'_>, value: View<'_>) -> bool {
    let Some((_, name, _)) = value.only_entry() else {
        return false;
    };
    let root = forest.file(forest.file_of(value)).root();
    root.is_some_and(|root| declares(root, FUNCTION, name))
}

/// The warning for such a call.
pub(super) fn called(value: View<'_>) -> Option<Diagnostic> {
    let (key, name, _) = value.only_entry()?;
    Some(soften(Diagnostic::new(
        &codes::UNKNOWN_FUNCTION,
        key.span(),
        format!("unknown function `{name}`"),
    )))
}
