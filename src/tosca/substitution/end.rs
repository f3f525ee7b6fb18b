//! The inner end of a mapping: how it is written, and the node template it names.

use super::super::template::{NodeTemplate, Service};
use super::super::types::listing;
use super::super::view::View;
use crate::diagnostic::{Code, Diagnostic, Sink, codes, did_you_mean};

/// How a mapping is written.
pub(super) enum Mapped<'a> {
    /// Names, outermost first: `[ INPUT ]`, `[ NODE, MEMBER ]`, `[ NODE, CAPABILITY, PROPERTY ]`.
    Path(Vec<(View<'a>, &'a str)>),
    /// A constant.
    Value(View<'a>),
    /// Nothing that could be judged: empty, or of a form that the grammar reports.
    Nothing,
}

/// Reads a mapping: a list or a single name, or the extended form with `mapping` or `value`.
pub(super) fn mapped(value: View<'_>) -> Mapped<'_> {
    if value.is_null() || value.is_error() {
        return Mapped::Nothing;
    }
    if value.is_map() {
        return match (value.get("mapping"), value.get("value")) {
            (Some(mapping), _) if mapping.is_map() => Mapped::Nothing,
            (Some(mapping), _) => mapped(mapping),
            (None, Some(value)) => Mapped::Value(value),
            (None, None) => Mapped::Nothing,
        };
    }
    if value.is_list() {
        let names: Option<Vec<_>> = value.items().map(|item| Some((item, item.name()?))).collect();
        return names.map_or(Mapped::Nothing, Mapped::Path);
    }
    value
        .name()
        .map_or(Mapped::Nothing, |name| Mapped::Path(vec![(value, name)]))
}

/// The node template of this name; reported if there is none.
pub(super) fn node<'s, 'a>(
    service: &'s Service<'a>,
    at: View<'a>,
    name: &str,
    sink: &mut Sink,
) -> Option<&'s NodeTemplate<'a>> {
    if let Some(&found) = service.by_name.get(name) {
        return Some(service.node(found));
    }
    let known = service.nodes.iter().map(|node| node.name);
    sink.push(
        Diagnostic::new(
            &codes::UNKNOWN_NODE,
            at.span(),
            format!("unknown node template `{name}`"),
        )
        .note("a substitution is mapped to the node templates of its own file")
        .help(
            did_you_mean(name, known)
                .unwrap_or_else(|| format!("add a node template `{name}`, or name one that is there")),
        ),
    );
    None
}

/// Reports a mapping of the wrong form.
pub(super) fn form(at: View<'_>, words: &str, form: &str, sink: &mut Sink) {
    sink.push(
        Diagnostic::new(
            &codes::MAPPING_FORM,
            at.span(),
            format!("a {words} is not mapped like this"),
        )
        .note("the node template and what it has are named in a list")
        .help(format!("write `[ {form} ]`")),
    );
}

/// Reports that a node template has no member of this name.
pub(super) fn lacks<'n>(
    node: &NodeTemplate<'_>,
    words: &str,
    at: View<'_>,
    name: &str,
    known: impl Iterator<Item = &'n str> + Clone,
    code: &'static Code,
    sink: &mut Sink,
) {
    sink.push(
        Diagnostic::new(
            code,
            at.span(),
            format!("`{}` has no {words} `{name}`", node.name),
        )
        .note(format!("its type {}", listing(known.clone())))
        .help(did_you_mean(name, known).unwrap_or_else(|| format!("name one that `{}` has", node.name)))
        .related(node.key.span(), format!("`{}` is here", node.name)),
    );
}
