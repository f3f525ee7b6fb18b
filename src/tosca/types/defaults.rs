//! Defaults in types: whether they fit what they are defaults of.

use super::super::value::{Checker, What};
use super::{Members, PropertyDef, Types};
use crate::diagnostic::{Severity, Sink, codes};

/// Checks every default once, where it stands. What is embedded is checked by khor's own tests.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    let own = types
        .list
        .iter()
        .filter(|of| !types.forest.file(of.file).embedded);
    for of in own {
        section(types, "property", &of.properties, sink);
        section(types, "attribute", &of.attributes, sink);
        for capability in of
            .capabilities
            .values()
            .filter(|capability| types.forest.file_of(capability.key) == of.file)
        {
            section(types, "property", &capability.properties, sink);
        }
    }
}

fn section<'a>(
    types: &Types<'a>,
    words: &'static str,
    members: &Members<'a, PropertyDef<'a>>,
    sink: &mut Sink,
) {
    for (name, member) in members {
        // An inherited default is checked where it is given, against what it was given for.
        let body = member
            .default
            .filter(|default| default.span() > member.key.span());
        let Some(default) = body else { continue };
        let mut found = Sink::new();
        Checker {
            types,
            what: What(words, name),
            defined: member.key.span(),
        }
        .check(default, &member.schema, &mut found);
        for mut fault in found.into_sorted() {
            // Templates may give another value, so the type can still be used.
            if fault.code == &codes::VIOLATED_CONSTRAINT {
                fault.severity = Severity::Warning;
            }
            sink.push(fault);
        }
    }
}
