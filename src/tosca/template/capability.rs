//! Capability assignments of node templates.

use super::super::map::HashMap;
use super::super::types::{CapabilityDef, TypeId, Types, listing};
use super::super::value::{Owner, Within, bounds, properties};
use super::super::view::View;
use super::{NodeTemplate, Service, attribute};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, nearest};

/// Of each node type, the capabilities that require properties: remembered, because thousands of nodes share a type.
pub(super) type Demanding<'a> = HashMap<TypeId, Vec<&'a str>>;

/// Checks what a node template says about its capabilities, and what it leaves out.
pub(super) fn check<'a>(
    service: &Service<'a>,
    node: &NodeTemplate<'a>,
    demanding: &mut Demanding<'a>,
    sink: &mut Sink,
) {
    let types = &service.types;
    let Some(of) = node.of else { return };
    let mut meant: Vec<&str> = Vec::new();
    for (key, name, body) in node.body.entries_of("capabilities") {
        match types.capability(of, name) {
            Some(capability) => {
                occurrences(capability, name, body, sink);
                assignment(types, capability, (node.name, name), key, Some(body), sink);
            }
            None if node.is_open(types) => {}
            None => meant.extend(report_unknown(types, of, key, name, sink)),
        }
    }
    // What a copy lacks its source lacks: told there.
    if node.body.key("copy").is_some() || node.is_selected() || node.body.has_lost("capabilities") {
        return;
    }
    for name in demanding.entry(of).or_insert_with(|| demands(types, of)) {
        let given = node
            .body
            .get("capabilities")
            .is_some_and(|body| body.key(name).is_some());
        if let Some(capability) = types
            .capability(of, name)
            .filter(|_| !given && !meant.contains(name))
        {
            assignment(types, capability, (node.name, name), node.key, None, sink);
        }
    }
}

/// An assignment may only narrow how many relationships the definition allows (Simple Profile 1.3, section 3.8.1). A
/// warning, as where types do so.
fn occurrences<'a>(capability: &CapabilityDef<'a>, name: &str, body: View<'a>, sink: &mut Sink) {
    let (Some(own), Some(defined)) = (body.get("occurrences"), capability.occurrences) else {
        return;
    };
    let (Some((_, most)), Some((_, Some(limit)))) = (bounds(own), bounds(defined)) else {
        return;
    };
    if most.is_some_and(|most| most <= limit) {
        return;
    }
    let mut fault = Diagnostic::new(
        &codes::TOO_MANY_RELATIONSHIPS,
        own.span(),
        format!("capability `{name}` cannot take as many relationships as this"),
    )
    .note(format!("its definition allows {limit} at most"))
    .help("stay within the range of the definition, or widen that")
    .related(defined.span(), "its `occurrences`");
    fault.severity = Severity::Warning;
    sink.push(fault);
}

/// The capabilities of a type that cannot be left unassigned.
fn demands<'a>(types: &Types<'a>, of: TypeId) -> Vec<&'a str> {
    let all = types.all(of, |of| &of.capabilities).into_iter();
    all.filter(|(_, capability)| {
        let required =
            |property: &super::super::types::PropertyDef<'a>| property.required && property.default.is_none();
        !capability.is_open(types)
            && capability.of.is_some_and(|of| {
                let inherited = types.all(of, |of| &of.properties).into_iter();
                inherited
                    .map(|(name, property)| capability.properties.get(name).unwrap_or(property))
                    .chain(capability.properties.values())
                    .any(required)
            })
    })
    .map(|(name, _)| name)
    .collect()
}

/// Checks the properties of one capability; without a body nothing is assigned, and `key` is the node's.
fn assignment<'a>(
    types: &Types<'a>,
    capability: &CapabilityDef<'a>,
    (node, name): (&str, &str),
    key: View<'a>,
    body: Option<View<'a>>,
    sink: &mut Sink,
) {
    let Some(of) = capability.of.filter(|_| !capability.is_open(types)) else {
        return;
    };
    let mut all = types.all(of, |of| &of.properties);
    all.retain(|(name, _)| !capability.properties.contains_key(name));
    all.extend(
        capability
            .properties
            .iter()
            .map(|(&name, property)| (name, property)),
    );
    if body.is_some_and(|body| body.has_lost("properties")) {
        all.clear();
    }
    if let Some(body) = body {
        attribute::check(types, of, body, |name| capability.attribute(types, name), sink);
    }
    let given = body.and_then(|body| body.get("properties"));
    let owner = Owner::of(types.get(of), key.span(), Some(node), Within::Part(name));
    properties(
        types,
        given,
        &owner,
        |name| capability.property(types, name),
        &all,
        sink,
    );
}

/// Reports a capability that is not there; gives the one that seems to be meant.
fn report_unknown<'a>(
    types: &Types<'a>,
    of: TypeId,
    key: View<'a>,
    name: &str,
    sink: &mut Sink,
) -> Option<&'a str> {
    let known = types.all(of, |of| &of.capabilities);
    let names = known.iter().map(|(name, _)| *name);
    let near = nearest(name, names.clone());
    let of = types.get(of);
    sink.push(
        Diagnostic::new(
            &codes::UNKNOWN_CAPABILITY,
            key.span(),
            format!("unknown capability `{name}`"),
        )
        .note(format!("node type `{}` {}", of.name, listing(names)))
        .help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("remove it, or define it under `capabilities` of `{}`", of.name),
        })
        .related(of.key.span(), format!("`{}` is defined here", of.name)),
    );
    near
}
