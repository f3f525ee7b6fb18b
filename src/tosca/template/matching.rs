//! Finds the target, the capability and the relationship of every requirement.

use std::collections::HashMap;

use super::super::types::{RequirementDef, TypeId, TypeKind, Types};
use super::super::view::View;
use super::requirement::Relation;
use super::{NodeAt, Requirement, Service};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Node templates by type: which could fulfil a requirement on a node type. Remembered, because thousands of
/// requirements may ask for the same.
type Candidates = HashMap<(Option<TypeId>, Option<TypeId>), Vec<NodeAt>>;

/// Resolves the requirements of all node templates.
pub(super) fn resolve(service: &mut Service<'_>, sink: &mut Sink) {
    let mut candidates = Candidates::new();
    for at in 0..service.nodes.len() {
        check_occurrences(service, NodeAt(at), sink);
        for which in 0..service.nodes[at].requirements.len() {
            let found = Found::of(service, NodeAt(at), which, &mut candidates, sink);
            let requirement = &mut service.nodes[at].requirements[which];
            requirement.target = found.target;
            requirement.capability = found.capability;
            requirement.relation = found.relation;
            requirement.is_hosting = found.is_hosting;
        }
    }
}

fn check_occurrences(service: &Service<'_>, at: NodeAt, sink: &mut Sink) {
    let node = service.node(at);
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for requirement in &node.requirements {
        let count = counts.entry(requirement.name).or_default();
        *count += 1;
        let Some(def) = requirement
            .defined_by
            .and_then(|of| service.types.requirement(of, requirement.name))
        else {
            continue;
        };
        if let Some(most) = def.most
            && *count == most + 1
            && most > 0
        {
            sink.push(
                Diagnostic::new(
                    &codes::TOO_MANY_OCCURRENCES,
                    requirement.key.span(),
                    format!(
                        "requirement `{}` is assigned more than {}",
                        requirement.name,
                        times(most)
                    ),
                )
                .note("without `occurrences` a requirement occurs exactly once")
                .help("remove this one, or widen `occurrences` in the definition")
                .related(def.key.span(), "it is defined here"),
            );
        }
    }
}

fn times(count: u64) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

/// What is found for one requirement.
#[derive(Default)]
struct Found<'a> {
    target: Option<NodeAt>,
    capability: Option<&'a str>,
    relation: Relation<'a>,
    is_hosting: bool,
}

impl<'a> Found<'a> {
    fn of(
        service: &Service<'a>,
        at: NodeAt,
        which: usize,
        candidates: &mut Candidates,
        sink: &mut Sink,
    ) -> Self {
        let types = &service.types;
        let requirement = &service.node(at).requirements[which];
        let def = requirement
            .defined_by
            .and_then(|of| types.requirement(of, requirement.name));
        let mut found = Self {
            relation: relation(service, requirement, def, sink),
            ..Self::default()
        };
        let hosted_by_default = def.is_some_and(|def| {
            // HostedOn is what the standard has for containers; a definition without relationship means it.
            def.relationship.is_none()
                && !def.open
                && def
                    .capability
                    .is_some_and(|of| types.is_named(of, "tosca.capabilities.Container"))
        });
        found.is_hosting = match found.relation.of {
            Some(of) => types.is_named(of, "tosca.relationships.HostedOn"),
            None => hosted_by_default,
        };
        found.target = target(service, at, requirement, def, candidates, sink);
        if let Some(target) = found.target {
            found.capability = capability(service, requirement, def, target, sink);
        }
        found
    }
}

fn relation<'a>(
    service: &Service<'a>,
    requirement: &Requirement<'a>,
    def: Option<&RequirementDef<'a>>,
    sink: &mut Sink,
) -> Relation<'a> {
    let defined = def
        .map(|def| Relation {
            of: def.relationship,
            body: def.relationship_body,
        })
        .unwrap_or_default();
    match requirement.stated_relation(&service.types, &service.relationships, sink) {
        Some(stated) => Relation {
            of: stated.of.or(defined.of),
            body: stated.body.or(defined.body),
        },
        None => defined,
    }
}

/// The node template a requirement is fulfilled by.
fn target<'a>(
    service: &Service<'a>,
    at: NodeAt,
    requirement: &Requirement<'a>,
    def: Option<&RequirementDef<'a>>,
    candidates: &mut Candidates,
    sink: &mut Sink,
) -> Option<NodeAt> {
    let types = &service.types;
    let mut wanted = def.and_then(|def| def.node);
    if let Some((view, name)) = requirement.target_name() {
        if let Some(&target) = service.by_name.get(name) {
            check_type(service, requirement, def, view, target, sink);
            return Some(target);
        }
        let file = types.forest.file_of(view);
        wanted = types.scopes.find(file, TypeKind::Node, name);
        if wanted.is_none() {
            if !types.scopes.is_incomplete(file) {
                report_unknown(service, view, name, sink);
            }
            return None;
        }
    } else if !requirement.body.is_map() {
        return None;
    }
    // Filters are judged by the next version of this; until then a filtered choice is left open.
    if requirement.body.get("node_filter").is_some() {
        return None;
    }
    let capability = match requirement.body.name_of("capability") {
        Some((view, name)) => types
            .scopes
            .find(types.forest.file_of(view), TypeKind::Capability, name),
        None => def.and_then(|def| def.capability),
    };
    if wanted.is_none() && capability.is_none() {
        return None;
    }
    let fitting = candidates.entry((wanted, capability)).or_insert_with(|| {
        let nodes = service.all_nodes().filter(|(_, node)| {
            node.of.is_some_and(|of| {
                wanted.is_none_or(|wanted| types.is_a(of, wanted))
                    && capability.is_none_or(|capability| offers(types, of, capability))
            })
        });
        nodes.map(|(at, _)| at).collect()
    });
    let mut others = fitting.iter().filter(|&&other| other != at);
    let (first, second) = (others.next().copied(), others.next().copied());
    if let (Some(first), Some(second)) = (first, second) {
        sink.push(
            Diagnostic::new(
                &codes::AMBIGUOUS_REQUIREMENT,
                requirement.key.span(),
                format!("several node templates fit requirement `{}`", requirement.name),
            )
            .note("the standard leaves the choice to the orchestrator; khor makes none")
            .help(format!(
                "name the node template that is meant: `node: {}`",
                service.node(first).name
            ))
            .related(service.node(first).key.span(), "this one fits")
            .related(service.node(second).key.span(), "and this one"),
        );
        return None;
    }
    first
}

fn report_unknown<'a>(service: &Service<'a>, view: View<'a>, name: &'a str, sink: &mut Sink) {
    let known = service.nodes.iter().map(|node| node.name);
    let types = service.types.scopes.candidates(TypeKind::Node);
    sink.push(
        Diagnostic::new(
            &codes::UNKNOWN_REQUIREMENT_TARGET,
            view.span(),
            format!("unknown node template `{name}`"),
        )
        .note("a requirement is fulfilled by a node template, or by any node of a node type")
        .help(
            did_you_mean(name, known)
                .or_else(|| did_you_mean(name, types))
                .unwrap_or_else(|| format!("add a node template `{name}`, or name one that is there")),
        ),
    );
}

/// Whether a named target is of the type that the definition asks for.
fn check_type<'a>(
    service: &Service<'a>,
    requirement: &Requirement<'a>,
    def: Option<&RequirementDef<'a>>,
    view: View<'a>,
    target: NodeAt,
    sink: &mut Sink,
) {
    let types = &service.types;
    let target = service.node(target);
    let (Some(def), Some(of)) = (def, target.of) else {
        return;
    };
    let Some(wanted) = def.node else { return };
    if def.open || target.is_open(types) || types.is_a(of, wanted) {
        return;
    }
    let wanted = types.get(wanted);
    sink.push(
        Diagnostic::new(
            &codes::UNFIT_TARGET,
            view.span(),
            format!(
                "`{}` does not fit requirement `{}`",
                target.name, requirement.name
            ),
        )
        .note(format!(
            "the requirement asks for a `{}`, and `{}` is a `{}`",
            wanted.name,
            target.name,
            types.get(of).name
        ))
        .help(format!(
            "name a node template of type `{}` or a type derived from it",
            wanted.name
        ))
        .related(def.key.span(), "the requirement is defined here")
        .related(target.key.span(), format!("`{}` is here", target.name)),
    );
}

/// The target's capability that is used: the one that is named, or the first of the type that is asked for.
fn capability<'a>(
    service: &Service<'a>,
    requirement: &Requirement<'a>,
    def: Option<&RequirementDef<'a>>,
    target: NodeAt,
    sink: &mut Sink,
) -> Option<&'a str> {
    let types = &service.types;
    let node = service.node(target);
    let of = node.of?;
    let all = types.all(of, |of| &of.capabilities);
    let fits = |wanted: TypeId| {
        all.iter()
            .find(|(_, capability)| capability.of.is_some_and(|of| types.is_a(of, wanted)))
            .map(|(name, _)| *name)
    };
    if let Some((view, name)) = requirement.body.name_of("capability") {
        if let Some((name, _)) = all.iter().find(|(known, _)| *known == name) {
            return Some(name);
        }
        let file = types.forest.file_of(view);
        let wanted = types.scopes.find(file, TypeKind::Capability, name);
        let found = wanted.and_then(fits);
        if found.is_none() && !node.is_open(types) && !types.scopes.is_incomplete(file) {
            let names = all.iter().map(|(name, _)| *name);
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_TARGET_CAPABILITY,
                    view.span(),
                    format!("`{}` has no capability `{name}`", node.name),
                )
                .note(format!(
                    "its type `{}` {}",
                    types.get(of).name,
                    super::super::types::listing(names.clone())
                ))
                .help(did_you_mean(name, names).unwrap_or_else(|| {
                    "name one of the target's capabilities, or a capability type that one of them has"
                        .to_owned()
                }))
                .related(node.key.span(), format!("`{}` is here", node.name)),
            );
        }
        return found;
    }
    let def = def?;
    let wanted = def.capability?;
    let found = fits(wanted);
    let unfit_already = def.node.is_some_and(|wanted| !types.is_a(of, wanted));
    let unsure =
        node.is_open(types) || def.open || all.iter().any(|(_, capability)| capability.is_open(types));
    if found.is_none() && !unsure && !unfit_already {
        let wanted = types.get(wanted);
        let place = requirement
            .target_name()
            .map_or(requirement.key, |(view, _)| view);
        sink.push(
            Diagnostic::new(
                &codes::UNFIT_TARGET,
                place.span(),
                format!("`{}` does not fit requirement `{}`", node.name, requirement.name),
            )
            .note(format!(
                "the requirement asks for a capability of type `{}`, and `{}` has none",
                wanted.name,
                types.get(of).name
            ))
            .help("name another node template, or add the capability to the target's type")
            .related(def.key.span(), "the requirement is defined here")
            .related(node.key.span(), format!("`{}` is here", node.name)),
        );
    }
    found
}

/// Whether nodes of a type have a capability of that type.
fn offers(types: &Types<'_>, of: TypeId, wanted: TypeId) -> bool {
    types
        .chain(of)
        .flat_map(|of| of.capabilities.values())
        .any(|capability| capability.of.is_some_and(|of| types.is_a(of, wanted)))
}
