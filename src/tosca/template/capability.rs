//! Capability assignments of node templates.

use super::super::types::listing;
use super::super::value::{Checker, Owner};
use super::{NodeTemplate, Service};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Checks what a node template says about its capabilities.
pub(super) fn check<'a>(service: &Service<'a>, node: &NodeTemplate<'a>, sink: &mut Sink) {
    let types = &service.types;
    let Some(of) = node.of else { return };
    for (key, name, body) in node.body.entries_of("capabilities") {
        let Some(capability) = types.capability(of, name) else {
            if node.is_open(types) {
                continue;
            }
            let known = types.all(of, |of| &of.capabilities);
            let names = known.iter().map(|(name, _)| *name);
            let of = types.get(of);
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_CAPABILITY,
                    key.span(),
                    format!("unknown capability `{name}`"),
                )
                .note(format!("node type `{}` {}", of.name, listing(names.clone())))
                .help(did_you_mean(name, names).unwrap_or_else(|| {
                    format!("remove it, or define it under `capabilities` of `{}`", of.name)
                }))
                .related(of.key.span(), format!("`{}` is defined here", of.name)),
            );
            continue;
        };
        if capability.is_open(types) {
            continue;
        }
        let Some(of) = capability.of else { continue };
        let mut all = types.all(of, |of| &of.properties);
        all.retain(|(name, _)| !capability.properties.contains_key(name));
        all.extend(
            capability
                .properties
                .iter()
                .map(|(&name, property)| (name, property)),
        );
        let given: Vec<_> = body
            .entries_of("properties")
            .map(|(key, name, value)| (key, name, Some(value)))
            .collect();
        let of = types.get(of);
        let owner = Owner {
            name: of.name,
            words: "capability type",
            defined: of.key.span(),
            at: key.span(),
        };
        let checker = Checker {
            types,
            what: name,
            defined: capability.key.span(),
        };
        checker.properties(
            given.into_iter(),
            &owner,
            |name| capability.property(types, name),
            &all,
            sink,
        );
    }
}
