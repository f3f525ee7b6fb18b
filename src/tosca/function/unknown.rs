//! What is said where a path leads nowhere.

use super::super::template::{NodeAt, Service};
use super::super::types::listing;
use super::super::view::View;
use super::call::Function;
use super::entity::Entity;
use super::evaluate::Here;
use super::path::Path;
use crate::diagnostic::{Diagnostic, Severity, codes, did_you_mean};

/// A keyword where it means nothing.
pub(super) fn misplaced(keyword: &str, at: View<'_>, here: Here) -> Diagnostic {
    let place = match here {
        Here::Topology => "outside of node and relationship templates",
        Here::Node(_) => "in a node template",
        Here::Relationship(..) => "in a relationship",
    };
    Diagnostic::new(&codes::UNKNOWN_NODE, at.span(), format!("`{keyword}` means nothing {place}"))
        .note("SELF is the node or relationship itself, HOST what a node is hosted on, SOURCE and TARGET the ends of a relationship")
        .help("name a node template instead")
}

/// A name that is no node template.
pub(super) fn node(service: &Service<'_>, function: Function, at: View<'_>, name: &str) -> Diagnostic {
    let known = service
        .nodes
        .iter()
        .map(|node| node.name)
        .chain(["SELF", "HOST", "SOURCE", "TARGET"]);
    Diagnostic::new(
        &codes::UNKNOWN_NODE,
        at.span(),
        format!("`{}` names the unknown node template `{name}`", function.as_str()),
    )
    .help(
        did_you_mean(name, known)
            .unwrap_or_else(|| "name a node template, or SELF, HOST, SOURCE or TARGET".to_owned()),
    )
}

/// What a function reads, in words.
fn words(function: Function) -> &'static str {
    if function == Function::GetAttribute {
        "attribute"
    } else {
        "property"
    }
}

/// A name that a node template has not, and no requirement or capability leads to.
pub(super) fn in_node(path: &Path<'_, '_, '_>, at: NodeAt) -> Diagnostic {
    let service = path.service;
    let types = &service.types;
    let node = service.node(at);
    let own = Entity::Node(at);
    if let Some((which, [next, ..])) = path.requirement(at)
        && let requirement = &node.requirements[which]
        && let Some(target) = requirement.target
    {
        let mut names: Vec<_> = requirement
            .capability
            .map(|capability| Entity::Capability(target, capability).names(service, path.function))
            .unwrap_or_default();
        names.extend(Entity::Node(target).names(service, path.function));
        names.extend(Entity::Relationship(at, which).names(service, path.function));
        let target = service.node(target);
        return at_the_end(path, node.name, *next, names)
            .note(format!(
                "`{}` leads to node template `{}`",
                path.name, target.name
            ))
            .related(target.key.span(), format!("`{}` is here", target.name));
    }
    if let Some(next) = path.rest.first()
        && node
            .of
            .is_some_and(|of| types.capability(of, path.name).is_some())
    {
        let capability = Entity::Capability(at, path.name);
        let names = capability.names(service, path.function);
        let fault = at_the_end(path, node.name, *next, names.clone());
        return with_type(fault, capability, service, names);
    }
    let names = own.names(service, path.function);
    let mut known = names.clone();
    if let Some(of) = node.of.filter(|_| !path.rest.is_empty()) {
        let capabilities = types.all(of, |of| &of.capabilities).into_iter();
        known.extend(capabilities.map(|(name, _)| name));
        let requirements = types.all(of, |of| &of.requirements).into_iter();
        known.extend(requirements.map(|(name, _)| name));
    }
    let is_attribute = node.of.is_some_and(|of| types.attribute(of, path.name).is_some());
    let fault = fault(
        path,
        path.second,
        format!(
            "node template `{}` has no {} `{}`",
            node.name,
            words(path.function),
            path.name
        ),
    )
    .help(if is_attribute {
        format!("`{}` is an attribute: use get_attribute", path.name)
    } else {
        advice(path.name, known)
    });
    with_type(fault, own, service, names)
}

/// A name that a relationship, a group or a policy has not.
pub(super) fn in_other<'a>(path: &Path<'_, '_, 'a>, entity: Entity<'a>) -> Diagnostic {
    let names = entity.names(path.service, path.function);
    let of = entity
        .type_of(path.service)
        .map_or_else(String::new, |(of, _)| of);
    let fault = fault(
        path,
        path.second,
        format!("{of} has no {} `{}`", words(path.function), path.name),
    );
    let fault = fault.help(advice(path.name, names.clone()));
    with_type(fault, entity, path.service, names)
}

/// A name behind a requirement or a capability.
fn at_the_end(path: &Path<'_, '_, '_>, node: &str, at: View<'_>, names: Vec<&str>) -> Diagnostic {
    let name = at.name().unwrap_or_default();
    let what = words(path.function);
    let through = path.name;
    let message = format!("node template `{node}` has no {what} `{name}` through `{through}`");
    fault(path, at, message).help(advice(name, names))
}

fn fault(path: &Path<'_, '_, '_>, at: View<'_>, message: String) -> Diagnostic {
    let mut fault = Diagnostic::new(&codes::UNKNOWN_PATH, at.span(), message);
    if path.function == Function::GetAttribute {
        // The standard's own examples read attributes that no type defines: scripts may bring them.
        fault.severity = Severity::Warning;
    }
    fault
}

fn advice(name: &str, known: Vec<&str>) -> String {
    did_you_mean(name, known)
        .unwrap_or_else(|| format!("name one that its type defines, or define `{name}` there"))
}

/// Says what there is instead, and where its type is defined.
fn with_type<'a>(
    fault: Diagnostic,
    entity: Entity<'a>,
    service: &Service<'a>,
    names: Vec<&str>,
) -> Diagnostic {
    match entity.type_of(service) {
        Some((of, defined)) => fault
            .note(format!("{of} {}", listing(names.into_iter())))
            .related(defined, "its type is defined here"),
        None => fault,
    }
}
