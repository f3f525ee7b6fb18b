//! Schemas and defaults in types: whether constraints suit their types, and defaults what they are defaults of.

use super::super::value::{Checker, What, check_constraints, check_schema};
use super::{Members, PropertyDef, TypeKind, Types};
use crate::diagnostic::{Severity, Sink, codes};

/// Checks every default once, where it stands. What is embedded is checked by khor's own tests.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    let own = types
        .list
        .iter()
        .filter(|of| !types.forest.file(of.file).embedded);
    for of in own {
        if let Some(value) = &of.value {
            check_schema(types, of.body, value, What("data type", of.name), sink);
        } else if of.kind == TypeKind::Data && !of.open {
            check_constraints(of.body, None, of.name, What("data type", of.name), sink);
        }
        section(types, "property", &of.properties, sink);
        section(types, "attribute", &of.attributes, sink);
        for capability in of
            .capabilities
            .values()
            .filter(|capability| types.forest.file_of(capability.key) == of.file)
        {
            section(types, "property", &capability.properties, sink);
            section(types, "attribute", &capability.attributes, sink);
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
        // What an inherited definition says is checked where it stands.
        if types.forest.file(types.forest.file_of(member.key)).embedded {
            continue;
        }
        check_schema(types, member.body, &member.schema, What(words, name), sink);
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
