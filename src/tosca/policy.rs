//! Groups and policies: whether members and targets fit, and what triggers ask for (Simple Profile 1.3, sections
//! 3.6.22, 3.8.5 and 3.8.6).

use super::template::{NodeAt, Service};
use super::types::{TypeId, TypeKind, Types, listing};
use super::value::{Builtin, Checker, Schema, What};
use super::view::View;
use super::workflow::{Activities, Subject, conditions};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};
use crate::grammar::integer;

/// Checks all groups and policies of a service.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    for (name, group) in &service.groups {
        if let Some(of) = group.of {
            fit(service, of, ("group", name, "members"), group.body, sink);
        }
    }
    for policy in &service.policies {
        if let Some(of) = policy.of {
            fit(service, of, ("policy", policy.name, "targets"), policy.body, sink);
        }
        for (_, _, trigger) in policy.body.entries_of("triggers") {
            check_trigger(service, policy.name, &policy.targets, trigger, sink);
        }
    }
}

/// Holds members or targets against the types that the group's or policy's type takes. Without such a list it takes
/// anything.
fn fit<'a>(
    service: &Service<'a>,
    of: TypeId,
    (words, name, section): (&str, &str, &str),
    body: View<'a>,
    sink: &mut Sink,
) {
    let types = &service.types;
    let Some(taken) = types
        .chain(of)
        .find_map(|of| of.body.get(section).filter(|list| list.is_list()))
    else {
        return;
    };
    if types.get(of).open || taken.items().len() == 0 {
        return;
    }
    let file = types.forest.file_of(taken);
    let find = |kind| -> Vec<(&'a str, Option<TypeId>)> {
        let names = taken.items().filter_map(View::name);
        names
            .map(|name| (name, types.scopes.find(file, kind, name)))
            .collect()
    };
    let (nodes, groups) = (find(TypeKind::Node), find(TypeKind::Group));
    // A name that is no type at all may mean anything.
    if nodes
        .iter()
        .zip(&groups)
        .any(|((_, node), (_, group))| node.is_none() && group.is_none())
    {
        return;
    }
    let is_any = |of: TypeId, wanted: &[(&str, Option<TypeId>)]| {
        types.get(of).open
            || wanted
                .iter()
                .any(|(_, wanted)| wanted.is_some_and(|wanted| types.is_a(of, wanted)))
    };
    let fits = |at: NodeAt| service.node(at).of.is_none_or(|of| is_any(of, &nodes));
    for (view, member) in body
        .get(section)
        .into_iter()
        .flat_map(View::items)
        .filter_map(|item| Some((item, item.name()?)))
    {
        let (fitting, type_name, key) = if let Some(&at) = service.by_name.get(member) {
            let node = service.node(at);
            (fits(at), node.of.map(|of| types.get(of).name), node.key)
        } else if let Some(group) = service.groups.get(member) {
            let fitting = group.of.is_none_or(|of| is_any(of, &groups))
                || !group.members.is_empty() && group.members.iter().all(|&at| fits(at));
            (fitting, group.of.map(|of| types.get(of).name), group.key)
        } else {
            continue;
        };
        if fitting {
            continue;
        }
        let wanted: Vec<_> = nodes.iter().map(|(name, _)| format!("`{name}`")).collect();
        sink.push(
            Diagnostic::new(
                &codes::UNFIT_MEMBER,
                view.span(),
                format!("`{member}` does not fit the {words} `{name}`"),
            )
            .note(format!(
                "it is a `{}`, and {words} type `{}` takes {}",
                type_name.unwrap_or_default(),
                types.get(of).name,
                wanted.join(", ")
            ))
            .help(format!(
                "name another node template, or widen `{section}` of the type"
            ))
            .related(taken.span(), "this is what the type takes")
            .related(key.span(), format!("`{member}` is here")),
        );
    }
}

fn check_trigger<'a>(
    service: &Service<'a>,
    policy: &'a str,
    targets: &[NodeAt],
    trigger: View<'a>,
    sink: &mut Sink,
) {
    let types = &service.types;
    for key in ["start_time", "end_time"] {
        if let Some(time) = trigger.get("schedule").and_then(|schedule| schedule.get(key)) {
            Checker {
                types,
                what: What("time", key),
                defined: trigger.span(),
            }
            .check(time, &Schema::builtin(Builtin::Timestamp), sink);
        }
    }
    let everything = Subject::of_nodes(service, policy, targets);
    let filtered = trigger
        .get("target_filter")
        .map(|filter| filtered(service, filter, sink));
    let condition = trigger.get("condition");
    match &filtered {
        Some(Some(subject)) => conditions(service, subject, condition, sink),
        Some(None) => {}
        None => conditions(service, &everything, condition, sink),
    }
    if let Some(at) = condition.and_then(|condition| condition.get("period")) {
        period(types, trigger, at, sink);
    }
    let action = trigger.get("action").filter(|action| action.is_list());
    Activities {
        service,
        subject: &everything,
    }
    .check(action, sink);
}

/// Holds the `period` of a trigger's condition against its type, a time. Common readers of 1.x take a bare number for
/// seconds, and some take nothing else.
fn period<'a>(types: &Types<'a>, trigger: View<'a>, at: View<'a>, sink: &mut Sink) {
    let time = Schema::builtin(Builtin::Time);
    if let Some(seconds) = at.text().filter(|text| integer(text).is_some()) {
        let mut fault = Diagnostic::new(
            &codes::WRONG_TYPE,
            at.span(),
            format!("the period `{seconds}` has no unit"),
        );
        fault.severity = Severity::Warning;
        return sink.push(fault.help(format!("write `{seconds} s`, if seconds are meant")));
    }
    Checker {
        types,
        what: What("time", "period"),
        defined: trigger.span(),
    }
    .check(at, &time, sink);
}

/// What an event filter is about; none where that leads over a requirement or capability, or to a type.
fn filtered<'a>(service: &Service<'a>, filter: View<'a>, sink: &mut Sink) -> Option<Subject<'a>> {
    let types = &service.types;
    let (view, name) = filter.name_of("node")?;
    let (of, subject) = if let Some(&at) = service.by_name.get(name) {
        (service.node(at).of, Some(Subject::of_nodes(service, name, &[at])))
    } else if let Some(group) = service.groups.get(name) {
        (None, Some(Subject::of_nodes(service, name, &group.members)))
    } else {
        let file = types.forest.file_of(view);
        let of = types.scopes.find(file, TypeKind::Node, name);
        if of.is_none() && !types.scopes.is_incomplete(file) {
            let known = service.nodes.iter().map(|node| node.name);
            let all_types = types.scopes.candidates(TypeKind::Node);
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_NODE,
                    view.span(),
                    format!("unknown node template `{name}`"),
                )
                .note("a target filter names a node template or a node type")
                .help(
                    did_you_mean(name, known)
                        .or_else(|| did_you_mean(name, all_types))
                        .unwrap_or_else(|| {
                            format!("add a node template `{name}`, or name one that is there")
                        }),
                ),
            );
        }
        (of, None)
    };
    let mut subject = subject;
    for (section, code) in [
        ("requirement", &codes::UNKNOWN_REQUIREMENT),
        ("capability", &codes::UNKNOWN_CAPABILITY),
    ] {
        let Some((view, part)) = filter.name_of(section) else {
            continue;
        };
        // The capability is the target's where there is a requirement too.
        let over = section == "capability" && filter.get("requirement").is_some();
        subject = None;
        let Some(of) = of.filter(|&of| !types.get(of).open && !over) else {
            continue;
        };
        let names: Vec<&str> = if section == "requirement" {
            types
                .all(of, |of| &of.requirements)
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        } else {
            types
                .all(of, |of| &of.capabilities)
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        };
        if names.contains(&part) {
            continue;
        }
        let known = names.iter().copied();
        sink.push(
            Diagnostic::new(code, view.span(), format!("`{name}` has no {section} `{part}`"))
                .note(format!(
                    "node type `{}` {}",
                    types.get(of).name,
                    listing(known.clone())
                ))
                .help(
                    did_you_mean(part, known)
                        .unwrap_or_else(|| format!("name a {section} that `{name}` has")),
                ),
        );
    }
    subject
}
