//! How often requirements are assigned, and how many relationships a capability has.

use super::super::super::map::{HashMap, IndexMap};

use super::super::super::types::RequirementDef;
use super::super::super::value::bounds;
use super::super::super::view::View;
use super::super::{NodeAt, NodeTemplate, Requirement, Service};
use super::wanted::Wanted;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

/// Checks all node templates.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    for (_, node) in service.all_nodes() {
        assignments(service, node, sink);
    }
    relationships(service, sink);
}

/// Holds the number of assignments of each requirement against its definition (Simple Profile 1.3, section 3.7.3).
fn assignments<'a>(service: &Service<'a>, node: &NodeTemplate<'a>, sink: &mut Sink) {
    let mut counts: IndexMap<&str, (u64, &Requirement<'a>)> = IndexMap::default();
    for requirement in node.requirements.iter().filter(|requirement| !requirement.again) {
        let (count, _) = counts.entry(requirement.name).or_insert((0, requirement));
        let before = *count;
        *count = count.saturating_add(claim(requirement));
        let Some(def) = definition(service, requirement) else {
            continue;
        };
        beyond(requirement, def, sink);
        if let Some(most) = def.most
            && before <= most
            && *count > most
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
                .note(if def.has_occurrences {
                    format!("its definition allows it {}", at_most(most))
                } else {
                    "without `occurrences` a requirement occurs exactly once".to_owned()
                })
                .help("remove this one, or widen `occurrences` in the definition")
                .related(def.key.span(), "it is defined here"),
            );
        }
    }
    if node.body.get("copy").is_some() || node.body.has_lost("requirements") {
        return;
    }
    for (name, (count, last)) in counts {
        let Some(def) = definition(service, last).filter(|def| count < def.least) else {
            continue;
        };
        sink.push(
            Diagnostic::new(
                &codes::TOO_FEW_OCCURRENCES,
                last.key.span(),
                format!(
                    "requirement `{name}` is assigned only {}, but must be at least {}",
                    times(count),
                    times(def.least)
                ),
            )
            .help(format!(
                "assign it {} more, or lower `occurrences` in the definition",
                times(def.least - count)
            ))
            .related(def.key.span(), "it is defined here"),
        );
    }
}

/// An assignment that may be fulfilled more often than the definition allows. It is not: a warning. Without a bound of its
/// own it means all that there are, where there may be several.
fn beyond<'a>(requirement: &Requirement<'a>, def: &RequirementDef<'a>, sink: &mut Sink) {
    let Some(place) = requirement.body.and_then(|body| body.get("occurrences")) else {
        return;
    };
    let (least, most) = requirement.occurrences();
    let Some(limit) = def
        .most
        .filter(|&limit| least <= limit && most.map_or(limit == 1, |most| most > limit))
    else {
        return;
    };
    let mut fault = Diagnostic::new(
        &codes::TOO_MANY_OCCURRENCES,
        place.span(),
        format!("requirement `{}` cannot occur as often as this", requirement.name),
    )
    .note(format!("its definition allows it {}", at_most(limit)))
    .help(format!(
        "write `[ {least}, {limit} ]`, or widen `occurrences` in the definition"
    ))
    .related(def.key.span(), "it is defined here");
    fault.severity = Severity::Warning;
    sink.push(fault);
}

/// How often an assignment counts. One that need not be fulfilled counts as one all the same.
fn claim(requirement: &Requirement<'_>) -> u64 {
    requirement.occurrences().0.max(1)
}

/// How often each requirement of a node is assigned at least.
pub(super) fn claims<'a>(node: &NodeTemplate<'a>) -> HashMap<&'a str, u64> {
    let mut claims: HashMap<&str, u64> = HashMap::default();
    for requirement in node.requirements.iter().filter(|requirement| !requirement.again) {
        let count = claims.entry(requirement.name).or_default();
        *count = count.saturating_add(claim(requirement));
    }
    claims
}

fn definition<'s, 'a>(
    service: &'s Service<'a>,
    requirement: &Requirement<'a>,
) -> Option<&'s RequirementDef<'a>> {
    service
        .types
        .requirement(requirement.defined_by?, requirement.name)
}

/// Holds the number of relationships to each capability against its `occurrences` (sections 3.7.2 and 3.8.1).
fn relationships(service: &Service<'_>, sink: &mut Sink) {
    let mut counts: HashMap<(NodeAt, &str), u64> = HashMap::default();
    for (at, node) in service.all_nodes() {
        for (which, requirement) in node.requirements.iter().enumerate() {
            let (Some(target), Some(capability)) = (requirement.target, requirement.capability) else {
                continue;
            };
            let Some((most, place)) = most(service, target, capability) else {
                continue;
            };
            if Wanted::new(service, at, which).has_choice(target) {
                continue;
            }
            let count = counts.entry((target, capability)).or_default();
            *count += 1;
            if *count != most.saturating_add(1) {
                continue;
            }
            let target = service.node(target);
            sink.push(
                Diagnostic::new(
                    &codes::TOO_MANY_RELATIONSHIPS,
                    requirement
                        .target_name()
                        .map_or(requirement.key, |(view, _)| view)
                        .span(),
                    format!(
                        "capability `{capability}` of `{}` has more relationships than it takes",
                        target.name
                    ),
                )
                .note(format!("it occurs {}", at_most(most)))
                .help("let this requirement be fulfilled by another node template, or widen `occurrences`")
                .related(place.span(), "its `occurrences`")
                .related(target.key.span(), format!("`{}` is here", target.name)),
            );
        }
    }
}

/// The most relationships that a capability of a node template takes, and where that is said.
fn most<'a>(service: &Service<'a>, at: NodeAt, capability: &str) -> Option<(u64, View<'a>)> {
    let node = service.node(at);
    let assigned = node.body.get("capabilities").and_then(|all| all.get(capability));
    let place = match assigned.and_then(|assigned| assigned.get("occurrences")) {
        Some(own) => own,
        None => service.types.capability(node.of?, capability)?.occurrences?,
    };
    let (_, most) = bounds(place)?;
    Some((most?, place))
}

pub(super) fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}

fn at_most(count: u64) -> String {
    format!("at most {}", times(count))
}
