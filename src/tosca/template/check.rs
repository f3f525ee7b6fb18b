//! Holds every template against its type.

use super::super::types::{TypeId, TypeKind, listing};
use super::super::value::{Checker, Owner};
use super::super::view::View;
use super::{Service, capability};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Checks node templates, relationship templates, groups and policies. Interfaces are checked where they are lowered.
pub(in crate::tosca) fn check(service: &Service<'_>, sink: &mut Sink) {
    let types = &service.types;
    let mut demanding = capability::Demanding::new();
    for node in &service.nodes {
        let Some(of) = node.of else { continue };
        properties(service, of, node.key, node.body, "node type", sink);
        attributes(service, of, node.body, sink);
        capability::check(service, node, &mut demanding, sink);
        for (_, _, artifact) in node.body.entries_of("artifacts") {
            if let Some(named) = artifact.get("type") {
                types.resolve(named, TypeKind::Artifact, sink);
            }
        }
        for requirement in &node.requirements {
            // A relationship template is checked where it stands; without a body nothing is given.
            let relation = requirement.relation;
            let stated = requirement
                .body
                .get("relationship")
                .filter(|stated| stated.is_map());
            if let Some(of) = relation.of
                && (stated.is_some() || relation.body.is_none())
            {
                properties(
                    service,
                    of,
                    requirement.key,
                    stated.unwrap_or(requirement.body),
                    "relationship type",
                    sink,
                );
            }
        }
    }
    for template in service.relationships.values() {
        let Some(of) = template.of else { continue };
        properties(
            service,
            of,
            template.key,
            template.body,
            "relationship type",
            sink,
        );
        super::interfaces_of(types, of, template.body, sink);
    }
    for group in service.groups.values() {
        let Some(of) = group.of else { continue };
        properties(service, of, group.key, group.body, "group type", sink);
    }
    for policy in &service.policies {
        let Some(of) = policy.of else { continue };
        properties(service, of, policy.key, policy.body, "policy type", sink);
    }
}

fn properties<'a>(
    service: &Service<'a>,
    of: TypeId,
    key: View<'a>,
    body: View<'a>,
    words: &str,
    sink: &mut Sink,
) {
    let types = &service.types;
    if types.get(of).open {
        return;
    }
    let all = types.all(of, |of| &of.properties);
    let given: Vec<_> = body
        .entries_of("properties")
        .map(|(key, name, value)| (key, name, Some(value)))
        .collect();
    let copied = body.get("copy").is_some();
    let of_type = types.get(of);
    let owner = Owner {
        name: of_type.name,
        words,
        defined: of_type.key.span(),
        at: key.span(),
        within: None,
    };
    let checker = Checker {
        types,
        what: "",
        defined: of_type.key.span(),
    };
    // What a copied template gives is not looked through, so nothing is missed there.
    let all = if copied { Vec::new() } else { all };
    checker.properties(
        given.into_iter(),
        &owner,
        |name| types.property(of, name),
        &all,
        sink,
    );
}

fn attributes<'a>(service: &Service<'a>, of: TypeId, body: View<'a>, sink: &mut Sink) {
    let types = &service.types;
    if types.get(of).open {
        return;
    }
    for (key, name, _) in body.entries_of("attributes") {
        if types.attribute(of, name).is_some() || types.property(of, name).is_some() {
            continue;
        }
        let known = types.all(of, |of| &of.attributes);
        let names = known.iter().map(|(name, _)| *name);
        let of = types.get(of);
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_ATTRIBUTE,
                key.span(),
                format!("unknown attribute `{name}`"),
            )
            .note(format!(
                "{} `{}` {}",
                of.kind.words(),
                of.name,
                listing(names.clone())
            ))
            .help(
                did_you_mean(name, names).unwrap_or_else(|| {
                    format!("remove it, or define it under `attributes` of `{}`", of.name)
                }),
            )
            .related(of.key.span(), format!("`{}` is defined here", of.name)),
        );
    }
}
