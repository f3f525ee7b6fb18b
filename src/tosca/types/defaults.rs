//! Schemas and defaults in types: whether constraints suit their types, and defaults what they are defaults of.

use super::super::value::{Checker, What, check_constraints, check_schema};
use super::super::view::View;
use super::interface::is_definition;
use super::{InterfaceDef, Members, PropertyDef, TypeKind, Types};
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
        operations(types, of.body, of.kind, sink);
    }
}

/// The inputs that the interfaces in the body of a type define, for all operations or for one.
fn operations<'a>(types: &Types<'a>, body: View<'a>, kind: TypeKind, sink: &mut Sink) {
    let interfaces: Vec<_> = if kind == TypeKind::Interface {
        vec![body]
    } else {
        body.entries_of("interfaces").map(|(_, _, body)| body).collect()
    };
    for interface in interfaces {
        let bodies = InterfaceDef::operations_in(interface).map(|(_, _, body)| body);
        for (key, name, body) in bodies
            .chain([interface])
            .flat_map(|body| body.entries_of("inputs"))
            .filter(|(_, _, body)| is_definition(types, *body))
        {
            // What its type names is reported where the interface is read.
            let mut unread = Sink::new();
            let input = PropertyDef::read(types, key, body, None, &mut unread);
            if !unread.has_errors() {
                section(types, "input", &Members::from([(name, input)]), sink);
            }
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
