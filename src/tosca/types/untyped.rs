//! Definitions that do not say of what type they are, and refine none that does (Simple Profile 1.3, sections 3.6.10,
//! 3.6.12, 3.7.2 and 3.7.3).

use super::super::view::View;
use super::{InterfaceDef, TypeId, TypeKind, Types};
use crate::diagnostic::{Diagnostic, Sink, codes};

/// Checks all types of the user's that are wholly known.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    let all = (0..).map(TypeId).zip(&types.list);
    for (id, of) in all.filter(|(_, of)| !of.open && !types.forest.file(of.file).embedded) {
        let parent = of.parent;
        let inherits = |name: &str| parent.is_some_and(|parent| types.property(parent, name).is_some());
        properties(of.body, inherits, sink);
        let inherits = |name: &str| parent.is_some_and(|parent| types.attribute(parent, name).is_some());
        attributes(of.body, inherits, sink);
        match of.kind {
            TypeKind::Node | TypeKind::Group => {
                capabilities(types, id, sink);
                requirements(types, id, sink);
            }
            TypeKind::Interface => interface(types, id, sink),
            _ => {}
        }
    }
}

fn properties(body: View<'_>, inherits: impl Fn(&str) -> bool, sink: &mut Sink) {
    for (key, name, body) in body.entries_of("properties") {
        if inherits(name) {
            continue;
        }
        typed(key, body, "property definition", sink);
        let is_told = body.get("value").is_some_and(View::is_error);
        if let Some(value) = body.key("value").filter(|_| !is_told) {
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_KEYNAME,
                    value.span(),
                    format!("keyname `value` in property definition `{name}`, which refines none"),
                )
                .note("a type may fix the value of a property that it inherits, not of its own")
                .help("write `default` instead"),
            );
        }
    }
}

fn attributes(body: View<'_>, inherits: impl Fn(&str) -> bool, sink: &mut Sink) {
    let own = body
        .entries_of("attributes")
        .filter(|(_, name, _)| !inherits(name));
    own.for_each(|(key, _, body)| typed(key, body, "attribute definition", sink));
}

fn capabilities(types: &Types<'_>, id: TypeId, sink: &mut Sink) {
    let of = types.get(id);
    for (key, name, body) in of.body.entries_of("capabilities") {
        if !inherits(types, of.parent, "capabilities", name) {
            typed(key, body, "capability definition", sink);
        }
        let inherited = of.parent.and_then(|parent| types.capability(parent, name));
        let Some(def) = of.capabilities.get(name).filter(|def| !def.is_open(types)) else {
            continue;
        };
        let of_type = |name: &str| def.of.is_some_and(|of| types.property(of, name).is_some());
        let inherits = |name: &str| {
            of_type(name) || inherited.is_some_and(|inherited| inherited.properties.contains_key(name))
        };
        properties(body, inherits, sink);
        let of_type = |name: &str| def.of.is_some_and(|of| types.attribute(of, name).is_some());
        let inherits = |name: &str| {
            of_type(name) || inherited.is_some_and(|inherited| inherited.attributes.contains_key(name))
        };
        attributes(body, inherits, sink);
    }
}

fn requirements(types: &Types<'_>, id: TypeId, sink: &mut Sink) {
    let of = types.get(id);
    let all = of.body.get("requirements").map(View::ordered).unwrap_or_default();
    for (key, name, body) in all {
        if !inherits(types, of.parent, "requirements", name) {
            states(key, body, "requirement definition", "capability", sink);
        }
    }
}

/// Whether a parent has an entry of this name in a section.
fn inherits(types: &Types<'_>, parent: Option<TypeId>, section: &str, name: &str) -> bool {
    let mut chain = parent.into_iter().flat_map(|parent| types.chain(parent));
    chain.any(|of| {
        let entries = of.body.get(section).map(View::ordered).unwrap_or_default();
        entries.iter().any(|(_, known, _)| *known == name)
    })
}

/// Inputs of an interface type and of its operations.
fn interface(types: &Types<'_>, id: TypeId, sink: &mut Sink) {
    let of = types.get(id);
    let inherited = of.parent.and_then(|parent| types.get(parent).interface.as_ref());
    let around = |name: &str| inherited.is_some_and(|inherited| inherited.inputs.contains_key(name));
    inputs(of.body, around, sink);
    for (_, operation, body) in InterfaceDef::operations_in(of.body) {
        let inherited = inherited.and_then(|inherited| inherited.operations.get(operation));
        let own = of.body.get("inputs");
        let inherits = |name: &str| {
            around(name)
                || own.is_some_and(|own| own.key(name).is_some())
                || inherited.is_some_and(|inherited| inherited.inputs.contains_key(name))
        };
        inputs(body, inherits, sink);
    }
}

fn inputs(body: View<'_>, inherits: impl Fn(&str) -> bool, sink: &mut Sink) {
    let own = body.entries_of("inputs").filter(|(_, name, _)| !inherits(name));
    own.for_each(|(key, _, body)| typed(key, body, "property definition", sink));
}

fn typed(key: View<'_>, body: View<'_>, words: &str, sink: &mut Sink) {
    states(key, body, words, "type", sink);
}

/// Reports a definition that lacks a keyname, in words: "property definition". The short form gives what it asks for.
fn states(key: View<'_>, body: View<'_>, words: &str, keyname: &str, sink: &mut Sink) {
    if !(body.is_map() || body.is_null()) || body.has_lost(keyname) || body.key(keyname).is_some() {
        return;
    }
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    sink.push(
        Diagnostic::new(
            &codes::MISSING_KEYNAME,
            key.span(),
            format!("{words} `{}` has no `{keyname}`", key.text().unwrap_or_default()),
        )
        .label(format!("`{keyname}` is missing"))
        .note(format!(
            "{article} {words} must have `{keyname}`, unless it refines one that is inherited"
        ))
        .help(format!("add `{keyname}: …`, a string")),
    );
}
