//! Conditions: of preconditions, steps and triggers (Simple Profile 1.3, section 3.6.25).

use super::super::template::Service;
use super::super::types::listing;
use super::super::value::is_operator;
use super::super::view::View;
use super::Subject;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Checks that what a condition asks about is there. Conditions nest only as deep as the reader lets anything nest.
pub(in crate::tosca) fn conditions<'a>(
    service: &Service<'a>,
    subject: &Subject<'a>,
    condition: Option<View<'a>>,
    sink: &mut Sink,
) {
    let Some(condition) = condition.filter(|_| !subject.open) else {
        return;
    };
    if condition.is_list() {
        for item in condition.items() {
            conditions(service, subject, Some(item), sink);
        }
        return;
    }
    for (key, name, value) in condition.entries() {
        match name {
            "and" | "or" | "not" | "assert" => conditions(service, subject, Some(value), sink),
            // 1.1 writes the constraint beside the attribute; triggers write the condition under it.
            "constraint" => {
                if value.is_map() && value.entries().any(|(_, name, _)| !is_operator(name)) {
                    conditions(service, subject, Some(value), sink);
                }
            }
            "period" | "evaluations" | "method" => {}
            _ if is_operator(name) || subject.has_attribute(service, name) => {}
            _ => unknown(service, subject, key, name, sink),
        }
    }
}

fn unknown<'a>(service: &Service<'a>, subject: &Subject<'a>, key: View<'a>, name: &str, sink: &mut Sink) {
    let known = subject.attributes(service);
    let names = known.iter().copied();
    sink.push(
        Diagnostic::new(
            &codes::UNKNOWN_CONDITION,
            key.span(),
            format!("`{}` has no attribute `{name}`", subject.name),
        )
        .note(format!("it {}", listing(names.clone())))
        .help(did_you_mean(name, names).unwrap_or_else(|| {
            "the condition can never become true: name an attribute that is there".to_owned()
        })),
    );
}
