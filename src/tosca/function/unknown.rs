//! What is said where a path leads nowhere.

use super::super::template::{NodeAt, Service};
use super::super::types::{TypeId, TypeKind, listing};
use super::super::view::View;
use super::call::Function;
use super::entity::Entity;
use super::evaluate::Here;
use super::path::Path;
use crate::diagnostic::{Diagnostic, Severity, codes, did_you_mean};

/// The most hosts that a message names.
const SHOWN: usize = 6;

/// A keyword where it means nothing.
pub(super) fn misplaced(service: &Service<'_>, keyword: &str, at: View<'_>, here: Here) -> Diagnostic {
    let kind = |of| service.types.get(of).kind;
    let place = match here {
        Here::Node(_) => "in a node template",
        Here::Some(Some(of)) | Here::Type(Some(of)) if kind(of) == TypeKind::Node => "in a node",
        Here::Relationship(..) | Here::Some(Some(_)) | Here::Type(Some(_)) => "in a relationship",
        Here::Topology | Here::Some(None) | Here::Type(None) => "outside of node and relationship templates",
    };
    keyword_fault(at, format!("`{keyword}` means nothing {place}"))
        .note("SELF is the node or relationship itself, HOST what a node is hosted on, SOURCE and TARGET the ends of a relationship")
        .help("name a node template instead")
}

/// HOST in a node that has none.
pub(super) fn unhosted(service: &Service<'_>, at: View<'_>, node: NodeAt) -> Diagnostic {
    let name = service.node(node).name;
    keyword_fault(
        at,
        format!("`HOST` means nothing here: `{name}` is hosted on nothing"),
    )
    .note("HOST is what a node is hosted on, by its requirement whose relationship is a `tosca.relationships.HostedOn`")
    .help(format!("write `SELF` for `{name}` itself, or name a node template"))
}

fn keyword_fault(at: View<'_>, message: String) -> Diagnostic {
    Diagnostic::new(&codes::UNKNOWN_NODE, at.span(), message)
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
    let whose = format!("node template `{}`", node.name);
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
        return at_the_end(path, &whose, *next, names)
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
        let fault = at_the_end(path, &whose, *next, names.clone());
        return with_type(fault, capability, service, names);
    }
    let names = own.names(service, path.function);
    let mut known = names.clone();
    if let Some(of) = node.of.filter(|_| !path.rest.is_empty()) {
        known.extend(members(service, of));
    }
    with_type(no_member(path, &whose, node.of, known), own, service, names)
}

/// A name that no host has; `hosts` are those of the node `at`, the nearest first.
pub(super) fn in_hosts(path: &Path<'_, '_, '_>, at: NodeAt, hosts: &[NodeAt]) -> Diagnostic {
    let service = path.service;
    let shown = hosts.iter().take(SHOWN);
    let names = shown
        .clone()
        .flat_map(|&host| Entity::Node(host).names(service, path.function));
    let called = shown.map(|&host| format!("`{}`", service.node(host).name));
    let what = words(path.function);
    let article = if what.starts_with('a') { "an" } else { "a" };
    let message = format!(
        "no host of `{}` has {article} {what} `{}`",
        service.node(at).name,
        path.name
    );
    let fault = fault(path, path.second, message)
        .note(format!(
            "it is hosted on {}",
            called.collect::<Vec<_>>().join(", and that on ")
        ))
        .help(
            did_you_mean(path.name, names)
                .unwrap_or_else(|| format!("name one that a host has, or define `{}` there", path.name)),
        );
    match hosts.first() {
        Some(&nearest) => fault.related(service.node(nearest).key.span(), "its nearest host is here"),
        None => fault,
    }
}

/// A name that nothing of a type has.
pub(super) fn in_type(path: &Path<'_, '_, '_>, of: TypeId) -> Diagnostic {
    let service = path.service;
    let types = &service.types;
    let own = Entity::Type(of);
    let whose = format!("{} `{}`", types.get(of).kind.words(), types.get(of).name);
    if let Some(next) = path.rest.first()
        && types.capability(of, path.name).is_some()
    {
        let capability = Entity::CapabilityOfType(of, path.name);
        let names = capability.names(service, path.function);
        return with_type(
            at_the_end(path, &whose, *next, names.clone()),
            capability,
            service,
            names,
        );
    }
    let names = own.names(service, path.function);
    let mut known = names.clone();
    if !path.rest.is_empty() {
        known.extend(members(service, of));
    }
    with_type(no_member(path, &whose, Some(of), known), own, service, names)
}

/// The names of the capabilities and requirements of a type.
fn members<'a>(service: &Service<'a>, of: TypeId) -> Vec<&'a str> {
    let types = &service.types;
    let capabilities = types.all(of, |of| &of.capabilities).into_iter();
    let requirements = types.all(of, |of| &of.requirements).into_iter();
    capabilities
        .map(|(name, _)| name)
        .chain(requirements.map(|(name, _)| name))
        .collect()
}

/// A second argument that means nothing in a node of type `of`.
fn no_member(path: &Path<'_, '_, '_>, whose: &str, of: Option<TypeId>, known: Vec<&str>) -> Diagnostic {
    let (what, name) = (words(path.function), path.name);
    let what = if path.rest.is_empty() {
        what.to_owned()
    } else {
        format!("{what}, capability or requirement")
    };
    let fault = fault(path, path.second, format!("{whose} has no {what} `{name}`"));
    let is_attribute = of.is_some_and(|of| path.service.types.attribute(of, name).is_some());
    if is_attribute {
        return fault.help(format!("`{name}` is an attribute: use get_attribute"));
    }
    advise(fault, name, known)
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
    let fault = advise(fault, path.name, names.clone());
    with_type(fault, entity, path.service, names)
}

/// A name behind a requirement or a capability.
fn at_the_end(path: &Path<'_, '_, '_>, whose: &str, at: View<'_>, names: Vec<&str>) -> Diagnostic {
    let name = at.name().unwrap_or_default();
    let what = words(path.function);
    let through = path.name;
    let message = format!("{whose} has no {what} `{name}` through `{through}`");
    advise(fault(path, at, message), name, names)
}

/// A fault of an argument. The standard's own examples read attributes that no type defines: scripts may bring them, but
/// no capabilities and requirements to lead a path through.
fn fault(path: &Path<'_, '_, '_>, at: View<'_>, message: String) -> Diagnostic {
    let mut fault = Diagnostic::new(&codes::UNKNOWN_PATH, at.span(), message);
    let leads_on = at == path.second && !path.rest.is_empty();
    if path.function == Function::GetAttribute && !leads_on {
        fault.severity = Severity::Warning;
    }
    fault
}

/// Shorter names may be near each other by chance, as `port` and `ports` are.
const SHORTEST_SLIP: usize = 6;

/// What to do about a name. One that is almost a known name is a slip, and nothing that a script brings.
fn advise(mut fault: Diagnostic, name: &str, known: Vec<&str>) -> Diagnostic {
    match did_you_mean(name, known) {
        Some(near) => {
            if name.len() >= SHORTEST_SLIP {
                fault.severity = Severity::Error;
            }
            fault.help(near)
        }
        None => fault.help(format!(
            "name one that its type defines, or define `{name}` there"
        )),
    }
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
