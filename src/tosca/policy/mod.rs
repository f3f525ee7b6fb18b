//! Groups and policies: whether members and targets fit, and what triggers ask for (Simple Profile 1.3, sections
//! 3.6.22, 3.8.5 and 3.8.6).

mod member;
mod trigger;

use std::collections::HashSet;

use super::template::{Policy, Service};
use super::types::TypeKind;
use super::workflow::{Activities, Subject};
use crate::diagnostic::Sink;
use trigger::Trigger;

/// Checks all groups and policies of a service, and the types of policies.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    for (name, group) in &service.groups {
        if let Some(of) = group.of {
            member::fit(service, of, ("group", name, "members"), group.body, sink);
        }
    }
    for policy in &service.policies {
        if let Some(of) = policy.of {
            member::fit(service, of, ("policy", policy.name, "targets"), policy.body, sink);
        }
        let name = match policy.targets[..] {
            [only] => service.node(only).name,
            _ => policy.name,
        };
        let subject = Subject::of_nodes(service, name, &policy.targets);
        for (_, _, body) in policy.body.entries_of("triggers") {
            Trigger {
                service,
                body,
                of_type: false,
            }
            .check(&subject, sink);
        }
        check_inherited(service, policy, subject, sink);
    }
    check_types(service, sink);
}

/// The triggers that policies of a type have, judged by what such policies are for: nodes of the types in `targets`.
fn check_types(service: &Service<'_>, sink: &mut Sink) {
    let types = &service.types;
    for (id, of) in types.of_kind(TypeKind::Policy) {
        if types.forest.file(of.file).embedded || of.body.get("triggers").is_none() {
            continue;
        }
        let subject = match member::taken(types, id, "targets") {
            Some(taken) => Subject::of_types(service, of.name, taken),
            None => Subject::open(of.name),
        };
        for (_, _, body) in of.body.entries_of("triggers") {
            Trigger {
                service,
                body,
                of_type: true,
            }
            .check(&subject, sink);
        }
    }
}

/// What triggers of a policy's type ask for and only a policy can tell: workflows are those of its topology; and where
/// the type says nothing of its targets, these are the policy's.
fn check_inherited<'a>(
    service: &Service<'a>,
    policy: &Policy<'a>,
    mut subject: Subject<'a>,
    sink: &mut Sink,
) {
    let types = &service.types;
    let Some(of) = policy.of else { return };
    subject.open |= member::taken(types, of, "targets").is_some();
    let mut seen: HashSet<&str> = policy
        .body
        .entries_of("triggers")
        .map(|(_, name, _)| name)
        .collect();
    let mut found = Sink::new();
    for (_, name, body) in types.chain(of).flat_map(|of| of.body.entries_of("triggers")) {
        if seen.insert(name) {
            let action = body.get("action").filter(|action| action.is_list());
            Activities {
                service,
                subject: &subject,
                around: None,
            }
            .check(action, &mut found);
        }
    }
    for fault in found.into_sorted() {
        sink.push(fault.related(policy.key.span(), "this policy has the trigger by its type"));
    }
}
